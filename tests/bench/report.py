"""What was measured, as a page for a reader, and the paragraph that the READMEs quote."""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from typing import Any

from torture import report as torture

from bench import maps_report, walls
from bench.figures import Figure, figures, over_budget, percent, telecom_measured
from bench.instances import ROADS
from bench.runs import Results

CALLED = {
    ("rustworkx", ""): "rustworkx `steiner_tree`",
    ("scipy", ""): "SciPy: Dijkstra from all terminals + MST (Mehlhorn)",
    ("networkx", ""): 'networkx `steiner_tree(method="mehlhorn")`',
    ("cuntong", "first"): "cuntong_gis, the first plan (`seconds=0`)",
    ("cuntong", "quick"): "cuntong_gis, effort quick",
    ("cuntong", "budget"): "cuntong_gis, within the CPU budget",
    ("cuntong", "normal"): "cuntong_gis, effort normal, no cap",
}

METHOD = """\
Each run is a process of its own: warm-up on a street grid of 400 nodes (so that compiled code is loaded), then the graph, then
the solve. CPU seconds are those of all threads around the solve alone: what a peer needs to take the graph into its own form is
left out, to its advantage. Memory is the peak (VmHWM) of the whole process in MB of 1e6 bytes, reading the graph included.
Costs are recomputed from the original edges by a checker that shares no code with any planner; it also checks that all
terminals are connected, and of our answers that they are trees and that the bound is above neither the cost nor the cheapest
cost known. *Over known* is the cost above the proven optimum (of gz1m: above the best cost known). A certified gap is
(cost − bound) / bound, proven by the run itself. In the runs
within a budget the clock of the planner's time cap counts the CPU of the process (all threads), so that other programs on the machine
neither help nor harm. Where several runs were made, the median is shown, with the lowest and the highest."""


def page(results: Results) -> str:
    """Return RESULTS.md."""
    parts = [
        "# Benchmarks\n",
        "Written by `make bench`; the single runs are in `results.json`.\n",
        *_circumstances(results),
        "## Must hold\n",
        _table(
            ("figure", "goal", "stretch", "measured", "goal met", "stretch met"),
            (_figure_row(f) for f in figures(results)),
        ),
        *_faults(results),
        "## How it was measured\n",
        METHOD + "\n",
        *[part for name in ROADS for part in _road_part(results, name)],
        *_telecom_part(results),
        *[part for row in results.data["chain"] for part in _chain_part(row)],
        *[part for row in results.data["rollup"] for part in _rollup_part(row)],
        *[part for row in results.data["reporters"] for part in _reporters_part(row)],
        *[part for row in results.data["maps"] for part in maps_report.section(row)],
        *[part for row in results.data["wall"] for part in walls.section(row)],
        *_failures(results),
        torture.section(torture.load()),
    ]
    return "\n".join(parts)


def _circumstances(results: Results) -> list[str]:
    machine = results.data["machine"]
    runs = results.data["runs"] + results.data["chain"] + results.data["rollup"]
    when = sorted(r["when"] for r in runs)
    versions = ", ".join(f"{name} {number}" for name, number in machine["versions"].items())
    rows = [
        ("machine", f"{machine['cpu']}, {machine['cores']} cores, {machine['system']}"),
        ("versions", versions),
        ("measured", f"{when[0]} to {when[-1]}" if when else "nothing yet"),
        ("commit", ", ".join(sorted({r["commit"] for r in runs})) + " (+: with changes not yet committed)"),
        ("seed of the road graphs", str(results.data["seed"])),
    ]
    return [_table(("", ""), rows)]


def _figure_row(figure: Figure) -> tuple[str, ...]:
    goal = f"≤ {_number(figure.goal, figure.unit)}"
    stretch = "" if figure.stretch is None else f"≤ {_number(figure.stretch, figure.unit)}"
    measured = _spread([_number(v, figure.unit) for v in sorted(figure.values)], _number(figure.median, figure.unit))
    return figure.name, goal, stretch, measured, figure.met(figure.goal), figure.met(figure.stretch)


