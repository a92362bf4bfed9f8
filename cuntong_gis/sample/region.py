"""The ground of a large region: its counties, townships and villages, and the areas of the townships."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from scipy.spatial import cKDTree

from cuntong_gis.crs import Floats, project
from cuntong_gis.sample.names import township_names_of
from cuntong_gis.sample.outlines import Outlines, in_plane
from cuntong_gis.sample.places import (
    ABROAD,
    Places,
    apportioned,
    borders,
    choose_seats,
    choose_villages,
    connected,
    in_one_piece,
    made_up_counties,
    scattered,
    triangulated,
    winding,
)  # fmt: skip
from cuntong_gis.sample.scales import Scale
from cuntong_gis.sample.terrain import PLANE, Bools, Ints
from cuntong_gis.sample.units import Unit, counties

LEAST_TOWNSHIPS = 2
"""Every county has at least so many."""
FROM_BORDER_M = 100.0
"""Villages keep this far from a real border; a made-up one runs between places."""
RIM_M = 6000.0
"""Townships are drawn this far beyond their county before they are cut off at its real border."""


@dataclass(frozen=True)
class Ground:
    """What lies where, before it becomes tables.

    Attributes
    ----------
    places : Places
        All places.
    units : tuple of Unit
        The counties.
    township : ndarray of int64, shape (n,)
        Number of the township of each place; `ABROAD` outside.
    seats : list of ndarray of int64
        Township seats of each county, the county seat first; townships are numbered in this order.
    villages : ndarray of int64
        Places that are villages, by township.
    named : list of (str, str)
        Code and name of each township.
    seed : int
        Seed of the region.
    """

    places: Places
    units: tuple[Unit, ...]
    township: Ints
    seats: list[Ints]
    villages: Ints
    named: list[tuple[str, str]]
    seed: int

    def county_of(self) -> Ints:
        """Return the county of each township.

        Returns
        -------
        ndarray of int64, shape (townships,)
            Numbers of `units`.
        """
        return np.repeat(np.arange(len(self.seats)), [len(seats) for seats in self.seats])


def settle_region(
    scale: Scale, units: tuple[Unit, ...], outlines: Outlines | None, rng: np.random.Generator, seed: int
) -> Ground:
    """Choose places for people.

    Parameters
    ----------
    scale : Scale
        How many.
    units : tuple of Unit
        The counties.
    outlines : mapping of str to Polygon or MultiPolygon, or None
        Their areas in degrees; None: made up.
    rng : Generator
        Source of chance for names.
    seed : int
        Seed of the region.

    Returns
    -------
    Ground
        With the townships and villages asked for.

    Raises
    ------
    ValueError
        If there is no room for them.
    """
    straight = scattered(units, scale.place_m, seed)
    height, tail, head, triangles = triangulated(straight, seed)
    if outlines is None:
        county, free = _made_up(straight, tail, head, units, seed), np.ones(len(straight), bool)
    else:
        county, free = _within(straight, np.array([outlines[unit.code] for unit in units], object), seed)
    county = connected(county, tail, head)
    places = Places(straight, height, tail, head, triangles, county)
    size = np.bincount(county[county != ABROAD], minlength=len(units)).astype(np.float64)
    quota = apportioned(size, scale.townships, LEAST_TOWNSHIPS)
    middle = project(np.array([unit.middle for unit in units]), PLANE)
    seats: list[Ints] = []
    named: list[tuple[str, str]] = []
    township = np.full(len(straight), ABROAD, np.int64)
    for number, unit in enumerate(units):
        mine = np.flatnonzero(county == number)
        if len(mine) < 2 * quota[number]:
            raise ValueError(f"{unit.name}: no room for {quota[number]} townships on {len(mine)} places")
        seats.append(mine[choose_seats(straight[mine], middle[number], int(quota[number]))])
        township[mine] = len(named) + cKDTree(straight[seats[-1]]).query(straight[mine])[1]
        named += township_names_of(unit, int(quota[number]), rng)
    if outlines is None:
        township = in_one_piece(township, tail, head)
    free &= township != ABROAD
    free[np.concatenate(seats)] = False
    if not len(named) <= scale.villages <= free.sum():
        raise ValueError(f"{scale.villages} villages in {len(named)} townships on {free.sum()} free places")
    return Ground(places, units, township, seats, choose_villages(places, township, free, scale.villages), named, seed)


def _made_up(straight: Floats, tail: Ints, head: Ints, units: tuple[Unit, ...], seed: int) -> Ints:
    """Return the county of each place: all of the province are made up, so that each is the same at every scale."""
    everyone = counties()
    number = np.full(len(everyone) + 1, ABROAD, np.int64)
    number[[everyone.index(unit) for unit in units]] = np.arange(len(units))
    # The last entry is what ABROAD, -1, finds.
    return np.asarray(number[made_up_counties(straight, tail, head, everyone, seed)], np.int64)


def _within(straight: Floats, areas: np.ndarray, seed: int) -> tuple[Ints, Bools]:
    """Return the county of each place, and whether it keeps away from the borders."""
    at = shapely.points(winding(straight, seed))
    flat = in_plane(areas)
    county, free = np.full(len(straight), ABROAD, np.int64), np.ones(len(straight), bool)
    tree = shapely.STRtree(at)
    which, inside = tree.query(flat, predicate="contains")
    county[inside] = which
    free[tree.query(shapely.boundary(flat), predicate="dwithin", distance=FROM_BORDER_M)[1]] = False
    return county, free


def township_areas(ground: Ground, outlines: Outlines | None) -> np.ndarray:
    """Return the areas of the townships.

    Parameters
    ----------
    ground : Ground
        The region.
    outlines : mapping of str to Polygon or MultiPolygon, or None
        Real outlines of the counties.

    Returns
    -------
    ndarray of Polygon or MultiPolygon, shape (townships,)
        In degrees. Made-up ones share their borders exactly; real counties are cut up to within a decimetre.
    """
    if outlines is None:
        areas = borders(ground.places.straight, ground.township, ground.seed)
        return np.array([areas[n] for n in range(len(ground.named))], object)
    straight = ground.places.straight
    found = []
    for number, (unit, seats) in enumerate(zip(ground.units, ground.seats, strict=True)):
        mine = straight[ground.places.county == number]
        low, high = mine.min(axis=0) - RIM_M, mine.max(axis=0) + RIM_M
        near = ((straight > low - RIM_M) & (straight < high + RIM_M)).all(axis=1)
        nearest = cKDTree(straight[seats]).query(straight[near])[1]
        inner = ((straight[near] > low) & (straight[near] < high)).all(axis=1)
        areas = borders(straight[near], np.where(inner, nearest, ABROAD), ground.seed)
        whole = np.array([areas[n] for n in range(len(seats))], object)
        found.append(_areal(shapely.intersection(whole, outlines[unit.code], grid_size=1e-6)))
    return np.concatenate(found)


def _areal(shapes: np.ndarray) -> np.ndarray:
    """Return shapes without the points and lines at which areas only touch."""
    parts, owner = shapely.get_parts(shapes, return_index=True)
    areal = shapely.get_dimensions(parts) == 2
    return np.asarray(
        [shapely.union_all(parts[areal & (owner == n)]) for n in range(len(shapes))], object
    )  # fmt: skip
