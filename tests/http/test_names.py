#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A receiver that is named, in network namespaces: with an IPv4 and an IPv6 address each link uses
the one that it can reach; it is found when its name is known later, or leads elsewhere; and a name
server that does not answer holds up nothing. argv: plait."""
import collections
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

from netns import RECEIVER, Namespaces, enter
from serving import PATIENCE_S, listening, wait_for
from test_links import active

RECEIVER6 = "fd99::1"
NAME = "receiver.test"


class Names:
    """/etc/hosts of one process, which may be written again while that runs; its name server is its
    own host."""

    def __init__(self, folder, *addresses):
        self.hosts = os.path.join(folder, "hosts")
        self.servers = os.path.join(folder, "resolv.conf")
        with open(self.servers, "w", encoding="utf-8") as file:
            file.write("nameserver 127.0.0.1\noptions timeout:30 attempts:5\n")
        self.write(*addresses)

    def write(self, *addresses):
        with open(self.hosts, "w", encoding="utf-8") as file:
            file.writelines(f"{address} {NAME}\n" for address in addresses)

    def words(self):
        """Before a command: `ip netns exec` has given it mounts of its own."""
        return ("sh", "-c", 'mount --bind "$0" /etc/hosts && mount --bind "$1" /etc/resolv.conf && '
                'shift && exec "$@"', self.hosts, self.servers)


@contextlib.contextmanager
def name_server(net, asked, may_answer, address="127.0.0.1", receivers=(RECEIVER,), takes_s=0):
    """Tells when it was asked, and answers with receivers when it may, after so long: A, each time
    another one first, and nothing for AAAA."""
    ready, stop, found = threading.Event(), threading.Event(), collections.deque(receivers)

    def serve():
        enter(net.sender)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
            server.bind((address, 53))
            server.settimeout(0.1)
            ready.set()
            waiting = []
            while not stop.is_set():
                with contextlib.suppress(socket.timeout):
                    waiting.append((time.monotonic() + takes_s, *server.recvfrom(512)))
                    asked.set()
                while waiting and may_answer.is_set() and waiting[0][0] <= time.monotonic():
                    _, query, client = waiting.pop(0)
                    end = query.index(0, 12) + 5  # of the one question
                    is_a = query[end - 4:end - 2] == b"\0\1"
                    found.rotate(1 if is_a else 0)
                    answer = [b"\xc0\x0c\0\1\0\1\0\0\0\0\0\4" + socket.inet_aton(one)
                              for one in (found if is_a else ())]
                    server.sendto(query[:2] + b"\x81\x80\0\1\0" + bytes([len(answer)]) + bytes(4) +
                                  query[12:end] + b"".join(answer), client)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        assert ready.wait(PATIENCE_S)
        yield
    finally:
        stop.set()
        thread.join()


class Run:
    """A receiver, and a sender whose receiver is named."""

    def __init__(self, net, plait, folder):
        self.net, self.plait, self.log_file = net, plait, os.path.join(folder, "log")
        self.stats = {side: os.path.join(folder, side + ".jsonl") for side in ("send", "recv")}

    def start(self, side, *words, before=(), stderr=None):
        with contextlib.suppress(FileNotFoundError):
            os.remove(self.stats[side])
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

    def last(self, side):
        """The newest whole line."""
        with open(self.stats[side], encoding="utf-8") as file:
            return json.loads([line for line in file if line.endswith("\n")][-1])

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


def check_later(net, run, folder):
    """No name server answers at the start; then the name is known, but as another's; then as the
    receiver's."""
    names = Names(folder)
    send = run.send(names)
    wait_for("that it waits", lambda: "event=receiver" in run.log())
    assert "event=no_link" in run.log() and NAME in run.log(), run.log()
    net.plug("wwan0", "192.168.8.100", "192.168.8.1", 100)
    names.write("192.0.2.99")
    wait_for("a link", lambda: "wwan0: plugged in" in run.log())
    receive = run.receive()
    names.write(RECEIVER)
    run.wait_active("wwan0")
    assert "wwan0: the receiver has another address" in run.log(), run.log()
    assert run.log().count("event=receiver") == 1, run.log()
    ends(send)
    ends(receive)
    net.unplug("wwan0")


