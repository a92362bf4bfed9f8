"""Tests that take edges away or into the tree by distances between terminals."""

import numpy as np

from cuntong_gis.steiner.arrays import FAR, Bools, Ints, Slots
from cuntong_gis.steiner.heap import heap_pop, heap_push
from cuntong_gis.steiner.jit import kernel


@kernel
def special_distance_test(slots: Slots, slot_cost: Ints, terminal: Bools, u: Ints, v: Ints, limit: int) -> Bools:
    """
    Find edges that no optimal tree needs: a way around them whose every stretch between terminals is cheaper.

    Parameters
    ----------
    slots
        The adjacency.
    slot_cost
        Edge cost > 0 of each slot.
    terminal
        Which nodes are terminals.
    u, v
        Ends of each edge.
    limit
        How many slots to look at for each edge.

    Returns
    -------
    Bools
        Which edges can go, all at once.

    Notes
    -----
    A search from one end that starts again from zero at every terminal decides the test exactly, as far as
    `limit`
    lets it. An edge already gone is not walked over, so every deletion has its witness in what remains.

    References
    ----------
    Duin and Volgenant (1989), Reduction tests for the Steiner problem in graphs.
    """
    n = len(slots.start) - 1
    m = len(u)
    gone = np.zeros(m, np.bool_)
    distance = np.full(n, FAR, np.int64)
    place = np.full(n, -1, np.int64)
    heap = np.empty(n, np.int64)
    touched = np.empty(n, np.int64)
    for e in range(m):
        a = u[e]
        b = v[e]
        if slots.start[a + 1] - slots.start[a] > slots.start[b + 1] - slots.start[b]:
            a, b = b, a
        cost = FAR
        for s in range(slots.start[a], slots.start[a + 1]):
            if slots.edge[s] == e:
                cost = slot_cost[s]
        distance[a] = 0
        touched[0] = a
        count = 1
        size = heap_push(heap, place, distance, 0, a)
        looked = 0
        while size > 0 and not gone[e]:
            x = heap_pop(heap, place, distance, size)
            size -= 1
            looked += slots.start[x + 1] - slots.start[x]
            if looked > limit:
                break
            for s in range(slots.start[x], slots.start[x + 1]):
                reach = distance[x] + slot_cost[s]
                f = slots.edge[s]
                if reach >= cost or f == e or gone[f]:
                    continue
                y = slots.neighbor[s]
                if y == b:
                    gone[e] = True
                    break
                if terminal[y]:
                    reach = 0
                if reach < distance[y]:
                    if distance[y] == FAR:
                        touched[count] = y
                        count += 1
                    distance[y] = reach
                    size = heap_push(heap, place, distance, size, y)
        for i in range(count):
            distance[touched[i]] = FAR
            place[touched[i]] = -1
    return gone


@kernel
def nearest_vertex_test(
    slots: Slots, slot_cost: Ints, terminals: Ints, distance: Ints, source: Ints, via: Ints, order: Ints
) -> tuple[Ints, Ints, Ints]:
    """
    Find edges that some optimal tree has.

    Such is a terminal's cheapest edge, when it leads on to another terminal soon enough.

    Parameters
    ----------
    slots, slot_cost
        The adjacency and its edge costs, all > 0.
    terminals
        The terminals.
    distance, source, via
        Nearest terminal of each node, from `nearest_source`.
    order
        The nodes by distance.

    Returns
    -------
    ends, others, edges
        The terminal, the other end and the edge of each contraction. No node is in two of them, so that one
        contraction leaves the reason of the others true.

    References
    ----------
    Duin and Volgenant (1989); in terms of Voronoi regions Polzin and Vahdati Daneshmand (2001).
    """
    n = len(slots.start) - 1
    cheapest = np.full(n, -1, np.int64)
    second = np.full(n, FAR, np.int64)
    for t in terminals:
        least = FAR
        for s in range(slots.start[t], slots.start[t + 1]):
            if slot_cost[s] < least:
                second[t] = least
                least = slot_cost[s]
                cheapest[t] = s
            elif slot_cost[s] < second[t]:
                second[t] = slot_cost[s]
    first = np.full(n, -1, np.int64)
    onward = np.full(n, FAR, np.int64)
    for x in order:
        if via[x] >= 0:
            above = slots.neighbor[via[x]]
            first[x] = slots.edge[via[x]] if via[above] < 0 else first[above]
    for x in range(n):
        t = source[x]
        if t < 0 or cheapest[t] < 0:
            continue
        wanted = slots.edge[cheapest[t]]
        for s in range(slots.start[x], slots.start[x + 1]):
            y = slots.neighbor[s]
            if source[y] == t or source[y] < 0:
                continue
            start = slots.edge[s] if via[x] < 0 else first[x]
            if start == wanted:
                onward[t] = min(onward[t], distance[x] + slot_cost[s] + distance[y])
    used = np.zeros(n, np.bool_)
    ends = np.empty(len(terminals), np.int64)
    others = np.empty(len(terminals), np.int64)
    edges = np.empty(len(terminals), np.int64)
    count = 0
    for t in terminals:
        if cheapest[t] < 0 or onward[t] == FAR or onward[t] > second[t]:
            continue
        x = slots.neighbor[cheapest[t]]
        if used[t] or used[x]:
            continue
        used[t] = True
        used[x] = True
        ends[count] = t
        others[count] = x
        edges[count] = slots.edge[cheapest[t]]
        count += 1
    return ends[:count], others[:count], edges[:count]
