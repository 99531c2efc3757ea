#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Makes a static library of one object in which only the public names are left to be linked against,
# so that a program that embeds it may call its own functions what it likes:
#   close.sh AR OBJCOPY OUT.a IN.a CC..
set -eu
ar=$1 objcopy=$2 out=$3 in=$4
shift 4
object=${out%.a}.o
"$@" -nostdlib -r -o "$object" -Wl,--whole-archive "$in" -Wl,--no-whole-archive
"$objcopy" --wildcard --keep-global-symbol='plait_*' "$object"
rm -f "$out"
"$ar" crs "$out" "$object"
rm -f "$object"
