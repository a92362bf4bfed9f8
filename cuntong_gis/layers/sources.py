"""Where each layer lies: the file that `cuntong.toml` names, or the only ``layers/<name>.*``."""

from __future__ import annotations

from pathlib import Path

from cuntong_gis.errors import LayersError
from cuntong_gis.settings import LayerSource, Settings
from cuntong_gis.words import Words

TABLES = ("villages", "roads", "fiber", "access_points", "boundaries", "areas", "supports", "steering")
FOLDER = "layers"

SHAPEFILE_PARTS = (".shx", ".dbf", ".prj", ".cpg")
"""The other files of a Shapefile that decide what is read."""

BESIDE = frozenset(
    {
        *SHAPEFILE_PARTS, ".sbn", ".sbx", ".qix", ".qpj", ".idx", ".ind", ".fix", ".atx", ".fbn", ".fbx", ".ain",
        ".aih", ".mxs", ".cst", ".qml", ".qmd", ".sld", ".lyr", ".xml", ".bak", ".tmp", ".lock", ".md", ".gpkg-wal",
        ".gpkg-shm", ".gpkg-journal",
    }
)  # fmt: skip
"""Endings of files that lie beside a layer and are none."""


def locate(settings: Settings, name: str) -> Path | None:
    """Return the file of a layer.

    Parameters
    ----------
    settings : Settings
        With the folder that relative paths start from.
    name : str
        One of `TABLES`, or ``reference``.

    Returns
    -------
    Path or None
        None if nothing is named and nothing is there, or the rows stand in the settings.

    Raises
    ------
    LayersError
        If the named file does not exist, or several files could be meant.
    """
    source: LayerSource = getattr(settings.layers, name)
    if source.path and source.points:
        raise LayersError(
            Words("同时给了 path 和 points", "both path and points are given"),
            where=f"cuntong.toml [layers.{name}]",
            hint=Words("只留一个", "keep one of them"),
        )
    if source.points:
        return None
    if source.path:
        path = settings.folder / source.path
        if path.is_file():
            return path
        raise LayersError(
            Words(f"没有这个文件：{source.path}", f"there is no such file: {source.path}"),
            where=f"cuntong.toml [layers.{name}] path",
            hint=Words(f"图层 {name} 的文件应在 {path}", f"layer {name} is looked for at {path}"),
        )
    return _only(settings.folder / FOLDER, name)


def only_file(settings: Settings, name: str) -> Path | None:
    """Return the only file ``layers/<name>.*`` of a table that the settings do not name.

    Parameters
    ----------
    settings : Settings
        Of the workspace.
    name : str
        The table, e.g. ``units``.

    Returns
    -------
    Path or None
        None if there is none.

    Raises
    ------
    LayersError
        If several files could be meant.
    """
    return _only(settings.folder / FOLDER, name)


def _only(folder: Path, name: str) -> Path | None:
    if not folder.is_dir():
        return None
    found = sorted(
        p
        for p in folder.iterdir()
        if p.is_file() and p.name.casefold().startswith(f"{name}.") and _ending(p) not in BESIDE
    )
    if len(found) > 1:
        names = [p.name for p in found]
        raise LayersError(
            Words(f"图层 {name} 有多个文件：{'、'.join(names)}", f"several files for layer {name}: {', '.join(names)}"),
            where=str(folder),
            hint=Words(
                f'留下一个，或在 cuntong.toml 写 [layers.{name}] path = "{FOLDER}/{names[0]}"',
                f'keep one, or say in cuntong.toml: [layers.{name}] path = "{FOLDER}/{names[0]}"',
            ),
        )
    if not found:
        _refuse_parts_alone(folder, name)
        return None
    return found[0]


def _ending(path: Path) -> str:
    return path.suffix.casefold()


def _refuse_parts_alone(folder: Path, name: str) -> None:
    parts = [p.name for p in sorted(folder.iterdir()) if p.name.casefold() in (f"{name}.dbf", f"{name}.shx")]
    if parts:
        raise LayersError(
            Words(
                f"只有 {'、'.join(parts)}，缺少 {name}.shp", f"there is {', '.join(parts)}, but {name}.shp is missing"
            ),
            where=str(folder),
            hint=Words("Shapefile 的 .shp、.shx、.dbf 要一起放", "keep .shp, .shx and .dbf of a Shapefile together"),
        )


def parts_of(path: Path) -> dict[str, Path]:
    """Return the other files of a Shapefile.

    Parameters
    ----------
    path : Path
        The ``.shp``.

    Returns
    -------
    dict of str to Path
        Ending in lower case → file, for those that are there.
    """
    # No listing of the folder: it may hold thousands of files; endings come in two usual cases.
    found: dict[str, Path] = {}
    for ending in SHAPEFILE_PARTS:
        for spelt in (ending, ending.upper()):
            part = path.with_suffix(spelt)
            if part.is_file():
                found.setdefault(ending, part)
    return found


def input_files(settings: Settings) -> dict[str, Path]:
    """Return every file that decides what `read_layers` gives.

    Parameters
    ----------
    settings : Settings
        Of the workspace.

    Returns
    -------
    dict of str to Path
        Layer → file; the other parts of a Shapefile as ``fiber.dbf`` and so on; `elevation` and `reference` too.

    Raises
    ------
    LayersError
        As in `locate`.
    """
    found = {}
    for name in (*TABLES, "reference"):
        path = locate(settings, name)
        if path is None:
            continue
        found[name] = path
        if _ending(path) == ".shp":
            found |= {f"{name}{ending}": part for ending, part in parts_of(path).items()}
    if (elevation := elevation_file(settings)) is not None:
        found["elevation"] = elevation
    return found


def elevation_file(settings: Settings) -> Path | None:
    """Return the elevation raster.

    Parameters
    ----------
    settings : Settings
        Of the workspace.

    Returns
    -------
    Path or None
        The raster; None if none is named.

    Raises
    ------
    LayersError
        If the named file does not exist.
    """
    named = settings.layers.elevation
    if not named:
        return None
    path = settings.folder / named
    if not path.is_file():
        raise LayersError(
            Words(f"没有这个文件：{named}", f"there is no such file: {named}"), where="cuntong.toml [layers] elevation"
        )
    return path
