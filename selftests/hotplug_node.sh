#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A node comes and goes with all that it is: memory is plugged into a machine
# that runs, and pulled out again, while all files are read and memory is short.
# Its kswapd begins and ends with it, and nothing of it stays in any table.
#
# vm: --nodes 3 --cpus 2,1,0 --mem 1G,1G,0 --disk 512M --qmp

# shellcheck source=selftests/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=selftests/hotplug.bash
. "$(dirname "$0")/hotplug.bash"

# Nobody else's serial port is written to
MONITOR=$(sed -n 's/^VM_QMP=//p' /vm/settings 2> /dev/null)
# Each takes minutes where sanitizers watch
CYCLES=$((SLOWNESS > 1 ? 1 : 3))
NEW=2
SIZE=$((256 << 20))

# monitor JSON: sends a command to the machine's monitor, and looks at what it
# answers to this one; events come in between, and what was garbled on the way is
# answered too
asked=0
monitor() {
	local line

	asked=$((asked + 1))
	printf '%s, "id": %d}\n' "${1%\}}" "$asked" >&3
	while read -r -t 10 -u 3 line; do
		[[ $line == *"\"id\": $asked"[,\}]* ]] || continue
		[[ $line == *'"error"'* ]] || return 0
		diag "$1: $line"
		return 1
	done
	diag "$1: no answer"
	return 1
}

# QMP's byte for "forget what came so far". Until its echo is off the port sends
# back what the monitor says, and of that perhaps only the begin: all that follows
# would be part of an object that never ends.
hello() {
	printf '\xff' >&3 && monitor '{"execute": "qmp_capabilities"}'
}

# What is sent too early is lost. A second time it would be refused, if the first
# had arrived and its answer had not.
connect() {
	stty -F "$MONITOR" raw -echo && exec 3<> "$MONITOR" &&
		{ within 30 hello || monitor '{"execute": "query-status"}'; }
}

node_is_there() {
	[ -d "$NODES/node$NEW" ]
}

# Block after block comes online, and only then does the node stand still
is_online() {
	local block

	block=$((16#$(cat /sys/devices/system/memory/block_size_bytes)))
	in_list "$(cat "$NODES/has_memory")" | grep -qx "$NEW" &&
		[ "$(cat "$NODES/node$NEW"/memory[0-9]*/state | grep -cx online)" = $((SIZE / block)) ]
}

# The memory itself stays the machine's from first to last. Else QEMU (TCG, 10.0) goes on
# running what it has translated of the code in it when other memory has come in its
# place: qemu_ram_free() forgets none of that, and ram_block_add() calls the pages dirty,
# so that writes do not either. Programs crash whose code was swapped in there.
new_memory() {
	monitor '{"execute": "object-add", "arguments": {"qom-type":
		"memory-backend-ram", "id": "new", "size": '"$SIZE"'}}'
}

# The machine lets go of what was pulled a moment after the kernel
plug() {
	within 10 monitor '{"execute": "device_add", "arguments": {"driver": "pc-dimm",
		"id": "dimm", "memdev": "new", "node": '"$NEW"'}}' > /dev/null &&
	within 60 is_online
}

# Before it lets go of memory the kernel takes it offline itself; it gives up
# when that fails, as it may when the memory is in use
pull() {
	monitor '{"execute": "device_del", "arguments": {"id": "dimm"}}' &&
	within 60 not node_is_there
}

# Who did something to a node, and how long waits for its pages took, stays true
HISTORY='kswapd/wakers|zones/pressed|pagewait/latency'

new_is_gone() {
	local table

	for table in $(readable_tables | grep -vxE "$HISTORY"); do
		! head -1 "$MMS/$table" | grep -qw node ||
			not grep -qx "$NEW" <(columns "$table" node) ||
			{ diag "$table has node $NEW"; return 1; }
	done
}

has_run_since() {
	[ "$(cell kswapd/nodes runs_total node="$NEW")" -gt "$1" ]
}

# Swapping and reading while it is there make its kswapd run, perhaps for longer
# than the memory is wanted
use_it() {
	local before

	before=$(cell kswapd/nodes runs_total node="$NEW")
	"$(dirname "$0")/mempress" -n "$NEW" -m 300 > /dev/null
	within 30 has_run_since "$before" ||
		{ diag "kswapd$NEW has not run:" "$(cat "$MMS/kswapd/nodes")"; return 1; }
}

come_and_go() {
	plug && all_agree && kswapds_run && use_it &&
		pull && all_agree && kswapds_run && new_is_gone
}

cycles() {
	local i

	for ((i = 0; i < CYCLES; i++)); do
		come_and_go || return 1
	done
}

# The last run there was: when it began, and how long it took
last_run() {
	columns kswapd/runs node start_ns length_ns |
		awk -v node="$NEW" '$1 == node { run = $2 " " $3 } END { print run }'
}

now() {
	cell version taken_ns item=bytes name=total
}

# Who is to stop kswapd wakes it, and then it is held up in its run, so that it never
# gets to consider to sleep
pull_in_run() {
	local status=0

	modprobe mmscope_stay at=kswapd_stop,balance_pgdat ms=500,2000 "rouse=$NEW" ||
		return
	pull || status=1
	rmmod mmscope_stay
	return "$status"
}

# It may be on the CPU that is held up, and then is stopped without a run
stopped_in_run() {
	local try pulled gone start length

	for ((try = 0; try < 8; try++)); do
		pulled=$(now)
		pull_in_run || return
		gone=$(now)
		sleep 3
		plug || return
		read -r start length < <(last_run)
		diag "pulled $pulled to $gone: run at $start of $length"
		[ "$start" -lt "$pulled" ] || [ "$length" -lt 1000000000 ] || break
	done
	[ "$start" -gt "$pulled" ] && [ $((start + length)) -lt "$gone" ]
}

clean_up() {
	stop_readers
	stop_pressing
	unload_module
}

[ -n "$MONITOR" ] || skip_all "the machine's monitor cannot be reached"
check "the machine's monitor answers" connect || finish
check "it has memory to plug in" new_memory || finish
trap clean_up EXIT
# As a machine that wants to give the memory back would have it
echo online_movable > /sys/devices/system/memory/auto_online_blocks ||
	skip_all "memory that is plugged in stays offline"
mkswap /dev/disk-swap > /dev/null && swapon /dev/disk-swap

check "the module loads" load_module
check "tables agree with the kernel" all_agree
start_readers 2
start_pressing 1 1100
check "a node comes and goes while files are read and memory is short" cycles
check "a node comes" plug
check "a run that kswapd is stopped in ends with it" stopped_in_run
check "nothing was wrong with what was read" readers_had_no_trouble
check "the module unloads" unload_module
check "and loads, with that node" load_module
check "tables agree with the kernel" all_agree
check "the node goes" pull
check "tables agree with the kernel" all_agree
check "none has that node" new_is_gone
check "no complaint in the kernel log" same "" "$(splats)"
finish
