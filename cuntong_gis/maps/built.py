"""As-built lines beside the plan: how long they are, and how far they stray from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from cuntong_gis.crs import distances, line_lengths, project, unproject, working_crs

if TYPE_CHECKING:
    import geopandas as gpd

STEP_M = 20.0
"""A line is measured at its vertices and between them at least this often: the greatest distance is right to half of
this."""

Floats = NDArray[np.float64]
Lines = NDArray[np.object_]


def compare_built(spans: gpd.GeoDataFrame, as_built: gpd.GeoDataFrame) -> pd.DataFrame:
    """Compare the as-built lines of each span with its planned course.

    Parameters
    ----------
    spans : GeoDataFrame
        Schema ``spans``.
    as_built : GeoDataFrame
        Schema ``as_built``; several lines of one span are taken together, lines of no span are left out.

    Returns
    -------
    DataFrame
        One row for each span that has lines, in the order of `spans`: `span` (its row), `built_m` (geodesic length),
        `longer_m` (built less planned), `longer` (the same as a share of the plan; nan at length 0), `apart_m` (the
        greatest distance of a place on either line from the other: Hausdorff, geodesic metres).

    Notes
    -----
    Time grows with the metres of line; `STEP_M` bounds the error of `apart_m`.
    """
    row = pd.Index(spans["span_id"]).get_indexer(as_built["span_id"])
    built = pd.Series(as_built.geometry.to_numpy())[row >= 0].groupby(row[row >= 0]).agg(_joined)
    at = built.index.to_numpy(np.int64)
    lines: Lines = built.to_numpy(object)
    planned = spans["length_m"].to_numpy(np.float64)[at]
    length = line_lengths(lines)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(planned > 0, (length - planned) / planned, np.nan)
    return pd.DataFrame(
        {
            "span": at, "built_m": length, "longer_m": length - planned, "longer": share,
            "apart_m": apart(spans.geometry.to_numpy()[at], lines),
        }
    )  # fmt: skip


def _joined(parts: pd.Series) -> shapely.Geometry:
    return shapely.MultiLineString([*shapely.get_parts(parts.to_numpy())])


def apart(one: Lines, other: Lines) -> Floats:
    """Return the greatest distance of each pair of lines: how far a place on either is from the other line.

    Parameters
    ----------
    one, other : ndarray of shapely LineString or MultiLineString, shape (n,)
        Degrees.

    Returns
    -------
    ndarray of float64, shape (n,)
        Geodesic metres, to `STEP_M` / 2.
    """
    if not len(one):
        return np.zeros(0)
    crs = working_crs(tuple(shapely.total_bounds([*one, *other])))

    a, b = (np.asarray(shapely.transform(lines, lambda lonlat: project(lonlat, crs)), object) for lines in (one, other))
    return np.maximum(_strays(a, b, crs), _strays(b, a, crs))


def _strays(lines: Lines, others: Lines, crs: object) -> Floats:
    """Return how far the farthest place of each line is from its counterpart."""
    stepped = lines.copy()
    real = shapely.length(lines) > 0  # GEOS cannot step along a line of length 0
    stepped[real] = shapely.segmentize(lines[real], STEP_M)
    places, of = shapely.get_coordinates(stepped, return_index=True)
    points = shapely.points(places)
    away = shapely.distance(points, others[of])
    order = np.lexsort((away, of))
    last = np.append(of[order][1:] != of[order][:-1], True)
    worst = order[last]
    near = shapely.get_coordinates(shapely.shortest_line(points[worst], others[of[worst]])).reshape(-1, 2, 2)
    return distances(unproject(near[:, 0], crs), unproject(near[:, 1], crs))  # type: ignore[arg-type]
