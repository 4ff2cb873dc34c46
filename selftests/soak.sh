#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# MMSCOPE_MINUTES of vm, file, page-fault and fork stressors together, with all
# groups on and all files read all the time: at the end the totals are those of
# /proc/vmstat, no hit was missed, and no memory is gone.

# shellcheck source=selftests/common.sh
. "$(dirname "$0")/common.sh"

MINUTES=${MMSCOPE_MINUTES-}
[ -n "$MINUTES" ] || skip_all "MMSCOPE_MINUTES does not say how long"
[[ $MINUTES =~ ^[1-9][0-9]*$ ]] ||
	{ echo "Bail out! MMSCOPE_MINUTES is $MINUTES, and no number of minutes"; exit 1; }
command -v stress-ng > /dev/null || skip_all "there is no stress-ng"

# Of what counts for a node each CPU keeps a part to itself until it is asked
vmstat() {
	cat /proc/sys/vm/stat_refresh > /dev/null
	awk -v names=" $* " 'index(names, " " $1 " ") { sum += $2 } END { print sum + 0 }' \
		/proc/vmstat
}

# Caches that the module allocates from: "NAME OBJECTS" of each
kmalloc_objects() {
	awk '/^kmalloc-/ { print $1, $2 }' /proc/slabinfo
}

# Sum of a column
sum() {
	columns "$@" | awk '{ sum += $1 } END { print sum + 0 }'
}

what_moves() {
	grep -E '^(pageoutrun|pgscan_|pgsteal_|allocstall|oom_kill)' /proc/vmstat
}

# No kswapd has run for longer than its naps are
is_at_rest() {
	local before

	before=$(what_moves)
	sleep 0.5
	[ "$before" = "$(what_moves)" ]
}

# Says what does not; a busy machine has taken more than a minute
comes_to_rest() {
	local before

	within 300 is_at_rest && return
	before=$(what_moves)
	sleep 5
	diag "$(diff <(echo "$before") <(what_moves))" "$(ps)" "$(cat "$MMS/zones/watermarks")"
	return 1
}

switch_all_on() {
	columns enable group | sed 's/^/+/' | tr '\n' ' ' > "$MMS/enable" &&
		same 1 "$(columns enable enabled | sort -u)"
}

hooks() {
	columns probes group target state
}

# What the kernel has, and mmscope wants, is attached
no_hook_is_off() {
	same "" "$(hooks | grep -v -e ' attached$' -e ' absent$')"
}

# Nodes whose pages are not known: some kernels have no event for them
unknown_pages() {
	columns kswapd/nodes node lru_scanned_total lru_reclaimed_total | grep -e ' -'
}

# Nothing moves meanwhile, so that both begin to count at the same moment
begin_counting() {
	local before

	comes_to_rest || return
	before=$(what_moves)
	echo 1 > "$MMS/reset"
	runs=$(vmstat pageoutrun)
	scanned=$(vmstat pgscan_kswapd)
	stolen=$(vmstat pgsteal_kswapd)
	stalls=$(vmstat allocstall_dma allocstall_dma32 allocstall_normal allocstall_movable)
	[ "$before" = "$(what_moves)" ]
}

read_disk() {
	while kill -0 "$stress"; do
		dd if=/dev/nullb0 of=/dev/null bs=1M count=1000
	done 2> /dev/null
}

# Files are those of a disk that has nothing to say, and of memory
start_stressing() {
	stress-ng --quiet --temp-path /tmp --timeout "$((MINUTES * 60))s" \
		--vm 2 --vm-bytes 75% --vm-populate --fault 1 --fork 2 \
		--hdd 1 --hdd-bytes 64M --mmap 1 --mmap-bytes 15% &
	stress=$!
	[ ! -b /dev/nullb0 ] || read_disk &
	disk=$!
}

bytes() {
	cell version value item=bytes name=total
}

