"""Where people live: the county's outline, township seats and their territories, villages, hamlets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from cuntong_gis.crs import Floats
from cuntong_gis.sample.roads import Ground, spread
from cuntong_gis.sample.terrain import CELL_M, Bools, Grid, Ints

MARGIN_M = 450.0
"""Villages keep this far from a border, so that a smoothed border leaves none on the wrong side."""


@dataclass(frozen=True)
class Settlements:
    """Places of a county as lattice points.

    Attributes
    ----------
    seats : ndarray of int64, shape (townships,)
        Township seats; the first is the county seat.
    township : ndarray of int64, shape (rows, columns)
        Number of the township of each point; -1 outside the county.
    villages : ndarray of int64, shape (villages,)
        Village centres, by township, then from north to south.
    village_township : ndarray of int64, shape (villages,)
        Number of the township of each.
    hamlets : ndarray of int64
        Smaller places where tracks end.
    """

    seats: Ints
    township: Ints
    villages: Ints
    village_township: Ints
    hamlets: Ints


def outline(grid: Grid, half_width_m: float, half_height_m: float) -> Bools:
    """Return which lattice points belong to the county: an oval with a wandering border.

    Parameters
    ----------
    grid : Grid
        The lattice.
    half_width_m, half_height_m : float
        Half axes of the oval.

    Returns
    -------
    ndarray of bool, shape (rows, columns)
        One connected area without holes, off the edge of the lattice.
    """
    rows, columns = grid.shape
    x = (np.arange(columns) - columns // 2) * CELL_M / half_width_m
    y = (np.arange(rows) - rows // 2) * CELL_M / half_height_m
    radius = np.sqrt(x[None, :] * x[None, :] + y[:, None] * y[:, None])
    wander = 0.24 * grid.field(17000.0, 1) + 0.10 * grid.field(6000.0, 2)
    wander += 0.05 * grid.field(2400.0, 3) + 0.025 * grid.field(1000.0, 10)
    inside = radius + wander < 1.0
    inside[:3], inside[-3:], inside[:, :3], inside[:, -3:] = False, False, False, False
    return _largest(np.asarray(ndimage.binary_fill_holes(_largest(inside)), bool))


def settle(grid: Grid, ground: Ground, townships: int, villages: int) -> Settlements:
    """Choose places for people: low, flat, and apart from one another.

    Parameters
    ----------
    grid : Grid
        The lattice.
    ground : Ground
        Its walkable part: the county.
    townships, villages : int
        How many.

    Returns
    -------
    Settlements
        The places.
    """
    county = ground.inside
    area_m2 = float(county.sum()) * CELL_M * CELL_M
    hardship = grid.above_valley(1500.0) / 70.0 + grid.steepness() * 6.0
    from_border = ndimage.distance_transform_cdt(county, "chessboard") * CELL_M
    seats = _apart(
        grid, hardship + grid.field(5000.0, 4), county & (from_border > 2200.0), townships,
        0.95 * np.sqrt(area_m2 / townships), np.empty(0, np.int64),
    )  # fmt: skip
    seats = _central_first(grid, seats, county)
    township = _territories(grid, ground, seats)
    border = ndimage.minimum_filter(township, 3) != ndimage.maximum_filter(township, 3)
    inner = county & (ndimage.distance_transform_cdt(~border, "chessboard") * CELL_M > MARGIN_M)
    wish = hardship + 1.3 * grid.field(6500.0, 5) + 0.6 * grid.field(900.0, 6)
    spacing = 0.62 * np.sqrt(area_m2 / villages)
    taken = seats
    for number, quota in enumerate(_quotas(township, villages, townships).tolist()):
        taken = np.concatenate([taken, _apart(grid, wish, inner & (township == number), quota, spacing, taken)])
    found = taken[townships:]
    of = township.ravel()[found]
    order = np.lexsort((found % grid.shape[1], -(found // grid.shape[1]), of))
    found, of = found[order], of[order]
    hamlets = _apart(
        grid, wish + 1.5 * grid.field(700.0, 7), inner, villages * 5 // 2, 0.26 * np.sqrt(area_m2 / villages), taken
    )
    return Settlements(seats, township, found, of, hamlets)


def _quotas(township: Ints, villages: int, townships: int) -> Ints:
    """Return how many villages each township has: partly alike, partly by area."""
    area = np.bincount(township[township >= 0], minlength=townships)
    share = 0.35 / townships + 0.65 * area / area.sum()
    bounds = np.rint(np.cumsum(share) * (villages - townships)).astype(np.int64)
    return np.asarray(1 + np.diff(bounds, prepend=0), np.int64)


def _apart(grid: Grid, hardship: Floats, allowed: Bools, count: int, spacing_m: float, taken: Ints) -> Ints:
    """Return `count` allowed points of least hardship that keep apart; the spacing gives way if it must."""
    cells = np.flatnonzero(allowed.ravel()).astype(np.int64)
    order = cells[np.lexsort((cells, np.rint(hardship.ravel()[cells] * 1000.0)))]
    rows, columns = grid.shape
    while True:
        reach = max(int(spacing_m / CELL_M), 1)
        free = np.ones(grid.shape, bool)
        chosen: list[int] = []
        for cell in taken.tolist():
            _close(free, cell // columns, cell % columns, reach)
        for cell in order.tolist():
            r, c = divmod(cell, columns)
            if free[r, c]:
                chosen.append(cell)
                if len(chosen) == count:
                    return np.array(chosen, np.int64)
                _close(free, r, c, reach)
        if reach == 1:
            raise ValueError(f"no room for {count} places on {rows} × {columns} points")
        spacing_m *= 0.9


def _close(free: Bools, row: int, column: int, reach: int) -> None:
    top, left = max(row - reach, 0), max(column - reach, 0)
    part = free[top : row + reach + 1, left : column + reach + 1]
    r, c = np.ogrid[top : top + part.shape[0], left : left + part.shape[1]]
    part &= (r - row) ** 2 + (c - column) ** 2 > reach * reach


def _central_first(grid: Grid, seats: Ints, county: Bools) -> Ints:
    """Return the seats with the one nearest to the middle first, the others from north to south."""
    row, column = np.divmod(seats, grid.shape[1])
    middle = np.argwhere(county).sum(axis=0) / county.sum()
    away = (row - middle[0]) ** 2 + (column - middle[1]) ** 2
    order = np.lexsort((column, -row))
    first = int(away.argmin())
    return np.concatenate([seats[[first]], seats[order[order != first]]])


def _territories(grid: Grid, ground: Ground, seats: Ints) -> Ints:
    """Return the township of each point: the seat from which it is easiest reached, so borders run on ridges."""
    _, _, source = spread(ground, ground.cost, seats)
    seat_number = np.full(grid.shape[0] * grid.shape[1], -1, np.int64)
    seat_number[seats] = np.arange(len(seats))
    township = np.full(grid.shape, -1, np.int64)
    township.ravel()[ground.cells] = seat_number[source]
    for _ in range(4):
        township = _majority(township, ground.inside, len(seats))
    whole = np.full(grid.shape, -1, np.int64)
    for number in range(len(seats)):
        whole[_largest(township == number)] = number
    nearest = ndimage.distance_transform_edt(whole < 0, return_distances=False, return_indices=True)
    return np.where(ground.inside, whole[tuple(nearest)], -1)


def _majority(label: Ints, inside: Bools, count: int) -> Ints:
    """Return labels after a vote among the neighbours within two points."""
    votes = np.stack([ndimage.convolve((label == n).astype(np.int64), np.ones((5, 5), np.int64)) for n in range(count)])
    return np.where(inside, votes.argmax(axis=0), -1)


def _largest(mask: Bools) -> Bools:
    """Return the largest connected part of a mask, without single-point necks at its rim."""
    opened = ndimage.binary_opening(mask, np.ones((3, 3), bool))
    label, count = ndimage.label(opened)
    if not count:
        raise ValueError("nothing is left of the area")
    return np.asarray(label == np.bincount(label.ravel())[1:].argmax() + 1, bool)
