#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Builds the fuzz targets and runs them: tools/fuzz.sh [fuzz_NAME...], all when none is named.
# FUZZ_SECONDS (60) is each target's time. Stops at the first find and says how to replay it.
set -eu
cd "$(dirname "$0")/.."

folder=build-fuzz
seconds=${FUZZ_SECONDS:-60}

if [ -f $folder/build.ninja ]; then
    meson setup --reconfigure $folder >/dev/null # a merge may have brought new folders
else
    CC=clang meson setup $folder -Dfuzz=true -Db_sanitize=address,undefined -Db_lundef=false \
        -Dc_args=-fsanitize=fuzzer-no-link
fi
ninja -C $folder

if [ $# -eq 0 ]; then
    for program in $folder/fuzz/fuzz_*; do
        [ -f "$program" ] && set -- "$@" "$(basename "$program")"
    done
fi
[ $# -gt 0 ] || {
    echo "tools/fuzz.sh: no fuzz target was built in $folder/fuzz" >&2
    exit 1
}

for target; do
    program=$folder/fuzz/$target
    [ -x "$program" ] || {
        echo "tools/fuzz.sh: no target '$target'; there are:" >&2
        (cd $folder/fuzz && ls -d fuzz_*[!p]) >&2
        exit 2
    }
    corpus=$folder/corpus/$target
    mkdir -p "$corpus"
    seeds=
    [ ! -d "fuzz/corpus/$target" ] || seeds=fuzz/corpus/$target
    echo "=== $target, $seconds s"
    # Without -len_control=0 inputs stay a few bytes long, and no block comes to lose anything.
    # shellcheck disable=SC2086 # no seeds, no argument
    "$program" -len_control=0 -max_total_time="$seconds" -timeout=10 \
        -artifact_prefix="$folder/crash-$target-" \
        -print_final_stats=1 -verbosity=0 "$corpus" $seeds || {
        echo "tools/fuzz.sh: $target found something; replay: $program $folder/crash-$target-*" >&2
        exit 1
    }
done
