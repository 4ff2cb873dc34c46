// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where zones stand among their watermarks, for how long, who pressed them
 * there: zones/watermarks from column band on, zones/crossings, stays and
 * pressed, against /proc/zoneinfo looked at often and what tracefs recorded.
 *
 * vm: --nodes 2 --cpus 2 --mem 1G,512M
 */
/* First: it asks for all that the C library has */
#include "../kselftest_harness.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "mmstest.h"

#define RESET		MMT_DEBUGFS "/reset"
#define SAMPLE_MS	MMT_PARAMS "/sample_ms"
#define MIN_FREE	MMT_VM "min_free_kbytes"
#define SCALE		MMT_VM "watermark_scale_factor"
#define BOOST		MMT_VM "watermark_boost_factor"
#define FRACTION	MMT_VM "percpu_pagelist_high_fraction"
#define TRACING		"/sys/kernel/tracing/"
#define INSTANCE	TRACING "instances/mmstest/"
#define CGROUP		"/sys/fs/cgroup/mmstest"

#define NR_BANDS	4

static const char *const bands[NR_BANDS] = {
	"above_high", "high_to_low", "low_to_min", "below_min",
};

static const char *const band_columns[NR_BANDS] = {
	"above_high_ns", "high_to_low_ns", "low_to_min_ns", "below_min_ns",
};

static int band_of(long long free, long long min, long long low, long long high)
{
	return free > high ? 0 : free > low ? 1 : free > min ? 2 : 3;
}

static int band_number(const char *name)
{
	for (int i = 0; i < NR_BANDS; i++)
		if (!strcmp(name, bands[i]))
			return i;
	return MMT_BAD;
}

static long long sum_of_bands(const struct mmt_table *table, int row)
{
	long long sum = 0;

	for (int i = 0; i < NR_BANDS; i++)
		sum += mmt_number(table, row, band_columns[i]);
	return sum;
}

static void pin(pid_t pid, int cpu)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(cpu, &cpus);
	sched_setaffinity(pid, sizeof(cpus), &cpus);
}

/* The sampler sleeps while all CPUs do; so one has to be busy. */
static void stay_busy(int ms)
{
	long long end = mmt_now() + ms * MMT_MS;

	while (mmt_now() < end)
		;
}

/* First at rest. */

FIXTURE(zones_rest) {
	bool loaded;
	long long before_load;
	long long after_load;
	struct mmt_saved sample_ms;
};

FIXTURE_SETUP(zones_rest)
{
	if (geteuid())
		SKIP(_exit(MMT_SKIP_STATUS), "must be root");
	if (!mmt_loaded()) {
		self->before_load = mmt_now();
		ASSERT_TRUE(mmt_load());
		self->after_load = mmt_now();
		self->loaded = true;
	}
	ASSERT_TRUE(mmt_save(&self->sample_ms, SAMPLE_MS));
}

FIXTURE_TEARDOWN(zones_rest)
{
	mmt_restore(&self->sample_ms);
	if (self->loaded)
		EXPECT_TRUE(mmt_unload());
}

static bool bands_as_zoneinfo(const struct mmt_table *table)
{
	const struct mmt_zone *zone;
	struct mmt_zoneinfo info;
	bool same = true;

	if (!mmt_zoneinfo_read(&info))
		return false;
	for (zone = mmt_populated(&info, NULL); zone;
	     zone = mmt_populated(&info, zone)) {
		int row = mmt_find(table, zone->node, zone->name);
		int band = band_of(zone->nr_free, zone->min, zone->low,
				   zone->high);

		if (row < 0 || band_number(mmt_text(table, row, "band")) != band)
			same = false;
	}
	mmt_zoneinfo_free(&info);
	return same;
}

static void check_row(struct __test_metadata *_metadata,
		      const struct mmt_table *table, int row)
{
	long long since = mmt_number(table, row, "since_ns");
	long long taken = mmt_number(table, row, "taken_ns");
	long long lowest = mmt_number(table, row, "lowest_free_sampled_pages");

	EXPECT_GE(50 * MMT_MS, llabs(sum_of_bands(table, row) - (taken - since)));
	EXPECT_LE(0, lowest);
	EXPECT_GE(mmt_number(table, row, "free_pages"), lowest);
	EXPECT_LE(0, band_number(mmt_text(table, row, "band")));
}

TEST_F(zones_rest, table)
{
	struct mmt_table table;
	bool same = false;

	for (int try = 0; try < 10 && !same; try++) {
		mmt_sleep_ms(20);
		ASSERT_TRUE(mmt_table_read(&table, "zones/watermarks"));
		EXPECT_TRUE(mmt_taken_ok(&table));
		ASSERT_GT(table.rows, 0);
		for (int row = 0; row < table.rows; row++)
			check_row(_metadata, &table, row);
		same = bands_as_zoneinfo(&table);
		mmt_table_free(&table);
	}
	EXPECT_TRUE(same);
}

