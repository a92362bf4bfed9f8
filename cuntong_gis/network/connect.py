"""Join what lies beside the roads to them: gaps between components, villages, access points, tappable fiber."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import KDTree

from cuntong_gis.crs import Floats
from cuntong_gis.model import EdgeKind
from cuntong_gis.network.mesh import SAME_PLACE_M, Bools, Ints, Mesh, components, dead_ends, feet, marked
from cuntong_gis.network.proximity import NEIGHBOURS
from cuntong_gis.network.topology import line_of_end

CHUNK = 5_000
"""Points asked of a search tree at once: bounds the memory of the answer, a thousand segments a point in a town."""


@dataclass(frozen=True)
class Joined:
    """Where points were joined to the mesh.

    Attributes
    ----------
    vertex : ndarray of int64, shape (k,)
        Vertex of the point: one of the road where it lies on it, else its own.
    joined : ndarray of bool, shape (k,)
        Whether the point is on the road or linked to it.
    distance_m : ndarray of float64, shape (k,)
        Planar distance to the nearest place that may be joined; inf where there is none.
    """

    vertex: Ints
    joined: Bools
    distance_m: Floats


def bridge_gaps(mesh: Mesh, max_gap_m: float, closed: Bools) -> tuple[Mesh, int]:
    """Bridge breaks in the drawn roads: between components, and between road ends that face each other.

    Parameters
    ----------
    mesh : Mesh
        Lines.
    max_gap_m : float
        Greatest gap bridged, in metres.
    closed : ndarray of bool, one per line
        Lines that may be met at their ends only (bridges, tunnels).

    Returns
    -------
    Mesh
        With links of kind ``gap``: for each pair of components at their nearest approach, from each road end to the
        nearest road of another component, and between two ends of which each is the other's nearest.
    int
        How many gaps were bridged.
    """
    if max_gap_m <= 0 or not len(mesh.a):
        return mesh, 0
    before = len(mesh.link_a)
    facing = _facing_ends(mesh, max_gap_m)
    label, length = components(mesh)
    main = int(length.argmax())
    of_segment = label[mesh.a]
    free = ~closed[mesh.line]
    minor = np.flatnonzero((of_segment != main) & free).astype(np.int64)
    if (of_segment != main).any():
        ends = dead_ends(mesh)
        small = marked(len(mesh.xy), mesh.a[minor], mesh.b[minor], ends)
        on_road = np.zeros(len(mesh.xy), bool)
        on_road[mesh.a[free]] = on_road[mesh.b[free]] = True
        large = np.flatnonzero(on_road & (label == main)).astype(np.int64)
        near = [_near(mesh, small, np.flatnonzero(free).astype(np.int64), label, max_gap_m)]
        near.append(_near(mesh, large, minor, label, max_gap_m))
        point, segment, distance = (np.concatenate(part) for part in zip(*near, strict=True))
        best = np.union1d(
            _nearest_of_each(_pairs(label[point], of_segment[segment], len(length)), point, segment, distance),
            _nearest_of_each(np.where(np.isin(point, ends), point, -1), point, segment, distance),
        )
        foot, _, _ = feet(mesh, segment[best], mesh.xy[point[best]])
        mesh, vertex = mesh.joined_at(segment[best], foot)
        mesh = mesh.with_links(point[best], vertex, EdgeKind.GAP)
    mesh = mesh.with_links(*facing, EdgeKind.GAP)
    mesh, _ = mesh.with_same_places_merged()
    return mesh, len(mesh.link_a) - before


def _facing_ends(mesh: Mesh, reach_m: float) -> tuple[Ints, Ints]:
    """Return pairs of road ends of different lines, each the other's nearest, within reach."""
    ends = dead_ends(mesh)
    if len(ends) < 2:
        return ends[:0], ends[:0]
    owner = line_of_end(mesh, ends)
    distance, near = KDTree(mesh.xy[ends]).query(mesh.xy[ends], k=2)
    partner = near[:, 1]
    mutual = (partner[partner] == np.arange(len(ends))) & (distance[:, 1] <= reach_m) & (owner != owner[partner])
    one = np.flatnonzero(mutual & (np.arange(len(ends)) < partner))
    return ends[one], ends[partner[one]]


def _pairs(one: Ints, other: Ints, count: int) -> Ints:
    return np.minimum(one, other) * count + np.maximum(one, other)


