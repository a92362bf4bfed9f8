"""Roads as vertices and segments: junctions at shared vertices, crossings, snapped ends, components."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from cuntong_gis.crs import Floats, project, step_lengths, unproject

if TYPE_CHECKING:
    import geopandas as gpd
    import pyproj

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

COORDINATE_SCALE = 1e7
"""Vertices equal to 1e-7 degree (about 1 cm, the resolution of OSM) are one."""
SAME_PLACE_M = 0.01
"""Points nearer than this are one place: a connection between them would have no length."""
CHUNK = 50_000
"""Points asked of a search tree at once: bounds the memory of the answer."""


@dataclass(frozen=True)
class Mesh:
    """Lines as shared vertices and straight segments, with points still to be inserted.

    Parameters
    ----------
    lonlat, xy : ndarray of float64, shape (n, 2)
        Vertices in degrees and in metres of `crs`.
    a, b, line : ndarray of int64, shape (m,)
        Segments: first vertex, last vertex, number of the line; in the order of the lines.
    cut_segment, cut_at, cut_vertex : ndarray, shape (c,)
        Vertices to be inserted into segments, with their place as a share of the segment (0 … 1).
    link_a, link_b : ndarray of int64, shape (e,)
        Straight connections beside the lines (gaps, links), by vertices.
    link_kind : ndarray of str, shape (e,)
        ``gap`` or ``link``.
    crs : pyproj.CRS
        The planar system.
    """

    lonlat: Floats
    xy: Floats
    a: Ints
    b: Ints
    line: Ints
    cut_segment: Ints
    cut_at: Floats
    cut_vertex: Ints
    link_a: Ints
    link_b: Ints
    link_kind: NDArray[np.str_]
    crs: pyproj.CRS

    def segments(self, chosen: Ints | slice = slice(None)) -> NDArray[np.object_]:
        """Return segments as planar two-point lines."""
        pairs = np.stack([self.xy[self.a[chosen]], self.xy[self.b[chosen]]], axis=1)
        lines: NDArray[np.object_] = shapely.linestrings(pairs)
        return lines

    def lengths(self) -> Floats:
        """Return the planar lengths of the segments in metres."""
        delta = self.xy[self.b] - self.xy[self.a]
        return np.asarray(np.hypot(delta[:, 0], delta[:, 1]), np.float64)

    def with_vertices(self, xy: Floats) -> tuple[Mesh, Ints]:
        """Return a mesh with more vertices, and their numbers."""
        numbers = np.arange(len(self.xy), len(self.xy) + len(xy), dtype=np.int64)
        lonlat = unproject(xy, self.crs)
        mesh = replace(self, lonlat=np.vstack([self.lonlat, lonlat]), xy=np.vstack([self.xy, xy]))
        return mesh, numbers

    def with_places(self, lonlat: Floats) -> tuple[Mesh, Ints]:
        """Return a mesh with more vertices given in degrees, kept to the last digit, and their numbers."""
        numbers = np.arange(len(self.xy), len(self.xy) + len(lonlat), dtype=np.int64)
        mesh = replace(
            self, lonlat=np.vstack([self.lonlat, lonlat]), xy=np.vstack([self.xy, project(lonlat, self.crs)])
        )
        return mesh, numbers

    def with_cuts(self, segment: Ints, at: Floats, vertex: Ints) -> Mesh:
        """Return a mesh in which `vertex` will be inserted into `segment`."""
        return replace(
            self,
            cut_segment=np.concatenate([self.cut_segment, segment]),
            cut_at=np.concatenate([self.cut_at, at]),
            cut_vertex=np.concatenate([self.cut_vertex, vertex]),
        )

    def with_links(self, a: Ints, b: Ints, kind: str) -> Mesh:
        """Return a mesh with straight connections between vertices."""
        return replace(
            self,
            link_a=np.concatenate([self.link_a, a]),
            link_b=np.concatenate([self.link_b, b]),
            link_kind=np.concatenate([self.link_kind, np.full(len(a), kind)]),
        )

    def without_links(self) -> Mesh:
        """Return the mesh without its links."""
        none = np.empty(0, np.int64)
        return replace(self, link_a=none, link_b=none, link_kind=np.empty(0, "<U4"))

    def joined_at(self, segment: Ints, foot: Floats) -> tuple[Mesh, Ints]:
        """Return a mesh in which `foot` (metres, on the segment) is a vertex, an old one where it can be."""
        vertex = np.where(
            np.hypot(*(foot - self.xy[self.a[segment]]).T) <= SAME_PLACE_M,
            self.a[segment],
            np.where(np.hypot(*(foot - self.xy[self.b[segment]]).T) <= SAME_PLACE_M, self.b[segment], -1),
        ).astype(np.int64)
        new = vertex < 0
        mesh, numbers = self.with_vertices(foot[new])
        vertex[new] = numbers
        delta = self.xy[self.b[segment]] - self.xy[self.a[segment]]
        along = ((foot - self.xy[self.a[segment]]) * delta).sum(1) / np.maximum((delta**2).sum(1), 1e-12)
        return mesh.with_cuts(segment[new], np.clip(along[new], 0.0, 1.0), numbers), vertex


def mesh_of(lines: NDArray[np.object_], crs: pyproj.CRS) -> Mesh:
    """Return the mesh of lines; vertices with equal coordinates are one.

    Parameters
    ----------
    lines : ndarray of shapely LineString
        Geographic coordinates, two points or more each.
    crs : pyproj.CRS
        The planar system.

    Returns
    -------
    Mesh
        Vertices are numbered by their coordinates, so the order of the lines does not matter.
    """
    points, owner = shapely.get_coordinates(lines, return_index=True)
    whole = np.rint(points * COORDINATE_SCALE).astype(np.int64)
    key = (whole[:, 0] + 1_800_000_000) * 2_000_000_000 + whole[:, 1] + 900_000_000
    _, first, vertex = np.unique(key, return_index=True, return_inverse=True)
    lonlat = points[first].reshape(-1, 2)
    real = (owner[1:] == owner[:-1]) & (vertex[1:] != vertex[:-1])
    none, nowhere = np.empty(0, np.int64), np.empty(0)
    return Mesh(
        lonlat, project(lonlat, crs), vertex[:-1][real].astype(np.int64), vertex[1:][real].astype(np.int64),
        owner[:-1][real].astype(np.int64), none, nowhere, none, none, none, np.empty(0, "<U4"), crs,
    )  # fmt: skip


def dead_ends(mesh: Mesh) -> Ints:
    """Return the vertices that end exactly one segment.

    Parameters
    ----------
    mesh : Mesh
        Lines.

    Returns
    -------
    ndarray of int64
        Vertex numbers, ascending.
    """
    degree = np.bincount(np.concatenate([mesh.a, mesh.b]), minlength=len(mesh.xy))
    degree += np.bincount(mesh.cut_vertex, minlength=len(mesh.xy))
    return np.flatnonzero(degree == 1).astype(np.int64)


def junctions(mesh: Mesh) -> Ints:
    """Return the vertices where lines end, meet, or are joined by something.

    Parameters
    ----------
    mesh : Mesh
        Lines, cuts and links.

    Returns
    -------
    ndarray of int64
        Vertex numbers, ascending.
    """
    degree = np.bincount(np.concatenate([mesh.a, mesh.b]), minlength=len(mesh.xy))
    met = np.flatnonzero((degree > 0) & (degree != 2))
    return np.unique(np.concatenate([met, mesh.cut_vertex, mesh.link_a, mesh.link_b]))


@dataclass(frozen=True)
class Crossings:
    """Places where two segments meet without sharing a vertex.

    Parameters
    ----------
    first, second : ndarray of int64, shape (k,)
        Segments, first < second.
    place : ndarray of float64, shape (k, 2)
        Where they meet, in metres.
    vertex : ndarray of int64, shape (k,)
        The end of one that lies on the other; -1 where both are crossed in their interiors.
    """

    first: Ints
    second: Ints
    place: Floats
    vertex: Ints


def crossings(mesh: Mesh) -> Crossings:
    """Find where lines cross without a shared vertex; road ends that touch a line are left to `snap_ends`.

    Parameters
    ----------
    mesh : Mesh
        Lines.

    Returns
    -------
    Crossings
        Each pair of segments once. Overlaps along a stretch are no crossing.
    """
    lines = mesh.segments()
    left, right = shapely.STRtree(lines).query(lines, predicate="dwithin", distance=SAME_PLACE_M)
    apart = left < right
    for one in (mesh.a, mesh.b):
        for other in (mesh.a, mesh.b):
            apart &= one[left] != other[right]
    left, right = left[apart].astype(np.int64), right[apart].astype(np.int64)
    p, r = mesh.xy[mesh.a[left]], mesh.xy[mesh.b[left]] - mesh.xy[mesh.a[left]]
    q, s = mesh.xy[mesh.a[right]], mesh.xy[mesh.b[right]] - mesh.xy[mesh.a[right]]
    across = r[:, 0] * s[:, 1] - r[:, 1] * s[:, 0]
    steep = np.abs(across) > 1e-9 * np.hypot(*r.T) * np.hypot(*s.T)
    t = ((q - p)[:, 0] * s[:, 1] - (q - p)[:, 1] * s[:, 0]) / np.where(steep, across, 1.0)
    place = p + t[:, None] * r
    vertex = _touching_end(mesh, left, right)
    place = np.where((vertex >= 0)[:, None], mesh.xy[vertex], place)
    is_dead = np.zeros(len(mesh.xy), bool)
    is_dead[dead_ends(mesh)] = True
    wanted = np.where(vertex >= 0, ~is_dead[vertex], steep)
    order = np.lexsort((right, left))
    order = order[wanted[order]]
    return Crossings(left[order], right[order], place[order], vertex[order])


def _touching_end(mesh: Mesh, left: Ints, right: Ints) -> Ints:
    """Return the end of one segment that lies on the other; -1 where there is none."""
    vertex = np.full(len(left), -1, np.int64)
    for ends, other in ((mesh.b[right], left), (mesh.a[right], left), (mesh.b[left], right), (mesh.a[left], right)):
        vertex = np.where(feet(mesh, other, mesh.xy[ends])[1] <= SAME_PLACE_M, ends, vertex)
    return vertex


def join_crossings(mesh: Mesh, found: Crossings, chosen: Bools) -> Mesh:
    """Return a mesh in which pairs of crossing segments share a vertex.

    Parameters
    ----------
    mesh : Mesh
        Lines.
    found : Crossings
        As of `crossings`.
    chosen : ndarray of bool, shape (k,)
        Those to be joined.

    Returns
    -------
    Mesh
        With the crossing points to be inserted into both.
    """
    vertex = found.vertex[chosen].copy()
    new = vertex < 0
    mesh, vertex[new] = mesh.with_vertices(found.place[chosen][new])
    for segment in (found.first[chosen], found.second[chosen]):
        inside = (mesh.a[segment] != vertex) & (mesh.b[segment] != vertex)
        at = feet(mesh, segment[inside], mesh.xy[vertex[inside]])[2]
        mesh = mesh.with_cuts(segment[inside], at, vertex[inside])
    return mesh


def snap_ends(mesh: Mesh, tolerance_m: float, closed: Bools) -> tuple[Mesh, int]:
    """Join road ends to another road within the tolerance, moving the other road onto the end.

    Parameters
    ----------
    mesh : Mesh
        Lines.
    tolerance_m : float
        Greatest distance, in metres.
    closed : ndarray of bool, one per line
        Lines that may be met at their vertices only (bridges, tunnels).

    Returns
    -------
    Mesh
        With ends inserted into the segments they nearly touch, or joined to the vertex they nearly meet.
    int
        How many ends were joined.
    """
    ends = dead_ends(mesh)
    if not len(ends) or tolerance_m <= 0:
        return mesh, 0
    tree = shapely.STRtree(mesh.segments())
    who, segment = tree.query(shapely.points(mesh.xy[ends]), predicate="dwithin", distance=tolerance_m)
    end, segment = ends[who], segment.astype(np.int64)
    foreign = (mesh.a[segment] != end) & (mesh.b[segment] != end)
    end, segment = end[foreign], segment[foreign]
    foot, distance, at = feet(mesh, segment, mesh.xy[end])
    near_a = np.hypot(*(mesh.xy[end] - mesh.xy[mesh.a[segment]]).T) <= tolerance_m
    near_b = np.hypot(*(mesh.xy[end] - mesh.xy[mesh.b[segment]]).T) <= tolerance_m
    target = np.where(near_a, mesh.a[segment], np.where(near_b, mesh.b[segment], -1))
    own = line_of_end(mesh, end) == mesh.line[segment]
    is_end = np.isin(target, ends)
    wanted = np.where(own, is_end, (target >= 0) | ~closed[mesh.line[segment]])
    order = np.lexsort((segment, distance, end))
    order = order[wanted[order]]
    _, first = np.unique(end[order], return_index=True)
    best = order[first]
    to_vertex = best[target[best] >= 0]
    inside = best[target[best] < 0]
    mesh = mesh.with_cuts(segment[inside], at[inside], end[inside])
    alias = np.arange(len(mesh.xy))
    joined = connected_labels(len(mesh.xy), end[to_vertex], target[to_vertex])
    lowest = np.full(joined.max(initial=-1) + 1, len(mesh.xy), np.int64)
    np.minimum.at(lowest, joined, alias)
    alias = lowest[joined]
    a, b = alias[mesh.a], alias[mesh.b]
    keep = a != b
    renumber = np.cumsum(keep) - 1
    kept = keep[mesh.cut_segment]
    moved = replace(
        mesh, a=a[keep], b=b[keep], line=mesh.line[keep],
        cut_segment=renumber[mesh.cut_segment[kept]], cut_at=mesh.cut_at[kept], cut_vertex=alias[mesh.cut_vertex[kept]],
    )  # fmt: skip
    return moved, len(best)


def line_of_end(mesh: Mesh, ends: Ints) -> Ints:
    """Return for each dead end the line that it ends."""
    owner = np.full(len(mesh.xy), -1, np.int64)
    owner[mesh.a] = mesh.line
    owner[mesh.b] = mesh.line
    return owner[ends]


def feet(mesh: Mesh, segment: Ints, points: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the nearest point of a segment to each point.

    Parameters
    ----------
    mesh : Mesh
        Lines.
    segment : ndarray of int64, shape (k,)
        One segment a point.
    points : ndarray of float64, shape (k, 2)
        Metres.

    Returns
    -------
    foot : ndarray of float64, shape (k, 2)
        Metres.
    distance : ndarray of float64, shape (k,)
        Metres.
    at : ndarray of float64, shape (k,)
        Share of the segment, 0 … 1.
    """
    start = mesh.xy[mesh.a[segment]]
    delta = mesh.xy[mesh.b[segment]] - start
    at = ((points - start) * delta).sum(1) / np.maximum((delta**2).sum(1), 1e-12)
    at = np.clip(at, 0.0, 1.0)
    foot = start + at[:, None] * delta
    return foot, np.hypot(*(points - foot).T), at


