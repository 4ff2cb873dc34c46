// SPDX-License-Identifier: GPL-2.0-only
/* What the tables of pagewait say, in numbers and in plain words. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/text.h"
#include "pagewait_view.h"

/* So many of one folio's waiters are a herd. */
#define HERD		4
/* Below so many folios a bucket chi-square says nothing. */
#define MIN_MEAN	5
/* As good as never chance. */
#define SURE		3.3
#define LONG_NS		1000000000
#define COSTLY		0.01

static void add_bucket(struct pagewait *p, const struct mms_table *t, size_t i)
{
	struct mms_num bucket = view_num(t, i, "bucket");
	struct mms_num n = view_num(t, i, "waiters");
	struct mms_num folios = view_num(t, i, "folios");
	struct mms_num longest = view_num(t, i, "longest_wait_ns");

	if (bucket.ok && bucket.v < PAGEWAIT_BUCKETS) {
		p->bucket[bucket.v].waiters = n.v;
		p->bucket[bucket.v].folios = folios.v;
	}
	p->waiters = mms_sum(p->waiters, n.v);
	p->folios = mms_sum(p->folios, folios.v);
	p->used += n.v > 0;
	p->shared += folios.v > 1;
	p->truncated |= view_same(t, i, "truncated", 1);
	if (longest.ok && longest.v >= p->longest.v)
		p->longest = longest;
}

bool pagewait_load(struct pagewait *p, struct view *v)
{
	const struct mms_table *t = view_table(v, "pagewait/table");
	size_t i;

	memset(p, 0, sizeof(*p));
	p->missing = view_missing(v, "pagewait");
	for (i = 0; t && i < t->nrows; i++)
		add_bucket(p, t, i);
	return t;
}

struct mms_num pagewait_known(const struct pagewait *p, uint64_t n)
{
	return (struct mms_num){ .v = n, .ok = !p->missing };
}

struct mms_num pagewait_sum(struct view *v, const char *table, const char *col)
{
	const struct mms_table *t = mms_snapshot_table(v->s, table);
	struct mms_num sum = { 0 }, n;
	size_t i;

	for (i = 0; t && i < t->nrows; i++) {
		n = view_num(t, i, col);
		sum.ok |= n.ok;
		sum.v = mms_sum(sum.v, n.v);
	}
	return sum;
}

/* Wilson and Hilferty: the cube root of chi-square is nearly normal. */
static double deviations(double chi, double df)
{
	double spread = 2 / (9 * df);

	return (cbrt(chi / df) - (1 - spread)) / sqrt(spread);
}

bool pagewait_spread(struct view *v, struct pagewait_spread *s)
{
	const struct mms_table *t = mms_snapshot_table(v->s, "pagewait/spread");
	struct mms_num n;
	double sum = 0;
	size_t i;

	memset(s, 0, sizeof(*s));
	for (i = 0; t && i < t->nrows; i++) {
		n = view_num(t, i, "episodes_total");
		sum += n.v;
		s->buckets += n.ok;
		if (n.v > s->most) {
			s->most = n.v;
			s->hottest = view_num(t, i, "bucket").v;
		}
	}
	if (s->buckets < 2)
		return false;
	s->mean = sum / s->buckets;
	if (s->mean < MIN_MEAN)
		return false;
	for (i = 0; i < t->nrows; i++) {
		n = view_num(t, i, "episodes_total");
		if (n.ok)
			s->chi += (n.v - s->mean) * (n.v - s->mean) / s->mean;
	}
	s->z = deviations(s->chi, s->buckets - 1);
	return true;
}

const char *pagewait_even(const struct pagewait_spread *s)
{
	if (s->z > SURE)
		return "less even than chance";
	return s->z < -SURE ? "more even than chance" : "as even as chance";
}

void pagewait_place(struct view *v, struct mms_buf *b,
		    const struct mms_table *t, size_t row)
{
	struct mms_num at = view_num(t, row, "offset_bytes");
	struct mms_num inode = view_num(t, row, "inode");

	if (strcmp(view_text(t, row, "dev"), "-"))
		view_say(v, b, t, row, "dev");
	else
		mms_buf_printf(b, "pfn %s", view_text(t, row, "pfn"));
	if (inode.ok)
		mms_buf_printf(b, " inode %s", view_text(t, row, "inode"));
	if (at.ok)
		mms_buf_printf(b, " at %s", mms_size(at.v).s);
}

/**
 * struct herd - those who wait for one folio
 * @waiters: how many
 * @bucket: where they are
 * @row: one of them
 */
struct herd {
	uint64_t waiters;
	uint64_t bucket;
	size_t row;
};

/* Who waits for one folio stands together, in the order of the table. */
static int by_folio(const void *a, const void *b, void *table)
{
	static const char *const cols[] = { "bucket", "pfn" };
	const size_t *i = a, *k = b;
	uint64_t x, y;
	size_t n;

	for (n = 0; n < MMS_ARRAY_SIZE(cols); n++) {
		x = view_num(table, *i, cols[n]).v;
		y = view_num(table, *k, cols[n]).v;
		if (x != y)
			return x < y ? -1 : 1;
	}
	return *i < *k ? -1 : *i > *k;
}

