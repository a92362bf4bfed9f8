"""The data of a page: columns and delta-coded coordinates in one inert JSON block."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import shapely
from branca.element import Element
from numpy.typing import NDArray

from cuntong_gis.maps.offline import Verbatim

SCALE = 100_000
"""Coordinates are whole multiples of 1e-5 degree (about 1 m)."""


class DataBlock(Element):
    """Put data into the page as an inert block, and call the page's own script on it.

    Parameters
    ----------
    data : dict
        What the script reads. It goes in verbatim: branca would run every text as a template.
    """

    def __init__(self, data: dict[str, Any]) -> None:
        super().__init__()
        self.text = inert_json(data)

    def render(self, **_: Any) -> None:
        """Add the block to the body of the page and the call to its script.

        Parameters
        ----------
        **_
            Options of branca that have no meaning here.
        """
        figure = self.get_root()
        block = Verbatim(f'<script type="application/json" id="cuntong-data">{self.text}</script>')
        figure.html.add_child(block, name="cuntong_data")
        figure.script.add_child(Verbatim(f"cuntong({self._parent.get_name()});"), name="cuntong_call")


def inert_json(data: Any) -> str:
    """Return JSON that means nothing to HTML.

    Parameters
    ----------
    data : object
        Anything that JSON can hold.

    Returns
    -------
    str
        No ``<``, ``>``, ``&``, U+2028 or U+2029 stands in it as itself.
    """
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return text


def points(geometry: Any) -> dict[str, list[int]]:
    """Return points as delta-coded whole numbers.

    Parameters
    ----------
    geometry : array of shapely Point
        Degrees.

    Returns
    -------
    dict
        `x`, `y`: differences from one point to the next, in 1e-5 degree.
    """
    places = np.rint(shapely.get_coordinates(np.array([*geometry], object)) * SCALE).astype(np.int64).reshape(-1, 2)
    steps = np.diff(places, axis=0, prepend=np.zeros((1, 2), np.int64))
    return {"x": steps[:, 0].tolist(), "y": steps[:, 1].tolist()}


def lines(geometry: Any) -> dict[str, list[int]]:
    """Return lines as delta-coded whole numbers, points that fall together dropped.

    Parameters
    ----------
    geometry : array of shapely LineString or Polygon rings
        Degrees; polygons give one line a ring.

    Returns
    -------
    dict
        `n`: points of each line; `x`, `y`: differences, in 1e-5 degree; `of`: row that the line belongs to.
    """
    shapes = np.asarray(geometry, object)
    parts, owner = shapely.get_parts(shapes, return_index=True)
    rings: NDArray[np.object_] = parts
    if len(parts) and shapely.get_type_id(parts[0]) == shapely.GeometryType.POLYGON:
        rings, part = shapely.get_rings(parts, return_index=True)
        owner = owner[part]
    places, line = shapely.get_coordinates(rings, return_index=True)
    whole = np.rint(places * SCALE).astype(np.int64)
    first = np.ones(len(whole), bool)
    first[1:] = line[1:] != line[:-1]
    last = np.append(first[1:], True) if len(whole) else first
    moved = np.ones(len(whole), bool)
    moved[1:] = (whole[1:] != whole[:-1]).any(axis=1)
    keep = moved | first | last
    whole, line = whole[keep], line[keep]
    steps = np.diff(whole, axis=0, prepend=np.zeros((1, 2), np.int64))
    count = np.bincount(line, minlength=len(rings))
    return {"n": count.tolist(), "x": steps[:, 0].tolist(), "y": steps[:, 1].tolist(), "of": owner.tolist()}


def words(column: pd.Series) -> dict[str, list[Any]]:
    """Return a text column as a dictionary and the number of each row's entry.

    Parameters
    ----------
    column : Series of str
        Texts.

    Returns
    -------
    dict
        `of`: distinct texts in order of appearance; `at`: entry of each row.
    """
    at, of = pd.factorize(column.astype(object))
    return {"of": [str(text) for text in of], "at": at.tolist()}


def numbers(column: pd.Series, digits: int) -> list[float | int | None]:
    """Return a number column rounded; None where missing.

    Parameters
    ----------
    column : Series of numbers
        Values.
    digits : int
        Decimals kept; 0 gives whole numbers.

    Returns
    -------
    list
        One value a row.
    """
    if digits == 0:
        return [None if pd.isna(v) else round(float(v)) for v in column]
    return [None if pd.isna(v) else round(float(v), digits) for v in column]
