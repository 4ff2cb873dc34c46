// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random and nearly right input for all files that can be written, first by one
 * writer, whose every input is compared with what a small model of these files
 * says, then by several at once. MMSCOPE_FUZZ is how many inputs, MMSCOPE_SEED
 * makes them the same again.
 */
/* First: it asks for all that the C library has */
#include "../kselftest_harness.h"

#include <ctype.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <sys/stat.h>

#include "mmstest.h"

#define INPUTS		5000
#define WRITERS		4
#define SECONDS		20000
#define WRITE_MAX	256
#define TEXT_MAX	5000
#define MAX_GROUPS	16
#define CHECK_EVERY	1000

/* The sampler's period */
#define MS_MIN		100
#define MS_MAX		60000
#define MS_DEFAULT	100
#define US_DEFAULT	100000

static const char enable_path[] = MMT_DEBUGFS "/enable";
static const char reset_path[] = MMT_DEBUGFS "/reset";
static const char sample_path[] = MMT_PARAMS "/sample_ms";
static const char wait_path[] = MMT_PARAMS "/page_wait_us";
static const char stop_path[] = MMT_PARAMS "/stop";

static char groups[MAX_GROUPS][32];
static int nr_groups;
/* Those that were on when the test began, and those that a subject is named for. */
static bool group_was_on[MAX_GROUPS];
static bool group_is_subject[MAX_GROUPS];

/**
 * struct model - what the files should say now
 * @on: of each group
 * @ms: the sampler's period
 * @us: from when on page waits are traced
 */
struct model {
	bool on[MAX_GROUPS];
	long long ms;
	long long us;
};

/**
 * struct input - what is to be written
 * @path: where
 * @len: bytes
 * @text: they, and a NUL
 */
struct input {
	const char *path;
	size_t len;
	char text[TEXT_MAX + 1];
};

/* Numbers that only look random */

static unsigned long long random_state;

static unsigned long long random_next(void)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return random_state * 2685821657736338717ULL;
}

static unsigned int random_below(unsigned int n)
{
	return (random_next() >> 32) % n;
}

static bool once_in(unsigned int n)
{
	return !random_below(n);
}

static unsigned long long random_seed(void)
{
	const char *text = getenv("MMSCOPE_SEED");

	return (text ? strtoull(text, NULL, 0) : 0) ?: (unsigned long long)mmt_now();
}

static long inputs(void)
{
	const char *text = getenv("MMSCOPE_FUZZ");

	return text ? atol(text) : INPUTS;
}

/* Making input */

static void add(struct input *in, const char *text)
{
	size_t len = strlen(text);

	if (in->len + len > TEXT_MAX)
		return;
	memcpy(in->text + in->len, text, len);
	in->len += len;
}

static void add_bytes(struct input *in, unsigned int n)
{
	while (n-- && in->len < TEXT_MAX)
		in->text[in->len++] = random_next() >> 56;
}

static void add_word(struct input *in)
{
	static const char *const signs[] = { "+", "-", "+", "-", "", "+-", "=" };
	static const char *const others[] = {
		"all", "Zones", "zone", "zoness", "1", "\\", "default", "" };

	add(in, signs[random_below(ARRAY_SIZE(signs))]);
	if (once_in(3))
		add(in, others[random_below(ARRAY_SIZE(others))]);
	else
		add(in, groups[random_below(nr_groups)]);
}

static void add_blank(struct input *in)
{
	static const char *const blanks[] = {
		" ", "\t", "\n", "  ", ",", "\r\n", "\v", "\f", "\xa0" };

	add(in, blanks[once_in(4) ? random_below(ARRAY_SIZE(blanks)) : 0]);
}

static void add_words(struct input *in)
{
	unsigned int n = once_in(50) ? random_below(60) : random_below(5);

	add_word(in);
	while (n--) {
		add_blank(in);
		add_word(in);
	}
	if (once_in(3))
		add_blank(in);
}

static void add_number(struct input *in)
{
	static const long long edges[] = {
		0, 1, 99, 100, 101, 60000, 60001, -1, -100, 4294967296,
		4294967396, 2147483648, 9223372036854775807LL };
	static const char *const formats[] = {
		"%lld", "0x%llx", "0%llo", "+%lld", "%lld\n", "%lldx", " %lld",
		"%lld\n\n", "%llde1", "0X%llX", "-0x%llx", "%lld%lld" };
	char text[64];
	long long number = edges[random_below(ARRAY_SIZE(edges))];

	if (once_in(3))
		number = random_below(70000);
	snprintf(text, sizeof(text), formats[random_below(ARRAY_SIZE(formats))],
		 number, number);
	add(in, text);
}

