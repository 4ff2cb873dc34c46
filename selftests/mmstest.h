/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the tests written in C share: the module's coming and going, a reader of
 * its tables, and a reader of /proc/zoneinfo to compare them with. Nothing here
 * knows how mmscope works inside.
 */
#ifndef MMSTEST_H
#define MMSTEST_H

#include <stdbool.h>

#define MMT_DEBUGFS	"/sys/kernel/debug/mmscope"
#define MMT_PARAMS	"/sys/module/mmscope/parameters"
#define MMT_VM		"/proc/sys/vm/"
#define MMT_NODES	"/sys/devices/system/node/"

#define MMT_MS		1000000LL
#define MMT_SEC		1000000000LL

/* What mmt_number() gives for "-", and for what is no number or not there. */
#define MMT_UNKNOWN	(-1)
#define MMT_BAD		(-2)

/*
 * Seconds that the harness gives a test. To load the module alone can take its
 * own 30 where sanitizers watch; what really hangs is for the runner to end.
 */
#undef TEST_TIMEOUT_DEFAULT
#define TEST_TIMEOUT_DEFAULT 600

/*
 * SKIP(_exit(MMT_SKIP_STATUS), ...) is for a fixture's setup: after a return from
 * it a harness that has no exit_code yet (6.1) would run the test all the same.
 */
#ifdef MMT_HARNESS_RUNS_ON
#define MMT_SKIP_STATUS 255
#else
#define MMT_SKIP_STATUS KSFT_SKIP
#endif

#ifndef ARRAY_SIZE
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#endif

#define MMT_MAX_CPUS	64
#define MMT_MAX_ZONES	8

/**
 * struct mmt_table - one table of mmscope, read at once
 * @text: the bytes, cut up into cells
 * @columns: cells a row
 * @rows: rows without the header line
 * @cells: all cells, the header's first
 * @before: CLOCK_MONOTONIC before the read
 * @after: and after it
 */
struct mmt_table {
	char *text;
	int columns;
	int rows;
	char **cells;
	long long before;
	long long after;
};

/**
 * struct mmt_pcp - a CPU's part of a zone in /proc/zoneinfo
 * @cpu: the CPU
 * @count: pages in its set
 * @high: from which it is drained
 * @batch: how many at a time
 * @high_min: MMT_UNKNOWN where it is not printed
 * @high_max: MMT_UNKNOWN where it is not printed
 * @threshold: by how much its counters may be behind
 */
struct mmt_pcp {
	int cpu;
	long long count;
	long long high;
	long long batch;
	long long high_min;
	long long high_max;
	long long threshold;
};

/**
 * struct mmt_zone - one zone in /proc/zoneinfo, MMT_UNKNOWN what is not there
 * @node: its node
 * @name: its name
 * @index: how many zones of the node are printed before it
 * @free: "pages free"
 * @nr_free: "nr_free_pages"
 * @boost: and so on as printed
 * @min: with the boost
 * @low: with the boost
 * @high: with the boost
 * @promo: with the boost
 * @spanned: page frames it spans
 * @present: of those, with memory
 * @managed: of those, left to the page allocator
 * @protection: for allocations that could have been served from higher zones
 * @nr_protection: how many
 * @pcp: the CPUs
 * @nr_pcp: how many
 */
struct mmt_zone {
	int node;
	char name[16];
	int index;
	long long free;
	long long nr_free;
	long long boost;
	long long min;
	long long low;
	long long high;
	long long promo;
	long long spanned;
	long long present;
	long long managed;
	long long protection[MMT_MAX_ZONES];
	int nr_protection;
	struct mmt_pcp pcp[MMT_MAX_CPUS];
	int nr_pcp;
};

/**
 * struct mmt_zoneinfo - /proc/zoneinfo
 * @zones: populated or not, in its order
 * @nr: how many
 */
struct mmt_zoneinfo {
	struct mmt_zone *zones;
	int nr;
};

/**
 * struct mmt_saved - a file's text, to be put back
 * @path: the file, NULL for none
 * @text: what it had
 */
struct mmt_saved {
	const char *path;
	char text[128];
};

/**
 * struct mmt_event - one line of a trace
 * @at: its time in ns, of whatever clock the trace uses, cut to us
 * @pid: the thread, 0 for what an interrupt did
 * @name: the event
 * @fields: the rest of the line
 */
struct mmt_event {
	long long at;
	int pid;
	const char *name;
	const char *fields;
};

/**
 * struct mmt_trace - a trace
 * @text: the bytes, cut up
 * @events: one for each line
 * @nr: how many
 */
struct mmt_trace {
	char *text;
	struct mmt_event *events;
	int nr;
};

/**
 * mmt_now - CLOCK_MONOTONIC in ns
 */
long long mmt_now(void);

/**
 * mmt_slowness - by how much more time things are to be given: 1, or 5 where
 * sanitizers (lockdep, KCSAN) follow each step
 */
int mmt_slowness(void);

/**
 * mmt_sleep_ms - sleep
 * @ms: at least so long
 */
void mmt_sleep_ms(int ms);

