// SPDX-License-Identifier: GPL-2.0-only
/*
 * Waits for pages of a regular file: which file, and where in it. The file is
 * in a file system of this test (FUSE), which answers a read when it likes; what
 * device and inode it has stat tells.
 */
/* First: it asks for all that the C library has */
#include "../kselftest_harness.h"

#include <fcntl.h>
#include <linux/fuse.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "waits.h"

#define DIR_PATH	"/tmp/mmscope-test"
#define FILE_PATH	DIR_PATH "/file"
#define INSTANCE	"/sys/kernel/tracing/instances/mmscope_file/"
#define EVENT		INSTANCE "events/mmscope/mmscope_page_wait/"
#define FILE_NODE	2
/* Beyond what a signed number can be, as a file system that hashes has them */
#define FILE_INODE	17429258734719873151ULL
#define FILE_PAGES	64
#define PLACE		(37 * WT_PAGE)
#define READERS		5
#define DELAY_MS	700

struct test {
	bool loaded;
	bool mounted;
	pid_t server;
	struct stat st;
	char dev[40];
	char inode[24];
	struct wt_tasks tasks;
	struct mmt_table table;
};

FIXTURE(pagewait_file) {
	struct test t;
};

/* The file system */

static void set_attr(struct fuse_attr *attr, bool is_file)
{
	memset(attr, 0, sizeof(*attr));
	attr->ino = is_file ? FILE_INODE : FUSE_ROOT_ID;
	attr->mode = is_file ? S_IFREG | 0600 : S_IFDIR | 0700;
	attr->nlink = 1;
	attr->size = is_file ? FILE_PAGES * WT_PAGE : 0;
	attr->blksize = WT_PAGE;
}

static bool reply(int fd, const struct fuse_in_header *in, int error,
		  const void *data, size_t len)
{
	static char buf[sizeof(struct fuse_out_header) + FILE_PAGES * WT_PAGE];
	struct fuse_out_header out = {
		.len = sizeof(out) + len,
		.error = -error,
		.unique = in->unique,
	};

	memcpy(buf, &out, sizeof(out));
	if (len)
		memcpy(buf + sizeof(out), data, len);
	return write(fd, buf, out.len) == out.len;
}

static bool reply_init(int fd, const struct fuse_in_header *in)
{
	const struct fuse_init_in *asked = (const void *)(in + 1);
	struct fuse_init_out out = {
		.major = FUSE_KERNEL_VERSION,
		.minor = FUSE_KERNEL_MINOR_VERSION,
		.flags = asked->flags & FUSE_ASYNC_READ,
		.max_write = WT_PAGE,
		.time_gran = 1,
	};

	return reply(fd, in, 0, &out, sizeof(out));
}

/* There is one file, whatever one asks for */
static bool reply_lookup(int fd, const struct fuse_in_header *in)
{
	struct fuse_entry_out out = {
		.nodeid = FILE_NODE,
		.entry_valid = 3600,
		.attr_valid = 3600,
	};

	set_attr(&out.attr, true);
	return reply(fd, in, 0, &out, sizeof(out));
}

static bool reply_getattr(int fd, const struct fuse_in_header *in)
{
	struct fuse_attr_out out = { .attr_valid = 3600 };

	set_attr(&out.attr, in->nodeid == FILE_NODE);
	return reply(fd, in, 0, &out, sizeof(out));
}

static bool reply_open(int fd, const struct fuse_in_header *in)
{
	struct fuse_open_out out = { .open_flags = FOPEN_KEEP_CACHE };

	return reply(fd, in, 0, &out, sizeof(out));
}

static bool reply_read(int fd, const struct fuse_in_header *in)
{
	static const char zeros[FILE_PAGES * WT_PAGE];
	const struct fuse_read_in *asked = (const void *)(in + 1);

	mmt_sleep_ms(DELAY_MS);
	return reply(fd, in, 0, zeros, asked->size);
}

