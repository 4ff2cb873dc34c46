// SPDX-License-Identifier: GPL-2.0-only
/* What zones/watermarks says about a zone. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"
#include "util.h"
#include "zones.h"

static const struct {
	const char *cell;
	const char *name;
	const char *sign;
	enum mms_style style;
} bands[] = {
	[MMS_ABOVE_HIGH] = { "above_high", "above high", "> high", MMS_GOOD },
	[MMS_HIGH_TO_LOW] = { "high_to_low", "high to low", "> low", MMS_WARN },
	[MMS_LOW_TO_MIN] = { "low_to_min", "low to min", "> min", MMS_LOW },
	[MMS_BELOW_MIN] = { "below_min", "below min", "<= min", MMS_BAD },
	[MMS_NBANDS] = { "-", "?", "", MMS_PLAIN },
};

static struct mms_num get(const struct mms_table *t, size_t row,
			  const char *col)
{
	return mms_cell_num(t, row, mms_table_col(t, col));
}

static void load_zone(struct mms_zone *z, const struct mms_table *t,
		      size_t row, bool utf8)
{
	struct mms_buf name = { 0 };

	mms_text_human(&name, mms_cell(t, row, mms_table_col(t, "zone")), utf8);
	/* A name cut within a character would be no text. */
	snprintf(z->zone, sizeof(z->zone), "%s",
		 name.len < sizeof(z->zone) ? name.data : "?");
	mms_buf_free(&name);
	z->node = get(t, row, "node").v;
	z->free = get(t, row, "free_pages");
	z->min = get(t, row, "min_pages");
	z->low = get(t, row, "low_pages");
	z->high = get(t, row, "high_pages");
	z->boost = get(t, row, "boost_pages");
	z->lowest = get(t, row, "lowest_free_sampled_pages");
	z->in_band[MMS_ABOVE_HIGH] = get(t, row, "above_high_ns");
	z->in_band[MMS_HIGH_TO_LOW] = get(t, row, "high_to_low_ns");
	z->in_band[MMS_LOW_TO_MIN] = get(t, row, "low_to_min_ns");
	z->in_band[MMS_BELOW_MIN] = get(t, row, "below_min_ns");
	z->samples = get(t, row, "samples_total");
	z->since = get(t, row, "since_ns");
	z->taken = get(t, row, "taken_ns");
}

/* What all that follows relies on. */
static bool check_rows(struct mms_snapshot *s, const struct mms_table *t)
{
	if (mms_table_col(t, "node") < 0 || mms_table_col(t, "zone") < 0) {
		mms_error("%s: %s: no columns node and zone",
			  mms_snapshot_source(s), t->name);
		return false;
	}
	/* The verdict compares each zone with all others. */
	return mms_snapshot_has_nodes(s, t) &&
	       mms_snapshot_fits(s, t->nrows, t) &&
	       mms_snapshot_fits(s, t->nrows,
				 mms_snapshot_table(s, "zones/zonelists"));
}

bool mms_zones_load(struct mms_zones *zs, struct mms_snapshot *s, bool utf8)
{
	const struct mms_table *t;
	enum mms_get got;
	size_t i;

	memset(zs, 0, sizeof(*zs));
	got = mms_snapshot_get(s, "zones/watermarks", &t);
	if (got == MMS_GET_ABSENT)
		mms_snapshot_say_absent(s, "zones/watermarks");
	if (got != MMS_GET_OK || !check_rows(s, t))
		return false;
	zs->n = t->nrows;
	zs->zone = mms_alloc(zs->n, sizeof(*zs->zone));
	for (i = 0; i < zs->n; i++)
		load_zone(&zs->zone[i], t, i, utf8);
	return true;
}

void mms_zones_free(struct mms_zones *zs)
{
	free(zs->zone);
	memset(zs, 0, sizeof(*zs));
}

const struct mms_zone *mms_zones_find(const struct mms_zones *zs,
				      const struct mms_zone *z)
{
	size_t i;

	for (i = 0; i < zs->n; i++) {
		if (zs->zone[i].node == z->node &&
		    !strcmp(zs->zone[i].zone, z->zone))
			return &zs->zone[i];
	}
	return NULL;
}

enum mms_band mms_zone_band(const struct mms_zone *z, struct mms_num free)
{
	if (!free.ok || !z->min.ok || !z->low.ok || !z->high.ok)
		return MMS_NBANDS;
	if (free.v > z->high.v)
		return MMS_ABOVE_HIGH;
	if (free.v > z->low.v)
		return MMS_HIGH_TO_LOW;
	return free.v > z->min.v ? MMS_LOW_TO_MIN : MMS_BELOW_MIN;
}

double mms_zone_watched(const struct mms_zone *z)
{
	double sum = 0;
	int b;

	for (b = 0; b < MMS_NBANDS; b++)
		sum += z->in_band[b].v;
	return sum;
}

/* Whether a counter went back, which only a reset does. */
static bool went_back(struct mms_num now, struct mms_num before)
{
	return now.ok && before.ok && now.v < before.v;
}

static void subtract(struct mms_num *now, struct mms_num before)
{
	now->ok = now->ok && before.ok;
	now->v = now->ok ? now->v - before.v : 0;
}

void mms_zone_delta(const struct mms_zone *now, const struct mms_zone *before,
		    struct mms_zone *d)
{
	bool reset;
	int b;

	*d = *now;
	if (!before)
		return;
	reset = now->since.v != before->since.v ||
		went_back(now->samples, before->samples);
	for (b = 0; b < MMS_NBANDS; b++)
		reset |= went_back(now->in_band[b], before->in_band[b]);
	if (reset)
		return;
	for (b = 0; b < MMS_NBANDS; b++)
		subtract(&d->in_band[b], before->in_band[b]);
	subtract(&d->samples, before->samples);
	d->since = before->taken;
}

enum mms_style mms_band_style(enum mms_band b)
{
	return bands[b].style;
}

const char *mms_band_name(enum mms_band b)
{
	return bands[b].name;
}

const char *mms_band_sign(enum mms_band b)
{
	return bands[b].sign;
}

enum mms_band mms_band_parse(const char *cell)
{
	int b;

	for (b = 0; b < MMS_NBANDS; b++) {
		if (!strcmp(cell, bands[b].cell))
			break;
	}
	return b;
}
