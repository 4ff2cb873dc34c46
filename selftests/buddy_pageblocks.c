// SPDX-License-Identifier: GPL-2.0-only
/*
 * buddy/pageblocks against the pageblocks that /proc/pagetypeinfo counts, the free
 * pages of /proc/kpageflags, and the free blocks of a walk over the free lists.
 *
 * vm: --nodes 2 --cpus 2 --mem 3G --disk 512M
 * vm: --nodes 1 --cpus 2 --mem 11G --cmdline init_on_alloc=0
 */
/* First: it asks for all that the C library has */
#include "../kselftest_harness.h"

#include <fcntl.h>
#include <sys/wait.h>

#include "buddy_oracle.h"
#include "mmstest.h"

/* Seconds; what really hangs is for the runner to end. */
#define LIMIT	600

#define TABLE		MMT_DEBUGFS "/buddy/pageblocks"
/* Bit 10, KPF_BUDDY */
#define KPF_BUDDY	0x400ULL
/* No more than so many cells have memory. */
#define MAX_CELLS	4096

/**
 * struct blocks - what is known of each pageblock of the machine
 * @nr: how many
 * @size: pages of each
 * @free: free pages of it
 * @largest: order of the largest free block in it, -1 if there is none
 */
struct blocks {
	long long nr;
	long long size;
	long long *free;
	int *largest;
};

/* What the helpers need of the fixture */
struct machine {
	struct bdy_types types;
	struct bdy_span spans[64];
	int nr_spans;
};

FIXTURE(buddy_pageblocks) {
	bool loaded;
	bool walks;
	struct machine machine;
};

FIXTURE_SETUP(buddy_pageblocks)
{
	if (geteuid())
		SKIP(_exit(MMT_SKIP_STATUS), "must be root");
	ASSERT_TRUE(bdy_types_read(&self->machine.types));
	self->machine.nr_spans = bdy_spans(self->machine.spans, ARRAY_SIZE(self->machine.spans));
	ASSERT_LT(0, self->machine.nr_spans);
	self->walks = bdy_walk_load();
	if (mmt_loaded())
		return;
	ASSERT_TRUE(mmt_load());
	self->loaded = true;
}

FIXTURE_TEARDOWN(buddy_pageblocks)
{
	if (self->walks)
		bdy_walk_unload();
	if (self->loaded)
		EXPECT_TRUE(mmt_unload());
}

static long long run_start(const struct mmt_table *table, int row)
{
	return mmt_number(table, row, "start_pfn");
}

static long long run_end(const struct mmt_table *table, int row)
{
	return run_start(table, row) + mmt_number(table, row, "pages");
}

static bool in_zone(const struct mmt_table *table, int row, int node,
		    const char *zone)
{
	return mmt_number(table, row, "node") == node &&
	       !strcmp(mmt_text(table, row, "zone"), zone);
}

/* Pageblocks of a zone by type, as pagetypeinfo counts them. */
static void count_types(const struct machine *machine, const struct mmt_table *table,
			const struct bdy_blocks *zone, long long *counts)
{
	long long size = machine->types.pages_per_block;

	memset(counts, 0, BDY_MAX_TYPES * sizeof(*counts));
	for (int row = 0; row < table->rows; row++) {
		const char *name = mmt_text(table, row, "migratetype");
		int type;

		if (!in_zone(table, row, zone->node, zone->zone))
			continue;
		if (mmt_number(table, row, "isolated"))
			name = "Isolate";
		type = bdy_type_number(&machine->types, name);
		if (type >= 0)
			counts[type] += (run_end(table, row) - 1) / size -
					run_start(table, row) / size + 1;
	}
}

