#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A receiver under a flood of handshakes: bench/flood/flood writes first messages from random
source addresses and ports (198.18.0.0/15, the range for benchmarks) to the port on which a session
of plait send carries a stream, all in a network namespace of its own on loopback. Nothing of the
session may be lost or late, and the receiver's memory may not grow.

Each media datagram carries its number and the time it was written; the sink counts which came,
which came more than LATE_MS after the latency (by the kernel's time of arrival, so that the sink
itself may be slow), and which were missing. Handshakes come to a socket of their own; what the
receiver does not read in time is left there (UdpRcvbufErrors of the namespace).

usage: bench/flood/flood.py [--build build] [--mbps 20] [--rate 100000] [--seconds 8]
                            [--kind signed|garbage|short] [--latency 500] [--json FILE]
Exit code 1: the session lost something, the flood was too thin, or memory grew. As root, or where
user namespaces are allowed.
"""
import argparse
import ctypes
import json
import os
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from process import cpu_s  # noqa: E402

DATAGRAM = 1316
LATE_MS = 20       # what waiting for a processor may add, of generator, sender and receiver
WARM_S = 3.0       # handshake, clocks, and the rings touched once around
GROW_BYTES = 1 << 20
SO_TIMESTAMPNS = 35
SLICE_S = 0.002


class Generator(threading.Thread):
    def __init__(self, port, mbps):
        super().__init__(daemon=True)
        self.to, self.rate, self.stop = ("127.0.0.1", port), mbps * 1e6 / 8 / DATAGRAM, False
        self.sent = 0

    def run(self):
        out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        filler = os.urandom(DATAGRAM - 16)
        began = time.monotonic()
        while not self.stop:
            due = int((time.monotonic() - began) * self.rate)
            while self.sent < due:
                out.sendto(struct.pack("!QQ", self.sent, time.time_ns()) + filler, self.to)
                self.sent += 1
            time.sleep(SLICE_S)


class Sink(threading.Thread):
    def __init__(self, latency_ms):
        super().__init__(daemon=True)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self.socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(0.2)
        self.port, self.stop = self.socket.getsockname()[1], False
        self.limit_ns = (latency_ms + LATE_MS) * 1_000_000
        self.seen, self.late, self.worst_ns = set(), 0, 0

    def run(self):
        while not self.stop:
            try:
                datagram, notes, _, _ = self.socket.recvmsg(65536, 64)
            except TimeoutError:
                continue
            number, written = struct.unpack("!QQ", datagram[:16])
            seconds, nanoseconds = struct.unpack("@qq", notes[0][2])
            took = seconds * 1_000_000_000 + nanoseconds - written
            self.seen.add(number)
            self.late += took > self.limit_ns
            self.worst_ns = max(self.worst_ns, took)


def rss_bytes(pid):
    with open(f"/proc/{pid}/statm", encoding="ascii") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def overflows():
    with open("/proc/net/snmp", encoding="ascii") as lines:
        names, values = [line.split() for line in lines if line.startswith("Udp:")]
    return int(values[names.index("RcvbufErrors")])


def last_stats(path):
    with open(path, encoding="utf-8") as lines:
        return json.loads([line for line in lines if line.endswith("\n")][-1])


def own_namespace():
    """Loopback, and a device that swallows the answers to the flooder's addresses."""
    libc = ctypes.CDLL(None, use_errno=True)
    new_user, new_net = 0x10000000, 0x40000000
    uid = os.geteuid()
    if libc.unshare(new_net if uid == 0 else new_user | new_net) != 0:
        sys.exit("flood.py: no network namespace of its own: " + os.strerror(ctypes.get_errno()))
    if uid != 0:
        with open("/proc/self/uid_map", "w", encoding="ascii") as uid_map:
            uid_map.write(f"0 {uid} 1")
    for words in ("link set lo up", "link add nowhere arp off type veth peer name nobody",
                  "link set nobody up", "link set nowhere up",
                  "route add 198.18.0.0/15 dev nowhere"):
        subprocess.run(["ip", *words.split()], check=True)


def as_a_service():
    """The priority that packaging/*.service gives, where it may be had."""
    try:
        os.nice(-5)
    except PermissionError:
        pass


