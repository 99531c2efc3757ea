#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Builds and tests Plait in every way that counts, then prints one summary.

Each stage is a build folder: gcc; clang with the address and undefined-behaviour sanitizers; the
FEC library for ARM64 under qemu. The last line printed is `N passed, N failed[, N skipped]` over
all of them; a stage that does not build, or runs no test, counts as one failure.

Usage: tools/test.py [STAGE...]   (gcc, clang, arm64; all of them when none is named)
"""

import json
import os
import platform
import re
import signal
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
CROSS_FILE = os.path.join(ROOT, "tools/cross/aarch64.ini")
TOTALS_FILE = os.path.join(ROOT, "build/test-totals.txt")
SKIP_CODE = 77
STAGE_SECONDS = 2400  # of testing; what runs longer is interrupted and counted as a failure
OUTPUT_LINES = 100  # of each failing test's output, the last ones

# name, build folder, environment, arguments of `meson setup`, arguments of `meson test`
STAGES = [
    ("gcc", "build", {"CC": "gcc"}, [], []),
    (
        "clang",
        "build-clang-asan",
        {
            "CC": "clang",
            "ASAN_OPTIONS": "abort_on_error=1:detect_stack_use_after_return=1:strict_strings=1",
            "UBSAN_OPTIONS": "halt_on_error=1:abort_on_error=1:print_stacktrace=1",
        },
        ["-Db_sanitize=address,undefined", "-Db_lundef=false"],
        ["--no-suite", "lint", "--timeout-multiplier", "4"],
    ),
    (
        "arm64",
        "build-arm64",
        {},
        ["--cross-file", CROSS_FILE],
        ["--suite", "fec", "--timeout-multiplier", "8"],
    ),
]

TAP_PLAN = re.compile(r"^1\.\.(\d+)\s*(?:#\s*SKIP\b\s*(.*))?", re.IGNORECASE)
TAP_TEST = re.compile(
    r"^(ok|not ok)\b\s*\d*\s*-?\s*([^#]*)(?:#\s*(SKIP|TO" r"DO)\S*\s*(.*))?", re.I
)


class Tally:
    """What one stage's tests came to."""

    def __init__(self):
        self.passed = 0
        self.failures = []  # (name, output)
        self.skips = []  # (name, reason)

    def fail(self, name, output=""):
        self.failures.append((name, output))

    def skip(self, name, reason):
        self.skips.append((name, reason.strip() or "no reason given"))


def last_line(text):
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1].strip() if lines else ""


def count_tap(tally, name, text, output):
    """Counts each subtest of a TAP text; True when a failing one was among them."""
    bad = []
    for line in text.splitlines():
        plan = TAP_PLAN.match(line)
        if plan and plan.group(1) == "0":
            tally.skip(name, plan.group(2) or "")
        test = None if plan else TAP_TEST.match(line)
        if not test:
            continue
        verdict, title, directive, reason = test.groups()
        if directive and directive.upper() == "SKIP":
            tally.skip(f"{name}: {title.strip() or reason}", reason)
        elif verdict.lower() == "ok" or directive:
            tally.passed += 1
        else:
            bad.append(title.strip())
    for title in bad:
        tally.fail(f"{name}: {title}", output if title == bad[-1] else "")
    return bool(bad)


def count_entry(tally, entry):
    """Counts one line of meson's testlog.json: a program, with its subtests when it speaks TAP."""
    name, result = entry["name"].split(" / ")[-1], entry["result"]
    stdout, stderr = entry.get("stdout") or "", entry.get("stderr") or ""
    output = stdout + stderr
    if entry.get("returncode") == SKIP_CODE or result == "SKIP":
        tap = re.search(r"#\s*SKIP\S*\s+(.+)", stdout, re.IGNORECASE)
        tally.skip(name, tap.group(1) if tap else last_line(stderr) or last_line(stdout))
        return
    speaks_tap = any(TAP_PLAN.match(line) for line in stdout.splitlines())
    failed_subtest = speaks_tap and count_tap(tally, name, stdout, output)
    if result not in ("OK", "EXPECTEDFAIL"):
        if not failed_subtest:
            tally.fail(f"{name} ({result.lower()})", output)
    elif not speaks_tap:
        tally.passed += 1


def count_log(tally, path):
    """Counts a testlog.json; returns the number of programs in it."""
    if not os.path.exists(path):
        return 0
    with open(path, encoding="utf-8", errors="replace") as log:
        entries = [json.loads(line) for line in log if line.strip()]
    for entry in entries:
        count_entry(tally, entry)
    return len(entries)


