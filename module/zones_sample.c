// SPDX-License-Identifier: GPL-2.0-only
/*
 * When zones are looked at, and what is remembered of it.
 *
 * The timers are deferrable: they never wake an idle CPU, on which no memory is
 * taken either. There is one on each CPU, since one for the machine would
 * sleep with its own CPU while the others work; whichever fires first in a
 * period looks at all zones and the others see that this is done.
 */
#include <linux/cpuhotplug.h>
#include <linux/hash.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/oom.h>
#include <linux/percpu.h>
#include <linux/slab.h>
#include <linux/vmstat.h>
#include <trace/events/vmscan.h>

#include "compat.h"
#include "events.h"
#include "mmscope.h"
#include "probe.h"
#include "zones.h"

#define MMS_SAMPLE_MS_MIN	100
#define MMS_SAMPLE_MS_MAX	60000

struct mms_topk mms_zones_pressed;

/**
 * struct mms_zone_state - what is remembered of a zone
 * @lock: guards all below. A hook only tries it: when another CPU looks at the
 *	zone at this very moment, that look will do. Held for no longer than it
 *	takes to copy this.
 * @seen: it is populated and has been looked at
 * @totals: where it has stood
 * @history: how it moved
 */
struct mms_zone_state {
	raw_spinlock_t lock;
	bool seen;
	struct mms_zone_totals totals;
	struct mms_zone_history history;
};

/*
 * For each possible node its MAX_NR_ZONES states. Every zone that there can be
 * has one: the set of possible nodes is fixed when the kernel has booted.
 */
static struct mms_zone_state **mms_states;

static struct mms_zone_state *mms_zones_state(struct zone *zone)
{
	return &mms_states[zone_to_nid(zone)][zone_idx(zone)];
}

void mms_zones_look(struct zone *zone, struct mms_look *look)
{
	unsigned long boost = mms_racy(zone->watermark_boost);

	look->free = zone_page_state(zone, NR_FREE_PAGES);
	look->min = mms_racy(zone->_watermark[WMARK_MIN]) + boost;
	look->low = mms_racy(zone->_watermark[WMARK_LOW]) + boost;
	look->high = mms_racy(zone->_watermark[WMARK_HIGH]) + boost;
}

static enum mms_band mms_band_of(const struct mms_look *look)
{
	/* As zone_watermark_ok() does: a mark is met only above it. */
	if (look->free > look->high)
		return MMS_ABOVE_HIGH;
	if (look->free > look->low)
		return MMS_HIGH_TO_LOW;
	if (look->free > look->min)
		return MMS_LOW_TO_MIN;
	return MMS_BELOW_MIN;
}

/* Everything begins with this look. */
static void mms_state_begin(struct mms_zone_state *state,
			    const struct mms_look *look, u64 now)
{
	struct mms_zone_history *history = &state->history;

	WRITE_ONCE(state->seen, true);
	state->totals = (struct mms_zone_totals){
		.band = mms_band_of(look),
		.last = now,
		.since = now,
		.lowest = look->free,
		.samples = 1,
	};
	memset(history->stays, 0, sizeof(history->stays));
	mms_ring_reset(&history->ring);
}

static void mms_state_cross(struct mms_zone_state *state,
			    const struct mms_crossing *crossing)
{
	struct mms_zone_history *history = &state->history;
	struct mms_zone_totals *totals = &state->totals;

	history->crossings[mms_ring_next(&history->ring, MMS_CROSSINGS)] =
		*crossing;
	if (totals->entered)
		mms_hist_add(&history->stays[totals->band],
			     crossing->at - totals->entered);
	totals->entered = crossing->at;
	totals->band = crossing->to;
}

/*
 * Takes a look into account. Gives true, and what it was, if it showed another
 * band than the look before.
 */
static bool mms_state_look(struct mms_zone_state *state, u64 now,
			   const char *seen_by, const struct mms_look *look,
			   struct mms_crossing *crossing)
{
	struct mms_zone_totals *totals = &state->totals;

	if (!state->seen) {
		mms_state_begin(state, look, now);
		return false;
	}
	/* Two CPUs' clocks may differ by a little; time never runs back here. */
	if (now > totals->last) {
		totals->ns[totals->band] += now - totals->last;
		totals->last = now;
	}
	totals->samples++;
	totals->lowest = min(totals->lowest, look->free);
	*crossing = (struct mms_crossing){
		.at = totals->last,
		.from = totals->band,
		.to = mms_band_of(look),
		.look = *look,
		.seen_by = seen_by,
	};
	if (crossing->from == crossing->to)
		return false;
	mms_state_cross(state, crossing);
	return true;
}

