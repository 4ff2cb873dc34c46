// SPDX-License-Identifier: GPL-2.0-only
/* mmscope zones INTERVAL [COUNT]. */
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "lib/json.h"
#include "lib/text.h"
#include "zones_view.h"

#define TIME_COLS	6
#define ROWS_A_HEADER	20
#define DELTA_COLS	8
#define BAND_COLS	6

/*
 * @zs: last report
 * @nth: how many were made
 */
struct watch {
	struct view *v;
	struct mms_zones zs;
	unsigned long nth;
	unsigned long rows;
	int bar;
};

static void draw_header(struct watch *w)
{
	static const char *const heads[] = { ">high", ">low", ">min", "<=min" };
	const int at = TIME_COLS + LABEL_COLS + w->bar + 2;
	struct mms_canvas *cv = &w->v->cv;
	int b;

	mms_right(cv, TIME_COLS - 1, MMS_HEAD, "time");
	mms_text(cv, MMS_HEAD, "  node zone");
	mms_goto(cv, TIME_COLS + LABEL_COLS);
	mms_zone_ruler(cv, w->bar);
	mms_right(cv, at + 7, MMS_HEAD, "free");
	mms_right(cv, at + 7 + DELTA_COLS, MMS_HEAD, "change");
	for (b = 0; b < MMS_NBANDS; b++)
		mms_right(cv, at + 7 + DELTA_COLS + BAND_COLS * (b + 1),
			  mms_band_style(b), "%s", heads[b]);
	mms_newline(cv);
}

static void draw_change(struct watch *w, int end, const struct mms_zone *z,
			const struct mms_zone *before)
{
	struct mms_canvas *cv = &w->v->cv;
	uint64_t d;

	if (!before || !z->free.ok || !before->free.ok) {
		mms_right(cv, end, MMS_DIM, "-");
		return;
	}
	if (z->free.v == before->free.v) {
		mms_right(cv, end, MMS_DIM, "0");
		return;
	}
	d = z->free.v > before->free.v ? z->free.v - before->free.v :
		before->free.v - z->free.v;
	mms_right(cv, end, MMS_PLAIN, "%c%s",
		  z->free.v > before->free.v ? '+' : '-',
		  mms_size((double)d * w->v->page).s);
}

static void draw_band(struct mms_canvas *cv, int end, const struct mms_zone *d,
		      int b)
{
	struct mms_num t = d->in_band[b];

	if (!t.ok)
		mms_right(cv, end, MMS_DIM, "-");
	else
		mms_right(cv, end, t.v ? mms_band_style(b) : MMS_DIM, "%s",
			  mms_percent(t.v, mms_zone_watched(d)).s);
}

/* @label: what to write as time, NULL behind the first row of a report */
static void draw_row(struct watch *w, const struct mms_zone *z,
		     const struct mms_zone *before, const char *label)
{
	const int at = TIME_COLS + LABEL_COLS + w->bar + 2;
	struct mms_canvas *cv = &w->v->cv;
	struct mms_zone d;
	int b;

	mms_zone_delta(z, before, &d);
	mms_right(cv, TIME_COLS - 1, MMS_DIM, "%s", label ? label : "");
	mms_right(cv, TIME_COLS + 3, MMS_PLAIN, "%d", z->node);
	mms_goto(cv, TIME_COLS + 4);
	mms_text(cv, MMS_BOLD, "%.7s", z->zone);
	mms_goto(cv, TIME_COLS + LABEL_COLS);
	mms_zone_bar(cv, z, w->bar);
	mms_right(cv, at + 7, mms_band_style(mms_zone_band(z, z->free)), "%s",
		  view_pages(w->v, z->free).s);
	draw_change(w, at + 7 + DELTA_COLS, z, before);
	for (b = 0; b < MMS_NBANDS; b++)
		draw_band(cv, at + 7 + DELTA_COLS + BAND_COLS * (b + 1), &d, b);
	mms_newline(cv);
}

