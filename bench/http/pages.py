#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What the dashboard of a session of six links costs: CPU of the publishing process, per open page.
argv: build/tests/http/serve-made-up [seconds]. It publishes twice a second; send does so once."""
import os
import subprocess
import sys
import threading
import time
import urllib.request


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def read_page(url, ending):
    urllib.request.urlopen(url + "history", timeout=10).read()
    with urllib.request.urlopen(url + "events", timeout=10) as stream:
        while not ending.is_set():
            stream.readline()


def measure(server, pages, seconds):
    process = subprocess.Popen([server, "127.0.0.1:0", str(seconds + 10), "6"],
                               stdout=subprocess.PIPE, text=True)
    url, ending = process.stdout.readline().strip(), threading.Event()
    for _ in range(pages):
        threading.Thread(target=read_page, args=(url, ending), daemon=True).start()
    time.sleep(1)
    before, start = cpu_seconds(process.pid), time.monotonic()
    time.sleep(seconds)
    share = (cpu_seconds(process.pid) - before) / (time.monotonic() - start)
    ending.set()
    process.terminate()
    process.wait()
    return share


def main():
    server = sys.argv[1]
    seconds = int(sys.argv[2]) if len(sys.argv) > 2 else 20
    for pages in (0, 1, 10):
        print(f"pages={pages} cpu_percent_of_a_core={100 * measure(server, pages, seconds):.2f}")


main()
