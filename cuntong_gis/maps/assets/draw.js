/* What is drawn, and in which order: land, borders, fiber, spans, the chosen path, sites, villages, names. */
"use strict";
(function (parts) {
  /* Lines that are stroked alike, gathered once: [{style, lines, …}]. */
  function grouped(part, keyOf) {
    var groups = new Map();
    for (var l = 0; l < part.n.length; l++) {
      var key = keyOf(part.of[l]);
      if (!groups.has(key)) groups.set(key, []);
      groups.get(key).push(l);
    }
    return groups;
  }

  parts.BESIDE = 9; /* pixels right and up from its place to the mark of a finding */

  parts.scene = function (D, state, map) {
    var S = D.styles, V = D.villages, P = D.spans, B = D.boundaries, isRoute = D.kind === "route";
    var borders = grouped(B, function (row) { return B.level.of[B.level.at[row]]; });
    var fibers = grouped(D.fiber, function (row) { return D.fiber.kind.of[D.fiber.kind.at[row]]; });
    var spans = Array.from(grouped(P, function (row) {
      var width = S.span[P.stage[row]].width * (isRoute ? 0.7 + 0.28 * Math.log2(1 + P.behind[row]) : 1);
      return [P.stage[row], P.dashed[row], Math.round(2 * width) / 2, isRoute && P.late[row]].join();
    })).map(function (group) {
      var part = group[0].split(",");
      return { stage: +part[0], dashed: +part[1], width: +part[2], late: +part[3], lines: group[1] };
    });
    /* Thin lines first, and what is still to be laid under what is laid. */
    spans.sort(function (a, b) { return a.stage - b.stage || a.width - b.width; });

    var self = {
      radius: function () {
        var r = Math.max(2.4, Math.min(8, 5.6 + 0.9 * (map.getZoom() - 11)));
        return isRoute ? Math.max(2.2, 0.72 * r) : r;
      },
      siteRadius: function (kind) {
        var r = Math.max(3, Math.min(8.5, 6 + 0.8 * (map.getZoom() - 11)));
        return kind === "branch" ? Math.min(3, 0.4 * r) : r;
      },
      shownVillage: function (i) {
        if (!state.layer.villages || !state.village[V.stage[i]]) return false;
        return (!state.lateOnly || !!V.late[i]) && (!state.unreachedOnly || !V.reached[i]);
      },
      shownSpan: function (row) { return state.layer.spans && state.span[P.stage[row]]; },
      shownSite: function (i) {
        var kind = D.sites.kind.of[D.sites.kind.at[i]];
        return state.layer.sites && (kind !== "branch" || (isRoute && map.getZoom() >= 11.5));
      },
      draw: draw,
    };

    /* Stroke some lines at a time: one path of thousands of lines is stroked many times slower. */
    var BATCH = 100;
    function stroke(ctx, part, lines, v, size, color, width, dash) {
      ctx.strokeStyle = color;
      ctx.lineWidth = width;
      ctx.lineJoin = width > 2.5 ? "round" : "bevel"; /* nobody sees the corners of a thin line, but they cost */
      ctx.setLineDash(dash);
      for (var at = 0; at < lines.length; at += BATCH) {
        ctx.beginPath();
        parts.traceLines(ctx, part, lines, v, size, at, Math.min(at + BATCH, lines.length));
        ctx.stroke();
      }
    }

    function drawBorders(ctx, v, size) {
      var levels = Object.keys(S.boundary).filter(function (level) { return borders.has(level); });
      if (!levels.length) return;
      ctx.beginPath();
      parts.traceLines(ctx, B, borders.get(levels[0]), v, size, 0, borders.get(levels[0]).length);
      ctx.fillStyle = "#ffffff";
      ctx.fill("evenodd");
      levels.slice().reverse().forEach(function (level) {
        if (level === levels[0]) stroke(ctx, B, borders.get(level), v, size, S.boundary[level].color + "26", 7, []);
        stroke(ctx, B, borders.get(level), v, size, S.boundary[level].color, S.boundary[level].width, S.boundary[level].dash);
      });
    }

    function drawFiber(ctx, v, size) {
      Object.keys(S.fiber).reverse().forEach(function (kind) {
        if (!fibers.has(kind)) return;
        stroke(ctx, D.fiber, fibers.get(kind), v, size, "#ffffff", S.fiber[kind].width + 2, []);
        stroke(ctx, D.fiber, fibers.get(kind), v, size, S.fiber[kind].color, S.fiber[kind].width, S.fiber[kind].dash);
      });
    }

    function drawSpans(ctx, v, size) {
      var shown = spans.filter(function (group) { return state.layer.spans && state.span[group.stage]; });
      shown.forEach(function (group) {
        if (group.late) stroke(ctx, P, group.lines, v, size, S.lateSpan.color, group.width + S.lateSpan.width, []);
      });
      shown.forEach(function (group) {
        var look = S.span[group.stage];
        stroke(ctx, P, group.lines, v, size, look.color, group.width, group.dashed ? S.unsurveyed.dash : look.dash);
      });
    }

    function drawPath(ctx, v, size) {
      if (!isRoute || state.chosen < 0) return;
      var lines = [];
      parts.course(P, V.first[state.chosen]).forEach(function (row) { lines = lines.concat(P.linesOf[row] || []); });
      ctx.lineCap = "round";
      stroke(ctx, P, lines, v, size, "#ffffff", S.path.width + 4, []);
      stroke(ctx, P, lines, v, size, S.path.color, S.path.width, []);
      ctx.lineCap = "butt";
    }

    /* Sort the points in view by class, and draw each class at once. */
    function drawClasses(ctx, part, v, size, classOf, styles, radiusOf, wanted) {
      var xs = styles.map(function () { return []; }), ys = styles.map(function () { return []; });
      for (var i = 0; i < part.wx.length; i++) {
        var x = part.wx[i] * v.k - v.dx, y = part.wy[i] * v.k - v.dy;
        if (x < -20 || y < -20 || x > size.x + 20 || y > size.y + 20 || !wanted(i)) continue;
        xs[classOf(i)].push(x);
        ys[classOf(i)].push(y);
      }
      styles.forEach(function (style, c) { parts.drawPoints(ctx, style, xs[c], ys[c], radiusOf(c)); });
    }

    function drawSites(ctx, v, size) {
      var kinds = ["branch", "tap", "access_point"], of = D.sites.kind.of, at = D.sites.kind.at;
      drawClasses(
        ctx, D.sites, v, size, function (i) { return kinds.indexOf(of[at[i]]); },
        kinds.map(function (kind) { return S.site[kind]; }), function (c) { return self.siteRadius(kinds[c]); }, self.shownSite
      );
    }

    function drawVillages(ctx, v, size) {
      var r = self.radius();
      function marks(style, of, wanted) {
        drawClasses(ctx, V, v, size, of, style, function (c) { return style[c] === S.late ? r + 3.2 : r; }, wanted);
      }
      function only(flag) {
        return function (i) { return flag(i) && self.shownVillage(i); };
      }
      marks([S.late], function () { return 0; }, only(function (i) { return V.late[i]; }));
      marks(S.village, function (i) { return V.stage[i]; }, self.shownVillage);
      marks([S.unreached], function () { return 0; }, only(function (i) { return !V.reached[i]; }));
      if (state.chosen < 0) return;
      ctx.beginPath();
      ctx.arc(V.wx[state.chosen] * v.k - v.dx, V.wy[state.chosen] * v.k - v.dy, r + 6.5, 0, 2 * Math.PI);
      ctx.strokeStyle = S.path.color;
      ctx.lineWidth = 3;
      ctx.stroke();
    }

    /* Findings stand beside their place, so that what they speak of stays in sight. */
    function drawFindings(ctx, v, size) {
      var order = ["notice", "warning", "error"], F = D.findings;
      var beside = { k: v.k, dx: v.dx - parts.BESIDE, dy: v.dy + parts.BESIDE };
      drawClasses(
        ctx, F, beside, size, function (i) { return order.indexOf(F.severity.of[F.severity.at[i]]); },
        order.map(function (severity) { return S.finding[severity]; }), function () { return 6.5; }, function () { return true; }
      );
    }

    /* The part of the canvas that is in view. */
    function inView() {
      var corner = map.getSize().multiplyBy(0.25).round();
      return L.bounds(corner, corner.add(map.getSize()));
    }

    /* Symbols are no place for a name. */
    function keepOff(taken, part, v, size, r, wanted) {
      for (var i = 0; i < part.wx.length; i++) {
        var x = part.wx[i] * v.k - v.dx, y = part.wy[i] * v.k - v.dy;
        if (x > -r && y > -r && x < size.x + r && y < size.y + r && wanted(i)) taken.add(x - r, y - r, x + r, y + r);
      }
    }

    function drawNames(ctx, v, size) {
      var zoom = map.getZoom(), r = self.radius(), labels = parts.labeller(ctx, size, inView());
      keepOff(labels.taken, V, v, size, r + 1, self.shownVillage);
      keepOff(labels.taken, D.sites, v, size, self.siteRadius("") + 1, function (i) {
        return self.shownSite(i) && D.sites.kind.of[D.sites.kind.at[i]] !== "branch";
      });
      if (state.layer.findings) {
        var beside = { k: v.k, dx: v.dx - parts.BESIDE, dy: v.dy + parts.BESIDE };
        keepOff(labels.taken, D.findings, beside, size, 7, function () { return true; });
      }
      var plain = { weight: "500", px: 12, color: "#1f2328", halo: 3 };
      function name(i) {
        var text = V.name[i].length > 14 ? V.name[i].slice(0, 13) + "…" : V.name[i];
        labels.put(text, V.wx[i] * v.k - v.dx, V.wy[i] * v.k - v.dy, plain, parts.beside(r + 5));
      }
      if (state.chosen >= 0) name(state.chosen);
      var px = { prefecture: 17, county: zoom < 9.5 ? 14 : 0, township: zoom >= 10 ? 13 : 0 };
      for (var row = 0; state.layer.boundaries && row < B.name.length; row++) {
        var look = { weight: "600", px: px[B.level.of[B.level.at[row]]], color: "#66717d", halo: 4 };
        if (look.px) labels.put(B.name[row], B.label.wx[row] * v.k - v.dx, B.label.wy[row] * v.k - v.dy, look, parts.around);
      }
      if (!state.layer.names || zoom < D.labelZoom) return;
      for (var i = 0; i < V.stage.length; i++) if (i !== state.chosen && self.shownVillage(i)) name(i);
    }

    function draw(ctx, v, size) {
      ctx.lineJoin = "round";
      ctx.lineCap = "butt";
      if (state.layer.boundaries) drawBorders(ctx, v, size);
      if (state.layer.fiber) drawFiber(ctx, v, size);
      drawSpans(ctx, v, size);
      drawPath(ctx, v, size);
      drawSites(ctx, v, size);
      drawVillages(ctx, v, size);
      if (state.layer.findings) drawFindings(ctx, v, size);
      drawNames(ctx, v, size);
    }
    return self;
  };
})(window.cuntongParts);
