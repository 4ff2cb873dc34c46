/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The interface of QEMU for plugins of its TCG. Not every package of QEMU has the
 * header: then this is as much of its version 1 as is used here. Later ones differ
 * in qemu_plugin_insn_data() only.
 */
#ifndef MMS_QEMU_PLUGIN_H
#define MMS_QEMU_PLUGIN_H

#if __has_include("qemu-plugin.h")
#include "qemu-plugin.h"
#else

#include <stddef.h>

#define QEMU_PLUGIN_VERSION 1
#define qemu_plugin_id_t unsigned long long
#define qemu_info_t struct qemu_info

struct qemu_info;
struct qemu_plugin_tb;
struct qemu_plugin_insn;

enum qemu_plugin_cb_flags {
	QEMU_PLUGIN_CB_NO_REGS,
};

/**
 * qemu_plugin_register_vcpu_tb_trans_cb - call @cb for each block of code that is
 * translated
 */
void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id,
					   void (*cb)(qemu_plugin_id_t id,
						      struct qemu_plugin_tb *tb));

/**
 * qemu_plugin_register_vcpu_tb_exec_cb - call @cb before each run of @tb, on the
 * thread of the CPU; while it is translated
 */
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *tb,
					  void (*cb)(unsigned int cpu, void *data),
					  enum qemu_plugin_cb_flags flags,
					  void *data);

/**
 * qemu_plugin_register_vcpu_insn_exec_cb - the same for one instruction
 */
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn,
					    void (*cb)(unsigned int cpu, void *data),
					    enum qemu_plugin_cb_flags flags,
					    void *data);

/**
 * qemu_plugin_tb_n_insns - how many instructions the block has
 */
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);

/**
 * qemu_plugin_tb_get_insn - one of them; valid while the block is translated
 */
struct qemu_plugin_insn *
qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t i);

/**
 * qemu_plugin_insn_size - its length in bytes
 */
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *insn);

/**
 * qemu_plugin_insn_data - its bytes; valid while the block is translated
 */
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *insn);

#endif
#endif
