// SPDX-License-Identifier: GPL-2.0-only
/*
 * Unit tests of the tool's library, and of whole commands on broken input.
 *
 *	unit DIR TAR TGZ	all tests, TAP on stdout
 *	unit --json		is stdin one JSON value, or one a line?
 *
 * DIR, TAR and TGZ are good snapshots, DIR a copy to be broken. To be built
 * with sanitizers: that nothing crashes is most of what is tested on broken
 * input.
 */
#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../cmd.h"
#include "../lib/files.h"
#include "../lib/json.h"
#include "../lib/text.h"
#include "../lib/units.h"
#include "../lib/zones.h"

static int tests, failed;

static bool check(bool ok, const char *fmt, ...) MMS_PRINTF(2, 3);

static bool check(bool ok, const char *fmt, ...)
{
	va_list ap;

	printf("%sok %d - ", ok ? "" : "not ", ++tests);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	failed += !ok;
	return ok;
}

static void check_str(const char *got, const char *want, const char *what)
{
	if (!check(!strcmp(got, want), "%s is %s", what, want))
		printf("# got %s\n", got);
}

/* Tables */

static struct mms_table *parse_len(const char *text, size_t len, char *err)
{
	char *copy = mms_alloc(len + 1, 1);

	memcpy(copy, text, len);
	return mms_table_parse("t", copy, len, err);
}

static const struct {
	const char *what;
	const char *text;
	const char *err;
} bad_tables[] = {
	{ "empty file", "", "line 1: empty file" },
	{ "blank header", "\n", "line 1: no column names" },
	{ "no newline", "node zone\n1 Normal", "line 2: cut off" },
	{ "header without newline", "node zone", "line 1: cut off" },
	{ "too few cells", "node zone\n1 a\n2\n", "line 3: 1 cells" },
	{ "too many cells", "node zone\n1 a b\n", "line 2: more cells" },
	{ "empty row", "node zone\n\n", "line 2: 0 cells" },
	{ "word as number", "node zone\nx a\n", "line 2: node is 'x'" },
	{ "number with tail", "a_pages\n12x\n", "not a number" },
	{ "hexadecimal", "a_pages\n0x12\n", "not a number" },
	{ "fraction", "a_ns\n1.5\n", "not a number" },
	{ "plus", "a_ns\n+1\n", "not a number" },
	{ "two signs", "a_ns\n--1\n", "not a number" },
	{ "over 64 bits", "a_ns\n18446744073709551616\n", "not a number" },
	{ "far below 0", "a_ns\n-9223372036854775809\n", "not a number" },
	{ "same column twice", "node zone node\n1 a 1\n", "twice" },
	{ "upper case column", "Node\n1\n", "no column name" },
	{ "column name of 65 characters",
	  "a1234567890123456789012345678901234567890123456789012345678901234\n",
	  "no column name" },
	{ "control character", "zone\na\001b\n", "not escaped" },
	{ "carriage return", "zone\nab\r\n", "not escaped" },
	{ "bytes over 0x7f", "zone\na\303\244\n", "not escaped" },
	{ "lone backslash", "zone\na\\x\n", "not escaped" },
	{ "escape over 0xff", "zone\n\\400\n", "not escaped" },
	{ "cut escape", "zone\n\\01\n", "not escaped" },
};

static void test_bad_tables(void)
{
	char err[MMS_TABLE_ERR_LEN];
	struct mms_table *t;
	size_t i;

	for (i = 0; i < MMS_ARRAY_SIZE(bad_tables); i++) {
		t = parse_len(bad_tables[i].text, strlen(bad_tables[i].text),
			      err);
		if (!check(!t && strstr(err, bad_tables[i].err),
			   "table with %s is refused", bad_tables[i].what))
			printf("# %s\n", err);
		mms_table_free(t);
	}
	t = parse_len("zone\na\0b\n", 9, err);
	check(!t && strstr(err, "NUL"), "table with NUL byte is refused");
	mms_table_free(t);
}

