// SPDX-License-Identifier: GPL-2.0-only
/*
 * What kswapd does, noted by kswapd itself: nearly all of these hooks run in the
 * kswapd thread of the node they are about, so a node's log has one writer and
 * needs no lock, only a seqcount for its readers.
 */
#include <linux/kthread.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/slab.h>
#include <linux/swap.h>
#include <linux/wait.h>
#include <trace/events/vmscan.h>

#include "kswapd.h"
#include "mmscope.h"
#include "probe.h"
#include "symbol.h"

struct mms_wakeups {
	u64 count[MAX_NR_ZONES][MMS_NR_ORDERS];
};

enum { MMS_CLAIM_FREE, MMS_CLAIM_TAKEN, MMS_CLAIM_READY, MMS_CLAIM_LATE };

/**
 * struct mms_kswapd_node - a node
 * @seq: even while @log is whole
 * @log: what its kswapd has done
 * @claim: may @waker be written, is it being, has it been, or is it too late?
 * @waker: the first to wake it since its last run ended
 * @awake: but it was in a run when he came
 * @late: he was still being noted when the run began
 * @resting: its last run is known to be over, and no other has begun
 * @wakeups: counted on each CPU
 * @base: @log's totals at the last reset
 * @base_ring: its ring then
 * @base_wakeups: the sums of @wakeups then
 */
struct mms_kswapd_node {
	seqcount_t seq;
	struct mms_kswapd_log log;
	atomic_t claim;
	struct mms_waker waker;
	bool awake;
	bool late;
	bool resting;
	struct mms_wakeups __percpu *wakeups;
	struct mms_kswapd_totals base;
	u64 base_ring;
	struct mms_wakeups base_wakeups;
};

struct mms_topk mms_kswapd_wakers;

static struct mms_kswapd_node **mms_kswapd_nodes;
/* Orders readers, reset and who writes where no hook can; no hook takes it. */
static DEFINE_MUTEX(mms_kswapd_lock);
static const struct static_key *mms_lru_gen_key;

/* The writer must not be preempted in the middle, or a reader would spin. */
static struct mms_kswapd_node *mms_log_begin(int nid)
{
	struct mms_kswapd_node *node = mms_kswapd_nodes[nid];

	preempt_disable_notrace();
	raw_write_seqcount_begin(&node->seq);
	return node;
}

static void mms_log_end(struct mms_kswapd_node *node)
{
	raw_write_seqcount_end(&node->seq);
	preempt_enable_notrace();
}

static void mms_look_around(int nid, struct mms_look *looks)
{
	struct zone *zone = NODE_DATA(nid)->node_zones;
	unsigned int i;

	for (i = 0; i < MAX_NR_ZONES; i++)
		if (populated_zone(&zone[i]))
			mms_zones_look(&zone[i], &looks[i]);
}

/* Who has woken it, if he has been noted down whole. */
static void mms_take_waker(struct mms_kswapd_node *node, struct mms_waker *waker)
{
	int claim;

	/* Who claims after this look sees that the run has begun: mms_is_awake() */
	smp_mb();
	claim = atomic_read_acquire(&node->claim);
	node->late = claim == MMS_CLAIM_TAKEN;
	if (claim != MMS_CLAIM_READY)
		return;
	*waker = node->waker;
	atomic_set_release(&node->claim, MMS_CLAIM_FREE);
}

/*
 * One who was still being noted when the run began, since he was held up there
 * and another task's wakeup came first. Who is not done now never counts. Nor does
 * who came while it was in the run.
 */
static void mms_take_late_waker(struct mms_kswapd_node *node,
				struct mms_waker *waker)
{
	atomic_cmpxchg(&node->claim, MMS_CLAIM_TAKEN, MMS_CLAIM_LATE);
	if (atomic_read_acquire(&node->claim) != MMS_CLAIM_READY)
		return;
	if (node->late)
		*waker = node->waker;
	if (node->late || node->awake)
		atomic_set_release(&node->claim, MMS_CLAIM_FREE);
}

