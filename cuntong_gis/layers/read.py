"""The door of the room: any vector file or table → typed layers, with everything found in them."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from cuntong_gis import schema
from cuntong_gis.errors import LayersError
from cuntong_gis.layers import clean, osm, place, typed
from cuntong_gis.layers.content import kind_of
from cuntong_gis.layers.delimited import read_delimited
from cuntong_gis.layers.notes import Notes
from cuntong_gis.layers.raw import Job, Objects, Raw, Read
from cuntong_gis.layers.sheets import raw_of_grid, raw_of_points
from cuntong_gis.layers.sources import TABLES, elevation_file, locate
from cuntong_gis.layers.steering import with_named_spans
from cuntong_gis.layers.vectors import read_vector
from cuntong_gis.layers.workbook import read_workbook
from cuntong_gis.model import Finding, Layers, Severity
from cuntong_gis.settings import LayerSource, Settings
from cuntong_gis.words import Words


def read_layers(settings: Settings) -> Layers:
    """Read every input layer of a workspace, and check them against one another.

    Parameters
    ----------
    settings : Settings
        Names the files, or leaves them to be found as ``layers/<name>.*``.

    Returns
    -------
    Layers
        Typed tables in EPSG:4326 with rows in the order of the files; absent layers are empty, `roads` is None.
        Every fault found is among the findings; a row that is left out always has an error finding.

    Raises
    ------
    LayersError
        If a file is missing, cannot be read at all or is not what it says, no village can be used, or a span that
        the settings name is in no plan of the workspace.

    Notes
    -----
    Files are read in bulk, once; work and memory grow linearly with their size.
    """
    from cuntong_gis.layers.check import cross_findings

    notes = Notes()
    read = {name: read_layer(settings, name, notes) for name in (*TABLES, "reference")}
    villages = read["villages"]
    if villages is None:
        raise LayersError(
            Words("没有行政村图层", "there is no layer of villages"),
            where=str(settings.folder / "layers"),
            hint=Words(
                "放入 layers/villages.xlsx（或 .gpkg、.csv 等），或在 cuntong.toml 写 [layers.villages] path",
                "put layers/villages.xlsx there (or .gpkg, .csv …), or name the file as [layers.villages] path",
            ),
        )
    _refuse_no_village(villages, notes.all())
    cross_findings({name: layer for name, layer in read.items() if layer is not None}, settings, notes)
    tables = {name: schema.empty(name) if (layer := read[name]) is None else layer.table for name in TABLES}
    roads = read["roads"]
    return Layers(
        villages=tables["villages"],
        access_points=tables["access_points"],
        fiber=tables["fiber"],
        roads=roads.table if roads is not None else None,
        boundaries=tables["boundaries"],
        areas=tables["areas"],
        supports=tables["supports"],
        elevation=elevation_file(settings),
        findings=notes.all(),
        roads_from_osm=roads is not None and roads.osm,
        unplaced=villages.unplaced,
        steering=with_named_spans(tables["steering"], settings),
    )


def read_layer(settings: Settings, name: str, notes: Notes) -> Read | None:
    """Read one layer without checking it against others.

    Parameters
    ----------
    settings : Settings
        Names the file, or leaves it to be found.
    name : str
        A layer of ``settings.layers``.
    notes : Notes
        Takes the findings.

    Returns
    -------
    Read or None
        None if there is no such layer.

    Raises
    ------
    LayersError
        If the file is missing, cannot be read at all or is not what it says.
    """
    source: LayerSource = getattr(settings.layers, name)
    job = Job(name, "roads" if name == "reference" else name, source, settings.layers)
    path = locate(settings, name)
    if source.points:
        return _finish(raw_of_points(source.points, job, notes), job, notes, osm_file=False)
    if path is None:
        return None
    kind = kind_of(path, job)
    return _finish(_raw(path, kind, job, notes), job, notes, osm_file=kind == "osm")


def _raw(path: Path, kind: str, job: Job, notes: Notes) -> Raw:
    if kind == "osm":
        return osm.read_osm(path, job, notes)
    if kind == "xlsx":
        return raw_of_grid(read_workbook(path, job), path, job, notes)
    if kind == "csv":
        return raw_of_grid(read_delimited(path, job), path, job, notes)
    return read_vector(path, kind, job, notes)


def _finish(raw: Raw, job: Job, notes: Notes, *, osm_file: bool) -> Read:
    """Type the columns, clean and place the shapes, and put them into the layer's schema."""
    kind = "" if job.layer == "reference" else schema.load(job.schema).geometry_type
    columns = {} if job.layer == "reference" else typed.typed_columns(raw, job, notes)
    keep = typed.usable(columns, raw, job, notes)
    names = columns.get("name") if job.schema in ("villages", "access_points") else None
    shapes = clean.flat_shapes(raw, kind, names, job, notes)
    shapes = place.to_degrees(shapes, raw.crs, raw.sheet, raw.origin, job, notes)
    shapes[~keep] = None
    shapes, owner = clean.single_shapes(shapes, kind, raw.origin, notes)
    if not len(raw.told) and not osm_file:
        notes.tell(
            Severity.WARNING, "layer_empty", job.layer, f"{raw.origin.file}：没有数据行", f"{raw.origin.file}: no rows"
        )
    if job.layer == "reference":
        return Read(gpd.GeoDataFrame(geometry=gpd.GeoSeries(shapes, crs="EPSG:4326")), raw.origin.take(owner))
    data = {column: values[owner] for column, values in columns.items()}
    table = schema.conform({**data, "geometry": shapes}, job.schema)
    return Read(table, raw.origin.take(owner), osm_file, _unplaced(columns, owner, len(raw.told), job))


def _unplaced(columns: dict[str, Objects], owner: NDArray[np.intp], count: int, job: Job) -> gpd.GeoDataFrame | None:
    """Return the villages that have no usable place: they must not vanish from any total."""
    lost = np.setdiff1d(np.arange(count), owner)
    if job.layer != "villages" or not len(lost):
        return None
    none = np.full(len(lost), None, object)
    return schema.conform(
        {**{column: values[lost] for column, values in columns.items()}, "geometry": none}, job.schema
    )


def _refuse_no_village(villages: Read, findings: tuple[Finding, ...]) -> None:
    if len(villages.table):
        return
    first = next((f for f in findings if f.layer == "villages" and f.severity == Severity.ERROR), None)
    reason = first.message if first else Words("没有数据行", "it has no rows")
    raise LayersError(
        Words(f"没有一个可用的行政村：{reason.zh}", f"not one village can be used: {reason.en}"),
        where=villages.origin.file,
        hint=first.hint if first else Words("", ""),
    )
