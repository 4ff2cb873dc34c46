// SPDX-License-Identifier: GPL-2.0-only
/* A set of tables from the live debugfs, a directory or an archive. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "files.h"
#include "snapshot.h"
#include "util.h"

#define DEBUGFS		"/sys/kernel/debug"
#define LIVE_DIR	DEBUGFS "/mmscope"
#define STOP		"/sys/module/mmscope/parameters/stop"

/* Looks at rows that take some seconds. */
#define MAX_LOOKS	(100UL << 20)

struct parsed {
	char *name;
	struct mms_table *t;
	enum mms_get result;
	struct parsed *next;
};

/*
 * @dir: where files are read from when they are wanted; NULL for an archive
 * @base: what stands before a table's name in @files
 * @above: what stands before the other files' names: "" or what encloses base
 */
struct mms_snapshot {
	char *source;
	char *dir;
	char *base;
	char *above;
	struct mms_files files;
	struct parsed *parsed;
	bool live;
	bool bad;
};

static const char *live_dir(void)
{
	const char *dir = getenv("MMSCOPE_DEBUGFS");

	return dir && *dir ? dir : LIVE_DIR;
}

static bool debugfs_mounted(void)
{
	struct statfs fs;

	return !statfs(DEBUGFS, &fs) && fs.f_type == DEBUGFS_MAGIC;
}

static void explain_live(const char *dir, int err)
{
	if (strcmp(dir, LIVE_DIR))
		mms_error("%s (from MMSCOPE_DEBUGFS): %s", dir, strerror(err));
	else if (err == EACCES && geteuid())
		mms_error("debugfs can only be read by root: run it with sudo");
	else if (err == EPERM || err == EACCES)
		mms_error("%s: %s: locked down, or without CAP_SYS_ADMIN?", dir,
			  strerror(err));
	else if (err != ENOENT)
		mms_error("%s: %s", dir, strerror(err));
	else if (!debugfs_mounted())
		mms_error("debugfs is not mounted: run 'mount -t debugfs none "
			  DEBUGFS "' as root");
	else if (!access("/sys/module/mmscope", F_OK))
		mms_error("the module is stopped: as root, 'echo 0 > " STOP "'");
	else
		mms_error("the module is not loaded: as root, 'modprobe mmscope' or 'make load'");
}

static bool open_live(struct mms_snapshot *s)
{
	int fd;

	s->dir = mms_strdup(live_dir());
	s->source = mms_strdup("this kernel");
	s->base = mms_strdup("");
	s->above = mms_strdup("");
	s->live = true;
	fd = open(s->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) {
		explain_live(s->dir, errno);
		return false;
	}
	close(fd);
	return true;
}

/* If @file ends in /@name or is @name: what stands before, else NULL. */
static char *prefix_of(const char *file, const char *name)
{
	size_t n = strlen(file), m = strlen(name);
	char *prefix;

	if (n < m || strcmp(file + n - m, name) ||
	    (n > m && file[n - m - 1] != '/'))
		return NULL;
	prefix = mms_strdup(file);
	prefix[n - m] = '\0';
	return prefix;
}

/* The kernel's own files, saved beside our tables: it has a version too. */
static bool is_proc(const char *prefix)
{
	char *above = prefix_of(prefix, "proc/");

	free(above);
	return above;
}

/*
 * Where the tables are: at the top (a copy of the debugfs directory), in
 * mmscope/ (what snapshot writes), or either of these one directory deeper
 * (packed by hand). The shortest path wins.
 */
static char *find_base(const struct mms_files *fs)
{
	static const char *const known[] = {
		"version", "probes", "zones/watermarks",
	};
	char *base = NULL, *p;
	size_t i, k;

	for (i = 0; i < fs->n; i++) {
		for (k = 0; k < MMS_ARRAY_SIZE(known); k++) {
			p = prefix_of(fs->file[i].name, known[k]);
			if (!p)
				continue;
			if (is_proc(p) || (base && strlen(p) >= strlen(base))) {
				free(p);
				continue;
			}
			free(base);
			base = p;
		}
	}
	return base;
}

static bool find_tables(struct mms_snapshot *s, const char *path)
{
	s->base = find_base(&s->files);
	if (!s->base) {
		mms_error("%s: no tables of mmscope in it (such as mmscope/version)",
			  path);
		return false;
	}
	s->above = prefix_of(s->base, "mmscope/");
	if (!s->above)
		s->above = mms_strdup(s->base);
	return true;
}

