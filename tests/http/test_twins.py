#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Two modems of one make: the same subnet, the same address, the same gateway, each behind a NAT of
its own. Both must carry, nothing may be late. argv: plait."""
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

from netns import RECEIVER, URGENT, enter, urgent
from serving import PATIENCE_S, listening, skip, streams, wait_for

PORT, COUNT = 7000, 1500
SO_RCVBUFFORCE = 33  # Linux; Python has no name for it
ADDRESS, GATEWAY = "192.168.8.100", "192.168.8.1"


def ip(*words):
    subprocess.run(["ip", *words], check=True)


class Modem:
    """A namespace between sender and receiver that rewrites addresses, as a stick's NAT does."""

    def __init__(self, number, prefix, sender, receiver):
        self.name, self.dev = f"{prefix}-modem{number}", f"wwan{number}"
        self.outside, self.carried = f"10.1.{number}.1", 0
        up = f"up{number}"
        ip("netns", "add", self.name)
        ip("-n", self.name, "link", "set", "lo", "up")
        ip("-n", sender, "link", "add", self.dev, "type", "veth", "peer", "name", "usb", "netns",
           self.name)
        ip("-n", self.name, "addr", "add", GATEWAY + "/24", "dev", "usb")
        ip("-n", self.name, "link", "set", "usb", "up")
        ip("-n", self.name, "addr", "add", RECEIVER + "/32", "dev", "lo")
        ip("-n", self.name, "link", "add", up, "type", "veth", "peer", "name", up, "netns",
           receiver)
        ip("-n", self.name, "addr", "add", f"10.1.{number}.2/24", "dev", up)
        ip("-n", self.name, "link", "set", up, "up")
        ip("-n", receiver, "addr", "add", self.outside + "/24", "dev", up)
        ip("-n", receiver, "link", "set", up, "up")
        ip("-n", sender, "link", "set", self.dev, "up")
        ip("-n", sender, "addr", "add", ADDRESS + "/24", "dev", self.dev)
        ip("-n", sender, "route", "add", "default", "via", GATEWAY, "dev", self.dev, "metric",
           str(100 + number))
        ready = threading.Event()
        threading.Thread(target=self.translate, args=(ready,), daemon=True).start()
        assert ready.wait(PATIENCE_S)

    def translate(self, ready):
        enter(self.name)
        urgent()
        inside, outside = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
        for one in (inside, outside):  # a modem's queue, however late this thread is
            one.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 8_000_000)
        inside.bind((RECEIVER, PORT))
        outside.connect((self.outside, PORT))
        peer = []
        ready.set()

        def back():
            urgent()
            while True:
                try:
                    inside.sendto(outside.recv(65536), peer[0])
                except (OSError, IndexError):
                    time.sleep(0.01)

        threading.Thread(target=back, daemon=True).start()
        while True:
            data, source = inside.recvfrom(65536)
            peer[:] = [source]
            self.carried += len(data)
            try:
                outside.send(data)
            except OSError:
                pass


def feed(sender):
    enter(sender)
    out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for number in range(COUNT):
        out.sendto(number.to_bytes(4, "big") + bytes(1312), ("127.0.0.1", 7001))
        time.sleep(0.003)


def run(plait, sender, receiver, folder, modems):
    stats = os.path.join(folder, "recv.jsonl")
    log_file = os.path.join(folder, "send.log")

    def log():
        with open(log_file, encoding="utf-8") as file:
            return file.read()

    def start(name, *words, **more):
        return subprocess.Popen(["ip", "netns", "exec", name, *URGENT, plait, *words, "--secret",
                                 "x"], **more)

    recv = start(receiver, "recv", "--listen", f"0.0.0.0:{PORT}", "--out", "udp://127.0.0.1:7002",
                 "--stats", stats, "--quiet")
    listening(recv, stats)
    with open(log_file, "w", encoding="utf-8") as file:
        send = start(sender, "send", "--to", f"{RECEIVER}:{PORT}", "--in", "udp://127.0.0.1:7001",
                     "--mode", "broadcast", stderr=file)
    try:
        wait_for("both links", lambda: all(f"event=path_up session=0 path={i}" in log()
                                           for i in range(2)))
        feeder = threading.Thread(target=feed, args=(sender,))
        feeder.start()
        feeder.join()
        wait_for("all of it", lambda: streams(stats)[-1]["expected"] == COUNT)
    finally:
        for process in (send, recv):
            process.terminate()
            process.wait(PATIENCE_S)
    log = log()
    print(log, [modem.carried for modem in modems])
    for modem in modems:
        assert f"link={modem.dev}" in log, log
        assert modem.carried > COUNT * 1316 * 0.9, "a modem carried little"
    found = streams(stats)
    assert max(stream["missing"] for stream in found) == 0
    assert max(stream["delivered"] for stream in found) == COUNT


def main():
    plait = os.path.abspath(sys.argv[1])
    if os.geteuid() != 0 or not shutil.which("ip"):
        skip("needs root and iproute2 for network namespaces")
    prefix = f"plait-twin-{os.getpid()}"
    sender, receiver = prefix + "-send", prefix + "-recv"
    made = subprocess.run(["ip", "netns", "add", sender], capture_output=True, text=True)
    if made.returncode != 0:
        skip("network namespaces are not permitted here: " + made.stderr.strip())
    names = [sender, receiver, prefix + "-modem0", prefix + "-modem1"]
    try:
        ip("netns", "add", receiver)
        for name in (sender, receiver):
            ip("-n", name, "link", "set", "lo", "up")
            subprocess.run(["ip", "netns", "exec", name, "sh", "-c",
                            "for f in all default; do echo 2 > "
                            "/proc/sys/net/ipv4/conf/$f/rp_filter; done"], check=True)
        modems = [Modem(number, prefix, sender, receiver) for number in (0, 1)]
        with tempfile.TemporaryDirectory() as folder:
            run(plait, sender, receiver, folder, modems)
    finally:
        for name in names:
            subprocess.run(["ip", "netns", "del", name], capture_output=True)


main()
