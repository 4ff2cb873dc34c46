/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the tests of the buddy tables compare them with: the kernel's own files
 * and the module mmscope_walk, all as lists of numbered things.
 */
#ifndef BUDDY_ORACLE_H
#define BUDDY_ORACLE_H

#include <stdbool.h>

#define BDY_MAX_ORDERS	16
#define BDY_MAX_TYPES	8
#define BDY_WALK	"/sys/kernel/debug/mmscope_walk/"

/**
 * struct bdy_free - free blocks of one list, or of one order
 * @node: the node
 * @zone: the zone
 * @type: the migratetype; "" where it is the sum over all of them
 * @order: the order
 * @blocks: how many
 * @capped: there are more than that
 */
struct bdy_free {
	int node;
	char zone[16];
	char type[16];
	int order;
	long long blocks;
	bool capped;
};

/**
 * struct bdy_frees - all of them, in the source's order
 * @list: these
 * @nr: how many
 */
struct bdy_frees {
	struct bdy_free *list;
	int nr;
};

/**
 * struct bdy_blocks - pageblocks of a zone by type, in /proc/pagetypeinfo
 * @node: the node
 * @zone: the zone
 * @counts: by type, as numbered by the kernel
 */
struct bdy_blocks {
	int node;
	char zone[16];
	long long counts[BDY_MAX_TYPES];
};

/**
 * struct bdy_types - what else /proc/pagetypeinfo tells
 * @pages_per_block: pages of a pageblock
 * @names: migratetypes, as numbered by the kernel
 * @nr_names: how many
 * @zones: pageblocks by zone
 * @nr_zones: how many
 */
struct bdy_types {
	long long pages_per_block;
	char names[BDY_MAX_TYPES][16];
	int nr_names;
	struct bdy_blocks zones[256];
	int nr_zones;
};

/**
 * struct bdy_span - where a zone lies
 * @node: the node
 * @zone: the zone
 * @start: its first page
 * @end: the page after its last
 */
struct bdy_span {
	int node;
	char zone[16];
	long long start;
	long long end;
};

/**
 * bdy_off - how far a value is from lying between two others
 * @value: the value
 * @a: one end
 * @b: the other; either may be the smaller one
 */
static inline long long bdy_off(long long value, long long a, long long b)
{
	long long low = a < b ? a : b, high = a < b ? b : a;

	return value < low ? low - value : value > high ? value - high : 0;
}

/**
 * bdy_pagetypes - free blocks by type and order, from /proc/pagetypeinfo
 * @frees: what was read; bdy_free_list() it
 */
bool bdy_pagetypes(struct bdy_frees *frees);

/**
 * bdy_buddyinfo - free blocks by order, from /proc/buddyinfo
 * @frees: what was read; bdy_free_list() it
 */
bool bdy_buddyinfo(struct bdy_frees *frees);

/**
 * bdy_walk - free blocks by type and order, from mmscope_walk
 * @frees: what was read; bdy_free_list() it
 * @types: the migratetypes' names
 */
bool bdy_walk(struct bdy_frees *frees, const struct bdy_types *types);

/**
 * bdy_free_list - give it back
 * @frees: what one of the above filled in
 */
void bdy_free_list(struct bdy_frees *frees);

/**
 * bdy_types_read - the rest of /proc/pagetypeinfo
 * @types: what was read
 */
bool bdy_types_read(struct bdy_types *types);

/**
 * bdy_type_number - the number of a migratetype, or -1
 * @types: the migratetypes
 * @name: its name
 */
int bdy_type_number(const struct bdy_types *types, const char *name);

/**
 * bdy_spans - where the populated zones lie, from /proc/zoneinfo
 * @spans: room for them
 * @room: how many there is room for
 *
 * Gives how many there are.
 */
int bdy_spans(struct bdy_span *spans, int room);

/**
 * bdy_walk_load - load mmscope_walk
 *
 * Gives false where there is none.
 */
bool bdy_walk_load(void);

/**
 * bdy_walk_unload - give all pages back and unload it
 */
void bdy_walk_unload(void);

/**
 * bdy_walk_do - have mmscope_walk take or give back pages
 * @format: as printf's, for a command of mmscope_walk/pages
 */
bool bdy_walk_do(const char *format, ...);

#endif
