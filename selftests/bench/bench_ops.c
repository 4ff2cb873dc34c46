// SPDX-License-Identifier: GPL-2.0-only
/*
 * bench_ops OP [ARGUMENT]...: does something many times and prints what one of
 * it cost in instructions, kernel and all. That is what the CPU's time stamp
 * counter counts in a guest of "selftests/vm/run --icount", and nowhere else.
 *
 *	exact		exits with 0 if instructions are what is counted here
 *	fault [N]	touch a page of anonymous memory, and give it back
 *	tmpfs [N]	write a page of a file in /dev/shm
 *	lock [N]	touch a page of a mapped file, which takes its free lock
 *	cached DEV [N]	read a page that is in the page cache
 *	stream DEV N	read pages one after the other, more than there is memory
 *	wait DEV [N]	read a page that is not there yet, and sleep meanwhile
 *	table FILE...	read a whole file; also prints its lines but the first
 *	cpus N OP ...	the same on the first N CPUs at once, with pages of its own
 *			on each. Instructions are for QEMU's plugin to count, see
 *			insn_count.c; prints how often what was done: "OP N ROUNDS NR"
 *	together DEV [N] as "wait", but all CPUs read the same pages
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/fs.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE	4096L
#define ROUNDS	5
/* MPOL_BIND of <linux/mempolicy.h> */
#define BIND	2

/**
 * struct op - something to measure
 * @name: as the command line has it
 * @nr: how often it is done in a round, if the command line does not say
 * @rounds: rounds, of which the cheapest counts
 * @device: it wants a block device
 * @prepare: before each round; may be NULL
 * @run: one round, 0 or -1
 */
struct op {
	const char *name;
	long nr;
	int rounds;
	bool device;
	void (*prepare)(int fd, long nr);
	int (*run)(int fd, long nr);
};

static char buffer[1 << 16];
/* Where a CPU's part of the device begins */
static long first_page;

static unsigned long long now(void)
{
#ifdef __x86_64__
	unsigned int low, high;

	__asm__ volatile ("rdtsc" : "=a"(low), "=d"(high));
	return (unsigned long long)high << 32 | low;
#else
	return 0;
#endif
}

/* While nothing runs the guest's clock jumps: that was no instruction. */
static unsigned long long idle(void)
{
	FILE *f = fopen("/proc/timer_list", "r");
	unsigned long long ns, sum = 0;
	char line[256];

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, " .idle_sleeptime : %llu", &ns) == 1 ||
		    sscanf(line, " .iowait_sleeptime: %llu", &ns) == 1)
			sum += ns;
	if (f)
		fclose(f);
	return sum;
}

/* A loop of two instructions, twice as long the second time. */
static unsigned long long loop(long n)
{
	unsigned long long begin = now();

#ifdef __x86_64__
	__asm__ volatile ("1: dec %0; jnz 1b" : "+r"(n) : : "cc");
#endif
	return now() - begin;
}

static int exact(void)
{
	for (int try = 0; try < 3; try++)
		if (loop(20000) - loop(10000) == 20000)
			return 0;
	return 1;
}

static int fault(int fd, long nr)
{
	char *p = mmap(NULL, nr * PAGE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED || madvise(p, nr * PAGE, MADV_NOHUGEPAGE))
		return -1;
	for (long i = 0; i < nr; i++)
		p[i * PAGE] = 1;
	return munmap(p, nr * PAGE);
}

static int shm_file(void)
{
	char path[] = "/dev/shm/benchXXXXXX";
	int fd = mkstemp(path);

	unlink(path);
	return fd;
}

static int write_all(int fd, long nr)
{
	for (long i = 0; i < nr; i++)
		if (pwrite(fd, buffer, PAGE, i * PAGE) != PAGE)
			return -1;
	return 0;
}

static int tmpfs(int fd, long nr)
{
	int status;

	fd = shm_file();
	status = write_all(fd, nr);
	close(fd);
	return status;
}

static void lock_prepare(int fd, long nr)
{
	write_all(fd, nr);
}

/* A write to shared memory maps just the one page, and locks it for that. */
static int lock(int fd, long nr)
{
	char *p = mmap(NULL, nr * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (p == MAP_FAILED)
		return -1;
	for (long i = 0; i < nr; i++)
		p[i * PAGE] = 1;
	return munmap(p, nr * PAGE);
}

static int read_pages(int fd, long nr)
{
	for (long i = 0; i < nr; i++)
		if (pread(fd, buffer, PAGE, (first_page + i) * PAGE) != PAGE)
			return -1;
	return 0;
}

static int read_same_pages(int fd, long nr)
{
	first_page = 0;
	return read_pages(fd, nr);
}

static void cached_prepare(int fd, long nr)
{
	read_pages(fd, nr);
}

static int stream(int fd, long nr)
{
	const long size = sizeof(buffer);

	for (long at = 0; at < nr * PAGE; at += size)
		if (pread(fd, buffer, size, at) != size)
			return -1;
	return 0;
}

static void wait_prepare(int fd, long nr)
{
	ioctl(fd, BLKFLSBUF, 0);
	posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM);
}

static const struct op ops[] = {
	{ "fault", 20000, ROUNDS, false, NULL, fault },
	{ "tmpfs", 5000, ROUNDS, false, NULL, tmpfs },
	{ "lock", 5000, ROUNDS, false, lock_prepare, lock },
	{ "cached", 5000, ROUNDS, true, cached_prepare, read_pages },
	{ "stream", 0, 1, true, NULL, stream },
	{ "wait", 2000, ROUNDS, true, wait_prepare, read_pages },
	{ "together", 2000, ROUNDS, true, wait_prepare, read_same_pages },
};

