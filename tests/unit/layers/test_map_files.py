"""GeoPackage, Shapefile, GeoJSON, KML and KMZ, whole and broken."""

from __future__ import annotations

import json
import struct
import time
import zipfile

import geopandas as gpd
import numpy as np
import pytest
import shapely

from cuntong_gis.errors import LayersError
from cuntong_gis.layers import input_files
from cuntong_gis.model import Severity
from cuntong_gis.settings import settings_from

LINE = shapely.LineString([(106.5, 26.6), (106.51, 26.61), (106.52, 26.61)])
SQUARE = shapely.box(106.4, 26.5, 106.6, 26.7)


@pytest.fixture
def office(desk, rows):
    """A workspace with villages, to which the test adds a layer."""
    desk.book(*rows)
    return desk


def frame(shapes, crs="EPSG:4326", **columns):
    return gpd.GeoDataFrame(columns, geometry=list(shapes), crs=crs)


def geojson(*features, **members):
    listed = [{"type": "Feature", "properties": p, "geometry": g} for p, g in features]
    return json.dumps({"type": "FeatureCollection", "features": listed, **members}, ensure_ascii=False)


def test_shapefile_in_gbk_without_cpg(office):
    path = office.layers / "roads.shp"
    frame([LINE, LINE], 名称=["红星路", "光明路"], 等级=["国道", "村道"]).to_file(path, encoding="gbk")
    (office.layers / "roads.cpg").unlink(missing_ok=True)
    roads = office.read().roads
    assert list(roads["name"]) == ["红星路", "光明路"]
    assert list(roads["road_class"]) == ["national", "village"]
    assert list(roads["id"]) == ["0", "1"]


def test_shapefile_in_utf8_without_cpg_and_in_a_declared_encoding(office):
    path = office.layers / "roads.shp"
    frame([LINE], 名称=["红星路"]).to_file(path, encoding="utf-8")
    (office.layers / "roads.cpg").unlink()
    assert list(office.read().roads["name"]) == ["红星路"]
    frame([LINE], name=["紅星路"]).to_file(path, encoding="big5")
    (office.layers / "roads.cpg").unlink(missing_ok=True)
    assert list(office.read(roads={"encoding": "big5"}).roads["name"]) == ["紅星路"]
    with pytest.raises(LayersError, match="unknown encoding"):
        office.read(roads={"encoding": "klingon"})


def test_cpg_that_lies_is_told_with_the_likely_encoding(office):
    path = office.layers / "roads.shp"
    frame([LINE], 名称=["红星路"]).to_file(path, encoding="gbk")
    (office.layers / "roads.cpg").write_text("UTF-8")
    with pytest.raises(LayersError, match='looks like GBK .*红星路.*encoding = "gbk"'):
        office.read()
    assert list(office.read(roads={"encoding": "gbk"}).roads["name"]) == ["红星路"]


@pytest.mark.parametrize("ending", [".shx", ".prj"])
def test_missing_parts_of_a_shapefile_are_named(office, ending):
    frame([LINE], name=["a"]).to_file(office.layers / "roads.shp")
    (office.layers / f"roads{ending}").unlink()
    with pytest.raises(LayersError, match=f"roads{ending} is missing"):
        office.read()
    if ending == ".prj":
        with pytest.raises(LayersError, match=r"\[layers.roads\] crs"):
            office.read()
        assert len(office.read(roads={"crs": "EPSG:4490"}).roads) == 1


def test_villages_need_the_dbf_and_a_dbf_alone_is_no_layer(desk):
    frame([shapely.Point(106.5, 26.6)], code=["1"], name=["a"]).to_file(desk.layers / "villages.shp")
    (desk.layers / "villages.dbf").unlink()
    with pytest.raises(LayersError, match="villages.dbf is missing"):
        desk.read()
    (desk.layers / "villages.shp").unlink()
    with pytest.raises(LayersError, match="villages.shp is missing"):
        desk.read()


def test_truncated_shapefile_imports_nothing(office):
    path = office.layers / "roads.shp"
    frame([LINE] * 50, name=["a"] * 50).to_file(path)
    path.write_bytes(path.read_bytes()[:1500])
    with pytest.raises(LayersError, match="cut off") as error:
        office.read()
    assert "\n" not in error.value.line("zh") and str(office.layers) not in str(error.value)


