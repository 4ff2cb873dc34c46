#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Where the kernel's table of page wait queues is not to be found, version says
# so, the tables that need it are empty, and the rest works; where only its
# symbol is unknown it is found all the same; and where waits are not seen to
# begin, nothing is said of that. A build for tests pretends all this; it is
# beside this script, or where MMSCOPE_MUTANT says.

# shellcheck source=selftests/common.sh
. "$(dirname "$0")/common.sh"

MUTANT=${MMSCOPE_MUTANT:-$(dirname "$0")/mutant.ko}
[ -e "$MUTANT" ] || skip_all "the build that can hide a hook is not here"

load_mutant() {
	# shellcheck disable=SC2086 # a list of parameters
	unload_module && insmod "$MUTANT" ${MMSCOPE_MODARGS-} "$@"
}

# symbol NAME...: which of these the kernel's own list has, and it may lack all
symbol() {
	awk -v names="$*" '
		BEGIN {
			n = split(names, name, " ")
			for (i = 1; i <= n; i++)
				is[name[i]] = 1
		}
		$3 in is { print $3; exit }' /proc/kallsyms
}

missing() {
	awk '$1 == "missing" { print $2, $3 }' "$MMS/version"
}

rows() {
	awk 'END { print NR - 1 }' "$MMS/pagewait/$1"
}

all_buckets() {
	same "$(seq 0 255)" "$(columns pagewait/spread bucket)"
}

# has_only_header TABLE...
has_only_header() {
	local table

	for table; do
		same 0 "$(rows "$table")" && head -1 "$MMS/pagewait/$table" |
			grep -qw taken_ns || return 1
	done
}

wakes_are_unknown() {
	same "lock - - - - -
writeback - - - - -
private_2 - - - - -
other - - - - -" "$(columns pagewait/wakes bit visited_total other_folio_total \
		other_bit_total refused_total woken_total)"
}

calls_are_known() {
	not grep -qvE '^[0-9]+$' <(columns pagewait/wakes calls_total)
}

other_tables_are_read() {
	local table

	for table in $(readable_tables); do
		head -1 "$MMS/$table" | grep -qw taken_ns ||
			{ diag "$table has no header"; return 1; }
	done
	[ "$(wc -l < "$MMS/zones/watermarks")" -gt 1 ]
}

switches() {
	echo -pagewait > "$MMS/enable" && echo +pagewait > "$MMS/enable" &&
		echo pagewait > "$MMS/reset" && has_only_header table waiters spread
}

check "with all hooks it loads" load_mutant absent=nothing_of_that_name
check "nothing is missing" same "" "$(missing)"
check "it has all buckets" all_buckets

check "without the wake function it loads" load_mutant absent=wake_page_function
check "version says what is missing" \
	same "pagewait no-wake-function-to-look-at" "$(missing)"
check "table, waiters and spread are empty" has_only_header table waiters spread
check "no wait is seen to end" has_only_header latency top
check "what became of wakes is unknown" wakes_are_unknown
check "how many there were is known" calls_are_known
check "the rest works" other_tables_are_read
check "it can be switched and reset" switches

name=$(symbol folio_wait_table page_wait_table)
if [ -n "$name" ]; then
	check "without $name it loads" load_mutant absent="$name"
	check "nothing is missing then" same "" "$(missing)"
	check "it has all buckets then" all_buckets
else
	skip "the kernel does not tell the name of its table"
fi

name=$(symbol folio_wait_bit_common wait_on_page_bit_common)
if [ -n "$name" ]; then
	check "without $name it loads" load_mutant absent="$name"
	check "nothing is missing even then" same "" "$(missing)"
	check "it has all buckets even then" all_buckets
	check "episodes are unknown" same - "$(columns pagewait/spread episodes_total | sort -u)"
else
	skip "the kernel does not tell the name of the function that waits"
fi

check "it unloads" unload_module
check "nothing is left" nothing_left
check "no complaint in the kernel log" same "" "$(splats)"
finish
