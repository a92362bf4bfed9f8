"""Faults of real road layers, planted county by county in a large region: few, and in known places."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from cuntong_gis.crs import Floats
from cuntong_gis.sample import roads
from cuntong_gis.sample.flaws import (
    BRIDGE_M,
    GAP_M,
    ISLAND_BENDS,
    ISLAND_CLEAR_M,
    OFF_ROAD_M,
    SHORT_OF_VILLAGE_M,
    RoadFeature,
    cut,
)  # fmt: skip
from cuntong_gis.sample.net import Net
from cuntong_gis.sample.places import ABROAD, Places, winding
from cuntong_gis.sample.shapes import chains
from cuntong_gis.sample.terrain import Bools, Ints

SPARE_M = 250.0
"""A road that ends before its village keeps at least so much of itself."""
LONG_M = 900.0
"""Least length of a road with a gap."""
TRIES = 200
"""Overpasses tried in a county, the shortest first."""


@dataclass(frozen=True)
class Fault:
    """A planted fault.

    Attributes
    ----------
    kind : str
        "short": the road ends before its village; "gap"; "overpass": a bridge without junction; "island".
    place : tuple of float
        Metres in `PLANE`: the end of the road, the middle of the gap, the bridge, the track.
    village : int
        Number of the village whose road it is; -1 of overpasses and islands.
    """

    kind: str
    place: tuple[float, float]
    village: int = -1


def with_faults(net: Net, places: Places, villages: Ints, seed: int) -> tuple[list[RoadFeature], list[Fault]]:
    """Return the roads as they are written, with the faults of each county.

    Parameters
    ----------
    net : Net
        Roads without fault.
    places : Places
        All places.
    villages : ndarray of int64
        Places that are villages.
    seed : int
        Seed of the region.

    Returns
    -------
    features : list of RoadFeature
        By class and route; roads of a class run on through junctions with lesser ones.
    faults : list of Fault
        In each county, as far as it has room for them: `SHORT_OF_VILLAGE_M` roads that end before their village,
        a road with a gap, an overpass, an isolated track.
    """
    owner = np.repeat(np.arange(len(net.ends)), np.diff(net.first))
    lines = shapely.linestrings(net.points, indices=owner)
    tree = shapely.STRtree(lines)
    changed: dict[int, list[Floats]] = {}
    faults: list[Fault] = []
    county = places.county[net.ends[:, 0]]
    for cut_roads in (_short, _gaps):
        for road, parts, fault in cut_roads(net, lines, tree, places, villages, changed.keys()):
            changed[road] = parts
            faults.append(fault)
    whole = np.ones(len(net.ends), bool)
    whole[list(changed)] = False
    features = _joined(net, whole)
    features += [
        RoadFeature(part, int(net.road_class[road]), int(net.route[road]))
        for road, parts in changed.items()
        for part in parts
    ]
    for line in _overpasses(net, lines, tree, county, whole):
        features.append(RoadFeature(line, roads.VILLAGE, 0, bridge=True))
        faults.append(Fault("overpass", _middle(line)))
    for line in _islands(places, tree, seed):
        features.append(RoadFeature(line, roads.TRACK, 0))
        faults.append(Fault("island", _middle(line)))
    return sorted(features, key=lambda f: (f.road_class, f.route)), faults


def _middle(line: Floats) -> tuple[float, float]:
    x, y = line.mean(axis=0)
    return float(x), float(y)


def _joined(net: Net, whole: Bools) -> list[RoadFeature]:
    """Return whole roads joined to runs of one class and route."""
    size = int(net.ends.max()) + 1
    label = net.road_class * (int(net.route.max()) + 1) + net.route
    _, label = np.unique(label, return_inverse=True)
    ends = net.ends + label[:, None] * size
    numbers = np.flatnonzero(whole)
    one, other = ends[numbers].T.tolist()
    road = {pair: number for pair, number in zip(zip(one, other, strict=True), numbers.tolist(), strict=True)}
    features = []
    for chain in chains((a, b, None) for a, b in road):
        parts, number = [], -1
        for a, b in zip(chain.nodes[:-1], chain.nodes[1:], strict=True):
            forth = (a, b) in road
            number = road[a, b] if forth else road[b, a]
            line = net.line(number) if forth else net.line(number)[::-1]
            parts.append(line[1:] if parts else line)
        features.append(RoadFeature(np.concatenate(parts), int(net.road_class[number]), int(net.route[number])))
    return features


def _leaves(net: Net, places: Places, villages: Ints, used: object) -> dict[int, list[tuple[int, int, Floats]]]:
    """Return roads that alone lead to a village, by county, the longest first: road, village, line towards it."""
    degree = np.bincount(net.ends.ravel(), minlength=len(places.straight))
    number = np.full(len(places.straight), -1, np.int64)
    number[villages] = np.arange(len(villages))
    leaf = (degree[net.ends] == 1) & (number[net.ends] >= 0)
    length = np.rint(net.lengths())
    found: dict[int, list[tuple[int, int, Floats]]] = {}
    road = np.flatnonzero(leaf.any(axis=1))
    for n in road[np.lexsort((road, -length[road]))].tolist():
        line = net.line(n) if leaf[n, 1] else net.line(n)[::-1]
        village = int(net.ends[n, int(leaf[n, 1])])
        found.setdefault(int(places.county[village]), []).append((n, int(number[village]), line))
    return dict(sorted(found.items()))


def _short(net, lines, tree, places, villages, used):  # type: ignore[no-untyped-def]
    length = net.lengths()
    for leaves in _leaves(net, places, villages, used).values():
        todo = sorted(SHORT_OF_VILLAGE_M, reverse=True)
        for road, village, line in leaves:
            if not todo:
                break
            away = todo[0]
            if length[road] < away + SPARE_M:
                continue
            shorter = cut(line, 0.0, length[road] - away)
            point = shapely.Point(line[-1])
            near = tree.query(point, predicate="dwithin", distance=OFF_ROAD_M)
            if set(near.tolist()) <= {road} and shapely.distance(point, shapely.LineString(shorter)) > OFF_ROAD_M:
                todo.pop(0)
                yield road, [shorter], Fault("short", (float(shorter[-1, 0]), float(shorter[-1, 1])), village)


def _gaps(net, lines, tree, places, villages, used):  # type: ignore[no-untyped-def]
    length = net.lengths()
    for leaves in _leaves(net, places, villages, used).values():
        for road, village, line in leaves:
            if road in used or length[road] < LONG_M:
                continue
            middle = length[road] / 2.0
            parts = [cut(line, 0.0, middle - GAP_M / 2.0), cut(line, middle + GAP_M / 2.0, length[road])]
            tips = np.array([parts[0][-1], parts[1][0]])
            x, y = tips.mean(axis=0)
            yield road, parts, Fault("gap", (float(x), float(y)), village)
            break


def _overpasses(net: Net, lines, tree, county: Ints, whole: Bools) -> list[Floats]:  # type: ignore[no-untyped-def]
    """Return in each county a bridge between two lesser roads that crosses a main road and touches nothing else."""
    main = np.flatnonzero(net.road_class <= roads.PROVINCIAL)
    lesser = (net.road_class >= roads.TOWNSHIP) & (net.road_class != roads.STREET) & whole
    owner = np.repeat(np.arange(len(net.ends)), np.diff(net.first))
    points, owner = net.points[lesser[owner]], owner[lesser[owner]]
    at = shapely.points(points)
    near = np.unique(shapely.STRtree(lines[main]).query(at, predicate="dwithin", distance=BRIDGE_M[1])[0])
    points, owner, at = points[near], owner[near], at[near]
    one, other = shapely.STRtree(at).query(at, predicate="dwithin", distance=BRIDGE_M[1])
    span = np.hypot(*(points[one] - points[other]).T)
    kept = (one < other) & (owner[one] != owner[other]) & (span > BRIDGE_M[0])
    one, other, span = one[kept], other[kept], span[kept]
    spans = shapely.linestrings(np.stack([points[one], points[other]], axis=1))
    number, _ = tree.query(spans, predicate="crosses")
    # Crossing one road only, and that a main road.
    once = np.bincount(number, minlength=len(spans)) == 1
    over = np.zeros(len(spans), bool)
    over[shapely.STRtree(lines[main]).query(spans, predicate="crosses")[0]] = True
    found = np.flatnonzero(once & over)
    found = found[np.lexsort((found, np.rint(span[found] * 10.0)))]
    bridges = []
    for c in np.unique(county[county >= 0]).tolist():
        for n in found[county[owner[one[found]]] == c][:TRIES].tolist():
            met = set(tree.query(spans[n], predicate="dwithin", distance=5.0).tolist())
            if len(met - {int(owner[one[n]]), int(owner[other[n]])}) == 1:
                bridges.append(np.array([points[one[n]], points[other[n]]]))
                break
    return bridges


def _islands(places: Places, tree, seed: int) -> list[Floats]:  # type: ignore[no-untyped-def]
    """Return in each county a short track far from every road."""
    county = places.county[places.triangles]
    inner = (county[:, 0] != ABROAD) & (county[:, 0] == county[:, 1]) & (county[:, 0] == county[:, 2])
    corners, county = places.triangles[inner], county[inner, 0]
    centre = winding(places.straight[corners].mean(axis=1), seed)
    clear = np.ones(len(centre), bool)
    clear[tree.query(shapely.points(centre), predicate="dwithin", distance=ISLAND_CLEAR_M + 60.0)[0]] = False
    rng = np.random.default_rng([seed, 52, 3])
    order = rng.permutation(len(centre))
    tracks = []
    for c in np.unique(county).tolist():
        for n in order[clear[order] & (county[order] == c)].tolist():
            line = centre[n] + ISLAND_BENDS
            if not len(tree.query(shapely.LineString(line), predicate="dwithin", distance=ISLAND_CLEAR_M)):
                tracks.append(line)
                break
    return tracks
