#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Tries the two commands on a machine without anything: makes a bare Debian 12 in a temporary folder
# (debootstrap), clones the last commit into it, runs `make TARGET` there and removes all of it.
# tools/fresh.sh [test|demo]   as root; FRESH_KEEP=1 keeps the folder for a look.
set -eu
cd "$(dirname "$0")/.."

target=${1:-test}
[ "$(id -u)" -eq 0 ] || {
    echo "tools/fresh.sh: root is needed to make and enter another Debian: use sudo" >&2
    exit 1
}
tools/deps.sh fresh

machine=$(mktemp -d /var/tmp/plait-fresh.XXXXXX)
leave() {
    ! mountpoint -q "$machine/proc" || umount "$machine/proc"
    if [ "${FRESH_KEEP:-}" ]; then
        echo "tools/fresh.sh: kept $machine"
    else
        rm -rf --one-file-system "$machine"
    fi
}
trap leave EXIT

echo "tools/fresh.sh: making a bare Debian 12 in $machine"
debootstrap --variant=minbase bookworm "$machine" >"$machine.log" 2>&1 || {
    tail -n 5 "$machine.log" >&2
    exit 1
}
rm "$machine.log"
cp /etc/resolv.conf /etc/hosts "$machine/etc/"
mount -t proc proc "$machine/proc"
git clone --quiet . "$machine/src/plait"
[ ! -d ../shared ] || cp -r ../shared "$machine/src/shared"

# make is the one thing that a person brings along.
inside="env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root CI=true chroot $machine"
$inside apt-get install -y -q make >/dev/null 2>&1 || {
    echo "tools/fresh.sh: apt-get does not work in $machine" >&2
    exit 1
}
$inside make -C /src/plait "$target" </dev/null
