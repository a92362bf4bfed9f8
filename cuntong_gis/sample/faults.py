"""Faults of real road layers, planted county by county in a large region: few, and in known places."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

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
    distance_along,
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


@dataclass(frozen=True)
class _Leaf:
    """A road that alone leads to a village: its number, that of the village, and its line towards it."""

    road: int
    village: int
    line: Floats

    def length(self) -> float:
        """Return its length to the last digit of `cut`, lest a vertex be doubled at its end."""
        return float(distance_along(self.line)[-1])


@dataclass(frozen=True)
class _Drawn:
    """Roads as shapes that can be searched."""

    net: Net
    places: Places
    lines: NDArray[np.object_]
    tree: shapely.STRtree

    @classmethod
    def of(cls, net: Net, places: Places) -> _Drawn:
        owner = np.repeat(np.arange(len(net.ends)), np.diff(net.first))
        lines = shapely.linestrings(net.points, indices=owner)
        return cls(net, places, lines, shapely.STRtree(lines))


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
    drawn = _Drawn.of(net, places)
    leaves = _leaves(net, places, villages)
    changed: dict[int, list[Floats]] = {}
    faults: list[Fault] = []
    for of_county in leaves:
        short = _short(drawn, of_county)
        taken = {road for road, _, _ in short}
        for road, parts, fault in [*short, *_gap([leaf for leaf in of_county if leaf.road not in taken])]:
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
    for line in _overpasses(drawn, whole):
        features.append(RoadFeature(line, roads.VILLAGE, 0, bridge=True))
        faults.append(Fault("overpass", _middle(line)))
    for line in _islands(drawn, seed):
        features.append(RoadFeature(line, roads.TRACK, 0))
        faults.append(Fault("island", _middle(line)))
    return sorted(features, key=lambda f: (f.road_class, f.route)), faults


def _middle(line: Floats) -> tuple[float, float]:
    x, y = line.mean(axis=0)
    return float(x), float(y)


def _joined(net: Net, whole: Bools) -> list[RoadFeature]:
    """Return whole roads joined to runs of one class and route."""
    # A node of its own for each class and route: chains so run on where roads of another kind meet them.
    _, label = np.unique(net.road_class * (int(net.route.max()) + 1) + net.route, return_inverse=True)
    size = int(net.ends.max()) + 1
    ends = net.ends + label[:, None] * size
    numbers = np.flatnonzero(whole)
    road = {(a, b): n for (a, b), n in zip(ends[numbers].tolist(), numbers.tolist(), strict=True)}
    features = []
    for chain in chains((a, b, None) for a, b in road):
        line, number = net.run(chain.nodes, road)
        features.append(RoadFeature(line, int(net.road_class[number]), int(net.route[number])))
    return features


def _leaves(net: Net, places: Places, villages: Ints) -> list[list[_Leaf]]:
    """Return the roads that alone lead to a village: for each county a list, the longest first."""
    degree = np.bincount(net.ends.ravel(), minlength=len(places.straight))
    number = np.full(len(places.straight), -1, np.int64)
    number[villages] = np.arange(len(villages))
    leaf = (degree[net.ends] == 1) & (number[net.ends] >= 0)
    length = np.rint(net.lengths())
    found: dict[int, list[_Leaf]] = defaultdict(list)
    road = np.flatnonzero(leaf.any(axis=1))
    for n in road[np.lexsort((road, -length[road]))].tolist():
        line = net.line(n) if leaf[n, 1] else net.line(n)[::-1]
        village = int(net.ends[n, int(leaf[n, 1])])
        found[int(places.county[village])].append(_Leaf(n, int(number[village]), line))
    return [leaves for _, leaves in sorted(found.items())]


def _short(drawn: _Drawn, leaves: list[_Leaf]) -> list[tuple[int, list[Floats], Fault]]:
    """Return roads that end before their village, of which no other road passes near."""
    todo = sorted(SHORT_OF_VILLAGE_M, reverse=True)
    found: list[tuple[int, list[Floats], Fault]] = []
    for leaf in leaves:
        if len(found) == len(todo):
            break
        away, length = todo[len(found)], leaf.length()
        if length < away + SPARE_M:
            continue
        shorter = cut(leaf.line, 0.0, length - away)
        point = shapely.Point(leaf.line[-1])
        near = drawn.tree.query(point, predicate="dwithin", distance=OFF_ROAD_M)
        if set(near.tolist()) <= {leaf.road} and shapely.distance(point, shapely.LineString(shorter)) > OFF_ROAD_M:
            found.append((leaf.road, [shorter], Fault("short", _middle(shorter[-1:]), leaf.village)))
    return found


def _gap(leaves: list[_Leaf]) -> list[tuple[int, list[Floats], Fault]]:
    """Return the longest road with a gap in its middle, if there is one long enough."""
    if not leaves or leaves[0].length() < LONG_M:
        return []
    leaf, length = leaves[0], leaves[0].length()
    parts = [cut(leaf.line, 0.0, (length - GAP_M) / 2.0), cut(leaf.line, (length + GAP_M) / 2.0, length)]
    tips = np.array([parts[0][-1], parts[1][0]])
    return [(leaf.road, parts, Fault("gap", _middle(tips), leaf.village))]


def _overpasses(drawn: _Drawn, whole: Bools) -> list[Floats]:
    """Return in each county a bridge between two lesser roads that crosses a main road and touches nothing else."""
    kind, tree = drawn.net.road_class, drawn.tree
    main = shapely.STRtree(drawn.lines[kind <= roads.PROVINCIAL])
    lesser = np.flatnonzero((kind >= roads.TOWNSHIP) & (kind != roads.STREET) & whole)
    points, owner = shapely.get_coordinates(drawn.lines[lesser], return_index=True)
    owner = lesser[owner]
    near = np.unique(main.query(shapely.points(points), predicate="dwithin", distance=BRIDGE_M[1])[0])
    points, owner = points[near], owner[near]
    at = shapely.points(points)
    one, other = shapely.STRtree(at).query(at, predicate="dwithin", distance=BRIDGE_M[1])
    span = np.hypot(*(points[one] - points[other]).T)
    kept = (one < other) & (owner[one] != owner[other]) & (span > BRIDGE_M[0])
    one, other, span = one[kept], other[kept], span[kept]
    spans = shapely.linestrings(np.stack([points[one], points[other]], axis=1))
    once = np.bincount(tree.query(spans, predicate="crosses")[0], minlength=len(spans)) == 1
    over = np.zeros(len(spans), bool)
    over[main.query(spans, predicate="crosses")[0]] = True
    found = np.flatnonzero(once & over)
    found = found[np.lexsort((found, np.rint(span[found] * 10.0)))]
    county = drawn.places.county[drawn.net.ends[owner[one[found]], 0]]
    bridges = []
    for c in np.unique(county).tolist():
        for n in found[county == c][:TRIES].tolist():
            met = set(tree.query(spans[n], predicate="dwithin", distance=5.0).tolist())
            if len(met - {int(owner[one[n]]), int(owner[other[n]])}) == 1:
                bridges.append(np.array([points[one[n]], points[other[n]]]))
                break
    return bridges


def _islands(drawn: _Drawn, seed: int) -> list[Floats]:
    """Return in each county a short track far from every road."""
    places, tree = drawn.places, drawn.tree
    county = places.county[places.triangles]
    inner = (county[:, 0] != ABROAD) & (county[:, 0] == county[:, 1]) & (county[:, 0] == county[:, 2])
    corners, county = places.triangles[inner], county[inner, 0]
    centre = winding(places.straight[corners].mean(axis=1), seed)
    clear = np.ones(len(centre), bool)
    clear[tree.query(shapely.points(centre), predicate="dwithin", distance=ISLAND_CLEAR_M + 60.0)[0]] = False
    order = np.random.default_rng([seed, 52, 3]).permutation(len(centre))
    tracks = []
    for c in np.unique(county).tolist():
        for n in order[clear[order] & (county[order] == c)].tolist():
            line = centre[n] + ISLAND_BENDS
            if not len(tree.query(shapely.LineString(line), predicate="dwithin", distance=ISLAND_CLEAR_M)):
                tracks.append(line)
                break
    return tracks
