// SPDX-License-Identifier: GPL-2.0-only
/*
 * All tables of kswapd, against what tracefs recorded of one node's kswapd while
 * the node was pressed, /proc/vmstat, /proc/zoneinfo and /proc/PID.
 *
 * vm: --nodes 2 --cpus 2 --mem 2G --disk 512M
 */
/* First: it asks for all that the C library has */
#include "../kselftest_harness.h"

#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/utsname.h>

#include "kswapd_trace.h"
#include "mmstest.h"
#include "press.h"

#define RESET		MMT_DEBUGFS "/reset"
#define ENABLE		MMT_DEBUGFS "/enable"
#define LRU_GEN		"/sys/kernel/mm/lru_gen/enabled"
#define HUGE		"/sys/kernel/mm/transparent_hugepage/"
#define SWAP		"/dev/disk-swap"

/* Runs that kswapd/runs keeps of a node. */
#define KEPT		16

#define MAX_SEEN	8192

/* Seconds; what really hangs is for the runner to end. */
#define LIMIT		2500

/* Asked for where there are pages enough, but no huge one. */
#define HUGE_ORDER	9

/* mm/internal.h: as many runs in vain, and kswapd gives up */
#define MAX_RECLAIM_RETRIES 16

/* A row of kswapd/nodes while the node is pressed. */
struct seen {
	long long before;
	long long after;
	long long running;
	long long order;
	long long zone;
	long long since;
	long long next_order;
	long long next_zone;
	long long runs;
	long long awake;
};

/* What a child writes that looks all the time, and we read. */
struct watch {
	int nr_seen;
	int nr_looks;
	struct seen seen[MAX_SEEN];
	struct press_look looks[MAX_SEEN];
};

struct vmstat {
	long long pageoutrun;
	long long scanned;
	long long stolen;
	long long quickly;
};

struct test {
	const char *missing;
	bool loaded;
	bool lru_tells;
	struct press press;
	struct watch *watch;
	pid_t watcher;
	pid_t taker;
	bool held_up;
	bool swapped;
	struct mmt_saved lru_gen;
	struct mmt_saved swappiness;
	char huge_enabled[16];
	char huge_defrag[16];
	long long since;
	struct vmstat before;
	struct vmstat after;
	struct kt trace;
	int seen_running;
	int woken;
	int above_low;
};

FIXTURE(kswapd) {
	struct test test;
};

static void stop(pid_t *pid)
{
	if (*pid > 0) {
		kill(*pid, SIGKILL);
		waitpid(*pid, NULL, 0);
	}
	*pid = 0;
}

static long long vmstat_value(const char *text, const char *name)
{
	char what[64];
	const char *p;

	snprintf(what, sizeof(what), "\n%s ", name);
	p = strstr(text, what);
	return p ? strtoll(p + strlen(what), NULL, 10) : MMT_BAD;
}

/*
 * In 7.2 pgscan_kswapd and pgsteal_kswapd are counts of the node (enum
 * node_stat_item), of which each CPU keeps a part to itself until it is asked.
 */
static bool vmstat_read(struct vmstat *vm)
{
	char *refreshed = mmt_slurp("/proc/sys/vm/stat_refresh");
	char *text = mmt_slurp("/proc/vmstat");

	free(refreshed);
	if (!text)
		return false;
	vm->pageoutrun = vmstat_value(text, "pageoutrun");
	vm->scanned = vmstat_value(text, "pgscan_kswapd");
	vm->stolen = vmstat_value(text, "pgsteal_kswapd");
	vm->quickly = vmstat_value(text, "kswapd_low_wmark_hit_quickly") +
		      vmstat_value(text, "kswapd_high_wmark_hit_quickly");
	free(text);
	return vm->pageoutrun >= 0 && vm->scanned >= 0 && vm->stolen >= 0;
}

/* What the file has in brackets. */
static bool choice_of(const char *path, char *out, size_t size)
{
	char *text = mmt_slurp(path);
	char *p = text ? strchr(text, '[') : NULL;

	if (p) {
		p[strcspn(p, "]")] = '\0';
		snprintf(out, size, "%s", p + 1);
	}
	free(text);
	return p;
}

/* A text as tables write it. */
static void escape(const char *text, char *out)
{
	for (; *text; text++)
		if (*text > 0x20 && *text < 0x7f && *text != '\\')
			*out++ = *text;
		else
			out += sprintf(out, "\\%03o", (unsigned char)*text);
	*out = '\0';
}

/* A file of a thread, its last newline cut off; NULL for a thread that is gone. */
static char *proc_file(int pid, const char *name)
{
	char path[64], *text;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	text = mmt_slurp(path);
	if (text && *text)
		text[strlen(text) - 1] = '\0';
	return text;
}

/* What a zone's index is called, the other way round. */
static long long zone_index(const struct press *press, const char *name)
{
	if (!strcmp(name, "-"))
		return MMT_UNKNOWN;
	for (int i = 0; i < MMT_MAX_ZONES; i++)
		if (!strcmp(press->zones[i], name))
			return i;
	return MMT_BAD;
}

static int row_of_node(const struct mmt_table *table, int node)
{
	for (int row = 0; row < table->rows; row++)
		if (mmt_number(table, row, "node") == node)
			return row;
	return -1;
}

/* The watcher */

static bool see_row(const struct press *press, const struct mmt_table *table,
		    int row, struct seen *seen)
{
	if (row < 0)
		return false;
	seen->before = table->before;
	seen->after = table->after;
	seen->running = mmt_number(table, row, "running");
	seen->order = mmt_number(table, row, "run_order");
	seen->zone = zone_index(press, mmt_text(table, row, "run_highest_zone"));
	seen->since = mmt_number(table, row, "run_since_ns");
	seen->next_order = mmt_number(table, row, "next_order");
	seen->next_zone = zone_index(press,
				     mmt_text(table, row, "next_highest_zone"));
	seen->runs = mmt_number(table, row, "runs_total");
	seen->awake = mmt_number(table, row, "awake_ns");
	return true;
}

static bool see(const struct press *press, struct seen *seen)
{
	struct mmt_table table;
	bool ok;

	if (!mmt_table_read(&table, "kswapd/nodes"))
		return false;
	ok = see_row(press, &table, row_of_node(&table, press->node), seen);
	mmt_table_free(&table);
	return ok;
}

/*
 * To where kswapd is not: on its CPU it is seen in a run only when it lets others
 * go first (cond_resched(), mm/vmscan.c).
 */
static void leave_cpus_of(int node)
{
	char path[64];
	cpu_set_t cpus;

	snprintf(path, sizeof(path), MMT_NODES "node%d/cpulist", node);
	if (sched_getaffinity(0, sizeof(cpus), &cpus))
		return;
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &cpus) && mmt_in_list(path, cpu))
			CPU_CLR(cpu, &cpus);
	/* Without any others there is nowhere to go */
	sched_setaffinity(0, sizeof(cpus), &cpus);
}

