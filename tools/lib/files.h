/* SPDX-License-Identifier: GPL-2.0-only */
/* A set of files in memory, and where it is read from. */
#ifndef MMS_FILES_H
#define MMS_FILES_H

#include <stdbool.h>
#include <stddef.h>

#define MMS_FILES_MAX		16384
#define MMS_FILES_MAX_BYTES	(256UL << 20)
#define MMS_FILES_MAX_NAME	512

/**
 * struct mms_file - a file
 * @name: path below the top of the set
 * @data: bytes and a NUL; NULL until read
 * @len: bytes without that NUL
 */
struct mms_file {
	char *name;
	char *data;
	size_t len;
};

/**
 * struct mms_files - a set of files, sorted by name
 * @file: the files
 * @n: how many
 * @cap: room
 * @bytes: of all of them
 */
struct mms_files {
	struct mms_file *file;
	size_t n;
	size_t cap;
	size_t bytes;
};

/**
 * mms_read_fd() - read a file whole
 * @fd: open file
 * @max: more bytes than this are an error (EFBIG)
 * @len: how many bytes it has
 *
 * Files of debugfs and /proc say their size is 0, and a table is one take
 * only if one read() returns it, so this asks for much at once.
 *
 * Return: bytes with a NUL behind, or NULL with errno set.
 */
char *mms_read_fd(int fd, size_t max, size_t *len);

/**
 * mms_read_at() - open a regular file and read it whole
 * @dirfd: directory or AT_FDCWD
 * @name: path
 * @max: more bytes than this are an error (EFBIG)
 * @len: how many bytes it has
 *
 * Return: as mms_read_fd().
 */
char *mms_read_at(int dirfd, const char *name, size_t max, size_t *len);

/**
 * mms_files_add() - add a file to a set
 * @fs: the set
 * @name: path
 * @data: bytes, taken over; may be NULL if they are read later
 * @len: how many
 *
 * Return: false with errno set if the set is too large.
 */
bool mms_files_add(struct mms_files *fs, const char *name, char *data,
		   size_t len);

/**
 * mms_files_sort() - sort by name; to be called after adding
 * @fs: the set
 */
void mms_files_sort(struct mms_files *fs);

/**
 * mms_files_find() - find a file
 * @fs: sorted set
 * @name: path
 *
 * Return: the file or NULL.
 */
struct mms_file *mms_files_find(const struct mms_files *fs, const char *name);

/**
 * mms_files_scan() - add the names of the files below a directory
 * @fs: the set
 * @dir: path of the directory
 * @controls: also files that may be written to, which in debugfs are controls
 *
 * Return: false with errno set.
 */
bool mms_files_scan(struct mms_files *fs, const char *dir, bool controls);

/**
 * mms_files_from_archive() - add the files of a tar archive
 * @fs: the set
 * @path: .tar, or one compressed by gzip or zstd
 *
 * Its files are kept in memory, never on disk, so their names can do no harm.
 * Of a small archive that unpacks to very much no more than a part is read.
 *
 * Return: false after saying on stderr what is wrong.
 */
bool mms_files_from_archive(struct mms_files *fs, const char *path);

/**
 * mms_files_free() - free a set
 * @fs: the set
 */
void mms_files_free(struct mms_files *fs);

#endif
