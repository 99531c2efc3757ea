# SPDX-License-Identifier: BSD-2-Clause
"""Starts a program that prints its http:// address, and asks it things. For the tests here."""
import contextlib
import json
import re
import subprocess
import sys
import urllib.error
import urllib.request

SKIPPED = 77


def skip(reason):
    print("SKIP: " + reason)
    sys.exit(SKIPPED)


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
        process.wait(10)


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
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read().decode()


def sse(url, count):
    """The data of the first `count` server-sent events."""
    out = []
    with urllib.request.urlopen(url, timeout=10) as answer:
        for line in answer:
            if line.startswith(b"data: "):
                out.append(line[6:].decode())
                if len(out) == count:
                    return out
    return out
