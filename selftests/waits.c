// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/elf.h>
#include <linux/fs.h>
#include <linux/mempolicy.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "waits.h"

#define CONFIGFS	"/sys/kernel/config"
#define NULLB		CONFIGFS "/nullb"

#define STRUCT_PAGE	64

static bool set(const struct wt_device *device, const char *name,
		long long value)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", device->config, name);
	return mmt_write_number(path, value) == 0;
}

static bool have_null_blk(void)
{
	char *const load[] = { "modprobe", "null_blk", "nr_devices=0", NULL };
	struct stat st;

	if (stat(NULLB, &st) == 0)
		return true;
	mmt_run(load);
	if (stat(NULLB, &st))
		mount("none", CONFIGFS, "configfs", 0, NULL);
	return stat(NULLB, &st) == 0;
}

static bool set_up(const struct wt_device *device, int index, bool memory)
{
	return set(device, "index", index) && set(device, "size", 64) &&
	       set(device, "blocksize", WT_PAGE) &&
	       set(device, "queue_mode", 2) && set(device, "irqmode", 2) &&
	       set(device, "hw_queue_depth", 512) &&
	       set(device, "completion_nsec", device->delay_ms * MMT_MS) &&
	       set(device, "memory_backed", memory) && set(device, "power", 1);
}

bool wt_device(struct wt_device *device, int index, int delay_ms, bool memory)
{
	char path[128];

	memset(device, 0, sizeof(*device));
	if (!have_null_blk())
		return false;
	snprintf(device->path, sizeof(device->path), "/dev/nullb%d", index);
	snprintf(device->config, sizeof(device->config), "%s/nullb%d", NULLB,
		 index);
	device->delay_ms = delay_ms;
	device->fd = -1;
	/* Of a test that was killed */
	set(device, "power", 0);
	rmdir(device->config);
	if (mkdir(device->config, 0700))
		return false;
	if (!set_up(device, index, memory))
		return false;
	/* 5.10 chooses a number itself, later kernels take the directory's name */
	snprintf(path, sizeof(path), "%s/index", device->config);
	if (access(device->path, F_OK))
		snprintf(device->path, sizeof(device->path), "/dev/nullb%lld",
			 mmt_read_number(path));
	/* With the last one who has it open its page cache goes */
	device->fd = open(device->path, O_RDONLY | O_CLOEXEC);
	if (device->fd < 0)
		return false;
	if (mmt_save(&device->balancing, WT_BALANCING))
		mmt_write(WT_BALANCING, "0");
	return true;
}

void wt_device_remove(struct wt_device *device)
{
	if (!device->config[0])
		return;
	if (device->fd >= 0)
		close(device->fd);
	set(device, "power", 0);
	rmdir(device->config);
	mmt_restore(&device->balancing);
	memset(device, 0, sizeof(*device));
}

void wt_drop(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	fsync(fd);
	ioctl(fd, BLKFLSBUF, 0);
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	close(fd);
}

int wt_read_page(int fd, const struct wt_job *job)
{
	char buf[WT_PAGE];

	posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM);
	return pread(fd, buf, sizeof(buf), job->offset) == sizeof(buf) ? 0 : 1;
}

int wt_sync_page(int fd, const struct wt_job *job)
{
	return sync_file_range(fd, job->offset, WT_PAGE,
			       SYNC_FILE_RANGE_WAIT_BEFORE) ? 1 : 0;
}

int wt_write_page(int fd, const struct wt_job *job)
{
	char buf[WT_PAGE] = "written";

	if (pwrite(fd, buf, sizeof(buf), job->offset) != sizeof(buf))
		return 1;
	return sync_file_range(fd, job->offset, WT_PAGE,
			       SYNC_FILE_RANGE_WRITE |
			       SYNC_FILE_RANGE_WAIT_AFTER) ? 1 : 0;
}

bool wt_tasks_init(struct wt_tasks *tasks)
{
	memset(tasks, 0, sizeof(*tasks));
	return pipe2(tasks->gate, O_CLOEXEC) == 0;
}

static void bind_to(int node)
{
	unsigned long mask = 1UL << node;

	if (node >= 0)
		syscall(SYS_set_mempolicy, MPOL_BIND, &mask, 8 * sizeof(mask));
}

static int do_job(const struct wt_tasks *tasks, const struct wt_job *job)
{
	int fd = open(job->path, O_RDWR | O_CLOEXEC);
	char c;

	/* With the test gone nobody would give the sign */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close(tasks->gate[1]);
	if (fd < 0)
		fd = open(job->path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 1;
	if (job->comm)
		prctl(PR_SET_NAME, job->comm);
	while (read(tasks->gate[0], &c, 1) < 0 && errno == EINTR)
		;
	bind_to(job->node);
	return job->what(fd, job);
}

bool wt_task(struct wt_tasks *tasks, const struct wt_job *job)
{
	pid_t pid;

	if (tasks->nr == WT_MAX_TASKS)
		return false;
	pid = fork();
	if (pid < 0)
		return false;
	if (!pid)
		_exit(do_job(tasks, job));
	tasks->pids[tasks->nr++] = pid;
	return true;
}

void wt_go(struct wt_tasks *tasks)
{
	close(tasks->gate[1]);
	close(tasks->gate[0]);
}

static bool is_in(pid_t pid, const char *file, const char *function)
{
	char path[64], *text;
	bool found;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, file);
	text = mmt_slurp(path);
	found = text && strstr(text, function);
	free(text);
	return found;
}

