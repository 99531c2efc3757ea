# SPDX-License-Identifier: BSD-2-Clause
"""Sender and receiver of a user who has no privilege at all: a file comes over, inside the sandbox;
what does need a capability is refused with its name. Needs root, to become nobody."""
import ctypes
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../cli"))
import support  # noqa: E402
from support import Place, Skip, free_port, stats, wait_for  # noqa: E402

NOBODY = 65534
MEDIA = bytes(i * 7 % 251 for i in range(400_000))


class Nobody:
    """Programs of nobody, in a directory that is nobody's."""

    def __init__(self, place):
        if os.geteuid() != 0:
            raise Skip("not root, so nobody else to become")
        self.path, self.place = place.path, place
        os.chown(place.path, NOBODY, NOBODY)
        self.plait = place.file("plait")
        shutil.copy(support.PLAIT, self.plait)
        os.chmod(self.plait, 0o755)

    def start(self, *words):
        log = open(self.place.file(f"log{len(self.place.running)}"), "w+b")
        process = subprocess.Popen([self.plait, *words], stdin=subprocess.DEVNULL, stderr=log,
                                   stdout=subprocess.DEVNULL, cwd=self.path, user=NOBODY,
                                   group=NOBODY, extra_groups=[],
                                   env={"PLAIT_SECRET": "x", "PATH": "/usr/bin"})
        process.stderr = log
        self.place.running.append(process)
        return process


def status(process, field):
    with open(f"/proc/{process.pid}/status", encoding="ascii") as lines:
        return next(line.split()[1] for line in lines if line.startswith(field + ":"))


def has_landlock():
    """Asks for the version of the interface (landlock_create_ruleset(2))."""
    return ctypes.CDLL(None).syscall(444, None, ctypes.c_size_t(0), 1) > 0


def a_file_comes_over():
    with Place() as place:
        nobody, port = Nobody(place), free_port()
        place.file("media", MEDIA)
        os.chmod(place.file("media"), 0o644)
        recv = nobody.start("recv", "--listen", f"127.0.0.1:{port}", "--out", "file:out", "--stats",
                            "recv.json", "--http", f"127.0.0.1:{free_port()}", "--trace", "trace")
        wait_for(lambda: stats(place.file("recv.json")) or recv.poll() is not None, "the receiver")
        assert recv.poll() is None, place.log_of(recv)
        send = nobody.start("send", "--to", f"127.0.0.1:{port}", "--in", "file:media", "--rate",
                            "8M", "--latency", support.LATENCY_MS, "--link", "name=a")
        assert status(recv, "CapEff") == "0" * 16, "the receiver has a capability"
        assert status(recv, "NoNewPrivs") == "1"
        if "sandbox_missing" not in place.log_of(recv):
            assert status(recv, "Seccomp") == "2", "no filter of system calls"
        elif "seccomp=1" in place.log_of(recv):
            assert not has_landlock(), "a thread is outside Landlock"
        assert send.wait(timeout=support.PATIENCE_S) == 0, place.log_of(send)
        wait_for(lambda: os.path.getsize(place.file("out")) == len(MEDIA), "the file")
        with open(place.file("out"), "rb") as out:
            assert out.read() == MEDIA


def capabilities_are_named():
    with Place() as place:
        nobody = Nobody(place)
        with open("/proc/sys/net/ipv4/ip_unprivileged_port_start", encoding="ascii") as start:
            low = int(start.read()) > 700
        cases = [("CAP_NET_BIND_SERVICE", ("recv", "--listen", "127.0.0.1:700", "--out", "file:o"))]
        for capability, words in cases if low else []:
            process = nobody.start(*words)
            assert process.wait(timeout=support.PATIENCE_S) == 2, place.log_of(process)
            assert capability in place.log_of(process), place.log_of(process)


if __name__ == "__main__":
    support.main([a_file_comes_over, capabilities_are_named])
