/* Online tiles under the map. This script is only in pages that ask for them, and steps between the parts of the page:
   what it takes away from is the white of the land; what it adds is a switch, and a word where there are no tiles. */
"use strict";
(function (parts) {
  var LAND = "#ffffff", OVER = 0.8, MISSES = 4, PROBE = 7;
  var A = 6378245, EE = 0.00669342162296594323, RADIANS = Math.PI / 180, SHIFTED = { west: 72.004, south: 0.8293, east: 137.8347, north: 55.8271 };
  var seen = false, printing = false;

  /* WGS84 → GCJ-02, as in datum.py. */
  function gcj02(at) {
    var x = at.lng - 105, y = at.lat - 35, root = 0.2 * Math.sqrt(Math.abs(x)), s = Math.sin(at.lat * RADIANS), magic = 1 - EE * s * s;
    if (at.lng < SHIFTED.west || at.lng > SHIFTED.east || at.lat < SHIFTED.south || at.lat > SHIFTED.north) return at;
    function waves(t, list) {
      return list.reduce(function (sum, wave) { return sum + (wave[0] * Math.sin(wave[1] * t * Math.PI) * 2) / 3; }, 0);
    }
    var shared = waves(x, [[20, 6], [20, 2]]);
    var north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + root + shared + waves(y, [[20, 1], [40, 1 / 3], [160, 1 / 12], [320, 1 / 30]]);
    var east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + root / 2 + shared + waves(x, [[20, 1], [40, 1 / 3], [150, 1 / 12], [300, 1 / 30]]);
    var meridian = (A * (1 - EE)) / (magic * Math.sqrt(magic)), normal = (A / Math.sqrt(magic)) * Math.cos(at.lat * RADIANS);
    return L.latLng(at.lat + north / meridian / RADIANS, at.lng + east / normal / RADIANS);
  }
  parts.gcj02 = gcj02;

  /* Tiles of a shifted datum stand so that the middle of the map is right: what is there in GCJ-02 lies under what is
     there in WGS84. The shift changes by a few metres a kilometre, so it is taken anew wherever the map comes to rest. */
  var Tiles = L.TileLayer.extend({
    _middle: function (center) { return this.options.gcj02 ? gcj02(center) : center; },
    _getTiledPixelBounds: function (center) { return L.TileLayer.prototype._getTiledPixelBounds.call(this, this._middle(center)); },
    _setZoomTransform: function (level, center, zoom) { L.TileLayer.prototype._setZoomTransform.call(this, level, this._middle(center), zoom); },
    _onMoveEnd: function () {
      L.TileLayer.prototype._onMoveEnd.call(this);
      if (this._map && !this._map._animatingZoom) this._setZoomTransforms(this._map.getCenter(), this._map.getZoom());
    },
  });

  /* Over tiles the land is not painted, and areas let the tiles through. Slides are drawn on canvases of their own. */
  var fillRings = parts.fillRings;
  parts.fillRings = function (ctx) {
    var over = seen && !printing && ctx.canvas && ctx.canvas.classList.contains("cuntong-canvas");
    if (over && ctx.fillStyle === LAND) return;
    ctx.globalAlpha = over ? OVER : 1;
    fillRings.apply(null, arguments);
    ctx.globalAlpha = 1;
  };
  /* Paper shows no tiles. These listen before the page does, which draws itself anew for the printer. */
  window.addEventListener("beforeprint", function () { printing = true; });
  window.addEventListener("afterprint", function () { printing = false; });

  function ground(page) {
    var how = JSON.parse(document.getElementById("cuntong-basemap").textContent), map = page.map;
    var unaddressed = how.needsAddress && window.location.protocol === "file:", wanted = true, lost = false, missed = 0, asked = 0, tell = function () {};
    var policy = "strict-origin-when-cross-origin", options = {
      subdomains: how.subdomains, maxNativeZoom: how.maxZoom, maxZoom: 24, gcj02: how.gcj02, referrerPolicy: policy,
    };
    var layers = how.urls.map(function (url) {
      var layer = new Tiles(url, options);
      layer.on("tileload", function () { missed = 0; });
      layer.on("tileerror", function () { if (++missed >= MISSES) lose(); });
      return layer;
    });

    function set(show, fails) {
      lost = fails;
      missed = 0;
      asked++; /* an answer to an earlier question no longer counts */
      layers.forEach(function (layer) { show ? layer.addTo(map) : layer.remove(); });
      if (seen !== show) {
        seen = show;
        page.redraw();
      }
      tell();
    }
    function lose() { set(false, true); }

    /* Ask for one tile before asking for all: where there is no network this fails once, not in every tile. */
    function ask() {
      if (unaddressed || window.navigator.onLine === false) return lose();
      set(false, false);
      var probe = new Image(), mine = asked, n = Math.pow(2, PROBE), at = map.options.crs.latLngToPoint(map.getCenter(), PROBE).divideBy(256).floor();
      probe.onload = function () { if (mine === asked) set(true, false); };
      probe.onerror = function () { if (mine === asked) lose(); };
      probe.referrerPolicy = policy;
      probe.src = L.Util.template(how.urls[0], { s: how.subdomains[0], x: ((at.x % n) + n) % n, y: Math.max(0, Math.min(n - 1, at.y)), z: PROBE });
    }
    window.addEventListener("online", function () { if (wanted && lost) ask(); });
    window.addEventListener("offline", function () { if (wanted) lose(); });

    /* The switch, the credit, and what is said where there are no tiles; made anew when the language changes. */
    function control() {
      var el = parts.el, box = el("div", "ground"), label = el("label"), check = el("input"), told = el("p"), credit = el("a");
      function text(name) { return how.texts[name][page.data.langAt]; }
      check.type = "checkbox";
      check.addEventListener("change", function () {
        wanted = check.checked;
        wanted ? ask() : set(false, false);
      });
      label.appendChild(check);
      label.appendChild(el("span", "", text("ground")));
      credit.textContent = how.credit[page.data.langAt];
      credit.href = how.link;
      credit.target = "_blank";
      credit.rel = "noopener noreferrer";
      told.setAttribute("role", "status");
      box.appendChild(label);
      box.appendChild(told);
      tell = function () {
        check.checked = wanted && !lost;
        told.textContent = lost ? text(unaddressed ? "needs_address" : "lost") : "";
        if (seen) told.appendChild(credit);
      };
      tell();
      return box;
    }
    return { ask: ask, control: control };
  }

  var panels = parts.panels, own = null;
  parts.panels = function (page) {
    panels(page);
    var first = !own;
    own = own || ground(page);
    page.place(own.control());
    if (first) page.map.whenReady(own.ask);
  };
})(window.cuntongParts);
