// SPDX-License-Identifier: GPL-2.0-only
/*
 * Waits for pages that are moved from node to node, which from 6.1 on begin in
 * a function of their own: against tracefs' probes of that function and of the
 * wakes. The pages are those of a file in tmpfs that others have mapped.
 */
/* First: it asks for all that the C library has */
#include "../kselftest_harness.h"

#include <fcntl.h>
#include <linux/mempolicy.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#include "waits.h"

#define TRACING		"/sys/kernel/tracing/"
#define INSTANCE	TRACING "instances/mmscope_migrate/"
#define PATH		"/dev/shm/mmscope-test"
#define COMM		"touches"
#define PAGES		4
#define TOUCHERS	3
#define SECONDS		4

#define PG_LOCKED	0
#define EXCLUSIVE	1

/* What is visited by a wake: flags and bit of the waiter, and of the wake */
#define VISIT "p:mmg/visit wake_page_function flags=+0(%di):x32 " \
	"folio=-16(%di):u32 bit=-8(%di):s32 want=+0(%cx):u32 what=+8(%cx):s32\n"

struct test {
	bool loaded;
	bool tracing;
	const char *function;
	struct mmt_saved balancing;
	struct stat st;
	char dev[32];
	struct wt_tasks tasks;
	struct mmt_table table;
};

/* Shared with the tasks: are they to end? */
static int *stop;

FIXTURE(pagewait_migrate) {
	struct test t;
};

/* The function that this kernel has; NULL in 5.10, which has none */
static const char *probe_function(void)
{
	static const char *const names[] = {
		"softleaf_entry_wait_on_locked",
		"migration_entry_wait_on_locked",
	};
	char probe[96];

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(probe, sizeof(probe), "p:mmg/begin %s\n", names[i]);
		if (!mmt_write(TRACING "kprobe_events", probe))
			return names[i];
	}
	return NULL;
}

static bool start_tracing(void)
{
	bool ok = !mmt_write(TRACING "kprobe_events", VISIT);

	mkdir(INSTANCE, 0700);
	return ok && !mmt_write(INSTANCE "buffer_size_kb", "16384") &&
	       !mmt_write(INSTANCE "events/mmg/enable", "1");
}

static void stop_tracing(void)
{
	mmt_write(INSTANCE "events/mmg/enable", "0");
	rmdir(INSTANCE);
	mmt_write(TRACING "kprobe_events", "-:mmg/begin\n");
	mmt_write(TRACING "kprobe_events", "-:mmg/visit\n");
}

