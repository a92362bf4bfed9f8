"""The checker of certificates: each kind of step and of cut, and each way in which it can be wrong."""

from __future__ import annotations

import dataclasses
import subprocess
import sys

import networkx as nx
import numpy as np
import pytest

from cuntong_gis.certificate import BlockProof, Certificate, PartProof, load_certificate, save_certificate
from cuntong_gis.errors import CertificateError
from cuntong_gis.steiner import solve_steiner_tree
from cuntong_gis.verify import verify_certificate

DROP, TAKE, SERIES, STAR = 1, 2, 3, 4


def ints(*values):
    return np.array(values, np.int64)


def certificate(edges, terminals, record=(), *, bound=0, root=0, blocks=(), kept=None, plan=None, cost=None):
    """A certificate of a graph given as (end, end, cost); without a plan the cheapest tree that spans it."""
    u, v, w = np.array(edges, np.int64).reshape(-1, 3).T
    n = max(int(max(u.max(), v.max())), root, *terminals) + 1
    if plan is None:
        graph = nx.MultiGraph()
        graph.add_edges_from((int(a), int(b), k, {"weight": int(c)}) for k, (a, b, c) in enumerate(edges))
        graph = graph.subgraph(nx.node_connected_component(graph, root))
        plan = sorted(k for *_, k in nx.minimum_spanning_edges(graph, keys=True, data=False))
    plan = ints(*plan)
    cost = int(w[plan].sum()) if cost is None else cost
    kept = np.arange(len(edges)) if kept is None else ints(*kept)
    proof = PartProof(kept, ints(*record), tuple(blocks))
    return Certificate(n, u, v, w, ints(*terminals), root, plan, cost, bound, proof)


def proves(made, bound):
    """Claim a bound, and then one more."""
    assert verify_certificate(dataclasses.replace(made, bound=bound)).bound == bound
    if bound < made.cost:
        refuses(dataclasses.replace(made, bound=bound + 1), f"the bound proven is {bound},")


def refuses(made, words):
    with pytest.raises(CertificateError) as failed:
        verify_certificate(made)
    line = failed.value.line("en")
    assert words in line and "\n" not in line
    assert failed.value.line("zh") != line


SQUARE = [(0, 1, 3), (1, 2, 4), (2, 3, 5), (3, 0, 6)]
"""A ring."""

