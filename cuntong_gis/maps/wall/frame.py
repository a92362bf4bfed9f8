"""Where the ground lies on the paper: projection, scale, graticule, and the squares that an index names."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from cuntong_gis import crs
from cuntong_gis.maps.wall.paper import Box

Floats = NDArray[np.float64]
Bounds = tuple[float, float, float, float]
ROUND = (1.0, 1.2, 1.4, 1.6, 1.8, 2.0, 2.25, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0, 5.5, 6.0, 6.5, 7.0, 7.5, 8.0, 9.0, 10.0)
STEPS = (1, 2, 3, 5, 10, 15, 20, 30, 60, 120, 180, 300)
"""Minutes of arc between lines of the graticule."""
BENDS = 24
"""Steps in which a meridian or parallel is drawn across the frame."""


@dataclass(frozen=True)
class Frame:
    """The neat line of a map and what lies inside it.

    Attributes
    ----------
    box : Box
        On the paper, in mm.
    projection : pyproj.CRS
        Planar, metres.
    denominator : int
        Of the scale, on the middle meridian.
    east, north : float
        What lies in the middle of the box, in metres of the projection.
    least_step_mm : float
        Lines of the graticule are at least this far apart.
    """

    box: Box
    projection: pyproj.CRS
    denominator: int
    east: float
    north: float
    least_step_mm: float = 60.0

    @property
    def meridian(self) -> float:
        """Return the meridian on which lengths are true.

        Returns
        -------
        float
            Degrees east.
        """
        operation = self.projection.coordinate_operation
        params = [] if operation is None else operation.params
        return float(next((p.value for p in params if p.name == "Longitude of natural origin"), 0.0))

    def paper_of(self, lonlat: Floats) -> Floats:
        """Return places on the paper.

        Parameters
        ----------
        lonlat : ndarray of float64, shape (n, 2)
            Degrees.

        Returns
        -------
        ndarray of float64, shape (n, 2)
            Millimetres.
        """
        metres = crs.project(np.ascontiguousarray(lonlat), self.projection)
        placed: Floats = (metres - (self.east, self.north)) * (1000 / self.denominator) + self.box.middle
        return placed

    def ground_of(self, mm: Floats) -> Floats:
        """Return degrees of places on the paper.

        Parameters
        ----------
        mm : ndarray of float64, shape (n, 2)
            Millimetres.

        Returns
        -------
        ndarray of float64, shape (n, 2)
            Degrees.
        """
        metres = (np.asarray(mm, float) - self.box.middle) * (self.denominator / 1000) + (self.east, self.north)
        return crs.unproject(metres, self.projection)

    def drawn(self, geometry: Any, detail_mm: float = 0.04) -> NDArray[np.object_]:
        """Return geometries on the paper, without what is smaller than a printer shows.

        Parameters
        ----------
        geometry : array of shapely geometry
            Degrees.
        detail_mm : float
            What is simplified away.

        Returns
        -------
        ndarray of shapely geometry
            Millimetres.
        """
        placed = shapely.transform(np.asarray(geometry, object), self.paper_of)
        simple: NDArray[np.object_] = shapely.simplify(placed, detail_mm, preserve_topology=False)
        return np.where(shapely.is_empty(simple), placed, simple)

    @cached_property
    def bounds(self) -> Bounds:
        """Return the degrees between which everything in the frame lies.

        Returns
        -------
        tuple of float
            West, south, east, north.
        """
        edge = shapely.segmentize(shapely.box(self.box.x, self.box.y, self.box.right, self.box.top), self.box.w / BENDS)
        lonlat = self.ground_of(shapely.get_coordinates(edge))
        (west, south), (east, north) = lonlat.min(axis=0), lonlat.max(axis=0)
        return float(west), float(south), float(east), float(north)

    @cached_property
    def step(self) -> int:
        """Return the minutes of arc between the lines of the graticule.

        Returns
        -------
        int
            Of `STEPS`.
        """
        lon, lat = self.ground_of(np.array([self.box.middle]))[0]
        wide = (
            1000 * float(crs.distances(np.array([(lon, lat)]), np.array([(lon + 1 / 60, lat)]))[0]) / self.denominator
        )
        return next((step for step in STEPS if step * wide >= self.least_step_mm), STEPS[-1])

    @cached_property
    def graticule(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the meridians and the parallels in the frame.

        Returns
        -------
        tuple of ndarray of int64
            Minutes of arc, ascending.
        """
        west, south, east, north = (math.floor(edge * 60 / self.step) for edge in self.bounds)
        return np.arange(west + 1, east + 1) * self.step, np.arange(south + 1, north + 1) * self.step

    def lines_of_graticule(self) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
        """Return the graticule as lines on the paper, cut off at the frame.

        Returns
        -------
        tuple of ndarray of shapely LineString
            Meridians and parallels, in the order of `graticule`.
        """
        west, south, east, north = self.bounds
        meridians, parallels = self.graticule
        lat, lon = np.linspace(south, north, BENDS), np.linspace(west, east, BENDS)
        upright = [shapely.LineString(self.paper_of(np.column_stack([np.full(BENDS, m / 60), lat]))) for m in meridians]
        level = [shapely.LineString(self.paper_of(np.column_stack([lon, np.full(BENDS, p / 60)]))) for p in parallels]
        edge = shapely.box(self.box.x, self.box.y, self.box.right, self.box.top)
        return shapely.intersection(np.array(upright, object), edge), shapely.intersection(
            np.array(level, object), edge
        )

    def squares(self, lonlat: Floats) -> list[str]:
        """Return the square of the graticule that each place lies in.

        Parameters
        ----------
        lonlat : ndarray of float64, shape (n, 2)
            Degrees.

        Returns
        -------
        list of str
            Column from west, row from north, such as ``C4``.
        """
        west, _, _, north = self.bounds
        minutes = np.asarray(lonlat, float).reshape(-1, 2) * 60 / self.step
        column = np.floor(minutes[:, 0]) - math.floor(west * 60 / self.step)
        row = math.floor(north * 60 / self.step) - np.floor(minutes[:, 1])
        return [f"{column_name(int(c))}{int(r) + 1}" for c, r in zip(column, row, strict=True)]


