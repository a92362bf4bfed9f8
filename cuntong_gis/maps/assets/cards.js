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
      var rows = [
        [T.due, entry(V.due, i) + (V.late[i] ? " · " + T.late : ""), V.late[i] ? "late" : ""],
        [T.code, V.code[i], "code"],
        [T.households, isNaN(V.households[i]) ? "" : V.households[i].toLocaleString("en-US")],
      ];
      if (V.reached[i]) {
        rows.push([T.route, metres(V.route[i])], [T.source, entry(V.source, i)]);
        if (route) rows = rows.concat(route.ofVillage(i));
      } else {
        rows.push([T.why, entry(V.reason[D.langAt], i)], [T.bridge, metres(V.bridge[i])]);
        rows.push([T.bridge_cost, isNaN(V.bridgeCost[i]) ? "" : wan(V.bridgeCost[i])]);
      }
      box.appendChild(fields(rows));
      return box;
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
