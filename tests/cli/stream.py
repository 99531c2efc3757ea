# SPDX-License-Identifier: BSD-2-Clause
"""Whole programs over loopback, in real time: few, because each takes seconds, and never judged by
how fast they are."""
import fcntl
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import urllib.request

import support
from support import LATENCY_MS, Place, Skip, free_port, run, stats, stop, wait_for

MEDIA = bytes((i * 131 + i // 997) % 256 for i in range(1_000_000))


def receiver(place, out, *words, secret=("--secret", "x")):
    port = free_port()
    process = place.start("recv", "--listen", f"127.0.0.1:{port}", "--out", out, "--stats",
                          "recv.json", *secret, *words)
    # The first statistics line says that it listens.
    wait_for(lambda: stats(place.file("recv.json")) or process.poll() is not None, "the receiver")
    assert process.poll() is None, place.log_of(process)
    return process, port


def fetch(url):
    with urllib.request.urlopen(url, timeout=support.PATIENCE_S) as answer:
        return json.load(answer)


def last(place, name):
    line = stats(place.file(name))[-1]
    assert line["final"] is True, line
    return line


def file_over_three_links_comes_byte_for_byte():
    with Place() as place:
        place.file("in", MEDIA)
        recv, port = receiver(place, "file:out")
        to = f"127.0.0.1:{port}"
        send = place.start("send", "--to", to, "--in", "file:in", "--rate", "8M", "--secret", "x",
                           "--latency", LATENCY_MS, "--stats", "send.json", "--link", "name=a",
                           "--link", f"name=b,to={to},src=127.0.0.2", "--link", f"name=c,to={to}")
        assert send.wait(timeout=support.PATIENCE_S) == 0, place.log_of(send)
        stop(recv)
        assert open(place.file("out"), "rb").read() == MEDIA
        sent = last(place, "send.json")
        assert [path["name"] for path in sent["sessions"][0]["paths"]] == ["a", "b", "c"]
        assert sent["input"]["bytes"] == len(MEDIA)
        got = last(place, "recv.json")
        assert got["output"]["bytes"] == len(MEDIA)
        assert got["ended"]["stream"]["delivered_bytes"] == len(MEDIA)
        assert got["ended"]["stream"]["missing"] == 0


def udp_datagrams_keep_their_edges():
    with Place() as place, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sink, \
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as source:
        sink.bind(("127.0.0.1", 0))
        sink.settimeout(support.PATIENCE_S)
        _, port = receiver(place, f"udp://127.0.0.1:{sink.getsockname()[1]}")
        entrance = free_port()
        place.start("send", "--to", f"127.0.0.1:{port}", "--in", f"udp://127.0.0.1:{entrance}",
                    "--secret", "x", "--latency", LATENCY_MS, "--stats", "send.json")
        wait_for(lambda: any(s["up"] for line in stats(place.file("send.json"))
                             for s in line["sessions"]), "the session")
        # Sizes above one packet are cut inside Plait and put together again.
        sizes = [1, 188, 1316, 1316, 1316, 1316, 700, 1400, 1472, 3000, 9000, 16384, 1316, 2]
        datagrams = [bytes([number]) * size for number, size in enumerate(sizes)]
        for datagram in datagrams:
            source.sendto(datagram, ("127.0.0.1", entrance))
        for datagram in datagrams:
            assert sink.recv(65536) == datagram


def sockets(port):
    """The kernel's rows of a UDP port of this host."""
    with open("/proc/net/udp", encoding="ascii") as table:
        rows = [line.split() for line in table][1:]
    return [row for row in rows if int(row[1].split(":")[1], 16) == port]


def unread(port):
    """Bytes that wait at a UDP port of this host."""
    return sum(int(row[4].split(":")[1], 16) for row in sockets(port))


def sender_has_room_for_the_receivers_latency():
    """The larger wish holds: here the receiver's, of which the sender knows nothing when it
    starts."""
    with Place() as place, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as source:
        recv, port = receiver(place, "file:out", "--latency", LATENCY_MS)
        entrance = free_port()
        send = place.start("send", "--to", f"127.0.0.1:{port}", "--in",
                           f"udp://127.0.0.1:{entrance}", "--secret", "x", "--stats", "send.json")
        wait_for(lambda: any(s["up"] for line in stats(place.file("send.json"))
                             for s in line["sessions"]), "the session")
        for _ in range(125):
            for _ in range(128):
                source.sendto(bytes(20), ("127.0.0.1", entrance))
            wait_for(lambda: unread(entrance) == 0, "the sender to read")
        stop(send)
        stop(recv)
        assert last(place, "send.json")["input"]["not_taken"] == 0
        assert last(place, "recv.json")["ended"]["stream"]["missing"] == 0


def interrupted_sender_drains():
    with Place() as place:
        recv, port = receiver(place, "file:out")
        send = place.start("send", "--to", f"127.0.0.1:{port}", "--in", "-", "--secret", "x",
                           "--latency", LATENCY_MS, "--stats", "send.json", stdin=subprocess.PIPE)
        send.stdin.write(MEDIA[:200_000])
        send.stdin.flush()
        wait_for(lambda: any(line["input"]["bytes"] == 200_000
                             for line in stats(place.file("send.json"))), "the input to be read")
        stop(send, signal.SIGTERM)
        stop(recv)
        send.stdin.close()
        assert open(place.file("out"), "rb").read() == MEDIA[:200_000]
        assert last(place, "recv.json")["ended"]["stream"]["missing"] == 0
        assert last(place, "send.json")["sessions"][0]["stream"]["written_bytes"] == 200_000


def keys_let_in_who_is_allowed_only():
    with Place() as place:
        for name in ("studio", "field", "stranger"):
            assert run("keygen", name, cwd=place.path).returncode == 0
        place.file("in", MEDIA[:100_000])
        recv, port = receiver(place, "file:out", "--allow", "field.pub", secret=("--key", "studio"))
        words = ["send", "--to", f"127.0.0.1:{port}", "--in", "file:in", "--rate", "8M", "--peer",
                 "studio.pub", "--latency", LATENCY_MS]
        stranger = place.start(*words, "--key", "stranger")
        wait_for(lambda: any(line["door"]["refused"] > 0
                             for line in stats(place.file("recv.json"))), "the refusal")
        stranger.kill()
        send = place.start(*words, "--key", "field")
        assert send.wait(timeout=support.PATIENCE_S) == 0, place.log_of(send)
        stop(recv)
        assert open(place.file("out"), "rb").read() == MEDIA[:100_000]


def second_sender_is_told_of():
    """The output is the first one's; that the other's media goes nowhere is said once."""
    with Place() as place:
        names = ("studio", "first", "second")
        for name in names:
            assert run("keygen", name, cwd=place.path).returncode == 0
        recv, port = receiver(place, "file:out", "--allow", "first.pub", "--allow", "second.pub",
                              "--http", "127.0.0.1:0", secret=("--key", "studio"))
        page = re.search("url=(http://.*/)", place.log_of(recv)).group(1)
        senders = []
        for name in names[1:]:
            senders.append(place.start("send", "--to", f"127.0.0.1:{port}", "--in", "-", "--peer",
                                       "studio.pub", "--key", name, "--latency", "300",
                                       stdin=subprocess.PIPE))
            senders[-1].stdin.write(name.encode() * 1000)
            senders[-1].stdin.flush()
            wait_for(lambda: os.path.getsize(place.file("out")), "the first sender's media")
        wait_for(lambda: stats(place.file("recv.json"))[-1]["output"]["other_sessions"] > 1,
                 "the second sender's media")
        wait_for(lambda: [one["discarded"] for one in fetch(page + "stats")["sessions"]]
                 == [False, True], "the page to say so")
        assert len(fetch(page + "stats/legacy")["publishers"]) == 1
        for process in (*senders, recv):
            stop(process)
            if process.stdin:
                process.stdin.close()
        assert place.log_of(recv).count("event=other_session session=1 ") == 1, place.log_of(recv)
        assert open(place.file("out"), "rb").read() == b"first" * 1000


def each_allowed_sender_has_a_session():
    with Place() as place:
        names = [f"field{number}" for number in range(5)]
        for name in ("studio", *names):
            assert run("keygen", name, cwd=place.path).returncode == 0
        allow = [word for name in names for word in ("--allow", name + ".pub")]
        recv, port = receiver(place, "file:out", *allow, secret=("--key", "studio"))
        senders = [place.start("send", "--to", f"127.0.0.1:{port}", "--in",
                               f"udp://127.0.0.1:{free_port()}", "--peer", "studio.pub", "--key",
                               name, "--latency", "300") for name in names]
        wait_for(lambda: sum(s["up"] for s in stats(place.file("recv.json"))[-1]["sessions"]) == 5,
                 "five sessions")
        for process in (*senders, recv):
            stop(process)
        assert last(place, "recv.json")["door"]["no_room"] == 0


def sender_tells_once_that_nobody_answers():
    with Place() as place:
        port = free_port()
        send = place.start("send", "--to", f"127.0.0.1:{port}", "--in",
                           f"udp://127.0.0.1:{free_port()}", "--secret", "x")
        wait_for(lambda: "event=no_answer received=0 " in place.log_of(send), "the complaint")
        recv = place.start("recv", "--listen", f"127.0.0.1:{port}", "--out", "file:out",
                           "--secret", "x")
        wait_for(lambda: "event=session_up" in place.log_of(send), "the session")
        assert f"event=listening address=127.0.0.1:{port}\n" in place.log_of(recv)
        assert place.log_of(send).count("event=no_answer") == 1, place.log_of(send)
        stop(send)
        stop(recv)


def secret_is_not_in_the_list_of_processes():
    with Place() as place:
        recv, _ = receiver(place, "file:out", secret=("--secret", "open-sesame"))
        with open(f"/proc/{recv.pid}/cmdline", "rb") as words:
            assert b"open-sesame" not in words.read()
        env = dict(os.environ, PLAIT_SECRET="open-sesame")
        other = place.start("recv", "--listen", f"127.0.0.1:{free_port()}", "--out", "file:out2",
                            "--stats", "other.json", env=env)
        wait_for(lambda: stats(place.file("other.json")), "the secret from the environment")
        stop(other)
        stop(recv)


def allow_files_are_read_again():
    with Place() as place:
        for name in ("studio", "field"):
            assert run("keygen", name, cwd=place.path).returncode == 0
        recv, _ = receiver(place, "file:out", "--allow", "field.pub", secret=("--key", "studio"))
        recv.send_signal(signal.SIGHUP)
        wait_for(lambda: "event=reloaded peers=1" in place.log_of(recv), "the reload")
        place.file("field.pub", b"rubbish\n")
        recv.send_signal(signal.SIGHUP)
        wait_for(lambda: "event=reload_failed" in place.log_of(recv), "the refusal")
        stop(recv)


def keys_from_a_pipe_are_read_once():
    """On both sides, and the stream goes on with those it has."""
    with Place() as place:
        for name in ("studio", "field"):
            assert run("keygen", name, cwd=place.path).returncode == 0
        for words, name, key in (
                (("recv", "--listen", "127.0.0.1:0", "--out", "udp://127.0.0.1:9"), "allow",
                 "studio"),
                (("send", "--to", "127.0.0.1:9", "--in", f"udp://127.0.0.1:{free_port()}"), "peer",
                 "field")):
            os.mkfifo(place.file(name))
            plait = place.start(*words, "--key", key, f"--{name}", name, "--stats", name + ".json")
            with open(place.file("field.pub"), "rb") as file, open(place.file(name), "wb") as fifo:
                fifo.write(file.read())
            wait_for(lambda: stats(place.file(name + ".json")), "the start")
            plait.send_signal(signal.SIGHUP)
            wait_for(lambda: "event=reload_failed" in place.log_of(plait), "the refusal")
            assert f"{name} is a pipe" in place.log_of(plait), place.log_of(plait)
            stop(plait)


def a_configuration_from_a_pipe_is_read_once():
    """Asked to read it again, the program goes on as it is: nobody may ever write there."""
    with Place() as place:
        os.mkfifo(place.file("conf"), 0o600)
        recv = place.start("recv", "--config", "conf", "--stats", "stats")
        with open(place.file("conf"), "w", encoding="utf-8") as conf:
            conf.write("secret = x\nlisten = 127.0.0.1:0\nout = udp://127.0.0.1:9\n")
        wait_for(lambda: stats(place.file("stats")), "the receiver")
        recv.send_signal(signal.SIGHUP)
        wait_for(lambda: "event=reload_failed" in place.log_of(recv), "the refusal")
        assert "--config 'conf' is a pipe" in place.log_of(recv), place.log_of(recv)
        stop(recv)


def systemd_is_told():
    with Place() as place, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(place.file("notify"))
        manager.settimeout(support.PATIENCE_S)
        # WATCHDOG_PID is left out: it would have to be the number of the child.
        env = dict(os.environ, NOTIFY_SOCKET=place.file("notify"), WATCHDOG_USEC="10000000")
        env.pop("WATCHDOG_PID", None)
        recv = place.start("recv", "--listen", f"127.0.0.1:{free_port()}", "--out", "file:out",
                           "--secret", "x", env=env)
        assert manager.recv(4096) == b"READY=1"
        assert manager.recv(4096) == b"WATCHDOG=1"
        recv.send_signal(signal.SIGHUP)
        told = [manager.recv(4096)]
        while told[-1] != b"READY=1":
            told.append(manager.recv(4096))
        assert any(text.startswith(b"RELOADING=1\nMONOTONIC_USEC=") for text in told), told
        stop(recv)
        while told[-1] != b"STOPPING=1":
            told.append(manager.recv(4096))


def runs_of_numbers(name):
    """Of the lab's datagrams in a file: each run rises, and the next one begins below its end."""
    with open(name, "rb") as file:
        out = file.read()
    runs = []
    for at in range(0, len(out) - 7, 1316):
        number = int.from_bytes(out[at:at + 8], "big")
        if not runs or number <= runs[-1][-1]:
            runs.append([])
        runs[-1].append(number)
    return runs


def srt_goes_in_and_out():
    """The lab's numbered datagrams leave by SRT and come in by SRT; a listener without a host is
    called by IPv4 and by IPv6."""
    with Place() as place:
        recv, port = receiver(place, "file:out")
        entrance = free_port()
        url = f":{entrance}?latency=120&passphrase=0123456789ab"
        send = place.start("send", "--to", f"127.0.0.1:{port}", "--in", "srt://" + url,
                           "--secret", "x", "--latency", "200", "--stats", "send.json")
        wait_for(lambda: stats(place.file("send.json")) or send.poll() is not None, "the sender")
        if send.poll() == 2 and "without libsrt" in place.log_of(send):
            raise Skip("this plait was built without libsrt")
        for count, host in enumerate(("127.0.0.1", "[::1]"), 1):
            lab = place.start("lab", "--latency", "200", "--rate", "2M", "--out",
                              f"srt://{host}{url}&mode=caller")
            wait_for(lambda: len(found := runs_of_numbers(place.file("out"))) == count
                     and len(found[-1]) > 100, "a hundred datagrams from " + host)
            stop(lab)
        stop(send)
        stop(recv)
        assert os.path.getsize(place.file("out")) % 1316 == 0
        assert len(runs_of_numbers(place.file("out"))) == 2, "not in order, or twice"


def a_fifo_is_awaited_beside_the_stream():
    """An input's writer may come late, and never: the sender is connected, and ends as always."""
    with Place() as place:
        recv, port = receiver(place, "file:out")
        os.mkfifo(place.file("in"))
        words = ["send", "--to", f"127.0.0.1:{port}", "--in", "file:in", "--secret", "x",
                 "--latency", LATENCY_MS]
        for is_written in (False, True):
            send = place.start(*words)
            wait_for(lambda: "event=path_up" in place.log_of(send), "the sender")
            if is_written:
                with open(place.file("in"), "wb") as out:
                    out.write(MEDIA[:100_000])
                assert send.wait(timeout=support.PATIENCE_S) == 0, place.log_of(send)
            else:
                stop(send)
        stop(recv)
        assert open(place.file("out"), "rb").read() == MEDIA[:100_000]


def a_fifo_that_nobody_reads_can_be_left():
    """Opening it waits for a reader; until then a signal ends the program at once, as clean
    as later: no stream has begun."""
    with Place() as place:
        os.mkfifo(place.file("fifo"))
        port = free_port()
        process = place.start("recv", "--listen", f"127.0.0.1:{port}", "--out", "file:fifo",
                              "--secret", "x")
        wait_for(lambda: sockets(port), "the socket, after which the output is opened")
        process.send_signal(signal.SIGHUP)
        process.terminate()
        assert process.wait(timeout=support.PATIENCE_S) == 0


class Disk:
    """A file system of its own, which can be stopped: who writes to it then waits."""

    def __init__(self, place):
        self.image, self.path = place.file("image"), place.file("disk")
        place.file("image", bytes(64 << 20))
        os.mkdir(self.path)

    def command(self, *words):
        return subprocess.run(words, capture_output=True, check=False).returncode == 0

    def __enter__(self):
        if os.geteuid() != 0 or not shutil.which("mkfs.ext4") or not shutil.which("fsfreeze"):
            raise Skip("needs root, mkfs.ext4 and fsfreeze")
        if not self.command("mkfs.ext4", "-q", self.image) or not self.command(
                "mount", "-o", "loop", self.image, self.path):
            raise Skip("file systems cannot be mounted here")
        return self

    def __exit__(self, *_):
        self.command("fsfreeze", "-u", self.path)
        self.command("umount", "-l", self.path)


def a_disk_that_stops_holds_nothing_up():
    """Neither where the media goes there nor where the statistics and the recording do."""
    with Place() as place, Disk(place) as disk:
        recv, port = receiver(place, "file:disk/out")
        send = place.start("send", "--to", f"127.0.0.1:{port}", "--in", "-", "--secret", "x",
                           "--latency", "300", "--stats", "disk/send.json", "--trace",
                           "disk/send.qlog", stdin=subprocess.PIPE)

        def write(data, total):
            send.stdin.write(data)
            send.stdin.flush()
            wait_for(lambda: stats(place.file("recv.json"))[-1]["output"]["bytes"] == total, total)

        write(MEDIA[:100_000], 100_000)
        assert disk.command("fsfreeze", "-f", disk.path)
        write(MEDIA[100_000:200_000], 200_000)
        seen = len(stats(place.file("recv.json")))
        wait_for(lambda: len(stats(place.file("recv.json"))) >= seen + 3, "seconds to go by")
        write(MEDIA[200_000:300_000], 300_000)
        assert disk.command("fsfreeze", "-u", disk.path)
        stop(send)
        send.stdin.close()
        stop(recv)
        assert open(place.file("disk/out"), "rb").read() == MEDIA[:300_000]
        assert last(place, "recv.json")["output"]["dropped"] == 0
        assert last(place, "disk/send.json")["lines_dropped"] == 0
        assert "trace_incomplete" not in place.log_of(send), place.log_of(send)


def a_recording_that_nobody_takes_is_left():
    """More than the pipe holds: the program ends, and says that not all was written."""
    with Place() as place:
        os.mkfifo(place.file("fifo"))
        end = os.open(place.file("fifo"), os.O_RDONLY | os.O_NONBLOCK)
        fcntl.fcntl(end, fcntl.F_SETPIPE_SZ, 4096)
        done = run("lab", "--seconds", "1", "--latency", "200", "--quiet", "--trace", "fifo",
                   cwd=place.path)
        os.close(end)
        assert done.returncode == 0, done
        assert 'event=trace_incomplete file="fifo"' in done.stderr, done.stderr


def a_disk_that_stays_away_ends_the_receiver():
    """Which says so. The kernel lets the process go only with the disk."""
    with Place() as place, Disk(place) as disk:
        recv, port = receiver(place, "file:disk/out")
        assert disk.command("fsfreeze", "-f", disk.path)
        place.file("in", MEDIA[:100_000])
        send = place.start("send", "--to", f"127.0.0.1:{port}", "--in", "file:in", "--secret", "x",
                           "--latency", "300")
        assert send.wait(timeout=support.PATIENCE_S) == 0, place.log_of(send)
        recv.terminate()
        wait_for(lambda: "--out file:disk/out: the disk was too slow for the end of the output"
                 in place.log_of(recv), "the receiver to say so")
        assert disk.command("fsfreeze", "-u", disk.path)
        assert recv.wait(timeout=support.PATIENCE_S) == 1


def lab_runs_three_seconds():
    with Place() as place:
        done = run("lab", "--seconds", "3", "--latency", "1000", "--stats", "lab.json", "--out",
                   "file:out", cwd=place.path)
        assert done.returncode == 0, done.stderr
        for told in ("byte for byte", "bytes a byte of media"):
            assert told in done.stdout, done.stdout
        line = last(place, "lab.json")
        check = line["check"]
        assert check["written"] > 100 and check["damaged"] == 0 and check["disorder"] == 0, check
        # How much arrives in time is the simulator's to judge; a busy machine may make some late.
        assert check["delivered"] > check["written"] // 2, check
        assert os.path.getsize(place.file("out")) == check["delivered_bytes"]
        assert [s["role"] for s in line["sessions"]] == ["sender", "receiver"]


def lab_is_quiet():
    done = run("lab", "--seconds", "2", "--latency", "1000", "--quiet")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", ""), done


def lab_ends_without_a_session():
    with Place() as place:
        place.file("dead.txt", b"rate=5M delay=40 down=0-100000\n")
        done = run("lab", "--scenario", "dead.txt", "--seconds", "1", cwd=place.path)
    assert done.returncode == 1, done
    assert "no session came up" in done.stderr, done.stderr
    assert "delivered  0 (0.00 %)\n" in done.stdout, done.stdout


def lab_fails_with_its_output():
    done = run("lab", "--seconds", "30", "--latency", "200", "--out", "file:/dev/full")
    assert done.returncode == 1, f"exit {done.returncode}: {done.stderr}"
    assert "event=stopped reason=" in done.stderr, done.stderr


support.main([file_over_three_links_comes_byte_for_byte, udp_datagrams_keep_their_edges,
              sender_has_room_for_the_receivers_latency, interrupted_sender_drains,
              keys_let_in_who_is_allowed_only, second_sender_is_told_of,
              each_allowed_sender_has_a_session, sender_tells_once_that_nobody_answers,
              secret_is_not_in_the_list_of_processes, allow_files_are_read_again,
              a_configuration_from_a_pipe_is_read_once, keys_from_a_pipe_are_read_once,
              systemd_is_told, srt_goes_in_and_out,
              a_fifo_is_awaited_beside_the_stream, a_disk_that_stops_holds_nothing_up,
              a_disk_that_stays_away_ends_the_receiver, a_recording_that_nobody_takes_is_left,
              a_fifo_that_nobody_reads_can_be_left,
              lab_runs_three_seconds, lab_is_quiet, lab_ends_without_a_session,
              lab_fails_with_its_output])
