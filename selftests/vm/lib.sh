# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Shared by check and mutants: the tests as kselftest installs them, the guests
# that they want, and what came out. To be sourced after scripts/lib.sh.

VM=$TOP/selftests/vm
INSTALLED=$BUILD/selftests
QUIET=1
[ -z "${VERBOSE-}" ] || QUIET=''
DEFAULT_GUEST='--nodes 2 --cpus 2 --mem 3G --disk 512M'
# Scripts load the module again and again, which takes as long as all programs
# together: they have a guest of their own beside that of the programs.
SCRIPTS_GUEST='--nodes 2 --cpus 2 --mem 3G --disk 768M'

# install_tests: lets kselftest's own make files build and install them, as
# they would in a kernel tree, of which only the pieces they need are here.
install_tests() {
	local tree=$BUILD/kselftest

	mkdir -p "$tree/scripts" "$tree/tools/testing/selftests/mmscope"
	cp "$CACHE/source/scripts/subarch.include" "$tree/scripts/"
	(cd "$CACHE/source/tools/testing/selftests" &&
		cp -r Makefile lib.mk kselftest kselftest.h kselftest_harness.h \
			run_kselftest.sh "$tree/tools/testing/selftests/")
	rsync -rlp --checksum --delete --exclude=/vm "$TOP/selftests/" "$TOP/docs/columns" \
		"$tree/tools/testing/selftests/mmscope/"
	rm -rf "$INSTALLED"
	make -s -C "$tree/tools/testing/selftests" TARGETS=mmscope \
		INSTALL_PATH="$INSTALLED" install > "$BUILD/kselftest.log" 2>&1 || {
		cat "$BUILD/kselftest.log" >&2
		die "the tests do not build"
	}
	# Guests have no perl to put "# " before each line, and their sed keeps them all
	# until the test ends: of one that crashes there would be nothing
	sed -i "s|sed -e 's/^/# /'|while IFS= read -r line; do printf '# %s\\\\n' \"\$line\"; done|" \
		"$INSTALLED/kselftest/runner.sh"
}

# is_sanitized KERNEL: is it one of those that are built here?
is_sanitized() {
	[[ $1 == *-* ]]
}

# prepare KERNEL...: everything that a guest with these kernels needs. Tests
# load also the build that can lie: it is the one that can hide a hook.
prepare() {
	local kernel

	"$TOP/scripts/packages" module tools kernels source vm
	"$TOP/scripts/kernels" source "$@"
	for kernel; do
		say "building the module for $kernel"
		"$TOP/scripts/kbuild" "$kernel" "$TOP/module" ${QUIET:+-s}
		OUT=mutant "$TOP/scripts/kbuild" "$kernel" "$TOP/module" ${QUIET:+-s} MUTANT=1
		"$TOP/scripts/kbuild" "$kernel" "$TOP/selftests/modules" ${QUIET:+-s}
		! is_sanitized "$kernel" ||
			"$TOP/scripts/kbuild" "$kernel" "$TOP/selftests/mmscope_bad" ${QUIET:+-s}
	done
	make --no-print-directory ${QUIET:+-s} -C "$TOP/tools"
	install_tests
}

all_tests() {
	sed 's/^mmscope://' "$INSTALLED/kselftest-list.txt"
}

# guests_of TEST: the options for "run" of each guest it wants, from its lines
#	# vm: --nodes 4 --mem 4G
# so that a test that needs a special machine says so itself
guests_of() {
	local source=$TOP/selftests/$1 default=$SCRIPTS_GUEST

	[ -e "$source" ] || { source+=.c; default=$DEFAULT_GUEST; }
	sed -nE 's,^(#| \*|//) vm: (.*),\2,p' "$source" | grep . || echo "$default"
}

# most_first ARRAY: its keys, those of the longest lists first: what takes longest
# would else be alone at the end, when it comes last
most_first() {
	local -n lists=$1
	local key

	for key in "${!lists[@]}"; do
		echo "$(wc -w <<< "${lists[$key]}") $key"
	done | sort -k1,1rn -k2 | cut -d' ' -f2-
}

# What stands still longer under sanitizers must not count as hung.
slowness_of() {
	is_sanitized "$1" && echo 5 || echo 1
}

# met_stale_code DIR: did the guest stop at an int3 that was not there any more?
# Where each CPU has a thread of its own, TCG looks whether a write hits code before
# it writes (notdirty_write(), QEMU 10.0), and what another CPU translates between
# the two stays: the int3 with which the kernel changes its jump labels. The kernel
# shows the bytes that are in memory, where there is none.
met_stale_code() {
	grep -qs ', tcg$' "$1/messages" &&
		grep -A 20 'int3: 0000 ' "$1/console.log" | grep -m 1 ' Code: ' | grep -qv ' cc <'
}

# qemu_crashed DIR: did QEMU itself end by SIGILL, SIGABRT, SIGBUS, SIGFPE or SIGSEGV?
# No guest may bring it to that. Seen once, in thousands of boots: an assertion of
# iotlb_to_section() (10.0), while the kernel looks how large PCI devices' memory is.
# What had failed before that stays a failure.
qemu_crashed() {
	grep -qsE 'ended before its command \(qemu: 13[24569]\)' "$1/messages" &&
		! grep -qE '^(# )?not ok' "$1/tap"
}