static void mms_tell_crossing(struct zone *zone,
			      const struct mms_crossing *crossing)
{
	trace_mmscope_zone_band(zone_to_nid(zone),
				mms_zones_name(zone_idx(zone)), crossing);
}

/* A zone that lost its last page begins anew if it ever gets pages again. */
static void mms_forget(struct mms_zone_state *state)
{
	unsigned long flags;

	if (!READ_ONCE(state->seen))
		return;
	raw_spin_lock_irqsave(&state->lock, flags);
	WRITE_ONCE(state->seen, false);
	raw_spin_unlock_irqrestore(&state->lock, flags);
}

/* A look at one zone from a hook or the timer: any context but NMI. */
static void mms_sample_zone(struct zone *zone, const char *seen_by)
{
	struct mms_zone_state *state = mms_zones_state(zone);
	struct mms_crossing crossing;
	struct mms_look look;
	unsigned long flags;
	bool crossed;

	if (!raw_spin_trylock_irqsave(&state->lock, flags))
		return;
	mms_zones_look(zone, &look);
	crossed = mms_state_look(state, mms_clock(), seen_by, &look, &crossing);
	raw_spin_unlock_irqrestore(&state->lock, flags);
	if (crossed)
		mms_tell_crossing(zone, &crossing);
}

/* An online node always has its pgdat. */
static void mms_sample_node(int nid, const char *seen_by)
{
	struct zone *zones = NODE_DATA(nid)->node_zones;
	enum zone_type i;

	for (i = 0; i < MAX_NR_ZONES; i++)
		if (populated_zone(&zones[i]))
			mms_sample_zone(&zones[i], seen_by);
}

static void mms_sample_all(const char *seen_by)
{
	int nid;

	for_each_online_node(nid)
		mms_sample_node(nid, seen_by);
}

void mms_zones_memory_changed(void)
{
	enum zone_type i;
	int nid;

	for_each_online_node(nid)
		for (i = 0; i < MAX_NR_ZONES; i++)
			if (!populated_zone(&NODE_DATA(nid)->node_zones[i]))
				mms_forget(&mms_states[nid][i]);
	mms_sample_all("hotplug");
}

void mms_zones_read(struct zone *zone, u64 now, struct mms_look *look,
		    struct mms_zone_totals *totals)
{
	struct mms_zone_state *state = mms_zones_state(zone);
	struct mms_crossing crossing;
	bool crossed;

	raw_spin_lock_irq(&state->lock);
	mms_zones_look(zone, look);
	crossed = mms_state_look(state, now, "read", look, &crossing);
	*totals = state->totals;
	raw_spin_unlock_irq(&state->lock);
	if (crossed)
		mms_tell_crossing(zone, &crossing);
}

void mms_zones_history(struct zone *zone, struct mms_zone_history *history)
{
	struct mms_zone_state *state = mms_zones_state(zone);

	raw_spin_lock_irq(&state->lock);
	*history = state->history;
	raw_spin_unlock_irq(&state->lock);
}

unsigned int mms_zones_crossings_count(struct zone *zone)
{
	/* Without the lock: only a bound of the table's rows. */
	return data_race(mms_ring_count(&mms_zones_state(zone)->history.ring,
					MMS_CROSSINGS));
}

unsigned int mms_zones_stays_count(struct zone *zone)
{
	const struct mms_hist *stays = mms_zones_state(zone)->history.stays;
	unsigned int i, n = 0;
	enum mms_band band;

	for (band = 0; band < MMS_NR_BANDS; band++)
		for (i = 0; i < MMS_HIST_SLOTS; i++)
			/* Likewise. */
			n += data_race(stays[band].counts[i]) != 0;
	return n;
}

/* The hooks. None needs more than the node, so none costs more on big machines. */

/*
 * Nobody is pressed when kswapd is woken with no gfp flags: rmqueue() does that
 * to have a boosted zone reclaimed, migrate.c to make room for promotion, both
 * for an allocation that went well (6.1). wake_all_kswapds() always passes some.
 */
static void mms_on_wakeup_kswapd(void *data, int nid, int zid, int order,
				 gfp_t gfp_flags)
{
	mms_hook_hit(data);
	if (gfp_flags)
		mms_topk_hit(&mms_zones_pressed, nid);
	mms_sample_node(nid, "mm_vmscan_wakeup_kswapd");
}

