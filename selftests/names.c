// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names that break a table or a terminal if nobody takes care: a task calls
 * itself whatever it likes. Each must stand in one cell, as what is written
 * beside it here, whichever table it comes to.
 *
 * vm: --nodes 2 --cpus 2 --mem 2G --disk 512M
 */
/* First: it asks for all that the C library has */
#include "../kselftest_harness.h"

#include <sys/mman.h>
#include <sys/prctl.h>

#include "press.h"
#include "waits.h"

#define DELAY_MS	700
#define MIB		1048576
/* Fits above the low mark, of what press_begin() leaves free */
#define CACHE_MIB	32
/* Below the low mark, by more than the CPUs put by, and above the min mark */
#define BELOW_MIB	4
/* For who runs into the low mark: as many bytes as a name can have */
#define WORST		(ARRAY_SIZE(names) - 1)

static const struct {
	const char *name;
	const char *cell;
} names[] = {
	{ "plain", "plain" },
	{ "", "\\000" },
	{ "-", "\\055" },
	{ "--", "--" },
	{ " ", "\\040" },
	{ " a  b ", "\\040a\\040\\040b\\040" },
	{ "a\nb\tc\rd", "a\\012b\\011c\\015d" },
	{ "\\", "\\134" },
	{ "\\012", "\\134012" },
	{ "\001\002\037\177", "\\001\\002\\037\\177" },
	{ "\033[2J\033[31m", "\\033[2J\\033[31m" },
	{ "\033]0;title\a", "\\033]0;title\\007" },
	{ "\200\233\377", "\\200\\233\\377" },
	{ "\302\23331m", "\\302\\23331m" },
	{ "\342\200\256lrtr", "\\342\\200\\256lrtr" },
	{ "\346\274\242e\314\201", "\\346\\274\\242e\\314\\201" },
	{ "<&\"'>]]>", "<&\"'>]]>" },
	{ "node", "node" },
	{ "0", "0" },
	{ "%s%n%d", "%s%n%d" },
	{ "\033\n\\ \377\302\233\342\200\256\t-\a\b\177",
	  "\\033\\012\\134\\040\\377\\302\\233\\342\\200\\256\\011-\\007\\010\\177" },
};

/* Lines of printable ASCII, and nothing else. */
static void check_bytes(struct __test_metadata *_metadata, const char *table)
{
	char path[128], *text;

	snprintf(path, sizeof(path), MMT_DEBUGFS "/%s", table);
	text = mmt_slurp(path);
	ASSERT_NE(NULL, text);
	for (const char *p = text; *p; p++)
		ASSERT_TRUE(*p == '\n' || (*p >= ' ' && *p < 0x7f));
	free(text);
}

/* What stands in the row of a task, NULL if it has none. */
static const char *cell_of(const struct mmt_table *table, const char *pid,
			   const char *comm, pid_t task)
{
	for (int row = 0; row < table->rows; row++)
		if (mmt_number(table, row, pid) == task)
			return mmt_text(table, row, comm);
	return NULL;
}

/* Of tasks that run into the low mark, and so wake kswapd */

FIXTURE(names_press) {
	bool loaded;
	struct press press;
	const char *missing;
};

FIXTURE_SETUP(names_press)
{
	if (geteuid())
		SKIP(_exit(MMT_SKIP_STATUS), "must be root");
	self->missing = press_begin(&self->press);
	if (mmt_loaded())
		return;
	ASSERT_TRUE(mmt_load());
	self->loaded = true;
}

FIXTURE_TEARDOWN(names_press)
{
	press_end(&self->press);
	if (self->loaded)
		EXPECT_TRUE(mmt_unload());
}

/*
 * Something that kswapd can free: after MAX_RECLAIM_RETRIES runs that freed nothing
 * the node is hopeless (balance_pgdat(), mm/vmscan.c), nobody wakes it any more,
 * and those runs are as many as kswapd/runs has room for.
 */
static bool read_cache(const struct press *press)
{
	static char buffer[MIB];

	for (int i = 0; i < CACHE_MIB; i++)
		if (pread(press->disk, buffer, MIB, (off_t)i * MIB) != MIB)
			return false;
	return true;
}

/*
 * All at once, or kswapd would free it as fast as it is taken. In small pages: what
 * a CPU has put by is not counted as free, so that to take it brings nobody nearer
 * to the mark, and later kernels put by huge pages, too (pcp_allowed_order(),
 * mm/page_alloc.c, 6.1).
 */
