# SPDX-License-Identifier: BSD-2-Clause
"""A key taken off the list while its session carries media: SIGHUP ends the session before the list
counts as read again, and the sender is refused from then on."""
import os
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../cli"))
import support  # noqa: E402
from support import Place, free_port, run, stats, stop, wait_for  # noqa: E402


def session_ends_with_the_list():
    with Place() as place:
        for name in ("studio", "field", "other"):
            assert run("keygen", name, cwd=place.path).returncode == 0
        port = free_port()
        recv = place.start("recv", "--listen", f"127.0.0.1:{port}", "--out", "file:out", "--key",
                           "studio", "--allow", "field.pub", "--stats", "recv.json")
        place.file("media", os.urandom(8_000_000))
        send = place.start("send", "--to", f"127.0.0.1:{port}", "--in", "file:media", "--rate",
                           "4M", "--key", "field", "--peer", "studio.pub", "--latency", "200")
        wait_for(lambda: os.path.exists(place.file("out")) and os.path.getsize(place.file("out")),
                 "media")
        with open(place.file("other.pub"), "rb") as other:
            place.file("field.pub", other.read())
        recv.send_signal(signal.SIGHUP)
        wait_for(lambda: "event=reloaded" in place.log_of(recv), "the reload")
        lines = place.log_of(recv).splitlines()
        ended = [i for i, line in enumerate(lines) if "event=session_closed" in line]
        read = [i for i, line in enumerate(lines) if "event=reloaded" in line]
        assert ended and ended[0] < read[0], lines
        assert "no longer allowed" in lines[ended[0]], lines[ended[0]]
        came = os.path.getsize(place.file("out"))
        wait_for(lambda: any(line["door"]["refused"] for line in stats(place.file("recv.json"))),
                 "a refusal")
        assert stats(place.file("recv.json"))[-1]["sessions"] == []
        assert os.path.getsize(place.file("out")) == came
        send.kill()
        stop(recv)


if __name__ == "__main__":
    support.main([session_ends_with_the_list])
