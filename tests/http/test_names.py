#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A receiver that is named, with an IPv4 and an IPv6 address, in network namespaces: each link uses
the one that it can reach. argv: plait."""
import os
import sys
import tempfile

from netns import RECEIVER, Namespaces
from serving import PATIENCE_S, listening, wait_for
from test_links import active

RECEIVER6 = "fd99::1"
NAME = "receiver.test"


class Names:
    """/etc/hosts of one process: it may be written again while that runs."""

    def __init__(self, folder, *addresses):
        self.path = os.path.join(folder, "hosts")
        self.write(*addresses)

    def write(self, *addresses):
        with open(self.path, "w", encoding="utf-8") as file:
            file.writelines(f"{address} {NAME}\n" for address in addresses)

    def words(self):
        """Before a command: `ip netns exec` has given it mounts of its own."""
        return ("sh", "-c", 'mount --bind "$0" /etc/hosts && exec "$@"', self.path)


class Run:
    """A receiver, and a sender whose receiver is named."""

    def __init__(self, net, plait, folder):
        self.net, self.plait, self.log_file = net, plait, os.path.join(folder, "log")
        self.stats = {side: os.path.join(folder, side + ".jsonl") for side in ("send", "recv")}

    def start(self, side, *words, before=(), stderr=None):
        process = self.net.start(self.net.sender if side == "send" else self.net.receiver, *before,
                                 self.plait, side, "--secret", "for a test", "--stats",
                                 self.stats[side], *words, stderr=stderr)
        listening(process, self.stats[side])
        return process

    def receive(self):
        return self.start("recv", "--listen", "[::]:7000", "--out", "udp://127.0.0.1:7002")

    def send(self, names, *words):
        with open(self.log_file, "w", encoding="utf-8") as log:
            return self.start("send", "--to", NAME + ":7000", "--in", "udp://127.0.0.1:7001",
                              *words, before=names.words(), stderr=log)

    def log(self):
        with open(self.log_file, encoding="utf-8") as file:
            return file.read()

    def wait_active(self, *names):
        try:
            wait_for("links " + " ".join(names),
                     lambda: active(self.stats["send"]) == sorted(names))
        except AssertionError as error:
            raise AssertionError(f"{error}, in:\n{self.log()}") from None


def ends(process):
    process.terminate()
    assert process.wait(PATIENCE_S) == 0, process.returncode


def plug6(net, dev, address, gateway, metric):
    net.ip(net.receiver, f"addr replace {gateway}/64 dev {dev} nodad")
    net.ip(net.sender, f"addr add {address}/64 dev {dev} nodad")
    net.ip(net.sender, f"-6 route add default via {gateway} dev {dev} metric {metric}")


def check_families(net, run, folder):
    """One link has IPv4 and one IPv6; then one of them changes over."""
    names = Names(folder, RECEIVER6, RECEIVER)
    receive, send = run.receive(), run.send(names, "--link", "dev=wwan0", "--link", "dev=wwan1")
    net.plug("wwan0", "192.168.8.100", "192.168.8.1", 100)
    net.plug("wwan1", "192.168.9.100", "192.168.9.1", 101)
    net.ip(net.sender, "addr flush dev wwan1")
    plug6(net, "wwan1", "fd09::2", "fd09::1", 100)
    run.wait_active("wwan0", "wwan1")
    plug6(net, "wwan0", "fd08::2", "fd08::1", 101)
    net.ip(net.sender, "addr del 192.168.8.100/24 dev wwan0")
    wait_for("IPv4 gone", lambda: "wwan0: no address" in run.log())
    wait_for("IPv6 instead", lambda: run.log().count("wwan0: plugged in") == 2)
    run.wait_active("wwan0", "wwan1")
    assert run.log().count("wwan1: plugged in") == 1, run.log()
    ends(send)
    ends(receive)
    for dev in ("wwan0", "wwan1"):
        net.unplug(dev)


def main():
    plait = os.path.abspath(sys.argv[1])
    with Namespaces() as net, tempfile.TemporaryDirectory() as folder:
        net.ip(net.receiver, f"addr add {RECEIVER6}/128 dev lo nodad")
        run = Run(net, plait, folder)
        check_families(net, run, folder)


main()
