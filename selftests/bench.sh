#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# In a guest of "make bench": bench.sh PART measures one part of what mmscope
# costs. Lines with a budget are results, the others begin with "#".

# shellcheck source=selftests/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=selftests/measure.sh
. "$(dirname "$0")/measure.sh"

BENCH=/sys/kernel/debug/mmscope_bench
LOOP="bare on alloc bare on alloc bare"

# Hot paths: nothing of them may become dearer

hot_paths() {
	local op

	make_devices || exit 1
	# By itself: page cache that comes and goes changes how free memory lies
	steady_series "$LOOP" fault
	steady_series "$LOOP" tmpfs "cached /dev/nullb0" "lock 20000" "wait /dev/nullb1"
	for op in fault tmpfs cached lock; do
		budget_ratio "$op, default probes" on "$op" 1.001
	done
	budget_ratio "a page wait that sleeps" on wait 1.05
	budget_ratio "fault, group alloc on" alloc fault 1.02
	diag "tmpfs, group alloc on: $(ratio alloc tmpfs)"
}

# 1.5 GiB through a guest of 1 GiB
reclaim() {
	make_devices || exit 1
	steady_series "bare on bare on bare" "stream /dev/nullb0 400000"
	awk '/^pgscan_(kswapd|direct) |^allocstall/ && $2 { print "#", $0 }' /proc/vmstat
	budget_ratio "page-cache reclaim by kswapd" on stream 1.002
}

# Several CPUs at once: says what is done in which order, and QEMU's plugin what each
# CPU took for it

contention() {
	local state op cpus all

	all=$(nproc)
	make_devices || exit 1
	# Then the module's memory is not from where that of the loops is
	taskset -p 1 $$ > /dev/null
	for state in $LOOP; do
		enter "$state"
		for op in fault tmpfs "wait /dev/nullb1 500" "together /dev/nullb1 500"; do
			for cpus in 1 "$all"; do
				# shellcheck disable=SC2086 # a list of words
				"$OPS" cpus "$cpus" $op > /tmp/figure || exit 1
				diag "run: $state $(cat /tmp/figure)"
			done
		done
		leave "$state"
	done
	check "all CPUs have worked" [ "$all" -gt 1 ]
}

# The same by other means: what they cost a fault, and a wait

EVENTS=$TRACING/events

enter_ring() {
	echo 1 | tee "$EVENTS/kmem/mm_page_alloc/enable" > "$EVENTS/kmem/mm_page_free/enable"
}

leave_ring() {
	echo 0 | tee "$EVENTS/kmem/mm_page_alloc/enable" > "$EVENTS/kmem/mm_page_free/enable"
	echo > "$TRACING/trace"
}

enter_hist() {
	echo 'hist:keys=order,migratetype' > "$EVENTS/kmem/mm_page_alloc/trigger" &&
		echo 'hist:keys=order' > "$EVENTS/kmem/mm_page_free/trigger"
}

leave_hist() {
	echo '!hist:keys=order,migratetype' > "$EVENTS/kmem/mm_page_alloc/trigger"
	echo '!hist:keys=order' > "$EVENTS/kmem/mm_page_free/trigger"
}

enter_kprobe() {
	echo 'p:mmscope_bench get_page_from_freelist' > "$TRACING/kprobe_events" &&
		echo 1 > "$EVENTS/kprobes/mmscope_bench/enable"
}

leave_kprobe() {
	echo 0 > "$EVENTS/kprobes/mmscope_bench/enable"
	echo > "$TRACING/kprobe_events"
	echo > "$TRACING/trace"
}

enter_perf() {
	perf stat -a -e kmem:mm_page_alloc,kmem:mm_page_free 2> /dev/null &
	perf=$!
	sleep 1
}

leave_perf() {
	kill -INT "$perf"
	wait "$perf" 2> /dev/null || :
}

# bpftrace says that it is attached before it is
enter_bpftrace() {
	bpftrace -e 'tracepoint:kmem:mm_page_alloc { @a[args->order] = count(); }
		tracepoint:kmem:mm_page_free { @f[args->order] = count(); }' > /dev/null 2>&1 &
	perf=$!
	within 60 grep -q poll "/proc/$perf/wchan"
}

leave_bpftrace() {
	kill -INT "$perf"
	wait "$perf" 2> /dev/null || :
}

enter_waitring() {
	local wake=folio_wake_bit

	# Before there were folios
	grep -qw "$wake" "$TRACING/available_filter_functions" || wake=wake_up_page_bit
	printf 'p:mmscope_bench %s\np:mmscope_bench2 wake_page_function\n' "$wake" \
		> "$TRACING/kprobe_events" &&
		echo 1 > "$EVENTS/kprobes/enable"
}

