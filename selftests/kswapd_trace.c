// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kswapd_trace.h"
#include "mmstest.h"

#define TRACING		"/sys/kernel/tracing/"
#define INSTANCE	TRACING "instances/mmskswapd/"
#define PROBES		"mmskswapd"

#define WAKE		"__traceiter_mm_vmscan_wakeup_kswapd"
#define RUN		"__traceiter_mm_vmscan_kswapd_wake"

/*
 * Trace events do not print the zone, and a run's end has none: so functions are
 * recorded beside them. __traceiter_EVENT() calls an event's probes where there are
 * two, tracefs and mmscope (include/linux/tracepoint.h, 5.10): what mmscope notes
 * it notes between that function's entry and its return, however long a thread is
 * kept from going on. A return may be missed: then the span ends with that of the
 * function around it, or not at all. Of an address half is enough to tell zones apart.
 */
static const char *const kt_probes[] = {
	"p:" PROBES "/ask wakeup_kswapd of=$arg1:x32 order=$arg3:s32 zid=$arg4:s32",
	"r64:" PROBES "/asked wakeup_kswapd",
	"p:" PROBES "/wake " WAKE,
	"r64:" PROBES "/woke " WAKE,
	"p:" PROBES "/run " RUN " nid=$arg2:s32 zid=$arg3:s32 order=$arg4:s32",
	"r64:" PROBES "/runs " RUN,
	"r64:" PROBES "/balanced balance_pgdat",
	"p:" PROBES "/consider prepare_kswapd_sleep",
	"r64:" PROBES "/considered prepare_kswapd_sleep",
};

static const char *const kt_events[] = {
	PROBES "/enable", "vmscan/mm_vmscan_wakeup_kswapd/enable",
	"vmscan/mm_vmscan_kswapd_wake/enable",
	"vmscan/mm_vmscan_kswapd_sleep/enable",
};

/* Not in all kernels. */
static const char *const kt_others[] = {
	"vmscan/mm_vmscan_balance_pgdat_end/enable",
	"vmscan/mm_vmscan_kswapd_reclaim_fail/enable",
	"vmscan/mm_vmscan_kswapd_clear_hopeless/enable",
};

static int kt_enable(const char *event)
{
	char path[160];

	snprintf(path, sizeof(path), INSTANCE "events/%s", event);
	return mmt_write(path, "1");
}

bool kt_begin(void)
{
	if (mkdir(INSTANCE, 0700) && errno != EEXIST)
		return false;
	mmt_write_number(INSTANCE "buffer_size_kb", 32768);
	if (mmt_write(INSTANCE "trace_clock", "mono"))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(kt_probes); i++)
		if (mmt_write(TRACING "kprobe_events", kt_probes[i]))
			return false;
	for (size_t i = 0; i < ARRAY_SIZE(kt_events); i++)
		if (kt_enable(kt_events[i]))
			return false;
	for (size_t i = 0; i < ARRAY_SIZE(kt_others); i++)
		kt_enable(kt_others[i]);
	return !mmt_write(INSTANCE "tracing_on", "1");
}

bool kt_clear(void)
{
	return mmt_trace_clear(INSTANCE "trace");
}

/* "p:GROUP/NAME FUNCTION ..." goes by "-:GROUP/NAME". */
static void kt_remove(const char *probe)
{
	char text[80];

	snprintf(text, sizeof(text), "-%s", strchr(probe, ':'));
	text[strcspn(text, " ")] = '\0';
	mmt_write(TRACING "kprobe_events", text);
}

void kt_end(void)
{
	mmt_write(INSTANCE "tracing_on", "0");
	mmt_write(INSTANCE "events/enable", "0");
	rmdir(INSTANCE);
	for (size_t i = 0; i < ARRAY_SIZE(kt_probes); i++)
		kt_remove(kt_probes[i]);
}

static void kt_add_ask(struct kt *kt, const struct mmt_event *event)
{
	struct kt_ask *ask = &kt->asks[kt->nr_asks++];

	ask->node = KT_UNKNOWN;
	ask->pid = event->pid;
	ask->order = mmt_event_number(event, "order=");
	ask->zone = mmt_event_number(event, "zid=");
	ask->address = mmt_event_number(event, "of=");
	ask->call.from = event->at;
	ask->call.to = KT_NEVER;
	ask->wake = ask->call;
}

