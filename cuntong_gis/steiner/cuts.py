"""Dual ascent: grow a terminal's side over saturated arcs, raise its cut, remember every raise."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cuntong_gis.steiner.arrays import FAR, Bools, Ints, Slots
from cuntong_gis.steiner.heap import heap_pop, heap_push
from cuntong_gis.steiner.jit import kernel
from cuntong_gis.steiner.net import Numbers

SHARE = 1024
"""Fixed-point one of the priorities: kernels know integers only."""

SPREAD = 200
"""How far apart the random priorities in a block lie: the wider, the better are bounds (3 to 200 were tried)."""

TAKEN = 819
"""Chance of a neighbor to be taken into a block, in 1/1024."""


class Ascent(NamedTuple):
    """
    State of a dual ascent; every array is changed in place.

    Attributes
    ----------
    slack
        Reduced cost of the arc that enters a node through each slot (from `neighbor` to the slot's node).
    active
        Which terminals may still raise cuts.
    heap, place, key
        The active terminals by size of their cut.
    weight
        What a terminal's cut size is multiplied by for its key, in 1/1024.
    mark, side, border
        Scratch: node marks, nodes on the terminal's side, slots of the cut.
    number
        Clock of the marks [0], items in the heap [1], cuts kept [2], their arcs [3], cuts not kept [4],
        random
        state [5], slots looked at [6].
    """

    slack: Ints
    active: Bools
    heap: Ints
    place: Ints
    key: Ints
    weight: Ints
    mark: Ints
    side: Ints
    border: Ints
    number: Ints


class Cuts(NamedTuple):
    """
    The raised cuts: amount and arcs of each, chained by the terminal that raised it.

    Attributes
    ----------
    arcs
        Slots of all cuts, one after the other.
    start
        First arc of each cut, and the end of the last.
    amount
        By how much each was raised.
    before
        The cut that the same terminal raised before; -1 when it is the first.
    last
        The newest cut of each terminal (by node); -1 when there is none.
    owners
        All terminals that may have cuts.
    """

    arcs: npt.NDArray[np.int32]
    start: Ints
    amount: Ints
    before: Ints
    last: Ints
    owners: Ints


@kernel
def random_share(number: Ints) -> int:
    """
    Draw a number from 0 to 1023 (a 48-bit linear congruential generator, its high bits).

    Parameters
    ----------
    number
        `Ascent.number`; its random state moves on.

    Returns
    -------
    int
        The number drawn.
    """
    number[5] = (number[5] * 25214903917 + 11) & ((1 << 48) - 1)
    return int((number[5] >> 30) & (SHARE - 1))


@kernel
def activate(ascent: Ascent, terminal: int, weight: int) -> None:
    """
    Put a terminal into the queue; a key of zero has its true cut size looked up first.

    Parameters
    ----------
    ascent
        The state.
    terminal
        The terminal.
    weight
        Its weight in 1/1024.
    """
    ascent.active[terminal] = True
    ascent.weight[terminal] = weight
    ascent.key[terminal] = 0
    ascent.number[1] = heap_push(ascent.heap, ascent.place, ascent.key, ascent.number[1], terminal)


@kernel
def keep_cut(ascent: Ascent, cuts: Cuts, terminal: int, size: int, amount: int) -> None:
    """
    Remember the cut that stands in `ascent.border`, while there is room.

    Parameters
    ----------
    ascent, cuts
        The state.
    terminal
        The terminal that raised it.
    size
        Number of its arcs.
    amount
        By how much it was raised.
    """
    number = ascent.number
    c = number[2]
    if c >= len(cuts.amount) or number[3] + size > len(cuts.arcs):
        number[4] += 1
        return
    for i in range(size):
        cuts.arcs[number[3] + i] = ascent.border[i]
    cuts.start[c] = number[3]
    number[3] += size
    cuts.start[c + 1] = number[3]
    cuts.amount[c] = amount
    cuts.before[c] = cuts.last[terminal]
    cuts.last[terminal] = c
    number[2] = c + 1


@kernel
def raise_terminal(slots: Slots, ascent: Ascent, cuts: Cuts, root: int, t: int) -> tuple[int, int]:
    """
    Raise the cut around one terminal until another is smaller or it meets the root or an active terminal.

    Parameters
    ----------
    slots
        The adjacency.
    ascent, cuts
        The state.
    root
        The root.
    t
        The terminal, just taken from the queue.

    Returns
    -------
    raised
        By how much its cuts were raised in all.
    work
        Number of slots looked at.
    """
    slack, active, mark, side, border, number = (
        ascent.slack,
        ascent.active,
        ascent.mark,
        ascent.side,
        ascent.border,
        ascent.number,
    )
    number[0] += 1
    clock = number[0]
    mark[t] = clock
    side[0] = t
    count = 1
    done = 0
    size = 0
    raised = 0
    work = 0
    while True:
        while done < count:
            x = side[done]
            done += 1
            for s in range(slots.start[x], slots.start[x + 1]):
                work += 1
                y = slots.neighbor[s]
                if mark[y] == clock:
                    continue
                if slack[s] > 0:
                    border[size] = s
                    size += 1
                elif y == root or active[y]:
                    active[t] = False
                    return raised, work
                else:
                    mark[y] = clock
                    side[count] = y
                    count += 1
        left = 0
        amount = FAR
        for i in range(size):
            s = border[i]
            if mark[slots.neighbor[s]] != clock:
                border[left] = s
                left += 1
                amount = min(amount, slack[s])
        work += size
        size = left
        if size == 0:
            active[t] = False
            return raised, work
        key = size * ascent.weight[t]
        if number[1] > 0 and 4 * key > 5 * ascent.key[ascent.heap[0]]:
            ascent.key[t] = key
            number[1] = heap_push(ascent.heap, ascent.place, ascent.key, number[1], t)
            return raised, work
        keep_cut(ascent, cuts, t, size, amount)
        raised += amount
        met = False
        for i in range(size):
            s = border[i]
            slack[s] -= amount
            y = slots.neighbor[s]
            if slack[s] == 0 and mark[y] != clock:
                met |= y == root or active[y]
                mark[y] = clock
                side[count] = y
                count += 1
        if met:
            active[t] = False
            return raised, work


@kernel
def ascend(slots: Slots, ascent: Ascent, cuts: Cuts, root: int, budget: int) -> int:
    """
    Raise cuts, smallest first, until no terminal is active or the budget is used up.

    Parameters
    ----------
    slots
        The adjacency.
    ascent, cuts
        The state; the queue says whose turn it is.
    root
        The root.
    budget
        Number of slots to look at, about.

    Returns
    -------
    int
        By how much the bound rose.

    References
    ----------
    Wong (1984), A dual ascent approach for Steiner tree problems on a directed graph; the order of the queue
    from
    Pajor, Uchoa and Werneck (2018), A robust and scalable algorithm for the Steiner problem in graphs.
    """
    total = 0
    number = ascent.number
    while number[1] > 0 and budget > 0:
        t = heap_pop(ascent.heap, ascent.place, ascent.key, number[1])
        number[1] -= 1
        raised, work = raise_terminal(slots, ascent, cuts, root, t)
        total += raised
        budget -= work
        number[6] += work
    return total


@kernel
def ascend_block(slots: Slots, ascent: Ascent, cuts: Cuts, root: int, block: Ints) -> int:
    """
    Give the cuts of some terminals back and raise them again in a random order; go back if that is worse.

    Parameters
    ----------
    slots
        The adjacency.
    ascent, cuts
        The state; the queue is empty.
    root
        The root.
    block
        The terminals.

    Returns
    -------
    int
        By how much the bound rose, >= 0.
    """
    slack, number = ascent.slack, ascent.number
    first_cut = number[2]
    first_arc = number[3]
    lost = number[4]
    given = 0
    old = np.empty(len(block), np.int64)
    for i in range(len(block)):
        old[i] = cuts.last[block[i]]
        cuts.last[block[i]] = -1
        c = old[i]
        while c >= 0:
            given += cuts.amount[c]
            for j in range(cuts.start[c], cuts.start[c + 1]):
                slack[cuts.arcs[j]] += cuts.amount[c]
            c = cuts.before[c]
    for t in block:
        activate(ascent, t, SHARE + SPREAD * random_share(number))
    gain = ascend(slots, ascent, cuts, root, FAR) - given
    # a cut that found no room cannot be given back later: it may stay, since it only ever helps
    if gain >= 0 or number[4] > lost:
        return gain
    for c in range(first_cut, number[2]):
        for j in range(cuts.start[c], cuts.start[c + 1]):
            slack[cuts.arcs[j]] += cuts.amount[c]
    number[2] = first_cut
    number[3] = first_arc
    for i in range(len(block)):
        cuts.last[block[i]] = old[i]
        c = old[i]
        while c >= 0:
            for j in range(cuts.start[c], cuts.start[c + 1]):
                slack[cuts.arcs[j]] -= cuts.amount[c]
            c = cuts.before[c]
    return 0


@kernel
def compact_cuts(number: Ints, cuts: Cuts) -> None:
    """
    Close the gaps that cuts given back left among the arcs.

    Parameters
    ----------
    number
        `Ascent.number`; its counts are set anew.
    cuts
        The cuts.
    """
    count = number[2]
    owner = np.full(count, -1, np.int64)
    for t in cuts.owners:
        c = cuts.last[t]
        while c >= 0:
            owner[c] = t
            c = cuts.before[c]
        cuts.last[t] = -1
    cut = 0
    arc = 0
    # a terminal's cuts stand in the order in which they were raised, so the chains can be tied again on the
    # way
    for c in range(count):
        t = owner[c]
        if t < 0:
            continue
        begin = cuts.start[c]
        end = cuts.start[c + 1]
        cuts.start[cut] = arc
        for j in range(begin, end):
            cuts.arcs[arc] = cuts.arcs[j]
            arc += 1
        cuts.amount[cut] = cuts.amount[c]
        cuts.before[cut] = cuts.last[t]
        cuts.last[t] = cut
        cut += 1
    cuts.start[cut] = arc
    number[2] = cut
    number[3] = arc


@kernel
def block_round(
    slots: Slots, ascent: Ascent, cuts: Cuts, root: int, near: tuple[Ints, Ints], centers: Ints, most: int, until: int
) -> int:
    """
    Ascend anew around each of some terminals.

    Parameters
    ----------
    slots
        The adjacency.
    ascent, cuts
        The state; the queue is empty.
    root
        The root.
    near
        Which terminals' regions touch: first place of each node's list, and the lists.
    centers
        Terminals to start blocks from.
    most
        Terminals in a block.
    until
        Slots looked at, counted from the start of the ascent, after which no block is begun.

    Returns
    -------
    int
        By how much the bound rose.
    """
    total = 0
    block = np.empty(most, np.int64)
    number = ascent.number
    for t in centers:
        if number[6] > until:
            break
        if number[3] > len(cuts.arcs) - (len(cuts.arcs) >> 3) or number[2] > len(cuts.amount) - (len(cuts.amount) >> 3):
            compact_cuts(number, cuts)
        block[0] = t
        count = 1
        done = 0
        number[0] += 1
        ascent.mark[t] = number[0]
        while done < count and count < most:
            x = block[done]
            done += 1
            for j in range(near[0][x], near[0][x + 1]):
                y = near[1][j]
                if ascent.mark[y] == number[0] or y == root or count == most:
                    continue
                ascent.mark[y] = number[0]
                if random_share(number) < TAKEN:
                    block[count] = y
                    count += 1
        total += ascend_block(slots, ascent, cuts, root, block[:count])
    return total


@kernel
def strain_of_cuts(cuts: Cuts, taken: Bools) -> Ints:
    """
    Add up for each terminal what its cuts are crossed too often by a tree.

    Parameters
    ----------
    cuts
        The cuts.
    taken
        Which slots are arcs of the tree.

    Returns
    -------
    Ints
        Sum over the cuts of amount x (arcs of the tree in it - 1), in the order of `cuts.owners`; with the reduced
        costs of the tree's arcs this adds up to the tree's cost less the bound.
    """
    strain = np.zeros(len(cuts.owners), np.int64)
    for i in range(len(cuts.owners)):
        c = cuts.last[cuts.owners[i]]
        while c >= 0:
            crossed = 0
            for j in range(cuts.start[c], cuts.start[c + 1]):
                crossed += taken[cuts.arcs[j]]
            strain[i] += cuts.amount[c] * (crossed - 1)
            c = cuts.before[c]
    return strain


@kernel
def potentials_of(slots: Slots, cuts: Cuts) -> tuple[Numbers, Numbers, Ints]:
    """
    Add up for each terminal, on each node, by how much the cuts around both were raised.

    Parameters
    ----------
    slots
        The adjacency.
    cuts
        The cuts.

    Returns
    -------
    owner, node, value
        The terminal, the node, and the sum > 0. Along each arc all potentials together rise by no more than its cost,
        since nested cuts that an arc enters are counted once.
    """
    n = len(slots.start) - 1
    room = 4096
    owner = np.empty(room, np.int32)
    node = np.empty(room, np.int32)
    value = np.empty(room, np.int64)
    total = np.zeros(n, np.int64)
    mark = np.full(n, -1, np.int64)
    stamp = np.full(len(slots.neighbor), -1, np.int64)
    stack = np.empty(n, np.int64)
    touched = np.empty(n, np.int64)
    size = 0
    for t in cuts.owners:
        count = 0
        c = cuts.last[t]
        while c >= 0:
            for j in range(cuts.start[c], cuts.start[c + 1]):
                stamp[cuts.arcs[j]] = c
            # the terminal's side is what it reaches without leaving by an arc of the cut
            mark[t] = c
            stack[0] = t
            top = 1
            while top > 0:
                top -= 1
                x = stack[top]
                if total[x] == 0:
                    touched[count] = x
                    count += 1
                total[x] += cuts.amount[c]
                for s in range(slots.start[x], slots.start[x + 1]):
                    y = slots.neighbor[s]
                    if mark[y] != c and stamp[s] != c:
                        mark[y] = c
                        stack[top] = y
                        top += 1
            c = cuts.before[c]
        if size + count > room:
            room = 2 * (size + count)
            longer = np.empty(room, np.int32)
            longer[:size] = owner[:size]
            owner = longer
            other = np.empty(room, np.int32)
            other[:size] = node[:size]
            node = other
            wider = np.empty(room, np.int64)
            wider[:size] = value[:size]
            value = wider
        for i in range(count):
            x = touched[i]
            owner[size] = t
            node[size] = x
            value[size] = total[x]
            total[x] = 0
            size += 1
    return owner[:size], node[:size], value[:size]
