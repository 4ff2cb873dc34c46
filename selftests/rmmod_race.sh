#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The race that the orderly stop is there to avoid: try_stop_module() takes the
# module's last reference before it says that the module is going, and an open()
# of one of its files between the two is warned of (full_proxy_open(), 6.12).
# Plain rmmod under open() until it is, MMSCOPE_RACES times at most; then thrice as
# often with the stop. In a guest of its own, for the kernel has to complain.

# shellcheck source=selftests/common.sh
. "$(dirname "$0")/common.sh"

MOST=${MMSCOPE_RACES:-0}
[ "$MOST" -gt 0 ] || skip_all "MMSCOPE_RACES does not say how often"

warned() {
	dmesg | grep -q 'did not clean up at exit'
}

# rmmod_under_open COMMAND...: loads, and unloads while files are opened
rmmod_under_open() {
	local end

	load_module groups=none || return
	start_readers 2 open
	# They have to be at it, and then it is a matter of few instructions
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

until_warned() {
	for ((cycles = 1; cycles <= MOST; cycles++)); do
		rmmod_under_open rmmod mmscope || { diag "rmmod $cycles"; return 1; }
		! warned || break
	done
	diag "$cycles times"
}

never_warned() {
	local i

	for ((i = 0; i < 3 * cycles; i++)); do
		rmmod_under_open stop_and_rmmod || { diag "stop $i"; return 1; }
	done
	diag "$i times"
	not warned
}

trap unload_module EXIT

check "it comes and goes without a stop" until_warned
if warned; then
	check "debugfs warns of an open in rmmod" warned
	dmesg -c > /dev/null
	check "of none in an orderly stop" never_warned
else
	skip "the race was not met"
fi
finish
