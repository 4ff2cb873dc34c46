// SPDX-License-Identifier: GPL-2.0-only
/* What the tables of buddy say of each zone. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buddy_view.h"
#include "lib/text.h"

static void copy_name(char name[BUDDY_NAME], const struct view *v,
		      const struct mms_table *t, size_t row, const char *col)
{
	struct mms_buf b = { 0 };

	view_say(v, &b, t, row, col);
	/* A name cut within a character would be no text. */
	snprintf(name, BUDDY_NAME, "%s", b.len < BUDDY_NAME ? b.data : "?");
	mms_buf_free(&b);
}

static struct buddy_zone *find_zone(struct buddy *b, int node,
				    const char *name)
{
	size_t i;

	for (i = 0; i < b->n; i++) {
		if (b->zone[i].node == node && !strcmp(b->zone[i].zone, name))
			return &b->zone[i];
	}
	return NULL;
}

static struct buddy_zone *get_zone(struct buddy *b, const struct view *v,
				   const struct mms_table *t, size_t row)
{
	int node = view_num(t, row, "node").v;
	struct buddy_zone *z;
	char name[BUDDY_NAME];

	copy_name(name, v, t, row, "zone");
	z = find_zone(b, node, name);
	if (z)
		return z;
	b->zone = mms_realloc(b->zone, b->n + 1, sizeof(*b->zone));
	z = &b->zone[b->n++];
	memset(z, 0, sizeof(*z));
	z->node = node;
	memcpy(z->zone, name, sizeof(z->zone));
	return z;
}

static struct buddy_type *get_type(struct buddy_zone *z, const struct view *v,
				   const struct mms_table *t, size_t row)
{
	char name[BUDDY_NAME];
	size_t i;

	copy_name(name, v, t, row, "migratetype");
	for (i = 0; i < z->ntypes; i++) {
		if (!strcmp(z->type[i].name, name))
			return &z->type[i];
	}
	if (z->ntypes == BUDDY_TYPES)
		return NULL;
	memcpy(z->type[i].name, name, sizeof(name));
	return &z->type[z->ntypes++];
}

static void count_order(struct buddy *b, size_t order)
{
	if (order >= b->norders)
		b->norders = order + 1;
}

static void load_row(struct buddy *b, const struct view *v,
		     const struct mms_table *t, size_t row)
{
	struct buddy_zone *z = get_zone(b, v, t, row);
	struct buddy_type *type = get_type(z, v, t, row);
	struct mms_num order = view_num(t, row, "order");

	if (!type || !order.ok || order.v >= BUDDY_ORDERS)
		return;
	type->blocks[order.v] += view_num(t, row, "free_blocks").v;
	z->inexact |= view_same(t, row, "exact", 0);
	count_order(b, order.v);
}

static void load_index(struct buddy *b, const struct view *v,
		       const struct mms_table *t, size_t row)
{
	struct mms_num order = view_num(t, row, "order");
	struct buddy_zone *z = get_zone(b, v, t, row);

	if (!order.ok || order.v >= BUDDY_ORDERS)
		return;
	count_order(b, order.v);
	z->unusable[order.v] = view_num(t, row, "unusable_index");
	z->fragmentation[order.v] = view_num(t, row, "fragmentation_index");
}

/* Zones are looked for by every row: not more of them than fits. */
static bool load_rows(struct buddy *b, struct view *v,
		      const struct mms_table *t,
		      void (*load)(struct buddy *b, const struct view *v,
				   const struct mms_table *t, size_t row))
{
	size_t i;

	for (i = 0; t && i < t->nrows; i++) {
		load(b, v, t, i);
		if (!mms_snapshot_fits(v->s, b->n, t))
			return false;
	}
	return true;
}

bool buddy_load(struct buddy *b, struct view *v)
{
	const struct mms_table *t = view_table(v, "buddy/free"), *index;

	memset(b, 0, sizeof(*b));
	if (!t || !mms_snapshot_has_nodes(v->s, t))
		return false;
	/* It has all zones and orders, also those where nothing is free. */
	index = mms_snapshot_table(v->s, "buddy/index");
	if (!load_rows(b, v, index, load_index) ||
	    !load_rows(b, v, t, load_row) ||
	    !mms_snapshot_fits(v->s, b->n,
			       mms_snapshot_table(v->s, "zones/pcp"))) {
		buddy_free(b);
		return false;
	}
	return true;
}

void buddy_free(struct buddy *b)
{
	free(b->zone);
	memset(b, 0, sizeof(*b));
}

double buddy_pages(const struct buddy_zone *z, size_t order)
{
	double sum = 0;
	size_t i, k;

	for (i = 0; i < z->ntypes; i++) {
		for (k = order; k < BUDDY_ORDERS; k++)
			sum += z->type[i].blocks[k] * (double)(1UL << k);
	}
	return sum;
}

int buddy_largest(const struct buddy_zone *z, double *blocks)
{
	size_t i;
	int k;

	for (k = BUDDY_ORDERS - 1; k >= 0; k--) {
		*blocks = 0;
		for (i = 0; i < z->ntypes; i++)
			*blocks += z->type[i].blocks[k];
		if (*blocks > 0)
			break;
	}
	return k;
}

struct mms_num buddy_flow(struct view *v, const struct buddy_zone *z,
			  const char *col)
{
	const struct mms_table *t = mms_snapshot_table(v->s, "buddy/flow");
	struct mms_num sum = { .ok = t && t->nrows };
	struct mms_num n, order;
	char name[BUDDY_NAME];
	size_t i;

	for (i = 0; t && i < t->nrows; i++) {
		copy_name(name, v, t, i, "zone");
		n = view_num(t, i, col);
		order = view_num(t, i, "order");
		if (n.ok && order.ok && order.v < BUDDY_ORDERS &&
		    view_same(t, i, "node", z->node) && !strcmp(name, z->zone))
			sum.v += n.v << order.v;
	}
	return sum;
}

struct mms_num buddy_fallbacks(struct view *v, const struct buddy_zone *z,
			       const char *col)
{
	const struct mms_table *t = mms_snapshot_table(v->s, "buddy/fallbacks");
	struct mms_num sum = { .ok = t };
	char name[BUDDY_NAME];
	size_t i;

	for (i = 0; t && i < t->nrows; i++) {
		copy_name(name, v, t, i, "zone");
		if (view_same(t, i, "node", z->node) && !strcmp(name, z->zone))
			sum.v = mms_sum(sum.v, view_num(t, i, col).v);
	}
	return sum;
}
