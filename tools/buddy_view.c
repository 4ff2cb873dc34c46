// SPDX-License-Identifier: GPL-2.0-only
/* mmscope buddy: the heat map of free memory. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buddy_view.h"

#define LABEL		13
#define USUAL_ORDERS	11
#define TOP_FALLBACKS	2
#define WORTH_A_LINE	50

/* Free memory of a cell as a share of the zone's. */
static const struct {
	double below;
	uint32_t ch;
	char ascii;
	enum mms_style style;
} heats[] = {
	{ 0.001, 0x2591, '.', MMS_NOTE },
	{ 0.01, 0x2592, ':', MMS_GOOD },
	{ 0.1, 0x2593, '%', MMS_WARN },
	{ 2, 0x2588, '#', MMS_LOW },
};

/* An amount in 4 columns: 512, 4.0K, 128M. */
static struct mms_unit short_size(double bytes)
{
	static const char units[] = "BKMGTPEZ";
	struct mms_unit u;
	size_t i = 0;

	while (i + 2 < sizeof(units) && bytes >= 999.5) {
		bytes /= 1024;
		i++;
	}
	if (i && bytes < 9.95)
		snprintf(u.s, sizeof(u.s), "%.1f%c", bytes, units[i]);
	else if (bytes < 999.5)
		snprintf(u.s, sizeof(u.s), "%.0f%c", bytes, units[i]);
	else
		snprintf(u.s, sizeof(u.s), ">999");
	return u;
}

static int column(const struct buddy *b, size_t order)
{
	return LABEL + (int)order * (b->norders > USUAL_ORDERS ? 5 : 6);
}

static void draw_cell(struct view *v, const struct buddy *b, size_t order,
		      double pages, double all)
{
	struct mms_canvas *cv = &v->cv;
	size_t i = 0;

	mms_goto(cv, column(b, order));
	if (pages <= 0) {
		mms_right(cv, column(b, order) + 5, MMS_DIM, "0");
		return;
	}
	while (i + 1 < MMS_ARRAY_SIZE(heats) && pages >= heats[i].below * all)
		i++;
	mms_glyph(cv, heats[i].style, heats[i].ch, heats[i].ascii, 1);
	mms_right(cv, column(b, order) + 5, heats[i].style, "%s",
		  short_size(pages * v->page).s);
}

static void draw_type(struct view *v, const struct buddy *b,
		      const struct buddy_zone *z, const struct buddy_type *t)
{
	double any = 0;
	size_t k;

	for (k = 0; k < b->norders; k++)
		any += t->blocks[k];
	/* Most machines have no CMA, and nothing isolated. */
	if (any <= 0)
		return;
	mms_text(&v->cv, MMS_PLAIN, " %.11s", t->name);
	for (k = 0; k < b->norders; k++)
		draw_cell(v, b, k, t->blocks[k] * (double)(1UL << k),
			  buddy_pages(z, 0));
	mms_newline(&v->cv);
}

/* An index of 1000 as percent, from @low on in colour. */
static void draw_index(struct view *v, const struct buddy *b, const char *name,
		       const struct mms_num *index)
{
	uint64_t most = 0;
	size_t k;

	for (k = 0; k < b->norders && k <= BUDDY_HUGE; k++) {
		if (index[k].v > most)
			most = index[k].v;
	}
	/* A zone in order needs no line. */
	if (most < WORTH_A_LINE)
		return;
	mms_text(&v->cv, MMS_DIM, " %s", name);
	for (k = 0; k < b->norders; k++) {
		if (!index[k].ok || index[k].v > 1000)
			mms_right(&v->cv, column(b, k) + 5, MMS_DIM, "-");
		else
			mms_right(&v->cv, column(b, k) + 5,
				  index[k].v >= 500 ? MMS_BAD :
				  index[k].v >= 200 ? MMS_WARN : MMS_DIM,
				  "%u%%", (unsigned int)(index[k].v + 5) / 10);
	}
	mms_newline(&v->cv);
}

/* Pages in the per-CPU lists of a zone, which are in no free list. */
static struct mms_num in_sets(struct view *v, const struct buddy_zone *z)
{
	const struct mms_table *t = mms_snapshot_table(v->s, "zones/pcp");
	struct mms_num sum = { 0 };
	size_t i;

	for (i = 0; t && i < t->nrows; i++) {
		if (!view_same(t, i, "node", z->node) ||
		    strcmp(view_text(t, i, "zone"), z->zone))
			continue;
		sum.ok = true;
		sum.v = mms_sum(sum.v, view_num(t, i, "count_pages").v);
	}
	return sum;
}

