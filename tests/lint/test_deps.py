# SPDX-License-Identifier: BSD-2-Clause
"""A fresh machine gets what it needs: whatever the meson files, scripts and recipes ask for by name
is given by a package of tools/packages.txt, and docs/DEPENDENCIES.md tells of each of them."""

import os
import re
import shutil
import subprocess
import sys

from tap import Skipped, expect, run

sys.dont_write_bytecode = True
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tools"))

from laws.tree import Tree  # noqa: E402
from shell import shell_commands  # noqa: E402

GROUPS = {"build", "demo", "test", "test-cross", "bench", "fuzz", "format", "fresh", "ci", "srt"}
# Commands of Debian's essential packages, of apt and of the shell itself.
ESSENTIAL = set(
    "sh bash awk basename cat chmod chown cmp comm cp cut date dd df diff dirname du echo env expr"
    " false find fold grep head id install kill ln ls md5sum mkdir mkfifo mktemp mv nice nproc od"
    " paste printf pwd readlink realpath rm rmdir sed seq sha256sum sleep sort split stat stty sum"
    " sync tail tee test timeout touch tr true truncate tty uname uniq wc whoami xargs yes"
    " dpkg-query dpkg apt-get sudo [ : . cd command eval exec exit export local read return set"
    " shift shopt trap type ulimit umask unset wait break continue".split()
) | set(
    # util-linux and coreutils that need root; git, without which there is no clone
    "mount umount mountpoint chroot git".split()
)
MESON_DEPENDENCY = re.compile(r"(?<![_.\w])dependency\(\s*'([^']+)'")
MESON_LIBRARY = re.compile(r"\.find_library\(\s*'([^']+)'")
MESON_PROGRAM = re.compile(r"find_program\(\s*'([^'/]+)'")
MESON_FOLDER = re.compile(r"'(/usr/(?:share|include|lib)/[^']+)'")
PYTHON_COMMAND = re.compile(r"(?:\brun|Popen|call|check_output)\(\s*\[\s*[\"']([\w.+-]+)[\"']")
PYTHON_WHICH = re.compile(r"shutil\.which\([\"']([\w.+-]+)[\"']\)")
# An alternative; in a package that python3 brings; what other systems call chromium.
ELSEWHERE = {"cc", "python3", "chromium-browser"}
LIBC = {"m", "rt", "dl", "pthread", "threads"}


def packages():
    """{package: (groups, things it gives)}"""
    table = {}
    with open(os.path.join(ROOT, "tools/packages.txt"), encoding="utf-8") as lines:
        for line in lines:
            if line.strip() and not line.startswith("#"):
                package, groups, *gives = line.split()
                table[package] = (set(groups.split(",")), set(gives) - {"-"})
    return table


def asked_for():
    """{thing: a file that asks for it}; tools/packages.txt tells what a thing is"""
    tree = Tree(ROOT)
    asked = {}
    for path in tree.paths:
        text = tree.text(path)
        name = os.path.basename(path)
        if path.startswith("tests/lint/") and path.endswith(".py"):
            continue
        if name == "meson.build":
            text = re.sub(r"(?m)#.*$", "", text)
            things = {"pc:" + n for n in MESON_DEPENDENCY.findall(text)}
            things |= {"lib:" + n for n in MESON_LIBRARY.findall(text)}
            own = os.path.dirname(tree.full(path))
            things |= {"prog:" + n for n in MESON_PROGRAM.findall(text)
                       if not os.path.exists(os.path.join(own, n))}
            things |= {"dir:" + n for n in MESON_FOLDER.findall(text)}
        elif name.endswith(".sh") or text.startswith("#!/bin/sh") or text.startswith("#!/bin/bash"):
            things = {"prog:" + n for n in shell_commands(text)}
        elif name == "Makefile":
            recipes = "\n".join(re.findall(r"(?m)^\t@?(.*(?:\\\n.*)*)", text))
            recipes = re.sub(r"\$\(\w+\)", "$x", recipes.replace("$(MAKE)", "make"))
            things = {"prog:" + n for n in shell_commands(recipes)}
        elif name.endswith(".py"):
            things = {"prog:" + n for n in PYTHON_COMMAND.findall(text)}
            things |= {"prog:" + n for n in PYTHON_WHICH.findall(text)}
        else:
            continue
        for thing in things:
            if thing.split(":")[1] in ESSENTIAL:
                continue
            asked.setdefault(thing, path)
    for path in ("tools/cross/aarch64.ini",):
        if tree.exists(path):
            with open(tree.full(path), encoding="utf-8") as cross:
                for program in re.findall(r"=\s*\[?'([\w-]+)'", cross.read()):
                    if program.startswith(("aarch64-linux", "qemu-")):
                        asked.setdefault("prog:" + program, path)
    return asked