STEPS = [
    # drop
    ("a loop goes", [(0, 1, 1), (1, 1, 0)], [1], [DROP, 1, 0], None),
    ("a leaf goes", [(0, 1, 1), (1, 2, 1)], [1], [DROP, 1, 0], None),
    ("a terminal leaf stays", [(0, 1, 1), (1, 2, 1)], [2], [DROP, 1, 0], "leads to no leaf"),
    ("the root stays", [(0, 1, 1), (1, 2, 1)], [1, 2], [DROP, 0, 0], "leads to no leaf"),
    ("no leaf at all", SQUARE, [2], [DROP, 3, 0], "leads to no leaf"),
    ("a loop makes no leaf", [(0, 1, 1), (1, 1, 1)], [], [DROP, 0, 0], "leads to no leaf"),
    ("a parallel edge goes", [(0, 1, 1), (1, 0, 1)], [1], [DROP, 1, 1, 0], None),
    ("the cheaper parallel edge stays", [(0, 1, 1), (1, 0, 2)], [1], [DROP, 0, 1, 1], "dearer"),
    ("a stretch that costs as much", [(0, 1, 3), (1, 2, 3), (0, 2, 6)], [2], [DROP, 2, 2, 0, 1], None),
    ("written from the other end", [(0, 1, 3), (1, 2, 3), (0, 2, 6)], [2], [DROP, 2, 2, 1, 0], None),
    ("a stretch that costs more", [(0, 1, 3), (1, 2, 3), (0, 2, 5)], [2], [DROP, 2, 2, 0, 1], "dearer"),
    ("a terminal ends the stretch", [(0, 1, 3), (1, 2, 3), (0, 2, 3)], [1, 2], [DROP, 2, 2, 0, 1], None),
    ("but each must be cheap", [(0, 1, 2), (1, 2, 3), (0, 2, 2)], [1, 2], [DROP, 2, 2, 0, 1], "dearer"),
    ("the first one too", [(0, 1, 3), (1, 2, 2), (0, 2, 2)], [1, 2], [DROP, 2, 2, 0, 1], "dearer"),
    ("a walk elsewhere", SQUARE, [2], [DROP, 3, 2, 0, 1], "misses its ends"),
    ("a walk that jumps", SQUARE, [2], [DROP, 3, 2, 0, 2], "misses its ends"),
    ("a walk over the edge itself", SQUARE, [2], [DROP, 3, 1, 3], "uses it"),
    ("a walk over an edge that left", [(0, 1, 1), (0, 1, 1), (0, 1, 1)], [1], [DROP, 0, 1, 1, DROP, 1, 1, 0], "step 2"),
    ("an edge twice", [(0, 1, 1), (1, 2, 1)], [1], [DROP, 1, 0, DROP, 1, 0], "no edge 1"),
    ("an edge that is none", SQUARE, [2], [DROP, 4, 0], "no edge 4"),
    ("an edge of minus one", SQUARE, [2], [DROP, -1, 0], "no edge -1"),
    ("a walk over none", SQUARE, [2], [DROP, 0, 1, -1], "no edge -1"),
    ("a walk of minus one", SQUARE, [2], [DROP, 0, -1], "cut off"),
    ("a walk beyond the end", SQUARE, [2], [DROP, 0, 9, 1], "cut off"),
    ("half a step", SQUARE, [2], [DROP], "cut off"),
    ("no such step", SQUARE, [2], [9, 0, 0], "no such kind"),
    # take
    ("zero costs nothing", [(0, 1, 0), (1, 2, 5)], [2], [TAKE, 0, 0], None),
    ("a loop is not taken", [(0, 1, 0), (1, 1, 0)], [1], [TAKE, 1, 0], "loop"),
    ("a terminal's only edge", [(0, 1, 5), (1, 2, 5)], [2], [TAKE, 1, 0], None),
    ("a non-terminal's only edge", [(0, 1, 5), (1, 2, 5)], [1], [TAKE, 1, 0], "cheapest plan takes"),
    ("the last terminal's only edge", [(0, 1, 5), (1, 2, 5)], [], [TAKE, 0, 0], "cheapest plan takes"),
    ("cheapest between terminals", [(0, 1, 3), (1, 2, 3), (2, 0, 4)], [1], [TAKE, 0, 0], None),
    ("seen from one end only", [(0, 1, 3), (1, 2, 2), (0, 2, 3)], [1], [TAKE, 0, 0], None),
    ("cheapest at neither", [(0, 1, 3), (1, 2, 2), (0, 2, 2)], [1], [TAKE, 0, 0], "cheapest plan takes"),
    ("a loop counts not", [(0, 1, 3), (1, 1, 1), (1, 2, 3), (0, 2, 1)], [1], [TAKE, 0, 0], None),
    ("one end no terminal", [(0, 1, 3), (1, 2, 4), (2, 0, 4)], [2], [TAKE, 0, 0], "cheapest plan takes"),
    ("nearest vertex", [(0, 1, 2), (1, 2, 2), (2, 0, 4)], [2], [TAKE, 0, 1, 1], None),
    ("nearest but too far", [(0, 1, 2), (1, 2, 2), (2, 0, 3)], [2], [TAKE, 0, 1, 1], "cheapest plan takes"),
    ("a walk that ends nowhere", [(0, 1, 2), (1, 2, 2), (2, 0, 9), (1, 3, 1)], [2], [TAKE, 0, 1, 3], "takes edge 0"),
    ("a walk back", [(0, 1, 2), (1, 2, 2), (2, 0, 9), (1, 0, 1)], [2], [TAKE, 0, 1, 3], "takes edge 0"),
    ("a walk over itself", [(0, 1, 2), (1, 2, 2), (2, 0, 9)], [2], [TAKE, 0, 3, 0, 0, 1], "takes edge 0"),
    ("a walk past a terminal", [(0, 1, 2), (1, 2, 2), (2, 3, 2), (3, 0, 5)], [2, 3], [TAKE, 0, 2, 1, 2], "takes edge 0"),
    ("cheapest of a merged node", [(0, 1, 0), (1, 2, 1), (0, 3, 2), (3, 2, 2)], [3], [TAKE, 0, 0, TAKE, 2, 0], None),
    ("at neither", [(0, 1, 0), (1, 2, 1), (0, 3, 2), (3, 2, 1)], [3], [TAKE, 0, 0, TAKE, 2, 0], "takes edge 2"),
    ("whichever is merged", [(1, 0, 0), (0, 2, 1), (1, 3, 2), (3, 2, 1)], [3], [TAKE, 0, 0, TAKE, 2, 0], "edge 2"),
    # series
    ("two edges become one", SQUARE, [2], [SERIES, 0, 1], None),
    ("not at a terminal", SQUARE, [1, 2], [SERIES, 0, 1], "do not meet"),
    ("not at a junction", [*SQUARE, (1, 3, 1)], [2], [SERIES, 0, 1], "do not meet"),
    ("not apart", SQUARE, [2], [SERIES, 0, 2], "do not meet"),
    ("not one with itself", SQUARE, [2], [SERIES, 0, 0], "do not meet"),
    ("not with a loop", [(0, 1, 1), (1, 1, 1)], [], [SERIES, 0, 1], "do not meet"),
    ("a loop is two", [(0, 1, 1), (0, 1, 1), (1, 1, 1)], [], [SERIES, 0, 1], "do not meet"),
    ("the new edge is there", [*SQUARE, (0, 2, 9)], [2], [SERIES, 0, 1, DROP, 4, 1, 5], None),
    ("at the cost of both", [*SQUARE, (0, 2, 6)], [2], [SERIES, 0, 1, DROP, 4, 1, 5], "dearer"),
]  # fmt: skip

