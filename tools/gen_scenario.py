#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Makes the scenarios that ship in scenarios/: links that change as mobile links do, from a seed.

Usage: tools/gen_scenario.py [--check] [--seed N] [--only NAME] [FOLDER]

Writes NAME.txt and NAME-LINK.trace (Mahimahi's format) for each scenario of the table below into
FOLDER (default: scenarios/ of this repository). --check writes nothing and exits 1 when a file
there differs. --seed makes relatives of the shipped scenarios for wider tests.

The model of a link, a step each 5 ms: the logarithm of its rate wanders about a mean (an
Ornstein-Uhlenbeck process), partly together with the other links of the scenario (same road, same
hills); fades push it down for seconds; a handover silences it for a moment and moves it to another
level; an outage silences it for longer. Grants come in bursts. A satellite link instead draws a
level each 15 s, with a short gap at the change and now and then something in the way. The numbers
are plausible, not fitted to any recording.
"""

import argparse
import math
import os
import random
import sys

STEP_S = 0.005
CHANCE_BITS = 1500 * 8
SATELLITE_SLOT_S = 15


def cellular(mean, sway=0.35, tau=4, shared=0.4, fades=0.05, depth=0.3, handovers=0.03, outages=0.0,
             outage_s=(1, 3)):
    """mean in Mbit/s; fades, handovers and outages a second; depth is what a fade leaves."""
    return dict(kind="cellular", mean=mean, sway=sway, tau=tau, shared=shared, fades=fades,
                depth=depth, handovers=handovers, outages=outages, outage_s=outage_s)


def satellite(mean, obstructions=0.04):
    return dict(kind="satellite", mean=mean, obstructions=obstructions)


# Seconds, seed, what it is, and the links: name, model, the rest of the scenario line.
SCENARIOS = {
    "demo": (60, 7, "Three modems in a moving car; 5 Mbit/s within 1 s of latency always fits.", [
        ("north", cellular(5.6, shared=0), "delay=38 jitter=8 ge=0.003:0.25:0.5 queue=700"),
        ("east", cellular(4.8, shared=0), "delay=45 jitter=10 loss=0.002 queue=600 down=47-48.5"),
        ("south", cellular(4.4, shared=0), "delay=32 jitter=6 loss=0.001 queue=500 rebind=20"),
    ]),
    "city-4": (60, 1, "Four modems in city traffic: strong, busy cells, many handovers.", [
        ("red", cellular(8, tau=2, handovers=0.12), "delay=28 jitter=8 loss=0.001 queue=600"),
        ("blue", cellular(6, tau=3, handovers=0.1),
         "delay=34 jitter=9 ge=0.003:0.2:0.5 queue=800"),
        ("green", cellular(4, tau=2, handovers=0.15, fades=0.1),
         "delay=40 jitter=12 ge=0.005:0.2:0.5 queue=700"),
        ("stick", cellular(2, tau=3, fades=0.15), "delay=48 jitter=12 loss=0.004 queue=1000"),
    ]),
    "rural-4": (60, 1, "A field unit far out: a satellite dish, three thin modems, gaps in all.", [
        ("dish", satellite(7), "delay=42 jitter=12 ge=0.004:0.15:0.4 queue=150"),
        ("hill", cellular(2.4, sway=0.5, fades=0.1, outages=0.01),
         "delay=50 jitter=12 ge=0.005:0.2:0.6 queue=900"),
        ("valley", cellular(1.4, sway=0.5, tau=6, fades=0.12, outages=0.02, outage_s=(1, 5)),
         "delay=65 jitter=15 loss=0.004 queue=1000"),
        ("mast", cellular(0.9, sway=0.4, tau=8, fades=0.08),
         "delay=80 jitter=15 loss=0.003 queue=1000"),
    ]),
    "outage-3": (60, 1, "Three fair modems of which one or the other is often gone, rarely two.", [
        ("a", cellular(5, shared=0.2, outages=0.04, outage_s=(0.5, 4)),
         "delay=36 jitter=8 loss=0.002 queue=600 down=12-15"),
        ("b", cellular(4.5, shared=0.2, outages=0.04, outage_s=(0.5, 4)),
         "delay=42 jitter=8 ge=0.004:0.2:0.6 queue=800 rebind=20+41"),
        ("c", cellular(4, shared=0.2, outages=0.03, outage_s=(1, 6)),
         "delay=50 jitter=10 loss=0.003 queue=700 down=33-35+50-50.4"),
    ]),
}


class Draw:
    """Draws made from random.random() alone, which Python promises to keep."""

    def __init__(self, *words):
        self.random = random.Random("/".join(str(w) for w in words)).random

    def normal(self):
        return math.sqrt(-2 * math.log(1 - self.random())) * math.cos(2 * math.pi * self.random())

    def evenly(self, low, high):
        return low + (high - low) * self.random()

    def lasts(self, mean):
        return -mean * math.log(1 - self.random())

    def begins(self, per_second):
        return self.random() < per_second * STEP_S


class Wander:
    """An Ornstein-Uhlenbeck process of mean 0 and deviation 1."""

    def __init__(self, draw, tau):
        self.draw, self.keep = draw, math.exp(-STEP_S / tau)
        self.value = draw.normal()

    def step(self):
        self.value = self.keep * self.value + math.sqrt(1 - self.keep**2) * self.draw.normal()
        return self.value


def cellular_rates(model, draw, common, steps):
    """Mbit/s at each step; `common` is what all links of the scenario share."""
    own = Wander(draw, model["tau"])
    level, fade, fade_until, silent_until = 0.0, 0.0, 0.0, 0.0
    bias = -model["sway"] ** 2 / 2
    for i in range(steps):
        now = i * STEP_S
        if now >= fade_until and draw.begins(model["fades"]):
            fade_until = now + min(draw.lasts(2.0), 6)
        target = math.log(model["depth"]) if now < fade_until else 0.0
        fade += (target - fade) * STEP_S / 0.3
        if now >= silent_until and draw.begins(model["handovers"]):
            silent_until = now + draw.evenly(0.03, 0.2)
            level = 0.3 * draw.normal()
        if now >= silent_until and draw.begins(model["outages"]):
            silent_until = now + draw.evenly(*model["outage_s"])
        shared = model["shared"]
        x = math.sqrt(1 - shared**2) * own.step() + shared * common[i]
        rate = model["mean"] * math.exp(model["sway"] * x + bias + level + fade)
        yield 0.0 if now < silent_until else rate


def satellite_rates(model, draw, steps):
    own = Wander(draw, 1.0)
    level, silent_until = 1.0, 0.0
    for i in range(steps):
        now = i * STEP_S
        if i % round(SATELLITE_SLOT_S / STEP_S) == 0:
            level = max(0.4, 1 + 0.3 * draw.normal())
            silent_until = now + draw.evenly(0.02, 0.1)
        if now >= silent_until and draw.begins(model["obstructions"]):
            silent_until = now + draw.evenly(0.2, 1.5)
        rate = model["mean"] * level * math.exp(0.12 * own.step())
        yield 0.0 if now < silent_until else rate


def chances(rates, draw, period_ms):
    """The milliseconds at which 1500 bytes could leave: grants in bursts of one to three steps."""
    times, credit, hold = [], 0.0, 0
    for i, rate in enumerate(rates):
        credit += rate * 1e6 * STEP_S * draw.evenly(0.5, 1.5)
        if hold > 0:
            hold -= 1
            continue
        hold = int(draw.evenly(0, 2.6))
        while credit >= CHANCE_BITS:
            credit -= CHANCE_BITS
            times.append(i * 5 + int(draw.evenly(0, 5)))
    times.sort()
    return [min(t, period_ms) for t in times] + [period_ms]


def make(name, seed_added):
    """{file name: content} of one scenario."""
    seconds, seed, what, links = SCENARIOS[name]
    seed += seed_added
    steps = round(seconds / STEP_S)
    road = Wander(Draw(name, seed, "common"), 5)
    common = [road.step() for _ in range(steps)]
    files = {}
    lines = []
    bits = 0
    for link, model, rest in links:
        draw = Draw(name, seed, link)
        if model["kind"] == "satellite":
            rates = satellite_rates(model, draw, steps)
        else:
            rates = cellular_rates(model, draw, common, steps)
        times = chances(rates, draw, seconds * 1000)
        bits += len(times) * CHANCE_BITS
        files[f"{name}-{link}.trace"] = "".join(f"{t}\n" for t in times)
        lines.append(f"name={link} trace={name}-{link}.trace {rest}\n")
    head = (
        "# SPDX-License-Identifier: BSD-2-Clause\n"
        f"# {what}\n"
        f"# Made by tools/gen_scenario.py (seed {seed}); {seconds} s, then again; together "
        f"{bits / seconds / 1e6:.1f} Mbit/s on average.\n"
    )
    files[f"{name}.txt"] = head + "".join(lines)
    return files


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    parser = argparse.ArgumentParser(description="Makes the scenarios that ship in scenarios/.")
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    parser.add_argument("--seed", type=int, default=0, help="added to each scenario's own seed")
    parser.add_argument("--only", choices=sorted(SCENARIOS), help="one scenario instead of all")
    parser.add_argument("folder", nargs="?", default=os.path.join(here, "..", "scenarios"))
    options = parser.parse_args()
    differing = []
    for name in [options.only] if options.only else SCENARIOS:
        for file, content in make(name, options.seed).items():
            path = os.path.join(options.folder, file)
            if not options.check:
                os.makedirs(options.folder, exist_ok=True)
                with open(path, "w", encoding="ascii") as out:
                    out.write(content)
                continue
            try:
                with open(path, encoding="ascii") as old:
                    same = old.read() == content
            except OSError:
                same = False
            if not same:
                differing.append(file)
    for file in differing:
        print(f"{file} is not what tools/gen_scenario.py makes; run it", file=sys.stderr)
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
