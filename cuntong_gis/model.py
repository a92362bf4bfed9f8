"""Shared nouns: the enums and frozen tables that stages hand to one another. No algorithms."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from cuntong_gis.words import Words

if TYPE_CHECKING:
    import geopandas as gpd
    import pyproj

Effort = Literal["quick", "normal", "thorough"]
ScaleName = Literal["county", "prefecture", "province"]


class Severity(StrEnum):
    """How much a finding weighs."""

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


class Stage(StrEnum):
    """Stages of a village, in the order of the work (ENGINEERING: 勘测 → … → 验收销号)."""

    NOT_STARTED = "not_started"
    SURVEYED = "surveyed"
    APPROVED = "approved"
    MATERIAL_READY = "material_ready"
    LAID = "laid"
    LIT = "lit"
    CLOSED = "closed"

    @property
    def rank(self) -> int:
        """Return the place of the stage in the order of the work, from 0.

        Returns
        -------
        int
            Place of the stage in the order of the work, from 0.
        """
        return list(Stage).index(self)


class SpanStage(StrEnum):
    """Stages of a span: what is behind it and what was reported of it."""

    PLANNED = "planned"
    LAID = "laid"


WHOLE_M = 1.0
"""A span that lacks no more metres than this is laid."""


class EdgeKind(StrEnum):
    """What an edge of the network is made of."""

    ROAD = "road"
    GAP = "gap"
    LINK = "link"
    PROXIMITY = "proximity"


class Deployment(StrEnum):
    """How the cable is carried (ENGINEERING, Plant)."""

    AERIAL_NEW = "aerial_new"
    AERIAL_REUSED = "aerial_reused"
    BURIED = "buried"
    DUCT_NEW = "duct_new"
    DUCT_EXISTING = "duct_existing"
    WALL = "wall"


@dataclass(frozen=True)
class Finding:
    """One fault or remark about the data, named and located.

    Attributes
    ----------
    severity : Severity
        An error makes `cuntong check` end with 1.
    code : str
        Stable name of the rule, e.g. ``village_outside_unit``.
    message, hint : Words
        What is wrong, and what to do.
    layer, row, field : str
        Where: the layer, the row as the user counts it (or the feature id), the column.
    lon, lat : float or None
        The place, in degrees.
    """

    severity: Severity
    code: str
    message: Words
    hint: Words = field(default_factory=lambda: Words("", ""))
    layer: str = ""
    row: str = ""
    field: str = ""
    lon: float | None = None
    lat: float | None = None


@dataclass(frozen=True)
class Layers:
    """Typed input tables, all in geographic coordinates (EPSG:4326), with what was found in them.

    Each table obeys its schema in ``data/schemas``; an absent layer is an empty table. `roads` None means that no
    roads layer was given at all, which is a different job (proximity graph) from an empty one. `unplaced` holds the
    villages whose coordinates cannot be used: no route is planned to them, but they stay in every total. `steering`
    holds what routes must use and what they may not: as drawn, and as named in the settings.
    """

    villages: gpd.GeoDataFrame
    access_points: gpd.GeoDataFrame
    fiber: gpd.GeoDataFrame
    roads: gpd.GeoDataFrame | None
    boundaries: gpd.GeoDataFrame
    areas: gpd.GeoDataFrame
    supports: gpd.GeoDataFrame
    elevation: Path | None
    findings: tuple[Finding, ...]
    roads_from_osm: bool = False
    unplaced: gpd.GeoDataFrame | None = None
    steering: gpd.GeoDataFrame | None = None


@dataclass(frozen=True)
class Network:
    """A priced graph of road sections, bridged gaps and off-road links, with villages and sources on it.

    Attributes
    ----------
    nodes : GeoDataFrame
        Schema ``nodes``: row number = node number.
    edges : GeoDataFrame
        Schema ``edges``: end nodes `u`, `v`, geodesic `length_m`, price `cost_fen` (int64).
    villages : GeoDataFrame
        The layer's villages with `node` (-1: not joined), and for those not joined why.
    sources : GeoDataFrame
        Places where existing fiber can be tapped: `node`, `site_id`, `name`, `kind`.
    layers : Layers
        What it was built of.
    crs : pyproj.CRS
        The planar system used for searching.
    surveyed : bool
        False when there was no roads layer, and every edge is a straight proximity edge.
    findings : tuple of Finding
        Those of the layers and of the building.
    """

    nodes: gpd.GeoDataFrame
    edges: gpd.GeoDataFrame
    villages: gpd.GeoDataFrame
    sources: gpd.GeoDataFrame
    layers: Layers
    crs: pyproj.CRS
    surveyed: bool
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class PlanTotals:
    """The figures of a plan, computed once and shown everywhere.

    Attributes
    ----------
    villages, reached, unreachable : int
        All villages of the layer; villages = reached + unreachable.
    route_km, unsurveyed_km : float
        Geodesic route length of all spans, each span once; the part of it that follows no road.
    cost_cny, lower_bound_cny : Decimal
        Price of the plan, and the proven least price of any plan that reaches the same villages.
    gap : float or None
        (cost - bound) / bound; 0 at 0/0; None when only the bound is 0.
    surveyed : bool
        False where no roads layer was given.
    """

    villages: int
    reached: int
    unreachable: int
    route_km: float
    unsurveyed_km: float
    cost_cny: Decimal
    lower_bound_cny: Decimal
    gap: float | None
    surveyed: bool


@dataclass(frozen=True)
class Plan:
    """The cheapest forest found from existing fiber to every reachable village, as typed tables.

    Attributes
    ----------
    villages, spans, routes, sites : GeoDataFrame
        Schemas ``plan_villages``, ``spans``, ``routes``, ``sites``.
    fiber, access_points, boundaries : GeoDataFrame
        The layers the plan was made with, so that a plan can be drawn by itself for ever.
    steering : GeoDataFrame
        What it had to use and could not use, schema ``steering``.
    totals : PlanTotals
        The only source of every total shown.
    findings : tuple of Finding
        Everything found from reading to planning.
    revision : str
        "" for a draft, else the issued revision.
    """

    villages: gpd.GeoDataFrame
    spans: gpd.GeoDataFrame
    routes: gpd.GeoDataFrame
    sites: gpd.GeoDataFrame
    fiber: gpd.GeoDataFrame
    access_points: gpd.GeoDataFrame
    boundaries: gpd.GeoDataFrame
    steering: gpd.GeoDataFrame
    totals: PlanTotals
    findings: tuple[Finding, ...]
    revision: str = ""

    @property
    def cost_cny(self) -> Decimal:
        """Return the price of the plan in CNY.

        Returns
        -------
        Decimal
            Price of the plan in CNY.
        """
        return self.totals.cost_cny

    @property
    def gap(self) -> float | None:
        """Return how far at most the plan is above the cheapest possible, as a share of the bound.

        Returns
        -------
        float | None
            How far at most the plan is above the cheapest possible, as a share of the bound.
        """
        return self.totals.gap
