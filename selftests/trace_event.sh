#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The trace event mmscope:mmscope_zone_band: its fields, that it tells what
# zones/crossings has, and that whoever records it keeps the module in place.

# shellcheck source=selftests/common.sh
. "$(dirname "$0")/common.sh"

EVENT=$TRACING/events/mmscope/mmscope_zone_band
INSTANCE=$TRACING/instances/mmscope-test
MIN_FREE=/proc/sys/vm/min_free_kbytes
HOLDER=$(dirname "$0")/perf_hold

[ -d "$TRACING/events" ] || skip_all "tracefs is not mounted or has no events"

fields() {
	sed -nE 's/^\tfield:.* ([a-z_]+)(\[[0-9]+\])?;\toffset.*/\1/p' "$EVENT/format" |
		grep -v ^common_
}

has_fields() {
	same "nid zone from to free min low high" "$(fields | paste -sd ' ')"
}

# Names of enums that perf and trace-cmd could not know
formats_have_numbers() {
	same "" "$(grep -ho 'MMS_[A-Z_0-9]*' "$TRACING"/events/mmscope/*/format | sort -u)"
}

# A min_free_kbytes from which free pages come to stand between low and high in
# about all zones: marks follow it in proportion to a zone's size, low is 5/4
# and high 6/4 of min, and zones are nearly free. kswapd is not woken by it.
raised_min_free() {
	awk '
		/^ +pages free/ { free = $3 }
		/^ +managed/ && $2 && /managed/ {
			managed += $2
			if (!ratio || free / $2 < ratio)
				ratio = free / $2
		}
		END { printf "%d\n", managed * 4 * ratio * 0.74 }' /proc/zoneinfo
}

# Marks go up over the free pages and down again, and somebody looks each time
cross() {
	local before status=0

	before=$(cat "$MIN_FREE")
	raised_min_free > "$MIN_FREE" || status=1
	cat "$MMS/zones/watermarks" > /dev/null
	echo "$before" > "$MIN_FREE"
	cat "$MMS/zones/watermarks" > /dev/null
	return "$status"
}

start_tracing() {
	echo 1 > "$MMS/reset"
	mkdir "$INSTANCE" && echo 1 > "$INSTANCE/events/mmscope/mmscope_zone_band/enable"
}

# What was traced, and what the table has, in the same words

traced() {
	sed -n 's/.* mmscope_zone_band: //p' "$INSTANCE/trace" | sort
}

crossings() {
	awk 'NR > 1 {
		printf "nid=%s zone=%s from=%s to=%s free=%s min=%s low=%s high=%s\n",
			$1, $2, $4, $5, $6, $7, $8, $9
	}' "$MMS/zones/crossings" | sort
}

traced_is_in_the_table() {
	[ -n "$(traced)" ] && same "$(traced)" "$(crossings)"
}

more_is_not_traced() {
	local before

	echo 0 > "$INSTANCE/events/mmscope/mmscope_zone_band/enable"
	before=$(traced)
	cross && same "$before" "$(traced)"
}

# Somebody with an open perf event

module_is_held() {
	[ "$(cat /sys/module/mmscope/refcnt)" != 0 ]
}

hold_event() {
	exec {holder}> >(exec "$HOLDER" "$(cat "$EVENT/id")")
	holder_pid=$!
	within 20 module_is_held
}

let_go() {
	exec {holder}>&-
	wait "$holder_pid"
	within 20 not module_is_held
}

all_is_as_before() {
	same N "$(cat "$MMS_PARAMS/stop")" && same "$files" "$(find "$MMS" | sort)" &&
		same attached "$(cell probes state target=out_of_memory)" &&
		taken_now zones/watermarks
}

clean_up() {
	[ ! -d "$INSTANCE" ] || rmdir "$INSTANCE"
	unload_module
}
trap clean_up EXIT

check "the module loads" load_module
files=$(find "$MMS" | sort)
check "the event has its fields" has_fields
check "who knows only the formats of events can print them" formats_have_numbers
if check "it can be traced" start_tracing; then
	check "zones cross a mark" cross
	check "what is traced is what zones/crossings has" traced_is_in_the_table
	check "when off it is not traced" more_is_not_traced
fi
if [ -x "$HOLDER" ] && "$HOLDER" "$(cat "$EVENT/id")" < /dev/null; then
	check "a perf event is open" hold_event
	check "stop is refused then" refuses "$MMS_PARAMS/stop" 1 \
		"Resource temporarily unavailable"
	check "rmmod is refused then" not rmmod mmscope 2> /dev/null
	check "nothing has changed" all_is_as_before
	check "it is closed" let_go
else
	skip "perf events cannot be opened here"
fi
check "it can be stopped, traced or not" sh -c \
	"echo 1 > $EVENT/enable; echo 1 > $MMS_PARAMS/stop"
check "it unloads" unload_module
check "the event is gone" [ ! -e "$EVENT" ]
check "no complaint in the kernel log" same "" "$(splats)"
finish
