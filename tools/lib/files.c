// SPDX-License-Identifier: GPL-2.0-only
/* A set of files in memory, and where it is read from. */
#include <archive.h>
#include <archive_entry.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "table.h"
#include "util.h"

#define READ_SIZE	65536
#define SCAN_DEPTH	8
#define MAX_UNPACKED	(1024L << 20)

char *mms_read_fd(int fd, size_t max, size_t *len)
{
	struct mms_buf b = { 0 };
	ssize_t n;

	mms_buf_reserve(&b, READ_SIZE);
	b.data[0] = '\0';
	for (;;) {
		n = read(fd, b.data + b.len, b.cap - b.len - 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		b.len += n;
		b.data[b.len] = '\0';
		if (b.len > max) {
			errno = EFBIG;
			n = -1;
			break;
		}
		mms_buf_reserve(&b, b.len);
	}
	if (n < 0) {
		int err = errno;

		mms_buf_free(&b);
		errno = err;
		return NULL;
	}
	*len = b.len;
	return b.data;
}

char *mms_read_at(int dirfd, const char *name, size_t max, size_t *len)
{
	char *data = NULL;
	struct stat st;
	int fd, err;

	/* A saved snapshot may hold a fifo, or a link to what is not its. */
	fd = openat(dirfd, name,
		    O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
	if (fd < 0)
		return NULL;
	if (!fstat(fd, &st)) {
		errno = S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
		if (S_ISREG(st.st_mode))
			data = mms_read_fd(fd, max, len);
	}
	err = errno;
	close(fd);
	errno = err;
	return data;
}

bool mms_files_add(struct mms_files *fs, const char *name, char *data,
		   size_t len)
{
	if (fs->n == MMS_FILES_MAX || fs->bytes + len > MMS_FILES_MAX_BYTES) {
		free(data);
		errno = EFBIG;
		return false;
	}
	if (fs->n == fs->cap) {
		fs->cap = fs->cap ? 2 * fs->cap : 64;
		fs->file = mms_realloc(fs->file, fs->cap, sizeof(*fs->file));
	}
	fs->file[fs->n].name = mms_strdup(name);
	fs->file[fs->n].data = data;
	fs->file[fs->n++].len = len;
	fs->bytes += len;
	return true;
}

static int compare(const void *a, const void *b)
{
	const struct mms_file *x = a, *y = b;

	return strcmp(x->name, y->name);
}

void mms_files_sort(struct mms_files *fs)
{
	if (fs->n)
		qsort(fs->file, fs->n, sizeof(*fs->file), compare);
}

struct mms_file *mms_files_find(const struct mms_files *fs, const char *name)
{
	struct mms_file key = { .name = (char *)name };

	if (!fs->n)
		return NULL;
	return bsearch(&key, fs->file, fs->n, sizeof(*fs->file), compare);
}

static bool scan_entry(struct mms_files *fs, int dirfd, const char *name,
		       const char *path, bool controls, int depth);

static bool scan_dir(struct mms_files *fs, int fd, const char *prefix,
		     bool controls, int depth)
{
	DIR *dir = fdopendir(fd);
	struct dirent *de;
	bool ok = true;
	char *path;

	if (!dir) {
		close(fd);
		return false;
	}
	while (ok && (de = readdir(dir))) {
		if (de->d_name[0] == '.')
			continue;
		path = mms_format("%s%s", prefix, de->d_name);
		ok = scan_entry(fs, fd, de->d_name, path, controls, depth);
		free(path);
	}
	closedir(dir);
	return ok;
}

static bool scan_entry(struct mms_files *fs, int dirfd, const char *name,
		       const char *path, bool controls, int depth)
{
	struct stat st;
	char *prefix;
	bool ok;
	int fd;

	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW))
		return true;
	if (S_ISREG(st.st_mode)) {
		if (!controls && (st.st_mode & 0222))
			return true;
		return mms_files_add(fs, path, NULL, 0);
	}
	if (!S_ISDIR(st.st_mode) || depth == SCAN_DEPTH)
		return true;
	fd = openat(dirfd, name,
		    O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return true;
	prefix = mms_format("%s/", path);
	ok = scan_dir(fs, fd, prefix, controls, depth + 1);
	free(prefix);
	return ok;
}

bool mms_files_scan(struct mms_files *fs, const char *dir, bool controls)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || !scan_dir(fs, fd, "", controls, 0))
		return false;
	mms_files_sort(fs);
	return true;
}

