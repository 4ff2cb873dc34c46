// SPDX-License-Identifier: GPL-2.0-only
/*
 * For tests of what happens between two steps of the kernel: whoever comes to one of
 * these functions stays there for a while, so that others can come between. At the
 * first one a kswapd can be woken.
 */
#include <linux/delay.h>
#include <linux/kprobes.h>
#include <linux/mmzone.h>
#include <linux/module.h>
#include <linux/wait.h>

#define PLACES 4

static char *at[PLACES];
static unsigned int nr_at;
module_param_array(at, charp, &nr_at, 0);
MODULE_PARM_DESC(at, "functions");

static unsigned int ms[PLACES];
module_param_array(ms, uint, NULL, 0);
MODULE_PARM_DESC(ms, "how long, each");

static int rouse = NUMA_NO_NODE;
module_param(rouse, int, 0);
MODULE_PARM_DESC(rouse, "node whose kswapd is woken at the first one");

static struct kprobe places[PLACES];

static int stay(struct kprobe *probe, struct pt_regs *regs)
{
	if (probe == places && rouse != NUMA_NO_NODE)
		wake_up_interruptible(&NODE_DATA(rouse)->kswapd_wait);
	mdelay(ms[probe - places]);
	return 0;
}

static void leave(unsigned int nr)
{
	while (nr--)
		unregister_kprobe(&places[nr]);
}

static int __init stay_init(void)
{
	unsigned int i;
	int err;

	for (i = 0; i < nr_at; i++) {
		places[i].symbol_name = at[i];
		places[i].pre_handler = stay;
		err = register_kprobe(&places[i]);
		if (err) {
			leave(i);
			return err;
		}
	}
	return 0;
}

static void __exit stay_exit(void)
{
	leave(nr_at);
}

module_init(stay_init);
module_exit(stay_exit);

MODULE_DESCRIPTION("Slows functions of the kernel, for the tests of mmscope");
MODULE_LICENSE("GPL");