static void draw_zone(struct view *v, const struct buddy *b,
		      const struct buddy_zone *z)
{
	struct mms_num sets = in_sets(v, z);
	struct mms_canvas *cv = &v->cv;
	double blocks;
	int largest = buddy_largest(z, &blocks);
	size_t i;

	mms_text(cv, MMS_HEAD, "node %d %s", z->node, z->zone);
	mms_text(cv, MMS_PLAIN, "  %s%s free", z->inexact ? "~" : "",
		 mms_size(buddy_pages(z, 0) * v->page).s);
	if (sets.ok)
		mms_text(cv, MMS_PLAIN, " + %s in per-CPU lists",
			 view_pages(v, sets).s);
	if (largest >= 0)
		mms_text(cv, MMS_PLAIN, "; largest: %s x %s",
			 mms_count(blocks).s,
			 mms_size(v->page * (double)(1UL << largest)).s);
	mms_newline(cv);
	for (i = 0; i < z->ntypes; i++)
		draw_type(v, b, z, &z->type[i]);
	draw_index(v, b, "unusable", z->unusable);
	draw_index(v, b, "fragmented", z->fragmentation);
}

static void draw_heads(struct view *v, const struct buddy *b)
{
	struct mms_canvas *cv = &v->cv;
	size_t i;

	mms_text(cv, MMS_HEAD, "order");
	for (i = 0; i < b->norders; i++)
		mms_right(cv, column(b, i) + 5, MMS_HEAD, "%zu", i);
	mms_newline(cv);
}

static void draw_legend(struct view *v)
{
	static const char *const shares[] = { "<0.1%", "<1%", "<10%", "more" };
	struct mms_canvas *cv = &v->cv;
	size_t i;

	mms_text(cv, MMS_DIM, "of the zone's free memory: ");
	for (i = 0; i < MMS_ARRAY_SIZE(heats); i++) {
		mms_glyph(cv, heats[i].style, heats[i].ch, heats[i].ascii, 1);
		mms_text(cv, MMS_DIM, "%s ", shares[i]);
	}
	mms_text(cv, MMS_DIM, " unusable: in smaller blocks");
	mms_newline(cv);
}

static int more_first(const void *a, const void *b, void *table)
{
	uint64_t x = view_num(table, *(const size_t *)a, "fallbacks_total").v;
	uint64_t y = view_num(table, *(const size_t *)b, "fallbacks_total").v;

	return x < y ? 1 : x > y ? -1 : 0;
}

static void say_fallback(struct view *v, struct mms_buf *b,
			 const struct mms_table *t, size_t i)
{
	uint64_t whole = view_num(t, i, "whole_pageblock_total").v;

	view_say(v, b, t, i, "from");
	mms_buf_printf(b, " to ");
	view_say(v, b, t, i, "to");
	mms_buf_printf(b, ", order %s, node %s ", view_text(t, i, "order"),
		       view_text(t, i, "node"));
	view_say(v, b, t, i, "zone");
	mms_buf_printf(b, ": %sx",
		       mms_count(view_num(t, i, "fallbacks_total").v).s);
	if (whole)
		mms_buf_printf(b, " (%s whole block%s)",
			       mms_count(whole).s, whole == 1 ? "" : "s");
}

static void draw_fallbacks(struct view *v)
{
	const struct mms_table *t = mms_snapshot_table(v->s, "buddy/fallbacks");
	struct mms_buf b = { 0 };
	size_t *order, i;

	if (!t || !t->nrows)
		return;
	order = mms_alloc(t->nrows, sizeof(*order));
	for (i = 0; i < t->nrows; i++)
		order[i] = i;
	qsort_r(order, t->nrows, sizeof(*order), more_first, (void *)t);
	for (i = 0; i < t->nrows && i < TOP_FALLBACKS; i++) {
		mms_buf_printf(&b, i ? "; " : "");
		say_fallback(v, &b, t, order[i]);
	}
	mms_text(&v->cv, MMS_HEAD, "fallback ");
	mms_wrap(&v->cv, 9, MMS_PLAIN, b.data);
	mms_buf_free(&b);
	free(order);
}

bool view_buddy(struct view *v)
{
	struct mms_buf verdict = { 0 };
	struct buddy b;
	size_t i;

	if (!buddy_load(&b, v))
		return false;
	view_title(v, "buddy");
	mms_newline(&v->cv);
	draw_heads(v, &b);
	for (i = 0; i < b.n; i++)
		draw_zone(v, &b, &b.zone[i]);
	draw_legend(v);
	draw_fallbacks(v);
	buddy_verdict(v, &b, &verdict);
	view_verdict(v, &verdict);
	buddy_free(&b);
	return true;
}
