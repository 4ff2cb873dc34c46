// SPDX-License-Identifier: GPL-2.0-only
/*
 * The subject pagewait: who waits for which page, in which bucket of the
 * kernel's table of wait queues, for how long, and what the wakes cost.
 *
 * A bucket that is empty is passed over without its lock. Of any other one at
 * most MMS_COPIED_MAX waiters are copied while its lock is held; rows are made of
 * them afterwards.
 */
#include <linux/cgroup.h>
#include <linux/hash.h>
#include <linux/kallsyms.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/string.h>

#include "mmscope.h"
#include "pagewait.h"
#include "probe.h"
#include "table.h"

/* Waiters copied in one hold of a bucket's lock. */
#define MMS_COPIED_MAX 256

enum mms_waiter_kind {
	MMS_WAITER_TASK,	/* a task that sleeps */
	MMS_WAITER_ASYNC,	/* a buffered read of io_uring, whose task goes on */
	MMS_WAITER_FOREIGN,	/* somebody else, of whom only the entry is known */
};

/**
 * struct mms_waiter - an entry of a bucket
 * @kind: whose
 * @func: its wake function
 * @folio: what it waits for; only to be compared with. NULL if foreign
 * @bit: which bit of it
 * @pfn: its page frame
 * @node: its node
 * @owner: what it belongs to, where that could be read
 * @pid: the task
 * @comm: its name
 * @cgroup_id: its cgroup in the default hierarchy
 * @in_iowait: it is in io_schedule()
 * @began: when it began to wait, 0 if not known
 */
struct mms_waiter {
	enum mms_waiter_kind kind;
	wait_queue_func_t func;
	struct mms_folio *folio;
	enum mms_wait_bit bit;
	unsigned long pfn;
	int node;
	struct mms_owner owner;
	pid_t pid;
	char comm[TASK_COMM_LEN];
	u64 cgroup_id;
	bool in_iowait;
	u64 began;
};

/**
 * struct mms_bucket - a copy of what is in a bucket
 * @used: waiters copied
 * @truncated: there were more
 * @waiters: they
 */
struct mms_bucket {
	unsigned int used;
	bool truncated;
	struct mms_waiter waiters[MMS_COPIED_MAX];
};

/* The one copy there is room for, and who may use it. */
static DEFINE_MUTEX(mms_bucket_lock);
static struct mms_bucket *mms_bucket;

/* io_async_buf_func(), once a waiter has shown it; only to be compared with. */
static wait_queue_func_t mms_async_func;

/* Waiters that the last read found: the next will find about as many. */
static unsigned int mms_waiters_seen;

static const char *mms_bit_name(enum mms_wait_bit bit)
{
	static const char *const names[MMS_NR_WAIT_BITS] = {
		[MMS_WAIT_LOCK] = "lock",
		[MMS_WAIT_WRITEBACK] = "writeback",
		[MMS_WAIT_PRIVATE_2] = "private_2",
		[MMS_WAIT_OTHER] = "other",
	};

	return names[bit];
}

/* Copying a bucket */

static u64 mms_task_cgroup(struct task_struct *task)
{
	u64 id = 0;

#ifdef CONFIG_CGROUPS
	rcu_read_lock();
	id = cgroup_id(task_dfl_cgroup(task));
	rcu_read_unlock();
#endif
	return id;
}

/*
 * A task cannot leave before it has taken its entry out of the bucket, for which
 * it needs the lock that is held. Not get_task_comm(): up to 6.12 it takes a
 * lock that is not to be taken here.
 */
static void mms_copy_task(struct mms_waiter *waiter, struct task_struct *task)
{
	waiter->pid = task_pid_nr(task);
	strscpy(waiter->comm, task->comm, TASK_COMM_LEN);
	waiter->cgroup_id = mms_task_cgroup(task);
	/* It sleeps without our lock: another moment's answer is one too. */
	waiter->in_iowait = data_race(!!task->in_iowait);
	waiter->began = mms_pagewait_began(task, waiter->folio);
}

/*
 * A waiter may have let go of the folio. But as long as the bit is set that it
 * waits for, somebody is at work on the folio and holds it; he cannot be done
 * before he has been in here to wake the waiter.
 */
static void mms_copy_folio(struct mms_waiter *waiter,
			   const struct wait_page_queue *queue)
{
	struct mms_folio *folio = mms_queue_folio(queue);

	waiter->folio = folio;
	waiter->bit = mms_pagewait_bit(queue->bit_nr);
	waiter->pfn = page_to_pfn(mms_folio_page(folio));
	waiter->node = -1;
	waiter->owner.kind = MMS_OWNER_UNKNOWN;
	if (test_bit(queue->bit_nr, mms_folio_flags(folio))) {
		waiter->node = mms_page_nid(mms_folio_page(folio));
		mms_pagewait_owner(folio, &waiter->owner);
	}
}

