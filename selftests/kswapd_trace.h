/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What tracefs recorded of kswapd, put together to runs: what the tables of
 * mmscope's kswapd are compared with.
 */
#ifndef KSWAPD_TRACE_H
#define KSWAPD_TRACE_H

#include <stdbool.h>

/* What is not known. An event's time is cut to us, and an event comes late. */
#define KT_UNKNOWN	(-1)

/**
 * struct kt_run - one run
 * @node: its node
 * @pid: the kswapd
 * @order: what it was for
 * @zone: highest zone, by index; KT_UNKNOWN if another one may have been asked
 *	for before it ended
 * @start: mm_vmscan_kswapd_wake
 * @end: the entry of prepare_kswapd_sleep(), 0 if the trace ends before
 * @reclaimed: of mm_vmscan_balance_pgdat_end, KT_UNKNOWN without that event
 */
struct kt_run {
	int node;
	int pid;
	int order;
	int zone;
	long long start;
	long long end;
	long long reclaimed;
};

/**
 * struct kt_ask - one call of wakeup_kswapd()
 * @at: when
 * @node: the node, KT_UNKNOWN if its zone never woke any
 * @pid: the thread, 0 for an interrupt
 * @order: what was asked for
 * @zone: highest zone, by index
 * @woke: whether that woke kswapd
 */
struct kt_ask {
	long long at;
	int node;
	int pid;
	int order;
	int zone;
	bool woke;
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
 * @lost: wakeups whose call is not in the trace
 */
struct kt {
	struct kt_run *runs;
	int nr_runs;
	struct kt_ask *asks;
	int nr_asks;
	int sleeps;
	int lost;
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