WHEEL = [(4, 0, 2), (4, 1, 2), (4, 2, 2), (0, 1, 3), (1, 2, 3), (0, 2, 9)]
"""Three rays from node 4, and ways around: 3 and 3 suffice for 6."""
WHEEL4 = [(4, 0, 2), (4, 1, 2), (4, 2, 2), (4, 3, 2), (0, 1, 2), (1, 2, 2), (2, 3, 2)]
AROUND4 = [1, 4, 2, 4, 5, 1, 5, 3, 4, 5, 6, 2, 5, 6, 1, 6]

STEPS += [
    ("a star of three", WHEEL, [1, 2], [STAR, 3, 0, 1, 2, 1, 3, -1, 1, 4], None),
    ("pairs in their order", WHEEL, [1, 2], [STAR, 3, 0, 1, 2, 1, 4, -1, 1, 3], "misses its ends"),
    ("too dear around", [*WHEEL[:3], (0, 1, 3), (1, 2, 4)], [1, 2], [STAR, 3, 0, 1, 2, 1, 3, -1, 1, 4], "ways around"),
    ("no way around", WHEEL, [1, 2], [STAR, 3, 0, 1, 2, 1, 3, -1, -1], "ways around"),
    ("a ray missing", [*WHEEL, (4, 3, 1)], [1, 2], [STAR, 3, 0, 1, 2, 1, 3, -1, 1, 4], "all the edges of one"),
    ("a ray twice", WHEEL, [1, 2], [STAR, 3, 0, 1, 1, 1, 3, -1, 1, 4], "all the edges of one"),
    ("a terminal star", WHEEL, [1, 2, 4], [STAR, 3, 0, 1, 2, 1, 3, -1, 1, 4], "all the edges of one"),
    ("rays to one node", [(4, 0, 2), (4, 1, 2), (4, 1, 2)], [1], [STAR, 3, 0, 1, 2, -1, -1, -1], "different"),
    ("a walk through the middle", WHEEL, [1, 2], [STAR, 3, 0, 1, 2, 1, 3, 2, 0, 2, 1, 4], "misses its ends"),
    ("two rays", SQUARE, [2], [STAR, 2, 0, 1, -1], "that many edges"),
    ("a huge star", SQUARE, [2], [STAR, 1 << 40, 0, 1], "that many edges"),
    ("the new edges are there", WHEEL, [1, 2], [STAR, 3, 0, 1, 2, 1, 3, -1, 1, 4, DROP, 8, 1, 4], None),
    ("a star of four", WHEEL4, [1, 2, 3], [STAR, 4, 0, 1, 2, 3, *AROUND4], None),
    ("a part of it too dear", [*WHEEL4[:5], (1, 2, 5), (2, 3, 1)], [1, 2, 3], [STAR, 4, 0, 1, 2, 3, *AROUND4], "ways"),
]  # fmt: skip


