# SPDX-License-Identifier: BSD-2-Clause
"""The tree under the lint: its files, their text, and the C text without comments or strings."""

import os
import re
from typing import NamedTuple

SOURCE_SUFFIXES = (".c", ".h", ".S", ".py", ".sh", ".lua", ".js", ".css", ".html")
SOURCE_NAMES = ("meson.build", "meson_options.txt", "Makefile", "run")
TOKENS = re.compile(
    r"(?P<comment>//[^\n]*|/\*.*?\*/)"
    r"|(?P<text>\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*')",
    re.DOTALL,
)


class Breach(NamedTuple):
    """One place where a law is broken, and what to do about it."""

    path: str
    line: int
    what: str
    cure: str


class Skip(Exception):
    """A law that cannot be looked at here; the text says why."""


def blank(text):
    """The same number of lines and columns, without a letter."""
    return re.sub(r"[^\n]", " ", text)


class Tree:
    """A source tree. Paths are relative to its root, with forward slashes."""

    def __init__(self, root, build=None):
        self.root = os.path.abspath(root)
        self.build = os.path.abspath(build) if build else os.path.join(self.root, "build")
        self.paths = sorted(self._walk())
        self._texts = {}

    def _walk(self):
        for folder, folders, names in os.walk(self.root):
            top = folder == self.root
            folders[:] = [
                f
                for f in folders
                if (not f.startswith(".") or f == ".ci")
                and f != "__pycache__"
                and not (top and f.startswith("build"))
            ]
            for name in names:
                path = os.path.relpath(os.path.join(folder, name), self.root)
                path = path.replace(os.sep, "/")
                if name == "run" and path != ".ci/run":
                    continue
                if name.endswith(SOURCE_SUFFIXES) or name in SOURCE_NAMES:
                    yield path

    def c_paths(self):
        return [path for path in self.paths if path.endswith((".c", ".h"))]

    def full(self, path):
        return os.path.join(self.root, path)

    def exists(self, path):
        return os.path.isfile(self.full(path))

    def text(self, path):
        if path not in self._texts:
            with open(self.full(path), encoding="utf-8", errors="replace", newline="") as source:
                self._texts[path] = source.read()
        return self._texts[path]

    def without_comments(self, path):
        def replace(match):
            return blank(match.group()) if match.group("comment") else match.group()

        return TOKENS.sub(replace, self.text(path))

    def code(self, path):
        """The C text with comments and the insides of strings blanked out."""

        def replace(match):
            text = match.group()
            if match.group("comment"):
                return blank(text)
            return text[0] + " " * (len(text) - 2) + text[-1]

        return TOKENS.sub(replace, self.text(path))


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1