static void check_since(struct __test_metadata *_metadata, long long from,
			long long to)
{
	struct mmt_table table;

	ASSERT_TRUE(mmt_table_read(&table, "zones/watermarks"));
	ASSERT_GT(table.rows, 0);
	for (int row = 0; row < table.rows; row++) {
		EXPECT_LE(from, mmt_number(&table, row, "since_ns"));
		EXPECT_GE(to, mmt_number(&table, row, "since_ns"));
		check_row(_metadata, &table, row);
	}
	mmt_table_free(&table);
}

TEST_F(zones_rest, since_load)
{
	if (!self->loaded)
		SKIP(return, "somebody else loaded it");
	check_since(_metadata, self->before_load, self->after_load);
}

static void check_empty(struct __test_metadata *_metadata, const char *name)
{
	struct mmt_table table;

	ASSERT_TRUE(mmt_table_read(&table, name));
	EXPECT_EQ(0, table.rows);
	mmt_table_free(&table);
}

TEST_F(zones_rest, since_reset)
{
	static const char *const what[] = { "1", "zones\n" };

	for (size_t i = 0; i < ARRAY_SIZE(what); i++) {
		long long before = mmt_now();

		ASSERT_EQ(0, mmt_write(RESET, what[i]));
		check_since(_metadata, before, mmt_now());
		check_empty(_metadata, "zones/crossings");
		check_empty(_metadata, "zones/stays");
		check_empty(_metadata, "zones/pressed");
	}
}

/* Gives whether each of some reads counted as one more look at each zone. */
static bool reads_count(struct __test_metadata *_metadata)
{
	long long seen[MMT_MAX_CPUS] = {};
	struct mmt_table table;
	bool ok = true;

	ASSERT_EQ(0, mmt_write(RESET, "zones"));
	for (int i = 0; i < 6; i++) {
		ASSERT_TRUE(mmt_table_read(&table, "zones/watermarks"));
		for (int row = 0; row < table.rows && row < MMT_MAX_CPUS; row++) {
			long long n = mmt_number(&table, row, "samples_total");

			/* The reset is a look too */
			if (n != (i ? seen[row] + 1 : 2))
				ok = false;
			seen[row] = n;
		}
		mmt_table_free(&table);
	}
	return ok;
}

/* Hooks look as well, but hardly while nothing happens. */
TEST_F(zones_rest, samples_by_reads)
{
	bool ok = false;

	ASSERT_EQ(0, mmt_write(SAMPLE_MS, "0"));
	for (int try = 0; try < 10 && !ok; try++)
		ok = reads_count(_metadata);
	EXPECT_TRUE(ok);
}

static long long samples(struct __test_metadata *_metadata, long long *taken)
{
	struct mmt_table table;
	long long n;

	ASSERT_TRUE(mmt_table_read(&table, "zones/watermarks"));
	n = mmt_number(&table, 0, "samples_total");
	*taken = mmt_number(&table, 0, "taken_ns");
	mmt_table_free(&table);
	return n;
}

TEST_F(zones_rest, samples_by_time)
{
	long long from, to, first, looks, wanted;
	bool ok = false;

	ASSERT_EQ(0, mmt_write(SAMPLE_MS, "100"));
	stay_busy(300);
	/* A machine that stands still meanwhile takes no samples */
	for (int try = 0; !ok && try < 5; try++) {
		first = samples(_metadata, &from);
		stay_busy(1200);
		looks = samples(_metadata, &to) - first;
		wanted = (to - from) / (100 * MMT_MS);
		EXPECT_GE(wanted + wanted / 4 + 3, looks);
		ok = wanted / 2 <= looks;
	}
	EXPECT_TRUE(ok);
}

/*
 * Then under pressure. One node is filled until little is left, and its marks
 * are moved around that: so it stands in each band for as long as it is let.
 * Then a helper presses it for real.
 */

struct look {
	long long at;
	long long free;
	long long min;
	long long low;
	long long high;
};

#define MAX_LOOKS 32768

/* What a child writes that looks at zoneinfo all the time, and we read. */
struct watch {
	int nr;
	struct look looks[MAX_LOOKS];
};

struct pressed {
	bool loaded;
	bool traced;
	bool reclaimed;
	int node;
	char zone[16];
	struct mmt_saved scale;
	struct mmt_saved min_free;
	struct mmt_saved boost;
	struct mmt_saved fraction;
	struct mmt_saved huge;
	char huge_path[96];
	pid_t filler;
	pid_t watcher;
	pid_t press;
	FILE *from_press;
	long long cgroup;
	struct watch *watch;
};

FIXTURE(zones_pressed) {
	struct pressed pressed;
};

