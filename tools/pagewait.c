// SPDX-License-Identifier: GPL-2.0-only
/* mmscope pagewait: the hash table of page waits and what it costs. */
#include "pagewait_view.h"

struct pagewait_args {
	struct view_args when;
	bool all;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct pagewait_args *a = state->input;

	switch (key) {
	case 'a':
		a->all = true;
		return 0;
	case ARGP_KEY_ARG:
		return view_parse_arg(&a->when, arg, state);
	}
	return ARGP_ERR_UNKNOWN;
}

static bool print_json(struct view *v)
{
	struct mms_buf verdict = { 0 };
	struct pagewait p;

	if (!pagewait_load(&p, v))
		return false;
	pagewait_verdict(v, &p, &verdict);
	view_json(v, "pagewait/", &verdict);
	return true;
}

static int show(struct view *v, bool json, void *data)
{
	const struct pagewait_args *a = data;

	if (a->when.nargs)
		return watch_pagewait(v, &a->when, json);
	return view_end(v, json ? print_json(v) : view_pagewait(v, a->all));
}

int mms_cmd_pagewait(struct mms_ctx *ctx, int argc, char **argv)
{
	struct pagewait_args a = { 0 };

	mms_parse(ctx, "pagewait", argc, argv, parse, &a);
	return view_run(ctx, &a.when, a.all ? "--all" : NULL, show, &a);
}
