/* The page: state, what is drawn in which order, what a click shows. All text goes in as text nodes. */
"use strict";
window.cuntong = function (map) {
  var D = JSON.parse(document.getElementById("cuntong-data").textContent), T = D.text, S = D.styles, G = window.cuntongLayer;
  ["villages", "spans", "fiber", "sites", "boundaries", "findings"].forEach(function (name) { G.decode(D[name]); });
  G.decode(D.boundaries.label);
  var V = D.villages, P = D.spans, isRoute = D.kind === "route";

  var state = {
    layer: { boundaries: true, fiber: true, spans: true, sites: true, villages: true, names: true, findings: !isRoute },
    village: S.village.map(function () { return true; }),
    span: S.span.map(function () { return true; }),
    lateOnly: false,
    unreachedOnly: false,
    chosen: -1,
  };

  function shownVillage(i) { return state.layer.villages && state.village[V.stage[i]] && (!state.lateOnly || V.late[i]) && (!state.unreachedOnly || !V.reached[i]); }
  function shownSpan(row) { return state.layer.spans && state.span[P.stage[row]]; }

  function spanWidth(row) { return S.span[P.stage[row]].width * (isRoute ? 0.7 + 0.28 * Math.log2(1 + P.behind[row]) : 0.8); }

  function stroke(ctx, color, width, dash) {
    ctx.strokeStyle = color; ctx.lineWidth = width; ctx.setLineDash(dash); ctx.stroke();
  }

  function drawBoundaries(ctx, v, size) {
    var B = D.boundaries, levels = Object.keys(S.boundary).filter(function (level) { return B.level.of.indexOf(level) >= 0; });
    function path(level) {
      var at = B.level.of.indexOf(level);
      ctx.beginPath();
      G.traceLines(ctx, B, v, size, function (row) { return B.level.at[row] === at; });
    }
    if (levels.length) { path(levels[0]); ctx.fillStyle = "#ffffff"; ctx.fill("evenodd"); }
    levels.reverse().forEach(function (level) {
      path(level);
      stroke(ctx, S.boundary[level].color, S.boundary[level].width, S.boundary[level].dash);
    });
  }

  function drawSpans(ctx, v, size) {
    var groups = {};
    P.of.forEach(function (row) {
      if (!shownSpan(row)) return;
      var key = [P.stage[row], P.dashed[row], Math.round(2 * spanWidth(row))].join();
      (groups[key] = groups[key] || {})[row] = true;
    });
    Object.keys(groups).sort().forEach(function (key) {
      var part = key.split(","), style = S.span[+part[0]];
      ctx.beginPath();
      G.traceLines(ctx, P, v, size, function (row) { return groups[key][row]; });
      stroke(ctx, style.color, +part[2] / 2, +part[1] ? S.unsurveyed.dash : style.dash);
    });
  }

  function drawPath(ctx, v, size) {
    if (!isRoute || state.chosen < 0) return;
    var rows = {};
    D.routes[state.chosen].forEach(function (row) { rows[row] = true; });
    ctx.lineCap = "round";
    [["#ffffff", S.path.width + 4], [S.path.color, S.path.width]].forEach(function (pen) {
      ctx.beginPath();
      G.traceLines(ctx, P, v, size, function (row) { return rows[row]; });
      stroke(ctx, pen[0], pen[1], []);
    });
  }

  function drawFiber(ctx, v, size) {
    Object.keys(S.fiber).reverse().forEach(function (kind) {
      var at = D.fiber.kind.of.indexOf(kind);
      if (at < 0) return;
      ctx.beginPath();
      G.traceLines(ctx, D.fiber, v, size, function (row) { return D.fiber.kind.at[row] === at; });
      ctx.globalAlpha = 0.8;
      stroke(ctx, S.fiber[kind].color, S.fiber[kind].width, S.fiber[kind].dash);
      ctx.globalAlpha = 1;
    });
  }

  function drawSites(ctx, v, size) {
    var zoom = map.getZoom();
    ["branch", "tap", "access_point"].forEach(function (kind) {
      if (kind === "branch" && (!isRoute || zoom < 11.5)) return;
      var at = D.sites.kind.of.indexOf(kind), xs = [], ys = [];
      D.sites.kind.at.forEach(function (k, i) {
        if (k !== at) return;
        xs.push(D.sites.wx[i] * v.k - v.dx); ys.push(D.sites.wy[i] * v.k - v.dy);
      });
      G.drawPoints(ctx, S.site[kind], xs, ys, kind === "branch" ? 2.6 : Math.max(2.6, Math.min(6.5, radius() + 1.5)));
    });
  }

  function radius() { return Math.max(2.4, Math.min(8, 5.4 + 0.9 * (map.getZoom() - 11))) * (isRoute ? 0.82 : 1); }

  function drawVillages(ctx, v, size) {
    var r = radius(), xs = [], ys = [], ring = [[], []], cross = [[], []];
    S.village.forEach(function () { xs.push([]); ys.push([]); });
    for (var i = 0; i < V.stage.length; i++) {
      if (!shownVillage(i)) continue;
      var x = V.wx[i] * v.k - v.dx, y = V.wy[i] * v.k - v.dy;
      if (x < -20 || y < -20 || x > size.x + 20 || y > size.y + 20) continue;
      xs[V.stage[i]].push(x); ys[V.stage[i]].push(y);
      if (V.late[i]) { ring[0].push(x); ring[1].push(y); }
      if (!V.reached[i]) { cross[0].push(x); cross[1].push(y); }
    }
    S.village.forEach(function (style, c) { G.drawPoints(ctx, style, xs[c], ys[c], r); });
    G.drawPoints(ctx, S.unreached, cross[0], cross[1], r);
    G.drawPoints(ctx, S.late, ring[0], ring[1], r + 3);
    if (state.chosen >= 0) {
      ctx.beginPath();
      ctx.arc(V.wx[state.chosen] * v.k - v.dx, V.wy[state.chosen] * v.k - v.dy, r + 6, 0, 2 * Math.PI);
      stroke(ctx, S.path.color, 3, []);
    }
  }

  var AROUND = [];
  [0, -16, 16, -30, 30, -44, 44, -58, 58].forEach(function (dy) { AROUND.push([0, 0, dy], [0.6, 8, dy], [-0.6, -8, dy], [1.4, 16, dy], [-1.4, -16, dy]); });

  /* Boxes that no label may cover, found by a grid: the symbols to begin with. */
  function obstacles(v, size) {
    var CELL = 64, cells = {};
    function each(l, t, r, b, visit) {
      for (var i = Math.floor(l / CELL); i <= Math.floor(r / CELL); i++) for (var j = Math.floor(t / CELL); j <= Math.floor(b / CELL); j++) if (visit(i + "," + j)) return true;
      return false;
    }
    var boxes = {
      add: function (l, t, r, b) { each(l, t, r, b, function (key) { (cells[key] = cells[key] || []).push([l, t, r, b]); }); },
      free: function (l, t, r, b) {
        return !each(l, t, r, b, function (key) {
          return (cells[key] || []).some(function (box) { return l < box[2] && r > box[0] && t < box[3] && b > box[1]; });
        });
      },
    };
    function points(part, r, wanted) {
      for (var i = 0; i < part.wx.length; i++) {
        var x = part.wx[i] * v.k - v.dx, y = part.wy[i] * v.k - v.dy;
        if (x > -r && y > -r && x < size.x + r && y < size.y + r && wanted(i)) boxes.add(x - r, y - r, x + r, y + r);
      }
    }
    points(V, radius() + 1, shownVillage);
    if (state.layer.sites) points(D.sites, 7, function (i) { return D.sites.kind.of[D.sites.kind.at[i]] !== "branch"; });
    return boxes;
  }

  function drawFindings(ctx, v) {
    var F = D.findings;
    ["notice", "warning", "error"].forEach(function (severity) {
      var at = F.severity.of.indexOf(severity), xs = [], ys = [];
      F.severity.at.forEach(function (s, i) {
        if (s !== at) return;
        xs.push(F.wx[i] * v.k - v.dx + 9); ys.push(F.wy[i] * v.k - v.dy - 9);
      });
      G.drawPoints(ctx, S.finding[severity], xs, ys, 6.5);
    });
  }

  /* Labels: units first, then villages, each only where nothing stands yet. */
  function drawLabels(ctx, v, size) {
    var taken = obstacles(v, size), zoom = map.getZoom(), family = getComputedStyle(document.body).fontFamily;
    /* Try the places one after the other: {dx, dy} from (x, y) to the middle of the label, in widths and pixels. */
    function put(text, x, y, font, color, places) {
      ctx.font = font + " " + family;
      var w = ctx.measureText(text).width, h = parseInt(font.match(/(\d+)px/)[1], 10) + 2, left, top, free = false;
      for (var k = 0; k < places.length && !free; k++) {
        left = x + places[k][0] * w / 2 + places[k][1] - w / 2; top = y + places[k][2] - h / 2;
        free = left >= 0 && top >= 0 && left + w <= size.x && top + h <= size.y && taken.free(left, top, left + w, top + h);
      }
      if (!free) return;
      taken.add(left - 3, top - 1, left + w + 3, top + h + 1);
      y = top + h / 2;
      ctx.setLineDash([]); ctx.lineWidth = 3.5; ctx.lineJoin = "round"; ctx.strokeStyle = "rgba(255,255,255,.92)";
      ctx.strokeText(text, left, y); ctx.fillStyle = color; ctx.fillText(text, left, y);
    }
    ctx.textBaseline = "middle"; ctx.textAlign = "left";
    if (state.layer.boundaries) {
      var B = D.boundaries, size_of = { province: 0, prefecture: 17, county: zoom < 9.5 ? 14 : 0, township: zoom >= 10 ? 13 : 0, village: 0 };
      B.name.forEach(function (name, row) {
        var px = size_of[B.level.of[B.level.at[row]]];
        if (px) put(name, B.label.wx[row] * v.k - v.dx, B.label.wy[row] * v.k - v.dy, "600 " + px + "px", "#5b6773", AROUND);
      });
    }
    if (state.layer.names && zoom >= D.labelZoom) {
      var g = radius() + 5, beside = [[1, g, 0], [-1, -g, 0], [0, 0, -g - 7], [0, 0, g + 7]];
      for (var i = 0; i < V.stage.length; i++) {
        if (shownVillage(i)) put(V.name[i].slice(0, 24), V.wx[i] * v.k - v.dx, V.wy[i] * v.k - v.dy, "12px", "#1f2328", beside);
      }
    }
  }

  var layer = new G.CanvasLayer(function (ctx, v, size) {
    ctx.lineJoin = "round"; ctx.lineCap = "butt";
    if (state.layer.boundaries) drawBoundaries(ctx, v, size);
    if (state.layer.fiber) drawFiber(ctx, v, size);
    drawSpans(ctx, v, size);
    drawPath(ctx, v, size);
    if (state.layer.sites) drawSites(ctx, v, size);
    drawVillages(ctx, v, size);
    if (state.layer.findings) drawFindings(ctx, v);
    drawLabels(ctx, v, size);
  });

  function el(name, cls, text) {
    var e = document.createElement(name);
    if (cls) e.className = cls;
    if (text !== undefined) e.textContent = text;
    return e;
  }

  function fields(rows) {
    var table = el("dl", "fields");
    rows.forEach(function (row) {
      if (row[1] === "" || row[1] === null || row[1] === undefined) return;
      table.appendChild(el("dt", "", row[0]));
      table.appendChild(el("dd", row[2] || "", row[1]));
    });
    return table;
  }

  function metres(value) { return value === null ? "" : value.toLocaleString("en-US", { maximumFractionDigits: 1 }) + " " + T.metres; }
  function entry(column, i) { return column.of[column.at[i]]; }

  function villagePopup(i) {
    var box = el("div", "card");
    box.appendChild(el("h3", "", V.name[i]));
    var rows = [
      [T.stage, S.village[V.stage[i]].label + (entry(V.date, i) ? " · " + entry(V.date, i) : "")],
      [T.due, entry(V.due, i) + (V.late[i] ? " · " + T.late : ""), V.late[i] ? "late" : ""],
      [T.place, entry(V.place, i)], [T.code, V.code[i], "code"],
      [T.households, V.households[i] === null ? "" : V.households[i].toLocaleString("en-US")],
    ];
    if (V.reached[i]) {
      rows.push([T.route, metres(V.route[i])]);
      if (isRoute) rows.push([T.spans_of_route, String(D.routes[i].length)]);
    } else {
      rows.push([T.unreached, entry(V.reason, i), "late"]);
    }
    box.appendChild(fields(rows));
    return box;
  }

  function spanPopup(row) {
    var box = el("div", "card");
    box.appendChild(el("h3", "", T.span + " " + P.id[row]));
    box.appendChild(fields([
      [T.stage, S.span[P.stage[row]].label + (P.late[row] ? " · " + T.late : ""), P.late[row] ? "late" : ""],
      [T.length, metres(P.length[row])], [T.unsurveyed, P.unsurveyed[row] ? metres(P.unsurveyed[row]) : ""],
      [T.deployment, entry(P.deployment, row)], [T.cost, (Number(P.cost[row]) / 10000).toFixed(2) + " " + T.wan],
      [T.behind, String(P.behind[row])], [T.from_to, entry(P.from, row) + " – " + entry(P.to, row), "code"],
    ]));
    return box;
  }

  function sitePopup(i) {
    var box = el("div", "card"), kind = entry(D.sites.kind, i);
    box.appendChild(el("h3", "", entry(D.sites.name, i) || S.site[kind].label));
    box.appendChild(fields([[T.site, S.site[kind].label], [T.code, D.sites.id[i], "code"]]));
    return box;
  }

  function findingPopup(i) {
    var box = el("div", "card");
    box.appendChild(el("h3", "", S.finding[entry(D.findings.severity, i)].label));
    box.appendChild(el("p", "", D.findings.message[i]));
    box.appendChild(fields([[T.remedy, D.findings.hint[i]]]));
    return box;
  }

  function open(node, at, chosen) {
    map.closePopup();
    state.chosen = chosen;
    layer.redraw();
    L.popup({ maxWidth: 300, minWidth: 200, autoPanPadding: [60, 70] }).setLatLng(at).setContent(node).openOn(map);
  }
  function degrees(part, i) { return map.options.crs.pointToLatLng(L.point(part.wx[i], part.wy[i]), 0); }

  function choose(i) {
    open(villagePopup(i), degrees(V, i), i);
  }

  map.on("click", function (event) {
    var v = layer.view(), p = map.latLngToLayerPoint(event.latlng).subtract(layer._bounds.min);
    var found = state.layer.findings ? G.nearestPoint(D.findings, v, p.x - 9, p.y + 9, 8, function () { return true; }) : -1;
    if (found >= 0) return open(findingPopup(found), degrees(D.findings, found), -1);
    var i = G.nearestPoint(V, v, p.x, p.y, radius() + 7, shownVillage);
    if (i >= 0) return choose(i);
    var site = state.layer.sites ? G.nearestPoint(D.sites, v, p.x, p.y, 10, function (k) { return entry(D.sites.kind, k) !== "branch"; }) : -1;
    if (site >= 0) return open(sitePopup(site), degrees(D.sites, site), -1);
    var row = G.nearestLine(P, v, p.x, p.y, 7, shownSpan);
    if (row >= 0) open(spanPopup(row), event.latlng, -1);
  });
  map.on("popupclose", function () { state.chosen = -1; layer.redraw(); });
  map.on("mousemove", function (event) {
    var v = layer.view(), p = map.latLngToLayerPoint(event.latlng).subtract(layer._bounds.min);
    map.getContainer().style.cursor = G.nearestPoint(V, v, p.x, p.y, radius() + 7, shownVillage) >= 0 ? "pointer" : "";
  });

  function fit(animate) {
    var wide = map.getSize().x > 760, top = document.querySelector(".head").getBoundingClientRect().bottom + 8;
    var bottom = wide ? 24 : map.getSize().y - document.querySelector(".figures").getBoundingClientRect().top + 8;
    document.querySelector(".leaflet-bottom.leaflet-right").style.bottom = wide ? "" : bottom - 6 + "px";
    map.fitBounds([[D.bounds[1], D.bounds[0]], [D.bounds[3], D.bounds[2]]], {
      animate: animate, paddingTopLeft: [wide ? 250 : 10, top], paddingBottomRight: [wide ? 244 : 10, bottom],
    });
  }

  function goTo(i) {
    map.setView(degrees(V, i), Math.max(map.getZoom(), D.labelZoom + 1), { animate: false });
    choose(i);
  }

  map.addLayer(layer);
  L.control.scale({ imperial: false, maxWidth: 140, position: "bottomright" }).addTo(map);
  window.cuntongPanels({ data: D, state: state, map: map, el: el, redraw: function () { layer.redraw(); }, fit: fit, goTo: goTo, shown: shownVillage });
  fit(false);
  /* The layout of the screen still stands when printing begins: give the map the size of the paper first. */
  var PAPER = [1062, 728];
  function resize(width, height) {
    map.getContainer().style.width = width; map.getContainer().style.height = height;
    map.invalidateSize({ animate: false, pan: false });
    fit(false);
  }
  window.addEventListener("beforeprint", function () { map.closePopup(); resize(PAPER[0] + "px", PAPER[1] + "px"); });
  window.addEventListener("afterprint", function () { resize("", ""); });
  window.cuntongPage = {
    /* for tests: where a village stands on the screen */
    screen: function (i) { return map.latLngToContainerPoint(degrees(V, i)); },
    goTo: goTo, state: state, map: map,
  };
};