static bool try_types(struct __test_metadata *_metadata, const struct machine *machine)
{
	static struct bdy_types before, after;
	struct mmt_table table;
	bool ok;

	ASSERT_TRUE(bdy_types_read(&before));
	ASSERT_TRUE(mmt_table_read(&table, "buddy/pageblocks"));
	ASSERT_TRUE(bdy_types_read(&after));
	EXPECT_TRUE(mmt_taken_ok(&table));
	ok = !memcmp(&before, &after, sizeof(before));
	for (int i = 0; ok && i < before.nr_zones; i++) {
		long long counts[BDY_MAX_TYPES];

		count_types(machine, &table, &before.zones[i], counts);
		ok = !memcmp(counts, before.zones[i].counts, sizeof(counts));
	}
	mmt_table_free(&table);
	return ok;
}

TEST_F_TIMEOUT(buddy_pageblocks, types, LIMIT)
{
	bool ok = false;

	for (int try = 0; !ok && try < 30; try++) {
		if (try)
			mmt_sleep_ms(20);
		ok = try_types(_metadata, &self->machine);
	}
	EXPECT_TRUE(ok);
}

/* Pages of a cell: a pageblock, doubled until there are few enough. */
static long long cell_pages(long long size)
{
	struct mmt_zoneinfo info;
	struct mmt_zone *zone;
	long long pages = 0;

	if (!mmt_zoneinfo_read(&info))
		return size;
	for (zone = mmt_populated(&info, NULL); zone;
	     zone = mmt_populated(&info, zone))
		pages += zone->present;
	mmt_zoneinfo_free(&info);
	while (pages / size > MAX_CELLS)
		size *= 2;
	return size;
}

static bool same_text(const struct mmt_table *table, int a, int b,
		      const char *column)
{
	return !strcmp(mmt_text(table, a, column), mmt_text(table, b, column));
}

/* Full, empty or in between */
static int fullness(const struct mmt_table *table, int row)
{
	long long free = mmt_number(table, row, "free_pages");

	return !free ? 0 : free == mmt_number(table, row, "pages") ? 2 : 1;
}

/* Would these neighbours be one run by what docs/columns says? */
static bool one_run(const struct mmt_table *table, int a, int b, long long cell)
{
	int full = fullness(table, a);

	return run_end(table, a) == run_start(table, b) &&
	       same_text(table, a, b, "node") && same_text(table, a, b, "zone") &&
	       same_text(table, a, b, "migratetype") &&
	       same_text(table, a, b, "isolated") &&
	       ((full != 1 && full == fullness(table, b)) ||
		run_start(table, a) / cell == run_start(table, b) / cell);
}

static bool in_a_span(const struct machine *machine, const struct mmt_table *table, int row)
{
	for (int i = 0; i < machine->nr_spans; i++)
		if (in_zone(table, row, machine->spans[i].node, machine->spans[i].zone))
			return machine->spans[i].start <= run_start(table, row) &&
			       run_end(table, row) <= machine->spans[i].end;
	return false;
}

TEST_F_TIMEOUT(buddy_pageblocks, runs, LIMIT)
{
	long long size = self->machine.types.pages_per_block, cell = cell_pages(size);
	struct mmt_table table;

	ASSERT_TRUE(mmt_table_read(&table, "buddy/pageblocks"));
	ASSERT_LT(0, table.rows);
	for (int row = 0; row < table.rows; row++) {
		EXPECT_TRUE(in_a_span(&self->machine, &table, row));
		EXPECT_LT(0, mmt_number(&table, row, "pages"));
		EXPECT_LE(mmt_number(&table, row, "free_pages"),
			  mmt_number(&table, row, "pages"));
		if (!row)
			continue;
		EXPECT_LE(run_end(&table, row - 1), run_start(&table, row));
		EXPECT_FALSE(one_run(&table, row - 1, row, cell));
	}
	EXPECT_GE(2 * MAX_CELLS + 64, table.rows);
	mmt_table_free(&table);
}

