// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who may open the files, what they give to every way of reading, and that no
 * address of the kernel is in them.
 */
/* First: it asks for all that the C library has */
#include "../kselftest_harness.h"

#include <fcntl.h>
#include <ftw.h>
#include <glob.h>
#include <grp.h>
#include <limits.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/klog.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "waits.h"

#define NOBODY 65534
#define MAX_FILES 64
#define BUSY_TASKS 20
#define INSTANCE "/sys/kernel/tracing/instances/mmscope_access"
#define EVENTS INSTANCE "/events/mmscope/enable"
#define READ_ALL 3	/* klogctl(), syslog(2) */
#define SEPARATORS " \t\n=,:()+"
#define KERNEL_HALF 0xffff800000000000ULL

struct file {
	char *path;
	mode_t mode;
	uid_t owner;
};

static struct file files[MAX_FILES];
static int nr_files;

FIXTURE(access) {
	bool loaded;
};

static int add_file(const char *path, const struct stat *st, int type,
		    struct FTW *ftw)
{
	if (type == FTW_F && nr_files < MAX_FILES)
		files[nr_files++] = (struct file){
			strdup(path), st->st_mode & 07777, st->st_uid };
	return 0;
}

FIXTURE_SETUP(access)
{
	if (geteuid())
		SKIP(_exit(MMT_SKIP_STATUS), "must be root");
	if (!mmt_loaded()) {
		ASSERT_TRUE(mmt_load());
		self->loaded = true;
	}
	ASSERT_EQ(0, nftw(MMT_DEBUGFS, add_file, 4, FTW_PHYS));
	ASSERT_GT(nr_files, 4);
}

FIXTURE_TEARDOWN(access)
{
	rmdir(INSTANCE);
	if (self->loaded)
		EXPECT_TRUE(mmt_unload());
}

static bool readable(const struct file *file)
{
	return file->mode & 0400;
}

static bool ends_in(const char *path, const char *name)
{
	size_t len = strlen(path), end = strlen(name);

	return len > end && !strcmp(path + len - end, name);
}

TEST_F(access, modes)
{
	int i;

	for (i = 0; i < nr_files; i++) {
		mode_t wanted = 0400;

		if (ends_in(files[i].path, "/enable"))
			wanted = 0600;
		if (ends_in(files[i].path, "/reset"))
			wanted = 0200;
		EXPECT_EQ(wanted, files[i].mode)
			TH_LOG("%s", files[i].path);
		EXPECT_EQ(0U, files[i].owner);
	}
}

static bool refuses(int dir, const char *path, int flags, int err)
{
	int fd;

	errno = 0;
	fd = openat(dir, path + strlen(MMT_DEBUGFS) + 1, flags);
	if (fd < 0 && errno == err)
		return true;
	fprintf(stderr, "# %s: %s\n", path, strerror(errno));
	return false;
}

/*
 * Opens all files by a directory that is open already, so that it is the files
 * that refuse and not /sys/kernel/debug, whose mode others may change.
 */
static bool all_refuse(int dir, int err)
{
	bool refused = true;
	int i;

	for (i = 0; i < nr_files; i++) {
		const struct file *file = &files[i];

		if (readable(file))
			refused &= refuses(dir, file->path, O_RDONLY, err);
		if (file->mode & 0200)
			refused &= refuses(dir, file->path, O_WRONLY, err);
	}
	return refused;
}

