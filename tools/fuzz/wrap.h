/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Functions that the linker replaces in the fuzz targets, so that tables come
 * from the input and nobody waits: a call of NAME becomes one of __wrap_NAME,
 * and __real_NAME is what it was. See wrap in tools/Makefile.
 */
#ifndef MMS_FUZZ_WRAP_H
#define MMS_FUZZ_WRAP_H

#include <time.h>

#include "../lib/files.h"

char *__wrap_mms_read_at(int dirfd, const char *name, size_t max, size_t *len);
char *__real_mms_read_at(int dirfd, const char *name, size_t max, size_t *len);
bool __wrap_mms_files_scan(struct mms_files *fs, const char *dir,
			   bool controls);
bool __real_mms_files_scan(struct mms_files *fs, const char *dir,
			   bool controls);
int __wrap_clock_nanosleep(clockid_t id, int flags, const struct timespec *at,
			   struct timespec *left);

#endif
