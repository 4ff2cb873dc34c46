// SPDX-License-Identifier: GPL-2.0-only
/* mmscope zones --zonelists and --pcp. */
#include <stdlib.h>
#include <string.h>

#include "lib/text.h"
#include "zones_view.h"

#define PATH_INDENT	9
#define PCP_BAR		22
#define MAX_HIGHEST	8

static const struct mms_table *need_table(struct view *v, const char *name)
{
	const struct mms_table *t;

	if (mms_snapshot_get(v->s, name, &t) == MMS_GET_ABSENT)
		mms_error("%s: there is no table %s",
			  mms_snapshot_source(v->s), name);
	return t;
}

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
	if (!first)
		draw_arrow(v, node, view_num(t, i - 1, "to_node").v, to);
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

static size_t draw_reserve(struct view *v, const struct mms_table *t, size_t i,
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
	return i;
}

static void draw_reserves(struct view *v)
{
	const struct mms_table *t;
	const char *names[MAX_HIGHEST];
	size_t i = 0;
	int n, k;

	t = mms_snapshot_table(v->s, "zones/lowmem_reserve");
	if (!t || !t->nrows)
		return;
	n = highest_zones(t, names);
	mms_text(&v->cv, MMS_HEAD, "reserve: kept from allocations that may use a higher zone");
	mms_newline(&v->cv);
	mms_text(&v->cv, MMS_HEAD, "node zone");
	for (k = 0; k < n; k++)
		mms_right(&v->cv, LABEL_COLS + 8 * (k + 1), MMS_HEAD, "%.7s",
			  names[k]);
	mms_newline(&v->cv);
	while (i < t->nrows)
		i = draw_reserve(v, t, i, names, n);
}

bool view_zonelists(struct view *v)
{
	const struct mms_table *t = need_table(v, "zones/zonelists");

	if (!t)
		return false;
	draw_lists(v, t, "fallback",
		   "fallback: where allocations look for memory, in this order");
	draw_lists(v, t, "thisnode", "thisnode: the same with __GFP_THISNODE");
	draw_reserves(v);
	return true;
}

static void draw_set_bar(struct mms_canvas *cv, struct mms_num count,
			 struct mms_num high)
{
	double f = 0;
	int n;

	if (count.ok && high.ok)
		f = high.v ? (double)count.v / (double)high.v : count.v > 0;
	n = f >= 1 ? PCP_BAR : (int)(f * PCP_BAR + 0.5);
	mms_glyph(cv, MMS_DIM, 0x2595, '[', 1);
	mms_glyph(cv, f > 1 ? MMS_WARN : MMS_GOOD, 0x2588, '#', n);
	mms_glyph(cv, MMS_DIM, 0x00b7, '.', PCP_BAR - n);
	mms_glyph(cv, MMS_DIM, 0x258f, ']', 1);
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
	const struct mms_table *t = need_table(v, "zones/pcp");
	const int at = LABEL_COLS + 5 + PCP_BAR + 3;
	struct mms_num held = { .ok = true };
	struct mms_canvas *cv = &v->cv;
	size_t i;

	if (!t)
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
		held.v += view_num(t, i, "count_pages").v;
	}
	mms_text(cv, MMS_PLAIN, "%s in per-CPU sets: not in free, out of reach of other CPUs",
		 view_pages(v, held).s);
	mms_newline(cv);
	return true;
}
