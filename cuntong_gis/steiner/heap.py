"""An indexed binary heap on plain arrays: each item stands in it at most once, smallest key first."""

from cuntong_gis.steiner.arrays import Ints
from cuntong_gis.steiner.jit import kernel


@kernel
def heap_push(heap: Ints, place: Ints, key: Ints, size: int, item: int) -> int:
    """
    Put an item in, or move it up after its key became smaller.

    Equal keys leave in an order that depends on the calls only, so a run can be repeated exactly.

    Parameters
    ----------
    heap
        The items, a heap in its first `size` places.
    place
        Where each item stands in `heap`; -1 when it is not there.
    key
        The key of each item, already set for `item`.
    size
        Number of items in the heap.
    item
        The item to put in or to move.

    Returns
    -------
    int
        The new number of items.
    """
    at = place[item]
    if at < 0:
        at = size
        size += 1
    mine = key[item]
    while at > 0:
        above = (at - 1) >> 1
        other = heap[above]
        if key[other] <= mine:
            break
        heap[at] = other
        place[other] = at
        at = above
    heap[at] = item
    place[item] = at
    return size


@kernel
def heap_pop(heap: Ints, place: Ints, key: Ints, size: int) -> int:
    """
    Take out the item with the smallest key.

    Parameters
    ----------
    heap, place, key
        The heap, as in `heap_push`.
    size
        Number of items before the call, at least one; the caller lowers it by one.

    Returns
    -------
    int
        The item.
    """
    first = heap[0]
    place[first] = -1
    size -= 1
    if size > 0:
        item = heap[size]
        mine = key[item]
        at = 0
        while True:
            below = 2 * at + 1
            if below >= size:
                break
            if below + 1 < size and key[heap[below + 1]] < key[heap[below]]:
                below += 1
            other = heap[below]
            if key[other] >= mine:
                break
            heap[at] = other
            place[other] = at
            at = below
        heap[at] = item
        place[item] = at
    return int(first)
