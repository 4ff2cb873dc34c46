// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the numbers of zones mean, in plain words.
 *
 * The rule behind the main finding: the page allocator first tries every zone
 * of the fallback list against its low mark, and only when all of them fail
 * does it go lower anywhere. So an allocation that may use another node does
 * not take this one below low while the other has memory.
 */
#include <stdlib.h>
#include <string.h>

#include "text.h"
#include "units.h"
#include "zones.h"

#define REASONS	"memory policy, cpuset or __GFP_THISNODE"

/* A node, as far as its zones tell. */
struct node_sum {
	int node;
	const struct mms_zone *worst;
	double below_low;
	double below_min;
	double watched;
	bool always_above;
};

static double below_low(const struct mms_zone *z)
{
	return (double)z->in_band[MMS_LOW_TO_MIN].v +
	       (double)z->in_band[MMS_BELOW_MIN].v;
}

static void sum_zone(struct node_sum *n, const struct mms_zone *z)
{
	int b;

	if (!n->worst || below_low(z) > n->below_low) {
		n->worst = z;
		n->below_low = below_low(z);
		n->below_min = z->in_band[MMS_BELOW_MIN].v;
		n->watched = mms_zone_watched(z);
	}
	for (b = MMS_HIGH_TO_LOW; b < MMS_NBANDS; b++)
		n->always_above &= z->in_band[b].ok && !z->in_band[b].v;
	n->always_above &= z->in_band[MMS_ABOVE_HIGH].v > 0;
}

static struct node_sum *sum_nodes(const struct mms_zones *zs, size_t *count)
{
	struct node_sum *sums = mms_alloc(zs->n, sizeof(*sums));
	size_t i, k;

	*count = 0;
	for (i = 0; i < zs->n; i++) {
		for (k = 0; k < *count; k++) {
			if (sums[k].node == zs->zone[i].node)
				break;
		}
		if (k == *count) {
			sums[k].node = zs->zone[i].node;
			sums[k].always_above = true;
			(*count)++;
		}
		sum_zone(&sums[k], &zs->zone[i]);
	}
	return sums;
}

/* Zones that allocations fall through, from high to low; DMA is too small. */
static int rank(const char *zone)
{
	static const char *const order[] = {
		"DMA", "DMA32", "Normal", "HighMem", "Movable",
	};
	size_t i;

	for (i = 0; i < MMS_ARRAY_SIZE(order); i++) {
		if (!strcmp(zone, order[i]))
			return i;
	}
	return -1;
}

/* Whether @node has a zone that an allocation meant for @z could use. */
static bool could_serve(const struct mms_zones *zs, int node,
			const struct mms_zone *z)
{
	size_t i;
	int r;

	for (i = 0; i < zs->n; i++) {
		r = rank(zs->zone[i].zone);
		if (zs->zone[i].node == node && r > 0 && r <= rank(z->zone))
			return true;
	}
	return false;
}

/* Whether the fallback list of @from names @to; so it does if not known. */
static bool falls_back(struct mms_snapshot *s, int from, int to)
{
	const struct mms_table *t = mms_snapshot_table(s, "zones/zonelists");
	int node, list, to_node;
	size_t i;

	if (!t || !t->nrows)
		return true;
	node = mms_table_col(t, "node");
	list = mms_table_col(t, "list");
	to_node = mms_table_col(t, "to_node");
	for (i = 0; i < t->nrows; i++) {
		if (mms_cell_num(t, i, node).v == (uint64_t)from &&
		    mms_cell_num(t, i, to_node).v == (uint64_t)to &&
		    !strcmp(mms_cell(t, i, list), "fallback"))
			return true;
	}
	return false;
}

/* A node that always had memory to give to the one that was short. */
static const struct node_sum *find_idle(const struct mms_zones *zs,
					const struct node_sum *sums, size_t n,
					const struct node_sum *sunk,
					struct mms_snapshot *s)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (sums[i].always_above &&
		    could_serve(zs, sums[i].node, sunk->worst) &&
		    falls_back(s, sunk->node, sums[i].node))
			return &sums[i];
	}
	return NULL;
}

/*
 * At least half way from low to min, where per-CPU batches do not get a zone,
 * and without the boost, which raises marks rather than lowers free.
 */
