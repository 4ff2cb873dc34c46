// SPDX-License-Identifier: GPL-2.0-only
/*
 * A canvas as SVG. Bars are drawn as rectangles and lines, not as characters:
 * fonts differ in how they draw blocks, and leave gaps between them.
 */
#include <string.h>

#include "svg.h"
#include "text.h"

/* Size of a character cell and how far above its end text stands. */
#define CELL_W	8
#define CELL_H	18
#define BASE	5
#define MARGIN	12

static const char *const colors[MMS_NSTYLES] = {
	[MMS_PLAIN] = "#d8d8d8",
	[MMS_DIM] = "#808080",
	[MMS_BOLD] = "#ffffff",
	[MMS_HEAD] = "#ffffff",
	[MMS_GOOD] = "#4fc35a",
	[MMS_WARN] = "#e6c845",
	[MMS_LOW] = "#ff8700",
	[MMS_BAD] = "#f2453a",
	[MMS_NOTE] = "#4fc6dc",
};

static bool is_block(uint32_t ch)
{
	return (ch >= 0x2588 && ch <= 0x258e) || (ch >= 0x2591 && ch <= 0x2593);
}

/* Blocks that stand on the ground. */
static bool is_level(uint32_t ch)
{
	return ch >= 0x2581 && ch <= 0x2587;
}

/* What is drawn rather than written. */
static bool is_shape(uint32_t ch)
{
	return is_block(ch) || is_level(ch) || ch == 0x2500 || ch == 0x2502 ||
	       ch == 0x258f || ch == 0x2595 || ch == 0x25c6;
}

static void add_block(struct mms_buf *b, const struct mms_cell *c, int x, int y)
{
	int eighths = c->ch >= 0x2588 && c->ch <= 0x258e ?
		8 - (int)(c->ch - 0x2588) : 8;

	mms_buf_printf(b, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"%s\"%s/>\n",
		       x, y + 2, eighths * CELL_W / 8, CELL_H - 4,
		       colors[c->style],
		       c->ch == 0x2591 ? " fill-opacity=\"0.35\"" :
		       c->ch == 0x2592 ? " fill-opacity=\"0.5\"" :
		       c->ch == 0x2593 ? " fill-opacity=\"0.65\"" : "");
}

static void add_level(struct mms_buf *b, const struct mms_cell *c, int x, int y)
{
	int h = (int)(c->ch - 0x2580) * (CELL_H - 4) / 8;

	mms_buf_printf(b, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"%s\"/>\n",
		       x, y + CELL_H - 2 - h, CELL_W, h, colors[c->style]);
}

static void add_line_h(struct mms_buf *b, const struct mms_cell *c, int x,
		       int y)
{
	mms_buf_printf(b, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"1\" fill=\"%s\"/>\n",
		       x, y + CELL_H / 2, CELL_W, colors[c->style]);
}

static void add_shape(struct mms_buf *b, const struct mms_cell *c, int x, int y)
{
	const int mid = CELL_W / 2;

	if (is_block(c->ch)) {
		add_block(b, c, x, y);
		return;
	}
	if (is_level(c->ch)) {
		add_level(b, c, x, y);
		return;
	}
	if (c->ch == 0x2500) {
		add_line_h(b, c, x, y);
		return;
	}
	if (c->ch == 0x25c6) {
		mms_buf_printf(b, "<path d=\"M%d %dl%d 5l-%d 5l-%d -5z\"",
			       x + mid, y + CELL_H / 2 - 5, mid, mid, mid);
		mms_buf_printf(b, " fill=\"%s\" shape-rendering=\"auto\"/>\n",
			       colors[c->style]);
		return;
	}
	x += c->ch == 0x2502 ? mid : c->ch == 0x2595 ? CELL_W - 1 : 0;
	mms_buf_printf(b, "<rect x=\"%d\" y=\"%d\" width=\"1\" height=\"%d\" fill=\"%s\"/>\n",
		       x, y, CELL_H, colors[c->style]);
}

static void add_char(struct mms_buf *b, uint32_t ch)
{
	switch (ch) {
	case '&':
		mms_buf_printf(b, "&amp;");
		break;
	case '<':
		mms_buf_printf(b, "&lt;");
		break;
	case '>':
		mms_buf_printf(b, "&gt;");
		break;
	default:
		mms_utf8_add(b, ch);
	}
}

/* How many cells from @c on make one piece of text: one style, no wide gap. */
static int run_length(const struct mms_cell *c, int n)
{
	int i;

	for (i = 1; i < n; i++) {
		if (!c[i].ch || is_shape(c[i].ch) || c[i].style != c->style)
			break;
		if (c[i].ch == ' ' && (i + 1 == n || c[i + 1].ch == ' '))
			break;
	}
	return i;
}

static void add_run(struct mms_buf *b, const struct mms_cell *c, int n, int x,
		    int y)
{
	bool bold = c->style == MMS_BOLD || c->style == MMS_HEAD ||
		    c->style == MMS_BAD;
	int i;

	mms_buf_printf(b, "<text x=\"%d\" y=\"%d\" textLength=\"%d\" fill=\"%s\"%s>",
		       x, y + CELL_H - BASE, n * CELL_W, colors[c->style],
		       bold ? " font-weight=\"bold\"" : "");
	for (i = 0; i < n; i++)
		add_char(b, c[i].ch);
	mms_buf_printf(b, "</text>\n");
}

static void add_line(struct mms_buf *b, const struct mms_cell *c, int width,
		     int y)
{
	int i, n;

	for (i = 0; i < width && c[i].ch; i += n) {
		n = 1;
		if (is_shape(c[i].ch)) {
			add_shape(b, &c[i], MARGIN + i * CELL_W, y);
		} else if (c[i].ch != ' ') {
			n = run_length(&c[i], width - i);
			add_run(b, &c[i], n, MARGIN + i * CELL_W, y);
		}
	}
}

void mms_svg_print(const struct mms_canvas *cv)
{
	int w = cv->width * CELL_W + 2 * MARGIN;
	int h = (int)cv->nlines * CELL_H + 2 * MARGIN;
	struct mms_buf b = { 0 };
	size_t i;

	mms_buf_printf(&b, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" font-family=\"DejaVu Sans Mono, Menlo, Consolas, monospace\" font-size=\"13\" shape-rendering=\"crispEdges\">\n",
		       w, h, w, h);
	mms_buf_printf(&b, "<rect width=\"%d\" height=\"%d\" rx=\"6\" fill=\"#18181c\"/>\n",
		       w, h);
	for (i = 0; i < cv->nlines; i++)
		add_line(&b, cv->cell + i * cv->width, cv->width,
			 MARGIN + (int)i * CELL_H);
	mms_buf_printf(&b, "</svg>\n");
	mms_output(b.data, b.len);
	mms_buf_free(&b);
}