def start(args, place, sink):
    plait, port, entrance = f"{args.build}/cli/plait", 7000, 5000
    for name in ("sender", "receiver"):
        subprocess.run([plait, "keygen", f"{place}/{name}"], check=True,
                       stdout=subprocess.DEVNULL)
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL,
             "preexec_fn": as_a_service}
    receiver = subprocess.Popen(
        [plait, "recv", "--listen", f"127.0.0.1:{port}", "--out", f"udp://127.0.0.1:{sink.port}",
         "--key", f"{place}/receiver", "--allow", f"{place}/sender.pub", "--quiet",
         "--latency", str(args.latency), "--stats", f"{place}/recv.json"], **quiet)
    time.sleep(0.3)
    sender = subprocess.Popen(
        [plait, "send", "--to", f"127.0.0.1:{port}", "--in", f"udp://127.0.0.1:{entrance}",
         "--key", f"{place}/sender", "--peer", f"{place}/receiver.pub", "--quiet",
         "--latency", str(args.latency), "--stats", f"{place}/send.json"], **quiet)
    time.sleep(0.7)
    return receiver, sender, Generator(entrance, args.mbps)


def measure(args, place):
    sink = Sink(args.latency)
    receiver, sender, generator = start(args, place, sink)
    try:
        sink.start()
        generator.start()
        time.sleep(WARM_S)
        before = rss_bytes(receiver.pid), cpu_s(receiver.pid), overflows()
        first, late = generator.sent, sink.late
        began = time.monotonic()
        flooded = int(subprocess.run(
            [f"{args.build}/bench/flood/flood", "--to", "127.0.0.1:7000", "--peer",
             f"{place}/receiver.pub", "--from", "198.18.0.0/15", "--rate", str(args.rate),
             "--seconds", str(args.seconds), "--kind", args.kind],
            check=True, stdout=subprocess.PIPE, timeout=args.seconds + 5).stdout)
        took = time.monotonic() - began
        after = rss_bytes(receiver.pid), cpu_s(receiver.pid), overflows()
        last = generator.sent
        time.sleep(args.latency / 1000 + 1.2)
        generator.stop = True
        stats = last_stats(f"{place}/recv.json")
        counts, stream = stats["door"], stats["sessions"][0]["stream"]
        return {
            "kind": args.kind, "flooded": flooded, "flooded_a_s": flooded / took,
            "received_a_s": (counts["received"] - (last - first)) / took if took else 0,
            "overflow": after[2] - before[2],
            "media": last - first,
            "media_mbps": (last - first) * DATAGRAM * 8 / took / 1e6,
            "lost": sum(number not in sink.seen for number in range(first, last)),
            "late": sink.late - late, "late_by_receiver": stream["late"],
            "worst_ms": sink.worst_ns / 1e6,
            "rss_before_bytes": before[0], "rss_after_bytes": after[0],
            "receiver_cpu": (after[1] - before[1]) / took, "door": counts,
        }
    finally:
        generator.stop = sink.stop = True
        for process in (sender, receiver):
            process.kill()
            process.wait()


def main():
    top = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default=os.path.join(top, "build"))
    parser.add_argument("--mbps", type=float, default=20)
    parser.add_argument("--rate", type=int, default=100000)
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--kind", default="signed")
    parser.add_argument("--latency", type=int, default=500)
    parser.add_argument("--json")
    args = parser.parse_args()
    own_namespace()
    with tempfile.TemporaryDirectory(prefix="plait-flood.") as place:
        row = measure(args, place)
    print(f"flood ({row['kind']}): {row['flooded_a_s']:.0f} datagrams a second sent, "
          f"{row['received_a_s']:.0f} worked on, {row['overflow']} left in the socket\n"
          f"session: {row['media_mbps']:.1f} Mbit/s, {row['media']} datagrams, {row['lost']} lost, "
          f"{row['late']} late ({row['late_by_receiver']} by the receiver's count), the slowest "
          f"after {row['worst_ms']:.1f} ms of {args.latency}\n"
          f"receiver: RSS {row['rss_before_bytes'] / 1e6:.1f} -> {row['rss_after_bytes'] / 1e6:.1f}"
          f" MB, {row['receiver_cpu'] * 100:.0f} % of a processor\n"
          f"door: {json.dumps(row['door'])}")
    if args.json:
        with open(args.json, "w", encoding="utf-8") as out:
            json.dump(row, out, indent=1)
    grew = row["rss_after_bytes"] - row["rss_before_bytes"] > GROW_BYTES
    thin = row["flooded_a_s"] < 0.95 * args.rate
    for what, is_so in (("something of the session was lost or late", row["lost"] + row["late"]),
                        ("memory grew", grew), ("the flood was too thin", thin)):
        if is_so:
            print(f"FAIL: {what}")
    sys.exit(1 if row["lost"] or row["late"] or grew or thin else 0)


if __name__ == "__main__":
    main()
