// SPDX-License-Identifier: GPL-2.0-only
/*
 * The top-K by itself, against a plain count of all that it was given. Built for the
 * tests only, as a module of its own; loads if all is as it should be. Its results
 * are in the kernel log, as KTAP.
 *
 * Sequence counts take a step of theirs slowly where they may: two resets at once
 * would otherwise have to meet within an instruction to do harm.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/interrupt.h>
#include <linux/irq_work.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/prandom.h>
#include <linux/seqlock.h>
#include <linux/smp.h>

/* Somebody else took one meanwhile. */
static bool torn;

static void slow_step(seqcount_t *seq)
{
	unsigned int was = READ_ONCE(seq->sequence);

	if (!irqs_disabled())
		mdelay(1);
	if (READ_ONCE(seq->sequence) != was)
		torn = true;
	WRITE_ONCE(seq->sequence, was + 1);
}

#undef raw_write_seqcount_begin
#define raw_write_seqcount_begin(seq) slow_step(seq)
#undef raw_write_seqcount_end
#define raw_write_seqcount_end(seq) slow_step(seq)

#include "topk.c"

/* Of table.c; tables are compared where they are made, before their text. */
void mms_add(struct mms_rows *rows, u64 value)
{
}

void mms_add_known(struct mms_rows *rows, s64 value)
{
}

void mms_add_text(struct mms_rows *rows, const char *text)
{
}

#define KEYS		200
#define STEPS		5000
#define RESETTERS	3
#define RESETS		40

static struct mms_topk top;
static unsigned int tests;
static bool failed, any_failed;

/* What was added on a CPU, by the number of the key. */
struct truth {
	u64 hits[KEYS];
	u64 times[KEYS];
	u64 total;
};

static struct truth *truths;
/* How many of the keys are in use, and the stream that chooses among them. */
static unsigned int keys;
static struct rnd_state stream;

#define expect(ok, fmt, ...) ({						\
	bool expect_ok = (ok);						\
									\
	if (!expect_ok) {						\
		pr_info("# line %d: " fmt "\n", __LINE__, ##__VA_ARGS__); \
		failed = true;						\
	}								\
	expect_ok;							\
})

static void result(const char *name)
{
	pr_info("%s %u %s\n", failed ? "not ok" : "ok", ++tests, name);
	any_failed |= failed;
	failed = false;
}

/* Some differ in one word only, some have the same hash. */
static void make_key(u64 *key, unsigned int k)
{
	key[0] = k % 2;
	key[1] = k / 4;
	key[2] = k % 4 / 2 + 1;
}

static unsigned int key_number(const u64 *key)
{
	return key[1] * 4 + (key[2] - 1) * 2 + key[0];
}

static void add(struct truth *truth, unsigned int k, u64 hits)
{
	u64 key[MMS_TOPK_KEYS];
	unsigned long flags;

	make_key(key, k);
	local_irq_save(flags);
	mms_topk_add(&top, key, hits);
	local_irq_restore(flags);
	truth->hits[k] += hits;
	truth->times[k]++;
	truth->total += hits;
}

/* Runs on the CPU: few keys come often, many now and then. */
static int add_many(void *data)
{
	unsigned int i, k;

	for (i = 0; i < STEPS; i++) {
		k = (u64)prandom_u32_state(&stream) * keys >> 32;
		k = k * ((u64)prandom_u32_state(&stream) * keys >> 32) / keys;
		add(data, k, 1 + prandom_u32_state(&stream) % 1000);
	}
	return 0;
}

static void add_many_on_all(unsigned int nr)
{
	unsigned int cpu;

	keys = nr;
	for_each_online_cpu(cpu)
		expect(!smp_call_on_cpu(cpu, add_many, &truths[cpu], false),
		       "CPU %u does not run it", cpu);
}

/* The list by hits has all entries once, in order. */
static void list_is_in_order(const struct mms_topk_cpu *tc)
{
	unsigned int i, n = 0;
	u64 last = 0;

	for (i = tc->more[MMS_TOPK]; i != MMS_TOPK; i = tc->more[i]) {
		if (!expect(++n <= tc->used, "more than %u in the list", tc->used))
			return;
		expect(tc->hits[i] >= last, "%llu hits after %llu", tc->hits[i], last);
		expect(tc->more[tc->fewer[i]] == i, "entry %u: no way back", i);
		last = tc->hits[i];
	}
	expect(n == tc->used, "%u of %u in the list", n, tc->used);
}

