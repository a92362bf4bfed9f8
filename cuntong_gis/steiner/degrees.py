"""Contract nodes of degree one and two on linked adjacency lists."""

import numpy as np

from cuntong_gis.steiner.arrays import Bools, Ints
from cuntong_gis.steiner.jit import kernel


@kernel
def link_edge(k: int, u: Ints, v: Ints, head: Ints, after: Ints, before: Ints, degree: Ints) -> None:
    """
    Put edge `k` into the lists of both its ends.

    Parameters
    ----------
    k
        The edge; its halves 2 k and 2 k + 1 stand in the lists of `u[k]` and `v[k]`.
    u, v
        Ends of each edge.
    head
        First half-edge of each node; -1 when there is none.
    after, before
        Next and previous half-edge in the same list.
    degree
        Degree of each node.
    """
    for side in range(2):
        node = u[k] if side == 0 else v[k]
        half = 2 * k + side
        first = head[node]
        after[half] = first
        before[half] = -1
        if first >= 0:
            before[first] = half
        head[node] = half
        degree[node] += 1


@kernel
def unlink_edge(k: int, u: Ints, v: Ints, head: Ints, after: Ints, before: Ints, degree: Ints) -> None:
    """
    Take edge `k` out of the lists of both its ends.

    Parameters
    ----------
    k, u, v, head, after, before, degree
        As in `link_edge`.
    """
    for side in range(2):
        node = u[k] if side == 0 else v[k]
        half = 2 * k + side
        if before[half] >= 0:
            after[before[half]] = after[half]
        else:
            head[node] = after[half]
        if after[half] >= 0:
            before[after[half]] = before[half]
        degree[node] -= 1


@kernel
def find_link(a: int, b: int, u: Ints, v: Ints, head: Ints, after: Ints, degree: Ints) -> int:
    """
    Find the edge between two nodes, looking from the one with fewer edges: the other may be a hub.

    Parameters
    ----------
    a, b
        The nodes.
    u, v, head, after, degree
        As in `link_edge`.

    Returns
    -------
    int
        The edge; -1 when there is none.
    """
    if degree[a] > degree[b]:
        a, b = b, a
    half = head[a]
    while half >= 0:
        k = half >> 1
        if u[k] + v[k] - a == b:
            return int(k)
        half = after[half]
    return -1


@kernel
def contract_degrees(
    n: int, u: Ints, v: Ints, w: Ints, terminal: Bools, root: int
) -> tuple[Bools, Ints, Ints, Ints, Ints, Ints, Ints, int]:
    """
    Contract until every other node has degree three and every terminal degree two.

    A leaf that is no terminal goes; a node between two edges becomes one edge; the only edge of a terminal
    is in
    every tree, so the terminal moves over it.

    Parameters
    ----------
    n
        Number of nodes.
    u, v, w
        Ends and cost of each edge, no loops or parallel edges, all connected; shape (m,).
    terminal
        Which nodes are terminals; changed in place.
    root
        One of the terminals.

    Returns
    -------
    alive
        Which edges remain, of the first m and those made here; shape (m + n,).
    u, v, w
        Ends and cost of all of these edges.
    left, right
        The two edges that each edge made here stands for; shape (n,).
    fixed
        Edges that are in the tree.
    root
        Where the root is now.
    """
    m = len(u)
    room = m + n
    eu = np.zeros(room, np.int64)
    ev = np.zeros(room, np.int64)
    ew = np.zeros(room, np.int64)
    eu[:m] = u
    ev[:m] = v
    ew[:m] = w
    alive = np.zeros(room, np.bool_)
    left = np.full(n, -1, np.int64)
    right = np.full(n, -1, np.int64)
    fixed = np.empty(n, np.int64)
    head = np.full(n, -1, np.int64)
    degree = np.zeros(n, np.int64)
    after = np.full(2 * room, -1, np.int64)
    before = np.full(2 * room, -1, np.int64)
    for k in range(m):
        link_edge(k, eu, ev, head, after, before, degree)
        alive[k] = True
    waiting = np.ones(n, np.bool_)
    stack = np.empty(n, np.int64)
    for node in range(n):
        stack[node] = n - 1 - node
    top = n
    count = m
    fixed_count = 0
    terminals = terminal.sum()
    while top > 0:
        top -= 1
        x = stack[top]
        waiting[x] = False
        d = degree[x]
        a = -1
        b = -1
        if d == 1 and (not terminal[x] or terminals > 1):
            k = head[x] >> 1
            a = eu[k] + ev[k] - x
            unlink_edge(k, eu, ev, head, after, before, degree)
            alive[k] = False
            if terminal[x]:
                fixed[fixed_count] = k
                fixed_count += 1
                terminal[x] = False
                if terminal[a]:
                    terminals -= 1
                terminal[a] = True
                if x == root:
                    root = a
        elif d == 2 and not terminal[x]:
            k = head[x] >> 1
            j = after[head[x]] >> 1
            a = eu[k] + ev[k] - x
            b = eu[j] + ev[j] - x
            unlink_edge(k, eu, ev, head, after, before, degree)
            unlink_edge(j, eu, ev, head, after, before, degree)
            alive[k] = False
            alive[j] = False
            cost = ew[k] + ew[j]
            other = find_link(a, b, eu, ev, head, after, degree)
            if other >= 0 and ew[other] > cost:
                unlink_edge(other, eu, ev, head, after, before, degree)
                alive[other] = False
                other = -1
            if other < 0:
                eu[count] = a
                ev[count] = b
                ew[count] = cost
                left[count - m] = k
                right[count - m] = j
                alive[count] = True
                link_edge(count, eu, ev, head, after, before, degree)
                count += 1
        for near in (a, b):
            if near >= 0 and degree[near] <= 2 and not waiting[near]:
                waiting[near] = True
                stack[top] = near
                top += 1
    return (
        alive[:count],
        eu[:count],
        ev[:count],
        ew[:count],
        left[: count - m],
        right[: count - m],
        fixed[:fixed_count],
        root,
    )