def _number(value: float | None, unit: str) -> str:
    if value is None:
        return "–"
    return {"×": f"{value:.3f}×", "%": f"{value:.3f} %", "GB": f"{value:.2f} GB"}.get(unit, f"{value:.4f}")


def _spread(ordered: list[str], median: str) -> str:
    """Write the median, and of several values the ends too."""
    if len(ordered) < 2:
        return median
    return f"{median} ({ordered[0]} – {ordered[-1]}, {len(ordered)} runs)"


def _faults(results: Results) -> list[str]:
    lines = [f"- {figure.name}: {fault}" for figure in figures(results) for fault in figure.faults]
    return ["Not met whatever the figure, because:\n", *lines, ""] if lines else []


def _road_part(results: Results, name: str) -> list[str]:
    runs = [r for r in results.data["runs"] if r["instance"] == name and "error" not in r]
    if not runs:
        return []
    one = runs[0]
    theirs = next(iter(results.find(name, "rustworkx", "")), None)
    their_cpu = results.middle(name, "rustworkx", "", "cpu_s")
    known = "unknown" if one["known"] is None else f"{one['known']:,}" + ("" if one["proven"] else " (best known)")
    head = ("planner", "CPU s", "× rustworkx", "wall s", "peak MB", "cost", "over known", "of rustworkx's cost", "gap", "CPU budget", "check",
            "certificate")  # fmt: skip
    return [
        f"## {name}: {one['nodes']:,} nodes, {one['edges']:,} edges, {one['terminals']:,} terminals\n",
        f"Optimum: {known}.\n",
        _table(head, [_road_row(results.find(name, *which), called, their_cpu, theirs and theirs["cost"]) for which, called in CALLED.items()
                      if results.find(name, *which)]),
    ]  # fmt: skip


def _road_row(
    runs: list[dict[str, Any]], called: str, their_cpu: float | None, their_cost: int | None
) -> tuple[str, ...]:
    def column(name: str, form: str) -> str:
        values = sorted(r[name] for r in runs)
        return _spread([format(v, form) for v in values], format(statistics.median(values), form))

    cpu = statistics.median(r["cpu_s"] for r in runs)
    over = [percent(r["cost"], r["known"]) for r in runs if r["known"] is not None]
    gaps = [percent(r["cost"], r["bound"]) for r in runs if r["bound"] is not None]
    budget = runs[0]["budget_cpu_s"]
    return (
        called,
        column("cpu_s", ".2f"),
        f"{cpu / their_cpu:.2f}" if their_cpu else "",
        f"{statistics.median(r['wall_s'] for r in runs):.2f}",
        f"{max(r['peak_mb'] for r in runs):,.0f}",
        f"{statistics.median_low(r['cost'] for r in runs):,}",
        f"{statistics.median(over):+.3f} %" if over else "",
        f"{statistics.median(r['cost'] for r in runs) / their_cost:.4f}" if their_cost else "",
        f"{statistics.median(gaps):.3f} %" if gaps else "",
        "" if budget is None else f"{budget:.1f}" + (" **passed**" if over_budget(runs) else ""),
        "; ".join(sorted({c for r in runs for c in r["complaints"]})) or "sound",
        _certificate(runs),
    )


def _certificate(runs: list[dict[str, Any]]) -> str:
    found = [r["certificate"] for r in runs if r["certificate"]]
    if not found:
        return ""
    states = ", ".join(sorted({c["state"] for c in found}))
    replayed = [c for c in found if "mb" in c]
    if not replayed:
        return states
    return f"{states}, {max(c['mb'] for c in replayed):.1f} MB, {max(c['seconds'] for c in replayed):.1f} s"


