#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A way that carries fewer bytes at a time than a packet has, and tells nobody: a tunnel behind a
firewall that drops ICMP. Routers cut packets up there instead of throwing them away. argv: plait"""
import os
import subprocess
import sys
import tempfile
import threading

from netns import RECEIVER, Namespaces, enter, feed
from serving import PATIENCE_S, listening, streams, wait_for

SENDER, NARROW_BYTES, ENOUGH = "10.50.0.2", 1280, 500


def join(net, router):
    """Sender, router and receiver, narrow behind the router, which does not answer the sender."""
    net.ip(net.sender, f"link add wan0 type veth peer name near0 netns {router}")
    net.ip(router, f"link add narrow0 type veth peer name wan0 netns {net.receiver}")
    net.ip(net.sender, f"addr add {SENDER}/24 dev wan0")
    net.ip(router, "addr add 10.50.0.1/24 dev near0")
    net.ip(router, "addr add 10.70.0.1/24 dev narrow0")
    net.ip(net.receiver, "addr add 10.70.0.2/24 dev wan0")
    net.ip(router, f"link set narrow0 mtu {NARROW_BYTES}")
    for name, dev in ((net.sender, "wan0"), (router, "near0"), (router, "narrow0"),
                      (net.receiver, "wan0")):
        net.ip(name, f"link set {dev} up")
    net.ip(net.sender, "route add default via 10.50.0.1 dev wan0")
    net.ip(net.receiver, "route add default via 10.70.0.1 dev wan0")
    net.ip(router, f"route add {RECEIVER}/32 via 10.70.0.2 dev narrow0")
    net.ip(router, f"rule add iif lo to {SENDER} blackhole")
    net.run(router, "sh", "-c", "cd /proc/sys/net/ipv4; echo 1 > ip_forward; "
            "for at in conf/*/rp_filter; do echo 0 > $at; done")


def thrown_away(router):
    """Packets too large for the narrow way that were not to be cut up."""
    told = subprocess.run(["ip", "netns", "exec", router, "cat", "/proc/net/snmp"], check=True,
                          stdout=subprocess.PIPE, text=True).stdout
    names, values = (line.split() for line in told.splitlines() if line.startswith("Ip:"))
    counted = dict(zip(names, values))
    assert int(counted["FragOKs"]) > 0, "nothing was too large"
    return int(counted["FragFails"])


def main(plait):
    with Namespaces() as net, tempfile.TemporaryDirectory() as folder:
        router = net.add("router")
        join(net, router)
        stats = os.path.join(folder, "recv.jsonl")
        recv = net.start(net.receiver, plait, "recv", "--listen", "0.0.0.0:7000", "--out",
                         "udp://127.0.0.1:7002", "--secret", "x", "--stats", stats, "--quiet")
        listening(recv, stats)
        send = net.start(net.sender, plait, "send", "--to", RECEIVER + ":7000", "--in",
                         "udp://127.0.0.1:7001", "--secret", "x", "--quiet",
                         stderr=subprocess.DEVNULL)
        stop = threading.Event()
        feeder = threading.Thread(target=lambda: (enter(net.sender), feed(stop)))
        feeder.start()
        try:
            wait_for("media through the narrow way", lambda: any(
                stream["delivered"] > ENOUGH for stream in streams(stats)))
        finally:
            stop.set()
            feeder.join()
        assert thrown_away(router) == 0, thrown_away(router)
        for process in (send, recv):
            process.terminate()
            assert process.wait(PATIENCE_S) == 0


main(sys.argv[1])
