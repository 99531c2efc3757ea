# SPDX-License-Identifier: BSD-2-Clause
"""Where functions begin and end, in C (by braces) and in Python (by its own parser)."""

import ast
import re
from typing import NamedTuple

DIRECTIVE = re.compile(r"\s*#\s*(\w+)")
ATTRIBUTE = re.compile(r"__attribute__\s*\(\(.*?\)\)\s*", re.DOTALL)
EXTERN_C = re.compile(r'extern\s*"[ ]*"\s*$')
NAME = re.compile(r"(\w+)\s*\(")


class Function(NamedTuple):
    """First and last line, both counted in."""

    name: str
    first: int
    last: int


class Head:
    """The text at file level since the last `;` or `}`: what a following brace belongs to."""

    def __init__(self):
        self.clear()

    def clear(self):
        self.text = ""
        self.line = 0

    def add(self, text, line):
        if text.strip() and not self.text.strip():
            self.line = line
        self.text += text

    def function_name(self):
        """The name of the function whose body opens here, or None when it is no function."""
        text = ATTRIBUTE.sub("", self.text).strip()
        match = NAME.search(text)
        if not match or not text.endswith(")") or "=" in text[: match.start()]:
            return None
        return match.group(1)


def logical_lines(code):
    """(line number, line, is a directive); the lines that continue a directive are left out."""
    continues = False
    for number, line in enumerate(code.split("\n"), 1):
        if not continues:
            yield number, line, bool(DIRECTIVE.match(line))
            in_directive = bool(DIRECTIVE.match(line))
        continues = (continues or in_directive) and line.rstrip().endswith("\\")


def c_functions(code):
    """The functions of C text without comments. Each branch of an #if starts at the same depth."""
    found = []
    depth = 0
    at_if = []
    head = Head()
    name = None
    first = 0
    for number, line, directive in logical_lines(code):
        if directive:
            word = DIRECTIVE.match(line).group(1)
            if word.startswith("if"):
                at_if.append(depth)
            elif word in ("else", "elif") and at_if:
                depth = at_if[-1]
            elif word == "endif" and at_if:
                at_if.pop()
            continue
        for piece in re.split(r"([{};])", line + "\n"):
            if piece == "{":
                if depth == 0 and EXTERN_C.search(head.text):
                    head.clear()
                    continue
                if depth == 0:
                    name, first = head.function_name(), head.line
                depth += 1
            elif piece == "}":
                depth = max(depth - 1, 0)
                if depth == 0 and name:
                    found.append(Function(name, first, number))
                    name = None
                head.clear()
            elif piece == ";":
                head.clear()
            elif depth == 0:
                head.add(piece, number)
    return found


def python_functions(text):
    try:
        nodes = ast.walk(ast.parse(text))
    except SyntaxError:
        return []
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [Function(n.name, n.lineno, n.end_lineno) for n in nodes if isinstance(n, kinds)]
