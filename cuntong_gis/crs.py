"""Zones, projections and geodesic measures. Coordinates are (longitude, latitude) in degrees, always x first.

WGS84 and CGCS2000 differ by centimetres, which the product ignores and says so: both are kept as EPSG:4326.
"""

from __future__ import annotations

from functools import lru_cache
from typing import cast

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

Floats = NDArray[np.float64]

GEOGRAPHIC = "EPSG:4326"
GEOD = pyproj.Geod(ellps="WGS84")
CHINA = (73.0, 17.0, 136.0, 54.0)
FIRST_ZONE_MERIDIAN, FIRST_ZONE_EPSG = 75, 4534
"""CGCS2000 / 3-degree Gauss-Kruger CM 75E is EPSG:4534; CM 135E is EPSG:4554 (EPSG registry)."""


def zone_epsg(longitude: float) -> int:
    """Return the CGCS2000 3-degree Gauss-Kruger zone of a longitude, without zone prefix in the easting.

    Parameters
    ----------
    longitude : float
        Degrees east, 73.5 to 136.5.

    Returns
    -------
    int
        EPSG code, 4534 (CM 75°) to 4554 (CM 135°).

    Raises
    ------
    ValueError
        Outside the zones of China.
    """
    meridian = 3 * round(longitude / 3)
    if not 75 <= meridian <= 135:
        raise ValueError(f"longitude {longitude} lies outside the 3-degree zones of China")
    return FIRST_ZONE_EPSG + (meridian - FIRST_ZONE_MERIDIAN) // 3


def working_crs(bounds: tuple[float, float, float, float]) -> pyproj.CRS:
    """Choose the planar system in which data with these bounds are snapped and searched.

    Parameters
    ----------
    bounds : tuple of float
        West, south, east, north in degrees.

    Returns
    -------
    pyproj.CRS
        The 3-degree zone where the data lie in China and within one zone; else one transverse Mercator centred
        on the data (rounded to 0.1°), in metres.
    """
    west, south, east, north = bounds
    inside = CHINA[0] <= west and CHINA[1] <= south and east <= CHINA[2] and north <= CHINA[3]
    if inside and round(west / 3) == round(east / 3) and 75 <= 3 * round(west / 3) <= 135:
        return pyproj.CRS.from_epsg(zone_epsg((west + east) / 2))
    return centred_crs(bounds)


def centred_crs(bounds: tuple[float, float, float, float]) -> pyproj.CRS:
    """Return a transverse Mercator of the ellipsoid of CGCS2000 whose meridian runs through the middle of the data.

    Parameters
    ----------
    bounds : tuple of float
        West, south, east, north in degrees.

    Returns
    -------
    pyproj.CRS
        Scale 1 on the middle meridian, which is rounded to 0.1°; in metres. 300 km from it lengths are 1.1 ‰ too long.
    """
    west, south, east, north = bounds
    lon0, lat0 = round((west + east) / 2, 1), round((south + north) / 2, 1)
    return pyproj.CRS.from_proj4(
        f"+proj=tmerc +lat_0={lat0} +lon_0={lon0} +k=1 +x_0=500000 +y_0=0 +ellps=GRS80 +units=m +no_defs"
    )


@lru_cache(maxsize=32)
def _transformer(source: str, target: str) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(source, target, always_xy=True)


def project(lonlat: Floats, crs: pyproj.CRS) -> Floats:
    """Project geographic coordinates to metres.

    Parameters
    ----------
    lonlat : ndarray of float64, shape (n, 2)
        Degrees.
    crs : pyproj.CRS
        A planar system, e.g. of `working_crs`.

    Returns
    -------
    ndarray of float64, shape (n, 2)
        Easting and northing in metres.
    """
    return _transform(lonlat, GEOGRAPHIC, crs.to_wkt())


def unproject(xy: Floats, crs: pyproj.CRS) -> Floats:
    """Return geographic coordinates of planar ones.

    Parameters
    ----------
    xy : ndarray of float64, shape (n, 2)
        Metres in `crs`.
    crs : pyproj.CRS
        The planar system.

    Returns
    -------
    ndarray of float64, shape (n, 2)
        Longitude and latitude in degrees.
    """
    return _transform(xy, crs.to_wkt(), GEOGRAPHIC)


def _transform(points: Floats, source: str, target: str) -> Floats:
    if not len(points):
        return np.empty((0, 2))
    x, y = _transformer(source, target).transform(points[:, 0], points[:, 1])
    return np.column_stack([x, y])


def step_lengths(lonlat: Floats) -> Floats:
    """Return the geodesic length from each point to the next.

    Parameters
    ----------
    lonlat : ndarray of float64, shape (n, 2)
        Degrees.

    Returns
    -------
    ndarray of float64, shape (n - 1,)
        Metres on the WGS84 ellipsoid (Karney 2013, as in `pyproj.Geod`).

    References
    ----------
    C. F. F. Karney, Algorithms for geodesics, J. Geodesy 87 (2013) 43-55.
    """
    if len(lonlat) < 2:
        return np.empty(0)
    a, b = lonlat[:-1], lonlat[1:]
    return cast(Floats, np.asarray(GEOD.inv(a[:, 0], a[:, 1], b[:, 0], b[:, 1])[2], np.float64))


def distances(a: Floats, b: Floats) -> Floats:
    """Return the geodesic distance of each pair of points.

    Parameters
    ----------
    a, b : ndarray of float64, shape (n, 2)
        Degrees.

    Returns
    -------
    ndarray of float64, shape (n,)
        Metres.
    """
    if not len(a):
        return np.empty(0)
    return cast(Floats, np.asarray(GEOD.inv(a[:, 0], a[:, 1], b[:, 0], b[:, 1])[2], np.float64))


def line_lengths(lines: NDArray[np.object_]) -> Floats:
    """Return the geodesic length of each line.

    Parameters
    ----------
    lines : ndarray of shapely LineString or MultiLineString, shape (n,)
        Geographic coordinates.

    Returns
    -------
    ndarray of float64, shape (n,)
        Metres; 0 for empty geometries.
    """
    total = np.zeros(len(lines))
    parts, owner = shapely.get_parts(lines, return_index=True)
    points, part = shapely.get_coordinates(parts, return_index=True)
    if len(points) > 1:
        step = step_lengths(points)
        within = part[1:] == part[:-1]
        np.add.at(total, owner[part[:-1][within]], step[within])
    return total
