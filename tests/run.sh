#!/bin/bash
# run.sh JOBS NAME... - runs tests, JOBS at a time, and ends with the line "N passed, N failed".
#
# A name is KIND/PROGRAM: release/test_x, debug/test_x, tsan/test_x (a cmocka program; each of its tests counts),
# fuzz/fuzz_x (FUZZ_SECONDS of fuzzing, 5 by default) or check/x (make check-x).
set -u

results=build/results

# Says what came of a name, and after how many seconds; $2 and $3 are the tests passed and failed. One printf, so that the
# output of programs running side by side is not mixed.
tell() {
	echo "$2 $3" > "$results/${1//\//-}.count"
	if [ "$3" = 0 ]; then
		printf '%s\n' "ok      $1 ($2) ${SECONDS} s"
	else
		printf '%s\n%s\n' "FAILED  $1 ($3 of $(($2 + $3))) ${SECONDS} s" \
			"$(grep -avE '^\[ RUN|^\[       OK' "$results/${1//\//-}.log" | tail -n 60 | sed 's/^/        /')"
	fi
}

run_test() {
	local log=$results/${1//\//-}.log passed failed status=0
	mkdir -p "$results/${1//\//-}.tmp"
	NODEFALL=build/${1%%/*}/nodefall TMPDIR=$PWD/$results/${1//\//-}.tmp \
		timeout -k 5 120 "build/${1%%/*}/tests/${1#*/}" > "$log" 2>&1 || status=$?
	passed=$(sed -nE 's/^\[  PASSED  \] ([0-9]+) test.*/\1/p' "$log" | awk '{ n += $1 } END { print n + 0 }')
	failed=$(sed -nE 's/^\[  FAILED  \] ([0-9]+) test.*/\1/p' "$log" | awk '{ n += $1 } END { print n + 0 }')
	[ $status != 124 ] || echo "no end after 120 s" >> "$log"
	# A program that crashed, or ended without its summary, has failed whatever it printed before.
	if [ $failed = 0 ] && { [ $status != 0 ] || ! grep -q '^\[  PASSED  \]' "$log"; }; then
		echo "exit status $status" >> "$log"
		failed=1
	fi
	tell "$1" "$passed" "$failed"
}

run_fuzz() {
	local log=$results/${1//\//-}.log name=${1#*/fuzz_} seconds=${FUZZ_SECONDS:-5} options=()
	mkdir -p "build/corpus/$name"
	[ -d "tests/corpus/$name" ] && options+=("tests/corpus/$name")
	[ -f "tests/corpus/$name.dict" ] && options+=("-dict=tests/corpus/$name.dict")
	if timeout -k 5 $((seconds + 120)) "build/fuzz/tests/${1#*/}" -seed=1 -max_total_time="$seconds" -timeout=10 \
		-rss_limit_mb=2048 -artifact_prefix="build/corpus/$name-" "build/corpus/$name" "${options[@]}" > "$log" 2>&1; then
		tell "$1" 1 0
	else
		tell "$1" 0 1
	fi
}

run_check() {
	if ${MAKE:-make} -k "check-${1#*/}" > "$results/${1//\//-}.log" 2>&1; then
		tell "$1" 1 0
	else
		tell "$1" 0 1
	fi
}

if [ "$1" = one ]; then
	case $2 in
	fuzz/*) run_fuzz "$2" ;;
	check/*) run_check "$2" ;;
	*) run_test "$2" ;;
	esac
	exit 0
fi

jobs=$1
shift
rm -rf "$results"
mkdir -p "$results"
# The checks share a build folder and use all cores by themselves, so they come one after the other.
printf '%s\n' "$@" | grep -v '^check/' | xargs -r -P "$jobs" -I{} bash "$0" one {}
printf '%s\n' "$@" | grep '^check/' | xargs -r -P 1 -I{} bash "$0" one {}

# A name without a result, because its job was killed, has failed
missing=$(($# - $(find "$results" -name '*.count' | wc -l)))
cat "$results"/*.count /dev/null | awk -v missing="$missing" '
	{ passed += $1; failed += $2 }
	END { printf "%d passed, %d failed\n", passed, failed + missing; exit passed == 0 || failed + missing > 0 }'
