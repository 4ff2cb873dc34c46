// SPDX-License-Identifier: GPL-2.0-only
/*
 * All that can fail in load, in switching, in reset and in reads fails once, one
 * after the other, in two ways: every allocation, however deep in the kernel
 * (/proc/self/fail-nth, where the kernel has it), and every call that mmscope
 * makes to allocate or to register something (mmscope_fail, on any kernel).
 * Whatever fails has to say so, leave nothing behind, and work the next time.
 *
 * vm: --nodes 2 --cpus 2 --mem 1G,512M
 */
/* First: it asks for all that the C library has */
#include "../kselftest_harness.h"

#include <elf.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/klog.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "mmstest.h"

#define FAIL_NTH	"/proc/self/fail-nth"
#define CALLS		"/sys/module/mmscope_fail/parameters/"
#define DEBUGFS		"/sys/kernel/debug/"
#define KPROBES		DEBUGFS "kprobes/list"
#define FUNCTIONS	"/sys/kernel/tracing/enabled_functions"
#define PRINTK		"/proc/sys/kernel/printk"
#define RACES		"/tmp/faults.races"

/* The last fault is looked for in steps of so many, and back again in smaller ones */
#define STRIDE		64
#define STEP		8
/* So many of the kernel's one after the other: there are no more of mmscope's */
#define ENOUGH		32
#define SELDOM		16
#define SECONDS		3000
#define MAX_FILES	64
#define NR_KNOBS	8
#define MANY_HITS	5000

/**
 * struct outcome - of a call with a fault in it
 * @err: what it gave, 0 or an errno
 * @used: there was still an allocation to fail
 * @ours: and it was one that mmscope had asked for
 * @log: the kernel log of it
 */
struct outcome {
	int err;
	bool used;
	bool ours;
	char *log;
};

/**
 * struct call - what is to be done with faults in it
 * @path: the file that it is about
 * @text: what is written there, NULL to read it
 * @undo: what is written to have it as before, NULL if there is nothing to undo
 */
struct call {
	const char *path;
	const char *text;
	const char *undo;
};

static char buffer[1 << 20];
static char log_text[1 << 20];
static char module_path[256];
static int module_fd = -1;
static int nth_fd = -1;
static int log_fd = -1;
static bool by_calls;
/* No complaint but in what is done with a fault in it, which is looked at there */
static bool quiet;

/* The kernel log */

/* Each read gives a record, or EPIPE where some were lost. */
static void log_append(size_t used)
{
	ssize_t n;

	do {
		n = read(log_fd, log_text + used, sizeof(log_text) - used - 1);
		if (n > 0)
			used += n;
	} while (n > 0 || (n < 0 && errno == EPIPE));
	log_text[used] = '\0';
}

/* The kernel's own data races are no complaint of this test. */
static void log_pardon_races(void)
{
	FILE *file = fopen(RACES, "w");
	size_t n;

	if (!file)
		return;
	fputs(log_text, file);
	fclose(file);
	file = popen("awk -f races.awk " RACES, "r");
	if (!file)
		return;
	n = fread(log_text, 1, sizeof(log_text) - 1, file);
	log_text[n] = '\0';
	if (pclose(file))
		strcpy(log_text, "BUG: races.awk did not run\n");
}

/* Of a race that is just being told the end is still to come. */
static void log_read(void)
{
	log_append(0);
	if (!strstr(log_text, "KCSAN"))
		return;
	mmt_sleep_ms(200);
	log_append(strlen(log_text));
	log_pardon_races();
}

/*
 * Without memory the kernel itself warns of two things: that a kprobe which is
 * ftrace's could not be armed, and then register_kprobe() fails as it should
 * (arm_kprobe_ftrace()); and that it could not describe a module's trace event,
 * before the module's own code runs (event_define_fields()).
 */
static bool is_the_kernels(const char *warning, size_t len)
{
	static const char *const places[] = { "kernel/kprobes.c", " event_define_fields+" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(places); i++)
		if (memmem(warning, len, places[i], strlen(places[i])))
			return true;
	return false;
}

