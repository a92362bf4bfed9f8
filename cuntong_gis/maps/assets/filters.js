/* Which villages are shown, and how many of each kind there are: in the unit that is shown, on the day that is shown. */
"use strict";
(function (parts) {
  var ONLY = ["lateOnly", "unreachedOnly", "blockersOnly", "staleOnly"];

  function blocked(D) {
    if (!D.facts.blocked) {
      D.facts.blocked = new Uint8Array(D.villages.code.length);
      D.facts.blockers.village.forEach(function (i) { if (i >= 0) D.facts.blocked[i] = 1; });
    }
    return D.facts.blocked;
  }
  /* Has a village what a filter asks for? */
  function has(D, filter, i) {
    if (filter === "lateOnly") return !!D.villages.late[i];
    if (filter === "unreachedOnly") return !D.villages.reached[i];
    return !!(filter === "blockersOnly" ? blocked(D) : D.facts.stale)[i];
  }
  function asked(D, state, i) {
    return state.inside[i] && ONLY.every(function (filter) { return !state[filter] || has(D, filter, i); });
  }
  parts.passes = function (D, state, i) { return !!(state.village[D.villages.stage[i]] && asked(D, state, i)); };

  parts.filters = function (page, content, row) {
    var D = page.data, T = D.text, S = D.styles, V = D.villages, state = page.state, el = parts.el;
    var areas = page.scene.areas, n = V.code.length;
    function grouped(count) { return count.toLocaleString("en-US"); }
    function only(style, ring) { return parts.pointSwatch(style, ring ? 6 : undefined); }

    /* What is drawn: by itself, units far away and villages near. */
    var steps = null;
    if (D.kind === "distribution" && page.campaign.count) {
      var choice = el("fieldset", "choice"), legend = el("legend", "", T.view);
      choice.appendChild(legend);
      [["auto", T.view_auto], ["units", T.view_units], ["villages", T.view_villages]].forEach(function (item) {
        var label = el("label"), box = el("input");
        box.type = "radio";
        box.name = "cuntong-view";
        box.value = item[0];
        box.checked = state.view === item[0];
        box.addEventListener("change", function () {
          state.view = item[0];
          page.refresh();
        });
        label.appendChild(box);
        label.appendChild(el("span", "", item[1]));
        choice.appendChild(label);
      });
      content.appendChild(choice);
      steps = content.appendChild(el("div", "steps"));
      steps.appendChild(el("h2", "", T.completion));
      S.completion.forEach(function (step, c) {
        var line = el("p", "row plain"), mark = el("i", "step"), next = S.completion[c + 1];
        mark.style.background = step.fill;
        line.appendChild(mark);
        var from = Math.round(100 * step.from);
        line.appendChild(el("span", "name", next ? from + " – " + Math.round(100 * next.from) + "%" : from + "%"));
        line.appendChild(el("span", "count"));
        steps.appendChild(line);
      });
    }

    content.appendChild(el("h2", "", T.by_stage));
    var bar = content.appendChild(el("div", "stages"));
    bar.setAttribute("aria-hidden", "true");
    S.village.forEach(function (look) {
      var part = el("i");
      part.style.background = look.fill;
      bar.appendChild(part);
    });
    var stages = S.village.map(function (look, c) {
      return content.appendChild(row(look.label, parts.pointSwatch(look), state.village[c], function (on) { state.village[c] = on; }, 0, true));
    });

    content.appendChild(el("h2", "only", T.only));
    var marks = { lateOnly: [S.late.label, only(S.late, true)], unreachedOnly: [S.unreached.label, only(S.unreached)], blockersOnly: [T.with_blockers, parts.flagSwatch("!")], staleOnly: [T.stale, parts.flagSwatch("…")] };
    var rows = ONLY.map(function (filter) {
      return content.appendChild(row(marks[filter][0], marks[filter][1], state[filter], function (on) { state[filter] = on; }, 0));
    });
    rows[0].classList.add("key");
    rows[1].classList.add("key");
    if (!D.hasLedger) rows[2].hidden = rows[3].hidden = true;
    var foot = content.appendChild(el("div", "total-row")), clear = foot.appendChild(el("button", "clear", T.clear));
    clear.type = "button";
    clear.addEventListener("click", function () {
      state.village = state.village.map(function () { return true; });
      ONLY.forEach(function (filter) { state[filter] = false; });
      stages.concat(rows).forEach(function (line) {
        line.querySelector("input").checked = stages.indexOf(line) >= 0;
        line.classList.remove("off");
      });
      page.refresh();
    });
    var total = foot.appendChild(el("p", "total"));
    total.setAttribute("aria-live", "polite");

    function setCount(line, count) { line.querySelector(".count").textContent = count; }
    page.on(function () {
      var byStage = [0, 0, 0, 0, 0, 0, 0], whole = [0, 0, 0, 0, 0, 0, 0], flags = ONLY.map(function () { return 0; }), here = 0, shown = 0;
      var lastDay = state.day === page.campaign.last;
      for (var i = 0; i < n; i++) {
        if (!state.inside[i]) continue;
        here++;
        whole[V.stage[i]]++;
        for (var k = 0; k < ONLY.length; k++) if (has(D, ONLY[k], i)) flags[k]++;
        if (!asked(D, state, i)) continue;
        byStage[V.stage[i]]++;
        if (state.village[V.stage[i]]) shown++;
      }
      stages.forEach(function (line, c) {
        setCount(line, grouped(byStage[c]));
        bar.children[c].style.flexGrow = whole[c];
        bar.children[c].hidden = !whole[c];
      });
      rows.forEach(function (line, k) {
        var known = k < 2 || lastDay;
        setCount(line, known ? grouped(flags[k]) : "–");
        line.querySelector("input").disabled = !known;
        line.classList.toggle("disabled", !known);
        line.title = known ? "" : T.last_day_only;
      });
      total.textContent = T.shown + " " + grouped(shown) + " / " + grouped(here);
      clear.hidden = !areas.filtered() && state.village.every(Boolean);
      page.countSteps();
    });
    /* The classes of the areas, which also come and go with the zoom. */
    page.countSteps = function () {
      if (!steps) return;
      var seen = areas.seen(), counts = S.completion.map(function () { return 0; }), lines = content.querySelector(".lines");
      steps.hidden = !seen;
      if (lines) lines.hidden = seen; /* they are not drawn then */
      if (!seen) return;
      areas.areas().forEach(function (area) {
        var c = areas.classOf(area.share);
        if (c >= 0) counts[c]++;
      });
      counts.forEach(function (count, c) { setCount(steps.children[c + 1], count); });
    };
  };

  /* What is known of the last day alone cannot be asked of another day. */
  parts.forgetLastDay = function (state) { state.blockersOnly = state.staleOnly = false; };
})(window.cuntongParts);
