/* A slide of the map, 16:9, as PNG or as SVG: the same drawing calls go to a canvas or are written down. */
"use strict";
(function (parts) {
  var WIDTH = 1360, HEIGHT = 765, PIXELS = 1920, HEAD = 84, FOOT = 37, SIDE = 284, EDGE = 26, LINE = 26;

  function escaped(text) {
    return String(text).replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\uD800-\uDBFF\uDC00-\uDFFF]/g, "\uFFFD")
      .replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");
  }
  function short(n) { return String(Math.round(n * 100) / 100); }

  /* As much of a canvas as the map draws with, written down as SVG. */
  function Recorder() {
    this.out = [];
    this.path = [];
    this.dash = [];
    this.moved = [0, 0];
    this.kept = [];
    this.clips = 0;
    this.lineWidth = 1;
    this.fillStyle = this.strokeStyle = "#000000";
    this.lineJoin = "miter";
    this.lineCap = "butt";
    this.font = "10px sans-serif";
    this.textAlign = "left";
    this.textBaseline = "alphabetic";
    this.ruler = document.createElement("canvas").getContext("2d");
  }
  var does = Recorder.prototype;
  does.at = function (x, y) { return short(x + this.moved[0]) + " " + short(y + this.moved[1]); };
  does.beginPath = function () { this.path = []; };
  does.moveTo = function (x, y) { this.path.push("M" + this.at(x, y)); };
  does.lineTo = function (x, y) { this.path.push("L" + this.at(x, y)); };
  does.closePath = function () { this.path.push("Z"); };
  does.rect = function (x, y, w, h) { this.path.push("M" + this.at(x, y) + "h" + short(w) + "v" + short(h) + "h" + short(-w) + "Z"); };
  does.arc = function (x, y, r) {
    var turn = "a" + short(r) + " " + short(r) + " 0 1 0 ";
    this.path.push("M" + this.at(x - r, y) + turn + short(2 * r) + " 0" + turn + short(-2 * r) + " 0Z");
  };
  does.setLineDash = function (dash) { this.dash = dash; };
  does.getLineDash = function () { return this.dash; };
  does.save = function () { this.kept.push([this.moved.slice(), this.clips]); };
  does.restore = function () {
    var state = this.kept.pop();
    for (; this.clips > state[1]; this.clips--) this.out.push("</g>");
    this.moved = state[0];
  };
  does.translate = function (x, y) { this.moved = [this.moved[0] + x, this.moved[1] + y]; };
  does.clip = function () {
    var id = "clip" + this.out.length;
    this.out.push('<clipPath id="' + id + '"><path d="' + this.path.join("") + '"/></clipPath><g clip-path="url(#' + id + ')">');
    this.clips++;
  };
  does.paint = function (color, kind) {
    var parts = /^rgba\((\d+), ?(\d+), ?(\d+), ?([\d.]+)\)$/.exec(color.replace(/,\./, ",0."));
    if (parts) return " " + kind + '="rgb(' + parts.slice(1, 4).join() + ')" ' + kind + '-opacity="' + parts[4] + '"';
    if (/^#[0-9a-f]{8}$/i.test(color)) return " " + kind + '="' + color.slice(0, 7) + '" ' + kind + '-opacity="' + short(parseInt(color.slice(7), 16) / 255) + '"';
    return " " + kind + '="' + escaped(color) + '"';
  };
  does.pen = function () {
    return this.paint(this.strokeStyle, "stroke") + ' stroke-width="' + short(this.lineWidth) + '" stroke-linejoin="' + this.lineJoin + '"' +
      (this.lineCap === "butt" ? "" : ' stroke-linecap="' + this.lineCap + '"') + (this.dash.length ? ' stroke-dasharray="' + this.dash.join(" ") + '"' : "");
  };
  does.fill = function (rule) {
    if (this.path.length) this.out.push('<path d="' + this.path.join("") + '"' + this.paint(this.fillStyle, "fill") + (rule === "evenodd" ? ' fill-rule="evenodd"' : "") + "/>");
  };
  does.stroke = function () { if (this.path.length) this.out.push('<path fill="none" d="' + this.path.join("") + '"' + this.pen() + "/>"); };
  does.fillRect = function (x, y, w, h) {
    this.out.push('<path d="M' + this.at(x, y) + "h" + short(w) + "v" + short(h) + "h" + short(-w) + 'Z"' + this.paint(this.fillStyle, "fill") + "/>");
  };
  does.clearRect = function () {};
  does.measureText = function (text) {
    this.ruler.font = this.font;
    return this.ruler.measureText(text);
  };
  does.text = function (text, x, y, paint) {
    var font = /^(\S+) ([\d.]+)px (.*)$/.exec(this.font) || ["", "400", "12", "sans-serif"], anchor = { center: "middle", right: "end" }[this.textAlign];
    this.out.push('<text xml:space="preserve" x="' + short(x + this.moved[0]) + '" y="' + short(y + this.moved[1] + (this.textBaseline === "middle" ? 0.36 * font[2] : 0)) +
      '" font-family="' + escaped(font[3]) + '" font-size="' + font[2] + '" font-weight="' + font[1] + '"' + (anchor ? ' text-anchor="' + anchor + '"' : "") + paint + ">" + escaped(text) + "</text>");
  };
  does.fillText = function (text, x, y) { this.text(text, x, y, this.paint(this.fillStyle, "fill")); };
  does.strokeText = function (text, x, y) { this.text(text, x, y, ' fill="none"' + this.pen()); };
  does.svg = function () {
    return '<?xml version="1.0" encoding="UTF-8"?>\n<svg xmlns="http://www.w3.org/2000/svg" width="' + PIXELS + '" height="' + (PIXELS * HEIGHT) / WIDTH +
      '" viewBox="0 0 ' + WIDTH + " " + HEIGHT + '">' + this.out.join("\n") + "</svg>\n";
  };

  /* Draw the slide: title and date above, map, legend at the right, footer below. */
  function compose(ctx, page) {
    var D = page.data, T = D.text, S = D.styles, state = page.state, family = getComputedStyle(document.body).fontFamily;
    var wide = WIDTH - SIDE - 2 * EDGE, high = HEIGHT - HEAD - FOOT, place = page.worldBox();
    function text(words, x, y, px, color, weight, align) {
      ctx.font = (weight || "400") + " " + px + "px " + family;
      ctx.textAlign = align || "left";
      ctx.textBaseline = "middle";
      ctx.fillStyle = color || "#1f2328";
      ctx.fillText(words, x, y);
    }
    function fitted(words, room, px, weight) {
      ctx.font = (weight || "400") + " " + px + "px " + family;
      while (words.length > 2 && ctx.measureText(words).width > room) words = words.slice(0, -2) + "…";
      return words;
    }
    ctx.fillStyle = "#ffffff";
    ctx.fillRect(0, 0, WIDTH, HEIGHT);

    /* The scene asks a map for its zoom and its size; its canvas is half as large again as what is seen. */
    var k = Math.min((wide - 42) / Math.max(1e-9, place[2] - place[0]), (high - 36) / Math.max(1e-9, place[3] - place[1]));
    k = Math.min(k, Math.pow(2, 16));
    var zoom = Math.log(k) / Math.LN2, size = L.point(wide, high), all = size.multiplyBy(1.5);
    var still = { getZoom: function () { return zoom; }, getSize: function () { return size; }, options: page.map.options };
    var scene = parts.scene(D, state, still, page.campaign, page.route);
    var v = { k: k, dx: (k * (place[0] + place[2])) / 2 - all.x / 2, dy: (k * (place[1] + place[3])) / 2 - all.y / 2 };
    ctx.save();
    ctx.beginPath();
    ctx.rect(EDGE, HEAD, wide, high);
    ctx.clip();
    ctx.fillStyle = "#eceff2";
    ctx.fillRect(EDGE, HEAD, wide, high);
    ctx.translate(EDGE - 0.25 * wide, HEAD - 0.25 * high);
    scene.draw(ctx, v, all);
    ctx.restore();
    ctx.setLineDash([]);

    var unit = state.unit >= 0 ? D.units.name[state.unit] : "", f = page.campaign.figures(state.unit, state.day);
    var notes = D.banners.map(function (banner) { return banner[D.langAt]; }), share = scene.areas.percent(f.villages ? f.lit / f.villages : NaN);
    var about = [unit, T.as_of ? T.as_of + " " + D.days[state.day] : "", T.revision].concat(notes).filter(Boolean).join(" · ");
    text(fitted(D.title + " " + T.subtitle, WIDTH - 400, 27, "700"), EDGE, 34, 27, "#1f2328", "700");
    text(fitted(about, WIDTH - 400, 15), EDGE, 65, 15, "#5f6b77");
    text(f.lit.toLocaleString("en-US"), WIDTH - EDGE, 33, 36, "#1d6b3c", "700", "right");
    text(T.lit + " / " + f.villages.toLocaleString("en-US") + " " + T.villages + " · " + share, WIDTH - EDGE, 65, 15, "#5f6b77", "400", "right");
    text(T.footer, EDGE, HEIGHT - FOOT / 2, 13, "#5f6b77");
    key(page.legend(scene));
    scaleBar();

    function key(blocks) {
      var x = WIDTH - SIDE, y = HEAD + 16;
      blocks.forEach(function (block) {
        if (y + LINE * (block.rows.length + 1) > HEIGHT - FOOT) return;
        text(block.title, x, y, 14, "#5f6b77", "600");
        y += LINE;
        block.rows.forEach(function (row) {
          mark(row, x + 15, y);
          text(fitted(row.label, SIDE - (row.count === undefined ? 70 : 140), 15), x + 40, y, 15);
          if (row.count !== undefined) text(row.count, WIDTH - EDGE, y, 15, "#5f6b77", "400", "right");
          y += LINE;
        });
        y += 12;
      });
    }
    function mark(row, x, y) {
      if (row.point) return parts.drawPoints(ctx, row.point, [x], [y], row.ring ? 8 : 6.5);
      ctx.beginPath();
      if (row.fill) {
        ctx.rect(x - 14, y - 8, 28, 16);
        ctx.fillStyle = row.fill;
        ctx.fill();
      } else {
        ctx.moveTo(x - 14, y);
        ctx.lineTo(x + 14, y);
      }
      ctx.strokeStyle = row.fill ? "#8b95a1" : row.line.color;
      ctx.lineWidth = row.fill ? 0.8 : Math.max(1.8, row.line.width);
      ctx.setLineDash(row.line ? row.line.dash : []);
      ctx.stroke();
      ctx.setLineDash([]);
    }
    /* A bar of a round length, true in the middle of the map. */
    function scaleBar() {
      var middle = page.map.options.crs.pointToLatLng(L.point((place[0] + place[2]) / 2, (place[1] + place[3]) / 2), 0);
      var perPixel = (40075016.686 * Math.cos((middle.lat * Math.PI) / 180)) / 256 / k, ten = Math.pow(10, Math.floor(Math.log10(140 * perPixel)));
      var metres = [5, 2, 1].filter(function (n) { return n * ten <= 140 * perPixel; })[0] * ten, left = EDGE + 14, low = HEIGHT - FOOT - 14;
      ctx.beginPath();
      ctx.moveTo(left, low - 6);
      ctx.lineTo(left, low);
      ctx.lineTo(left + metres / perPixel, low);
      ctx.lineTo(left + metres / perPixel, low - 6);
      ctx.strokeStyle = "#39434d";
      ctx.lineWidth = 1.5;
      ctx.stroke();
      text(metres >= 1000 ? metres / 1000 + " km" : metres + " m", left + 5, low - 12, 12, "#39434d");
    }
  }

  function download(blob, name) {
    var link = document.createElement("a"), url = URL.createObjectURL(blob);
    link.href = url;
    link.download = name;
    document.body.appendChild(link);
    link.click();
    link.remove();
    setTimeout(function () { URL.revokeObjectURL(url); }, 10000);
  }
  function nameOf(page, ending) {
    var unit = page.state.unit >= 0 ? page.data.units.code[page.state.unit] + "_" : "";
    return (page.data.kind + (page.data.public ? "_public_" : "_") + unit + page.data.days[page.state.day]).replace(/[^\w.-]+/g, "_") + ending;
  }

  parts.png = function (page) {
    var canvas = document.createElement("canvas");
    canvas.width = PIXELS;
    canvas.height = (PIXELS * HEIGHT) / WIDTH;
    var ctx = canvas.getContext("2d");
    ctx.scale(PIXELS / WIDTH, PIXELS / WIDTH);
    compose(ctx, page);
    canvas.toBlob(function (blob) { download(blob, nameOf(page, ".png")); }, "image/png");
  };
  parts.svg = function (page) {
    var recorder = new Recorder();
    compose(recorder, page);
    download(new Blob([recorder.svg()], { type: "image/svg+xml" }), nameOf(page, ".svg"));
  };
})(window.cuntongParts);
