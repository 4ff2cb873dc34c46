// SPDX-License-Identifier: GPL-2.0-only
/* mmscope kswapd INTERVAL [COUNT]. */
#include <json-c/json.h>
#include <stdlib.h>

#include "kswapd_view.h"
#include "lib/json.h"

#define ROWS_A_HEADER	20

static const char *const counters[] = {
	"wakeups_total", "runs_total", "awake_ns", "cpu_time_ns",
	"lru_scanned_total", "lru_reclaimed_total", "taken_ns",
};

enum { WAKEUPS, RUNS, AWAKE, CPU, SCANNED, RECLAIMED, TAKEN, NCOUNTERS };

struct node {
	struct mms_num id;
	struct mms_num count[NCOUNTERS];
};

/*
 * @node: the last report
 * @nth: how many were made
 */
struct watch {
	struct node *node;
	size_t n;
	unsigned long nth;
	unsigned long rows;
	bool json;
};

static struct node *load(const struct mms_table *t)
{
	struct node *n = mms_alloc(t->nrows, sizeof(*n));
	size_t i, k;

	for (i = 0; i < t->nrows; i++) {
		n[i].id = view_num(t, i, "node");
		for (k = 0; k < NCOUNTERS; k++)
			n[i].count[k] = view_num(t, i, counters[k]);
	}
	return n;
}

/* What changed since the last report; all of it in the first one. */
static struct node changes(const struct watch *w, const struct node *now)
{
	struct node d = *now;
	size_t i, k;

	for (i = 0; i < w->n; i++) {
		if (w->node[i].id.v != now->id.v)
			continue;
		for (k = 0; k < NCOUNTERS; k++)
			d.count[k] = view_since(now->count[k],
						w->node[i].count[k]);
	}
	return d;
}

static void draw_header(struct mms_canvas *cv)
{
	static const char *const heads[] = {
		"wakeups", "runs", "awake", "cpu", "scanned", "freed", "of it",
	};
	size_t i;

	mms_right(cv, 6, MMS_HEAD, "time");
	mms_text(cv, MMS_HEAD, " node state");
	for (i = 0; i < MMS_ARRAY_SIZE(heads); i++)
		mms_right(cv, 25 + 8 * (int)i, MMS_HEAD, "%s", heads[i]);
	mms_newline(cv);
}

static void draw_count(struct mms_canvas *cv, int end, struct mms_num n)
{
	if (n.ok)
		mms_right(cv, end, n.v ? MMS_PLAIN : MMS_DIM, "%s",
			  mms_count(n.v).s);
	else
		mms_right(cv, end, MMS_DIM, "-");
}

static void draw_share(struct mms_canvas *cv, int end, enum mms_style style,
		       struct mms_num part, struct mms_num whole)
{
	if (part.ok && whole.ok)
		mms_right(cv, end, part.v ? style : MMS_DIM, "%s",
			  mms_percent(part.v, whole.v).s);
	else
		mms_right(cv, end, MMS_DIM, "-");
}

static void draw_size(struct view *v, int end, struct mms_num n)
{
	mms_right(&v->cv, end, n.v ? MMS_PLAIN : MMS_DIM, "%s",
		  n.v || !n.ok ? view_pages(v, n).s : "0");
}

static void draw_state(struct view *v, const struct mms_table *t, size_t i)
{
	struct mms_canvas *cv = &v->cv;

	mms_goto(cv, 12);
	if (view_same(t, i, "hopeless", 1))
		mms_text(cv, MMS_BAD, "gave up");
	else if (view_same(t, i, "running", 1))
		mms_text(cv, MMS_WARN, "runs");
	else
		mms_text(cv, MMS_PLAIN, "asleep");
}

static void draw_row(struct view *v, const struct mms_table *t, size_t i,
		     const struct node *d)
{
	const struct mms_num *c = d->count;
	struct mms_canvas *cv = &v->cv;

	mms_right(cv, 11, MMS_PLAIN, "%d", (int)d->id.v);
	draw_state(v, t, i);
	draw_count(cv, 25, c[WAKEUPS]);
	draw_count(cv, 33, c[RUNS]);
	draw_share(cv, 41, MMS_PLAIN, c[AWAKE], c[TAKEN]);
	draw_share(cv, 49, MMS_PLAIN, c[CPU], c[TAKEN]);
	draw_size(v, 57, c[SCANNED]);
	draw_size(v, 65, c[RECLAIMED]);
	draw_share(cv, 73, kswapd_yield(c[SCANNED], c[RECLAIMED]),
		   c[RECLAIMED], c[SCANNED]);
	mms_newline(cv);
}

static void draw_report(struct view *v, struct watch *w,
			const struct mms_table *t, const struct node *now,
			uint64_t passed)
{
	unsigned long a_header = v->out.rows > 4 ? v->out.rows - 2 :
		ROWS_A_HEADER;
	struct node d;
	size_t i;

	if (!w->nth || w->rows + t->nrows > a_header) {
		draw_header(&v->cv);
		w->rows = 1;
	}
	for (i = 0; i < t->nrows; i++) {
		d = changes(w, &now[i]);
		/* The first report has no interval to take a share of. */
		if (!w->nth)
			d.count[TAKEN].ok = false;
		mms_right(&v->cv, 6, MMS_DIM, "%s", i ? "" : w->nth ?
			  mms_time(passed).s : "total");
		draw_row(v, t, i, &d);
	}
	w->rows += t->nrows;
	mms_canvas_print(&v->cv);
}

static void print_report(const struct watch *w, const struct mms_table *t,
			 const struct node *now)
{
	struct json_object *o = json_object_new_object();
	struct json_object *rows = json_object_new_array(), *row;
	struct node d;
	size_t i, k;

	for (i = 0; i < t->nrows; i++) {
		d = changes(w, &now[i]);
		row = json_object_new_object();
		json_object_object_add(row, "node", mms_json_num(d.id));
		for (k = 0; k < TAKEN; k++)
			json_object_object_add(row, counters[k],
					       mms_json_num(d.count[k]));
		json_object_object_add(row, "interval_ns", w->nth ?
				       mms_json_num(d.count[TAKEN]) : NULL);
		json_object_object_add(row, "taken_ns",
				       mms_json_num(now[i].count[TAKEN]));
		json_object_array_add(rows, row);
	}
	json_object_object_add(o, "report", json_object_new_int64(w->nth));
	json_object_object_add(o, "nodes", rows);
	mms_json_print(o, false);
}

static bool report(struct view *v, uint64_t passed, void *data)
{
	const struct mms_table *t = view_table(v, "kswapd/nodes");
	struct watch *w = data;
	struct node *now;

	if (!t)
		return false;
	now = load(t);
	if (w->json)
		print_report(w, t, now);
	else
		draw_report(v, w, t, now, passed);
	free(w->node);
	w->node = now;
	w->n = t->nrows;
	w->nth++;
	return true;
}

int watch_kswapd(struct view *v, const struct view_args *a, bool json)
{
	struct watch w = { .json = json };
	int status;

	status = view_watch(v, a, report, &w);
	free(w.node);
	return status;
}
