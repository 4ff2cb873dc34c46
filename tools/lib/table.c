// SPDX-License-Identifier: GPL-2.0-only
/* The parser of tables. It trusts nothing: see table.h. */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "table.h"
#include "text.h"
#include "util.h"

struct parser {
	struct mms_table *t;
	size_t line;
	size_t cap;
	char *err;
};

static bool fail(struct parser *p, const char *fmt, ...) MMS_PRINTF(2, 3);

static bool fail(struct parser *p, const char *fmt, ...)
{
	va_list ap;
	int n;

	n = snprintf(p->err, MMS_TABLE_ERR_LEN, "%s: line %zu: ", p->t->name,
		     p->line);
	if (n < 0 || n >= MMS_TABLE_ERR_LEN)
		return false;
	va_start(ap, fmt);
	vsnprintf(p->err + n, MMS_TABLE_ERR_LEN - n, fmt, ap);
	va_end(ap);
	return false;
}

static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n >= m && !strcmp(s + n - m, end);
}

/* The name tells the type: a unit as suffix, or a key that is a number. */
static bool is_numeric(const char *name)
{
	static const char *const units[] = {
		"_pages", "_ns", "_total", "_bytes", "_blocks", "_index",
		"_order", "_pid", "_pfn", "_cgroup_id",
	};
	static const char *const keys[] = {
		"node", "to_node", "cpu", "position", "distance", "pid",
		"cgroup_id", "has_memory", "has_cpu", "zone_reclaim_mode",
		"enabled", "hooks", "attached", "order", "bucket", "pfn",
		"run", "running", "failures", "hopeless", "exact", "pages",
		"isolated", "waiters", "folios", "truncated", "inode",
		"in_iowait",
	};
	size_t i;

	for (i = 0; i < MMS_ARRAY_SIZE(units); i++) {
		if (ends_with(name, units[i]))
			return true;
	}
	for (i = 0; i < MMS_ARRAY_SIZE(keys); i++) {
		if (!strcmp(name, keys[i]))
			return true;
	}
	return false;
}

static bool valid_name(const char *name)
{
	return *name >= 'a' && *name <= 'z' &&
	       strlen(name) <= MMS_TABLE_MAX_NAME &&
	       !name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_")];
}

static bool valid_number(const char *cell)
{
	const char *digits = cell + (*cell == '-');

	if (!strcmp(cell, "-"))
		return true;
	if (!*digits || digits[strspn(digits, "0123456789")])
		return false;
	errno = 0;
	if (*cell == '-')
		strtoimax(cell, NULL, 10);
	else
		strtoumax(cell, NULL, 10);
	return !errno;
}

/* Cut the next cell off a line; NULL at its end. */
static char *next_cell(char **line)
{
	char *cell = *line + strspn(*line, " \t");
	char *end = cell + strcspn(cell, " \t");

	if (!*cell)
		return NULL;
	*line = *end ? end + 1 : end;
	*end = '\0';
	return cell;
}

static bool parse_header(struct parser *p, char *line)
{
	struct mms_table *t = p->t;
	char *name;

	while ((name = next_cell(&line))) {
		if (!valid_name(name))
			return fail(p, "'%.40s' is no column name", name);
		if (mms_table_col(t, name) >= 0)
			return fail(p, "column %.40s appears twice", name);
		if (t->ncols == MMS_TABLE_MAX_COLS)
			return fail(p, "more than %d columns",
				    MMS_TABLE_MAX_COLS);
		t->cols[t->ncols].name = name;
		t->cols[t->ncols++].numeric = is_numeric(name);
	}
	return t->ncols || fail(p, "no column names");
}

static bool check_cell(struct parser *p, size_t col, const char *cell)
{
	const struct mms_col *c = &p->t->cols[col];

	if (c->numeric && !valid_number(cell))
		return fail(p, "%s is '%.40s', not a number", c->name, cell);
	if (!c->numeric && !mms_text_valid(cell))
		return fail(p, "%s holds bytes that are not escaped", c->name);
	return true;
}

