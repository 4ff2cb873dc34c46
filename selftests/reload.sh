#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The module comes and goes 30 times, or MMSCOPE_CYCLES, while everything is in
# use: readers in all files, hooks that are hit, groups switched, trace events
# recorded, the sampler's period changed; and no memory is gone with it. Then it
# stops and starts a third as often while its files are opened all the time. Then
# what a held file does to stop and rmmod.

# shellcheck source=selftests/common.sh
. "$(dirname "$0")/common.sh"

CYCLES=${MMSCOPE_CYCLES:-30}
STOPS=$((CYCLES / 3))
# By then all is there that the kernel keeps after a first time
WARM=$((CYCLES / 3 + 1))
BUSY="Resource temporarily unavailable"
# Where sanitizers watch, a read by two at once has taken 67 s
LONGEST_S=$((60 * SLOWNESS))

# Disturbers go on as long as it is there
DISTURB=/tmp/mmscope-disturb

# disturb COMMAND: again and again. What it needs comes and goes, so that it may
# fail; notes when it does not.
disturb() {
	while [ -e "$DISTURB" ]; do
		! "$1" || echo >> "/tmp/mmscope-did.$1"
		sleep 0."$((RANDOM % 9 + 1))"
	done 2> /dev/null
}

# One of them, now and then all
switch_groups() {
	local groups

	groups=$(columns enable group) && [ -n "$groups" ] || return
	[ $((RANDOM % 8)) = 0 ] || groups=$(shuf -n 1 <<< "$groups")
	echo "-${groups//$'\n'/ -}" > "$MMS/enable" && echo "+${groups//$'\n'/ +}" > "$MMS/enable"
}

# Off, or as fast as it goes
change_period() {
	[ -e "$MMS_PARAMS/sample_ms" ] && echo $((RANDOM % 2 * 100)) > "$MMS_PARAMS/sample_ms"
}

# Is recorded most of the time, also when the module goes
switch_event() {
	local enable=$TRACING/events/mmscope/enable

	[ -e "$enable" ] && echo 0 > "$enable" && echo 1 > "$enable"
}

what_disturbs=(switch_groups change_period hit_hooks press_memory switch_event)

# Watermarks are set to what they are, which one of the hooks sees
hit_hooks() {
	local kbytes

	kbytes=$(cat /proc/sys/vm/min_free_kbytes)
	echo "$kbytes" > /proc/sys/vm/min_free_kbytes &&
		[ -e "$MMS/reset" ] && echo 1 > "$MMS/reset"
}

# What is read from a disk that has nothing to say goes through all of memory;
# without one, a file in memory has to do
press_memory() {
	if [ -b /dev/nullb0 ]; then
		dd if=/dev/nullb0 of=/dev/null bs=1M count=30
	else
		dd if=/dev/zero of=/tmp/mmscope-pressure bs=1M count=30 &&
			rm /tmp/mmscope-pressure
	fi
}

# With readers they get what loading leaves: with as much as that, a thousand loads
# take hours on a machine that is emulated
start_disturbing() {
	local what

	: > "$DISTURB"
	disturbers=()
	for what in "${what_disturbs[@]}"; do
		disturb "$what" > /dev/null 2>&1 &
		disturbers+=("$!")
	done
	renice -n 10 "${disturbers[@]}" > /dev/null
}

# None is killed: what it had begun would go on, and take memory
stop_disturbing() {
	rm -f "$DISTURB"
	[ -z "${disturbers[*]-}" ] || wait "${disturbers[@]}"
	disturbers=()
}

all_have_disturbed() {
	local what did status=0

	for what in "${what_disturbs[@]}"; do
		did=$(grep -cs "" "/tmp/mmscope-did.$what")
		diag "$what: ${did:-0} times"
		[ "${did:-0}" -gt 0 ] || status=1
	done
	return "$status"
}

try_stop() {
	echo 1 > "$MMS_PARAMS/stop"
} 2> /dev/null

# As who unloads would do it: again, as long as somebody has a file open
unload_in_the_end() {
	local begin end

	begin=$(now_ns)
	until try_stop; do
		[ $(($(now_ns) - begin)) -lt "${LONGEST_S}000000000" ] ||
			{ diag "stop: busy for $LONGEST_S s"; return 1; }
		sleep 0.01
	done
	# Nobody can have opened a file after that, but a perf event takes a moment
	within "$LONGEST_S" rmmod mmscope 2> /dev/null || { diag "rmmod: busy"; return 1; }
	end=$(now_ns)
	took_ms=$(((end - begin) / 1000000))
}

# Each time was short: whoever was never in luck comes to it now
stay_a_while() {
	load_module || { diag "the last load fails"; return 1; }
	within 60 all_have_disturbed > /dev/null
	sleep $((4 * SLOWNESS))
	unload_in_the_end && nothing_left
}