leave_waitring() {
	echo 0 > "$EVENTS/kprobes/enable"
	echo > "$TRACING/kprobe_events"
	echo > "$TRACING/trace"
}

PEERS="ring hist kprobe waitring perf bpftrace"

# Each between bare runs of its own: what has run before changes how memory lies
compare_with() {
	FIGURES=/tmp/mmscope-figures-$1
	steady_series "bare $1 bare $1 bare" fault tmpfs "wait /dev/nullb1"
	diag "$1: fault $(ratio "$1" fault), tmpfs $(ratio "$1" tmpfs), wait $(ratio "$1" wait)"
}

# cheaper_than PEER STATE OP WHAT
cheaper_than() {
	local limit

	FIGURES=/tmp/mmscope-figures-$1
	limit=$(ratio "$1" "$3")
	FIGURES=/tmp/mmscope-figures-$2
	budget_ratio "$4, $1" "$2" "$3" "$limit"
}

peers() {
	local state

	make_devices || exit 1
	# 5.10 of Debian is built without
	grep -qw hist "$EVENTS/kmem/mm_page_alloc/trigger" ||
		{ diag "this kernel has no hist triggers"; PEERS=${PEERS/hist /}; }
	for state in on alloc $PEERS; do
		compare_with "$state"
	done
	for state in ${PEERS/waitring /}; do
		cheaper_than "$state" alloc fault "counting allocations"
	done
	cheaper_than waitring on wait "page waits"
}

# drgn takes no part in what the kernel does: compared is what a look costs, without
# the start, and whether both see the same

cheaper_than_drgn() {
	budget "$1 to the same with drgn" \
		"$(calc "$(cost_of "$MMS/$1") / $(sed -n "s,^# drgn: $1 ,,p" /tmp/drgn)")" "$2"
}

drgn_looks() {
	load_module
	/usr/bin/python3 /drgn_looks.py /vmlinux > /tmp/drgn || exit 1
	grep '^#' /tmp/drgn
	cheaper_than_drgn zones/watermarks 0.1
	cheaper_than_drgn buddy/free 0.01
	cheaper_than_drgn pagewait/table 0.01
	check "drgn sees the same watermarks" same "$(sed -n 's/^mark //p' /tmp/drgn)" \
		"$(columns zones/watermarks node zone min_pages low_pages high_pages)"
	unload_module
}

# Wakes: instructions of unlocking a page, by waiter

# herd N: the cheapest of a few, for a tick of the clock may come in between
herd() {
	for _ in {1..5}; do
		echo "$1" > "$BENCH/herd" && cat "$BENCH/herd"
	done | sort -n | head -1
}

# a_waiter: what one more waiter makes waking dearer
a_waiter() {
	local few many

	herd 16 > /dev/null
	few=$(herd 16)
	many=$(herd 144)
	calc "($many - $few) / 128"
}

wakes() {
	local before with after bare limit=120

	modprobe mmscope_bench || exit 1
	before=$(a_waiter)
	enter on
	with=$(a_waiter)
	leave on
	after=$(a_waiter)
	diag "a waiter woken: $before bare, $with with mmscope, $after bare"
	# 7.2's scheduler takes 5 of 1120 more or less, by what it did before
	check "waking costs the same before and after" \
		at_most "$(calc "($before > $after ? $before / $after : $after / $before)")" 1.01
	bare=$(calc "($before < $after ? $before : $after)")
	# Without ftrace's arguments all registers are saved for each
	[[ $(uname -r) != 5.10* ]] || limit=150
	budget "a wake, for each waiter visited" "$(calc "$with - $bare")" "$limit"
}

# An idle machine: expiries of timers of ours are all that could wake it

expiries() {
	local event=$EVENTS/timer/timer_expire_entry

	echo > "$TRACING/trace"
	echo 1 > "$event/enable"
	echo 1 > "$EVENTS/timer/hrtimer_expire_entry/enable"
	sleep 10
	echo 0 > "$event/enable"
	echo 0 > "$EVENTS/timer/hrtimer_expire_entry/enable"
	grep -c 'function=mms_' "$TRACING/trace"
}

interrupts() {
	awk '$1 == "LOC:" { print $2 }' /proc/interrupts
}

