// SPDX-License-Identifier: GPL-2.0-only
#include <linux/memory.h>
#include <linux/notifier.h>
#include <linux/rwsem.h>
#include <linux/wait.h>

#include "guard.h"
#include "mmscope.h"

/*
 * Held for reading inside the guard. Hotplug takes it for writing only to turn
 * the flag: it must not be held from one notifier call to the next, over all
 * that onlining and offlining do between.
 */
static DECLARE_RWSEM(mms_guard_sem);
static bool mms_guard_moving;
static DECLARE_WAIT_QUEUE_HEAD(mms_guard_wait);

int mms_guard_enter(void)
{
	for (;;) {
		int err = wait_event_interruptible(mms_guard_wait,
						   !READ_ONCE(mms_guard_moving));

		if (err)
			return err;
		down_read(&mms_guard_sem);
		if (!mms_guard_moving)
			return 0;
		up_read(&mms_guard_sem);
	}
}

void mms_guard_leave(void)
{
	up_read(&mms_guard_sem);
}

static void mms_guard_turn(bool moving)
{
	down_write(&mms_guard_sem);
	WRITE_ONCE(mms_guard_moving, moving);
	up_write(&mms_guard_sem);
	if (!moving)
		wake_up_all(&mms_guard_wait);
}

static void mms_guard_tell(void)
{
	const struct mms_subject *subject;
	unsigned int i;

	mms_for_each_subject(subject, i)
		if (subject->memory_changed)
			subject->memory_changed();
}

/*
 * online_pages() and offline_pages() (mm/memory_hotplug.c) hold
 * mem_hotplug_lock for writing throughout, so there is one change at a time
 * and a flag will do. CANCEL may come without GOING: when an earlier notifier
 * of the chain refused.
 */
static int mms_guard_notify(struct notifier_block *nb, unsigned long action,
			    void *arg)
{
	switch (action) {
	case MEM_GOING_ONLINE:
	case MEM_GOING_OFFLINE:
		mms_guard_turn(true);
		break;
	case MEM_ONLINE:
	case MEM_OFFLINE:
		mms_guard_tell();
		fallthrough;
	case MEM_CANCEL_ONLINE:
	case MEM_CANCEL_OFFLINE:
		mms_guard_turn(false);
		break;
	}
	return NOTIFY_OK;
}

static struct notifier_block mms_guard_nb = {
	.notifier_call = mms_guard_notify,
	/* Last to hear of a change: whoever refuses has done so before. */
	.priority = INT_MIN,
};

int mms_guard_init(void)
{
	return register_memory_notifier(&mms_guard_nb);
}

void mms_guard_exit(void)
{
	unregister_memory_notifier(&mms_guard_nb);
}
