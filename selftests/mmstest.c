// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "mmstest.h"

long long mmt_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * MMT_SEC + ts.tv_nsec;
}

int mmt_slowness(void)
{
	static int slowness;

	if (!slowness)
		slowness = !access("/proc/lockdep", F_OK) ||
			   !access("/sys/kernel/debug/kcsan", F_OK) ? 5 : 1;
	return slowness;
}

void mmt_sleep_ms(int ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * MMT_MS };

	while (nanosleep(&ts, &ts) && errno == EINTR)
		;
}

static char *mmt_slurp_fd(int fd)
{
	size_t size = 1 << 16, used = 0;
	char *text = malloc(size);
	ssize_t n = 1;

	while (text && n) {
		n = read(fd, text + used, size - used - 1);
		if (n < 0) {
			free(text);
			return NULL;
		}
		used += n;
		if (used == size - 1) {
			size *= 2;
			text = realloc(text, size);
		}
	}
	if (text)
		text[used] = '\0';
	return text;
}

char *mmt_slurp(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *text;
	int err;

	if (fd < 0)
		return NULL;
	text = mmt_slurp_fd(fd);
	err = errno;
	close(fd);
	errno = err;
	return text;
}

int mmt_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int err = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		err = -errno;
	close(fd);
	return err;
}

int mmt_write_number(const char *path, long long number)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld", number);
	return mmt_write(path, text);
}

static long long mmt_parse(const char *text)
{
	char *end;
	long long number;

	if (!strcmp(text, "-"))
		return MMT_UNKNOWN;
	number = strtoll(text, &end, 10);
	return end == text || *end ? MMT_BAD : number;
}

long long mmt_read_number(const char *path)
{
	char *text = mmt_slurp(path);
	long long number = MMT_BAD;

	if (text) {
		text[strcspn(text, " \t\n")] = '\0';
		number = mmt_parse(text);
	}
	free(text);
	return number;
}

bool mmt_save(struct mmt_saved *saved, const char *path)
{
	char *text = mmt_slurp(path);

	saved->path = NULL;
	if (text && strlen(text) < sizeof(saved->text)) {
		strcpy(saved->text, text);
		saved->path = path;
	}
	free(text);
	return saved->path;
}

void mmt_restore(struct mmt_saved *saved)
{
	if (saved->path)
		mmt_write(saved->path, saved->text);
	saved->path = NULL;
}

bool mmt_in_list(const char *path, int number)
{
	char *text = mmt_slurp(path);
	bool found = false;
	char *p = text;

	while (p && *p >= '0' && *p <= '9') {
		long first = strtol(p, &p, 10);
		long last = *p == '-' ? strtol(p + 1, &p, 10) : first;

		if (number >= first && number <= last)
			found = true;
		if (*p == ',')
			p++;
	}
	free(text);
	return found;
}

int mmt_run(char *const argv[])
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		return -1;
	if (!pid) {
		execvp(argv[0], argv);
		_exit(127);
	}
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

bool mmt_loaded(void)
{
	return !access(MMT_PARAMS, F_OK);
}

bool mmt_load(void)
{
	char *argv[16] = { "modprobe", "mmscope" };
	const char *env = getenv("MMSCOPE_MODARGS");
	char *args = strdup(env ? env : "");
	int n = 2;
	bool ok;

	for (char *arg = strtok(args, " "); arg && n < 15; arg = strtok(NULL, " "))
		argv[n++] = arg;
	ok = !mmt_run(argv) && !access(MMT_DEBUGFS, F_OK);
	free(args);
	if (!ok)
		fprintf(stderr, "# cannot load the module mmscope\n");
	return ok;
}

bool mmt_unload(void)
{
	char *const argv[] = { "rmmod", "mmscope", NULL };
	int err = mmt_write(MMT_PARAMS "/stop", "1");

	if (err)
		fprintf(stderr, "# stop: %s\n", strerror(-err));
	return !err && !mmt_run(argv);
}

/* Cuts one line into cells. Gives how many. */
static int mmt_cut_line(char *line, char **cells, int room)
{
	char *save = NULL;
	int n = 0;

	for (char *cell = strtok_r(line, " \t", &save); cell;
	     cell = strtok_r(NULL, " \t", &save)) {
		if (n < room)
			cells[n] = cell;
		n++;
	}
	return n;
}

