#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The operator's view of a real running lab: dashboard, top, recording and report. argv: plait,
the source folder; with a third argument the screenshots for docs/ are written there."""
import fcntl
import json
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time

import browser
from serving import PATIENCE_S, get, skip, wait_for

SCENARIO = """name=north rate=6M delay=40 jitter=5 loss=0.01 queue=300
name=east rate=5M delay=55 jitter=8 loss=0.005 queue=300 rebind=5
name=west rate=4M delay=30 jitter=4 loss=0.02 queue=300 down=6-11
"""
TOP_WORDS = ("plait lab", "sender", "receiver", "north", "east", "west", "on time", "rtt ms",
             "since it began")


def one_look(plait, address):
    top = subprocess.run([plait, "top", address], capture_output=True, text=True,
                         timeout=PATIENCE_S, stdin=subprocess.DEVNULL)
    assert top.returncode == 0, top.stderr
    return top.stdout


def check_top(plait, address):
    def media_was_resent():
        look = one_look(plait, address)
        return look if "since it began" in look and "resent 0 " not in look else None

    # One look shows all there was, not a minute of nothing.
    look = wait_for("a look at a lab that resends", media_was_resent)
    for words in TOP_WORDS:
        assert words in look, look
    check_screen(plait, address)
    nobody = subprocess.run([plait, "top", "127.0.0.1:1"], capture_output=True, text=True,
                            timeout=PATIENCE_S)
    assert nobody.returncode == 2 and "127.0.0.1:1" in nobody.stderr


def check_screen(plait, address):
    """On a terminal: draws, redraws, and leaves at a q with the terminal as it was."""
    process, terminal = pty.fork()
    if process == 0:
        os.environ.update(TERM="xterm-256color", LINES="40", COLUMNS="120")
        os.execv(plait, [plait, "top", address])
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    seen, until = b"", time.monotonic() + PATIENCE_S
    while time.monotonic() < until and not (b"north" in seen and b"on time" in seen):
        if select.select([terminal], [], [], 0.2)[0]:
            seen += os.read(terminal, 65536)
    os.write(terminal, b"q")
    until = time.monotonic() + PATIENCE_S
    status = None
    while status is None and time.monotonic() < until:
        if select.select([terminal], [], [], 0.1)[0]:
            try:
                seen += os.read(terminal, 65536)
            except OSError:
                pass
        ended, code = os.waitpid(process, os.WNOHANG)
        status = code if ended else None
    os.close(terminal)
    assert status == 0, (status, seen[-500:])
    assert b"north" in seen and b"\x1b[?1049l" in seen, seen[-500:]


def check_trace(path):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    assert text.startswith("\x1e") and text.endswith("\n")
    records = [json.loads(record) for record in text.split("\x1e")[1:]]
    assert records[0]["serialization_format"] == "application/qlog+json-seq"
    names = [record["name"] for record in records[1:]]
    assert names.count("plait:session_updated") > 10
    told = {"plait:session_up", "plait:path_up", "plait:path_down", "plait:path_moved"}
    assert told <= set(names), told - set(names)
    times = [record["time"] for record in records[1:]]
    assert all(0 <= later - earlier + 2000 for earlier, later in zip(times, times[1:]))
    check_decisions([record for record in records[1:] if "role" in record["data"]])


def check_decisions(records):
    """Every packet with its reason; the link taken was ready and the least burdened of those that
    come in time."""
    sent = [record["data"] for record in records if record["name"] == "plait:packet_sent"]
    last = [record["data"] for record in records if record["name"] == "plait:session_updated"
            and record["data"]["role"] == "sender"][-1]["stream"]
    triggers = {name: sum(one["trigger"] == name for one in sent)
                for name in ("fresh", "resend", "reinject", "repair", "probe")}
    assert triggers["fresh"] == last["sent_first"] > 5000, (triggers, last)
    assert triggers["resend"] == last["resent"] > 0 and triggers["probe"] > 0, (triggers, last)
    for one in sent:
        ready = [c for c in one.get("candidates", []) if c["state"] == "ready"]
        taken = [c for c in ready if c["path_id"] == one["path_id"]]
        if taken:
            assert all(c["burden_ms"] >= taken[0]["burden_ms"] for c in ready
                       if c["arrival_ms"] <= one["slack_ms"]), one
    names = {record["name"].removeprefix("plait:") for record in records}
    wanted = {"packet_lost", "metrics_updated", "path_state_updated", "nack_sent", "nack_received"}
    assert wanted <= names, wanted - names


def check_page(page, url, links):
    page.size(1360, 900)
    page.open(url + "?theme=light")
    assert page.wait_for("document.querySelectorAll('#links .card').length === "
                         f"{links}", PATIENCE_S), page.errors
    number = "document.querySelector('#figures .figure:nth-child(2) .big').textContent"
    assert page.wait_for(f"parseFloat({number}) > 1", PATIENCE_S), page.value(number)
    count = "document.querySelector('#figures .figure .more').textContent"
    before = page.value(count)
    assert page.wait_for(f"{count} !== {before!r}", PATIENCE_S), "nothing moves"


def check_report(page, report, links):
    page.open("file://" + report)
    assert page.wait_for("document.querySelectorAll('#charts canvas').length >= 12",
                         PATIENCE_S)
    assert page.value("document.querySelectorAll('#links .card').length") == links
    assert page.value("document.querySelectorAll('#decisions tr').length") == links + 1
    assert page.value("!!document.getElementById('chart-again')")


def finish(lab, url, seconds):
    """Stops it as a person does, once it has run for that long by its own clock."""
    def uptime_s():
        return json.loads(get(url + "stats")[2])["sessions"][0]["uptime_ns"] / 1e9

    wait_for("the story's end", lambda: uptime_s() > seconds)
    lab.send_signal(signal.SIGINT)
    lab.communicate(timeout=PATIENCE_S)
    assert lab.returncode == 0, lab.returncode


def main():
    plait, source = os.path.abspath(sys.argv[1]), sys.argv[2]
    seconds, links, rate = 13, 3, "6M"  # west has come back by then
    program = browser.find()
    with tempfile.TemporaryDirectory() as folder:
        scenario = os.path.join(folder, "scenario.txt")
        with open(scenario, "w", encoding="utf-8") as file:
            file.write(SCENARIO)
        if len(sys.argv) > 3:
            scenario = os.path.join(source, "scenarios/city-4.txt")
            seconds, links, rate = 150, 4, "8M"
        trace = os.path.join(folder, "lab.qlog")
        lab = subprocess.Popen(
            [plait, "lab", "--scenario", scenario, "--rate", rate, "--http", "127.0.0.1:0",
             "--trace", trace], stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True, cwd=source)
        try:
            url = ""
            while "http://" not in url:
                url = lab.stderr.readline()
                assert url, "the lab ended"
            url = url.strip().split("url=")[1]
            address = url.split("/")[2]
            if program:
                with browser.Browser(program) as page:
                    check_page(page, url, links)
                    if links == 3:
                        check_top(plait, address)
                    if len(sys.argv) > 3:
                        page.listen(seconds - 25)
                        page.screenshot(os.path.join(sys.argv[3], "lab.png"), True)
                        page.size(390, 844, True)
                        page.open(url + "?theme=dark")
                        page.listen(4)
                        page.screenshot(os.path.join(sys.argv[3], "phone.png"), False)
                    assert page.errors == [], page.errors
            else:
                check_top(plait, address)
            assert get(url + "healthz")[2] == "ok\n"
            finish(lab, url, seconds)
        finally:
            if lab.poll() is None:
                lab.kill()
        check_trace(trace)
        report = os.path.join(folder, "report.html")
        made = subprocess.run([plait, "report", trace, "--out", report], capture_output=True,
                              text=True, timeout=PATIENCE_S)
        assert made.returncode == 0, made.stderr
        with open(report, encoding="utf-8") as file:
            page_text = file.read()
        assert "src=" not in page_text.split("<script>")[0].replace("<img src=\"icon", ""), "asks"
        if not program:
            skip("chromium is missing (apt-get install chromium); the rest passed")
        with browser.Browser(program) as page:
            page.size(1360, 900)
            check_report(page, report, links)
            assert page.errors == [], page.errors
            if len(sys.argv) > 3:
                page.listen(1)
                page.screenshot(os.path.join(sys.argv[3], "report.png"), True)


main()
