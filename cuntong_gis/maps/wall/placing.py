"""Kernels of the label placer: boxes in a hash of cells, points in cells, lines as a summed raster; all in mm.

A label goes to the candidate place of least cost that leaves every label and point free. One that finds none may push
one label aside which still has another free place.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Kernel = TypeVar("Kernel", bound=Callable[..., Any])

CELL = 4.0
"""Side of a cell of the hash in mm: about a village's name."""
CROWD = 12.0
"""What it costs to cover one point for each mm² of a name."""
GRAIN = 0.5
"""Side of a cell of the raster of lines in mm."""


def _kernel(function: Kernel) -> Kernel:
    return cast(Kernel, numba.njit(cache=True, error_model="numpy")(function))


@_kernel
def cells_of(lo: float, hi: float, count: int) -> tuple[int, int]:
    """Return the first and last cell of a stretch, kept inside the grid.

    Parameters
    ----------
    lo, hi : float
        From the edge of the grid, in mm.
    count : int
        Cells of the grid.

    Returns
    -------
    tuple of int
        First and last.
    """
    return max(0, min(count - 1, int(lo / CELL))), max(0, min(count - 1, int(hi / CELL)))


@_kernel
def insert(box: Floats, at: int, head: Ints, link: Ints, owner: Ints, used: Ints, shape: Ints) -> bool:
    """Enter a label in every cell that it touches.

    Parameters
    ----------
    box : ndarray of float64, shape (4,)
        Left, bottom, right, top.
    at : int
        Row of the label.
    head, link, owner : ndarray of int64
        First node of each cell; next node and label of each node.
    used : ndarray of int64, shape (1,)
        Nodes used so far.
    shape : ndarray of int64, shape (2,)
        Cells wide and high.

    Returns
    -------
    bool
        False when no node is left.
    """
    x0, x1 = cells_of(box[0], box[2], shape[0])
    y0, y1 = cells_of(box[1], box[3], shape[1])
    if used[0] + (x1 - x0 + 1) * (y1 - y0 + 1) > len(link):
        return False
    for cx in range(x0, x1 + 1):
        for cy in range(y0, y1 + 1):
            cell, node = cy * shape[0] + cx, used[0]
            owner[node], link[node], head[cell] = at, head[cell], node
            used[0] += 1
    return True


@_kernel
def hits(box: Floats, but: int, boxes: Floats, head: Ints, link: Ints, owner: Ints, shape: Ints) -> tuple[int, int]:
    """Return how many labels a box touches, at most 2, and one of them.

    Parameters
    ----------
    box : ndarray of float64, shape (4,)
        Left, bottom, right, top.
    but : int
        A label that does not count, or -1.
    boxes : ndarray of float64, shape (m, 4)
        Of the labels placed.
    head, link, owner, shape : ndarray of int64
        As of `insert`.

    Returns
    -------
    tuple of int
        0, 1 or 2, and the row of the first one found (-1: none).
    """
    first = -1
    x0, x1 = cells_of(box[0], box[2], shape[0])
    y0, y1 = cells_of(box[1], box[3], shape[1])
    for cx in range(x0, x1 + 1):
        for cy in range(y0, y1 + 1):
            node = head[cy * shape[0] + cx]
            while node >= 0:
                at = owner[node]
                node = link[node]
                if at == but or at == first:  # noqa: SIM109
                    continue
                other = boxes[at]
                if box[0] < other[2] and other[0] < box[2] and box[1] < other[3] and other[1] < box[3]:
                    if first >= 0:
                        return 2, first
                    first = at
    return (0, -1) if first < 0 else (1, first)


