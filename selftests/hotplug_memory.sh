#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Memory goes on- and offline while all files are read and it is used: rows come
# and go with the zones, a zone that was gone begins anew, and nobody who reads
# waits for ever.
#
# vm: --nodes 3 --cpus 2,1,0 --mem 1G,1G,0 --dimm 1:256M --dimm 2:256M

# shellcheck source=selftests/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=selftests/hotplug.bash
. "$(dirname "$0")/hotplug.bash"

CYCLES=3
WALK=/sys/kernel/debug/mmscope_walk

mapfile -t blocks < <(grep -lx offline /sys/devices/system/memory/memory*/state 2> /dev/null)
[ "${#blocks[@]}" -ge 1 ] || skip_all "no memory is offline"

# The kernel may need several attempts at memory that is in use
turn() {
	local file

	for file in "${blocks[@]}"; do
		[ "$1" != "$(cat "$file")" ] || continue
		within 30 sh -c "echo $1 > $file" 2> /dev/null ||
			{ diag "$file does not go $1"; return 1; }
	done
}

come_and_go() {
	turn online_movable && all_agree && turn offline && all_agree
}

cycles() {
	local i

	for ((i = 0; i < CYCLES; i++)); do
		come_and_go || return 1
	done
}

# Zones that are there only as long as the memory is
new_zones() {
	populated_zones | grep -vxF "$zones_before"
}

since_of() {
	cell zones/watermarks since_ns node="$1" zone="$2"
}

# Away and back again: what was remembered of the zones has begun anew
zones_begin_anew() {
	local node zone before

	turn offline || return 1
	# Seen by the sampler, which looks when a CPU has work
	timeout 1 sh -c 'while :; do :; done' 2> /dev/null
	before=$(now_ns)
	turn online_movable || return 1
	while read -r node zone; do
		[ "$(since_of "$node" "$zone")" -gt "$before" ] ||
			{ diag "node $node $zone remembers"; return 1; }
	done < <(new_zones)
}

others_go_on() {
	local node zone

	while read -r node zone; do
		[ "$(since_of "$node" "$zone")" -lt "$loaded" ] || return 1
	done <<< "$zones_before"
}

is_held() {
	[ "$(cat "$WALK/held_pages")" -gt 0 ]
}

# As if its pages could not be moved: then the kernel tries and tries
hold_memory() {
	modprobe mmscope_walk && echo 2 > "$WALK/hold" || return
	echo offline > "${blocks[0]}" 2> /dev/null &
	offline=$!
	within 20 is_held
}

let_memory_go() {
	[ ! -d "$WALK" ] || echo 0 > "$WALK/hold"
	! wait "$offline" && rmmod mmscope_walk
}

reader_waits() {
	cat "$MMS/zones/pcp" > /dev/null &
	reader=$!
	sleep 1
	kill -0 "$reader" || { diag "it has read"; return 1; }
}

interrupt_reader() {
	kill "$reader"
	! wait "$reader"
}

waits_until_signal() {
	reader_waits && interrupt_reader
}

others_read() {
	timeout 20 cat "$MMS/version" "$MMS/probes" "$MMS/enable" > /dev/null
}

no_stop_under_reader() {
	reader_waits && refuses "$MMS_PARAMS/stop" 1 "temporarily unavailable" &&
		interrupt_reader
}

stops_and_starts() {
	echo 1 > "$MMS_PARAMS/stop" && [ ! -d "$MMS" ] && echo 0 > "$MMS_PARAMS/stop" &&
		others_read
}

clean_up() {
	stop_readers
	stop_pressing
	[ ! -d "$WALK" ] || let_memory_go
	turn offline
	unload_module
}
trap clean_up EXIT

zones_before=$(populated_zones)
check "the module loads" load_module
cat "$MMS/zones/watermarks" > /dev/null
loaded=$(now_ns)
check "tables agree with the kernel" all_agree
start_readers 3
start_pressing 1 500
check "memory comes and goes while files are read and it is used" cycles
stop_pressing
check "memory comes" turn online_movable
check "there are new zones" test -n "$(new_zones)"
check "tables agree with the kernel" all_agree
check "each node with memory has its kswapd" kswapds_run
check "a zone that was gone begins anew" zones_begin_anew
check "the others go on" others_go_on
check "tables agree with the kernel" all_agree
check "nothing was wrong with what was read" readers_had_no_trouble
check "the module unloads" unload_module
check "and loads, with that memory" load_module
check "tables agree with the kernel" all_agree
if [ -n "$(modprobe --show-depends mmscope_walk 2> /dev/null)" ]; then
	check "memory is held while it goes" hold_memory
	check "who reads its zones waits, and can be interrupted" waits_until_signal
	check "other files are read" others_read
	check "mmscope does not stop under a reader that waits" no_stop_under_reader
	check "without one it stops, and starts again" stops_and_starts
	check "memory that could not go stays" let_memory_go
	check "tables agree with the kernel" all_agree
fi
check "memory goes" turn offline
check "tables agree with the kernel" all_agree
check "no complaint in the kernel log" same "" "$(splats)"
finish
