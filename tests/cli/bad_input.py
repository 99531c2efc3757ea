# SPDX-License-Identifier: BSD-2-Clause
"""Bad input: one line on standard error that names option, value and cure; exit 2; nothing left."""
import os
import socket
import subprocess

import support
from support import Place, free_port, run

SEND = ["send", "--to", "127.0.0.1:9", "--in", "-", "--secret", "x"]
RECV = ["recv", "--listen", "127.0.0.1:0", "--out", "udp://127.0.0.1:9", "--secret", "x"]


def refused(words, *told, cwd=None, stdin="", secret=None):
    env = {name: value for name, value in os.environ.items() if name != "PLAIT_SECRET"}
    if secret:
        env["PLAIT_SECRET"] = secret
    done = run(*words, cwd=cwd, stdin=stdin, env=env)
    text = done.stderr
    assert done.returncode == 2, f"{words}: exit {done.returncode}: {text}"
    assert text.count("\n") == 1 and text.endswith("\n"), f"{words}: not one line: {text!r}"
    assert text.startswith("plait"), text
    assert done.stdout == "", done.stdout
    for part in told:
        assert part in text, f"{words}: {text!r} does not tell {part!r}"


def with_option(words, name, value):
    at = words.index(name)
    return words[:at + 1] + [value] + words[at + 2:]


def without(words, name):
    at = words.index(name)
    return words[:at] + words[at + 2:]


def unknown_words():
    refused([], "a command is missing", "--help")
    refused(["fly"], "'fly'", "--help")
    refused(SEND + ["--colour", "red"], "--colour", "--help")
    refused(SEND + ["word"], "'word'")
    refused(["bench", "foo"], "'foo'", "--help")
    refused(["keygen"], "FILE", "plait keygen FILE")
    refused(["keygen", ""], "''", "plait keygen FILE")


def missing_options():
    refused(without(SEND, "--to"), "--to", "HOST:PORT")
    refused(without(SEND, "--in"), "--in", "udp://")
    refused(without(SEND, "--secret"), "--secret", "--key FILE")
    refused(without(RECV, "--listen"), "--listen", "ADDR:PORT")
    refused(without(RECV, "--out"), "--out", "udp://")
    refused(without(RECV, "--secret"), "--secret", "--allow")


def malformed_urls_and_addresses():
    refused(with_option(SEND, "--in", "http://x"), "--in", "http://x", "udp://")
    refused(with_option(SEND, "--in", "udp://127.0.0.1"), "--in", "udp://127.0.0.1", "PORT")
    refused(with_option(SEND, "--in", "udp://127.0.0.1:0"), "--in", "udp://127.0.0.1:0", "PORT")
    refused(with_option(SEND, "--in", "udp://127.0.0.1:99999"), "99999", "out of range", "65535")
    refused(with_option(SEND, "--in", "udp://127.0.0.1:9/live"), "--in", "9/live", "udp://HOST")
    refused(with_option(SEND, "--in", "udp://127.0.0.1:9?foo=1"), "--in", "'foo'", "ttl=")
    refused(with_option(SEND, "--in", "udp://239.1.2.3:9?iface=nosuch0"), "nosuch0", "ip -br")
    refused(with_option(SEND, "--in", "file:/no/such"), "--in", "/no/such", "check")
    refused(with_option(SEND, "--in", "srt://127.0.0.1:9?mode=up"), "--in", "?mode=up", ";")
    refused(SEND + ["--config", "/"], "--config '/'", "Is a directory")
    refused(SEND + ["--config", "/dev/zero"], "--config '/dev/zero'", "File too large")
    refused(["top", "127.0.0.1:99999"], "99999", "65535")
    refused(SEND + ["--http", "127.0.0.1:99999"], "--http", "99999", "up to 65535")
    refused(with_option(SEND, "--to", "127.0.0.1"), "--to", "127.0.0.1", "PORT")
    refused(with_option(SEND, "--to", "127.0.0.1:70000"), "--to", "70000", "65535")
    refused(with_option(SEND, "--to", "no such;host:1"), "--to", "no such;host", "check")
    refused(with_option(RECV, "--listen", "7000"), "--listen", "7000", "HOST:PORT")
    refused(with_option(RECV, "--out", "udp://:5"), "--out", "host")
    refused(with_option(RECV, "--out", "file:/no/such/place"), "--out", "/no/such", "another place")