static bool complains(const char *log)
{
	static const char *const words[] = {
		"BUG:", "Oops", "UBSAN", "INFO: ", "possible recursive",
		"refcount_t", "ODEBUG" };
	const char *p = log;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(words); i++)
		if (strstr(log, words[i]))
			return true;
	while ((p = strstr(p, "WARNING: "))) {
		size_t len = strcspn(p, "\n");

		if (!is_the_kernels(p, len))
			return true;
		p += len;
	}
	return false;
}

/*
 * What was done between two faults, to undo the one and to prepare the other, is
 * where a fault shows that harmed something; the console is quiet meanwhile.
 */
static bool log_begin(void)
{
	log_read();
	if (!complains(log_text))
		return true;
	fprintf(stderr, "# between two faults\n%s", log_text);
	return false;
}

/* The injection's own account of where it struck */
static bool fault_is_ours(const char *log)
{
	const char *begin = strstr(log, "forcing a failure");

	return by_calls || (begin && strstr(begin, "[mmscope]"));
}

/* Where a call struck is not in the kernel's log. */
static void log_call(void)
{
	char *failed = by_calls ? mmt_slurp(CALLS "failed") : NULL;
	size_t used = strlen(log_text);

	snprintf(log_text + used, sizeof(log_text) - used, "%s", failed ?: "");
	free(failed);
}

/* Things to do */

/* Without hooks, which are switched by themselves: they take long to come. */
static int load(void)
{
	return syscall(SYS_finit_module, module_fd, "groups=none", 0) ? errno : 0;
}

static int write_file(const struct call *call)
{
	int fd = open(call->path, O_WRONLY);
	int err = 0;

	if (fd < 0)
		return errno;
	if (write(fd, call->text, strlen(call->text)) < 0)
		err = errno;
	close(fd);
	return err;
}

static int read_file(const struct call *call)
{
	int fd = open(call->path, O_RDONLY);
	ssize_t n;
	int err;

	if (fd < 0)
		return errno;
	do
		n = read(fd, buffer, sizeof(buffer));
	while (n > 0);
	err = n < 0 ? errno : 0;
	close(fd);
	return err;
}

static int act(const struct call *call)
{
	return call->text ? write_file(call) : read_file(call);
}

/* Faults */

static void set_nth(unsigned int nth)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u", nth);

	if (pwrite(nth_fd, text, len, 0) != len)
		perror("# nth");
}

static bool nth_is_used(void)
{
	char text[16] = "";

	return pread(nth_fd, text, sizeof(text) - 1, 0) > 0 && !atoi(text);
}

/* Does something, loads the module if @call is NULL, with its nth fault. */
static void with_fault(unsigned int nth, const struct call *call,
		       struct outcome *out)
{
	quiet &= log_begin();
	set_nth(nth);
	out->err = call ? act(call) : load();
	out->used = nth_is_used();
	set_nth(0);
	log_read();
	log_call();
	out->log = log_text;
	out->ours = out->used && fault_is_ours(log_text);
}

/* What is left of it */

static char *kprobes_before, *functions_before;

static bool same_text(const char *path, const char *before)
{
	char *now = mmt_slurp(path);
	bool same = now && before && !strcmp(now, before);

	if (!same)
		fprintf(stderr, "# %s was:\n%s# and is:\n%s", path,
			before ?: "", now ?: "");
	free(now);
	return same;
}

/*
 * A probe that was left at a tracepoint is run by the end of a task, and that is
 * the end of the kernel.
 */
static bool nothing_runs(void)
{
	static unsigned int calls;
	char *const argv[] = { "true", NULL };

	mmt_run(argv);
	return access(MMT_DEBUGFS, F_OK) &&
	       same_text(KPROBES, kprobes_before) &&
	       /* Takes long, and what is left would be there later too. */
	       (calls++ % SELDOM || same_text(FUNCTIONS, functions_before));
}