static void mms_run_begin(int nid, unsigned int order, unsigned int zone)
{
	struct mms_kswapd_node *node = mms_log_begin(nid);
	struct mms_kswapd_log *log = &node->log;

	memset(&log->now, 0, sizeof(log->now));
	WRITE_ONCE(node->resting, false);
	log->running = true;
	log->now.start = mms_clock();
	log->now.order = order;
	log->now.highest_zone = zone;
	log->now.freed = -1;
	mms_take_waker(node, &log->now.waker);
	mms_look_around(nid, log->now.before);
	mms_log_end(node);
}

static void mms_note_run(int nid, struct mms_kswapd_log *log)
{
	log->running = false;
	log->now.length = mms_clock() - log->now.start;
	mms_look_around(nid, log->now.after);
	log->totals.runs++;
	log->totals.awake += log->now.length;
	mms_hist_add(&log->totals.lengths, log->now.length);
	log->runs[mms_ring_next(&log->ring, MMS_RUNS)] = log->now;
}

/* Also of a run whose beginning was not seen, and when kswapd considers again. */
static void mms_run_end(int nid)
{
	struct mms_kswapd_node *node = mms_log_begin(nid);

	if (!node->resting) {
		WRITE_ONCE(node->resting, true);
		mms_take_late_waker(node, &node->log.now.waker);
	}
	if (node->log.running)
		mms_note_run(nid, &node->log);
	mms_log_end(node);
}

/*
 * wakeup_kswapd() has seen kswapd in its wait queue before it makes this event
 * (mm/vmscan.c, 5.10 to 7.2), and by now another one may have woken it, or it has
 * gone on by itself. If its run has begun, that is seen here, or his claim there;
 * and the queue is empty until kswapd goes to sleep.
 */
static bool mms_is_awake(const struct mms_kswapd_node *node, int nid)
{
	if (READ_ONCE(node->resting))
		return false;
	/* The claim is the barrier */
	return !waitqueue_active(&NODE_DATA(nid)->kswapd_wait);
}

/* Not preempted (7.2 calls probes where it may be): others cannot be noted then. */
static void mms_note_waker(struct mms_kswapd_node *node, int nid)
{
	struct mms_waker *waker = &node->waker;

	preempt_disable_notrace();
	if (atomic_cmpxchg(&node->claim, MMS_CLAIM_FREE, MMS_CLAIM_TAKEN) ==
	    MMS_CLAIM_FREE) {
		node->awake = mms_is_awake(node, nid);
		waker->at = mms_clock();
		mms_topk_current(&waker->pid, &waker->cgroup_id, waker->comm);
		if (atomic_cmpxchg_release(&node->claim, MMS_CLAIM_TAKEN,
					   MMS_CLAIM_READY) != MMS_CLAIM_TAKEN)
			atomic_set_release(&node->claim, MMS_CLAIM_FREE);
	}
	preempt_enable_notrace();
}

static void mms_on_wakeup(void *data, int nid, int zid, int order,
			  gfp_t gfp_flags)
{
	struct mms_kswapd_node *node = mms_kswapd_nodes[nid];

	mms_hook_hit(data);
	if (zid < MAX_NR_ZONES && order < MMS_NR_ORDERS)
		this_cpu_inc(node->wakeups->count[zid][order]);
	mms_topk_hit(&mms_kswapd_wakers, nid);
	mms_note_waker(node, nid);
}

MMS_CHECK_TRACEPOINT(mm_vmscan_wakeup_kswapd, mms_on_wakeup)

static void mms_on_wake(void *data, int nid, int zid, int order)
{
	mms_hook_hit(data);
	mms_run_begin(nid, order, zid);
}

MMS_CHECK_TRACEPOINT(mm_vmscan_kswapd_wake, mms_on_wake)

/* prepare_kswapd_sleep(pgdat, order, highest_zoneidx), the same since 5.8 */
static void mms_on_consider_sleep(struct mms_hook *hook, struct pt_regs *regs)
{
	pg_data_t *pgdat = (void *)regs_get_kernel_argument(regs, 0);

	mms_run_end(pgdat->node_id);
}

MMS_KPROBE_CALLBACK(mms_on_consider_sleep)

