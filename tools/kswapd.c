// SPDX-License-Identifier: GPL-2.0-only
/* mmscope kswapd: what each kswapd does, for whom, and what it achieves. */
#include "kswapd_view.h"

struct kswapd_args {
	struct view_args when;
	bool runs;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct kswapd_args *a = state->input;

	switch (key) {
	case 'r':
		a->runs = true;
		return 0;
	case ARGP_KEY_ARG:
		return view_parse_arg(&a->when, arg, state);
	}
	return ARGP_ERR_UNKNOWN;
}

static bool print_json(struct view *v)
{
	const struct mms_table *t = view_table(v, "kswapd/nodes");
	struct mms_buf verdict = { 0 };

	if (!t || !kswapd_fits(v, t))
		return false;
	kswapd_verdict(v, t, &verdict);
	view_json(v, "kswapd/", &verdict);
	return true;
}

static int show(struct view *v, bool json, void *data)
{
	const struct kswapd_args *a = data;

	if (a->when.nargs)
		return watch_kswapd(v, &a->when, json);
	return view_end(v, json ? print_json(v) : view_kswapd(v, a->runs));
}

int mms_cmd_kswapd(struct mms_ctx *ctx, int argc, char **argv)
{
	struct kswapd_args a = { 0 };

	mms_parse(ctx, "kswapd", argc, argv, parse, &a);
	return view_run(ctx, &a.when, a.runs ? "--runs" : NULL, show, &a);
}
