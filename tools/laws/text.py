# SPDX-License-Identifier: BSD-2-Clause
"""Laws that a file's text alone shows: licence line, sizes, marks, typedefs."""

import re

from laws.functions import c_functions, python_functions
from laws.tree import Breach, line_of

MAX_LINES = 600
MAX_FUNCTION = 70
MAX_COLUMNS = 100
LICENCE = "SPDX-License-Identifier: BSD-2-Clause"
MARK = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X)\b")
TYPEDEF = re.compile(r"\btypedef\s+(?:struct|union)\b")


def spdx(tree):
    for path in tree.paths:
        lines = tree.text(path).split("\n", 2)
        if lines[0].startswith(("#!", "<!")):
            lines = lines[1:]
        if not lines or LICENCE not in lines[0]:
            yield Breach(path, 1, "no licence in the first line", f"put '{LICENCE}' in a comment")


def file_length(tree):
    for path in tree.paths:
        count = len(tree.text(path).splitlines())
        if count > MAX_LINES:
            what = f"{count} lines, {MAX_LINES} are the limit"
            yield Breach(path, MAX_LINES + 1, what, "a file is one concept: find the second one")


def function_length(tree):
    for path in tree.paths:
        if path.endswith((".c", ".h")):
            functions = c_functions(tree.code(path))
        elif path.endswith(".py"):
            functions = python_functions(tree.text(path))
        else:
            continue
        for name, first, last in functions:
            count = last - first + 1
            if count > MAX_FUNCTION:
                what = f"{name} has {count} lines, {MAX_FUNCTION} are the limit"
                yield Breach(path, first, what, "name a step of it and move that out")


def columns(tree):
    for path in tree.paths:
        for number, line in enumerate(tree.text(path).split("\n"), 1):
            width = len(line.expandtabs(4))
            if width > MAX_COLUMNS:
                what = f"{width} columns, {MAX_COLUMNS} are the limit"
                yield Breach(path, number, what, "break the line (C: make format)")


def marks(tree):
    for path in tree.paths:
        text = tree.text(path)
        for match in MARK.finditer(text):
            what = f"'{match.group()}' marks work left undone"
            yield Breach(path, line_of(text, match.start()), what, "do it, or file an issue")


def typedefs(tree):
    for path in tree.c_paths():
        code = tree.code(path)
        for match in TYPEDEF.finditer(code):
            what = f"'{' '.join(match.group().split())}' hides what a thing is"
            cure = "write 'struct name' at each use"
            yield Breach(path, line_of(code, match.start()), what, cure)
