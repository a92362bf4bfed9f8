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
  var V = D.villages, P = D.spans, isRoute = D.kind === "route", NARROW = 900, CARD = 370, TIP = 20, first = campaign.unitOf(D.first);

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
  var route = isRoute ? parts.route(D, state, map, campaign) : null, words = route && parts.routeWords(D, route), panel = null;
  var scene = parts.scene(D, state, map, campaign, route), cards = parts.cards(D, state, campaign, words), layer = new parts.CanvasLayer(scene.draw);

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
    var course = campaign.spans(day);
    P.stage = course.stage;
    P.late = course.late;
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
      maxWidth: Math.min(320, map.getSize().x - 60), minWidth: 210, maxHeight: tallest(seen, free),
      offset: [0, -scene.radius()], autoPan: false,
    });
    popup.setLatLng(at).setContent(node).openOn(map);
    document.body.classList.add("carded");
    var box = popup.getElement();
    if (seen) {
      var stand = standing(seen, at, box, free);
      box.classList.add(stand.side);
      popup.options.offset = stand.offset;
    }
    popup.update();
    bringIn(box.getBoundingClientRect(), free);
    popup._closeButton.setAttribute("aria-label", T.close);
    box.setAttribute("role", "dialog");
    box.setAttribute("aria-label", node.firstChild.textContent);
  }
  /* On a phone a card leaves at least half of the room to the path that it tells of. */
  function tallest(seen, free) {
    var size = map.getSize(), high = size.y - free.topLeft[1] - free.bottomRight[1];
    return Math.max(160, seen && size.x <= NARROW ? high / 2 - 40 : Math.min(size.y - 330, high - 60));
  }
  /* Move the map so that a card stands where no panel is. */
  function bringIn(r, free) {
    var size = map.getSize();
    function over(from, to, low, high) { return from < low ? from - low : Math.max(0, Math.min(to - high, from - low)); }
    var by = [over(r.left, r.right, free.topLeft[0], size.x - free.bottomRight[0]), over(r.top, r.bottom, free.topLeft[1], size.y - free.bottomRight[1])];
    if (by[0] || by[1]) map.panBy(by, { animate: !still() });
  }
  function still() { return window.matchMedia("(prefers-reduced-motion: reduce)").matches; }
  /* Where a card hides least of what is to be seen and leaves the room least: above its place, below or beside it, or in a
     corner of the room. */
  function standing(seen, at, box, free) {
    var p = map.latLngToContainerPoint(at), w = box.offsetWidth, h = box.offsetHeight, gap = 16 + scene.radius(), size = map.getSize();
    var corner = map.project(at).subtract(p), k = map.options.crs.scale(map.getZoom()) / 256;
    var low = free.topLeft, high = [size.x - free.bottomRight[0], size.y - free.bottomRight[1]];
    var middle = Math.max(low[1], Math.min(high[1] - h, p.y - h / 2));
    function cost(place) {
      var out = Math.max(0, low[0] - place.x) + Math.max(0, place.x + w - high[0]) + Math.max(0, low[1] - place.y) + Math.max(0, place.y + h - high[1]);
      for (var n = 0, hidden = 0; n < seen.x.length; n++) {
        var x = seen.x[n] * k - corner.x - place.x, y = seen.y[n] * k - corner.y - place.y;
        if (x > 0 && x < w && y > 0 && y < h) hidden++;
      }
      return hidden + out;
    }
    var places = [
      { side: "above", x: p.x - w / 2, y: p.y - gap - h }, { side: "below", x: p.x - w / 2, y: p.y + gap },
      { side: "beside", x: p.x + gap, y: middle }, { side: "beside", x: p.x - gap - w, y: middle },
    ];
    [high[0] - w, low[0]].forEach(function (x) {
      [low[1], high[1] - h].forEach(function (y) { places.push({ side: "beside", x: x, y: y }); });
    });
    var best = places.reduce(function (a, b) { return cost(b) < cost(a) ? b : a; });
    return { side: best.side, offset: [best.x + w / 2 - p.x, best.y - p.y + h + TIP] };
  }
  function choose(i) {
    if (i >= V.wx.length) return open(cards.village(i), map.getCenter(), -1); /* without a place it is told of all the same */
    open(cards.village(i), degrees(V, i), i, -1, route && V.first[i] >= 0 ? sight([i], route.path(i)) : null);
  }

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
    var near = D.labelZoom + 1, target = { center: at, zoom: Math.max(map.getZoom(), near) };
    map.closePopup();
    if (seen) {
      var b = seen.bounds, middle = b.getCenter(), east = at.lng >= middle.lng, below = at.lat < middle.lat;
      var beside = function (card) { return wide ? [card ? CARD : 20, 20] : [40, card ? tallest(seen, free) + 60 : 10]; };
      target = map._getBoundsCenterZoom(b, {
        maxZoom: near, paddingTopLeft: L.point(free.topLeft).add(beside(wide ? !east : !below)),
        paddingBottomRight: L.point(free.bottomRight).add(beside(wide ? east : below)),
      });
    }
    map.once("moveend", then);
    map.setView(target.center, target.zoom, { animate: still() ? false : undefined });
  }

  /* Go to a village: on the route map so that its whole path is seen. */
  function goTo(i) {
    page.closeSheets();
    if (!state.inside[i]) page.drill(first, true);
    if (state.view === "units") state.view = "auto";
    if (i >= V.wx.length) return choose(i);
    show(degrees(V, i), route && V.first[i] >= 0 ? sight([i], route.path(i)) : null, function () { choose(i); });
  }

  /* Go to a span, so that all villages behind it are seen. */
  function goToSpan(row) {
    page.closeSheets();
    var line = (P.linesOf[row] || [])[0], middle = Math.floor((P.start[line] + P.start[line + 1]) / 2);
    var at = map.options.crs.pointToLatLng(L.point(P.wx[middle], P.wy[middle]), 0), seen = sight(route.villagesBehind(row), route.spansBehind(row));
    show(at, seen, function () { open(cards.span(row), at, -1, row, seen); });
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
    data: D, state: state, campaign: campaign, scene: scene, map: map, fit: fit, goTo: goTo, goToSpan: goToSpan, route: route, print: print,
    NARROW: NARROW,  sorted: "unit", leave: function () {},
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
    if (route) route.forget();
    parts.panels(page);
    panel = route ? parts.routePanel(page, route, words) : null;
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
