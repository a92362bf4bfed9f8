"""Bring cost and bound together: part at cut nodes, prune by reduced cost, solve what is left, fix, reduce, repeat."""

from dataclasses import dataclass, replace

import numpy as np

from cuntong_gis.certificate import PartProof
from cuntong_gis.steiner.arrays import Bools, Graph, Ints, build_graph
from cuntong_gis.steiner.blocks import find_blocks
from cuntong_gis.steiner.bound import DualAscent
from cuntong_gis.steiner.clock import Clock
from cuntong_gis.steiner.part import NO_NAMES, Part, part_of
from cuntong_gis.steiner.reduce import ROUNDS, reduce_graph
from cuntong_gis.steiner.regions import Regions
from cuntong_gis.steiner.stage import Fixing, Found, Report, Stage, Tally
from cuntong_gis.steiner.tree import build_tree, improve_tree


@dataclass(frozen=True)
class Work:
    """
    How much to do on one block.

    Attributes
    ----------
    passes
        Passes of key-path exchange.
    rounds
        Rounds of block ascent, the first around all terminals, the others where tree and bound do not fit together.
    share
        Where the support ends: the largest detour of an edge in it, in per mille of what a terminal costs on
        average; -1 for no support.
    sizes
        Cells of the regions that are solved anew, one a round and then on with the last; empty for none.
    levels
        How often edges may be fixed by reduced cost and the smaller graph solved in the same way.
    ascents
        Passes of block ascent in a round, each where tree and bound do not fit together.
    inner
        The work on each block of a support or a region.
    """

    passes: int
    rounds: int
    share: int
    sizes: tuple[int, ...]
    levels: int
    ascents: int
    inner: "Work | None" = None


LEAF = Work(passes=10, rounds=2, share=-1, sizes=(), levels=4, ascents=8)
SUPPORT = Work(passes=10, rounds=4, share=0, sizes=(), levels=6, ascents=8, inner=LEAF)

FIRST = Work(passes=0, rounds=0, share=-1, sizes=(), levels=0, ascents=0)
"""What is shown at once, before the work on it begins."""

EFFORTS = {
    "quick": Work(passes=2, rounds=0, share=-1, sizes=(), levels=0, ascents=0),
    "normal": Work(passes=6, rounds=12, share=-1, sizes=(24, 48), levels=6, ascents=24, inner=SUPPORT),
    "thorough": Work(passes=10, rounds=60, share=-1, sizes=(24, 48, 96), levels=12, ascents=48, inner=SUPPORT),
}

BLOCKS = (9, 5, 13, 20)
"""Terminals in a neighborhood, one pass after the other."""

PATIENCE = 6
"""Passes of block ascent that may gain little in a row."""

REGION_SHARE = 300
"""Largest detour of an edge that a region's new tree may have, in per mille of what a terminal costs on average."""

SMALL = 3000
"""Edges of a block up to which other trees are built at random costs: where that takes milliseconds."""

TRIALS = 6
"""Such trees a round."""

FEW = 0.7
"""Share of the edges under which it pays to go on with the smaller graph at once."""


