/* The page: its state, what a click, a key and the printer do. */
"use strict";
window.cuntong = function (map) {
  window.cuntongParts.start(function (data) { window.cuntongOpen(map, data); });
};
window.cuntongOpen = function (map, D) {
  var parts = window.cuntongParts;
  parts.speak(D, D.lang);
  var T = D.text, S = D.styles, campaign = parts.campaign(D);
  ["villages", "spans", "fiber", "sites", "boundaries", "findings"].forEach(function (name) { parts.place(D[name], D.scale); });
  parts.place(D.boundaries.label, D.scale);
  var V = D.villages, P = D.spans, isRoute = D.kind === "route", NARROW = 760;

  var state = {
    day: campaign.last,
    layer: { boundaries: true, fiber: true, spans: true, sites: true, villages: true, names: true, findings: !isRoute },
    village: S.village.map(function () { return true; }),
    span: S.span.map(function () { return true; }),
    lateOnly: false,
    unreachedOnly: false,
    chosen: -1,
  };
  V.stage = campaign.on(state.day).stage;
  V.late = campaign.on(state.day).late;
  var route = isRoute ? parts.route(D, state, map, campaign) : null, words = route && parts.routeWords(D, route), panel = null;
  var scene = parts.scene(D, state, map, route), cards = parts.cards(D, state, campaign, words), layer = new parts.CanvasLayer(scene.draw);

  var before = null;
  function rect(selector) { return document.querySelector(selector).getBoundingClientRect(); }
  /* Room that the panels leave, in pixels from the corners of the map; on paper they stand where they will be printed. */
  function room() {
    if (before) return { topLeft: [268, rect(".head").bottom + 12], bottomRight: [246, 44] };
    var size = map.getSize(), wide = size.x > NARROW, low = rect(".bar").top;
    if (wide) return { topLeft: [rect(".figures").right + 12, rect(".head").bottom + 10], bottomRight: [size.x - rect(".legend").left + 12, 34] };
    return { topLeft: [12, rect(".top").bottom + 10], bottomRight: [12, size.y - low + 40] };
  }
  function fit(animate) {
    var free = room(), b = D.bounds;
    map.fitBounds([[b[1], b[0]], [b[3], b[2]]], { animate: animate, paddingTopLeft: free.topLeft, paddingBottomRight: free.bottomRight });
  }
  function degrees(part, i) { return map.options.crs.pointToLatLng(L.point(part.wx[i], part.wy[i]), 0); }

  /* Open a card; `chosen` is the village that it is of, `picked` the span: -1 for neither. It stands on the side of its
     place where less of `seen` is. */
  function open(node, at, chosen, picked, seen) {
    var free = room();
    map.closePopup();
    state.chosen = chosen;
    state.picked = picked === undefined ? -1 : picked;
    changed();
    var popup = L.popup({
      maxWidth: Math.min(320, map.getSize().x - 60), minWidth: 210, maxHeight: Math.max(160, map.getSize().y - 330),
      offset: [0, -scene.radius()], autoPan: false,
    });
    popup.setLatLng(at).setContent(node).openOn(map);
    document.body.classList.add("carded");
    var box = popup.getElement();
    if (seen && standsBelow(seen, at, box)) {
      box.classList.add("below");
      popup.options.offset = [0, box.offsetHeight + 36 + scene.radius()];
    }
    popup.update();
    bringIn(box.getBoundingClientRect(), free);
    popup._closeButton.setAttribute("aria-label", T.close);
    box.setAttribute("role", "dialog");
    box.setAttribute("aria-label", node.firstChild.textContent);
  }
  /* Move the map so that a card stands where no panel is. */
  function bringIn(r, free) {
    var size = map.getSize();
    function over(from, to, low, high) { return from < low ? from - low : Math.max(0, Math.min(to - high, from - low)); }
    var by = [over(r.left, r.right, free.topLeft[0], size.x - free.bottomRight[0]), over(r.top, r.bottom, free.topLeft[1], size.y - free.bottomRight[1])];
    if (by[0] || by[1]) map.panBy(by, { animate: !still() });
  }
  function still() { return window.matchMedia("(prefers-reduced-motion: reduce)").matches; }
  /* Would a card hide less of what is to be seen if it stood below its place? */
  function standsBelow(seen, at, box) {
    var p = map.project(at), k = map.options.crs.scale(map.getZoom()) / 256, above = 0, below = 0;
    for (var n = 0; n < seen.x.length; n++) {
      var dx = seen.x[n] * k - p.x, dy = seen.y[n] * k - p.y;
      if (Math.abs(dx) > box.offsetWidth / 2) continue;
      if (dy < -15 && dy > -15 - box.offsetHeight) above++;
      if (dy > 15 && dy < 15 + box.offsetHeight) below++;
    }
    return above > below;
  }
  function choose(i) { open(cards.village(i), degrees(V, i), i, -1, route && V.first[i] >= 0 ? sight([i], route.path(i)) : null); }

  /* An as-built line tells of its span; one of no span only of itself. */
  function openBuilt(line, at) {
    var row = D.route.built.on[line];
    if (row >= 0) openSpan(row, at);
    else open(cards.built(line), at, -1);
  }

  function openSpan(row, at) { open(cards.span(row), at, -1, row, route && sight(route.villagesBehind(row), route.spansBehind(row))); }

  /* The places of some villages and spans, and the box around them. */
  function sight(villages, rows) {
    var x = villages.map(function (i) { return V.wx[i]; }), y = villages.map(function (i) { return V.wy[i]; });
    rows.forEach(function (row) {
      (P.linesOf[row] || []).forEach(function (l) {
        for (var j = P.start[l]; j < P.start[l + 1]; j++) {
          x.push(P.wx[j]);
          y.push(P.wy[j]);
        }
      });
    });
    var box = L.bounds(x.map(function (_, n) { return L.point(x[n], y[n]); }));
    function corner(p) { return map.options.crs.pointToLatLng(p, 0); }
    return { x: x, y: y, bounds: L.latLngBounds(corner(box.min), corner(box.max)) };
  }

  /* Show a place and what belongs to it, with room for its card, which would else push it out of view; then go on. */
  function show(at, seen, then) {
    var free = room(), wide = map.getSize().x > NARROW;
    var near = D.labelZoom + 1, side = wide ? 90 : 40, high = wide ? 190 : 160, target = { center: at, zoom: Math.max(map.getZoom(), near) };
    map.closePopup();
    if (seen) {
      var b = seen.bounds, below = b.getNorth() - at.lat > at.lat - b.getSouth();
      target = map._getBoundsCenterZoom(b, {
        maxZoom: near, paddingTopLeft: L.point(free.topLeft).add([side, below ? 20 : high]),
        paddingBottomRight: L.point(free.bottomRight).add([side, below ? high : 0]),
      });
    }
    map.once("moveend", then);
    map.setView(target.center, target.zoom, { animate: still() ? false : undefined });
  }

  /* Go to a village: on the route map so that its whole path is seen. */
  function goTo(i) {
    show(degrees(V, i), route && V.first[i] >= 0 ? sight([i], route.path(i)) : null, function () { choose(i); });
  }

  /* Go to a span, so that all villages behind it are seen. */
  function goToSpan(row) {
    var line = (P.linesOf[row] || [])[0], middle = Math.floor((P.start[line] + P.start[line + 1]) / 2);
    var at = map.options.crs.pointToLatLng(L.point(P.wx[middle], P.wy[middle]), 0), seen = sight(route.villagesBehind(row), route.spansBehind(row));
    show(at, seen, function () { open(cards.span(row), at, -1, row, seen); });
  }

  function reach() { return scene.villagesSeen() ? scene.radius() + 7 : 0; }
  map.on("click", function (event) {
    var v = layer.view(), p = layer.place(event), i = parts.nearestPoint(V, v, p, reach(), scene.shownVillage);
    var beside = L.point(p.x - parts.BESIDE, p.y + parts.BESIDE);
    var found = state.layer.findings ? parts.nearestPoint(D.findings, v, beside, 8, function () { return true; }) : -1;
    if (found >= 0) return open(cards.finding(found), degrees(D.findings, found), -1);
    if (i >= 0) return choose(i);
    var site = parts.nearestPoint(D.sites, v, p, 10, function (k) {
      return scene.shownSite(k) && D.sites.kind.of[D.sites.kind.at[k]] !== "branch";
    });
    if (site >= 0) return open(cards.site(site), degrees(D.sites, site), -1);
    var row = parts.nearestLine(P, v, p, 7, scene.shownSpan);
    if (row >= 0) return openSpan(row, event.latlng);
    var line = route && state.layer.built ? parts.nearestLine(D.route.built, v, p, 7, function () { return true; }) : -1;
    if (line >= 0) openBuilt(line, event.latlng);
  });
  map.on("popupclose", function () {
    state.chosen = state.picked = -1;
    document.body.classList.remove("carded");
    changed();
  });
  function changed() {
    layer.redraw();
    if (panel) panel.update();
  }
  document.addEventListener("keydown", function (event) {
    if (event.key === "Escape") map.closePopup();
  });

  /* The name under the pointer, where there is one. */
  var hover = parts.el("div", "hover");
  hover.hidden = true;
  hover.setAttribute("aria-hidden", "true");
  map.on("mousemove", function (event) {
    var v = layer.view(), p = layer.place(event), i = parts.nearestPoint(V, v, p, reach(), scene.shownVillage), at = event.containerPoint;
    var live = i >= 0 || (isRoute && parts.nearestLine(P, v, p, 5, scene.shownSpan) >= 0);
    map.getContainer().style.cursor = live ? "pointer" : "";
    hover.hidden = i < 0 || i === state.chosen;
    if (hover.hidden) return;
    hover.textContent = V.name[i] + " · " + S.village[V.stage[i]].label;
    hover.style.left = Math.max(4, Math.min(at.x + 14, map.getSize().x - hover.offsetWidth - 6)) + "px";
    hover.style.top = at.y + 16 + "px";
  });
  map.on("mouseout movestart", function () { hover.hidden = true; });

  /* Paper: while printing begins the screen's layout is still in force, so the map is sized by hand. */
  window.addEventListener("beforeprint", function () {
    var box = map.getContainer();
    before = { center: map.getCenter(), zoom: map.getZoom() };
    box.style.width = "1062px";
    box.style.height = "728px";
    layer.sharpness = 3;
    map.invalidateSize({ animate: false });
    fit(false);
    layer._update();
  });
  window.addEventListener("afterprint", function () {
    if (!before) return;
    var box = map.getContainer();
    box.style.width = box.style.height = "";
    layer.sharpness = 0;
    var view = before;
    before = null;
    map.invalidateSize({ animate: false });
    map.setView(view.center, view.zoom, { animate: false });
    layer._update();
  });

  L.control.scale({ imperial: false, maxWidth: 140, position: "bottomright" }).addTo(map);
  var north = parts.el("div", "north", T.north);
  north.setAttribute("aria-hidden", "true");
  document.querySelector(".leaflet-control-scale").appendChild(north);
  var page = {
    data: D, state: state, campaign: campaign, map: map, fit: fit, goTo: goTo, goToSpan: goToSpan, shown: scene.shownVillage, route: route,
    NARROW: NARROW,
    redraw: function () { layer.redraw(); },
  };
  parts.panels(page);
  if (route) panel = parts.routePanel(page, route, words);
  document.body.appendChild(hover);
  fit(false);
  map.addLayer(layer); /* last, so that nothing is drawn twice */
  window.cuntongPage = {
    /* for tests: where a village stands on the screen */
    screen: function (i) { return map.latLngToContainerPoint(degrees(V, i)); },
    goTo: goTo, goToSpan: goToSpan, state: state, map: map, data: D, route: route, redraw: function () { layer.redraw(); },
  };
};
