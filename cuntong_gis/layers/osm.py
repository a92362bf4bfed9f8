"""Roads and places out of an OpenStreetMap extract (.osm.pbf)."""

from __future__ import annotations

import warnings
from importlib import resources
from pathlib import Path

import numpy as np
import pyogrio
import shapely

from cuntong_gis.crs import GEOGRAPHIC
from cuntong_gis.errors import LayersError
from cuntong_gis.layers.notes import Notes, Origin
from cuntong_gis.layers.raw import Job, Objects, Raw, objects
from cuntong_gis.layers.values import road_table
from cuntong_gis.layers.workbook import too_many
from cuntong_gis.model import Severity
from cuntong_gis.words import Words

CANNOT = Words("从 .osm.pbf 只读道路（roads）与村点（villages）", "only roads and villages are read out of an .osm.pbf")


def read_osm(path: Path, job: Job, notes: Notes) -> Raw:
    """Read one layer out of an extract.

    Parameters
    ----------
    path : Path
        The ``.osm.pbf``.
    job : Job
        ``roads``: ways with a drivable `highway` value, as `data/road_classes.csv` lists them; ``villages``: nodes
        whose `place` is one of the setting `osm_places`.
    notes : Notes
        Takes what was found.

    Returns
    -------
    Raw
        Rows named by OSM id.

    Raises
    ------
    LayersError
        If the file is damaged, or another layer is wanted.
    """
    if job.schema not in ("roads", "villages"):
        raise LayersError(CANNOT, where=f"{path.name} [layers.{job.layer}]")
    try:
        raw = _roads(path, job) if job.schema == "roads" else _places(path, job)
    except LayersError:
        raise
    except Exception as error:
        raise LayersError(
            Words("不是有效的 .osm.pbf，或已损坏", "not a valid .osm.pbf, or damaged"), where=path.name
        ) from error
    if len(raw.told) > job.limits.max_features:
        raise too_many(path, job)
    if not len(raw.told):
        notes.tell(
            Severity.WARNING, "layer_empty", job.layer,
            f"{path.name}：没有找到{'道路' if job.schema == 'roads' else '地点'}",
            f"{path.name}: no {'roads' if job.schema == 'roads' else 'places'} found",
        )  # fmt: skip
    return raw


def _roads(path: Path, job: Job) -> Raw:
    kinds = [kind for row in road_table() for kind in row["osm"].split("|") if kind]
    ids, shapes, data = _select(path, "lines", "highway", kinds)
    columns = {
        "id": ids,
        "name": data["name"],
        "road_class": data["highway"],
        "bridge": objects([value not in (None, "no") for value in data["bridge"]]),
        "tunnel": objects([value not in (None, "no") for value in data["tunnel"]]),
        "level": data["layer"],
    }
    return _raw(path, job, ids, shapes, columns)


def _places(path: Path, job: Job) -> Raw:
    ids, shapes, data = _select(path, "points", "place", list(job.limits.osm_places))
    columns = {"code": objects([f"osm:{i}" for i in ids]), "name": data["name"]}
    return _raw(path, job, ids, shapes, columns)


def _raw(path: Path, job: Job, ids: Objects, shapes: Objects, columns: dict[str, Objects]) -> Raw:
    origin = Origin(job.layer, path.name, ids, features=True)
    return Raw(origin, columns, {c: c for c in columns}, shapes, GEOGRAPHIC, np.zeros(len(ids), bool))


def _select(path: Path, layer: str, key: str, kinds: list[str]) -> tuple[Objects, Objects, dict[str, Objects]]:
    # The values come from our table and the user's own settings; quotes are doubled all the same.
    listed = ", ".join("'" + kind.replace("'", "''") + "'" for kind in kinds) or "''"
    packaged = resources.files("cuntong_gis").joinpath("data/osmconf.ini")
    with resources.as_file(packaged) as config, warnings.catch_warnings():
        # GDAL warns of relations it cannot close; neither roads nor places are relations.
        warnings.simplefilter("ignore")
        meta, _, wkb, data = pyogrio.raw.read(path, layer=layer, where=f"{key} IN ({listed})", CONFIG_FILE=str(config))
    read = {str(f): objects(v) for f, v in zip(meta["fields"], data, strict=True)}
    return objects([str(i) for i in read["osm_id"]]), objects(shapely.from_wkb(wkb, on_invalid="ignore")), read
