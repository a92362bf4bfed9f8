"""From the mesh to edges: cuts inserted, lines parted at nodes, lengths measured."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from cuntong_gis.crs import Floats, step_lengths
from cuntong_gis.network.mesh import Ints, Mesh


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
        Degrees, from u to v.
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
    count = end - start + 1
    take = np.repeat(start - np.concatenate([[0], np.cumsum(count)[:-1]]).astype(np.int64), count) + np.arange(
        count.sum()
    )
    owner = np.repeat(np.arange(len(start)), count)
    step = np.where(inner, step_lengths(mesh.lonlat[vertex]), 0.0)
    length = (
        np.add.reduceat(np.append(step, 0.0), np.column_stack([start, end]).ravel())[::2] if len(start) else np.empty(0)
    )
    roads = shapely.linestrings(mesh.lonlat[vertex[take]], indices=owner) if len(start) else np.empty(0, object)
    pairs = np.stack([mesh.lonlat[mesh.link_a], mesh.lonlat[mesh.link_b]], axis=1)
    links = shapely.linestrings(pairs) if len(pairs) else np.empty(0, object)
    straight = step_lengths(pairs.reshape(-1, 2))[::2] if len(pairs) else np.empty(0)
    return _canonical(
        Sections(
            np.concatenate([vertex[start], mesh.link_a]),
            np.concatenate([vertex[end], mesh.link_b]),
            np.concatenate([line[start], np.full(len(pairs), -1)]),
            np.concatenate([np.full(len(start), "road"), mesh.link_kind]),
            np.concatenate([length, straight]),
            np.concatenate([roads, links]),
        ),
        mesh,
    )


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


def _canonical(found: Sections, mesh: Mesh) -> Sections:
    """Order sections by coordinates and turn each to start at its lower end, whatever the input order was."""
    rank = np.empty(len(mesh.xy), np.int64)
    rank[np.lexsort((mesh.lonlat[:, 1], mesh.lonlat[:, 0]))] = np.arange(len(mesh.xy))
    turned = rank[found.u] > rank[found.v]
    u = np.where(turned, found.v, found.u)
    v = np.where(turned, found.u, found.v)
    geometry = found.geometry.copy()
    geometry[turned] = shapely.reverse(geometry[turned])
    middle = shapely.get_coordinates(shapely.point_on_surface(geometry)) if len(geometry) else np.empty((0, 2))
    order = np.lexsort((middle[:, 1], middle[:, 0], found.length_m, rank[v], rank[u]))
    return Sections(u[order], v[order], found.line[order], found.kind[order], found.length_m[order], geometry[order])
