/* The campaign's course: what each village and each unit was on a day. Counted here from the villages' histories, and
   mended where the roll-up counted otherwise (see units.py). */
"use strict";
(function (parts) {
  var FIGURES = ["villages", "surveyed", "approved", "material_ready", "laid", "lit", "closed", "late"], RANKS = 7, DAY = 86400000;
  parts.WHOLE = -1;

  /* Whether a span of the route map is laid on a day. */
  parts.laidWhole = function (R, row, day) { return R.planned[row] - R.laid[day][row] / 10 <= R.whole; };

  /* Put the texts of a language where the page reads them. */
  parts.speak = function (D, lang) {
    var at = Math.max(0, D.langs.indexOf(lang));
    function walk(node) {
      if (!node || typeof node !== "object" || ArrayBuffer.isView(node)) return;
      if (node.labels) node.label = node.labels[at];
      Object.keys(node).forEach(function (key) { if (key !== "labels") walk(node[key]); });
    }
    function speak(part) {
      walk(part.styles);
      part.text = part.text || {};
      Object.keys(part.texts).forEach(function (name) { part.text[name] = part.texts[name][at]; });
    }
    speak(D);
    if (D.route) speak(D.route);
    D.lang = D.langs[at];
    D.langAt = at;
    document.documentElement.lang = D.lang === "zh" ? "zh-CN" : D.lang;
    document.title = D.title + " " + D.text.subtitle;
  };

  function time(iso) { return Date.parse(iso + "T00:00:00Z"); }
  function daysBetween(from, to) { return Math.round((time(to) - time(from)) / DAY); }

  parts.campaign = function (D) {
    var U = D.units, H = D.history, V = D.villages, n = V.code.length, count = U.code.length, last = D.days.length - 1;
    var parent = U.parent, home = U.home, reach = null, dueFrom = null, kept = new Map();

    /* For each rank the first row of the timeline from which on a village is not below it. */
    function reached() {
      if (reach) return reach;
      var dated = [null, null, null, H.laid, H.lit, H.closed], offset = D.days.map(function (day) { return daysBetween(H.base, day); });
      var rowOf = new Uint16Array(offset[last] + 1);
      for (var d = 0, row = 0; d < rowOf.length; d++) {
        while (offset[row] < d) row++;
        rowOf[d] = row;
      }
      reach = H.reach.map(function (first, rank) {
        return first || Int32Array.from(dated[rank], function (on) { return on && on < rowOf.length ? rowOf[on] : last + 1; });
      });
      return reach;
    }
    function stages(day) {
      var out = new Uint8Array(n), firsts = reached(), odd = H.odd;
      for (var r = 0; r < firsts.length; r++) for (var i = 0, first = firsts[r]; i < n; i++) if (first[i] <= day) out[i]++;
      for (var k = 0; k < odd.day.length; k++) if (odd.day[k] === day) out[odd.village[k]] = odd.stage[k];
      return out;
    }
    function lates(day, stage) {
      var out = new Uint8Array(n), odd = H.oddLate, over = V.due.of.map(function (due) { return due !== "" && due < D.days[day]; });
      for (var i = 0; i < n; i++) out[i] = stage[i] < 5 && over[V.due.at[i]] ? 1 : 0;
      for (var k = 0; k < odd.day.length; k++) if (odd.day[k] === day) out[odd.village[k]] ^= 1;
      return out;
    }

    /* Spans on a day: laid or not, and late where a late village waits for one that is not laid. */
    function spans(day) {
      var P = D.spans, late = on(day).late, found = { stage: new Uint8Array(P.id.length), late: new Uint8Array(P.id.length) };
      var R = D.route;
      for (var row = 0; row < found.stage.length; row++) {
        found.stage[row] = (R ? parts.laidWhole(R, row, day) : P.laid[row] <= day) ? 1 : 0;
      }
      for (var k = 0; !R && k < P.odd.day.length; k++) if (P.odd.day[k] === day) found.stage[P.odd.span[k]] ^= 1;
      for (var i = 0; i < n; i++) {
        if (late[i]) for (var at = V.first[i]; at >= 0 && !found.late[at]; at = P.parent[at]) found.late[at] = 1;
      }
      for (row = 0; row < found.late.length; row++) if (found.stage[row]) found.late[row] = 0;
      return found;
    }

    /* Units from the deepest up, so that each can be added to the one above it. */
    var depth = Array.from(parent, function (_, u) {
      for (var d = 0, at = u; parent[at] >= 0; d++) at = parent[at];
      return d;
    });
    var upwards = depth.map(function (_, u) { return u; }).sort(function (a, b) { return depth[b] - depth[a]; });
    var children = [];
    for (var c = 0; c <= count; c++) children.push([]);
    for (var u = 0; u < count; u++) children[parent[u] < 0 ? count : parent[u]].push(u);

    /* Everything of a day: stages, lateness, and of each unit the figures; the whole campaign stands behind the units. */
    function on(day) {
      if (kept.has(day)) return kept.get(day);
      var stage = stages(day), late = lates(day, stage), width = FIGURES.length, table = new Int32Array((count + 1) * width), k;
      function add(unit, i) {
        table[unit * width + stage[i]]++;
        table[unit * width + RANKS] += late[i];
      }
      for (var i = 0; i < n; i++) {
        if (home[i] >= 0) add(home[i], i);
        add(count, i);
      }
      upwards.forEach(function (unit) {
        if (parent[unit] >= 0) for (k = 0; k < width; k++) table[parent[unit] * width + k] += table[unit * width + k];
      });
      for (k = 0; k < U.more.unit.length; k++) add(U.more.unit[k], U.more.village[k]);
      for (var row = 0; row <= count; row++) {
        for (k = RANKS - 2; k >= 0; k--) table[row * width + k] += table[row * width + k + 1];
      }
      var fix = U.fix;
      for (k = 0; k < fix.day.length; k++) if (fix.day[k] === day) table[fix.unit[k] * width + fix.figure[k]] = fix.value[k];
      var found = { stage: stage, late: late, table: table };
      if (kept.size > 8) kept.delete(kept.keys().next().value);
      kept.set(day, found);
      return found;
    }

    var tops = children[count].filter(function (top) { return !U.overlay[top]; });
    function figures(unit, day) {
      if (unit < 0 && tops.length === 1) unit = tops[0];
      var of = unit < 0 ? count : unit, table = on(day).table, found = {};
      FIGURES.forEach(function (name, k) { found[name] = table[of * FIGURES.length + k]; });
      function sum(rows) { return unit >= 0 ? rows[day][unit] : tops.reduce(function (total, top) { return total + Math.max(0, rows[day][top]); }, 0); }
      found.blockers = sum(U.blockers);
      found.overdue = sum(U.overdue);
      return found;
    }

    /* Villages a week: still to be lit until the deadline, and lit in the four weeks before. */
    function pace(unit, day) {
      var now = figures(unit, day), from = day, left = D.deadline ? daysBetween(D.days[day], D.deadline) : NaN;
      while (from > 0 && daysBetween(D.days[from], D.days[day]) < 28) from--;
      var span = daysBetween(D.days[from], D.days[day]), before = Math.max(0, figures(unit, from).lit), rest = now.villages - now.lit;
      return { left: left, rest: rest, needed: left > 0 ? (7 * rest) / left : NaN, achieved: span > 0 ? (7 * (now.lit - before)) / span : NaN };
    }

    /* The light of the latest month that was over on the day; "" where there is none. */
    var LIGHTS = ["", "green", "yellow", "red", "grey"];
    function light(unit, day) {
      for (var m = U.lights.ends.length - 1; m >= 0; m--) if (U.lights.ends[m] <= D.days[day]) return LIGHTS[U.lights.light[m][unit]];
      return "";
    }

    function path(unit) {
      for (var up = []; unit >= 0; unit = parent[unit]) up.unshift(unit);
      return up;
    }
    /* The units below one, those that there were on the day. */
    function below(unit, day) {
      return children[unit < 0 ? count : unit].filter(function (child) { return figures(child, day).villages >= 0; });
    }
    /* Which villages belong to a unit: a flag each. */
    function inside(unit) {
      if (unit < 0) return new Uint8Array(n).fill(1);
      var flags = new Uint8Array(n), has = new Uint8Array(count);
      upwards.slice().reverse().forEach(function (row) { has[row] = row === unit || (parent[row] >= 0 && has[parent[row]]) ? 1 : 0; });
      for (var i = 0; i < n; i++) if (home[i] >= 0 && has[home[i]]) flags[i] = 1;
      for (var k = 0; k < U.more.unit.length; k++) if (U.more.unit[k] === unit) flags[U.more.village[k]] = 1;
      return flags;
    }
    function unitOf(code) { return code ? U.code.indexOf(code) : -1; }
    /* The day of a village's stage, where the page knows it. */
    function since(i, day) {
      var rank = on(day).stage[i], dated = { 4: H.laid, 5: H.lit, 6: H.closed }[rank] || (day === last && rank > 0 ? H.since : null);
      return dated ? dateOf(dated[i]) : "";
    }
    function dateOf(offset) { return offset ? new Date(time(H.base) + offset * DAY).toISOString().slice(0, 10) : ""; }

    return {
      on: on, spans: spans, figures: figures, pace: pace, light: light, path: path, below: below, inside: inside, unitOf: unitOf, since: since,
      dateOf: dateOf, daysBetween: daysBetween, last: last, count: count, tops: tops.length,
    };
  };
})(window.cuntongParts);
