// SPDX-License-Identifier: GPL-2.0-only
/* mmscope buddy on whatever its tables may hold. */
#include "../lib/util.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct fuzz_run runs[] = {
		{ FUZZ_ASCII, "buddy" }, { FUZZ_UTF8, "buddy -m" },
		{ FUZZ_COLOR, "buddy" }, { FUZZ_SVG, "buddy" },
		{ FUZZ_SVG, "buddy -m" }, { FUZZ_JSON, "buddy" },
		{ FUZZ_UTF8, "buddy 0.001 2" },
		{ FUZZ_JSON, "buddy 0.001 2" },
	};

	fuzz_tables(data, size, runs, MMS_ARRAY_SIZE(runs));
	return 0;
}
