/* Units as areas coloured by the share of their villages that are lit, named with it; those without an outline as a disc. */
"use strict";
(function (parts) {
  var ROOM = 22; /* pixels between neighbouring villages below which units are drawn instead of them */

  /* A name stays in its area: a little aside at most. */
  var NEAR = [[0, 0, 0], [0, 0, -13], [0, 0, 13], [0.25, 0, 0], [-0.25, 0, 0], [0.25, 0, -13], [-0.25, 0, -13], [0.25, 0, 13], [-0.25, 0, 13]];

  parts.areas = function (D, state, map, campaign) {
    var B = D.boundaries, U = D.units, V = D.villages, S = D.styles, rowsOf = null, middles = null;

    function index() {
      rowsOf = [];
      B.code.forEach(function (code, row) {
        var unit = campaign.unitOf(code);
        if (unit >= 0) (rowsOf[unit] = rowsOf[unit] || []).push(row);
      });
    }
    /* Rows of the outlines of a unit: its own, else those of the units below it. */
    function outlines(unit) {
      if (!rowsOf) index();
      if (rowsOf[unit]) return rowsOf[unit];
      return campaign.below(unit, state.day).reduce(function (all, child) { return all.concat(outlines(child)); }, []);
    }
    function linesOf(unit) {
      return outlines(unit).reduce(function (all, row) { return all.concat(B.linesOf[row] || []); }, []);
    }
    /* The middle of a unit's villages, for one without outlines. */
    function middle(unit) {
      middles = middles || new Map();
      if (!middles.has(unit)) {
        var inside = campaign.inside(unit), x = 0, y = 0, n = 0;
        for (var i = 0; i < V.wx.length; i++) {
          if (!inside[i]) continue;
          x += V.wx[i];
          y += V.wy[i];
          n++;
        }
        middles.set(unit, n ? { x: x / n, y: y / n } : null);
      }
      return middles.get(unit);
    }

    /* The areas of the unit that is shown, made anew when the unit or the day changes. */
    var kept = { key: "", list: [] };
    function areas() {
      var key = state.unit + " " + state.day;
      if (kept.key === key) return kept.list;
      kept.key = key;
      kept.list = campaign.below(state.unit, state.day).filter(function (unit) { return !U.overlay[unit]; }).map(function (unit) {
        var f = campaign.figures(unit, state.day), lines = linesOf(unit), box = [Infinity, Infinity, -Infinity, -Infinity];
        lines.forEach(function (l) {
          for (var side = 0; side < 4; side++) box[side] = Math[side < 2 ? "min" : "max"](box[side], B.box[4 * l + side]);
        });
        var at = outlines(unit).length === 1 ? B.label : null, row = at ? outlines(unit)[0] : -1;
        return {
          unit: unit, figures: f, lines: lines, box: box, share: f.villages > 0 ? f.lit / f.villages : NaN,
          at: at ? { x: at.wx[row], y: at.wy[row] } : middle(unit),
        };
      });
      return kept.list;
    }

    function classOf(share) {
      var found = -1;
      S.completion.forEach(function (step, c) { if (share >= step.from - 1e-12) found = c; });
      return found;
    }
    function percent(share) { return isNaN(share) ? "–" : (share < 1 ? Math.min(99.9, 100 * share) : 100).toFixed(share > 0 && share < 1 ? 1 : 0) + "%"; }
    function radius(area, v) { return Math.max(9, Math.min(46, 1.2 * Math.sqrt(area.figures.villages) * Math.max(0.5, Math.min(1.5, v.k / 300)))); }

    function filtered() { return state.lateOnly || state.unreachedOnly || state.blockersOnly || state.staleOnly; }
    /* Are units drawn, or villages? */
    function seen() {
      if (D.kind === "route" || state.view === "villages") return false;
      if (state.view !== "units" && (filtered() || state.spacing * Math.pow(2, map.getZoom()) >= ROOM)) return false;
      return areas().length > 0;
    }

    function draw(ctx, v, size) {
      var byClass = new Map();
      areas().forEach(function (area) {
        var c = classOf(area.share);
        if (!area.lines.length) return;
        byClass.set(c, (byClass.get(c) || []).concat(area.lines));
      });
      byClass.forEach(function (lines, c) {
        ctx.fillStyle = c < 0 ? S.noRate : S.completion[c].fill;
        parts.fillRings(ctx, B, lines, v, size);
        ctx.strokeStyle = "#ffffff";
        ctx.lineWidth = 1.4;
        ctx.lineJoin = "round";
        ctx.setLineDash([]);
        parts.strokeLines(ctx, B, lines, v, size);
      });
      outline(ctx, v, size);
      discs(ctx, v);
    }
    function discs(ctx, v) {
      areas().forEach(function (area) {
        if (area.lines.length || !area.at) return;
        var c = classOf(area.share);
        ctx.beginPath();
        ctx.arc(area.at.x * v.k - v.dx, area.at.y * v.k - v.dy, radius(area, v), 0, 2 * Math.PI);
        ctx.fillStyle = c < 0 ? S.noRate : S.completion[c].fill;
        ctx.fill();
        ctx.strokeStyle = "#4a5560";
        ctx.lineWidth = 1.2;
        ctx.setLineDash([]);
        ctx.stroke();
      });
    }

    /* The outline of the unit that is shown; what lies outside steps back. */
    function outline(ctx, v, size) {
      if (state.unit < 0) return;
      var lines = linesOf(state.unit);
      if (!lines.length || !rowsOf[state.unit]) return;
      if (state.unit !== state.first) {
        ctx.beginPath();
        ctx.rect(-20, -20, size.x + 40, size.y + 40);
        parts.traceRings(ctx, B, lines, v, size);
        ctx.fillStyle = "rgba(236,239,242,.72)";
        ctx.fill("evenodd");
      }
      ctx.strokeStyle = "#39434d";
      ctx.lineWidth = 2.2;
      ctx.lineJoin = "round";
      ctx.setLineDash([]);
      parts.strokeLines(ctx, B, lines, v, size);
    }

    /* Names with the share; where an area is small the share alone: it is what tells the colours apart in grey. */
    function name(ctx, v, size) {
      var corner = map.getSize().multiplyBy(0.25).round(), labels = parts.labeller(ctx, size, L.bounds(corner, corner.add(map.getSize())));
      var list = areas().slice().sort(function (a, b) { return b.figures.villages - a.figures.villages; });
      list.forEach(function (area) {
        if (!area.at) return;
        var across = area.lines.length ? (area.box[2] - area.box[0]) * v.k : 120, text = U.name[area.unit], share = percent(area.share);
        var x = area.at.x * v.k - v.dx, y = area.at.y * v.k - v.dy, big = across > 150 ? 15 : 12.5;
        var both = { weight: "700", px: big, color: "#1f2328", halo: 3.5 }, small = { weight: "600", px: 11, color: "#1f2328", halo: 3 };
        if (text.length > 14) text = text.slice(0, 13) + "…";
        if (across > 0.75 * big * (text.length + 4) && labels.put(text + " " + share, x, y, both, NEAR)) return;
        if (across > 0.78 * small.px * (text.length + 4) && labels.put(text + " " + share, x, y, small, NEAR)) return;
        if (across > 22) labels.put(share, x, y, small, NEAR);
      });
    }

    /* The unit at a place of the canvas; -1 where there is none. */
    function at(p, v) {
      var x = (p.x + v.dx) / v.k, y = (p.y + v.dy) / v.k, found = -1;
      areas().forEach(function (area) {
        if (!area.lines.length) {
          if (area.at && Math.hypot(area.at.x - x, area.at.y - y) * v.k <= radius(area, v)) found = area.unit;
        } else if (x >= area.box[0] && x <= area.box[2] && y >= area.box[1] && y <= area.box[3] && holds(area.lines, x, y)) found = area.unit;
      });
      return found;
    }
    function holds(lines, x, y) {
      var odd = false;
      lines.forEach(function (l) {
        for (var i = B.start[l], j = B.start[l + 1] - 1; i < B.start[l + 1]; j = i++) {
          if (B.wy[i] > y !== B.wy[j] > y && x < ((B.wx[j] - B.wx[i]) * (y - B.wy[i])) / (B.wy[j] - B.wy[i]) + B.wx[i]) odd = !odd;
        }
      });
      return odd;
    }

    /* The corners of a unit on the world: of its villages and its outline; null where nothing of it has a place. */
    function box(unit) {
      var inside = campaign.inside(unit), found = [Infinity, Infinity, -Infinity, -Infinity];
      function extend(w, n, e, s) { found = [Math.min(found[0], w), Math.min(found[1], n), Math.max(found[2], e), Math.max(found[3], s)]; }
      for (var i = 0; i < V.wx.length; i++) if (inside[i]) extend(V.wx[i], V.wy[i], V.wx[i], V.wy[i]);
      if (unit >= 0) linesOf(unit).forEach(function (l) { extend(B.box[4 * l], B.box[4 * l + 1], B.box[4 * l + 2], B.box[4 * l + 3]); });
      return found[0] <= found[2] ? found : null;
    }
    /* World pixels between neighbouring villages of a unit. */
    function spacing(inside) {
      var count = 0, w = Infinity, n = Infinity, e = -Infinity, s = -Infinity;
      for (var i = 0; i < V.wx.length; i++) {
        if (!inside[i]) continue;
        count++;
        w = Math.min(w, V.wx[i]);
        e = Math.max(e, V.wx[i]);
        n = Math.min(n, V.wy[i]);
        s = Math.max(s, V.wy[i]);
      }
      return count > 1 ? Math.sqrt(((e - w) * (s - n)) / count) : Infinity;
    }

    return {
      seen: seen, draw: draw, outline: outline, name: name, at: at, box: box, spacing: spacing, areas: areas, classOf: classOf,
      percent: percent, filtered: filtered,
    };
  };
})(window.cuntongParts);
