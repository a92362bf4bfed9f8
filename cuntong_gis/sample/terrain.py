"""Mountains as a function of place and seed: heights, a lattice over them, and what a step across it costs.

Heights depend on absolute coordinates and the seed alone, so that counties made side by side share one terrain.
Only exactly rounded arithmetic is used (no sine, power or sum of many floats), and heights are rounded to a
decimetre: the same seed gives the same county on every machine.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyproj
from numpy.typing import NDArray
from scipy import ndimage

from cuntong_gis.crs import Floats

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

PLANE = pyproj.CRS.from_proj4(
    "+proj=tmerc +lat_0=0 +lon_0=106.5 +k=1 +x_0=500000 +y_0=0 +ellps=GRS80 +units=m +no_defs"
)
"""One plane for the whole province: its two 3-degree zones meet at 106.5° E, inside it."""

CELL_M = 100.0
"""Spacing of the lattice on which borders and roads are found."""

_GRADIENTS = np.array(
    [
        (1.0, 0.0), (0.8, 0.6), (0.6, 0.8), (0.0, 1.0), (-0.6, 0.8), (-0.8, 0.6),
        (-1.0, 0.0), (-0.8, -0.6), (-0.6, -0.8), (0.0, -1.0), (0.6, -0.8), (0.8, -0.6),
    ]
)  # fmt: skip


def scatter(column: Ints, row: Ints, seed: int) -> NDArray[np.uint64]:
    """Return 64 well mixed bits for each lattice point.

    Parameters
    ----------
    column, row : ndarray of int64
        Lattice point.
    seed : int
        Chooses another field.

    Returns
    -------
    ndarray of uint64
        The same bits for the same point and seed, everywhere.

    References
    ----------
    Steele, Lea, Flood, Fast splittable pseudorandom number generators, OOPSLA 2014 (the finalizer).
    """
    bits = column.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    bits ^= row.astype(np.uint64) * np.uint64(0xC2B2AE3D27D4EB4F)
    bits ^= np.uint64((seed * 0x165667B19E3779F9 + 0x27D4EB2F165667C5) % 2**64)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        bits = (bits ^ (bits >> np.uint64(shift))) * np.uint64(factor)
    return bits ^ (bits >> np.uint64(31))


def noise(x: Floats, y: Floats, seed: int) -> Floats:
    """Return smooth gradient noise with features of about one unit.

    Parameters
    ----------
    x, y : ndarray of float64
        Place, in units of the wanted feature size.
    seed : int
        Chooses another field.

    Returns
    -------
    ndarray of float64
        About -1 to 1, mean 0.

    References
    ----------
    K. Perlin, Improving noise, SIGGRAPH 2002.
    """
    column, row = np.floor(x), np.floor(y)
    u, v = x - column, y - row
    i, j = column.astype(np.int64), row.astype(np.int64)
    corner = {}
    for di in (0, 1):
        for dj in (0, 1):
            way = _GRADIENTS[(scatter(i + di, j + dj, seed) % np.uint64(12)).astype(np.int64)]
            corner[di, dj] = way[..., 0] * (u - di) + way[..., 1] * (v - dj)
    across, up = u * u * u * (u * (u * 6 - 15) + 10), v * v * v * (v * (v * 6 - 15) + 10)
    low = corner[0, 0] + across * (corner[1, 0] - corner[0, 0])
    high = corner[0, 1] + across * (corner[1, 1] - corner[0, 1])
    return np.asarray(1.4 * (low + up * (high - low)), np.float64)


def height_at(x: Floats, y: Floats, seed: int) -> Floats:
    """Return the height of the ground.

    Parameters
    ----------
    x, y : ndarray of float64
        Metres in `PLANE`.
    seed : int
        Seed of the region.

    Returns
    -------
    ndarray of float64
        Metres, to the decimetre; about 500 to 1,900.

    Notes
    -----
    Valleys lie where a field changes sign, so they are connected lines that branch, as rivers do; ranges stand
    between them and run from south-west to north-east, as in Guizhou.
    """
    base = seed * 64
    east = x + 1800.0 * noise(x / 9000.0, y / 9000.0, base + 1)
    north = y + 1800.0 * noise(x / 9000.0, y / 9000.0, base + 2)
    along, across = 0.8 * east + 0.6 * north, 0.8 * north - 0.6 * east
    main = np.maximum(np.abs(noise(along / 15000.0, across / 9500.0, base + 3)) - 0.02, 0.0)
    side = np.maximum(np.abs(noise(along / 6200.0, across / 4300.0, base + 4)) - 0.02, 0.0)
    gully = np.abs(noise(along / 2600.0, across / 2000.0, base + 5))
    knoll = np.abs(noise(x / 1200.0, y / 1200.0, base + 6)) + 0.4 * noise(x / 480.0, y / 480.0, base + 7)
    height = 700.0 + 140.0 * noise(x / 36000.0, y / 36000.0, base + 8) + 620.0 * main
    height += 560.0 * side * (0.5 + 1.3 * main) + 420.0 * gully * (0.15 + 0.9 * side + 0.4 * main)
    height += 210.0 * knoll * (0.06 + 0.9 * side * (0.4 + gully) + 0.3 * main)
    return np.asarray(np.rint(height * 10.0) / 10.0, np.float64)


def bent(place: Floats, seed: int) -> Floats:
    """Move places by a smooth field, so that what was found on a lattice winds as things on the ground do.

    Parameters
    ----------
    place : ndarray of float64, shape (n, 2)
        Metres in `PLANE`.
    seed : int
        Seed of the region.

    Returns
    -------
    ndarray of float64, shape (n, 2)
        At most some 200 m away; the field changes slowly enough that lines do not come to cross.
    """
    x, y = place.T
    moved = place.copy()
    for axis in (0, 1):
        number = seed * 64 + 50 + 4 * axis
        moved[:, axis] += 130.0 * noise(x / 1300.0, y / 1300.0, number) + 62.0 * noise(x / 480.0, y / 480.0, number + 1)
    return moved


@dataclass(frozen=True)
class Grid:
    """A lattice over the terrain, its points on round multiples of `CELL_M`.

    Attributes
    ----------
    west, south : float
        Place of point (0, 0), metres in `PLANE`.
    height : ndarray of float64, shape (rows, columns)
        Heights in metres; row 0 is the southernmost.
    seed : int
        Seed of the region.
    """

    west: float
    south: float
    height: Floats
    seed: int

    @property
    def shape(self) -> tuple[int, int]:
        """Return the size of the lattice.

        Returns
        -------
        tuple of int
            Rows and columns.
        """
        return self.height.shape[0], self.height.shape[1]

    def places(self, cells: Ints) -> Floats:
        """Return where lattice points lie.

        Parameters
        ----------
        cells : ndarray of int64, shape (n,)
            Flat numbers, row by row.

        Returns
        -------
        ndarray of float64, shape (n, 2)
            Metres in `PLANE`.
        """
        row, column = np.divmod(cells, self.shape[1])
        return np.column_stack([self.west + column * CELL_M, self.south + row * CELL_M])

    def field(self, size_m: float, number: int) -> Floats:
        """Return noise on the lattice.

        Parameters
        ----------
        size_m : float
            Size of its features.
        number : int
            Keeps fields apart, 0 to 17.

        Returns
        -------
        ndarray of float64, shape (rows, columns)
            About -1 to 1.
        """
        rows, columns = self.shape
        place = self.places(np.arange(rows * columns, dtype=np.int64)) / size_m
        return noise(place[:, 0], place[:, 1], self.seed * 64 + 32 + number).reshape(rows, columns)

    def above_valley(self, reach_m: float) -> Floats:
        """Return how far each point stands above the valley.

        Parameters
        ----------
        reach_m : float
            How far away the lowest ground is looked for.

        Returns
        -------
        ndarray of float64, shape (rows, columns)
            Metres.
        """
        low = ndimage.minimum_filter(self.height, size=2 * round(reach_m / CELL_M) + 1, mode="nearest")
        return np.asarray(self.height - low, np.float64)

    def steepness(self) -> Floats:
        """Return how steep the ground is.

        Returns
        -------
        ndarray of float64, shape (rows, columns)
            The greater of the slopes east-west and north-south, as rise over run.
        """
        rise = [np.abs(np.gradient(self.height, CELL_M, axis=axis)) for axis in (0, 1)]
        return np.asarray(np.maximum(*rise), np.float64)


def make_grid(middle: tuple[float, float], width_m: float, height_m: float, seed: int) -> Grid:
    """Return the lattice of a rectangle.

    Parameters
    ----------
    middle : tuple of float
        Metres in `PLANE`.
    width_m, height_m : float
        Size of the rectangle.
    seed : int
        Seed of the region.

    Returns
    -------
    Grid
        With heights.
    """
    columns, rows = round(width_m / CELL_M) + 1, round(height_m / CELL_M) + 1
    west = (round(middle[0] / CELL_M) - columns // 2) * CELL_M
    south = (round(middle[1] / CELL_M) - rows // 2) * CELL_M
    x, y = np.meshgrid(west + np.arange(columns) * CELL_M, south + np.arange(rows) * CELL_M)
    return Grid(west, south, height_at(x, y, seed), seed)