static bool answer(int fd, const struct fuse_in_header *in)
{
	switch (in->opcode) {
	case FUSE_INIT:
		return reply_init(fd, in);
	case FUSE_LOOKUP:
		return reply_lookup(fd, in);
	case FUSE_GETATTR:
		return reply_getattr(fd, in);
	case FUSE_OPEN:
		return reply_open(fd, in);
	case FUSE_READ:
		return reply_read(fd, in);
	case FUSE_FLUSH:
	case FUSE_RELEASE:
		return reply(fd, in, 0, NULL, 0);
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
	case FUSE_INTERRUPT:
		return true;
	default:
		return reply(fd, in, EOPNOTSUPP, NULL, 0);
	}
}

static void serve(int fd)
{
	static char buf[1 << 17] __attribute__((aligned(8)));

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (read(fd, buf, sizeof(buf)) > 0)
		if (!answer(fd, (const void *)buf))
			_exit(1);
	_exit(0);
}

/* If it ends nobody has the device open any more, and nobody waits for it */
static bool start_server(struct test *t)
{
	int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	char options[96];

	snprintf(options, sizeof(options),
		 "fd=%d,rootmode=40000,user_id=0,group_id=0", fd);
	mkdir(DIR_PATH, 0700);
	t->mounted = fd >= 0 && !mount("mmscope-test", DIR_PATH, "fuse",
				       MS_NOSUID | MS_NODEV, options);
	if (t->mounted) {
		t->server = fork();
		if (!t->server)
			serve(fd);
	}
	if (fd >= 0)
		close(fd);
	return t->mounted && t->server > 0;
}

static void stop_server(struct test *t)
{
	if (t->mounted)
		umount2(DIR_PATH, MNT_DETACH);
	if (t->server > 0) {
		kill(t->server, SIGKILL);
		waitpid(t->server, NULL, 0);
	}
	rmdir(DIR_PATH);
}

FIXTURE_SETUP(pagewait_file)
{
	char *const load[] = { "modprobe", "-q", "fuse", NULL };

	if (geteuid())
		SKIP(_exit(MMT_SKIP_STATUS), "must be root");
	if (access("/dev/fuse", F_OK))
		mmt_run(load);
	/* Each test skips itself: older harnesses run it whatever is said here */
	if (access("/dev/fuse", F_OK))
		return;
	ASSERT_TRUE(start_server(&self->t));
	ASSERT_EQ(0, stat(FILE_PATH, &self->t.st));
	snprintf(self->t.dev, sizeof(self->t.dev), "%u:%u",
		 major(self->t.st.st_dev), minor(self->t.st.st_dev));
	snprintf(self->t.inode, sizeof(self->t.inode), "%llu",
		 (unsigned long long)self->t.st.st_ino);
	if (mmt_loaded())
		return;
	ASSERT_TRUE(mmt_load());
	self->t.loaded = true;
}

FIXTURE_TEARDOWN(pagewait_file)
{
	stop_server(&self->t);
	if (self->t.loaded)
		EXPECT_TRUE(mmt_unload());
}

/* The tests */

static bool start(struct test *t)
{
	struct wt_job job = { .what = wt_read_page, .path = FILE_PATH,
			      .offset = PLACE, .node = -1 };

	wt_drop(FILE_PATH);
	if (mmt_write(MMT_DEBUGFS "/reset", "pagewait") ||
	    !wt_tasks_init(&t->tasks))
		return false;
	for (int i = 0; i < READERS; i++)
		if (!wt_task(&t->tasks, &job))
			return false;
	wt_go(&t->tasks);
	return true;
}

/* The table while all wait */
static bool look(struct test *t)
{
	bool ok = start(t) && wt_all_blocked(&t->tasks, READERS) &&
		  mmt_table_read(&t->table, "pagewait/waiters") &&
		  wt_blocked(&t->tasks) == READERS;

	return !wt_join(&t->tasks) && ok && t->table.rows == READERS;
}

static void check_file(struct __test_metadata *_metadata,
		       const struct test *t, int row)
{
	EXPECT_STREQ(t->dev, mmt_text(&t->table, row, "dev"));
	EXPECT_STREQ(t->inode, mmt_text(&t->table, row, "inode"));
}

