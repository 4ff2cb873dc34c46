// SPDX-License-Identifier: GPL-2.0-only
/*
 * perf_hold ID: has the trace event with this id open as perf does, until its
 * standard input ends.
 */
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_TRACEPOINT,
		.size = sizeof(attr),
		.sample_period = 1,
		.sample_type = PERF_SAMPLE_RAW,
	};
	char byte;

	if (argc != 2) {
		fprintf(stderr, "usage: %s ID\n", argv[0]);
		return 2;
	}
	attr.config = strtoull(argv[1], NULL, 10);
	/* Of this process on any CPU. It stays open till the process ends. */
	if (syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0) < 0) {
		perror("perf_event_open");
		return 1;
	}
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	return 0;
}
