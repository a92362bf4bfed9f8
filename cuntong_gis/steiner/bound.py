"""A proven lower bound by dual ascent, and what it says about each edge."""

import numpy as np

from cuntong_gis.steiner.arrays import FAR, Graph, Ints
from cuntong_gis.steiner.clock import Clock
from cuntong_gis.steiner.cuts import SHARE, Ascent, Cuts, activate, ascend, block_round, potentials_of, strain_of_cuts
from cuntong_gis.steiner.exchange import root_tree
from cuntong_gis.steiner.paths import nearest_source

ASCENT_CHUNK = 20_000_000
"""Slots looked at between two looks at the clock: well under a second."""

BLOCK = 9
"""Terminals in a neighborhood: 7 to 13 do about equally well."""

BLOCK_CHUNK = 128
"""Blocks between two looks at the clock."""

ROUND_WORK = 400
"""Slots looked at in one round of blocks, in multiples of the graph's slots.

Where cuts are wide (grids without hills) a full round would cost minutes and gain little.
"""

ARCS_PER_SLOT = 48
"""Room for remembered cuts; raises that find none count for the bound but cannot be given back."""

SMALL_ARCS_PER_SLOT, SMALL_ARCS, LEAST_ARCS = 400, 1 << 22, 1 << 16
"""More room for small graphs, where large neighborhoods raise many cuts at once."""

MOST_ARCS = 60_000_000
"""Upper end of that room (int32: 240 MB)."""


