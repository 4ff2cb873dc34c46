// SPDX-License-Identifier: GPL-2.0-only
/* What stands beside the map of the hash table. */
#include <stdlib.h>
#include <string.h>

#include "lib/text.h"
#include "pagewait_view.h"

#define TOP		3
#define BITS		3
#define MAX_BITS	32
#define SLOTS		64
#define BAR		8
#define PLACE		22

/* The next line; there are never more than stand beside the map. */
static struct mms_buf *next_line(struct pagewait_side *side, bool head)
{
	if (side->n == PAGEWAIT_SIDE)
		side->n--;
	side->head[side->n] = head;
	return &side->line[side->n++];
}

static void add_now(const struct pagewait *p, struct pagewait_side *side)
{
	struct mms_buf *b = next_line(side, false);

	if (p->missing) {
		mms_buf_printf(b, "who waits is not known");
		return;
	}
	mms_buf_printf(b, "%s%s waiters, %s folios, %s of %d buckets",
		       mms_count(p->waiters).s, p->truncated ? "+" : "",
		       mms_count(p->folios).s, mms_count(p->used).s,
		       PAGEWAIT_BUCKETS);
	b = next_line(side, false);
	mms_buf_printf(b, "longest wait now %s; %s bucket%s shared",
		       p->longest.ok ? mms_time(p->longest.v).s : "-",
		       mms_count(p->shared).s, p->shared == 1 ? "" : "s");
}

static void add_wake(const struct mms_table *t, size_t i,
		     struct pagewait_side *side)
{
	static const char *const cols[] = {
		"calls_total", "visited_total", "woken_total",
		"other_folio_total",
	};
	struct mms_buf *b = next_line(side, false);
	struct mms_num n;
	size_t k;

	mms_buf_printf(b, "%-9.9s", view_text(t, i, "bit"));
	for (k = 0; k < MMS_ARRAY_SIZE(cols); k++) {
		n = view_num(t, i, cols[k]);
		mms_buf_printf(b, " %7s", n.ok ? mms_count(n.v).s : "-");
	}
}

static void add_wakes(struct view *v, struct pagewait_side *side)
{
	const struct mms_table *t = mms_snapshot_table(v->s, "pagewait/wakes");
	struct mms_num bits, refused;
	size_t i, n = 0;

	if (!t)
		return;
	mms_buf_printf(next_line(side, true),
		       "wakes       calls visited   woken collide");
	for (i = 0; i < t->nrows && n < BITS; i++) {
		if (!view_num(t, i, "calls_total").v)
			continue;
		add_wake(t, i, side);
		n++;
	}
	bits = pagewait_sum(v, "pagewait/wakes", "other_bit_total");
	refused = pagewait_sum(v, "pagewait/wakes", "refused_total");
	if (bits.v || refused.v)
		mms_buf_printf(next_line(side, false),
			       "besides: %s other bit, %s refused",
			       mms_count(bits.v).s, mms_count(refused.v).s);
}

/* How many waits of a bit took from each power of two on, all nodes. */
struct latency {
	uint64_t slot[SLOTS];
	uint64_t all;
	uint64_t unseen;
	int first;
	int last;
};

static int log2_of(uint64_t n)
{
	int k = 0;

	while (n >>= 1)
		k++;
	return k;
}

static void add_waits(struct latency *l, const struct mms_table *t,
		      const char *bit)
{
	struct mms_num from, n;
	size_t i;
	int k;

	memset(l, 0, sizeof(*l));
	l->first = SLOTS;
	for (i = 0; i < t->nrows; i++) {
		from = view_num(t, i, "at_least_ns");
		n = view_num(t, i, "waits_total");
		if (strcmp(view_text(t, i, "bit"), bit) || !n.v)
			continue;
		l->all = mms_sum(l->all, n.v);
		if (!from.ok) {
			l->unseen = mms_sum(l->unseen, n.v);
			continue;
		}
		k = log2_of(from.v);
		l->slot[k] = mms_sum(l->slot[k], n.v);
		l->first = k < l->first ? k : l->first;
		l->last = k > l->last ? k : l->last;
	}
}

static void add_level(struct view *v, struct mms_buf *b, double share)
{
	static const char ascii[] = ".__--==##";
	int n = share >= 1 ? 8 : (int)(share * 8 + 0.5);

	if (share > 0 && !n)
		n = 1;
	if (!v->out.utf8)
		mms_buf_printf(b, "%c", ascii[n]);
	else
		mms_utf8_add(b, n ? 0x2580 + n : 0xb7);
}

/* The power of two that at least half of the waits stayed below. */
static int half_below(const struct latency *l)
{
	uint64_t sum = 0, seen = l->all - l->unseen;
	int k;

	for (k = l->first; k < l->last; k++) {
		sum = mms_sum(sum, l->slot[k]);
		if (sum >= seen - seen / 2)
			break;
	}
	return k + 1 < SLOTS ? k + 1 : k;
}

