// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tables of the subject zones. No lock of the kernel's is taken for any of
 * them; who counts free pages takes zone->lock, and that is what this is to be
 * free of.
 */
#include <linux/mm.h>
#include <linux/nodemask.h>
#include <linux/slab.h>
#include <linux/topology.h>
#include <linux/uaccess.h>

#include "compat.h"
#include "mmscope.h"
#include "probe.h"
#include "symbol.h"
#include "table.h"
#include "zones.h"

/* /proc/sys/vm/zone_reclaim_mode; NULL where it cannot be found. */
static const int *mms_reclaim_mode;

const char *mms_zones_name(enum zone_type type)
{
	/* The kernel's own, zone_names[] (mm/page_alloc.c), is not exported. */
	static const char *const names[MAX_NR_ZONES] = {
#ifdef CONFIG_ZONE_DMA
		[ZONE_DMA] = "DMA",
#endif
#ifdef CONFIG_ZONE_DMA32
		[ZONE_DMA32] = "DMA32",
#endif
		[ZONE_NORMAL] = "Normal",
#ifdef CONFIG_HIGHMEM
		[ZONE_HIGHMEM] = "HighMem",
#endif
		[ZONE_MOVABLE] = "Movable",
#ifdef CONFIG_ZONE_DEVICE
		[ZONE_DEVICE] = "Device",
#endif
	};

	return names[type];
}

const char *mms_zones_band_name(enum mms_band band)
{
	static const char *const names[MMS_NR_BANDS] = {
		[MMS_ABOVE_HIGH] = "above_high",
		[MMS_HIGH_TO_LOW] = "high_to_low",
		[MMS_LOW_TO_MIN] = "low_to_min",
		[MMS_BELOW_MIN] = "below_min",
	};

	return names[band];
}

/*
 * for_each_populated_zone() wants next_zone(), which is not exported. Only
 * offline nodes may be without a pgdat, in 5.10.
 */
struct zone *mms_next_zone(struct zone *zone)
{
	int nid = zone ? zone_to_nid(zone) : first_online_node;
	unsigned int i = zone ? zone_idx(zone) + 1 : 0;

	for (; nid < MAX_NUMNODES; nid = next_online_node(nid), i = 0)
		for (; i < MAX_NR_ZONES; i++)
			if (populated_zone(&NODE_DATA(nid)->node_zones[i]))
				return &NODE_DATA(nid)->node_zones[i];
	return NULL;
}

unsigned int mms_nr_zones(void)
{
	struct zone *zone;
	unsigned int n = 0;

	mms_for_each_zone(zone)
		n++;
	return n;
}

void mms_add_zone(struct mms_rows *rows, struct zone *zone)
{
	mms_add(rows, zone_to_nid(zone));
	mms_add_name(rows, mms_zones_name(zone_idx(zone)));
}

/* zones/watermarks */

static const struct mms_column mms_watermarks_columns[] = {
	MMS_NUMBER("node"), MMS_TEXT("zone"), MMS_NUMBER("free_pages"),
	MMS_NUMBER("min_pages"), MMS_NUMBER("low_pages"),
	MMS_NUMBER("high_pages"), MMS_NUMBER("promo_pages"),
	MMS_NUMBER("boost_pages"), MMS_NUMBER("managed_pages"),
	MMS_NUMBER("present_pages"), MMS_NUMBER("spanned_pages"),
	MMS_NUMBER("drift_mark_pages"), MMS_TEXT("band"),
	MMS_NUMBER("above_high_ns"), MMS_NUMBER("high_to_low_ns"),
	MMS_NUMBER("low_to_min_ns"), MMS_NUMBER("below_min_ns"),
	MMS_NUMBER("lowest_free_sampled_pages"), MMS_NUMBER("samples_total"),
	MMS_NUMBER("since_ns"),
};

