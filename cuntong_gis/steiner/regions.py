"""Take a region out of a tree: a small problem whose solution fits in where the old one was."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from cuntong_gis.steiner.arrays import Bools, Graph, Ints, Slots
from cuntong_gis.steiner.clock import Clock
from cuntong_gis.steiner.exchange import root_tree
from cuntong_gis.steiner.jit import kernel
from cuntong_gis.steiner.part import Part
from cuntong_gis.steiner.paths import find_set, nearest_source


class Cells(NamedTuple):
    """
    The graph parted into cells: the nodes nearest to each terminal, those of the root by the edge that leaves it.

    Attributes
    ----------
    of
        The cell of each node; -1 for the root.
    start, nodes
        The nodes of each cell, one cell after the other.
    near_start, near
        The cells that touch each cell.
    """

    of: Ints
    start: Ints
    nodes: Ints
    near_start: Ints
    near: Ints


def make_cells(graph: Graph) -> Cells:
    """
    Part a graph into cells.

    Parameters
    ----------
    graph
        A connected graph.

    Returns
    -------
    Cells
        One cell for each terminal but the root, and one for each edge of the root that leads to a node of its.
    """
    slots = graph.slots
    distance, source, via = nearest_source(slots, graph.slot_cost, graph.terminals)
    key = first_step(slots, source, via, np.argsort(distance, kind="stable"), graph.root)
    found, of = np.unique(key, return_inverse=True)
    of = of.reshape(-1) - 1 if found[0] == -1 else of.reshape(-1)
    count = int(of.max()) + 1
    order = np.argsort(of, kind="stable")
    start = np.searchsorted(of[order], np.arange(count + 1))
    a, b = of[graph.u], of[graph.v]
    across = (a != b) & (a >= 0) & (b >= 0)
    pair = np.unique(np.concatenate([a[across] * count + b[across], b[across] * count + a[across]]))
    near_start = np.searchsorted(pair, np.arange(count + 1) * count)
    return Cells(of, start, order, near_start, pair % count)


@kernel
def first_step(slots: Slots, source: Ints, via: Ints, order: Ints, root: int) -> Ints:
    """
    Name the cell of each node: its terminal, or behind the root the slot by which the way leaves the root.

    Parameters
    ----------
    slots
        The adjacency.
    source, via
        Nearest terminal of each node and the way to it, from `nearest_source`.
    order
        The nodes, nearest first.
    root
        The root.

    Returns
    -------
    Ints
        Terminal, or number of nodes plus slot; -1 for the root.
    """
    n = len(source)
    key = source.copy()
    key[root] = -1
    for x in order:
        if source[x] == root and x != root:
            above = slots.neighbor[via[x]]
            key[x] = n + slots.back[via[x]] if above == root else key[above]
    return key


@kernel
def gather_cells(cells: Cells, first: int, most: int, mark: Ints, clock: int) -> Ints:
    """
    Collect the cells around one, nearest first.

    Parameters
    ----------
    cells
        The cells.
    first
        Where to start.
    most
        How many to collect.
    mark
        Scratch of one number a cell.
    clock
        A number greater than any in `mark`.

    Returns
    -------
    Ints
        The cells.
    """
    chosen = np.empty(most, np.int64)
    chosen[0] = first
    mark[first] = clock
    count = 1
    done = 0
    while done < count and count < most:
        c = chosen[done]
        done += 1
        for j in range(cells.near_start[c], cells.near_start[c + 1]):
            d = cells.near[j]
            if mark[d] != clock and count < most:
                mark[d] = clock
                chosen[count] = d
                count += 1
    return chosen[:count]


@kernel
def join_outside(slots: Slots, up: Ints, nodes: Ints, local: Ints, outside: Ints, group: Ints, needed: Bools) -> None:
    """
    Put nodes of a region that the tree connects outside of it into one group; they are needed.

    Parameters
    ----------
    slots
        The adjacency.
    up
        The slot of each node that leads to its parent in the tree.
    nodes, local
        The nodes of the region, the root first, and the place of each among them; -1 outside.
    outside
        Scratch of one number a node, -1 everywhere, and so again afterwards.
    group, needed
        A union-find forest, and which nodes must be in the tree; changed in place.
    """
    steps = 0
    trail = np.empty(1024, np.int64)
    for i in range(1, len(nodes)):
        if up[nodes[i]] < 0:
            continue
        y = slots.neighbor[up[nodes[i]]]
        if local[y] >= 0:
            continue
        # the way up leaves the region: follow it until it comes back, or meets a way followed before
        needed[i] = True
        while local[y] < 0 and outside[y] < 0:
            outside[y] = i
            if steps == len(trail):
                longer = np.empty(2 * steps, np.int64)
                longer[:steps] = trail
                trail = longer
            trail[steps] = y
            steps += 1
            y = slots.neighbor[up[y]]
        j = local[y] if local[y] >= 0 else outside[y]
        needed[j] = True
        group[find_set(group, i)] = find_set(group, j)
    for k in range(steps):
        outside[trail[k]] = -1


@kernel
def cut_out(
    slots: Slots,
    terminal: Bools,
    root: int,
    tree: Bools,
    up: Ints,
    allowed: Bools,
    cells: Cells,
    chosen: Ints,
    local: Ints,
    outside: Ints,
) -> tuple[int, Ints, Ints, Ints, Bools]:
    """
    Make the problem of some cells: what the tree connects outside of them stays connected.

    Parameters
    ----------
    slots
        The adjacency.
    terminal, root
        Which nodes must be in the tree, and its root.
    tree, up
        Which edges are in the tree, and the slot of each node that leads to its parent.
    allowed
        Which edges the new tree may have beside those of the old one.
    cells, chosen
        The cells, and which of them.
    local, outside
        Scratch of one number a node, -1 everywhere, and so again afterwards.

    Returns
    -------
    count
        Number of nodes; node 0 holds the root.
    u, v, edge
        Ends of the edges and their numbers in the graph.
    needed
        Which nodes must be in the tree.

    Notes
    -----
    Nodes of the region that the tree connects outside of it are one node here. Any tree of the problem, put in the
    place of the old tree's edges in the region, makes a tree of the whole.
    """
    room = 1
    for c in chosen:
        room += cells.start[c + 1] - cells.start[c]
    nodes = np.empty(room, np.int64)
    nodes[0] = root
    local[root] = 0
    count = 1
    for c in chosen:
        for j in range(cells.start[c], cells.start[c + 1]):
            x = cells.nodes[j]
            if x != root:
                nodes[count] = x
                local[x] = count
                count += 1
    group = np.arange(count)
    needed = np.zeros(count, np.bool_)
    slot_room = 0
    for i in range(count):
        x = nodes[i]
        needed[i] = terminal[x]
        if i:
            slot_room += slots.start[x + 1] - slots.start[x]
    join_outside(slots, up, nodes[:count], local, outside, group, needed)
    u = np.empty(slot_room, np.int64)
    v = np.empty(slot_room, np.int64)
    edge = np.empty(slot_room, np.int64)
    edges = 0
    for i in range(1, count):
        x = nodes[i]
        for s in range(slots.start[x], slots.start[x + 1]):
            y = slots.neighbor[s]
            e = slots.edge[s]
            if tree[e] and local[y] < 0:
                needed[i] = True
            if local[y] >= 0 and local[y] < i and (allowed[e] or tree[e]):
                u[edges] = i
                v[edges] = local[y]
                edge[edges] = e
                edges += 1
    # the top of a group stands for all of it, and in the group of the root node 0 for the top
    root_top = find_set(group, 0)
    for i in range(count):
        local[nodes[i]] = -1
        top = find_set(group, i)
        if top != i:
            needed[top] |= needed[i]
            needed[i] = False
    needed[root_top] = False
    needed[0] = True
    for j in range(edges):
        a = find_set(group, u[j])
        b = find_set(group, v[j])
        u[j] = 0 if a == root_top else a
        v[j] = 0 if b == root_top else b
    return count, u[:edges], v[:edges], edge[:edges], needed


class Regions:
    """
    Solve a tree anew region by region, and remember where that was in vain.

    Parameters
    ----------
    graph
        The graph.
    """

    def __init__(self, graph: Graph) -> None:
        """Part the graph into cells."""
        self.graph = graph
        self.cells = make_cells(graph)
        count = len(self.cells.start) - 1
        self._tried = np.zeros(count, np.int64)
        self._mark = np.zeros(count, np.int64)
        self._clock = 0
        self._local = np.full(graph.n, -1, np.int64)
        self._outside = np.full(graph.n, -1, np.int64)

    def renew(
        self,
        edges: Ints,
        allowed: Bools,
        centers: Ints,
        size: int,
        solve: Callable[[Part, Ints], Ints],
        clock: Clock,
    ) -> Ints:
        """
        Solve the regions around some nodes, one after the other.

        Parameters
        ----------
        edges
            The tree.
        allowed
            Which edges a new tree may have beside those of the old one.
        centers
            Nodes, in the order in which their regions are solved. A region in which a larger or equal one was solved
            in vain from the same cell is passed over.
        size
            Cells in a region.
        solve
            Gives a tree of a part, from the tree known.
        clock
            Ends the work early.

        Returns
        -------
        Ints
            A tree that costs no more.
        """
        graph, cells = self.graph, self.cells
        tree = np.zeros(graph.m, np.bool_)
        tree[edges] = True
        up, _ = root_tree(graph.slots, tree, graph.root)
        for first in cells.of[centers]:
            if clock.over:
                break
            if first < 0 or self._tried[first] >= size:
                continue
            self._clock += 1
            chosen = gather_cells(cells, first, size, self._mark, self._clock)
            n, u, v, edge, needed = cut_out(
                graph.slots, graph.terminal, graph.root, tree, up, allowed, cells, chosen, self._local, self._outside
            )
            part = Part(n, u, v, graph.w[edge], needed, 0)
            known = np.flatnonzero(tree[edge])
            found = solve(part, known)
            self._tried[chosen[: len(chosen) // 4 + 1]] = size
            if part.cost(found) < part.cost(known):
                tree[edge[known]] = False
                tree[edge[found]] = True
                up, _ = root_tree(graph.slots, tree, graph.root)
                self._tried[chosen] = 0
        return np.flatnonzero(tree)