static void draw_report(struct watch *w, const struct mms_zones *zs,
			uint64_t passed)
{
	unsigned long a_header = w->v->out.rows > 4 ? w->v->out.rows - 2 :
		ROWS_A_HEADER;
	struct mms_unit label = { "total" };
	size_t i;

	if (!w->nth || w->rows + zs->n > a_header) {
		draw_header(w);
		w->rows = 1;
	}
	/* Of the first report, the bands are those since load or reset. */
	if (w->nth)
		label = mms_time(passed);
	for (i = 0; i < zs->n; i++)
		draw_row(w, &zs->zone[i], mms_zones_find(&w->zs, &zs->zone[i]),
			 i ? NULL : label.s);
	w->rows += zs->n;
	mms_canvas_print(&w->v->cv);
}

static struct json_object *json_change(const struct mms_zone *z,
				       const struct mms_zone *before)
{
	uint64_t less;

	if (!before || !z->free.ok || !before->free.ok)
		return NULL;
	if (z->free.v >= before->free.v)
		return json_object_new_uint64(z->free.v - before->free.v);
	less = before->free.v - z->free.v;
	return json_object_new_int64(less > INT64_MAX ? INT64_MIN :
				     -(int64_t)less);
}

static struct json_object *json_row(const struct mms_zone *z,
				    const struct mms_zone *before)
{
	struct json_object *o = json_object_new_object();
	struct mms_zone d;

	mms_zone_delta(z, before, &d);
	json_object_object_add(o, "node", json_object_new_int(z->node));
	json_object_object_add(o, "zone", json_object_new_string(z->zone));
	json_object_object_add(o, "free_pages", mms_json_num(z->free));
	json_object_object_add(o, "free_change_pages", json_change(z, before));
	json_object_object_add(o, "min_pages", mms_json_num(z->min));
	json_object_object_add(o, "low_pages", mms_json_num(z->low));
	json_object_object_add(o, "high_pages", mms_json_num(z->high));
	json_object_object_add(o, "above_high_ns",
			       mms_json_num(d.in_band[MMS_ABOVE_HIGH]));
	json_object_object_add(o, "high_to_low_ns",
			       mms_json_num(d.in_band[MMS_HIGH_TO_LOW]));
	json_object_object_add(o, "low_to_min_ns",
			       mms_json_num(d.in_band[MMS_LOW_TO_MIN]));
	json_object_object_add(o, "below_min_ns",
			       mms_json_num(d.in_band[MMS_BELOW_MIN]));
	json_object_object_add(o, "samples", mms_json_num(d.samples));
	json_object_object_add(o, "from_ns", mms_json_num(d.since));
	json_object_object_add(o, "taken_ns", mms_json_num(z->taken));
	return o;
}

static void json_line(struct watch *w, const struct mms_zones *zs)
{
	struct json_object *o = json_object_new_object();
	struct json_object *rows = json_object_new_array();
	size_t i;

	for (i = 0; i < zs->n; i++)
		json_object_array_add(rows,
				      json_row(&zs->zone[i],
					       mms_zones_find(&w->zs,
							      &zs->zone[i])));
	json_object_object_add(o, "report", json_object_new_int64(w->nth));
	json_object_object_add(o, "zones", rows);
	mms_json_print(o, false);
}

static bool report(struct watch *w, uint64_t passed, bool json)
{
	struct mms_zones zs;

	if (!mms_zones_load(&zs, w->v->s, w->v->out.utf8))
		return false;
	if (json)
		json_line(w, &zs);
	else
		draw_report(w, &zs, passed);
	mms_zones_free(&w->zs);
	w->zs = zs;
	w->nth++;
	return true;
}

static bool report_text(struct view *v, uint64_t passed, void *data)
{
	(void)v;
	return report(data, passed, false);
}

static bool report_json(struct view *v, uint64_t passed, void *data)
{
	(void)v;
	return report(data, passed, true);
}

int watch_zones(struct view *v, const struct view_args *a, bool json)
{
	struct watch w = { .v = v };
	int status;

	w.bar = v->out.width - TIME_COLS - LABEL_COLS - 2 - 7 - DELTA_COLS -
		4 * BAND_COLS;
	if (w.bar > MMS_BAR_MAX)
		w.bar = MMS_BAR_MAX;
	status = view_watch(v, a, json ? report_json : report_text, &w);
	mms_zones_free(&w.zs);
	return status;
}
