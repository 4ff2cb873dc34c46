// SPDX-License-Identifier: GPL-2.0-only
/*
 * hog NODE MIB SECONDS: uses that much memory, from that node only, all the
 * time. The workload of the demo: what a process bound by numactl does.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define MPOL_BIND	2
#define PAGE		4096UL
#define MIB		1048576UL

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

static void touch(char *memory, size_t size, double end)
{
	size_t i;

	/* Where there is no better clock, a look at it takes longer than a page. */
	for (i = 0; i < size && (i % MIB || seconds() < end); i += PAGE)
		memory[i]++;
}

int main(int argc, char **argv)
{
	unsigned long nodes;
	size_t size;
	double end;
	char *memory;

	if (argc != 4) {
		fprintf(stderr, "usage: hog NODE MIB SECONDS\n");
		return 2;
	}
	nodes = 1UL << atoi(argv[1]);
	if (syscall(SYS_set_mempolicy, MPOL_BIND, &nodes, 8 * sizeof(nodes))) {
		perror("set_mempolicy");
		return 1;
	}
	size = strtoul(argv[2], NULL, 0) << 20;
	memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED) {
		perror("mmap");
		return 1;
	}
	/* Huge pages would be taken whole, and swapped in pieces. */
	madvise(memory, size, MADV_NOHUGEPAGE);
	end = seconds() + atoi(argv[3]);
	while (seconds() < end)
		touch(memory, size, end);
	return 0;
}
