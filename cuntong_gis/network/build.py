"""The door of the room: typed layers in, priced network out."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from cuntong_gis import schema
from cuntong_gis.crs import GEOGRAPHIC, Floats, project, working_crs
from cuntong_gis.errors import NetworkError
from cuntong_gis.log import get
from cuntong_gis.model import EdgeKind, Finding, Layers, Network
from cuntong_gis.network import connect, notes, topology
from cuntong_gis.network.beside import straight_pieces
from cuntong_gis.network.canonical import canonical
from cuntong_gis.network.cost import price_edges
from cuntong_gis.network.mesh import COORDINATE_SCALE, Bools, Ints, Mesh, components, junctions, marked, mesh_of
from cuntong_gis.network.proximity import proximity_pairs
from cuntong_gis.network.reach import connected_nodes, with_reach
from cuntong_gis.network.sections import Sections, sections
from cuntong_gis.tables import apart
from cuntong_gis.words import Words

if TYPE_CHECKING:
    import networkx as nx
    import pyproj

    from cuntong_gis.settings import NetworkSettings, Settings

log = get(__name__)


@dataclass
class _Draft:
    """What is known while building: the mesh, where things were joined, what was found."""

    mesh: Mesh
    village_vertex: Ints
    village_joined: Bools
    village_road_m: Floats
    point_vertex: Ints
    taps: Ints
    findings: list[Finding] = field(default_factory=list)


def build_network(layers: Layers, settings: Settings) -> Network:
    """Build the priced graph on which routes are planned.

    Parameters
    ----------
    layers : Layers
        Typed layers in EPSG:4326, as of `read_layers`.
    settings : Settings
        Sections `network` and `cost`.

    Returns
    -------
    Network
        Roads cut at junctions, gaps bridged, villages and existing fiber joined, every edge priced in fen. Without
        a roads layer a proximity graph, marked unsurveyed. Nothing in it depends on the order of rows and vertices
        or on the direction of lines.

    Raises
    ------
    NetworkError
        If there is no village, or no existing fiber to start from.
    """
    _require(layers)
    given, layers = layers, canonical(layers)
    crs = working_crs(_bounds(layers))
    fiber, assumed = _tappable(layers)
    lines = np.asarray(fiber.geometry.values, object)
    planar = shapely.transform(lines, lambda p: project(p, crs)) if len(lines) else np.empty(0, object)
    surveyed = layers.roads is not None and len(layers.roads) > 0
    make = _on_roads if surveyed else _in_proximity
    draft = make(layers, straight_pieces(planar), crs, settings)
    if assumed:
        draft.findings.append(notes.fiber_assumed_tappable())
    log.info("network: joining done, cutting %d segments into edges", len(draft.mesh.a))
    network = _assemble(layers, draft, crs, surveyed, settings)
    kept = dataclasses.replace(given, unplaced=layers.unplaced)  # tables that are only passed on stay as they came
    return with_reach(dataclasses.replace(network, layers=kept), settings)


def to_networkx(network: Network) -> nx.MultiGraph:
    """Return the network as a networkx multigraph.

    Parameters
    ----------
    network : Network
        As of `build_network`.

    Returns
    -------
    networkx.MultiGraph
        Nodes are numbers with `x`, `y`, `kind`; edges have the row number as key and `kind`, `length_m`,
        `cost_fen`, `weight` (= cost_fen).
    """
    import networkx

    graph = networkx.MultiGraph()
    points = shapely.get_coordinates(network.nodes.geometry.values)
    graph.add_nodes_from(
        (n, {"x": x, "y": y, "kind": kind})
        for n, ((x, y), kind) in enumerate(zip(points.tolist(), network.nodes["kind"], strict=True))
    )
    columns = [network.edges[name].tolist() for name in ("u", "v", "kind", "length_m", "cost_fen")]
    graph.add_edges_from(
        (u, v, key, {"kind": kind, "length_m": length, "cost_fen": fen, "weight": fen})
        for key, (u, v, kind, length, fen) in enumerate(zip(*columns, strict=True))
    )
    return graph


def _require(layers: Layers) -> None:
    if not len(layers.villages):
        raise NetworkError(
            Words("没有可用的行政村点", "there is no usable village point"),
            hint=Words("运行 cuntong check 查看每一行的问题", "run 'cuntong check' to see what is wrong with each row"),
        )
    if not len(layers.access_points) and not len(_tappable(layers)[0]):
        raise NetworkError(
            Words(
                "没有接入点，也没有可开口的既有光缆，路由无从起始",
                "no access point and no existing fiber that may be tapped: routes have no start",
            ),
            hint=Words(
                "在 [layers.fiber] 或 [layers.access_points] 中给出",
                "give them in [layers.fiber] or [layers.access_points]",
            ),
        )


def _bounds(layers: Layers) -> tuple[float, float, float, float]:
    tables = [layers.villages, layers.access_points, layers.fiber, layers.roads]
    boxes = np.array([t.total_bounds for t in tables if t is not None and len(t)])
    west, south = boxes[:, :2].min(0)
    east, north = boxes[:, 2:].max(0)
    return float(west), float(south), float(east), float(north)


def _tappable(layers: Layers) -> tuple[gpd.GeoDataFrame, bool]:
    """Return the fiber that may be tapped anywhere; without access points all of it, unless it says no."""
    said = layers.fiber["tappable"]
    if len(layers.access_points):
        return layers.fiber[said.fillna(False).to_numpy(bool)], False
    chosen = said.fillna(True).to_numpy(bool)
    return layers.fiber[chosen], bool(said.isna().any())


def _on_roads(layers: Layers, fiber: NDArray[np.object_], crs: pyproj.CRS, settings: Settings) -> _Draft:
    """Return the mesh of roads with everything joined to it."""
    roads = layers.roads
    assert roads is not None
    options = settings.network
    findings: list[Finding] = []
    mesh = mesh_of(np.asarray(roads.geometry.values, object), crs)
    closed = (roads["bridge"] | roads["tunnel"]).to_numpy(bool)
    level = roads["level"].to_numpy(np.int64)
    join = options.node_crossings == "always" or (options.node_crossings == "auto" and not layers.roads_from_osm)
    mesh = _crossings(mesh, closed, level, join, findings)
    mesh, snapped = topology.snap_ends(mesh, options.snap_tolerance_m, closed)
    mesh, bridged = connect.bridge_gaps(mesh, options.max_gap_m, closed)
    findings += _mended(mesh, snapped, bridged, options)
    mesh, on_fiber, beside = connect.meet_fiber(mesh, fiber, closed, options.tap_distance_m)
    mesh, points = _join_access_points(mesh, layers.access_points, closed, options)
    findings += notes.points_too_far(layers.access_points, points, options)
    chosen = connect.joinable(mesh, options.min_island_km * 1000.0, closed)
    mesh, villages = connect.join_points(mesh, _lonlat(layers.villages), chosen, options.max_link_m)
    everyone = np.concatenate([villages.vertex, points.vertex])
    road_m = np.concatenate([villages.distance_m, points.distance_m])
    mesh = connect.link_neighbours(mesh, everyone, road_m, options.max_link_m)
    near = marked(len(mesh.xy), junctions(mesh), beside)
    mesh, near_road, _ = connect.tap_fiber(mesh, fiber, near, options.tap_distance_m)
    mesh, direct, tapped = connect.tap_fiber(mesh, fiber, villages.vertex, options.max_link_m)
    taps = np.concatenate([on_fiber, near_road, direct])
    mesh, alias = mesh.with_same_places_merged()
    return _Draft(
        mesh,
        alias[villages.vertex],
        villages.joined | tapped,
        villages.distance_m,
        alias[points.vertex],
        np.unique(alias[taps]),
        findings,
    )


def _join_access_points(
    mesh: Mesh, table: gpd.GeoDataFrame, closed: Bools, options: NetworkSettings
) -> tuple[Mesh, connect.Joined]:
    """Join access points to the roads proper and, where an island is nearer, to it too: it then has a source."""
    chosen = connect.joinable(mesh, options.min_island_km * 1000.0, closed)
    mesh, points = connect.join_points(mesh, _lonlat(table), chosen, options.max_link_m)
    island = np.zeros(len(mesh.a), bool)
    island[connect.joinable(mesh, 0.0, closed)] = True
    island[chosen] = False
    islands = np.flatnonzero(island).astype(np.int64)
    if not len(islands):
        return mesh, points
    nearer = np.minimum(points.distance_m, options.max_link_m)
    mesh, again = connect.join_points(mesh, _lonlat(table), islands, nearer)
    mesh, alias = mesh.with_merged(points.vertex, again.vertex)
    return mesh, dataclasses.replace(points, vertex=alias[points.vertex])


def _in_proximity(layers: Layers, fiber: NDArray[np.object_], crs: pyproj.CRS, settings: Settings) -> _Draft:
    """Return straight edges among villages, access points and the nearest places on tappable fiber."""
    mesh = mesh_of(np.empty(0, object), crs)
    mesh, villages = connect.join_points(mesh, _lonlat(layers.villages), np.empty(0, np.int64), 0.0)
    mesh, points = connect.join_points(mesh, _lonlat(layers.access_points), np.empty(0, np.int64), 0.0)
    mesh, taps, _ = connect.tap_fiber(mesh, fiber, villages.vertex, np.inf)
    mesh = mesh.without_links()
    whole = np.rint(mesh.lonlat * COORDINATE_SCALE).astype(np.int64)
    _, first, place = np.unique(whole, axis=0, return_index=True, return_inverse=True)
    first, place = first.astype(np.int64), place.reshape(-1)
    a, b = proximity_pairs(mesh.xy[first])
    mesh = mesh.with_links(first[a], first[b], EdgeKind.PROXIMITY)
    here = np.ones(len(layers.villages), bool)
    at = first[place]
    return _Draft(
        mesh,
        at[villages.vertex],
        here,
        np.full(len(here), np.nan),
        at[points.vertex],
        np.unique(at[taps]),
        [notes.no_roads()],
    )


def _lonlat(table: gpd.GeoDataFrame) -> Floats:
    return np.asarray(shapely.get_coordinates(table.geometry.values), np.float64).reshape(-1, 2)


def _crossings(mesh: Mesh, closed: Bools, level: Ints, join: bool, findings: list[Finding]) -> Mesh:
    """Join crossings where that is allowed, and tell how many there are."""
    met = topology.crossings(mesh)
    one, other = mesh.line[met.first], mesh.line[met.second]
    apart = closed[one] | closed[other] | (level[one] != level[other])
    chosen = ~apart if join else np.zeros(len(apart), bool)
    if len(apart):
        findings.append(notes.crossings(int(chosen.sum()), int((~chosen).sum()), int(apart.sum())))
    return topology.join_crossings(mesh, met, chosen)


def _mended(mesh: Mesh, snapped: int, bridged: int, options: NetworkSettings) -> list[Finding]:
    """Tell what was mended, and what roads remain cut off."""
    of_gap = mesh.link_kind == EdgeKind.GAP
    bridged_m = np.hypot(*(mesh.xy[mesh.link_a[of_gap]] - mesh.xy[mesh.link_b[of_gap]]).T).sum()
    found = notes.mended(snapped, bridged, float(bridged_m), options)
    length = components(mesh)[1]
    pieces = int((length > 0).sum())
    if pieces > 1:
        found.append(notes.roads_cut_off(pieces, float(length.sum() - length.max())))
    return found


def _assemble(layers: Layers, draft: _Draft, crs: pyproj.CRS, surveyed: bool, settings: Settings) -> Network:
    """Cut the mesh into edges, price them, and number the nodes by their coordinates."""
    mesh = draft.mesh
    sources = np.concatenate([draft.point_vertex, np.setdiff1d(draft.taps, draft.point_vertex)])
    found = sections(mesh, np.concatenate([draft.village_vertex, sources]))
    road_class = np.full(len(found.u), "", object)
    on_road = found.line >= 0
    if surveyed:
        assert layers.roads is not None
        road_class[on_road] = layers.roads["road_class"].to_numpy(object)[found.line[on_road]]
    prices = price_edges(found, road_class, layers, crs, settings.cost)
    free = ~prices.forbidden
    used = marked(len(mesh.xy), found.u, found.v, draft.village_vertex, sources)
    used = used[np.lexsort((mesh.lonlat[used, 1], mesh.lonlat[used, 0]))]
    number = np.full(len(mesh.xy), -1, np.int64)
    number[used] = np.arange(len(used))
    edges = _edges(found, number, road_class, prices, free)
    kind = np.full(len(used), "road", object)
    kind[number[draft.village_vertex]] = "village"
    kind[number[sources]] = "source"
    nodes = schema.conform({"kind": kind, "geometry": shapely.points(mesh.lonlat[used])}, "nodes")
    villages = layers.villages.assign(
        node=number[draft.village_vertex], joined=draft.village_joined, road_m=draft.village_road_m
    )
    findings = [*layers.findings, *draft.findings]
    if prices.forbidden.any():
        whole, _ = connected_nodes(len(used), number[found.u], number[found.v], number[sources])
        villages["reachable"] = whole[villages["node"]]  # if nothing were forbidden
        findings.append(notes.forbidden(int(prices.forbidden.sum()), float(found.length_m[prices.forbidden].sum())))
    taps = _sources(layers.access_points, number[sources], nodes)
    return Network(nodes, edges, villages, taps, layers, crs, surveyed, tuple(findings))


def _edges(
    found: Sections, number: Ints, road_class: NDArray[np.object_], prices: Any, free: Bools
) -> gpd.GeoDataFrame:
    columns = {
        "u": number[found.u], "v": number[found.v], "kind": found.kind, "road_class": road_class,
        "deployment": prices.deployment, "length_m": found.length_m, "cost_fen": prices.cost_fen,
        "geometry": found.geometry,
    }  # fmt: skip
    return schema.conform({name: values[free] for name, values in columns.items()}, "edges")


def _sources(points: gpd.GeoDataFrame, node: Ints, nodes: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the table of sources: access points first, then tapped places by coordinates."""
    given = len(points)
    order = np.concatenate([np.arange(given), given + np.argsort(node[given:], kind="stable")])
    node = node[order]
    place = nodes.geometry.values[node]
    spot = shapely.get_coordinates(place)
    tap = [f"T{x:.6f},{y:.6f}" for x, y in spot[given:]]
    return gpd.GeoDataFrame(
        {
            "node": node,
            "site_id": pd.array(apart([*points["id"], *tap]), dtype="str"),
            "name": pd.array([*points["name"], *[""] * len(tap)], dtype="str"),
            "kind": pd.array(["access_point"] * given + ["tap"] * len(tap), dtype="str"),
        },
        geometry=gpd.GeoSeries(place, crs=GEOGRAPHIC),
        crs=GEOGRAPHIC,
    )
