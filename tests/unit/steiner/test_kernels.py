"""Heap, shortest paths and exchanges against independent implementations."""

import networkx as nx
import numpy as np
import pytest

from cuntong_gis.steiner.arrays import FAR, build_graph
from cuntong_gis.steiner.exchange import exchange_paths
from cuntong_gis.steiner.heap import heap_pop, heap_push
from cuntong_gis.steiner.paths import nearest_source
from cuntong_gis.steiner.tree import build_tree, clean_tree, improve_tree, tree_cost


def random_graph(n, seed, terminals):
    random = np.random.default_rng(seed)
    graph = nx.connected_watts_strogatz_graph(n, 4, 0.3, seed=seed)
    u, v = np.array(graph.edges).T.copy()
    w = random.integers(1, 100, len(u))
    mask = np.zeros(n, np.bool_)
    mask[random.choice(n, terminals, replace=False)] = True
    return build_graph(n, u, v, w, mask, int(np.flatnonzero(mask)[0]))


def test_heap_gives_items_by_key_also_after_keys_fall():
    random = np.random.default_rng(0)
    key = random.integers(0, 1000, 200)
    heap, place = np.empty(200, np.int64), np.full(200, -1)
    size = 0
    for item in range(200):
        size = heap_push(heap, place, key, size, item)
    for item in range(0, 200, 3):
        key[item] //= 2
        size = heap_push(heap, place, key, size, item)
    out = []
    for left in range(size, 0, -1):
        out.append(heap_pop(heap, place, key, left))
    assert sorted(out) == list(range(200))
    assert [key[i] for i in out] == sorted(key)
    assert (place == -1).all()


@pytest.mark.parametrize("seed", range(4))
def test_nearest_source_is_what_networkx_finds(seed):
    graph = random_graph(150, seed, 9)
    distance, source, via = nearest_source(graph.slots, graph.slot_cost, graph.terminals)
    other = nx.Graph()
    other.add_weighted_edges_from(zip(graph.u.tolist(), graph.v.tolist(), graph.w.tolist(), strict=True))
    expected = nx.multi_source_dijkstra_path_length(other, set(graph.terminals.tolist()))
    assert distance.tolist() == [expected[x] for x in range(150)]
    for x in range(150):
        length, node = 0, x
        while via[node] >= 0:
            length += int(graph.slot_cost[via[node]])
            node = graph.slots.neighbor[via[node]]
        assert (node, length) == (source[x], distance[x])


def test_nodes_without_a_way_are_far():
    graph = build_graph(3, np.array([0]), np.array([1]), np.array([4]), np.array([True, False, False]), 0)
    distance, source, via = nearest_source(graph.slots, graph.slot_cost, graph.terminals)
    assert (distance[2], source[2], via[2]) == (FAR, -1, -1)


@pytest.mark.parametrize("seed", range(10))
def test_exchange_never_makes_a_tree_dearer_or_breaks_it(seed):
    graph = random_graph(200, seed, 20)
    edges, bound = build_tree(graph)
    better = improve_tree(graph, edges, 20)
    assert bound <= tree_cost(graph, better) <= tree_cost(graph, edges)
    assert clean_tree(graph, better).tolist() == better.tolist()
    tree = nx.Graph([(int(graph.u[e]), int(graph.v[e])) for e in better])
    assert nx.is_tree(tree) and set(graph.terminals.tolist()) <= set(tree)


def test_exchange_replaces_a_dear_path():
    # the cheapest first links lead round a ring whose last stretch (9) a path over a far node (4 + 4)
    # undercuts
    u, v, w = np.array([0, 1, 0, 3]), np.array([1, 2, 3, 2]), np.array([3, 9, 4, 4])
    graph = build_graph(4, u, v, w, np.array([True, True, True, False]), 0)
    assert improve_tree(graph, np.array([0, 1]), 5).tolist() == [0, 2, 3]


@pytest.mark.parametrize("seed", range(10))
def test_exchange_says_what_it_gained_and_leaves_a_tree(seed):
    graph = random_graph(400, seed, 40)
    edges, _ = build_tree(graph)
    tree = np.zeros(graph.m, np.bool_)
    tree[edges] = True
    inside = np.unique(np.concatenate([graph.u[edges], graph.v[edges]]))
    distance, source, via = nearest_source(graph.slots, graph.slot_cost, inside)
    length = distance[graph.u] + graph.w + distance[graph.v]
    candidates = np.flatnonzero(~tree & (source[graph.u] != source[graph.v]))
    candidates = candidates[np.argsort(length[candidates], kind="stable")]
    ends = (graph.u, graph.v, graph.w)
    gain, after = exchange_paths(
        graph.slots, ends, graph.terminal, graph.root, tree, source, via, candidates, length[candidates]
    )
    assert gain == tree_cost(graph, edges) - tree_cost(graph, np.flatnonzero(after))
    assert nx.is_tree(nx.Graph([(int(graph.u[e]), int(graph.v[e])) for e in np.flatnonzero(after)]))
