"""Which villages no route can reach, why, and what the cheapest bridge to each would be."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.spatial import KDTree

from cuntong_gis.crs import Floats, distances, project, unproject
from cuntong_gis.model import Network
from cuntong_gis.network import notes
from cuntong_gis.network.cost import off_road_cny_per_km
from cuntong_gis.network.mesh import Bools, Ints, connected_labels
from cuntong_gis.units import FEN_PER_CNY

METRES_PER_DEGREE = 110_000.0
"""A little less than the shortest degree of a meridian (110.57 km on WGS84), so that windows are never too small."""

if TYPE_CHECKING:
    import geopandas as gpd

    from cuntong_gis.settings import Settings


def with_reach(network: Network, settings: Settings) -> Network:
    """Mark the villages that are cut off from every source, each with the reason and the cheapest bridge.

    Parameters
    ----------
    network : Network
        Fresh from building; or with edges taken away since, which is then the reason for what is newly cut off.
    settings : Settings
        For the off-road price and the limits named in messages.

    Returns
    -------
    Network
        `villages` with the columns `reachable`, `banned` (bool: it is a ban that cuts it off), `reason`, `reason_en`,
        `bridge_m` (geodesic metres) and `bridge_fen` (int64, -1 where there is none); one error finding for each
        unreachable village.
    """
    u, v = (network.edges[end].to_numpy(np.int64) for end in ("u", "v"))
    connected, label = connected_nodes(len(network.nodes), u, v, network.sources["node"].to_numpy(np.int64))
    villages = network.villages
    node = villages["node"].to_numpy(np.int64)
    reachable = connected[node]
    cut_off = np.flatnonzero(~reachable)
    bridge = np.full(len(node), np.nan)
    bridge[cut_off] = _bridges(network, label, connected, node[cut_off])
    per_metre = off_road_cny_per_km(settings.cost) / 1000.0 * FEN_PER_CNY
    fen = np.where(np.isnan(bridge), -1.0, np.rint(np.nan_to_num(bridge) * per_metre)).astype(np.int64)
    before = np.zeros(len(node), bool)
    for known in villages.columns.intersection(["reachable", "banned"]):
        before |= villages[known].to_numpy(bool)
    villages = villages.assign(
        reachable=reachable, banned=before & ~reachable, reason="", reason_en="", bridge_m=bridge, bridge_fen=fen
    )
    reasons = [notes.why_unreachable(village, settings.network.max_link_m) for village in _records(villages, cut_off)]
    for name, texts in (("reason", [r.zh for r in reasons]), ("reason_en", [r.en for r in reasons])):
        told = np.full(len(villages), "", object)
        told[cut_off] = texts
        villages[name] = pd.array(told, dtype="str")
    findings = tuple(notes.village_unreachable(village) for village in _records(villages, cut_off))
    others = (f for f in network.findings if f.code != notes.VILLAGE_UNREACHABLE)
    return replace(network, villages=villages, findings=(*others, *findings))


def connected_nodes(count: int, u: Ints, v: Ints, sources: Ints) -> tuple[Bools, Ints]:
    """Tell which nodes hang together with a source.

    Parameters
    ----------
    count : int
        Number of nodes.
    u, v : ndarray of int64
        Edges.
    sources : ndarray of int64
        Nodes of existing fiber.

    Returns
    -------
    connected : ndarray of bool, shape (count,)
        Whether a source is in the node's component.
    label : ndarray of int64, shape (count,)
        That component.
    """
    label = connected_labels(count, u, v)
    lit = np.zeros(count, bool)
    lit[sources] = True
    return np.isin(label, np.unique(label[lit])), label


def _records(villages: gpd.GeoDataFrame, rows: Ints) -> list[dict[Any, Any]]:
    return pd.DataFrame(villages.iloc[rows]).to_dict("records")


def _bridges(network: Network, label: Ints, connected: Bools, nodes: Ints) -> Floats:
    """Return for each node the geodesic length of the shortest bridge from its component to the connected part."""
    if not len(nodes) or not connected.any():
        return np.full(len(nodes), np.nan)
    u = network.edges["u"].to_numpy(np.int64)
    places = np.asarray(network.nodes.geometry.values, object)
    lines = np.asarray(network.edges.geometry.values, object)
    cut_off = np.isin(label, label[nodes])
    shapes = np.concatenate([lines[cut_off[u]], places[nodes]])
    owner = np.concatenate([label[u[cut_off[u]]], label[nodes]])
    alone = connected.copy()
    alone[u], alone[network.edges["v"].to_numpy(np.int64)] = False, False
    targets = np.concatenate([lines[connected[u]], places[alone]])
    targets = targets[_within(targets, shapes, _at_most(network, label, cut_off, connected)[owner])]
    planar, planar_targets = (shapely.transform(s, lambda p: project(p, network.crs)) for s in (shapes, targets))
    (who, which), distance = shapely.STRtree(planar_targets).query_nearest(
        planar, return_distance=True, all_matches=False
    )
    order = np.lexsort((who, distance, owner[who]))
    components, first = np.unique(owner[who[order]], return_index=True)
    best = order[first]
    ends = shapely.get_coordinates(shapely.shortest_line(planar[who[best]], planar_targets[which[best]]))
    lonlat = unproject(ends, network.crs)
    length = distances(lonlat[::2], lonlat[1::2])
    return length[np.searchsorted(components, label[nodes])]


def _at_most(network: Network, label: Ints, cut_off: Bools, connected: Bools) -> Floats:
    """Return for each component that is cut off a length, in metres, that its shortest bridge does not exceed."""
    xy = project(shapely.get_coordinates(network.nodes.geometry.values), network.crs)
    limit = np.full(label.max() + 1, np.inf)
    np.minimum.at(limit, label[cut_off], KDTree(xy[connected]).query(xy[cut_off])[0])
    return limit


def _within(targets: NDArray[np.object_], shapes: NDArray[np.object_], reach_m: Floats) -> Ints:
    """Return the targets that may lie within reach of a shape, all in degrees."""
    west, south, east, north = shapely.bounds(shapes).T
    reach = reach_m / METRES_PER_DEGREE
    wide = reach / np.cos(np.radians(np.minimum(np.maximum(np.abs(south), np.abs(north)) + reach, 89.0)))
    windows = shapely.box(west - wide, south - reach, east + wide, north + reach)
    near = np.zeros(len(targets), bool)
    near[shapely.STRtree(windows).query(targets)[0]] = True
    return np.flatnonzero(near).astype(np.int64)
