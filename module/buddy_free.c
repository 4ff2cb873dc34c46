// SPDX-License-Identifier: GPL-2.0-only
/*
 * Free blocks by migratetype. The kernel counts them by order alone (nr_free);
 * for the types their lists have to be walked, under zone->lock, which every
 * allocation of the zone may be waiting for. So no more than MMS_HOLD_ENTRIES at
 * a time, and three quarters of the time others have the lock.
 */
#include <linux/delay.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "buddy.h"
#include "mmscope.h"
#include "zones.h"

/* Entries of lists that are walked in one hold of zone->lock. */
#define MMS_HOLD_ENTRIES	256
/* And of one order of a zone in all, 2 seconds' worth of cold cache lines. */
#define MMS_WALK_ENTRIES	(8U << 20)
/* Debts of time below this are not worth a sleep. */
#define MMS_PACE_NS		NSEC_PER_MSEC

/**
 * struct mms_pace - how long the lock was held, and since when it is taken
 * @start: when the read began
 * @held: time with the lock, waiting for it included
 */
struct mms_pace {
	u64 start;
	u64 held;
};

/**
 * struct mms_count - the free blocks of one order of a zone
 * @zone: the zone
 * @order: the order
 * @area: that order's lists
 * @nr_free: how many blocks the kernel had counted in the last hold
 * @blocks: how many there are of each migratetype
 * @known: for which of them this has been found, by bits
 * @exact: and whether they are known to have been right all at once
 */
struct mms_count {
	struct zone *zone;
	unsigned int order;
	struct free_area *area;
	unsigned long nr_free;
	unsigned long blocks[MIGRATE_TYPES];
	unsigned long known;
	bool exact;
};

/**
 * struct mms_walk - a walk over lists that need more than one hold
 * @begun: the lists have been looked at
 * @walked: entries seen
 * @ends: first and last entry of each list when the walk began
 * @moved: the lists have been seen to change since
 */
struct mms_walk {
	bool begun;
	unsigned long walked;
	struct list_head ends[MIGRATE_TYPES];
	bool moved;
};

static unsigned long mms_hold(struct zone *zone, u64 *since)
	__acquires(&zone->lock)
{
	unsigned long flags;

	*since = mms_clock();
	spin_lock_irqsave(&zone->lock, flags);
	return flags;
}

static void mms_release(struct zone *zone, unsigned long flags, u64 since,
			struct mms_pace *pace)
	__releases(&zone->lock)
{
	spin_unlock_irqrestore(&zone->lock, flags);
	pace->held += mms_clock() - since;
}

/* Sleeps until at most a quarter of the time was spent with the lock. */
static void mms_keep_pace(const struct mms_pace *pace)
{
	u64 spent = mms_clock() - pace->start;
	u64 due = 4 * pace->held;

	if (due > spent + MMS_PACE_NS)
		usleep_range(div_u64(due - spent, NSEC_PER_USEC),
			     div_u64(due - spent, NSEC_PER_USEC) * 5 / 4);
	else
		cond_resched();
}

static unsigned long mms_sum_blocks(const struct mms_count *count)
{
	unsigned long sum = 0;
	int type;

	for (type = 0; type < MIGRATE_TYPES; type++)
		if (count->known & BIT(type))
			sum += count->blocks[type];
	return sum;
}

/**
 * struct mms_cursor - a place in a list that has not come to its end
 * @at: the entry, or at first the head
 * @head: the list
 * @type: its migratetype
 */
struct mms_cursor {
	const struct list_head *at;
	const struct list_head *head;
	int type;
};

/*
 * One step on each list after so many before; gives how many lists are left, the
 * first of @cursors. Under the lock: no more is done for an entry than it needs.
 */
static unsigned int mms_step_all(struct mms_count *count,
				 struct mms_cursor *cursors, unsigned int left,
				 unsigned long steps)
{
	struct mms_cursor *cursor = cursors;

	while (cursor < cursors + left) {
		cursor->at = cursor->at->next;
		if (cursor->at != cursor->head) {
			cursor++;
			continue;
		}
		count->blocks[cursor->type] = steps;
		count->known |= BIT(cursor->type);
		*cursor = cursors[--left];
	}
	return left;
}

/*
 * The common case, in one hold: side by side along the lists until all but one
 * have come to their ends. That one has what remains of nr_free.
 */
