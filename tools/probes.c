// SPDX-License-Identifier: GPL-2.0-only
/* mmscope probes: the hooks of the module. */
#include <string.h>

#include "cmd.h"
#include "lib/json.h"
#include "lib/text.h"
#include "lib/units.h"

/* Where the columns of the table end, or begin for text. */
enum {
	AT_KIND = 9,
	AT_TARGET = 20,
	AT_STATE = 49,
	AT_MECHANISM = 58,
	END_HITS = 73,
	END_MISSED = 80,
};

struct probe_view {
	const struct mms_table *t;
	struct mms_canvas *cv;
	uint64_t missed;
	size_t attached;
	size_t absent;
	size_t off;
};

static const char *cell(const struct mms_table *t, size_t row, const char *col)
{
	return mms_cell(t, row, mms_table_col(t, col));
}

static void draw_text(struct probe_view *v, enum mms_style style, int at,
		      const char *text, int max)
{
	struct mms_buf b = { 0 };

	mms_text_human(&b, text, false);
	mms_goto(v->cv, at);
	mms_text(v->cv, style, "%.*s", max, b.data);
	mms_buf_free(&b);
}

static void draw_num(struct probe_view *v, size_t row, const char *col, int end,
		     enum mms_style style)
{
	struct mms_num n = mms_cell_num(v->t, row, mms_table_col(v->t, col));

	if (!n.ok)
		mms_right(v->cv, end, MMS_DIM, "-");
	else
		mms_right(v->cv, end, n.v ? style : MMS_DIM, "%s",
			  mms_count(n.v).s);
}

static void draw_reason(struct probe_view *v, size_t row)
{
	const char *reason = cell(v->t, row, "reason");
	struct mms_buf b = { 0 };

	if (!strcmp(reason, "-"))
		return;
	mms_text_reason(&b, reason);
	mms_goto(v->cv, AT_TARGET);
	mms_text(v->cv, MMS_NOTE, "why: ");
	mms_wrap(v->cv, AT_TARGET + 5, MMS_NOTE, b.data);
	mms_buf_free(&b);
}

static enum mms_style state_style(const char *state)
{
	if (!strcmp(state, "attached"))
		return MMS_GOOD;
	return strcmp(state, "absent") ? MMS_DIM : MMS_WARN;
}

static void draw_probe(struct probe_view *v, size_t row)
{
	const char *state = cell(v->t, row, "state");
	struct mms_num missed;

	draw_text(v, MMS_PLAIN, 0, cell(v->t, row, "group"), AT_KIND - 1);
	draw_text(v, MMS_PLAIN, AT_KIND, cell(v->t, row, "kind"),
		  AT_TARGET - AT_KIND - 1);
	draw_text(v, MMS_BOLD, AT_TARGET, cell(v->t, row, "target"), 60);
	if (v->cv->col >= AT_STATE)
		mms_newline(v->cv);
	draw_text(v, state_style(state), AT_STATE, state, 8);
	draw_text(v, MMS_PLAIN, AT_MECHANISM, cell(v->t, row, "mechanism"), 10);
	draw_num(v, row, "hits_total", END_HITS, MMS_PLAIN);
	draw_num(v, row, "missed_total", END_MISSED, MMS_BAD);
	mms_newline(v->cv);
	draw_reason(v, row);
	v->attached += !strcmp(state, "attached");
	v->absent += !strcmp(state, "absent");
	v->off += !strcmp(state, "off");
	missed = mms_cell_num(v->t, row,
			      mms_table_col(v->t, "missed_total"));
	v->missed = mms_sum(v->missed, missed.v);
}

static void draw_header(struct probe_view *v)
{
	mms_text(v->cv, MMS_HEAD, "group");
	mms_goto(v->cv, AT_KIND);
	mms_text(v->cv, MMS_HEAD, "kind");
	mms_goto(v->cv, AT_TARGET);
	mms_text(v->cv, MMS_HEAD, "hook");
	mms_goto(v->cv, AT_STATE);
	mms_text(v->cv, MMS_HEAD, "state");
	mms_goto(v->cv, AT_MECHANISM);
	mms_text(v->cv, MMS_HEAD, "fires by");
	mms_right(v->cv, END_HITS, MMS_HEAD, "hits");
	mms_right(v->cv, END_MISSED, MMS_HEAD, "missed");
	mms_newline(v->cv);
}

static void draw_summary(struct probe_view *v)
{
	struct mms_buf b = { 0 };

	mms_buf_printf(&b, "%zu of %zu hooks attached. ", v->attached,
		       v->t->nrows);
	if (v->absent)
		mms_buf_printf(&b, "Without the absent ones the tables tell less, nothing wrong. ");
	if (v->off)
		mms_buf_printf(&b, "'echo +GROUP > %s/enable' switches a group on. ",
			       "/sys/kernel/debug/mmscope");
	if (v->missed)
		mms_buf_printf(&b, "%s hits were missed: counts are too low by that. ",
			       mms_count(v->missed).s);
	mms_wrap(v->cv, 0, MMS_PLAIN, b.data);
	mms_buf_free(&b);
}

static void draw_probes(struct mms_ctx *ctx, const struct mms_table *t)
{
	struct mms_canvas cv;
	struct mms_out out;
	struct probe_view v = { .t = t, .cv = &cv };
	size_t i;

	mms_out_init(&out, ctx->color, ctx->svg);
	mms_canvas_init(&cv, &out);
	draw_header(&v);
	for (i = 0; i < t->nrows; i++)
		draw_probe(&v, i);
	draw_summary(&v);
	mms_canvas_print(&cv);
}

int mms_cmd_probes(struct mms_ctx *ctx, int argc, char **argv)
{
	const struct mms_table *t;
	struct mms_snapshot *s;
	enum mms_get got;

	mms_parse(ctx, "probes", argc, argv, NULL, NULL);
	s = mms_snapshot_open(ctx->input);
	if (!s)
		return MMS_EXIT_FAIL;
	got = mms_snapshot_get(s, "probes", &t);
	if (got == MMS_GET_ABSENT)
		mms_snapshot_say_absent(s, "probes");
	else if (got == MMS_GET_OK && ctx->json)
		mms_json_print(mms_json_report(s, "probes"), true);
	else if (got == MMS_GET_OK)
		draw_probes(ctx, t);
	if (mms_snapshot_bad(s))
		got = MMS_GET_BAD;
	mms_snapshot_close(s);
	return got == MMS_GET_OK ? MMS_EXIT_OK : MMS_EXIT_FAIL;
}