static void test_limits(void)
{
	struct mms_buf b = { 0 };
	char err[MMS_TABLE_ERR_LEN];
	struct mms_table *t;
	int i;

	for (i = 0; i <= MMS_TABLE_MAX_COLS; i++)
		mms_buf_printf(&b, "c%d ", i);
	mms_buf_add(&b, "\n", 1);
	t = parse_len(b.data, b.len, err);
	check(!t && strstr(err, "more than"), "too many columns are refused");
	b.len = 0;
	mms_buf_printf(&b, "zone\n");
	for (i = 0; i <= MMS_TABLE_MAX_LINE; i++)
		mms_buf_add(&b, "x", 1);
	mms_buf_add(&b, "\n", 1);
	t = parse_len(b.data, b.len, err);
	check(!t && strstr(err, "longer"), "overlong line is refused");
	b.len = 0;
	mms_buf_printf(&b, "zone\n");
	for (i = 0; i <= (int)MMS_TABLE_MAX_ROWS; i++)
		mms_buf_add(&b, "x\n", 2);
	t = parse_len(b.data, b.len, err);
	check(!t && strstr(err, "more than"), "too many rows are refused");
	t = parse_len(b.data, b.len - 2, err);
	check(t && t->nrows == MMS_TABLE_MAX_ROWS, "as many as allowed are not");
	mms_table_free(t);
	mms_buf_free(&b);
}

static void test_good_table(void)
{
	static const char text[] =
		"  node\tzone    a_pages  odd\n"
		"     0 DMA  18446744073709551615 a\\040b\t\n"
		"     1 -       -     -\n"
		"     2 x      -5 \\055\n";
	char err[MMS_TABLE_ERR_LEN];
	struct mms_table *t = parse_len(text, sizeof(text) - 1, err);

	if (!check(t && t->ncols == 4 && t->nrows == 3, "good table: 3 x 4"))
		return;
	check(mms_cell_num(t, 0, 2).v == UINT64_MAX, "2^64-1 is read");
	check(!mms_cell_num(t, 1, 2).ok, "- is unknown");
	check(!mms_cell_num(t, 2, 2).ok, "negative is no amount");
	check(!mms_cell_num(t, 0, -1).ok, "missing column is unknown");
	check(!mms_cell_num(t, 0, 3).ok, "text is no number");
	check_str(mms_cell(t, 0, -1), "-", "cell of a missing column");
	check_str(mms_cell(t, 0, mms_table_col(t, "odd")), "a\\040b", "text");
	mms_table_free(t);
}

static void test_appended(void)
{
	static const char text[] =
		"node taken_ns\n0 1\n1 1\nnode taken_ns\n7 2\n";
	char err[MMS_TABLE_ERR_LEN];
	struct mms_table *t = parse_len(text, sizeof(text) - 1, err);

	check(t && t->nrows == 1 && mms_cell_num(t, 0, 0).v == 7,
	      "of several takes the last one counts");
	mms_table_free(t);
}

/* Text */

static void check_text(const char *cell, const char *utf8, const char *ascii,
		       const char *json)
{
	struct mms_buf b = { 0 };

	mms_text_human(&b, cell, true);
	check_str(b.data, utf8, "cell for a UTF-8 terminal");
	b.len = 0;
	mms_text_human(&b, cell, false);
	check_str(b.data, ascii, "cell for an ASCII terminal");
	b.len = 0;
	mms_text_utf8(&b, cell);
	check_str(b.data, json, "cell for JSON");
	mms_buf_free(&b);
}

static void test_text(void)
{
	struct mms_buf b = { 0 };

	check_text("plain", "plain", "plain", "plain");
	check_text("a\\040b", "a b", "a b", "a b");
	check_text("\\303\\244", "\303\244", "\\303\\244", "\303\244");
	check_text("\\033[31m", "\\033[31m", "\\033[31m", "\033[31m");
	check_text("x\\377", "x\\377", "x\\377", "x\357\277\275");
	check_text("\\303", "\\303", "\\303", "\357\277\275");
	check_text("\\302\\233", "\\302\\233", "\\302\\233", "\302\233");
	check_text("\\346\\274\\242", "\\346\\274\\242", "\\346\\274\\242",
		   "\346\274\242");
	check_text("\\327\\251", "\\327\\251", "\\327\\251", "\327\251");
	check_text("a\\342\\200\\256", "a\\342\\200\\256", "a\\342\\200\\256",
		   "a\342\200\256");
	check_text("e\\314\\201", "e\\314\\201", "e\\314\\201", "e\314\201");
	check_text("\\357\\277\\277", "\\357\\277\\277", "\\357\\277\\277",
		   "\357\277\277");
	check_text("\\302\\255", "\\302\\255", "\\302\\255", "\302\255");
	check_text("\\001", "\\001", "\\001", "\001");
	check_text("\\134", "\\134", "\\134", "\\");
	check_text("\\000", "\\000", "\\000", "");
	mms_text_escape(&b, "a b\\\t\177\303");
	check_str(b.data, "a\\040b\\134\\011\\177\\303", "escaped text");
	b.len = 0;
	mms_text_escape(&b, "");
	check_str(b.data, "\\000", "escaped empty text");
	b.len = 0;
	mms_text_escape(&b, "-");
	check_str(b.data, "\\055", "escaped -");
	mms_buf_free(&b);
}