/**
 * mmt_slurp - a whole file
 * @path: the file
 *
 * Gives its text, to be freed, or NULL and errno.
 */
char *mmt_slurp(const char *path);

/**
 * mmt_write - write a text into a file with one write()
 * @path: the file
 * @text: the text
 *
 * Gives 0 or a negative errno.
 */
int mmt_write(const char *path, const char *text);

/**
 * mmt_write_number - the same with a number
 * @path: the file
 * @number: the number
 */
int mmt_write_number(const char *path, long long number);

/**
 * mmt_read_number - the number at the beginning of a file
 * @path: the file
 *
 * MMT_BAD where there is none.
 */
long long mmt_read_number(const char *path);

/**
 * mmt_save - keep what a file has
 * @saved: where
 * @path: a file of up to 127 bytes, for whose name the caller cares
 *
 * Gives false where there is no such file.
 */
bool mmt_save(struct mmt_saved *saved, const char *path);

/**
 * mmt_restore - put it back
 * @saved: what mmt_save() kept; does nothing if that is nothing
 */
void mmt_restore(struct mmt_saved *saved);

/**
 * mmt_in_list - is a number in a list like 0-2,5?
 * @path: a file with such a list
 * @number: the number
 */
bool mmt_in_list(const char *path, int number);

/**
 * mmt_run - run a program and wait for it
 * @argv: its name and arguments, NULL at the end
 *
 * Gives its exit status, or -1.
 */
int mmt_run(char *const argv[]);

/**
 * mmt_loaded - is the module in the kernel?
 */
bool mmt_loaded(void);

/**
 * mmt_load - load the module with the parameters of $MMSCOPE_MODARGS
 *
 * Gives false if that failed.
 */
bool mmt_load(void);

/**
 * mmt_unload - the orderly stop, then rmmod
 *
 * Gives false if that failed.
 */
bool mmt_unload(void);

/**
 * mmt_table_read - read one table
 * @table: what was read; mmt_table_free() it
 * @name: its name, like zones/watermarks
 *
 * Gives false, after a word on stderr, if it is not there or its rows do not
 * all have as many cells as its header.
 */
bool mmt_table_read(struct mmt_table *table, const char *name);

/**
 * mmt_table_free - give it back
 * @table: what mmt_table_read() filled in
 */
void mmt_table_free(struct mmt_table *table);

/**
 * mmt_text - a cell, "" where there is no such column
 * @table: the table
 * @row: from 0
 * @column: the column's name
 */
const char *mmt_text(const struct mmt_table *table, int row, const char *column);

/**
 * mmt_number - a cell's number, MMT_UNKNOWN or MMT_BAD
 * @table: the table
 * @row: from 0
 * @column: the column's name
 */
long long mmt_number(const struct mmt_table *table, int row, const char *column);

/**
 * mmt_taken_ok - was each row taken while the table was read?
 * @table: the table
 */
bool mmt_taken_ok(const struct mmt_table *table);

/**
 * mmt_find - the first row of a zone
 * @table: a table with columns node and zone
 * @node: the node
 * @zone: the zone
 *
 * -1 where there is none.
 */
int mmt_find(const struct mmt_table *table, int node, const char *zone);

/**
 * mmt_zoneinfo_read - read /proc/zoneinfo
 * @info: what was read; mmt_zoneinfo_free() it
 */
bool mmt_zoneinfo_read(struct mmt_zoneinfo *info);

/**
 * mmt_zoneinfo_free - give it back
 * @info: what mmt_zoneinfo_read() filled in
 */
void mmt_zoneinfo_free(struct mmt_zoneinfo *info);

/**
 * mmt_populated - the next populated zone, NULL after the last
 * @info: /proc/zoneinfo
 * @zone: the one before, NULL for the first
 */
struct mmt_zone *mmt_populated(const struct mmt_zoneinfo *info,
			       const struct mmt_zone *zone);

/**
 * mmt_drift - by how much a zone's counter may be off
 * @zone: the zone
 *
 * Each CPU keeps up to its threshold to itself.
 */
long long mmt_drift(const struct mmt_zone *zone);

/**
 * mmt_trace_read - read a trace
 * @trace: what was read; mmt_trace_free() it
 * @path: tracefs' file trace
 *
 * Gives false if it could not be read or has lost events.
 */
bool mmt_trace_read(struct mmt_trace *trace, const char *path);

/**
 * mmt_trace_clear - empty a trace
 * @path: tracefs' file trace
 */
bool mmt_trace_clear(const char *path);

/**
 * mmt_trace_free - give it back
 * @trace: what mmt_trace_read() filled in
 */
void mmt_trace_free(struct mmt_trace *trace);

/**
 * mmt_event_number - a field of an event, decimal or 0x
 * @event: the event
 * @name: the field's name with the equals sign
 *
 * MMT_BAD where there is none.
 */
long long mmt_event_number(const struct mmt_event *event, const char *name);

/**
 * mmt_event_is - has a field of an event this text?
 * @event: the event
 * @field: name, equals sign and text
 */
bool mmt_event_is(const struct mmt_event *event, const char *field);

#endif
