/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tables of pagewait say, and the views of mmscope pagewait. */
#ifndef MMS_PAGEWAIT_VIEW_H
#define MMS_PAGEWAIT_VIEW_H

#include "view.h"

#define PAGEWAIT_BUCKETS	256
#define PAGEWAIT_SIDE		16

/**
 * struct pagewait_bucket - who waits in a bucket
 * @waiters: how many
 * @folios: for how many different folios
 */
struct pagewait_bucket {
	uint64_t waiters;
	uint64_t folios;
};

/**
 * struct pagewait - the hash table now
 * @bucket: its buckets
 * @waiters: in all of them
 * @used: buckets with waiters
 * @shared: buckets with waiters for more than one folio
 * @folios: waited for
 * @longest: longest wait now, ns
 * @truncated: more waited than could be counted
 * @missing: why the kernel's table was not found; NULL if it was
 */
struct pagewait {
	struct pagewait_bucket bucket[PAGEWAIT_BUCKETS];
	uint64_t waiters;
	uint64_t used;
	uint64_t shared;
	uint64_t folios;
	struct mms_num longest;
	bool truncated;
	const char *missing;
};

/**
 * struct pagewait_spread - how even folios went over the buckets
 * @buckets: there are
 * @mean: folios that were waited for, a bucket
 * @chi: chi-square against all buckets being equal
 * @z: standard deviations that this is off what chance makes; above 0 for
 *	less even
 * @hottest: bucket with most of them
 * @most: how many it had
 */
struct pagewait_spread {
	size_t buckets;
	double mean;
	double chi;
	double z;
	uint64_t hottest;
	uint64_t most;
};

/**
 * struct pagewait_side - lines to stand beside the map
 * @line: text
 * @head: which are headings
 * @n: how many
 */
struct pagewait_side {
	struct mms_buf line[PAGEWAIT_SIDE];
	bool head[PAGEWAIT_SIDE];
	int n;
};

/**
 * pagewait_load() - read pagewait/table
 * @p: result
 * @v: view
 *
 * Return: false after saying what is wrong.
 */
bool pagewait_load(struct pagewait *p, struct view *v);

/**
 * pagewait_known() - a number of who waits now
 * @p: the table
 * @n: one of its sums
 *
 * Return: unknown if the table was not found.
 */
struct mms_num pagewait_known(const struct pagewait *p, uint64_t n);

/**
 * pagewait_sum() - sum of a column of a table
 * @v: view
 * @table: name
 * @col: name
 *
 * Return: unknown if no cell is known.
 */
struct mms_num pagewait_sum(struct view *v, const char *table,
			    const char *col);

/**
 * pagewait_spread() - test whether the hash spreads folios evenly
 * @v: view
 * @s: result
 *
 * Return: false if there are too few to tell.
 */
bool pagewait_spread(struct view *v, struct pagewait_spread *s);

/**
 * pagewait_even() - the result of that test in words
 * @s: result
 */
const char *pagewait_even(const struct pagewait_spread *s);

/**
 * pagewait_place() - append what a row's folio is
 * @v: view
 * @b: to append to
 * @t: a table with dev, inode, offset_bytes and pfn
 * @row: which row
 */
void pagewait_place(struct view *v, struct mms_buf *b,
		    const struct mms_table *t, size_t row);

/**
 * pagewait_beside() - write what stands beside the map
 * @v: view
 * @p: the table
 * @side: result; its lines are to be freed
 */
void pagewait_beside(struct view *v, const struct pagewait *p,
		     struct pagewait_side *side);

/**
 * pagewait_verdict() - say in plain words what the numbers mean
 * @v: view
 * @p: the table
 * @b: to append to
 */
void pagewait_verdict(struct view *v, const struct pagewait *p,
		      struct mms_buf *b);

/**
 * view_pagewait() - draw the table and who waits in it
 * @v: view
 * @all: list all waiters and all that is most waited for
 *
 * Return: false after saying what is wrong.
 */
bool view_pagewait(struct view *v, bool all);

/**
 * watch_pagewait() - report again and again
 * @v: view of the running kernel
 * @a: how often
 * @json: one JSON object a report
 *
 * Return: exit status.
 */
int watch_pagewait(struct view *v, const struct view_args *a, bool json);

#endif
