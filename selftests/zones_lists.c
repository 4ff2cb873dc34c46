// SPDX-License-Identifier: GPL-2.0-only
/*
 * zones/lowmem_reserve, zonelists, nodes and distances against /proc/zoneinfo,
 * the nodes' sysfs, /proc/sys/vm and the order that the kernel log tells. In
 * the third machine node 1 has no CPU and node 2 no memory.
 *
 * vm: --nodes 2 --cpus 2 --mem 3G --disk 512M
 * vm: --nodes 4 --cpus 4 --mem 4G --distances 0-1:16,0-2:32,0-3:22,1-2:22,1-3:32,2-3:16
 * vm: --nodes 3 --cpus 1,0,1 --mem 1G,1G,0 --distances 0-1:21,0-2:31,1-2:15
 */
/* First: it asks for all that the C library has */
#include "../kselftest_harness.h"

#include <sys/klog.h>

#include "mmstest.h"

#define SYSLOG_ACTION_READ_ALL 3
#define SYSLOG_ACTION_SIZE_BUFFER 10

#define MAX_NODES 64

FIXTURE(zones_lists) {
	bool loaded;
	struct mmt_saved saved;
};

FIXTURE_SETUP(zones_lists)
{
	if (geteuid())
		SKIP(_exit(MMT_SKIP_STATUS), "must be root");
	if (mmt_loaded())
		return;
	ASSERT_TRUE(mmt_load());
	self->loaded = true;
}

FIXTURE_TEARDOWN(zones_lists)
{
	mmt_restore(&self->saved);
	if (self->loaded)
		EXPECT_TRUE(mmt_unload());
}

static bool online(int node)
{
	return mmt_in_list(MMT_NODES "online", node);
}

/* lowmem_reserve */

static void check_reserve_row(struct __test_metadata *_metadata,
			      const struct mmt_table *table, int row,
			      const struct mmt_zone *zone, const char *highest,
			      long long pages)
{
	EXPECT_EQ(zone->node, mmt_number(table, row, "node"));
	EXPECT_STREQ(zone->name, mmt_text(table, row, "zone"));
	EXPECT_STREQ(highest, mmt_text(table, row, "highest_zone"));
	EXPECT_EQ(pages, mmt_number(table, row, "reserve_pages"));
}

/* The zones of each node are printed in their order, populated or not. */
static void check_reserve(struct __test_metadata *_metadata)
{
	const struct mmt_zone *zone;
	struct mmt_zoneinfo info;
	struct mmt_table table;
	int row = 0;

	ASSERT_TRUE(mmt_zoneinfo_read(&info));
	ASSERT_TRUE(mmt_table_read(&table, "zones/lowmem_reserve"));
	EXPECT_TRUE(mmt_taken_ok(&table));
	for (zone = mmt_populated(&info, NULL); zone;
	     zone = mmt_populated(&info, zone))
		for (int i = 0; i < zone->nr_protection; i++) {
			ASSERT_LT(row, table.rows);
			check_reserve_row(_metadata, &table, row++, zone,
					  zone[i - zone->index].name,
					  zone->protection[i]);
		}
	EXPECT_EQ(row, table.rows);
	mmt_table_free(&table);
	mmt_zoneinfo_free(&info);
}

TEST_F(zones_lists, lowmem_reserve)
{
	static const char *const ratios[] = {
		"32 32 32 32 32\n", "256 128 8 4 0\n", "1 1 1 1 1\n",
	};

	check_reserve(_metadata);
	ASSERT_TRUE(mmt_save(&self->saved, MMT_VM "lowmem_reserve_ratio"));
	for (size_t i = 0; i < ARRAY_SIZE(ratios); i++) {
		ASSERT_EQ(0, mmt_write(self->saved.path, ratios[i]));
		check_reserve(_metadata);
	}
}

/* distances */

/* Cuts the next number off a text; MMT_BAD at its end. */
static long long next_number(char **text)
{
	char *end;
	long long number = strtoll(*text, &end, 10);

	if (end == *text)
		return MMT_BAD;
	*text = end;
	return number;
}

static long long far(int node, int to)
{
	char path[64];
	char *text, *p;
	long long number = MMT_BAD;

	snprintf(path, sizeof(path), MMT_NODES "node%d/distance", node);
	text = mmt_slurp(path);
	p = text;
	/* One for each node that is online, in their order */
	for (int i = 0; p && i <= to; i++)
		if (online(i))
			number = next_number(&p);
	free(text);
	return number;
}

