"""The price of an edge: deployment, road class, slope, areas, reuse of pole lines and ducts."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import NDArray

from cuntong_gis.crs import Floats, project, step_lengths
from cuntong_gis.errors import NetworkError, SettingsError
from cuntong_gis.layers import road_table
from cuntong_gis.model import Deployment
from cuntong_gis.network.beside import CHUNK, length_beside, straight_pieces
from cuntong_gis.network.mesh import Bools, Ints
from cuntong_gis.network.sections import Sections
from cuntong_gis.settings import CostSettings
from cuntong_gis.units import FEN_PER_CNY
from cuntong_gis.words import Words

if TYPE_CHECKING:
    import geopandas as gpd
    import pyproj


@dataclass(frozen=True)
class RoadClass:
    """A class of road and what it means for the cable along it."""

    name: str
    zh: str
    en: str
    deployment: str
    factor: float


@cache
def road_classes() -> dict[str, RoadClass]:
    """Return the road classes of ``data/road_classes.csv`` by name.

    Returns
    -------
    dict of str to RoadClass
        In the order of the file, highest class first.
    """
    return {
        r["road_class"]: RoadClass(r["road_class"], r["zh"], r["en"], r["deployment"], float(r["factor"]))
        for r in road_table()
    }


@dataclass(frozen=True)
class Prices:
    """What was found for every edge.

    Attributes
    ----------
    deployment : ndarray of str, shape (e,)
        How the cable is carried.
    cost_fen : ndarray of int64, shape (e,)
        Price in fen.
    forbidden : ndarray of bool, shape (e,)
        Runs through a forbidden area.
    """

    deployment: NDArray[np.object_]
    cost_fen: NDArray[np.int64]
    forbidden: Bools


def off_road_cny_per_km(cost: CostSettings) -> float:
    """Return the price of a kilometre off the road: gaps, links, bridges to what is out of reach.

    Parameters
    ----------
    cost : CostSettings
        Prices.

    Returns
    -------
    float
        CNY per km.
    """
    return cost.per_km[Deployment.AERIAL_NEW] * cost.off_road_factor


def price_edges(
    found: Sections, road_class: NDArray[np.object_], layers: Any, crs: pyproj.CRS, cost: CostSettings
) -> Prices:
    """Price every edge in fen.

    Parameters
    ----------
    found : Sections
        Edges.
    road_class : ndarray of str, shape (e,)
        Class of the road; "" off the road.
    layers : Layers
        For `areas`, `supports` and `elevation`.
    crs : pyproj.CRS
        Planar system.
    cost : CostSettings
        Prices and factors.

    Returns
    -------
    Prices
        price = length × CNY/km of the deployment × class × slope × areas, rounded to the fen.
    """
    deployment, per_km = _base(road_class, cost)
    factor = 1.0 + cost.slope_factor * mean_slope(found.geometry, layers.elevation)
    forbidden = np.zeros(len(found.u), bool)
    if len(layers.supports) or len(layers.areas):
        shapes = _projected(found.geometry, crs)
        tree = shapely.STRtree(shapes)
        _reuse(deployment, per_km, tree, _projected_frame(layers.supports, crs), road_class != "", cost)
        area_factor, forbidden = _areas(tree, _projected_frame(layers.areas, crs), cost)
        factor *= area_factor
    fen = np.rint(found.length_m / 1000.0 * per_km * factor * FEN_PER_CNY).astype(np.int64)
    return Prices(deployment, fen, forbidden)


def _base(road_class: NDArray[np.object_], cost: CostSettings) -> tuple[NDArray[np.object_], Floats]:
    """Return deployment and CNY/km by road class alone."""
    names, which = np.unique(road_class.astype(str), return_inverse=True)
    known = road_classes()
    for key in {*cost.deployment, *cost.class_factor} - set(known):
        near = difflib.get_close_matches(key, known, 1, 0.5) or list(known)
        raise SettingsError(
            Words(f"未知的道路等级 {key}", f"unknown road class {key}"),
            where="cuntong.toml [cost]",
            hint=Words(f"可用：{'、'.join(near)}", f"known: {', '.join(near)}"),
        )
    deployment, per_km = [], []
    for name in names:
        if not name:
            deployment.append(str(Deployment.AERIAL_NEW))
            per_km.append(off_road_cny_per_km(cost))
            continue
        kind = known[name]
        way = cost.deployment.get(name, kind.deployment)
        deployment.append(way)
        per_km.append(cost.per_km[way] * cost.class_factor.get(name, kind.factor))
    return np.array(deployment, object)[which], np.array(per_km, float)[which]


def _projected(geometry: NDArray[np.object_], crs: pyproj.CRS) -> NDArray[np.object_]:
    points, owner = shapely.get_coordinates(geometry, return_index=True)
    shapes: NDArray[np.object_] = shapely.linestrings(project(points, crs), indices=owner)
    return shapes


def _projected_frame(frame: gpd.GeoDataFrame, crs: pyproj.CRS) -> gpd.GeoDataFrame:
    shapes = shapely.transform(np.asarray(frame.geometry.values, object), lambda points: project(points, crs))
    return frame.set_geometry(shapes, crs=crs)


def _reuse(
    deployment: NDArray[np.object_], per_km: Floats, tree: shapely.STRtree, supports: Any, on_road: Bools,
    cost: CostSettings,
) -> None:  # fmt: skip
    """Change edges that run beside a support with room, over most of their length, to the cheaper deployment."""
    for kind, way in (("duct", Deployment.DUCT_EXISTING), ("pole_line", Deployment.AERIAL_REUSED)):
        lines = supports[(supports["kind"] == kind) & supports["spare"]].geometry.values
        if not len(lines):
            continue
        near = _near(tree, np.asarray(lines, object), cost.support_distance_m)
        shapes = tree.geometries[near]
        beside = length_beside(shapes, np.asarray(lines, object), cost.support_distance_m)
        mostly = near[(beside > 0) & (beside >= 0.8 * shapely.length(shapes))]
        cheaper = mostly[cost.per_km[way] < per_km[mostly]]
        deployment[cheaper] = str(way)
        per_km[cheaper] = cost.per_km[way]


def _near(tree: shapely.STRtree, lines: NDArray[np.object_], reach_m: float) -> Ints:
    """Return the edges within reach of lines."""
    near = np.zeros(len(tree), bool)
    pieces = straight_pieces(lines)
    for start in range(0, len(pieces), CHUNK):
        near[tree.query(pieces[start : start + CHUNK], predicate="dwithin", distance=reach_m)[1]] = True
    return np.flatnonzero(near).astype(np.int64)


def _areas(tree: shapely.STRtree, areas: gpd.GeoDataFrame, cost: CostSettings) -> tuple[Floats, Bools]:
    """Return the length-weighted factor of every edge, and which run through a forbidden area."""
    shapes = tree.geometries
    factor = np.ones(len(shapes))
    forbidden = np.zeros(len(shapes), bool)
    total = np.maximum(shapely.length(shapes), 1e-9)
    fallback = {"avoid": cost.avoid_factor, "prefer": cost.prefer_factor, "forbid": 1.0}
    for name, kind, given, zone in zip(areas["name"], areas["kind"], areas["factor"], areas.geometry, strict=True):
        touched = tree.query(zone, predicate="intersects")
        inside = _share_inside(shapes[touched], zone, total[touched])
        if kind == "forbid":
            forbidden[touched[inside > 0]] = True
            continue
        weight = fallback[kind] if np.isnan(given) else float(given)
        if not weight > 0:
            raise NetworkError(
                Words(f"系数 {weight:g} 不合适", f"factor {weight:g} does not fit"),
                where=f"areas {name or kind}, factor",
                hint=Words(
                    "应大于 0：优先区小于 1，避让区大于 1", "give one above 0: below 1 to prefer, above 1 to avoid"
                ),
            )
        factor[touched] *= 1.0 + inside * (weight - 1.0)
    return factor, forbidden


def _share_inside(shapes: NDArray[np.object_], zone: shapely.Geometry, total: Floats) -> Floats:
    """Return the share of each line inside a zone; only those that cross its border are cut."""
    shapely.prepare(zone)
    crossing = ~shapely.covers(zone, shapes)
    share = np.ones(len(shapes))
    share[crossing] = shapely.length(shapely.intersection(shapes[crossing], zone)) / total[crossing]
    return share


def mean_slope(geometry: NDArray[np.object_], elevation: Path | None) -> Floats:
    """Return the mean slope of each line as rise over run, up and down alike.

    Parameters
    ----------
    geometry : ndarray of shapely LineString, shape (e,)
        Degrees.
    elevation : Path or None
        Raster of heights in metres; None gives 0 for all.

    Returns
    -------
    ndarray of float64, shape (e,)
        Σ|Δh| / Σ length over the vertices; steps to or from a void count nothing.

    Raises
    ------
    NetworkError
        If the extra ``raster`` is not installed or the raster cannot be read.
    """
    if elevation is None or not len(geometry):
        return np.zeros(len(geometry))
    points, owner = shapely.get_coordinates(geometry, return_index=True)
    height = _heights(points, elevation)
    rise = np.abs(np.diff(height))
    step = step_lengths(points)
    usable = (owner[1:] == owner[:-1]) & np.isfinite(rise)
    up = np.bincount(owner[1:][usable], weights=rise[usable], minlength=len(geometry))
    run = np.bincount(owner[1:][usable], weights=step[usable], minlength=len(geometry))
    return np.asarray(np.divide(up, run, out=np.zeros(len(geometry)), where=run > 0), np.float64)


def _heights(points: Floats, elevation: Path) -> Floats:
    try:
        import rasterio
    except ImportError:
        raise NetworkError(
            Words("读取高程需要扩展 raster", "reading elevation needs the extra 'raster'"),
            where=elevation.name, hint="pip install 'cuntong-gis[raster]'",
        ) from None  # fmt: skip
    from rasterio.errors import RasterioError
    from rasterio.warp import transform

    try:
        with rasterio.open(elevation) as raster:
            band = raster.read(1).astype(float)
            if raster.nodata is not None:
                band[band == raster.nodata] = np.nan
            x, y = transform("EPSG:4326", raster.crs, points[:, 0], points[:, 1])
            column, row = _cells(raster, x, y)
    except RasterioError as error:
        raise NetworkError(
            Words("高程文件无法读取", "the elevation file cannot be read"), where=elevation.name, hint=str(error)
        ) from error
    inside = (row >= 0) & (row < band.shape[0]) & (column >= 0) & (column < band.shape[1])
    height = np.full(len(points), np.nan)
    height[inside] = band[row[inside], column[inside]]
    height[(height < -500) | (height > 9000)] = np.nan
    return height


def _cells(raster: Any, x: Any, y: Any) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    back = ~raster.transform
    x, y = np.asarray(x), np.asarray(y)
    column = np.floor(back.a * x + back.b * y + back.c).astype(np.int64)
    row = np.floor(back.d * x + back.e * y + back.f).astype(np.int64)
    return column, row
