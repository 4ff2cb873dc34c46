# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What cost.sh and bench.sh share: figures in instructions, of the same work with
# and without mmscope in one boot, and budgets for them. To be sourced after
# common.sh.

OPS=$(dirname "$0")/bench_ops
FIGURES=/tmp/mmscope-figures
NULLB=/sys/kernel/config/nullb

[ -x "$OPS" ] || skip_all "there is no bench_ops"
# With several CPUs it is QEMU's plugin that counts, and nothing is known here
[ "$*" = contention ] || "$OPS" exact ||
	skip_all "instructions are not counted here: run it in a guest with --icount"
: > "$FIGURES"

# make_device NUMBER NAME=VALUE...: a null_blk of 16 GiB that keeps nothing
make_device() {
	local dir=$NULLB/nullb$1 pair

	mkdir "$dir" || return 1
	for pair in index="$1" size=16384 blocksize=4096 "${@:2}" power=1; do
		echo "${pair#*=}" > "$dir/${pair%=*}" || return 1
	done
}

# nullb0 answers at once, nullb1 by an interrupt after 100 us
make_devices() {
	modprobe null_blk nr_devices=0 || return 1
	[ -d "$NULLB" ] || mount -t configfs none /sys/kernel/config
	make_device 0 queue_mode=0 irqmode=0 &&
		make_device 1 queue_mode=2 irqmode=2 completion_nsec=100000
}

# The states that are compared. Kprobes become jumps a moment after they are set.
enter() {
	case $1 in
	bare)	return ;;
	on)	load_module ;;
	alloc)	load_module && echo +alloc > "$MMS/enable" ;;
	*)	"enter_$1" ;;
	esac || { diag "cannot enter: $1"; exit 1; }
	sleep 1
}

leave() {
	case $1 in
	bare)		return ;;
	on | alloc)	unload_module ;;
	*)		"leave_$1" ;;
	esac || { diag "cannot leave: $1"; exit 1; }
	sleep 1
}

# series "STATE..." OP...: each operation, with its arguments, in each state in
# turn. The very first time is for warming up.
series() {
	local states=$1 state op warm=1

	shift
	for state in bare $states; do
		enter "$state"
		for op; do
			# shellcheck disable=SC2086 # a list of words
			"$OPS" $op > /tmp/figure || exit 1
			[ -n "$warm" ] || sed "s/^/$state /" /tmp/figure >> "$FIGURES"
		done
		leave "$state"
		warm=''
	done
}

# steady_series "STATE..." OP...: the same, anew if the bare runs of an operation do
# not agree, since something changed in the midst of it; a few times
steady_series() {
	local states=$1 op figures

	shift
	figures=$(cat "$FIGURES" 2> /dev/null)
	for _ in {1..4}; do
		printf '%s\n' "$figures" > "$FIGURES"
		series "$states" "$@"
		for op; do
			steady "${op%% *}" || continue 2
		done
		return
	done
}

# figure STATE OP: the mean of its figures
figure() {
	awk -v state="$1" -v op="$2" '
		$1 == state && $2 == op { sum += $3; n++ }
		END { printf "%.2f\n", n ? sum / n : 0 }' "$FIGURES"
}

# calc EXPRESSION: awk's floating point
calc() {
	awk "BEGIN { printf \"%.5g\n\", $1 }"
}

# steady OP: do the bare runs agree, to a twentieth of a percent?
steady() {
	awk -v op="$1" '
		$1 == "bare" && $2 == op {
			if (!n++ || $3 < low)
				low = $3
			if ($3 > high)
				high = $3
		}
		END {
			if (n > 1 && high <= low * 1.0005)
				exit 0
			printf "# %s: bare runs differ, %s to %s\n", op, low, high
			exit 1
		}' "$FIGURES"
}

at_most() {
	[ "$(calc "$1 <= $2")" = 1 ]
}

# budget WHAT FIGURE LIMIT: one result
budget() {
	check "$1: $2, budget $3" at_most "$2" "$3"
}

# ratio STATE OP: to what it costs bare
ratio() {
	calc "$(figure "$1" "$2") / $(figure bare "$2")"
}

# budget_ratio WHAT STATE OP LIMIT: that, and it counts only if the bare runs agree
budget_ratio() {
	local ratio

	ratio=$(ratio "$2" "$3")
	check "$1: $(figure "$2" "$3") to $(figure bare "$3"), $ratio, budget $4" \
		eval "steady $3 && at_most $ratio $4"
}

# reads FILE...: "FILE INSTRUCTIONS ROWS" of each
reads() {
	"$OPS" table "$@" | sed "s,^$MMS/,,"
}

# cost_of FILE: instructions of one read
cost_of() {
	reads "$1" | cut -d' ' -f2
}

# Both to what the kernel itself has of it, on a machine where nothing is fragmented
budget_reads() {
	budget "zones/watermarks to /proc/zoneinfo" \
		"$(calc "$(cost_of "$MMS/zones/watermarks") / $(cost_of /proc/zoneinfo)")" 0.08
	budget "buddy/free to /proc/pagetypeinfo" \
		"$(calc "$(cost_of "$MMS/buddy/free") / $(cost_of /proc/pagetypeinfo)")" 0.4
}

cleanup() {
	unload_module
	rmmod mmscope_bench mmscope_walk 2> /dev/null
	rmdir "$NULLB"/nullb* 2> /dev/null
	modprobe -q -r null_blk
}
trap cleanup EXIT
