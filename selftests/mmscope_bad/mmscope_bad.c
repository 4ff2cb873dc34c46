// SPDX-License-Identifier: GPL-2.0-only
/*
 * For the guest of "make check-debug" that tries the sanitizers: each name
 * written to the parameter "bug" makes one mistake that one of them has to
 * notice. A sanitizer that is not seen to speak here proves nothing by its
 * silence elsewhere.
 */
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/error-injection.h>
#include <linux/gfp.h>
#include <linux/kthread.h>
#include <linux/list.h>
#include <linux/mmdebug.h>
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/timer.h>
#include <linux/vmalloc.h>

static DEFINE_SPINLOCK(lock_a);
static DEFINE_SPINLOCK(lock_b);
static DEFINE_RAW_SPINLOCK(raw_lock);

/* Allocations of this module that failed. */
static int refused;
module_param(refused, int, 0444);

/* What a read brought, so that no compiler leaves it out. */
static int sink;

/* lockdep: no two tasks need to meet, to see both orders is enough. */
static int abba(void)
{
	spin_lock(&lock_a);
	spin_lock(&lock_b);
	spin_unlock(&lock_b);
	spin_unlock(&lock_a);

	spin_lock(&lock_b);
	spin_lock(&lock_a);
	spin_unlock(&lock_a);
	spin_unlock(&lock_b);
	return 0;
}

/* lockdep: under PREEMPT_RT the inner one sleeps. */
static int nesting(void)
{
	raw_spin_lock(&raw_lock);
	spin_lock(&lock_a);
	spin_unlock(&lock_a);
	raw_spin_unlock(&raw_lock);
	return 0;
}

static int atomic(void)
{
	spin_lock(&lock_a);
	might_sleep();
	spin_unlock(&lock_a);
	return 0;
}

/* UBSAN */
static int shift(void)
{
	int by = 40;

	OPTIMIZER_HIDE_VAR(by);
	sink = 1 << by;
	return 0;
}

/* UBSAN_BOUNDS: nothing that KASAN would see */
static int bounds(void)
{
	static struct {
		int one[4];
		int other[4];
	} pair;
	int at = 5;

	OPTIMIZER_HIDE_VAR(at);
	sink = pair.one[at];
	return 0;
}

/* DEBUG_VM */
static int vm(void)
{
	VM_WARN_ON_ONCE(!sink || sink);
	return 0;
}

/* DEBUG_NOTIFIERS: a callback that is no code */
static int notifier(void)
{
	RAW_NOTIFIER_HEAD(chain);
	struct notifier_block block = { .notifier_call = (notifier_fn_t)(void *)&sink };

	raw_notifier_chain_register(&chain, &block);
	raw_notifier_call_chain(&chain, 0, NULL);
	return 0;
}

/* DEBUG_LIST: as if something had written over a list's neighbour. */
static int list(void)
{
	LIST_HEAD(head);
	LIST_HEAD(other);
	LIST_HEAD(entry);

	head.next = &other;
	list_add(&entry, &head);
	return 0;
}

static void timer_fired(struct timer_list *timer)
{
}

/* DEBUG_OBJECTS */
static int timer(void)
{
	struct timer_list *timer = kmalloc(sizeof(*timer), GFP_KERNEL);

	if (!timer)
		return -ENOMEM;
	timer_setup(timer, timer_fired, 0);
	mod_timer(timer, jiffies + 3600 * HZ);
	kfree(timer);
	return 0;
}

/*
 * kmemleak: many, for an address may still be in a register, on a stack, or, from
 * 6.18 on, in one of the two sheaves of 60 that gave it away (mm/slub.c).
 */
static int leak(void)
{
	int i;

	for (i = 0; i < 300; i++)
		sink += !kmalloc(100, GFP_KERNEL);
	return 0;
}

/* KASAN */
static int overflow(void)
{
	char *text = kmalloc(40, GFP_KERNEL);

	if (!text)
		return -ENOMEM;
	OPTIMIZER_HIDE_VAR(text);
	sink = READ_ONCE(text[40]);
	kfree(text);
	return 0;
}

static int freed(void)
{
	char *text = kmalloc(40, GFP_KERNEL), *again = text;

	if (!text)
		return -ENOMEM;
	OPTIMIZER_HIDE_VAR(again);
	kfree(text);
	sink = READ_ONCE(*again);
	return 0;
}

static int vmalloc_end(void)
{
	char *text = vmalloc(40);

	if (!text)
		return -ENOMEM;
	OPTIMIZER_HIDE_VAR(text);
	sink = READ_ONCE(text[40]);
	vfree(text);
	return 0;
}

/* Fault injection, which is to make these fail. */
static int slab(void)
{
	void *object = kmalloc(100, GFP_KERNEL);

	refused += !object;
	kfree(object);
	return 0;
}

static int page(void)
{
	struct page *page = alloc_page(GFP_KERNEL);

	refused += !page;
	if (page)
		__free_page(page);
	return 0;
}

noinline int mmscope_may_fail(void);
noinline int mmscope_may_fail(void)
{
	return READ_ONCE(refused) < 0;
}

ALLOW_ERROR_INJECTION(mmscope_may_fail, ERRNO);

static int function(void)
{
	return mmscope_may_fail();
}

static int shared;

static int racer(void *unused)
{
	while (!kthread_should_stop()) {
		shared++;
		cond_resched();
	}
	return 0;
}

/* KCSAN */
static int race(void)
{
	struct task_struct *one, *two;

	one = kthread_run(racer, NULL, "mmscope_bad/1");
	if (IS_ERR(one))
		return PTR_ERR(one);
	two = kthread_run(racer, NULL, "mmscope_bad/2");
	msleep(3000);
	kthread_stop(one);
	if (!IS_ERR(two))
		kthread_stop(two);
	return PTR_ERR_OR_ZERO(two);
}

static const struct {
	const char *name;
	int (*make)(void);
} bugs[] = {
	{ "abba", abba },
	{ "nesting", nesting },
	{ "atomic", atomic },
	{ "shift", shift },
	{ "bounds", bounds },
	{ "vm", vm },
	{ "notifier", notifier },
	{ "list", list },
	{ "timer", timer },
	{ "leak", leak },
	{ "overflow", overflow },
	{ "freed", freed },
	{ "vmalloc", vmalloc_end },
	{ "slab", slab },
	{ "page", page },
	{ "function", function },
	{ "race", race },
};

static int bug_set(const char *value, const struct kernel_param *param)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(bugs); i++)
		if (sysfs_streq(value, bugs[i].name))
			return bugs[i].make();
	return -EINVAL;
}

static const struct kernel_param_ops bug_ops = {
	.set = bug_set,
};
module_param_cb(bug, &bug_ops, NULL, 0200);

MODULE_DESCRIPTION("Deliberate bugs, to see that sanitizers notice them");
MODULE_LICENSE("GPL");
