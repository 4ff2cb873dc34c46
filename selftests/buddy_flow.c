// SPDX-License-Identifier: GPL-2.0-only
/*
 * buddy/flow against the kernel's own trace of the same events. Memory is
 * allocated all the time, so two reads of the table stand inside of the trace:
 * what it has from the end of the first to the begin of the second has to be
 * among what was counted, and what it has from begin to end is all there can be.
 */
/* First: it asks for all that the C library has */
#include "../kselftest_harness.h"

#include <sys/stat.h>

#include "buddy_oracle.h"
#include "mmstest.h"

/* Seconds; what really hangs is for the runner to end. */
#define LIMIT	600

#define INSTANCE "/sys/kernel/tracing/instances/mmscope_test"
#define ALLOC	 INSTANCE "/events/kmem/mm_page_alloc/enable"
#define FREE	 INSTANCE "/events/kmem/mm_page_free/enable"
#define ENABLE	 MMT_DEBUGFS "/enable"

/* The trace has its times in us, cut off. */
#define CUT	1000

#define MAX_SPANS 64

/* Allocations by type, and frees, which have none. */
#define FREES	BDY_MAX_TYPES
#define KINDS	(BDY_MAX_TYPES + 1)

/**
 * struct counts - how many there were of each
 * @at: by zone, order, and migratetype or FREES
 */
struct counts {
	long long at[MAX_SPANS][BDY_MAX_ORDERS][KINDS];
};

/* What the helpers need of the fixture */
struct machine {
	struct bdy_types types;
	struct bdy_span spans[MAX_SPANS];
	int nr_spans;
};

FIXTURE(buddy_flow) {
	bool loaded;
	bool walks;
	struct machine machine;
};

FIXTURE_SETUP(buddy_flow)
{
	if (geteuid())
		SKIP(_exit(MMT_SKIP_STATUS), "must be root");
	ASSERT_TRUE(bdy_types_read(&self->machine.types));
	self->machine.nr_spans = bdy_spans(self->machine.spans, MAX_SPANS);
	ASSERT_LT(0, self->machine.nr_spans);
	self->walks = bdy_walk_load();
	if (!self->walks)
		SKIP(_exit(MMT_SKIP_STATUS), "there is no module mmscope_walk");
	if (!mmt_loaded()) {
		ASSERT_TRUE(mmt_load());
		self->loaded = true;
	}
	if (mkdir(INSTANCE, 0700))
		SKIP(_exit(MMT_SKIP_STATUS), "this kernel has no tracefs");
	ASSERT_EQ(0, mmt_write(INSTANCE "/buffer_size_kb", "8192"));
	ASSERT_EQ(0, mmt_write(INSTANCE "/trace_clock", "mono"));
}

FIXTURE_TEARDOWN(buddy_flow)
{
	mmt_write(ALLOC, "0");
	mmt_write(FREE, "0");
	rmdir(INSTANCE);
	if (self->walks)
		bdy_walk_unload();
	mmt_write(ENABLE, "-alloc");
	if (self->loaded)
		EXPECT_TRUE(mmt_unload());
}

/* Memory of all kinds and sizes, from every zone that can be asked for. */
static bool work(const struct machine *machine)
{
	bool ok = true;
	int node;

	for (int i = 0; i < machine->nr_spans; i++) {
		node = machine->spans[i].node;
		ok &= bdy_walk_do("take %d movable 0 1500", node) &&
		      bdy_walk_do("take %d unmovable 0 700", node) &&
		      bdy_walk_do("take %d unmovable 3 60", node) &&
		      bdy_walk_do("take %d dma 1 90", node);
	}
	return ok && bdy_walk_do("free");
}

static void count_event(const struct machine *machine,
			const struct mmt_event *event, struct counts *counts)
{
	long long pfn = mmt_event_number(event, "pfn=");
	long long order = mmt_event_number(event, "order=");
	long long kind = FREES;

	if (!strcmp(event->name, "mm_page_alloc"))
		kind = mmt_event_number(event, "migratetype=");
	else if (strcmp(event->name, "mm_page_free"))
		return;
	if (order < 0 || order >= BDY_MAX_ORDERS || kind < 0 || kind >= KINDS)
		return;
	for (int i = 0; i < machine->nr_spans; i++)
		if (machine->spans[i].start <= pfn && pfn < machine->spans[i].end)
			counts->at[i][order][kind]++;
}

static void count_events(const struct machine *machine,
			 const struct mmt_trace *trace, long long from,
			 long long to, struct counts *counts)
{
	memset(counts, 0, sizeof(*counts));
	for (int i = 0; i < trace->nr; i++)
		if (trace->events[i].at >= from && trace->events[i].at <= to)
			count_event(machine, &trace->events[i], counts);
}

