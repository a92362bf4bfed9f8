"""Typed tables to and from vector files: GeoPackage for keeping, GeoJSON, Shapefile and KML for handing on."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyogrio
import shapely

from cuntong_gis import schema
from cuntong_gis.crs import GEOGRAPHIC
from cuntong_gis.errors import ExportError
from cuntong_gis.files import written_aside
from cuntong_gis.model import Finding, Severity
from cuntong_gis.words import Words

if TYPE_CHECKING:
    import geopandas as gpd

FIXED_TIME = "2016-03-01T00:00:00.000Z"
"""Written instead of the time of day, so that the same tables give the same bytes."""

SHAPEFILE_TEXT_BYTES = 254
"""Longest text of a dBASE field (dBASE III file format)."""

NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")

GEOMETRY_NAMES = {"point": "Point", "line": "LineString", "polygon": "MultiPolygon", "shape": "Unknown"}


def write_gpkg(path: Path, tables: Mapping[str, tuple[str, pd.DataFrame]]) -> None:
    """Write typed tables as the layers of one GeoPackage, atomically.

    Parameters
    ----------
    path : Path
        The file to replace.
    tables : mapping of str to (schema name, DataFrame)
        Layer name → schema and table, in the order of writing. Tables without geometry become attribute tables.

    Notes
    -----
    The same tables give the same bytes: time stamps are fixed. Money is written as a real number with two
    decimals, dates as dates.
    """
    with written_aside(path) as draft, _fixed_time():
        for number, (layer, (name, frame)) in enumerate(tables.items()):
            _write_layer(draft, layer, name, frame, "GPKG", append=number > 0)


def read_gpkg(path: Path, tables: Mapping[str, str]) -> dict[str, gpd.GeoDataFrame]:
    """Read layers of a GeoPackage that `write_gpkg` wrote.

    Parameters
    ----------
    path : Path
        The file.
    tables : mapping of str to str
        Layer name → schema name.

    Returns
    -------
    dict of str to GeoDataFrame
        Tables that obey their schemas.
    """
    found = {}
    for layer, name in tables.items():
        frame = pyogrio.read_dataframe(path, layer=layer)
        found[layer] = schema.conform(frame, name)
    return found


def export_table(path: Path, layer: str, name: str, frame: pd.DataFrame, to: str) -> tuple[list[Path], list[Words]]:
    """Write one table in a format for other programs.

    Parameters
    ----------
    path : Path
        Target file without suffix, e.g. ``maps_out/spans``.
    layer : str
        Layer name inside the file.
    name : str
        Schema of the table.
    frame : DataFrame
        The table; rows without geometry are left out of formats that hold nothing but geometry.
    to : {"geojson", "shp", "kml"}
        Format. Shapefiles are UTF-8 with a .cpg, field names cut to 10 characters by a stated rule.

    Returns
    -------
    made : list of Path
        The files written.
    notes : list of Words
        What the format could not hold.

    Raises
    ------
    ExportError
        If the format is unknown.
    """
    drivers = {"geojson": "GeoJSON", "shp": "ESRI Shapefile", "kml": "KML"}
    if to not in drivers:
        raise ExportError(
            Words(f"不支持的格式 {to}", f"unknown format {to}"),
            hint=Words("可用：gpkg geojson shp kml", "known: gpkg geojson shp kml"),
        )
    target = path.with_suffix(f".{to}")
    present = frame[frame.geometry.notna() & ~frame.geometry.is_empty] if "geometry" in frame else frame
    notes = []
    if len(present) < len(frame):
        gone = len(frame) - len(present)
        notes.append(
            Words(f"{layer}：{gone} 行没有图形，未写入", f"{layer}: {gone} rows without geometry are left out")
        )
    if to == "shp":
        present, cut = _cut_texts(present)
        if cut:
            notes.append(Words(
                f"{layer}：{cut} 个文本超过 {SHAPEFILE_TEXT_BYTES} 字节，已截断；完整内容请用 gpkg",
                f"{layer}: {cut} texts longer than {SHAPEFILE_TEXT_BYTES} bytes were cut; use gpkg to keep them whole",
            ))  # fmt: skip
        return _export_shapefile(target, layer, name, present), notes
    with written_aside(target) as draft, _fixed_time():
        _write_layer(draft, layer, name, present, drivers[to], append=False)
    return [target], notes


def _cut_texts(frame: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Cut texts to what a Shapefile holds, at a character's end, and count them."""
    cut, changed = 0, frame.copy()
    for name in frame.columns[frame.dtypes == "str"]:
        long = np.array([len(text.encode()) > SHAPEFILE_TEXT_BYTES for text in frame[name]], bool)
        cut += int(long.sum())
        whole = frame.loc[long, name]
        changed.loc[long, name] = [t.encode()[:SHAPEFILE_TEXT_BYTES].decode("utf-8", "ignore") for t in whole]
    return changed, cut


