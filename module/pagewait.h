/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The subject pagewait: what finding the table of wait queues
 * (pagewait_find.c), the hooks (pagewait_waits.c) and the tables (pagewait.c)
 * share.
 *
 * Whoever has to wait until a folio is unlocked or written back queues up in
 * one of a few hundred buckets, chosen by a hash of the folio's address; there
 * is one such table for the whole machine.
 */
#ifndef MMS_PAGEWAIT_H
#define MMS_PAGEWAIT_H

#include <linux/sched.h>
#include <linux/types.h>
#include <linux/wait.h>

#include "compat.h"
#include "hist.h"
#include "topk.h"

/* The bits of a folio's flags that are waited for. */
enum mms_wait_bit {
	MMS_WAIT_LOCK,
	MMS_WAIT_WRITEBACK,
	MMS_WAIT_PRIVATE_2,
	MMS_WAIT_OTHER,
	MMS_NR_WAIT_BITS,
};

/**
 * struct mms_wait_table - the kernel's table of page wait queues
 * @base: its first bucket; NULL if it was not found
 * @bits: it has 1 << @bits buckets
 * @func: wake function of a task that waits
 * @missing: why it was not found, NULL if it was
 */
struct mms_wait_table {
	wait_queue_head_t *base;
	unsigned int bits;
	wait_queue_func_t func;
	const char *missing;
};

extern struct mms_wait_table mms_wait_table;

/**
 * mms_pagewait_find - find the table and make sure of it
 *
 * Fills in mms_wait_table. Waits on pages of our own meanwhile. May sleep.
 */
void mms_pagewait_find(void);

/**
 * mms_pagewait_buckets - how many buckets there are, 0 if none were found
 */
static inline unsigned int mms_pagewait_buckets(void)
{
	return mms_wait_table.base ? 1U << mms_wait_table.bits : 0;
}

/* What a folio belongs to. */
enum mms_owner_kind {
	MMS_OWNER_UNKNOWN,	/* nothing, or not to be read now */
	MMS_OWNER_FILE,
	MMS_OWNER_DEVICE,	/* the page cache of a block device itself */
	MMS_OWNER_ANON,
};

/**
 * struct mms_owner - what a folio belongs to
 * @kind: what sort of thing
 * @dev: of a file the device of its file system, else the device itself
 * @inode: of a file
 * @index: offset of the folio in it, in pages
 */
struct mms_owner {
	enum mms_owner_kind kind;
	dev_t dev;
	u64 inode;
	u64 index;
};

/**
 * mms_pagewait_owner - what does a folio belong to?
 * @folio: one that somebody keeps from being freed
 * @owner: the answer
 *
 * Any context. Mapping, inode and superblock may go away while they are read:
 * then the answer is that it is not known, or the last one.
 */
void mms_pagewait_owner(struct mms_folio *folio, struct mms_owner *owner);

/**
 * mms_pagewait_bit - which bit of a folio's flags is this?
 * @bit_nr: its number
 */
enum mms_wait_bit mms_pagewait_bit(int bit_nr);

/**
 * mms_pagewait_began - since when does a task wait for a folio?
 * @task: the task
 * @folio: the folio
 *
 * Gives 0 where it is not known. Under the lock of the folio's bucket, in which
 * the task is queued.
 */
u64 mms_pagewait_began(const struct task_struct *task,
		       const struct mms_folio *folio);

/**
 * struct mms_wait_hist - how long waits took, as struct mms_hist
 * @counts: of a device that is fast, so many that 32 bits were full within hours
 */
struct mms_wait_hist {
	u64 counts[MMS_HIST_SLOTS];
};

/**
 * struct mms_wake_counts - what became of wakes for one bit
 * @calls: wakes
 * @other_folio: waiters visited that waited for another folio
 * @other_bit: for another bit of the folio
 * @refused: that could not have the bit, which was taken again
 * @woken: that were woken
 * @unseen: of the woken ones those whose wait was not seen to begin
 */
struct mms_wake_counts {
	u64 calls;
	u64 other_folio;
	u64 other_bit;
	u64 refused;
	u64 woken;
	u64 unseen;
};

/**
 * struct mms_long_wait - a wait for the trace event
 * @task: who waited
 * @pfn: page frame of the folio
 * @node: its node
 * @bit: what was waited for
 * @owner: what it belongs to
 * @waited: how long, in ns
 */
struct mms_long_wait {
	struct task_struct *task;
	unsigned long pfn;
	int node;
	enum mms_wait_bit bit;
	struct mms_owner owner;
	u64 waited;
};

extern struct mms_group mms_pagewait_group;

/* What was waited for most, by folio and by file. */
extern struct mms_topk mms_pagewait_folios;
extern struct mms_topk mms_pagewait_files;

/**
 * mms_pagewait_top_owner - what an entry of these is about
 * @entry: the entry
 * @owner: what the folio belongs to, but for its place there
 *
 * Gives its place: the page frame of a folio that belongs to no file, else the
 * offset in pages, which means nothing for a file as a whole.
 */
u64 mms_pagewait_top_owner(const struct mms_topk_entry *entry,
			   struct mms_owner *owner);

/**
 * mms_pagewait_counts - what became of wakes since the last reset
 * @bit: for which bit
 * @out: the counts
 */
void mms_pagewait_counts(enum mms_wait_bit bit, struct mms_wake_counts *out);

/**
 * mms_pagewait_sees_calls - is the hook there that counts wakes?
 */
bool mms_pagewait_sees_calls(void);

/**
 * mms_pagewait_sees_wakes - is the hook there that sees who is visited?
 */
bool mms_pagewait_sees_wakes(void);

/**
 * mms_pagewait_sees_begins - is the hook there that sees waits begin?
 */
bool mms_pagewait_sees_begins(void);

/**
 * mms_pagewait_latency - how long the finished waits since the last reset took
 * @nid: node of the folios, a possible one
 * @bit: what was waited for
 * @out: the histogram
 */
void mms_pagewait_latency(int nid, enum mms_wait_bit bit,
			  struct mms_wait_hist *out);

/**
 * mms_pagewait_episodes - times a folio of this bucket got its first waiter
 * @bucket: the bucket
 *
 * Since the last reset.
 */
u64 mms_pagewait_episodes(unsigned int bucket);

/**
 * mms_pagewait_flush - let finished waits count
 *
 * A waiter is accounted by the task itself, when it waits again or dies, to
 * spare the waker the work. This does it for all that have been woken. Process
 * context, sleeps.
 */
void mms_pagewait_flush(void);

/**
 * mms_pagewait_waits_init - take the memory
 *
 * After mms_pagewait_find(). Returns 0 or -ENOMEM. May sleep.
 */
int mms_pagewait_waits_init(void);

/**
 * mms_pagewait_waits_exit - give it back
 */
void mms_pagewait_waits_exit(void);

/**
 * mms_pagewait_waits_reset - let all totals begin anew
 */
void mms_pagewait_waits_reset(void);

/**
 * mms_pagewait_waits_bytes - memory it holds, in bytes
 */
size_t mms_pagewait_waits_bytes(void);

#endif