def malformed_links():
    refused(SEND + ["--link", "wwan0"], "--link", "'wwan0'", "dev=")
    refused(SEND + ["--link", "src=::1"], "--link", "src=", "IPv6", "one kind")
    refused(SEND + ["--link", "max=fast"], "--link", "max=fast", "8M")
    refused(SEND + ["--link", "src=127.0.0.1", "--link", "src=127.0.0.1"], "--link", "same device")
    refused(SEND + ["--link", "name=a\nevent=path_up"], "--link", "control character 10")
    refused(SEND + ["--link", "cost=1", "--link", "cost=1"], "--link", "link2", "remove one")


def numbers_out_of_range():
    refused(SEND + ["--latency", "5"], "--latency", "'5'", "20 to 10000")
    refused(SEND + ["--mode", "all"], "--mode", "'all'", "aggregate")
    refused(["lab", "--seconds", "0"], "--seconds", "'0'", "1 to")
    refused(["lab", "--rate", "5M", "--adaptive", "1M-2M"], "--adaptive", "--rate", "give one")
    refused(["lab", "--rate", "slow"], "--rate", "'slow'", "5M")


def port_in_use():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        refused(with_option(RECV, "--listen", f"127.0.0.1:{port}"), "--listen", str(port), "in use")
        refused(with_option(SEND, "--in", f"udp://127.0.0.1:{port}"), "--in", str(port), "in use")


def address_of_another_host():
    words = with_option(RECV, "--listen", "192.0.2.99:7000")
    refused(words, "--listen", "192.0.2.99", "ip -br addr")


def keys_and_secrets():
    with Place() as place:
        made = run("keygen", "k", cwd=place.path)
        assert made.returncode == 0 and made.stdout.startswith("plait-public-1:"), made
        assert open(place.file("k.pub"), encoding="utf-8").read() == made.stdout
        refused(["keygen", "k"], "k.pub is there already", "another name", cwd=place.path)
        keyed = without(SEND, "--secret")
        refused(keyed + ["--key", "k"], "--peer", "FILE.pub", cwd=place.path)
        refused(keyed + ["--peer", "k.pub"], "--key is missing", cwd=place.path)
        refused(without(RECV, "--secret") + ["--allow", "k.pub"], "--key is missing",
                cwd=place.path)
        refused(keyed + ["--key", "none", "--peer", "k.pub"], "--key", "none", cwd=place.path)
        refused(keyed + ["--key", "k", "--peer", "k"], "--peer", ".pub", cwd=place.path)
        place.file("none.pub", b"plait-public-1:" + b"A" * 43 + b"=\n")
        refused(keyed + ["--key", "k", "--peer", "none.pub"], "--peer", "no public key",
                cwd=place.path)
        os.chmod(place.file("k"), 0o644)
        refused(keyed + ["--key", "k", "--peer", "k.pub"], "--key k", "chmod 600 k", cwd=place.path)
        place.file("pass", b"phrase\n")
        os.chmod(place.file("pass"), 0o640)
        refused(keyed + ["--secret-file", "pass"], "--secret-file", "chmod 600", cwd=place.path)
        os.chmod(place.file("pass"), 0o600)
        refused(SEND + ["--secret-file", "pass"], "--secret-file", "give one", cwd=place.path)
        refused(with_option(SEND, "--secret", "-"), "--secret -", "--secret-file", cwd=place.path)
        refused(with_option(RECV, "--secret", "-"), "--secret", "empty", cwd=place.path)
        refused(with_option(SEND, "--secret", ""), "--secret", "empty", cwd=place.path)


