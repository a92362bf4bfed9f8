/* Names on the map: each stands only where nothing else does, and gives way by trying other places. */
"use strict";
(function (parts) {
  var CELL = 64;

  /* Boxes already taken, in a grid so that thousands of names stay cheap. */
  function Taken() {
    this.cells = new Map();
  }
  Taken.prototype.each = function (l, t, r, b, visit) {
    for (var i = Math.floor(l / CELL); i <= Math.floor(r / CELL); i++) {
      for (var j = Math.floor(t / CELL); j <= Math.floor(b / CELL); j++) if (visit(i * 65536 + j)) return true;
    }
    return false;
  };
  Taken.prototype.add = function (l, t, r, b) {
    var cells = this.cells;
    this.each(l, t, r, b, function (key) {
      if (!cells.has(key)) cells.set(key, []);
      cells.get(key).push([l, t, r, b]);
    });
  };
  Taken.prototype.free = function (l, t, r, b) {
    var cells = this.cells;
    return !this.each(l, t, r, b, function (key) {
      return (cells.get(key) || []).some(function (box) { return l < box[2] && r > box[0] && t < box[3] && b > box[1]; });
    });
  };

  /* Places of a label around its point: [widths, pixels right, pixels down] to its middle. */
  var AROUND = [];
  [0, -16, 16, -30, 30, -44, 44].forEach(function (dy) {
    AROUND.push([0, 0, dy], [0.6, 8, dy], [-0.6, -8, dy], [1.4, 16, dy], [-1.4, -16, dy]);
  });
  function beside(gap) {
    return [[1, gap, 0], [-1, -gap, 0], [0, 0, -gap - 6], [0, 0, gap + 6], [1, gap - 2, -gap], [1, gap - 2, gap]];
  }

  var widths = new Map();
  function widthOf(ctx, text, font) {
    var key = font + text, width = widths.get(key);
    if (width === undefined) {
      width = ctx.measureText(text).width;
      widths.set(key, width);
    }
    return width;
  }

  /* A labeller for one drawing; the canvas is larger than the view, and what stands in view is named in view. */
  function labeller(ctx, size, view) {
    var taken = new Taken(), family = getComputedStyle(document.body).fontFamily;
    ctx.textBaseline = "middle";
    ctx.textAlign = "left";
    function put(text, x, y, look, places) {
      if (x < -150 || y < -60 || x > size.x + 150 || y > size.y + 60) return false;
      ctx.font = look.weight + " " + look.px + "px " + family;
      var w = widthOf(ctx, text, look.weight + look.px), h = look.px + 2;
      var inView = x >= view.min.x && x <= view.max.x && y >= view.min.y && y <= view.max.y;
      for (var k = 0; k < places.length; k++) {
        var left = x + (places[k][0] * w) / 2 + places[k][1] - w / 2, top = y + places[k][2] - h / 2;
        if (inView && (left < view.min.x || left + w > view.max.x || top < view.min.y || top + h > view.max.y)) continue;
        if (!taken.free(left, top, left + w, top + h)) continue;
        taken.add(left - 3, top - 1, left + w + 3, top + h + 1);
        ctx.setLineDash([]);
        ctx.lineWidth = look.halo;
        ctx.lineJoin = "round";
        ctx.strokeStyle = "rgba(255,255,255,.94)";
        ctx.strokeText(text, left, top + h / 2);
        ctx.fillStyle = look.color;
        ctx.fillText(text, left, top + h / 2);
        return true;
      }
      return false;
    }
    return { taken: taken, put: put };
  }

  parts.labeller = labeller;
  parts.around = AROUND;
  parts.beside = beside;
})(window.cuntongParts);
