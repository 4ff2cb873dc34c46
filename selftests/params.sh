#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What the module's parameters take and refuse, at load and later, and what the
# sampler does with its period.

# shellcheck source=selftests/common.sh
. "$(dirname "$0")/common.sh"

SAMPLE_MS=$MMS_PARAMS/sample_ms
INSTANCE=$TRACING/instances/mmscope-test

# does_not_load WHAT PARAMETER...: it says WHAT, and leaves nothing behind
does_not_load() {
	local what=$1 said

	shift
	if said=$(load_module "$@" 2>&1); then
		diag "it loads with $*"
		unload_module
		return 1
	fi
	[[ $said == *"$what"* ]] || { diag "$said"; return 1; }
	nothing_left
}

loads_with() {
	load_module "$@" && [ "$(cell probes taken_ns target=out_of_memory)" -gt 0 ]
}

loads_and_goes() {
	loads_with "$@" && unload_module && nothing_left
}

# load_with_groups GROUPS ENABLED...: with these groups on, and their hooks attached
load_with_groups() {
	local wanted

	wanted=$(printf '%s\n' "${@:2}" | sort)
	load_module "groups=$1" &&
		same "$wanted" "$(columns enable enabled group | sed -n 's/^1 //p' | sort)" &&
		same "$wanted" "$(columns probes state group | sed -n 's/^attached //p' | sort -u)" &&
		unload_module
}

dmesg_tells() {
	dmesg | tail -n 20 | grep -q "$1"
}

sample_ms_takes() {
	echo "$1" > "$SAMPLE_MS" && same "$1" "$(cat "$SAMPLE_MS")" && taken_now zones/watermarks
}

sample_ms_refuses() {
	local before

	before=$(cat "$SAMPLE_MS")
	refuses "$SAMPLE_MS" "$@" && same "$before" "$(cat "$SAMPLE_MS")"
}

refuses_garbage() {
	refuses "$MMS_PARAMS/stop" "$1" && taken_now version
}

# Looks at the zones of node 0, the last of which is never idle
samples() {
	cell zones/watermarks samples_total node=0 | tail -n 1
}

# How many looks there are in about two seconds of work, but for our own
looks_of_sampler() {
	local before

	before=$(samples)
	be_busy 2
	echo $(($(samples) - before - 1))
}

be_busy() {
	local end=$((SECONDS + $1))

	while [ "$SECONDS" -le "$end" ]; do
		:
	done
}

sampler_looks() {
	local looks

	looks=$(looks_of_sampler)
	diag "$looks looks"
	[ "$looks" -ge 2 ]
}

# A hook may look, too, when the kernel boosts a mark; not each time
sampler_rests() {
	for _ in 1 2 3; do
		same 0 "$(looks_of_sampler)" && return
	done
	return 1
}

# The timer of ours that a CPU at work starts again and again, as tracefs has it
timer_starts() {
	echo > "$INSTANCE/trace"
	be_busy 1
	grep 'function=mms_sampler' "$INSTANCE/trace"
}

start_tracing() {
	mkdir "$INSTANCE" && echo 1 > "$INSTANCE/events/timer/timer_start/enable"
}

# Deferrable, so that it does not wake a CPU, and pinned to its own
timer_is_deferrable() {
	local starts

	starts=$(timer_starts)
	[ -n "$starts" ] && same "" "$(grep -vE 'flags=(D\|P|P\|D)' <<< "$starts")"
}

clean_up() {
	[ ! -d "$INSTANCE" ] || rmdir "$INSTANCE"
	unload_module
}
trap clean_up EXIT

for value in 99 60001 -1 abc 100x '' 1e3; do
	check "sample_ms=$value is refused at load" \
		does_not_load "Invalid argument" "sample_ms=$value"
done
check "sample_ms=4294967396 is refused at load" \
	does_not_load "out of range" sample_ms=4294967396
for value in 0 100 60000; do
	check "sample_ms=$value is taken at load" loads_and_goes "sample_ms=$value"
done

check "groups=none" load_with_groups none
check "groups=zones" load_with_groups zones zones
check "groups=pagewait,kswapd" load_with_groups pagewait,kswapd pagewait kswapd
check "groups=alloc" load_with_groups alloc alloc
check "groups=default" load_with_groups default zones kswapd buddy pagewait
for value in nosuch zones,nosuch ,zones ''; do
	check "groups=$value is refused" does_not_load "Invalid argument" "groups=$value"
done
check "the kernel log tells why" dmesg_tells 'mmscope: groups: there is no group "nosuch"'
check "stop=1 at load is refused" does_not_load "Invalid argument" stop=1
check "stop=0 at load is refused" does_not_load "Invalid argument" stop=0

check "it loads" loads_with
check "a second time it does not" not modprobe --first-time mmscope 2>/dev/null
check "and goes on" taken_now version
check "groups cannot be written" \
	not sh -c "echo none > $MMS_PARAMS/groups" 2>/dev/null
for value in 0 100 250 60000; do
	check "sample_ms takes $value" sample_ms_takes "$value"
done
for value in 99 60001 -1 abc '\n' '100 100'; do
	check "sample_ms refuses $value" sample_ms_refuses "$value"
done
check "sample_ms refuses 4294967396" sample_ms_refuses 4294967396 "out of range"
for value in 2 x '\n' -; do
	check "stop refuses $value" refuses_garbage "$value"
done

check "with a period the sampler looks" sample_ms_takes 100 && check "at work" sampler_looks
if start_tracing 2>/dev/null; then
	check "its timer does not wake CPUs" timer_is_deferrable
	check "without a period it rests" sample_ms_takes 0
	check "and has no timer" same "" "$(timer_starts)"
else
	skip "tracefs has no timer:timer_start"
	check "without a period it rests" sample_ms_takes 0
fi
check "and does not look" sampler_rests
check "it unloads" unload_module
check "nothing is left" nothing_left
finish
