// SPDX-License-Identifier: GPL-2.0-only
/*
 * What zones/watermarks says of pages against /proc/zoneinfo, at rest, after
 * the marks have moved, and while they are boosted.
 *
 * vm: --nodes 2 --cpus 2 --mem 1G,512M
 */
/* First: it asks for all that the C library has */
#include "../kselftest_harness.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "mmstest.h"

#define MIN_FREE	MMT_VM "min_free_kbytes"
#define SCALE		MMT_VM "watermark_scale_factor"
#define BOOST		MMT_VM "watermark_boost_factor"
#define FRACTION	MMT_VM "percpu_pagelist_high_fraction"
#define CPU1		"/sys/devices/system/cpu/cpu1/online"

/* <linux/mempolicy.h> is not everywhere */
#define POLICY_BIND	2

FIXTURE(zones_watermarks) {
	bool loaded;
	struct mmt_saved min_free;
	struct mmt_saved scale;
	struct mmt_saved boost;
	struct mmt_saved fraction;
	struct mmt_saved huge;
};

FIXTURE_SETUP(zones_watermarks)
{
	if (geteuid())
		SKIP(_exit(MMT_SKIP_STATUS), "must be root");
	if (!mmt_loaded()) {
		ASSERT_TRUE(mmt_load());
		self->loaded = true;
	}
	ASSERT_TRUE(mmt_save(&self->min_free, MIN_FREE));
	ASSERT_TRUE(mmt_save(&self->scale, SCALE));
	ASSERT_TRUE(mmt_save(&self->boost, BOOST));
}

FIXTURE_TEARDOWN(zones_watermarks)
{
	mmt_restore(&self->huge);
	mmt_restore(&self->fraction);
	mmt_restore(&self->boost);
	mmt_restore(&self->scale);
	mmt_restore(&self->min_free);
	if (self->loaded)
		EXPECT_TRUE(mmt_unload());
}

/*
 * The promotion mark where it is not printed: one more step up, since 5.18. The
 * boost lifts all marks alike.
 */
static long long promo(const struct mmt_zone *zone)
{
	char *release = mmt_slurp("/proc/sys/kernel/osrelease");
	int major = 0, minor = 0;

	if (zone->promo != MMT_UNKNOWN)
		return zone->promo;
	if (sscanf(release, "%d.%d", &major, &minor) != 2)
		major = 0;
	free(release);
	if (major < 5 || (major == 5 && minor < 18))
		return MMT_UNKNOWN;
	return zone->high + (zone->high - zone->low);
}

static void check_exact(struct __test_metadata *_metadata,
			const struct mmt_table *table, int row,
			const struct mmt_zone *zone)
{
	EXPECT_EQ(zone->node, mmt_number(table, row, "node"));
	EXPECT_STREQ(zone->name, mmt_text(table, row, "zone"));
	EXPECT_EQ(zone->min, mmt_number(table, row, "min_pages"));
	EXPECT_EQ(zone->low, mmt_number(table, row, "low_pages"));
	EXPECT_EQ(zone->high, mmt_number(table, row, "high_pages"));
	EXPECT_EQ(promo(zone), mmt_number(table, row, "promo_pages"));
	EXPECT_EQ(zone->managed, mmt_number(table, row, "managed_pages"));
	EXPECT_EQ(zone->present, mmt_number(table, row, "present_pages"));
	EXPECT_EQ(zone->spanned, mmt_number(table, row, "spanned_pages"));
	if (zone->boost != MMT_UNKNOWN)
		EXPECT_EQ(zone->boost, mmt_number(table, row, "boost_pages"));
}

static void check_free(struct __test_metadata *_metadata,
		       const struct mmt_table *table, int row,
		       const struct mmt_zone *before,
		       const struct mmt_zone *after)
{
	long long free = mmt_number(table, row, "free_pages");
	long long a = before->nr_free, b = after->nr_free;

	EXPECT_LE((a < b ? a : b) - mmt_drift(before), free);
	EXPECT_GE((a < b ? b : a) + mmt_drift(before), free);
}

static bool same_marks(const struct mmt_zoneinfo *a,
		       const struct mmt_zoneinfo *b)
{
	const struct mmt_zone *zone;

	for (zone = mmt_populated(a, NULL); zone; zone = mmt_populated(a, zone)) {
		const struct mmt_zone *then = &b->zones[zone - a->zones];

		if (zone->min != then->min || zone->boost != then->boost ||
		    llabs(zone->nr_free - then->nr_free) > 512)
			return false;
	}
	return true;
}

/* zoneinfo, the table, zoneinfo: until nothing much happened in between. */
static bool bracket(struct mmt_zoneinfo *before, struct mmt_table *table,
		    struct mmt_zoneinfo *after)
{
	for (int try = 0; try < 50; try++) {
		if (!mmt_zoneinfo_read(before) ||
		    !mmt_table_read(table, "zones/watermarks") ||
		    !mmt_zoneinfo_read(after))
			return false;
		if (same_marks(before, after))
			return true;
		mmt_table_free(table);
		mmt_zoneinfo_free(before);
		mmt_zoneinfo_free(after);
		mmt_sleep_ms(20);
	}
	return false;
}

