/* The page's data: plain values and deflated columns, put together again as compact.py took them apart. */
"use strict";
(function (parts) {
  function sizeOf(shape) { return shape.reduce(function (product, n) { return product * n; }, 1); }

  /* Planes of bytes → zigzag → differences → values. */
  function whole(how, bytes, at) {
    var count = sizeOf(how.shape), columns = how.shape.length > 1 ? how.shape[1] : 1, planes = how.planes, i;
    var out = how.wide ? new Float64Array(count) : new Int32Array(count);
    if (planes <= 4) {
      for (i = 0; i < count; i++) {
        var low = 0;
        for (var p = planes - 1; p >= 0; p--) low = (low << 8) | bytes[at + p * count + i];
        out[i] = (low >>> 1) ^ -(low & 1);
      }
    } else {
      for (i = 0; i < count; i++) {
        var far = 0;
        for (var q = planes - 1; q >= 0; q--) far = far * 256 + bytes[at + q * count + i];
        out[i] = far % 2 ? -(far + 1) / 2 : far / 2;
      }
    }
    for (var step = 0; step < how.steps; step++) {
      if (how.axis === 0) for (i = columns; i < count; i++) out[i] += out[i - columns];
      else for (i = 1; i < count; i++) if (i % columns) out[i] += out[i - 1];
    }
    if (how.base) for (i = 0; i < count; i++) out[i] += how.base;
    return out;
  }
  function bytesOf(how) { return sizeOf(how.shape) * how.planes; }

  /* A matrix is an array of its rows. */
  function shaped(values, shape) {
    if (shape.length < 2) return values;
    var rows = [];
    for (var r = 0; r < shape[0]; r++) rows.push(values.subarray(r * shape[1], (r + 1) * shape[1]));
    return rows;
  }

  var READ = {
    whole: function (column, bytes) { return shaped(whole(column.whole, bytes, column.at), column.whole.shape); },
    flags: function (column, bytes) { return shaped(Uint8Array.from(whole(column.whole, bytes, column.at)), column.whole.shape); },
    decimals: function (column, bytes) {
      var values = Float64Array.from(whole(column.whole, bytes, column.at)), scale = Math.pow(10, column.digits);
      var missing = column.missing ? whole(column.missing, bytes, column.at + bytesOf(column.whole)) : null;
      for (var i = 0; i < values.length; i++) values[i] = missing && missing[i] ? NaN : values[i] / scale;
      return shaped(values, column.whole.shape);
    },
    digits: function (column, bytes) {
      return Array.from(whole(column.whole, bytes, column.at), function (n) { return String(n).padStart(column.width, "0"); });
    },
    texts: function (column, bytes) {
      var lengths = whole(column.whole, bytes, column.at), from = column.at + bytesOf(column.whole), at = 0;
      var decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
      var joined = decoder.decode(bytes.subarray(from, from + column.bytes));
      return Array.from(lengths, function (length) { return joined.slice(at, (at += length)); });
    },
  };

  /* Put the columns into the data; each is read when it is first asked for. */
  parts.unpack = function (data, columns, bytes) {
    columns.forEach(function (column) {
      var path = column.path, holder = data, name = path[path.length - 1];
      for (var n = 0; n < path.length - 1; n++) holder = holder[path[n]];
      Object.defineProperty(holder, name, {
        configurable: true,
        enumerable: true,
        get: function () {
          var value = READ[column.kind](column, bytes);
          Object.defineProperty(holder, name, { configurable: true, enumerable: true, writable: true, value: value });
          return value;
        },
      });
    });
    return data;
  };

  function fromBase64(text) {
    if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
    var raw = atob(text), bytes = new Uint8Array(raw.length);
    for (var i = 0; i < raw.length; i++) bytes[i] = raw.charCodeAt(i);
    return bytes;
  }

  /* A promise of the bytes of a zlib stream. */
  parts.inflated = function (deflated, size) {
    if (!window.DecompressionStream) return new Promise(function (done) { done(parts.inflate(deflated, size)); });
    var stream = new Blob([deflated]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Response(stream).arrayBuffer().then(function (buffer) {
      if (buffer.byteLength !== size) throw new Error("the data holds " + buffer.byteLength + " bytes, not " + size);
      return new Uint8Array(buffer);
    });
  };

  /* Read the page's data and go on with it; where it cannot be read, the page says so. */
  parts.start = function (go) {
    var sign = document.getElementById("cuntong-loading");
    function text(id) { return document.getElementById(id).textContent; }
    new Promise(function (done) {
      var data = JSON.parse(text("cuntong-data")), columns = JSON.parse(text("cuntong-columns"));
      done(parts.inflated(fromBase64(text("cuntong-bytes")), columns.bytes).then(function (bytes) {
        return parts.unpack(data, columns.list, bytes);
      }));
    }).then(function (data) {
      go(data);
      sign.remove();
    }).catch(function (error) {
      sign.textContent = sign.dataset.failed;
      sign.setAttribute("role", "alert");
      throw error;
    });
  };
})(window.cuntongParts);