def test_whatever_is_asked_for_is_in_the_list():
    given = set().union(*(gives for _, gives in packages().values()))
    # The compiler driver's tools come with it.
    given |= {t.replace("-gcc", "-" + x) for t in given if t.endswith("-gnu-gcc")
              for x in ("ar", "strip", "ld", "objcopy", "objdump")}
    missing = [f"{path} asks for {thing}" for thing, path in sorted(asked_for().items())
               if thing not in given and thing.split(":")[1] not in LIBC]
    if missing:
        cure = "; cure: add the Debian package with what it gives to tools/packages.txt"
        raise AssertionError("\n".join(missing) + cure)


def test_packages_give_what_the_list_says():
    if not shutil.which("dpkg"):
        raise Skipped("not a Debian system")
    wrong = []
    for package, (_, gives) in packages().items():
        listing = subprocess.run(["dpkg", "-L", package], capture_output=True, text=True,
                                 check=False)
        if listing.returncode != 0:
            continue  # not installed: its group was not asked for on this machine
        files = listing.stdout.splitlines()
        for thing in sorted(gives):
            kind, name = thing.split(":")
            ends = {"pc": f"/{name}.pc", "lib": f"/lib{name}.so", "prog": f"bin/{name}",
                    "dir": name}[kind]
            held = any(f.endswith((ends, ends.replace(".so", ".a"))) for f in files)
            if not held and name not in ELSEWHERE:
                wrong.append(f"{package} does not hold {thing}")
    if wrong:
        raise AssertionError("\n".join(wrong))


def test_a_script_is_read_rightly():
    script = """#!/bin/sh
    # comment; nothing here
    one=1 alpha --beta "gamma $(delta "x y" | epsilon 2>&1)" 'no; zeta' && eta || theta >&2
    own() { iota; }
    if ! kappa; then own; fi
    case $x in a | b) lambda ;; c | d) : ;;
    e | f) : ;; esac
    for f in mu nu; do exec env A=1 xi "$f"; done
    cat <<END
omicron; pi
END
    x=$((1 + 2)) y=${z:-$(omega "${z:-/rho}/x")} "$sigma" ./tau $upsilon
    echo "text; phi" \\
        chi | nice -n 5 psi
    """
    wanted = "alpha delta epsilon eta theta iota kappa lambda exec env cat echo nice psi omega"
    expect(sorted(shell_commands(script)), sorted(wanted.split()))


def test_every_group_is_known():
    for package, (groups, _) in packages().items():
        if not groups <= GROUPS:
            raise AssertionError(f"{package}: no such group: {groups - GROUPS}")


def test_the_document_tells_of_each_package():
    with open(os.path.join(ROOT, "docs/DEPENDENCIES.md"), encoding="utf-8") as document:
        rows = set(re.findall(r"(?m)^\| `([^`]+)`", document.read()))
    names = set(packages())
    if rows != names:
        raise AssertionError(f"only in docs/DEPENDENCIES.md: {sorted(rows - names)}; "
                             f"only in tools/packages.txt: {sorted(names - rows)}")


if __name__ == "__main__":
    run(globals())
