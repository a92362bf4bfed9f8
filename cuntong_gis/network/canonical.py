"""One order for the rows and the vertices of the input, so that no result depends on how they were drawn."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from cuntong_gis.network.mesh import Ints

if TYPE_CHECKING:
    import geopandas as gpd

    from cuntong_gis.model import Layers


def canonical(layers: Layers) -> Layers:
    """Return the layers in an order that depends on what they hold, not on how it was written down.

    Parameters
    ----------
    layers : Layers
        As of `read_layers`.

    Returns
    -------
    Layers
        Villages by code and access points by identifier, all other rows by place; lines start at their lower end
        (rings at their lowest vertex), polygons likewise. Boundaries decide no route and stay as they are.

    Notes
    -----
    Ties of distance and the last digits of computed places follow the order of rows and vertices: with one order
    for all there is one result.
    """
    return dataclasses.replace(
        layers,
        villages=_ordered(layers.villages, "code"),
        unplaced=None if layers.unplaced is None else _ordered(layers.unplaced, "code"),
        access_points=_ordered(layers.access_points, "id"),
        fiber=_ordered(layers.fiber),
        roads=None if layers.roads is None else _ordered(layers.roads),
        areas=_ordered(layers.areas),
        supports=_ordered(layers.supports),
    )


def _ordered(table: gpd.GeoDataFrame, name: str = "") -> gpd.GeoDataFrame:
    """Return the rows by name, place and all else, each shape with its vertices in normal order."""
    if not len(table):
        return table
    shapes = shapely.normalize(np.asarray(table.geometry.values, object))
    table = table.set_geometry(shapes, crs=table.crs)
    order = _by_place(table)
    if name:
        order = order[np.argsort(table[name].to_numpy(str)[order], kind="stable")]
    return table.iloc[order].reset_index(drop=True)


def _by_place(table: gpd.GeoDataFrame) -> Ints:
    """Return the rows by their bounds; those with the same bounds by their whole shape, then by what they say."""
    shapes = np.asarray(table.geometry.values, object)
    bounds = np.nan_to_num(shapely.bounds(shapes), nan=np.inf)
    order = np.lexsort(bounds.T).astype(np.int64)
    same = (bounds[order[1:]] == bounds[order[:-1]]).all(axis=1)
    tied = np.flatnonzero(np.append(same, False) | np.append(False, same))
    if len(tied):
        rows = order[tied]
        words = pd.DataFrame(table.drop(columns=table.geometry.name)).iloc[rows].astype(str)
        keys = [*(words[column] for column in words), pd.Series(shapely.to_wkb(shapes[rows], hex=True)).fillna("")]
        ranks = [np.unique(key.to_numpy(str), return_inverse=True)[1] for key in keys]
        order[tied] = rows[np.lexsort((*ranks, *bounds[rows].T))]
    return order
