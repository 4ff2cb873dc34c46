// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where the table of page wait queues is. Its symbol may be known, or not
 * (KALLSYMS_ALL); but a wait of our own on a page of our own always shows the
 * bucket of that page, and some of these show base and size of the table. No
 * lock in it is taken before enough of them agree.
 */
#include <linux/delay.h>
#include <linux/hash.h>
#include <linux/kprobes.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/workqueue.h>

#include "mutant.h"
#include "pagewait.h"
#include "probe.h"
#include "symbol.h"

/* Pages that have to agree, and how many are tried to get so many. */
#define MMS_CANARIES		16
#define MMS_CANARY_TRIES	128
#define MMS_WAIT_BITS_MAX	12

/**
 * struct mms_canary - a wait of ours
 * @folio: a folio of ours that we wait for
 * @task: we
 * @head: the bucket it came to be queued in
 * @func: our own wake function, as the kernel set it
 */
struct mms_canary {
	struct mms_folio *folio;
	struct task_struct *task;
	wait_queue_head_t *head;
	wait_queue_func_t func;
};

struct mms_wait_table mms_wait_table;

/* The wait that goes on now; there is one at a time. */
static struct mms_canary mms_canary;

/*
 * Somebody is being woken, and the bucket's lock is held. If it is us and we
 * are alone in the bucket, the only other thing in our list is the list's head.
 */
static int mms_on_canary(struct kprobe *kp, struct pt_regs *regs)
{
	wait_queue_entry_t *wait = (void *)regs_get_kernel_argument(regs, 0);
	struct wait_page_key *key = (void *)regs_get_kernel_argument(regs, 3);
	struct list_head *next;

	if (mms_key_folio(key) != READ_ONCE(mms_canary.folio) ||
	    wait->private != mms_canary.task)
		return 0;
	next = wait->entry.next;
	if (next == wait->entry.prev) {
		mms_canary.func = wait->func;
		mms_canary.head = container_of(next, wait_queue_head_t, head);
	}
	return 0;
}

/* Lets go of the page as soon as somebody waits for it. */
static void mms_canary_release(struct work_struct *work)
{
	while (!test_bit(PG_waiters, mms_folio_flags(mms_canary.folio)))
		usleep_range(20, 100);
	unlock_page(mms_folio_page(mms_canary.folio));
}

static DECLARE_WORK(mms_canary_work, mms_canary_release);

/* One wait on a new page. Gives false if it did not show the bucket. */
static bool mms_canary_wait(struct page *page)
{
	mms_canary.head = NULL;
	mms_canary.task = current;
	WRITE_ONCE(mms_canary.folio, mms_page_folio(page));
	lock_page(page);
	schedule_work(&mms_canary_work);
	mms_wait_on_bit(mms_canary.folio, PG_locked);
	flush_work(&mms_canary_work);
	WRITE_ONCE(mms_canary.folio, NULL);
	return mms_canary.head;
}

static wait_queue_head_t *mms_base_by(const struct mms_canary *canary,
				      unsigned int bits)
{
	return canary->head - hash_ptr(canary->folio, bits);
}

static bool mms_all_agree(const struct mms_canary *canaries, unsigned int bits)
{
	unsigned int i;

	for (i = 1; i < MMS_CANARIES; i++)
		if (mms_base_by(&canaries[i], bits) !=
		    mms_base_by(&canaries[0], bits) ||
		    canaries[i].func != canaries[0].func)
			return false;
	return true;
}

/*
 * The pages are kept until the end: a page that is given back would be got
 * again, and it is different ones that have to agree.
 */
static unsigned int mms_canaries_collect(struct mms_canary *canaries)
{
	struct page *page, *next;
	unsigned int try, n = 0;
	LIST_HEAD(pages);

	for (try = 0; n < MMS_CANARIES && try < MMS_CANARY_TRIES; try++) {
		page = alloc_page(GFP_KERNEL);
		if (!page)
			break;
		list_add(&page->lru, &pages);
		if (mms_canary_wait(page)) {
			canaries[n] = mms_canary;
			canaries[n++].folio = mms_page_folio(page);
		}
	}
	list_for_each_entry_safe(page, next, &pages, lru) {
		list_del(&page->lru);
		__free_page(page);
	}
	return n;
}

/* Base and size that all agree on. Gives NULL, or why there are none. */
static const char *mms_conclude(const struct mms_canary *canaries)
{
	const void *symbol = mms_data_symbol(MMS_WAIT_TABLE_NAME);
	unsigned int bits;

	for (bits = 1; bits <= MMS_WAIT_BITS_MAX; bits++)
		if (mms_all_agree(canaries, bits))
			break;
	if (bits > MMS_WAIT_BITS_MAX)
		return "waits-of-our-own-disagree";
	if (symbol && symbol != mms_base_by(&canaries[0], bits))
		return "symbol-and-waits-of-our-own-disagree";
	mms_wait_table.bits = bits;
	mms_wait_table.func = canaries[0].func;
	mms_wait_table.base = mms_base_by(&canaries[0], bits);
	return NULL;
}

static const char *mms_find(struct mms_canary *canaries)
{
	static struct kprobe kp = {
		.symbol_name = MMS_WAKE_FUNCTION,
		.pre_handler = mms_on_canary,
	};
	unsigned int n;
	int err;

	err = mms_mutant_hides(kp.symbol_name) ? -ENOENT : register_kprobe(&kp);
	if (err)
		return err == -ENOMEM ? "no-memory" :
					"no-wake-function-to-look-at";
	n = mms_canaries_collect(canaries);
	mms_unregister_kprobe(&kp);
	if (n < MMS_CANARIES)
		return "no-wait-of-our-own-was-seen";
	return mms_conclude(canaries);
}

void mms_pagewait_find(void)
{
	struct mms_canary canaries[MMS_CANARIES];

	mms_wait_table.missing = mms_find(canaries);
}
