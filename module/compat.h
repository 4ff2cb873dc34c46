/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All that differs between the kernels this module builds for. The rest of the
 * module reads as if there were one kernel, the newest. MMS_HAVE_* come from
 * compat.mk, which looks at the headers.
 */
#ifndef MMS_COMPAT_H
#define MMS_COMPAT_H

#include <linux/cpumask.h>
#include <linux/ftrace.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/pageblock-flags.h>
#include <linux/pagemap.h>
#include <linux/percpu.h>
#include <linux/sched/isolation.h>
#include <linux/swap.h>
#include <linux/swapops.h>
#include <linux/timer.h>
#include <linux/tracepoint.h>
#include <linux/version.h>

#ifdef MMS_HAVE_SOFTLEAF
#include <linux/leafops.h>
#endif

#include "racy.h"

/* del_timer_sync() got this name in 6.2, and the old one is gone from 7.2. */
#ifndef MMS_HAVE_TIMER_DELETE_SYNC
#define timer_delete_sync(timer) del_timer_sync(timer)
#endif

/*
 * 5.11 gave ftrace callbacks ftrace_regs and turned the recursion flag round:
 * before, RECURSION_SAFE promised that the callback looks after itself and
 * without it the core did; since, RECURSION asks the core to do it. Ours need no
 * protection: none calls, in whatever way, the function that it is called at.
 *
 * Arguments of the function come along only if all registers are asked for,
 * except where CONFIG_DYNAMIC_FTRACE_WITH_ARGS has them always.
 */
#ifdef MMS_HAVE_FTRACE_REGS
#define mms_ftrace_regs ftrace_regs
#define MMS_FTRACE_RECURSION 0
#else
#define mms_ftrace_regs pt_regs
#define MMS_FTRACE_RECURSION FTRACE_OPS_FL_RECURSION_SAFE
#endif
/* 6.1 without ftrace does not even name it. */
struct mms_ftrace_regs;

#ifdef CONFIG_DYNAMIC_FTRACE_WITH_ARGS
#define MMS_FTRACE_FLAGS MMS_FTRACE_RECURSION
#define MMS_FTRACE_HAS_ARGS
#ifdef ftrace_regs_get_argument
#define mms_ftrace_arg(regs, n) ftrace_regs_get_argument(regs, n)
#else
/* x86 has them in its pt_regs, but admits it only if all registers are there. */
#define mms_ftrace_arg(fregs, n) regs_get_kernel_argument(&(fregs)->regs, n)
#endif
#elif defined(CONFIG_DYNAMIC_FTRACE_WITH_REGS)
#define MMS_FTRACE_FLAGS (MMS_FTRACE_RECURSION | FTRACE_OPS_FL_SAVE_REGS)
#define MMS_FTRACE_HAS_ARGS
#ifdef MMS_HAVE_FTRACE_REGS
#define mms_ftrace_arg(fregs, n) \
	regs_get_kernel_argument(ftrace_get_regs(fregs), n)
#else
#define mms_ftrace_arg(regs, n) regs_get_kernel_argument(regs, n)
#endif
#else
#define MMS_FTRACE_FLAGS MMS_FTRACE_RECURSION
#endif

/*
 * An event that these headers do not have is absent from the kernel too, but
 * its probe is still compiled and checked, against the prototype it has since.
 */
#ifndef MMS_HAVE_THROTTLED
static inline void
check_trace_callback_type_mm_vmscan_throttled(void (*cb)(void *data, int nid,
							 int usec_timeout,
							 int usec_delayed,
							 int reason))
{
}
#endif

#ifndef MMS_HAVE_BALANCED
static inline void
check_trace_callback_type_mm_vmscan_balance_pgdat_end(void (*cb)(void *data,
								 int nid,
								 int order,
								 int highest_zoneidx,
								 unsigned long nr_reclaimed))
{
}
#endif