@_kernel
def covered(box: Floats, points: Floats, start: Ints, shape: Ints, reach: float) -> int:
    """Return how many round obstacles a box touches.

    Parameters
    ----------
    box : ndarray of float64, shape (4,)
        Left, bottom, right, top.
    points : ndarray of float64, shape (k, 3)
        Middle and radius, in the order of their cells.
    start : ndarray of int64
        First point of each cell, and the end.
    shape : ndarray of int64, shape (2,)
        Cells wide and high.
    reach : float
        The largest radius.

    Returns
    -------
    int
        Count.
    """
    count = 0
    x0, x1 = cells_of(box[0] - reach, box[2] + reach, shape[0])
    y0, y1 = cells_of(box[1] - reach, box[3] + reach, shape[1])
    for cy in range(y0, y1 + 1):
        for at in range(start[cy * shape[0] + x0], start[cy * shape[0] + x1 + 1]):
            x, y, radius = points[at]
            dx = max(box[0] - x, 0.0, x - box[2])
            dy = max(box[1] - y, 0.0, y - box[3])
            if dx * dx + dy * dy < radius * radius:
                count += 1
    return count


@_kernel
def ink_under(box: Floats, summed: Floats) -> float:
    """Return how much line lies under a box.

    Parameters
    ----------
    box : ndarray of float64, shape (4,)
        Left, bottom, right, top.
    summed : ndarray of float64, shape (rows + 1, columns + 1)
        Summed from the lower left corner.

    Returns
    -------
    float
        Weighted mm of line for each mm² of the box.
    """
    rows, columns = summed.shape[0] - 1, summed.shape[1] - 1
    x0, x1 = max(0, min(columns, int(box[0] / GRAIN))), max(0, min(columns, int(box[2] / GRAIN) + 1))
    y0, y1 = max(0, min(rows, int(box[1] / GRAIN))), max(0, min(rows, int(box[3] / GRAIN) + 1))
    total = summed[y1, x1] - summed[y0, x1] - summed[y1, x0] + summed[y0, x0]
    return float(total / max((box[2] - box[0]) * (box[3] - box[1]), 1e-9))


@_kernel
def cost_of(
    box: Floats, extra: float, over_points: bool, points: Floats, start: Ints, shape: Ints, reach: float,
    summed: Floats, size: Floats,
) -> float:  # fmt: skip
    """Return what a place costs, labels aside; infinite where it may not be.

    Parameters
    ----------
    box : ndarray of float64, shape (4,)
        Left, bottom, right, top.
    extra : float
        Of the candidate itself; nan: no candidate.
    over_points : bool
        Whether points may be covered, at a cost.
    points, start, shape, reach : ndarray and float
        As of `covered`.
    summed : ndarray of float64
        As of `ink_under`.
    size : ndarray of float64, shape (2,)
        Width and height of the whole field.

    Returns
    -------
    float
        The less the better.
    """
    if np.isnan(extra) or box[0] < 0 or box[1] < 0 or box[2] > size[0] or box[3] > size[1]:
        return np.inf
    under = covered(box, points, start, shape, reach)
    if under and not over_points:
        return np.inf
    share = CROWD * under / max((box[2] - box[0]) * (box[3] - box[1]), 1e-9)
    return float(extra + share + ink_under(box, summed))


