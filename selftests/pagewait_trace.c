// SPDX-License-Identifier: GPL-2.0-only
/*
 * The trace event mmscope:mmscope_page_wait against waits that this test makes:
 * those that take longer than the parameter page_wait_us, and no others.
 */
/* First: it asks for all that the C library has */
#include "../kselftest_harness.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "waits.h"

#define INSTANCE	"/sys/kernel/tracing/instances/mmscope_page_wait/"
#define EVENT		INSTANCE "events/mmscope/mmscope_page_wait/"
#define PARAMETER	MMT_PARAMS "/page_wait_us"
#define COMM		"waits:for it"
#define READERS		5
#define DELAY_MS	500
#define SHORT_MS	200

struct test {
	bool loaded;
	struct mmt_saved parameter;
	struct wt_device device;
	char dev[40];
	struct wt_tasks tasks;
	pid_t pids[READERS];
	struct mmt_trace trace;
	long long took;
};

FIXTURE(pagewait_trace) {
	struct test t;
};

static bool start_tracing(void)
{
	mkdir(INSTANCE, 0700);
	return !mmt_write(EVENT "enable", "1");
}

static void stop_tracing(void)
{
	mmt_write(EVENT "enable", "0");
	rmdir(INSTANCE);
}

FIXTURE_SETUP(pagewait_trace)
{
	if (geteuid())
		SKIP(_exit(MMT_SKIP_STATUS), "must be root");
	if (access("/sys/kernel/tracing/events", F_OK))
		SKIP(_exit(MMT_SKIP_STATUS), "needs tracefs with events");
	if (!mmt_loaded()) {
		ASSERT_TRUE(mmt_load());
		self->t.loaded = true;
	}
	ASSERT_TRUE(mmt_save(&self->t.parameter, PARAMETER));
	ASSERT_TRUE(start_tracing());
}

FIXTURE_TEARDOWN(pagewait_trace)
{
	stop_tracing();
	mmt_trace_free(&self->t.trace);
	mmt_restore(&self->t.parameter);
	wt_device_remove(&self->t.device);
	if (self->t.loaded)
		EXPECT_TRUE(mmt_unload());
}

static bool make_device(struct test *t, int delay_ms)
{
	struct stat st;

	wt_device_remove(&t->device);
	if (!wt_device(&t->device, 3, delay_ms, true) ||
	    stat(t->device.path, &st))
		return false;
	snprintf(t->dev, sizeof(t->dev), "dev=%u:%u", major(st.st_rdev),
		 minor(st.st_rdev));
	return true;
}

static off_t place(int task)
{
	return (900 + 3 * task) * WT_PAGE;
}

/* It is opening it that way that does it */
static bool clear_trace(void)
{
	int fd = open(INSTANCE "trace", O_WRONLY | O_TRUNC | O_CLOEXEC);

	return fd >= 0 && !close(fd);
}

/* Tasks of which each does the job at a page of its own; then the trace */
static bool run(struct test *t, int (*what)(int fd, const struct wt_job *job),
		int nr)
{
	struct wt_job job = { .what = what, .path = t->device.path,
			      .node = -1, .comm = COMM };
	long long began;

	mmt_trace_free(&t->trace);
	wt_drop(t->device.path);
	if (!clear_trace() || !wt_tasks_init(&t->tasks))
		return false;
	for (int i = 0; i < nr; i++) {
		job.offset = place(i);
		if (!wt_task(&t->tasks, &job))
			return false;
	}
	memcpy(t->pids, t->tasks.pids, sizeof(t->pids));
	began = mmt_now();
	wt_go(&t->tasks);
	if (wt_join(&t->tasks))
		return false;
	t->took = mmt_now() - began;
	return mmt_trace_read(&t->trace, INSTANCE "trace");
}

/* The events of a task's waits; the last one of them in *@found */
static int events_of(const struct test *t, pid_t pid,
		     const struct mmt_event **found)
{
	int n = 0;

	for (int i = 0; i < t->trace.nr; i++) {
		const struct mmt_event *e = &t->trace.events[i];

		if (!strcmp(e->name, "mmscope_page_wait") &&
		    mmt_event_number(e, "pid=") == pid) {
			*found = e;
			n++;
		}
	}
	return n;
}

static void check_event(struct __test_metadata *_metadata,
			const struct test *t, const char *bit, int task)
{
	const struct mmt_event *e = NULL;
	long long waited, pfn;
	int node = -1;
	bool named;

	/* Its name has a blank in it: the rest stands for itself */
	ASSERT_EQ(1, events_of(t, t->pids[task], &e));
	named = strstr(e->fields, " comm=" COMM " bit=");
	EXPECT_TRUE(named);
	EXPECT_TRUE(mmt_event_is(e, bit));
	waited = mmt_event_number(e, "waited_ns=");
	EXPECT_LE(DELAY_MS / 2 * MMT_MS, waited);
	EXPECT_GE(t->took, waited);
	pfn = wt_pfn(t->device.path, place(task), &node);
	EXPECT_EQ(pfn, mmt_event_number(e, "pfn="));
	EXPECT_EQ(node, mmt_event_number(e, "nid="));
	EXPECT_TRUE(mmt_event_is(e, "owner=device"));
	EXPECT_TRUE(mmt_event_is(e, t->dev));
	EXPECT_EQ(0, mmt_event_number(e, "inode="));
	EXPECT_EQ(place(task) / WT_PAGE, mmt_event_number(e, "index="));
}

TEST_F(pagewait_trace, lock)
{
	if (!make_device(&self->t, DELAY_MS))
		SKIP(return, "needs null_blk");
	ASSERT_EQ(0, mmt_write(PARAMETER, "100000"));
	ASSERT_TRUE(run(&self->t, wt_read_page, READERS));
	for (int i = 0; i < READERS; i++)
		check_event(_metadata, &self->t, "bit=lock", i);
}

TEST_F(pagewait_trace, writeback)
{
	if (!make_device(&self->t, DELAY_MS))
		SKIP(return, "needs null_blk");
	ASSERT_EQ(0, mmt_write(PARAMETER, "100000"));
	ASSERT_TRUE(run(&self->t, wt_write_page, 2));
	for (int i = 0; i < 2; i++)
		check_event(_metadata, &self->t, "bit=writeback", i);
}

/* How many of the readers made an event */
static int seen(const struct test *t)
{
	const struct mmt_event *e;
	int n = 0;

	for (int i = 0; i < READERS; i++)
		n += events_of(t, t->pids[i], &e) == 1;
	return n;
}

TEST_F(pagewait_trace, threshold)
{
	if (!make_device(&self->t, SHORT_MS))
		SKIP(return, "needs null_blk");
	ASSERT_EQ(0, mmt_write(PARAMETER, "10000000"));
	ASSERT_TRUE(run(&self->t, wt_read_page, READERS));
	EXPECT_EQ(0, self->t.trace.nr);
	ASSERT_EQ(0, mmt_write_number(PARAMETER, SHORT_MS * 1000 / 2));
	ASSERT_TRUE(run(&self->t, wt_read_page, READERS));
	EXPECT_EQ(READERS, seen(&self->t));
	ASSERT_EQ(0, mmt_write(EVENT "enable", "0"));
	ASSERT_TRUE(run(&self->t, wt_read_page, READERS));
	EXPECT_EQ(0, self->t.trace.nr);
}

TEST_HARNESS_MAIN
