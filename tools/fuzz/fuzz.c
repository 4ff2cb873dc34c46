// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commands run on tables in memory, and the checks of what they print. The
 * functions that read directories are replaced by the linker: see wrap in
 * tools/Makefile.
 */
#include <errno.h>
#include <json-c/json.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <wchar.h>

#include "../cmd.h"
#include "../lib/files.h"
#include "../lib/text.h"
#include "fuzz.h"
#include "wrap.h"

#define MAX_WORDS	12

/* @looks: how often an interval ended; the second look is another one */
static struct {
	struct mms_files files;
	bool active;
	int looks;
} set;

void fuzz_fail(const char *file, int line, const char *what)
{
	fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
	fflush(stderr);
	abort();
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	setenv("MMSCOPE_DEBUGFS", "/", 1);
	unsetenv("NO_COLOR");
	return 0;
}

/* Tables in memory */

static const struct mms_file *find(const char *name, bool second)
{
	char *other = mms_format("+%s", name);
	const struct mms_file *f = NULL;

	if (second)
		f = mms_files_find(&set.files, other);
	free(other);
	return f ? f : mms_files_find(&set.files, name);
}

char *__wrap_mms_read_at(int dirfd, const char *name, size_t max, size_t *len)
{
	const struct mms_file *f;
	char *data;

	if (!set.active)
		return __real_mms_read_at(dirfd, name, max, len);
	f = find(name + strspn(name, "/"), set.looks > 0);
	errno = f ? EFBIG : ENOENT;
	if (!f || f->len > max)
		return NULL;
	data = mms_alloc(f->len + 1, 1);
	memcpy(data, f->data, f->len);
	*len = f->len;
	return data;
}

bool __wrap_mms_files_scan(struct mms_files *fs, const char *dir,
			   bool controls)
{
	size_t i;

	if (!set.active)
		return __real_mms_files_scan(fs, dir, controls);
	for (i = 0; i < set.files.n; i++) {
		if (*set.files.file[i].name != '+')
			mms_files_add(fs, set.files.file[i].name, NULL, 0);
	}
	mms_files_sort(fs);
	return true;
}

int __wrap_clock_nanosleep(clockid_t id, int flags, const struct timespec *at,
			   struct timespec *left)
{
	(void)id;
	(void)flags;
	(void)at;
	(void)left;
	set.looks++;
	return 0;
}

/* The end of a line, or of all. */
static const char *line_end(const char *p, const char *end)
{
	const char *nl = memchr(p, '\n', end - p);

	return nl ? nl : end;
}

static void add_table(const char *name, const char *name_end, const char *end)
{
	const char *text = name_end < end ? name_end + 1 : end;
	char *copy = mms_alloc(end - text + 1, 1);
	char *id = strndup(name, name_end - name);

	memcpy(copy, text, end - text);
	mms_files_add(&set.files, id, copy, end - text);
	free(id);
}

static void split_tables(const char *p, const char *end)
{
	const char *name, *q;

	while (p < end && *p != '@')
		p = line_end(p, end) + 1;
	while (p < end) {
		name = p + 1;
		q = line_end(p, end) + 1;
		while (q < end && *q != '@')
			q = line_end(q, end) + 1;
		add_table(name, line_end(name, end), q < end ? q : end);
		p = q;
	}
	mms_files_sort(&set.files);
}

void fuzz_tables(const uint8_t *data, size_t size,
		 const struct fuzz_run *runs, size_t n)
{
	size_t i;

	split_tables((const char *)data, (const char *)data + size);
	set.active = true;
	for (i = 0; i < n; i++)
		fuzz_run(&runs[i], NULL);
	set.active = false;
	mms_files_free(&set.files);
}

/* Checks of the output */

/* A colour: \033[, digits and semicolons, m. Gives its length. */
static size_t color_length(const char *s, size_t len)
{
	size_t n = 2;

	if (len < 3 || s[0] != '\033' || s[1] != '[')
		return 0;
	while (n < len && strchr("0123456789;", s[n]))
		n++;
	return n < len && s[n] == 'm' ? n + 1 : 0;
}

/*
 * Also of what needs no locale: blocks and lines are drawn in any. Hebrew,
 * Arabic and their neighbours reorder what stands beside them.
 */
static bool one_column(uint32_t ch)
{
	if (ch < ' ' || (ch >= 0x7f && ch < 0xa0) ||
	    (ch >= 0x590 && ch < 0x900))
		return false;
	return ch < 0x7f || (ch >= 0x2500 && ch < 0x2600) || wcwidth(ch) == 1;
}

void fuzz_check_text(const char *s, size_t len, enum fuzz_kind kind)
{
	size_t i = 0, n, cols = 0;
	uint32_t ch;

	while (i < len) {
		n = kind == FUZZ_COLOR ? color_length(s + i, len - i) : 0;
		if (n) {
			i += n;
			continue;
		}
		n = mms_utf8_next(s + i, len - i, &ch);
		FUZZ_CHECK(n);
		i += n;
		if (ch == '\n') {
			cols = 0;
			continue;
		}
		FUZZ_CHECK(one_column(ch));
		FUZZ_CHECK(kind != FUZZ_ASCII || ch < 0x80);
		FUZZ_CHECK(++cols <= MMS_WIDTH);
	}
}