/* Opens them after the child has become somebody else; 4 if it cannot. */
static int try_as(bool (*become)(void), int err)
{
	int dir = open(MMT_DEBUGFS, O_RDONLY | O_DIRECTORY);
	int status = -1;
	pid_t pid = fork();

	if (!pid) {
		if (!become())
			_exit(4);
		_exit(all_refuse(dir, err) ? 0 : 1);
	}
	waitpid(pid, &status, 0);
	close(dir);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static bool become_nobody(void)
{
	return !setgroups(0, NULL) && !setresgid(NOBODY, NOBODY, NOBODY) &&
	       !setresuid(NOBODY, NOBODY, NOBODY);
}

TEST_F(access, others)
{
	EXPECT_EQ(0, try_as(become_nobody, EACCES));
}

static bool drop_sys_admin(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &header, data))
		return false;
	data[0].effective &= ~(1U << CAP_SYS_ADMIN);
	data[0].permitted &= ~(1U << CAP_SYS_ADMIN);
	return !syscall(SYS_capset, &header, data);
}

TEST_F(access, root_without_sys_admin)
{
	EXPECT_EQ(0, try_as(drop_sys_admin, EPERM));
}

/* As in a container: uid 0 with all capabilities, of its own namespace. */
static bool enter_namespace(void)
{
	return !unshare(CLONE_NEWUSER) &&
	       !mmt_write("/proc/self/uid_map", "0 0 1") && !getuid();
}

TEST_F(access, root_of_a_namespace)
{
	int status = try_as(enter_namespace, EPERM);

	if (status == 4)
		SKIP(return, "there are no user namespaces");
	EXPECT_EQ(0, status);
}

/* Refused when opened or when written, as the kernel likes. */
static bool takes_writes(const char *path, int flags)
{
	int fd = open(path, flags);
	bool took;

	if (fd < 0)
		return false;
	took = write(fd, "1", 1) == 1;
	close(fd);
	return took;
}

TEST_F(access, data_is_not_written)
{
	int i;

	for (i = 0; i < nr_files; i++) {
		if (files[i].mode & 0200)
			continue;
		EXPECT_FALSE(takes_writes(files[i].path, O_WRONLY))
			TH_LOG("%s", files[i].path);
		EXPECT_FALSE(takes_writes(files[i].path, O_RDWR))
			TH_LOG("%s", files[i].path);
	}
}

static void check_write(struct __test_metadata *_metadata, const char *path,
			const char *text, size_t size)
{
	int fd = open(path, O_WRONLY);

	ASSERT_GE(fd, 0);
	errno = 0;
	EXPECT_EQ(-1, write(fd, text, size));
	EXPECT_EQ(EINVAL, errno);
	close(fd);
}

TEST_F(access, controls_refuse_nothing_and_too_much)
{
	static const char *const controls[] = {
		MMT_DEBUGFS "/enable", MMT_DEBUGFS "/reset" };
	char text[8192];
	size_t i;

	memset(text, ' ', sizeof(text));
	memcpy(text, "1", 1);
	memcpy(text + sizeof(text) - 6, "+zones", 6);
	for (i = 0; i < ARRAY_SIZE(controls); i++) {
		check_write(_metadata, controls[i], text, 0);
		check_write(_metadata, controls[i], text, sizeof(text));
		check_write(_metadata, controls[i], "1\0", 2);
	}
}

/* The kernel's half of the addresses; the end of the last histogram slot is none. */
static bool is_address(const char *word, size_t len)
{
	const char *digits = strncmp(word, "0x", 2) ? word : word + 2;
	const char *end = word + len;
	unsigned long long number;
	char *stop;

	number = strtoull(word, &stop, 10);
	if (stop == end && number >= KERNEL_HALF && number != ULLONG_MAX)
		return true;
	number = strtoull(digits, &stop, 16);
	return stop == end && end - digits == 16 && number >= KERNEL_HALF;
}

static bool has_address(const char *text)
{
	size_t len;

	for (; *text; text += len + strspn(text + len, SEPARATORS)) {
		len = strcspn(text, SEPARATORS);
		if (is_address(text, len)) {
			fprintf(stderr, "# %.*s\n", (int)len, text);
			return true;
		}
	}
	return false;
}

