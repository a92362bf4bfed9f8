"""Layers of map files, read in bulk by pyogrio; feature by feature by fiona only to say where a fault is."""

from __future__ import annotations

import dataclasses
import re
import warnings
from pathlib import Path
from typing import Any

import fiona
import numpy as np
import pyogrio
import shapely

from cuntong_gis.errors import LayersError
from cuntong_gis.layers import archives, headers, shapefile
from cuntong_gis.layers.content import READABLE
from cuntong_gis.layers.notes import Notes, Origin, quoted
from cuntong_gis.layers.raw import Job, Objects, Raw, objects
from cuntong_gis.layers.workbook import too_many
from cuntong_gis.model import Severity
from cuntong_gis.words import Words

NAMES = {"gpkg": "GeoPackage", "shp": "Shapefile", "geojson": "GeoJSON", "kml": "KML"}
WKB_NAMES = {
    8: "CircularString", 9: "CompoundCurve", 10: "CurvePolygon", 11: "MultiCurve", 12: "MultiSurface",
    15: "PolyhedralSurface", 16: "TIN", 17: "Triangle",
}  # fmt: skip
"""Geometry types that GEOS does not take (OGC 06-103r4, table 7)."""
EXPECTED_WARNINGS = re.compile(
    r"Measured \(M\)|Z coordinate|application_id|organizePolygons|subtype|not supported", re.I
)
REMARKS = 5


def read_vector(path: Path, kind: str, job: Job, notes: Notes, *, name: str = "") -> Raw:
    """Read one layer of a map file.

    Parameters
    ----------
    path : Path
        The file.
    kind : str
        What it is, as of `kind_of`.
    job : Job
        The layer.
    notes : Notes
        Takes what was found.
    name : str
        Name of the file that messages tell; default: its own.

    Returns
    -------
    Raw
        Rows named by feature id, in the order of the file.

    Raises
    ------
    LayersError
        If the file is damaged, unsafe, or holds no such layer.
    """
    name = name or path.name
    if kind in ("kmz", "shapes"):
        inner, ending = ("kml", ".kml") if kind == "kmz" else ("shp", ".shp")
        with archives.unpacked(path, job, ending) as inside:
            return read_vector(inside, inner, job, notes, name=name)
    encoding = job.source.encoding or None
    if kind == "kml":
        archives.check_kml(path, name)
    if kind == "shp":
        if path.suffix.casefold() != ".shp":
            raise LayersError(
                Words("实为 Shapefile", "this is a Shapefile"),
                where=name,
                hint=Words("扩展名改为 .shp", "name it .shp"),
            )
        shapefile.check_parts(path, job)
        encoding = shapefile.encoding_of(path, job.source.encoding)
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        raw = _read(path, kind, job, name, encoding)
    _tell_warnings([str(w.message) for w in heard], path, job, name, notes)
    return _with_broken_told(*raw, notes)


def _read(path: Path, kind: str, job: Job, name: str, encoding: str | None) -> tuple[Raw, Objects]:
    """Read all layers that are meant (KML: every folder), and put them under one another."""
    chosen = _layers(path, kind, job, name)
    parts = [_read_layer(path, layer, kind, job, name, encoding, several=len(chosen) > 1) for layer in chosen]
    if len(parts) == 1:
        return parts[0]
    raws, shapes = [raw for raw, _ in parts], np.concatenate([wkb for _, wkb in parts])
    known = {c: h for raw in raws for c, h in raw.headers.items()}
    columns = {c: np.concatenate([r.columns.get(c, objects([None] * len(r.told))) for r in raws]) for c in known}
    origin = Origin(job.layer, name, np.concatenate([r.origin.rows for r in raws]), features=True)
    geometry = np.concatenate([r.geometry for r in raws])
    return Raw(
        origin, columns, known, geometry, raws[0].crs, np.zeros(len(geometry), bool), fields=raws[0].fields
    ), shapes


def _layers(path: Path, kind: str, job: Job, name: str) -> list[str]:
    try:
        listed = pyogrio.list_layers(path)
    except Exception as error:
        raise _unreadable(path, kind, name, error) from error
    spatial = [str(layer) for layer, shape in listed if shape is not None]
    if not spatial:
        raise LayersError(
            Words("文件里没有矢量图层", "the file holds no layer with geometry"), where=name, hint=READABLE
        )
    wanted = job.source.layer
    if wanted and wanted not in spatial:
        shown = [quoted(s, marks=False) for s in spatial]
        raise LayersError(
            Words(f"没有图层 {quoted(wanted)}", f"there is no layer {quoted(wanted)}"),
            where=name,
            hint=Words(f"现有：{'、'.join(shown)}", f"there are: {', '.join(shown)}"),
        )
    if wanted:
        return [wanted]
    if kind == "kml":
        return spatial
    return [job.layer] if job.layer in spatial else spatial[:1]


