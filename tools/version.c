// SPDX-License-Identifier: GPL-2.0-only
/* mmscope version: of tool, module and tables, and the memory they use. */
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "../module/version.h"
#include "cmd.h"
#include "lib/json.h"
#include "lib/text.h"
#include "lib/units.h"

struct version_view {
	const struct mms_table *t;
	struct mms_canvas cv;
	struct mms_out out;
};

static bool is_item(const struct mms_table *t, size_t row, const char *item)
{
	return !strcmp(mms_cell(t, row, mms_table_col(t, "item")), item);
}

static const char *find_value(const struct mms_table *t, const char *item,
			      const char *name)
{
	size_t i;

	for (i = 0; t && i < t->nrows; i++) {
		if (is_item(t, i, item) &&
		    !strcmp(mms_cell(t, i, mms_table_col(t, "name")), name))
			return mms_cell(t, i, mms_table_col(t, "value"));
	}
	return NULL;
}

static void draw_safe(struct version_view *v, const char *cell)
{
	struct mms_buf b = { 0 };

	mms_text_human(&b, cell, v->out.utf8);
	mms_text(&v->cv, MMS_PLAIN, "%s", b.data);
	mms_buf_free(&b);
}

static void draw_line(struct version_view *v, const char *what,
		      const char *cell)
{
	mms_text(&v->cv, MMS_HEAD, "%s", what);
	mms_goto(&v->cv, 8);
	draw_safe(v, cell);
	mms_newline(&v->cv);
}

static void draw_bytes(struct version_view *v)
{
	const char *total = find_value(v->t, "bytes", "total"), *name;
	size_t i;
	bool first = true;

	if (!total)
		return;
	mms_text(&v->cv, MMS_HEAD, "memory");
	mms_goto(&v->cv, 8);
	mms_text(&v->cv, MMS_PLAIN, "%s", mms_size(strtod(total, NULL)).s);
	for (i = 0; i < v->t->nrows; i++) {
		name = mms_cell(v->t, i, mms_table_col(v->t, "name"));
		if (!is_item(v->t, i, "bytes") || !strcmp(name, "total"))
			continue;
		mms_text(&v->cv, MMS_PLAIN, first ? " (" : ", ");
		first = false;
		draw_safe(v, name);
		mms_text(&v->cv, MMS_PLAIN, " %s",
			 mms_size(strtod(mms_cell(v->t, i,
						  mms_table_col(v->t, "value")),
					 NULL)).s);
	}
	if (!first)
		mms_text(&v->cv, MMS_PLAIN, ")");
	mms_newline(&v->cv);
}

static void draw_formats(struct version_view *v)
{
	const struct mms_table *t = v->t;
	struct mms_buf b = { 0 };
	const char *value;
	size_t i;

	for (i = 0; i < t->nrows; i++) {
		if (!is_item(t, i, "format"))
			continue;
		value = mms_cell(t, i, mms_table_col(t, "value"));
		mms_text_human(&b, mms_cell(t, i, mms_table_col(t, "name")),
			       false);
		mms_buf_printf(&b, ":");
		mms_text_human(&b, value, false);
		mms_buf_printf(&b, " ");
	}
	if (b.len) {
		mms_text(&v->cv, MMS_HEAD, "tables");
		mms_goto(&v->cv, 8);
		mms_wrap(&v->cv, 8, MMS_PLAIN, b.data);
	}
	mms_buf_free(&b);
}

static void draw_version(struct mms_ctx *ctx, const struct mms_table *t)
{
	const char *module = find_value(t, "module", "version");
	const char *kernel = find_value(t, "kernel", "release");
	struct version_view v = { .t = t };

	mms_out_init(&v.out, ctx->color, ctx->svg);
	mms_canvas_init(&v.cv, &v.out);
	draw_line(&v, "tool", MMS_VERSION);
	if (t)
		draw_line(&v, "module", module ? module : "unknown");
	if (kernel)
		draw_line(&v, "kernel", kernel);
	if (t) {
		draw_bytes(&v);
		draw_formats(&v);
	}
	mms_canvas_print(&v.cv);
	if (module && strcmp(module, MMS_VERSION))
		mms_error("module %s, but tool %s: the views show what both know",
			  module, MMS_VERSION);
}

static void print_json(struct mms_snapshot *s)
{
	struct json_object *o = s ? mms_json_report(s, "version") :
		json_object_new_object();

	json_object_object_add(o, "tool_version",
			       json_object_new_string(MMS_VERSION));
	mms_json_print(o, true);
}

int mms_cmd_version(struct mms_ctx *ctx, int argc, char **argv)
{
	const struct mms_table *t = NULL;
	struct mms_snapshot *s;

	mms_parse(ctx, "version", argc, argv, NULL, NULL);
	s = mms_snapshot_open(ctx->input);
	if (s && mms_snapshot_get(s, "version", &t) == MMS_GET_ABSENT)
		mms_snapshot_say_absent(s, "version");
	if (ctx->json)
		print_json(s);
	else
		draw_version(ctx, t);
	if (t)
		mms_snapshot_say_newer(s);
	mms_snapshot_close(s);
	return t ? MMS_EXIT_OK : MMS_EXIT_FAIL;
}
