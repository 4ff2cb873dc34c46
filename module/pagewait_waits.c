// SPDX-License-Identifier: GPL-2.0-only
/*
 * Waits and wakes as the hooks see them.
 *
 * A wait begins where the task enters the function that queues it, and ends
 * when its wake function wakes it: it is the waker who knows that, perhaps in an
 * interrupt. When a wait began is kept in a table of fixed size by task; the
 * waker only notes the time there, and the task accounts its wait itself
 * when it waits again or dies, or a reader does.
 */
#include <linux/hash.h>
#include <linux/jiffies.h>
#include <linux/log2.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <trace/events/sched.h>

#include "events.h"
#include "mmscope.h"
#include "pagewait.h"
#include "probe.h"

static unsigned int mms_page_wait_us = 100000;
module_param_named(page_wait_us, mms_page_wait_us, uint, 0600);
MODULE_PARM_DESC(page_wait_us,
		 "page waits of so many microseconds or more make a trace event");

/**
 * struct mms_wait - a wait whose begin was seen
 * @busy: taken by who writes or reads this; nobody waits for it. Without it
 *	@ended, @began and @woken are looked at, only to choose
 * @folio: the folio, only to be compared with
 * @pfn: its page frame
 * @node: its node
 * @bit_nr: what is waited for
 * @ended: it is over for sure: woken, and not to find the lock taken again
 * @began: when it began
 * @woken: when it was woken last; 0 if not yet
 * @owner: what the folio belongs to
 */
struct mms_wait {
	atomic_t busy;
	const struct mms_folio *folio;
	unsigned long pfn;
	int node;
	short bit_nr;
	bool ended;
	u64 began;
	u64 woken;
	struct mms_owner owner;
};

#define MMS_WAYS 8

/**
 * struct mms_wait_set - waits of tasks that share a hash
 * @tasks: whose; NULL where there is none. Never looked into
 * @waits: their waits
 */
struct mms_wait_set {
	const struct task_struct *tasks[MMS_WAYS];
	struct mms_wait waits[MMS_WAYS];
};

/* Sets for so many tasks that wait at the same time, by CPU, and bounds of it. */
#define MMS_WAITS_PER_CPU	64
#define MMS_WAITS_MIN		2048
#define MMS_WAITS_MAX		32768

struct mms_wait_counters {
	struct mms_wake_counts bit[MMS_NR_WAIT_BITS];
};

struct mms_wait_hists {
	struct mms_wait_hist bit[MMS_NR_WAIT_BITS];
};

struct mms_topk mms_pagewait_folios;
struct mms_topk mms_pagewait_files;

static struct mms_wait_set *mms_sets;
/* Sets are a power of two; one less. */
static unsigned int mms_set_mask;

/* Wakes of one walk over a bucket that are noted with the same time. */
#define MMS_WAKES_A_LOOK	16

/**
 * struct mms_wake_clock - the time of the walk that goes on
 * @key: whose walk; only to be compared with. NULL: none that goes on
 * @now: when the clock was looked at last
 * @jiffies: the tick that was in
 * @left: wakes for which that will do; at least one while there is a @key
 */
struct mms_wake_clock {
	const struct wait_page_key *key;
	u64 now;
	unsigned long jiffies;
	unsigned int left;
};

static DEFINE_PER_CPU(struct mms_wait_counters, mms_wait_counters);
static DEFINE_PER_CPU(struct mms_wake_clock, mms_wake_clock);
/* A block for each node: one for all would exceed what percpu memory allows. */
static struct mms_wait_hists __percpu **mms_wait_hists;
static u64 __percpu *mms_wait_episodes;

/* What had been counted at the last reset; guarded by the mutex. */
static DEFINE_MUTEX(mms_base_lock);
static struct mms_wait_counters mms_base_counters;
static struct mms_wait_hists *mms_base_hists;
static u64 *mms_base_episodes;

