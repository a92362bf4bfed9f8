/* What stands around the map: title, figures, legend, layers, buttons. */
"use strict";
window.cuntongParts.panels = function (page) {
  var D = page.data, T = D.text, S = D.styles, V = D.villages, P = D.spans, state = page.state, body = document.body;
  var parts = window.cuntongParts, el = parts.el, pointSwatch = parts.pointSwatch, lineSwatch = parts.lineSwatch;
  var NARROW = 760;
  /* On a phone the title and the figures stand one under the other, whatever room the title takes. */
  var top = body.appendChild(el("div", "top"));
  function grouped(n) { return n.toLocaleString("en-US"); }

  function foldable(panel, button, content) {
    function fold(folded) {
      panel.classList.toggle("folded", folded);
      button.setAttribute("aria-expanded", String(!folded));
    }
    button.type = "button";
    button.addEventListener("click", function () { fold(!panel.classList.contains("folded")); });
    fold(window.innerWidth <= NARROW);
    panel.appendChild(button);
    panel.appendChild(content);
    return fold;
  }

  function head() {
    var box = el("header", "head");
    box.appendChild(el("h1", "", D.title));
    box.appendChild(el("p", "sub", [T.subtitle, T.as_of && T.as_of + " " + D.days[state.day], T.revision].filter(Boolean).join(" · ")));
    D.banners.forEach(function (text) { box.appendChild(el("p", "banner", text[D.langAt])); });
    top.appendChild(box);
  }

  /* The first three figures are what everybody asks for; they stay when the panel is folded. */
  function figures() {
    var panel = el("section", "panel figures"), first = el("dl", "first"), rest = el("dl", "rest");
    D.figures.forEach(function (figure, n) {
      var pair = el("div");
      pair.appendChild(el("dt", "", figure[0][D.langAt]));
      pair.appendChild(el("dd", figure[2], figure[1]));
      (n < 3 ? first : rest).appendChild(pair);
    });
    panel.appendChild(first);
    var button = el("button", "fold");
    button.setAttribute("aria-label", T.totals);
    foldable(panel, button, rest);
    panel.setAttribute("aria-label", T.totals);
    top.appendChild(panel);
  }

  /* A row that switches a class: a legend row is its own switch and fades, other rows show a box. */
  function row(label, mark, on, change, count, isLegend) {
    var line = el("label", "row" + (isLegend ? " marked" : mark ? "" : " bare")), box = el("input");
    box.type = "checkbox";
    box.checked = on;
    box.addEventListener("change", function () {
      line.classList.toggle("off", !box.checked);
      change(box.checked);
      page.redraw();
      countShown();
    });
    line.appendChild(box);
    if (mark) line.appendChild(mark);
    line.appendChild(el("span", "name", label));
    if (count !== undefined) line.appendChild(el("span", "count", grouped(count)));
    return line;
  }

  function sample(label, mark) {
    var line = el("p", "row marked plain");
    line.appendChild(mark);
    line.appendChild(el("span", "name", label));
    return line;
  }

  var total = el("p", "total");
  total.setAttribute("aria-live", "polite");
  function countShown() {
    var n = 0;
    for (var i = 0; i < V.wx.length; i++) if (page.shown(i)) n++;
    total.textContent = T.shown + " " + grouped(n) + " / " + grouped(Number(D.totals.villages));
  }

  /* One bar of all stages: how far the whole is, at a glance. */
  function stageBar(looks, tallies) {
    var bar = el("div", "stages");
    bar.setAttribute("aria-hidden", "true");
    looks.forEach(function (look, c) {
      if (!tallies[c]) return;
      var part = el("i");
      part.style.flexGrow = tallies[c];
      part.style.background = look.fill;
      part.title = look.label + " " + tallies[c];
      bar.appendChild(part);
    });
    return bar;
  }

  function villageLegend(content) {
    var tallies = [0, 0, 0, 0, 0, 0, 0];
    V.stage.forEach(function (c) { tallies[c]++; });
    content.appendChild(el("h2", "", T.by_stage));
    content.appendChild(stageBar(S.village, tallies));
    S.village.forEach(function (look, c) {
      content.appendChild(row(look.label, pointSwatch(look), true, function (on) { state.village[c] = on; }, tallies[c], true));
    });
    content.appendChild(el("h2", "only", T.only));
    var late = V.late.filter(Boolean).length, lost = V.reached.length - V.reached.filter(Boolean).length;
    content.appendChild(row(S.late.label, pointSwatch(S.late, 6), false, function (on) { state.lateOnly = on; }, late));
    content.appendChild(row(S.unreached.label, pointSwatch(S.unreached), false, function (on) { state.unreachedOnly = on; }, lost));
    content.appendChild(total);
  }

  function spanLegend(content) {
    if (!P.id.length) return;
    if (page.route) return parts.routeLegend(D, state, page.route, content, row, sample);
    content.appendChild(el("h2", "", T.spans));
    S.span.forEach(function (look, k) {
      var n = P.stage.filter(function (stage) { return stage === k; }).length;
      content.appendChild(row(look.label, lineSwatch(look), true, function (on) { state.span[k] = on; }, n, true));
    });
    if (P.dashed.some(Boolean)) content.appendChild(sample(S.unsurveyed.label, lineSwatch(S.span[0], S.unsurveyed.dash)));
  }

  function layerList(content) {
    content.appendChild(el("h2", "", T.layers));
    var list = [
      ["villages", true], ["names", true], ["spans", P.id.length], ["fiber", D.fiber.kind.at.length, lineSwatch(S.fiber.trunk)],
      ["sites", D.sites.id.length, pointSwatch(S.site.access_point)],
      ["boundaries", D.boundaries.name.length, lineSwatch(S.boundary.county)],
      ["built", D.route ? D.route.built.n.length : 0],
      ["findings", D.findings.x.length, pointSwatch(S.finding.warning)],
    ];
    list.forEach(function (item) {
      if (!item[1]) return;
      var label = item[0] === "sites" && D.kind !== "route" ? T.access_points : T[item[0]];
      var line = row(label, null, state.layer[item[0]], function (on) { state.layer[item[0]] = on; });
      if (item[2]) {
        line.classList.remove("bare");
        line.appendChild(item[2]);
      }
      content.appendChild(line);
    });
  }

  function legend() {
    var panel = el("section", "panel legend"), content = el("div", "content");
    (page.route ? [spanLegend, villageLegend] : [villageLegend, spanLegend]).forEach(function (part) { part(content); });
    layerList(content);
    panel.setAttribute("aria-label", T.panel);
    foldable(panel, el("button", "fold", T.panel), content);
    body.appendChild(panel);
  }

  function buttons() {
    var bar = el("div", "bar"), NS = "http://www.w3.org/2000/svg";
    [
      ["M10 4v12M4 10h12", T.zoom_in, function () { page.map.zoomIn(); }],
      ["M4 10h12", T.zoom_out, function () { page.map.zoomOut(); }],
      ["M3 8V3h5M12 3h5v5M17 12v5h-5M8 17H3v-5", T.fit, function () { page.fit(true); }],
      ["M6 7V3h8v4M6 14H3V7h14v7h-3M6 11h8v6H6z", T.print, function () { window.print(); }],
    ].forEach(function (item) {
      var button = el("button"), icon = document.createElementNS(NS, "svg"), path = document.createElementNS(NS, "path");
      icon.setAttribute("viewBox", "0 0 20 20");
      icon.setAttribute("aria-hidden", "true");
      path.setAttribute("d", item[0]);
      icon.appendChild(path);
      button.appendChild(icon);
      button.type = "button";
      button.title = item[1];
      button.setAttribute("aria-label", item[1]);
      button.addEventListener("click", item[2]);
      bar.appendChild(button);
    });
    body.appendChild(bar);
  }

  page.foldable = foldable;
  page.top = top;
  head();
  parts.search(page);
  figures();
  legend();
  buttons();
  body.appendChild(el("footer", "foot", T.footer));
  countShown();
};
