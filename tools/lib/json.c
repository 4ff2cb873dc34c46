// SPDX-License-Identifier: GPL-2.0-only
/* Tables as JSON. */
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "text.h"
#include "util.h"

#define MAX_BYTES	(256UL << 20)

struct json_object *mms_json_num(struct mms_num n)
{
	return n.ok ? json_object_new_uint64(n.v) : NULL;
}

struct json_object *mms_json_name(const char *name)
{
	struct mms_buf b = { 0 };
	struct json_object *o;

	mms_utf8_clean(&b, name, strlen(name));
	o = json_object_new_string_len(b.data, b.len);
	mms_buf_free(&b);
	return o;
}

static struct json_object *json_text(const char *cell)
{
	struct mms_buf b = { 0 };
	struct json_object *o;

	mms_text_utf8(&b, cell);
	o = json_object_new_string_len(b.data, b.len);
	mms_buf_free(&b);
	return o;
}

static struct json_object *json_cell(const struct mms_table *t, size_t row,
				     size_t col)
{
	const char *cell = mms_cell(t, row, col);

	if (cell[0] == '-' && !cell[1])
		return NULL;
	if (!t->cols[col].numeric)
		return json_text(cell);
	if (*cell == '-')
		return json_object_new_int64(strtoimax(cell, NULL, 10));
	return mms_json_num(mms_cell_num(t, row, col));
}

struct json_object *mms_json_table(const struct mms_table *t)
{
	struct json_object *rows = json_object_new_array(), *row;
	size_t i, c;

	for (i = 0; i < t->nrows; i++) {
		row = json_object_new_object();
		for (c = 0; c < t->ncols; c++)
			json_object_object_add(row, t->cols[c].name,
					       json_cell(t, i, c));
		json_object_array_add(rows, row);
	}
	return rows;
}

static void add_table(struct json_object *tables, const char *name,
		      const struct mms_table *t)
{
	struct mms_buf b = { 0 };

	mms_utf8_clean(&b, name, strlen(name));
	json_object_object_add(tables, b.data, mms_json_table(t));
	mms_buf_free(&b);
}

/* At most so many bytes; json-c takes ten times that of memory to make them. */
static size_t json_bytes(const struct mms_table *t)
{
	return t->nrows * t->ncols * (MMS_TABLE_MAX_NAME + 32) + 2 * t->len;
}

struct json_object *mms_json_report(struct mms_snapshot *s,
				    const char *prefix)
{
	struct json_object *report = json_object_new_object();
	struct json_object *tables = json_object_new_object();
	const struct mms_table *t;
	const char **names;
	size_t n, i, bytes = 0;

	json_object_object_add(report, "source",
			       mms_json_name(mms_snapshot_source(s)));
	json_object_object_add(report, "page_size_bytes",
			       json_object_new_uint64(mms_snapshot_page_size(s)));
	names = mms_snapshot_names(s, prefix, &n);
	for (i = 0; i < n; i++) {
		t = mms_snapshot_table(s, names[i]);
		if (!t)
			continue;
		bytes += json_bytes(t);
		if (bytes > MAX_BYTES)
			mms_snapshot_say_large(s, names[i]);
		else
			add_table(tables, names[i], t);
	}
	free(names);
	json_object_object_add(report, "tables", tables);
	return report;
}

void mms_json_print(struct json_object *o, bool pretty)
{
	int flags = JSON_C_TO_STRING_NOSLASHESCAPE;
	const char *s;
	size_t len;

	if (pretty)
		flags |= JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED;
	s = json_object_to_json_string_length(o, flags, &len);
	mms_output(s, len);
	mms_output("\n", 1);
	json_object_put(o);
}
