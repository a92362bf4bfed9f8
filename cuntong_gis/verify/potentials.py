"""The bound of one block: potentials, the loads that they put on the arcs, and detours by what the arcs have left."""

from __future__ import annotations

import heapq

import numpy as np

from cuntong_gis.verify.steps import LARGEST, Ints, Steps, lookup

PORTION = 1 << 20
"""Arcs looked at in one go: what bounds the memory."""


class Arcs:
    """The arcs of a block: edge k gives 2 k, into its end u, and 2 k + 1, into its end v.

    Parameters
    ----------
    count : int
        Number of nodes.
    u, v, w : ndarray of int64
        Ends and cost of each edge.
    """

    def __init__(self, count: int, u: Ints, v: Ints, w: Ints) -> None:
        self.count = count
        self.head = np.column_stack([u, v]).ravel()
        self.tail = np.column_stack([v, u]).ravel()
        self.cost = np.repeat(w, 2)
        self.order = np.argsort(self.head, kind="stable")
        self.begin = np.searchsorted(self.head[self.order], np.arange(count + 1))


def climb(arcs: Arcs, owner: Ints, node: Ints, value: Ints, steps: Steps) -> tuple[int, Ints]:
    """Return the bound that potentials give, and what they leave of the cost of each arc.

    Parameters
    ----------
    arcs : Arcs
        The block.
    owner, node : ndarray of int64
        Terminal and node of each entry, by their number in the block; neither is the block's root.
    value : ndarray of int64
        Values > 0; those of the same owner and node add up.
    steps : Steps
        Where the proof stands.

    Returns
    -------
    bound : int
        The sum of what each terminal's potential is at that terminal.
    left : ndarray of int64
        Cost less load of each arc, >= 0.

    Raises
    ------
    CertificateError
        If the load of an arc is above its cost.
    """
    if sum(value.tolist()) >= LARGEST:
        raise steps.refuse("势之和过大", "the potentials are too large")
    left = arcs.cost.copy()
    if not len(owner):
        return 0, left
    key = owner * arcs.count + node
    order = np.argsort(key, kind="stable")
    key, value = key[order], value[order]
    first = np.flatnonzero(np.append([True], key[1:] != key[:-1]))
    key, value = key[first], np.add.reduceat(value, first)
    owner, node = np.divmod(key, arcs.count)
    degree = arcs.begin[node + 1] - arcs.begin[node]
    until = np.cumsum(degree)
    begin = 0
    while begin < len(key):
        done = int(until[begin - 1]) if begin else 0
        end = max(begin + 1, int(np.searchsorted(until, done + PORTION, "right")))
        row = np.repeat(np.arange(begin, end), degree[begin:end])
        place = np.arange(len(row)) - (until[row] - degree[row] - done) + arcs.begin[node[row]]
        arc = arcs.order[place]
        at = lookup(key, owner[row] * arcs.count + arcs.tail[arc])
        below = np.where(at >= 0, value[at], 0)
        np.subtract.at(left, arc, np.maximum(value[row] - below, 0))
        begin = end
    if left.min() < 0:
        raise steps.refuse("割的荷载超过边的造价", "the cuts put more on an edge than it costs")
    return int(value[owner == node].sum()), left


def detours(arcs: Arcs, left: Ints, root: int, terminals: list[int]) -> Ints:
    """Return how much beyond the bound a tree pays at least that uses an edge, in either direction.

    Parameters
    ----------
    arcs : Arcs
        The block.
    left : ndarray of int64
        Reduced cost of each arc.
    root : int
        The block's root.
    terminals : list of int
        Its other terminals.

    Returns
    -------
    ndarray of int64
        One an edge: from the root to its tail, over it, and from its head to the nearest terminal.
    """
    there = _distances(arcs, left, [root], ahead=True)
    on = _distances(arcs, left, terminals, ahead=False)
    way = there[arcs.tail] + left + on[arcs.head]
    return np.asarray(np.minimum(way[0::2], way[1::2]), np.int64)


def _distances(arcs: Arcs, left: Ints, sources: list[int], *, ahead: bool) -> Ints:
    """Return the distance of every node from the nearest source along the arcs, or to it against them (Dijkstra)."""
    # at a node stand the arcs into it; the arc out of it over the same edge is the other of the two
    cost: list[int] = (left[arcs.order ^ 1] if ahead else left[arcs.order]).tolist()
    other: list[int] = arcs.tail[arcs.order].tolist()
    begin: list[int] = arcs.begin.tolist()
    distance = [LARGEST] * arcs.count
    heap = [(0, x) for x in sources]
    for x in sources:
        distance[x] = 0
    while heap:
        far, x = heapq.heappop(heap)
        if far > distance[x]:
            continue
        for i in range(begin[x], begin[x + 1]):
            y, through = other[i], far + cost[i]
            if through < distance[y]:
                distance[y] = through
                heapq.heappush(heap, (through, y))
    return np.array(distance, np.int64)


def connects(count: int, u: Ints, v: Ints, nodes: list[int]) -> bool:
    """Tell whether edges connect some nodes.

    Parameters
    ----------
    count : int
        Number of nodes.
    u, v : ndarray of int64
        Ends of the edges.
    nodes : list of int
        The nodes to connect.

    Returns
    -------
    bool
        Whether they do.
    """
    label = labels(count, u, v)
    return len(np.unique(label[nodes])) <= 1


def labels(count: int, u: Ints, v: Ints) -> Ints:
    """Return for each node the number of its connected component.

    Parameters
    ----------
    count : int
        Number of nodes.
    u, v : ndarray of int64
        Ends of the edges.

    Returns
    -------
    ndarray of int64
        Shape (count,).
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    ones = np.ones(len(u), np.int64)  # SciPy adds up parallel edges
    found = connected_components(coo_array((ones, (u, v)), shape=(count, count)), directed=False)[1]
    return np.asarray(found, np.int64)
