/* SPDX-License-Identifier: GPL-2.0-only */
/* Histograms over powers of two, the only kind that mmscope keeps. */
#ifndef MMS_HIST_H
#define MMS_HIST_H

#include <linux/types.h>

/* One for 0, one for each power of two that a u64 can reach. */
#define MMS_HIST_SLOTS 65

/**
 * struct mms_hist - how often a value fell between two powers of two
 * @counts: slot 0 counts zeros, slot i counts values in [2^(i-1), 2^i)
 *
 * Whoever owns it keeps two writers apart.
 */
struct mms_hist {
	u32 counts[MMS_HIST_SLOTS];
};

/**
 * mms_hist_add - count a value
 * @hist: the histogram
 * @value: in whatever unit
 *
 * Any context. Under the owner's lock.
 */
void mms_hist_add(struct mms_hist *hist, u64 value);

/**
 * mms_hist_at_least - the smallest value that a slot counts
 * @slot: from 0
 */
u64 mms_hist_at_least(unsigned int slot);

/**
 * mms_hist_below - the smallest value above what a slot counts
 * @slot: from 0; for the last one 2^64 - 1, the largest value itself
 */
u64 mms_hist_below(unsigned int slot);

#endif
