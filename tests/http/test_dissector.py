#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The Wireshark dissector on the project's own traffic, caught by a relay in this test and written
as a pcap: in the clear, and with --keylog. The relay delays and loses, a link is taken away and the
latency changed while it runs, so that every frame of docs/PROTOCOL.md is there; none may be
malformed, unknown or stay sealed. argv: plait, plait.lua."""
import heapq
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

from serving import skip

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
latency = {latency}
quiet = yes
link = src=127.0.0.1,name=a,max=2M
{second}
"""


def feed(port, numbers, gap_s):
    out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for number in numbers:
        out.sendto(MARK + number.to_bytes(2, "big") * 300, ("127.0.0.1", port))
        time.sleep(gap_s)


def record(plait, folder):
    port = 21000 + os.getpid() % 20000
    relay = Relay(port)
    keylog, config = os.path.join(folder, "keys.txt"), os.path.join(folder, "send.ini")

    def configure(latency, second):
        with open(config, "w", encoding="utf-8") as file:
            file.write(CONFIG.format(relay=relay.port, feed=port + 1, keylog=keylog,
                                     latency=latency, second=second))

    configure(100, "link = src=127.0.0.2,name=b,max=3M")
    recv = subprocess.Popen([plait, "recv", "--listen", f"127.0.0.1:{port}", "--out",
                             f"udp://127.0.0.1:{port + 2}", "--secret", "x", "--quiet"])
    time.sleep(1)
    send = subprocess.Popen([plait, "send", "--config", config])
    try:
        until = time.monotonic() + 15
        while not os.path.exists(keylog) or os.path.getsize(keylog) == 0:
            assert time.monotonic() < until, "no session"
            time.sleep(0.05)
        feed(port + 1, range(CLEAN), 0.004)
        relay.loss = 0.06
        feed(port + 1, range(CLEAN, 700), 0.003)
        configure(120, "link = src=127.0.0.3,name=c,max=1M")
        send.send_signal(signal.SIGHUP)
        feed(port + 1, range(700, 900), 0.004)
        feed(port + 1, range(900, 2500), 0.0001)  # more than fits: what cannot come is skipped
        time.sleep(1.2)  # nothing: pings
        relay.loss = 0.0
    finally:
        for process in (send, recv):
            process.terminate()
            process.wait(20)
        relay.ended = True
    assert oct(os.stat(keylog).st_mode & 0o777) == "0o600"
    capture = os.path.join(folder, "capture.pcap")
    relay.write(capture)
    return capture, keylog


def tshark(lua, capture, *words):
    done = subprocess.run(["tshark", "-X", "lua_script:" + lua, "-r", capture, *words],
                          capture_output=True, text=True, timeout=120)
    assert "Lua" not in done.stderr.replace("Running as user", ""), done.stderr
    assert done.returncode == 0, done.stderr
    return done.stdout


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
        opened = tshark(lua, capture, "-o", "plait.keylog:" + keylog)
        sealed = [line for line in opened.splitlines() if "SEALED" in line]
        assert len(sealed) == 0, f"{len(sealed)} of {len(kinds)} stay sealed: {sealed[:3]}"
        assert "DATA 0" in opened
        every = tshark(lua, capture, "-o", "plait.keylog:" + keylog, "-V")
        seen = set(re.findall(r"Frame: (\w+)", every))
        print(sorted(seen))
        assert seen - {"PADDING"} == set(FRAMES), (set(FRAMES) ^ seen)
        for words in ("heard the wish for", "its packets were numbered below", "Source packets:"):
            assert words in every, words
        found = tshark(lua, capture, "-o", "plait.keylog:" + keylog, "-Y",
                       "plait.malformed or plait.unopened or _ws.malformed or _ws.lua.error")
        assert found == "", found[:2000]
        fields = tshark(lua, capture, "-o", "plait.keylog:" + keylog, "-Y", "plait.data.seq", "-T",
                        "fields", "-e", "plait.data.seq", "-e", "plait.data.payload")
        media = {}
        for line in fields.splitlines():
            seq, payload = line.split("\t")
            media[int(seq)] = bytes.fromhex(payload.replace(":", ""))
        assert len(media) >= CLEAN, len(media)
        for number in range(CLEAN):
            assert media[number].startswith(MARK + number.to_bytes(2, "big")), number


main()
