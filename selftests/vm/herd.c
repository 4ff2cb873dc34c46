// SPDX-License-Identifier: GPL-2.0-only
/*
 * herd FILE PAGE TASKS STEP: so many tasks each read a page of the file, the
 * first one this PAGE, each other the one STEP pages after that of the task
 * before it. The workload of the demo: who comes to a page that is being read
 * waits for it.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE	4096UL

static int read_page(const char *file, unsigned long page)
{
	char buffer[PAGE];
	int fd = open(file, O_RDONLY);

	/* Readahead would read the pages of others, too. */
	if (fd < 0 || posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM) ||
	    pread(fd, buffer, PAGE, page * PAGE) != PAGE) {
		perror(file);
		return 1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	unsigned long page, step;
	int tasks, status = 0, one;

	if (argc != 5) {
		fprintf(stderr, "usage: herd FILE PAGE TASKS STEP\n");
		return 2;
	}
	page = strtoul(argv[2], NULL, 0);
	step = strtoul(argv[4], NULL, 0);
	for (tasks = atoi(argv[3]); tasks > 0; tasks--, page += step)
		if (fork() == 0)
			_exit(read_page(argv[1], page));
	while (wait(&one) > 0)
		status |= one;
	return status != 0;
}
