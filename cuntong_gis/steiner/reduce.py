"""Reductions that keep an optimal tree, and the way back from the reduced graph to the edges it came from."""

from dataclasses import dataclass

import numpy as np

from cuntong_gis.steiner.arrays import Bools, Graph, Ints, build_graph
from cuntong_gis.steiner.clock import Clock
from cuntong_gis.steiner.detour import Search, drop_edges, new_search, take_nearest
from cuntong_gis.steiner.jit import kernel
from cuntong_gis.steiner.net import EDGES, FIXED, ROOT, TERMINALS, WORDS, Net, Numbers, fill, new_net, settle, widen
from cuntong_gis.steiner.stars import drop_nodes

SEARCH_LIMIT = 300
"""Edges looked at in one search of a test; twice as many find hardly more on roads."""

ROUNDS = 12
"""Rounds of tests at the most; each looks only near what the round before changed."""

WORTH = 0.004
"""Share of the edges that a round must take away for another to follow."""


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
    name
        An original node of each reduced node.
    fixed
        Numbers of edges that belong to the tree in any case.
    left, right
        The two edges that each made edge stands for.
    original_count
        Number of original edges; the edges after them were made.
    fixed_cost
        What the fixed edges cost.
    record
        What was done, as words; empty when it was not asked for.
    """

    graph: Graph
    label: Ints
    name: Ints
    fixed: Ints
    left: Numbers
    right: Numbers
    original_count: int
    fixed_cost: int
    record: Ints

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
            Original edges, fixed ones included, ascending. They connect what the tree connects, but may hold
            cycles and loose ends: the caller cleans them on the original graph.
        """
        waiting = np.concatenate([self.label[edges], self.fixed])
        found = []
        while len(waiting):
            made = waiting >= self.original_count
            found.append(waiting[~made])
            at = waiting[made] - self.original_count
            waiting = np.concatenate([self.left[at], self.right[at]]).astype(np.int64)
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
def spread_choice(chosen: Bools, left: Numbers, right: Numbers) -> Bools:
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


def reduce_graph(
    n: int,
    u: Ints,
    v: Ints,
    w: Ints,
    terminal: Bools,
    root: int,
    rounds: int = ROUNDS,
    record: bool = False,
    clock: Clock | None = None,
) -> Reduction:
    """
    Make a graph smaller so that an optimal tree of it is one of the original graph.

    Parameters
    ----------
    n
        Number of nodes.
    u, v, w
        Ends and cost >= 0 of each edge; loops, parallel edges and parts without terminals are allowed. Every
        terminal is connected to the root.
    terminal
        Which nodes must be in the tree.
    root
        One of the terminals.
    rounds
        How many rounds of tests at the most; 0 only contracts nodes of degree one and two.
    record
        Whether to record each step for the certificate.
    clock
        Ends the rounds early.

    Returns
    -------
    Reduction
        The reduced graph, with the way back.
    """
    net = new_net(n, u, v, w, terminal, root, record)
    fill(net, len(u))
    settle(net)
    if rounds and net.number[TERMINALS] > 1:
        net = _tested(net, rounds, clock or Clock())
    return _compact(net, len(u))


def _tested(net: Net, rounds: int, clock: Clock) -> Net:
    """Go through all tests, each round near what the one before changed."""
    n = len(net.head)
    room = (
        new_search(n, SEARCH_LIMIT),
        new_search(n, SEARCH_LIMIT),
        new_search(n, SEARCH_LIMIT),
        new_search(n, SEARCH_LIMIT),
    )
    dirty = np.ones(n, np.bool_)
    alive = np.count_nonzero(net.alive)
    for _ in range(rounds):
        if clock.over:
            break
        fresh = np.zeros(n, np.bool_)
        net = _round(net, room, dirty, fresh)
        before, alive = alive, np.count_nonzero(net.alive)
        if net.number[TERMINALS] <= 1 or before - alive <= WORTH * before:
            break
        dirty = _near(net, fresh)
    return net


def _round(net: Net, room: tuple[Search, Search, Search, Search], dirty: Bools, fresh: Bools) -> Net:
    """Test edges, terminals, and nodes once."""
    at = 0
    while at < net.number[EDGES]:
        at = drop_edges(net, room[0], room[1], SEARCH_LIMIT, at, dirty, fresh)
        if at < net.number[EDGES]:
            net = widen(net)
    settle(net)
    take_nearest(net, room[0], SEARCH_LIMIT, dirty, fresh)
    settle(net)
    at = 0
    while at < len(net.head):
        at = drop_nodes(net, room, SEARCH_LIMIT, at, dirty, fresh)
        if at < len(net.head):
            net = widen(net)
    settle(net)
    return net


def _near(net: Net, fresh: Bools) -> Bools:
    """Find the nodes at most two edges from those given."""
    alive = np.flatnonzero(net.alive[: net.number[EDGES]])
    u, v = net.u[alive], net.v[alive]
    for _ in range(2):
        touched = fresh[u] | fresh[v]
        fresh = fresh.copy()
        fresh[u[touched]] = True
        fresh[v[touched]] = True
    return fresh


def _compact(net: Net, m: int) -> Reduction:
    """Give what is left new numbers."""
    number = net.number
    count = int(number[EDGES])
    alive = np.flatnonzero(net.alive[:count])
    if number[TERMINALS] <= 1:
        alive = alive[:0]
    u, v = net.u[alive].astype(np.int64), net.v[alive].astype(np.int64)
    needed = np.zeros(len(net.head), np.bool_)
    needed[u] = True
    needed[v] = True
    needed[number[ROOT]] = True
    name = np.flatnonzero(needed)
    at = np.cumsum(needed) - 1
    fixed = net.fixed[: number[FIXED]].astype(np.int64)
    graph = build_graph(len(name), at[u], at[v], net.w[alive], net.terminal[name], int(at[number[ROOT]]))
    return Reduction(
        graph,
        alive,
        name,
        fixed,
        net.left[: count - m].copy(),
        net.right[: count - m].copy(),
        m,
        int(net.w[fixed].sum()),
        net.record[: number[WORDS]].astype(np.int64),
    )
