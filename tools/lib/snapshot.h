/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A snapshot is a set of tables, wherever it comes from: the live debugfs, a
 * directory or an archive. Commands cannot tell the difference.
 */
#ifndef MMS_SNAPSHOT_H
#define MMS_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>

#include "table.h"

/* What the snapshots have that the tool saves; newer ones it does not read. */
#define MMS_SNAPSHOT_FORMAT	1

/* The tables whose format this tool was written for. */
#define MMS_TABLE_FORMAT	1

struct mms_snapshot;

/**
 * enum mms_get - how looking for a table ended
 * @MMS_GET_OK: it is there
 * @MMS_GET_ABSENT: this snapshot does not have it
 * @MMS_GET_BAD: it is there, but no table or not readable; that was reported
 */
enum mms_get {
	MMS_GET_OK,
	MMS_GET_ABSENT,
	MMS_GET_BAD,
};

/**
 * mms_snapshot_open() - open a snapshot
 * @path: directory or archive, NULL for this kernel
 *
 * Return: the snapshot; NULL after saying on stderr what is wrong.
 */
struct mms_snapshot *mms_snapshot_open(const char *path);

/**
 * mms_snapshot_close() - free a snapshot and its tables
 * @s: snapshot or NULL
 */
void mms_snapshot_close(struct mms_snapshot *s);

/**
 * mms_snapshot_get() - find a table and parse it
 * @s: snapshot
 * @name: such as zones/watermarks
 * @t: the table, which stays the snapshot's; NULL unless %MMS_GET_OK
 *
 * A live table is read once, so a command sees one take of it; see
 * mms_snapshot_refresh(). A table that is bad is reported once.
 */
enum mms_get mms_snapshot_get(struct mms_snapshot *s, const char *name,
			      const struct mms_table **t);

/**
 * mms_snapshot_table() - find a table where absent and bad are the same
 * @s: snapshot
 * @name: such as zones/watermarks
 *
 * Return: the table or NULL. Bad ones show in mms_snapshot_bad().
 */
const struct mms_table *mms_snapshot_table(struct mms_snapshot *s,
					   const char *name);

/**
 * mms_snapshot_say_absent() - say on stderr that a table is not there
 * @s: snapshot
 * @name: of the table
 *
 * If the module has gone meanwhile, that is what is said.
 */
void mms_snapshot_say_absent(const struct mms_snapshot *s, const char *name);

/**
 * mms_snapshot_say_large() - say on stderr that a table is too large to show
 * @s: snapshot, which is bad from now on
 * @name: of the table
 */
void mms_snapshot_say_large(struct mms_snapshot *s, const char *name);

/**
 * mms_snapshot_fits() - whether a table can be looked through many times
 * @s: snapshot
 * @times: how often
 * @t: table or NULL
 *
 * Return: false, after mms_snapshot_say_large(), if that would take too long.
 * No machine has such tables.
 */
bool mms_snapshot_fits(struct mms_snapshot *s, size_t times,
		       const struct mms_table *t);

/**
 * mms_snapshot_has_nodes() - whether each row of a table tells its node
 * @s: snapshot
 * @t: table with a column node
 *
 * Return: false, said on stderr, if not: that row would be taken for one of
 * node 0.
 */
bool mms_snapshot_has_nodes(struct mms_snapshot *s, const struct mms_table *t);

/**
 * mms_snapshot_say_newer() - say on stderr which tables have a newer format
 * @s: snapshot
 */
void mms_snapshot_say_newer(struct mms_snapshot *s);

/**
 * mms_snapshot_bad() - whether a table asked for so far was bad
 * @s: snapshot
 */
bool mms_snapshot_bad(const struct mms_snapshot *s);

/**
 * mms_snapshot_refresh() - forget what was read, to take it anew
 * @s: a live snapshot
 */
void mms_snapshot_refresh(struct mms_snapshot *s);

/**
 * mms_snapshot_names() - names of the files in a snapshot
 * @s: snapshot
 * @prefix: those below it, such as zones/; "" for all tables
 * @n: how many
 *
 * Return: sorted names; the array is the caller's to free, the names are not.
 */
const char **mms_snapshot_names(struct mms_snapshot *s, const char *prefix,
				size_t *n);

/**
 * mms_snapshot_raw() - the bytes of a table's file
 * @s: snapshot
 * @name: of the table
 * @len: how many
 *
 * Return: bytes that are the caller's to free; NULL with errno set.
 */
char *mms_snapshot_raw(struct mms_snapshot *s, const char *name, size_t *len);

/**
 * mms_snapshot_live() - whether this is the running kernel
 * @s: snapshot
 */
bool mms_snapshot_live(const struct mms_snapshot *s);

/**
 * mms_snapshot_source() - a name for people
 * @s: snapshot
 */
const char *mms_snapshot_source(const struct mms_snapshot *s);

/**
 * mms_snapshot_item() - a value of the manifest
 * @s: snapshot
 * @item: group, such as host
 * @name: which
 *
 * Return: the cell as it stands there, NULL if there is none.
 */
const char *mms_snapshot_item(struct mms_snapshot *s, const char *item,
			      const char *name);

/**
 * mms_snapshot_page_size() - bytes of a page on the machine of the snapshot
 * @s: snapshot
 *
 * This machine's if the snapshot does not tell.
 */
unsigned long mms_snapshot_page_size(struct mms_snapshot *s);

#endif
