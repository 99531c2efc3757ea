#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The systemd units: systemd accepts them, rates their exposure low, and lets Plait enter its own
sandbox. argv: plait, packaging."""
import os
import re
import shutil
import subprocess
import sys
import tempfile

from serving import skip

UNITS = {"plait-send@.service": "plait-send@field.service",
         "plait-recv@.service": "plait-recv@live.service"}
NEEDED = {"seccomp", "landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self"}
# Links come and go, and so does the interface that an output or input leaves by (iface=).
FAMILIES = {"AF_INET", "AF_INET6", "AF_NETLINK", "AF_UNIX"}
EXPOSURE = 20  # tenths; 0 is none, 100 all


def analyze(*words):
    return subprocess.run(["systemd-analyze", *words], capture_output=True, text=True, timeout=60)


def main():
    plait, packaging = os.path.abspath(sys.argv[1]), sys.argv[2]
    if not shutil.which("systemd-analyze"):
        skip("systemd-analyze is missing (apt-get install systemd)")
    with tempfile.TemporaryDirectory() as folder:
        for template, instance in UNITS.items():
            with open(os.path.join(packaging, template), encoding="utf-8") as file:
                text = file.read()
            allowed = {name for line in re.findall(r"^SystemCallFilter=([^~].*)$", text, re.M)
                       for name in line.split()}
            assert NEEDED <= allowed, NEEDED - allowed
            families = re.search(r"^RestrictAddressFamilies=(.*)$", text, re.M).group(1).split()
            assert FAMILIES == set(families), (template, families)
            assert "\nStartLimitIntervalSec=0\n" in text.split("[Service]")[0], "gives up at start"
            # As it will be once installed: the program is found, its manual too.
            text = text.replace("ExecStart=plait ", f"ExecStart={plait} ")
            text = re.sub(r"^Documentation=.*\n", "", text, flags=re.M)
            path = os.path.join(folder, instance)
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            checked = analyze("verify", "--man=no", path)
            assert checked.returncode == 0 and template not in checked.stderr, checked.stderr
            rated = analyze("security", "--offline=true", f"--threshold={EXPOSURE}", path)
            found = re.search(r"exposure level.*", rated.stdout)
            print(found.group(0) if found else rated.stderr)
            assert rated.returncode == 0, rated.stdout[-400:] + rated.stderr


main()
