#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# CPUs go off- and online while all files are read, all groups are on and memory is
# short: zones/pcp has the CPUs that are online, the sampler goes on with them, what
# was counted on one that goes is not lost, and resets do not tear it.
#
# vm: --nodes 2 --cpus 2,2 --mem 1G,1G

# shellcheck source=selftests/common.sh
. "$(dirname "$0")/common.sh"

CPUS=/sys/devices/system/cpu
CYCLES=3

mapfile -t can_go < <(find "$CPUS"/cpu[1-9]*/online 2> /dev/null | sort -V)
[ "${#can_go[@]}" -ge 1 ] || skip_all "no CPU can go offline"

# For each populated zone each CPU that is online
wanted_pcp() {
	local zone cpus

	cpus=$(in_list "$(cat "$CPUS/online")")
	while read -r zone; do
		awk -v zone="$zone" '{ print zone, $1 }' <<< "$cpus"
	done < <(populated_zones)
}

pcp_has_the_online() {
	same "$(wanted_pcp)" "$(columns zones/pcp node zone cpu)"
}

# "TABLE COLUMN SUM" of what only grows
totals() {
	awk '
		FNR == 1 {
			delete total
			for (i = 1; i <= NF; i++)
				if ($i ~ /_total$/)
					total[i] = FILENAME " " $i
			next
		}
		{
			for (i in total)
				sum[total[i]] += $i
		}
		END {
			for (name in sum)
				printf "%s %.0f\n", name, sum[name]
		}' "$MMS/probes" "$MMS/buddy/flow" "$MMS/kswapd/nodes"
}

# none_is_less TOTALS
none_is_less() {
	awk '
		NR == FNR { before[$1, $2] = $3; next }
		$3 < before[$1, $2] { print "# " $0 ", was " before[$1, $2]; less = 1 }
		END { exit less }' <(echo "$1") <(totals)
}

turn() {
	local file before

	for file in "${can_go[@]}"; do
		before=$(totals)
		echo "$1" > "$file" && pcp_has_the_online && none_is_less "$before" || return 1
	done
}

# What is read goes over the CPUs that are away too
reset_at_once_and_read() {
	local i pids=() end=$((SECONDS + 5))

	for i in 1 2 3 4; do
		while [ "$SECONDS" -lt "$end" ]; do
			echo 1 > "$MMS/reset"
		done &
		pids+=("$!")
	done
	wait "${pids[@]}"
	cat "$MMS/zones/pressed" "$MMS/kswapd/wakers" "$MMS/pagewait/top" > /dev/null &
	within 20 not kill -0 "$!" 2> /dev/null
}

switch_all_on() {
	columns enable group | sed 's/^/+/' | paste -sd' ' > "$MMS/enable"
}

cycles() {
	local i

	for ((i = 0; i < CYCLES; i++)); do
		turn 0 && turn 1 || return 1
	done
}

samples() {
	cell zones/watermarks samples_total node=0 | tail -n 1
}

# A deferrable timer waits for work on its CPU
sampler_goes_on() {
	local before end=$((SECONDS + 2))

	before=$(samples)
	while [ "$SECONDS" -le "$end" ]; do
		:
	done
	[ "$(samples)" -gt $((before + 3)) ]
}

# Does it run on a CPU that has come, when that works?
sampler_is_back() {
	local instance=$TRACING/instances/mmscope-test cpu=${can_go[0]} status=1

	cpu=${cpu#"$CPUS/cpu"}
	cpu=${cpu%/online}
	mkdir "$instance" || return 1
	echo 1 > "$instance/events/timer/timer_start/enable"
	taskset "$(printf '%x' $((1 << cpu)))" timeout 2 sh -c 'while :; do :; done' \
		2> /dev/null
	grep -q "\\[0*$cpu\\].*function=mms_sampler" "$instance/trace" && status=0
	rmdir "$instance"
	return "$status"
}

clean_up() {
	stop_readers
	stop_pressing
	for file in "${can_go[@]}"; do
		echo 1 > "$file"
	done
	unload_module
}
trap clean_up EXIT

check "the module loads" load_module
check "pcp has the CPUs that are online" pcp_has_the_online
check "all groups are on" switch_all_on
start_readers 2
start_pressing 1 700
check "CPUs go and come while files are read" cycles
check "a CPU goes" sh -c "echo 0 > ${can_go[0]}"
check "many reset at once, and can read" reset_at_once_and_read
check "CPUs go" turn 0
check "the sampler goes on with the others" sampler_goes_on
check "it can be given another period" sh -c "echo 200 > $MMS_PARAMS/sample_ms"
check "CPUs come" turn 1
check "nothing was wrong with what was read" readers_had_no_trouble
stop_pressing
check "the sampler works on a CPU that came" sampler_is_back
check "CPUs go once more" turn 0
check "the module unloads" unload_module
check "and loads" load_module
check "CPUs come to it" turn 1
check "no complaint in the kernel log" same "" "$(splats)"
finish
