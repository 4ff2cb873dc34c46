/* SPDX-License-Identifier: GPL-2.0-only */
/* Saving a set of files, wholly or not at all. */
#ifndef MMS_SAVE_H
#define MMS_SAVE_H

#include <stdbool.h>

#include "files.h"

/**
 * mms_save_refuses() - whether something stands where a set is to be saved
 * @path: where
 *
 * Return: true, said on stderr, unless there is nothing, an empty directory
 * (for a directory) or an empty file (for an archive).
 */
bool mms_save_refuses(const char *path);

/**
 * mms_save() - save a set of files
 * @fs: the files
 * @path: an archive if it ends in .tar, .tar.gz, .tgz or .tar.zst, else a
 *        directory
 *
 * It appears under its name only when all of it is on the disk.
 *
 * Return: false after saying on stderr what is wrong.
 */
bool mms_save(const struct mms_files *fs, const char *path);

#endif
