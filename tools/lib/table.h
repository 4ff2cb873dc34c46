/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one parser. Every file of the module is a table: a line of column
 * names, then a row an object, split by blanks.
 */
#ifndef MMS_TABLE_H
#define MMS_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MMS_TABLE_MAX_BYTES	(64UL << 20)
#define MMS_TABLE_MAX_LINE	65536
#define MMS_TABLE_MAX_COLS	256
#define MMS_TABLE_MAX_NAME	64
#define MMS_TABLE_MAX_ROWS	(1024UL << 10)
#define MMS_TABLE_ERR_LEN	256

/**
 * struct mms_num - a number that may be unknown
 * @v: its value, 0 if unknown
 * @ok: whether it is known
 */
struct mms_num {
	uint64_t v;
	bool ok;
};

/**
 * struct mms_col - a column
 * @name: as the header line has it
 * @numeric: cells are numbers or unknown; otherwise they are text
 */
struct mms_col {
	const char *name;
	bool numeric;
};

/**
 * struct mms_table - a parsed table
 * @name: such as zones/watermarks
 * @ncols: number of columns
 * @nrows: number of rows
 * @len: bytes of the file
 * @cols: the columns
 * @text: the file, with a NUL after each cell; owned
 * @cells: offset in @text of each cell, row by row
 */
struct mms_table {
	char *name;
	size_t ncols;
	size_t nrows;
	size_t len;
	struct mms_col *cols;
	char *text;
	uint32_t *cells;
};

/**
 * mms_table_parse() - parse the text of a table
 * @name: of the table
 * @text: the file, NUL behind it; taken over, also on failure
 * @len: bytes without that NUL
 * @err: what is wrong, with its line, when it fails
 *
 * Columns that the tool does not know are kept. If several takes of a table
 * were appended to one file, the last one is what counts.
 *
 * Return: the table, or NULL if the text is not one.
 */
struct mms_table *mms_table_parse(const char *name, char *text, size_t len,
				  char err[MMS_TABLE_ERR_LEN]);

/**
 * mms_table_free() - free a table
 * @t: table or NULL
 */
void mms_table_free(struct mms_table *t);

/**
 * mms_table_col() - find a column
 * @t: table
 * @name: of the column
 *
 * Return: its index, -1 if this table lacks it.
 */
int mms_table_col(const struct mms_table *t, const char *name);

/**
 * mms_cell() - a cell as it stands in the file
 * @t: table
 * @row: which row
 * @col: column index; -1 is allowed
 *
 * Return: the text, "-" if the column is missing.
 */
const char *mms_cell(const struct mms_table *t, size_t row, int col);

/**
 * mms_cell_num() - a cell as a number
 * @t: table
 * @row: which row
 * @col: column index; -1 is allowed
 *
 * Return: unknown if the cell is, if the column is missing, not numeric, or
 * the number negative.
 */
struct mms_num mms_cell_num(const struct mms_table *t, size_t row, int col);

#endif
