"""As-built lines: any vector file with Chinese headers, each line on its span, every unknown name told."""

from __future__ import annotations

import datetime as dt

import geopandas as gpd
import numpy as np
import pytest
import shapely

from cuntong_gis.datum import from_wgs84
from cuntong_gis.layers import read_as_built
from cuntong_gis.settings import settings_from

LAST = {"529901100201": "S0000000001", "529901100202": ""}
SPANS = frozenset({"S0000000001", "S0000000002"})


def line(n: int) -> shapely.LineString:
    return shapely.LineString([(106.5, 26.6 + n / 100), (106.51, 26.6 + n / 100)])


def read(folder, **source):
    settings = settings_from({"layers": {"as_built": source}} if source else {}, folder=folder)
    return read_as_built(settings, LAST, SPANS)


def frame(**columns):
    return gpd.GeoDataFrame(columns, geometry=[line(n) for n in range(len(next(iter(columns.values()))))], crs=4326)


@pytest.mark.parametrize("name", ["as_built.gpkg", "as_built.shp", "as_built.geojson"])
def test_lines_come_with_chinese_headers_and_find_their_spans(tmp_path, name):
    (tmp_path / "layers").mkdir()
    columns = {
        "光缆段号": ["S0000000002", "", "S9", "", ""], "村代码": ["", "529901100201", "", "529901100202", ""],
        "竣工日期": ["2016-08-01", "2016-08-02", "", "", ""], "备注": ["<script>", "", "", "", ""],
    }  # fmt: skip
    frame(**columns).to_file(tmp_path / "layers" / name, encoding="gbk" if name.endswith("shp") else "utf-8")
    lines, findings = read(tmp_path)
    assert lines["span_id"].tolist() == ["S0000000002", "S0000000001", "", "", ""], (
        "a village's line is its last span's"
    )
    assert lines["laid_on"].dt.date.tolist()[:2] == [dt.date(2016, 8, 1), dt.date(2016, 8, 2)]
    assert lines["note"].iloc[0] == "<script>" and len(lines) == 5, "no line is dropped"
    assert sorted(f.code for f in findings) == [
        "as_built_nameless", "as_built_span_unknown", "as_built_village_unknown",
    ]  # fmt: skip
    unknown = next(f for f in findings if f.code == "as_built_span_unknown")
    assert name.split(".")[0] in unknown.message.zh and '"S9"' in unknown.message.zh
    assert unknown.lat == pytest.approx(26.62) and unknown.hint.zh


def test_there_need_not_be_such_a_layer(tmp_path):
    lines, findings = read(tmp_path)
    assert len(lines) == 0 and findings == ()


def test_a_declared_datum_is_undone(tmp_path):
    moved = shapely.transform(line(0), lambda at: from_wgs84(at, "gcj02"))
    gpd.GeoDataFrame({"span_id": ["S0000000001"]}, geometry=[moved], crs=4326).to_file(tmp_path / "b.gpkg")
    lines, _ = read(tmp_path, path="b.gpkg", datum="gcj02")
    assert np.allclose(shapely.get_coordinates(lines.geometry.iloc[0]), line(0).coords, atol=1e-8)