static void mms_add_pages(struct mms_rows *rows, struct zone *zone,
			  const struct mms_look *look)
{
	mms_add(rows, look->free);
	mms_add(rows, look->min);
	mms_add(rows, look->low);
	mms_add(rows, look->high);
	mms_add_known(rows, mms_promo_pages(zone));
	mms_add(rows, mms_racy(zone->watermark_boost));
	mms_add(rows, zone_managed_pages(zone));
	mms_add(rows, mms_racy(zone->present_pages));
	mms_add(rows, mms_racy(zone->spanned_pages));
	mms_add(rows, mms_racy(zone->percpu_drift_mark));
}

static void mms_add_bands(struct mms_rows *rows,
			  const struct mms_zone_totals *totals)
{
	enum mms_band band;

	mms_add_name(rows, mms_zones_band_name(totals->band));
	for (band = 0; band < MMS_NR_BANDS; band++)
		mms_add(rows, totals->ns[band]);
	mms_add(rows, totals->lowest);
	mms_add(rows, totals->samples);
	mms_add(rows, totals->since);
}

static int mms_watermarks_fill(struct mms_rows *rows)
{
	struct mms_zone_totals totals;
	struct mms_look look;
	struct zone *zone;

	mms_for_each_zone(zone) {
		mms_zones_read(zone, mms_taken(rows), &look, &totals);
		mms_add_zone(rows, zone);
		mms_add_pages(rows, zone, &look);
		mms_add_bands(rows, &totals);
	}
	return 0;
}

static const struct mms_table mms_watermarks = {
	.subject = "zones",
	.name = "watermarks",
	.format = 1,
	MMS_COLUMNS(mms_watermarks_columns),
	.max_rows = mms_nr_zones,
	.fill = mms_watermarks_fill,
};

/* Calls @row for each zone, with a copy of how it moved. */
static int mms_for_histories(struct mms_rows *rows,
			     void (*row)(struct mms_rows *rows,
					 struct zone *zone,
					 struct mms_zone_history *history))
{
	struct mms_zone_history *history;
	struct zone *zone;

	history = kmalloc(sizeof(*history), GFP_KERNEL);
	if (!history)
		return -ENOMEM;
	mms_for_each_zone(zone) {
		mms_zones_history(zone, history);
		row(rows, zone, history);
	}
	kfree(history);
	return 0;
}

/* zones/crossings */

static const struct mms_column mms_crossings_columns[] = {
	MMS_NUMBER("node"), MMS_TEXT("zone"), MMS_NUMBER("at_ns"),
	MMS_TEXT("from"), MMS_TEXT("to"), MMS_NUMBER("free_pages"),
	MMS_NUMBER("min_pages"), MMS_NUMBER("low_pages"),
	MMS_NUMBER("high_pages"), MMS_TEXT("seen_by"),
};

static void mms_crossings_row(struct mms_rows *rows, struct zone *zone,
			      const struct mms_crossing *crossing)
{
	mms_add_zone(rows, zone);
	mms_add(rows, crossing->at);
	mms_add_name(rows, mms_zones_band_name(crossing->from));
	mms_add_name(rows, mms_zones_band_name(crossing->to));
	mms_add(rows, crossing->look.free);
	mms_add(rows, crossing->look.min);
	mms_add(rows, crossing->look.low);
	mms_add(rows, crossing->look.high);
	mms_add_name(rows, crossing->seen_by);
}

static void mms_crossings_zone(struct mms_rows *rows, struct zone *zone,
			       struct mms_zone_history *history)
{
	unsigned int i, n = mms_ring_count(&history->ring, MMS_CROSSINGS);

	for (i = 0; i < n; i++) {
		unsigned int at = mms_ring_at(&history->ring, MMS_CROSSINGS, i);

		mms_crossings_row(rows, zone, &history->crossings[at]);
	}
}

static unsigned int mms_crossings_max(void)
{
	struct zone *zone;
	unsigned int n = 0;

	mms_for_each_zone(zone)
		n += mms_zones_crossings_count(zone);
	return n;
}

static int mms_crossings_fill(struct mms_rows *rows)
{
	return mms_for_histories(rows, mms_crossings_zone);
}

