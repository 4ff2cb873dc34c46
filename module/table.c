// SPDX-License-Identifier: GPL-2.0-only
/*
 * A read takes the whole table at once into cells, drops every lock and the
 * guard, and then formats the cells into one buffer whose size it has worked
 * out. seq_file is not used: it makes a record again whenever it did not fit,
 * which makes /proc/zoneinfo dearer with every node.
 */
#include <linux/capability.h>
#include <linux/debugfs.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "guard.h"
#include "mmscope.h"
#include "mutant.h"
#include "table.h"

/* A kernel's release has up to 64 bytes, a task's name 15. */
#define MMS_TEXT_MAX	64
#define MMS_ESCAPED_MAX	(4 * MMS_TEXT_MAX + 1)
#define MMS_WRITE_MAX	256
/* Hotplug can add rows between the count and the walk; not again and again. */
#define MMS_TRIES	4

/**
 * struct mms_cell - one cell of a row
 * @text: what it says; NULL for a number
 * @number: the number
 */
struct mms_cell {
	const char *text;
	u64 number;
};

/**
 * struct mms_rows - a table being filled
 * @table: which
 * @width: cells of a row. taken_ns is not among them: it is the same in all
 * @widths: of each column and of taken_ns, the longest cell so far or its name
 * @cells: room for its rows
 * @room: cells there is room for
 * @used: cells added; may exceed @room, then nothing was stored there
 * @at: the column that is next
 * @pool: room for texts
 * @pool_room: bytes of it
 * @pool_used: bytes needed so far; may exceed @pool_room likewise
 * @taken: time
 * @time: and how it is printed
 */
struct mms_rows {
	const struct mms_table *table;
	unsigned int width;
	unsigned short widths[MMS_COLUMNS_MAX + 1];
	struct mms_cell *cells;
	size_t room;
	size_t used;
	unsigned int at;
	char *pool;
	size_t pool_room;
	size_t pool_used;
	u64 taken;
	struct mms_cell time;
};

/**
 * struct mms_view - one open file
 * @table: its table
 * @lock: orders reads of this open file; guards what follows
 * @text: what the last read from the start found, of a table in pieces the
 *	piece that was read last
 * @len: length of it
 * @start: its place in the file; 0 but for a table in pieces
 * @taken: when the first piece was taken, of a table in pieces
 * @more: there is another piece
 * @state: where the table goes on, and after that room for where it goes on
 *	after the piece that is being made
 */
struct mms_view {
	const struct mms_table *table;
	struct mutex lock; /* orders reads */
	char *text;
	size_t len;
	loff_t start;
	u64 taken;
	bool more;
	u64 state[];
};

static const char mms_unknown[] = "-";

u64 mms_taken(const struct mms_rows *rows)
{
	return rows->taken;
}

static const struct mms_column mms_taken_column = MMS_NUMBER("taken_ns");

static const struct mms_column *mms_column(const struct mms_table *table,
					   unsigned int i)
{
	return i < table->nr_columns ? &table->columns[i] : &mms_taken_column;
}

static unsigned int mms_digits(u64 number)
{
	static const u64 powers[] = {
		1ULL, 10ULL, 100ULL, 1000ULL, 10000ULL, 100000ULL, 1000000ULL,
		10000000ULL, 100000000ULL, 1000000000ULL, 10000000000ULL,
		100000000000ULL, 1000000000000ULL, 10000000000000ULL,
		100000000000000ULL, 1000000000000000ULL, 10000000000000000ULL,
		100000000000000000ULL, 1000000000000000000ULL,
		10000000000000000000ULL,
	};
	/* 1233 / 4096 is a little less than the logarithm of 2 to base 10. */
	unsigned int n = fls64(number) * 1233 >> 12;

	return number < powers[n] ? max(n, 1U) : n + 1;
}

/* Does a cell say what the one above it says, as keys mostly do? */
static bool mms_as_above(const struct mms_rows *rows,
			 const struct mms_cell *cell)
{
	const struct mms_cell *above = cell - rows->width;

	return above->text == cell->text && above->number == cell->number;
}

static void mms_widen(struct mms_rows *rows, unsigned int at,
		      const char *text, u64 number)
{
	unsigned int len = text ? strlen(text) : mms_digits(number);

	if (len > rows->widths[at])
		rows->widths[at] = len;
}

