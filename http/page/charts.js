// SPDX-License-Identifier: BSD-2-Clause
// The charts over time, drawn by dygraphs from samples (http/json.h).
"use strict";

const PlaitCharts = {
  GAP_MS: 6000, // no sample for so long: the line breaks

  // Columns of a path in a sample.
  RATE: 1, CAPACITY: 2, RTT: 3, QUEUE: 4, LOSS: 5, SHARE: 6, STATE: 7,

  kinds: [
    { id: "carry", title: "What the links carry", unit: "Mbit/s", wide: true, column: 1,
      scale: 1e-6, stacked: true },
    { id: "rtt", title: "Round-trip time", unit: "ms", column: 3, scale: 1 },
    { id: "queue", title: "Own queue on the link", unit: "ms", column: 4, scale: 1, sender: true },
    { id: "loss", title: "Loss", unit: "%", column: 5, scale: 1e-4,
      sender: true },
    { id: "repair", title: "Repaired and lost", unit: "packets/s",
      series: ["by resend", "by FEC", "lost"], hues: ["--resend", "--fec", "--bad"] },
    { id: "again", title: "Sent besides fresh media", unit: "packets/s", decisions: true,
      series: ["resent", "second copies", "FEC", "probes"],
      hues: ["--resend", "--link3", "--fec", "--idle"], counts: [1, 2, 3, 4] },
    { id: "given", title: "Held for lost and given up", unit: "packets/s", decisions: true,
      series: ["lost on a link", "dropped unsent", "expired"],
      hues: ["--link3", "--bad", "--warn"], counts: [5, 6, 7] },
    { id: "spare", title: "Time to spare", unit: "ms", series: ["smallest headroom"],
      hues: ["--good"], receiver: true },
  ],

  // Points of time of a view: {t, link: {..}, media, adv, arq, fec, bad, head}, null for a gap.
  points(samples, view) {
    const out = [];
    let before = null;
    for (const sample of samples) {
      const tx = sample.s.find((one) => one.k === view.senderKey);
      const rx = sample.s.find((one) => one.k === view.receiverKey);
      const main = tx || rx, counts = rx || tx;
      if (!main) continue;
      if (before && sample.t - before.t > PlaitCharts.GAP_MS) {
        out.push({ t: before.t + 1, gap: true, link: {} },
          { t: sample.t - 1, gap: true, link: {} });
      }
      const seconds = before ? (sample.t - before.t) / 1000 : 0;
      const per = (name) => seconds > 0 && before.counts
        ? Math.max(0, (counts[name] - before.counts[name]) / seconds) : 0;
      out.push({ t: sample.t, link: Object.fromEntries(main.p.map((p) => [p[0], p])), media: main.m,
        adv: tx ? tx.adv : 0, arq: per("arq"), fec: per("fec"), bad: per("bad"),
        head: rx ? rx.head : null, decided: tx && tx.d ? tx.d.map((n, i) => seconds > 0 &&
          before && before.d ? Math.max(0, n - before.d[i]) / seconds : 0) : null });
      before = { t: sample.t, counts, d: tx && tx.d };
    }
    return out;
  },

  rows(kind, points, links) {
    return points.map((point) => {
      const at = new Date(point.t);
      if (kind.id === "repair") {
        return point.gap ? [at, null, null, null] : [at, point.arq, point.fec, point.bad];
      }
      if (kind.counts) {
        return [at, ...kind.counts.map((i) => (point.decided ? point.decided[i] : null))];
      }
      if (kind.id === "spare") return [at, point.gap ? null : point.head];
      return [at, ...links.map((link) => {
        const path = point.link[link.link];
        if (point.gap) return kind.stacked ? 0 : null;
        if (!path) return kind.stacked ? 0 : null;
        if (!kind.stacked && path[PlaitCharts.STATE] > 2) return null; // silent: no news
        if (kind.column === PlaitCharts.RTT && path[PlaitCharts.RTT] === 0) return null; // unknown
        return path[kind.column] * kind.scale;
      })];
    });
  },

  totalCapacity(point) {
    return Object.values(point.link).reduce((sum, path) =>
      sum + (path[PlaitCharts.STATE] === 2 ? path[PlaitCharts.CAPACITY] : 0), 0) / 1e6;
  },
};

class ChartSet {
  // zoom: drag to look closer (the report); without it a finger scrolls the page.
  // decisions: the samples hold what the core decided (a recording's do).
  constructor(root, { zoom = false, decisions = false } = {}) {
    this.root = root;
    this.zoom = zoom;
    this.decisions = decisions;
    this.charts = [];
    this.hidden = new Set();
    this.points = [];
    this.events = [];
  }