def test_shapefile_whose_parts_disagree(office):
    frame([LINE] * 5, name=["a"] * 5).to_file(office.layers / "roads.shp")
    frame([LINE] * 4, name=["a"] * 4).to_file(office.layers / "other.shp")
    (office.layers / "other.dbf").replace(office.layers / "roads.dbf")
    with pytest.raises(LayersError, match="5 shapes in roads.shx but 4 rows in roads.dbf"):
        office.read()


def test_projected_geopackage_comes_in_degrees_and_says_so(office, found):
    frame([LINE]).to_crs("EPSG:4547").to_file(office.layers / "roads.gpkg")
    layers = office.read()
    assert shapely.equals_exact(layers.roads.geometry.iloc[0], LINE, tolerance=1e-8)
    assert "CGCS2000" in found(layers, "reprojected")[0].message.en


def test_degrees_in_cgcs2000_are_taken_as_they_are(office, found):
    frame([LINE], crs="EPSG:4490").to_file(office.layers / "roads.gpkg")
    layers = office.read()
    assert layers.roads.geometry.iloc[0].equals(LINE) and not found(layers, "reprojected")


def test_the_layer_of_a_geopackage_is_named_or_found(office):
    path = office.layers / "roads.gpkg"
    frame([LINE, LINE], name=["a", "b"]).to_file(path, layer="other")
    frame([LINE], name=["c"]).to_file(path, layer="roads")
    assert list(office.read().roads["name"]) == ["c"]
    assert list(office.read(roads={"layer": "other"}).roads["name"]) == ["a", "b"]
    with pytest.raises(LayersError, match="there is no layer.*other, roads"):
        office.read(roads={"layer": "x'; DROP TABLE roads; --"})


def test_damaged_and_rasterlike_geopackages(office):
    path = office.layers / "roads.gpkg"
    path.write_bytes(b"SQLite format 3\0" + b"\1" * 4000)
    with pytest.raises(LayersError, match="not a valid GeoPackage"):
        office.read()


def test_lines_are_split_cleaned_and_counted(office, found):
    doubled = shapely.LineString([(106.5, 26.6), (106.5, 26.6), (106.6, 26.6)])
    shapes = [
        shapely.MultiLineString([[(1, 1), (2, 2)], [(3, 3), (4, 4)]]), doubled,
        shapely.LineString([(106.5, 26.6), (106.5, 26.6)]), shapely.LineString([(106.5, 26.6, 900), (106.6, 26.6, 950)]),
    ]  # fmt: skip
    frame(shapes, id=[7, 8, 9, 10], name=["甲", "乙", "丙", "丁"]).to_file(office.layers / "fiber.gpkg")
    layers = office.read()
    assert list(layers.fiber["id"]) == ["7", "7", "8", "10"]
    assert list(layers.fiber["name"]) == ["甲", "甲", "乙", "丁"]
    assert set(layers.fiber.geometry.geom_type) == {"LineString"}
    assert len(layers.fiber.geometry.iloc[2].coords) == 2
    assert not layers.fiber.geometry.has_z.any()
    assert "1 lines of no length" in found(layers, "zero_length_dropped")[0].message.en
    assert found(layers, "z_dropped")


def test_points_of_several_parts(desk, found):
    text = geojson(
        ({"code": "1", "name": "甲"}, {"type": "MultiPoint", "coordinates": [[106.5, 26.6]]}),
        ({"code": "2", "name": "乙"}, {"type": "MultiPoint", "coordinates": [[106.5, 26.6], [106.6, 26.6]]}),
        ({"code": "3", "name": "丙"}, None),
        ({"code": "4", "name": "丁"}, {"type": "Point", "coordinates": []}),
    )
    desk.text("villages.geojson", text)
    layers = desk.read()
    assert list(layers.villages["code"]) == ["1"] and layers.villages.geometry.geom_type.iloc[0] == "Point"
    assert found(layers, "several_points")[0].row == "1"
    missing = found(layers, "geometry_missing") + found(layers, "geometry_empty")
    assert {f.row for f in missing} == {"2", "3"} and "丙" in missing[0].message.en


def test_wrong_kinds_of_geometry_are_named(office, found):
    shapes = [SQUARE, shapely.Point(106.5, 26.6), shapely.GeometryCollection([SQUARE, shapely.Point(1, 2)])]
    frame(shapes, name=["甲", "乙", "丙"]).to_file(office.layers / "boundaries.geojson")
    layers = office.read()
    assert list(layers.boundaries["name"]) == ["甲"]
    types = {f.row: f.message.en for f in found(layers, "geometry_type")}
    assert "Point" in types["1"] and "GeometryCollection" in types["2"]
    frame([shapely.Point(1, 2)]).to_file(office.layers / "roads.gpkg")
    with pytest.raises(LayersError, match="layer roads must be lines, the file holds Point"):
        office.read()


