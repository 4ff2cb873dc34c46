// SPDX-License-Identifier: GPL-2.0-only
/* mmscope buddy: free blocks by order and migratetype. */
#include "buddy_view.h"

struct buddy_args {
	struct view_args when;
	bool map;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct buddy_args *a = state->input;

	switch (key) {
	case 'm':
		a->map = true;
		return 0;
	case ARGP_KEY_ARG:
		return view_parse_arg(&a->when, arg, state);
	}
	return ARGP_ERR_UNKNOWN;
}

static bool print_json(struct view *v)
{
	struct mms_buf verdict = { 0 };
	struct buddy b;

	if (!buddy_load(&b, v))
		return false;
	buddy_verdict(v, &b, &verdict);
	view_json(v, "buddy/", &verdict);
	buddy_free(&b);
	return true;
}

static int show(struct view *v, bool json, void *data)
{
	const struct buddy_args *a = data;
	bool ok;

	if (a->when.nargs)
		return watch_buddy(v, &a->when, json);
	if (json)
		ok = print_json(v);
	else
		ok = a->map ? view_buddy_map(v) : view_buddy(v);
	return view_end(v, ok);
}

int mms_cmd_buddy(struct mms_ctx *ctx, int argc, char **argv)
{
	struct buddy_args a = { 0 };

	mms_parse(ctx, "buddy", argc, argv, parse, &a);
	return view_run(ctx, &a.when, a.map ? "--map" : NULL, show, &a);
}