@pytest.mark.parametrize(("edges", "terminals", "record", "error"), [s[1:] for s in STEPS], ids=[s[0] for s in STEPS])
def test_steps(edges, terminals, record, error):
    made = certificate(edges, terminals, record)
    if error is None:
        assert verify_certificate(made).steps >= 1
    else:
        refuses(made, error)


def test_what_is_taken_is_the_bound():
    """A path of terminals is taken edge by edge; a bridge to a terminal counts without any step."""
    path = [(0, 1, 5), (1, 2, 7), (2, 3, 1)]
    proves(certificate(path, [1, 2], [TAKE, 0, 0]), 12)
    proves(certificate(path, [2]), 12)
    proves(certificate(path, [1]), 5)


def test_a_merged_node_takes_its_edges_along():
    """After 1 and 2 are one node, the edge between them is a loop, and the two edges to 3 are parallel."""
    edges = [(0, 1, 9), (1, 2, 0), (2, 1, 4), (1, 3, 6), (2, 3, 5)]
    proves(certificate(edges, [3], [TAKE, 1, 0, DROP, 2, 0, DROP, 3, 1, 4, SERIES, 0, 4]), 14)
    refuses(certificate(edges, [3], [DROP, 2, 0]), "leads to no leaf")


def ring_proof(**changes):
    """On the ring 3, 4, 5, 6 node 2 is to be reached: 7 over node 1, or 11 over node 3."""
    shape = {"edge": 0, "owner": ints(2, 2, 2), "node": ints(1, 2, 3), "value": ints(3, 7, 6)}
    return BlockProof(**(shape | changes))


@pytest.mark.parametrize(
    ("changes", "bound", "error"),
    [
        ({}, 7, None),
        ({"value": ints(2, 6, 6)}, 6, None),
        ({"owner": ints(2, 2, 2, 2), "node": ints(1, 2, 3, 2), "value": ints(3, 4, 6, 3)}, 7, None),
        ({"value": ints(3, 8, 6)}, 7, "more on an edge than it costs"),
        ({"value": ints(4, 7, 6)}, 7, "more on an edge than it costs"),
        ({"owner": ints(2, 2, 2, 2), "node": ints(1, 2, 3, 2), "value": ints(3, 7, 6, 1)}, 7, "more on an edge"),
        ({"value": ints(3, 7, 0)}, 7, "out of range"),
        ({"value": ints(3, 7, -6)}, 7, "out of range"),
        ({"value": ints(3, 7, (1 << 60) - 1)}, 7, "too large"),
        ({"value": ints(3, 7)}, 7, "equally long"),
        ({"rest": PartProof(ints(0, 1), ints(), ())}, 7, "does not connect"),
        ({"node": ints(0, 2, 3)}, 7, "at its root"),
        ({"node": ints(1, 2, 17)}, 7, "out of range|outside the block"),
        ({"node": ints(1, 2, 4)}, 7, "outside the block"),
        ({"owner": ints(2, 2, 1)}, 7, "no terminal"),
        ({"owner": ints(2, 2, 0)}, 7, "no terminal"),
        ({"edge": 4}, 7, "is in no block"),
        ({"edge": -1}, 7, "is in no block"),
        ({"tree": ints(0, 1)}, 7, None),
        ({"tree": ints(0, 2)}, 7, "does not connect"),
        ({"tree": ints(0, 9)}, 7, "not in the block"),
        ({"tree": ints(0, 0, 1)}, 7, "twice"),
        ({"cut_off": True}, 7, "does not connect"),
        ({"value": np.array([3.0, 7.0, 6.0])}, 7, "whole numbers"),
        ({"value": np.array([[3, 7, 6]])}, 7, "whole numbers"),
    ],
)
def test_cuts(changes, bound, error):
    """The fifth edge is a loop, so that there is an edge in no block, and node 4 hangs in the air."""
    made = certificate([*SQUARE, (3, 3, 1), (4, 4, 1)], [2], kept=range(5), blocks=[ring_proof(**changes)])
    if error is None:
        proves(made, bound)
    else:
        with pytest.raises(CertificateError, match=error):
            verify_certificate(dataclasses.replace(made, bound=bound))


