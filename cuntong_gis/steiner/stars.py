"""Local test of nodes: a star that no cheapest tree needs gives way to edges between its ends."""

import numpy as np

from cuntong_gis.steiner.arrays import FAR, Bools, Ints
from cuntong_gis.steiner.detour import HUB, Search, clear, meeting, say_way, spread, way_length
from cuntong_gis.steiner.jit import kernel
from cuntong_gis.steiner.net import DROP, EDGES, EXTRA, STAR, STARS, Net, has_room, make_edge, put, say, unlink

MOST_RAYS = 4
"""Largest degree of a node that is tested."""


@kernel
def drop_nodes(
    net: Net, searches: tuple[Search, Search, Search, Search], limit: int, begin: int, dirty: Bools, fresh: Bools
) -> int:
    """
    Replace a node of degree three or four by edges between its neighbors, when some best tree passes it straight.

    That is so when, for every three or more of its neighbors, ways around the node join them no dearer than
    their edges to the node. An edge made here that has such a way around is left out at once.

    Parameters
    ----------
    net
        The graph.
    searches
        Room for four searches.
    limit
        Edges to look at in one search.
    begin
        The node to begin with.
    dirty, fresh
        Nodes near which something changed in the last round; in this one.

    Returns
    -------
    int
        The node to go on with; the number of nodes when all were tested.

    References
    ----------
    Duin and Volgenant (1989), non-terminals of degree k; Polzin (2003), Algorithms for the Steiner problem in
    networks.
    """
    ray = np.empty(MOST_RAYS, np.int64)
    tip = np.empty(MOST_RAYS, np.int64)
    stretch = np.empty((MOST_RAYS, MOST_RAYS), np.int64)
    place = np.empty((MOST_RAYS, MOST_RAYS), np.int64)
    for x in range(begin, len(net.head)):
        d = net.degree[x]
        if d < 3 or d > MOST_RAYS or net.terminal[x] or not dirty[x]:
            continue
        if not has_room(net):
            return x
        half = net.head[x]
        total = 0
        for i in range(d):
            ray[i] = half >> 1
            tip[i] = net.u[ray[i]] + net.v[ray[i]] - x
            total += net.w[ray[i]]
            half = net.after[half]
        for i in range(d):
            if net.degree[tip[i]] <= HUB:
                spread(net, searches[i], tip[i], total, limit, -1, x, -1)
        for i in range(d):
            for j in range(i):
                stretch[i, j] = FAR
                place[i, j] = -1
                if net.degree[tip[i]] <= HUB and net.degree[tip[j]] <= HUB:
                    stretch[i, j], place[i, j] = meeting(net, searches[i], searches[j], total)
                elif net.degree[tip[i]] <= HUB:
                    stretch[i, j], place[i, j] = reached(searches[i], tip[j])
                elif net.degree[tip[j]] <= HUB:
                    stretch[i, j], place[i, j] = reached(searches[j], tip[i])
                stretch[j, i] = stretch[i, j]
        if passes_straight(net, ray, stretch, d):
            say(net, STAR)
            say(net, d)
            for i in range(d):
                say(net, ray[i])
            net.number[EXTRA] += 32  # at the most, beside the edges of the ways
            for i in range(d):
                for j in range(i):
                    say_between(net, searches[i], searches[j], tip[i], tip[j], place[i, j])
            for i in range(d):
                unlink(net, ray[i])
                fresh[tip[i]] = True
            k = net.number[EDGES]
            for i in range(d):
                for j in range(i):
                    new = make_edge(net, tip[i], tip[j], net.w[ray[i]] + net.w[ray[j]], ray[i], ray[j])
                    net.number[STARS] += 1
                    if stretch[i, j] <= net.w[new]:
                        say(net, DROP)
                        say(net, new)
                        say_between(net, searches[i], searches[j], tip[i], tip[j], place[i, j])
            # only now, for an edge put in may push out one that is on a way around
            for i in range(d):
                for j in range(i):
                    if stretch[i, j] > net.w[k]:
                        put(net, k)
                    k += 1
        for i in range(d):
            clear(searches[i])
    return len(net.head)


@kernel
def reached(search: Search, node: int) -> tuple[int, int]:
    """
    Give the longest stretch on the way to a node.

    Parameters
    ----------
    search
        The search.
    node
        The node.

    Returns
    -------
    stretch, node
        The stretch and the node itself; (`FAR`, -1) when it was not reached.
    """
    if search.label[node] == FAR:
        return FAR, -1
    return max(search.most[search.entry[node]], search.label[node]), node


@kernel
def say_between(net: Net, one: Search, other: Search, start: int, end: int, where: int) -> None:
    """
    Record the way between the starts of two searches: its length, then its edges; -1 when there is none.

    Parameters
    ----------
    net
        The graph.
    one, other
        The searches.
    start, end
        Where they started; a hub was not searched from.
    where
        Where they meet; -1 when they do not.
    """
    if where < 0:
        say(net, -1)
        return
    if net.degree[start] > HUB:
        # the other search came here
        say(net, way_length(other, start))
        say_way(net, other, start, False)
    elif net.degree[end] > HUB:
        say(net, way_length(one, end))
        say_way(net, one, end, True)
    else:
        say(net, way_length(one, where) + way_length(other, where))
        say_way(net, one, where, True)
        say_way(net, other, where, False)


@kernel
def passes_straight(net: Net, ray: Ints, stretch: Ints, d: int) -> bool:
    """
    Tell whether every three or more ends of a star can be joined around its middle no dearer than by it.

    Parameters
    ----------
    net
        The graph.
    ray
        The edges of the star.
    stretch
        Longest stretch of a way between each two ends; shape (d, d).
    d
        Number of rays, three or four.

    Returns
    -------
    bool
        Whether they can.
    """
    for chosen in range(1 << d):
        count = 0
        total = 0
        first = -1
        for i in range(d):
            if chosen >> i & 1:
                count += 1
                total += net.w[ray[i]]
                first = i
        if count < 3:
            continue
        inside = 1 << first
        cost = 0
        for _ in range(count - 1):
            least = FAR
            at = -1
            for i in range(d):
                if inside >> i & 1:
                    for j in range(d):
                        if chosen >> j & 1 and not inside >> j & 1 and stretch[i, j] < least:
                            least = stretch[i, j]
                            at = j
            if at < 0:
                return False
            cost += least
            inside |= 1 << at
        if cost > total:
            return False
    return True