static void check_no_addresses(struct __test_metadata *_metadata)
{
	char *text;
	int i;

	for (i = 0; i < nr_files; i++) {
		if (!readable(&files[i]))
			continue;
		text = mmt_slurp(files[i].path);
		ASSERT_NE(NULL, text)
			TH_LOG("%s", files[i].path);
		EXPECT_FALSE(has_address(text))
			TH_LOG("%s", files[i].path);
		free(text);
	}
}

TEST_F(access, addresses_are_recognized)
{
	EXPECT_TRUE(has_address("a 18446683600570023936 b"));
	EXPECT_TRUE(has_address("x ffff888003a4c000"));
	EXPECT_TRUE(has_address("at=0xffffffffc0001234\n"));
	EXPECT_FALSE(has_address("1844 18446744073709551615 ffff 0xffff888"));
}

TEST_F(access, no_addresses)
{
	check_no_addresses(_metadata);
}

static void check_text(struct __test_metadata *_metadata, const char *path,
		       const char *wanted)
{
	char *text = mmt_slurp(path);

	ASSERT_NE(NULL, text)
		TH_LOG("%s", path);
	EXPECT_NE(NULL, strstr(text, wanted))
		TH_LOG("%s: %s", path, text);
	EXPECT_FALSE(has_address(text))
		TH_LOG("%s", path);
	free(text);
}

TEST_F(access, no_addresses_in_parameters)
{
	glob_t found;
	size_t i;

	ASSERT_EQ(0, glob(MMT_PARAMS "/*", 0, NULL, &found));
	for (i = 0; i < found.gl_pathc; i++)
		check_text(_metadata, found.gl_pathv[i], "");
	globfree(&found);
}

/* A name that no group has makes mmscope say something. */
TEST_F(access, no_addresses_in_the_log)
{
	static char log[1 << 20];
	char *line, *at = log;
	int n, lines = 0;

	EXPECT_TRUE(mmt_unload());
	EXPECT_NE(0, mmt_run((char *[]){ "modprobe", "-q", "mmscope", "groups=none_such", NULL }));
	n = klogctl(READ_ALL, log, sizeof(log) - 1);
	ASSERT_LT(0, n);
	while ((line = strsep(&at, "\n"))) {
		line = strstr(line, "mmscope: ");
		lines += line && strstr(line, "none_such");
		EXPECT_FALSE(line && has_address(line));
	}
	EXPECT_LT(0, lines);
	ASSERT_TRUE(mmt_load());
}

/*
 * With tasks that wait for pages, so that no table is empty that need not be, and
 * what is traced of them.
 */
TEST_F(access, no_addresses_while_busy)
{
	struct wt_device device;
	struct wt_job job = { .what = wt_read_page, .path = device.path,
			      .node = -1, .comm = "busy" };
	struct wt_tasks tasks;
	struct mmt_table table;
	int i;

	if (!wt_device(&device, 8, 3000, true))
		SKIP(return, "needs null_blk");
	ASSERT_EQ(0, mkdir(INSTANCE, 0700));
	ASSERT_EQ(0, mmt_write(EVENTS, "1"));
	ASSERT_TRUE(wt_tasks_init(&tasks));
	for (i = 0; i < BUSY_TASKS; i++) {
		job.offset = i / 2 * WT_PAGE;
		ASSERT_TRUE(wt_task(&tasks, &job));
	}
	wt_go(&tasks);
	EXPECT_GT(wt_all_blocked(&tasks, BUSY_TASKS), 0);
	ASSERT_TRUE(mmt_table_read(&table, "pagewait/waiters"));
	EXPECT_GE(table.rows, BUSY_TASKS);
	mmt_table_free(&table);
	check_no_addresses(_metadata);
	EXPECT_EQ(0, wt_join(&tasks));
	check_no_addresses(_metadata);
	check_text(_metadata, INSTANCE "/trace", "mmscope_page_wait: ");
	wt_device_remove(&device);
}

