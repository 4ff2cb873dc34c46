// SPDX-License-Identifier: GPL-2.0-only
/*
 * reader DIRECTORY [open]: reads all files under it again and again until
 * SIGTERM, each at once, in small pieces, and anew through the file that is still
 * open. Then says how many tables it had, how many were bad and what took longest:
 *	tables 1234 bad 0 gone 5 longest_ms 12
 * A table is bad if it is not whole; gone are those removed under the reader.
 * With "open" it only opens and closes them, as fast as it can.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define ROOM 1048576

static char text[ROOM + 1];
static long tables, bad, gone;
static long long longest;
static bool only_open;

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

/* Gives false if there is nothing more to be had from this file. */
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
	if (n < 0 && errno == EIO) {
		gone++;
		return false;
	}
	tables++;
	text[used] = '\0';
	if (n < 0 || !whole(text)) {
		bad++;
		fprintf(stderr, "%s: %zu bytes, %s\n", path, used,
			n < 0 ? strerror(errno) : "not whole");
	}
	return true;
}

static int read_file(const char *path, const struct stat *st, int type,
		     struct FTW *ftw)
{
	int fd;

	(void)ftw;
	if (ended())
		return 1;
	if (type != FTW_F || !(st->st_mode & 0400))
		return 0;
	fd = open(path, O_RDONLY);
	if (fd < 0) {
		gone++;
		return 0;
	}
	if (!only_open && read_table(path, fd, ROOM) &&
	    read_table(path, fd, 100))
		read_table(path, fd, ROOM);
	close(fd);
	if (only_open)
		return 0;
	/* Who never sleeps holds up all who wait for every task to do so */
	usleep(5000);
	return 0;
}

int main(int argc, char **argv)
{
	sigset_t term;

	only_open = argc == 3 && !strcmp(argv[2], "open");
	if (argc != 2 + only_open) {
		fprintf(stderr, "usage: %s DIRECTORY [open]\n", argv[0]);
		return 2;
	}
	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_BLOCK, &term, NULL);
	while (!ended()) {
		nftw(argv[1], read_file, 4, FTW_PHYS);
		usleep(only_open ? 100 : 20000);
	}
	printf("tables %ld bad %ld gone %ld longest_ms %lld\n", tables, bad,
	       gone, longest);
	return bad ? 1 : 0;
}