def _telecom_part(results: Results) -> list[str]:
    names = telecom_measured(results)
    if not names:
        return []
    columns = list(CALLED)
    head = ("graph", "nodes", "terminals", "optimum", *(" ".join(filter(None, which)) for which in columns))
    rows = []
    for name in names:
        found = {which: results.find(name, *which) for which in columns}
        one = next((runs[0] for runs in found.values() if runs), None)
        if one is None:
            continue
        head_cells = (name, f"{one['nodes']:,}", f"{one['terminals']:,}", f"{one['known']:,}")
        rows.append((*head_cells, *(_telecom_cell(runs) for runs in found.values())))
    return [
        "## Telecom graphs (PACE 2018, optima proven)\n",
        "CPU seconds · cost over the optimum · certified gap of ours. Medians; a complaint of the checker stands in the cell.\n",
        _table(head, rows),
        "Highest peak memory in MB: "
        + ", ".join(
            f"{' '.join(filter(None, which))} {max(r['peak_mb'] for r in runs):,.0f}"
            for which in columns
            if (runs := [r for name in names for r in results.find(name, *which)])
        )
        + ". Certificates: "
        + (_certificate([r for name in names for which in columns for r in results.find(name, *which)]) or "none")
        + ".\n",
    ]


def _telecom_cell(runs: list[dict[str, Any]]) -> str:
    if not runs:
        return ""
    parts = [
        f"{statistics.median(r['cpu_s'] for r in runs):.2f} s",
        f"{statistics.median(percent(r['cost'], r['known']) for r in runs):+.3f} %",
    ]
    if runs[0]["bound"] is not None:
        parts.append(f"{statistics.median(percent(r['cost'], r['bound']) for r in runs):.3f} %")
    return " · ".join([*parts, *sorted({c for r in runs for c in r["complaints"]}), *over_budget(runs)])


def _chain_part(row: dict[str, Any]) -> list[str]:
    if "error" in row:
        return [f"## From files to plan: {row['scale']}\n", f"Failed: {row['error']}\n"]
    total = ("total", sum(s["cpu_s"] for s in row["stages"]), sum(s["wall_s"] for s in row["stages"]))
    rows = [(s["stage"], f"{s['cpu_s']:.2f}", f"{s['wall_s']:.2f}", f"{s['peak_mb']:,.0f}") for s in row["stages"]]
    rows.append((total[0], f"{total[1]:.2f}", f"{total[2]:.2f}", f"{row['stages'][-1]['peak_mb']:,.0f}"))
    gap = "–" if row["gap"] is None else f"{100 * row['gap']:.3f} %"
    return [
        f"## From files to plan: {row['scale']}\n",
        f"{row['villages']:,} villages ({row['reached']:,} reached), {row['vertices']:,} road vertices, a network of "
        f"{row['network_nodes']:,} nodes and {row['network_edges']:,} edges; effort {row['effort']}, gap {gap}. "
        "The memory is the peak of the process so far.\n",
        _table(("stage", "CPU s", "wall s", "peak MB"), rows),
    ]


def _rollup_part(row: dict[str, Any]) -> list[str]:
    head = "## Roll-up of a province on one day\n"
    if "error" in row:
        return [head, f"Failed: {row['error']}\n"]
    rows = [(s["stage"], f"{s['cpu_s']:.2f}", f"{s['wall_s']:.2f}", f"{s['peak_mb']:,.0f}") for s in row["stages"]]
    return [
        head,
        f"{row['entries']:,} entries of {row['villages']:,} villages; figures of {row['units']:,} units at five levels. "
        f"From entries in memory to figures: {row['cpu_s']:.2f} CPU s (goal: at most 2). Peak memory of the process "
        f"{max(s['peak_mb'] for s in row['stages']):,.0f} MB (goal: at most 1,000), {row['loaded_mb']:,.0f} MB of it "
        "for plan and entries before it begins.\n",
        _table(("stage", "CPU s", "wall s", "peak MB"), rows),
    ]


