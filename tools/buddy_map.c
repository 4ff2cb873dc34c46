// SPDX-License-Identifier: GPL-2.0-only
/* mmscope buddy --map: physical memory, cell by cell. */
#include <stdlib.h>
#include <string.h>

#include "buddy_view.h"

#define LABEL		12
#define CELLS		64
#define LINES		16
#define LEAST_CELL	512

static const struct {
	const char *name;
	char sign;
	enum mms_style style;
} types[] = {
	{ "Movable", 'm', MMS_GOOD },
	{ "Unmovable", 'u', MMS_BAD },
	{ "Reclaimable", 'r', MMS_WARN },
	{ "HighAtomic", 'h', MMS_NOTE },
	{ "CMA", 'c', MMS_LOW },
	{ "Isolate", 'i', MMS_BOLD },
	{ "other", 'o', MMS_PLAIN },
};

#define NTYPES	MMS_ARRAY_SIZE(types)

struct cell {
	double pages[NTYPES];
	double free;
};

/* The rows of a zone stand together, with page frames rising. */
struct part {
	size_t first;
	size_t end;
	double from;
	double to;
};

struct map {
	const struct mms_table *t;
	struct part *part;
	size_t n;
	double cell;
	double total[NTYPES];
};

static bool same_zone(const struct mms_table *t, size_t a, size_t b)
{
	return view_num(t, a, "node").v == view_num(t, b, "node").v &&
	       !strcmp(view_text(t, a, "zone"), view_text(t, b, "zone"));
}

static void find_parts(struct map *m)
{
	const struct mms_table *t = m->t;
	struct part *p = NULL;
	double from, to;
	size_t i;

	/* Room for the worst case: each row a part of its own. */
	m->part = mms_alloc(t->nrows, sizeof(*p));
	for (i = 0; i < t->nrows; i++) {
		from = view_num(t, i, "start_pfn").v;
		to = from + (double)view_num(t, i, "pages").v;
		if (!p || !same_zone(t, p->first, i)) {
			p = &m->part[m->n++];
			*p = (struct part){ i, i + 1, from, to };
		}
		p->end = i + 1;
		if (from < p->from)
			p->from = from;
		if (to > p->to)
			p->to = to;
	}
}

static double lines_of(const struct map *m, const struct part *p)
{
	double lines = (p->to - p->from) / (m->cell * CELLS);

	return lines <= (double)(long)lines ? lines : (double)(long)lines + 1;
}

static bool on_one_screen(const struct map *m)
{
	double lines = 0, most = 0, n;
	size_t i;

	for (i = 0; i < m->n; i++) {
		n = lines_of(m, &m->part[i]);
		lines += n;
		most = n > most ? n : most;
	}
	return most <= LINES && (lines <= LINES || lines <= (double)m->n);
}

/* Cells as small as fit, so that all of memory is on one screen. */
static void choose_cell(struct map *m)
{
	for (m->cell = LEAST_CELL; !on_one_screen(m); m->cell *= 2)
		;
}

static size_t type_of(const struct mms_table *t, size_t row)
{
	const char *name = view_text(t, row, "migratetype");
	size_t i;

	if (view_same(t, row, "isolated", 1))
		name = "Isolate";
	for (i = 0; i + 1 < NTYPES && strcmp(types[i].name, name); i++)
		;
	return i;
}

static void add_run(struct map *m, const struct part *p, struct cell *cells,
		    size_t n, size_t row)
{
	double from = (double)view_num(m->t, row, "start_pfn").v - p->from;
	double pages = view_num(m->t, row, "pages").v, a, b;
	double free = view_num(m->t, row, "free_pages").v;
	size_t type = type_of(m->t, row), i = from / m->cell;

	if (pages <= 0)
		return;
	m->total[type] += pages;
	for (; i < n && i * m->cell < from + pages; i++) {
		a = i * m->cell > from ? i * m->cell : from;
		b = (i + 1) * m->cell;
		if (b > from + pages)
			b = from + pages;
		cells[i].pages[type] += b - a;
		cells[i].free += free * (b - a) / pages;
	}
}

static void draw_cell(struct view *v, const struct cell *c)
{
	static const uint32_t shades[] = { 0x2591, 0x2592, 0x2593, 0x2588 };
	double all = 0, used;
	size_t i, most = 0;
	char sign;

	for (i = 0; i < NTYPES; i++) {
		all += c->pages[i];
		if (c->pages[i] > c->pages[most])
			most = i;
	}
	if (all <= 0) {
		mms_glyph(&v->cv, MMS_PLAIN, ' ', ' ', 1);
		return;
	}
	used = (all - c->free) / all;
	sign = used > 0.5 ? types[most].sign - 'a' + 'A' : types[most].sign;
	i = used > 0.75 ? 3 : used > 0.5 ? 2 : used > 0.25 ? 1 : 0;
	/* Without colours only letters can tell the types apart. */
	if (v->out.color || v->out.svg)
		mms_glyph(&v->cv, types[most].style, shades[i], sign, 1);
	else
		mms_glyph(&v->cv, MMS_PLAIN, sign, sign, 1);
}

static void draw_part(struct view *v, struct map *m, const struct part *p)
{
	size_t n = lines_of(m, p) * CELLS, i;
	struct cell *cells = mms_alloc(n, sizeof(*cells));

	for (i = p->first; i < p->end; i++)
		add_run(m, p, cells, n, i);
	mms_text(&v->cv, MMS_HEAD, "%3d ",
		 (int)view_num(m->t, p->first, "node").v);
	mms_text(&v->cv, MMS_BOLD, "%.7s", view_text(m->t, p->first, "zone"));
	for (i = 0; i < n; i++) {
		if (i % CELLS == 0)
			mms_goto(&v->cv, LABEL);
		draw_cell(v, &cells[i]);
		if (i % CELLS == CELLS - 1)
			mms_newline(&v->cv);
	}
	free(cells);
}

static void draw_legend(struct view *v, const struct map *m)
{
	bool color = v->out.color || v->out.svg;
	struct mms_canvas *cv = &v->cv;
	size_t i;

	for (i = 0; i < NTYPES; i++) {
		if (m->total[i] <= 0)
			continue;
		mms_goto(cv, cv->col > 0 ? cv->col + 2 : 0);
		mms_glyph(cv, types[i].style, color ? 0x2588 :
			  (uint32_t)types[i].sign - 'a' + 'A',
			  types[i].sign - 'a' + 'A', 1);
		mms_text(cv, types[i].style, " %s ", types[i].name);
		mms_text(cv, MMS_PLAIN, "%s",
			 mms_size(m->total[i] * v->page).s);
	}
	mms_newline(cv);
	mms_text(cv, MMS_DIM, "a character is %s; %s",
		 mms_size_long(m->cell * v->page).s, color ?
		 "the fuller, the less is free" :
		 "small letters: half or more is free");
	mms_newline(cv);
	mms_text(cv, MMS_DIM, "blank: no memory of the zone; ");
	mms_text(cv, MMS_DIM, "read while memory is in use, free is approximate");
	mms_newline(cv);
}

bool view_buddy_map(struct view *v)
{
	struct map m = { .t = view_table(v, "buddy/pageblocks") };
	size_t i;

	if (!m.t || !mms_snapshot_has_nodes(v->s, m.t))
		return false;
	find_parts(&m);
	choose_cell(&m);
	view_title(v, "physical memory");
	mms_newline(&v->cv);
	for (i = 0; i < m.n; i++)
		draw_part(v, &m, &m.part[i]);
	draw_legend(v, &m);
	free(m.part);
	return true;
}
