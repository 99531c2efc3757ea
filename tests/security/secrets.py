# SPDX-License-Identifier: BSD-2-Clause
"""Where secrets must not be: the command line and the environment of a running program, its log,
its statistics, its pages, and a core dump of it. The pass phrase comes by every way there is; keys
of a session are known from --keylog."""
import base64
import os
import resource
import signal
import sys
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../cli"))
import support  # noqa: E402
from support import Place, Skip, free_port, stats, stop, wait_for  # noqa: E402

PHRASE = "correct-horse-battery-staple-71"
TOKEN = "token-that-nobody-may-see-4242"


def without_secret():
    return {name: value for name, value in os.environ.items() if name != "PLAIT_SECRET"}


def read(path):
    with open(path, "rb") as file:
        return file.read()


def key_bytes(path):
    """The 32 bytes of a key file."""
    return base64.b64decode(read(path).split(b":", 1)[1].split()[0])


def held(place, name):
    """The keys that a session logged."""
    lines = read(place.file(name)).splitlines() if os.path.exists(place.file(name)) else []
    return {bytes.fromhex(line.split()[4].decode()) for line in lines}


def expect_none(where, what, content):
    for name, secret in what.items():
        assert secret not in content, f"{where} holds {name}"


def both(place, receiver_words, sender_words, receiver_env=None, sender_in=None, tokens=()):
    """A session that is up and streams; returns receiver, sender, HTTP port."""
    port, http = free_port(), free_port()
    recv = place.start("recv", "--listen", f"127.0.0.1:{port}", "--out", "file:out", "--no-sandbox",
                       "--stats", "recv.json", "--keylog", "recv.keys", "--http",
                       f"127.0.0.1:{http}", *tokens, *receiver_words,
                       env=receiver_env or without_secret())
    wait_for(lambda: stats(place.file("recv.json")) or recv.poll() is not None, "the receiver")
    assert recv.poll() is None, place.log_of(recv)
    place.file("media", os.urandom(3_000_000))
    send = place.start("send", "--to", f"127.0.0.1:{port}", "--in", "file:media", "--rate", "4M",
                       "--no-sandbox", "--stats", "send.json", "--keylog", "send.keys",
                       *sender_words, env=without_secret(),
                       **({"stdin": sender_in} if sender_in else {}))
    wait_for(lambda: held(place, "recv.keys") and held(place, "send.keys"), "the session's keys")
    wait_for(lambda: len(stats(place.file("recv.json"))) > 2, "statistics")
    return recv, send, http


def outside(place, process, what):
    """What others on the host, and readers of its output, can see."""
    for name in ("cmdline", "environ"):
        expect_none(f"/proc/{process.pid}/{name}", what, read(f"/proc/{process.pid}/{name}"))
    expect_none("the log", what, place.log_of(process).encode())
    for name in ("recv.json", "send.json"):
        expect_none(name, what, read(place.file(name)))


def phrase_by_every_way():
    what = {"the pass phrase": PHRASE.encode()}
    for way in ("argument", "file", "environment", "stdin"):
        with Place() as place:
            place.file("phrase", PHRASE.encode() + b"\n")
            os.chmod(place.file("phrase"), 0o600)
            words, env, source = {
                "argument": (("--secret", PHRASE), None, None),
                "file": (("--secret-file", "phrase"), None, None),
                "environment": ((), dict(os.environ, PLAIT_SECRET=PHRASE), None),
                "stdin": (("--secret-file", "phrase"), None, "phrase"),
            }[way]
            if source:
                with open(place.file("phrase"), "rb") as stdin:
                    recv, send, _ = both(place, words, ("--secret", "-"), env, stdin)
            else:
                recv, send, _ = both(place, words, ("--secret", PHRASE), env)
            for process in (recv, send):
                outside(place, process, what)
            stop(send)
            stop(recv)


def keys_and_pages():
    with Place() as place:
        for name in ("a", "b"):
            assert support.run("keygen", place.file(name)).returncode == 0
        recv, send, http = both(place, ("--key", "b", "--allow", "a.pub"),
                                ("--key", "a", "--peer", "b.pub"), None, None,
                                ("--http-token", TOKEN))
        what = {"a key": key_bytes(place.file("b")), "another key": key_bytes(place.file("a")),
                "a key's text": read(place.file("b")).split(b":", 1)[1].strip(),
                "a session's key": next(iter(held(place, "recv.keys"))),
                "the page's token": TOKEN.encode()}
        for process in (recv, send):
            outside(place, process, what)
        for page in ("/", "/metrics", "/stats.json", "/stats", "/config"):
            request = urllib.request.Request(f"http://127.0.0.1:{http}{page}",
                                             headers={"Authorization": f"Bearer {TOKEN}"})
            try:
                with urllib.request.urlopen(request, timeout=10) as answer:
                    expect_none(page, what, answer.read())
            except urllib.error.HTTPError as refused:
                expect_none(page, what, refused.read())
        stop(send)
        stop(recv)


def dumped(place, way):
    for name in ("a", "b"):
        assert support.run("keygen", place.file(name)).returncode == 0
    place.file("phrase", PHRASE.encode() + b"\n")
    place.file("conf", f"secret = {PHRASE}\nhttp-token = {TOKEN}\n".encode())
    for name in ("phrase", "conf"):
        os.chmod(place.file(name), 0o600)
    keys = {"a": "send", "b": "recv"}
    send_words = ("--key", "a", "--peer", "b.pub", "--secret-file", "phrase")
    recv_words = ("--key", "b", "--allow", "a.pub")
    if way == "configuration":
        recv, send, _ = both(place, recv_words + ("--config", "conf"), send_words)
    else:
        recv, send, _ = both(place, recv_words, send_words, dict(os.environ, PLAIT_SECRET=PHRASE),
                             None, ("--http-token", TOKEN))
    for name, process in (("b", recv), ("a", send)):
        process.send_signal(signal.SIGABRT)
        process.wait(timeout=support.PATIENCE_S)
        dumps = [file for file in os.listdir(place.path) if file.startswith("core")]
        if not dumps:
            raise Skip("the kernel wrote no core dump")
        dump = read(place.file(dumps[0]))
        os.unlink(place.file(dumps[0]))
        what = {"the pass phrase": PHRASE.encode(), "the key": key_bytes(place.file(name)),
                "the token": TOKEN.encode(),
                "the key's text": read(place.file(name)).split(b":", 1)[1].strip()}
        for number, key in enumerate(held(place, keys[name] + ".keys")):
            what[f"a session's key {number}"] = key
        expect_none(f"the core dump of {keys[name]} ({way}, {len(dump)} bytes)", what, dump)


def core_dump():
    with open("/proc/sys/kernel/core_pattern", encoding="ascii") as pattern:
        if pattern.read().strip() != "core":
            raise Skip("core dumps of this host go elsewhere")
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    if hard == 0:
        raise Skip("no core dumps here")
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
    for way in ("argument and environment", "configuration"):
        with Place() as place:
            dumped(place, way)


if __name__ == "__main__":
    support.main([phrase_by_every_way, keys_and_pages, core_dump])
