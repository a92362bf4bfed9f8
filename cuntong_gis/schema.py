"""Table schemas: `data/schemas/<name>.csv` says of every column its type, unit, default and meaning."""

from __future__ import annotations

import csv
import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from cuntong_gis.crs import GEOGRAPHIC

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

NAMES = (
    "villages", "roads", "fiber", "access_points", "boundaries", "areas", "supports", "steering", "nodes", "edges",
    "plan_villages", "spans", "routes", "sites", "findings", "totals", "crosswalk", "entries", "village_status",
    "span_status", "unit_status", "units", "targets", "officials", "signoff", "form_villages", "form_spans",
    "lights", "ranking", "proposals", "inspection", "score", "open_blockers", "as_built",
)  # fmt: skip


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Attributes
    ----------
    name : str
        Name in the frame.
    type : str
        ``text``, ``code`` (text of digits), ``int`` (may be missing), ``int0`` (never missing), ``float``,
        ``bool``, ``bool?`` (may be missing), ``date``, ``money`` (Decimal CNY), ``choice`` or a geometry:
        ``point``, ``line``, ``polygon``, ``shape`` (lines and polygons), with ``?`` when it may be missing.
    choices : tuple of str
        The values allowed, for ``choice``.
    unit, default, description, zh, source : str
        As in the file; `zh` is the header that Chinese users see.
    required : bool
        An input table must have it.
    """

    name: str
    type: str
    choices: tuple[str, ...]
    unit: str
    required: bool
    default: str
    description: str
    zh: str
    source: str


@dataclass(frozen=True)
class Schema:
    """The columns of one table, in order; the geometry column, if any, is the last."""

    name: str
    columns: tuple[Column, ...]

    @property
    def geometry_type(self) -> str:
        """Return ``point``, ``line``, ``polygon``, ``shape`` or "" for a plain table.

        Returns
        -------
        str
            ``point``, ``line``, ``polygon``, ``shape`` or "" for a plain table.
        """
        last = self.columns[-1]
        return last.type.rstrip("?") if last.name == "geometry" else ""

    @property
    def fields(self) -> tuple[Column, ...]:
        """Return the columns without the geometry.

        Returns
        -------
        tuple[Column, ...]
            Columns without the geometry.
        """
        return self.columns[:-1] if self.geometry_type else self.columns

    def column(self, name: str) -> Column:
        """Return a column by name.

        Parameters
        ----------
        name : str
            Name of the column.

        Returns
        -------
        Column
            The column.

        Raises
        ------
        KeyError
            If there is none of that name.
        """
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"schema {self.name} has no column {name}")


@cache
def load(name: str) -> Schema:
    """Return the schema of a table.

    Parameters
    ----------
    name : str
        One of `NAMES`.

    Returns
    -------
    Schema
        Its columns.
    """
    text = resources.files("cuntong_gis").joinpath(f"data/schemas/{name}.csv").read_text("utf-8")
    columns = []
    for row in csv.DictReader(text.splitlines()):
        kind, _, choices = row["type"].partition(":")
        columns.append(
            Column(
                row["column"],
                kind,
                tuple(choices.split("|")) if choices else (),
                row["unit"],
                row["required"] == "yes",
                row["default"],
                row["description"],
                row["zh"],
                row["source"],
            )  # fmt: skip
        )
    return Schema(name, tuple(columns))


def empty(name: str) -> gpd.GeoDataFrame:
    """Return a table of a schema with no rows.

    Parameters
    ----------
    name : str
        One of `NAMES`.

    Returns
    -------
    GeoDataFrame
        All columns, typed; EPSG:4326.
    """
    return conform({}, name)


def conform(data: dict[str, Any] | pd.DataFrame, name: str) -> gpd.GeoDataFrame:
    """Return a table with exactly the columns of its schema, in order and typed.

    Parameters
    ----------
    data : dict of arrays, or DataFrame
        Columns of equal length. Missing ones are filled with their default, others are dropped. Geometry is a
        GeoSeries or array of shapely geometries in EPSG:4326.
    name : str
        One of `NAMES`.

    Returns
    -------
    GeoDataFrame
        A new table with index 0 … n-1. Texts are never missing (""); ``int`` is pandas Int64; dates are
        datetime64[s]; money is Decimal. Tables without geometry have an empty geometry column left out.

    Raises
    ------
    ValueError
        If a value cannot be of its column's type.
    """
    import geopandas as gpd
    import pandas as pd

    schema = load(name)
    count = max((len(data[str(key)]) for key in data), default=0)
    columns: dict[str, Any] = {}
    for column in schema.fields:
        given = data[column.name] if column.name in data else None
        values = pd.Series([None] * count, dtype=object) if given is None else pd.Series(given).reset_index(drop=True)
        columns[column.name] = _typed(values, column)
    frame = pd.DataFrame(columns)
    if not schema.geometry_type:
        return gpd.GeoDataFrame(frame)
    shapes: Any = data["geometry"] if "geometry" in data else []
    shapes = shapes.array if hasattr(shapes, "array") else shapes
    return gpd.GeoDataFrame(frame, geometry=gpd.GeoSeries(shapes, crs=GEOGRAPHIC), crs=GEOGRAPHIC)


def _typed(values: pd.Series, column: Column) -> pd.Series:
    import pandas as pd

    kind = column.type
    if kind in ("text", "code", "choice"):
        filled = values.astype(object).where(values.notna(), column.default)
        plain = pd.api.types.infer_dtype(filled) == "string"  # much the quicker way for a million rows
        return (filled if plain else filled.map(_text)).astype("str")
    if kind == "int":
        return pd.to_numeric(values, errors="raise").astype("Int64")
    if kind == "int0":
        return pd.to_numeric(values.where(values.notna(), int(column.default or 0))).astype("int64")
    if kind == "float":
        return pd.to_numeric(values).astype("float64")
    if kind == "bool":
        return values.where(values.notna(), column.default == "true").astype(bool)
    if kind == "bool?":
        return values.astype("boolean")
    if kind == "date":
        return pd.to_datetime(values).dt.tz_localize(None).dt.normalize().astype("datetime64[s]")
    if kind == "money":
        return values.map(_money, na_action="ignore").astype(object).where(values.notna(), None)
    raise ValueError(f"schema: unknown type {kind} of column {column.name}")


def _text(value: Any) -> str:
    """Write a cell as text; a whole number that came as 12.0 is 12."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _money(value: Any) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(str(value)).quantize(Decimal("0.01"))


def iso(value: Any) -> str:
    """Write a date of a table as ``2016-04-05``; "" when missing.

    Parameters
    ----------
    value : Timestamp, date, NaT or None
        The cell.

    Returns
    -------
    str
        ISO 8601 date.
    """
    if value is None or value != value:
        return ""
    return dt.date(value.year, value.month, value.day).isoformat()
