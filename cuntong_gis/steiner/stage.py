"""The best tree and bound of a block, on their way to the whole."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from cuntong_gis.certificate import BlockProof, PartProof
from cuntong_gis.steiner.arrays import Graph, Ints
from cuntong_gis.steiner.tree import build_tree, clean_tree, tree_cost

Report = Callable[[int, int], None]


@dataclass(frozen=True)
class Found:
    """
    The tree and the bound of a part.

    Attributes
    ----------
    edges
        The tree.
    cost
        What it costs.
    bound
        A lower bound of every tree.
    proof
        Why it is one, when a certificate was asked for.
    """

    edges: Ints
    cost: int
    bound: int
    proof: PartProof | None = None


@dataclass(frozen=True)
class Fixing:
    """
    What was left out of a block because no tree cheaper than one known has it.

    Attributes
    ----------
    tree
        The tree known.
    cost
        What it costs.
    kept
        The edges kept.
    rest
        What was found of them; None when they do not connect the terminals.
    """

    tree: Ints
    cost: int
    kept: Ints
    rest: Found | None


class Stage:
    """
    The best tree and the best bound of one block.

    Parameters
    ----------
    graph
        The block.
    name
        Number of its nodes in the instance; may be empty.
    """

    def __init__(self, graph: Graph, name: Ints) -> None:
        """Start with a first tree."""
        self.graph = graph
        self.name = name
        self.report: Report | None = None
        self.potentials: tuple[Ints, Ints, Ints] | None = None
        self.fixing: Fixing | None = None
        self.edges, self.bound = build_tree(graph)
        self.cost = tree_cost(graph, self.edges)
        if int(graph.terminal.sum()) == 2:
            # a shortest path
            self.bound = self.cost

    @property
    def closed(self) -> bool:
        """Whether the tree is known to be the cheapest.

        Returns
        -------
        bool
            Whether the tree is known to be the cheapest.
        """
        return self.bound >= self.cost

    def offer(self, edges: Ints) -> None:
        """
        Take a tree if it is cheaper than the best.

        Parameters
        ----------
        edges
            Edges that connect all terminals.
        """
        edges = clean_tree(self.graph, edges)
        cost = tree_cost(self.graph, edges)
        if cost < self.cost:
            self.edges, self.cost = edges, cost
            self.tell(self.cost, self.bound)

    def prove(self, bound: int) -> None:
        """
        Note a lower bound.

        Parameters
        ----------
        bound
            The bound; no tree cheaper than the best one known costs less.
        """
        if bound > self.bound:
            self.bound = min(bound, self.cost)
            self.tell(self.cost, self.bound)

    def certify(self, which: Ints, label: Ints) -> BlockProof | None:
        """
        Write down why the bound holds, and take the bound that is written down.

        Parameters
        ----------
        which
            The edges of the block in the reduced graph.
        label
            Number of the edges of the reduced graph in the part.

        Returns
        -------
        BlockProof or None
            None when there is nothing to show; the bound is 0 then.
        """
        if self.potentials is None:
            self.bound = 0
            return None
        owner, node, value = self.potentials
        bound = int(value[owner == node].sum())
        edge = int(label[which[0]])
        shown = (self.name[owner], self.name[node], value)
        fixing = self.fixing
        if fixing is None:
            self.bound = min(bound, self.cost)
            return BlockProof(edge, *shown)
        rest = fixing.rest
        self.bound = min(self.cost, fixing.cost, fixing.cost if rest is None else max(bound, rest.bound))
        tree = label[which[fixing.tree]]
        if rest is None:
            return BlockProof(edge, *shown, tree, None, True)
        assert rest.proof is not None
        return BlockProof(edge, *shown, tree, replace(rest.proof, edges=label[which[fixing.kept]]))

    def tell(self, cost: int, bound: int) -> None:
        """
        Report a cost and a bound, which may come from a smaller graph, when they are news.

        Parameters
        ----------
        cost, bound
            Cost and bound of the block.
        """
        if self.report is not None:
            self.report(min(cost, self.cost), min(max(bound, self.bound), cost, self.cost))


class Tally:
    """
    Sum of the costs and bounds of some stages.

    Parameters
    ----------
    report
        Whom to tell the sums.
    fixed
        What is in every tree.
    """

    def __init__(self, report: Report | None, fixed: int) -> None:
        """Start with what is fixed."""
        self.cost = self.bound = fixed
        self._report = report

    def add(self, stage: Stage) -> None:
        """
        Count a stage in, now and whenever it gets better.

        Parameters
        ----------
        stage
            The stage.
        """
        self.cost += stage.cost
        self.bound += stage.bound
        last = [stage.cost, stage.bound]
        stage.report = lambda cost, bound: self._hear(last, cost, bound)

    def _hear(self, last: list[int], cost: int, bound: int) -> None:
        self.cost += cost - last[0]
        self.bound += bound - last[1]
        last[:] = cost, bound
        if self._report is not None:
            self._report(self.cost, self.bound)