static int take(const struct press *press)
{
	struct press_look look;
	size_t size;

	prctl(PR_SET_NAME, names[WORST].name);
	prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
	if (!press_bind(press) || !read_cache(press) || !press_look(press, &look))
		return 1;
	size = (look.free - look.low) * getpagesize() + BELOW_MIB * MIB;
	return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE |
		    MAP_ANONYMOUS | MAP_POPULATE, -1, 0) == MAP_FAILED;
}

/* A run comes to its table when it is over. */
static bool has_run_of(pid_t waker)
{
	struct mmt_table table;
	bool found = false;

	for (int i = 0; !found && i < 100 * mmt_slowness(); i++) {
		mmt_sleep_ms(100);
		if (!mmt_table_read(&table, "kswapd/runs"))
			return false;
		found = cell_of(&table, "waker_pid", "waker_comm", waker);
		mmt_table_free(&table);
	}
	return found;
}

static void check_table(struct __test_metadata *_metadata, const char *name,
			const char *pid, const char *comm, pid_t task)
{
	struct mmt_table table;
	const char *cell;

	check_bytes(_metadata, name);
	ASSERT_TRUE(mmt_table_read(&table, name));
	cell = cell_of(&table, pid, comm, task);
	ASSERT_NE(NULL, cell) TH_LOG("%s has no row of it", name);
	EXPECT_STREQ(names[WORST].cell, cell);
	mmt_table_free(&table);
}

/* Somebody else may come first, and who finds kswapd awake wakes nobody. */
TEST_F_TIMEOUT(names_press, wakers, 200)
{
	bool woke = false;
	int status = 0;
	pid_t pid = 0;

	if (self->missing)
		SKIP(return, "%s", self->missing);
	for (int try = 0; !woke && try < 5; try++) {
		pid = fork();
		ASSERT_LE(0, pid);
		if (!pid)
			_exit(take(&self->press));
		ASSERT_EQ(pid, waitpid(pid, &status, 0));
		ASSERT_EQ(0, status);
		woke = has_run_of(pid);
	}
	ASSERT_TRUE(woke);
	check_table(_metadata, "zones/pressed", "pid", "comm", pid);
	check_table(_metadata, "kswapd/wakers", "pid", "comm", pid);
	check_table(_metadata, "kswapd/runs", "waker_pid", "waker_comm", pid);
}

/* Of tasks that wait for pages */

FIXTURE(names_wait) {
	bool loaded;
	struct wt_device device;
	struct wt_tasks tasks;
	struct mmt_table table;
};

FIXTURE_SETUP(names_wait)
{
	if (geteuid())
		SKIP(_exit(MMT_SKIP_STATUS), "must be root");
	if (!wt_device(&self->device, 10, DELAY_MS, true))
		SKIP(_exit(MMT_SKIP_STATUS), "needs null_blk");
	if (mmt_loaded())
		return;
	ASSERT_TRUE(mmt_load());
	self->loaded = true;
}

FIXTURE_TEARDOWN(names_wait)
{
	wt_device_remove(&self->device);
	if (self->loaded)
		EXPECT_TRUE(mmt_unload());
}

/* A task for each name, all of them waiting while the table is read. */
static bool look(struct wt_device *device, struct wt_tasks *tasks,
		 struct mmt_table *table)
{
	struct wt_job job = { .what = wt_read_page, .path = device->path,
			      .node = -1 };

	wt_drop(device->path);
	if (!wt_tasks_init(tasks))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		job.offset = (100 + i) * WT_PAGE;
		job.comm = names[i].name;
		if (!wt_task(tasks, &job))
			return false;
	}
	wt_go(tasks);
	return wt_all_blocked(tasks, ARRAY_SIZE(names)) &&
	       mmt_table_read(table, "pagewait/waiters") &&
	       wt_blocked(tasks) == ARRAY_SIZE(names);
}

TEST_F_TIMEOUT(names_wait, waiters, 200)
{
	pid_t pids[ARRAY_SIZE(names)];
	const char *cell;
	bool ok = false;

	for (int try = 0; !ok && try < 8; try++) {
		ok = look(&self->device, &self->tasks, &self->table);
		if (ok)
			check_bytes(_metadata, "pagewait/waiters");
		memcpy(pids, self->tasks.pids, sizeof(pids));
		ASSERT_EQ(0, wt_join(&self->tasks));
	}
	ASSERT_TRUE(ok);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		cell = cell_of(&self->table, "pid", "comm", pids[i]);
		ASSERT_NE(NULL, cell);
		EXPECT_STREQ(names[i].cell, cell);
	}
	mmt_table_free(&self->table);
}

TEST_HARNESS_MAIN
