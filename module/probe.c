// SPDX-License-Identifier: GPL-2.0-only
/*
 * The mm tracepoints are not exported, so they are found by name: all of the
 * kernel's can be walked (for_each_kernel_tracepoint()) and registering takes a
 * pointer. Kprobes and ftrace callbacks take names as they are.
 */
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "mmscope.h"
#include "mutant.h"
#include "probe.h"
#include "table.h"

/* To take something back is tried again so often if it fails for want of memory. */
#define MMS_RETRIES	50
#define MMS_RETRY_MS	20

/* And again after so long where there is no way but to wait for it. */
#define MMS_WAIT_MS	10000

/* Guards the state of hooks and groups; never taken in a probe. */
static DEFINE_MUTEX(mms_probes_lock);

/* A hook cannot be taken back, so that a reference keeps our code in place. */
static bool mms_held;

/* The groups of all subjects, one after the other; NULL after the last. */
static struct mms_group *mms_group_at(unsigned int n)
{
	const struct mms_subject *subject;
	struct mms_group *const *group;
	unsigned int i;

	mms_for_each_subject(subject, i)
		for (group = subject->groups; group && *group; group++)
			if (!n--)
				return *group;
	return NULL;
}

#define mms_for_each_group(group, i) \
	for ((i) = 0; ((group) = mms_group_at(i)); (i)++)

static u64 mms_hook_hits(const struct mms_hook *hook)
{
	u64 sum = 0;
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(*per_cpu_ptr(hook->hits, cpu));
	return sum;
}

/*
 * Only a kprobe can miss: it is skipped when it fires inside another one. A
 * tracepoint always runs. An ftrace callback that the core keeps from recursing
 * is not counted by it, but ours call nothing that is hooked by ftrace here.
 */
static u64 mms_hook_missed(const struct mms_hook *hook)
{
	u64 missed = hook->missed_before;

	if (hook->kind == MMS_HOOK_KPROBE && hook->state == MMS_HOOK_ATTACHED)
		missed += hook->kp.nmissed;
	return missed;
}

static int mms_attach_kprobe(struct mms_hook *hook)
{
	/* register_kprobe() wants a fresh one, and leaves what it found in it. */
	memset(&hook->kp, 0, sizeof(hook->kp));
	hook->kp.symbol_name = hook->target;
	hook->kp.pre_handler = hook->on_kprobe;
	return register_kprobe(&hook->kp);
}

#ifdef CONFIG_DYNAMIC_FTRACE

/*
 * ftrace that has found something wrong with itself never again lets go of what
 * is registered with it (ftrace_kill(), kernel/trace/ftrace.c). It does not say
 * so, but refuses to have a filter set, even of one that is not registered.
 */
static bool mms_ftrace_is_dead(void)
{
	static struct ftrace_ops ops;

	return ftrace_set_filter(&ops, NULL, 0, 1) == -ENODEV;
}

/*
 * An empty filter takes no memory. It would have every function call us, so
 * never while registered.
 */
static int mms_empty_filter(struct mms_hook *hook)
{
	return ftrace_set_filter(&hook->ops, NULL, 0, 1);
}

/*
 * ftrace_free_filter() is not exported in 5.10. Even to make the filter empty
 * takes memory, and what was in it would be lost without.
 */
static void mms_free_filter(struct mms_hook *hook)
{
	unsigned int i;

	for (i = 0; mms_empty_filter(hook) == -ENOMEM && i < MMS_RETRIES; i++)
		msleep(MMS_RETRY_MS);
}

static const void *mms_filter(const struct mms_hook *hook)
{
	return rcu_access_pointer(hook->ops.func_hash->filter_hash);
}

/*
 * Without memory for the function's entry, ftrace leaves the filter empty and
 * says that all is well (ftrace_set_hash(), kernel/trace/ftrace.c). So it has to
 * be another one than the empty filter.
 */
static int mms_set_filter(struct mms_hook *hook, const char *function)
{
	int err = mms_empty_filter(hook);
	const void *empty;

	if (err)
		return err;
	empty = mms_filter(hook);
	err = ftrace_set_filter(&hook->ops, (unsigned char *)function,
				strlen(function), 1);
	if (!err && mms_filter(hook) == empty)
		err = -ENOMEM;
	return err;
}

