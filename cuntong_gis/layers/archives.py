"""KMZ and zipped Shapefiles, unpacked under limits; KML looked at before any parser sees it."""

from __future__ import annotations

import contextlib
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from cuntong_gis.errors import LayersError
from cuntong_gis.layers.content import MB
from cuntong_gis.layers.raw import Job
from cuntong_gis.words import Words

MAX_RATIO = 200.0
"""A member that unpacks to more than this times its packed size is taken for a bomb; map data reach about 30."""
MAX_MEMBERS = 10_000
CHUNK = 1024 * 1024
SHAPE_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")


@contextlib.contextmanager
def unpacked(path: Path, job: Job, wanted: str) -> Iterator[Path]:
    """Give the layer inside an archive as a file of ours.

    Parameters
    ----------
    path : Path
        A KMZ, or a zip with one Shapefile.
    job : Job
        The layer, and the limits.
    wanted : {".kml", ".shp"}
        What is looked for.

    Yields
    ------
    Path
        ``layer.kml`` or ``layer.shp`` in a temporary folder; no name of the archive is ever used as a path.

    Raises
    ------
    LayersError
        If the archive breaks a limit, is damaged, or holds none or several of what is wanted.
    """
    with tempfile.TemporaryDirectory(prefix="cuntong-") as folder:
        try:
            with zipfile.ZipFile(path) as archive:
                chosen = _chosen(archive, path, wanted)
                _check(archive, chosen, path, job)
                for ending, member in chosen.items():
                    _copy(archive, member, Path(folder) / f"layer{ending}", path, job)
        except (zipfile.BadZipFile, NotImplementedError, EOFError, RuntimeError, OSError) as error:
            raise LayersError(Words("压缩包已损坏", "the archive is damaged"), where=path.name) from error
        yield Path(folder) / f"layer{wanted}"


def _chosen(archive: zipfile.ZipFile, path: Path, wanted: str) -> dict[str, zipfile.ZipInfo]:
    if len(archive.infolist()) > MAX_MEMBERS:
        raise LayersError(
            Words(
                f"压缩包内有 {len(archive.infolist())} 个文件，上限 {MAX_MEMBERS}",
                f"the archive has {len(archive.infolist())} members, the limit is {MAX_MEMBERS}",
            ),
            where=path.name,
        )
    mains = [m for m in archive.infolist() if m.filename.casefold().endswith(wanted)]
    if wanted == ".kml":
        # The KMZ rule: doc.kml, else the first .kml of the archive.
        root = [m for m in mains if m.filename.casefold() == "doc.kml"]
        return {".kml": (root or mains)[0]}
    if len(mains) > 1:
        names = [PurePosixPath(m.filename).name for m in mains][:5]
        raise LayersError(
            Words(
                f"压缩包内有 {len(mains)} 个图层：{'、'.join(names)}",
                f"the archive holds {len(mains)} layers: {', '.join(names)}",
            ),
            where=path.name,
            hint=Words("解压后用 path 指定一个", "unpack it and name one with 'path'"),
        )
    stem = mains[0].filename[: -len(wanted)].casefold()
    return {
        ending: member
        for member in archive.infolist()
        for ending in SHAPE_PARTS
        if member.filename.casefold() == stem + ending
    }


def _check(archive: zipfile.ZipFile, chosen: dict[str, zipfile.ZipInfo], path: Path, job: Job) -> None:
    total = sum(m.file_size for m in chosen.values())
    if total > job.limits.max_unpacked_mb * MB:
        raise _too_large(path, total, job)
    for member in chosen.values():
        if member.file_size > MB and member.file_size > MAX_RATIO * max(member.compress_size, 1):
            raise LayersError(
                Words(
                    f"压缩比 {member.file_size / max(member.compress_size, 1):.0f} 倍，像压缩炸弹，拒绝解压",
                    f"it unpacks to {member.file_size / max(member.compress_size, 1):.0f} times its size: "
                    "refused as a decompression bomb",
                ),
                where=path.name,
            )


def _copy(archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path, path: Path, job: Job) -> None:
    """Unpack one member, counting what really comes out: the size that an archive declares may be a lie."""
    limit, done = job.limits.max_unpacked_mb * MB, 0
    with archive.open(member) as source, target.open("wb") as sink:
        while block := source.read(CHUNK):
            done += len(block)
            if done > limit:
                raise _too_large(path, done, job)
            sink.write(block)


def _too_large(path: Path, size: float, job: Job) -> LayersError:
    return LayersError(
        Words(
            f"解压后超过 {job.limits.max_unpacked_mb:g} MB，拒绝",
            f"it unpacks to more than {job.limits.max_unpacked_mb:g} MB: refused",
        ),
        where=path.name,
        hint=job.limit("max_unpacked_mb"),
    )


def check_workbook(path: Path, job: Job) -> None:
    """Refuse a workbook that unpacks to too much or declares XML entities.

    Parameters
    ----------
    path : Path
        The ``.xlsx``.
    job : Job
        The layer, and the limits.

    Raises
    ------
    LayersError
        If it is so.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            if len(members) > MAX_MEMBERS or sum(m.file_size for m in members) > job.limits.max_unpacked_mb * MB:
                raise _too_large(path, 0.0, job)
            for member in members:
                if member.filename.casefold().endswith((".xml", ".rels")):
                    with archive.open(member) as part:
                        _refuse_entities(part.read(4096), path.name)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, RuntimeError, OSError) as error:
        raise LayersError(Words("工作簿已损坏", "the workbook is damaged"), where=path.name) from error


def check_kml(path: Path, name: str) -> None:
    """Refuse a KML file with a document type or entities, before it is parsed.

    Parameters
    ----------
    path : Path
        The file.
    name : str
        Name of the file that the user knows.

    Raises
    ------
    LayersError
        If there is a ``<!DOCTYPE`` or ``<!ENTITY`` anywhere.
    """
    tail = b""
    with path.open("rb") as handle:
        while block := handle.read(CHUNK):
            # The tail catches a mark cut by a block's end.
            _refuse_entities(tail + block, name)
            tail = block[-64:]


def _refuse_entities(content: bytes, name: str) -> None:
    # UTF-16 text is read by leaving its zero bytes out.
    upper = content.replace(b"\0", b"").upper()
    if b"<!DOCTYPE" in upper or b"<!ENTITY" in upper:
        raise LayersError(
            Words("XML 内含 DOCTYPE 或实体声明，拒绝读取", "the XML declares a DOCTYPE or entities: refused"),
            where=name,
            hint=Words("正常的地图文件不需要它", "no proper map file needs them"),
        )