static const struct mms_table mms_crossings = {
	.subject = "zones",
	.name = "crossings",
	.format = 1,
	MMS_COLUMNS(mms_crossings_columns),
	.max_rows = mms_crossings_max,
	.fill = mms_crossings_fill,
};

/* zones/stays */

static const struct mms_column mms_stays_columns[] = {
	MMS_NUMBER("node"), MMS_TEXT("zone"), MMS_TEXT("band"),
	MMS_NUMBER("at_least_ns"), MMS_NUMBER("below_ns"),
	MMS_NUMBER("stays_total"),
};

static void mms_stays_band(struct mms_rows *rows, struct zone *zone,
			   enum mms_band band, const struct mms_hist *stays)
{
	unsigned int i;

	for (i = 0; i < MMS_HIST_SLOTS; i++) {
		if (!stays->counts[i])
			continue;
		mms_add_zone(rows, zone);
		mms_add_name(rows, mms_zones_band_name(band));
		mms_add(rows, mms_hist_at_least(i));
		mms_add(rows, mms_hist_below(i));
		mms_add(rows, stays->counts[i]);
	}
}

static void mms_stays_zone(struct mms_rows *rows, struct zone *zone,
			   struct mms_zone_history *history)
{
	enum mms_band band;

	for (band = 0; band < MMS_NR_BANDS; band++)
		mms_stays_band(rows, zone, band, &history->stays[band]);
}

static unsigned int mms_stays_max(void)
{
	struct zone *zone;
	unsigned int n = 0;

	mms_for_each_zone(zone)
		n += mms_zones_stays_count(zone);
	return n;
}

static int mms_stays_fill(struct mms_rows *rows)
{
	return mms_for_histories(rows, mms_stays_zone);
}

static const struct mms_table mms_stays = {
	.subject = "zones",
	.name = "stays",
	.format = 1,
	MMS_COLUMNS(mms_stays_columns),
	.max_rows = mms_stays_max,
	.fill = mms_stays_fill,
};

/* zones/pressed */

static unsigned int mms_pressed_max(void)
{
	return mms_topk_rows(&mms_zones_pressed);
}

static int mms_pressed_fill(struct mms_rows *rows)
{
	return mms_topk_fill(rows, &mms_zones_pressed);
}

static const struct mms_table mms_pressed = {
	.subject = "zones",
	.name = "pressed",
	.format = 1,
	.columns = mms_topk_columns,
	.nr_columns = MMS_TOPK_COLUMNS,
	.max_rows = mms_pressed_max,
	.fill = mms_pressed_fill,
};

/* zones/lowmem_reserve */

static const struct mms_column mms_reserve_columns[] = {
	MMS_NUMBER("node"), MMS_TEXT("zone"), MMS_TEXT("highest_zone"),
	MMS_NUMBER("reserve_pages"),
};

static unsigned int mms_reserve_max(void)
{
	return mms_nr_zones() * MAX_NR_ZONES;
}

static int mms_reserve_fill(struct mms_rows *rows)
{
	struct zone *zone;
	enum zone_type i;

	mms_for_each_zone(zone)
		for (i = 0; i < MAX_NR_ZONES; i++) {
			mms_add_zone(rows, zone);
			mms_add_name(rows, mms_zones_name(i));
			mms_add(rows, mms_racy(zone->lowmem_reserve[i]));
		}
	return 0;
}

static const struct mms_table mms_reserve = {
	.subject = "zones",
	.name = "lowmem_reserve",
	.format = 1,
	MMS_COLUMNS(mms_reserve_columns),
	.max_rows = mms_reserve_max,
	.fill = mms_reserve_fill,
};

/* zones/pcp */

static const struct mms_column mms_pcp_columns[] = {
	MMS_NUMBER("node"), MMS_TEXT("zone"), MMS_NUMBER("cpu"),
	MMS_NUMBER("count_pages"), MMS_NUMBER("high_pages"),
	MMS_NUMBER("batch_pages"), MMS_NUMBER("high_min_pages"),
	MMS_NUMBER("high_max_pages"),
};