come_and_go() {
	local i total=0 longest=0

	for ((i = 1; i <= CYCLES; i++)); do
		load_module || { diag "load $i fails"; return 1; }
		sleep 0.0"$((RANDOM % 10))"
		unload_in_the_end || return 1
		nothing_left || { diag "something is left of $i"; return 1; }
		total=$((total + took_ms))
		[ "$took_ms" -le "$longest" ] || longest=$took_ms
		[ "$i" != "$WARM" ] || { stop_disturbing; warm=$(memory); start_disturbing; }
		[ $((i % 100)) != 0 ] || diag "$i of $CYCLES"
	done
	stay_a_while || return 1
	diag "$CYCLES times; stop and rmmod took $((total / CYCLES)) ms, at most $longest"
}

# open() against stop: the race that the orderly stop is there to avoid

# Refused are those where somebody had a file open for a second
stop_and_start_under_opens() {
	local i stopped=0

	for ((i = 1; i <= STOPS; i++)); do
		! try_stop || stopped=$((stopped + 1))
		echo 0 > "$MMS_PARAMS/stop" || { diag "no start after stop $i"; return 1; }
		[ -e "$MMS/version" ] || { diag "no files after stop $i"; return 1; }
	done
	diag "$stopped of $STOPS stops"
	[ "$stopped" -ge $((STOPS / 2)) ]
}

# A file that is held

hold_file() {
	exec {held}< "$MMS/zones/watermarks"
}

rmmod_is_busy() {
	local said

	said=$(rmmod mmscope 2>&1) && return 1
	[[ $said == *"in use"* || $said == *"$BUSY"* ]] || { diag "$said"; return 1; }
}

all_is_as_before() {
	same N "$(cat "$MMS_PARAMS/stop")" && same "$files" "$(find "$MMS" | sort)" &&
		same attached "$(cell probes state target=out_of_memory)" &&
		taken_now zones/watermarks
}

held_file_is_read() {
	[ "$(wc -l <&"$held")" -ge 2 ]
}

let_go() {
	exec {held}<&-
}

stop_is_orderly() {
	try_stop && [ ! -e "$MMS" ] && same Y "$(cat "$MMS_PARAMS/stop")" &&
		not grep -q mmscope "$TRACING/enabled_functions" &&
		not grep -q out_of_memory /sys/kernel/debug/kprobes/list
}

starts_again() {
	echo 0 > "$MMS_PARAMS/stop" && all_is_as_before
}

# What was counted before the stop is still there after it
stop_and_start_keep_counts() {
	local before groups

	groups=$(columns enable group)
	echo "-${groups//$'\n'/ -}" > "$MMS/enable"
	before=$(columns probes group target hits_total)
	try_stop && echo 0 > "$MMS_PARAMS/stop" &&
		same "$before" "$(columns probes group target hits_total)" &&
		same 0 "$(columns enable enabled | sort -u)" &&
		echo "+${groups//$'\n'/ +}" > "$MMS/enable" &&
		same 1 "$(columns enable enabled | sort -u)"
}

clean_up() {
	stop_disturbing
	stop_readers
	rm -f /tmp/mmscope-pressure /tmp/mmscope-did.*
	rmmod null_blk 2> /dev/null
	unload_module
}
trap clean_up EXIT

modprobe -q null_blk gb=16
rm -f /tmp/mmscope-did.*
check "it loads" load_module
start_readers 2 moving
renice -n 10 "${readers[@]}" > /dev/null
start_disturbing
check "comes and goes $CYCLES times under load" come_and_go
stop_disturbing
memory=$(memory)
check "each of those that disturb did so" all_have_disturbed
# A quarter of a page a load may be others'
check_memory "$warm" "$memory" "$CYCLES"
check "nothing was wrong with what was read" readers_had_no_trouble
check "nothing is left" nothing_left

check "it loads" load_module
files=$(find "$MMS" | sort)
start_readers 2 open
check "stops and starts $STOPS times while files are opened" stop_and_start_under_opens
check "the openers end" readers_had_no_trouble
check "a file is held open" hold_file
check "rmmod is refused" rmmod_is_busy
check "stop is refused" refuses "$MMS_PARAMS/stop" 1 "$BUSY"
check "nothing has changed" all_is_as_before
check "the held file can be read" held_file_is_read
check "it is closed" let_go
check "stop takes away the files and the hooks" stop_is_orderly
check "stop a second time" try_stop
check "start brings them back" starts_again
check "start a second time" starts_again
check "counts and groups outlast a stop" stop_and_start_keep_counts
check "rmmod alone does it when nobody reads" rmmod mmscope
check "nothing is left" nothing_left
check "stopped and started it loads again" load_module
check "and goes stopped" unload_module
check "nothing is left" nothing_left
check "no complaint in the kernel log" same "" "$(splats)"
finish