static bool mmt_cut(struct mmt_table *table)
{
	size_t room = strlen(table->text) / 2 + 1;
	char *save = NULL;
	size_t used = 0;

	table->cells = calloc(room, sizeof(*table->cells));
	table->rows = -1;
	for (char *line = strtok_r(table->text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		int n = mmt_cut_line(line, table->cells + used, room - used);

		if (table->rows < 0)
			table->columns = n;
		if (n != table->columns)
			return false;
		used += n;
		table->rows++;
	}
	return table->rows >= 0;
}

bool mmt_table_read(struct mmt_table *table, const char *name)
{
	char path[128];

	memset(table, 0, sizeof(*table));
	snprintf(path, sizeof(path), MMT_DEBUGFS "/%s", name);
	table->before = mmt_now();
	table->text = mmt_slurp(path);
	table->after = mmt_now();
	if (!table->text) {
		fprintf(stderr, "# %s: %s\n", path, strerror(errno));
		return false;
	}
	if (mmt_cut(table))
		return true;
	fprintf(stderr, "# %s: not a table\n", path);
	mmt_table_free(table);
	return false;
}

void mmt_table_free(struct mmt_table *table)
{
	free(table->cells);
	free(table->text);
	memset(table, 0, sizeof(*table));
}

const char *mmt_text(const struct mmt_table *table, int row, const char *column)
{
	for (int i = 0; i < table->columns; i++)
		if (!strcmp(table->cells[i], column))
			return table->cells[(row + 1) * table->columns + i];
	return "";
}

long long mmt_number(const struct mmt_table *table, int row, const char *column)
{
	return mmt_parse(mmt_text(table, row, column));
}

bool mmt_taken_ok(const struct mmt_table *table)
{
	long long first = 0;

	for (int row = 0; row < table->rows; row++) {
		long long taken = mmt_number(table, row, "taken_ns");

		if (!row)
			first = taken;
		if (taken != first || taken < table->before ||
		    taken > table->after) {
			fprintf(stderr, "# taken_ns %lld in row %d, read from %lld to %lld\n",
				taken, row, table->before, table->after);
			return false;
		}
	}
	return true;
}

int mmt_find(const struct mmt_table *table, int node, const char *zone)
{
	for (int row = 0; row < table->rows; row++)
		if (mmt_number(table, row, "node") == node &&
		    !strcmp(mmt_text(table, row, "zone"), zone))
			return row;
	return -1;
}

/* /proc/zoneinfo */

static struct mmt_zone *mmt_zone_new(struct mmt_zoneinfo *info)
{
	struct mmt_zone *zone;

	info->zones = realloc(info->zones, (info->nr + 1) * sizeof(*zone));
	zone = &info->zones[info->nr];
	memset(zone, 0, sizeof(*zone));
	zone->boost = MMT_UNKNOWN;
	zone->promo = MMT_UNKNOWN;
	zone->nr_free = MMT_UNKNOWN;
	info->nr++;
	return zone;
}

static void mmt_zone_begin(struct mmt_zoneinfo *info, const char *line)
{
	struct mmt_zone *zone = mmt_zone_new(info);

	if (sscanf(line, "Node %d, zone %15s", &zone->node, zone->name) != 2)
		zone->node = MMT_BAD;
	if (info->nr > 1 && zone[-1].node == zone->node)
		zone->index = zone[-1].index + 1;
}

static void mmt_zone_protection(struct mmt_zone *zone, const char *line)
{
	const char *p = strchr(line, '(');
	char *end;

	while (p && *p && *p != ')' && zone->nr_protection < MMT_MAX_ZONES) {
		zone->protection[zone->nr_protection++] = strtoll(p + 1, &end, 10);
		p = end;
	}
}

static void mmt_zone_cpu(struct mmt_zone *zone, int cpu)
{
	struct mmt_pcp *pcp = &zone->pcp[zone->nr_pcp];

	if (zone->nr_pcp == MMT_MAX_CPUS)
		return;
	zone->nr_pcp++;
	pcp->cpu = cpu;
	pcp->high_min = MMT_UNKNOWN;
	pcp->high_max = MMT_UNKNOWN;
}

static void mmt_zone_pcp_field(struct mmt_pcp *pcp, const char *name,
			       long long value)
{
	const struct {
		const char *name;
		long long *field;
	} fields[] = {
		{ "count:", &pcp->count }, { "high:", &pcp->high },
		{ "batch:", &pcp->batch }, { "high_min:", &pcp->high_min },
		{ "high_max:", &pcp->high_max },
	};

	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		if (!strcmp(name, fields[i].name))
			*fields[i].field = value;
}

static void mmt_zone_field(struct mmt_zone *zone, const char *name,
			   long long value)
{
	const struct {
		const char *name;
		long long *field;
	} fields[] = {
		{ "boost", &zone->boost }, { "min", &zone->min },
		{ "low", &zone->low }, { "high", &zone->high },
		{ "promo", &zone->promo }, { "spanned", &zone->spanned },
		{ "present", &zone->present }, { "managed", &zone->managed },
		{ "nr_free_pages", &zone->nr_free },
	};

	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		if (!strcmp(name, fields[i].name))
			*fields[i].field = value;
}

static void mmt_zone_line(struct mmt_zone *zone, const char *line)
{
	struct mmt_pcp *pcp = &zone->pcp[zone->nr_pcp ? zone->nr_pcp - 1 : 0];
	char name[64];
	long long value;
	int cpu;

	if (strstr(line, "protection:"))
		mmt_zone_protection(zone, line);
	else if (sscanf(line, " pages free %lld", &value) == 1)
		zone->free = value;
	else if (sscanf(line, " cpu: %d", &cpu) == 1)
		mmt_zone_cpu(zone, cpu);
	else if (sscanf(line, " vm stats threshold: %lld", &value) == 1)
		pcp->threshold = value;
	else if (sscanf(line, " %63s %lld", name, &value) != 2)
		return;
	else if (strchr(name, ':'))
		mmt_zone_pcp_field(pcp, name, value);
	else
		mmt_zone_field(zone, name, value);
}

bool mmt_zoneinfo_read(struct mmt_zoneinfo *info)
{
	char *text = mmt_slurp("/proc/zoneinfo");
	char *save = NULL;

	memset(info, 0, sizeof(*info));
	if (!text)
		return false;
	for (char *line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		if (!strncmp(line, "Node ", 5))
			mmt_zone_begin(info, line);
		else if (info->nr)
			mmt_zone_line(&info->zones[info->nr - 1], line);
	}
	free(text);
	return info->nr > 0;
}

void mmt_zoneinfo_free(struct mmt_zoneinfo *info)
{
	free(info->zones);
	memset(info, 0, sizeof(*info));
}

struct mmt_zone *mmt_populated(const struct mmt_zoneinfo *info,
			       const struct mmt_zone *zone)
{
	int i = zone ? zone - info->zones + 1 : 0;

	for (; i < info->nr; i++)
		if (info->zones[i].present > 0)
			return &info->zones[i];
	return NULL;
}

long long mmt_drift(const struct mmt_zone *zone)
{
	long long drift = 0;

	for (int i = 0; i < zone->nr_pcp; i++)
		drift += zone->pcp[i].threshold;
	return drift;
}

/* tracefs */

/* Cuts the last word off a text. */
static char *mmt_last_word(char *text)
{
	char *p = text + strlen(text);

	while (p > text && p[-1] == ' ')
		*--p = '\0';
	while (p > text && p[-1] != ' ')
		p--;
	return p;
}

/* "    comm-12    [001] d.h2.    12.345678: name: fields", whatever comm is. */
static bool mmt_event_line(char *line, struct mmt_event *event)
{
	char *end = strstr(line, ": ");
	char *word, *dot;
	bool irq;

	event->fields = "";
	/* A name may have that as well; a time has only digits before it. */
	while (end && (end == line || end[-1] < '0' || end[-1] > '9'))
		end = strstr(end + 1, ": ");
	if (line[0] == '#' || !end)
		return false;
	*end = '\0';
	event->name = end + 2;
	end = strchr(end + 2, ':');
	if (end) {
		*end = '\0';
		event->fields = end + 1;
	}
	word = mmt_last_word(line);
	event->at = strtoll(word, &dot, 10) * MMT_SEC;
	if (*dot == '.')
		event->at += strtoll(dot + 1, NULL, 10) * 1000;
	*word = '\0';
	word = mmt_last_word(line);
	irq = strlen(word) > 2 && strchr("hHszZ", word[2]);
	*word = '\0';
	*mmt_last_word(line) = '\0';
	mmt_last_word(line);
	word = strrchr(line, '-');
	event->pid = word && !irq ? atoi(word + 1) : 0;
	return word;
}

/* What is written to it matters not: it is emptied when opened so (kernel/trace/trace.c). */
bool mmt_trace_clear(const char *path)
{
	int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);

	return fd >= 0 && !close(fd);
}

