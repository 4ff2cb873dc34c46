// SPDX-License-Identifier: GPL-2.0-only
/*
 * For the tests of failures: lets calls that mmscope makes of the kernel fail, on
 * any x86 kernel with kprobes. Unlike the kernel's own fault injection it knows
 * no allocation inside of the function, but any function: one that registers
 * something, or the allocator of per-CPU memory, which has no injection.
 *
 * parameters, beside "calls" of insmod: FUNCTION=VALUE,... with the number that
 * a call gives when it fails, 0 for NULL and -12 for -ENOMEM or its ERR_PTR()
 *	nth	write N: of the calls that this task lets mmscope make, the Nth
 *		fails. Read: how many are still to be made, 0 when it has failed
 *	failed	the last that failed, and where it was called
 */
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#define MAX_CALLS	32
#define LEN_FAILED	256

static char *calls = "";
module_param(calls, charp, 0);

static char failed[LEN_FAILED];
module_param_string(failed, failed, sizeof(failed), 0444);

/* Who wants a call to fail; only its own calls look at how many are left. */
static struct task_struct *armed;
static unsigned int left;

static struct call {
	struct kprobe probe;
	long value;
} probes[MAX_CALLS];
static int nr_probes;

/*
 * A kprobe that has one is never made into a jump (optimize_kprobe()), which would
 * not let it choose where to go on.
 */
static void post_handler(struct kprobe *probe, struct pt_regs *regs,
			 unsigned long flags)
{
}

/* Runs instead of the function that fails, and leaves the value as it is. */
static noinline notrace __no_kcsan void just_return(void)
{
	barrier();
}

static bool is_of_mmscope(unsigned long from)
{
	static char text[KSYM_SYMBOL_LEN];

	snprintf(text, sizeof(text), "%pB", (void *)from);
	return strstr(text, "[mmscope]");
}

static int pre_handler(struct kprobe *probe, struct pt_regs *regs)
{
	struct call *call = container_of(probe, struct call, probe);
	unsigned long from = regs_get_kernel_stack_nth(regs, 0);

	/* None of them is called in an interrupt; but int3 itself counts as an NMI. */
	if (READ_ONCE(armed) != current || !left || !is_of_mmscope(from) || --left)
		return 0;
	snprintf(failed, sizeof(failed), "%s in %pB", probe->symbol_name, (void *)from);
	regs_set_return_value(regs, call->value);
	instruction_pointer_set(regs, (unsigned long)just_return);
	return 1;
}

NOKPROBE_SYMBOL(pre_handler);

static int nth_set(const char *text, const struct kernel_param *param)
{
	unsigned int nth;
	int err = kstrtouint(text, 0, &nth);

	if (err)
		return err;
	WRITE_ONCE(armed, NULL);
	left = nth;
	/* 0 ends it, and leaves what it came to */
	if (nth)
		failed[0] = '\0';
	WRITE_ONCE(armed, current);
	return 0;
}

static const struct kernel_param_ops nth_ops = {
	.set = nth_set,
	.get = param_get_uint,
};
module_param_cb(nth, &nth_ops, &left, 0644);

static void remove_probes(void)
{
	while (nr_probes)
		unregister_kprobe(&probes[--nr_probes].probe);
}

static int add_probe(char *name)
{
	struct call *call = &probes[nr_probes];
	char *value = strchr(name, '=');
	int err;

	if (!value || nr_probes == MAX_CALLS)
		return -EINVAL;
	*value++ = '\0';
	err = kstrtol(value, 0, &call->value);
	if (err)
		return err;
	call->probe.symbol_name = name;
	call->probe.pre_handler = pre_handler;
	call->probe.post_handler = post_handler;
	err = register_kprobe(&call->probe);
	if (err)
		pr_err("mmscope_fail: %s: %d\n", name, err);
	else
		nr_probes++;
	return err;
}

static int __init fail_init(void)
{
	char *rest = calls, *name;
	int err;

	while ((name = strsep(&rest, ","))) {
		err = add_probe(name);
		if (err) {
			remove_probes();
			return err;
		}
	}
	return 0;
}

static void __exit fail_exit(void)
{
	remove_probes();
}

module_init(fail_init);
module_exit(fail_exit);

MODULE_DESCRIPTION("Lets calls fail that mmscope makes, for its tests");
MODULE_LICENSE("GPL");
