// SPDX-License-Identifier: GPL-2.0-only
/*
 * insn_count.so,out=FILE: a plugin of QEMU's TCG that counts instructions on
 * several CPUs, where -icount knows but one. The guest marks what it measures
 * with no-ops (see mark() in bench_ops.c); for each pair of them FILE gets a
 * line "CPU COUNT". A block of code counts as a whole when it is entered, so
 * that an instruction which faults counts twice.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "qemu_plugin.h"

#define MAX_CPUS	256

__attribute__((visibility("default")))
int qemu_plugin_version = QEMU_PLUGIN_VERSION;

/* Each is written by its own CPU's thread alone. */
static struct {
	unsigned long long executed;
	unsigned long long begin;
} __attribute__((aligned(64))) cpus[MAX_CPUS];

static FILE *out;

/* nopl 0x6d6d7300(%rax) begins, nopl 0x6d6d7301(%rax) ends. */
static const unsigned char mark[] = { 0x0f, 0x1f, 0x80, 0x00, 0x73, 0x6d, 0x6d };
#define MARK_WHICH 3

static void on_block(unsigned int cpu, void *nr)
{
	if (cpu < MAX_CPUS)
		cpus[cpu].executed += (uintptr_t)nr;
}

static void on_begin(unsigned int cpu, void *unused)
{
	if (cpu < MAX_CPUS)
		cpus[cpu].begin = cpus[cpu].executed;
}

static void on_end(unsigned int cpu, void *unused)
{
	if (cpu >= MAX_CPUS)
		return;
	fprintf(out, "%u %llu\n", cpu, cpus[cpu].executed - cpus[cpu].begin);
	fflush(out);
}

/* 0 or 1 if it is a mark, else -1 */
static int which_mark(const struct qemu_plugin_insn *insn)
{
	unsigned char bytes[sizeof(mark)];
	int which;

	if (qemu_plugin_insn_size(insn) != sizeof(mark))
		return -1;
#if QEMU_PLUGIN_VERSION >= 3
	qemu_plugin_insn_data(insn, bytes, sizeof(bytes));
#else
	memcpy(bytes, qemu_plugin_insn_data(insn), sizeof(bytes));
#endif
	which = bytes[MARK_WHICH];
	bytes[MARK_WHICH] = 0;
	return memcmp(bytes, mark, sizeof(mark)) || which > 1 ? -1 : which;
}

static void on_translate(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	size_t nr = qemu_plugin_tb_n_insns(tb);

	qemu_plugin_register_vcpu_tb_exec_cb(tb, on_block, QEMU_PLUGIN_CB_NO_REGS,
					     (void *)(uintptr_t)nr);
	for (size_t i = 0; i < nr; i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
		int which = which_mark(insn);

		if (which >= 0)
			qemu_plugin_register_vcpu_insn_exec_cb(insn,
							       which ? on_end : on_begin,
							       QEMU_PLUGIN_CB_NO_REGS,
							       NULL);
	}
}

__attribute__((visibility("default")))
int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc,
			char **argv)
{
	if (argc != 1 || strncmp(argv[0], "out=", 4)) {
		fprintf(stderr, "insn_count: wants out=FILE\n");
		return -1;
	}
	out = fopen(argv[0] + 4, "w");
	if (!out)
		perror(argv[0] + 4);
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_translate);
	return out ? 0 : -1;
}
