// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names that anybody may give: what a task calls itself goes into a cell and
 * comes out again, and neither a terminal nor a picture takes harm.
 */
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/canvas.h"
#include "../lib/text.h"
#include "fuzz.h"

static void check_cell(const char *cell, const char *raw)
{
	struct mms_buf b = { 0 };
	uint32_t ch;
	size_t n, i;

	FUZZ_CHECK(mms_text_valid(cell));
	mms_text_unescape(&b, cell);
	FUZZ_CHECK(!strcmp(b.data, raw));
	b.len = 0;
	mms_text_human(&b, cell, true);
	for (i = 0; i < b.len; i += n) {
		n = mms_utf8_next(b.data + i, b.len - i, &ch);
		FUZZ_CHECK(n);
	}
	b.len = 0;
	mms_text_human(&b, cell, false);
	for (i = 0; i < b.len; i++)
		FUZZ_CHECK(b.data[i] >= ' ' && b.data[i] < 0x7f);
	mms_buf_free(&b);
}

/* The text by itself, over lines, and cut in columns. */
static void draw(struct mms_canvas *cv, const char *text, const char *cell,
		 bool utf8)
{
	struct mms_buf b = { 0 };

	mms_text_human(&b, cell, utf8);
	mms_text(cv, MMS_PLAIN, "%s", text);
	mms_newline(cv);
	mms_text(cv, MMS_BAD, "%.7s", b.data);
	mms_right(cv, 20, MMS_DIM, "%s", text);
	mms_goto(cv, 30);
	mms_text(cv, MMS_HEAD, "%.*s", 11, b.data);
	mms_newline(cv);
	mms_wrap(cv, 9, MMS_PLAIN, b.data);
	mms_wrap(cv, 9, MMS_PLAIN, text);
	mms_buf_free(&b);
}

static void check_drawn(const char *text, const char *cell, enum fuzz_kind kind)
{
	struct mms_out out = {
		.width = MMS_WIDTH, .svg = kind == FUZZ_SVG,
		.color = kind == FUZZ_COLOR, .utf8 = kind != FUZZ_ASCII,
	};
	FILE *old = stdout;
	struct mms_canvas cv;
	char *s = NULL;
	size_t len;

	stdout = open_memstream(&s, &len);
	mms_canvas_init(&cv, &out);
	draw(&cv, text, cell, out.utf8);
	mms_canvas_print(&cv);
	fclose(stdout);
	stdout = old;
	if (kind == FUZZ_SVG)
		fuzz_check_svg(s, len);
	else
		fuzz_check_text(s, len, kind);
	free(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = mms_alloc(size + 1, 1);
	struct mms_buf cell = { 0 };

	memcpy(text, data, size);
	setlocale(LC_CTYPE, "C.UTF-8");
	mms_text_escape(&cell, text);
	check_cell(cell.data, text);
	check_drawn(text, cell.data, FUZZ_ASCII);
	check_drawn(text, cell.data, FUZZ_COLOR);
	check_drawn(text, cell.data, FUZZ_SVG);
	mms_buf_free(&cell);
	free(text);
	return 0;
}
