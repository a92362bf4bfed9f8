"""From the edges of a tree to spans, sites and routes: who is behind whom, in which order, along which course."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import breadth_first_order

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

CHUNK = 1_000
"""Lines made at once: bounds the memory beside that of the lines, where each route is as long as the province."""


@dataclass(frozen=True)
class Forest:
    """A rooted forest cut into spans at sources, villages and branch points.

    Attributes
    ----------
    span_of_edge : ndarray of int64, shape (e,)
        Span of each tree edge, in the order the edges were given.
    upper, lower : ndarray of int64, shape (s,)
        End nodes of each span: at the source's side, at the villages' side. Parents come before children.
    parent : ndarray of int64, shape (s,)
        Span above; -1 at a source.
    node_span : ndarray of int64, one per node
        The span whose lower end the node is; -1 for sources and nodes that are no end.
    branch : ndarray of int64
        Nodes where spans part or end that are neither source nor village.
    edge_order : ndarray of int64, shape (e,)
        Edges sorted by span and, within it, from the source's side to the villages' side.
    forward : ndarray of bool, shape (e,)
        Whether the edge runs u → v when going away from the source.
    """

    span_of_edge: Ints
    upper: Ints
    lower: Ints
    parent: Ints
    node_span: Ints
    branch: Ints
    edge_order: Ints
    forward: Bools


def cut_forest(count: int, u: Ints, v: Ints, sources: Ints, villages: Ints) -> Forest:
    """Cut a forest into spans.

    Parameters
    ----------
    count : int
        Number of nodes.
    u, v : ndarray of int64, shape (e,)
        Edges of a forest in which every tree holds at least one source.
    sources, villages : ndarray of int64
        Nodes at which spans start and end.

    Returns
    -------
    Forest
        Every edge is in exactly one span.

    Notes
    -----
    O((n + e) log depth) by pointer jumping, without a loop over nodes.
    """
    root = count
    used_source = np.unique(sources[np.isin(sources, np.concatenate([u, v]))])
    a = np.concatenate([u, np.full(len(used_source), root)])
    b = np.concatenate([v, used_source])
    graph = coo_matrix((np.ones(len(a)), (a, b)), shape=(count + 1, count + 1)).tocsr()
    order, above = breadth_first_order(graph, root, directed=False)
    above = above.astype(np.int64)
    above = np.where(above < 0, np.arange(count + 1), above)  # the root, and nodes beside the forest
    degree = np.bincount(np.concatenate([u, v]), minlength=count + 1)
    special = (degree > 2) | (degree == 1)  # a leaf without a village ends what must be used
    special[used_source] = True
    special[villages] = True
    special[root] = True
    in_tree = np.zeros(count + 1, bool)
    in_tree[order] = True
    child = np.full(count + 1, -1, np.int64)
    kids = order[order != root]
    child[above[kids]] = kids
    top = _jump(above, special)
    bottom = _jump(np.where(child >= 0, child, np.arange(count + 1)), special)
    turned = above[v] != u
    lower_node = np.where(turned, u, v)
    end = np.where(special[lower_node], lower_node, bottom[lower_node])
    visited = np.zeros(count + 1, np.int64)
    visited[order] = np.arange(len(order))  # ascending along any path away from the root
    is_end = np.zeros(count + 1, bool)
    is_end[end] = True
    ends = order[is_end[order]].astype(np.int64)
    node_span = np.full(count + 1, -1, np.int64)
    node_span[ends] = np.arange(len(ends))
    upper = top[ends]
    span_of_edge = node_span[end]
    is_village = np.zeros(count + 1, bool)
    is_village[villages] = True
    is_village[used_source] = True
    branch = np.flatnonzero(special & in_tree & ~is_village)
    return Forest(
        span_of_edge, upper, ends, node_span[upper], node_span[:count], branch[branch != root],
        np.lexsort((visited[lower_node], span_of_edge)), ~turned,
    )  # fmt: skip


def _jump(pointer: Ints, special: Bools) -> Ints:
    """Follow pointers from every node to the first special one beyond it."""
    target = pointer.copy()
    while True:
        onward = np.where(special[target], target, target[target])
        if np.array_equal(onward, target):
            return target
        target = onward


def villages_behind(forest: Forest, node: Ints) -> Ints:
    """Return how many villages lie behind each span.

    Parameters
    ----------
    forest : Forest
        Spans, parents before children.
    node : ndarray of int64
        Node of each reached village, repeats allowed.

    Returns
    -------
    ndarray of int64, shape (s,)
        Counts; 0 only where nothing but what must be used lies behind.
    """
    at = forest.node_span[node]
    behind = np.bincount(at[at >= 0], minlength=len(forest.parent)).astype(np.int64)
    return gather_up(forest, behind)


def gather_up(forest: Forest, values: Ints) -> Ints:
    """Return for each span the sum of the values of itself and all spans behind it.

    Parameters
    ----------
    forest : Forest
        Spans, parents before children.
    values : ndarray of int64, shape (s,)
        One value a span.

    Returns
    -------
    ndarray of int64, shape (s,)
        Sums.
    """
    total = values.copy()
    level = _levels(forest.parent)
    for step in range(int(level.max(initial=0)), 0, -1):
        here = np.flatnonzero(level == step)
        np.add.at(total, forest.parent[here], total[here])
    return total


def _levels(parent: Ints) -> Ints:
    """Return the number of spans above each."""
    level = np.zeros(len(parent), np.int64)
    at = parent.copy()
    while (at >= 0).any():
        level += at >= 0
        at = np.where(at >= 0, parent[at], -1)
    return level


def courses(forest: Forest, geometry: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return the course of each span as one line from the source's side to the villages' side.

    Parameters
    ----------
    forest : Forest
        Spans.
    geometry : ndarray of shapely LineString, shape (e,)
        Tree edges from u to v.

    Returns
    -------
    ndarray of shapely LineString, shape (s,)
        Lines; a joint vertex is kept once.
    """
    turned = geometry.copy()
    back = ~forest.forward
    turned[back] = shapely.reverse(geometry[back])
    return merged(turned[forest.edge_order], forest.span_of_edge[forest.edge_order], len(forest.upper))