static bool same_folio(const struct mms_table *t, size_t i, size_t k)
{
	return view_same(t, i, "pfn", view_num(t, k, "pfn").v) &&
	       view_same(t, i, "bucket", view_num(t, k, "bucket").v);
}

/* Of a bucket with one folio all are told, of others only those that are listed. */
static void take_larger(const struct pagewait *p, const struct mms_table *t,
			size_t row, uint64_t listed, struct herd *h)
{
	uint64_t bucket = view_num(t, row, "bucket").v;

	if (bucket < PAGEWAIT_BUCKETS && p->bucket[bucket].folios == 1 &&
	    p->bucket[bucket].waiters > listed)
		listed = p->bucket[bucket].waiters;
	if (listed > h->waiters)
		*h = (struct herd){ listed, bucket, row };
}

static void find_herd(const struct pagewait *p, const struct mms_table *t,
		      struct herd *h)
{
	size_t *order = mms_alloc(t->nrows, sizeof(*order)), i, end;

	for (i = 0; i < t->nrows; i++)
		order[i] = i;
	qsort_r(order, t->nrows, sizeof(*order), by_folio, (void *)t);
	for (i = 0; i < t->nrows; i = end) {
		for (end = i + 1; end < t->nrows; end++)
			if (!same_folio(t, order[i], order[end]))
				break;
		take_larger(p, t, order[i], end - i, h);
	}
	free(order);
}

static void say_herd(struct view *v, const struct pagewait *p,
		     struct mms_buf *b)
{
	const struct mms_table *t = mms_snapshot_table(v->s,
						       "pagewait/waiters");
	struct herd h = { 0 };

	if (t && t->nrows)
		find_herd(p, t, &h);
	if (h.waiters < HERD)
		return;
	mms_buf_printf(b, "A herd: %s wait for one folio (",
		       mms_count(h.waiters).s);
	pagewait_place(v, b, t, h.row);
	mms_buf_printf(b, "), in bucket %d. ", (int)h.bucket);
}

static void say_missing(const struct pagewait *p, struct mms_buf *b)
{
	mms_buf_printf(b, "The kernel's table of page wait queues was not found (");
	mms_text_reason(b, p->missing);
	mms_buf_printf(b, "), so who waits now is not known. ");
}

static void say_price(struct view *v, struct mms_buf *b)
{
	struct mms_num visited = pagewait_sum(v, "pagewait/wakes",
					      "visited_total");
	struct mms_num other = pagewait_sum(v, "pagewait/wakes",
					    "other_folio_total");
	struct mms_num refused = pagewait_sum(v, "pagewait/wakes",
					      "refused_total");

	if (!visited.v || other.v > visited.v)
		return;
	if (!other.v)
		mms_buf_printf(b, "Collisions have cost nothing so far. ");
	else if ((double)other.v < COSTLY * (double)visited.v)
		mms_buf_printf(b, "Collisions cost next to nothing so far: ");
	else
		mms_buf_printf(b, "The price of collisions so far: ");
	if (other.v) {
		mms_buf_printf(b, "%s of the waiters that wakes looked at ",
			       mms_percent(other.v, visited.v).s);
		mms_buf_printf(b, "waited for another folio. ");
	}
	if (refused.v)
		mms_buf_printf(b, "%s found the lock taken again. ",
			       mms_count(refused.v).s);
}

static void say_spread(struct view *v, struct mms_buf *b)
{
	struct pagewait_spread s;

	if (!pagewait_spread(v, &s))
		return;
	mms_buf_printf(b, "The hash spreads folios %s", pagewait_even(&s));
	if (s.z > SURE)
		mms_buf_printf(b, ": bucket %d had %.1f times its share",
			       (int)s.hottest, s.most / s.mean);
	mms_buf_printf(b, ". ");
}

void pagewait_verdict(struct view *v, const struct pagewait *p,
		      struct mms_buf *b)
{
	if (p->missing)
		say_missing(p, b);
	else if (!p->waiters)
		mms_buf_printf(b, "nobody waits for a page now. ");
	say_herd(v, p, b);
	if (p->shared)
		mms_buf_printf(b, "%s of %s buckets %s waiters for different folios now. ",
			       mms_count(p->shared).s, mms_count(p->used).s,
			       p->shared == 1 ? "holds" : "hold");
	if (p->longest.v > LONG_NS)
		mms_buf_printf(b, "The longest wait has lasted %s. ",
			       mms_time(p->longest.v).s);
	say_price(v, b);
	say_spread(v, b);
	if (p->truncated)
		mms_buf_printf(b, "More wait in a bucket than were counted. ");
	view_say_off(v, b, "pagewait");
}
