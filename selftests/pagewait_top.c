// SPDX-License-Identifier: GPL-2.0-only
/*
 * pagewait/top against what this test waits for: two pages of a device, and an
 * anonymous one that is read back from swap.
 */
/* First: it asks for all that the C library has */
#include "../kselftest_harness.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/sysmacros.h>

#include "waits.h"

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif

#define CGROUP		"/sys/fs/cgroup/mmscope-test"
#define MANY		10
#define FEW		3
#define DELAY_MS	400

struct test {
	bool loaded;
	struct wt_device device;
	char dev[32];
	struct wt_tasks tasks;
	struct mmt_table table;
};

FIXTURE(pagewait_top) {
	struct test t;
};

/* For the page to be let go of there must be a lack of memory: in a cgroup */
static bool enter_cgroup(void)
{
	mmt_write("/sys/fs/cgroup/cgroup.subtree_control", "+memory");
	mkdir(CGROUP, 0700);
	return mmt_write_number(CGROUP "/cgroup.procs", getpid()) == 0 &&
	       mmt_read_number(CGROUP "/memory.current") >= 0;
}

static void leave_cgroup(void)
{
	mmt_write_number("/sys/fs/cgroup/cgroup.procs", getpid());
	rmdir(CGROUP);
	mmt_write("/sys/fs/cgroup/cgroup.subtree_control", "-memory");
}

FIXTURE_SETUP(pagewait_top)
{
	struct stat st;

	if (geteuid())
		SKIP(return, "must be root");
	if (!wt_device(&self->t.device, 4, DELAY_MS, true))
		SKIP(return, "needs null_blk");
	ASSERT_EQ(0, stat(self->t.device.path, &st));
	snprintf(self->t.dev, sizeof(self->t.dev), "%u:%u", major(st.st_rdev),
		 minor(st.st_rdev));
	if (!mmt_loaded()) {
		ASSERT_TRUE(mmt_load());
		self->t.loaded = true;
	}
}

FIXTURE_TEARDOWN(pagewait_top)
{
	swapoff(self->t.device.path);
	leave_cgroup();
	wt_device_remove(&self->t.device);
	if (self->t.loaded)
		EXPECT_TRUE(mmt_unload());
}

static bool reset_and_read(struct test *t)
{
	struct wt_job job = { .what = wt_read_page, .path = t->device.path,
			      .node = -1 };

	wt_drop(t->device.path);
	if (mmt_write(MMT_DEBUGFS "/reset", "pagewait") ||
	    !wt_tasks_init(&t->tasks))
		return false;
	for (int i = 0; i < MANY + FEW; i++) {
		job.offset = (i < MANY ? 700 : 800) * WT_PAGE;
		if (!wt_task(&t->tasks, &job))
			return false;
	}
	wt_go(&t->tasks);
	return !wt_join(&t->tasks) &&
	       mmt_table_read(&t->table, "pagewait/top");
}

static int find(const struct mmt_table *table, const char *what,
		const char *dev, long long offset)
{
	for (int row = 0; row < table->rows; row++)
		if (!strcmp(mmt_text(table, row, "what"), what) &&
		    !strcmp(mmt_text(table, row, "dev"), dev) &&
		    mmt_number(table, row, "offset_bytes") == offset)
			return row;
	return -1;
}

static void check_row(struct __test_metadata *_metadata,
		      const struct mmt_table *table, int row, int nr,
		      long long took)
{
	long long waited;

	ASSERT_LE(0, row);
	waited = mmt_number(table, row, "waited_ns");
	EXPECT_STREQ("-", mmt_text(table, row, "inode"));
	EXPECT_STREQ("-", mmt_text(table, row, "pfn"));
	EXPECT_EQ(nr, mmt_number(table, row, "waits_total"));
	EXPECT_LE(nr * DELAY_MS / 2 * MMT_MS, waited);
	EXPECT_GE(nr * took, waited);
	EXPECT_EQ(0, mmt_number(table, row, "error_ns"));
}

TEST_F_TIMEOUT(pagewait_top, device, 100)
{
	const struct mmt_table *table = &self->t.table;
	long long began = mmt_now(), took;
	int many, few, file;

	ASSERT_TRUE(reset_and_read(&self->t));
	took = mmt_now() - began;
	EXPECT_TRUE(mmt_taken_ok(table));
	EXPECT_EQ(3, table->rows);
	many = find(table, "folio", self->t.dev, 700 * WT_PAGE);
	few = find(table, "folio", self->t.dev, 800 * WT_PAGE);
	file = find(table, "file", self->t.dev, MMT_UNKNOWN);
	check_row(_metadata, table, many, MANY, took);
	check_row(_metadata, table, few, FEW, took);
	check_row(_metadata, table, file, MANY + FEW, took);
	EXPECT_EQ(mmt_number(table, many, "waited_ns") +
		  mmt_number(table, few, "waited_ns"),
		  mmt_number(table, file, "waited_ns"));
	/* Most first, of each kind */
	EXPECT_LT(many, few);
	EXPECT_LT(few, file);
}

static char *swapped;

static int touch(int fd, const struct wt_job *job)
{
	return __atomic_load_n(swapped, __ATOMIC_RELAXED) != 'x';
}

static bool start_swap(const struct wt_device *device)
{
	char *const mkswap[] = { "mkswap", (char *)device->path, NULL };

	return mmt_run(mkswap) == 0 && swapon(device->path, 0) == 0;
}

static bool is_swapped(void)
{
	unsigned char there;

	return !mincore(swapped, WT_PAGE, &there) && !there;
}

/* One page of ours is on the slow device; several read it back at once */
static bool wait_for_swap(struct test *t)
{
	struct wt_job job = { .what = touch, .path = "/dev/null", .node = -1 };

	swapped = mmap(NULL, WT_PAGE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (swapped == MAP_FAILED)
		return false;
	*swapped = 'x';
	madvise(swapped, WT_PAGE, MADV_PAGEOUT);
	for (int try = 0; !is_swapped() && try < 20; try++) {
		mmt_sleep_ms(DELAY_MS);
		mmt_write(CGROUP "/memory.high", "0");
		mmt_write(CGROUP "/memory.high", "max");
	}
	if (!is_swapped() || mmt_write(MMT_DEBUGFS "/reset", "pagewait") ||
	    !wt_tasks_init(&t->tasks))
		return false;
	for (int i = 0; i < FEW; i++)
		if (!wt_task(&t->tasks, &job))
			return false;
	wt_go(&t->tasks);
	return !wt_join(&t->tasks);
}

TEST_F_TIMEOUT(pagewait_top, swap, 100)
{
	int row;

	if (!enter_cgroup())
		SKIP(return, "needs cgroups of memory");
	if (!start_swap(&self->t.device))
		SKIP(return, "needs swap");
	if (!wait_for_swap(&self->t))
		SKIP(return, "the page would not go to swap");
	ASSERT_TRUE(mmt_table_read(&self->t.table, "pagewait/top"));
	row = find(&self->t.table, "folio", "anon", MMT_UNKNOWN);
	ASSERT_LE(0, row);
	EXPECT_STREQ("-", mmt_text(&self->t.table, row, "inode"));
	EXPECT_LT(0, mmt_number(&self->t.table, row, "pfn"));
	EXPECT_GE(FEW, mmt_number(&self->t.table, row, "waits_total"));
	EXPECT_EQ(-1, find(&self->t.table, "file", "anon", MMT_UNKNOWN));
}

TEST_HARNESS_MAIN
