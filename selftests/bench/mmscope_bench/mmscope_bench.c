// SPDX-License-Identifier: GPL-2.0-only
/*
 * For "make bench" only, in a guest with one CPU whose time stamp counter
 * counts instructions: what cannot be seen from user space. Nothing of mmscope
 * is in here.
 *
 * debugfs mmscope_bench/
 *	herd	write N to have N tasks wait for one page, and to wake them all;
 *		then reads as what unlocking the page cost
 *	holds	write NAME to watch who takes zone->lock in a function or module
 *		of this name; then reads as how often that was, the longest
 *		hold, and the sum of all
 */
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/kallsyms.h>
#include <linux/kprobes.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pagemap.h>
#include <linux/seq_file.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <asm/msr.h>

#define HERD_MAX 1024

static DEFINE_MUTEX(bench_lock);

/* The herd */

static struct page *page;
static atomic_t waiting;
static atomic_t alive;
static u64 unlock_cost;

/*
 * By the fair scheduler's tree it would depend on all that ran before what it costs
 * to enqueue a task; a list for each priority is always the same.
 */
static int waiter(void *unused)
{
	sched_set_fifo(current);
	atomic_inc(&waiting);
#ifdef page_folio
	folio_wait_locked(page_folio(page));
#else
	wait_on_page_locked(page);
#endif
	atomic_dec(&alive);
	return 0;
}

/* Woken tasks must not run before the last of them has been woken. */
static u64 unlock(void)
{
	u64 begin, end;

	preempt_disable();
	begin = rdtsc();
	unlock_page(page);
	end = rdtsc();
	preempt_enable();
	return end - begin;
}

static int herd(int nr)
{
	int i;

	page = alloc_page(GFP_KERNEL);
	if (!page)
		return -ENOMEM;
	lock_page(page);
	atomic_set(&waiting, 0);
	for (i = 0; i < nr; i++) {
		atomic_inc(&alive);
		if (IS_ERR(kthread_run(waiter, NULL, "herd"))) {
			atomic_dec(&alive);
			break;
		}
	}
	while (atomic_read(&waiting) < i)
		msleep(20);
	msleep(20);
	unlock_cost = unlock();
	while (atomic_read(&alive))
		msleep(20);
	put_page(page);
	return i == nr ? 0 : -EAGAIN;
}

static ssize_t herd_write(struct file *file, const char __user *buf,
			  size_t size, loff_t *pos)
{
	int nr, err = kstrtoint_from_user(buf, size, 0, &nr);

	if (err || nr < 1 || nr > HERD_MAX)
		return -EINVAL;
	mutex_lock(&bench_lock);
	err = herd(nr);
	mutex_unlock(&bench_lock);
	return err ?: size;
}

static int herd_show(struct seq_file *file, void *unused)
{
	seq_printf(file, "%llu\n", unlock_cost);
	return 0;
}

static int herd_open(struct inode *inode, struct file *file)
{
	return single_open(file, herd_show, NULL);
}

static const struct file_operations herd_fops = {
	.owner = THIS_MODULE,
	.open = herd_open,
	.read = seq_read,
	.write = herd_write,
	.release = single_release,
};

/* The holds: interrupts are off in them and there is one CPU, so one at a time */

static char holder[32];
static unsigned long held;
static u64 began;
static u64 nr_holds;
static u64 longest;
static u64 sum;

static bool is_zone_lock(unsigned long lock)
{
	int nid, zone;

	for_each_online_node(nid) {
		struct zone *zones = NODE_DATA(nid)->node_zones;

		for (zone = 0; zone < MAX_NR_ZONES; zone++)
			if (lock == (unsigned long)&zones[zone].lock)
				return true;
	}
	return false;
}

