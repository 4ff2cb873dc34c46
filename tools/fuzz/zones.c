// SPDX-License-Identifier: GPL-2.0-only
/* mmscope zones on whatever its tables may hold. */
#include "../lib/util.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct fuzz_run runs[] = {
		{ FUZZ_ASCII, "zones" }, { FUZZ_UTF8, "zones -zps" },
		{ FUZZ_COLOR, "zones" }, { FUZZ_SVG, "zones" },
		{ FUZZ_JSON, "zones" }, { FUZZ_UTF8, "zones 0.001 2" },
		{ FUZZ_JSON, "zones 0.001 2" },
	};

	fuzz_tables(data, size, runs, MMS_ARRAY_SIZE(runs));
	return 0;
}
