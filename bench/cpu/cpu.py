#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What a stream costs: CPU seconds (user + system) a GB and peak memory of sender and receiver, on
loopback with encryption on, beside librist (AES-128) and srt-live-transmit (AES-128) in one run.

The same generator feeds each tool in turn with 1316-byte UDP datagrams; the order changes each
round and the median of the rounds counts. CPU is the difference between two looks at
/proc/PID/task/*/schedstat while the stream runs, so starting up is not in it; memory is VmHWM at
the end.
Plait runs with key files: a pass phrase costs 64 MiB and a noticeable part of a second once, at the
start (Argon2id), which is said here because it is not in the table.

usage: bench/cpu/cpu.py [--plait build/cli/plait] [--mbps 20] [--seconds 10] [--rounds 3]
                        [--json FILE]
"""
import argparse
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from process import cpu_s  # noqa: E402

DATAGRAM = 1316
SETTLE_S = 2.5  # handshake, and the first second of latency
SECRET = "loopback-bench-secret"


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def even_port():
    """RIST takes a port and the one above it."""
    while True:
        port = free_port()
        if port % 2 == 0:
            return port


class Generator(threading.Thread):
    """Datagrams at a constant rate, a few at a time each 2 ms, as an encoder's output comes."""

    def __init__(self, port, mbps):
        super().__init__(daemon=True)
        self.to, self.rate, self.stop = ("127.0.0.1", port), mbps * 1e6 / 8 / DATAGRAM, False
        self.sent = 0

    def run(self):
        out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        payload = os.urandom(DATAGRAM)
        began = time.monotonic()
        while not self.stop:
            due = int((time.monotonic() - began) * self.rate)
            while self.sent < due:
                try:
                    out.sendto(payload, self.to)
                except ConnectionRefusedError:
                    pass
                self.sent += 1
            time.sleep(0.002)


class Sink(threading.Thread):
    def __init__(self):
        super().__init__(daemon=True)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(0.2)
        self.port, self.bytes, self.stop = self.socket.getsockname()[1], 0, False

    def run(self):
        while not self.stop:
            try:
                self.bytes += len(self.socket.recv(65536))
            except TimeoutError:
                pass


def peak_bytes(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        for line in status:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return 0


def plait_commands(args, entrance, exit_port, place):
    port = free_port()
    for name in ("a", "b"):
        if not os.path.exists(f"{place}/{name}"):
            subprocess.run([args.plait, "keygen", f"{place}/{name}"], check=True,
                           stdout=subprocess.DEVNULL)
    receiver = [args.plait, "recv", "--listen", f"127.0.0.1:{port}",
                "--out", f"udp://127.0.0.1:{exit_port}", "--key", f"{place}/b",
                "--allow", f"{place}/a.pub", "--latency", "1000", "--quiet"]
    sender = [args.plait, "send", "--to", f"127.0.0.1:{port}",
              "--in", f"udp://127.0.0.1:{entrance}", "--key", f"{place}/a",
              "--peer", f"{place}/b.pub", "--latency", "1000", "--quiet"]
    return receiver, sender


def rist_commands(_args, entrance, exit_port, _place):
    port = even_port()
    secret = ["-s", SECRET, "-e", "128", "-b", "1000", "-p", "1"]
    return (["ristreceiver", "-i", f"rist://@127.0.0.1:{port}",
             "-o", f"udp://127.0.0.1:{exit_port}", *secret],
            ["ristsender", "-i", f"udp://@127.0.0.1:{entrance}",
             "-o", f"rist://127.0.0.1:{port}", *secret])


def srt_commands(_args, entrance, exit_port, _place):
    port = free_port()
    query = f"latency=1000&passphrase={SECRET}&pbkeylen=16"
    options = ["-chunk:1316", "-loglevel:error"]
    return (["srt-live-transmit", *options, f"srt://127.0.0.1:{port}?mode=listener&{query}",
             f"udp://127.0.0.1:{exit_port}"],
            ["srt-live-transmit", *options, f"udp://127.0.0.1:{entrance}",
             f"srt://127.0.0.1:{port}?mode=caller&{query}"])


TOOLS = {"plait": plait_commands, "rist": rist_commands, "srt": srt_commands}
NEEDS = {"plait": None, "rist": "ristsender", "srt": "srt-live-transmit"}


def measure(name, args, place):
    sink, entrance = Sink(), free_port()
    receiver_words, sender_words = TOOLS[name](args, entrance, sink.port, place)
    quiet = {name: subprocess.DEVNULL for name in ("stdin", "stdout", "stderr")}
    receiver = subprocess.Popen(receiver_words, **quiet)
    time.sleep(0.5)
    sender = subprocess.Popen(sender_words, **quiet)
    time.sleep(0.5)
    generator = Generator(entrance, args.mbps)
    try:
        sink.start()
        generator.start()
        time.sleep(SETTLE_S)
        before = (cpu_s(sender.pid), cpu_s(receiver.pid), sink.bytes, generator.sent)
        time.sleep(args.seconds)
        after = (cpu_s(sender.pid), cpu_s(receiver.pid), sink.bytes, generator.sent)
        gigabytes = (after[2] - before[2]) / 1e9
        if gigabytes == 0:
            raise RuntimeError(f"{name} delivered nothing")
        return {
            "sender_cpu_s_per_gb": (after[0] - before[0]) / gigabytes,
            "receiver_cpu_s_per_gb": (after[1] - before[1]) / gigabytes,
            "sender_peak_bytes": peak_bytes(sender.pid),
            "receiver_peak_bytes": peak_bytes(receiver.pid),
            "delivered_share": (after[2] - before[2]) / ((after[3] - before[3]) * DATAGRAM),
        }
    finally:
        generator.stop = sink.stop = True
        for process in (sender, receiver):
            process.kill()
            process.wait()


def table(results):
    print(f"{'':8}{'sender CPU':>14}{'receiver CPU':>14}{'both':>10}{'ratio':>8}"
          f"{'sender peak':>14}{'receiver peak':>15}{'delivered':>11}")
    print(f"{'':8}{'s/GB':>14}{'s/GB':>14}{'s/GB':>10}{'':8}{'MB':>14}{'MB':>15}{'%':>11}")
    base = results["plait"]["cpu_s_per_gb"]
    for name, row in results.items():
        print(f"{name:8}{row['sender_cpu_s_per_gb']:14.2f}{row['receiver_cpu_s_per_gb']:14.2f}"
              f"{row['cpu_s_per_gb']:10.2f}{row['cpu_s_per_gb'] / base:8.2f}"
              f"{row['sender_peak_bytes'] / 1e6:14.1f}{row['receiver_peak_bytes'] / 1e6:15.1f}"
              f"{row['delivered_share'] * 100:11.2f}")


def main():
    top = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--plait", default=os.path.join(top, "build/cli/plait"))
    parser.add_argument("--mbps", type=float, default=20)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json")
    args = parser.parse_args()
    names = [name for name, tool in NEEDS.items() if tool is None or shutil.which(tool)]
    for name in set(NEEDS) - set(names):
        print(f"{name} is left out: {NEEDS[name]} is not installed", file=sys.stderr)
    rounds = {name: [] for name in names}
    with tempfile.TemporaryDirectory(prefix="plait-cpu.") as place:
        for number in range(args.rounds):
            for name in names[number % len(names):] + names[:number % len(names)]:
                rounds[name].append(measure(name, args, place))
    results = {}
    for name in names:
        row = {key: statistics.median(r[key] for r in rounds[name]) for key in rounds[name][0]}
        row["cpu_s_per_gb"] = row["sender_cpu_s_per_gb"] + row["receiver_cpu_s_per_gb"]
        results[name] = row
    table(results)
    if args.json:
        with open(args.json, "w", encoding="utf-8") as out:
            json.dump({"mbps": args.mbps, "seconds": args.seconds, "rounds": args.rounds,
                       "tools": results, "each_round": rounds}, out, indent=1)


if __name__ == "__main__":
    main()