/* The outer function only where there is no inner one, not for want of memory. */
static int mms_choose_function(struct mms_hook *hook)
{
	int err = -ENOENT;

	if (hook->inner)
		err = mms_set_filter(hook, hook->inner);
	if (!err)
		hook->target = hook->inner;
	else if (err != -ENOMEM)
		err = mms_set_filter(hook, hook->target);
	return err;
}

static int mms_attach_ftrace(struct mms_hook *hook)
{
	int err;

	memset(&hook->ops, 0, sizeof(hook->ops));
	hook->ops.func = hook->on_ftrace;
	hook->ops.flags = MMS_FTRACE_FLAGS;
	err = mms_choose_function(hook);
	/* It may be the inner function that is to seem absent. */
	if (!err && mms_mutant_hides(hook->target))
		err = -ENOENT;
	if (!err)
		err = register_ftrace_function(&hook->ops);
	if (err)
		mms_free_filter(hook);
	return err;
}

static int mms_detach_ftrace(struct mms_hook *hook)
{
	int err = unregister_ftrace_function(&hook->ops);

	if (!err)
		mms_free_filter(hook);
	return err;
}

#else

static bool mms_ftrace_is_dead(void)
{
	return false;
}

static int mms_attach_ftrace(struct mms_hook *hook)
{
	return -EOPNOTSUPP;
}

static int mms_detach_ftrace(struct mms_hook *hook)
{
	return 0;
}

#endif

/*
 * A kprobe that is ftrace's takes memory to be removed. Without it the kernel
 * warns, leaves the kprobe where it is and says so by its address
 * (unregister_kprobes(), kernel/kprobes.c); and our memory may be gone soon.
 */
static int mms_detach_kprobe(struct kprobe *kp)
{
	kprobe_opcode_t *addr = kp->addr;
	unsigned int i;

	for (i = 0; i <= MMS_RETRIES; i++) {
		unregister_kprobe(kp);
		if (kp->addr)
			return 0;
		kp->addr = addr;
		if (mms_ftrace_is_dead())
			return -ENODEV;
		msleep(MMS_RETRY_MS);
	}
	return -ENOMEM;
}

void mms_unregister_kprobe(struct kprobe *kp)
{
	while (mms_detach_kprobe(kp))
		msleep(MMS_WAIT_MS);
}

static int mms_attach_tracepoint(struct mms_hook *hook)
{
	if (!hook->tp)
		return -ENOENT;
	return tracepoint_probe_register(hook->tp, hook->probe, hook);
}

static int mms_attach_kind(struct mms_hook *hook)
{
	if (mms_mutant_hides(hook->target))
		return -ENOENT;
	switch (hook->kind) {
	case MMS_HOOK_TRACEPOINT:
		return mms_attach_tracepoint(hook);
	case MMS_HOOK_KPROBE:
		return mms_attach_kprobe(hook);
	case MMS_HOOK_FTRACE:
		return mms_attach_ftrace(hook);
	}
	return -EINVAL;
}

static void mms_attach_group(struct mms_group *group)
{
	int err = group->on_first ? group->on_first() : 0;
	unsigned int i;

	for (i = 0; i < group->nr_hooks; i++) {
		struct mms_hook *hook = &group->hooks[i];

		if (hook->state == MMS_HOOK_ATTACHED)
			continue;
		hook->error = err ?: mms_attach_kind(hook);
		WRITE_ONCE(hook->state, hook->error ? MMS_HOOK_ABSENT :
							MMS_HOOK_ATTACHED);
	}
}

static int mms_detach_kind(struct mms_hook *hook)
{
	switch (hook->kind) {
	case MMS_HOOK_TRACEPOINT:
		return tracepoint_probe_unregister(hook->tp, hook->probe, hook);
	case MMS_HOOK_KPROBE:
		return mms_detach_kprobe(&hook->kp);
	case MMS_HOOK_FTRACE:
		return mms_detach_ftrace(hook);
	}
	return -EINVAL;
}

