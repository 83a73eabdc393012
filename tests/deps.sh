#!/bin/sh
# deps.sh PACKAGE... - installs those Debian packages that are missing, as root or through sudo, or says how.
set -eu

# Where the compiler's run-time library is a package of its own depends on the release, so its use is tried instead.
fuzzer_links() {
	echo 'int LLVMFuzzerTestOneInput(const char *p, unsigned long n) { return n > 9 && p[9] == 9 ? -1 : 0; }' |
		clang -fsanitize=fuzzer,address -x c - -o /dev/null 2> /dev/null
}

installed() {
	case $1 in
	libclang-rt-dev) fuzzer_links ;;
	*) dpkg-query -W -f '${db:Status-Status}\n' "$1" 2> /dev/null | grep -qx installed ;;
	esac
}

if ! command -v dpkg-query > /dev/null || ! command -v apt-get > /dev/null; then
	echo "This is no Debian; these packages, or what they are called here, should be installed: $*"
	exit 0
fi

missing=
for package; do
	installed "$package" || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
echo "Missing packages:$missing"

if [ "$(id -u)" = 0 ]; then
	as_root=
elif command -v sudo > /dev/null && { [ -t 0 ] || sudo -n true 2> /dev/null; }; then
	as_root=sudo
else
	echo "Please install them as root with this command, then try again:"
	echo "    apt-get update && apt-get install -y --no-install-recommends$missing"
	exit 1
fi

$as_root apt-get update
wanted=
for package in $missing; do
	if [ "$package" = libclang-rt-dev ] && ! apt-cache show "$package" > /dev/null 2>&1; then
		continue # an older release: clang itself brings it
	fi
	wanted="$wanted $package"
done
[ -z "$wanted" ] || $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $wanted