def _export_shapefile(target: Path, layer: str, name: str, frame: pd.DataFrame) -> list[Path]:
    """Write the sidecars beside the .shp into place together, the .shp last."""
    written = []
    with written_aside(target) as draft, _fixed_time():
        _write_layer(draft, layer, name, frame, "ESRI Shapefile", append=False)
        for side in sorted(draft.parent.glob(f"{draft.stem}.*")):
            if side != draft:
                with written_aside(target.parent / side.name) as place:
                    place.write_bytes(side.read_bytes())
                written.append(target.parent / side.name)
    return [target, *written]


def findings_table(findings: Iterable[Finding]) -> gpd.GeoDataFrame:
    """Return findings as a table of schema ``findings``.

    Parameters
    ----------
    findings : iterable of Finding
        In the order of reporting.

    Returns
    -------
    GeoDataFrame
        One row a finding; no geometry where there is no place.
    """
    rows = list(findings)
    data: dict[str, Any] = {
        name: [str(getattr(f, name)) for f in rows] for name in ("severity", "code", "layer", "row", "field")
    }
    data["message"], data["message_en"] = [f.message.zh for f in rows], [f.message.en for f in rows]
    data["hint"], data["hint_en"] = [f.hint.zh for f in rows], [f.hint.en for f in rows]
    data["geometry"] = [None if f.lon is None or f.lat is None else shapely.Point(f.lon, f.lat) for f in rows]
    return schema.conform(data, "findings")


def findings_csv(findings: Iterable[Finding]) -> str:
    """Return findings as CSV text that a spreadsheet opens rightly.

    Parameters
    ----------
    findings : iterable of Finding
        In the order of reporting.

    Returns
    -------
    str
        UTF-8 with BOM, header in Chinese; a cell that a spreadsheet would take as a formula is led by an apostrophe.
    """
    table = findings_table(findings)
    columns = schema.load("findings").fields
    rows = []
    for row in table.itertuples(index=False):
        place = ("", "") if row.geometry is None else (f"{row.geometry.x:.6f}", f"{row.geometry.y:.6f}")
        rows.append([*(getattr(row, c.name) for c in columns), *place])
    return csv_text([*(c.zh for c in columns), "经度", "纬度"], rows)


