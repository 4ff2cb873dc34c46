/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the tests of pagewait share: block devices that take their time, tasks
 * that wait for pages of them, and where the kernel says that these are.
 */
#ifndef WAITS_H
#define WAITS_H

#include <stdbool.h>
#include <sys/types.h>

#include "mmstest.h"

#define WT_BALANCING	"/proc/sys/kernel/numa_balancing"
#define WT_PAGE		4096
#define WT_BUCKETS	256
#define WT_MAX_TASKS	400

/**
 * struct wt_device - a null_blk device
 * @path: its device file
 * @config: its directory in configfs
 * @delay_ms: how long a request takes
 * @fd: it is kept open
 * @balancing: what was set of NUMA balancing, which is off meanwhile: when it moves
 *	a page of the test's program, all its tasks wait for that
 */
struct wt_device {
	char path[32];
	char config[64];
	int delay_ms;
	int fd;
	struct mmt_saved balancing;
};

/**
 * wt_device - make a device
 * @device: what was made; wt_device_remove() it
 * @index: its number, of the caller's choice
 * @delay_ms: how long each request is to take
 * @memory: does it keep what is written?
 *
 * Gives false where the kernel has no null_blk.
 */
bool wt_device(struct wt_device *device, int index, int delay_ms, bool memory);

/**
 * wt_device_remove - take it away
 * @device: what wt_device() made, or zeros
 */
void wt_device_remove(struct wt_device *device);

/**
 * wt_drop - forget what is cached of a file or device
 * @path: its path
 */
void wt_drop(const char *path);

/**
 * struct wt_tasks - tasks that wait for a sign and then do something once
 * @pids: they
 * @nr: how many
 * @gate: closing the second end is the sign
 */
struct wt_tasks {
	pid_t pids[WT_MAX_TASKS];
	int nr;
	int gate[2];
};

/**
 * struct wt_job - what a task does
 * @what: a function that does it, in the task, after the sign
 * @path: a file, opened before the sign
 * @offset: a place in it
 * @node: where the task is to take memory, -1 for anywhere
 * @comm: its name, NULL for that of the test
 */
struct wt_job {
	int (*what)(int fd, const struct wt_job *job);
	const char *path;
	off_t offset;
	int node;
	const char *comm;
};

/**
 * wt_read_page - a job: read one page, without reading ahead
 * @fd: the file
 * @job: the job
 */
int wt_read_page(int fd, const struct wt_job *job);

/**
 * wt_sync_page - a job: wait until one page has been written back
 * @fd: the file
 * @job: the job
 */
int wt_sync_page(int fd, const struct wt_job *job);

/**
 * wt_write_page - a job: write one page and wait until that has been done
 * @fd: the file
 * @job: the job
 */
int wt_write_page(int fd, const struct wt_job *job);

/**
 * wt_tasks_init - no tasks yet
 * @tasks: zeros
 */
bool wt_tasks_init(struct wt_tasks *tasks);

/**
 * wt_task - one more task
 * @tasks: the tasks
 * @job: what it is to do
 */
bool wt_task(struct wt_tasks *tasks, const struct wt_job *job);

/**
 * wt_go - the sign
 * @tasks: the tasks
 */
void wt_go(struct wt_tasks *tasks);

/**
 * wt_blocked - how many of them wait for a page now, by /proc/PID/wchan
 * @tasks: the tasks
 */
int wt_blocked(const struct wt_tasks *tasks);

/**
 * wt_all_blocked - wait until so many wait for a page
 * @tasks: the tasks
 * @nr: how many
 *
 * Gives when that was seen, or 0 if it did not come to that, or cannot any more, for
 * some have ended.
 */
long long wt_all_blocked(const struct wt_tasks *tasks, int nr);

/**
 * wt_join - wait for the tasks to end
 * @tasks: the tasks
 *
 * Gives how many did not do their job.
 */
int wt_join(struct wt_tasks *tasks);

/**
 * wt_pfn - page frame of a cached page of a file, by /proc/self/pagemap
 * @path: the file
 * @offset: place in it
 * @node: if not NULL, its node
 *
 * MMT_BAD if that is not to be had.
 */
long long wt_pfn(const char *path, off_t offset, int *node);

/**
 * wt_mapped_pfn - page frame of what the caller has mapped somewhere
 * @addr: where
 *
 * By /proc/self/pagemap. MMT_BAD if there is none now.
 */
long long wt_mapped_pfn(const void *addr);

/**
 * wt_base - where struct pages begin, by /proc/kallsyms and /proc/kcore
 *
 * Gives 0 where the kernel has not both.
 */
unsigned long long wt_base(void);

/**
 * wt_bucket - which bucket a page frame hashes to
 * @base: where struct pages begin
 * @pfn: the page frame
 */
int wt_bucket(unsigned long long base, long long pfn);

/**
 * wt_total - sum of a column
 * @table: the table
 * @column: the column
 */
long long wt_total(const struct mmt_table *table, const char *column);

/**
 * wt_row - the first row where a column has this text
 * @table: the table
 * @column: the column
 * @text: the text
 *
 * -1 where there is none.
 */
int wt_row(const struct mmt_table *table, const char *column, const char *text);

#endif