static unsigned long long once(const struct op *op, int fd, long nr)
{
	unsigned long long slept, begin, end;

	if (op->prepare)
		op->prepare(fd, nr);
	slept = idle();
	begin = now();
	if (op->run(fd, nr)) {
		perror(op->name);
		exit(1);
	}
	end = now();
	return end - begin - (idle() - slept);
}

/*
 * What a page costs depends a little on how free memory lies in pieces, and
 * whatever is loaded takes some: of the CPU's own node. So take the other one's.
 */
static void use_node(int node)
{
	unsigned long mask = 1UL << node;

	syscall(SYS_set_mempolicy, BIND, &mask, 8 * sizeof(mask));
}

/* What it works on, and how often */
static int open_what(const struct op *op, char **args, long *nr)
{
	int fd;

	if (op->device)
		fd = open(*args ? *args++ : "", O_RDONLY);
	else
		fd = shm_file();
	*nr = *args ? atol(*args) : op->nr;
	if (fd < 0 || *nr <= 0) {
		perror(op->name);
		exit(1);
	}
	return fd;
}

static int measure(const struct op *op, char **args)
{
	unsigned long long least = -1ULL, cost;
	long nr;
	int fd;

	if (op->rounds > 1)
		use_node(1);
	fd = open_what(op, args, &nr);
	for (int i = 0; i < op->rounds; i++) {
		cost = once(op, fd, nr);
		if (cost < least)
			least = cost;
	}
	printf("%s %.2f\n", op->name, (double)least / nr);
	return 0;
}

/* No-ops that nobody has use for, but the plugin that looks for them */
static void mark(bool end)
{
#ifdef __x86_64__
	if (end)
		__asm__ volatile ("nopl 0x6d6d7301(%%rax)" : : : "memory");
	else
		__asm__ volatile ("nopl 0x6d6d7300(%%rax)" : : : "memory");
#endif
}

/* One CPU's part of a round: begins when all are there. */
static void round_on(int cpu, int cpus, int *there, const struct op *op, int fd,
		     long nr)
{
	cpu_set_t set;
	int status;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set)) {
		/* Nobody is to wait for this one */
		__atomic_fetch_add(there, cpus, __ATOMIC_SEQ_CST);
		_exit(1);
	}
	first_page = cpu * nr;
	/* The parent's page until it is written to */
	memset(buffer, 1, sizeof(buffer));
	__atomic_fetch_add(there, 1, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(there, __ATOMIC_SEQ_CST) < cpus)
		;
	mark(false);
	status = op->run(fd, nr);
	mark(true);
	_exit(status ? 1 : 0);
}

static int round_on_cpus(int cpus, const struct op *op, int fd, long nr)
{
	int *there = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status, failed = 0;

	if (there == MAP_FAILED)
		return -1;
	if (op->prepare)
		op->prepare(fd, nr * cpus);
	for (int cpu = 0; cpu < cpus; cpu++) {
		pid_t pid = fork();

		if (!pid)
			round_on(cpu, cpus, there, op, fd, nr);
		/* With this process go those that are there already */
		if (pid < 0)
			exit(1);
	}
	for (int cpu = 0; cpu < cpus; cpu++)
		failed |= wait(&status) < 0 || status;
	munmap(there, PAGE);
	return failed ? -1 : 0;
}

static int measure_cpus(int cpus, const struct op *op, char **args)
{
	long nr;
	int fd = open_what(op, args, &nr);

	use_node(1);
	for (int i = 0; i < op->rounds; i++)
		if (round_on_cpus(cpus, op, fd, nr))
			return 1;
	printf("%s %d %d %ld\n", op->name, cpus, op->rounds, nr);
	return 0;
}

static int compare(const void *a, const void *b)
{
	const unsigned long long *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static unsigned long long read_file(const char *path, long *lines)
{
	unsigned long long cost = 0, begin;
	int fd = open(path, O_RDONLY);
	ssize_t n = -1;

	*lines = -1;
	while (fd >= 0) {
		begin = now();
		n = read(fd, buffer, sizeof(buffer));
		cost += now() - begin;
		if (n <= 0)
			break;
		for (ssize_t i = 0; i < n; i++)
			*lines += buffer[i] == '\n';
	}
	if (fd >= 0)
		close(fd);
	if (n < 0)
		perror(path);
	return n < 0 ? 0 : cost;
}

static int table(const char *path)
{
	unsigned long long cost[ROUNDS];
	long lines = 0;

	for (int i = 0; i < ROUNDS; i++) {
		cost[i] = read_file(path, &lines);
		if (!cost[i])
			return 1;
	}
	qsort(cost, ROUNDS, sizeof(*cost), compare);
	printf("%s %llu %ld\n", path, cost[ROUNDS / 2], lines);
	return 0;
}

static const struct op *find_op(const char *name)
{
	for (size_t i = 0; i < sizeof(ops) / sizeof(*ops); i++)
		if (name && !strcmp(name, ops[i].name))
			return &ops[i];
	return NULL;
}

int main(int argc, char **argv)
{
	const struct op *op;
	int status = 0;

	memset(buffer, 1, sizeof(buffer));
	if (argc > 1 && !strcmp(argv[1], "exact"))
		return exact();
	if (argc > 1 && !strcmp(argv[1], "table")) {
		for (int i = 2; i < argc; i++)
			status |= table(argv[i]);
		return status;
	}
	if (argc > 3 && !strcmp(argv[1], "cpus")) {
		op = find_op(argv[3]);
		if (op && atoi(argv[2]) > 0)
			return measure_cpus(atoi(argv[2]), op, argv + 4);
	}
	op = find_op(argv[1]);
	if (op)
		return measure(op, argv + 2);
	fprintf(stderr, "usage: bench_ops exact | table FILE... | [cpus N] OP ...\n");
	return 2;
}
