"""Public instances with proven optima: cost above, bound below, no dearer than Mehlhorn's tree."""

import csv
import lzma
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from networkx.algorithms.approximation import steiner_tree

from cuntong_gis.steiner import solve_steiner_tree

FOLDER = Path(__file__).parents[2].parent / "shared" / "data" / "steiner"

pytestmark = pytest.mark.skipif(not (FOLDER / "OPTIMA.csv").exists(), reason=f"no instances in {FOLDER}")


def read_instance(name):
    edges, terminals, n = [], [], 0
    with lzma.open(FOLDER / f"{name}.gr.xz", "rt") as lines:
        for line in lines:
            match line.split():
                case ["Nodes", count]:
                    n = int(count)
                case ["E", a, b, cost]:
                    edges.append((int(a) - 1, int(b) - 1, int(cost)))
                case ["T", node]:
                    terminals.append(int(node) - 1)
    u, v, w = np.array(edges).T
    with (FOLDER / "OPTIMA.csv").open() as rows:
        optimum = next(int(row["optimum"]) for row in csv.DictReader(rows) if row["file"] == f"{name}.gr")
    return n, u, v, w, terminals, optimum


@pytest.mark.parametrize(
    ("name", "effort", "gap"),
    [("instance009", "normal", 0.001), ("instance101", "normal", 0.001), ("instance135", "quick", 0.01)],
)
def test_optimum_lies_between_bound_and_cost(name, effort, gap):
    n, u, v, w, terminals, optimum = read_instance(name)
    result = solve_steiner_tree(n, u, v, w, terminals, effort=effort)
    assert result.lower_bound <= optimum <= result.cost
    assert result.gap <= gap
    tree = nx.Graph([(int(u[e]), int(v[e])) for e in result.edges])
    assert nx.is_tree(tree) and set(terminals) <= set(tree)
    assert result.cost == w[result.edges].sum()
    if n < 10_000:
        graph = nx.Graph()
        graph.add_weighted_edges_from(zip(u.tolist(), v.tolist(), w.tolist(), strict=True))
        assert result.cost <= steiner_tree(graph, terminals, method="mehlhorn").size(weight="weight")
