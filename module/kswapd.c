// SPDX-License-Identifier: GPL-2.0-only
/* The tables of the subject kswapd. */
#include <linux/nodemask.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "compat.h"
#include "kswapd.h"
#include "mmscope.h"
#include "probe.h"
#include "table.h"

static void mms_add_zone_name(struct mms_rows *rows, unsigned int zone)
{
	mms_add_name(rows, zone < MAX_NR_ZONES ? mms_zones_name(zone) : NULL);
}

/* LRU pages, if the kernel tells them. */
static void mms_add_lru(struct mms_rows *rows, u64 scanned, u64 reclaimed)
{
	mms_add_known(rows, mms_kswapd_tells_scanned() ? (s64)scanned : -1);
	mms_add_known(rows, mms_kswapd_tells_reclaimed() ? (s64)reclaimed : -1);
}

static unsigned int mms_nr_nodes(void)
{
	return num_online_nodes();
}

/* Has the node a kswapd? Nodes without memory have none. */
static bool mms_has_kswapd(int nid)
{
	return node_state(nid, N_MEMORY);
}

/* kswapd/nodes */

static const struct mms_column mms_nodes_columns[] = {
	MMS_NUMBER("node"), MMS_NUMBER("pid"), MMS_TEXT("state"),
	MMS_NUMBER("cpu_time_ns"), MMS_NUMBER("running"),
	MMS_NUMBER("run_order"), MMS_TEXT("run_highest_zone"),
	MMS_NUMBER("run_since_ns"), MMS_NUMBER("next_order"),
	MMS_TEXT("next_highest_zone"), MMS_NUMBER("failures"),
	MMS_NUMBER("hopeless"), MMS_NUMBER("wakeups_total"),
	MMS_NUMBER("runs_total"), MMS_NUMBER("awake_ns"),
	MMS_NUMBER("lru_scanned_total"), MMS_NUMBER("lru_reclaimed_total"),
	MMS_NUMBER("reclaimed_total"),
};

/* The letter of its state, as in /proc/PID/stat. */
static const char *mms_task_state(struct task_struct *task)
{
	static const char *const letters[] = {
		"R", "S", "D", "T", "t", "X", "Z", "P", "I",
	};
	char letter = task_state_to_char(task);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(letters); i++)
		if (*letters[i] == letter)
			return letters[i];
	return NULL;
}

/*
 * The guard keeps the thread: kswapd_stop() is called with memory going offline,
 * and drops the task before it clears the pointer.
 */
static void mms_add_thread(struct mms_rows *rows, const pg_data_t *pgdat)
{
	struct task_struct *task = mms_racy(pgdat->kswapd);

	if (!task) {
		mms_add_unknown(rows);
		mms_add_unknown(rows);
		mms_add_unknown(rows);
		return;
	}
	mms_add(rows, task_pid_nr(task));
	mms_add_name(rows, mms_task_state(task));
	mms_add(rows, mms_racy(task->se.sum_exec_runtime));
}

/* A run whose end nobody tells would go on for ever. */
static void mms_add_run_now(struct mms_rows *rows,
			    const struct mms_kswapd_log *log)
{
	bool told = mms_kswapd_tells_runs(), running = told && log->running;

	mms_add_known(rows, told ? running : -1);
	mms_add_known(rows, running ? (s64)log->now.order : -1);
	mms_add_zone_name(rows, running ? log->now.highest_zone : MAX_NR_ZONES);
	mms_add_known(rows, running ? (s64)log->now.start : -1);
}

static void mms_add_next(struct mms_rows *rows, const pg_data_t *pgdat)
{
	unsigned int zone = mms_racy(pgdat->kswapd_highest_zoneidx);

	/* MAX_NR_ZONES: no request since the run began (mm/vmscan.c, 5.8) */
	mms_add_known(rows, zone < MAX_NR_ZONES ?
			    (s64)mms_racy(pgdat->kswapd_order) : -1);
	mms_add_zone_name(rows, zone);
}

static u64 mms_all_wakeups(int nid)
{
	unsigned int zone, order;
	u64 sum = 0;

	for (zone = 0; zone < MAX_NR_ZONES; zone++)
		for (order = 0; order < MMS_NR_ORDERS; order++)
			sum += mms_kswapd_wakeups(nid, zone, order);
	return sum;
}

/*
 * The time of a run that goes on counts up to now. What was before a reset in
 * that run is taken off beforehand, which may have been after now.
 */
static s64 mms_awake(const struct mms_kswapd_log *log, u64 now)
{
	s64 awake = log->totals.awake;

	if (log->running && now > log->now.start)
		awake += now - log->now.start;
	return max_t(s64, awake, 0);
}

static void mms_nodes_row(struct mms_rows *rows, int nid,
			  struct mms_kswapd_log *log)
{
	const pg_data_t *pgdat = NODE_DATA(nid);
	int failures = mms_kswapd_failures(pgdat);
	bool told = mms_kswapd_tells_runs();

