// SPDX-License-Identifier: GPL-2.0-only
/* Lines of characters with styles, and their way to a terminal. */
#include <langinfo.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "canvas.h"
#include "svg.h"
#include "text.h"

#define MAX_WIDTH	512
/* So many lines of text are printed at a time; a picture has one piece. */
#define PIECE		1024
#define MAX_PICTURE	4096
#define BLANKS		"\n "

static const char *const escapes[MMS_NSTYLES] = {
	[MMS_PLAIN] = "",
	[MMS_DIM] = "2",
	[MMS_BOLD] = "1",
	[MMS_HEAD] = "1",
	[MMS_GOOD] = "32",
	[MMS_WARN] = "33",
	[MMS_LOW] = "38;5;208",
	[MMS_BAD] = "1;31",
	[MMS_NOTE] = "36",
};

static bool want_color(enum mms_color color)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	if (color != MMS_COLOR_AUTO)
		return color == MMS_COLOR_ALWAYS;
	return isatty(STDOUT_FILENO) && !(no && *no) && term && *term &&
	       strcmp(term, "dumb");
}

/*
 * A small system may lack the files of the locale that is asked for; what the
 * terminal understands is in its name all the same.
 */
static bool utf8_by_name(void)
{
	static const char *const vars[] = { "LC_ALL", "LC_CTYPE", "LANG" };
	const char *v = NULL;
	size_t i;

	for (i = 0; i < MMS_ARRAY_SIZE(vars) && !(v && *v); i++)
		v = getenv(vars[i]);
	return v && (strcasestr(v, "UTF-8") || strcasestr(v, "UTF8"));
}

void mms_out_init(struct mms_out *out, enum mms_color color, bool svg)
{
	struct winsize ws;

	memset(out, 0, sizeof(*out));
	out->color = want_color(color);
	out->utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8") || utf8_by_name();
	out->width = MMS_WIDTH;
	out->svg = svg;
	if (svg) {
		out->utf8 = true;
		return;
	}
	if (isatty(STDOUT_FILENO) && !ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws)) {
		out->rows = ws.ws_row;
		if (ws.ws_col > MMS_WIDTH)
			out->width = ws.ws_col;
	}
	if (out->width > MAX_WIDTH)
		out->width = MAX_WIDTH;
}

void mms_canvas_init(struct mms_canvas *cv, const struct mms_out *out)
{
	memset(cv, 0, sizeof(*cv));
	cv->width = out->width;
	cv->utf8 = out->utf8;
	cv->out = out;
}

void mms_canvas_free(struct mms_canvas *cv)
{
	free(cv->cell);
	cv->cell = NULL;
	cv->nlines = 0;
	cv->room = 0;
	cv->dropped = 0;
	cv->col = -1;
}

static void set_style(struct mms_buf *b, const struct mms_out *out, int from,
		      int to)
{
	if (!out->color || from == to)
		return;
	if (from != MMS_PLAIN)
		mms_buf_printf(b, "\033[0m");
	if (to != MMS_PLAIN)
		mms_buf_printf(b, "\033[%sm", escapes[to]);
}

static void add_line(struct mms_buf *b, const struct mms_cell *c, int width,
		     const struct mms_out *out)
{
	int style = MMS_PLAIN, i;

	while (width && (!c[width - 1].ch || c[width - 1].ch == ' '))
		width--;
	for (i = 0; i < width; i++) {
		set_style(b, out, style, c[i].style);
		style = c[i].style;
		mms_utf8_add(b, out->utf8 ? c[i].ch :
			     (unsigned char)c[i].ascii);
	}
	set_style(b, out, style, MMS_PLAIN);
	mms_buf_add(b, "\n", 1);
}

static void print_lines(struct mms_canvas *cv)
{
	struct mms_buf b = { 0 };
	size_t i;

	for (i = 0; i < cv->nlines; i++)
		add_line(&b, cv->cell + i * cv->width, cv->width, cv->out);
	mms_output(b.data, b.len);
	mms_buf_free(&b);
	cv->nlines = 0;
}

static struct mms_cell *last_line(struct mms_canvas *cv)
{
	return cv->cell + (cv->nlines - 1) * cv->width;
}

/* Lines are made when something is put on them. */
static void begin_line(struct mms_canvas *cv)
{
	if (cv->nlines && cv->col >= 0)
		return;
	if (cv->nlines == PIECE && !cv->out->svg)
		print_lines(cv);
	if (cv->nlines == MAX_PICTURE)
		cv->dropped++;
	else
		cv->nlines++;
	if (cv->nlines > cv->room) {
		cv->room = 2 * cv->nlines;
		cv->cell = mms_realloc(cv->cell, cv->room * cv->width,
				       sizeof(*cv->cell));
	}
	memset(last_line(cv), 0, cv->width * sizeof(*cv->cell));
	cv->col = 0;
}

