#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A receiver on the same cable, by its link-local address: the link carries again when it is
plugged in again, though its interface is another one to the kernel then. argv: plait."""
import os
import sys
import tempfile

from netns import Namespaces
from serving import PATIENCE_S, listening

RECEIVER = "[fe80::b%cable0]:7000"


def plug(net):
    net.ip(net.sender, f"link add cable0 type veth peer name cable0 netns {net.receiver}")
    net.ip(net.receiver, "addr add fe80::b/64 dev cable0 nodad")
    net.ip(net.sender, "addr add fe80::a/64 dev cable0 nodad")
    for name in (net.sender, net.receiver):
        net.ip(name, "link set cable0 up")


def check(net, plait, folder, *link):
    start, stats = net.start_sides(plait, folder)
    plug(net)
    recv = start("recv", "--listen", "[::]:7000", "--out", "udp://127.0.0.1:7002")
    listening(recv, stats["recv"])
    send = start("send", "--in", "udp://127.0.0.1:7001", *link)
    for _ in range(3):
        told = iter(send.stderr.readline, "")
        assert any("event=path_up" in line for line in told), "it ended"
        net.unplug("cable0")
        assert any("cable0: unplugged" in line for line in told), "it ended"
        plug(net)
    assert any("event=path_up" in line for line in told), "it ended"
    for process in (send, recv):
        process.terminate()
        process.communicate(timeout=PATIENCE_S)
        assert process.returncode == 0
        os.unlink(stats["recv" if process is recv else "send"])
    net.unplug("cable0")


def main():
    plait = os.path.abspath(sys.argv[1])
    with Namespaces() as net, tempfile.TemporaryDirectory() as folder:
        check(net, plait, folder, "--to", RECEIVER)
        check(net, plait, folder, "--to", "192.0.2.1:9", "--link", f"dev=cable0,to={RECEIVER}")
        for source in ("src=fe80::a%cable0", "dev=cable0,src=fe80::a"):
            check(net, plait, folder, "--to", RECEIVER, "--link", source)


main()
