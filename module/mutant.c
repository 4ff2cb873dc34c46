// SPDX-License-Identifier: GPL-2.0-only
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/string.h>

#include "mutant.h"

static char mms_mutant[64];
module_param_string(mutant, mms_mutant, sizeof(mms_mutant), 0600);
MODULE_PARM_DESC(mutant, "column to falsify, as subject/table:column");

static char mms_absent[64];
module_param_string(absent, mms_absent, sizeof(mms_absent), 0400);
MODULE_PARM_DESC(absent, "target of the hook to take for absent");

/* Long enough that no rounding of a time hides it. */
#define MMS_FALSE_NS	1000000007ULL

static bool mms_is_mutant(const char *subject, const char *table,
			  const char *column)
{
	char name[sizeof(mms_mutant)];

	snprintf(name, sizeof(name), "%s%s%s:%s", subject ?: "",
		 subject ? "/" : "", table, column);
	return !strcmp(name, mms_mutant);
}

void mms_mutant_cell(const char *subject, const char *table,
		     const char *column, const char **text, u64 *number)
{
	size_t len = strlen(column);

	if (!mms_mutant[0] || !mms_is_mutant(subject, table, column))
		return;
	if (*text && strcmp(*text, "-")) {
		*text = "false";
	} else if (*text) {
		*text = NULL;
		*number = 0;
	} else {
		*number += DIV_ROUND_UP(*number, 4) + 1;
		if (len > 3 && !strcmp(column + len - 3, "_ns"))
			*number += MMS_FALSE_NS;
	}
}

bool mms_mutant_hides(const char *target)
{
	return !strcmp(target, mms_absent);
}