static void check_all(struct __test_metadata *_metadata)
{
	struct mmt_zoneinfo before, after;
	const struct mmt_zone *zone;
	struct mmt_table table;
	int row = 0;

	ASSERT_TRUE(bracket(&before, &table, &after));
	EXPECT_TRUE(mmt_taken_ok(&table));
	for (zone = mmt_populated(&before, NULL); zone;
	     zone = mmt_populated(&before, zone)) {
		ASSERT_LT(row, table.rows);
		check_exact(_metadata, &table, row, zone);
		check_free(_metadata, &table, row, zone,
			   &after.zones[zone - before.zones]);
		row++;
	}
	EXPECT_EQ(row, table.rows);
	mmt_table_free(&table);
	mmt_zoneinfo_free(&before);
	mmt_zoneinfo_free(&after);
}

TEST_F(zones_watermarks, at_rest)
{
	check_all(_metadata);
}

TEST_F(zones_watermarks, min_free_kbytes)
{
	static const int kbytes[] = { 1024, 20000, 40000 };

	for (size_t i = 0; i < ARRAY_SIZE(kbytes); i++) {
		ASSERT_EQ(0, mmt_write_number(MIN_FREE, kbytes[i]));
		check_all(_metadata);
	}
}

TEST_F(zones_watermarks, watermark_scale_factor)
{
	static const int factors[] = { 1, 100, 300 };

	for (size_t i = 0; i < ARRAY_SIZE(factors); i++) {
		ASSERT_EQ(0, mmt_write_number(SCALE, factors[i]));
		check_all(_metadata);
	}
}

/* Setting the marks ends every boost, so this is none on every kernel. */
TEST_F(zones_watermarks, no_boost)
{
	struct mmt_table table;

	ASSERT_EQ(0, mmt_write_number(BOOST, 0));
	ASSERT_EQ(0, mmt_write_number(MIN_FREE, 20000));
	ASSERT_TRUE(mmt_table_read(&table, "zones/watermarks"));
	ASSERT_GT(table.rows, 0);
	for (int row = 0; row < table.rows; row++)
		EXPECT_EQ(0, mmt_number(&table, row, "boost_pages"));
	mmt_table_free(&table);
}

/*
 * The kernel works out the drift mark when a CPU comes or goes, of the zones
 * whose counters could then be wrong by more than low and min are apart, and
 * lets it be of all others (refresh_zone_stat_thresholds(), mm/vmstat.c).
 */
static int check_drift_marks(struct __test_metadata *_metadata)
{
	const struct mmt_zone *zone;
	struct mmt_zoneinfo info;
	struct mmt_table table;
	int row, n = 0;

	ASSERT_TRUE(mmt_zoneinfo_read(&info));
	ASSERT_TRUE(mmt_table_read(&table, "zones/watermarks"));
	for (zone = mmt_populated(&info, NULL); zone;
	     zone = mmt_populated(&info, zone)) {
		if (mmt_drift(zone) <= zone->low - zone->min)
			continue;
		row = mmt_find(&table, zone->node, zone->name);
		ASSERT_LE(0, row);
		EXPECT_EQ(zone->high + mmt_drift(zone),
			  mmt_number(&table, row, "drift_mark_pages"));
		n++;
	}
	mmt_table_free(&table);
	mmt_zoneinfo_free(&info);
	return n;
}

TEST_F(zones_watermarks, drift_mark)
{
	if (access(CPU1, W_OK))
		SKIP(return, "there is no second CPU that can go offline");
	ASSERT_EQ(0, mmt_write_number(SCALE, 1));
	ASSERT_EQ(0, mmt_write_number(MIN_FREE, 512));
	ASSERT_EQ(0, mmt_write(CPU1, "0"));
	ASSERT_EQ(0, mmt_write(CPU1, "1"));
	if (!check_drift_marks(_metadata))
		SKIP(return, "all zones are too large");
}

/*
 * A boost comes when an allocation that cannot be moved has to take a part of a
 * block of movable pages, since no whole block is left. So: all whole blocks
 * of a node go into huge pages, single pages between others that stay are let
 * go, then pipes are filled. kswapd ends the boost soon, hence the retries.
 */
#define HOLES		4096	/* pages, each with a neighbour that stays */
#define PIPE_BYTES	65536

/* Gives the node to do it on: the last with memory, huge pages and one zone. */
static int boost_node(char *path, size_t size)
{
	const struct mmt_zone *zone;
	struct mmt_zoneinfo info;
	int node = -1;

	if (!mmt_zoneinfo_read(&info))
		return -1;
	for (zone = mmt_populated(&info, NULL); zone;
	     zone = mmt_populated(&info, zone))
		if (zone->node)
			node = zone->node;
	mmt_zoneinfo_free(&info);
	snprintf(path, size,
		 MMT_NODES "node%d/hugepages/hugepages-2048kB/nr_hugepages",
		 node);
	return access(path, W_OK) ? -1 : node;
}

