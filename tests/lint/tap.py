# SPDX-License-Identifier: BSD-2-Clause
"""Runs the functions named test_* of a module and prints TAP."""

import sys
import traceback


class Skipped(Exception):
    """Raised by a test that cannot be run here; the text says why."""


def run(namespace):
    tests = [(n, f) for n, f in namespace.items() if n.startswith("test_") and callable(f)]
    failures = 0
    print(f"1..{len(tests)}")
    for number, (name, function) in enumerate(tests, 1):
        title = name[len("test_"):].replace("_", " ")
        try:
            function()
            print(f"ok {number} - {title}")
        except Skipped as skip:
            print(f"ok {number} - {title} # SKIP {skip}")
        except Exception:  # a test may fail in any way
            failures += 1
            for line in traceback.format_exc().splitlines():
                print(f"# {line}")
            print(f"not ok {number} - {title}")
    sys.exit(1 if failures else 0)


def expect(actual, wanted):
    if actual != wanted:
        raise AssertionError(f"got {actual!r}, wanted {wanted!r}")