def test_cuts_of_many_owners_share_the_cost():
    """On a ring of three terminals each edge carries the cuts of both others."""
    ring = [(0, 1, 2), (1, 2, 2), (2, 0, 2)]
    fair = BlockProof(0, ints(1, 1, 2, 2), ints(1, 2, 2, 1), ints(1, 1, 1, 1))
    proves(certificate(ring, [1, 2], blocks=[fair]), 2)
    greedy = dataclasses.replace(fair, value=ints(2, 1, 1, 1))
    refuses(certificate(ring, [1, 2], blocks=[greedy]), "more on an edge")
    best = BlockProof(0, ints(1, 2), ints(1, 2), ints(2, 2))
    proves(certificate(ring, [1, 2], blocks=[best]), 4)


def test_what_one_terminal_climbs_another_cannot_descend():
    """On the arc from 1 to 2 the first owner climbs 4, of a cost of 3; the other goes down 1, and that is no help."""
    ring = [(0, 1, 9), (1, 2, 3), (2, 3, 9), (3, 0, 9)]
    block = BlockProof(0, ints(2, 2, 2, 3, 3, 3), ints(1, 2, 3, 1, 2, 3), ints(4, 8, 1, 2, 1, 1))
    refuses(certificate(ring, [2, 3], blocks=[block]), "more on an edge")
    proves(certificate(ring, [2, 3], blocks=[dataclasses.replace(block, value=ints(4, 7, 1, 2, 1, 1))]), 8)


def test_blocks_bear_what_lies_behind_them():
    """Two rings meet at node 2; the far one holds the terminal, so both count, each once."""
    edges = [*SQUARE, (2, 4, 1), (4, 5, 1), (5, 2, 1)]
    near = ring_proof()
    far = BlockProof(4, ints(5), ints(5), ints(1))
    proves(certificate(edges, [5], blocks=[near, far]), 8)
    proves(certificate(edges, [5], blocks=[far]), 1)
    refuses(certificate(edges, [5], blocks=[near, near]), "still to be bounded")
    refuses(certificate(edges, [2], blocks=[near, far]), "no terminal of the block")


def rest_of(kept, *, cuts=(3, 5, 5), record=(), blocks=(), tree=(2, 3), cut_off=False):
    """A ring proof with potentials too low; what is left of the ring bounds it."""
    rest = None if cut_off else PartProof(ints(*kept), ints(*record), tuple(blocks))
    return ring_proof(value=ints(*cuts), tree=ints(*tree), rest=rest, cut_off=cut_off)


def test_a_rest():
    """The tree costs 11 and the bound is 5. Over node 1 one pays 2 more for it, over node 3 6 more: not cheaper."""
    proves(certificate(SQUARE, [2], blocks=[rest_of([0, 1])]), 7)
    proves(certificate(SQUARE, [2], blocks=[rest_of([1, 0], record=[SERIES, 0, 1, TAKE, 2, 0])]), 7)
    refuses(certificate(SQUARE, [2], blocks=[rest_of([0])]), "edge 1 was left out")
    refuses(certificate(SQUARE, [2], blocks=[rest_of([0, 1, 1])]), "twice")
    refuses(certificate(SQUARE, [2], blocks=[rest_of([0, 1, 4])]), "not in the block")
    refuses(certificate(SQUARE, [2], blocks=[rest_of([0, 1], tree=(0,))]), "does not connect")
    # beside a dearer tree they are cheaper
    refuses(certificate(SQUARE, [2], blocks=[rest_of([0, 1], tree=(1, 2, 3))]), "left out")
    both = dataclasses.replace(rest_of([0, 1]), cut_off=True)
    refuses(certificate(SQUARE, [2], blocks=[both]), "said to have none")


