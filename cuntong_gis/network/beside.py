"""How much of a line runs beside other lines: in closed form, without buffers."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from cuntong_gis.crs import Floats
from cuntong_gis.network.mesh import Ints

CHUNK = 10_000
"""Segments asked of the search tree at once: bounds the memory of the answer where lines lie close together."""


def straight_pieces(lines: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return lines cut at every vertex, which is quicker to search than long lines.

    Parameters
    ----------
    lines : ndarray of shapely LineString
        Lines.

    Returns
    -------
    ndarray of shapely LineString
        Two points each.
    """
    pairs, _ = _steps(lines)
    pieces: NDArray[np.object_] = shapely.linestrings(pairs)
    return pieces


def length_beside(lines: NDArray[np.object_], others: NDArray[np.object_], reach_m: float) -> Floats:
    """Return how much of each line lies within reach of others.

    Parameters
    ----------
    lines : ndarray of shapely LineString, shape (n,)
        In metres.
    others : ndarray of shapely LineString
        In metres.
    reach_m : float
        Greatest distance from the nearest of `others`.

    Returns
    -------
    ndarray of float64, shape (n,)
        Planar metres.

    Notes
    -----
    A straight step lies within reach of a straight piece along one interval, for what is within reach of a piece is
    convex. Memory grows with `CHUNK` and the pieces near one step, not with the region.
    """
    pieces, _ = _steps(others)
    steps, owner = _steps(lines)
    covered = np.zeros(len(lines))
    if not len(pieces) or not len(steps):
        return covered
    tree = shapely.STRtree(shapely.linestrings(pieces))
    share = np.zeros(len(steps))
    for start in range(0, len(steps), CHUNK):
        some = steps[start : start + CHUNK]
        who, which = tree.query(shapely.linestrings(some), predicate="dwithin", distance=reach_m)
        low, high = _within_reach(some[who], pieces[which], reach_m)
        share[start : start + CHUNK] = _united(who.astype(np.int64), low, high, len(some))
    length = np.hypot(*(steps[:, 1] - steps[:, 0]).T)
    return np.asarray(np.bincount(owner, weights=share * length, minlength=len(lines)), np.float64)


def _steps(lines: NDArray[np.object_]) -> tuple[Floats, Ints]:
    """Return the straight steps of lines as pairs of points, and the line of each."""
    points, owner = shapely.get_coordinates(lines, return_index=True)
    inner = owner[1:] == owner[:-1]
    return np.stack([points[:-1][inner], points[1:][inner]], axis=1), owner[1:][inner].astype(np.int64)


def _within_reach(step: Floats, piece: Floats, reach_m: float) -> tuple[Floats, Floats]:
    """Return the first and last share of each step that is within reach of its piece; first > last where none is."""
    start, delta = step[:, 0], step[:, 1] - step[:, 0]
    a, along = piece[:, 0], piece[:, 1] - piece[:, 0]
    length = np.hypot(*along.T)
    unit = along / np.maximum(length, 1e-12)[:, None]
    off = start - a
    forth, side = (off * unit).sum(1), off[:, 0] * unit[:, 1] - off[:, 1] * unit[:, 0]
    d_forth, d_side = (delta * unit).sum(1), delta[:, 0] * unit[:, 1] - delta[:, 1] * unit[:, 0]
    first, last = _between(forth, d_forth, np.zeros(len(length)), length)
    left, right = _between(side, d_side, np.full(len(length), -reach_m), np.full(len(length), reach_m))
    parts = [(np.maximum(first, left), np.minimum(last, right))]
    parts += [_in_disc(start - centre, delta, reach_m) for centre in (a, piece[:, 1])]
    low, high = np.full(len(step), np.inf), np.full(len(step), -np.inf)
    for enter, leave in parts:
        there = enter <= leave
        low[there] = np.minimum(low[there], enter[there])
        high[there] = np.maximum(high[there], leave[there])
    return np.maximum(low, 0.0), np.minimum(high, 1.0)


def _between(value: Floats, rate: Floats, least: Floats, most: Floats) -> tuple[Floats, Floats]:
    """Return for which t the value + t × rate lies between two limits."""
    moves = np.abs(rate) > 1e-12
    safe = np.where(moves, rate, 1.0)
    one, other = (least - value) / safe, (most - value) / safe
    always = (least <= value) & (value <= most)
    low = np.where(moves, np.minimum(one, other), np.where(always, -np.inf, np.inf))
    high = np.where(moves, np.maximum(one, other), np.where(always, np.inf, -np.inf))
    return low, high


def _in_disc(off: Floats, delta: Floats, radius: float) -> tuple[Floats, Floats]:
    """Return for which t the point off + t × delta lies in a disc round the origin."""
    square = np.maximum((delta**2).sum(1), 1e-24)
    toward = (off * delta).sum(1)
    inner = toward**2 - square * ((off**2).sum(1) - radius**2)
    root = np.sqrt(np.maximum(inner, 0.0))
    return np.where(inner >= 0, (-toward - root) / square, np.inf), np.where(
        inner >= 0, (-toward + root) / square, -np.inf
    )


def _united(owner: Ints, low: Floats, high: Floats, count: int) -> Floats:
    """Return the length of the union of the intervals (within 0 … 1) of each owner."""
    there = low < high
    order = np.lexsort((high[there], low[there], owner[there]))
    mine, low, high = owner[there][order], low[there][order], high[there][order]
    reached = np.maximum.accumulate(2.0 * mine + high) if len(mine) else high
    before = np.concatenate([[-1.0], reached[:-1]])[: len(mine)]
    fresh = np.maximum(2.0 * mine + high - np.maximum(2.0 * mine + low, before), 0.0)
    return np.asarray(np.bincount(mine, weights=fresh, minlength=count), np.float64)