/* The call that a thread is in; an interrupt's may be inside another's. */
static struct kt_ask *kt_ask_of(struct kt *kt, int pid)
{
	for (int i = kt->nr_asks - 1; i >= 0; i--)
		if (kt->asks[i].pid == pid && kt->asks[i].call.to == KT_NEVER)
			return &kt->asks[i];
	return NULL;
}

static void kt_ask_event(struct kt *kt, const struct mmt_event *event,
			 const char *name)
{
	struct kt_ask *ask = kt_ask_of(kt, event->pid);

	if (!ask) {
		kt->lost += !strcmp(name, "mm_vmscan_wakeup_kswapd");
	} else if (!strcmp(name, "asked")) {
		ask->call.to = event->at;
		if (ask->wake.to == KT_NEVER)
			ask->wake.to = event->at;
	} else if (!strcmp(name, "wake")) {
		ask->wake.from = event->at;
	} else if (!strcmp(name, "mm_vmscan_wakeup_kswapd")) {
		ask->node = mmt_event_number(event, "nid=");
		ask->woke = true;
	} else {
		ask->wake.to = event->at;
	}
}

static void kt_add_run(struct kt *kt, const struct mmt_event *event)
{
	struct kt_run *run = &kt->runs[kt->nr_runs++];

	run->node = mmt_event_number(event, "nid=");
	run->pid = event->pid;
	run->order = mmt_event_number(event, "order=");
	run->zone = mmt_event_number(event, "zid=");
	run->start.from = event->at;
	run->start.to = KT_NEVER;
	run->end.from = event->at;
	run->end.to = KT_NEVER;
	run->reclaimed = KT_UNKNOWN;
}

/* The run that a kswapd is in, or was. */
static struct kt_run *kt_last_run(struct kt *kt, int pid)
{
	for (int i = kt->nr_runs - 1; i >= 0; i--)
		if (kt->runs[i].pid == pid)
			return &kt->runs[i];
	return NULL;
}

/* After a look at the zones each event of the thread says that it is over. */
static void kt_run_event(struct kt_run *run, const struct mmt_event *event,
			 const char *name)
{
	if (run->considered && run->end.to == KT_NEVER)
		run->end.to = event->at;
	if (!strcmp(name, "runs"))
		run->start.to = event->at;
	else if (!strcmp(name, "mm_vmscan_balance_pgdat_end"))
		run->reclaimed = mmt_event_number(event, "nr_reclaimed=");
	else if (!strcmp(name, "balanced"))
		run->end.from = event->at;
	else if (!strcmp(name, "consider"))
		run->considered = true;
	else if (!strcmp(name, "mm_vmscan_kswapd_sleep") || !strcmp(name, "run"))
		run->over = true;
}

static void kt_set_failures(struct kt *kt, const struct mmt_event *event,
			    long long failures)
{
	long long node = mmt_event_number(event, "nid=");

	if (node >= 0 && node < KT_NODES)
		kt->failures[node] = failures;
}

static bool kt_is_ask(const char *name)
{
	return !strcmp(name, "asked") || !strcmp(name, "wake") ||
	       !strcmp(name, "woke") || !strcmp(name, "mm_vmscan_wakeup_kswapd");
}

/* That of the event is inside that of the function that calls its probes. */
static void kt_event(struct kt *kt, const struct mmt_event *event)
{
	struct kt_run *run = kt_last_run(kt, event->pid);
	const char *name = event->name;

	if (run)
		kt_run_event(run, event, name);
	if (!strcmp(name, "ask"))
		kt_add_ask(kt, event);
	else if (kt_is_ask(name))
		kt_ask_event(kt, event, name);
	else if (!strcmp(name, "run"))
		kt_add_run(kt, event);
	else if (!strcmp(name, "mm_vmscan_kswapd_wake"))
		kt->lost += !run || run->start.to != KT_NEVER;
	else if (!strcmp(name, "mm_vmscan_kswapd_sleep"))
		kt->sleeps++;
	else if (!strcmp(name, "mm_vmscan_kswapd_reclaim_fail"))
		kt_set_failures(kt, event, mmt_event_number(event, "failures="));
	else if (!strcmp(name, "mm_vmscan_kswapd_clear_hopeless"))
		kt_set_failures(kt, event, 0);
}