def test_detours_go_the_way_of_the_arcs():
    """From node 1 on to the terminal one pays 2 more, against the arc it would be 4; and the tree costs 8."""
    ring = [(0, 1, 3), (1, 2, 4), (2, 3, 2), (3, 0, 6)]
    proves(certificate(ring, [2], blocks=[rest_of([0, 1])]), 7)
    refuses(certificate(ring, [2], blocks=[rest_of([1])]), "edge 0 was left out")


def test_a_rest_never_proves_more_than_the_tree():
    """The rest may be unable to connect anything, and then has any bound; the tree's cost stands."""
    dear = [(0, 1, 4), (1, 2, 4), (2, 3, 5), (3, 0, 6)]
    proof = dataclasses.replace(rest_of([2, 3], cuts=(4, 8, 6)), tree=ints(0, 1))
    proves(certificate(dear, [2], plan=[2, 3], blocks=[proof]), 8)


def test_cut_off():
    """Nothing is cheaper than the tree: what is left does not reach the terminal."""
    proves(certificate(SQUARE, [2], blocks=[rest_of([], cut_off=True, tree=(0, 1))]), 7)
    refuses(certificate(SQUARE, [2], blocks=[rest_of([], cut_off=True)]), "still connect")


def test_a_rest_names_nodes_as_the_instance_does():
    """In the rest too, potentials stand at nodes of the instance, whatever was merged above and in it."""
    # 7 and 9 are one node, the root; over 1 node 2 costs 7, over 3 it costs 11; 5 is 1 again
    edges = [(7, 9, 0), (9, 1, 3), (5, 2, 4), (2, 3, 5), (3, 7, 6), (1, 5, 0), (1, 4, 2), (4, 2, 2)]
    below = BlockProof(1, ints(2, 2, 2), ints(5, 4, 2), ints(3, 5, 7))
    record = [TAKE, 0, 0, TAKE, 5, 0]
    above = BlockProof(2, ints(2, 2, 2, 2), ints(1, 4, 2, 3), ints(3, 4, 5, 5), ints(1, 2))

    def made(low):
        rest = PartProof(ints(2, 6, 7), ints(), (low,))
        return certificate(edges, [2], record, root=7, plan=[0, 1, 5, 2], blocks=[ring_proof(
            edge=2, owner=above.owner, node=above.node, value=above.value, tree=ints(1, 2),
            rest=dataclasses.replace(rest, edges=ints(7, 2, 6, 1)))])  # fmt: skip

    # in the rest the edge from the root to 1 is a bridge to the terminal's side, and the ring begins at 1
    refuses(made(below), "at its root")
    good = BlockProof(1, ints(2, 2), ints(4, 2), ints(2, 4))
    proves(made(good), 7)
    proves(made(dataclasses.replace(good, node=ints(4, 2), value=ints(1, 3))), 6)
    refuses(made(dataclasses.replace(good, edge=3)), "no terminal of the block")


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"cost": 8}, "the plan costs"),
        ({"bound": 8}, "above the cost"),
        ({"bound": -1}, "negative"),
        ({"tree": ints(0)}, "does not connect all"),
        ({"tree": ints(0, 1, 2, 3), "cost": 18}, "cycle"),
        ({"tree": ints(0, 1, 1)}, "twice"),
        ({"tree": ints(0, -1)}, "out of range"),
        ({"tree": ints(0, 4)}, "out of range"),
        ({"tree": np.array([0.0, 1.0])}, "whole numbers"),
        ({"n": 0}, "number of nodes"),
        ({"n": 3}, "u: a number is out of range|v: a number is out of range"),
        ({"root": 4}, "root"),
        ({"root": -1}, "root"),
        ({"u": ints(0, 1, 2)}, "equally long"),
        ({"w": ints(3, 4, 5, -6)}, "out of range"),
        ({"w": np.full(4, (1 << 60) - 1)}, "costs are too large"),
        ({"w": np.full(4, (1 << 63) - 1)}, "out of range"),
        ({"w": np.full(4, (1 << 64) - 1, np.uint64)}, "out of range"),
        ({"terminals": ints(4)}, "out of range"),
        ({"proof": PartProof(ints(0, 1, 2), ints(), ())}, "leaves out an edge"),
        ({"proof": PartProof(ints(0, 1, 2, 3, 3), ints(), ())}, "twice"),
        ({"proof": PartProof(ints(0, 1, 2, 3), ints(-2), ())}, "out of range"),
    ],
)
def test_what_is_around_the_proof(changes, error):
    made = certificate(SQUARE, [2], blocks=[ring_proof()], plan=[0, 1], bound=7)
    assert verify_certificate(made).gap == 0
    with pytest.raises(CertificateError, match=error):
        verify_certificate(dataclasses.replace(made, **changes))


