"""Roads laid over the terrain by least cost: through routes first, then lanes between villages, then tracks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from cuntong_gis.crs import Floats
from cuntong_gis.sample.terrain import CELL_M, Bools, Grid, Ints

NATIONAL, PROVINCIAL, COUNTY, TOWNSHIP, VILLAGE, STREET, TRACK, NONE = range(8)
"""Classes of road, the higher one first."""

ON_ROAD, BESIDE_ROAD = 0.35, 1.8
"""What a step costs on a road that is there already, and close beside one: new roads join old ones."""


@dataclass(frozen=True)
class Ground:
    """The walkable part of a grid as a graph of steps to the eight neighbours.

    Parameters
    ----------
    inside : ndarray of bool, shape (rows, columns)
        The county.
    cells : ndarray of int64, shape (n,)
        Its lattice points, ascending; their places here are the graph's numbers.
    number : ndarray of int64, shape (rows * columns,)
        Graph number of each lattice point; -1 outside.
    tail, head : ndarray of int64, shape (m,)
        Steps by graph numbers, each pair once, tail < head, ascending.
    cost : ndarray of float64, shape (m,)
        Whole numbers, so that sums are exact and ties are the same everywhere.
    """

    inside: Bools
    cells: Ints
    number: Ints
    tail: Ints
    head: Ints
    cost: Floats

    def steps(self, path: list[int]) -> Ints:
        """Return the numbers of the steps along a path of graph numbers."""
        line = np.array(path, np.int64)
        low, high = np.minimum(line[:-1], line[1:]), np.maximum(line[:-1], line[1:])
        size = len(self.cells)
        return np.asarray(np.searchsorted(self.tail * size + self.head, low * size + high), np.int64)


def make_ground(grid: Grid, inside: Bools) -> Ground:
    """Return the graph on which borders and roads are found.

    Parameters
    ----------
    grid : Grid
        The lattice.
    inside : ndarray of bool, shape (rows, columns)
        The county.

    Returns
    -------
    Ground
        A step costs its length, more on slopes (steeply so beyond 8 %) and more the higher it is above the valley.
    """
    rows, columns = grid.shape
    flat = np.arange(rows * columns, dtype=np.int64).reshape(rows, columns)
    pairs = [
        (flat[:, :-1], flat[:, 1:], 1.0), (flat[:-1], flat[1:], 1.0),
        (flat[:-1, :-1], flat[1:, 1:], np.sqrt(2.0)), (flat[:-1, 1:], flat[1:, :-1], np.sqrt(2.0)),
    ]  # fmt: skip
    tail = np.concatenate([one.ravel() for one, _, _ in pairs])
    head = np.concatenate([other.ravel() for _, other, _ in pairs])
    length = np.concatenate([np.full(one.size, factor * CELL_M) for one, _, factor in pairs])
    kept = inside.ravel()[tail] & inside.ravel()[head]
    tail, head, length = tail[kept], head[kept], length[kept]
    height, above = grid.height.ravel(), grid.above_valley(1200.0).ravel()
    slope = np.abs(height[head] - height[tail]) / length
    whim = 1.0 + 0.7 * (grid.field(450.0, 8) + grid.field(1100.0, 9)).ravel()[tail]
    cost = length * (1.0 + 9.0 * slope + 90.0 * slope * slope + above[head] / 180.0) * np.maximum(whim, 0.4)
    cells = np.flatnonzero(inside.ravel()).astype(np.int64)
    number = np.full(rows * columns, -1, np.int64)
    number[cells] = np.arange(len(cells))
    order = np.lexsort((head, tail))
    return Ground(inside, cells, number, number[tail[order]], number[head[order]], np.rint(cost[order]))


def spread(ground: Ground, cost: Floats, seeds: Ints) -> tuple[Floats, Ints, Ints]:
    """Find the cheapest way from every point to its nearest seed.

    Parameters
    ----------
    ground : Ground
        The graph.
    cost : ndarray of float64
        Cost of each step.
    seeds : ndarray of int64
        Lattice points.

    Returns
    -------
    cost : ndarray of float64, shape (n,)
        By graph number.
    previous : ndarray of int64, shape (n,)
        Graph number of the next point towards the seed; negative at seeds.
    source : ndarray of int64, shape (n,)
        The seed, as a lattice point.
    """
    size = len(ground.cells)
    both = (np.concatenate([ground.tail, ground.head]), np.concatenate([ground.head, ground.tail]))
    graph = csr_matrix((np.concatenate([cost, cost]), both), (size, size))
    reached, previous, source = dijkstra(
        graph, indices=np.unique(ground.number[seeds]), min_only=True, return_predecessors=True
    )
    return reached, previous.astype(np.int64), ground.cells[source]


@dataclass(frozen=True)
class Ways:
    """Cheapest ways between neighbouring seeds.

    Parameters
    ----------
    one, other : ndarray of int64, shape (k,)
        Seeds by number, one < other, in the order of cost.
    cost : ndarray of float64, shape (k,)
        Cost of the way.
    paths : list of list of int
        Graph numbers from seed to seed.
    """

    one: Ints
    other: Ints
    cost: Floats
    paths: list[list[int]]


def ways_between(ground: Ground, cost: Floats, seeds: Ints) -> Ways:
    """Find the cheapest way between each two seeds whose territories touch.

    Parameters
    ----------
    ground : Ground
        The graph.
    cost : ndarray of float64
        Cost of each step.
    seeds : ndarray of int64, shape (s,)
        Lattice points, all different.

    Returns
    -------
    Ways
        Ways from one seed share their beginnings, which makes natural forks.

    References
    ----------
    K. Mehlhorn, A faster approximation algorithm for the Steiner problem in graphs, 1988: they hold a minimum
    spanning tree of the seeds.
    """
    reached, previous, source = spread(ground, cost, seeds)
    seed_number = np.full(len(ground.number), -1, np.int64)
    seed_number[seeds] = np.arange(len(seeds))
    of = seed_number[source]
    met = np.flatnonzero(of[ground.tail] != of[ground.head])
    tail, head = ground.tail[met], ground.head[met]
    total = reached[tail] + cost[met] + reached[head]
    low, high = np.minimum(of[tail], of[head]), np.maximum(of[tail], of[head])
    order = np.lexsort((met, total, high, low))
    best = order[np.unique((low * len(seeds) + high)[order], return_index=True)[1]]
    best = best[np.lexsort((high[best], low[best], total[best]))]
    paths = []
    for number in best.tolist():
        back, forth = _trace(previous, int(tail[number])), _trace(previous, int(head[number]))
        paths.append(back[::-1] + forth if of[tail[number]] == low[number] else forth[::-1] + back)
    return Ways(low[best], high[best], total[best], paths)


def _trace(previous: Ints, start: int) -> list[int]:
    path = [start]
    while previous[path[-1]] >= 0:
        path.append(int(previous[path[-1]]))
    return path


def choose(ways: Ways, count: int, detour: float, extra: int) -> Ints:
    """Choose ways: a spanning tree, and then those that save the greatest detours.

    Parameters
    ----------
    ways : Ways
        To choose from.
    count : int
        Number of seeds.
    detour : float
        A way is worth building if the network without it is this many times as long.
    extra : int
        At most so many beyond the tree.

    Returns
    -------
    ndarray of int64
        Numbers of the ways chosen, ascending.
    """
    group = np.arange(count)
    net = np.full((count, count), np.inf)
    chosen: list[int] = []
    for number, (a, b) in enumerate(zip(ways.one.tolist(), ways.other.tolist(), strict=True)):
        if group[a] != group[b]:
            group[group == group[b]] = group[a]
            chosen.append(number)
            net[a, b] = net[b, a] = max(ways.cost[number], 1.0)
    rest = [n for n in range(len(ways.one)) if n not in set(chosen)]
    for number in rest:
        if extra <= 0:
            break
        a, b = int(ways.one[number]), int(ways.other[number])
        around = dijkstra(csr_matrix(np.where(np.isinf(net), 0.0, net)), indices=a)[b]
        if around >= detour * max(ways.cost[number], 1.0):
            chosen.append(number)
            net[a, b] = net[b, a] = max(ways.cost[number], 1.0)
            extra -= 1
    return np.array(sorted(chosen), np.int64)


@dataclass(frozen=True)
class RoadNet:
    """Roads drawn so far: the class and the name number of each step of the ground.

    Parameters
    ----------
    road_class : ndarray of int64, shape (m,)
        `NATIONAL` … `TRACK`, or `NONE`.
    route : ndarray of int64, shape (m,)
        Number of the named route, unique over the county; 0 without.
    """

    road_class: Ints
    route: Ints

    def with_path(self, ground: Ground, path: list[int], road_class: int, route: int) -> RoadNet:
        """Return the net with a path added; where there is a road, the higher class stays."""
        steps = ground.steps(path)
        steps = steps[self.road_class[steps] > road_class]
        net = RoadNet(self.road_class.copy(), self.route.copy())
        net.road_class[steps], net.route[steps] = road_class, route
        return net

    def cost(self, ground: Ground, shape: tuple[int, int]) -> Floats:
        """Return the cost of each step, given the roads that are there."""
        here = self.road_class < NONE
        near = np.zeros(shape, bool)
        near.ravel()[ground.cells[ground.tail[here]]] = True
        near.ravel()[ground.cells[ground.head[here]]] = True
        near = ndimage.binary_dilation(near, np.ones((3, 3), bool), iterations=2)
        beside = near.ravel()[ground.cells]
        factor = np.where(beside[ground.tail] | beside[ground.head], BESIDE_ROAD, 1.0)
        return np.asarray(np.rint(ground.cost * np.where(here, ON_ROAD, factor)), np.float64)


def uncrossed(ground: Ground, net: RoadNet, columns: int) -> RoadNet:
    """Return the net without diagonals that cross: the lower one takes two sides of the square instead.

    Parameters
    ----------
    ground : Ground
        The graph.
    net : RoadNet
        Roads.
    columns : int
        Columns of the grid.

    Returns
    -------
    RoadNet
        As connected as before.
    """
    tail, head = ground.cells[ground.tail], ground.cells[ground.head]
    used = net.road_class < NONE
    rising = np.flatnonzero(used & (head - tail == columns + 1))
    falling = {int(tail[n]): int(n) for n in np.flatnonzero(used & (head - tail == columns - 1))}
    for one in rising.tolist():
        other = falling.get(int(tail[one]) + 1)
        if other is None:
            continue
        keep, drop = (one, other) if net.road_class[one] <= net.road_class[other] else (other, one)
        corner = int(ground.tail[keep])
        path = [int(ground.tail[drop]), corner, int(ground.head[drop])]
        road_class, route = int(net.road_class[drop]), int(net.route[drop])
        net = net.with_path(ground, path, road_class, route)
        net.road_class[drop], net.route[drop] = NONE, 0
    return net


def exits(grid: Grid, ground: Ground, seats: Ints) -> Ints:
    """Return where roads leave the county in the west, the east, the north and the south.

    Parameters
    ----------
    grid : Grid
        The lattice.
    ground : Ground
        The county.
    seats : ndarray of int64
        Township seats.

    Returns
    -------
    ndarray of int64, shape (4,)
        Lattice points on the border, on each side the one easiest reached from a seat.
    """
    row, column = np.divmod(ground.cells, grid.shape[1])
    rim = np.flatnonzero((ground.inside & ~ndimage.binary_erosion(ground.inside)).ravel()[ground.cells])
    north, east = (row - row.mean())[rim], (column - column.mean())[rim]
    reached = spread(ground, ground.cost, seats)[0][rim]
    found = []
    for ahead, aside in ((-east, north), (east, north), (north, east), (-north, east)):
        facing = np.flatnonzero(np.abs(aside) < 0.5 * ahead)
        found.append(ground.cells[rim[facing[np.argmin(reached[facing])]]])
    return np.array(found, np.int64)
