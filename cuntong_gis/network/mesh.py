"""Lines as shared vertices and straight segments: what the network is built on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree

from cuntong_gis.crs import Floats, project, unproject

if TYPE_CHECKING:
    import pyproj

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

COORDINATE_SCALE = 1e7
"""Vertices equal to 1e-7 degree (about 1 cm, the resolution of OSM) are one."""
SAME_PLACE_M = 0.01
"""Points nearer than this are one place: a connection between them would have no length."""


@dataclass(frozen=True)
class Mesh:
    """Lines as shared vertices and straight segments, with points still to be inserted.

    Attributes
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
        """Return segments as planar two-point lines.

        Parameters
        ----------
        chosen : Ints | slice
            Segments wanted; all by default.

        Returns
        -------
        NDArray[np.object_]
            Segments as planar two-point lines.
        """
        pairs = np.stack([self.xy[self.a[chosen]], self.xy[self.b[chosen]]], axis=1)
        lines: NDArray[np.object_] = shapely.linestrings(pairs)
        return lines

    def lengths(self) -> Floats:
        """Return the planar lengths of the segments in metres.

        Returns
        -------
        Floats
            Planar lengths of the segments in metres.
        """
        delta = self.xy[self.b] - self.xy[self.a]
        return np.asarray(np.hypot(delta[:, 0], delta[:, 1]), np.float64)

    def with_vertices(self, xy: Floats) -> tuple[Mesh, Ints]:
        """Return a mesh with more vertices, and their numbers.

        Parameters
        ----------
        xy : Floats
            Places in metres.

        Returns
        -------
        tuple[Mesh, Ints]
            Mesh with more vertices, and their numbers.
        """
        numbers = np.arange(len(self.xy), len(self.xy) + len(xy), dtype=np.int64)
        lonlat = unproject(xy, self.crs)
        mesh = replace(self, lonlat=np.vstack([self.lonlat, lonlat]), xy=np.vstack([self.xy, xy]))
        return mesh, numbers

    def with_places(self, lonlat: Floats) -> tuple[Mesh, Ints]:
        """Return a mesh with more vertices given in degrees, kept to the last digit, and their numbers.

        Parameters
        ----------
        lonlat : Floats
            Places in degrees.

        Returns
        -------
        tuple[Mesh, Ints]
            Mesh with more vertices given in degrees, kept to the last digit, and their numbers.
        """
        numbers = np.arange(len(self.xy), len(self.xy) + len(lonlat), dtype=np.int64)
        mesh = replace(
            self, lonlat=np.vstack([self.lonlat, lonlat]), xy=np.vstack([self.xy, project(lonlat, self.crs)])
        )
        return mesh, numbers

    def with_cuts(self, segment: Ints, at: Floats, vertex: Ints) -> Mesh:
        """Return a mesh in which `vertex` will be inserted into `segment`.

        Parameters
        ----------
        segment : Ints
            Segments.
        at : Floats
            Place on each segment, as a share of it.
        vertex : Ints
            Vertices.

        Returns
        -------
        Mesh
            Mesh in which `vertex` will be inserted into `segment`.
        """
        return replace(
            self,
            cut_segment=np.concatenate([self.cut_segment, segment]),
            cut_at=np.concatenate([self.cut_at, at]),
            cut_vertex=np.concatenate([self.cut_vertex, vertex]),
        )

    def with_links(self, a: Ints, b: Ints, kind: str) -> Mesh:
        """Return a mesh with straight connections between vertices.

        Parameters
        ----------
        a : Ints
            First vertices.
        b : Ints
            Second vertices.
        kind : str
            ``gap``, ``link`` or ``proximity``.

        Returns
        -------
        Mesh
            Mesh with straight connections between vertices.
        """
        return replace(
            self,
            link_a=np.concatenate([self.link_a, a]),
            link_b=np.concatenate([self.link_b, b]),
            link_kind=np.concatenate([self.link_kind, np.full(len(a), kind)]),
        )

    def without_links(self) -> Mesh:
        """Return the mesh without its links.

        Returns
        -------
        Mesh
            Mesh without its links.
        """
        none = np.empty(0, np.int64)
        return replace(self, link_a=none, link_b=none, link_kind=np.empty(0, "<U4"))

    def with_merged(self, one: Ints, other: Ints) -> tuple[Mesh, Ints]:
        """Return the mesh with pairs of vertices made one, and the vertex that stands for each.

        Parameters
        ----------
        one, other : ndarray of int64, shape (k,)
            Pairs; the lowest number of a group stands for all.

        Returns
        -------
        mesh : Mesh
            Segments and links without length are gone; a cut of such a segment is its end. Each link stands once.
        alias : ndarray of int64, one per vertex
            The vertex that stands for it.
        """
        count = len(self.xy)
        while True:
            group = connected_labels(count, one, other)
            gone = group[self.a] == group[self.b]
            lost = gone[self.cut_segment] & (group[self.cut_vertex] != group[self.a[self.cut_segment]])
            if not lost.any():
                break
            one = np.concatenate([one, self.cut_vertex[lost]])
            other = np.concatenate([other, self.a[self.cut_segment[lost]]])
        lowest = np.full(group.max(initial=-1) + 1, count, np.int64)
        np.minimum.at(lowest, group, np.arange(count))
        alias = lowest[group]
        keep = ~gone
        number = np.cumsum(keep) - 1
        kept = keep[self.cut_segment]
        links = np.sort(np.column_stack([alias[self.link_a], alias[self.link_b]]), axis=1).reshape(-1, 2)
        _, first = np.unique(links, axis=0, return_index=True)
        first = np.sort(first[links[first, 0] != links[first, 1]])
        mesh = replace(
            self,
            a=alias[self.a[keep]],
            b=alias[self.b[keep]],
            line=self.line[keep],
            cut_segment=number[self.cut_segment[kept]],
            cut_at=self.cut_at[kept],
            cut_vertex=alias[self.cut_vertex[kept]],
            link_a=links[first, 0],
            link_b=links[first, 1],
            link_kind=self.link_kind[first],
        )
        return mesh, alias

    def with_same_places_merged(self) -> tuple[Mesh, Ints]:
        """Return the mesh in which vertices that were added at one place are one.

        Returns
        -------
        mesh : Mesh
            No connection is shorter than `SAME_PLACE_M`.
        alias : ndarray of int64, one per vertex
            The vertex that stands for it.
        """
        cut = self.cut_segment
        near = marked(len(self.xy), self.cut_vertex, self.link_a, self.link_b, self.a[cut], self.b[cut])
        pairs = np.empty((0, 2), np.int64)
        if len(near) > 1:
            pairs = near[KDTree(self.xy[near]).query_pairs(SAME_PLACE_M, output_type="ndarray").astype(np.int64)]
        return self.with_merged(pairs[:, 0], pairs[:, 1])

    def joined_at(self, segment: Ints, foot: Floats) -> tuple[Mesh, Ints]:
        """Return a mesh in which `foot` (metres, on the segment) is a vertex, an old one where it can be.

        Parameters
        ----------
        segment : Ints
            Segments.
        foot : Floats
            Places on the segments, in metres.

        Returns
        -------
        tuple[Mesh, Ints]
            Mesh in which `foot` (metres, on the segment) is a vertex, an old one where it can be.
        """
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
    return marked(len(mesh.xy), met, mesh.cut_vertex, mesh.link_a, mesh.link_b)


def marked(count: int, *vertices: Ints) -> Ints:
    """Return the vertices that are named at least once.

    Parameters
    ----------
    count : int
        Number of vertices.
    *vertices : ndarray of int64
        Vertex numbers, repeats allowed.

    Returns
    -------
    ndarray of int64
        Ascending, each once.
    """
    mark = np.zeros(count, bool)
    for some in vertices:
        mark[some] = True
    return np.flatnonzero(mark).astype(np.int64)


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
    return np.asarray(connected_components(graph, directed=False)[1], np.int64)


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
    return label, np.asarray(length, np.float64)
