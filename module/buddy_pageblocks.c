// SPDX-License-Identifier: GPL-2.0-only
/*
 * The map of physical memory: pageblock by pageblock, in runs of neighbours that
 * are alike. Page frames are looked at without any lock, since there are far too
 * many; so it is a walk past something that moves.
 */
#include <linux/mm.h>
#include <linux/sched.h>

#include "buddy.h"
#include "zones.h"

/* Cells of a map that have memory are no more than so many. */
#define MMS_MAP_CELLS	4096

/* A row more than blocks, for the run that is open when the piece begins. */
#define MMS_PIECE_BLOCKS (MMS_PIECE_ROWS - 1)

/**
 * struct mms_run - neighbouring pageblocks that are alike
 * @zone: their zone; NULL for no run
 * @type: their migratetype, -1 if it is not known
 * @isolated: whether they are isolated
 * @start: the first page's number
 * @end: the number after the last page's
 * @free: free pages
 * @largest: order of the largest free block, -1 if there is none
 */
struct mms_run {
	struct zone *zone;
	int type;
	bool isolated;
	unsigned long start;
	unsigned long end;
	unsigned long free;
	int largest;
};

/**
 * struct mms_map - where a map has come to
 * @cell: pages of a cell; 0 before the first piece
 * @pfn: the next pageblock
 * @free_end: the free block that was met last ends before this page
 * @free_order: its order
 * @run: the run that goes on
 */
struct mms_map {
	unsigned long cell;
	unsigned long pfn;
	unsigned long free_end;
	int free_order;
	struct mms_run run;
};

/* The first number after all zones' pages. */
static unsigned long mms_map_end(void)
{
	unsigned long end = 0;
	struct zone *zone;

	mms_for_each_zone(zone)
		end = max(end, zone_end_pfn(zone));
	return end;
}

/* So large that there are no more than MMS_MAP_CELLS with memory. */
static unsigned long mms_map_cell(void)
{
	unsigned long pages = 0, cell = pageblock_nr_pages;
	struct zone *zone;

	mms_for_each_zone(zone)
		pages += mms_racy(zone->present_pages);
	while (pages / cell > MMS_MAP_CELLS)
		cell *= 2;
	return cell;
}

/*
 * The zone that the pageblock at a page belongs to; NULL if it is not online. A
 * hole of a section has page frames too, and in 5.10 they pretend to be of node
 * 0 and its first zone.
 */
static struct zone *mms_block_zone(unsigned long pfn)
{
	struct zone *zone;

	if (!mms_pfn_online(pfn))
		return NULL;
	zone = mms_page_zone(pfn_to_page(pfn));
	if (!populated_zone(zone) ||
	    !zone_intersects(zone, pfn, pageblock_nr_pages))
		return NULL;
	return zone;
}

/*
 * Counts the free pages of a block. A free block may reach into it, or beyond
 * it. An order that the page's own number forbids is from another moment than
 * the page's being free.
 */
static void mms_scan(struct mms_map *map, struct mms_run *block)
{
	unsigned long pfn = max(block->start, map->free_end);

	if (map->free_end > block->start) {
		block->free = min(map->free_end, block->end) - block->start;
		block->largest = map->free_order;
	}
	while (pfn < block->end) {
		int order = mms_free_order(pfn_to_page(pfn));

		if (order < 0 || pfn & ((1UL << order) - 1)) {
			pfn++;
			continue;
		}
		map->free_end = pfn + (1UL << order);
		map->free_order = order;
		block->free += min(map->free_end, block->end) - pfn;
		block->largest = max(block->largest, order);
		pfn = map->free_end;
	}
}

/*
 * The pageblock that is next, cut to its zone's span. Of that both ends change, one
 * after the other and outside of what the guard covers, when memory comes or goes
 * (move_pfn_range_to_zone(), shrink_zone_span(), mm/memory_hotplug.c).
 */
static bool mms_block(struct mms_map *map, struct mms_run *block)
{
	struct zone *zone = mms_block_zone(map->pfn);

	if (!zone)
		return false;
	*block = (struct mms_run){
		.zone = zone,
		.start = max(map->pfn, zone->zone_start_pfn),
		.end = min(map->pfn + pageblock_nr_pages, zone_end_pfn(zone)),
		.largest = -1,
	};
	if (block->start >= block->end)
		return false;
	block->type = mms_pageblock_type(pfn_to_page(map->pfn), map->pfn,
					 &block->isolated);
	mms_scan(map, block);
	return true;
}

static bool mms_all_free(const struct mms_run *run)
{
	return run->free == run->end - run->start;
}

/* May the block join the run that goes on? */
static bool mms_goes_on(const struct mms_map *map, const struct mms_run *block)
{
	const struct mms_run *run = &map->run;

	if (run->zone != block->zone || run->end != block->start ||
	    run->type != block->type || run->isolated != block->isolated)
		return false;
	return (!run->free && !block->free) ||
	       (mms_all_free(run) && mms_all_free(block)) ||
	       run->start / map->cell == block->start / map->cell;
}

static void mms_run_row(struct mms_rows *rows, struct mms_run *run)
{
	if (!run->zone)
		return;
	mms_add_zone(rows, run->zone);
	mms_add(rows, run->start);
	mms_add(rows, run->end - run->start);
	mms_add_name(rows, mms_migratetype_name(run->type));
	mms_add(rows, run->isolated);
	mms_add(rows, run->free);
	mms_add_known(rows, run->largest);
	run->zone = NULL;
}

static void mms_map_block(struct mms_rows *rows, struct mms_map *map,
			  const struct mms_run *block)
{
	struct mms_run *run = &map->run;

	if (!mms_goes_on(map, block)) {
		mms_run_row(rows, run);
		*run = *block;
		return;
	}
	run->end = block->end;
	run->free += block->free;
	run->largest = max(run->largest, block->largest);
}

/* Where to look next: what is offline is so by sections. */
static unsigned long mms_next_pfn(unsigned long pfn, bool online)
{
#ifdef CONFIG_SPARSEMEM
	if (!online && !online_section_nr(pfn_to_section_nr(pfn)))
		return SECTION_ALIGN_UP(pfn + 1);
#endif
	return pfn + pageblock_nr_pages;
}

static int mms_pageblocks_next(struct mms_rows *rows, void *state)
{
	struct mms_map *map = state;
	unsigned long end = mms_map_end();
	struct mms_run block;
	unsigned int i;

	if (!map->cell)
		map->cell = mms_map_cell();
	for (i = 0; i < MMS_PIECE_BLOCKS && map->pfn < end; i++) {
		bool online = mms_block(map, &block);

		if (online)
			mms_map_block(rows, map, &block);
		map->pfn = mms_next_pfn(map->pfn, online);
		cond_resched();
	}
	if (map->pfn < end)
		return 1;
	mms_run_row(rows, &map->run);
	return 0;
}

static const struct mms_column mms_pageblocks_columns[] = {
	MMS_NUMBER("node"), MMS_TEXT_WIDE("zone", 7),
	MMS_NUMBER_WIDE("start_pfn", 11), MMS_NUMBER_WIDE("pages", 9),
	MMS_TEXT_WIDE("migratetype", 11), MMS_NUMBER("isolated"),
	MMS_NUMBER("free_pages"), MMS_NUMBER("largest_free_order"),
};

const struct mms_table mms_buddy_pageblocks = {
	.subject = "buddy",
	.name = "pageblocks",
	.format = 1,
	MMS_COLUMNS(mms_pageblocks_columns),
	.guarded = true,
	.state_size = sizeof(struct mms_map),
	.next = mms_pageblocks_next,
};
