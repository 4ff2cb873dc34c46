// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "press.h"

#define CGROUP		"/sys/fs/cgroup/mmstest"
#define DISK		"/dev/nullb0"
#define FRACTION	MMT_VM "percpu_pagelist_high_fraction"

/* <linux/mempolicy.h> is not everywhere */
#define POLICY_BIND	2

/* The last node that has exactly one zone, if not the first. */
static const struct mmt_zone *press_choose(const struct mmt_zoneinfo *info)
{
	const struct mmt_zone *zone, *chosen = NULL;

	for (zone = mmt_populated(info, NULL); zone;
	     zone = mmt_populated(info, zone)) {
		if (chosen && chosen->node == zone->node)
			chosen = NULL;
		else if (zone->node)
			chosen = zone;
	}
	return chosen;
}

/* Zones without pages are printed too, so that the index is the kernel's. */
static void press_name_zones(struct press *press,
			     const struct mmt_zoneinfo *info)
{
	for (int i = 0; i < info->nr; i++) {
		const struct mmt_zone *zone = &info->zones[i];

		if (zone->node == press->node && zone->index < MMT_MAX_ZONES)
			strcpy(press->zones[zone->index], zone->name);
	}
}

static bool press_find_zone(struct press *press)
{
	const struct mmt_zone *zone, *chosen;
	struct mmt_zoneinfo info;

	if (!mmt_zoneinfo_read(&info))
		return false;
	chosen = press_choose(&info);
	if (chosen) {
		press->node = chosen->node;
		press->managed = chosen->managed;
		strcpy(press->zone, chosen->name);
		press_name_zones(press, &info);
	}
	/* min_free_kbytes is shared out among these */
	for (zone = mmt_populated(&info, NULL); zone;
	     zone = mmt_populated(&info, zone))
		if (strcmp(zone->name, "Movable") && strcmp(zone->name, "HighMem"))
			press->all += zone->managed;
	mmt_zoneinfo_free(&info);
	return chosen;
}

static long long press_number_after(const char *text, const char *what)
{
	const char *at = strstr(text, what);

	return at ? strtoll(at + strlen(what), NULL, 10) : MMT_BAD;
}

/* Quicker than reading it all: it is looked at often. */
bool press_look(const struct press *press, struct press_look *look)
{
	char *text = mmt_slurp("/proc/zoneinfo");
	char what[64], *at;

	look->at = mmt_now();
	snprintf(what, sizeof(what), "Node %d, zone %8s\n", press->node,
		 press->zone);
	at = text ? strstr(text, what) : NULL;
	at = at ? strstr(at, "pages free") : NULL;
	if (at) {
		look->free = press_number_after(at, "pages free");
		look->min = press_number_after(at, " min ");
		look->low = press_number_after(at, " low ");
		look->high = press_number_after(at, " high ");
		look->hopeless = press_number_after(at, "node_unreclaimable:");
	}
	free(text);
	return at;
}

bool press_set_min(const struct press *press, long long pages)
{
	return !mmt_write_number(MMT_VM "min_free_kbytes",
				 pages * 4 * press->all / press->managed);
}

static bool press_save(struct press *press)
{
	mmt_save(&press->fraction, FRACTION);
	return mmt_save(&press->scale, MMT_VM "watermark_scale_factor") &&
	       mmt_save(&press->min_free, MMT_VM "min_free_kbytes") &&
	       mmt_save(&press->boost, MMT_VM "watermark_boost_factor");
}

/* Marks are to stand still, and CPUs not to keep pages to themselves. */
static bool press_set(struct press *press)
{
	if (press->fraction.path)
		mmt_write(FRACTION, "1000");
	return !mmt_write(press->scale.path, "10") &&
	       !mmt_write(press->boost.path, "0") &&
	       press_set_min(press, press->managed / 60);
}

