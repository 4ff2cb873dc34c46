// SPDX-License-Identifier: GPL-2.0-only
/* mmscope zones: the picture of free memory, marks, bands and verdict. */
#include <stdlib.h>
#include <string.h>

#include "lib/text.h"
#include "zones_view.h"

#define LAST_CROSSINGS	3
#define TOP_PRESSED	3
#define TIME_COLS	13

void view_label(struct mms_canvas *cv, int node, const char *zone)
{
	mms_right(cv, 3, MMS_PLAIN, "%d", node);
	mms_goto(cv, 4);
	mms_text(cv, MMS_BOLD, "%.7s", zone);
	mms_goto(cv, LABEL_COLS);
}

static void draw_title(struct view *v, const struct mms_zones *zs)
{
	struct mms_canvas *cv = &v->cv;

	view_title(v, "zones");
	if (zs->n)
		mms_text(cv, MMS_PLAIN, ", watched %s",
			 mms_time(mms_zone_watched(&zs->zone[0])).s);
	if (zs->n && zs->zone[0].samples.ok)
		mms_text(cv, MMS_PLAIN, ", %s samples",
			 mms_count(zs->zone[0].samples.v).s);
	mms_newline(cv);
}

static void draw_ratio(struct mms_canvas *cv, int end, const struct mms_zone *z)
{
	double r;

	if (!z->free.ok || !z->high.v) {
		mms_right(cv, end, MMS_PLAIN, "-");
		return;
	}
	r = (double)z->free.v / (double)z->high.v;
	if (r < 9.995)
		mms_right(cv, end, MMS_PLAIN, "%.2fx", r);
	else if (r < 99999.5)
		mms_right(cv, end, MMS_PLAIN, "%.0fx", r);
	else
		mms_right(cv, end, MMS_PLAIN, ">99999x");
}

static void draw_bars(struct view *v, const struct mms_zones *zs)
{
	/* Five columns of 7 right of the bar, 2 for its ends. */
	int width = v->out.width - LABEL_COLS - 5 * 7 - 2, at, k;
	struct mms_canvas *cv = &v->cv;
	const struct mms_zone *z;
	size_t i;

	if (width > MMS_BAR_MAX)
		width = MMS_BAR_MAX;
	at = LABEL_COLS + width + 2;
	mms_text(cv, MMS_HEAD, "node zone");
	mms_goto(cv, LABEL_COLS);
	mms_zone_ruler(cv, width);
	for (k = 0; k < 5; k++)
		mms_right(cv, at + 7 * (k + 1), MMS_HEAD, "%s",
			  ((const char *[]){ "free", "/high", "min", "low",
					     "high" })[k]);
	mms_newline(cv);
	for (i = 0; i < zs->n; i++) {
		z = &zs->zone[i];
		view_label(cv, z->node, z->zone);
		mms_zone_bar(cv, z, width);
		mms_right(cv, at + 7,
			  mms_band_style(mms_zone_band(z, z->free)), "%s",
			  view_pages(v, z->free).s);
		draw_ratio(cv, at + 14, z);
		mms_right(cv, at + 21, MMS_PLAIN, "%s", view_pages(v, z->min).s);
		mms_right(cv, at + 28, MMS_PLAIN, "%s", view_pages(v, z->low).s);
		mms_right(cv, at + 35, MMS_PLAIN, "%s", view_pages(v, z->high).s);
		mms_newline(cv);
	}
}

static bool any_boost(const struct mms_zones *zs)
{
	size_t i;

	for (i = 0; i < zs->n; i++) {
		if (zs->zone[i].boost.v)
			return true;
	}
	return false;
}

static void draw_legend(struct view *v, const struct mms_zones *zs)
{
	struct mms_canvas *cv = &v->cv;

	mms_goto(cv, LABEL_COLS + 1);
	mms_text(cv, MMS_DIM, "linear between marks, then log; ");
	mms_glyph(cv, MMS_NOTE, 0x25c6, 'v', 1);
	mms_text(cv, MMS_DIM, " lowest sampled");
	if (any_boost(zs)) {
		mms_text(cv, MMS_DIM, "; ");
		mms_glyph(cv, MMS_NOTE, 0x2593, '%', 1);
		mms_glyph(cv, MMS_NOTE, 0x2591, ':', 1);
		mms_text(cv, MMS_DIM, " boost");
	}
	mms_newline(cv);
}

