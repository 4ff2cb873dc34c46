// SPDX-License-Identifier: GPL-2.0-only
#include <linux/cgroup.h>
#include <linux/cpu.h>
#include <linux/hash.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/seqlock.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/string.h>

#include "topk.h"

#define MMS_TOPK_CHAIN_BITS 6

/**
 * struct mms_topk_cpu - a CPU's table
 * @seq: for readers on other CPUs; odd while an update is under way
 * @used: entries in use, the first ones
 * @first: by hash of the key, one more than the first entry that has it; or 0
 * @next: of each entry, one more than the next one that has its hash; or 0
 * @chain: of each entry, that hash
 * @more: of each entry the next one by hits; of MMS_TOPK, the ends of that list,
 *	the one with the fewest
 * @fewer: the way back, which begins with the one that has most
 * @hits: of each entry; those of MMS_TOPK are more than any
 * @entries: all else
 */
struct mms_topk_cpu {
	seqcount_t seq;
	unsigned int used;
	u8 first[1 << MMS_TOPK_CHAIN_BITS];
	u8 next[MMS_TOPK];
	u8 chain[MMS_TOPK];
	u8 more[MMS_TOPK + 1];
	u8 fewer[MMS_TOPK + 1];
	u64 hits[MMS_TOPK + 1];
	struct mms_topk_live entries[MMS_TOPK];
};

static void mms_topk_empty(struct mms_topk_cpu *tc)
{
	tc->used = 0;
	tc->more[MMS_TOPK] = MMS_TOPK;
	tc->fewer[MMS_TOPK] = MMS_TOPK;
	memset(tc->first, 0, sizeof(tc->first));
}

int mms_topk_init(struct mms_topk *top)
{
	unsigned int cpu;

	top->cpus = alloc_percpu(struct mms_topk_cpu);
	if (!top->cpus)
		return -ENOMEM;
	for_each_possible_cpu(cpu) {
		struct mms_topk_cpu *tc = per_cpu_ptr(top->cpus, cpu);

		seqcount_init(&tc->seq);
		tc->hits[MMS_TOPK] = U64_MAX;
		mms_topk_empty(tc);
	}
	return 0;
}

void mms_topk_exit(struct mms_topk *top)
{
	free_percpu(top->cpus);
	top->cpus = NULL;
}

static u64 mms_current_cgroup(void)
{
	u64 id = 0;

#ifdef CONFIG_CGROUPS
	rcu_read_lock();
	id = cgroup_id(task_dfl_cgroup(current));
	rcu_read_unlock();
#endif
	return id;
}

/*
 * Is it current who does this? An int3 kprobe on x86 looks like an NMI from
 * inside (exc_int3(), arch/x86/kernel/traps.c): what matters is where it fired.
 */
static bool mms_in_task(void)
{
	unsigned long count = preempt_count();

	if (in_nmi())
		count -= NMI_OFFSET + HARDIRQ_OFFSET;
	return !(count & (NMI_MASK | HARDIRQ_MASK)) && !in_serving_softirq();
}

void mms_topk_current(pid_t *pid, u64 *cgroup_id, char *comm)
{
	if (mms_in_task()) {
		*pid = task_pid_nr(current);
		*cgroup_id = mms_current_cgroup();
		/*
		 * Without task_lock(), which is not for all contexts: if
		 * someone renames it right now the copy may be of both names,
		 * but it ends.
		 */
		strscpy(comm, current->comm, TASK_COMM_LEN);
	} else {
		*pid = 0;
		*cgroup_id = 0;
		strscpy(comm, "[irq]", TASK_COMM_LEN);
	}
}

/* The last key is the one that differs most: of many waits it is the place. */
static __always_inline bool mms_topk_is(const struct mms_topk_live *entry,
					const u64 *key)
{
	return entry->key[2] == key[2] && entry->key[1] == key[1] &&
	       entry->key[0] == key[0];
}

static unsigned int mms_topk_hash(const u64 *key)
{
	return hash_64(key[0] ^ key[1] ^ key[2], MMS_TOPK_CHAIN_BITS);
}