idle() {
	local before

	before=$(interrupts)
	sleep 10
	diag "idle, bare: $(calc "($(interrupts) - $before) / 10") timer interrupts a second"
	enter on
	before=$(interrupts)
	sleep 10
	diag "idle, default: $(calc "($(interrupts) - $before) / 10") timer interrupts a second"
	budget "idle: timers of ours a second" "$(calc "$(expiries) / 10")" 10
	echo 0 > "$MMS_PARAMS/sample_ms"
	sleep 1
	budget "idle: the same with the sampler off" "$(calc "$(expiries) / 10")" 0
	leave on
}

# Coming and going

microseconds() {
	echo "${EPOCHREALTIME/./}"
}

load_time() {
	local begin loaded gone

	begin=$(microseconds)
	load_module
	loaded=$(microseconds)
	sleep 2
	budget "load, seconds" "$(calc "($loaded - $begin) / 1e6")" 1
	loaded=$(microseconds)
	unload_module
	gone=$(microseconds)
	budget "stop and rmmod, seconds" "$(calc "($gone - $loaded) / 1e6")" 2
}

# Reads

tables() {
	readable_tables | sed "s,^,$MMS/,"
}

FILES="/proc/zoneinfo /proc/buddyinfo /proc/pagetypeinfo
	/sys/kernel/debug/extfrag/extfrag_index /sys/kernel/debug/extfrag/unusable_index"

read_costs() {
	load_module
	echo +alloc > "$MMS/enable"
	# shellcheck disable=SC2046,SC2086 # lists of files
	reads $FILES $(tables) | sed 's/^/# read: /' | tee /tmp/reads
	check "every table can be read" \
		same "$(readable_tables)" "$(sed -n 's/^# read: \([a-z][^ ]*\) .*/\1/p' /tmp/reads | sort)"
}

fresh_reads() {
	load_module
	budget_reads
	unload_module
}

# Holds of zone->lock while a list has millions of entries

# holds_of NAME FILE: how many, the longest, and all, during one read
holds_of() {
	echo "$1" > "$BENCH/holds"
	cat "$2" > /dev/null
	cat "$BENCH/holds"
}

# a_pageblock TEXT: what one adds to the map, and by that all of a machine of 1 TiB
a_pageblock() {
	local nr cost

	nr=$(columns zones/watermarks spanned_pages | awk '{ n += $1 } END { print n / 512 }')
	cost=$(calc "$(cost_of "$MMS/buddy/pageblocks") / $nr")
	diag "a pageblock in the map, $1: $cost; of 1 TiB all: $(calc "$cost * 524288")"
}

# walked: entries, from node, zone, migratetype, order and length of each list, of
# orders with two lists that are too long for one hold; of others nr_free tells
walked() {
	awk '$5 >= 128 { long[$1, $2, $4]++ }
		{ sum[$1, $2, $4] += $5 }
		END {
			for (order in long)
				if (long[order] > 1)
					n += sum[order]
			print n + 0
		}' "$1"
}

holds() {
	local node=0 entries nr longest sum walk=/sys/kernel/debug/mmscope_walk

	modprobe mmscope_walk || exit 1
	load_module
	a_pageblock "all free"
	# With one long list an order there would be nothing to walk
	echo "take $node movable 10 1700" > "$walk/pages"
	echo "take $node unmovable 10 100000" > "$walk/pages"
	echo halve > "$walk/pages"
	entries=$(walked "$walk/lists")
	diag "$entries entries in lists that have to be walked"
	a_pageblock "all taken but odd pages"
	# shellcheck disable=SC2046,SC2086 # lists of files
	reads $FILES "$MMS/buddy/free" | sed 's/^/# read, fragmented: /'
	modprobe mmscope_bench watch=1 || exit 1
	read -r nr longest sum < <(holds_of pagetypeinfo /proc/pagetypeinfo)
	diag "pagetypeinfo: $nr holds, the longest $longest instructions"
	read -r nr longest sum < <(holds_of '[mmscope]' "$MMS/buddy/free")
	diag "buddy/free: $nr holds, $sum instructions in all"
	budget "the longest hold of zone->lock, in instructions" "$longest" 5000
	budget "entries of free lists a hold" "$(calc "$entries / $nr")" 256
}

# Memory, by what there may be of CPUs and nodes
memory() {
	load_module
	diag "memory for $(cat /sys/devices/system/cpu/possible) CPUs, nodes $(cat /sys/devices/system/node/possible): $(
		columns version item name value | sed -n 's/^bytes \([a-z]*\) /\1 /p' | paste -sd,)"
	echo +alloc > "$MMS/enable"
	diag "with the group alloc: $(cell version value item=bytes name=total)"
	check "its memory is known" [ "$(cell version value item=bytes name=total)" -gt 0 ]
	unload_module
}

for part; do
	"$part"
done
finish
