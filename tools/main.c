// SPDX-License-Identifier: GPL-2.0-only
/* Where the program begins; apart, so that the tests can have their own. */
#include <locale.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd.h"

/* The option parser prints and exits by itself; that is output, too. */
static void check_stdout(void)
{
	if (!mms_flush_stdout())
		_exit(MMS_EXIT_FAIL);
}

int main(int argc, char **argv)
{
	/* Not LC_NUMERIC: tables and JSON have points, not commas. */
	setlocale(LC_CTYPE, "");
	atexit(check_stdout);
	return mms_main(argc, argv);
}