/* Takes, puts or changes a byte. */
static void spoil(struct input *in)
{
	unsigned int at = random_below(in->len + 1);

	switch (random_below(3)) {
	case 0:
		if (at < in->len)
			in->text[at] ^= 1 << random_below(8);
		break;
	case 1:
		if (at < in->len)
			in->len = at;
		break;
	case 2:
		if (in->len == TEXT_MAX)
			break;
		memmove(in->text + at + 1, in->text + at, in->len - at);
		in->text[at] = once_in(2) ? 0 : random_next() >> 56;
		in->len++;
		break;
	}
}

static void add_right(struct input *in)
{
	static const char *const resets[] = { "1", "1\n", " 1" };
	static const char *const stops[] = { "1", "0", "y", "N\n", "on", "off" };

	if (in->path == enable_path)
		add_words(in);
	else if (in->path == sample_path || in->path == wait_path)
		add_number(in);
	else if (in->path == stop_path)
		add(in, stops[random_below(ARRAY_SIZE(stops))]);
	else if (once_in(2))
		add(in, groups[random_below(nr_groups)]);
	else
		add(in, resets[random_below(ARRAY_SIZE(resets))]);
}

static const char *random_path(void)
{
	static const char *const paths[] = {
		enable_path, enable_path, reset_path, sample_path, wait_path };

	return once_in(200) ? stop_path :
			      paths[random_below(ARRAY_SIZE(paths))];
}

/* Mostly wrong, for what is right takes its time. */
static void make_input(struct input *in)
{
	unsigned int kind = random_below(32);

	in->len = 0;
	in->path = random_path();
	if (kind < 8)
		add_bytes(in, once_in(100) ? random_below(TEXT_MAX) : kind);
	else if (kind < 12)
		add_words(in);
	else if (kind < 16)
		add_number(in);
	else
		add_right(in);
	if (kind >= 8 && kind < 30)
		spoil(in);
	while (once_in(3))
		spoil(in);
	in->text[in->len] = '\0';
}

/* What they should do */

/* The kernel's isspace() takes the no-break space of Latin-1 for one too. */
static bool is_blank(char c)
{
	return c == '\xa0' || (c && strchr(" \t\n\v\f\r", c));
}

static int find_group(const char *name, size_t len)
{
	int i;

	for (i = 0; i < nr_groups; i++)
		if (strlen(groups[i]) == len && !memcmp(groups[i], name, len))
			return i;
	return -1;
}

static bool model_enable(struct model *model, const struct input *in)
{
	struct model next = *model;
	const char *p = in->text;
	int words = 0;

	if (in->len >= WRITE_MAX || strlen(in->text) != in->len)
		return false;
	for (; ; words++) {
		size_t len;
		int group;

		while (is_blank(*p))
			p++;
		len = strcspn(p, " \t\n\v\f\r");
		if (!len)
			break;
		group = find_group(p + 1, len - 1);
		if ((*p != '+' && *p != '-') || group < 0)
			return false;
		next.on[group] = *p == '+';
		p += len;
	}
	if (words)
		*model = next;
	return words;
}

static bool model_reset(const struct input *in)
{
	const char *p = in->text;
	size_t len = in->len;
	int group;

	if (in->len >= WRITE_MAX || strlen(in->text) != in->len)
		return false;
	for (; is_blank(*p); p++)
		len--;
	while (len && is_blank(p[len - 1]))
		len--;
	group = find_group(p, len);
	return (len == 1 && *p == '1') ||
	       (group >= 0 && group_is_subject[group]);
}

/* As kstrtouint() with base 0 reads it: what follows a NUL is not seen. */
static bool model_number(long long *number, const struct input *in)
{
	const char *p = in->text;
	char *end;
	unsigned long long n;

	p += *p == '+';
	if (!isdigit(*p))
		return false;
	errno = 0;
	n = strtoull(p, &end, 0);
	end += *end == '\n';
	if (errno || *end || n > UINT_MAX)
		return false;
	*number = n;
	return true;
}

static bool model_sample(struct model *model, const struct input *in)
{
	long long ms;

	if (!model_number(&ms, in) || (ms && (ms < MS_MIN || ms > MS_MAX)))
		return false;
	model->ms = ms;
	return true;
}