def test_numbers_too_large_to_store_do_not_wrap():
    """Stars over stars make costs grow; node numbers may be as large as they like."""
    made = certificate(SQUARE, [2], blocks=[ring_proof()], plan=[0, 1], bound=7)
    huge = dataclasses.replace(made, n=1 << 59, v=ints(1, 2, 3, 0), terminals=ints(2))
    assert verify_certificate(huge).bound == 7
    far = (1 << 59) - 1
    moved = [np.where(ends == 3, far, ends) for ends in (made.u, made.v)]
    block = ring_proof(node=ints(1, 2, far))
    proof = dataclasses.replace(made.proof, blocks=(block,))
    assert verify_certificate(dataclasses.replace(huge, u=moved[0], v=moved[1], proof=proof)).bound == 7


def test_a_proof_nested_without_end_is_refused():
    block = rest_of([0, 1, 2, 3])
    for _ in range(400):
        block = rest_of([0, 1, 2, 3], blocks=[block])
    refuses(certificate(SQUARE, [2], blocks=[block]), "nested too deeply")


def road_graph(seed, n=120, terminals=25):
    """A ragged plane graph, as roads are."""
    rng = np.random.default_rng(seed)
    graph = nx.random_geometric_graph(n, 0.17, seed=seed)
    edges = np.array([(a, b, rng.integers(0, 40)) for a, b in graph.edges], np.int64)
    path = np.array([(i, i + 1, 60) for i in range(n - 1)], np.int64)
    u, v, w = np.concatenate([edges, path]).T
    return n, u, v, w, rng.choice(n, terminals, replace=False)


@pytest.fixture(scope="module", params=["quick", "normal"])
def solved(request):
    n, u, v, w, terminals = road_graph(3)
    return solve_steiner_tree(n, u, v, w, terminals, root=5, effort=request.param, certificate=True)


def test_the_solver_is_believed(solved):
    verdict = verify_certificate(solved.certificate)
    assert (verdict.cost, verdict.bound) == (solved.cost, solved.lower_bound)
    assert verdict.gap == solved.gap and verdict.steps > 50


@pytest.mark.parametrize("seed", [17188, 27347])
def test_a_star_that_replaces_an_edge_on_a_way_around_it(seed):
    """Of the new edges of a star one pushed out an edge on which the witness of another, said later, walked."""
    rng = np.random.default_rng(seed)
    k = int(rng.integers(4, 14))
    at = np.arange(k * k).reshape(k, k)
    grid = [*zip(at[:, :-1].flat, at[:, 1:].flat, strict=True), *zip(at[:-1].flat, at[1:].flat, strict=True)]
    grid += [(at[i, j], at[i + 1, j + 1]) for i in range(k - 1) for j in range(k - 1) if rng.random() < 0.3]
    u, v = np.array(grid).T
    w = rng.integers(8, 13, len(u)) if rng.random() < 0.5 else rng.integers(1, 20, len(u))
    terminals = rng.choice(k * k, max(2, int(k * k * rng.uniform(0.05, 0.5))), replace=False)
    effort = "normal" if rng.random() < 0.5 else "quick"
    result = solve_steiner_tree(k * k, u, v, w, terminals, root=int(terminals[0]), effort=effort, certificate=True)
    assert verify_certificate(result.certificate).bound == result.lower_bound