/* The last node that has exactly one zone, if not the first. */
static bool choose_zone(int *node, char *name)
{
	const struct mmt_zone *zone, *chosen = NULL;
	struct mmt_zoneinfo info;

	if (!mmt_zoneinfo_read(&info))
		return false;
	for (zone = mmt_populated(&info, NULL); zone;
	     zone = mmt_populated(&info, zone)) {
		if (chosen && chosen->node == zone->node)
			chosen = NULL;
		else if (zone->node)
			chosen = zone;
	}
	if (chosen) {
		*node = chosen->node;
		strcpy(name, chosen->name);
	}
	mmt_zoneinfo_free(&info);
	return chosen;
}

static long long number_after(const char *text, const char *what)
{
	const char *at = strstr(text, what);

	return at ? strtoll(at + strlen(what), NULL, 10) : 0;
}

/* Quicker than reading it all: it is looked at often. */
static bool look_at(int node, const char *name, struct look *look)
{
	char *text = mmt_slurp("/proc/zoneinfo");
	char what[64], *at;

	look->at = mmt_now();
	snprintf(what, sizeof(what), "Node %d, zone %8s\n", node, name);
	at = text ? strstr(text, what) : NULL;
	at = at ? strstr(at, "pages free") : NULL;
	if (at) {
		look->free = number_after(at, "pages free");
		look->min = number_after(at, " min ");
		look->low = number_after(at, " low ");
		look->high = number_after(at, " high ");
	}
	free(text);
	return at;
}

static int look_band(const struct look *look)
{
	return band_of(look->free, look->min, look->low, look->high);
}

static pid_t start_watch(struct watch *watch, int node, const char *zone)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setpriority(PRIO_PROCESS, 0, -10);
	while (watch->nr < MAX_LOOKS) {
		if (look_at(node, zone, &watch->looks[watch->nr]))
			__atomic_fetch_add(&watch->nr, 1, __ATOMIC_RELEASE);
		mmt_sleep_ms(4);
	}
	_exit(0);
}

static void stop(pid_t *pid)
{
	if (*pid > 0) {
		kill(*pid, SIGKILL);
		waitpid(*pid, NULL, 0);
	}
	*pid = 0;
}

/* The helper is beside this program. */
static pid_t start_press(char *const argv[], const char *cgroup, int cpu,
			 FILE **out)
{
	char path[256] = "";
	int fd[2];
	pid_t pid;

	if (readlink("/proc/self/exe", path, sizeof(path) - 16) < 0 || pipe(fd))
		return -1;
	strcpy(strrchr(path, '/') + 1, "mempress");
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (cgroup)
			mmt_write(cgroup, "0");
		if (cpu >= 0)
			pin(0, cpu);
		dup2(fd[1], 1);
		execv(path, argv);
		_exit(127);
	}
	close(fd[1]);
	*out = fdopen(fd[0], "r");
	return pid;
}

/*
 * Waits for the line that it has all its memory, and awake: the module's timer
 * does not go off on a CPU that is idle but for moments.
 */
static bool press_keeps(FILE *out)
{
	struct pollfd fd = { .fd = fileno(out), .events = POLLIN };
	char line[64];

	while (!poll(&fd, 1, 0))
		stay_busy(1);
	return fgets(line, sizeof(line), out) && !strcmp(line, "keeping\n");
}

FIXTURE_SETUP(zones_pressed)
{
	struct pressed *p = &self->pressed;
	size_t size = sizeof(*p->watch);

	if (geteuid())
		SKIP(_exit(MMT_SKIP_STATUS), "must be root");
	if (!mmt_loaded()) {
		ASSERT_TRUE(mmt_load());
		p->loaded = true;
	}
	ASSERT_TRUE(mmt_save(&p->scale, SCALE));
	ASSERT_TRUE(mmt_save(&p->min_free, MIN_FREE));
	ASSERT_TRUE(mmt_save(&p->boost, BOOST));
	mmt_save(&p->fraction, FRACTION);
	p->watch = mmap(NULL, size, PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, p->watch);
}

static void end_trace(void)
{
	mmt_write(INSTANCE "tracing_on", "0");
	mmt_write(INSTANCE "events/enable", "0");
	rmdir(INSTANCE);
	mmt_write(TRACING "kprobe_events", "-:mmstest/reclaim");
}

FIXTURE_TEARDOWN(zones_pressed)
{
	struct pressed *p = &self->pressed;

	stop(&p->press);
	stop(&p->watcher);
	stop(&p->filler);
	mmt_restore(&p->min_free);
	mmt_restore(&p->huge);
	mmt_restore(&p->fraction);
	mmt_restore(&p->boost);
	mmt_restore(&p->scale);
	if (p->traced)
		end_trace();
	if (p->cgroup)
		rmdir(CGROUP);
	if (p->loaded)
		EXPECT_TRUE(mmt_unload());
}

/* Pages of all zones that min_free_kbytes is shared out among. */
static long long pages_to_share(const struct mmt_zoneinfo *info)
{
	const struct mmt_zone *zone;
	long long sum = 0;

	for (zone = mmt_populated(info, NULL); zone;
	     zone = mmt_populated(info, zone))
		if (strcmp(zone->name, "Movable") && strcmp(zone->name, "HighMem"))
			sum += zone->managed;
	return sum;
}

