/* The unit that is shown: where it stands, its figures, the units or villages below it. */
"use strict";
(function (parts) {
  var MOST = 400; /* villages in a list */

  parts.units = function (page, panel) {
    var D = page.data, T = D.text, S = D.styles, U = D.units, V = D.villages, state = page.state, campaign = page.campaign, el = parts.el;
    function grouped(n) { return n.toLocaleString("en-US"); }
    function nameOf(unit) { return unit < 0 ? T.campaign : U.name[unit] || U.code[unit]; }

    var crumbs = panel.appendChild(el("nav", "crumbs"));
    crumbs.setAttribute("aria-label", T.crumbs);
    var title = panel.appendChild(el("h2", "unit-name")), numbers = panel.appendChild(el("div", "numbers"));
    /* The route map has a list of its own below: there the units wait until they are asked for. */
    var folded = page.route ? panel.appendChild(el("details", "units")) : null;
    if (folded) {
      folded.appendChild(el("summary", "", T.below));
      folded.addEventListener("toggle", function () { if (page.settle) page.settle(); });
    }
    var list = (folded || panel).appendChild(el("div", "below")), plan = panel.appendChild(planTotals());

    function showCrumbs() {
      var up = campaign.path(state.unit);
      crumbs.textContent = "";
      if (campaign.tops !== 1) up.unshift(parts.WHOLE);
      up.forEach(function (unit, k) {
        var button = el("button", "", nameOf(unit));
        button.type = "button";
        if (k === up.length - 1) button.setAttribute("aria-current", "location");
        button.addEventListener("click", function () { page.drill(unit); });
        if (k) crumbs.appendChild(el("span", "sep", "›"));
        crumbs.appendChild(button);
      });
      crumbs.hidden = up.length < 2;
    }

    function figure(label, value, cls) {
      var pair = el("div");
      pair.appendChild(el("dt", "", label));
      pair.appendChild(el("dd", cls || "", value));
      return pair;
    }
    function lightOf(unit) {
      var light = unit >= 0 ? campaign.light(unit, state.day) : "", look = S.light[light];
      if (!look) return null;
      var mark = parts.pointSwatch(look, 5);
      mark.removeAttribute("aria-hidden");
      mark.setAttribute("role", "img");
      mark.setAttribute("aria-label", look.label);
      mark.title = look.label;
      mark.className = "swatch light";
      return mark;
    }
    /* How far: a bar of what is lit, a darker one of what is closed within it. */
    function bar(f) {
      var box = el("span", "bar-of"), total = Math.max(1, f.villages);
      box.setAttribute("aria-hidden", "true");
      [["lit", f.lit], ["closed", f.closed]].forEach(function (part) {
        var piece = el("i", part[0]);
        piece.style.width = (100 * part[1]) / total + "%";
        box.appendChild(piece);
      });
      return box;
    }

    function showNumbers() {
      var f = campaign.figures(state.unit, state.day), pace = campaign.pace(state.unit, state.day), areas = page.scene.areas;
      title.textContent = nameOf(state.unit);
      var light = lightOf(state.unit);
      if (light) title.appendChild(light);
      if (state.unit >= 0 && U.overlay[state.unit]) title.appendChild(el("small", "", T.overlay));
      numbers.textContent = "";
      var big = el("p", "big");
      big.appendChild(el("b", "", grouped(Math.max(0, f.lit))));
      big.appendChild(el("span", "", " / " + grouped(Math.max(0, f.villages)) + " " + T.villages));
      big.appendChild(el("em", "", areas.percent(f.villages > 0 ? f.lit / f.villages : NaN)));
      numbers.appendChild(big);
      numbers.appendChild(bar(f));
      var four = el("dl", "four");
      four.appendChild(figure(T.laid, grouped(f.laid)));
      four.appendChild(figure(T.closed, grouped(f.closed), "closed"));
      four.appendChild(figure(T.late_count, grouped(f.late), f.late > 0 ? "late" : ""));
      if (D.hasLedger) four.appendChild(figure(T.blockers_short, grouped(f.blockers), f.blockers > 0 ? "warn" : ""));
      if (D.hasLedger && f.overdue > 0) four.appendChild(figure(T.overdue_short, grouped(f.overdue), "warn"));
      numbers.appendChild(four);
      if (isNaN(pace.left)) return;
      var rate = el("dl", "pace");
      var left = pace.left >= 0 ? T.days_left : T.days_over;
      numbers.appendChild(el("p", "left", left.replace("{n}", Math.abs(pace.left)) + (pace.rest > 0 ? "" : " · " + T.all_lit)));
      if (!isNaN(pace.needed) && pace.rest > 0) rate.appendChild(figure(T.needed, pace.needed.toFixed(1)));
      if (!isNaN(pace.achieved) && D.hasLedger) rate.appendChild(figure(T.achieved, pace.achieved.toFixed(1), pace.achieved + 0.05 < pace.needed && pace.rest > 0 ? "late" : "lit"));
      if (rate.children.length) numbers.appendChild(rate);
    }

    /* The list can be put into the order of any of its columns. */
    var COLUMNS = [
      ["unit", T.unit, null], ["share", T.lit_of, function (f) { return f.villages > 0 ? f.lit / f.villages : 2; }],
      ["closed", T.closed, function (f) { return f.closed; }], ["late", T.late_count, function (f) { return -f.late; }],
    ];
    function heads() {
      var line = el("tr");
      COLUMNS.forEach(function (column) {
        var cell = el("th"), button = el("button", "", column[1]), on = page.sorted === column[0];
        button.type = "button";
        button.title = T.sort.replace("{name}", column[1]);
        cell.scope = "col";
        cell.className = column[0];
        if (on) cell.setAttribute("aria-sort", column[0] === "late" ? "descending" : "ascending");
        button.addEventListener("click", function () {
          page.sorted = column[0];
          showList();
          list.querySelector("th." + column[0] + " button").focus();
        });
        cell.appendChild(button);
        line.appendChild(cell);
      });
      if (U.lights.ends.length) line.appendChild(el("th", "light", T.light));
      var head = el("thead");
      head.appendChild(line);
      return head;
    }
    function unitRow(unit, f) {
      var line = el("tr"), first = el("td", "unit"), button = el("button", "", nameOf(unit)), share = el("td", "share");
      button.type = "button";
      button.addEventListener("click", function () { page.drill(unit); });
      first.appendChild(button);
      if (U.overlay[unit]) first.appendChild(el("small", "", T.overlay));
      share.appendChild(el("span", "", grouped(f.lit) + "/" + grouped(f.villages)));
      share.appendChild(bar(f));
      line.appendChild(first);
      line.appendChild(share);
      line.appendChild(el("td", "closed", grouped(f.closed)));
      line.appendChild(el("td", "late" + (f.late > 0 ? " some" : ""), grouped(f.late)));
      if (U.lights.ends.length) {
        var cell = el("td", "light"), light = lightOf(unit);
        if (light) cell.appendChild(light);
        line.appendChild(cell);
      }
      line.addEventListener("click", function (event) { if (event.target !== button) page.drill(unit); });
      return line;
    }
    function villageRow(i) {
      var item = el("li"), button = el("button"), look = S.village[V.stage[i]];
      button.type = "button";
      button.appendChild(parts.pointSwatch(look, 5));
      button.appendChild(el("span", "name", V.name[i]));
      if (i >= V.wx.length) button.appendChild(el("small", "", T.no_place));
      button.appendChild(el("span", "count" + (V.late[i] ? " late" : ""), look.label + (V.late[i] ? " · " + T.late : "")));
      button.addEventListener("click", function () { page.goTo(i); });
      item.appendChild(button);
      return item;
    }

    function showList() {
      var below = campaign.below(state.unit, state.day), told = below.map(function (unit) { return { unit: unit, f: campaign.figures(unit, state.day) }; });
      list.textContent = "";
      if (told.length) {
        var column = COLUMNS.filter(function (c) { return c[0] === page.sorted; })[0];
        if (column && column[2]) told.sort(function (a, b) { return column[2](a.f) - column[2](b.f) || a.unit - b.unit; });
        var table = el("table"), body = el("tbody");
        table.setAttribute("aria-label", T.below);
        table.appendChild(heads());
        told.forEach(function (row) { body.appendChild(unitRow(row.unit, row.f)); });
        table.appendChild(body);
        list.appendChild(table);
      }
      var own = [];
      for (var i = 0; i < V.code.length && own.length < MOST; i++) {
        if (state.inside[i] && (!told.length || U.home[i] === state.unit)) own.push(i);
      }
      if (!own.length || (told.length && state.unit < 0 && U.home[own[0]] >= 0)) return;
      var villages = el("ul", "own");
      villages.setAttribute("aria-label", T.own_villages);
      own.forEach(function (i) { villages.appendChild(villageRow(i)); });
      list.appendChild(villages);
    }

    function planTotals() {
      var box = el("details", "plan"), table = el("dl", "rest");
      box.appendChild(el("summary", "", T.plan_totals));
      box.hidden = !D.figures.length;
      D.figures.forEach(function (row) { table.appendChild(figure(row[0][D.langAt], row[1], row[2])); });
      box.appendChild(table);
      return box;
    }

    page.on(function (what) {
      showCrumbs();
      showNumbers();
      if (what !== "filter") showList();
    });
    return {
      /* What the phone's bar says of the unit. */
      brief: function () {
        var f = campaign.figures(state.unit, state.day);
        return nameOf(state.unit) + " " + T.lit + " " + grouped(f.lit) + "/" + grouped(f.villages);
      },
    };
  };
})(window.cuntongParts);
