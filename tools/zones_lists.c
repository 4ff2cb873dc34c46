// SPDX-License-Identifier: GPL-2.0-only
/* mmscope zones --zonelists, --pcp and --stays. */
#include <stdlib.h>
#include <string.h>

#include "lib/text.h"
#include "zones_view.h"

#define PATH_INDENT	9
#define PCP_BAR		22
#define STAYS_BAR	30
#define MAX_HIGHEST	8

/* NUMA distance, unknown if the table does not tell. */
static struct mms_num distance(struct view *v, uint64_t from, uint64_t to)
{
	const struct mms_table *t = mms_snapshot_table(v->s, "zones/distances");
	struct mms_num none = { 0 };
	size_t i;

	for (i = 0; t && i < t->nrows; i++) {
		if (view_num(t, i, "node").v == from &&
		    view_num(t, i, "to_node").v == to)
			return view_num(t, i, "distance");
	}
	return none;
}

/* The arrow to a zone on another node shows how far that is. */
static void draw_arrow(struct view *v, uint64_t node, uint64_t from,
		       uint64_t to)
{
	struct mms_num d = distance(v, node, to);
	struct mms_canvas *cv = &v->cv;

	if (cv->col > PATH_INDENT)
		mms_text(cv, MMS_PLAIN, " ");
	if (from != to && d.ok) {
		mms_glyph(cv, MMS_NOTE, 0x2500, '-', 1);
		mms_text(cv, MMS_NOTE, "%u", (unsigned int)d.v);
	}
	mms_glyph(cv, from == to ? MMS_PLAIN : MMS_NOTE, 0x2192, '>', 1);
	mms_text(cv, MMS_PLAIN, " ");
}

static bool same_list(const struct mms_table *t, size_t a, size_t b)
{
	int list = mms_table_col(t, "list");

	return view_num(t, a, "node").v == view_num(t, b, "node").v &&
	       !strcmp(mms_cell(t, a, list), mms_cell(t, b, list));
}

static void draw_step(struct view *v, const struct mms_table *t, size_t i,
		      bool first)
{
	uint64_t node = view_num(t, i, "node").v;
	uint64_t to = view_num(t, i, "to_node").v;
	struct mms_canvas *cv = &v->cv;

	/* The longest step: " -254> 1023 Movable" */
	if (cv->col + 19 > cv->width) {
		mms_newline(cv);
		mms_goto(cv, PATH_INDENT);
	}
	/* A node without memory begins elsewhere. */
	if (!first || to != node)
		draw_arrow(v, node, first ? node :
			   view_num(t, i - 1, "to_node").v, to);
	view_cell(v, to == node ? MMS_PLAIN : MMS_NOTE, t, i, "to_node");
	mms_text(cv, MMS_PLAIN, " ");
	view_cell(v, to == node ? MMS_BOLD : MMS_NOTE, t, i, "to_zone");
}

/* Draw the list that begins at row @i; returns the row behind it. */
static size_t draw_list(struct view *v, const struct mms_table *t, size_t i)
{
	struct mms_canvas *cv = &v->cv;
	size_t first = i;

	mms_text(cv, MMS_HEAD, "node %u", (unsigned int)view_num(t, i, "node").v);
	mms_goto(cv, PATH_INDENT);
	for (; i < t->nrows && same_list(t, first, i); i++)
		draw_step(v, t, i, i == first);
	mms_newline(cv);
	return i;
}

static void draw_lists(struct view *v, const struct mms_table *t,
		       const char *list, const char *title)
{
	int col = mms_table_col(t, "list");
	bool any = false;
	size_t i = 0;

	while (i < t->nrows) {
		if (strcmp(mms_cell(t, i, col), list)) {
			i++;
			continue;
		}
		if (!any) {
			mms_text(&v->cv, MMS_HEAD, "%s", title);
			mms_newline(&v->cv);
		}
		any = true;
		i = draw_list(v, t, i);
	}
	if (any)
		mms_newline(&v->cv);
}

/* The zones that memory is reserved against, in the order they appear. */
static int highest_zones(const struct mms_table *t, const char **names)
{
	int col = mms_table_col(t, "highest_zone"), n = 0, k;
	const char *name;
	size_t i;

	for (i = 0; i < t->nrows; i++) {
		name = mms_cell(t, i, col);
		for (k = 0; k < n && strcmp(names[k], name); k++)
			;
		if (k == n && n < MAX_HIGHEST)
			names[n++] = name;
	}
	return n;
}

