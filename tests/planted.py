"""A campaign full of what may not be told: marks in every column, table and setting that is on no list of the public."""

from __future__ import annotations

import dataclasses
import datetime as dt
from decimal import Decimal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from cuntong_gis.maps.public import coarse
from cuntong_gis.model import Finding, Severity
from cuntong_gis.words import Words

MARK, NUMBER, DAY, FAR = "暗号ZQX", 7319468.0, pd.Timestamp("1999-09-19"), (3.3, 1.7)
"""What is planted where nothing may be told: a text, a number, a day, and a way off on the ground."""
FIGURES = {
    "villages", "surveyed", "approved", "material_ready", "laid", "lit", "closed", "late", "target", "lit_rate",
    "closed_rate", "target_rate", "planned_m", "laid_m",
}  # fmt: skip
UNITS = {"code", "name", "level", "parent", "overlay"}
TOLD: dict[str, set[str]] = {
    "plan.villages": {"code", "name", "township", "county", "stage", "stage_date", "due_date", "late", "reached"},
    "plan.boundaries": {"code", "name", "level", "parent"},
    "status.villages": {
        "code", "name", "township", "stage", "stage_on", "laid_on", "lit_on", "closed_on", "due_date", "late",
    },
    "status.units": UNITS | FIGURES | {"done", "time_rate", "lag_points"},
    "timeline.units": UNITS,
    "settings.campaign": {"name", "unit_code", "unit_name", "start", "deadline", "as_of", "lang", "synthetic"},
    "settings.maps": {"title", "label_zoom"},
}  # fmt: skip
"""What may be told, written down a second time: adding to one list without the other fails here."""
WHOLE = {
    "plan.totals", "plan.revision", "status.as_of", "status.period", "timeline.days", "timeline.stage", "timeline.late",
    "timeline.unit_of", "timeline.village_of", "has_ledger", "unit", "public", "settings.folder",
}  # fmt: skip
"""Parts that are no tables: told as they are, or of no content. Of the totals only counts and route metres are."""


def planted(thing: object, at: str = "") -> object:
    """Return a copy of anything of a campaign in which all that may not be told is something else."""
    if at in WHOLE:
        return thing
    if isinstance(thing, pd.DataFrame):
        return planted_table(thing, at)
    if dataclasses.is_dataclass(thing):
        told = TOLD.get(at, set())
        fields = {f.name: getattr(thing, f.name) for f in dataclasses.fields(thing) if f.name not in told}
        return dataclasses.replace(thing, **{k: planted(v, f"{at}.{k}".lstrip(".")) for k, v in fields.items()})
    if at == "timeline.figures":
        return {name: v if name in FIGURES else np.full_like(v, NUMBER) for name, v in thing.items()}
    if at.endswith("findings"):
        words = Words(f"{MARK}发现", f"{MARK} finding")
        return (Finding(Severity.ERROR, MARK, words, words, MARK, MARK, MARK, 106.9, 26.9),)
    if isinstance(thing, np.ndarray):
        return np.full_like(thing, NUMBER)
    if isinstance(thing, str):
        return f"{MARK}{at}"
    return thing


def planted_table(table: pd.DataFrame, at: str) -> pd.DataFrame:
    told, made = TOLD.get(at, set()), table.copy()
    if not len(made):  # as-built lines and areas of steering: there must be something to tell
        made = empty_but_one(made)
    for name in made.columns:
        if name not in told and name != "geometry":
            made[name] = [*[other(v, f"{at}.{name}") for v in made[name]]] if len(made) else made[name]
    if "geometry" in made and at not in ("plan.villages", "plan.boundaries"):
        made["geometry"] = shapely.transform(made.geometry.to_numpy(), lambda xy: xy + FAR)
    if "geometry" in made and at in ("plan.villages", "plan.boundaries"):
        made["geometry"] = shapely.transform(made.geometry.to_numpy(), within_their_cells)
    made["secret"] = f"{MARK}{at}.secret"
    return made


def empty_but_one(table: pd.DataFrame) -> pd.DataFrame:
    row = {name: [None if name == "geometry" else ""] for name in table.columns}
    if "geometry" not in row:
        return pd.DataFrame(row)
    row["geometry"] = [shapely.LineString([(106.8, 26.8), (107.0, 27.0)])]
    return gpd.GeoDataFrame(row, crs="EPSG:4326")


def other(value: object, at: str) -> object:
    if isinstance(value, bool | np.bool_):
        return not value
    if isinstance(value, Decimal):
        return Decimal(int(NUMBER))
    if isinstance(value, pd.Timestamp | dt.date) or value is pd.NaT:
        return DAY
    if isinstance(value, int | float | np.number) or value is pd.NA:
        return type(value)(NUMBER) if isinstance(value, int | np.integer) else NUMBER
    return f"{MARK}{at}"


def within_their_cells(lonlat: np.ndarray) -> np.ndarray:
    """Return other places in the same cells; the same place goes to the same place, so that borders stay shared."""
    middle = coarse(lonlat)
    seed = np.modf(np.abs(np.sin(lonlat[:, 0] * 12_989.8 + lonlat[:, 1] * 78_233.0)) * 43_758.5)[0]
    turn = 2 * np.pi * seed
    return middle + 20 / 111_320 * np.column_stack([np.cos(turn), np.sin(turn)])
