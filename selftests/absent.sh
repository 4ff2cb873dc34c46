#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A hook or symbol that the kernel does not have: one row says so, and the rest
# works. A build for tests pretends it, of one after the other; that build is
# beside this script, or where MMSCOPE_MUTANT says.

# shellcheck source=selftests/common.sh
. "$(dirname "$0")/common.sh"

MUTANT=${MMSCOPE_MUTANT:-$(dirname "$0")/mutant.ko}
[ -e "$MUTANT" ] || skip_all "the build that can hide a hook is not here"

load_mutant() {
	unload_module && insmod "$MUTANT" "$@"
}

hooks() {
	columns probes target group state mechanism reason
}

# A target may stand in two groups
rows_say_so() {
	same "absent - - - not-in-this-kernel" \
		"$(columns probes target state mechanism hits_total missed_total reason |
			sed -n "s/^$1 //p" | sort -u)"
}

others_are_the_same() {
	same "$(grep -vE "^(__)?$1 " <<< "$all_hooks")" "$(hooks | grep -v "^$1 ")"
}

# "group hooks attached" of each group, from rows like those of hooks
groups_of() {
	awk '{ hooks[$2]++; attached[$2] += $3 == "attached" }
		END { for (group in hooks) print group, hooks[group], attached[group] }' |
		sort
}

enable_counts_the_rest() {
	same "$(sed -E "s/^(__)?$1 (.*) attached /$1 \2 absent /" <<< "$all_hooks" | groups_of)" \
		"$(columns enable group hooks attached | sort)"
}

# least_lines TABLE ABSENT: its header, and a row unless nothing has happened that
# it is about
least_lines() {
	case $1 in
	zones/crossings | zones/stays | zones/pressed | buddy/fallbacks)	echo 1 ;;
	kswapd/wakeups | kswapd/wakers | kswapd/run* | buddy/flow)		echo 1 ;;
	pagewait/table | pagewait/waiters | pagewait/latency | pagewait/top)	echo 1 ;;
	pagewait/spread)
		# Without that hook nobody can tell where the buckets are
		[ "$2" = wake_page_function ] && echo 1 || echo 2 ;;
	*)									echo 2 ;;
	esac
}

tables_have_rows() {
	local table

	for table in $(readable_tables); do
		[ "$(wc -l < "$MMS/$table")" -ge "$(least_lines "$table" "$1")" ] ||
			{ diag "$table is empty"; return 1; }
	done
}

switches() {
	echo "-$1" > "$MMS/enable" && echo "+$1" > "$MMS/enable"
}

# What the tables of kswapd cannot know without a hook, or a symbol
kswapd_does_not_know() {
	local column columns=

	case $1 in
	mm_vmscan_kswapd_wake | prepare_kswapd_sleep)
		columns="running run_order run_highest_zone run_since_ns runs_total awake_ns"
		;;
	mm_vmscan_wakeup_kswapd) columns=wakeups_total ;;
	mm_vmscan_lru_isolate) columns=lru_scanned_total ;;
	mm_vmscan_lru_shrink_inactive) columns=lru_reclaimed_total ;;
	mm_vmscan_balance_pgdat_end) columns=reclaimed_total ;;
	lru_gen_caps) columns=lru_scanned_total ;;
	esac
	for column in $columns; do
		same - "$(columns kswapd/nodes "$column" | sort -u)" ||
			{ diag "$column"; return 1; }
	done
}

rest_works() {
	local group

	others_are_the_same "$1" && enable_counts_the_rest "$1" && tables_have_rows "$1" &&
		kswapd_does_not_know "$1" || return
	for group in $(columns enable group); do
		switches "$group" || return
	done
	rows_say_so "$1" && others_are_the_same "$1"
}

mode_is_unknown() {
	same - "$(columns zones/nodes zone_reclaim_mode | sort -u)" &&
		same "$all_hooks" "$(hooks)" && tables_have_rows ''
}

EVERY=groups=zones,kswapd,buddy,alloc,pagewait

check "the build that can hide a hook loads" load_mutant "$EVERY" absent=nothing_of_that_name
all_hooks=$(hooks)
mapfile -t targets < <(awk '$3 == "attached" { print $1 }' <<< "$all_hooks" | sort -u)
for target in "${targets[@]}"; do
	# Where an inner function is hooked, it is the outer one that hides both
	target=${target#__}
	check "without $target it loads" load_mutant "$EVERY" absent="$target"
	check "its row says so" rows_say_so "$target"
	check "the rest works" rest_works "$target"
done
check "without node_reclaim_mode it loads" load_mutant "$EVERY" absent=node_reclaim_mode
check "zone_reclaim_mode is unknown, the rest works" mode_is_unknown
if [ -e /sys/kernel/mm/lru_gen/enabled ]; then
	check "without lru_gen_caps it loads" load_mutant "$EVERY" absent=lru_gen_caps
	check "which pages count as scanned is unknown" kswapd_does_not_know lru_gen_caps
fi
check "it unloads" unload_module
check "nothing is left" nothing_left
check "no complaint in the kernel log" same "" "$(splats)"
finish
