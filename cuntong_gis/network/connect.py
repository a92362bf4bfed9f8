"""Join what lies beside the roads to them: gaps between components, villages, access points, tappable fiber."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from cuntong_gis.crs import Floats
from cuntong_gis.network.mesh import SAME_PLACE_M, Bools, Ints, Mesh, components, feet

CHUNK = 50_000
"""Points asked of a search tree at once: bounds the memory of the answer."""


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


def bridge_gaps(mesh: Mesh, max_gap_m: float) -> tuple[Mesh, int]:
    """Bridge each pair of components at their nearest approach, where it is near enough.

    Parameters
    ----------
    mesh : Mesh
        Lines.
    max_gap_m : float
        Greatest gap bridged, in metres.

    Returns
    -------
    Mesh
        With one link of kind ``gap`` for each bridged pair.
    int
        How many gaps were bridged.
    """
    label, length = components(mesh)
    if len(length) < 2 or max_gap_m <= 0:
        return mesh, 0
    main = int(length.argmax())
    of_segment = label[mesh.a]
    minor = np.flatnonzero(of_segment != main).astype(np.int64)
    if not len(minor):
        return mesh, 0
    small = np.unique(np.concatenate([mesh.a[minor], mesh.b[minor]]))
    on_road = np.zeros(len(mesh.xy), bool)
    on_road[mesh.a] = on_road[mesh.b] = True
    large = np.flatnonzero(on_road & (label == main)).astype(np.int64)
    every = np.arange(len(mesh.a), dtype=np.int64)
    near = [_near(mesh, small, every, label, max_gap_m), _near(mesh, large, minor, label, max_gap_m)]
    point, segment, distance = (np.concatenate(part) for part in zip(*near, strict=True))
    one, other = label[point], of_segment[segment]
    low, high = np.minimum(one, other), np.maximum(one, other)
    order = np.lexsort((segment, point, distance, high, low))
    pair = low[order] * len(length) + high[order]
    best = order[np.unique(pair, return_index=True)[1]]
    foot, _, _ = feet(mesh, segment[best], mesh.xy[point[best]])
    mesh, vertex = mesh.joined_at(segment[best], foot)
    return mesh.with_links(point[best], vertex, "gap"), len(best)


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


def joinable(mesh: Mesh, min_island_m: float) -> Ints:
    """Return the segments that villages and access points may join.

    Parameters
    ----------
    mesh : Mesh
        Lines with gaps bridged.
    min_island_m : float
        Components with less road than this are islands. The longest component is never one.

    Returns
    -------
    ndarray of int64
        Segment numbers.
    """
    label, length = components(mesh)
    enough = length >= min(min_island_m, length.max(initial=0.0))
    return np.flatnonzero(enough[label[mesh.a]]).astype(np.int64)


def join_points(mesh: Mesh, lonlat: Floats, chosen: Ints, max_link_m: float) -> tuple[Mesh, Joined]:
    """Join points to the nearest place on the chosen segments by straight links.

    Parameters
    ----------
    mesh : Mesh
        Lines.
    lonlat : ndarray of float64, shape (k, 2)
        Points in degrees.
    chosen : ndarray of int64
        Segments that may be joined.
    max_link_m : float
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
    mesh = mesh.with_links(own[near][~on_road], at[~on_road], "link")
    return mesh, Joined(vertex, joined, distance)


def _middle(mesh: Mesh, segment: Ints) -> Floats:
    return (mesh.xy[mesh.a[segment]] + mesh.xy[mesh.b[segment]]) / 2


def fiber_crossings(mesh: Mesh, fiber: NDArray[np.object_]) -> tuple[Mesh, Ints]:
    """Put a vertex on every road where tappable fiber crosses it.

    Parameters
    ----------
    mesh : Mesh
        Roads.
    fiber : ndarray of shapely LineString, in metres
        Tappable fiber.

    Returns
    -------
    Mesh
        With the crossing points inserted.
    ndarray of int64
        Their vertices.
    """
    if not len(fiber) or not len(mesh.a):
        return mesh, np.empty(0, np.int64)
    pieces = _pieces(fiber)
    which, segment = shapely.STRtree(mesh.segments()).query(pieces, predicate="crosses")
    meet = shapely.intersection(pieces[which], mesh.segments(segment))
    point = shapely.get_type_id(meet) == shapely.GeometryType.POINT
    mesh, vertex = mesh.joined_at(segment[point].astype(np.int64), shapely.get_coordinates(meet[point]))
    return mesh, np.unique(vertex)


def _pieces(lines: NDArray[np.object_]) -> NDArray[np.object_]:
    points, owner = shapely.get_coordinates(lines, return_index=True)
    inner = owner[1:] == owner[:-1]
    pairs = np.stack([points[:-1][inner], points[1:][inner]], axis=1)
    pieces: NDArray[np.object_] = shapely.linestrings(pairs)
    return pieces


def tap_fiber(mesh: Mesh, fiber: NDArray[np.object_], at: Ints, reach_m: float) -> tuple[Mesh, Ints, Bools]:
    """Link vertices to the nearest place on tappable fiber within reach.

    Parameters
    ----------
    mesh : Mesh
        Roads and links.
    fiber : ndarray of shapely LineString, in metres
        Tappable fiber.
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
    pieces = _pieces(fiber)
    points = shapely.points(mesh.xy[at])
    (who, which), distance = shapely.STRtree(pieces).query_nearest(points, return_distance=True, all_matches=False)
    near = distance <= reach_m
    who, which, distance = who[near], which[near], distance[near]
    tapped[who] = True
    touching: Bools = distance <= SAME_PLACE_M
    along = shapely.line_locate_point(pieces[which], points[who])
    foot = shapely.get_coordinates(shapely.line_interpolate_point(pieces[which], along))
    mesh, taps = mesh.with_vertices(foot[~touching])
    mesh = mesh.with_links(at[who[~touching]], taps, "link")
    return mesh, np.unique(np.concatenate([at[who[touching]], taps])), tapped
