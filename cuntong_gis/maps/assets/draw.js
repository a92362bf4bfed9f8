/* What is drawn, and in which order: land, borders, fiber, spans, the chosen path, sites, findings, villages, names. */
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

  /* `route` is the route map's own part of it; null on other maps. */
  parts.scene = function (D, state, map, campaign, route) {
    var S = D.styles, V = D.villages, P = D.spans, B = D.boundaries, isRoute = D.kind === "route";
    var borders = grouped(B, function (row) { return B.level.of[B.level.at[row]]; });
    var fibers = grouped(D.fiber, function (row) { return D.fiber.kind.of[D.fiber.kind.at[row]]; });
    var spans = { stage: null, groups: [] };
    /* Spans of the day that is shown; what is still to be laid is drawn under what is laid. */
    function spanGroups() {
      if (spans.stage === P.stage) return spans.groups;
      var groups = Array.from(grouped(P, function (row) { return P.stage[row] * 2 + P.dashed[row]; })).map(function (group) {
        return { stage: group[0] >> 1, dashed: group[0] & 1, lines: group[1] };
      });
      groups.sort(function (a, b) { return a.stage - b.stage; });
      spans = { stage: P.stage, groups: groups };
      return groups;
    }

    /* Pixels between neighbours of a part: where they are few, marks shrink and lines grow quiet. */
    function apart(part) { return (part.spacing * map.options.crs.scale(map.getZoom())) / 256; }
    function quiet() { return Math.max(0.4, Math.min(1, apart(V) / 48)); }

    var self = {
      radius: function () {
        var r = Math.max(2.4, Math.min(8, 5.6 + 0.9 * (map.getZoom() - 11)));
        return Math.max(1, Math.min(isRoute ? 0.72 * r : r, 0.27 * apart(V)));
      },
      siteRadius: function (kind) {
        var r = Math.min(Math.max(3, Math.min(8.5, 6 + 0.8 * (map.getZoom() - 11))), 0.16 * apart(D.sites));
        return kind === "branch" ? Math.min(3, 0.4 * r) : r;
      },
      crowded: function () { return apart(V) < 36; },
      findingRadius: function () { return 4 + 2.5 * quiet(); },
      /* On the route map of a whole province the spans are what is looked at: dots would hide them. */
      villagesSeen: function () { return !isRoute || apart(V) >= 7 || areas.filtered(); },
      shownVillage: function (i) {
        return state.layer.villages && parts.passes(D, state, i);
      },
      shownSpan: function (row) { return state.layer.spans && (route ? route.shown(row) : state.span[P.stage[row]]); },
      shownSite: function (i) {
        var kind = D.sites.kind.of[D.sites.kind.at[i]];
        return state.layer.sites && (kind !== "branch" || (isRoute && map.getZoom() >= 11.5));
      },
      draw: draw,
    };
    var names = parts.names(D, state, map, self), areas = (self.areas = parts.areas(D, state, map, campaign));

    function stroke(ctx, part, lines, v, size, color, width, dash) {
      ctx.strokeStyle = color;
      ctx.lineWidth = width;
      ctx.lineJoin = width > 2.5 ? "round" : "bevel"; /* nobody sees the corners of a thin line, but they cost */
      ctx.setLineDash(dash);
      parts.strokeLines(ctx, part, lines, v, size);
    }

    function drawBorders(ctx, v, size) {
      var levels = Object.keys(S.boundary).filter(function (level) { return borders.has(level); });
      if (!levels.length) return;
      ctx.fillStyle = "#ffffff";
      parts.fillRings(ctx, B, borders.get(levels[0]), v, size);
      levels.slice().reverse().forEach(function (level) {
        var look = S.boundary[level], outer = level === levels[0];
        if (outer) stroke(ctx, B, borders.get(level), v, size, look.color + "26", 7, []);
        stroke(ctx, B, borders.get(level), v, size, look.color, outer ? look.width : thin(look.width, quiet()), look.dash);
      });
    }

    function drawFiber(ctx, v, size) {
      var q = quiet();
      Object.keys(S.fiber).reverse().forEach(function (kind) {
        if (!fibers.has(kind)) return;
        var look = S.fiber[kind], lines = fibers.get(kind);
        if (q === 1) stroke(ctx, D.fiber, lines, v, size, "#ffffff", look.width + 2, []);
        stroke(ctx, D.fiber, lines, v, size, look.color, thin(look.width, q), q < 1 ? [] : look.dash);
      });
    }

    /* A pixel or less is drawn much faster than a little more. */
    function thin(width, q) { return q === 1 ? width : Math.max(0.6, width * q < 1.4 ? Math.min(1, width * q) : width * q); }

    function drawSpans(ctx, v, size) {
      var q = quiet(), shown = state.layer.spans ? spanGroups().filter(function (group) { return state.span[group.stage]; }) : [];
      shown.forEach(function (group) {
        var look = S.span[group.stage];
        stroke(ctx, P, group.lines, v, size, look.color, thin(look.width, q), q < 1 ? [] : group.dashed ? S.unsurveyed.dash : look.dash);
      });
    }

    function drawRoute(ctx, v, size) {
      var q = quiet();
      function pen(part, lines, color, width, dash) { stroke(ctx, part, lines, v, size, color, width, dash); }
      ctx.lineCap = "round";
      route.below(pen, q);
      ctx.lineCap = "butt";
      if (state.layer.spans) route.spans(pen, function (width) { return thin(width, q); }, q < 1);
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
      if (self.siteRadius("") < parts.SMALL) return;
      var kinds = ["branch", "tap", "access_point"], of = D.sites.kind.of, at = D.sites.kind.at;
      drawClasses(
        ctx, D.sites, v, size, function (i) { return kinds.indexOf(of[at[i]]); },
        kinds.map(function (kind) { return S.site[kind]; }), function (c) { return self.siteRadius(kinds[c]); }, self.shownSite
      );
    }

    function drawVillages(ctx, v, size) {
      var r = self.radius();
      if (!self.villagesSeen()) return;
      function marks(style, of, wanted) {
        drawClasses(ctx, V, v, size, of, style, function (c) { return style[c] === S.late ? 1.35 * r + 1.2 : r; }, wanted);
      }
      function only(flag) {
        return function (i) { return flag(i) && self.shownVillage(i); };
      }
      if (r >= parts.SMALL) marks([S.late], function () { return 0; }, only(function (i) { return V.late[i]; }));
      marks(S.village, function (i) { return V.stage[i]; }, self.shownVillage);
      if (r >= parts.SMALL) marks([S.unreached], function () { return 0; }, only(function (i) { return !V.reached[i]; }));
    }

    function drawChosen(ctx, v) {
      var r = self.radius();
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
        order.map(function (severity) { return S.finding[severity]; }), self.findingRadius, function () { return true; }
      );
    }

    function draw(ctx, v, size) {
      ctx.lineJoin = "round";
      ctx.lineCap = "butt";
      if (state.layer.boundaries) drawBorders(ctx, v, size);
      if (areas.seen()) {
        areas.draw(ctx, v, size);
        return areas.name(ctx, v, size);
      }
      if (state.layer.fiber) drawFiber(ctx, v, size);
      if (route) drawRoute(ctx, v, size);
      else drawSpans(ctx, v, size);
      drawSites(ctx, v, size);
      if (state.layer.findings) drawFindings(ctx, v, size);
      if (state.layer.boundaries) areas.outline(ctx, v, size);
      drawVillages(ctx, v, size);
      drawChosen(ctx, v);
      if (route) route.above(ctx, v, self.radius() + 4);
      names(ctx, v, size);
    }
    return self;
  };
})(window.cuntongParts);
