"""Local tests of edges: ways around them, found by short searches that start anew at every terminal."""

from typing import NamedTuple

import numpy as np

from cuntong_gis.steiner.arrays import FAR, Bools, Ints
from cuntong_gis.steiner.heap import heap_pop, heap_push
from cuntong_gis.steiner.jit import kernel
from cuntong_gis.steiner.net import (
    DROP,
    EDGES,
    EXTRA,
    TAKE,
    TERMINALS,
    WORDS,
    Net,
    Numbers,
    has_room,
    say,
    take,
    unlink,
)

HUB = 64
"""A node with more edges is reached but not searched through: looking at them all would use up the limit."""


class Search(NamedTuple):
    """
    One search from a node; arrays of one item a node, except those of entries.

    Attributes
    ----------
    label
        Length of the way since the last terminal on it; `FAR` where the search did not come.
    entry
        The newest entry of each node.
    heap, place
        The queue.
    touched
        Nodes with a label.
    half, parent, most
        Of each entry: the half-edge it came by (at the node), the entry before, the longest stretch between
        terminals so far.
    number
        Nodes touched [0], entries [1], slots looked at [2].
    """

    label: Ints
    entry: Numbers
    heap: Ints
    place: Ints
    touched: Numbers
    half: Numbers
    parent: Numbers
    most: Ints
    number: Ints


def new_search(n: int, limit: int) -> Search:
    """
    Make room for searches.

    Parameters
    ----------
    n
        Number of nodes.
    limit
        Edges looked at by one search at the most.

    Returns
    -------
    Search
        Empty.
    """
    room = limit + HUB + 2
    return Search(
        np.full(n, FAR, np.int64),
        np.full(n, -1, np.int32),
        np.empty(n, np.int64),
        np.full(n, -1, np.int64),
        np.empty(min(n, room) + 1, np.int32),
        np.empty(room, np.int32),
        np.empty(room, np.int32),
        np.empty(room, np.int64),
        np.zeros(3, np.int64),
    )


@kernel
def clear(search: Search) -> None:
    """
    Forget a search.

    Parameters
    ----------
    search
        The search.
    """
    for i in range(search.number[0]):
        x = search.touched[i]
        search.label[x] = FAR
        search.place[x] = -1
    search.number[0] = 0
    search.number[1] = 0


@kernel
def spread(net: Net, search: Search, start: int, bound: int, limit: int, edge: int, node: int, goal: int) -> int:
    """
    Search from a node over stretches between terminals that are no longer than the bound.

    Parameters
    ----------
    net
        The graph.
    search
        Where to keep what was found; must be clear.
    start
        The node to start from.
    bound
        Longest stretch allowed.
    limit
        Edges to look at.
    edge, node
        An edge and a node not to go over; -1 for none.
    goal
        Where to stop: a node, -1 for none, -2 for the first terminal other than the start.

    Returns
    -------
    int
        The goal reached; -1 when it was not.
    """
    label, heap, place, number = search.label, search.heap, search.place, search.number
    label[start] = 0
    search.entry[start] = 0
    search.half[0] = -1
    search.parent[0] = -1
    search.most[0] = 0
    search.touched[0] = start
    number[0] = 1
    number[1] = 1
    looked = 0
    size = heap_push(heap, place, label, 0, start)
    while size > 0:
        x = heap_pop(heap, place, label, size)
        size -= 1
        looked += net.degree[x]
        if looked > limit:
            break
        half = net.head[x]
        here = search.entry[x]
        while half >= 0:
            k = half >> 1
            y = net.u[k] + net.v[k] - x
            reach = label[x] + net.w[k]
            way = half ^ 1
            half = net.after[half]
            if reach > bound or k == edge or y == node or reach >= label[y]:
                continue
            at = number[1]
            number[1] += 1
            search.half[at] = way
            search.parent[at] = here
            search.most[at] = search.most[here]
            if net.terminal[y]:
                search.most[at] = max(search.most[at], reach)
                reach = 0
                if label[y] == 0:
                    number[1] -= 1
                    continue
            if label[y] == FAR:
                search.touched[number[0]] = y
                number[0] += 1
            search.entry[y] = at
            label[y] = reach
            if y == goal or (goal == -2 and net.terminal[y]):
                # empty the queue's places, as the search ends early
                for i in range(size):
                    place[heap[i]] = -1
                return int(y)
            if net.degree[y] <= HUB:
                size = heap_push(heap, place, label, size, y)
    for i in range(size):
        place[heap[i]] = -1
    return -1


