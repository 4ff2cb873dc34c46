// SPDX-License-Identifier: GPL-2.0-only
/*
 * For the test of hooks that cannot be taken back: does to ftrace what ftrace does
 * to itself when it finds a mistake, ftrace_kill(). From then on it lets nobody go,
 * until the machine is started anew; so this belongs into a guest of its own, one
 * with ibt=off, since nobody else calls that function by a pointer.
 */
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/string.h>

/* A kprobe stands behind the ENDBR of a function (arch_adjust_kprobe_addr(), 6.1). */
static void *entry_of(u8 *addr)
{
	static const u8 endbr[] = { 0xf3, 0x0f, 0x1e, 0xfa };

	return memcmp(addr - sizeof(endbr), endbr, sizeof(endbr)) ?
		addr : addr - sizeof(endbr);
}

static int __init dead_init(void)
{
	struct kprobe probe = { .symbol_name = "ftrace_kill",
				.flags = KPROBE_FLAG_DISABLED };
	int err = register_kprobe(&probe);
	void (*ftrace_kill)(void);

	if (err)
		return err;
	ftrace_kill = entry_of((u8 *)probe.addr);
	unregister_kprobe(&probe);
	ftrace_kill();
	return 0;
}

module_init(dead_init);

MODULE_DESCRIPTION("Ends ftrace, for the tests of mmscope");
MODULE_LICENSE("GPL");