/* Units */

static void test_sizes(void)
{
	check_str(mms_size(0).s, "0", "no bytes");
	check_str(mms_size(1023).s, "1023", "size");
	check_str(mms_size(1024).s, "1.0Ki", "size");
	check_str(mms_size(1023.9 * 1024).s, "1.0Mi", "size");
	check_str(mms_size(99.96 * 1024 * 1024).s, "100Mi", "size");
	check_str(mms_size(18446744073709551615.0 * 4096).s, "64.0Zi", "size");
	check_str(mms_size_long(12.34 * 1024 * 1024).s, "12.3 MiB", "size");
	check_str(mms_count(99999).s, "99999", "count");
	check_str(mms_count(100000).s, "100k", "count");
	check_str(mms_count(UINT64_MAX).s, "18.4E", "count");
	check_str(mms_count(-1).s, "0", "count below 0");
	check(mms_sum(1, 2) == 3 && mms_sum(UINT64_MAX - 1, 1) == UINT64_MAX &&
	      mms_sum(UINT64_MAX, UINT64_MAX) == UINT64_MAX,
	      "a sum ends at 2^64-1");
	check(mms_whole(1.9) == 1 && !mms_whole(-1) && !mms_whole(0.0 / 0.0) &&
	      mms_whole(0x1p64) == UINT64_MAX && mms_whole(1 / 0.0) == UINT64_MAX,
	      "so does what is made a whole number");
}

static void test_times(void)
{
	check_str(mms_time(0).s, "0", "time");
	check_str(mms_time(999).s, "999ns", "time");
	check_str(mms_time(999999).s, "999us", "time");
	check_str(mms_time(999999999).s, "999ms", "time");
	check_str(mms_time(1500000000).s, "1.5s", "time");
	check_str(mms_time(59940000000).s, "59.9s", "time");
	check_str(mms_time(59960000000).s, "1m00s", "time");
	check_str(mms_time(3599600000000).s, "1h00m", "time");
	check_str(mms_time(86400000000000).s, "1d00h", "time");
	check_str(mms_time(UINT64_MAX).s, "213503d", "time");
	check_str(mms_time(4 * 0x1p64).s, "213503d", "time beyond 64 bits");
	check_str(mms_time(-1).s, "0", "time below 0");
}

static void test_percents(void)
{
	check_str(mms_percent(0, 0).s, "0", "share of nothing");
	check_str(mms_percent(0, 5).s, "0", "share");
	check_str(mms_percent(5, 5).s, "100%", "share");
	check_str(mms_percent(1, 100000).s, "<0.1%", "share");
	check_str(mms_percent(99999, 100000).s, ">99.9", "share");
	check_str(mms_percent(1, 3).s, "33.3%", "share");
}

/* Zones */

static struct mms_num known(uint64_t v)
{
	struct mms_num n = { .v = v, .ok = true };

	return n;
}

static struct mms_zone sample_zone(uint64_t free)
{
	struct mms_zone z = {
		.zone = "Normal", .free = known(free), .min = known(10),
		.low = known(20), .high = known(30), .lowest = known(free),
		.boost = known(0), .since = known(1000), .taken = known(2000),
		.samples = known(100),
	};
	int b;

	for (b = 0; b < MMS_NBANDS; b++)
		z.in_band[b] = known(100 * (b + 1));
	return z;
}

static void test_bands(void)
{
	struct mms_zone z = sample_zone(0);

	check(mms_zone_band(&z, known(31)) == MMS_ABOVE_HIGH, "31 > high 30");
	check(mms_zone_band(&z, known(30)) == MMS_HIGH_TO_LOW, "30 is high");
	check(mms_zone_band(&z, known(21)) == MMS_HIGH_TO_LOW, "21 > low 20");
	check(mms_zone_band(&z, known(20)) == MMS_LOW_TO_MIN, "20 is low");
	check(mms_zone_band(&z, known(11)) == MMS_LOW_TO_MIN, "11 > min 10");
	check(mms_zone_band(&z, known(10)) == MMS_BELOW_MIN, "10 is min");
	z.low.ok = false;
	check(mms_zone_band(&z, known(10)) == MMS_NBANDS, "no low, no band");
}

