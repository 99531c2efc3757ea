#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Random bonds of recorded links: how much is missing to the clairvoyant bound, over all of them.

Draws 48 bonds of 2 to 6 of the traces, each from a random second on, with random delay, jitter,
loss, queue, latency and load (35 to 80 % of what the links carry in the first minute), and measures
each in the simulator (60 s, virtual time). What is tuned to six scenarios shows here. The bonds lie
in a temporary folder: the traces' licences do not allow copying them into the project.

With --steady it is 150 bonds of 1 to 6 links of a constant rate that differ far more: 0.3 to 16
Mbit/s, 3 to 158 ms, up to 10 % loss. Recorded links are all much alike; what fails where one link
is far and the other thin shows only here. Media begins 3 s after the sender; --warmup 1000 shows
what the first seconds cost, when little is known of the links and of the receiver's clock.

With --adaptive the load of each recorded bond is an encoder that does at once what it is advised,
at one latency for all: what it had on time is compared with the highest rates it could have held.

    bench/bonds/bonds.py [--sim build/sim/plait-sim] [--traces ../shared/traces] [--seeds 2]
                         [--steady [--warmup MS] | --adaptive MS]
"""
import argparse
import concurrent.futures
import json
import pathlib
import random
import re
import subprocess
import sys
import tempfile

BONDS = 48
SECONDS = 60
LOSSES = ["loss=0.001", "loss=0.005", "ge=0.002:0.2:0.5", "ge=0.004:0.2:0.6", "ge=0.006:0.2:0.6",
          "loss=0.01"]
COUNTS = [2, 3, 3, 4, 4, 5, 6]
LOADS = [0.35, 0.5, 0.6, 0.7, 0.8]
LATENCIES_MS = [150, 300, 300, 500, 500, 1000, 1000]
QUEUES_MS = [150, 400, 700, 1000]

STEADY_BONDS = 150
STEADY_SECONDS = 30
STEADY_WARMUP_MS = 3000


def turned(times, start_ms):
    """The trace from start_ms on, its beginning behind its end."""
    return sorted((t - start_ms) % times[-1] + 1 for t in times)


def draw(chance, traces, folder, number):
    """Writes one bond; returns its file, load in Mbit/s and latency in ms."""
    lines, capacity = [], 0
    for at, name in enumerate(chance.sample(sorted(traces), chance.choice(COUNTS))):
        times = turned(traces[name], chance.randrange(traces[name][-1]))
        window_ms = min(SECONDS * 1000, times[-1])
        capacity += sum(t <= window_ms for t in times) * 1500 * 8 / (window_ms / 1000)
        trace = folder / f"{number}-{at}.trace"
        trace.write_text("".join(f"{t}\n" for t in times))
        loss = chance.choice(LOSSES)
        lines.append(f"name={name} trace={trace.name} delay={chance.randint(22, 60)} "
                     f"jitter={chance.randint(4, 15)} {loss} queue={chance.choice(QUEUES_MS)}\n")
    load = chance.choice(LOADS)
    latency_ms = chance.choice(LATENCIES_MS)
    scenario = folder / f"bond-{number}.txt"
    scenario.write_text("".join(lines))
    return scenario, max(round(capacity * load / 1e6, 2), 0.3), latency_ms, []


def draw_steady(chance, folder, number, warmup_ms):
    """The same of links that do not change."""
    lines, capacity = [], 0
    for at in range(chance.choice([1, 2, 2, 3, 3, 4, 5, 6])):
        rate_mbps = round(10 ** chance.uniform(-0.5, 1.2), 2)
        delay_ms = int(10 ** chance.uniform(0.5, 2.2))
        capacity += rate_mbps
        lines.append(f"name=l{at} rate={rate_mbps} delay={delay_ms} "
                     f"jitter={min(chance.choice([0, 0, 2, 5, 10, 20]), delay_ms)} "
                     f"loss={chance.choice([0, 0, 0.001, 0.01, 0.03, 0.1])} "
                     f"queue={chance.choice([50, 100, 200, 500, 1000])}\n")
    load = chance.choice([0.2, 0.4, 0.6, 0.8])
    latency_ms = chance.choice([150, 200, 300, 500, 1000])
    size = chance.choice([1316, 1316, 1316, 400, 1200])
    scenario = folder / f"steady-{number}.txt"
    scenario.write_text("".join(lines))
    return (scenario, max(round(capacity * load, 2), 0.05), latency_ms,
            ["--size", str(size), "--warmup", str(warmup_ms)])


def draw_all(arguments, folder):
    chance = random.Random(arguments.draw)
    if arguments.steady:
        return [draw_steady(chance, folder, n, arguments.warmup) for n in range(STEADY_BONDS)]
    traces = {path.stem: [int(t) for t in path.read_text().split()]
              for path in arguments.traces.glob("*.trace")}
    if not traces:
        sys.exit(f"--traces {arguments.traces}: no traces there; give the folder that has them")
    return [draw(chance, traces, folder, n) for n in range(BONDS)]


def simulate(arguments, scenario, latency_ms, seconds, *more):
    """The run of plait-sim over the bond, with what it printed."""
    return subprocess.run(
        [arguments.sim, "--scenario", scenario, "--latency", str(latency_ms), "--seconds",
         str(seconds), "--seeds", str(arguments.seeds), "--jobs", "1", *more],
        stdout=subprocess.PIPE, check=False, text=True)


def measure(arguments, bond):
    """Percent on time, percent that was possible, bytes sent a byte of media."""
    scenario, rate_mbps, latency_ms, more = bond
    seconds = STEADY_SECONDS if arguments.steady else SECONDS
    run = simulate(arguments, scenario, latency_ms, seconds, "--rate", str(rate_mbps), "--json",
                   *more)
    run.check_returncode()
    row = json.loads(run.stdout)
    return (100 * row["on_time_share"]["mean"], 100 * row["bound_o1_share"]["mean"],
            row["sent_bytes_a_media_byte"]["mean"])


def measure_advice(arguments, bond):
    """Mbit/s that came on time and that were possible, percent of what was sent on time."""
    told = simulate(arguments, bond[0], arguments.adaptive, SECONDS, "--advised").stdout
    figures = re.match(r"([\d.]+) of ([\d.]+) Mbit/s: .* on time ([\d.]+) %", told)
    if not figures:
        sys.exit(f"{bond[0]}: {told}")
    return tuple(float(figure) for figure in figures.groups())


def report(bonds, rows):
    print("bond  Mbit/s    ms  on time %      O1 %  missing   sent")
    for number, (bond, (on_time, bound, sent)) in enumerate(zip(bonds, rows)):
        _, rate_mbps, latency_ms, _ = bond
        print(f"{number:4} {rate_mbps:7.2f} {latency_ms:5} {on_time:10.3f} {bound:9.3f} "
              f"{bound - on_time:8.3f} {sent:6.3f}")
    print(f"points missing: {sum(bound - on_time for on_time, bound, _ in rows):.1f}")


def report_advice(rows):
    print("bond  Mbit/s  possible  of it %  on time %")
    for number, (rate, bound, on_time) in enumerate(rows):
        print(f"{number:4} {rate:7.2f} {bound:9.2f} {100 * rate / bound:8.1f} {on_time:10.3f}")
    enough = sum(rate >= 0.85 * bound and on_time >= 99.9 for rate, bound, on_time in rows)
    print(f"of the bound, mean: {sum(100 * r / b for r, b, _ in rows) / len(rows):.1f} %, on time, "
          f"mean: {sum(row[2] for row in rows) / len(rows):.3f} %; 85 % of the bound and 99.9 % on "
          f"time: {enough} of {len(rows)}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sim", default="build/sim/plait-sim")
    parser.add_argument("--traces", type=pathlib.Path, default=pathlib.Path("../shared/traces"))
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--draw", type=int, default=7, help="seed of the drawing")
    parser.add_argument("--warmup", type=int, metavar="MS", default=STEADY_WARMUP_MS,
                        help="with --steady: from the sender's start to the media's (%(default)s)")
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("--steady", action="store_true", help="links of constant rates")
    kind.add_argument("--adaptive", type=int, metavar="MS", help="an encoder that is advised")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        bonds = draw_all(arguments, pathlib.Path(folder))
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            one = measure_advice if arguments.adaptive else measure
            rows = list(pool.map(lambda bond: one(arguments, bond), bonds))
    if arguments.adaptive:
        report_advice(rows)
    else:
        report(bonds, rows)


if __name__ == "__main__":
    main()