# Until the stressors end: groups stay on, bytes stay the same
watch() {
	local end=$((SECONDS + MINUTES * 60))

	while kill -0 "$stress" 2> /dev/null; do
		same "$bytes" "$(bytes)" && same 1 "$(columns enable enabled | sort -u)" ||
			return
		sleep 5
	done
	wait "$stress" || { diag "stress-ng fails"; return 1; }
	wait "$disk"
	[ "$SECONDS" -ge "$end" ] || { diag "it took less"; return 1; }
}

# agrees WHAT VMSTAT FOUND [LEAST MOST]: the same, or between these
agrees() {
	diag "$1: $3, by vmstat $2"
	[ "${4:-$2}" -le "$3" ] && [ "$3" -le "${5:-$2}" ]
}

runs_agree() {
	local n=$(($(vmstat pageoutrun) - runs))

	agrees "runs of kswapd" "$n" "$(sum kswapd/nodes runs_total)"
}

pages_agree() {
	local n

	same "$unknown" "$(unknown_pages)" || return
	[ -z "$unknown" ] || { diag "not known: $unknown"; return 0; }
	n=$(($(vmstat pgscan_kswapd) - scanned))
	agrees "pages scanned" "$n" "$(sum kswapd/nodes lru_scanned_total)" || return
	n=$(($(vmstat pgsteal_kswapd) - stolen))
	agrees "pages reclaimed" "$n" "$(sum kswapd/nodes lru_reclaimed_total)"
}

hits() {
	cell probes hits_total target="$1"
}

# Some give up before they come to be counted as stalled, some are counted twice
stalls_fit() {
	local n

	n=$(($(vmstat allocstall_dma allocstall_dma32 allocstall_normal \
		allocstall_movable) - stalls))
	agrees "direct reclaims" "$n" "$(hits try_to_free_pages)" $((n / 2)) $((n * 2 + 100))
}

there_was_something() {
	[ "$(vmstat pageoutrun)" -gt "$((runs + 10))" ] && [ "$(hits sched_process_exit)" -gt 100 ]
}

none_missed() {
	same "" "$(columns probes target state missed_total |
		grep -v -e ' attached 0$' -e ' absent -$')"
}

# A leak in reading would be an object for each of very many reads
objects_stay() {
	local allowed=$((tables_read / 20 + 500)) grown

	grown=$(awk -v most="$allowed" '
		NR == FNR { before[$1] = $2; next }
		$2 - before[$1] > most { print $1, before[$1], $2 }
		' <(echo "$objects") <(kmalloc_objects))
	diag "$tables_read tables were read; up to $allowed objects of each kmalloc cache may be others'"
	same "" "$grown"
}

clean_up() {
	[ -z "${stress-}" ] || kill "$stress" 2> /dev/null
	stop_readers
	swapoff -a 2> /dev/null
	rmmod null_blk 2> /dev/null
	unload_module
}
trap clean_up EXIT

modprobe -q null_blk gb=16
! mkswap /dev/disk-swap > /dev/null 2>&1 || swapon /dev/disk-swap
check "it loads" load_module
check "every group is on" switch_all_on
check "no hook is off" no_hook_is_off
hooks=$(hooks)
unknown=$(unknown_pages)
bytes=$(bytes)
memory=$(memory)
start_readers 2
sleep 5
objects=$(kmalloc_objects)
check "it begins to count" within 60 begin_counting
start_stressing
check "$MINUTES minutes under load" watch
check "nothing was wrong with what was read" readers_had_no_trouble
check "all comes to rest" comes_to_rest
check "there was something to see" there_was_something
# A run that is under way is not counted at one moment by both, a lost one never
check "runs are those of vmstat" within 60 runs_agree
check "pages of kswapd are those of vmstat" within 60 pages_agree
check "direct reclaims fit" stalls_fit
check "all hooks are as at first" same "$hooks" "$(hooks)"
check "no hit was missed" none_missed
check "memory is not more than at first" same "$bytes" "$(bytes)"
# The stressors leave the kernel's own objects behind: 1.4 MiB of slab in two minutes
check_memory "$memory" "$(memory)" 4096
check "it unloads" unload_module
check "kmalloc caches have not grown" objects_stay
check "nothing is left" nothing_left
check "no complaint in the kernel log" same "" "$(splats)"
finish
