"""Recompute from the original edges what a planner says; shares no code with any planner."""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from bench.instances import Instance


class EdgeNumbers:
    """Number of the cheapest edge between two nodes, for planners that answer in pairs of nodes."""

    def __init__(self, instance: Instance) -> None:
        key = _keys(instance.n, instance.u, instance.v)
        order = np.lexsort((instance.w, key))
        first = np.ones(len(order), bool)
        first[1:] = key[order][1:] != key[order][:-1]
        self._n, self._edges = instance.n, order[first]
        self._keys = key[self._edges]

    @property
    def simple(self) -> np.ndarray:
        """Return the edges without parallels: of each pair of nodes the cheapest."""
        return self._edges

    def of(self, pairs: np.ndarray) -> np.ndarray:
        """Return the edges between pairs of nodes; a pair without an edge is an error."""
        key = _keys(self._n, *np.asarray(pairs, np.int64).reshape(-1, 2).T)
        at = np.minimum(np.searchsorted(self._keys, key), len(self._keys) - 1)
        if (self._keys[at] != key).any():
            raise ValueError("the answer holds a pair of nodes that no edge of the graph joins")
        return self._edges[at]


def _keys(n: int, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.minimum(a, b) * n + np.maximum(a, b)


def check(instance: Instance, edges: np.ndarray) -> dict[str, object]:
    """Return the cost of a set of edges, and whether it connects all terminals and holds no cycle."""
    chosen = np.unique(edges)
    u, v = instance.u[chosen], instance.v[chosen]
    graph = coo_matrix((np.ones(len(chosen)), (u, v)), shape=(instance.n, instance.n))
    parts, label = connected_components(graph, directed=False)
    of_terminals = label[instance.terminals]
    return {
        "cost": int(instance.w[chosen].sum()),
        "connected": bool((of_terminals == of_terminals[0]).all()),
        "tree": instance.n - parts == len(chosen) == len(edges),
    }


def complaints(instance: Instance, said_cost: int | None, bound: int | None, found: dict[str, object]) -> list[str]:
    """Return what is wrong with an answer; nothing when it is sound."""
    cost = int(found["cost"])  # type: ignore[call-overload]
    wrong = [] if found["connected"] else ["does not connect all terminals"]
    if said_cost is not None and said_cost != cost:
        wrong.append(f"says cost {said_cost}, the edges cost {cost}")
    if bound is None:
        return wrong
    if not found["tree"]:
        wrong.append("holds a cycle or an edge twice")
    if bound > cost:
        wrong.append(f"bound {bound} above the cost {cost}")
    if instance.known is not None and bound > instance.known:
        wrong.append(f"bound {bound} above the known cost {instance.known}")
    return wrong
