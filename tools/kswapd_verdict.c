// SPDX-License-Identifier: GPL-2.0-only
/* What the numbers of kswapd mean, in plain words. */
#include <string.h>

#include "kswapd_view.h"

/* Below these, numbers say nothing. */
#define MIN_WAKEUPS	10
#define MIN_SCANNED	1000
#define BUSY		0.5
#define UNEVEN		0.2
#define POOR		0.1
#define MOSTLY		0.8
#define MANY_NODES	64

enum mms_style kswapd_yield(struct mms_num scanned, struct mms_num reclaimed)
{
	if (!scanned.ok || !reclaimed.ok || !scanned.v)
		return MMS_DIM;
	if ((double)reclaimed.v >= 0.5 * (double)scanned.v)
		return MMS_GOOD;
	if ((double)reclaimed.v >= POOR * (double)scanned.v)
		return MMS_WARN;
	return MMS_BAD;
}

bool kswapd_fits(struct view *v, const struct mms_table *nodes)
{
	static const char *const names[] = {
		"kswapd/runs", "kswapd/wakers", "kswapd/wakeups",
	};
	const struct mms_table *runs = mms_snapshot_table(v->s, "kswapd/runs");
	size_t i;

	/* Each node may name all others. */
	if (!mms_snapshot_has_nodes(v->s, nodes) ||
	    !mms_snapshot_fits(v->s, nodes->nrows * MANY_NODES, nodes))
		return false;
	for (i = 0; i < MMS_ARRAY_SIZE(names); i++) {
		if (!mms_snapshot_fits(v->s, nodes->nrows,
				       mms_snapshot_table(v->s, names[i])))
			return false;
	}
	return mms_snapshot_fits(v->s, runs ? runs->nrows : 0,
				 mms_snapshot_table(v->s, "kswapd/run_zones"));
}

struct kswapd_share kswapd_awake(struct view *v, const struct mms_table *nodes,
				 size_t row)
{
	const struct mms_table *t = mms_snapshot_table(v->s, "kswapd/runs");
	struct mms_num node = view_num(nodes, row, "node"), start;
	struct mms_num since = view_num(nodes, row, "run_since_ns");
	struct mms_num taken = view_num(nodes, row, "taken_ns");
	struct kswapd_share share = { 0 };
	uint64_t first = taken.v;
	size_t i;

	if (since.ok && since.v < taken.v) {
		first = since.v;
		share.awake = taken.v - since.v;
	}
	for (i = 0; t && i < t->nrows; i++) {
		start = view_num(t, i, "start_ns");
		if (!start.ok || !view_same(t, i, "node", node.v))
			continue;
		share.awake += view_num(t, i, "length_ns").v;
		if (start.v < first)
			first = start.v;
	}
	share.window = taken.v - first;
	/* The tables are taken one after the other. */
	if (share.awake > share.window)
		share.awake = share.window;
	return share;
}

static void say_hopeless(struct mms_buf *b, const struct mms_table *t,
			 size_t i)
{
	struct mms_num failures = view_num(t, i, "failures");

	mms_buf_printf(b, "node %d is hopeless: ",
		       (int)view_num(t, i, "node").v);
	if (failures.ok)
		mms_buf_printf(b, "%s runs in a row freed nothing, ",
			       mms_count(failures.v).s);
	mms_buf_printf(b, "kswapd is no longer woken and ");
	mms_buf_printf(b, "tasks reclaim for themselves until one of them frees something. ");
}

static void say_yield(struct mms_buf *b, const struct mms_table *t, size_t i)
{
	struct mms_num scanned = view_num(t, i, "lru_scanned_total");
	struct mms_num freed = view_num(t, i, "lru_reclaimed_total");
	int node = view_num(t, i, "node").v;

	if (!freed.ok || scanned.v < MIN_SCANNED)
		return;
	if (!freed.v)
		mms_buf_printf(b, "kswapd%d scanned %s pages and reclaimed nothing. ",
			       node, mms_count(scanned.v).s);
	else if ((double)freed.v < POOR * (double)scanned.v)
		mms_buf_printf(b, "kswapd%d reclaimed only %s of the %s pages it scanned. ",
			       node, mms_percent(freed.v, scanned.v).s,
			       mms_count(scanned.v).s);
}

/* Nodes whose kswapd had nothing to do. */
static size_t say_idle(struct mms_buf *b, const struct mms_table *t)
{
	size_t k, n = 0;

	for (k = 0; k < t->nrows; k++) {
		if (!view_same(t, k, "runs_total", 0))
			continue;
		mms_buf_printf(b, n++ ? " and kswapd%d" : ", while kswapd%d",
			       (int)view_num(t, k, "node").v);
	}
	mms_buf_printf(b, n ? " never ran" : "");
	return n;
}

