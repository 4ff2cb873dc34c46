// SPDX-License-Identifier: GPL-2.0-only
/*
 * For the test of the race of open() and rmmod: stays a while between the two
 * steps of try_stop_module(), which takes a module's last reference, and then says
 * that it is going by what is the first thing in a struct module (6.1 to 7.2). In
 * machine code of x86 that is a store of MODULE_STATE_GOING to where a register
 * points, and a kprobe can be put on it.
 */
#include <linux/delay.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/stddef.h>
#include <linux/string.h>

/* Long enough for the other CPU to open a file, short enough for its interrupts. */
static unsigned int ms = 100;
module_param(ms, uint, 0);

static int stay(struct kprobe *probe, struct pt_regs *regs)
{
	mdelay(ms);
	return 0;
}

static struct kprobe gap = { .pre_handler = stay };

/* Where it is static it may be part of its caller, delete_module(2). */
static u8 *find_function(void)
{
	static const char * const names[] = {
		"try_stop_module", "__do_sys_delete_module.constprop.0",
		"__do_sys_delete_module.isra.0", "__do_sys_delete_module",
		"__se_sys_delete_module", "__x64_sys_delete_module",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		struct kprobe probe = { .symbol_name = names[i],
					.flags = KPROBE_FLAG_DISABLED };

		if (register_kprobe(&probe))
			continue;
		unregister_kprobe(&probe);
		pr_info("mmscope_gap: looks at %s\n", names[i]);
		return (u8 *)probe.addr;
	}
	return NULL;
}

/* movl $MODULE_STATE_GOING,(REGISTER), without what extends the register */
static bool is_the_store(const u8 *code)
{
	static const u8 going[] = { MODULE_STATE_GOING, 0, 0, 0 };
	unsigned int len = code[1] == 0x04 ? 3 : 2;

	return code[0] == 0xc7 && code[1] < 8 && code[1] != 5 &&
	       !memcmp(code + len, going, sizeof(going));
}

/* A kprobe is only taken where an instruction begins. */
static int put_at(u8 *addr)
{
	memset(&gap, 0, sizeof(gap));
	gap.pre_handler = stay;
	gap.addr = (kprobe_opcode_t *)addr;
	return register_kprobe(&gap);
}

static int __init gap_init(void)
{
	u8 *code = find_function();
	unsigned int i;

	BUILD_BUG_ON(offsetof(struct module, state));
	for (i = 0; code && i < 4096; i++) {
		if (!is_the_store(&code[i]))
			continue;
		if (((code[i - 1] & 0xf0) == 0x40 && !put_at(&code[i - 1])) ||
		    !put_at(&code[i])) {
			pr_info("mmscope_gap: stays at +%u\n", i);
			return 0;
		}
	}
	return -ENOENT;
}

static void __exit gap_exit(void)
{
	unregister_kprobe(&gap);
}

module_init(gap_init);
module_exit(gap_exit);

MODULE_DESCRIPTION("Slows rmmod where it races with open, for the tests of mmscope");
MODULE_LICENSE("GPL");
