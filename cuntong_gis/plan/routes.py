"""The door of planning: the cheapest forest from existing fiber to every village, with a proven bound."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from cuntong_gis import schema
from cuntong_gis.errors import PlanError
from cuntong_gis.log import get
from cuntong_gis.model import EdgeKind, Effort, Finding, Network, Plan, PlanTotals, Severity, Stage
from cuntong_gis.plan import spans as cut
from cuntong_gis.plan.instance import Instance, pose
from cuntong_gis.plan.lateness import cut_off_date, late_villages
from cuntong_gis.plan.spans import Bools, Floats, Forest, Ints
from cuntong_gis.plan.steering import steer
from cuntong_gis.steiner import solve_steiner_tree
from cuntong_gis.tables import apart
from cuntong_gis.units import cny_from_fen, km
from cuntong_gis.words import Words

if TYPE_CHECKING:
    from cuntong_gis.certificate import Certificate
    from cuntong_gis.settings import Settings
    from cuntong_gis.steiner import SteinerResult, Watch

log = get(__name__)

Prove = Callable[["Certificate"], None]
"""Given the certificate of a plan."""

NO_PLACE = Words("没有可用坐标，无法规划", "no usable coordinates, cannot be planned")

ID_DIGITS = 1e6
"""Coordinates enter a span's identifier rounded to 1e-6 degree (0.1 m), so that they survive a round trip."""


def plan_routes(
    network: Network,
    settings: Settings,
    *,
    effort: Effort | None = None,
    seconds: float | None = None,
    seed: int | None = None,
    watch: Watch | None = None,
    prove: Prove | None = None,
) -> Plan:
    """Plan the cheapest routes from existing fiber to every reachable village.

    Parameters
    ----------
    network : Network
        As of `build_network`.
    settings : Settings
        Section `plan` gives the defaults of the next three; `campaign` the due day and the cut-off date.
    effort : {"quick", "normal", "thorough"}, optional
        A deterministic amount of work.
    seconds : float, optional
        Cap on the seconds of solving; the plan then depends on the machine.
    seed : int, optional
        Seed of the random choices.
    watch : callable, optional
        Told cost (fen), bound, gap and seconds while the solver works.
    prove : callable, optional
        Given the certificate of the bound, for `verify_certificate`, before the plan is returned.

    Returns
    -------
    Plan
        Spans, routes, sites and villages as typed tables, with cost, lower bound and gap. A village that cannot be
        reached stays in the table with the reason and the price of the cheapest bridge.

    Raises
    ------
    PlanError
        If the steering bans what it says must be used.
        If the tree returned does not reach what the network says is reachable (a fault of the program).
    """
    steered = steer(network, settings)
    network = steered.network
    reachable = network.villages["reachable"].to_numpy(bool)
    node = network.villages["node"].to_numpy(np.int64)
    result, chosen = _solve(pose(steered), settings, effort, seconds, seed, watch, prove)
    if len(result.unreached):
        raise PlanError(Words("求解结果未到达应到的村", "the tree misses villages that the network reaches"))
    edges = network.edges.iloc[chosen].reset_index(drop=True)
    source_node = network.sources["node"].to_numpy(np.int64)
    forest = cut.cut_forest(
        len(network.nodes), edges["u"].to_numpy(np.int64), edges["v"].to_numpy(np.int64), source_node, node[reachable]
    )
    site_of = _site_names(network, forest, reachable)
    spans = _spans(network, edges, forest, site_of, node[reachable])
    villages, routes = _routes(network, forest, spans, site_of, reachable, settings)
    spans = _with_progress(spans, forest, villages, node, reachable)
    villages = _with_unplaced(villages, network.layers.unplaced, settings)
    order = np.argsort(spans["span_id"].to_numpy(str), kind="stable")
    return Plan(
        villages,
        spans.iloc[order].reset_index(drop=True),
        routes,
        _sites(network, forest, site_of, reachable),
        network.layers.fiber,
        network.layers.access_points,
        network.layers.boundaries,
        schema.conform({} if (steering := network.layers.steering) is None else steering, "steering"),
        _totals(villages, spans, result, network.surveyed),
        (*network.findings, *steered.findings, *_stopped(result)),
    )


