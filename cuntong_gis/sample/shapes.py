"""Lines out of lattices: chains between junctions, smoothed with their ends kept, and borders that tile."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray

from cuntong_gis.crs import Floats, unproject
from cuntong_gis.sample.terrain import CELL_M, PLANE, Grid, Ints, bent

DECIMALS = 6
"""Degrees are rounded to 0.1 m, so that every format gives back the same vertex."""

BORDER_PASSES = 3
"""Passes of smoothing that take the steps of the lattice out of a border."""


@dataclass(frozen=True)
class Chain:
    """A path of lattice points between two stops.

    Attributes
    ----------
    nodes : tuple of int
        Lattice points, two or more; first and last are equal in a loop.
    label : hashable
        What all steps of it share.
    """

    nodes: tuple[int, ...]
    label: Hashable


def chains(steps: Iterable[tuple[int, int, Hashable]], stops: Iterable[int] = ()) -> list[Chain]:
    """Join steps between lattice points into maximal chains.

    Parameters
    ----------
    steps : iterable of (int, int, label)
        Undirected steps, each pair of points once.
    stops : iterable of int
        Points where chains end although only two steps meet there.

    Returns
    -------
    list of Chain
        Every step is in exactly one. Chains end where one, three or more steps meet, at stops, and where the
        label changes. In the order of their lowest end.
    """
    near: dict[int, list[tuple[int, Hashable]]] = defaultdict(list)
    for one, other, label in steps:
        near[one].append((other, label))
        near[other].append((one, label))
    ends = set(stops) & near.keys()
    ends |= {node for node, met in near.items() if len(met) != 2 or met[0][1] != met[1][1]}
    seen: set[tuple[int, int]] = set()
    found: list[Chain] = []
    # Whole rings without an end come last; each is then started at its lowest point.
    for start in [*sorted(ends), *sorted(near.keys() - ends)]:
        for following, label in sorted(near[start], key=lambda step: step[0]):
            if (start, following) in seen:
                continue
            nodes = [start, following]
            while nodes[-1] not in ends and nodes[-1] != start:
                nodes.append(next(n for n, _ in near[nodes[-1]] if n != nodes[-2]))
            for one, other in pairwise(nodes):
                seen |= {(one, other), (other, one)}
            found.append(Chain(tuple(nodes), label))
    return found


@dataclass(frozen=True)
class Sketch:
    """Points and the lines through them, before smoothing.

    Attributes
    ----------
    place : ndarray of float64, shape (n, 2)
        Points in metres.
    beside : ndarray of int64, shape (n, 2)
        The two points to which each is drawn; -1 where it stays.
    passes : ndarray of int64, shape (n,)
        How often it is drawn to them.
    lines : list of ndarray of int64
        Lines by points; they meet at their ends only.
    """

    place: Floats
    beside: Ints
    passes: Ints
    lines: list[Ints]


def draw(sketch: Sketch, tolerance_m: float) -> list[Floats]:
    """Smooth lines so that none comes to cross another.

    Parameters
    ----------
    sketch : Sketch
        Points and lines.
    tolerance_m : float
        Vertices nearer than this to the line are left out.

    Returns
    -------
    list of ndarray of float64, shape (m, 2)
        Metres. Lines that share an end still share it exactly. Where two would cross, both are smoothed less, down
        to the points as given.
    """
    passes, rounded = sketch.passes.copy(), np.ones(len(sketch.lines), bool)
    shapes: NDArray[np.object_] = np.empty(len(sketch.lines), object)
    for _ in range(6):
        place = _relaxed(sketch, passes)
        for number, line in enumerate(sketch.lines):
            curve = _corners_cut(place[line]) if rounded[number] else place[line]
            shapes[number] = shapely.simplify(shapely.LineString(curve), tolerance_m if rounded[number] else 0.0)
        bad = np.unique(shapely.STRtree(shapes).query(shapes, predicate="crosses")[0])
        bad = np.union1d(bad, np.flatnonzero(~shapely.is_simple(shapes)))
        if not len(bad):
            break
        for number in bad.tolist():
            line = sketch.lines[number]
            rounded[number] &= bool(passes[line].any())
            passes[line] //= 2
    return [shapely.get_coordinates(shape) for shape in shapes]


def _relaxed(sketch: Sketch, passes: Ints) -> Floats:
    place = sketch.place.copy()
    movable = sketch.beside[:, 0] >= 0
    for number in range(int(passes.max(initial=0))):
        moving = movable & (passes > number)
        one, other = sketch.beside[moving].T
        place[moving] = (place[one] + 2.0 * place[moving] + place[other]) / 4.0
    return place


def _corners_cut(line: Floats) -> Floats:
    """Cut the corners twice (G. Chaikin, An algorithm for high-speed curve generation, 1974); the ends stay."""
    for _ in range(2):
        if len(line) < 3:
            break
        early, late = 0.75 * line[:-1] + 0.25 * line[1:], 0.25 * line[:-1] + 0.75 * line[1:]
        inner = np.stack([early, late], axis=1).reshape(-1, 2)[1:-1]
        line = np.vstack([line[:1], inner, line[-1:]])
    return line


def degrees(line: Floats) -> Floats:
    """Return metres in `PLANE` as rounded degrees.

    Parameters
    ----------
    line : ndarray of float64, shape (n, 2)
        Metres.

    Returns
    -------
    ndarray of float64, shape (n, 2)
        Longitude and latitude.
    """
    return np.asarray(np.round(unproject(line, PLANE), DECIMALS), np.float64)


def tiles(grid: Grid, label: Ints) -> dict[int, shapely.Polygon | shapely.MultiPolygon]:
    """Return the regions of a labelled lattice as polygons that share their borders exactly.

    Parameters
    ----------
    grid : Grid
        The lattice.
    label : ndarray of int64, shape (rows, columns)
        Region of each point; negative outside all regions.

    Returns
    -------
    dict of int to Polygon or MultiPolygon
        By label, in degrees: no gaps, no overlaps.
    """
    rows, columns = label.shape
    padded = np.full((rows + 2, columns + 2), -1, np.int64)
    padded[1:-1, 1:-1] = label
    width = columns + 3
    steps: list[tuple[int, int, Hashable]] = []
    for r, c in np.argwhere(padded[:, :-1] != padded[:, 1:]).tolist():
        steps.append((r * width + c + 1, (r + 1) * width + c + 1, None))
    for r, c in np.argwhere(padded[:-1] != padded[1:]).tolist():
        steps.append(((r + 1) * width + c, (r + 1) * width + c + 1, None))
    found_chains = chains(steps)
    nodes = np.unique(np.concatenate([np.array(chain.nodes, np.int64) for chain in found_chains]))
    lines = [np.searchsorted(nodes, np.array(chain.nodes, np.int64)) for chain in found_chains]
    beside = np.full((len(nodes), 2), -1, np.int64)
    for line in lines:
        beside[line[1:-1], 0], beside[line[1:-1], 1] = line[:-2], line[2:]
    row, column = np.divmod(nodes, width)
    place = np.column_stack([grid.west + (column - 1.5) * CELL_M, grid.south + (row - 1.5) * CELL_M])
    curves = draw(Sketch(bent(place, grid.seed), beside, np.full(len(nodes), BORDER_PASSES, np.int64), lines), 10.0)
    faces = shapely.get_parts(shapely.polygonize([shapely.LineString(degrees(curve)) for curve in curves]))
    cells = np.flatnonzero(label.ravel() >= 0)
    centre = shapely.points(degrees(bent(grid.places(cells), grid.seed)))
    which, inside = shapely.STRtree(centre).query(faces, predicate="contains")
    found: dict[int, list[shapely.Polygon]] = defaultdict(list)
    for number, face in enumerate(faces):
        labels = label.ravel()[cells[inside[which == number]]]
        if len(labels):
            found[int(np.bincount(labels).argmax())].append(face)
    return {key: parts[0] if len(parts) == 1 else shapely.union_all(parts) for key, parts in sorted(found.items())}