static bool begins(const char *s, const char *end, const char *const *words)
{
	size_t n;

	for (; *words; words++) {
		n = strlen(*words);
		if ((size_t)(end - s) >= n && !memcmp(s, *words, n))
			return true;
	}
	return false;
}

void fuzz_check_svg(const char *s, size_t len)
{
	static const char *const tags[] = {
		"<svg ", "</svg>", "<text ", "</text>", "<rect ", "<path ", NULL,
	};
	static const char *const entities[] = {
		"&amp;", "&lt;", "&gt;", NULL,
	};
	const char *end = s + len;
	uint32_t ch;
	size_t n;

	FUZZ_CHECK(len > 12 && begins(s, end, tags));
	FUZZ_CHECK(!memcmp(end - 7, "</svg>\n", 7));
	for (; s < end; s += n) {
		n = mms_utf8_next(s, end - s, &ch);
		FUZZ_CHECK(n);
		FUZZ_CHECK(ch == '\n' || one_column(ch));
		FUZZ_CHECK(ch != 0xfffe && ch != 0xffff);
		FUZZ_CHECK(ch != '<' || begins(s, end, tags));
		FUZZ_CHECK(ch != '&' || begins(s, end, entities));
	}
}

static void check_json(const char *s, size_t len)
{
	struct json_tokener *tok = json_tokener_new();
	struct json_object *o;

	json_tokener_set_flags(tok, JSON_TOKENER_STRICT |
			       JSON_TOKENER_ALLOW_TRAILING_CHARS |
			       JSON_TOKENER_VALIDATE_UTF8);
	FUZZ_CHECK(len && strlen(s) == len && s[len - 1] == '\n');
	while (len) {
		o = json_tokener_parse_ex(tok, s, len);
		FUZZ_CHECK(json_object_get_type(o) == json_type_object);
		json_object_put(o);
		s += json_tokener_get_parse_end(tok);
		s += strspn(s, "\n");
		len = strlen(s);
	}
	json_tokener_free(tok);
}

static void check_output(enum fuzz_kind kind, const char *out, size_t len)
{
	if (kind == FUZZ_JSON)
		check_json(out, len);
	else if (kind == FUZZ_SVG)
		fuzz_check_svg(out, len);
	else
		fuzz_check_text(out, len, kind);
}

/* Messages are lines of any length, else the same as text. */
static void check_messages(const char *s, size_t len, bool ascii)
{
	uint32_t ch;
	size_t n;

	for (; len; s += n, len -= n) {
		n = mms_utf8_next(s, len, &ch);
		FUZZ_CHECK(n);
		FUZZ_CHECK(ch == '\n' || one_column(ch));
		FUZZ_CHECK(!ascii || ch < 0x80);
	}
}

/* Running commands */

static int add_words(char **argv, int argc, char *words)
{
	char *save = NULL, *word = strtok_r(words, " ", &save);

	for (; word && argc < MAX_WORDS; word = strtok_r(NULL, " ", &save))
		argv[argc++] = word;
	return argc;
}

static int run(enum fuzz_kind kind, const char *words, const char *input)
{
	static const char *const options[] = {
		[FUZZ_ASCII] = "mmscope", [FUZZ_UTF8] = "mmscope",
		[FUZZ_COLOR] = "mmscope --color=always",
		[FUZZ_SVG] = "mmscope --svg", [FUZZ_JSON] = "mmscope --json",
	};
	const char *locale = kind == FUZZ_ASCII ? "C" : "C.UTF-8";
	char *argv[MAX_WORDS + 1] = { NULL }, *line;
	int argc, status;

	setenv("LC_ALL", locale, 1);
	setlocale(LC_CTYPE, locale);
	line = mms_format("%s%s%s %s", options[kind], input ? " -i " : "",
			  input ? input : "", words);
	argc = add_words(argv, 0, line);
	set.looks = 0;
	status = mms_main(argc, argv);
	free(line);
	return status;
}

void fuzz_run(const struct fuzz_run *r, const char *input)
{
	FILE *old_out = stdout, *old_err = stderr;
	char *out = NULL, *err = NULL;
	size_t out_len, err_len;
	int status;

	stdout = open_memstream(&out, &out_len);
	stderr = open_memstream(&err, &err_len);
	status = run(r->kind, r->words, input);
	fclose(stdout);
	fclose(stderr);
	stdout = old_out;
	stderr = old_err;
	FUZZ_CHECK(status == MMS_EXIT_OK || status == MMS_EXIT_FAIL);
	FUZZ_CHECK(status == MMS_EXIT_OK || err_len);
	check_messages(err, err_len, r->kind == FUZZ_ASCII);
	if (out_len || status == MMS_EXIT_OK)
		check_output(r->kind, out, out_len);
	free(out);
	free(err);
}