static bool blocks_alloc(struct blocks *blocks, const struct machine *machine)
{
	long long end = 0;

	for (int i = 0; i < machine->nr_spans; i++)
		if (machine->spans[i].end > end)
			end = machine->spans[i].end;
	blocks->size = machine->types.pages_per_block;
	blocks->nr = (end + blocks->size - 1) / blocks->size;
	blocks->free = calloc(blocks->nr, sizeof(*blocks->free));
	blocks->largest = calloc(blocks->nr, sizeof(*blocks->largest));
	for (long long i = 0; i < blocks->nr; i++)
		blocks->largest[i] = -1;
	return blocks->free && blocks->largest;
}

static void blocks_free(struct blocks *blocks)
{
	free(blocks->free);
	free(blocks->largest);
}

/* Free pages by pageblock, from /proc/kpageflags. */
static bool read_flags(struct blocks *blocks, const struct machine *machine)
{
	int fd = open("/proc/kpageflags", O_RDONLY | O_CLOEXEC);
	unsigned long long flags[4096];

	if (fd < 0 || !blocks_alloc(blocks, machine))
		return false;
	for (long long i = 0; i < blocks->nr; i++) {
		ssize_t n = pread(fd, flags, blocks->size * 8,
				  i * blocks->size * 8);

		for (int k = 0; k < n / 8; k++)
			blocks->free[i] += !!(flags[k] & KPF_BUDDY);
	}
	close(fd);
	return true;
}

/* Free pages and largest block by pageblock, from the free lists. */
static bool read_walk(struct blocks *blocks, const struct machine *machine)
{
	char *text = mmt_slurp(BDY_WALK "blocks"), *save, *line;
	long long pfn, pages;
	int order;

	if (!text || !blocks_alloc(blocks, machine))
		return false;
	for (line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save))
		if (sscanf(line, "%*d %*s %lld %lld %d", &pfn, &pages,
			   &order) == 3) {
			blocks->free[pfn / blocks->size] = pages;
			blocks->largest[pfn / blocks->size] = order;
		}
	free(text);
	return true;
}

/* What the blocks of a run have in all. */
static long long run_free(const struct blocks *blocks,
			  const struct mmt_table *table, int row, int *largest)
{
	long long sum = 0;

	*largest = -1;
	for (long long i = run_start(table, row) / blocks->size;
	     i <= (run_end(table, row) - 1) / blocks->size && i < blocks->nr; i++) {
		sum += blocks->free[i];
		if (blocks->largest[i] > *largest)
			*largest = blocks->largest[i];
	}
	return sum;
}

/*
 * Reading the map takes memory for the time of the read, which the readings
 * before and after it find free: so many pages may differ, of so many runs.
 */
#define SLACK_PAGES	1024
#define SLACK_RUNS	6

static bool runs_ok(const struct mmt_table *table, const struct blocks *before,
		    const struct blocks *after, bool walk)
{
	long long off, sum = 0;
	int row, runs = 0;

	for (row = 0; row < table->rows; row++) {
		int a, b, order = mmt_number(table, row, "largest_free_order");
		long long pages = mmt_number(table, row, "free_pages");

		off = bdy_off(pages, run_free(before, table, row, &a),
			      run_free(after, table, row, &b));
		sum += off;
		runs += off || (walk && bdy_off(order, a, b));
		if (pages ? order == MMT_UNKNOWN : order != MMT_UNKNOWN)
			return false;
	}
	return sum <= SLACK_PAGES && runs <= SLACK_RUNS && row > 2 * SLACK_RUNS;
}

static bool blocks_read(struct blocks *blocks, const struct machine *machine, bool walk)
{
	return walk ? read_walk(blocks, machine) : read_flags(blocks, machine);
}

static bool try_free(struct __test_metadata *_metadata, const struct machine *machine,
		     bool walk)
{
	struct blocks before, after;
	struct mmt_table table;
	bool ok;

	ASSERT_TRUE(blocks_read(&before, machine, walk));
	ASSERT_TRUE(mmt_table_read(&table, "buddy/pageblocks"));
	ASSERT_TRUE(blocks_read(&after, machine, walk));
	ok = runs_ok(&table, &before, &after, walk);
	mmt_table_free(&table);
	blocks_free(&before);
	blocks_free(&after);
	return ok;
}

