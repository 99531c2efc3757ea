#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""--config and plait check FILE: what is good is used, every mistake names line and cure.
argv: plait."""
import json
import os
import signal
import subprocess
import sys
import tempfile

from serving import PATIENCE_S, free_port, listening, wait_for

GOOD = """# a pair on one host
latency = 300
[send]
to = 127.0.0.1:{port}
in = udp://127.0.0.1:{feed}
secret = for a test
link = src=127.0.0.2,name=left
no-fec = yes
[recv]
listen = 127.0.0.1:{port}
out = udp://127.0.0.1:{out}
secret = for a test
"""
MISTAKES = (
    ("[send]\nfoo = 3\n", "line 2: 'foo' is no option"),
    ("[send]\n\nlatency = 3\n", "line 3: --latency '3' is out of range"),
    ("[sned]\nto = a:1\n", "line 2: [sned] is no command"),
    ("[send]\nnothing\n", "line 2: write NAME = VALUE"),
    ("[send]\nno-fec = perhaps\n", "neither yes nor no"),
    ("[send]\nlink = dev\nto = 127.0.0.1:1\nin = udp://127.0.0.1:2\n", "--link"),
    ("[send]\nhelp = yes\n", "is no option"),
    ("[send]\nto = a:1\nin = ftp://x\n", None),
)


def run(plait, *words):
    return subprocess.run([plait, *words], capture_output=True, text=True, timeout=PATIENCE_S)


def check_mistakes(plait, folder):
    path = os.path.join(folder, "mistake.ini")
    for text, words in MISTAKES:
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        sent = run(plait, "send", "--config", path)
        assert sent.returncode == 2, (text, sent.returncode)
        assert sent.stderr.count("\n") == 1, sent.stderr
        assert words is None or words in sent.stderr, (text, sent.stderr)
        checked = run(plait, "check", path)
        assert checked.returncode == 1 and "BAD" in checked.stdout, checked.stdout
    missing = run(plait, "send", "--config", "/nonexistent")
    assert missing.returncode == 2 and "/nonexistent" in missing.stderr
    assert run(plait, "check", "/nonexistent").returncode == 2


SECTION = "[recv]\nlisten = 127.0.0.1:0\nout = udp://127.0.0.1:9\nsecret = x\n"
CHECKED = (
    (SECTION, "listen = 127.0.0.1:0", 0),
    (SECTION + "http = 127.0.0.1:99999\n", "BAD   http = '127.0.0.1:99999'", 1),
    (SECTION + "http = 0.0.0.0:8080\n", "without a token", 1),
    (SECTION + "http = :8080\n", "good  http = :8080", 0),
    (SECTION + "http-token = abc\n", "warn  http-token: there is no http", 0),
    (SECTION + "stats = /no/such/place\n", "there is no directory /no/such/", 1),
    (SECTION + "trace = /no/such/place\n", "there is no directory /no/such/", 1),
    (SECTION.replace("udp://127.0.0.1:9", "-") + "stats = -\n", "--stats FILE", 1),
    (SECTION.replace("udp://127.0.0.1:9", "file:/no/such/x"), "there is no directory /no/such/", 1),
    (SECTION.replace("udp://127.0.0.1:9", "file:/usr"), "out = file:/usr: is a directory", 1),
    (SECTION.replace("udp://127.0.0.1:9", "file:/tmp/x.ts"), "good  out = file:/tmp/x.ts", 0),
    (SECTION.replace("udp://127.0.0.1:9", "file:/tmp/x.ts") + "stats = /tmp//x.ts\n",
     "BAD   --out and --stats are the same file", 1),
    (SECTION.replace("udp://127.0.0.1:9", "udp://239.9.9.9:9?iface=nosuch0"),
     "warn  out = udp://239.9.9.9:9?iface=nosuch0: no such device now", 0),
    (SECTION.replace("udp://127.0.0.1:9", "udp://no.such.invalid:9"),
     "BAD   out = udp://no.such.invalid:9: 'no.such.invalid:9' cannot be looked up", 1),
    ("[lab]\nin = udp://239.9.9.9:9?iface=nosuch0\n", "BAD   in = udp://239.9.9.9:9?iface=nosuch0: "
     "iface=nosuch0: no such device", 1),
    ("[lab]\nin = udp://192.0.2.99:9\n", "BAD   in = udp://192.0.2.99:9: 192.0.2.99: this host has "
     "no such address", 1),
    (SECTION + "trace = {path}\n", "BAD   --trace and --config are the same file", 1),
    ("[lab]\nin = file:/no.such\n", "in = file:/no.such: there is no such file", 1),
    ("[lab]\nin = file:/etc/passwd\n", "good  in = file:/etc/passwd", 0),
    ("[lab]\nseed = 3\n", "[lab] of", 0),
    ("[lab]\nseed = x\n", "--seed 'x'", 1),
    ("[lab]\nadaptive = 5M\n", "BAD   --adaptive '5M' is no range", 1),
    ("[lab]\nadaptive = 1M-5M\nrate = 2M\n", "BAD   --adaptive '1M-5M' and --rate", 1),
    ("[lab]\nadaptive = 1M-5M\n", "good  adaptive = 1M-5M", 0),
    ("[lab]\nscenario = /no.txt\n", "BAD   scenario = /no.txt: No such file", 1),
    ("[lab]\nscenario = {path}\n", "BAD   scenario = {path}: line 1: '[lab]'", 1),
    ("seed = 3\n", "neither a sender nor a receiver", 1),
)


def check_values(plait, folder):
    """Each as its command would take it; a device that is not plugged in is no mistake."""
    path = os.path.join(folder, "values.ini")
    for text, words, code in CHECKED:
        with open(path, "w", encoding="utf-8") as file:
            file.write(text.format(path=path))
        checked = run(plait, "check", path)
        assert words.format(path=path) in checked.stdout, (text, checked.stdout)
        if "[recv]" in text:  # what else is wrong is this host's
            assert ("BAD" in checked.stdout) == (code == 1), (text, checked.stdout)
    with open(path, "w", encoding="utf-8") as file:
        file.write(SECTION)
    os.chmod(path, 0o644)
    checked = run(plait, "check", path)
    assert checked.stdout.count("warn  --config " + path + ": secret may be read by others") == 1
    assert checked.stderr == "", checked.stderr
    for spec, words in (("dev=nosuch0", "warn  link = dev=nosuch0: no such device now"),
                        ("src=192.0.2.99", "warn  link = src=192.0.2.99: no such address now"),
                        ("dev=nosuch*", "good  link = dev=nosuch*"),
                        ("dev", "BAD   link = 'dev'"),
                        ("to=127.0.0.1", "BAD   link = '127.0.0.1'")):
        checked = run(plait, "check", "--to", "127.0.0.1:9", "--link", spec)
        assert words in checked.stdout, (spec, checked.stdout)


def said(log, words, times=1):
    """Waits until they are in a log, so often."""
    def read():
        with open(log, encoding="utf-8") as file:
            return file.read()

    try:
        wait_for(words, lambda: read().count(words) >= times)
    except AssertionError as error:
        raise AssertionError(f"{error}, in:\n{read()}") from None


def check_own_host(plait):
    """A receiver on this host is reached, as plait send reaches it, and no modem is missed."""
    checked = run(plait, "check", "--to", "127.0.0.1:9").stdout
    assert "good  the receiver is on this host" in checked, checked
    assert "BAD" not in checked and "one link" not in checked, checked
    checked = run(plait, "check", "--to", "127.0.0.1:9", "--link", "src=127.0.0.2").stdout
    for words in ("the receiver is on this host", "no interface leads", "one link"):
        assert words not in checked, checked


def check_reload(plait, folder):
    path, logs = os.path.join(folder, "good.ini"), {}
    text = GOOD.format(port=free_port(), feed=free_port(), out=free_port())
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    checked = run(plait, "check", path)
    assert "link = src=127.0.0.2,name=left" in checked.stdout, checked.stdout
    assert checked.stdout.count("keys can be read") == 2, checked.stdout
    processes = []
    try:
        for side in ("recv", "send"):
            logs[side] = os.path.join(folder, side + ".log")
            with open(logs[side], "w", encoding="utf-8") as log:
                processes.append(subprocess.Popen([plait, side, "--config", path], stderr=log))
        said(logs["send"], "event=session_up session=0 latency_ms=300")
        said(logs["send"], "link=left")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text.replace("no-fec", "link = src=127.0.0.3,name=right\nno-fec")
                       .replace("300", "450"))
        processes[1].send_signal(signal.SIGHUP)
        said(logs["send"], "link=right")
        said(logs["send"], "latency_ms=450")
        with open(logs["send"], encoding="utf-8") as file:
            assert "changed in the file" not in file.read()
        with open(path, "w", encoding="utf-8") as file:
            file.write(text.replace("300", "5"))
        processes[1].send_signal(signal.SIGHUP)
        said(logs["send"], "event=reload_failed")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text.replace("to = 127.0.0.1", "to = 127.0.0.9")
                       .replace("no-fec", "mode = backup\nno-fec"))
        processes[1].send_signal(signal.SIGHUP)
        said(logs["send"], "event=reload_warning text=\"to, mode: changed in the file")
    finally:
        for process in processes:
            process.terminate()
        codes = [process.wait(PATIENCE_S) for process in processes]
    assert codes == [0, 0], codes


def check_secrets(plait, folder):
    """A file that leaves the pass phrase to the service is a good one; what is said beside it holds
    for both sections."""
    path = os.path.join(folder, "secret.ini")
    with open(path, "w", encoding="utf-8") as file:
        file.write(GOOD.replace("secret = for a test\n", "")
                   .format(port=free_port(), feed=free_port(), out=free_port()))
    without = run(plait, "check", path).stdout
    assert without.count("neither a pass phrase nor a key") == 2, without
    assert "BAD   --secret" not in without and "is missing" not in without, without
    beside = run(plait, "check", path, "--secret", "x").stdout
    assert beside.count("keys can be read") == 2, beside


def check_latency(plait, folder):
    """What SIGHUP tells a receiver holds for the next session too; without the line it wishes what
    it would have wished from the start."""
    path = os.path.join(folder, "latency.ini")
    text = GOOD.format(port=free_port(), feed=free_port(), out=free_port())
    logs = {side: os.path.join(folder, f"latency-{side}.log") for side in ("recv", "0", "1")}

    def configure(line):
        with open(path, "w", encoding="utf-8") as file:
            file.write(text.replace("latency = 300\n", "") + line)

    def start(side, *words):
        with open(logs[side], "w", encoding="utf-8") as log:
            return subprocess.Popen([plait, *words, "--config", path], stderr=log)

    processes = []
    try:
        configure("latency = 200\n")
        stats = os.path.join(folder, "latency.jsonl")
        processes.append(start("recv", "recv", "--stats", stats))
        listening(processes[0], stats)
        for side, line, agreed in (("0", "latency = 650\n", 650), ("1", "", 300)):
            configure(line)
            processes[0].send_signal(signal.SIGHUP)
            said(logs["recv"], "event=reloaded", int(side) + 1)
            processes.append(start(side, "send", "--latency", "300"))
            said(logs[side], f"event=session_up session=0 latency_ms={agreed}")
            processes[-1].terminate()
            processes[-1].wait(PATIENCE_S)
    finally:
        for process in processes:
            process.terminate()
        codes = [process.wait(PATIENCE_S) for process in processes]
    assert codes == [0, 0, 0], codes


PAIR = """[send]
to = 127.0.0.1:{port}
in = udp://127.0.0.1:{feed}
key = {folder}/{field}
peer = {folder}/{peer}.pub
link = src=127.0.0.2,name=left
[recv]
listen = 127.0.0.1:{port}
out = udp://127.0.0.1:{out}
key = {folder}/studio
allow = {folder}/{allow}.pub
stats = {folder}/recv.jsonl
"""


def refused(stats):
    """Handshakes that were for another receiver's key."""
    with open(stats, encoding="utf-8") as file:
        return json.loads(file.read().splitlines()[-1])["door"]["unauthentic"]