/* Gives the entry of a key that has this hash, or -1. */
static int mms_topk_find(const struct mms_topk_cpu *tc, unsigned int hash,
			 const u64 *key)
{
	unsigned int i;

	for (i = tc->first[hash]; i; i = tc->next[i - 1])
		if (mms_topk_is(&tc->entries[i - 1], key))
			break;
	return (int)i - 1;
}

static void mms_topk_unchain(struct mms_topk_cpu *tc, unsigned int i)
{
	u8 *link = &tc->first[tc->chain[i]];

	while (*link != i + 1)
		link = &tc->next[*link - 1];
	*link = tc->next[i];
}

static void mms_topk_link(struct mms_topk_cpu *tc, unsigned int i,
			  unsigned int below)
{
	unsigned int above = tc->more[below];

	tc->more[below] = i;
	tc->fewer[above] = i;
	tc->more[i] = above;
	tc->fewer[i] = below;
}

/*
 * An entry got more hits. Its new place is looked for from the top: there are
 * those that have many and get more, and newcomers go in right below them.
 */
static void mms_topk_sort(struct mms_topk_cpu *tc, unsigned int i)
{
	unsigned int above = tc->more[i], below = tc->fewer[i];

	if (tc->hits[above] >= tc->hits[i])
		return;
	tc->more[below] = above;
	tc->fewer[above] = below;
	below = tc->fewer[MMS_TOPK];
	while (tc->hits[below] > tc->hits[i])
		below = tc->fewer[below];
	mms_topk_link(tc, i, below);
}

/* A free entry, or that with the fewest hits, which the newcomer inherits. */
static unsigned int mms_topk_take(struct mms_topk_cpu *tc)
{
	unsigned int i = tc->used;

	if (i == MMS_TOPK) {
		i = tc->more[MMS_TOPK];
		mms_topk_unchain(tc, i);
	} else {
		tc->used++;
		tc->hits[i] = 0;
		mms_topk_link(tc, i, MMS_TOPK);
	}
	tc->entries[i].error = tc->hits[i];
	tc->entries[i].times = 0;
	return i;
}

static unsigned int mms_topk_enter(struct mms_topk_cpu *tc, unsigned int hash,
				   const u64 *key)
{
	unsigned int i = mms_topk_take(tc);
	struct mms_topk_live *entry = &tc->entries[i];

	memcpy(entry->key, key, sizeof(entry->key));
	tc->chain[i] = hash;
	tc->next[i] = tc->first[hash];
	tc->first[hash] = i + 1;
	return i;
}

/* Returns the entry if it is a new one, for what else there is to note. */
static __always_inline struct mms_topk_live *
mms_topk_count_in(struct mms_topk_cpu *tc, const u64 *key, u64 hits)
{
	unsigned int hash = mms_topk_hash(key);
	int i = mms_topk_find(tc, hash, key);
	struct mms_topk_live *entered = NULL;

	if (i < 0) {
		i = mms_topk_enter(tc, hash, key);
		entered = &tc->entries[i];
	}
	tc->hits[i] += hits;
	tc->entries[i].times++;
	mms_topk_sort(tc, i);
	return entered;
}

/* Gives the table of this CPU, where interrupts are off; NULL in the midst of it. */
static __always_inline struct mms_topk_cpu *mms_topk_begin(struct mms_topk *top)
{
	struct mms_topk_cpu *tc = this_cpu_ptr(top->cpus);

	if (READ_ONCE(tc->seq.sequence) & 1)
		return NULL;
	/* Or an NMI's update between the look and the next line would be undone. */
	barrier();
	raw_write_seqcount_begin(&tc->seq);
	return tc;
}