enum mms_wait_bit mms_pagewait_bit(int bit_nr)
{
	switch (bit_nr) {
	case PG_locked:
		return MMS_WAIT_LOCK;
	case PG_writeback:
		return MMS_WAIT_WRITEBACK;
	case PG_private_2:
		return MMS_WAIT_PRIVATE_2;
	default:
		return MMS_WAIT_OTHER;
	}
}

/*
 * copy_from_kernel_nofault() for what a slab gave, and so is, or was, in the
 * kernel's map of all memory: at a tenth of its cost, for a wait makes four. What
 * lies elsewhere, as a user's address, is no more a mere fault here, so the object
 * has to have passed mms_is_mapped().
 */
#define mms_peek(dst, src, fault) \
	__get_kernel_nofault(&(dst), &(src), typeof(dst), fault)

/*
 * What is read there may be of anything, if the memory has been given away; and a
 * tail page has no mapping (TAIL_MAPPING), but can be waited for (5.10).
 */
static bool mms_is_mapped(unsigned long address)
{
	return address >= PAGE_OFFSET && address < (unsigned long)high_memory;
}

static bool mms_peek_file(unsigned long mapping, struct mms_owner *owner)
{
	typeof(((struct inode *)0)->i_ino) ino;
	unsigned long host, sb;
	umode_t mode;

	mms_peek(host, ((struct address_space *)mapping)->host, fault);
	if (!mms_is_mapped(host))
		return false;
	mms_peek(mode, ((struct inode *)host)->i_mode, fault);
	if (S_ISBLK(mode)) {
		mms_peek(owner->dev, ((struct inode *)host)->i_rdev, fault);
		owner->kind = MMS_OWNER_DEVICE;
		owner->inode = 0;
		return true;
	}
	mms_peek(sb, ((struct inode *)host)->i_sb, fault);
	if (!mms_is_mapped(sb))
		return false;
	mms_peek(owner->dev, ((struct super_block *)sb)->s_dev, fault);
	mms_peek(ino, ((struct inode *)host)->i_ino, fault);
	owner->kind = MMS_OWNER_FILE;
	owner->inode = ino;
	return true;
fault:
	return false;
}

/* Nothing keeps the inode: what was freed meanwhile must not be a fault. */
static bool mms_owner_file(unsigned long mapping, struct mms_owner *owner)
{
	bool known;

	pagefault_disable();
	known = mms_peek_file(mapping, owner);
	pagefault_enable();
	return known;
}

void mms_pagewait_owner(struct mms_folio *folio, struct mms_owner *owner)
{
	unsigned long mapping = (unsigned long)mms_racy(folio->mapping);

	/* Bit 0: anonymous; bit 1: a driver's movable page, up to 6.16. */
	if (mms_is_mapped(mapping) && !(mapping & 3) &&
	    mms_owner_file(mapping, owner)) {
		owner->index = mms_racy(folio->index);
		return;
	}
	memset(owner, 0, sizeof(*owner));
	/* While it is read from swap it is not anyone's yet. */
	if (mapping ? mapping & 1 : mms_is_swapcache(folio))
		owner->kind = MMS_OWNER_ANON;
}

/* The table of waits */

/**
 * struct mms_place - where a wait is, or may be
 * @task: whose, or NULL
 * @wait: the wait itself
 *
 * By pointers: with indices, kernels that have CONFIG_UBSAN_BOUNDS would check
 * each use of them, for each waiter that is woken.
 */
struct mms_place {
	const struct task_struct **task;
	struct mms_wait *wait;
};

static struct mms_wait_set *mms_set_of(const struct task_struct *task)
{
	return &mms_sets[hash_ptr(task, 32) & mms_set_mask];
}

/* A lock that nobody waits for. */
static bool mms_wait_get(struct mms_wait *wait)
{
	return atomic_xchg_acquire(&wait->busy, 1) == 0;
}

static void mms_wait_put(struct mms_wait *wait)
{
	atomic_set_release(&wait->busy, 0);
}

