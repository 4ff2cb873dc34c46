// SPDX-License-Identifier: GPL-2.0-only
/*
 * pagewait/wakes against a probe of tracefs at the same functions, which tells
 * each waiter that was visited and what the kernel decided about him. Collisions
 * are made: of pages that are cached it is known which bucket they are in, and
 * their writeback is waited for. So are refusals, by fighting for a lock.
 */
/* First: it asks for all that the C library has */
#include "../kselftest_harness.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "waits.h"

#define TRACING		"/sys/kernel/tracing/"
#define INSTANCE	TRACING "instances/mmscope_wakes/"
/* It looks at one access of so many, for so many us */
#define KCSAN_SKIP	"/sys/module/kcsan/parameters/skip_watch"
#define KCSAN_DELAY	"/sys/module/kcsan/parameters/udelay_task"
#define CACHED		600
#define DELAY_MS	400
#define HERD		9

#define PG_LOCKED	0

/*
 * What the probe at wake_page_function() shows, and its return value. The lower
 * half of an address tells folios apart, and all of it is no positive number.
 */
#define VISIT "p:mmt/visit wake_page_function folio=-16(%di):u32 " \
	"bit=-8(%di):s32 want=+0(%cx):u32 what=+8(%cx):s32\n"
#define BACK "r:mmt/back wake_page_function ret=$retval:s32\n"

static const char *const columns[] = {
	"calls_total", "visited_total", "other_folio_total", "other_bit_total",
	"refused_total", "woken_total",
};

enum { CALLS, VISITED, OTHER_FOLIO, OTHER_BIT, REFUSED, WOKEN, NR_COLUMNS };

/* Sums, by lock and all others */
struct counts {
	long long lock[NR_COLUMNS];
	long long other[NR_COLUMNS];
};

struct test {
	bool loaded;
	bool tracing;
	struct wt_device device;
	struct wt_tasks tasks;
	struct counts before;
	struct mmt_saved skip;
	struct mmt_saved delay;
};

FIXTURE(pagewait_wakes) {
	struct test t;
};

/* wake_up_page_bit() or folio_wake_bit(), by kernel */
static bool trace_calls(void)
{
	return !mmt_write(TRACING "kprobe_events",
			  "p:mmt/call folio_wake_bit what=%si:s32\n") ||
	       !mmt_write(TRACING "kprobe_events",
			  "p:mmt/call wake_up_page_bit what=%si:s32\n");
}

static bool start_tracing(void)
{
	mkdir(INSTANCE, 0700);
	return trace_calls() && !mmt_write(TRACING "kprobe_events", VISIT) &&
	       !mmt_write(TRACING "kprobe_events", BACK) &&
	       !mmt_write(INSTANCE "buffer_size_kb", "8192") &&
	       !mmt_write(INSTANCE "events/mmt/enable", "1");
}

static bool clear_trace(void)
{
	return mmt_trace_clear(INSTANCE "trace");
}

static void stop_tracing(void)
{
	mmt_write(INSTANCE "events/mmt/enable", "0");
	rmdir(INSTANCE);
	mmt_write(TRACING "kprobe_events", "-:mmt/call\n");
	mmt_write(TRACING "kprobe_events", "-:mmt/visit\n");
	mmt_write(TRACING "kprobe_events", "-:mmt/back\n");
}

static bool read_counts(struct counts *counts)
{
	struct mmt_table table;
	bool ok;

	if (!mmt_table_read(&table, "pagewait/wakes"))
		return false;
	ok = mmt_taken_ok(&table) && table.rows == 4;
	memset(counts, 0, sizeof(*counts));
	for (int row = 0; row < table.rows; row++) {
		bool lock = !strcmp(mmt_text(&table, row, "bit"), "lock");

		for (int i = 0; i < NR_COLUMNS; i++)
			*(lock ? &counts->lock[i] : &counts->other[i]) +=
				mmt_number(&table, row, columns[i]);
	}
	ok = ok && wt_row(&table, "bit", "writeback") >= 0 &&
	     wt_row(&table, "bit", "private_2") >= 0 &&
	     wt_row(&table, "bit", "other") >= 0 &&
	     wt_row(&table, "bit", "lock") >= 0;
	mmt_table_free(&table);
	return ok;
}

static bool since(const struct test *t,
		  struct counts *counts)
{
	if (!read_counts(counts))
		return false;
	for (int i = 0; i < NR_COLUMNS; i++) {
		counts->lock[i] -= t->before.lock[i];
		counts->other[i] -= t->before.other[i];
	}
	return true;
}

