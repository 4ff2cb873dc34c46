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

/*
 * Trace events do not print the zone, and a run's end has none: so the calls
 * are recorded beside them. Of the address half is enough to tell zones apart.
 */
static const char *const kt_probes[] = {
	"p:" PROBES "/ask wakeup_kswapd of=$arg1:x32 order=$arg3:s32 zid=$arg4:s32",
	"p:" PROBES "/consider prepare_kswapd_sleep zid=$arg3:s32",
};

static const char *const kt_events[] = {
	PROBES "/ask", PROBES "/consider", "vmscan/mm_vmscan_wakeup_kswapd",
	"vmscan/mm_vmscan_kswapd_wake", "vmscan/mm_vmscan_kswapd_sleep",
};

/* Not in all kernels. */
static const char kt_balanced[] = "vmscan/mm_vmscan_balance_pgdat_end";

static int kt_enable(const char *event)
{
	char path[160];

	snprintf(path, sizeof(path), INSTANCE "events/%s/enable", event);
	return mmt_write(path, "1");
}

bool kt_begin(void)
{
	if (mkdir(INSTANCE, 0700) && errno != EEXIST)
		return false;
	mmt_write_number(INSTANCE "buffer_size_kb", 8192);
	if (mmt_write(INSTANCE "trace_clock", "mono"))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(kt_probes); i++)
		if (mmt_write(TRACING "kprobe_events", kt_probes[i]))
			return false;
	for (size_t i = 0; i < ARRAY_SIZE(kt_events); i++)
		if (kt_enable(kt_events[i]))
			return false;
	kt_enable(kt_balanced);
	return !mmt_write(INSTANCE "tracing_on", "1");
}

bool kt_clear(void)
{
	int fd = open(INSTANCE "trace", O_WRONLY | O_TRUNC | O_CLOEXEC);

	return fd >= 0 && !close(fd);
}

void kt_end(void)
{
	mmt_write(INSTANCE "tracing_on", "0");
	mmt_write(INSTANCE "events/enable", "0");
	rmdir(INSTANCE);
	mmt_write(TRACING "kprobe_events", "-:" PROBES "/ask");
	mmt_write(TRACING "kprobe_events", "-:" PROBES "/consider");
}

static void kt_add_ask(struct kt *kt, const struct mmt_event *event)
{
	struct kt_ask *ask = &kt->asks[kt->nr_asks++];

	ask->at = event->at;
	ask->node = KT_UNKNOWN;
	ask->pid = event->pid;
	ask->order = mmt_event_number(event, "order=");
	ask->zone = mmt_event_number(event, "zid=");
	ask->address = mmt_event_number(event, "of=");
}

/* The event is inside the call, which the same thread made last. */
static void kt_wakeup(struct kt *kt, const struct mmt_event *event)
{
	for (int i = kt->nr_asks - 1; i >= 0; i--) {
		struct kt_ask *ask = &kt->asks[i];

		if (ask->pid != event->pid)
			continue;
		ask->woke = true;
		ask->node = mmt_event_number(event, "nid=");
		return;
	}
	kt->lost++;
}

static void kt_add_run(struct kt *kt, const struct mmt_event *event)
{
	struct kt_run *run = &kt->runs[kt->nr_runs++];

	run->node = mmt_event_number(event, "nid=");
	run->pid = event->pid;
	run->order = mmt_event_number(event, "order=");
	run->zone = KT_UNKNOWN;
	run->start = event->at;
	run->reclaimed = KT_UNKNOWN;
}

/* The run that a kswapd is in. */
static struct kt_run *kt_run_of(struct kt *kt, int pid)
{
	for (int i = kt->nr_runs - 1; i >= 0; i--)
		if (kt->runs[i].pid == pid)
			return kt->runs[i].end ? NULL : &kt->runs[i];
	return NULL;
}

