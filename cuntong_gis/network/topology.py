"""Where roads meet: crossings without a shared vertex, and ends that nearly touch another road."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from cuntong_gis.crs import Floats
from cuntong_gis.network.mesh import SAME_PLACE_M, Bools, Ints, Mesh, dead_ends, feet

CHUNK = 50_000
"""Segments asked of the search tree at once: bounds the memory of the answer."""


@dataclass(frozen=True)
class Crossings:
    """Places where two segments meet without sharing a vertex.

    Attributes
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
    left, right = _apart_but_touching(mesh)
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


def _apart_but_touching(mesh: Mesh) -> tuple[Ints, Ints]:
    """Return the pairs of segments that touch without sharing a vertex, first < second."""
    lines = mesh.segments()
    tree = shapely.STRtree(lines)
    found = [np.empty((2, 0), np.int64)]
    for start in range(0, len(lines), CHUNK):
        some = slice(start, start + CHUNK)
        one, other = mesh.xy[mesh.a[some]], mesh.xy[mesh.b[some]]
        low, high = np.minimum(one, other) - SAME_PLACE_M, np.maximum(one, other) + SAME_PLACE_M
        left, right = tree.query(shapely.box(*low.T, *high.T))
        left += start
        apart = left < right
        left, right = left[apart], right[apart]
        apart = np.ones(len(left), bool)
        for mine in (mesh.a, mesh.b):
            for theirs in (mesh.a, mesh.b):
                apart &= mine[left] != theirs[right]
        left, right = left[apart], right[apart]
        touch = shapely.dwithin(lines[left], lines[right], SAME_PLACE_M)
        found.append(np.stack([left[touch], right[touch]]))
    pairs = np.concatenate(found, axis=1)
    return pairs[0], pairs[1]


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
    _, distance, at = feet(mesh, segment, mesh.xy[end])
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
    mesh, _ = mesh.with_merged(end[to_vertex], target[to_vertex])
    return mesh, len(best)


def line_of_end(mesh: Mesh, ends: Ints) -> Ints:
    """Return for each dead end the line that it ends.

    Parameters
    ----------
    mesh : Mesh
        Lines.
    ends : Ints
        Dead ends.

    Returns
    -------
    Ints
        For each dead end the line that it ends.
    """
    owner = np.full(len(mesh.xy), -1, np.int64)
    owner[mesh.a] = mesh.line
    owner[mesh.b] = mesh.line
    return owner[ends]