static bool nothing_left(void)
{
	return nothing_runs() && access(MMT_PARAMS, F_OK);
}

/* What enable and probes tell, without counts and times; to be freed */
static char *state(void)
{
	struct mmt_table table;
	char *text = calloc(1, 1 << 14), *p = text;
	int row;

	if (!mmt_table_read(&table, "probes"))
		return text;
	for (row = 0; row < table.rows; row++)
		p += sprintf(p, "%s %s %s %s %s\n",
			     mmt_text(&table, row, "group"),
			     mmt_text(&table, row, "target"),
			     mmt_text(&table, row, "state"),
			     mmt_text(&table, row, "mechanism"),
			     mmt_text(&table, row, "reason"));
	mmt_table_free(&table);
	if (!mmt_table_read(&table, "enable"))
		return text;
	for (row = 0; row < table.rows; row++)
		p += sprintf(p, "%s %s %s\n", mmt_text(&table, row, "group"),
			     mmt_text(&table, row, "enabled"),
			     mmt_text(&table, row, "attached"));
	mmt_table_free(&table);
	return text;
}

static bool state_is(const char *wanted)
{
	char *now = state();
	bool same = !strcmp(now, wanted);

	if (!same)
		fprintf(stderr, "# wanted:\n%s# found:\n%s", wanted, now);
	free(now);
	return same;
}

/* The files that can be read */

static char *files[MAX_FILES];
static int nr_files;

static int add_file(const char *path, const struct stat *st, int type,
		    struct FTW *ftw)
{
	if (type == FTW_F && st->st_mode & 0400 && nr_files < MAX_FILES)
		files[nr_files++] = strdup(path);
	return 0;
}

/* One that is called for all functions of the kernel has very many at once. */
static long long ftrace_hits(void)
{
	struct mmt_table table;
	long long sum = 0;
	int row;

	if (!mmt_table_read(&table, "probes"))
		return -1;
	for (row = 0; row < table.rows; row++)
		if (!strcmp(mmt_text(&table, row, "kind"), "ftrace"))
			sum += mmt_number(&table, row, "hits_total");
	mmt_table_free(&table);
	return sum;
}

/* The calls that can fail */

/**
 * struct failure - of a function that mmscope calls on some kernel
 * @name: the function
 * @value: what it gives then, 0 for NULL
 */
static const struct failure {
	const char *name;
	int value;
} failures[] = {
	{ "__alloc_percpu", 0 },
	{ "__cpuhp_setup_state", -ENOMEM },
	{ "__kmalloc", 0 },
	{ "__kmalloc_cache_noprof", 0 },
	{ "__kmalloc_noprof", 0 },
	{ "__kvmalloc_node_noprof", 0 },
	{ "alloc_pages", 0 },
	{ "alloc_pages_current", 0 },
	{ "alloc_pages_noprof", 0 },
	{ "debugfs_create_dir", -ENOMEM },
	{ "debugfs_create_file", -ENOMEM },
	{ "debugfs_create_file_full", -ENOMEM },
	{ "ftrace_set_filter", -ENOMEM },
	{ "kmalloc_trace", 0 },
	{ "kmem_cache_alloc_trace", 0 },
	{ "kstrdup", 0 },
	{ "kvmalloc_node", 0 },
	{ "memdup_user_nul", -ENOMEM },
	{ "pcpu_alloc_noprof", 0 },
	{ "register_ftrace_function", -ENOMEM },
	{ "register_kprobe", -ENOMEM },
	{ "register_memory_notifier", -ENOMEM },
	{ "tracepoint_probe_register", -ENOMEM },
};

/* Called like something that can fail, and cannot, or are called by the kernel */
static const char *const harmless[] = {
	"__asan_register_globals", "kmalloc_caches", "perf_trace_buf_alloc",
};

static const struct failure *find_failure(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(failures); i++)
		if (!strcmp(failures[i].name, name))
			return &failures[i];
	return NULL;
}

