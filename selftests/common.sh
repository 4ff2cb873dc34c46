# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Shared by the test scripts: TAP results, and the module's coming and going.

MMS=/sys/kernel/debug/mmscope
MMS_PARAMS=/sys/module/mmscope/parameters
# shellcheck disable=SC2034 # used by those who source this file
TRACING=/sys/kernel/tracing
ksft_skip=4
tests=0
failures=0

# check DESCRIPTION COMMAND...: one result, by the command's exit status
check() {
	local what=$1

	shift
	tests=$((tests + 1))
	if "$@"; then
		echo "ok $tests $what"
		return 0
	fi
	echo "not ok $tests $what"
	failures=$((failures + 1))
	return 1
}

# skip REASON: for what this kernel or machine does not have
skip() {
	tests=$((tests + 1))
	echo "ok $tests # SKIP $*"
}

skip_all() {
	echo "1..0 # SKIP $*"
	exit "$ksft_skip"
}

# finish: the plan, and the exit status that goes with the results
finish() {
	echo "1..$tests"
	[ "$failures" = 0 ] || exit 1
	exit 0
}

diag() {
	printf '%s\n' "$@" | sed 's/^/# /'
}

not() {
	! "$@"
}

# same WANTED FOUND: are these texts the same? Shows where they are not.
same() {
	[ "$1" != "$2" ] || return 0
	diff -U0 <(printf '%s\n' "$1") <(printf '%s\n' "$2") | sed -n '
		3,40 {
			s/^-/# wanted: /p
			s/^+/# found:  /p
		}'
	return 1
}

# refuses FILE TEXT [ERROR]: does writing TEXT, with escapes, fail this way?
refuses() {
	local file=$1 text=$2 error=${3:-Invalid argument} said

	if said=$({ printf '%b' "$text" > "$file"; } 2>&1); then
		diag "$file took \"$text\""
		return 1
	fi
	[[ $said == *"$error"* ]] || { diag "\"$text\": $said"; return 1; }
}

# By how much more time things are to be given: 5 where sanitizers follow each step
SLOWNESS=1
[[ ! -e /proc/lockdep && ! -e /sys/kernel/debug/kcsan ]] || SLOWNESS=5

# within SECONDS COMMAND...: does it succeed at last, tried again and again?
within() {
	local end=$((SECONDS + $1 * SLOWNESS))

	shift
	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.1
	done
}

# CLOCK_MONOTONIC in ns, as the kernel's own table of timers tells it
now_ns() {
	awk '/^now at/ { print $3; exit }' /proc/timer_list
}

# taken_now TABLE: is taken_ns the time of the read, and the same in all rows?
taken_now() {
	local before after taken

	before=$(now_ns)
	taken=$(awk 'NR > 1 && !seen[$NF]++ { print $NF }' "$MMS/$1")
	after=$(now_ns)
	[[ $taken =~ ^[0-9]+$ ]] && ((before <= taken && taken <= after)) && return
	diag "$1: taken at $taken, read between $before and $after"
	return 1
}

# All files of the tree but the triggers, which cannot be read
readable_tables() {
	find "$MMS" -type f -perm /400 | sed "s,^$MMS/,," | sort
}

# With what is wanted of every test, e.g. by those that falsify a column
load_module() {
	# shellcheck disable=SC2086 # a list of parameters
	modprobe mmscope ${MMSCOPE_MODARGS-} "$@"
}

# The orderly stop, then rmmod: the only way that is safe with readers around
unload_module() {
	[ -d "$MMS_PARAMS" ] || return 0
	echo 1 > "$MMS_PARAMS/stop" && rmmod mmscope
}

# Is all of the module gone?
nothing_left() {
	[ ! -e "$MMS" ] && [ ! -e "$MMS_PARAMS" ] &&
		not grep -qsw mmscope "$TRACING/enabled_functions" /proc/modules
}

# The kernel's complaints since this test began
splats() {
	dmesg | sed "1,/mmscope test $$\$/d" | awk -f "$(dirname "$0")/races.awk" |
		grep -E 'WARNING:|BUG:|Oops|INFO: (task|possible|suspicious)|lockup|stall'
}

# start_readers N [moving|open]: that many programs that read all files all the time;
# those that are there now
start_readers() {
	local i paths

	mapfile -t paths < <(readable_tables | sed "s,^,$MMS/,")
	readers=()
	for ((i = 0; i < $1; i++)); do
		"$(dirname "$0")/reader" "${@:2}" "${paths[@]}" > "/tmp/mmscope-reader.$i" 2>&1 &
		readers+=("$!")
	done
}

