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

    Attributes
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
        Whole numbers (thousandths), so that sums are exact, and fine enough that ties are rare.
    """

    inside: Bools
    cells: Ints
    number: Ints
    tail: Ints
    head: Ints
    cost: Floats

    def steps(self, path: list[int]) -> Ints:
        """Return the steps along a path.

        Parameters
        ----------
        path : list of int
            Graph numbers, each a neighbour of the one before.

        Returns
        -------
        ndarray of int64
            Numbers of the steps.
        """
        line = np.array(path, np.int64)
        return self.steps_between(line[:-1], line[1:])

    def steps_between(self, one: Ints, other: Ints) -> Ints:
        """Return the steps between neighbours.

        Parameters
        ----------
        one, other : ndarray of int64, shape (n,)
            Graph numbers, each pair neighbours.

        Returns
        -------
        ndarray of int64, shape (n,)
            Numbers of the steps.
        """
        low, high = np.minimum(one, other), np.maximum(one, other)
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
    whim = 1.0 + (1.3 * grid.field(420.0, 8) + 0.8 * grid.field(1000.0, 9)).ravel()[tail]
    cost = length * (1.0 + 10.0 * slope + 160.0 * slope * slope + above[head] / 150.0) * np.maximum(whim, 0.4)
    cells = np.flatnonzero(inside.ravel()).astype(np.int64)
    number = np.full(rows * columns, -1, np.int64)
    number[cells] = np.arange(len(cells))
    order = np.lexsort((head, tail))
    return Ground(inside, cells, number, number[tail[order]], number[head[order]], np.rint(cost[order] * 1000.0))


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

    Attributes
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

    Attributes
    ----------
    road_class : ndarray of int64, shape (m,)
        `NATIONAL` … `TRACK`, or `NONE`.
    route : ndarray of int64, shape (m,)
        Number of the named route, unique over the county; 0 without.
    """

    road_class: Ints
    route: Ints

    def with_path(self, ground: Ground, path: list[int], road_class: int, route: int) -> RoadNet:
        """Return the net with a path added; where there is a road, the higher class stays.

        Parameters
        ----------
        ground : Ground
            The graph.
        path : list of int
            Graph numbers.
        road_class, route : int
            Class, and number of the named route.

        Returns
        -------
        RoadNet
            A new net.
        """
        steps = ground.steps(path)
        steps = steps[self.road_class[steps] > road_class]
        net = RoadNet(self.road_class.copy(), self.route.copy())
        net.road_class[steps], net.route[steps] = road_class, route
        return net

    def cost(self, ground: Ground, shape: tuple[int, int]) -> Floats:
        """Return the cost of each step, given the roads that are there.

        Parameters
        ----------
        ground : Ground
            The graph.
        shape : tuple of int
            Rows and columns of the grid.

        Returns
        -------
        ndarray of float64, shape (m,)
            Whole numbers.
        """
        here = self.road_class < NONE
        near = np.zeros(shape, bool)
        near.ravel()[ground.cells[ground.tail[here]]] = True
        near.ravel()[ground.cells[ground.head[here]]] = True
        near = ndimage.binary_dilation(near, np.ones((3, 3), bool), iterations=2)
        beside = near.ravel()[ground.cells]
        factor = np.where(beside[ground.tail] | beside[ground.head], BESIDE_ROAD, 1.0)
        return np.asarray(np.rint(ground.cost * np.where(here, ON_ROAD, factor)), np.float64)


def tidied(ground: Ground, net: RoadNet, columns: int) -> RoadNet:
    """Return the net without diagonals that cross and without loops around a single square or half of one.

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
        As connected as before: of each loop the lowest road is left out.
    """
    used = np.flatnonzero(net.road_class < NONE)
    on_road = np.zeros(len(ground.cells), bool)
    on_road[ground.tail[used]] = on_road[ground.head[used]] = True
    near = np.flatnonzero(on_road[ground.tail] & on_road[ground.head])
    pairs = zip(ground.cells[ground.tail[near]].tolist(), ground.cells[ground.head[near]].tolist(), strict=True)
    number = dict(zip(pairs, near.tolist(), strict=True))
    road_class, route = net.road_class.copy(), net.route.copy()
    low = ground.cells[ground.tail[used]]
    for corner in np.unique(np.concatenate([low, low - 1, low - columns])).tolist():
        a, b, c, d = corner, corner + 1, corner + columns, corner + columns + 1
        rising, falling = number.get((a, d), -1), number.get((b, c), -1)
        if min(rising, falling) >= 0 and max(road_class[rising], road_class[falling]) < NONE:
            keep, drop = (rising, falling) if road_class[rising] <= road_class[falling] else (falling, rising)
            ends = ((a, b), (a, c)) if keep == rising else ((a, b), (b, d))
            for side in (number[pair] for pair in ends if pair in number):
                if road_class[side] > road_class[drop]:
                    road_class[side], route[side] = road_class[drop], route[drop]
            road_class[drop], route[drop] = NONE, 0
        for loop in (
            ((a, b), (b, d), (a, d)), ((a, c), (c, d), (a, d)), ((a, b), (a, c), (b, c)), ((b, d), (c, d), (b, c)),
            ((a, b), (b, d), (c, d), (a, c)),
        ):  # fmt: skip
            steps = [number.get(pair, -1) for pair in loop]
            if min(steps) >= 0 and max(road_class[steps]) < NONE:
                worst = steps[int(np.argmax(road_class[steps]))]
                road_class[worst], route[worst] = NONE, 0
    return RoadNet(road_class, route)


def ways_out(grid: Grid, ground: Ground, seats: Ints) -> list[list[int]]:
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
    list of list of int
        Four paths of graph numbers, each from a seat to the place of that side that is easiest reached.
    """
    row, column = np.divmod(ground.cells, grid.shape[1])
    rim = np.flatnonzero((ground.inside & ~ndimage.binary_erosion(ground.inside)).ravel()[ground.cells])
    north, east = (row - row.mean())[rim], (column - column.mean())[rim]
    reached, previous, _ = spread(ground, ground.cost, seats)
    found = []
    for ahead, aside in ((-east, north), (east, north), (north, east), (-north, east)):
        facing = np.flatnonzero(np.abs(aside) < 0.5 * ahead)
        path = _trace(previous, int(rim[facing[np.argmin(reached[rim[facing]])]]))[::-1]
        # Where the way touches the border before, it ends there, or it would run along the border.
        found.append(path[: int(np.argmax(np.isin(path, rim))) + 1])
    return found