static bool same_zone(const struct mms_table *t, size_t a, size_t b)
{
	int zone = mms_table_col(t, "zone");

	return view_num(t, a, "node").v == view_num(t, b, "node").v &&
	       !strcmp(mms_cell(t, a, zone), mms_cell(t, b, zone));
}

/* The row behind those of the zone of row @i; @any: does it keep something? */
static size_t end_of_zone(const struct mms_table *t, size_t i, bool *any)
{
	size_t first = i;

	*any = false;
	for (; i < t->nrows && same_zone(t, first, i); i++)
		*any |= view_num(t, i, "reserve_pages").v > 0;
	return i;
}

static void draw_reserve(struct view *v, const struct mms_table *t, size_t i,
			 const char **names, int n)
{
	int col = mms_table_col(t, "highest_zone"), k;
	size_t first = i;
	struct mms_num r;

	view_label(&v->cv, view_num(t, i, "node").v,
		   mms_cell(t, i, mms_table_col(t, "zone")));
	for (; i < t->nrows && same_zone(t, first, i); i++) {
		r = view_num(t, i, "reserve_pages");
		for (k = 0; k < n; k++) {
			if (!strcmp(mms_cell(t, i, col), names[k]))
				mms_right(&v->cv, LABEL_COLS + 8 * (k + 1),
					  r.v ? MMS_PLAIN : MMS_DIM, "%s",
					  view_pages(v, r).s);
		}
	}
	mms_newline(&v->cv);
}

static void draw_reserves(struct view *v)
{
	const struct mms_table *t;
	const char *names[MAX_HIGHEST];
	size_t i, end;
	int n, k;
	bool any;

	t = mms_snapshot_table(v->s, "zones/lowmem_reserve");
	if (!t || !t->nrows || !mms_snapshot_has_nodes(v->s, t))
		return;
	n = highest_zones(t, names);
	mms_text(&v->cv, MMS_HEAD, "reserve: kept from allocations that may use a higher zone");
	mms_newline(&v->cv);
	mms_text(&v->cv, MMS_HEAD, "node zone");
	for (k = 0; k < n; k++)
		mms_right(&v->cv, LABEL_COLS + 8 * (k + 1), MMS_HEAD, "%.7s",
			  names[k]);
	mms_newline(&v->cv);
	for (i = 0; i < t->nrows; i = end) {
		end = end_of_zone(t, i, &any);
		if (any)
			draw_reserve(v, t, i, names, n);
	}
	mms_newline(&v->cv);
}

bool view_zonelists(struct view *v)
{
	const struct mms_table *t = view_table(v, "zones/zonelists");

	if (!t || !mms_snapshot_has_nodes(v->s, t) ||
	    !mms_snapshot_fits(v->s, t->nrows,
			       mms_snapshot_table(v->s, "zones/distances")))
		return false;
	draw_lists(v, t, "fallback",
		   "fallback: where allocations look for memory, in this order");
	draw_lists(v, t, "thisnode", "thisnode: the same with __GFP_THISNODE");
	draw_reserves(v);
	return true;
}

static void draw_share(struct mms_canvas *cv, enum mms_style style, double f,
		       int width)
{
	int n = f >= 1 ? width : (int)(f * width + 0.5);

	if (f > 0 && !n)
		n = 1;
	mms_glyph(cv, MMS_DIM, 0x2595, '[', 1);
	mms_glyph(cv, style, 0x2588, '#', n);
	mms_glyph(cv, MMS_DIM, 0x00b7, '.', width - n);
	mms_glyph(cv, MMS_DIM, 0x258f, ']', 1);
}

static void draw_set_bar(struct mms_canvas *cv, struct mms_num count,
			 struct mms_num high)
{
	double f = 0;

	if (count.ok && high.ok)
		f = high.v ? (double)count.v / (double)high.v : count.v > 0;
	draw_share(cv, f > 1 ? MMS_WARN : MMS_GOOD, f, PCP_BAR);
}

static void draw_set_num(struct mms_canvas *cv, int end, struct mms_num n)
{
	if (n.ok)
		mms_right(cv, end, MMS_PLAIN, "%s", mms_count(n.v).s);
	else
		mms_right(cv, end, MMS_DIM, "-");
}

