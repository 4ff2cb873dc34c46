# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Shared by the scripts: where things are, how they speak, how they fail.
# To be sourced after "set -eu".

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck disable=SC2034 # used by those who source this file
BUILD=$TOP/build

# What takes long to get and does not depend on the checkout lives here, so
# that a second clone starts warm. Everything in it is made again if deleted.
# The last part changes when the scripts begin to expect another layout.
CACHE=${MMSCOPE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/mmscope}/v1

# The Debian kernels that mmscope is tested on, oldest first.
# shellcheck disable=SC2034 # used by those who source this file
KERNELS=(5.10 6.1 6.12 7.2)
# Those that are built from Debian's sources with options that find bugs:
# VERSION-FLAVOUR, see selftests/vm/configs
# shellcheck disable=SC2034 # likewise
SANITIZED=(6.1-debug 7.2-debug 7.2-kcsan)

say() {
	printf '== %s\n' "$*" >&2
}

die() {
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

# Two jobs of "make -j" may want the same thing of the cache: the first one
# makes it, the others wait for it. The lock goes away with the process.
lock_cache() {
	mkdir -p "$CACHE/locks" || die "cannot write to $CACHE: set MMSCOPE_CACHE to a directory that you own"
	exec {LOCK_FD}> "$CACHE/locks/$1"
	flock "$LOCK_FD"
}

# A full disk shows up as all kinds of errors; name it before it happens.
need_space() {
	local mib free

	mib=$1
	mkdir -p "$CACHE"
	free=$(df -Pm "$CACHE" | awk 'NR == 2 { print $4 }')
	[ "$free" -ge "$mib" ] ||
		die "$CACHE needs $mib MiB, $free are free: make room, or set MMSCOPE_CACHE to another disk"
}

PASSED=0
FAILED=0

# result NAME COMMAND...: one check; its output is shown only if it failed.
result() {
	local name=$1 log

	shift
	log=$(mktemp)
	if "$@" > "$log" 2>&1; then
		echo "ok: $name"
		PASSED=$((PASSED + 1))
	else
		echo "not ok: $name"
		FAILED=$((FAILED + 1))
		tail -60 "$log"
	fi
	rm "$log"
}

# conclude PASSED FAILED [SKIPPED]: the last line, and the status that goes with it.
# Who asks for one test that skips may have that; nothing at all is a failure.
conclude() {
	local skipped=''

	[ "${3:-0}" = 0 ] || skipped=", $3 skipped"
	echo "$1 passed, $2 failed$skipped"
	[ "$2" = 0 ] && [ $(($1 + ${3:-0})) -gt 0 ]
}
