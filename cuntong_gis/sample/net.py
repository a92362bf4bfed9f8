"""Roads of a large region: least-cost ways over the neighbourhood of places, wound within their own ground."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import minimum_spanning_tree

from cuntong_gis.crs import Floats
from cuntong_gis.sample import roads
from cuntong_gis.sample.places import ABROAD, Places, winding
from cuntong_gis.sample.roads import Ground, spread, ways_between
from cuntong_gis.sample.terrain import Bools, Ints

BUSY_VILLAGES = 3
"""A road on which so many villages go to their seat is a township road."""
LOOPS = 0.3
"""Share of the roads that would close a loop and that are there."""
WINDING = np.array([0.35, 0.45, 0.6, 0.8, 0.95, 0.5, 0.95])
"""How much of its own ground a road winds through, by class: the higher the class, the straighter."""


@dataclass(frozen=True)
class Net:
    """Roads between places, without fault.

    Attributes
    ----------
    ends : ndarray of int64, shape (m, 2)
        Places, each pair once.
    road_class, route : ndarray of int64, shape (m,)
        Class of `roads`, and number of the named route; 0 without.
    points : ndarray of float64, shape (v, 2)
        Vertices of all roads, metres in `PLANE`, one road after the other.
    first : ndarray of int64, shape (m + 1,)
        Where the vertices of each road begin.
    """

    ends: Ints
    road_class: Ints
    route: Ints
    points: Floats
    first: Ints

    def line(self, road: int) -> Floats:
        """Return the vertices of a road.

        Parameters
        ----------
        road : int
            Its number.

        Returns
        -------
        ndarray of float64, shape (n, 2)
            Metres in `PLANE`.
        """
        return self.points[self.first[road] : self.first[road + 1]]

    def run(self, nodes: tuple[int, ...], road: Mapping[tuple[int, int], int]) -> tuple[Floats, int]:
        """Return roads that follow one another as one line.

        Parameters
        ----------
        nodes : tuple of int
            Nodes along the run.
        road : mapping of (int, int) to int
            Number of the road between two nodes, in the direction of its vertices.

        Returns
        -------
        line : ndarray of float64, shape (n, 2)
            Metres in `PLANE`; shared vertices once.
        number : int
            The last of the roads.
        """
        parts: list[Floats] = []
        number = -1
        for pair in pairwise(nodes):
            forth = pair in road
            number = road[pair] if forth else road[pair[1], pair[0]]
            line = self.line(number) if forth else self.line(number)[::-1]
            parts.append(line[1:] if parts else line)
        return np.concatenate(parts), number

    def lengths(self) -> Floats:
        """Return how long each road is.

        Returns
        -------
        ndarray of float64, shape (m,)
            Metres.
        """
        step = np.hypot(*np.diff(self.points, axis=0).T)
        along = np.concatenate([[0.0], np.cumsum(step)])
        return np.asarray(along[self.first[1:] - 1] - along[self.first[:-1]], np.float64)


def lay_net(places: Places, seats: list[Ints], villages: Ints, shape_m: float, seed: int) -> Net:
    """Lay the roads of a region.

    Parameters
    ----------
    places : Places
        All places; roads join those that are not abroad.
    seats : list of ndarray of int64
        Seats of prefectures, of counties, and of townships, each list within the next.
    villages : ndarray of int64
        Places that are villages.
    shape_m : float
        Vertices are about this far apart.
    seed : int
        Seed of the region.

    Returns
    -------
    Net
        One connected net in which nothing crosses. Every place has a road.
    """
    ground, apart = _ground(places)
    kind, route = np.full(len(ground.tail), roads.NONE, np.int64), np.zeros(len(ground.tail), np.int64)
    _, previous, _ = spread(ground, ground.cost, seats[2])
    child = np.flatnonzero(previous >= 0)
    tree = ground.steps_between(child, previous[child])
    users = _users(previous, ground.number[villages])
    rng = np.random.default_rng([seed, 52, 1])
    loop = np.flatnonzero(apart)
    loop = loop[rng.random(len(loop)) < LOOPS]
    kind[loop] = np.where(rng.random(len(loop)) < 0.5, roads.VILLAGE, roads.TRACK)
    kind[tree] = np.select(
        [users[child] >= BUSY_VILLAGES, users[child] > 0], [roads.TOWNSHIP, roads.VILLAGE],
        np.where(rng.random(len(child)) < 0.35, roads.VILLAGE, roads.TRACK),
    )  # fmt: skip
    for road_class, towns in ((roads.COUNTY, seats[2]), (roads.PROVINCIAL, seats[1]), (roads.NATIONAL, seats[0])):
        cost = np.where(kind <= roads.COUNTY, np.rint(ground.cost * roads.ON_ROAD), ground.cost)
        for number, path in enumerate(_joining(ground, cost, towns), 1):
            steps = ground.steps(path)
            kind[steps], route[steps] = road_class, number
    kept = np.flatnonzero(kind < roads.NONE)
    tail, head = ground.cells[ground.tail[kept]], ground.cells[ground.head[kept]]
    points, first = _wound(places, tail, head, kind[kept], shape_m, seed)
    return Net(np.column_stack([tail, head]), kind[kept], route[kept], points, first)


def _ground(places: Places) -> tuple[Ground, Bools]:
    """Return the possible roads as a graph, and which of them are no part of its spanning tree.

    A side opposite an obtuse angle is no road, unless the net would fall apart without it (K. R. Gabriel and
    R. R. Sokal, A new statistical approach to geographic variation analysis, 1969).
    """
    tail, head = places.tail, places.head
    size = len(places.straight)
    at_home = (places.county[tail] != ABROAD) & (places.county[head] != ABROAD)
    length = np.hypot(*(places.straight[tail] - places.straight[head]).T)
    kept = at_home.copy()
    for one, other, apex in ((0, 1, 2), (1, 2, 0), (0, 2, 1)):
        a, b, c = places.triangles[:, [one, other, apex]].T
        obtuse = ((places.straight[a] - places.straight[c]) * (places.straight[b] - places.straight[c])).sum(axis=1) < 0
        low, high = np.minimum(a, b)[obtuse], np.maximum(a, b)[obtuse]
        kept[np.searchsorted(tail * size + head, low * size + high)] = False
    span = minimum_spanning_tree(csr_matrix((length[at_home], (tail[at_home], head[at_home])), (size, size))).tocoo()
    low, high = np.minimum(span.row, span.col).astype(np.int64), np.maximum(span.row, span.col)
    spanning = np.searchsorted(tail * size + head, low * size + high)
    kept[spanning] = True
    free = kept.copy()
    free[spanning] = False
    slope = np.abs(places.height[tail] - places.height[head]) / length
    cost = np.rint(length * (1.0 + 8.0 * slope + 60.0 * slope * slope) * 1000.0)
    home = places.county != ABROAD
    cells = np.flatnonzero(home)
    number = np.full(size, -1, np.int64)
    number[cells] = np.arange(len(cells))
    return Ground(home, cells, number, number[tail[kept]], number[head[kept]], cost[kept]), free[kept]


def _users(previous: Ints, villages: Ints) -> Ints:
    """Return for each place how many villages go through it to their seat, those at it included."""
    users = np.zeros(len(previous), np.int64)
    at = villages
    while len(at):
        np.add.at(users, at, 1)
        at = previous[at]
        at = at[at >= 0]
    return users


def _joining(ground: Ground, cost: Floats, towns: Ints) -> list[list[int]]:
    """Return ways that join towns: those for which there is no way round over a third town with shorter legs."""
    if len(towns) < 2:
        return []
    ways = ways_between(ground, cost, towns)
    legs: dict[int, dict[int, float]] = {}
    for one, other, total in zip(ways.one.tolist(), ways.other.tolist(), ways.cost.tolist(), strict=True):
        legs.setdefault(one, {})[other] = total
        legs.setdefault(other, {})[one] = total
    return [
        path
        for path, one, other in zip(ways.paths, ways.one.tolist(), ways.other.tolist(), strict=True)
        if not any(
            max(legs[one][third], legs[other][third]) < legs[one][other]
            for third in legs[one].keys() & legs[other].keys()
        )
    ]


def _wound(places: Places, tail: Ints, head: Ints, kind: Ints, shape_m: float, seed: int) -> tuple[Floats, Ints]:
    """Return vertices of roads that wind to both sides, each between the bisectors of its own triangles.

    A road so cannot come to cross another: the triangles of a side and the incentres beside it are its own ground.
    """
    base = places.straight[head] - places.straight[tail]
    length = np.hypot(*base.T)
    normal = np.column_stack([-base[:, 1], base[:, 0]]) / length[:, None]
    peak, deep = _own_ground(places, tail, head)
    pieces = np.maximum(np.rint(length * 1.25 / shape_m), 2).astype(np.int64)
    first = np.concatenate([[0], np.cumsum(pieces + 1)])
    owner = np.repeat(np.arange(len(tail)), pieces + 1)
    along = (np.arange(len(owner)) - first[owner]) / pieces[owner]
    rng = np.random.default_rng([seed, 52, 2])
    waves, phase = 0.7 + 1.3 * rng.random((2, len(tail))) * np.array([[1.0], [2.5]]), rng.random((2, len(tail)))
    swing = 0.65 * np.sin(2.0 * np.pi * (waves[0][owner] * along + phase[0][owner]))
    swing += 0.35 * np.sin(2.0 * np.pi * (waves[1][owner] * along + phase[1][owner]))
    side = (swing < 0).astype(np.int64)
    top = peak[owner, side]
    room = deep[owner, side] * np.minimum(along / top, (1.0 - along) / (1.0 - top))
    points = places.straight[tail][owner] + base[owner] * along[:, None]
    points += normal[owner] * (0.9 * WINDING[kind][owner] * swing * room)[:, None]
    points[first[:-1]], points[first[1:] - 1] = places.straight[tail], places.straight[head]
    return winding(points, seed), first


def _own_ground(places: Places, tail: Ints, head: Ints) -> tuple[Floats, Floats]:
    """Return where along a road the incentres of its two triangles stand (share), and how far away (metres)."""
    size = len(places.straight)
    key = tail * size + head
    peak, deep = np.full((len(tail), 2), 0.5), np.zeros((len(tail), 2))
    for a, b, c in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
        one, other, apex = places.triangles[:, [a, b, c]].T
        low, high = np.minimum(one, other), np.maximum(one, other)
        at = np.searchsorted(key, low * size + high)
        at = np.minimum(at, len(key) - 1)
        mine = key[at] == low * size + high
        at, low, high, apex = at[mine], low[mine], high[mine], apex[mine]
        p, q, r = places.straight[low], places.straight[high], places.straight[apex]
        base, left, right = (np.hypot(*(v - w).T) for v, w in ((p, q), (p, r), (q, r)))
        twice_area = (q - p)[:, 0] * (r - p)[:, 1] - (q - p)[:, 1] * (r - p)[:, 0]
        round_m = base + left + right
        side = (twice_area < 0).astype(np.int64)
        peak[at, side] = np.clip((base + left - right) / 2.0 / base, 0.02, 0.98)
        deep[at, side] = np.abs(twice_area) / round_m
    return peak, deep