def column_name(number: int) -> str:
    """Return the letters of a column.

    Parameters
    ----------
    number : int
        From 0.

    Returns
    -------
    str
        A … Z, AA, AB …
    """
    letters = chr(65 + number % 26)
    return letters if number < 26 else column_name(number // 26 - 1) + letters


def degrees_text(minutes: int, letter: str) -> str:
    """Write a meridian or a parallel.

    Parameters
    ----------
    minutes : int
        Of arc.
    letter : str
        E or N.

    Returns
    -------
    str
        Such as ``106°30′E``.
    """
    whole, rest = divmod(abs(minutes), 60)
    return f"{whole}°{rest:02d}′{letter}" if rest else f"{whole}°{letter}"


def extent(lonlat: Floats, projection: pyproj.CRS) -> Bounds:
    """Return what some places span in a projection.

    Parameters
    ----------
    lonlat : ndarray of float64, shape (n, 2)
        Degrees.
    projection : pyproj.CRS
        Planar, metres.

    Returns
    -------
    tuple of float
        West, south, east, north in metres; at least 500 m wide and high.
    """
    metres = crs.project(lonlat, projection)
    low, high = metres.min(axis=0), metres.max(axis=0)
    middle, half = (low + high) / 2, np.maximum((high - low) / 2, 250.0)
    (west, south), (east, north) = middle - half, middle + half
    return float(west), float(south), float(east), float(north)


def fitting(span: Bounds, box: Box) -> int:
    """Return the largest round scale at which an extent lies in a box with a little air.

    Parameters
    ----------
    span : tuple of float
        West, south, east, north in metres.
    box : Box
        In mm.

    Returns
    -------
    int
        Denominator.
    """
    air = 0.97
    exact = max((span[2] - span[0]) / box.w, (span[3] - span[1]) / box.h) * 1000 / air
    power = 10.0 ** math.floor(math.log10(exact))
    return round(next(step for step in ROUND if step * power >= exact * (1 - 1e-9)) * power)


def framed(span: Bounds, box: Box, projection: pyproj.CRS, denominator: int, least_step_mm: float) -> Frame:
    """Return a frame with an extent in its middle.

    Parameters
    ----------
    span : tuple of float
        West, south, east, north in metres.
    box : Box
        The neat line, in mm.
    projection : pyproj.CRS
        Planar, metres.
    denominator : int
        Of the scale.
    least_step_mm : float
        Between lines of the graticule.

    Returns
    -------
    Frame
        The frame.
    """
    return Frame(box, projection, denominator, (span[0] + span[2]) / 2, (span[1] + span[3]) / 2, least_step_mm)
