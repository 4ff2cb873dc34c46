// SPDX-License-Identifier: GPL-2.0-only
/* mmscope snapshot: save all tables, and what explains them. */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../module/version.h"
#include "cmd.h"
#include "lib/files.h"
#include "lib/json.h"
#include "lib/save.h"
#include "lib/text.h"
#include "lib/units.h"

#define MAX_EXTRA_BYTES		(16UL << 20)
#define MAX_TASKS		16

/* What explains the tables when the machine is out of reach. */
static const char *const extras[] = {
	"/proc/buddyinfo",
	"/proc/cmdline",
	"/proc/meminfo",
	"/proc/pagetypeinfo",
	"/proc/pressure/memory",
	"/proc/swaps",
	"/proc/sys/vm/*",
	"/proc/version",
	"/proc/vmstat",
	"/proc/zoneinfo",
	"/sys/devices/system/node/has_*",
	"/sys/devices/system/node/node[0-9]*/cpulist",
	"/sys/devices/system/node/node[0-9]*/distance",
	"/sys/devices/system/node/node[0-9]*/meminfo",
	"/sys/devices/system/node/node[0-9]*/numastat",
	"/sys/devices/system/node/node[0-9]*/vmstat",
	"/sys/devices/system/node/online",
	"/sys/devices/system/node/possible",
	"/sys/kernel/mm/lru_gen/enabled",
	"/sys/kernel/mm/transparent_hugepage/enabled",
};

/* @manifest: a table like any other; @missed: files that could not be read */
struct saving {
	struct mms_files files;
	struct mms_buf manifest;
	size_t missed;
	char taken[MMS_UNIT_LEN];
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	const char **path = state->input;

	if (key != 'o')
		return ARGP_ERR_UNKNOWN;
	if (!*arg)
		argp_error(state, "--output needs a path");
	*path = arg;
	return 0;
}

static void note(struct saving *sv, const char *item, const char *name,
		 const char *value)
{
	const char *const cells[] = { item, name, value };
	size_t i;

	for (i = 0; i < MMS_ARRAY_SIZE(cells); i++) {
		mms_text_escape(&sv->manifest, cells[i]);
		mms_buf_printf(&sv->manifest, " ");
	}
	mms_buf_printf(&sv->manifest, "%s\n", sv->taken);
}

static bool add(struct saving *sv, const char *name, char *data, size_t len)
{
	if (!data) {
		note(sv, "missing", name, strerror(errno));
		sv->missed++;
		return true;
	}
	if (mms_files_add(&sv->files, name, data, len))
		return true;
	mms_error("the snapshot is larger than %lu MiB",
		  MMS_FILES_MAX_BYTES >> 20);
	return false;
}

static bool add_tables(struct saving *sv, struct mms_snapshot *s)
{
	const char **names;
	size_t n, i, len = 0;
	bool ok = true;
	char *name, *data;

	names = mms_snapshot_names(s, "", &n);
	for (i = 0; ok && i < n; i++) {
		name = mms_format("mmscope/%s", names[i]);
		data = mms_snapshot_raw(s, names[i], &len);
		ok = add(sv, name, data, len);
		free(name);
	}
	if (!n) {
		mms_error("%s: no tables to save", mms_snapshot_source(s));
		ok = false;
	}
	free(names);
	return ok;
}

/* Some files of /proc/sys/vm do something when they are read, or cannot be. */
static bool is_trigger(const char *path)
{
	static const char *const triggers[] = {
		"/proc/sys/vm/compact_memory", "/proc/sys/vm/drop_caches",
		"/proc/sys/vm/stat_refresh",
	};
	size_t i;

	for (i = 0; i < MMS_ARRAY_SIZE(triggers); i++) {
		if (!strcmp(path, triggers[i]))
			return true;
	}
	return false;
}

static bool add_extra(struct saving *sv, const char *pattern)
{
	size_t i, len = 0;
	bool ok = true;
	char *data;
	glob_t g;

	if (glob(pattern, 0, NULL, &g)) {
		errno = ENOENT;
		return add(sv, pattern + 1, NULL, 0);
	}
	for (i = 0; ok && i < g.gl_pathc; i++) {
		if (is_trigger(g.gl_pathv[i]))
			continue;
		data = mms_read_at(AT_FDCWD, g.gl_pathv[i], MAX_EXTRA_BYTES,
				   &len);
		ok = add(sv, g.gl_pathv[i] + 1, data, len);
	}
	globfree(&g);
	return ok;
}

/* Policy and allowed nodes of a task that was pressed, if it still lives. */
static bool add_task(struct saving *sv, uint64_t pid)
{
	static const char *const names[] = { "cgroup", "numa_maps", "status" };
	bool ok = true;
	char *pattern;
	size_t i;

	for (i = 0; ok && i < MMS_ARRAY_SIZE(names); i++) {
		pattern = mms_format("/proc/%" PRIu64 "/%s", pid, names[i]);
		ok = add_extra(sv, pattern);
		free(pattern);
	}
	return ok;
}

