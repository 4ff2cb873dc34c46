// SPDX-License-Identifier: GPL-2.0-only
/* The dispatcher: mmscope [OPTIONS] COMMAND [ARGS]. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../module/version.h"
#include "cmd.h"

const char *argp_program_version = "mmscope " MMS_VERSION;

/* Where in argv the command stands, 0 if there is none. */
static error_t parse_program(int key, char *arg, struct argp_state *state)
{
	int *at = state->input;

	(void)arg;
	switch (key) {
	case ARGP_KEY_ARG:
		*at = state->next - 1;
		state->next = state->argc;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "which command?");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static int run(const struct mms_cmd *c, struct mms_ctx *ctx, int argc,
	       char **argv)
{
	char *name = mms_format("mmscope %s", c->name), *old = argv[0];
	int status;

	/* Messages of the option parser begin with this. */
	argv[0] = name;
	status = c->run(ctx, argc, argv);
	argv[0] = old;
	free(name);
	return status;
}

static const struct mms_cmd *find_cmd(const char *name)
{
	const struct mms_cmd *c;

	for (c = mms_cmds; c->name; c++) {
		if (!strcmp(c->name, name))
			return c;
	}
	mms_error("there is no command '%s'; see 'mmscope help'", name);
	return NULL;
}

/* 'help' and 'help COMMAND' are --help, before and after the command. */
int mms_cmd_help(struct mms_ctx *ctx, int argc, char **argv)
{
	char *option = mms_strdup("--help");
	char *args[3] = { program_invocation_name, option, NULL };
	const struct mms_cmd *c;
	int status;

	if (argc < 2)
		mms_parse(ctx, "", 2, args, NULL, NULL);
	c = argc < 2 ? NULL : find_cmd(argv[1]);
	status = c ? run(c, ctx, 2, args) : MMS_EXIT_USAGE;
	free(option);
	return status;
}

int mms_main(int argc, char **argv)
{
	struct mms_ctx ctx = { 0 };
	const struct mms_cmd *c;
	int at = 0, status;

	argp_err_exit_status = MMS_EXIT_USAGE;
	mms_parse(&ctx, "", argc, argv, parse_program, &at);
	if (!at)
		return MMS_EXIT_USAGE;
	if (!strcmp(argv[at], "help"))
		return mms_cmd_help(&ctx, argc - at, argv + at);
	c = find_cmd(argv[at]);
	if (!c)
		return MMS_EXIT_USAGE;
	status = run(c, &ctx, argc - at, argv + at);
	if (!mms_flush_stdout() && status == MMS_EXIT_OK)
		status = MMS_EXIT_FAIL;
	return status;
}