  // Anew when the links or the role changed; otherwise only the data are.
  prepare(links, view) {
    const shape = JSON.stringify([links, !!view.sender, !!view.receiver]);
    if (shape === this.shape) return;
    this.shape = shape;
    this.links = links;
    this.charts.forEach((chart) => chart.graph && chart.graph.destroy());
    this.root.replaceChildren();
    this.charts = PlaitCharts.kinds
      .filter((kind) => (!kind.sender || view.sender) && (!kind.receiver || view.receiver) &&
        (!kind.decisions || this.decisions))
      .map((kind) => this.frame(kind));
    this.root.toggleAttribute("data-even", this.charts.length % 2 === 1); // one of them is wide
  }

  frame(kind) {
    const box = Plait.element("article", kind.wide ? "chart wide" : "chart");
    const head = Plait.element("header");
    const title = Plait.element("h3", "", kind.title + " ");
    title.append(Plait.element("small", "", kind.unit));
    const key = Plait.element("span", "key"), plot = Plait.element("div", "plot");
    head.append(title, key);
    box.append(head, plot);
    box.id = "chart-" + kind.id;
    this.root.append(box);
    return { kind, key, plot, graph: null };
  }

  names(kind) {
    return kind.series || this.links.map((link) => link.name);
  }

  hues(kind) {
    return kind.hues ? kind.hues.map(Plait.css)
      : this.links.map((link) => Plait.css(`--link${link.link % 8}`));
  }

  visibility(kind) {
    return kind.series ? kind.series.map(() => true)
      : this.links.map((link) => !this.hidden.has(link.link));
  }

  top(kind, rows) {
    let max = 0;
    const shown = this.visibility(kind);
    for (const row of rows) {
      const values = row.slice(1).map((v, i) => (shown[i] ? v || 0 : 0));
      max = Math.max(max, kind.stacked ? values.reduce((a, b) => a + b, 0) : Math.max(...values));
    }
    if (kind.id === "carry") {
      const capacity = Math.max(0, ...this.points.map(PlaitCharts.totalCapacity));
      max = Math.max(max, Math.min(capacity, 4 * max));
    }
    return Math.max(max * 1.08, { carry: 0.1, rtt: 20, queue: 20, loss: 1, repair: 5,
      again: 5, given: 5, spare: 100 }[kind.id]);
  }

  draw(samples, view, events, from, to) {
    this.points = PlaitCharts.points(samples, view);
    this.events = events;
    if (this.points.length < 2) return;
    for (const chart of this.charts) {
      const rows = PlaitCharts.rows(chart.kind, this.points, this.links);
      const range = chart.kind.id === "spare"
        ? [Math.min(0, ...rows.map((row) => row[1] || 0)), this.top(chart.kind, rows)]
        : [0, this.top(chart.kind, rows)];
      const moving = { file: rows, valueRange: range, visibility: this.visibility(chart.kind) };
      if (!this.zoom || !chart.graph) moving.dateWindow = [from, to];
      if (chart.graph) chart.graph.updateOptions(moving);
      else this.create(chart, rows, moving);
      if (!this.hovering) this.legend(chart, null);
    }
  }

  create(chart, rows, moving) {
    const set = this;
    const options = {
      ...moving, labels: ["time", ...this.names(chart.kind)],
      stackedGraph: !!chart.kind.stacked, fillGraph: !!chart.kind.stacked || !!chart.kind.series,
      fillAlpha: chart.kind.stacked ? 0.55 : 0.14, legend: "never", strokeWidth: 1.6,
      highlightCircleSize: 3, labelsKMB: false, drawAxesAtZero: false,
      axes: { x: { axisLabelWidth: 56, drawGrid: false, pixelsPerLabel: 70 },
        y: { axisLabelWidth: 38, pixelsPerLabel: 34 } },
      underlayCallback: (canvas, area, graph) => set.underlay(chart, canvas, area, graph),
      highlightCallback: (event, x, points, row) => set.hover(row),
      unhighlightCallback: () => set.hover(null),
      ...this.paint(chart.kind),
    };
    if (!this.zoom) options.interactionModel = {};
    else options.zoomCallback = (from, to) => set.zoomAll([from, to]);
    chart.graph = new Dygraph(chart.plot, rows, options);
  }