def run(command, env, seconds=None):
    """Runs a command with its output on ours; returns its exit code, -SIGINT when out of time."""
    print("+ " + " ".join(os.path.relpath(a, ROOT) if a.startswith(ROOT) else a for a in command))
    sys.stdout.flush()
    environment = {**os.environ, **env}
    try:
        with subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL
        ) as process:
            try:
                return process.wait(seconds)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGINT)  # meson ends its tests and writes its log
                process.wait()
                return -signal.SIGINT
    except OSError as err:
        print(f"{command[0]}: {err.strerror}")
        return 127


def configure(folder, arguments, env):
    """Sets the build folder up, anew when it cannot be brought up to date."""
    if os.path.exists(os.path.join(ROOT, folder, "build.ninja")):
        # A merge may have brought meson.build files of new folders: ninja cannot know of them.
        if run(["meson", "setup", "--reconfigure", folder], env) == 0:
            return True
        return run(["meson", "setup", "--wipe", folder, *arguments], env) == 0
    return run(["meson", "setup", folder, *arguments], env) == 0


def run_stage(stage):
    name, folder, env, setup_arguments, test_arguments = stage
    tally = Tally()
    print(f"\n=== {name} ({folder})")
    if not configure(folder, setup_arguments, env):
        tally.fail("configuring: meson setup failed, see its messages above")
        return tally
    if run(["ninja", "-C", folder, "-k", "0"], env) != 0:
        tally.fail("build: the compiler's messages are above")
        return tally
    log = os.path.join(ROOT, folder, "meson-logs/testlog.json")
    if os.path.exists(log):
        os.remove(log)
    command = ["meson", "test", "-C", folder, "--no-rebuild", *test_arguments]
    code = run(command, env, STAGE_SECONDS)
    programs = count_log(tally, log)
    if programs == 0:
        tally.fail("nothing ran")
    elif code == -signal.SIGINT:
        tally.fail(f"out of time: the tests took more than {STAGE_SECONDS} s")
    elif code != 0 and not tally.failures and not tally.skips:
        tally.fail(f"meson test ended with {code}")
    return tally


def not_here(name):
    """Why a stage makes no sense on this machine, or None."""
    if name == "arm64" and platform.machine() == "aarch64":
        return "this machine is an ARM64 one: the other stages are what it would show"
    if name == "arm64" and not os.path.exists(CROSS_FILE):
        return "tools/cross/aarch64.ini is not there"
    return None


def print_summary(tallies):
    """Prints failures, skips, a table and the closing line; returns the number of failures."""
    for stage, tally in tallies:
        for name, output in tally.failures:
            print(f"\n--- FAILED [{stage}] {name}")
            lines = output.splitlines()
            if len(lines) > OUTPUT_LINES:
                print(f"    (the last {OUTPUT_LINES} of {len(lines)} lines)")
            for line in lines[-OUTPUT_LINES:]:
                print("    " + line)
    skips = [(stage, name, why) for stage, tally in tallies for name, why in tally.skips]
    if skips:
        print("\nSkipped:")
    for stage, name, why in skips:
        print(f"  [{stage}] {name}: {why}")
    print()
    for stage, tally in tallies:
        counts = (tally.passed, len(tally.failures), len(tally.skips))
        print("{:8} {:6} ok {:6} not ok {:6} skipped".format(stage, *counts))
    failed = sum(len(tally.failures) for _, tally in tallies)
    line = f"{sum(tally.passed for _, tally in tallies)} passed, {failed} failed"
    if skips:
        line += f", {len(skips)} skipped"
    os.makedirs(os.path.dirname(TOTALS_FILE), exist_ok=True)
    with open(TOTALS_FILE, "w", encoding="utf-8") as totals:
        totals.write(line + "\n")
    print(line)
    return failed


def main(names):
    known = [stage[0] for stage in STAGES]
    for name in names:
        if name not in known:
            print(f"tools/test.py: no stage '{name}'; there are {', '.join(known)}")
            return 2
    tallies = []
    for stage in STAGES:
        if names and stage[0] not in names:
            continue
        reason = not_here(stage[0])
        if reason:
            tally = Tally()
            tally.skip("the whole stage", reason)
        else:
            tally = run_stage(stage)
        tallies.append((stage[0], tally))
    if not any(tally.passed or tally.failures for _, tally in tallies):
        tallies[0][1].fail("not one test passed")
    return 1 if print_summary(tallies) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