static void test_delta(void)
{
	struct mms_zone before = sample_zone(50), now = sample_zone(5), d;

	now.in_band[MMS_BELOW_MIN] = known(450);
	now.samples = known(107);
	mms_zone_delta(&now, &before, &d);
	check(d.in_band[MMS_BELOW_MIN].v == 50 && d.samples.v == 7 &&
	      !d.in_band[MMS_ABOVE_HIGH].v && d.since.v == 2000,
	      "difference of two reports");
	now.since = known(1500);
	mms_zone_delta(&now, &before, &d);
	check(d.in_band[MMS_BELOW_MIN].v == 450 && d.since.v == 1500,
	      "after a reset, times since the reset");
	now.since = before.since;
	now.samples = known(1);
	mms_zone_delta(&now, &before, &d);
	check(d.samples.v == 1, "a counter that went back was reset");
	now.samples.ok = false;
	mms_zone_delta(&now, &before, &d);
	check(!d.samples.ok, "difference with an unknown is unknown");
	mms_zone_delta(&now, NULL, &d);
	check(d.in_band[MMS_BELOW_MIN].v == 450, "first report: all");
}

/* A bar as a string of its ASCII characters. */
static void bar_string(const struct mms_zone *z, int width, char *s)
{
	struct mms_out out = { .width = MMS_WIDTH };
	struct mms_canvas cv;
	int i;

	mms_canvas_init(&cv, &out);
	mms_zone_bar(&cv, z, width);
	for (i = 0; i < cv.col; i++)
		s[i] = cv.cell[i].ascii;
	s[i] = '\0';
	mms_canvas_free(&cv);
}

static void check_bar(struct mms_zone z, const char *want, const char *what)
{
	char got[MMS_WIDTH + 1];

	bar_string(&z, 21, got);
	check_str(got, want, what);
}

static void test_bars(void)
{
	struct mms_zone z = sample_zone(0);

	z.lowest.ok = false;
	check_bar(z, "[....|....|....|......]", "bar of nothing free");
	z.free = known(10);
	check_bar(z, "[####|....|....|......]", "bar of min");
	z.free = known(25);
	check_bar(z, "[####|####|##..|......]", "bar between low and high");
	z.free = known(UINT64_MAX);
	check_bar(z, "[####|####|####|######]", "bar of everything");
	z.lowest = known(0);
	check_bar(z, "[v###|####|####|######]", "bar with lowest 0");
	z.lowest = known(UINT64_MAX);
	check_bar(z, "[####|####|####|#####v]", "bar with lowest at its end");
	z.lowest.ok = false;
	z.boost = known(5);
	check_bar(z, "[##%%|####|####|######]", "bar with boost");
	z.free = known(0);
	check_bar(z, "[..::|....|....|......]", "empty bar with boost");
	z.boost = known(UINT64_MAX);
	check_bar(z, "[....|....|....|......]", "bar with absurd boost");
	z = sample_zone(0);
	z.min = known(0);
	z.low = known(0);
	z.high = known(0);
	z.lowest = known(0);
	z.free = known(1);
	check_bar(z, "[###v|####|####|######]", "bar without marks");
	z.free = known(0);
	check_bar(z, "[###v|####|####|......]", "empty bar without marks");
	z.high.ok = false;
	check_bar(z, "[?????????????????????]", "bar of unknown marks");
	z = sample_zone(25);
	z.min = known(30);
	z.high = known(10);
	z.lowest = known(15);
	check_bar(z, "[##v-|####|####|#.....]", "bar of marks in disorder");
}

/* Canvas */

