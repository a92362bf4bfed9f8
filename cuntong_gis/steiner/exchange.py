"""Key-path exchange: take the dearest stretch of a tree out and a cheaper path in."""

import numpy as np

from cuntong_gis.steiner.arrays import Bools, Ints, Slots
from cuntong_gis.steiner.jit import kernel


@kernel
def root_tree(slots: Slots, tree: Bools, root: int) -> tuple[Ints, Ints]:
    """
    Point every node of a tree towards the root.

    Parameters
    ----------
    slots
        The adjacency.
    tree
        Which edges are in the tree.
    root
        Its root.

    Returns
    -------
    up
        The slot of each node that leads to its parent; -1 at the root and outside of the tree.
    degree
        Degree of each node in the tree.
    """
    n = len(slots.start) - 1
    up = np.full(n, -1, np.int64)
    degree = np.zeros(n, np.int64)
    stack = np.empty(n, np.int64)
    stack[0] = root
    top = 1
    while top > 0:
        top -= 1
        x = stack[top]
        for s in range(slots.start[x], slots.start[x + 1]):
            if tree[slots.edge[s]]:
                degree[x] += 1
                if s != up[x]:
                    y = slots.neighbor[s]
                    up[y] = slots.back[s]
                    stack[top] = y
                    top += 1
    return up, degree


@kernel
def meeting_node(slots: Slots, up: Ints, a: int, b: int, mark: Ints, clock: int) -> int:
    """
    Find where the ways of two nodes to the root meet, climbing both in turn so that near nodes cost little.

    Parameters
    ----------
    slots
        The adjacency.
    up
        The slot of each node that leads to its parent.
    a, b
        The nodes.
    mark
        Scratch of one number a node.
    clock
        A number greater than any in `mark`.

    Returns
    -------
    int
        The node where they meet.
    """
    mark[a] = clock
    if a == b:
        return a
    mark[b] = clock
    while True:
        if up[a] >= 0:
            a = slots.neighbor[up[a]]
            if mark[a] == clock:
                return a
            mark[a] = clock
        if up[b] >= 0:
            b = slots.neighbor[up[b]]
            if mark[b] == clock:
                return b
            mark[b] = clock


@kernel
def dearest_stretch(
    slots: Slots, cost: Ints, up: Ints, fixed: Bools, degree: Ints, a: int, end: int
) -> tuple[int, int, int]:
    """
    Find the dearest stretch between key nodes on the way from `a` up to `end`.

    Key nodes are terminals, branches, `a` and `end`.

    Parameters
    ----------
    slots
        The adjacency.
    cost
        Cost of each edge.
    up
        Parent slot of each node, from `root_tree`.
    fixed
        Which nodes are terminals.
    degree
        Degree of each node in the tree.
    a, end
        The way.

    Returns
    -------
    cost, bottom, top
        Cost of the stretch and its two ends; the cost is -1 when `a` is `end`.
    """
    best = -1
    best_bottom = a
    best_top = a
    bottom = a
    run = 0
    while a != end:
        run += cost[slots.edge[up[a]]]
        a = slots.neighbor[up[a]]
        if fixed[a] or degree[a] > 2 or a == end:
            if run > best:
                best = run
                best_bottom = bottom
                best_top = a
            bottom = a
            run = 0
    return best, best_bottom, best_top


