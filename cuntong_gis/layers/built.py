"""The door for as-built lines: they hang on a plan, so they are read once there is one."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from cuntong_gis import schema
from cuntong_gis.layers.notes import Notes, quoted
from cuntong_gis.layers.read import read_layer
from cuntong_gis.model import Finding, Severity
from cuntong_gis.settings import Settings
from cuntong_gis.words import Words

LAYER = "as_built"
HINT = Words(
    "编号以地图所示版本为准，见线路图或 campaign.gpkg", "the ids are those of the plan shown: see the route map"
)


def read_as_built(
    settings: Settings, last_span: Mapping[str, str], spans: frozenset[str]
) -> tuple[gpd.GeoDataFrame, tuple[Finding, ...]]:
    """Read the layer ``as_built`` and name the span of each line.

    Parameters
    ----------
    settings : Settings
        Names the file, or leaves it to be found as ``layers/as_built.*``.
    last_span : mapping of str to str
        Code of each village of the plan → the span that ends at it; "" where none does.
    spans : frozenset of str
        Spans of the plan.

    Returns
    -------
    lines : GeoDataFrame
        Schema ``as_built``. A line of which only the village is said gets the span that ends there; where the span or
        the village is not known, `span_id` is empty and a finding tells.
    findings : tuple of Finding
        What is wrong with the layer.

    Raises
    ------
    LayersError
        If the file cannot be read at all.
    """
    notes = Notes()
    read = read_layer(settings, LAYER, notes)
    if read is None:
        return schema.empty(LAYER), ()
    table = read.table.copy()
    said, village = table["span_id"].to_numpy(object), table["village_code"].to_numpy(object)
    found = np.array(
        [span if span else last_span.get(code, "") for span, code in zip(said, village, strict=True)], object
    )
    known = np.array([span in spans for span in found], bool)
    middle = shapely.line_interpolate_point(table.geometry.to_numpy(), 0.5, normalized=True)
    lonlat = shapely.get_coordinates(middle)

    unknown = Words("既无光缆段编号，也无区划代码，只画出，不比较", "names no span and no village: drawn, not compared")
    rules: tuple[tuple[str, NDArray[np.bool_], Words | Callable[[int], Words]], ...] = (
        ("as_built_nameless", (said == "") & (village == ""), unknown),
        (
            "as_built_span_unknown", (said != "") & ~known,
            lambda row: Words(
                f"规划中没有光缆段 {quoted(said[row])}，只画出，不比较",
                f"there is no span {quoted(said[row])} in the plan: drawn, not compared",
            ),
        ),
        (
            "as_built_village_unknown", (said == "") & (village != "") & ~known,
            lambda row: Words(
                f"规划中没有通往行政村 {quoted(village[row])} 的光缆段，只画出，不比较",
                f"no span of the plan leads to village {quoted(village[row])}: drawn, not compared",
            ),
        ),
    )  # fmt: skip
    for code, rows, what in rules:
        notes.rows(
            Severity.WARNING, code, read.origin, np.flatnonzero(rows).tolist(), what, HINT, lonlat=lonlat
        )  # fmt: skip
    return table.assign(span_id=np.where(known, found, "")), notes.all()
