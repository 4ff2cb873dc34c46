// SPDX-License-Identifier: GPL-2.0-only
/*
 * reader [moving|open] FILE...: reads these again and again until SIGTERM, each at
 * once, in small pieces, and anew through the file that is still open. Then says
 * how many tables it had, how often a file was gone, and what took longest:
 *	tables 1234 gone 5 longest_ms 12
 * A table that is not whole, a file that cannot be opened or read, and one that
 * never was are errors; the first is the last. With "moving" files come and go,
 * and it is no error that one is gone. With "open" they do too, and it only opens
 * and closes them, as fast as it can.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define ROOM 1048576

static char text[ROOM + 1];
static long tables, gone;
static long long longest;
static bool moving, only_open, failed;

/* SIGTERM is blocked, and looked for here. */
static bool ended(void)
{
	sigset_t pending;

	sigpending(&pending);
	return sigismember(&pending, SIGTERM) == 1;
}

static long long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

/* Does every line have as many cells as the first, which ends in taken_ns? */
static bool whole(char *p)
{
	int cells, wanted = 0;
	char *line, *cell, *at, *last;

	for (; (line = strsep(&p, "\n")) && p; wanted = cells) {
		last = NULL;
		for (cells = 0; (cell = strtok_r(cells ? NULL : line, " ", &at));
		     cells++)
			last = cell;
		if (!wanted ? !last || strcmp(last, "taken_ns") : cells != wanted)
			return false;
	}
	return wanted && !*line;
}

static bool fail(const char *path, const char *what)
{
	fprintf(stderr, "%s: %s\n", path, what);
	failed = true;
	return false;
}

static bool read_table(const char *path, int fd, size_t piece)
{
	long long begin = now_ms();
	size_t used = 0;
	ssize_t n = 0;

	do {
		if (piece > ROOM - used)
			piece = ROOM - used;
		n = pread(fd, text + used, piece, used);
		if (n > 0)
			used += n;
	} while (n > 0);
	if (now_ms() - begin > longest)
		longest = now_ms() - begin;
	if (n < 0)
		return fail(path, strerror(errno));
	text[used] = '\0';
	if (!whole(text))
		return fail(path, "not whole");
	tables++;
	return true;
}

/*
 * What open() says of a file that comes or goes: nobody may open it yet, or any
 * more; it is removed; plain rmmod is under way. But nothing takes away a file
 * that is open (mms_close(), module/main.c), so no read may fail.
 */
static bool is_gone(int err)
{
	return moving && (err == EAGAIN || err == ENOENT || err == ENXIO);
}

/* Was it there, and all right? */
static bool read_file(const char *path)
{
	int fd = open(path, O_RDONLY);
	bool good;

	if (fd < 0 && is_gone(errno)) {
		gone++;
		return false;
	}
	if (fd < 0)
		return fail(path, strerror(errno));
	good = only_open || (read_table(path, fd, ROOM) &&
			     read_table(path, fd, 100) &&
			     read_table(path, fd, ROOM));
	close(fd);
	return good;
}

/* Who is ended early has tried each of them once all the same. */
static void read_files(char **paths, size_t n)
{
	bool *had = calloc(n, sizeof(*had));
	size_t i;

	if (!had)
		fail("calloc", strerror(errno));
	for (i = 0; !failed && (i < n || !ended()); i++) {
		had[i % n] |= read_file(paths[i % n]);
		/* Who never sleeps holds up all who wait for every task to do so */
		if (!only_open)
			usleep(5000);
		if (i % n == n - 1)
			usleep(only_open ? 100 : 20000);
	}
	for (i = 0; i < n && !failed; i++)
		if (!had[i])
			fail(paths[i], "never had");
	free(had);
}

int main(int argc, char **argv)
{
	sigset_t term;

	only_open = argc > 1 && !strcmp(argv[1], "open");
	moving = only_open || (argc > 1 && !strcmp(argv[1], "moving"));
	if (argc < 2 + moving) {
		fprintf(stderr, "usage: %s [moving|open] FILE...\n", argv[0]);
		return 2;
	}
	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_BLOCK, &term, NULL);
	read_files(argv + 1 + moving, argc - 1 - moving);
	printf("tables %ld gone %ld longest_ms %lld\n", tables, gone, longest);
	return failed;
}