/* In wait_on_page_bit_common() or folio_wait_bit_common(), by kernel */
static bool is_blocked(pid_t pid)
{
	return is_in(pid, "wchan", "_bit_common") ||
	       is_in(pid, "stack", "_bit_common");
}

int wt_blocked(const struct wt_tasks *tasks)
{
	int i, n = 0;

	for (i = 0; i < tasks->nr; i++)
		n += is_blocked(tasks->pids[i]);
	return n;
}

/* Who has ended stays a zombie until wt_join() */
static int not_ended(const struct wt_tasks *tasks)
{
	int n = 0;

	for (int i = 0; i < tasks->nr; i++) {
		siginfo_t info = { 0 };

		waitid(P_PID, tasks->pids[i], &info, WEXITED | WNOHANG | WNOWAIT);
		n += !info.si_pid;
	}
	return n;
}

long long wt_all_blocked(const struct wt_tasks *tasks, int nr)
{
	long long end = mmt_now() + 20 * MMT_SEC;

	while (mmt_now() < end && not_ended(tasks) >= nr) {
		if (wt_blocked(tasks) == nr)
			return mmt_now();
		mmt_sleep_ms(1);
	}
	return 0;
}

int wt_join(struct wt_tasks *tasks)
{
	int i, status, failed = 0;

	for (i = 0; i < tasks->nr; i++)
		failed += waitpid(tasks->pids[i], &status, 0) < 0 || status;
	tasks->nr = 0;
	return failed;
}

long long wt_mapped_pfn(const void *addr)
{
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	unsigned long long entry = 0;

	if (fd < 0 || pread(fd, &entry, sizeof(entry),
			    (uintptr_t)addr / WT_PAGE * sizeof(entry)) !=
		      sizeof(entry))
		entry = 0;
	if (fd >= 0)
		close(fd);
	return entry >> 63 ? (long long)(entry & ((1ULL << 55) - 1)) : MMT_BAD;
}

long long wt_pfn(const char *path, off_t offset, int *node)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	long long pfn = MMT_BAD;
	void *page;

	if (fd < 0)
		return pfn;
	page = mmap(NULL, WT_PAGE, PROT_READ, MAP_SHARED, fd, offset);
	close(fd);
	if (page == MAP_FAILED)
		return pfn;
	__atomic_load_n((char *)page, __ATOMIC_RELAXED);
	pfn = wt_mapped_pfn(page);
	if (node)
		syscall(SYS_get_mempolicy, node, NULL, 0, page,
			MPOL_F_NODE | MPOL_F_ADDR);
	munmap(page, WT_PAGE);
	return pfn;
}

static unsigned long long symbol(const char *name)
{
	unsigned long long addr = 0, value;
	char *text = mmt_slurp("/proc/kallsyms"), *line, *rest;
	char this[128];

	for (line = text; line; line = rest) {
		rest = strchr(line, '\n');
		if (rest)
			*rest++ = '\0';
		if (sscanf(line, "%llx %*c %127s", &value, this) == 2 &&
		    !strcmp(this, name))
			addr = value;
	}
	free(text);
	return addr;
}

/* /proc/kcore is a core file of the kernel: its headers tell what is where. */
static off_t kcore_offset(int fd, unsigned long long addr)
{
	struct elf64_hdr head;
	struct elf64_phdr part;

	if (pread(fd, &head, sizeof(head), 0) != sizeof(head))
		return 0;
	for (int i = 0; i < head.e_phnum; i++) {
		if (pread(fd, &part, sizeof(part), head.e_phoff +
			  i * sizeof(part)) != sizeof(part))
			return 0;
		if (part.p_type == PT_LOAD && addr >= part.p_vaddr &&
		    addr - part.p_vaddr < part.p_memsz)
			return part.p_offset + (addr - part.p_vaddr);
	}
	return 0;
}

unsigned long long wt_base(void)
{
	unsigned long long addr = symbol("vmemmap_base"), base = 0;
	int fd = open("/proc/kcore", O_RDONLY | O_CLOEXEC);
	off_t offset = fd < 0 || !addr ? 0 : kcore_offset(fd, addr);

	if (offset && pread(fd, &base, sizeof(base), offset) != sizeof(base))
		base = 0;
	if (fd >= 0)
		close(fd);
	return base;
}

/* hash_ptr() of the address that the page frame's struct page has there */
int wt_bucket(unsigned long long base, long long pfn)
{
	return ((base + pfn * STRUCT_PAGE) * 0x61C8864680B583EBULL) >> 56;
}

long long wt_total(const struct mmt_table *table, const char *column)
{
	long long value, sum = 0;

	for (int row = 0; row < table->rows; row++) {
		value = mmt_number(table, row, column);
		if (value < 0)
			return value;
		sum += value;
	}
	return sum;
}

int wt_row(const struct mmt_table *table, const char *column, const char *text)
{
	for (int row = 0; row < table->rows; row++)
		if (!strcmp(mmt_text(table, row, column), text))
			return row;
	return -1;
}