static bool model_write(struct model *model, const struct input *in)
{
	if (in->path == enable_path)
		return model_enable(model, in);
	if (in->path == reset_path)
		return model_reset(in);
	/* sysfs does not pass on what is nothing. */
	if (!in->len)
		return true;
	return in->path == sample_path ? model_sample(model, in) :
					 model_number(&model->us, in);
}

/* Writing */

static int write_input(const struct input *in)
{
	int fd = open(in->path, O_WRONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return errno;
	n = write(fd, in->text, in->len);
	close(fd);
	if (n < 0)
		return errno;
	/* sysfs takes a page at most. */
	return n == (ssize_t)in->len || n == getpagesize() ? 0 : EIO;
}

static void tell_input(const struct input *in, unsigned long long seed, long nr)
{
	size_t i;

	fprintf(stderr, "# MMSCOPE_SEED=%llu, input %ld, %s: \"",
		seed, nr, in->path);
	for (i = 0; i < in->len && i < 300; i++)
		fprintf(stderr, isprint((unsigned char)in->text[i]) ? "%c" : "\\x%02x",
			(unsigned char)in->text[i]);
	fprintf(stderr, "\"\n");
}

/* Stopped there are no files, and started again all is as before. */
static bool try_stop(const struct input *in)
{
	int err = write_input(in);
	char *stopped = mmt_slurp(stop_path);
	bool there = !access(MMT_DEBUGFS, F_OK);
	bool good = stopped && *stopped == (there ? 'N' : 'Y') &&
		    (!err || (err == EINVAL && there));

	free(stopped);
	return !mmt_write(stop_path, "0") && good;
}

static bool try_input(struct model *model, const struct input *in)
{
	int err;

	if (in->path == stop_path)
		return try_stop(in);
	err = write_input(in);
	if (model_write(model, in))
		return !err;
	return err == EINVAL ||
	       (err == ERANGE && (in->path == sample_path || in->path == wait_path));
}

static bool is_as(const struct model *model)
{
	struct mmt_table table;
	int row;
	bool good;

	if (!mmt_table_read(&table, "enable"))
		return false;
	good = table.rows == nr_groups &&
	       mmt_read_number(sample_path) == model->ms &&
	       mmt_read_number(wait_path) == model->us;
	for (row = 0; good && row < nr_groups; row++) {
		good = mmt_number(&table, row, "enabled") == model->on[row] &&
		       !mmt_number(&table, row, "attached") == !model->on[row];
		if (!good)
			fprintf(stderr, "# %s: should be %d\n", groups[row],
				model->on[row]);
	}
	mmt_table_free(&table);
	return good;
}

/* Group, target, state and reason of all hooks; to be freed */
static char *hooks(void)
{
	struct mmt_table table;
	char *text = calloc(1, 1 << 14), *p = text;
	int row;

	if (!mmt_table_read(&table, "probes"))
		return text;
	for (row = 0; row < table.rows; row++)
		p += sprintf(p, "%s %s %s %s\n",
			     mmt_text(&table, row, "group"),
			     mmt_text(&table, row, "target"),
			     mmt_text(&table, row, "state"),
			     mmt_text(&table, row, "reason"));
	mmt_table_free(&table);
	return text;
}

static long long hits(const char *target)
{
	struct mmt_table table;
	long long n = MMT_BAD;
	int row;

	if (!mmt_table_read(&table, "probes"))
		return n;
	for (row = 0; row < table.rows; row++)
		if (!strcmp(mmt_text(&table, row, "target"), target))
			n = mmt_number(&table, row, "hits_total");
	mmt_table_free(&table);
	return n;
}

static int unknown_controls;

static int look_at_file(const char *path, const struct stat *st, int type,
			struct FTW *ftw)
{
	static const char *const known[] = {
		enable_path, reset_path, sample_path, wait_path, stop_path };
	size_t i;

	if (type != FTW_F || !(st->st_mode & 0222))
		return 0;
	for (i = 0; i < ARRAY_SIZE(known); i++)
		if (!strcmp(path, known[i]))
			return 0;
	fprintf(stderr, "# %s can be written and is not tried here\n", path);
	unknown_controls++;
	return 0;
}

FIXTURE(fuzz) {
	struct model model;
	unsigned long long seed;
	char *hooks;
	bool loaded;
};

static bool read_groups(struct model *model)
{
	struct mmt_table table;
	char path[100];
	int row;

	if (!mmt_table_read(&table, "enable"))
		return false;
	for (row = 0; row < table.rows && row < MAX_GROUPS; row++) {
		snprintf(groups[row], sizeof(groups[row]), "%s",
			 mmt_text(&table, row, "group"));
		model->on[row] = mmt_number(&table, row, "enabled");
		group_was_on[row] = model->on[row];
		snprintf(path, sizeof(path), MMT_DEBUGFS "/%s", groups[row]);
		group_is_subject[row] = !access(path, F_OK);
	}
	nr_groups = row;
	model->ms = mmt_read_number(sample_path);
	model->us = mmt_read_number(wait_path);
	mmt_table_free(&table);
	return nr_groups;
}

FIXTURE_SETUP(fuzz)
{
	if (geteuid())
		SKIP(_exit(MMT_SKIP_STATUS), "must be root");
	if (!mmt_loaded()) {
		ASSERT_TRUE(mmt_load());
		self->loaded = true;
	}
	ASSERT_TRUE(read_groups(&self->model));
	self->hooks = hooks();
	self->seed = random_seed();
	random_state = self->seed;
	fprintf(stderr, "# MMSCOPE_SEED=%llu MMSCOPE_FUZZ=%ld\n",
		self->seed, inputs());
}

FIXTURE_TEARDOWN(fuzz)
{
	if (self->loaded)
		EXPECT_TRUE(mmt_unload());
}

/* All groups as they were, whatever has been: all is there again, and counts. */
static void check_all_back(struct __test_metadata *_metadata, const char *before)
{
	char *const argv[] = { "true", NULL };
	char text[WRITE_MAX] = "";
	long long exits;
	char *after;
	size_t used = 0;
	int i;

	for (i = 0; i < nr_groups; i++)
		used += snprintf(text + used, sizeof(text) - used, "%c%s ",
				 group_was_on[i] ? '+' : '-', groups[i]);
	ASSERT_EQ(0, mmt_write(enable_path, text));
	ASSERT_EQ(0, mmt_write_number(sample_path, MS_DEFAULT));
	ASSERT_EQ(0, mmt_write_number(wait_path, US_DEFAULT));
	after = hooks();
	EXPECT_STREQ(before, after);
	free(after);
	exits = hits("sched_process_exit");
	mmt_run(argv);
	EXPECT_GT(hits("sched_process_exit"), exits);
}

TEST_F(fuzz, all_controls_are_known)
{
	ASSERT_EQ(0, nftw(MMT_DEBUGFS, look_at_file, 4, FTW_PHYS));
	ASSERT_EQ(0, nftw(MMT_PARAMS, look_at_file, 4, FTW_PHYS));
	EXPECT_EQ(0, unknown_controls);
}

TEST_F_TIMEOUT(fuzz, one_writer, SECONDS)
{
	static struct input in;
	long i, taken = 0;

	for (i = 1; i <= inputs(); i++) {
		struct model before = self->model;

		make_input(&in);
		ASSERT_TRUE(try_input(&self->model, &in))
			tell_input(&in, self->seed, i);
		taken += memcmp(&before, &self->model, sizeof(before)) != 0;
		if (i % CHECK_EVERY && i != inputs())
			continue;
		ASSERT_TRUE(is_as(&self->model))
			tell_input(&in, self->seed, i);
	}
	fprintf(stderr, "# %ld inputs, of which %ld changed something\n",
		inputs(), taken);
	check_all_back(_metadata, self->hooks);
}

/* What another one's stop brings about is right too. */
static int write_many(unsigned long long seed, long n)
{
	static struct input in;
	int err;

	random_state = seed;
	while (n--) {
		make_input(&in);
		err = write_input(&in);
		if (!err || err == EINVAL || err == ERANGE || err == ENOENT ||
		    err == EAGAIN || err == EIO)
			continue;
		tell_input(&in, seed, n);
		fprintf(stderr, "# %s\n", strerror(err));
		return 1;
	}
	return 0;
}

TEST_F_TIMEOUT(fuzz, several_writers, SECONDS)
{
	int i, status;

	for (i = 0; i < WRITERS; i++)
		if (!fork())
			_exit(write_many(self->seed + i, inputs() / WRITERS / 2));
	for (i = 0; i < WRITERS; i++) {
		ASSERT_GT(wait(&status), 0);
		EXPECT_EQ(0, status);
	}
	EXPECT_EQ(0, mmt_write(stop_path, "0"));
	check_all_back(_metadata, self->hooks);
}

TEST_HARNESS_MAIN
