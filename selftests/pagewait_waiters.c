// SPDX-License-Identifier: GPL-2.0-only
/*
 * pagewait/waiters against tasks that wait: each is asked in /proc what it
 * sleeps in, and which page it was is asked of its mapping afterwards.
 */
/* First: it asks for all that the C library has */
#include "../kselftest_harness.h"

#include <fcntl.h>
#include <linux/io_uring.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#include "waits.h"

#define CGROUP		"/sys/fs/cgroup/mmscope-test"
#define COMM		"waits \\for"
#define COMM_ESCAPED	"waits\\040\\134for"
#define READERS		6
#define DELAY_MS	700

struct test {
	bool loaded;
	unsigned long long base;
	struct wt_device device;
	char dev[32];
	struct wt_tasks tasks;
	struct mmt_table table;
	long long began;
	long long blocked;
};

FIXTURE(pagewait_waiters) {
	struct test t;
};

FIXTURE_SETUP(pagewait_waiters)
{
	struct stat st;

	if (geteuid())
		SKIP(_exit(MMT_SKIP_STATUS), "must be root");
	if (!wt_device(&self->t.device, 9, DELAY_MS, true))
		SKIP(_exit(MMT_SKIP_STATUS), "needs null_blk");
	self->t.base = wt_base();
	ASSERT_EQ(0, stat(self->t.device.path, &st));
	snprintf(self->t.dev, sizeof(self->t.dev), "%u:%u", major(st.st_rdev),
		 minor(st.st_rdev));
	mkdir(CGROUP, 0700);
	if (mmt_loaded())
		return;
	ASSERT_TRUE(mmt_load());
	self->t.loaded = true;
}

FIXTURE_TEARDOWN(pagewait_waiters)
{
	wt_device_remove(&self->t.device);
	rmdir(CGROUP);
	if (self->t.loaded)
		EXPECT_TRUE(mmt_unload());
}

static long long blocked_by_stat(void)
{
	char *text = mmt_slurp("/proc/stat");
	char *line = text ? strstr(text, "procs_blocked ") : NULL;
	long long n = line ? atoll(line + strlen("procs_blocked ")) : MMT_BAD;

	free(text);
	return n;
}

/* Half of the readers read one page, the others one each */
static off_t place(int reader)
{
	return (reader < READERS / 2 ? 400 : 400 + reader) * WT_PAGE;
}

static bool start(struct test *t)
{
	struct wt_job job = { .what = wt_read_page, .path = t->device.path,
			      .comm = COMM };

	if (!wt_tasks_init(&t->tasks))
		return false;
	for (int i = 0; i < READERS; i++) {
		job.offset = place(i);
		job.node = i < READERS / 2 ? 0 : -1;
		if (i >= READERS / 2 &&
		    mmt_in_list(MMT_NODES "has_memory", 1))
			job.node = i % 2;
		if (!wt_task(&t->tasks, &job))
			return false;
		mmt_write_number(CGROUP "/cgroup.procs", t->tasks.pids[i]);
	}
	return true;
}

/* Takes the table while all wait, and says if they did so all the time. */
static bool look(struct test *t)
{
	long long in_stat = 0;
	bool ok;

	wt_drop(t->device.path);
	if (!start(t))
		return false;
	t->began = mmt_now();
	wt_go(&t->tasks);
	t->blocked = wt_all_blocked(&t->tasks, READERS);
	ok = t->blocked && mmt_table_read(&t->table, "pagewait/waiters");
	if (ok)
		in_stat = blocked_by_stat();
	ok = ok && wt_blocked(&t->tasks) == READERS;
	return ok && t->table.rows == READERS &&
	       in_stat == wt_total(&t->table, "in_iowait");
}

static int row_of(const struct mmt_table *table, pid_t pid)
{
	for (int row = 0; row < table->rows; row++)
		if (mmt_number(table, row, "pid") == pid)
			return row;
	return -1;
}

static void check_place(struct __test_metadata *_metadata,
			const struct test *t, int row,
			off_t offset)
{
	const struct mmt_table *table = &t->table;
	int node = -1;
	long long pfn = wt_pfn(t->device.path, offset, &node);

	EXPECT_EQ(pfn, mmt_number(table, row, "pfn"));
	if (t->base)
		EXPECT_EQ(wt_bucket(t->base, pfn),
			  mmt_number(table, row, "bucket"));
	EXPECT_EQ(node, mmt_number(table, row, "node"));
	EXPECT_STREQ(t->dev, mmt_text(table, row, "dev"));
	EXPECT_STREQ("-", mmt_text(table, row, "inode"));
	EXPECT_EQ(offset, mmt_number(table, row, "offset_bytes"));
}

static void check_task(struct __test_metadata *_metadata,
		       const struct test *t, int row)
{
	const struct mmt_table *table = &t->table;
	struct stat st;

	EXPECT_STREQ("lock", mmt_text(table, row, "bit"));
	EXPECT_STREQ("task", mmt_text(table, row, "kind"));
	EXPECT_STREQ(COMM_ESCAPED, mmt_text(table, row, "comm"));
	EXPECT_EQ(0, stat(CGROUP, &st));
	EXPECT_EQ((long long)st.st_ino, mmt_number(table, row, "cgroup_id"));
	EXPECT_LE(table->before - t->blocked,
		  mmt_number(table, row, "waiting_ns"));
	EXPECT_GE(table->after - t->began,
		  mmt_number(table, row, "waiting_ns"));
	EXPECT_EQ(1, mmt_number(table, row, "in_iowait"));
}

