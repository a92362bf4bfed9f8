"""Lines out of lattices: chains between junctions, smoothed with their ends kept, and borders that tile."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from cuntong_gis.crs import Floats, unproject
from cuntong_gis.sample.terrain import CELL_M, PLANE, Grid, Ints

DECIMALS = 6
"""Degrees are rounded to 0.1 m, so that every format gives back the same vertex."""


@dataclass(frozen=True)
class Chain:
    """A path of lattice points between two stops.

    Parameters
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
            for one, other in zip(nodes, nodes[1:], strict=False):
                seen |= {(one, other), (other, one)}
            found.append(Chain(tuple(nodes), label))
    return found


def smooth(line: Floats, passes: int) -> Floats:
    """Return a line without the corners of the lattice; its ends stay.

    Parameters
    ----------
    line : ndarray of float64, shape (n, 2)
        Metres.
    passes : int
        How often each inner point is drawn to its neighbours before corners are cut.

    Returns
    -------
    ndarray of float64, shape (m, 2)
        Metres.

    References
    ----------
    G. Chaikin, An algorithm for high-speed curve generation, 1974.
    """
    line = line.copy()
    for _ in range(passes):
        line[1:-1] = (line[:-2] + 2.0 * line[1:-1] + line[2:]) / 4.0
    for _ in range(2):
        if len(line) < 3:
            break
        early, late = 0.75 * line[:-1] + 0.25 * line[1:], 0.25 * line[:-1] + 0.75 * line[1:]
        inner = np.stack([early, late], axis=1).reshape(-1, 2)[1:-1]
        line = np.vstack([line[:1], inner, line[-1:]])
    return line


def draw(lines: list[Floats], passes: list[int], tolerance_m: float) -> list[Floats]:
    """Smooth lines so that none comes to cross another.

    Parameters
    ----------
    lines : list of ndarray, shape (n, 2)
        Metres; they meet at their ends only.
    passes : list of int
        Smoothing wanted for each.
    tolerance_m : float
        Vertices nearer than this to the line are left out.

    Returns
    -------
    list of ndarray, shape (m, 2)
        Metres. Where two lines would cross, both are smoothed less, down to the line as given.
    """
    passes = list(passes)
    drawn: NDArray[np.object_] = np.empty(len(lines), object)
    todo = list(range(len(lines)))
    for _ in range(6):
        for number in todo:
            curve = smooth(lines[number], passes[number]) if passes[number] >= 0 else lines[number]
            drawn[number] = shapely.simplify(shapely.LineString(curve), tolerance_m if passes[number] >= 0 else 0.0)
        one, other = shapely.STRtree(drawn).query(drawn, predicate="crosses")
        todo = sorted({int(n) for n in one} | {n for n in range(len(lines)) if not drawn[n].is_simple})
        todo = [n for n in todo if passes[n] >= 0]
        if not todo:
            break
        for number in todo:
            passes[number] = passes[number] // 2 if passes[number] else -1
    return [shapely.get_coordinates(shape) for shape in drawn]


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
    borders = []
    for chain in chains(steps):
        row, column = np.divmod(np.array(chain.nodes, np.int64), width)
        place = np.column_stack([grid.west + (column - 1.5) * CELL_M, grid.south + (row - 1.5) * CELL_M])
        borders.append(place)
    curves = draw(borders, [5] * len(borders), 10.0)
    faces = shapely.get_parts(shapely.polygonize([shapely.LineString(degrees(curve)) for curve in curves]))
    cells = np.flatnonzero(label.ravel() >= 0)
    centre = shapely.points(degrees(grid.places(cells)))
    which, inside = shapely.STRtree(centre).query(faces, predicate="contains")
    found: dict[int, list[shapely.Polygon]] = defaultdict(list)
    for number, face in enumerate(faces):
        labels = label.ravel()[cells[inside[which == number]]]
        if len(labels):
            found[int(np.bincount(labels).argmax())].append(face)
    return {key: parts[0] if len(parts) == 1 else shapely.union_all(parts) for key, parts in sorted(found.items())}
