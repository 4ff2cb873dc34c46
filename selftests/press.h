/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pressure on one node: all but a part of its memory is taken away, its marks
 * are set, and a helper reads more into the page cache than the rest can hold.
 */
#ifndef PRESS_H
#define PRESS_H

#include <stdbool.h>
#include <sys/types.h>

#include "mmstest.h"

/**
 * struct press - a node under pressure
 * @node: the node
 * @zone: its one zone
 * @zones: names of the zones of a node, by index
 * @managed: pages of our zone
 * @all: pages of all zones that share min_free_kbytes
 * @cgroup: inode of the helper's own cgroup, 0 where there is none
 * @pid: the helper, 0 for none
 * @disk: what the cache may be filled from, open until press_drop()
 */
struct press {
	int node;
	char zone[16];
	char zones[MMT_MAX_ZONES][16];
	long long managed;
	long long all;
	long long cgroup;
	pid_t pid;
	int disk;
	/* private: what press_end() gives back */
	char huge_path[96];
	struct mmt_saved huge;
	struct mmt_saved scale;
	struct mmt_saved min_free;
	struct mmt_saved boost;
	struct mmt_saved fraction;
};

/**
 * struct press_look - our zone in /proc/zoneinfo
 * @at: when
 * @free: free pages
 * @min: with the boost
 * @low: with the boost
 * @high: with the boost
 * @hopeless: node_unreclaimable
 */
struct press_look {
	long long at;
	long long free;
	long long min;
	long long low;
	long long high;
	long long hopeless;
};

/**
 * press_begin - choose a node with one zone, not the first, and fill it
 * @press: press_end() it in any case
 *
 * Gives NULL, or what is missing on this machine.
 */
const char *press_begin(struct press *press);

/**
 * press_end - stop the helper and give everything back
 * @press: what press_begin() had
 */
void press_end(struct press *press);

/**
 * press_set_min - set the marks of our zone
 * @press: the node
 * @pages: its new min mark
 */
bool press_set_min(const struct press *press, long long pages);

/**
 * press_look - look at our zone
 * @press: the node
 * @look: what it was like
 */
bool press_look(const struct press *press, struct press_look *look);

/**
 * press_start - let the helper read into the cache until it is stopped
 * @press: the node
 * @mib_a_second: how fast
 */
bool press_start(struct press *press, long long mib_a_second);

/**
 * press_hold - let the helper do nothing more, but live
 * @press: the node
 */
void press_hold(const struct press *press);

/**
 * press_stop - end the helper
 * @press: the node
 */
void press_stop(struct press *press);

/**
 * press_drop - drop the cache that it has filled
 * @press: the node; press_end() is all that may follow
 */
void press_drop(struct press *press);

/**
 * press_bind - let this process have memory of our node only
 * @press: the node
 */
bool press_bind(const struct press *press);

#endif
