#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Runs one random world whose seed is the commit: a seed nobody chose, the same for everyone.
set -eu
top=$(dirname "$0")
if ! hash=$(git -C "$top" rev-parse HEAD 2>/dev/null); then
    echo "skipped: not in a git checkout, so there is no commit to draw a seed from"
    exit 77
fi
seed=$(printf '%d' "0x$(printf '%s' "$hash" | cut -c1-12)")
echo "commit $hash: plait-sim --seed $seed"
exec "$1" --seed "$seed"
