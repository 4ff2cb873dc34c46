// SPDX-License-Identifier: GPL-2.0-only
/* What the numbers of buddy mean, in plain words. */
#include "buddy_view.h"

/* From here on, of 1000, most free memory is of no use for huge pages. */
#define FRAGMENTED	500
/* So many fallbacks are a habit. */
#define MANY		10

static void say_fragmented(struct view *v, struct mms_buf *b,
			   const struct buddy_zone *z)
{
	struct mms_num u = z->unusable[BUDDY_HUGE];

	if (!u.ok || u.v < FRAGMENTED || u.v > 1000)
		return;
	mms_buf_printf(b, "node %d %s is fragmented: %s of its %s free ",
		       z->node, z->zone, mms_percent(u.v, 1000).s,
		       mms_size_long(buddy_pages(z, 0) * v->page).s);
	mms_buf_printf(b, "are in blocks too small for order %d (%s). ",
		       BUDDY_HUGE,
		       mms_size_long(v->page * (1 << BUDDY_HUGE)).s);
}

/* The smallest order that cannot be had, and why. */
static void say_failing(struct mms_buf *b, const struct buddy *all,
			const struct buddy_zone *z)
{
	struct mms_num f;
	size_t k;

	for (k = 0; k < all->norders; k++) {
		f = z->fragmentation[k];
		if (!f.ok || f.v > 1000)
			continue;
		mms_buf_printf(b, "node %d %s has no block of order %zu: ",
			       z->node, z->zone, k);
		mms_buf_printf(b, f.v >= FRAGMENTED ?
			       "what is free is in pieces (index %.2f), compaction can help. " :
			       "memory is short (index %.2f), only reclaim can help. ",
			       (double)f.v / 1000);
		return;
	}
}

static void say_fallbacks(struct view *v, struct mms_buf *b)
{
	const struct mms_table *t = mms_snapshot_table(v->s, "buddy/fallbacks");
	struct mms_num n, most = { 0 };
	size_t i, at = 0;

	for (i = 0; t && i < t->nrows; i++) {
		n = view_num(t, i, "whole_pageblock_total");
		if (n.v > most.v) {
			most = n;
			at = i;
		}
	}
	if (most.v < MANY)
		return;
	mms_buf_printf(b, "On node %s ", view_text(t, at, "node"));
	view_say(v, b, t, at, "zone");
	mms_buf_printf(b, ", %s whole pageblocks went from ",
		       mms_count(most.v).s);
	view_say(v, b, t, at, "from");
	mms_buf_printf(b, " to ");
	view_say(v, b, t, at, "to");
	mms_buf_printf(b, ", for want of free blocks of that type. ");
}

void buddy_verdict(struct view *v, const struct buddy *b, struct mms_buf *text)
{
	bool known = false, inexact = false;
	size_t i;

	for (i = 0; i < b->n; i++) {
		say_fragmented(v, text, &b->zone[i]);
		say_failing(text, b, &b->zone[i]);
		known |= b->zone[i].unusable[BUDDY_HUGE].ok;
		inexact |= b->zone[i].inexact;
	}
	if (!text->len && known)
		mms_buf_printf(text, "at least half of each zone's free memory is in order %d up. ",
			       BUDDY_HUGE);
	say_fallbacks(v, text);
	if (inexact)
		mms_buf_printf(text, "~ means that the lists changed while they were counted. ");
}
