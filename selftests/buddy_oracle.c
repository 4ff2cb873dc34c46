// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buddy_oracle.h"
#include "mmstest.h"

static struct bdy_free *bdy_add(struct bdy_frees *frees)
{
	/* Room grows by so many at a time. */
	const int step = 256;

	if (frees->nr % step == 0)
		frees->list = realloc(frees->list, (frees->nr + step) *
				      sizeof(*frees->list));
	memset(&frees->list[frees->nr], 0, sizeof(*frees->list));
	return &frees->list[frees->nr++];
}

void bdy_free_list(struct bdy_frees *frees)
{
	free(frees->list);
	frees->list = NULL;
	frees->nr = 0;
}

/* The numbers that follow, one an order; ">" is before one that was capped. */
static void bdy_orders(struct bdy_frees *frees, const struct bdy_free *key,
		       char *numbers)
{
	char *save, *word = strtok_r(numbers, "\n ", &save);
	struct bdy_free *one;

	for (int order = 0; word; order++) {
		one = bdy_add(frees);
		*one = *key;
		one->order = order;
		one->capped = *word == '>';
		one->blocks = atoll(word + one->capped);
		word = strtok_r(NULL, "\n ", &save);
	}
}

/* Calls @line for each line of a file, which it may cut up. */
static bool bdy_for_lines(const char *path, void *arg,
			  void (*each)(void *arg, char *line))
{
	char *save, *line, *text = mmt_slurp(path);

	if (!text)
		return false;
	for (line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save))
		each(arg, line);
	free(text);
	return true;
}

static void bdy_pagetypes_line(void *frees, char *line)
{
	struct bdy_free key = {};
	int at = 0;

	if (sscanf(line, "Node %d, zone %15[^,], type %15s %n", &key.node,
		   key.zone, key.type, &at) == 3 && at)
		bdy_orders(frees, &key, line + at);
}

bool bdy_pagetypes(struct bdy_frees *frees)
{
	*frees = (struct bdy_frees){};
	return bdy_for_lines("/proc/pagetypeinfo", frees, bdy_pagetypes_line);
}

static void bdy_buddyinfo_line(void *frees, char *line)
{
	struct bdy_free key = {};
	int at = 0;

	if (sscanf(line, "Node %d, zone %15s %n", &key.node, key.zone, &at) == 2)
		bdy_orders(frees, &key, line + at);
}

bool bdy_buddyinfo(struct bdy_frees *frees)
{
	*frees = (struct bdy_frees){};
	return bdy_for_lines("/proc/buddyinfo", frees, bdy_buddyinfo_line);
}

struct bdy_walked {
	struct bdy_frees *frees;
	const struct bdy_types *types;
};

static void bdy_walk_line(void *arg, char *line)
{
	struct bdy_walked *walked = arg;
	struct bdy_free *one = bdy_add(walked->frees);
	int type;

	if (sscanf(line, "%d %15s %d %d %lld", &one->node, one->zone, &type,
		   &one->order, &one->blocks) == 5 &&
	    type < walked->types->nr_names)
		strcpy(one->type, walked->types->names[type]);
}

bool bdy_walk(struct bdy_frees *frees, const struct bdy_types *types)
{
	struct bdy_walked walked = { frees, types };

	*frees = (struct bdy_frees){};
	return bdy_for_lines(BDY_WALK "lists", &walked, bdy_walk_line);
}

static void bdy_names(struct bdy_types *types, char *line)
{
	char *save, *word = strtok_r(line, " ", &save);

	types->nr_names = 0;
	for (; word && types->nr_names < BDY_MAX_TYPES;
	     word = strtok_r(NULL, " ", &save))
		snprintf(types->names[types->nr_names++],
			 sizeof(types->names[0]), "%s", word);
}

static void bdy_types_line(void *arg, char *line)
{
	static const char head[] = "Number of blocks type";
	struct bdy_types *types = arg;
	struct bdy_blocks *zone = &types->zones[types->nr_zones];
	long long number;
	char *p;
	int at = 0;

	if (sscanf(line, "Pages per block: %lld", &number) == 1)
		types->pages_per_block = number;
	if (!strncmp(line, head, strlen(head)))
		bdy_names(types, line + strlen(head));
	if (strstr(line, ", type") ||
	    sscanf(line, "Node %d, zone %15s %n", &zone->node, zone->zone,
		   &at) != 2)
		return;
	p = line + at;
	for (int type = 0; type < types->nr_names; type++)
		zone->counts[type] = strtoll(p, &p, 10);
	if (types->nr_zones < (int)ARRAY_SIZE(types->zones) - 1)
		types->nr_zones++;
}

bool bdy_types_read(struct bdy_types *types)
{
	memset(types, 0, sizeof(*types));
	return bdy_for_lines("/proc/pagetypeinfo", types, bdy_types_line) &&
	       types->nr_names && types->pages_per_block;
}

int bdy_type_number(const struct bdy_types *types, const char *name)
{
	for (int type = 0; type < types->nr_names; type++)
		if (!strcmp(types->names[type], name))
			return type;
	return -1;
}

struct bdy_spanned {
	struct bdy_span *spans;
	int room;
	int nr;
	long long pages;
};

static void bdy_spans_line(void *arg, char *line)
{
	struct bdy_spanned *all = arg;
	struct bdy_span *span = &all->spans[all->nr];
	char word[32];
	long long number;

	if (sscanf(line, "Node %d, zone %15s", &span->node, span->zone) == 2) {
		all->pages = 0;
		return;
	}
	if (sscanf(line, " %31s %lld", word, &number) != 2)
		return;
	if (!strcmp(word, "spanned"))
		all->pages = number;
	if (strcmp(word, "start_pfn:") || !all->pages || all->nr >= all->room - 1)
		return;
	span->start = number;
	span->end = number + all->pages;
	all->nr++;
}

int bdy_spans(struct bdy_span *spans, int room)
{
	struct bdy_spanned all = { .spans = spans, .room = room };

	bdy_for_lines("/proc/zoneinfo", &all, bdy_spans_line);
	return all.nr;
}

bool bdy_walk_load(void)
{
	return mmt_run((char *[]){ "modprobe", "-q", "mmscope_walk", NULL }) == 0;
}

void bdy_walk_unload(void)
{
	mmt_run((char *[]){ "rmmod", "mmscope_walk", NULL });
}

bool bdy_walk_do(const char *format, ...)
{
	char text[64];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return mmt_write(BDY_WALK "pages", text) == 0;
}
