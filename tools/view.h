/* SPDX-License-Identifier: GPL-2.0-only */
/* What the commands that draw tables have in common. */
#ifndef MMS_VIEW_H
#define MMS_VIEW_H

#include "cmd.h"
#include "lib/canvas.h"
#include "lib/snapshot.h"
#include "lib/units.h"

/**
 * struct view - what every view needs
 * @s: snapshot to show
 * @out: where to
 * @cv: what is being drawn
 * @page: bytes of a page
 */
struct view {
	struct mms_snapshot *s;
	struct mms_out out;
	struct mms_canvas cv;
	double page;
};

/**
 * struct view_args - the arguments INTERVAL and COUNT
 * @interval: seconds
 * @count: reports, 0 for no end
 * @nargs: how many of the two there are
 */
struct view_args {
	double interval;
	unsigned long count;
	int nargs;
};

/**
 * view_parse_arg() - parse INTERVAL, then COUNT
 * @a: result
 * @arg: argument
 * @state: of the parser
 *
 * Return: ARGP_ERR_UNKNOWN if there were both already.
 */
error_t view_parse_arg(struct view_args *a, char *arg,
		       struct argp_state *state);

/**
 * view_run() - open the snapshot, show something of it, close it
 * @ctx: what was asked for
 * @a: interval and count
 * @options: those given that do not go with an interval; NULL if none was
 * @show: draws or prints; returns the exit status
 * @data: for @show
 *
 * Return: exit status.
 */
int view_run(struct mms_ctx *ctx, const struct view_args *a,
	     const char *options,
	     int (*show)(struct view *v, bool json, void *data), void *data);

/**
 * view_end() - print what was drawn
 * @v: view
 * @ok: whether what was asked for could be drawn
 *
 * Return: exit status.
 */
int view_end(struct view *v, bool ok);

/**
 * view_watch() - report again and again
 * @v: view of the running kernel
 * @a: how often
 * @report: makes one; gets the time that has passed in ns, false on failure
 * @data: for @report
 *
 * Return: exit status.
 */
int view_watch(struct view *v, const struct view_args *a,
	       bool (*report)(struct view *v, uint64_t passed, void *data),
	       void *data);

/**
 * view_json() - print the tables of a subject, with a verdict
 * @v: view
 * @prefix: such as kswapd/
 * @verdict: sentences, freed
 */
void view_json(struct view *v, const char *prefix, struct mms_buf *verdict);

/**
 * view_verdict() - draw a verdict, if there is something to say
 * @v: view
 * @verdict: sentences, freed
 */
void view_verdict(struct view *v, struct mms_buf *verdict);

/**
 * view_title() - draw whose tables these are, without ending the line
 * @v: view
 * @subject: such as zones
 */
void view_title(struct view *v, const char *subject);

/**
 * view_table() - a table that there has to be
 * @v: view
 * @name: of the table
 *
 * Return: NULL after saying what is wrong.
 */
const struct mms_table *view_table(struct view *v, const char *name);

/**
 * view_missing() - what the module could not find for a subject, and why
 * @v: view
 * @subject: such as pagewait
 *
 * Return: words tied by hyphens; NULL if nothing is known to be missing.
 */
const char *view_missing(struct view *v, const char *subject);

/**
 * view_say_off() - append that a group of hooks is off, if it is
 * @v: view
 * @b: to append to
 * @group: such as kswapd
 */
void view_say_off(struct view *v, struct mms_buf *b, const char *group);

/**
 * view_pages() - an amount of pages for people
 * @v: view
 * @n: pages
 */
struct mms_unit view_pages(const struct view *v, struct mms_num n);

/**
 * view_cell() - draw a cell of text, made safe for the terminal
 * @v: view
 * @style: how
 * @t: table
 * @row: which row
 * @col: name of the column
 */
void view_cell(struct view *v, enum mms_style style, const struct mms_table *t,
	       size_t row, const char *col);

/**
 * view_say() - append a cell of text, made safe for the terminal
 * @v: view
 * @b: to append to
 * @t: table
 * @row: which row
 * @col: name of the column
 */
void view_say(const struct view *v, struct mms_buf *b,
	      const struct mms_table *t, size_t row, const char *col);

/**
 * view_text() - a cell as it stands in the table
 * @t: table
 * @row: which row
 * @col: name of the column
 */
const char *view_text(const struct mms_table *t, size_t row, const char *col);

/**
 * view_num() - a number of a table by the name of its column
 * @t: table
 * @row: which row
 * @col: name of the column
 */
struct mms_num view_num(const struct mms_table *t, size_t row,
			const char *col);

/**
 * view_same() - whether a cell is a certain number
 * @t: table
 * @row: which row
 * @col: name of the column
 * @n: number
 */
bool view_same(const struct mms_table *t, size_t row, const char *col,
	       uint64_t n);

/**
 * view_level() - draw one character as high as a share
 * @v: view
 * @style: how
 * @share: 0 to 1; more than nothing can be seen
 */
void view_level(struct view *v, enum mms_style style, double share);

/**
 * view_since() - how much a counter has grown
 * @now: later value
 * @before: earlier one
 *
 * Return: @now if the counter was reset meanwhile or the earlier one is not
 * known.
 */
struct mms_num view_since(struct mms_num now, struct mms_num before);

#endif
