// SPDX-License-Identifier: GPL-2.0-only
/*
 * buddy/free against /proc/pagetypeinfo and /proc/buddyinfo, and where lists are
 * longer than those care to count against a walk with the lock held throughout.
 *
 * vm: --nodes 2 --cpus 2 --mem 3G --disk 512M
 * vm: --nodes 1 --cpus 2 --mem 11G --cmdline init_on_alloc=0
 */
/* First: it asks for all that the C library has */
#include "../kselftest_harness.h"

#include <linux/mempolicy.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "buddy_oracle.h"
#include "mmstest.h"

/* Free pages from which on a node can have a million single ones. */
#define MANY	2300000LL
/* Seconds; what really hangs is for the runner to end. */
#define LIMIT	600

FIXTURE(buddy_free) {
	bool loaded;
	bool walks;
	struct mmt_saved fraction;
	struct bdy_types types;
};

FIXTURE_SETUP(buddy_free)
{
	if (geteuid())
		SKIP(_exit(MMT_SKIP_STATUS), "must be root");
	ASSERT_TRUE(bdy_types_read(&self->types));
	self->walks = bdy_walk_load();
	/* Else CPUs keep tens of thousands of freed pages; 5.10 does not. */
	if (mmt_save(&self->fraction, MMT_VM "percpu_pagelist_high_fraction"))
		ASSERT_EQ(0, mmt_write(self->fraction.path, "10000"));
	if (mmt_loaded())
		return;
	ASSERT_TRUE(mmt_load());
	self->loaded = true;
}

FIXTURE_TEARDOWN(buddy_free)
{
	if (self->walks)
		bdy_walk_unload();
	mmt_restore(&self->fraction);
	if (self->loaded)
		EXPECT_TRUE(mmt_unload());
}

/*
 * Reading the table takes memory for the time of the read, from lists that the
 * readings before and after it find as they were: so many blocks may differ in
 * all, but none of a list that is long.
 */
#define SLACK	16
#define LONG	1000

/* Is this row about that list? */
static bool is_of(const struct mmt_table *table, int row,
		  const struct bdy_free *list)
{
	return row < table->rows &&
	       mmt_number(table, row, "node") == list->node &&
	       !strcmp(mmt_text(table, row, "zone"), list->zone) &&
	       !strcmp(mmt_text(table, row, "migratetype"), list->type) &&
	       mmt_number(table, row, "order") == list->order;
}

/*
 * One list, between two counts of it; gives by how much it is off, or -1. A list
 * that is empty has no row.
 */
static long long row_off(const struct mmt_table *table, int *row,
			 const struct bdy_free *a, const struct bdy_free *b)
{
	long long off, blocks = 0;

	if (is_of(table, *row, a)) {
		blocks = mmt_number(table, *row, "free_blocks");
		if (!blocks || mmt_number(table, *row, "exact") != 1)
			return -1;
		++*row;
	}
	if (a->capped && b->capped)
		return blocks >= a->blocks ? 0 : -1;
	off = bdy_off(blocks, a->blocks, b->blocks);
	return off && blocks > LONG ? -1 : off;
}

static bool rows_ok(const struct mmt_table *table,
		    const struct bdy_frees *before,
		    const struct bdy_frees *after)
{
	long long off, sum = 0;
	int row = 0;

	if (before->nr != after->nr)
		return false;
	for (int i = 0; i < before->nr; i++) {
		off = row_off(table, &row, &before->list[i], &after->list[i]);
		if (off < 0)
			return false;
		sum += off;
	}
	return row == table->rows && sum <= SLACK;
}

/* Reads the lists from a source that mmscope has no part in. */
static bool source_read(struct bdy_frees *frees, const struct bdy_types *types,
			bool walk)
{
	return walk ? bdy_walk(frees, types) : bdy_pagetypes(frees);
}

static bool try_lists(struct __test_metadata *_metadata,
		      const struct bdy_types *types, bool walk)
{
	struct bdy_frees before, after;
	struct mmt_table table;
	bool ok;

	ASSERT_TRUE(source_read(&before, types, walk));
	ASSERT_TRUE(mmt_table_read(&table, "buddy/free"));
	ASSERT_TRUE(source_read(&after, types, walk));
	EXPECT_TRUE(mmt_taken_ok(&table));
	ok = rows_ok(&table, &before, &after);
	mmt_table_free(&table);
	bdy_free_list(&before);
	bdy_free_list(&after);
	return ok;
}

/*
 * The lists move, if only by the reading. But a table that is right lies between
 * the readings before and after it soon.
 */
static void check_lists(struct __test_metadata *_metadata,
			const struct bdy_types *types, bool walk)
{
	bool ok = false;

	for (int try = 0; !ok && try < 20; try++) {
		if (try)
			mmt_sleep_ms(20);
		ok = try_lists(_metadata, types, walk);
	}
	EXPECT_TRUE(ok);
}

TEST_F_TIMEOUT(buddy_free, pagetypeinfo, LIMIT)
{
	check_lists(_metadata, &self->types, false);
}