@kernel
def exchange_paths(
    slots: Slots,
    ends: tuple[Ints, Ints, Ints],
    fixed: Bools,
    root: int,
    tree: Bools,
    source: Ints,
    via: Ints,
    candidates: Ints,
    length: Ints,
) -> tuple[int, Bools]:
    """
    Take in each path between tree nodes that is cheaper than what it replaces, cheapest first.

    Parameters
    ----------
    slots
        The adjacency.
    ends
        Ends and cost (u, v, w) of each edge.
    fixed
        Which nodes are terminals.
    root
        The root of the tree, a terminal.
    tree
        Which edges are in the tree; changed in place.
    source, via
        Nearest tree node of every node and the way to it, from `nearest_source`, as the tree was before.
    candidates
        Edges whose ends have different sources.
    length
        Length of the path over each candidate from source to source, ascending.

    Returns
    -------
    gain
        What the tree became cheaper.
    tree
        The same array.

    Notes
    -----
    A path is out of date once an end of it left the tree or an inner node came in, and is passed over; the
    next call
    sees it anew.
    """
    u, v, cost = ends
    n = len(fixed)
    up, degree = root_tree(slots, tree, root)
    mark = np.zeros(n, np.int64)
    gain = 0
    for i in range(len(candidates)):
        e = candidates[i]
        a = source[u[e]]
        b = source[v[e]]
        if degree[a] == 0 or degree[b] == 0:
            continue
        stale = False
        for side in range(2):
            x = u[e] if side == 0 else v[e]
            while via[x] >= 0 and not stale:
                stale = degree[x] > 0
                x = slots.neighbor[via[x]]
        if stale:
            continue
        meet = meeting_node(slots, up, a, b, mark, i + 1)
        most, bottom, top = dearest_stretch(slots, cost, up, fixed, degree, a, meet)
        other, other_bottom, other_top = dearest_stretch(slots, cost, up, fixed, degree, b, meet)
        if max(most, other) <= length[i]:
            continue
        low = u[e]
        high = v[e]
        if other > most:
            most, bottom, top = other, other_bottom, other_top
            a, b = b, a
            low, high = high, low
        gain += most - length[i]
        take_out(slots, up, degree, tree, bottom, top)
        # the part that was cut off hangs from `a` now: turn its way from there to the cut round
        turn_way(slots, up, a, bottom)
        put_in(slots, (up, degree), tree, via, e, low, high)
    return gain, tree


@kernel
def take_out(slots: Slots, up: Ints, degree: Ints, tree: Bools, bottom: int, top: int) -> None:
    """
    Take the way from `bottom` up to `top` out of the tree.

    Parameters
    ----------
    slots, up, degree, tree
        The tree, as in `exchange_paths`.
    bottom, top
        The ends of the way; they stay.
    """
    x = bottom
    while x != top:
        s = up[x]
        up[x] = -1
        tree[slots.edge[s]] = False
        degree[x] -= 1
        x = slots.neighbor[s]
        degree[x] -= 1


@kernel
def turn_way(slots: Slots, up: Ints, a: int, top: int) -> None:
    """
    Make `a` the top of its part of the tree, whose top was `top`.

    Parameters
    ----------
    slots, up
        The tree, as in `exchange_paths`.
    a, top
        The new and the old top.
    """
    s = up[a]
    up[a] = -1
    x = a
    while x != top:
        x = slots.neighbor[s]
        following = up[x]
        up[x] = slots.back[s]
        s = following


@kernel
def put_in(slots: Slots, rooted: tuple[Ints, Ints], tree: Bools, via: Ints, e: int, low: int, high: int) -> None:
    """
    Connect two parts of the tree by the path over edge `e`; the part behind `low` hangs from the other.

    Parameters
    ----------
    slots
        The adjacency.
    rooted
        Parent slot and degree of each node.
    tree
        Which edges are in the tree.
    via
        The ways from `low` and `high` to the two parts.
    e
        The edge between `low` and `high`.
    low, high
        Its ends.
    """
    up, degree = rooted
    x = low
    while via[x] >= 0:
        y = slots.neighbor[via[x]]
        up[y] = slots.back[via[x]]
        tree[slots.edge[via[x]]] = True
        degree[x] += 1
        degree[y] += 1
        x = y
    x = high
    while via[x] >= 0:
        y = slots.neighbor[via[x]]
        up[x] = via[x]
        tree[slots.edge[via[x]]] = True
        degree[x] += 1
        degree[y] += 1
        x = y
    tree[e] = True
    degree[low] += 1
    degree[high] += 1
    for s in range(slots.start[low], slots.start[low + 1]):
        if slots.edge[s] == e:
            up[low] = s