def _nearest_of_each(group: Ints, point: Ints, segment: Ints, distance: Floats) -> Ints:
    """Return for each group the row of least distance; group -1 is none."""
    order = np.lexsort((segment, point, distance, group))
    order = order[group[order] >= 0]
    return order[np.unique(group[order], return_index=True)[1]]


def _near(mesh: Mesh, points: Ints, chosen: Ints, label: Ints, reach_m: float) -> tuple[Ints, Ints, Floats]:
    """Return (vertex, segment, distance) for vertices near segments of another component."""
    tree = shapely.STRtree(mesh.segments(chosen))
    found: list[tuple[Ints, Ints, Floats]] = []
    for start in range(0, len(points), CHUNK):
        some = points[start : start + CHUNK]
        who, which = tree.query(shapely.points(mesh.xy[some]), predicate="dwithin", distance=reach_m)
        point, segment = some[who], chosen[which]
        foreign = label[point] != label[mesh.a[segment]]
        point, segment = point[foreign], segment[foreign]
        found.append((point, segment, feet(mesh, segment, mesh.xy[point])[1]))
    point, segment, distance = (np.concatenate(part) for part in zip(*found, strict=True))
    return point, segment, distance


def joinable(mesh: Mesh, min_island_m: float, closed: Bools) -> Ints:
    """Return the segments that villages and access points may join.

    Parameters
    ----------
    mesh : Mesh
        Lines with gaps bridged.
    min_island_m : float
        Components with less road than this are islands. The longest component is never one.
    closed : ndarray of bool, one per line
        Lines that may be met at their ends only (bridges, tunnels).

    Returns
    -------
    ndarray of int64
        Segment numbers; those of bridges and tunnels only where there is nothing else.
    """
    label, length = components(mesh)
    enough = length >= min(min_island_m, length.max(initial=0.0))
    wanted = enough[label[mesh.a]]
    free = wanted & ~closed[mesh.line]
    return np.flatnonzero(free if free.any() else wanted).astype(np.int64)


def join_points(mesh: Mesh, lonlat: Floats, chosen: Ints, max_link_m: float | Floats) -> tuple[Mesh, Joined]:
    """Join points to the nearest place on the chosen segments by straight links.

    Parameters
    ----------
    mesh : Mesh
        Lines.
    lonlat : ndarray of float64, shape (k, 2)
        Points in degrees.
    chosen : ndarray of int64
        Segments that may be joined.
    max_link_m : float or ndarray of float64, shape (k,)
        Longest link built, in metres.

    Returns
    -------
    Mesh
        With the links; a point on a road becomes a vertex of it.
    Joined
        Vertex and distance of every point.
    """
    mesh, own = mesh.with_places(lonlat)
    if not len(chosen) or not len(lonlat):
        return mesh, Joined(own, np.zeros(len(own), bool), np.full(len(own), np.inf))
    tree = shapely.STRtree(mesh.segments(chosen))
    points = shapely.points(mesh.xy[own])
    (who, which), _ = tree.query_nearest(points, return_distance=True, all_matches=True)
    order = np.lexsort((*np.round(_middle(mesh, chosen[which]), 3).T, who))
    segment = np.empty(len(own), np.int64)
    segment[who[order][::-1]] = chosen[which[order]][::-1]
    foot, distance, _ = feet(mesh, segment, mesh.xy[own])
    joined = distance <= max_link_m
    near = np.flatnonzero(joined)
    mesh, at = mesh.joined_at(segment[near], foot[near])
    on_road = distance[near] <= SAME_PLACE_M
    vertex = own.copy()
    vertex[near] = np.where(on_road, at, own[near])
    mesh = mesh.with_links(own[near][~on_road], at[~on_road], EdgeKind.LINK)
    return mesh, Joined(vertex, joined, distance)


def _middle(mesh: Mesh, segment: Ints) -> Floats:
    return (mesh.xy[mesh.a[segment]] + mesh.xy[mesh.b[segment]]) / 2


