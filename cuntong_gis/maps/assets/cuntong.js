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
  var scene = parts.scene(D, state, map), cards = parts.cards(D, state, campaign), layer = new parts.CanvasLayer(scene.draw);

  var before = null;
  function rect(selector) { return document.querySelector(selector).getBoundingClientRect(); }
  /* Room that the panels leave, in pixels from the corners of the map; on paper they stand where they will be printed. */
  function room() {
    if (before) return { topLeft: [268, rect(".head").bottom + 12], bottomRight: [246, 44] };
    var size = map.getSize(), wide = size.x > NARROW, low = rect(".bar").top;
    if (wide) return { topLeft: [rect(".figures").right + 12, rect(".head").bottom + 10], bottomRight: [size.x - rect(".legend").left + 12, 34] };
    return { topLeft: [12, rect(".figures").bottom + 10], bottomRight: [12, size.y - low + 40] };
  }
  function fit(animate) {
    var free = room(), b = D.bounds;
    map.fitBounds([[b[1], b[0]], [b[3], b[2]]], { animate: animate, paddingTopLeft: free.topLeft, paddingBottomRight: free.bottomRight });
  }
  function degrees(part, i) { return map.options.crs.pointToLatLng(L.point(part.wx[i], part.wy[i]), 0); }

  function open(node, at, chosen) {
    var free = room();
    map.closePopup();
    state.chosen = chosen;
    layer.redraw();
    var popup = L.popup({
      maxWidth: Math.min(320, map.getSize().x - 60), minWidth: 210, maxHeight: Math.max(160, map.getSize().y - 330),
      offset: [0, -scene.radius()], autoPanPaddingTopLeft: free.topLeft, autoPanPaddingBottomRight: free.bottomRight,
    });
    popup.setLatLng(at).setContent(node).openOn(map);
    popup._closeButton.setAttribute("aria-label", T.close);
    popup.getElement().setAttribute("role", "dialog");
    popup.getElement().setAttribute("aria-label", node.firstChild.textContent);
  }
  function choose(i) { open(cards.village(i), degrees(V, i), i); }

  /* The corners of a village's whole path, or nothing where it has none. */
  function pathBounds(i) {
    var bounds = L.latLngBounds([degrees(V, i)]);
    parts.course(P, V.first[i]).forEach(function (row) {
      (P.linesOf[row] || []).forEach(function (l) {
        var b = P.box;
        bounds.extend(map.options.crs.pointToLatLng(L.point(b[4 * l], b[4 * l + 1]), 0));
        bounds.extend(map.options.crs.pointToLatLng(L.point(b[4 * l + 2], b[4 * l + 3]), 0));
      });
    });
    return bounds;
  }

  /* Go to a village: on the route map so that its whole path is seen. */
  function goTo(i) {
    var still = window.matchMedia("(prefers-reduced-motion: reduce)").matches, free = room(), near = D.labelZoom + 1;
    var aside = map.getSize().x > NARROW ? [100, 190] : [70, 180];
    map.closePopup();
    /* Room for the popup above the village too: it would else push the path out of view. */
    var around = { maxZoom: near, paddingTopLeft: L.point(free.topLeft).add(aside), paddingBottomRight: L.point(free.bottomRight).add([aside[0], 0]) };
    var target = isRoute && V.first[i] >= 0
      ? map._getBoundsCenterZoom(pathBounds(i), around)
      : { center: degrees(V, i), zoom: Math.max(map.getZoom(), near) };
    map.once("moveend", function () { choose(i); });
    map.setView(target.center, target.zoom, { animate: still ? false : undefined });
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
    if (row >= 0) open(cards.span(row), event.latlng, -1);
  });
  map.on("popupclose", function () {
    state.chosen = -1;
    layer.redraw();
  });
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
  window.cuntongParts.panels({
    data: D, state: state, campaign: campaign, map: map, fit: fit, goTo: goTo, shown: scene.shownVillage,
    redraw: function () { layer.redraw(); },
  });
  document.body.appendChild(hover);
  fit(false);
  map.addLayer(layer); /* last, so that nothing is drawn twice */
  window.cuntongPage = {
    /* for tests: where a village stands on the screen */
    screen: function (i) { return map.latLngToContainerPoint(degrees(V, i)); },
    goTo: goTo, state: state, map: map, redraw: function () { layer.redraw(); },
  };
};
