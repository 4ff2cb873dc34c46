// SPDX-License-Identifier: GPL-2.0-only
/*
 * Flow: allocations and frees, all of them. That is as hot as it gets, so the
 * hooks are off until asked for, and do nothing but find a counter of this CPU
 * by what stands in the page's flags, and increment it.
 */
#include <linux/mm.h>
#include <linux/nodemask.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <trace/events/kmem.h>

#include "buddy.h"
#include "zones.h"

/**
 * struct mms_flow - what one node gave and got back
 * @allocs: allocations by zone, order and migratetype
 * @frees: frees by zone and order
 */
struct mms_flow {
	u64 allocs[MAX_NR_ZONES][MMS_NR_ORDERS][MIGRATE_TYPES];
	u64 frees[MAX_NR_ZONES][MMS_NR_ORDERS];
};

/**
 * struct mms_flows - that of all possible nodes
 * @base: what had been counted at the last reset, by node
 * @nodes: the counts; a block for each node, since percpu memory has its limits
 */
struct mms_flows {
	struct mms_flow *base;
	struct mms_flow __percpu *nodes[];
};

/* There since the group was first on, until the module goes. */
static struct mms_flows *mms_flows;

/* An allocation that failed fires it too. */
static void mms_on_page_alloc(void *data, struct page *page, unsigned int order,
			      gfp_t gfp, int type)
{
	mms_hook_hit(data);
	if (page && order < MMS_NR_ORDERS && (unsigned int)type < MIGRATE_TYPES)
		this_cpu_inc(mms_flows->nodes[mms_page_nid(page)]->allocs
			     [mms_page_zonenum(page)][order][type]);
}

/* Fires for whatever is freed, to a CPU's set or in a batch too. */
static void mms_on_page_free(void *data, struct page *page, unsigned int order)
{
	mms_hook_hit(data);
	if (order < MMS_NR_ORDERS)
		this_cpu_inc(mms_flows->nodes[mms_page_nid(page)]->frees
			     [mms_page_zonenum(page)][order]);
}

MMS_CHECK_TRACEPOINT(mm_page_alloc, mms_on_page_alloc)
MMS_CHECK_TRACEPOINT(mm_page_free, mms_on_page_free)

static struct mms_hook mms_flow_hooks[] = {
	MMS_TRACEPOINT(mm_page_alloc, mms_on_page_alloc),
	MMS_TRACEPOINT(mm_page_free, mms_on_page_free),
};

static void mms_flows_free(struct mms_flows *flows)
{
	int nid;

	if (!flows)
		return;
	for_each_node(nid)
		free_percpu(flows->nodes[nid]);
	kvfree(flows->base);
	kfree(flows);
}

static struct mms_flows *mms_flows_alloc(void)
{
	struct mms_flows *flows;
	bool ok;
	int nid;

	flows = kzalloc(struct_size(flows, nodes, nr_node_ids), GFP_KERNEL);
	if (!flows)
		return NULL;
	flows->base = kvcalloc(nr_node_ids, sizeof(*flows->base), GFP_KERNEL);
	ok = flows->base;
	for_each_node(nid) {
		flows->nodes[nid] = alloc_percpu(struct mms_flow);
		ok &= !!flows->nodes[nid];
	}
	if (ok)
		return flows;
	mms_flows_free(flows);
	return NULL;
}

static int mms_flows_on(void)
{
	struct mms_flows *flows;

	if (mms_flows)
		return 0;
	flows = mms_flows_alloc();
	if (!flows)
		return -ENOMEM;
	/* Pairs with mms_flows_get(). */
	smp_store_release(&mms_flows, flows);
	return 0;
}

struct mms_group mms_alloc_group = {
	.name = "alloc",
	.on_first = mms_flows_on,
	MMS_HOOKS(mms_flow_hooks),
};

/* For readers, who may come while the group goes on. NULL before that. */
static struct mms_flows *mms_flows_get(void)
{
	/* Pairs with mms_flows_on(): what it points to is there. */
	return smp_load_acquire(&mms_flows);
}

