#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Where a socket may not be bound to its device: two sticks in one subnet with one gateway still
carry, each by its source address and a routing table of its own. With CAP_NET_ADMIN plait sets them
and takes them back; without, it prints the commands, and these do it. argv: plait, refuse-bind."""
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time

from netns import RECEIVER, Namespaces, enter, feed
from serving import PATIENCE_S, listening, streams, wait_for

STICKS = {"wwan0": "192.168.8.100", "wwan1": "192.168.8.101"}
GATEWAY, AGAIN = "192.168.8.1", "192.168.8.150"


def sent_bytes(net, dev):
    return json.loads(net.ip(net.sender, f"-s -j link show {dev}"))[0]["stats64"]["tx"]["bytes"]


def carried(net, seconds=2.0):
    """Bytes a second that leave over each stick."""
    before = {dev: sent_bytes(net, dev) for dev in STICKS}
    time.sleep(seconds)
    return {dev: (sent_bytes(net, dev) - before[dev]) / seconds for dev in STICKS}


def both_carry(net):
    """Each of them the whole stream, without the feeding thread's pauses on a busy machine."""
    return all(rate > 400_000 for rate in carried(net).values())


def ours(net):
    """Rules and routes that plait has set."""
    return [line for words in ("rule show", "route show table all")
            for line in net.ip(net.sender, words).splitlines()
            if re.search(r"lookup 280\d\d|table 280\d\d", line)]


class Pair:
    """Sender (not allowed to bind) and receiver, with media that goes over every link."""

    def __init__(self, net, plait, refuse, folder, *refusal):
        self.net, self.stats = net, os.path.join(folder, "recv.jsonl")
        self.log_file = os.path.join(folder, "send.log")
        self.recv = net.start(net.receiver, plait, "recv", "--listen", "0.0.0.0:7000", "--out",
                              "udp://127.0.0.1:7002", "--secret", "x", "--stats", self.stats,
                              "--quiet")
        listening(self.recv, self.stats)
        with open(self.log_file, "w", encoding="utf-8") as log:
            self.send = net.start(net.sender, refuse, *refusal, plait, "send", "--to",
                                  RECEIVER + ":7000", "--in", "udp://127.0.0.1:7001", "--secret",
                                  "x", "--mode", "broadcast", stderr=log)
        self.stop = threading.Event()
        self.feeder = threading.Thread(target=lambda: (enter(net.sender), feed(self.stop)))
        self.feeder.start()

    def log(self):
        with open(self.log_file, encoding="utf-8") as file:
            return file.read()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop.set()
        self.feeder.join()
        for process in (self.send, self.recv):
            process.terminate()
            process.wait(PATIENCE_S)


def check_families(net, plait, refuse):
    """An address of one kind is no way to a receiver of the other: told, not sent in vain."""
    send = net.start(net.sender, refuse, plait, "send", "--to", RECEIVER + ":7000", "--in",
                     "udp://127.0.0.1:7009", "--secret", "x", "--link",
                     "dev=wwan0,to=[2001:db8::1]:7000", stderr=subprocess.PIPE, text=True)
    first, second = send.stderr.readline(), send.stderr.readline()
    assert "wwan0" in first and "event=no_link" in second, (first, second)
    send.terminate()
    send.wait(PATIENCE_S)


def check_both_carry(net, pair):
    wait_for("both links", lambda: all(f"event=path_up session=0 path={i}" in pair.log()
                                       for i in range(2)))
    wait_for("both to carry all: " + pair.log(), lambda: both_carry(net))


def check_permitted(net, plait, refuse, folder):
    with Pair(net, plait, refuse, folder) as pair:
        check_both_carry(net, pair)
        set_by_us = ours(net)
        assert len([line for line in set_by_us if "lookup" in line]) == 2, set_by_us
        assert "by routing table 280" in pair.log() and "setcap" in pair.log(), pair.log()
        net.unplug("wwan1")
        wait_for("unplugged", lambda: "wwan1: unplugged" in pair.log())
        net.plug("wwan1", AGAIN, GATEWAY, 101)
        wait_for("its new rule", lambda: any(AGAIN in line for line in ours(net)))
        wait_for("plugged in", lambda: "wwan1: plugged in" in pair.log())
        wait_for("both to carry all again: " + pair.log(), lambda: both_carry(net))
        assert not any(STICKS["wwan1"] in line for line in ours(net)), ours(net)
    assert ours(net) == [], ours(net)
    found = streams(pair.stats)
    assert max(stream["delivered"] for stream in found) > 1500
    assert max(stream["missing"] for stream in found) == 0, "late or lost"


