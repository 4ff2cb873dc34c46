#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The registry of hooks: probes and enable against what debugfs and tracefs tell
# of the same hooks, their counts against tracefs counting the same events, and
# what may be written to enable and reset.

# shellcheck source=selftests/common.sh
. "$(dirname "$0")/common.sh"

KPROBES=/sys/kernel/debug/kprobes/list
INSTANCE=$TRACING/instances/mmscope-test
EVENTS=(mm_vmscan_wakeup_kswapd mm_vmscan_kswapd_wake mm_vmscan_kswapd_sleep
	mm_vmscan_throttled mm_vmscan_direct_reclaim_end)
FUNCTIONS=(try_to_free_pages out_of_memory)

has_function() {
	grep -qE " [tT] $1\$" /proc/kallsyms
}

# The inner one is called by all; where it is gone the outer one is whole
WMARKS=setup_per_zone_wmarks
! has_function __setup_per_zone_wmarks || WMARKS=__setup_per_zone_wmarks

has_event() {
	[ -d "$TRACING/events/vmscan/$1" ]
}

# The mechanism of a kprobe, by the kernel's own list
kprobe_mechanism() {
	case $(grep -E " k +$1\+" "$KPROBES") in
	'')		echo - ;;
	*FTRACE*)	echo ftrace ;;
	*OPTIMIZED*)	echo jump ;;
	*)		echo int3 ;;
	esac
}

# What probes should have in its first columns and the last, by other sources
wanted_hooks() {
	local name

	for name in "${EVENTS[@]}"; do
		if has_event "$name"; then
			echo "zones tracepoint $name attached tracepoint -"
		else
			echo "zones tracepoint $name absent - not-in-this-kernel"
		fi
	done
	for name in "${FUNCTIONS[@]}"; do
		echo "zones kprobe $name attached $(kprobe_mechanism "$name") -"
	done
	echo "zones ftrace $WMARKS attached ftrace -"
}

# hooks COLUMN...: these columns of all rows
hooks() {
	columns probes "$@"
}

hooks_as_wanted() {
	same "$(wanted_hooks | sort)" \
		"$(hooks group kind target state mechanism reason | sort)"
}

# enable against the rows of probes that the other sources agree with
enable_as_wanted() {
	local on=$1 attached=0

	[ "$on" = 0 ] || attached=$(wanted_hooks | grep -c ' attached ')
	same "group enabled hooks attached
zones $on $(wanted_hooks | wc -l) $attached" \
		"$(awk '{ print $1, $2, $3, $4 }' "$MMS/enable")"
}

# Those of our kprobes that the kernel's own list has
listed_kprobes() {
	sed -nE 's/.* k +([a-z_]+)\+.*/\1/p' "$KPROBES" |
		grep -xF "$(printf '%s\n' "${FUNCTIONS[@]}")" | sort
}

kprobes_are_listed() {
	same "$(printf '%s\n' "${FUNCTIONS[@]}" | sort)" "$(listed_kprobes)"
}

# The callback of ours that ftrace calls for functions, by its own list
ftrace_hooks() {
	sed -n 's/ .*mms_on_ftrace.*\[mmscope\].*//p' "$TRACING/enabled_functions"
}

ftrace_is_listed() {
	same "$WMARKS" "$(ftrace_hooks)"
}

none_is_listed() {
	same "" "$(listed_kprobes)" && same "" "$(ftrace_hooks)"
}

# What fires the hooks. Huge pages are reserved until the node has no more: its
# kswapd is woken and then the reserving task reclaims by itself, and nothing
# else is in want, for the other nodes have memory.

NODE=$(find /sys/devices/system/node/ -path '*/node[0-9]*/hugepages-2048kB' 2>/dev/null |
	sort -V | tail -1)