MMS_CHECK_TRACEPOINT(mm_vmscan_wakeup_kswapd, mms_on_wakeup_kswapd)

static void mms_on_kswapd_wake(void *data, int nid, int zid, int order)
{
	mms_hook_hit(data);
	mms_sample_node(nid, "mm_vmscan_kswapd_wake");
}

MMS_CHECK_TRACEPOINT(mm_vmscan_kswapd_wake, mms_on_kswapd_wake)

static void mms_on_kswapd_sleep(void *data, int nid)
{
	mms_hook_hit(data);
	mms_sample_node(nid, "mm_vmscan_kswapd_sleep");
}

MMS_CHECK_TRACEPOINT(mm_vmscan_kswapd_sleep, mms_on_kswapd_sleep)

/* A task that reclaims for itself has to wait for kswapd. */
static void mms_on_throttled(void *data, int nid, int usec_timeout,
			     int usec_delayed, int reason)
{
	mms_hook_hit(data);
	mms_sample_node(nid, "mm_vmscan_throttled");
}

MMS_CHECK_TRACEPOINT(mm_vmscan_throttled, mms_on_throttled)

/*
 * The node that an allocation wants memory of: that of the first zone in its
 * zonelist that it may use, as first_zones_zonelist() has it. A task bound to
 * another node has its own node's zonelist all the same, and only the mask is
 * that of the policy. -1 if there is none. Each zone passed over is a step, but
 * who comes here is about to reclaim.
 */
static int mms_wanted_nid(const struct zonelist *zonelist, gfp_t gfp_mask,
			  const nodemask_t *nodemask)
{
	const struct zoneref *ref = zonelist->_zonerefs;
	struct zone *zone;

	for (; (zone = mms_racy(ref->zone)) != NULL; ref++) {
		if (zone_idx(zone) > gfp_zone(gfp_mask))
			continue;
		if (!nodemask || node_isset(zone_to_nid(zone), *nodemask))
			return zone_to_nid(zone);
	}
	return -1;
}

/*
 * Which task reclaims for which node, from the begin to the end of it: the end's
 * event does not tell, and a look at the begin alone would have all the time up
 * to the next look count as it was when things were worst. A task writes and
 * reads its own entry only. Where many reclaim at once one may lose its entry to
 * another, and then has no look at its end.
 */
#define MMS_RECLAIMERS_BITS	8
#define MMS_RECLAIMERS_WAYS	4

struct mms_reclaimer {
	const struct task_struct *task;
	int nid;
};

static struct mms_reclaimer
mms_reclaimers[(1 << MMS_RECLAIMERS_BITS) + MMS_RECLAIMERS_WAYS];

static struct mms_reclaimer *mms_reclaimer_find(const struct task_struct *task)
{
	struct mms_reclaimer *first;
	unsigned int i;

	first = &mms_reclaimers[hash_ptr(current, MMS_RECLAIMERS_BITS)];
	for (i = 0; i < MMS_RECLAIMERS_WAYS; i++)
		if (READ_ONCE(first[i].task) == task)
			return &first[i];
	return NULL;
}

static void mms_reclaimer_begin(int nid)
{
	struct mms_reclaimer *reclaimer = mms_reclaimer_find(current);
	unsigned int hash = hash_ptr(current, MMS_RECLAIMERS_BITS);

	if (!reclaimer)
		reclaimer = mms_reclaimer_find(NULL) ?: &mms_reclaimers[hash];
	WRITE_ONCE(reclaimer->task, current);
	WRITE_ONCE(reclaimer->nid, nid);
}

/* Gives the node, or -1. */
static int mms_reclaimer_end(void)
{
	struct mms_reclaimer *reclaimer = mms_reclaimer_find(current);
	int nid = -1;

	if (reclaimer) {
		nid = READ_ONCE(reclaimer->nid);
		WRITE_ONCE(reclaimer->task, NULL);
	}
	return nid;
}

/*
 * The event of direct reclaim does not tell the node; the function's arguments
 * do: try_to_free_pages(zonelist, order, gfp_mask, nodemask), the same from
 * 5.10 to 7.2.
 */
static void mms_on_direct_reclaim(struct mms_hook *hook, struct pt_regs *regs)
{
	int nid = mms_wanted_nid((void *)regs_get_kernel_argument(regs, 0),
				 (__force gfp_t)regs_get_kernel_argument(regs, 2),
				 (void *)regs_get_kernel_argument(regs, 3));

	if (nid < 0)
		return;
	mms_topk_hit(&mms_zones_pressed, nid);
	mms_reclaimer_begin(nid);
	mms_sample_node(nid, hook->target);
}

