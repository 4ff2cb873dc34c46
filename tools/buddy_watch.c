// SPDX-License-Identifier: GPL-2.0-only
/* mmscope buddy INTERVAL [COUNT]. */
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "buddy_view.h"
#include "lib/json.h"

#define ROWS_A_HEADER	20
#define MIDDLE		4

/* What happened in a zone up to the last report. */
struct before {
	int node;
	char zone[BUDDY_NAME];
	struct mms_num fallbacks;
	struct mms_num whole;
	struct mms_num allocated;
	struct mms_num freed;
};

struct watch {
	struct before *before;
	size_t n;
	unsigned long nth;
	unsigned long rows;
	bool json;
};

static struct before load(struct view *v, const struct buddy_zone *z)
{
	struct before now = { .node = z->node };

	memcpy(now.zone, z->zone, sizeof(now.zone));
	now.fallbacks = buddy_fallbacks(v, z, "fallbacks_total");
	now.whole = buddy_fallbacks(v, z, "whole_pageblock_total");
	now.allocated = buddy_flow(v, z, "allocations_total");
	now.freed = buddy_flow(v, z, "frees_total");
	return now;
}

static struct before changes(const struct watch *w, const struct before *now)
{
	struct before d = *now;
	size_t i;

	for (i = 0; i < w->n; i++) {
		if (w->before[i].node != now->node ||
		    strcmp(w->before[i].zone, now->zone))
			continue;
		d.fallbacks = view_since(now->fallbacks,
					 w->before[i].fallbacks);
		d.whole = view_since(now->whole, w->before[i].whole);
		d.allocated = view_since(now->allocated,
					 w->before[i].allocated);
		d.freed = view_since(now->freed, w->before[i].freed);
	}
	return d;
}

static void draw_header(struct mms_canvas *cv)
{
	static const struct {
		const char *text;
		int right;
	} heads[] = {
		{ "free", 25 }, { "order4+", 33 }, { "order9+", 41 },
		{ "unusable", 50 }, { "fallback", 59 }, { "blocks", 66 },
		{ "allocs", 73 }, { "frees", 80 },
	};
	size_t i;

	mms_right(cv, 6, MMS_HEAD, "time");
	mms_text(cv, MMS_HEAD, " node zone");
	for (i = 0; i < MMS_ARRAY_SIZE(heads); i++)
		mms_right(cv, heads[i].right, MMS_HEAD, "%s", heads[i].text);
	mms_newline(cv);
}

static void draw_count(struct mms_canvas *cv, int right, struct mms_num n)
{
	mms_right(cv, right, MMS_PLAIN, "%s", n.ok ? mms_count(n.v).s : "-");
}

static void draw_row(struct view *v, const struct buddy_zone *z,
		     const struct before *d)
{
	struct mms_num u = z->unusable[BUDDY_HUGE];
	struct mms_canvas *cv = &v->cv;

	mms_right(cv, 11, MMS_PLAIN, "%d", z->node);
	mms_goto(cv, 12);
	mms_text(cv, MMS_BOLD, "%.7s", z->zone);
	mms_right(cv, 25, MMS_PLAIN, "%s",
		  mms_size(buddy_pages(z, 0) * v->page).s);
	mms_right(cv, 33, MMS_PLAIN, "%s",
		  mms_size(buddy_pages(z, MIDDLE) * v->page).s);
	mms_right(cv, 41, MMS_PLAIN, "%s",
		  mms_size(buddy_pages(z, BUDDY_HUGE) * v->page).s);
	mms_right(cv, 50, u.v >= 500 ? MMS_BAD : MMS_PLAIN, "%s",
		  u.ok ? mms_percent(u.v, 1000).s : "-");
	draw_count(cv, 59, d->fallbacks);
	draw_count(cv, 66, d->whole);
	draw_count(cv, 73, d->allocated);
	draw_count(cv, 80, d->freed);
	mms_newline(cv);
}

static struct json_object *json_row(const struct buddy_zone *z,
				    const struct before *d)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "node", json_object_new_int(z->node));
	json_object_object_add(o, "zone", json_object_new_string(z->zone));
	json_object_object_add(o, "free_pages",
			       json_object_new_double(buddy_pages(z, 0)));
	json_object_object_add(o, "free_order4_pages",
			       json_object_new_double(buddy_pages(z, MIDDLE)));
	json_object_object_add(o, "free_order9_pages",
			       json_object_new_double(buddy_pages(z, BUDDY_HUGE)));
	json_object_object_add(o, "unusable_order9_index",
			       mms_json_num(z->unusable[BUDDY_HUGE]));
	json_object_object_add(o, "fallbacks", mms_json_num(d->fallbacks));
	json_object_object_add(o, "whole_pageblocks", mms_json_num(d->whole));
	json_object_object_add(o, "allocated_pages",
			       mms_json_num(d->allocated));
	json_object_object_add(o, "freed_pages", mms_json_num(d->freed));
	return o;
}

static void draw_report(struct view *v, struct watch *w, const struct buddy *b,
			const struct before *now, uint64_t passed)
{
	unsigned long a_header = v->out.rows > 4 ? v->out.rows - 2 :
		ROWS_A_HEADER;
	struct before d;
	size_t i;

	if (!w->nth || w->rows + b->n > a_header) {
		draw_header(&v->cv);
		w->rows = 1;
	}
	for (i = 0; i < b->n; i++) {
		d = changes(w, &now[i]);
		mms_right(&v->cv, 6, MMS_DIM, "%s", i ? "" : w->nth ?
			  mms_time(passed).s : "total");
		draw_row(v, &b->zone[i], &d);
	}
	w->rows += b->n;
	mms_canvas_print(&v->cv);
}

static void print_report(const struct watch *w, const struct buddy *b,
			 const struct before *now)
{
	struct json_object *o = json_object_new_object();
	struct json_object *rows = json_object_new_array();
	struct before d;
	size_t i;

	for (i = 0; i < b->n; i++) {
		d = changes(w, &now[i]);
		json_object_array_add(rows, json_row(&b->zone[i], &d));
	}
	json_object_object_add(o, "report", json_object_new_int64(w->nth));
	json_object_object_add(o, "zones", rows);
	mms_json_print(o, false);
}

static bool report(struct view *v, uint64_t passed, void *data)
{
	struct watch *w = data;
	struct before *now;
	struct buddy b;
	size_t i;

	if (!buddy_load(&b, v))
		return false;
	now = mms_alloc(b.n, sizeof(*now));
	for (i = 0; i < b.n; i++)
		now[i] = load(v, &b.zone[i]);
	if (w->json)
		print_report(w, &b, now);
	else
		draw_report(v, w, &b, now, passed);
	free(w->before);
	w->before = now;
	w->n = b.n;
	w->nth++;
	buddy_free(&b);
	return true;
}

int watch_buddy(struct view *v, const struct view_args *a, bool json)
{
	struct watch w = { .json = json };
	int status;

	status = view_watch(v, a, report, &w);
	free(w.before);
	return status;
}
