// SPDX-License-Identifier: BSD-2-Clause
// Words, numbers and colours shared by the dashboard and the report.
"use strict";

const Plait = {
  // ---- numbers ----
  rate(bps) {
    if (bps >= 99.5e6) return [(bps / 1e6).toFixed(0), "Mbit/s"];
    if (bps >= 0.995e6) return [(bps / 1e6).toFixed(bps >= 9.95e6 ? 1 : 2), "Mbit/s"];
    return [(bps / 1e3).toFixed(0), "kbit/s"];
  },
  rateText(bps) {
    return Plait.rate(bps).join(" ");
  },
  ms(ns) {
    const ms = ns / 1e6;
    return ms >= 9.95 || ms === 0 ? ms.toFixed(0) : ms.toFixed(1);
  },
  percent(share) {
    const p = share * 100;
    if (p === 0) return "0 %";
    if (p < 0.1) return p.toFixed(2) + " %";
    return (p < 10 ? p.toFixed(1) : p.toFixed(0)) + " %";
  },
  // A share that must not be rounded up to a hundred when something is missing.
  onTime(ok, bad) {
    if (ok + bad === 0) return "–";
    const p = (ok / (ok + bad)) * 100;
    return (bad === 0 ? "100" : Math.min(Math.floor(p * 100) / 100, 99.99).toFixed(2));
  },
  count(n) {
    return String(Math.round(n)).replace(/\B(?=(\d{3})+(?!\d))/g, "\u202f");
  },
  span(ns) {
    const s = Math.floor(ns / 1e9);
    const two = (n) => String(n).padStart(2, "0");
    const clock = two(Math.floor(s / 60) % 60) + ":" + two(s % 60);
    return s >= 3600 ? Math.floor(s / 3600) + ":" + clock : clock;
  },
  time(unixMs) {
    const t = new Date(unixMs);
    return [t.getHours(), t.getMinutes(), t.getSeconds()]
      .map((n) => String(n).padStart(2, "0")).join(":");
  },

  // ---- colours: a link keeps its own, by its number ----
  hue(link) {
    return `var(--link${link % 8})`;
  },
  css(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  },

  // ---- what a session is shown as ----
  // The lab has a sender and a receiver in one process: one view. Otherwise a view a session.
  views(sessions) {
    const senders = sessions.filter((s) => s.role === "sender");
    const receivers = sessions.filter((s) => s.role === "receiver");
    if (senders.length === 1 && receivers.length === 1) {
      return [Plait.view(senders[0], receivers[0])];
    }
    const all = sessions.map((s) => (s.role === "sender" ? Plait.view(s, null)
      : Plait.view(null, s)));
    const names = all.map((view) => view.short);
    all.forEach((view, i) => { // of one name: the log's session number tells them apart
      if (names.indexOf(names[i]) !== names.lastIndexOf(names[i])) {
        view.short += " " + sessions[i].session;
      }
    });
    return all;
  },
  view(sender, receiver) {
    const main = sender || receiver;
    const short = main.name || main.peer.slice(0, 8);
    return {
      key: main.role + ":" + main.session, short, sender, receiver,
      senderKey: sender ? "sender:" + sender.session : null,
      receiverKey: receiver ? "receiver:" + receiver.session : null,
      up: main.up, paths: main.paths, uptime_ns: main.uptime_ns,
      latency_ns: (receiver || sender).stream.latency_ns,
    };
  },

  // A snapshot as the short sample that /history has (http/json.h).
  sample(snapshot) {
    return {
      t: snapshot.unix_ms,
      s: snapshot.sessions.map((one) => {
        const tx = one.role === "sender", st = one.stream;
        return {
          k: one.role + ":" + one.session, m: one.media_bps,
          ok: tx ? st.acked : st.delivered, bad: tx ? st.expired + st.dropped : st.missing,
          fec: tx ? st.repair_sent : st.recovered_fec,
          arq: tx ? st.resent + st.reinjected : st.recovered_arq,
          lat: (st.latency_measured_ns || 0) / 1e6, head: (st.headroom_ns || 0) / 1e6,
          adv: st.advice_bps || 0,
          p: one.paths.map((p) => [p.link, tx ? p.sent_bps : p.received_bps, p.capacity_bps || 0,
            Math.ceil(p.rtt_ns / 1e6), Math.round((p.queue_ns || 0) / 1e6), p.loss_ppm,
            p.share_ppm, ["none", "validating", "active", "suspect", "down"].indexOf(p.state)]),
        };
      }),
    };
  },

  // What a session counted between the newest sample and the one `ms` before it.
  lately(samples, key, ms) {
    const of = (sample) => sample && sample.s.find((one) => one.k === key);
    const last = samples[samples.length - 1], now = of(last);
    if (!now) return null;
    let then = now, thenAt = last.t;
    for (let i = samples.length - 2; i >= 0 && last.t - samples[i].t <= ms; i--) {
      const one = of(samples[i]);
      if (!one || one.ok + one.bad > then.ok + then.bad) break;
      then = one;
      thenAt = samples[i].t;
    }
    return { ok: now.ok - then.ok, bad: now.bad - then.bad, fec: now.fec - then.fec,
      arq: now.arq - then.arq, seconds: (last.t - thenAt) / 1000 };
  },

  // What the encoder should know of a sender; 0 is not known yet.
  advice(tx) {
    const bps = tx ? tx.stream.advice_bps : 0;
    const known = bps > 0;
    const tight = known && tx.media_bps > bps;
    return { bps, known, tight, cure: "lower the encoder to " + Plait.rateText(bps) };
  },

  eventTone(kind) {
    return { session_up: "good", path_up: "good", path_moved: "warn", path_suspect: "warn",
      path_down: "bad", session_closed: "bad", overload: "bad", path_removed: "warn" }[kind] || "";
  },

  // Without "overdue" that was over within a second: no news for a person (http/settle.h).
  settled(events) {
    const blip = new Set(), open = new Map();
    for (const event of events) {
      const key = event.session + "/" + event.link;
      if (event.kind === "path_suspect") open.set(key, event);
      else if (event.kind === "path_up" && open.has(key)) {
        const before = open.get(key);
        open.delete(key);
        if (event.unix_ms - before.unix_ms < 1000) blip.add(before).add(event);
      }
    }
    return events.filter((event) => !blip.has(event));
  },

  // Why a link does what it does, in one line.
  why(path) {
    const queue = (path.queue_ns || 0) / 1e6, loss = path.loss_ppm / 1e4;
    switch (path.state) {
      case "validating": return "checking that it reaches the receiver";
      case "suspect": return "receipts overdue: media only where no other is left";
      case "down": return "silent: probed all the time, back by itself";
      case "none": return "not in use";
    }
    if (loss >= 5) return "losing " + loss.toFixed(1) + " % of its packets";
    if (queue >= 200) return "full: " + queue.toFixed(0) + " ms of own queue, sending less";
    const used = path.capacity_bps > 0 ? path.sent_bps / path.capacity_bps : 0;
    if (used > 0.92) return "used to its limit";
    if (path.sent_bps < 20000 && path.capacity_bps !== undefined) return "ready, not needed now";
    return "";
  },

  element(tag, className, text) {
    const element = document.createElement(tag);
    if (className) element.className = className;
    if (text !== undefined) element.textContent = text;
    return element;
  },
  // Writes only what changed: a page open for days must not churn.
  set(element, text) {
    if (element.textContent !== text) element.textContent = text;
  },
};