static bool looks_failing(const char *name)
{
	static const char *const words[] = {
		"alloc", "create", "dup", "open", "register", "set_filter", "setup" };
	size_t i;

	if (strstr(name, "unregister"))
		return false;
	for (i = 0; i < ARRAY_SIZE(harmless); i++)
		if (!strcmp(harmless[i], name))
			return false;
	for (i = 0; i < ARRAY_SIZE(words); i++)
		if (strstr(name, words[i]))
			return true;
	return false;
}

/* Adds "name=value" for a function that can fail; false if that is not known. */
static bool add_call(char *list, size_t size, const char *name)
{
	const struct failure *failure = find_failure(name);
	size_t used = strlen(list);

	if (failure)
		snprintf(list + used, size - used, "%s%s=%d", used ? "," : "calls=",
			 name, failure->value);
	else if (looks_failing(name))
		fprintf(stderr, "# mmscope calls %s(): can that fail?\n", name);
	else
		return true;
	return failure;
}

/* Those among the functions that the module takes from the kernel */
static bool list_calls(char *list, size_t size, const char *elf)
{
	const Elf64_Ehdr *head = (const void *)elf;
	const Elf64_Shdr *section = (const void *)(elf + head->e_shoff);
	const Elf64_Sym *symbol, *end;
	const char *names;
	bool known = true;
	int i;

	if (memcmp(head->e_ident, ELFMAG, SELFMAG))
		return false;
	for (i = 0; i < head->e_shnum && section[i].sh_type != SHT_SYMTAB; i++)
		;
	if (i == head->e_shnum)
		return false;
	names = elf + section[section[i].sh_link].sh_offset;
	symbol = (const void *)(elf + section[i].sh_offset);
	end = symbol + section[i].sh_size / sizeof(*symbol);
	for (; symbol < end; symbol++)
		if (symbol->st_shndx == SHN_UNDEF)
			known &= add_call(list, size, names + symbol->st_name);
	return known;
}

static bool load_calls(void)
{
	char list[1024] = "";
	off_t size = lseek(module_fd, 0, SEEK_END);
	char *elf = mmap(NULL, size, PROT_READ, MAP_PRIVATE, module_fd, 0);
	bool known = elf != MAP_FAILED && list_calls(list, sizeof(list), elf);

	if (elf != MAP_FAILED)
		munmap(elf, size);
	return known && !mmt_run((char *[]){ "modprobe", "mmscope_fail", list, NULL });
}

FIXTURE(faults) {
	struct mmt_saved knobs[NR_KNOBS];
	struct mmt_saved printk;
	char *state;
};

FIXTURE_VARIANT(faults) {
	bool calls;
};

FIXTURE_VARIANT_ADD(faults, allocations) {
	.calls = false,
};

FIXTURE_VARIANT_ADD(faults, calls) {
	.calls = true,
};

/* In any allocation whatever, with a trace, without a flood on the console */
static bool set_knobs(struct mmt_saved *knobs)
{
	static const struct {
		const char *path;
		const char *value;
	} wanted[NR_KNOBS] = {
		{ DEBUGFS "failslab/ignore-gfp-wait", "N" },
		{ DEBUGFS "failslab/cache-filter", "N" },
		{ DEBUGFS "failslab/verbose", "2" },
		{ DEBUGFS "failslab/verbose_ratelimit_interval_ms", "0" },
		{ DEBUGFS "fail_page_alloc/ignore-gfp-wait", "N" },
		{ DEBUGFS "fail_page_alloc/min-order", "0" },
		{ DEBUGFS "fail_page_alloc/verbose", "2" },
		{ DEBUGFS "fail_page_alloc/verbose_ratelimit_interval_ms", "0" },
	};
	size_t i;

	for (i = 0; i < NR_KNOBS; i++)
		if (!mmt_save(&knobs[i], wanted[i].path) ||
		    mmt_write(wanted[i].path, wanted[i].value))
			return false;
	return true;
}