struct marks {
	long long managed;	/* of our zone */
	long long all;		/* of all zones */
	long long step;		/* from one mark to the next */
};

static bool read_marks(int node, const char *name, struct marks *marks)
{
	const struct mmt_zone *zone;
	struct mmt_zoneinfo info;

	if (!mmt_zoneinfo_read(&info))
		return false;
	marks->all = pages_to_share(&info);
	for (zone = mmt_populated(&info, NULL); zone;
	     zone = mmt_populated(&info, zone))
		if (zone->node == node && !strcmp(zone->name, name))
			marks->managed = zone->managed;
	marks->step = marks->managed / 36;
	mmt_zoneinfo_free(&info);
	return true;
}

static void set_min(struct __test_metadata *_metadata,
		    const struct marks *marks, long long pages)
{
	ASSERT_LT(0, pages);
	ASSERT_EQ(0, mmt_write_number(MIN_FREE, pages * 4 * marks->all /
				      marks->managed));
}

static long long zone_free(struct __test_metadata *_metadata, int node,
			   const char *zone)
{
	struct look look;

	ASSERT_TRUE(look_at(node, zone, &look));
	return look.free;
}

/* By a process of ours, where the kernel has no huge pages. */
static bool fill_by_press(int node, long long pages, pid_t *pid)
{
	char node_text[8], mib[24];
	char *const argv[] = { "mempress", "-n", node_text, "-m", mib, "-k",
			       "600", NULL };
	bool keeps;
	FILE *out;

	/* Each page is touched, which takes too long on a large node. */
	if (pages > 120000)
		return false;
	snprintf(node_text, sizeof(node_text), "%d", node);
	snprintf(mib, sizeof(mib), "%lld", pages / 256);
	*pid = start_press(argv, NULL, -1, &out);
	if (*pid < 0)
		return false;
	keeps = press_keeps(out);
	fclose(out);
	return keeps;
}

/* Leaves a ninth of the node free: four steps from mark to mark. */
static bool fill(struct __test_metadata *_metadata,
		 struct pressed *self, const struct marks *marks)
{
	long long free = zone_free(_metadata, self->node, self->zone);
	long long pages = free - marks->managed / 9;

	snprintf(self->huge_path, sizeof(self->huge_path),
		 MMT_NODES "node%d/hugepages/hugepages-2048kB/nr_hugepages",
		 self->node);
	if (!mmt_save(&self->huge, self->huge_path))
		return fill_by_press(self->node, pages, &self->filler);
	if (mmt_write_number(self->huge_path, pages / 512))
		return false;
	free = zone_free(_metadata, self->node, self->zone);
	return free > marks->step * 3 && free < marks->step * 6;
}

static void start_trace(struct __test_metadata *_metadata,
			struct pressed *self)
{
	static const char reclaim[] =
		"p:mmstest/reclaim try_to_free_pages mask=+0($arg4):x64";

	if (mkdir(INSTANCE, 0700))
		ASSERT_EQ(EEXIST, errno);
	ASSERT_EQ(0, mmt_write(INSTANCE "trace_clock", "mono"));
	mmt_write_number(INSTANCE "buffer_size_kb", 4096);
	ASSERT_EQ(0, mmt_write(TRACING "kprobe_events", reclaim));
	ASSERT_EQ(0, mmt_write(INSTANCE "events/mmstest/enable", "1"));
	ASSERT_EQ(0, mmt_write(INSTANCE "events/mmscope/enable", "1"));
	ASSERT_EQ(0, mmt_write(INSTANCE "events/vmscan/mm_vmscan_wakeup_kswapd/enable",
			       "1"));
	ASSERT_EQ(0, mmt_write(INSTANCE "tracing_on", "1"));
}

/* The time that the watcher saw in a band, between two moments. */
static long long watched(const struct watch *watch, int band, long long from,
			 long long to)
{
	long long sum = 0;

	for (int i = 0; i + 1 < watch->nr; i++) {
		long long begin = watch->looks[i].at;
		long long end = watch->looks[i + 1].at;

		begin = begin < from ? from : begin;
		end = end > to ? to : end;
		if (begin < end && look_band(&watch->looks[i]) == band)
			sum += end - begin;
	}
	return sum;
}

/* Time of which the watcher does not know, since it was kept from looking. */
static long long unwatched(const struct watch *watch)
{
	long long sum = 0;

	for (int i = 0; i + 1 < watch->nr; i++) {
		const struct look *look = &watch->looks[i];
		long long gap = look[1].at - look[0].at;

		if (gap > 250 * MMT_MS ||
		    (gap > 50 * MMT_MS && look_band(look) != look_band(look + 1)))
			sum += gap;
	}
	return sum;
}

/*
 * The module looks ten times a second and when a hook tells, the watcher all
 * the time: for each crossing they may differ by a tenth of a second, but by no
 * more than a seventh of the whole. 0.3 s are for a slow machine. The hooks tell
 * of reclaim when it begins and not when it has helped, so what is below low is
 * taken together while tasks reclaim.
 */
