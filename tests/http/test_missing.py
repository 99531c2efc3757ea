#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Links that are named and not there at the start, in network namespaces: the sender waits, says so
once, and takes each when it comes; of one that cannot be used it says why, once. argv: plait."""
import os
import sys
import tempfile

from netns import RECEIVER, Namespaces
from serving import PATIENCE_S, listening, wait_for
from test_links import active


def lines(file):
    """One a second."""
    with open(file, encoding="utf-8") as stats:
        return len(stats.readlines())


def main():
    plait = os.path.abspath(sys.argv[1])
    with Namespaces() as net, tempfile.TemporaryDirectory() as folder:
        start, stats = net.start_sides(plait, folder)
        recv = start("recv", "--listen", "0.0.0.0:7000", "--out", "udp://127.0.0.1:7002")
        listening(recv, stats["recv"])
        net.plug("eth7", "192.168.10.100", "192.168.10.1", 110)
        net.ip(net.sender, "link add wwan1 type veth peer name wwan1 netns " + net.receiver)
        send = start("send", "--to", RECEIVER + ":7000", "--in", "udp://127.0.0.1:7001", "--link",
                     "dev=wwan0", "--link", "dev=wwan1", "--link", "src=192.168.9.100,name=third",
                     "--link", "dev=eth*,src=192.0.2.7", "--link", "dev=wwan5,src=192.0.2.7")
        listening(send, stats["send"])
        net.ip(net.sender, "link del wwan1")
        net.plug("wwan5", "192.168.11.100", "192.168.11.1", 111)
        wait_for("more than two tries", lambda: lines(stats["send"]) > 5)
        net.plug("wwan1", "192.168.8.101", "192.168.8.1", 101)
        wait_for("the second link", lambda: active(stats["send"]) == ["wwan1"])
        net.plug("wwan0", "192.168.8.100", "192.168.8.1", 100)
        wait_for("the first link", lambda: active(stats["send"]) == ["wwan0", "wwan1"])
        net.plug("wwan2", "192.168.9.100", "192.168.9.1", 102)
        net.ip(net.sender, "rule add from 192.168.9.100 lookup 9")
        net.ip(net.sender, "route add default via 192.168.9.1 dev wwan2 table 9")
        wait_for("the third link", lambda: len(active(stats["send"])) == 3)
        send.terminate()
        log = send.communicate(timeout=PATIENCE_S)[1]
        print(log)
        assert send.returncode == 0, send.returncode
        assert log.count("dev=wwan0: no such device yet") == 1, log
        assert log.count("dev=wwan1: no carrier yet") == 1, log
        assert log.count("third cannot be used yet") == 1, log
        assert log.count("event=no_link") == 1, log
        assert log.count("eth7 cannot be used yet") == 1, log
        assert log.count("dev=wwan5: no such device yet") == 1, log
        assert log.count("wwan5 cannot be used yet") == 1, log
        recv.terminate()
        recv.communicate(timeout=PATIENCE_S)


main()
