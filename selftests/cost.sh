#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What mmscope costs, in instructions, against what it may: the short form of
# "make bench", with those budgets that need but a minute.
#
# vm: --icount --nodes 2 --cpus 1,0 --mem 2G

# shellcheck source=selftests/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=selftests/measure.sh
. "$(dirname "$0")/measure.sh"

[[ $(uname -r) == 6.1.* && $SLOWNESS = 1 ]] ||
	skip_all "the budgets have been measured on 6.1 only"
make_devices || skip_all "needs null_blk"

# By itself: page cache that comes and goes changes how free memory lies
steady_series "bare on alloc bare on alloc bare" "fault 10000"
steady_series "bare on bare on bare" "tmpfs 2000" "cached /dev/nullb0 2000" \
	"lock 20000" "wait /dev/nullb1 500"
for op in fault tmpfs cached lock; do
	budget_ratio "$op with the default probes" on "$op" 1.001
done
budget_ratio "a page wait that sleeps" on wait 1.05
budget_ratio "fault with allocations counted" alloc fault 1.02

load_module
budget_reads
finish