/* What the kernel does not let go stays attached, with an error. */
static void mms_detach_hook(struct mms_hook *hook)
{
	/* Others will be absent the next time too. */
	if (hook->state == MMS_HOOK_ABSENT && hook->error == -ENOMEM)
		hook->state = MMS_HOOK_OFF;
	if (hook->state != MMS_HOOK_ATTACHED)
		return;
	hook->error = mms_detach_kind(hook);
	if (hook->error)
		return;
	if (hook->kind == MMS_HOOK_KPROBE)
		hook->missed_before += hook->kp.nmissed;
	WRITE_ONCE(hook->state, MMS_HOOK_OFF);
}

/*
 * Kprobes and ftrace callbacks are through when their unregistering returns;
 * for tracepoints it is the caller who waits, once for all of them: with
 * tracepoint_synchronize_unregister(), since it is SRCU and not RCU that
 * protects their callers in 7.2 (include/linux/tracepoint.h).
 */
static void mms_detach_group(struct mms_group *group)
{
	unsigned int i;

	for (i = 0; i < group->nr_hooks; i++)
		mms_detach_hook(&group->hooks[i]);
}

/* How many of its hooks are attached. */
static unsigned int mms_attached(const struct mms_group *group)
{
	unsigned int i, n = 0;

	for (i = 0; i < group->nr_hooks; i++)
		n += group->hooks[i].state == MMS_HOOK_ATTACHED;
	return n;
}

static const struct mms_hook *mms_stuck_hook(void)
{
	struct mms_group *group;
	unsigned int i, k;

	mms_for_each_group(group, i)
		for (k = 0; k < group->nr_hooks; k++)
			if (group->hooks[k].state == MMS_HOOK_ATTACHED &&
			    group->hooks[k].error)
				return &group->hooks[k];
	return NULL;
}

/* Holds the module while a hook is stuck, for rmmod would free what it runs. */
static void mms_hold(void)
{
	const struct mms_hook *stuck = mms_stuck_hook();

	if (stuck && !mms_held) {
		pr_err("mmscope: the kernel does not let go of %s (error %d), so mmscope stays\n",
		       stuck->target, stuck->error);
		__module_get(THIS_MODULE);
	} else if (!stuck && mms_held) {
		module_put(THIS_MODULE);
	}
	WRITE_ONCE(mms_held, stuck);
}

bool mms_probes_held(void)
{
	return READ_ONCE(mms_held);
}

/*
 * What remains to be done when hooks have been detached: to wait, to tell the
 * groups that have none left, and to see to it that none is left behind.
 */
static void mms_detached(void)
{
	struct mms_group *group;
	unsigned int i;

	tracepoint_synchronize_unregister();
	mms_for_each_group(group, i)
		if (group->off && !mms_attached(group))
			group->off();
	mms_hold();
}

static void mms_match_tracepoint(struct tracepoint *tp, void *unused)
{
	struct mms_group *group;
	unsigned int i, k;

	mms_for_each_group(group, i)
		for (k = 0; k < group->nr_hooks; k++) {
			struct mms_hook *hook = &group->hooks[k];

			if (hook->kind == MMS_HOOK_TRACEPOINT &&
			    !strcmp(hook->target, tp->name))
				hook->tp = tp;
		}
}

static struct mms_group *mms_find_group(const char *name)
{
	struct mms_group *group;
	unsigned int i;

	mms_for_each_group(group, i)
		if (!strcmp(group->name, name))
			return group;
	return NULL;
}

/* Turns groups on for the load, by the text of the module's parameter. */
static int mms_choose_groups(char *text)
{
	struct mms_group *group;
	bool defaults = !strcmp(text, "default");
	unsigned int i;
	char *name;

	mms_for_each_group(group, i)
		group->on = defaults && group->by_default;
	if (defaults || !strcmp(text, "none"))
		return 0;
	while ((name = strsep(&text, ",")) != NULL) {
		group = mms_find_group(name);
		if (!group) {
			pr_err("mmscope: groups: there is no group \"%s\"\n",
			       name);
			return -EINVAL;
		}
		group->on = true;
	}
	return 0;
}

static int mms_alloc_hooks(void)
{
	struct mms_group *group;
	unsigned int i, k;

	mms_for_each_group(group, i)
		for (k = 0; k < group->nr_hooks; k++) {
			group->hooks[k].hits = alloc_percpu(u64);
			if (!group->hooks[k].hits)
				return -ENOMEM;
		}
	return 0;
}