static void mms_note_lru(int nid, unsigned long scanned,
			 unsigned long reclaimed)
{
	struct mms_kswapd_node *node = mms_log_begin(nid);

	node->log.now.scanned += scanned;
	node->log.now.reclaimed += reclaimed;
	node->log.totals.scanned += scanned;
	node->log.totals.reclaimed += reclaimed;
	mms_log_end(node);
}

static bool mms_lru_gen_on(void)
{
	return mms_lru_gen_key && static_key_count((void *)mms_lru_gen_key) > 0;
}

static bool mms_in_kswapd(void)
{
	/*
	 * A task's flags are its own, but it may be preempted while it reads
	 * them, and finish_task_switch() clears PF_BLOCK_TS then (7.2): a race by
	 * the letter. PF_KSWAPD a kswapd has all its life; a worker borrows it for
	 * some work (xfs_btree_split_worker(), fs/xfs/libxfs/xfs_btree.c).
	 */
	return (data_race(current->flags) & (PF_KSWAPD | PF_WQ_WORKER)) ==
	       PF_KSWAPD;
}

/*
 * pgscan_kswapd counts what was scanned of the inactive lists; with the
 * multi-generational LRU what was isolated (scan_folios(), mm/vmscan.c).
 * mm_vmscan_lru_shrink_inactive would tell less: it is not reached when nothing
 * could be isolated. It is kswapd's thread data that tells the node.
 */
static void mms_on_isolate(void *data, MMS_LRU_ISOLATE_ARGS)
{
	pg_data_t *pgdat;

	mms_hook_hit(data);
	if (!mms_in_kswapd())
		return;
	if (lru != LRU_INACTIVE_ANON && lru != LRU_INACTIVE_FILE)
		return;
	pgdat = kthread_data(current);
	mms_note_lru(pgdat->node_id, mms_lru_gen_on() ? nr_taken : nr_scanned,
		     0);
}

MMS_CHECK_TRACEPOINT(mm_vmscan_lru_isolate, mms_on_isolate)

static void mms_on_shrink(void *data, int nid, unsigned long nr_scanned,
			  unsigned long nr_reclaimed, struct reclaim_stat *stat,
			  int priority, int file)
{
	mms_hook_hit(data);
	if (mms_in_kswapd())
		mms_note_lru(nid, 0, nr_reclaimed);
}

MMS_CHECK_TRACEPOINT(mm_vmscan_lru_shrink_inactive, mms_on_shrink)

/* The last thing that balance_pgdat() does, before prepare_kswapd_sleep(). */
static void mms_on_balanced(void *data, int nid, int order, int highest_zoneidx,
			    unsigned long nr_reclaimed)
{
	struct mms_kswapd_node *node;

	mms_hook_hit(data);
	node = mms_log_begin(nid);
	node->log.now.freed = nr_reclaimed;
	node->log.totals.freed += nr_reclaimed;
	mms_log_end(node);
}

MMS_CHECK_TRACEPOINT(mm_vmscan_balance_pgdat_end, mms_on_balanced)

enum {
	MMS_HOOK_WAKEUP,
	MMS_HOOK_BEGIN,
	MMS_HOOK_END,
	MMS_HOOK_ISOLATE,
	MMS_HOOK_SHRINK,
	MMS_HOOK_BALANCED,
};

static struct mms_hook mms_kswapd_hooks[] = {
	[MMS_HOOK_WAKEUP] = MMS_TRACEPOINT(mm_vmscan_wakeup_kswapd,
					   mms_on_wakeup),
	[MMS_HOOK_BEGIN] = MMS_TRACEPOINT(mm_vmscan_kswapd_wake, mms_on_wake),
	[MMS_HOOK_END] = MMS_KPROBE(prepare_kswapd_sleep,
				    mms_on_consider_sleep),
	[MMS_HOOK_ISOLATE] = MMS_TRACEPOINT(mm_vmscan_lru_isolate,
					    mms_on_isolate),
	[MMS_HOOK_SHRINK] = MMS_TRACEPOINT(mm_vmscan_lru_shrink_inactive,
					   mms_on_shrink),
	[MMS_HOOK_BALANCED] = MMS_TRACEPOINT(mm_vmscan_balance_pgdat_end,
					     mms_on_balanced),
};