def _read_layer(
    path: Path, layer: str, kind: str, job: Job, name: str, encoding: str | None, *, several: bool
) -> tuple[Raw, Objects]:
    try:
        # A Shapefile is opened by its only layer: its name may be in no encoding that GDAL knows.
        at: dict[str, Any] = {"encoding": encoding} if kind == "shp" else {"layer": layer, "encoding": encoding}
        info = pyogrio.read_info(path, **at)
        if info["features"] > job.limits.max_features:
            raise too_many(Path(name), job)
        fields = [str(f) for f in info["fields"]]
        match = headers.match(fields, job.schema, _attributes(job), name)
        wanted = list(dict.fromkeys(fields[p] for c, p in match.index.items() if c not in headers.COORDINATES))
        meta, fids, wkb, data = pyogrio.raw.read(path, columns=wanted, return_fids=True, **at)
    except LayersError:
        raise
    except Exception as error:
        raise _unreadable(path, kind, name, error) from error
    if wkb is None:
        raise LayersError(Words("图层没有几何", "the layer has no geometry"), where=name, hint=READABLE)
    if len(wkb) > job.limits.max_features:
        raise too_many(Path(name), job)
    read = dict(zip([str(f) for f in meta["fields"]], data, strict=True))
    columns = {
        c: objects(read[fields[p]]) for c, p in match.index.items() if c not in headers.COORDINATES
    }  # fmt: skip
    labels = objects([f"{layer}:{f}" if several else str(f) for f in fids.tolist()])
    shapes = objects(wkb)
    with np.errstate(invalid="ignore"):  # coordinates that are no numbers get their own finding
        geometry = objects(shapely.from_wkb(shapes, on_invalid="ignore"))
    raw = Raw(
        Origin(job.layer, name, labels, features=True), columns,
        {c: fields[p] for c, p in match.index.items()}, geometry, meta["crs"] or "", np.zeros(len(geometry), bool),
        fields=tuple(fields),
    )  # fmt: skip
    return raw, shapes


def _attributes(job: Job) -> dict[str, str]:
    """Return the columns of the settings without those of coordinates, which a map file has as geometry."""
    return {c: h for c, h in job.source.columns.items() if c not in headers.COORDINATES}


def _unreadable(path: Path, kind: str, name: str, error: Exception) -> LayersError:
    if isinstance(error, UnicodeError):
        return LayersError(
            Words("文字编码不对", "the texts are in another encoding"),
            where=name,
            hint=Words('在 cuntong.toml 写 encoding = "gbk" 等', 'say in cuntong.toml: encoding = "gbk"'),
        )
    reason = quoted(re.sub(r"\s+", " ", str(error).replace(str(path), name)).split(";")[0], marks=False)
    at = _faulty_feature(path)
    said = NAMES.get(kind, "")
    place = (Words(f"，读到要素 {at} 为止", f", it stops at feature {at}")) if at else Words("", "")
    return LayersError(
        Words(
            f"不是有效的 {said or '地图文件'}，或已损坏{place.zh}({reason})",
            f"not a valid {said or 'map file'}, or damaged{place.en} ({reason})",
        ),
        where=name,
        hint=Words("", "") if said else READABLE,
    )


def _faulty_feature(path: Path) -> str:
    """Return the first feature that cannot be read, "" if the file does not even open."""
    last = -1
    try:
        with fiona.open(path) as source:
            for number, _ in enumerate(source):
                last = number
    except Exception:
        return str(last + 1) if last >= 0 else ""
    return ""


def _with_broken_told(raw: Raw, shapes: Objects, notes: Notes) -> Raw:
    """Name the shapes that GEOS cannot build, and mend those it can after all (rings that do not close)."""
    geometry, told = raw.geometry.copy(), raw.told.copy()
    lost = np.flatnonzero([g is None and b is not None for g, b in zip(geometry, shapes, strict=True)])
    for row in lost.tolist():
        told[row] = True
        kind = WKB_NAMES.get(_wkb_type(shapes[row]))
        if kind:
            notes.rows(
                Severity.ERROR, "geometry_type", raw.origin, [row],
                Words(f"不支持的几何类型 {kind}", f"geometry of type {kind} is not supported"),
            )  # fmt: skip
            continue
        try:
            shapely.from_wkb(shapes[row])
            reason = ""
        except Exception as error:
            reason = quoted(str(error).split(":", 1)[-1].strip(), marks=False)
        try:
            geometry[row] = shapely.from_wkb(shapes[row], on_invalid="fix")
        except Exception:
            geometry[row] = None
        mended = geometry[row] is not None
        notes.rows(
            Severity.ERROR, "broken_geometry", raw.origin, [row],
            Words(
                f"几何损坏（{reason}）{',已闭合修复' if mended else ',未导入'}",
                f"the geometry is broken ({reason}){', closed and mended' if mended else ', not imported'}",
            ),
        )  # fmt: skip
    return dataclasses.replace(raw, geometry=geometry, told=told)


def _wkb_type(wkb: bytes) -> int:
    code = int.from_bytes(wkb[1:5], "little" if wkb[0] else "big")
    return (code & 0x0FFFFFFF) % 1000


def _tell_warnings(heard: list[str], path: Path, job: Job, name: str, notes: Notes) -> None:
    remarks = [m for m in dict.fromkeys(heard) if not EXPECTED_WARNINGS.search(m)]
    for remark in remarks[:REMARKS]:
        shown = quoted(remark.replace(str(path), name), marks=False)
        notes.tell(
            Severity.NOTICE, "reader_remark", job.layer, f"{name}：读取时的提示：{shown}",
            f"{name}: remark of the reader: {shown}",
        )  # fmt: skip