def merged(lines: NDArray[np.object_], owner: Ints, count: int) -> NDArray[np.object_]:
    """Join consecutive lines of one owner, end to start.

    Parameters
    ----------
    lines : ndarray of shapely LineString, shape (k,)
        In order; `owner` ascending.
    owner : ndarray of int64, shape (k,)
        0 … count-1.
    count : int
        Number of owners.

    Returns
    -------
    ndarray of shapely LineString or None, shape (count,)
        None for an owner without lines.
    """
    joined = np.full(count, None, object)
    for first in range(0, count, CHUNK):
        some = slice(*np.searchsorted(owner, [first, first + CHUNK]))
        points, line = shapely.get_coordinates(lines[some], return_index=True)
        if not len(points):
            continue
        group = owner[some][line]
        fresh = np.ones(len(points), bool)
        fresh[1:] = (group[1:] != group[:-1]) | (points[1:] != points[:-1]).any(axis=1)
        present, index = np.unique(group[fresh], return_inverse=True)
        joined[present] = shapely.linestrings(points[fresh], indices=index)
    return joined


def paths(forest: Forest, node: Ints) -> tuple[Ints, Ints]:
    """Return the spans from each village to its source.

    Parameters
    ----------
    forest : Forest
        Spans.
    node : ndarray of int64, shape (k,)
        Node of each reached village.

    Returns
    -------
    village : ndarray of int64
        Row of the village, ascending, repeated for each span of its path.
    span : ndarray of int64
        Spans, from the village to the source.
    """
    at = forest.node_span[node]
    rows, spans, steps = [], [], []
    step = 0
    while (at >= 0).any():
        here = np.flatnonzero(at >= 0)
        rows.append(here)
        spans.append(at[here])
        steps.append(np.full(len(here), step))
        at = np.where(at >= 0, forest.parent[at], -1)
        step += 1
    if not rows:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    village, span, rank = np.concatenate(rows), np.concatenate(spans), np.concatenate(steps)
    order = np.lexsort((rank, village))
    return village[order], span[order]
