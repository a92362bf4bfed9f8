/* Search by name, by how it sounds, or by code; with the keyboard alone if wanted. */
"use strict";
window.cuntongParts.search = function (page) {
  var D = page.data, T = D.text, V = D.villages, U = D.units, el = window.cuntongParts.el, SHOWN = 40;
  var search = el("div", "search"), input = el("input"), results = el("ul", "results"), at = -1, found = [];
  var attributes = {
    type: "search", placeholder: T.search, "aria-label": T.search, autocomplete: "off", spellcheck: "false", role: "combobox",
    "aria-expanded": "false", "aria-controls": "cuntong-results", "aria-autocomplete": "list",
  };
  Object.keys(attributes).forEach(function (name) { input.setAttribute(name, attributes[name]); });
  results.id = "cuntong-results";
  results.setAttribute("role", "listbox");
  results.hidden = true;
  search.appendChild(input);
  search.appendChild(results);

  function plain(text) { return text.normalize("NFKC").trim().toLowerCase(); }

  /* What can be found: units before villages, each with its names and code as they are compared. */
  var all = null, reads = null;
  function everything() {
    all = [];
    U.code.forEach(function (code, unit) {
      if (page.campaign.figures(unit, page.campaign.last).villages >= 0) all.push({ unit: unit, name: plain(U.name[unit]), code: plain(code) });
    });
    V.code.forEach(function (code, i) { all.push({ village: i, name: plain(V.name[i]), code: plain(code) }); });
    reads = new Map();
    Array.from(D.sounds.chars).forEach(function (char, n) { reads.set(char, D.sounds.reads.of[D.sounds.reads.at[n]].split(",")); });
  }

  /* Can letters be read as the name from a character on: whole syllables, or only their first letters? */
  function sounds(name, at, letters) {
    if (!letters) return true;
    if (at >= name.length) return false;
    var of = reads.get(name[at]);
    if (!of) return letters[0] === name[at] && sounds(name, at + 1, letters.slice(1));
    return of.some(function (read) {
      if (read.indexOf(letters) === 0) return true;
      if (letters.indexOf(read) === 0 && sounds(name, at + 1, letters.slice(read.length))) return true;
      return letters[0] === read[0] && sounds(name, at + 1, letters.slice(1));
    });
  }

  /* Names and codes that begin with what was typed, then those that sound so, then those that only hold it. */
  function matches(wanted) {
    if (!all) everything();
    var ranks = [[], [], []], latin = /^[a-z ]+$/.test(wanted), letters = wanted.replace(/ /g, "");
    all.forEach(function (thing) {
      if (thing.name.indexOf(wanted) === 0 || thing.code.indexOf(wanted) === 0) ranks[0].push(thing);
      else if (latin && sounds(thing.name, 0, letters)) ranks[1].push(thing);
      else if (thing.name.indexOf(wanted) > 0 || thing.code.indexOf(wanted) > 0) ranks[2].push(thing);
    });
    return ranks[0].concat(ranks[1], ranks[2]);
  }

  function look() {
    var wanted = plain(input.value), hits = wanted ? matches(wanted) : [];
    found = hits.slice(0, SHOWN);
    at = found.length ? 0 : -1;
    results.textContent = "";
    found.forEach(function (thing, k) {
      var item = el("li", thing.unit === undefined ? "" : "unit"), up = thing.unit === undefined ? -1 : U.parent[thing.unit];
      item.id = "cuntong-result-" + k;
      item.setAttribute("role", "option");
      item.appendChild(el("b", "", thing.unit === undefined ? V.name[thing.village] : U.name[thing.unit]));
      item.appendChild(el("span", "", thing.unit === undefined ? V.place.of[V.place.at[thing.village]] : up < 0 ? T.unit : U.name[up]));
      item.appendChild(el("i", "", thing.unit === undefined ? V.code[thing.village] : U.code[thing.unit]));
      item.addEventListener("mousedown", function (event) {
        event.preventDefault();
        pick(k);
      });
      results.appendChild(item);
    });
    if (wanted && !found.length) results.appendChild(el("li", "none", T.nothing));
    if (hits.length > SHOWN) results.appendChild(el("li", "none", T.more.replace("{n}", hits.length - SHOWN)));
    show(!!wanted);
    mark();
  }
  function show(open) {
    results.hidden = !open;
    input.setAttribute("aria-expanded", String(open));
  }
  function mark() {
    for (var k = 0; k < found.length; k++) {
      results.children[k].classList.toggle("on", k === at);
      results.children[k].setAttribute("aria-selected", String(k === at));
    }
    if (at >= 0) {
      input.setAttribute("aria-activedescendant", "cuntong-result-" + at);
      results.children[at].scrollIntoView({ block: "nearest" });
    } else input.removeAttribute("aria-activedescendant");
  }
  function pick(k) {
    show(false);
    if (found[k].unit === undefined) page.goTo(found[k].village);
    else page.drill(found[k].unit);
  }
  input.addEventListener("input", look);
  input.addEventListener("focus", look);
  input.addEventListener("blur", function () { show(false); });
  input.addEventListener("keydown", function (event) {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!found.length) return;
      if (results.hidden) return show(true);
      at = (at + (event.key === "ArrowDown" ? 1 : found.length - 1)) % found.length;
      mark();
    } else if (event.key === "Enter" && at >= 0) pick(at);
    else if (event.key === "Escape") show(false);
  });
  return search;
};