static void kt_event(struct kt *kt, const struct mmt_event *event)
{
	struct kt_run *run = kt_run_of(kt, event->pid);

	if (!strcmp(event->name, "ask")) {
		kt_add_ask(kt, event);
	} else if (!strcmp(event->name, "mm_vmscan_wakeup_kswapd")) {
		kt_wakeup(kt, event);
	} else if (!strcmp(event->name, "mm_vmscan_kswapd_wake")) {
		kt_add_run(kt, event);
	} else if (!strcmp(event->name, "mm_vmscan_kswapd_sleep")) {
		kt->sleeps++;
	} else if (!strcmp(event->name, "mm_vmscan_balance_pgdat_end")) {
		if (run)
			run->reclaimed = mmt_event_number(event,
							  "nr_reclaimed=");
	} else if (run) {
		run->end = event->at;
		run->zone = mmt_event_number(event, "zid=");
	}
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

/*
 * When a run ends kswapd has already looked for the next request, and the zone
 * is of that one if there is any. Who asked just before the run may have been
 * kept from it until after its beginning.
 */
static bool kt_doubtful(const struct kt_run *run, const struct kt_ask *ask)
{
	if (ask->node != run->node || ask->at > run->end)
		return false;
	return ask->at >= run->start ||
	       (ask->at >= run->start - mmt_late() && ask->zone != run->zone);
}

static void kt_doubt_zones(struct kt *kt)
{
	for (int i = 0; i < kt->nr_runs; i++) {
		struct kt_run *run = &kt->runs[i];

		for (int j = 0; j < kt->nr_asks && run->end; j++)
			if (kt_doubtful(run, &kt->asks[j])) {
				run->zone = KT_UNKNOWN;
				break;
			}
	}
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
	for (int i = 0; i < trace.nr; i++)
		kt_event(kt, &trace.events[i]);
	mmt_trace_free(&trace);
	kt_find_nodes(kt);
	kt_doubt_zones(kt);
	return true;
}

void kt_free(struct kt *kt)
{
	free(kt->runs);
	free(kt->asks);
	memset(kt, 0, sizeof(*kt));
}

int kt_count_runs(const struct kt *kt, int node)
{
	int n = 0;

	for (int i = 0; i < kt->nr_runs; i++)
		if (kt->runs[i].node == node && kt->runs[i].end)
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

/* What a node is asked for, and whether some wanted values have stood there. */
struct kt_next {
	const struct kt_run *run;
	int order;
	int zone;
	int old_order;
	int old_zone;
	long long asked_at;
	long long wanted_order;
	long long wanted_zone;
	bool order_fits;
	bool zone_fits;
};

static void kt_next_match(struct kt_next *next, int order, int zone)
{
	if (order == next->wanted_order)
		next->order_fits = true;
	if (zone == next->wanted_zone)
		next->zone_fits = true;
}

/* With what may have been noted too late. */
static void kt_next_stands(struct kt_next *next)
{
	kt_next_match(next, next->order, next->zone);
	if (next->old_zone >= 0)
		kt_next_match(next, next->old_order, next->old_zone);
}

/* A kswapd whose nap was cut short asks for the same again before it runs. */
static void kt_next_again(struct kt_next *next)
{
	const struct kt_run *last = next->run;

	kt_next_stands(next);
	if (last)
		kt_next_match(next, last->order, last->zone);
	/* What that was, or what was before, is not known */
	if (!last || (last->zone == KT_UNKNOWN && next->wanted_zone >= 0))
		next->zone_fits = true;
	/* The order is reset first, and the zone next */
	if (!last || (!next->wanted_order && next->wanted_zone >= 0))
		next->order_fits = true;
}

static void kt_next_run(struct kt_next *next, const struct kt_run *run,
			bool counts)
{
	if (counts)
		kt_next_again(next);
	/* Who was asking just then may have been kept from it until after this */
	next->old_order = KT_UNKNOWN;
	next->old_zone = KT_UNKNOWN;
	if (run->start - next->asked_at < mmt_late()) {
		next->old_order = next->order;
		next->old_zone = next->zone;
	}
	next->run = run;
	next->order = KT_UNKNOWN;
	next->zone = KT_UNKNOWN;
}

static void kt_next_ask(struct kt_next *next, const struct kt_ask *ask,
			bool counts)
{
	if (counts)
		kt_next_stands(next);
	next->asked_at = ask->at;
	if (ask->order > next->order)
		next->order = ask->order;
	if (ask->zone > next->zone)
		next->zone = ask->zone;
}

bool kt_next_fits(const struct kt *kt, int node, long long from, long long to,
		  long long order, long long zone)
{
	struct kt_next next = {
		.order = KT_UNKNOWN, .zone = KT_UNKNOWN, .wanted_order = order,
		.wanted_zone = zone, .old_order = KT_UNKNOWN,
		.old_zone = KT_UNKNOWN,
	};
	int i = 0, j = 0;

	while (i < kt->nr_runs || j < kt->nr_asks) {
		const struct kt_run *run = &kt->runs[i];
		const struct kt_ask *ask = &kt->asks[j];
		bool is_run = j == kt->nr_asks ||
			      (i < kt->nr_runs && run->start < ask->at);
		long long at = is_run ? run->start : ask->at;

		if (at > to)
			break;
		if (is_run && run->node == node)
			kt_next_run(&next, run, at > from);
		else if (!is_run && ask->node == node)
			kt_next_ask(&next, ask, at > from);
		i += is_run;
		j += !is_run;
	}
	kt_next_stands(&next);
	return !next.run || (next.order_fits && next.zone_fits);
}