# Ends them. Did all end in time, and had each of them all files, and no error? Leaves
# in $tables_read how many tables they had.
readers_had_no_trouble() {
	local pid status=0

	kill "${readers[@]}" 2> /dev/null
	for pid in "${readers[@]}"; do
		within 60 not kill -0 "$pid" 2> /dev/null ||
			{ diag "a read hangs"; kill -9 "$pid"; }
		wait "$pid" || status=1
	done
	readers=()
	diag "$(cat /tmp/mmscope-reader.*)"
	# shellcheck disable=SC2034 # used by those who source this file
	tables_read=$(awk '/^tables/ { n += $2 } END { print n + 0 }' /tmp/mmscope-reader.*)
	rm -f /tmp/mmscope-reader.*
	return "$status"
}

stop_readers() {
	[ -z "${readers[*]-}" ] || kill -9 "${readers[@]}" 2> /dev/null
}

# "NAME KIB NOISE" of memory in use: in slabs, in vmalloc, of each CPU, and in pages
# of which meminfo does not tell whose they are. What a CPU keeps for itself is free.
# All from one moment: the next program would take memory for itself. NOISE is thrice
# and more of what they differ by when nothing is lost.
memory() {
	local page_kib

	page_kib=$(awk '/^KernelPageSize:/ { print $2; exit }' /proc/self/smaps)
	echo 3 > /proc/sys/vm/drop_caches
	awk -v page_kib="$page_kib" '
		{ kib[$1] = $2 }
		$1 == "nr_free_pages" || $1 == "count:" { known += $2 * page_kib }
		/^(Buffers|Cached|SwapCached|AnonPages|Slab|PageTables|VmallocUsed|Percpu):/ {
			known += $2
		}
		END {
			print "slab", kib["SUnreclaim:"], 1024
			print "vmalloc", kib["VmallocUsed:"], 512
			print "per-CPU", kib["Percpu:"], 256
			print "pages", kib["MemTotal:"] - known, 1024
		}' /proc/sys/vm/stat_refresh /proc/zoneinfo /proc/meminfo
}

# memory_stays BEFORE AFTER KIB: has none of it grown by more than that and noise?
memory_stays() {
	awk -v more="$3" '
		NR == FNR { before[$1] = $2; next }
		{ print "# " $1 ": " before[$1] " KiB before, " $2 " after" }
		$2 - before[$1] > more + $3 { grown = 1 }
		END { exit grown }' <(echo "$1") <(echo "$2")
}

check_memory() {
	if [ "$SLOWNESS" = 1 ]; then
		check "no memory is gone" memory_stays "$@"
	else
		skip "sanitizers keep memory for themselves"
	fi
}

# start_pressing NODE MIB: reads as much into this node's memory and takes as much of
# it, again and again
start_pressing() {
	while :; do
		"$(dirname "$0")/mempress" -n "$1" -m "$2" -f 8
	done > /dev/null 2>&1 &
	pressing=$!
}

stop_pressing() {
	[ -n "${pressing-}" ] || return 0
	kill "$pressing"
	# shellcheck disable=SC2046 # a list of pids
	kill $(pidof mempress)
	pressing=
} 2> /dev/null

# populated_zones: "NODE ZONE" of each in /proc/zoneinfo
populated_zones() {
	awk '
		/^Node/ { node = $2 + 0; zone = $4 }
		$1 == "present" && $2 > 0 { print node, zone }' /proc/zoneinfo
}

# columns TABLE COLUMN...: these columns of all rows, without the header
columns() {
	local table=$1

	shift
	awk -v columns="$*" '
		NR == 1 {
			for (i = 1; i <= NF; i++)
				at[$i] = i
			n = split(columns, column, " ")
			next
		}
		{
			for (i = 1; i <= n; i++)
				printf "%s%s", $at[column[i]], i < n ? " " : "\n"
		}' "$MMS/$table"
}

# in_list LIST: the numbers of a list like 0-2,5, one a line
in_list() {
	local part

	for part in ${1//,/ }; do
		seq "${part%-*}" "${part#*-}"
	done
}

# cell TABLE COLUMN KEY=VALUE...: that column of the rows with these values
cell() {
	local table=$1 column=$2

	shift 2
	awk -v column="$column" -v keys="$*" '
		NR == 1 {
			for (i = 1; i <= NF; i++)
				at[$i] = i
			n = split(keys, key, " ")
			next
		}
		{
			for (i = 1; i <= n; i++) {
				split(key[i], pair, "=")
				if ($at[pair[1]] != pair[2])
					next
			}
			print $at[column]
		}' "$MMS/$table"
}

echo "TAP version 13"
[ "$(id -u)" = 0 ] || skip_all "must be root"
modprobe -q -n mmscope || skip_all "there is no module mmscope for this kernel"
echo "<7>mmscope test $$" > /dev/kmsg
trap unload_module EXIT