static pid_t start_watch(struct watch *watch, const struct press *press)
{
	pid_t pid;

	watch->nr_seen = 0;
	watch->nr_looks = 0;
	pid = fork();
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	leave_cpus_of(press->node);
	while (watch->nr_seen < MAX_SEEN && watch->nr_looks < MAX_SEEN) {
		if (press_look(press, &watch->looks[watch->nr_looks]))
			__atomic_fetch_add(&watch->nr_looks, 1, __ATOMIC_RELEASE);
		if (see(press, &watch->seen[watch->nr_seen]))
			__atomic_fetch_add(&watch->nr_seen, 1, __ATOMIC_RELEASE);
		mmt_sleep_ms(6);
	}
	_exit(0);
}

/* Memory of a process of ours, with a name that tables must not break at */

static void touch(size_t size, bool huge)
{
	size_t at, align = 1 << 21;
	char *memory = mmap(NULL, size + align, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return;
	memory += align - (size_t)memory % align;
	madvise(memory, size, huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
	for (at = 0; at < size; at += huge ? align : 4096) {
		*(size_t *)(memory + at) = at + 1;
		if (at % align == 0)
			mmt_sleep_ms(huge ? 20 : 5);
	}
}

static pid_t start_taker(const struct press *press, size_t mib, bool huge)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, "taker \\ of it");
	mmt_write("/proc/self/oom_score_adj", "1000");
	if (press_bind(press))
		touch(mib << 20, huge);
	for (;;)
		pause();
}

/* Asks for a little again and again. */
static pid_t start_asker(const struct press *press, size_t size)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (press_bind(press)) {
		void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE,
				    -1, 0);

		if (memory != MAP_FAILED)
			munmap(memory, size);
	}
	_exit(1);
}

/* Without mmscope_stay again */
static void go_on(struct test *t)
{
	char *const unload[] = { "rmmod", "mmscope_stay", NULL };

	if (t->held_up)
		mmt_run(unload);
	t->held_up = false;
}

/* The fixture */

FIXTURE_SETUP(kswapd)
{
	struct test *t = &self->test;

	if (geteuid()) {
		t->missing = "must be root";
		return;
	}
	if (!mmt_loaded()) {
		ASSERT_TRUE(mmt_load());
		t->loaded = true;
	}
	/* To skip is for the test: the harness of 6.1 goes on to it anyway */
	t->missing = press_begin(&t->press);
	if (t->missing)
		return;
	t->watch = mmap(NULL, sizeof(*t->watch), PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, t->watch);
	ASSERT_TRUE(kt_begin());
	mmt_save(&t->lru_gen, LRU_GEN);
	mmt_save(&t->swappiness, MMT_VM "swappiness");
}

FIXTURE_TEARDOWN(kswapd)
{
	struct test *t = &self->test;

	stop(&t->taker);
	stop(&t->watcher);
	go_on(t);
	press_end(&t->press);
	kt_end();
	kt_free(&t->trace);
	mmt_restore(&t->lru_gen);
	mmt_restore(&t->swappiness);
	if (*t->huge_enabled)
		mmt_write(HUGE "enabled", t->huge_enabled);
	if (*t->huge_defrag)
		mmt_write(HUGE "defrag", t->huge_defrag);
	if (t->swapped)
		swapoff(SWAP);
	mmt_write(ENABLE, "+kswapd");
	if (t->loaded)
		EXPECT_TRUE(mmt_unload());
}

/*
 * In a nap or asleep for good; where it waits in the middle of a run, it cannot be
 * interrupted (reclaim_throttle(), mm/vmscan.c).
 */
static bool all_asleep(void)
{
	struct mmt_table table;
	bool asleep = true;

	if (!mmt_table_read(&table, "kswapd/nodes"))
		return false;
	for (int row = 0; row < table.rows; row++) {
		char *stat = proc_file(mmt_number(&table, row, "pid"), "stat");
		const char *state = stat ? strstr(stat, ") ") : NULL;

		asleep &= state && state[2] == 'S';
		free(stat);
	}
	mmt_table_free(&table);
	return asleep;
}

/* Until no kswapd has done anything for longer than its naps are. */
static bool wait_for_rest(void)
{
	const long long nap = mmt_slowness() * 250 * MMT_MS;
	struct vmstat was, is;
	long long since = mmt_now(), end = since + mmt_slowness() * 20 * MMT_SEC;

	if (!vmstat_read(&was))
		return false;
	while (mmt_now() < end && mmt_now() - since < nap) {
		mmt_sleep_ms(20);
		vmstat_read(&is);
		if (!all_asleep() || memcmp(&was, &is, sizeof(was)))
			since = mmt_now();
		was = is;
	}
	return mmt_now() < end;
}

/* Everything begins at 0 at once, as far as nothing happens meanwhile. */
static bool begin(struct test *t)
{
	struct vmstat after;

	for (int try = 0; try < 10; try++) {
		if (!wait_for_rest() || !vmstat_read(&t->before) || !kt_clear() ||
		    mmt_write(RESET, try % 2 ? "1" : "kswapd"))
			return false;
		t->since = mmt_now();
		if (vmstat_read(&after) &&
		    !memcmp(&after, &t->before, sizeof(after)))
			return true;
	}
	return false;
}

static void log_process(int pid)
{
	char *stat = pid ? proc_file(pid, "stat") : NULL;
	char *wchan = pid ? proc_file(pid, "wchan") : NULL;

	if (stat)
		fprintf(stderr, "# %.32s, waits in %s\n", stat, wchan);
	free(stat);
	free(wchan);
}

/* Where nothing happens any more somebody is stuck, or nobody is pressed. */
static void log_state(const struct test *t)
{
	struct press_look look = {};
	struct vmstat vm = {};

	press_look(&t->press, &look);
	vmstat_read(&vm);
	fprintf(stderr, "# %lld runs; free %lld, min %lld, low %lld, high %lld, hopeless %lld\n",
		vm.pageoutrun - t->before.pageoutrun, look.free, look.min,
		look.low, look.high, look.hopeless);
	log_process(t->press.pid);
	log_process(t->taker);
}

/* Until so many runs have been, or for too long. */
static bool wait_for_runs(const struct test *t, int runs)
{
	long long end = mmt_now() + mmt_slowness() * 90 * MMT_SEC;
	struct vmstat vm = t->before;

	while (mmt_now() < end && vm.pageoutrun < t->before.pageoutrun + runs) {
		mmt_sleep_ms(5);
		vmstat_read(&vm);
	}
	if (vm.pageoutrun >= t->before.pageoutrun + runs)
		return true;
	log_state(t);
	return false;
}

/* At rest in the trace as well: kswapd may be kept from its sleep for long. */
static bool read_trace(struct test *t)
{
	for (int try = 0; try < 20 && wait_for_rest(); try++) {
		kt_free(&t->trace);
		if (!kt_read(&t->trace))
			return false;
		if (kt_at_rest(&t->trace))
			return true;
	}
	return false;
}

/* Lets nothing happen any more, and reads what has been recorded. */
static bool finish(struct test *t)
{
	if (t->press.pid)
		press_hold(&t->press);
	if (t->taker)
		kill(t->taker, SIGSTOP);
	if (!wait_for_rest())
		return false;
	stop(&t->watcher);
	return read_trace(t) && vmstat_read(&t->after);
}

