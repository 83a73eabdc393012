#!/bin/sh
# check_malloc.sh OBJECT... - only the arena takes memory from the system.
set -eu

for object; do
	case $object in
	*/sim/arena.o) continue ;;
	esac
	nm -u "$object" | awk -v object="$object" '
		$2 ~ /^(malloc|calloc|realloc|reallocarray|free|aligned_alloc|posix_memalign|v?asprintf|strn?dup|getline)$/ {
			printf "%s: uses %s()\n", object, $2
			failed = 1
		}
		END { exit failed }' || failed=1
done
exit ${failed:-0}