/* The caller's address is on top of the stack where a function begins. */
static int on_lock(struct kretprobe_instance *call, struct pt_regs *regs)
{
	char name[KSYM_SYMBOL_LEN];

	if (!is_zone_lock(regs->di))
		return 1;
	sprint_symbol(name, *(unsigned long *)regs->sp);
	if (!strstr(name, holder))
		return 1;
	*(unsigned long *)call->data = regs->di;
	return 0;
}

/* Up to here interrupts were on, and one may have come in between. */
static int on_locked(struct kretprobe_instance *call, struct pt_regs *regs)
{
	held = *(unsigned long *)call->data;
	began = rdtsc();
	return 0;
}

static int on_unlock(struct kprobe *kp, struct pt_regs *regs)
{
	u64 cost = rdtsc() - began;

	if (!held || regs->di != held)
		return 0;
	held = 0;
	nr_holds++;
	sum += cost;
	longest = max(longest, cost);
	return 0;
}

#define LOCK_PROBE(function) {				\
	.kp.symbol_name = function,			\
	.entry_handler = on_lock,			\
	.handler = on_locked,				\
	.data_size = sizeof(held),			\
	.maxactive = 16,				\
}

static struct kretprobe lock_probes[] = {
	LOCK_PROBE("_raw_spin_lock_irqsave"),
	LOCK_PROBE("_raw_spin_lock_irq"),
};

static struct kprobe unlock_probes[] = {
	{ .symbol_name = "_raw_spin_unlock_irqrestore", .pre_handler = on_unlock },
	{ .symbol_name = "_raw_spin_unlock_irq", .pre_handler = on_unlock },
};

static ssize_t holds_write(struct file *file, const char __user *buf,
			   size_t size, loff_t *pos)
{
	char name[sizeof(holder)] = "";

	if (!size || size >= sizeof(name) || copy_from_user(name, buf, size))
		return -EFAULT;
	mutex_lock(&bench_lock);
	held = 0;
	strscpy(holder, strim(name), sizeof(holder));
	nr_holds = 0;
	longest = 0;
	sum = 0;
	mutex_unlock(&bench_lock);
	return size;
}

static int holds_show(struct seq_file *file, void *unused)
{
	seq_printf(file, "%llu %llu %llu\n", nr_holds, longest, sum);
	return 0;
}

static int holds_open(struct inode *inode, struct file *file)
{
	return single_open(file, holds_show, NULL);
}

static const struct file_operations holds_fops = {
	.owner = THIS_MODULE,
	.open = holds_open,
	.read = seq_read,
	.write = holds_write,
	.release = single_release,
};

static bool watch;
module_param(watch, bool, 0400);
MODULE_PARM_DESC(watch, "watch zone->lock, which makes all locks dear");

static struct kretprobe *locks[] = { &lock_probes[0], &lock_probes[1] };
static struct kprobe *unlocks[] = { &unlock_probes[0], &unlock_probes[1] };

static int watch_locks(void)
{
	int err = register_kprobes(unlocks, ARRAY_SIZE(unlocks));

	if (err)
		return err;
	err = register_kretprobes(locks, ARRAY_SIZE(locks));
	if (err)
		unregister_kprobes(unlocks, ARRAY_SIZE(unlocks));
	return err;
}

static struct dentry *dir;

static int __init bench_init(void)
{
	int err = watch ? watch_locks() : 0;

	if (err)
		return err;
	dir = debugfs_create_dir("mmscope_bench", NULL);
	debugfs_create_file("herd", 0600, dir, NULL, &herd_fops);
	debugfs_create_file("holds", 0600, dir, NULL, &holds_fops);
	return 0;
}

static void __exit bench_exit(void)
{
	debugfs_remove_recursive(dir);
	if (!watch)
		return;
	unregister_kretprobes(locks, ARRAY_SIZE(locks));
	unregister_kprobes(unlocks, ARRAY_SIZE(unlocks));
}

module_init(bench_init);
module_exit(bench_exit);

MODULE_DESCRIPTION("Counts for the benchmarks of mmscope");
MODULE_LICENSE("GPL");
