#!/bin/sh
# check_readme.sh - runs every "$ ./nodefall" line in the code blocks of README.md and demands that what stands under it is printed.
# "..." stands for anything. A command with nothing under it must only be accepted (no misuse, no bad input).
set -u
commands=$(mktemp -d)
trap 'rm -rf "$commands"' EXIT
awk -v dir="$commands" '
	/^```/ { inside = !inside; out = ""; next }
	inside && /^\$ \.\/nodefall / { n++; out = dir "/" sprintf("%03d", n) ".expect"; print substr($0, 3) > (dir "/" sprintf("%03d", n) ".sh"); printf "" > out; next }
	inside && /^\$ / { out = ""; next }
	inside && out != "" && $0 != "..." && $0 != "" { print > out }
' README.md
failed=0
ran=0
for script in "$commands"/*.sh; do
	case $(cat "$script") in *cluster.yaml*) continue ;; esac
	ran=$((ran + 1))
	sh "$script" > "$commands/output" 2>&1
	status=$?
	if [ "$status" -ge 2 ] && [ ! -s "${script%.sh}.expect" ]; then
		echo "README.md: exit status $status: $(cat "$script")"
		failed=1
	fi
	while IFS= read -r line; do
		grep -qxF -e "$line" "$commands/output" && continue
		echo "README.md: not printed by: $(cat "$script")"
		echo "    $line"
		failed=1
	done < "${script%.sh}.expect"
done
[ "$ran" -gt 3 ] || { echo "README.md: only $ran commands found"; failed=1; }
exit $failed
