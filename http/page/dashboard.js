// SPDX-License-Identifier: BSD-2-Clause
// The live page: history first, then one server-sent event a publish.
"use strict";

(() => {
  const WINDOW_MS = 600000, REDRAW_MS = 1900, STALE_MS = 5000;
  const query = new URLSearchParams(location.search);
  const token = query.has("token") ? "?token=" + encodeURIComponent(query.get("token")) : "";
  const $ = (id) => document.getElementById(id);
  const charts = new ChartSet($("charts"));
  const cards = new Map(); // by link number
  const figures = new Map();
  let samples = [], events = [], snapshot = null, chosen = query.get("view"), heard = 0, drawn = 0;
  let source = null, opened = 0, boot = null, newest = 0;

  // ---- theme: the system's unless chosen; ?theme=dark for a kiosk ----
  const systemDark = matchMedia("(prefers-color-scheme: dark)");
  function stored(value) {
    try {
      if (value) localStorage.setItem("plait-theme", value);
      return localStorage.getItem("plait-theme");
    } catch (error) {
      return null; // storage may be forbidden; the choice then lasts as long as the page
    }
  }
  let theme = query.get("theme") || stored() || "auto";
  function applyTheme() {
    const dark = theme === "dark" || (theme === "auto" && systemDark.matches);
    document.documentElement.dataset.theme = dark ? "dark" : "light";
    charts.repaint();
    cards.forEach((card) => card.repaint());
  }
  $("theme").addEventListener("click", () => {
    theme = { auto: "dark", dark: "light", light: "auto" }[theme] || "auto";
    stored(theme);
    $("theme").title = "Theme: " + theme;
    applyTheme();
  });
  systemDark.addEventListener("change", applyTheme);

  // ---- one link's card ----
  class Card {
    constructor(link) {
      this.link = link;
      const e = Plait.element;
      this.box = e("article", "card");
      this.box.style.setProperty("--hue", Plait.hue(link));
      const head = e("div", "row"), rate = e("div", "row"), facts = e("div", "facts");
      this.name = e("span", "name");
      this.where = e("span", "where");
      this.state = e("span", "pill");
      this.rate = e("span", "rate");
      this.number = document.createTextNode("");
      this.unit = e("small");
      this.rate.append(this.number, this.unit);
      this.of = e("span", "of");
      this.part = e("span", "part");
      this.fill = e("i");
      this.spark = e("div", "spark");
      this.why = e("div", "why");
      this.note = e("div", "why note");
      this.fact = {};
      this.labels = {};
      const labels = { rtt: "round trip", queue: "own queue", loss: "loss" };
      for (const [key, label] of Object.entries(labels)) {
        const cell = e("div"), title = e("span", "", label);
        this.fact[key] = e("b");
        this.labels[key] = title;
        cell.append(title, this.fact[key]);
        facts.append(cell);
      }
      const meter = e("div", "meter");
      meter.append(this.fill);
      head.append(this.name, this.where, this.state);
      rate.append(this.rate, this.of, this.part);
      this.box.append(head, rate, meter, facts, this.spark, this.why, this.note);
    }

    show(path, note, share) {
      const tone = { active: "good", suspect: "warn", down: "bad" }[path.state] || "";
      const carried = path.capacity_bps === undefined ? path.received_bps : path.sent_bps;
      const fact = (key, text, level) => {
        Plait.set(this.fact[key], text);
        this.fact[key].className = level;
      };
      Plait.set(this.name, path.name);
      const ours = path.capacity_bps === undefined ? "" : path.local;
      Plait.set(this.where, ours || path.remote || "");
      Plait.set(this.state, path.state);
      this.state.className = "pill " + tone;
      this.box.classList.toggle("off", path.state !== "active");
      const [number, unit] = Plait.rate(carried);
      this.number.data = number;
      Plait.set(this.unit, unit);
      Plait.set(this.of, path.capacity_bps ? "of " + Plait.rateText(path.capacity_bps) : "");
      this.of.title = "estimated capacity of the link";
      Plait.set(this.part, share > 0.0005 ? Plait.percent(share) : "");
      this.part.title = "share of what all links carry now";
      const used = path.capacity_bps ? carried / path.capacity_bps : 0;
      this.fill.style.width = Math.min(100, 100 * used).toFixed(1) + "%";
      this.fill.parentNode.hidden = !path.capacity_bps;
      const unused = path.state === "none" && note;
      Plait.set(this.why, unused ? note : Plait.why(path));
      Plait.set(this.note, unused ? "" : note || "");
      if (path.capacity_bps === undefined) { // a receiver measures other things
        this.receiverFacts(path);
        return;
      }
      const queue = (path.queue_ns || 0) / 1e6, loss = path.loss_ppm / 1e4;
      fact("rtt", path.rtt_ns > 0 ? Plait.ms(path.rtt_ns) + " ms" : "–", "");
      fact("queue", Plait.ms(path.queue_ns || 0) + " ms", queue >= 200 ? "warn" : "");
      fact("loss", Plait.percent(path.loss_ppm / 1e6), loss >= 5 ? "bad" : loss >= 2 ? "warn" : "");
    }

    receiverFacts(path) {
      const facts = { rtt: ["round trip", path.rtt_ns > 0 ? Plait.ms(path.rtt_ns) + " ms" : "–"],
        queue: ["jitter", Plait.ms(path.jitter_ns || 0) + " ms"],
        loss: ["received", ((path.bytes_received || 0) / 1e6).toFixed(1) + " MB"] };
      for (const [key, [label, text]] of Object.entries(facts)) {
        Plait.set(this.labels[key], label);
        Plait.set(this.fact[key], text);
      }
    }

    draw(points, from, to) {
      const rows = points.map((p) => {
        const path = p.link[this.link];
        return [new Date(p.t), path ? path[1] * 1e-6 : null,
          path && path[7] === 2 && path[2] > 0 ? path[2] * 1e-6 : null];
      });
      if (rows.length < 2) return;
      const most = (column) => Math.max(0.1, ...rows.map((row) => row[column] || 0));
      const range = [0, 1.08 * Math.max(most(1), Math.min(most(2), 3 * most(1)))];
      const moving = { file: rows, dateWindow: [from, to], valueRange: range };
      if (this.graph) this.graph.updateOptions(moving);
      else {
        const none = { drawAxis: false, drawGrid: false };
        this.graph = new Dygraph(this.spark, rows, {
          ...moving, labels: ["time", "rate", "capacity"],
          axes: { x: none, y: none }, legend: "never", interactionModel: {}, strokeWidth: 1.5,
          highlightCircleSize: 0, ...this.paint() });
      }
    }
    paint() {
      const hue = Plait.css(`--link${this.link % 8}`);
      return { series: { rate: { color: hue, fillGraph: true }, capacity: {
        color: Plait.css("--faint"), strokePattern: [4, 3], strokeWidth: 1 } } };
    }
    repaint() {
      if (this.graph) this.graph.updateOptions(this.paint());
    }
  }

  // ---- the five figures of the stream ----
  function figure(key, label, big, unit, more, tone = "") {
    let parts = figures.get(key);
    if (!parts) {
      const e = Plait.element, box = e("article", "figure");
      parts = { box, label: e("div", "label"), value: document.createTextNode(""), unit: e("small"),
        more: e("div", "more") };
      const line = e("div", "big");
      line.append(parts.value, parts.unit);
      box.append(parts.label, line, parts.more);
      $("figures").append(box);
      figures.set(key, parts);
    }
    Plait.set(parts.label, label);
    if (parts.value.data !== String(big)) parts.value.data = String(big);
    Plait.set(parts.unit, unit);
    Plait.set(parts.more, more);
    parts.box.className = "figure " + tone;
  }

  function showFigures(view, minute) {
    const tx = view.sender, rx = view.receiver, media = (rx || tx).media_bps;
    const [rate, unit] = Plait.rate(tx ? tx.media_bps : media);
    const bad = rx ? rx.stream.missing : tx.stream.expired + tx.stream.dropped;
    const good = rx ? rx.stream.delivered : tx.stream.acked;
    const share = minute ? Plait.onTime(minute.ok, minute.bad) : "–";
    figure("ontime", "On time, last minute", share, "%",
      Plait.count(good) + " delivered · " + (rx ? Plait.count(rx.stream.late) + " late · " : "") +
      Plait.count(bad) + " missing in all", minute && minute.bad > 0 ? "bad" : "");
    const sent = tx ? tx.paths.reduce((sum, path) => sum + path.sent_bps, 0) : 0;
    figure("media", "Stream", rate, unit, tx && tx.media_bps > 0
      ? (sent / tx.media_bps).toFixed(2) + " bytes sent a byte"
      : "carried by " + view.paths.filter((path) => path.state === "active").length + " links");
    if (rx) {
      const head = rx.stream.headroom_ns / 1e6;
      figure("latency", "Output latency", Plait.ms(rx.stream.latency_measured_ns), "ms",
        "agreed " + Plait.ms(rx.stream.latency_ns) + " · " + head.toFixed(0) + " ms to spare",
        head < 50 && good > 0 ? "warn" : "");
    } else {
      figure("latency", "Latency", Plait.ms(tx.stream.latency_ns), "ms",
        Plait.count(tx.stream.backlog) + " packets waiting");
    }
    const fixed = minute ? minute.arq + minute.fec : 0;
    figure("repair", (rx ? "Repaired" : "Sent again") + ", last minute", Plait.count(fixed),
      "packets", minute ? Plait.count(minute.arq) + " by resend · " + Plait.count(minute.fec) +
      (rx ? " by FEC" : " FEC symbols") : "");
    if (tx) {
      const { bps, known, tight } = Plait.advice(tx);
      const [number, advised] = known ? Plait.rate(bps) : ["–", ""];
      figure("advice", "Encoder may send", number, advised, !known ? "not known yet"
        : tight ? "lower the encoder"
          : "room for " + Plait.rateText(bps - tx.media_bps) + " more", tight ? "warn" : "");
    } else {
      figure("advice", "Waiting for its turn", Plait.count(rx.stream.reorder_depth), "packets",
        Plait.count(rx.stream.duplicates) + " duplicates dropped");
    }
  }

  // ---- the sentence at the top ----
  // Its tone, its words, and behind them figures that change all the time: they are not read aloud.
  function verdict(view) {
    const text = (tone, words, figures = "") => [tone, words, figures];
    if (!view || !view.up) return text("waiting", "Waiting for the other side");
    if (view.receiver && view.receiver.discarded) {
      return text("warn", "Not on the output: another sender has it");
    }
    const short = Plait.lately(samples, view.receiverKey || view.senderKey, 10000);
    const rate = (view.sender || view.receiver).media_bps;
    const active = view.paths.filter((path) => path.state === "active");
    const out = view.paths.filter((path) => path.state === "suspect" || path.state === "down");
    const { tight, cure } = Plait.advice(view.sender);
    if (short && short.bad > 0) {
      return text("bad", "Losing packets", ": " + Plait.count(short.bad) + " in the last " +
        Math.round(short.seconds) + " s" + (tight
        ? ". The links carry less than the stream needs: " + cure : ""));
    }
    if (active.length === 0) return text("bad", "No link carries media now");
    if (tight) return text("warn", "At the limit", ": " + cure);
    const names = out.map((path) => path.name).join(", ");
    if (out.length > 0) {
      return text("warn", names + (out.length > 1 ? " are" : " is") +
        " out. Nothing lost: the other " + active.length + " carry on");
    }
    if (rate === 0) return text("waiting", "Connected. No media is coming in");
    return text("good", "Everything on time now. " + active.length +
      (active.length === 1 ? " link carries" : " links carry"), " " + Plait.rateText(rate));
  }

  function showVerdict(view) {
    let [tone, words, changing] = verdict(view);
    const stale = performance.now() - heard > STALE_MS;
    if (stale && heard > 0) {
      [tone, words, changing] = ["bad", "No news from plait; trying again", ""];
    }
    $("verdict").className = "verdict " + tone;
    Plait.set($("verdict-text"), words);
    Plait.set($("verdict-figures"), changing);
    document.body.dataset.news = !view ? "none" : stale ? "old" : "new";
    $("line").className = "pill " + (stale ? "bad" : "good");
    Plait.set($("line"), stale ? "no connection" : "live");
  }

  // ---- links, shares, chips ----
  function showLinks(view) {
    const notes = new Map(snapshot.links.map((link) => [link.link, link.note]));
    const shown = new Set(view.paths.map((path) => path.link));
    const of = (path) => (view.sender ? path.sent_bps : path.received_bps);
    const total = Math.max(1, view.paths.reduce((sum, path) => sum + of(path), 0));
    for (const path of view.paths) {
      if (!cards.has(path.link)) cards.set(path.link, new Card(path.link));
      cards.get(path.link).show(path, notes.get(path.link), of(path) / total);
    }
    for (const link of snapshot.links.filter((one) => !shown.has(one.link) && view.sender)) {
      shown.add(link.link);
      if (!cards.has(link.link)) cards.set(link.link, new Card(link.link));
      const name = link.name || "link " + link.link;
      cards.get(link.link).show({ name, state: "none", sent_bps: 0, received_bps: 0, rtt_ns: 0,
        capacity_bps: 0, loss_ppm: 0, share_ppm: 0, local: link.device }, link.note, 0);
    }
    for (const [link, card] of cards) {
      if (shown.has(link)) continue;
      if (card.graph) card.graph.destroy();
      cards.delete(link);
    }
    const wanted = [...cards.keys()].sort((a, b) => a - b).map((link) => cards.get(link).box);
    const root = $("links");
    root.dataset.count = wanted.length;
    const same = wanted.length === root.children.length &&
      wanted.every((box, i) => root.children[i] === box);
    if (!same) {
      root.replaceChildren(...wanted);
    }
    showShare(view);
  }

  function showShare(view) {
    const root = $("share"), of = (path) => (view.sender ? path.sent_bps : path.received_bps);
    const total = view.paths.reduce((sum, path) => sum + of(path), 0);
    while (root.children.length > view.paths.length) root.lastChild.remove();
    view.paths.forEach((path, i) => {
      const part = root.children[i] || root.appendChild(Plait.element("i"));
      part.style.background = Plait.hue(path.link);
      part.style.width = (total > 0 ? (100 * of(path)) / total : 0) + "%";
      part.title = path.name + ": " + Plait.percent(total > 0 ? of(path) / total : 0);
    });
  }

  function showChips(links) {
    const root = $("chips");
    const shape = JSON.stringify(links);
    if (root.dataset.shape === shape) return;
    root.dataset.shape = shape;
    root.replaceChildren(...charts.chips(links, () => drawCharts(true)));
  }

  // ---- events ----
  function addEvents(list, from) {
    if (boot !== from) newest = 0; // plait began anew
    boot = from;
    const fresh = list.filter((event) => event.id > newest);
    if (fresh.length === 0) return;
    newest = fresh[fresh.length - 1].id;
    events = events.concat(fresh).slice(-256);
    const root = $("events");
    for (const event of fresh) {
      const again = [root.children[0], root.children[1]].find((item) => item &&
        item.lastChild.dataset.text === event.text && event.unix_ms - item.dataset.at < 5000);
      if (again) { // a link that flaps: counted, not listed
        again.dataset.at = event.unix_ms;
        again.dataset.times = Number(again.dataset.times) + 1;
        again.lastChild.textContent = event.text + " (" + again.dataset.times + " times)";
        continue;
      }
      const item = Plait.element("li", Plait.eventTone(event.kind));
      Object.assign(item.dataset, { at: event.unix_ms, times: 1 });
      item.append(Plait.element("span", "mark"),
        Plait.element("time", "", Plait.time(event.unix_ms)),
        Plait.element("span", "", event.text));
      item.lastChild.dataset.text = event.text;
      root.prepend(item);
    }
    while (root.children.length > 256) root.lastChild.remove();
  }

  function showLane(from, to) {
    let last = 0;
    $("lane").replaceChildren(...events.filter((event) => {
      const tone = Plait.eventTone(event.kind);
      const crowded = event.unix_ms - last < (to - from) / 120 && tone !== "bad";
      if (!tone || event.unix_ms < from || event.unix_ms > to || crowded) return false;
      last = event.unix_ms;
      return true;
    }).map((event) => {
      const mark = Plait.element("b", Plait.eventTone(event.kind));
      mark.style.left = (100 * (event.unix_ms - from)) / (to - from) + "%";
      mark.title = Plait.time(event.unix_ms) + "  " + event.text;
      return mark;
    }));
  }

  // ---- drawing ----
  function currentView() {
    const views = Plait.views(snapshot.sessions);
    return [views, views.find((view) => view.key === chosen) || views[0]];
  }

  function showTabs(views, view) {
    const root = $("sessions");
    root.hidden = views.length < 2;
    if (root.hidden) return;
    const shape = JSON.stringify(views.map((one) => [one.key, one.short]));
    if (root.dataset.shape !== shape) makeTabs(views);
    root.dataset.shape = shape;
    views.forEach((one, i) =>
      root.children[i].setAttribute("aria-pressed", String(one.key === view.key)));
  }

  function makeTabs(views) {
    $("sessions").replaceChildren(...views.map((one) => {
      const tab = Plait.element("button", "", one.short);
      tab.type = "button";
      tab.addEventListener("click", () => {
        chosen = one.key;
        show();
        drawCharts(true);
      });
      return tab;
    }));
  }

  function linksOf(view) {
    return view.paths.map((path) => ({ link: path.link, name: path.name }))
      .sort((a, b) => a.link - b.link);
  }

  function drawCharts(now) {
    if (!snapshot || document.hidden) return;
    if (!now && performance.now() - drawn < REDRAW_MS) return;
    drawn = performance.now();
    const view = currentView()[1];
    if (!view) return;
    const to = samples[samples.length - 1].t;
    const from = Math.max(to - WINDOW_MS, Math.min(samples[0].t, to - 20000));
    charts.prepare(linksOf(view), view);
    charts.draw(samples, view, events, from, to);
    for (const card of cards.values()) card.draw(charts.points, from, to);
    showLane(from, to);
  }

  function show() {
    const [views, view] = currentView();
    document.title = snapshot.title;
    Plait.set($("title"), snapshot.title);
    showVerdict(view);
    showDoor(snapshot.door);
    showTabs(views, view);
    if (!view) return; // nothing of one that has ended is shown
    Plait.set($("peer"), view.sender && view.receiver ? "" :
      (view.sender ? "to " : "from ") + view.short);
    Plait.set($("uptime"), "up " + Plait.span(view.uptime_ns));
    showFigures(view, Plait.lately(samples, view.receiverKey || view.senderKey, 60000));
    showLinks(view);
    showChips(linksOf(view));
  }

  function showDoor(door) {
    const turned = door.malformed + door.unauthentic + door.replayed + door.refused +
      door.no_room;
    Plait.set($("door"), turned > 0 ? Plait.count(turned) + " foreign datagrams turned away (" +
      door.malformed + " malformed, " + door.unauthentic + " not authentic, " + door.replayed +
      " replayed, " + door.refused + " not allowed, " + door.no_room +
      " without a free session)" : "");
  }

  // A clock that was set back leaves samples of times that are still to come: the charts want
  // theirs in order.
  function upTo(list, ms) {
    return list.some((sample) => sample.t > ms) ? list.filter((sample) => sample.t <= ms) : list;
  }

  function takeSnapshot(text) {
    snapshot = JSON.parse(text);
    heard = performance.now();
    samples = upTo(samples, snapshot.unix_ms);
    const last = samples.length ? samples[samples.length - 1].t : 0;
    if (snapshot.unix_ms - last >= 900) {
      samples.push(Plait.sample(snapshot));
      if (samples.length > 640) samples = samples.slice(-600);
    }
    addEvents(snapshot.events, snapshot.boot);
    show();
    drawCharts(false);
  }

  // A connection that died without a word, or was answered by somebody in between, is not tried
  // again by the browser.
  function listen() {
    if (source) source.close();
    opened = performance.now();
    source = new EventSource("events" + token);
    source.onmessage = (message) => takeSnapshot(message.data);
  }

  async function start() {
    try {
      const answer = await fetch("history" + token);
      if (answer.ok) {
        const history = await answer.json();
        const all = history.samples;
        samples = all.length ? upTo(all, all[all.length - 1].t) : all;
        addEvents(history.events, history.boot);
      }
    } catch (error) {
      // the stream below tries again by itself, and the page says so
    }
    listen();
    setInterval(() => {
      if (performance.now() - Math.max(heard, opened) > STALE_MS) listen();
      showVerdict(snapshot && currentView()[1]);
    }, 1000);
    document.addEventListener("visibilitychange", () => drawCharts(true));
  }

  applyTheme();
  start();
})();