/* kswapd/nodes */

static bool same_as_proc(const struct mmt_table *table, int row)
{
	int pid = mmt_number(table, row, "pid");
	char *comm = proc_file(pid, "comm"), *stat = proc_file(pid, "stat");
	const char *state = stat ? strstr(stat, ") ") : NULL;
	char name[16];
	bool same;

	snprintf(name, sizeof(name), "kswapd%lld",
		 mmt_number(table, row, "node"));
	same = comm && state && !strcmp(comm, name) &&
	       !strncmp(state + 2, mmt_text(table, row, "state"), 1) &&
	       strlen(mmt_text(table, row, "state")) == 1;
	if (!same)
		fprintf(stderr, "# pid %d: %s, %s\n", pid, comm, stat);
	free(comm);
	free(stat);
	return same;
}

static long long cpu_time(int node, const struct mmt_table *table)
{
	int row = row_of_node(table, node);
	char *text = proc_file(mmt_number(table, row, "pid"), "schedstat");
	long long time = text ? strtoll(text, NULL, 10) : MMT_BAD;

	free(text);
	return time;
}

/* While it sleeps it has the same CPU time before and after the table. */
static void check_cpu_time(struct __test_metadata *_metadata, int node,
			   const struct mmt_table *table)
{
	int row = row_of_node(table, node);
	long long before, after;
	struct mmt_table again;

	/* A kernel without SCHED_INFO has nothing to compare with. */
	if (access("/proc/self/schedstat", R_OK))
		return;
	for (int try = 0; try < 10; try++) {
		before = cpu_time(node, table);
		ASSERT_TRUE(mmt_table_read(&again, "kswapd/nodes"));
		row = row_of_node(&again, node);
		ASSERT_LE(0, row);
		after = cpu_time(node, &again);
		ASSERT_LE(before, mmt_number(&again, row, "cpu_time_ns"));
		ASSERT_GE(after, mmt_number(&again, row, "cpu_time_ns"));
		mmt_table_free(&again);
		if (before == after)
			return;
	}
}

static long long unreclaimable(int node)
{
	char *text = mmt_slurp("/proc/zoneinfo"), what[32], *p;
	long long flag = MMT_BAD;

	snprintf(what, sizeof(what), "Node %d, zone", node);
	p = text ? strstr(text, what) : NULL;
	p = p ? strstr(p, "node_unreclaimable:") : NULL;
	if (p)
		flag = strtoll(strchr(p, ':') + 1, NULL, 10);
	free(text);
	return flag;
}

/*
 * A few runs may be in vain where little is left to free, and no file of the
 * kernel tells how many (an event does, 7.2: check_node()); so many that kswapd
 * gives up are told.
 */
static bool failures_ok(long long failures, long long hopeless)
{
	if (hopeless)
		return failures == MAX_RECLAIM_RETRIES;
	return failures >= 0 && failures < MAX_RECLAIM_RETRIES;
}

static void check_threads(struct __test_metadata *_metadata)
{
	struct mmt_table table;
	int nodes = 0;

	ASSERT_TRUE(mmt_table_read(&table, "kswapd/nodes"));
	ASSERT_TRUE(mmt_taken_ok(&table));
	for (int node = 0; node < 1024; node++) {
		int row = row_of_node(&table, node);

		if (!mmt_in_list(MMT_NODES "has_memory", node))
			continue;
		nodes++;
		ASSERT_LE(0, row);
		ASSERT_TRUE(same_as_proc(&table, row));
		check_cpu_time(_metadata, node, &table);
		ASSERT_EQ(unreclaimable(node),
			  mmt_number(&table, row, "hopeless"));
		ASSERT_TRUE(failures_ok(mmt_number(&table, row, "failures"),
					unreclaimable(node)));
	}
	ASSERT_EQ(nodes, table.rows);
	mmt_table_free(&table);
}

static long long sum_of(const struct mmt_table *table, int node,
			const char *column)
{
	long long sum = 0;

	for (int row = 0; row < table->rows; row++)
		if (node < 0 || mmt_number(table, row, "node") == node)
			sum += mmt_number(table, row, column);
	return sum;
}

static long long earlier(long long a, long long b)
{
	return a < b ? a : b;
}

/*
 * Is that how long a node's kswapd has been awake, looked at some time between two
 * moments? Between the bounds are the probes of the trace and those of mmscope.
 */
static bool awake_fits(const struct kt *kt, int node, long long before,
		       long long after, long long awake)
{
	long long least = 0, most = 0, slack = 0;

	for (int i = 0; i < kt->nr_runs; i++) {
		const struct kt_run *run = &kt->runs[i];

		if (run->node != node || run->start.from > after)
			continue;
		if (run->start.to < before)
			least += earlier(run->end.from, before) -
				 run->start.to;
		most += earlier(run->end.to, after) - run->start.from;
		slack += KT_SLACK;
	}
	return awake >= least - slack && awake <= most + slack;
}

static long long traced_reclaimed(const struct kt *kt, int node)
{
	long long sum = 0;

	for (int i = 0; i < kt->nr_runs; i++)
		if (kt->runs[i].node == node)
			sum += kt->runs[i].reclaimed;
	return sum;
}

static bool tells_reclaimed(void)
{
	return !access("/sys/kernel/tracing/events/vmscan/mm_vmscan_balance_pgdat_end",
		       F_OK);
}

static void check_node(struct __test_metadata *_metadata, const struct test *t,
		       const struct mmt_table *table, int row)
{
	const struct kt *kt = &t->trace;
	int node = mmt_number(table, row, "node");

	ASSERT_EQ(0, mmt_number(table, row, "running"));
	ASSERT_EQ(kt_count_wakeups(kt, node, -1, -1, -1),
		  mmt_number(table, row, "wakeups_total"));
	ASSERT_EQ(kt_count_runs(kt, node),
		  mmt_number(table, row, "runs_total"));
	ASSERT_TRUE(awake_fits(kt, node, table->before, table->after,
			       mmt_number(table, row, "awake_ns")));
	ASSERT_EQ(tells_reclaimed() ? traced_reclaimed(kt, node) : MMT_UNKNOWN,
		  mmt_number(table, row, "reclaimed_total"));
	if (kt->failures[node] != KT_UNKNOWN)
		ASSERT_EQ(kt->failures[node],
			  mmt_number(table, row, "failures"));
	if (t->lru_tells)
		return;
	ASSERT_STREQ("-", mmt_text(table, row, "lru_scanned_total"));
	ASSERT_STREQ("-", mmt_text(table, row, "lru_reclaimed_total"));
}

