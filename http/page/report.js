// SPDX-License-Identifier: BSD-2-Clause
// A recorded session, all of it at once. The data are {title, samples, sessions, events}: samples
// as /history has them, sessions as /stats has them at the end.
"use strict";

(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const $ = (id) => document.getElementById(id);
  const decided = (data.decisions || []).filter((one) => one.paths.length > 0);
  const charts = new ChartSet($("charts"), { zoom: true, decisions: decided.length > 0 });
  data.events = Plait.settled(data.events);
  const samples = data.samples, views = Plait.views(data.sessions);
  let view = views[0];

  function theme(dark) {
    document.documentElement.dataset.theme = dark ? "dark" : "light";
    charts.repaint();
  }

  function figure(label, big, unit, more, tone = "") {
    const e = Plait.element, box = e("article", "figure " + tone), line = e("div", "big");
    line.append(big, e("small", "", unit));
    box.append(e("div", "label", label), line, e("div", "more", more));
    $("figures").append(box);
  }

  function showFigures() {
    const tx = view.sender, rx = view.receiver, rxs = rx && rx.stream, txs = tx && tx.stream;
    const good = rx ? rxs.delivered : txs.acked;
    const bad = rx ? rxs.missing : txs.expired + txs.dropped;
    const points = PlaitCharts.points(samples, view).filter((point) => point.media > 0);
    const mean = points.reduce((sum, p) => sum + p.media, 0) / Math.max(1, points.length);
    $("figures").replaceChildren();
    figure("On time", Plait.onTime(good, bad), "%", Plait.count(good) + " delivered · " +
      Plait.count(bad) + " missing", bad > 0 ? "bad" : "good");
    figure("Stream, mean", ...Plait.rate(mean), "over " + Plait.span(view.uptime_ns));
    if (tx) {
      const sent = tx.paths.reduce((sum, path) => sum + path.bytes_sent, 0);
      figure("Bytes sent a byte", (sent / Math.max(1, txs.written_bytes)).toFixed(3), "",
        Plait.count(txs.resent + txs.reinjected) + " resent · " + Plait.count(txs.repair_sent) +
        " FEC symbols");
    }
    if (rx) {
      figure("Repaired", Plait.count(rxs.recovered_arq + rxs.recovered_fec), "packets",
        Plait.count(rxs.recovered_arq) + " by resend · " + Plait.count(rxs.recovered_fec) +
        " by FEC");
    }
    figure("Latency", Plait.ms(view.latency_ns), "ms", "agreed");
  }

  function showLinks() {
    const key = view.senderKey || view.receiverKey;
    $("links").replaceChildren(...view.paths.map((path) => {
      const e = Plait.element, box = e("article", "card"), head = e("div", "row"),
        facts = e("div", "facts");
      const of = (column) => samples.map((sample) => sample.s.find((one) => one.k === key))
        .map((one) => one && one.p.find((p) => p[0] === path.link)).filter((p) => p)
        .map((p) => p[column]).sort((a, b) => a - b);
      const rtts = of(3), rates = of(1), active = of(7).filter((state) => state === 2).length;
      box.style.setProperty("--hue", Plait.hue(path.link));
      const mean = rates.reduce((a, b) => a + b, 0) / Math.max(1, rates.length);
      const bytes = view.sender ? path.bytes_sent : path.bytes_received;
      head.append(e("span", "name", path.name),
        e("span", "where", (view.sender && path.local) || path.remote));
      for (const [label, text] of [["mean rate", Plait.rateText(mean)],
        ["carried", (bytes / 1e6).toFixed(1) + " MB"],
        ["active", Plait.percent(active / Math.max(1, rates.length))],
        ["RTT, middle", (rtts[rtts.length >> 1] || 0) + " ms"],
        ["RTT, 95 %", (rtts[Math.floor(rtts.length * 0.95)] || 0) + " ms"],
        ["lost", view.sender && path.packets_sent
          ? Plait.percent((path.packets_lost || 0) / path.packets_sent) : "–"]]) {
        const cell = e("div");
        cell.append(e("span", "", label), e("b", "", text));
        facts.append(cell);
      }
      box.append(head, facts);
      return box;
    }));
  }

  function showEvents() {
    $("events").replaceChildren(...data.events.map((event) => {
      const item = Plait.element("li", Plait.eventTone(event.kind));
      item.append(Plait.element("span", "mark"),
        Plait.element("time", "", Plait.time(event.unix_ms)),
        Plait.element("span", "", event.text));
      return item;
    }));
  }

  // Where packets went and why: one row a path of the sender.
  function showDecisions() {
    const tx = view.sender, e = Plait.element, table = e("table", "decisions");
    const of = tx && decided.find((one) => one.role === "sender" && one.session === tx.session);
    $("decisions").hidden = !of;
    if (!of) return;
    const row = (cell, texts) => {
      const line = e("tr");
      line.append(...texts.map((text) => e(cell, "", text)));
      table.append(line);
    };
    row("th", ["link", "fresh", "resent", "second copies", "FEC", "probes", "lost",
      "was the only one ready", "was the earliest", "was later but less burdened"]);
    for (const path of of.paths) {
      const known = tx.paths.find((one) => one.path === path.path_id);
      const chosen = Math.max(1, path.only + path.earliest + path.lighter);
      row("td", [known ? known.name : "path " + path.path_id, ...[path.fresh, path.resend,
        path.reinject, path.repair, path.probe, path.lost].map(Plait.count),
        ...[path.only, path.earliest, path.lighter].map((n) => Plait.percent(n / chosen))]);
    }
    $("decisions").replaceChildren(e("h2", "", "Which link, and why"), table);
  }

  function draw() {
    const links = view.paths.map((path) => ({ link: path.link, name: path.name }))
      .sort((a, b) => a.link - b.link);
    charts.prepare(links, view);
    charts.draw(samples, view, data.events, samples[0].t, samples[samples.length - 1].t);
    $("chips").replaceChildren(...charts.chips(links, draw));
  }

  function show() {
    showFigures();
    showLinks();
    showDecisions();
    draw();
    $("sessions").hidden = views.length < 2;
    $("sessions").replaceChildren(...views.map((one) => {
      const tab = Plait.element("button", "", one.short);
      tab.setAttribute("aria-pressed", String(one === view));
      tab.addEventListener("click", () => {
        view = one;
        show();
      });
      return tab;
    }));
  }

  $("title").textContent = data.title;
  $("peer").textContent = new Date(samples[0].t).toLocaleString();
  $("span").textContent = Plait.time(samples[0].t) + " to " +
    Plait.time(samples[samples.length - 1].t);
  let dark = matchMedia("(prefers-color-scheme: dark)").matches;
  $("theme").addEventListener("click", () => theme((dark = !dark)));
  theme(dark);
  show();
  showEvents();
})();
