"""Every planner measured, in the same three steps; only the second is timed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import dijkstra, minimum_spanning_tree

from bench.checker import EdgeNumbers
from bench.instances import Instance


@dataclass(frozen=True)
class Planner:
    """
    How one planner is run.

    Attributes
    ----------
    prepare
        Puts a graph into the planner's own form.
    solve
        The work that is measured, on what `prepare` made and the planner's options.
    edges
        Numbers of the edges of the answer.
    """

    prepare: Callable[[Instance], Any]
    solve: Callable[..., Any]
    edges: Callable[[Instance, Any], np.ndarray]


def _solve_ours(instance: Instance, **options: Any) -> Any:
    from cuntong_gis.steiner import solve_steiner_tree

    root = int(instance.terminals[0])
    return solve_steiner_tree(instance.n, instance.u, instance.v, instance.w, instance.terminals, root=root, **options)


def _networkx_graph(instance: Instance) -> Any:
    import networkx

    kept = EdgeNumbers(instance).simple
    rows = zip(instance.u[kept].tolist(), instance.v[kept].tolist(), instance.w[kept].tolist(), strict=True)
    graph = networkx.Graph()
    graph.add_weighted_edges_from(rows)
    return graph, instance.terminals.tolist()


def _solve_networkx(made: Any) -> Any:
    from networkx.algorithms.approximation import steiner_tree

    return list(steiner_tree(*made, method="mehlhorn").edges())


def _rustworkx_graph(instance: Instance) -> Any:
    import rustworkx

    kept = EdgeNumbers(instance).simple
    rows = zip(
        instance.u[kept].tolist(), instance.v[kept].tolist(), instance.w[kept].astype(float).tolist(), strict=True
    )
    graph = rustworkx.PyGraph()
    graph.add_nodes_from(range(instance.n))
    graph.add_edges_from(list(rows))
    return graph, instance.terminals.tolist()


def _solve_rustworkx(made: Any) -> Any:
    import rustworkx

    return rustworkx.steiner_tree(*made, float)


def _solve_scipy(instance: Instance) -> np.ndarray:
    """Connect the terminals by Mehlhorn's tree (1988): shortest paths from all terminals at once, then an MST."""
    n, u, v, w = instance.n, instance.u, instance.v, instance.w
    graph = coo_matrix((w.astype(float), (u, v)), shape=(n, n)).tocsr()
    distance, before, nearest = dijkstra(
        graph, directed=False, indices=instance.terminals, min_only=True, return_predecessors=True
    )
    number = np.zeros(n, np.int64)
    number[instance.terminals] = np.arange(len(instance.terminals))
    across = np.flatnonzero((nearest[u] != nearest[v]) & (nearest[u] >= 0) & (nearest[v] >= 0))
    a, b = number[nearest[u[across]]], number[nearest[v[across]]]
    a, b = np.minimum(a, b), np.maximum(a, b)
    length = distance[u[across]] + w[across] + distance[v[across]]
    order = np.lexsort((length, b, a))
    first = np.ones(len(order), bool)
    first[1:] = (a[order][1:] != a[order][:-1]) | (b[order][1:] != b[order][:-1])
    order = order[first]
    # the number of the crossing edge rides along, because the tree gives back pairs only
    size = (len(instance.terminals),) * 2
    tree = minimum_spanning_tree(coo_matrix((length[order], (a[order], b[order])), shape=size).tocsr()).tocoo()
    key = a[order] * size[0] + b[order]
    crossing = across[order[np.searchsorted(key, np.sort(tree.row.astype(np.int64) * size[0] + tree.col))]]
    on_path = np.zeros(n, bool)
    at = np.concatenate([u[crossing], v[crossing]])
    while len(at):
        on_path[at] = True
        at = np.unique(before[at][before[at] >= 0])
        at = at[~on_path[at]]
    inner = np.flatnonzero(on_path & (before >= 0))
    return np.concatenate([np.column_stack([inner, before[inner]]), np.column_stack([u[crossing], v[crossing]])])


def _numbers_of_pairs(instance: Instance, pairs: Any) -> np.ndarray:
    return EdgeNumbers(instance).of(np.array(pairs, np.int64))


PLANNERS = {
    "cuntong": Planner(lambda instance: instance, _solve_ours, lambda _, result: result.edges),
    "networkx": Planner(_networkx_graph, _solve_networkx, _numbers_of_pairs),
    "rustworkx": Planner(
        _rustworkx_graph, _solve_rustworkx, lambda instance, tree: _numbers_of_pairs(instance, tree.edge_list())
    ),
    "scipy": Planner(lambda instance: instance, _solve_scipy, _numbers_of_pairs),
}
