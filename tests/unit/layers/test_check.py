"""What layers say about one another."""

from __future__ import annotations

import datetime as dt

import geopandas as gpd
import numpy as np
import pytest
import shapely

from cuntong_gis.layers import from_wgs84
from cuntong_gis.model import Severity

WEST, EAST = shapely.box(106.4, 26.5, 106.53, 26.7), shapely.box(106.53, 26.5, 106.7, 26.7)


def units(desk, *shapes, names=("示范县", "邻县"), codes=("529901", "529902"), levels=("县", "县")):
    data = {"名称": names, "区划代码": codes, "级别": levels}
    gpd.GeoDataFrame({k: list(v)[: len(shapes)] for k, v in data.items()}, geometry=list(shapes), crs=4326).to_file(
        desk.layers / "boundaries.geojson"
    )


def roads(desk, *lines):
    gpd.GeoDataFrame(geometry=[shapely.LineString(line) for line in lines], crs=4326).to_file(
        desk.layers / "roads.gpkg"
    )


def test_twins_name_both_rows(desk, rows, found):
    rows[1][0] = rows[0][0]
    rows[2][1:4] = rows[0][1:4]
    rows[2][4:6] = rows[0][4:6]
    desk.book(*rows)
    layers = desk.read()
    assert len(layers.villages) == 3
    (code,) = found(layers, "duplicate_code")
    assert code.severity == Severity.ERROR and code.row == "3" and "row 2" in code.message.en
    (name,) = found(layers, "same_name_in_township")
    assert name.severity == Severity.WARNING and (name.row, "row 2" in name.message.en) == ("4", True)
    (place,) = found(layers, "same_place")
    assert place.row == "4" and (place.lon, place.lat) == (106.5, 26.6)


def test_the_same_name_in_two_townships_is_no_fault(desk, rows, found):
    desk.book(*rows)
    assert not found(desk.read(), "same_name_in_township")


def test_a_village_outside_its_county_names_both(desk, rows, found):
    desk.book(*rows)
    units(desk, WEST, EAST)
    (fault,) = found(desk.read(), "village_outside_unit")
    assert fault.severity == Severity.ERROR and fault.row == "4"
    assert "红星村 belongs to 示范县 but lies in 邻县" in fault.message.en
    assert float(fault.message.en.split(", ")[-1].split()[0]) == pytest.approx(0.995, abs=0.02)


def test_just_over_the_border_is_a_warning(desk, rows, found):
    rows[2][4] = 106.533
    desk.book(*rows)
    units(desk, WEST, EAST)
    assert [f.severity for f in found(desk.read(), "village_outside_unit")] == [Severity.WARNING]


def test_units_are_matched_by_name_where_codes_say_nothing(desk, rows, found):
    for number, row in enumerate(rows):
        row[0] = f"V{number}"
    desk.book(*rows)
    units(desk, WEST, EAST, codes=("", ""))
    assert [f.row for f in found(desk.read(), "village_outside_unit")] == ["4"]


def test_townships_are_checked_by_padded_codes(desk, rows, found):
    rows[1][4] = 106.60
    desk.book(*rows)
    units(desk, WEST, EAST, names=("双河镇", "新桥乡"), codes=("529901100000", "529901201000"), levels=("", ""))
    faults = found(desk.read(), "village_outside_unit")
    assert [(f.row, f.severity) for f in faults] == [("3", Severity.WARNING)]


def test_a_wrong_zone_is_told_for_the_layer(desk, rows, found):
    body = [[f"5299011002{n:02d}", f"村{n}", "双河镇", "示范县", 109.5 + n / 100, 26.6, 1] for n in range(12)]
    desk.book(*body)
    units(desk, WEST, EAST)
    layers = desk.read()
    assert found(layers, "layer_outside_boundaries")[0].severity == Severity.ERROR
    assert len(found(layers, "village_outside_unit")) == 12


def test_shifted_villages_betray_themselves_at_the_borders(desk, found):
    columns = [shapely.box(x, 26.5, x + 0.012, 26.7) for x in np.arange(106.4, 106.8, 0.012)]
    codes = [f"529901{n:03d}" for n in range(100, 100 + len(columns))]
    units(desk, *columns, names=[f"镇{c}" for c in codes], codes=codes, levels=["乡镇"] * len(codes))
    at = np.array([[c.centroid.x, 26.55 + k * 0.02] for c in columns for k in range(5)])
    lonlat = from_wgs84(at + np.array([0.003, 0.0]), "gcj02")
    body = [[f"{codes[n // 5]}{200 + n % 5}", f"村{n}", "", "", *p, 1] for n, p in enumerate(lonlat.tolist())]
    desk.book(*body)
    layers = desk.read()
    (told,) = found(layers, "datum_looks_gcj02")
    assert told.layer == "villages" and "0 when the shift" in told.message.en
    assert not found(layers, "village_outside_unit")
    fixed = desk.read(villages={"datum": "gcj02"})
    assert not found(fixed, "datum_looks_gcj02") and not found(fixed, "village_outside_unit")


def test_overlaps_and_gaps_of_units(desk, rows, found):
    desk.book(*rows)
    units(desk, WEST, shapely.box(106.52, 26.5, 106.7, 26.7))
    (overlap,) = found(desk.read(), "boundaries_overlap")
    assert "示范县 and 邻县 overlap by 22.0" in overlap.message.en
    ring = shapely.box(106.4, 26.5, 106.7, 26.7).difference(shapely.box(106.55, 26.58, 106.6, 26.62))
    units(desk, ring, shapely.box(106.7, 26.5, 106.8, 26.7))
    assert found(desk.read(), "boundaries_gap")


def test_villages_far_from_any_road(desk, rows, found):
    desk.book(*rows)
    roads(desk, [(106.49, 26.6), (106.51, 26.6)])
    faults = found(desk.read(), "village_far_from_road")
    assert [f.row for f in faults] == ["4"] and "3.721 km" in faults[0].message.en
    assert faults[0].severity == Severity.WARNING and faults[0].lon == 106.54
    assert len(found(desk.read(village_far_m=1000), "village_far_from_road")) == 2


def test_road_islands_are_counted_by_shared_vertices(desk, rows, found):
    desk.book(*rows)
    roads(desk, [(106.5, 26.6), (106.51, 26.6), (106.52, 26.6)], [(106.51, 26.6), (106.51, 26.7)],
          [(106.6, 26.6), (106.61, 26.6)])  # fmt: skip
    (told,) = found(desk.read(), "road_islands")
    assert "2 parts, 1.0 km" in told.message.en
    roads(desk, [(106.5, 26.6), (106.51, 26.6)], [(106.51, 26.6), (106.51, 26.7)])
    assert not found(desk.read(), "road_islands")


def test_dates_against_the_campaign(desk, rows, found):
    rows[2][8] = None
    desk.book(*[[*row, dt.date(2016, 2, 1)] for row in rows], head=[*HEAD, "完成时限"])
    layers = desk.read(campaign={"start": "2016-03-01", "as_of": "2016-06-30"})
    assert [f.row for f in found(layers, "due_before_start")] == ["2", "3", "4"]
    assert [f.row for f in found(layers, "stage_after_cutoff")] == ["2"]
    assert "2016-07-01" in found(layers, "stage_after_cutoff")[0].message.en
    assert found(layers, "stage_without_date")[0].severity == Severity.NOTICE


HEAD = ("区划代码", "村名", "乡镇", "县", "经度", "纬度", "户数", "阶段", "阶段日期")
