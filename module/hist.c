// SPDX-License-Identifier: GPL-2.0-only
#include <linux/bitops.h>
#include <linux/limits.h>

#include "hist.h"

void mms_hist_add(struct mms_hist *hist, u64 value)
{
	hist->counts[fls64(value)]++;
}

u64 mms_hist_at_least(unsigned int slot)
{
	return slot ? 1ULL << (slot - 1) : 0;
}

u64 mms_hist_below(unsigned int slot)
{
	return slot < MMS_HIST_SLOTS - 1 ? 1ULL << slot : U64_MAX;
}
