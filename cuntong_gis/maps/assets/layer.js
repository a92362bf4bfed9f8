/* One canvas for everything: decoding, drawing, hit-testing. Coordinates are kept as world pixels of zoom 0. */
"use strict";
(function (root) {
  var SCALE = 1e5;

  function world(lon, lat) {
    var s = Math.sin((lat * Math.PI) / 180);
    return [128 + (lon * 256) / 360, 128 - (Math.log((1 + s) / (1 - s)) * 256) / (4 * Math.PI)];
  }

  /* Undo the delta coding: {wx, wy} in world pixels, {lon, lat} in degrees. */
  function decode(part) {
    var n = part.x.length, wx = new Float64Array(n), wy = new Float64Array(n), x = 0, y = 0;
    for (var i = 0; i < n; i++) {
      x += part.x[i]; y += part.y[i];
      var w = world(x / SCALE, y / SCALE);
      wx[i] = w[0]; wy[i] = w[1];
    }
    part.wx = wx; part.wy = wy;
    if (part.n) {
      part.start = new Int32Array(part.n.length + 1);
      for (var k = 0; k < part.n.length; k++) part.start[k + 1] = part.start[k] + part.n[k];
      part.box = part.n.map(function (_, l) {
        var b = [Infinity, Infinity, -Infinity, -Infinity];
        for (var j = part.start[l]; j < part.start[l + 1]; j++) {
          if (wx[j] < b[0]) b[0] = wx[j];
          if (wy[j] < b[1]) b[1] = wy[j];
          if (wx[j] > b[2]) b[2] = wx[j];
          if (wy[j] > b[3]) b[3] = wy[j];
        }
        return b;
      });
    }
    return part;
  }

  /* Trace a point shape around (x, y) with radius r onto the current path. */
  function trace(ctx, shape, x, y, r) {
    if (shape === "triangle") {
      ctx.moveTo(x, y - 1.15 * r); ctx.lineTo(x + 1.05 * r, y + 0.75 * r); ctx.lineTo(x - 1.05 * r, y + 0.75 * r); ctx.closePath();
    } else if (shape === "diamond") {
      ctx.moveTo(x, y - 1.2 * r); ctx.lineTo(x + 1.2 * r, y); ctx.lineTo(x, y + 1.2 * r); ctx.lineTo(x - 1.2 * r, y); ctx.closePath();
    } else if (shape === "square") {
      ctx.rect(x - 0.9 * r, y - 0.9 * r, 1.8 * r, 1.8 * r);
    } else if (shape === "cross") {
      ctx.moveTo(x - r, y - r); ctx.lineTo(x + r, y + r); ctx.moveTo(x + r, y - r); ctx.lineTo(x - r, y + r);
    } else {
      ctx.moveTo(x + r, y); ctx.arc(x, y, r, 0, 2 * Math.PI);
    }
  }

  /* Draw many points of one style at once: one fill, one stroke. */
  function drawPoints(ctx, style, xs, ys, r) {
    if (!xs.length) return;
    ctx.setLineDash([]);
    ctx.beginPath();
    for (var i = 0; i < xs.length; i++) trace(ctx, style.shape, xs[i], ys[i], r);
    if (style.shape === "cross") {
      ctx.lineWidth = 4.5; ctx.strokeStyle = "#ffffff"; ctx.stroke();
      ctx.lineWidth = 2.2; ctx.strokeStyle = style.line; ctx.stroke();
      return;
    }
    if (style.shape === "ring") {
      ctx.lineWidth = 2; ctx.strokeStyle = style.line; ctx.stroke();
      return;
    }
    ctx.fillStyle = style.fill; ctx.fill();
    ctx.lineWidth = r > 5 ? 1.3 : 1; ctx.strokeStyle = style.line; ctx.stroke();
    if (style.shape === "alert") {
      ctx.beginPath();
      for (var j = 0; j < xs.length; j++) {
        ctx.moveTo(xs[j], ys[j] - 0.58 * r); ctx.lineTo(xs[j], ys[j] + 0.15 * r);
        ctx.moveTo(xs[j], ys[j] + 0.45 * r); ctx.lineTo(xs[j], ys[j] + 0.62 * r);
      }
      ctx.lineWidth = Math.max(1.4, 0.26 * r); ctx.strokeStyle = "#ffffff"; ctx.stroke();
    }
    if (style.shape === "check") {
      ctx.beginPath();
      for (var k = 0; k < xs.length; k++) {
        ctx.moveTo(xs[k] - 0.5 * r, ys[k] + 0.02 * r); ctx.lineTo(xs[k] - 0.12 * r, ys[k] + 0.42 * r); ctx.lineTo(xs[k] + 0.52 * r, ys[k] - 0.4 * r);
      }
      ctx.lineWidth = Math.max(1, 0.24 * r); ctx.strokeStyle = "#ffffff"; ctx.stroke();
    }
  }

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
      L.DomUtil.remove(this._container);
      delete this._ctx; delete this._container;
    },
    _update: function () {
      if (this._map._animatingZoom && this._bounds) return;
      L.Renderer.prototype._update.call(this);
      var b = this._bounds, size = b.getSize(), m = Math.min(2, window.devicePixelRatio || 1), c = this._container;
      L.DomUtil.setPosition(c, b.min);
      c.width = m * size.x; c.height = m * size.y;
      c.style.width = size.x + "px"; c.style.height = size.y + "px";
      this._ctx.setTransform(m, 0, 0, m, 0, 0);
      this.redraw();
    },
    redraw: function () {
      if (!this._map || !this._bounds) return;
      var ctx = this._ctx, size = this._bounds.getSize();
      ctx.clearRect(0, 0, size.x, size.y);
      this._drawAll(ctx, this.view(), size);
    },
    /* World pixels → canvas pixels: x * k - dx. */
    view: function () {
      var k = this._map.options.crs.scale(this._map.getZoom()) / 256, o = this._map.getPixelOrigin().add(this._bounds.min);
      return { k: k, dx: o.x, dy: o.y };
    },
  });

  /* Trace lines that are in view, leaving out vertices nearer than a pixel. */
  function traceLines(ctx, part, v, size, wanted) {
    for (var l = 0; l < part.n.length; l++) {
      if (!wanted(part.of[l])) continue;
      var b = part.box[l];
      if (b[2] * v.k - v.dx < -8 || b[0] * v.k - v.dx > size.x + 8 || b[3] * v.k - v.dy < -8 || b[1] * v.k - v.dy > size.y + 8) continue;
      var first = part.start[l], last = part.start[l + 1] - 1;
      var px = part.wx[first] * v.k - v.dx, py = part.wy[first] * v.k - v.dy;
      ctx.moveTo(px, py);
      for (var i = first + 1; i <= last; i++) {
        var x = part.wx[i] * v.k - v.dx, y = part.wy[i] * v.k - v.dy;
        if (i === last || Math.abs(x - px) + Math.abs(y - py) > 1) { ctx.lineTo(x, y); px = x; py = y; }
      }
    }
  }

  /* The point nearest to (x, y) in canvas pixels within reach; -1 if none. */
  function nearestPoint(part, v, x, y, reach, wanted) {
    var best = -1, least = reach * reach;
    for (var i = 0; i < part.wx.length; i++) {
      var dx = part.wx[i] * v.k - v.dx - x, dy = part.wy[i] * v.k - v.dy - y, d = dx * dx + dy * dy;
      if (d < least && wanted(i)) { least = d; best = i; }
    }
    return best;
  }

  /* The row of the line nearest to (x, y) within reach; -1 if none. */
  function nearestLine(part, v, x, y, reach, wanted) {
    var best = -1, least = reach * reach;
    for (var l = 0; l < part.n.length; l++) {
      var b = part.box[l];
      if (b[2] * v.k - v.dx < x - reach || b[0] * v.k - v.dx > x + reach || b[3] * v.k - v.dy < y - reach || b[1] * v.k - v.dy > y + reach) continue;
      if (!wanted(part.of[l])) continue;
      for (var i = part.start[l] + 1; i < part.start[l + 1]; i++) {
        var ax = part.wx[i - 1] * v.k - v.dx, ay = part.wy[i - 1] * v.k - v.dy, ex = part.wx[i] * v.k - v.dx - ax, ey = part.wy[i] * v.k - v.dy - ay;
        var t = Math.max(0, Math.min(1, ((x - ax) * ex + (y - ay) * ey) / (ex * ex + ey * ey || 1)));
        var dx = ax + t * ex - x, dy = ay + t * ey - y, d = dx * dx + dy * dy;
        if (d < least) { least = d; best = part.of[l]; }
      }
    }
    return best;
  }

  root.cuntongLayer = {
    decode: decode, drawPoints: drawPoints, traceLines: traceLines, nearestPoint: nearestPoint, nearestLine: nearestLine, CanvasLayer: CanvasLayer,
  };
})(window);
