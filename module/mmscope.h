/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a subject is to the rest of the module. A subject is one thing all the
 * way through: a directory in debugfs, a file here, a command of the tool.
 */
#ifndef MMS_MMSCOPE_H
#define MMS_MMSCOPE_H

#include <linux/timekeeping.h>
#include <linux/types.h>

struct mms_table;
struct mms_group;

/**
 * struct mms_subject - one subject
 * @name: its directory; NULL for what stands at the top
 * @tables: its tables, ended by NULL
 * @groups: its groups of hooks, ended by NULL; may be NULL
 * @init: takes what memory it needs, 0 or an error; may be NULL
 * @exit: gives it back; runs when no hook and no reader can be in it any more
 * @start: starts what runs by itself, after its hooks are there; may be NULL
 * @stop: stops it; may be NULL
 * @reset: makes its totals begin anew; may be NULL
 * @memory_changed: memory has gone on- or offline; called inside hotplug's
 *	notifier, while the guard keeps readers out; may be NULL
 * @bytes: memory it holds; may be NULL
 * @missing: what it could not find and so does without, as hyphenated words, or
 *	NULL; may be NULL
 *
 * All of them run in process context and may sleep.
 */
struct mms_subject {
	const char *name;
	const struct mms_table *const *tables;
	struct mms_group *const *groups;
	int (*init)(void);
	void (*exit)(void);
	int (*start)(void);
	void (*stop)(void);
	void (*reset)(void);
	void (*memory_changed)(void);
	size_t (*bytes)(void);
	const char *(*missing)(void);
};

extern const struct mms_subject mms_zones;
extern const struct mms_subject mms_kswapd;
extern const struct mms_subject mms_buddy;
extern const struct mms_subject mms_pagewait;

/**
 * mms_subject_at - the subjects, one after the other
 * @i: from 0
 *
 * Gives NULL after the last. The list never changes. Any context.
 */
const struct mms_subject *mms_subject_at(unsigned int i);

/* for (i = 0; (s = mms_subject_at(i)); i++), as a loop over all subjects */
#define mms_for_each_subject(s, i) \
	for ((i) = 0; ((s) = mms_subject_at(i)); (i)++)

/**
 * mms_clock - the one clock of mmscope
 *
 * CLOCK_MONOTONIC in ns, good in any context, NMI too. Two CPUs may differ by
 * a little around a change of the clock's rate (kernel/time/timekeeping.c), so
 * a difference is to be clamped at 0.
 */
static inline u64 mms_clock(void)
{
	return ktime_get_mono_fast_ns();
}

#endif
