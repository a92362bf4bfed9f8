"""Blocks and regions: the graph parted at cut nodes, the tree parted around some terminals."""

import networkx as nx
import numpy as np
import pytest

from cuntong_gis.steiner.arrays import build_graph
from cuntong_gis.steiner.blocks import find_blocks
from cuntong_gis.steiner.clock import Clock
from cuntong_gis.steiner.regions import Regions
from cuntong_gis.steiner.tree import build_tree, clean_tree, tree_cost


def sparse_graph(n, seed, terminals):
    """A connected graph with many cut nodes."""
    random = np.random.default_rng(seed)
    edges = {(int(random.integers(0, b)), b) for b in range(1, n)}
    while len(edges) < 1.25 * n:
        a = int(random.integers(0, n - 3))
        edges.add((a, a + int(random.integers(1, 4))))
    u, v = np.array(sorted(edges)).T.copy()
    mask = np.zeros(n, np.bool_)
    mask[random.choice(n, terminals, replace=False)] = True
    return build_graph(n, u, v, random.integers(1, 100, len(u)), mask, int(np.flatnonzero(mask)[0]))


@pytest.mark.parametrize("seed", range(8))
def test_blocks_are_those_of_networkx_and_lead_to_terminals(seed):
    graph = sparse_graph(120, seed, 12)
    block, top, needed = find_blocks(graph.slots, graph.m, graph.terminal, graph.root)
    whole = nx.Graph(list(zip(graph.u.tolist(), graph.v.tolist(), strict=True)))
    number = {
        frozenset(pair): int(b)
        for pair, b in zip(zip(graph.u.tolist(), graph.v.tolist(), strict=True), block, strict=True)
    }
    wanted = set(graph.terminals.tolist())
    must = set()
    for component in nx.biconnected_component_edges(whole):
        found = {number[frozenset(pair)] for pair in component}
        assert len(found) == 1
        b = found.pop()
        nodes = {x for pair in component for x in pair}
        rest = whole.copy()
        rest.remove_edges_from(component)
        # what hangs on each node of the block once its edges are gone
        hanging = {x: wanted & nx.node_connected_component(rest, x) for x in nodes}
        some = {x for x in nodes if hanging[x]}
        if len(some) == 1:
            assert b == -1
            continue
        assert b >= 0
        assert graph.root in hanging[int(top[b])]
        must |= some
    assert set(np.flatnonzero(needed).tolist()) == must | wanted


@pytest.mark.parametrize("seed", range(8))
def test_a_region_solved_anew_leaves_a_tree_and_never_a_dearer_one(seed):
    graph = sparse_graph(200, seed, 25)
    edges, _ = build_tree(graph)
    random = np.random.default_rng(seed)
    regions = Regions(graph)
    asked = []

    def solve(part, known):
        assert part.clean(known).tolist() == known.tolist(), "the old tree is a tree of the region"
        asked.append(len(known))
        small = build_graph(part.n, part.u, part.v, part.w, part.terminal, part.root)
        # any tree of the region will do: a spanning tree at random costs, its idle leaves cut off
        order = random.permutation(small.m)
        keep = nx.Graph()
        chosen = []
        keep.add_nodes_from(range(part.n))
        for e in order:
            if not nx.has_path(keep, int(part.u[e]), int(part.v[e])):
                keep.add_edge(int(part.u[e]), int(part.v[e]))
                chosen.append(e)
        found = part.clean(np.sort(np.array(chosen, np.int64)))
        return min((found, known), key=lambda tree: part.w[tree].sum())

    allowed = np.ones(graph.m, np.bool_)
    better = regions.renew(edges, allowed, random.permutation(graph.n), 6, solve, Clock())
    assert asked
    assert clean_tree(graph, better).tolist() == better.tolist()
    assert tree_cost(graph, better) <= tree_cost(graph, edges)
    tree = nx.Graph([(int(graph.u[e]), int(graph.v[e])) for e in better])
    assert nx.is_tree(tree) and set(graph.terminals.tolist()) <= set(tree)


def test_regions_together_find_a_better_tree():
    from cuntong_gis.steiner.search import EFFORTS, SUPPORT, Search

    gained = 0
    for seed in range(4):
        random = np.random.default_rng(seed)
        u, v = np.array(nx.convert_node_labels_to_integers(nx.grid_2d_graph(25, 25)).edges).T.copy()
        mask = np.zeros(625, np.bool_)
        mask[random.choice(625, 60, replace=False)] = True
        graph = build_graph(625, u, v, random.integers(50, 100, len(u)), mask, int(np.flatnonzero(mask)[0]))
        edges, _ = build_tree(graph)
        search = Search(Clock(), seed)

        def solve(part, known, search=search):
            return search.solve(part, known, SUPPORT, exact=False).edges

        better = Regions(graph).renew(edges, np.ones(graph.m, np.bool_), random.permutation(625), 12, solve, Clock())
        gained += tree_cost(graph, better) < 0.98 * tree_cost(graph, edges)
    assert gained == 4
    assert EFFORTS["normal"].sizes