/* What mm_vmscan_direct_reclaim_end hands over: 7.2 has the cgroup too. */
#ifdef MMS_HAVE_RECLAIM_MEMCG
#define MMS_RECLAIM_END_ARGS \
	unsigned long nr_reclaimed, struct mem_cgroup *memcg
#else
#define MMS_RECLAIM_END_ARGS unsigned long nr_reclaimed
#endif

/* What mm_vmscan_lru_isolate hands over: 6.1 has the mode, 6.12 does not. */
#ifdef MMS_HAVE_ISOLATE_MODE
#define MMS_LRU_ISOLATE_ARGS						\
	int highest_zoneidx, int order, unsigned long nr_requested,	\
	unsigned long nr_scanned, unsigned long nr_skipped,		\
	unsigned long nr_taken, isolate_mode_t isolate_mode, int lru
#else
#define MMS_LRU_ISOLATE_ARGS						\
	int highest_zoneidx, int order, unsigned long nr_requested,	\
	unsigned long nr_scanned, unsigned long nr_skipped,		\
	unsigned long nr_taken, int lru
#endif

/*
 * scan_folios() and evict_folios() of the multi-generational LRU had no events
 * in 6.1 and have them in 6.12. No header shows it.
 */
#if IS_ENABLED(CONFIG_LRU_GEN) && LINUX_VERSION_CODE < KERNEL_VERSION(6, 12, 0)
#define MMS_LRU_GEN_SILENT true
#else
#define MMS_LRU_GEN_SILENT false
#endif

/* In 7.2 sched_process_exit tells whether the whole process is dead. */
#ifdef MMS_HAVE_EXIT_GROUP_DEAD
#define MMS_EXIT_ARGS struct task_struct *task, bool group_dead
#else
#define MMS_EXIT_ARGS struct task_struct *task
#endif

/*
 * What is waited for: in 5.10 pages, since 6.1 folios, which are the same struct
 * and bits by another name.
 */
#ifdef MMS_HAVE_FOLIO
#define mms_folio folio
#define mms_page_folio(page) ((struct folio *)(page))
#define mms_folio_page(f) (&(f)->page)
#define mms_key_folio(key) ((key)->folio)
#define mms_queue_folio(queue) ((queue)->folio)
#define mms_wait_on_bit(f, bit) folio_wait_bit(f, bit)
#define mms_is_swapcache(f) folio_test_swapcache(f)
#define MMS_WAIT_TABLE_NAME "folio_wait_table"
#define MMS_WAIT_FUNCTION "folio_wait_bit_common"
#define MMS_WAIT_ARG_FOLIO 0
#define MMS_WAIT_ARG_BIT 1
#define MMS_WAKE_BIT_FUNCTION "folio_wake_bit"
#else
#define mms_folio page
#define mms_page_folio(page) (page)
#define mms_folio_page(f) (f)
#define mms_key_folio(key) ((key)->page)
#define mms_queue_folio(queue) ((queue)->page)
#define mms_wait_on_bit(f, bit) wait_on_page_bit(f, bit)
#define mms_is_swapcache(f) PageSwapCache(f)
#define MMS_WAIT_TABLE_NAME "page_wait_table"
#define MMS_WAIT_FUNCTION "wait_on_page_bit_common"
#define MMS_WAIT_ARG_FOLIO 1
#define MMS_WAIT_ARG_BIT 2
#define MMS_WAKE_BIT_FUNCTION "wake_up_page_bit"
#endif
#define MMS_WAKE_FUNCTION "wake_page_function"

/*
 * Whoever meets a migration entry waits in a function of its own from 6.1 on; in
 * 7.2 such entries are called leaves, and the function likewise.
 */
#ifdef MMS_HAVE_SOFTLEAF
#define MMS_MIGRATION_WAIT_FUNCTION "softleaf_entry_wait_on_locked"
#define mms_entry_page(entry) pfn_to_page(softleaf_to_pfn(entry))
#else
#define MMS_MIGRATION_WAIT_FUNCTION "migration_entry_wait_on_locked"
#ifdef MMS_HAVE_SWP_OFFSET_PFN
#define mms_entry_page(entry) pfn_to_page(swp_offset_pfn(entry))
#else
#define mms_entry_page(entry) pfn_to_page(swp_offset(entry))
#endif
#endif

