#!/bin/bash
# drive_completion.sh - what bash completes with the script of `$NF completion bash`.
set -u
source <("${NF:-./nodefall}" completion bash)
failed=0
# $1: what must be among the answers; the rest: the words so far, the last one unfinished
want() {
	local wanted=$1
	shift
	COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
	_nodefall nodefall 2> /dev/null
	for reply in "${COMPREPLY[@]}"; do [ "$reply" = "$wanted" ] && return; done
	echo "$* does not complete to $wanted but to: ${COMPREPLY[*]}"
	failed=1
}
want lesson nodefall les
want --seed nodefall run --s
want json nodefall run -o j
want json nodefall run --output = j
want csv nodefall compare -o ''
want README.md nodefall run -o json = READ
want yaml nodefall get pods -o y
want recovery_max nodefall compare --metric recov
want fish nodefall completion ''
exit $failed
