// SPDX-License-Identifier: GPL-2.0-only
/* What the commands that draw tables have in common. */
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "lib/json.h"
#include "lib/text.h"
#include "view.h"

#define MAX_INTERVAL_S		1000000

error_t view_parse_arg(struct view_args *a, char *arg,
		       struct argp_state *state)
{
	char *end;

	if (a->nargs == 0) {
		a->interval = strtod(arg, &end);
		if (*end || !(a->interval >= 0.001) ||
		    a->interval > MAX_INTERVAL_S)
			argp_error(state, "INTERVAL is seconds from 0.001 to %d, not '%s'",
				   MAX_INTERVAL_S, arg);
	} else if (a->nargs == 1) {
		a->count = strtoul(arg, &end, 10);
		if (*end || *arg < '0' || *arg > '9' || !a->count)
			argp_error(state, "COUNT is a number from 1, not '%s'",
				   arg);
	} else {
		return ARGP_ERR_UNKNOWN;
	}
	a->nargs++;
	return 0;
}

static bool usable(const struct mms_ctx *ctx, const struct view_args *a,
		   const char *options)
{
	if (a->nargs && ctx->input)
		mms_error("INTERVAL watches a kernel; the snapshot %s does not change",
			  ctx->input);
	else if (a->nargs && options)
		mms_error("INTERVAL does not go with %s", options);
	else if (a->nargs && ctx->svg)
		mms_error("INTERVAL does not go with --svg, which is one picture");
	else
		return true;
	return false;
}

int view_run(struct mms_ctx *ctx, const struct view_args *a,
	     const char *options,
	     int (*show)(struct view *v, bool json, void *data), void *data)
{
	struct view v;
	int status;

	if (!usable(ctx, a, options))
		return MMS_EXIT_USAGE;
	mms_out_init(&v.out, ctx->color, ctx->svg);
	v.s = mms_snapshot_open(ctx->input);
	if (!v.s)
		return MMS_EXIT_FAIL;
	mms_snapshot_say_newer(v.s);
	v.page = mms_snapshot_page_size(v.s);
	mms_canvas_init(&v.cv, &v.out);
	status = show(&v, ctx->json, data);
	mms_snapshot_close(v.s);
	return status;
}

int view_end(struct view *v, bool ok)
{
	mms_canvas_print(&v->cv);
	return ok && !mms_snapshot_bad(v->s) ? MMS_EXIT_OK : MMS_EXIT_FAIL;
}

void view_json(struct view *v, const char *prefix, struct mms_buf *verdict)
{
	struct json_object *o = mms_json_report(v->s, prefix);

	/* Each sentence ends with a blank. */
	if (verdict->len)
		verdict->data[--verdict->len] = '\0';
	json_object_object_add(o, "verdict",
			       json_object_new_string(verdict->len ?
						      verdict->data : ""));
	mms_json_print(o, true);
	mms_buf_free(verdict);
}

void view_verdict(struct view *v, struct mms_buf *verdict)
{
	if (verdict->len) {
		mms_text(&v->cv, MMS_HEAD, "verdict  ");
		mms_wrap(&v->cv, 9, MMS_PLAIN, verdict->data);
	}
	mms_buf_free(verdict);
}

void view_title(struct view *v, const char *subject)
{
	const char *host = mms_snapshot_item(v->s, "host", "name");
	const char *date = mms_snapshot_item(v->s, "date", "utc");
	const char *source = mms_snapshot_source(v->s), *slash;
	struct mms_canvas *cv = &v->cv;

	slash = strrchr(source, '/');
	mms_text(cv, MMS_HEAD, "%s", subject);
	mms_text(cv, MMS_PLAIN, " of %s",
		 slash && slash[1] ? slash + 1 : source);
	if (host && date)
		mms_text(cv, MMS_PLAIN, " (%s, %s)", host, date);
}

const struct mms_table *view_table(struct view *v, const char *name)
{
	const struct mms_table *t;

	if (mms_snapshot_get(v->s, name, &t) == MMS_GET_ABSENT)
		mms_snapshot_say_absent(v->s, name);
	return t;
}

/* The row that has these two texts. */
static bool find_row(const struct mms_table *t, const char *col, const char *is,
		     const char *col2, const char *is2, size_t *row)
{
	size_t i;

	for (i = 0; t && i < t->nrows; i++) {
		if (strcmp(view_text(t, i, col), is) ||
		    strcmp(view_text(t, i, col2), is2))
			continue;
		*row = i;
		return true;
	}
	return false;
}

const char *view_missing(struct view *v, const char *subject)
{
	const struct mms_table *t = mms_snapshot_table(v->s, "version");
	size_t row;

	if (!find_row(t, "item", "missing", "name", subject, &row))
		return NULL;
	return view_text(t, row, "value");
}

void view_say_off(struct view *v, struct mms_buf *b, const char *group)
{
	/* Not from enable, which is written too, so that lockdown hides it */
	const struct mms_table *t = mms_snapshot_table(v->s, "probes");
	size_t row;

	if (!find_row(t, "group", group, "state", "off", &row))
		return;
	mms_buf_printf(b, "The hooks of %s are off, so nothing is counted: ",
		       group);
	mms_buf_printf(b, "'echo +%s > %s/enable' switches them on. ", group,
		       "/sys/kernel/debug/mmscope");
}

struct mms_unit view_pages(const struct view *v, struct mms_num n)
{
	struct mms_unit u = { "-" };

	return n.ok ? mms_size((double)n.v * v->page) : u;
}

void view_say(const struct view *v, struct mms_buf *b,
	      const struct mms_table *t, size_t row, const char *col)
{
	mms_text_human(b, view_text(t, row, col), v->out.utf8);
}

void view_cell(struct view *v, enum mms_style style, const struct mms_table *t,
	       size_t row, const char *col)
{
	struct mms_buf b = { 0 };

	view_say(v, &b, t, row, col);
	mms_text(&v->cv, style, "%s", b.data);
	mms_buf_free(&b);
}

const char *view_text(const struct mms_table *t, size_t row, const char *col)
{
	return mms_cell(t, row, mms_table_col(t, col));
}

struct mms_num view_num(const struct mms_table *t, size_t row, const char *col)
{
	return mms_cell_num(t, row, mms_table_col(t, col));
}

bool view_same(const struct mms_table *t, size_t row, const char *col,
	       uint64_t n)
{
	struct mms_num got = view_num(t, row, col);

	return got.ok && got.v == n;
}

void view_level(struct view *v, enum mms_style style, double share)
{
	static const char ascii[] = ".__--==##";
	int n = share >= 1 ? 8 : (int)(share * 8 + 0.5);

	if (share > 0 && !n)
		n = 1;
	if (!n)
		mms_glyph(&v->cv, MMS_DIM, 0x00b7, '.', 1);
	else
		mms_glyph(&v->cv, style, 0x2580 + n, ascii[n], 1);
}

struct mms_num view_since(struct mms_num now, struct mms_num before)
{
	if (now.ok && before.ok && now.v >= before.v)
		now.v -= before.v;
	return now;
}
