// SPDX-License-Identifier: GPL-2.0-only
/*
 * pagewait/spread against pages that this test waits for, one after the other,
 * and whose buckets it works out itself.
 */
/* First: it asks for all that the C library has */
#include "../kselftest_harness.h"

#include <stdlib.h>

#include "waits.h"

#define PAGES		700
#define FIRST_PAGE	1000

struct test {
	bool loaded;
	struct wt_device device;
	long long before[WT_BUCKETS];
	long long found[WT_BUCKETS];
};

FIXTURE(pagewait_spread) {
	struct test t;
};

FIXTURE_SETUP(pagewait_spread)
{
	if (geteuid())
		SKIP(_exit(MMT_SKIP_STATUS), "must be root");
	if (!wt_device(&self->t.device, 7, 5 * mmt_slowness(), false))
		SKIP(_exit(MMT_SKIP_STATUS), "needs null_blk");
	if (mmt_loaded())
		return;
	ASSERT_TRUE(mmt_load());
	self->t.loaded = true;
}

FIXTURE_TEARDOWN(pagewait_spread)
{
	wt_device_remove(&self->t.device);
	if (self->t.loaded)
		EXPECT_TRUE(mmt_unload());
}

static bool read_spread(long long *episodes)
{
	struct mmt_table table;
	bool ok;

	if (!mmt_table_read(&table, "pagewait/spread"))
		return false;
	ok = table.rows == WT_BUCKETS && mmt_taken_ok(&table);
	for (int row = 0; ok && row < table.rows; row++) {
		ok = mmt_number(&table, row, "bucket") == row;
		episodes[row] = mmt_number(&table, row, "episodes_total");
	}
	mmt_table_free(&table);
	return ok;
}

static int read_pages(int fd, const struct wt_job *job)
{
	struct wt_job page = *job;

	for (int i = 0; i < PAGES; i++) {
		page.offset = (FIRST_PAGE + i) * WT_PAGE;
		if (wt_read_page(fd, &page))
			return 1;
	}
	return 0;
}

static bool wait_for_pages(struct test *t, int readers)
{
	struct wt_job job = { .what = read_pages, .path = t->device.path,
			      .node = -1 };
	struct wt_tasks tasks;

	wt_drop(t->device.path);
	if (!read_spread(t->before) || !wt_tasks_init(&tasks))
		return false;
	for (int i = 0; i < readers; i++)
		if (!wt_task(&tasks, &job))
			return false;
	wt_go(&tasks);
	return !wt_join(&tasks) && read_spread(t->found);
}

/* Episodes that are in another bucket than they should be. They were @sum. */
static long long compare(const struct test *t,
			 unsigned long long base, long long *sum)
{
	long long wanted[WT_BUCKETS] = { 0 }, off = 0;

	for (int i = 0; i < PAGES; i++)
		wanted[wt_bucket(base, wt_pfn(t->device.path,
					      (FIRST_PAGE + i) * WT_PAGE,
					      NULL))]++;
	*sum = 0;
	for (int i = 0; i < WT_BUCKETS; i++) {
		*sum += t->found[i] - t->before[i];
		off += llabs(t->found[i] - t->before[i] - wanted[i]);
	}
	return off;
}

/* A machine that stands still for some requests has their pages there unwaited for. */
static void check_spread(struct __test_metadata *_metadata, struct test *t,
			 int readers, long long bound)
{
	unsigned long long base = wt_base();
	long long sum, off = bound + 1;

	for (int try = 0; off > bound && try < 3; try++) {
		ASSERT_TRUE(wait_for_pages(t, readers));
		if (!base)
			SKIP(return, "needs /proc/kcore and all symbols");
		off = compare(t, base, &sum);
		TH_LOG("%lld episodes of %d pages, %lld in other buckets", sum,
		       PAGES, off);
	}
	EXPECT_GE(bound, off);
}

/* One waiter a page; now and then somebody else waits for a page, too */
TEST_F(pagewait_spread, buckets)
{
	check_spread(_metadata, &self->t, 1, PAGES / 100);
}

/* Herds make no difference, but that two who come at once may count twice */
TEST_F(pagewait_spread, herds)
{
	check_spread(_metadata, &self->t, 4, mmt_slowness() * PAGES / 10);
}

TEST_HARNESS_MAIN