def test_tampering_with_a_cost_is_noticed(solved):
    """Make one edge of the plan dearer, with the cost claimed: the bound cannot follow. Cheaper: the cost does not."""
    made = solved.certificate
    w = made.w.copy()
    w[made.tree[0]] += 1
    refuses(dataclasses.replace(made, w=w), "the plan costs")
    w = made.w.copy()
    w[made.tree[w[made.tree] > 0]] -= 1
    with pytest.raises(CertificateError):
        verify_certificate(dataclasses.replace(made, w=w, cost=int(w[made.tree].sum()), bound=int(w[made.tree].sum())))


def test_tampering_with_a_witness_is_noticed(solved):
    """Lead each way around over another edge, one at a time: it does not lead there, or is not there."""
    made = solved.certificate
    record = made.proof.record
    at, refused = 0, 0
    while at < len(record) and refused < 40:
        kind = record[at]
        if kind == STAR:
            break
        if kind == DROP and record[at + 2]:
            wrong = record.copy()
            wrong[at + 3] = wrong[at + 1]
            proof = dataclasses.replace(made.proof, record=wrong)
            refuses(dataclasses.replace(made, proof=proof), "uses it")
            refused += 1
        at += 3 if kind == SERIES else 3 + int(record[at + 2])
    assert refused


def test_tampering_with_a_cut_is_noticed():
    """Raise a potential of a tight proof: an arc bears more than it costs."""
    n, u, v, w, terminals = road_graph(8, n=60, terminals=12)
    made = solve_steiner_tree(n, u, v, w, terminals, root=5, effort="quick", certificate=True).certificate
    block = next(b for b in made.proof.blocks if len(b.value))
    value = block.value.copy()
    value[int(np.argmax(block.owner == block.node))] += int(w.max()) + 1
    wrong = tuple(dataclasses.replace(b, value=value) if b is block else b for b in made.proof.blocks)
    with pytest.raises(CertificateError, match="more on an edge than it costs"):
        verify_certificate(dataclasses.replace(made, proof=dataclasses.replace(made.proof, blocks=wrong)))


def test_a_certificate_survives_the_file(solved, tmp_path):
    path = save_certificate(solved.certificate, tmp_path / "a.npz")
    again = save_certificate(load_certificate(path), tmp_path / "b.npz")
    assert path.read_bytes() == again.read_bytes()
    assert verify_certificate(load_certificate(path)) == verify_certificate(solved.certificate)


def test_files_that_are_no_certificates(solved, tmp_path):
    """A file cut off, of other content, with arrays missing or of the wrong shape: one line, no traceback."""
    path = save_certificate(solved.certificate, tmp_path / "a.npz")
    whole = path.read_bytes()
    (tmp_path / "half.npz").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "text.npz").write_text("text")
    (tmp_path / "empty.npz").write_bytes(b"")
    np.save(tmp_path / "one.npy", np.arange(3))
    with np.load(path) as archive:
        arrays = dict(archive)
    for name, changed in {
        "missing": {k: v for k, v in arrays.items() if k != "value"},
        "flat": {**arrays, "parts": arrays["parts"].ravel()},
        "floats": {**arrays, "w": arrays["w"] + 0.5},
        "text": {**arrays, "u": np.array(["a"])},
        "short": {**arrays, "blocks": arrays["blocks"][:0]},
        "greedy": {**arrays, "parts": arrays["parts"] + (1 << 50)},
        "negative": {**arrays, "parts": -arrays["parts"]},
        "version": {**arrays, "head": arrays["head"] + 7},
        "nested": {**arrays, "parts": np.tile([[0, 0, 1]], (5000, 1)), "blocks": np.tile([[0, 0, 0, 0, 1]], (5000, 1))},
    }.items():
        np.savez(tmp_path / f"{name}.npz", **changed)
    damaged = bytearray(whole)
    damaged[len(whole) // 2] ^= 255
    (tmp_path / "damaged.npz").write_bytes(damaged)
    files = [*tmp_path.glob("*.np[yz]"), tmp_path / "absent.npz"]
    assert len(files) == 15
    for file in files:
        if file.name == "a.npz":
            continue
        with pytest.raises(CertificateError) as failed:
            load_certificate(file)
        assert file.name in failed.value.line("zh")


def test_the_checker_loads_nothing_of_the_solver():
    code = "import sys, cuntong_gis.verify; print([m for m in sys.modules if 'steiner' in m or 'numba' in m])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
