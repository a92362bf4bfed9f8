"""A graph to solve, as it comes: not reduced, its edges numbered by whoever asks."""

from dataclasses import dataclass, field

import numpy as np

from cuntong_gis.steiner.arrays import Bools, Graph, Ints
from cuntong_gis.steiner.paths import component_labels
from cuntong_gis.steiner.tree import clean_edges

NO_NAMES = np.zeros(0, np.int64)
"""Where no certificate is wanted."""


@dataclass(frozen=True)
class Part:
    """
    A graph to solve, not yet reduced.

    Attributes
    ----------
    n
        Number of nodes.
    u, v, w
        Ends and cost of each edge.
    terminal, root
        Which nodes must be in the tree, and one of them.
    name
        Number of each node in the instance, where a certificate is wanted; else empty.
    """

    n: int
    u: Ints
    v: Ints
    w: Ints
    terminal: Bools
    root: int
    name: Ints = field(default_factory=lambda: NO_NAMES)

    @property
    def connected(self) -> bool:
        """Whether the edges connect all terminals.

        Returns
        -------
        bool
            Whether the edges connect all terminals.
        """
        label = component_labels(self.n, self.u, self.v)
        return bool((label[self.terminal] == label[self.root]).all())

    def clean(self, edges: Ints) -> Ints:
        """
        Make a tree of edges, see `clean_edges`.

        Parameters
        ----------
        edges
            Edges, ascending.

        Returns
        -------
        Ints
            The tree.
        """
        return clean_edges(self.n, (self.u, self.v, self.w), edges, self.terminal, self.root)

    def cost(self, edges: Ints) -> int:
        """
        Add up the cost of edges.

        Parameters
        ----------
        edges
            Edge numbers.

        Returns
        -------
        int
            Their cost.
        """
        return int(self.w[edges].sum())


def part_of(graph: Graph, which: Ints, terminal: Bools, root: int, name: Ints = NO_NAMES) -> Part:
    """
    Take some edges of a graph, with the nodes at their ends.

    Parameters
    ----------
    graph
        The graph.
    which
        Edge numbers, ascending.
    terminal, root
        Which nodes must be in the tree, and one of them; terminals without an edge are left out.
    name
        Number of each node in the instance; may be empty, as it is by default.

    Returns
    -------
    Part
        The part, its edges numbered in the order of `which`.
    """
    u, v = graph.u[which], graph.v[which]
    nodes, u, v, top = _renumbered(graph.n, u, v, root)
    return Part(
        len(nodes),
        u,
        v,
        graph.w[which],
        terminal[nodes],
        top,
        name[nodes] if len(name) else name,
    )


def _renumbered(n: int, u: Ints, v: Ints, root: int) -> tuple[Ints, Ints, Ints, int]:
    """Give the nodes at some edges and the root, ascending, and the edges' ends and the root by their place there."""
    if 4 * len(u) < n:
        nodes = np.unique(np.concatenate([u, v, np.array([root])]))
        return nodes, np.searchsorted(nodes, u), np.searchsorted(nodes, v), int(np.searchsorted(nodes, root))
    used = np.zeros(n, np.bool_)
    used[u] = True
    used[v] = True
    used[root] = True
    place = np.cumsum(used) - 1
    return np.flatnonzero(used), place[u], place[v], int(place[root])
