/* SPDX-License-Identifier: GPL-2.0-only */
/* The last few records of something: a ring of fixed size that forgets. */
#ifndef MMS_RING_H
#define MMS_RING_H

#include <linux/types.h>

/**
 * struct mms_ring - the ring's own state, beside the records
 * @added: records ever added
 * @base: @added at the last reset
 *
 * The records are an array of the owner's, who keeps writers and readers
 * apart.
 */
struct mms_ring {
	u64 added;
	u64 base;
};

/**
 * mms_ring_next - where the next record goes
 * @ring: the ring
 * @slots: length of the array
 *
 * Gives the index of the slot, whose old record is forgotten. Any context,
 * under the owner's lock.
 */
unsigned int mms_ring_next(struct mms_ring *ring, unsigned int slots);

/**
 * mms_ring_count - records that can be read
 * @ring: the ring
 * @slots: length of the array
 */
unsigned int mms_ring_count(const struct mms_ring *ring, unsigned int slots);

/**
 * mms_ring_at - where a record is
 * @ring: the ring
 * @slots: length of the array
 * @i: 0 for the oldest, up to mms_ring_count() - 1 for the newest
 */
unsigned int mms_ring_at(const struct mms_ring *ring, unsigned int slots,
			 unsigned int i);

/**
 * mms_ring_reset - forget all records
 * @ring: the ring
 */
void mms_ring_reset(struct mms_ring *ring);

#endif