static void check_times(struct __test_metadata *_metadata,
			struct pressed *self, const struct mmt_table *table,
			int crossings)
{
	int row = mmt_find(table, self->node, self->zone);
	long long since, taken, granted;

	ASSERT_LE(0, row);
	since = mmt_number(table, row, "since_ns");
	taken = mmt_number(table, row, "taken_ns");
	granted = 100 * MMT_MS * crossings;
	if (granted > (taken - since) / 7)
		granted = (taken - since) / 7;
	granted += 300 * MMT_MS + unwatched(self->watch);
	for (int band = 0; band < NR_BANDS; band++) {
		long long ours = mmt_number(table, row, band_columns[band]);
		long long theirs = watched(self->watch, band, since, taken);

		if (self->reclaimed && band == 2) {
			band++;
			ours += mmt_number(table, row, band_columns[band]);
			theirs += watched(self->watch, band, since, taken);
		}
		TH_LOG("%s: %lld ms, watched %lld ms, may differ by %lld ms",
		       bands[band], ours / MMT_MS, theirs / MMT_MS,
		       granted / MMT_MS);
		EXPECT_GE(granted, llabs(ours - theirs));
	}
}

static long long lowest_watched(const struct watch *watch, long long from)
{
	long long lowest = 1LL << 62;

	for (int i = 0; i < watch->nr; i++)
		if (watch->looks[i].at >= from && watch->looks[i].free < lowest)
			lowest = watch->looks[i].free;
	return lowest;
}

/* The others stood above high all the time. */
static void check_others(struct __test_metadata *_metadata,
			 struct pressed *self,
			 const struct mmt_table *table)
{
	for (int row = 0; row < table->rows; row++) {
		check_row(_metadata, table, row);
		if (mmt_number(table, row, "node") == self->node)
			continue;
		EXPECT_EQ(0, mmt_number(table, row, "high_to_low_ns"));
		EXPECT_EQ(0, mmt_number(table, row, "low_to_min_ns"));
		EXPECT_EQ(0, mmt_number(table, row, "below_min_ns"));
	}
}

/* Crossings and stays against the trace. */

#define MAX_CROSSINGS 4096

struct crossings {
	const struct mmt_event *event[MAX_CROSSINGS];
	int nr;
};

/* The trace's crossings of one zone since some moment. */
static void find_crossings(const struct mmt_trace *trace, int node,
			   const char *zone, long long since,
			   struct crossings *out)
{
	char field[32];

	snprintf(field, sizeof(field), "zone=%s", zone);
	out->nr = 0;
	for (int i = 0; i < trace->nr && out->nr < MAX_CROSSINGS; i++) {
		const struct mmt_event *event = &trace->events[i];

		if (!strcmp(event->name, "mmscope_zone_band") &&
		    mmt_event_number(event, "nid=") == node &&
		    mmt_event_is(event, field) && event->at >= since)
			out->event[out->nr++] = event;
	}
}

static int event_band(const struct mmt_event *event, const char *which)
{
	char field[32];

	for (int i = 0; i < NR_BANDS; i++) {
		snprintf(field, sizeof(field), "%s%s", which, bands[i]);
		if (mmt_event_is(event, field))
			return i;
	}
	return MMT_BAD;
}

static bool row_is_event(const struct mmt_table *table, int row,
			 const struct mmt_event *event)
{
	long long later = event->at + 1000 - mmt_number(table, row, "at_ns");

	return later >= 0 && later < MMT_SEC &&
	       band_number(mmt_text(table, row, "from")) == event_band(event, "from=") &&
	       band_number(mmt_text(table, row, "to")) == event_band(event, "to=") &&
	       mmt_number(table, row, "free_pages") == mmt_event_number(event, "free=") &&
	       mmt_number(table, row, "min_pages") == mmt_event_number(event, "min=") &&
	       mmt_number(table, row, "low_pages") == mmt_event_number(event, "low=") &&
	       mmt_number(table, row, "high_pages") == mmt_event_number(event, "high=");
}

/* A hook's target is a tracepoint or function that the kernel knows. */
static bool known_hook(const char *name)
{
	char path[128];

	if (!strcmp(name, "timer") || !strcmp(name, "read") ||
	    !strcmp(name, "try_to_free_pages") || !strcmp(name, "out_of_memory"))
		return true;
	snprintf(path, sizeof(path), TRACING "events/vmscan/%s", name);
	return *name && !access(path, F_OK);
}

static void check_crossing(struct __test_metadata *_metadata,
			   const struct mmt_table *table, int row, bool first)
{
	ASSERT_EQ(band_number(mmt_text(table, row, "to")),
		  band_of(mmt_number(table, row, "free_pages"),
			  mmt_number(table, row, "min_pages"),
			  mmt_number(table, row, "low_pages"),
			  mmt_number(table, row, "high_pages")));
	ASSERT_TRUE(known_hook(mmt_text(table, row, "seen_by")));
	if (first)
		return;
	ASSERT_STREQ(mmt_text(table, row - 1, "to"),
		     mmt_text(table, row, "from"));
	ASSERT_LE(mmt_number(table, row - 1, "at_ns"),
		  mmt_number(table, row, "at_ns"));
}