def _solve(
    instance: Instance,
    settings: Settings,
    effort: Effort | None,
    seconds: float | None,
    seed: int | None,
    watch: Watch | None,
    prove: Prove | None,
) -> tuple[SteinerResult, Ints]:
    """Solve, with the price of what must be used; return the result and the rows of `network.edges`."""
    result = solve_steiner_tree(
        instance.n,
        instance.u,
        instance.v,
        instance.w,
        instance.terminals,
        root=instance.root,
        effort=effort or settings.plan.effort,
        seconds=settings.plan.seconds if seconds is None else seconds,
        seed=settings.plan.seed if seed is None else seed,
        watch=watch,
        certificate=prove is not None,
    )
    if prove is not None and result.certificate is not None:
        prove(result.certificate)
    cost, bound = result.cost + instance.fixed, result.lower_bound + instance.fixed
    result = dataclasses.replace(result, cost=cost, lower_bound=bound, certificate=None)
    log.info("plan: cost %d fen, bound %d fen, gap %s", result.cost, result.lower_bound, result.gap)
    edges = np.union1d(instance.must, np.asarray(result.edges, np.int64))
    return result, edges[instance.u[edges] != instance.root]  # existing fiber is no edge of the network


def _stopped(result: SteinerResult) -> list[Finding]:
    """Tell that the plan is the best so far, and depends on the machine."""
    if not result.stopped:
        return []
    return [
        Finding(
            Severity.WARNING,
            "planning_stopped",
            Words(
                "规划因时间上限或中断而提前结束，这是当时最好的方案，再运行一次结果可能不同",
                "planning was ended early by the time cap or an interrupt: this is the best plan found until then, "
                "and another run may give another",
            ),
            Words("不设 --seconds 再运行 cuntong plan", "run 'cuntong plan' again without --seconds"),
        )
    ]


def _site_names(network: Network, forest: Forest, reachable: Bools) -> NDArray[np.object_]:
    """Return the site of each node that is one: branch, then village, then source has the last word."""
    names = np.full(len(network.nodes), "", object)
    places = shapely.get_coordinates(np.asarray(network.nodes.geometry.values, object)[forest.branch])
    names[forest.branch] = [f"B{x:.6f},{y:.6f}" for x, y in places]
    villages = network.villages[reachable]
    names[villages["node"].to_numpy(np.int64)[::-1]] = ("V-" + villages["code"]).to_numpy(object)[::-1]
    sources = network.sources
    names[sources["node"].to_numpy(np.int64)[::-1]] = sources["site_id"].to_numpy(object)[::-1]
    return names


def _spans(
    network: Network, edges: gpd.GeoDataFrame, forest: Forest, site_of: NDArray[np.object_], nodes: Ints
) -> gpd.GeoDataFrame:
    """Return the table of spans in the order of the forest, without progress."""
    count = len(forest.upper)
    group = forest.span_of_edge
    length = edges["length_m"].to_numpy(float)
    unsurveyed = (edges["kind"] != EdgeKind.ROAD).to_numpy(bool)
    fen = np.bincount(group, weights=edges["cost_fen"].to_numpy(float), minlength=count)
    geometry = cut.courses(forest, np.asarray(edges.geometry.values, object))
    off = np.bincount(group, weights=np.where(unsurveyed, length, 0.0), minlength=count)
    return schema.conform(
        {
            "span_id": _span_ids(geometry),
            "from_site": site_of[forest.upper],
            "to_site": site_of[forest.lower],
            "deployment": _most(group, edges["deployment"].to_numpy(object), length, count),
            "length_m": np.bincount(group, weights=length, minlength=count),
            "unsurveyed_m": off,
            "cost_cny": [cny_from_fen(int(f)) for f in fen],
            "villages": cut.villages_behind(forest, nodes),
            "surveyed": off == 0,
            "geometry": geometry,
        },
        "spans",
    )


