"""Reading the real data beside the checkout."""

from __future__ import annotations

import re

import geopandas as gpd
import numpy as np
import pytest
import shapely
from conftest import SHARED

from cuntong_gis import crs
from cuntong_gis.errors import LayersError
from cuntong_gis.layers import detect_offset, read_layers
from cuntong_gis.layers.offset import nearest_distances, short_pieces
from cuntong_gis.settings import settings_from

DATA = SHARED / "data"
GUIZHOU = DATA / "guizhou"
ODD = DATA / "odd_files"
VILLAGE = {"points": [{"code": "1", "name": "a", "lon": 106.7, "lat": 26.6}]}

pytestmark = pytest.mark.skipif(not DATA.exists(), reason="../shared is absent")


def read(tmp_path, **layers):
    layers = {name: {"path": str(value)} if not isinstance(value, dict) else value for name, value in layers.items()}
    return read_layers(settings_from({"layers": {"villages": VILLAGE, **layers}}, folder=tmp_path))


def codes(layers, prefix=""):
    return [f for f in layers.findings if f.code.startswith(prefix)]


@pytest.mark.parametrize(
    ("extract", "roads", "places"),
    [("andorra/andorra_osm2013.osm.pbf", 1331, 59), ("liechtenstein/liechtenstein_osm2024.osm.pbf", 5729, 41)],
)
def test_openstreetmap_extracts(tmp_path, extract, roads, places):
    layers = read(tmp_path, villages=DATA / extract, roads=DATA / extract)
    assert (len(layers.roads), len(layers.villages)) == (roads, places)
    assert layers.roads_from_osm
    assert layers.villages["code"].str.fullmatch(r"osm:\d+").all() and (layers.villages["name"] != "").all()
    assert layers.roads["bridge"].sum() > 50 and layers.roads["tunnel"].sum() > 10 and layers.roads["level"].max() >= 2
    assert "track" in set(layers.roads["road_class"])


def test_andorra_falls_into_fifteen_parts(tmp_path):
    layers = read(tmp_path, roads=DATA / "andorra/andorra_osm2013.osm.pbf")
    assert "15 parts" in codes(layers, "road_islands")[0].message.en
    length = crs.line_lengths(np.asarray(layers.roads.geometry.values)).sum()
    assert length / 1000 == pytest.approx(532, abs=1)


def test_other_layers_are_not_read_out_of_an_extract(tmp_path):
    with pytest.raises(LayersError, match="only roads and villages"):
        read(tmp_path, fiber=DATA / "andorra/andorra_osm2013.osm.pbf")


def test_undeclared_gcj02_counties_are_found_and_measured(tmp_path):
    reference = GUIZHOU / "prefectures_2021_wgs84_150m.geojson"
    layers = read(tmp_path, boundaries=GUIZHOU / "counties_2021_undeclared_gcj02.gpkg", reference=reference)
    (told,) = codes(layers, "datum_looks")
    assert (told.code, told.layer) == ("datum_looks_gcj02", "boundaries")
    assert 300 < float(re.search(r"about (\d+) m", told.message.en)[1]) < 600
    for right in ("counties_2021_wgs84_full.gpkg", "counties_2021_wgs84_500m.geojson"):
        assert not codes(read(tmp_path, boundaries=GUIZHOU / right, reference=reference), "datum_looks")


def test_declared_gcj02_counties_land_on_the_right_ones(tmp_path):
    declared = {"path": str(GUIZHOU / "counties_2021_undeclared_gcj02.gpkg"), "datum": "gcj02"}
    layers = read(tmp_path, boundaries=declared, reference=GUIZHOU / "prefectures_2021_wgs84_150m.geojson")
    assert not codes(layers, "datum_looks")
    right = np.asarray(gpd.read_file(GUIZHOU / "counties_2021_wgs84_full.gpkg").geometry.values)
    plane = crs.working_crs(tuple(shapely.total_bounds(right)))
    lines = short_pieces(right)
    lines = shapely.set_coordinates(lines, crs.project(shapely.get_coordinates(lines), plane))
    points = crs.project(shapely.get_coordinates(layers.boundaries.geometry.values)[::5], plane)
    assert np.median(nearest_distances(shapely.STRtree(lines), lines, points)) < 1.0


def test_expressways_in_two_datums():
    wrong, right = (
        np.asarray(gpd.read_file(GUIZHOU / f"expressways_{name}.geojson").geometry.values)
        for name in ("gcj02", "wgs84")
    )
    found = detect_offset(wrong, right)
    assert (
        found is not None
        and found.datum == "gcj02"
        and 300 < found.offset_m < 600
        and found.away_m > 300
        and found.residual_m < 1
    )
    assert detect_offset(right, right) is None


def test_rural_roads_without_attributes(tmp_path):
    layers = read(tmp_path, roads=DATA / "namanjavira/roads_namanjavira.shp")
    assert len(layers.roads) == 3255
    assert [f.row for f in codes(layers, "geometry_missing")] == ["28"]
    west, south, east, north = layers.roads.total_bounds
    assert 36 < west < east < 38 and -18 < south < north < -16
    assert "UTM zone 37S" in codes(layers, "reprojected")[0].message.en


def test_statistical_codes_without_places_are_refused_by_column(tmp_path):
    with pytest.raises(LayersError, match="no column for lon"):
        read(tmp_path, villages=GUIZHOU / "villages_2016_52.csv")


def test_bare_boundaries_say_what_they_lack(tmp_path):
    with pytest.raises(LayersError):
        read(tmp_path, boundaries=GUIZHOU / "boundaries_undeclared_gcj02.zip")


@pytest.mark.parametrize(
    ("file", "layer", "words"),
    [
        ("elevation.gpkg", "roads", "not a valid GeoPackage|no layer with geometry"),
        ("empty.gpkg", "roads", "not a valid GeoPackage|no layer with geometry"),
        ("empty_zipfile.zip", "roads", "archive"),
        ("latin1.shp", "roads", "latin1.shx is missing"),
        ("test_tin.shp", "boundaries", "test_tin.prj is missing"),
        ("corrupt_too_long.dbf", "roads", "attribute table of a Shapefile"),
        ("trio.geojson", "villages", "no column for code"),
        ("corrupt_too_long.shp", "roads", "corrupt_too_long.prj is missing"),
    ],
)
def test_odd_files_are_refused_in_one_line(tmp_path, file, layer, words):
    with pytest.raises(LayersError, match=words) as error:
        read(tmp_path, **{layer: ODD / file})
    assert "\n" not in error.value.line("zh")


def test_odd_files_that_are_read(tmp_path):
    layers = read(tmp_path, roads=ODD / "line_zm.gpkg")
    assert not layers.roads.geometry.has_z.any() and codes(layers, "z_dropped")
    layers = read(
        tmp_path, boundaries={"path": str(ODD / "test_tin.shp"), "crs": "EPSG:4326", "columns": {"name": "id"}}
    )
    assert len(layers.boundaries) == 0 and "TIN" in codes(layers, "geometry_type")[0].message.en
    layers = read(tmp_path, roads=ODD / "v12_bad_attributes.gpkg")
    assert len(layers.roads) == 1 and len(codes(layers, "geometry_missing")) == 1


def test_null_geometry_is_named(tmp_path):
    layers = read(tmp_path, reference=ODD / "null_geometry.gpkg")
    assert codes(layers, "geometry_")
