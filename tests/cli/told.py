# SPDX-License-Identifier: BSD-2-Clause
"""What the program says of keys, receivers and places is so."""
import fcntl
import os
import re
import signal
import socket
import subprocess

import support
from support import Place, free_port, get, run, stats, stop, wait_for


def sender_of_media(place, port):
    """Its input stays open."""
    send = place.start("send", "--to", f"127.0.0.1:{port}", "--in", "-", "--secret", "x",
                       "--latency", "200", stdin=subprocess.PIPE)
    send.stdin.write(b"media")
    send.stdin.flush()
    return send


def key_is_called_as_its_file():
    """Two keys of one host have names of their own; what no name can be, the host's."""
    with Place() as place:
        os.mkdir(place.file("d"))
        for file, name in (("d/field-a", "field-a"), ("d/field-b", "field-b"),
                           ("a b", socket.gethostname()[:63])):
            made = run("keygen", file, cwd=place.path)
            assert made.returncode == 0, made.stderr
            assert made.stdout.split()[1:] == [name], made.stdout
            with open(place.file(file + ".pub"), encoding="utf-8") as text:
                assert text.read() == made.stdout


def receiver_that_was_killed_does_not_answer():
    """It says no goodbye; the session stays, and its paths go down: a monitor sees that."""
    with Place() as place:
        port = free_port()
        words = ["recv", "--listen", f"127.0.0.1:{port}", "--out", "file:out", "--secret", "x"]
        recv = place.start(*words)
        send = place.start("send", "--to", f"127.0.0.1:{port}", "--in",
                           f"udp://127.0.0.1:{free_port()}", "--secret", "x", "--link", "name=a",
                           "--link", "name=b", "--http", "127.0.0.1:0")
        wait_for(lambda: place.log_of(send).count("event=path_up") == 2, "both paths")
        health = re.search("url=(.*)\n", place.log_of(send))[1] + "healthz"
        wait_for(lambda: get(health)[2] == "ok\n", "health")
        recv.kill()
        wait_for(lambda: "event=no_answer" in place.log_of(send), "the complaint")
        wait_for(lambda: get(health)[::2] == (200, "waiting\n"), "health without a receiver")
        assert place.log_of(send).count("event=path_down") == 2, place.log_of(send)
        recv = place.start(*words)
        wait_for(lambda: place.log_of(send).count("event=session_up") == 2, "the receiver's return")
        wait_for(lambda: get(health)[2] == "ok\n", "health again")
        assert place.log_of(send).count("event=no_answer") == 1, place.log_of(send)
        stop(send)
        stop(recv)


def receiver_says_whom_it_turns_away():
    """A sender that gets no answer cannot know why: another pass phrase, a key that is in no
    --allow, a receiver's key that is another's."""
    with Place() as place:
        for name in ("studio", "field", "other"):
            assert run("keygen", name, cwd=place.path).returncode == 0
        for secret, tries in (
                (("--secret", "x"), ((("--secret", "y"), "another --secret"),)),
                (("--key", "studio", "--allow", "field.pub"),
                 ((("--key", "other", "--peer", "studio.pub"), "its key is in no --allow"),
                  (("--key", "field", "--peer", "other.pub"), "whose --peer is not")))):
            port = free_port()
            recv = place.start("recv", "--listen", f"127.0.0.1:{port}", "--out", "file:out",
                               *secret)
            for words, why in tries:
                send = place.start("send", "--to", f"127.0.0.1:{port}", "--in",
                                   f"udp://127.0.0.1:{free_port()}", *words)
                wait_for(lambda: why in place.log_of(recv), why)
                stop(send)
            said = place.log_of(recv).count("event=turned_away")
            assert said == len(tries), place.log_of(recv)
            stop(recv)


def recording_that_ends_is_told():
    """At once, not hours later when the program ends."""
    with Place() as place:
        recv = place.start("recv", "--listen", "127.0.0.1:0", "--out", "file:out", "--secret", "x",
                           "--trace", "/dev/full")
        wait_for(lambda: "event=trace_failed text=\"--trace /dev/full cannot be written and ends "
                 "here: No space left on device\"" in place.log_of(recv), "the complaint")
        stop(recv)


def top_ends_as_asked():
    """By Ctrl-C too, which is no failure."""
    with Place() as place:
        recv = place.start("recv", "--listen", "127.0.0.1:0", "--out", "file:out", "--secret", "x",
                           "--http", "127.0.0.1:0")
        wait_for(lambda: "url=http://" in place.log_of(recv), "the page")
        address = re.search("url=http://(.*)/\n", place.log_of(recv))[1]
        for number in (signal.SIGINT, signal.SIGTERM):
            ours, theirs = os.openpty()
            top = subprocess.Popen([support.PLAIT, "top", address], stdin=theirs, stdout=theirs,
                                   env=dict(os.environ, TERM="vt100"))
            os.close(theirs)
            assert os.read(ours, 1), "a picture"
            top.send_signal(number)
            assert top.wait(timeout=support.PATIENCE_S) == 0, number
            os.close(ours)
        stop(recv)


