// SPDX-License-Identifier: GPL-2.0-only
/* mmscope kswapd: the nodes, their last runs and who woke them. */
#include <stdlib.h>
#include <string.h>

#include "kswapd_view.h"

#define LABEL		9
#define STRIP		70
#define LAST_RUNS	6
#define TOP_WAKERS	4
#define TRACK		16
#define AT_TRACK	48
/* A gap, a bound, a level and a count. */
#define LENGTH_WIDTH	14

static struct mms_unit awake_text(struct kswapd_share s)
{
	return mms_percent(s.awake, s.window);
}

static void say_now(struct view *v, struct mms_buf *b,
		    const struct mms_table *t, size_t i)
{
	struct mms_num since = view_num(t, i, "run_since_ns");
	struct mms_num taken = view_num(t, i, "taken_ns");

	if (!view_same(t, i, "running", 1)) {
		mms_buf_printf(b, view_same(t, i, "runs_total", 0) ?
			       "asleep, never ran; " : "asleep; ");
		return;
	}
	mms_buf_printf(b, "runs");
	if (since.ok && taken.v >= since.v)
		mms_buf_printf(b, " for %s now",
			       mms_time(taken.v - since.v).s);
	mms_buf_printf(b, ", for order ");
	view_say(v, b, t, i, "run_order");
	mms_buf_printf(b, ", ");
	view_say(v, b, t, i, "run_highest_zone");
	mms_buf_printf(b, "; ");
}

static void say_totals(struct view *v, struct mms_buf *b,
		       const struct mms_table *t, size_t i)
{
	struct mms_num scanned = view_num(t, i, "lru_scanned_total");
	struct mms_num freed = view_num(t, i, "lru_reclaimed_total");
	struct kswapd_share share = kswapd_awake(v, t, i);
	struct mms_num runs = view_num(t, i, "runs_total");
	struct mms_num awake = view_num(t, i, "awake_ns");

	mms_buf_printf(b, "%s wakeups, ",
		       mms_count(view_num(t, i, "wakeups_total").v).s);
	mms_buf_printf(b, "%s runs", mms_count(runs.v).s);
	if (awake.v)
		mms_buf_printf(b, ", awake %s in all", mms_time(awake.v).s);
	if (share.awake > 0)
		mms_buf_printf(b, ", %s of the last %s", awake_text(share).s,
			       mms_time(share.window).s);
	if (runs.v && !scanned.ok)
		mms_buf_printf(b, "; this kernel does not tell what it scanned");
	else if (scanned.v)
		mms_buf_printf(b, "; scanned %s, reclaimed %s (%s)",
			       view_pages(v, scanned).s, view_pages(v, freed).s,
			       mms_percent(freed.v, scanned.v).s);
}

static void draw_node(struct view *v, const struct mms_table *t, size_t i)
{
	struct mms_canvas *cv = &v->cv;
	struct mms_buf b = { 0 };

	mms_text(cv, MMS_HEAD, "node %d", (int)view_num(t, i, "node").v);
	mms_goto(cv, LABEL);
	if (view_same(t, i, "hopeless", 1))
		mms_text(cv, MMS_BAD, "HOPELESS ");
	mms_buf_printf(&b, "kswapd%d[%s] ", (int)view_num(t, i, "node").v,
		       view_text(t, i, "pid"));
	say_now(v, &b, t, i);
	say_totals(v, &b, t, i);
	mms_wrap(cv, LABEL, view_same(t, i, "running", 1) ? MMS_BOLD :
		 MMS_PLAIN, b.data);
	mms_buf_free(&b);
}

/* The part of time that the strips show. */
struct span {
	double from;
	double to;
};

static struct span span_of(const struct mms_table *nodes,
			   const struct mms_table *runs)
{
	struct span s = { 0 };
	size_t i;
	double at;

	if (nodes->nrows)
		s.to = view_num(nodes, 0, "taken_ns").v;
	s.from = s.to;
	for (i = 0; i < runs->nrows; i++) {
		at = view_num(runs, i, "start_ns").v;
		if (at > 0 && at < s.from)
			s.from = at;
	}
	for (i = 0; i < nodes->nrows; i++) {
		at = view_num(nodes, i, "run_since_ns").v;
		if (at > 0 && at < s.from)
			s.from = at;
	}
	return s;
}

/* How much of @c is within a run, and the worst that such a run achieved. */
struct slot {
	double awake;
	enum mms_style style;
};