MMS_KPROBE_CALLBACK(mms_on_direct_reclaim)

static void mms_on_reclaim_end(void *data, MMS_RECLAIM_END_ARGS)
{
	int nid = mms_reclaimer_end();

	mms_hook_hit(data);
	if (nid >= 0)
		mms_sample_node(nid, "mm_vmscan_direct_reclaim_end");
}

MMS_CHECK_TRACEPOINT(mm_vmscan_direct_reclaim_end, mms_on_reclaim_end)

/* Its zonelist is NULL when it is a memory cgroup that asks for a victim. */
static void mms_on_out_of_memory(struct mms_hook *hook, struct pt_regs *regs)
{
	struct oom_control *oc = (void *)regs_get_kernel_argument(regs, 0);
	int nid = -1;

	if (oc->zonelist)
		nid = mms_wanted_nid(oc->zonelist, oc->gfp_mask, oc->nodemask);
	if (nid >= 0)
		mms_sample_node(nid, hook->target);
}

MMS_KPROBE_CALLBACK(mms_on_out_of_memory)

/* The marks are about to change: what has been till now counts by the old ones. */
static void mms_on_setup_wmarks(struct mms_hook *hook, struct mms_ftrace_regs *regs)
{
	mms_sample_all(hook->target);
}

MMS_FTRACE_CALLBACK(mms_on_setup_wmarks)

static struct mms_hook mms_zones_hooks[] = {
	MMS_TRACEPOINT(mm_vmscan_wakeup_kswapd, mms_on_wakeup_kswapd),
	MMS_TRACEPOINT(mm_vmscan_kswapd_wake, mms_on_kswapd_wake),
	MMS_TRACEPOINT(mm_vmscan_kswapd_sleep, mms_on_kswapd_sleep),
	MMS_TRACEPOINT(mm_vmscan_throttled, mms_on_throttled),
	MMS_KPROBE(try_to_free_pages, mms_on_direct_reclaim),
	MMS_TRACEPOINT(mm_vmscan_direct_reclaim_end, mms_on_reclaim_end),
	MMS_KPROBE(out_of_memory, mms_on_out_of_memory),
	/* 5.10 has both, and a min_free_kbytes handler that calls the inner. */
	MMS_FTRACE_INNER(setup_per_zone_wmarks, __setup_per_zone_wmarks,
			 mms_on_setup_wmarks),
};

struct mms_group mms_zones_group = {
	.name = "zones",
	.by_default = true,
	MMS_HOOKS(mms_zones_hooks),
};

/* The sampler. */

static DEFINE_MUTEX(mms_sampler_lock);
static bool mms_sampler_runs;
static int mms_sampler_cpuhp;
static unsigned int mms_sample_ms = 100;
static DEFINE_PER_CPU(struct timer_list, mms_sampler_timer);
static atomic64_t mms_sampler_next;

/*
 * Gives true to one caller a period. A tick more or less: timers go off on
 * ticks, and this CPU's next one must not come just too early.
 */
static bool mms_sampler_due(void)
{
	u64 period = (u64)READ_ONCE(mms_sample_ms) * NSEC_PER_MSEC;
	s64 next = atomic64_read(&mms_sampler_next);
	s64 now = mms_clock();

	return now >= next &&
	       atomic64_cmpxchg(&mms_sampler_next, next,
				now + period - 2 * TICK_NSEC) == next;
}

static void mms_sampler_tick(struct timer_list *timer)
{
	if (mms_sampler_due())
		mms_sample_all("timer");
	mod_timer(timer, jiffies + msecs_to_jiffies(READ_ONCE(mms_sample_ms)));
}

static int mms_sampler_cpu_online(unsigned int cpu)
{
	struct timer_list *timer = per_cpu_ptr(&mms_sampler_timer, cpu);

	timer_setup(timer, mms_sampler_tick, TIMER_DEFERRABLE | TIMER_PINNED);
	timer->expires = jiffies + 1;
	if (mms_is_housekeeping(cpu))
		add_timer_on(timer, cpu);
	return 0;
}

static int mms_sampler_cpu_offline(unsigned int cpu)
{
	timer_delete_sync(per_cpu_ptr(&mms_sampler_timer, cpu));
	return 0;
}

