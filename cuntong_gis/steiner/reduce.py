"""Reductions that keep an optimal tree, and the way back from the reduced graph to the edges it came from."""

from dataclasses import dataclass

import numpy as np

from cuntong_gis.steiner.arrays import Bools, Graph, Ints, build_graph
from cuntong_gis.steiner.degrees import contract_degrees
from cuntong_gis.steiner.jit import kernel
from cuntong_gis.steiner.paths import component_labels, nearest_source, spanning_forest
from cuntong_gis.steiner.special import nearest_vertex_test, special_distance_test

SEARCH_LIMIT = 200
"""Slots looked at for one edge by the special-distance test; twice as many find hardly more on roads."""


@dataclass(frozen=True)
class Reduction:
    """
    A reduced graph and what its edges stand for.

    Attributes
    ----------
    graph
        The reduced graph.
    label
        Number of each reduced edge among all edges, original ones first.
    fixed
        Numbers of edges that belong to the tree in any case.
    left, right
        The two edges that each made edge stands for.
    original_count
        Number of original edges; the edges after them were made.
    fixed_cost
        What the fixed edges cost.
    """

    graph: Graph
    label: Ints
    fixed: Ints
    left: Ints
    right: Ints
    original_count: int
    fixed_cost: int

    def expand(self, edges: Ints) -> Ints:
        """
        Find the original edges of a tree of the reduced graph.

        Parameters
        ----------
        edges
            Edges of the reduced graph.

        Returns
        -------
        Ints
            Original edges, fixed ones included. They connect what the tree connects, but may hold cycles and
            loose ends among edges of cost zero: the caller cleans them on the original graph.
        """
        waiting = np.concatenate([self.label[edges], self.fixed])
        found = []
        while len(waiting):
            made = waiting >= self.original_count
            found.append(waiting[~made])
            at = waiting[made] - self.original_count
            waiting = np.concatenate([self.left[at], self.right[at]])
        return np.unique(np.concatenate(found)) if found else waiting

    def within(self, edges: Bools) -> Bools:
        """
        Find the reduced edges that stand for chosen original edges only.

        Parameters
        ----------
        edges
            Which original edges are chosen.

        Returns
        -------
        Bools
            Which reduced edges lie wholly among them.
        """
        return spread_choice(edges, self.left, self.right)[self.label]


@kernel
def spread_choice(chosen: Bools, left: Ints, right: Ints) -> Bools:
    """
    Carry a choice of original edges over to the edges made from them.

    Parameters
    ----------
    chosen
        Which original edges are chosen.
    left, right
        The two edges that each made edge stands for, both of lower number.

    Returns
    -------
    Bools
        The choice among all edges: a made edge is chosen when both of its parts are.
    """
    m = len(chosen)
    spread = np.empty(m + len(left), np.bool_)
    spread[:m] = chosen
    for k in range(len(left)):
        spread[m + k] = spread[left[k]] and spread[right[k]]
    return spread


@dataclass
class _Draft:
    """A graph on its way through the reductions, with what happened to it."""

    n: int
    u: Ints
    v: Ints
    w: Ints
    label: Ints
    terminal: Bools
    root: int
    fixed: list[Ints]
    left: list[Ints]
    right: list[Ints]
    made: int
    fixed_cost: int = 0

    def fix(self, edges: Ints) -> None:
        """Put edges into the tree for good."""
        self.fixed.append(self.label[edges])
        self.fixed_cost += int(self.w[edges].sum())

    def keep(self, which: Bools | Ints) -> None:
        """Keep the edges given."""
        self.u, self.v, self.w, self.label = self.u[which], self.v[which], self.w[which], self.label[which]

    def renumber(self, group: Ints) -> None:
        """Merge nodes of one group, drop groups no edge or terminal needs, make the graph simple again."""
        needed = np.zeros(self.n, np.bool_)
        needed[group[self.u]] = True
        needed[group[self.v]] = True
        needed[group[self.terminal]] = True
        number = np.cumsum(needed) - 1
        terminal = np.zeros(int(needed.sum()), np.bool_)
        terminal[number[group[self.terminal]]] = True
        self.root = int(number[group[self.root]])
        self.u, self.v = number[group[self.u]], number[group[self.v]]
        self.n, self.terminal = len(terminal), terminal
        self.keep(simple_edges(self.u, self.v, self.w))

    def graph(self) -> Graph:
        """Lay out the adjacency."""
        return build_graph(self.n, self.u, self.v, self.w, self.terminal, self.root)


