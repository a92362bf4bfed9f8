"""The tables of a plan as columns of a page."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from cuntong_gis.maps.compact import decimals, texts, words
from cuntong_gis.schema import iso
from cuntong_gis.words import LANGS

if TYPE_CHECKING:
    import geopandas as gpd

    from cuntong_gis.model import Plan

Rows = NDArray[np.int64]
SCALE = 100_000
"""Coordinates are whole multiples of 1e-5 degree (about 1 m)."""


def placed(plan: Plan) -> Plan:
    """Return a plan with only the villages that have a place: those that can be drawn.

    Parameters
    ----------
    plan : Plan
        The plan.

    Returns
    -------
    Plan
        Its totals still count every village.
    """
    return dataclasses.replace(plan, villages=plan.villages[plan.villages.geometry.notna()].reset_index(drop=True))


def placed_first(plan: Plan) -> tuple[Plan, NDArray[np.int64]]:
    """Return a plan with the villages that have a place before those that have none.

    Parameters
    ----------
    plan : Plan
        The plan.

    Returns
    -------
    tuple of Plan and ndarray of int64
        The plan, and the rows that its villages had.
    """
    order = np.argsort(plan.villages.geometry.isna().to_numpy(), kind="stable")
    return dataclasses.replace(plan, villages=plan.villages.iloc[order].reset_index(drop=True)), order


def points(geometry: Any) -> dict[str, Any]:
    """Return points as whole numbers.

    Parameters
    ----------
    geometry : array of shapely Point
        Degrees.

    Returns
    -------
    dict
        `x`, `y`, in 1e-5 degree.
    """
    places = np.rint(shapely.get_coordinates(np.array([*geometry], object)) * SCALE).astype(np.int64).reshape(-1, 2)
    return {"x": places[:, 0], "y": places[:, 1]}


def lines(geometry: Any, parent: Rows | None = None) -> dict[str, Any]:
    """Return lines as whole numbers, points that fall together dropped.

    Parameters
    ----------
    geometry : array of shapely LineString or Polygon rings
        Degrees; polygons give one line a ring.
    parent : ndarray of int64, optional
        Row at whose end a row mostly begins; -1 where it begins by itself.

    Returns
    -------
    dict
        `n`: points of each line; `of`: row that the line belongs to; `x`, `y`: first points in 1e-5 degree, less the
        last point of the last line of the parent; `dx`, `dy`: steps to all further points.
    """
    shapes = np.asarray(geometry, object)
    parts, owner = shapely.get_parts(shapes, return_index=True)
    rings: NDArray[np.object_] = parts
    if len(parts) and shapely.get_type_id(parts[0]) == shapely.GeometryType.POLYGON:
        rings, part = shapely.get_rings(parts, return_index=True)
        owner = owner[part]
    places, line = shapely.get_coordinates(rings, return_index=True)
    whole = np.rint(places * SCALE).astype(np.int32)
    del places
    begins = np.ones(len(whole), bool)
    begins[1:] = line[1:] != line[:-1]
    ends = np.append(begins[1:], True) if len(whole) else begins
    moved = np.ones(len(whole), bool)
    moved[1:] = (whole[1:] != whole[:-1]).any(axis=1)
    keep = moved | begins | ends
    whole, line = whole[keep], line[keep]
    count = np.bincount(line, minlength=len(rings))
    first, last = np.cumsum(count) - count, np.cumsum(count) - 1
    steps = np.delete(np.diff(whole, axis=0, prepend=np.int32(0)), first, axis=0)
    start = whole[first]
    if parent is not None and len(rings):
        last_line = np.zeros(len(shapes), np.int64)
        last_line[owner] = np.arange(len(owner))
        before = parent[owner]
        start = start - np.where((before >= 0)[:, None], whole[last[last_line[before]]], 0)
    return {
        "n": count, "of": owner, "x": start[:, 0], "y": start[:, 1], "dx": steps[:, 0], "dy": steps[:, 1],
    }  # fmt: skip


def villages(plan: Plan, due: pd.Series) -> dict[str, Any]:
    """Return the villages.

    Parameters
    ----------
    plan : Plan
        Its villages with a place first: `x` and `y` end with them.
    due : Series of datetime64
        Due day of each village.

    Returns
    -------
    dict
        Columns; `first` is the row of the span that ends at the village, -1 where it has none. Stages and lateness are
        in `units.history`.
    """
    table = plan.villages
    place = table["county"].where(table["township"] == "", table["county"] + " " + table["township"]).str.strip()
    return {
        **points(table.geometry.dropna().values),
        "code": texts(table["code"]),
        "name": texts(table["name"]),
        "place": words(place),
        "due": words(due.map(iso)),
        "reached": table["reached"].to_numpy(bool),
        "first": first_spans(plan),
        "households": decimals(table["households"], 0),
        "route": decimals(table["route_m"], 1),
        "source": words(_sources(plan)),
        "reason": [words(table["reason"]), words(table["reason_en"])],
        "bridge": decimals(table["bridge_m"], 1),
        "bridgeCost": decimals(table["bridge_cny"], 2),
    }


def _sources(plan: Plan) -> list[str]:
    """Return for each village the name of the place where its route leaves existing fiber."""
    named = dict(zip(plan.sites["site_id"], plan.sites["name"], strict=True))
    source = dict(zip(plan.routes["village_code"], plan.routes["source_id"], strict=True))
    ids = [source.get(code, "") for code in plan.villages["code"]]
    return [named.get(site) or site for site in ids]


def first_spans(plan: Plan) -> Rows:
    """Return for each village the row of the span that ends at it: the first of its route.

    Parameters
    ----------
    plan : Plan
        Its routes name their spans from the village on.

    Returns
    -------
    ndarray of int64
        A row of the spans for each village; -1 where no span leads to it.
    """
    first = plan.routes["span_ids"].str.split(" ", n=1).str[0].to_numpy(object)
    row = dict(zip(plan.routes["village_code"], pd.Index(plan.spans["span_id"]).get_indexer(first), strict=True))
    return np.array([row.get(code, -1) for code in plan.villages["code"]], np.int64)


def parent_spans(plan: Plan) -> Rows:
    """Return for each span the row of the next one towards the source.

    Parameters
    ----------
    plan : Plan
        Its routes name their spans from the village on.

    Returns
    -------
    ndarray of int64
        A row of the spans for each; -1 where it begins at the source.
    """
    courses = plan.routes["span_ids"].str.split()
    row = pd.Index(plan.spans["span_id"]).get_indexer(courses.explode().dropna())
    ends = np.cumsum(courses.str.len().to_numpy(np.int64))
    before = np.append(row[1:], -1)
    before[ends[ends > 0] - 1] = -1
    parent = np.full(len(plan.spans), -1, np.int64)
    parent[row] = before
    return parent


def spans(plan: Plan) -> dict[str, Any]:
    """Return the spans.

    Parameters
    ----------
    plan : Plan
        The plan.

    Returns
    -------
    dict
        Columns; `parent` is the row of the next span towards the source, -1 at the source; `from` is empty where it is
        the `to` of the parent, `to` where it is ``V-`` and the code of the village whose first span it is. The days on
        which they were laid are in `spans.course`.
    """
    table = plan.spans
    parent, ends = parent_spans(plan), table["to_site"].to_numpy(object)
    return {
        **lines(table.geometry.values, parent),
        "parent": parent,
        "id": texts(table["span_id"]),
        "from": words(np.where(table["from_site"] == np.append(ends, "")[parent], "", table["from_site"])),
        "to": texts(np.where(ends == _ends(plan), "", ends)),
        "dashed": (table["unsurveyed_m"] > 0.5 * table["length_m"]).to_numpy(bool),
        "deployment": words(table["deployment"]),
        "length": decimals(table["length_m"], 1),
        "unsurveyed": decimals(table["unsurveyed_m"], 1),
        "cost": decimals(table["cost_cny"], 2),
        "behind": table["villages"].to_numpy(np.int64),
    }


def _ends(plan: Plan) -> NDArray[np.object_]:
    """Return for each span the site of the last village whose first span it is, "" where there is none."""
    first = first_spans(plan)
    ends = np.full(len(plan.spans), "", object)
    ends[first[first >= 0]] = ("V-" + plan.villages["code"]).to_numpy(object)[first >= 0]
    return ends


def fiber(table: gpd.GeoDataFrame) -> dict[str, Any]:
    """Return existing fiber.

    Parameters
    ----------
    table : GeoDataFrame
        Schema ``fiber``.

    Returns
    -------
    dict
        Columns.
    """
    return {**lines(table.geometry.values), "kind": words(table["kind"]), "name": words(table["name"])}


def sites(table: gpd.GeoDataFrame, kind: str) -> dict[str, Any]:
    """Return the sites that a map shows.

    Parameters
    ----------
    table : GeoDataFrame
        Schema ``sites``.
    kind : {"distribution", "route"}
        Branches are shown on the route map only, villages by themselves.

    Returns
    -------
    dict
        Columns.
    """
    hidden = ["village"] if kind == "route" else ["village", "branch"]
    shown = table[~table["kind"].isin(hidden)]
    return {
        **points(shown.geometry.values), "id": texts(shown["site_id"]), "kind": words(shown["kind"]),
        "name": words(shown["name"]),
    }  # fmt: skip


def findings(plan: Plan) -> dict[str, Any]:
    """Return the findings that have a place.

    Parameters
    ----------
    plan : Plan
        The plan.

    Returns
    -------
    dict
        Columns.
    """
    located = [f for f in plan.findings if f.lon is not None and f.lat is not None]
    return {
        **points([shapely.Point(f.lon, f.lat) for f in located]),
        "severity": words([str(f.severity) for f in located]),
        "message": [texts([f.message.into(lang) for f in located]) for lang in LANGS],
        "hint": [words([f.hint.into(lang) for f in located]) for lang in LANGS],
    }


def boundaries(table: gpd.GeoDataFrame) -> dict[str, Any]:
    """Return the outlines of units.

    Parameters
    ----------
    table : GeoDataFrame
        Schema ``boundaries``.

    Returns
    -------
    dict
        Columns; `label` are places inside, for names.
    """
    inside = table.geometry.representative_point() if len(table) else table.geometry
    level = table["level"].where(table["level"] != "", "county")
    return {
        **lines(table.geometry.values), "code": texts(table["code"]), "name": texts(table["name"]),
        "level": words(level), "label": points(pd.Series(inside).array),
    }  # fmt: skip
