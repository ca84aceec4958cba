#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Run the tests beside this file with a module: as root, in a virtual machine
# that needs to have no more than busybox.
#
#	run.sh MODULE [TEST...]
#
# Prints the tests' TAP output and at the end "N passed, N failed". The exit
# status is 0 if none failed.

passed=0
failed=0
skipped=0
log=/tmp/gomap-selftests.log

fail() {
	echo "not ok - $1"
	failed=$((failed + 1))
}

finish() {
	echo "$passed passed, $failed failed$([ $skipped -eq 0 ] || echo ", $skipped skipped")"
	[ $failed -eq 0 ]
	exit
}

# Whether the kernel runs such a program. With -l it lists its tests, with status 4.
can_run() {
	"$1" -l >/dev/null 2>&1
	[ $? -eq 4 ]
}

# usage: count STATUS
# A program that dies has said nothing about the rest of its plan.
count() {
	before=$failed
	eval "$(awk '
		/^1\.\./ { plan = substr($0, 4) + 0 }
		/^not ok / { failed++; next }
		/^ok .* # SKIP/ { skipped++; next }
		/^ok / { passed++ }
		END {
			missing = plan - passed - failed - skipped
			if (!plan || missing < 0)
				missing = 1
			printf "passed=$((passed + %d)) ", passed
			printf "failed=$((failed + %d)) ", failed + missing
			printf "skipped=$((skipped + %d))", skipped
		}' $log)"
	[ "$1" -eq 0 ] || [ $failed -gt $before ] || fail "exit status $1 without a failed test"
}

# A test that died may have left the kernel failing on demand; opening these files fails then, too.
end_faults() {
	for file in /sys/kernel/debug/fail*/probability; do
		[ -e "$file" ] || continue
		tries=1000
		until echo 0 >"$file" || [ $tries -eq 0 ]; do
			tries=$((tries - 1))
		done 2>/dev/null
	done
}

run() {
	echo "# $(basename "$1")"
	case $1 in
	*_32)
		if ! can_run "$1"; then
			echo "ok - $(basename "$1") # SKIP this kernel runs no 32-bit programs"
			skipped=$((skipped + 1))
			return
		fi
		;;
	esac
	{ "$1" 2>&1; echo $? >$log.status; } | tee $log
	end_faults
	count "$(cat $log.status)"
}

unload() {
	# The last map may still be on its way out.
	for _ in 1 2 3 4 5; do
		rmmod gomap && return
		sleep 1
	done
	fail "module can't be unloaded"
}

if [ $# -eq 0 ]; then
	echo "usage: run.sh MODULE [TEST...]" >&2
	exit 2
fi
# For the test that loads it again, too.
GOMAP_KO=$(realpath "$1")
export GOMAP_KO
shift
cd "$(dirname "$0")" || exit
[ $# -gt 0 ] || set -- *_test *_test_32

if ! insmod "$GOMAP_KO"; then
	fail "module can't be loaded"
	finish
fi
for test; do
	[ -x "$test" ] && run "./$test"
done
unload
finish
