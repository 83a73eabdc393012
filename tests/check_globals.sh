#!/bin/sh
# check_globals.sh OBJECT... - nothing but report/cli has variables that live outside a run.
set -eu

for object; do
	case $object in
	*/report/cli/*) continue ;;
	esac
	size -A "$object" | awk -v object="$object" '
		/^\.(data|bss|tdata|tbss)/ && $1 !~ /^\.data\.rel\.ro/ && $2 > 0 {
			printf "%s: %d bytes of variables in %s\n", object, $2, $1
			failed = 1
		}
		END { exit failed }' || failed=1
done
exit ${failed:-0}