static void check_nodes(struct __test_metadata *_metadata, const struct test *t)
{
	struct mmt_table table;

	check_threads(_metadata);
	ASSERT_TRUE(mmt_table_read(&table, "kswapd/nodes"));
	ASSERT_TRUE(mmt_taken_ok(&table));
	for (int row = 0; row < table.rows; row++)
		check_node(_metadata, t, &table, row);
	ASSERT_EQ(t->after.pageoutrun - t->before.pageoutrun,
		  sum_of(&table, -1, "runs_total"));
	/* Each run ends in a sleep, or in one that somebody cuts short */
	ASSERT_EQ(t->trace.sleeps + t->after.quickly - t->before.quickly,
		  sum_of(&table, -1, "runs_total"));
	if (t->lru_tells) {
		ASSERT_EQ(t->after.scanned - t->before.scanned,
			  sum_of(&table, -1, "lru_scanned_total"));
		ASSERT_EQ(t->after.stolen - t->before.stolen,
			  sum_of(&table, -1, "lru_reclaimed_total"));
	}
	mmt_table_free(&table);
}

/* kswapd/nodes while it runs, against the trace */

/* All of it, of who wants to know what did not fit. */
static void log_trace(struct __test_metadata *_metadata, const struct kt *kt)
{
	for (int i = 0; i < kt->nr_runs; i++) {
		const struct kt_run *run = &kt->runs[i];

		TH_LOG("node %d: run %lld-%lld to %lld-%lld, order %d, zone %d",
		       run->node, run->start.from, run->start.to, run->end.from,
		       run->end.to, run->order, run->zone);
	}
	for (int i = 0; i < kt->nr_asks; i++) {
		const struct kt_ask *ask = &kt->asks[i];

		TH_LOG("node %d: asked %lld-%lld, order %d, zone %d, by %d, woke %lld-%lld",
		       ask->node, ask->call.from, ask->call.to, ask->order,
		       ask->zone, ask->pid, ask->wake.from, ask->wake.to);
	}
}

/* Is a moment that mmscope has noted within a span of the trace? */
static bool is_within(long long at, const struct kt_span *span)
{
	return at >= span->from - KT_SLACK && at <= span->to + KT_SLACK;
}

static bool run_fits(const struct kt_run *run, const struct seen *seen)
{
	return is_within(seen->since, &run->start) &&
	       run->end.to + KT_SLACK > seen->before &&
	       run->zone == seen->zone && run->order == seen->order;
}

/* Does the trace have a run that the read was in all the time? */
static bool runs_then(const struct kt_run *run, const struct seen *seen)
{
	return kt_before(run->start.to, seen->before) &&
	       kt_before(seen->after, run->end.from);
}

static bool seen_fits(const struct kt *kt, int node, const struct seen *seen)
{
	const struct kt_run *run;

	if (seen->running == 1 && seen->since > seen->after)
		return false;
	for (int i = 0; (run = kt_nth_run(kt, node, i)); i++)
		if (seen->running == 1 ? run_fits(run, seen) :
					 runs_then(run, seen))
			return seen->running == 1;
	return seen->running == 0 && seen->order == MMT_UNKNOWN &&
	       seen->zone == MMT_UNKNOWN && seen->since == MMT_UNKNOWN;
}

static void check_seen(struct __test_metadata *_metadata, struct test *t)
{
	const struct watch *watch = t->watch;
	int node = t->press.node, running = 0, asked = 0;

	for (int i = 0; i < watch->nr_seen; i++) {
		const struct seen *seen = &watch->seen[i];

		if (seen->before < t->since)
			continue;
		running += seen->running == 1;
		asked += seen->next_zone >= 0;
		ASSERT_TRUE(seen_fits(&t->trace, node, seen)) {
			TH_LOG("read at %lld: running %lld since %lld, order %lld, zone %lld",
			       seen->before, seen->running, seen->since,
			       seen->order, seen->zone);
			log_trace(_metadata, &t->trace);
		}
		ASSERT_EQ(seen->next_zone == MMT_UNKNOWN,
			  seen->next_order == MMT_UNKNOWN);
		ASSERT_TRUE(kt_next_fits(&t->trace, node, seen->before,
					 seen->after, seen->next_order,
					 seen->next_zone)) {
			TH_LOG("read at %lld: next order %lld, zone %lld",
			       seen->before, seen->next_order,
			       seen->next_zone);
			log_trace(_metadata, &t->trace);
		}
		ASSERT_TRUE(awake_fits(&t->trace, node, seen->before,
				       seen->after, seen->awake));
	}
	TH_LOG("seen %d times, %d running, %d with a request",
	       watch->nr_seen, running, asked);
	t->seen_running += running;
	ASSERT_GT(MAX_SEEN, watch->nr_seen);
}

/*
 * At rest little is in doubt: only somebody who asks for what is there anyway,
 * which wakes no kswapd, and perhaps after the trace has been read.
 */
static void check_next(struct __test_metadata *_metadata, const struct test *t)
{
	struct seen seen;
	struct kt trace;

	ASSERT_TRUE(see(&t->press, &seen));
	ASSERT_EQ(seen.next_zone == MMT_UNKNOWN,
		  seen.next_order == MMT_UNKNOWN);
	ASSERT_TRUE(kt_read(&trace));
	EXPECT_TRUE(kt_next_fits(&trace, t->press.node, seen.before, seen.after,
				 seen.next_order, seen.next_zone)) {
		TH_LOG("at rest: next order %lld, zone %lld", seen.next_order,
		       seen.next_zone);
	}
	kt_free(&trace);
}

/* kswapd/wakeups */

static void check_wakeups(struct __test_metadata *_metadata,
			  const struct test *t)
{
	struct mmt_table table;

	ASSERT_TRUE(mmt_table_read(&table, "kswapd/wakeups"));
	ASSERT_TRUE(mmt_taken_ok(&table));
	ASSERT_LT(0, table.rows);
	for (int row = 0; row < table.rows; row++) {
		const char *name = mmt_text(&table, row, "highest_zone");
		int node = mmt_number(&table, row, "node");
		int order = mmt_number(&table, row, "order");
		int zone = zone_index(&t->press, name);

		ASSERT_LE(0, node);
		ASSERT_LE(0, order);
		ASSERT_LE(0, zone);
		ASSERT_EQ(kt_count_wakeups(&t->trace, node, -1, order, zone),
			  mmt_number(&table, row, "wakeups_total"));
	}
	ASSERT_EQ(kt_count_wakeups(&t->trace, -1, -1, -1, -1),
		  sum_of(&table, -1, "wakeups_total"));
	mmt_table_free(&table);
}

/* kswapd/wakers */

/* The inode of a thread's directory in the cgroup2 hierarchy, if that is known. */
static long long cgroup_of(int pid)
{
	char *text = proc_file(pid, "cgroup"), path[512];
	char *p = text ? strstr(text, "0::/") : NULL;
	struct stat st;
	bool found = false;

	if (p) {
		p[strcspn(p, "\n")] = '\0';
		snprintf(path, sizeof(path), "/sys/fs/cgroup%s", p + 3);
		found = !stat(path, &st);
	}
	free(text);
	return found ? (long long)st.st_ino : MMT_BAD;
}

