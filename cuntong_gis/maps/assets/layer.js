/* One canvas for everything: places, shapes, tracing, hit-testing. Coordinates are kept as world pixels of zoom 0. */
"use strict";
(function (parts) {
  /* Give a part its places on the world; lines also get their boxes and, for each row, the lines that belong to it. */
  function place(part, scale) {
    var way = part.n ? joined(part) : part, x = way.x, y = way.y, n = x.length;
    var wx = (part.wx = new Float64Array(n)), wy = (part.wy = new Float64Array(n));
    for (var i = 0; i < n; i++) {
      var s = Math.sin(((y[i] / scale) * Math.PI) / 180);
      wx[i] = 128 + ((x[i] / scale) * 256) / 360;
      wy[i] = 128 - (Math.log((1 + s) / (1 - s)) * 256) / (4 * Math.PI);
    }
    if (part.n) boxes(part);
    else part.spacing = spacing(part);
    return part;
  }

  /* The points of lines from first points and steps; a line may begin at the end of the last line of its parent. */
  function joined(part) {
    var count = part.n.length, start = (part.start = new Int32Array(count + 1)), x0 = part.x, y0 = part.y, dx = part.dx, dy = part.dy;
    part.linesOf = [];
    for (var l = 0; l < count; l++) {
      start[l + 1] = start[l] + part.n[l];
      (part.linesOf[part.of[l]] = part.linesOf[part.of[l]] || []).push(l);
    }
    var x = new Int32Array(start[count]), y = new Int32Array(start[count]), done = new Uint8Array(count);
    function before(l) {
      var lines = part.parent && part.parent[part.of[l]] >= 0 ? part.linesOf[part.parent[part.of[l]]] : null;
      return lines ? lines[lines.length - 1] : -1;
    }
    function walk(l, from) {
      var at = start[l];
      x[at] = x0[l] + (from < 0 ? 0 : x[start[from + 1] - 1]);
      y[at] = y0[l] + (from < 0 ? 0 : y[start[from + 1] - 1]);
      for (var i = at + 1; i < start[l + 1]; i++) {
        x[i] = x[i - 1] + dx[i - l - 1];
        y[i] = y[i - 1] + dy[i - l - 1];
      }
      done[l] = 1;
    }
    for (var m = 0; m < count; m++) {
      var waiting = [];
      for (var up = m; up >= 0 && !done[up]; up = before(up)) waiting.push(up);
      while (waiting.length) {
        var next = waiting.pop();
        walk(next, before(next));
      }
    }
    return { x: x, y: y };
  }

  /* How far apart points are if they were spread evenly over their ground: how large their marks may be. */
  function spacing(part) {
    var w = Infinity, n = Infinity, e = -Infinity, s = -Infinity;
    for (var i = 0; i < part.wx.length; i++) {
      w = Math.min(w, part.wx[i]);
      e = Math.max(e, part.wx[i]);
      n = Math.min(n, part.wy[i]);
      s = Math.max(s, part.wy[i]);
    }
    return part.wx.length > 1 ? Math.sqrt(((e - w) * (s - n)) / part.wx.length) : Infinity;
  }

  function boxes(part) {
    var count = part.n.length, wx = part.wx, wy = part.wy;
    part.box = new Float64Array(4 * count);
    for (var l = 0; l < count; l++) {
      var west = Infinity, north = Infinity, east = -Infinity, south = -Infinity;
      for (var j = part.start[l]; j < part.start[l + 1]; j++) {
        if (wx[j] < west) west = wx[j];
        if (wx[j] > east) east = wx[j];
        if (wy[j] < north) north = wy[j];
        if (wy[j] > south) south = wy[j];
      }
      part.box.set([west, north, east, south], 4 * l);
    }
  }

  /* The rows of the spans from a span to the source. */
  function course(spans, first) {
    var rows = [];
    for (var row = first; row >= 0; row = spans.parent[row]) rows.push(row);
    return rows;
  }

  /* Trace a shape around (x, y) with radius r onto the current path. */
  function trace(ctx, shape, x, y, r) {
    if (shape === "triangle") polygon(ctx, x, y, r, [0, -1.15, 1.05, 0.75, -1.05, 0.75]);
    else if (shape === "diamond") polygon(ctx, x, y, r, [0, -1.2, 1.2, 0, 0, 1.2, -1.2, 0]);
    else if (shape === "square") ctx.rect(x - 0.9 * r, y - 0.9 * r, 1.8 * r, 1.8 * r);
    else if (shape === "house") polygon(ctx, x, y, r, [0, -1.15, 1.1, -0.2, 1.1, 0.95, -1.1, 0.95, -1.1, -0.2]);
    else if (shape === "cross") {
      ctx.moveTo(x - r, y - r);
      ctx.lineTo(x + r, y + r);
      ctx.moveTo(x + r, y - r);
      ctx.lineTo(x - r, y + r);
    } else {
      ctx.moveTo(x + r, y);
      ctx.arc(x, y, r, 0, 2 * Math.PI);
    }
  }
  function polygon(ctx, x, y, r, at) {
    ctx.moveTo(x + at[0] * r, y + at[1] * r);
    for (var k = 2; k < at.length; k += 2) ctx.lineTo(x + at[k] * r, y + at[k + 1] * r);
    ctx.closePath();
  }

  function pen(ctx, color, width) {
    ctx.strokeStyle = color;
    ctx.lineWidth = width;
    ctx.stroke();
  }

  /* Below this radius a shape cannot be told from another: points are dots of their colour, which cost little. */
  var SMALL = 3.2;
  /* Draw many points of one style: some hundreds a path, because filling a path of thousands is slower. */
  var BATCH = 200, HEXAGON = [1.05, 0, 0.53, 0.95, -0.53, 0.95, -1.05, 0, -0.53, -0.95, 0.53, -0.95];
  function drawPoints(ctx, style, xs, ys, r) {
    if (r < SMALL) return drawDots(ctx, dotColor(style), xs, ys, r);
    ctx.setLineDash([]);
    ctx.lineJoin = "round";
    for (var i = 0; i < xs.length; i += BATCH) drawBatch(ctx, style, xs, ys, i, Math.min(i + BATCH, xs.length), r);
  }

  function dotColor(style) {
    var rgb = parseInt(style.fill.slice(1), 16);
    var light = 0.2126 * (rgb >> 16) + 0.7152 * ((rgb >> 8) & 255) + 0.0722 * (rgb & 255);
    return light > 215 ? style.line : style.fill; /* a pale fill would be lost on white land */
  }
  function drawDots(ctx, color, xs, ys, r) {
    ctx.fillStyle = color;
    for (var i = 0; i < xs.length; i += BATCH) {
      ctx.beginPath();
      for (var j = i; j < Math.min(i + BATCH, xs.length); j++) polygon(ctx, xs[j], ys[j], r, HEXAGON);
      ctx.fill();
    }
  }

  function drawBatch(ctx, style, xs, ys, from, to, r) {
    ctx.beginPath();
    for (var i = from; i < to; i++) trace(ctx, style.shape, xs[i], ys[i], r);
    if (style.shape === "cross") {
      pen(ctx, "#ffffff", 0.9 * r);
      pen(ctx, style.line, 0.42 * r);
    } else if (style.shape === "ring") {
      if (r > 7) pen(ctx, "#ffffff", 3.6);
      pen(ctx, style.line, Math.max(1, Math.min(2, 0.22 * r)));
    } else {
      ctx.fillStyle = style.fill;
      ctx.fill();
      if (r > 4.2 || dotColor(style) !== style.fill) pen(ctx, style.line, r > 5 ? 1.3 : 1);
    }
    if (style.shape === "alert") {
      ctx.beginPath();
      for (var j = from; j < to; j++) {
        ctx.moveTo(xs[j], ys[j] - 0.58 * r);
        ctx.lineTo(xs[j], ys[j] + 0.15 * r);
        ctx.moveTo(xs[j], ys[j] + 0.45 * r);
        ctx.lineTo(xs[j], ys[j] + 0.62 * r);
      }
      pen(ctx, "#ffffff", Math.max(1.4, 0.26 * r));
    }
    if (style.shape !== "check" || r < 3.2) return;
    ctx.beginPath();
    for (var k = from; k < to; k++) {
      ctx.moveTo(xs[k] - 0.5 * r, ys[k] + 0.02 * r);
      ctx.lineTo(xs[k] - 0.12 * r, ys[k] + 0.42 * r);
      ctx.lineTo(xs[k] + 0.52 * r, ys[k] - 0.4 * r);
    }
    pen(ctx, "#ffffff", Math.max(1, 0.24 * r));
  }

  /* The canvas is a Leaflet renderer, so that it moves and scales with the map between two drawings. */
  var CanvasLayer = L.Renderer.extend({
    initialize: function (draw) {
      L.Renderer.prototype.initialize.call(this, { padding: 0.25 });
      this._drawAll = draw;
    },
    _initContainer: function () {
      this._container = document.createElement("canvas");
      this._container.className = "cuntong-canvas";
      this._ctx = this._container.getContext("2d");
    },
    _destroyContainer: function () {
      cancelAnimationFrame(this._frame);
      L.DomUtil.remove(this._container);
      delete this._ctx;
      delete this._container;
    },
    getEvents: function () {
      var events = L.Renderer.prototype.getEvents.call(this);
      events.move = this._follow;
      return events;
    },
    /* While the map is dragged, draw again only once the view has left what is drawn. */
    _follow: function () {
      if (!this._bounds || this._map._animatingZoom || this._map.getZoom() !== this._zoom) return;
      var at = this._map.containerPointToLayerPoint([0, 0]), end = at.add(this._map.getSize());
      if (this._bounds.contains(L.bounds(at, end))) return;
      cancelAnimationFrame(this._frame);
      this._frame = requestAnimationFrame(this._update.bind(this));
    },
    _update: function () {
      if (!this._map || (this._map._animatingZoom && this._bounds)) return;
      L.Renderer.prototype._update.call(this);
      var b = this._bounds, size = b.getSize(), c = this._container;
      var m = this.sharpness || Math.min(2, window.devicePixelRatio || 1);
      L.DomUtil.setPosition(c, b.min);
      c.width = Math.round(m * size.x);
      c.height = Math.round(m * size.y);
      c.style.width = size.x + "px";
      c.style.height = size.y + "px";
      this._ctx.setTransform(m, 0, 0, m, 0, 0);
      this.redraw();
    },
    redraw: function () {
      /* In a running zoom the canvas is stretched; it is drawn again at the end of it. */
      if (!this._map || !this._bounds || this._map.getZoom() !== this._zoom) return;
      var ctx = this._ctx, size = this._bounds.getSize();
      ctx.clearRect(0, 0, size.x, size.y);
      this._drawAll(ctx, this.view(), size);
    },
    /* World pixels → canvas pixels: x * k - dx. */
    view: function () {
      var o = this._map.getPixelOrigin().add(this._bounds.min);
      return { k: this._map.options.crs.scale(this._map.getZoom()) / 256, dx: o.x, dy: o.y };
    },
    /* Place of an event on the canvas. */
    place: function (event) {
      return this._map.latLngToLayerPoint(event.latlng).subtract(this._bounds.min);
    },
  });

  /* Is line l anywhere near the rectangle of the canvas? */
  function near(part, l, v, left, top, right, bottom) {
    var b = part.box, at = 4 * l;
    return b[at + 2] * v.k - v.dx >= left && b[at] * v.k - v.dx <= right && b[at + 3] * v.k - v.dy >= top && b[at + 1] * v.k - v.dy <= bottom;
  }

  /* Trace line l onto the current path, leaving out vertices nearer than a pixel; the number of vertices traced. */
  function traceLine(ctx, part, l, v) {
    var first = part.start[l], last = part.start[l + 1] - 1, b = part.box, at = 4 * l, traced = 2;
    var px = part.wx[first] * v.k - v.dx, py = part.wy[first] * v.k - v.dy;
    ctx.moveTo(px, py);
    /* Of a line that is no larger than two pixels the ends are enough. */
    var i = (b[at + 2] - b[at] + b[at + 3] - b[at + 1]) * v.k < 2 ? last : first + 1;
    for (; i < last; i++) {
      var x = part.wx[i] * v.k - v.dx, y = part.wy[i] * v.k - v.dy;
      if (Math.abs(x - px) + Math.abs(y - py) <= 1) continue;
      ctx.lineTo(x, y);
      px = x;
      py = y;
      traced++;
    }
    ctx.lineTo(part.wx[last] * v.k - v.dx, part.wy[last] * v.k - v.dy);
    return traced;
  }

  function inView(part, l, v, size) { return near(part, l, v, -10, -10, size.x + 10, size.y + 10); }

  /* Stroke the lines that are in view, some hundreds of vertices at a time: one path of them all takes many times longer. */
  var MOST = 400;
  function strokeLines(ctx, part, lines, v, size) {
    var traced = 0;
    ctx.beginPath();
    for (var n = 0; n < lines.length; n++) {
      if (!inView(part, lines[n], v, size)) continue;
      traced += traceLine(ctx, part, lines[n], v);
      if (traced < MOST) continue;
      ctx.stroke();
      ctx.beginPath();
      traced = 0;
    }
    ctx.stroke();
  }

  /* Fill the rings that are in view, holes left out. */
  function fillRings(ctx, part, rings, v, size) {
    ctx.beginPath();
    traceRings(ctx, part, rings, v, size);
    ctx.fill("evenodd");
  }
  function traceRings(ctx, part, rings, v, size) {
    for (var n = 0; n < rings.length; n++) if (inView(part, rings[n], v, size)) traceLine(ctx, part, rings[n], v);
  }

  /* The point nearest to p in canvas pixels within reach; -1 if none. */
  function nearestPoint(part, v, p, reach, wanted) {
    var best = -1, least = reach * reach;
    for (var i = 0; i < part.wx.length; i++) {
      var dx = part.wx[i] * v.k - v.dx - p.x, dy = part.wy[i] * v.k - v.dy - p.y, d = dx * dx + dy * dy;
      if (d < least && wanted(i)) {
        least = d;
        best = i;
      }
    }
    return best;
  }

  /* The row of the line nearest to p within reach; -1 if none. Boxes leave few lines to be measured. */
  function nearestLine(part, v, p, reach, wanted) {
    var best = -1, least = reach * reach;
    for (var l = 0; l < part.n.length; l++) {
      if (!near(part, l, v, p.x - reach, p.y - reach, p.x + reach, p.y + reach) || !wanted(part.of[l])) continue;
      for (var i = part.start[l] + 1; i < part.start[l + 1]; i++) {
        var ax = part.wx[i - 1] * v.k - v.dx, ay = part.wy[i - 1] * v.k - v.dy;
        var ex = part.wx[i] * v.k - v.dx - ax, ey = part.wy[i] * v.k - v.dy - ay;
        var t = Math.max(0, Math.min(1, ((p.x - ax) * ex + (p.y - ay) * ey) / (ex * ex + ey * ey || 1)));
        var dx = ax + t * ex - p.x, dy = ay + t * ey - p.y, d = dx * dx + dy * dy;
        if (d < least) {
          least = d;
          best = part.of[l];
        }
      }
    }
    return best;
  }

  parts.place = place;
  parts.course = course;
  parts.SMALL = SMALL;
  parts.drawPoints = drawPoints;
  parts.strokeLines = strokeLines;
  parts.fillRings = fillRings;
  parts.traceRings = traceRings;
  parts.nearestPoint = nearestPoint;
  parts.nearestLine = nearestLine;
  parts.CanvasLayer = CanvasLayer;
})(window.cuntongParts);
