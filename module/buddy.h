/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The subject buddy: what its tables share. Its files: the free lists
 * (buddy_free.c), the map of pageblocks (buddy_pageblocks.c), the fallbacks
 * (buddy_fallbacks.c), what is allocated and freed (buddy_flow.c), and the
 * indices and all the rest (buddy.c).
 */
#ifndef MMS_BUDDY_H
#define MMS_BUDDY_H

#include <linux/mmzone.h>
#include <linux/types.h>

#include "compat.h"
#include "probe.h"
#include "table.h"

extern const struct mms_table mms_buddy_free;
extern const struct mms_table mms_buddy_fallbacks;
extern const struct mms_table mms_buddy_flow;
extern const struct mms_table mms_buddy_pageblocks;

extern struct mms_group mms_buddy_group;
extern struct mms_group mms_alloc_group;

/**
 * mms_migratetype_name - a migratetype as /proc/pagetypeinfo has it
 * @type: the migratetype
 *
 * Gives NULL for one that this kernel does not have.
 */
const char *mms_migratetype_name(int type);

/**
 * mms_free_order - the order of a free block, if this page is the first of one
 * @page: an online page
 *
 * Gives -1 if it is not. Without zone->lock the answer may be old, or made of two
 * moments, but is always -1 or an order that there is.
 */
static inline int mms_free_order(struct page *page)
{
	unsigned long order;

	if (!PageBuddy(page))
		return -1;
	order = mms_racy(page->private);
	return order < MMS_NR_ORDERS ? (int)order : -1;
}

/**
 * mms_buddy_fallbacks_init - take the memory for all possible nodes
 *
 * Returns 0 or -ENOMEM. May sleep.
 */
int mms_buddy_fallbacks_init(void);

/**
 * mms_buddy_fallbacks_exit - give it back
 */
void mms_buddy_fallbacks_exit(void);

/**
 * mms_buddy_fallbacks_reset - let the counts begin anew
 */
void mms_buddy_fallbacks_reset(void);

/**
 * mms_buddy_fallbacks_bytes - memory they hold, in bytes
 */
size_t mms_buddy_fallbacks_bytes(void);

/**
 * mms_buddy_flow_exit - give the memory of the counts back
 */
void mms_buddy_flow_exit(void);

/**
 * mms_buddy_flow_reset - let the counts begin anew
 */
void mms_buddy_flow_reset(void);

/**
 * mms_buddy_flow_bytes - memory they hold, in bytes; 0 before the first use
 */
size_t mms_buddy_flow_bytes(void);

#endif