/* What the rule promises for one table. */
static void table_is_right(unsigned int cpu)
{
	const struct mms_topk_cpu *tc = per_cpu_ptr(top.cpus, cpu);
	const struct truth *truth = &truths[cpu];
	unsigned int i, k, distinct = 0;
	u64 key[MMS_TOPK_KEYS], sum = 0;

	for (i = 0; i < tc->used; i++) {
		k = key_number(tc->entries[i].key);
		if (!expect(k < KEYS, "CPU %u has what nobody added", cpu))
			continue;
		sum += tc->hits[i];
		expect(tc->hits[i] >= truth->hits[k] &&
		       tc->hits[i] - tc->entries[i].error <= truth->hits[k],
		       "CPU %u: %llu of %u, over by %llu at most, were %llu", cpu,
		       tc->hits[i], k, tc->entries[i].error, truth->hits[k]);
		expect(tc->entries[i].error ?
		       tc->entries[i].times <= truth->times[k] :
		       tc->entries[i].times == truth->times[k],
		       "CPU %u: %llu times %u, were %llu", cpu,
		       tc->entries[i].times, k, truth->times[k]);
	}
	expect(sum == truth->total, "CPU %u: %llu in all, were %llu", cpu, sum,
	       truth->total);
	for (k = 0; k < KEYS; k++) {
		make_key(key, k);
		distinct += !!truth->hits[k];
		expect(truth->hits[k] * MMS_TOPK <= truth->total ||
		       mms_topk_find(tc, mms_topk_hash(key), key) >= 0,
		       "CPU %u lacks %u: %llu of %llu", cpu, k, truth->hits[k],
		       truth->total);
	}
	expect(tc->used == min(distinct, (unsigned int)MMS_TOPK),
	       "CPU %u: %u of %u", cpu, tc->used, distinct);
	list_is_in_order(tc);
}

static u64 truth_of(unsigned int k)
{
	unsigned int cpu;
	u64 hits = 0;

	for_each_possible_cpu(cpu)
		hits += truths[cpu].hits[k];
	return hits;
}

/* Rows as they come, which is all that the callback can be told. */
static unsigned int nr_rows;
static u64 rows_error, last_hits;
static bool seen[KEYS];

static void look_at_row(struct mms_rows *rows, const struct mms_topk_entry *entry)
{
	unsigned int k = key_number(entry->live.key);

	nr_rows++;
	if (!expect(k < KEYS, "a row that nobody added"))
		return;
	expect(!seen[k], "%u comes twice", k);
	seen[k] = true;
	expect(entry->hits <= last_hits, "%llu hits after %llu", entry->hits, last_hits);
	last_hits = entry->hits;
	rows_error += entry->live.error;
	expect(entry->hits >= truth_of(k) &&
	       entry->hits - entry->live.error <= truth_of(k),
	       "%llu of %u, over by %llu at most, were %llu", entry->hits, k,
	       entry->live.error, truth_of(k));
}

static void all_is_right(unsigned int wanted)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		table_is_right(cpu);
	nr_rows = 0;
	rows_error = 0;
	last_hits = U64_MAX;
	memset(seen, 0, sizeof(seen));
	expect(!mms_topk_fill_by(NULL, &top, look_at_row), "no rows");
	expect(nr_rows == wanted && nr_rows <= mms_topk_rows(&top),
	       "%u rows, should be %u; %u were foretold", nr_rows, wanted,
	       mms_topk_rows(&top));
}

static void forget(void)
{
	mms_topk_reset(&top);
	memset(truths, 0, nr_cpu_ids * sizeof(*truths));
}

static void few_are_exact(void)
{
	unsigned int k, distinct = 0;

	forget();
	add_many_on_all(MMS_TOPK);
	for (k = 0; k < KEYS; k++)
		distinct += !!truth_of(k);
	all_is_right(distinct);
	expect(!rows_error, "an error of %llu", rows_error);
	result("few keys: all is exact");
}

static void many_are_bounded(void)
{
	struct mms_topk_entry *all;
	unsigned int n;

	forget();
	add_many_on_all(KEYS);
	all = kvmalloc_array(mms_topk_count(&top), sizeof(*all), GFP_KERNEL);
	if (expect(all, "no memory")) {
		expect(!mms_topk_read(&top, all, mms_topk_count(&top), &n), "no read");
		all_is_right(min(n, MMS_TOPK_ROWS));
		expect(rows_error, "it has not run over");
		expect(mms_topk_read(&top, all, MMS_TOPK, &n) == -EAGAIN,
		       "has room for what there is no room for");
	}
	kvfree(all);
	result("many keys: the error has its bound");
}

/* As an NMI would find it that comes in the midst of an update; then as ever. */
static int add_in_the_midst(void *data)
{
	struct mms_topk_cpu *tc = this_cpu_ptr(top.cpus);
	u64 key[MMS_TOPK_KEYS];
	unsigned long flags;

	make_key(key, 0);
	local_irq_save(flags);
	tc->seq.sequence++;
	mms_topk_add(&top, key, 1000000);
	mms_topk_hit(&top, 0);
	tc->seq.sequence++;
	local_irq_restore(flags);
	add(data, 0, 1);
	return 0;
}

