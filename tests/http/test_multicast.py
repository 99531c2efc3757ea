#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""An input from a multicast group by a named interface, in network namespaces: it goes on when that
is plugged in again, more often than a host lets a socket be a member. argv: plait."""
import json
import os
import socket
import struct
import subprocess
import sys
import tempfile
import threading

from netns import Namespaces, enter
from serving import PATIENCE_S, listening, wait_for

GROUPS = {"239.1.2.3": ("udp://239.1.2.3:7001", socket.AF_INET),
          "ff15::1": ("udp://[ff15::1]:7001", socket.AF_INET6)}
AGAIN = 22  # net.ipv4.igmp_max_memberships is 20


class Camera:
    """The other end of the interface: sends into the group until it is told to stop."""

    def __init__(self, net, group):
        self.net, self.group, self.stop = net, group, threading.Event()
        self.thread = threading.Thread(target=self.send)

    def send(self):
        enter(self.net.receiver)
        family = GROUPS[self.group][1]
        with socket.socket(family, socket.SOCK_DGRAM) as out:
            while not self.stop.wait(0.01):
                try:
                    index = socket.if_nametoindex("cam0")
                    if family == socket.AF_INET:
                        out.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF,
                                       struct.pack("@4s4si", bytes(4), bytes(4), index))
                    else:
                        out.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)
                    out.sendto(b"picture", (self.group, 7001))
                except OSError:
                    pass  # unplugged

    def __enter__(self):
        self.thread.start()

    def __exit__(self, *_):
        self.stop.set()
        self.thread.join()


def plug(net):
    net.ip(net.sender, f"link add cam0 type veth peer name cam0 netns {net.receiver}")
    for name, address in ((net.sender, "10.5.0.2"), (net.receiver, "10.5.0.1")):
        net.ip(name, f"addr add {address}/24 dev cam0")
        net.ip(name, "link set cam0 up")


def datagrams(stats):
    with open(stats, encoding="utf-8") as file:
        return json.loads(file.read().strip().splitlines()[-1])["input"]["datagrams"]


def check(net, plait, folder, group):
    stats = os.path.join(folder, group + ".jsonl")
    plug(net)
    send = net.start(net.sender, plait, "send", "--to", "127.0.0.1:9", "--secret", "x", "--in",
                     GROUPS[group][0] + "?iface=cam0", "--stats", stats, stderr=subprocess.DEVNULL)
    listening(send, stats)
    with Camera(net, group):
        wait_for("pictures from " + group, lambda: datagrams(stats) > 0)
        for _ in range(AGAIN):
            net.unplug("cam0")
            plug(net)
            wait_for("the membership",
                     lambda: group in net.ip(net.sender, "maddress show dev cam0"))
        before = datagrams(stats)
        wait_for("pictures again from " + group, lambda: datagrams(stats) > before + 10)
    send.terminate()
    assert send.wait(PATIENCE_S) == 0
    net.unplug("cam0")


def main():
    plait = os.path.abspath(sys.argv[1])
    with Namespaces() as net, tempfile.TemporaryDirectory() as folder:
        for group in GROUPS:
            check(net, plait, folder, group)


main()