/* Calls that woke nobody are about the node that others of that zone woke. */
static void kt_find_nodes(struct kt *kt)
{
	for (int i = 0; i < kt->nr_asks; i++)
		for (int j = 0; j < kt->nr_asks && kt->asks[i].node < 0; j++)
			if (kt->asks[j].woke &&
			    kt->asks[j].address == kt->asks[i].address)
				kt->asks[i].node = kt->asks[j].node;
}

/* Has the buffer all that was written into it? Its header says so. */
static bool kt_complete(const char *text)
{
	long long in, written;
	const char *p = strstr(text, "entries-in-buffer/entries-written:");

	if (p && sscanf(p, "%*[^:]: %lld/%lld", &in, &written) == 2 &&
	    in == written)
		return true;
	fprintf(stderr, "# the trace is not complete\n");
	return false;
}

static bool kt_read_header(void)
{
	FILE *file = fopen(INSTANCE "trace", "r");
	char text[512] = "";
	bool complete;

	if (!file)
		return false;
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	complete = kt_complete(text);
	return complete;
}

bool kt_read(struct kt *kt)
{
	struct mmt_trace trace;

	memset(kt, 0, sizeof(*kt));
	if (!kt_read_header() || !mmt_trace_read(&trace, INSTANCE "trace"))
		return false;
	kt->runs = calloc(trace.nr + 1, sizeof(*kt->runs));
	kt->asks = calloc(trace.nr + 1, sizeof(*kt->asks));
	for (int i = 0; i < KT_NODES; i++)
		kt->failures[i] = KT_UNKNOWN;
	for (int i = 0; i < trace.nr; i++)
		kt_event(kt, &trace.events[i]);
	mmt_trace_free(&trace);
	kt_find_nodes(kt);
	return true;
}

void kt_free(struct kt *kt)
{
	free(kt->runs);
	free(kt->asks);
	memset(kt, 0, sizeof(*kt));
}

bool kt_at_rest(const struct kt *kt)
{
	for (int i = 0; i < kt->nr_runs; i++)
		if (!kt->runs[i].over)
			return false;
	return true;
}

int kt_count_runs(const struct kt *kt, int node)
{
	int n = 0;

	for (int i = 0; i < kt->nr_runs; i++)
		if (kt->runs[i].node == node &&
		    kt->runs[i].end.to != KT_NEVER)
			n++;
	return n;
}

const struct kt_run *kt_nth_run(const struct kt *kt, int node, int nth)
{
	for (int i = 0; i < kt->nr_runs; i++)
		if (kt->runs[i].node == node && !nth--)
			return &kt->runs[i];
	return NULL;
}

int kt_count_wakeups(const struct kt *kt, int node, int pid, int order,
		     int zone)
{
	int n = 0;

	for (int i = 0; i < kt->nr_asks; i++) {
		const struct kt_ask *ask = &kt->asks[i];

		if (ask->woke && (node < 0 || ask->node == node) &&
		    (pid < 0 || ask->pid == pid) &&
		    (order < 0 || ask->order == order) &&
		    (zone < 0 || ask->zone == zone))
			n++;
	}
	return n;
}

/* May one of the moments be within the other span, or both be the same? */
static bool kt_overlap(const struct kt_span *a, const struct kt_span *b)
{
	return !kt_before(a->to, b->from) && !kt_before(b->to, a->from);
}

/* Did he wake it for this run, surely, or had he begun to, perhaps? */
static bool kt_surely(const struct kt_ask *ask, const struct kt_run *run,
		      const struct kt_run *last)
{
	return (!last || kt_before(last->end.to, ask->wake.from)) &&
	       kt_before(ask->wake.to, run->start.from);
}

static bool kt_perhaps(const struct kt_ask *ask, const struct kt_run *run,
		       const struct kt_run *last)
{
	return (!last || !kt_before(ask->wake.to, last->end.from)) &&
	       !kt_before(run->start.to, ask->wake.from);
}

/*
 * Was he being noted when a run began or ended? Then nobody else could be, and who
 * woke it for that run may be he, somebody later, or nobody that is known.
 */
static bool kt_meanwhile(const struct kt_ask *ask, const struct kt_run *run,
			 const struct kt_run *last)
{
	return kt_overlap(&ask->wake, &run->start) ||
	       (last && (kt_overlap(&ask->wake, &last->start) ||
			 kt_overlap(&ask->wake, &last->end)));
}

/* He thought it asleep, and it was not any more. */
static bool kt_is_late(const struct kt_ask *ask, const struct kt_run *run)
{
	return ask->woke && ask->node == run->node &&
	       kt_before(run->start.to, ask->wake.from) &&
	       kt_before(ask->wake.to, run->end.from);
}