static __always_inline bool mms_place_of(struct mms_wait_set *set,
					 const struct task_struct *task,
					 struct mms_place *place)
{
	const struct task_struct **last = &set->tasks[MMS_WAYS - 1];

	place->task = set->tasks;
	place->wait = set->waits;
	while (READ_ONCE(*place->task) != task) {
		if (place->task == last)
			return false;
		place->task++;
		place->wait++;
	}
	return true;
}

/* Takes a place if @task has not been changed there meanwhile. */
static __always_inline bool mms_place_get(const struct mms_place *place,
					  const struct task_struct *task)
{
	if (!mms_wait_get(place->wait))
		return false;
	if (READ_ONCE(*place->task) == task)
		return true;
	mms_wait_put(place->wait);
	return false;
}

/* Takes the task's wait; false if there is none or somebody else is at it. */
static __always_inline bool mms_wait_find(const struct task_struct *task,
					  struct mms_place *place)
{
	return mms_place_of(mms_set_of(task), task, place) &&
	       mms_place_get(place, task);
}

/*
 * The place for a newcomer: a free one, or that of a wait that is over, or of
 * the oldest: those that never got a wake, since a signal ended them or the bit
 * was free in the end, stay until their task waits again or dies.
 */
static unsigned int mms_set_choose(const struct mms_wait_set *set)
{
	unsigned int i, oldest = 0;

	for (i = 0; i < MMS_WAYS; i++)
		if (!READ_ONCE(set->tasks[i]))
			return i;
	for (i = 0; i < MMS_WAYS; i++) {
		if (READ_ONCE(set->waits[i].ended))
			return i;
		if (READ_ONCE(set->waits[i].began) <
		    READ_ONCE(set->waits[oldest].began))
			oldest = i;
	}
	return oldest;
}

u64 mms_pagewait_top_owner(const struct mms_topk_entry *entry,
			   struct mms_owner *owner)
{
	*owner = (struct mms_owner){
		.kind = entry->live.key[0] >> 32,
		.dev = (dev_t)entry->live.key[0],
		.inode = entry->live.key[1],
	};
	return entry->live.key[2];
}

static u64 mms_wait_length(const struct mms_wait *wait)
{
	return wait->woken > wait->began ? wait->woken - wait->began : 0;
}

/* What an entry of the top is found by: kind and device, inode, place. */
static void mms_wait_to_tops(const struct mms_wait *wait, u64 waited)
{
	const struct mms_owner *owner = &wait->owner;
	bool file = owner->kind == MMS_OWNER_FILE ||
		    owner->kind == MMS_OWNER_DEVICE;
	u64 key[MMS_TOPK_KEYS] = {
		(u64)owner->kind << 32 | owner->dev,
		owner->inode,
		file ? owner->index : wait->pfn,
	};
	unsigned long flags;

	local_irq_save(flags);
	mms_topk_add(&mms_pagewait_folios, key, waited);
	if (file) {
		key[2] = 0;
		mms_topk_add(&mms_pagewait_files, key, waited);
	}
	local_irq_restore(flags);
}

/* Accounts a wait that was woken. Preemption is off. */
static void mms_wait_account(const struct mms_wait *wait)
{
	enum mms_wait_bit bit = mms_pagewait_bit(wait->bit_nr);
	u64 waited = mms_wait_length(wait);

	this_cpu_inc(mms_wait_hists[wait->node]->bit[bit].counts[fls64(waited)]);
	mms_wait_to_tops(wait, waited);
}

/* Takes a place for a wait of current: its own, or one that it takes over. */
static __always_inline bool mms_wait_take(struct mms_wait **wait)
{
	struct mms_wait_set *set = mms_set_of(current);
	struct mms_place place;

	if (!mms_place_of(set, current, &place)) {
		unsigned int i = mms_set_choose(set);

		place.task = &set->tasks[i];
		place.wait = &set->waits[i];
	}
	if (!mms_place_get(&place, READ_ONCE(*place.task)))
		return false;
	*wait = place.wait;
	if (place.wait->woken)
		mms_wait_account(place.wait);
	WRITE_ONCE(*place.task, current);
	return true;
}