/* Under mms_sampler_lock. */
static int mms_sampler_begin(void)
{
	int ret;

	if (!mms_sample_ms)
		return 0;
	atomic64_set(&mms_sampler_next, 0);
	ret = cpuhp_setup_state(CPUHP_AP_ONLINE_DYN, "mm/mmscope:online",
				mms_sampler_cpu_online,
				mms_sampler_cpu_offline);
	if (ret < 0)
		return ret;
	mms_sampler_cpuhp = ret;
	return 0;
}

/* Under mms_sampler_lock. */
static void mms_sampler_end(void)
{
	if (mms_sampler_cpuhp)
		cpuhp_remove_state(mms_sampler_cpuhp);
	mms_sampler_cpuhp = 0;
}

int mms_zones_sample_start(void)
{
	int err;

	/* After a stop too: nobody looked meanwhile. */
	mms_zones_sample_reset();
	mutex_lock(&mms_sampler_lock);
	err = mms_sampler_begin();
	mms_sampler_runs = !err;
	mutex_unlock(&mms_sampler_lock);
	return err;
}

void mms_zones_sample_stop(void)
{
	mutex_lock(&mms_sampler_lock);
	mms_sampler_end();
	mms_sampler_runs = false;
	mutex_unlock(&mms_sampler_lock);
}

static int mms_sample_ms_set(const char *text, const struct kernel_param *kp)
{
	unsigned int ms, before;
	int err = kstrtouint(text, 0, &ms);

	if (err)
		return err;
	if (ms && (ms < MMS_SAMPLE_MS_MIN || ms > MMS_SAMPLE_MS_MAX))
		return -EINVAL;
	mutex_lock(&mms_sampler_lock);
	if (mms_sampler_runs)
		mms_sampler_end();
	before = mms_sample_ms;
	WRITE_ONCE(mms_sample_ms, ms);
	if (mms_sampler_runs)
		err = mms_sampler_begin();
	if (err)
		WRITE_ONCE(mms_sample_ms, before);
	mutex_unlock(&mms_sampler_lock);
	return err;
}

static const struct kernel_param_ops mms_sample_ms_ops = {
	.set = mms_sample_ms_set,
	.get = param_get_uint,
};

module_param_cb(sample_ms, &mms_sample_ms_ops, &mms_sample_ms, 0644);
MODULE_PARM_DESC(sample_ms,
		 "period at which zones are looked at, in ms, 100 to 60000; 0 for never");

static void mms_reset_zone(struct zone *zone)
{
	struct mms_zone_state *state = mms_zones_state(zone);
	struct mms_look look;

	raw_spin_lock_irq(&state->lock);
	mms_zones_look(zone, &look);
	mms_state_begin(state, &look, mms_clock());
	raw_spin_unlock_irq(&state->lock);
}

void mms_zones_sample_reset(void)
{
	enum zone_type i;
	int nid;

	for_each_online_node(nid)
		for (i = 0; i < MAX_NR_ZONES; i++)
			if (populated_zone(&NODE_DATA(nid)->node_zones[i]))
				mms_reset_zone(&NODE_DATA(nid)->node_zones[i]);
	mms_topk_reset(&mms_zones_pressed);
}

static struct mms_zone_state *mms_states_alloc(void)
{
	struct mms_zone_state *states;
	unsigned int i;

	states = kvcalloc(MAX_NR_ZONES, sizeof(*states), GFP_KERNEL);
	for (i = 0; states && i < MAX_NR_ZONES; i++)
		raw_spin_lock_init(&states[i].lock);
	return states;
}

int mms_zones_sample_init(void)
{
	int nid;

	mms_states = kcalloc(nr_node_ids, sizeof(*mms_states), GFP_KERNEL);
	if (!mms_states)
		return -ENOMEM;
	for_each_node(nid) {
		mms_states[nid] = mms_states_alloc();
		if (!mms_states[nid])
			goto no_memory;
	}
	if (!mms_topk_init(&mms_zones_pressed))
		return 0;
no_memory:
	mms_zones_sample_exit();
	return -ENOMEM;
}

void mms_zones_sample_exit(void)
{
	int nid;

	mms_topk_exit(&mms_zones_pressed);
	for (nid = 0; mms_states && nid < nr_node_ids; nid++)
		kvfree(mms_states[nid]);
	kfree(mms_states);
	mms_states = NULL;
}

size_t mms_zones_sample_bytes(void)
{
	return nr_node_ids * sizeof(*mms_states) + mms_topk_bytes() +
	       num_possible_nodes() * MAX_NR_ZONES *
	       sizeof(struct mms_zone_state) +
	       num_possible_cpus() * sizeof(struct timer_list);
}
