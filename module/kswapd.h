/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The subject kswapd: what its hooks (kswapd_runs.c) note and its tables
 * (kswapd.c) show.
 *
 * A run is one call of balance_pgdat(): it begins with mm_vmscan_kswapd_wake and
 * ends when kswapd first considers to sleep, in prepare_kswapd_sleep(), which
 * kswapd_try_to_sleep() calls next, or with kswapd itself.
 */
#ifndef MMS_KSWAPD_H
#define MMS_KSWAPD_H

#include <linux/mmzone.h>
#include <linux/sched.h>
#include <linux/seqlock.h>
#include <linux/types.h>

#include "compat.h"
#include "hist.h"
#include "ring.h"
#include "topk.h"
#include "zones.h"

#define MMS_RUNS 16

/**
 * struct mms_waker - who woke kswapd for a run
 * @at: when; 0 for a run that nobody is known to have woken it for
 * @pid: the thread, 0 for an interrupt
 * @cgroup_id: its cgroup in the default hierarchy, 0 for none
 * @comm: its name
 */
struct mms_waker {
	u64 at;
	pid_t pid;
	u64 cgroup_id;
	char comm[TASK_COMM_LEN];
};

/**
 * struct mms_run - one run
 * @start: when it began
 * @length: how long it took, in ns
 * @order: the order it was to free memory for
 * @highest_zone: the highest zone that would do
 * @scanned: LRU pages scanned, as pgscan_kswapd counts them
 * @reclaimed: LRU pages reclaimed, as pgsteal_kswapd counts them
 * @freed: all that it reclaimed, slab too; -1 where the kernel does not tell
 * @waker: who woke it
 * @before: free pages and marks of the node's zones at its start
 * @after: the same at its end
 */
struct mms_run {
	u64 start;
	u64 length;
	unsigned int order;
	unsigned int highest_zone;
	u64 scanned;
	u64 reclaimed;
	s64 freed;
	struct mms_waker waker;
	struct mms_look before[MAX_NR_ZONES];
	struct mms_look after[MAX_NR_ZONES];
};

/**
 * struct mms_kswapd_totals - sums over all runs of a node
 * @runs: finished runs
 * @awake: their length, in ns
 * @scanned: LRU pages scanned by kswapd, also in a run that goes on
 * @reclaimed: LRU pages reclaimed likewise
 * @freed: all pages reclaimed in finished runs, where the kernel tells
 * @lengths: of the finished runs
 */
struct mms_kswapd_totals {
	u64 runs;
	u64 awake;
	u64 scanned;
	u64 reclaimed;
	u64 freed;
	struct mms_hist lengths;
};

/**
 * struct mms_kswapd_log - what a node's kswapd has done
 * @running: it is in a run whose start was seen
 * @now: that run
 * @totals: sums
 * @ring: which of @runs are in use
 * @runs: the last runs
 *
 * Written by that kswapd alone; by others under mms_kswapd_lock when it has ended, or
 * no hook is there.
 */
struct mms_kswapd_log {
	bool running;
	struct mms_run now;
	struct mms_kswapd_totals totals;
	struct mms_ring ring;
	struct mms_run runs[MMS_RUNS];
};

extern struct mms_group mms_kswapd_group;
extern struct mms_topk mms_kswapd_wakers;

/**
 * mms_kswapd_read - a copy of a node's log, from one moment
 * @nid: a possible node
 * @log: room for it; its totals and runs are those since the last reset
 *
 * Process context; sleeps.
 */
void mms_kswapd_read(int nid, struct mms_kswapd_log *log);

/**
 * mms_kswapd_wakeups - wakeups of a node's kswapd since the last reset
 * @nid: a possible node
 * @zone: the highest zone that was asked for
 * @order: the order that was asked for
 */
u64 mms_kswapd_wakeups(int nid, unsigned int zone, unsigned int order);

/**
 * mms_kswapd_tells_scanned - does the kernel tell how many pages kswapd scans?
 *
 * False while 6.1's multi-generational LRU is on, which has no event for it; and
 * where nobody can tell whether it is on, for then other pages count.
 */
bool mms_kswapd_tells_scanned(void);

/**
 * mms_kswapd_tells_reclaimed - does it tell how many of them it reclaims?
 */
bool mms_kswapd_tells_reclaimed(void);

/**
 * mms_kswapd_tells_runs - does it tell when runs begin and end?
 */
bool mms_kswapd_tells_runs(void);

/**
 * mms_kswapd_tells_wakeups - does it tell who wakes kswapd?
 */
bool mms_kswapd_tells_wakeups(void);

/**
 * mms_kswapd_tells_freed - does it tell all that a run reclaimed, slab too?
 */
bool mms_kswapd_tells_freed(void);

/**
 * mms_kswapd_memory_changed - memory has gone on- or offline
 *
 * Inside hotplug's notifier. Process context; sleeps.
 */
void mms_kswapd_memory_changed(void);

/**
 * mms_kswapd_runs_init - take the memory for all possible nodes
 *
 * Returns 0 or -ENOMEM. May sleep.
 */
int mms_kswapd_runs_init(void);

/**
 * mms_kswapd_runs_exit - give it back
 */
void mms_kswapd_runs_exit(void);

/**
 * mms_kswapd_runs_reset - let totals and runs begin anew
 */
void mms_kswapd_runs_reset(void);

/**
 * mms_kswapd_runs_bytes - memory it holds, in bytes
 */
size_t mms_kswapd_runs_bytes(void);

#endif
