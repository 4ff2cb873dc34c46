// SPDX-License-Identifier: GPL-2.0-only
/*
 * buddy/fallbacks against the kernel's own trace of the same event: each event
 * is one allocation of one row.
 */
/* First: it asks for all that the C library has */
#include "../kselftest_harness.h"

#include <sys/stat.h>

#include "buddy_oracle.h"
#include "mmstest.h"

/* Seconds; what really hangs is for the runner to end. */
#define LIMIT	600

#define INSTANCE "/sys/kernel/tracing/instances/mmscope_test"
#define EVENT	 INSTANCE "/events/kmem/mm_page_alloc_extfrag/enable"

/**
 * struct fallback - what a row is to be
 * @span: the zone
 * @from: number of the migratetype whose memory was taken
 * @to: of that which was asked for
 * @order: the order that was asked for
 * @all: how many
 * @whole: of them, the whole pageblock
 */
struct fallback {
	const struct bdy_span *span;
	int from;
	int to;
	int order;
	long long all;
	long long whole;
};

/* What the helpers need of the fixture */
struct machine {
	struct bdy_types types;
	struct bdy_span spans[64];
	int nr_spans;
};

FIXTURE(buddy_fallbacks) {
	bool loaded;
	bool walks;
	struct mmt_saved fraction;
	struct machine machine;
};

FIXTURE_SETUP(buddy_fallbacks)
{
	if (geteuid())
		SKIP(_exit(MMT_SKIP_STATUS), "must be root");
	ASSERT_TRUE(bdy_types_read(&self->machine.types));
	self->machine.nr_spans = bdy_spans(self->machine.spans, ARRAY_SIZE(self->machine.spans));
	ASSERT_LT(0, self->machine.nr_spans);
	self->walks = bdy_walk_load();
	/* Else CPUs keep what is given back, and nothing is left to take. */
	if (mmt_save(&self->fraction, MMT_VM "percpu_pagelist_high_fraction"))
		ASSERT_EQ(0, mmt_write(self->fraction.path, "10000"));
	if (!mmt_loaded()) {
		ASSERT_TRUE(mmt_load());
		self->loaded = true;
	}
	if (mkdir(INSTANCE, 0700))
		SKIP(_exit(MMT_SKIP_STATUS), "this kernel has no tracefs");
	ASSERT_EQ(0, mmt_write(INSTANCE "/buffer_size_kb", "8192"));
}

FIXTURE_TEARDOWN(buddy_fallbacks)
{
	mmt_write(EVENT, "0");
	rmdir(INSTANCE);
	if (self->walks)
		bdy_walk_unload();
	mmt_restore(&self->fraction);
	if (self->loaded)
		EXPECT_TRUE(mmt_unload());
}

static const struct bdy_span *span_of(const struct machine *machine, long long pfn)
{
	for (int i = 0; i < machine->nr_spans; i++)
		if (machine->spans[i].start <= pfn && pfn < machine->spans[i].end)
			return &machine->spans[i];
	return NULL;
}

static bool same_kind(const struct fallback *a, const struct fallback *b)
{
	return a->span == b->span && a->from == b->from && a->to == b->to &&
	       a->order == b->order;
}

/* Counts one event where it belongs; @sums ends with one that is all zero. */
static void count_event(const struct machine *machine,
			const struct mmt_event *event, struct fallback *sums)
{
	struct fallback kind = {
		.span = span_of(machine, mmt_event_number(event, "pfn=")),
		.from = mmt_event_number(event, "fallback_migratetype="),
		.to = mmt_event_number(event, "alloc_migratetype="),
		.order = mmt_event_number(event, "alloc_order="),
	};

	while (sums->all && !same_kind(sums, &kind))
		sums++;
	if (!sums->all)
		*sums = kind;
	sums->all++;
	sums->whole += mmt_event_number(event, "change_ownership=") == 1;
}

static struct fallback *sum_up(const struct machine *machine,
			       const struct mmt_trace *trace)
{
	struct fallback *sums = calloc(trace->nr + 1, sizeof(*sums));

	for (int i = 0; i < trace->nr; i++)
		if (!strcmp(trace->events[i].name, "mm_page_alloc_extfrag"))
			count_event(machine, &trace->events[i], sums);
	return sums;
}

