"""The comparison of maps in a shortened form, and that its judges are not fooled. Nothing here depends on time."""

from __future__ import annotations

import json

import numpy as np
import pytest

from bench import assets, browser, maps, maps_page, maps_report, report, runs
from bench.__main__ import main

VILLAGES = 600
BYTES_A_VILLAGE = 2.2e6 / 11_097
"""What a village may add to a page with its lines: the size allowed for a whole province, shared out."""


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """Return a run of ours on a small province, and of the peers whose packages are kept."""
    peers = [] if assets.lacking() else ["canvas", "vectorgrid"]
    folder = tmp_path_factory.mktemp("maps")
    return maps.measure([*peers, "distribution", "both"], 1, print, villages=VILLAGES, folder=folder)


@pytest.mark.parametrize("name", ["distribution", "both"])
def test_ours_asks_for_nothing_says_nothing_and_answers_every_click(measured, name):
    (seen,) = measured["ways"][name]["loads"]
    assert (seen["asked"], seen["refused"], seen["console"]) == ([], [], [])
    assert (seen["clicks"], seen["clicks_right"], seen["clicks_wrong"]) == (20, 20, [])
    assert seen["panned"] and seen["zoomed"] and seen["idle"]
    assert seen["inked"] > 0.01
    assert measured["ways"][name]["visible_s"][0] is not None


