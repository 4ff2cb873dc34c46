/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What mmscope tells ftrace, perf and bpftrace: what is worth a place on a
 * timeline. Trace events mmscope:*.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM mmscope

#if !defined(MMS_EVENTS_H) || defined(TRACE_HEADER_MULTI_READ)
#define MMS_EVENTS_H

#include <linux/tracepoint.h>

#include "zones.h"

#define mms_show_band(band)					\
	__print_symbolic(band,					\
			 { MMS_ABOVE_HIGH, "above_high" },	\
			 { MMS_HIGH_TO_LOW, "high_to_low" },	\
			 { MMS_LOW_TO_MIN, "low_to_min" },	\
			 { MMS_BELOW_MIN, "below_min" })

/* So that trace-cmd and perf can print them too, from the event's format. */
TRACE_DEFINE_ENUM(MMS_ABOVE_HIGH);
TRACE_DEFINE_ENUM(MMS_HIGH_TO_LOW);
TRACE_DEFINE_ENUM(MMS_LOW_TO_MIN);
TRACE_DEFINE_ENUM(MMS_BELOW_MIN);

/* A zone has been seen in another band than when it was looked at last. */
TRACE_EVENT(mmscope_zone_band,
	TP_PROTO(int nid, const char *zone, const struct mms_crossing *c),
	TP_ARGS(nid, zone, c),
	TP_STRUCT__entry(
		__field(int, nid)
		__array(char, zone, 16)
		__field(unsigned int, from)
		__field(unsigned int, to)
		__field(unsigned long, free)
		__field(unsigned long, min)
		__field(unsigned long, low)
		__field(unsigned long, high)
	),
	TP_fast_assign(
		__entry->nid = nid;
		strscpy(__entry->zone, zone, sizeof(__entry->zone));
		__entry->from = c->from;
		__entry->to = c->to;
		__entry->free = c->look.free;
		__entry->min = c->look.min;
		__entry->low = c->look.low;
		__entry->high = c->look.high;
	),
	TP_printk("nid=%d zone=%s from=%s to=%s free=%lu min=%lu low=%lu high=%lu",
		  __entry->nid, __entry->zone,
		  mms_show_band(__entry->from),
		  mms_show_band(__entry->to),
		  __entry->free, __entry->min, __entry->low, __entry->high)
);

#endif

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE events
#include <trace/define_trace.h>