/* Of a kprobe's handler, where preemption is off. */
static __always_inline void mms_wait_begin(struct mms_folio *folio, int bit_nr)
{
	struct page *page = mms_folio_page(folio);
	struct mms_wait *wait;

	if (!mms_wait_take(&wait))
		return;
	wait->folio = folio;
	wait->pfn = page_to_pfn(page);
	wait->node = mms_page_nid(page);
	wait->bit_nr = bit_nr;
	WRITE_ONCE(wait->ended, false);
	WRITE_ONCE(wait->woken, 0);
	mms_pagewait_owner(folio, &wait->owner);
	WRITE_ONCE(wait->began, mms_clock());
	mms_wait_put(wait);
}

u64 mms_pagewait_began(const struct task_struct *task,
		       const struct mms_folio *folio)
{
	struct mms_place place;
	u64 began = 0;

	if (mms_wait_find(task, &place)) {
		if (place.wait->folio == folio && !place.wait->ended)
			began = place.wait->began;
		mms_wait_put(place.wait);
	}
	return began;
}

/* Not inline: its variables would have every wake pay for a larger frame. */
static noinline void mms_wait_tell(const struct mms_wait *wait,
				   struct task_struct *task)
{
	struct mms_long_wait l = {
		.task = task,
		.pfn = wait->pfn,
		.node = wait->node,
		.bit = mms_pagewait_bit(wait->bit_nr),
		.owner = wait->owner,
		.waited = mms_wait_length(wait),
	};

	if (l.waited >= (u64)READ_ONCE(mms_page_wait_us) * NSEC_PER_USEC)
		trace_mmscope_page_wait(&l);
}

/*
 * The task is woken, and its entry still in the bucket, whose lock is held: so
 * the task is there. One that is to take the lock itself may find it taken again,
 * and will then go on to wait.
 */
static __always_inline bool mms_wait_end(struct task_struct *task,
					 const struct wait_page_key *key,
					 bool ended, u64 now, bool tell)
{
	struct mms_place place;
	struct mms_wait *wait;
	bool seen;

	if (!mms_wait_find(task, &place))
		return false;
	wait = place.wait;
	seen = wait->folio == mms_key_folio(key) && !wait->ended &&
	       wait->bit_nr == key->bit_nr;
	if (seen) {
		WRITE_ONCE(wait->woken, now);
		WRITE_ONCE(wait->ended, ended);
		if (tell && trace_mmscope_page_wait_enabled())
			mms_wait_tell(wait, task);
	}
	mms_wait_put(wait);
	return seen;
}

static bool mms_wake_bit_attached(void);

/* One wake of several, that looks at the clock for the next ones too. */
static noinline bool mms_wait_woken_slowly(struct task_struct *task,
					   const struct wait_page_key *key,
					   bool ended)
{
	u64 now = mms_clock();

	if (!IS_ENABLED(CONFIG_PREEMPT_RT) && mms_wake_bit_attached()) {
		this_cpu_write(mms_wake_clock.key, key);
		this_cpu_write(mms_wake_clock.now, now);
		this_cpu_write(mms_wake_clock.jiffies, jiffies);
		this_cpu_write(mms_wake_clock.left, MMS_WAKES_A_LOOK - 1);
	}
	return mms_wait_end(task, key, ended, now, true);
}

/*
 * Looking at the clock for each waiter of a herd costs as much as all else. The
 * key is the waker's own, so wakes with the same key on one CPU are of one walk,
 * unless mms_on_wake_bit() has seen another begin. Without that hook, and where
 * a walk can be preempted, each wake looks for itself. A waker that came to this
 * CPU after that hook may use the same place on its stack as for its last walk
 * here: then the time is of this tick at least.
 */
