// SPDX-License-Identifier: GPL-2.0-only
#include <linux/kallsyms.h>
#include <linux/kprobes.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "mutant.h"
#include "probe.h"
#include "symbol.h"

/* Is @addr the very start of the symbol @name, by the kernel's own word? */
static bool mms_starts_symbol(const void *addr, const char *name)
{
	char *text = kmalloc(KSYM_SYMBOL_LEN, GFP_KERNEL);
	size_t len = strlen(name);
	bool yes = false;

	if (text) {
		sprint_symbol(text, (unsigned long)addr);
		yes = !strncmp(text, name, len) &&
		      !strncmp(text + len, "+0x0/", 5);
		kfree(text);
	}
	return yes;
}

/*
 * register_kprobe() looks the name up (kprobe_addr(), kernel/kprobes.c), leaves
 * the address in the kprobe and only then refuses it with -EINVAL, since data is
 * no text (check_kprobe_address_safe()). Should it be text, a kprobe that was never
 * armed is sure to go again.
 */
const void *mms_data_symbol(const char *name)
{
	struct kprobe kp = { .symbol_name = name, .flags = KPROBE_FLAG_DISABLED };
	int err;

	if (mms_mutant_hides(name))
		return NULL;
	err = register_kprobe(&kp);
	if (!err) {
		unregister_kprobe(&kp);
		return NULL;
	}
	return kp.addr && mms_starts_symbol(kp.addr, name) ? kp.addr : NULL;
}
