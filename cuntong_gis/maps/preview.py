"""Small still pictures of the two maps for the start page: one SVG each, no script, nothing to load."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import NDArray

from cuntong_gis.maps import style
from cuntong_gis.maps.columns import placed
from cuntong_gis.model import SpanStage, Stage

if TYPE_CHECKING:
    import geopandas as gpd

    from cuntong_gis.model import Plan

WIDTH, HEIGHT, MARGIN = 560, 330, 14
MOST_LINES = 3000
"""A picture this small shows no more; the spans that serve most villages are drawn."""


def preview(kind: str, plan: Plan) -> str:
    """Draw a plan as a small picture.

    Parameters
    ----------
    kind : {"distribution", "route"}
        Which map it stands for: villages by stage, or spans by stage.
    plan : Plan
        The plan.

    Returns
    -------
    str
        An ``<svg>`` element with presentation attributes only; it holds no text of the data.
    """
    plan = placed(plan)
    tables = [plan.villages, plan.spans, plan.fiber, plan.boundaries]
    boxes = [table.total_bounds for table in tables if len(table)]
    if not boxes:
        return ""
    place = Place(np.array(boxes), WIDTH, HEIGHT, MARGIN)
    parts = _borders(plan.boundaries, place)
    fiber = style.FIBER["trunk"].color
    parts.append(f'<path d="{place.lines(plan.fiber.geometry.to_numpy())}" stroke="{fiber}" stroke-width="1.6"/>')
    parts += _spans(kind, plan.spans, place)
    if kind == "distribution":
        parts += _villages(plan.villages, place)
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" aria-hidden="true" fill="none" '
        f'stroke-linejoin="round" stroke-linecap="round">{"".join(parts)}</svg>'
    )


class Place:
    """Degrees → picture: north up, both axes to one scale at the middle latitude, centred.

    Parameters
    ----------
    boxes : ndarray of float64, shape (n, 4)
        West, south, east, north of what must be in the picture.
    width, height, margin : float
        Of the picture.
    """

    def __init__(self, boxes: NDArray[np.float64], width: float, height: float, margin: float) -> None:
        west, south = boxes[:, :2].min(axis=0)
        east, north = boxes[:, 2:].max(axis=0)
        self.squeeze = float(np.cos(np.radians((south + north) / 2)))
        spread = np.maximum([(east - west) * self.squeeze, north - south], 1e-9)
        self.scale = float(np.min((np.array([width, height]) - 2 * margin) / spread))
        self.middle = np.array([(west + east) / 2, (south + north) / 2])
        self.centre = np.array([width / 2, height / 2])

    def __call__(self, lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return places in the picture.

        Parameters
        ----------
        lonlat : ndarray of float64, shape (n, 2)
            Degrees.

        Returns
        -------
        ndarray of float64, shape (n, 2)
            To the right and down.
        """
        stretch = np.array([self.squeeze * self.scale, -self.scale])
        placed: NDArray[np.float64] = (lonlat - self.middle) * stretch + self.centre
        return placed

    def dots(self, geometry: Any) -> str:
        """Return a path of zero-length strokes, which round caps turn into dots.

        Parameters
        ----------
        geometry : array of Point
            In degrees.

        Returns
        -------
        str
            As of the attribute ``d``.
        """
        return "".join(f"M{x:.1f} {y:.1f}h0" for x, y in self(shapely.get_coordinates(geometry)))

    def lines(self, geometry: Any) -> str:
        """Return a path of lines, without what is smaller than half a pixel.

        Parameters
        ----------
        geometry : array of LineString or MultiLineString
            In degrees.

        Returns
        -------
        str
            As of the attribute ``d``.
        """
        drawn = shapely.transform(shapely.get_parts(np.asarray(geometry, object)), self)
        drawn = shapely.simplify(drawn[shapely.length(drawn) >= 1.0], 0.5)
        return "".join("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in shapely.get_coordinates(line)) for line in drawn)


def _borders(table: gpd.GeoDataFrame, place: Place) -> list[str]:
    """Return the land, the borders of the second level, and the outer ones on top."""
    level = table["level"].where(table["level"] != "", "county")
    paths = {
        name: place.lines(shapely.boundary(table.geometry[level == name].to_numpy()))
        for name in [name for name in style.BOUNDARY if (level == name).any()][:2]
    }
    if not paths:
        return []
    drawn = [
        f'<path d="{path}" stroke="{style.BOUNDARY[name].color}" stroke-width="{0.7 if n else 1.3}"/>'
        for n, (name, path) in enumerate(paths.items())
    ]
    return [f'<path d="{next(iter(paths.values()))}" fill="#fff" fill-rule="evenodd"/>', *reversed(drawn)]


def _spans(kind: str, table: gpd.GeoDataFrame, place: Place) -> list[str]:
    looks = style.SPAN if kind == "route" else style.SPAN_BEHIND
    shown = table.sort_values("villages", ascending=False, kind="stable").head(MOST_LINES)
    drawn = []
    for stage in SpanStage:
        rows = shown[shown["stage"] == stage]
        for wide in (False, True) if kind == "route" else (None,):
            chosen: Sequence[Any] = rows.geometry.to_numpy()
            if wide is not None:
                chosen = rows.geometry[(rows["villages"] >= 5) == wide].to_numpy()
            width = 1.0 if wide is None else 2.4 if wide else 1.4
            drawn.append(f'<path d="{place.lines(chosen)}" stroke="{looks[stage].color}" stroke-width="{width}"/>')
    return drawn


def _villages(table: gpd.GeoDataFrame, place: Place) -> list[str]:
    dot = 7.0 if len(table) < 500 else 4.5 if len(table) < 3000 else 2.4
    drawn = []
    for stage in Stage:
        look, path = style.VILLAGE[stage], place.dots(table.geometry[table["stage"] == stage].to_numpy())
        drawn.append(f'<path d="{path}" stroke="{look.line}" stroke-width="{dot}"/>')
        drawn.append(f'<path d="{path}" stroke="{look.fill}" stroke-width="{dot * 0.7:.1f}"/>')
    return drawn