def test_broken_polygons_are_mended_and_told(office, found):
    bow = [[106, 26], [107, 27], [107, 26], [106, 27], [106, 26]]
    hole = [[[106, 26], [106.5, 26], [106.5, 26.5], [106, 26]], [[108, 28], [108.1, 28], [108.1, 28.1], [108, 28]]]
    text = geojson(
        ({"name": "结"}, {"type": "Polygon", "coordinates": [bow]}),
        ({"name": "洞"}, {"type": "Polygon", "coordinates": hole}),
        ({"name": "开"}, {"type": "Polygon", "coordinates": [bow[:-1]]}),
    )
    office.text("boundaries.geojson", text)
    layers = office.read()
    assert layers.boundaries.geometry.is_valid.all()
    assert list(layers.boundaries["name"])[:2] == ["结", "洞"]
    faults = {f.row: f for f in found(layers, "invalid_polygon") + found(layers, "broken_geometry")}
    assert {"0", "1", "2"} <= faults.keys()
    assert all(f.severity == Severity.ERROR for f in faults.values())
    assert "Self-intersection" in faults["0"].message.en and faults["0"].lon is not None


def test_geojson_with_bom_and_legacy_crs(office):
    x, y = 11852600.0, 3076000.0
    text = geojson(
        ({"name": "甲"}, {"type": "LineString", "coordinates": [[x, y], [x + 1000, y]]}),
        crs={"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3857"}},
    )
    office.text("roads.geojson", text, "utf-8-sig")
    assert office.read().roads.geometry.iloc[0].coords[0][0] == pytest.approx(106.475, abs=0.01)
    office.text("roads.geojson", text.replace("3857", "4490"))
    with pytest.raises(LayersError, match="look like metres"):
        office.read()


def test_line_round_the_world_and_nan(office, found):
    wide = shapely.LineString([(179.9, 20), (-179.9, 20)])
    with np.errstate(invalid="ignore"):
        odd = shapely.from_wkt("LINESTRING (106.5 26.6, nan 26.6)")
    frame([wide, LINE, odd], name=["a", "b", "c"]).to_file(office.layers / "roads.gpkg")
    layers = office.read()
    assert list(layers.roads["name"]) == ["b"]
    assert found(layers, "crosses_antimeridian")[0].row == "1"
    assert found(layers, "coordinate_not_finite")[0].row == "3"


KML = """<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document>
<Folder><name>甲镇</name><Placemark><name>一村</name><Point><coordinates>106.5,26.6,0</coordinates></Point></Placemark>
</Folder><Folder><name>乙镇</name><Placemark><name>二村</name><Point><coordinates>106.6,26.6,0</coordinates></Point>
</Placemark></Folder></Document></kml>"""
BY_NAME = {"columns": {"code": "Name", "name": "Name"}}


def test_kml_of_several_folders_and_kmz(desk):
    desk.text("villages.kml", KML)
    assert list(desk.read(villages=BY_NAME).villages["name"]) == ["一村", "二村"]
    (desk.layers / "villages.kml").unlink()
    with zipfile.ZipFile(desk.layers / "villages.kmz", "w") as archive:
        archive.writestr("doc.kml", KML)
        archive.writestr("../../../evil.txt", "x")
    layers = desk.read(villages=BY_NAME)
    assert list(layers.villages["name"]) == ["一村", "二村"]
    assert all(
        "villages.kmz" in f.message.en for f in layers.findings if f.layer == "villages" and "kml" in f.message.en
    )
    assert not (desk.folder.parent / "evil.txt").exists()


def bomb(entities: str) -> str:
    head = f'<?xml version="1.0"?><!DOCTYPE kml [{entities}]>'
    return head + '<kml xmlns="http://www.opengis.net/kml/2.2"><Document><name>&z;</name></Document></kml>'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_kml_with_entities_is_refused_at_once(desk, encoding):
    levels = "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghz", strict=True))
    started = time.monotonic()
    for entities in (f'<!ENTITY a "lol">{levels}', '<!ENTITY z SYSTEM "file:///etc/passwd">'):
        desk.text("villages.kml", bomb(entities), encoding)
        with pytest.raises(LayersError, match="DOCTYPE or entities: refused"):
            desk.read(villages=BY_NAME)
    assert time.monotonic() - started < 2


