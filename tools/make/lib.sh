# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What the scripts beside this file share: sourced, never run.
#
# Tests and checks come in parts, which may have parts themselves. Each ends in a line
# "N passed, N failed[, N skipped]"; what ends without one is itself a failure.

top=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../..")
# shellcheck source=../vm/lib.sh
. "$top/tools/vm/lib.sh"
passed=0 failed=0 failures=''
# For a kernel's command line. Who doesn't let a CPU go for two seconds, or keeps a normal grace period
# of RCU waiting for three, the least that it can be told (and five more with PROVE_RCU), is reported,
# and tools/vm/boot takes any report for a failure.
watchdogs='watchdog_thresh=1 rcupdate.rcu_cpu_stall_timeout=3'
totals='^([0-9]+) passed, ([0-9]+) failed(, [0-9]+ skipped)?$'

# usage: part NAME COMMAND [ARGUMENT]...
# Runs a part and adds its totals. They are shown in a line with its name and time, so that the only
# line that is nothing but totals is the last one of all.
part() {
	local name=$1 log status=0 began=$SECONDS failed_before=$failed line
	shift
	log=$(mktemp)
	echo "== $name"
	"$@" </dev/null 2>&1 | tee "$log" | { grep --line-buffered -vE "$totals" || :; } ||
		status=${PIPESTATUS[0]}

	# The last line may be that of make, about the exit status.
	line=$(grep -E "$totals" "$log" | tail -n 1) || :
	if [[ $line =~ $totals ]]; then
		passed=$((passed + BASH_REMATCH[1]))
		failed=$((failed + BASH_REMATCH[2]))
	else
		line="no end, exit status $status"
		failed=$((failed + 1))
	fi
	# All tests may have passed and the kernel complained.
	if [ "$status" != 0 ] && [[ ${BASH_REMATCH[2]-1} = 0 ]]; then
		line+=", exit status $status"
		failed=$((failed + 1))
	elif [ "${BASH_REMATCH[1]-}${BASH_REMATCH[2]-}" = 00 ]; then
		line+=", nothing was tested"
		failed=$((failed + 1))
	fi
	[ "$failed" = "$failed_before" ] ||
		failures+=$(what_failed "$log" "$line" | sed "s|^|failed: $name: |")$'\n'
	rm "$log"
	echo "== $name: $line ($((SECONDS - began)) s)"
}

# usage: what_failed LOG LINE
# Its parts said so themselves; or there is what TAP, torture and KUnit call a failure; or the line.
what_failed() {
	sed -n 's/^failed: //p' "$1" | grep . ||
		grep -E '^(not ok|FAILED|\[FAILED\]|\[CRASHED\]) ' "$1" || echo "$2"
}

# usage: expect NAME COMMAND [ARGUMENT]...
# A test of its own, which passes if the command succeeds.
expect() {
	if "${@:2}"; then
		passed=$((passed + 1))
	else
		echo "not ok - $1"
		failed=$((failed + 1))
	fi
}

# What failed, once more, and the last line of all, and what it means.
total() {
	echo -n "$failures"
	echo "$passed passed, $failed failed"
	[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
}

# usage: files [ARGUMENT OF GIT LS-FILES]...
# All of the sources. Where git ignores who owns a clone, it also works for root in somebody's clone.
files() {
	git -C "$top" -c safe.directory="$top" ls-files -co --exclude-standard "$@"
}

# usage: copy_sources DIR
# What kbuild reads, by its names: whatever a build here has left may be for another kernel.
copy_sources() {
	(cd "$top" && find Kbuild module kunit tools/bench/{module,count} tools/torture \
		\( -name '*.[ch]' ! -name '*.mod.c' -o -name Kbuild -o -name Kconfig \) -print0) |
		tar -C "$top" -c --null -T - | tar -C "$1" -x
}

# usage: kbuild KERNEL-DIRECTORY DIR [ARGUMENT]...
# Builds the copy in DIR. Without BTF: that takes the vmlinux, which Debian's headers don't have.
kbuild() {
	make -s -j"$(nproc)" -C "$1/build" ARCH="$(cat "$1/arch")" M="$2" \
		CONFIG_DEBUG_INFO_BTF_MODULES= \
		CONFIG_GOMAP_SAMPLES=m CONFIG_GOMAP_BENCH=m CONFIG_GOMAP_TORTURE_TEST=m \
		"${@:3}" modules
}