static void mms_copy_waiter(struct mms_waiter *waiter,
			    const wait_queue_entry_t *entry)
{
	memset(waiter, 0, sizeof(*waiter));
	waiter->func = entry->func;
	if (entry->func == mms_wait_table.func)
		waiter->kind = MMS_WAITER_TASK;
	else if (entry->func == mms_async_func)
		waiter->kind = MMS_WAITER_ASYNC;
	else
		waiter->kind = MMS_WAITER_FOREIGN;
	if (waiter->kind != MMS_WAITER_FOREIGN)
		mms_copy_folio(waiter, container_of(entry, struct wait_page_queue,
						    wait));
	if (waiter->kind == MMS_WAITER_TASK)
		mms_copy_task(waiter, entry->private);
}

static void mms_copy_bucket(unsigned int i, struct mms_bucket *bucket)
{
	wait_queue_head_t *head = &mms_wait_table.base[i];
	const wait_queue_entry_t *entry;

	bucket->used = 0;
	bucket->truncated = false;
	if (list_empty_careful(&head->head))
		return;
	spin_lock_irq(&head->lock);
	list_for_each_entry(entry, &head->head, entry) {
		if (entry->flags & MMS_WAIT_BOOKMARK)
			continue;
		if (bucket->used == MMS_COPIED_MAX) {
			bucket->truncated = true;
			break;
		}
		mms_copy_waiter(&bucket->waiters[bucket->used++], entry);
	}
	spin_unlock_irq(&head->lock);
}

/*
 * Whose wake function is this? io_uring's is known by name only, and no lock is
 * held here. Gives true when it has been found just now.
 */
static bool mms_learn_async(wait_queue_func_t func)
{
	static const char name[] = "io_async_buf_func+0x0/";
	char *text;

	if (mms_async_func)
		return false;
	text = kmalloc(KSYM_SYMBOL_LEN, GFP_KERNEL);
	if (!text)
		return false;
	sprint_symbol(text, (unsigned long)func);
	if (!strncmp(text, name, strlen(name)))
		mms_async_func = func;
	kfree(text);
	return mms_async_func;
}

static bool mms_learn_from(const struct mms_bucket *bucket)
{
	unsigned int i;

	for (i = 0; i < bucket->used; i++)
		if (bucket->waiters[i].kind == MMS_WAITER_FOREIGN &&
		    mms_learn_async(bucket->waiters[i].func))
			return true;
	return false;
}

/* Calls @row for each bucket in use, one after the other. */
static void mms_each_bucket(struct mms_rows *rows,
			    void (*row)(struct mms_rows *rows, unsigned int i,
					struct mms_bucket *bucket))
{
	unsigned int i, seen = 0;

	mutex_lock(&mms_bucket_lock);
	for (i = 0; i < mms_pagewait_buckets(); i++) {
		mms_copy_bucket(i, mms_bucket);
		if (mms_learn_from(mms_bucket))
			mms_copy_bucket(i, mms_bucket);
		seen += mms_bucket->used;
		if (mms_bucket->used)
			row(rows, i, mms_bucket);
		cond_resched();
	}
	WRITE_ONCE(mms_waiters_seen, seen);
	mutex_unlock(&mms_bucket_lock);
}

static u64 mms_waited(const struct mms_rows *rows, u64 began)
{
	return mms_taken(rows) > began ? mms_taken(rows) - began : 0;
}

/* pagewait/table */

static const struct mms_column mms_buckets_columns[] = {
	MMS_NUMBER("bucket"), MMS_NUMBER("waiters"), MMS_NUMBER("folios"),
	MMS_NUMBER("longest_wait_ns"), MMS_NUMBER("truncated"),
};

static int mms_cmp_folio(const void *a, const void *b)
{
	const struct mms_waiter *x = a, *y = b;

	return x->folio == y->folio ? 0 : x->folio < y->folio ? -1 : 1;
}

/* Different folios that are waited for, as far as is known. Sorts. */
static unsigned int mms_count_folios(struct mms_bucket *bucket)
{
	const struct mms_waiter *waiters = bucket->waiters;
	unsigned int i, n = 0;

	sort(bucket->waiters, bucket->used, sizeof(*waiters), mms_cmp_folio,
	     NULL);
	for (i = 0; i < bucket->used; i++)
		n += waiters[i].folio &&
		     (!i || waiters[i].folio != waiters[i - 1].folio);
	return n;
}

