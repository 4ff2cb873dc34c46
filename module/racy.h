/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads of what the kernel changes meanwhile. */
#ifndef MMS_RACY_H
#define MMS_RACY_H

#include <linux/compiler.h>

/**
 * mms_racy() - one look at something of the kernel's
 * @x: a number or pointer that is read in one piece
 *
 * Its writers hold a lock that is not for us, and write plainly. That is a race
 * by the letter, for which KCSAN would blame both, and none in fact: whatever
 * moment the value is of, it is one that was there.
 */
#define mms_racy(x) data_race(READ_ONCE(x))

#endif
