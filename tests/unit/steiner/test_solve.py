"""The door: what a caller gets on graphs small enough to solve by hand, and what is refused."""

import dataclasses
import itertools
import logging
import subprocess
import sys
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from networkx.algorithms.approximation import steiner_tree

from cuntong_gis.steiner import SteinerResult, solve_steiner_tree

# three terminals around a hub: 3 + 3 + 3 over the hub, 5 along the rim
STAR = (4, [0, 1, 2, 0, 1, 2], [3, 3, 3, 1, 2, 0], [3, 3, 3, 5, 5, 5], [0, 1, 2])


def road_like(n, seed):
    """Return a connected geometric graph with whole costs."""
    graph = nx.random_geometric_graph(n, 1.9 / np.sqrt(n), seed=seed)
    place = nx.get_node_attributes(graph, "pos")
    parts = [sorted(part) for part in nx.connected_components(graph)]
    graph.add_edges_from((one[0], other[0]) for one, other in itertools.pairwise(parts))
    for a, b in graph.edges:
        graph.edges[a, b]["weight"] = 1 + int(10_000 * np.hypot(*np.subtract(place[a], place[b])))
    u, v = np.array(graph.edges).T
    w = np.array([graph.edges[a, b]["weight"] for a, b in graph.edges])
    return graph, u, v, w


def assert_connects(n, u, v, edges, terminals):
    tree = nx.Graph()
    tree.add_nodes_from(terminals)
    tree.add_edges_from((int(u[e]), int(v[e])) for e in edges)
    assert nx.is_tree(tree)
    assert tree.number_of_edges() == len(edges)


def test_hub_is_found_and_every_field_is_filled():
    result = solve_steiner_tree(*STAR)
    assert result.edges.dtype == np.int64
    assert result.edges.tolist() == [0, 1, 2]
    assert (result.cost, result.lower_bound, result.gap) == (9, 9, 0.0)
    assert result.unreached.tolist() == []
    assert result.root == 0
    assert not result.stopped
    assert result.seconds >= 0
    assert type(result.cost) is int and type(result.lower_bound) is int
    with pytest.raises(dataclasses.FrozenInstanceError):
        result.cost = 1


def test_root_that_is_no_terminal_is_connected_too():
    result = solve_steiner_tree(4, [0, 1, 2], [1, 2, 3], [1, 2, 4], [1, 2], root=3)
    assert result.edges.tolist() == [1, 2]
    assert result.root == 3


def test_cheapest_of_parallel_edges_and_no_loop():
    result = solve_steiner_tree(2, [0, 0, 1, 0], [1, 0, 0, 1], [7, 0, 4, 4], [0, 1])
    assert result.edges.tolist() == [2]
    assert result.cost == 4


def test_free_edges_close_no_cycle_and_hang_nowhere():
    # a free triangle on the way, a free edge aside, and a free island
    result = solve_steiner_tree(8, [0, 1, 2, 3, 3, 6, 1], [1, 2, 3, 1, 4, 7, 5], [5, 0, 0, 0, 5, 0, 0], [0, 4])
    assert result.cost == 10
    assert 5 not in result.edges and 6 not in result.edges
    assert_connects(8, [0, 1, 2, 3, 3, 6, 1], [1, 2, 3, 1, 4, 7, 5], result.edges, [0, 4])


@pytest.mark.parametrize("terminals", [[], [2], [2, 2]])
def test_nothing_to_connect_costs_nothing(terminals):
    result = solve_steiner_tree(3, [0, 1], [1, 2], [1, 1], terminals)
    assert result.edges.tolist() == []
    assert (result.cost, result.lower_bound, result.gap) == (0, 0, 0.0)
    assert result.unreached.tolist() == []
    assert result.root == (2 if terminals else None)


def test_graph_without_nodes():
    assert solve_steiner_tree(0, [], [], [], []).cost == 0


def test_unreached_terminals_are_named():
    u, v, w = [0, 1, 3, 4], [1, 2, 4, 5], [1, 1, 1, 1]
    without_root = solve_steiner_tree(7, u, v, w, [6, 0, 3, 5, 4])
    assert without_root.unreached.tolist() == [0, 6]
    assert without_root.edges.tolist() == [2, 3]
    with_root = solve_steiner_tree(7, u, v, w, [6, 0, 3, 5, 4], root=2)
    assert with_root.unreached.tolist() == [3, 4, 5, 6]
    assert with_root.edges.tolist() == [0, 1]


def test_equally_large_groups_are_told_apart_by_the_smallest_node():
    result = solve_steiner_tree(4, [2, 0], [3, 1], [1, 1], [3, 2, 1, 0])
    assert result.unreached.tolist() == [2, 3]