static bool add_tasks(struct saving *sv, struct mms_snapshot *s)
{
	const struct mms_table *t = mms_snapshot_table(s, "zones/pressed");
	uint64_t pids[MAX_TASKS], pid;
	size_t i, k, n = 0;
	bool ok = true;

	for (i = 0; ok && t && i < t->nrows && n < MAX_TASKS; i++) {
		pid = mms_cell_num(t, i, mms_table_col(t, "pid")).v;
		for (k = 0; k < n && pids[k] != pid; k++)
			;
		/* 0 is whoever was interrupted. */
		if (!pid || k < n)
			continue;
		pids[n++] = pid;
		ok = add_task(sv, pid);
	}
	return ok;
}

static void begin_manifest(struct saving *sv)
{
	struct timespec mono, real;
	char host[256] = "unknown", date[64], num[32];
	struct tm tm;

	clock_gettime(CLOCK_MONOTONIC, &mono);
	clock_gettime(CLOCK_REALTIME, &real);
	gethostname(host, sizeof(host) - 1);
	gmtime_r(&real.tv_sec, &tm);
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%SZ", &tm);
	snprintf(sv->taken, sizeof(sv->taken), "%lld%09ld",
		 (long long)mono.tv_sec, mono.tv_nsec);
	mms_buf_printf(&sv->manifest, "item name value taken_ns\n");
	snprintf(num, sizeof(num), "%d", MMS_SNAPSHOT_FORMAT);
	note(sv, "snapshot", "format", num);
	note(sv, "tool", "version", MMS_VERSION);
	note(sv, "host", "name", host);
	note(sv, "date", "utc", date);
	snprintf(num, sizeof(num), "%ld", sysconf(_SC_PAGESIZE));
	note(sv, "system", "page_size_bytes", num);
	/* Both at one moment, so that one clock can be told from the other. */
	note(sv, "clock", "monotonic_ns", sv->taken);
	snprintf(num, sizeof(num), "%lld%09ld", (long long)real.tv_sec,
		 real.tv_nsec);
	note(sv, "clock", "realtime_ns", num);
}

static bool collect(struct saving *sv, struct mms_snapshot *s)
{
	bool ok;
	size_t i;

	begin_manifest(sv);
	ok = add_tables(sv, s);
	for (i = 0; ok && i < MMS_ARRAY_SIZE(extras); i++)
		ok = add_extra(sv, extras[i]);
	ok = ok && add_tasks(sv, s);
	if (!ok)
		return false;
	ok = mms_files_add(&sv->files, "manifest", sv->manifest.data,
			   sv->manifest.len);
	memset(&sv->manifest, 0, sizeof(sv->manifest));
	mms_files_sort(&sv->files);
	return ok;
}

static char *default_name(void)
{
	char host[256] = "unknown", date[32];
	time_t now = time(NULL);
	struct tm tm;

	gethostname(host, sizeof(host) - 1);
	localtime_r(&now, &tm);
	strftime(date, sizeof(date), "%Y%m%d-%H%M%S", &tm);
	return mms_format("mmscope-%s-%s.tar.gz", host, date);
}

static void tell(const struct saving *sv, const char *path, bool json)
{
	struct json_object *o;

	if (!json) {
		printf("%s: %zu files, %s", path, sv->files.n,
		       mms_size(sv->files.bytes).s);
		if (sv->missed)
			printf(" (%zu could not be read, see its manifest)",
			       sv->missed);
		printf("\n");
		return;
	}
	o = json_object_new_object();
	json_object_object_add(o, "path", mms_json_name(path));
	json_object_object_add(o, "files",
			       json_object_new_uint64(sv->files.n));
	json_object_object_add(o, "content_bytes",
			       json_object_new_uint64(sv->files.bytes));
	json_object_object_add(o, "missing",
			       json_object_new_uint64(sv->missed));
	mms_json_print(o, true);
}

static bool take(const char *path, bool json)
{
	struct mms_snapshot *s;
	struct saving sv = { 0 };
	bool ok;

	if (mms_save_refuses(path))
		return false;
	s = mms_snapshot_open(NULL);
	if (!s)
		return false;
	mms_stop_on_signals();
	ok = collect(&sv, s) && mms_save(&sv.files, path);
	if (ok)
		tell(&sv, path, json);
	mms_snapshot_close(s);
	mms_files_free(&sv.files);
	mms_buf_free(&sv.manifest);
	return ok;
}

int mms_cmd_snapshot(struct mms_ctx *ctx, int argc, char **argv)
{
	const char *path = NULL;
	char *name;
	bool ok;

	mms_parse(ctx, "snapshot", argc, argv, parse, &path);
	if (ctx->input) {
		mms_error("snapshot saves the running kernel; %s is one already",
			  ctx->input);
		return MMS_EXIT_USAGE;
	}
	name = path ? mms_strdup(path) : default_name();
	ok = take(name, ctx->json);
	free(name);
	return ok ? MMS_EXIT_OK : MMS_EXIT_FAIL;
}