/*
 * Put the cells of a line behind those there are. A line that repeats the
 * header begins another take: the rows before it are forgotten.
 */
static bool parse_row(struct parser *p, char *line)
{
	struct mms_table *t = p->t;
	size_t base = t->nrows * t->ncols, n = 0, same = 0, i;
	char *cell;

	if (t->nrows == MMS_TABLE_MAX_ROWS)
		return fail(p, "more than %lu rows", MMS_TABLE_MAX_ROWS);
	if (base + t->ncols > p->cap) {
		p->cap = 2 * (base + t->ncols);
		t->cells = mms_realloc(t->cells, p->cap, sizeof(*t->cells));
	}
	while ((cell = next_cell(&line))) {
		if (n == t->ncols)
			return fail(p, "more cells than the header's %zu",
				    t->ncols);
		same += !strcmp(cell, t->cols[n].name);
		t->cells[base + n++] = cell - t->text;
	}
	if (n != t->ncols)
		return fail(p, "%zu cells, but %zu columns", n, t->ncols);
	if (same == n) {
		t->nrows = 0;
		return true;
	}
	for (i = 0; i < n; i++) {
		if (!check_cell(p, i, t->text + t->cells[base + i]))
			return false;
	}
	t->nrows++;
	return true;
}

static bool parse_lines(struct parser *p, size_t len)
{
	char *pos = p->t->text, *end = pos + len, *nl;
	bool ok;

	p->line = 1;
	if (len > MMS_TABLE_MAX_BYTES)
		return fail(p, "larger than %lu MiB",
			    MMS_TABLE_MAX_BYTES >> 20);
	if (!len)
		return fail(p, "empty file, not even column names");
	for (; pos < end; pos = nl + 1, p->line++) {
		nl = memchr(pos, '\n', end - pos);
		if (memchr(pos, '\0', (nl ? nl : end) - pos))
			return fail(p, "NUL byte");
		if ((nl ? nl : end) - pos > MMS_TABLE_MAX_LINE)
			return fail(p, "longer than %d bytes",
				    MMS_TABLE_MAX_LINE);
		if (!nl)
			return fail(p, "cut off: it does not end in a newline");
		*nl = '\0';
		ok = p->line == 1 ? parse_header(p, pos) : parse_row(p, pos);
		if (!ok)
			return false;
	}
	return true;
}

struct mms_table *mms_table_parse(const char *name, char *text, size_t len,
				  char err[MMS_TABLE_ERR_LEN])
{
	struct parser p = { .err = err };

	p.t = mms_alloc(1, sizeof(*p.t));
	p.t->name = mms_strdup(name);
	p.t->text = text;
	p.t->len = len;
	p.t->cols = mms_alloc(MMS_TABLE_MAX_COLS, sizeof(*p.t->cols));
	*err = '\0';
	if (parse_lines(&p, len))
		return p.t;
	mms_table_free(p.t);
	return NULL;
}

void mms_table_free(struct mms_table *t)
{
	if (!t)
		return;
	free(t->name);
	free(t->text);
	free(t->cols);
	free(t->cells);
	free(t);
}

int mms_table_col(const struct mms_table *t, const char *name)
{
	size_t i;

	for (i = 0; i < t->ncols; i++) {
		if (!strcmp(t->cols[i].name, name))
			return i;
	}
	return -1;
}

const char *mms_cell(const struct mms_table *t, size_t row, int col)
{
	if (col < 0)
		return "-";
	return t->text + t->cells[row * t->ncols + col];
}

struct mms_num mms_cell_num(const struct mms_table *t, size_t row, int col)
{
	const char *cell = mms_cell(t, row, col);
	struct mms_num n = { 0 };

	if (col < 0 || !t->cols[col].numeric || *cell == '-')
		return n;
	n.v = strtoumax(cell, NULL, 10);
	n.ok = true;
	return n;
}
