/* SPDX-License-Identifier: GPL-2.0-only */
/* The commands, and what they have in common. */
#ifndef MMS_CMD_H
#define MMS_CMD_H

#include <argp.h>
#include <stdbool.h>

#include "lib/canvas.h"
#include "lib/snapshot.h"
#include "lib/util.h"

/**
 * struct mms_ctx - what was said before the command, or with it
 * @input: saved snapshot to read, NULL for this kernel
 * @color: when to colour
 * @json: print JSON
 * @svg: print a picture
 */
struct mms_ctx {
	const char *input;
	enum mms_color color;
	bool json;
	bool svg;
};

/**
 * struct mms_cmd - a command
 * @name: of the command
 * @args: what it takes besides options
 * @summary: half a line
 * @text: paragraphs
 * @run: does it; @argv[0] is "mmscope COMMAND"; returns the exit status
 */
struct mms_cmd {
	const char *name;
	const char *args;
	const char *summary;
	const char *text;
	int (*run)(struct mms_ctx *ctx, int argc, char **argv);
};

/**
 * struct mms_opt - an option
 * @cmd: the command, "*" for all and the program, "" for the program only
 * @key: its letter
 * @name: its long name
 * @arg: its argument or NULL
 * @words: for completion: NULL, "@path", or the words
 * @doc: what it does
 */
struct mms_opt {
	const char *cmd;
	int key;
	const char *name;
	const char *arg;
	const char *words;
	const char *doc;
};

/* Both end with an element whose name is NULL. */
extern const struct mms_cmd mms_cmds[];
extern const struct mms_opt mms_opts[];

/**
 * mms_parse() - parse the arguments of a command
 * @ctx: gets what the common options say
 * @cmd: which command
 * @argc: as main()'s
 * @argv: as main()'s
 * @parse: called with the keys of the command's own options and arguments;
 *         NULL if it has none. The input of the parser is @data.
 * @data: for @parse
 *
 * Does not return if the arguments are wrong or help was asked for.
 */
void mms_parse(struct mms_ctx *ctx, const char *cmd, int argc, char **argv,
	       argp_parser_t parse, void *data);

/**
 * mms_main() - the program, callable more than once
 * @argc: as main()'s
 * @argv: as main()'s
 *
 * Return: exit status.
 */
int mms_main(int argc, char **argv);

typedef int mms_cmd_fn(struct mms_ctx *ctx, int argc, char **argv);

#define CMD(name, args, summary, text)		mms_cmd_##name,
#define OPT(cmd, key, name, arg, words, doc)
extern mms_cmd_fn
#include "options.def"
	mms_cmd_help;
#undef CMD
#undef OPT

#endif