static int severity(enum mms_style style)
{
	return style == MMS_BAD ? 3 : style == MMS_WARN ? 2 :
	       style == MMS_GOOD;
}

static void add_run(struct slot *slots, struct span s, double from, double to,
		    enum mms_style style)
{
	double step = (s.to - s.from) / STRIP, a, b;
	int i;

	for (i = 0; i < STRIP; i++) {
		a = s.from + i * step;
		b = a + step;
		if (a < from)
			a = from;
		if (b > to)
			b = to;
		if (b <= a)
			continue;
		if (slots[i].awake <= 0 ||
		    severity(style) > severity(slots[i].style))
			slots[i].style = style;
		slots[i].awake += (b - a) / step;
	}
}

static void draw_strip(struct view *v, const struct mms_table *nodes,
		       size_t row, const struct mms_table *runs, struct span s)
{
	struct mms_num node = view_num(nodes, row, "node");
	struct mms_num since = view_num(nodes, row, "run_since_ns");
	struct slot slots[STRIP] = { 0 };
	double start;
	size_t i;

	for (i = 0; i < runs->nrows; i++) {
		if (!view_same(runs, i, "node", node.v))
			continue;
		start = view_num(runs, i, "start_ns").v;
		add_run(slots, s, start,
			start + view_num(runs, i, "length_ns").v,
			kswapd_yield(view_num(runs, i, "lru_scanned_pages"),
				     view_num(runs, i, "lru_reclaimed_pages")));
	}
	if (since.ok)
		add_run(slots, s, since.v, s.to, MMS_NOTE);
	mms_text(&v->cv, MMS_PLAIN, "node %d", (int)node.v);
	mms_goto(&v->cv, LABEL);
	for (i = 0; i < STRIP; i++)
		view_level(v, slots[i].style, slots[i].awake);
	mms_newline(&v->cv);
}

static void draw_strips(struct view *v, const struct mms_table *nodes,
			const struct mms_table *runs)
{
	struct span s = span_of(nodes, runs);
	struct mms_canvas *cv = &v->cv;
	size_t i;

	if (s.to <= s.from)
		return;
	mms_text(cv, MMS_HEAD, "runs");
	mms_goto(cv, LABEL);
	mms_text(cv, MMS_PLAIN, "%s ago", mms_time(s.to - s.from).s);
	mms_goto(cv, 20);
	mms_text(cv, MMS_DIM, "height: awake; reclaimed of scanned: ");
	mms_text(cv, MMS_GOOD, ">=50%%");
	mms_text(cv, MMS_WARN, " >=10%%");
	mms_text(cv, MMS_BAD, " less");
	mms_right(cv, LABEL + STRIP, MMS_PLAIN, "now");
	mms_newline(cv);
	for (i = 0; i < nodes->nrows; i++)
		draw_strip(v, nodes, i, runs, s);
}

/*
 * The zone of a run that the track is about: the one that stood lowest against
 * its low mark when the run began.
 */
static size_t worst_zone(const struct mms_table *t, uint64_t node, uint64_t run)
{
	size_t i, best = t->nrows;
	double d, least = 0;

	for (i = 0; i < t->nrows; i++) {
		if (!view_same(t, i, "node", node) ||
		    !view_same(t, i, "run", run))
			continue;
		d = (double)view_num(t, i, "free_before_pages").v /
			((double)view_num(t, i, "low_pages").v + 1);
		if (best == t->nrows || d < least) {
			best = i;
			least = d;
		}
	}
	return best;
}

/* Where an amount of pages is on a track from half of min to above high. */
static int place(struct mms_num n, struct mms_num min, struct mms_num high)
{
	double from = 0.5 * (double)min.v, to = 1.25 * (double)high.v + 1;
	double f = ((double)n.v - from) / (to - from);

	if (!(f > 0))
		return 0;
	return f >= 1 ? TRACK - 1 : (int)(f * TRACK);
}

static void draw_track(struct view *v, const struct mms_table *t, size_t i)
{
	struct mms_num before = view_num(t, i, "free_before_pages");
	struct mms_num after = view_num(t, i, "free_after_pages");
	struct mms_num min = view_num(t, i, "min_pages");
	struct mms_num low = view_num(t, i, "low_pages");
	struct mms_num high = view_num(t, i, "high_pages");
	int from = place(before, min, high), to = place(after, min, high), k;
	enum mms_style style = after.v > high.v ? MMS_GOOD :
		after.v > low.v ? MMS_WARN : MMS_BAD;

	for (k = 0; k < TRACK; k++) {
		if (k == to)
			mms_glyph(&v->cv, style, 0x25c6, '*', 1);
		else if (k == from)
			mms_glyph(&v->cv, style, 'o', 'o', 1);
		else if (k == place(min, min, high) ||
			 k == place(low, min, high) ||
			 k == place(high, min, high))
			mms_glyph(&v->cv, MMS_BOLD, 0x2502, '|', 1);
		else if ((k > from) == (k < to))
			mms_glyph(&v->cv, style, 0x2500, '-', 1);
		else
			mms_glyph(&v->cv, MMS_DIM, 0x00b7, '.', 1);
	}
}

