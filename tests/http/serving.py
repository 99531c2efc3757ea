# SPDX-License-Identifier: BSD-2-Clause
"""Starts a program that prints its http:// address, and asks it things. For the tests here."""
import contextlib
import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

SKIPPED = 77
# Waiting is by condition; this only bounds it, wide enough for a busy machine under sanitizers.
PATIENCE_S = 60


def skip(reason):
    print("SKIP: " + reason)
    sys.exit(SKIPPED)


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(what, condition):
    """What `condition` answers, as soon as it is true."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        try:
            if found := condition():
                return found
        except (FileNotFoundError, IndexError, ValueError):
            pass
        time.sleep(0.1)
    raise AssertionError("waited for " + what)


def listening(process, stats):
    """Waits until a program with --stats is up: it writes the first line when it is."""
    wait_for("the first statistics", lambda: process.poll() is not None or os.path.getsize(stats))
    assert process.poll() is None, "it ended at once"


@contextlib.contextmanager
def started(command):
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        found = re.search(r"http://[^/ ]+/", process.stdout.readline())
        if not found:
            raise AssertionError("no address from " + " ".join(command))
        yield found.group(0)
    finally:
        process.terminate()
        process.wait(PATIENCE_S)


def streams(path):
    """The stream part of every session in a --stats file, those that have ended included."""
    out = []
    with open(path, encoding="utf-8") as file:
        for line in map(json.loads, file):
            ended = [line["ended"]] if line.get("ended") else []
            out += [session["stream"] for session in line["sessions"] + ended]
    return out


def get(url, **headers):
    """(status, headers, text)"""
    request = urllib.request.Request(url, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read().decode()


def sse(url, count, **headers):
    """The data of the first `count` server-sent events."""
    out = []
    request = urllib.request.Request(url, headers=headers)
    with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
        for line in answer:
            if line.startswith(b"data: "):
                out.append(line[6:].decode())
                if len(out) == count:
                    return out
    return out