def path_that_is_gone_has_no_address():
    """Its slot may be another path's by the time it is told of."""
    with Place() as place:
        port = free_port()
        recv = place.start("recv", "--listen", f"127.0.0.1:{port}", "--out", "file:out",
                           "--secret", "x")
        links = ["link = name=a\n", "link = name=b\n"]
        text = f"[send]\nto = 127.0.0.1:{port}\nin = udp://127.0.0.1:{free_port()}\nsecret = x\n"
        place.file("conf", (text + "".join(links)).encode())
        os.chmod(place.file("conf"), 0o600)
        send = place.start("send", "--config", "conf")
        wait_for(lambda: place.log_of(recv).count("event=path_up") == 2, "both paths")
        place.file("conf", (text + links[0]).encode())
        send.send_signal(signal.SIGHUP)
        wait_for(lambda: "event=path_removed session=0 path=1\n" in place.log_of(recv),
                 "the path's end")
        stop(send)
        stop(recv)
        assert "event=path_removed session=0 path=1 link=b\n" in place.log_of(send)


def empty_datagram_is_counted():
    with Place() as place, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as source:
        entrance = free_port()
        send = place.start("send", "--to", f"127.0.0.1:{free_port()}", "--in",
                           f"udp://127.0.0.1:{entrance}", "--secret", "x", "--stats", "stats")
        wait_for(lambda: stats(place.file("stats")), "the sender")
        source.sendto(b"", ("127.0.0.1", entrance))
        wait_for(lambda: stats(place.file("stats"))[-1]["input"]["not_taken"] == 1, "the count")
        stop(send)
        taken = stats(place.file("stats"))[-1]["input"]
        assert taken == {"datagrams": 1, "bytes": 0, "too_big": 0, "not_taken": 1}, taken


def without_a_host_it_listens_for_both_families():
    """And who comes by IPv4 is called by that address."""
    with Place() as place:
        if not socket.has_ipv6 or not os.path.exists("/proc/net/if_inet6"):
            raise support.Skip("this host has no IPv6")
        port, entrance = free_port(), free_port()
        recv = place.start("recv", "--listen", f":{port}", "--out", "file:out", "--secret", "x")
        send = place.start("send", "--to", f"127.0.0.1:{port}", "--in", f"udp://:{entrance}",
                           "--secret", "x", "--link", "name=a", "--link",
                           f"name=b,to=[::1]:{port}", "--stats", "stats")
        wait_for(lambda: place.log_of(recv).count("event=path_up") == 2, "both paths")
        wait_for(lambda: stats(place.file("stats")), "the sender")
        for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
            with socket.socket(family, socket.SOCK_DGRAM) as source:
                source.sendto(b"media", (host, entrance))
        wait_for(lambda: stats(place.file("stats"))[-1]["input"]["datagrams"] == 2, "both")
        stop(send)
        stop(recv)
        log = place.log_of(recv)
        assert f"event=listening address=[::]:{port}\n" in log, log
        assert " from=127.0.0.1:" in log and " from=[::1]:" in log, log


def a_name_that_is_no_text_hides_no_link():
    with Place() as place:
        send = place.start("send", "--to", f"127.0.0.1:{free_port()}", "--in",
                           f"udp://127.0.0.1:{free_port()}", "--secret", "x", "--stats", "stats",
                           "--link", b"name=\xff", "--link", "name=\u00fc")
        links = wait_for(lambda: stats(place.file("stats")), "the sender")[0]["links"]
        assert [link["name"] for link in links] == ["?", "\u00fc"], links
        stop(send)


def help_and_version_as_people_type_them():
    for words in (["help"], ["--help"], ["-h"]):
        assert run(*words).stdout.startswith("plait - "), words
    assert run("help", "send").stdout == run("send", "--help").stdout != ""
    for words in (["version"], ["--version"], ["-V"]):
        done = run(*words)
        assert done.returncode == 0 and done.stdout.startswith("plait "), done