static bool check_format(struct mms_snapshot *s)
{
	const char *format = mms_snapshot_item(s, "snapshot", "format");

	if (!format || strtol(format, NULL, 10) <= MMS_SNAPSHOT_FORMAT)
		return true;
	mms_error("%s: saved by a newer mmscope: format %s, but this one knows %d",
		  s->source, format, MMS_SNAPSHOT_FORMAT);
	return false;
}

static bool open_saved(struct mms_snapshot *s, const char *path)
{
	struct stat st;

	s->source = mms_strdup(path);
	if (stat(path, &st)) {
		mms_error("%s: %s", path, strerror(errno));
		return false;
	}
	if (S_ISDIR(st.st_mode)) {
		s->dir = mms_strdup(path);
		if (!mms_files_scan(&s->files, path, true)) {
			mms_error("%s: %s", path, strerror(errno));
			return false;
		}
	} else if (!mms_files_from_archive(&s->files, path)) {
		return false;
	}
	return find_tables(s, path) && check_format(s);
}

struct mms_snapshot *mms_snapshot_open(const char *path)
{
	struct mms_snapshot *s = mms_alloc(1, sizeof(*s));

	if (path ? open_saved(s, path) : open_live(s))
		return s;
	mms_snapshot_close(s);
	return NULL;
}

void mms_snapshot_refresh(struct mms_snapshot *s)
{
	struct parsed *p;

	while ((p = s->parsed)) {
		s->parsed = p->next;
		mms_table_free(p->t);
		free(p->name);
		free(p);
	}
}

void mms_snapshot_close(struct mms_snapshot *s)
{
	if (!s)
		return;
	mms_snapshot_refresh(s);
	mms_files_free(&s->files);
	free(s->source);
	free(s->dir);
	free(s->base);
	free(s->above);
	free(s);
}

/* The bytes of any file of the snapshot, by its whole name. */
static char *read_file(struct mms_snapshot *s, const char *name, size_t *len)
{
	struct mms_file *f;
	char *path, *data;
	int err;

	/* Only what was found without following a link, or there is a way out. */
	f = mms_files_find(&s->files, name);
	if (!f && !s->live) {
		errno = ENOENT;
		return NULL;
	}
	if (s->dir) {
		path = mms_format("%s/%s", s->dir, name);
		data = mms_read_at(AT_FDCWD, path, MMS_TABLE_MAX_BYTES, len);
		err = errno;
		free(path);
		errno = err;
		return data;
	}
	data = mms_alloc(f->len + 1, 1);
	memcpy(data, f->data, f->len);
	*len = f->len;
	return data;
}

char *mms_snapshot_raw(struct mms_snapshot *s, const char *name, size_t *len)
{
	char *path = mms_format("%s%s", s->base, name), *data;
	int err;

	data = read_file(s, path, len);
	err = errno;
	free(path);
	errno = err;
	return data;
}

static void read_error(struct mms_snapshot *s, const char *name, int err)
{
	if (s->live && (err == EACCES || err == EPERM))
		explain_live(s->dir, err);
	else
		mms_error("%s: %s: %s", s->source, name, strerror(err));
}

static enum mms_get load(struct mms_snapshot *s, const char *name, char *data,
			 size_t len, struct mms_table **t)
{
	char err[MMS_TABLE_ERR_LEN];

	if (!data && (errno == ENOENT || errno == ENOTDIR))
		return MMS_GET_ABSENT;
	if (!data) {
		read_error(s, name, errno);
		return MMS_GET_BAD;
	}
	*t = mms_table_parse(name, data, len, err);
	if (*t)
		return MMS_GET_OK;
	mms_error("%s: %s", s->source, err);
	return MMS_GET_BAD;
}

/* @name is what the table is called, @path below the snapshot's top. */
static struct parsed *lookup(struct mms_snapshot *s, const char *name,
			     const char *above, const char *rest)
{
	struct parsed *p;
	size_t len = 0;
	char *path, *data;

	for (p = s->parsed; p; p = p->next) {
		if (!strcmp(p->name, name))
			return p;
	}
	p = mms_alloc(1, sizeof(*p));
	p->name = mms_strdup(name);
	path = mms_format("%s%s", above, rest);
	data = read_file(s, path, &len);
	p->result = load(s, name, data, len, &p->t);
	free(path);
	s->bad |= p->result == MMS_GET_BAD;
	p->next = s->parsed;
	s->parsed = p;
	return p;
}