def _reporters_part(row: dict[str, Any]) -> list[str]:
    head = "## 88 reporters at once on one ledger\n"
    if "error" in row:
        return [head, f"Failed: {row['error']}\n"]
    rows = [
        (
            s["store"], f"{s['entries']:,}", str(len(s["errors"])), f"{s['rate']:,.0f}", f"{s['p50_ms']:.0f}",
            f"{s['p99_ms']:.0f}", f"{s['max_ms']:.0f}", f"{s['slowest_of_mean']:.2f}",
            f"{s['identical'].get('new', 0)} new, {s['identical'].get('same', 0)} same",
            "yes" if s["in_ledger"] == s["expected"] else f"{s['in_ledger']} of {s['expected']}",
        )
        for s in row["stores"]
    ]  # fmt: skip
    return [
        head,
        f"88 threads, one open ledger (on PostgreSQL a connection each), {row['posts']} posts each, one fact a post, each "
        "durable before the next; the server runs on the same machine. Goals: no error, ≥ 1,000 entries/s, p99 ≤ 250 ms, "
        "the slowest reporter at least half as quick as the mean, 88 identical posts → one entry.\n",
        _table(
            ("store", "entries", "errors", "entries/s", "p50 ms", "p99 ms", "max ms", "slowest / mean", "88 identical",
             "all there, chains hold"),
            rows,
        ),
    ]  # fmt: skip


def _failures(results: Results) -> list[str]:
    lines = [
        f"- {' '.join(filter(None, (r['instance'], r['planner'], r['variant'])))}: {r['error']}"
        for r in results.data["runs"]
        if "error" in r
    ]
    return ["## Runs that failed\n", *lines, ""] if lines else []


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [list(head), *[list(row) for row in rows]]
    lines.insert(1, ["---"] * len(lines[0]))
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def paragraph(results: Results) -> tuple[str, str]:
    """Return the READMEs' paragraph on performance in English and Chinese, from measured figures only."""
    found = {f.key: f.median for f in figures(results)}
    needed = ("first_plan", "final_cost", "gap_gz1m", "gap_gz200k", "gap_gz50k", "telecom", "memory")
    lacking = [key for key in needed if found[key] is None]
    if lacking:
        raise SystemExit(f"not measured yet: {', '.join(lacking)}; run 'make bench' first")
    value = {key: float(found[key] or 0) for key in needed}
    one, telecom = results.find("gz1m", "cuntong", "budget")[0], len(telecom_measured(results))
    first, save = f"{value['first_plan']:.2f}", f"{100 * (1 - value['final_cost']):.1f} %"
    gaps = {name: f"{value[f'gap_{name}']:.2f} %" for name in ROADS}
    nodes, villages = f"{one['nodes']:,}", f"{one['terminals'] - 1:,}"
    english = (
        f"On a road graph of province size ({nodes} nodes, {villages} villages) the first plan takes {first} times the CPU of "
        f"rustworkx's `steiner_tree`. Within 10 times of it the plan costs {save} less than rustworkx's and is proven to be at most "
        f"{gaps['gz1m']} above the cheapest possible, in {value['memory']:.2f} GB; at 200,000 nodes the gap is {gaps['gz200k']} "
        f"(28 times), at 50,000 nodes {gaps['gz50k']} (27 times). On {telecom} public telecom graphs the cost is on average "
        f"{value['telecom']:.3f} % above the optimum after 60 CPU seconds. All figures, with networkx and SciPy beside: "
        "[tests/bench/RESULTS.md](tests/bench/RESULTS.md), written by `make bench`."
    )
    chinese = (
        f"在省级规模的路网（{nodes} 个节点、{villages} 个行政村）上，首个方案所用 CPU 时间是 rustworkx `steiner_tree` 的 {first} 倍；"
        f"用其 10 倍 CPU 时间，造价比 rustworkx 低 {save}，并证明最多比理论最低造价高 {gaps['gz1m']}，内存 {value['memory']:.2f} GB。"
        f"20 万节点时为 {gaps['gz200k']}（28 倍），5 万节点时为 {gaps['gz50k']}（27 倍）。{telecom} 个公开电信图各算 60 CPU 秒，"
        f"造价平均比最优高 {value['telecom']:.3f} %。全部数据及与 networkx、SciPy 的对比见 "
        "[tests/bench/RESULTS.md](tests/bench/RESULTS.md)，由 `make bench` 生成。"
    )
    return english, chinese
