"""The command line on a constructed workspace of real files: what it prints, makes, refuses, and its exit codes."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import openpyxl
import pyogrio
import pytest
import shapely
from conftest import line, lonlat, run_cuntong

from cuntong_gis.maps.style import VILLAGE
from cuntong_gis.model import Stage

SETTINGS = """
[campaign]
name = "测试工程"
deadline = 2016-12-31
as_of = 2016-09-30
[layers.access_points]
points = [{ id = "A1", name = "乡镇机房", lon = LON, lat = LAT }]
"""

ROADS = [
    line((0, 0), (1000, 0), (3000, 0), (6000, 0)),
    line((3000, 0), (3000, 2500)),
    line((6230, 0), (9500, 0)),  # a gap of 230 m, just over the limit
    line((0, 9000), (4000, 9000)),  # an island of 4 km
]
VILLAGES = {  # name → place
    "近村": (3000, 2400), "路边村": (5000, 150), "断口村": (9000, 40), "孤岛村": (2000, 9100), "远村": (3000, 21000),
}  # fmt: skip


@pytest.fixture(scope="module")
def workspace(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("village")
    lon, lat = lonlat([[0, 0]])[0]
    (folder / "layers").mkdir()
    (folder / "cuntong.toml").write_text(SETTINGS.replace("LON", f"{lon:.7f}").replace("LAT", f"{lat:.7f}"), "utf-8")
    features = [
        {"type": "Feature", "properties": {"id": n, "road_class": "村道"}, "geometry": shapely.geometry.mapping(road)}
        for n, road in enumerate(ROADS)
    ]
    roads = json.dumps({"type": "FeatureCollection", "features": features})
    (folder / "layers" / "roads.geojson").write_text(roads, "utf-8")
    book = openpyxl.Workbook()
    book.active.append(["区划代码", "村名", "乡镇", "经度", "纬度", "阶段"])
    for n, (name, place) in enumerate(VILLAGES.items(), start=1):
        book.active.append([f"5299011002{n:02d}", name, "示范镇", *lonlat([place])[0].round(7).tolist(), "未开工"])
    book.save(folder / "layers" / "villages.xlsx")
    return folder


@pytest.fixture(scope="module")
def built(workspace) -> dict:
    done = run_cuntong("build", "-C", str(workspace), "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_island_far_village_and_gap_are_reported_with_distance_and_price(workspace, built):
    assert (built["villages"], built["reached"], built["unreachable"]) == (5, 2, 3)
    villages = pyogrio.read_dataframe(workspace / "maps_out" / "campaign.gpkg", layer="villages").set_index("name")
    for name, metres in (("断口村", 230), ("孤岛村", 6500), ("远村", 18500)):
        lost = villages.loc[name]
        assert not lost["reached"]
        assert lost["bridge_m"] == pytest.approx(metres, rel=0.01)
        assert lost["bridge_cny"] == pytest.approx(lost["bridge_m"] * 56, abs=0.01)
        assert f"{lost['bridge_m']:,.0f}" in lost["reason"] and "万元" in lost["reason"]
    findings = pyogrio.read_dataframe(workspace / "maps_out" / "campaign.gpkg", layer="findings")
    lost = findings[findings["code"] == "village_unreachable"]
    assert sorted(lost["row"]) == ["529901100203", "529901100204", "529901100205"]
    assert lost.geometry.notna().all()


def test_every_total_shown_is_the_same(workspace, built):
    run = json.loads((workspace / "maps_out" / "run.json").read_text("utf-8"))["totals"]
    table = pyogrio.read_dataframe(workspace / "maps_out" / "campaign.gpkg", layer="totals", read_geometry=False)
    package = dict(zip(table["name"], table["value"], strict=True))
    pages = [
        json.loads(re.search(r'"totals":\s*(\{.*?\})', (workspace / "maps_out" / name).read_text("utf-8")).group(1))
        for name in ("distribution_map.html", "route_map.html")
    ]
    for name in (
        "villages",
        "reached",
        "unreachable",
        "route_km",
        "unsurveyed_km",
        "cost_cny",
        "lower_bound_cny",
        "gap",
    ):
        values = {Decimal(str(source[name])) for source in (built, run, package, *pages)}
        assert len(values) == 1, (name, values)


def test_a_build_is_repeatable_to_the_byte_and_skips_what_is_fresh(workspace, built):
    def digests() -> dict[str, str]:
        files = [p for p in sorted((workspace / "maps_out").iterdir()) if p.is_file()]
        return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in files}

    before = digests()
    again = json.loads(run_cuntong("build", "-C", str(workspace), "--json").stdout)
    assert built["planned"] and not again["planned"]
    assert digests() == before
    planned = run_cuntong("plan", "-C", str(workspace), "--json")
    assert json.loads(planned.stdout)["cost_cny"] == built["cost_cny"]
    run_cuntong("build", "-C", str(workspace), "--json")
    after = digests()
    del before["run.json"], after["run.json"]  # measurements are exempt
    assert after == before


def test_plan_prints_totals_in_both_languages(workspace, built):
    chinese = run_cuntong("plan", "-C", str(workspace))
    assert chinese.returncode == 0, chinese.stderr
    assert "行政村 5，可达 2，不可达 3" in chinese.stdout and "最多高出" in chinese.stdout
    english = run_cuntong("plan", "-C", str(workspace), "--lang", "en", "--effort", "quick", "--seed", "1")
    assert "villages 5, reached 2, unreachable 3" in english.stdout


def test_check_names_what_is_wrong_and_exits_with_zero_or_one(workspace, tmp_path):
    done = run_cuntong("check", "-C", str(workspace), "--json")
    summary = json.loads(done.stdout)
    assert done.returncode == (1 if summary["findings"]["error"] else 0)
    assert any(f["code"] == "village_far_from_road" for f in summary["list"])
    assert all(Path(p).exists() for p in summary["files"])


def test_issuing_twice_without_change_is_refused(workspace, built):
    first = run_cuntong("plan", "issue", "-C", str(workspace), "--json")
    assert json.loads(first.stdout)["revision"] == "R001"
    second = run_cuntong("plan", "issue", "-C", str(workspace))
    assert second.returncode == 1 and "R001" in second.stderr and "Traceback" not in second.stderr


@pytest.mark.parametrize(
    ("to", "suffix"), [("gpkg", ".gpkg"), ("geojson", ".geojson"), ("shp", ".shp"), ("kml", ".kml")]
)
def test_exports_open_again(workspace, built, to, suffix):
    done = run_cuntong("export", "--to", to, "-C", str(workspace), "--json")
    assert done.returncode == 0, done.stderr
    made = [Path(p) for p in json.loads(done.stdout)["files"]]
    readable = [p for p in made if p.suffix == suffix]
    assert readable and all(len(pyogrio.list_layers(p)) for p in readable)


def test_one_map_can_be_drawn(workspace, built):
    done = run_cuntong("map", "route", "-C", str(workspace))
    assert done.returncode == 0 and "route_map.html" in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [["map", "moon"], ["export", "--to", "dwg"], ["plan", "--effort", "huge"], ["build", "--seconds", "-1"], ["fly"]],
)
def test_wrong_usage_exits_with_two(workspace, arguments):
    done = run_cuntong(*arguments)
    assert done.returncode == 2 and "Traceback" not in done.stderr


def test_a_folder_without_settings_is_one_line(tmp_path):
    done = run_cuntong("build", "-C", str(tmp_path))
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1 and "cuntong init" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_init_makes_a_workspace_that_explains_itself(tmp_path):
    folder = tmp_path / "new"
    assert run_cuntong("init", str(folder)).returncode == 0
    done = run_cuntong("check", "-C", str(folder))
    assert done.returncode == 1 and "villages" in done.stderr and "Traceback" not in done.stderr
    assert run_cuntong("init", str(folder)).returncode == 1


def test_help_speaks_the_language_asked_for():
    assert "行政村" in run_cuntong("--help").stdout
    assert "village" in run_cuntong("--help", CUNTONG_LANG="en").stdout


def test_villages_and_fiber_without_roads_still_make_a_plan(tmp_path, workspace):
    (tmp_path / "layers").mkdir()
    (tmp_path / "cuntong.toml").write_text((workspace / "cuntong.toml").read_text("utf-8"), "utf-8")
    (tmp_path / "layers" / "villages.xlsx").write_bytes((workspace / "layers" / "villages.xlsx").read_bytes())
    done = run_cuntong("build", "-C", str(tmp_path), "--json")
    summary = json.loads(done.stdout)
    assert summary["surveyed"] is False and summary["reached"] == 5
    assert summary["unsurveyed_km"] == summary["route_km"] > 0
    assert "未勘测" in run_cuntong("build", "-C", str(tmp_path)).stdout
    for name in ("distribution_map.html", "route_map.html"):
        assert "未勘测" in (tmp_path / "maps_out" / name).read_text("utf-8")


def test_no_argument_prints_the_help():
    done = run_cuntong()
    assert "demo" in done.stdout + done.stderr and "Traceback" not in done.stderr


def test_a_fault_of_the_program_is_one_line_too(tmp_path):
    code = "import sys, cuntong_gis.cli as c; c.build_app = lambda *a, **k: 1 / 0; import cuntong_gis.__main__ as m; m.main()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 3 and len(done.stderr.strip().splitlines()) == 1 and "ZeroDivisionError" in done.stderr


def test_the_language_of_the_settings_is_obeyed_unless_another_is_asked_for(tmp_path, workspace):
    (tmp_path / "layers").mkdir()
    text = (workspace / "cuntong.toml").read_text("utf-8").replace("[campaign]", '[campaign]\nlang = "en"')
    (tmp_path / "cuntong.toml").write_text(text, "utf-8")
    (tmp_path / "layers" / "villages.xlsx").write_bytes((workspace / "layers" / "villages.xlsx").read_bytes())
    assert "villages 5, reached 5" in run_cuntong("build", "-C", str(tmp_path)).stdout
    assert 'lang="en"' in (tmp_path / "maps_out" / "index.html").read_text("utf-8")
    assert "行政村 5" in run_cuntong("build", "-C", str(tmp_path), "--lang", "zh").stdout


def test_an_error_is_a_json_object_too(tmp_path):
    done = run_cuntong("build", "-C", str(tmp_path), "--json")
    assert done.returncode == 1 and "cuntong init" in json.loads(done.stdout)["error"]


def test_a_stale_draft_is_not_issued_and_a_half_kept_one_not_used(tmp_path, workspace):
    for name in ("cuntong.toml", "layers/villages.xlsx", "layers/roads.geojson"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes((workspace / name).read_bytes())
    one = json.loads(run_cuntong("plan", "-C", str(tmp_path), "--effort", "quick", "--json").stdout)
    assert not json.loads(run_cuntong("build", "-C", str(tmp_path), "--json").stdout)["planned"], (
        "a draft once made is kept"
    )
    assert json.loads((tmp_path / "maps_out" / "run.json").read_text("utf-8"))["effort"] == "quick"
    settings = tmp_path / "cuntong.toml"
    settings.write_text(settings.read_text("utf-8") + "\n[network]\nmax_gap_m = 300\n", "utf-8")
    done = run_cuntong("plan", "issue", "-C", str(tmp_path))
    assert done.returncode == 1 and "cuntong plan" in done.stderr
    assert "旧草案" in run_cuntong("map", "route", "-C", str(tmp_path)).stdout
    draft, record = tmp_path / "campaign" / "plan.gpkg", tmp_path / "campaign" / "plan.json"
    other = draft.read_bytes()
    two = json.loads(run_cuntong("plan", "-C", str(tmp_path), "--json").stdout)
    assert two["reached"] == one["reached"] + 1
    assert record.exists()
    draft.write_bytes(other)  # as if killed between the plan and its record
    again = json.loads(run_cuntong("build", "-C", str(tmp_path), "--json").stdout)
    assert again["planned"] and again["reached"] == two["reached"]


def test_villages_without_usable_coordinates_stay_in_every_total(tmp_path, workspace):
    (tmp_path / "layers").mkdir()
    for name in ("cuntong.toml", "layers/roads.geojson"):
        (tmp_path / name).write_bytes((workspace / name).read_bytes())
    book = openpyxl.load_workbook(workspace / "layers" / "villages.xlsx")
    book.active.append(["529901100290", "无坐标村", "示范镇", None, None, "敷设"])
    book.active.append(["529901100291", "零坐标村", "示范镇", 0, 0, "开通"])
    book.active.append(["529901100292", "颠倒村", "示范镇", 26.6, 106.5, "未开工"])
    book.save(tmp_path / "layers" / "villages.xlsx")
    assert run_cuntong("check", "-C", str(tmp_path)).returncode == 1
    done = run_cuntong("build", "-C", str(tmp_path), "--json")
    summary = json.loads(done.stdout)
    assert (summary["villages"], summary["reached"], summary["unreachable"]) == (8, 2, 6)
    villages = pyogrio.read_dataframe(tmp_path / "maps_out" / "campaign.gpkg", layer="villages").set_index("name")
    assert len(villages) == 8 and "坐标" in villages.loc["零坐标村", "reason"]
    page = (tmp_path / "maps_out" / "distribution_map.html").read_text("utf-8")
    assert "其中无可用坐标" in page
    start = (tmp_path / "maps_out" / "index.html").read_text("utf-8")
    for stage, count in villages["stage"].map(lambda name: VILLAGE[Stage(name)].label.zh).value_counts().items():
        assert f"{stage} <b>{count}</b>" in start
    again = json.loads(run_cuntong("build", "-C", str(tmp_path), "--json").stdout)
    assert not again["planned"] and again["villages"] == 8
    exported = run_cuntong("export", "--to", "geojson", "-C", str(tmp_path), "--json")
    assert "3" in json.loads(exported.stdout)["notes"][0]