NODE=${NODE%/hugepages/*}
HUGE_PAGES=$NODE/hugepages/hugepages-2048kB/nr_hugepages

# Takes most of the node at once, so that the rest is quick to take and give.
# Not all: a kswapd that finds nothing to reclaim is soon not woken any more.
prepare_node() {
	local free

	[ -n "$NODE" ] || return 0
	huge_pages_before=$(cat "$HUGE_PAGES")
	free=$(awk '$3 == "MemFree:" { print $4 }' "$NODE/meminfo")
	huge_pages=$((huge_pages_before + free * 7 / 8 / 2048))
	echo "$huge_pages" > "$HUGE_PAGES"
}

sink_node() {
	[ -n "$NODE" ] || return 0
	echo 1000000 > "$HUGE_PAGES"
	echo "$huge_pages" > "$HUGE_PAGES"
}

give_back_node() {
	[ -z "$NODE" ] || echo "${huge_pages_before:-0}" > "$HUGE_PAGES"
}

# The kernel ends the task that asks for it most
end_one() {
	local pid

	sleep 60 &
	pid=$!
	echo 1000 > "/proc/$pid/oom_score_adj"
	echo f > /proc/sysrq-trigger
	wait "$pid" 2>/dev/null
	[ $? = 137 ]
}

# To what they are
set_wmarks() {
	local kbytes

	kbytes=$(cat /proc/sys/vm/min_free_kbytes)
	echo "$kbytes" > /proc/sys/vm/min_free_kbytes
}

fire() {
	sink_node && end_one && set_wmarks && set_wmarks && settle
}

# kswapd goes on for a moment
settle() {
	local before='' now

	for _ in {1..20}; do
		now=$(hooks hits_total)
		[ "$now" != "$before" ] || return 0
		before=$now
		sleep 0.3
	done
	return 1
}

# tracefs counts the same: events in a buffer, functions by kprobes of its own

start_counting() {
	local name

	prepare_node
	mkdir "$INSTANCE" || return 1
	for name in "${EVENTS[@]}"; do
		! has_event "$name" || echo 1 > "$INSTANCE/events/vmscan/$name/enable"
	done
	for name in "${FUNCTIONS[@]}" "$WMARKS"; do
		echo "p:mmstest/$name $name" >> "$TRACING/kprobe_events" || return 1
	done
	echo 1 > "$TRACING/events/mmstest/enable"
}

stop_counting() {
	[ ! -d "$TRACING/events/mmstest" ] || echo 0 > "$TRACING/events/mmstest/enable"
	for name in "${FUNCTIONS[@]}" "$WMARKS"; do
		echo "-:mmstest/$name" >> "$TRACING/kprobe_events"
	done 2>/dev/null
	[ ! -d "$INSTANCE" ] || rmdir "$INSTANCE"
	give_back_node
}

clear_counts() {
	echo > "$INSTANCE/trace"
	echo 1 > "$MMS/reset"
}

# "target hits missed" of each hook that is not absent
counts_by_tracefs() {
	local name

	for name in "${EVENTS[@]}"; do
		! has_event "$name" ||
			echo "$name $(grep -c " $name: " "$INSTANCE/trace") 0"
	done
	for name in "${FUNCTIONS[@]}" "$WMARKS"; do
		awk -v name="$name" '$1 == name { print $1, $2, $3 }' "$TRACING/kprobe_profile"
	done
}

counts() {
	hooks target state hits_total missed_total | awk '$2 != "absent" { print $1, $3, $4 }'
}

counts_agree() {
	same "$(counts_by_tracefs | sort)" "$(counts | sort)"
}

all_counts_are_0() {
	same "$(counts | awk '{ print $1, 0, 0 }')" "$(counts)"
}

each_was_hit() {
	local seldom='throttled'

	[ -n "$NODE" ] || seldom+='|vmscan|try_to_free'
	not grep -E ' 0 [0-9]+$' <(counts | grep -vE "$seldom")
}

absent_are_unknown() {
	not grep -v ' - -$' <(hooks state hits_total missed_total | grep ^absent)
}

# Off: nothing is hit any more, and what was counted stays

off_and_quiet() {
	local before

	before=$(counts)
	fire && same "$before" "$(counts)"
}

hooks_are_off() {
	same "$(wanted_hooks | awk '{ print $3, $4 == "absent" ? "absent" : "off", "-", $6 }' | sort)" \
		"$(hooks target state mechanism reason | sort)"
}

# switch WORDS ON: writing this leaves the group like that
switch() {
	printf '%b' "$1" > "$MMS/enable" && same "$2" "$(cell enable enabled group=zones)"
}

REFUSED_WORDS=('zones' '+' '-' '+nosuch' '-nosuch' '+zones -nosuch' '-zones nosuch'
	'-zones +' '-zones,+zones' '+ zones' '-zones 1' '1' '\n' ' ' '-zones\0'
	'-zones\0+zones' '+Zones' '-zonesx' '-zone' "-zones $(printf '+zones %.0s' {1..60})")

refuses_bad_words() {
	local words before

	before=$(awk '{ $NF = ""; print }' "$MMS/enable")
	for words in "${REFUSED_WORDS[@]}"; do
		refuses "$MMS/enable" "$words" || return 1
		same "$before" "$(awk '{ $NF = ""; print }' "$MMS/enable")" || return 1
	done
}

refuses_bad_resets() {
	local words

	set_wmarks
	for words in 0 2 11 '\n' ' ' nosuch zone 'zones zones' probes '1 zones' '1\0' '-'; do
		refuses "$MMS/reset" "$words" || return 1
	done
	[ "$(cell probes hits_total target="$WMARKS")" != 0 ]
}

# A subject's name resets its own, and not the counts of the hooks
reset_of_subject() {
	local since

	since=$(cell zones/watermarks since_ns node=0 | tail -1)
	echo zones > "$MMS/reset" &&
		[ "$(cell zones/watermarks since_ns node=0 | tail -1)" -gt "$since" ] &&
		[ "$(cell probes hits_total target="$WMARKS")" != 0 ]
}

reset_of_all() {
	printf '%b' "$1" > "$MMS/reset" && all_counts_are_0
}

[ -r "$KPROBES" ] || skip_all "debugfs has no kprobes/list"
[ -r "$TRACING/enabled_functions" ] || skip_all "tracefs has no enabled_functions"
load_module || skip_all "the module does not load"
trap 'stop_counting; unload_module' EXIT

check "kprobes/list has the kprobes" kprobes_are_listed
check "enabled_functions has the ftrace callback" ftrace_is_listed
check "probes has the hooks, their state and mechanism" hooks_as_wanted
check "enable agrees with it" enable_as_wanted 1
check "probes was taken when it was read" taken_now probes
check "enable was taken when it was read" taken_now enable
check "counts of absent hooks are unknown" absent_are_unknown
if check "tracefs counts the same events" start_counting; then
	clear_counts
	check "after a reset all counts are 0" all_counts_are_0
	check "all is provoked that can be" fire
	check "each hook was hit" each_was_hit
	check "it was hit as often as tracefs says" counts_agree
	check "the group goes off" switch -zones 0
	check "what is off says so" hooks_are_off
	check "enable says so" enable_as_wanted 0
	check "what is off is hit no more" off_and_quiet
	check "it goes on again" switch +zones 1
	stop_counting
fi
check "off a second time" switch '-zones' 0
check "nothing of it is left in the kernel's lists" none_is_listed
check "off what is off" switch '-zones' 0
check "on and off in one" switch '+zones -zones' 0
check "off and on in one, with blanks" switch ' -zones\t+zones\n' 1
check "on what is on" switch '+zones' 1
check "all hooks are back" hooks_as_wanted
check "enable refuses other words and changes nothing" refuses_bad_words
check "reset refuses what it does not know" refuses_bad_resets
check "reset of a subject" reset_of_subject
check "reset of all" reset_of_all 1
check "reset of all, as echo writes it" reset_of_all '1\n'
finish
