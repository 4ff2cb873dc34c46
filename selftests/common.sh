# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Shared by the test scripts: TAP results, and the module's coming and going.

MMS=/sys/kernel/debug/mmscope
MMS_PARAMS=/sys/module/mmscope/parameters
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
	else
		echo "not ok $tests $what"
		failures=$((failures + 1))
	fi
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

load_module() {
	modprobe mmscope "$@"
}

# The orderly stop, then rmmod: the only way that is safe with readers around
unload_module() {
	[ -d "$MMS_PARAMS" ] || return 0
	echo 1 > "$MMS_PARAMS/stop" && rmmod mmscope
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
trap unload_module EXIT