static void test_canvas(void)
{
	struct mms_out out = { .width = MMS_WIDTH };
	struct mms_canvas cv;
	char line[MMS_WIDTH + 1] = "";
	struct mms_buf words = { 0 };
	size_t i;

	mms_canvas_init(&cv, &out);
	mms_text(&cv, MMS_PLAIN, "%0200d", 0);
	check(cv.col == MMS_WIDTH && cv.nlines == 1, "text is clipped");
	mms_newline(&cv);
	mms_text(&cv, MMS_PLAIN, "a\033b\n\302\233c\377");
	for (i = 0; i < (size_t)cv.col; i++)
		line[i] = cv.cell[cv.width + i].ch < 0x80 ?
			cv.cell[cv.width + i].ch : 'X';
	check_str(line, "a?b??c?", "controls in text");
	mms_newline(&cv);
	mms_text(&cv, MMS_PLAIN, "\342\200\256\327\251\314\201\346\274\242\357\277\277.");
	check(cv.col == 6 && cv.cell[2 * cv.width].ch == '?' &&
	      cv.cell[2 * cv.width + 4].ch == '?',
	      "what reorders, combines or is wide in text");
	mms_newline(&cv);
	for (i = 0; i < 20; i++)
		mms_buf_printf(&words, "word%zu ", i);
	mms_wrap(&cv, 4, MMS_PLAIN, words.data);
	mms_buf_free(&words);
	check(cv.nlines == 5, "long text is wrapped");
	check(cv.cell[4 * cv.width + 3].ch == ' ' &&
	      cv.cell[4 * cv.width + 4].ch != ' ', "wrapped text is indented");
	mms_canvas_free(&cv);
}

/* Whole commands on broken input: no crash, and a sensible exit status. */

static char *tmp_file;

static bool write_file(const char *path, const char *data, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	bool ok;

	if (fd < 0)
		return false;
	ok = write(fd, data, len) == (ssize_t)len;
	return !close(fd) && ok;
}

/* The commands that read a table, as words; the input is added. */
static const struct {
	const char *prefix;
	const char *words[4];
} readers[] = {
	{ "zones/", { "zones" } },
	{ "zones/", { "zones", "-zps" } },
	{ "zones/", { "zones", "--json" } },
	{ "probes", { "probes" } },
	{ "version", { "version" } },
	{ "manifest", { "zones" } },
};

static int run_reader(size_t r, const char *input)
{
	char *argv[8], program[] = "mmscope", in[] = "-i";
	int argc = 0, status, i;
	char *path = mms_strdup(input);

	argv[argc++] = program;
	for (i = 0; i < 4 && readers[r].words[i]; i++)
		argv[argc++] = mms_strdup(readers[r].words[i]);
	argv[argc++] = in;
	argv[argc++] = path;
	argv[argc] = NULL;
	status = mms_main(argc, argv);
	for (i = 1; i < argc - 2; i++)
		free(argv[i]);
	free(path);
	return status;
}

/* Run @n breakages of a file with all output thrown away. */
struct fuzz {
	const char *dir;
	const char *name;
	const char *good;
	size_t len;
	size_t bad_status;
};

static void run_readers(struct fuzz *f, const char *data, size_t len,
			bool good)
{
	size_t r;
	int status;

	if (!write_file(tmp_file, data, len)) {
		f->bad_status++;
		return;
	}
	for (r = 0; r < MMS_ARRAY_SIZE(readers); r++) {
		if (strncmp(f->name, readers[r].prefix,
			    strlen(readers[r].prefix)))
			continue;
		status = run_reader(r, f->dir);
		f->bad_status += status != MMS_EXIT_OK &&
				 (good || status != MMS_EXIT_FAIL);
	}
}

static void truncate_everywhere(struct fuzz *f)
{
	char err[MMS_TABLE_ERR_LEN];
	struct mms_table *t;
	bool whole;
	size_t k;

	for (k = 0; k <= f->len; k++) {
		whole = k && f->good[k - 1] == '\n';
		t = parse_len(f->good, k, err);
		f->bad_status += whole != !!t || (!t && !*err);
		mms_table_free(t);
		/* A table cut at the end of a row is a good one. */
		run_readers(f, f->good, k, whole);
	}
}

static void flip_everywhere(struct fuzz *f)
{
	char *data = mms_alloc(f->len + 1, 1);
	size_t k;

	srandom(1);
	for (k = 0; k < f->len; k++) {
		memcpy(data, f->good, f->len);
		if (k % 2)
			data[k] ^= 1 << random() % 8;
		else
			data[k] = random();
		run_readers(f, data, f->len, false);
	}
	free(data);
}

/* stdout and stderr to nowhere and back: the tests print to them, too. */
static void mute(int saved[2])
{
	int fd = open("/dev/null", O_WRONLY), i;

	fflush(stdout);
	for (i = 0; i < 2; i++) {
		saved[i] = dup(STDOUT_FILENO + i);
		dup2(fd, STDOUT_FILENO + i);
	}
	close(fd);
}

