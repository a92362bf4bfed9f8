/* Search by name or code, with the keyboard alone if wanted. */
"use strict";
window.cuntongParts.search = function (page) {
  var D = page.data, T = D.text, V = D.villages, el = window.cuntongParts.el, SHOWN = 40;
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
  var names = null, codes = null;

  /* Names that begin with what was typed go before those that only hold it. */
  function matches(wanted) {
    names = names || V.name.map(plain);
    codes = codes || V.code.map(plain);
    var first = [], later = [];
    for (var i = 0; i < names.length; i++) {
      if (names[i].indexOf(wanted) === 0 || codes[i].indexOf(wanted) === 0) first.push(i);
      else if (names[i].indexOf(wanted) > 0 || codes[i].indexOf(wanted) > 0) later.push(i);
    }
    return first.concat(later);
  }

  function look() {
    var wanted = plain(input.value), all = wanted ? matches(wanted) : [];
    found = all.slice(0, SHOWN);
    at = found.length ? 0 : -1;
    results.textContent = "";
    found.forEach(function (i, k) {
      var item = el("li");
      item.id = "cuntong-result-" + k;
      item.setAttribute("role", "option");
      item.appendChild(el("b", "", V.name[i]));
      item.appendChild(el("span", "", V.place.of[V.place.at[i]]));
      item.appendChild(el("i", "", V.code[i]));
      item.addEventListener("mousedown", function (event) {
        event.preventDefault();
        pick(k);
      });
      results.appendChild(item);
    });
    if (wanted && !found.length) results.appendChild(el("li", "none", T.nothing));
    if (all.length > SHOWN) results.appendChild(el("li", "none", T.more.replace("{n}", all.length - SHOWN)));
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
    page.goTo(found[k]);
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
  document.body.appendChild(search);
};