	mms_kswapd_read(nid, log);
	mms_add(rows, nid);
	mms_add_thread(rows, pgdat);
	mms_add_run_now(rows, log);
	mms_add_next(rows, pgdat);
	mms_add(rows, failures);
	mms_add(rows, failures >= MMS_HOPELESS);
	mms_add_known(rows, mms_kswapd_tells_wakeups() ?
			    (s64)mms_all_wakeups(nid) : -1);
	mms_add_known(rows, told ? (s64)log->totals.runs : -1);
	mms_add_known(rows, told ? mms_awake(log, mms_taken(rows)) : -1);
	mms_add_lru(rows, log->totals.scanned, log->totals.reclaimed);
	mms_add_known(rows, mms_kswapd_tells_freed() ?
			    (s64)log->totals.freed : -1);
}

/* Calls @row for each node that has a kswapd, with room for a log. */
static int mms_for_logs(struct mms_rows *rows,
			void (*row)(struct mms_rows *rows, int nid,
				    struct mms_kswapd_log *log))
{
	struct mms_kswapd_log *log = kvmalloc(sizeof(*log), GFP_KERNEL);
	int nid;

	if (!log)
		return -ENOMEM;
	for_each_online_node(nid)
		if (mms_has_kswapd(nid))
			row(rows, nid, log);
	kvfree(log);
	return 0;
}

static int mms_nodes_fill(struct mms_rows *rows)
{
	return mms_for_logs(rows, mms_nodes_row);
}

static const struct mms_table mms_nodes = {
	.subject = "kswapd",
	.name = "nodes",
	.format = 1,
	MMS_COLUMNS(mms_nodes_columns),
	.guarded = true,
	.max_rows = mms_nr_nodes,
	.fill = mms_nodes_fill,
};

/* kswapd/wakeups */

static const struct mms_column mms_wakeups_columns[] = {
	MMS_NUMBER("node"), MMS_TEXT("highest_zone"), MMS_NUMBER("order"),
	MMS_NUMBER("wakeups_total"),
};

static unsigned int mms_wakeups_max(void)
{
	return num_online_nodes() * MAX_NR_ZONES * MMS_NR_ORDERS;
}

static void mms_wakeups_node(struct mms_rows *rows, int nid)
{
	unsigned int zone, order;
	u64 wakeups;

	for (zone = 0; zone < MAX_NR_ZONES; zone++)
		for (order = 0; order < MMS_NR_ORDERS; order++) {
			wakeups = mms_kswapd_wakeups(nid, zone, order);
			if (!wakeups)
				continue;
			mms_add(rows, nid);
			mms_add_zone_name(rows, zone);
			mms_add(rows, order);
			mms_add(rows, wakeups);
		}
}

static int mms_wakeups_fill(struct mms_rows *rows)
{
	int nid;

	for_each_online_node(nid)
		mms_wakeups_node(rows, nid);
	return 0;
}

static const struct mms_table mms_wakeups = {
	.subject = "kswapd",
	.name = "wakeups",
	.format = 1,
	MMS_COLUMNS(mms_wakeups_columns),
	.max_rows = mms_wakeups_max,
	.fill = mms_wakeups_fill,
};

/* kswapd/wakers */

static unsigned int mms_wakers_max(void)
{
	return mms_topk_rows(&mms_kswapd_wakers);
}

static int mms_wakers_fill(struct mms_rows *rows)
{
	return mms_topk_fill(rows, &mms_kswapd_wakers);
}

static const struct mms_table mms_wakers = {
	.subject = "kswapd",
	.name = "wakers",
	.format = 1,
	.columns = mms_topk_columns,
	.nr_columns = MMS_TOPK_COLUMNS,
	.max_rows = mms_wakers_max,
	.fill = mms_wakers_fill,
};

/* kswapd/runs */

static const struct mms_column mms_runs_columns[] = {
	MMS_NUMBER("node"), MMS_NUMBER("run"), MMS_NUMBER("start_ns"),
	MMS_NUMBER("length_ns"), MMS_NUMBER("order"),
	MMS_TEXT("highest_zone"), MMS_NUMBER("lru_scanned_pages"),
	MMS_NUMBER("lru_reclaimed_pages"), MMS_NUMBER("reclaimed_pages"),
	MMS_NUMBER("waker_pid"), MMS_COPIED("waker_comm"),
	MMS_NUMBER("waker_cgroup_id"),
};

static void mms_add_waker(struct mms_rows *rows, const struct mms_waker *waker)
{
	if (!waker->at) {
		mms_add_unknown(rows);
		mms_add_unknown(rows);
		mms_add_unknown(rows);
		return;
	}
	mms_add(rows, waker->pid);
	mms_add_text(rows, waker->comm);
	mms_add_known(rows, (s64)waker->cgroup_id ?: -1);
}

static void mms_run_row(struct mms_rows *rows, int nid, u64 nth,
			const struct mms_run *run)
{
	mms_add(rows, nid);
	mms_add(rows, nth);
	mms_add(rows, run->start);
	mms_add(rows, run->length);
	mms_add(rows, run->order);
	mms_add_zone_name(rows, run->highest_zone);
	mms_add_lru(rows, run->scanned, run->reclaimed);
	mms_add_known(rows, run->freed);
	mms_add_waker(rows, &run->waker);
}

