"""Which villages no route can reach, why, and what the cheapest bridge to each would be."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import shapely

from cuntong_gis.crs import distances, project, unproject
from cuntong_gis.model import Finding, Network, Severity
from cuntong_gis.network.cost import off_road_cny_per_km
from cuntong_gis.network.topology import Bools, Floats, Ints, connected_labels
from cuntong_gis.units import FEN_PER_CNY
from cuntong_gis.words import Words

if TYPE_CHECKING:
    from cuntong_gis.settings import Settings


def with_reach(network: Network, settings: Settings) -> Network:
    """Mark the villages that are cut off from every source, each with the reason and the cheapest bridge.

    Parameters
    ----------
    network : Network
        Fresh from building.
    settings : Settings
        For the off-road price and the limits named in messages.

    Returns
    -------
    Network
        `villages` with the columns `reachable` (bool), `reason`, `reason_en`, `bridge_m` (geodesic metres) and
        `bridge_fen` (int64, -1 where reachable); one error finding for each unreachable village.
    """
    count = len(network.nodes)
    label = connected_labels(count, network.edges["u"].to_numpy(), network.edges["v"].to_numpy())
    lit = np.zeros(count, bool)
    lit[network.sources["node"].to_numpy(np.int64)] = True
    connected = np.isin(label, np.unique(label[lit]))
    node = network.villages["node"].to_numpy(np.int64)
    reachable = connected[node]
    cut_off = np.flatnonzero(~reachable)
    bridge = np.full(len(node), np.nan)
    bridge[cut_off] = _bridges(network, label, connected, node[cut_off])
    per_metre = off_road_cny_per_km(settings.cost) / 1000.0 * FEN_PER_CNY
    fen = np.where(reachable, -1.0, np.rint(np.nan_to_num(bridge) * per_metre)).astype(np.int64)
    villages = network.villages.assign(
        reachable=reachable, reason="", reason_en="", bridge_m=bridge, bridge_fen=fen
    )
    reasons = [_reason(villages.iloc[row], settings) for row in cut_off]
    for row, reason in zip(cut_off, reasons, strict=True):
        villages.iloc[row, villages.columns.get_loc("reason")] = reason.zh
        villages.iloc[row, villages.columns.get_loc("reason_en")] = reason.en
    findings = tuple(_finding(villages.iloc[row]) for row in cut_off)
    return replace(network, villages=villages, findings=(*network.findings, *findings))


def _bridges(network: Network, label: Ints, connected: Bools, nodes: Ints) -> Floats:
    """Return for each node the geodesic length of the shortest bridge from its component to the connected part."""
    edges = network.edges
    part = label[edges["u"].to_numpy(np.int64)]
    linked = connected[edges["u"].to_numpy(np.int64)]
    places = np.asarray(network.nodes.geometry.values, object)
    lines = np.asarray(edges.geometry.values, object)
    targets = np.concatenate([lines[linked], places[connected]])
    wanted = np.isin(part, label[nodes])
    shapes = np.concatenate([lines[wanted], places[nodes]])
    owner = np.concatenate([part[wanted], label[nodes]])
    if not len(targets) or not len(shapes):
        return np.full(len(nodes), np.nan)
    planar = shapely.transform(shapes, lambda p: project(p, network.crs))
    planar_targets = shapely.transform(targets, lambda p: project(p, network.crs))
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


def _reason(village: object, settings: Settings) -> Words:
    """Say why a village is cut off and what would mend it."""
    row = village
    price = row["bridge_fen"] / FEN_PER_CNY / 10_000  # type: ignore[index]
    away = row["bridge_m"]  # type: ignore[index]
    remedy = Words(
        f"最近可达处 {away:,.0f} 米,补通约 {price:,.2f} 万元",
        f"nearest reachable place {away:,.0f} m, bridge about {price * 10_000:,.0f} CNY",
    )
    if np.isnan(away):
        remedy = Words("没有任何可达处", "nothing is reachable")
    limit = settings.network.max_link_m
    road = row["road_m"]  # type: ignore[index]
    if not row["joined"]:  # type: ignore[index]
        return Words(
            f"距最近道路 {road:,.0f} 米,超过 {limit:g} 米;{remedy.zh}",
            f"{road:,.0f} m from the nearest road, more than {limit:g} m; {remedy.en}",
        )
    return Words(
        f"所在路网与既有光缆不连通;{remedy.zh}", f"its roads are not connected to existing fiber; {remedy.en}"
    )


def _finding(village: object) -> Finding:
    row = village
    code, name = row["code"], row["name"]  # type: ignore[index]
    point = row.geometry  # type: ignore[attr-defined]
    return Finding(
        Severity.ERROR, "village_unreachable",
        Words(f"{name}({code})不可达:{row['reason']}", f"{name} ({code}) is unreachable: {row['reason_en']}"),  # type: ignore[index]
        Words(
            "补画道路,或调大 [network] max_gap_m / max_link_m;村仍计入总数",
            "draw the road, or raise [network] max_gap_m / max_link_m; the village stays in every total",
        ),
        layer="villages", row=str(code), lon=point.x, lat=point.y,
    )  # fmt: skip
