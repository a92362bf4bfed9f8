"""What a draft was made of: hashes of its inputs, versions, settings, and what the run measured."""

from __future__ import annotations

import dataclasses
import importlib.metadata
import json
import platform
import resource
from pathlib import Path
from typing import Any

from cuntong_gis import __version__
from cuntong_gis.files import sha256_of, write_text
from cuntong_gis.settings import FILE_NAME, Settings

DECIDES = (
    "geopandas",
    "shapely",
    "pyproj",
    "pyogrio",
    "fiona",
    "networkx",
    "folium",
    "numpy",
    "scipy",
    "numba",
    "pandas",
    "openpyxl",
)
"""Packages whose versions can change a result, written into run.json."""


def inputs_of(settings: Settings) -> dict[str, Any]:
    """Return everything that decides a plan.

    Parameters
    ----------
    settings : Settings
        Of the workspace.

    Returns
    -------
    dict
        `inputs` (file and hash of each layer), `settings` (hash), `versions`, `effort`, `seconds`, `seed`.
    """
    from cuntong_gis.layers import input_files

    files = input_files(settings)
    return {
        "inputs": {name: {"file": path.name, "sha256": sha256_of(path)} for name, path in files.items()},
        "settings": sha256_of(settings.folder / FILE_NAME),
        "versions": versions(),
        **dataclasses.asdict(settings.plan),
    }


def kept_record(draft: Path, path: Path) -> dict[str, Any] | None:
    """Return what a draft was made of.

    Parameters
    ----------
    draft : Path
        The drafted plan.
    path : Path
        Its record.

    Returns
    -------
    dict or None
        As `inputs_of`, with `measurements`; None if there is no draft, or the record is of another one.
    """
    if not (draft.exists() and path.exists()):
        return None
    try:
        kept: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except ValueError:
        return None
    return kept if kept.get("draft") == sha256_of(draft) and "measurements" in kept else None


def keep_record(draft: Path, path: Path, record: dict[str, Any]) -> None:
    """Write what a draft was made of, bound to that draft by its hash.

    Parameters
    ----------
    draft : Path
        The drafted plan, already written.
    path : Path
        Its record.
    record : dict
        As `inputs_of`, with `measurements`.
    """
    write_text(path, as_json({**record, "draft": sha256_of(draft)}))


def versions() -> dict[str, str]:
    """Return the versions of everything that can change a result.

    Returns
    -------
    dict of str to str
        Package → version.
    """
    found = {"cuntong_gis": __version__, "python": platform.python_version()}
    return found | {name: importlib.metadata.version(name) for name in DECIDES}


def peak_mb() -> float:
    """Return the peak resident memory of this process so far.

    Returns
    -------
    float
        Mebibytes.
    """
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0, 1)


def as_json(data: Any) -> str:
    """Return data as readable JSON text.

    Parameters
    ----------
    data : object
        Anything that JSON can hold; other things as their text.

    Returns
    -------
    str
        Indented, with a line end.
    """
    return json.dumps(data, ensure_ascii=False, indent=2, default=str) + "\n"
