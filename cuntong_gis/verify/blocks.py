"""The blocks of what is left of a part: where each is entered, and what it must connect."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cuntong_gis.verify.steps import Ints


@dataclass(frozen=True)
class Block:
    """A biconnected block.

    Attributes
    ----------
    edges
        Its edges, by their place in the arrays given.
    entry
        Its node nearest to the root, the root itself or a cut node.
    terminals
        The nodes other than the entry that are terminals or have one behind them.
    """

    edges: Ints
    entry: int
    terminals: list[int]


def decompose(count: int, u: Ints, v: Ints, root: int, terminal: list[bool]) -> list[Block]:
    """Split what the root reaches into blocks (Hopcroft and Tarjan, without recursion).

    Parameters
    ----------
    count : int
        Number of nodes.
    u, v : ndarray of int64
        Ends of each edge; parallel edges are allowed, loops are not.
    root : int
        Where to begin.
    terminal : list of bool
        Which nodes are terminals.

    Returns
    -------
    list of Block
        Each after all blocks behind it.
    """
    needed = terminal.copy()
    ends_u, ends_v = u.tolist(), v.tolist()
    blocks = []
    for entry, edges in _split(count, u, v, root):
        nodes = {ends_u[k] for k in edges}
        nodes.update(ends_v[k] for k in edges)
        # blocks behind a node come before the block that leads to it, so what is needed there is known by now
        wanted = sorted(x for x in nodes if needed[x] and x != entry)
        if wanted:
            needed[entry] = True
        blocks.append(Block(np.array(edges, np.int64), entry, wanted))
    return blocks


def _split(count: int, u: Ints, v: Ints, root: int) -> list[tuple[int, list[int]]]:
    """Return entry and edges of each block, those farther from the root first."""
    m = len(u)
    halves = np.argsort(np.concatenate([u, v]), kind="stable")
    begin = np.searchsorted(np.concatenate([u, v])[halves], np.arange(count + 1)).tolist()
    edge: list[int] = (halves % m if m else halves).tolist()
    other: list[int] = np.concatenate([v, u])[halves].tolist()
    pointer, end = begin[:-1], begin[1:]
    when = [0] * count
    low = [0] * count
    via = [-1] * count
    clock = when[root] = low[root] = 1
    trail, pile = [root], []
    blocks = []
    while trail:
        x = trail[-1]
        i = pointer[x]
        if i < end[x]:
            pointer[x] = i + 1
            k, y = edge[i], other[i]
            if k == via[x]:
                continue
            if not when[y]:
                clock += 1
                when[y] = low[y] = clock
                via[y] = k
                pile.append(k)
                trail.append(y)
            elif when[y] < when[x]:
                pile.append(k)
                low[x] = min(low[x], when[y])
            continue
        trail.pop()
        if not trail:
            break
        y = trail[-1]
        low[y] = min(low[y], low[x])
        if low[x] >= when[y]:
            at = len(pile) - 1
            while pile[at] != via[x]:
                at -= 1
            blocks.append((y, pile[at:]))
            del pile[at:]
    return blocks
