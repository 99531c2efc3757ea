#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The Wireshark dissector on the project's own traffic, caught by a relay in this test and written
as a pcap: in the clear, and with --keylog. argv: plait, plait.lua."""
import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

from serving import skip

MARK = b"PLAITMEDIA"


class Relay:
    """Stands between sender and receiver and keeps every datagram."""

    def __init__(self, receiver_port):
        self.front = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.front.bind(("127.0.0.1", 0))
        self.port = self.front.getsockname()[1]
        self.receiver, self.back, self.caught, self.ended = receiver_port, {}, [], False
        threading.Thread(target=self.forward, daemon=True).start()

    def keep(self, source, target, data):
        self.caught.append((time.time(), source, target, data))

    def forward(self):
        while not self.ended:
            data, peer = self.front.recvfrom(65536)
            if peer not in self.back:
                self.back[peer] = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                self.back[peer].connect(("127.0.0.1", self.receiver))
                threading.Thread(target=self.answer, args=(peer,), daemon=True).start()
            self.keep(peer[1], self.receiver, data)
            try:
                self.back[peer].send(data)
            except OSError:
                pass

    def answer(self, peer):
        while not self.ended:
            try:
                data = self.back[peer].recv(65536)
            except OSError:
                continue
            self.keep(self.receiver, peer[1], data)
            self.front.sendto(data, peer)

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


def record(plait, folder, suite_words):
    port = 21000 + os.getpid() % 20000
    relay = Relay(port)
    keylog, stats = os.path.join(folder, "keys.txt"), os.path.join(folder, "s.jsonl")
    recv = subprocess.Popen([plait, "recv", "--listen", f"127.0.0.1:{port}", "--out",
                             f"udp://127.0.0.1:{port + 2}", "--secret", "x", "--quiet",
                             *suite_words])
    time.sleep(1)
    send = subprocess.Popen([plait, "send", "--to", f"127.0.0.1:{relay.port}", "--in",
                             f"udp://127.0.0.1:{port + 1}", "--secret", "x", "--keylog", keylog,
                             "--link", "src=127.0.0.1,name=a", "--stats", stats, "--quiet"])
    try:
        until = time.monotonic() + 15
        while not os.path.exists(keylog) or os.path.getsize(keylog) == 0:
            assert time.monotonic() < until, "no session"
            time.sleep(0.05)
        out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        for number in range(150):
            out.sendto(MARK + bytes([number]) * 600, ("127.0.0.1", port + 1))
            time.sleep(0.004)
        time.sleep(0.5)
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
        capture, keylog = record(plait, folder, [])
        plain = tshark(lua, capture)
        kinds = [line for line in plain.splitlines() if "Plait" in line]
        assert len(kinds) == len(plain.strip().splitlines()) > 150, plain[:2000]
        assert "FIRST" in plain and "SECOND" in plain and "SEALED cid=" in plain, plain[:2000]
        assert "DATA" not in plain
        opened = tshark(lua, capture, "-o", "plait.keylog:" + keylog)
        sealed = [line for line in opened.splitlines() if "SEALED" in line]
        assert len(sealed) == 0, f"{len(sealed)} of {len(kinds)} stay sealed: {sealed[:3]}"
        for name in ("DATA 0", "ACK", "TIME", "CHALLENGE", "RESPONSE", "CLOSE"):
            assert name in opened, name
        fields = tshark(lua, capture, "-o", "plait.keylog:" + keylog, "-Y", "plait.data.seq", "-T",
                        "fields", "-e", "plait.data.seq", "-e", "plait.data.payload")
        media = {}
        for line in fields.splitlines():
            seq, payload = line.split("\t")
            media[int(seq)] = bytes.fromhex(payload.replace(":", ""))
        assert len(media) >= 150, len(media)
        for number in range(150):
            assert media[number].startswith(MARK + bytes([number])), number
        assert tshark(lua, capture, "-Y", "plait.malformed") == ""


main()