static void mms_buckets_row(struct mms_rows *rows, unsigned int i,
			    struct mms_bucket *bucket)
{
	u64 oldest = U64_MAX;
	unsigned int k;

	for (k = 0; k < bucket->used; k++)
		if (bucket->waiters[k].began)
			oldest = min(oldest, bucket->waiters[k].began);
	mms_add(rows, i);
	mms_add(rows, bucket->used);
	mms_add(rows, mms_count_folios(bucket));
	if (oldest == U64_MAX)
		mms_add_unknown(rows);
	else
		mms_add(rows, mms_waited(rows, oldest));
	mms_add(rows, bucket->truncated);
}

static int mms_buckets_fill(struct mms_rows *rows)
{
	mms_each_bucket(rows, mms_buckets_row);
	return 0;
}

static const struct mms_table mms_buckets = {
	.subject = "pagewait",
	.name = "table",
	.format = 1,
	MMS_COLUMNS(mms_buckets_columns),
	.guarded = true,
	.max_rows = mms_pagewait_buckets,
	.fill = mms_buckets_fill,
};

/* pagewait/waiters */

static const struct mms_column mms_waiters_columns[] = {
	MMS_NUMBER("bucket"), MMS_NUMBER("pfn"), MMS_TEXT("bit"),
	MMS_TEXT("kind"), MMS_NUMBER("pid"), MMS_COPIED("comm"),
	MMS_NUMBER("cgroup_id"), MMS_NUMBER("waiting_ns"), MMS_NUMBER("node"),
	MMS_COPIED("dev"), MMS_NUMBER("inode"), MMS_NUMBER("offset_bytes"),
	MMS_NUMBER("in_iowait"),
};

static void mms_add_dev(struct mms_rows *rows, const struct mms_owner *owner)
{
	char text[24];

	if (owner->kind == MMS_OWNER_UNKNOWN) {
		mms_add_unknown(rows);
	} else if (owner->kind == MMS_OWNER_ANON) {
		mms_add_name(rows, "anon");
	} else {
		snprintf(text, sizeof(text), "%u:%u", MAJOR(owner->dev),
			 MINOR(owner->dev));
		mms_add_text(rows, text);
	}
}

static bool mms_is_file(const struct mms_owner *owner)
{
	return owner->kind == MMS_OWNER_FILE || owner->kind == MMS_OWNER_DEVICE;
}

static void mms_add_inode(struct mms_rows *rows, const struct mms_owner *owner)
{
	if (owner->kind == MMS_OWNER_FILE)
		mms_add(rows, owner->inode);
	else
		mms_add_unknown(rows);
}

static void mms_add_owner(struct mms_rows *rows, const struct mms_owner *owner)
{
	mms_add_dev(rows, owner);
	mms_add_inode(rows, owner);
	if (mms_is_file(owner))
		mms_add(rows, owner->index << PAGE_SHIFT);
	else
		mms_add_unknown(rows);
}

static void mms_add_what(struct mms_rows *rows, const struct mms_waiter *waiter)
{
	static const char *const kinds[] = {
		[MMS_WAITER_TASK] = "task",
		[MMS_WAITER_ASYNC] = "async",
		[MMS_WAITER_FOREIGN] = "foreign",
	};

	if (waiter->folio) {
		mms_add(rows, waiter->pfn);
		mms_add_name(rows, mms_bit_name(waiter->bit));
	} else {
		mms_add_unknown(rows);
		mms_add_unknown(rows);
	}
	mms_add_name(rows, kinds[waiter->kind]);
}

static void mms_add_who(struct mms_rows *rows, const struct mms_waiter *waiter)
{
	if (waiter->kind != MMS_WAITER_TASK) {
		mms_add_unknown(rows);
		mms_add_unknown(rows);
		mms_add_unknown(rows);
		mms_add_unknown(rows);
		return;
	}
	mms_add(rows, waiter->pid);
	mms_add_text(rows, waiter->comm);
	mms_add_known(rows, (s64)waiter->cgroup_id ?: -1);
	if (waiter->began)
		mms_add(rows, mms_waited(rows, waiter->began));
	else
		mms_add_unknown(rows);
}

static void mms_waiter_row(struct mms_rows *rows, unsigned int bucket,
			   const struct mms_waiter *waiter)
{
	mms_add(rows, bucket);
	mms_add_what(rows, waiter);
	mms_add_who(rows, waiter);
	mms_add_known(rows, waiter->folio ? waiter->node : -1);
	mms_add_owner(rows, &waiter->owner);
	mms_add_known(rows, waiter->kind == MMS_WAITER_TASK ?
			    waiter->in_iowait : -1);
}

