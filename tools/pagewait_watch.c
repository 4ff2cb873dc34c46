// SPDX-License-Identifier: GPL-2.0-only
/* mmscope pagewait INTERVAL [COUNT]. */
#include <json-c/json.h>

#include "lib/json.h"
#include "pagewait_view.h"

#define ROWS_A_HEADER	20

static const struct {
	const char *table;
	const char *col;
	const char *head;
} counters[] = {
	{ "pagewait/latency", "waits_total", "waits" },
	{ "pagewait/wakes", "calls_total", "wakes" },
	{ "pagewait/wakes", "visited_total", "visited" },
	{ "pagewait/wakes", "woken_total", "woken" },
	{ "pagewait/wakes", "other_folio_total", "collide" },
	{ "pagewait/wakes", "refused_total", "refused" },
};

#define NCOUNTERS	MMS_ARRAY_SIZE(counters)

/*
 * @count: as of the last report
 * @nth: how many reports were made
 */
struct watch {
	struct mms_num count[NCOUNTERS];
	unsigned long nth;
	bool json;
};

static void draw_header(struct mms_canvas *cv)
{
	static const char *const heads[] = { "waiting", "folios", "longest" };
	size_t i;

	mms_right(cv, 6, MMS_HEAD, "time");
	for (i = 0; i < MMS_ARRAY_SIZE(heads); i++)
		mms_right(cv, 14 + 8 * (int)i, MMS_HEAD, "%s", heads[i]);
	for (i = 0; i < NCOUNTERS; i++)
		mms_right(cv, 38 + 8 * (int)i, MMS_HEAD, "%s",
			  counters[i].head);
	mms_newline(cv);
}

static void draw_report(struct view *v, const struct watch *w,
			const struct pagewait *p, const struct mms_num *d,
			uint64_t passed)
{
	unsigned long a_header = v->out.rows > 4 ? v->out.rows - 2 :
		ROWS_A_HEADER;
	struct mms_canvas *cv = &v->cv;
	size_t i;

	if (w->nth % a_header == 0)
		draw_header(cv);
	mms_right(cv, 6, MMS_DIM, "%s", w->nth ? mms_time(passed).s : "total");
	mms_right(cv, 14, MMS_PLAIN, "%s", p->missing ? "-" :
		  mms_count(p->waiters).s);
	mms_right(cv, 22, p->shared ? MMS_BAD : MMS_PLAIN, "%s",
		  p->missing ? "-" : mms_count(p->folios).s);
	mms_right(cv, 30, MMS_PLAIN, "%s", p->longest.ok ?
		  mms_time(p->longest.v).s : "-");
	for (i = 0; i < NCOUNTERS; i++)
		mms_right(cv, 38 + 8 * (int)i, d[i].v ? MMS_PLAIN : MMS_DIM,
			  "%s", d[i].ok ? mms_count(d[i].v).s : "-");
	mms_newline(cv);
	mms_canvas_print(cv);
}

static void print_report(const struct watch *w, const struct pagewait *p,
			 const struct mms_num *d)
{
	struct json_object *o = json_object_new_object();
	size_t i;

	json_object_object_add(o, "report", json_object_new_int64(w->nth));
	json_object_object_add(o, "waiters",
			       mms_json_num(pagewait_known(p, p->waiters)));
	json_object_object_add(o, "folios",
			       mms_json_num(pagewait_known(p, p->folios)));
	json_object_object_add(o, "buckets",
			       mms_json_num(pagewait_known(p, p->used)));
	json_object_object_add(o, "buckets_shared",
			       mms_json_num(pagewait_known(p, p->shared)));
	json_object_object_add(o, "longest_wait_ns", mms_json_num(p->longest));
	for (i = 0; i < NCOUNTERS; i++)
		json_object_object_add(o, counters[i].head,
				       mms_json_num(d[i]));
	mms_json_print(o, false);
}

static bool report(struct view *v, uint64_t passed, void *data)
{
	struct mms_num d[NCOUNTERS], now;
	struct watch *w = data;
	struct pagewait p;
	size_t i;

	if (!pagewait_load(&p, v))
		return false;
	for (i = 0; i < NCOUNTERS; i++) {
		now = pagewait_sum(v, counters[i].table, counters[i].col);
		d[i] = w->nth ? view_since(now, w->count[i]) : now;
		w->count[i] = now;
	}
	if (w->json)
		print_report(w, &p, d);
	else
		draw_report(v, w, &p, d, passed);
	w->nth++;
	return true;
}

int watch_pagewait(struct view *v, const struct view_args *a, bool json)
{
	struct watch w = { .json = json };

	return view_watch(v, a, report, &w);
}