/*
 * Pages come and go, if only by the reading. But a table that is right lies
 * between the readings before and after it soon.
 */
static void check_free(struct __test_metadata *_metadata, const struct machine *machine,
		       bool walk)
{
	bool ok = false;

	for (int try = 0; !ok && try < 15; try++) {
		if (try)
			mmt_sleep_ms(20);
		ok = try_free(_metadata, machine, walk);
	}
	EXPECT_TRUE(ok);
}

TEST_F_TIMEOUT(buddy_pageblocks, kpageflags, LIMIT)
{
	check_free(_metadata, &self->machine, false);
}

TEST_F_TIMEOUT(buddy_pageblocks, lists, LIMIT)
{
	if (!self->walks)
		SKIP(return, "there is no module mmscope_walk");
	check_free(_metadata, &self->machine, true);
}

TEST_F_TIMEOUT(buddy_pageblocks, fragmented, LIMIT)
{
	if (!self->walks)
		SKIP(return, "there is no module mmscope_walk");
	ASSERT_TRUE(bdy_walk_do("take 0 unmovable 0 40000"));
	ASSERT_TRUE(bdy_walk_do("take 0 movable 0 40000"));
	ASSERT_TRUE(bdy_walk_do("halve"));
	check_free(_metadata, &self->machine, true);
	check_free(_metadata, &self->machine, false);
}

/* Memory that is to go offline is isolated first. */

#define MEMORY	"/sys/devices/system/memory/"

static pid_t start_offline(int block)
{
	char path[80];
	pid_t pid = fork();

	if (pid)
		return pid;
	snprintf(path, sizeof(path), MEMORY "memory%d/state", block);
	_exit(mmt_write(path, "offline") ? 1 : 0);
}

/* Gives true when it is held, false when it ended, as memory in use does. */
static bool is_held(pid_t pid)
{
	while (!waitpid(pid, NULL, WNOHANG)) {
		if (mmt_read_number(BDY_WALK "held_pages") > 0)
			return true;
		mmt_sleep_ms(10);
	}
	return false;
}

/* Holds the last block that has nothing but what can be moved; 0 if none has. */
static pid_t hold_block(const struct machine *machine)
{
	long long end = machine->spans[machine->nr_spans - 1].end, size;
	char *text = mmt_slurp(MEMORY "block_size_bytes");

	size = text ? strtoll(text, NULL, 16) / sysconf(_SC_PAGESIZE) : 0;
	free(text);
	if (!size || mmt_write(BDY_WALK "hold", "1"))
		return 0;
	for (long long block = end / size; block >= 0; block--) {
		pid_t pid = start_offline(block);

		if (is_held(pid))
			return pid;
	}
	return 0;
}

/* Isolated pages of the map, all of them within what is held? -1 if not */
static long long isolated_pages(const struct mmt_table *table, long long start,
				long long end)
{
	long long pages = 0;

	for (int row = 0; row < table->rows; row++) {
		if (mmt_number(table, row, "isolated") != 1)
			continue;
		if (run_start(table, row) < start || run_end(table, row) > end)
			return -1;
		pages += mmt_number(table, row, "pages");
	}
	return pages;
}

static long long isolated_free_kernel(void)
{
	struct bdy_frees frees;
	long long pages = 0;

	if (!bdy_pagetypes(&frees))
		return -1;
	for (int i = 0; i < frees.nr; i++)
		if (!strcmp(frees.list[i].type, "Isolate"))
			pages += frees.list[i].blocks << frees.list[i].order;
	bdy_free_list(&frees);
	return pages;
}

static long long isolated_free(void)
{
	struct mmt_table table;
	long long pages = 0;

	if (!mmt_table_read(&table, "buddy/free"))
		return -1;
	for (int row = 0; row < table.rows; row++)
		if (!strcmp(mmt_text(&table, row, "migratetype"), "Isolate"))
			pages += mmt_number(&table, row, "free_blocks") <<
				 mmt_number(&table, row, "order");
	mmt_table_free(&table);
	return pages;
}

