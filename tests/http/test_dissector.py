#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The Wireshark dissector on the project's own traffic, caught by a relay in this test and written
as a pcap: in the clear, and with --keylog. The relay delays and loses, a link is taken away and the
latency changed while it runs, so that every frame of docs/PROTOCOL.md is there; none may be
malformed, unknown or stay sealed. argv: plait, plait.lua."""
import heapq
import json
import os
import shutil
import random
import re
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

from serving import PATIENCE_S, free_port, skip

MARK, CLEAN, DELAY_S = b"PLAITMEDIA", 150, 0.012
FRAMES = ("PING", "ACK", "NACK", "TIME", "CHALLENGE", "RESPONSE", "PATH_GONE", "SKIP", "REPORT",
          "LATENCY", "CLOSE", "DATA", "REPAIR")


class Relay:
    """Stands between sender and receiver and keeps every datagram that it lets through."""

    def __init__(self, receiver_port):
        self.front = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.front.bind(("127.0.0.1", 0))
        self.port = self.front.getsockname()[1]
        self.receiver, self.back, self.caught, self.ended = receiver_port, {}, [], False
        self.loss, self.chance = 0.0, random.Random(6)
        self.held, self.order, self.news = [], 0, threading.Condition()
        for work in (self.forward, self.release):
            threading.Thread(target=work, daemon=True).start()

    def hold(self, send, data):
        with self.news:
            self.order += 1
            heapq.heappush(self.held, (time.monotonic() + DELAY_S, self.order, send, data))
            self.news.notify()

    def release(self):
        while not self.ended:
            with self.news:
                wait = self.held[0][0] - time.monotonic() if self.held else 1
                if wait > 0:
                    self.news.wait(wait)
                    continue
                _, _, send, data = heapq.heappop(self.held)
            try:
                send(data)
            except OSError:
                pass

    def keep(self, source, target, data):
        self.caught.append((time.time(), source, target, data))

    def forward(self):
        while not self.ended:
            data, peer = self.front.recvfrom(65536)
            if peer not in self.back:
                self.back[peer] = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                self.back[peer].connect(("127.0.0.1", self.receiver))
                threading.Thread(target=self.answer, args=(peer,), daemon=True).start()
            if self.chance.random() >= self.loss:
                self.keep(peer[1], self.receiver, data)
                self.hold(self.back[peer].send, data)

    def answer(self, peer):
        while not self.ended:
            try:
                data = self.back[peer].recv(65536)
            except OSError:
                continue
            self.keep(self.receiver, peer[1], data)
            self.hold(lambda data: self.front.sendto(data, peer), data)

    def write(self, path):
        with open(path, "wb") as file:
            file.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101))
            for at, source, target, data in sorted(self.caught, key=lambda one: one[0]):
                udp = struct.pack(">HHHH", source, target, 8 + len(data), 0) + data
                ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0,
                                 bytes([127, 0, 0, 1]), bytes([127, 0, 0, 1]))
                packet = ip + udp
                file.write(struct.pack("<IIII", int(at), int(at % 1 * 1e6), len(packet),
                                       len(packet)) + packet)


CONFIG = """[send]
to = 127.0.0.1:{relay}
in = udp://127.0.0.1:{feed}
secret = x
keylog = {keylog}
stats = {stats}
latency = {latency}
quiet = yes
link = src=127.0.0.1,name=a,max=1500K
{second}
"""


class Session:
    """A sender and a receiver with the relay between them. Nothing waits for a time here: each part
    of the story goes on until the statistics of the two say that it has happened."""

    def __init__(self, plait, folder):
        self.keylog, self.config, self.stats = (
            os.path.join(folder, name) for name in ("keys.txt", "send.ini", "send.jsonl"))
        self.recv_stats, self.fed = os.path.join(folder, "recv.jsonl"), 0
        self.out, self.entrance = free_port(), free_port()
        port = free_port()
        self.relay = Relay(port)
        self.feed_socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        # Nothing of the clean part may expire, however slow the machine.
        self.configure(5000, "link = src=127.0.0.2,name=b,max=2M")
        self.recv = subprocess.Popen([plait, "recv", "--listen", f"127.0.0.1:{port}", "--out",
                                      f"udp://127.0.0.1:{self.out}", "--secret", "x", "--latency",
                                      "100", "--stats", self.recv_stats, "--quiet"])
        self.send = subprocess.Popen([plait, "send", "--config", self.config])

    def configure(self, latency, second):
        with open(self.config, "w", encoding="utf-8") as file:
            file.write(CONFIG.format(relay=self.relay.port, feed=self.entrance, latency=latency,
                                     keylog=self.keylog, stats=self.stats, second=second))

    def reconfigure(self, latency, second):
        self.configure(latency, second)
        self.send.send_signal(signal.SIGHUP)

    def told(self, path):
        """The statistics lines of a file that have a session, the newest last."""
        if not os.path.exists(path):
            return []
        with open(path, encoding="utf-8") as file:
            lines = [json.loads(line) for line in file if line.endswith("\n")]
        return [line["sessions"][0] for line in lines if line["sessions"]]

    def stream(self, path, name):
        told = self.told(path)
        return told[-1]["stream"][name] if told else 0

    def links(self):
        told = self.told(self.stats)
        return {path["name"] for path in told[-1]["paths"] if path["state"] == "active"} \
            if told else set()

    def feed(self, count, gap_s):
        for _ in range(count):
            self.feed_socket.sendto(MARK + (self.fed % 65536).to_bytes(2, "big") * 300,
                                    ("127.0.0.1", self.entrance))
            self.fed += 1
            time.sleep(gap_s)

    def until(self, what, condition, count=0, gap_s=0.003):
        """Feeds meanwhile, `count` datagrams between two looks."""
        end = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < end, "waited for " + what
            for process in (self.send, self.recv):
                assert process.poll() is None, "a program ended"
            self.feed(count, gap_s)
            time.sleep(0 if count else 0.05)

    def tell(self):
        """Everything that has a frame of its own happens once."""
        self.until("both links", lambda: self.links() == {"a", "b"})
        self.feed(CLEAN, 0.004)
        self.until("the clean part", lambda: self.stream(self.stats, "acked") >= CLEAN)
        self.relay.loss = 0.06
        self.reconfigure(100, "link = src=127.0.0.2,name=b,max=2M")
        self.until("the shorter latency",
                   lambda: self.stream(self.stats, "latency_ns") == 100_000_000)
        self.until("repair and resending",
                   lambda: all(self.stream(self.stats, name) > 20
                               for name in ("repair_sent", "resent")), 50)
        # Told once when another link takes the path's place at once: that one must come through.
        self.relay.loss = 0.0
        self.reconfigure(120, "link = src=127.0.0.3,name=c,max=1M")
        self.until("another link", lambda: self.links() == {"a", "c"}, 50)
        # More than fits: what cannot come is skipped.
        self.until("what is skipped", lambda: self.stream(self.recv_stats, "skipped") > 0, 200, 0)
        quiet = len(self.told(self.stats)) + 3  # nothing to send for seconds: pings
        self.until("pings", lambda: len(self.told(self.stats)) >= quiet)

    def end(self):
        for process in (self.send, self.recv):
            process.terminate()
            process.wait(PATIENCE_S)
        self.relay.ended = True


def record(plait, folder):
    session = Session(plait, folder)
    try:
        session.tell()
    finally:
        session.end()
    assert oct(os.stat(session.keylog).st_mode & 0o777) == "0o600"
    capture = os.path.join(folder, "capture.pcap")
    session.relay.write(capture)
    return capture, session.keylog


def tshark(lua, capture, *words):
    done = subprocess.run(["tshark", "-X", "lua_script:" + lua, "-r", capture, *words],
                          capture_output=True, text=True, timeout=120)
    assert "Lua" not in done.stderr.replace("Running as user", ""), done.stderr
    assert done.returncode == 0, done.stderr
    return done.stdout


def check_fields(lua, capture, keylog):
    """Nothing is malformed; returns the payloads of source packets."""
    wrong = ("plait.malformed", "plait.unopened", "_ws.malformed", "_ws.lua.error")
    fields = ["plait.data.seq", "plait.data.payload", *wrong]
    rows = tshark(lua, capture, "-o", "plait.keylog:" + keylog, "-Y",
                  " or ".join(["plait.data.seq", *wrong]), "-T", "fields",
                  *(word for field in fields for word in ("-e", field)))
    media = {}
    for row in rows.splitlines():
        seq, payload, *found = row.split("\t")
        assert not any(found) and seq, f"{found} of {wrong} in {row[:200]}"
        media[int(seq)] = bytes.fromhex(payload.replace(":", ""))
    return media


def main():
    plait, lua = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    if not shutil.which("tshark"):
        skip("tshark is missing (apt-get install tshark)")
    with tempfile.TemporaryDirectory() as folder:
        capture, keylog = record(plait, folder)
        plain = tshark(lua, capture)
        kinds = [line for line in plain.splitlines() if "Plait" in line]
        assert len(kinds) == len(plain.strip().splitlines()) > 150, plain[:2000]
        assert "FIRST" in plain and "SECOND" in plain and "SEALED cid=" in plain, plain[:2000]
        assert "DATA" not in plain
        opened = tshark(lua, capture, "-o", "plait.keylog:" + keylog, "-P", "-V")
        sealed = [line for line in opened.splitlines() if "SEALED cid=" in line]
        assert len(sealed) == 0, f"{len(sealed)} of {len(kinds)} stay sealed: {sealed[:3]}"
        assert "DATA 0" in opened
        seen = set(re.findall(r"Frame: (\w+)", opened))
        print(sorted(seen))
        assert seen - {"PADDING"} == set(FRAMES), set(FRAMES) ^ (seen - {"PADDING"})
        for words in ("heard the wish for", "its packets were numbered below", "Source packets:"):
            assert words in opened, words
        media = check_fields(lua, capture, keylog)
        assert len(media) >= CLEAN, len(media)
        for number in range(CLEAN):
            assert media[number].startswith(MARK + number.to_bytes(2, "big")), number


main()