static bool find_module(void)
{
	FILE *out = popen("modprobe --show-depends mmscope", "r");
	bool found = out && fscanf(out, "insmod %255s", module_path) == 1;

	if (out)
		pclose(out);
	module_fd = found ? open(module_path, O_RDONLY | O_CLOEXEC) : -1;
	return module_fd >= 0;
}

static int switch_all(char sign)
{
	struct mmt_table table;
	char text[256] = "";
	size_t used = 0;
	int row;

	if (!mmt_table_read(&table, "enable"))
		return -EIO;
	for (row = 0; row < table.rows; row++)
		used += snprintf(text + used, sizeof(text) - used, "%c%s ", sign,
				 mmt_text(&table, row, "group"));
	mmt_table_free(&table);
	return mmt_write(MMT_DEBUGFS "/enable", text);
}

FIXTURE_SETUP(faults)
{
	if (geteuid())
		SKIP(_exit(MMT_SKIP_STATUS), "must be root");
	by_calls = variant->calls;
	ASSERT_TRUE(find_module());
	if (by_calls && mmt_run((char *[]){ "modprobe", "-nq", "mmscope_fail", NULL }))
		SKIP(_exit(MMT_SKIP_STATUS), "there is no module mmscope_fail");
	if (by_calls)
		ASSERT_TRUE(load_calls());
	nth_fd = open(by_calls ? CALLS "nth" : FAIL_NTH, O_RDWR | O_CLOEXEC);
	if (nth_fd < 0)
		SKIP(_exit(MMT_SKIP_STATUS), "this kernel has no " FAIL_NTH);
	log_fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	ASSERT_GE(log_fd, 0);
	lseek(log_fd, 0, SEEK_END);
	quiet = true;
	if (!by_calls && !set_knobs(self->knobs))
		SKIP(_exit(MMT_SKIP_STATUS), "this kernel lacks failslab or fail_page_alloc");
	ASSERT_TRUE(mmt_save(&self->printk, PRINTK));
	ASSERT_EQ(0, mmt_write(PRINTK, "1"));
	memset(buffer, 0, sizeof(buffer));
	if (mmt_loaded())
		ASSERT_TRUE(mmt_unload());
	kprobes_before = mmt_slurp(KPROBES);
	functions_before = mmt_slurp(FUNCTIONS);
	ASSERT_TRUE(nothing_left());
	ASSERT_TRUE(mmt_load());
	ASSERT_EQ(0, switch_all('+'));
	self->state = state();
}

FIXTURE_TEARDOWN(faults)
{
	size_t i;

	if (nth_fd >= 0)
		set_nth(0);
	for (i = 0; i < NR_KNOBS; i++)
		mmt_restore(&self->knobs[i]);
	mmt_restore(&self->printk);
	/* Was the setup through? */
	if (!kprobes_before)
		return;
	if (mmt_loaded())
		EXPECT_TRUE(mmt_unload());
	EXPECT_TRUE(nothing_left());
	if (by_calls)
		mmt_run((char *[]){ "rmmod", "mmscope_fail", NULL });
	EXPECT_TRUE(log_begin() && quiet);
}

/*
 * Only for what a kernel may lack anyway, a hook, the address of a variable or the
 * table of page waiters, is a call that fails no failure of the whole; and a filter
 * that cannot be given back is tried again. Of the
 * allocations inside of calls the kernel itself can spare some.
 */
static bool may_go_on(const struct outcome *out)
{
	static const char *const calls[] = {
		"tracepoint_probe_register in", "register_kprobe in",
		"register_ftrace_function in", "ftrace_set_filter in",
		"in mms_attach_group+", "in mms_data_symbol+", "in mms_pagewait_find+" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(calls); i++)
		if (strstr(out->log, calls[i]))
			return true;
	return !by_calls || !out->used;
}

/* A hook that did not come is told of. */
static bool no_memory_is_told(void)
{
	struct mmt_table table;
	bool told = false;
	int row;

	if (!mmt_table_read(&table, "probes"))
		return false;
	for (row = 0; row < table.rows; row++)
		told |= !strcmp(mmt_text(&table, row, "state"), "absent") &&
			!strcmp(mmt_text(&table, row, "reason"), "no-memory");
	mmt_table_free(&table);
	return told;
}

