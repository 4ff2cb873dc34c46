// SPDX-License-Identifier: GPL-2.0-only
/* Numbers as people read them. */
#include <inttypes.h>
#include <stdio.h>

#include "units.h"
#include "util.h"

#define NS_PER_US	UINT64_C(1000)
#define NS_PER_MS	UINT64_C(1000000)
#define NS_PER_S	UINT64_C(1000000000)

/* Three digits or more, whatever the magnitude; a unit of its own for each. */
static struct mms_unit scaled(double v, double step, const char *const *units,
			      size_t n, const char *gap)
{
	struct mms_unit u;
	size_t i = 0;

	while (i + 1 < n && v >= step - 0.5) {
		v /= step;
		i++;
	}
	if (!i || v >= 99.95)
		snprintf(u.s, sizeof(u.s), "%.0f%s%s", v, gap, units[i]);
	else
		snprintf(u.s, sizeof(u.s), "%.1f%s%s", v, gap, units[i]);
	return u;
}

struct mms_unit mms_size(double bytes)
{
	static const char *const units[] = {
		"", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi",
	};

	return scaled(bytes, 1024, units, MMS_ARRAY_SIZE(units), "");
}

struct mms_unit mms_size_long(double bytes)
{
	static const char *const units[] = {
		"bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB",
	};

	return scaled(bytes, 1024, units, MMS_ARRAY_SIZE(units), " ");
}

struct mms_unit mms_count(double count)
{
	static const char *const units[] = { "", "k", "M", "G", "T", "P", "E" };
	uint64_t n = mms_whole(count);
	struct mms_unit u;

	if (n < 100000) {
		snprintf(u.s, sizeof(u.s), "%" PRIu64, n);
		return u;
	}
	return scaled(count, 1000, units, MMS_ARRAY_SIZE(units), "");
}

struct mms_unit mms_time(double duration)
{
	uint64_t ns = mms_whole(duration);
	uint64_t s = mms_sum(ns, NS_PER_S / 2) / NS_PER_S;
	struct mms_unit u;

	if (!ns)
		snprintf(u.s, sizeof(u.s), "0");
	else if (ns < NS_PER_US)
		snprintf(u.s, sizeof(u.s), "%" PRIu64 "ns", ns);
	else if (ns < NS_PER_MS)
		snprintf(u.s, sizeof(u.s), "%" PRIu64 "us", ns / NS_PER_US);
	else if (ns < NS_PER_S)
		snprintf(u.s, sizeof(u.s), "%" PRIu64 "ms", ns / NS_PER_MS);
	else if (ns < 59950 * NS_PER_MS)
		snprintf(u.s, sizeof(u.s), "%.1fs", (double)ns / NS_PER_S);
	else if (s < 3600)
		snprintf(u.s, sizeof(u.s), "%um%02us", (unsigned int)s / 60,
			 (unsigned int)s % 60);
	else if (s < 86400)
		snprintf(u.s, sizeof(u.s), "%uh%02um", (unsigned int)s / 3600,
			 (unsigned int)s / 60 % 60);
	else if (s < 100 * 86400)
		snprintf(u.s, sizeof(u.s), "%ud%02uh",
			 (unsigned int)(s / 86400),
			 (unsigned int)(s / 3600 % 24));
	else
		snprintf(u.s, sizeof(u.s), "%ud", (unsigned int)(s / 86400));
	return u;
}

struct mms_unit mms_percent(double part, double whole)
{
	double p = whole > 0 ? 100 * part / whole : 0;
	struct mms_unit u;

	if (part <= 0 || whole <= 0)
		snprintf(u.s, sizeof(u.s), "0");
	else if (p < 0.05)
		snprintf(u.s, sizeof(u.s), "<0.1%%");
	else if (p >= 99.95 && part < whole)
		snprintf(u.s, sizeof(u.s), ">99.9");
	else if (p >= 99.95)
		snprintf(u.s, sizeof(u.s), "100%%");
	else
		snprintf(u.s, sizeof(u.s), "%.1f%%", p);
	return u;
}
