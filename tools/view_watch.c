// SPDX-License-Identifier: GPL-2.0-only
/* COMMAND INTERVAL [COUNT]: when to report. */
#include <errno.h>
#include <time.h>

#include "view.h"

#define NS_PER_S	1000000000LL

static bool is_past(const struct timespec *at)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec > at->tv_sec ||
	       (now.tv_sec == at->tv_sec && now.tv_nsec > at->tv_nsec);
}

/*
 * Absolute deadlines: what a report takes does not shift the next one. Those
 * that have passed meanwhile are left out, not made up for.
 */
static uint64_t sleep_until_next(struct timespec *at, long long step)
{
	uint64_t ticks = 0;
	long long ns;

	do {
		ns = at->tv_nsec + step % NS_PER_S;
		at->tv_sec += step / NS_PER_S + ns / NS_PER_S;
		at->tv_nsec = ns % NS_PER_S;
		ticks++;
	} while (is_past(at));
	while (!mms_stopped() &&
	       clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, at, NULL) ==
	       EINTR)
		;
	return ticks * step;
}

int view_watch(struct view *v, const struct view_args *a,
	       bool (*report)(struct view *v, uint64_t passed, void *data),
	       void *data)
{
	long long step = (long long)(a->interval * NS_PER_S);
	unsigned long n = 1;
	struct timespec at;
	uint64_t passed = 0;
	bool ok;

	mms_stop_on_signals();
	clock_gettime(CLOCK_MONOTONIC, &at);
	ok = report(v, 0, data) && mms_flush_stdout();
	for (; ok && !mms_stopped() && (!a->count || n < a->count); n++) {
		passed += sleep_until_next(&at, step);
		if (mms_stopped())
			break;
		mms_snapshot_refresh(v->s);
		ok = report(v, passed, data) && mms_flush_stdout();
	}
	return ok ? MMS_EXIT_OK : MMS_EXIT_FAIL;
}