/* Only a fault makes it fail, and then it says so. */
static void check_outcome(struct __test_metadata *_metadata,
			  const struct call *call, unsigned int nth,
			  const struct outcome *out)
{
	bool bad = complains(out->log) ||
		   (out->err ? out->err != ENOMEM || !out->used : !may_go_on(out));

	EXPECT_FALSE(bad)
		TH_LOG("%s %s, fault %u: %s\n%s", call ? call->path : "load",
		       call && call->text ? call->text : "", nth,
		       strerror(out->err), out->log);
}

/* A load that came through has to be one that works. */
static void check_loaded(struct __test_metadata *_metadata)
{
	const struct call call = { .path = MMT_DEBUGFS "/zones/watermarks" };

	EXPECT_EQ(0, act(&call));
	ASSERT_TRUE(mmt_unload());
}

static void try_load(struct __test_metadata *_metadata, unsigned int nth,
		     struct outcome *out)
{
	with_fault(nth, NULL, out);
	check_outcome(_metadata, NULL, nth, out);
	if (!out->err)
		check_loaded(_metadata);
	ASSERT_TRUE(nothing_left())
		TH_LOG("after fault %u of a load\n%s", nth, out->log);
}

/* The last fault that a load can have, or one a little after it */
static unsigned int last_fault(struct __test_metadata *_metadata)
{
	struct outcome out;
	unsigned int nth = 1;

	do {
		nth += STRIDE;
		try_load(_metadata, nth, &out);
	} while (out.used);
	do {
		nth -= STEP;
		try_load(_metadata, nth, &out);
	} while (!out.used && nth > STEP);
	return nth + STEP - 1;
}

/*
 * Opens the first file as soon as it is there, and holds it until a load that fails
 * after that would have freed the code that is to close it.
 */
static pid_t start_opener(void)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		int fd = open(MMT_DEBUGFS "/version", O_RDONLY | O_CLOEXEC);

		if (fd < 0)
			continue;
		mmt_sleep_ms(300);
		close(fd);
		mmt_sleep_ms(30);
	}
}

/*
 * From the last fault down to the first in what mmscope does: the kernel allocates a
 * lot before it runs mmscope's code, more in one load than in the next, and of many
 * faults in that says nothing (kmemleak's own, 6.1).
 */
TEST_F_TIMEOUT(faults, load, SECONDS)
{
	unsigned int nth, ours = 0, failed = 0, others = 0;
	struct outcome out;
	pid_t opener;

	ASSERT_TRUE(mmt_unload());
	nth = last_fault(_metadata);
	opener = start_opener();
	ASSERT_LT(0, opener);
	for (; nth && others < ENOUGH; nth--) {
		try_load(_metadata, nth, &out);
		ours += out.ours;
		failed += out.err && out.ours;
		if (out.ours)
			others = 0;
		else if (ours && out.used && *out.log)
			others++;
	}
	fprintf(stderr, "# %u faults in what mmscope does, %u failed the load\n",
		ours, failed);
	EXPECT_GT(failed, 20U);
	kill(opener, SIGKILL);
	waitpid(opener, NULL, 0);
	ASSERT_EQ(0, load());
}

/* Whatever came of it: undone, all is as it was. */
static void undo(struct __test_metadata *_metadata, const struct call *call,
		 const char *before, const struct outcome *out)
{
	const struct call back = { call->path, call->undo, NULL };

	if (call->undo)
		ASSERT_EQ(0, act(&back));
	ASSERT_TRUE(state_is(before))
		TH_LOG("%s %s: %s\n%s", call->path, call->text ?: "",
		       strerror(out->err), out->log);
}