TEST_F(zones_lists, distances)
{
	struct mmt_table table;
	int row = 0;

	ASSERT_TRUE(mmt_table_read(&table, "zones/distances"));
	EXPECT_TRUE(mmt_taken_ok(&table));
	for (int node = 0; node < MAX_NODES; node++)
		for (int to = 0; online(node) && to < MAX_NODES; to++) {
			if (!online(to))
				continue;
			ASSERT_LT(row, table.rows);
			EXPECT_EQ(node, mmt_number(&table, row, "node"));
			EXPECT_EQ(to, mmt_number(&table, row, "to_node"));
			EXPECT_EQ(far(node, to),
				  mmt_number(&table, row, "distance"));
			row++;
		}
	EXPECT_EQ(row, table.rows);
	mmt_table_free(&table);
}

/* nodes */

/* What the kernel sets for a node: each zone's share of its pages, added up. */
static long long share(const struct mmt_zoneinfo *info, int node,
		       long long percent)
{
	const struct mmt_zone *zone;
	long long sum = 0;

	for (zone = mmt_populated(info, NULL); zone;
	     zone = mmt_populated(info, zone))
		if (zone->node == node)
			sum += zone->managed * percent / 100;
	return sum;
}

static void check_node(struct __test_metadata *_metadata,
		       const struct mmt_table *table, int row, int node)
{
	EXPECT_EQ(node, mmt_number(table, row, "node"));
	EXPECT_EQ(mmt_in_list(MMT_NODES "has_memory", node),
		  mmt_number(table, row, "has_memory"));
	EXPECT_EQ(mmt_in_list(MMT_NODES "has_cpu", node),
		  mmt_number(table, row, "has_cpu"));
	EXPECT_EQ(mmt_read_number(MMT_VM "zone_reclaim_mode"),
		  mmt_number(table, row, "zone_reclaim_mode"));
}

static void check_nodes(struct __test_metadata *_metadata, const char *column,
			long long percent)
{
	struct mmt_zoneinfo info;
	struct mmt_table table;
	int row = 0;

	ASSERT_TRUE(mmt_zoneinfo_read(&info));
	ASSERT_TRUE(mmt_table_read(&table, "zones/nodes"));
	EXPECT_TRUE(mmt_taken_ok(&table));
	for (int node = 0; node < MAX_NODES; node++) {
		if (!online(node))
			continue;
		ASSERT_LT(row, table.rows);
		check_node(_metadata, &table, row, node);
		if (column)
			EXPECT_EQ(share(&info, node, percent),
				  mmt_number(&table, row, column));
		row++;
	}
	EXPECT_EQ(row, table.rows);
	mmt_table_free(&table);
	mmt_zoneinfo_free(&info);
}

TEST_F(zones_lists, nodes)
{
	check_nodes(_metadata, NULL, 0);
}

TEST_F(zones_lists, zone_reclaim_mode)
{
	if (!mmt_save(&self->saved, MMT_VM "zone_reclaim_mode"))
		SKIP(return, "this kernel has no zone_reclaim_mode");
	for (int mode = 1; mode < 8; mode += 6) {
		ASSERT_EQ(0, mmt_write_number(self->saved.path, mode));
		check_nodes(_metadata, NULL, 0);
	}
}

/*
 * The kernel works the pages out at boot, when not all are managed yet, and
 * when the ratio is written.
 */
static void check_ratio(struct __test_metadata *_metadata,
			struct mmt_saved *saved, const char *column)
{
	static const int ratios[] = { 0, 1, 7, 33 };

	for (size_t i = 0; i < ARRAY_SIZE(ratios); i++) {
		ASSERT_EQ(0, mmt_write_number(saved->path, ratios[i]));
		check_nodes(_metadata, column, ratios[i]);
	}
}

TEST_F(zones_lists, min_unmapped)
{
	if (!mmt_save(&self->saved, MMT_VM "min_unmapped_ratio"))
		SKIP(return, "this kernel has no min_unmapped_ratio");
	check_ratio(_metadata, &self->saved, "min_unmapped_pages");
}

TEST_F(zones_lists, min_slab)
{
	if (!mmt_save(&self->saved, MMT_VM "min_slab_ratio"))
		SKIP(return, "this kernel has no min_slab_ratio");
	check_ratio(_metadata, &self->saved, "min_slab_pages");
}

/* zonelists */

/* An order of nodes. */
struct order {
	int node[MAX_NODES];
	int nr;
};

static bool has_zone(const struct mmt_zoneinfo *info, int node)
{
	const struct mmt_zone *zone;

	for (zone = mmt_populated(info, NULL); zone;
	     zone = mmt_populated(info, zone))
		if (zone->node == node)
			return true;
	return false;
}

static char *kernel_log(void)
{
	int size = klogctl(SYSLOG_ACTION_SIZE_BUFFER, NULL, 0);
	char *text = calloc(1, size + 1);

	if (!text || klogctl(SYSLOG_ACTION_READ_ALL, text, size) < 0) {
		free(text);
		return NULL;
	}
	return text;
}

