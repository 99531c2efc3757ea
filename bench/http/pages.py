#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What the dashboard costs a real sender: CPU of `plait send` with a session of six links and 6
Mbit/s of media, without --http, with it, and with one and ten pages that stay open (and read all
that a browser reads). The difference to the first line is the dashboard's.
argv: plait [seconds]."""
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from process import cpu_ns as cpu_ns_by_thread  # noqa: E402

LINKS, DATAGRAM, GAP_S = 6, 1316, 1316 * 8 / 6e6


def cpu_ns(pid):
    """Of all its threads, to the nanosecond; and of all but the first."""
    each = cpu_ns_by_thread(pid)
    return sum(each.values()), sum(each.values()) - each[pid]


def read_page(url, ending):
    for name in ("", "dygraph.js", "dashboard.js", "history"):
        try:
            urllib.request.urlopen(url + name, timeout=10).read()
        except urllib.error.HTTPError:
            pass  # no history yet
    try:
        with urllib.request.urlopen(url + "events", timeout=10) as stream:
            while not ending.is_set():
                stream.readline()
    except OSError:
        pass


def feed(port, ending):
    out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    at = time.monotonic()
    while not ending.is_set():
        out.sendto(bytes(DATAGRAM), ("127.0.0.1", port))
        at += GAP_S
        time.sleep(max(0, at - time.monotonic()))


def measure(plait, folder, pages, seconds):
    """(share of a core of all, of the threads beside the stream's). pages None: without --http."""
    port = 20000 + os.getpid() % 20000
    receiver = subprocess.Popen([plait, "recv", "--listen", f"127.0.0.1:{port}", "--out",
                                 f"udp://127.0.0.1:{port + 2}", "--secret", "x", "--quiet"])
    links = [word for i in range(LINKS) for word in ("--link", f"src=127.0.0.{i + 1}")]
    words = [] if pages is None else ["--http", "127.0.0.1:0"]
    log = os.path.join(folder, f"log{pages}")
    with open(log, "w", encoding="utf-8") as file:
        sender = subprocess.Popen(
            [plait, "send", "--to", f"127.0.0.1:{port}", "--in", f"udp://127.0.0.1:{port + 1}",
             "--secret", "x", *links, *words], stderr=file)
    ending = threading.Event()
    threading.Thread(target=feed, args=(port + 1, ending), daemon=True).start()
    time.sleep(1)
    with open(log, encoding="utf-8") as file:
        url = [line.split("url=")[1].strip() for line in file if "url=" in line]
    for _ in range(pages or 0):
        threading.Thread(target=read_page, args=(url[0], ending), daemon=True).start()
    time.sleep(0.7)
    before, start = cpu_ns(sender.pid), time.monotonic_ns()
    time.sleep(seconds)
    after, took = cpu_ns(sender.pid), time.monotonic_ns() - start
    ending.set()
    for process in (sender, receiver):
        process.kill()
        process.wait()
    return tuple((b - a) / took for a, b in zip(before, after))


def main():
    plait = os.path.abspath(sys.argv[1])
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 4
    with tempfile.TemporaryDirectory() as folder:
        for pages in (None, 0, 1, 10):
            whole, beside = measure(plait, folder, pages, seconds)
            name = "no --http" if pages is None else f"{pages} pages"
            print(f"{name:>9}: sender {100 * whole:.2f} % of a core, of it the dashboard's thread "
                  f"{100 * beside:.2f} %", flush=True)


main()
