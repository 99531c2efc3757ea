#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""/metrics passes Prometheus' own check. argv: server."""
import shutil
import subprocess
import sys

from serving import get, skip, started


def main():
    if not shutil.which("promtool"):
        skip("promtool is missing (apt-get install prometheus)")
    with started([sys.argv[1], "127.0.0.1:0", "60", "6"]) as base:
        text = get(base + "metrics")[2]
    check = subprocess.run(["promtool", "check", "metrics"], input=text, text=True,
                           capture_output=True, timeout=60)
    print(check.stdout, check.stderr)
    assert check.returncode == 0
    assert 'plait_path_rtt_seconds{role="sender",session="0",path="0",link="Telia"}' in text


main()
