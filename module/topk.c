// SPDX-License-Identifier: GPL-2.0-only
#include <linux/cgroup.h>
#include <linux/cpu.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/seqlock.h>
#include <linux/sort.h>
#include <linux/string.h>

#include "topk.h"

struct mms_topk_cpu {
	seqcount_t seq;
	unsigned int used;
	struct mms_topk_entry entries[MMS_TOPK];
};

int mms_topk_init(struct mms_topk *top)
{
	unsigned int cpu;

	top->cpus = alloc_percpu(struct mms_topk_cpu);
	if (!top->cpus)
		return -ENOMEM;
	for_each_possible_cpu(cpu)
		seqcount_init(&per_cpu_ptr(top->cpus, cpu)->seq);
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

/* In an interrupt current is whoever was interrupted, not who did it. */
static void mms_topk_name(struct mms_topk_entry *entry)
{
	if (in_task()) {
		/* current's own name, so no lock: only others change it. */
		strscpy(entry->comm, current->comm, sizeof(entry->comm));
		entry->cgroup_id = mms_current_cgroup();
	} else {
		strscpy(entry->comm, "[irq]", sizeof(entry->comm));
		entry->cgroup_id = 0;
	}
}

static struct mms_topk_entry *mms_topk_find(struct mms_topk_cpu *tc, int node,
					    pid_t pid)
{
	unsigned int i;

	for (i = 0; i < tc->used; i++)
		if (tc->entries[i].pid == pid && tc->entries[i].node == node)
			return &tc->entries[i];
	return NULL;
}

/* A free entry, or that with the fewest hits, which the newcomer inherits. */
static struct mms_topk_entry *mms_topk_take(struct mms_topk_cpu *tc)
{
	struct mms_topk_entry *least = &tc->entries[0];
	unsigned int i;

	if (tc->used < MMS_TOPK) {
		least = &tc->entries[tc->used++];
		least->hits = 0;
	} else {
		for (i = 1; i < MMS_TOPK; i++)
			if (tc->entries[i].hits < least->hits)
				least = &tc->entries[i];
	}
	least->error = least->hits;
	return least;
}

void mms_topk_hit(struct mms_topk *top, int node)
{
	pid_t pid = in_task() ? task_pid_nr(current) : 0;
	struct mms_topk_entry *entry;
	struct mms_topk_cpu *tc;
	unsigned long flags;

	if (in_nmi())
		return;
	local_irq_save(flags);
	tc = this_cpu_ptr(top->cpus);
	raw_write_seqcount_begin(&tc->seq);
	entry = mms_topk_find(tc, node, pid);
	if (!entry) {
		entry = mms_topk_take(tc);
		entry->node = node;
		entry->pid = pid;
		mms_topk_name(entry);
	}
	entry->hits++;
	raw_write_seqcount_end(&tc->seq);
	local_irq_restore(flags);
}

unsigned int mms_topk_count(const struct mms_topk *top)
{
	unsigned int cpu, n = 0;

	for_each_possible_cpu(cpu)
		n += READ_ONCE(per_cpu_ptr(top->cpus, cpu)->used);
	return n;
}

/* Copies what one CPU has, all from one moment. Gives how many. */
static unsigned int mms_topk_copy(const struct mms_topk_cpu *tc,
				  struct mms_topk_entry *out, unsigned int max)
{
	unsigned int seq, used;

	do {
		seq = read_seqcount_begin(&tc->seq);
		used = min(READ_ONCE(tc->used), max);
		memcpy(out, tc->entries, used * sizeof(*out));
	} while (read_seqcount_retry(&tc->seq, seq));
	return used;
}

static int mms_topk_cmp_task(const void *a, const void *b)
{
	const struct mms_topk_entry *x = a, *y = b;

	return x->node != y->node ? x->node - y->node : x->pid - y->pid;
}

static int mms_topk_cmp_hits(const void *a, const void *b)
{
	const struct mms_topk_entry *x = a, *y = b;

	if (x->hits != y->hits)
		return x->hits < y->hits ? 1 : -1;
	return mms_topk_cmp_task(a, b);
}

/* Adds up what several CPUs have of the same task. Gives what remains. */
static unsigned int mms_topk_merge(struct mms_topk_entry *out, unsigned int n)
{
	unsigned int i, last = 0;

	if (!n)
		return 0;
	sort(out, n, sizeof(*out), mms_topk_cmp_task, NULL);
	for (i = 1; i < n; i++) {
		if (mms_topk_cmp_task(&out[last], &out[i])) {
			out[++last] = out[i];
			continue;
		}
		out[last].hits += out[i].hits;
		out[last].error += out[i].error;
	}
	return last + 1;
}

unsigned int mms_topk_read(const struct mms_topk *top,
			   struct mms_topk_entry *out, unsigned int max)
{
	unsigned int cpu, n = 0;

	for_each_possible_cpu(cpu)
		n += mms_topk_copy(per_cpu_ptr(top->cpus, cpu), &out[n],
				   max - n);
	n = mms_topk_merge(out, n);
	sort(out, n, sizeof(*out), mms_topk_cmp_hits, NULL);
	return n;
}

static void mms_topk_reset_cpu(void *data)
{
	struct mms_topk_cpu *tc = data;

	raw_write_seqcount_begin(&tc->seq);
	tc->used = 0;
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

	cpus_read_lock();
	on_each_cpu(mms_topk_reset_local, top, 1);
	/* Nothing runs on the others, and they cannot come online now. */
	for_each_possible_cpu(cpu)
		if (!cpu_online(cpu))
			mms_topk_reset_cpu(per_cpu_ptr(top->cpus, cpu));
	cpus_read_unlock();
}

size_t mms_topk_bytes(void)
{
	return num_possible_cpus() * sizeof(struct mms_topk_cpu);
}
