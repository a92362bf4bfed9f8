"""Build a tree on a graph: Voronoi regions of the terminals, spanning trees, pruning."""

import numpy as np

from cuntong_gis.steiner.arrays import Bools, Graph, Ints, Slots
from cuntong_gis.steiner.exchange import exchange_paths
from cuntong_gis.steiner.jit import kernel
from cuntong_gis.steiner.paths import component_labels, nearest_source, prune_leaves, spanning_forest


@kernel
def walk_back(slots: Slots, via: Ints, starts: Ints, reached: Bools) -> None:
    """
    Mark every node on the way from the nodes given back to their sources.

    Parameters
    ----------
    slots
        The adjacency.
    via
        The slot of each node that leads back, from `nearest_source`.
    starts
        Where to begin.
    reached
        Which nodes are marked; changed in place.
    """
    for node in starts:
        while not reached[node]:
            reached[node] = True
            if via[node] < 0:
                break
            node = slots.neighbor[via[node]]


def build_tree(graph: Graph, cost: Ints | None = None) -> tuple[Ints, int]:
    """
    Connect all terminals at no more than twice the least cost, and bound that cost from below.

    Parameters
    ----------
    graph
        A connected graph.
    cost
        Edge costs > 0 to choose the paths by, in place of the graph's own.

    Returns
    -------
    edges
        The tree, edge numbers in ascending order.
    bound
        A lower bound of any tree under the costs used.

    References
    ----------
    Mehlhorn (1988), A faster approximation algorithm for the Steiner problem in graphs.
    """
    terminals = graph.terminals
    if len(terminals) <= 1:
        return np.zeros(0, np.int64), 0
    chosen = graph.w if cost is None else cost
    distance, source, via = nearest_source(graph.slots, chosen[graph.slots.edge], terminals)
    across = np.flatnonzero(source[graph.u] != source[graph.v])
    u, v = graph.u[across], graph.v[across]
    length = distance[u] + chosen[across] + distance[v]
    links = spanning_forest(graph.n, source[u], source[v], np.argsort(length, kind="stable"))
    reached = graph.terminal.copy()
    reached[terminals] = False
    walk_back(graph.slots, via, np.concatenate([terminals, u[links], v[links]]), reached)
    inside = np.flatnonzero(reached[graph.u] & reached[graph.v])
    count = len(terminals)
    # an optimal tree, walked around and cut once, spans the terminals: their spanning tree is <= 2 (1 - 1/k)
    # x optimum
    spanning = int(length[links].sum())
    return clean_tree(graph, inside), -(-spanning * count // (2 * (count - 1)))


def clean_tree(graph: Graph, edges: Ints) -> Ints:
    """
    Make a tree of edges that connect all terminals: cheapest spanning tree, root's part, no idle leaves.

    Parameters
    ----------
    graph
        The graph.
    edges
        Its edges to choose from, in ascending order.

    Returns
    -------
    Ints
        The tree, edge numbers in ascending order.
    """
    return clean_edges(graph.n, (graph.u, graph.v, graph.w), edges, graph.terminal, graph.root)


def clean_edges(n: int, ends: tuple[Ints, Ints, Ints], edges: Ints, terminal: Bools, root: int) -> Ints:
    """
    Make a tree of edges, as `clean_tree`, from bare arrays.

    Parameters
    ----------
    n
        Number of nodes.
    ends
        Ends and cost (u, v, w) of all edges.
    edges
        Edge numbers to choose from, in ascending order.
    terminal
        Which nodes stay when they are leaves.
    root
        The node whose part is kept.

    Returns
    -------
    Ints
        The tree, edge numbers in ascending order.
    """
    u, v, w = ends[0][edges], ends[1][edges], ends[2][edges]
    tree = spanning_forest(n, u, v, np.argsort(w, kind="stable"))
    label = component_labels(n, u[tree], v[tree])
    tree &= label[u] == label[root]
    prune_leaves(u, v, tree, terminal)
    return edges[tree]


def improve_tree(graph: Graph, edges: Ints, passes: int) -> Ints:
    """
    Exchange key paths for cheaper ones until a pass finds none.

    Parameters
    ----------
    graph
        The graph.
    edges
        A tree, as `clean_tree` makes it.
    passes
        How many passes at most.

    Returns
    -------
    Ints
        A tree that costs no more.
    """
    slots = graph.slots
    for _ in range(passes):
        inside = np.zeros(graph.n, np.bool_)
        inside[graph.u[edges]] = True
        inside[graph.v[edges]] = True
        inside[graph.root] = True
        distance, source, via = nearest_source(slots, graph.slot_cost, np.flatnonzero(inside))
        in_tree = np.zeros(graph.m, np.bool_)
        in_tree[edges] = True
        across = np.flatnonzero(~in_tree & (source[graph.u] != source[graph.v]))
        length = distance[graph.u[across]] + graph.w[across] + distance[graph.v[across]]
        order = np.argsort(length, kind="stable")
        gain, tree = exchange_paths(
            slots,
            (graph.u, graph.v, graph.w),
            graph.terminal,
            graph.root,
            in_tree,
            source,
            via,
            across[order],
            length[order],
        )
        if gain == 0:
            break
        edges = clean_tree(graph, np.flatnonzero(tree))
    return edges


def tree_cost(graph: Graph, edges: Ints) -> int:
    """
    Add up the cost of edges.

    Parameters
    ----------
    graph
        The graph.
    edges
        Edge numbers.

    Returns
    -------
    int
        Their cost.
    """
    return int(graph.w[edges].sum())