static void is_left_alone_in_the_midst(void)
{
	unsigned int cpu = cpumask_first(cpu_online_mask);

	smp_call_on_cpu(cpu, add_in_the_midst, &truths[cpu], false);
	table_is_right(cpu);
	result("an update within another one does nothing");
}

static void hit_by_tasklet(struct tasklet_struct *tasklet)
{
	mms_topk_hit(&top, 1);
}

static void hit_by_irq(struct irq_work *work)
{
	mms_topk_hit(&top, 2);
}

/* Runs on one CPU, so that all is in its table. */
static int hit_from_all(void *data)
{
	struct tasklet_struct tasklet;
	struct irq_work work;

	tasklet_setup(&tasklet, hit_by_tasklet);
	init_irq_work(&work, hit_by_irq);
	mms_topk_hit(&top, 0);
	tasklet_schedule(&tasklet);
	tasklet_kill(&tasklet);
	irq_work_queue(&work);
	irq_work_sync(&work);
	*(pid_t *)data = task_pid_nr(current);
	return 0;
}

static void who_did_it(void)
{
	unsigned int i, cpu = cpumask_first(cpu_online_mask);
	const struct mms_topk_cpu *tc = per_cpu_ptr(top.cpus, cpu);
	pid_t pid = 0;

	forget();
	smp_call_on_cpu(cpu, hit_from_all, &pid, false);
	expect(tc->used == 3, "%u entries", tc->used);
	for (i = 0; i < tc->used; i++) {
		u64 node = tc->entries[i].key[MMS_TOPK_NODE];
		u64 by = tc->entries[i].key[MMS_TOPK_PID];
		bool irq = !strcmp(tc->entries[i].comm, "[irq]");

		expect(tc->hits[i] == 1, "%llu hits", tc->hits[i]);
		expect(node ? irq && !by : !irq && by == pid,
		       "node %llu: %llu %s", node, by, tc->entries[i].comm);
	}
	result("tasks have a name, interrupts are [irq]");
}

static void is_empty(void)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		const struct mms_topk_cpu *tc = per_cpu_ptr(top.cpus, cpu);

		expect(!tc->used, "CPU %u still has %u", cpu, tc->used);
		expect(!(tc->seq.sequence & 1), "CPU %u: a reader would never end", cpu);
	}
	expect(!mms_topk_rows(&top), "%u rows", mms_topk_rows(&top));
}

static int reset_often(void *data)
{
	unsigned int i;

	for (i = 0; i < RESETS; i++)
		mms_topk_reset(&top);
	complete(data);
	return 0;
}

static void resets_at_once(void)
{
	DECLARE_COMPLETION_ONSTACK(done);
	unsigned int i, running = 0;

	for (i = 0; i < RESETTERS; i++) {
		struct task_struct *task;

		task = kthread_run(reset_often, &done, "mmscope_reset%u", i);
		running += expect(!IS_ERR(task), "no thread");
	}
	while (running--)
		wait_for_completion(&done);
	expect(!torn, "two at once");
	is_empty();
	result("resets at once leave no table torn");
}

/* The last one: what it had stays, until it is reset. */
static void with_a_cpu_away(void)
{
	unsigned int cpu = cpumask_last(cpu_online_mask);

	forget();
	add_many_on_all(MMS_TOPK / 2);
	if (!expect(cpu && !remove_cpu(cpu), "CPU %u does not go", cpu)) {
		result("with a CPU away");
		return;
	}
	expect(per_cpu_ptr(top.cpus, cpu)->used, "CPU %u has lost its own", cpu);
	table_is_right(cpu);
	result("a CPU goes, and what it had stays");
	resets_at_once();
	expect(!add_cpu(cpu), "CPU %u does not come back", cpu);
	memset(truths, 0, nr_cpu_ids * sizeof(*truths));
	add_many_on_all(MMS_TOPK / 2);
	table_is_right(cpu);
	result("it comes back, and counts");
}

static int __init mms_topk_test_init(void)
{
	truths = kvcalloc(nr_cpu_ids, sizeof(*truths), GFP_KERNEL);
	if (!truths)
		return -ENOMEM;
	if (mms_topk_init(&top)) {
		kvfree(truths);
		return -ENOMEM;
	}
	prandom_seed_state(&stream, 1);
	few_are_exact();
	many_are_bounded();
	is_left_alone_in_the_midst();
	who_did_it();
	resets_at_once();
	with_a_cpu_away();
	pr_info("1..%u\n", tests);
	mms_topk_exit(&top);
	kvfree(truths);
	return any_failed ? -EINVAL : 0;
}
module_init(mms_topk_test_init);

static void __exit mms_topk_test_exit(void)
{
}
module_exit(mms_topk_test_exit);

MODULE_DESCRIPTION("Tests of mmscope's top-K");
MODULE_LICENSE("GPL");