def top_tells_a_wrong_token_from_none():
    with Place() as place:
        port = free_port()
        lab = place.start("lab", "--http", f"127.0.0.1:{port}", "--http-token", "right",
                          "--seconds", "60")
        wait_for(lambda: "event=http_listening" in place.log_of(lab), "the page")
        none = run("top", f"127.0.0.1:{port}")
        wrong = run("top", f"127.0.0.1:{port}", "--http-token", "wrong")
        stop(lab)
        assert none.returncode == 2 and "wants a token; give --http-token" in none.stderr, none
        assert wrong.returncode == 2 and "another token" in wrong.stderr, wrong


def output_that_fails_is_told():
    """A full disk, a limit, and a standard output that is closed, which gets nothing else's."""
    with Place() as place, open("/dev/full", "wb") as full:
        done = subprocess.run([support.PLAIT, "keygen", place.file("k")], stdout=full,
                              stderr=subprocess.PIPE, check=False)
        assert done.returncode == 1 and b"standard output: No space" in done.stderr, done
        lab = 'exec "$0" lab --seconds 30 --latency 200 --out - >&-'
        done = subprocess.run(["sh", "-c", lab, support.PLAIT], stderr=subprocess.PIPE,
                              timeout=support.PATIENCE_S, check=False)
        assert done.returncode == 1 and b"Bad file descriptor" in done.stderr, done
        few = f'ulimit -f 1 && exec "$0" send --help >{place.file("few")}'
        done = subprocess.run(["sh", "-c", few, support.PLAIT], stderr=subprocess.PIPE,
                              timeout=support.PATIENCE_S, check=False)
        assert done.returncode == 1 and b"File too large" in done.stderr, done
        done = run("lab", "--seconds", "1", "--quiet", "--latency", "200", "--stats", "/dev/full")
        assert done.returncode == 1 and "--stats /dev/full cannot" in done.stderr, done
        port = free_port()
        recv = place.start("recv", "--listen", f"127.0.0.1:{port}", "--out", "file:/dev/full",
                           "--secret", "x", "--stats", "/dev/full")
        wait_for(lambda: "--stats /dev/full cannot be written: No" in place.log_of(recv), "a word")
        send = sender_of_media(place, port)
        assert recv.wait(timeout=support.PATIENCE_S) == 1
        log = place.log_of(recv)
        assert 'reason="--out file:/dev/full: No space left on device"' in log, log
        assert log.count("event=stats_failed") == 1, log
        send.stdin.close()


def statistics_that_cannot_be_emptied_are_told():
    """They go on behind what was there (chattr +a); here a file that may not shrink."""
    with Place() as place:
        held = os.memfd_create("stats", os.MFD_ALLOW_SEALING)
        os.write(held, b"of before\n")
        fcntl.fcntl(held, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK)
        path = f"/proc/{os.getpid()}/fd/{held}"
        recv = place.start("recv", "--listen", "127.0.0.1:0", "--out", "file:out", "--secret", "x",
                           "--stats", path)
        wait_for(lambda: "cannot be emptied: Operation not" in place.log_of(recv), "a word")
        wait_for(lambda: os.fstat(held).st_size > 10, "a line")
        stop(recv)
        assert place.log_of(recv).count("event=stats_failed") == 1, place.log_of(recv)
        done = run("lab", "--seconds", "1", "--quiet", "--latency", "200", "--stats", path)
        assert done.returncode == 1 and "cannot be emptied" in done.stderr, done
        os.close(held)


def a_reader_of_keys_that_stops_holds_up_nothing():
    with Place() as place:
        fifo, port = place.file("fifo"), free_port()
        os.mkfifo(fifo)
        reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
        full = os.open(fifo, os.O_WRONLY | os.O_NONBLOCK)
        try:
            while os.write(full, b"x" * 4096):
                pass
        except BlockingIOError:
            os.close(full)
        recv = place.start("recv", "--listen", f"127.0.0.1:{port}", "--out", "file:out",
                           "--secret", "x", "--keylog", "fifo")
        wait_for(lambda: "event=listening" in place.log_of(recv), "the receiver")
        send = sender_of_media(place, port)
        send.stdin.close()
        wait_for(lambda: os.path.getsize(place.file("out")) == 5, "the media")
        stop(recv)
        os.close(reader)


support.main([statistics_that_cannot_be_emptied_are_told, receiver_says_whom_it_turns_away,
              recording_that_ends_is_told, top_ends_as_asked,
              a_reader_of_keys_that_stops_holds_up_nothing,
              key_is_called_as_its_file, receiver_that_was_killed_does_not_answer,
              path_that_is_gone_has_no_address, empty_datagram_is_counted,
              without_a_host_it_listens_for_both_families, a_name_that_is_no_text_hides_no_link,
              help_and_version_as_people_type_them,
              top_tells_a_wrong_token_from_none, output_that_fails_is_told])
