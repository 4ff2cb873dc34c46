#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A kernel that is locked down lets data be read and nothing be controlled. It
# cannot be unlocked again, so this needs a machine of its own.
#
# vm: --nodes 2 --cpus 2 --mem 1G --cmdline mms_may_lock_down

# shellcheck source=selftests/common.sh
. "$(dirname "$0")/common.sh"

LOCKDOWN=/sys/kernel/security/lockdown
REFUSED="Operation not permitted"

[ -e "$LOCKDOWN" ] || mount -t securityfs securityfs /sys/kernel/security 2> /dev/null
grep -qs '\[none\]' "$LOCKDOWN" || skip_all "this kernel cannot be locked down, or is already"
# Nobody wants this of a machine that is in use
grep -qw mms_may_lock_down /proc/cmdline || skip_all "the command line does not have mms_may_lock_down"

lock_down() {
	echo "$1" > "$LOCKDOWN" && grep -q "\[$1\]" "$LOCKDOWN"
}

data_files() {
	readable_tables | grep -vx enable
}

# Each is a table
data_is_read() {
	local file

	for file in $(data_files); do
		head -1 "$MMS/$file" | grep -q ' taken_ns$' || { diag "$file"; return 1; }
	done
	taken_now zones/watermarks
}

# controls_refuse: to be read as well as to be written
controls_refuse() {
	refuses "$MMS/enable" "-zones" "$REFUSED" && refuses "$MMS/reset" 1 "$REFUSED" &&
		not cat "$MMS/enable" 2> /dev/null
}

log_tells_why() {
	dmesg | grep -q 'Lockdown: .*debugfs access is restricted'
}

hooks_count() {
	local before

	before=$(cell probes hits_total target=sched_process_exit)
	sh -c :
	[ "$(cell probes hits_total target=sched_process_exit)" -gt "$before" ]
}

nothing_was_switched() {
	same "$hooks" "$(columns probes group target state)"
}

tool_reads() {
	mmscope zones > /dev/null && mmscope snapshot -o /tmp/mmscope-lockdown 2> /dev/null &&
		mmscope -i /tmp/mmscope-lockdown zones > /dev/null
}

unsigned_is_refused() {
	local said

	said=$(modprobe mmscope 2>&1) && return 1
	[[ $said == *"$REFUSED"* || $said == *"Key was rejected"* ]] || { diag "$said"; return 1; }
}

check "it loads" load_module
hooks=$(columns probes group target state)
check "locked down for integrity" lock_down integrity
check "data is read" data_is_read
check "controls refuse" controls_refuse
check "the kernel log tells why" log_tells_why
check "nothing was switched" nothing_was_switched
check "the hooks go on counting" hooks_count
if command -v mmscope > /dev/null; then
	check "the tool reads it" tool_reads
else
	skip "the tool is not here"
fi
check "stop and start" sh -c "echo 1 > $MMS_PARAMS/stop && echo 0 > $MMS_PARAMS/stop"
check "data is read" data_is_read
check "locked down for confidentiality" lock_down confidentiality
check "that changes nothing of it" data_is_read
check "controls refuse" controls_refuse
check "it unloads" unload_module
check "nothing is left" nothing_left
check "unsigned it does not come back" unsigned_is_refused
check "no complaint in the kernel log" same "" "$(splats)"
finish
