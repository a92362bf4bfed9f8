"""Bring cost and bound together: prune by reduced cost, solve what is left, fix, reduce, repeat."""

import logging
from dataclasses import dataclass, replace

import numpy as np

from cuntong_gis.steiner.arrays import FAR, Bools, Graph, Ints
from cuntong_gis.steiner.bound import DualAscent
from cuntong_gis.steiner.clock import Clock
from cuntong_gis.steiner.paths import component_labels
from cuntong_gis.steiner.reduce import Reduction, reduce_graph
from cuntong_gis.steiner.tree import build_tree, clean_tree, improve_tree, tree_cost

logger = logging.getLogger("cuntong_gis.steiner")


@dataclass(frozen=True)
class Work:
    """
    How much to do on one graph.

    Attributes
    ----------
    passes
        Passes of key-path exchange.
    rounds
        Rounds of block ascent before the graph is made smaller.
    levels
        How often edges are fixed by reduced cost and the smaller graph is solved in the same way.
    shares
        Parts of the gap, in per cent, within which an edge's detour must be to stay in a pruned graph.
    restarts
        Trees built with perturbed costs and combined with the best.
    inner
        The same on each graph pruned by reduced cost or made of two trees, where a tree takes milliseconds.
    """

    passes: int
    rounds: int
    levels: int
    shares: tuple[int, ...]
    restarts: int
    inner: int = 0


EFFORTS = {
    "quick": Work(passes=6, rounds=0, levels=0, shares=(4,), restarts=0),
    "normal": Work(passes=20, rounds=8, levels=4, shares=(0, 1), restarts=16, inner=40),
    "thorough": Work(passes=50, rounds=16, levels=8, shares=(0, 1, 4), restarts=60, inner=80),
}

PRUNED = Work(passes=20, rounds=1, levels=2, shares=(), restarts=0)
"""Work on a graph pruned by reduced cost: small, and only its tree counts."""

PERTURBED_PASSES = 4
"""Passes of key-path exchange on a perturbed tree; later passes change little that the union would keep."""

COMBINED = Work(passes=20, rounds=1, levels=3, shares=(), restarts=0)
"""Work on the union of two trees."""


class Stage:
    """
    The best tree of one graph, handed up to the graph that it was made from.

    Parameters
    ----------
    graph
        The graph.
    above
        The stage of the larger graph; None at the top.
    reduction, which
        The way back to it: reduced edges to the edges kept, and those to edges of the larger graph.
    exact
        Whether a bound of this graph is one of the larger graph, for trees cheaper than the best known.
    """

    def __init__(
        self,
        graph: Graph,
        above: "Stage | None" = None,
        reduction: Reduction | None = None,
        which: Ints | None = None,
        exact: bool = True,
    ) -> None:
        """Start without a tree."""
        self.graph = graph
        self.edges: Ints = np.zeros(0, np.int64)
        self.cost = FAR
        self.bound = 0
        self._above = above
        self._reduction = reduction
        self._which = which
        self._exact = exact

    @property
    def upper(self) -> int:
        """Cost that a tree of this graph must stay under to be better than the best known.

        Returns
        -------
        int
            Cost that a tree of this graph must stay under to be better than the best known.
        """
        if self._above is None or self._reduction is None:
            return self.cost
        return min(self.cost, self._above.upper - self._reduction.fixed_cost)

    def offer(self, edges: Ints) -> bool:
        """
        Take a tree if it is cheaper than the best.

        Parameters
        ----------
        edges
            Edges of this graph that connect all terminals.

        Returns
        -------
        bool
            Whether it was taken.
        """
        edges = clean_tree(self.graph, edges)
        cost = tree_cost(self.graph, edges)
        if cost >= self.cost:
            return False
        self.edges, self.cost = edges, cost
        if self._above is not None and self._reduction is not None and self._which is not None:
            self._above.offer(self._which[self._reduction.expand(edges)])
        return True

    def known(self) -> Bools | None:
        """
        Find what the best tree of the larger graph is here; parts of it may be gone.

        Returns
        -------
        Bools or None
            Which edges of this graph are in that tree; None at the top.
        """
        if self._above is None or self._reduction is None or self._which is None:
            return None
        chosen = np.zeros(self._above.graph.m, np.bool_)
        chosen[self._above.edges] = True
        return self._reduction.within(chosen[self._which])

    def prove(self, bound: int) -> None:
        """
        Note a lower bound of every tree of this graph that is cheaper than the best known.

        Parameters
        ----------
        bound
            The bound.
        """
        self.bound = max(self.bound, bound)
        if self._exact and self._above is not None and self._reduction is not None:
            self._above.prove(bound + self._reduction.fixed_cost)

    def below(self, which: Ints, exact: bool) -> "Stage | None":
        """
        Make the stage of the graph with some of the edges only.

        Parameters
        ----------
        which
            The edges to keep.
        exact
            Whether every tree cheaper than the best known is among them.

        Returns
        -------
        Stage or None
            The stage; None when the edges no longer connect all terminals.
        """
        graph = self.graph
        u, v = graph.u[which], graph.v[which]
        label = component_labels(graph.n, u, v)
        if (label[graph.terminal] != label[graph.root]).any():
            return None
        made = reduce_graph(graph.n, u, v, graph.w[which], graph.terminal, graph.root)
        return Stage(made.graph, self, made, which, exact)