static void mms_runs_node(struct mms_rows *rows, int nid,
			  struct mms_kswapd_log *log)
{
	unsigned int i, n;

	mms_kswapd_read(nid, log);
	n = mms_ring_count(&log->ring, MMS_RUNS);
	for (i = 0; i < n; i++)
		mms_run_row(rows, nid, log->totals.runs - n + i,
			    &log->runs[mms_ring_at(&log->ring, MMS_RUNS, i)]);
}

static unsigned int mms_runs_max(void)
{
	return num_online_nodes() * MMS_RUNS;
}

static int mms_runs_fill(struct mms_rows *rows)
{
	return mms_for_logs(rows, mms_runs_node);
}

static const struct mms_table mms_runs = {
	.subject = "kswapd",
	.name = "runs",
	.format = 1,
	MMS_COLUMNS(mms_runs_columns),
	.max_rows = mms_runs_max,
	.fill = mms_runs_fill,
};

/* kswapd/run_zones */

static const struct mms_column mms_run_zones_columns[] = {
	MMS_NUMBER("node"), MMS_NUMBER("run"), MMS_TEXT("zone"),
	MMS_NUMBER("free_before_pages"), MMS_NUMBER("free_after_pages"),
	MMS_NUMBER("min_pages"), MMS_NUMBER("low_pages"),
	MMS_NUMBER("high_pages"),
};

static void mms_run_zones_row(struct mms_rows *rows, int nid, u64 nth,
			      const struct mms_run *run)
{
	unsigned int zone;

	for (zone = 0; zone < MAX_NR_ZONES; zone++) {
		/* A zone without pages has no marks. */
		if (!run->before[zone].high)
			continue;
		mms_add(rows, nid);
		mms_add(rows, nth);
		mms_add_zone_name(rows, zone);
		mms_add(rows, run->before[zone].free);
		mms_add(rows, run->after[zone].free);
		mms_add(rows, run->after[zone].min);
		mms_add(rows, run->after[zone].low);
		mms_add(rows, run->after[zone].high);
	}
}

static void mms_run_zones_node(struct mms_rows *rows, int nid,
			       struct mms_kswapd_log *log)
{
	unsigned int i, n;

	mms_kswapd_read(nid, log);
	n = mms_ring_count(&log->ring, MMS_RUNS);
	for (i = 0; i < n; i++)
		mms_run_zones_row(rows, nid, log->totals.runs - n + i,
				  &log->runs[mms_ring_at(&log->ring, MMS_RUNS,
							 i)]);
}

static unsigned int mms_run_zones_max(void)
{
	return num_online_nodes() * MMS_RUNS * MAX_NR_ZONES;
}

static int mms_run_zones_fill(struct mms_rows *rows)
{
	return mms_for_logs(rows, mms_run_zones_node);
}

static const struct mms_table mms_run_zones = {
	.subject = "kswapd",
	.name = "run_zones",
	.format = 1,
	MMS_COLUMNS(mms_run_zones_columns),
	.max_rows = mms_run_zones_max,
	.fill = mms_run_zones_fill,
};

/* kswapd/run_length */

static const struct mms_column mms_run_length_columns[] = {
	MMS_NUMBER("node"), MMS_NUMBER("at_least_ns"), MMS_NUMBER("below_ns"),
	MMS_NUMBER("runs_total"),
};

static void mms_run_length_node(struct mms_rows *rows, int nid,
				struct mms_kswapd_log *log)
{
	unsigned int i;

	mms_kswapd_read(nid, log);
	for (i = 0; i < MMS_HIST_SLOTS; i++) {
		if (!log->totals.lengths.counts[i])
			continue;
		mms_add(rows, nid);
		mms_add(rows, mms_hist_at_least(i));
		mms_add(rows, mms_hist_below(i));
		mms_add(rows, log->totals.lengths.counts[i]);
	}
}

static unsigned int mms_run_length_max(void)
{
	return num_online_nodes() * 32;
}

static int mms_run_length_fill(struct mms_rows *rows)
{
	return mms_for_logs(rows, mms_run_length_node);
}

static const struct mms_table mms_run_length = {
	.subject = "kswapd",
	.name = "run_length",
	.format = 1,
	MMS_COLUMNS(mms_run_length_columns),
	.max_rows = mms_run_length_max,
	.fill = mms_run_length_fill,
};

/* The subject */

static const struct mms_table *const mms_kswapd_tables[] = {
	&mms_nodes, &mms_wakeups, &mms_wakers, &mms_runs, &mms_run_zones,
	&mms_run_length, NULL,
};

static struct mms_group *const mms_kswapd_groups[] = {
	&mms_kswapd_group, NULL,
};

const struct mms_subject mms_kswapd = {
	.name = "kswapd",
	.tables = mms_kswapd_tables,
	.groups = mms_kswapd_groups,
	.init = mms_kswapd_runs_init,
	.exit = mms_kswapd_runs_exit,
	.reset = mms_kswapd_runs_reset,
	.memory_changed = mms_kswapd_memory_changed,
	.bytes = mms_kswapd_runs_bytes,
};
