// SPDX-License-Identifier: GPL-2.0-only
/* The commands and options of options.def, as tables and as parsers. */
#include <stdlib.h>
#include <string.h>

#include "cmd.h"

#define CMD(name, args, summary, text) \
	{ #name, args, summary, text, mms_cmd_##name },
#define OPT(cmd, key, name, arg, words, doc)

const struct mms_cmd mms_cmds[] = {
#include "options.def"
	{ 0 }
};

#undef CMD
#undef OPT
#define CMD(name, args, summary, text)
#define OPT(cmd, key, name, arg, words, doc) \
	{ cmd, key, name, arg, words, doc },

const struct mms_opt mms_opts[] = {
#include "options.def"
	{ 0 }
};

#undef CMD
#undef OPT

#define MAX_OPTS	32

struct parsing {
	struct mms_ctx *ctx;
	argp_parser_t parse;
	void *data;
};

static error_t parse_color(struct mms_ctx *ctx, const char *arg,
			   struct argp_state *state)
{
	if (!strcmp(arg, "auto"))
		ctx->color = MMS_COLOR_AUTO;
	else if (!strcmp(arg, "always"))
		ctx->color = MMS_COLOR_ALWAYS;
	else if (!strcmp(arg, "never"))
		ctx->color = MMS_COLOR_NEVER;
	else
		argp_error(state, "--color takes auto, always or never, not '%s'",
			   arg);
	return 0;
}

static error_t parse_common(int key, char *arg, struct argp_state *state)
{
	struct parsing *p = state->input;
	error_t err = ARGP_ERR_UNKNOWN;

	switch (key) {
	case 'i':
		p->ctx->input = arg;
		return 0;
	case 'j':
		p->ctx->json = true;
		return 0;
	case 'g':
		p->ctx->svg = true;
		return 0;
	case 'c':
		return parse_color(p->ctx, arg, state);
	case ARGP_KEY_END:
		if (p->ctx->json && p->ctx->svg)
			argp_error(state, "--json does not go with --svg");
		break;
	}
	if (p->parse) {
		state->input = p->data;
		err = p->parse(key, arg, state);
		state->input = p;
	}
	if (key == ARGP_KEY_ARG && err == ARGP_ERR_UNKNOWN)
		argp_error(state, "'%s' is too much", arg);
	return err;
}

static const struct mms_cmd *find_cmd(const char *name)
{
	const struct mms_cmd *c;

	for (c = mms_cmds; c->name; c++) {
		if (!strcmp(c->name, name))
			return c;
	}
	return NULL;
}

/* The program itself is the command "". */
static void make_options(struct argp_option *to, const char *cmd)
{
	const struct mms_opt *o;
	int n = 0;

	for (o = mms_opts; o->name && n < MAX_OPTS; o++) {
		if (strcmp(o->cmd, "*") && strcmp(o->cmd, cmd))
			continue;
		to[n++] = (struct argp_option) {
			.name = o->name, .key = o->key, .arg = o->arg,
			.doc = o->doc, .group = *o->cmd == '*' ? 2 : 1,
		};
	}
}

/* argp wants: the line above the options, \v, the text below them. */
static char *make_doc(const struct mms_cmd *c)
{
	struct mms_buf b = { 0 };

	if (c) {
		mms_buf_printf(&b, "%s: %s\v%s", c->name, c->summary, c->text);
		return b.data;
	}
	mms_buf_printf(&b, "Shows what the memory management of Linux is doing.\v");
	mms_buf_printf(&b, "Commands:\n");
	for (c = mms_cmds; c->name; c++)
		mms_buf_printf(&b, "  %-10s %s\n", c->name, c->summary);
	mms_buf_printf(&b, "\n'mmscope COMMAND --help' tells more; mmscope(8) tells all.");
	return b.data;
}

void mms_parse(struct mms_ctx *ctx, const char *cmd, int argc, char **argv,
	       argp_parser_t parse, void *data)
{
	struct argp_option options[MAX_OPTS + 1] = { 0 };
	struct parsing p = { .ctx = ctx, .parse = parse, .data = data };
	const struct mms_cmd *c = find_cmd(cmd);
	struct argp argp = {
		.options = options,
		.parser = parse_common,
		.args_doc = c ? c->args : "COMMAND [ARGS...]",
	};
	char *doc = make_doc(c);

	make_options(options, cmd);
	argp.doc = doc;
	/* The first argument of the program is the command: stop there. */
	argp_parse(&argp, argc, argv, c ? 0 : ARGP_IN_ORDER, NULL, &p);
	free(doc);
}
