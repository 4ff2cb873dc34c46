/* SPDX-License-Identifier: GPL-2.0-only */
/* The views of mmscope zones. */
#ifndef MMS_ZONES_VIEW_H
#define MMS_ZONES_VIEW_H

#include "lib/canvas.h"
#include "lib/snapshot.h"
#include "lib/units.h"
#include "lib/zones.h"

#define LABEL_COLS	11

/**
 * struct view - what every view needs
 * @s: snapshot to show
 * @out: where to
 * @cv: what is being drawn
 * @page: bytes of a page
 */
struct view {
	struct mms_snapshot *s;
	struct mms_out out;
	struct mms_canvas cv;
	double page;
};

/**
 * view_pages() - an amount of pages for people
 * @v: view
 * @n: pages
 */
struct mms_unit view_pages(const struct view *v, struct mms_num n);

/**
 * view_label() - draw node and name of a zone
 * @cv: where to; ends at LABEL_COLS
 * @node: number
 * @zone: name
 */
void view_label(struct mms_canvas *cv, int node, const char *zone);

/**
 * view_cell() - draw a cell of text, made safe for the terminal
 * @v: view
 * @style: how
 * @t: table
 * @row: which row
 * @col: name of the column
 */
void view_cell(struct view *v, enum mms_style style, const struct mms_table *t,
	       size_t row, const char *col);

/**
 * view_num() - a number of a table by the name of its column
 * @t: table
 * @row: which row
 * @col: name of the column
 */
struct mms_num view_num(const struct mms_table *t, size_t row,
			const char *col);

/**
 * view_zones() - draw the zones against their marks
 * @v: view
 *
 * Return: false after saying what is wrong.
 */
bool view_zones(struct view *v);

/**
 * view_zonelists() - draw the fallback order of every node
 * @v: view
 *
 * Return: false after saying what is wrong.
 */
bool view_zonelists(struct view *v);

/**
 * view_stays() - draw how long the stays in each band took
 * @v: view
 *
 * Return: false after saying what is wrong.
 */
bool view_stays(struct view *v);

/**
 * view_pcp() - draw the per-CPU page sets
 * @v: view
 *
 * Return: false after saying what is wrong.
 */
bool view_pcp(struct view *v);

/**
 * watch_zones() - report again and again
 * @v: view of the running kernel
 * @interval: seconds
 * @count: reports, 0 for no end
 * @json: one JSON object a report
 *
 * Return: exit status.
 */
int watch_zones(struct view *v, double interval, unsigned long count,
		bool json);

#endif