static void mms_waiters_rows(struct mms_rows *rows, unsigned int i,
			     struct mms_bucket *bucket)
{
	unsigned int k;

	for (k = 0; k < bucket->used; k++)
		mms_waiter_row(rows, i, &bucket->waiters[k]);
}

static int mms_waiters_fill(struct mms_rows *rows)
{
	mms_each_bucket(rows, mms_waiters_rows);
	return 0;
}

static unsigned int mms_waiters_max(void)
{
	unsigned int seen = READ_ONCE(mms_waiters_seen);

	return seen + seen / 4 + 64;
}

static const struct mms_table mms_waiters = {
	.subject = "pagewait",
	.name = "waiters",
	.format = 1,
	MMS_COLUMNS(mms_waiters_columns),
	.guarded = true,
	.max_rows = mms_waiters_max,
	.fill = mms_waiters_fill,
};

/* pagewait/wakes */

static const struct mms_column mms_wakes_columns[] = {
	MMS_TEXT("bit"), MMS_NUMBER("calls_total"),
	MMS_NUMBER("visited_total"), MMS_NUMBER("other_folio_total"),
	MMS_NUMBER("other_bit_total"), MMS_NUMBER("refused_total"),
	MMS_NUMBER("woken_total"),
};

static void mms_wakes_row(struct mms_rows *rows, enum mms_wait_bit bit)
{
	bool calls = mms_pagewait_sees_calls();
	bool wakes = mms_pagewait_sees_wakes();
	struct mms_wake_counts c;

	mms_pagewait_counts(bit, &c);
	mms_add_name(rows, mms_bit_name(bit));
	mms_add_known(rows, calls ? c.calls : -1);
	mms_add_known(rows, wakes ? c.other_folio + c.other_bit + c.refused +
				    c.woken : -1);
	mms_add_known(rows, wakes ? c.other_folio : -1);
	mms_add_known(rows, wakes ? c.other_bit : -1);
	mms_add_known(rows, wakes ? c.refused : -1);
	mms_add_known(rows, wakes ? c.woken : -1);
}

static unsigned int mms_wakes_max(void)
{
	return MMS_NR_WAIT_BITS;
}

static int mms_wakes_fill(struct mms_rows *rows)
{
	enum mms_wait_bit bit;

	for (bit = 0; bit < MMS_NR_WAIT_BITS; bit++)
		mms_wakes_row(rows, bit);
	return 0;
}

static const struct mms_table mms_wakes = {
	.subject = "pagewait",
	.name = "wakes",
	.format = 1,
	MMS_COLUMNS(mms_wakes_columns),
	.max_rows = mms_wakes_max,
	.fill = mms_wakes_fill,
};

/* pagewait/latency */

static const struct mms_column mms_latency_columns[] = {
	MMS_TEXT("bit"), MMS_NUMBER("node"), MMS_NUMBER("at_least_ns"),
	MMS_NUMBER("below_ns"), MMS_NUMBER("waits_total"),
};

static void mms_latency_rows(struct mms_rows *rows, enum mms_wait_bit bit,
			     int nid)
{
	struct mms_wait_hist hist;
	unsigned int i;

	mms_pagewait_latency(nid, bit, &hist);
	for (i = 0; i < MMS_HIST_SLOTS; i++) {
		if (!hist.counts[i])
			continue;
		mms_add_name(rows, mms_bit_name(bit));
		mms_add(rows, nid);
		mms_add(rows, mms_hist_at_least(i));
		mms_add(rows, mms_hist_below(i));
		mms_add(rows, hist.counts[i]);
	}
}

/* The wakes of waits that were not seen to begin: it is not known how long. */
static void mms_unseen_row(struct mms_rows *rows, enum mms_wait_bit bit)
{
	struct mms_wake_counts counts;

	mms_pagewait_counts(bit, &counts);
	if (!counts.unseen)
		return;
	mms_add_name(rows, mms_bit_name(bit));
	mms_add_unknown(rows);
	mms_add_unknown(rows);
	mms_add_unknown(rows);
	mms_add(rows, counts.unseen);
}

static int mms_latency_fill(struct mms_rows *rows)
{
	enum mms_wait_bit bit;
	int nid;

	mms_pagewait_flush();
	for (bit = 0; bit < MMS_NR_WAIT_BITS; bit++) {
		for_each_node(nid)
			mms_latency_rows(rows, bit, nid);
		mms_unseen_row(rows, bit);
	}
	return 0;
}

/* More than a few powers of two are rare; if there are, it is filled again. */
static unsigned int mms_latency_max(void)
{
	return num_online_nodes() * MMS_NR_WAIT_BITS * 16;
}

