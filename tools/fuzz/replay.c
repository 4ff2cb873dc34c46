// SPDX-License-Identifier: GPL-2.0-only
/*
 * A fuzz target without libFuzzer: TARGET FILE... tries each file, whole and
 * cut off behind some of its lines.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/files.h"
#include "../lib/table.h"
#include "fuzz.h"

#define CUTS	32

/* Bytes in memory of their own, so that a look behind them is seen. */
static void try_bytes(const char *data, size_t len)
{
	uint8_t *copy = malloc(len ? len : 1);

	if (!copy)
		abort();
	memcpy(copy, data, len);
	LLVMFuzzerTestOneInput(copy, len);
	free(copy);
}

static void try_cut(const char *data, size_t len)
{
	size_t lines = 0, n = 0, i;

	for (i = 0; i < len; i++)
		lines += data[i] == '\n';
	for (i = 0; i < len; i++) {
		if (data[i] == '\n' && n++ % (lines / CUTS + 1) == 0)
			try_bytes(data, i + 1);
	}
}

static bool try_file(const char *path)
{
	size_t len = 0;
	char *data;

	data = mms_read_at(AT_FDCWD, path, MMS_TABLE_MAX_BYTES, &len);
	if (!data) {
		perror(path);
		return false;
	}
	/* If it ends here, this was it. */
	fprintf(stderr, "%s\n", path);
	try_cut(data, len);
	try_bytes(data, len);
	free(data);
	return true;
}

int main(int argc, char **argv)
{
	bool ok = argc > 1;
	int i;

	LLVMFuzzerInitialize(&argc, &argv);
	for (i = 1; i < argc; i++)
		ok &= try_file(argv[i]);
	return ok ? 0 : 1;
}
