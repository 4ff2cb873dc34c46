// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs when the tool is built: copies a template from stdin to stdout and puts
 * in what options.def knows where a line says so.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../module/version.h"

/* When the page was last changed; not when it was built. */
#define PAGE_DATE	"2026-11-21"

struct cmd {
	const char *name;
	const char *args;
	const char *summary;
	const char *text;
};

struct opt {
	const char *cmd;
	int key;
	const char *name;
	const char *arg;
	const char *words;
	const char *doc;
};

#define CMD(name, args, summary, text) { #name, args, summary, text },
#define OPT(cmd, key, name, arg, words, doc)
static const struct cmd cmds[] = {
#include "../options.def"
	{ 0 }
};

#undef CMD
#undef OPT

#define CMD(name, args, summary, text)
#define OPT(cmd, key, name, arg, words, doc) \
	{ cmd, key, name, arg, words, doc },
static const struct opt opts[] = {
#include "../options.def"
	{ 0 }
};

#undef CMD
#undef OPT

/* A word for roff: hyphens stay hyphens, a dot in front is no request. */
static void roff_word(const char *s, size_t len)
{
	if (*s == '.' || *s == '\'')
		fputs("\\&", stdout);
	for (; len; len--, s++) {
		if (*s == '-')
			fputs("\\-", stdout);
		else if (*s == '\\')
			fputs("\\e", stdout);
		else
			putchar(*s);
	}
}

/* Text for roff, in lines of a decent length. */
static void roff(const char *s)
{
	size_t col = 0, len;

	while (*s) {
		len = strcspn(s, "\n ");
		if (col + len > 70) {
			putchar('\n');
			col = 0;
		} else if (col) {
			putchar(' ');
		}
		roff_word(s, len);
		col += len + 1;
		s += len;
		if (!strncmp(s, "\n\n", 2)) {
			fputs("\n.PP\n", stdout);
			col = 0;
		}
		s += strspn(s, "\n ");
	}
	putchar('\n');
}

static void man_option(const struct opt *o)
{
	printf(".TP\n\\fB\\-%c\\fR, \\fB\\-\\-%s\\fR", o->key, o->name);
	if (o->arg)
		printf("=\\fI%s\\fR", o->arg);
	printf("\n");
	roff(o->doc);
}

static void man_options(const char *cmd)
{
	const struct opt *o;

	for (o = opts; o->name; o++) {
		if (!strcmp(o->cmd, cmd))
			man_option(o);
	}
}

/* Arguments: brackets are roman, words italic. */
static void man_args(const char *s)
{
	for (; *s; s++) {
		if (*s == '[' || *s == ']')
			printf("\\fR%c\\fI", *s);
		else
			putchar(*s);
	}
}

static void man_synopsis(void)
{
	const struct cmd *c;

	for (c = cmds; c->name; c++) {
		printf(".B mmscope\n[\\fIOPTIONS\\fR] \\fB%s\\fR", c->name);
		if (*c->args) {
			printf(" \\fI");
			man_args(c->args);
			printf("\\fR");
		}
		printf("\n%s", c[1].name ? ".br\n" : "");
	}
}

static void man_commands(void)
{
	const struct cmd *c;

	for (c = cmds; c->name; c++) {
		printf(".SS %s\n", c->name);
		roff(c->text);
		man_options(c->name);
	}
}

static void man_title(void)
{
	printf(".TH MMSCOPE 8 %s \"mmscope %s\" \"System Administration\"\n",
	       PAGE_DATE, MMS_VERSION);
}

static void sh_commands(void)
{
	const struct cmd *c;

	printf("\t\"\") echo \"");
	for (c = cmds; c->name; c++)
		printf("%s ", c->name);
	printf("help\" ;;\n");
}

static void sh_option_words(const char *cmd)
{
	const struct opt *o;

	for (o = opts; o->name; o++) {
		if (!strcmp(o->cmd, cmd) || !strcmp(o->cmd, "*"))
			printf(" --%s%s", o->name, o->arg ? "=" : "");
	}
}

static void sh_options(void)
{
	const struct cmd *c;

	for (c = cmds; c->name; c++) {
		printf("\t%s) echo \"--help", c->name);
		sh_option_words(c->name);
		printf("\" ;;\n");
	}
	printf("\t\"\") echo \"--help --version");
	sh_option_words("");
	printf("\" ;;\n");
}

static void sh_arguments(void)
{
	const struct opt *o;

	for (o = opts; o->name; o++) {
		if (!o->arg)
			continue;
		printf("\t--%s | -%c) echo \"%s\" ;;\n", o->name, o->key,
		       o->words ? o->words : "");
	}
}

static const struct {
	const char *line;
	void (*print)(void);
} parts[] = {
	{ "@title@\n", man_title },
	{ "@synopsis@\n", man_synopsis },
	{ "@commands@\n", man_commands },
	{ "@sh-commands@\n", sh_commands },
	{ "@sh-options@\n", sh_options },
	{ "@sh-arguments@\n", sh_arguments },
	{ NULL, NULL },
};

static void expand(const char *line)
{
	size_t i = 0;

	if (!strcmp(line, "@options@\n")) {
		man_options("*");
		return;
	}
	for (; parts[i].line; i++) {
		if (!strcmp(line, parts[i].line)) {
			parts[i].print();
			return;
		}
	}
	if (*line == '@') {
		fprintf(stderr, "gen: unknown part %s", line);
		exit(1);
	}
	fputs(line, stdout);
}

int main(void)
{
	char *line = NULL;
	size_t cap = 0;

	while (getline(&line, &cap, stdin) > 0)
		expand(line);
	free(line);
	return ferror(stdin) || fflush(stdout) ? 1 : 0;
}
