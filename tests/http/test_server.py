#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The server as a client sees it: every page, the stream, ten readers, tokens. argv: server."""
import contextlib
import json
import socket
import sys
import threading
import time
import urllib.error

from serving import PATIENCE_S, get, sse, started, wait_for


def check_pages(base):
    status, headers, page = get(base)
    assert status == 200 and "<title>Plait" in page, page[:80]
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    for asset in ("dashboard.css", "dashboard.js", "charts.js", "format.js", "dygraph.js",
                  "dygraph.css", "icon.svg"):
        assert get(base + asset)[0] == 200, asset
    stats = json.loads(get(base + "stats")[2])
    assert [s["role"] for s in stats["sessions"]] == ["sender", "receiver"]
    assert len(stats["sessions"][0]["paths"]) == 6
    history = json.loads(get(base + "history")[2])
    assert 100 <= len(history["samples"]) <= 600, len(history["samples"])
    legacy = json.loads(get(base + "stats/legacy")[2])["publishers"]["live"]
    assert legacy["connected"] is True and 7000 < legacy["bitrate"] < 9000, legacy
    assert legacy["dropped_pkts"] > 0 and 20 < legacy["rtt"] < 400, legacy
    assert get(base + "healthz")[2] == "ok\n"
    for path in ("stats", "stats/legacy", "history", "metrics"):
        assert get(base + path)[2].endswith("}\n" if path != "metrics" else "\n"), path
    assert get(base + "report.html")[0] == 404
    assert get(base + "..%2f..%2fetc/passwd")[0] == 404


def check_refused(base):
    status, _, cure = get(base + "stats", Host="evil.example")
    assert status == 403 and "--http-token" in cure, cure
    request = get(base + "stats", Host="localhost:1")
    assert request[0] == 200
    import urllib.request
    post = urllib.request.Request(base + "stats", data=b"x", method="POST")
    try:
        urllib.request.urlopen(post, timeout=PATIENCE_S)
        raise AssertionError("POST was answered")
    except urllib.error.HTTPError as error:
        assert error.code == 405 and error.headers["Allow"] == "GET, HEAD"
    head = urllib.request.Request(base + "events", method="HEAD")
    with urllib.request.urlopen(head, timeout=PATIENCE_S) as answer:
        assert answer.headers["Content-Type"] == "text/event-stream"


def check_stream(base):
    """Ten readers at once; everybody gets whole, growing snapshots."""
    results = []

    def read():
        results.append([json.loads(text) for text in sse(base + "events", 4)])

    threads = [threading.Thread(target=read) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)
    assert len(results) == 10
    for snapshots in results:
        times = [snapshot["now_ns"] for snapshot in snapshots]
        assert len(times) == 4 and times == sorted(set(times)), times
    assert json.loads(get(base + "stats")[2])["now_ns"] > 0
    asked = sse(base + "stats", 2, Accept="text/event-stream")
    assert [json.loads(text)["version"] for text in asked] == [2, 2], asked


def check_first_news(base):
    """Who comes after nobody was there gets news, not what the last one left."""
    def now():
        return json.loads(get(base + "stats")[2])["now_ns"]

    left = json.loads(sse(base + "events", 1)[0])["now_ns"]
    wait_for("news that nobody hears", lambda: now() > left + 3e9)
    before = now()
    assert json.loads(sse(base + "events", 1)[0])["now_ns"] >= before, "an old snapshot came"


def check_many_streams(base):
    """However many pages are open, what watches over the program is answered."""
    host, port = base.split("/")[2].split(":")
    with contextlib.ExitStack() as stack:
        for _ in range(48):
            page = stack.enter_context(socket.create_connection((host, int(port)), PATIENCE_S))
            page.sendall(f"GET /events HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
            assert page.recv(4096).startswith(b"HTTP/1.1 200"), "a page is not served"
        assert get(base + "events")[0] == 503
        assert get(base + "healthz")[0] == 200
        assert get(base + "metrics")[0] == 200
    wait_for("a place that is free again", lambda: len(sse_or_none(base)) == 1)


def check_idle(base):
    """Nor do connections that ask nothing, or not all of it, hold anybody up: without their giving
    way it took until each of them had been idle for 5 s, again and again."""
    host, port = base.split("/")[2].split(":")
    with contextlib.ExitStack() as stack:
        page = stack.enter_context(socket.create_connection((host, int(port)), PATIENCE_S))
        page.sendall(f"GET /events HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        assert page.recv(4096)
        begun = time.monotonic()
        for number in range(300):
            idle = stack.enter_context(socket.create_connection((host, int(port)), PATIENCE_S))
            if number % 2:
                idle.sendall(b"GET / HTTP/1.1\r\n")
        assert get(base + "healthz")[0] == 200
        took = time.monotonic() - begun
        assert took < 4, f"{took:.1f} s"
        for _ in range(3):
            assert page.recv(4096), "who has asked is not closed for them"


def sse_or_none(base):
    try:
        return sse(base + "events", 1)
    except urllib.error.HTTPError:
        return []


def check_token(server):
    with started([server, "127.0.0.1:0", "60", "2", "s3cret"]) as base:
        for path in ("", "stats", "events", "metrics", "history", "healthz", "stats/legacy"):
            assert get(base + path)[0] == 401, path
            assert get(base + path + "?token=wrong")[0] == 401, path
        assert get(base + "?token=s3cret")[0] == 200
        assert get(base + "stats?token=s3cret")[0] == 200
        assert get(base + "stats", Authorization="Bearer s3cret")[0] == 200
        assert len(sse(base + "events?token=s3cret", 1)) == 1


def main():
    server = sys.argv[1]
    with started([server, "127.0.0.1:0", "60", "6"]) as base:
        check_pages(base)
        check_refused(base)
        check_stream(base)
        check_first_news(base)
    with started([server, "127.0.0.1:0", "60", "6"]) as base:
        check_many_streams(base)
        check_idle(base)
    few = ["sh", "-c", 'ulimit -n 48 && exec "$0" "$@"']
    with started(few + [server, "127.0.0.1:0", "60", "6"]) as base:
        check_idle(base)
    check_token(server)


main()