class Search:
    """
    Solve parts and their blocks.

    Parameters
    ----------
    clock
        Ends the work early.
    seed
        Seed of every random choice.
    certify
        Whether to write down why the bounds hold.
    """

    def __init__(self, clock: Clock, seed: int, certify: bool = False) -> None:
        """Count from zero."""
        self.clock = clock
        self.certify = certify
        self.random = np.random.default_rng(seed)
        self.ascents = 0

    def solve(
        self,
        part: Part,
        known: Ints | None,
        work: Work,
        *,
        exact: bool,
        report: Report | None = None,
        rounds: int = ROUNDS,
    ) -> Found:
        """
        Reduce a part, and solve its blocks.

        Parameters
        ----------
        part
            The part; its edges connect all terminals.
        known
            A tree or some of its edges, where one is known.
        work
            How much to do on each block.
        exact
            Whether the bound is wanted; else only the tree.
        report
            Whom to tell about a better cost or bound.
        rounds
            Rounds of reduction.

        Returns
        -------
        Found
            The best tree; `known` when that is a tree and no better one was found.
        """
        certify = exact and self.certify
        reduction = reduce_graph(part.n, part.u, part.v, part.w, part.terminal, part.root, rounds, certify, self.clock)
        graph = reduction.graph
        name = part.name[reduction.name] if certify else NO_NAMES
        chosen = None
        if known is not None:
            mask = np.zeros(len(part.u), np.bool_)
            mask[known] = True
            chosen = reduction.within(mask)
        blocks, single = self._blocks(graph, name)
        trees = [single]
        fixed = reduction.fixed_cost + int(graph.w[single].sum())
        tally = Tally(report, fixed)
        stages = [
            (which, Stage(build_graph(piece.n, piece.u, piece.v, piece.w, piece.terminal, piece.root), piece.name))
            for which, piece in blocks
        ]
        for _, stage in stages:
            tally.add(stage)
        proofs = []
        for which, stage in stages:
            self.solve_block(stage, None if chosen is None else chosen[which], work, exact=exact)
            trees.append(which[stage.edges])
            if certify:
                proofs.append(stage.certify(which, reduction.label))
        edges = part.clean(reduction.expand(np.concatenate(trees)))
        cost = part.cost(edges)
        bound = min(fixed + sum(stage.bound for _, stage in stages), cost)
        if not certify:
            return Found(edges, cost, bound)
        shown = tuple(proof for proof in proofs if proof is not None)
        return Found(edges, cost, bound, PartProof(np.arange(len(part.u)), reduction.record, shown))

    def _blocks(self, graph: Graph, name: Ints) -> tuple[list[tuple[Ints, Part]], Ints]:
        """Part a graph into blocks, each with its edges; those of one edge, which every tree has, come together."""
        block, top, needed = find_blocks(graph.slots, graph.m, graph.terminal, graph.root)
        size = np.bincount(block[block >= 0], minlength=len(top))
        order = np.argsort(block, kind="stable")
        start = np.searchsorted(block[order], np.arange(len(top) + 1))
        found = []
        for b in np.flatnonzero(size > 1):
            which = order[start[b] : start[b + 1]]
            found.append((which, part_of(graph, which, needed, int(top[b]), name)))
        return found, np.flatnonzero((block >= 0) & (size[block] == 1))

    def solve_block(self, stage: Stage, known: Bools | None, work: Work, *, exact: bool) -> None:
        """
        Find a tree and a bound of a block.

        Parameters
        ----------
        stage
            The block; it keeps what was found.
        known
            Edges of a known tree.
        work
            How much to do.
        exact
            Whether the bound is wanted.
        """
        certify = exact and self.certify
        if stage.closed and not certify:
            return
        dual = None
        try:
            self._first(stage, known, work)
            if work.rounds or exact:
                dual = DualAscent(stage.graph, int(self.random.integers(1 << 40)))
                self._work(stage, dual, work, exact)
        except KeyboardInterrupt:
            self.clock.stop()
        if certify and dual is not None:
            stage.potentials = dual.potentials()

    def _first(self, stage: Stage, known: Bools | None, work: Work) -> None:
        """Improve the first tree of a block."""
        graph = stage.graph
        if known is not None:
            edges, _ = build_tree(graph, np.where(known, np.maximum(graph.w >> 6, 1), graph.w))
            stage.offer(edges)
        if not self.clock.over:
            stage.offer(improve_tree(graph, stage.edges, work.passes))

    def _work(self, stage: Stage, dual: DualAscent, work: Work, exact: bool) -> None:
        """Bring tree and bound of a block together."""
        graph = stage.graph
        self.ascents += 1
        dual.ascend(self.clock)
        stage.prove(dual.value)
        if not work.rounds:
            return
        regions = Regions(graph) if work.sizes else None
        for turn in range(work.rounds + 1):
            if turn:
                self._ascend(stage, dual, work, everywhere=turn == 1)
            if stage.closed or self.clock.over:
                return
            detours = dual.detours()
            if work.inner is not None and work.share >= 0:
                self._support(stage, detours, work)
            if regions is not None and turn:
                self._renew(stage, dual, detours, regions, work, work.sizes[min(turn, len(work.sizes)) - 1])
            if graph.m <= SMALL and turn >= 2:
                self._vary(stage, detours, work)
            if stage.closed or self.clock.over:
                return
            if dual.whole and self._fix(stage, dual.value, detours, work, exact=exact, last=turn == work.rounds):
                return

    def _ascend(self, stage: Stage, dual: DualAscent, work: Work, *, everywhere: bool) -> None:
        """Raise the bound where it does not fit the tree, until that helps little."""
        if everywhere:
            dual.ascend_again(self.clock)
            stage.prove(dual.value)
        idle = 0
        for turn in range(work.ascents):
            if stage.closed or self.clock.over or idle == PATIENCE:
                return
            centers = dual.sinks_near(dual.strained(stage.edges))
            before = dual.value
            dual.ascend_again(self.clock, centers, BLOCKS[turn % len(BLOCKS)])
            stage.prove(dual.value)
            idle = idle + 1 if dual.value - before < (stage.cost - before) // 200 else 0

    def _renew(self, stage: Stage, dual: DualAscent, detours: Ints, regions: Regions, work: Work, size: int) -> None:
        """Solve the tree anew region by region, around all places where it does not fit the bound."""
        inner = work.inner
        assert inner is not None
        allowed = detours <= min(_share(stage, REGION_SHARE), stage.cost - dual.value)
        centers = self.random.permutation(dual.strained(stage.edges))

        def solve(part: Part, known: Ints) -> Ints:
            return self.solve(part, known, inner, exact=False).edges

        stage.offer(regions.renew(stage.edges, allowed, centers, size, solve, self.clock))

    def _support(self, stage: Stage, detours: Ints, work: Work) -> None:
        """Solve the graph of the edges with a small detour and of the best tree; it holds a good tree most often."""
        graph = stage.graph
        assert work.inner is not None
        inside = detours <= _share(stage, work.share)
        inside[stage.edges] = True
        which = np.flatnonzero(inside)
        part = part_of(graph, which, graph.terminal, graph.root)
        found = self.solve(part, np.searchsorted(which, stage.edges), work.inner, exact=False)
        before = stage.cost
        stage.offer(which[found.edges])
        if stage.cost < before and not self.clock.over:
            stage.offer(improve_tree(graph, stage.edges, work.passes))

    def _vary(self, stage: Stage, detours: Ints, work: Work) -> None:
        """Build other trees at random costs, and solve the union of each with the best."""
        graph = stage.graph
        for _ in range(TRIALS):
            if stage.closed or self.clock.over:
                return
            noise = self.random.integers(1024, 2048, graph.m)
            cost = graph.w * noise // 1024 + np.minimum(detours, stage.cost - stage.bound)
            edges, _ = build_tree(graph, cost)
            edges = improve_tree(graph, edges, work.passes)
            if work.inner is None:
                stage.offer(edges)
                continue
            which = np.union1d(edges, stage.edges)
            if len(which) > len(stage.edges):
                part = part_of(graph, which, graph.terminal, graph.root)
                found = self.solve(part, np.searchsorted(which, stage.edges), LEAF, exact=False)
                stage.offer(which[found.edges])

    def _fix(self, stage: Stage, bound: int, detours: Ints, work: Work, *, exact: bool, last: bool) -> bool:
        """Leave out edges that no cheaper tree has; say whether the rest was solved."""
        graph = stage.graph
        if work.levels == 0:
            return False
        kept = np.flatnonzero(bound + detours < stage.cost)
        if len(kept) > (0.97 if last else FEW) * graph.m:
            return False
        part = part_of(graph, kept, graph.terminal, graph.root, stage.name)
        tree, cost = stage.edges, stage.cost
        if part.terminal.sum() < graph.terminal.sum() or not part.connected:
            stage.fixing = Fixing(tree, cost, kept, None)
            stage.prove(stage.cost)
            return True
        known = np.flatnonzero(np.isin(kept, tree, assume_unique=True))
        less = replace(work, levels=work.levels - 1)
        found = self.solve(part, known, less, exact=exact, report=stage.tell)
        stage.fixing = Fixing(tree, cost, kept, found)
        stage.offer(kept[found.edges])
        stage.prove(found.bound)
        return True


def _share(stage: Stage, mille: int) -> int:
    """Give a share of what a terminal costs on average."""
    return mille * stage.cost // (1000 * max(int(stage.graph.terminal.sum()) - 1, 1))
