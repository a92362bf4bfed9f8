"""A table as it stands in a file: our columns found, values untouched, geometry as it was drawn."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from cuntong_gis import schema
from cuntong_gis.layers.notes import Origin
from cuntong_gis.layers.values import EPOCH_1900
from cuntong_gis.settings import LayerSource, LayersSettings
from cuntong_gis.words import Words

Objects = NDArray[np.object_]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Job:
    """One layer to be read.

    Attributes
    ----------
    layer : str
        Our name of it; also its schema, but for ``reference``.
    schema : str
        Schema of the table.
    source : LayerSource
        Where it is and how to read it.
    limits : LayersSettings
        Limits of size and number.
    """

    layer: str
    schema: str
    source: LayerSource
    limits: LayersSettings

    @property
    def is_form(self) -> bool:
        """Tell a report or list from a layer of the map.

        Returns
        -------
        bool
            It has no geometry, and its limits are no settings.
        """
        return not schema.load(self.schema).geometry_type

    def limit(self, name: str) -> Words:
        """Return what to do about a file beyond a limit.

        Parameters
        ----------
        name : str
            The setting.

        Returns
        -------
        Words
            How a layer's limit is raised; a report is sent in parts.
        """
        if self.is_form:
            return Words("分成几个文件", "send it in several files")
        return Words(f"[layers] {name} 可调", f"the limit is [layers] {name}")


@dataclass(frozen=True)
class Raw:
    """Rows of a file.

    Attributes
    ----------
    origin : Origin
        Where each row came from.
    columns : dict of str to ndarray of object
        Our column → values as in the file.
    headers : dict of str to str
        Our column → header in the file.
    geometry : ndarray of shapely geometry or None
        One a row, in `crs`.
    crs : str
        What the file says of its coordinate system, "" if nothing.
    told : ndarray of bool
        Rows whose missing geometry has its finding already.
    faults : dict of (str, int) to Words
        (Our column, row) → why the cell has no value.
    epoch : datetime
        Day 0 of the workbook's serials.
    sheet : bool
        Coordinates came from columns of numbers.
    fields : tuple of str
        All headers of the file, for messages.
    places : dict of str to int
        Our column → its place among the columns of the sheet, from 0.
    """

    origin: Origin
    columns: dict[str, Objects]
    headers: dict[str, str]
    geometry: Objects
    crs: str
    told: Bools
    faults: dict[tuple[str, int], Words] = field(default_factory=dict)
    epoch: dt.datetime = EPOCH_1900
    sheet: bool = False
    fields: tuple[str, ...] = ()
    places: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Read:
    """One layer that was read.

    Attributes
    ----------
    table : GeoDataFrame
        Obeys the layer's schema; for ``reference`` only geometry counts.
    origin : Origin
        Where each of its rows came from.
    osm : bool
        Came out of an OpenStreetMap extract.
    unplaced : GeoDataFrame or None
        Villages without a usable place.
    """

    table: gpd.GeoDataFrame
    origin: Origin
    osm: bool = False
    unplaced: gpd.GeoDataFrame | None = None


def objects(values: Any) -> Objects:
    """Return values as a one-dimensional array of Python objects.

    Parameters
    ----------
    values : sequence
        Anything, also geometries and lists.

    Returns
    -------
    ndarray of object, shape (n,)
        The values.
    """
    if isinstance(values, np.ndarray) and values.ndim == 1:
        return values.astype(object)
    listed = list(values)
    out = np.empty(len(listed), object)
    out[:] = listed
    return out
