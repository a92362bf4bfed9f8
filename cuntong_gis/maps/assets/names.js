/* Which names stand on the map: the chosen village, units large enough to hold theirs, villages once they are far apart. */
"use strict";
(function (parts) {
  var UNITS = {
    province: { weight: "700", px: 18, color: "#4a5560", halo: 4 },
    prefecture: { weight: "700", px: 16, color: "#4a5560", halo: 4 },
    county: { weight: "600", px: 13.5, color: "#66717d", halo: 4 },
    township: { weight: "600", px: 12, color: "#7a858f", halo: 3.5 },
    village: { weight: "500", px: 11.5, color: "#7a858f", halo: 3 },
  };
  var PLAIN = { weight: "500", px: 12, color: "#1f2328", halo: 3 }, LONGEST = 14;

  parts.names = function (D, state, map, scene) {
    var V = D.villages, B = D.boundaries;
    /* Rows of outlines, the higher and larger units first, each with the size of its outline in world pixels. */
    var outlines = [], order = Object.keys(UNITS);
    for (var row = 0; row < B.name.length; row++) {
      var w = Infinity, n = Infinity, e = -Infinity, s = -Infinity, lines = B.linesOf[row] || [];
      for (var l = 0; l < lines.length; l++) {
        var at = 4 * lines[l];
        w = Math.min(w, B.box[at]);
        n = Math.min(n, B.box[at + 1]);
        e = Math.max(e, B.box[at + 2]);
        s = Math.max(s, B.box[at + 3]);
      }
      outlines.push({ row: row, level: B.level.of[B.level.at[row]], width: e - w, height: s - n });
    }
    outlines.sort(function (a, b) {
      return order.indexOf(a.level) - order.indexOf(b.level) || b.width * b.height - a.width * a.height || a.row - b.row;
    });

    /* The part of the canvas that is in view. */
    function inView() {
      var corner = map.getSize().multiplyBy(0.25).round();
      return L.bounds(corner, corner.add(map.getSize()));
    }

    /* Symbols are no place for a name, once they are more than dots. */
    function keepOff(taken, part, v, size, r, wanted) {
      if (r < parts.SMALL) return;
      for (var i = 0; i < part.wx.length; i++) {
        var x = part.wx[i] * v.k - v.dx, y = part.wy[i] * v.k - v.dy;
        if (x > -r && y > -r && x < size.x + r && y < size.y + r && wanted(i)) taken.add(x - r - 1, y - r - 1, x + r + 1, y + r + 1);
      }
    }

    function nameUnits(labels, v) {
      var screen = map.getSize();
      outlines.forEach(function (unit) {
        var look = UNITS[unit.level], text = B.name[unit.row], across = unit.width * v.k, down = unit.height * v.k;
        if (across < 1.15 * look.px * text.length || down < 2.4 * look.px) return;
        if (across > 2.5 * screen.x && down > 2.5 * screen.y) return;
        labels.put(text, B.label.wx[unit.row] * v.k - v.dx, B.label.wy[unit.row] * v.k - v.dy, look, parts.around);
      });
    }

    return function (ctx, v, size) {
      var r = scene.radius(), labels = parts.labeller(ctx, size, inView());
      function units() { if (state.layer.boundaries) nameUnits(labels, v); }
      /* Where marks leave no room at all, the names of units go over them. */
      if (scene.crowded()) units();
      keepOff(labels.taken, V, v, size, r, scene.shownVillage);
      keepOff(labels.taken, D.sites, v, size, scene.siteRadius(""), function (i) {
        return scene.shownSite(i) && D.sites.kind.of[D.sites.kind.at[i]] !== "branch";
      });
      if (state.layer.findings) {
        var beside = { k: v.k, dx: v.dx - parts.BESIDE, dy: v.dy + parts.BESIDE };
        keepOff(labels.taken, D.findings, beside, size, scene.findingRadius(), function () { return true; });
      }
      function name(i) {
        var text = V.name[i].length > LONGEST ? V.name[i].slice(0, LONGEST - 1) + "…" : V.name[i];
        labels.put(text, V.wx[i] * v.k - v.dx, V.wy[i] * v.k - v.dy, PLAIN, parts.beside(r + 5));
      }
      if (state.chosen >= 0) name(state.chosen);
      if (!scene.crowded()) units();
      if (!state.layer.names || map.getZoom() < D.labelZoom) return;
      for (var i = 0; i < V.wx.length; i++) if (i !== state.chosen && scene.shownVillage(i)) name(i);
    };
  };
})(window.cuntongParts);
