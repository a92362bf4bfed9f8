"""What building the network has to tell its users, in both languages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cuntong_gis.model import Finding, Severity
from cuntong_gis.units import FEN_PER_CNY, km
from cuntong_gis.words import Words

if TYPE_CHECKING:
    import geopandas as gpd

    from cuntong_gis.network.connect import Joined
    from cuntong_gis.settings import NetworkSettings


VILLAGE_UNREACHABLE = "village_unreachable"


def fiber_assumed_tappable() -> Finding:
    """Tell that existing fiber is tapped anywhere for want of access points.

    Returns
    -------
    Finding
        The finding.
    """
    return Finding(
        Severity.WARNING,
        "fiber_assumed_tappable",
        Words(
            "没有接入点图层，按既有光缆沿线均可开口处理",
            "no access points given: existing fiber is taken as tappable anywhere",
        ),
        Words(
            "给出接入点，或在光缆图层中填写“可开口”",
            "give access points, or fill the column 'tappable' of the fiber layer",
        ),
        layer="fiber",
        field="tappable",
    )


def no_roads() -> Finding:
    """Tell that every route is a straight line.

    Returns
    -------
    Finding
        The finding.
    """
    return Finding(
        Severity.WARNING,
        "no_roads",
        Words(
            "没有道路图层：路由为邻近点直线连接，全部未勘测",
            "no roads layer: routes are straight lines between neighbours, all unsurveyed",
        ),
        Words("给出道路图层后重新规划", "give a roads layer and plan again"),
        layer="roads",
    )


def crossings(joined: int, left: int, apart: int) -> Finding:
    """Tell how many roads cross without a shared vertex, and what was done about it.

    Parameters
    ----------
    joined : int
        What was joined, and how far it was.
    left : int
        How many were not joined.
    apart : int
        Of those not joined, how many are bridges, tunnels or on other levels.

    Returns
    -------
    Finding
        The finding.
    """
    return Finding(
        Severity.NOTICE,
        "crossings_without_vertex",
        Words(
            f"道路交叉而无公共节点 {joined + left} 处：按平交连通 {joined} 处，"
            f"不连通 {left} 处（其中桥隧或不同层 {apart} 处）",
            f"{joined + left} road crossings without a shared vertex: {joined} joined, {left} not "
            f"({apart} of them bridges, tunnels or other levels)",
        ),
        Words(
            "设置 [network] node_crossings = auto | always | never",
            "setting [network] node_crossings = auto | always | never",
        ),
        layer="roads",
    )


def mended(snapped: int, bridged: int, bridged_m: float, options: NetworkSettings) -> list[Finding]:
    """Tell how many road ends were snapped and how many gaps were bridged.

    Parameters
    ----------
    snapped : int
        How many ends were snapped.
    bridged : int
        How many gaps were bridged.
    bridged_m : float
        Length of the bridged gaps in metres.
    options : NetworkSettings
        Limits named in the message.

    Returns
    -------
    list[Finding]
        The findings.
    """
    found = []
    if snapped:
        words = Words(
            f"{snapped} 个道路端点在 {options.snap_tolerance_m:g} 米内，已接到邻近道路",
            f"{snapped} road ends within {options.snap_tolerance_m:g} m were joined to the next road",
        )
        found.append(Finding(Severity.NOTICE, "ends_snapped", words, layer="roads"))
    if bridged:
        words = Words(
            f"{bridged} 处道路断口（合计 {km(bridged_m)} 公里）按越野单价接通",
            f"{bridged} road gaps ({km(bridged_m)} km in all) were bridged at the off-road price",
        )
        found.append(Finding(Severity.NOTICE, "gaps_bridged", words, layer="roads"))
    return found


def roads_cut_off(pieces: int, outside_m: float) -> Finding:
    """Tell how much road remains cut off from the largest piece.

    Parameters
    ----------
    pieces : int
        How many pieces the roads are.
    outside_m : float
        Metres of road outside the largest piece.

    Returns
    -------
    Finding
        The finding.
    """
    return Finding(
        Severity.WARNING,
        "roads_cut_off",
        Words(
            f"补通断口后路网仍分为 {pieces} 片，主网之外 {km(outside_m)} 公里",
            f"after bridging, the roads still are {pieces} pieces; {km(outside_m)} km lie outside the largest",
        ),
        Words("补画缺失道路，或调大 [network] max_gap_m", "draw the missing roads, or raise [network] max_gap_m"),
        layer="roads",
    )


def points_too_far(points: gpd.GeoDataFrame, joined: Joined, options: NetworkSettings) -> list[Finding]:
    """Tell which access points could not be joined to a road.

    Parameters
    ----------
    points : gpd.GeoDataFrame
        Access points.
    joined : Joined
        What was joined, and how far it was.
    options : NetworkSettings
        Limits named in the message.

    Returns
    -------
    list[Finding]
        The findings.
    """
    found = []
    for row in np.flatnonzero(~joined.joined):
        point, away = points.iloc[row], joined.distance_m[row]
        name = f"{point['id']} {point['name']}"
        words = Words(
            f"接入点 {name} 距最近道路 {away:,.0f} 米，超过 {options.max_link_m:g} 米，未接入路网",
            f"access point {name} is {away:,.0f} m from the nearest road, more than {options.max_link_m:g} m: "
            "not joined",
        )
        hint = Words("核对坐标，或调大 [network] max_link_m", "check its coordinates, or raise [network] max_link_m")
        found.append(
            Finding(
                Severity.ERROR,
                "access_point_too_far",
                words,
                hint,
                layer="access_points",
                row=str(point["id"]),
                lon=point.geometry.x,
                lat=point.geometry.y,
            )
        )
    return found


def forbidden(count: int, length_m: float) -> Finding:
    """Tell how much road may not be used.

    Parameters
    ----------
    count : int
        How many.
    length_m : float
        Metres.

    Returns
    -------
    Finding
        The finding.
    """
    return Finding(
        Severity.NOTICE,
        "forbidden_edges",
        Words(
            f"{count} 条路段（合计 {km(length_m)} 公里）穿过禁止区，不予使用",
            f"{count} edges ({km(length_m)} km) run through forbidden areas and are not used",
        ),
        layer="areas",
    )


def why_unreachable(village: Any, max_link_m: float) -> Words:
    """Say why a village is cut off, and what would mend it at which price.

    Parameters
    ----------
    village : Any
        Row of the villages table.
    max_link_m : float
        Longest off-road link built, in metres.

    Returns
    -------
    Words
        The text.
    """
    away, price = village["bridge_m"], village["bridge_fen"] / FEN_PER_CNY
    remedy = Words(
        f"最近可达处 {away:,.0f} 米，补通约 {price / 10_000:,.2f} 万元",
        f"nearest reachable place {away:,.0f} m, bridge about {price:,.0f} CNY",
    )
    if np.isnan(away):
        remedy = Words("没有任何可达处", "nothing is reachable")
    if village["banned"]:
        return Words(f"路被禁用的光缆段或禁止区切断；{remedy.zh}", f"cut off by what is banned; {remedy.en}")
    if village["joined"]:
        return Words(
            f"所在路网与既有光缆不连通；{remedy.zh}", f"its roads are not connected to existing fiber; {remedy.en}"
        )
    return Words(
        f"距最近道路 {village['road_m']:,.0f} 米，超过 {max_link_m:,.0f} 米；{remedy.zh}",
        f"{village['road_m']:,.0f} m from the nearest road, more than {max_link_m:,.0f} m; {remedy.en}",
    )


def village_unreachable(village: Any) -> Finding:
    """Tell that a village cannot be reached.

    Parameters
    ----------
    village : Any
        Row of the villages table.

    Returns
    -------
    Finding
        The finding.
    """
    code, name = village["code"], village["name"]
    return Finding(
        Severity.ERROR,
        VILLAGE_UNREACHABLE,
        Words(
            f"{name}（{code}）不可达：{village['reason']}", f"{name} ({code}) is unreachable: {village['reason_en']}"
        ),
        Words(
            "放宽禁用或另给一条路；村仍计入总数",
            "ban less, or give it another road; the village stays in every total",
        )
        if village["banned"]
        else Words(
            "补画道路，或调大 [network] max_gap_m / max_link_m；村仍计入总数",
            "draw the road, or raise [network] max_gap_m / max_link_m; the village stays in every total",
        ),
        layer="villages",
        row=str(code),
        lon=village["geometry"].x,
        lat=village["geometry"].y,
    )