@kernel
def meeting(net: Net, one: Search, other: Search, bound: int) -> tuple[int, int]:
    """
    Find where two searches meet so that the longest stretch of the way between their starts is least.

    Parameters
    ----------
    net
        The graph.
    one, other
        The searches.
    bound
        Longest stretch wanted.

    Returns
    -------
    stretch, node
        The longest stretch and where they meet; (`FAR`, -1) when they do not.
    """
    best = FAR
    where = -1
    for i in range(one.number[0]):
        y = one.touched[i]
        if other.label[y] == FAR:
            continue
        way = max(one.most[one.entry[y]], other.most[other.entry[y]])
        way = max(way, one.label[y] + other.label[y])
        if way < best:
            best = way
            where = y
    if best > bound:
        return FAR, -1
    return best, where


@kernel
def way_length(search: Search, node: int) -> int:
    """
    Count the edges of the way to a node.

    Parameters
    ----------
    search
        The search.
    node
        A node it reached.

    Returns
    -------
    int
        The number of edges.
    """
    count = -1
    at = search.entry[node]
    while at >= 0:
        count += 1
        at = search.parent[at]
    return count


@kernel
def say_way(net: Net, search: Search, node: int, forward: bool) -> None:
    """
    Record the edges of the way to a node.

    Parameters
    ----------
    net
        The graph.
    search
        The search.
    node
        A node it reached.
    forward
        From the start to the node; else from the node to the start.
    """
    if len(net.record) == 0:
        return
    count = way_length(search, node)
    at = search.entry[node]
    begin = net.number[WORDS]
    for i in range(count):
        net.record[begin + (count - 1 - i if forward else i)] = search.half[at] >> 1
        at = search.parent[at]
    net.number[WORDS] += count
    net.number[EXTRA] += count


@kernel
def drop_edges(net: Net, one: Search, other: Search, limit: int, begin: int, dirty: Bools, fresh: Bools) -> int:
    """
    Leave out edges around which there is a way whose every stretch between terminals is no dearer.

    Parameters
    ----------
    net
        The graph.
    one, other
        Room for two searches.
    limit
        Edges to look at in one search.
    begin
        The edge to begin with.
    dirty, fresh
        Nodes near which something changed in the last round; in this one.

    Returns
    -------
    int
        The edge to go on with; the number of edges when all were tested.

    References
    ----------
    Duin and Volgenant (1989), Reduction tests for the Steiner problem in graphs.
    """
    for e in range(begin, net.number[EDGES]):
        if not net.alive[e]:
            continue
        a = net.u[e]
        b = net.v[e]
        if not (dirty[a] or dirty[b]):
            continue
        if not has_room(net):
            return e
        if net.degree[a] > net.degree[b]:
            a, b = b, a
        cost = net.w[e]
        if net.degree[a] > HUB:
            continue
        found = spread(net, one, a, cost, limit, e, -1, b)
        where = b
        if found < 0 and net.degree[b] <= HUB:
            spread(net, other, b, cost, limit, e, -1, a)
            _, where = meeting(net, one, other, cost)
        elif found < 0:
            where = -1
        if where >= 0:
            count = way_length(one, where)
            if found < 0:
                count += way_length(other, where)
            say(net, DROP)
            say(net, e)
            say(net, count)
            say_way(net, one, where, True)
            if found < 0:
                say_way(net, other, where, False)
            fresh[a] = True
            fresh[b] = True
            unlink(net, e)
        clear(one)
        clear(other)
    return int(net.number[EDGES])


@kernel
def take_nearest(net: Net, search: Search, limit: int, dirty: Bools, fresh: Bools) -> None:
    """
    Take a terminal's cheapest edge, when it leads to another terminal no dearer than its second cheapest edge.

    Parameters
    ----------
    net
        The graph.
    search
        Room for a search.
    limit
        Edges to look at in one search.
    dirty, fresh
        Nodes near which something changed in the last round; in this one.

    References
    ----------
    Duin and Volgenant (1989), nearest vertex test.
    """
    for t in range(len(net.head)):
        if not net.terminal[t] or not dirty[t]:
            continue
        while net.terminal[t] and net.number[TERMINALS] > 1 and has_room(net):
            first = -1
            second = FAR
            half = net.head[t]
            while half >= 0:
                k = half >> 1
                if first < 0 or net.w[k] < net.w[first]:
                    if first >= 0:
                        second = net.w[first]
                    first = k
                elif net.w[k] < second:
                    second = net.w[k]
                half = net.after[half]
            if first < 0:
                break
            x = net.u[first] + net.v[first] - t
            found = -1
            if net.terminal[x]:
                say(net, TAKE)
                say(net, first)
                say(net, 0)
            elif net.degree[x] <= HUB:
                found = spread(net, search, x, second - net.w[first], limit, -1, t, -2)
                if found >= 0:
                    say(net, TAKE)
                    say(net, first)
                    say(net, way_length(search, found))
                    say_way(net, search, found, True)
                clear(search)
                if found < 0:
                    break
            else:
                break
            fresh[t] = True
            fresh[x] = True
            take(net, first)