@_kernel
def place_all(
    order: Ints, centres: Floats, extra: Floats, half: Floats, first: int, over_points: bool, boxes: Floats,
    chosen: Ints, head: Ints, link: Ints, owner: Ints, used: Ints, points: Floats, start: Ints, shape: Ints,
    reach: float, summed: Floats, size: Floats,
) -> None:  # fmt: skip
    """Place labels greedily.

    Parameters
    ----------
    order : ndarray of int64, shape (n,)
        Which label comes first.
    centres : ndarray of float64, shape (n, c, 2)
        Middle of each candidate place.
    extra : ndarray of float64, shape (n, c)
        Its cost; nan: none.
    half : ndarray of float64, shape (n, 2)
        Half width and height of each label.
    first : int
        Row of the first of these labels in `boxes`.
    over_points : bool
        Whether points may be covered.
    boxes : ndarray of float64, shape (m, 4)
        Filled in.
    chosen : ndarray of int64, shape (n,)
        Filled in: the candidate, -1 for none.
    head, link, owner, used, points, start, shape, reach, summed, size : ndarray and float
        The field, as of `hits`, `covered` and `ink_under`.
    """
    box = np.empty(4)
    for at in order:
        least, best = np.inf, -1
        for candidate in range(centres.shape[1]):
            _box(centres[at, candidate], half[at], box)
            cost = cost_of(box, extra[at, candidate], over_points, points, start, shape, reach, summed, size)
            if cost < least and hits(box, -1, boxes, head, link, owner, shape)[0] == 0:
                least, best = cost, candidate
        chosen[at] = best
        if best >= 0:
            _box(centres[at, best], half[at], boxes[first + at])
            if not insert(boxes[first + at], first + at, head, link, owner, used, shape):
                chosen[at] = -1
                boxes[first + at] = np.nan


@_kernel
def push_aside(
    order: Ints, centres: Floats, extra: Floats, half: Floats, first: int, eject: bool, boxes: Floats, chosen: Ints,
    head: Ints, link: Ints, owner: Ints, used: Ints, points: Floats, start: Ints, shape: Ints, reach: float,
    summed: Floats, size: Floats,
) -> int:  # fmt: skip
    """Place labels that found no place by moving one label of the same kind to another free place.

    Parameters
    ----------
    order, centres, extra, half, first : ndarray and int
        As of `place_all`.
    eject : bool
        Whether a label that has no other place may lose its own to the one that has none, once a call: as many are
        set as before, but others, and of those one may find a place that is now free.
    boxes, chosen : ndarray
        As of `place_all`; changed where a label finds a place.
    head, link, owner, used, points, start, shape, reach, summed, size : ndarray and float
        The field.

    Returns
    -------
    int
        How many labels found a place.
    """
    found = 0
    mine, other, kept = np.empty(4), np.empty(4), np.empty(4)
    fresh = np.zeros(len(chosen), np.bool_)
    for at in order:
        if chosen[at] >= 0:
            continue
        for candidate in range(centres.shape[1]):
            _box(centres[at, candidate], half[at], mine)
            if not np.isfinite(cost_of(mine, extra[at, candidate], False, points, start, shape, reach, summed, size)):
                continue
            count, row = hits(mine, -1, boxes, head, link, owner, shape)
            in_way = row - first
            if count == 2 or (count == 1 and not 0 <= in_way < len(chosen)):
                continue
            if count == 1:
                least, best = np.inf, -1
                kept[:] = boxes[row]
                for way in range(centres.shape[1]):
                    _box(centres[in_way, way], half[in_way], other)
                    if other[0] < mine[2] and mine[0] < other[2] and other[1] < mine[3] and mine[1] < other[3]:
                        continue
                    cost = cost_of(other, extra[in_way, way], False, points, start, shape, reach, summed, size)
                    if cost < least and hits(other, row, boxes, head, link, owner, shape)[0] == 0:
                        least, best = cost, way
                if best < 0 and (not eject or fresh[in_way]):
                    continue
                if best < 0:
                    boxes[row] = np.nan
                else:
                    _box(centres[in_way, best], half[in_way], boxes[row])
                    if not insert(boxes[row], row, head, link, owner, used, shape):
                        boxes[row] = kept
                        return found
                chosen[in_way] = best
                fresh[in_way] = True
                found -= best < 0
            boxes[first + at] = mine
            if not insert(mine, first + at, head, link, owner, used, shape):
                boxes[first + at] = np.nan
                return found
            chosen[at] = candidate
            fresh[at] = True
            found += 1
            break
    return found


@_kernel
def _box(centre: Floats, half: Floats, box: Floats) -> None:
    box[0], box[1] = centre[0] - half[0], centre[1] - half[1]
    box[2], box[3] = centre[0] + half[0], centre[1] + half[1]