static __always_inline bool mms_wait_woken(struct task_struct *task,
					   const struct wait_page_key *key,
					   bool ended)
{
	struct mms_wake_clock *clock = this_cpu_ptr(&mms_wake_clock);

	if (clock->key != key || time_after(jiffies, clock->jiffies) ||
	    trace_mmscope_page_wait_enabled())
		return mms_wait_woken_slowly(task, key, ended);
	if (!--clock->left)
		clock->key = NULL;
	return mms_wait_end(task, key, ended, clock->now, false);
}

/* Hooks */

/* The first waiter of a folio sets PG_waiters, in the function that begins. */
static void mms_count_episode(const struct mms_folio *folio)
{
	if (!mms_wait_episodes || test_bit(PG_waiters, mms_folio_flags(folio)))
		return;
	this_cpu_inc(mms_wait_episodes[hash_ptr(folio, mms_wait_table.bits)]);
}

/* Whoever is about to wait holds the folio, if only until it is queued. */
static void mms_on_wait(struct mms_hook *hook, struct pt_regs *regs)
{
	struct mms_folio *folio =
		(void *)regs_get_kernel_argument(regs, MMS_WAIT_ARG_FOLIO);
	int bit_nr = regs_get_kernel_argument(regs, MMS_WAIT_ARG_BIT);

	mms_count_episode(folio);
	mms_wait_begin(folio, bit_nr);
}

MMS_KPROBE_CALLBACK(mms_on_wait)

#ifdef MMS_HAVE_FOLIO
/* It is the page table's lock that keeps the folio there. */
static void mms_on_migration_wait(struct mms_hook *hook, struct pt_regs *regs)
{
	struct folio *folio;
#ifdef MMS_HAVE_SOFTLEAF
	softleaf_t entry;
#else
	swp_entry_t entry;
#endif

	entry.val = regs_get_kernel_argument(regs, 0);
	folio = page_folio(mms_entry_page(entry));
	mms_count_episode(folio);
	mms_wait_begin(folio, PG_locked);
}

MMS_KPROBE_CALLBACK(mms_on_migration_wait)
#endif

static void mms_on_wake_bit(struct mms_hook *hook, struct mms_entry_regs *regs)
{
	enum mms_wait_bit bit = mms_pagewait_bit(mms_entry_arg(regs, 1));

	this_cpu_inc(mms_wait_counters.bit[bit].calls);
	this_cpu_write(mms_wake_clock.key, NULL);
}

/* Will the waiter be woken? As wake_page_function() is about to find out. */
static bool mms_is_refused(const wait_queue_entry_t *entry,
			   const struct wait_page_key *key)
{
	return (entry->flags & WQ_FLAG_EXCLUSIVE) &&
	       test_bit(key->bit_nr, mms_folio_flags(mms_key_folio(key)));
}

/* Mostly it is the lock that is waited for. */
static enum mms_wait_bit mms_wake_bit(int bit_nr)
{
	return likely(bit_nr == PG_locked) ? MMS_WAIT_LOCK :
					     mms_pagewait_bit(bit_nr);
}

/* The lock of the bucket is held, so interrupts are off, but on PREEMPT_RT. */
static void mms_on_wake(struct mms_hook *hook, struct mms_entry_regs *regs)
{
	const wait_queue_entry_t *entry = (void *)mms_entry_arg(regs, 0);
	const struct wait_page_key *key = (void *)mms_entry_arg(regs, 3);
	const struct wait_page_queue *queue =
		container_of(entry, struct wait_page_queue, wait);
	struct mms_wake_counts __percpu *counts =
		&mms_wait_counters.bit[mms_wake_bit(key->bit_nr)];

	if (mms_queue_folio(queue) != mms_key_folio(key)) {
		this_cpu_inc(counts->other_folio);
		this_cpu_write(mms_wake_clock.key, NULL);
	} else if (queue->bit_nr != key->bit_nr) {
		this_cpu_inc(counts->other_bit);
		this_cpu_write(mms_wake_clock.key, NULL);
	} else if (mms_is_refused(entry, key)) {
		this_cpu_inc(counts->refused);
	} else {
		bool ended = !(entry->flags & WQ_FLAG_EXCLUSIVE) ||
			     (entry->flags & WQ_FLAG_CUSTOM);

		this_cpu_inc(counts->woken);
		if (!mms_wait_woken(entry->private, key, ended))
			this_cpu_inc(counts->unseen);
	}
}

