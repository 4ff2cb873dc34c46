#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A hook that the kernel does not let go: the code that it runs has to stay, and
# all is told. First for once, made up for hooks of each kind; then for ever, as it
# is when ftrace has found a mistake and ended itself, in which case the functions
# that it traces go on to call us.
#
# vm: --nodes 2 --cpus 2 --mem 1G --cmdline ibt=off

# shellcheck source=selftests/common.sh
. "$(dirname "$0")/common.sh"

NTH=/sys/module/mmscope_fail/parameters/nth
EVERY=groups=zones,kswapd,buddy,alloc,pagewait

attached() {
	columns probes state group kind target | sed -n 's/^attached //p'
}

# Those that are still there though they were to go
stuck() {
	columns probes reason group kind target | sed -n 's/^cannot-be-removed //p'
}

hooks() {
	columns probes group kind target state reason
}

# busy_with N FILE TEXT: with the Nth of the calls failing, writing is refused
busy_with() {
	local said

	# Only calls of the task that has asked for it fail: of this one subshell
	said=$({ echo "$1" > "$NTH" && echo "$3" > "$2"; } 2>&1) && { diag "$2 took $3"; return 1; }
	[[ $said == *"Device or resource busy"* ]] || { diag "$said"; return 1; }
}

rmmod_is_refused() {
	local said

	said=$(rmmod mmscope 2>&1) && { diag "it is unloaded"; return 1; }
	[[ $said == *"in use"* ]] || { diag "$said"; return 1; }
	taken_now version && same N "$(cat "$MMS_PARAMS/stop")"
}

goes_at_last() {
	echo 1 > "$MMS_PARAMS/stop" && same Y "$(cat "$MMS_PARAMS/stop")" && [ ! -e "$MMS" ] &&
		echo 0 > "$MMS_PARAMS/stop" && same "$all_hooks" "$(hooks)"
}

# All are back; only the reason of one tells that it had not gone
goes_on() {
	echo 0 > "$MMS_PARAMS/stop" &&
		same "$all_hooks" "$(hooks | sed 's/ cannot-be-removed$/ -/')"
}

# one_stays N KIND: with the Nth call failing one hook of this kind stays, and the
# rest goes
one_stays() {
	busy_with "$1" "$MMS_PARAMS/stop" 1 && same "$(attached)" "$(stuck)" &&
		same "$2" "$(stuck | awk '{ print $2 }')" && rmmod_is_refused && goes_on &&
		goes_at_last
}

# Of one group, in enable
one_of_group_stays() {
	busy_with 1 "$MMS/enable" -alloc &&
		same "0 1" "$(columns enable group enabled attached | sed -n 's/^alloc //p')" &&
		rmmod_is_refused && echo -alloc > "$MMS/enable" && same "" "$(stuck)" &&
		echo +alloc > "$MMS/enable" && same "$all_hooks" "$(hooks)"
}

# Nobody can refuse it any more, so it tries again in ten seconds
rmmod_waits() {
	local begin=$SECONDS

	sh -c "echo 1 > $NTH && exec rmmod mmscope" || return
	[ $((SECONDS - begin)) -ge 9 ] || { diag "it took $((SECONDS - begin)) s"; return 1; }
}

told() {
	dmesg | grep -q 'mmscope: the kernel does not let go of .*, so mmscope stays'
}

wmarks_hits() {
	columns probes target hits_total | sed -nE 's/^(__)?setup_per_zone_wmarks //p'
}

# Who writes a sysctl has the watermarks set anew, and calls our hook there
hook_runs() {
	local before

	before=$(wmarks_hits)
	cat /proc/sys/vm/min_free_kbytes > /tmp/wmarks &&
		cat /tmp/wmarks > /proc/sys/vm/min_free_kbytes &&
		[ "$(wmarks_hits)" -gt "$before" ]
}

# All of ftrace's, and kprobes by ftrace where the kernel keeps them too (6.1)
what_is_ftraces_stays() {
	same "$by_ftrace" "$(attached | grep ' ftrace ')" &&
		same "" "$(attached | grep ' tracepoint ')" && same "$(attached)" "$(stuck)"
}

# The kernel itself warns of its kprobes, and that is the one thing
no_other_splats() {
	same "" "$(splats | grep -v 'kernel/kprobes.c')"
}

stop_is_refused() {
	refuses "$MMS_PARAMS/stop" 1 "Device or resource busy"
}

zones_are_refused() {
	refuses "$MMS/enable" "-zones" "Device or resource busy"
}

rest_comes_back() {
	echo +zones > "$MMS/enable" && attached | grep -q 'zones tracepoint'
}

tables_can_be_read() {
	local table

	for table in $(readable_tables); do
		cat "$MMS/$table" > /dev/null || return
	done
}

check "it loads" load_module "$EVERY"
all_hooks=$(hooks)
by_ftrace=$(attached | grep ' ftrace ')
check "calls to let a tracepoint go can fail" \
	modprobe mmscope_fail calls=tracepoint_probe_unregister=-16
last=$(attached | grep -c ' tracepoint ')
check "the first stays for once" one_stays 1 tracepoint
check "the last" one_stays "$last" tracepoint
check "one of a group" one_of_group_stays
check "the kernel log tells" told
rmmod mmscope_fail
check "calls to let an ftrace callback go can fail" \
	modprobe mmscope_fail calls=unregister_ftrace_function=-16
check "the first stays for once" one_stays 1 ftrace
check "the last" one_stays "$(wc -l <<< "$by_ftrace")" ftrace
check "plain rmmod waits until it is gone" rmmod_waits
rmmod mmscope_fail
check "nothing is left" nothing_left
check "no complaint in the kernel log" same "" "$(splats)"

# The console is where a guest is watched for complaints, and the log is looked at here
printk=$(cat /proc/sys/kernel/printk)
echo 1 > /proc/sys/kernel/printk
check "it loads again" load_module "$EVERY"
check "its hook runs" hook_runs
# It stays for good
trap - EXIT
check "ftrace is ended" modprobe mmscope_dead
check "the hook runs still" hook_runs
check "stop is refused" stop_is_refused
check "what is ftrace's stays, and all else goes" what_is_ftraces_stays
check "rmmod is refused" rmmod_is_refused
check "to switch off the group is refused" zones_are_refused
check "tracepoints come back" rest_comes_back
check "stop is refused again" stop_is_refused
check "the hook runs to the end" hook_runs
check "all tables can be read" tables_can_be_read
check "no complaint but the kernel's own" no_other_splats
echo "$printk" > /proc/sys/kernel/printk
finish
