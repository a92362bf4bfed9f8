"""The door of the checker: the instance, the plan, and the parts of the proof from the whole graph downwards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cuntong_gis.certificate import BlockProof, Certificate, PartProof
from cuntong_gis.verify.blocks import Block, decompose
from cuntong_gis.verify.potentials import Arcs, climb, connects, detours, labels
from cuntong_gis.verify.replay import Replay
from cuntong_gis.verify.steps import LARGEST, Ints, Steps, costs_in_range, lookup

DEEPEST = 100
"""Rests within rests that are looked into; a solver needs a few."""


@dataclass(frozen=True)
class Verdict:
    """What a certificate proves.

    Attributes
    ----------
    cost
        What the plan costs.
    bound
        What any plan costs at least.
    steps
        Number of steps that were replayed and blocks that were bounded.
    """

    cost: int
    bound: int
    steps: int

    @property
    def gap(self) -> float | None:
        """How much dearer than the bound the plan is at most.

        Returns
        -------
        float or None
            (cost - bound) / bound; 0 at 0/0; None if only the bound is 0.
        """
        if self.bound == 0:
            return 0.0 if self.cost == 0 else None
        return (self.cost - self.bound) / self.bound


@dataclass(frozen=True)
class Part:
    """A graph to be bounded.

    Attributes
    ----------
    count
        Number of nodes.
    u, v, w
        Ends and cost of each edge.
    terminals
        Nodes to connect; the root is one.
    root
        The node to connect them to.
    places
        Gives for nodes of the instance their number here, -1 for those that are not here.
    depth
        How many parts are above.
    """

    count: int
    u: Ints
    v: Ints
    w: Ints
    terminals: list[int]
    root: int
    places: Callable[[Ints], Ints]
    depth: int = 0


def verify_certificate(certificate: Certificate) -> Verdict:
    """Replay a certificate: check that the plan connects what it should, and that no plan costs less than the bound.

    Parameters
    ----------
    certificate : Certificate
        From anywhere: nothing in it is trusted.

    Returns
    -------
    Verdict
        What was claimed and is now proven.

    Raises
    ------
    CertificateError
        At the first thing that does not hold; the message says what, and at which step.

    Notes
    -----
    About linear in the length of the certificate. The reasons of each step are in `cuntong_gis.verify`.
    """
    steps = Steps()
    whole = _instance(certificate, steps)
    cost = _plan_cost(certificate, whole, steps)
    if cost != certificate.cost:
        raise steps.refuse(
            f"方案造价为 {cost}，不是所称的 {certificate.cost}",
            f"the plan costs {cost}, not {certificate.cost} as claimed",
        )
    edges = steps.distinct("proof.edges", certificate.proof.edges, len(whole.u))
    left_out = np.ones(len(whole.u), np.bool_)
    left_out[edges] = False
    label = labels(whole.count, whole.u, whole.v)
    if (label[whole.u[left_out]] == label[whole.root]).any():
        raise steps.refuse("证明遗漏了与根相连的边", "the proof leaves out an edge that is connected to the root")
    part = Part(whole.count, whole.u[edges], whole.v[edges], whole.w[edges], whole.terminals, whole.root, whole.places)
    bound = _part_bound(part, certificate.proof, steps)
    if not 0 <= certificate.bound <= cost:
        raise steps.refuse("所称下界高于造价或为负", "the bound claimed is above the cost, or negative")
    if certificate.bound > bound:
        raise steps.refuse(
            f"只证明了下界 {bound}，不是所称的 {certificate.bound}",
            f"the bound proven is {bound}, not {certificate.bound} as claimed",
        )
    return Verdict(cost, int(certificate.bound), steps.count)


def _instance(certificate: Certificate, steps: Steps) -> Part:
    """Return the instance with its nodes numbered anew: only those that occur, so that no number is too large."""
    n, root = int(certificate.n), int(certificate.root)
    if not 0 < n < LARGEST or not 0 <= root < n:
        raise steps.refuse("节点数或根越界", "the number of nodes or the root is out of range")
    u, v = steps.ints("u", certificate.u, n), steps.ints("v", certificate.v, n)
    w = steps.ints("w", certificate.w)
    if not len(u) == len(v) == len(w):
        raise steps.refuse("u、v、w 长度不同", "u, v and w are not equally long")
    if not costs_in_range(w.tolist()):
        raise steps.refuse("造价之和过大", "the costs are too large")
    terminals = np.union1d(steps.ints("terminals", certificate.terminals, n), [root])
    names = np.unique(np.concatenate([u, v, terminals]))
    return Part(
        len(names), lookup(names, u), lookup(names, v), w, lookup(names, terminals).tolist(),
        int(lookup(names, np.array([root]))[0]), lambda nodes: lookup(names, nodes),
    )  # fmt: skip


def _plan_cost(certificate: Certificate, whole: Part, steps: Steps) -> int:
    """Return the cost of the plan, if it is a plan."""
    tree = steps.distinct("tree", certificate.tree, len(whole.u))
    u, v = whole.u[tree], whole.v[tree]
    label = labels(whole.count, u, v)
    if (label[whole.terminals] != label[whole.root]).any():
        raise steps.refuse("方案没有连通所有终端", "the plan does not connect all terminals to the root")
    if whole.count - (int(label.max()) + 1) != len(tree):
        raise steps.refuse("方案中有环", "the plan holds a cycle")
    return int(whole.w[tree].sum())


def _part_bound(part: Part, proof: PartProof, steps: Steps) -> int:
    """Return what connecting the terminals of a part costs at least, as its proof shows."""
    if part.depth > DEEPEST:
        raise steps.refuse("证明嵌套过深", "the proof is nested too deeply")
    terminal = [False] * part.count
    for t in part.terminals:
        terminal[t] = True
    replay = Replay(part.u, part.v, part.w, terminal, steps)
    replay.run(steps.ints("record", proof.record, least=-1))
    # what is left, without loops
    class_of = np.array([replay.node(x) for x in range(part.count)], np.int64)
    number = np.flatnonzero(np.array(replay.alive, np.bool_))
    u, v = class_of[np.array(replay.u, np.int64)[number]], class_of[np.array(replay.v, np.int64)[number]]
    number, u, v = number[u != v], u[u != v], v[u != v]
    cost = [replay.w[k] for k in number.tolist()]
    if not costs_in_range(cost):
        raise steps.refuse("造价之和过大", "the costs are too large")
    blocks = decompose(part.count, u, v, int(class_of[part.root]), replay.terminal)
    w, fixed = np.array(cost, np.int64), replay.fixed
    del replay

    def places(nodes: Ints) -> Ints:
        at = part.places(nodes)
        return np.where(at >= 0, class_of[at], -1)

    block_of = np.full(len(number), -1, np.int64)
    for i, block in enumerate(blocks):
        block_of[block.edges] = i
    bounds = [int(w[block.edges[0]]) if len(block.edges) == 1 and block.terminals else 0 for block in blocks]
    proven: set[int] = set()
    for one in proof.blocks:
        steps.count += 1
        at = int(lookup(number, np.array([one.edge]))[0]) if -LARGEST < int(one.edge) < LARGEST else -1
        i = int(block_of[at]) if at >= 0 else -1
        if i < 0 or i in proven:
            raise steps.refuse(
                f"边 {one.edge} 不属于待证的块", f"edge {one.edge} is in no block that is still to be bounded"
            )
        proven.add(i)
        edges = blocks[i].edges
        inner = _inner(blocks[i], u[edges], v[edges], w[edges], places, part.depth)
        bounds[i] = max(bounds[i], _block_bound(inner, number[edges], one, steps))
    return fixed + sum(bounds)


def _inner(block: Block, u: Ints, v: Ints, w: Ints, places: Callable[[Ints], Ints], depth: int) -> Part:
    """Return a block as a graph of its own."""
    names = np.unique(np.concatenate([u, v]))
    root = int(lookup(names, np.array([block.entry]))[0])
    terminals = lookup(names, np.array(block.terminals, np.int64)).tolist()
    return Part(
        len(names), lookup(names, u), lookup(names, v), w, [root, *terminals], root,
        lambda nodes: lookup(names, places(nodes)), depth + 1,
    )  # fmt: skip


def _block_bound(block: Part, number: Ints, proof: BlockProof, steps: Steps) -> int:
    """Return what connecting the terminals of a block costs at least; `number` names its edges in the part."""
    owner, node = (block.places(steps.ints("node", some)) for some in (proof.owner, proof.node))
    value = steps.ints("value", proof.value, least=1)
    others = block.terminals[1:]
    if not len(owner) == len(node) == len(value):
        raise steps.refuse("owner、node、value 长度不同", "owner, node and value are not equally long")
    if not np.isin(owner, others).all():
        raise steps.refuse("势的所有者不是该块的终端", "a potential belongs to no terminal of the block")
    if ((node < 0) | (node == block.root)).any():
        raise steps.refuse("势所在节点不在该块中或是其根", "a potential is at a node outside the block, or at its root")
    arcs = Arcs(block.count, block.u, block.v, block.w)
    bound, left = climb(arcs, owner, node, value, steps)
    tree = _edges_of("tree", proof.tree, number, steps)
    if not len(tree) and proof.rest is None and not proof.cut_off:
        return bound
    if not connects(block.count, block.u[tree], block.v[tree], block.terminals):
        raise steps.refuse("块内的树没有连通其终端", "the tree of the block does not connect its terminals")
    upper = int(block.w[tree].sum())
    if proof.rest is None and not proof.cut_off:
        return min(upper, bound)
    if proof.rest is not None and proof.cut_off:
        raise steps.refuse("块既有余图又称已割断", "the block has a rest and is said to have none")
    cheap = bound + detours(arcs, left, block.root, others) < upper if others else np.zeros(len(number), np.bool_)
    if proof.rest is None:
        if connects(block.count, block.u[cheap], block.v[cheap], block.terminals):
            raise steps.refuse("余下的边仍连通终端", "the edges left still connect the terminals")
        return upper
    rest = _edges_of("rest.edges", proof.rest.edges, number, steps)
    cheap[rest] = False
    if cheap.any():
        k = int(number[np.flatnonzero(cheap)[0]])
        raise steps.refuse(f"边 {k} 被排除，但不够贵", f"edge {k} was left out, but is not dear enough")
    inner = Part(
        block.count, block.u[rest], block.v[rest], block.w[rest], block.terminals, block.root, block.places, block.depth
    )
    return min(upper, max(bound, _part_bound(inner, proof.rest, steps)))


def _edges_of(name: str, values: Ints, number: Ints, steps: Steps) -> Ints:
    """Return edges of a block, given by their number in the part, by their place in the block."""
    order = np.argsort(number)
    at = lookup(number[order], steps.distinct(name, values, LARGEST))
    if (at < 0).any():
        raise steps.refuse(f"{name} 中有块外的边", f"{name}: an edge is not in the block")
    return order[at]
