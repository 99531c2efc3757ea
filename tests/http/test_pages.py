#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Ten open pages do not change the stream: the same lab (links, losses, seed) without a page and
with ten that read history and the stream of statistics all the time. argv: plait."""
import json
import os
import subprocess
import sys
import tempfile
import threading
import urllib.error
import urllib.request

from serving import PATIENCE_S

SECONDS, PAGES = 8, 10
RATE_BPS = 4_000_000
SCENARIO = """name=a rate=4M delay=30 loss=0.005 queue=300
name=b rate=3M delay=45 jitter=4 loss=0.01 queue=300
name=c rate=3M delay=25 queue=300
"""


class Page(threading.Thread):
    """What a browser does with the dashboard, without drawing."""

    def __init__(self, url):
        super().__init__(daemon=True)
        self.url, self.snapshots = url, 0

    def run(self):
        try:
            for name in ("", "dygraph.js", "dashboard.js", "history"):
                try:
                    urllib.request.urlopen(self.url + name, timeout=PATIENCE_S).read()
                except urllib.error.HTTPError:
                    pass  # no history yet
            with urllib.request.urlopen(self.url + "events", timeout=PATIENCE_S) as stream:
                for line in stream:
                    self.snapshots += line.startswith(b"data: ")
        except OSError:
            pass  # the lab has ended


def lab(plait, folder, pages):
    scenario, stats = os.path.join(folder, "scenario.txt"), os.path.join(folder, "stats.jsonl")
    media = os.path.join(folder, "media")
    with open(scenario, "w", encoding="utf-8") as file:
        file.write(SCENARIO)
    with open(media, "wb") as file:
        file.write(bytes(range(256)) * (RATE_BPS // 8 * SECONDS // 256))
    process = subprocess.Popen(
        [plait, "lab", "--scenario", scenario, "--in", "file:" + media, "--rate", str(RATE_BPS),
         "--http", "127.0.0.1:0", "--stats", stats], stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, text=True)
    url = ""
    while "url=" not in url:
        url = process.stderr.readline()
        assert url, "the lab ended"
    open_pages = [Page(url.strip().split("url=")[1]) for _ in range(pages)]
    for page in open_pages:
        page.start()
    process.stderr.read()
    assert process.wait(PATIENCE_S) == 0
    with open(stats, encoding="utf-8") as file:
        last = json.loads(file.read().strip().splitlines()[-1])
    for page in open_pages:
        page.join(PATIENCE_S)
    received = [one for one in last["sessions"] if one["role"] == "receiver"][0]["stream"]
    return received, [page.snapshots for page in open_pages]


def main():
    plait = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        alone, _ = lab(plait, folder, 0)
        watched, snapshots = lab(plait, folder, PAGES)
    for name, stream in (("no page", alone), (f"{PAGES} pages", watched)):
        print(name, {key: stream[key] for key in ("delivered", "late", "missing", "headroom_ns")})
    print("snapshots each page got:", snapshots)
    assert all(count >= SECONDS for count in snapshots), snapshots
    assert alone["missing"] == watched["missing"] == 0, (alone, watched)
    assert alone["late"] == watched["late"] == 0, (alone, watched)
    assert alone["delivered"] == alone["expected"] and watched["delivered"] == watched["expected"]
    assert alone["delivered"] == watched["delivered"] > 1000, "not the same media"


main()
