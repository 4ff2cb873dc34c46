// SPDX-License-Identifier: GPL-2.0-only
/* The parser of tables: what it takes, it takes the same when put together. */
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/json.h"
#include "../lib/table.h"
#include "../lib/text.h"
#include "fuzz.h"

static struct mms_table *parse(const char *data, size_t len)
{
	char err[MMS_TABLE_ERR_LEN], *copy = mms_alloc(len + 1, 1);
	struct mms_table *t;

	memcpy(copy, data, len);
	t = mms_table_parse("t", copy, len, err);
	FUZZ_CHECK(!t == !!*err);
	return t;
}

static void put_together(const struct mms_table *t, struct mms_buf *b)
{
	const char *cell;
	size_t i, c;

	for (c = 0; c < t->ncols; c++)
		mms_buf_printf(b, "%s ", t->cols[c].name);
	mms_buf_printf(b, "\n");
	for (i = 0; i < t->nrows; i++) {
		for (c = 0; c < t->ncols; c++) {
			cell = mms_cell(t, i, c);
			FUZZ_CHECK(mms_text_valid(cell) && *cell);
			mms_buf_printf(b, "%s ", cell);
		}
		mms_buf_printf(b, "\n");
	}
}

static void check_same(const struct mms_table *t, const struct mms_table *u)
{
	struct mms_num n, m;
	size_t i, c;

	FUZZ_CHECK(u && u->ncols == t->ncols && u->nrows == t->nrows);
	for (i = 0; i < t->nrows; i++) {
		for (c = 0; c < t->ncols; c++) {
			FUZZ_CHECK(!strcmp(mms_cell(t, i, c),
					   mms_cell(u, i, c)));
			n = mms_cell_num(t, i, c);
			m = mms_cell_num(u, i, c);
			FUZZ_CHECK(n.ok == m.ok && n.v == m.v);
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mms_table *t = parse((const char *)data, size), *u;
	struct mms_buf b = { 0 };
	struct json_object *o;

	if (!t)
		return 0;
	put_together(t, &b);
	u = parse(b.data, b.len);
	check_same(t, u);
	o = mms_json_table(t);
	FUZZ_CHECK(json_object_array_length(o) == t->nrows);
	json_object_put(o);
	mms_table_free(t);
	mms_table_free(u);
	mms_buf_free(&b);
	return 0;
}