static void draw_run(struct view *v, const struct mms_table *t, size_t i)
{
	const struct mms_table *z = mms_snapshot_table(v->s,
						       "kswapd/run_zones");
	struct mms_num scanned = view_num(t, i, "lru_scanned_pages");
	struct mms_num freed = view_num(t, i, "lru_reclaimed_pages");
	struct mms_num start = view_num(t, i, "start_ns");
	struct mms_num taken = view_num(t, i, "taken_ns");
	struct mms_canvas *cv = &v->cv;
	size_t row;

	mms_right(cv, 4, MMS_PLAIN, "%s", view_text(t, i, "node"));
	mms_right(cv, 11, MMS_PLAIN, "%s", start.ok && taken.v >= start.v ?
		  mms_time(taken.v - start.v).s : "-");
	mms_right(cv, 18, MMS_PLAIN, "%s",
		  mms_time(view_num(t, i, "length_ns").v).s);
	mms_right(cv, 21, MMS_PLAIN, "%s", view_text(t, i, "order"));
	mms_goto(cv, 22);
	mms_text(cv, MMS_PLAIN, "%.7s", view_text(t, i, "highest_zone"));
	mms_right(cv, 36, MMS_PLAIN, "%s", view_pages(v, scanned).s);
	mms_right(cv, 43, kswapd_yield(scanned, freed), "%s", freed.ok ?
		  mms_percent(freed.v, scanned.v).s : "-");
	row = z ? worst_zone(z, view_num(t, i, "node").v,
			     view_num(t, i, "run").v) : 0;
	mms_goto(cv, AT_TRACK - 3);
	if (z && row < z->nrows) {
		draw_track(v, z, row);
		mms_right(cv, AT_TRACK + TRACK + 4, MMS_PLAIN, "%s",
			  view_pages(v, view_num(z, row,
						 "free_after_pages")).s);
	}
	mms_goto(cv, AT_TRACK + TRACK + 5);
	view_cell(v, MMS_PLAIN, t, i, "waker_comm");
	mms_newline(cv);
}

static int later_first(const void *a, const void *b, void *table)
{
	uint64_t x = view_num(table, *(const size_t *)a, "start_ns").v;
	uint64_t y = view_num(table, *(const size_t *)b, "start_ns").v;

	return x < y ? 1 : x > y ? -1 : 0;
}

static void draw_runs(struct view *v, const struct mms_table *t, bool all)
{
	size_t *order = mms_alloc(t->nrows, sizeof(*order)), i;
	struct mms_canvas *cv = &v->cv;

	for (i = 0; i < t->nrows; i++)
		order[i] = i;
	qsort_r(order, t->nrows, sizeof(*order), later_first, (void *)t);
	mms_text(cv, MMS_HEAD, "node    ago length  order zone scanned  freed");
	mms_goto(cv, AT_TRACK - 3);
	mms_text(cv, MMS_HEAD, "free: o to ");
	mms_glyph(cv, MMS_HEAD, 0x25c6, '*', 1);
	mms_goto(cv, AT_TRACK + TRACK + 5);
	mms_text(cv, MMS_HEAD, "woken by");
	mms_newline(cv);
	for (i = 0; i < t->nrows && (all || i < LAST_RUNS); i++)
		draw_run(v, t, order[i]);
	if (i < t->nrows) {
		mms_text(cv, MMS_DIM, "%zu more recorded: --runs", t->nrows - i);
		mms_newline(cv);
	}
	free(order);
}

/* Most runs of one length on any node, which is as high as it gets. */
static uint64_t most_runs(const struct mms_table *t)
{
	uint64_t most = 1;
	size_t i;

	for (i = 0; i < t->nrows; i++) {
		if (view_num(t, i, "runs_total").v > most)
			most = view_num(t, i, "runs_total").v;
	}
	return most;
}