def link_neighbours(mesh: Mesh, vertex: Ints, road_m: Floats, max_link_m: float) -> Mesh:
    """Link points beside the roads to one another where that is shorter than the way over the road.

    Parameters
    ----------
    mesh : Mesh
        Lines and links.
    vertex : ndarray of int64, shape (k,)
        Villages and access points.
    road_m : ndarray of float64, shape (k,)
        Distance of each to the road it is linked to; inf where there is none.
    max_link_m : float
        Longest link built, in metres.

    Returns
    -------
    Mesh
        With links among up to eight nearest neighbours.
    """
    off = np.flatnonzero(road_m > SAME_PLACE_M)
    if len(off) < 2:
        return mesh
    k = min(NEIGHBOURS + 1, len(off))
    distance, near = KDTree(mesh.xy[vertex[off]]).query(mesh.xy[vertex[off]], k=k)
    one, other = off[np.repeat(np.arange(len(off)), k)], off[near.ravel()]
    length = distance.ravel()
    better = (one < other) & (length <= max_link_m) & (length < road_m[one] + road_m[other])
    return mesh.with_links(vertex[one[better]], vertex[other[better]], EdgeKind.LINK)


def meet_fiber(mesh: Mesh, fiber: NDArray[np.object_], closed: Bools, reach_m: float) -> tuple[Mesh, Ints, Ints]:
    """Put vertices on the roads where tappable fiber crosses or touches them, ends or bends beside them.

    Parameters
    ----------
    mesh : Mesh
        Roads.
    fiber : ndarray of shapely LineString, in metres
        Tappable fiber in straight pieces, as of `straight_pieces`.
    closed : ndarray of bool, one per line
        Lines that are not met in between (bridges, tunnels).
    reach_m : float
        Greatest distance of a bend or end of the fiber from the road.

    Returns
    -------
    mesh : Mesh
        With the places inserted.
    on_fiber : ndarray of int64
        Vertices that lie on the fiber.
    beside : ndarray of int64
        Vertices that may be linked to it.
    """
    free = np.flatnonzero(~closed[mesh.line]).astype(np.int64)
    none = np.empty(0, np.int64)
    if not len(fiber) or not len(free):
        return mesh, none, none
    lines = mesh.segments(free)
    tree = shapely.STRtree(lines)
    which, at = tree.query(fiber, predicate="dwithin", distance=SAME_PLACE_M)
    met = shapely.get_coordinates(shapely.shortest_line(lines[at], fiber[which]))[::2]
    bends = shapely.points(np.unique(shapely.get_coordinates(fiber), axis=0))
    who, close = tree.query_nearest(bends, max_distance=max(reach_m, SAME_PLACE_M), all_matches=False)
    foot, _, _ = feet(mesh, free[close], shapely.get_coordinates(bends[who]))
    mesh, on_fiber = mesh.joined_at(free[at], met)
    mesh, beside = mesh.joined_at(free[close], foot)
    return mesh, np.unique(on_fiber), np.unique(beside)


def tap_fiber(mesh: Mesh, fiber: NDArray[np.object_], at: Ints, reach_m: float) -> tuple[Mesh, Ints, Bools]:
    """Link vertices to the nearest place on tappable fiber within reach.

    Parameters
    ----------
    mesh : Mesh
        Roads and links.
    fiber : ndarray of shapely LineString, in metres
        Tappable fiber in straight pieces, as of `straight_pieces`.
    at : ndarray of int64, shape (k,)
        Vertices that may be linked.
    reach_m : float
        Greatest distance.

    Returns
    -------
    Mesh
        With the links.
    taps : ndarray of int64
        Vertices on the fiber: sources. A vertex that lies on the fiber is one itself.
    tapped : ndarray of bool, shape (k,)
        Which of `at` lie on the fiber or are linked to it.
    """
    tapped = np.zeros(len(at), bool)
    if not len(fiber) or not len(at):
        return mesh, np.empty(0, np.int64), tapped
    points = shapely.points(mesh.xy[at])
    (who, which), distance = shapely.STRtree(fiber).query_nearest(
        points, max_distance=max(reach_m, SAME_PLACE_M), return_distance=True, all_matches=False
    )
    near = distance <= reach_m
    who, which, distance = who[near], which[near], distance[near]
    tapped[who] = True
    touching: Bools = distance <= SAME_PLACE_M
    along = shapely.line_locate_point(fiber[which], points[who])
    foot = shapely.get_coordinates(shapely.line_interpolate_point(fiber[which], along))
    mesh, taps = mesh.with_vertices(foot[~touching])
    mesh = mesh.with_links(at[who[~touching]], taps, EdgeKind.LINK)
    return mesh, np.unique(np.concatenate([at[who[touching]], taps])), tapped