/* Each subject has a directory, and its files were all looked at. */
TEST_F(access, all_subjects_are_seen)
{
	static const char *const subjects[] = {
		"/zones/", "/kswapd/", "/buddy/", "/pagewait/" };
	size_t k;
	int i;

	EXPECT_LT(nr_files, MAX_FILES);
	for (k = 0; k < ARRAY_SIZE(subjects); k++) {
		for (i = 0; i < nr_files; i++)
			if (strstr(files[i].path, subjects[k]))
				break;
		EXPECT_LT(i, nr_files)
			TH_LOG("%s", subjects[k]);
	}
}

/* Lines: no blank at the end, as many cells as in the header, the same time. */

static int cells_of(const char *line, size_t len)
{
	size_t i;
	int n = 0;

	for (i = 0; i < len; i++)
		n += line[i] != ' ' && (!i || line[i - 1] == ' ');
	return n;
}

static void check_line(struct __test_metadata *_metadata, const char *text,
		       const char *line, size_t len)
{
	size_t header = strcspn(text, "\n");
	size_t i;

	ASSERT_GT(len, 0UL);
	EXPECT_NE(' ', line[len - 1]);
	EXPECT_EQ(header, len);
	EXPECT_EQ(cells_of(text, header), cells_of(line, len));
	for (i = 0; i < len; i++)
		EXPECT_TRUE(line[i] >= ' ' && line[i] < 0x7f);
}

static void check_shape(struct __test_metadata *_metadata, const char *text)
{
	size_t len = strcspn(text, "\n");
	const char *line;

	ASSERT_GT(len, strlen(" taken_ns"));
	EXPECT_EQ(0, strncmp(text + len - 9, " taken_ns", 9));
	for (line = text; *line; line += len + 1) {
		len = strcspn(line, "\n");
		ASSERT_EQ('\n', line[len]);
		check_line(_metadata, text, line, len);
	}
}

TEST_F(access, shape)
{
	char *text;
	int i;

	for (i = 0; i < nr_files; i++) {
		if (!readable(&files[i]))
			continue;
		text = mmt_slurp(files[i].path);
		ASSERT_NE(NULL, text);
		check_shape(_metadata, text);
		free(text);
	}
}

/* The taken_ns of the last row; of the first one too if they are the same. */
static long long taken(const char *text)
{
	const char *row = strchr(text, '\n');
	const char *end = text + strlen(text) - 1;
	const char *last = end;

	while (last > text && last[-1] != ' ')
		last--;
	if (!row || !*++row ||
	    strncmp(last, row + strcspn(row, "\n") - (end - last), end - last))
		return -1;
	return atoll(last);
}

/* Reads to the end in pieces of this size, from where the file stands. */
static char *read_pieces(int fd, size_t piece)
{
	size_t size = 1 << 20, used = 0;
	char *text = calloc(1, size);
	ssize_t n;

	while (text && (n = read(fd, text + used, piece)) > 0) {
		used += n;
		if (used + piece >= size)
			break;
	}
	return text;
}

TEST_F(access, byte_by_byte)
{
	int fd = open(MMT_DEBUGFS "/zones/watermarks", O_RDONLY);
	long long first;
	char *text;
	char byte;

	ASSERT_GE(fd, 0);
	text = read_pieces(fd, 1);
	ASSERT_NE(NULL, text);
	check_shape(_metadata, text);
	first = taken(text);
	EXPECT_GT(first, 0);
	free(text);
	/* At the end it stays, and from the start all is new. */
	EXPECT_EQ(0, read(fd, &byte, 1));
	EXPECT_EQ(0, lseek(fd, 0, SEEK_SET));
	text = read_pieces(fd, 1 << 16);
	check_shape(_metadata, text);
	EXPECT_GT(taken(text), first);
	free(text);
	close(fd);
}