static void say_busy(struct view *v, struct mms_buf *b,
		     const struct mms_table *t, size_t i)
{
	struct kswapd_share share = kswapd_awake(v, t, i);
	struct mms_buf idle = { 0 };
	size_t n = say_idle(&idle, t);

	if (share.window > 0 &&
	    share.awake >= (n ? UNEVEN : BUSY) * share.window)
		mms_buf_printf(b, "kswapd%d was awake %s of the last %s%s. ",
			       (int)view_num(t, i, "node").v,
			       mms_percent(share.awake, share.window).s,
			       mms_time(share.window).s,
			       n ? idle.data : "");
	mms_buf_free(&idle);
}

/* Whether a run left every zone that it was for at its high mark or below. */
static bool fell_short(const struct mms_table *zones, uint64_t node,
		       uint64_t run)
{
	struct mms_num after, high;
	bool any = false;
	size_t i;

	for (i = 0; i < zones->nrows; i++) {
		if (!view_same(zones, i, "node", node) ||
		    !view_same(zones, i, "run", run))
			continue;
		after = view_num(zones, i, "free_after_pages");
		high = view_num(zones, i, "high_pages");
		if (!after.ok || !high.ok || after.v > high.v)
			return false;
		any = true;
	}
	return any;
}

static void say_short(struct view *v, struct mms_buf *b, uint64_t node)
{
	const struct mms_table *z = mms_snapshot_table(v->s,
						       "kswapd/run_zones");
	const struct mms_table *t = mms_snapshot_table(v->s, "kswapd/runs");
	size_t n = 0, nshort = 0, i;

	for (i = 0; t && z && i < t->nrows; i++) {
		if (!view_same(t, i, "node", node))
			continue;
		n++;
		nshort += fell_short(z, node, view_num(t, i, "run").v);
	}
	if (!nshort)
		return;
	mms_buf_printf(b, "%zu of the last %zu runs of kswapd%d ", nshort, n,
		       (int)node);
	mms_buf_printf(b, "ended with no zone above its high mark. ");
}

/* The row with most hits for sure on a node, or the number of rows. */
static size_t most_waking(const struct mms_table *t, uint64_t node)
{
	size_t i, best = t->nrows;

	for (i = 0; i < t->nrows; i++) {
		if (!view_same(t, i, "node", node))
			continue;
		if (best == t->nrows || view_num(t, i, "hits_total").v >
		    view_num(t, best, "hits_total").v)
			best = i;
	}
	return best;
}

/* What most of a node's wakeups asked for. */
static void say_asked(struct view *v, struct mms_buf *b, uint64_t node,
		      uint64_t all)
{
	const struct mms_table *t = mms_snapshot_table(v->s, "kswapd/wakeups");
	size_t i;

	for (i = 0; t && i < t->nrows; i++) {
		if (!view_same(t, i, "node", node) ||
		    (double)view_num(t, i, "wakeups_total").v <
		    MOSTLY * (double)all)
			continue;
		mms_buf_printf(b, ", %s for order ",
			       view_same(t, i, "wakeups_total", all) ?
			       "always" : "mostly");
		view_say(v, b, t, i, "order");
		mms_buf_printf(b, ", ");
		view_say(v, b, t, i, "highest_zone");
		return;
	}
}

static void say_woken(struct view *v, struct mms_buf *b,
		      const struct mms_table *nodes, size_t row)
{
	const struct mms_table *t = mms_snapshot_table(v->s, "kswapd/wakers");
	struct mms_num all = view_num(nodes, row, "wakeups_total");
	uint64_t node = view_num(nodes, row, "node").v;
	struct mms_num hits, err;
	size_t i;

	i = t ? most_waking(t, node) : 0;
	if (!t || i == t->nrows || all.v < MIN_WAKEUPS)
		return;
	hits = view_num(t, i, "hits_total");
	err = view_num(t, i, "error_total");
	if (err.v > hits.v || hits.v > all.v ||
	    (double)(hits.v - err.v) < BUSY * (double)all.v)
		return;
	view_say(v, b, t, i, "comm");
	mms_buf_printf(b, "[%s] woke kswapd%d %s of %s times",
		       view_text(t, i, "pid"), (int)node,
		       mms_count(hits.v - err.v).s, mms_count(all.v).s);
	say_asked(v, b, node, all.v);
	mms_buf_printf(b, ". ");
}

static bool none_woken(const struct mms_table *t)
{
	size_t i;

	for (i = 0; i < t->nrows; i++) {
		if (!view_same(t, i, "runs_total", 0) ||
		    !view_same(t, i, "wakeups_total", 0))
			return false;
	}
	return t->nrows;
}

void kswapd_verdict(struct view *v, const struct mms_table *nodes,
		    struct mms_buf *b)
{
	size_t i;

	if (none_woken(nodes))
		mms_buf_printf(b, "no kswapd was woken since the module was loaded or reset. ");
	for (i = 0; i < nodes->nrows; i++) {
		if (view_same(nodes, i, "hopeless", 1))
			say_hopeless(b, nodes, i);
		say_yield(b, nodes, i);
		say_busy(v, b, nodes, i);
		say_short(v, b, view_num(nodes, i, "node").v);
		say_woken(v, b, nodes, i);
	}
	view_say_off(v, b, "kswapd");
}
