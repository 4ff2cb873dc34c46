# SPDX-License-Identifier: GPL-2.0-only
# What the headers of this kernel have, found by looking at them and not at a
# version number: distributions backport.

# $(call mms-has,NAME,HEADER,EXTENDED REGULAR EXPRESSION)
mms-has = $(shell grep -qE '$(strip $3)' $(srctree)/include/$(strip $2) \
	    2>/dev/null && echo -DMMS_HAVE_$(strip $1))

mms-features := \
	$(call mms-has, TIMER_DELETE_SYNC, linux/timer.h, timer_delete_sync) \
	$(call mms-has, FTRACE_REGS, linux/ftrace.h, \
		struct ftrace_ops .op. struct ftrace_regs .fregs.;) \
	$(call mms-has, PER_CPU_PAGESET, linux/mmzone.h, \*per_cpu_pageset;) \
	$(call mms-has, PCP_HIGH_MIN, linux/mmzone.h, int high_min;) \
	$(call mms-has, WMARK_PROMO, linux/mmzone.h, WMARK_PROMO) \
	$(call mms-has, HK_TYPE, linux/sched/isolation.h, HK_TYPE_TIMER) \
	$(call mms-has, THROTTLED, trace/events/vmscan.h, mm_vmscan_throttled) \
	$(call mms-has, ISOLATE_MODE, trace/events/vmscan.h, \
		isolate_mode_t isolate_mode) \
	$(call mms-has, BALANCED, trace/events/vmscan.h, \
		mm_vmscan_balance_pgdat_end) \
	$(call mms-has, FAILURES_ATOMIC, linux/mmzone.h, \
		atomic_t kswapd_failures) \
	$(call mms-has, NR_PAGE_ORDERS, linux/mmzone.h, define NR_PAGE_ORDERS) \
	$(call mms-has, FOLIO, linux/pagemap.h, folio_wait_bit.struct folio) \
	$(call mms-has, FLAGS_STRUCT, linux/mm_types.h, memdesc_flags_t flags;) \
	$(call mms-has, SOFTLEAF, linux/leafops.h, softleaf_to_pfn) \
	$(call mms-has, SWP_OFFSET_PFN, linux/swapops.h, swp_offset_pfn) \
	$(call mms-has, EXIT_GROUP_DEAD, trace/events/sched.h, \
		struct task_struct .p. bool group_dead) \
	$(call mms-has, RECLAIM_MEMCG, trace/events/vmscan.h, \
		unsigned long nr_reclaimed. struct mem_cgroup .memcg) \
	$(call mms-has, ISOLATE_BIT, linux/pageblock-flags.h, \
		PB_migrate_isolate)
