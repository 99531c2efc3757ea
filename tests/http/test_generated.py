#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Man pages and completions out of the option table: every option is there, the tools accept them.
argv: plait."""
import re
import shutil
import subprocess
import sys
import tempfile

from serving import PATIENCE_S


def output(*words, **more):
    return subprocess.run(words, capture_output=True, text=True, timeout=PATIENCE_S, check=True,
                          **more).stdout


def scenario_keys(plait):
    """All keys of a scenario, as a wrong one is told, are in the lab's page."""
    with tempfile.NamedTemporaryFile("w") as wrong:
        wrong.write("rate=5M colour=red\n")
        wrong.flush()
        told = subprocess.run([plait, "lab", "--scenario", wrong.name], text=True,
                              capture_output=True, timeout=PATIENCE_S).stderr
    keys = re.search("there are (.*), with r", told).group(1).split()
    assert len(keys) > 10, told
    page = output(plait, "--generate", "man-lab")
    for key in keys:
        assert re.search(rf"(^\.B | ){key}=", page, re.M), key


def main():
    plait = sys.argv[1]
    scenario_keys(plait)
    commands = re.findall(r"^  (\w+)  ", output(plait, "--help"), re.M)
    assert {"send", "recv", "lab", "top", "report", "check"} <= set(commands), commands
    bash, zsh = output(plait, "--generate", "bash"), output(plait, "--generate", "zsh")
    for command in commands:
        text = output(plait, command, "--help")
        options = re.findall(r"^  --([\w-]+)", text, re.M)
        for line in text.splitlines() + output(plait, "--help").splitlines():
            assert line == line.rstrip() and len(line) <= 80, f"no terminal likes {line!r}"
        page = output(plait, "--generate", "man-" + command)
        for option in options:
            assert "\\-\\-" + option.replace("-", "\\-") in page, (command, option)
            assert "--" + option in bash and "--" + option in zsh, option
        if shutil.which("mandoc"):
            lint = subprocess.run(["mandoc", "-T", "lint", "-W", "error"], input=page, text=True,
                                  capture_output=True, timeout=PATIENCE_S)
            assert lint.returncode == 0, lint.stdout
    output("bash", "-n", input=bash)
    if shutil.which("zsh"):
        output("zsh", "-n", input=zsh)
    script = bash + '\nCOMP_WORDS=(plait send --mode b); COMP_CWORD=3; _plait; ' \
        'echo "${COMPREPLY[@]}"'
    assert output("bash", input=script).split() == ["backup", "broadcast"]
    assert subprocess.run([plait, "--generate", "pdf"], capture_output=True).returncode == 2


main()
