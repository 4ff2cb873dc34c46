/* SPDX-License-Identifier: GPL-2.0-only */
/* Tables as JSON. */
#ifndef MMS_JSON_H
#define MMS_JSON_H

#include <json-c/json_object.h>
#include <stdbool.h>

#include "snapshot.h"

/**
 * mms_json_num() - a number, or null
 * @n: what
 */
struct json_object *mms_json_num(struct mms_num n);

/**
 * mms_json_name() - a name of a file, or of anything else that is no cell
 * @name: bytes; those that are not UTF-8 become U+FFFD
 */
struct json_object *mms_json_name(const char *name);

/**
 * mms_json_table() - a table as an array of objects
 * @t: table
 *
 * The keys are the names of the columns; unknown cells are null.
 */
struct json_object *mms_json_table(const struct mms_table *t);

/**
 * mms_json_report() - what every command prints with --json
 * @s: snapshot
 * @prefix: the tables that go in, such as zones/ or probes
 *
 * An object with the source, the page size and the tables by name. A table
 * that is too large for this is left out, which mms_snapshot_bad() shows.
 */
struct json_object *mms_json_report(struct mms_snapshot *s,
				    const char *prefix);

/**
 * mms_json_print() - print to stdout and free
 * @o: what
 * @pretty: over many lines, else on one
 */
void mms_json_print(struct json_object *o, bool pretty);

#endif
