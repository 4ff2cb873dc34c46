/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What tracefs recorded of kswapd, put together to runs: what the tables of
 * mmscope's kswapd are compared with.
 */
#ifndef KSWAPD_TRACE_H
#define KSWAPD_TRACE_H

#include <limits.h>
#include <stdbool.h>

/* What is not known */
#define KT_UNKNOWN	(-1)

/* As many nodes as a kernel may have */
#define KT_NODES	1024

/**
 * struct kt_span - something happened at some moment between two that were recorded
 * @from: not before this, in ns of CLOCK_MONOTONIC
 * @to: nor after this; KT_NEVER if that was not recorded
 */
struct kt_span {
	long long from;
	long long to;
};

#define KT_NEVER	(LLONG_MAX / 2)

/* ns; the trace's times are cut to us, and its clock may be off by as much */
#define KT_SLACK	10000

/**
 * kt_before - is one moment surely before another?
 * @a: the one
 * @b: the other
 */
static inline bool kt_before(long long a, long long b)
{
	return a + KT_SLACK < b;
}

/**
 * struct kt_run - one run
 * @node: its node
 * @pid: the kswapd
 * @order: what it was for
 * @zone: highest zone, by index
 * @start: mm_vmscan_kswapd_wake, whose probes are called in this time
 * @end: of balance_pgdat() and the look at the zones after it: from when the one
 *	has returned to when the other has
 * @reclaimed: of mm_vmscan_balance_pgdat_end, KT_UNKNOWN without that event
 */
struct kt_run {
	int node;
	int pid;
	int order;
	int zone;
	struct kt_span start;
	struct kt_span end;
	long long reclaimed;
	/* private */
	bool considered;
	bool over;
};

/**
 * struct kt_ask - one call of wakeup_kswapd()
 * @node: the node, KT_UNKNOWN if its zone never woke any
 * @pid: the thread, 0 for an interrupt
 * @order: what was asked for
 * @zone: highest zone, by index
 * @woke: whether that woke kswapd
 * @call: the call
 * @wake: mm_vmscan_wakeup_kswapd in it, whose probes are called in this time
 */
struct kt_ask {
	int node;
	int pid;
	int order;
	int zone;
	bool woke;
	struct kt_span call;
	struct kt_span wake;
	/* private */
	long long address;
};

/**
 * struct kt - a trace
 * @runs: in the order that they began
 * @nr_runs: how many
 * @asks: in order
 * @nr_asks: how many
 * @sleeps: mm_vmscan_kswapd_sleep
 * @lost: events outside of the call that they belong to
 * @failures: what the kernel told last of a node's runs in vain, by node; KT_UNKNOWN
 *	where it told nothing
 */
struct kt {
	struct kt_run *runs;
	int nr_runs;
	struct kt_ask *asks;
	int nr_asks;
	int sleeps;
	int lost;
	long long failures[KT_NODES];
};

/**
 * kt_begin - record from now on
 */
bool kt_begin(void);

/**
 * kt_clear - forget what was recorded
 */
bool kt_clear(void);

/**
 * kt_end - record no more
 */
void kt_end(void);

/**
 * kt_read - read what was recorded
 * @kt: what it was; kt_free() it
 *
 * Gives false, after a word on stderr, if it is not all.
 */
bool kt_read(struct kt *kt);

/**
 * kt_free - give it back
 * @kt: what kt_read() filled in
 */
void kt_free(struct kt *kt);

/**
 * kt_at_rest - had each kswapd gone to sleep after its last run?
 * @kt: the trace
 */
bool kt_at_rest(const struct kt *kt);

/**
 * kt_count_runs - finished runs of a node
 * @kt: the trace
 * @node: the node
 */
int kt_count_runs(const struct kt *kt, int node);

/**
 * kt_nth_run - a run of a node
 * @kt: the trace
 * @node: the node
 * @nth: from 0
 *
 * NULL where there is none.
 */
const struct kt_run *kt_nth_run(const struct kt *kt, int node, int nth);

/**
 * kt_count_wakeups - wakeups, each argument of its kind or any if negative
 * @kt: the trace
 * @node: the node
 * @pid: the thread
 * @order: the order
 * @zone: the highest zone
 */
int kt_count_wakeups(const struct kt *kt, int node, int pid, int order,
		     int zone);

/**
 * kt_waker_fits - may this be who woke it for a run?
 * @kt: the trace
 * @run: the run
 * @last: the one before of its node, or NULL
 * @pid: the thread, negative for nobody
 *
 * That is who woke it first after the run before had ended: in a run nobody can,
 * and who then comes too late, since he thought it asleep, does not count. Where the
 * trace has no run before, it may be somebody whom the trace does not know at all.
 */
bool kt_waker_fits(const struct kt *kt, const struct kt_run *run,
		   const struct kt_run *last, long long pid);

/**
 * kt_count_late - wakeups of a kswapd that was in a run already
 * @kt: the trace
 */
int kt_count_late(const struct kt *kt);

/**
 * kt_next_fits - may this be what a node was asked for since its last run began?
 * @kt: the trace
 * @node: the node
 * @from: at some moment from here ...
 * @to: ... to here
 * @order: the order, negative for none
 * @zone: the highest zone, negative for none
 *
 * True as well if no run of the node had begun.
 */
bool kt_next_fits(const struct kt *kt, int node, long long from, long long to,
		  long long order, long long zone);

#endif
