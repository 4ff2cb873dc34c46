/* SPDX-License-Identifier: GPL-2.0-only */
/* What every part of the tool needs: messages, memory, text buffers. */
#ifndef MMS_UTIL_H
#define MMS_UTIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MMS_ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define MMS_PRINTF(f, a)	__attribute__((format(printf, f, a)))

/* Exit statuses, the same for every command. */
enum mms_exit {
	MMS_EXIT_OK,
	MMS_EXIT_FAIL,
	MMS_EXIT_USAGE,
};

/**
 * struct mms_buf - bytes that grow as they are appended to
 * @data: the bytes, always followed by a NUL once something was appended
 * @len: how many, without that NUL
 * @cap: how many are allocated
 */
struct mms_buf {
	char *data;
	size_t len;
	size_t cap;
};

/**
 * mms_error() - say on stderr what is wrong and what to do
 * @fmt: printf format without the final newline
 *
 * What may harm a terminal is masked: file names and table text end up here.
 */
void mms_error(const char *fmt, ...) MMS_PRINTF(1, 2);

/**
 * mms_alloc() - zeroed memory, or the end of the program
 * @n: number of elements
 * @size: size of one
 */
void *mms_alloc(size_t n, size_t size);

/**
 * mms_realloc() - resize an array, or end the program
 * @p: old memory or NULL
 * @n: number of elements
 * @size: size of one
 */
void *mms_realloc(void *p, size_t n, size_t size);

/**
 * mms_strdup() - copy a string, or end the program
 * @s: what to copy
 */
char *mms_strdup(const char *s);

/**
 * mms_format() - allocate and print a string, or end the program
 * @fmt: printf format
 */
char *mms_format(const char *fmt, ...) MMS_PRINTF(1, 2);

/**
 * mms_sum() - add numbers that a file may have of any size
 * @a: one
 * @b: the other
 *
 * Return: the largest number if the sum is larger.
 */
uint64_t mms_sum(uint64_t a, uint64_t b);

/**
 * mms_whole() - make a whole number of any other
 * @d: number
 *
 * Return: 0 if it is less or none, the largest number if it is larger.
 */
uint64_t mms_whole(double d);

/**
 * mms_buf_reserve() - make room for more bytes
 * @b: the buffer
 * @more: how many bytes will be appended
 */
void mms_buf_reserve(struct mms_buf *b, size_t more);

/**
 * mms_buf_add() - append bytes
 * @b: the buffer
 * @data: bytes
 * @len: how many
 */
void mms_buf_add(struct mms_buf *b, const char *data, size_t len);

/**
 * mms_buf_printf() - append formatted text
 * @b: the buffer
 * @fmt: printf format
 */
void mms_buf_printf(struct mms_buf *b, const char *fmt, ...) MMS_PRINTF(2, 3);

/**
 * mms_buf_free() - give a buffer's memory back and empty it
 * @b: the buffer
 */
void mms_buf_free(struct mms_buf *b);

/**
 * mms_output() - print to stdout
 * @data: what
 * @len: bytes
 *
 * Errors show in mms_flush_stdout().
 */
void mms_output(const char *data, size_t len);

/**
 * mms_flush_stdout() - write out what was printed
 *
 * Return: false if it could not be written; that was said on stderr, except
 * for a reader that went away, which is no news to anybody.
 */
bool mms_flush_stdout(void);

/**
 * mms_stop_on_signals() - make SIGINT and SIGTERM set a flag only
 */
void mms_stop_on_signals(void);

/**
 * mms_stopped() - whether SIGINT or SIGTERM came since
 */
bool mms_stopped(void);

#endif