def test_kmz_bombs_are_refused_before_they_are_written(desk):
    path = desk.layers / "villages.kmz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr("doc.kml", b"\0" * 40_000_000)
    with pytest.raises(LayersError, match="decompression bomb"):
        desk.read(villages=BY_NAME)
    with pytest.raises(LayersError, match="unpacks to more than 1 MB"):
        desk.read(villages=BY_NAME, max_unpacked_mb=1)
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(10_001):
            archive.writestr(f"{number}.kml", "")
    with pytest.raises(LayersError, match="10001 members"):
        desk.read(villages=BY_NAME)


def test_kmz_whose_declared_size_lies(desk):
    path = desk.layers / "villages.kmz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("doc.kml", b"<kml>" + b" " * 3_000_000)
    content = bytearray(path.read_bytes())
    true, lie = struct.pack("<I", 3_000_005), struct.pack("<I", 10)
    path.write_bytes(bytes(content).replace(true, lie))
    with pytest.raises(LayersError):
        desk.read(villages=BY_NAME)


def test_truncated_kml(desk):
    desk.text("villages.kml", KML[:300])
    with pytest.raises(LayersError, match="KML"):
        desk.read(villages=BY_NAME)


def test_zip_with_one_shapefile(office, tmp_path):
    path = tmp_path / "any.shp"
    frame([LINE], name=["红星路"]).to_file(path, encoding="gbk")
    with zipfile.ZipFile(office.layers / "roads.zip", "w") as archive:
        for part in (".shp", ".shx", ".dbf", ".prj"):
            archive.write(path.with_suffix(part), f"包/道路{part}")
    assert list(office.read().roads["name"]) == ["红星路"]
    assert "roads" in input_files(settings_from({}, folder=office.folder))


def test_a_shapefile_that_was_renamed(office):
    frame([LINE]).to_file(office.layers / "roads.shp")
    (office.layers / "roads.shp").rename(office.layers / "roads.geojson")
    with pytest.raises(LayersError, match="this is a Shapefile"):
        office.read()


def test_codes_as_numbers_in_a_map_file(desk):
    frame([shapely.Point(106.5, 26.6)], code=[529901100201.0], name=["甲"]).to_file(desk.layers / "villages.gpkg")
    assert desk.read().villages["code"].iloc[0] == "529901100201"


def test_unknown_road_classes_are_told_once_a_value(office, found):
    frame([LINE] * 4, road_class=["国道", "飞机跑道", "飞机跑道", None]).to_file(office.layers / "roads.gpkg")
    layers = office.read()
    assert list(layers.roads["road_class"]) == ["national", "other", "other", "other"]
    (told,) = found(layers, "road_class_unknown")
    assert told.severity == Severity.WARNING and "2 roads" in told.message.en


def test_areas_levels_and_booleans(office, found):
    frame([SQUARE] * 3, 名称=["甲", "乙", "丙"], 类型=["禁止", "优先", "随便"], 系数=[None, 0.5, 2.0]).to_file(
        office.layers / "areas.geojson"
    )
    frame([SQUARE], 名称=["示范县"], 级别=["县级"]).to_file(office.layers / "boundaries.geojson")
    frame([LINE] * 3, 类型=["干线", "支线", None], 可开口=["是", "否", "也许"]).to_file(office.layers / "fiber.geojson")
    frame([LINE], 类型=["杆路"], 有空余=["无"]).to_file(office.layers / "supports.geojson")
    layers = office.read()
    assert list(layers.areas["kind"]) == ["forbid", "prefer"] and layers.areas["factor"].iloc[1] == 0.5
    assert found(layers, "area_without_kind")[0].severity == Severity.ERROR
    assert list(layers.boundaries["level"]) == ["county"]
    assert list(layers.fiber["kind"]) == ["trunk", "branch", "trunk"]
    assert layers.fiber["tappable"].tolist()[:2] == [True, False] and layers.fiber["tappable"].isna().iloc[2]
    assert list(layers.supports["spare"]) == [False]


def test_an_empty_layer_is_told(office, found):
    office.text("roads.geojson", geojson())
    layers = office.read()
    assert layers.roads is not None and len(layers.roads) == 0
    assert found(layers, "layer_empty")