  paint(kind) {
    return { colors: this.hues(kind), gridLineColor: Plait.css("--grid"),
      axisLineColor: Plait.css("--rim") };
  }

  repaint() {
    for (const chart of this.charts) {
      if (chart.graph) chart.graph.updateOptions(this.paint(chart.kind));
    }
  }

  zoomAll(window) {
    for (const chart of this.charts) {
      if (chart.graph) chart.graph.updateOptions({ dateWindow: window });
    }
  }

  hover(row) {
    this.hovering = row !== null;
    this.charts.forEach((chart) => this.legend(chart, row));
  }

  // The head of a chart: names of its lines, or their values where the pointer is.
  legend(chart, row) {
    const kind = chart.kind, point = row === null ? null : this.points[row];
    const shown = this.visibility(kind), parts = [];
    if (point && !point.gap) {
      const values = PlaitCharts.rows(kind, [point], this.links)[0].slice(1);
      const small = kind.unit === "Mbit/s" || kind.unit === "%";
      this.names(kind).forEach((name, i) => shown[i] && values[i] !== null && parts.push(
        [kind.hues ? `var(${kind.hues[i]})` : Plait.hue(this.links[i].link),
          values[i].toFixed(small ? 2 : 0)]));
      parts.unshift(["", Plait.time(point.t)]);
    } else if (kind.series) {
      kind.series.forEach((name, i) => parts.push([`var(${kind.hues[i]})`, name]));
    } else if (kind.id === "carry") {
      if (this.points.some((p) => PlaitCharts.totalCapacity(p) > 0)) {
        parts.push(["dash var(--soft)", "estimated capacity"]);
      }
      parts.push(["dash var(--line)", "media"]);
    }
    const signature = JSON.stringify(parts);
    if (chart.signature === signature) return;
    chart.signature = signature;
    chart.key.replaceChildren(...parts.flatMap(([hue, text]) => {
      if (!hue) return [text];
      const mark = Plait.element("i", hue.startsWith("dash ") ? "dash" : "");
      mark.style.background = hue.replace("dash ", "");
      return [mark, text];
    }));
  }

  underlay(chart, canvas, area, graph) {
    const tones = { good: "--good", warn: "--warn", bad: "--bad" };
    let last = -9;
    canvas.save();
    for (const event of this.events) {
      const tone = tones[Plait.eventTone(event.kind)];
      const x = graph.toDomXCoord(event.unix_ms);
      const crowded = x - last < 4 && tone !== "--bad"; // a link that flaps is no wall of lines
      if (!tone || crowded || x < area.x || x > area.x + area.w) continue;
      last = x;
      canvas.globalAlpha = 0.4;
      canvas.fillStyle = Plait.css(tone);
      canvas.fillRect(x, area.y, 1, area.h);
    }
    canvas.restore();
    if (chart.kind.id === "carry") {
      this.trace(canvas, area, graph, PlaitCharts.totalCapacity, Plait.css("--soft"), [5, 4]);
      this.trace(canvas, area, graph, (p) => p.media / 1e6, Plait.css("--line"), [1, 3]);
    }
  }

  trace(canvas, area, graph, value, color, dash) {
    canvas.save();
    canvas.beginPath();
    canvas.rect(area.x, area.y, area.w, area.h);
    canvas.clip();
    canvas.beginPath();
    let down = false;
    for (const point of this.points) {
      const y = point.gap ? 0 : value(point);
      if (!(y > 0)) {
        down = false;
        continue;
      }
      const at = graph.toDomCoords(point.t, y);
      if (down) canvas.lineTo(at[0], at[1]);
      else canvas.moveTo(at[0], at[1]);
      down = true;
    }
    canvas.setLineDash(dash);
    canvas.lineWidth = 1.4;
    canvas.strokeStyle = color;
    canvas.stroke();
    canvas.restore();
  }

  // Buttons that show or hide a link's lines; `changed` redraws.
  chips(links, changed) {
    return links.map((link) => {
      const chip = Plait.element("button");
      const pressed = () => chip.setAttribute("aria-pressed", String(!this.hidden.has(link.link)));
      chip.type = "button";
      chip.style.setProperty("--hue", Plait.hue(link.link));
      chip.append(Plait.element("i"), link.name);
      pressed();
      chip.addEventListener("click", () => {
        this.toggle(link.link);
        pressed();
        changed();
      });
      return chip;
    });
  }

  toggle(link) {
    if (!this.hidden.delete(link)) this.hidden.add(link);
  }
}