static int span_of(const struct machine *machine, const struct mmt_table *table,
		   int row)
{
	for (int i = 0; i < machine->nr_spans; i++)
		if (machine->spans[i].node == mmt_number(table, row, "node") &&
		    !strcmp(machine->spans[i].zone, mmt_text(table, row, "zone")))
			return i;
	return -1;
}

/* Each row has either of the two numbers. Gives where it counts, or NULL. */
static long long *place_of(const struct machine *machine,
			   const struct mmt_table *table, int row,
			   struct counts *counts, long long *n)
{
	const char *type = mmt_text(table, row, "migratetype");
	long long allocs = mmt_number(table, row, "allocations_total");
	long long frees = mmt_number(table, row, "frees_total");
	long long order = mmt_number(table, row, "order");
	int kind = FREES, span = span_of(machine, table, row);

	if (strcmp(type, "-"))
		kind = bdy_type_number(&machine->types, type);
	*n = kind == FREES ? frees : allocs;
	if (span < 0 || kind < 0 || order < 0 || order >= BDY_MAX_ORDERS ||
	    *n <= 0 || (kind == FREES ? allocs : frees) != MMT_UNKNOWN)
		return NULL;
	return &counts->at[span][order][kind];
}

/* No two rows are of the same, and nothing in them is what it should not be. */
static bool count_rows(const struct machine *machine,
		       const struct mmt_table *table, struct counts *counts)
{
	long long *place, n;

	memset(counts, 0, sizeof(*counts));
	for (int row = 0; row < table->rows; row++) {
		place = place_of(machine, table, row, counts, &n);
		if (!place || *place) {
			printf("# row %d is wrong\n", row);
			return false;
		}
		*place = n;
	}
	return true;
}

static long long grown(const struct counts *before, const struct counts *after,
		       int i)
{
	return ((long long *)after->at)[i] - ((long long *)before->at)[i];
}

TEST_F_TIMEOUT(buddy_flow, trace, LIMIT)
{
	static struct counts before, after, least, most;
	const int nr = sizeof(before.at) / sizeof(long long);
	struct mmt_table first, second;
	long long sure = 0, unsure = 0;
	struct mmt_trace trace;
	bool ok;

	ASSERT_EQ(0, mmt_write(ENABLE, "+alloc"));
	ASSERT_EQ(0, mmt_write(ALLOC, "1"));
	ASSERT_EQ(0, mmt_write(FREE, "1"));
	mmt_sleep_ms(20);
	ASSERT_TRUE(mmt_table_read(&first, "buddy/flow"));
	ok = work(&self->machine);
	ASSERT_TRUE(mmt_table_read(&second, "buddy/flow"));
	mmt_sleep_ms(20);
	mmt_write(ALLOC, "0");
	mmt_write(FREE, "0");
	ASSERT_TRUE(ok);
	EXPECT_TRUE(mmt_taken_ok(&first));
	EXPECT_TRUE(mmt_taken_ok(&second));
	ASSERT_TRUE(mmt_trace_read(&trace, INSTANCE "/trace"));
	count_events(&self->machine, &trace, first.after + CUT,
		     second.before - CUT, &least);
	count_events(&self->machine, &trace, first.before - CUT,
		     second.after + CUT, &most);
	ASSERT_TRUE(count_rows(&self->machine, &first, &before));
	ASSERT_TRUE(count_rows(&self->machine, &second, &after));
	for (int i = 0; i < nr; i++) {
		long long low = ((long long *)least.at)[i];
		long long high = ((long long *)most.at)[i];

		EXPECT_LE(low, grown(&before, &after, i));
		EXPECT_GE(high, grown(&before, &after, i));
		sure += low;
		unsure += high - low;
	}
	/* Else nothing of the above has been tested. */
	printf("# %lld events, %lld of them not for sure\n", sure + unsure, unsure);
	EXPECT_LT(5000, sure);
	EXPECT_LT(unsure, sure / 20);
	mmt_trace_free(&trace);
	mmt_table_free(&first);
	mmt_table_free(&second);
}

static int rows(void)
{
	struct mmt_table table;
	int n = -1;

	if (mmt_table_read(&table, "buddy/flow")) {
		n = table.rows;
		mmt_table_free(&table);
	}
	return n;
}

/* Off by default; switched off what was counted stays, and reset forgets. */
TEST_F_TIMEOUT(buddy_flow, off, LIMIT)
{
	int counted;

	if (self->loaded)
		EXPECT_EQ(0, rows());
	ASSERT_EQ(0, mmt_write(ENABLE, "+alloc"));
	ASSERT_TRUE(work(&self->machine));
	ASSERT_EQ(0, mmt_write(ENABLE, "-alloc"));
	counted = rows();
	EXPECT_LT(3, counted);
	EXPECT_EQ(0, mmt_write(MMT_DEBUGFS "/reset", "buddy"));
	ASSERT_TRUE(work(&self->machine));
	EXPECT_EQ(0, rows());
}

TEST_HARNESS_MAIN