def simple_edges(u: Ints, v: Ints, w: Ints) -> Ints:
    """
    Choose the cheapest of parallel edges, and no loops.

    Parameters
    ----------
    u, v, w
        Ends and cost of each edge.

    Returns
    -------
    Ints
        The edges chosen, in ascending order; of equally cheap ones the first.
    """
    low, high = np.minimum(u, v), np.maximum(u, v)
    order = np.lexsort((w, high, low))
    order = order[low[order] != high[order]]
    first = np.ones(len(order), np.bool_)
    first[1:] = (low[order[1:]] != low[order[:-1]]) | (high[order[1:]] != high[order[:-1]])
    return np.sort(order[first])


def reduce_graph(n: int, u: Ints, v: Ints, w: Ints, terminal: Bools, root: int, rounds: int = 4) -> Reduction:
    """
    Make a graph smaller so that an optimal tree of it is one of the original graph.

    Parameters
    ----------
    n
        Number of nodes.
    u, v, w
        Ends and cost >= 0 of each edge; loops and parallel edges are allowed. Every terminal is connected to
        the
        root.
    terminal
        Which nodes must be in the tree.
    root
        One of the terminals.
    rounds
        How often to go through all tests; 0 only merges edges of cost zero and parallel ones.

    Returns
    -------
    Reduction
        The reduced graph, with the way back.
    """
    m = len(u)
    nothing: list[Ints] = []
    draft = _Draft(n, u, v, w, np.arange(m), terminal, root, nothing, [], [], m)
    _merge_free_edges(draft)
    for _ in range(rounds):
        before = len(draft.u)
        _contract_degrees(draft)
        _drop_by_special_distance(draft)
        _take_nearest(draft)
        if len(draft.u) > 0.98 * before:
            break
    if rounds:
        _contract_degrees(draft)
    empty = np.zeros(0, np.int64)
    return Reduction(
        draft.graph(),
        draft.label,
        np.concatenate([*draft.fixed, empty]),
        np.concatenate([*draft.left, empty]),
        np.concatenate([*draft.right, empty]),
        m,
        draft.fixed_cost,
    )


def _merge_free_edges(draft: _Draft) -> None:
    """Merge the ends of edges that cost nothing, and leave out what the root does not reach."""
    label = component_labels(draft.n, draft.u, draft.v)
    draft.keep(label[draft.u] == label[draft.root])
    free = np.flatnonzero(draft.w == 0)
    u, v = draft.u[free], draft.v[free]
    draft.fix(free[spanning_forest(draft.n, u, v, np.arange(len(free)))])
    draft.keep(draft.w > 0)
    draft.renumber(component_labels(draft.n, u, v))


def _contract_degrees(draft: _Draft) -> None:
    """Contract nodes of degree one and two."""
    if draft.terminal.sum() <= 1:
        draft.keep(np.zeros(0, np.int64))
        draft.renumber(np.arange(draft.n))
        return
    m = len(draft.u)
    alive, u, v, w, left, right, fixed, root = contract_degrees(
        draft.n, draft.u, draft.v, draft.w, draft.terminal, draft.root
    )
    label = np.concatenate([draft.label, draft.made + np.arange(len(u) - m)])
    draft.left.append(label[left])
    draft.right.append(label[right])
    draft.made += len(u) - m
    draft.u, draft.v, draft.w, draft.label, draft.root = u, v, w, label, int(root)
    draft.fix(fixed)
    draft.keep(alive)
    draft.renumber(np.arange(draft.n))


def _drop_by_special_distance(draft: _Draft) -> None:
    """Leave out edges that have a cheaper way around."""
    graph = draft.graph()
    gone = special_distance_test(graph.slots, graph.slot_cost, graph.terminal, graph.u, graph.v, SEARCH_LIMIT)
    draft.keep(~gone)


def _take_nearest(draft: _Draft) -> None:
    """Contract edges that some optimal tree has."""
    if draft.terminal.sum() <= 1:
        return
    graph = draft.graph()
    distance, source, via = nearest_source(graph.slots, graph.slot_cost, graph.terminals)
    order = np.argsort(distance, kind="stable")
    ends, others, edges = nearest_vertex_test(
        graph.slots, graph.slot_cost, graph.terminals, distance, source, via, order
    )
    draft.fix(edges)
    group = np.arange(draft.n)
    group[others] = ends
    draft.renumber(group)
