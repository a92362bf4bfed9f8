"""A made-up region as typed tables: what a county and a province have in common."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import NDArray

from cuntong_gis import schema
from cuntong_gis.crs import Floats
from cuntong_gis.sample import campaign, roads
from cuntong_gis.sample.flaws import RoadFeature
from cuntong_gis.sample.shapes import degrees
from cuntong_gis.sample.terrain import Bools, Grid, Ints

if TYPE_CHECKING:
    import geopandas as gpd

_PREFIX = {roads.NATIONAL: "国道G9", roads.PROVINCIAL: "省道S9", roads.COUNTY: "县道X9", roads.TOWNSHIP: "乡道Y9"}
_CLASSES = {
    roads.NATIONAL: "national", roads.PROVINCIAL: "provincial", roads.COUNTY: "county", roads.TOWNSHIP: "township",
    roads.VILLAGE: "village", roads.STREET: "street", roads.TRACK: "track",
}  # fmt: skip


@dataclass(frozen=True)
class SampleRegion:
    """A made-up region as typed tables, each of its schema, in EPSG:4326.

    Attributes
    ----------
    name, code : str
        Name and code of the region; both say that it is made up.
    villages, roads, fiber, access_points, boundaries : GeoDataFrame
        Schemas of the same names.
    grid : Grid
        Heights of the terrain under it; None of a large region.
    real_outlines : bool
        The outlines of its counties are real.
    """

    name: str
    code: str
    villages: gpd.GeoDataFrame
    roads: gpd.GeoDataFrame
    fiber: gpd.GeoDataFrame
    access_points: gpd.GeoDataFrame
    boundaries: gpd.GeoDataFrame
    grid: Grid | None
    real_outlines: bool = False


def village_table(
    of: Ints, high: Bools, named: list[tuple[str, str]], counties: list[str], rng: np.random.Generator,
    names: Callable[[], list[str]], places: Callable[[], Floats],
) -> gpd.GeoDataFrame:  # fmt: skip
    """Return villages in the middle of the campaign.

    Parameters
    ----------
    of : ndarray of int64, shape (n,)
        Number of the township of each, ascending.
    high : ndarray of bool, shape (n,)
        Whether it stands on a slope or a height; smaller then.
    named : list of (str, str)
        Code and name of each township.
    counties : list of str
        Name of the county of each village.
    rng : Generator
        Source of chance.
    names : callable
        Gives the names of the villages.
    places : callable
        Gives their places in metres; called last, as both take their chance from `rng` too.

    Returns
    -------
    GeoDataFrame
        Schema `villages`.
    """
    count = len(of)
    serial = np.arange(count) - np.searchsorted(of, np.arange(len(named)))[of]
    households = 120 + (rng.random(count) + rng.random(count) + rng.random(count)) * 260
    households = np.rint(households * np.where(high, 0.8, 1.15)).astype(np.int64)
    stages, stage_dates, due_dates = campaign.progress(of, rng)
    data = {
        "code": [f"{named[t][0]}{200 + n}" for t, n in zip(of, serial, strict=True)],
        "name": names(),
        "township": [named[t][1] for t in of],
        "county": counties,
        "households": households,
        "population": np.rint(households * (3.3 + 1.1 * rng.random(count))).astype(np.int64),
        "work_type": np.where(rng.random(count) < 0.15, "upgrade", "new"),
        "stage": [str(stage) for stage in stages],
        "stage_date": campaign.as_dates(stage_dates),
        "due_date": campaign.as_dates([*due_dates]),
        "geometry": shapely.points(degrees(places())),
    }
    return schema.conform(data, "villages")


def linestrings(lines: list[Floats]) -> NDArray[np.object_]:
    """Return lines in degrees.

    Parameters
    ----------
    lines : list of ndarray of float64, shape (n, 2)
        Vertices in metres.

    Returns
    -------
    ndarray of LineString
        In the same order.
    """
    owner = np.repeat(np.arange(len(lines)), [len(line) for line in lines])
    return np.asarray(shapely.linestrings(degrees(np.concatenate(lines)), indices=owner), object)


def road_table(features: list[RoadFeature]) -> gpd.GeoDataFrame:
    """Return roads as they are written.

    Parameters
    ----------
    features : list of RoadFeature
        The roads.

    Returns
    -------
    GeoDataFrame
        Schema `roads`, by class and route.
    """
    features = sorted(features, key=lambda f: (f.road_class, f.route))
    return schema.conform(
        {
            "id": [f"R{n:05d}" for n in range(1, len(features) + 1)],
            "name": [_road_name(f) for f in features],
            "road_class": [_CLASSES[f.road_class] for f in features],
            "bridge": [f.bridge for f in features],
            "tunnel": [False] * len(features),
            "geometry": linestrings([f.line for f in features]),
        },
        "roads",
    )


def _road_name(feature: RoadFeature) -> str:
    if feature.bridge:
        return "跨线桥"
    if feature.road_class not in _PREFIX or not feature.route:
        return ""
    return f"{_PREFIX[feature.road_class]}{feature.route:02d}"