void mms_topk_hit(struct mms_topk *top, int node)
{
	u64 key[MMS_TOPK_KEYS] = { [MMS_TOPK_NODE] = node };
	struct mms_topk_live *entered;
	struct mms_topk_cpu *tc;
	unsigned long flags;
	pid_t pid;

	if (mms_in_task()) {
		key[MMS_TOPK_PID] = task_pid_nr(current);
		key[MMS_TOPK_START] = current->start_time;
	}
	local_irq_save(flags);
	tc = mms_topk_begin(top);
	if (tc) {
		entered = mms_topk_count_in(tc, key, 1);
		if (entered)
			mms_topk_current(&pid, &entered->cgroup_id,
					 entered->comm);
		raw_write_seqcount_end(&tc->seq);
	}
	local_irq_restore(flags);
}

void mms_topk_add(struct mms_topk *top, const u64 *key, u64 hits)
{
	struct mms_topk_cpu *tc = mms_topk_begin(top);

	if (tc) {
		mms_topk_count_in(tc, key, hits);
		raw_write_seqcount_end(&tc->seq);
	}
}

static unsigned int mms_topk_count(const struct mms_topk *top)
{
	unsigned int cpu, n = 0;

	for_each_possible_cpu(cpu)
		n += READ_ONCE(per_cpu_ptr(top->cpus, cpu)->used);
	return n;
}

/*
 * Copies what a CPU has, all from one moment. Gives how many, which may be more
 * than the @max that were copied.
 */
static unsigned int mms_topk_copy(const struct mms_topk *top, unsigned int cpu,
				  struct mms_topk_entry *out, unsigned int max)
{
	const struct mms_topk_cpu *tc = per_cpu_ptr(top->cpus, cpu);
	unsigned int seq, used, i;

	do {
		seq = read_seqcount_begin(&tc->seq);
		used = READ_ONCE(tc->used);
		for (i = 0; i < min(used, max); i++) {
			out[i].live = tc->entries[i];
			out[i].cpu = cpu;
			out[i].hits = tc->hits[i];
		}
	} while (read_seqcount_retry(&tc->seq, seq));
	return used;
}

/* Gives the fewest hits in a CPU's full table, 0 for one with room, and notes it. */
static u64 mms_topk_floor(struct mms_topk_entry *entries, unsigned int n)
{
	u64 floor = n < MMS_TOPK ? 0 : entries[0].hits;
	unsigned int i;

	for (i = 0; i < n; i++)
		floor = min(floor, entries[i].hits);
	for (i = 0; i < n; i++)
		entries[i].floor = floor;
	return floor;
}

/* By key, and for one key by CPU, so that it is always the same name first. */
static int mms_topk_cmp_key(const void *a, const void *b)
{
	const struct mms_topk_entry *x = a, *y = b;
	unsigned int i;

	for (i = 0; i < MMS_TOPK_KEYS; i++)
		if (x->live.key[i] != y->live.key[i])
			return x->live.key[i] < y->live.key[i] ? -1 : 1;
	return x->cpu < y->cpu ? -1 : 1;
}

static int mms_topk_cmp_hits(const void *a, const void *b)
{
	const struct mms_topk_entry *x = a, *y = b;

	if (x->hits != y->hits)
		return x->hits < y->hits ? 1 : -1;
	return mms_topk_cmp_key(a, b);
}

/* Adds up what several CPUs have of the same task. Gives what remains. */
static unsigned int mms_topk_merge(struct mms_topk_entry *out, unsigned int n)
{
	unsigned int i, last = 0;

	if (!n)
		return 0;
	sort(out, n, sizeof(*out), mms_topk_cmp_key, NULL);
	for (i = 1; i < n; i++) {
		if (!mms_topk_is(&out[last].live, out[i].live.key)) {
			out[++last] = out[i];
			continue;
		}
		out[last].hits += out[i].hits;
		out[last].live.error += out[i].live.error;
		out[last].live.times += out[i].live.times;
		out[last].floor += out[i].floor;
	}
	return last + 1;
}

/*
 * Puts the number of entries in *@n, most hits first. Full tables that lack an
 * entry may have displaced it with up to their floor of hits.
 */
