#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Installs the Debian packages that are missing for the groups named: tools/deps.sh build test
# Silent and quick when nothing is missing. With --check it only names what is missing (exit 1).
set -eu

here=$(cd "$(dirname "$0")" && pwd)

fail() {
    echo "tools/deps.sh: $*" >&2
    exit 1
}

# Prints the packages of the groups given, one a line.
packages_of() {
    wanted=" $* "
    while read -r package groups _; do
        case $package in
        '' | '#'*) continue ;;
        esac
        for group in $(echo "$groups" | tr , ' '); do
            case $wanted in
            *" $group "*)
                echo "$package"
                break
                ;;
            esac
        done
    done <"$here/packages.txt"
}

# Prints those of the packages given that dpkg does not hold as installed, on one line.
missing_of() {
    installed=" $(dpkg-query -W -f='${Package}=${db:Status-Status} ' "$@" 2>/dev/null || true) "
    missing=
    for package; do
        case $installed in
        *" $package=installed "*) ;;
        *) missing="$missing $package" ;;
        esac
    done
    echo "${missing# }"
}

check=no
if [ "${1:-}" = --check ]; then
    check=yes
    shift
fi
[ $# -gt 0 ] || fail "name at least one group of tools/packages.txt, such as test"
groups=$*
case $(uname -m) in
aarch64) ;;
*) case " $groups " in *" test "*) groups="$groups test-cross" ;; esac ;;
esac

# shellcheck disable=SC2086 # lists of package and group names are split on purpose
packages=$(packages_of $groups)
[ -n "$packages" ] || fail "no such group: $*"
if ! command -v dpkg-query >/dev/null; then
    echo "tools/deps.sh: not a Debian system; nothing is installed, these have to be there:" \
        $packages >&2
    exit 0
fi
# shellcheck disable=SC2086
missing=$(missing_of $packages)
[ -n "$missing" ] || exit 0
[ $check = no ] || fail "missing: $missing (install them: tools/deps.sh $*)"

if [ "$(id -u)" -eq 0 ]; then
    as_root=
elif command -v sudo >/dev/null; then
    as_root=sudo
else
    fail "missing: $missing; neither root nor sudo here: as root run apt-get install $missing"
fi

echo "tools/deps.sh: installing missing Debian packages: $missing"
quiet="-q -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300"
# shellcheck disable=SC2086
$as_root apt-get update -q </dev/null ||
    echo "tools/deps.sh: apt-get update failed; trying with the package lists at hand" >&2
# shellcheck disable=SC2086
$as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y --no-install-recommends $quiet $missing </dev/null ||
    fail "apt-get could not install: $missing; its message is above"
