// SPDX-License-Identifier: GPL-2.0-only
/*
 * buddy/index against debugfs extfrag, in memory as it is and in a zone whose
 * larger blocks are used up.
 */
/* First: it asks for all that the C library has */
#include "../kselftest_harness.h"

#include "buddy_oracle.h"
#include "mmstest.h"

/* Seconds; what really hangs is for the runner to end. */
#define LIMIT	600

#define EXTFRAG "/sys/kernel/debug/extfrag/"

FIXTURE(buddy_index) {
	bool loaded;
	bool walks;
};

FIXTURE_SETUP(buddy_index)
{
	if (geteuid())
		SKIP(_exit(MMT_SKIP_STATUS), "must be root");
	if (access(EXTFRAG "unusable_index", R_OK))
		SKIP(_exit(MMT_SKIP_STATUS), "this kernel has no extfrag");
	self->walks = bdy_walk_load();
	if (mmt_loaded())
		return;
	ASSERT_TRUE(mmt_load());
	self->loaded = true;
}

FIXTURE_TEARDOWN(buddy_index)
{
	if (self->walks)
		bdy_walk_unload();
	if (self->loaded)
		EXPECT_TRUE(mmt_unload());
}

/*
 * Three decimals as thousandths. The kernel prints the sign where / and % of a
 * negative number leave it: -0.5 is "0.-500".
 */
static long long thousandths(const char *text)
{
	long long whole = strtoll(text, (char **)&text, 10);

	return whole * 1000 + (*text == '.' ? strtoll(text + 1, NULL, 10) : 0);
}

/* What the column has for what the kernel prints. */
static long long wanted(long long index)
{
	if (index == -1000)
		return MMT_UNKNOWN;
	return index < 0 ? 0 : index;
}

/* One zone's line of both files against the rows from @row on; gives how many. */
static int check_zone(const struct mmt_table *table, int row, char *unusable,
		      char *extfrag, bool *ok)
{
	char *save_u, *save_e, *u, *e, zone[16];
	int node, order = 0, at = 0;

	if (sscanf(unusable, "Node %d, zone %15s %n", &node, zone, &at) != 2)
		return 0;
	u = strtok_r(unusable + at, " ", &save_u);
	e = strtok_r(extfrag + at, " ", &save_e);
	for (; u && e; order++) {
		*ok &= mmt_number(table, row + order, "node") == node &&
		       !strcmp(mmt_text(table, row + order, "zone"), zone) &&
		       mmt_number(table, row + order, "order") == order &&
		       mmt_number(table, row + order, "unusable_index") ==
				thousandths(u) &&
		       mmt_number(table, row + order, "fragmentation_index") ==
				wanted(thousandths(e));
		u = strtok_r(NULL, " ", &save_u);
		e = strtok_r(NULL, " ", &save_e);
	}
	return order;
}

static bool check_zones(const struct mmt_table *table, char *unusable,
			char *extfrag)
{
	char *save_u, *save_e;
	char *u = strtok_r(unusable, "\n", &save_u);
	char *e = strtok_r(extfrag, "\n", &save_e);
	bool ok = true;
	int row = 0;

	while (u && e && row < table->rows) {
		row += check_zone(table, row, u, e, &ok);
		u = strtok_r(NULL, "\n", &save_u);
		e = strtok_r(NULL, "\n", &save_e);
	}
	return ok && !u && !e && row == table->rows;
}

static bool try_index(struct __test_metadata *_metadata)
{
	char *unusable = mmt_slurp(EXTFRAG "unusable_index");
	char *extfrag = mmt_slurp(EXTFRAG "extfrag_index");
	char *unusable_then, *extfrag_then;
	struct mmt_table table;
	bool ok;

	ASSERT_TRUE(mmt_table_read(&table, "buddy/index"));
	unusable_then = mmt_slurp(EXTFRAG "unusable_index");
	extfrag_then = mmt_slurp(EXTFRAG "extfrag_index");
	ASSERT_TRUE(unusable && extfrag && unusable_then && extfrag_then);
	EXPECT_TRUE(mmt_taken_ok(&table));
	/* The table can be expected to be the same only if they are. */
	ok = !strcmp(unusable, unusable_then) && !strcmp(extfrag, extfrag_then) &&
	     check_zones(&table, unusable, extfrag);
	mmt_table_free(&table);
	free(unusable);
	free(extfrag);
	free(unusable_then);
	free(extfrag_then);
	return ok;
}

static void check_index(struct __test_metadata *_metadata)
{
	bool ok = false;

	for (int try = 0; !ok && try < 30; try++) {
		if (try)
			mmt_sleep_ms(20);
		ok = try_index(_metadata);
	}
	EXPECT_TRUE(ok);
}

TEST_F_TIMEOUT(buddy_index, extfrag, LIMIT)
{
	check_index(_metadata);
}

/* Rows whose index says why an allocation would fail, and for lack of what. */
static int fragmented_rows(void)
{
	struct mmt_table table;
	int n = 0;

	if (!mmt_table_read(&table, "buddy/index"))
		return 0;
	for (int row = 0; row < table.rows; row++)
		n += mmt_number(&table, row, "fragmentation_index") > 500;
	mmt_table_free(&table);
	return n;
}

TEST_F_TIMEOUT(buddy_index, fragmented, LIMIT)
{
	if (!self->walks)
		SKIP(return, "there is no module mmscope_walk");
	/* All that there is: it is but 16 MiB */
	ASSERT_TRUE(bdy_walk_do("take 0 dma 0 100000"));
	ASSERT_TRUE(bdy_walk_do("halve"));
	EXPECT_LT(0, fragmented_rows());
	check_index(_metadata);
}

/* A zone of which next to nothing is free lacks memory. */
TEST_F_TIMEOUT(buddy_index, used_up, LIMIT)
{
	if (!self->walks)
		SKIP(return, "there is no module mmscope_walk");
	ASSERT_TRUE(bdy_walk_do("take 0 dma 0 100000"));
	check_index(_metadata);
}

TEST_HARNESS_MAIN
