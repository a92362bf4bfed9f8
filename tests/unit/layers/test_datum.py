"""Shifted datums: exact inverses, declared conversion, and detection."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from cuntong_gis import crs
from cuntong_gis.layers import detect_offset, from_wgs84, to_wgs84

GUIYANG = np.array([[106.7135, 26.5783]])


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
def test_inverse_is_exact_all_over_china(datum):
    points = np.random.default_rng(0).uniform([73.5, 18.0], [134.5, 53.0], (20_000, 2))
    back = to_wgs84(from_wgs84(points, datum), datum)
    assert crs.distances(points, back).max() < 1e-6


def test_shift_of_guizhou_is_as_published():
    moved = from_wgs84(GUIYANG, "gcj02")
    assert 380 < crs.distances(GUIYANG, moved)[0] < 600
    # Beijing's Tiananmen, the example that the public libraries print.
    assert from_wgs84(np.array([[116.404, 39.915]]), "gcj02")[0] == pytest.approx([116.410244, 39.916404], abs=1e-6)
    assert from_wgs84(np.array([[116.404, 39.915]]), "bd09")[0] == pytest.approx([116.416617, 39.922699], abs=2e-5)


def test_nothing_moves_abroad_or_in_an_equal_datum():
    andorra = np.array([[1.52, 42.5]])
    assert (from_wgs84(andorra, "gcj02") == andorra).all() and (to_wgs84(andorra, "bd09") == andorra).all()
    assert (to_wgs84(GUIYANG, "cgcs2000") == GUIYANG).all()


def roads(seed=0, count=40):
    """Random walks of 400 vertices round Guiyang."""
    steps = np.random.default_rng(seed).normal(0, 0.001, (count, 400, 2)).cumsum(axis=1)
    return shapely.linestrings(steps + GUIYANG)


def moved(lines, datum):
    return shapely.transform(lines, lambda points: from_wgs84(points, datum))


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
def test_a_shifted_copy_is_found_and_measured(datum):
    right = roads()
    found = detect_offset(moved(right[:20], datum), right)
    assert found is not None and found.datum == datum
    assert 200 < found.offset_m < 1500 and found.residual_m < 1


def test_right_and_unrelated_layers_are_left_alone():
    right = roads()
    assert detect_offset(right[:20], right) is None
    assert detect_offset(roads(seed=9), right) is None
    assert detect_offset(moved(right, "gcj02"), right[:0]) is None


@pytest.mark.parametrize("declared", [None, "gcj02"])
def test_fiber_is_checked_against_roads_and_converted_when_declared(desk, rows, found, declared):
    import geopandas as gpd

    desk.book(*rows)
    right = roads()
    gpd.GeoDataFrame(geometry=right, crs=4326).to_file(desk.layers / "roads.gpkg")
    gpd.GeoDataFrame(geometry=moved(right[:20], "gcj02"), crs=4326).to_file(desk.layers / "fiber.gpkg")
    layers = desk.read(fiber={"datum": declared} if declared else {})
    told = found(layers, "datum_looks_gcj02")
    if declared:
        assert not told
        points = shapely.get_coordinates(layers.fiber.geometry.values)
        assert crs.distances(points, shapely.get_coordinates(right[:20])).max() < 1e-6
    else:
        assert [f.layer for f in told] == ["fiber"]
        assert 'datum = "gcj02"' in told[0].hint.en
