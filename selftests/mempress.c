// SPDX-License-Identifier: GPL-2.0-only
/*
 * Presses on the memory of one node: fills the page cache from a file at a
 * given rate, then takes memory of its own, then keeps that for a while. It is
 * the first to go if memory runs out, and stops before that if told a floor.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* <linux/mempolicy.h> is not everywhere */
#define POLICY_BIND	2

#define MIB		1048576UL
#define CHUNK		65536UL

static int node = -1;
static unsigned long floor_mib;

static void say_usage(void)
{
	fputs("usage: mempress [-n NODE] [-c FILE -C MIB [-r MIB_A_SECOND]]\n"
	      "                [-m MIB] [-p PASSES] [-f MIB] [-k SECONDS]\n"
	      "  -n  take memory from this node only\n"
	      "  -c  read this file, round and round, ...\n"
	      "  -C  ... until so much has been read, ...\n"
	      "  -r  ... so fast at most\n"
	      "  -m  then take so much memory\n"
	      "  -p  and write to it that often (1)\n"
	      "  -f  but stop when the node has less than this free\n"
	      "  -k  then keep it, after a line on stdout that says so\n",
	      stderr);
	exit(2);
}

static void die(const char *what)
{
	fprintf(stderr, "mempress: %s: %s\n", what, strerror(errno));
	exit(1);
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static void nap(double seconds)
{
	struct timespec ts = { seconds, (seconds - (long)seconds) * 1e9 };

	nanosleep(&ts, NULL);
}

static void bind_to_node(void)
{
	unsigned long mask = 1;

	mask <<= node;
	if (syscall(SYS_set_mempolicy, POLICY_BIND, &mask, 8 * sizeof(mask)))
		die("set_mempolicy");
}

/* Free memory of the node in MiB, or a lot where that is not known. */
static unsigned long node_free(void)
{
	unsigned long kib = ~0UL;
	char line[128];
	FILE *file;

	snprintf(line, sizeof(line),
		 "/sys/devices/system/node/node%d/meminfo", node);
	file = fopen(line, "r");
	if (!file)
		return kib;
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "Node %*d MemFree: %lu", &kib) == 1)
			break;
	fclose(file);
	return kib / 1024;
}

static bool at_floor(void)
{
	return floor_mib && node_free() < floor_mib;
}

static void read_cache(const char *path, unsigned long mib, double rate)
{
	int fd = open(path, O_RDONLY);
	size_t done = 0, size = mib * MIB;
	static char buffer[CHUNK];
	double start = now();
	ssize_t n;

	if (fd < 0)
		die(path);
	while (done < size) {
		n = read(fd, buffer, CHUNK);
		if (n < 0)
			die(path);
		if (!n && lseek(fd, 0, SEEK_SET))
			die(path);
		done += n;
		if (rate > 0 && done / (rate * MIB) > now() - start)
			nap(done / (rate * MIB) - (now() - start));
	}
	/* Stays open: a block device's cache goes when nobody has it open. */
}

/* Different in every page, so that nothing can store it as one. */
static void write_pages(char *memory, size_t from, size_t to, int pass)
{
	size_t page = getpagesize();

	for (; from < to; from += page)
		*(size_t *)(memory + from) = from + pass;
}

static void take(size_t size, int passes)
{
	size_t at, end = size;
	char *memory;

	memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		die("mmap");
	/* Page by page: huge pages would be taken whole */
	madvise(memory, size, MADV_NOHUGEPAGE);
	for (int pass = 0; pass < passes; pass++)
		for (at = 0; at < end; at += MIB) {
			if (!pass && at_floor())
				end = at;
			else
				write_pages(memory, at, at + MIB, pass);
		}
}

int main(int argc, char **argv)
{
	unsigned long cache_mib = 0, mib = 0, keep = 0;
	const char *file = NULL;
	double rate = 0;
	int opt, passes = 1;
	int fd = open("/proc/self/oom_score_adj", O_WRONLY);

	while ((opt = getopt(argc, argv, "n:c:C:r:m:p:f:k:")) != -1)
		switch (opt) {
		case 'n':
			node = atoi(optarg);
			break;
		case 'c':
			file = optarg;
			break;
		case 'C':
			cache_mib = strtoul(optarg, NULL, 10);
			break;
		case 'r':
			rate = strtod(optarg, NULL);
			break;
		case 'm':
			mib = strtoul(optarg, NULL, 10);
			break;
		case 'p':
			passes = atoi(optarg);
			break;
		case 'f':
			floor_mib = strtoul(optarg, NULL, 10);
			break;
		case 'k':
			keep = strtoul(optarg, NULL, 10);
			break;
		default:
			say_usage();
		}
	if (optind != argc)
		say_usage();
	if (write(fd, "1000", 4) != 4)
		fputs("mempress: cannot offer itself to the OOM killer\n",
		      stderr);
	close(fd);
	if (node >= 0)
		bind_to_node();
	if (file)
		read_cache(file, cache_mib, rate);
	if (mib)
		take(mib * MIB, passes);
	puts("keeping");
	fflush(stdout);
	sleep(keep);
	return 0;
}