TEST_F(pagewait_file, waiters)
{
	const struct mmt_table *table = &self->t.table;
	bool ok = false;
	long long pfn;
	int node = -1;

	if (!self->t.mounted)
		SKIP(return, "needs FUSE");
	for (int try = 0; !ok && try < 8; try++)
		ok = look(&self->t);
	ASSERT_TRUE(ok);
	ASSERT_EQ(FILE_INODE, self->t.st.st_ino);
	pfn = wt_pfn(FILE_PATH, PLACE, &node);
	for (int row = 0; row < READERS; row++) {
		EXPECT_STREQ("task", mmt_text(table, row, "kind"));
		EXPECT_STREQ("lock", mmt_text(table, row, "bit"));
		check_file(_metadata, &self->t, row);
		EXPECT_EQ(PLACE, mmt_number(table, row, "offset_bytes"));
		EXPECT_EQ(pfn, mmt_number(table, row, "pfn"));
		EXPECT_EQ(node, mmt_number(table, row, "node"));
	}
}

static void check_top(struct __test_metadata *_metadata,
		      const struct test *t, int row, long long offset)
{
	ASSERT_LE(0, row);
	check_file(_metadata, t, row);
	EXPECT_EQ(offset, mmt_number(&t->table, row, "offset_bytes"));
	EXPECT_STREQ("-", mmt_text(&t->table, row, "pfn"));
	EXPECT_EQ(READERS, mmt_number(&t->table, row, "waits_total"));
	EXPECT_LE(READERS * DELAY_MS / 2 * MMT_MS,
		  mmt_number(&t->table, row, "waited_ns"));
}

/* On a slow machine a reader may come when the page is there already. */
static bool all_wait(struct test *t)
{
	bool ok = start(t) && wt_all_blocked(&t->tasks, READERS);

	return !wt_join(&t->tasks) && ok;
}

TEST_F(pagewait_file, top)
{
	bool ok = false;

	if (!self->t.mounted)
		SKIP(return, "needs FUSE");
	for (int try = 0; !ok && try < 8; try++)
		ok = all_wait(&self->t);
	ASSERT_TRUE(ok);
	ASSERT_TRUE(mmt_table_read(&self->t.table, "pagewait/top"));
	EXPECT_EQ(2, self->t.table.rows);
	check_top(_metadata, &self->t,
		  wt_row(&self->t.table, "what", "folio"), PLACE);
	check_top(_metadata, &self->t,
		  wt_row(&self->t.table, "what", "file"), MMT_UNKNOWN);
}

static bool record(struct test *t, struct mmt_trace *trace)
{
	bool ok = !mkdir(INSTANCE, 0700) && !mmt_write(EVENT "enable", "1") &&
		  start(t) && !wt_join(&t->tasks) &&
		  mmt_trace_read(trace, INSTANCE "trace");

	mmt_write(EVENT "enable", "0");
	rmdir(INSTANCE);
	return ok;
}

TEST_F(pagewait_file, event)
{
	struct mmt_trace trace;
	char dev[48], inode[32];

	if (!self->t.mounted)
		SKIP(return, "needs FUSE");
	if (access("/sys/kernel/tracing/instances", F_OK))
		SKIP(return, "needs tracefs");
	ASSERT_TRUE(record(&self->t, &trace));
	EXPECT_EQ(READERS, trace.nr);
	snprintf(dev, sizeof(dev), "dev=%s", self->t.dev);
	snprintf(inode, sizeof(inode), "inode=%s", self->t.inode);
	for (int i = 0; i < trace.nr; i++) {
		EXPECT_TRUE(mmt_event_is(&trace.events[i], "owner=file"));
		EXPECT_TRUE(mmt_event_is(&trace.events[i], dev));
		EXPECT_TRUE(mmt_event_is(&trace.events[i], inode));
		EXPECT_EQ(PLACE / WT_PAGE,
			  mmt_event_number(&trace.events[i], "index="));
	}
	mmt_trace_free(&trace);
}

TEST_HARNESS_MAIN
