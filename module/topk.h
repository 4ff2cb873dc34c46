/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who or what had most of something: a bounded table. Each CPU keeps MMS_TOPK
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

/*
 * What an entry is found by. Of a task: its node, its thread id, 0 for what
 * interrupts did, and when it was started, since thread ids are used again.
 */
#define MMS_TOPK_NODE	0
#define MMS_TOPK_PID	1
#define MMS_TOPK_START	2
#define MMS_TOPK_KEYS	3

/**
 * struct mms_topk - a top-K
 * @cpus: each CPU's table
 */
struct mms_topk {
	struct mms_topk_cpu __percpu *cpus;
};

/**
 * struct mms_topk_live - an entry as its CPU keeps it, beside its hits
 * @key: what it is found by
 * @cgroup_id: of a task its cgroup in the default hierarchy when first seen
 * @comm: of a task its name then; "[irq]" for interrupts
 * @error: by how much its hits may be too high
 * @times: in how many steps, since it took its place
 */
struct mms_topk_live {
	u64 key[MMS_TOPK_KEYS];
	u64 cgroup_id;
	char comm[TASK_COMM_LEN];
	u64 error;
	u64 times;
};

/**
 * struct mms_topk_entry - one of the top
 * @live: copy of the entry
 * @cpu: whose table this is from
 * @hits: how much it had, possibly too much by its error
 * @floor: for merging: the fewest hits in its CPU's table if that is full
 */
struct mms_topk_entry {
	struct mms_topk_live live;
	unsigned int cpu;
	u64 hits;
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
 * mms_topk_add - something that is no task had some of it
 * @top: the top-K
 * @key: what, MMS_TOPK_KEYS numbers
 * @hits: how much
 *
 * Interrupts are off; else as mms_topk_hit().
 */
void mms_topk_add(struct mms_topk *top, const u64 *key, u64 hits);

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

/* The columns that every table of a top-K of tasks has. */
extern const struct mms_column mms_topk_columns[MMS_TOPK_COLUMNS];

/**
 * mms_topk_rows - an upper bound of its rows now
 * @top: the top-K
 */
unsigned int mms_topk_rows(const struct mms_topk *top);

/**
 * mms_topk_fill - fill the table of a top-K of tasks
 * @rows: the table
 * @top: the top-K
 *
 * Most hits first. Process context, sleeps. Entries of a CPU are all from one
 * moment; those of two CPUs may be from two. Returns 0, -ENOMEM, or -EAGAIN if
 * more tasks came meanwhile than there was room for.
 */
int mms_topk_fill(struct mms_rows *rows, const struct mms_topk *top);

/**
 * mms_topk_fill_by - the same for a table of other columns
 * @rows: the table
 * @top: the top-K
 * @row: adds the row of an entry
 */
int mms_topk_fill_by(struct mms_rows *rows, const struct mms_topk *top,
		     void (*row)(struct mms_rows *rows,
				 const struct mms_topk_entry *entry));

/**
 * mms_topk_reset - forget all
 * @top: the top-K
 *
 * Each CPU empties its own table, at once where it is online. Process context,
 * sleeps; takes a mutex, for resets come one at a time.
 */
void mms_topk_reset(struct mms_topk *top);

/**
 * mms_topk_bytes - memory it holds, in bytes
 */
size_t mms_topk_bytes(void);

#endif
