/* What stands around the map: title, unit, legend, layers, tools. Built anew when the language changes. */
"use strict";
(function (parts) {
  var el = parts.el, NS = "http://www.w3.org/2000/svg";

  parts.iconButton = function (shape, label, act) {
    var button = el("button", "icon"), icon = document.createElementNS(NS, "svg"), path = document.createElementNS(NS, "path");
    icon.setAttribute("viewBox", "0 0 20 20");
    icon.setAttribute("aria-hidden", "true");
    path.setAttribute("d", shape);
    icon.appendChild(path);
    button.appendChild(icon);
    button.type = "button";
    button.title = label;
    button.setAttribute("aria-label", label);
    button.addEventListener("click", act);
    return button;
  };
  /* A letter in a small frame, for what is no mark on the map. */
  parts.flagSwatch = function (letter) {
    var mark = el("i", "flag", letter);
    mark.setAttribute("aria-hidden", "true");
    return mark;
  };

  parts.panels = function (page) {
    var D = page.data, T = D.text, S = D.styles, P = D.spans, state = page.state;
    var pointSwatch = parts.pointSwatch, lineSwatch = parts.lineSwatch, dock = el("nav", "dock"), sheets = [];
    var top = page.place(el("div", "top"));

    function head() {
      var box = el("header", "head"), sub = el("p", "sub");
      box.appendChild(el("h1", "", D.title));
      box.appendChild(sub);
      D.banners.forEach(function (text) { box.appendChild(el("p", "banner", text[D.langAt])); });
      top.appendChild(box);
      page.on(function () {
        sub.textContent = [T.subtitle, T.as_of && T.as_of + " " + D.days[state.day], T.revision].filter(Boolean).join(" · ");
      });
    }

    /* On a phone a panel is a sheet that rises from the bar at the foot of the screen; elsewhere it is always there. */
    function sheet(panel, name, label) {
      var button = el("button", "tab", label), id = "cuntong-" + name;
      panel.id = id;
      panel.setAttribute("aria-label", label);
      button.type = "button";
      button.setAttribute("aria-controls", id);
      function open(on) {
        panel.classList.toggle("open", on);
        button.setAttribute("aria-expanded", String(on));
      }
      button.addEventListener("click", function () {
        var on = !panel.classList.contains("open");
        page.closeSheets();
        open(on);
        if (on) panel.scrollTop = 0;
      });
      sheets.push(open);
      open(false);
      dock.appendChild(button);
      page.place(panel);
      return button;
    }
    page.sheet = sheet;
    page.closeSheets = function () {
      sheets.forEach(function (open) { open(false); });
    };

    /* A row that switches a class: a legend row is its own switch and fades, other rows show a box. */
    function row(label, mark, on, change, count, isLegend) {
      var line = el("label", "row" + (isLegend ? " marked" : mark ? "" : " bare")), box = el("input");
      box.type = "checkbox";
      box.checked = on;
      line.classList.toggle("off", !!isLegend && !on);
      box.addEventListener("change", function () {
        if (isLegend) line.classList.toggle("off", !box.checked);
        change(box.checked);
        page.refresh("filter");
      });
      line.appendChild(box);
      if (mark) line.appendChild(mark);
      line.appendChild(el("span", "name", label));
      if (count !== undefined) line.appendChild(el("span", "count", count.toLocaleString("en-US")));
      return line;
    }

    function sample(label, mark) {
      var line = el("p", "row marked plain");
      line.appendChild(mark);
      line.appendChild(el("span", "name", label));
      return line;
    }

    function spanLegend(content) {
      if (!P.id.length) return;
      var box = content.appendChild(el("div", "lines"));
      if (page.route) return parts.routeLegend(D, state, page.route, box, row, sample);
      box.appendChild(el("h2", "", T.spans));
      var tallies = S.span.map(function (look, k) {
        var line = box.appendChild(row(look.label, lineSwatch(look), state.span[k], function (on) { state.span[k] = on; }, 0, true));
        return line.querySelector(".count");
      });
      page.on(function () {
        tallies.forEach(function (tally, k) {
          tally.textContent = P.stage.filter(function (stage) { return stage === k; }).length.toLocaleString("en-US");
        });
      });
      if (P.dashed.some(Boolean)) box.appendChild(sample(S.unsurveyed.label, lineSwatch(S.span[0], S.unsurveyed.dash)));
    }

    function layerList(content) {
      var box = content.appendChild(el("details", "layers"));
      box.open = D.kind === "route" || window.innerHeight > 900;
      box.appendChild(el("summary", "", T.layers));
      var list = [
        ["villages", true], ["names", true], ["spans", P.id.length], ["fiber", D.fiber.kind.at.length, lineSwatch(S.fiber.trunk)],
        ["sites", D.sites.id.length, pointSwatch(S.site.access_point)],
        ["boundaries", D.boundaries.name.length, lineSwatch(S.boundary.county)],
        ["built", D.route ? D.route.built.n.length : 0],
        ["findings", D.findings.x.length, pointSwatch(S.finding.warning)],
      ];
      list.forEach(function (item) {
        if (!item[1]) return;
        var label = item[0] === "sites" && D.kind !== "route" ? T.access_points : T[item[0]];
        var line = row(label, null, state.layer[item[0]], function (on) { state.layer[item[0]] = on; });
        if (item[2]) {
          line.classList.remove("bare");
          line.appendChild(item[2]);
        }
        box.appendChild(line);
      });
    }

    /* What the slide's legend holds: what is drawn of it. */
    page.legend = function (scene) {
      var counted = scene.areas.seen(), blocks = [], tally = S.village.map(function () { return 0; }), late = 0, V = D.villages;
      if (counted) {
        blocks.push({ title: T.completion, rows: S.completion.map(function (step, c) {
          var next = S.completion[c + 1], from = Math.round(100 * step.from);
          var n = scene.areas.areas().filter(function (area) { return scene.areas.classOf(area.share) === c; }).length;
          return { fill: step.fill, label: next ? from + " – " + Math.round(100 * next.from) + "%" : from + "%", count: String(n) };
        }) });
      }
      for (var i = 0; i < V.code.length; i++) {
        if (!state.inside[i]) continue;
        tally[V.stage[i]]++;
        if (V.late[i]) late++;
      }
      var stages = S.village.map(function (look, c) { return { point: look, label: look.label, count: tally[c].toLocaleString("en-US") }; });
      stages.push({ point: S.late, ring: true, label: S.late.label, count: late.toLocaleString("en-US") });
      blocks.push({ title: T.by_stage, rows: stages });
      if (!counted) {
        var looks = page.route ? D.route.styles.state : P.id.length ? S.span : [];
        var lines = looks.map(function (look) { return { line: look, label: look.label }; });
        if (D.fiber.kind.at.length) lines.push({ line: S.fiber.trunk, label: T.fiber });
        if (D.sites.id.length) lines.push({ point: S.site.access_point, label: S.site.access_point.label });
        if (lines.length) blocks.push({ title: T.spans, rows: lines });
      }
      return blocks;
    };

    /* Buttons at the foot: zoom, the whole, language, and a list of what can be printed and saved. */
    function tools() {
      var bar = el("div", "bar"), menu = el("div", "menu"), more;
      menu.id = "cuntong-tools";
      menu.hidden = true;
      function show(on) {
        menu.hidden = !on;
        more.setAttribute("aria-expanded", String(on));
        if (on) menu.firstChild.focus();
      }
      [
        [T.print_a4, function () { page.print("A4"); }], [T.print_a3, function () { page.print("A3"); }],
        [T.png, function () { parts.png(page); }], [T.svg, function () { parts.svg(page); }],
      ].forEach(function (item) {
        var button = el("button", "", item[0]);
        button.type = "button";
        button.addEventListener("click", function () {
          show(false);
          more.focus();
          item[1]();
        });
        menu.appendChild(button);
      });
      menu.addEventListener("keydown", function (event) {
        var at = Array.prototype.indexOf.call(menu.children, document.activeElement), by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
        if (event.key === "Escape") {
          show(false);
          more.focus();
        } else if (by) {
          event.preventDefault();
          menu.children[(at + by + menu.children.length) % menu.children.length].focus();
        }
      });
      page.elsewhere = function (target) {
        if (!menu.hidden && !menu.contains(target) && !more.contains(target)) show(false);
      };
      bar.appendChild(parts.iconButton("M10 4v12M4 10h12", T.zoom_in, function () { page.map.zoomIn(); })).classList.add("zoom");
      bar.appendChild(parts.iconButton("M4 10h12", T.zoom_out, function () { page.map.zoomOut(); })).classList.add("zoom");
      bar.appendChild(parts.iconButton("M3 8V3h5M12 3h5v5M17 12v5h-5M8 17H3v-5", T.fit, function () { page.fit(true); }));
      more = parts.iconButton("M6 7V3h8v4M6 14H3V7h14v7h-3M6 11h8v6H6z", T.tools, function () { show(menu.hidden); });
      more.setAttribute("aria-haspopup", "true");
      more.setAttribute("aria-controls", menu.id);
      more.setAttribute("aria-expanded", "false");
      bar.appendChild(more);
      var language = el("button", "language", T.language);
      language.type = "button";
      language.title = T.language_name;
      language.setAttribute("aria-label", T.language_name);
      language.lang = D.lang === "zh" ? "en" : "zh-CN";
      language.addEventListener("click", function () { page.speak(D.langs[(D.langAt + 1) % D.langs.length]); });
      bar.appendChild(language);
      page.place(bar);
      page.place(menu);
    }

    head();
    top.appendChild(parts.search(page));
    var unit = el("section", "panel figures"), unitPanel = parts.units(page, unit), unitTab = sheet(unit, "unit", T.progress);
    var legend = el("section", "panel legend"), content = legend.appendChild(el("div", "content"));
    if (page.route) spanLegend(content);
    parts.filters(page, content, row);
    if (!page.route) spanLegend(content);
    layerList(content);
    sheet(legend, "legend", T.panel);
    parts.timeline(page);
    page.on(function () { unitTab.textContent = unitPanel.brief(); });
    tools();
    page.place(dock);
    dock.setAttribute("aria-label", T.panel);
    page.place(el("footer", "foot", T.footer));
  };
})(window.cuntongParts);
