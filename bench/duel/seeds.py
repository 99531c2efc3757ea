#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The duel over several seeds: all contenders at once, each with links and ports of its own, and a
table of medians. From the top of the repository, about SECONDS + 8 a row and seed:

    bench/duel/seeds.py --seconds 40 --seeds 3 [--rows drive-3op:6:300 ..] [--only plait]

As root each runs with real-time priority, so that other work on the machine hardly disturbs it.
"""

import argparse
import collections
import json
import os
import statistics
import subprocess
import sys

ROWS = (
    "car-3op-sync:6:1000 car-3op-sync:8:500 drive-3op:6:300 drive-3op:6:1000 drive-3op:8:500 "
    "field-sat-4:6:1000 highway-4:6:1000 rack-6:20:500 weak-5:3:1000 weak-5:5:1000"
).split()
CONTENDERS = ("plait", "librist, equal weights", "librist, weights by mean", "SRT, best link")
FIRST_PORT = 27000
PORTS = 100  # for each contender
HEAD = (
    "| scenario | Mbit/s | ms | contender | runs | of O1 %, median (least to most) | ever % "
    "| p50 | p99 | p99.9 | max ms | sent | back | gap ms | CPU s |"
)


def run(arguments, row, seed):
    """Starts all contenders of a row; returns their results."""
    name, rate, latency = row.split(":")
    priority = ["chrt", "-r", "5"] if os.geteuid() == 0 else []
    started = []
    for i, contender in enumerate(arguments.only or CONTENDERS):
        command = priority + [f"{arguments.build}/bench/duel/duel", "--json"]
        command += ["--scenario", f"{arguments.scenarios}/{name}.txt", "--rate", rate]
        command += ["--latency", latency, "--seconds", str(arguments.seconds)]
        command += ["--seed", str(seed), "--plait", f"{arguments.build}/cli/plait"]
        command += ["--only", contender, "--port", str(FIRST_PORT + i * PORTS)]
        started.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
    lines = [line for p in started for line in p.communicate()[0].splitlines()]
    if any(p.returncode != 0 for p in started):
        sys.exit(f"seeds.py: {row} with seed {seed} failed")
    return [json.loads(line) for line in lines]


def line(row, contender, results):
    """One line of the table: medians, but the worst of maximum and gap."""
    of_bound = [100 * r["on_time_of_bound"] for r in results]

    def median(figure):
        return statistics.median(r[figure] for r in results)

    def worst(figure):
        return max(r[figure] for r in results)

    return (
        f"| {' | '.join(row.split(':'))} | {contender} | {len(results)} "
        f"| {statistics.median(of_bound):.3f} ({min(of_bound):.3f} to {max(of_bound):.3f}) "
        f"| {100 * median('arrived_share'):.2f} | {median('latency_p50_ms'):.0f} "
        f"| {median('latency_p99_ms'):.0f} | {median('latency_p999_ms'):.0f} "
        f"| {worst('latency_max_ms'):.0f} | {median('sent_bytes_a_media_byte'):.3f} "
        f"| {median('returned_bytes_a_media_byte'):.3f} | {worst('longest_gap_ms'):.0f} "
        f"| {median('cpu_s'):.1f} |"
    )


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=int, default=40)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--rows", nargs="+", default=ROWS, metavar="SCENARIO:MBIT:MS")
    parser.add_argument("--only", nargs="+", choices=CONTENDERS)
    parser.add_argument("--build", default="build")
    parser.add_argument("--scenarios", default="../shared/scenarios")
    arguments = parser.parse_args()
    print(HEAD)
    print("|---" * (HEAD.count("|") - 1) + "|")
    for row in arguments.rows:
        results = collections.defaultdict(list)
        for seed in range(1, arguments.seeds + 1):
            for result in run(arguments, row, seed):
                results[result["contender"]].append(result)
        for contender, of_all_seeds in results.items():
            print(line(row, contender, of_all_seeds))
        sys.stdout.flush()


if __name__ == "__main__":
    main()
