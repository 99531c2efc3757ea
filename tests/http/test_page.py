#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The dashboard in headless Chromium, fed by hand: what it says where sessions come and go, clocks
are set and programs start anew. argv: server."""
import copy
import json
import sys

import browser
from serving import PATIENCE_S, get, skip, started, wait_for

# The page's stream and history come from here instead of from the server.
FEED = """
window.past = {samples: [], events: []};
window.EventSource = class { constructor() { window.feed = this; } close() {} };
window.fetch = async () => ({ok: true, json: async () => window.past});
"""


class Fed:
    """A page, and the snapshot it got last."""

    def __init__(self, page, base):
        self.page = page
        self.snapshot = wait_for("a snapshot", lambda: json.loads(get(base + "stats")[2]))
        self.snapshot["events"] = []
        self.at = self.snapshot["unix_ms"]
        page.open(base)
        assert page.wait_for("!!(window.feed && feed.onmessage)", PATIENCE_S), page.errors

    def give(self, seconds=1):
        """The snapshot as it is now, `seconds` after the last."""
        self.at += 1000 * seconds
        self.snapshot["unix_ms"] = self.at
        data = json.dumps(json.dumps(self.snapshot))
        self.page.value(f"feed.onmessage({{data: {data}}})")

    def receivers(self, *numbers):
        """As a receiver shows it: one session for each number."""
        one = [s for s in self.snapshot["sessions"] if s["role"] == "receiver"][0]
        self.snapshot["sessions"] = [{**copy.deepcopy(one), "session": n} for n in numbers]
        self.snapshot["links"] = []

    def text(self, selector):
        """What a person sees of it."""
        return self.page.value(f"document.querySelector('{selector}').innerText").strip()


def check_nobody(fed):
    """Without a session there are no figures of one; without news they are grey."""
    fed.receivers(0)
    fed.give()
    assert "On time" in fed.text("main") and "Telia" in fed.text("main")
    assert fed.text("#peer").startswith("from ") and fed.text("#uptime").startswith("up ")
    fed.receivers()
    fed.give()
    assert fed.text("#verdict") == "Waiting for the other side"
    for selector in ("#figures", "#links", "#chips", "#peer", "#uptime", "#share"):
        shown = fed.page.value(f"document.querySelector('{selector}').getClientRects().length")
        assert shown == 0, selector


def check_stale(fed):
    fed.give()
    grey = "getComputedStyle(document.querySelector('.card')).filter"
    assert fed.page.value(grey) == "none"
    assert fed.page.wait_for(grey + " !== 'none'", PATIENCE_S), "old figures look like new ones"
    assert fed.text("#line") == "no connection"
    fed.give()
    assert fed.page.value(grey) == "none" and fed.text("#line") == "live"


def check_other_sender(fed):
    """A sender whose media goes nowhere is not called fine."""
    fed.receivers(0)
    fed.give()
    assert fed.text("#verdict").startswith("Everything on time"), fed.text("#verdict")
    fed.snapshot["sessions"][0]["discarded"] = True
    fed.give()
    assert fed.text("#verdict") == "Not on the output: another sender has it"


def check_new_program(fed):
    """A program that began anew counts its events from 1 again, up to any number."""
    def event(number, text):
        return {"id": number, "now_ns": 0, "unix_ms": fed.at, "kind": "path_up", "value": 0,
                "text": text}

    fed.snapshot["events"] = [event(1, "first is up"), event(2, "second is up")]
    fed.give()
    fed.give()
    assert fed.text("#events").count("second is up") == 1
    fed.snapshot["boot"] += 1
    fed.snapshot["events"] = [event(1, "third is up"), event(2, "fourth is up"),
                              event(3, "fifth is up")]
    fed.give(seconds=10)
    found = [word for word in fed.text("#events").split() if word.endswith(("h", "d", "t"))]
    assert found == ["fifth", "fourth", "third", "second", "first"], found


def check_gap(fed):
    """Where no samples came nothing was carried: no ramp from the last to the next."""
    samples = [{"t": t, "s": [{"k": "sender:0", "m": 8e6, "adv": 0, "arq": 0, "fec": 0, "bad": 0,
                               "p": [[0, 8e6, 9e6, 40, 0, 0, 1e6, 2]]}]} for t in (0, 1000, 61000)]
    view = '{sender: {}, senderKey: "sender:0", receiverKey: null}'
    rows = fed.page.value(f"PlaitCharts.rows(PlaitCharts.kinds[0], PlaitCharts.points("
                          f"{json.dumps(samples)}, {view}), [{{link: 0}}])"
                          ".map((row) => [row[0].getTime(), row[1]])")
    assert rows == [[0, 8], [1000, 8], [1001, 0], [60999, 0], [61000, 8]], rows


def check_lane(fed):
    """Of a clock set back: what is still to come is not to the right of the page."""
    fed.snapshot["events"] = [{"id": i, "now_ns": 0, "unix_ms": fed.at + 1000 * after,
                               "kind": "path_down", "value": 0, "text": "down"}
                              for i, after in ((1, 1), (2, 600))]
    fed.give()
    fed.page.value("document.dispatchEvent(new Event('visibilitychange'))")  # draws now
    assert fed.page.value("document.querySelectorAll('#lane b').length") == 1


def check_tabs(fed):
    """Two senders of one name are told apart; a tab stays the same while it is there."""
    fed.receivers(0, 3)
    fed.give()
    tabs = fed.text("#sessions").split("\n")
    assert len(set(tabs)) == 2 and tabs[1].endswith(" 3"), tabs
    fed.page.value("document.querySelector('#sessions :nth-child(2)').focus()")
    fed.give()
    focused = "document.activeElement === document.querySelector('#sessions :nth-child(2)')"
    assert fed.page.value(focused), "the focus is lost"
    fed.page.value("document.activeElement.click()")
    assert fed.page.value("document.activeElement.getAttribute('aria-pressed')") == "true"
    assert fed.page.value(focused) and fed.text("#peer") == "from " + tabs[1]
    fed.receivers(3)
    fed.give()
    assert fed.page.value("document.getElementById('sessions').hidden")


def check_verdict(fed):
    """The rate is no news that is read aloud each second."""
    fed.give()
    aloud = fed.text("[aria-live]")
    assert aloud.startswith("Everything on time now. 3 links carry"), aloud
    rate = fed.text("#verdict-figures")
    assert "bit/s" in rate and "bit/s" not in aloud, (aloud, rate)
    fed.receivers()
    fed.give()
    assert fed.text("#verdict-figures") == ""


def contrast(one, other):
    """WCAG 2: of two "#rrggbb"."""
    def luminance(colour):
        parts = [int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)]
        red, green, blue = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4
                            for p in parts]
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def check_colours(fed):
    """Text can be read by people who see less well (level AA), in the sun too."""
    for theme in ("light", "dark"):
        fed.page.value(f"document.documentElement.dataset.theme = '{theme}'")
        colour = {name: fed.page.value(f"Plait.css('--{name}')") for name in (
            "soft", "faint", "idle", "good", "warn", "bad", "card", "ground", "idle-wash",
            "good-wash", "warn-wash", "bad-wash")}
        pairs = [(text, on) for text in ("soft", "faint") for on in ("card", "ground")]
        pairs += [(tone, on) for tone in ("idle", "good", "warn", "bad")
                  for on in ("card", tone + "-wash")]
        for text, on in pairs:
            found = contrast(colour[text], colour[on])
            assert found >= 4.5, f"{theme}: {text} on {on} has {found:.2f}"


def main():
    program = browser.find()
    if not program:
        skip("chromium is missing (apt-get install chromium)")
    with started([sys.argv[1], "127.0.0.1:0", "300", "3"]) as base, \
            browser.Browser(program) as page:
        page.ask("Page.addScriptToEvaluateOnNewDocument", source=FEED)
        page.size(1360, 900)
        for check in (check_nobody, check_stale, check_other_sender,
                      check_new_program, check_gap, check_lane, check_tabs, check_verdict,
                      check_colours):
            check(Fed(page, base))
        assert page.errors == [], page.errors


main()
