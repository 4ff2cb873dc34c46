/* SPDX-License-Identifier: GPL-2.0-only */
/* The views of mmscope kswapd. */
#ifndef MMS_KSWAPD_VIEW_H
#define MMS_KSWAPD_VIEW_H

#include "view.h"

/**
 * struct kswapd_share - how long kswapd of a node was awake lately
 * @awake: ns
 * @window: of so many, from the first recorded run to the take of the table
 */
struct kswapd_share {
	double awake;
	double window;
};

/**
 * kswapd_awake() - how long kswapd was awake since its first recorded run
 * @v: view
 * @nodes: the table kswapd/nodes
 * @row: its row
 */
struct kswapd_share kswapd_awake(struct view *v, const struct mms_table *nodes,
				 size_t row);

/**
 * kswapd_fits() - whether the tables are such as a machine can have
 * @v: view
 * @nodes: the table kswapd/nodes
 *
 * Return: false after saying which one is not.
 */
bool kswapd_fits(struct view *v, const struct mms_table *nodes);

/**
 * kswapd_yield() - the colour of what was reclaimed of what was scanned
 * @scanned: pages
 * @reclaimed: pages
 */
enum mms_style kswapd_yield(struct mms_num scanned, struct mms_num reclaimed);

/**
 * kswapd_verdict() - say in plain words what the numbers mean
 * @v: view
 * @nodes: the table kswapd/nodes
 * @b: to append to
 */
void kswapd_verdict(struct view *v, const struct mms_table *nodes,
		    struct mms_buf *b);

/**
 * view_kswapd() - draw all nodes
 * @v: view
 * @all: list all recorded runs, not the last few
 *
 * Return: false after saying what is wrong.
 */
bool view_kswapd(struct view *v, bool all);

/**
 * watch_kswapd() - report rates again and again
 * @v: view of the running kernel
 * @a: how often
 * @json: one JSON object a report
 *
 * Return: exit status.
 */
int watch_kswapd(struct view *v, const struct view_args *a, bool json);

#endif
