/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The registry of hooks: every place of the running kernel that mmscope
 * listens at, by name. Hooks come and go by groups. One that this kernel does
 * not have is listed as absent and the others do their work.
 */
#ifndef MMS_PROBE_H
#define MMS_PROBE_H

#include <linux/ftrace.h>
#include <linux/kprobes.h>
#include <linux/tracepoint.h>
#include <linux/types.h>

#include "compat.h"

struct mms_table;

enum mms_hook_kind {
	MMS_HOOK_TRACEPOINT,
	MMS_HOOK_KPROBE,
	MMS_HOOK_FTRACE,
};

enum mms_hook_state {
	MMS_HOOK_OFF,
	MMS_HOOK_ATTACHED,
	MMS_HOOK_ABSENT,
};

/**
 * struct mms_hook - one place to listen at
 * @target: name of the tracepoint or function
 * @inner: function that @target is only a shell around, or NULL
 * @kind: how to listen
 * @probe: the tracepoint's probe; its first argument, data, is the hook
 * @check: proof that the compiler compared @probe with the event's prototype
 * @on_kprobe: what a kprobe runs, by MMS_KPROBE_CALLBACK
 * @on_ftrace: the ftrace callback, by MMS_FTRACE_CALLBACK
 * @state: attached, off or absent
 * @error: why it is absent, or still attached, a negative errno
 * @hits: how often it ran, by CPU; never goes back
 * @missed_before: what earlier registrations of its kprobe missed
 * @hits_base: @hits at the last reset
 * @missed_base: misses at the last reset
 * @tp: the tracepoint
 * @kp: the kprobe
 * @ops: the ftrace callback
 *
 * All but @target to @on_ftrace belong to probe.c, which also makes @inner the
 * @target where the kernel has it.
 */
struct mms_hook {
	const char *target;
	const char *inner;
	enum mms_hook_kind kind;
	void *probe;
	void (*check)(void);
	kprobe_pre_handler_t on_kprobe;
	void (*on_ftrace)(unsigned long ip, unsigned long parent_ip,
			  struct ftrace_ops *ops, struct mms_ftrace_regs *regs);

	enum mms_hook_state state;
	int error;
	u64 __percpu *hits;
	u64 missed_before;
	u64 hits_base;
	u64 missed_base;
	union {
		struct tracepoint *tp;
		struct kprobe kp;
#ifdef CONFIG_DYNAMIC_FTRACE
		struct ftrace_ops ops;
#endif
	};
};

/*
 * tracepoint_probe_register() takes any pointer, and prototypes do change. So a
 * probe is compared with its event's prototype when it is compiled:
 * MMS_CHECK_TRACEPOINT once beside the probe, and MMS_TRACEPOINT in the list of
 * hooks does not compile without it.
 */
#define MMS_CHECK_TRACEPOINT(event, fn)					\
	static void mms_check_##event(void)				\
	{								\
		check_trace_callback_type_##event(fn);			\
	}

#define MMS_TRACEPOINT(event, fn) {					\
	.target = #event, .kind = MMS_HOOK_TRACEPOINT,			\
	.probe = (fn), .check = mms_check_##event }

#define MMS_KPROBE(function, fn) {					\
	.target = #function, .kind = MMS_HOOK_KPROBE,			\
	.on_kprobe = fn##_handler }

#define MMS_FTRACE(function, fn) {					\
	.target = #function, .kind = MMS_HOOK_FTRACE,			\
	.on_ftrace = fn##_callback }

/*
 * For a function that does little but call another one of its file: a compiler
 * that kept the inner one may have put the outer into those of its callers that
 * it saw, and there it cannot be traced.
 */
#define MMS_FTRACE_INNER(function, within, fn) {			\
	.target = #function, .inner = #within,				\
	.kind = MMS_HOOK_FTRACE, .on_ftrace = fn##_callback }

/*
 * A hook at a function's entry that looks at arguments: an ftrace callback where
 * these come along, which is cheaper, or a kprobe.
 */
#ifdef MMS_FTRACE_HAS_ARGS
#define mms_entry_regs mms_ftrace_regs
#define mms_entry_arg(regs, n) mms_ftrace_arg(regs, n)
#define MMS_ENTRY(name, fn) {						\
	.target = (name), .kind = MMS_HOOK_FTRACE, .on_ftrace = fn##_callback }
#define MMS_ENTRY_CALLBACK(fn) MMS_FTRACE_CALLBACK(fn)
#else
#define mms_entry_regs pt_regs
#define mms_entry_arg(regs, n) regs_get_kernel_argument(regs, n)
#define MMS_ENTRY(name, fn) {						\
	.target = (name), .kind = MMS_HOOK_KPROBE,			\
	.on_kprobe = fn##_handler }
