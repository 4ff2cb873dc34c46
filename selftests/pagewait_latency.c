// SPDX-License-Identifier: GPL-2.0-only
/*
 * pagewait/latency against a device whose requests take a known time, and
 * against the test's own count of waits: with 120 readers, too, whose waits and
 * wakes the hooks and pagewait/wakes must all have seen.
 */
/* First: it asks for all that the C library has */
#include "../kselftest_harness.h"

#include "waits.h"

#define DELAY_MS	(400 * mmt_slowness())
#define TASKS		5
#define HERD		120
#define ROUNDS		4

struct test {
	bool loaded;
	struct wt_device device;
	struct wt_tasks tasks;
};

FIXTURE(pagewait_latency) {
	struct test t;
};

FIXTURE_SETUP(pagewait_latency)
{
	if (geteuid())
		SKIP(_exit(MMT_SKIP_STATUS), "must be root");
	if (!wt_device(&self->t.device, 8, DELAY_MS, true))
		SKIP(_exit(MMT_SKIP_STATUS), "needs null_blk");
	if (mmt_loaded())
		return;
	ASSERT_TRUE(mmt_load());
	self->t.loaded = true;
}

FIXTURE_TEARDOWN(pagewait_latency)
{
	wt_device_remove(&self->t.device);
	if (self->t.loaded)
		EXPECT_TRUE(mmt_unload());
}

/* Waits of a bit and node that took so long; -1 for any */
static long long waits(const struct mmt_table *table, const char *bit, int node,
		       long long at_least_ns)
{
	long long sum = 0;

	for (int row = 0; row < table->rows; row++)
		if ((!bit || !strcmp(mmt_text(table, row, "bit"), bit)) &&
		    (node < 0 || mmt_number(table, row, "node") == node) &&
		    mmt_number(table, row, "below_ns") > at_least_ns)
			sum += mmt_number(table, row, "waits_total");
	return sum;
}

/* Powers of two, one after the other; only unseen waits have none */
static bool slots_ok(const struct mmt_table *table)
{
	for (int row = 0; row < table->rows; row++) {
		long long from = mmt_number(table, row, "at_least_ns");
		long long to = mmt_number(table, row, "below_ns");

		if (from == MMT_UNKNOWN && to == MMT_UNKNOWN &&
		    mmt_number(table, row, "node") == MMT_UNKNOWN)
			continue;
		if (from <= 0 || (from & (from - 1)) || to != 2 * from)
			return false;
	}
	return true;
}

static bool read_latency(struct mmt_table *table)
{
	return mmt_table_read(table, "pagewait/latency") && slots_ok(table) &&
	       mmt_taken_ok(table);
}

/*
 * As many tasks, each with a page of its own. Gives how long it took at most, 0 if
 * they were not all seen waiting.
 */
static long long run(struct test *t, struct wt_job *job)
{
	long long began;
	bool blocked;

	wt_drop(t->device.path);
	if (!wt_tasks_init(&t->tasks))
		return 0;
	for (int i = 0; i < TASKS; i++) {
		job->offset = (200 + i) * WT_PAGE;
		if (!wt_task(&t->tasks, job))
			return 0;
	}
	began = mmt_now();
	wt_go(&t->tasks);
	blocked = wt_all_blocked(&t->tasks, TASKS);
	return wt_join(&t->tasks) || !blocked ? 0 : mmt_now() - began;
}

/*
 * A wait takes as long as the request, unless the waiter came late; and less than
 * all of it.
 */
static void check(struct __test_metadata *_metadata, const char *bit, int node,
		  const struct mmt_table *before, const struct mmt_table *after,
		  long long took)
{
	EXPECT_EQ(TASKS, waits(after, bit, node, -1) -
			 waits(before, bit, node, -1));
	EXPECT_EQ(TASKS, waits(after, bit, node, DELAY_MS * MMT_MS / 2) -
			 waits(before, bit, node, DELAY_MS * MMT_MS / 2));
	EXPECT_EQ(waits(before, bit, node, 2 * took),
		  waits(after, bit, node, 2 * took));
}

/* On a slow machine a task may come when its page is there already. */
static void check_job(struct __test_metadata *_metadata, struct test *t,
		      struct wt_job *job, const char *bit)
{
	struct mmt_table before = { 0 }, after;
	long long took = 0;

