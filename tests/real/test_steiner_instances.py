"""Public instances with proven optima: cost above, bound below, no dearer than Mehlhorn's tree."""

import networkx as nx
import pytest
from bench import instances
from networkx.algorithms.approximation import steiner_tree

from cuntong_gis.steiner import solve_steiner_tree

pytestmark = pytest.mark.skipif(not instances.telecom_names(), reason=f"no instances in {instances.TELECOM}")


@pytest.mark.parametrize(
    ("name", "effort", "gap"),
    [("instance009", "normal", 0.001), ("instance101", "normal", 0.001), ("instance135", "quick", 0.01)],
)
def test_optimum_lies_between_bound_and_cost(name, effort, gap):
    graph = instances.load(name)
    n, u, v, w, terminals, optimum = graph.n, graph.u, graph.v, graph.w, graph.terminals.tolist(), graph.known
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
