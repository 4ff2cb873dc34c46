// SPDX-License-Identifier: GPL-2.0-only
/*
 * Load, unload, and the files at the top of the tree.
 *
 * Order of things: memory, guard, hooks, sampler, files; and back. So a file
 * finds everything behind it in place, and nothing is given back that a hook or
 * a reader could still be in.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sched/signal.h>
#include <linux/string.h>
#include <linux/utsname.h>

#include "guard.h"
#include "mmscope.h"
#include "probe.h"
#include "table.h"
#include "version.h"

static char *mms_groups = "default";
module_param_named(groups, mms_groups, charp, 0400);
MODULE_PARM_DESC(groups,
		 "groups of hooks to have on at load, separated by commas; or default, or none");

/* Guards what follows: is it running, and may it be started? */
static DEFINE_MUTEX(mms_state_lock);
static bool mms_running;
static bool mms_loaded;
static struct dentry *mms_dir;

/* version: what is loaded, what its tables mean, what memory it takes */

static const struct mms_column mms_version_columns[] = {
	MMS_TEXT("item"), MMS_COPIED("name"), MMS_COPIED("value"),
};

static void mms_version_row(struct mms_rows *rows, const char *item,
			    const char *name, const char *value)
{
	mms_add_name(rows, item);
	mms_add_text(rows, name);
	mms_add_text(rows, value);
}

static void mms_version_number(struct mms_rows *rows, const char *item,
			       const char *name, size_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%zu", value);
	mms_version_row(rows, item, name, text);
}

static void mms_version_formats(struct mms_rows *rows,
				const struct mms_subject *subject)
{
	const struct mms_table *const *table;
	char name[32];

	for (table = subject->tables; *table; table++) {
		/* A trigger cannot be read and so has no format. */
		if (!(*table)->fill && !(*table)->next)
			continue;
		snprintf(name, sizeof(name), "%s%s%s", subject->name ?: "",
			 subject->name ? "/" : "", (*table)->name);
		mms_version_number(rows, "format", name, (*table)->format);
	}
}

static int mms_version_fill(struct mms_rows *rows)
{
	const struct mms_subject *subject;
	size_t bytes, total = 0;
	unsigned int i;

	mms_version_row(rows, "module", "version", MMS_VERSION);
	mms_version_row(rows, "kernel", "release", init_utsname()->release);
	mms_for_each_subject(subject, i)
		mms_version_formats(rows, subject);
	mms_for_each_subject(subject, i)
		if (subject->missing && subject->missing())
			mms_version_row(rows, "missing", subject->name,
					subject->missing());
	mms_for_each_subject(subject, i) {
		bytes = subject->bytes ? subject->bytes() : 0;
		if (subject->name)
			mms_version_number(rows, "bytes", subject->name, bytes);
		total += bytes;
	}
	mms_version_number(rows, "bytes", "probes", mms_probes_bytes());
	mms_version_number(rows, "bytes", "total", total + mms_probes_bytes());
	return 0;
}

static unsigned int mms_version_max(void)
{
	const struct mms_table *const *table;
	const struct mms_subject *subject;
	unsigned int i, n = 4;

	mms_for_each_subject(subject, i)
		for (n += 2, table = subject->tables; *table; table++)
			n++;
	return n;
}

static const struct mms_table mms_version_table = {
	.name = "version",
	.format = 1,
	MMS_COLUMNS(mms_version_columns),
	.max_rows = mms_version_max,
	.fill = mms_version_fill,
};

/* reset: "1" for all subjects and the hooks' counts, or the name of one */

static int mms_reset_write(char *text)
{
	const struct mms_subject *subject;
	const char *name = strim(text);
	bool all = !strcmp(name, "1");
	bool found = all;
	unsigned int i;

	mms_for_each_subject(subject, i) {
		if (!subject->reset)
			continue;
		if (all || !strcmp(name, subject->name)) {
			subject->reset();
			found = true;
		}
	}
	if (all)
		mms_probes_reset();
	return found ? 0 : -EINVAL;
}

static const struct mms_table mms_reset_table = {
	.name = "reset",
	.write = mms_reset_write,
};

static const struct mms_table *const mms_top_tables[] = {
	&mms_version_table, &mms_probes_table, &mms_enable_table,
	&mms_reset_table, NULL,
};

static const struct mms_subject mms_top = {
	.tables = mms_top_tables,
};

/* The list of subjects: a new one is one line here. */
static const struct mms_subject *const mms_subjects[] = {
	&mms_top,
	&mms_zones,
	&mms_kswapd,
	&mms_buddy,
	&mms_pagewait,
};

const struct mms_subject *mms_subject_at(unsigned int i)
{
	return i < ARRAY_SIZE(mms_subjects) ? mms_subjects[i] : NULL;
}

/*
 * Removing waits for reads that are under way; a file that is only open gives
 * EIO from then on, and keeps the module in place until it is closed.
 */
static void mms_files_remove(void)
{
	debugfs_remove_recursive(mms_dir);
	mms_dir = NULL;
}

static int mms_files_create_subject(const struct mms_subject *subject)
{
	const struct mms_table *const *table;
	struct dentry *dir = mms_dir;
	int err = 0;

	if (subject->name)
		dir = debugfs_create_dir(subject->name, mms_dir);
	if (IS_ERR(dir))
		return PTR_ERR(dir);
	for (table = subject->tables; *table && !err; table++)
		err = mms_table_create(*table, dir);
	return err;
}

/*
 * debugfs would rather not have its answers looked at, but a tree with files
 * missing would pass for one of another version.
 */