/* The last crossings of a zone are those that the trace has last. */
static void check_crossings(struct __test_metadata *_metadata,
			    const struct crossings *crossings, int node,
			    const char *zone)
{
	struct mmt_table table;
	int first, n = 0;

	ASSERT_TRUE(mmt_table_read(&table, "zones/crossings"));
	ASSERT_TRUE(mmt_taken_ok(&table));
	first = mmt_find(&table, node, zone);
	ASSERT_LE(0, first);
	while (first + n < table.rows &&
	       mmt_number(&table, first + n, "node") == node &&
	       !strcmp(mmt_text(&table, first + n, "zone"), zone))
		n++;
	ASSERT_EQ(n, table.rows);
	ASSERT_EQ(crossings->nr < 16 ? crossings->nr : 16, n);
	for (int i = 0; i < n; i++) {
		check_crossing(_metadata, &table, first + i, !i);
		ASSERT_TRUE(row_is_event(&table, first + i,
					 crossings->event[crossings->nr - n + i]));
	}
	mmt_table_free(&table);
}

/* How many stays surely, and how many possibly, were of a length. */
static void count_stays(const struct crossings *crossings, int band,
			long long at_least, long long below,
			int *surely, int *possibly)
{
	/* The trace's time is a bit after the crossing's, hardly ever more */
	const long long late = 20 * MMT_MS;

	*surely = 0;
	*possibly = 0;
	for (int i = 1; i < crossings->nr; i++) {
		long long stay = crossings->event[i]->at -
				 crossings->event[i - 1]->at;

		if (event_band(crossings->event[i], "from=") != band)
			continue;
		if (stay - late >= at_least && stay + late < below)
			++*surely;
		if (stay + late >= at_least && stay - late < below)
			++*possibly;
	}
}

static void check_stays_row(struct __test_metadata *_metadata,
			    const struct mmt_table *table, int row,
			    const struct crossings *crossings, int *found)
{
	int band = band_number(mmt_text(table, row, "band"));
	long long at_least = mmt_number(table, row, "at_least_ns");
	long long below = mmt_number(table, row, "below_ns");
	long long total = mmt_number(table, row, "stays_total");
	int surely, possibly;

	ASSERT_LE(0, band);
	ASSERT_LT(0, at_least);
	ASSERT_EQ(0, at_least & (at_least - 1));
	ASSERT_EQ(2 * at_least, below);
	count_stays(crossings, band, at_least, below, &surely, &possibly);
	ASSERT_LE(surely, total);
	ASSERT_GE(possibly, total);
	found[band] += total;
}

static void check_stays(struct __test_metadata *_metadata,
			const struct crossings *crossings, int node,
			const char *zone)
{
	int found[NR_BANDS] = {}, wanted[NR_BANDS] = {};
	struct mmt_table table;

	ASSERT_TRUE(mmt_table_read(&table, "zones/stays"));
	ASSERT_TRUE(mmt_taken_ok(&table));
	for (int row = 0; row < table.rows; row++) {
		ASSERT_EQ(node, mmt_number(&table, row, "node"));
		ASSERT_STREQ(zone, mmt_text(&table, row, "zone"));
		check_stays_row(_metadata, &table, row, crossings, found);
	}
	/* The first crossing ends a stay whose beginning nobody has seen */
	for (int i = 1; i < crossings->nr; i++)
		wanted[event_band(crossings->event[i], "from=")]++;
	for (int band = 0; band < NR_BANDS; band++)
		ASSERT_EQ(wanted[band], found[band]);
	mmt_table_free(&table);
}

/* When nothing goes on any more. Gives what zones/watermarks says in the end. */
static void check_recorded(struct __test_metadata *_metadata,
			   struct pressed *self,
			   struct mmt_table *table)
{
	static struct crossings crossings;
	struct mmt_trace trace;
	long long since;
	int row;

	ASSERT_TRUE(mmt_table_read(table, "zones/watermarks"));
	row = mmt_find(table, self->node, self->zone);
	ASSERT_LE(0, row);
	since = mmt_number(table, row, "since_ns");
	ASSERT_TRUE(mmt_trace_read(&trace, INSTANCE "trace"));
	find_crossings(&trace, self->node, self->zone, since, &crossings);
	ASSERT_LT(1, crossings.nr);
	check_crossings(_metadata, &crossings, self->node, self->zone);
	check_stays(_metadata, &crossings, self->node, self->zone);
	mmt_trace_free(&trace);
	check_times(_metadata, self, table, crossings.nr);
	check_others(_metadata, self, table);
}

