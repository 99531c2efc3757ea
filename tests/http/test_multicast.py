#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Multicast by a named interface, in network namespaces: an input goes on when that is plugged in
again, more often than a host lets a socket be a member; an output also waits for it at the start.
argv: plait."""
import json
import os
import socket
import struct
import subprocess
import sys
import tempfile
import threading

from netns import Namespaces, enter, feed
from serving import PATIENCE_S, listening, wait_for

BY_QUERY, BY_SCOPE = "?iface=cam0", ""
GROUPS = {"239.1.2.3": ("udp://239.1.2.3:7001" + BY_QUERY, socket.AF_INET),
          "ff15::1": ("udp://[ff15::1]:7001" + BY_QUERY, socket.AF_INET6),
          "ff02::5:1": ("udp://[ff02::5:1%cam0]:7001" + BY_QUERY, socket.AF_INET6),
          "ff02::5:2": ("udp://[ff02::5:2%cam0]:7001" + BY_SCOPE, socket.AF_INET6)}
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


def last(stats):
    with open(stats, encoding="utf-8") as file:
        return json.loads(file.read().strip().splitlines()[-1])


def datagrams(stats):
    return last(stats)["input"]["datagrams"]


def check(net, plait, folder, group):
    stats = os.path.join(folder, group + ".jsonl")
    plug(net)
    send = net.start(net.sender, plait, "send", "--to", "127.0.0.1:9", "--secret", "x", "--in",
                     GROUPS[group][0], "--stats", stats, stderr=subprocess.DEVNULL)
    listening(send, stats)
    with Camera(net, group):
        wait_for("pictures from " + group, lambda: datagrams(stats) > 0)
        for _ in range(AGAIN if BY_QUERY in GROUPS[group][0] else 2):
            net.unplug("cam0")
            plug(net)
            wait_for("the membership",
                     lambda: group in net.ip(net.sender, "maddress show dev cam0"))
        before = datagrams(stats)
        wait_for("pictures again from " + group, lambda: datagrams(stats) > before + 10)
    send.terminate()
    assert send.wait(PATIENCE_S) == 0
    net.unplug("cam0")


def comes(net, group):
    """Whether the other end of the interface gets something out of the group in a tenth of a
    second."""
    found = []

    def hear():
        enter(net.receiver)
        family = GROUPS[group][1]
        index = socket.if_nametoindex("cam0")
        with socket.socket(family, socket.SOCK_DGRAM) as wall:
            wall.settimeout(0.1)
            where = (group, 7003) if family == socket.AF_INET else (group, 7003, 0, index)
            wall.bind(where)
            if family == socket.AF_INET:
                wall.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, struct.pack(
                    "@4s4si", socket.inet_aton(group), bytes(4), index))
            else:
                wall.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, struct.pack(
                    "@16si", socket.inet_pton(family, group), index))
            try:
                found.append(wall.recv(2048))
            except socket.timeout:
                pass

    thread = threading.Thread(target=hear)
    thread.start()
    thread.join()
    return bool(found)


def check_output(net, plait, folder, group):
    stats, log = (os.path.join(folder, "out-" + group + end) for end in (".jsonl", ".log"))
    url = GROUPS[group][0].replace("7001", "7003")
    is_there = "%cam0" in url  # at the start it has to be
    named = "iface=cam0" if BY_QUERY in url else "%cam0"  # as it was written
    if is_there:
        plug(net)
    with open(log, "w", encoding="utf-8") as file:
        recv = net.start(net.sender, plait, "recv", "--listen", "127.0.0.1:7000", "--secret", "x",
                         "--out", url, "--stats", stats, stderr=file)
    listening(recv, stats)
    send = net.start(net.sender, plait, "send", "--to", "127.0.0.1:7000", "--secret", "x", "--in",
                     "udp://127.0.0.1:7001", "--latency", "200", stderr=subprocess.DEVNULL)

    def told(words):
        with open(log, encoding="utf-8") as file:
            return file.read().count(f"\"{named}: {words}")

    stop = threading.Event()
    media = threading.Thread(target=lambda: (enter(net.sender), feed(stop)))
    media.start()
    try:
        if is_there:
            wait_for("media in " + group, lambda: comes(net, group))
            net.unplug("cam0")
        wait_for("what is dropped", lambda: last(stats)["output"]["dropped"] > 10)
        for times in range(1, 4):
            assert told("no such device, waiting for it") == times
            plug(net)
            wait_for("media in " + group, lambda: comes(net, group))
            assert told("plugged in") == times
            net.unplug("cam0")
            wait_for("the interface's end", lambda: told("no such device") == times + 1)
    finally:
        stop.set()
        media.join()
    for process in (send, recv):
        process.terminate()
        assert process.wait(PATIENCE_S) == 0


def main():
    plait = os.path.abspath(sys.argv[1])
    with Namespaces() as net, tempfile.TemporaryDirectory() as folder:
        for group in GROUPS:
            check_output(net, plait, folder, group)
            check(net, plait, folder, group)


main()
