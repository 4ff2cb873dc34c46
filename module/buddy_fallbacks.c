// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fallbacks: an allocation of one migratetype that took memory of another,
 * which is how memory becomes fragmented.
 */
#include <linux/atomic.h>
#include <linux/mm.h>
#include <linux/nodemask.h>
#include <linux/slab.h>
#include <trace/events/kmem.h>

#include "buddy.h"
#include "zones.h"

/**
 * struct mms_fallback - allocations of one kind that fell back
 * @all: how many
 * @whole: of these, the whole pageblock became theirs
 *
 * One for the machine and not one a CPU: the event fires under zone->lock, so
 * no two CPUs are here for the same zone at once, and a table a CPU would take
 * 30 KiB for each CPU and node. Atomic, in case it fires elsewhere some day.
 */
struct mms_fallback {
	atomic64_t all;
	atomic64_t whole;
};

/**
 * struct mms_fallbacks - those of one node
 * @counts: by zone, whose memory it was, whose it became, and order
 */
struct mms_fallbacks {
	struct mms_fallback counts[MAX_NR_ZONES][MIGRATE_TYPES]
				  [MIGRATE_TYPES][MMS_NR_ORDERS];
};

/* For each possible node. */
static struct mms_fallbacks **mms_fallbacks;

/* As the event itself computes change_ownership (trace/events/kmem.h). */
static bool mms_took_pageblock(struct page *page, int type)
{
	bool isolated;

	return mms_pageblock_type(page, page_to_pfn(page), &isolated) == type &&
	       !isolated;
}

static void mms_on_extfrag(void *data, struct page *page, int alloc_order,
			   int fallback_order, int alloc_migratetype,
			   int fallback_migratetype)
{
	struct mms_fallback *count;

	mms_hook_hit(data);
	if ((unsigned int)alloc_order >= MMS_NR_ORDERS ||
	    (unsigned int)alloc_migratetype >= MIGRATE_TYPES ||
	    (unsigned int)fallback_migratetype >= MIGRATE_TYPES)
		return;
	count = &mms_fallbacks[mms_page_nid(page)]->counts[mms_page_zonenum(page)]
		[fallback_migratetype][alloc_migratetype][alloc_order];
	atomic64_inc(&count->all);
	if (mms_took_pageblock(page, alloc_migratetype))
		atomic64_inc(&count->whole);
}

MMS_CHECK_TRACEPOINT(mm_page_alloc_extfrag, mms_on_extfrag)

static struct mms_hook mms_buddy_hooks[] = {
	MMS_TRACEPOINT(mm_page_alloc_extfrag, mms_on_extfrag),
};

struct mms_group mms_buddy_group = {
	.name = "buddy",
	.by_default = true,
	MMS_HOOKS(mms_buddy_hooks),
};

/* Calls @each for every kind of fallback that there can be on a node. */
static void mms_for_fallbacks(int nid, void *arg,
			      void (*each)(void *arg, int nid,
					   unsigned int zone, unsigned int from,
					   unsigned int to, unsigned int order,
					   struct mms_fallback *count))
{
	unsigned int zone, from, to, order;

	for (zone = 0; zone < MAX_NR_ZONES; zone++)
		for (from = 0; from < MIGRATE_TYPES; from++)
			for (to = 0; to < MIGRATE_TYPES; to++)
				for (order = 0; order < MMS_NR_ORDERS; order++)
					each(arg, nid, zone, from, to, order,
					     &mms_fallbacks[nid]->counts[zone]
						[from][to][order]);
}

static const struct mms_column mms_fallbacks_columns[] = {
	MMS_NUMBER("node"), MMS_TEXT("zone"), MMS_TEXT("from"), MMS_TEXT("to"),
	MMS_NUMBER("order"), MMS_NUMBER("fallbacks_total"),
	MMS_NUMBER("whole_pageblock_total"),
};

static void mms_fallbacks_row(void *rows, int nid, unsigned int zone,
			      unsigned int from, unsigned int to,
			      unsigned int order, struct mms_fallback *count)
{
	/* In this order, so that it is never more than all. */
	u64 whole = atomic64_read(&count->whole);
	u64 all;

	smp_rmb(); /* pairs with the increments, each of them a full barrier */
	all = atomic64_read(&count->all);
	if (!all)
		return;
	mms_add(rows, nid);
	mms_add_name(rows, mms_zones_name(zone));
	mms_add_name(rows, mms_migratetype_name(from));
	mms_add_name(rows, mms_migratetype_name(to));
	mms_add(rows, order);
	mms_add(rows, all);
	mms_add(rows, whole);
}

static void mms_fallbacks_count(void *nr_rows, int nid, unsigned int zone,
				unsigned int from, unsigned int to,
				unsigned int order, struct mms_fallback *count)
{
	unsigned int *n = nr_rows;

	*n += !!atomic64_read(&count->all);
}

static unsigned int mms_fallbacks_max(void)
{
	unsigned int n = 0;
	int nid;

	for_each_online_node(nid)
		mms_for_fallbacks(nid, &n, mms_fallbacks_count);
	return n;
}

static int mms_fallbacks_fill(struct mms_rows *rows)
{
	int nid;

	for_each_online_node(nid)
		mms_for_fallbacks(nid, rows, mms_fallbacks_row);
	return 0;
}

const struct mms_table mms_buddy_fallbacks = {
	.subject = "buddy",
	.name = "fallbacks",
	.format = 1,
	MMS_COLUMNS(mms_fallbacks_columns),
	.max_rows = mms_fallbacks_max,
	.fill = mms_fallbacks_fill,
};

static void mms_fallbacks_zero(void *unused, int nid, unsigned int zone,
			       unsigned int from, unsigned int to,
			       unsigned int order, struct mms_fallback *count)
{
	atomic64_set(&count->whole, 0);
	atomic64_set(&count->all, 0);
}

void mms_buddy_fallbacks_reset(void)
{
	int nid;

	for_each_node(nid)
		mms_for_fallbacks(nid, NULL, mms_fallbacks_zero);
}

void mms_buddy_fallbacks_exit(void)
{
	int nid;

	if (!mms_fallbacks)
		return;
	for_each_node(nid)
		kvfree(mms_fallbacks[nid]);
	kfree(mms_fallbacks);
	mms_fallbacks = NULL;
}

int mms_buddy_fallbacks_init(void)
{
	int nid;

	mms_fallbacks = kcalloc(nr_node_ids, sizeof(*mms_fallbacks),
				GFP_KERNEL);
	if (!mms_fallbacks)
		return -ENOMEM;
	for_each_node(nid) {
		mms_fallbacks[nid] = kvzalloc(sizeof(**mms_fallbacks),
					      GFP_KERNEL);
		if (!mms_fallbacks[nid]) {
			mms_buddy_fallbacks_exit();
			return -ENOMEM;
		}
	}
	return 0;
}

size_t mms_buddy_fallbacks_bytes(void)
{
	return nr_node_ids * sizeof(*mms_fallbacks) +
	       num_possible_nodes() * sizeof(**mms_fallbacks);
}