static unsigned int mms_pcp_max(void)
{
	return mms_nr_zones() * num_online_cpus();
}

static int mms_pcp_fill(struct mms_rows *rows)
{
	struct zone *zone;
	unsigned int cpu;

	mms_for_each_zone(zone)
		for_each_online_cpu(cpu) {
			struct mms_pcp pcp;

			mms_pcp_read(zone, cpu, &pcp);
			mms_add_zone(rows, zone);
			mms_add(rows, cpu);
			mms_add(rows, pcp.count);
			mms_add(rows, pcp.high);
			mms_add(rows, pcp.batch);
			mms_add_known(rows, pcp.high_min);
			mms_add_known(rows, pcp.high_max);
		}
	return 0;
}

static const struct mms_table mms_pcp_table = {
	.subject = "zones",
	.name = "pcp",
	.format = 1,
	MMS_COLUMNS(mms_pcp_columns),
	.guarded = true,
	.max_rows = mms_pcp_max,
	.fill = mms_pcp_fill,
};

/* zones/zonelists */

static const struct mms_column mms_zonelists_columns[] = {
	MMS_NUMBER("node"), MMS_TEXT("list"), MMS_NUMBER("position"),
	MMS_NUMBER("to_node"), MMS_TEXT("to_zone"),
};

/* ZONELIST_FALLBACK and ZONELIST_NOFALLBACK, as __GFP_THISNODE chooses. */
static const char *const mms_zonelist_names[MAX_ZONELISTS] = {
	"fallback",
#ifdef CONFIG_NUMA
	"thisnode",
#endif
};

/* The zone at a place of a zonelist, NULL at its end. */
static struct zone *mms_zonelist_zone(const struct zonelist *list,
				      unsigned int i)
{
	if (i >= MAX_ZONES_PER_ZONELIST)
		return NULL;
	return mms_racy(list->_zonerefs[i].zone);
}

/*
 * A sum over the order of all lists, by which a change is seen. Each place
 * counts with its position, so that two that changed places do not cancel out.
 */
static unsigned long mms_zonelists_sum(unsigned int *nr)
{
	unsigned long sum = 0;
	unsigned int i, list;
	struct zone *zone;
	int nid;

	*nr = 0;
	for_each_online_node(nid)
		for (list = 0; list < MAX_ZONELISTS; list++) {
			struct zonelist *zl =
				&NODE_DATA(nid)->node_zonelists[list];

			for (i = 0; (zone = mms_zonelist_zone(zl, i)); i++) {
				sum = sum * 31 + (unsigned long)zone;
				++*nr;
			}
			sum = sum * 31 + i;
		}
	return sum;
}

static unsigned int mms_zonelists_max(void)
{
	unsigned int nr;

	mms_zonelists_sum(&nr);
	return nr;
}

static void mms_zonelist_add(struct mms_rows *rows, int nid, unsigned int list)
{
	const struct zonelist *zl = &NODE_DATA(nid)->node_zonelists[list];
	struct zone *zone;
	unsigned int i;

	for (i = 0; (zone = mms_zonelist_zone(zl, i)); i++) {
		mms_add(rows, nid);
		mms_add_name(rows, mms_zonelist_names[list]);
		mms_add(rows, i);
		mms_add_zone(rows, zone);
	}
}

/*
 * The kernel rebuilds the lists in place. For memory hotplug the guard keeps us
 * out; but a node that comes online by its CPU rebuilds them too
 * (__try_online_node(), mm/memory_hotplug.c), and zonelist_update_seq is
 * static. So: the same before as after, or again.
 */
static int mms_zonelists_fill(struct mms_rows *rows)
{
	unsigned int list, nr;
	unsigned long before = mms_zonelists_sum(&nr);
	int nid;

	for_each_online_node(nid)
		for (list = 0; list < MAX_ZONELISTS; list++)
			mms_zonelist_add(rows, nid, list);
	return mms_zonelists_sum(&nr) == before ? 0 : -EAGAIN;
}