def test_a_village_with_its_lines_costs_no_more_than_a_province_allows(measured, tmp_path):
    less = maps.measure([], 0, print, villages=VILLAGES // 10, folder=tmp_path)
    assert less["sizes"]["villages"] == 60
    spec = {"way": "both", "data": str(tmp_path / "shown.pickle"), "out": str(tmp_path / "both.html")}
    small = runs.in_own_process("bench.maps_build", spec)["mb"]
    large = measured["ways"]["both"]["builds"][0]["mb"]
    assert 0 < (large - small) * 1e6 / (VILLAGES - 60) <= BYTES_A_VILLAGE


@pytest.mark.parametrize("name", ["canvas", "vectorgrid"])
def test_peers_are_drawn_with_what_the_packages_hold(measured, name):
    if name not in measured["ways"]:
        pytest.skip(f"{', '.join(assets.lacking())} not kept: make bench BENCH=--maps fetches them")
    (seen,) = measured["ways"][name]["loads"]
    assert seen["panned"] and seen["zoomed"]
    assert seen["inked"] > 0.01
    assert len(seen["asked"]) >= 9
    assert all("leaflet.awesome.rotate" in url for url in seen["refused"])
    assert len(seen["console"]) == len(seen["refused"])


def test_what_a_page_asks_and_says_is_noticed(tmp_path):
    page = "<img src='http://example.org/a.png'><script src='https://example.org/held.js'></script><script>nowhere()</script>"
    (tmp_path / "page.html").write_text(page)

    def held(url):
        return (b"console.log('held', 7)", "text/javascript") if url.endswith("held.js") else None

    with browser.Chromium(held) as chromium:
        maps_page.navigate(chromium, tmp_path / "page.html")
        assert sorted(chromium.asked) == ["http://example.org/a.png", "https://example.org/held.js"]
        assert chromium.refused == ["http://example.org/a.png"]
        said = " ".join(chromium.console)
        assert "held 7" in said
        assert "ReferenceError" in said
        assert "ERR_INTERNET_DISCONNECTED" in said
        assert chromium.cpu_s() > 0.05
        assert (chromium.picture() > 250).mean() > 0.9


def frame(part: float) -> np.ndarray:
    """Return a white window of which a part of the middle's rows is drawn."""
    picture = np.full((browser.HEIGHT, browser.WIDTH, 3), 255, np.uint8)
    rows = maps_page.CENTRE[0]
    picture[rows.start : rows.start + int(part * 0.4 * (rows.stop - rows.start))] = (30, 90, 160)
    return picture


def test_a_map_is_drawn_when_most_of_its_pixels_stand():
    frames = [(0.1, frame(0)), (0.5, frame(0.5)), (0.9, frame(0.95)), (1.4, frame(1))]
    assert maps_page.first_drawn(frames) == 0.9
    assert maps_page.first_drawn(frames[:1]) is None
    assert maps_page.first_drawn([]) is None


def a_row(**changes):
    """Return a run in which everything held, but for some ways' figures."""
    base = {"cpu_s": 0.5, "task_s": 0.2, "pan_fps": 60.0, "zoom_worst_s": 0.1, "asked": [], "refused": [], "console": [],
            "panned": True, "zoomed": True, "idle": True, "clicks": 20, "clicks_right": 20, "clicks_wrong": []}  # fmt: skip
    sizes = {"naive": 32.0, "canvas": 16.0, "explore": 16.0, "vectorgrid": 11.0, "villages": 0.7, "routes": 1.8}
    ways = {}
    for name in maps.WAYS:
        load = base | ({"cpu_s": 4.0} if name in maps.PEERS else {}) | changes.get(name, {})
        mb = changes.get(name, {}).get("mb", sizes.get(name, 2.0))
        build = {"mb": mb, "build_s": 2.0, "before_mb": 100.0, "peak_mb": 170.0}
        ways[name] = {"builds": [build], "loads": [load], "visible_s": [changes.get(name, {}).get("visible", 1.0)]}
    return {
        "when": "2016-01-01", "commit": "x", "repeats": 1, "load_average": 0.1, "busy": changes.get("busy", [0.01]),
        "browser": "Chromium", "versions": {"folium": "0"}, "skipped": [], "ways": ways, "empty_cpu_s": [0.1],
        "sizes": {"villages": 1, "lines": 1, "vertices": 1, "outlines": 1}, "loaded_visible_s": [2.0],
        "naive_rounded_mb": 25.0, "machine": {"cpu": "a processor", "cores": 2},
    }  # fmt: skip


def missed(row):
    return [name for name, _, _, verdict in maps_report.verdicts(row) if verdict != "held"]


def test_when_all_is_well_every_figure_is_held():
    assert missed(a_row()) == []


@pytest.mark.parametrize(
    ("changes", "figures"),
    [
        ({"villages": {"mb": 0.81}}, ["HTML MB, villages"]),
        ({"naive": {"mb": 29.0}}, ["times smaller than folium, one element each"]),
        ({"vectorgrid": {"cpu_s": 0.7}}, ["times less load CPU than folium + Leaflet.VectorGrid (slicer)"]),
        ({"routes": {"cpu_s": 1.1}}, ["load CPU s, routes"]),
        ({"both": {"pan_fps": 44.0}}, ["pan fps, both"]),
        ({"both": {"visible": None}}, ["drawn s, idle machine, both"]),
        ({"both": {"visible": 2.0}}, ["drawn s, idle machine, both"]),
        ({"both": {"visible": 3.1}, "busy": [0.9]}, ["drawn s, machine not idle, both"]),
        ({"tenfold": {"console": ["Error"]}}, ["console lines of all our maps"]),
        ({"distribution": {"clicks_right": 19}}, ["popups right of 20 clicks, distribution"]),
        ({"both": {"panned": False}}, ["pan fps, both"]),
        ({"both": {"zoomed": False}}, ["worst zoom frame s, both"]),
    ],
)
def test_a_figure_missed_is_said(changes, figures):
    row = a_row(**changes)
    assert missed(row) == figures
    assert f"| {figures[0]} |" in "\n".join(maps_report.section(row))


def test_the_section_is_part_of_the_page_and_names_what_failed(tmp_path):
    results = runs.Results(tmp_path / "results.json", 1)
    row = a_row()
    row["ways"]["explore"] = {"builds": [], "loads": [], "visible_s": [], "error": "exit code 1: ImportError"}
    results.data["maps"] = [json.loads(json.dumps(row))]
    results.write()
    page = report.page(runs.Results(tmp_path / "results.json", 1))
    assert "## Interactive maps beside peers" in page
    assert "geopandas.explore: exit code 1: ImportError" in page
    assert "25.00 MB, 12.5 times ours" in page


def test_a_run_of_maps_keeps_what_another_machine_measured_of_the_planner(tmp_path):
    path = tmp_path / "results.json"
    results = runs.Results(path, 1)
    results.data |= {"machine": results.data["machine"] | {"cpu": "another"}, "rollup": [{"error": "x"}]}
    results.write()
    assert runs.Results(path, 1, keep=True).data["rollup"] == [{"error": "x"}]
    assert runs.Results(path, 1).data["rollup"] == []


def test_a_map_that_there_is_not_is_said_at_once():
    with pytest.raises(SystemExit, match="no such map: mapbox; there are naive"):
        main(["--maps", "--only", "mapbox"])