int mms_probes_init(const char *groups)
{
	char *text = kstrdup(groups, GFP_KERNEL);
	int err;

	if (!text)
		return -ENOMEM;
	err = mms_choose_groups(text);
	kfree(text);
	if (!err)
		err = mms_alloc_hooks();
	if (err)
		mms_probes_exit();
	else
		for_each_kernel_tracepoint(mms_match_tracepoint, NULL);
	return err;
}

void mms_probes_exit(void)
{
	struct mms_group *group;
	unsigned int i, k;

	mms_for_each_group(group, i)
		for (k = 0; k < group->nr_hooks; k++) {
			free_percpu(group->hooks[k].hits);
			group->hooks[k].hits = NULL;
		}
}

void mms_probes_attach(void)
{
	struct mms_group *group;
	unsigned int i;

	mutex_lock(&mms_probes_lock);
	mms_for_each_group(group, i)
		if (group->on)
			mms_attach_group(group);
	mutex_unlock(&mms_probes_lock);
}

int mms_probes_detach(void)
{
	struct mms_group *group;
	unsigned int i;
	int err;

	mutex_lock(&mms_probes_lock);
	mms_for_each_group(group, i)
		mms_detach_group(group);
	mms_detached();
	err = mms_held ? -EBUSY : 0;
	mutex_unlock(&mms_probes_lock);
	return err;
}

void mms_probes_detach_all(void)
{
	while (mms_probes_detach())
		msleep(MMS_WAIT_MS);
}

void mms_probes_reset(void)
{
	struct mms_group *group;
	unsigned int i, k;

	mutex_lock(&mms_probes_lock);
	mms_for_each_group(group, i)
		for (k = 0; k < group->nr_hooks; k++) {
			struct mms_hook *hook = &group->hooks[k];

			hook->hits_base = mms_hook_hits(hook);
			hook->missed_base = mms_hook_missed(hook);
		}
	mutex_unlock(&mms_probes_lock);
}

size_t mms_probes_bytes(void)
{
	struct mms_group *group;
	size_t bytes = 0;
	unsigned int i;

	mms_for_each_group(group, i)
		bytes += group->nr_hooks * num_possible_cpus() * sizeof(u64);
	return bytes;
}

/*
 * The jump takes the place of the int3 some time after registering. It is the
 * aggregate probe of that address that is optimized (try_to_optimize_kprobe(),
 * kernel/kprobes.c), and ours is in its list.
 */
static bool mms_jumps(struct kprobe *kp)
{
	struct kprobe *other;
	bool jumps = kprobe_optimized(kp);

	rcu_read_lock();
	list_for_each_entry_rcu(other, &kp->list, list)
		jumps |= kprobe_optimized(other);
	rcu_read_unlock();
	return jumps;
}

static const char *mms_hook_mechanism(struct mms_hook *hook)
{
	if (hook->state != MMS_HOOK_ATTACHED)
		return NULL;
	if (hook->kind == MMS_HOOK_TRACEPOINT)
		return "tracepoint";
	if (hook->kind == MMS_HOOK_FTRACE)
		return "ftrace";
	if (kprobe_ftrace(&hook->kp))
		return "ftrace";
	return mms_jumps(&hook->kp) ? "jump" : "int3";
}

static const char *mms_hook_reason(const struct mms_hook *hook)
{
	if (hook->state == MMS_HOOK_ATTACHED && hook->error)
		return "cannot-be-removed";
	if (hook->state != MMS_HOOK_ABSENT)
		return NULL;
	switch (hook->error) {
	case -ENOENT:
		return "not-in-this-kernel";
	case -EINVAL:
	case -EILSEQ:
		/* ftrace says EINVAL for a name that it does not know. */
		return hook->kind == MMS_HOOK_FTRACE ? "not-in-this-kernel" :
						       "cannot-be-probed";
	case -EOPNOTSUPP:
	case -ENODEV:
		return hook->kind == MMS_HOOK_FTRACE ? "kernel-has-no-ftrace" :
						       "cannot-be-probed";
	case -ENOMEM:
		return "no-memory";
	case -EPERM:
		return "refused";
	default:
		return "failed";
	}
}