def pass_phrases_up_to_the_limit():
    """The same by each way; with a good one it is the input that is refused."""
    bare = without(with_option(SEND, "--in", "file:/no/such"), "--secret")
    with Place() as place:
        for length, told in ((1024, "/no/such"), (1025, "at most 1024 bytes")):
            phrase = "p" * length
            place.file("pass", phrase.encode() + b"\n")
            os.chmod(place.file("pass"), 0o600)
            refused(bare + ["--secret", phrase], told)
            refused(bare + ["--secret", "-"], told, stdin=phrase)
            refused(bare + ["--secret-file", "pass"], told, cwd=place.path)
            refused(bare, told, secret=phrase)


def scenarios_and_places():
    with Place() as place:
        refused(["lab", "--scenario", "none.txt"], "--scenario", "none.txt", "give a scenario",
                cwd=place.path)
        place.file("far.txt", b"name=a trace=far.trace\n")
        refused(["lab", "--scenario", "far.txt"], "--scenario far.txt: trace=far.trace", "relative",
                cwd=place.path)
        place.file("bad.txt", b"name=a rate=5M colour=red\n")
        refused(["lab", "--scenario", "bad.txt"], "--scenario", "colour", cwd=place.path)
        refused(with_option(RECV, "--out", "-") + ["--stats", "-"], "--out -", "--stats FILE")
        refused(["lab", "--out", "-", "--stats", "-"], "--out -", "--stats FILE")
        refused(SEND + ["--stats", "no/such/file"], "--stats", "no/such/file", "another place",
                cwd=place.path)


def a_file_is_of_one_option():
    with Place() as place:
        assert run("keygen", "k", cwd=place.path).returncode == 0
        os.symlink("k", place.file("link"))
        place.file("media", b"media")
        keyed = without(RECV, "--secret") + ["--key", "k", "--allow", "k.pub"]
        for words, *told in ((RECV + ["--stats", "a", "--trace", "a"], "--stats and --trace"),
                             (with_option(RECV, "--out", "file:a") + ["--stats", "a"], "--out and"),
                             (with_option(RECV, "--out", "file:a") + ["--stats", "./a"], "--out"),
                             (["lab", "--stats", "./a", "--trace", place.file("a")], "--stats"),
                             (keyed + ["--stats", "link"], "--stats and --key"),
                             (keyed + ["--trace", "k.pub"], "--trace and --allow"),
                             (["lab", "--in", "file:media", "--out", "file:./media"], "--in")):
            refused(words, "the same file", *told, cwd=place.path)
        assert sorted(os.listdir(place.path)) == ["k", "k.pub", "link", "media"]
        recv = place.start(*RECV, "--stats", "/dev/null", "--trace", "/dev/null")
        support.wait_for(lambda: "event=listening" in place.log_of(recv), "the receiver")
        support.stop(recv)


def a_report_of_a_device_is_refused():
    refused(["report", "/dev/zero"], "/dev/zero", "--trace")


def a_check_of_what_has_no_end_is_refused():
    with Place() as place:
        os.mkfifo(place.file("fifo"))
        for name in ("/dev/zero", "fifo", place.path):
            refused(["check", name], name, "configuration file", cwd=place.path)
        place.file("conf", b"[lab]\nscenario = fifo\n")
        done = run("check", "conf", cwd=place.path)
        assert "BAD   scenario = fifo: is no file" in done.stdout, done


def a_report_spares_its_recording():
    with Place() as place:
        trace = place.file("t.qlog", b"a recording")
        os.symlink("t.qlog", place.file("link"))
        for name in ("t.qlog", "./t.qlog", "link"):
            refused(["report", "t.qlog", "--out", name], "--out", name, "another name",
                    cwd=place.path)
        assert open(trace, "rb").read() == b"a recording"


