// SPDX-License-Identifier: GPL-2.0-only
#include <linux/math64.h>
#include <linux/minmax.h>

#include "ring.h"

static unsigned int mms_ring_slot(u64 nth, unsigned int slots)
{
	u32 rest;

	div_u64_rem(nth, slots, &rest);
	return rest;
}

unsigned int mms_ring_next(struct mms_ring *ring, unsigned int slots)
{
	return mms_ring_slot(ring->added++, slots);
}

unsigned int mms_ring_count(const struct mms_ring *ring, unsigned int slots)
{
	return min_t(u64, ring->added - ring->base, slots);
}

unsigned int mms_ring_at(const struct mms_ring *ring, unsigned int slots,
			 unsigned int i)
{
	u64 first = ring->added - mms_ring_count(ring, slots);

	return mms_ring_slot(first + i, slots);
}

void mms_ring_reset(struct mms_ring *ring)
{
	ring->base = ring->added;
}
