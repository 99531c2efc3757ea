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

from netns import RECEIVER, enter
from serving import skip, streams

PORT, COUNT = 7000, 1500
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
        assert ready.wait(10)

    def translate(self, ready):
        enter(self.name)
        inside = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        inside.bind((RECEIVER, PORT))
        outside = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        outside.connect((self.outside, PORT))
        peer = []
        ready.set()

        def back():
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
    recv = subprocess.Popen(["ip", "netns", "exec", receiver, plait, "recv", "--listen",
                             f"0.0.0.0:{PORT}", "--out", "udp://127.0.0.1:7002", "--secret", "x",
                             "--stats", stats, "--quiet"])
    time.sleep(1)
    send = subprocess.Popen(["ip", "netns", "exec", sender, plait, "send", "--to",
                             f"{RECEIVER}:{PORT}", "--in", "udp://127.0.0.1:7001", "--secret", "x",
                             "--mode", "broadcast"], stderr=subprocess.PIPE, text=True)
    try:
        time.sleep(1.5)
        feeder = threading.Thread(target=feed, args=(sender,))
        feeder.start()
        feeder.join()
        time.sleep(1.2)
    finally:
        send.terminate()
        log = send.communicate(timeout=20)[1]
        recv.terminate()
        recv.wait(20)
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