/* Lets the zone stand in each band for a while. */
static void stand(struct __test_metadata *_metadata,
		  struct pressed *self, const struct marks *marks)
{
	static const int order[] = { 0, 1, 2, 3, 0 };
	struct mmt_table table;
	long long lowest;
	int row;

	for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
		long long free = zone_free(_metadata, self->node, self->zone);
		struct look look;

		set_min(_metadata, marks,
			free - (5 - 2 * order[i]) * marks->step / 2);
		/* What was before does not count */
		if (!i)
			ASSERT_EQ(0, mmt_write(RESET, "zones"));
		stay_busy(1000);
		ASSERT_TRUE(look_at(self->node, self->zone, &look));
		ASSERT_TRUE(mmt_table_read(&table, "zones/watermarks"));
		row = mmt_find(&table, self->node, self->zone);
		EXPECT_EQ(order[i], look_band(&look));
		EXPECT_STREQ(bands[look_band(&look)],
			     mmt_text(&table, row, "band"));
		mmt_table_free(&table);
	}
	check_recorded(_metadata, self, &table);
	row = mmt_find(&table, self->node, self->zone);
	lowest = mmt_number(&table, row, "lowest_free_sampled_pages") -
		 lowest_watched(self->watch, mmt_number(&table, row, "since_ns"));
	EXPECT_GE(marks->managed / 50, llabs(lowest));
	mmt_table_free(&table);
}

/* Pressed, against the trace. */

static bool is_press_event(const struct mmt_event *event)
{
	return !strcmp(event->name, "mm_vmscan_wakeup_kswapd") ||
	       !strcmp(event->name, "reclaim");
}

/* The node an event is about: MMT_UNKNOWN where the trace does not tell. */
static int event_node(const struct mmt_event *event)
{
	long long mask = mmt_event_number(event, "mask=");

	if (mask == MMT_BAD)
		return mmt_event_number(event, "nid=");
	return mask > 0 ? __builtin_ctzll(mask) : MMT_UNKNOWN;
}

static int count_named(const struct mmt_trace *trace, long long since,
		       const char *name)
{
	int n = 0;

	for (int i = 0; i < trace->nr; i++)
		if (!strcmp(trace->events[i].name, name) &&
		    trace->events[i].at >= since)
			n++;
	return n;
}

/* Events of a thread; of one node, or of all and unknown ones too if -1. */
static int count_press(const struct mmt_trace *trace, long long since, int pid,
		       int node)
{
	int n = 0;

	for (int i = 0; i < trace->nr; i++) {
		const struct mmt_event *event = &trace->events[i];

		if (is_press_event(event) && event->at >= since &&
		    (pid < 0 || event->pid == pid) &&
		    (node < 0 || event_node(event) == node))
			n++;
	}
	return n;
}

/* Sum of a thread's hits in the table, of one or all nodes. */
static long long hits(const struct mmt_table *table, int pid, int node)
{
	long long sum = 0;

	for (int row = 0; row < table->rows; row++)
		if ((pid < 0 || mmt_number(table, row, "pid") == pid) &&
		    (node < 0 || mmt_number(table, row, "node") == node))
			sum += mmt_number(table, row, "hits_total");
	return sum;
}

static void check_press_row(struct __test_metadata *_metadata,
			    struct pressed *self,
			    const struct mmt_table *table, int row)
{
	int pid = mmt_number(table, row, "pid");
	char path[64], *comm;

	EXPECT_EQ(0, mmt_number(table, row, "error_total"));
	EXPECT_TRUE(mmt_in_list(MMT_NODES "online",
				mmt_number(table, row, "node")));
	if (!pid) {
		EXPECT_STREQ("[irq]", mmt_text(table, row, "comm"));
		EXPECT_STREQ("-", mmt_text(table, row, "cgroup_id"));
		return;
	}
	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	comm = mmt_slurp(path);
	/* Names with blanks and such are written otherwise */
	if (comm && !strpbrk(comm, " \\")) {
		comm[strcspn(comm, "\n")] = '\0';
		EXPECT_STREQ(comm, mmt_text(table, row, "comm"));
	}
	free(comm);
	if (pid == self->press && self->cgroup)
		EXPECT_EQ(self->cgroup, mmt_number(table, row, "cgroup_id"));
}

static void check_pressed(struct __test_metadata *_metadata,
			  struct pressed *self, long long since)
{
	struct mmt_table table;
	struct mmt_trace trace;