TEST_F(access, pread_from_the_start_is_fresh)
{
	int fd = open(MMT_DEBUGFS "/zones/watermarks", O_RDONLY);
	char text[1 << 16], again[1 << 16];
	ssize_t n;

	ASSERT_GE(fd, 0);
	n = pread(fd, text, sizeof(text) - 1, 0);
	ASSERT_GT(n, 0);
	text[n] = '\0';
	/* What comes from further on belongs to what was taken last. */
	ASSERT_EQ(n - 10, pread(fd, again, sizeof(again), 10));
	EXPECT_EQ(0, memcmp(text + 10, again, n - 10));
	EXPECT_EQ(0, pread(fd, again, sizeof(again), n));
	EXPECT_EQ(0, pread(fd, again, sizeof(again), n + 100000));
	n = pread(fd, again, sizeof(again) - 1, 0);
	ASSERT_GT(n, 0);
	again[n] = '\0';
	EXPECT_GT(taken(again), taken(text));
	EXPECT_EQ(-1, pread(fd, text, 1, -1));
	close(fd);
}

/* Two that have it open do not disturb each other. */
TEST_F(access, each_has_its_own)
{
	int a = open(MMT_DEBUGFS "/zones/watermarks", O_RDONLY);
	int b = open(MMT_DEBUGFS "/zones/watermarks", O_RDONLY);
	char begin[20], *rest, *other;

	ASSERT_GE(a, 0);
	ASSERT_GE(b, 0);
	ASSERT_EQ(20, read(a, begin, sizeof(begin)));
	other = read_pieces(b, 1 << 16);
	rest = read_pieces(a, 1 << 16);
	ASSERT_NE(NULL, rest);
	ASSERT_NE(NULL, other);
	EXPECT_GT(taken(rest), 0);
	EXPECT_LT(taken(rest), taken(other));
	free(rest);
	free(other);
	close(a);
	close(b);
}

/* Starts in the middle, where nothing was taken before. */
TEST_F(access, from_the_middle)
{
	int fd = open(MMT_DEBUGFS "/version", O_RDONLY);
	char text[100];

	ASSERT_GE(fd, 0);
	EXPECT_EQ(100, pread(fd, text, sizeof(text), 50));
	/* By its number, lest the compiler see where it goes. */
	EXPECT_EQ(-1, syscall(SYS_pread64, fd, 8L, 100L, 0L));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(100, pread(fd, text, sizeof(text), 0));
	EXPECT_EQ(0, strncmp(text, "item ", 5));
	close(fd);
}

/* Without root there is nothing to test; that is no failure. */

/* All that the program prints, with its own exit status. */
static char *run_as_nobody(const char *program, int *status)
{
	char path[PATH_MAX] = "", *text;
	FILE *out = tmpfile();
	ssize_t dir = readlink("/proc/self/exe", path, sizeof(path) - 64);
	pid_t pid;

	if (!out || dir < 0)
		return NULL;
	strcpy(strrchr(path, '/') + 1, program);
	pid = fork();
	if (!pid) {
		dup2(fileno(out), 1);
		dup2(fileno(out), 2);
		if (!setgroups(0, NULL) && !setgid(NOBODY) && !setuid(NOBODY))
			execl(path, program, NULL);
		_exit(126);
	}
	waitpid(pid, status, 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fileno(out));
	text = mmt_slurp(path);
	fclose(out);
	return text;
}

TEST(others_skip)
{
	char list[] = PROGRAMS, *program, *rest = list;

	if (geteuid())
		SKIP(return, "must be root");
	while ((program = strtok_r(rest, " ", &rest))) {
		int status = -1;
		char *text = run_as_nobody(program, &status);

		ASSERT_NE(NULL, text);
		EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) != 126);
		EXPECT_TRUE(strstr(text, "SKIP must be root") &&
			    !strstr(text, "not ok")) {
			TH_LOG("%s:", program);
			TH_LOG("%s", text);
		}
		free(text);
	}
}

TEST_HARNESS_MAIN
