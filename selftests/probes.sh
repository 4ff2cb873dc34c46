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
GROUPS_OF_HOOKS=(zones kswapd buddy pagewait)
# Off by default, and here for good: nobody can tell how often these fire
HOT=alloc
ALL_OFF=${GROUPS_OF_HOOKS[*]/#/-}
ALL_ON=${GROUPS_OF_HOOKS[*]/#/+}

has_function() {
	grep -qE " [tT] $1\$" /proc/kallsyms
}

# first_function NAME...: the first of these names that this kernel has
first_function() {
	local name

	for name; do
		! has_function "$name" || { echo "$name"; return; }
	done
}

# The inner one is called by all; where it is gone the outer one is whole
WMARKS=$(first_function __setup_per_zone_wmarks setup_per_zone_wmarks)
PAGE_WAIT=$(first_function folio_wait_bit_common wait_on_page_bit_common)
PAGE_WAKE=$(first_function folio_wake_bit wake_up_page_bit)
MIGRATION_WAIT=$(first_function softleaf_entry_wait_on_locked migration_entry_wait_on_locked)

# Tasks end all the time, those of this script among them
RESTLESS=sched_process_exit

# Group, kind and target of each; 5.10 has no function for waits for migration
HOOKS="zones tracepoint mm_vmscan_wakeup_kswapd
zones tracepoint mm_vmscan_kswapd_wake
zones tracepoint mm_vmscan_kswapd_sleep
zones tracepoint mm_vmscan_throttled
zones tracepoint mm_vmscan_direct_reclaim_end
zones kprobe try_to_free_pages
zones kprobe out_of_memory
zones ftrace $WMARKS
kswapd tracepoint mm_vmscan_wakeup_kswapd
kswapd tracepoint mm_vmscan_kswapd_wake
kswapd tracepoint mm_vmscan_lru_isolate
kswapd tracepoint mm_vmscan_lru_shrink_inactive
kswapd tracepoint mm_vmscan_balance_pgdat_end
kswapd kprobe prepare_kswapd_sleep
buddy tracepoint mm_page_alloc_extfrag
pagewait tracepoint $RESTLESS
pagewait ftrace wake_page_function
pagewait ftrace $PAGE_WAKE
pagewait kprobe $PAGE_WAIT
${MIGRATION_WAIT:+pagewait kprobe $MIGRATION_WAIT}"

HOT_HOOKS="$HOT tracepoint mm_page_alloc
$HOT tracepoint mm_page_free"

# targets KIND: those of one kind
targets() {
	awk -v kind="$1" '$2 == kind { print $3 }' <<< "$HOOKS" | sort -u
}

# Where tracefs has an event; nothing if it has not
event_dir() {
	compgen -G "$1/events/*/$2"
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

mechanism() {
	[ "$1" != kprobe ] || { kprobe_mechanism "$2"; return; }
	echo "$1"
}

# wanted_hooks [GROUP...]: what probes should have in its first columns and the
# last while these groups are off, by other sources
wanted_hooks() {
	local group kind name

	while read -r group kind name; do
		if [ "$kind" = tracepoint ] && ! event_dir "$TRACING" "$name" > /dev/null; then
			echo "$group $kind $name absent - not-in-this-kernel"
		elif [[ " $* $HOT " == *" $group "* ]]; then
			echo "$group $kind $name off - -"
		else
			echo "$group $kind $name attached $(mechanism "$kind" "$name") -"
		fi
	done < <(grep . <<< "$HOOKS
$HOT_HOOKS")
}

# hooks COLUMN...: these columns of all rows
hooks() {
	columns probes "$@"
}

# enable against the rows of probes that the other sources agree with
wanted_groups() {
	local group hooks

	echo "group enabled hooks attached"
	for group in zones kswapd buddy "$HOT" pagewait; do
		hooks=$(wanted_hooks "$@" | grep "^$group ")
		echo "$group $([[ " $* $HOT " == *" $group "* ]] && echo 0 || echo 1)" \
			"$(grep -c . <<< "$hooks") $(grep -c ' attached ' <<< "$hooks")"
	done
}

# The same arguments as wanted_hooks
hooks_as_wanted() {
	same "$(wanted_hooks "$@" | sort)" \
		"$(hooks group kind target state mechanism reason | sort)"
}

enable_as_wanted() {
	same "$(wanted_groups "$@")" "$(awk '{ print $1, $2, $3, $4 }' "$MMS/enable")"
}

# Those of our kprobes that the kernel's own list has
listed_kprobes() {
	sed -nE 's/.* k +([a-z_]+)\+.*/\1/p' "$KPROBES" | grep -xF "$(targets kprobe)" | sort
}

kprobes_are_listed() {
	same "$(targets kprobe)" "$(listed_kprobes)"
}

# The callbacks of ours that ftrace calls for functions, by its own list
ftrace_hooks() {
	sed -n 's/ .*mms_on_[a-z_]*callback.*\[mmscope\].*//p' "$TRACING/enabled_functions" | sort
}

ftrace_is_listed() {
	same "$(targets ftrace)" "$(ftrace_hooks)"
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

SLOW_DEVICE=/dev/nullb0
megabyte=0

# Reads of it complete after 20 ms, where there is null_blk
make_slow_device() {
	modprobe -q -r null_blk
	modprobe -q null_blk queue_mode=0 irqmode=2 completion_nsec=20000000 gb=1 nr_devices=1
}

# To what they are
set_wmarks() {
	local kbytes

	kbytes=$(cat /proc/sys/vm/min_free_kbytes)
	echo "$kbytes" > /proc/sys/vm/min_free_kbytes
}

# Another page of a device that takes its time, far from those read before
wait_for_page() {
	[ -b "$SLOW_DEVICE" ] || return 0
	megabyte=$((megabyte + 16))
	dd if="$SLOW_DEVICE" of=/dev/null bs=4k count=1 skip=$((megabyte * 256)) 2> /dev/null
}

# Who is held up until the page is there does not wait: once in three times he is not
fire() {
	sink_node && end_one && set_wmarks && set_wmarks && wait_for_page &&
		wait_for_page && wait_for_page && settle
}

# kswapd goes on for a moment
settle() {
	local before='' now

	for _ in {1..20}; do
		now=$(counts)
		[ "$now" != "$before" ] || return 0
		before=$now
		sleep 0.3
	done
	return 1
}

# tracefs counts the same: events in a buffer, functions by kprobes of its own

TRACEABLE=/tmp/mmscope-traceable

# Functions that tracefs takes probes at: not those that ftrace cannot trace
functions() {
	{ targets kprobe; targets ftrace; } | grep -xF -f "$TRACEABLE"
}

start_counting() {
	local name dir

	awk '{ print $1 }' "$TRACING/available_filter_functions" > "$TRACEABLE"
	prepare_node
	mkdir "$INSTANCE" && echo 16384 > "$INSTANCE/buffer_size_kb" || return 1
	for name in $(targets tracepoint); do
		! dir=$(event_dir "$INSTANCE" "$name") || echo 1 > "$dir/enable"
	done
	for name in $(functions); do
		echo "p:mmstest/$name $name" >> "$TRACING/kprobe_events" || return 1
	done
	echo 1 > "$TRACING/events/mmstest/enable"
}

stop_counting() {
	[ ! -d "$TRACING/events/mmstest" ] || echo 0 > "$TRACING/events/mmstest/enable"
	for name in $(functions); do
		echo "-:mmstest/$name" >> "$TRACING/kprobe_events"
	done 2>/dev/null
	[ ! -d "$INSTANCE" ] || rmdir "$INSTANCE"
	give_back_node
}

# tracefs cannot reset what it counts for its kprobes. What fires between the two
# would be counted by one of them only: then it is done again.
clear_at_once() {
	profile=$(cat "$TRACING/kprobe_profile")
	echo > "$INSTANCE/trace"
	echo 1 > "$MMS/reset"
	[ "$profile" = "$(cat "$TRACING/kprobe_profile")" ] &&
		not grep -v "^#\| $RESTLESS: " "$INSTANCE/trace" > /dev/null
}

clear_counts() {
	within 10 clear_at_once
}

traced() {
	grep -c " $1: " "$INSTANCE/trace"
}

# "target hits missed" of a target of this kind; nothing if there is none
count_by_tracefs() {
	if [ "$1" != tracepoint ]; then
		awk -v name="$2" '
			$1 == name && !seen++ { hits = $2; missed = $3; next }
			$1 == name { print $1, $2 - hits, $3 - missed }
			' <(echo "$profile") "$TRACING/kprobe_profile"
	elif event_dir "$TRACING" "$2" > /dev/null; then
		echo "$2 $(traced "$2") 0"
	fi
}

# Of each hook that is not absent, but for the restless
counts_by_tracefs() {
	local group kind name

	while read -r group kind name; do
		[ "$name" = "$RESTLESS" ] || [ -z "$name" ] ||
			echo "$group $(count_by_tracefs "$kind" "$name")"
	done <<< "$HOOKS" | awk 'NF == 4'
}

counts() {
	hooks group target state hits_total missed_total |
		awk -v restless="$RESTLESS" '$2 != restless && $3 != "absent" { print $1, $2, $4, $5 }'
}

# Of those that tracefs counts. What was swapped out comes back when it is needed,
# and is waited for: then both have to be looked at again.
counts_agree() {
	local traced found _

	for _ in {1..20}; do
		traced=$(counts_by_tracefs | sort)
		found=$(counts | grep -F "$(awk '{ print $1, $2, "" }' <<< "$traced")" | sort)
		[ "$traced" != "$(counts_by_tracefs | sort)" ] || break
	done
	same "$traced" "$found"
}

restless_hits() {
	cell probes hits_total target="$RESTLESS"
}

# Between two looks the hook saw no fewer than tracefs did between the inner, and
# no more than between the outer ones of its own looks
restless_agrees() {
	local before hits inner

	before=$(traced "$RESTLESS")
	hits=$(restless_hits)
	inner=$(traced "$RESTLESS")
	: | cat | cat
	inner=$(($(traced "$RESTLESS") - inner))
	hits=$(($(restless_hits) - hits))
	before=$(($(traced "$RESTLESS") - before))
	diag "$inner to $before traced, $hits hits"
	[ "$inner" -gt 0 ] && [ "$inner" -le "$hits" ] && [ "$hits" -le "$before" ]
}

all_counts_are_0() {
	same "$(counts | awk '{ print $1, $2, 0, 0 }')" "$(counts)"
}

# Not all can be provoked everywhere
each_was_hit() {
	local seldom="throttled|lru|extfrag|entry_wait_on_locked|^$HOT "

	[ -n "$NODE" ] || seldom+='|vmscan|try_to_free|prepare_kswapd_sleep'
	[ -b "$SLOW_DEVICE" ] || seldom+="|wake_page_function|$PAGE_WAKE|$PAGE_WAIT"
	not grep -E ' 0 [0-9]+$' <(counts | grep -vE "$seldom")
}

absent_are_unknown() {
	not grep -v ' - -$' <(hooks state hits_total missed_total | grep ^absent)
}

# Off: nothing is hit any more, and what was counted stays

off_and_quiet() {
	local before

	before="$(counts) $(restless_hits)"
	fire && same "$before" "$(counts) $(restless_hits)"
}

# switch WORDS [GROUP...]: writing this leaves these groups off, and only these
switch() {
	local words=$1

	shift
	printf '%b' "$words" > "$MMS/enable" && enable_as_wanted "$@"
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

# Somebody may just then wait for a page
reset_of_all() {
	within 5 reset_to_0 "$1"
}

reset_to_0() {
	printf '%b' "$1" > "$MMS/reset" && all_counts_are_0
}

[ -r "$KPROBES" ] || skip_all "debugfs has no kprobes/list"
[ -r "$TRACING/enabled_functions" ] || skip_all "tracefs has no enabled_functions"
load_module || skip_all "the module does not load"
make_slow_device
trap 'stop_counting; modprobe -q -r null_blk; unload_module' EXIT

check "kprobes/list has the kprobes" kprobes_are_listed
check "enabled_functions has the ftrace callback" ftrace_is_listed
check "probes has the hooks, their state and mechanism" hooks_as_wanted
check "enable agrees with it" enable_as_wanted
check "probes was taken when it was read" taken_now probes
check "enable was taken when it was read" taken_now enable
check "counts of absent hooks are unknown" absent_are_unknown
if check "tracefs counts the same events" start_counting; then
	check "after a reset all counts are 0" reset_of_all 1
	clear_counts
	check "all is provoked that can be" fire
	check "each hook was hit" each_was_hit
	check "it was hit as often as tracefs says" counts_agree
	check "so are the ends of tasks" restless_agrees
	check "a group goes off" switch -zones zones
	check "what is off says so, and the others stay" hooks_as_wanted zones
	check "all groups go off" switch "$ALL_OFF" "${GROUPS_OF_HOOKS[@]}"
	check "what is off says so" hooks_as_wanted "${GROUPS_OF_HOOKS[@]}"
	check "what is off is hit no more" off_and_quiet
	check "they go on again" switch "$ALL_ON"
	stop_counting
fi
check "off a second time" switch "$ALL_OFF" "${GROUPS_OF_HOOKS[@]}"
check "nothing of it is left in the kernel's lists" none_is_listed
check "off what is off" switch "$ALL_OFF" "${GROUPS_OF_HOOKS[@]}"
check "some of them on" switch '+kswapd +pagewait' zones buddy
check "all on, and off in the same words" switch "$ALL_ON -zones" zones
check "off and on in one, with blanks" switch ' -zones\t+zones\n'
check "on what is on" switch '+zones'
check "all hooks are back" hooks_as_wanted
check "enable refuses other words and changes nothing" refuses_bad_words
check "reset refuses what it does not know" refuses_bad_resets
check "reset of a subject" reset_of_subject
check "reset of all" reset_of_all 1
check "reset of all, as echo writes it" reset_of_all '1\n'
finish
