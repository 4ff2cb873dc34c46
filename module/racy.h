/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads of what the kernel changes meanwhile. */
#ifndef MMS_RACY_H
#define MMS_RACY_H

#include <linux/compiler.h>
#include <linux/mm.h>

/**
 * mms_racy() - one look at something of the kernel's
 * @x: a number or pointer that is read in one piece
 *
 * Its writers hold a lock that is not for us, and write plainly. That is a race
 * by the letter, for which KCSAN would blame both, and none in fact: whatever
 * moment the value is of, it is one that was there.
 */
#define mms_racy(x) data_race(READ_ONCE(x))

/*
 * Node and zone are in a page's flags, and stay as they are as long as the page is
 * there. The bits beside them are changed at any time, by whoever dirties or locks
 * it, and the kernel reads all of them plainly (memdesc_nid(), 7.2).
 */

/**
 * mms_page_nid - the node of a page
 * @page: one that is there
 *
 * Any context, no lock.
 */
static inline int mms_page_nid(const struct page *page)
{
	/* Read with bits that change */
	return data_race(page_to_nid(page));
}

/**
 * mms_page_zonenum - which zone of its node a page is in
 * @page: one that is there
 *
 * Any context, no lock.
 */
static inline enum zone_type mms_page_zonenum(const struct page *page)
{
	/* Read with bits that change */
	return data_race(page_zonenum(page));
}

/**
 * mms_page_zone - the zone of a page
 * @page: one that is there
 *
 * Any context, no lock.
 */
static inline struct zone *mms_page_zone(const struct page *page)
{
	/* Read with bits that change */
	return data_race(page_zone(page));
}

#endif