static const struct mms_column mms_probes_columns[] = {
	MMS_TEXT("group"), MMS_TEXT("kind"), MMS_TEXT("target"),
	MMS_TEXT("state"), MMS_TEXT("mechanism"), MMS_NUMBER("hits_total"),
	MMS_NUMBER("missed_total"), MMS_TEXT("reason"),
};

static void mms_probes_row(struct mms_rows *rows, const struct mms_group *group,
			   struct mms_hook *hook)
{
	static const char *const kinds[] = { "tracepoint", "kprobe", "ftrace" };
	static const char *const states[] = { "off", "attached", "absent" };

	mms_add_name(rows, group->name);
	mms_add_name(rows, kinds[hook->kind]);
	mms_add_name(rows, hook->target);
	mms_add_name(rows, states[hook->state]);
	mms_add_name(rows, mms_hook_mechanism(hook));
	if (hook->state == MMS_HOOK_ABSENT) {
		mms_add_unknown(rows);
		mms_add_unknown(rows);
	} else {
		mms_add(rows, mms_hook_hits(hook) - hook->hits_base);
		mms_add(rows, mms_hook_missed(hook) - hook->missed_base);
	}
	mms_add_name(rows, mms_hook_reason(hook));
}

static unsigned int mms_probes_max(void)
{
	struct mms_group *group;
	unsigned int i, n = 0;

	mms_for_each_group(group, i)
		n += group->nr_hooks;
	return n;
}

static int mms_probes_fill(struct mms_rows *rows)
{
	struct mms_group *group;
	unsigned int i, k;

	mutex_lock(&mms_probes_lock);
	mms_for_each_group(group, i)
		for (k = 0; k < group->nr_hooks; k++)
			mms_probes_row(rows, group, &group->hooks[k]);
	mutex_unlock(&mms_probes_lock);
	return 0;
}

const struct mms_table mms_probes_table = {
	.name = "probes",
	.format = 1,
	MMS_COLUMNS(mms_probes_columns),
	.max_rows = mms_probes_max,
	.fill = mms_probes_fill,
};

static const struct mms_column mms_enable_columns[] = {
	MMS_TEXT("group"), MMS_NUMBER("enabled"), MMS_NUMBER("hooks"),
	MMS_NUMBER("attached"),
};

static int mms_enable_fill(struct mms_rows *rows)
{
	struct mms_group *group;
	unsigned int i;

	mutex_lock(&mms_probes_lock);
	mms_for_each_group(group, i) {
		mms_add_name(rows, group->name);
		mms_add(rows, group->on);
		mms_add(rows, group->nr_hooks);
		mms_add(rows, mms_attached(group));
	}
	mutex_unlock(&mms_probes_lock);
	return 0;
}

/* Off is off, also if the next word switches it on again. */
static int mms_switch_group(struct mms_group *group, bool on)
{
	group->on = on;
	if (on) {
		mms_attach_group(group);
		return 0;
	}
	mms_detach_group(group);
	mms_detached();
	return mms_attached(group) ? -EBUSY : 0;
}

/*
 * Goes through "+name -name ...": looks at every word, and with @apply does
 * what all of them say, as far as it goes.
 */
static int mms_enable_words(const char *text, bool apply)
{
	char name[64];
	unsigned int words = 0;
	int err = 0;

	for (text = skip_spaces(text); *text; text = skip_spaces(text)) {
		size_t len = strcspn(text, " \t\n\v\f\r");
		struct mms_group *group;

		if ((*text != '+' && *text != '-') || len > sizeof(name))
			return -EINVAL;
		memcpy(name, text + 1, len - 1);
		name[len - 1] = '\0';
		group = mms_find_group(name);
		if (!group)
			return -EINVAL;
		if (apply)
			err = mms_switch_group(group, *text == '+') ?: err;
		text += len;
		words++;
	}
	return words ? err : -EINVAL;
}

static int mms_enable_write(char *text)
{
	int err;

	mutex_lock(&mms_probes_lock);
	err = mms_enable_words(text, false);
	if (!err)
		err = mms_enable_words(text, true);
	mutex_unlock(&mms_probes_lock);
	return err;
}

const struct mms_table mms_enable_table = {
	.name = "enable",
	.format = 1,
	MMS_COLUMNS(mms_enable_columns),
	.max_rows = mms_probes_max,
	.fill = mms_enable_fill,
	.write = mms_enable_write,
};
