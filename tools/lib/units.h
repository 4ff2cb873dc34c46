/* SPDX-License-Identifier: GPL-2.0-only */
/* Numbers as people read them. */
#ifndef MMS_UNITS_H
#define MMS_UNITS_H

#define MMS_UNIT_LEN	24

/* A number printed into an array of its own, so that printf can have many. */
struct mms_unit {
	char s[MMS_UNIT_LEN];
};

/**
 * mms_size() - bytes, at most 6 columns wide: 12.3Mi
 * @bytes: as a double, since pages times page size may exceed 64 bits
 */
struct mms_unit mms_size(double bytes);

/**
 * mms_size_long() - bytes for a sentence: 12.3 MiB
 * @bytes: how many
 */
struct mms_unit mms_size_long(double bytes);

/**
 * mms_time() - a duration, at most 6 columns wide: 5m12s
 * @duration: nanoseconds; as a double, since sums may exceed 64 bits
 */
struct mms_unit mms_time(double duration);

/**
 * mms_count() - a count, at most 6 columns wide: 12.3M
 * @count: how many; below 0 is 0
 */
struct mms_unit mms_count(double count);

/**
 * mms_percent() - a share, at most 5 columns wide: 12.3%
 * @part: nanoseconds or anything else
 * @whole: of how many
 *
 * Something that is not nothing never prints as 0, nor as 100% what is less.
 */
struct mms_unit mms_percent(double part, double whole);

#endif