/* The bytes of a member; NULL with errno 0 if libarchive knows what is wrong */
static char *read_member(struct archive *a, size_t *len)
{
	struct mms_buf b = { 0 };
	la_ssize_t n;

	do {
		mms_buf_reserve(&b, READ_SIZE);
		n = archive_read_data(a, b.data + b.len, READ_SIZE);
		if (n > 0)
			b.len += n;
	} while (n > 0 && b.len <= MMS_TABLE_MAX_BYTES);
	if (n) {
		mms_buf_free(&b);
		errno = n > 0 ? EFBIG : 0;
		return NULL;
	}
	b.data[b.len] = '\0';
	*len = b.len;
	return b.data;
}

/* A name that could not be ours is not an error: members may be foreign. */
static const char *member_name(struct archive_entry *entry)
{
	const char *name = archive_entry_pathname(entry);

	if (!name || strlen(name) > MMS_FILES_MAX_NAME ||
	    archive_entry_filetype(entry) != AE_IFREG ||
	    archive_entry_hardlink(entry) ||
	    archive_entry_size(entry) > (la_int64_t)MMS_TABLE_MAX_BYTES)
		return NULL;
	while (!strncmp(name, "./", 2))
		name += 2;
	if (!*name || *name == '/' || !strncmp(name, "../", 3) ||
	    strstr(name, "/../"))
		return NULL;
	return name;
}

/* Left to libarchive, this would read all of it, however much it unpacks to. */
static bool skip_member(struct archive *a)
{
	la_int64_t at;
	const void *p;
	size_t n;
	int r;

	do {
		r = archive_read_data_block(a, &p, &n, &at);
	} while (r == ARCHIVE_OK && archive_filter_bytes(a, 0) < MAX_UNPACKED);
	errno = r == ARCHIVE_OK ? EFBIG : 0;
	return r == ARCHIVE_EOF;
}

static bool add_member(struct mms_files *fs, struct archive *a,
		       struct archive_entry *entry)
{
	const char *name = member_name(entry);
	size_t len;
	char *data;

	if (!name)
		return skip_member(a);
	data = read_member(a, &len);
	return data && mms_files_add(fs, name, data, len);
}

static bool add_members(struct mms_files *fs, struct archive *a)
{
	struct archive_entry *entry;
	int r;

	while ((r = archive_read_next_header(a, &entry)) == ARCHIVE_OK) {
		if (!add_member(fs, a, entry))
			return false;
		errno = EFBIG;
		if (archive_filter_bytes(a, 0) > MAX_UNPACKED)
			return false;
	}
	errno = 0;
	return r == ARCHIVE_EOF;
}

bool mms_files_from_archive(struct mms_files *fs, const char *path)
{
	struct archive *a = archive_read_new();
	bool ok = false;

	errno = ENOMEM;
	/* Only what snapshot writes; every further format is attack surface. */
	if (a && archive_read_support_format_tar(a) == ARCHIVE_OK &&
	    archive_read_support_filter_gzip(a) == ARCHIVE_OK &&
	    archive_read_support_filter_zstd(a) == ARCHIVE_OK) {
		errno = 0;
		ok = archive_read_open_filename(a, path, READ_SIZE) ==
			ARCHIVE_OK && add_members(fs, a);
	}
	if (!ok)
		mms_error("%s: cannot read it as a snapshot archive: %s", path,
			  errno || !a || !archive_error_string(a) ?
			  strerror(errno) : archive_error_string(a));
	archive_read_free(a);
	mms_files_sort(fs);
	return ok;
}

void mms_files_free(struct mms_files *fs)
{
	size_t i;

	for (i = 0; i < fs->n; i++) {
		free(fs->file[i].name);
		free(fs->file[i].data);
	}
	free(fs->file);
	memset(fs, 0, sizeof(*fs));
}