static bool make_file(struct test *t)
{
	int fd = open(PATH, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	bool ok = fd >= 0 && !ftruncate(fd, PAGES * WT_PAGE) &&
		  !fstat(fd, &t->st);

	if (fd >= 0)
		close(fd);
	snprintf(t->dev, sizeof(t->dev), "%u:%u", major(t->st.st_dev),
		 minor(t->st.st_dev));
	return ok;
}

FIXTURE_SETUP(pagewait_migrate)
{
	if (geteuid())
		SKIP(_exit(MMT_SKIP_STATUS), "must be root");
	if (!mmt_in_list(MMT_NODES "has_memory", 0) ||
	    !mmt_in_list(MMT_NODES "has_memory", 1))
		SKIP(_exit(MMT_SKIP_STATUS), "needs memory on nodes 0 and 1");
	ASSERT_TRUE(make_file(&self->t));
	stop = mmap(NULL, WT_PAGE, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, (void *)stop);
	/* It would move pages, too */
	if (mmt_save(&self->t.balancing, WT_BALANCING))
		mmt_write(WT_BALANCING, "0");
	if (!mmt_loaded()) {
		ASSERT_TRUE(mmt_load());
		self->t.loaded = true;
	}
	self->t.function = probe_function();
	self->t.tracing = start_tracing();
}

FIXTURE_TEARDOWN(pagewait_migrate)
{
	stop_tracing();
	mmt_restore(&self->t.balancing);
	unlink(PATH);
	if (self->t.loaded)
		EXPECT_TRUE(mmt_unload());
}

static bool is_to_stop(void)
{
	return __atomic_load_n(stop, __ATOMIC_RELAXED);
}

static char *map_file(int fd)
{
	char *base = mmap(NULL, PAGES * WT_PAGE, PROT_READ | PROT_WRITE,
			  MAP_SHARED, fd, 0);

	for (int i = 0; base != MAP_FAILED && i < PAGES; i++)
		__atomic_store_n(base + i * WT_PAGE, 'x', __ATOMIC_RELAXED);
	return base == MAP_FAILED ? NULL : base;
}

/* A job: moves all pages to and fro */
static int move(int fd, const struct wt_job *job)
{
	int nodes[PAGES], status[PAGES];
	char *base = map_file(fd);
	void *pages[PAGES];

	for (int node = 0; base && !is_to_stop(); node = !node) {
		for (int i = 0; i < PAGES; i++) {
			pages[i] = base + i * WT_PAGE;
			nodes[i] = node;
		}
		if (syscall(SYS_move_pages, 0, PAGES, pages, nodes, status,
			    MPOL_MF_MOVE_ALL) < 0)
			return 1;
	}
	return !base;
}

/* A job: looks at all pages again and again */
static int touch(int fd, const struct wt_job *job)
{
	char *base = map_file(fd);

	while (base && !is_to_stop())
		for (int i = 0; i < PAGES; i++)
			__atomic_load_n(base + i * WT_PAGE, __ATOMIC_RELAXED);
	return !base;
}

static bool start(struct test *t)
{
	struct wt_job job = { .path = PATH, .node = -1, .comm = COMM };

	__atomic_store_n(stop, 0, __ATOMIC_RELAXED);
	if (mmt_write(MMT_DEBUGFS "/reset", "pagewait") ||
	    !wt_tasks_init(&t->tasks))
		return false;
	for (int i = 0; i < TOUCHERS + 1; i++) {
		job.what = i < TOUCHERS ? touch : move;
		if (!wt_task(&t->tasks, &job))
			return false;
	}
	wt_go(&t->tasks);
	return true;
}

static bool finish(struct test *t)
{
	__atomic_store_n(stop, 1, __ATOMIC_RELAXED);
	return !wt_join(&t->tasks);
}

/* What mmscope's hook at the function has counted */
static long long hook(const char *function, const char *column)
{
	struct mmt_table table;
	long long n = MMT_BAD;

	if (!mmt_table_read(&table, "probes"))
		return n;
	for (int row = 0; row < table.rows; row++)
		if (!strcmp(mmt_text(&table, row, "target"), function))
			n = mmt_number(&table, row, column);
	mmt_table_free(&table);
	return n;
}

/* Waiters for a lock that were woken, by the kernel's own probe */
struct woken {
	long long shared;
	long long exclusive;
	long long begun;
};

static bool read_trace(struct woken *woken)
{
	struct mmt_trace trace;

	memset(woken, 0, sizeof(*woken));
	if (!mmt_trace_read(&trace, INSTANCE "trace"))
		return false;
	for (int i = 0; i < trace.nr; i++) {
		const struct mmt_event *e = &trace.events[i];

		if (!strcmp(e->name, "begin"))
			woken->begun++;
		else if (mmt_event_number(e, "bit=") != PG_LOCKED ||
			 mmt_event_number(e, "what=") != PG_LOCKED ||
			 mmt_event_number(e, "folio=") !=
			 mmt_event_number(e, "want="))
			continue;
		else if (mmt_event_number(e, "flags=") & EXCLUSIVE)
			woken->exclusive++;
		else
			woken->shared++;
	}
	mmt_trace_free(&trace);
	return true;
}

/* Waits for a lock; those whose begin was not seen in *@unseen */
static long long lock_waits(long long *unseen)
{
	struct mmt_table table;
	long long sum = 0;

	*unseen = 0;
	if (!mmt_table_read(&table, "pagewait/latency"))
		return MMT_BAD;
	for (int row = 0; row < table.rows; row++) {
		if (strcmp(mmt_text(&table, row, "bit"), "lock"))
			continue;
		sum += mmt_number(&table, row, "waits_total");
		if (mmt_number(&table, row, "node") == MMT_UNKNOWN)
			*unseen = mmt_number(&table, row, "waits_total");
	}
	mmt_table_free(&table);
	return sum;
}

/*
 * Each wait has a begin and, but for a few that find the page moved already, an
 * end. The reset and the probes of tracefs have nothing between that waits.
 */
TEST_F(pagewait_migrate, accounted)
{
	long long hits, missed = 0, waits, unseen;
	struct woken woken;

	if (!self->t.tracing)
		SKIP(return, "needs tracefs with probes");
	hits = self->t.function ? hook(self->t.function, "hits_total") : 0;
	ASSERT_TRUE(start(&self->t));
	mmt_sleep_ms(SECONDS * 1000);
	ASSERT_TRUE(finish(&self->t));
	ASSERT_EQ(0, mmt_write(INSTANCE "tracing_on", "0"));
	waits = lock_waits(&unseen);
	ASSERT_TRUE(read_trace(&woken));
	if (self->t.function) {
		missed = hook(self->t.function, "missed_total");
		hits = hook(self->t.function, "hits_total") - hits;
		EXPECT_EQ(woken.begun, hits);
	}
	TH_LOG("%lld begun, %lld and %lld woken, %lld waits, %lld unseen, %lld missed",
	       hits, woken.shared, woken.exclusive, waits, unseen, missed);
	EXPECT_LT(20, woken.shared);
	EXPECT_LE(woken.shared, waits);
	EXPECT_GE(woken.shared + woken.exclusive, waits);
	EXPECT_GE(missed + waits / 50, unseen);
}

static bool is_ours(const struct test *t, int row)
{
	return !strcmp(mmt_text(&t->table, row, "dev"), t->dev) &&
	       mmt_number(&t->table, row, "inode") == (long long)t->st.st_ino;
}

/* The one that moves waits too, for who has just touched the page */
static bool is_our_task(const struct test *t, long long pid)
{
	for (int i = 0; i < TOUCHERS + 1; i++)
		if (t->tasks.pids[i] == pid)
			return true;
	return false;
}

/* A waiter for the file, at whatever moment there is one */
static int catch_waiter(struct test *t)
{
	long long end = mmt_now() + 30 * MMT_SEC;

	while (mmt_now() < end) {
		if (!mmt_table_read(&t->table, "pagewait/waiters"))
			return -1;
		for (int row = 0; row < t->table.rows; row++)
			if (is_ours(t, row))
				return row;
		mmt_table_free(&t->table);
	}
	return -1;
}

TEST_F(pagewait_migrate, waiters)
{
	const struct mmt_table *table = &self->t.table;
	long long began = mmt_now(), offset, waiting;
	int row, node;

	ASSERT_TRUE(start(&self->t));
	row = catch_waiter(&self->t);
	EXPECT_LE(0, row);
	if (row >= 0) {
		EXPECT_TRUE(is_our_task(&self->t,
					mmt_number(table, row, "pid")));
		EXPECT_STREQ(COMM, mmt_text(table, row, "comm"));
		EXPECT_STREQ("task", mmt_text(table, row, "kind"));
		EXPECT_STREQ("lock", mmt_text(table, row, "bit"));
		offset = mmt_number(table, row, "offset_bytes");
		EXPECT_EQ(0, offset % WT_PAGE);
		EXPECT_LE(0, offset);
		EXPECT_GT(PAGES * WT_PAGE, offset);
		node = mmt_number(table, row, "node");
		EXPECT_TRUE(node == 0 || node == 1);
		waiting = mmt_number(table, row, "waiting_ns");
		EXPECT_LE(0, waiting);
		EXPECT_GT(table->after - began, waiting);
	}
	EXPECT_TRUE(finish(&self->t));
}

/* Pages of a file are in there by their place in it, wherever they are moved */
TEST_F(pagewait_migrate, top)
{
	const struct mmt_table *table = &self->t.table;
	long long all, unseen, by_place = 0, by_file = 0;
	int places = 0, files = 0;

	ASSERT_TRUE(start(&self->t));
	mmt_sleep_ms(SECONDS * 1000);
	ASSERT_TRUE(finish(&self->t));
	all = lock_waits(&unseen);
	ASSERT_TRUE(mmt_table_read(&self->t.table, "pagewait/top"));
	for (int row = 0; row < table->rows; row++) {
		long long waits = mmt_number(table, row, "waits_total");

		if (!is_ours(&self->t, row))
			continue;
		EXPECT_STREQ("-", mmt_text(table, row, "pfn"));
		if (!strcmp(mmt_text(table, row, "what"), "file")) {
			files++;
			by_file += waits;
			EXPECT_STREQ("-", mmt_text(table, row, "offset_bytes"));
		} else {
			places++;
			by_place += waits;
			EXPECT_GT(PAGES * WT_PAGE,
				  mmt_number(table, row, "offset_bytes"));
		}
	}
	TH_LOG("%lld waits, %lld by file, %lld in %d places", all, by_file,
	       by_place, places);
	EXPECT_EQ(1, files);
	EXPECT_LT(0, places);
	EXPECT_GE(PAGES, places);
	EXPECT_EQ(by_file, by_place);
	EXPECT_LT(0, by_file);
	EXPECT_GE(all, by_file);
}

TEST_HARNESS_MAIN
