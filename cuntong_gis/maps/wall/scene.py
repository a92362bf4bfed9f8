"""What a sheet shows of a campaign: one unit's villages, spans, fiber and sites, and the outlines around them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray

from cuntong_gis import crs
from cuntong_gis.errors import MapsError
from cuntong_gis.model import WHOLE_M, SpanStage
from cuntong_gis.progress import below
from cuntong_gis.words import Lang, Words

if TYPE_CHECKING:
    import geopandas as gpd

    from cuntong_gis.maps.shown import Shown

LEVELS = ("province", "prefecture", "county", "township", "village")
KINDS: dict[str, Words] = {
    "wall": Words("作战图", "campaign map"),
    "distribution": Words("工程分布图", "distribution map"),
    "route": Words("工程线路图", "route map"),
}


@dataclass(frozen=True)
class Scene:
    """One unit, ready to be drawn on any sheet.

    Attributes
    ----------
    shown : Shown
        The unit's part of the campaign.
    kind : {"wall", "distribution", "route"}
        What the sheet is about.
    code, name, level : str
        Of the unit.
    outlines : GeoDataFrame
        Schema ``boundaries`` of the whole campaign, with `inside`: whether it lies below the unit.
    """

    shown: Shown
    kind: str
    code: str
    name: str
    level: str
    outlines: gpd.GeoDataFrame

    @property
    def lang(self) -> Lang:
        """Return the language of the sheet.

        Returns
        -------
        str
            ``zh`` or ``en``.
        """
        return self.shown.settings.campaign.lang

    @property
    def title(self) -> str:
        """Return the title: the unit and what the sheet is.

        Returns
        -------
        str
            In the language of the sheet.
        """
        what = KINDS[self.kind].into(self.lang)
        return f"{self.name} {what}" if self.lang == "en" else f"{self.name}{what}"

    @cached_property
    def units(self) -> pd.DataFrame:
        """Return the figures of all units below the unit, without villages and overlays.

        Returns
        -------
        DataFrame
            Schema ``unit_status``.
        """
        units = self.shown.status.units
        wanted = ~units["overlay"] & (units["level"] != "village")
        kept: pd.DataFrame = units[wanted & below(units, self.code) if self.code else wanted]
        return kept

    @cached_property
    def root(self) -> pd.Series | None:
        """Return the figures of the unit.

        Returns
        -------
        Series or None
            Row of ``unit_status``; None where the campaign has no single unit above all.
        """
        units = self.shown.status.units
        own = units[units["code"] == self.code]
        return own.iloc[0] if self.code and len(own) else None

    @cached_property
    def outline(self) -> Any:
        """Return the area of the unit.

        Returns
        -------
        shapely geometry or None
            Its outline, else those of the units below it together; None where there is none.
        """
        own = self.outlines[self.outlines["code"] == self.code] if self.code else self.outlines.iloc[:0]
        if len(own):
            return shapely.union_all(own.geometry.to_numpy())
        for level in LEVELS:
            below = self.outlines[self.outlines["inside"] & (self.outlines["level"] == level)]
            if len(below):
                return shapely.union_all(below.geometry.to_numpy())
        return None

    @cached_property
    def placed(self) -> NDArray[np.bool_]:
        """Return which villages have a place.

        Returns
        -------
        ndarray of bool
            In the order of the plan.
        """
        geometry = self.shown.plan.villages.geometry.to_numpy()
        found: NDArray[np.bool_] = ~(shapely.is_missing(geometry) | shapely.is_empty(geometry))
        return found

    @cached_property
    def villages_at(self) -> NDArray[np.float64]:
        """Return where the placed villages are.

        Returns
        -------
        ndarray of float64, shape (n, 2)
            Degrees.
        """
        xy: NDArray[np.float64] = shapely.get_coordinates(self.shown.plan.villages.geometry.to_numpy()[self.placed])
        return xy

    @cached_property
    def corners(self) -> NDArray[np.float64]:
        """Return places that a map of the whole unit must hold.

        Returns
        -------
        ndarray of float64, shape (n, 2)
            Degrees.
        """
        parts = [self.villages_at, shapely.get_coordinates(self.shown.plan.spans.geometry.to_numpy())]
        if self.outline is not None:
            parts.append(shapely.get_coordinates(self.outline))
        return np.vstack(parts)

    @cached_property
    def projection(self) -> pyproj.CRS:
        """Return the projection of all sheets of the unit.

        Returns
        -------
        pyproj.CRS
            Transverse Mercator on the unit's middle meridian.
        """
        (west, south), (east, north) = self.corners.min(axis=0), self.corners.max(axis=0)
        return crs.centred_crs((float(west), float(south), float(east), float(north)))

    @cached_property
    def completion(self) -> NDArray[np.uint8]:
        """Return how far each span is.

        Returns
        -------
        ndarray of uint8
            0 nothing laid, 1 partly, 2 laid; in the order of the plan.
        """
        spans, status = self.shown.plan.spans, self.shown.status.spans
        laid = status["counted_m"].to_numpy(float)
        whole = (laid >= status["planned_m"].to_numpy(float) - WHOLE_M) | (spans["stage"] == SpanStage.LAID).to_numpy(
            bool
        )
        return np.where(whole, 2, np.where(laid > 0, 1, 0)).astype(np.uint8)

    @cached_property
    def children(self) -> pd.DataFrame:
        """Return the figures of the units directly below.

        Returns
        -------
        DataFrame
            Schema ``unit_status``; empty for a township.
        """
        units = self.units
        direct = units["parent"] == self.code if self.code else ~units["parent"].isin(units["code"])
        kept: pd.DataFrame = units[direct]
        return kept


def scene_of(shown: Shown, unit: str, kind: str) -> Scene:
    """Return what a sheet of a unit shows.

    Parameters
    ----------
    shown : Shown
        The whole campaign.
    unit : str
        Code of the unit; "" for the whole.
    kind : {"wall", "distribution", "route"}
        What the sheet is about.

    Returns
    -------
    Scene
        The unit's part, with the outlines around it.

    Raises
    ------
    MapsError
        If there is no such unit, or nothing in it has a place.
    """
    campaign = shown.settings.campaign
    whole = unit in ("", campaign.unit_code)
    part = shown if whole else shown.within(unit)
    code = _top(shown) if whole else unit
    units = part.status.units
    own = units[units["code"] == code]
    name = (campaign.unit_name if whole else "") or (str(own["name"].iloc[0]) if len(own) else "") or campaign.name
    level = str(own["level"].iloc[0]) if len(own) else ""
    outlines = shown.plan.boundaries
    inside = outlines["code"].isin(units.loc[below(units, code), "code"] if code else units["code"])
    scene = Scene(part, kind, code, name, level, outlines.assign(inside=inside))
    if not len(scene.corners):
        raise MapsError(
            Words(
                "没有一个村有坐标，图上无处可画", "no village has coordinates, so there is nothing to place on a map"
            ),
            where=unit,
            hint=Words("在 villages 图层中补全经纬度", "give the villages layer coordinates"),
        )
    return scene


def _top(shown: Shown) -> str:
    """Return the code of the unit that the campaign is of: as the settings name it, else the only top unit."""
    units = shown.status.units
    if (units["code"] == shown.settings.campaign.unit_code).any():
        return shown.settings.campaign.unit_code
    top = units[(units["parent"] == "") & ~units["overlay"]]
    return str(top["code"].iloc[0]) if len(top) == 1 else ""
