#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Holds the laws of the house: says each place where one is broken, and the cure.

Usage: tools/lint.py [--build DIR] [--only LAW[,LAW...]] [--tap] [--list] [ROOT]

ROOT is the source tree (default: this repository); DIR holds the built archives (default:
ROOT/build; their laws are skipped while they are not built). Exit code 0 when every law is kept,
1 when one is broken, 2 on bad usage.
"""

import argparse
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True

from laws import archive, compilers, layers, text  # noqa: E402
from laws.tree import Skip, Tree  # noqa: E402

LAWS = {
    "layers": (layers.layers, "arrows point down only; islands see base and themselves"),
    "circles": (layers.cycles, "no circle of includes"),
    "system": (layers.system_headers, "sans-I/O folders include no system header"),
    "calls": (archive.calls, "the archives call no clock, socket, thread, malloc, random source"),
    "globals": (archive.global_data, "the archives keep no writable global data"),
    "headers": (compilers.headers, "every public header compiles alone, as C11, pedantic"),
    "layout": (compilers.layout, "C is laid out as .clang-format says"),
    "licence": (text.spdx, "the licence is in the first line"),
    "file": (text.file_length, f"a file has at most {text.MAX_LINES} lines"),
    "function": (text.function_length, f"a function has at most {text.MAX_FUNCTION} lines"),
    "columns": (text.columns, f"a line has at most {text.MAX_COLUMNS} columns"),
    "marks": (text.marks, "no mark of work left undone"),
    "typedef": (text.typedefs, "no typedef hides a struct or union"),
}


def examine(tree, law):
    """(breaches, reason for a skip or None)"""
    found = []
    try:
        for breach in LAWS[law][0](tree):
            found.append(breach)
    except Skip as skip:
        return found, None if found else str(skip)
    return sorted(found), None


def describe(law, breach):
    return f"{breach.path}:{breach.line}: {law}: {breach.what}; cure: {breach.cure}"


def report_plain(tree, laws):
    broken = 0
    for law in laws:
        breaches, skipped = examine(tree, law)
        broken += len(breaches)
        for breach in breaches:
            print(describe(law, breach))
        if skipped:
            print(f"lint: {law} not looked at: {skipped}")
    print(f"lint: {len(tree.paths)} files, {len(laws)} laws, {broken} breaches")
    return 1 if broken else 0


def report_tap(tree, laws):
    """One test a law, for meson."""
    broken = 0
    print(f"1..{len(laws)}")
    for number, law in enumerate(laws, 1):
        breaches, skipped = examine(tree, law)
        broken += len(breaches)
        for breach in breaches:
            print("# " + describe(law, breach))
        verdict = "not ok" if breaches else "ok"
        directive = f" # SKIP {skipped}" if skipped else ""
        print(f"{verdict} {number} - {law}: {LAWS[law][1]}{directive}")
    return 1 if broken else 0


def main():
    default_root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    parser = argparse.ArgumentParser(description="Holds the laws of the house.")
    parser.add_argument("root", nargs="?", default=default_root)
    parser.add_argument("--build")
    parser.add_argument("--only", default=",".join(LAWS))
    parser.add_argument("--tap", action="store_true")
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args()
    if options.list:
        for law, (_, meaning) in LAWS.items():
            print(f"{law:10} {meaning}")
        return 0
    laws = options.only.split(",")
    for law in laws:
        if law not in LAWS:
            parser.error(f"no law '{law}'; there are {', '.join(LAWS)}")
    if not os.path.isdir(options.root):
        parser.error(f"no folder {options.root}")
    tree = Tree(options.root, options.build)
    return report_tap(tree, laws) if options.tap else report_plain(tree, laws)


if __name__ == "__main__":
    sys.exit(main())