/**
 * mms_folio_flags - where a folio's flags are
 * @folio: the folio
 *
 * Any context. In 7.2 they are in a struct.
 */
static inline const unsigned long *mms_folio_flags(const struct mms_folio *folio)
{
#ifdef MMS_HAVE_FLAGS_STRUCT
	return &folio->flags.f;
#else
	return &folio->flags;
#endif
}

/* An entry of a wait queue that only marks a place in it; not in 6.12. */
#ifdef WQ_FLAG_BOOKMARK
#define MMS_WAIT_BOOKMARK WQ_FLAG_BOOKMARK
#else
#define MMS_WAIT_BOOKMARK 0
#endif

/* Orders of the buddy allocator. 6.4 made MAX_ORDER one of them, 6.8 renamed. */
#ifdef MMS_HAVE_NR_PAGE_ORDERS
#define MMS_NR_ORDERS NR_PAGE_ORDERS
#elif LINUX_VERSION_CODE >= KERNEL_VERSION(6, 4, 0)
#define MMS_NR_ORDERS (MAX_ORDER + 1)
#else
#define MMS_NR_ORDERS MAX_ORDER
#endif

/* MAX_RECLAIM_RETRIES (mm/internal.h): failures that make a node hopeless. */
#define MMS_HOPELESS 16

/**
 * mms_kswapd_failures - a node's runs in vain since that count was last reset
 * @pgdat: the node
 *
 * An int up to 6.12, atomic in 7.2. Any context, no lock.
 */
static inline int mms_kswapd_failures(const pg_data_t *pgdat)
{
#ifdef MMS_HAVE_FAILURES_ATOMIC
	return atomic_read(&pgdat->kswapd_failures);
#else
	return mms_racy(pgdat->kswapd_failures);
#endif
}

/**
 * mms_pfn_online - is there an online page of this number?
 * @pfn: any page frame number
 *
 * pfn_to_online_page() is not exported in 5.10. Where persistent memory shares
 * a section with ordinary memory this says yes for both: look at the page's zone
 * then. Inside the guard only: what is online stays so there.
 */
static inline bool mms_pfn_online(unsigned long pfn)
{
#ifdef CONFIG_SPARSEMEM
	unsigned long nr = pfn_to_section_nr(pfn);

	if (nr >= NR_MEM_SECTIONS || !online_section_nr(nr))
		return false;
#endif
	return pfn_valid(pfn);
}

/**
 * mms_pageblock_flags - the bits that the kernel keeps of a pageblock
 * @page: a page of it
 * @pfn: the page's number
 *
 * What __get_pfnblock_flags_mask() (mm/page_alloc.c) gives, which is not
 * exported. Any context, no lock; from outside of the allocator only for pages
 * that are kept online.
 */
static inline unsigned long mms_pageblock_flags(struct page *page,
						unsigned long pfn)
{
#ifdef CONFIG_SPARSEMEM
	unsigned long *map = section_to_usemap(__pfn_to_section(pfn));
	unsigned long nr = (pfn & (PAGES_PER_SECTION - 1)) >> pageblock_order;
#else
	unsigned long *map = mms_page_zone(page)->pageblock_flags;
	unsigned long start = round_down(mms_page_zone(page)->zone_start_pfn,
					 pageblock_nr_pages);
	unsigned long nr = (pfn - start) >> pageblock_order;
#endif
	unsigned long bit = nr * NR_PAGEBLOCK_BITS;

	return mms_racy(map[bit / BITS_PER_LONG]) >> (bit % BITS_PER_LONG) &
	       (BIT(NR_PAGEBLOCK_BITS) - 1);
}