static void pin(int cpu)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(cpu, &cpus);
	sched_setaffinity(0, sizeof(cpus), &cpus);
}

static void memory_policy(int mode, int node)
{
	unsigned long mask = 1;

	mask <<= node;
	syscall(SYS_set_mempolicy, mode, mode ? &mask : NULL, 8 * sizeof(mask));
}

/* Gives memory where every second page can be let go. */
static char *take_pages(void)
{
	size_t page = getpagesize(), size = 2 * HOLES * page;
	char *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return NULL;
	madvise(p, size, MADV_NOHUGEPAGE);
	for (size_t at = 0; at < size; at += page)
		p[at] = 1;
	return p;
}

static void make_holes(char *p)
{
	size_t page = getpagesize();

	for (size_t i = 0; i < HOLES; i++)
		madvise(p + 2 * i * page, page, MADV_DONTNEED);
}

/* One pipe more, full of pages that cannot be moved. */
static bool fill_pipe(void)
{
	static char bytes[PIPE_BYTES];
	int fd[2];

	return !pipe2(fd, O_NONBLOCK) && write(fd[1], bytes, sizeof(bytes)) > 0;
}

/* By how much a node's marks have gone up since they were @min. */
static long long boosted(const struct mmt_zoneinfo *info, int node,
			 long long min)
{
	const struct mmt_zone *zone;

	for (zone = mmt_populated(info, NULL); zone;
	     zone = mmt_populated(info, zone))
		if (zone->node == node)
			return zone->min - min;
	return 0;
}

static long long node_min(int node)
{
	struct mmt_zoneinfo info;
	long long min;

	if (!mmt_zoneinfo_read(&info))
		return MMT_BAD;
	min = boosted(&info, node, 0);
	mmt_zoneinfo_free(&info);
	return min;
}

/* Checks the table, if the node is boosted the same before and after. */
static bool check_boost(struct __test_metadata *_metadata, int node,
			long long min)
{
	struct mmt_zoneinfo before, after;
	const struct mmt_zone *zone;
	struct mmt_table table;
	long long boost;
	bool stable;

	ASSERT_TRUE(mmt_zoneinfo_read(&before));
	ASSERT_TRUE(mmt_table_read(&table, "zones/watermarks"));
	ASSERT_TRUE(mmt_zoneinfo_read(&after));
	boost = boosted(&before, node, min);
	stable = boost > 0 && boost == boosted(&after, node, min);
	for (zone = mmt_populated(&before, NULL); zone && stable;
	     zone = mmt_populated(&before, zone)) {
		int row = mmt_find(&table, zone->node, zone->name);

		if (zone->node != node)
			continue;
		check_exact(_metadata, &table, row, zone);
		EXPECT_EQ(boost, mmt_number(&table, row, "boost_pages"));
	}
	mmt_table_free(&table);
	mmt_zoneinfo_free(&before);
	mmt_zoneinfo_free(&after);
	return stable;
}

/*
 * In a child, whose end gives all back. It stops when it sees a boost, for its
 * parent to look at it, and may be told to go on.
 */
static void boost_child(int node, const char *huge)
{
	long long min = node_min(node);
	char *pages;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	mmt_write("/proc/self/oom_score_adj", "1000");
	memory_policy(POLICY_BIND, node);
	pages = take_pages();
	if (!pages || mmt_write_number(huge, 1000000))
		_exit(1);
	make_holes(pages);
	for (int i = 0; i < HOLES * 4096 / PIPE_BYTES && fill_pipe(); i++)
		if (node_min(node) > min)
			raise(SIGSTOP);
	_exit(0);
}

static bool try_boost(struct __test_metadata *_metadata, int node,
		      const char *huge)
{
	long long min = node_min(node);
	pid_t child = fork();
	bool seen = false;
	int status;

	if (!child)
		boost_child(node, huge);
	while (!seen && waitpid(child, &status, WUNTRACED) == child &&
	       WIFSTOPPED(status)) {
		seen = check_boost(_metadata, node, min);
		kill(child, seen ? SIGKILL : SIGCONT);
	}
	if (seen)
		waitpid(child, &status, 0);
	return seen;
}

TEST_F(zones_watermarks, boost)
{
	char huge[96];
	int node = boost_node(huge, sizeof(huge));
	bool seen = false;

	if (node < 1)
		SKIP(return, "wants a second node, and huge pages");
	ASSERT_TRUE(mmt_save(&self->huge, huge));
	ASSERT_EQ(0, mmt_write_number(BOOST, 15000));
	ASSERT_EQ(0, mmt_write_number(MIN_FREE, 4096));
	/* What is let go is not to stay with the CPU. 5.10 keeps little anyway */
	if (mmt_save(&self->fraction, FRACTION))
		ASSERT_EQ(0, mmt_write_number(FRACTION, 1000));
	/* What this process needs is not to come from that node */
	pin(0);
	for (int try = 0; try < 3 && !seen; try++)
		seen = try_boost(_metadata, node, huge);
	if (!seen)
		SKIP(return, "no zone was boosted long enough to look at it");
	mmt_restore(&self->huge);
}

TEST_HARNESS_MAIN