def _span_ids(geometry: NDArray[np.object_]) -> list[str]:
    """Name each span after its course, the same in either direction."""
    names = []
    for line in geometry:
        points = np.rint(shapely.get_coordinates(line) * ID_DIGITS).astype("<i8")
        course = min(points.tobytes(), points[::-1].tobytes())
        names.append("S" + hashlib.blake2b(course, digest_size=5).hexdigest().upper())
    return apart(names)


def _most(group: Ints, names: NDArray[np.object_], length: Floats, count: int) -> list[str]:
    """Return for each group the name that covers most of its length."""
    kinds, kind = np.unique(names.astype(str), return_inverse=True)
    total = np.zeros((count, max(len(kinds), 1)))
    np.add.at(total, (group, kind), length)
    found = kinds[total.argmax(axis=1)] if count else []
    return [str(name) for name in found]


def _routes(
    network: Network,
    forest: Forest,
    spans: gpd.GeoDataFrame,
    site_of: NDArray[np.object_],
    reachable: Bools,
    settings: Settings,
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Return the villages of the plan and the route of each reached one."""
    rows = network.villages[reachable]
    node = rows["node"].to_numpy(np.int64)
    village, span = cut.paths(forest, node)
    length = np.bincount(village, weights=spans["length_m"].to_numpy(float)[span], minlength=len(rows))
    back = shapely.reverse(np.asarray(spans.geometry.values, object))
    source = node.copy()
    last = np.flatnonzero(np.append(village[1:] != village[:-1], [True] * (len(village) > 0)))
    source[village[last]] = forest.upper[span[last]]
    ids = spans["span_id"].to_numpy(object)
    listed = pd.Series(ids[span]).groupby(village).agg(" ".join).reindex(range(len(rows)), fill_value="")
    routes = schema.conform(
        {
            "route_id": ("R-" + rows["code"]).to_numpy(object),
            "village_code": rows["code"].to_numpy(object),
            "village_name": rows["name"].to_numpy(object),
            "source_id": site_of[source],
            "span_ids": listed.to_numpy(object),
            "length_m": length,
            "geometry": cut.merged(back[span], village, len(rows)),
        },
        "routes",
    )
    return _villages(network, reachable, routes, settings), routes


def _villages(network: Network, reachable: Bools, routes: gpd.GeoDataFrame, settings: Settings) -> gpd.GeoDataFrame:
    """Return the villages of the plan; lateness is that of the cut-off date."""
    table = network.villages
    data: dict[str, Any] = {name: table[name] for name in table.columns if name not in ("node", "joined", "road_m")}
    deadline = settings.campaign.deadline
    if deadline is not None:
        data["due_date"] = table["due_date"].fillna(pd.Timestamp(deadline))
    data["late"] = late_villages(data["due_date"], table["stage"], cut_off_date(table, settings))
    data["reached"] = reachable
    fen = table["bridge_fen"].to_numpy(np.int64)
    data["bridge_cny"] = pd.Series([None if f < 0 else cny_from_fen(int(f)) for f in fen], dtype=object)
    route_id = np.full(len(table), "", object)
    route_m = np.full(len(table), np.nan)
    route_id[reachable] = routes["route_id"].to_numpy(object)
    route_m[reachable] = routes["length_m"].to_numpy(float)
    data["route_id"], data["route_m"] = route_id, route_m
    return schema.conform(data, "plan_villages")


def _with_unplaced(
    villages: gpd.GeoDataFrame, unplaced: gpd.GeoDataFrame | None, settings: Settings
) -> gpd.GeoDataFrame:
    """Return the villages and, after them, those without a usable place: unreachable, but counted."""
    if unplaced is None:
        return villages
    due = unplaced["due_date"]
    if settings.campaign.deadline is not None:
        due = due.fillna(pd.Timestamp(settings.campaign.deadline))
    late = late_villages(due, unplaced["stage"], cut_off_date(villages, settings))
    lost = unplaced.assign(due_date=due, late=late, reason=NO_PLACE.zh, reason_en=NO_PLACE.en)
    both = pd.concat([pd.DataFrame(villages), pd.DataFrame(schema.conform(lost, "plan_villages"))], ignore_index=True)
    return schema.conform(both, "plan_villages")


def _with_progress(
    spans: gpd.GeoDataFrame, forest: Forest, villages: gpd.GeoDataFrame, node: Ints, reachable: Bools
) -> gpd.GeoDataFrame:
    """Mark a span laid when any village behind it is, and late when it is not laid and a late village is behind."""
    laid_from = list(Stage).index(Stage.LAID)
    rank = villages["stage"].map({str(s): s.rank for s in Stage}).to_numpy(np.int64)
    at = forest.node_span[node]
    behind = reachable & (at >= 0)
    count = len(forest.upper)
    laid = np.bincount(at[behind & (rank >= laid_from)], minlength=count).astype(np.int64)
    late = np.bincount(at[behind & villages["late"].to_numpy(bool)], minlength=count).astype(np.int64)
    is_laid = cut.gather_up(forest, laid) > 0
    is_late = (cut.gather_up(forest, late) > 0) & ~is_laid
    return spans.assign(stage=pd.array(np.where(is_laid, "laid", "planned"), dtype="str"), late=is_late)


def _sites(network: Network, forest: Forest, site_of: NDArray[np.object_], reachable: Bools) -> gpd.GeoDataFrame:
    """Return the sites of the plan: all access points, the taps used, branches, and reached villages of their own."""
    used = np.zeros(len(network.nodes), bool)
    used[forest.upper] = True
    sources = network.sources
    shown = (sources["kind"] == "access_point").to_numpy(bool) | used[sources["node"].to_numpy(np.int64)]
    villages = network.villages[reachable]
    own = site_of[villages["node"].to_numpy(np.int64)] == ("V-" + villages["code"]).to_numpy(object)
    villages = villages[own]  # a village that stands at another site has none of its own
    places = np.asarray(network.nodes.geometry.values, object)
    parts = [
        {
            "site_id": sources["site_id"][shown],
            "kind": sources["kind"][shown],
            "name": sources["name"][shown],
            "village_code": [""] * int(shown.sum()),
            "geometry": np.asarray(sources.geometry.values, object)[shown],
        },
        {
            "site_id": "V-" + villages["code"],
            "kind": ["village"] * len(villages),
            "name": villages["name"],
            "village_code": villages["code"],
            "geometry": np.asarray(villages.geometry.values, object),
        },
        {
            "site_id": site_of[forest.branch],
            "kind": ["branch"] * len(forest.branch),
            "name": [""] * len(forest.branch),
            "village_code": [""] * len(forest.branch),
            "geometry": places[forest.branch],
        },
    ]
    return schema.conform(
        {name: np.concatenate([np.asarray(p[name], object) for p in parts]) for name in parts[0]}, "sites"
    )


def _totals(villages: gpd.GeoDataFrame, spans: gpd.GeoDataFrame, result: SteinerResult, surveyed: bool) -> PlanTotals:
    reached = int(villages["reached"].sum())
    return PlanTotals(
        villages=len(villages),
        reached=reached,
        unreachable=len(villages) - reached,
        route_km=km(spans["length_m"].sum()),
        unsurveyed_km=km(spans["unsurveyed_m"].sum()),
        cost_cny=cny_from_fen(result.cost),
        lower_bound_cny=cny_from_fen(result.lower_bound),
        gap=result.gap,
        surveyed=surveyed,
    )
