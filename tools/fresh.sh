#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Tries what README promises on a machine without anything: makes a bare Debian 12 in a temporary
# folder (debootstrap), clones the last commit into it, runs `make TARGET` there and removes all of
# it. With `demo` a watcher asks the dashboard as a person would, and says how long all of it took
# from the first command: more than FRESH_LIMIT seconds (300) is a failure.
# tools/fresh.sh [test|demo]   as root; FRESH_KEEP=1 keeps the folder for a look.
set -eu
cd "$(dirname "$0")/.."

target=${1:-test}
limit=${FRESH_LIMIT:-300}
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
if [ "$target" != demo ]; then
    $inside make -C /src/plait "$target" </dev/null
    exit
fi

# ---- the demo, with its dashboard asked while it runs ----
log=$machine/demo.log
begun=$(date +%s)
$inside make -C /src/plait demo </dev/null >"$log" 2>&1 &
demo=$!
# The first page, a healthy answer and media that came out, as seconds since the first command.
open=
while [ -z "$open" ] && kill -0 "$demo" 2>/dev/null; do
    sleep 1 # python3 comes with the first packages
    open=$($inside python3 /src/plait/tools/ask_dashboard.py /demo.log "$begun" "$limit" \
        2>/dev/null) || open=
done
wait "$demo" || {
    tail -n 30 "$log" >&2
    echo "tools/fresh.sh: make demo failed" >&2
    exit 1
}
sed -n '/^1\/3/,$p' "$log"
echo "tools/fresh.sh: ${open:-the dashboard never answered}"
echo "tools/fresh.sh: the whole demo took $(($(date +%s) - begun)) s"
[ -n "$open" ]
