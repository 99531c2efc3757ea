#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The dashboard in headless Chromium: it loads, it moves, nothing complains, nobody else is asked.
argv: server; with a second argument the screenshots are written there (tools for docs/)."""
import sys

import browser
from serving import PATIENCE_S, skip, started

SIZES = (("desktop", 1360, 900, False), ("phone", 390, 844, True))


def check_page(page, base, name, theme):
    page.open(base + "?theme=" + theme)
    links = "document.querySelectorAll('#links .card').length"
    assert page.wait_for(links + " === 3", PATIENCE_S), (name, page.errors)
    canvases = "document.querySelectorAll('#charts canvas').length"
    assert page.wait_for(canvases + " >= 12", PATIENCE_S), name
    uptime = "document.getElementById('uptime').textContent"
    before = page.value(uptime)
    assert page.wait_for(f"{uptime} !== {before!r}", PATIENCE_S), "nothing moves"
    assert page.value("document.querySelectorAll('#figures .figure').length") == 5
    assert page.value("document.querySelectorAll('#events li').length") > 3
    assert page.value("document.documentElement.dataset.theme") == theme
    wider = page.value("document.documentElement.scrollWidth - innerWidth")
    assert wider <= 0, f"{name}: the page is {wider} pixels too wide"
    page.value("document.querySelector('#chips button').click()")
    assert page.value("document.querySelector('#chips button').getAttribute('aria-pressed')"
                      ) == "false"
    page.value("document.querySelector('#chips button').click()")


def check_advice(page):
    """0 is not known yet; links that carry next to nothing are known."""
    for advice_bps, wanted in ((0, [False, False]), (1000, [True, True]), (9e6, [True, False])):
        tx = f"{{media_bps: 8e6, stream: {{advice_bps: {advice_bps}}}}}"
        found = page.value(f"[Plait.advice({tx}).known, Plait.advice({tx}).tight]")
        assert found == wanted, (advice_bps, found)


def main():
    program = browser.find()
    if not program:
        skip("chromium is missing (apt-get install chromium)")
    with started([sys.argv[1], "127.0.0.1:0", "120", "3"]) as base, \
            browser.Browser(program) as page:
        for name, width, height, phone in SIZES:
            for theme in ("light", "dark"):
                page.size(width, height, phone)
                check_page(page, base, name, theme)
                if len(sys.argv) > 2:
                    page.listen(3)
                    page.screenshot(f"{sys.argv[2]}/dashboard-{name}-{theme}.png", not phone)
        check_advice(page)
        assert page.errors == [], page.errors
        foreign = [url for url in page.requested
                   if not url.startswith((base, "about:", "data:"))]
        assert foreign == [], foreign


main()