/* Pages that were in use there may be freed at any time. */
static bool isolated_free_agrees(void)
{
	for (int try = 0; try < 30; try++) {
		long long before = isolated_free_kernel();
		long long free = isolated_free();

		if (before == isolated_free_kernel())
			return free == before;
	}
	return false;
}

static void check_held(struct __test_metadata *_metadata, struct machine *machine)
{
	long long start = mmt_read_number(BDY_WALK "held_pfn");
	long long pages = mmt_read_number(BDY_WALK "held_pages");
	struct mmt_table table;
	bool ok = false;

	EXPECT_LT(0, pages);
	ASSERT_TRUE(mmt_table_read(&table, "buddy/pageblocks"));
	EXPECT_EQ(pages, isolated_pages(&table, start, start + pages));
	mmt_table_free(&table);
	EXPECT_LT(0, isolated_free());
	EXPECT_TRUE(isolated_free_agrees());
	for (int try = 0; !ok && try < 30; try++)
		ok = try_types(_metadata, machine);
	EXPECT_TRUE(ok);
	check_free(_metadata, machine, true);
	/* Was it so all the time? */
	EXPECT_EQ(pages, mmt_read_number(BDY_WALK "held_pages"));
}

TEST_F_TIMEOUT(buddy_pageblocks, isolated, LIMIT)
{
	struct mmt_table table;
	pid_t pid;

	if (!self->walks)
		SKIP(return, "there is no module mmscope_walk");
	pid = hold_block(&self->machine);
	if (pid)
		check_held(_metadata, &self->machine);
	mmt_write(BDY_WALK "hold", "0");
	if (!pid)
		SKIP(return, "no memory can go offline");
	waitpid(pid, NULL, 0);
	ASSERT_TRUE(mmt_table_read(&table, "buddy/pageblocks"));
	EXPECT_EQ(0, isolated_pages(&table, 0, 0));
	mmt_table_free(&table);
	EXPECT_EQ(0, isolated_free());
}

/* Are all of the rest's rows of a table that began so? Its last has no more. */
static bool reads_on(int fd, char *text, int size)
{
	int used = 0, n = 1;

	while (n > 0 && used < size - 1) {
		/* An odd size, that ends in the middle of rows and pieces */
		n = read(fd, text + used, size - 1 - used < 777 ?
					  size - 1 - used : 777);
		used += n > 0 ? n : 0;
	}
	text[used] = '\0';
	return n == 0 && used && text[used - 1] == '\n';
}

/* However it is read: in bits, again from the start; never a piece back. */
TEST_F_TIMEOUT(buddy_pageblocks, pieces, LIMIT)
{
	const int size = 4 << 20;
	char *text = malloc(size), first[64], again[64];
	int fd = open(TABLE, O_RDONLY | O_CLOEXEC);
	bool long_map = self->machine.types.nr_zones &&
			self->machine.spans[self->machine.nr_spans - 1].end >
			2000 * self->machine.types.pages_per_block;

	ASSERT_LE(0, fd);
	ASSERT_TRUE(reads_on(fd, text, size));
	EXPECT_EQ(NULL, strstr(text + 1, "node "));
	if (long_map) {
		EXPECT_EQ(-1, pread(fd, first, sizeof(first), 1));
		EXPECT_EQ(ESPIPE, errno);
	}
	EXPECT_EQ(64, pread(fd, first, 64, 0));
	EXPECT_EQ(0, strncmp(first, text, 64));
	EXPECT_EQ(55, pread(fd, again, 55, 9));
	EXPECT_EQ(0, strncmp(again, text + 9, 55));
	EXPECT_EQ(0, pread(fd, again, sizeof(again), 1LL << 40));
	close(fd);
	free(text);
}

TEST_HARNESS_MAIN