def test_gap_is_none_only_when_the_bound_alone_is_zero():
    empty = np.zeros(0, np.int64)
    assert SteinerResult(empty, 0, 0, empty, 0).gap == 0.0
    assert SteinerResult(empty, 5, 0, empty, 0).gap is None
    assert SteinerResult(empty, 5, 4, empty, 0).gap == 0.25


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"w": [3, 3, 3, 5, -5, 5]}, "w"),
        ({"w": [3, 3, 3, 5, 5]}, "w"),
        ({"w": [3, 3, 3, 5, 5, 2.5]}, "w"),
        ({"w": [3, 3, 3, 5, 5, float("nan")]}, "w"),
        ({"w": [3, 3, 3, 5, 5, float("inf")]}, "w"),
        ({"w": [1 << 59] * 6}, "w"),
        ({"w": ["a"] * 6}, "w"),
        ({"w": [[3, 3, 3, 5, 5, 5]]}, "w"),
        ({"v": [3, 3, 3, 1, 2]}, "v"),
        ({"v": [3, 3, 4, 1, 2, 0]}, "v"),
        ({"u": [0, 1, -2, 0, 1, 2]}, "u"),
        ({"terminals": [0, 4]}, "terminals"),
        ({"terminals": [-1]}, "terminals"),
        ({"terminals": [0.5]}, "terminals"),
        ({"root": 4}, "root"),
        ({"root": -1}, "root"),
        ({"root": 1.5}, "root"),
        ({"n": -1}, "n"),
        ({"n": 3.0}, "n"),
        ({"effort": "heroic"}, "effort"),
        ({"seconds": -1}, "seconds"),
        ({"seconds": float("nan")}, "seconds"),
        ({"seconds": "soon"}, "seconds"),
        ({"seed": -1}, "seed"),
        ({"seed": 0.5}, "seed"),
    ],
)
def test_invalid_input_is_refused_by_name(change, name):
    arguments = dict(zip(("n", "u", "v", "w", "terminals"), STAR, strict=True)) | change
    with pytest.raises(ValueError, match=rf"^{name}: "):
        solve_steiner_tree(**arguments)


def test_input_arrays_stay_as_they_were_and_may_be_read_only():
    _, u, v, w = road_like(60, 3)
    terminals = np.arange(0, 60, 5)
    before = [a.copy() for a in (u, v, w, terminals)]
    for a in (u, v, w, terminals):
        a.flags.writeable = False
    solve_steiner_tree(60, u, v, w.astype(np.int32), terminals)
    solve_steiner_tree(60, u, v, w, terminals)
    assert all((a == b).all() for a, b in zip(before, (u, v, w, terminals), strict=True))


@pytest.mark.parametrize("effort", ["quick", "normal", "thorough"])
def test_same_call_gives_the_same_tree(effort):
    _, u, v, w = road_like(300, 5)
    one, other = (solve_steiner_tree(300, u, v, w, np.arange(0, 300, 9), effort=effort, seed=4) for _ in range(2))
    assert one.edges.tolist() == other.edges.tolist()
    assert (one.lower_bound, one.ascents, one.stopped) == (other.lower_bound, other.ascents, False)


def test_no_time_still_gives_a_valid_tree():
    _, u, v, w = road_like(300, 6)
    terminals = np.arange(0, 300, 7)
    result = solve_steiner_tree(300, u, v, w, terminals, seconds=0)
    assert result.stopped
    assert_connects(300, u, v, result.edges, terminals.tolist())
    assert 0 < result.lower_bound <= result.cost


def test_interrupt_keeps_the_best_tree(monkeypatch):
    from cuntong_gis.steiner import search

    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(search.DualAscent, "ascend", interrupt)
    _, u, v, w = road_like(300, 6)
    terminals = np.arange(0, 300, 7)
    result = solve_steiner_tree(300, u, v, w, terminals)
    assert result.stopped
    assert_connects(300, u, v, result.edges, terminals.tolist())


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("effort", ["quick", "normal"])
def test_no_dearer_than_networkx_on_geometric_graphs(seed, effort):
    n = 250
    graph, u, v, w = road_like(n, seed)
    terminals = np.random.default_rng(seed).choice(n, 25, replace=False).tolist()
    result = solve_steiner_tree(n, u, v, w, terminals, effort=effort)
    assert_connects(n, u, v, result.edges, terminals)
    for method in ("kou", "mehlhorn"):
        theirs = steiner_tree(graph, terminals, weight="weight", method=method)
        assert result.cost <= theirs.size(weight="weight")
    assert result.gap <= (0.15 if effort == "quick" else 0.01)


def test_progress_is_logged(caplog):
    with caplog.at_level(logging.INFO, logger="cuntong_gis.steiner"):
        solve_steiner_tree(*STAR)
    assert any("cost 9" in line and "bound 9" in line and "gap 0.000 %" in line for line in caplog.messages)


def test_importing_the_door_does_not_import_the_compiler():
    code = "import sys, cuntong_gis.steiner; sys.exit('numba' in sys.modules)"
    repository = Path(__file__).parents[3]
    assert subprocess.run([sys.executable, "-c", code], cwd=repository, check=False).returncode == 0