/*
 * With the hooks gone nobody would see the end of a run that goes on, nor the
 * run that a waker was noted for.
 */
static void mms_kswapd_off(void)
{
	int nid;

	mutex_lock(&mms_kswapd_lock);
	for_each_node(nid) {
		struct mms_kswapd_node *node = mms_log_begin(nid);
		struct mms_kswapd_log *log = &node->log;

		if (log->running)
			log->totals.awake += mms_clock() - log->now.start;
		log->running = false;
		node->late = false;
		WRITE_ONCE(node->resting, false);
		mms_log_end(node);
		atomic_set(&node->claim, MMS_CLAIM_FREE);
	}
	mutex_unlock(&mms_kswapd_lock);
}

/*
 * A kswapd that is stopped in a run, when the last memory of its node goes, does not
 * consider to sleep any more (kswapd_try_to_sleep(), mm/vmscan.c, 5.10 to 7.2). It
 * has ended when the notifier is called (offline_pages(), mm/memory_hotplug.c), and
 * so nobody else writes its log.
 */
void mms_kswapd_memory_changed(void)
{
	int nid;

	/* Where nobody tells the end of runs, this one may have ended long ago */
	if (!mms_kswapd_tells_runs())
		return;
	mutex_lock(&mms_kswapd_lock);
	for_each_online_node(nid)
		if (!NODE_DATA(nid)->kswapd &&
		    mms_kswapd_nodes[nid]->log.running)
			mms_run_end(nid);
	mutex_unlock(&mms_kswapd_lock);
}

struct mms_group mms_kswapd_group = {
	.name = "kswapd",
	.by_default = true,
	.off = mms_kswapd_off,
	MMS_HOOKS(mms_kswapd_hooks),
};

/* May the multi-generational LRU be on without our knowing it? */
static bool mms_lru_gen_unknown(void)
{
	return IS_ENABLED(CONFIG_LRU_GEN) && !mms_lru_gen_key;
}

/* One that is off has counted what there was before. */
static bool mms_is_there(unsigned int hook)
{
	return READ_ONCE(mms_kswapd_hooks[hook].state) != MMS_HOOK_ABSENT;
}

bool mms_kswapd_tells_scanned(void)
{
	return mms_is_there(MMS_HOOK_ISOLATE) && !mms_lru_gen_unknown() &&
	       !(MMS_LRU_GEN_SILENT && mms_lru_gen_on());
}

bool mms_kswapd_tells_reclaimed(void)
{
	return mms_is_there(MMS_HOOK_SHRINK) &&
	       !(MMS_LRU_GEN_SILENT &&
		 (mms_lru_gen_unknown() || mms_lru_gen_on()));
}

bool mms_kswapd_tells_runs(void)
{
	return mms_is_there(MMS_HOOK_BEGIN) && mms_is_there(MMS_HOOK_END);
}

bool mms_kswapd_tells_wakeups(void)
{
	return mms_is_there(MMS_HOOK_WAKEUP);
}

/* Most kernels lack it, which shows only when it is to be attached. */
bool mms_kswapd_tells_freed(void)
{
	return READ_ONCE(mms_kswapd_hooks[MMS_HOOK_BALANCED].state) ==
	       MMS_HOOK_ATTACHED;
}

static void mms_hist_since(struct mms_hist *hist, const struct mms_hist *base)
{
	unsigned int i;

	for (i = 0; i < MMS_HIST_SLOTS; i++)
		hist->counts[i] -= base->counts[i];
}

void mms_kswapd_read(int nid, struct mms_kswapd_log *log)
{
	struct mms_kswapd_node *node = mms_kswapd_nodes[nid];
	unsigned int seq;

	mutex_lock(&mms_kswapd_lock);
	do {
		seq = read_seqcount_begin(&node->seq);
		memcpy(log, &node->log, sizeof(*log));
	} while (read_seqcount_retry(&node->seq, seq));
	log->totals.runs -= node->base.runs;
	log->totals.awake -= node->base.awake;
	log->totals.scanned -= node->base.scanned;
	log->totals.reclaimed -= node->base.reclaimed;
	log->totals.freed -= node->base.freed;
	mms_hist_since(&log->totals.lengths, &node->base.lengths);
	log->ring.base = node->base_ring;
	mutex_unlock(&mms_kswapd_lock);
}

