# SPDX-License-Identifier: BSD-2-Clause
"""A key taken off the list while its session carries media: SIGHUP ends the session before the list
counts as read again, and the sender is refused from then on."""
import os
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../cli"))
import support  # noqa: E402
from support import Place, free_port, run, stats, stop, wait_for  # noqa: E402


def replaced(place):
    with open(place.file("other.pub"), "rb") as other:
        place.file("field.pub", other.read())


def removed(place):
    os.unlink(place.file("field.pub"))


def left_out(place):
    place.file("conf", b"")


def ends(words, change):
    with Place() as place:
        for name in ("studio", "field", "other"):
            assert run("keygen", name, cwd=place.path).returncode == 0
        place.file("conf", b"allow = field.pub\n")
        port = free_port()
        recv = place.start("recv", "--listen", f"127.0.0.1:{port}", "--out", "file:out", "--key",
                           "studio", "--stats", "recv.json", *words)
        place.file("media", os.urandom(8_000_000))
        send = place.start("send", "--to", f"127.0.0.1:{port}", "--in", "file:media", "--rate",
                           "4M", "--key", "field", "--peer", "studio.pub", "--latency", "200")
        wait_for(lambda: os.path.exists(place.file("out")) and os.path.getsize(place.file("out")),
                 "media")
        change(place)
        recv.send_signal(signal.SIGHUP)
        wait_for(lambda: "event=reloaded peers" in place.log_of(recv), "the reload")
        lines = place.log_of(recv).splitlines()
        ended = [i for i, line in enumerate(lines) if "event=session_closed" in line]
        read = [i for i, line in enumerate(lines) if "event=reloaded peers" in line]
        assert ended and ended[0] < read[0], lines
        assert "no longer allowed" in lines[ended[0]], lines[ended[0]]
        came = os.path.getsize(place.file("out"))
        wait_for(lambda: any(line["door"]["refused"] for line in stats(place.file("recv.json"))),
                 "a refusal")
        assert stats(place.file("recv.json"))[-1]["sessions"] == []
        assert os.path.getsize(place.file("out")) == came
        send.kill()
        stop(recv)


def session_ends_with_the_list():
    ends(("--allow", "field.pub"), replaced)


def session_ends_with_the_file():
    ends(("--allow", "field.pub"), removed)


def session_ends_with_the_last_line():
    ends(("--config", "conf"), left_out)


def the_shared_secret_stays():
    """Who came by a pass phrase is on no list, and a reload takes nobody away."""
    with Place() as place:
        port = free_port()
        place.file("conf", b"latency = 200\n")
        recv = place.start("recv", "--listen", f"127.0.0.1:{port}", "--out", "file:out", "--secret",
                           "x", "--config", "conf")
        place.file("media", os.urandom(8_000_000))
        send = place.start("send", "--to", f"127.0.0.1:{port}", "--in", "file:media", "--rate",
                           "4M", "--secret", "x")
        wait_for(lambda: os.path.exists(place.file("out")) and os.path.getsize(place.file("out")),
                 "media")
        recv.send_signal(signal.SIGHUP)
        wait_for(lambda: "event=reloaded" in place.log_of(recv), "the reload")
        assert "session_closed" not in place.log_of(recv), place.log_of(recv)
        send.kill()
        stop(recv)


if __name__ == "__main__":
    support.main([session_ends_with_the_list, session_ends_with_the_file,
                  session_ends_with_the_last_line, the_shared_secret_stays])
