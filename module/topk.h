/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who did something most: a bounded table of tasks. Each CPU keeps MMS_TOPK
 * entries by the "space saving" rule: a newcomer to a full table takes the
 * place of the entry with the fewest hits, with that entry's hits as the error
 * it may be over by. Whoever made more than 1/MMS_TOPK of a CPU's hits is surely
 * in it, and no count is too low.
 */
#ifndef MMS_TOPK_H
#define MMS_TOPK_H

#include <linux/sched.h>
#include <linux/types.h>

#define MMS_TOPK 32

struct mms_topk_cpu;

/**
 * struct mms_topk - a top-K of tasks by node
 * @cpus: each CPU's table
 */
struct mms_topk {
	struct mms_topk_cpu __percpu *cpus;
};

/**
 * struct mms_topk_entry - one task at one node
 * @node: the node
 * @pid: its thread id; 0 for what interrupts did
 * @cgroup_id: its cgroup in the default hierarchy when it was first seen
 * @comm: its name then; "[irq]" for interrupts
 * @hits: how often, possibly too many by @error
 * @error: by how much @hits may be too high
 */
struct mms_topk_entry {
	int node;
	pid_t pid;
	u64 cgroup_id;
	char comm[TASK_COMM_LEN];
	u64 hits;
	u64 error;
};

/**
 * mms_topk_init - take the memory
 * @top: the top-K
 *
 * Returns 0 or -ENOMEM. May sleep.
 */
int mms_topk_init(struct mms_topk *top);

/**
 * mms_topk_exit - give it back
 * @top: the top-K, which no probe can reach any more
 */
void mms_topk_exit(struct mms_topk *top);

/**
 * mms_topk_hit - current did it
 * @top: the top-K
 * @node: at which node
 *
 * Task and interrupt context; in an NMI, which could meet an update half done,
 * it does nothing. No lock is shared with another CPU.
 */
void mms_topk_hit(struct mms_topk *top, int node);

/**
 * mms_topk_count - how many entries mms_topk_read() would merge now
 * @top: the top-K
 */
unsigned int mms_topk_count(const struct mms_topk *top);

/**
 * mms_topk_read - the merged table
 * @top: the top-K
 * @out: room for @max entries
 * @max: what mms_topk_count() gave; what came to it since may be left out
 *
 * Gives the number of entries, most hits first. Process context. Entries of a
 * CPU are all from one moment; those of two CPUs may be from two.
 */
unsigned int mms_topk_read(const struct mms_topk *top,
			   struct mms_topk_entry *out, unsigned int max);

/**
 * mms_topk_reset - forget all
 * @top: the top-K
 *
 * Each CPU empties its own table, at once where it is online. Process context,
 * sleeps.
 */
void mms_topk_reset(struct mms_topk *top);

/**
 * mms_topk_bytes - memory it holds, in bytes
 */
size_t mms_topk_bytes(void);

#endif
