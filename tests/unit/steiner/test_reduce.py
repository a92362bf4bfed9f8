"""Reductions: each one by hand, and that the way back always leads to a tree of the same cost."""

import networkx as nx
import numpy as np
import pytest

from cuntong_gis.steiner.reduce import reduce_graph
from cuntong_gis.steiner.tree import build_tree, clean_edges, improve_tree, tree_cost


def reduced(n, edges, terminals, root=None, rounds=4):
    u, v, w = np.array(edges, np.int64).reshape(-1, 3).T.copy()
    mask = np.zeros(n, np.bool_)
    mask[terminals] = True
    return reduce_graph(n, u, v, w, mask, terminals[0] if root is None else root, rounds)


def test_the_cheapest_of_parallel_edges_is_kept_and_no_loop():
    edges = [(0, 1, 5), (1, 0, 3), (0, 1, 3), (2, 2, 0), (1, 2, 9), (0, 2, 9)]
    reduction = reduced(3, edges, [0, 1, 2], rounds=0)
    assert sorted(reduction.label.tolist()) == [1, 4, 5]


def test_an_edge_with_a_cheaper_way_around_over_a_terminal_goes():
    # 0-2 costs 6; over the terminal 1 no stretch costs more than 5
    reduction = reduced(6, [(0, 1, 5), (1, 2, 5), (0, 2, 6), *spokes(3, [0, 1, 2], 20)], [0, 1, 2], rounds=1)
    assert 2 not in reduction.label
    assert reduction.fixed_cost + reduction.graph.w.sum() == 10


def spokes(hub, ends, cost):
    """A hub that keeps the degrees of its ends up."""
    return [(hub, end, cost) for end in ends]


def test_a_node_of_degree_three_that_is_no_good_branch_goes_and_its_way_comes_back():
    # a hexagon of terminals with cheap rim: a hub over it is never a branch
    rim = [(i, (i + 1) % 3, 4) for i in range(3)]
    reduction = reduced(4, rim + spokes(3, [0, 1, 2], 3), [0, 1, 2], rounds=1)
    # 3 + 3 + 3 over the hub is no cheaper than 4 + 4 along the rim
    assert (reduction.graph.m, reduction.fixed_cost) == (0, 8)


def test_a_path_between_terminals_is_taken_whole():
    reduction = reduced(5, [(0, 1, 2), (1, 2, 3), (2, 3, 4), (3, 4, 9)], [0, 3])
    assert (reduction.graph.m, reduction.fixed_cost) == (0, 9)
    assert reduction.expand(np.zeros(0, np.int64)).tolist() == [0, 1, 2]


def test_a_node_between_two_edges_becomes_an_edge_that_expands_to_both():
    # a wheel whose spokes are halved: the terminals on the rim keep degree three
    rim = [(i, (i + 1) % 4, 7) for i in range(4)]
    spokes = [part for i in range(4) for part in ((i, 4 + i, 3), (4 + i, 8, 3))]
    reduction = reduced(9, rim + spokes, [0, 1, 2, 3], rounds=1)
    graph = reduction.graph
    edges, _ = build_tree(graph)
    assert tree_cost(graph, edges) + reduction.fixed_cost == 21
    assert sorted(reduction.expand(np.arange(graph.m)).tolist())


def test_free_edges_are_merged_and_come_back():
    reduction = reduced(4, [(0, 1, 0), (1, 2, 0), (2, 0, 0), (2, 3, 4)], [0, 3], rounds=0)
    assert (reduction.graph.n, reduction.graph.m, reduction.fixed_cost) == (1, 0, 4)
    assert 3 in reduction.expand(np.zeros(0, np.int64))


def test_parts_without_the_root_are_left_out():
    reduction = reduced(6, [(0, 1, 1), (2, 3, 1), (4, 5, 0)], [0, 1], rounds=0)
    assert (reduction.graph.n, reduction.expand(np.zeros(0, np.int64)).tolist()) == (1, [0, 2])


@pytest.mark.parametrize("seed", range(8))
def test_way_back_costs_what_the_reduced_tree_costs(seed):
    random = np.random.default_rng(seed)
    graph = nx.connected_watts_strogatz_graph(120, 4, 0.2, seed=seed)
    edges = [(a, b, int(random.integers(0, 20))) for a, b in graph.edges]
    terminals = random.choice(120, 14, replace=False)
    u, v, w = np.array(edges).T.copy()
    mask = np.zeros(120, np.bool_)
    mask[terminals] = True
    reduction = reduced(120, edges, terminals.tolist())
    tree, _ = build_tree(reduction.graph)
    tree = improve_tree(reduction.graph, tree, 10)
    full = clean_edges(120, (u, v, w), reduction.expand(tree), mask, int(terminals[0]))
    assert w[full].sum() == tree_cost(reduction.graph, tree) + reduction.fixed_cost
    back = nx.Graph([(int(u[e]), int(v[e])) for e in full])
    assert nx.is_tree(back) and set(terminals.tolist()) <= set(back)