static long long sum_of(const struct mmt_table *table,
			const struct bdy_free *order)
{
	long long sum = 0;

	for (int row = 0; row < table->rows; row++)
		if (mmt_number(table, row, "node") == order->node &&
		    mmt_number(table, row, "order") == order->order &&
		    !strcmp(mmt_text(table, row, "zone"), order->zone))
			sum += mmt_number(table, row, "free_blocks");
	return sum;
}

static bool try_sums(struct __test_metadata *_metadata)
{
	struct bdy_frees before, after;
	struct mmt_table table;
	long long off = 0;

	ASSERT_TRUE(bdy_buddyinfo(&before));
	ASSERT_TRUE(mmt_table_read(&table, "buddy/free"));
	ASSERT_TRUE(bdy_buddyinfo(&after));
	for (int i = 0; i < before.nr; i++)
		off += bdy_off(sum_of(&table, &before.list[i]),
			       before.list[i].blocks, after.list[i].blocks);
	mmt_table_free(&table);
	bdy_free_list(&before);
	bdy_free_list(&after);
	return off <= SLACK;
}

TEST_F_TIMEOUT(buddy_free, buddyinfo, LIMIT)
{
	bool ok = false;

	for (int try = 0; !ok && try < 20; try++) {
		if (try)
			mmt_sleep_ms(20);
		ok = try_sums(_metadata);
	}
	EXPECT_TRUE(ok);
}

/* Free pages of a node. */
static long long node_free(int node)
{
	struct mmt_zoneinfo info;
	struct mmt_zone *zone;
	long long pages = 0;

	if (!mmt_zoneinfo_read(&info))
		return 0;
	for (zone = mmt_populated(&info, NULL); zone;
	     zone = mmt_populated(&info, zone))
		if (zone->node == node)
			pages += zone->free;
	mmt_zoneinfo_free(&info);
	return pages;
}

/* Single free pages of the table, of one type or of all of them. */
static long long singles(const char *type)
{
	struct mmt_table table;
	long long sum = 0;

	if (!mmt_table_read(&table, "buddy/free"))
		return 0;
	for (int row = 0; row < table.rows; row++)
		if (mmt_number(&table, row, "order") == 0 &&
		    (!type || !strcmp(mmt_text(&table, row, "migratetype"), type)))
			sum += mmt_number(&table, row, "free_blocks");
	mmt_table_free(&table);
	return sum;
}

/*
 * Two long lists of one order in random order. Where there is enough memory, a
 * million blocks and more: ten times what pagetypeinfo counts.
 */
TEST_F_TIMEOUT(buddy_free, fragmented, LIMIT)
{
	/* A kernel that keeps a record of each page takes too long for that. */
	bool many = node_free(0) > MANY &&
		    access("/sys/kernel/debug/kmemleak", F_OK);
	long long unmovable = many ? MANY / 4 : 20000;
	long long movable = many ? MANY - unmovable : 40000;

	if (!self->walks)
		SKIP(return, "there is no module mmscope_walk");
	ASSERT_TRUE(bdy_walk_do("take 0 unmovable 0 %lld", unmovable));
	ASSERT_TRUE(bdy_walk_do("take 0 movable 0 %lld", movable));
	ASSERT_TRUE(bdy_walk_do("halve"));
	EXPECT_LT(LONG, singles("Unmovable"));
	EXPECT_LT(LONG, singles("Movable"));
	if (many)
		EXPECT_LT(1000000, singles(NULL));
	check_lists(_metadata, &self->types, true);
	check_lists(_metadata, &self->types, false);
}

/* Takes memory of node 0 and gives it back on and on, page by page. */
static void churn(void)
{
	const size_t size = 64 << 20;
	unsigned long node = 1;

	syscall(SYS_set_mempolicy, MPOL_BIND, &node, 8 * sizeof(node));
	for (;;) {
		char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (memory == MAP_FAILED)
			_exit(1);
		madvise(memory, size, MADV_NOHUGEPAGE);
		for (size_t i = 0; i < size; i += 4096)
			memory[i] = 1;
		munmap(memory, size);
	}
}

/* Rows of an order that says that it is not exact. */
static int not_exact(void)
{
	struct mmt_table table;
	int n = 0;

	if (!mmt_table_read(&table, "buddy/free"))
		return 0;
	for (int row = 0; row < table.rows; row++)
		n += mmt_number(&table, row, "exact") == 0;
	mmt_table_free(&table);
	return n;
}

/* What moves while it is counted is not passed off as exact. */
TEST_F_TIMEOUT(buddy_free, moving, LIMIT)
{
	int found = 0;
	pid_t pid;

	if (!self->walks)
		SKIP(return, "there is no module mmscope_walk");
	ASSERT_TRUE(bdy_walk_do("take 0 unmovable 0 20000"));
	ASSERT_TRUE(bdy_walk_do("take 0 movable 0 20000"));
	ASSERT_TRUE(bdy_walk_do("halve"));
	pid = fork();
	if (!pid)
		churn();
	for (int try = 0; !found && try < 100; try++)
		found = not_exact();
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	EXPECT_LT(0, found);
}

TEST_HARNESS_MAIN