bool mmt_trace_read(struct mmt_trace *trace, const char *path)
{
	char *save = NULL;
	int room;

	memset(trace, 0, sizeof(*trace));
	trace->text = mmt_slurp(path);
	if (!trace->text || strstr(trace->text, "LOST"))
		return false;
	room = strlen(trace->text) / 32 + 1;
	trace->events = calloc(room, sizeof(*trace->events));
	for (char *line = strtok_r(trace->text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save))
		if (trace->nr < room &&
		    mmt_event_line(line, &trace->events[trace->nr]))
			trace->nr++;
	return true;
}

void mmt_trace_free(struct mmt_trace *trace)
{
	free(trace->events);
	free(trace->text);
	memset(trace, 0, sizeof(*trace));
}

/* Where a field's text begins. */
static const char *mmt_event_field(const struct mmt_event *event,
				   const char *name)
{
	const char *p = event->fields;

	while ((p = strstr(p, name))) {
		if (p == event->fields || p[-1] == ' ')
			return p + strlen(name);
		p++;
	}
	return NULL;
}

long long mmt_event_number(const struct mmt_event *event, const char *name)
{
	const char *p = mmt_event_field(event, name);
	char *end;
	long long number;

	if (!p)
		return MMT_BAD;
	number = strtoll(p, &end, 0);
	return end == p ? MMT_BAD : number;
}

bool mmt_event_is(const struct mmt_event *event, const char *field)
{
	const char *p = mmt_event_field(event, field);

	return p && (*p == ' ' || !*p);
}