int kt_count_late(const struct kt *kt)
{
	int n = 0;

	for (int i = 0; i < kt->nr_runs; i++)
		for (int j = 0; j < kt->nr_asks; j++)
			n += kt_is_late(&kt->asks[j], &kt->runs[i]);
	return n;
}

bool kt_waker_fits(const struct kt *kt, const struct kt_run *run,
		   const struct kt_run *last, long long pid)
{
	long long first = KT_NEVER;
	bool doubt = false, known = false;

	for (int i = 0; i < kt->nr_asks; i++) {
		const struct kt_ask *ask = &kt->asks[i];

		if (!ask->woke || ask->node != run->node)
			continue;
		known |= ask->pid == pid && kt_perhaps(ask, run, last);
		doubt |= kt_meanwhile(ask, run, last);
		if (kt_surely(ask, run, last) && ask->wake.to < first)
			first = ask->wake.to;
	}
	for (int i = 0; i < kt->nr_asks; i++) {
		const struct kt_ask *ask = &kt->asks[i];

		if (ask->woke && ask->node == run->node && ask->pid == pid &&
		    kt_perhaps(ask, run, last) &&
		    (doubt || !kt_before(first, ask->wake.from)))
			return true;
	}
	if (pid < 0)
		return doubt || first == KT_NEVER;
	return !last && !known;
}

/* What may stand as a node's request, and what must. */
struct kt_next {
	long long order;
	long long zone;
	long long least_order;
	long long least_zone;
	bool order_fits;
	bool zone_fits;
};

static void kt_next_may(struct kt_next *next, int order, int zone)
{
	next->order_fits |= order == next->order;
	next->zone_fits |= zone == next->zone;
}

static void kt_next_must(struct kt_next *next, int order, int zone)
{
	if (order > next->least_order)
		next->least_order = order;
	if (zone > next->least_zone)
		next->least_zone = zone;
}

/* The last run that had begun by then, and those beside it. */
struct kt_runs {
	const struct kt_run *before;
	const struct kt_run *last;
	const struct kt_run *after;
};

static struct kt_runs kt_runs_at(const struct kt *kt, int node, long long at)
{
	struct kt_runs runs = {};

	for (int i = 0; i < kt->nr_runs && !runs.after; i++) {
		const struct kt_run *run = &kt->runs[i];

		if (run->node != node)
			continue;
		if (kt_before(run->start.from, at)) {
			runs.before = runs.last;
			runs.last = run;
		} else {
			runs.after = run;
		}
	}
	return runs;
}

/*
 * kswapd takes a request, and so makes it none, at some moment between the end of
 * a run and the beginning of the next.
 */
static void kt_next_ask(struct kt_next *next, const struct kt_runs *runs,
			const struct kt_ask *ask, long long from, long long to)
{
	bool taken = runs->after && !kt_before(to, runs->last->end.from);

	if (!kt_before(to, ask->call.from) &&
	    !(runs->before && kt_before(ask->call.to, runs->before->end.from)))
		kt_next_may(next, ask->order, ask->zone);
	if (!taken && ask->node == runs->last->node &&
	    kt_before(runs->last->start.from, ask->call.from) &&
	    kt_before(ask->call.to, from))
		kt_next_must(next, ask->order, ask->zone);
}

bool kt_next_fits(const struct kt *kt, int node, long long from, long long to,
		  long long order, long long zone)
{
	struct kt_runs runs = kt_runs_at(kt, node, from);
	struct kt_next next = {
		.order = order, .zone = zone,
		.least_order = KT_UNKNOWN, .least_zone = KT_UNKNOWN,
	};

	if (!runs.last)
		return true;
	for (int i = 0; i < kt->nr_asks; i++)
		if (kt->asks[i].node == node || kt->asks[i].node == KT_UNKNOWN)
			kt_next_ask(&next, &runs, &kt->asks[i], from, to);
	/* A kswapd whose nap is cut short asks for the same again */
	if (!kt_before(to, runs.last->end.from))
		kt_next_may(&next, runs.last->order, runs.last->zone);
	if (zone < 0)
		return next.least_zone < 0;
	/* The order is reset first, and written last */
	next.order_fits |= !order;
	return next.order_fits && next.zone_fits &&
	       order >= next.least_order && zone >= next.least_zone;
}
