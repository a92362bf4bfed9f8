/* Undo zlib's deflate (RFC 1950, 1951), for browsers without DecompressionStream. */
"use strict";
window.cuntongParts = {};
(function (parts) {
  var ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
  var LENGTH = [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258];
  var LENGTH_BITS = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
  var BACK = [
    1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289,
    16385, 24577,
  ];
  function broken(what) { throw new Error("deflate: " + what); }

  /* A table from the next bits of the stream to 16 × symbol + length of its code; 0 where no code is. */
  function tableOf(lengths) {
    var count = new Uint16Array(16), next = new Uint16Array(16), bits = 0, used = 0;
    lengths.forEach(function (length) { if (length) count[length]++; });
    for (var l = 1; l < 16; l++) {
      next[l] = (next[l - 1] + count[l - 1]) << 1;
      used += count[l] << (15 - l);
      if (count[l]) bits = l;
    }
    if (used > 1 << 15) broken("too many codes");
    var table = new Uint16Array(1 << bits);
    lengths.forEach(function (length, symbol) {
      if (!length) return;
      var code = next[length]++, turned = 0;
      for (var b = 0; b < length; b++) turned |= ((code >> b) & 1) << (length - 1 - b);
      for (var at = turned; at < table.length; at += 1 << length) table[at] = (symbol << 4) | length;
    });
    return { table: table, mask: table.length - 1 };
  }

  function fixed() {
    var lengths = [];
    for (var s = 0; s < 288; s++) lengths.push(s < 144 ? 8 : s < 256 ? 9 : s < 280 ? 7 : 8);
    return { literals: tableOf(lengths), distances: tableOf(new Array(30).fill(5)) };
  }

  /* The bytes of a zlib stream that holds `size` bytes; throws where it holds anything else. */
  parts.inflate = function (input, size) {
    var out = new Uint8Array(size), at = 0, from = 2, hold = 0, held = 0;
    if (input.length < 6 || (input[0] & 15) !== 8 || ((input[0] << 8) | input[1]) % 31 || input[1] & 32) broken("no zlib stream");

    function need(n) {
      while (held < n) {
        if (from >= input.length) broken("cut short");
        hold |= input[from++] << held;
        held += 8;
      }
    }
    function bits(n) {
      need(n);
      var value = hold & ((1 << n) - 1);
      hold >>>= n;
      held -= n;
      return value;
    }
    function symbol(code) {
      while (held < 15 && from < input.length) {
        hold |= input[from++] << held;
        held += 8;
      }
      var found = code.table[hold & code.mask], length = found & 15;
      if (!length) broken("no such code");
      if (length > held) broken("cut short");
      hold >>>= length;
      held -= length;
      return found >> 4;
    }

    function stored() {
      hold >>>= held & 7;
      held -= held & 7;
      var length = bits(16);
      if ((length ^ bits(16)) !== 0xffff) broken("a length that is not confirmed");
      if (at + length > size) broken("too long");
      for (; held && length; length--) out[at++] = bits(8);
      if (from + length > input.length) broken("cut short");
      out.set(input.subarray(from, from + length), at);
      from += length;
      at += length;
    }

    function dynamic() {
      var literals = bits(5) + 257, distances = bits(5) + 1, codes = bits(4) + 4, plan = new Array(19).fill(0), lengths = [];
      for (var c = 0; c < codes; c++) plan[ORDER[c]] = bits(3);
      var code = tableOf(plan);
      while (lengths.length < literals + distances) {
        var s = symbol(code), last = lengths[lengths.length - 1];
        if (s === 16 && last === undefined) broken("nothing to repeat");
        var times = s < 16 ? 1 : s === 16 ? 3 + bits(2) : s === 17 ? 3 + bits(3) : 11 + bits(7);
        for (; times; times--) lengths.push(s < 16 ? s : s === 16 ? last : 0);
      }
      if (lengths.length > literals + distances) broken("too many lengths");
      return { literals: tableOf(lengths.slice(0, literals)), distances: tableOf(lengths.slice(literals)) };
    }

    function coded(codes) {
      for (;;) {
        var s = symbol(codes.literals);
        if (s === 256) return;
        if (s < 256) {
          if (at >= size) broken("too long");
          out[at++] = s;
          continue;
        }
        if (s > 285) broken("no such length");
        var length = LENGTH[s - 257] + bits(LENGTH_BITS[s - 257]), d = symbol(codes.distances);
        if (d > 29) broken("no such distance");
        var back = BACK[d] + bits(d < 4 ? 0 : (d >> 1) - 1);
        if (back > at || at + length > size) broken("a copy of nothing");
        for (; length; length--, at++) out[at] = out[at - back];
      }
    }

    for (var last = 0; !last; ) {
      last = bits(1);
      var kind = bits(2);
      if (kind === 3) broken("no such block");
      if (kind === 0) stored();
      else coded(kind === 1 ? fixed() : dynamic());
    }
    if (at !== size) broken("too short");
    bits(held & 7);
    var a = 1, b = 0, sum = 0;
    for (var i = 0; i < size; i++) {
      a = (a + out[i]) % 65521;
      b = (b + a) % 65521;
    }
    for (var n = 0; n < 4; n++) sum = sum * 256 + bits(8);
    if (sum !== b * 65536 + a) broken("the sum is wrong");
    return out;
  };
})(window.cuntongParts);
