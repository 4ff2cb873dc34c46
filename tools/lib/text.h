/* SPDX-License-Identifier: GPL-2.0-only */
/* Text of table cells: escaped in files, made safe for people and JSON. */
#ifndef MMS_TEXT_H
#define MMS_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util.h"

/**
 * mms_utf8_next() - decode one character
 * @s: bytes
 * @len: how many are there
 * @ch: result
 *
 * Return: bytes used, 0 if @s does not begin with a valid character.
 */
size_t mms_utf8_next(const char *s, size_t len, uint32_t *ch);

/**
 * mms_utf8_add() - append one character as UTF-8
 * @b: to append to
 * @ch: the character
 */
void mms_utf8_add(struct mms_buf *b, uint32_t ch);

/**
 * mms_char_tame() - whether a character does no more than fill one column
 * @ch: the character
 *
 * Not those that combine with others, are wide or not seen, that belong to
 * scripts that run from right to left and reorder what stands beside them, or
 * that XML forbids. Other than ASCII are tame only in a locale that has them.
 */
bool mms_char_tame(uint32_t ch);

/**
 * mms_text_escape() - append text the way tables hold it
 * @b: to append to
 * @s: text
 */
void mms_text_escape(struct mms_buf *b, const char *s);

/**
 * mms_text_valid() - whether a cell is well-formed text
 * @cell: what stands in the table
 */
bool mms_text_valid(const char *cell);

/**
 * mms_text_unescape() - append the bytes that a cell stands for
 * @b: to append to
 * @cell: what stands in the table
 */
void mms_text_unescape(struct mms_buf *b, const char *cell);

/**
 * mms_utf8_clean() - append any bytes as valid UTF-8
 * @b: to append to; bytes that are not UTF-8 become U+FFFD
 * @s: bytes
 * @len: how many
 */
void mms_utf8_clean(struct mms_buf *b, const char *s, size_t len);

/**
 * mms_text_utf8() - a cell as valid UTF-8, for JSON
 * @b: to append to; bytes that are not UTF-8 become U+FFFD
 * @cell: what stands in the table
 */
void mms_text_utf8(struct mms_buf *b, const char *cell);

/**
 * mms_text_human() - a cell as it may be sent to a terminal
 * @b: to append to
 * @cell: what stands in the table
 * @utf8: whether the terminal takes UTF-8
 *
 * Text that is not wholly printable, one column a character, stays escaped.
 */
void mms_text_human(struct mms_buf *b, const char *cell, bool utf8);

/**
 * mms_text_reason() - a reason, which is words tied by hyphens, untied
 * @b: to append to
 * @cell: what stands in the table
 */
void mms_text_reason(struct mms_buf *b, const char *cell);

#endif
