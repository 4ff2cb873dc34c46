// SPDX-License-Identifier: GPL-2.0-only
/* A file that somebody sent, said to be a snapshot. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../lib/util.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct fuzz_run runs[] = {
		{ FUZZ_UTF8, "version" }, { FUZZ_SVG, "zones" },
		{ FUZZ_JSON, "probes" },
	};
	int fd = memfd_create("archive", MFD_CLOEXEC);
	size_t i;
	char *path;

	FUZZ_CHECK(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	path = mms_format("/proc/self/fd/%d", fd);
	for (i = 0; i < MMS_ARRAY_SIZE(runs); i++)
		fuzz_run(&runs[i], path);
	free(path);
	close(fd);
	return 0;
}
