/* What stands around the map: title, figures, search, legend, layers. */
"use strict";
window.cuntongPanels = function (page) {
  var D = page.data, T = D.text, S = D.styles, state = page.state, el = page.el, V = D.villages, drawPoints = window.cuntongLayer.drawPoints;
  var body = document.body;

  function swatch(draw) {
    var c = el("canvas", "swatch"), m = 2;
    c.width = 26 * m; c.height = 16 * m;
    c.setAttribute("aria-hidden", "true");
    var ctx = c.getContext("2d");
    ctx.scale(m, m);
    draw(ctx);
    return c;
  }
  function pointSwatch(style, r) { return swatch(function (ctx) { drawPoints(ctx, style, [13], [8], r || 5.5); }); }
  function lineSwatch(style, dash) {
    return swatch(function (ctx) {
      ctx.strokeStyle = style.color; ctx.lineWidth = Math.max(1.5, style.width); ctx.setLineDash(dash || style.dash);
      ctx.beginPath(); ctx.moveTo(1, 8); ctx.lineTo(25, 8); ctx.stroke();
    });
  }

  function toggle(label, mark, on, change, count) {
    var row = el("label", mark ? "row" : "row bare"), box = el("input");
    box.type = "checkbox"; box.checked = on;
    box.addEventListener("change", function () { change(box.checked); page.redraw(); counts(); });
    row.appendChild(box);
    if (mark) row.appendChild(mark);
    row.appendChild(el("span", "name", label));
    if (count !== undefined) row.appendChild(el("span", "count", count));
    return row;
  }

  /* head: title, cut-off date, banners */
  var head = el("header", "head");
  head.appendChild(el("h1", "", D.title));
  var sub = [D.subtitle, D.asOf, D.revision].filter(Boolean).join(" · ");
  head.appendChild(el("p", "sub", sub));
  D.banners.forEach(function (text) { head.appendChild(el("p", "banner", text)); });
  body.appendChild(head);

  /* figures */
  var left = el("section", "panel figures");
  var list = el("dl");
  D.figures.forEach(function (figure) {
    list.appendChild(el("dt", "", figure[0]));
    list.appendChild(el("dd", figure[2], figure[1]));
  });
  left.appendChild(list);
  body.appendChild(left);

  /* search */
  var search = el("div", "search"), input = el("input"), results = el("ul", "results"), at = -1, found = [];
  input.type = "search"; input.placeholder = T.search; input.setAttribute("aria-label", T.search); input.autocomplete = "off";
  input.setAttribute("role", "combobox"); input.setAttribute("aria-expanded", "false"); input.setAttribute("aria-controls", "cuntong-results");
  results.id = "cuntong-results"; results.setAttribute("role", "listbox"); results.hidden = true;
  search.appendChild(input); search.appendChild(results);
  body.appendChild(search);

  function look() {
    var wanted = input.value.normalize("NFKC").trim().toLowerCase();
    found = [];
    for (var i = 0; wanted && i < V.name.length && found.length < 12; i++) {
      if (V.name[i].toLowerCase().indexOf(wanted) >= 0 || V.code[i].toLowerCase().indexOf(wanted) >= 0) found.push(i);
    }
    at = found.length ? 0 : -1;
    results.textContent = "";
    found.forEach(function (i, k) {
      var item = el("li");
      item.setAttribute("role", "option");
      item.appendChild(el("b", "", V.name[i]));
      item.appendChild(el("span", "", V.place.of[V.place.at[i]]));
      item.appendChild(el("i", "", V.code[i]));
      item.addEventListener("mousedown", function (event) { event.preventDefault(); pick(k); });
      results.appendChild(item);
    });
    if (wanted && !found.length) results.appendChild(el("li", "none", T.nothing));
    results.hidden = !wanted;
    input.setAttribute("aria-expanded", String(!results.hidden));
    mark();
  }
  function mark() {
    for (var k = 0; k < results.children.length; k++) {
      results.children[k].classList.toggle("on", k === at);
      results.children[k].setAttribute("aria-selected", String(k === at));
    }
  }
  function pick(k) {
    results.hidden = true;
    input.setAttribute("aria-expanded", "false");
    page.goTo(found[k]);
  }
  input.addEventListener("input", look);
  input.addEventListener("focus", look);
  input.addEventListener("blur", function () { results.hidden = true; });
  input.addEventListener("keydown", function (event) {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (!found.length) return;
      at = (at + (event.key === "ArrowDown" ? 1 : found.length - 1)) % found.length;
      mark(); event.preventDefault();
    } else if (event.key === "Enter" && at >= 0) { pick(at); } else if (event.key === "Escape") { results.hidden = true; }
  });

  /* legend and layers */
  var right = el("section", "panel legend"), content = el("div", "content"), fold = el("button", "fold", T.panel);
  fold.type = "button";
  function setFolded(folded) {
    content.hidden = folded;
    fold.setAttribute("aria-expanded", String(!folded));
  }
  fold.addEventListener("click", function () { setFolded(!content.hidden); });
  right.appendChild(fold);
  right.appendChild(content);
  content.appendChild(el("h2", "", T.legend + " · " + T.villages));
  var tallies = S.village.map(function () { return 0; });
  V.stage.forEach(function (c) { tallies[c]++; });
  S.village.forEach(function (style, c) {
    content.appendChild(toggle(style.label, pointSwatch(style), true, function (on) { state.village[c] = on; }, tallies[c].toLocaleString("en-US")));
  });
  content.appendChild(el("h2", "", T.only));
  var late = V.late.filter(Boolean).length, lost = V.reached.length - V.reached.filter(Boolean).length;
  content.appendChild(toggle(S.late.label, pointSwatch(S.late, 6), false, function (on) { state.lateOnly = on; }, late.toLocaleString("en-US")));
  content.appendChild(toggle(S.unreached.label, pointSwatch(S.unreached), false, function (on) { state.unreachedOnly = on; }, lost.toLocaleString("en-US")));
  var total = el("p", "total");
  content.appendChild(total);
  if (D.spans.id.length) {
    content.appendChild(el("h2", "", T.legend + " · " + T.spans));
    S.span.forEach(function (style, k) {
      var n = D.spans.stage.filter(function (stage) { return stage === k; }).length;
      content.appendChild(toggle(style.label, lineSwatch(style), true, function (on) { state.span[k] = on; }, n.toLocaleString("en-US")));
    });
    if (D.spans.dashed.some(Boolean)) {
      var row = el("p", "row plain");
      row.appendChild(lineSwatch(S.span[0], S.unsurveyed.dash));
      row.appendChild(el("span", "name", S.unsurveyed.label));
      content.appendChild(row);
    }
  }
  content.appendChild(el("h2", "", T.layers));
  [["villages", null], ["names", null], ["spans", null], ["fiber", lineSwatch(S.fiber.trunk)], ["sites", pointSwatch(S.site.access_point)], ["boundaries", lineSwatch(S.boundary.county)], ["findings", pointSwatch(S.finding.warning)]].forEach(function (item) {
    if (item[0] === "fiber" && !D.fiber.kind.at.length) return;
    if (item[0] === "boundaries" && !D.boundaries.name.length) return;
    if (item[0] === "findings" && !D.findings.message.length) return;
    content.appendChild(toggle(T[item[0]], item[1], state.layer[item[0]], function (on) { state.layer[item[0]] = on; }));
  });
  body.appendChild(right);
  setFolded(window.innerWidth <= 760);

  /* buttons */
  var bar = el("div", "bar");
  [
    ["M10 4v12M4 10h12", T.zoom_in, function () { page.map.zoomIn(); }],
    ["M4 10h12", T.zoom_out, function () { page.map.zoomOut(); }],
    ["M3 8V3h5M12 3h5v5M17 12v5h-5M8 17H3v-5", T.fit, function () { page.fit(true); }],
    ["M6 7V3h8v4M6 14H3V7h14v7h-3M6 11h8v6H6z", T["print"], function () { window.print(); }],
  ].forEach(function (item) {
    var button = el("button"), NS = "http://www.w3.org/2000/svg", icon = document.createElementNS(NS, "svg"), path = document.createElementNS(NS, "path");
    icon.setAttribute("viewBox", "0 0 20 20");
    path.setAttribute("d", item[0]);
    icon.appendChild(path);
    button.appendChild(icon);
    button.type = "button"; button.title = item[1]; button.setAttribute("aria-label", item[1]);
    button.addEventListener("click", item[2]);
    bar.appendChild(button);
  });
  body.appendChild(bar);
  body.appendChild(el("footer", "foot", T.footer));

  function counts() {
    var n = 0;
    for (var i = 0; i < V.stage.length; i++) if (page.shown(i)) n++;
    total.textContent = T.shown + " " + n.toLocaleString("en-US") + " / " + V.stage.length.toLocaleString("en-US");
  }
  counts();
};
