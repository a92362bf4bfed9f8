"""The road map of a county: which roads are laid in which order, and the lines they become."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from cuntong_gis.crs import Floats
from cuntong_gis.sample import roads
from cuntong_gis.sample.roads import Ground, RoadNet, Ways
from cuntong_gis.sample.settlements import Settlements
from cuntong_gis.sample.shapes import Sketch, chains, draw
from cuntong_gis.sample.terrain import CELL_M, Grid, Ints, bent, scatter

SMOOTHING = {
    roads.NATIONAL: 4, roads.PROVINCIAL: 3, roads.COUNTY: 2, roads.TOWNSHIP: 1, roads.VILLAGE: 1,
    roads.STREET: 0, roads.TRACK: 0,
}  # fmt: skip
"""Passes of smoothing: the higher the class, the straighter the road."""
BUSY_VILLAGES = 4
"""A village road on which so many villages go to their seat is a township road."""
WANDER_M = 20.0
"""Lattice points are moved by up to this, so that roads do not run in eight directions only."""


@dataclass(frozen=True)
class RoadMap:
    """Roads as lines between junctions.

    Attributes
    ----------
    ends : ndarray of int64, shape (r, 2)
        Lattice points where each begins and ends.
    road_class, route : ndarray of int64, shape (r,)
        Class, and number of the named route.
    lines : list of ndarray of float64, shape (n, 2)
        Metres in `PLANE`; lines that meet share the vertex.
    """

    ends: Ints
    road_class: Ints
    route: Ints
    lines: list[Floats]

    def lengths(self) -> Floats:
        """Return the planar length of each road.

        Returns
        -------
        ndarray of float64, shape (r,)
            Metres.
        """
        return np.array([np.hypot(*np.diff(line, axis=0).T).sum() for line in self.lines])

    def node_place(self, node: int) -> Floats:
        """Return where a lattice point lies on the map.

        Parameters
        ----------
        node : int
            A point where a road ends.

        Returns
        -------
        ndarray of float64, shape (2,)
            Metres in `PLANE`.
        """
        row, side = np.argwhere(self.ends == node)[0]
        return np.asarray(self.lines[row][-int(side)], np.float64)


def lay_roads(grid: Grid, ground: Ground, places: Settlements) -> RoadMap:
    """Lay all roads of a county.

    Parameters
    ----------
    grid : Grid
        The lattice.
    ground : Ground
        The county as a graph.
    places : Settlements
        What the roads are to join.

    Returns
    -------
    RoadMap
        Through roads by way of the county seat, county roads between seats, roads to every village, streets,
        tracks to hamlets; at each level more than a tree, so that there are choices.
    """
    size = len(ground.tail)
    net = RoadNet(np.full(size, roads.NONE, np.int64), np.zeros(size, np.int64))
    net = _main_roads(grid, ground, places, net)
    villages = np.unique(np.concatenate([places.seats, places.villages]))
    net = _join(grid, ground, net, villages, roads.VILLAGE, 1.45, len(villages))
    net = _join(grid, ground, net, _streets(grid, ground, places), roads.STREET, 1.6, 4 * len(places.seats))
    everyone = np.unique(np.concatenate([places.villages, places.hamlets]))
    net = _join(grid, ground, net, everyone, roads.TRACK, 3.2, len(everyone) // 5)
    net = roads.tidied(ground, net, grid.shape[1])
    stops = np.concatenate([places.seats, places.villages])
    road_map = _as_lines(grid, ground, net, stops)
    return _with_township_roads(road_map, places)


def _main_roads(grid: Grid, ground: Ground, places: Settlements, net: RoadNet) -> RoadNet:
    """Join the seats, and the nearest of them to the four ways out; what leads there from the county seat is major."""
    seats = places.seats
    ways = roads.ways_between(ground, ground.cost, seats)
    chosen = roads.choose(ways, len(seats), 1.4, len(seats))
    major: dict[int, int] = {}
    out = roads.ways_out(grid, ground, seats)
    # West and east are one national road; north and south one provincial road.
    for side, path in enumerate(out):
        road_class = roads.NATIONAL if side < 2 else roads.PROVINCIAL
        net = net.with_path(ground, path, road_class, 1)
        seat = int(np.flatnonzero(seats == ground.cells[path[0]])[0])
        for number in _route(ways, chosen, 0, seat, len(seats)):
            major.setdefault(number, road_class)
    for number, road_class in major.items():
        net = net.with_path(ground, ways.paths[number], road_class, 1)
    for route, number in enumerate(np.setdiff1d(chosen, list(major)).tolist(), 1):
        net = net.with_path(ground, ways.paths[number], roads.COUNTY, route)
    return net


def _route(ways: Ways, chosen: Ints, start: int, end: int, count: int) -> list[int]:
    """Return the chosen ways that lead from one seed to another."""
    one, other, cost = ways.one[chosen], ways.other[chosen], ways.cost[chosen]
    graph = csr_matrix((cost, (one, other)), (count, count))
    _, previous = dijkstra(graph, directed=False, indices=start, return_predecessors=True)
    number = {(int(a), int(b)): int(n) for a, b, n in zip(one, other, chosen, strict=True)}
    found = []
    while end != start:
        before = int(previous[end])
        found.append(number[min(before, end), max(before, end)])
        end = before
    return found


def _join(
    grid: Grid, ground: Ground, net: RoadNet, seeds: Ints, road_class: int, detour: float, extra: int
) -> RoadNet:  # fmt: skip
    """Join places by roads of a class, using the roads that are there."""
    ways = roads.ways_between(ground, net.cost(ground, grid.shape), seeds)
    route = int(net.route[net.road_class == road_class].max(initial=0))
    for number in roads.choose(ways, len(seeds), detour, extra).tolist():
        route += 1
        net = net.with_path(ground, ways.paths[number], road_class, route)
    return net


def _streets(grid: Grid, ground: Ground, places: Settlements) -> Ints:
    """Return places around the seats that streets join: more in the county seat."""
    found = []
    columns = grid.shape[1]
    for number, seat in enumerate(places.seats.tolist()):
        row, column = divmod(seat, columns)
        reach = 6 if number == 0 else 3
        for r in range(row - reach, row + reach + 1, 2):
            for c in range(column - reach, column + reach + 1, 2):
                cell = r * columns + c
                if (r - row) ** 2 + (c - column) ** 2 <= reach * reach and ground.number[cell] >= 0:
                    found.append(cell)
        found.append(seat)
    return np.unique(np.array(found, np.int64))


def _as_lines(grid: Grid, ground: Ground, net: RoadNet, stops: Ints) -> RoadMap:
    """Return the steps of the net as smoothed lines between junctions."""
    used = np.flatnonzero(net.road_class < roads.NONE)
    tail, head = ground.cells[ground.tail[used]].tolist(), ground.cells[ground.head[used]].tolist()
    labels = list(zip(net.road_class[used].tolist(), net.route[used].tolist(), strict=True))
    found = chains(zip(tail, head, labels, strict=True), stops.tolist())
    kinds = np.array([chain.label for chain in found], np.int64).reshape(-1, 2)
    nodes = np.unique(np.array([tail, head], np.int64))
    lines = draw(
        Sketch(
            _wandering(grid, nodes),
            *_through(nodes, np.array([tail, head], np.int64), net.road_class[used]),
            [np.searchsorted(nodes, np.array(chain.nodes, np.int64)) for chain in found],
        ),
        2.5,
    )
    ends = np.array([(chain.nodes[0], chain.nodes[-1]) for chain in found], np.int64)
    return RoadMap(ends, kinds[:, 0], kinds[:, 1], lines)


def _through(nodes: Ints, steps: Ints, road_class: Ints) -> tuple[Ints, Ints]:
    """Return for each point its neighbours on the highest road through it, and its passes of smoothing.

    A side road so leaves a main road without bending it. Where not exactly two steps are of the highest class,
    the point stays.
    """
    one, other = np.searchsorted(nodes, steps)
    at, to = np.concatenate([one, other]), np.concatenate([other, one])
    kind = np.concatenate([road_class, road_class])
    highest = np.full(len(nodes), roads.NONE, np.int64)
    np.minimum.at(highest, at, kind)
    top = kind == highest[at]
    at, to = at[top], to[top]
    order = np.lexsort((to, at))
    at, to = at[order], to[order]
    count = np.bincount(at, minlength=len(nodes))
    first = np.searchsorted(at, np.flatnonzero(count == 2))
    beside = np.full((len(nodes), 2), -1, np.int64)
    beside[count == 2] = np.column_stack([to[first], to[first + 1]])
    passes = np.array([SMOOTHING[kind] for kind in highest.tolist()], np.int64)
    return beside, passes


def _wandering(grid: Grid, cells: Ints) -> Floats:
    """Return lattice points moved a little, each always to the same place."""
    place = grid.places(cells)
    column, row = np.rint(place / CELL_M).astype(np.int64).T
    bits = scatter(column, row, grid.seed * 64 + 60)
    shift = np.column_stack([bits % np.uint64(1001), (bits >> np.uint64(20)) % np.uint64(1001)]).astype(np.float64)
    return bent(place + (shift / 500.0 - 1.0) * WANDER_M, grid.seed)


def _with_township_roads(road_map: RoadMap, places: Settlements) -> RoadMap:
    """Return the map with the village roads that many villages use to reach their seat made township roads."""
    nodes, ends = np.unique(road_map.ends, return_inverse=True)
    ends = ends.reshape(-1, 2)
    length = np.rint(road_map.lengths() * 10.0)
    order = np.lexsort((length, ends.max(axis=1), ends.min(axis=1)))
    pair = ends.min(axis=1)[order] * len(nodes) + ends.max(axis=1)[order]
    shortest = order[np.unique(pair, return_index=True)[1]]
    number = {tuple(sorted(ends[n].tolist())): int(n) for n in shortest}
    graph = csr_matrix((length[shortest], tuple(ends[shortest].T)), (len(nodes), len(nodes)))
    users = np.zeros(len(length), np.int64)
    leads_to = np.full(len(length), -1, np.int64)
    for township, seat in enumerate(places.seats):
        root = int(np.searchsorted(nodes, seat))
        _, previous = dijkstra(graph, directed=False, indices=root, return_predecessors=True)
        for village in places.villages[places.village_township == township]:
            node = int(np.searchsorted(nodes, village))
            while node != root and previous[node] >= 0:
                before = int(previous[node])
                edge = number[min(node, before), max(node, before)]
                users[edge] += 1
                leads_to[edge] = township
                node = before
    busy = (road_map.road_class == roads.VILLAGE) & (users >= BUSY_VILLAGES)
    return replace(
        road_map,
        road_class=np.where(busy, roads.TOWNSHIP, road_map.road_class),
        route=np.where(busy, leads_to + 1, road_map.route),
    )