static const struct mms_table mms_latency = {
	.subject = "pagewait",
	.name = "latency",
	.format = 1,
	MMS_COLUMNS(mms_latency_columns),
	.max_rows = mms_latency_max,
	.fill = mms_latency_fill,
};

/* pagewait/spread */

static const struct mms_column mms_spread_columns[] = {
	MMS_NUMBER("bucket"), MMS_NUMBER("episodes_total"),
};

static int mms_spread_fill(struct mms_rows *rows)
{
	bool begins = mms_pagewait_sees_begins();
	unsigned int i;

	for (i = 0; i < mms_pagewait_buckets(); i++) {
		mms_add(rows, i);
		mms_add_known(rows, begins ? (s64)mms_pagewait_episodes(i) : -1);
	}
	return 0;
}

static const struct mms_table mms_spread = {
	.subject = "pagewait",
	.name = "spread",
	.format = 1,
	MMS_COLUMNS(mms_spread_columns),
	.max_rows = mms_pagewait_buckets,
	.fill = mms_spread_fill,
};

/* pagewait/top */

static const struct mms_column mms_top_columns[] = {
	MMS_TEXT("what"), MMS_COPIED("dev"), MMS_NUMBER("inode"),
	MMS_NUMBER("offset_bytes"), MMS_NUMBER("pfn"),
	MMS_NUMBER("waits_total"), MMS_NUMBER("waited_ns"),
	MMS_NUMBER("error_ns"),
};

static void mms_top_row(struct mms_rows *rows, const char *what,
			const struct mms_topk_entry *entry)
{
	struct mms_owner owner;
	u64 place;
	bool file;

	place = mms_pagewait_top_owner(entry, &owner);
	file = mms_is_file(&owner);
	mms_add_name(rows, what);
	mms_add_dev(rows, &owner);
	mms_add_inode(rows, &owner);
	mms_add_known(rows, file && !strcmp(what, "folio") ?
			    place << PAGE_SHIFT : -1);
	mms_add_known(rows, file ? -1 : place);
	mms_add(rows, entry->live.times);
	mms_add(rows, entry->hits);
	mms_add(rows, entry->live.error);
}

static void mms_top_folio(struct mms_rows *rows,
			  const struct mms_topk_entry *entry)
{
	mms_top_row(rows, "folio", entry);
}

static void mms_top_file(struct mms_rows *rows,
			 const struct mms_topk_entry *entry)
{
	mms_top_row(rows, "file", entry);
}

static int mms_top_fill(struct mms_rows *rows)
{
	mms_pagewait_flush();
	return mms_topk_fill_by(rows, &mms_pagewait_folios, mms_top_folio) ?:
	       mms_topk_fill_by(rows, &mms_pagewait_files, mms_top_file);
}

static unsigned int mms_top_max(void)
{
	return mms_topk_rows(&mms_pagewait_folios) +
	       mms_topk_rows(&mms_pagewait_files) + 8;
}

static const struct mms_table mms_top_table = {
	.subject = "pagewait",
	.name = "top",
	.format = 1,
	MMS_COLUMNS(mms_top_columns),
	.max_rows = mms_top_max,
	.fill = mms_top_fill,
};

/* The subject */

static void mms_pagewait_exit(void)
{
	mms_pagewait_waits_exit();
	kvfree(mms_bucket);
	mms_bucket = NULL;
}

static int mms_pagewait_init(void)
{
	mms_pagewait_find();
	mms_bucket = kvzalloc(sizeof(*mms_bucket), GFP_KERNEL);
	if (!mms_bucket)
		return -ENOMEM;
	return mms_pagewait_waits_init();
}

static const char *mms_pagewait_missing(void)
{
	return mms_wait_table.missing;
}

static size_t mms_pagewait_bytes(void)
{
	return sizeof(*mms_bucket) + mms_pagewait_waits_bytes();
}

static const struct mms_table *const mms_pagewait_tables[] = {
	&mms_buckets, &mms_waiters, &mms_wakes, &mms_latency, &mms_spread,
	&mms_top_table, NULL,
};

static struct mms_group *const mms_pagewait_groups[] = {
	&mms_pagewait_group, NULL,
};

const struct mms_subject mms_pagewait = {
	.name = "pagewait",
	.tables = mms_pagewait_tables,
	.groups = mms_pagewait_groups,
	.init = mms_pagewait_init,
	.exit = mms_pagewait_exit,
	.reset = mms_pagewait_waits_reset,
	.bytes = mms_pagewait_bytes,
	.missing = mms_pagewait_missing,
};
