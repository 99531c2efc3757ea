#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Links that come and go, in network namespaces: three interfaces without one --link, two of them
in the same subnet, one unplugged and plugged in again with another address. Nothing may be late at
the default latency. argv: plait."""
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


def last_line(path):
    with open(path, encoding="utf-8") as file:
        return json.loads(file.read().strip().splitlines()[-1])


def active(path):
    sessions = last_line(path)["sessions"]
    return sorted(p["name"] for s in sessions for p in s["paths"] if p["state"] == "active")


def story(net, stats):
    """Plugs and unplugs while the stream runs."""
    wait_for("three links", lambda: active(stats) == ["wwan0", "wwan1", "wwan2"])
    time.sleep(2)
    net.unplug("wwan1")
    wait_for("two links", lambda: active(stats) == ["wwan0", "wwan2"])
    time.sleep(1)
    net.plug("wwan1", "192.168.8.150", "192.168.8.1", 101)
    wait_for("three links again", lambda: active(stats) == ["wwan0", "wwan1", "wwan2"])
    net.ip(net.sender, "link set wwan2 down")
    wait_for("no wwan2", lambda: active(stats) == ["wwan0", "wwan1"])
    net.ip(net.sender, "link set wwan2 up")
    net.ip(net.sender, "route add default via 192.168.9.1 dev wwan2 metric 102")
    wait_for("wwan2 again", lambda: active(stats) == ["wwan0", "wwan1", "wwan2"])
    time.sleep(1.5)


def check_host(plait, net):
    def checked(receiver=RECEIVER):
        return subprocess.run(["ip", "netns", "exec", net.sender, plait, "check", "--to",
                               receiver + ":7000"], capture_output=True, text=True).stdout

    net.ip(net.sender, "link add idle type veth peer name idle2")  # what a host has besides modems
    net.ip(net.sender, "link add containers type bridge")
    net.ip(net.sender, "link set containers up")
    net.ip(net.sender, "addr add 172.17.0.1/16 dev containers")
    text = checked()
    assert "idle" not in text and "containers" not in text, text
    assert "not tried whether the receiver answers" in text and "--try" in text, text
    assert "wwan0 is a link: 192.168.8.100" in text and "wwan2 is a link" in text, text
    assert "wwan0 and wwan1 are in the same subnet" in text, text
    conf = "/proc/sys/net/ipv4/conf/wwan1/rp_filter"
    path = "/proc/sys/net/ipv4/conf/all/rp_filter"
    net.run(net.sender, "sh", "-c", f"echo 0 > {path}; echo 1 > {conf}")
    net.ip(net.sender, "route del default dev wwan2")
    text = checked()
    assert "sysctl -w net.ipv4.conf.wwan1.rp_filter=2" in text, text
    assert "wwan2 (192.168.9.100) has no route" in text, text
    net.run(net.sender, "sh", "-c", f"echo 2 > {path}; echo 2 > {conf}")
    net.ip(net.sender, "route add default via 192.168.9.1 dev wwan2 metric 102")
    net.ip(net.sender, "link set wwan0 mtu 1410")  # enough with IPv4, too little with IPv6
    net.ip(net.sender, "addr add fd00::2/64 dev wwan0 nodad")
    net.ip(net.sender, "-6 route add default dev wwan0")
    assert "carries only" not in checked()
    text = checked("[2001:db8::1]")
    assert "wwan0 carries only 1410 bytes" in text and "--max-udp 1362" in text, text


def main():
    plait = os.path.abspath(sys.argv[1])
    with Namespaces() as net, tempfile.TemporaryDirectory() as folder:
        start, stats = net.start_sides(plait, folder)
        recv = start("recv", "--listen", "0.0.0.0:7000", "--out", "udp://127.0.0.1:7002")
        listening(recv, stats["recv"])
        send = start("send", "--to", RECEIVER + ":7000", "--in", "udp://127.0.0.1:7001")
        listening(send, stats["send"])  # a host that starts before its modems do
        net.plug("wwan0", "192.168.8.100", "192.168.8.1", 100)
        net.plug("wwan1", "192.168.8.101", "192.168.8.1", 101)  # the same subnet
        net.plug("wwan2", "192.168.9.100", "192.168.9.1", 102)
        stop = threading.Event()
        feeder = threading.Thread(target=lambda: (enter(net.sender), feed(stop)))
        try:
            feeder.start()
            story(net, stats["send"])
        finally:
            stop.set()
            feeder.join()
            send.terminate()
            send_log = send.communicate(timeout=PATIENCE_S)[1]
            recv.terminate()
            recv_log = recv.communicate(timeout=PATIENCE_S)[1]
            print(send_log, recv_log)
        sent = last_line(stats["send"])
        assert re.search(r"event=path_up .* from=192\.168\.8\.150:\d+$", recv_log, re.M), recv_log
        text = json.dumps(last_line(stats["recv"]))
        print(text[:1500])
        found = streams(stats["recv"])
        worst = max(stream["missing"] for stream in found)
        assert worst == 0, f"{worst} packets were not there in time"
        delivered = max(stream["delivered"] for stream in found)
        assert delivered > 2000, delivered
        assert re.search(r"wwan1: unplugged", send_log) and re.search(r"wwan1: plugged", send_log)
        assert sent["sessions"] is not None
        assert send_log.startswith("event=no_link"), send_log
        check_host(plait, net)


if __name__ == "__main__":
    main()
