"""Find out whether a layer is shifted against another that is right, as GCJ-02 and BD-09 data are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import shapely
from numpy.typing import NDArray

from cuntong_gis import crs, datum
from cuntong_gis.crs import Floats
from cuntong_gis.layers.raw import Objects

Shifted = Literal["gcj02", "bd09"]

SAMPLE = 20_000
"""Vertices of the layer that are looked at, evenly spread."""
NEAR_M = 200.0
"""A vertex counts if some reading of it lies this near the reference: half of the usual shift, so that a chance
meeting under the wrong reading seldom counts."""
ENOUGH, ENOUGH_SHARE = 30, 0.02
"""So many vertices, and this share of the sample, must count, or nothing is said."""
BETTER = 1.0 / 3.0
"""The undone reading must leave less than this share of the distance."""
CHUNK = 8
"""Segments of the reference in one piece of the search tree."""


@dataclass(frozen=True)
class Offset:
    """How far a layer lies from the reference, as it is and as it would be without the shift.

    Attributes
    ----------
    datum : {"gcj02", "bd09"}
        The datum that the layer seems to be in.
    offset_m : float
        How far its vertices move when the shift is undone: median, in metres.
    away_m, residual_m : float
        Median distance of its vertices from the reference's lines, as they are and after undoing the shift.
    vertices : int
        The vertices that this rests on.
    """

    datum: Shifted
    offset_m: float
    away_m: float
    residual_m: float
    vertices: int


def detect_offset(layer: Objects, reference: Objects, least_m: float = 200.0) -> Offset | None:
    """Tell whether a layer is systematically shifted against lines that are known to be right.

    Parameters
    ----------
    layer, reference : ndarray of shapely geometry, shape (n,), (m,)
        In degrees. Lines and polygons that share stretches, such as counties and the outlines of their
        prefectures, or points that lie on the reference's lines.
    least_m : float
        A smaller offset is not told, in metres.

    Returns
    -------
    Offset or None
        None if the layer fits as it is, or nothing can be said: too few vertices lie near the reference.

    Notes
    -----
    Most vertices have no partner in the reference: counties reach deep into their prefecture. So only those count
    that lie within `NEAR_M` of it as they are, without GCJ-02 or without BD-09; of a right layer these are at
    home already, of a shifted one they are a whole shift away. O((n + m) log m) in the number of vertices.
    """
    vertices = _sample(shapely.get_coordinates(layer))
    vertices = vertices[datum.shifted(vertices)]
    lines = short_pieces(reference)
    if len(vertices) < ENOUGH or not len(lines):
        return None
    bounds = shapely.total_bounds(lines)
    plane = crs.working_crs((float(bounds[0]), float(bounds[1]), float(bounds[2]), float(bounds[3])))
    flat = shapely.set_coordinates(lines.copy(), crs.project(shapely.get_coordinates(lines), plane))
    tree = shapely.STRtree(flat)
    readings: tuple[tuple[Shifted | None, Floats], ...] = (
        (None, vertices),
        ("gcj02", datum.to_wgs84(vertices, "gcj02")),
        ("bd09", datum.to_wgs84(vertices, "bd09")),
    )
    away = np.column_stack([nearest_distances(tree, flat, crs.project(points, plane)) for _, points in readings])
    counted = away.min(axis=1) <= NEAR_M
    if counted.sum() < max(ENOUGH, ENOUGH_SHARE * len(vertices)):
        return None
    medians = np.median(away[counted], axis=0)
    best = int(np.argmin(medians))
    name, undone = readings[best]
    if name is None or medians[best] >= BETTER * medians[0]:
        return None
    moved = float(np.median(crs.distances(vertices[counted], undone[counted])))
    if moved < least_m:
        return None
    return Offset(name, moved, float(medians[0]), float(medians[best]), int(counted.sum()))


def _sample(points: Floats) -> Floats:
    points = points[np.isfinite(points).all(axis=1)]
    return points[:: max(1, -(-len(points) // SAMPLE))]


def short_pieces(reference: Objects) -> NDArray[np.object_]:
    """Return lines and outlines in short pieces: a search tree of whole outlines would be no tree.

    Parameters
    ----------
    reference : ndarray of shapely geometry, shape (n,)
        Lines and polygons; others are left out.

    Returns
    -------
    ndarray of LineString
        Pieces of at most `CHUNK` segments.
    """
    shapes = reference[~shapely.is_missing(reference)]
    areal = shapely.get_dimensions(shapes) == 2
    parts = shapely.get_parts(np.concatenate([shapes[~areal], shapely.boundary(shapes[areal])]))
    parts = parts[shapely.get_dimensions(parts) == 1]
    points, owner = shapely.get_coordinates(parts, return_index=True)
    if len(points) < 2:
        return np.empty(0, object)
    first = np.r_[True, owner[1:] != owner[:-1]]
    along = np.arange(len(points)) - np.maximum.accumulate(np.where(first, np.arange(len(points)), 0))
    last = np.r_[owner[1:] != owner[:-1], True]
    # Each piece starts at a multiple of CHUNK and takes the next piece's first vertex with it.
    starts = np.flatnonzero((along % CHUNK == 0) & ~last)
    ends = np.flatnonzero(last)
    length = np.minimum(CHUNK + 1, ends[np.searchsorted(ends, starts)] - starts + 1)
    which = np.repeat(np.arange(len(starts)), length)
    inside = np.arange(len(which)) - np.repeat(np.cumsum(length) - length, length)
    return np.asarray(shapely.linestrings(points[starts[which] + inside], indices=which), object)


def nearest_distances(tree: shapely.STRtree, lines: NDArray[np.object_], points: Floats) -> Floats:
    """Return how far each point lies from the nearest line.

    Parameters
    ----------
    tree : shapely.STRtree
        Of `lines`.
    lines : ndarray of LineString, shape (m,)
        In a plane, in metres; at least one.
    points : ndarray of float64, shape (n, 2)
        In the same plane.

    Returns
    -------
    ndarray of float64, shape (n,)
        Metres.
    """
    places = shapely.points(points)
    return np.asarray(shapely.distance(places, lines[tree.nearest(places)]), np.float64)