static void mms_count_at_once(struct mms_count *count, struct mms_pace *pace)
{
	struct mms_cursor cursors[MIGRATE_TYPES];
	unsigned int left, budget = MMS_HOLD_ENTRIES;
	unsigned long flags, steps = 0;
	u64 since;

	for (left = 0; left < MIGRATE_TYPES; left++) {
		cursors[left].head = &count->area->free_list[left];
		cursors[left].at = cursors[left].head;
		cursors[left].type = left;
	}
	flags = mms_hold(count->zone, &since);
	count->nr_free = count->area->nr_free;
	do {
		left = mms_step_all(count, cursors, left, steps++);
		budget -= left;
	} while (left > 1 && budget >= left);
	mms_release(count->zone, flags, since, pace);
	if (left > 1)
		return;
	if (left)
		count->blocks[cursors[0].type] = count->nr_free -
						 mms_sum_blocks(count);
	count->known = GENMASK(MIGRATE_TYPES - 1, 0);
	count->exact = true;
}

/*
 * Under the lock: have the lists changed since the last look? What comes to a
 * list comes to one of its ends, so a change that leaves both nr_free and all
 * ends as they were takes several that make up for each other between two holds.
 */
static void mms_walk_look(struct mms_count *count, struct mms_walk *walk)
{
	if (walk->begun)
		walk->moved |= count->area->nr_free != count->nr_free ||
			       memcmp(walk->ends, count->area->free_list,
				      sizeof(walk->ends));
	walk->begun = true;
	memcpy(walk->ends, count->area->free_list, sizeof(walk->ends));
	count->nr_free = count->area->nr_free;
}

/* Is it a head of this order's lists, and not an entry? */
static bool mms_is_head(const struct mms_count *count,
			const struct list_head *at)
{
	return at >= &count->area->free_list[0] &&
	       at < &count->area->free_list[MIGRATE_TYPES];
}

/* Under the lock: is what was an entry of this order's lists still one? */
static bool mms_still_free(const struct mms_count *count,
			   const struct list_head *at)
{
	struct page *page;

	if (mms_is_head(count, at))
		return true;
	page = list_entry(at, struct page, lru);
	return mms_page_zone(page) == count->zone &&
	       mms_free_order(page) == (int)count->order;
}

/**
 * enum mms_walk_end - how a part of a walk ended
 * @MMS_WALK_GOES_ON: the budget of the hold was used up
 * @MMS_WALK_DONE: at the head that it began at
 * @MMS_WALK_LOST: where it was is not on this list any more
 */
enum mms_walk_end {
	MMS_WALK_GOES_ON,
	MMS_WALK_DONE,
	MMS_WALK_LOST,
};

/* One hold's part of a list, from *@at towards the head. */
static enum mms_walk_end mms_walk_hold(struct mms_count *count,
				       struct mms_walk *walk, int type,
				       struct list_head **at, unsigned long *n)
{
	struct list_head *head = &count->area->free_list[type];
	unsigned int budget = MMS_HOLD_ENTRIES;

	if (!mms_still_free(count, *at))
		return MMS_WALK_LOST;
	while (budget--) {
		struct list_head *prev = (*at)->prev;

		if (mms_is_head(count, prev))
			return prev == head ? MMS_WALK_DONE : MMS_WALK_LOST;
		*at = prev;
		++*n;
		walk->walked++;
	}
	return MMS_WALK_GOES_ON;
}

/*
 * A list from its tail, which is the cold end: pages are taken at the head, and
 * whatever joins there is not in the way of the walk.
 */
static int mms_walk_list(struct mms_count *count, struct mms_walk *walk,
			 int type, struct mms_pace *pace)
{
	struct list_head *at = &count->area->free_list[type];
	enum mms_walk_end end = MMS_WALK_GOES_ON;
	unsigned long flags, n = 0;
	u64 since;

	while (end == MMS_WALK_GOES_ON) {
		if (signal_pending(current))
			return -ERESTARTSYS;
		if (walk->walked >= MMS_WALK_ENTRIES)
			return -E2BIG;
		mms_keep_pace(pace);
		flags = mms_hold(count->zone, &since);
		mms_walk_look(count, walk);
		end = mms_walk_hold(count, walk, type, &at, &n);
		mms_release(count->zone, flags, since, pace);
	}
	if (end == MMS_WALK_LOST)
		return -EAGAIN;
	count->blocks[type] = n;
	count->known |= BIT(type);
	return 0;
}

