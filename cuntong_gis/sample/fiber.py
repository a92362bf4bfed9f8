"""Existing trunk fiber along the main roads: a tree from the head-end to the rooms, and one ring."""

from __future__ import annotations

from dataclasses import dataclass

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

    Parameters
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
        The tree of shortest ways, cut at seats and branch points, and the shortest cable that closes a ring
        between two seats.
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
    reached, previous = dijkstra(graph, directed=False, indices=at, return_predecessors=True)
    used: dict[tuple[int, int], int] = {}
    for seat in at[1:].tolist():
        for pair in _pairs(previous[0], int(at[0]), seat):
            used[pair] = used.get(pair, 0) + 1
    ring = _ring(reached, previous, at.tolist(), used)
    cables = []
    for path, rooms in _runs(used, set(at.tolist()), int(at[0])) + ([(ring, 0)] if ring else []):
        parts = []
        for one, other in zip(path, path[1:], strict=False):
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


def _ring(reached: Floats, previous: Ints, at: list[int], used: dict[tuple[int, int], int]) -> list[int]:
    """Return the shortest way between two seats that shares no step with the tree; [] where there is none."""
    candidates = sorted(
        (float(reached[a, at[b]]), a, b) for a in range(1, len(at)) for b in range(a + 1, len(at))
    )  # fmt: skip
    for _, a, b in candidates:
        pairs = _pairs(previous[a], at[a], at[b])
        if not used.keys() & set(pairs):
            path = [at[b]]
            while path[-1] != at[a]:
                path.append(int(previous[a][path[-1]]))
            return path
    return []


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
