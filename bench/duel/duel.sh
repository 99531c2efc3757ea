#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The rows of issue 4's table, one duel each, as a Markdown table. From the top of the repository:
#   bench/duel/duel.sh [SECONDS [SEED]]      DUEL_ROWS='drive-3op:6:1000 ...' picks other rows
# Takes about (SECONDS + 7) * 4 a row.
set -eu
seconds=${1:-40}
seed=${2:-1}
build=${DUEL_BUILD:-build}
scenarios=${DUEL_SCENARIOS:-../shared/scenarios}
rows=${DUEL_ROWS:-drive-3op:6:1000 drive-3op:6:300 drive-3op:8:500 field-sat-4:6:1000
    highway-4:6:1000 car-3op-sync:6:1000 car-3op-sync:8:500 weak-5:3:1000 weak-5:5:1000
    rack-6:20:500}

echo "seed $seed, $seconds s, load average $(cut -d' ' -f1-3 /proc/loadavg), $(nproc) processors"
echo
echo '| scenario | Mbit/s | ms | contender | on time % | ever % ' \
     '| O1 % | of O1 % |' \
    'p50 | p99 | p99.9 | max ms | sent | back | gap ms | CPU s |'
echo '|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|'
for row in $rows; do
    name=${row%%:*}
    rest=${row#*:}
    "$build/bench/duel/duel" --scenario "$scenarios/$name.txt" --rate "${rest%%:*}" \
        --latency "${rest#*:}" --seconds "$seconds" --seed "$seed" --plait "$build/cli/plait"
done