def csv_text(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return rows as CSV text that a spreadsheet opens rightly.

    Parameters
    ----------
    header : sequence of str
        The first row.
    rows : iterable of sequence of str
        The others.

    Returns
    -------
    str
        UTF-8 with BOM; a cell that would be taken for a formula, and is no number, is led by an apostrophe.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([cell if NUMBER.fullmatch(cell) else inert(cell) for cell in row] for row in rows)
    return "\ufeff" + out.getvalue()


def inert(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        The text, led by an apostrophe if it starts with ``= + - @``, a tab or a line end.
    """
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r", "\n") else text


def findings_of(table: gpd.GeoDataFrame) -> tuple[Finding, ...]:
    """Return the findings of a table made by `findings_table`.

    Parameters
    ----------
    table : GeoDataFrame
        Schema ``findings``.

    Returns
    -------
    tuple of Finding
        In the order of the rows.
    """
    found = []
    for row in table.itertuples(index=False):
        message, hint = Words(row.message, row.message_en), Words(row.hint, row.hint_en)
        place = (None, None) if row.geometry is None else (row.geometry.x, row.geometry.y)
        found.append(Finding(Severity(row.severity), row.code, message, hint, row.layer, row.row, row.field, *place))
    return tuple(found)


class _fixed_time:  # noqa: N801 - reads as a phrase at its place of use
    def __enter__(self) -> None:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": FIXED_TIME, "OGR_SQLITE_SYNCHRONOUS": "OFF"})

    def __exit__(self, *_: object) -> None:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None, "OGR_SQLITE_SYNCHRONOUS": None})


def _write_layer(path: Path, layer: str, name: str, frame: pd.DataFrame, driver: str, *, append: bool) -> None:
    table = schema.load(name)
    fields, data, masks = [], [], []
    for column in table.fields:
        values, mask = _plain(frame[column.name], column.type)
        fields.append(column.name)
        data.append(values)
        masks.append(mask)
    geometry: Any = None
    kind = None
    if table.geometry_type:
        shapes = np.asarray(frame.geometry.values, dtype=object)
        geometry = shapely.to_wkb(shapes)
        kind = GEOMETRY_NAMES[table.geometry_type]
        if table.geometry_type == "polygon":
            geometry = shapely.to_wkb(_multi(shapes))
    options: dict[str, Any] = {"encoding": "UTF-8"} if driver == "ESRI Shapefile" else {}
    if driver == "GeoJSON":
        options = {"layer_options": {"COORDINATE_PRECISION": "7", "RFC7946": "YES"}}
    if driver == "ESRI Shapefile":
        fields = short_names(fields)
    pyogrio.raw.write(
        path, geometry, data, np.array(fields, object), field_mask=masks, layer=layer, driver=driver,
        geometry_type=kind if kind else None, crs=GEOGRAPHIC if kind else None, append=append, **options,
    )  # fmt: skip


def short_names(names: list[str]) -> list[str]:
    """Cut field names to the 10 characters of a Shapefile, kept apart by a digit.

    Parameters
    ----------
    names : list of str
        ASCII names.

    Returns
    -------
    list of str
        Unique names of at most 10 characters, in order.
    """
    short: list[str] = []
    for name in names:
        cut, number = name[:10], 1
        while cut in short:
            cut, number = f"{name[:9]}{number}", number + 1
        short.append(cut)
    return short


def apart(names: Iterable[str]) -> list[str]:
    """Return names that are all different.

    Parameters
    ----------
    names : iterable of str
        Identifiers, perhaps with repeats.

    Returns
    -------
    list of str
        The second of a name gets -2, the third -3, in order.
    """
    seen: dict[str, int] = {}
    found = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        found.append(name if seen[name] == 1 else f"{name}-{seen[name]}")
    return found


def _multi(shapes: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    single = shapely.get_type_id(shapes) == shapely.GeometryType.POLYGON
    many = shapes.copy()
    many[single] = [shapely.MultiPolygon([shape]) for shape in shapes[single]]
    return many


def _plain(values: pd.Series, kind: str) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Return numpy values that the writer types rightly, and where they are missing."""
    missing = np.asarray(values.isna(), bool)
    if kind == "date":
        return values.to_numpy("datetime64[s]").astype("datetime64[D]"), missing
    if kind == "money":
        return np.array([0.0 if m else float(v) for v, m in zip(values, missing, strict=True)], float), missing
    if kind in ("int", "int0"):
        return values.fillna(0).to_numpy("int64"), missing
    if kind == "float":
        return values.to_numpy("float64"), missing
    if kind in ("bool", "bool?"):
        return values.astype("boolean").fillna(False).to_numpy(bool), missing
    return np.asarray(values.astype(object)), missing


def money_sum(values: pd.Series) -> Decimal:
    """Return the exact sum of a money column.

    Parameters
    ----------
    values : Series of Decimal
        Amounts in CNY; missing ones count nothing.

    Returns
    -------
    Decimal
        CNY.
    """
    return sum((v for v in values if v is not None), Decimal("0.00"))
