"""The shifted datums of Chinese web maps: GCJ-02 (Amap, Tencent) and BD-09 (Baidu), to and from WGS84.

The formulas were never published officially; these are the ones that have circulated since 2010 (EvilTransform and
the many libraries after it, e.g. coordtransform, gcoord, PRCoords), on the Krassowsky 1940 ellipsoid. WGS84 and
CGCS2000 are taken as equal: they differ by centimetres.
"""

from __future__ import annotations

import numpy as np

from cuntong_gis.crs import Floats
from cuntong_gis.settings import Datum

KRASSOWSKY_A, KRASSOWSKY_EE = 6378245.0, 0.00669342162296594323
BAIDU_PI = np.pi * 3000.0 / 180.0
SHIFTED_AREA = (72.004, 0.8293, 137.8347, 55.8271)
"""Outside of this rectangle GCJ-02 is WGS84, by the same public formulas."""
STEPS = 8
"""Fixed-point steps of an inverse; each shrinks the error by two to three orders, four already reach a micrometre."""


def to_wgs84(lonlat: Floats, datum: Datum) -> Floats:
    """Return WGS84 coordinates of points in a datum.

    Parameters
    ----------
    lonlat : ndarray of float64, shape (n, 2)
        Longitude and latitude in degrees.
    datum : {"wgs84", "cgcs2000", "gcj02", "bd09"}
        Their datum.

    Returns
    -------
    ndarray of float64, shape (n, 2)
        Degrees in WGS84; those of wgs84 and cgcs2000 unchanged.
    """
    if datum == "gcj02":
        return _inverse(lonlat, _gcj02_from_wgs84)
    if datum == "bd09":
        return _inverse(_inverse(lonlat, _bd09_from_gcj02), _gcj02_from_wgs84)
    return lonlat


def from_wgs84(lonlat: Floats, datum: Datum) -> Floats:
    """Return coordinates in a datum of WGS84 points.

    Parameters
    ----------
    lonlat : ndarray of float64, shape (n, 2)
        Longitude and latitude in degrees.
    datum : {"wgs84", "cgcs2000", "gcj02", "bd09"}
        The datum wanted.

    Returns
    -------
    ndarray of float64, shape (n, 2)
        Degrees in that datum.
    """
    if datum == "gcj02":
        return _gcj02_from_wgs84(lonlat)
    if datum == "bd09":
        return _bd09_from_gcj02(_gcj02_from_wgs84(lonlat))
    return lonlat


def shifted(lonlat: Floats) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Tell which points lie where GCJ-02 differs from WGS84.

    Parameters
    ----------
    lonlat : ndarray of float64, shape (n, 2)
        Degrees.

    Returns
    -------
    ndarray of bool, shape (n,)
        True inside `SHIFTED_AREA`.
    """
    west, south, east, north = SHIFTED_AREA
    lon, lat = lonlat[:, 0], lonlat[:, 1]
    return (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)


def _inverse(target: Floats, forward: object) -> Floats:
    """Solve forward(x) = target by fixed point: x ← x − (forward(x) − target)."""
    assert callable(forward)
    guess = target.copy()
    for _ in range(STEPS):
        guess = guess - (forward(guess) - target)
    return guess


def _gcj02_from_wgs84(lonlat: Floats) -> Floats:
    lon, lat = lonlat[:, 0], lonlat[:, 1]
    x, y = lon - 105.0, lat - 35.0
    root = np.sqrt(np.abs(x))
    shared = (20.0 * np.sin(6.0 * x * np.pi) + 20.0 * np.sin(2.0 * x * np.pi)) * 2.0 / 3.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + shared
    north += (20.0 * np.sin(y * np.pi) + 40.0 * np.sin(y / 3.0 * np.pi)) * 2.0 / 3.0
    north += (160.0 * np.sin(y / 12.0 * np.pi) + 320.0 * np.sin(y * np.pi / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + shared
    east += (20.0 * np.sin(x * np.pi) + 40.0 * np.sin(x / 3.0 * np.pi)) * 2.0 / 3.0
    east += (150.0 * np.sin(x / 12.0 * np.pi) + 300.0 * np.sin(x / 30.0 * np.pi)) * 2.0 / 3.0
    sine = np.sin(np.radians(lat))
    magic = 1.0 - KRASSOWSKY_EE * sine * sine
    meridian = KRASSOWSKY_A * (1.0 - KRASSOWSKY_EE) / (magic * np.sqrt(magic))
    normal = KRASSOWSKY_A / np.sqrt(magic) * np.cos(np.radians(lat))
    moved = np.column_stack([lon + np.degrees(east / normal), lat + np.degrees(north / meridian)])
    return np.where(shifted(lonlat)[:, None], moved, lonlat)


def _bd09_from_gcj02(lonlat: Floats) -> Floats:
    lon, lat = lonlat[:, 0], lonlat[:, 1]
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(lat * BAIDU_PI)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * BAIDU_PI)
    moved = np.column_stack([radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006])
    return np.where(shifted(lonlat)[:, None], moved, lonlat)
