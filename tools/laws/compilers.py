# SPDX-License-Identifier: BSD-2-Clause
"""Laws that a compiler or clang-format looks after: lone public headers, one layout."""

import re
import shutil
import subprocess

from laws.tree import Breach, Skip

COMPILERS = ("gcc", "clang")
FLAGS = ["-std=c11", "-pedantic-errors", "-Wall", "-Wextra", "-Werror", "-fsyntax-only"]
FORMAT_MAJOR = "14"  # Debian 12's: other versions lay out some things differently


def headers(tree):
    """Each public header compiles alone."""
    compilers = [c for c in COMPILERS if shutil.which(c)]
    if not compilers:
        raise Skip("neither gcc nor clang is installed")
    for path in tree.c_paths():
        if not path.startswith("include/") or not path.endswith(".h"):
            continue
        text = f"#include <{path[len('include/'):]}>\nextern int plait_compiles_alone;\n"
        for compiler in compilers:
            command = [compiler, *FLAGS, "-I", tree.full("include"), "-x", "c", "-"]
            result = subprocess.run(
                command, input=text, capture_output=True, text=True, check=False
            )
            if result.returncode == 0:
                continue
            error = re.search(r"(\S+):(\d+):\d+: (?:fatal )?error: (.*)", result.stderr)
            line = 1
            if error and error.group(1).endswith(path):
                line = int(error.group(2))
            what = f"does not compile alone with {compiler}"
            what += f": {error.group(3)}" if error else ""
            yield Breach(path, line, what, "include what it uses; C11 without extensions")


def layout(tree):
    paths = tree.c_paths()
    if not paths or not tree.exists(".clang-format"):
        raise Skip("no C source" if not paths else "no .clang-format")
    if not shutil.which("clang-format"):
        raise Skip("clang-format is not installed")
    version = subprocess.run(
        ["clang-format", "--version"], capture_output=True, text=True, check=False
    ).stdout
    major = re.search(r"version (\d+)", version)
    if not major or major.group(1) != FORMAT_MAJOR:
        raise Skip(f"clang-format {FORMAT_MAJOR} is wanted, this is: {version.strip()}")
    command = ["clang-format", "--dry-run", "-Werror", f"--style=file:{tree.full('.clang-format')}"]
    result = subprocess.run(
        command + [tree.full(p) for p in paths], capture_output=True, text=True, check=False
    )
    first = {}
    for match in re.finditer(r"^(.+?):(\d+):\d+: error: code should be", result.stderr, re.M):
        first.setdefault(match.group(1), int(match.group(2)))
    for path in paths:
        if tree.full(path) in first:
            line = first[tree.full(path)]
            yield Breach(path, line, "not laid out as .clang-format says", "make format")
    if result.returncode != 0 and not first:
        yield Breach(".clang-format", 1, result.stderr.strip()[:200], "mend it")