def nothing_is_left_behind():
    with Place() as place:
        port = free_port()
        refused(["recv", "--listen", f"127.0.0.1:{port}", "--out", "file:/no/such/place",
                 "--secret", "x"], "--out", cwd=place.path)
        assert os.listdir(place.path) == []
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
            free.bind(("127.0.0.1", port))


def what_is_refused_empties_no_file():
    """A recording of before, when the page's port is taken or a key log has no place."""
    with Place() as place, socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        old = {name: place.file(name, b"of before") for name in ("out", "stats", "trace")}

        def spared(words, more):
            refused(words + more, *more, cwd=place.path)
            for name in old.values():
                with open(name, "rb") as file:
                    assert file.read() == b"of before", (more, name)

        files = ["--out", "file:out", "--stats", "stats", "--trace", "trace"]
        words = ["recv", "--listen", f"127.0.0.1:{free_port()}", "--secret", "x"] + files
        page = ["--http", f"127.0.0.1:{taken.getsockname()[1]}"]
        for more in (page, ["--keylog", "no/such"], ["--stats", "no/such"], ["--trace", "no/such"]):
            spared(words + more, more)
        for more in (page, ["--stats", "no/such"], ["--out", "file:no/such"]):
            spared(["lab"] + files + more, more)
        recv = place.start(*words)
        support.wait_for(lambda: support.stats(old["stats"]), "the receiver")
        support.stop(recv)
        assert os.path.getsize(old["out"]) == 0
        for name in ("stats", "trace"):
            with open(old[name], "rb") as file:
                assert b"of before" not in file.read(), name


def too_few_descriptors_are_told():
    """Whatever it is that gets none: what is missing, and how to have more."""
    words = ["recv", "--listen", "127.0.0.1:0", "--out", "udp://127.0.0.1:9", "--secret", "x",
             "--http", "127.0.0.1:0", "--stats", "stats", "--quiet"]
    told = ""
    with Place() as place:
        for limit in range(4, 20):
            done = subprocess.run(["sh", "-c", f'ulimit -n {limit} && exec "$0" "$@"',
                                   support.PLAIT, *words], capture_output=True, text=True,
                                  check=False, timeout=support.PATIENCE_S, cwd=place.path)
            assert done.returncode == 2 and done.stderr.count("\n") == 1, (limit, done)
            assert "ulimit -n" in done.stderr, (limit, done)
            told += done.stderr
            if "signals" in done.stderr:
                break
    assert "--stats 'stats'" in told, told


def secrets_in_a_configuration_others_may_read():
    """Told, and no reason not to run."""
    with Place() as place:
        conf = place.file("conf", b"secret = x\nhttp = 127.0.0.1:0\n")
        words = without(RECV, "--secret") + ["--config", "conf", "--stats", "stats"]
        for mode, told in ((0o644, True), (0o640, True), (0o600, False)):
            os.chmod(conf, mode)
            recv = place.start(*words)
            support.wait_for(lambda: support.stats(place.file("stats")), "the receiver")
            support.stop(recv)
            os.unlink(place.file("stats"))
            warning = f"secret may be read by others (mode {mode:04o}); run: chmod 600 conf"
            assert (warning in place.log_of(recv)) == told, place.log_of(recv)


support.main([unknown_words, missing_options, malformed_urls_and_addresses, malformed_links,
              numbers_out_of_range, port_in_use, address_of_another_host, keys_and_secrets,
              secrets_in_a_configuration_others_may_read, pass_phrases_up_to_the_limit,
              scenarios_and_places, a_file_is_of_one_option, a_report_spares_its_recording,
              a_report_of_a_device_is_refused, a_check_of_what_has_no_end_is_refused,
              too_few_descriptors_are_told, nothing_is_left_behind,
              what_is_refused_empties_no_file])