/*
 * The order in which a node falls back to the others, as the kernel told it
 * last ("Fallback order for Node 0: 0 1", since 5.16), of those with memory.
 */
static bool told_order(const struct mmt_zoneinfo *info, int node,
		       struct order *order)
{
	char *log = kernel_log();
	char *at = NULL, *p = log;
	char what[64];
	long long number;

	order->nr = 0;
	snprintf(what, sizeof(what), "Fallback order for Node %d: ", node);
	while (p && (p = strstr(p, what))) {
		p += strlen(what);
		at = p;
	}
	if (at)
		at[strcspn(at, "\n")] = '\0';
	while (at && (number = next_number(&at)) >= 0)
		if (has_zone(info, number) && order->nr < MAX_NODES)
			order->node[order->nr++] = number;
	free(log);
	return order->nr;
}

/*
 * Where it is not told: itself, then the nearest, of two that are equally far
 * the one that comes next in number. The kernel also shares out nodes that are
 * equally far from several, so of three or more such any will do: what the
 * table says is only put in order as far as distances and numbers do.
 */
static bool nearer(int node, int a, int b)
{
	long long to_a = a == node ? 0 : far(node, a);
	long long to_b = b == node ? 0 : far(node, b);

	if (to_a != to_b)
		return to_a < to_b;
	return (a < node) < (b < node);
}

static void check_distances(struct __test_metadata *_metadata, int node,
			    const struct order *seen)
{
	for (int i = 1; i < seen->nr; i++)
		EXPECT_FALSE(nearer(node, seen->node[i], seen->node[i - 1]));
}

/* The zones of one node from the highest to the lowest. Gives the next row. */
static int check_node_zones(struct __test_metadata *_metadata,
			    const struct mmt_table *table, int row, int first,
			    const struct mmt_zoneinfo *info, int to)
{
	for (int i = info->nr - 1; i >= 0; i--) {
		const struct mmt_zone *zone = &info->zones[i];

		if (zone->node != to || zone->present <= 0)
			continue;
		EXPECT_EQ(row - first, mmt_number(table, row, "position"));
		EXPECT_EQ(to, mmt_number(table, row, "to_node"));
		EXPECT_STREQ(zone->name, mmt_text(table, row, "to_zone"));
		row++;
	}
	return row;
}

static bool is_list(const struct mmt_table *table, int row, int node,
		    const char *list)
{
	return row < table->rows && mmt_number(table, row, "node") == node &&
	       !strcmp(mmt_text(table, row, "list"), list);
}

static int check_fallback(struct __test_metadata *_metadata,
			  const struct mmt_table *table, int row,
			  const struct mmt_zoneinfo *info, int node)
{
	int first = row, told = 0, nodes = 0;
	struct order seen = {}, order;
	bool known = told_order(info, node, &order);

	while (is_list(table, row, node, "fallback")) {
		int to = mmt_number(table, row, "to_node");
		int next;

		ASSERT_TRUE(has_zone(info, to));
		next = check_node_zones(_metadata, table, row, first, info, to);
		ASSERT_GT(next, row);
		row = next;
		if (known)
			EXPECT_EQ(order.node[told++], to);
		ASSERT_LT(seen.nr, MAX_NODES);
		seen.node[seen.nr++] = to;
	}
	for (int i = 0; i < MAX_NODES; i++)
		nodes += has_zone(info, i);
	EXPECT_EQ(nodes, seen.nr);
	if (!known)
		check_distances(_metadata, node, &seen);
	return row;
}

static int check_thisnode(struct __test_metadata *_metadata,
			  const struct mmt_table *table, int row,
			  const struct mmt_zoneinfo *info, int node)
{
	int next = check_node_zones(_metadata, table, row, row, info, node);

	for (; row < next; row++)
		EXPECT_TRUE(is_list(table, row, node, "thisnode"));
	EXPECT_FALSE(is_list(table, row, node, "thisnode"));
	return row;
}

TEST_F(zones_lists, zonelists)
{
	struct mmt_zoneinfo info;
	struct mmt_table table;
	int row = 0;

	ASSERT_TRUE(mmt_zoneinfo_read(&info));
	ASSERT_TRUE(mmt_table_read(&table, "zones/zonelists"));
	EXPECT_TRUE(mmt_taken_ok(&table));
	for (int node = 0; node < MAX_NODES; node++) {
		if (!online(node))
			continue;
		ASSERT_TRUE(is_list(&table, row, node, "fallback"));
		row = check_fallback(_metadata, &table, row, &info, node);
		row = check_thisnode(_metadata, &table, row, &info, node);
	}
	EXPECT_EQ(row, table.rows);
	mmt_table_free(&table);
	mmt_zoneinfo_free(&info);
}

TEST_HARNESS_MAIN