enum mms_get mms_snapshot_get(struct mms_snapshot *s, const char *name,
			      const struct mms_table **t)
{
	struct parsed *p = lookup(s, name, s->base, name);

	*t = p->t;
	return p->result;
}

const struct mms_table *mms_snapshot_table(struct mms_snapshot *s,
					   const char *name)
{
	const struct mms_table *t;

	mms_snapshot_get(s, name, &t);
	return t;
}

void mms_snapshot_say_absent(const struct mms_snapshot *s, const char *name)
{
	if (s->live && access(s->dir, F_OK))
		explain_live(s->dir, errno);
	else
		mms_error("%s: there is no table %s", s->source, name);
}

void mms_snapshot_say_large(struct mms_snapshot *s, const char *name)
{
	mms_error("%s: %s has more rows than can be shown like this", s->source,
		  name);
	s->bad = true;
}

bool mms_snapshot_fits(struct mms_snapshot *s, size_t times,
		       const struct mms_table *t)
{
	if (!t || !times || t->nrows <= MAX_LOOKS / times)
		return true;
	mms_snapshot_say_large(s, t->name);
	return false;
}

bool mms_snapshot_has_nodes(struct mms_snapshot *s, const struct mms_table *t)
{
	int col = mms_table_col(t, "node");
	struct mms_num node;
	size_t i;

	for (i = 0; i < t->nrows; i++) {
		node = mms_cell_num(t, i, col);
		if (node.ok && node.v <= INT_MAX)
			continue;
		mms_error("%s: %s: row %zu: there is no such node", s->source,
			  t->name, i + 1);
		s->bad = true;
		return false;
	}
	return true;
}

void mms_snapshot_say_newer(struct mms_snapshot *s)
{
	const struct mms_table *t = lookup(s, "version", s->base, "version")->t;
	const char *value;
	size_t i;

	for (i = 0; t && i < t->nrows; i++) {
		value = mms_cell(t, i, mms_table_col(t, "value"));
		if (strcmp(mms_cell(t, i, mms_table_col(t, "item")), "format") ||
		    strtol(value, NULL, 10) <= MMS_TABLE_FORMAT)
			continue;
		mms_error("%s has format %s, newer than this tool",
			  mms_cell(t, i, mms_table_col(t, "name")), value);
	}
}

bool mms_snapshot_bad(const struct mms_snapshot *s)
{
	return s->bad;
}

/* What exists may change while a live kernel is watched. */
static void rescan_live(struct mms_snapshot *s)
{
	mms_files_free(&s->files);
	mms_files_scan(&s->files, s->dir, false);
}

const char **mms_snapshot_names(struct mms_snapshot *s, const char *prefix,
				size_t *n)
{
	size_t base = strlen(s->base), len = strlen(prefix), i;
	const char **names, *name;

	if (s->live)
		rescan_live(s);
	names = mms_alloc(s->files.n, sizeof(*names));
	*n = 0;
	for (i = 0; i < s->files.n; i++) {
		name = s->files.file[i].name;
		if (!strncmp(name, s->base, base) &&
		    !strncmp(name + base, prefix, len))
			names[(*n)++] = name + base;
	}
	return names;
}

bool mms_snapshot_live(const struct mms_snapshot *s)
{
	return s->live;
}

const char *mms_snapshot_source(const struct mms_snapshot *s)
{
	return s->source;
}

const char *mms_snapshot_item(struct mms_snapshot *s, const char *item,
			      const char *name)
{
	const struct mms_table *t;
	int ci, cn, cv;
	size_t i;

	if (s->live)
		return NULL;
	t = lookup(s, "manifest", s->above, "manifest")->t;
	if (!t)
		return NULL;
	ci = mms_table_col(t, "item");
	cn = mms_table_col(t, "name");
	cv = mms_table_col(t, "value");
	for (i = 0; i < t->nrows; i++) {
		if (!strcmp(mms_cell(t, i, ci), item) &&
		    !strcmp(mms_cell(t, i, cn), name))
			return mms_cell(t, i, cv);
	}
	return NULL;
}

unsigned long mms_snapshot_page_size(struct mms_snapshot *s)
{
	const char *v = mms_snapshot_item(s, "system", "page_size_bytes");
	unsigned long size = v ? strtoul(v, NULL, 10) : 0;

	if (size >= 512 && size <= 1UL << 30 && !(size & (size - 1)))
		return size;
	return sysconf(_SC_PAGESIZE);
}
