/* SPDX-License-Identifier: GPL-2.0-only */
/* What buddy/free says, and the views of mmscope buddy. */
#ifndef MMS_BUDDY_VIEW_H
#define MMS_BUDDY_VIEW_H

#include "view.h"

#define BUDDY_NAME	24
#define BUDDY_ORDERS	16
#define BUDDY_TYPES	12

/* An order that matters: that of huge pages on most machines. */
#define BUDDY_HUGE	9

/**
 * struct buddy_type - the free lists of a migratetype
 * @name: as people may see it
 * @blocks: free blocks of each order
 */
struct buddy_type {
	char name[BUDDY_NAME];
	double blocks[BUDDY_ORDERS];
};

/**
 * struct buddy_zone - the free lists of a zone
 * @node: its node
 * @zone: its name, as people may see it
 * @type: its migratetypes
 * @ntypes: how many
 * @unusable: share of free memory in blocks below each order, of 1000
 * @fragmentation: why an allocation of that order would fail, of 1000;
 *	unknown if it would not
 * @inexact: a count is approximate
 */
struct buddy_zone {
	int node;
	char zone[BUDDY_NAME];
	struct buddy_type type[BUDDY_TYPES];
	size_t ntypes;
	struct mms_num unusable[BUDDY_ORDERS];
	struct mms_num fragmentation[BUDDY_ORDERS];
	bool inexact;
};

/**
 * struct buddy - all zones
 * @zone: the zones, in the order of the table
 * @n: how many
 * @norders: orders there are in any of them
 */
struct buddy {
	struct buddy_zone *zone;
	size_t n;
	size_t norders;
};

/**
 * buddy_load() - read buddy/free, and buddy/index if there is one
 * @b: result
 * @v: view
 *
 * Return: false after saying what is wrong.
 */
bool buddy_load(struct buddy *b, struct view *v);

/**
 * buddy_free() - free the zones
 * @b: zones
 */
void buddy_free(struct buddy *b);

/**
 * buddy_pages() - free pages of a zone in blocks of an order or larger
 * @z: zone
 * @order: which
 */
double buddy_pages(const struct buddy_zone *z, size_t order);

/**
 * buddy_largest() - the order of a zone's largest free blocks
 * @z: zone
 * @blocks: how many of them there are
 *
 * Return: -1 if nothing is free.
 */
int buddy_largest(const struct buddy_zone *z, double *blocks);

/**
 * buddy_fallbacks() - how often allocations of a zone took another type
 * @v: view
 * @z: zone
 * @col: which column to add up
 */
struct mms_num buddy_fallbacks(struct view *v, const struct buddy_zone *z,
			       const char *col);

/**
 * buddy_flow() - pages of a zone that were allocated or freed
 * @v: view
 * @z: zone
 * @col: which of the two, a column of buddy/flow
 *
 * Return: unknown if this is not being counted.
 */
struct mms_num buddy_flow(struct view *v, const struct buddy_zone *z,
			  const char *col);

/**
 * buddy_verdict() - say in plain words what the numbers mean
 * @v: view
 * @b: zones
 * @text: to append to
 */
void buddy_verdict(struct view *v, const struct buddy *b,
		   struct mms_buf *text);

/**
 * view_buddy() - draw free memory by order and migratetype
 * @v: view
 *
 * Return: false after saying what is wrong.
 */
bool view_buddy(struct view *v);

/**
 * view_buddy_map() - draw physical memory by pageblocks
 * @v: view
 *
 * Return: false after saying what is wrong.
 */
bool view_buddy_map(struct view *v);

/**
 * watch_buddy() - report again and again
 * @v: view of the running kernel
 * @a: how often
 * @json: one JSON object a report
 *
 * Return: exit status.
 */
int watch_buddy(struct view *v, const struct view_args *a, bool json);

#endif