static u64 mms_wakeups_sum(const struct mms_kswapd_node *node,
			   unsigned int zone, unsigned int order)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(node->wakeups,
					     cpu)->count[zone][order]);
	return sum;
}

u64 mms_kswapd_wakeups(int nid, unsigned int zone, unsigned int order)
{
	const struct mms_kswapd_node *node = mms_kswapd_nodes[nid];

	return mms_wakeups_sum(node, zone, order) -
	       READ_ONCE(node->base_wakeups.count[zone][order]);
}

static void mms_wakeups_reset(struct mms_kswapd_node *node)
{
	unsigned int zone, order;

	for (zone = 0; zone < MAX_NR_ZONES; zone++)
		for (order = 0; order < MMS_NR_ORDERS; order++)
			WRITE_ONCE(node->base_wakeups.count[zone][order],
				   mms_wakeups_sum(node, zone, order));
}

static void mms_node_reset(struct mms_kswapd_node *node)
{
	unsigned int seq;

	do {
		seq = read_seqcount_begin(&node->seq);
		node->base = node->log.totals;
		/* Of a run that goes on only what is still to come counts. */
		if (node->log.running)
			node->base.awake += mms_clock() - node->log.now.start;
		node->base_ring = node->log.ring.added;
	} while (read_seqcount_retry(&node->seq, seq));
	mms_wakeups_reset(node);
}

void mms_kswapd_runs_reset(void)
{
	int nid;

	mutex_lock(&mms_kswapd_lock);
	for_each_node(nid)
		mms_node_reset(mms_kswapd_nodes[nid]);
	mutex_unlock(&mms_kswapd_lock);
	mms_topk_reset(&mms_kswapd_wakers);
}

static struct mms_kswapd_node *mms_node_alloc(void)
{
	struct mms_kswapd_node *node = kvzalloc(sizeof(*node), GFP_KERNEL);

	if (!node)
		return NULL;
	seqcount_init(&node->seq);
	node->wakeups = alloc_percpu(struct mms_wakeups);
	if (node->wakeups)
		return node;
	kvfree(node);
	return NULL;
}

int mms_kswapd_runs_init(void)
{
	int nid;

	/* DEFINE_STATIC_KEY_ARRAY(lru_gen_caps), whose first is the main switch */
	mms_lru_gen_key = mms_data_symbol("lru_gen_caps");
	mms_kswapd_nodes = kcalloc(nr_node_ids, sizeof(*mms_kswapd_nodes),
				   GFP_KERNEL);
	if (!mms_kswapd_nodes)
		return -ENOMEM;
	for_each_node(nid) {
		mms_kswapd_nodes[nid] = mms_node_alloc();
		if (!mms_kswapd_nodes[nid])
			goto no_memory;
	}
	if (!mms_topk_init(&mms_kswapd_wakers))
		return 0;
no_memory:
	mms_kswapd_runs_exit();
	return -ENOMEM;
}

void mms_kswapd_runs_exit(void)
{
	int nid;

	mms_topk_exit(&mms_kswapd_wakers);
	for (nid = 0; mms_kswapd_nodes && nid < nr_node_ids; nid++) {
		if (!mms_kswapd_nodes[nid])
			continue;
		free_percpu(mms_kswapd_nodes[nid]->wakeups);
		kvfree(mms_kswapd_nodes[nid]);
	}
	kfree(mms_kswapd_nodes);
	mms_kswapd_nodes = NULL;
}

size_t mms_kswapd_runs_bytes(void)
{
	return nr_node_ids * sizeof(*mms_kswapd_nodes) + mms_topk_bytes() +
	       num_possible_nodes() *
	       (sizeof(struct mms_kswapd_node) +
		num_possible_cpus() * sizeof(struct mms_wakeups));
}