/* The same counter of all CPUs, @at bytes into the node's block. */
static u64 mms_flow_sum(const struct mms_flows *flows, int nid, size_t at)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(*(u64 *)((char *)per_cpu_ptr(flows->nodes[nid],
							      cpu) + at));
	return sum;
}

static u64 mms_flow_since(const struct mms_flows *flows, int nid, size_t at)
{
	/* What is summed up is no older than what it was at the last reset. */
	u64 base = smp_load_acquire((u64 *)((char *)&flows->base[nid] + at));

	return mms_flow_sum(flows, nid, at) - base;
}

static const struct mms_column mms_flow_columns[] = {
	MMS_NUMBER("node"), MMS_TEXT("zone"), MMS_NUMBER("order"),
	MMS_TEXT("migratetype"), MMS_NUMBER("allocations_total"),
	MMS_NUMBER("frees_total"),
};

static void mms_allocs_row(struct mms_rows *rows, const struct mms_flows *flows,
			   struct zone *zone, unsigned int order, int type)
{
	size_t at = offsetof(struct mms_flow, allocs) + sizeof(u64) *
		    ((zone_idx(zone) * MMS_NR_ORDERS + order) * MIGRATE_TYPES +
		     type);
	u64 n = mms_flow_since(flows, zone_to_nid(zone), at);

	if (!n)
		return;
	mms_add_zone(rows, zone);
	mms_add(rows, order);
	mms_add_name(rows, mms_migratetype_name(type));
	mms_add(rows, n);
	mms_add_unknown(rows);
}

/* Who frees says nothing of a migratetype. */
static void mms_frees_row(struct mms_rows *rows, const struct mms_flows *flows,
			  struct zone *zone, unsigned int order)
{
	size_t at = offsetof(struct mms_flow, frees) +
		    sizeof(u64) * (zone_idx(zone) * MMS_NR_ORDERS + order);
	u64 n = mms_flow_since(flows, zone_to_nid(zone), at);

	if (!n)
		return;
	mms_add_zone(rows, zone);
	mms_add(rows, order);
	mms_add_unknown(rows);
	mms_add_unknown(rows);
	mms_add(rows, n);
}

static void mms_flow_zone(struct mms_rows *rows, const struct mms_flows *flows,
			  struct zone *zone)
{
	unsigned int order;
	int type;

	for (order = 0; order < MMS_NR_ORDERS; order++) {
		for (type = 0; type < MIGRATE_TYPES; type++)
			mms_allocs_row(rows, flows, zone, order, type);
		mms_frees_row(rows, flows, zone, order);
	}
}

static unsigned int mms_flow_max(void)
{
	if (!mms_flows_get())
		return 0;
	return mms_nr_zones() * MMS_NR_ORDERS * (MIGRATE_TYPES + 1);
}

static int mms_flow_fill(struct mms_rows *rows)
{
	const struct mms_flows *flows = mms_flows_get();
	struct zone *zone;

	if (!flows)
		return 0;
	mms_for_each_zone(zone) {
		mms_flow_zone(rows, flows, zone);
		cond_resched();
	}
	return 0;
}

const struct mms_table mms_buddy_flow = {
	.subject = "buddy",
	.name = "flow",
	.format = 1,
	MMS_COLUMNS(mms_flow_columns),
	.max_rows = mms_flow_max,
	.fill = mms_flow_fill,
};

void mms_buddy_flow_reset(void)
{
	struct mms_flows *flows = mms_flows_get();
	size_t at;
	int nid;

	if (!flows)
		return;
	for_each_node(nid)
		for (at = 0; at < sizeof(struct mms_flow); at += sizeof(u64)) {
			/* Pairs with mms_flow_since(). */
			smp_store_release((u64 *)((char *)&flows->base[nid] + at),
					  mms_flow_sum(flows, nid, at));
			cond_resched();
		}
}

void mms_buddy_flow_exit(void)
{
	mms_flows_free(mms_flows);
	mms_flows = NULL;
}

size_t mms_buddy_flow_bytes(void)
{
	if (!mms_flows_get())
		return 0;
	return struct_size(mms_flows, nodes, nr_node_ids) +
	       (nr_node_ids + num_possible_nodes() * num_possible_cpus()) *
	       sizeof(struct mms_flow);
}
