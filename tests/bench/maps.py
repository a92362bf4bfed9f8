"""Our interactive maps beside peers: the same province drawn by each, opened in Chromium with the network blocked."""

from __future__ import annotations

import contextlib
import datetime as dt
import multiprocessing
import os
import pickle
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import shapely

from bench import assets, browser, maps_page, runs
from bench.instances import KEPT
from bench.maps_campaign import shown_province
from bench.maps_ours import part, tables_of
from bench.provinces import a_province_to_draw
from cuntong_gis.model import Plan

PEERS = ("naive", "canvas", "explore", "vectorgrid")
OURS = ("villages", "routes", "distribution", "both")
TENFOLD = "tenfold"
WAYS = (*PEERS, *OURS, TENFOLD)
CLICKED = ("villages", "distribution", "both", TENFOLD)
"""Maps of ours that show villages to click at."""
FOLDER = KEPT / "maps"
EMPTY = '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>empty</title></head><body></body></html>'


def measure(
    names: list[str], repeats: int, say: Callable[[str], None], *, villages: int | None = None, folder: Path = FOLDER
) -> dict[str, Any]:
    """Build and open every map asked for, in turns, so that both sides of a ratio meet the same machine.

    Parameters
    ----------
    names
        Of `WAYS`.
    repeats
        How often each is built and opened; the tenfold province once.
    say
        Told what is going on.
    villages
        Only so many villages of the province; all when not given.
    folder
        Where data, pages and pictures are left.
    """
    folder.mkdir(parents=True, exist_ok=True)
    row: dict[str, Any] = {
        "when": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "commit": runs.commit(),
        "machine": {name: value for name, value in runs.machine().items() if name != "versions"},
        "repeats": repeats,
        "load_average": os.getloadavg()[0],
        "busy": [busy(2.0)],
        "browser": browser.version(),
        "versions": {name: runs.version(name) for name in ("folium", "geopandas", "mapclassify")},
        "skipped": [],
        "ways": {},
        "empty_cpu_s": [],
    }
    if set(names) & set(PEERS) and (lacking := assets.fetch()):
        row["skipped"] = [lacking]
        say(lacking)
        names = [name for name in names if name not in PEERS]
    say("a province in the ninth month of its campaign …")
    plan = a_province_to_draw()
    plan = plan if villages is None else part(plan, villages)
    row["sizes"] = _sizes(plan)
    shown = shown_province(plan, folder)
    _keep(shown, folder / "shown.pickle")
    _keep(tables_of(shown.plan), folder / "tables.pickle")
    _keep(tables_of(shown.plan, rounded=False), folder / "raw.pickle")
    once = [name for name in names if name != TENFOLD]
    for repeat in range(repeats):
        for name in once:
            _build(name, folder, row, say, repeat)
    if "naive" in names:
        _rounded_size(folder, row, say)
    for repeat in range(repeats):
        _empty(folder, row)
        for name in once:
            _open(name, folder, row, say, repeat, plan if name in CLICKED else None)
    if "both" in names:
        _loaded(folder, row, repeats, say)
    if TENFOLD in names:
        say("ten times the villages, lines and reports …")
        large = a_province_to_draw(10) if villages is None else plan
        _keep(shown_province(large, folder), folder / "large.pickle")
        row["tenfold_sizes"] = _sizes(large)
        _build(TENFOLD, folder, row, say, 0)
        _open(TENFOLD, folder, row, say, 0, large)
    return row


def _sizes(plan: Plan) -> dict[str, int]:
    return {
        "villages": len(plan.villages),
        "lines": len(plan.spans),
        "vertices": int(shapely.get_num_coordinates(plan.spans.geometry.to_numpy()).sum()),
        "outlines": int((plan.boundaries["level"] == "county").sum()),
    }


def _keep(data: Any, path: Path) -> None:
    path.write_bytes(pickle.dumps(data))