def check_reload(net, run, folder):
    """A link's new name is asked for beside the loop."""
    config, names = os.path.join(folder, "plait.ini"), Names(folder, RECEIVER)
    links = ["link = dev=wwan0\n", "link = dev=wwan1,to=slow.test:7000\n"]

    def configure(count):
        with open(config, "w", encoding="utf-8") as file:
            file.writelines(["[send]\n", *links[:count]])

    configure(1)
    receive = run.receive()
    for number in range(2):
        net.plug(f"wwan{number}", f"192.168.{number}.100", f"192.168.{number}.1", 100 + number)
    send = run.send(names, "--config", config)
    run.wait_active("wwan0")
    asked, may_answer = threading.Event(), threading.Event()
    with name_server(net, asked, may_answer):
        configure(2)
        # ip netns exec and sh have become plait, with their process
        send.send_signal(signal.SIGHUP)
        wait_for("the new links", lambda: "event=reloaded links=2" in run.log())
        assert asked.wait(PATIENCE_S)
        before = os.path.getsize(run.stats["send"])
        wait_for("statistics", lambda: os.path.getsize(run.stats["send"]) > before)
        run.wait_active("wwan0")
        may_answer.set()
        run.wait_active("wwan0", "wwan1")
    ends(send)
    ends(receive)
    for dev in ("wwan0", "wwan1"):
        net.unplug(dev)


def check_fixed(net, run, folder):
    """A link that names no device begins without a network; what comes then has IPv4 only."""
    names = Names(folder, RECEIVER6, RECEIVER)
    receive, send = run.receive(), run.send(names, "--link", "name=any")
    net.plug("wwan0", "192.168.8.100", "192.168.8.1", 100)
    run.wait_active("any")
    ends(send)
    ends(receive)
    net.unplug("wwan0")


class Counted(threading.Event):
    """How often it was set."""

    def __init__(self):
        super().__init__()
        self.count = 0

    def set(self):
        self.count += 1
        super().set()


def check_silent(net, run, folder):
    """A name server that does not answer holds up neither the start nor what names nobody; it is
    said what is waited for."""
    names, asked, may_answer = Names(folder), Counted(), threading.Event()
    receive = run.receive()
    net.plug("wwan0", "192.168.8.100", "192.168.8.1", 100)
    links = ("--link", "dev=wwan0,to=one.test:7000", "--link", "dev=wwan1,to=two.test:7000",
             "--link", "dev=wwan2,to=one.test:7000", "--link", f"dev=wwan3,to={NAME}:7000")
    with name_server(net, asked, may_answer):  # libc would wait for it for 150 s
        send = run.send(names, *links)
        assert 0 < asked.count < 8, asked.count  # A and AAAA, and the first name of the next turn
        assert f"event=receiver text=\"'{NAME}:7000' cannot be looked up" in run.log(), run.log()
        assert run.last("send")["names_not_known"] == [NAME + ":7000", "one.test:7000",
                                                       "two.test:7000"], run.last("send")
        ends(send)
        send = run.send(names, *links[:2], "--link", f"name=any,to={RECEIVER}:7000")
        run.wait_active("any")
        may_answer.set()
        run.wait_active("any", "wwan0")
        wait_for("the name", lambda: run.last("send")["names_not_known"] == [])
        assert run.log().count("event=receiver") == 1, run.log()
        ends(send)
    ends(receive)
    net.unplug("wwan0")


