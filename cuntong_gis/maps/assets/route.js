/* The route map: spans by completion, a village's path to the source, what waits behind a span. */
"use strict";
(function (parts) {
  var LIT = 5, NONE = 0, PART = 1, WHOLE = 2, SPLICED = 3, TESTED = 4;

  /* All that is counted of the spans on a day. Every number of the panel, the cards and the drawing is one of these. */
  function figuresOf(D, day, stage) {
    var R = D.route, P = D.spans, V = D.villages, count = P.id.length, last = day === R.laid.length - 1;
    var f = {
      laid: new Float64Array(count), left: new Float64Array(count), state: new Uint8Array(count),
      villages: new Int32Array(count), households: new Float64Array(count), waiting: new Int32Array(count), nearest: new Int32Array(count).fill(-1),
    };
    var away = new Int32Array(count).fill(count + 1);
    for (var row = 0; row < count; row++) {
      f.laid[row] = Math.min(R.laid[day][row] / 10, R.planned[row]);
      var whole = parts.laidWhole(R, row, day);
      f.left[row] = whole ? 0 : R.planned[row] - f.laid[row];
      f.state[row] = !whole ? (f.laid[row] > 0 ? PART : NONE) : last && R.tested[row] ? TESTED : last && R.spliced[row] ? SPLICED : WHOLE;
    }
    for (var i = 0; i < V.stage.length; i++) {
      for (var at = V.first[i], steps = 0; at >= 0; at = P.parent[at], steps++) {
        f.villages[at]++;
        f.households[at] += V.households[i] || 0;
        if (stage[i] < LIT) f.waiting[at]++;
        if (steps < away[at]) {
          away[at] = steps;
          f.nearest[at] = i;
        }
      }
    }
    f.stage = stage;
    return f;
  }

  /* Unfinished spans: those that most villages wait for first, then those with most metres left. */
  function ranked(f) {
    var rows = [];
    for (var row = 0; row < f.left.length; row++) if (f.left[row] > 0) rows.push(row);
    return rows.sort(function (a, b) { return f.waiting[b] - f.waiting[a] || f.left[b] - f.left[a] || a - b; });
  }

  parts.route = function (D, state, map, campaign) {
    var R = D.route, P = D.spans, V = D.villages, S = R.styles, B = R.built, built = new Map(), now = null, nowDay = -1, groups = null, hooks = [];
    parts.place(B, D.scale);
    R.planned = R.planned || P.length;
    B.span.forEach(function (row, n) { built.set(row, n); });
    state.state = S.state.map(function () { return true; });
    state.way = S.ways.map(function () { return true; });
    state.layer.built = true;
    state.picked = -1;

    /* The figures of the day that is shown; who keeps something made of them is told when the day changes. */
    function figures() {
      if (nowDay !== state.day) {
        nowDay = state.day;
        now = figuresOf(D, nowDay, campaign.on(nowDay).stage);
        groups = null;
        hooks.forEach(function (hook) { hook(); });
      }
      return now;
    }

    /* The rows of a village's spans, from the source on. */
    function path(i) { return parts.course(P, V.first[i]).reverse(); }
    /* The first unfinished span of a path: its place in the path, or -1. */
    function heldUp(rows) {
      var f = figures();
      for (var n = 0; n < rows.length; n++) if (f.left[rows[n]] > 0) return n;
      return -1;
    }
    function metresBefore(rows, n) {
      return rows.slice(0, n).reduce(function (sum, row) { return sum + P.length[row]; }, 0);
    }
    function villagesBehind(row) {
      var found = [];
      for (var i = 0; i < V.stage.length; i++) {
        for (var at = V.first[i]; at >= 0; at = P.parent[at]) {
          if (at !== row) continue;
          found.push(i);
          break;
        }
      }
      return found;
    }
    /* A span and all that hang on it. */
    function spansBehind(row) {
      var inside = new Set([row]);
      villagesBehind(row).forEach(function (i) {
        for (var at = V.first[i]; at >= 0 && !inside.has(at); at = P.parent[at]) inside.add(at);
      });
      return Array.from(inside);
    }
    var behind = { row: -1, villages: [], lines: [] };
    function behindPicked() {
      if (behind.row === state.picked) return behind;
      var lines = [].concat.apply([], spansBehind(state.picked).slice(1).map(function (row) { return P.linesOf[row] || []; }));
      behind = { row: state.picked, villages: villagesBehind(state.picked), lines: lines };
      return behind;
    }

    function widthOf(row) {
      var width = S.state[figures().state[row]].width * (0.7 + 0.28 * Math.log2(1 + P.behind[row]));
      return Math.round(2 * width) / 2;
    }
    function grouped() {
      var f = figures(), found = new Map();
      if (groups) return groups;
      for (var l = 0; l < P.n.length; l++) {
        var row = P.of[l], width = widthOf(row), late = !!P.late[row], key = [f.state[row], R.way[row], P.dashed[row], width, late].join();
        if (!found.has(key)) found.set(key, { state: f.state[row], way: R.way[row], hollow: !!P.dashed[row], width: width, late: late, lines: [] });
        found.get(key).lines.push(l);
      }
      groups = Array.from(found.values());
      groups.sort(function (a, b) { return a.state - b.state || a.width - b.width; });
      return groups;
    }
    function shownKind(kind, way) { return state.state[kind] && (way < 0 || state.way[way]); }

    var drawing = parts.routeDrawing(D, state, {
      groups: grouped, shownKind: shownKind, widthOf: widthOf, path: path, heldUp: heldUp, behindPicked: behindPicked,
    });
    return {
      figures: figures, ranked: function () { return ranked(figures()); }, path: path, heldUp: heldUp, metresBefore: metresBefore,
      villagesBehind: villagesBehind, spansBehind: spansBehind, below: drawing.below, spans: drawing.spans, above: drawing.above,
      shown: function (row) { return shownKind(figures().state[row], R.way[row]); },
      builtOf: function (row) { return built.has(row) ? built.get(row) : -1; },
      onDay: function (hook) { hooks.push(hook); },
      forget: function () { hooks = []; },
    };
  };

  /* What is drawn under, for and over the spans. */
  parts.routeDrawing = function (D, state, of) {
    var R = D.route, P = D.spans, V = D.villages, S = R.styles, B = R.built, calm = [], far = [], farOn = new Set();
    B.span.forEach(function (row, n) { if (B.far[n]) farOn.add(row); });
    for (var l = 0; l < B.n.length; l++) (farOn.has(B.on[B.of[l]]) ? far : calm).push(l);

    function casing(stroke, row, color, width) { stroke(P, P.linesOf[row] || [], color, of.widthOf(row) + width, []); }

    /* `q`, 1 to 0.4: how quiet lines are that stand close. */
    function below(stroke, q) {
      if (state.layer.spans) {
        of.groups().forEach(function (group) {
          if (group.late && of.shownKind(group.state, group.way)) stroke(P, group.lines, D.styles.lateSpan.color, q * (group.width + D.styles.lateSpan.width), []);
        });
      }
      if (state.layer.built) {
        stroke(B, calm, S.built.color + "66", q * S.built.width, []);
        stroke(B, far, S.built.color, q * S.built.width, []);
      }
      if (state.picked >= 0) {
        stroke(P, of.behindPicked().lines, "#ffffff", 10, []);
        stroke(P, of.behindPicked().lines, D.styles.path.color + "70", 8, []);
        casing(stroke, state.picked, D.styles.path.color, D.styles.path.width + 3);
        casing(stroke, state.picked, "#ffffff", 3);
      }
      if (state.chosen < 0) return;
      var rows = of.path(state.chosen), stop = of.heldUp(rows);
      rows.forEach(function (row) { casing(stroke, row, "#ffffff", D.styles.path.width + 4); });
      rows.forEach(function (row, n) { casing(stroke, row, (n === stop ? S.heldUp : D.styles.path).color, D.styles.path.width); });
      rows.forEach(function (row) { casing(stroke, row, "#ffffff", 2.5); });
    }

    function spans(stroke, thin, crowded) {
      var shown = of.groups().filter(function (group) { return of.shownKind(group.state, group.way); });
      shown.forEach(function (group) {
        stroke(P, group.lines, S.state[group.state].color, thin(group.width), crowded ? [] : S.dash[group.way] || []);
        if (group.hollow && !crowded) stroke(P, group.lines, "#ffffff", Math.max(0.9, 0.42 * group.width), []);
      });
    }

    /* Rings around the villages that hang on the picked span. */
    function above(ctx, v, r) {
      if (state.picked < 0) return;
      ctx.setLineDash([]);
      [["#ffffff", 4.5], [D.styles.path.color, 2.4]].forEach(function (pen) {
        ctx.beginPath();
        of.behindPicked().villages.forEach(function (i) {
          var x = V.wx[i] * v.k - v.dx, y = V.wy[i] * v.k - v.dy;
          ctx.moveTo(x + r, y);
          ctx.arc(x, y, r, 0, 2 * Math.PI);
        });
        ctx.strokeStyle = pen[0];
        ctx.lineWidth = pen[1];
        ctx.stroke();
      });
    }
    return { below: below, spans: spans, above: above };
  };
})(window.cuntongParts);