def _build(name: str, folder: Path, row: dict[str, Any], say: Callable[[str], None], repeat: int) -> None:
    """Build a map in a process of its own."""
    way = row["ways"].setdefault(name, {"builds": [], "loads": [], "visible_s": []})
    data = {TENFOLD: "large", **dict.fromkeys(PEERS, "tables"), "naive": "raw"}.get(name, "shown")
    spec = {"way": "both" if name == TENFOLD else name, "data": str(folder / f"{data}.pickle")}
    done = runs.in_own_process("bench.maps_build", {**spec, "out": str(folder / f"{name}.html")})
    if "error" in done:
        way["error"] = done["error"]
        say(f"{name}: FAILED, {done['error']}")
        return
    way["builds"].append(done)
    say(f"{name} #{repeat + 1}: built in {done['build_s']:.1f} s, {done['peak_mb']:.0f} MB; page {done['mb']:.2f} MB")


def _rounded_size(folder: Path, row: dict[str, Any], say: Callable[[str], None]) -> None:
    """See how large the page of one element each is when its coordinates are rounded as ours are."""
    spec = {"way": "naive", "data": str(folder / "tables.pickle"), "out": str(folder / "naive_rounded.html")}
    row["naive_rounded_mb"] = runs.in_own_process("bench.maps_build", spec).get("mb")
    say(f"naive, coordinates rounded: page {row['naive_rounded_mb']} MB")


def _open(
    name: str, folder: Path, row: dict[str, Any], say: Callable[[str], None], repeat: int, clicks: Plan | None
) -> None:
    """Open a map twice: to be used, and to see when it is drawn."""
    way, page = row["ways"][name], folder / f"{name}.html"
    if "error" in way:
        return
    row["busy"].append(busy(0.5))
    try:
        seen = maps_page.load(page, assets.answer, clicks=clicks, picture=folder / f"{name}.png")
        drawn = maps_page.visible(page, assets.answer)
    except RuntimeError as error:
        way["error"] = str(error).splitlines()[0]
        say(f"{name}: FAILED, {way['error']}")
        return
    way["loads"].append(seen)
    way["visible_s"].append(drawn)
    told = f", {seen['clicks_right']} of {seen['clicks']} clicks right" if clicks is not None else ""
    say(
        f"{name} #{repeat + 1}: load {seen['cpu_s']:.2f} CPU s (page itself {seen['task_s']:.2f}), drawn "
        f"{'never' if drawn is None else f'{drawn:.2f} s'}, pan {seen['pan_fps']:.0f} fps, worst zoom frame "
        f"{seen['zoom_worst_s']:.2f} s, {len(seen['asked'])} requests, {len(seen['console'])} console lines{told}"
    )


def _empty(folder: Path, row: dict[str, Any]) -> None:
    """Open a page that holds nothing, to tell what the browser itself costs."""
    (folder / "empty.html").write_text(EMPTY)
    row["empty_cpu_s"].append(maps_page.load_cpu(folder / "empty.html"))


def _loaded(folder: Path, row: dict[str, Any], repeats: int, say: Callable[[str], None]) -> None:
    """See when our map is drawn while every processor has other work too."""
    if "error" in row["ways"]["both"]:
        return
    with other_work():
        row["loaded_visible_s"] = [maps_page.visible(folder / "both.html", assets.answer) for _ in range(repeats)]
    say(f"both, while the processors have other work: drawn after {row['loaded_visible_s']} s")


@contextlib.contextmanager
def other_work() -> Iterator[None]:
    """Keep every processor busy with a process that does nothing useful."""
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_spin, daemon=True) for _ in os.sched_getaffinity(0)]
    for worker in workers:
        worker.start()
    time.sleep(1.0)
    try:
        yield
    finally:
        for worker in workers:
            worker.terminate()
            worker.join()


def _spin() -> None:
    while True:
        pass


def busy(seconds: float) -> float:
    """Return the part of all processors that was in use during some seconds, 0…1."""
    before = _ticks()
    time.sleep(seconds)
    used, spent = (now - then for now, then in zip(_ticks(), before, strict=True))
    return round(used / max(spent, 1), 3)


def _ticks() -> tuple[int, int]:
    user, nice, system, idle, wait, *rest = map(int, Path("/proc/stat").read_text().splitlines()[0].split()[1:9])
    used = user + nice + system + sum(rest)
    return used, used + idle + wait
