// SPDX-License-Identifier: GPL-2.0-only
/* mmscope zones: free memory of every zone against its watermarks. */
#include "cmd.h"
#include "zones_view.h"

struct zones_args {
	struct view_args when;
	bool zonelists;
	bool pcp;
	bool stays;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct zones_args *a = state->input;

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
		return view_parse_arg(&a->when, arg, state);
	}
	return ARGP_ERR_UNKNOWN;
}

static bool print_json(struct view *v)
{
	struct mms_buf verdict = { 0 };
	struct mms_zones zs;

	if (!mms_zones_load(&zs, v->s, false))
		return false;
	mms_zones_verdict(&verdict, &zs, v->s);
	view_say_off(v, &verdict, "zones");
	view_json(v, "zones/", &verdict);
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

static int show(struct view *v, bool json, void *data)
{
	const struct zones_args *a = data;

	if (a->when.nargs)
		return watch_zones(v, &a->when, json);
	return view_end(v, json ? print_json(v) : draw(v, a));
}

int mms_cmd_zones(struct mms_ctx *ctx, int argc, char **argv)
{
	struct zones_args a = { 0 };

	mms_parse(ctx, "zones", argc, argv, parse, &a);
	return view_run(ctx, &a.when, picks_view(&a) ?
			"--zonelists, --pcp or --stays" : NULL, show, &a);
}