/* Takes what is more than that as huge pages, as far as there are any. */
static bool press_take(const struct press *press, long long left)
{
	long long huge = mmt_read_number(press->huge_path);
	struct press_look look;

	if (!press_look(press, &look) ||
	    mmt_write_number(press->huge_path, huge + (look.free - left) / 512))
		return false;
	return press_look(press, &look) && look.free < left * 3 / 2;
}

/*
 * Leaves a ninth of the node free. The kernel gives up at the first huge page that
 * it does not get (alloc_pool_huge_folio(), mm/hugetlb.c), which compaction helps.
 */
static bool press_fill(struct press *press)
{
	snprintf(press->huge_path, sizeof(press->huge_path),
		 MMT_NODES "node%d/hugepages/hugepages-2048kB/nr_hugepages",
		 press->node);
	if (!mmt_save(&press->huge, press->huge_path))
		return false;
	for (int try = 0; try < 5; try++) {
		if (press_take(press, press->managed / 9))
			return true;
		mmt_write(MMT_VM "compact_memory", "1");
	}
	return false;
}

/* Open as long as its cache is to last. */
static bool press_open_disk(struct press *press)
{
	char *const argv[] = { "modprobe", "-q", "null_blk", "queue_mode=0",
			       "irqmode=0", "gb=1", "nr_devices=1", NULL };

	if (access(DISK, R_OK) && mmt_run(argv))
		return false;
	press->disk = open(DISK, O_RDONLY | O_CLOEXEC);
	return press->disk >= 0;
}

static void press_make_cgroup(struct press *press)
{
	struct stat st;

	if ((!mkdir(CGROUP, 0700) || errno == EEXIST) &&
	    !access(CGROUP "/cgroup.procs", W_OK) && !stat(CGROUP, &st))
		press->cgroup = st.st_ino;
}

const char *press_begin(struct press *press)
{
	memset(press, 0, sizeof(*press));
	press->disk = -1;
	if (!press_find_zone(press))
		return "wants a node other than 0 with one zone";
	if (!press_open_disk(press))
		return "wants null_blk";
	if (!press_save(press) || !press_set(press))
		return "marks cannot be set";
	if (!press_fill(press))
		return "the node cannot be filled quickly";
	press_make_cgroup(press);
	return NULL;
}

void press_end(struct press *press)
{
	press_stop(press);
	press_drop(press);
	mmt_restore(&press->min_free);
	mmt_restore(&press->huge);
	mmt_restore(&press->fraction);
	mmt_restore(&press->boost);
	mmt_restore(&press->scale);
	if (press->cgroup)
		rmdir(CGROUP);
}

bool press_bind(const struct press *press)
{
	unsigned long mask = 1UL << press->node;

	return !syscall(SYS_set_mempolicy, POLICY_BIND, &mask,
			8 * sizeof(mask));
}

/* The helper is beside this program. */
static void press_exec(const struct press *press, char *const argv[])
{
	char path[256] = "";

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (press->cgroup)
		mmt_write(CGROUP "/cgroup.procs", "0");
	if (readlink("/proc/self/exe", path, sizeof(path) - 16) < 0)
		_exit(127);
	strcpy(strrchr(path, '/') + 1, argv[0]);
	execv(path, argv);
	_exit(127);
}

bool press_start(struct press *press, long long mib_a_second)
{
	char node[8], rate[24];
	char *const argv[] = { "mempress", "-n", node, "-c", DISK,
			       "-C", "1000000", "-r", rate, NULL };

	snprintf(node, sizeof(node), "%d", press->node);
	snprintf(rate, sizeof(rate), "%lld", mib_a_second);
	press->pid = fork();
	if (!press->pid)
		press_exec(press, argv);
	return press->pid > 0;
}

void press_hold(const struct press *press)
{
	kill(press->pid, SIGSTOP);
}

void press_stop(struct press *press)
{
	if (press->pid > 0) {
		kill(press->pid, SIGKILL);
		waitpid(press->pid, NULL, 0);
	}
	press->pid = 0;
}

void press_drop(struct press *press)
{
	if (press->disk >= 0)
		close(press->disk);
	press->disk = -1;
}
