/* SPDX-License-Identifier: GPL-2.0-only */
/* The views of mmscope zones. */
#ifndef MMS_ZONES_VIEW_H
#define MMS_ZONES_VIEW_H

#include "lib/zones.h"
#include "view.h"

#define LABEL_COLS	11

/**
 * view_label() - draw node and name of a zone
 * @cv: where to; ends at LABEL_COLS
 * @node: number
 * @zone: name
 */
void view_label(struct mms_canvas *cv, int node, const char *zone);

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
 * @a: how often
 * @json: one JSON object a report
 *
 * Return: exit status.
 */
int watch_zones(struct view *v, const struct view_args *a, bool json);

#endif