class Search:
    """
    Work on a stage and the smaller ones below it.

    Parameters
    ----------
    clock
        Ends the work early.
    seed
        Seed of every random choice.
    """

    def __init__(self, clock: Clock, seed: int) -> None:
        """Count from zero."""
        self.clock = clock
        self.random = np.random.default_rng(seed)
        self.ascents = 0

    def start(self, stage: Stage, passes: int) -> None:
        """
        Give a stage its first tree and a first bound.

        Parameters
        ----------
        stage
            The stage.
        passes
            Passes of key-path exchange.
        """
        edges, bound = build_tree(stage.graph)
        stage.offer(edges)
        stage.prove(bound)
        if not self.clock.over:
            stage.offer(improve_tree(stage.graph, stage.edges, passes))
        known = stage.known()
        if known is not None and not self.clock.over:
            # a known tree that nearly fits is mended by making its edges cheap, then improved at true costs
            edges, _ = build_tree(stage.graph, np.where(known, np.maximum(stage.graph.w >> 6, 1), stage.graph.w))
            stage.offer(improve_tree(stage.graph, edges, passes))

    def run(self, stage: Stage, work: Work, name: str = "") -> None:
        """
        Improve the tree and the bound of a stage that has a tree.

        Parameters
        ----------
        stage
            The stage.
        work
            How much to do.
        name
            What to call the stage in the log; an empty name logs nothing.
        """
        graph = stage.graph
        if graph.terminal.sum() <= 1:
            stage.prove(0)
            return
        if self.clock.over:
            return
        dual = DualAscent(graph, int(self.random.integers(1 << 40)))
        self.ascents += 1
        dual.ascend(self.clock)
        stage.prove(dual.value)
        self._prune(stage, dual, work, work.shares[:1])
        idle = 0
        for turn in range(work.rounds):
            if self.clock.over or dual.value >= stage.upper:
                break
            before = dual.value
            dual.ascend_again(self.clock)
            stage.prove(dual.value)
            at = turn % max(len(work.shares), 1)
            self._prune(stage, dual, work, work.shares[at : at + 1])
            idle = idle + 1 if dual.value - before < (stage.upper - before) // 100 else 0
            if idle == 3:
                break
        self._prune(stage, dual, work, work.shares[1:])
        self._perturb(stage, dual, work)
        if name:
            logger.info(
                "%s: %d nodes, %d edges, cost %d, bound %d, %.1f s",
                name,
                graph.n,
                graph.m,
                stage.upper,
                dual.value,
                self.clock.elapsed,
            )
        self._descend(stage, dual, work, name)

    def _descend(self, stage: Stage, dual: DualAscent, work: Work, name: str) -> None:
        """Fix edges by reduced cost and work on what is left."""
        if dual.value >= stage.upper:
            return
        kept = np.flatnonzero(dual.value + dual.detours() < stage.upper)
        if work.levels == 0 or self.clock.over or len(kept) > 0.98 * stage.graph.m:
            return
        del dual
        below = stage.below(kept, exact=True)
        if below is None:
            # no cheaper tree is left, so the best known is optimal
            stage.prove(stage.upper)
            return
        self.start(below, work.passes)
        # what is left to gain shrinks from level to level, and so does what is spent on it
        less = replace(work, levels=work.levels - 1, restarts=work.restarts // 2, inner=work.inner // 2)
        self.run(below, less, name and f"{name}+")

    def _prune(self, stage: Stage, dual: DualAscent, work: Work, shares: tuple[int, ...]) -> None:
        """Solve the small graphs of edges with a small detour, which hold a good tree more often than not."""
        if not shares:
            return
        detours = dual.detours()
        for share in shares:
            gap = stage.upper - dual.value
            if gap <= 0 or self.clock.over:
                return
            self._solve_part(stage, detours <= gap * share // 100, replace(PRUNED, restarts=work.inner), work.passes)

    def _perturb(self, stage: Stage, dual: DualAscent, work: Work) -> None:
        """Build other trees on the pruned graph and combine each with the best."""
        if work.restarts == 0:
            return
        detours = dual.detours()
        for _ in range(work.restarts):
            gap = stage.upper - dual.value
            if gap <= 0 or self.clock.over:
                return
            graph = stage.graph
            noise = self.random.integers(1024, 1024 + 1200, graph.m)
            far = np.minimum(detours, gap)
            cost = np.maximum(graph.w * noise // 1024 + far, 1)
            edges, _ = build_tree(graph, cost)
            edges = improve_tree(graph, edges, PERTURBED_PASSES)
            part = np.zeros(graph.m, np.bool_)
            part[edges] = True
            self._solve_part(stage, part, replace(COMBINED, restarts=work.inner), work.passes)

    def _solve_part(self, stage: Stage, part: Bools, work: Work, passes: int) -> None:
        """Solve the graph of some edges and the best tree, and take its tree if it is better."""
        part = part.copy()
        part[stage.edges] = True
        below = stage.below(np.flatnonzero(part), exact=False)
        if below is None:
            return
        before = stage.cost
        self.start(below, work.passes)
        self.run(below, work)
        if stage.cost < before and not self.clock.over:
            stage.offer(improve_tree(stage.graph, stage.edges, passes))
