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

#include "pagewait.h"
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

#define mms_show_wait_bit(bit)					\
	__print_symbolic(bit,					\
			 { MMS_WAIT_LOCK, "lock" },		\
			 { MMS_WAIT_WRITEBACK, "writeback" },	\
			 { MMS_WAIT_PRIVATE_2, "private_2" },	\
			 { MMS_WAIT_OTHER, "other" })

#define mms_show_owner(kind)					\
	__print_symbolic(kind,					\
			 { MMS_OWNER_UNKNOWN, "unknown" },	\
			 { MMS_OWNER_FILE, "file" },		\
			 { MMS_OWNER_DEVICE, "device" },	\
			 { MMS_OWNER_ANON, "anon" })

TRACE_DEFINE_ENUM(MMS_WAIT_LOCK);
TRACE_DEFINE_ENUM(MMS_WAIT_WRITEBACK);
TRACE_DEFINE_ENUM(MMS_WAIT_PRIVATE_2);
TRACE_DEFINE_ENUM(MMS_WAIT_OTHER);
TRACE_DEFINE_ENUM(MMS_OWNER_UNKNOWN);
TRACE_DEFINE_ENUM(MMS_OWNER_FILE);
TRACE_DEFINE_ENUM(MMS_OWNER_DEVICE);
TRACE_DEFINE_ENUM(MMS_OWNER_ANON);

/* A task is woken that has waited for a folio for long. */
TRACE_EVENT(mmscope_page_wait,
	TP_PROTO(const struct mms_long_wait *wait),
	TP_ARGS(wait),
	TP_STRUCT__entry(
		__field(pid_t, pid)
		__array(char, comm, TASK_COMM_LEN)
		__field(unsigned int, bit)
		__field(int, nid)
		__field(unsigned long, pfn)
		__field(unsigned int, owner)
		__field(dev_t, dev)
		__field(u64, inode)
		__field(u64, index)
		__field(u64, waited)
	),
	TP_fast_assign(
		__entry->pid = task_pid_nr(wait->task);
		strscpy(__entry->comm, wait->task->comm, TASK_COMM_LEN);
		__entry->bit = wait->bit;
		__entry->nid = wait->node;
		__entry->pfn = wait->pfn;
		__entry->owner = wait->owner.kind;
		__entry->dev = wait->owner.dev;
		__entry->inode = wait->owner.inode;
		__entry->index = wait->owner.index;
		__entry->waited = wait->waited;
	),
	TP_printk("pid=%d comm=%s bit=%s waited_ns=%llu nid=%d pfn=%lu owner=%s dev=%u:%u inode=%llu index=%llu",
		  __entry->pid, __entry->comm,
		  mms_show_wait_bit(__entry->bit), __entry->waited,
		  __entry->nid, __entry->pfn, mms_show_owner(__entry->owner),
		  MAJOR(__entry->dev), MINOR(__entry->dev), __entry->inode,
		  __entry->index)
);

#endif

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE events
#include <trace/define_trace.h>