TEST_F(pagewait_waiters, tasks)
{
	pid_t pids[READERS];
	bool ok = false;
	int row;

	for (int try = 0; !ok && try < 8; try++) {
		ok = look(&self->t);
		memcpy(pids, self->t.tasks.pids, sizeof(pids));
		ASSERT_EQ(0, wt_join(&self->t.tasks));
	}
	ASSERT_TRUE(ok);
	EXPECT_TRUE(mmt_taken_ok(&self->t.table));
	for (int i = 0; i < READERS; i++) {
		row = row_of(&self->t.table, pids[i]);
		ASSERT_LE(0, row);
		check_task(_metadata, &self->t, row);
		check_place(_metadata, &self->t, row, place(i));
	}
}

/* A task that waits for its page to be written */
static bool look_writer(struct test *t,
			const struct wt_job *job)
{
	bool ok;

	if (!wt_tasks_init(&t->tasks) || !wt_task(&t->tasks, job))
		return false;
	wt_go(&t->tasks);
	ok = wt_all_blocked(&t->tasks, 1) &&
	     mmt_table_read(&t->table, "pagewait/waiters") &&
	     row_of(&t->table, t->tasks.pids[0]) >= 0;
	return !wt_join(&t->tasks) && ok;
}

TEST_F(pagewait_waiters, writeback)
{
	struct wt_job job = { .what = wt_write_page, .path = self->t.device.path,
			      .offset = 500 * WT_PAGE, .node = -1 };
	bool ok = false;

	for (int try = 0; !ok && try < 8; try++)
		ok = look_writer(&self->t, &job);
	ASSERT_TRUE(ok);
	ASSERT_EQ(1, self->t.table.rows);
	EXPECT_STREQ("writeback", mmt_text(&self->t.table, 0, "bit"));
	EXPECT_STREQ("task", mmt_text(&self->t.table, 0, "kind"));
	check_place(_metadata, &self->t, 0, job.offset);
}

/* One buffered read by io_uring, with nothing but system calls */
static int uring_read(int fd, const struct wt_job *job)
{
	struct io_uring_params params = { 0 };
	static char buf[WT_PAGE];
	struct io_uring_sqe *sqe;
	unsigned int *array;
	char *ring;
	int uring;

	posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM);
	uring = syscall(SYS_io_uring_setup, 4, &params);
	if (uring < 0)
		return 2;
	ring = mmap(NULL, params.sq_off.array + params.sq_entries * 4,
		    PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, uring,
		    IORING_OFF_SQ_RING);
	sqe = mmap(NULL, params.sq_entries * sizeof(*sqe),
		   PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, uring,
		   IORING_OFF_SQES);
	if (ring == MAP_FAILED || sqe == MAP_FAILED)
		return 2;
	memset(sqe, 0, sizeof(*sqe));
	sqe->opcode = IORING_OP_READ;
	sqe->fd = fd;
	sqe->off = job->offset;
	sqe->addr = (unsigned long)buf;
	sqe->len = sizeof(buf);
	array = (unsigned int *)(ring + params.sq_off.array);
	array[0] = 0;
	__atomic_store_n((unsigned int *)(ring + params.sq_off.tail), 1,
			 __ATOMIC_RELEASE);
	return syscall(SYS_io_uring_enter, uring, 1, 1, IORING_ENTER_GETEVENTS,
		       NULL, 0) == 1 ? 0 : 1;
}

/* It cannot be seen to wait for a page but in the table, so: a bit later */
static bool look_uring(struct test *t,
		       const struct wt_job *job)
{
	bool ok;

	wt_drop(t->device.path);
	if (!wt_tasks_init(&t->tasks) || !wt_task(&t->tasks, job))
		return false;
	wt_go(&t->tasks);
	mmt_sleep_ms(DELAY_MS / 2);
	ok = mmt_table_read(&t->table, "pagewait/waiters") &&
	     t->table.rows == 1;
	return !wt_join(&t->tasks) && ok;
}

TEST_F(pagewait_waiters, async)
{
	struct wt_job job = { .what = uring_read, .path = self->t.device.path,
			      .offset = 600 * WT_PAGE, .node = -1 };
	struct io_uring_params params = { 0 };
	bool ok = false;

	if (syscall(SYS_io_uring_setup, 4, &params) < 0)
		SKIP(return, "needs io_uring");
	for (int try = 0; !ok && try < 8; try++)
		ok = look_uring(&self->t, &job);
	ASSERT_TRUE(ok);
	EXPECT_STREQ("lock", mmt_text(&self->t.table, 0, "bit"));
	EXPECT_STREQ("async", mmt_text(&self->t.table, 0, "kind"));
	EXPECT_STREQ("-", mmt_text(&self->t.table, 0, "pid"));
	EXPECT_STREQ("-", mmt_text(&self->t.table, 0, "comm"));
	EXPECT_STREQ("-", mmt_text(&self->t.table, 0, "cgroup_id"));
	EXPECT_STREQ("-", mmt_text(&self->t.table, 0, "waiting_ns"));
	EXPECT_STREQ("-", mmt_text(&self->t.table, 0, "in_iowait"));
	check_place(_metadata, &self->t, 0, job.offset);
}

TEST_HARNESS_MAIN