#define MMS_ENTRY_CALLBACK(fn) MMS_KPROBE_CALLBACK(fn)
#endif

/**
 * struct mms_group - hooks that are switched together
 * @name: its name in enable and probes
 * @by_default: on after load; only for hooks off the hot paths
 * @on: on now
 * @on_first: takes what its hooks need, before they are attached, 0 or an error
 *	that makes them absent; may be called again, may be NULL
 * @off: what else there is to do when its hooks have been detached and run no
 *	more; may be NULL
 * @hooks: the hooks
 * @nr_hooks: how many
 */
struct mms_group {
	const char *name;
	bool by_default;
	bool on;
	int (*on_first)(void);
	void (*off)(void);
	struct mms_hook *hooks;
	unsigned int nr_hooks;
};

#define MMS_HOOKS(array) .hooks = (array), .nr_hooks = ARRAY_SIZE(array)

/**
 * mms_hook_hit - count a hit
 * @data: the hook, as a tracepoint hands it to its probe
 *
 * First thing in every tracepoint probe. Any context.
 */
static inline void mms_hook_hit(void *data)
{
	struct mms_hook *hook = data;

	this_cpu_inc(*hook->hits);
}

/* fn(hook, regs), with the registers of the function's entry. */
#define MMS_KPROBE_CALLBACK(fn)						\
	static int fn##_handler(struct kprobe *kp, struct pt_regs *regs) \
	{								\
		struct mms_hook *hook =					\
			container_of(kp, struct mms_hook, kp);		\
									\
		mms_hook_hit(hook);					\
		fn(hook, regs);						\
		return 0;						\
	}

#ifdef CONFIG_DYNAMIC_FTRACE
#define mms_hook_of(fops) container_of(fops, struct mms_hook, ops)
#else
#define mms_hook_of(fops) ((struct mms_hook *)(fops))
#endif

/*
 * What ftrace calls for a hook that runs @fn(hook, registers), and which is to be
 * beside that. One for each, since a call by a pointer costs more than it does.
 * Not traced itself, whatever else someone asks ftrace to trace.
 */
#define MMS_FTRACE_CALLBACK(fn)						\
	static void notrace fn##_callback(unsigned long ip,		\
					  unsigned long parent_ip,	\
					  struct ftrace_ops *ops,	\
					  struct mms_ftrace_regs *regs)	\
	{								\
		mms_hook_hit(mms_hook_of(ops));				\
		fn(mms_hook_of(ops), regs);				\
	}

/**
 * mms_unregister_kprobe - unregister a kprobe, really
 * @kp: one that was registered
 *
 * When it returns, the kprobe runs no more; while the kernel does not let go of
 * it, it does not return. Process context, sleeps.
 */
void mms_unregister_kprobe(struct kprobe *kp);

/**
 * mms_probes_init - make the registry
 * @groups: the groups to have on, separated by commas; "default" for those
 *	that are by default, "none" for none
 *
 * Attaches nothing yet. Returns 0, -EINVAL for an unknown group, -ENOMEM.
 */
int mms_probes_init(const char *groups);

/**
 * mms_probes_exit - give the registry's memory back
 *
 * After mms_probes_detach(), when no file is there any more.
 */
void mms_probes_exit(void);

/**
 * mms_probes_attach - attach the hooks of all groups that are on
 *
 * Process context, sleeps, outside of the guard. Cannot fail: a hook that does
 * not attach is absent.
 */
void mms_probes_attach(void);

/**
 * mms_probes_detach - detach all hooks
 *
 * When it returns 0 no probe runs any more on any CPU and none will. The groups
 * keep in mind whether they were on. -EBUSY if the kernel did not let go of one:
 * it stays attached, and the module cannot be unloaded. Process context, sleeps.
 */
int mms_probes_detach(void);

/**
 * mms_probes_detach_all - detach all hooks, for that the code is about to go
 *
 * As mms_probes_detach(), but does not return before all of them are gone, be it
 * never.
 */
void mms_probes_detach_all(void);

/**
 * mms_probes_held - do the hooks hold a reference of the module?
 *
 * One, while the kernel does not let go of one of them. Any context.
 */
bool mms_probes_held(void);

/**
 * mms_probes_reset - let the counts of hits and misses begin anew
 */
void mms_probes_reset(void);

/**
 * mms_probes_bytes - memory the registry holds, in bytes
 */
size_t mms_probes_bytes(void);

extern const struct mms_table mms_probes_table;
extern const struct mms_table mms_enable_table;

#endif