static void unmute(const int saved[2])
{
	int i;

	fflush(stdout);
	for (i = 0; i < 2; i++) {
		dup2(saved[i], STDOUT_FILENO + i);
		close(saved[i]);
	}
}

static void fuzz_file(const char *dir, const char *path, const char *name)
{
	struct fuzz f = { .dir = dir, .name = name };
	int saved[2];
	size_t cut;
	char *data;

	tmp_file = mms_format("%s/%s", dir, path);
	data = mms_read_at(AT_FDCWD, tmp_file, MMS_TABLE_MAX_BYTES, &f.len);
	if (!data) {
		check(false, "%s can be read", path);
		free(tmp_file);
		return;
	}
	f.good = data;
	mute(saved);
	truncate_everywhere(&f);
	cut = f.bad_status;
	f.bad_status = 0;
	flip_everywhere(&f);
	write_file(tmp_file, data, f.len);
	unmute(saved);
	check(!cut, "%s cut after each of its %zu bytes", name, f.len);
	check(!f.bad_status, "%s with each of its bytes changed", name);
	free(data);
	free(tmp_file);
}

static void test_fuzz(const char *dir)
{
	struct mms_files fs = { 0 };
	const char *name;
	size_t i;

	check(mms_files_scan(&fs, dir, true) && fs.n > 3, "a good snapshot");
	for (i = 0; i < fs.n; i++) {
		name = fs.file[i].name;
		if (!strncmp(name, "mmscope/", 8))
			fuzz_file(dir, name, name + 8);
		else if (!strcmp(name, "manifest"))
			fuzz_file(dir, name, name);
	}
	mms_files_free(&fs);
}

static void test_archive(const char *path)
{
	char *copy = mms_format("%s.broken", path), *data;
	struct mms_snapshot *s;
	size_t len = 0, k;
	int saved[2];

	data = mms_read_at(AT_FDCWD, path, MMS_TABLE_MAX_BYTES, &len);
	if (!check(data, "%s can be read", path))
		return;
	mute(saved);
	srandom(1);
	for (k = 0; k < len; k += 1 + len / 997) {
		write_file(copy, data, k);
		s = mms_snapshot_open(copy);
		mms_snapshot_close(s);
		data[k] ^= 1 << random() % 8;
		write_file(copy, data, len);
		s = mms_snapshot_open(copy);
		mms_snapshot_close(s);
	}
	unmute(saved);
	check(true, "%s cut and changed in many places", strrchr(path, '/') + 1);
	unlink(copy);
	free(copy);
	free(data);
}

/* Is all of stdin JSON? */
static int json_check(void)
{
	struct json_tokener *tok = json_tokener_new();
	struct json_object *o;
	char *data, *p;
	size_t len;
	int n = 0;

	data = mms_read_fd(STDIN_FILENO, MMS_TABLE_MAX_BYTES, &len);
	json_tokener_set_flags(tok, JSON_TOKENER_STRICT |
			       JSON_TOKENER_ALLOW_TRAILING_CHARS |
			       JSON_TOKENER_VALIDATE_UTF8);
	for (p = data; p && *p; p += json_tokener_get_parse_end(tok)) {
		p += strspn(p, "\n");
		if (!*p)
			break;
		o = json_tokener_parse_ex(tok, p, strlen(p));
		if (json_tokener_get_error(tok) != json_tokener_success ||
		    json_object_get_type(o) != json_type_object) {
			json_object_put(o);
			n = 0;
			break;
		}
		json_object_put(o);
		n++;
	}
	json_tokener_free(tok);
	free(data);
	return n ? 0 : 1;
}

int main(int argc, char **argv)
{
	setlocale(LC_CTYPE, "");
	if (argc == 2 && !strcmp(argv[1], "--json"))
		return json_check();
	if (argc != 4) {
		fprintf(stderr, "usage: unit --json | unit SNAPSHOT TAR TGZ\n");
		return 2;
	}
	test_bad_tables();
	test_limits();
	test_good_table();
	test_appended();
	test_text();
	test_sizes();
	test_times();
	test_percents();
	test_bands();
	test_delta();
	test_bars();
	test_canvas();
	test_fuzz(argv[1]);
	test_archive(argv[2]);
	test_archive(argv[3]);
	return failed ? 1 : 0;
}