static void draw_band_time(struct view *v, const struct mms_zone *z, int b,
			   int end)
{
	struct mms_num t = z->in_band[b];
	enum mms_style style = t.v ? mms_band_style(b) : MMS_DIM;

	if (!t.ok) {
		mms_right(&v->cv, end, MMS_DIM, "-");
		return;
	}
	if (t.v)
		mms_right(&v->cv, end - 7, style, "%s",
			  mms_percent(t.v, mms_zone_watched(z)).s);
	mms_right(&v->cv, end, style, "%s", mms_time(t.v).s);
}

static void draw_times(struct view *v, const struct mms_zones *zs)
{
	struct mms_canvas *cv = &v->cv;
	const struct mms_zone *z;
	enum mms_band low;
	size_t i;
	int b;

	mms_text(cv, MMS_HEAD, "time in band");
	for (b = 0; b < MMS_NBANDS; b++)
		mms_right(cv, LABEL_COLS + TIME_COLS * (b + 1), MMS_HEAD, "%s",
			  mms_band_name(b));
	mms_right(cv, 80, MMS_HEAD, "lowest free");
	mms_newline(cv);
	for (i = 0; i < zs->n; i++) {
		z = &zs->zone[i];
		view_label(cv, z->node, z->zone);
		for (b = 0; b < MMS_NBANDS; b++)
			draw_band_time(v, z, b, LABEL_COLS + TIME_COLS * (b + 1));
		low = mms_zone_band(z, z->lowest);
		mms_right(cv, 72, mms_band_style(low), "%s",
			  view_pages(v, z->lowest).s);
		mms_right(cv, 80, mms_band_style(low), "%s",
			  mms_band_sign(low));
		mms_newline(cv);
	}
}

static void draw_band_cell(struct view *v, const struct mms_table *t,
			   size_t row, const char *col)
{
	const char *cell = mms_cell(t, row, mms_table_col(t, col));
	enum mms_band b = mms_band_parse(cell);

	mms_text(&v->cv, mms_band_style(b), "%s", mms_band_name(b));
}

static void draw_crossing(struct view *v, const struct mms_table *t, size_t i)
{
	struct mms_num at = view_num(t, i, "at_ns"), taken = view_num(t, i, "taken_ns");
	struct mms_canvas *cv = &v->cv;

	if (at.ok && taken.v >= at.v)
		mms_right(cv, 7, MMS_PLAIN, "%s", mms_time(taken.v - at.v).s);
	mms_text(cv, MMS_PLAIN, " ago ");
	view_cell(v, MMS_PLAIN, t, i, "node");
	mms_text(cv, MMS_PLAIN, " ");
	view_cell(v, MMS_BOLD, t, i, "zone");
	mms_goto(cv, 22);
	draw_band_cell(v, t, i, "from");
	mms_text(cv, MMS_PLAIN, " ");
	mms_glyph(cv, MMS_PLAIN, 0x2192, '>', 1);
	mms_text(cv, MMS_PLAIN, " ");
	draw_band_cell(v, t, i, "to");
	mms_right(cv, 54, MMS_PLAIN, "%s",
		  view_pages(v, view_num(t, i, "free_pages")).s);
	mms_goto(cv, 56);
	view_cell(v, MMS_PLAIN, t, i, "seen_by");
	mms_newline(cv);
}

/* Keep the latest rows in @last, oldest first; each zone has its own order. */
static size_t keep_latest(const struct mms_table *t, size_t row, size_t *last,
			  size_t n)
{
	uint64_t at = view_num(t, row, "at_ns").v;
	size_t i;

	if (n == LAST_CROSSINGS) {
		if (at < view_num(t, last[0], "at_ns").v)
			return n;
		memmove(last, last + 1, --n * sizeof(*last));
	}
	for (i = n; i && at < view_num(t, last[i - 1], "at_ns").v; i--)
		last[i] = last[i - 1];
	last[i] = row;
	return n + 1;
}