/* Gives up the place of a task, having accounted what it waited for. */
static void mms_wait_forget(const struct task_struct *task)
{
	struct mms_place place;

	preempt_disable_notrace();
	if (mms_wait_find(task, &place)) {
		if (place.wait->woken)
			mms_wait_account(place.wait);
		WRITE_ONCE(place.wait->woken, 0);
		WRITE_ONCE(*place.task, NULL);
		mms_wait_put(place.wait);
	}
	preempt_enable_notrace();
}

static void mms_on_exit(void *data, MMS_EXIT_ARGS)
{
	mms_hook_hit(data);
	mms_wait_forget(task);
}

MMS_CHECK_TRACEPOINT(sched_process_exit, mms_on_exit)

MMS_ENTRY_CALLBACK(mms_on_wake)
MMS_ENTRY_CALLBACK(mms_on_wake_bit)

enum {
	MMS_HOOK_WAKE,
	MMS_HOOK_WAKE_BIT,
	MMS_HOOK_WAIT,
};

/*
 * MMS_HOOK_WAKE goes before MMS_HOOK_WAKE_BIT, which keeps mms_wait_woken() from
 * taking the time of an earlier walk.
 */
static struct mms_hook mms_pagewait_hooks[] = {
	[MMS_HOOK_WAKE] = MMS_ENTRY(MMS_WAKE_FUNCTION, mms_on_wake),
	[MMS_HOOK_WAKE_BIT] = MMS_ENTRY(MMS_WAKE_BIT_FUNCTION, mms_on_wake_bit),
	/* An inline function made out of line, which ftrace cannot trace. */
	[MMS_HOOK_WAIT] = {
		.target = MMS_WAIT_FUNCTION,
		.kind = MMS_HOOK_KPROBE,
		.on_kprobe = mms_on_wait_handler,
	},
#ifdef MMS_HAVE_FOLIO
	{
		.target = MMS_MIGRATION_WAIT_FUNCTION,
		.kind = MMS_HOOK_KPROBE,
		.on_kprobe = mms_on_migration_wait_handler,
	},
#endif
	MMS_TRACEPOINT(sched_process_exit, mms_on_exit),
};

/* With the hooks gone nobody would see a wait end, nor its task. */
static void mms_pagewait_off(void)
{
	unsigned int i, k;
	int cpu;

	mms_pagewait_flush();
	for (i = 0; i <= mms_set_mask; i++)
		for (k = 0; k < MMS_WAYS; k++)
			mms_sets[i].tasks[k] = NULL;
	for_each_possible_cpu(cpu)
		per_cpu(mms_wake_clock, cpu).key = NULL;
}

struct mms_group mms_pagewait_group = {
	.name = "pagewait",
	.by_default = true,
	.off = mms_pagewait_off,
	MMS_HOOKS(mms_pagewait_hooks),
};

static bool mms_wake_bit_attached(void)
{
	return READ_ONCE(mms_pagewait_hooks[MMS_HOOK_WAKE_BIT].state) ==
	       MMS_HOOK_ATTACHED;
}

static bool mms_is_there(unsigned int hook)
{
	return READ_ONCE(mms_pagewait_hooks[hook].state) != MMS_HOOK_ABSENT;
}

bool mms_pagewait_sees_wakes(void)
{
	return mms_is_there(MMS_HOOK_WAKE);
}

bool mms_pagewait_sees_calls(void)
{
	return mms_is_there(MMS_HOOK_WAKE_BIT);
}

