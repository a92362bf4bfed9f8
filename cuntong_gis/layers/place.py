"""Coordinates as drawn → degrees in WGS84: CRS, datum, and what cannot be a place on Earth."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyproj
import shapely

from cuntong_gis import datum
from cuntong_gis.crs import GEOGRAPHIC, Floats
from cuntong_gis.errors import LayersError
from cuntong_gis.layers.notes import Notes, Origin
from cuntong_gis.layers.raw import Bools, Job, Objects
from cuntong_gis.model import Severity
from cuntong_gis.words import Words

DEGREES = 360.0
"""A coordinate beyond this is in metres."""
ZONES_WITH_PREFIX = range(25, 46)
FIRST_PREFIX_EPSG = 4513
"""CGCS2000 / 3-degree Gauss-Kruger zone 25 (easting 25 500 000) is EPSG:4513; zone 45 is 4533 (EPSG registry)."""


def to_degrees(geometry: Objects, declared: str, sheet: bool, origin: Origin, job: Job, notes: Notes) -> Objects:
    """Return geometry in degrees of WGS84.

    Parameters
    ----------
    geometry : ndarray of shapely geometry or None
        Two-dimensional.
    declared : str
        What the file says of its coordinate system.
    sheet : bool
        The coordinates are columns of numbers, which say nothing.
    origin : Origin
        Where the rows came from.
    job : Job
        The layer, with the settings `crs` and `datum`.
    notes : Notes
        Takes the assumptions and the rows that lie nowhere.

    Returns
    -------
    ndarray of shapely geometry or None
        None for rows that cannot be placed; each has an error finding.

    Raises
    ------
    LayersError
        If the system is unknown or cannot be that of the numbers.
    """
    points, owner = shapely.get_coordinates(geometry, return_index=True)
    if not len(points):
        return geometry
    crs = _crs(points, declared, sheet, origin, job, notes)
    lonlat = _unproject(points, crs, origin, job, notes)
    bad = _impossible(points, lonlat, owner, len(geometry), crs, origin, notes)
    if job.source.datum in ("gcj02", "bd09"):
        lonlat = datum.to_wgs84(lonlat, job.source.datum)
    placed = geometry.copy()
    placed[bad] = None
    good = ~bad[owner]
    # set_coordinates writes into the array it is given; the geometries themselves are new ones.
    return np.asarray(shapely.set_coordinates(placed, lonlat[good]), object)


def _crs(points: Floats, declared: str, sheet: bool, origin: Origin, job: Job, notes: Notes) -> pyproj.CRS:
    named = job.source.crs or declared
    median = float(np.nanmedian(np.abs(points[np.isfinite(points).all(axis=1)]))) if len(points) else 0.0
    if not named:
        if not sheet or median > DEGREES:
            what = (
                Words(
                    "坐标像是以米为单位，但没有声明坐标系", "the coordinates look like metres, but no CRS is declared"
                )
                if sheet
                else Words("文件没有坐标系", "the file has no coordinate system")
            )
            raise LayersError(what, where=origin.file, hint=_say_crs(job, "EPSG:4544"))
        if job.source.datum is None:
            notes.tell(
                Severity.NOTICE, "datum_assumed", origin.layer,
                f"{origin.file}：没有声明坐标基准，按 WGS84 经纬度处理",
                f"{origin.file}: no datum is declared, WGS84 degrees are assumed",
                Words(
                    f'高德、腾讯坐标写 [layers.{job.layer}] datum = "gcj02"，百度写 "bd09"',
                    f'for Amap or Tencent say [layers.{job.layer}] datum = "gcj02", for Baidu "bd09"',
                ),
            )  # fmt: skip
        named = GEOGRAPHIC
    try:
        crs = pyproj.CRS.from_user_input(named)
    except pyproj.exceptions.CRSError as error:
        raise LayersError(
            Words(f"未知的坐标系 {named[:60]}", f"unknown coordinate system {named[:60]}"),
            where=f"cuntong.toml [layers.{job.layer}] crs" if job.source.crs else origin.file,
            hint=_say_crs(job, "EPSG:4490"),
        ) from error
    if crs.is_geographic and median > DEGREES:
        raise LayersError(
            Words(
                f"坐标系标为经纬度（{crs.name}），坐标却像米（如 {points[0, 0]:.1f}, {points[0, 1]:.1f}）",
                f"labelled as degrees ({crs.name}), but the coordinates look like metres "
                f"(e.g. {points[0, 0]:.1f}, {points[0, 1]:.1f})",
            ),
            where=origin.file,
            hint=_say_crs(job, "EPSG:4544"),
        )
    return crs


def _say_crs(job: Job, example: str) -> Words:
    return Words(
        f'在 cuntong.toml 写 [layers.{job.layer}] crs = "{example}" 等',
        f'say in cuntong.toml: [layers.{job.layer}] crs = "{example}", or what it is',
    )


def _unproject(points: Floats, crs: pyproj.CRS, origin: Origin, job: Job, notes: Notes) -> Floats:
    if _is_degrees(crs):
        return points
    if crs.is_projected:
        _refuse_zone_prefix(points, crs, origin, job)
    try:
        transformer = pyproj.Transformer.from_crs(crs, GEOGRAPHIC, always_xy=True)
        lon, lat = transformer.transform(points[:, 0], points[:, 1])
    except pyproj.exceptions.ProjError as error:
        raise LayersError(
            Words(f"坐标系 {crs.name} 不能换算为经纬度", f"coordinates in {crs.name} cannot be turned into degrees"),
            where=origin.file,
            hint=_say_crs(job, "EPSG:4544"),
        ) from error
    name = crs.name
    notes.tell(
        Severity.NOTICE, "reprojected", origin.layer,
        f"{origin.file}：已由 {name} 换算为经纬度", f"{origin.file}: converted from {name} to degrees",
    )  # fmt: skip
    return np.column_stack([lon, lat])


def _is_degrees(crs: pyproj.CRS) -> bool:
    """Tell WGS84 and CGCS2000 in degrees, which are taken as equal."""
    return bool(crs.is_geographic) and (
        crs.to_epsg(min_confidence=60) in (4326, 4490, 4979, 4480) or "CRS84" in crs.name
    )


def _refuse_zone_prefix(points: Floats, crs: pyproj.CRS, origin: Origin, job: Job) -> None:
    """Catch eastings such as 35 500 000 under a system without the zone's number."""
    params = crs.coordinate_operation.params if crs.coordinate_operation else []
    false_easting = next((float(p.value) for p in params if p.name == "False easting"), None)
    zone = int(float(np.nanmedian(points[:, 0])) // 1e6)
    if false_easting is not None and false_easting < 1e6 and zone in ZONES_WITH_PREFIX:
        right = f"EPSG:{FIRST_PREFIX_EPSG + zone - ZONES_WITH_PREFIX.start}"
        raise LayersError(
            Words(
                f"横坐标带有带号 {zone}（如 {points[0, 0]:.1f}），与坐标系 {crs.name} 不符",
                f"eastings carry the zone number {zone} (e.g. {points[0, 0]:.1f}), which {crs.name} does not have",
            ),
            where=origin.file,
            hint=_say_crs(job, right),
        )


def _impossible(
    points: Floats, lonlat: Floats, owner: np.ndarray[tuple[int], np.dtype[np.intp]], count: int, crs: pyproj.CRS,
    origin: Origin, notes: Notes,
) -> Bools:  # fmt: skip
    """Return the rows that lie nowhere, each with its finding."""
    first = np.full(count, -1)
    bad = np.zeros(count, bool)

    def rows_of(vertex: Any) -> list[int]:
        at = np.flatnonzero(vertex & ~bad[owner])
        rows, where = np.unique(owner[at], return_index=True)
        first[rows] = at[where]
        bad[rows] = True
        return [int(r) for r in rows]

    def shown(row: int) -> str:
        return f"{points[first[row], 0]:.10g}, {points[first[row], 1]:.10g}"

    lon, lat = lonlat[:, 0], lonlat[:, 1]
    finite = np.isfinite(points).all(axis=1)
    notes.rows(
        Severity.ERROR, "coordinate_not_finite", origin, rows_of(~finite),
        lambda row: Words(f"坐标不是有限的数：{shown(row)}", f"the coordinate is not finite: {shown(row)}"),
    )  # fmt: skip
    notes.rows(
        Severity.ERROR, "coordinate_zero", origin, rows_of((points == 0.0).all(axis=1)),
        Words("坐标为 0, 0，等于没有填", "the coordinate is 0, 0, which means none"),
    )  # fmt: skip
    with np.errstate(invalid="ignore"):
        swapped = (np.abs(lon) <= 90.0) & (np.abs(lat) > 90.0) & (np.abs(lat) <= 180.0) & np.bool_(crs.is_geographic)
        outside = ~((np.abs(lon) <= 180.0) & (np.abs(lat) <= 90.0))
    notes.rows(
        Severity.ERROR, "looks_swapped", origin, rows_of(swapped),
        lambda row: Words(f"经纬度像是填反了：{shown(row)}", f"longitude and latitude look swapped: {shown(row)}"),
        Words("对调经度、纬度两列", "swap the two columns"),
    )  # fmt: skip
    notes.rows(
        Severity.ERROR, "coordinate_range", origin, rows_of(outside),
        lambda row: Words(f"坐标超出范围：{shown(row)}", f"the coordinate is out of range: {shown(row)}"),
    )  # fmt: skip
    return bad
