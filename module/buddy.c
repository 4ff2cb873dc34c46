// SPDX-License-Identifier: GPL-2.0-only
/* The subject buddy, and its indices of fragmentation. */
#include <linux/kernel.h>
#include <linux/math64.h>

#include "buddy.h"
#include "mmscope.h"
#include "zones.h"

const char *mms_migratetype_name(int type)
{
	/* The kernel's own, migratetype_names[], is not exported. */
	static const char *const names[MIGRATE_TYPES] = {
		[MIGRATE_UNMOVABLE] = "Unmovable",
		[MIGRATE_MOVABLE] = "Movable",
		[MIGRATE_RECLAIMABLE] = "Reclaimable",
		[MIGRATE_HIGHATOMIC] = "HighAtomic",
#ifdef CONFIG_CMA
		[MIGRATE_CMA] = "CMA",
#endif
#ifdef CONFIG_MEMORY_ISOLATION
		[MIGRATE_ISOLATE] = "Isolate",
#endif
	};

	return type >= 0 && type < MIGRATE_TYPES ? names[type] : NULL;
}

/* buddy/index */

static const struct mms_column mms_index_columns[] = {
	MMS_NUMBER("node"), MMS_TEXT("zone"), MMS_NUMBER("order"),
	MMS_NUMBER("unusable_index"), MMS_NUMBER("fragmentation_index"),
};

/**
 * struct mms_free_sum - free memory of a zone, as seen by an order
 * @pages: free pages
 * @blocks: free blocks of whatever order
 * @usable: pages of @pages in blocks of this order and above
 */
struct mms_free_sum {
	u64 pages;
	u64 blocks;
	u64 usable;
};

static struct mms_free_sum mms_sum_free(const unsigned long *nr_free,
					unsigned int order)
{
	struct mms_free_sum sum = {};
	unsigned int i;

	for (i = 0; i < MMS_NR_ORDERS; i++) {
		sum.blocks += nr_free[i];
		sum.pages += (u64)nr_free[i] << i;
		if (i >= order)
			sum.usable += (u64)nr_free[i] << i;
	}
	return sum;
}

/* What share of the free pages is in blocks too small, in thousandths. */
static unsigned int mms_unusable_index(const struct mms_free_sum *sum)
{
	if (!sum->pages)
		return 1000;
	return div64_u64((sum->pages - sum->usable) * 1000, sum->pages);
}

/*
 * Why would an allocation fail: 0 for too little memory, 1000 for memory in too
 * small pieces. -1 if it would not. A zone whose only free block is too small
 * comes out below 0, which the kernel prints: that is too little memory.
 */
static int mms_fragmentation_index(const struct mms_free_sum *sum,
				   unsigned int order)
{
	s64 index;

	if (!sum->blocks)
		return 0;
	if (sum->usable)
		return -1;
	index = 1000 - (s64)div64_u64(1000 + (sum->pages * 1000 >> order),
				      sum->blocks);
	return max_t(s64, index, 0);
}

static void mms_index_zone(struct mms_rows *rows, struct zone *zone)
{
	unsigned long nr_free[MMS_NR_ORDERS];
	struct mms_free_sum sum;
	unsigned int order;

	for (order = 0; order < MMS_NR_ORDERS; order++)
		nr_free[order] = mms_racy(zone->free_area[order].nr_free);
	for (order = 0; order < MMS_NR_ORDERS; order++) {
		sum = mms_sum_free(nr_free, order);
		mms_add_zone(rows, zone);
		mms_add(rows, order);
		mms_add(rows, mms_unusable_index(&sum));
		mms_add_known(rows, mms_fragmentation_index(&sum, order));
	}
}

static unsigned int mms_index_max(void)
{
	return mms_nr_zones() * MMS_NR_ORDERS;
}

static int mms_index_fill(struct mms_rows *rows)
{
	struct zone *zone;

	mms_for_each_zone(zone)
		mms_index_zone(rows, zone);
	return 0;
}

static const struct mms_table mms_buddy_index = {
	.subject = "buddy",
	.name = "index",
	.format = 1,
	MMS_COLUMNS(mms_index_columns),
	.max_rows = mms_index_max,
	.fill = mms_index_fill,
};

/* The subject */

static const struct mms_table *const mms_buddy_tables[] = {
	&mms_buddy_free, &mms_buddy_index, &mms_buddy_fallbacks,
	&mms_buddy_flow, &mms_buddy_pageblocks, NULL,
};

static struct mms_group *const mms_buddy_groups[] = {
	&mms_buddy_group, &mms_alloc_group, NULL,
};

static void mms_buddy_exit(void)
{
	mms_buddy_fallbacks_exit();
	mms_buddy_flow_exit();
}

static void mms_buddy_reset(void)
{
	mms_buddy_fallbacks_reset();
	mms_buddy_flow_reset();
}

static size_t mms_buddy_bytes(void)
{
	return mms_buddy_fallbacks_bytes() + mms_buddy_flow_bytes();
}

const struct mms_subject mms_buddy = {
	.name = "buddy",
	.tables = mms_buddy_tables,
	.groups = mms_buddy_groups,
	.init = mms_buddy_fallbacks_init,
	.exit = mms_buddy_exit,
	.reset = mms_buddy_reset,
	.bytes = mms_buddy_bytes,
};
