/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The subject zones: what its tables (zones.c) and its sampling
 * (zones_sample.c) share.
 *
 * A band is where a zone's free pages stand among its watermarks. The sampler
 * looks at every zone now and then, and the hooks do at the moments that
 * matter; the time from one look to the next counts for the band that the
 * earlier one found.
 */
#ifndef MMS_ZONES_H
#define MMS_ZONES_H

#include <linux/mmzone.h>
#include <linux/types.h>

#include "hist.h"
#include "ring.h"
#include "table.h"
#include "topk.h"

enum mms_band {
	MMS_ABOVE_HIGH,		/* high < free */
	MMS_HIGH_TO_LOW,	/* low < free <= high */
	MMS_LOW_TO_MIN,		/* min < free <= low */
	MMS_BELOW_MIN,		/* free <= min */
	MMS_NR_BANDS,
};

/**
 * struct mms_look - a zone's free pages and marks at one moment
 * @free: NR_FREE_PAGES, as /proc/zoneinfo has it
 * @min: the min watermark with the boost, in pages
 * @low: the low one
 * @high: the high one
 */
struct mms_look {
	unsigned long free;
	unsigned long min;
	unsigned long low;
	unsigned long high;
};

/**
 * struct mms_crossing - a zone went from one band to another
 * @at: when this was seen
 * @from: the band it was in at the look before
 * @to: the band it is in
 * @look: what was seen
 * @seen_by: by which hook, or "timer", "read", "hotplug"
 */
struct mms_crossing {
	u64 at;
	enum mms_band from;
	enum mms_band to;
	struct mms_look look;
	const char *seen_by;
};

#define MMS_CROSSINGS 16

/**
 * struct mms_zone_totals - where a zone has stood
 * @band: where it was at the last look
 * @last: when that was
 * @entered: when it entered @band; 0 if that was before anybody looked
 * @since: when all this began
 * @ns: time in each band
 * @lowest: fewest free pages seen
 * @samples: looks
 */
struct mms_zone_totals {
	enum mms_band band;
	u64 last;
	u64 entered;
	u64 since;
	u64 ns[MMS_NR_BANDS];
	unsigned long lowest;
	u64 samples;
};

/**
 * struct mms_zone_history - and how it moved
 * @stays: how long the finished stays in each band were
 * @ring: which of @crossings are in use
 * @crossings: the last crossings
 */
struct mms_zone_history {
	struct mms_hist stays[MMS_NR_BANDS];
	struct mms_ring ring;
	struct mms_crossing crossings[MMS_CROSSINGS];
};

/* Who ran into the low watermark or had to reclaim. */
extern struct mms_topk mms_zones_pressed;

extern struct mms_group mms_zones_group;

/**
 * mms_zones_name - a zone's name as /proc/zoneinfo has it
 * @type: which zone of a node
 */
const char *mms_zones_name(enum zone_type type);

/**
 * mms_next_zone - the populated zones, one after the other
 * @zone: the one before, NULL for the first
 *
 * Of the online nodes, by node and type; NULL after the last. Any context.
 */
struct zone *mms_next_zone(struct zone *zone);

#define mms_for_each_zone(zone) \
	for ((zone) = mms_next_zone(NULL); (zone); (zone) = mms_next_zone(zone))

/**
 * mms_nr_zones - how many populated zones there are now
 */
unsigned int mms_nr_zones(void);

/**
 * mms_add_zone - the next two cells are a zone's keys, node and zone
 * @rows: the table being filled
 * @zone: the zone
 */
void mms_add_zone(struct mms_rows *rows, struct zone *zone);

/**
 * mms_zones_band_name - a band's name in tables
 * @band: the band
 */
const char *mms_zones_band_name(enum mms_band band);

/**
 * mms_zones_look - read a zone's free pages and marks
 * @zone: a populated zone
 * @look: what was there
 *
 * Any context, no lock: a struct zone lives as long as its node, and nodes are
 * not freed (try_offline_node(), mm/memory_hotplug.c, 5.10 to 7.2).
 */
void mms_zones_look(struct zone *zone, struct mms_look *look);

/**
 * mms_zones_read - look at a zone and copy its totals
 * @zone: a populated zone
 * @now: when
 * @look: what was seen
 * @totals: that and all before
 *
 * Process context. Waits, with interrupts off, for whoever looks at the zone
 * right now.
 */
void mms_zones_read(struct zone *zone, u64 now, struct mms_look *look,
		    struct mms_zone_totals *totals);

/**
 * mms_zones_history - copy how a zone moved
 * @zone: a populated zone
 * @history: room for it
 *
 * Process context. Interrupts are off while it is copied.
 */
void mms_zones_history(struct zone *zone, struct mms_zone_history *history);

/**
 * mms_zones_crossings_count - how many crossings it would copy now
 * @zone: a populated zone
 */
unsigned int mms_zones_crossings_count(struct zone *zone);

/**
 * mms_zones_stays_count - how many slots of its histograms are in use now
 * @zone: a populated zone
 */
unsigned int mms_zones_stays_count(struct zone *zone);

/**
 * mms_zones_memory_changed - memory has gone on- or offline
 *
 * Zones that are empty are forgotten, new ones are looked at. Called by the
 * guard, in process context.
 */
void mms_zones_memory_changed(void);

/**
 * mms_zones_sample_init - take the memory for all possible nodes
 *
 * Returns 0 or -ENOMEM. May sleep.
 */
int mms_zones_sample_init(void);

/**
 * mms_zones_sample_exit - give it back
 */
void mms_zones_sample_exit(void);

/**
 * mms_zones_sample_start - start the sampler
 *
 * Returns 0 or an error. May sleep.
 */
int mms_zones_sample_start(void);

/**
 * mms_zones_sample_stop - stop it on all CPUs
 */
void mms_zones_sample_stop(void);

/**
 * mms_zones_sample_reset - let all that is remembered begin anew
 */
void mms_zones_sample_reset(void);

/**
 * mms_zones_sample_bytes - memory it holds, in bytes
 */
size_t mms_zones_sample_bytes(void);

#endif
