// SPDX-License-Identifier: GPL-2.0-only
/*
 * The picture of a zone: free memory against its marks.
 *
 * The marks stand in the same columns for every zone, a third of the part
 * below high each; free memory is placed linearly between two marks. Above
 * high the scale is logarithmic, up to 1000 times high.
 */
#include <math.h>
#include <string.h>

#include "zones.h"

#define TOP_RATIO	1000
#define EIGHTHS		8
#define GLYPH_FULL	0x2588
#define GLYPH_SHADE	0x2593
#define GLYPH_LIGHT	0x2591
#define GLYPH_DOT	0x00b7
#define GLYPH_MARK	0x2502
#define GLYPH_LOWEST	0x25c6
#define GLYPH_LEFT	0x2595
#define GLYPH_RIGHT	0x258f

/* Cells of a bar: three parts between marks, a cell for each mark, the rest. */
struct scale {
	int part;
	int above;
};

static struct scale make_scale(int width)
{
	struct scale sc = { .part = (width - 3) * 2 / 9 };

	sc.above = width - 3 - 3 * sc.part;
	return sc;
}

/* How much of the way from @from to @to is done at @v: 0..1. */
static double part_done(uint64_t v, uint64_t from, uint64_t to)
{
	if (v >= to)
		return 1;
	return v <= from ? 0 : (double)(v - from) / (double)(to - from);
}

static double above_done(uint64_t v, uint64_t high)
{
	double r;

	if (v <= high)
		return 0;
	if (!high)
		return 1;
	r = log((double)v / (double)high) / log(TOP_RATIO);
	return r > 1 ? 1 : r;
}

/* A part of the bar: how many eighths of it are filled. */
static int fill_of(double done, int cells)
{
	int e = done * cells * EIGHTHS;

	/* Whoever is above a mark, if barely, must be seen to be. */
	return done > 0 && !e ? 1 : e;
}

/*
 * Describe all cells by how many eighths are filled: @fill has one number a
 * cell; for the cells of the marks it is 0 or 8.
 */
static void fill_cells(const struct mms_zone *z, struct scale sc, int *fill)
{
	const uint64_t mark[4] = { 0, z->min.v, z->low.v, z->high.v };
	int i, k, e, n;

	for (i = 0; i < 4; i++) {
		n = i < 3 ? sc.part : sc.above;
		if (i < 3)
			e = fill_of(part_done(z->free.v, mark[i], mark[i + 1]),
				    n);
		else
			e = fill_of(above_done(z->free.v, mark[3]), n);
		for (k = 0; k < n; k++, e -= EIGHTHS)
			*fill++ = e < 0 ? 0 : e > EIGHTHS ? EIGHTHS : e;
		if (i < 3)
			*fill++ = z->free.v > mark[i + 1] ? EIGHTHS : 0;
	}
}

/* The cell that an amount of pages falls into. */
static int cell_of(const struct mms_zone *z, struct scale sc, uint64_t v)
{
	const uint64_t mark[4] = { 0, z->min.v, z->low.v, z->high.v };
	int i, k, n = sc.above, base;
	double done = above_done(v, mark[3]);

	for (i = 0; i < 3 && v > mark[i + 1]; i++)
		;
	if (i < 3) {
		n = sc.part;
		done = part_done(v, mark[i], mark[i + 1]);
	}
	base = i * (sc.part + 1);
	k = done * n;
	return base + (k < n ? k : n - 1);
}

static bool is_mark(int cell, struct scale sc)
{
	return cell < 3 * (sc.part + 1) && cell % (sc.part + 1) == sc.part;
}

/* Whether a cell below min is there because of the boost. */
static bool is_boost(const struct mms_zone *z, struct scale sc, int cell)
{
	if (!z->boost.v || cell >= sc.part || z->boost.v > z->min.v)
		return false;
	return (cell + 0.5) / sc.part >
	       (double)(z->min.v - z->boost.v) / (double)z->min.v;
}

static void draw_cell(struct mms_canvas *cv, int eighths, bool boost,
		      enum mms_style style)
{
	if (eighths == EIGHTHS && boost)
		mms_glyph(cv, style, GLYPH_SHADE, '%', 1);
	else if (eighths == EIGHTHS)
		mms_glyph(cv, style, GLYPH_FULL, '#', 1);
	else if (eighths)
		mms_glyph(cv, style, GLYPH_FULL + EIGHTHS - eighths,
			  eighths >= EIGHTHS / 2 ? '#' : '-', 1);
	else if (boost)
		mms_glyph(cv, MMS_NOTE, GLYPH_LIGHT, ':', 1);
	else
		mms_glyph(cv, MMS_DIM, GLYPH_DOT, '.', 1);
}

static void draw_known(struct mms_canvas *cv, const struct mms_zone *z,
		       int width)
{
	enum mms_style style = mms_band_style(mms_zone_band(z, z->free));
	struct scale sc = make_scale(width);
	int fill[MMS_BAR_MAX], lowest = -1, i;

	fill_cells(z, sc, fill);
	if (z->lowest.ok)
		lowest = cell_of(z, sc, z->lowest.v);
	for (i = 0; i < width; i++) {
		if (i == lowest)
			mms_glyph(cv, mms_band_style(mms_zone_band(z,
								   z->lowest)),
				  GLYPH_LOWEST, 'v', 1);
		else if (is_mark(i, sc))
			mms_glyph(cv, MMS_BOLD, GLYPH_MARK, '|', 1);
		else
			draw_cell(cv, fill[i], is_boost(z, sc, i), style);
	}
}

void mms_zone_bar(struct mms_canvas *cv, const struct mms_zone *z, int width)
{
	mms_glyph(cv, MMS_DIM, GLYPH_LEFT, '[', 1);
	if (mms_zone_band(z, z->free) == MMS_NBANDS)
		mms_glyph(cv, MMS_DIM, '?', '?', width);
	else
		draw_known(cv, z, width);
	mms_glyph(cv, MMS_DIM, GLYPH_RIGHT, ']', 1);
}

void mms_zone_ruler(struct mms_canvas *cv, int width)
{
	struct scale sc = make_scale(width);
	int from = cv->col + 1, mark = from + sc.part + 1;

	mms_right(cv, from + 1, MMS_HEAD, "0");
	mms_right(cv, mark, MMS_HEAD, "min");
	mms_right(cv, mark + sc.part + 1, MMS_HEAD, "low");
	mms_right(cv, mark + 2 * (sc.part + 1), MMS_HEAD, "high");
	if (sc.above >= 14)
		mms_right(cv, from + width - sc.above / 2, MMS_HEAD, "30x");
	if (sc.above >= 5)
		mms_right(cv, from + width, MMS_HEAD, "1000x");
}
