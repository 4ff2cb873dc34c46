#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The top-K by itself: runs module/topk_test.c, which takes a CPU away, and tells
# what it found.
#
# vm: --nodes 2 --cpus 2,1 --mem 512M,512M

# shellcheck source=selftests/common.sh
. "$(dirname "$0")/common.sh"

MODULE=mmscope_topk_test

[ -n "$(modprobe --show-depends "$MODULE" 2> /dev/null)" ] ||
	skip_all "there is no module $MODULE"

modprobe "$MODULE" 2> /dev/null
loaded=$?
rmmod "$MODULE" 2> /dev/null
mapfile -t lines < <(dmesg | sed -n "1,/mmscope test $$\$/d; s/.*$MODULE: //p")

for line in "${lines[@]}"; do
	case $line in
	\#*) echo "$line" ;;
	*ok\ *) check "${line#*ok [0-9]* }" test "${line%% *}" = ok ;;
	esac
done
check "it came to its end" test "${lines[-1]-}" = "1..$tests"
check "it has found no mistake" test "$loaded" = 0
check "no complaint in the kernel log" same "" "$(splats)"
finish
