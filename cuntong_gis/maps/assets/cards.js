/* What a click shows. Every text goes in as a text node, so no name can be more than a name. */
"use strict";
(function (parts) {
  function el(name, cls, text) {
    var e = document.createElement(name);
    if (cls) e.className = cls;
    if (text !== undefined) e.textContent = text;
    return e;
  }

  /* A small picture of a style, drawn as on the map. */
  function swatch(draw) {
    var c = el("canvas", "swatch"), sharp = 3;
    c.width = 26 * sharp;
    c.height = 16 * sharp;
    c.setAttribute("aria-hidden", "true");
    var ctx = c.getContext("2d");
    ctx.scale(sharp, sharp);
    draw(ctx);
    return c;
  }
  function pointSwatch(style, r) {
    return swatch(function (ctx) { parts.drawPoints(ctx, style, [13], [8], r || 5.4); });
  }
  function lineSwatch(style, dash) {
    return swatch(function (ctx) {
      ctx.strokeStyle = style.color;
      ctx.lineWidth = Math.max(2, style.width);
      ctx.setLineDash(dash || style.dash);
      ctx.beginPath();
      ctx.moveTo(1, 8);
      ctx.lineTo(25, 8);
      ctx.stroke();
    });
  }

  function fields(rows) {
    var table = el("dl", "fields");
    rows.forEach(function (row) {
      if (row[1] === "" || row[1] === null || row[1] === undefined) return;
      table.appendChild(el("dt", "", row[0]));
      table.appendChild(el("dd", row[2] || "", row[1]));
    });
    return table;
  }

  /* `route` says what only the route map tells; null on other maps. */
  parts.cards = function (D, state, campaign, route) {
    var T = D.text, S = D.styles, V = D.villages, P = D.spans;
    function entry(column, i) { return column.of[column.at[i]]; }
    /* The site at which a span ends: mostly the village whose first span it is. */
    function end(row) { return P.to[row] || "V-" + V.code[V.first.lastIndexOf(row)]; }
    function metres(value) {
      return isNaN(value) ? "" : value.toLocaleString("en-US", { maximumFractionDigits: 1 }) + " " + T.metres;
    }
    function wan(cny) { return (cny / 10000).toFixed(2) + " " + T.wan; }

    function card(title, under, mark, stage) {
      var box = el("div", "card");
      box.appendChild(el("h3", "", title));
      if (under) box.appendChild(el("p", "under", under));
      if (stage) box.appendChild(line(mark, stage));
      return box;
    }
    function line(mark, text) {
      var row = el("p", "stage");
      row.appendChild(mark);
      row.appendChild(el("span", "", text));
      return row;
    }

    function village(i) {
      var date = campaign.since(i, state.day), stage = S.village[V.stage[i]].label + (date ? " · " + date : "");
      var box = card(V.name[i], entry(V.place, i), pointSwatch(S.village[V.stage[i]]), stage);
      if (!V.reached[i]) box.appendChild(line(pointSwatch(S.unreached), S.unreached.label));
      var due = entry(V.due, i), days = due ? campaign.daysBetween(due, D.days[state.day]) : 0, last = state.day === campaign.last;
      var rows = [
        [T.due, due + (V.late[i] ? " · " + T.days_late.replace("{n}", days) : ""), V.late[i] ? "late" : ""],
        [T.laid_on, on("laid", i)], [T.lit_on, on("lit", i)], [T.closed_on, on("closed", i)],
      ];
      if (last && D.hasLedger) {
        rows.push([T.checks, entry(D.facts.checks, i).split(" ").filter(Boolean).map(function (level) { return T["check_" + level]; }).join(" · ")]);
        rows.push([T.certificate, D.facts.certificate[i], "code"]);
        rows.push([T.evidence, D.facts.evidence[i] ? T.evidence_n.replace("{n}", D.facts.evidence[i]) : ""]);
      }
      rows.push([T.code, V.code[i], "code"]);
      rows.push([T.households, isNaN(V.households[i]) ? "" : V.households[i].toLocaleString("en-US")]);
      if (V.reached[i]) {
        rows.push([T.route, metres(V.route[i])], [T.source, entry(V.source, i)]);
        if (route) rows = rows.concat(route.ofVillage(i));
      } else {
        rows.push([T.why, entry(V.reason[D.langAt], i)], [T.bridge, metres(V.bridge[i])]);
        rows.push([T.bridge_cost, isNaN(V.bridgeCost[i]) ? "" : wan(V.bridgeCost[i])]);
      }
      box.appendChild(fields(rows));
      if (last) blockers(box, i);
      officials(box, i);
      return box;
    }
    /* The day of a stage, of those that the village had reached by the day shown. */
    function on(stage, i) {
      var date = D.history[stage] ? campaign.dateOf(D.history[stage][i]) : "";
      return date <= D.days[state.day] ? date : "";
    }

    function section(box, title) {
      var part = el("section", "part");
      part.appendChild(el("h4", "", title));
      return box.appendChild(part);
    }
    function blockers(box, i) {
      var K = D.facts.blockers, part = null;
      for (var k = 0; k < K.village.length; k++) {
        if (K.village[k] !== i) continue;
        part = part || section(box, T.blockers);
        var late = K.overdue[k], line = el("p", "blocker");
        line.appendChild(el("b", "", entry(K.category, k)));
        if (entry(K.note, k)) line.appendChild(el("span", "", entry(K.note, k)));
        var about = [[entry(K.owner, k), ""], [entry(K.since, k), T.since], [entry(K.due, k), T.until]];
        var told = about.filter(function (pair) { return pair[0]; }).map(function (pair) { return pair[1] ? pair[1] + " " + pair[0] : pair[0]; });
        line.appendChild(el("small", late ? "late" : "", told.concat(late ? [T.overdue] : []).join(" · ")));
        part.appendChild(line);
      }
    }
    /* Who answers for a village: the government's and the company's people of its township and its county. */
    function officials(box, i) {
      var O = D.units.officials, part = null;
      campaign.path(D.units.home[i]).reverse().forEach(function (unit) {
        var level = D.units.level.of[D.units.level.at[unit]];
        if (level !== "township" && level !== "county") return;
        [0, 1].forEach(function (company) {
          var people = [];
          for (var k = 0; k < O.unit.length; k++) {
            if (O.unit[k] === unit && O.company[k] === company) people.push([O.name[k], entry(O.role, k), O.phone[k]]);
          }
          if (!people.length) return;
          part = part || section(box, T.officials);
          part.appendChild(el("p", "whose", D.units.name[unit] + " · " + (company ? T.company : T.government)));
          people.forEach(function (person) {
            var line = el("p", "person");
            line.appendChild(el("b", "", person[0]));
            line.appendChild(el("span", "", person[1]));
            line.appendChild(el("small", "code", person[2]));
            part.appendChild(line);
          });
        });
      });
    }

    function span(row) {
      var look = route ? route.stateOf(row) : S.span[P.stage[row]], late = P.late[row] ? " · " + T.late : "";
      var box = card(T.span + " " + P.id[row], "", lineSwatch(look), look.label + late);
      if (late) box.lastChild.classList.add("late");
      box.appendChild(fields((route ? route.ofSpan(row) : []).concat([
        [T.length, metres(P.length[row])], [T.unsurveyed, P.unsurveyed[row] ? metres(P.unsurveyed[row]) : "", "warn"],
        [T.deployment, (S.deployment[entry(P.deployment, row)] || {}).label], [T.cost, wan(P.cost[row])],
        [T.behind, route ? route.sum(row) : String(P.behind[row])],
        [T.from_to, (entry(P.from, row) || end(P.parent[row])) + " – " + end(row), "code"],
      ])));
      return box;
    }

    function site(i) {
      var look = S.site[entry(D.sites.kind, i)], box = card(entry(D.sites.name, i) || look.label, "", pointSwatch(look), look.label);
      box.appendChild(fields([[T.number, D.sites.id[i], "code"]]));
      return box;
    }

    function finding(i) {
      var F = D.findings, box = card(S.finding[entry(F.severity, i)].label, "");
      box.appendChild(el("p", "message", F.message[D.langAt][i]));
      box.appendChild(fields([[T.remedy, entry(F.hint[D.langAt], i)]]));
      return box;
    }

    /* An as-built line that belongs to no span of the plan. */
    function built(n) {
      var R = D.route, box = card(R.text.built_line, R.text.built_unknown);
      box.appendChild(fields(route.ofLine(n)));
      return box;
    }

    return { village: village, span: span, site: site, finding: finding, built: built };
  };

  parts.el = el;
  parts.swatch = swatch;
  parts.pointSwatch = pointSwatch;
  parts.lineSwatch = lineSwatch;
})(window.cuntongParts);
