"""What is drawn in the comparison of maps, and our own ways to draw it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from cuntong_gis import maps
from cuntong_gis.maps import Shown
from cuntong_gis.model import Plan

if TYPE_CHECKING:
    from bench.maps_peers import Tables

DIGITS = 5
"""Decimals of a coordinate in degrees."""


def ready(way: str) -> Callable[[Shown], Any]:
    """Return how a map of ours draws: "villages" and "routes" hold these alone, the other two all that there is."""
    return {"villages": _villages, "routes": _routes, "distribution": maps.distribution_map, "both": maps.route_map}[
        way
    ]


def _villages(shown: Shown) -> Any:
    none = np.arange(0)
    bare = dataclasses.replace(_cut(shown, np.arange(len(shown.plan.villages)), none), as_built=shown.as_built.iloc[:0])
    names = ("routes", "sites", "fiber", "access_points")
    plan = dataclasses.replace(bare.plan, **{name: getattr(bare.plan, name).iloc[:0] for name in names})
    return maps.distribution_map(dataclasses.replace(bare, plan=plan))


def _routes(shown: Shown) -> Any:
    bare = _cut(shown, np.arange(0), np.arange(len(shown.plan.spans)))
    plan = dataclasses.replace(bare.plan, routes=bare.plan.routes.iloc[:0])
    officials, blockers = shown.officials.iloc[:0], shown.blockers.iloc[:0]
    return maps.route_map(dataclasses.replace(bare, plan=plan, officials=officials, blockers=blockers))


def _cut(shown: Shown, villages: np.ndarray, spans: np.ndarray) -> Shown:
    """Return all or none of the villages and spans, in every table that has a row for each."""
    plan, status, course = shown.plan, shown.status, shown.timeline
    pairs = np.isin(course.village_of, villages)
    return dataclasses.replace(
        shown,
        plan=dataclasses.replace(plan, villages=plan.villages.iloc[villages], spans=plan.spans.iloc[spans]),
        status=dataclasses.replace(
            status, villages=status.villages.iloc[villages], spans=status.spans.iloc[spans]
        ),
        timeline=dataclasses.replace(
            course, stage=course.stage[:, villages], late=course.late[:, villages], laid_m=course.laid_m[:, spans],
            unit_of=course.unit_of[pairs], village_of=course.village_of[pairs],
        ),
        evidence=shown.evidence[villages],
    )  # fmt: skip


def part(plan: Plan, villages: int) -> Plan:
    """Return a plan of the first villages only, with the spans of their routes."""
    kept = plan.villages.iloc[:villages].reset_index(drop=True)
    routes = plan.routes[plan.routes["village_code"].isin(kept["code"])].reset_index(drop=True)
    wanted = set(" ".join(routes["span_ids"]).split())
    spans = plan.spans[plan.spans["span_id"].isin(wanted)].reset_index(drop=True)
    counties = plan.boundaries[plan.boundaries["code"].isin(kept["code"].str[:6])].reset_index(drop=True)
    return dataclasses.replace(plan, villages=kept, routes=routes, spans=spans, boundaries=counties)


def tables_of(plan: Plan, *, rounded: bool = True) -> Tables:
    """Return the part of a plan that a peer draws, with coordinates rounded as ours are or as they come."""
    from bench.maps_peers import Tables
    from cuntong_gis.maps import style

    table = plan.villages[plan.villages.geometry.notna()]
    facts = {
        "code": table["code"], "name": table["name"], "place": table["county"] + " " + table["township"],
        "stage": table["stage"], "date": _day(table["stage_date"]), "due": _day(table["due_date"]),
        "households": table["households"].fillna(0).astype(int), "route_m": table["route_m"].fillna(0).round(1),
    }  # fmt: skip
    counties = plan.boundaries[plan.boundaries["level"] == "county"]
    return Tables(
        _placed(pd.DataFrame(facts), table.geometry, rounded),
        _placed(plan.spans[["span_id", "stage"]], plan.spans.geometry, rounded),
        _placed(counties[["code", "name"]], counties.geometry, rounded),
        {str(stage): look.fill for stage, look in style.VILLAGE.items()},
        {str(stage): look.color for stage, look in style.SPAN.items()},
        style.BOUNDARY["county"].color,
    )


def _day(column: pd.Series) -> pd.Series:
    return pd.to_datetime(column).dt.strftime("%Y-%m-%d").fillna("")


def _placed(table: pd.DataFrame, geometry: gpd.GeoSeries, rounded: bool) -> gpd.GeoDataFrame:
    shapes = geometry.to_numpy()
    if rounded:
        shapes = shapely.transform(shapes, lambda places: places.round(DIGITS))
    return gpd.GeoDataFrame(table.reset_index(drop=True), geometry=shapes, crs="EPSG:4326")
