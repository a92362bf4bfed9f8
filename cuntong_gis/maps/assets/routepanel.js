/* Beside the route map: the most critical spans, the path of a chosen village, the villages behind a chosen span. */
"use strict";
(function (parts) {
  var SHOWN = 100;

  /* What cards and panel of the route map say; texts only. */
  parts.routeWords = function (D, route) {
    var R = D.route, T = R.text, P = D.spans, B = R.built;
    function entry(column, i) { return column.of[column.at[i]]; }
    function fill(text, values) {
      return text.replace(/\{(\w+)\}/g, function (_, name) { return String(values[name]); });
    }
    function number(value, digits) { return value.toLocaleString("en-US", { maximumFractionDigits: digits || 0 }); }
    function metres(value) { return number(value, 1) + " " + D.text.metres; }
    function laidOf(row) {
      var f = route.figures();
      return number(f.laid[row], 0) + " / " + number(R.planned[row], 0) + " " + D.text.metres;
    }
    function way(row) { return R.way[row] < 0 ? entry(P.deployment, row) : R.styles.ways[R.way[row]].label; }
    function more(row) {
      return R.more.map(function (column) { return [column.labels[D.langAt], entry(column.values, row)]; }).filter(function (pair) { return pair[1]; });
    }
    function heldAt(rows) {
      var n = route.heldUp(rows), f = route.figures();
      if (n < 0) return T.path_done;
      return fill(T.held_at, { n: n + 1, id: P.id[rows[n]], m: number(route.metresBefore(rows, n), 0), left: number(f.left[rows[n]], 0) });
    }
    function sum(row) {
      var f = route.figures();
      return fill(T.behind_sum, { n: number(f.villages[row]), h: number(f.households[row]), w: number(f.waiting[row]) });
    }

    /* Rows of the card of a span, and of that of a village. */
    function ofSpan(row) {
      var f = route.figures(), n = route.builtOf(row), rows = [[T.laid_of, laidOf(row)]];
      rows.push([T.spliced, R.spliced[row] ? T.yes : T.no_report], [T.tested, R.tested[row] ? T.yes : T.no_report]);
      if (f.left[row] > 0) rows.push([T.left, metres(f.left[row])]);
      rows = rows.concat(more(row));
      if (n < 0) return rows;
      var share = isNaN(B.share[n]) ? "" : " (" + signed(B.share[n], 1) + " %)";
      rows.push([T.built, metres(B.length[n])], [T.longer, signed(B.longer[n], 1) + " " + D.text.metres + share]);
      rows.push([T.apart, metres(B.apart[n]) + (B.far[n] ? " · " + fill(T.too_far, { m: number(B.limit) }) : ""), B.far[n] ? "warn" : ""]);
      return rows;
    }
    function signed(value, digits) { return (value > 0 ? "+" : value < 0 ? "−" : "") + number(Math.abs(value), digits); }
    function ofVillage(i) {
      var rows = route.path(i);
      return rows.length ? [[D.text.spans_of_route, String(rows.length)], [T.held_up, heldAt(rows), route.heldUp(rows) < 0 ? "" : "late"]] : [];
    }
    function ofLine(n) { return [[T.laid_on, entry(B.laidOn, n)], [T.note, B.note[n]]]; }
    function stateOf(row) { return R.styles.state[route.figures().state[row]]; }
    return {
      fill: fill, number: number, metres: metres, laidOf: laidOf, way: way, more: more, heldAt: heldAt, sum: sum,
      ofSpan: ofSpan, ofVillage: ofVillage, ofLine: ofLine, stateOf: stateOf,
    };
  };

  parts.routePanel = function (page, route, words) {
    var D = page.data, R = D.route, T = R.text, P = D.spans, V = D.villages, state = page.state, el = parts.el;
    var panel = el("section", "panel route"), content = panel.appendChild(el("div", "content")), shown = "";
    page.sheet(panel, "route", T.critical);
    content.tabIndex = -1;

    function head(title, note, back) {
      var box = el("div", "title");
      if (back) {
        var b = el("button", "back", "‹");
        b.type = "button";
        b.title = T.back;
        b.setAttribute("aria-label", T.back);
        b.addEventListener("click", function () { page.map.closePopup(); focusFirst(); });
        box.appendChild(b);
      }
      box.appendChild(el("h2", "", title));
      content.appendChild(box);
      if (note) content.appendChild(el("p", "note", note));
    }
    function focusFirst() {
      var first = content.querySelector("button");
      (first || content).focus({ preventScroll: true });
    }
    function list(rows, make) {
      var ol = el("ol");
      rows.slice(0, SHOWN).forEach(function (row, n) {
        var li = el("li"), b = el("button", "line");
        b.type = "button";
        b.addEventListener("click", make(b, row, n));
        li.appendChild(b);
        ol.appendChild(li);
      });
      content.appendChild(ol);
      if (rows.length > SHOWN) content.appendChild(el("p", "note", words.fill(T.more_spans, { n: words.number(rows.length - SHOWN) })));
    }
    /* Go where a row leads; on a phone the panel makes way for the map first. */
    function follow(go, to) {
      return function () {
        var narrow = window.innerWidth <= page.NARROW;
        if (narrow) page.closeSheets();
        go(to);
        if (!narrow) focusFirst();
      };
    }
    function under(b, texts) { b.appendChild(el("span", "under", texts.filter(Boolean).join(" · "))); }

    function ranking() {
      var rows = route.ranked(), f = route.figures();
      head(T.critical, rows.length ? T.critical_note : T.none_left);
      list(rows, function (b, row, n) {
        b.appendChild(el("span", "rank", String(n + 1)));
        b.appendChild(el("b", "", f.nearest[row] < 0 ? P.id[row] : "→ " + V.name[f.nearest[row]]));
        var count = el("span", "count", words.number(f.waiting[row]));
        count.title = T.waiting_villages;
        b.appendChild(count);
        under(b, [P.id[row], T.left + " " + words.number(f.left[row]) + " " + D.text.metres]);
        b.dataset.span = P.id[row];
        return follow(page.goToSpan, row);
      });
    }

    function path(i) {
      var rows = route.path(i), stop = route.heldUp(rows);
      head(words.fill(T.path_of, { name: V.name[i] }), "", true);
      content.appendChild(el("p", "note", words.metres(V.route[i]) + " · " + T.from_source));
      content.appendChild(el("p", stop < 0 ? "held done" : "held", words.heldAt(rows)));
      list(rows, function (b, row, n) {
        if (n === stop) b.classList.add("stop");
        b.appendChild(el("span", "rank", String(n + 1)));
        b.appendChild(parts.lineSwatch(words.stateOf(row), R.styles.dash[R.way[row]]));
        b.appendChild(el("b", "", words.laidOf(row)));
        under(b, [P.id[row], words.way(row)].concat(words.more(row).map(function (pair) { return pair[0] + " " + pair[1]; })));
        b.dataset.span = P.id[row];
        return follow(page.goToSpan, row);
      });
    }

    function behind(row) {
      var f = route.figures(), stage = f.stage, villages = route.villagesBehind(row);
      villages.sort(function (a, b) { return stage[a] - stage[b] || a - b; });
      head(words.fill(T.behind_of, { id: P.id[row] }), words.sum(row), true);
      list(villages, function (b, i) {
        b.appendChild(parts.pointSwatch(D.styles.village[stage[i]], 4.6));
        b.appendChild(el("b", "", V.name[i]));
        under(b, [D.styles.village[stage[i]].label, isNaN(V.households[i]) ? "" : words.number(V.households[i]) + " " + T.households_short]);
        b.dataset.village = V.code[i];
        return follow(page.goTo, i);
      });
    }

    /* Show what the state says; called after every change of it. */
    function update() {
      route.figures();
      var wanted = state.picked >= 0 ? "s" + state.picked : state.chosen >= 0 && V.first[state.chosen] >= 0 ? "v" + state.chosen : "";
      if (wanted === shown && content.firstChild) return;
      shown = wanted;
      content.textContent = "";
      content.scrollTop = 0;
      if (state.picked >= 0) behind(state.picked);
      else if (wanted) path(state.chosen);
      else ranking();
    }
    route.onDay(function () { content.textContent = ""; window.setTimeout(update); });
    update();

    /* Under the figures, down to the buttons; what stands there decides how much room is left. */
    function settle() {
      var wide = window.innerWidth > page.NARROW, figures = document.querySelector(".figures").getBoundingClientRect();
      panel.style.top = wide ? figures.bottom + 10 + "px" : "";
      panel.style.maxHeight = wide ? Math.max(120, window.innerHeight - figures.bottom - 10 - 96) + "px" : "";
    }
    window.onresize = settle;
    page.on(settle);
    page.settle = settle;
    settle();
    return { update: update };
  };

  /* The legend of the spans: completion and deployment, each row a switch. */
  parts.routeLegend = function (D, state, route, content, row, sample) {
    var R = D.route, S = R.styles, T = R.text, P = D.spans, tallies = [], waysUsed = [];
    function count() {
      var f = route.figures();
      return S.state.map(function (_, k) { return f.state.filter(function (s) { return s === k; }).length; });
    }
    content.appendChild(parts.el("h2", "", T.state));
    count().forEach(function (n, k) {
      var line = row(S.state[k].label, parts.lineSwatch(S.state[k]), true, function (on) { state.state[k] = on; }, n, true);
      tallies.push(line.querySelector(".count"));
      content.appendChild(line);
    });
    route.onDay(function () {
      count().forEach(function (n, k) { tallies[k].textContent = n.toLocaleString("en-US"); });
    });
    if (P.late.some(Boolean)) content.appendChild(sample(D.styles.lateSpan.label, bands([[D.styles.lateSpan.color, 8], [S.state[0].color, 2.4]])));
    content.appendChild(sample(D.text.width, parts.swatch(function (ctx) {
      ctx.fillStyle = S.state[2].color;
      ctx.beginPath();
      ctx.moveTo(1, 8.6);
      ctx.lineTo(25, 11.5);
      ctx.lineTo(25, 4.5);
      ctx.lineTo(1, 7.4);
      ctx.fill();
    })));
    content.appendChild(parts.el("h2", "", T.ways));
    S.ways.forEach(function (way, k) {
      waysUsed[k] = R.way.filter(function (of) { return of === k; }).length;
      if (!waysUsed[k]) return;
      content.appendChild(row(way.label, parts.lineSwatch({ color: "#48525e", width: 2.2 }, S.dash[k]), true, function (on) { state.way[k] = on; }, waysUsed[k], true));
    });
    if (P.dashed.some(Boolean)) content.appendChild(sample(S.hollow.label, bands([["#48525e", 4], ["#ffffff", 1.6]])));
    if (!R.built.n.length) return;
    content.appendChild(sample(S.built.label, bands([[S.built.color + "66", 6], [S.state[2].color, 2]])));
    var far = R.built.far.filter(Boolean).length;
    if (far) content.appendChild(sample(T.apart + " " + parts.routeWords(D, route).fill(T.too_far, { m: R.built.limit }) + " (" + far + ")", bands([[S.built.color, 6]])));
  };
  function bands(pens) {
    return parts.swatch(function (ctx) {
      pens.forEach(function (pen) {
        ctx.strokeStyle = pen[0];
        ctx.lineWidth = pen[1];
        ctx.beginPath();
        ctx.moveTo(1, 8);
        ctx.lineTo(25, 8);
        ctx.stroke();
      });
    });
  }
})(window.cuntongParts);
