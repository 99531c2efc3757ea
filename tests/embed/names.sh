#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# names.sh NM LIB.a..: every name a library defines for others begins with plait_.
set -eu
nm=$1
shift
for lib; do
    names=$("$nm" --extern-only --defined-only "$lib" | awk 'NF == 3 { print $3 }')
    [ -n "$names" ] || {
        echo "$lib defines nothing" >&2
        exit 1
    }
    if others=$(echo "$names" | grep -v '^plait_'); then
        printf '%s\ngives away:\n%s\n' "$lib" "$others" >&2
        exit 1
    fi
done
