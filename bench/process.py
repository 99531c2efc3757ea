# SPDX-License-Identifier: BSD-2-Clause
"""What a running process has cost so far, for the benchmarks beside this file."""
import os


def cpu_ns(pid):
    """Time on a processor, user and system, by thread; in nanoseconds where others count ticks of
    ten milliseconds."""
    each = {}
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/schedstat", encoding="ascii") as stat:
            each[int(task)] = int(stat.read().split()[0])
    return each


def cpu_s(pid):
    return sum(cpu_ns(pid).values()) / 1e9
