#!/bin/sh
# check_digests.sh PROGRAM... - programs built by different compilers at different levels tell the same, to the last digit.
set -eu

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

for lesson in node-dies zone-outage control-plane-outage phi-accrual hpa-slow-start descheduler-after-return; do
	for program; do
		status=0
		# 0: expectations held, 1: not. Both are results.
		"$program" run -q -o json scenarios/lessons/$lesson.yaml > "$dir/other" || status=$?
		if [ $status -gt 1 ] || ! grep -q '"digest"' "$dir/other"; then
			echo "$program cannot run $lesson (exit status $status)"
			failed=1
		elif [ "$program" = "$1" ]; then
			mv "$dir/other" "$dir/first"
		elif ! cmp -s "$dir/first" "$dir/other"; then
			echo "$lesson: $1 and $program differ"
			grep '"digest"' "$dir/first" "$dir/other" || true
			failed=1
		fi
	done
done
exit ${failed:-0}
