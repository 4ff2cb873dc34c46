// SPDX-License-Identifier: GPL-2.0-only
/* mmscope pagewait: the map of the hash table, and who waits. */
#include <stdlib.h>
#include <string.h>

#include "pagewait_view.h"

#define ROW		16
#define AT_SIDE		38
#define LAST_WAITERS	4
#define TASK		22

static void draw_bucket(struct mms_canvas *cv, const struct pagewait_bucket *b)
{
	enum mms_style style = b->folios > 1 ? MMS_BAD :
		b->waiters > 1 ? MMS_WARN : MMS_NOTE;

	if (!b->waiters) {
		mms_glyph(cv, MMS_DIM, 0x00b7, '.', 1);
		mms_text(cv, MMS_PLAIN, " ");
		return;
	}
	if (b->waiters < 10)
		mms_text(cv, style, "%u", (unsigned int)b->waiters);
	else
		mms_text(cv, style, "#");
	mms_text(cv, style, b->folios > 1 ? "*" : " ");
}

static void draw_legend(struct mms_canvas *cv)
{
	mms_text(cv, MMS_NOTE, "1");
	mms_text(cv, MMS_DIM, " waits ");
	mms_text(cv, MMS_WARN, "2");
	mms_text(cv, MMS_DIM, " wait ");
	mms_text(cv, MMS_WARN, "#");
	mms_text(cv, MMS_DIM, " 10 or more ");
	mms_text(cv, MMS_BAD, "2*");
	mms_text(cv, MMS_DIM, " collide");
	mms_newline(cv);
}

static void draw_map(struct view *v, const struct pagewait *p)
{
	struct mms_canvas *cv = &v->cv;
	struct pagewait_side side;
	int i;

	pagewait_beside(v, p, &side);
	mms_goto(cv, 4);
	for (i = 0; i < ROW; i++)
		mms_text(cv, MMS_DIM, "%x ", (unsigned int)i);
	mms_goto(cv, AT_SIDE);
	draw_legend(cv);
	for (i = 0; i < PAGEWAIT_BUCKETS; i++) {
		if (i % ROW == 0)
			mms_text(cv, MMS_DIM, "%3d ", i);
		if (!p->missing)
			draw_bucket(cv, &p->bucket[i]);
		if (i % ROW != ROW - 1)
			continue;
		mms_goto(cv, AT_SIDE);
		if (i / ROW < side.n)
			mms_text(cv, side.head[i / ROW] ? MMS_HEAD : MMS_PLAIN,
				 "%s", side.line[i / ROW].data);
		mms_newline(cv);
	}
	for (i = 0; i < PAGEWAIT_SIDE; i++)
		mms_buf_free(&side.line[i]);
}

static int longer_first(const void *a, const void *b, void *table)
{
	uint64_t x = view_num(table, *(const size_t *)a, "waiting_ns").v;
	uint64_t y = view_num(table, *(const size_t *)b, "waiting_ns").v;

	return x < y ? 1 : x > y ? -1 : 0;
}

static void draw_task(struct view *v, const struct mms_table *t, size_t i)
{
	struct mms_buf b = { 0 };

	if (view_num(t, i, "pid").ok) {
		view_say(v, &b, t, i, "comm");
		mms_buf_printf(&b, "[%s]", view_text(t, i, "pid"));
	} else {
		view_say(v, &b, t, i, "kind");
	}
	mms_text(&v->cv, MMS_BOLD, "%.*s", TASK, b.data);
	mms_buf_free(&b);
}

static void draw_waiter(struct view *v, const struct mms_table *t, size_t i)
{
	struct mms_num time = view_num(t, i, "waiting_ns");
	struct mms_canvas *cv = &v->cv;
	struct mms_buf b = { 0 };

	mms_right(cv, 6, MMS_PLAIN, "%s", view_text(t, i, "bucket"));
	mms_right(cv, 14, MMS_PLAIN, "%s", time.ok ? mms_time(time.v).s : "-");
	mms_goto(cv, 16);
	draw_task(v, t, i);
	mms_goto(cv, 16 + TASK);
	mms_text(cv, MMS_PLAIN, "%.10s", view_text(t, i, "bit"));
	mms_goto(cv, 28 + TASK);
	pagewait_place(v, &b, t, i);
	if (view_same(t, i, "in_iowait", 1))
		mms_buf_printf(&b, ", I/O");
	mms_text(cv, MMS_PLAIN, "%s", b.data);
	mms_buf_free(&b);
	mms_newline(cv);
}

static void draw_waiters(struct view *v, bool all)
{
	const struct mms_table *t = mms_snapshot_table(v->s,
						       "pagewait/waiters");
	struct mms_canvas *cv = &v->cv;
	size_t *order, i;

	if (!t || !t->nrows)
		return;
	order = mms_alloc(t->nrows, sizeof(*order));
	for (i = 0; i < t->nrows; i++)
		order[i] = i;
	qsort_r(order, t->nrows, sizeof(*order), longer_first, (void *)t);
	mms_text(cv, MMS_HEAD, "bucket  waits  task");
	mms_goto(cv, 16 + TASK);
	mms_text(cv, MMS_HEAD, "for");
	mms_goto(cv, 28 + TASK);
	mms_text(cv, MMS_HEAD, "of");
	if (!all && t->nrows > LAST_WAITERS)
		mms_right(cv, MMS_WIDTH, MMS_DIM, "%zu more: --all",
			  t->nrows - LAST_WAITERS);
	mms_newline(cv);
	for (i = 0; i < t->nrows && (all || i < LAST_WAITERS); i++)
		draw_waiter(v, t, order[i]);
	free(order);
}

static void draw_top(struct view *v)
{
	const struct mms_table *t = mms_snapshot_table(v->s, "pagewait/top");
	struct mms_canvas *cv = &v->cv;
	struct mms_buf b = { 0 };
	size_t i;

	if (!t || !t->nrows)
		return;
	mms_text(cv, MMS_HEAD, "waits  in all at most error  of");
	mms_newline(cv);
	for (i = 0; i < t->nrows; i++) {
		mms_right(cv, 5, MMS_PLAIN, "%s",
			  mms_count(view_num(t, i, "waits_total").v).s);
		mms_right(cv, 13, MMS_PLAIN, "%s",
			  mms_time(view_num(t, i, "waited_ns").v).s);
		mms_right(cv, 27, MMS_DIM, "%s",
			  mms_time(view_num(t, i, "error_ns").v).s);
		mms_goto(cv, 29);
		view_cell(v, MMS_PLAIN, t, i, "what");
		mms_text(cv, MMS_PLAIN, " ");
		pagewait_place(v, &b, t, i);
		mms_text(cv, MMS_PLAIN, "%s", b.data);
		mms_buf_free(&b);
		mms_newline(cv);
	}
}

bool view_pagewait(struct view *v, bool all)
{
	struct mms_buf verdict = { 0 };
	struct pagewait p;

	if (!pagewait_load(&p, v))
		return false;
	view_title(v, "pagewait");
	mms_newline(&v->cv);
	draw_map(v, &p);
	draw_waiters(v, all);
	if (all)
		draw_top(v);
	pagewait_verdict(v, &p, &verdict);
	view_verdict(v, &verdict);
	return true;
}
