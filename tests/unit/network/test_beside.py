"""How much of a line runs beside others, against buffers."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from cuntong_gis.network import beside


def walks(rng: np.random.Generator, count: int) -> np.ndarray:
    steps = [np.cumsum(rng.normal(0, 30, (rng.integers(2, 8), 2)), axis=0) for _ in range(count)]
    return np.array([shapely.LineString(step) for step in steps], object)


@pytest.mark.parametrize("seed", range(20))
def test_the_length_beside_is_that_inside_the_buffer(seed, monkeypatch):
    rng = np.random.default_rng(seed)
    monkeypatch.setattr(beside, "CHUNK", 7)  # the answer does not depend on the pieces of work
    lines, others, reach = walks(rng, 20), walks(rng, 5), rng.uniform(1, 40)
    zone = shapely.union_all(shapely.buffer(others, reach, quad_segs=200))
    inside = shapely.length(shapely.intersection(lines, zone))
    assert inside.max() > 0
    assert beside.length_beside(lines, others, reach) == pytest.approx(inside, abs=0.02)


def test_a_line_that_runs_along_another_is_beside_it_once():
    straight = np.array([shapely.LineString([(0, 0), (100, 0)])], object)
    other = np.array([shapely.LineString([(20, 1), (20, 1), (50, 1)]), shapely.LineString([(40, 1), (70, 1)])], object)
    reach = np.sqrt(10.0)  # 3 m beyond each end
    assert beside.length_beside(straight, other, reach) == pytest.approx([56.0])
    assert beside.length_beside(straight, other[:0], reach).tolist() == [0.0]
    assert beside.length_beside(straight[:0], other, reach).tolist() == []
