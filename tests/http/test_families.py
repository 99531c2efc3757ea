#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A receiver with an IPv4 and an IPv6 address, of which one is not answered, in network namespaces:
each link finds the other. argv: plait."""
import os
import sys
import tempfile

from netns import RECEIVER, Namespaces
from serving import wait_for
from test_names import NAME, RECEIVER6, Names, Run, ends, plug6


def seconds(stats):
    """Since the program has started: a line each."""
    with open(stats, encoding="utf-8") as file:
        return len(file.readlines())


def lose6(net, number):
    """The network behind wwanN still has a route, and loses what is sent by it."""
    dev, gateway = f"wwan{number}", f"fd0{number}::99"
    net.ip(net.sender, f"-6 route del default dev {dev}")
    net.ip(net.sender, f"-6 route add default via {gateway} dev {dev} metric {100 + number}")
    net.ip(net.sender, f"neigh add {gateway} lladdr 02:00:00:00:00:99 dev {dev}")


def check_dead(net, run, folder):
    """IPv6 is routed and nobody answers to it: over one link, over another that has carried; over
    all, with and without a device; and when the receiver comes late."""
    names, receive = Names(folder, RECEIVER6, RECEIVER), run.receive()
    for number in range(2):
        dev = f"wwan{number}"
        net.plug(dev, f"192.168.{number}.100", f"192.168.{number}.1", 100 + number)
        plug6(net, dev, f"fd0{number}::2", f"fd0{number}::1", 100 + number)
    lose6(net, 1)
    send = run.send(names, "--link", "dev=wwan0", "--link", "dev=wwan1")
    run.wait_active("wwan0", "wwan1")
    assert "wwan1: no answer over IPv6, trying IPv4" in run.log(), run.log()
    assert "wwan0: no answer" not in run.log(), run.log()
    lose6(net, 0)
    run.wait_active("wwan1")
    run.wait_active("wwan0", "wwan1")
    assert "wwan0: no answer over IPv6, trying IPv4" in run.log(), run.log()
    ends(send)
    names.write("fd99::dead", RECEIVER)
    for words, links in (((), ("wwan0", "wwan1")), (("--link", "name=any"), ("any",)),
                         (("--link", f"dev=wwan0,to={NAME}:7000"), ("wwan0",))):
        send = run.send(names, *words)
        run.wait_active(*links)
        ends(send)
    ends(receive)
    send = run.send(names, "--link", "dev=wwan0")
    wait_for("more than one turn", lambda: seconds(run.stats["send"]) > 17)
    receive = run.receive()
    run.wait_active("wwan0")
    assert run.log().count("no answer over") == 1, run.log()
    assert "path_removed" not in run.log(), run.log()
    ends(send)
    ends(receive)
    for dev in ("wwan0", "wwan1"):
        net.unplug(dev)


def check_no_way(net, run, folder):
    """To an address that the host has no route to, nothing is turned."""
    names = Names(folder, RECEIVER6, RECEIVER)
    net.plug("wwan0", "192.168.0.100", "192.168.0.1", 100)
    send = run.send(names, "--link", "name=any")
    wait_for("more than a turn", lambda: seconds(run.stats["send"]) > 8)
    assert "no answer over" not in run.log(), run.log()
    receive = run.receive()
    run.wait_active("any")
    ends(send)
    ends(receive)
    net.unplug("wwan0")


def main():
    plait = os.path.abspath(sys.argv[1])
    with Namespaces() as net, tempfile.TemporaryDirectory() as folder:
        net.ip(net.receiver, f"addr add {RECEIVER6}/128 dev lo nodad")
        run = Run(net, plait, folder)
        check_dead(net, run, folder)
        check_no_way(net, run, folder)


main()
