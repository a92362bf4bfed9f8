"""Dual ascent: the reduced costs explain the bound, and no edge of a good tree is ruled out."""

import networkx as nx
import numpy as np
import pytest

from cuntong_gis.steiner.arrays import build_graph
from cuntong_gis.steiner.bound import DualAscent
from cuntong_gis.steiner.clock import Clock
from cuntong_gis.steiner.tree import build_tree, improve_tree, tree_cost


def grid(size, seed):
    random = np.random.default_rng(seed)
    u, v = np.array(nx.convert_node_labels_to_integers(nx.grid_2d_graph(size, size)).edges).T.copy()
    w = random.integers(50, 100, len(u))
    terminal = np.zeros(size * size, np.bool_)
    terminal[random.choice(size * size, 2 * size, replace=False)] = True
    return build_graph(size * size, u, v, w, terminal, int(np.flatnonzero(terminal)[0]))


def reduced_cost_of(graph, dual, edges):
    """Reduced cost of a tree directed away from the root, found by walking it."""
    tree = nx.Graph([(int(graph.u[e]), int(graph.v[e])) for e in edges])
    total = 0
    for above, below in nx.bfs_edges(tree, graph.root):
        for s in range(graph.slots.start[below], graph.slots.start[below + 1]):
            if graph.slots.neighbor[s] == above:
                total += int(dual._ascent.slack[s])
    return total


@pytest.mark.parametrize("seed", range(5))
def test_cuts_account_for_every_reduced_cost_and_bound_every_tree(seed):
    graph = grid(12, seed)
    dual = DualAscent(graph, seed)
    clock = Clock()
    edges, weak = build_tree(graph)
    cost = tree_cost(graph, improve_tree(graph, edges, 10))
    values = []
    for step in range(5):
        dual.ascend(clock) if step == 0 else dual.ascend_again(clock)
        values.append(dual.value)
        cuts, load = dual._cuts, np.zeros(2 * graph.m, np.int64)
        raised = 0
        for t in dual.sinks:
            c = cuts.last[t]
            while c >= 0:
                raised += cuts.amount[c]
                load[cuts.arcs[cuts.start[c] : cuts.start[c + 1]]] += cuts.amount[c]
                c = cuts.before[c]
        assert raised == dual.value
        assert (load + dual._ascent.slack == graph.slot_cost).all()
        assert (dual._ascent.slack >= 0).all()
        assert tree_cost(graph, edges) >= dual.value + reduced_cost_of(graph, dual, edges)
    assert values == sorted(values)
    assert weak <= values[-1] <= cost


def test_every_cut_separates_its_terminal_from_the_root():
    graph = grid(10, 1)
    dual = DualAscent(graph, 0)
    dual.ascend(Clock())
    dual.ascend_again(Clock())
    cuts = dual._cuts
    whole = nx.DiGraph()
    node = np.repeat(np.arange(graph.n), np.diff(graph.slots.start))
    whole.add_edges_from(zip(graph.slots.neighbor.tolist(), node.tolist(), strict=True))
    for t in dual.sinks[:6]:
        c = cuts.last[t]
        while c >= 0:
            arcs = cuts.arcs[cuts.start[c] : cuts.start[c + 1]]
            rest = whole.copy()
            rest.remove_edges_from(zip(graph.slots.neighbor[arcs].tolist(), node[arcs].tolist(), strict=True))
            assert not nx.has_path(rest, graph.root, int(t))
            c = cuts.before[c]


@pytest.mark.parametrize("seed", range(5))
def test_edges_of_a_tree_are_within_its_distance_from_the_bound(seed):
    graph = grid(12, seed)
    dual = DualAscent(graph, seed)
    dual.ascend(Clock())
    edges, _ = build_tree(graph)
    edges = improve_tree(graph, edges, 10)
    assert (dual.value + dual.detours()[edges]).max() <= tree_cost(graph, edges)


@pytest.mark.parametrize("seed", range(5))
def test_potentials_show_the_bound_and_rise_on_no_arc_by_more_than_its_cost(seed):
    graph = grid(12, seed)
    dual = DualAscent(graph, seed)
    dual.ascend(Clock())
    dual.ascend_again(Clock())
    owner, node, value = dual.potentials()
    assert dual.whole
    assert value[owner == node].sum() == dual.value
    assert graph.root not in node
    rise = np.zeros(2 * graph.m, np.int64)
    ends = np.concatenate([graph.u, graph.v]), np.concatenate([graph.v, graph.u])
    for t in dual.sinks:
        potential = np.zeros(graph.n, np.int64)
        potential[node[owner == t]] = value[owner == t]
        rise += np.maximum(potential[ends[1]] - potential[ends[0]], 0)
    assert (rise <= np.concatenate([graph.w, graph.w])).all()


def test_only_where_tree_and_bound_do_not_fit_is_anything_left_to_gain():
    graph = grid(12, 3)
    dual = DualAscent(graph, 3)
    dual.ascend(Clock())
    edges, _ = build_tree(graph)
    assert len(dual.strained(edges))
    best = improve_tree(graph, edges, 20)
    for _ in range(200):
        if not len(dual.strained(best)):
            break
        dual.ascend_again(Clock(), dual.sinks_near(dual.strained(best)))
    # without strain the tree costs what the bound is, and only then
    assert (tree_cost(graph, best) == dual.value) == (len(dual.strained(best)) == 0)
