# SPDX-License-Identifier: BSD-2-Clause
"""A sender's and a receiver's network namespace, joined by links that come and go. For the tests
here that need more than one interface; where namespaces are not permitted they are skipped."""
import ctypes
import os
import shutil
import socket
import subprocess
import time

from serving import skip

RECEIVER = "10.99.0.1"
FEED = ("127.0.0.1", 7001)
RATE_BPS, DATAGRAM = 4_000_000, 1316
# What must be in time must not wait for the other tests of a busy machine.
URGENT = ("nice", "-n", "-10")


class Namespaces:
    """A sender's and a receiver's, joined by veth pairs: each is a modem and its network."""

    def __init__(self):
        self.names = [f"plait-{side}-{os.getpid()}" for side in ("send", "recv")]
        self.sender, self.receiver = self.names
        self.started = []

    def __enter__(self):
        if os.geteuid() != 0 or not shutil.which("ip"):
            skip("needs root and iproute2 for network namespaces")
        for name in self.names:
            self.make(name)
        self.ip(self.receiver, f"addr add {RECEIVER}/32 dev lo")
        return self

    def make(self, name):
        made = subprocess.run(["ip", "netns", "add", name], capture_output=True, text=True)
        if made.returncode != 0:
            self.__exit__()
            skip("network namespaces are not permitted here: " + made.stderr.strip())
        self.ip(name, "link set lo up")
        for key in ("all.rp_filter", "default.rp_filter"):
            path = "/proc/sys/net/ipv4/conf/" + key.replace(".", "/")
            self.run(name, "sh", "-c", f"echo 2 > {path}")

    def add(self, side):
        """One more, beside the two."""
        self.names.append(f"plait-{side}-{os.getpid()}")
        self.make(self.names[-1])
        return self.names[-1]

    def __exit__(self, *_):
        for process in self.started:
            if process.poll() is None:
                process.kill()
        for name in self.names:
            subprocess.run(["ip", "netns", "del", name], capture_output=True)

    def ip(self, name, words):
        """What it prints."""
        return subprocess.run(["ip", "-n", name, *words.split()], check=True, text=True,
                              stdout=subprocess.PIPE).stdout

    @staticmethod
    def run(name, *words):
        subprocess.run(["ip", "netns", "exec", name, *words], check=True)

    def start(self, name, *words, **more):
        """Ends with the namespaces, if not before."""
        self.started.append(subprocess.Popen(["ip", "netns", "exec", name, *URGENT, *words],
                                             **more))
        return self.started[-1]

    def start_sides(self, plait, folder):
        """A function that starts send or recv where it belongs, and the files of their --stats."""
        stats = {side: os.path.join(folder, side + ".jsonl") for side in ("send", "recv")}

        def start(side, *words):
            return self.start(self.sender if side == "send" else self.receiver, plait, side,
                              "--secret", "for a test", "--stats", stats[side], *words,
                              stderr=subprocess.PIPE, text=True)

        return start, stats

    def plug(self, dev, address, gateway, metric):
        """A modem: the interface, its address, its own default route."""
        self.ip(self.sender, f"link add {dev} type veth peer name {dev} netns {self.receiver}")
        self.ip(self.receiver, f"addr add {gateway}/24 dev {dev} noprefixroute")
        self.ip(self.receiver, f"link set {dev} up")
        self.ip(self.receiver, f"route replace {address}/32 dev {dev}")
        self.ip(self.sender, f"link set {dev} up")
        self.ip(self.sender, f"addr add {address}/24 dev {dev}")
        self.ip(self.sender, f"route add default via {gateway} dev {dev} metric {metric}")

    def unplug(self, dev):
        self.ip(self.sender, f"link del {dev}")


def urgent():
    """This thread, as URGENT."""
    os.setpriority(os.PRIO_PROCESS, 0, -10)


def feed(stop):
    """Media into the sender's input, in this thread's namespace."""
    urgent()
    out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    gap, at, number = DATAGRAM * 8 / RATE_BPS, time.monotonic(), 0
    while not stop.is_set():
        out.sendto(number.to_bytes(8, "big") + bytes(DATAGRAM - 8), FEED)
        number += 1
        at += gap
        time.sleep(max(0, at - time.monotonic()))


def enter(name):
    """Moves this thread into a namespace; sockets it opens from then on belong there."""
    handle = os.open("/run/netns/" + name, os.O_RDONLY)
    if ctypes.CDLL(None, use_errno=True).setns(handle, 0x40000000) != 0:
        raise OSError(ctypes.get_errno(), "setns")
    os.close(handle)
