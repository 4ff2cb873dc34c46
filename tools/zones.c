// SPDX-License-Identifier: GPL-2.0-only
/* mmscope zones: free memory of every zone against its watermarks. */
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "lib/json.h"
#include "zones_view.h"

#define MAX_INTERVAL_S		1000000

struct zones_args {
	double interval;
	unsigned long count;
	bool zonelists;
	bool pcp;
	bool stays;
	int nargs;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct zones_args *a = state->input;
	char *end;

	switch (key) {
	case 'z':
		a->zonelists = true;
		return 0;
	case 'p':
		a->pcp = true;
		return 0;
	case 's':
		a->stays = true;
		return 0;
	case ARGP_KEY_ARG:
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	if (a->nargs == 0) {
		a->interval = strtod(arg, &end);
		if (*end || !(a->interval >= 0.001) ||
		    a->interval > MAX_INTERVAL_S)
			argp_error(state, "INTERVAL is seconds from 0.001 to %d, not '%s'",
				   MAX_INTERVAL_S, arg);
	} else if (a->nargs == 1) {
		a->count = strtoul(arg, &end, 10);
		if (*end || *arg < '0' || *arg > '9' || !a->count)
			argp_error(state, "COUNT is a number from 1, not '%s'",
				   arg);
	} else {
		return ARGP_ERR_UNKNOWN;
	}
	a->nargs++;
	return 0;
}

/* The verdict without the blank that ends each sentence. */
static struct json_object *json_verdict(const struct mms_zones *zs,
					struct mms_snapshot *s)
{
	struct mms_buf b = { 0 };
	struct json_object *o;

	mms_zones_verdict(&b, zs, s);
	if (b.len)
		b.data[--b.len] = '\0';
	o = json_object_new_string_len(b.data, b.len);
	mms_buf_free(&b);
	return o;
}

static bool print_json(struct view *v)
{
	struct mms_zones zs;
	struct json_object *o;

	if (!mms_zones_load(&zs, v->s, false))
		return false;
	o = mms_json_report(v->s, "zones/");
	json_object_object_add(o, "verdict", json_verdict(&zs, v->s));
	mms_json_print(o, true);
	mms_zones_free(&zs);
	return true;
}

static bool picks_view(const struct zones_args *a)
{
	return a->zonelists || a->pcp || a->stays;
}

static bool draw(struct view *v, const struct zones_args *a)
{
	bool ok = true;

	if (!picks_view(a))
		return view_zones(v);
	if (a->zonelists)
		ok = view_zonelists(v);
	if (a->pcp)
		ok = view_pcp(v) && ok;
	if (a->stays)
		ok = view_stays(v) && ok;
	/* Each view ends in a blank line; it is to part them. */
	mms_canvas_chop(&v->cv);
	return ok;
}

static int show(struct view *v, const struct zones_args *a, bool json)
{
	bool ok;

	if (a->nargs)
		return watch_zones(v, a->interval, a->count, json);
	ok = json ? print_json(v) : draw(v, a);
	mms_canvas_print(&v->cv, &v->out);
	return ok && !mms_snapshot_bad(v->s) ? MMS_EXIT_OK : MMS_EXIT_FAIL;
}

int mms_cmd_zones(struct mms_ctx *ctx, int argc, char **argv)
{
	struct zones_args a = { 0 };
	struct view v;
	int status;

	mms_parse(ctx, "zones", argc, argv, parse, &a);
	if (a.nargs && ctx->input) {
		mms_error("INTERVAL watches a kernel; the snapshot %s does not change",
			  ctx->input);
		return MMS_EXIT_USAGE;
	}
	if (a.nargs && picks_view(&a)) {
		mms_error("INTERVAL does not go with --zonelists, --pcp or --stays");
		return MMS_EXIT_USAGE;
	}
	if (a.nargs && ctx->svg) {
		mms_error("INTERVAL does not go with --svg, which is one picture");
		return MMS_EXIT_USAGE;
	}
	mms_out_init(&v.out, ctx->color, ctx->svg);
	v.s = mms_snapshot_open(ctx->input);
	if (!v.s)
		return MMS_EXIT_FAIL;
	v.page = mms_snapshot_page_size(v.s);
	mms_canvas_init(&v.cv, &v.out);
	status = show(&v, &a, ctx->json);
	mms_snapshot_close(v.s);
	return status;
}
