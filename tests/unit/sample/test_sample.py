"""The made-up county: the same every time, whole, and as messy as real layers in known places only."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
import shapely
from pandas.testing import assert_frame_equal
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from cuntong_gis import load_settings, schema
from cuntong_gis.crs import CHINA, distances, line_lengths
from cuntong_gis.layers import read_table
from cuntong_gis.model import Stage
from cuntong_gis.sample import LIST_FILES, SampleRegion, at_start, make_county, write_lists, write_region
from cuntong_gis.sample.shapes import Sketch, chains, draw

ROOT = Path(__file__).resolve().parents[3]
LAYERS = ("villages", "roads", "fiber", "access_points", "boundaries")
NAMES = sorted(
    [
        "cuntong.toml",
        "layers/villages.xlsx",
        "layers/roads.gpkg",
        "layers/access_points.geojson",
        "layers/boundaries.geojson",
    ]
    + [f"layers/fiber.{end}" for end in ("shp", "shx", "dbf", "prj", "cpg")]
)
MAX_BYTES = 3_000_000


@pytest.fixture(scope="module")
def county() -> SampleRegion:
    return make_county()


@pytest.fixture(scope="module")
def folder(county: SampleRegion, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("county")
    write_region(county, path)
    return path


def files(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def village_rows(path: Path) -> list[tuple]:
    return list(openpyxl.load_workbook(path).active.iter_rows(values_only=True))


def townships(county: SampleRegion) -> gpd.GeoDataFrame:
    return county.boundaries[county.boundaries["level"] == "township"]


def test_the_same_seed_gives_the_same_bytes(folder: Path, tmp_path: Path):
    write_region(make_county(), tmp_path)
    first, second = files(folder), files(tmp_path)
    assert sorted(first) == NAMES
    assert [name for name in first if first[name] != second[name]] == []


def test_another_seed_gives_another_county(county: SampleRegion):
    other = make_county(1)
    assert len(other.villages) == len(county.villages)
    assert set(other.villages.geometry.to_wkt()).isdisjoint(county.villages.geometry.to_wkt())


@pytest.mark.parametrize("name", LAYERS)
def test_tables_obey_their_schema(county: SampleRegion, name: str):
    table = getattr(county, name)
    assert_frame_equal(pd.DataFrame(table), pd.DataFrame(schema.conform(table, name)))
    for column in schema.load(name).fields:
        if column.choices:
            assert set(table[column.name]) <= set(column.choices)
    west, south, east, north = table.total_bounds
    assert CHINA[0] < west < east < CHINA[2]
    assert CHINA[1] < south < north < CHINA[3]
    assert table.geometry.is_valid.all()


def test_counts_and_codes(county: SampleRegion):
    villages = county.villages
    assert len(villages) == 126
    assert len(townships(county)) == 12
    assert villages["code"].is_unique
    assert villages["code"].str.fullmatch(r"529901[12]\d\d2\d\d").all()
    codes = dict(zip(townships(county)["name"], townships(county)["code"], strict=True))
    assert (villages["code"].str[:9] == villages["township"].map(codes)).all()
    assert villages["township"].value_counts().min() >= 3


def test_two_villages_of_one_name_lie_in_two_townships(county: SampleRegion):
    repeated = county.villages[county.villages["name"].duplicated(keep=False)]
    assert list(repeated["name"]) == ["红星村", "红星村"]
    assert repeated["township"].is_unique


@pytest.mark.parametrize(("count", "parts"), [(12, 2), (150, 14)])
def test_other_sizes(count: int, parts: int):
    small = make_county(3, villages=count, townships=parts)
    assert len(small.villages) == count
    assert len(townships(small)) == parts
    assert small.villages["township"].nunique() == parts
    assert len(small.access_points) == parts + 1


@pytest.mark.parametrize(("count", "parts"), [(3, 5), (5, 1)])
def test_impossible_sizes_are_refused(count: int, parts: int):
    with pytest.raises(ValueError, match="townships"):
        make_county(villages=count, townships=parts)


def test_villages_lie_in_their_township(county: SampleRegion):
    area = townships(county).set_index("name").geometry
    inside = [
        area[name].contains(point)
        for name, point in zip(county.villages["township"], county.villages.geometry, strict=True)
    ]
    assert all(inside)


def test_townships_tile_the_county(county: SampleRegion):
    whole = county.boundaries.geometry.iloc[0]
    parts = np.asarray(townships(county).geometry.values, object)
    one, other = shapely.STRtree(parts).query(parts, predicate="overlaps")
    assert len(one) == len(other) == 0
    assert shapely.area(parts).sum() == pytest.approx(whole.area, rel=1e-12)
    assert whole.geom_type == "Polygon"
    assert len(whole.interiors) == 0
    assert shapely.coverage_union_all(parts).equals(whole)
    assert county.boundaries.geometry.geom_type.eq("Polygon").all()
    # No rectangle: it fills much less than its bounds.
    assert 0.5 < whole.area / whole.envelope.area < 0.85


def test_roads_are_one_net_but_for_the_faults_put_in(county: SampleRegion):
    lines = np.asarray(county.roads.geometry.values, object)
    points, owner = shapely.get_coordinates(lines, return_index=True)
    _, vertex = np.unique(points, axis=0, return_inverse=True)
    vertex = vertex.reshape(-1)
    step = owner[1:] == owner[:-1]
    size = vertex.max() + 1
    graph = coo_matrix((np.ones(step.sum()), (vertex[:-1][step], vertex[1:][step])), (size, size))
    count, label = connected_components(graph, directed=False)
    length = line_lengths(lines)
    of_line = label[vertex[np.searchsorted(owner, np.arange(len(lines)))]]
    by_part = np.bincount(of_line, weights=length)
    assert by_part.max() > 0.95 * length.sum()
    assert count == 3  # the net, the road behind the gap, the island
    assert 300 < by_part.min() < 500
    assert 1000 <= len(lines) <= 2000
    assert 600_000 < length.sum() < 1_000_000
    assert set(county.roads["road_class"]) == {
        "national",
        "provincial",
        "county",
        "township",
        "village",
        "street",
        "track",
    }


def test_roads_cross_without_a_junction_only_at_the_overpass(county: SampleRegion):
    lines = np.asarray(county.roads.geometry.values, object)
    one, other = shapely.STRtree(lines).query(lines, predicate="crosses")
    bridge = county.roads["bridge"].to_numpy(bool)
    assert bridge.sum() == 1
    assert len(one) == 2
    assert (bridge[one] | bridge[other]).all()


def test_a_few_villages_lie_off_the_road_and_none_too_far(county: SampleRegion):
    metres = county.villages.estimate_utm_crs()
    away = shapely.distance(
        np.asarray(county.villages.to_crs(metres).geometry.values, object), county.roads.to_crs(metres).union_all()
    )
    assert ((away > 300) & (away < 900)).sum() == 3
    assert (away <= 75).sum() == 123


def test_fiber_follows_main_roads_to_every_room(county: SampleRegion):
    main = county.roads[county.roads["road_class"].isin(["national", "provincial", "county"])]
    on_road = {tuple(p) for p in shapely.get_coordinates(main.geometry.values)}
    vertices = {tuple(p) for p in shapely.get_coordinates(county.fiber.geometry.values)}
    assert vertices <= on_road
    assert list(county.access_points["kind"]) == ["县分前端", *["乡镇机房"] * 12]
    ends = np.array([p for line in county.fiber.geometry for p in (line.coords[0], line.coords[-1])])
    for room in county.access_points.geometry:
        assert distances(ends, np.tile([room.x, room.y], (len(ends), 1))).min() < 30
    assert (county.fiber["spare_fibers"] < county.fiber["fibers"]).all()


def test_stages_are_in_mid_campaign_and_their_dates_in_order(county: SampleRegion):
    villages, start, as_of = county.villages, dt.date(2016, 3, 1), dt.date(2016, 9, 30)
    share = villages["stage"].value_counts() / len(villages) * 100
    wanted = {
        "not_started": 15,
        "surveyed": 10,
        "approved": 10,
        "material_ready": 10,
        "laid": 15,
        "lit": 20,
        "closed": 20,
    }
    assert all(abs(share[stage] - percent) < 1.5 for stage, percent in wanted.items())
    for village in villages.itertuples():
        rank = Stage(village.stage).rank
        assert pd.isna(village.stage_date) == (rank == 0)
        if rank:
            reached = village.stage_date.date()
            assert start + dt.timedelta(days=10 * rank) <= reached <= as_of
    assert villages["due_date"].min().date() == dt.date(2016, 6, 30)
    assert villages["due_date"].max().date() == dt.date(2016, 12, 15)
    late = (villages["stage"] != "closed") & (villages["due_date"].dt.date < as_of)
    assert 5 <= late.sum() <= 50
    rank = villages["stage"].map(lambda stage: Stage(stage).rank)
    assert rank.groupby(villages["township"]).mean().std() > 1.0


def test_the_workbook_is_a_form_as_counties_send_it(county: SampleRegion, folder: Path):
    rows = village_rows(folder / "layers/villages.xlsx")
    assert rows[0][0].startswith("示范县(合成)")
    assert "合成数据" in rows[1][0]
    header = list(rows[2])
    assert " ".join(header) == "区划代码 村名 乡镇 县 经度 纬度 户数 人口 建设类型 阶段 阶段日期 完成时限"
    body, total = rows[3:-1], rows[-1]
    assert [row[0] for row in body] == list(county.villages["code"])
    assert isinstance(body[0][header.index("完成时限")], dt.datetime)
    assert {row[header.index("阶段")] for row in body} == {
        "未开工",
        "勘测",
        "立项",
        "材料到货",
        "敷设",
        "开通",
        "验收销号",
    }
    assert total[0] == "合计"
    assert total[header.index("人口")] == county.villages["population"].sum()


def test_files_are_in_the_formats_and_words_of_offices(county: SampleRegion, folder: Path):
    layers = folder / "layers"
    roads, fiber = gpd.read_file(layers / "roads.gpkg"), gpd.read_file(layers / "fiber.shp")
    assert roads.crs.to_epsg() == 4490
    assert set(roads["road_class"]) == {"国道", "省道", "县道", "乡道", "村道", "街道", "机耕道"}
    assert fiber.crs.to_epsg() == 4490
    assert (layers / "fiber.cpg").read_text() == "GBK"
    assert "光缆".encode("gbk") in (layers / "fiber.dbf").read_bytes()
    assert list(fiber["name"]) == list(county.fiber["name"])
    assert set(fiber["kind"]) == {"干线", "支线"}
    assert all(len(name) <= 10 for name in fiber.columns)
    assert list(gpd.read_file(layers / "access_points.geojson").columns)[:3] == ["编号", "名称", "类型"]
    assert list(gpd.read_file(layers / "boundaries.geojson").columns) == [
        "区划代码",
        "名称",
        "级别",
        "上级",
        "geometry",
    ]


@pytest.mark.parametrize("name", ["roads.gpkg", "fiber.shp", "access_points.geojson"])
def test_files_hold_every_vertex_exactly(county: SampleRegion, folder: Path, name: str):
    read = gpd.read_file(folder / "layers" / name)
    made = getattr(county, name.split(".")[0])
    assert read.geometry.to_wkb().tolist() == made.geometry.to_wkb().tolist()


def test_settings_load_and_say_that_all_is_made_up(folder: Path):
    settings = load_settings(folder / "cuntong.toml")
    assert settings.campaign.synthetic
    assert settings.campaign.unit_code == "529901"
    assert settings.campaign.as_of == dt.date(2016, 9, 30)
    for name in LAYERS:
        source = getattr(settings.layers, name)
        assert (settings.folder / source.path).exists()
        assert source.datum


def test_the_layers_are_small(folder: Path):
    assert sum(path.stat().st_size for path in (folder / "layers").iterdir()) < MAX_BYTES


def test_the_shipped_layers_are_what_the_generator_writes(county: SampleRegion, tmp_path: Path):
    folder = tmp_path / "county"
    write_region(at_start(county), folder)
    write_lists(county, folder)
    assert sorted(name for name in NAMES if not (ROOT / name).exists()) == []
    # Containers differ between versions of GDAL and openpyxl; what they hold must not.
    assert (ROOT / "cuntong.toml").read_bytes() == (folder / "cuntong.toml").read_bytes()
    for name in ("villages.xlsx", *LIST_FILES):
        assert village_rows(ROOT / "layers" / name) == village_rows(folder / "layers" / name), name
    for name in ("roads.gpkg", "fiber.shp", "access_points.geojson", "boundaries.geojson"):
        shipped, made = gpd.read_file(ROOT / "layers" / name), gpd.read_file(folder / "layers" / name)
        assert shipped.to_wkb().equals(made.to_wkb()), name
        assert shipped.crs == made.crs


def test_chains_end_at_forks_stops_and_changes():
    steps = [(1, 2, "a"), (2, 3, "a"), (3, 4, "a"), (3, 5, "a"), (5, 6, "b"), (7, 8, "c"), (8, 9, "c"), (7, 9, "c")]
    found = {chain.nodes for chain in chains(steps, stops=[2])}
    assert found == {(1, 2), (2, 3), (3, 4), (3, 5), (5, 6), (7, 8, 9, 7)}


def test_smoothing_keeps_ends_and_never_makes_lines_cross():
    bend = np.array([[0, 0], [100, 0], [100, 100], [0, 100]], float)
    spike = np.array([[90, 40], [90, 60], [-50, 50]], float)
    place = np.vstack([bend, spike])
    beside = np.array([[-1, -1], [0, 2], [1, 3], [-1, -1], [-1, -1], [-1, -1], [-1, -1]])
    lines = [np.arange(4), np.array([4, 5])]
    one, other = draw(Sketch(place, beside, np.full(7, 20), lines), 1.0)
    assert (one[[0, -1]] == bend[[0, -1]]).all()
    assert not shapely.LineString(one).intersects(shapely.LineString(other))


def test_the_lists_name_every_unit_once_and_nobody_real(county: SampleRegion, tmp_path: Path):
    write_lists(county, tmp_path)
    again = tmp_path / "again"
    write_lists(county, again)
    assert all((tmp_path / "layers" / n).read_bytes() == (again / "layers" / n).read_bytes() for n in LIST_FILES)
    lists = {}
    for name in ("units", "targets", "officials"):
        lists[name], findings = read_table(tmp_path / "layers" / f"{name}.xlsx", name)
        assert not [finding for finding in findings if finding.severity != "notice"]
    towns = sorted(set(county.villages["code"].str[:9]))
    units = lists["units"]
    assert units["code"].tolist() == ["529900", county.code, *towns]
    due = lists["targets"].groupby("unit")["villages"].sum()
    size = county.villages["code"].str[:9].value_counts()
    assert {town: due[town] for town in towns} == {town: size[town] for town in towns}
    assert due[county.code] == len(county.villages)
    officials = lists["officials"]
    assert officials["name"].str.endswith("（虚构）").all() and not officials["phone"].any()
    for chain in ("government", "company"):
        named = set(officials.loc[officials["chain"] == chain, "unit"])
        assert named == {"520000", *units["code"]}


def test_on_the_first_day_nothing_has_begun(county: SampleRegion, tmp_path: Path):
    begun = at_start(county)
    assert set(begun.villages["stage"]) == {"not_started"} and begun.villages["stage_date"].isna().all()
    assert (county.villages["stage"] != "not_started").any(), "the region itself is as it was"
    write_region(begun, tmp_path)
    assert "2016-03-01" in village_rows(tmp_path / "layers/villages.xlsx")[1][0]
