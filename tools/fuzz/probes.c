// SPDX-License-Identifier: GPL-2.0-only
/* mmscope probes and version on whatever their tables may hold. */
#include "../lib/util.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct fuzz_run runs[] = {
		{ FUZZ_ASCII, "probes" }, { FUZZ_COLOR, "probes" },
		{ FUZZ_SVG, "probes" }, { FUZZ_JSON, "probes" },
		{ FUZZ_ASCII, "version" }, { FUZZ_UTF8, "version" },
		{ FUZZ_SVG, "version" }, { FUZZ_JSON, "version" },
	};

	fuzz_tables(data, size, runs, MMS_ARRAY_SIZE(runs));
	return 0;
}
