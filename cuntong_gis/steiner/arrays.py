"""Array types and the graph that every step of the solver works on."""

from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

Ints: TypeAlias = npt.NDArray[np.int64]
Bools: TypeAlias = npt.NDArray[np.bool_]

FAR = 1 << 62
"""Longer than any path: the door refuses costs whose sum comes near it."""


class Slots(NamedTuple):
    """
    Adjacency in compressed rows: an edge has two slots, one at each end.

    Attributes
    ----------
    start
        First slot of each node, and the number of slots at the end; shape (n + 1,).
    neighbor
        The node at the other end; shape (2 m,).
    edge
        The edge of the slot.
    back
        The slot of the same edge at the other end.
    """

    start: Ints
    neighbor: Ints
    edge: Ints
    back: Ints


@dataclass(frozen=True)
class Graph:
    """
    A connected graph without loops or parallel edges, with its terminals.

    Attributes
    ----------
    n
        Number of nodes.
    u, v, w
        Ends and cost of each edge.
    terminal
        Which nodes must be in the tree; the root is one of them.
    root
        The node that every other terminal is connected to.
    slots
        The adjacency.
    """

    n: int
    u: Ints
    v: Ints
    w: Ints
    terminal: Bools
    root: int
    slots: Slots

    @property
    def m(self) -> int:
        """Number of edges.

        Returns
        -------
        int
            Number of edges.
        """
        return len(self.u)

    @property
    def terminals(self) -> Ints:
        """Give the numbers of the terminals, the root among them.

        Returns
        -------
        Ints
            Numbers of the terminals, the root among them.
        """
        return np.flatnonzero(self.terminal)

    @property
    def slot_cost(self) -> Ints:
        """Edge cost of each slot.

        Returns
        -------
        Ints
            Edge cost of each slot.
        """
        return self.w[self.slots.edge]


def build_graph(n: int, u: Ints, v: Ints, w: Ints, terminal: Bools, root: int) -> Graph:
    """
    Lay out the adjacency of a simple graph.

    Parameters
    ----------
    n
        Number of nodes.
    u, v, w
        Ends and cost of each edge.
    terminal
        Which nodes must be in the tree.
    root
        One of the terminals.

    Returns
    -------
    Graph
        The graph with its adjacency.
    """
    m = len(u)
    ends = np.concatenate([u, v])
    order = np.argsort(ends, kind="stable")
    start = np.zeros(n + 1, np.int64)
    np.cumsum(np.bincount(ends, minlength=n), out=start[1:])
    rank = np.empty(2 * m, np.int64)
    rank[order] = np.arange(2 * m)
    neighbor = np.concatenate([v, u])[order]
    edge = (order % m) if m else order
    back = rank[(order + m) % (2 * m)] if m else order
    return Graph(n, u, v, w, terminal, root, Slots(start, neighbor, edge, back))
