"""As-built lines measured against the plan: lengths, and the greatest distance by brute force."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely

from cuntong_gis import schema
from cuntong_gis.crs import GEOD
from cuntong_gis.maps.built import STEP_M, apart, compare_built


def dense(line, metres=5.0):
    """Return points along a line, at most some metres apart, interpolated on the ellipsoid."""
    found = []
    for (x1, y1), (x2, y2) in zip(line.coords[:-1], line.coords[1:], strict=True):
        azimuth, _, length = GEOD.inv(x1, y1, x2, y2)
        steps = np.arange(0, length, metres)
        lon, lat, _ = GEOD.fwd(np.full(len(steps), x1), np.full(len(steps), y1), np.full(len(steps), azimuth), steps)
        found.append(np.column_stack([lon, lat]))
    return np.vstack([*found, [line.coords[-1]]])


def brute(a, b):
    """Return the greatest of all least geodesic distances between two rows of points."""
    x, y = dense(a), dense(b)
    away = np.array([GEOD.inv(np.full(len(y), p[0]), np.full(len(y), p[1]), y[:, 0], y[:, 1])[2] for p in x])
    return max(away.min(axis=1).max(), away.min(axis=0).max())


def winding(rng, at=(106.5, 26.6), points=9):
    return shapely.LineString(np.array(at) + np.cumsum(rng.normal(0, 0.0008, (points, 2)), axis=0))


def test_the_greatest_distance_is_that_of_brute_force():
    rng = np.random.default_rng(8)
    pairs = [(winding(rng), winding(rng)) for _ in range(12)]
    found = apart(np.array([a for a, _ in pairs], object), np.array([b for _, b in pairs], object))
    for (a, b), metres in zip(pairs, found, strict=True):
        assert brute(a, b) - STEP_M / 2 <= metres <= brute(a, b) + 5, "sampled at most STEP_M apart on either line"


def test_a_bulge_of_known_size_and_a_line_on_itself():
    plain = shapely.LineString([(106.5, 26.6), (106.51, 26.6)])
    lon, lat, _ = GEOD.fwd(106.505, 26.6, 0, 120)
    bulge = shapely.LineString([(106.5, 26.6), (lon, lat), (106.51, 26.6)])
    assert apart(np.array([plain, plain], object), np.array([bulge, plain], object)) == pytest.approx([120, 0], abs=0.1)
    reversed_ = shapely.LineString(plain.coords[::-1])
    assert apart(np.array([plain], object), np.array([reversed_], object)) == pytest.approx([0], abs=1e-6)


def test_several_lines_of_a_span_are_taken_together_and_strangers_left_out():
    course = shapely.LineString([(106.5, 26.6), (106.51, 26.6), (106.52, 26.6)])
    first, second = (shapely.LineString(course.coords[n : n + 2]) for n in (0, 1))
    spans = schema.conform(
        {
            "span_id": ["S1", "S2"], "from_site": ["a", "b"], "to_site": ["b", "c"], "deployment": ["aerial_new"] * 2,
            "length_m": [GEOD.geometry_length(course), 0.0], "unsurveyed_m": [0.0, 0.0], "cost_cny": [0, 0],
            "villages": [1, 1], "geometry": [course, shapely.LineString([(106.6, 26.6), (106.6, 26.6)])],
        },
        "spans",
    )  # fmt: skip
    built = schema.conform(
        {"span_id": ["S1", "", "S1", "S2"], "geometry": [first, winding(np.random.default_rng(0)), second, first]},
        "as_built",
    )
    found = compare_built(spans, built)
    assert found["span"].tolist() == [0, 1]
    assert found["longer_m"].iloc[0] == pytest.approx(0, abs=1e-6) and found["apart_m"].iloc[0] == pytest.approx(
        0, abs=1e-6
    )
    assert found["longer_m"].iloc[1] > 900 and pd.isna(found["longer"].iloc[1]), "no share of a plan of length 0"
    assert len(compare_built(spans, schema.empty("as_built"))) == 0
