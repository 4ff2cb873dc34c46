// SPDX-License-Identifier: GPL-2.0-only
/* Saving a set of files as a directory or an archive. */
#include <archive.h>
#include <archive_entry.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "save.h"
#include "util.h"

static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n > m && !strcmp(s + n - m, end);
}

static bool is_archive(const char *path)
{
	return ends_with(path, ".tar") || ends_with(path, ".tar.gz") ||
	       ends_with(path, ".tgz") || ends_with(path, ".tar.zst");
}

static bool dir_empty(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *de;
	bool empty = true;

	if (!dir)
		return false;
	while ((de = readdir(dir)))
		empty &= !strcmp(de->d_name, ".") || !strcmp(de->d_name, "..");
	closedir(dir);
	return empty;
}

bool mms_save_refuses(const char *path)
{
	struct stat st;

	if (lstat(path, &st))
		return false;
	if (is_archive(path) && S_ISREG(st.st_mode) && !st.st_size)
		return false;
	if (!is_archive(path) && S_ISDIR(st.st_mode) && dir_empty(path))
		return false;
	mms_error("%s: is already there, and nothing is overwritten", path);
	return true;
}

static bool write_all(int fd, const char *data, size_t len)
{
	ssize_t n;

	while (len) {
		n = write(fd, data, len);
		if (n < 0 && errno != EINTR)
			return false;
		if (n > 0) {
			data += n;
			len -= n;
		}
	}
	return true;
}

/* Make the directories that lead to @name below @dirfd. */
static bool make_parents(int dirfd, const char *name)
{
	char *path = mms_strdup(name), *p;
	bool ok = true;

	for (p = strchr(path, '/'); ok && p; p = strchr(p + 1, '/')) {
		*p = '\0';
		ok = !mkdirat(dirfd, path, 0755) || errno == EEXIST;
		*p = '/';
	}
	free(path);
	return ok;
}

static bool write_file(int dirfd, const struct mms_file *f)
{
	bool ok;
	int fd;

	if (!make_parents(dirfd, f->name))
		return false;
	fd = openat(dirfd, f->name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
		    0600);
	if (fd < 0)
		return false;
	/* Some file systems tell only here that the disk is full. */
	ok = write_all(fd, f->data, f->len) && !fsync(fd);
	return !close(fd) && ok;
}

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static bool interrupted(void)
{
	if (mms_stopped())
		errno = EINTR;
	return mms_stopped();
}

static bool fill_dir(const struct mms_files *fs, const char *tmp)
{
	int fd = open(tmp, O_RDONLY | O_DIRECTORY | O_CLOEXEC), err;
	bool ok = fd >= 0;
	size_t i;

	for (i = 0; ok && i < fs->n; i++)
		ok = !interrupted() && write_file(fd, &fs->file[i]);
	err = errno;
	if (fd >= 0)
		close(fd);
	errno = err;
	return ok;
}

static bool save_dir(const struct mms_files *fs, const char *path, char *tmp)
{
	int err;

	if (!mkdtemp(tmp))
		return false;
	if (fill_dir(fs, tmp) && !rename(tmp, path))
		return true;
	err = errno;
	nftw(tmp, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
	errno = err;
	return false;
}

static bool add_entry(struct archive *a, const struct mms_file *f, time_t now)
{
	struct archive_entry *entry = archive_entry_new();
	bool ok = false;

	if (!entry)
		return false;
	archive_entry_set_pathname(entry, f->name);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_perm(entry, 0600);
	archive_entry_set_size(entry, f->len);
	archive_entry_set_mtime(entry, now, 0);
	if (archive_write_header(a, entry) == ARCHIVE_OK)
		ok = archive_write_data(a, f->data, f->len) ==
			(la_ssize_t)f->len;
	archive_entry_free(entry);
	return ok;
}

static bool set_format(struct archive *a, const char *path)
{
	if (archive_write_set_format_pax_restricted(a) != ARCHIVE_OK)
		return false;
	if (ends_with(path, ".zst"))
		return archive_write_add_filter_zstd(a) == ARCHIVE_OK;
	if (ends_with(path, "gz"))
		return archive_write_add_filter_gzip(a) == ARCHIVE_OK;
	return true;
}

static bool fill_archive(const struct mms_files *fs, const char *path, int fd)
{
	struct archive *a = archive_write_new();
	time_t now = time(NULL);
	bool ok;
	size_t i;
	int err;

	ok = a && set_format(a, path) &&
		archive_write_open_fd(a, fd) == ARCHIVE_OK;
	for (i = 0; ok && i < fs->n; i++)
		ok = !interrupted() && add_entry(a, &fs->file[i], now);
	ok = ok && archive_write_close(a) == ARCHIVE_OK;
	err = ok || interrupted() ? errno : archive_errno(a);
	archive_write_free(a);
	errno = err;
	return ok;
}

static bool save_archive(const struct mms_files *fs, const char *path,
			 char *tmp)
{
	int fd = mkstemp(tmp), err;
	bool ok;

	if (fd < 0)
		return false;
	ok = fill_archive(fs, path, fd) && !fsync(fd);
	err = errno;
	if (close(fd) && ok) {
		err = errno;
		ok = false;
	}
	if (ok && rename(tmp, path)) {
		err = errno;
		ok = false;
	}
	if (!ok)
		unlink(tmp);
	errno = err;
	return ok;
}

bool mms_save(const struct mms_files *fs, const char *path)
{
	char *tmp, *name = mms_strdup(path);
	size_t n = strlen(name);
	bool ok;
	int err;

	while (n > 1 && name[n - 1] == '/')
		name[--n] = '\0';
	tmp = mms_format("%s.XXXXXX", name);
	ok = is_archive(name) ? save_archive(fs, name, tmp) :
		save_dir(fs, name, tmp);
	err = errno;
	if (!ok)
		mms_error("%s: not saved, nothing left behind: %s", path,
			  err ? strerror(err) : "write error");
	free(tmp);
	free(name);
	return ok;
}