static int mms_topk_read(const struct mms_topk *top, struct mms_topk_entry *out,
			 unsigned int max, unsigned int *n)
{
	unsigned int cpu, i, used;
	u64 floors = 0;

	*n = 0;
	for_each_possible_cpu(cpu) {
		used = mms_topk_copy(top, cpu, &out[*n], max - *n);
		if (used > max - *n)
			return -EAGAIN;
		floors += mms_topk_floor(&out[*n], used);
		*n += used;
	}
	*n = mms_topk_merge(out, *n);
	for (i = 0; i < *n; i++) {
		out[i].hits += floors - out[i].floor;
		out[i].live.error += floors - out[i].floor;
	}
	sort(out, *n, sizeof(*out), mms_topk_cmp_hits, NULL);
	return 0;
}

/* Two at once would leave the sequence of a CPU that is away odd, for ever. */
static DEFINE_MUTEX(mms_topk_reset_lock);

static void mms_topk_reset_cpu(void *data)
{
	struct mms_topk_cpu *tc = data;

	raw_write_seqcount_begin(&tc->seq);
	mms_topk_empty(tc);
	raw_write_seqcount_end(&tc->seq);
}

static void mms_topk_reset_local(void *data)
{
	struct mms_topk *top = data;

	mms_topk_reset_cpu(this_cpu_ptr(top->cpus));
}

void mms_topk_reset(struct mms_topk *top)
{
	unsigned int cpu;

	mutex_lock(&mms_topk_reset_lock);
	cpus_read_lock();
	on_each_cpu(mms_topk_reset_local, top, 1);
	/* No hook runs on the others, and they cannot come online now. */
	for_each_possible_cpu(cpu) {
		if (cpu_online(cpu))
			continue;
		/* Who reads spins until it is through (read_seqcount_begin()) */
		preempt_disable();
		mms_topk_reset_cpu(per_cpu_ptr(top->cpus, cpu));
		preempt_enable();
	}
	cpus_read_unlock();
	mutex_unlock(&mms_topk_reset_lock);
}

size_t mms_topk_bytes(void)
{
	return num_possible_cpus() * sizeof(struct mms_topk_cpu);
}

const struct mms_column mms_topk_columns[MMS_TOPK_COLUMNS] = {
	MMS_NUMBER("node"), MMS_NUMBER("pid"), MMS_COPIED("comm"),
	MMS_NUMBER("cgroup_id"), MMS_NUMBER("hits_total"),
	MMS_NUMBER("error_total"),
};

/* Of the merged tables of all CPUs, the entries that are shown. */
#define MMS_TOPK_ROWS (2U * MMS_TOPK)

unsigned int mms_topk_rows(const struct mms_topk *top)
{
	return min(mms_topk_count(top), MMS_TOPK_ROWS);
}

static void mms_topk_row(struct mms_rows *rows,
			 const struct mms_topk_entry *entry)
{
	mms_add(rows, entry->live.key[MMS_TOPK_NODE]);
	mms_add(rows, entry->live.key[MMS_TOPK_PID]);
	mms_add_text(rows, entry->live.comm);
	mms_add_known(rows, (s64)entry->live.cgroup_id ?: -1);
	mms_add(rows, entry->hits);
	mms_add(rows, entry->live.error);
}

int mms_topk_fill_by(struct mms_rows *rows, const struct mms_topk *top,
		     void (*row)(struct mms_rows *rows,
				 const struct mms_topk_entry *entry))
{
	unsigned int i, n, max = mms_topk_count(top);
	struct mms_topk_entry *entries;
	int err;

	if (!max)
		return 0;
	/* Some may come meanwhile. */
	max += max / 4 + 8;
	entries = kvmalloc_array(max, sizeof(*entries), GFP_KERNEL);
	if (!entries)
		return -ENOMEM;
	err = mms_topk_read(top, entries, max, &n);
	for (i = 0; !err && i < min(n, MMS_TOPK_ROWS); i++)
		row(rows, &entries[i]);
	kvfree(entries);
	return err;
}

int mms_topk_fill(struct mms_rows *rows, const struct mms_topk *top)
{
	return mms_topk_fill_by(rows, top, mms_topk_row);
}
