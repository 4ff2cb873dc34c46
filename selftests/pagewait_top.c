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
		SKIP(_exit(MMT_SKIP_STATUS), "must be root");
	if (!wt_device(&self->t.device, 4, DELAY_MS, true))
		SKIP(_exit(MMT_SKIP_STATUS), "needs null_blk");
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

/* Gives false, too, if a reader came when the page was there already. */
static bool reset_and_read(struct test *t)
{
	struct wt_job job = { .what = wt_read_page, .path = t->device.path,
			      .node = -1 };
	bool blocked;

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
	blocked = wt_all_blocked(&t->tasks, MANY + FEW);
	return !wt_join(&t->tasks) && blocked &&
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

TEST_F(pagewait_top, device)
{
	const struct mmt_table *table = &self->t.table;
	long long began = 0, took;
	int many, few, file;
	bool ok = false;

	for (int try = 0; !ok && try < 8; try++) {
		began = mmt_now();
		ok = reset_and_read(&self->t);
	}
	ASSERT_TRUE(ok);
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

#define SWAPPED_PAGES	8

/* The page in the midst of some, and what the task that reads it back tells */
static struct {
	char *pages;
	char *page;
	long long pfn;
} *swapped;

/*
 * Once it is there: under a lack of memory it could be moved before the test
 * asks, and what was waited for is what the task got.
 */
static int touch(int fd, const struct wt_job *job)
{
	if (__atomic_load_n(swapped->page, __ATOMIC_RELAXED) != 'x')
		return 1;
	swapped->pfn = wt_mapped_pfn(swapped->page);
	return swapped->pfn <= 0;
}

static bool start_swap(const struct wt_device *device)
{
	char *const mkswap[] = { "mkswap", (char *)device->path, NULL };

	return mmt_run(mkswap) == 0 && swapon(device->path, 0) == 0;
}

static bool is_swapped(void)
{
	unsigned char there;

	return !mincore(swapped->page, WT_PAGE, &there) && !there;
}

static bool map_pages(void)
{
	swapped = mmap(NULL, WT_PAGE, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (swapped == MAP_FAILED)
		return false;
	swapped->pages = mmap(NULL, SWAPPED_PAGES * WT_PAGE,
			      PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (swapped->pages == MAP_FAILED)
		return false;
	memset(swapped->pages, 'x', SWAPPED_PAGES * WT_PAGE);
	swapped->page = swapped->pages + SWAPPED_PAGES / 2 * WT_PAGE;
	return true;
}

/*
 * The page is on the slow device, and one task reads it back: for more tasks it
 * would be the kernel's choice how often each waits. Two pages are read at once,
 * so that the neighbour is ours as well: nobody else brings in the page before.
 * One alone would be read in 5.10 and 6.1 without a wait for the page.
 */
static bool wait_for_swap(struct test *t)
{
	struct wt_job job = { .what = touch, .path = "/dev/null", .node = -1 };

	if (!map_pages())
		return false;
	madvise(swapped->pages, SWAPPED_PAGES * WT_PAGE, MADV_PAGEOUT);
	for (int try = 0; !is_swapped() && try < 20; try++) {
		mmt_sleep_ms(DELAY_MS);
		mmt_write(CGROUP "/memory.high", "0");
		mmt_write(CGROUP "/memory.high", "max");
	}
	if (!is_swapped() || mmt_write(MMT_DEBUGFS "/reset", "pagewait") ||
	    !wt_tasks_init(&t->tasks) || !wt_task(&t->tasks, &job))
		return false;
	wt_go(&t->tasks);
	return !wt_join(&t->tasks);
}

static int find_pfn(const struct mmt_table *table, long long pfn)
{
	for (int row = 0; row < table->rows; row++)
		if (mmt_number(table, row, "pfn") == pfn)
			return row;
	return -1;
}

/* The test's other pages may be on the device as well, but are other folios */
TEST_F(pagewait_top, swap)
{
	struct mmt_saved cluster;
	long long began, took, waited;
	bool ok;
	int row;

	if (!enter_cgroup())
		SKIP(return, "needs cgroups of memory");
	if (!start_swap(&self->t.device))
		SKIP(return, "needs swap");
	ASSERT_TRUE(mmt_save(&cluster, MMT_VM "page-cluster"));
	mmt_write(MMT_VM "page-cluster", "1");
	began = mmt_now();
	ok = wait_for_swap(&self->t);
	took = mmt_now() - began;
	mmt_restore(&cluster);
	if (!ok)
		SKIP(return, "the page would not go to swap");
	ASSERT_TRUE(mmt_table_read(&self->t.table, "pagewait/top"));
	row = find_pfn(&self->t.table, swapped->pfn);
	ASSERT_LE(0, row);
	EXPECT_STREQ("folio", mmt_text(&self->t.table, row, "what"));
	EXPECT_STREQ("anon", mmt_text(&self->t.table, row, "dev"));
	EXPECT_STREQ("-", mmt_text(&self->t.table, row, "inode"));
	EXPECT_STREQ("-", mmt_text(&self->t.table, row, "offset_bytes"));
	EXPECT_EQ(1, mmt_number(&self->t.table, row, "waits_total"));
	waited = mmt_number(&self->t.table, row, "waited_ns");
	EXPECT_LE(DELAY_MS / 2 * MMT_MS, waited);
	EXPECT_GE(took, waited);
	EXPECT_EQ(-1, find(&self->t.table, "file", "anon", MMT_UNKNOWN));
}

TEST_HARNESS_MAIN
