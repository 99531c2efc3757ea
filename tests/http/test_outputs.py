#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Where an output leads, in network namespaces: to all hosts of a network, and nowhere, which is
told. argv: plait."""
import os
import socket
import subprocess
import sys
import tempfile
import threading

from netns import Namespaces, enter, feed
from serving import PATIENCE_S, listening, wait_for


class Output:
    """A receiver that writes there, and a sender of media to it."""

    def __init__(self, net, plait, folder, url):
        self.net, self.log_file = net, os.path.join(folder, "log")
        stats = os.path.join(folder, "stats")
        with open(self.log_file, "w", encoding="utf-8") as file:
            self.recv = net.start(net.sender, plait, "recv", "--listen", "127.0.0.1:7000",
                                  "--secret", "x", "--out", url, "--stats", stats, stderr=file)
        listening(self.recv, stats)
        self.send = net.start(net.sender, plait, "send", "--to", "127.0.0.1:7000", "--secret", "x",
                              "--in", "udp://127.0.0.1:7001", "--latency", "200",
                              stderr=subprocess.DEVNULL)
        self.stop = threading.Event()
        self.media = threading.Thread(target=lambda: (enter(net.sender), feed(self.stop)))

    def log(self):
        with open(self.log_file, encoding="utf-8") as file:
            return file.read()

    def __enter__(self):
        self.media.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        self.media.join()
        for process in (self.send, self.recv):
            process.terminate()
            assert process.wait(PATIENCE_S) == 0


def check_broadcast(net, plait, folder):
    heard = []

    def hear():
        enter(net.receiver)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wall:
            wall.settimeout(PATIENCE_S)
            wall.bind(("", 7003))
            heard.append(wall.recv(2048))

    thread = threading.Thread(target=hear)
    thread.start()
    with Output(net, plait, folder, "udp://10.5.0.255:7003") as output:
        thread.join()
        assert heard and "event=output" not in output.log(), output.log()


def check_nowhere(net, plait, folder):
    """Once a minute, not for each datagram."""
    with Output(net, plait, folder, "udp://10.6.0.1:7003") as output:
        wait_for("a word", lambda: "event=output" in output.log())
        told = 'event=output text="udp://10.6.0.1:7003: Network is unreachable"'
        assert output.log().count("event=output") == output.log().count(told) == 1, output.log()


def main():
    plait = os.path.abspath(sys.argv[1])
    with Namespaces() as net, tempfile.TemporaryDirectory() as folder:
        net.ip(net.sender, f"link add wall0 type veth peer name wall0 netns {net.receiver}")
        for name, address in ((net.sender, "10.5.0.2"), (net.receiver, "10.5.0.1")):
            net.ip(name, f"addr add {address}/24 broadcast 10.5.0.255 dev wall0")
            net.ip(name, "link set wall0 up")
        check_broadcast(net, plait, folder)
        check_nowhere(net, plait, folder)


main()