	job->path = t->device.path;
	for (int try = 0; !took && try < 8; try++) {
		mmt_table_free(&before);
		ASSERT_TRUE(read_latency(&before));
		took = run(t, job);
	}
	ASSERT_LT(0, took);
	ASSERT_TRUE(read_latency(&after));
	check(_metadata, bit, job->node, &before, &after, took);
	mmt_table_free(&before);
	mmt_table_free(&after);
}

TEST_F(pagewait_latency, lock)
{
	struct wt_job job = { .what = wt_read_page };

	for (job.node = 0; job.node < 2; job.node++)
		if (mmt_in_list(MMT_NODES "has_memory", job.node))
			check_job(_metadata, &self->t, &job, "lock");
}

TEST_F(pagewait_latency, writeback)
{
	struct wt_job job = { .what = wt_write_page, .node = -1 };

	check_job(_metadata, &self->t, &job, "writeback");
}

/* Hits and misses of a hook of pagewait whose name has this in it */
static long long hits(const char *name, const char *column)
{
	struct mmt_table table;
	long long sum = 0;

	if (!mmt_table_read(&table, "probes"))
		return MMT_BAD;
	for (int row = 0; row < table.rows; row++)
		if (!strcmp(mmt_text(&table, row, "group"), "pagewait") &&
		    strstr(mmt_text(&table, row, "target"), name))
			sum += mmt_number(&table, row, column);
	mmt_table_free(&table);
	return sum;
}

/* Sums of what was seen of waits, each by another hook or table */
struct seen {
	long long begun;
	long long visited;
	long long woken;
	long long waits;
	long long missed;
};

static bool look(struct seen *seen)
{
	struct mmt_table table;

	seen->begun = hits("wait", "hits_total");
	seen->missed = hits("wa", "missed_total");
	if (!mmt_table_read(&table, "pagewait/wakes"))
		return false;
	seen->visited = wt_total(&table, "visited_total") -
			wt_total(&table, "other_folio_total");
	seen->woken = wt_total(&table, "woken_total");
	mmt_table_free(&table);
	if (!read_latency(&table))
		return false;
	seen->waits = wt_total(&table, "waits_total");
	mmt_table_free(&table);
	return true;
}

/* One page, by all readers at once: each waits once, if it was seen waiting. */
static bool herd(struct test *t, off_t offset, bool *all_waited)
{
	struct wt_job job = { .what = wt_read_page, .path = t->device.path,
			      .offset = offset, .node = -1 };

	wt_drop(t->device.path);
	if (!wt_tasks_init(&t->tasks))
		return false;
	for (int i = 0; i < HERD; i++)
		if (!wt_task(&t->tasks, &job))
			return false;
	wt_go(&t->tasks);
	*all_waited = wt_all_blocked(&t->tasks, HERD);
	return !wt_join(&t->tasks);
}

/* What was seen from one look to the next, beside what there is already. */
static void add(struct seen *sum, const struct seen *before,
		const struct seen *after)
{
	sum->begun += after->begun - before->begun;
	sum->visited += after->visited - before->visited;
	sum->woken += after->woken - before->woken;
	sum->waits += after->waits - before->waits;
	sum->missed += after->missed - before->missed;
}

static bool near(long long wanted, long long found, long long off)
{
	return found >= wanted - off && found <= wanted + off;
}

/*
 * A reader that comes after the page is there does not wait: on a slow machine that may
 * happen, and then another page is read.
 */
TEST_F(pagewait_latency, readers)
{
	const long long own = HERD * ROUNDS;
	struct seen before, after, seen = { 0 };
	bool all_waited;
	int rounds = 0;

	for (int try = 0; rounds < ROUNDS && try < 8 * ROUNDS; try++) {
		ASSERT_TRUE(look(&before));
		ASSERT_TRUE(herd(&self->t, (500 + try) * WT_PAGE, &all_waited));
		ASSERT_TRUE(look(&after));
		if (!all_waited)
			continue;
		add(&seen, &before, &after);
		rounds++;
	}
	ASSERT_EQ(ROUNDS, rounds);
	TH_LOG("%lld reads, %lld waits, %lld visits, %lld woken, %lld counted, %lld missed",
	       own, seen.begun, seen.visited, seen.woken, seen.waits, seen.missed);
	EXPECT_TRUE(near(own, seen.begun, seen.missed + own / 50));
	EXPECT_TRUE(near(seen.begun, seen.woken, seen.missed + own / 50));
	EXPECT_TRUE(near(seen.visited, seen.woken, seen.missed));
	EXPECT_TRUE(near(seen.woken, seen.waits, seen.missed));
}

TEST_HARNESS_MAIN