def check_refused(net, plait, refuse, folder):
    with Pair(net, plait, refuse, folder, "--no-admin") as pair:
        wait_for("the commands", lambda: pair.log().count("as root: ip rule add") == 2)
        assert ours(net) == [], "set without permission?"
        for line in pair.log().splitlines():
            for command in re.findall(r"ip (rule add[^;\"]*|route add[^;\"]*)", line):
                net.ip(net.sender, command)
        check_both_carry(net, pair)
        assert pair.log().count("as root: ip rule add") == 2, "said more than once a link"


def check_made_by_hand(net, plait, refuse):
    """What somebody has set in a table of the same number is neither changed nor taken away; what
    a killed plait has left there is."""
    index = {dev: json.loads(net.ip(net.sender, f"-j link show {dev}"))[0]["ifindex"]
             for dev in STICKS}
    other = "192.168.8.77"
    net.ip(net.sender, f"route add default via {other} dev wwan0 table {28000 + index['wwan0']}")
    net.ip(net.sender, f"route add default via {other} dev wwan1 table {28000 + index['wwan1']} "
                       "proto 200")

    def table(dev):
        return net.ip(net.sender, f"route show table {28000 + index[dev]}")

    send = net.start(net.sender, refuse, plait, "send", "--to", RECEIVER + ":7000", "--in",
                     "udp://127.0.0.1:7009", "--secret", "x", "--quiet", stderr=subprocess.DEVNULL)
    wait_for("both rules", lambda: len([line for line in ours(net) if "lookup" in line]) == 2)
    assert other in table("wwan0"), table("wwan0")
    assert other not in table("wwan1") and GATEWAY in table("wwan1"), table("wwan1")
    send.terminate()
    assert send.wait(PATIENCE_S) == 0
    assert other in table("wwan0"), table("wwan0")
    net.ip(net.sender, f"route del default table {28000 + index['wwan0']}")
    assert ours(net) == [], ours(net)


def check_turns(net, plait, refuse, folder):
    """What each family's routing table is, is told once while both are tried in turn."""
    names, stats, log_file = (os.path.join(folder, name) for name in ("hosts", "turns", "log"))
    with open(names, "w", encoding="utf-8") as file:
        file.write(f"fd99::dead two.test\n{RECEIVER} two.test\n")
    net.ip(net.sender, "addr add fd08::2/64 dev wwan0 nodad")
    net.ip(net.sender, "-6 route add default via fd08::1 dev wwan0")
    with open(log_file, "w", encoding="utf-8") as log:
        send = net.start(net.sender, "sh", "-c", 'mount --bind "$0" /etc/hosts && exec "$@"', names,
                         refuse, plait, "send", "--to", "two.test:7000", "--in",
                         "udp://127.0.0.1:7001", "--secret", "x", "--link", "dev=wwan0", "--stats",
                         stats, stderr=log)

    def told():
        with open(log_file, encoding="utf-8") as file:
            return file.read()

    def lines():
        with open(stats, encoding="utf-8") as file:
            return len(file.readlines())

    wait_for("more than three turns", lambda: lines() > 20)
    assert told().count("may not bind") == 2 and told().count("trying IPv4") == 1, told()
    send.terminate()
    assert send.wait(PATIENCE_S) == 0
    assert ours(net) == [], ours(net)
    net.ip(net.sender, "addr del fd08::2/64 dev wwan0")


def main():
    plait, refuse = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    with Namespaces() as net, tempfile.TemporaryDirectory() as folder:
        for number, (dev, address) in enumerate(STICKS.items()):
            net.plug(dev, address, GATEWAY, 100 + number)
        check_permitted(net, plait, refuse, folder)
        check_made_by_hand(net, plait, refuse)
        check_turns(net, plait, refuse, folder)
        check_refused(net, plait, refuse, folder)
        check_families(net, plait, refuse)


main()