/* Of a thread that is still there, or an interrupt. */
static void check_thread(struct __test_metadata *_metadata, int pid,
			 const char *comm, const char *cgroup)
{
	char *text = pid > 0 ? proc_file(pid, "comm") : NULL, escaped[80];

	if (!pid) {
		ASSERT_STREQ("[irq]", comm);
		ASSERT_STREQ("-", cgroup);
	}
	if (!text)
		return;
	escape(text, escaped);
	free(text);
	ASSERT_STREQ(escaped, comm);
	if (cgroup_of(pid) != MMT_BAD)
		ASSERT_EQ(cgroup_of(pid), strtoll(cgroup, NULL, 10));
}

static void check_wakers(struct __test_metadata *_metadata, const struct test *t)
{
	const struct press *press = &t->press;
	struct mmt_table table;
	bool ours = false;

	ASSERT_TRUE(mmt_table_read(&table, "kswapd/wakers"));
	ASSERT_TRUE(mmt_taken_ok(&table));
	for (int row = 0; row < table.rows; row++) {
		int node = mmt_number(&table, row, "node");
		int pid = mmt_number(&table, row, "pid");

		ASSERT_LE(0, node);
		ASSERT_LE(0, pid);
		ASSERT_EQ(kt_count_wakeups(&t->trace, node, pid, -1, -1),
			  mmt_number(&table, row, "hits_total"));
		ASSERT_EQ(0, mmt_number(&table, row, "error_total"));
		check_thread(_metadata, pid, mmt_text(&table, row, "comm"),
			     mmt_text(&table, row, "cgroup_id"));
		if (pid && (pid == press->pid || pid == t->taker))
			ours = true;
		if (pid && pid == press->pid && press->cgroup)
			ASSERT_EQ(press->cgroup,
				  mmt_number(&table, row, "cgroup_id"));
	}
	ASSERT_TRUE(ours);
	ASSERT_EQ(kt_count_wakeups(&t->trace, -1, -1, -1, -1),
		  sum_of(&table, -1, "hits_total"));
	mmt_table_free(&table);
}

/* kswapd/runs */

static void check_waker(struct __test_metadata *_metadata,
			const struct mmt_table *table, int row)
{
	long long pid = mmt_number(table, row, "waker_pid");

	check_thread(_metadata, pid, mmt_text(table, row, "waker_comm"),
		     mmt_text(table, row, "waker_cgroup_id"));
	if (pid >= 0)
		return;
	ASSERT_STREQ("-", mmt_text(table, row, "waker_comm"));
	ASSERT_STREQ("-", mmt_text(table, row, "waker_cgroup_id"));
}

/* From its beginning to its end, both as exactly as the trace knows them. */
static bool length_fits(const struct kt_run *run, long long length)
{
	const struct kt_span lengths = {
		.from = run->end.from - run->start.to,
		.to = run->end.to - run->start.from,
	};

	return is_within(length, &lengths);
}

static void check_run(struct __test_metadata *_metadata, const struct test *t,
		      const struct mmt_table *table, int row)
{
	int node = mmt_number(table, row, "node");
	int nth = mmt_number(table, row, "run");
	const char *zone = mmt_text(table, row, "highest_zone");
	const struct kt_run *run = kt_nth_run(&t->trace, node, nth);
	const struct kt_run *last = nth ? kt_nth_run(&t->trace, node, nth - 1) :
					  NULL;

	ASSERT_TRUE(run && run->end.to != KT_NEVER);
	ASSERT_TRUE(is_within(mmt_number(table, row, "start_ns"), &run->start));
	ASSERT_TRUE(length_fits(run, mmt_number(table, row, "length_ns")));
	ASSERT_EQ(run->order, mmt_number(table, row, "order"));
	ASSERT_EQ(run->zone, zone_index(&t->press, zone));
	ASSERT_EQ(run->reclaimed, mmt_number(table, row, "reclaimed_pages"));
	if (!t->lru_tells) {
		ASSERT_STREQ("-", mmt_text(table, row, "lru_scanned_pages"));
		ASSERT_STREQ("-", mmt_text(table, row, "lru_reclaimed_pages"));
	}
	ASSERT_TRUE(kt_waker_fits(&t->trace, run, last,
				  mmt_number(table, row, "waker_pid"))) {
		TH_LOG("run %d since %lld, waker %s", nth, run->start.from,
		       mmt_text(table, row, "waker_pid"));
		log_trace(_metadata, &t->trace);
	}
	check_waker(_metadata, table, row);
}

/* Sums over runs are those over all time while all runs are in the table. */
static void check_sums(struct __test_metadata *_metadata, const struct test *t,
		       const struct mmt_table *runs, int node)
{
	struct mmt_table nodes;
	int row;

	ASSERT_TRUE(mmt_table_read(&nodes, "kswapd/nodes"));
	row = row_of_node(&nodes, node);
	ASSERT_LE(0, row);
	ASSERT_EQ(sum_of(runs, node, "length_ns"),
		  mmt_number(&nodes, row, "awake_ns"));
	if (t->lru_tells) {
		ASSERT_EQ(sum_of(runs, node, "lru_scanned_pages"),
			  mmt_number(&nodes, row, "lru_scanned_total"));
		ASSERT_EQ(sum_of(runs, node, "lru_reclaimed_pages"),
			  mmt_number(&nodes, row, "lru_reclaimed_total"));
	}
	mmt_table_free(&nodes);
}

static void check_runs(struct __test_metadata *_metadata, const struct test *t)
{
	struct mmt_table table;
	int last = -1, nth = 0;

	ASSERT_TRUE(mmt_table_read(&table, "kswapd/runs"));
	ASSERT_TRUE(mmt_taken_ok(&table));
	ASSERT_LT(0, table.rows);
	for (int row = 0; row < table.rows; row++) {
		int node = mmt_number(&table, row, "node");
		int runs = kt_count_runs(&t->trace, node);

		if (node != last)
			nth = runs > KEPT ? runs - KEPT : 0;
		ASSERT_EQ(nth++, mmt_number(&table, row, "run"));
		check_run(_metadata, t, &table, row);
		last = node;
		/* The last one of the node */
		if (nth == runs && runs <= KEPT)
			check_sums(_metadata, t, &table, node);
	}
	for (int node = 0, seen = 0; node <= t->press.node; node++) {
		int runs = kt_count_runs(&t->trace, node);

		seen += runs < KEPT ? runs : KEPT;
		if (node == t->press.node)
			ASSERT_EQ(seen, table.rows);
	}
	mmt_table_free(&table);
}

/* kswapd/run_zones */

/*
 * Were there so many free pages at about that moment? By the looks before and
 * after, with an eighth of the high mark for what happened between.
 */
static bool free_fits(const struct test *t, long long at, long long free)
{
	const struct watch *watch = t->watch;
	long long least = 1LL << 62, most = 0, slack = 0;

	for (int i = 0; i < watch->nr_looks; i++) {
		const struct press_look *look = &watch->looks[i];
		bool before = look->at < at - 60 * MMT_MS;
		bool after = look->at > at + 60 * MMT_MS;

		if (before && i + 1 < watch->nr_looks &&
		    look[1].at < at - 60 * MMT_MS)
			continue;
		if (look->free < least)
			least = look->free;
		if (look->free > most)
			most = look->free;
		slack = look->high / 8;
		if (after)
			break;
	}
	return free >= least - slack && free <= most + slack;
}