/* Goes on until there is nothing left to fail, and then it has been done. */
static void each_fault(struct __test_metadata *_metadata, const struct call *call)
{
	unsigned int nth = 0, ours = 0;
	bool hooks = call->text && *call->text == '+';
	char *before = state();
	struct outcome out;
	long long hits;

	do {
		if (nth++)
			undo(_metadata, call, before, &out);
		hits = hooks ? ftrace_hits() : 0;
		with_fault(nth, call, &out);
		check_outcome(_metadata, call, nth, &out);
		if (hooks)
			ASSERT_GT(hits + MANY_HITS, ftrace_hits());
		if (hooks && by_calls && out.used && !out.err)
			EXPECT_TRUE(no_memory_is_told())
				TH_LOG("%s, fault %u\n%s", call->text, nth, out.log);
		ours += out.ours;
	} while (out.used);
	free(before);
	/* These always allocate. */
	if (by_calls && (!call->text || hooks))
		EXPECT_LT(0U, ours);
	fprintf(stderr, "# %s %s: %u faults, %u in what mmscope does\n",
		call->path, call->text ?: "", nth - 1, ours);
}

TEST_F_TIMEOUT(faults, reads, SECONDS)
{
	struct call call = { NULL, NULL, NULL };
	int i;

	ASSERT_EQ(0, nftw(MMT_DEBUGFS, add_file, 4, FTW_PHYS));
	ASSERT_GT(nr_files, 20);
	for (i = 0; i < nr_files; i++) {
		call.path = files[i];
		each_fault(_metadata, &call);
	}
}

TEST_F_TIMEOUT(faults, reset, SECONDS)
{
	const struct call all = { MMT_DEBUGFS "/reset", "1", NULL };
	const struct call one = { MMT_DEBUGFS "/reset", "pagewait", NULL };

	each_fault(_metadata, &all);
	each_fault(_metadata, &one);
}

TEST_F_TIMEOUT(faults, switching, SECONDS)
{
	struct mmt_table table;
	char on[40], off[40];
	int row;

	ASSERT_TRUE(mmt_table_read(&table, "enable"));
	for (row = 0; row < table.rows; row++) {
		const struct call down = { MMT_DEBUGFS "/enable", off, on };
		const struct call up = { MMT_DEBUGFS "/enable", on, off };

		snprintf(on, sizeof(on), "+%s", mmt_text(&table, row, "group"));
		snprintf(off, sizeof(off), "-%s", mmt_text(&table, row, "group"));
		each_fault(_metadata, &down);
		each_fault(_metadata, &up);
		ASSERT_TRUE(state_is(self->state));
	}
	mmt_table_free(&table);
}

TEST_F_TIMEOUT(faults, parameters, SECONDS)
{
	const struct call period = { MMT_PARAMS "/sample_ms", "200", "100" };
	const struct call stop = { MMT_PARAMS "/stop", "1", "0" };

	each_fault(_metadata, &period);
	each_fault(_metadata, &stop);
	EXPECT_TRUE(nothing_runs());
}

/* It is all there, or nothing is. Without hooks, for the same reason. */
TEST_F_TIMEOUT(faults, start, SECONDS)
{
	const struct call start = { MMT_PARAMS "/stop", "0", "1" };
	unsigned int nth = 0, failed = 0;
	struct outcome out;
	char *before;

	ASSERT_EQ(0, switch_all('-'));
	before = state();
	do {
		ASSERT_EQ(0, mmt_write(MMT_PARAMS "/stop", "1"));
		ASSERT_TRUE(nothing_runs())
			TH_LOG("before fault %u of a start", nth);
		with_fault(++nth, &start, &out);
		check_outcome(_metadata, &start, nth, &out);
		failed += out.err && out.ours;
		if (out.err)
			ASSERT_TRUE(nothing_runs())
				TH_LOG("fault %u of a start\n%s", nth, out.log);
	} while (out.used);
	fprintf(stderr, "# %u faults, %u let the start fail\n", nth - 1, failed);
	EXPECT_GT(failed, 20U);
	ASSERT_TRUE(state_is(before));
	ASSERT_EQ(0, switch_all('+'));
	ASSERT_TRUE(state_is(self->state));
	free(before);
}

TEST_HARNESS_MAIN