/* What the kernel did, as its own probes tell */
static bool read_trace(struct counts *counts)
{
	struct mmt_trace trace;

	memset(counts, 0, sizeof(*counts));
	if (!mmt_trace_read(&trace, INSTANCE "trace"))
		return false;
	for (int i = 0; i < trace.nr; i++) {
		const struct mmt_event *e = &trace.events[i];
		long long what = mmt_event_number(e, "what=");
		long long *to = what == PG_LOCKED ? counts->lock : counts->other;

		if (!strcmp(e->name, "call")) {
			to[CALLS]++;
		} else if (!strcmp(e->name, "visit")) {
			to[VISITED]++;
			if (mmt_event_number(e, "folio=") !=
			    mmt_event_number(e, "want="))
				to[OTHER_FOLIO]++;
			else if (mmt_event_number(e, "bit=") != what)
				to[OTHER_BIT]++;
		} else if (!strcmp(e->name, "back") &&
			   mmt_event_number(e, "ret=") == -1) {
			/* Only who wants to lock can be refused */
			counts->lock[REFUSED]++;
		}
	}
	for (long long *to = counts->lock; to; to = to == counts->lock ?
							   counts->other : NULL)
		to[WOKEN] = to[VISITED] - to[OTHER_FOLIO] - to[OTHER_BIT] -
			    to[REFUSED];
	mmt_trace_free(&trace);
	return true;
}

FIXTURE_SETUP(pagewait_wakes)
{
	if (geteuid())
		SKIP(_exit(MMT_SKIP_STATUS), "must be root");
	if (!wt_device(&self->t.device, 6, DELAY_MS, true))
		SKIP(_exit(MMT_SKIP_STATUS), "needs null_blk");
	if (!mmt_loaded()) {
		ASSERT_TRUE(mmt_load());
		self->t.loaded = true;
	}
	self->t.tracing = !access(TRACING "kprobe_events", F_OK);
	if (self->t.tracing)
		ASSERT_TRUE(start_tracing());
	ASSERT_TRUE(read_counts(&self->t.before));
}

FIXTURE_TEARDOWN(pagewait_wakes)
{
	mmt_restore(&self->t.skip);
	mmt_restore(&self->t.delay);
	stop_tracing();
	wt_device_remove(&self->t.device);
	if (self->t.loaded)
		EXPECT_TRUE(mmt_unload());
}

/*
 * Who is refused is looked up at the function's entry. The lock may be taken or let
 * go until the function looks by itself, and that the probe is there makes this
 * longer.
 */
static bool about_as_many(const struct counts *wanted, const struct counts *found)
{
	long long off = wanted->lock[REFUSED] - found->lock[REFUSED];
	long long of = wanted->lock[WOKEN] + wanted->lock[REFUSED];

	if (off)
		fprintf(stderr, "# %lld of %lld refused, %lld by pagewait/wakes\n",
			wanted->lock[REFUSED], of, found->lock[REFUSED]);
	return llabs(off) * 4 <= of;
}

/* All columns. What is not refused is woken. */
static void check_counts(struct __test_metadata *_metadata,
			 struct test *t)
{
	struct counts found, wanted;

	if (!t->tracing)
		return;
	ASSERT_EQ(0, mmt_write(INSTANCE "tracing_on", "0"));
	ASSERT_TRUE(since(t, &found));
	ASSERT_TRUE(read_trace(&wanted));
	for (int i = CALLS; i <= OTHER_BIT; i++) {
		EXPECT_EQ(wanted.lock[i], found.lock[i]) {
			TH_LOG("lock %s", columns[i]);
		}
		EXPECT_EQ(wanted.other[i], found.other[i]) {
			TH_LOG("other bits %s", columns[i]);
		}
	}
	EXPECT_TRUE(about_as_many(&wanted, &found));
	EXPECT_EQ(0, found.other[REFUSED]);
	EXPECT_EQ(found.lock[VISITED] - found.lock[OTHER_FOLIO] -
		  found.lock[OTHER_BIT] - found.lock[REFUSED],
		  found.lock[WOKEN]);
	EXPECT_EQ(wanted.other[WOKEN], found.other[WOKEN]);
}

/* Many readers of one page: all visited, all woken */
TEST_F(pagewait_wakes, herd)
{
	struct wt_job job = { .what = wt_read_page, .path = self->t.device.path,
			      .offset = 900 * WT_PAGE, .node = -1 };
	struct counts found;

	ASSERT_TRUE(wt_tasks_init(&self->t.tasks));
	for (int i = 0; i < HERD; i++)
		ASSERT_TRUE(wt_task(&self->t.tasks, &job));
	wt_go(&self->t.tasks);
	ASSERT_EQ(0, wt_join(&self->t.tasks));
	ASSERT_TRUE(since(&self->t, &found));
	EXPECT_LT(0, found.lock[WOKEN]);
	EXPECT_GE(HERD, found.lock[WOKEN]);
	check_counts(_metadata, &self->t);
}

/* Two pages of one bucket, other than those tried before; cached by now */
static bool find_pair(const struct test *t, off_t *a,
		      off_t *b)
{
	unsigned long long base = wt_base();
	off_t seen[WT_BUCKETS] = { 0 };

	for (off_t page = 1; base && page < CACHED; page++) {
		int bucket = wt_bucket(base, wt_pfn(t->device.path,
						    page * WT_PAGE, NULL));

		if (seen[bucket]) {
			*a = seen[bucket] * WT_PAGE;
			*b = page * WT_PAGE;
			return true;
		}
		seen[bucket] = page;
	}
	return false;
}