def check_slow(net, run, folder):
    """plait check --try waits for a name that a start does not wait for."""
    names, may_answer = Names(folder), threading.Event()
    may_answer.set()
    receive = run.receive()
    net.plug("wwan0", "192.168.8.100", "192.168.8.1", 100)
    with name_server(net, threading.Event(), may_answer, takes_s=1.5):
        tried = subprocess.run(["ip", "netns", "exec", net.sender, *names.words(), run.plait,
                                "check", "--try", "--to", NAME + ":7000", "--secret",
                                "for a test"], stdout=subprocess.PIPE, text=True)
    assert "wwan0 reaches the receiver" in tried.stdout, tried.stdout
    ends(receive)
    net.unplug("wwan0")


def check_rotated(net, run, folder):
    """Of a name with several addresses the one in use stays, whichever is the first."""
    names, asked, may_answer = Names(folder), Counted(), threading.Event()
    may_answer.set()
    net.plug("wwan0", "192.168.8.100", "192.168.8.1", 100)
    with name_server(net, asked, may_answer, receivers=("192.0.2.7", "192.0.2.8", "192.0.2.9")):
        send = run.send(names)
        wait_for("two more look-ups", lambda: asked.count >= 6)  # A and AAAA
        ends(send)
    assert "another address" not in run.log(), run.log()
    net.unplug("wwan0")


class Root:
    """/etc and /run of one process, without the file of the name servers."""

    def __init__(self, folder, target):
        self.etc, self.run = os.path.join(folder, "etc"), os.path.join(folder, "run")
        shutil.copytree("/etc", self.etc, symlinks=True,
                        ignore=shutil.ignore_patterns("resolv.conf"))
        os.mkdir(self.run)
        self.servers = os.path.join(self.etc, "resolv.conf")
        if target:
            os.symlink(target, self.servers)
            self.servers = os.path.join(self.etc, target)

    def words(self):
        return ("sh", "-c", 'mount --bind "$0" /etc && mount --bind "$1" /run && shift && '
                'exec "$@"', self.etc, self.run)


def check_servers_later(net, run, folder):
    """The file of the name servers comes when the sender runs already."""
    server, asked, may_answer = "10.7.7.7", threading.Event(), threading.Event()
    may_answer.set()
    net.ip(net.sender, f"addr add {server}/32 dev lo")
    net.plug("wwan0", "192.168.8.100", "192.168.8.1", 100)
    receive = run.receive()
    for number, target in enumerate((None, "../run/resolv.conf")):
        root = Root(os.path.join(folder, f"root{number}"), target)
        with name_server(net, asked, may_answer, server):
            send = run.send(root)
            wait_for("that it waits", lambda: "event=receiver" in run.log())
            with open(root.servers, "w", encoding="utf-8") as file:
                file.write(f"nameserver {server}\n")
            run.wait_active("wwan0")
            ends(send)
    ends(receive)
    net.unplug("wwan0")


def check_link_local(net, run):
    """A receiver on the same wire needs no other address."""
    net.ip(net.sender, "link add wwan0 type veth peer name wwan0 netns " + net.receiver)
    for name in (net.sender, net.receiver):
        net.ip(name, "link set wwan0 up")
    net.ip(net.receiver, "addr add fe80::1/64 dev wwan0 nodad")
    receive = run.receive()
    for link in ((), ("--link", "dev=wwan0")):
        with open(run.log_file, "w", encoding="utf-8") as log:
            send = run.start("send", "--to", "[fe80::1%wwan0]:7000", "--in", "udp://127.0.0.1:7001",
                             *link, stderr=log)
        run.wait_active("wwan0")
        ends(send)
    ends(receive)
    net.unplug("wwan0")


def main():
    plait = os.path.abspath(sys.argv[1])
    with Namespaces() as net, tempfile.TemporaryDirectory() as folder:
        net.ip(net.receiver, f"addr add {RECEIVER6}/128 dev lo nodad")
        run = Run(net, plait, folder)
        check_families(net, run, folder)
        check_later(net, run, folder)
        check_reload(net, run, folder)
        check_fixed(net, run, folder)
        check_link_local(net, run)
        check_rotated(net, run, folder)
        check_silent(net, run, folder)
        check_slow(net, run, folder)
        check_servers_later(net, run, folder)


if __name__ == "__main__":
    main()
