"""Shortest paths and spanning trees: the kernels that the other modules are built from."""

import numpy as np

from cuntong_gis.steiner.arrays import FAR, Bools, Ints, Slots
from cuntong_gis.steiner.heap import heap_pop, heap_push
from cuntong_gis.steiner.jit import kernel


@kernel
def nearest_source(slots: Slots, length: Ints, sources: Ints) -> tuple[Ints, Ints, Ints]:
    """
    Find the nearest source of every node, and the way to it (Dijkstra from all sources at once).

    Parameters
    ----------
    slots
        The adjacency.
    length
        Length >= 0 of going from a node to its neighbor through each slot.
    sources
        The nodes at distance zero.

    Returns
    -------
    distance
        Distance of each node; `FAR` when no source reaches it.
    source
        The nearest source; -1 when there is none.
    via
        The slot of each node that leads back towards its source; -1 at a source.
    """
    n = len(slots.start) - 1
    distance = np.full(n, FAR, np.int64)
    source = np.full(n, -1, np.int64)
    via = np.full(n, -1, np.int64)
    heap = np.empty(n, np.int64)
    place = np.full(n, -1, np.int64)
    size = 0
    for node in sources:
        distance[node] = 0
        source[node] = node
        size = heap_push(heap, place, distance, size, node)
    while size > 0:
        node = heap_pop(heap, place, distance, size)
        size -= 1
        for s in range(slots.start[node], slots.start[node + 1]):
            other = slots.neighbor[s]
            reach = distance[node] + length[s]
            if reach < distance[other]:
                distance[other] = reach
                source[other] = source[node]
                via[other] = slots.back[s]
                size = heap_push(heap, place, distance, size, other)
    return distance, source, via


@kernel
def find_set(parent: Ints, node: int) -> int:
    """
    Find the representative of a node's set, halving the way.

    Parameters
    ----------
    parent
        The union-find forest.
    node
        The node.

    Returns
    -------
    int
        The representative.
    """
    while parent[node] != node:
        parent[node] = parent[parent[node]]
        node = parent[node]
    return node


@kernel
def spanning_forest(n: int, u: Ints, v: Ints, order: Ints) -> Bools:
    """
    Choose edges in the order given, leaving out those that would close a cycle (Kruskal).

    Parameters
    ----------
    n
        Number of nodes.
    u, v
        Ends of each edge.
    order
        Edge numbers, cheapest first.

    Returns
    -------
    Bools
        Which edges were chosen.
    """
    parent = np.arange(n)
    chosen = np.zeros(len(u), np.bool_)
    for e in order:
        a = find_set(parent, u[e])
        b = find_set(parent, v[e])
        if a != b:
            # the smaller number stays on top: short enough with halving, and the same on every machine
            if a < b:
                parent[b] = a
            else:
                parent[a] = b
            chosen[e] = True
    return chosen


@kernel
def component_labels(n: int, u: Ints, v: Ints) -> Ints:
    """
    Label every node with the smallest node it is connected to.

    Parameters
    ----------
    n
        Number of nodes.
    u, v
        Ends of each edge; loops and parallel edges do no harm.

    Returns
    -------
    Ints
        The label of each node.
    """
    parent = np.arange(n)
    for e in range(len(u)):
        a = find_set(parent, u[e])
        b = find_set(parent, v[e])
        if a < b:
            parent[b] = a
        else:
            parent[a] = b
    for node in range(n):
        parent[node] = find_set(parent, node)
    return parent


@kernel
def prune_leaves(u: Ints, v: Ints, tree: Bools, terminal: Bools) -> None:
    """
    Take leaves that are no terminals off a forest, until none is left.

    Parameters
    ----------
    u, v
        Ends of each edge.
    tree
        Which edges are in the forest; changed in place.
    terminal
        Which nodes stay.
    """
    n = len(terminal)
    # the xor of a node's edge numbers is its last edge once only one is left: no adjacency needed
    degree = np.zeros(n, np.int64)
    mixed = np.zeros(n, np.int64)
    for e in range(len(u)):
        if tree[e]:
            degree[u[e]] += 1
            degree[v[e]] += 1
            mixed[u[e]] ^= e
            mixed[v[e]] ^= e
    for first in range(n):
        node = first
        while degree[node] == 1 and not terminal[node]:
            e = mixed[node]
            tree[e] = False
            degree[node] = 0
            node = v[e] if u[e] == node else u[e]
            degree[node] -= 1
            mixed[node] ^= e