/* Written one by one, so that no two are in one folio */
static bool cache_pages(const char *path)
{
	char buf[WT_PAGE] = { 0 };
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool ok = fd >= 0;

	for (int page = 0; ok && page < CACHED; page++)
		ok = pwrite(fd, buf, sizeof(buf), page * WT_PAGE) == sizeof(buf);
	ok = ok && !fsync(fd);
	if (fd >= 0)
		close(fd);
	return ok;
}

/*
 * One page is written, and half a request later the other. When the first is
 * done, those who wait for the other are visited in vain.
 */
TEST_F(pagewait_wakes, collision)
{
	struct wt_job first = { .what = wt_write_page,
				.path = self->t.device.path, .node = -1 };
	struct wt_job second = first;
	struct counts found = { 0 };
	struct wt_tasks late;

	ASSERT_TRUE(cache_pages(self->t.device.path));
	if (!find_pair(&self->t, &first.offset, &second.offset))
		SKIP(return, "needs /proc/kcore and all symbols");
	ASSERT_TRUE(read_counts(&self->t.before));
	if (self->t.tracing)
		ASSERT_TRUE(clear_trace());
	for (int try = 0; !found.other[OTHER_FOLIO] && try < 8; try++) {
		ASSERT_TRUE(wt_tasks_init(&self->t.tasks));
		ASSERT_TRUE(wt_task(&self->t.tasks, &first));
		wt_go(&self->t.tasks);
		mmt_sleep_ms(DELAY_MS / 2);
		/* Not before: a task would keep the other's gate shut */
		ASSERT_TRUE(wt_tasks_init(&late));
		ASSERT_TRUE(wt_task(&late, &second));
		wt_go(&late);
		ASSERT_EQ(0, wt_join(&self->t.tasks));
		ASSERT_EQ(0, wt_join(&late));
		ASSERT_TRUE(since(&self->t, &found));
	}
	EXPECT_LT(0, found.other[OTHER_FOLIO]);
	check_counts(_metadata, &self->t);
}

/* A page that is being written is locked and unlocked: for the wrong waiter */
TEST_F(pagewait_wakes, other_bit)
{
	struct wt_job job = { .what = wt_write_page, .path = self->t.device.path,
			      .offset = 3 * WT_PAGE, .node = -1 };
	struct counts found = { 0 };
	int fd;

	ASSERT_TRUE(cache_pages(self->t.device.path));
	fd = open(self->t.device.path, O_WRONLY | O_CLOEXEC);
	ASSERT_LE(0, fd);
	for (int try = 0; !found.lock[OTHER_BIT] && try < 8; try++) {
		ASSERT_TRUE(wt_tasks_init(&self->t.tasks));
		ASSERT_TRUE(wt_task(&self->t.tasks, &job));
		wt_go(&self->t.tasks);
		if (wt_all_blocked(&self->t.tasks, 1))
			for (int i = 0; i < 9; i++)
				ASSERT_EQ(1, pwrite(fd, "x", 1, job.offset));
		ASSERT_EQ(0, wt_join(&self->t.tasks));
		ASSERT_TRUE(since(&self->t, &found));
	}
	close(fd);
	EXPECT_LT(0, found.lock[OTHER_BIT]);
	check_counts(_metadata, &self->t);
}

/* Locks and unlocks a page as fast as it can */
static int fight(int fd, const struct wt_job *job)
{
	long long end = mmt_now() + mmt_slowness() * 2 * MMT_SEC;
	char buf[WT_PAGE] = { 0 };

	while (mmt_now() < end)
		if (pwrite(fd, buf, sizeof(buf), job->offset) != sizeof(buf))
			return 1;
	return 0;
}

/*
 * Where tasks fight for a folio its flags change while the probes read where it is:
 * a race that KCSAN shows soon if it looks often and long. By the letter only, so
 * mmscope has to say that it is none (mms_page_nid()).
 */
static void look_closer(struct test *t)
{
	if (!mmt_save(&t->skip, KCSAN_SKIP) || !mmt_save(&t->delay, KCSAN_DELAY))
		return;
	mmt_write_number(KCSAN_SKIP, 200);
	mmt_write_number(KCSAN_DELAY, 300);
}

TEST_F(pagewait_wakes, refused)
{
	struct wt_job job = { .what = fight, .path = self->t.device.path,
			      .offset = 3 * WT_PAGE, .node = -1 };
	struct counts found = { 0 };

	if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
		SKIP(return, "needs two CPUs");
	look_closer(&self->t);
	for (int try = 0; !found.lock[REFUSED] && try < 8; try++) {
		ASSERT_TRUE(wt_tasks_init(&self->t.tasks));
		for (int i = 0; i < 6; i++)
			ASSERT_TRUE(wt_task(&self->t.tasks, &job));
		wt_go(&self->t.tasks);
		ASSERT_EQ(0, wt_join(&self->t.tasks));
		ASSERT_TRUE(since(&self->t, &found));
	}
	EXPECT_LT(0, found.lock[REFUSED]);
	check_counts(_metadata, &self->t);
}

TEST_HARNESS_MAIN
