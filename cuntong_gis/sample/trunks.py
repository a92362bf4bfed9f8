"""Existing fiber of a large region: from prefecture to county head-ends, and from these to the township rooms."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from cuntong_gis.crs import Floats
from cuntong_gis.sample.net import Net
from cuntong_gis.sample.roads import COUNTY
from cuntong_gis.sample.shapes import chains
from cuntong_gis.sample.terrain import Bools, Ints


@dataclass(frozen=True)
class Trunk:
    """One existing cable between two rooms or branch points.

    Attributes
    ----------
    line : ndarray of float64, shape (n, 2)
        Metres in `PLANE`, on the vertices of the roads it follows.
    rooms : int
        Township rooms fed through it; 0 where it only joins head-ends.
    backbone : bool
        Joins head-ends.
    ends : tuple of int
        Places.
    """

    line: Floats
    rooms: int
    backbone: bool
    ends: tuple[int, int]


def lay_trunks(net: Net, capital: int, prefectures: Ints, counties: list[Ints]) -> list[Trunk]:
    """Lay cables along main roads, each by the shortest way.

    Parameters
    ----------
    net : Net
        Roads; those of class county and above join all seats.
    capital : int
        Place of the head-end of the whole region.
    prefectures : ndarray of int64, shape (counties,)
        Seat of the prefecture of each county.
    counties : list of ndarray of int64
        Seats of each county, the county seat first.

    Returns
    -------
    list of Trunk
        Cut at seats and branch points; no two run along the same road. Where ways of several head-ends meet there
        are rings.
    """
    main = np.flatnonzero(net.road_class <= COUNTY)
    nodes, ends = np.unique(net.ends[main], return_inverse=True)
    ends = ends.reshape(-1, 2)
    length = np.rint(net.lengths()[main] * 10.0)
    graph = csr_matrix((length, tuple(ends.T)), (len(nodes), len(nodes)))
    key = ends.min(axis=1) * len(nodes) + ends.max(axis=1)
    order = np.argsort(key)
    rooms, backbone = np.zeros(len(main), np.int64), np.zeros(len(main), bool)

    def walk(root: int, goals: Ints, use: Ints | Bools) -> None:
        _, previous = dijkstra(graph, directed=False, indices=np.searchsorted(nodes, root), return_predecessors=True)
        at = np.searchsorted(nodes, goals)
        while len(at := at[previous[at] >= 0]):
            before = previous[at].astype(np.int64)
            step = order[np.searchsorted(key, np.minimum(at, before) * len(nodes) + np.maximum(at, before), sorter=order)]
            np.add.at(use, step, 1)
            at = before

    for seats in counties:
        walk(int(seats[0]), seats[1:], rooms)
    seat = np.array([seats[0] for seats in counties], np.int64)
    for root in np.unique(prefectures).tolist():
        walk(root, seat[prefectures == root], backbone)
    walk(capital, np.unique(prefectures), backbone)
    stops = np.searchsorted(nodes, np.concatenate(counties)).tolist()
    used = np.flatnonzero((rooms > 0) | backbone)
    road = {(a, b): int(main[n]) for n, (a, b) in zip(used.tolist(), ends[used].tolist(), strict=True)}
    steps = [
        (a, b, (r, s)) for (a, b), r, s in zip(road, rooms[used].tolist(), backbone[used].tolist(), strict=True)
    ]
    found = []
    for chain in chains(steps, stops):
        parts: list[Floats] = []
        for a, b in zip(chain.nodes[:-1], chain.nodes[1:], strict=True):
            line = net.line(road[a, b]) if (a, b) in road else net.line(road[b, a])[::-1]
            parts.append(line[1:] if parts else line)
        fed, joins = chain.label  # type: ignore[misc]
        found.append(Trunk(np.concatenate(parts), fed, joins, (int(nodes[chain.nodes[0]]), int(nodes[chain.nodes[-1]]))))
    return found