bool mms_pagewait_sees_begins(void)
{
	return mms_is_there(MMS_HOOK_WAIT);
}

/* Reading */

/*
 * One that may be waiting again, since the lock was taken before it got there,
 * begins anew here: what it waited up to its last wake has been counted.
 */
static void mms_wait_flush(struct mms_wait_set *set, unsigned int i)
{
	struct mms_wait *wait = &set->waits[i];

	if (!READ_ONCE(wait->woken))
		return;
	preempt_disable_notrace();
	if (mms_wait_get(wait)) {
		if (wait->woken && set->tasks[i]) {
			mms_wait_account(wait);
			WRITE_ONCE(wait->began, wait->woken);
			WRITE_ONCE(wait->woken, 0);
			if (wait->ended)
				WRITE_ONCE(set->tasks[i], NULL);
		}
		mms_wait_put(wait);
	}
	preempt_enable_notrace();
}

void mms_pagewait_flush(void)
{
	unsigned int i, k;

	for (i = 0; i <= mms_set_mask; i++) {
		for (k = 0; k < MMS_WAYS; k++)
			mms_wait_flush(&mms_sets[i], k);
		cond_resched();
	}
}

/* Everything in here is a row of u64, that is summed over the CPUs. */
static void mms_sum_counters(struct mms_wait_counters *sum)
{
	u64 *to = (u64 *)sum;
	unsigned int i;
	int cpu;

	memset(sum, 0, sizeof(*sum));
	for_each_possible_cpu(cpu) {
		const u64 *from = (u64 *)per_cpu_ptr(&mms_wait_counters, cpu);

		for (i = 0; i < sizeof(*sum) / sizeof(*to); i++)
			to[i] += READ_ONCE(from[i]);
	}
}

void mms_pagewait_counts(enum mms_wait_bit bit, struct mms_wake_counts *out)
{
	struct mms_wait_counters sum;
	const u64 *base = (u64 *)&mms_base_counters.bit[bit];
	u64 *to = (u64 *)out;
	unsigned int i;

	mutex_lock(&mms_base_lock);
	mms_sum_counters(&sum);
	*out = sum.bit[bit];
	for (i = 0; i < sizeof(*out) / sizeof(*to); i++)
		to[i] -= base[i];
	mutex_unlock(&mms_base_lock);
}

static void mms_sum_hist(int nid, enum mms_wait_bit bit, struct mms_wait_hist *sum)
{
	unsigned int i;
	int cpu;

	memset(sum, 0, sizeof(*sum));
	for_each_possible_cpu(cpu) {
		const struct mms_wait_hist *hist =
			&per_cpu_ptr(mms_wait_hists[nid], cpu)->bit[bit];

		for (i = 0; i < MMS_HIST_SLOTS; i++)
			sum->counts[i] += READ_ONCE(hist->counts[i]);
	}
}

void mms_pagewait_latency(int nid, enum mms_wait_bit bit, struct mms_wait_hist *out)
{
	unsigned int i;

	mutex_lock(&mms_base_lock);
	mms_sum_hist(nid, bit, out);
	for (i = 0; i < MMS_HIST_SLOTS; i++)
		out->counts[i] -= mms_base_hists[nid].bit[bit].counts[i];
	mutex_unlock(&mms_base_lock);
}

static u64 mms_sum_episodes(unsigned int bucket)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(mms_wait_episodes, cpu)[bucket]);
	return sum;
}

u64 mms_pagewait_episodes(unsigned int bucket)
{
	/* What is summed up is no older than what it was at the last reset. */
	u64 base = smp_load_acquire(&mms_base_episodes[bucket]);

	return mms_sum_episodes(bucket) - base;
}

static void mms_hists_reset(int nid)
{
	enum mms_wait_bit bit;

	for (bit = 0; bit < MMS_NR_WAIT_BITS; bit++)
		mms_sum_hist(nid, bit, &mms_base_hists[nid].bit[bit]);
}