def check_peers(plait, folder):
    """SIGHUP takes a sender in and puts one out, by the list alone; and a sender goes over to a
    receiver whose key has changed."""
    names = dict(port=free_port(), feed=free_port(), out=free_port(), folder=folder)
    for name in ("field", "other", "studio", "elsewhere"):
        assert run(plait, "keygen", os.path.join(folder, name)).returncode == 0
    paths = {side: os.path.join(folder, side + ".ini") for side in ("recv", "send")}
    logs = {side: os.path.join(folder, side + "-peers.log") for side in paths}

    def configure(side, **more):
        with open(paths[side], "w", encoding="utf-8") as file:
            file.write(PAIR.format(**{**names, "field": "field", "peer": "studio",
                                      "allow": "field", **more}))

    processes = {}
    try:
        for side in ("recv", "send"):
            configure(side, allow="other", peer="elsewhere")
            with open(logs[side], "w", encoding="utf-8") as log:
                processes[side] = subprocess.Popen([plait, side, "--config", paths[side]],
                                                   stderr=log)
        wait_for("a refusal", lambda: refused(os.path.join(folder, "recv.jsonl")) > 0)
        with open(logs["send"], encoding="utf-8") as file:
            assert "event=session_up" not in file.read()
        configure("send")
        processes["send"].send_signal(signal.SIGHUP)
        configure("recv")
        processes["recv"].send_signal(signal.SIGHUP)
        said(logs["recv"], "event=reloaded peers=1")
        said(logs["send"], "event=session_up")
        with open(os.path.join(folder, "bad.pub"), "w", encoding="utf-8") as file:
            file.write("no key\n")
        for side, more in (("recv", {"allow": "bad"}), ("send", {"peer": "bad"})):
            with open(logs[side], encoding="utf-8") as file:
                before = file.read().count("event=reloaded")
            configure(side, **more)
            processes[side].send_signal(signal.SIGHUP)
            said(logs[side], "event=reload_failed")
            with open(logs[side], encoding="utf-8") as file:
                assert file.read().count("event=reloaded") == before, "reloaded and failed"
        configure("recv", allow="other")
        processes["recv"].send_signal(signal.SIGHUP)
        said(logs["recv"], 'event=session_closed session=0 reason="')
    finally:
        for process in processes.values():
            process.terminate()
        codes = [process.wait(PATIENCE_S) for process in processes.values()]
    assert codes == [0, 0], codes


def main():
    plait = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        check_mistakes(plait, folder)
        check_values(plait, folder)
        check_secrets(plait, folder)
        check_own_host(plait)
        check_reload(plait, folder)
        check_latency(plait, folder)
        check_peers(plait, folder)


main()
