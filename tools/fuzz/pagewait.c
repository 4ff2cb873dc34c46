// SPDX-License-Identifier: GPL-2.0-only
/* mmscope pagewait on whatever its tables may hold. */
#include "../lib/util.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct fuzz_run runs[] = {
		{ FUZZ_ASCII, "pagewait" }, { FUZZ_COLOR, "pagewait -a" },
		{ FUZZ_SVG, "pagewait -a" }, { FUZZ_JSON, "pagewait" },
		{ FUZZ_UTF8, "pagewait 0.001 2" },
		{ FUZZ_JSON, "pagewait 0.001 2" },
	};

	fuzz_tables(data, size, runs, MMS_ARRAY_SIZE(runs));
	return 0;
}