static void add_histogram(struct view *v, const struct latency *l,
			  const char *bit, struct pagewait_side *side)
{
	int first = l->last - l->first >= BAR ? l->last - BAR + 1 : l->first;
	struct mms_buf *b = next_line(side, false);
	uint64_t most = 1, n;
	int k;

	for (k = l->first; k <= l->last; k++)
		most = l->slot[k] > most ? l->slot[k] : most;
	mms_buf_printf(b, "%-9.9s%6s", bit, mms_count(l->all).s);
	if (l->first > l->last)
		return;
	mms_buf_printf(b, " %s%s ", first > l->first ? "<" : "",
		       mms_time(UINT64_C(1) << first).s);
	for (k = first; k <= l->last; k++) {
		n = l->slot[k];
		add_level(v, b, (double)n / (double)most);
	}
	mms_buf_printf(b, " half <%s",
		       mms_time(UINT64_C(1) << half_below(l)).s);
}

static bool seen_before(const struct mms_table *t, size_t row)
{
	size_t i;

	for (i = 0; i < row; i++) {
		if (!strcmp(view_text(t, i, "bit"), view_text(t, row, "bit")))
			return true;
	}
	return false;
}

static void add_latency(struct view *v, struct pagewait_side *side)
{
	const struct mms_table *t = mms_snapshot_table(v->s,
						       "pagewait/latency");
	size_t i, n = 0, bits = 0;
	struct latency l;

	if (!t || !t->nrows)
		return;
	mms_buf_printf(next_line(side, true), "waits that ended, by length");
	for (i = 0; i < t->nrows && n < BITS && bits < MAX_BITS; i++) {
		if (seen_before(t, i))
			continue;
		bits++;
		add_waits(&l, t, view_text(t, i, "bit"));
		if (!l.all)
			continue;
		add_histogram(v, &l, view_text(t, i, "bit"), side);
		n++;
	}
}

static void add_spread(struct view *v, struct pagewait_side *side)
{
	struct pagewait_spread s;
	struct mms_buf *b;
	bool enough = pagewait_spread(v, &s);

	if (!s.buckets)
		return;
	mms_buf_printf(next_line(side, true), "folios waited for, over the buckets");
	b = next_line(side, false);
	mms_buf_printf(b, "%.1f folios a bucket, most %s", s.mean,
		       mms_count(s.most).s);
	b = next_line(side, false);
	if (enough)
		mms_buf_printf(b, "chi-square %.0f/%zu: %s", s.chi,
			       s.buckets - 1, pagewait_even(&s));
	else
		mms_buf_printf(b, "too few to say how even");
}

/* What is sure of the time: a list that is bounded counts too much. */
static uint64_t surely_waited(const struct mms_table *t, size_t row)
{
	uint64_t waited = view_num(t, row, "waited_ns").v;
	uint64_t error = view_num(t, row, "error_ns").v;

	return error < waited ? waited - error : 0;
}

static int longer_first(const void *a, const void *b, void *table)
{
	uint64_t x = surely_waited(table, *(const size_t *)a);
	uint64_t y = surely_waited(table, *(const size_t *)b);

	return x < y ? 1 : x > y ? -1 : 0;
}

static void add_top_row(struct view *v, const struct mms_table *t, size_t i,
			struct pagewait_side *side)
{
	struct mms_buf place = { 0 };

	view_say(v, &place, t, i, "what");
	mms_buf_printf(&place, " ");
	pagewait_place(v, &place, t, i);
	mms_buf_printf(next_line(side, false), "%-*.*s %6s in %s", PLACE + 4,
		       PLACE + 4, place.data,
		       mms_time(surely_waited(t, i)).s,
		       mms_count(view_num(t, i, "waits_total").v).s);
	mms_buf_free(&place);
}

static void add_top(struct view *v, struct pagewait_side *side)
{
	const struct mms_table *t = mms_snapshot_table(v->s, "pagewait/top");
	size_t *order, i;

	if (!t || !t->nrows)
		return;
	order = mms_alloc(t->nrows, sizeof(*order));
	for (i = 0; i < t->nrows; i++)
		order[i] = i;
	qsort_r(order, t->nrows, sizeof(*order), longer_first, (void *)t);
	mms_buf_printf(next_line(side, true),
		       "waited for most              time waits");
	for (i = 0; i < t->nrows && i < TOP && side->n < PAGEWAIT_SIDE; i++)
		add_top_row(v, t, order[i], side);
	free(order);
}

void pagewait_beside(struct view *v, const struct pagewait *p,
		     struct pagewait_side *side)
{
	memset(side, 0, sizeof(*side));
	add_now(p, side);
	add_wakes(v, side);
	add_latency(v, side);
	add_spread(v, side);
	add_top(v, side);
}
