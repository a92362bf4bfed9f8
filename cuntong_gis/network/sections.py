"""From the mesh to edges: cuts inserted, lines parted at nodes, lengths measured."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import shapely
from numpy.typing import NDArray

from cuntong_gis.crs import Floats, distances
from cuntong_gis.network.mesh import Bools, Ints, Mesh


@dataclass(frozen=True)
class Sections:
    """Maximal stretches of line between nodes: the edges of the network before pricing.

    Attributes
    ----------
    u, v : ndarray of int64, shape (e,)
        End vertices.
    line : ndarray of int64, shape (e,)
        Line it is part of; -1 for a link.
    kind : ndarray of str, shape (e,)
        ``road``, ``gap`` or ``link``.
    length_m : ndarray of float64, shape (e,)
        Geodesic metres.
    geometry : ndarray of shapely LineString, shape (e,)
        Degrees, from u to v; u comes first in the order of coordinates.
    """

    u: Ints
    v: Ints
    line: Ints
    kind: NDArray[np.str_]
    length_m: Floats
    geometry: NDArray[np.object_]


def sections(mesh: Mesh, nodes: Ints) -> Sections:
    """Insert all cuts, and cut the lines at junctions, line ends and the given vertices.

    Parameters
    ----------
    mesh : Mesh
        Lines, cuts and links.
    nodes : ndarray of int64
        Vertices that must be nodes.

    Returns
    -------
    Sections
        Road sections and links, in an order that depends on coordinates only.
    """
    vertex, line = _sequence(mesh)
    inner = line[1:] == line[:-1]
    degree = np.bincount(np.concatenate([vertex[:-1][inner], vertex[1:][inner]]), minlength=len(mesh.xy))
    is_node = degree != 2
    is_node[nodes] = True
    is_node[mesh.link_a] = True
    is_node[mesh.link_b] = True
    stop = is_node[vertex]
    stop[0:1] = stop[-1:] = True
    stop[1:] |= ~inner
    stop[:-1] |= ~inner
    place = np.flatnonzero(stop)
    start, end = place[:-1], place[1:]
    real = line[start] == line[end]
    start, end = start[real], end[real]
    rank = _ranks(mesh)
    turned = _turned(rank, vertex, start, end)
    first, step = np.where(turned, end, start), np.where(turned, -1, 1)
    count = end - start + 1
    owner = np.repeat(np.arange(len(start)), count)
    within = np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count)
    points = mesh.lonlat[vertex[first[owner] + step[owner] * within]]
    roads = shapely.linestrings(points, indices=owner) if len(start) else np.empty(0, object)
    back = rank[mesh.link_a] > rank[mesh.link_b]
    a, b = np.where(back, mesh.link_b, mesh.link_a), np.where(back, mesh.link_a, mesh.link_b)
    pairs = np.stack([mesh.lonlat[a], mesh.lonlat[b]], axis=1)
    links = shapely.linestrings(pairs) if len(pairs) else np.empty(0, object)
    found = Sections(
        np.concatenate([vertex[first], a]),
        np.concatenate([vertex[np.where(turned, start, end)], b]),
        np.concatenate([line[start], np.full(len(a), -1)]),
        np.concatenate([np.full(len(start), "road"), mesh.link_kind]),
        np.concatenate([_lengths(points, owner, len(start)), distances(pairs[:, 0], pairs[:, 1])]),
        np.concatenate([roads, links]),
    )
    order = _order(found, rank)
    return Sections(*(getattr(found, field.name)[order] for field in fields(Sections)))


def _ranks(mesh: Mesh) -> Ints:
    """Return the place of each vertex in the order of coordinates."""
    rank = np.empty(len(mesh.xy), np.int64)
    rank[np.lexsort((mesh.lonlat[:, 1], mesh.lonlat[:, 0]))] = np.arange(len(mesh.xy))
    return rank


def _turned(rank: Ints, vertex: Ints, start: Ints, end: Ints) -> Bools:
    """Return which sections start at their higher end; of a loop its second vertex decides."""
    one, other = rank[vertex[start]], rank[vertex[end]]
    loop = one == other
    one[loop], other[loop] = rank[vertex[start[loop] + 1]], rank[vertex[end[loop] - 1]]
    return one > other


def _lengths(points: Floats, owner: Ints, count: int) -> Floats:
    """Return the geodesic length of each of `count` runs of points."""
    inner = owner[1:] == owner[:-1]
    step = distances(points[:-1][inner], points[1:][inner])
    return np.asarray(np.bincount(owner[1:][inner], weights=step, minlength=count), np.float64)


def _sequence(mesh: Mesh) -> tuple[Ints, Ints]:
    """Return the vertices of all lines in order, cuts inserted, and the line of each."""
    count = len(mesh.a)
    last = np.flatnonzero(np.append(mesh.line[1:] != mesh.line[:-1], [True] * (count > 0)))
    segment = np.concatenate([np.arange(count), mesh.cut_segment, last])
    at = np.concatenate([np.full(count, -1.0), mesh.cut_at, np.full(len(last), 2.0)])
    vertex = np.concatenate([mesh.a, mesh.cut_vertex, mesh.b[last]])
    order = np.lexsort((vertex, at, segment))
    vertex, line = vertex[order], mesh.line[segment[order]]
    fresh = np.ones(len(vertex), bool)
    fresh[1:] = (vertex[1:] != vertex[:-1]) | (line[1:] != line[:-1])
    return vertex[fresh], line[fresh]


def _order(found: Sections, rank: Ints) -> Ints:
    """Return the sections by their ends, then by length; what still ties by a place on the way."""
    keys = (found.length_m, rank[found.v], rank[found.u])
    order = np.lexsort(keys).astype(np.int64)
    same = np.logical_and.reduce([key[order[1:]] == key[order[:-1]] for key in keys])
    tied = np.append(same, False) | np.append(False, same)
    if not same.any():
        return order
    rows = order[tied]
    middle = shapely.get_coordinates(shapely.point_on_surface(found.geometry[rows]))
    order[tied] = rows[np.lexsort((middle[:, 1], middle[:, 0], *(key[rows] for key in keys)))]
    return order
