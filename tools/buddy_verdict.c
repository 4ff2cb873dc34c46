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

/* Of those that took but a part of a pageblock, or the whole of one. */
static uint64_t taken(const struct mms_table *t, size_t row, bool whole)
{
	uint64_t wholes = view_num(t, row, "whole_pageblock_total").v;
	uint64_t all = view_num(t, row, "fallbacks_total").v;

	return whole ? wholes : all > wholes ? all - wholes : 0;
}

static bool find_most(const struct mms_table *t, bool whole, size_t *at)
{
	uint64_t most = MANY - 1;
	size_t i;

	for (i = 0; t && i < t->nrows; i++) {
		if (taken(t, i, whole) > most) {
			most = taken(t, i, whole);
			*at = i;
		}
	}
	return most >= MANY;
}

static void say_from_to(struct view *v, struct mms_buf *b,
			const struct mms_table *t, size_t row)
{
	view_say(v, b, t, row, "from");
	mms_buf_printf(b, " to ");
	view_say(v, b, t, row, "to");
	mms_buf_printf(b, " on node %s ", view_text(t, row, "node"));
	view_say(v, b, t, row, "zone");
}

/* Those that mix pageblocks are what fragments memory for good. */
static void say_fallbacks(struct view *v, struct mms_buf *b)
{
	const struct mms_table *t = mms_snapshot_table(v->s, "buddy/fallbacks");
	size_t at;

	if (find_most(t, false, &at)) {
		mms_buf_printf(b, "%s fallbacks from ",
			       mms_count(taken(t, at, false)).s);
		say_from_to(v, b, t, at);
		mms_buf_printf(b, " took but a part of a pageblock, which is mixed now. ");
	}
	if (find_most(t, true, &at)) {
		mms_buf_printf(b, "%s whole pageblocks went from ",
			       mms_count(taken(t, at, true)).s);
		say_from_to(v, b, t, at);
		mms_buf_printf(b, ", which had no free block of its own. ");
	}
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
	view_say_off(v, text, "buddy");
}
