/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is drawn, before it is known where it goes: lines of characters with
 * styles. Whatever shows a picture takes it from here, so that there is one
 * drawing of each subject. No line gets wider than the canvas.
 */
#ifndef MMS_CANVAS_H
#define MMS_CANVAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "util.h"

#define MMS_WIDTH	80

/* What something means; the colours are the business of the output. */
enum mms_style {
	MMS_PLAIN,
	MMS_DIM,
	MMS_BOLD,
	MMS_HEAD,
	MMS_GOOD,
	MMS_WARN,
	MMS_LOW,
	MMS_BAD,
	MMS_NOTE,
	MMS_NSTYLES,
};

/**
 * struct mms_cell - one character of a canvas
 * @ch: Unicode character
 * @ascii: what to show where there is no UTF-8
 * @style: how to show it
 */
struct mms_cell {
	uint32_t ch;
	char ascii;
	uint8_t style;
};

/**
 * struct mms_canvas - lines being drawn
 * @width: columns
 * @utf8: text may be other than ASCII; only matters to who makes the text
 * @out: what it is drawn for
 * @cell: all cells, @width a line
 * @nlines: lines begun and not printed yet
 * @room: lines there is room for
 * @dropped: lines that a picture has no room for
 * @col: where the next character goes in the last line
 */
struct mms_canvas {
	int width;
	bool utf8;
	const struct mms_out *out;
	struct mms_cell *cell;
	size_t nlines;
	size_t room;
	size_t dropped;
	int col;
};

/**
 * struct mms_out - where output goes, and what can be shown there
 * @svg: a picture is wanted, not text
 * @color: colours are wanted
 * @utf8: UTF-8 is understood
 * @width: columns there are
 * @rows: lines there are, 0 if it is no terminal
 */
struct mms_out {
	bool svg;
	bool color;
	bool utf8;
	int width;
	int rows;
};

/**
 * enum mms_color - when to colour
 * @MMS_COLOR_AUTO: on a terminal that can, unless NO_COLOR is set
 * @MMS_COLOR_ALWAYS: whatever stdout is
 * @MMS_COLOR_NEVER: not at all
 */
enum mms_color {
	MMS_COLOR_AUTO,
	MMS_COLOR_ALWAYS,
	MMS_COLOR_NEVER,
};

/**
 * mms_out_init() - find out what stdout can show
 * @out: result
 * @color: what the user asked for
 * @svg: a picture is wanted, whatever stdout is
 */
void mms_out_init(struct mms_out *out, enum mms_color color, bool svg);

/**
 * mms_canvas_init() - begin drawing
 * @cv: canvas
 * @out: what it is drawn for; to stay as long as the canvas
 *
 * Text is printed while it is drawn, if it is long.
 */
void mms_canvas_init(struct mms_canvas *cv, const struct mms_out *out);

/**
 * mms_canvas_free() - free what was drawn
 * @cv: canvas
 */
void mms_canvas_free(struct mms_canvas *cv);

/**
 * mms_glyph() - draw a character several times
 * @cv: canvas
 * @style: how
 * @ch: Unicode character, one column wide
 * @ascii: what to show where there is no UTF-8
 * @n: how often
 */
void mms_glyph(struct mms_canvas *cv, enum mms_style style, uint32_t ch,
	       char ascii, int n);

/**
 * mms_text() - draw text
 * @cv: canvas
 * @style: how
 * @fmt: printf format; what may harm a terminal comes out as '?'
 */
void mms_text(struct mms_canvas *cv, enum mms_style style, const char *fmt,
	      ...) MMS_PRINTF(3, 4);

/**
 * mms_right() - draw text that ends at a column
 * @cv: canvas
 * @end: column behind its last character; text too long moves right
 * @style: how
 * @fmt: printf format
 */
void mms_right(struct mms_canvas *cv, int end, enum mms_style style,
	       const char *fmt, ...) MMS_PRINTF(4, 5);

/**
 * mms_goto() - go to a column, at least one blank behind what is there
 * @cv: canvas
 * @col: which
 */
void mms_goto(struct mms_canvas *cv, int col);

/**
 * mms_newline() - end the line
 * @cv: canvas
 */
void mms_newline(struct mms_canvas *cv);

/**
 * mms_canvas_chop() - drop the last line if it is blank
 * @cv: canvas
 */
void mms_canvas_chop(struct mms_canvas *cv);

/**
 * mms_wrap() - draw text over as many lines as it needs, and end the line
 * @cv: canvas
 * @indent: column where further lines begin
 * @style: how
 * @text: words
 */
void mms_wrap(struct mms_canvas *cv, int indent, enum mms_style style,
	      const char *text);

/**
 * mms_canvas_print() - print what was drawn to stdout
 * @cv: canvas, empty afterwards
 */
void mms_canvas_print(struct mms_canvas *cv);

#endif