/* Adds a cell. */
static void mms_put(struct mms_rows *rows, const char *text, u64 number)
{
	struct mms_cell *cell = &rows->cells[rows->used];
	unsigned int at = rows->at;

	mms_mutant_cell(rows->table->subject, rows->table->name,
			mms_column(rows->table, at)->name, &text, &number);
	if (rows->used < rows->room) {
		cell->text = text;
		cell->number = number;
		if (rows->used < rows->width || !mms_as_above(rows, cell))
			mms_widen(rows, at, text, number);
	}
	rows->used++;
	rows->at = at + 1 < rows->width ? at + 1 : 0;
}

void mms_add(struct mms_rows *rows, u64 value)
{
	mms_put(rows, NULL, value);
}

void mms_add_known(struct mms_rows *rows, s64 value)
{
	mms_put(rows, value < 0 ? mms_unknown : NULL, value);
}

void mms_add_unknown(struct mms_rows *rows)
{
	mms_put(rows, mms_unknown, 0);
}

void mms_add_name(struct mms_rows *rows, const char *text)
{
	mms_put(rows, text ?: mms_unknown, 0);
}

/*
 * What would break a row, a terminal or the meaning of "-" is written as \ooo.
 * Gives the length without the NUL; @out has room for MMS_ESCAPED_MAX bytes.
 */
static size_t mms_escape(char *out, const char *text)
{
	char *p = out;
	size_t i;

	for (i = 0; i < MMS_TEXT_MAX && text[i]; i++) {
		unsigned char c = text[i];

		if (c <= ' ' || c >= 0x7f || c == '\\')
			p += sprintf(p, "\\%03o", c);
		else
			*p++ = c;
	}
	*p = '\0';
	if (p == out)
		p += sprintf(p, "\\000");
	else if (!strcmp(out, mms_unknown))
		p = out + sprintf(out, "\\055");
	return p - out;
}

void mms_add_text(struct mms_rows *rows, const char *text)
{
	char escaped[MMS_ESCAPED_MAX];
	size_t len = mms_escape(escaped, text) + 1;
	char *kept = NULL;

	if (rows->pool_used + len <= rows->pool_room) {
		kept = rows->pool + rows->pool_used;
		memcpy(kept, escaped, len);
	}
	rows->pool_used += len;
	mms_add_name(rows, kept);
}

/* Two digits, which end where @end says; gives where they begin. */
static char *mms_write_pair(char *end, u32 pair)
{
	*--end = '0' + pair % 10;
	*--end = '0' + pair / 10;
	return end;
}

/* Writes a number to the right end of a field, and gives where it begins. */
static char *mms_write_number(char *end, u64 number)
{
	u32 pair;

	while (number >= 100) {
		number = div_u64_rem(number, 100, &pair);
		end = mms_write_pair(end, pair);
	}
	if (number >= 10)
		return mms_write_pair(end, number);
	*--end = '0' + number;
	return end;
}

static void mms_write_blanks(char *p, char *end)
{
	for (; end - p >= 8; p += 8)
		memcpy(p, "        ", 8);
	while (p < end)
		*p++ = ' ';
}

static void mms_write_text(char *field, unsigned int width, bool left,
			   const char *text, unsigned int len)
{
	char *end = field + width;

	if (left) {
		memcpy(field, text, len);
		mms_write_blanks(field + len, end);
	} else {
		memcpy(end - len, text, len);
		mms_write_blanks(field, end - len);
	}
}

/* Writes all of a column's field; gives where the next one begins. */
static char *mms_write_cell(char *field, const struct mms_rows *rows,
			    unsigned int i, const char *text, u64 number)
{
	unsigned int width = rows->widths[i];
	char *end = field + width;

	if (text)
		mms_write_text(field, width, mms_column(rows->table, i)->text,
			       text, strlen(text));
	else
		mms_write_blanks(field, mms_write_number(end, number));
	return end + 1;
}

static char *mms_write_header(char *p, const struct mms_rows *rows)
{
	unsigned int i;

	for (i = 0; i <= rows->width; i++) {
		const struct mms_column *column = mms_column(rows->table, i);

		mms_write_text(p, rows->widths[i], column->text, column->name,
			       column->len);
		p += rows->widths[i];
		*p++ = ' ';
	}
	p[-1] = '\n';
	return p;
}

/* Writes the row that begins with cell @first over a copy of the line above. */
static char *mms_write_row(char *p, const struct mms_rows *rows, size_t first)
{
	const struct mms_cell *cell = &rows->cells[first];
	unsigned int i;

	for (i = 0; i < rows->width; i++, cell++)
		if (first && mms_as_above(rows, cell))
			p += rows->widths[i] + 1;
		else
			p = mms_write_cell(p, rows, i, cell->text,
					   cell->number);
	return first ? p + rows->widths[i] + 1 :
		       mms_write_cell(p, rows, i, rows->time.text,
				      rows->time.number);
}