/* All lists of the order, one after the other. */
static int mms_walk_lists(struct mms_count *count, struct mms_pace *pace)
{
	struct mms_walk walk = {};
	int type, err = 0;

	for (type = 0; type < MIGRATE_TYPES && !err; type++)
		err = mms_walk_list(count, &walk, type, pace);
	if (!err)
		count->exact = !walk.moved &&
			       mms_sum_blocks(count) == count->nr_free;
	return err;
}

/*
 * Lists that could not be walked to their ends share what the others leave of
 * nr_free.
 */
static void mms_guess(struct mms_count *count)
{
	unsigned long sum = mms_sum_blocks(count);
	unsigned long rest = count->nr_free > sum ? count->nr_free - sum : 0;
	int type, unknown = MIGRATE_TYPES - hweight_long(count->known);

	for (type = 0; type < MIGRATE_TYPES; type++)
		if (!(count->known & BIT(type)))
			count->blocks[type] = rest / unknown;
}

static int mms_count_order(struct mms_count *count, struct mms_pace *pace)
{
	int err;

	/* Nothing is free at this moment, with or without the lock. */
	count->exact = !READ_ONCE(count->area->nr_free);
	if (count->exact)
		return 0;
	mms_keep_pace(pace);
	mms_count_at_once(count, pace);
	if (count->exact)
		return 0;
	err = mms_walk_lists(count, pace);
	if (err == -EAGAIN)
		err = mms_walk_lists(count, pace);
	if (err == -ERESTARTSYS)
		return err;
	if (err)
		mms_guess(count);
	return 0;
}

static const struct mms_column mms_free_columns[] = {
	MMS_NUMBER("node"), MMS_TEXT("zone"), MMS_TEXT("migratetype"),
	MMS_NUMBER("order"), MMS_NUMBER("free_blocks"), MMS_NUMBER("exact"),
};

/* Most lists are empty: what has no row is 0, and was at that moment. */
static void mms_free_rows(struct mms_rows *rows, struct zone *zone,
			  const struct mms_count *counts)
{
	unsigned int order;
	int type;

	for (type = 0; type < MIGRATE_TYPES; type++)
		for (order = 0; order < MMS_NR_ORDERS; order++) {
			if (!counts[order].blocks[type] && counts[order].exact)
				continue;
			mms_add_zone(rows, zone);
			mms_add_name(rows, mms_migratetype_name(type));
			mms_add(rows, order);
			mms_add(rows, counts[order].blocks[type]);
			mms_add(rows, counts[order].exact);
		}
}

static int mms_free_zone(struct zone *zone, struct mms_count *counts,
			 struct mms_pace *pace)
{
	unsigned int order;
	int err = 0;

	for (order = 0; order < MMS_NR_ORDERS && !err; order++) {
		counts[order] = (struct mms_count){
			.zone = zone,
			.order = order,
			.area = &zone->free_area[order],
		};
		err = mms_count_order(&counts[order], pace);
	}
	return err;
}

/* An order has no more types than blocks; lists that move have many of these. */
static unsigned int mms_free_max(void)
{
	unsigned int order, max = 0;
	struct zone *zone;

	mms_for_each_zone(zone)
		for (order = 0; order < MMS_NR_ORDERS; order++)
			max += min_t(unsigned long, MIGRATE_TYPES,
				     READ_ONCE(zone->free_area[order].nr_free));
	return max;
}

static int mms_free_fill(struct mms_rows *rows)
{
	struct mms_pace pace = { .start = mms_clock() };
	struct mms_count *counts;
	struct zone *zone;
	int err = 0;

	counts = kmalloc_array(MMS_NR_ORDERS, sizeof(*counts), GFP_KERNEL);
	if (!counts)
		return -ENOMEM;
	mms_for_each_zone(zone) {
		err = mms_free_zone(zone, counts, &pace);
		if (err)
			break;
		mms_free_rows(rows, zone, counts);
	}
	kfree(counts);
	return err;
}

const struct mms_table mms_buddy_free = {
	.subject = "buddy",
	.name = "free",
	.format = 1,
	MMS_COLUMNS(mms_free_columns),
	.guarded = true,
	.max_rows = mms_free_max,
	.fill = mms_free_fill,
};
