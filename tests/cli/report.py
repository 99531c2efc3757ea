# SPDX-License-Identifier: BSD-2-Clause
"""plait report of recordings written by hand: what real ones seldom hold."""
import json
import os
import subprocess

import support
from support import Place, run


def session(time_s, unix_s, number, peer, delivered, links=()):
    return {"time": 1000.0 * time_s, "name": "plait:session_updated",
            "data": {"session": number, "role": "receiver", "peer": peer, "name": peer, "up": True,
                     "uptime_ns": 10**9, "stream": {"delivered": delivered, "missing": 0},
                     "paths": [{"path": link, "link": link, "name": name} for link, name in links],
                     "unix_ms": 1000 * unix_s}}


def note(time_s, unix_s, text):
    return {"time": 1000.0 * time_s, "name": "plait:note",
            "data": {"kind": "note", "text": text, "unix_ms": 1000 * unix_s}}


def report(*records):
    """The data of the page."""
    with Place() as place:
        place.file("in.qlog", "".join("\x1e" + json.dumps(record) + "\n"
                                      for record in records).encode())
        done = run("report", "in.qlog", "--out", "out.html", cwd=place.path)
        assert done.returncode == 0, done.stderr
        with open(place.file("out.html"), encoding="utf-8") as page:
            data = page.read().split('id="data">')[1].split("</script>")[0]
    return json.loads(data)


def a_clock_that_is_set_reverses_nothing():
    """Times go on as they did; the clock as it was last is taken for right."""
    data = report(session(5, 9000, 0, "car", 1), note(6, 9001, "early"),
                  session(7, 102, 0, "car", 2), note(8, 103, "late"),
                  session(9, 104, 0, "car", 3))
    assert [sample["t"] for sample in data["samples"]] == [100000, 102000, 104000]
    assert [event["unix_ms"] for event in data["events"]] == [101000, 103000]


def a_number_that_is_used_again_is_another_session():
    data = report(session(1, 1, 0, "car", 10), session(2, 2, 0, "boat", 500),
                  session(3, 3, 0, "boat", 600), session(4, 4, 0, "car", 20))
    assert [(one["peer"], one["stream"]["delivered"]) for one in data["sessions"]] == [
        ("car", 20), ("boat", 600)], data["sessions"]
    keys = [[one["k"] for one in sample["s"]] for sample in data["samples"]]
    assert keys[0] == keys[3] and keys[1] == keys[2] != keys[0], keys


def a_link_that_is_gone_at_the_end_is_shown():
    """It carried until it was unplugged; the samples after that do not have it."""
    data = report(session(1, 1, 0, "car", 10, [(0, "north"), (1, "south")]),
                  session(2, 2, 0, "car", 20, [(1, "south"), (2, "east")]),
                  session(3, 3, 0, "car", 30))
    names = [path["name"] for path in data["sessions"][0]["paths"]]
    assert names == ["south", "east", "north"], names
    shown = [len(sample["s"][0]["p"]) for sample in data["samples"]]
    assert shown == [2, 2, 0], shown


def a_reader_that_has_gone_had_enough():
    with Place() as place:
        records = [session(second, second, 0, "car", second) for second in (1, 2, 3)]
        place.file("in.qlog", b"".join(b"\x1e" + json.dumps(record).encode() + b"\n"
                                       for record in records))
        ours, theirs = os.pipe()
        os.close(ours)
        done = subprocess.run([support.PLAIT, "report", "in.qlog"], stdout=theirs,
                              stderr=subprocess.PIPE, cwd=place.path, check=False)
        assert (done.returncode, done.stderr) == (0, b""), done
        os.close(theirs)
        with open("/dev/full", "wb") as full:
            done = subprocess.run([support.PLAIT, "report", "in.qlog"], stdout=full,
                                  stderr=subprocess.PIPE, cwd=place.path, check=False)
        assert done.returncode == 1 and b"No space left" in done.stderr, done


support.main([a_reader_that_has_gone_had_enough, a_link_that_is_gone_at_the_end_is_shown,
              a_clock_that_is_set_reverses_nothing,
              a_number_that_is_used_again_is_another_session])