static bool row_is(const struct machine *machine,
		   const struct mmt_table *table, int row,
		   const struct fallback *sum)
{
	return sum->span && mmt_number(table, row, "node") == sum->span->node &&
	       !strcmp(mmt_text(table, row, "zone"), sum->span->zone) &&
	       !strcmp(mmt_text(table, row, "from"), machine->types.names[sum->from]) &&
	       !strcmp(mmt_text(table, row, "to"), machine->types.names[sum->to]) &&
	       mmt_number(table, row, "order") == sum->order;
}

/* Has the table a row for each sum, with these numbers, and no others? */
static bool rows_are(const struct machine *machine,
		     const struct mmt_table *table, const struct fallback *sums)
{
	int row, nr = 0;

	for (; sums->all; sums++, nr++) {
		for (row = 0; row < table->rows; row++)
			if (row_is(machine, table, row, sums))
				break;
		if (row == table->rows ||
		    mmt_number(table, row, "fallbacks_total") != sums->all ||
		    mmt_number(table, row, "whole_pageblock_total") != sums->whole)
			return false;
	}
	return nr == table->rows;
}

/* Lets both the trace and the table begin anew, with nothing in between. */
static bool begin(void)
{
	struct mmt_table table;
	bool none = false;

	for (int try = 0; !none && try < 20; try++) {
		mmt_write(EVENT, "0");
		mmt_trace_clear(INSTANCE "/trace");
		mmt_write(MMT_DEBUGFS "/reset", "buddy");
		mmt_write(EVENT, "1");
		if (!mmt_table_read(&table, "buddy/fallbacks"))
			return false;
		none = table.rows == 0;
		mmt_table_free(&table);
	}
	return none;
}

static bool try_trace(struct __test_metadata *_metadata,
		      const struct machine *machine, long long *whole,
		      long long *part)
{
	struct mmt_trace trace;
	struct mmt_table table;
	struct fallback *sums;
	bool ok;

	/* What happens in between shows up as a difference; then again. */
	ASSERT_TRUE(mmt_table_read(&table, "buddy/fallbacks"));
	ASSERT_TRUE(mmt_trace_read(&trace, INSTANCE "/trace"));
	EXPECT_TRUE(mmt_taken_ok(&table));
	sums = sum_up(machine, &trace);
	ok = rows_are(machine, &table, sums);
	*whole = *part = 0;
	for (int i = 0; sums[i].all; i++) {
		*whole += sums[i].whole;
		*part += sums[i].all - sums[i].whole;
	}
	free(sums);
	mmt_trace_free(&trace);
	mmt_table_free(&table);
	return ok;
}

/*
 * Unmovable memory is taken out of movable pageblocks, which then change hands;
 * when all else is used up movable memory is taken out of unmovable ones, page
 * by page.
 */
TEST_F_TIMEOUT(buddy_fallbacks, trace, LIMIT)
{
	int node = self->machine.spans[self->machine.nr_spans - 1].node;
	long long whole = 0, part = 0;
	bool ok = false;

	if (!self->walks)
		SKIP(return, "there is no module mmscope_walk");
	ASSERT_TRUE(begin());
	ASSERT_TRUE(bdy_walk_do("take %d unmovable 0 20000", node));
	ASSERT_TRUE(bdy_walk_do("take %d unmovable 2 5000", node));
	ASSERT_TRUE(bdy_walk_do("halve"));
	ASSERT_TRUE(bdy_walk_do("take %d movable 0 10000000", node));
	ASSERT_TRUE(bdy_walk_do("free"));
	for (int try = 0; !ok && try < 30; try++) {
		if (try)
			mmt_sleep_ms(50);
		ok = try_trace(_metadata, &self->machine, &whole, &part);
	}
	EXPECT_TRUE(ok);
	/* Else nothing of the above has been tested. */
	EXPECT_LT(0, whole);
	EXPECT_LT(0, part);
}

/* Switched off nothing is counted, and reset forgets. */
TEST_F_TIMEOUT(buddy_fallbacks, off, LIMIT)
{
	struct mmt_table table;

	if (!self->walks)
		SKIP(return, "there is no module mmscope_walk");
	ASSERT_EQ(0, mmt_write(MMT_DEBUGFS "/enable", "-buddy"));
	EXPECT_TRUE(begin());
	ASSERT_TRUE(bdy_walk_do("take 0 unmovable 0 20000"));
	ASSERT_TRUE(mmt_table_read(&table, "buddy/fallbacks"));
	EXPECT_EQ(0, table.rows);
	mmt_table_free(&table);
	EXPECT_EQ(0, mmt_write(MMT_DEBUGFS "/enable", "+buddy"));
}

TEST_HARNESS_MAIN
