/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The table writer: every data file of mmscope is one table. A subject gives
 * columns and a function that fills in rows; lining up, escaping, the header,
 * the time and all that a read() can meet are here.
 */
#ifndef MMS_TABLE_H
#define MMS_TABLE_H

#include <linux/build_bug.h>
#include <linux/fs.h>
#include <linux/types.h>

struct dentry;

/**
 * struct mms_column - one column
 * @name: its name, with the unit as suffix
 * @len: length of the name
 * @text: written left, as text is, and not right as numbers are
 * @copied: room is needed for its texts, since mms_add_text() adds them
 * @width: it is at least as wide; for a table in pieces, whose first rows are
 *	lined up before the last are known
 */
struct mms_column {
	const char *name;
	unsigned char len;
	bool text;
	bool copied;
	unsigned char width;
};

/* The name has to be a literal. */
#define MMS_NAMED(column) .name = (column), .len = sizeof("" column) - 1

#define MMS_NUMBER(column) { MMS_NAMED(column) }
#define MMS_TEXT(column) { MMS_NAMED(column), .text = true }
#define MMS_COPIED(column) { MMS_NAMED(column), .text = true, .copied = true }
#define MMS_NUMBER_WIDE(column, wide) { MMS_NAMED(column), .width = (wide) }
#define MMS_TEXT_WIDE(column, wide) \
	{ MMS_NAMED(column), .text = true, .width = (wide) }

/* Columns that a table can have, taken_ns not counted. */
#define MMS_COLUMNS_MAX 31

/* Rows that one piece of a table in pieces can have. */
#define MMS_PIECE_ROWS 1024

struct mms_rows;

/**
 * struct mms_table - one file
 * @subject: directory it is in, NULL at the top
 * @name: name of the file
 * @format: version of its columns' meaning
 * @columns: its columns but the last, taken_ns, which the writer adds
 * @nr_columns: how many
 * @guarded: fill, or each call of next, is to run inside the hotplug guard
 * @max_rows: an upper bound of its rows now; if they come to be more meanwhile
 *	the table is filled again into more room
 * @fill: adds the rows; process context, may sleep, takes what locks it needs
 *	and prints nothing; 0 or an error for the reader
 * @state_size: bytes that @next keeps from one piece to the next
 * @next: in place of @max_rows and @fill, for a table that can be too long to
 *	be taken at once: adds the rows of one piece, at most MMS_PIECE_ROWS, and
 *	keeps in @state, which is zero before the first piece, where to go on.
 *	Gives 1 if there may be more, 0 if not, or an error
 * @write: takes what was written, for a control; NULL for a data file
 */
struct mms_table {
	const char *subject;
	const char *name;
	unsigned int format;
	const struct mms_column *columns;
	unsigned int nr_columns;
	bool guarded;
	unsigned int (*max_rows)(void);
	int (*fill)(struct mms_rows *rows);
	size_t state_size;
	int (*next)(struct mms_rows *rows, void *state);
	int (*write)(char *text);
};

#define MMS_COLUMNS(array) \
	.columns = (array), \
	.nr_columns = ARRAY_SIZE(array) + \
		      BUILD_BUG_ON_ZERO(ARRAY_SIZE(array) > MMS_COLUMNS_MAX)

/**
 * mms_taken - when this table is taken
 * @rows: the table being filled
 *
 * The time in ns that its rows will carry as taken_ns.
 */
u64 mms_taken(const struct mms_rows *rows);

/**
 * mms_add - the next cell of the row is a number
 * @rows: the table being filled
 * @value: the number
 *
 * Cells are added in the order of the columns; a row ends with its last one.
 * For fill functions, under whatever lock they hold: no allocation, no sleep.
 */
void mms_add(struct mms_rows *rows, u64 value);

/**
 * mms_add_known - the next cell is a number, or unknown where it is negative
 * @rows: the table being filled
 * @value: the number, -1 for unknown
 */
void mms_add_known(struct mms_rows *rows, s64 value);

/**
 * mms_add_unknown - the next cell is not known here: "-"
 * @rows: the table being filled
 */
void mms_add_unknown(struct mms_rows *rows);

/**
 * mms_add_name - the next cell is a text of the module's own
 * @rows: the table being filled
 * @text: a string without blanks that outlives the read; NULL for unknown
 */
void mms_add_name(struct mms_rows *rows, const char *text);

/**
 * mms_add_text - the next cell is a text from elsewhere
 * @rows: the table being filled
 * @text: any bytes, of which 64 are kept; copied and escaped
 *
 * For a column that is MMS_COPIED.
 */
void mms_add_text(struct mms_rows *rows, const char *text);

/**
 * mms_table_create - make a table's file
 * @table: the table
 * @dir: where
 *
 * 0400 for data, 0600 for a control that can be read, 0200 for one that
 * cannot. Returns 0 or what debugfs said. May sleep.
 */
int mms_table_create(const struct mms_table *table, struct dentry *dir);

/**
 * mms_tables_close - let no table be opened any more, or again
 * @closed: which
 *
 * Who finds the module without references after closing knows that nobody has
 * a table open, nor will. Any context.
 */
void mms_tables_close(bool closed);

#endif
