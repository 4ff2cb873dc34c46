#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The race that the orderly stop is there to avoid: try_stop_module() takes the
# module's last reference before it says that the module is going, and an open()
# of one of its files between the two is warned of (full_proxy_open(), 6.12). Here
# rmmod stays between them for a while (modules/mmscope_gap.c): under open() it is
# warned of, and with the stop before it is not, MMSCOPE_RACES times. In a guest of
# its own, for the kernel has to complain.

# shellcheck source=selftests/common.sh
. "$(dirname "$0")/common.sh"

TIMES=${MMSCOPE_RACES:-0}
[ "$TIMES" -gt 0 ] || skip_all "MMSCOPE_RACES does not say how often"

warned() {
	dmesg | grep -q 'did not clean up at exit'
}

# rmmod_under_open COMMAND...: loads, and unloads while files are opened
rmmod_under_open() {
	local end

	load_module groups=none || return
	start_readers 2 open
	# They have to be at it
	sleep 0.1
	end=$((SECONDS + 20))
	until "$@" 2> /dev/null || [ "$SECONDS" -ge "$end" ]; do :; done
	kill "${readers[@]}"
	wait "${readers[@]}"
	nothing_left
}

stop_and_rmmod() {
	echo 1 > "$MMS_PARAMS/stop" && rmmod mmscope
}

plain_rmmod() {
	rmmod_under_open rmmod mmscope
}

stop_often() {
	local i

	for ((i = 1; i <= TIMES; i++)); do
		rmmod_under_open stop_and_rmmod || { diag "stop $i"; return 1; }
	done
}

clean_up() {
	unload_module
	rmmod mmscope_gap 2> /dev/null
}
trap clean_up EXIT

# Debian's 5.10 stores it in another way
if [[ $(uname -r) == 5.* ]]; then
	skip "mmscope_gap does not find the place in this kernel"
else
	check "rmmod stays where it may be raced with" modprobe mmscope_gap
	check "it comes and goes without a stop" plain_rmmod
	check "debugfs warns of an open in it" warned
	dmesg -c > /dev/null
fi
check "it comes and goes with a stop, $TIMES times" stop_often
check "debugfs warns of nothing" not warned
finish
