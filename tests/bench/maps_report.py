"""The section of RESULTS.md on maps, and the verdicts on what must hold."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable
from typing import Any

CALLED = {
    "naive": "folium, one element each",
    "canvas": "folium GeoJson, prefer_canvas",
    "explore": "geopandas.explore",
    "vectorgrid": "folium + Leaflet.VectorGrid (slicer)",
    "villages": "cuntong_gis, distribution map, villages alone",
    "routes": "cuntong_gis, route map, routes alone",
    "distribution": "cuntong_gis, distribution map, both",
    "both": "cuntong_gis, route map, both",
    "tenfold": "cuntong_gis, route map, both, ten times the size",
}
OURS = ("villages", "routes", "distribution", "both")
IDLE = 0.1
"""Other programs may use this part of the processors on a machine that counts as idle."""

METHOD = """\
All draw the same province: villages with the same eight facts in a popup, lines coloured by stage, county outlines, no tiles;
ours show more facts, and search, legend and labels besides. Coordinates are rounded to 1e-5 degree, but for one element each:
scripts of that kind write them as they come (its size with rounded ones is told below). Each map is built by a Python
process of its own from tables read beforehand; a peer's process imports nothing of ours. Each page is opened in a fresh Chromium
(headless, no GPU, 1366 × 768) in which no name resolves; outside assets of the peers are answered from npm packages through the
debugging port, what is not held is refused. **Load CPU** is the judged figure: user and system time of all processes of that
browser, from the navigation until it rests for a second (the empty page's share is not taken off). *Page itself* is
Chromium's `TaskDuration` in thread time: the main thread alone. *Drawn* is the time from the navigation to the first frame
presented by the browser in which 90 % of the pixels of the finished drawing in the middle of the window stand. Frames a second
are those of `requestAnimationFrame` while the mouse drags the whole province for two seconds; the worst zoom frame is the longest
wait for one while the wheel zooms two steps in and two out; both count only if the picture followed. Maps take turns; medians
are shown, with the lowest and the highest. A click is right when the popup is that of the village nearest to it, as computed
from the plan."""


def section(row: dict[str, Any]) -> list[str]:
    """Return the parts of the page that tell of a run."""
    head = "## Interactive maps beside peers\n"
    if "error" in row:
        return [head, f"Failed: {row['error']}\n"]
    sizes, machine = row["sizes"], row["machine"]
    made = {name: way for name, way in row["ways"].items() if way["loads"]}
    return [
        head,
        f"{sizes['villages']:,} villages, {sizes['lines']:,} lines with {sizes['vertices']:,} vertices, {sizes['outlines']} county "
        f"outlines. {machine['cpu']}, {machine['cores']} cores; {row['browser']}, {', '.join(f'{name} {number}' for name, number in row['versions'].items())}. Measured "
        f"{row['when']}, commit {row['commit']}, runs of each: {row['repeats']}. {_noise(row)}\n",
        METHOD + "\n",
        _table(HEAD, [_row(name, way) for name, way in made.items()]),
        f"An empty page costs {_spread(row['empty_cpu_s'], '.2f')} CPU s.\n" if row["empty_cpu_s"] else "",
        "### Must hold\n",
        _table(("figure", "goal", "measured", ""), verdicts(row)),
        *_faults(row),
    ]


def _noise(row: dict[str, Any]) -> str:
    state = "idle" if is_idle(row) else "not idle"
    return (
        f"The machine was {state}: load average {row['load_average']:.2f} at the start; other programs used "
        f"{_spread([100 * share for share in row['busy']], '.0f')} % of the processors before the single runs."
    )


def is_idle(row: dict[str, Any]) -> bool:
    """Tell whether other programs left the machine alone."""
    return statistics.median(row["busy"]) <= IDLE


HEAD = ("way", "HTML MB", "outside URLs", "console lines", "load CPU s", "page itself s", "drawn s", "pan fps", "worst zoom frame s",
        "build s", "MB before building", "peak MB", "clicks right")  # fmt: skip


def _row(name: str, way: dict[str, Any]) -> tuple[str, ...]:
    loads, builds = way["loads"], way["builds"]
    asked, refused = (max(len(set(load[key])) for load in loads) for key in ("asked", "refused"))
    clicks = [f"{load['clicks_right']} of {load['clicks']}" for load in loads if "clicks" in load]
    drawn = [at for at in way["visible_s"] if at is not None]
    return (
        CALLED[name],
        f"{builds[0]['mb']:.2f}",
        f"{asked}" + (f" ({refused} refused)" if refused else ""),
        str(max(len(load["console"]) for load in loads)),
        _spread([load["cpu_s"] for load in loads], ".2f"),
        _spread([load["task_s"] for load in loads], ".2f"),
        _spread(drawn, ".2f") if drawn else "never",
        _spread([load["pan_fps"] for load in loads], ".0f"),
        _spread([load["zoom_worst_s"] for load in loads], ".2f"),
        _spread([build["build_s"] for build in builds], ".1f"),
        f"{max(build['before_mb'] for build in builds):.0f}",
        f"{max(build['peak_mb'] for build in builds):.0f}",
        ", ".join(dict.fromkeys(clicks)),
    )


def verdicts(row: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    """Return for each figure that must hold its name, the goal, what was measured, and whether it held."""
    ways = {name: way for name, way in row["ways"].items() if way["loads"] and "error" not in way}
    ours = [name for name in OURS if name in ways]
    found = [
        _judge(f"HTML MB, {name}", limit, [ways[name]["builds"][0]["mb"]] if name in ways else [])
        for name, limit in (("villages", 0.8), ("routes", 2.0), ("distribution", 2.2), ("both", 2.2), ("tenfold", 14.0))
    ]
    per_way: tuple[tuple[str, float, Callable[[dict[str, Any]], list[Any]]], ...] = (
        ("load CPU s", 1.0, lambda way: [load["cpu_s"] for load in way["loads"]]),
        ("drawn s, idle machine", 1.5, lambda way: way["visible_s"])
        if is_idle(row)
        else ("drawn s, machine not idle", 3.0, lambda way: way["visible_s"]),
        (
            "worst zoom frame s",
            0.35,
            lambda way: [load["zoom_worst_s"] if load["zoomed"] else None for load in way["loads"]],
        ),
        ("build s", 5.0, lambda way: [build["build_s"] for build in way["builds"]]),
        ("build, peak MB", 250.0, lambda way: [build["peak_mb"] for build in way["builds"]]),
    )
    for what, limit, values in per_way:
        found += [_judge(f"{what}, {name}", limit, values(ways[name])) for name in ours]
    found.append(_judge("drawn s, both, every processor given other work", 3.0, row.get("loaded_visible_s", [])))
    for name in ours:
        panned = [load["pan_fps"] if load["panned"] else None for load in ways[name]["loads"]]
        found.append(_judge(f"pan fps, {name}", 45.0, panned, most=False))
    everywhere = [load for name in (*ours, "tenfold") if name in ways for load in ways[name]["loads"]]
    for key, called in (("asked", "requests"), ("console", "console lines")):
        found.append(
            _judge(f"{called} of all our maps", 0, [sum(len(load[key]) for load in everywhere)] if everywhere else [])
        )
    for name in ("villages", "distribution", "both", "tenfold"):
        right = [load["clicks_right"] for load in ways[name]["loads"]] if name in ways else []
        found.append(_judge(f"popups right of 20 clicks, {name}", 20, right[:1] and [min(right)], most=False))
    return found + _ratios(ways)


def _ratios(ways: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    """Return the verdicts on how much smaller and lighter our map is than two peers'."""
    found = []
    for peer, smaller, lighter in (("naive", 15.0, 4.0), ("vectorgrid", 5.0, 1.5)):
        there = peer in ways and "both" in ways
        size = [ways[peer]["builds"][0]["mb"] / ways["both"]["builds"][0]["mb"]] if there else []
        cpu = [_middle(ways[peer]["loads"], "cpu_s") / _middle(ways["both"]["loads"], "cpu_s")] if there else []
        found.append(_judge(f"times smaller than {CALLED[peer]}", smaller, size, most=False))
        found.append(_judge(f"times less load CPU than {CALLED[peer]}", lighter, cpu, most=False))
    return found


def _middle(loads: list[dict[str, Any]], key: str) -> float:
    return statistics.median(load[key] for load in loads)


def _judge(name: str, limit: float, values: list[Any], *, most: bool = True) -> tuple[str, str, str, str]:
    goal = f"{'≤' if most else '≥'} {limit:g}"
    if not values:
        return name, goal, "–", "not measured"
    if None in values:
        return name, goal, "never", "**missed**"
    middle = statistics.median(values)
    form = ".0f" if max(values) >= 100 or all(float(v).is_integer() for v in values) else ".2f"
    held = middle <= limit if most else middle >= limit
    return name, goal, _spread(values, form), "held" if held else "**missed**"


def _faults(row: dict[str, Any]) -> list[str]:
    """Return what went wrong, or was not as it should be, in words."""
    lines = [f"- {line}" for line in row["skipped"]]
    rounded, both = row.get("naive_rounded_mb"), row["ways"].get("both", {}).get("builds")
    if rounded and both:
        times = f"{rounded:.2f} MB, {rounded / both[0]['mb']:.1f} times ours"
        lines.append(f"- {CALLED['naive']}, with coordinates rounded to 1e-5 degree: {times}")
    refused: set[str] = set()
    for name, way in row["ways"].items():
        if "error" in way:
            lines.append(f"- {CALLED[name]}: {way['error']}")
        for load in way["loads"]:
            refused |= set(load["refused"])
            lines += [
                f"- {CALLED[name]}: the picture did not follow the mouse ({key})"
                for key in ("panned", "zoomed")
                if not load[key]
            ]
            lines += [f"- {CALLED[name]}: did not come to rest"] * (not load["idle"])
            lines += [f"- {CALLED[name]}: wrong popup at {wrong}" for wrong in load.get("clicks_wrong", [])]
    lines += [f"- refused, as no package holds it: {url}" for url in sorted(refused)]
    return ["### Told besides\n", *dict.fromkeys(lines), ""] if lines else []


def _spread(values: list[float], form: str) -> str:
    """Write the median, and of several values the ends too."""
    middle = format(statistics.median(values), form)
    if len(values) < 2 or len({format(v, form) for v in values}) == 1:
        return middle
    return f"{middle} ({format(min(values), form)} – {format(max(values), form)})"


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [list(head), *[list(row) for row in rows]]
    lines.insert(1, ["---"] * len(lines[0]))
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"
