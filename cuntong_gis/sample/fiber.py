"""Existing trunk fiber along the main roads: a tree from the head-end to the rooms, and one ring."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from cuntong_gis.crs import Floats
from cuntong_gis.sample.layout import RoadMap
from cuntong_gis.sample.roads import COUNTY
from cuntong_gis.sample.terrain import Ints


@dataclass(frozen=True)
class Cable:
    """One existing cable between two rooms or branch points.

    Attributes
    ----------
    line : ndarray of float64, shape (n, 2)
        Metres in `PLANE`, on the vertices of the roads it follows.
    rooms : int
        Township rooms fed through it; 0 for the cable that closes the ring.
    ends : tuple of int
        Lattice points.
    """

    line: Floats
    rooms: int
    ends: tuple[int, int]


def lay_fiber(road_map: RoadMap, seats: Ints) -> list[Cable]:
    """Lay trunk cables from the county seat to all other seats along main roads.

    Parameters
    ----------
    road_map : RoadMap
        Roads; those of class county and above join all seats.
    seats : ndarray of int64
        Lattice points; the first is the county seat.

    Returns
    -------
    list of Cable
        The tree of shortest ways, cut at seats and branch points, and the cable that closes the most useful ring.
    """
    main = np.flatnonzero(road_map.road_class <= COUNTY)
    length = np.rint(road_map.lengths()[main] * 10.0)
    nodes, ends = np.unique(road_map.ends[main], return_inverse=True)
    ends = ends.reshape(-1, 2)
    best: dict[tuple[int, int], int] = {}
    for number in np.argsort(length, kind="stable").tolist():
        best.setdefault((int(ends[number].min()), int(ends[number].max())), number)
    kept = np.array(list(best.values()), np.int64)
    graph = csr_matrix((length[kept], tuple(ends[kept].T)), (len(nodes), len(nodes)))
    at = np.searchsorted(nodes, seats)
    _, previous = dijkstra(graph, directed=False, indices=at[0], return_predecessors=True)
    used: dict[tuple[int, int], int] = {}
    for seat in at[1:].tolist():
        for pair in _pairs(previous, int(at[0]), seat):
            used[pair] = used.get(pair, 0) + 1
    ring = _ring(graph, used)
    cables = []
    for path, rooms in _runs(used, set(at.tolist()), int(at[0])) + ([(ring, 0)] if ring else []):
        parts = []
        for one, other in pairwise(path):
            number = best[min(one, other), max(one, other)]
            line = road_map.lines[int(main[number])]
            parts.append(line if ends[number][0] == one else line[::-1])
        line = np.vstack([parts[0], *(part[1:] for part in parts[1:])])
        cables.append(Cable(line, rooms, (int(nodes[path[0]]), int(nodes[path[-1]]))))
    return cables


def _pairs(previous: Ints, start: int, end: int) -> list[tuple[int, int]]:
    found = []
    while end != start:
        before = int(previous[end])
        found.append((min(before, end), max(before, end)))
        end = before
    return found


def _ring(graph: csr_matrix, used: dict[tuple[int, int], int]) -> list[int]:
    """Return the way beside the tree that saves the greatest detour between two nodes of it; [] without any."""
    one, other = graph.nonzero()
    in_tree = np.array([(min(a, b), max(a, b)) in used for a, b in zip(one.tolist(), other.tolist(), strict=True)])
    weight = np.asarray(graph[one, other]).ravel()
    tree, rest = (
        csr_matrix((weight[part], (one[part], other[part])), graph.shape) for part in (in_tree, ~in_tree)
    )  # fmt: skip
    nodes = np.unique(np.array(list(used), np.int64))
    along = dijkstra(tree, directed=False, indices=nodes)[:, nodes]
    beside, previous = dijkstra(rest, directed=False, indices=nodes, return_predecessors=True)
    saved = np.rint(along - beside[:, nodes])
    a, b = np.unravel_index(int(np.argmax(saved)), saved.shape)
    if saved[a, b] <= 0:
        return []
    path = [int(nodes[b])]
    while path[-1] != nodes[a]:
        path.append(int(previous[a][path[-1]]))
    return path


def _runs(used: dict[tuple[int, int], int], stops: set[int], root: int) -> list[tuple[list[int], int]]:
    """Cut the tree into runs between stops and branch points, from the root outwards, with the rooms behind each."""
    near: dict[int, list[int]] = {}
    for one, other in used:
        near.setdefault(one, []).append(other)
        near.setdefault(other, []).append(one)
    runs = []
    todo = [(root, following) for following in sorted(near.get(root, []))]
    while todo:
        start, following = todo.pop(0)
        path = [start, following]
        while path[-1] not in stops and len(near[path[-1]]) == 2:
            path.append(next(n for n in near[path[-1]] if n != path[-2]))
        runs.append((path, used[min(path[0], path[1]), max(path[0], path[1])]))
        todo += [(path[-1], n) for n in sorted(near[path[-1]]) if n != path[-2]]
    return runs