class DualAscent:
    """
    A feasible dual of the directed cut formulation on one graph.

    Parameters
    ----------
    graph
        A connected graph with at least two terminals.
    seed
        Seed of the random order in which cuts are raised again.
    """

    def __init__(self, graph: Graph, seed: int) -> None:
        """Put every terminal but the root into the queue."""
        n, slots = graph.n, len(graph.slots.neighbor)
        self.graph = graph
        self.value = 0
        self.sinks = graph.terminals[graph.terminals != graph.root]
        arcs = min(MOST_ARCS, max(LEAST_ARCS, ARCS_PER_SLOT * slots, min(SMALL_ARCS, SMALL_ARCS_PER_SLOT * slots)))
        number = np.zeros(7, np.int64)
        number[5] = (seed * 2_862_933_555_777_941_757 + 3_037_000_493) % (1 << 48)
        self._ascent = Ascent(
            slack=graph.slot_cost,
            active=np.zeros(n, np.bool_),
            heap=np.empty(n, np.int64),
            place=np.full(n, -1, np.int64),
            key=np.zeros(n, np.int64),
            weight=np.zeros(n, np.int64),
            mark=np.zeros(n, np.int64),
            side=np.empty(n, np.int64),
            border=np.empty(slots + 1, np.int64),
            number=number,
        )
        self._cuts = Cuts(
            arcs=np.empty(arcs, np.int32),
            start=np.zeros(arcs // 4 + 2, np.int64),
            amount=np.empty(arcs // 4 + 1, np.int64),
            before=np.empty(arcs // 4 + 1, np.int64),
            last=np.full(n, -1, np.int64),
            owners=self.sinks,
        )
        self._near: tuple[Ints, Ints] | None = None
        self._sink: Ints | None = None
        self._round = 0
        for t in self.sinks:
            activate(self._ascent, t, SHARE)

    @property
    def complete(self) -> bool:
        """Whether no terminal can raise its cut further.

        Returns
        -------
        bool
            Whether no terminal can raise its cut further.
        """
        return int(self._ascent.number[1]) == 0

    def ascend(self, clock: Clock) -> None:
        """
        Raise cuts until none can be raised.

        Parameters
        ----------
        clock
            Stops the ascent early; the bound holds all the same.
        """
        while not self.complete and not clock.over:
            self.value += ascend(self.graph.slots, self._ascent, self._cuts, self.graph.root, ASCENT_CHUNK)

    def ascend_again(self, clock: Clock, centers: Ints | None = None, size: int = BLOCK) -> None:
        """
        Raise the cuts of the neighborhood of each center again in another order.

        Parameters
        ----------
        clock
            Stops the round early.
        centers
            Terminals; all by default.
        size
            Terminals in a neighborhood.
        """
        if not self.complete:
            return
        if self._near is None:
            self._near = touching_regions(self.graph, self._nearest_sink())
        self._round += 1
        order = np.random.default_rng([self._round, len(self.sinks)])
        centers = order.permutation(self.sinks if centers is None else centers)
        until = int(self._ascent.number[6]) + ROUND_WORK * len(self.graph.slots.neighbor)
        for first in range(0, len(centers), BLOCK_CHUNK):
            if clock.over:
                return
            self.value += block_round(
                self.graph.slots,
                self._ascent,
                self._cuts,
                self.graph.root,
                self._near,
                centers[first : first + BLOCK_CHUNK],
                size,
                until,
            )

    @property
    def whole(self) -> bool:
        """Whether all cuts were kept.

        Returns
        -------
        bool
            Whether all cuts were kept, so that the potentials add up to the bound.
        """
        return int(self._ascent.number[4]) == 0

    def potentials(self) -> tuple[Ints, Ints, Ints]:
        """
        Give the bound in the form that a certificate shows.

        Returns
        -------
        owner, node, value
            For each terminal and each node inside of its cuts the sum of their amounts; the values with `owner` =
            `node` add up to the bound.
        """
        owner, node, value = potentials_of(self.graph.slots, self._cuts)
        return owner.astype(np.int64), node.astype(np.int64), value

    def strained(self, edges: Ints) -> Ints:
        """
        Find where a tree and the bound do not fit together: only there either can become better.

        Parameters
        ----------
        edges
            A tree.

        Returns
        -------
        Ints
            Nodes, ascending: terminals with a cut that the tree crosses twice, and the lower ends of arcs of the tree
            with a reduced cost. Without any the tree is the cheapest.
        """
        graph = self.graph
        tree = np.zeros(graph.m, np.bool_)
        tree[edges] = True
        up, _ = root_tree(graph.slots, tree, graph.root)
        lower = np.flatnonzero(up >= 0)
        taken = np.zeros(len(graph.slots.neighbor), np.bool_)
        taken[up[lower]] = True
        crossed = self.sinks[strain_of_cuts(self._cuts, taken) > 0]
        dear = lower[self._ascent.slack[up[lower]] > 0]
        return np.union1d(crossed, dear)

    def sinks_near(self, nodes: Ints) -> Ints:
        """
        Find the terminals nearest to some nodes.

        Parameters
        ----------
        nodes
            The nodes.

        Returns
        -------
        Ints
            Terminals, ascending; never the root.
        """
        return np.unique(self._nearest_sink()[nodes])

    def _nearest_sink(self) -> Ints:
        """Return the terminal nearest to each node, found once."""
        if self._sink is None:
            _, self._sink, _ = nearest_source(self.graph.slots, self.graph.slot_cost, self.sinks)
        return self._sink

    def detours(self) -> Ints:
        """
        Bound from below what each edge adds to the bound when a tree has it.

        Returns
        -------
        Ints
            For each edge the least reduced cost of a way from the root over it to a terminal; any tree with
            the edge
            costs at least `value` plus this.
        """
        graph, slack = self.graph, self._ascent.slack
        slots = graph.slots
        from_root, _, _ = nearest_source(slots, slack[slots.back], np.array([graph.root]))
        to_sink, _, _ = nearest_source(slots, slack, self.sinks)
        node = np.repeat(np.arange(graph.n), np.diff(slots.start))
        entering = np.minimum(from_root[slots.neighbor], FAR // 4) + slack + np.minimum(to_sink[node], FAR // 4)
        detour = np.empty(graph.m, np.int64)
        detour[slots.edge] = np.minimum(entering, entering[slots.back])
        return detour


def touching_regions(graph: Graph, source: Ints) -> tuple[Ints, Ints]:
    """
    List the terminals whose regions touch.

    Parameters
    ----------
    graph
        The graph.
    source
        The terminal of each node.

    Returns
    -------
    start
        First place of each node's list, and the end of the last; only terminals have lists.
    near
        The lists.
    """
    a, b = source[graph.u], source[graph.v]
    across = a != b
    pair = np.unique(np.concatenate([a[across] * graph.n + b[across], b[across] * graph.n + a[across]]))
    start = np.zeros(graph.n + 1, np.int64)
    np.cumsum(np.bincount(pair // graph.n, minlength=graph.n), out=start[1:])
    return start, pair % graph.n
