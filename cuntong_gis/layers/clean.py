"""Shapes as drawn → shapes of one kind: two-dimensional, single lines, no doubled vertex, valid polygons."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from cuntong_gis.crs import GEOD, line_lengths
from cuntong_gis.errors import LayersError
from cuntong_gis.layers.notes import Notes, Origin, quoted
from cuntong_gis.layers.raw import Job, Objects, Raw
from cuntong_gis.model import Severity
from cuntong_gis.words import Words

ALLOWED = {
    "point": (shapely.GeometryType.POINT, shapely.GeometryType.MULTIPOINT),
    "line": (
        shapely.GeometryType.LINESTRING, shapely.GeometryType.LINEARRING, shapely.GeometryType.MULTILINESTRING,
    ),
    "polygon": (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON),
}  # fmt: skip
KINDS = {"point": Words("点", "points"), "line": Words("线", "lines"), "polygon": Words("面", "polygons")}
TYPE_NAMES = {t.value: t.name for t in shapely.GeometryType}
HALF_WORLD = 180.0


def flat_shapes(raw: Raw, kind: str, names: Objects | None, job: Job, notes: Notes) -> Objects:
    """Return the shapes that are of the layer's kind, in two dimensions.

    Parameters
    ----------
    raw : Raw
        The rows.
    kind : {"point", "line", "polygon", "shape", ""}
        The layer's kind; the last two take lines and polygons alike.
    names : ndarray of object, optional
        What a row is called, for rows without a place.
    job : Job
        The layer.
    notes : Notes
        Takes the rows that have none.

    Returns
    -------
    ndarray of shapely geometry or None
        None for rows without usable geometry; each has an error finding.

    Raises
    ------
    LayersError
        If every row is of another kind.
    """
    shapes = raw.geometry.copy()
    missing = np.array([g is None for g in shapes], bool)
    empty = ~missing & shapely.is_empty(shapes)
    no_place = Words("没有坐标", "has no coordinates") if raw.sheet else Words("没有几何", "has no geometry")
    for code, which, what in (
        ("geometry_missing", missing & ~raw.told, no_place),
        ("geometry_empty", empty, Words("几何是空的", "has an empty geometry")),
    ):
        rows = np.flatnonzero(which).tolist()
        notes.rows(Severity.ERROR, code, raw.origin, rows, _for_row(what, names, job))
    shapes[empty] = None
    _refuse_types(shapes, kind, raw.origin, job, notes)
    deep = shapely.has_z(shapes)
    if deep.any():
        notes.tell(
            Severity.NOTICE, "z_dropped", raw.origin.layer,
            f"{raw.origin.file}：{int(deep.sum())} 个要素的高程值（Z）未使用",
            f"{raw.origin.file}: heights (Z) of {int(deep.sum())} features are not used",
        )  # fmt: skip
    return np.asarray(shapely.force_2d(shapes), object)


def _for_row(what: Words, names: Objects | None, job: Job) -> Callable[[int], Words]:
    end = Words("未导入", "not imported")
    if job.layer == "villages":
        end = Words("不能规划，仍计入总数", "cannot be planned, but stays in every total")
    return lambda row: _and_so(what, quoted(names[row], marks=False) if names is not None else "", end)


def _and_so(what: Words, name: str, end: Words) -> Words:
    return Words(f"{name}{what.zh}，{end.zh}", f"{name} {what.en}, {end.en}" if name else f"{what.en}, {end.en}")


def _refuse_types(shapes: Objects, kind: str, origin: Origin, job: Job, notes: Notes) -> None:
    types = shapely.get_type_id(shapes)
    allowed = ALLOWED.get(kind, ALLOWED["line"] + ALLOWED["polygon"])
    wrong = (types >= 0) & ~np.isin(types, [int(t) for t in allowed])
    if not wrong.any():
        return
    wanted = KINDS.get(kind, Words("线或面", "lines or polygons"))
    if not (~wrong & (types >= 0)).any():
        found = ", ".join(sorted({_type_name(t) for t in types[wrong]}))
        raise LayersError(
            Words(
                f"图层 {job.layer} 应为{wanted.zh}，文件里是 {found}",
                f"layer {job.layer} must be {wanted.en}, the file holds {found}",
            ),
            where=origin.file,
        )
    notes.rows(
        Severity.ERROR, "geometry_type", origin, np.flatnonzero(wrong).tolist(),
        lambda row: Words(
            f"几何类型 {_type_name(types[row])} 不符，应为{wanted.zh}，未导入",
            f"geometry of type {_type_name(types[row])}, {wanted.en} expected; not imported",
        ),
    )  # fmt: skip
    shapes[wrong] = None


def _type_name(number: Any) -> str:
    names = {
        "POINT": "Point", "LINESTRING": "LineString", "LINEARRING": "LinearRing", "POLYGON": "Polygon",
        "MULTIPOINT": "MultiPoint", "MULTILINESTRING": "MultiLineString", "MULTIPOLYGON": "MultiPolygon",
        "GEOMETRYCOLLECTION": "GeometryCollection",
    }  # fmt: skip
    known = TYPE_NAMES.get(int(number), str(number))
    return names.get(str(known), str(known).title())


def single_shapes(shapes: Objects, kind: str, origin: Origin, notes: Notes) -> tuple[Objects, NDArray[np.intp]]:
    """Return whole, valid shapes and the row that each came from.

    Parameters
    ----------
    shapes : ndarray of shapely geometry or None
        In degrees.
    kind : {"point", "line", "polygon", "shape", ""}
        The layer's kind; "" leaves shapes as they are.
    origin : Origin
        Where the rows came from.
    notes : Notes
        Takes what was mended or left out.

    Returns
    -------
    shapes : ndarray of shapely geometry
        Points, lines or polygons; none is missing.
    owner : ndarray of intp
        Row of each among the rows given; several for a line of several parts.
    """
    shapes = shapes.copy()
    if kind == "point":
        _single_points(shapes, origin, notes)
    elif kind in ("polygon", "shape"):
        _valid_polygons(shapes, origin, notes)
    elif kind == "line":
        return _single_lines(shapes, origin, notes)
    owner = np.flatnonzero(~shapely.is_missing(shapes))
    return shapes[owner], owner


def _single_points(shapes: Objects, origin: Origin, notes: Notes) -> None:
    several = shapely.get_type_id(shapes) == shapely.GeometryType.MULTIPOINT
    parts = shapely.get_num_geometries(shapes)
    one = several & (parts == 1)
    shapes[one] = shapely.get_geometry(shapes[one], 0)
    many = several & (parts > 1)
    notes.rows(
        Severity.ERROR, "several_points", origin, np.flatnonzero(many).tolist(),
        lambda row: Words(
            f"一行有 {parts[row]} 个点，不知取哪一个，未导入",
            f"has {parts[row]} points, only one is expected; not imported",
        ),
    )  # fmt: skip
    shapes[many] = None


def _single_lines(shapes: Objects, origin: Origin, notes: Notes) -> tuple[Objects, NDArray[np.intp]]:
    _refuse_around_the_world(shapes, origin, notes)
    parts, owner = shapely.get_parts(shapes, return_index=True)
    ring = shapely.get_type_id(parts) == shapely.GeometryType.LINEARRING
    if ring.any():
        parts[ring] = [shapely.LineString(shapely.get_coordinates(p)) for p in parts[ring]]
    parts = shapely.remove_repeated_points(parts, 0.0)
    long = line_lengths(parts) > 0.0
    if not long.all():
        rows, dropped = np.unique(owner[~long]), int((~long).sum())
        listed = ", ".join(quoted(origin.rows[r], marks=False) for r in rows[:10]) + (" …" if len(rows) > 10 else "")
        notes.tell(
            Severity.NOTICE, "zero_length_dropped", origin.layer,
            f"{origin.file}：去掉长度为零的线 {dropped} 条（{'要素' if origin.features else '行'} {listed}）",
            f"{origin.file}: {dropped} lines of no length dropped "
            f"({'features' if origin.features else 'rows'} {listed})",
        )  # fmt: skip
    return np.asarray(parts[long], object), np.asarray(owner[long], np.intp)


def _refuse_around_the_world(shapes: Objects, origin: Origin, notes: Notes) -> None:
    bounds = shapely.bounds(shapes)
    with np.errstate(invalid="ignore"):
        wide = bounds[:, 2] - bounds[:, 0] > HALF_WORLD
    notes.rows(
        Severity.ERROR, "crosses_antimeridian", origin, np.flatnonzero(wide).tolist(),
        Words("跨越 180° 经线，未导入", "crosses the 180° meridian, not imported"),
    )  # fmt: skip
    shapes[wide] = None


def _valid_polygons(shapes: Objects, origin: Origin, notes: Notes) -> None:
    areal = shapely.get_dimensions(shapes) == 2
    broken = np.flatnonzero(areal & ~shapely.is_valid(shapes))
    for row in broken.tolist():
        reason = shapely.is_valid_reason(shapes[row])
        mended = _polygons_of(shapely.make_valid(shapes[row]))
        lonlat = np.full((len(shapes), 2), np.nan)
        lonlat[row] = shapely.get_coordinates(shapes[row])[0]
        before, after = _km2(shapes[row]), _km2(mended) if mended is not None else 0.0
        done = Words("未导入", "not imported")
        if mended is not None:
            sizes = f"{before:.3f} → {after:.3f}"
            done = Words(f"已修复，面积 {sizes} 平方公里", f"mended: area {sizes} km²")
        notes.rows(
            Severity.ERROR, "invalid_polygon", origin, [row],
            Words(f"面有误（{reason}），{done.zh}", f"the polygon is broken ({reason}), {done.en}"),
            Words("在 GIS 软件中检查该要素", "look at the feature in a GIS"), lonlat=lonlat,
        )  # fmt: skip
        shapes[row] = mended


def _polygons_of(shape: Any) -> Any:
    """Return the areal part of what a repair gave; None if there is none."""
    parts = [p for p in shapely.get_parts(shape).tolist() if p.geom_type in ("Polygon", "MultiPolygon")]
    flat = [q for p in parts for q in shapely.get_parts(p).tolist() if not q.is_empty]
    if not flat:
        return None
    return flat[0] if len(flat) == 1 else shapely.union_all(flat)


def _km2(shape: Any) -> float:
    return abs(float(GEOD.geometry_area_perimeter(shape)[0])) / 1e6
