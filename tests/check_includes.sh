#!/bin/sh
# check_includes.sh - includes point one way: sim <- models <- policies, models <- report <- report/cli, all <- tests.
set -eu

find sim models policies report tests -name '*.[ch]' | LC_ALL=C sort | xargs awk '
function wrong(why) {
	printf "%s:%d: %s: %s\n", FILENAME, FNR, why, $0
	failed = 1
}
FNR == 1 {
	part = FILENAME
	sub(/\/.*/, "", part)
	if (FILENAME ~ /^report\/cli\//)
		part = "cli"
}
/^[ \t]*#[ \t]*include[ \t]*</ {
	if ($0 ~ /<yaml\.h>/ && FILENAME != "sim/yaml.c")
		wrong("only sim/yaml.c uses libyaml")
	if ($0 ~ /<sqlite3\.h>/ && FILENAME != "report/formats/sqlite.c" && part != "tests")
		wrong("only report/formats/sqlite.c uses SQLite")
	if ($0 ~ /<n?curses(w)?[./]/ && FILENAME != "report/watch/terminal.c")
		wrong("only report/watch/terminal.c uses ncurses")
}
/^[ \t]*#[ \t]*include[ \t]*"/ {
	to = $0
	sub(/^[^"]*"/, "", to)
	sub(/".*/, "", to)
	if (to == "build/instance_types.inc" && FILENAME == "models/instance_types.c")
		next # made by the Makefile from data/
	if (to == "build/runtimes.inc" && FILENAME == "models/runtime.c")
		next
	if (to == "build/failures.inc" && FILENAME == "models/scenario_profiles.c")
		next
	if (to ~ /^build\/page_(css|js)\.inc$/ && FILENAME ~ /^report\/(page_frame|page_slider)\.c$/)
		next
	if (to !~ /^(sim|models|policies|report|tests)\//)
		wrong("a header is named from the root of the project")
	else if (part == "sim" && to !~ /^sim\//)
		wrong("sim uses sim only")
	else if (part == "models" && to !~ /^(sim|models)\//)
		wrong("models use sim and models only")
	else if (part == "policies" && to !~ /^sim\// && to !~ /^models\/(policy|decide|view|versions|sched_match|volume_match)\.h$/ && to !~ /^policies\/parts\//)
		wrong("policies use sim, models/{policy,decide,view,versions,sched_match,volume_match}.h and policies/parts/ only")
	else if (part == "report" && (to !~ /^(sim|models|report)\// || to ~ /^report\/cli\//))
		wrong("report uses sim, models and report only, and not report/cli")
	else if (part == "cli" && to ~ /^tests\//)
		wrong("nothing uses tests")
}
END { exit failed }'
