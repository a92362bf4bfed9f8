"""What a Shapefile needs beside its .shp, and the encoding of its texts."""

from __future__ import annotations

import codecs
import struct
from pathlib import Path

from cuntong_gis.errors import LayersError
from cuntong_gis.layers.raw import Job
from cuntong_gis.layers.sources import parts_of
from cuntong_gis.words import Words

SAMPLE = 8 * 1024 * 1024
"""Bytes of the .dbf that are looked at to tell its encoding."""
HEADER, INDEX_ENTRY = 100, 8
"""Bytes of a .shx header and of each of its entries (ESRI Shapefile Technical Description, 1998)."""
TOLERATED = 0.02
"""Share of broken signs that a fixed-width field may cut off at its end."""


def check_parts(path: Path, job: Job) -> None:
    """Refuse a Shapefile that lacks a part.

    Parameters
    ----------
    path : Path
        The ``.shp``.
    job : Job
        The layer.

    Raises
    ------
    LayersError
        Naming the missing .shx or .dbf; or the missing .prj and the setting `crs` that stands in for it.
    """
    parts = parts_of(path)
    for ending in (".shx", ".dbf"):
        if ending not in parts and (ending == ".shx" or _needs_attributes(job)):
            name = path.with_suffix(ending).name
            raise LayersError(
                Words(f"缺少 {name}", f"{name} is missing"),
                where=path.name,
                hint=Words(
                    "Shapefile 的 .shp、.shx、.dbf 要一起放", "keep .shp, .shx and .dbf of a Shapefile together"
                ),
            )
    if ".prj" not in parts and not job.source.crs:
        name = path.with_suffix(".prj").name
        raise LayersError(
            Words(f"缺少 {name}，坐标系不明", f"{name} is missing, so its coordinate system is unknown"),
            where=path.name,
            hint=Words(
                f'补上 {name}，或在 cuntong.toml 写 [layers.{job.layer}] crs = "EPSG:4490"',
                f'add {name}, or say in cuntong.toml: [layers.{job.layer}] crs = "EPSG:4490"',
            ),
        )

    _check_lengths(path, parts)


def _check_lengths(path: Path, parts: dict[str, Path]) -> None:
    """Refuse a cut-off file, and parts of different files: GDAL would fill up with nothing and say nothing."""
    with path.open("rb") as handle:
        head = handle.read(28)
    declared = 2 * struct.unpack(">i", head[24:28])[0] if len(head) == 28 else 0
    size = path.stat().st_size
    if len(head) < 28 or size < declared:
        raise LayersError(
            Words(
                f"文件不完整：应有 {declared} 字节，只有 {size} 字节",
                f"the file is cut off: {size} of {declared} bytes are there",
            ),
            where=path.name,
            hint=Words("重新取得该文件", "get the file again"),
        )
    if ".dbf" not in parts:
        return
    shapes = max(parts[".shx"].stat().st_size - HEADER, 0) // INDEX_ENTRY
    with parts[".dbf"].open("rb") as handle:
        head = handle.read(8)
    rows = struct.unpack("<I", head[4:8])[0] if len(head) == 8 else 0
    if shapes != rows:
        shx, dbf = parts[".shx"].name, parts[".dbf"].name
        raise LayersError(
            Words(
                f"{shx} 有 {shapes} 个图形，{dbf} 有 {rows} 行属性，两者不符",
                f"{shapes} shapes in {shx} but {rows} rows in {dbf}",
            ),
            where=path.name,
            hint=Words("确认这几个文件出自同一图层", "make sure the parts belong to one layer"),
        )


def _needs_attributes(job: Job) -> bool:
    from cuntong_gis import schema

    return any(c.required for c in schema.load(job.schema).fields)


def encoding_of(path: Path, declared: str) -> str:
    """Return the encoding of a Shapefile's texts.

    Parameters
    ----------
    path : Path
        The ``.shp``.
    declared : str
        The setting `encoding`; wins.

    Returns
    -------
    str
        Name of a Python codec; the .cpg's if there is one, else UTF-8 or GB18030 by the bytes.

    Raises
    ------
    LayersError
        If the setting is no encoding, or the .cpg says UTF-8 and the bytes are not.
    """
    if declared:
        try:
            return codecs.lookup(declared).name
        except LookupError:
            raise LayersError(
                Words(f"未知的编码 {declared}", f"unknown encoding {declared}"), where=path.name
            ) from None
    parts = parts_of(path)
    texts = _texts(parts[".dbf"]) if ".dbf" in parts else b""
    said = _said(parts.get(".cpg"))
    if said and said != "utf-8":
        return said
    if _is_utf8(texts):
        return "utf-8"
    if said:
        sample = _sample(texts)
        raise LayersError(
            Words(
                f"{parts['.cpg'].name} 说是 UTF-8，但 .dbf 的文字不是",
                f"{parts['.cpg'].name} says UTF-8, but the texts of the .dbf are not",
            ),
            where=path.name,
            hint=Words(
                f'像 GBK（试读：{sample}）；写 encoding = "gbk"',
                f'it looks like GBK (it would read: {sample}); say encoding = "gbk"',
            ),
        )
    return "gb18030"


def _said(cpg: Path | None) -> str:
    if cpg is None:
        return ""
    text = cpg.read_bytes()[:64].decode("ascii", "ignore").strip().casefold()
    text = {"65001": "utf-8", "936": "gbk", "gb2312": "gbk", "oem": "", "ansi 936": "gbk", "utf8": "utf-8"}.get(
        text, text
    )
    try:
        return codecs.lookup(text).name if text else ""
    except LookupError:
        digits = "".join(c for c in text if c.isdigit())
        try:
            return codecs.lookup(f"cp{digits}").name if digits else ""
        except LookupError:
            return ""


def _texts(dbf: Path) -> bytes:
    """Return the field names and the records of a dBASE file as they lie."""
    with dbf.open("rb") as handle:
        content = handle.read(SAMPLE)
    if len(content) < 32:
        return b""
    (start,) = struct.unpack_from("<H", content, 8)
    names = b" ".join(content[at : at + 11].split(b"\0")[0] for at in range(32, max(start - 1, 32), 32))
    return names + b" " + content[start:]


def _is_utf8(texts: bytes) -> bool:
    high = sum(b >= 0x80 for b in texts) if len(texts) < 4096 else len(texts.translate(None, bytes(range(128))))
    if not high:
        return True
    broken = texts.decode("utf-8", "replace").count("�")
    return broken <= TOLERATED * high


def _sample(texts: bytes) -> str:
    text = texts.decode("gb18030", "ignore")
    wide = "".join(c if "\u4e00" <= c <= "\u9fff" else " " for c in text).split()
    return "、".join(wide[:3])