# lost_timers DIR: did the guest stall because a CPU gets no timer interrupts? RCU's
# thread sleeps on it until its timer wakes it, and the CPU idles: nobody keeps
# interrupts off. Seen once (10.0): two timer softirqs since the boot, and mmscope not
# loaded yet. What had failed before that stays a failure.
lost_timers() {
	! grep -qE '^(# )?not ok' "$1/tap" && grep -qs ', tcg$' "$1/messages" &&
		tr -d '\r' < "$1/console.log" | awk '
		match($0, /NMI backtrace for cpu [0-9]+/) {
			cpu = substr($0, RSTART + 22, RLENGTH - 22)
			idle[cpu] = /: idling at /
		}
		/ RIP: .*(safe_halt|default_idle)/ { idle[cpu] = 1 }
		/kthread starved for .* RCU_GP_WAIT_FQS.* ->state=0x402 / {
			sub(/.* ->cpu=/, "")
			lost = idle[$0]
			exit
		}
		END { exit !lost }'
}

# run_guest NAME KERNEL MODULE GUEST COMMAND...: in build/NAME the command's
# output (tap), the kernel log, and the exit status (status). The results show
# up on stdout as they come; with VERBOSE all of the output does. What QEMU did to
# the guest is no result: it is told, the log kept, and the guest started anew.
run_guest() {
	local tries what

	for tries in 1 2 3; do
		run_guest_once "$@"
		if met_stale_code "$BUILD/$1"; then
			what=stale-code
		elif qemu_crashed "$BUILD/$1"; then
			what=crash
		elif lost_timers "$BUILD/$1"; then
			what=lost-timers
		else
			return 0
		fi
		cp "$BUILD/$1/console.log" "$BUILD/$1.$what.$tries.log"
		say "QEMU's own fault ($what): build/$1.$what.$tries.log"
	done
}

# boot_guest DIR KERNEL MODULE GUEST COMMAND...: with all that tests want
boot_guest() {
	local dir=$1 kernel=$2 module=$3 guest=$4

	shift 4
	# shellcheck disable=SC2086 # the guest is a list of options
	"$VM/run" --kernel "$kernel" --module "$module" \
		--module "$BUILD/$kernel/modules/mmscope_walk.ko" \
		--module "$BUILD/$kernel/modules/mmscope_fail.ko" \
		--module "$BUILD/$kernel/modules/mmscope_dead.ko" \
		--module "$BUILD/$kernel/modules/mmscope_gap.ko" \
		--module "$BUILD/$kernel/modules/mmscope_stay.ko" \
		--module "$BUILD/$kernel/mutant/mmscope_topk_test.ko" \
		--files "$INSTALLED:selftests" \
		--files "$VM/guest:vm-guest" --files "$TOP/tools/mmscope:bin/mmscope" \
		--files "$BUILD/$kernel/mutant/mmscope.ko:selftests/mmscope/mutant.ko" \
		--log "$dir" --timeout $((${GUEST_SECONDS:-1800} * $(slowness_of "$kernel"))) \
		$guest -- "$@"
}

run_guest_once() {
	local dir=$BUILD/$1 kernel=$2 pattern='^(# )?not ok|^ok' pid

	shift
	[ -z "${VERBOSE-}" ] || pattern=.
	rm -rf "$dir"
	mkdir -p "$dir"
	: > "$dir/tap"
	{
		set -o pipefail
		boot_guest "$dir" "$@" 2>&1 > "$dir/tap" | tee "$dir/messages" >&2
	} &
	pid=$!
	tail --pid "$pid" -n +1 -f "$dir/tap" | grep --line-buffered -E "$pattern" |
		sed -u "s/^/[$kernel] /" || :
	wait "$pid" && echo 0 > "$dir/status" || echo $? > "$dir/status"
}

# run_controls NAME KERNEL: the same for the bugs that sanitizers have to notice
run_controls() {
	local dir=$BUILD/$1

	rm -rf "$dir"
	mkdir -p "$dir"
	"$VM/controls" "$2" > "$dir/tap" && echo 0 > "$dir/status" || echo $? > "$dir/status"
	grep -E "${VERBOSE:+.|}^(not )?ok" "$dir/tap" | sed "s/^/[$2] /"
}

# sum_up NAME...: "PASSED FAILED SKIPPED" over the guests. Results inside of
# a test program count one by one; the program itself only if it has none, or
# if it failed without saying where. A result that is missing is a failure, and
# so is a guest that did not end well.
sum_up() {
	local name

	for name; do
		awk -v status="$(cat "$BUILD/$name/status")" '
			function result(line) {
				if (line ~ /^not ok/)
					failed++
				else if (line ~ /# *SKIP/)
					skipped++
				else
					passed++
			}
			/^1\.\./ { planned += substr($0, 4) }
			/^# selftests: / { inner = inner_failed = 0 }
			/^# (not )?ok / { inner++; inner_failed += /^# not/; result(substr($0, 3)) }
			/^(not )?ok / {
				seen++
				if (!inner || (/^not/ && !inner_failed))
					result($0)
				inner = inner_failed = 0
			}
			END {
				if (seen < planned || !planned)
					failed += planned ? planned - seen : 1
				if (status != 0)
					failed++
				print passed + 0, failed + 0, skipped + 0
			}' "$BUILD/$name/tap"
	done | awk '{ p += $1; f += $2; s += $3 } END { print p + 0, f + 0, s + 0 }'
}

# show_failures NAME: the whole output of the test programs that failed, and what
# was wrong with the guest itself, once more, for it may be far above
show_failures() {
	awk -v guest="$1" '
		/^# selftests: / { text = "--- build/" guest "/tap\n" }
		{ text = text $0 "\n" }
		/^not ok/ { printf "%s", text }
		/^(not )?ok/ { text = "" }
		END { if (text ~ /# selftests: /) printf "%s(no end)\n", text }' "$BUILD/$1/tap"
	grep -sv '^== ' "$BUILD/$1/messages" || :
}
