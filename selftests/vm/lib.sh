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

# What stands still longer under sanitizers must not count as hung.
slowness_of() {
	is_sanitized "$1" && echo 5 || echo 1
}

# run_guest NAME KERNEL MODULE GUEST COMMAND...: in build/NAME the command's
# output (tap), the kernel log, and the exit status (status). The results show
# up on stdout as they come; with VERBOSE all of the output does.
run_guest() {
	local dir=$BUILD/$1 kernel=$2 module=$3 guest=$4 pattern='^(# )?not ok|^ok' pid

	shift 4
	[ -z "${VERBOSE-}" ] || pattern=.
	rm -rf "$dir"
	mkdir -p "$dir"
	: > "$dir/tap"
	# shellcheck disable=SC2086 # the guest is a list of options
	"$VM/run" --kernel "$kernel" --module "$module" \
		--module "$BUILD/$kernel/modules/mmscope_walk.ko" \
		--module "$BUILD/$kernel/modules/mmscope_fail.ko" \
		--module "$BUILD/$kernel/modules/mmscope_dead.ko" \
		--files "$INSTALLED:selftests" \
		--files "$VM/guest:vm-guest" --files "$TOP/tools/mmscope:bin/mmscope" \
		--files "$BUILD/$kernel/mutant/mmscope.ko:selftests/mmscope/mutant.ko" \
		--log "$dir" --timeout $((${GUEST_SECONDS:-1800} * $(slowness_of "$kernel"))) \
		$guest -- "$@" > "$dir/tap" 2> >(tee "$dir/messages" >&2) &
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
