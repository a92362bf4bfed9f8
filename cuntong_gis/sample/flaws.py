"""Small faults that real layers have, each in one place: what the building of a network must cope with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from cuntong_gis.crs import Floats
from cuntong_gis.sample import roads
from cuntong_gis.sample.layout import RoadMap
from cuntong_gis.sample.terrain import Ints

SHORT_OF_VILLAGE_M = (380.0, 600.0, 830.0)
"""How far before the village the road ends, for three villages."""
OFF_ROAD_M = 330.0
"""Least straight distance from such a village to any road."""
GAP_M = 60.0
BRIDGE_M = (110.0, 420.0)
"""Length of the overpass, least and greatest."""
ISLAND_STEP_M, ISLAND_CLEAR_M = 100.0, 450.0
"""The isolated track: four steps, this far from every other road."""
_BENDS = np.array([(0.0, 0.0), (0.8, 0.6), (1.8, 0.6), (2.6, 0.0), (3.4, 0.6)]) * ISLAND_STEP_M
ISLAND_BENDS = _BENDS - _BENDS[2]
"""Its vertices around its place, metres."""


@dataclass(frozen=True)
class RoadFeature:
    """One road as it is written.

    Attributes
    ----------
    line : ndarray of float64, shape (n, 2)
        Metres in `PLANE`.
    road_class, route : int
        Class, and number of the named route; 0 without.
    bridge : bool
        Runs on a bridge.
    """

    line: Floats
    road_class: int
    route: int
    bridge: bool = False


def with_flaws(road_map: RoadMap, villages: Ints, free: Floats) -> list[RoadFeature]:
    """Return the roads with a few faults of real data.

    Parameters
    ----------
    road_map : RoadMap
        Roads without fault.
    villages : ndarray of int64
        Lattice points of the villages.
    free : ndarray of float64, shape (k, 2)
        Places where the isolated track may be, in metres.

    Returns
    -------
    list of RoadFeature
        Three roads end before their village, one has a gap, an overpass crosses a main road without a junction,
        and a short track is joined to nothing.
    """
    features = [
        RoadFeature(line, int(kind), int(route))
        for line, kind, route in zip(road_map.lines, road_map.road_class, road_map.route, strict=True)
    ]
    last = _last_lines(road_map, villages)
    length = road_map.lengths()
    used = []
    for away in SHORT_OF_VILLAGE_M:
        for row, side in last:
            line = road_map.lines[row] if side else road_map.lines[row][::-1]
            if row in used or length[row] < away + 250.0:
                continue
            shorter = RoadFeature(cut(line, 0.0, length[row] - away), *_kind(road_map, row))
            changed = [*features[:row], shorter, *features[row + 1 :]]
            lines = [shapely.LineString(feature.line) for feature in changed]
            # The road may wind, or another pass by: only where the village is really off the road.
            if shapely.distance(shapely.Point(line[-1]), lines).min() > OFF_ROAD_M:
                features = changed
                used.append(row)
                break
    broken = next((r for r, _ in last if length[r] > 900.0 and r not in used), -1)
    if broken >= 0:
        middle, kind = length[broken] / 2.0, _kind(road_map, broken)
        features[broken] = RoadFeature(cut(road_map.lines[broken], 0.0, middle - GAP_M / 2.0), *kind)
        features.append(RoadFeature(cut(road_map.lines[broken], middle + GAP_M / 2.0, length[broken]), *kind))
    return [*features, *_overpass(features), *_island(features, free)]


def _kind(road_map: RoadMap, row: int) -> tuple[int, int]:
    return int(road_map.road_class[row]), int(road_map.route[row])


def _last_lines(road_map: RoadMap, villages: Ints) -> list[tuple[int, int]]:
    """Return the roads that alone lead to a village, longest first, with the side at which it lies."""
    nodes, count = np.unique(road_map.ends, return_counts=True)
    leaves = np.intersect1d(nodes[count == 1], villages)
    row, side = np.nonzero(np.isin(road_map.ends, leaves))
    order = np.lexsort((row, -np.rint(road_map.lengths()[row])))
    return [(int(row[n]), int(side[n])) for n in order]


def distance_along(line: Floats) -> Floats:
    """Return how far along a line its vertices are.

    Parameters
    ----------
    line : ndarray of float64, shape (n, 2)
        Vertices in metres.

    Returns
    -------
    ndarray of float64, shape (n,)
        Metres from its beginning.
    """
    return np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])


def cut(line: Floats, start_m: float, end_m: float) -> Floats:
    """Return the part of a line between two distances along it.

    Parameters
    ----------
    line : ndarray of float64, shape (n, 2)
        Vertices in metres.
    start_m, end_m : float
        Distances along it, start before end.

    Returns
    -------
    ndarray of float64, shape (k, 2)
        Vertices of the part.
    """
    along = distance_along(line)
    inner = line[(along > start_m) & (along < end_m)]
    at = np.array([start_m, end_m])
    tips = np.column_stack([np.interp(at, along, line[:, 0]), np.interp(at, along, line[:, 1])])
    return np.vstack([tips[:1], inner, tips[1:]])


def _overpass(features: list[RoadFeature]) -> list[RoadFeature]:
    """Return a bridge between two lesser roads that crosses one main road and touches nothing else."""
    lines = np.array([shapely.LineString(f.line) for f in features], object)
    kind = np.array([f.road_class for f in features])
    lesser = np.flatnonzero((kind >= roads.TOWNSHIP) & (kind != roads.STREET))
    points, owner = shapely.get_coordinates(lines[lesser], return_index=True)
    near = shapely.STRtree(shapely.points(points))
    one, other = near.query(shapely.points(points), predicate="dwithin", distance=BRIDGE_M[1])
    span = np.hypot(*(points[one] - points[other]).T)
    kept = (one < other) & (owner[one] != owner[other]) & (span > BRIDGE_M[0])
    one, other, span = one[kept], other[kept], span[kept]
    spans = shapely.linestrings(np.stack([points[one], points[other]], axis=1))
    main = shapely.MultiLineString(list(lines[kind <= roads.PROVINCIAL]))
    shapely.prepare(main)
    over = np.flatnonzero(shapely.crosses(main, spans))
    tree = shapely.STRtree(lines)
    for number in over[np.argsort(np.rint(span[over] * 10.0), kind="stable")].tolist():
        met = tree.query(spans[number], predicate="dwithin", distance=5.0)
        own = set(lesser[[owner[one[number]], owner[other[number]]]].tolist())
        crossed = [n for n in met.tolist() if n not in own]
        clean = not any(shapely.crosses(lines[n], spans[number]) for n in own)
        if clean and len(crossed) == 1 and kind[crossed[0]] <= roads.PROVINCIAL:
            return [RoadFeature(np.array([points[one[number]], points[other[number]]]), roads.VILLAGE, 0, True)]
    return []


def _island(features: list[RoadFeature], free: Floats) -> list[RoadFeature]:
    """Return a short track far from every road."""
    tree = shapely.STRtree([shapely.LineString(f.line) for f in features])
    for place in free:
        line = place + _BENDS - _BENDS[2]
        if not len(tree.query(shapely.LineString(line), predicate="dwithin", distance=ISLAND_CLEAR_M)):
            return [RoadFeature(line, roads.TRACK, 0)]
    return []
