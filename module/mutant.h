/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For tests of the tests: a build with MMS_MUTANT can falsify one column or
 * hide one hook, and then a selftest has to fail. Nothing of it is in an
 * ordinary build.
 */
#ifndef MMS_MUTANT_H
#define MMS_MUTANT_H

#include <linux/types.h>

#ifdef MMS_MUTANT

/**
 * mms_mutant_cell - falsify a cell if its column is the one to falsify
 * @subject: the table's directory or NULL
 * @table: its name
 * @column: the cell's column
 * @text: the cell's text, NULL for a number
 * @number: the cell's number
 */
void mms_mutant_cell(const char *subject, const char *table,
		     const char *column, const char **text, u64 *number);

/**
 * mms_mutant_hides - is this hook to seem absent?
 * @target: its target
 */
bool mms_mutant_hides(const char *target);

#else

static inline void mms_mutant_cell(const char *subject, const char *table,
				   const char *column, const char **text,
				   u64 *number)
{
}

static inline bool mms_mutant_hides(const char *target)
{
	return false;
}

#endif
#endif