static void draw_set(struct view *v, const struct mms_table *t, size_t i)
{
	static const char *const cols[] = {
		"count_pages", "high_pages", "batch_pages",
		"high_min_pages", "high_max_pages",
	};
	const int at = LABEL_COLS + 5 + PCP_BAR + 3;
	struct mms_canvas *cv = &v->cv;
	size_t k;

	view_label(cv, view_num(t, i, "node").v,
		   mms_cell(t, i, mms_table_col(t, "zone")));
	draw_set_num(cv, LABEL_COLS + 4, view_num(t, i, "cpu"));
	mms_goto(cv, LABEL_COLS + 5);
	draw_set_bar(cv, view_num(t, i, cols[0]), view_num(t, i, cols[1]));
	for (k = 0; k < MMS_ARRAY_SIZE(cols); k++)
		draw_set_num(cv, at + 7 * (k + 1), view_num(t, i, cols[k]));
	mms_newline(cv);
}

bool view_pcp(struct view *v)
{
	static const char *const heads[] = {
		"count", "high", "batch", "h_min", "h_max",
	};
	const struct mms_table *t = view_table(v, "zones/pcp");
	const int at = LABEL_COLS + 5 + PCP_BAR + 3;
	struct mms_num held = { .ok = true };
	struct mms_canvas *cv = &v->cv;
	size_t i;

	if (!t || !mms_snapshot_has_nodes(v->s, t))
		return false;
	mms_text(cv, MMS_HEAD, "node zone");
	mms_right(cv, LABEL_COLS + 4, MMS_HEAD, "cpu");
	mms_goto(cv, LABEL_COLS + 5);
	mms_text(cv, MMS_HEAD, " count of high, in pages");
	for (i = 0; i < MMS_ARRAY_SIZE(heads); i++)
		mms_right(cv, at + 7 * ((int)i + 1), MMS_HEAD, "%s", heads[i]);
	mms_newline(cv);
	for (i = 0; i < t->nrows; i++) {
		draw_set(v, t, i);
		held.v = mms_sum(held.v, view_num(t, i, "count_pages").v);
	}
	mms_text(cv, MMS_PLAIN, "%s in per-CPU sets: not in free, out of reach of other CPUs",
		 view_pages(v, held).s);
	mms_newline(cv);
	mms_newline(cv);
	return true;
}

/* The most stays in one slot, which fills a bar. */
static uint64_t most_stays(const struct mms_table *t)
{
	uint64_t most = 1;
	size_t i;

	for (i = 0; i < t->nrows; i++) {
		if (view_num(t, i, "stays_total").v > most)
			most = view_num(t, i, "stays_total").v;
	}
	return most;
}

static void draw_stay(struct view *v, const struct mms_table *t, size_t i,
		      uint64_t most)
{
	enum mms_band b = mms_band_parse(mms_cell(t, i,
						  mms_table_col(t, "band")));
	struct mms_num n = view_num(t, i, "stays_total");
	struct mms_canvas *cv = &v->cv;

	view_label(cv, view_num(t, i, "node").v,
		   mms_cell(t, i, mms_table_col(t, "zone")));
	mms_text(cv, mms_band_style(b), "%s", mms_band_name(b));
	mms_right(cv, LABEL_COLS + 19, MMS_PLAIN, "%s",
		  mms_time(view_num(t, i, "at_least_ns").v).s);
	mms_right(cv, LABEL_COLS + 27, MMS_PLAIN, "%s",
		  mms_time(view_num(t, i, "below_ns").v).s);
	mms_goto(cv, LABEL_COLS + 28);
	draw_share(cv, mms_band_style(b), (double)n.v / (double)most,
		   STAYS_BAR);
	draw_set_num(cv, LABEL_COLS + 28 + STAYS_BAR + 9, n);
	mms_newline(cv);
}

bool view_stays(struct view *v)
{
	const struct mms_table *t = view_table(v, "zones/stays");
	struct mms_canvas *cv = &v->cv;
	uint64_t most;
	size_t i;

	if (!t || !mms_snapshot_has_nodes(v->s, t))
		return false;
	most = most_stays(t);
	mms_text(cv, MMS_HEAD, "node zone");
	mms_goto(cv, LABEL_COLS);
	mms_text(cv, MMS_HEAD, "stays in");
	mms_right(cv, LABEL_COLS + 19, MMS_HEAD, "from");
	mms_right(cv, LABEL_COLS + 27, MMS_HEAD, "to");
	mms_right(cv, LABEL_COLS + 28 + STAYS_BAR + 9, MMS_HEAD, "stays");
	mms_newline(cv);
	for (i = 0; i < t->nrows; i++)
		draw_stay(v, t, i, most);
	if (!t->nrows) {
		mms_text(cv, MMS_PLAIN, "No zone left a band yet.");
		mms_newline(cv);
	}
	mms_newline(cv);
	return true;
}
