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
  var V = D.villages, P = D.spans, isRoute = D.kind === "route", NARROW = 900, first = campaign.unitOf(D.first);

  var state = {
    day: campaign.last,
    first: first,
    unit: first,
    inside: null,
    spacing: 0,
    view: "auto",
    layer: { boundaries: true, fiber: true, spans: true, sites: true, villages: true, names: true, findings: !isRoute },
    village: S.village.map(function () { return true; }),
    span: S.span.map(function () { return true; }),
    lateOnly: false,
    unreachedOnly: false,
    blockersOnly: false,
    staleOnly: false,
    chosen: -1,
  };
  var scene = parts.scene(D, state, map, campaign), cards = parts.cards(D, state, campaign), layer = new parts.CanvasLayer(scene.draw);

  var before = null, bounds = null;
  function setUnit(unit) {
    state.unit = unit;
    state.inside = campaign.inside(unit);
    state.spacing = scene.areas.spacing(state.inside);
    var box = unit === first ? null : scene.areas.box(unit);
    bounds = box ? box.slice() : corners(D.bounds);
  }
  function corners(b) {
    var one = map.options.crs.latLngToPoint(L.latLng(b[3], b[0]), 0), two = map.options.crs.latLngToPoint(L.latLng(b[1], b[2]), 0);
    return [one.x, one.y, two.x, two.y];
  }
  function setDay(day) {
    state.day = day;
    V.stage = campaign.on(day).stage;
    V.late = campaign.on(day).late;
    if (day !== campaign.last) parts.forgetLastDay(state);
  }

  function rect(selector) { return document.querySelector(selector).getBoundingClientRect(); }
  /* Room that the panels leave, in pixels from the corners of the map; on paper they stand where they will be printed. */
  function room() {
    if (before) return { topLeft: [312, rect(".head").bottom + 12], bottomRight: [246, 44] };
    var size = map.getSize(), wide = size.x > NARROW, slider = document.querySelector(".timeline");
    var low = slider ? size.y - slider.getBoundingClientRect().top + 10 : 34;
    if (wide) return { topLeft: [rect(".figures").right + 12, rect(".head").bottom + 10], bottomRight: [size.x - rect(".legend").left + 12, low] };
    return { topLeft: [12, rect(".search").bottom + 10], bottomRight: [60, size.y - rect(".leaflet-control-scale").top + 8] };
  }
  function fit(animate) {
    var free = room(), world = map.options.crs;
    var box = L.latLngBounds(world.pointToLatLng(L.point(bounds[0], bounds[1]), 0), world.pointToLatLng(L.point(bounds[2], bounds[3]), 0));
    map.fitBounds(box, {
      animate: animate && !still(), maxZoom: Math.max(D.labelZoom + 1, 13), paddingTopLeft: free.topLeft, paddingBottomRight: free.bottomRight,
    });
  }
  function still() { return window.matchMedia("(prefers-reduced-motion: reduce)").matches; }
  function degrees(part, i) { return map.options.crs.pointToLatLng(L.point(part.wx[i], part.wy[i]), 0); }

  function open(node, at, chosen) {
    var free = room();
    map.closePopup();
    state.chosen = chosen;
    layer.redraw();
    var popup = L.popup({
      maxWidth: Math.min(320, map.getSize().x - 60), minWidth: 210, maxHeight: Math.max(160, Math.min(map.getSize().y - 330, map.getSize().y - free.topLeft[1] - free.bottomRight[1] - 60)),
      offset: [0, -scene.radius()], autoPanPaddingTopLeft: free.topLeft, autoPanPaddingBottomRight: free.bottomRight,
    });
    popup.setLatLng(at).setContent(node).openOn(map);
    popup._closeButton.setAttribute("aria-label", T.close);
    popup.getElement().setAttribute("role", "dialog");
    popup.getElement().setAttribute("aria-label", node.firstChild.textContent);
  }
  function choose(i) {
    if (i < V.wx.length) return open(cards.village(i), degrees(V, i), i);
    open(cards.village(i), map.getCenter(), -1); /* a village without a place is told of all the same */
  }

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
    page.closeSheets();
    if (!state.inside[i]) page.drill(first, true);
    if (state.view === "units") state.view = "auto";
    if (i >= V.wx.length) return choose(i);
    var free = room(), near = D.labelZoom + 1;
    var aside = map.getSize().x > NARROW ? [100, 190] : [70, 180];
    map.closePopup();
    /* Room for the popup above the village too: it would else push the path out of view. */
    var around = { maxZoom: near, paddingTopLeft: L.point(free.topLeft).add(aside), paddingBottomRight: L.point(free.bottomRight).add([aside[0], 0]) };
    var target = isRoute && V.first[i] >= 0
      ? map._getBoundsCenterZoom(pathBounds(i), around)
      : { center: degrees(V, i), zoom: Math.max(map.getZoom(), near) };
    map.once("moveend", function () { choose(i); });
    map.setView(target.center, target.zoom, { animate: still() ? false : undefined });
  }

  function reach() { return scene.villagesSeen() ? scene.radius() + 7 : 0; }
  map.on("click", function (event) {
    var v = layer.view(), p = layer.place(event);
    page.closeSheets();
    if (scene.areas.seen()) {
      var unit = scene.areas.at(p, v);
      if (unit >= 0) page.drill(unit);
      return;
    }
    var i = parts.nearestPoint(V, v, p, reach(), scene.shownVillage);
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
    if (event.key !== "Escape") return;
    map.closePopup();
    page.closeSheets();
  });

  /* A list of buttons closes once the eye is elsewhere. */
  ["focusin", "pointerdown"].forEach(function (name) {
    document.addEventListener(name, function (event) { page.elsewhere(event.target); });
  });

  /* The name under the pointer, where there is one. */
  var hover = parts.el("div", "hover");
  hover.hidden = true;
  hover.setAttribute("aria-hidden", "true");
  map.on("mousemove", function (event) {
    var v = layer.view(), p = layer.place(event), at = event.containerPoint, text = "", live;
    if (scene.areas.seen()) {
      var unit = scene.areas.at(p, v), f = unit >= 0 ? campaign.figures(unit, state.day) : null;
      if (f) text = D.units.name[unit] + " · " + T.lit + " " + f.lit.toLocaleString("en-US") + " / " + f.villages.toLocaleString("en-US");
      live = !!f;
    } else {
      var i = parts.nearestPoint(V, v, p, reach(), scene.shownVillage);
      live = i >= 0 || (isRoute && parts.nearestLine(P, v, p, 5, scene.shownSpan) >= 0);
      if (i >= 0 && i !== state.chosen) text = V.name[i] + " · " + S.village[V.stage[i]].label;
    }
    map.getContainer().style.cursor = live ? "pointer" : "";
    hover.hidden = !text;
    if (!text) return;
    hover.textContent = text;
    hover.style.left = Math.max(4, Math.min(at.x + 14, map.getSize().x - hover.offsetWidth - 6)) + "px";
    hover.style.top = at.y + 16 + "px";
  });
  map.on("mouseout movestart", function () { hover.hidden = true; });

  /* Paper: while printing begins the screen's layout is still in force, so the map is sized by hand. */
  var PAPER = { A4: [1062, 728], A3: [1527, 1062] }, paper = "A4";
  function print(size) {
    paper = size;
    document.documentElement.classList.toggle("a3", size === "A3");
    window.print();
  }
  window.addEventListener("beforeprint", function () {
    var box = map.getContainer();
    before = { center: map.getCenter(), zoom: map.getZoom() };
    box.style.width = PAPER[paper][0] + "px";
    box.style.height = PAPER[paper][1] + "px";
    layer.sharpness = 3;
    map.invalidateSize({ animate: false });
    fit(false);
    layer._update();
  });
  window.addEventListener("afterprint", function () {
    document.documentElement.classList.remove("a3");
    paper = "A4";
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
  var north = document.querySelector(".leaflet-control-scale").appendChild(parts.el("div", "north"));
  north.setAttribute("aria-hidden", "true");

  /* Where the page stands is kept in its address, so that it can be linked to. */
  var told = { unit: first, day: campaign.last, lang: D.lang };
  function address() {
    var words = [];
    if (state.unit !== told.unit) words.push("unit=" + (state.unit < 0 ? "" : encodeURIComponent(D.units.code[state.unit])));
    if (state.day !== told.day) words.push("day=" + D.days[state.day]);
    if (D.lang !== told.lang) words.push("lang=" + D.lang);
    var hash = words.length ? "#" + words.join("&") : "";
    if (hash !== window.location.hash) window.history.replaceState(null, "", hash || window.location.pathname + window.location.search);
  }
  function readAddress() {
    var asked = {};
    window.location.hash.slice(1).split("&").forEach(function (word) {
      var at = word.indexOf("=");
      try {
        if (at > 0) asked[word.slice(0, at)] = decodeURIComponent(word.slice(at + 1));
      } catch (error) { /* a mangled address asks for nothing */ }
    });
    var unit = asked.unit ? campaign.unitOf(asked.unit) : asked.unit === "" ? parts.WHOLE : -2, day = D.days.indexOf(asked.day);
    return { unit: unit === -2 || (asked.unit && unit < 0) ? first : unit, day: day < 0 ? campaign.last : day, lang: D.langs.indexOf(asked.lang) < 0 ? told.lang : asked.lang };
  }

  var heard = [], placed = [];
  var page = {
    data: D, state: state, campaign: campaign, scene: scene, map: map, fit: fit, goTo: goTo, print: print, sorted: "unit", leave: function () {},
    /* Parts of the page that follow what is shown; and their places, which are given up when the language changes. */
    on: function (listener) { heard.push(listener); },
    place: function (node) {
      placed.push(node);
      return document.body.appendChild(node);
    },
    refresh: function (what) {
      heard.forEach(function (listener) { listener(what || ""); });
      layer.redraw();
      address();
    },
    drill: function (unit, stay) {
      map.closePopup();
      setUnit(unit);
      page.refresh();
      if (!stay) fit(true);
    },
    setDay: function (day) {
      map.closePopup();
      setDay(day);
      page.refresh();
    },
    speak: function (lang) {
      map.closePopup();
      page.leave();
      parts.speak(D, lang);
      placed.forEach(function (node) { node.remove(); });
      placed = [];
      heard = [];
      build();
      page.refresh();
      document.querySelector(".language").focus();
    },
    worldBox: function () { return bounds; },
    close: function () { map.closePopup(); },
    screen: function (i) { return map.latLngToContainerPoint(degrees(V, i)); }, /* where a village stands on the screen */
    redraw: function () { layer.redraw(); },
  };
  function build() {
    parts.panels(page);
    north.textContent = T.north;
    map.getContainer().setAttribute("aria-label", T.map);
  }

  var asked = readAddress();
  if (asked.lang !== D.lang) parts.speak(D, asked.lang);
  setDay(asked.day);
  setUnit(asked.unit);
  build();
  document.body.appendChild(hover);
  page.refresh();
  fit(false);
  map.addLayer(layer); /* last, so that nothing is drawn twice */
  page.countSteps && page.countSteps();
  map.on("zoomend", function () { page.countSteps && page.countSteps(); });
  window.addEventListener("hashchange", function () {
    var want = readAddress();
    if (want.lang !== D.lang) page.speak(want.lang);
    if (want.day !== state.day) page.setDay(want.day);
    if (want.unit !== state.unit) page.drill(want.unit);
  });
  window.cuntongPage = page;
};