static void check_run_zone(struct __test_metadata *_metadata,
			   const struct test *t, const struct mmt_table *table,
			   int row)
{
	const struct press_look *look = &t->watch->looks[t->watch->nr_looks - 1];
	int nth = mmt_number(table, row, "run");
	const struct kt_run *run = kt_nth_run(&t->trace, t->press.node, nth);

	ASSERT_TRUE(run && run->end.to != KT_NEVER);
	ASSERT_STREQ(t->press.zone, mmt_text(table, row, "zone"));
	ASSERT_EQ(look->min, mmt_number(table, row, "min_pages"));
	ASSERT_EQ(look->low, mmt_number(table, row, "low_pages"));
	ASSERT_EQ(look->high, mmt_number(table, row, "high_pages"));
}

struct misfits {
	int rows;
	int before;
	int after;
	int woken;
	int above_low;
};

/* Was a run asked for by somebody who found too little above the low mark? */
static bool found_low(const struct kt *kt, const struct kt_run *run,
		      const struct kt_run *last)
{
	for (int i = 0; i < kt->nr_asks; i++) {
		const struct kt_ask *ask = &kt->asks[i];

		if (ask->woke && ask->node == run->node &&
		    ask->order < HUGE_ORDER &&
		    ask->call.from < run->start.from &&
		    (!last || ask->call.from > last->end.to))
			return run->order < HUGE_ORDER;
	}
	return false;
}

static void count_misfit(const struct test *t, const struct mmt_table *table,
			 int row, struct misfits *misfits)
{
	long long before = mmt_number(table, row, "free_before_pages");
	long long after = mmt_number(table, row, "free_after_pages");
	const struct press_look *look = &t->watch->looks[t->watch->nr_looks - 1];
	int node = t->press.node, nth = mmt_number(table, row, "run");
	const struct kt_run *run = kt_nth_run(&t->trace, node, nth);

	misfits->rows++;
	misfits->before += !free_fits(t, run->start.from, before);
	misfits->after += !free_fits(t, run->end.to, after);
	if (found_low(&t->trace, run,
		      nth ? kt_nth_run(&t->trace, node, nth - 1) : NULL)) {
		misfits->woken++;
		misfits->above_low += before > look->low + look->high / 8;
	}
}

/* Much may happen between two looks, but hardly in more than half of the runs */
static void check_misfits(struct __test_metadata *_metadata,
			  struct test *t, const struct mmt_table *table)
{
	struct misfits misfits = {};

	for (int row = 0; row < table->rows; row++)
		if (mmt_number(table, row, "node") == t->press.node)
			count_misfit(t, table, row, &misfits);
	TH_LOG("looks at %d runs differ before %d and after %d; of %d begun low %d did not",
	       misfits.rows, misfits.before, misfits.after, misfits.woken,
	       misfits.above_low);
	/* Where somebody takes a lot at once looks tell little */
	if (t->taker)
		return;
	ASSERT_GE(misfits.rows / 2 + 1, misfits.before);
	ASSERT_GE(misfits.rows / 2 + 1, misfits.after);
	t->woken += misfits.woken;
	t->above_low += misfits.above_low;
}

static void check_run_zones(struct __test_metadata *_metadata,
			    struct test *t)
{
	int runs = kt_count_runs(&t->trace, t->press.node);
	int nth = runs > KEPT ? runs - KEPT : 0;
	struct mmt_table table;

	ASSERT_TRUE(mmt_table_read(&table, "kswapd/run_zones"));
	ASSERT_TRUE(mmt_taken_ok(&table));
	for (int row = 0; row < table.rows; row++) {
		int node = mmt_number(&table, row, "node");

		ASSERT_LE(0, node);
		if (node != t->press.node)
			continue;
		ASSERT_EQ(nth++, mmt_number(&table, row, "run"));
		check_run_zone(_metadata, t, &table, row);
	}
	ASSERT_EQ(runs, nth);
	check_misfits(_metadata, t, &table);
	mmt_table_free(&table);
}

/* kswapd/run_length */

static int count_lengths(const struct mmt_table *runs, int node,
			 long long at_least, long long below)
{
	int n = 0;

	for (int row = 0; row < runs->rows; row++) {
		long long length = mmt_number(runs, row, "length_ns");

		if (mmt_number(runs, row, "node") == node &&
		    length >= at_least && length < below)
			n++;
	}
	return n;
}

/* Exactly the runs that kswapd/runs has, or more where it has forgotten some. */
static void check_length(struct __test_metadata *_metadata, const struct test *t,
			 const struct mmt_table *lengths, int row,
			 const struct mmt_table *runs)
{
	long long at_least = mmt_number(lengths, row, "at_least_ns");
	long long below = mmt_number(lengths, row, "below_ns");
	long long total = mmt_number(lengths, row, "runs_total");
	int node = mmt_number(lengths, row, "node");
	int n = count_lengths(runs, node, at_least, below);

	ASSERT_LT(0, at_least);
	ASSERT_EQ(0, at_least & (at_least - 1));
	ASSERT_EQ(2 * at_least, below);
	ASSERT_LE(n, total);
	if (kt_count_runs(&t->trace, node) <= KEPT)
		ASSERT_EQ(n, total);
}

static void check_run_length(struct __test_metadata *_metadata,
			     const struct test *t)
{
	struct mmt_table table, runs;

	ASSERT_TRUE(mmt_table_read(&runs, "kswapd/runs"));
	ASSERT_TRUE(mmt_table_read(&table, "kswapd/run_length"));
	ASSERT_TRUE(mmt_taken_ok(&table));
	for (int row = 0; row < table.rows; row++) {
		int node = mmt_number(&table, row, "node");

		ASSERT_EQ(kt_count_runs(&t->trace, node),
			  sum_of(&table, node, "runs_total"));
		check_length(_metadata, t, &table, row, &runs);
	}
	ASSERT_EQ(t->after.pageoutrun - t->before.pageoutrun,
		  sum_of(&table, -1, "runs_total"));
	mmt_table_free(&table);
	mmt_table_free(&runs);
}

static void check_all(struct __test_metadata *_metadata, struct test *t)
{
	const struct kt *kt = &t->trace;

	TH_LOG("%d runs, woken %d times of %d, %lld pages scanned, %lld reclaimed",
	       kt->nr_runs, kt_count_wakeups(kt, -1, -1, -1, -1), kt->nr_asks,
	       t->after.scanned - t->before.scanned,
	       t->after.stolen - t->before.stolen);
	ASSERT_EQ(0, kt->lost);
	check_nodes(_metadata, t);
	check_next(_metadata, t);
	check_wakeups(_metadata, t);
	check_wakers(_metadata, t);
	check_runs(_metadata, t);
	check_run_zones(_metadata, t);
	check_run_length(_metadata, t);
	check_seen(_metadata, t);
}

