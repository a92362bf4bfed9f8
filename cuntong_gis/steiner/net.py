"""A graph that shrinks: linked adjacency lists, the changes made to them, and the record of every change."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from cuntong_gis.steiner.arrays import Bools, Ints
from cuntong_gis.steiner.jit import kernel

Numbers = npt.NDArray[np.int32]

# words of the record, as `cuntong_gis.certificate` reads them
DROP, TAKE, SERIES, STAR = 1, 2, 3, 4

# places in `Net.number`
EDGES, ROOT, TERMINALS, WAITING, WORDS, FIXED, ORIGINAL, STARS, EXTRA = range(9)


class Net(NamedTuple):
    """
    Nodes with linked lists of half-edges; every array is changed in place.

    Attributes
    ----------
    u, v, w
        Ends and cost of each edge, original ones first, then those made here.
    alive
        Which edges are still there.
    after, before
        Next and previous half-edge in the list of a node; edge k has the halves 2 k (at `u`) and 2 k + 1.
    head
        First half-edge of each node; -1 when there is none.
    degree
        Number of edges at each node.
    terminal
        Which nodes must be in the tree.
    left, right
        The two edges that each made edge stands for.
    stack, waiting
        Nodes of degree two or less, to be looked at.
    fixed
        Edges taken into the tree.
    record
        What was done, as words; see `cuntong_gis.certificate`.
    number
        Edges made or given [EDGES], the root [ROOT], terminals left [TERMINALS], nodes on the stack [WAITING],
        words recorded [WORDS], edges taken [FIXED], original edges [ORIGINAL], edges made by stars [STARS], words
        of witness paths [EXTRA].
    """

    u: Numbers
    v: Numbers
    w: Ints
    alive: Bools
    after: Numbers
    before: Numbers
    head: Numbers
    degree: Numbers
    terminal: Bools
    left: Numbers
    right: Numbers
    stack: Numbers
    waiting: Bools
    fixed: Numbers
    record: Numbers
    number: Ints


@kernel
def link(net: Net, k: int) -> None:
    """
    Put edge `k` into the lists of both its ends.

    Parameters
    ----------
    net
        The graph.
    k
        The edge.
    """
    for side in range(2):
        node = net.u[k] if side == 0 else net.v[k]
        half = 2 * k + side
        first = net.head[node]
        net.after[half] = first
        net.before[half] = -1
        if first >= 0:
            net.before[first] = half
        net.head[node] = half
        net.degree[node] += 1
    net.alive[k] = True


@kernel
def unlink(net: Net, k: int) -> None:
    """
    Take edge `k` out of the lists of both its ends, and put ends of low degree on the stack.

    Parameters
    ----------
    net
        The graph.
    k
        The edge.
    """
    for side in range(2):
        node = net.u[k] if side == 0 else net.v[k]
        half = 2 * k + side
        if net.before[half] >= 0:
            net.after[net.before[half]] = net.after[half]
        else:
            net.head[node] = net.after[half]
        if net.after[half] >= 0:
            net.before[net.after[half]] = net.before[half]
        net.degree[node] -= 1
        notice(net, node)
    net.alive[k] = False


@kernel
def notice(net: Net, node: int) -> None:
    """
    Put a node on the stack when its degree is low.

    Parameters
    ----------
    net
        The graph.
    node
        The node.
    """
    if net.degree[node] <= 2 and not net.waiting[node]:
        net.waiting[node] = True
        net.stack[net.number[WAITING]] = node
        net.number[WAITING] += 1


@kernel
def say(net: Net, word: int) -> None:
    """
    Add a word to the record.

    Parameters
    ----------
    net
        The graph; a record of length zero records nothing.
    word
        The word.
    """
    if len(net.record):
        net.record[net.number[WORDS]] = word
        net.number[WORDS] += 1


@kernel
def find_link(net: Net, a: int, b: int) -> int:
    """
    Find the edge between two nodes, looking from the one with fewer edges: the other may be a hub.

    Parameters
    ----------
    net
        The graph.
    a, b
        The nodes.

    Returns
    -------
    int
        The edge; -1 when there is none.
    """
    if net.degree[a] > net.degree[b]:
        a, b = b, a
    half = net.head[a]
    while half >= 0:
        k = half >> 1
        if net.u[k] + net.v[k] - a == b:
            return int(k)
        half = net.after[half]
    return -1


@kernel
def put(net: Net, k: int) -> bool:
    """
    Link edge `k`, unless it is a loop or dearer than one that is there; a dearer one leaves instead.

    Parameters
    ----------
    net
        The graph.
    k
        The edge, with its ends and its cost.

    Returns
    -------
    bool
        Whether the edge is in the graph now.
    """
    if net.u[k] == net.v[k]:
        say(net, DROP)
        say(net, k)
        say(net, 0)
        return False
    other = find_link(net, net.u[k], net.v[k])
    if other >= 0 and net.w[other] <= net.w[k]:
        say(net, DROP)
        say(net, k)
        say(net, 1)
        say(net, other)
        return False
    link(net, k)
    if other >= 0:
        say(net, DROP)
        say(net, other)
        say(net, 1)
        say(net, k)
        unlink(net, other)
    return True


@kernel
def make_edge(net: Net, a: int, b: int, cost: int, left: int, right: int) -> int:
    """
    Give a new edge its number; it is not linked yet.

    Parameters
    ----------
    net
        The graph.
    a, b
        Its ends.
    cost
        Its cost.
    left, right
        The two edges that it stands for.

    Returns
    -------
    int
        The edge.
    """
    k = net.number[EDGES]
    net.number[EDGES] = k + 1
    net.u[k] = a
    net.v[k] = b
    net.w[k] = cost
    net.left[k - net.number[ORIGINAL]] = left
    net.right[k - net.number[ORIGINAL]] = right
    return int(k)


@kernel
def take(net: Net, k: int) -> None:
    """
    Contract edge `k`: it is in the tree. The end with more edges stays, the root in any case.

    Parameters
    ----------
    net
        The graph.
    k
        The edge; the reason has been recorded by the caller.
    """
    net.fixed[net.number[FIXED]] = k
    net.number[FIXED] += 1
    a = net.u[k]
    b = net.v[k]
    unlink(net, k)
    root = net.number[ROOT]
    if b == root or (a != root and net.degree[a] < net.degree[b]):
        a, b = b, a
    if net.terminal[a] and net.terminal[b]:
        net.number[TERMINALS] -= 1
    net.terminal[a] |= net.terminal[b]
    net.terminal[b] = False
    while net.head[b] >= 0:
        j = net.head[b] >> 1
        unlink(net, j)
        if net.u[j] == b:
            net.u[j] = a
        else:
            net.v[j] = a
        put(net, j)
    notice(net, a)


@kernel
def settle(net: Net) -> None:
    """
    Work off the stack: leaves go, a node between two edges becomes one edge, a terminal's only edge is taken.

    Parameters
    ----------
    net
        The graph.
    """
    number = net.number
    while number[WAITING] > 0:
        number[WAITING] -= 1
        x = net.stack[number[WAITING]]
        net.waiting[x] = False
        if net.degree[x] == 1:
            k = net.head[x] >> 1
            if not net.terminal[x]:
                say(net, DROP)
                say(net, k)
                say(net, 0)
                unlink(net, k)
            elif number[TERMINALS] > 1:
                say(net, TAKE)
                say(net, k)
                say(net, 0)
                take(net, k)
        elif net.degree[x] == 2 and not net.terminal[x]:
            k = net.head[x] >> 1
            j = net.after[net.head[x]] >> 1
            a = net.u[k] + net.v[k] - x
            b = net.u[j] + net.v[j] - x
            say(net, SERIES)
            say(net, k)
            say(net, j)
            unlink(net, k)
            unlink(net, j)
            new = make_edge(net, a, b, net.w[k] + net.w[j], k, j)
            if not put(net, new):
                notice(net, a)
                notice(net, b)


@kernel
def fill(net: Net, m: int) -> None:
    """
    Put all original edges in, and contract those of cost zero.

    Parameters
    ----------
    net
        The graph, without edges.
    m
        Number of original edges; their ends and costs are set.
    """
    for k in range(m):
        put(net, k)
    for k in range(m):
        if net.alive[k] and net.w[k] == 0:
            say(net, TAKE)
            say(net, k)
            say(net, 0)
            take(net, k)
    for node in range(len(net.head) - 1, -1, -1):
        notice(net, node)


def new_net(n: int, u: Ints, v: Ints, w: Ints, terminal: Bools, root: int, record: bool) -> Net:
    """
    Lay out a graph for reduction.

    Parameters
    ----------
    n
        Number of nodes.
    u, v, w
        Ends and cost of each edge; loops, parallel edges and costs of zero are allowed.
    terminal
        Which nodes must be in the tree.
    root
        One of the terminals.
    record
        Whether to record what is done.

    Returns
    -------
    Net
        The graph with its original edges not yet put in.
    """
    m = len(u)
    room = m + n + 1024
    number = np.zeros(9, np.int64)
    number[EDGES] = m
    number[ORIGINAL] = m
    number[ROOT] = root
    number[TERMINALS] = int(terminal.sum())

    return Net(
        _longer(u.astype(np.int32), room - m),
        _longer(v.astype(np.int32), room - m),
        _longer(w, room - m),
        np.zeros(room, np.bool_),
        np.full(2 * room, -1, np.int32),
        np.full(2 * room, -1, np.int32),
        np.full(n, -1, np.int32),
        np.zeros(n, np.int32),
        terminal.copy(),
        np.zeros(room - m, np.int32),
        np.zeros(room - m, np.int32),
        np.empty(n, np.int32),
        np.zeros(n, np.bool_),
        np.empty(n, np.int32),
        np.empty((BASE_WORDS + 4) * room + SPARE_WORDS if record else 0, np.int32),
        number,
    )


BASE_WORDS = 8
"""Words an edge may need apart from witness paths: a drop four, a series three; a node's taking three."""