/**
 * mms_pageblock_type - the migratetype of a pageblock
 * @page: a page of it
 * @pfn: the page's number
 * @isolated: it is isolated: its free pages are kept from being allocated
 *
 * In 7.2 isolation is a bit of its own; up to 6.12 it takes the place of the
 * type, and the answer for an isolated block is -1. Context as for
 * mms_pageblock_flags().
 */
static inline int mms_pageblock_type(struct page *page, unsigned long pfn,
				     bool *isolated)
{
	unsigned long flags = mms_pageblock_flags(page, pfn);
#ifdef MMS_HAVE_ISOLATE_BIT
#ifdef CONFIG_MEMORY_ISOLATION
	*isolated = flags & BIT(PB_migrate_isolate);
#else
	*isolated = false;
#endif
	return flags & PAGEBLOCK_MIGRATETYPE_MASK;
#else
	int type = flags & (BIT(PB_migratetype_bits) - 1);

#ifdef CONFIG_MEMORY_ISOLATION
	*isolated = type == MIGRATE_ISOLATE;
#else
	*isolated = false;
#endif
	return *isolated ? -1 : type;
#endif
}

/**
 * mms_is_housekeeping - may a timer of ours run on this CPU?
 * @cpu: the CPU
 *
 * False for CPUs that nohz_full= keeps free of the kernel's own work. 5.18
 * turned the flags into an enum. Any context.
 */
static inline bool mms_is_housekeeping(unsigned int cpu)
{
#ifdef MMS_HAVE_HK_TYPE
	return housekeeping_test_cpu(cpu, HK_TYPE_TIMER);
#else
	return housekeeping_test_cpu(cpu, HK_FLAG_TIMER);
#endif
}

/**
 * mms_promo_pages - the promotion watermark as /proc/zoneinfo prints it
 * @zone: the zone
 *
 * In pages, with the boost, or -1 where there is none (before 5.18, where
 * setup_per_zone_wmarks() does not set it). Any context, no lock.
 */
static inline long mms_promo_pages(const struct zone *zone)
{
#ifdef MMS_HAVE_WMARK_PROMO
	return mms_racy(zone->_watermark[WMARK_PROMO]) +
	       mms_racy(zone->watermark_boost);
#else
	return -1;
#endif
}

/**
 * struct mms_pcp - one CPU's set of free pages of one zone
 * @count: pages in it
 * @high: it is drained above this
 * @batch: how many move at a time
 * @high_min: lower end of the range that @high is tuned in, -1 before 6.7
 * @high_max: upper end of it, -1 before 6.7
 */
struct mms_pcp {
	long count;
	long high;
	long batch;
	long high_min;
	long high_max;
};

/**
 * mms_pcp_read - read a per-CPU page set
 * @zone: a populated zone
 * @cpu: a possible CPU
 * @out: what was there
 *
 * Reads another CPU's counters without its lock, as /proc/zoneinfo does.
 * Inside the guard only: zone_pcp_reset() frees the sets of a zone that loses
 * its last page, in offline_pages().
 */
static inline void mms_pcp_read(struct zone *zone, unsigned int cpu,
				struct mms_pcp *out)
{
	/* 5.14 dropped struct per_cpu_pageset, which had held pcp and stats. */
#ifdef MMS_HAVE_PER_CPU_PAGESET
	struct per_cpu_pages *pcp = per_cpu_ptr(zone->per_cpu_pageset, cpu);
#else
	struct per_cpu_pages *pcp = &per_cpu_ptr(zone->pageset, cpu)->pcp;
#endif

	out->count = mms_racy(pcp->count);
	out->high = mms_racy(pcp->high);
	out->batch = mms_racy(pcp->batch);
#ifdef MMS_HAVE_PCP_HIGH_MIN
	out->high_min = mms_racy(pcp->high_min);
	out->high_max = mms_racy(pcp->high_max);
#else
	out->high_min = -1;
	out->high_max = -1;
#endif
}

#endif