static void check_empty(struct __test_metadata *_metadata, const char *name)
{
	struct mmt_table table;

	ASSERT_TRUE(mmt_table_read(&table, name));
	ASSERT_EQ(0, table.rows);
	mmt_table_free(&table);
}

/* After a reset, with nothing going on */
static void check_reset(struct __test_metadata *_metadata)
{
	static const char *const totals[] = {
		"running", "wakeups_total", "runs_total", "awake_ns",
	};
	static const char *const tables[] = {
		"kswapd/wakeups", "kswapd/wakers", "kswapd/runs",
		"kswapd/run_zones", "kswapd/run_length",
	};
	struct mmt_table table;

	ASSERT_TRUE(mmt_table_read(&table, "kswapd/nodes"));
	for (size_t i = 0; i < ARRAY_SIZE(totals); i++)
		ASSERT_EQ(0, sum_of(&table, -1, totals[i]));
	mmt_table_free(&table);
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
		check_empty(_metadata, tables[i]);
}

/* So fast that there are about ten runs a second */
static long long rate(const struct press *press)
{
	struct press_look look;

	if (!press_look(press, &look))
		return 1;
	return (look.high - look.low) * 10 / 256 + 1;
}

static bool wait_hopeless(const struct press *press, long long wanted, int ms)
{
	long long end = mmt_now() + ms * MMT_MS;
	struct press_look look = { .hopeless = MMT_BAD };

	while (mmt_now() < end && look.hopeless != wanted) {
		mmt_sleep_ms(20);
		press_look(press, &look);
	}
	return look.hopeless == wanted;
}

/*
 * There is hope again when anybody reclaims something: tasks that get no memory
 * otherwise, or in later kernels, where that has to be while enough is free, who
 * asks for it.
 */
static bool revive(const struct press *press)
{
	char path[64];

	snprintf(path, sizeof(path), MMT_NODES "node%d/reclaim", press->node);
	for (int try = 0; try < 60 * mmt_slowness(); try++) {
		if (wait_hopeless(press, 0, 100))
			return true;
		mmt_write(path, "4M");
	}
	return false;
}

/* After a phase in which all memory was taken, or swap was slow */
static void give_hope(struct __test_metadata *_metadata, struct test *t)
{
	ASSERT_TRUE(press_start(&t->press, 4 * rate(&t->press)));
	ASSERT_TRUE(revive(&t->press));
	press_stop(&t->press);
	ASSERT_TRUE(wait_for_rest());
}

static void start(struct __test_metadata *_metadata, struct test *t)
{
	stop(&t->taker);
	press_stop(&t->press);
	ASSERT_TRUE(wait_for_rest());
	if (unreclaimable(t->press.node))
		give_hope(_metadata, t);
	ASSERT_TRUE(begin(t));
	check_reset(_metadata);
	t->watcher = start_watch(t->watch, &t->press);
	ASSERT_LT(0, t->watcher);
}

static void press_cache(struct __test_metadata *_metadata, struct test *t,
			int runs)
{
	start(_metadata, t);
	ASSERT_TRUE(press_start(&t->press, rate(&t->press)));
	ASSERT_TRUE(wait_for_runs(t, runs));
	ASSERT_TRUE(finish(t));
	check_all(_metadata, t);
}

/* Few runs, so that all are kept, and many */
static void press_twice(struct __test_metadata *_metadata, struct test *t)
{
	int runs;

	for (int try = 0; try < 5; try++) {
		press_cache(_metadata, t, 3);
		runs = kt_count_runs(&t->trace, t->press.node);
		if (runs <= KEPT)
			break;
	}
	ASSERT_GE(KEPT, runs);
	press_cache(_metadata, t, 20);
	ASSERT_LT(KEPT, kt_count_runs(&t->trace, t->press.node));
}

/* Has the multi-generational LRU an event when it isolates pages? 6.1 has not. */
static bool lru_gen_tells(void)
{
	struct utsname name;
	char *minor;
	long major;

	uname(&name);
	major = strtol(name.release, &minor, 10);
	return major * 100 + strtol(minor + 1, NULL, 10) >= 612;
}

/* One LRU or the other, where there are two */
static void choose_lru(struct __test_metadata *_metadata, struct test *t,
		       bool gen)
{
	t->lru_tells = !gen || lru_gen_tells();
	if (t->lru_gen.path)
		ASSERT_EQ(0, mmt_write(LRU_GEN, gen ? "y" : "n"));
}

/* Memory of processes goes to swap, and a second one wakes kswapd. */
static void press_swap(struct __test_metadata *_metadata, struct test *t)
{
	char *const argv[] = { "mkswap", SWAP, NULL };

	if (access(SWAP, W_OK) || mmt_run(argv) || swapon(SWAP, 0)) {
		TH_LOG("no swap");
		return;
	}
	t->swapped = true;
	ASSERT_EQ(0, mmt_write(MMT_VM "swappiness", "100"));
	start(_metadata, t);
	t->taker = start_taker(&t->press, t->press.managed / 9 / 256, false);
	ASSERT_LT(0, t->taker);
	ASSERT_TRUE(press_start(&t->press, rate(&t->press)));
	ASSERT_TRUE(wait_for_runs(t, 5));
	ASSERT_TRUE(finish(t));
	check_all(_metadata, t);
}

static void press_from_two(struct __test_metadata *_metadata, struct test *t)
{
	start(_metadata, t);
	ASSERT_TRUE(press_start(&t->press, 4 * rate(&t->press)));
	t->taker = start_asker(&t->press, 8 << 20);
	ASSERT_LT(0, t->taker);
	ASSERT_TRUE(wait_for_runs(t, 12));
	ASSERT_TRUE(finish(t));
	check_all(_metadata, t);
}

/*
 * Who wakes it is held up where he has seen it asleep, and it in its run: so some
 * come when another one has woken it. The trace's own probes are met after that, for
 * a kprobe's handlers are run from the last one to the first (add_new_kprobe(),
 * kernel/kprobes.c).
 */
static void press_late(struct __test_metadata *_metadata, struct test *t)
{
	char *const load[] = { "modprobe", "mmscope_stay",
		"at=__traceiter_mm_vmscan_wakeup_kswapd,balance_pgdat",
		"ms=20,80", NULL };
	int late = 0;

	if (mmt_run(load)) {
		TH_LOG("no mmscope_stay");
		return;
	}
	t->held_up = true;
	for (int try = 0; try < 8 && !late; try++) {
		press_from_two(_metadata, t);
		late = kt_count_late(&t->trace);
		TH_LOG("woken too late %d times", late);
	}
	ASSERT_LT(0, late);
	go_on(t);
}