static int mms_files_create(void)
{
	const struct mms_subject *subject;
	unsigned int i;
	int err = 0;

	mms_dir = debugfs_create_dir("mmscope", NULL);
	if (IS_ERR(mms_dir))
		return PTR_ERR(mms_dir);
	mms_for_each_subject(subject, i) {
		err = mms_files_create_subject(subject);
		if (err) {
			mms_files_remove();
			break;
		}
	}
	return err;
}

static void mms_subjects_stop(void)
{
	const struct mms_subject *subject;
	unsigned int i;

	mms_for_each_subject(subject, i)
		if (subject->stop)
			subject->stop();
}

static int mms_subjects_start(void)
{
	const struct mms_subject *subject;
	unsigned int i;
	int err = 0;

	mms_for_each_subject(subject, i)
		if (subject->start && !err)
			err = subject->start();
	if (err)
		mms_subjects_stop();
	return err;
}

static void mms_subjects_exit(void)
{
	const struct mms_subject *subject;
	unsigned int i;

	mms_for_each_subject(subject, i)
		if (subject->exit)
			subject->exit();
}

static int mms_subjects_init(void)
{
	const struct mms_subject *subject;
	unsigned int i;
	int err;

	mms_for_each_subject(subject, i) {
		err = subject->init ? subject->init() : 0;
		if (err) {
			mms_subjects_exit();
			return err;
		}
	}
	return 0;
}

/*
 * Nobody may have a file open when this fails: a module whose load fails is freed
 * without a look at its references (do_init_module(), kernel/module/main.c). So
 * open() is refused until all of them are there, and removing them waits for those
 * who are being refused.
 */
static int mms_start(void)
{
	int err;

	mms_probes_attach();
	err = mms_subjects_start();
	if (!err)
		err = mms_files_create();
	if (err) {
		mms_subjects_stop();
		mms_probes_detach();
	} else {
		mms_tables_close(false);
	}
	WRITE_ONCE(mms_running, !err);
	return err;
}

/* Would rmmod be refused, for an open file or a trace event that is recorded? */
static bool mms_in_use(void)
{
#if defined(MODULE) && defined(CONFIG_MODULE_UNLOAD)
	return module_refcount(THIS_MODULE) > mms_probes_held();
#else
	return false;
#endif
}

/*
 * Readers come and go: often it takes but a moment until nobody has a file
 * open, and then nobody shall open another.
 */
static bool mms_close(void)
{
	unsigned int i;

	for (i = 0; i < 1000 && !signal_pending(current); i++) {
		if (!mms_in_use()) {
			mms_tables_close(true);
			if (!mms_in_use())
				return true;
			mms_tables_close(false);
		}
		usleep_range(500, 1000);
	}
	return false;
}

/*
 * The orderly stop. debugfs has a race between open() and rmmod: open() that
 * finds the last reference gone, but the module not yet marked as going, warns
 * (full_proxy_open(), fs/debugfs/file.c). So the files go first, while the
 * module is whole; then rmmod has nothing to race with. Not by a debugfs file:
 * removing the tree would wait for its own writer.
 *
 * If a hook cannot be taken back the files stay, to tell which. All others are
 * off then, as was asked for, until "0" is written.
 */
static int mms_stop(void)
{
	int err;

	if (!mms_close())
		return -EWOULDBLOCK;
	err = mms_probes_detach();
	if (err) {
		mms_tables_close(false);
		return err;
	}
	mms_files_remove();
	mms_subjects_stop();
	WRITE_ONCE(mms_running, false);
	return 0;
}

static int mms_stop_set(const char *text, const struct kernel_param *kp)
{
	bool stop;
	int err = kstrtobool(text, &stop);

	if (err)
		return err;
	mutex_lock(&mms_state_lock);
	if (!mms_loaded)
		err = -EINVAL;
	else if (stop && mms_running)
		err = mms_stop();
	else if (!stop && !mms_running)
		err = mms_start();
	else if (!stop)
		mms_probes_attach();
	mutex_unlock(&mms_state_lock);
	return err;
}

static int mms_stop_get(char *text, const struct kernel_param *kp)
{
	return sprintf(text, "%c\n", READ_ONCE(mms_running) ? 'N' : 'Y');
}

static const struct kernel_param_ops mms_stop_ops = {
	.set = mms_stop_set,
	.get = mms_stop_get,
};

module_param_cb(stop, &mms_stop_ops, NULL, 0600);
MODULE_PARM_DESC(stop,
		 "write 1 for the orderly stop before rmmod, 0 to go on after it");

static int __init mms_load(void)
{
	int err = mms_subjects_init();

	if (err)
		return err;
	err = mms_probes_init(mms_groups);
	if (err)
		goto exit_subjects;
	err = mms_guard_init();
	if (err)
		goto exit_probes;
	mutex_lock(&mms_state_lock);
	err = mms_start();
	mms_loaded = !err;
	mutex_unlock(&mms_state_lock);
	if (!err)
		return 0;
	mms_probes_detach_all();
	mms_guard_exit();
exit_probes:
	mms_probes_exit();
exit_subjects:
	mms_subjects_exit();
	return err;
}

static void __exit mms_unload(void)
{
	mutex_lock(&mms_state_lock);
	if (mms_running) {
		mms_files_remove();
		mms_subjects_stop();
		WRITE_ONCE(mms_running, false);
	}
	mms_probes_detach_all();
	/* From here on writing to the parameter starts nothing any more. */
	mms_loaded = false;
	mutex_unlock(&mms_state_lock);
	mms_guard_exit();
	mms_probes_exit();
	mms_subjects_exit();
}

module_init(mms_load);
module_exit(mms_unload);

MODULE_DESCRIPTION("Tables of what the page allocator, kswapd and page waits do");
MODULE_AUTHOR("The mmscope authors");
MODULE_VERSION(MMS_VERSION);
MODULE_LICENSE("GPL");