void mms_pagewait_waits_reset(void)
{
	unsigned int i;
	int nid;

	mms_pagewait_flush();
	mutex_lock(&mms_base_lock);
	mms_sum_counters(&mms_base_counters);
	for_each_node(nid)
		mms_hists_reset(nid);
	for (i = 0; i < mms_pagewait_buckets(); i++)
		/* Pairs with mms_pagewait_episodes(). */
		smp_store_release(&mms_base_episodes[i], mms_sum_episodes(i));
	mutex_unlock(&mms_base_lock);
	mms_topk_reset(&mms_pagewait_folios);
	mms_topk_reset(&mms_pagewait_files);
}

/* Memory */

static int mms_sets_init(void)
{
	unsigned int waits = clamp_t(unsigned int,
				     num_possible_cpus() * MMS_WAITS_PER_CPU,
				     MMS_WAITS_MIN, MMS_WAITS_MAX);

	mms_set_mask = roundup_pow_of_two(waits / MMS_WAYS) - 1;
	mms_sets = kvcalloc(mms_set_mask + 1, sizeof(*mms_sets), GFP_KERNEL);
	return mms_sets ? 0 : -ENOMEM;
}

static int mms_hists_init(void)
{
	int nid;

	mms_base_hists = kvcalloc(nr_node_ids, sizeof(*mms_base_hists),
				  GFP_KERNEL);
	mms_wait_hists = kcalloc(nr_node_ids, sizeof(*mms_wait_hists),
				 GFP_KERNEL);
	if (!mms_base_hists || !mms_wait_hists)
		return -ENOMEM;
	for_each_node(nid) {
		mms_wait_hists[nid] = alloc_percpu(struct mms_wait_hists);
		if (!mms_wait_hists[nid])
			return -ENOMEM;
	}
	return 0;
}

static size_t mms_episodes_size(void)
{
	return mms_pagewait_buckets() * sizeof(u64);
}

static int mms_episodes_init(void)
{
	if (!mms_pagewait_buckets())
		return 0;
	mms_base_episodes = kvzalloc(mms_episodes_size(), GFP_KERNEL);
	mms_wait_episodes = __alloc_percpu(mms_episodes_size(), sizeof(u64));
	return mms_base_episodes && mms_wait_episodes ? 0 : -ENOMEM;
}

int mms_pagewait_waits_init(void)
{
	int err = mms_sets_init() ?: mms_hists_init() ?: mms_episodes_init() ?:
		  mms_topk_init(&mms_pagewait_folios) ?:
		  mms_topk_init(&mms_pagewait_files);

	if (err)
		mms_pagewait_waits_exit();
	return err;
}

void mms_pagewait_waits_exit(void)
{
	int nid;

	mms_topk_exit(&mms_pagewait_files);
	mms_topk_exit(&mms_pagewait_folios);
	free_percpu(mms_wait_episodes);
	mms_wait_episodes = NULL;
	kvfree(mms_base_episodes);
	mms_base_episodes = NULL;
	for (nid = 0; mms_wait_hists && nid < nr_node_ids; nid++)
		free_percpu(mms_wait_hists[nid]);
	kfree(mms_wait_hists);
	mms_wait_hists = NULL;
	kvfree(mms_base_hists);
	mms_base_hists = NULL;
	kvfree(mms_sets);
	mms_sets = NULL;
}

size_t mms_pagewait_waits_bytes(void)
{
	return (mms_set_mask + 1) * sizeof(*mms_sets) + 2 * mms_topk_bytes() +
	       num_possible_cpus() * (sizeof(mms_wait_counters) +
				     sizeof(mms_wake_clock)) +
	       (num_possible_cpus() + 1) * mms_episodes_size() +
	       (num_possible_nodes() * num_possible_cpus() + nr_node_ids) *
	       sizeof(struct mms_wait_hists) +
	       nr_node_ids * sizeof(*mms_wait_hists);
}