def connected_labels(count: int, a: Ints, b: Ints) -> Ints:
    """Return the component of each of `count` vertices joined by pairs.

    Parameters
    ----------
    count : int
        Number of vertices.
    a, b : ndarray of int64
        Pairs.

    Returns
    -------
    ndarray of int64, shape (count,)
        Labels from 0.
    """
    graph = coo_matrix((np.ones(len(a), np.int8), (a, b)), shape=(count, count))
    return connected_components(graph, directed=False)[1].astype(np.int64)


def components(mesh: Mesh) -> tuple[Ints, Floats]:
    """Return the component of every vertex, counting cuts and links, and the road length of each component.

    Parameters
    ----------
    mesh : Mesh
        Lines.

    Returns
    -------
    label : ndarray of int64, one per vertex
        Component.
    length : ndarray of float64, one per component
        Road length in metres (planar).
    """
    a = np.concatenate([mesh.a, mesh.cut_vertex, mesh.link_a])
    b = np.concatenate([mesh.b, mesh.a[mesh.cut_segment], mesh.link_b])
    label = connected_labels(len(mesh.xy), a, b)
    length = np.bincount(label[mesh.a], weights=mesh.lengths(), minlength=label.max(initial=-1) + 1)
    return label, length


@dataclass(frozen=True)
class Sections:
    """Maximal stretches of line between nodes: the edges of the network before pricing.

    Parameters
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
    take = np.repeat(start - np.concatenate([[0], np.cumsum(count)[:-1]]).astype(np.int64), count) + np.arange(count.sum())
    owner = np.repeat(np.arange(len(start)), count)
    step = np.where(inner, step_lengths(mesh.lonlat[vertex]), 0.0)
    length = np.add.reduceat(np.append(step, 0.0), np.column_stack([start, end]).ravel())[::2] if len(start) else np.empty(0)
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
    return Sections(
        u[order], v[order], found.line[order], found.kind[order], found.length_m[order], geometry[order]
    )