/* Huge pages are asked for where there are none left. */
static void press_huge(struct __test_metadata *_metadata, struct test *t)
{
	if (!choice_of(HUGE "enabled", t->huge_enabled, sizeof(t->huge_enabled)) ||
	    !choice_of(HUGE "defrag", t->huge_defrag, sizeof(t->huge_defrag))) {
		TH_LOG("no transparent huge pages");
		return;
	}
	ASSERT_EQ(0, mmt_write(HUGE "enabled", "madvise"));
	ASSERT_EQ(0, mmt_write(HUGE "defrag", "defer"));
	start(_metadata, t);
	ASSERT_TRUE(press_start(&t->press, rate(&t->press)));
	ASSERT_TRUE(wait_for_runs(t, 2));
	t->taker = start_taker(&t->press, t->press.managed / 10 / 256, true);
	ASSERT_LT(0, t->taker);
	ASSERT_TRUE(wait_for_runs(t, 6));
	ASSERT_TRUE(finish(t));
	TH_LOG("woken %d times for huge pages",
	       kt_count_wakeups(&t->trace, t->press.node, -1, HUGE_ORDER,
				-1));
	check_all(_metadata, t);
}

/* Nothing is left that can be reclaimed, but marks say it must. */
static void press_hopeless(struct __test_metadata *_metadata, struct test *t)
{
	struct press *press = &t->press;
	struct press_look look;

	stop(&t->taker);
	press_stop(press);
	press_drop(press);
	if (t->swapped && !swapoff(SWAP))
		t->swapped = false;
	mmt_write(MMT_VM "drop_caches", "3");
	start(_metadata, t);
	ASSERT_TRUE(press_look(press, &look));
	ASSERT_TRUE(press_set_min(press, look.free - look.free / 10));
	t->taker = start_taker(press, 4, false);
	ASSERT_TRUE(wait_hopeless(press, 1, mmt_slowness() * 20000));
	ASSERT_TRUE(finish(t));
	ASSERT_EQ(1, unreclaimable(press->node));
	check_all(_metadata, t);
	ASSERT_TRUE(press_set_min(press, press->managed / 60));
	give_hope(_metadata, t);
	check_threads(_metadata);
}

/* Looks until kswapd is in a run. */
static bool see_running(const struct test *t, struct seen *seen)
{
	long long end = mmt_now() + 60 * MMT_SEC;
	cpu_set_t cpus;
	bool ok;

	sched_getaffinity(0, sizeof(cpus), &cpus);
	leave_cpus_of(t->press.node);
	do {
		ok = see(&t->press, seen);
	} while (ok && seen->running != 1 && mmt_now() < end);
	sched_setaffinity(0, sizeof(cpus), &cpus);
	if (ok && seen->running == 1)
		return true;
	log_state(t);
	return false;
}

/* A run that began before a reset counts from there on. */
static void reset_in_run(struct __test_metadata *_metadata, struct test *t)
{
	struct seen seen;

	for (int try = 0; try < 10; try++) {
		long long before;

		ASSERT_TRUE(see_running(t, &seen));
		before = mmt_now();
		ASSERT_EQ(0, mmt_write(RESET, "kswapd"));
		ASSERT_TRUE(see(&t->press, &seen));
		ASSERT_LE(0, seen.awake);
		ASSERT_GE(seen.after - before, seen.awake);
	}
}

/* What is off in the middle of a run has no end of it, and no stale beginning. */
static void off_in_run(struct __test_metadata *_metadata, struct test *t)
{
	struct seen seen, later;

	for (int try = 0; try < 10; try++) {
		ASSERT_TRUE(see_running(t, &seen));
		ASSERT_EQ(0, mmt_write(ENABLE, "-kswapd +kswapd"));
		ASSERT_TRUE(see(&t->press, &later));
		if (later.running)
			ASSERT_LT(seen.after, later.since);
	}
	ASSERT_TRUE(see_running(t, &seen));
	ASSERT_EQ(0, mmt_write(ENABLE, "-kswapd"));
	ASSERT_TRUE(see(&t->press, &seen));
	ASSERT_TRUE(vmstat_read(&t->before));
	ASSERT_TRUE(wait_for_runs(t, 5));
	ASSERT_TRUE(see(&t->press, &later));
	ASSERT_EQ(0, later.running);
	ASSERT_EQ(MMT_UNKNOWN, later.order);
	ASSERT_EQ(MMT_UNKNOWN, later.zone);
	ASSERT_EQ(MMT_UNKNOWN, later.since);
	ASSERT_EQ(seen.runs, later.runs);
	ASSERT_EQ(seen.awake, later.awake);
}

/* On again, it knows only what has been since. */
static void on_again(struct __test_metadata *_metadata, struct test *t)
{
	struct mmt_table table;
	struct seen seen;
	long long on;
	int row;

	ASSERT_TRUE(wait_for_rest());
	ASSERT_TRUE(see(&t->press, &seen));
	on = mmt_now();
	ASSERT_EQ(0, mmt_write(ENABLE, "+kswapd"));
	ASSERT_TRUE(vmstat_read(&t->before));
	ASSERT_TRUE(press_start(&t->press, rate(&t->press)));
	ASSERT_TRUE(wait_for_runs(t, 5));
	press_hold(&t->press);
	ASSERT_TRUE(wait_for_rest());
	ASSERT_TRUE(vmstat_read(&t->after));
	ASSERT_TRUE(mmt_table_read(&table, "kswapd/runs"));
	for (row = 0; row < table.rows; row++) {
		if (mmt_number(&table, row, "node") != t->press.node ||
		    mmt_number(&table, row, "run") < seen.runs)
			continue;
		ASSERT_LE(on, mmt_number(&table, row, "start_ns"));
		check_waker(_metadata, &table, row);
	}
	mmt_table_free(&table);
	ASSERT_TRUE(mmt_table_read(&table, "kswapd/nodes"));
	ASSERT_EQ(t->after.pageoutrun - t->before.pageoutrun,
		  mmt_number(&table, row_of_node(&table, t->press.node),
			     "runs_total") - seen.runs);
	mmt_table_free(&table);
}

static void off_and_on(struct __test_metadata *_metadata, struct test *t)
{
	start(_metadata, t);
	stop(&t->watcher);
	ASSERT_TRUE(press_start(&t->press, rate(&t->press)));
	reset_in_run(_metadata, t);
	off_in_run(_metadata, t);
	press_stop(&t->press);
	on_again(_metadata, t);
}

/* One test, since it takes long to fill a node and to set up a trace */
TEST_F_TIMEOUT(kswapd, pressed, LIMIT)
{
	struct test *t = &self->test;

	if (t->missing)
		SKIP(return, "%s", t->missing);
	choose_lru(_metadata, t, false);
	press_twice(_metadata, t);
	press_late(_metadata, t);
	off_and_on(_metadata, t);
	press_huge(_metadata, t);
	press_swap(_metadata, t);
	choose_lru(_metadata, t, true);
	if (t->lru_gen.path)
		press_twice(_metadata, t);
	choose_lru(_metadata, t, false);
	/* One or two of a phase would not tell what is often so */
	for (int try = 0; t->woken < 6 && try < 5; try++)
		press_cache(_metadata, t, 20);
	ASSERT_LE(3, t->woken);
	ASSERT_GE(t->woken / 2 + 1, t->above_low);
	press_hopeless(_metadata, t);
	/* Not in each of these: runs may be short */
	ASSERT_LT(0, t->seen_running);
}

TEST_HARNESS_MAIN