static const struct mms_table mms_zonelists = {
	.subject = "zones",
	.name = "zonelists",
	.format = 1,
	MMS_COLUMNS(mms_zonelists_columns),
	.guarded = true,
	.max_rows = mms_zonelists_max,
	.fill = mms_zonelists_fill,
};

/* zones/nodes */

static const struct mms_column mms_nodes_columns[] = {
	MMS_NUMBER("node"), MMS_NUMBER("has_memory"), MMS_NUMBER("has_cpu"),
	MMS_NUMBER("min_unmapped_pages"), MMS_NUMBER("min_slab_pages"),
	MMS_NUMBER("zone_reclaim_mode"),
};

static void mms_add_reclaim_mode(struct mms_rows *rows)
{
	int mode;

	if (mms_reclaim_mode &&
	    !copy_from_kernel_nofault(&mode, mms_reclaim_mode, sizeof(mode)))
		mms_add(rows, mode);
	else
		mms_add_unknown(rows);
}

static void mms_add_reclaim_pages(struct mms_rows *rows, int nid)
{
#ifdef CONFIG_NUMA
	const pg_data_t *pgdat = NODE_DATA(nid);

	mms_add(rows, mms_racy(pgdat->min_unmapped_pages));
	mms_add(rows, mms_racy(pgdat->min_slab_pages));
#else
	mms_add_unknown(rows);
	mms_add_unknown(rows);
#endif
}

static unsigned int mms_nodes_max(void)
{
	return num_online_nodes();
}

static int mms_nodes_fill(struct mms_rows *rows)
{
	int nid;

	for_each_online_node(nid) {
		mms_add(rows, nid);
		mms_add(rows, !!node_state(nid, N_MEMORY));
		mms_add(rows, !!node_state(nid, N_CPU));
		mms_add_reclaim_pages(rows, nid);
		mms_add_reclaim_mode(rows);
	}
	return 0;
}

static const struct mms_table mms_nodes = {
	.subject = "zones",
	.name = "nodes",
	.format = 1,
	MMS_COLUMNS(mms_nodes_columns),
	.max_rows = mms_nodes_max,
	.fill = mms_nodes_fill,
};

/* zones/distances */

static const struct mms_column mms_distances_columns[] = {
	MMS_NUMBER("node"), MMS_NUMBER("to_node"), MMS_NUMBER("distance"),
};

static unsigned int mms_distances_max(void)
{
	return num_online_nodes() * num_online_nodes();
}

static int mms_distances_fill(struct mms_rows *rows)
{
	int nid, to;

	for_each_online_node(nid)
		for_each_online_node(to) {
			mms_add(rows, nid);
			mms_add(rows, to);
			mms_add(rows, node_distance(nid, to));
		}
	return 0;
}

static const struct mms_table mms_distances = {
	.subject = "zones",
	.name = "distances",
	.format = 1,
	MMS_COLUMNS(mms_distances_columns),
	.max_rows = mms_distances_max,
	.fill = mms_distances_fill,
};

/* The subject */

static int mms_zones_init(void)
{
	mms_reclaim_mode = mms_data_symbol("node_reclaim_mode");
	return mms_zones_sample_init();
}

static const struct mms_table *const mms_zones_tables[] = {
	&mms_watermarks, &mms_crossings, &mms_stays, &mms_pressed,
	&mms_reserve, &mms_pcp_table, &mms_zonelists, &mms_nodes,
	&mms_distances, NULL,
};

static struct mms_group *const mms_zones_groups[] = {
	&mms_zones_group, NULL,
};

const struct mms_subject mms_zones = {
	.name = "zones",
	.tables = mms_zones_tables,
	.groups = mms_zones_groups,
	.memory_changed = mms_zones_memory_changed,
	.init = mms_zones_init,
	.exit = mms_zones_sample_exit,
	.start = mms_zones_sample_start,
	.stop = mms_zones_sample_stop,
	.reset = mms_zones_sample_reset,
	.bytes = mms_zones_sample_bytes,
};
