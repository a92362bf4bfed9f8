"""The public edition: coarse places and listed fields; no people, no evidence, no rooms, no trunk, no routes.

It is made anew of what is on the lists below. What is on none of them is not taken out, it never gets in: neither a
column that a user's file brings along, nor one that is added to a schema some day.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import NDArray

from cuntong_gis import schema
from cuntong_gis.maps.shown import Shown
from cuntong_gis.model import Plan, PlanTotals
from cuntong_gis.progress import Status, Timeline
from cuntong_gis.settings import CampaignSettings, MapsSettings, Settings
from cuntong_gis.words import Words

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

CELL_M = 50.0
"""A place is told as the middle of a cell of the ground at least this wide and high (ENGINEERING, Papers)."""
CELL_DEGREES = CELL_M / 110_574.0
"""Its height: a degree of latitude is shortest at the equator, where it has 110 574 m."""

CAMPAIGN = ("name", "unit_code", "unit_name", "start", "deadline", "as_of", "lang", "synthetic")
VILLAGES = ("code", "name", "township", "county", "stage", "stage_date", "due_date", "late", "reached")
VILLAGE_STATUS = (
    "code", "name", "township", "stage", "stage_on", "laid_on", "lit_on", "closed_on", "due_date", "late",
)  # fmt: skip
OUTLINES = ("code", "name", "level", "parent")
UNITS = ("code", "name", "level", "parent", "overlay")
FIGURES = (
    "villages", "surveyed", "approved", "material_ready", "laid", "lit", "closed", "late", "target", "lit_rate",
    "closed_rate", "target_rate", "planned_m", "laid_m",
)  # fmt: skip
"""Figures of units, on the day and on the days before."""
STANDING = ("done", "time_rate", "lag_points")
"""Figures of units on the day alone."""

NO_PUBLIC_ROUTES = Words(
    "线路图没有公开版：每条路由都起自机房或干线，隐去它们、粗化坐标，起点仍会指明其所在；"
    "公开请用 distribution、wall 或 dashboard",
    "there is no public route map: every route begins at a room or on the trunk, and would point to it even with these "
    "hidden and places coarsened; publish distribution, wall or dashboard",
)

Floats = NDArray[np.float64]


def public_of(shown: Shown) -> Shown:
    """Return the public edition of a campaign.

    Parameters
    ----------
    shown : Shown
        The campaign, or a unit of it.

    Returns
    -------
    Shown
        Villages by name, code, unit and stage with its days, due day and lateness, to `CELL_M`; outlines as coarse;
        figures of units. All else is empty, zero or the default, whatever `shown` holds.

    Notes
    -----
    Cells are fixed on the earth and nothing is drawn by lot: many editions, of any unit and day, tell no more of a
    place than one.
    """
    settings, line, status = shown.settings, shown.timeline, shown.status
    return Shown(
        settings=Settings(
            campaign=CampaignSettings(**{name: getattr(settings.campaign, name) for name in CAMPAIGN}),
            maps=MapsSettings(title=settings.maps.title, label_zoom=settings.maps.label_zoom),
        ),
        plan=_plan(shown.plan),
        status=Status(
            units=_listed(status.units, "unit_status", (*UNITS, *FIGURES, *STANDING)),
            villages=_listed(status.villages, "village_status", VILLAGE_STATUS), spans=schema.empty("span_status"),
            as_of=status.as_of, period=status.period, findings=(),
        ),
        timeline=Timeline(
            days=line.days, units=line.units[list(UNITS)].copy(),
            figures={name: of if name in FIGURES else np.zeros_like(of) for name, of in line.figures.items()},
            stage=line.stage, late=line.late, laid_m=np.zeros((len(line.days), 0), np.float32), unit_of=line.unit_of,
            village_of=line.village_of,
        ),
        officials=schema.empty("officials"), blockers=schema.empty("open_blockers"),
        evidence=np.zeros(len(shown.plan.villages), np.int64), as_built=schema.empty("as_built"),
        lights=schema.empty("lights"), has_ledger=shown.has_ledger, unit=shown.unit, public=True,
    )  # fmt: skip


def _plan(plan: Plan) -> Plan:
    totals = PlanTotals(
        plan.totals.villages, plan.totals.reached, plan.totals.unreachable, plan.totals.route_km, 0.0, Decimal(0),
        Decimal(0), None, True,
    )  # fmt: skip
    nothing = {name: schema.empty(name) for name in ("spans", "routes", "sites", "fiber", "access_points", "steering")}
    villages = _listed(plan.villages, "plan_villages", VILLAGES, coarse_shapes(plan.villages.geometry))
    outlines = coarse_areas(plan.boundaries.geometry)
    whole = ~(shapely.is_missing(outlines) | shapely.is_empty(outlines))
    boundaries = _listed(plan.boundaries[whole], "boundaries", OUTLINES, outlines[whole])
    return Plan(
        villages=villages, boundaries=boundaries, totals=totals, findings=(), revision=plan.revision, **nothing
    )  # fmt: skip


def _listed(table: pd.DataFrame, name: str, columns: Iterable[str], shapes: Any = None) -> gpd.GeoDataFrame:
    """Return a table of a schema that holds the listed columns of another, and the shapes given."""
    kept: dict[str, Any] = {column: table[column] for column in columns}
    return schema.conform(kept if shapes is None else {**kept, "geometry": shapes}, name)


def coarse(lonlat: Floats) -> Floats:
    """Return the middles of the cells that places lie in.

    Parameters
    ----------
    lonlat : ndarray of float64, shape (n, 2)
        Degrees.

    Returns
    -------
    ndarray of float64, shape (n, 2)
        Degrees: rows of `CELL_DEGREES` of latitude from the equator, in each of them cells as wide as it is high.
    """
    lat = (np.floor(lonlat[:, 1] / CELL_DEGREES) + 0.5) * CELL_DEGREES
    wide = CELL_DEGREES / np.maximum(np.cos(np.radians(lat)), 1e-6)
    return np.column_stack([(np.floor(lonlat[:, 0] / wide) + 0.5) * wide, lat])


def coarse_shapes(geometry: Any) -> NDArray[np.object_]:
    """Return shapes of which every vertex is coarse.

    Parameters
    ----------
    geometry : array of shapely geometry
        Degrees; None where there is none.

    Returns
    -------
    ndarray of shapely geometry
        Without height; borders that two areas share stay shared.
    """
    return np.asarray(shapely.transform(np.asarray(geometry, object), coarse), object)


def coarse_areas(geometry: Any) -> NDArray[np.object_]:
    """Return areas with coarse vertices that are areas still.

    Parameters
    ----------
    geometry : array of Polygon or MultiPolygon
        Degrees.

    Returns
    -------
    ndarray of Polygon or MultiPolygon
        Valid; empty where an area is smaller than a cell.
    """
    valid = shapely.make_valid(coarse_shapes(geometry), method="structure", keep_collapsed=False)
    return np.asarray(shapely.remove_repeated_points(valid), object)
