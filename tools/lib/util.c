// SPDX-License-Identifier: GPL-2.0-only
/* What every part of the tool needs: messages, memory, text buffers. */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "text.h"
#include "util.h"

static volatile sig_atomic_t stopped;
static int output_errno;

static void out_of_memory(void)
{
	fputs("mmscope: out of memory\n", stderr);
	_exit(MMS_EXIT_FAIL);
}

/* Put '?' for what a terminal might take for more than a character. */
static void mask(char *s)
{
	size_t len = strlen(s), n;
	uint32_t ch;

	for (; len; s += n, len -= n) {
		n = mms_utf8_next(s, len, &ch);
		if (n && mms_char_tame(ch))
			continue;
		n = n ? n : 1;
		memset(s, '?', n);
	}
}

void mms_error(const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	mask(text);
	/* Keep the order of the two streams when both go to one place. */
	fflush(stdout);
	fprintf(stderr, "mmscope: %s\n", text);
}

void *mms_alloc(size_t n, size_t size)
{
	void *p = calloc(n ? n : 1, size);

	if (!p)
		out_of_memory();
	return p;
}

void *mms_realloc(void *p, size_t n, size_t size)
{
	void *q = reallocarray(p, n ? n : 1, size);

	if (!q)
		out_of_memory();
	return q;
}

char *mms_strdup(const char *s)
{
	char *p = strdup(s);

	if (!p)
		out_of_memory();
	return p;
}

char *mms_format(const char *fmt, ...)
{
	va_list ap;
	char *s;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&s, fmt, ap);
	va_end(ap);
	if (n < 0)
		out_of_memory();
	return s;
}

uint64_t mms_sum(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

uint64_t mms_whole(double d)
{
	if (!(d > 0))
		return 0;
	return d >= 0x1p64 ? UINT64_MAX : (uint64_t)d;
}

void mms_buf_reserve(struct mms_buf *b, size_t more)
{
	size_t cap = b->cap ? b->cap : 256;

	if (more > SIZE_MAX / 4 || b->len > SIZE_MAX / 4)
		out_of_memory();
	while (cap < b->len + more + 1)
		cap *= 2;
	if (cap != b->cap) {
		b->data = mms_realloc(b->data, cap, 1);
		b->cap = cap;
	}
}

void mms_buf_add(struct mms_buf *b, const char *data, size_t len)
{
	mms_buf_reserve(b, len);
	if (len)
		memcpy(b->data + b->len, data, len);
	b->len += len;
	b->data[b->len] = '\0';
}

void mms_buf_printf(struct mms_buf *b, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		out_of_memory();
	mms_buf_reserve(b, n);
	va_start(ap, fmt);
	vsnprintf(b->data + b->len, n + 1, fmt, ap);
	va_end(ap);
	b->len += n;
}

void mms_buf_free(struct mms_buf *b)
{
	free(b->data);
	memset(b, 0, sizeof(*b));
}

void mms_output(const char *data, size_t len)
{
	size_t n;

	/* stdio forgets why it failed; so ask at once. */
	errno = 0;
	n = len ? fwrite(data, 1, len, stdout) : 0;
	if ((n != len || fflush(stdout)) && !output_errno)
		output_errno = errno ? errno : EIO;
}

bool mms_flush_stdout(void)
{
	static bool said;

	mms_output("", 0);
	if (ferror(stdout) && !output_errno)
		output_errno = EIO;
	if (!output_errno)
		return true;
	if (output_errno != EPIPE && !said)
		mms_error("cannot write the output: %s",
			  strerror(output_errno));
	said = true;
	return false;
}

static void stop_handler(int sig)
{
	(void)sig;
	stopped = 1;
}

void mms_stop_on_signals(void)
{
	/* Without SA_RESTART, so that a sleep ends at once. */
	struct sigaction sa = { .sa_handler = stop_handler };

	stopped = 0;
	sigemptyset(&sa.sa_mask);
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
}

bool mms_stopped(void)
{
	return stopped;
}
