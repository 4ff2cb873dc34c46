/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hotplug guard: while memory goes on- or offline, the per-CPU page sets,
 * zonelists, page frames and kswapd threads come and go, and nothing that this
 * module may call keeps them (get_online_mems() is not exported). So those who
 * read them stay out for that long.
 */
#ifndef MMS_GUARD_H
#define MMS_GUARD_H

/**
 * mms_guard_enter - wait until memory is at rest, and keep it so
 *
 * Process context; sleeps as long as memory hotplug takes. Inside: no copy to
 * user space, no cpus_read_lock(), no (un)registering of probes, for hotplug
 * holds those locks when it waits for the guard. Returns 0 or -ERESTARTSYS.
 */
int mms_guard_enter(void);

/**
 * mms_guard_leave - let hotplug go on
 */
void mms_guard_leave(void);

/**
 * mms_guard_init - start to listen to memory hotplug
 *
 * Returns 0 or an error. May sleep.
 */
int mms_guard_init(void);

/**
 * mms_guard_exit - stop to listen
 *
 * When no reader can come any more. May sleep.
 */
void mms_guard_exit(void);

#endif
