"""Part a graph at its cut nodes: a tree of the whole is a tree of each block."""

import numpy as np

from cuntong_gis.steiner.arrays import Bools, Ints, Slots
from cuntong_gis.steiner.jit import kernel


@kernel
def find_blocks(slots: Slots, m: int, terminal: Bools, root: int) -> tuple[Ints, Ints, Bools]:
    """
    Find the blocks (biconnected components) that a tree must pass through.

    Parameters
    ----------
    slots
        The adjacency.
    m
        Number of edges.
    terminal
        Which nodes must be in the tree.
    root
        One of them.

    Returns
    -------
    block
        The block of each edge; -1 when it leads to no terminal, or is not connected to the root.
    top
        The node of each block that is nearest to the root: all else in it is reached through that node.
    needed
        Which nodes must be in the tree: the terminals, and the cut nodes with a terminal behind.

    References
    ----------
    Hopcroft and Tarjan (1973), Algorithm 447: efficient algorithms for graph manipulation.
    """
    n = len(slots.start) - 1
    order = np.zeros(n, np.int64)
    low = np.zeros(n, np.int64)
    behind = np.zeros(n, np.int64)
    up = np.full(n, -1, np.int64)
    at = slots.start[:n].copy()
    block = np.full(m, -1, np.int64)
    top = np.empty(n, np.int64)
    needed = terminal.copy()
    path = np.empty(n + 1, np.int64)
    edges = np.empty(m + 1, np.int64)
    seen = np.zeros(m, np.bool_)
    waiting = 0
    count = 0
    clock = 1
    order[root] = 1
    low[root] = 1
    path[0] = root
    depth = 1
    while depth > 0:
        x = path[depth - 1]
        if at[x] < slots.start[x + 1]:
            s = at[x]
            at[x] += 1
            e = slots.edge[s]
            if seen[e]:
                continue
            seen[e] = True
            edges[waiting] = e
            waiting += 1
            y = slots.neighbor[s]
            if order[y] == 0:
                clock += 1
                order[y] = clock
                low[y] = clock
                up[y] = e
                path[depth] = y
                depth += 1
            else:
                low[x] = min(low[x], order[y])
            continue
        depth -= 1
        if terminal[x]:
            behind[x] += 1
        if depth == 0:
            break
        above = path[depth - 1]
        low[above] = min(low[above], low[x])
        behind[above] += behind[x]
        if low[x] >= order[above]:
            number = -1
            if behind[x] > 0:
                number = count
                top[count] = above
                count += 1
                needed[above] = True
            while True:
                waiting -= 1
                block[edges[waiting]] = number
                if edges[waiting] == up[x]:
                    break
    return block, top[:count], needed
