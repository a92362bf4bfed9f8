"""Spans that the settings name, found again by their courses in the plans of the workspace."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pyogrio

from cuntong_gis import schema
from cuntong_gis.errors import LayersError, SettingsError
from cuntong_gis.settings import FILE_NAME, Settings
from cuntong_gis.words import Words

if TYPE_CHECKING:
    import geopandas as gpd
    from shapely import Geometry

SPAN_ID = re.compile(r"S[0-9A-F]{10}(-\d+)?")
"""How a plan names a span; nothing else is asked of a file."""

KNOWN_IN = ("spans", "steering")
"""Layers of a plan that know a span's course: it runs there, or was steered when the plan was made."""


def with_named_spans(drawn: gpd.GeoDataFrame, settings: Settings) -> gpd.GeoDataFrame:
    """Return what was drawn and, after it, the spans that the settings name.

    Parameters
    ----------
    drawn : GeoDataFrame
        Schema ``steering``, as read from the layer.
    settings : Settings
        Section `steering`; the plans are those of its folder, drafted and issued, and `Settings.steered`.

    Returns
    -------
    GeoDataFrame
        Schema ``steering``.

    Raises
    ------
    SettingsError
        If a name is no span's name.
    LayersError
        If a span is in no plan of the workspace.
    """
    wanted = _wanted(settings)
    if not wanted:
        return drawn
    course = _courses(list(wanted), [settings.draft, settings.steered, *sorted(settings.issued.glob("R*.gpkg"))])
    lost = [span for span in wanted if span not in course]
    if lost:
        raise LayersError(
            Words(
                f"光缆段 {'、'.join(lost)} 不在草案里，也不在任何已发布版本里",
                f"span {', '.join(lost)} is in neither the draft nor an issued revision",
            ),
            where=f"{FILE_NAME} [steering] {wanted[lost[0]]}_spans",
            hint=Words(
                "核对编号；或删去它重新规划，改用新草案中的编号；或在图层 steering 里画出这条线",
                "check the name; or take it out, plan again, and name a span of the new draft; "
                "or draw the line in the layer 'steering'",
            ),
        )
    named = {"span_id": list(wanted), "kind": list(wanted.values()), "geometry": [course[span] for span in wanted]}
    parts = [pd.DataFrame(part) for part in (drawn, schema.conform(named, "steering")) if len(part)]
    return schema.conform(pd.concat(parts, ignore_index=True), "steering")


def _wanted(settings: Settings) -> dict[str, str]:
    """Return span → kind, in the order of the settings."""
    wanted = {}
    for kind in ("banned", "must_use"):
        for name in getattr(settings.steering, f"{kind}_spans"):
            span = name.strip().upper()
            if not SPAN_ID.fullmatch(span):
                raise SettingsError(
                    Words(f"{name!r} 不是光缆段编号", f"{name!r} is no name of a span"),
                    where=f"{FILE_NAME} [steering] {kind}_spans",
                    hint=Words("编号形如 S0123456789，见线路图或 campaign.gpkg", "it looks like S0123456789"),
                )
            wanted[span] = kind
    return wanted


def _courses(spans: list[str], plans: list[Path]) -> dict[str, Geometry]:
    """Return the course of every span that one of the plans knows; a name stands for the same course in all."""
    found: dict[str, Geometry] = {}
    for path in plans:
        for layer in KNOWN_IN:
            missing = [span for span in spans if span not in found]
            if not missing or not path.exists():
                continue
            listed = ", ".join(f"'{span}'" for span in missing)
            try:
                rows = pyogrio.read_dataframe(path, layer=layer, columns=["span_id"], where=f"span_id IN ({listed})")
            except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError):
                continue  # no plan, or one that was made before there was steering: the span may be in another
            found |= dict(zip(rows["span_id"], rows.geometry, strict=True))
    return found