static void mms_time(struct mms_rows *rows)
{
	rows->time = (struct mms_cell){ .number = rows->taken };
	mms_mutant_cell(rows->table->subject, rows->table->name,
			mms_taken_column.name, &rows->time.text,
			&rows->time.number);
	mms_widen(rows, rows->width, rows->time.text, rows->time.number);
}

/* Takes the place of the view's text, or goes on after it. */
static int mms_format(struct mms_view *view, struct mms_rows *rows)
{
	bool header = !view->start && !view->len;
	size_t cell, line = 0, len;
	unsigned int i;
	char *text, *p;

	mms_time(rows);
	for (i = 0; i <= rows->width; i++)
		line += rows->widths[i] + 1;
	len = line * (rows->used / rows->width + 1);
	text = kvmalloc(len, GFP_KERNEL);
	if (!text)
		return -ENOMEM;
	/* A piece that has no header has its first row in the header's place. */
	p = mms_write_header(text, rows);
	if (!header) {
		p = text;
		len -= line;
	}
	for (cell = 0; cell < rows->used; cell += rows->width) {
		if (p != text)
			memcpy(p, p - line, line);
		p = mms_write_row(p, rows, cell);
	}
	kvfree(view->text);
	view->text = text;
	view->start += view->len;
	view->len = len;
	return 0;
}

/* Its rows, or those of the next piece: 1 if there may be more of them. */
static int mms_fill(struct mms_rows *rows, void *state)
{
	const struct mms_table *table = rows->table;
	unsigned int i;
	int err = 0;

	rows->used = 0;
	rows->at = 0;
	rows->pool_used = 0;
	for (i = 0; i <= rows->width; i++)
		rows->widths[i] = max(mms_column(table, i)->width,
				      mms_column(table, i)->len);
	if (table->guarded)
		err = mms_guard_enter();
	if (err)
		return err;
	if (!rows->taken)
		rows->taken = mms_clock();
	err = table->next ? table->next(rows, state) : table->fill(rows);
	if (table->guarded)
		mms_guard_leave();
	return err;
}

/* What a state takes in the view, so that the one after it is aligned too. */
static size_t mms_state_room(const struct mms_table *table)
{
	return round_up(table->state_size, sizeof(u64));
}

static void mms_rows_free(struct mms_rows *rows)
{
	kvfree(rows->pool);
	kvfree(rows->cells);
}

/* Room for so many rows. To be freed also if it fails. */
static int mms_rows_alloc(struct mms_rows *rows, size_t nr_rows)
{
	const struct mms_table *table = rows->table;
	unsigned int i, copied = 0;

	for (i = 0; i < table->nr_columns; i++)
		copied += table->columns[i].copied;
	rows->width = table->nr_columns;
	rows->room = nr_rows * rows->width;
	rows->pool_room = nr_rows * copied * MMS_ESCAPED_MAX;
	rows->cells = kvmalloc_array(rows->room, sizeof(*rows->cells),
				     GFP_KERNEL);
	rows->pool = NULL;
	if (rows->pool_room)
		rows->pool = kvmalloc(rows->pool_room, GFP_KERNEL);
	if (!rows->cells || (rows->pool_room && !rows->pool))
		return -ENOMEM;
	return 0;
}

/*
 * One try: -EAGAIN if the table grew beyond its room meanwhile. Whatever fails,
 * the view is as it was, and the same piece can be tried again.
 */
static int mms_try(struct mms_view *view, size_t nr_rows)
{
	struct mms_rows rows = { .table = view->table, .taken = view->taken };
	size_t state_size = view->table->state_size;
	void *state = (char *)view->state + mms_state_room(view->table);
	int err = mms_rows_alloc(&rows, nr_rows);
	bool more;

	memcpy(state, view->state, state_size);
	if (!err)
		err = mms_fill(&rows, state);
	more = err > 0;
	if (more)
		err = 0;
	if (!err && (rows.used > rows.room || rows.pool_used > rows.pool_room))
		err = -EAGAIN;
	/* A fill that left a row half done is a bug of its subject. */
	if (!err && WARN_ON_ONCE(rows.at))
		err = -EIO;
	if (!err)
		err = mms_format(view, &rows);
	if (!err) {
		memcpy(view->state, state, state_size);
		view->taken = rows.taken;
		view->more = more;
	}
	mms_rows_free(&rows);
	return err;
}