	ASSERT_TRUE(mmt_table_read(&table, "zones/pressed"));
	ASSERT_TRUE(mmt_trace_read(&trace, INSTANCE "trace"));
	TH_LOG("kswapd was woken %d times, tasks reclaimed %d times",
	       count_named(&trace, since, "mm_vmscan_wakeup_kswapd"),
	       count_named(&trace, since, "reclaim"));
	EXPECT_TRUE(mmt_taken_ok(&table));
	EXPECT_LT(0, hits(&table, self->press, self->node));
	EXPECT_EQ(count_press(&trace, since, self->press, self->node),
		  hits(&table, self->press, self->node));
	EXPECT_EQ(count_press(&trace, since, -1, -1), hits(&table, -1, -1));
	for (int row = 0; row < table.rows; row++) {
		int pid = mmt_number(&table, row, "pid");

		check_press_row(_metadata, self, &table, row);
		EXPECT_EQ(count_press(&trace, since, pid, -1),
			  hits(&table, pid, -1));
	}
	mmt_trace_free(&trace);
	mmt_table_free(&table);
}

/* The node's kswapd gets little of the CPU that our helper is on. */
static void hold_kswapd_back(int node)
{
	char path[64], name[16], *comm;

	snprintf(name, sizeof(name), "kswapd%d\n", node);
	for (pid_t pid = 2; pid < 1000; pid++) {
		snprintf(path, sizeof(path), "/proc/%d/comm", pid);
		comm = mmt_slurp(path);
		if (comm && !strcmp(comm, name)) {
			pin(pid, 0);
			setpriority(PRIO_PROCESS, pid, 19);
		}
		free(comm);
	}
}

/* Cache first, which kswapd can reclaim in time; then more than it can. */
static void press(struct __test_metadata *_metadata,
		  struct pressed *self, const struct marks *marks)
{
	char node[8], cache[24], rate[24], mib[24], floor[24];
	char *const argv[] = { "mempress", "-n", node, "-c", "/dev/nullb0",
			       "-C", cache, "-r", rate, "-m", mib, "-f", floor,
			       "-k", "600", NULL };
	long long free = zone_free(_metadata, self->node, self->zone) / 256;
	struct stat st;

	snprintf(node, sizeof(node), "%d", self->node);
	snprintf(cache, sizeof(cache), "%lld", 2 * free);
	snprintf(rate, sizeof(rate), "%lld", free / 2 + 1);
	snprintf(mib, sizeof(mib), "%lld", free * 7 / 10);
	snprintf(floor, sizeof(floor), "%lld", marks->managed / 120 / 256 + 1);
	if ((!mkdir(CGROUP, 0700) || errno == EEXIST) &&
	    !access(CGROUP "/cgroup.procs", W_OK) && !stat(CGROUP, &st))
		self->cgroup = st.st_ino;
	hold_kswapd_back(self->node);
	self->press = start_press(argv, self->cgroup ? CGROUP "/cgroup.procs" :
				  NULL, 0, &self->from_press);
	ASSERT_LT(0, self->press);
	EXPECT_TRUE(press_keeps(self->from_press));
}

static void press_and_check(struct __test_metadata *_metadata,
			    struct pressed *self,
			    const struct marks *marks)
{
	struct mmt_table table;
	long long since;
	int row;

	set_min(_metadata, marks, marks->managed / 60);
	stay_busy(200);
	since = mmt_now();
	ASSERT_EQ(0, mmt_write(RESET, "1"));
	press(_metadata, self, marks);
	check_pressed(_metadata, self, since);
	self->reclaimed = true;
	stop(&self->press);
	stay_busy(300);
	check_recorded(_metadata, self, &table);
	row = mmt_find(&table, self->node, self->zone);
	EXPECT_LT(0, mmt_number(&table, row, "high_to_low_ns"));
	EXPECT_GT(marks->managed / 20, mmt_number(&table, row,
						  "lowest_free_sampled_pages"));
	mmt_table_free(&table);
}

static bool have_null_blk(void)
{
	char *const argv[] = { "modprobe", "-q", "null_blk", "queue_mode=0",
			       "irqmode=0", "gb=1", "nr_devices=1", NULL };

	return !access("/dev/nullb0", R_OK) ||
	       (!mmt_run(argv) && !access("/dev/nullb0", R_OK));
}

TEST_F(zones_pressed, node)
{
	struct pressed *p = &self->pressed;
	struct marks marks = {};

	if (!choose_zone(&p->node, p->zone))
		SKIP(return, "wants a node other than 0 with one zone");
	if (!have_null_blk())
		SKIP(return, "wants null_blk");
	ASSERT_TRUE(read_marks(p->node, p->zone, &marks));
	ASSERT_EQ(0, mmt_write(SCALE, "277"));
	ASSERT_EQ(0, mmt_write(BOOST, "0"));
	/* CPUs are not to keep pages to themselves */
	if (p->fraction.path)
		ASSERT_EQ(0, mmt_write(FRACTION, "1000"));
	set_min(_metadata, &marks, marks.managed / 200);
	if (!fill(_metadata, p, &marks))
		SKIP(return, "the node cannot be filled quickly");
	p->traced = true;
	start_trace(_metadata, p);
	p->watcher = start_watch(p->watch, p->node, p->zone);
	stand(_metadata, p, &marks);
	press_and_check(_metadata, p, &marks);
	EXPECT_GT(MAX_LOOKS, p->watch->nr);
}

TEST_HARNESS_MAIN
