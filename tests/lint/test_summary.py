# SPDX-License-Identifier: BSD-2-Clause
"""The counts that tools/test.py makes of meson's testlog.json."""

import contextlib
import importlib.util
import io
import os
import sys
import tempfile

from tap import expect, run

sys.dont_write_bytecode = True
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
spec = importlib.util.spec_from_file_location("runner", os.path.join(ROOT, "tools/test.py"))
runner = importlib.util.module_from_spec(spec)
spec.loader.exec_module(runner)


def count(result, stdout="", returncode=0, stderr=""):
    """(passed, names of failures, skips) of one program"""
    tally = runner.Tally()
    entry = {"name": "t", "result": result, "stdout": stdout, "stderr": stderr}
    runner.count_entry(tally, {**entry, "returncode": returncode})
    return tally.passed, [name for name, _ in tally.failures], tally.skips


def test_a_program_that_passes():
    expect(count("OK", "fine\n"), (1, [], []))


def test_a_program_that_fails():
    expect(count("FAIL", "bad\n", 1), (0, ["t (fail)"], []))


def test_a_program_that_hangs():
    expect(count("TIMEOUT", "", -15), (0, ["t (timeout)"], []))


def test_exit_code_77_with_its_reason():
    expect(count("SKIP", "x\nno ../shared here\n", 77), (0, [], [("t", "no ../shared here")]))


def test_exit_code_77_from_a_tap_program():
    expect(count("ERROR", "no traces\n", 77), (0, [], [("t", "no traces")]))


def test_subtests_count_one_by_one():
    expect(count("OK", "1..3\nok 1 - a\nok 2 - b\nok 3 - c\n"), (3, [], []))


def test_a_failing_subtest():
    text = "1..3\nok 1 - a\nnot ok 2 - b\nok 3 - c\n"
    expect(count("FAIL", text, 1), (2, ["t: b"], []))


def test_skipped_subtests():
    text = "1..3\nok 1 - a\nok 2 - b # SKIP no gcc\nnot ok 3 # SKIP c\n"
    expect(count("OK", text), (1, [], [("t: b", "no gcc"), ("t: c", "c")]))


def test_a_whole_tap_program_skipped():
    text = "1..0 # SKIP ../shared/traces is missing\n"
    expect(count("SKIP", text), (0, [], [("t", "../shared/traces is missing")]))


def test_a_crash_after_passing_subtests_is_a_failure():
    expect(count("ERROR", "1..2\nok 1 - a\n", -11), (1, ["t (error)"], []))


def test_a_leak_report_after_all_subtests_is_a_failure():
    expect(count("ERROR", "1..1\nok 1 - a\n", 1, "leak"), (1, ["t (error)"], []))


def test_the_closing_line():
    good, bad = runner.Tally(), runner.Tally()
    good.passed = 4
    bad.fail("x", "why it failed")
    bad.skip("y", "no reason at all")
    folder = tempfile.mkdtemp()
    runner.TOTALS_FILE = os.path.join(folder, "totals.txt")
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        expect(runner.print_summary([("gcc", good)]), 0)
    expect(out.getvalue().splitlines()[-1], "4 passed, 0 failed")
    with contextlib.redirect_stdout(out):
        expect(runner.print_summary([("gcc", good), ("clang", bad)]), 1)
    expect(out.getvalue().splitlines()[-1], "4 passed, 1 failed, 1 skipped")
    for text in ("why it failed", "[clang] y: no reason at all"):
        if text not in out.getvalue():
            raise AssertionError(f"'{text}' is not printed")
    os.remove(runner.TOTALS_FILE)
    os.rmdir(folder)


if __name__ == "__main__":
    run(globals())