SPARE_WORDS = 16384
"""Room for one star: six ways, said twice at the most, each of no more edges than two searches look at."""


@kernel
def has_room(net: Net) -> bool:
    """
    Tell whether a star and the longest witness paths still fit in.

    Parameters
    ----------
    net
        The graph.

    Returns
    -------
    bool
        Whether they do; if not, the caller asks for `widen`.
    """
    number = net.number
    room = len(net.w)
    if number[ORIGINAL] + len(net.head) + number[STARS] + 16 > room:
        return False
    return len(net.record) == 0 or BASE_WORDS * room + number[EXTRA] + SPARE_WORDS <= len(net.record)


def widen(net: Net) -> Net:
    """
    Give a graph half as much more room.

    Parameters
    ----------
    net
        The graph.

    Returns
    -------
    Net
        The same graph in larger arrays.
    """
    extra = len(net.w) // 4 + 1024

    return net._replace(
        u=_longer(net.u, extra),
        v=_longer(net.v, extra),
        w=_longer(net.w, extra),
        alive=_longer(net.alive, extra),
        after=_longer(net.after, 2 * extra, -1),
        before=_longer(net.before, 2 * extra, -1),
        left=_longer(net.left, extra),
        right=_longer(net.right, extra),
        record=_longer(net.record, 2 * BASE_WORDS * extra + SPARE_WORDS) if len(net.record) else net.record,
    )


def _longer(values: npt.NDArray[Any], by: int, fill: int = 0) -> npt.NDArray[Any]:
    return np.concatenate([values, np.full(by, fill, values.dtype)])