static bool truly_sank(const struct mms_zone *z)
{
	if (!z->lowest.ok || !z->low.ok || !z->min.ok || !z->boost.ok)
		return false;
	return (double)z->lowest.v + (double)z->boost.v <=
	       ((double)z->low.v + (double)z->min.v) / 2;
}

static void say_sunk(struct mms_buf *b, const struct node_sum *sunk,
		     const struct node_sum *idle)
{
	mms_buf_printf(b, "node %d (%s) has spent %s (%s) below low",
		       sunk->node, sunk->worst->zone,
		       mms_time(sunk->below_low).s,
		       mms_percent(sunk->below_low, sunk->watched).s);
	if (sunk->below_min > 0)
		mms_buf_printf(b, ", %s of it below min",
			       mms_time(sunk->below_min).s);
	if (!idle) {
		mms_buf_printf(b, ". ");
		return;
	}
	mms_buf_printf(b, ", while node %d stood above high all the time",
		       idle->node);
	if (truly_sank(sunk->worst))
		mms_buf_printf(b, ": what fills node %d may not use node %d (" REASONS ")",
			       sunk->node, idle->node);
	mms_buf_printf(b, ". ");
}

static void say_calm(struct mms_buf *b, const struct node_sum *sums, size_t n)
{
	bool above = true;
	size_t i;

	for (i = 0; i < n; i++)
		above &= sums[i].always_above;
	mms_buf_printf(b, above ?
		       "every zone has stood above high all the time. " :
		       "no zone was seen below low. ");
}

/* The task that ran into the marks of a node most often. */
static void say_pressed(struct mms_buf *b, struct mms_snapshot *s, int node)
{
	const struct mms_table *t = mms_snapshot_table(s, "zones/pressed");
	struct mms_num hits, err;
	uint64_t most = 0;
	size_t i, at = 0;

	for (i = 0; t && i < t->nrows; i++) {
		hits = mms_cell_num(t, i, mms_table_col(t, "hits_total"));
		err = mms_cell_num(t, i, mms_table_col(t, "error_total"));
		if (mms_cell_num(t, i, mms_table_col(t, "node")).v !=
		    (uint64_t)node || hits.v < err.v || hits.v - err.v <= most)
			continue;
		most = hits.v - err.v;
		at = i;
	}
	if (!most)
		return;
	mms_buf_printf(b, "Most pressed: ");
	mms_text_human(b, mms_cell(t, at, mms_table_col(t, "comm")), false);
	mms_buf_printf(b, " (pid %s), %s times. ",
		       mms_cell(t, at, mms_table_col(t, "pid")),
		       mms_count(most).s);
}

/* A boost makes a zone look short of memory that is not. */
static void say_boost(struct mms_buf *b, const struct mms_zones *zs,
		      struct mms_snapshot *s)
{
	const struct mms_zone *most = NULL;
	size_t i;

	for (i = 0; i < zs->n; i++) {
		if (zs->zone[i].boost.v > (most ? most->boost.v : 0))
			most = &zs->zone[i];
	}
	if (most)
		mms_buf_printf(b, "A boost of %s raises the marks of node %d %s now. ",
			       mms_size_long((double)most->boost.v *
					     mms_snapshot_page_size(s)).s,
			       most->node, most->zone);
}

void mms_zones_verdict(struct mms_buf *b, const struct mms_zones *zs,
		       struct mms_snapshot *s)
{
	const struct node_sum *sunk = NULL;
	size_t n, i, nsunk = 0;
	struct node_sum *sums = sum_nodes(zs, &n);
	double watched = 0;

	for (i = 0; i < n; i++) {
		watched += sums[i].watched;
		nsunk += sums[i].below_low > 0;
		if (sums[i].below_low > 0 &&
		    (!sunk || sums[i].below_low > sunk->below_low))
			sunk = &sums[i];
	}
	if (watched <= 0)
		mms_buf_printf(b, "nothing was watched yet. ");
	else if (!sunk)
		say_calm(b, sums, n);
	else
		say_sunk(b, sunk, find_idle(zs, sums, n, sunk, s));
	if (nsunk > 1)
		mms_buf_printf(b, "%zu of %zu nodes were below low. ", nsunk, n);
	if (sunk)
		say_pressed(b, s, sunk->node);
	say_boost(b, zs, s);
	free(sums);
}
