// SPDX-License-Identifier: GPL-2.0-only
/*
 * pagewait/table against tasks that wait, each for a page that this test has
 * chosen; the bucket is worked out from the place of its struct page.
 */
/* First: it asks for all that the C library has */
#include "../kselftest_harness.h"

#include "waits.h"

#define PAGES		8
#define DELAY_MS	(700 * mmt_slowness())

struct test {
	bool loaded;
	struct wt_device device;
	struct wt_tasks tasks;
	unsigned long long base;
	struct mmt_table table;
};

FIXTURE(pagewait_table) {
	struct test t;
};

FIXTURE_SETUP(pagewait_table)
{
	if (geteuid())
		SKIP(_exit(MMT_SKIP_STATUS), "must be root");
	if (!wt_device(&self->t.device, 5, DELAY_MS, false))
		SKIP(_exit(MMT_SKIP_STATUS), "needs null_blk");
	self->t.base = wt_base();
	if (!self->t.base)
		SKIP(_exit(MMT_SKIP_STATUS), "needs /proc/kcore and all symbols");
	if (mmt_loaded())
		return;
	ASSERT_TRUE(mmt_load());
	self->t.loaded = true;
}

FIXTURE_TEARDOWN(pagewait_table)
{
	wt_device_remove(&self->t.device);
	if (self->t.loaded)
		EXPECT_TRUE(mmt_unload());
}

/* The page of a number has as many readers */
static int readers(int page)
{
	return page + 1;
}

static off_t place(int page)
{
	return (100 + 37 * page) * WT_PAGE;
}

static int all_readers(void)
{
	return PAGES * (PAGES + 1) / 2;
}

static bool start(struct test *t)
{
	struct wt_job job = { .what = wt_read_page, .path = t->device.path,
			      .node = -1 };

	if (!wt_tasks_init(&t->tasks))
		return false;
	for (int page = 0; page < PAGES; page++) {
		job.offset = place(page);
		for (int i = 0; i < readers(page); i++)
			if (!wt_task(&t->tasks, &job))
				return false;
	}
	return true;
}

/* Takes the table while all wait. Gives false if they were through too soon. */
static bool look(struct test *t, long long *began,
		 long long *blocked)
{
	bool ok;

	wt_drop(t->device.path);
	if (!start(t))
		return false;
	*began = mmt_now();
	wt_go(&t->tasks);
	*blocked = wt_all_blocked(&t->tasks, all_readers());
	ok = *blocked && mmt_table_read(&t->table, "pagewait/table") &&
	     wt_blocked(&t->tasks) == all_readers();
	return !wt_join(&t->tasks) && ok;
}

/* Is it the table that it should be? The pages are cached by now. */
static bool buckets_ok(const struct test *t)
{
	const struct mmt_table *table = &t->table;
	int waiters[WT_BUCKETS] = { 0 }, folios[WT_BUCKETS] = { 0 };
	int used = 0;

	for (int page = 0; page < PAGES; page++) {
		int bucket = wt_bucket(t->base,
				       wt_pfn(t->device.path,
					      place(page), NULL));

		used += !waiters[bucket];
		waiters[bucket] += readers(page);
		folios[bucket]++;
	}
	if (table->rows != used)
		return false;
	for (int row = 0; row < table->rows; row++) {
		long long bucket = mmt_number(table, row, "bucket");

		if (bucket < 0 || bucket >= WT_BUCKETS ||
		    mmt_number(table, row, "waiters") != waiters[bucket] ||
		    mmt_number(table, row, "folios") != folios[bucket])
			return false;
	}
	return true;
}

static bool try_buckets(struct __test_metadata *_metadata,
			struct test *t)
{
	long long began, blocked, longest;

	if (!look(t, &began, &blocked))
		return false;
	if (!buckets_ok(t))
		return false;
	EXPECT_TRUE(mmt_taken_ok(&t->table));
	for (int row = 0; row < t->table.rows; row++) {
		longest = mmt_number(&t->table, row, "longest_wait_ns");
		EXPECT_GE(longest, t->table.before - blocked);
		EXPECT_LE(longest, t->table.after - began);
		EXPECT_EQ(0, mmt_number(&t->table, row, "truncated"));
	}
	return true;
}

/* Others may wait too, and a slow machine may be through before it is asked */
TEST_F(pagewait_table, buckets)
{
	bool ok = false;

	for (int try = 0; !ok && try < 8; try++)
		ok = try_buckets(_metadata, &self->t);
	EXPECT_TRUE(ok);
}

#define HERD 300

static bool try_herd(struct test *t)
{
	struct wt_job job = { .what = wt_read_page, .path = t->device.path,
			      .offset = 1000 * WT_PAGE, .node = -1 };
	bool ok;

	wt_drop(t->device.path);
	if (!wt_tasks_init(&t->tasks))
		return false;
	for (int i = 0; i < HERD; i++)
		if (!wt_task(&t->tasks, &job))
			return false;
	wt_go(&t->tasks);
	/* Looking at each of them would take longer than they wait */
	mmt_sleep_ms(DELAY_MS * 2 / 3);
	ok = mmt_table_read(&t->table, "pagewait/table");
	return !wt_join(&t->tasks) && ok && t->table.rows == 1 &&
	       mmt_number(&t->table, 0, "waiters") == 256;
}

TEST_F(pagewait_table, truncated)
{
	bool ok = false;

	for (int try = 0; !ok && try < 8; try++)
		ok = try_herd(&self->t);
	ASSERT_TRUE(ok);
	EXPECT_EQ(1, mmt_number(&self->t.table, 0, "truncated"));
	EXPECT_EQ(1, mmt_number(&self->t.table, 0, "folios"));
}

TEST_HARNESS_MAIN
