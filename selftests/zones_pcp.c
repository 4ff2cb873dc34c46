// SPDX-License-Identifier: GPL-2.0-only
/*
 * zones/pcp against /proc/zoneinfo, and where that does not print a column
 * against what the kernel's rule gives.
 */
/* First: it asks for all that the C library has */
#include "../kselftest_harness.h"

#include <sched.h>

#include "mmstest.h"

#define HIGH_FRACTION MMT_VM "percpu_pagelist_high_fraction"

FIXTURE(zones_pcp) {
	bool loaded;
	struct mmt_saved fraction;
	struct mmt_saved min_free;
};

FIXTURE_SETUP(zones_pcp)
{
	cpu_set_t cpus;

	if (geteuid())
		SKIP(_exit(MMT_SKIP_STATUS), "must be root");
	/* So that this very test moves the set of one CPU only */
	CPU_ZERO(&cpus);
	CPU_SET(0, &cpus);
	sched_setaffinity(0, sizeof(cpus), &cpus);
	if (mmt_loaded())
		return;
	ASSERT_TRUE(mmt_load());
	self->loaded = true;
}

FIXTURE_TEARDOWN(zones_pcp)
{
	mmt_restore(&self->fraction);
	mmt_restore(&self->min_free);
	if (self->loaded)
		EXPECT_TRUE(mmt_unload());
}

static bool between(long long value, long long a, long long b)
{
	return a < b ? a <= value && value <= b : b <= value && value <= a;
}

/* One CPU of one zone, between two readings of zoneinfo. */
static bool row_ok(const struct mmt_table *table, int row,
		   const struct mmt_zone *zone, const struct mmt_pcp *a,
		   const struct mmt_pcp *b)
{
	return mmt_number(table, row, "node") == zone->node &&
	       !strcmp(mmt_text(table, row, "zone"), zone->name) &&
	       mmt_number(table, row, "cpu") == a->cpu &&
	       between(mmt_number(table, row, "count_pages"), a->count, b->count) &&
	       between(mmt_number(table, row, "high_pages"), a->high, b->high) &&
	       mmt_number(table, row, "batch_pages") == a->batch;
}

static bool rows_ok(const struct mmt_table *table,
		    const struct mmt_zoneinfo *before,
		    const struct mmt_zoneinfo *after)
{
	const struct mmt_zone *zone;
	int row = 0;

	for (zone = mmt_populated(before, NULL); zone;
	     zone = mmt_populated(before, zone)) {
		const struct mmt_zone *then = &after->zones[zone - before->zones];

		for (int i = 0; i < zone->nr_pcp; i++, row++)
			if (row >= table->rows ||
			    !row_ok(table, row, zone, &zone->pcp[i],
				    &then->pcp[i]))
				return false;
	}
	return row == table->rows;
}

static bool try_zoneinfo(struct __test_metadata *_metadata)
{
	struct mmt_zoneinfo before, after;
	struct mmt_table table;
	bool ok;

	ASSERT_TRUE(mmt_zoneinfo_read(&before));
	ASSERT_TRUE(mmt_table_read(&table, "zones/pcp"));
	ASSERT_TRUE(mmt_zoneinfo_read(&after));
	EXPECT_TRUE(mmt_taken_ok(&table));
	ok = rows_ok(&table, &before, &after);
	mmt_table_free(&table);
	mmt_zoneinfo_free(&before);
	mmt_zoneinfo_free(&after);
	return ok;
}

/*
 * The sets move all the time, on this CPU by the reading itself. But a table
 * that is right lies between the readings before and after it soon.
 */
static void check_zoneinfo(struct __test_metadata *_metadata)
{
	bool ok = false;

	for (int try = 0; !ok && try < 60; try++) {
		if (try)
			mmt_sleep_ms(20);
		ok = try_zoneinfo(_metadata);
	}
	EXPECT_TRUE(ok);
}

TEST_F(zones_pcp, zoneinfo)
{
	check_zoneinfo(_metadata);
}

TEST_F(zones_pcp, other_watermarks)
{
	ASSERT_TRUE(mmt_save(&self->min_free, MMT_VM "min_free_kbytes"));
	ASSERT_EQ(0, mmt_write_number(self->min_free.path, 8000));
	check_zoneinfo(_metadata);
}

/* CPUs that share a zone's sets: those of its node, or else all. */
static int sharers(const struct mmt_zone *zone)
{
	char path[64];
	int n = 0;

	snprintf(path, sizeof(path), MMT_NODES "node%d/cpulist", zone->node);
	for (int i = 0; i < zone->nr_pcp; i++)
		n += mmt_in_list(path, zone->pcp[i].cpu);
	return n ? n : zone->nr_pcp;
}

/* zone_highsize(), mm/page_alloc.c */
static long long highsize(const struct mmt_zone *zone, long long pages)
{
	long long least = 4 * zone->pcp[0].batch;
	long long high = pages / sharers(zone);

	return high > least ? high : least;
}

/* Gives whether this kernel has the two columns; else both are "-". */
static bool check_range(struct __test_metadata *_metadata, int fraction)
{
	const struct mmt_zone *zone;
	struct mmt_zoneinfo info;
	struct mmt_table table;
	bool there = false;
	int row = 0;

	ASSERT_TRUE(mmt_zoneinfo_read(&info));
	ASSERT_TRUE(mmt_table_read(&table, "zones/pcp"));
	for (zone = mmt_populated(&info, NULL); zone;
	     zone = mmt_populated(&info, zone))
		for (int i = 0; i < zone->nr_pcp; i++, row++) {
			long long high_min = mmt_number(&table, row, "high_min_pages");
			long long high_max = mmt_number(&table, row, "high_max_pages");

			EXPECT_EQ(high_min == MMT_UNKNOWN,
				  high_max == MMT_UNKNOWN);
			if (zone->pcp[i].high_min != MMT_UNKNOWN) {
				EXPECT_EQ(zone->pcp[i].high_min, high_min);
				EXPECT_EQ(zone->pcp[i].high_max, high_max);
			}
			if (high_min == MMT_UNKNOWN)
				continue;
			there = true;
			EXPECT_EQ(highsize(zone, fraction ?
					   zone->managed / fraction : zone->low),
				  high_min);
			EXPECT_EQ(highsize(zone, zone->managed /
					   (fraction ? fraction : 8)),
				  high_max);
		}
	mmt_table_free(&table);
	mmt_zoneinfo_free(&info);
	return there;
}

/* Tuning came with 6.7; before there is one fixed high. */
static bool kernel_tunes(void)
{
	char *text = mmt_slurp("/proc/sys/kernel/osrelease");
	int major = 0, minor = 0;
	bool tunes;

	if (sscanf(text, "%d.%d", &major, &minor) != 2)
		major = 0;
	tunes = major > 6 || (major == 6 && minor >= 7);
	free(text);
	return tunes;
}

TEST_F(zones_pcp, range)
{
	if (!mmt_save(&self->fraction, HIGH_FRACTION)) {
		/* 5.10, with another knob */
		EXPECT_FALSE(kernel_tunes());
		EXPECT_FALSE(check_range(_metadata, 0));
		return;
	}
	/* The kernel works them out anew when the fraction changes. */
	ASSERT_EQ(0, mmt_write_number(HIGH_FRACTION, 16));
	EXPECT_EQ(kernel_tunes(), check_range(_metadata, 16));
	ASSERT_EQ(0, mmt_write_number(HIGH_FRACTION, 0));
	EXPECT_EQ(kernel_tunes(), check_range(_metadata, 0));
}

TEST_HARNESS_MAIN
