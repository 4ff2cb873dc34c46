// SPDX-License-Identifier: GPL-2.0-only
/* mmscope kswapd on whatever its tables may hold. */
#include "../lib/util.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct fuzz_run runs[] = {
		{ FUZZ_ASCII, "kswapd" }, { FUZZ_COLOR, "kswapd -r" },
		{ FUZZ_SVG, "kswapd" }, { FUZZ_JSON, "kswapd" },
		{ FUZZ_UTF8, "kswapd 0.001 2" },
		{ FUZZ_JSON, "kswapd 0.001 2" },
	};

	fuzz_tables(data, size, runs, MMS_ARRAY_SIZE(runs));
	return 0;
}
