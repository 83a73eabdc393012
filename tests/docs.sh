#!/bin/sh
# docs.sh - makes anew what the README shows: the screen of `watch`, from tests/screens, and a picture of the report.
set -eu

page=build/docs/report.html
mkdir -p build/docs
awk '
FNR == NR {
	screen = screen (NR > 1 ? "\n" : "") ($0 == "" ? "" : "    " $0)
	next
}
/^<!-- screen -->$/ { print; print ""; print screen; print ""; hidden = 1; next }
/^<!-- end of screen -->$/ { hidden = 0 }
!hidden
' tests/screens/nodes-80x24.txt README.md > build/docs/README.md
cmp -s build/docs/README.md README.md || cp build/docs/README.md README.md

./nodefall run scenarios/lessons/zone-outage.yaml --quiet -o html=$page
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)
if [ -z "$browser" ]; then
	echo 'no chromium: report/report.png stays as it is' >&2
	exit 0
fi
"$browser" --headless --no-sandbox --disable-gpu --hide-scrollbars --window-size=1000,1500 \
	--screenshot=report/report.png "file://$PWD/$page" > build/docs/browser.log 2>&1