static void put(struct mms_canvas *cv, enum mms_style style, uint32_t ch,
		char ascii)
{
	struct mms_cell *c;

	begin_line(cv);
	if (cv->col >= cv->width)
		return;
	if (ch < ' ' || (ch >= 0x7f && ch < 0xa0)) {
		ch = '?';
		ascii = '?';
	}
	c = last_line(cv) + cv->col++;
	c->ch = ch;
	c->ascii = ascii;
	c->style = style;
}

void mms_glyph(struct mms_canvas *cv, enum mms_style style, uint32_t ch,
	       char ascii, int n)
{
	while (n-- > 0)
		put(cv, style, ch, ascii);
}

/* Lines, blocks and the like, and the dot of empty cells. */
static bool is_drawn(uint32_t ch)
{
	return ch == 0xb7 || (ch >= 0x2500 && ch < 0x2600);
}

static size_t put_next(struct mms_canvas *cv, enum mms_style style,
		       const char *s, size_t len)
{
	uint32_t ch;
	size_t n = mms_utf8_next(s, len, &ch);

	/* What we draw with ourselves is not known to every locale. */
	if (!n || (!is_drawn(ch) && !mms_char_tame(ch)))
		ch = '?';
	put(cv, style, ch, ch < 0x80 ? ch : '?');
	return n ? n : 1;
}

static void put_text(struct mms_canvas *cv, enum mms_style style,
		     const char *s)
{
	size_t len = strlen(s), i = 0;

	while (i < len)
		i += put_next(cv, style, s + i, len - i);
}

static int columns(const char *s)
{
	size_t len = strlen(s), i = 0, n;
	uint32_t ch;
	int cols = 0;

	while (i < len) {
		n = mms_utf8_next(s + i, len - i, &ch);
		i += n ? n : 1;
		cols++;
	}
	return cols;
}

static char *vformat(const char *fmt, va_list ap) MMS_PRINTF(1, 0);

static char *vformat(const char *fmt, va_list ap)
{
	char *s = NULL;

	if (vasprintf(&s, fmt, ap) < 0)
		return mms_strdup("");
	return s;
}

void mms_text(struct mms_canvas *cv, enum mms_style style, const char *fmt,
	      ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	s = vformat(fmt, ap);
	va_end(ap);
	put_text(cv, style, s);
	free(s);
}

void mms_right(struct mms_canvas *cv, int end, enum mms_style style,
	       const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	s = vformat(fmt, ap);
	va_end(ap);
	begin_line(cv);
	mms_glyph(cv, MMS_PLAIN, ' ', ' ', end - columns(s) - cv->col);
	put_text(cv, style, s);
	free(s);
}

void mms_goto(struct mms_canvas *cv, int col)
{
	begin_line(cv);
	if (cv->col && cv->col >= col)
		col = cv->col + 1;
	mms_glyph(cv, MMS_PLAIN, ' ', ' ', col - cv->col);
}

void mms_newline(struct mms_canvas *cv)
{
	begin_line(cv);
	cv->col = -1;
}

void mms_canvas_chop(struct mms_canvas *cv)
{
	/* Nothing was put on a line whose first cell is empty. */
	if (cv->nlines && !last_line(cv)->ch) {
		cv->nlines--;
		cv->col = -1;
	}
}

void mms_wrap(struct mms_canvas *cv, int indent, enum mms_style style,
	      const char *text)
{
	char *copy = mms_strdup(text), *save = NULL, *word;
	bool first = true;

	begin_line(cv);
	word = strtok_r(copy, BLANKS, &save);
	for (; word; word = strtok_r(NULL, BLANKS, &save)) {
		if (!first && cv->col + 1 + columns(word) > cv->width) {
			mms_newline(cv);
			mms_goto(cv, indent);
		} else if (!first) {
			put(cv, MMS_PLAIN, ' ', ' ');
		}
		put_text(cv, style, word);
		first = false;
	}
	mms_newline(cv);
	free(copy);
}

/* The last line of a picture says that it is not the last one. */
static void say_dropped(struct mms_canvas *cv)
{
	if (!cv->dropped)
		return;
	memset(last_line(cv), 0, cv->width * sizeof(*cv->cell));
	cv->col = 0;
	mms_text(cv, MMS_WARN, "%zu more lines, too many for a picture",
		 cv->dropped + 1);
}

void mms_canvas_print(struct mms_canvas *cv)
{
	if (cv->out->svg) {
		say_dropped(cv);
		mms_svg_print(cv);
	} else {
		print_lines(cv);
	}
	mms_canvas_free(cv);
}
