/* SPDX-License-Identifier: GPL-2.0-only */
/* What zones/watermarks says about a zone, and what follows from it. */
#ifndef MMS_ZONES_H
#define MMS_ZONES_H

#include <stdbool.h>
#include <stddef.h>

#include "canvas.h"
#include "snapshot.h"
#include "table.h"

#define MMS_ZONE_LEN	24
#define MMS_BAR_MAX	60

/**
 * enum mms_band - where free memory stands between the marks
 * @MMS_ABOVE_HIGH: kswapd may sleep
 * @MMS_HIGH_TO_LOW: kswapd, once awake, goes on up to high
 * @MMS_LOW_TO_MIN: kswapd is woken
 * @MMS_BELOW_MIN: allocations must reclaim themselves
 * @MMS_NBANDS: number of bands, also for an unknown one
 */
enum mms_band {
	MMS_ABOVE_HIGH,
	MMS_HIGH_TO_LOW,
	MMS_LOW_TO_MIN,
	MMS_BELOW_MIN,
	MMS_NBANDS,
};

/**
 * struct mms_zone - a zone; all amounts in pages
 * @node: its node
 * @zone: its name, as people may see it
 * @free: free now
 * @min: mark, with the boost, as /proc/zoneinfo has it
 * @low: mark
 * @high: mark
 * @boost: how much of each mark is boost
 * @lowest: lowest free sampled since the last reset
 * @in_band: time in each band since then, ns
 * @samples: how often it was sampled since then
 * @since: when that was
 * @taken: when this was read
 */
struct mms_zone {
	int node;
	char zone[MMS_ZONE_LEN];
	struct mms_num free;
	struct mms_num min;
	struct mms_num low;
	struct mms_num high;
	struct mms_num boost;
	struct mms_num lowest;
	struct mms_num in_band[MMS_NBANDS];
	struct mms_num samples;
	struct mms_num since;
	struct mms_num taken;
};

/**
 * struct mms_zones - all zones, in the order of the table
 * @zone: the zones
 * @n: how many
 */
struct mms_zones {
	struct mms_zone *zone;
	size_t n;
};

/**
 * mms_zones_load() - read zones/watermarks
 * @zs: result
 * @s: snapshot
 * @utf8: what names may hold
 *
 * Return: false after saying what is wrong.
 */
bool mms_zones_load(struct mms_zones *zs, struct mms_snapshot *s, bool utf8);

/**
 * mms_zones_free() - free the zones
 * @zs: zones
 */
void mms_zones_free(struct mms_zones *zs);

/**
 * mms_zones_find() - the same zone in another report
 * @zs: where to look
 * @z: which
 *
 * Return: the zone or NULL.
 */
const struct mms_zone *mms_zones_find(const struct mms_zones *zs,
				      const struct mms_zone *z);

/**
 * mms_zone_band() - the band that an amount of free memory is in
 * @z: whose marks
 * @free: pages
 *
 * Return: %MMS_NBANDS if something is unknown.
 */
enum mms_band mms_zone_band(const struct mms_zone *z, struct mms_num free);

/**
 * mms_zone_watched() - time in all bands
 * @z: zone
 *
 * Return: ns; a double, as the sum of four numbers may exceed 64 bits.
 */
double mms_zone_watched(const struct mms_zone *z);

/**
 * mms_zone_delta() - what changed from one report to the next
 * @now: the later one
 * @before: the earlier one, NULL if there is none
 * @d: @now with times and samples those since @before, or since a reset if
 *     there was one in between
 */
void mms_zone_delta(const struct mms_zone *now, const struct mms_zone *before,
		    struct mms_zone *d);

/**
 * mms_band_style() - the colour of a band
 * @b: band
 */
enum mms_style mms_band_style(enum mms_band b);

/**
 * mms_band_name() - the name of a band, for headings
 * @b: band
 */
const char *mms_band_name(enum mms_band b);

/**
 * mms_band_sign() - the name of a band in 6 columns
 * @b: band
 */
const char *mms_band_sign(enum mms_band b);

/**
 * mms_band_parse() - the band that a table names
 * @cell: such as below_min
 *
 * Return: %MMS_NBANDS if there is no such band.
 */
enum mms_band mms_band_parse(const char *cell);

/**
 * mms_zone_bar() - draw a zone's free memory against its marks
 * @cv: where to
 * @z: zone
 * @width: columns, without the two ends; from 12 to %MMS_BAR_MAX
 */
void mms_zone_bar(struct mms_canvas *cv, const struct mms_zone *z, int width);

/**
 * mms_zone_ruler() - name the marks of the bars below
 * @cv: where to; the first column of the bar is the current one
 * @width: columns, as given to mms_zone_bar()
 */
void mms_zone_ruler(struct mms_canvas *cv, int width);

/**
 * mms_zones_verdict() - say in plain words what the numbers mean
 * @b: to append to
 * @zs: zones
 * @s: snapshot they are from, for what else it knows
 *
 * Says nothing that the numbers do not support.
 */
void mms_zones_verdict(struct mms_buf *b, const struct mms_zones *zs,
		       struct mms_snapshot *s);

#endif
