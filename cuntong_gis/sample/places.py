"""Places of a large region: where people live and roads meet, and the unit to which each belongs.

Everything is laid out on straight ground and then bent by one smooth field (`winding`), so that what does not
cross or overlap on straight ground does not on the map either.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import shapely
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import Delaunay, Voronoi, cKDTree

from cuntong_gis.crs import Floats, project
from cuntong_gis.sample.shapes import degrees
from cuntong_gis.sample.terrain import PLANE, Bools, Ints, height_at, noise, scatter
from cuntong_gis.sample.units import Unit

ABROAD = -1
WINDS = ((12_000.0, 1400.0), (2400.0, 240.0), (700.0, 75.0))
"""Size and reach of the bends, metres: gentle enough that the field nowhere folds."""
MARGIN_M = 40_000.0
"""Places reach this far beyond the middles of the counties, and its radius more."""
OUTSIDE_M2 = 1.2e8
"""Places whose power beyond the nearest county is greater are abroad: it fills the gaps between round counties."""
BORDER_STEP_M = 400.0
"""Vertices of borders are about this far apart."""


def winding(place: Floats, seed: int) -> Floats:
    """Bend straight ground.

    Parameters
    ----------
    place : ndarray of float64, shape (n, 2)
        Metres on straight ground.
    seed : int
        Seed of the region.

    Returns
    -------
    ndarray of float64, shape (n, 2)
        Metres in `PLANE`; a smooth one-to-one map.
    """
    x, y = place.T
    moved = place.copy()
    for axis in (0, 1):
        for number, (size, reach) in enumerate(WINDS):
            moved[:, axis] += reach * noise(x / size, y / size, seed * 64 + 40 + 4 * axis + number)
    return moved


@dataclass(frozen=True)
class Places:
    """Places on straight ground and their neighbourhood.

    Attributes
    ----------
    straight : ndarray of float64, shape (n, 2)
        Metres on straight ground.
    height : ndarray of float64, shape (n,)
        Metres above the sea.
    tail, head : ndarray of int64, shape (m,)
        Pairs of neighbours, tail < head, ascending.
    triangles : ndarray of int64, shape (t, 3)
        Of the triangulation whose sides the pairs are.
    county : ndarray of int64, shape (n,)
        Number of the county; `ABROAD` outside of all.
    """

    straight: Floats
    height: Floats
    tail: Ints
    head: Ints
    triangles: Ints
    county: Ints


def scattered(units: tuple[Unit, ...], spacing_m: float, seed: int) -> Floats:
    """Scatter places over the ground of some counties and around it, denser in some parts than in others.

    Parameters
    ----------
    units : tuple of Unit
        The counties.
    spacing_m : float
        Distance of neighbours where they are densest.
    seed : int
        Seed of the region.

    Returns
    -------
    ndarray of float64, shape (n, 2)
        Metres on straight ground. A place depends on where it is, not on which counties are asked for.
    """
    middle = project(np.array([unit.middle for unit in units]), PLANE)
    reach = MARGIN_M + np.sqrt(np.array([unit.area_km2 for unit in units]) / np.pi) * 1000.0
    low, high = (middle - reach[:, None]).min(axis=0), (middle + reach[:, None]).max(axis=0)
    step = np.array([spacing_m, spacing_m * np.sqrt(0.75)])
    first, last = np.floor(low / step).astype(np.int64), np.ceil(high / step).astype(np.int64)
    column, row = (grid.ravel() for grid in np.meshgrid(*(np.arange(a, b) for a, b in zip(first, last, strict=True))))
    chance = [scatter(column, row, seed * 64 + 20 + n).astype(np.float64) / 2.0**64 for n in range(3)]
    place = np.column_stack([column + 0.5 * (row % 2), row]).astype(np.float64) * step
    place += (np.column_stack(chance[:2]) - 0.5) * spacing_m * 0.9
    x, y = place.T
    peopled = (
        0.62
        + 0.42 * noise(x / 9000.0, y / 9000.0, seed * 64 + 30)
        + 0.3 * noise(x / 3000.0, y / 3000.0, seed * 64 + 31)
    )
    return np.asarray(place[chance[2] < np.clip(peopled, 0.12, 1.0)], np.float64)


def neighbours(triangles: Ints) -> tuple[Ints, Ints]:
    """Return the sides of triangles, each once.

    Parameters
    ----------
    triangles : ndarray of int64, shape (t, 3)
        By their corners.

    Returns
    -------
    tail, head : ndarray of int64, shape (m,)
        Corners, tail < head, ascending.
    """
    sides = np.sort(np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [0, 2]]]), axis=1)
    size = int(triangles.max()) + 1
    key = np.unique(sides[:, 0].astype(np.int64) * size + sides[:, 1])
    return key // size, key % size


def made_up_counties(straight: Floats, tail: Ints, head: Ints, units: tuple[Unit, ...], seed: int) -> Ints:
    """Share places among counties so that each lies around its middle and is about as large as it should be.

    Parameters
    ----------
    straight : ndarray of float64, shape (n, 2)
        Places.
    tail, head : ndarray of int64
        Neighbours.
    units : tuple of Unit
        All counties of the province.
    seed : int
        Seed of the region.

    Returns
    -------
    ndarray of int64, shape (n,)
        Number of the county, `ABROAD` outside; each county is in one piece.

    References
    ----------
    F. Aurenhammer, Power diagrams, SIAM J. Comput. 16 (1987).
    """
    x, y = straight.T
    wander = np.column_stack(
        [7000.0 * noise(x / 22_000.0, y / 22_000.0, seed * 64 + 34 + n) for n in (0, 1)]
    ) + np.column_stack([2200.0 * noise(x / 6000.0, y / 6000.0, seed * 64 + 36 + n) for n in (0, 1)])
    middle = project(np.array([unit.middle for unit in units]), PLANE)
    radius2 = np.array([unit.area_km2 for unit in units]) * 1e6 / np.pi
    best, county = np.full(len(straight), np.inf), np.full(len(straight), ABROAD, np.int64)
    for number in range(len(units)):
        power = ((straight + wander - middle[number]) ** 2).sum(axis=1) - radius2[number]
        nearer = power < best
        best[nearer], county[nearer] = power[nearer], number
    county[best > OUTSIDE_M2] = ABROAD
    return in_one_piece(county, tail, head)


def in_one_piece(label: Ints, tail: Ints, head: Ints) -> Ints:
    """Give stray parts of labels to a neighbour.

    Parameters
    ----------
    label : ndarray of int64, shape (n,)
        Labels of points.
    tail, head : ndarray of int64
        Neighbours.

    Returns
    -------
    ndarray of int64, shape (n,)
        Of each label only the part with the most points is left.
    """
    label = label.copy()
    while True:
        same = label[tail] == label[head]
        links = coo_matrix((np.ones(same.sum(), bool), (tail[same], head[same])), (len(label), len(label)))
        count, part = connected_components(links, directed=False)
        size = np.bincount(part, minlength=count)
        of = np.empty(count, np.int64)
        of[part] = label
        order = np.lexsort((-size, of))
        whole = np.zeros(count, bool)
        whole[order[np.unique(of[order], return_index=True)[1]]] = True
        if whole.all():
            return label
        for one, other in ((tail, head), (head, tail)):
            moved = ~whole[part[one]] & whole[part[other]]
            label[one[moved]] = label[other[moved]]


def connected(county: Ints, tail: Ints, head: Ints) -> Ints:
    """Leave out what roads could not reach without going abroad.

    Parameters
    ----------
    county : ndarray of int64, shape (n,)
        Number of the county of each place, or `ABROAD`.
    tail, head : ndarray of int64
        Neighbours.

    Returns
    -------
    ndarray of int64, shape (n,)
        `ABROAD` outside of the largest connected part, too.
    """
    inner = (county[tail] != ABROAD) & (county[head] != ABROAD)
    links = coo_matrix((np.ones(inner.sum(), bool), (tail[inner], head[inner])), (len(county), len(county)))
    _, part = connected_components(links, directed=False)
    return np.where(part == np.bincount(part[county != ABROAD]).argmax(), county, ABROAD)


def borders(straight: Floats, label: Ints, seed: int) -> dict[int, shapely.Polygon | shapely.MultiPolygon]:
    """Return the areas of labels as polygons that share their borders exactly.

    Parameters
    ----------
    straight : ndarray of float64, shape (n, 2)
        Places.
    label : ndarray of int64, shape (n,)
        Label of each; `ABROAD` outside, which all places at the rim must be.
    seed : int
        Seed of the region.

    Returns
    -------
    dict of int to Polygon or MultiPolygon
        By label, in degrees: all ground that is nearer to a place of the label than to any other, bent.
    """
    cells = Voronoi(straight)
    ridge = np.array(cells.ridge_vertices, np.int64)
    pair = label[cells.ridge_points]
    ridge, pair = (part[(pair[:, 0] != pair[:, 1]) & (ridge >= 0).all(axis=1)] for part in (ridge, pair))
    one, other = cells.vertices[ridge[:, 0]], cells.vertices[ridge[:, 1]]
    pieces = np.maximum(np.ceil(np.hypot(*(other - one).T) / BORDER_STEP_M), 1).astype(np.int64)
    owner = np.repeat(np.arange(len(ridge)), pieces + 1)
    along = (np.arange(len(owner)) - np.repeat(np.cumsum(pieces + 1) - pieces - 1, pieces + 1)) / pieces[owner]
    points = one[owner] + (other - one)[owner] * along[:, None]
    # The last point of a ridge is computed, not copied, by that sum.
    points[along == 1.0] = other
    lines = shapely.linestrings(degrees(winding(points, seed)), indices=owner)
    faces = shapely.get_parts(shapely.polygonize(lines))
    at = shapely.points(degrees(winding(straight, seed)))
    face, inside = shapely.STRtree(at).query(faces, predicate="contains")
    _, first = np.unique(face, return_index=True)
    parts: dict[int, list[shapely.Polygon]] = defaultdict(list)
    for number, area in zip(label[inside[first]].tolist(), faces[face[first]].tolist(), strict=True):
        if number != ABROAD:
            parts[number].append(area)
    return {n: shapely.union_all(areas) if len(areas) > 1 else areas[0] for n, areas in sorted(parts.items())}


def choose_seats(straight: Floats, middle: Floats, count: int) -> Ints:
    """Choose township seats of a county: one at its middle, the others spread evenly.

    Parameters
    ----------
    straight : ndarray of float64, shape (n, 2)
        Places of the county.
    middle : ndarray of float64, shape (2,)
        Where the county seat should be.
    count : int
        How many, at most n.

    Returns
    -------
    ndarray of int64, shape (count,)
        The county seat first.
    """
    away = ((straight - middle) ** 2).sum(axis=1)
    chosen = [int(away.argmin())]
    away = ((straight - straight[chosen[0]]) ** 2).sum(axis=1)
    while len(chosen) < count:
        chosen.append(int(away.argmax()))
        away = np.minimum(away, ((straight - straight[chosen[-1]]) ** 2).sum(axis=1))
    for _ in range(4):
        # Seats move to the middle of their territory, but for the county seat (S. Lloyd, 1982).
        _, of = cKDTree(straight[chosen]).query(straight)
        for number in range(1, count):
            mine = np.flatnonzero(of == number)
            centre = straight[mine].mean(axis=0)
            chosen[number] = int(mine[((straight[mine] - centre) ** 2).sum(axis=1).argmin()])
    return np.array(chosen, np.int64)


def apportioned(weight: Floats, count: int, least: int) -> Ints:
    """Share a number out in proportion to weights.

    Parameters
    ----------
    weight : ndarray of float64, shape (n,)
        Not negative.
    count : int
        What is shared, at least n * least.
    least : int
        Everyone gets so many.

    Returns
    -------
    ndarray of int64, shape (n,)
        They sum to `count`.
    """
    bounds = np.rint(np.cumsum(weight) / weight.sum() * (count - least * len(weight))).astype(np.int64)
    return np.asarray(least + np.diff(bounds, prepend=0), np.int64)


def choose_villages(places: Places, township: Ints, free: Bools, count: int) -> Ints:
    """Choose villages: low ground first, apart from one another, by township partly alike and partly by size.

    Parameters
    ----------
    places : Places
        All places.
    township : ndarray of int64, shape (n,)
        Number of the township of each place; negative outside.
    free : ndarray of bool, shape (n,)
        Places of a township that may be villages.
    count : int
        How many; at least as many as townships, at most as many as free places.

    Returns
    -------
    ndarray of int64, shape (count,)
        By township, then from north to south.

    References
    ----------
    A. Sainte-Laguë, La représentation proportionnelle et la méthode des moindres carrés, 1910.
    """
    lower = np.zeros(len(township), np.int64)
    low_head = places.height[places.head] < places.height[places.tail]
    np.add.at(lower, np.where(low_head, places.tail, places.head), 1)
    open_to = np.flatnonzero(free)
    townships = int(township.max()) + 1
    size = np.bincount(township[open_to], minlength=townships)
    weight = 0.35 * len(open_to) / townships + 0.65 * size
    # A place lower than all its neighbours is wished for most; so no two neighbours come first.
    order = open_to[np.lexsort((open_to, places.height[open_to], lower[open_to], township[open_to]))]
    of = township[order]
    rank = np.arange(len(order)) - np.searchsorted(of, of)
    turn = np.where(rank == 0, 0.0, (rank + 0.5) / weight[of])
    chosen = order[np.lexsort((order, turn))[:count]]
    north = places.straight[chosen, 1]
    return np.asarray(chosen[np.lexsort((chosen, -north, township[chosen]))], np.int64)


def triangulated(straight: Floats, seed: int) -> tuple[Floats, Ints, Ints, Ints]:
    """Return heights, neighbours and triangles of places.

    Parameters
    ----------
    straight : ndarray of float64, shape (n, 2)
        Metres on straight ground.
    seed : int
        Seed of the region.

    Returns
    -------
    height, tail, head, triangles : ndarray
        As of `Places`.
    """
    triangles = Delaunay(straight).simplices.astype(np.int64)
    tail, head = neighbours(triangles)
    bent = winding(straight, seed)
    return height_at(bent[:, 0], bent[:, 1], seed), tail, head, triangles
