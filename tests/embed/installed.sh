#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# installed.sh BUILD SOURCE CC..: a program is compiled against what is installed, as pkg-config
# tells, and runs.
set -eu
build=$1 source=$2
shift 2
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
DESTDIR=$dir meson install --no-rebuild --quiet -C "$build"
pc=$(find "$dir" -name plaitrun.pc)
sed -i "s|^prefix=|prefix=$dir|" "${pc%/*}"/*.pc
export PKG_CONFIG_PATH="${pc%/*}${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}"
options=$(pkg-config --static --cflags --libs plaitrun)
# shellcheck disable=SC2086 # a list
"$@" -o "$dir/embedded" "$source" $options
"$dir/embedded"
