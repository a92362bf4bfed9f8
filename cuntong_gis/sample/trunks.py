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
from cuntong_gis.sample.terrain import Ints


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
    graph = csr_matrix((np.rint(net.lengths()[main] * 10.0), tuple(ends.T)), (len(nodes), len(nodes)))
    rooms, heads = np.zeros(len(main), np.int64), np.zeros(len(main), np.int64)
    seat = np.array([seats[0] for seats in counties], np.int64)
    ways = [(seats[0], seats[1:], rooms) for seats in counties]
    ways += [(root, seat[prefectures == root], heads) for root in np.unique(prefectures)]
    ways += [(np.int64(capital), np.unique(prefectures), heads)]
    for root, goals, used in ways:
        np.add.at(used, _steps(graph, ends, np.searchsorted(nodes, root), np.searchsorted(nodes, goals)), 1)
    lit = np.flatnonzero((rooms > 0) | (heads > 0))
    road = {(a, b): int(main[n]) for n, (a, b) in zip(lit.tolist(), ends[lit].tolist(), strict=True)}
    label = dict(zip(road, zip(rooms[lit].tolist(), (heads[lit] > 0).tolist(), strict=True), strict=True))
    found = []
    for chain in chains(
        ((a, b, kind) for (a, b), kind in label.items()), np.searchsorted(nodes, np.concatenate(counties)).tolist()
    ):
        line, _ = net.run(chain.nodes, road)
        fed, joins = label[min(chain.nodes[:2]), max(chain.nodes[:2])]
        found.append(Trunk(line, fed, joins, (int(nodes[chain.nodes[0]]), int(nodes[chain.nodes[-1]]))))
    return found


def _steps(graph: csr_matrix, ends: Ints, root: np.int64, goals: Ints) -> Ints:
    """Return the roads along the shortest ways from a root to each goal, once for each goal."""
    _, previous = dijkstra(graph, directed=False, indices=root, return_predecessors=True)
    key = ends[:, 0] * graph.shape[0] + ends[:, 1]
    order = np.argsort(key)
    found = [np.empty(0, np.int64)]
    at = goals[previous[goals] >= 0]
    while len(at):
        before = previous[at].astype(np.int64)
        pair = np.minimum(at, before) * graph.shape[0] + np.maximum(at, before)
        found.append(order[np.searchsorted(key, pair, sorter=order)])
        at = before[previous[before] >= 0]
    return np.concatenate(found)
