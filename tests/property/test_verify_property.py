"""Whatever the checker believes is true: certificates of the solver, certificates at random, certificates spoilt."""

from __future__ import annotations

import dataclasses
import itertools
import random

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cuntong_gis.certificate import BlockProof, Certificate, PartProof
from cuntong_gis.errors import CertificateError
from cuntong_gis.steiner import solve_steiner_tree
from cuntong_gis.verify import verify_certificate

CALM = settings(max_examples=200, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
SPOILT = 25
"""Times that each certificate is spoilt."""


def spanning(nodes, edges):
    """Cost of the minimum spanning tree of some nodes; None where they are not connected (Kruskal)."""
    up = {x: x for x in nodes}

    def top(x):
        while up[x] != x:
            x = up[x]
        return x

    total, parts = 0, len(nodes)
    for a, b, cost in sorted(edges, key=lambda e: e[2]):
        if a in up and b in up and top(a) != top(b):
            up[top(a)] = top(b)
            total, parts = total + cost, parts - 1
    return total if parts == 1 else None


def optimum(n, edges, wanted):
    """The cheapest tree is the spanning tree of the right nodes: try all sets of nodes."""
    others = [x for x in range(n) if x not in wanted]
    costs = [
        spanning({*wanted, *some}, edges)
        for size in range(len(others) + 1)
        for some in itertools.combinations(others, size)
    ]
    return min(cost for cost in costs if cost is not None)


@st.composite
def graphs(draw):
    n = draw(st.integers(2, 8))
    node = st.integers(0, n - 1)
    cost = st.sampled_from([0, 1, 1, 2, 2, 3, 3, 4, 5, 7, 9, 20])
    edges = draw(st.lists(st.tuples(node, node, cost), max_size=14))
    # a path through all nodes: all of it is connected
    edges += [(a, b, draw(cost)) for a, b in itertools.pairwise(draw(st.permutations(range(n))))]
    terminals = draw(st.lists(node, min_size=1, max_size=4))
    return n, edges, terminals, draw(node)


def arrays(edges):
    return np.array(edges, np.int64).reshape(-1, 3).T


def believed(certificate):
    """Tell whether the checker accepts a certificate; anything but an error of its own is a fault."""
    try:
        return verify_certificate(certificate).bound == certificate.bound
    except CertificateError as error:
        assert "\n" not in error.line("zh")
        return False


def check_claim(certificate):
    """If it is believed, the plan is a plan and nothing is cheaper than the bound."""
    if not believed(certificate):
        return False
    edges = [(int(a), int(b), int(c)) for a, b, c in zip(certificate.u, certificate.v, certificate.w, strict=True)]
    wanted = {*map(int, certificate.terminals), certificate.root}
    best = optimum(certificate.n, edges, wanted)
    assert certificate.bound <= best <= certificate.cost
    plan = [edges[int(k)] for k in certificate.tree]
    assert spanning({x for a, b, _ in plan for x in (a, b)} | wanted, plan) == certificate.cost
    return True


@CALM
@given(graphs(), st.sampled_from(["quick", "normal"]), st.randoms(use_true_random=False))
def test_spoilt_certificates_prove_nothing_wrong(graph, effort, chance):
    n, edges, terminals, root = graph
    result = solve_steiner_tree(n, *arrays(edges), terminals, root=root, effort=effort, certificate=True)
    certificate = result.certificate
    assert check_claim(certificate) and certificate.bound == result.lower_bound
    for _ in range(SPOILT):
        check_claim(spoil(certificate, chance))


def spoil(certificate, chance):
    """Change a thing or three, and claim as much as could be claimed."""
    for _ in range(chance.randint(1, 3)):
        kind = chance.randrange(8)
        if kind == 0:
            certificate = dataclasses.replace(certificate, w=nudged(certificate.w, chance, 3))
        elif kind == 1:
            ends = {chance.choice("uv"): nudged(certificate.u, chance, 2)}
            certificate = dataclasses.replace(certificate, **ends)
        elif kind == 2:
            more = np.append(certificate.terminals, chance.randrange(certificate.n))
            certificate = dataclasses.replace(certificate, terminals=more[chance.randint(0, 1) :])
        else:
            certificate = dataclasses.replace(certificate, proof=spoilt_part(certificate.proof, chance))
    tree = certificate.tree[certificate.tree < len(certificate.w)]
    cost = int(certificate.w[tree].sum())
    return dataclasses.replace(certificate, cost=cost, bound=chance.choice([certificate.bound, cost, max(cost - 1, 0)]))


def spoilt_part(part, chance):
    """Spoil a part of a proof, or a part in one of its blocks."""
    if part.blocks and chance.random() < 0.6:
        blocks = list(part.blocks)
        i = chance.randrange(len(blocks))
        blocks[i] = spoilt_block(blocks[i], chance)
        if chance.random() < 0.1:
            del blocks[i]
        return dataclasses.replace(part, blocks=tuple(blocks))
    if chance.random() < 0.2:
        return dataclasses.replace(part, edges=nudged(part.edges, chance, 3))
    record = part.record
    kind = chance.randrange(3)
    if kind == 0 or len(record) < 4:
        return dataclasses.replace(part, record=nudged(record, chance, 3))
    begin = chance.randrange(len(record))
    if kind == 1:
        return dataclasses.replace(part, record=record[:begin])
    return dataclasses.replace(part, record=np.append(record[:begin], random_record(chance, len(part.edges))))


def spoilt_block(block, chance):
    if block.rest is not None and chance.random() < 0.5:
        return dataclasses.replace(block, rest=spoilt_part(block.rest, chance))
    name = chance.choice(["owner", "node", "value", "value", "value", "tree", "edge", "rest", "cut_off"])
    if name == "edge":
        return dataclasses.replace(block, edge=block.edge + chance.randint(-2, 2))
    if name == "rest":
        return dataclasses.replace(block, rest=None, cut_off=chance.random() < 0.5)
    if name == "cut_off":
        return dataclasses.replace(block, cut_off=not block.cut_off)
    return dataclasses.replace(block, **{name: nudged(getattr(block, name), chance, 3)})


def nudged(values, chance, by):
    """One number a little larger or smaller, away, or there twice."""
    values = values.copy()
    if not len(values):
        return values
    at = chance.randrange(len(values))
    kind = chance.randrange(8)
    if kind == 0:
        return np.delete(values, at)
    if kind == 1:
        return np.insert(values, at, values[chance.randrange(len(values))])
    values[at] += chance.choice([-1, 1]) * chance.randint(1, by)
    return values


def random_record(chance, m, steps=4):
    """Steps of every kind over edges at random; a few of them are allowed."""
    words = []
    for _ in range(chance.randint(1, steps)):
        kind = chance.choice([1, 1, 2, 2, 3, 4])
        path = [chance.randrange(m + 2) for _ in range(chance.choice([0, 0, 1, 1, 2, 3]))]
        if kind in (1, 2):
            words += [kind, chance.randrange(m + 2), len(path), *path]
        elif kind == 3:
            words += [3, chance.randrange(m + 2), chance.randrange(m + 2)]
        else:
            words += [4, 3, *chance.sample(range(m + 3), 3)]
            for _ in range(3):
                path = [chance.randrange(m + 2) for _ in range(chance.choice([1, 1, 2]))]
                words += [len(path), *path] if chance.random() < 0.8 else [-1]
    return np.array(words, np.int64)


def random_certificate(n, edges, terminals, root, chance):
    """A proof made up: a record grown step by step as long as it is believed, potentials at random."""
    u, v, w = arrays(edges)
    plan = solve_steiner_tree(n, u, v, w, terminals, root=root).edges
    cost, m = int(w[plan].sum()), len(edges)
    record = np.zeros(0, np.int64)
    certificate = Certificate(n, u, v, w, np.array(terminals), root, plan, cost, 0, PartProof(np.arange(m), record, ()))

    def with_record(words, blocks=()):
        return dataclasses.replace(certificate, proof=PartProof(np.arange(m), words, tuple(blocks)))

    for _ in range(60):
        longer = np.append(record, random_record(chance, m + 3, 1))
        if believed(with_record(longer)):
            record = longer
    blocks = []
    for _ in range(chance.randint(0, 3)):
        size = chance.randint(1, 6)
        owner = chance.choice(terminals)
        node = [owner, *(chance.randrange(n) for _ in range(size - 1))]
        value = [chance.randint(1, 6) for _ in node]
        rest = None
        if chance.random() < 0.3:
            kept = np.array(sorted(chance.sample(range(m), chance.randint(0, m))), np.int64)
            rest = PartProof(kept, random_record(chance, m, 2)[: chance.choice([0, 99])], ())
        some = (np.array(x, np.int64) for x in ([owner] * size, node, value))
        tree = plan if rest is not None or chance.random() < 0.2 else np.zeros(0, np.int64)
        block = BlockProof(chance.randrange(m), *some, tree, rest, rest is None and chance.random() < 0.2)
        if believed(with_record(record, [*blocks, block])):
            blocks.append(block)
    return with_record(record, blocks)


def proven(certificate):
    """The largest bound that the checker believes."""
    low, high = 0, certificate.cost
    while low < high:
        middle = (low + high + 1) // 2
        if believed(dataclasses.replace(certificate, bound=middle)):
            low = middle
        else:
            high = middle - 1
    return low


@CALM
@given(graphs(), st.integers(0, 1 << 30))
def test_made_up_certificates_prove_nothing_wrong(graph, seed):
    chance = random.Random(seed)
    certificate = random_certificate(*graph, chance)
    assert check_claim(dataclasses.replace(certificate, bound=proven(certificate)))
