#!/bin/sh
# check_headers.sh COMPILER HEADER... - each header compiles without another one before it, and twice.
set -eu

compiler=$1
shift
for header; do
	printf '#include "%s"\n#include "%s"\n' "$header" "$header" | $compiler -fsyntax-only -x c - || failed=1
done
exit ${failed:-0}