/* Draw the lengths of the node at row @i; returns the row behind it. */
static size_t draw_lengths(struct view *v, const struct mms_table *t, size_t i,
			   uint64_t most)
{
	uint64_t node = view_num(t, i, "node").v, next;
	struct mms_canvas *cv = &v->cv;
	size_t first = i;

	mms_text(cv, MMS_HEAD, first ? "" : "lengths");
	mms_goto(cv, LABEL);
	mms_text(cv, MMS_PLAIN, "node %s ", view_text(t, i, "node"));
	next = view_num(t, i, "at_least_ns").v;
	for (; i < t->nrows && view_same(t, i, "node", node); i++) {
		if (cv->col + LENGTH_WIDTH > MMS_WIDTH) {
			mms_newline(cv);
			mms_goto(cv, LABEL + strlen("node 0 "));
		}
		if (i > first && view_num(t, i, "at_least_ns").v != next)
			mms_text(cv, MMS_DIM, " ..");
		mms_right(cv, cv->col + 6, MMS_DIM, " <%s",
			  mms_time(view_num(t, i, "below_ns").v).s);
		mms_text(cv, MMS_PLAIN, " ");
		view_level(v, MMS_NOTE,
			   (double)view_num(t, i, "runs_total").v / most);
		mms_text(cv, MMS_PLAIN, "%s",
			 mms_count(view_num(t, i, "runs_total").v).s);
		next = view_num(t, i, "below_ns").v;
	}
	mms_newline(cv);
	return i > first ? i : first + 1;
}

static void draw_histogram(struct view *v)
{
	const struct mms_table *t = mms_snapshot_table(v->s,
						       "kswapd/run_length");
	uint64_t most = t ? most_runs(t) : 0;
	size_t i = 0;

	while (t && i < t->nrows)
		i = draw_lengths(v, t, i, most);
}

static int more_hits_first(const void *a, const void *b, void *table)
{
	uint64_t x = view_num(table, *(const size_t *)a, "hits_total").v;
	uint64_t y = view_num(table, *(const size_t *)b, "hits_total").v;

	return x < y ? 1 : x > y ? -1 : 0;
}

/* Hits are at most as many as counted, and at least less error. */
static void say_waker(struct view *v, struct mms_buf *b,
		      const struct mms_table *t, size_t i)
{
	struct mms_num hits = view_num(t, i, "hits_total");
	struct mms_num err = view_num(t, i, "error_total");

	view_say(v, b, t, i, "comm");
	mms_buf_printf(b, "[%s] ", view_text(t, i, "pid"));
	if (err.v && err.v <= hits.v)
		mms_buf_printf(b, "%s-", mms_count(hits.v - err.v).s);
	mms_buf_printf(b, "%sx on node %s", mms_count(hits.v).s,
		       view_text(t, i, "node"));
}

static void draw_wakers(struct view *v)
{
	const struct mms_table *t = mms_snapshot_table(v->s, "kswapd/wakers");
	struct mms_buf b = { 0 };
	size_t *order, i;

	if (!t || !t->nrows)
		return;
	order = mms_alloc(t->nrows, sizeof(*order));
	for (i = 0; i < t->nrows; i++)
		order[i] = i;
	qsort_r(order, t->nrows, sizeof(*order), more_hits_first, (void *)t);
	for (i = 0; i < t->nrows && i < TOP_WAKERS; i++) {
		mms_buf_printf(&b, i ? ", " : "");
		say_waker(v, &b, t, order[i]);
	}
	mms_text(&v->cv, MMS_HEAD, "woken by");
	mms_goto(&v->cv, LABEL);
	mms_wrap(&v->cv, LABEL, MMS_PLAIN, b.data);
	mms_buf_free(&b);
	free(order);
}

bool view_kswapd(struct view *v, bool all)
{
	const struct mms_table *nodes = view_table(v, "kswapd/nodes");
	const struct mms_table *runs = mms_snapshot_table(v->s, "kswapd/runs");
	struct mms_buf verdict = { 0 };
	size_t i;

	if (!nodes || !kswapd_fits(v, nodes))
		return false;
	view_title(v, "kswapd");
	mms_newline(&v->cv);
	mms_newline(&v->cv);
	for (i = 0; i < nodes->nrows; i++)
		draw_node(v, nodes, i);
	if (runs && runs->nrows) {
		mms_newline(&v->cv);
		draw_strips(v, nodes, runs);
		draw_runs(v, runs, all);
	}
	draw_histogram(v);
	draw_wakers(v);
	kswapd_verdict(v, nodes, &verdict);
	view_verdict(v, &verdict);
	return true;
}