static void draw_crossings(struct view *v)
{
	const struct mms_table *t = mms_snapshot_table(v->s, "zones/crossings");
	size_t last[LAST_CROSSINGS], n = 0, i;

	if (!t || !t->nrows)
		return;
	mms_text(&v->cv, MMS_HEAD, "last crossings");
	mms_text(&v->cv, MMS_DIM, " (%zu recorded)", t->nrows);
	mms_right(&v->cv, 54, MMS_HEAD, "free");
	mms_goto(&v->cv, 56);
	mms_text(&v->cv, MMS_HEAD, "seen by");
	mms_newline(&v->cv);
	for (i = 0; i < t->nrows; i++)
		n = keep_latest(t, i, last, n);
	for (i = 0; i < n; i++)
		draw_crossing(v, t, last[i]);
}

/*
 * The k-th most pressed. The table is small by design, and its order is not
 * promised, so look for the largest below the one before.
 */
static size_t next_pressed(const struct mms_table *t, const size_t *seen,
			   size_t nseen)
{
	size_t i, k, best = t->nrows;

	for (i = 0; i < t->nrows; i++) {
		for (k = 0; k < nseen && seen[k] != i; k++)
			;
		if (k < nseen)
			continue;
		if (best == t->nrows || view_num(t, i, "hits_total").v >
		    view_num(t, best, "hits_total").v)
			best = i;
	}
	return best;
}

/* Hits are known to be at most as many as counted, and at least less error. */
static char *pressed_text(struct view *v, const struct mms_table *t, size_t i)
{
	struct mms_num hits = view_num(t, i, "hits_total");
	struct mms_num err = view_num(t, i, "error_total");
	struct mms_buf b = { 0 };

	mms_text_human(&b, mms_cell(t, i, mms_table_col(t, "comm")),
		       v->out.utf8);
	mms_buf_printf(&b, "[%s] ", mms_cell(t, i, mms_table_col(t, "pid")));
	if (err.v && err.v <= hits.v)
		mms_buf_printf(&b, "%s-", mms_count(hits.v - err.v).s);
	mms_buf_printf(&b, "%s on node %s", mms_count(hits.v).s,
		       mms_cell(t, i, mms_table_col(t, "node")));
	return b.data;
}

static void draw_pressed(struct view *v)
{
	const struct mms_table *t = mms_snapshot_table(v->s, "zones/pressed");
	struct mms_canvas *cv = &v->cv;
	size_t seen[TOP_PRESSED], n;
	char *text;

	if (!t || !t->nrows)
		return;
	mms_text(cv, MMS_HEAD, "pressed");
	for (n = 0; n < TOP_PRESSED && n < t->nrows; n++) {
		seen[n] = next_pressed(t, seen, n);
		text = pressed_text(v, t, seen[n]);
		if (!n || cv->col + (int)strlen(text) + 2 <= cv->width)
			mms_text(cv, MMS_PLAIN, n ? ", %s" : "  %s", text);
		free(text);
	}
	mms_newline(cv);
}

static void draw_verdict(struct view *v, const struct mms_zones *zs)
{
	struct mms_buf b = { 0 };

	mms_text(&v->cv, MMS_HEAD, "verdict  ");
	mms_zones_verdict(&b, zs, v->s);
	view_say_off(v, &b, "zones");
	mms_wrap(&v->cv, 9, MMS_PLAIN, b.data);
	mms_buf_free(&b);
}

bool view_zones(struct view *v)
{
	struct mms_zones zs;

	if (!mms_zones_load(&zs, v->s, v->out.utf8))
		return false;
	draw_title(v, &zs);
	mms_newline(&v->cv);
	draw_bars(v, &zs);
	draw_legend(v, &zs);
	mms_newline(&v->cv);
	draw_times(v, &zs);
	draw_crossings(v);
	draw_pressed(v);
	draw_verdict(v, &zs);
	mms_zones_free(&zs);
	return true;
}
