"""The placer of names: no two overlap, none covers a point, and what found no place is told."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from cuntong_gis.maps.wall.labels import AROUND, Field
from cuntong_gis.maps.wall.paper import Box

SHRINK = np.array([1e-9, 1e-9, -1e-9, -1e-9])
PAGE = Box(10.0, 20.0, 200.0, 150.0)


def crowd(n, seed=0, page=PAGE):
    rng = np.random.default_rng(seed)
    xy = rng.uniform((page.x, page.y), (page.right, page.top), (n, 2))
    return xy, np.column_stack([rng.uniform(3, 7, n), np.full(n, 1.4)])


def overlaps(boxes):
    """Pairs of boxes that share more than their edges; by a tree, not by the placer's own hash."""
    kept = boxes[np.isfinite(boxes[:, 0])]
    shapes = shapely.box(*(kept + SHRINK).T)
    left, right = shapely.STRtree(shapes).query(shapes, "intersects")
    return [(i, j) for i, j in zip(left.tolist(), right.tolist(), strict=True) if i < j]


def covered(boxes, points, radius):
    kept = boxes[np.isfinite(boxes[:, 0])]
    away = shapely.distance(shapely.box(*kept.T)[:, None], shapely.points(points)[None])
    return int((away < radius - 1e-9).sum())


@pytest.mark.parametrize("n", [1, 300, 2500])
def test_no_two_names_overlap_and_none_covers_a_point(n):
    xy, size = crowd(n)
    face = Field(PAGE, np.column_stack([xy, np.full(n, 0.6)]), [], 2 * n + 5)
    placed = face.around(xy, size, np.full(n, 0.7))
    assert not overlaps(placed.boxes)
    assert covered(placed.boxes, xy, 0.6) == 0
    inside = placed.boxes[placed.set]
    assert (inside[:, :2] >= (PAGE.x, PAGE.y)).all() and (inside[:, 2:] <= (PAGE.right, PAGE.top)).all()
    assert np.isnan(placed.boxes[~placed.set]).all()
    np.testing.assert_allclose(inside[:, 2:] - inside[:, :2], size[placed.set])
    assert placed.set.mean() > (0.99 if n < 2500 else 0.6)


def test_names_keep_near_their_points():
    xy, size = crowd(1500)
    placed = Field(PAGE, np.column_stack([xy, np.full(1500, 0.6)]), [], 3005).around(xy, size, np.full(1500, 0.7))
    away = shapely.distance(shapely.box(*placed.boxes[placed.set].T), shapely.points(xy[placed.set]))
    near = ~placed.far[placed.set]
    assert away[near].max() <= 0.7 * np.sqrt(2) + 1e-9
    assert away.max() <= (0.7 + 2.3 * 1.4) * np.sqrt(2) + 1e-9
    assert placed.far.any() and near.sum() > 3 * (~near).sum()


def test_the_same_crowd_is_placed_the_same_way():
    xy, size = crowd(800)
    first, again = (Field(PAGE, np.empty((0, 3)), [], 1700).around(xy, size, np.full(800, 0.5)) for _ in range(2))
    np.testing.assert_array_equal(first.boxes, again.boxes)


def test_a_kept_place_and_an_earlier_name_are_left_free():
    xy, size = crowd(600)
    face = Field(PAGE, np.empty((0, 3)), [], 1300)
    kept = Box(60.0, 60.0, 50.0, 40.0)
    face.block([kept])
    area = shapely.box(60, 20, 200, 170)
    large = face.inside([area], np.array([(130.0, 95.0)]), np.array([(40.0, 8.0)]))
    face.around(xy, size, np.full(600, 0.5))
    assert large.set.all() and not overlaps(face.taken)
    assert len(face.taken) > 400


def test_a_name_of_an_area_stays_in_it_and_goes_where_it_covers_least():
    area = shapely.box(20, 30, 120, 130)
    xy = np.array([(70.0 + dx, 80.0 + dy) for dx in range(-8, 9, 2) for dy in range(-6, 7, 2)])
    face = Field(PAGE, np.column_stack([xy, np.full(len(xy), 0.8)]), [], 10)
    placed = face.inside([area], np.array([(70.0, 80.0)]), np.array([(24.0, 6.0)]))
    assert area.contains(shapely.box(*placed.boxes[0]))
    assert covered(placed.boxes, xy, 0.8) < 10 < covered(np.array([(58.0, 77.0, 82.0, 83.0)]), xy, 0.8)


def test_a_line_is_avoided_where_there_is_a_free_side():
    road = shapely.LineString([(100.0, 100.0), (140.0, 100.5)])
    face = Field(PAGE, np.array([(100.0, 100.0, 0.5)]), [([road], 5.0)], 5)
    placed = face.around(np.array([(100.0, 100.0)]), np.array([(6.0, 1.4)]), np.array([0.6]))
    assert shapely.distance(shapely.box(*placed.boxes[0]), road) > 0
    assert AROUND[placed.chosen[0], 0] != 1 or AROUND[placed.chosen[0], 1] != 0
