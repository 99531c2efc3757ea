#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Waits for a dashboard as a person does who started the demo: finds its address in the demo's
output, opens the page, asks /healthz and waits until media came out.
argv: the output's file, when the first command was given (Unix seconds), the limit in seconds."""
import json
import re
import sys
import time
import urllib.error
import urllib.request


def get(url):
    with urllib.request.urlopen(url, timeout=5) as answer:
        return answer.read().decode()


def look(output):
    """What the dashboard shows, or None while there is nothing."""
    with open(output, encoding="utf-8", errors="replace") as file:
        found = re.findall(r"url=(http://[^ ]+/)", file.read())
    if not found:
        return None
    url = found[-1]
    page, health, stats = get(url), get(url + "healthz"), json.loads(get(url + "stats"))
    delivered = sum(session["stream"].get("delivered", 0) for session in stats["sessions"])
    if "<title>" not in page or health != "ok\n" or delivered == 0:
        return None
    return f"the dashboard {url} is open and healthy, {delivered} packets came out"


def main():
    output, begun, limit = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    while time.time() < begun + limit:
        try:
            seen = look(output)
        except (OSError, urllib.error.URLError, ValueError):
            seen = None
        if seen:
            print(f"{seen}, {time.time() - begun:.0f} s after the first command")
            return 0
        time.sleep(0.5)
    return 1


sys.exit(main())