static int mms_take(struct mms_view *view)
{
	unsigned int try;
	int err = -EAGAIN;

	kvfree(view->text);
	view->text = NULL;
	view->len = 0;
	view->start = 0;
	view->taken = 0;
	if (view->table->next) {
		memset(view->state, 0, view->table->state_size);
		return mms_try(view, MMS_PIECE_ROWS);
	}
	for (try = 0; try < MMS_TRIES && err == -EAGAIN; try++)
		err = mms_try(view, (view->table->max_rows() + 1) << try);
	return err;
}

/*
 * Sees to it that the text for a place of the file is there. A read from the
 * start takes the table anew, so that a program may keep the file open and
 * pread() it; a read further on goes on in what was taken. In a table in pieces
 * there is no way back to a piece that is gone.
 */
static int mms_take_for(struct mms_view *view, loff_t pos)
{
	int err = 0;

	if (!pos || !view->text)
		err = mms_take(view);
	while (!err && view->more && pos >= view->start + view->len)
		err = signal_pending(current) ? -ERESTARTSYS :
						mms_try(view, MMS_PIECE_ROWS);
	if (!err && pos < view->start)
		err = -ESPIPE;
	return err;
}

static ssize_t mms_view_read(struct file *file, char __user *buf, size_t size,
			     loff_t *pos)
{
	struct mms_view *view = file->private_data;
	loff_t at;
	ssize_t ret;

	if (mutex_lock_interruptible(&view->lock))
		return -ERESTARTSYS;
	ret = mms_take_for(view, *pos);
	if (!ret) {
		at = *pos - view->start;
		ret = simple_read_from_buffer(buf, size, &at, view->text,
					      view->len);
		*pos = view->start + at;
	}
	mutex_unlock(&view->lock);
	return ret;
}

static ssize_t mms_view_write(struct file *file, const char __user *buf,
			      size_t size, loff_t *pos)
{
	struct mms_view *view = file->private_data;
	char *text;
	int err;

	if (size >= MMS_WRITE_MAX)
		return -EINVAL;
	text = memdup_user_nul(buf, size);
	if (IS_ERR(text))
		return PTR_ERR(text);
	/* A NUL would hide what follows it. */
	err = strlen(text) == size ? view->table->write(text) : -EINVAL;
	kfree(text);
	return err ?: size;
}

static bool mms_closed = true;

void mms_tables_close(bool closed)
{
	WRITE_ONCE(mms_closed, closed);
	/*
	 * Before the caller looks at the module's references. open() has got
	 * one before it looks here, and try_module_get() is a barrier too.
	 */
	smp_mb();
}

/*
 * The mode keeps ordinary users out; it does not keep out uid 0 of a container,
 * who has no CAP_SYS_ADMIN in the initial user namespace.
 */
static int mms_view_open(struct inode *inode, struct file *file)
{
	const struct mms_table *table = inode->i_private;
	struct mms_view *view;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (READ_ONCE(mms_closed))
		return -EAGAIN;
	view = kzalloc(sizeof(*view) + 2 * mms_state_room(table), GFP_KERNEL);
	if (!view)
		return -ENOMEM;
	view->table = table;
	mutex_init(&view->lock);
	file->private_data = view;
	return 0;
}

static int mms_view_release(struct inode *inode, struct file *file)
{
	struct mms_view *view = file->private_data;

	kvfree(view->text);
	mutex_destroy(&view->lock);
	kfree(view);
	return 0;
}

/*
 * Lockdown lets only such debugfs files through as have no mode bit outside
 * 0444 and no write, ioctl or mmap (debugfs_locked_down(), fs/debugfs/file.c):
 * hence two sets of operations.
 */
static const struct file_operations mms_data_fops = {
	.owner = THIS_MODULE,
	.open = mms_view_open,
	.read = mms_view_read,
	.llseek = default_llseek,
	.release = mms_view_release,
};

static const struct file_operations mms_control_fops = {
	.owner = THIS_MODULE,
	.open = mms_view_open,
	.read = mms_view_read,
	.write = mms_view_write,
	.llseek = default_llseek,
	.release = mms_view_release,
};

static const struct file_operations mms_trigger_fops = {
	.owner = THIS_MODULE,
	.open = mms_view_open,
	.write = mms_view_write,
	.llseek = default_llseek,
	.release = mms_view_release,
};

int mms_table_create(const struct mms_table *table, struct dentry *dir)
{
	const struct file_operations *fops = &mms_data_fops;
	struct dentry *file;
	umode_t mode = 0400;

	if (table->write) {
		fops = table->fill ? &mms_control_fops : &mms_trigger_fops;
		mode = table->fill ? 0600 : 0200;
	}
	/* debugfs only ever reads through the pointer that it is given. */
	file = debugfs_create_file(table->name, mode, dir, (void *)table, fops);
	return PTR_ERR_OR_ZERO(file);
}
