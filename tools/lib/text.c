// SPDX-License-Identifier: GPL-2.0-only
/* Text of table cells: escaped in files, made safe for people and JSON. */
#include <string.h>
#include <wchar.h>

#include "text.h"

size_t mms_utf8_next(const char *s, size_t len, uint32_t *ch)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned char c;
	size_t n, i;
	uint32_t v;

	if (!len)
		return 0;
	c = s[0];
	if (c < 0x80) {
		*ch = c;
		return 1;
	}
	n = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
	if (c < 0xc2 || c > 0xf4 || len < n)
		return 0;
	v = c & (0xff >> (n + 1));
	for (i = 1; i < n; i++) {
		c = s[i];
		if ((c & 0xc0) != 0x80)
			return 0;
		v = v << 6 | (c & 0x3f);
	}
	if (v < least[n] || v > 0x10ffff || (v >= 0xd800 && v < 0xe000))
		return 0;
	*ch = v;
	return n;
}

void mms_utf8_add(struct mms_buf *b, uint32_t ch)
{
	char s[4];
	size_t n = 0;

	if (ch < 0x80) {
		s[n++] = ch;
	} else if (ch < 0x800) {
		s[n++] = 0xc0 | ch >> 6;
		s[n++] = 0x80 | (ch & 0x3f);
	} else if (ch < 0x10000) {
		s[n++] = 0xe0 | ch >> 12;
		s[n++] = 0x80 | (ch >> 6 & 0x3f);
		s[n++] = 0x80 | (ch & 0x3f);
	} else {
		s[n++] = 0xf0 | ch >> 18;
		s[n++] = 0x80 | (ch >> 12 & 0x3f);
		s[n++] = 0x80 | (ch >> 6 & 0x3f);
		s[n++] = 0x80 | (ch & 0x3f);
	}
	mms_buf_add(b, s, n);
}

static bool is_rtl(uint32_t ch)
{
	return (ch >= 0x590 && ch < 0x900) || (ch >= 0xfb1d && ch < 0xfe00) ||
	       (ch >= 0xfe70 && ch < 0xff00) ||
	       (ch >= 0x10800 && ch < 0x11000) ||
	       (ch >= 0x1e800 && ch < 0x1f000);
}

bool mms_char_tame(uint32_t ch)
{
	if (ch < 0x7f)
		return ch >= ' ';
	/* A soft hyphen is shown or not, as the terminal likes. */
	return ch != 0xad && !is_rtl(ch) && wcwidth(ch) == 1;
}

void mms_text_escape(struct mms_buf *b, const char *s)
{
	unsigned char c;

	/* These two would read as something else: nothing, and unknown. */
	if (!*s) {
		mms_buf_printf(b, "\\000");
		return;
	}
	if (!strcmp(s, "-")) {
		mms_buf_printf(b, "\\055");
		return;
	}
	while ((c = *s++)) {
		if (c <= ' ' || c >= 0x7f || c == '\\')
			mms_buf_printf(b, "\\%03o", c);
		else
			mms_buf_add(b, (char *)&c, 1);
	}
}

/* The byte that \ooo at @s stands for, or -1. */
static int escaped_byte(const char *s)
{
	int i, v = 0;

	for (i = 1; i <= 3; i++) {
		if (s[i] < '0' || s[i] > '7')
			return -1;
		v = v * 8 + s[i] - '0';
	}
	return v > 0xff ? -1 : v;
}

bool mms_text_valid(const char *cell)
{
	for (; *cell; cell++) {
		unsigned char c = *cell;

		if (c <= ' ' || c >= 0x7f)
			return false;
		if (c == '\\' && escaped_byte(cell) < 0)
			return false;
	}
	return true;
}

void mms_text_unescape(struct mms_buf *b, const char *cell)
{
	mms_buf_add(b, "", 0);
	while (*cell) {
		int v = *cell == '\\' ? escaped_byte(cell) : -1;
		char c = v < 0 ? *cell : v;

		/* \000 stands for the empty text, not for a NUL byte. */
		if (v)
			mms_buf_add(b, &c, 1);
		cell += v < 0 ? 1 : 4;
	}
}

void mms_utf8_clean(struct mms_buf *b, const char *s, size_t len)
{
	uint32_t ch;
	size_t n;

	mms_buf_add(b, "", 0);
	for (; len; s += n, len -= n) {
		n = mms_utf8_next(s, len, &ch);
		mms_utf8_add(b, n ? ch : 0xfffd);
		n = n ? n : 1;
	}
}

void mms_text_utf8(struct mms_buf *b, const char *cell)
{
	struct mms_buf raw = { 0 };

	mms_text_unescape(&raw, cell);
	mms_utf8_clean(b, raw.data, raw.len);
	mms_buf_free(&raw);
}

static bool printable(const struct mms_buf *raw, bool utf8)
{
	size_t i = 0, n;
	uint32_t ch;

	while (i < raw->len) {
		n = mms_utf8_next(raw->data + i, raw->len - i, &ch);
		if (!n || ch == '\\' || !mms_char_tame(ch) ||
		    (ch >= 0x80 && !utf8))
			return false;
		i += n;
	}
	return raw->len > 0;
}

void mms_text_human(struct mms_buf *b, const char *cell, bool utf8)
{
	struct mms_buf raw = { 0 };

	mms_text_unescape(&raw, cell);
	if (printable(&raw, utf8))
		mms_buf_add(b, raw.data, raw.len);
	else
		mms_buf_add(b, cell, strlen(cell));
	mms_buf_free(&raw);
}

void mms_text_reason(struct mms_buf *b, const char *cell)
{
	size_t at = b->len;

	mms_text_human(b, cell, false);
	for (; at < b->len; at++)
		if (b->data[at] == '-')
			b->data[at] = ' ';
}
