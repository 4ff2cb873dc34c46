/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who did something most: a bounded table of tasks. Each CPU keeps MMS_TOPK
 * entries by the "space saving" rule: a newcomer to a full table takes the
 * place of the entry with the fewest hits, with that entry's hits as the error
 * it may be over by. Whoever made more than 1/MMS_TOPK of a CPU's hits is surely
 * in its table. Where a full table lacks a task that another one has, it may have
 * displaced it: its fewest hits count as hits and as error. So no count is too
 * low.
 */
#ifndef MMS_TOPK_H
#define MMS_TOPK_H

#include <linux/sched.h>
#include <linux/types.h>

#include "table.h"

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
 * @cpu: whose table this is from
 * @pid: its thread id; 0 for what interrupts did
 * @start: when the thread was started, since pids are used again
 * @cgroup_id: its cgroup in the default hierarchy when it was first seen
 * @comm: its name then; "[irq]" for interrupts
 * @hits: how often, possibly too many by @error
 * @error: by how much @hits may be too high
 * @floor: for merging: the fewest hits in its CPU's table if that is full
 */
struct mms_topk_entry {
	int node;
	unsigned int cpu;
	pid_t pid;
	u64 start;
	u64 cgroup_id;
	char comm[TASK_COMM_LEN];
	u64 hits;
	u64 error;
	u64 floor;
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
 * Any context; no lock is shared with another CPU. In an NMI that finds an update
 * of this CPU's half done it does nothing.
 */
void mms_topk_hit(struct mms_topk *top, int node);

/**
 * mms_topk_current - who is doing this?
 * @pid: its thread id, 0 in an interrupt, where current is not who did it
 * @cgroup_id: its cgroup in the default hierarchy, 0 for none
 * @comm: its name, "[irq]" in an interrupt; TASK_COMM_LEN bytes
 *
 * Any context.
 */
void mms_topk_current(pid_t *pid, u64 *cgroup_id, char *comm);

#define MMS_TOPK_COLUMNS 6

/* The columns that every table of a top-K has. */
extern const struct mms_column mms_topk_columns[MMS_TOPK_COLUMNS];

/**
 * mms_topk_rows - an upper bound of its rows now
 * @top: the top-K
 */
unsigned int mms_topk_rows(const struct mms_topk *top);

/**
 * mms_topk_fill - fill the table of a top-K
 * @rows: the table
 * @top: the top-K
 *
 * Most hits first. Process context, sleeps. Entries of a CPU are all from one
 * moment; those of two CPUs may be from two. Returns 0, -ENOMEM, or -EAGAIN if
 * more tasks came meanwhile than there was room for.
 */
int mms_topk_fill(struct mms_rows *rows, const struct mms_topk *top);

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
