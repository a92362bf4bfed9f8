"""Names without overlap: a greedy placer with eight places around a point and a lattice of places in an area."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from cuntong_gis.maps.wall.paper import Box
from cuntong_gis.maps.wall.placing import CELL, GRAIN, insert, place_all, push_aside

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

AROUND = np.array(
    [(1, 0, 0), (1, 1, 0.5), (1, -1, 0.5), (-1, 0, 0), (0, 1, 0), (0, -1, 0), (-1, 1, 0.5), (-1, -1, 0.5),
     (1, 0.5, 0), (1, -0.5, 0), (-1, 0.5, 0), (-1, -0.5, 0), (0.5, 1, 0), (0.5, -1, 0), (-0.5, 1, 0), (-0.5, -1, 0)]
)  # fmt: skip
"""Places around a point: the classical eight, the one liked best first, and eight between them. Which way the name's
middle lies, in half widths and half heights; and how much of the distance is saved at a corner."""
LIKED = np.array([0.0, 0.1, 0.1, 0.25, 0.3, 0.3, 0.35, 0.35, 0.05, 0.05, 0.28, 0.28, 0.32, 0.32, 0.38, 0.38])
FAR = (0.8, 1.5, 2.3)
"""Distances from a crowd, in heights of a name."""
LATTICE = 7
"""Places in an area: so many by so many."""
CORNER = 0.55
PUSHES = 7


@dataclass(frozen=True)
class Placed:
    """What became of some labels.

    Attributes
    ----------
    chosen : ndarray of int64, shape (n,)
        Which candidate; -1: no place was free.
    boxes : ndarray of float64, shape (n, 4)
        Left, bottom, right, top in mm; nan where there is none.
    """

    chosen: Ints
    boxes: Floats

    @property
    def far(self) -> NDArray[np.bool_]:
        """Return which names stand off and are to be tied to their points.

        Returns
        -------
        ndarray of bool, shape (n,)
            True: far.
        """
        off: NDArray[np.bool_] = self.chosen >= len(AROUND)
        return off

    @property
    def set(self) -> NDArray[np.bool_]:
        """Return which labels found a place.

        Returns
        -------
        ndarray of bool, shape (n,)
            True: set.
        """
        found: NDArray[np.bool_] = self.chosen >= 0
        return found


class Field:
    """The map's face as the placer sees it.

    Parameters
    ----------
    box : Box
        No label leaves it.
    points : ndarray of float64, shape (k, 3)
        What no name of a point may cover: middle and radius, in mm.
    lines : sequence of (array of shapely geometry, float)
        What a name should rather not cover, with its weight.
    room : int
        How many labels there may be at most.
    """

    def __init__(self, box: Box, points: Floats, lines: list[tuple[Any, float]], room: int) -> None:
        self.corner = np.array([box.x, box.y])
        self.size = np.array([box.w, box.h])
        self.shape = np.maximum(np.ceil(self.size / CELL), 1).astype(np.int64)
        self.head = np.full(int(self.shape.prod()), -1, np.int64)
        self.link = np.zeros(40 * room + 20_000, np.int64)
        self.owner = np.zeros_like(self.link)
        self.used = np.zeros(1, np.int64)
        self.boxes = np.full((room, 4), np.nan)
        self.count = 0
        self.reach = float(points[:, 2].max()) if len(points) else 0.0
        self._sort_points(points)
        self.summed = self._summed(lines)

    def _sort_points(self, points: Floats) -> None:
        local = np.array(points, float).reshape(-1, 3)
        local[:, :2] -= self.corner
        cell = np.clip((local[:, :2] / CELL).astype(np.int64), 0, self.shape - 1)
        number = cell[:, 1] * self.shape[0] + cell[:, 0]
        order = np.argsort(number, kind="stable")
        self.points = np.ascontiguousarray(local[order])
        self.start = np.searchsorted(number[order], np.arange(len(self.head) + 1)).astype(np.int64)

    def _summed(self, lines: list[tuple[Any, float]]) -> Floats:
        """Return the length of line in each grain, summed from the corner so that a box needs four look-ups."""
        columns, rows = (np.ceil(self.size / GRAIN).astype(int)).tolist()
        raster = np.zeros(rows * columns)
        for geometry, weight in lines:
            parts = shapely.get_parts(np.asarray(geometry, object))
            if len(parts) and shapely.get_type_id(parts[0]) == 3:
                parts = shapely.get_rings(parts)
            xy, part = shapely.get_coordinates(parts, return_index=True)
            if len(xy) < 2:
                continue
            inner = part[1:] == part[:-1]
            a, step = xy[:-1][inner] - self.corner, np.diff(xy, axis=0)[inner]
            length = np.hypot(step[:, 0], step[:, 1])
            count = np.maximum(np.ceil(length / GRAIN), 1).astype(np.int64)
            which = np.repeat(np.arange(len(a)), count)
            along = (np.arange(len(which)) - np.repeat(np.cumsum(count) - count, count) + 0.5) / count[which]
            at = np.floor((a[which] + along[:, None] * step[which]) / GRAIN).astype(np.int64)
            good = ((at >= 0) & (at < (columns, rows))).all(axis=1)
            cell = at[good, 1] * columns + at[good, 0]
            raster += np.bincount(cell, weight * (length / count)[which][good], rows * columns)
        summed = np.zeros((rows + 1, columns + 1))
        np.cumsum(np.cumsum(raster.reshape(rows, columns), axis=0), axis=1, out=summed[1:, 1:])
        return summed

    def block(self, boxes: Sequence[Box]) -> None:
        """Keep places free of names.

        Parameters
        ----------
        boxes : sequence of Box
            In mm.
        """
        for box in boxes:
            local = np.array([box.x, box.y, box.right, box.top]) - np.tile(self.corner, 2)
            self.boxes[self.count] = local
            insert(self.boxes[self.count], self.count, self.head, self.link, self.owner, self.used, self.shape)
            self.count += 1

    def around(self, xy: Floats, size: Floats, gap: Floats, order: Ints | None = None) -> Placed:
        """Place names beside points, over no point; those in a crowd a little farther off, to be tied by a line.

        Parameters
        ----------
        xy : ndarray of float64, shape (n, 2)
            The points, in mm.
        size : ndarray of float64, shape (n, 2)
            Width and height of each name, in mm.
        gap : ndarray of float64, shape (n,)
            From the point to the name, in mm.
        order : ndarray of int64, shape (n,), optional
            Which comes first; default: the rows' order.

        Returns
        -------
        Placed
            Of each name.
        """
        near = self._place(_places(xy, size, gap, (0.0,)), np.broadcast_to(LIKED, (len(xy), len(AROUND))), size, order)
        lost = np.flatnonzero(~near.set)
        if not len(lost):
            return near
        extra = np.add.outer(np.array(FAR), LIKED).ravel()
        high = size[lost, 1]
        off = self._place(
            _places(xy[lost], size[lost], gap[lost], tuple(FAR), high), np.broadcast_to(extra, (len(lost), len(extra))),
            size[lost], None,
        )  # fmt: skip
        chosen, boxes = near.chosen.copy(), near.boxes.copy()
        chosen[lost], boxes[lost] = np.where(off.set, off.chosen + len(AROUND), -1), off.boxes
        return Placed(chosen, boxes)

    def inside(self, areas: Any, xy: Floats, size: Floats, order: Ints | None = None) -> Placed:
        """Place names of areas about their middle, over as few points and lines as can be.

        Parameters
        ----------
        areas : array of shapely geometry, shape (n,)
            In mm; empty where the outline is not known.
        xy : ndarray of float64, shape (n, 2)
            The middle of each.
        size : ndarray of float64, shape (n, 2)
            Width and height of each name.
        order : ndarray of int64, shape (n,), optional
            Which comes first; default: the rows' order.

        Returns
        -------
        Placed
            Of each name.
        """
        areas = np.asarray(areas, object)
        steps = np.linspace(-0.5, 0.5, LATTICE)
        grid = np.array([(x, y) for y in steps for x in steps])
        bounds = shapely.bounds(areas) if len(areas) else np.empty((0, 4))
        spread = 0.6 * (bounds[:, 2:] - bounds[:, :2])
        known = np.isfinite(spread[:, 0])
        spread = np.where(known[:, None], spread, 3 * size)
        centres = xy[:, None] + grid * spread[:, None]
        extra = np.tile(3.0 * np.hypot(grid[:, 0], grid[:, 1]) ** 2, (len(xy), 1))
        if known.any():
            shapely.prepare(areas)
            extra[known] += 3.0 * _outside(areas[known], centres[known], size[known] / 2)
            extra[:, len(grid) // 2] = np.nan_to_num(extra[:, len(grid) // 2], nan=2.0)
        return self._place(centres, extra, size, order, over_points=True)

    def _place(
        self, centres: Floats, extra: Floats, size: Floats, order: Ints | None, *, over_points: bool = False
    ) -> Placed:
        n = len(size)
        first, self.count = self.count, self.count + n
        chosen = np.full(n, -1, np.int64)
        order = np.arange(n) if order is None else order.astype(np.int64)
        local = np.ascontiguousarray(centres - self.corner)
        extra, half = np.ascontiguousarray(extra), np.ascontiguousarray(size / 2)
        field = (
            self.head, self.link, self.owner, self.used, self.points, self.start, self.shape, self.reach, self.summed,
            self.size,
        )  # fmt: skip
        place_all(order, local, extra, half, first, over_points, self.boxes, chosen, *field)
        for turn in range(0 if over_points else PUSHES):
            push_aside(order, local, extra, half, first, turn % 2 == 1, self.boxes, chosen, *field)
        return Placed(chosen, self.boxes[first : first + n] + np.tile(self.corner, 2))

    @property
    def taken(self) -> Floats:
        """Return the boxes of everything placed or blocked so far.

        Returns
        -------
        ndarray of float64, shape (m, 4)
            Left, bottom, right, top in mm.
        """
        boxes = self.boxes[: self.count] + np.tile(self.corner, 2)
        kept: Floats = boxes[np.isfinite(boxes[:, 0])]
        return kept


def _places(xy: Floats, size: Floats, gap: Floats, steps: tuple[float, ...], high: Floats | float = 0.0) -> Floats:
    """Return the middles of names around points at some distances, in heights of a name beyond the gap."""
    way = AROUND[:, :2]
    away = np.where(np.abs(way) == 1.0, np.sign(way), 0.0) * (1.0 - CORNER * AROUND[:, 2:])
    apart = [np.broadcast_to(gap + step * high, len(xy))[:, None, None] for step in steps]
    beside = xy[:, None] + way * (size / 2)[:, None]
    return np.concatenate([beside + away * distance for distance in apart], axis=1)


def _outside(areas: Any, centres: Floats, half: Floats) -> Floats:
    """Return the share of the corners of each candidate that lies outside the area; nan where its middle does."""
    out = np.zeros(centres.shape[:2])
    for sign in ((-1, -1), (-1, 1), (1, -1), (1, 1)):
        corner = centres + (np.array(sign) * half)[:, None]
        out += 0.25 * ~shapely.contains_xy(areas[:, None], corner[..., 0], corner[..., 1])
    here = shapely.contains_xy(areas[:, None], centres[..., 0], centres[..., 1])
    return np.where(here, out, np.nan)
