"""What a file is, told by its bytes and never by its name: where its content ends, and what hides beside or behind it.

Nothing is decoded here: a picture's size is read from its headers, so that a pixel flood is refused for nothing.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass

from cuntong_gis.words import Words, same

PICTURES = ("jpeg", "png", "webp")
PAPERS = (*PICTURES, "pdf")
TRACES = (*PAPERS, "sor")

NAMES = {
    "jpeg": same("JPEG"),
    "png": same("PNG"),
    "webp": same("WebP"),
    "pdf": same("PDF"),
    "sor": Words("OTDR 曲线 (SOR)", "an OTDR trace (SOR)"),
    "heic": Words("HEIC 照片", "a HEIC photo"),
    "avif": Words("AVIF 图片", "an AVIF picture"),
    "video": Words("视频", "a video"),
    "gif": same("GIF"),
    "bmp": same("BMP"),
    "tiff": same("TIFF"),
    "zip": Words("压缩包或 Office 文件", "a zip or Office file"),
    "ole": Words("旧版 Office 文件", "an old Office file"),
    "rar": Words("RAR 压缩包", "a RAR archive"),
    "7z": Words("7z 压缩包", "a 7z archive"),
    "program": Words("可执行程序", "a program"),
    "html": Words("HTML 网页", "an HTML page"),
    "svg": Words("SVG 图形", "an SVG drawing"),
    "xml": same("XML"),
    "empty": Words("空文件", "an empty file"),
    "unknown": Words("不认识的格式", "of an unknown kind"),
}

SIGNATURES = (
    (0, b"\xff\xd8\xff", "jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "png"),
    (0, b"%PDF-", "pdf"),
    (0, b"Map\0", "sor"),
    (0, b"GIF8", "gif"),
    (0, b"BM", "bmp"),
    (0, b"II*\0", "tiff"),
    (0, b"MM\0*", "tiff"),
    (0, b"PK\x03\x04", "zip"),
    (0, b"PK\x05\x06", "zip"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
    (0, b"Rar!", "rar"),
    (0, b"7z\xbc\xaf\x27\x1c", "7z"),
    (0, b"MZ", "program"),
    (0, b"\x7fELF", "program"),
    (0, b"#!", "program"),
)
ISO_MEDIA = {b"heic": "heic", b"heix": "heic", b"hevc": "heic", b"mif1": "heic", b"msf1": "heic", b"avif": "avif"}
ACTIVE = re.compile(
    rb"<!doctype\s+html|<html[\s>]|<script[\s>/]|<svg[\s>]|<iframe[\s>]|<\?php|PK\x03\x04|PK\x05\x06|Rar!\x1a\x07"
    rb"|7z\xbc\xaf\x27\x1c|%PDF-\d|\x7fELF|MZ\x90\x00\x03",
    re.IGNORECASE,
)
"""What a browser, an archiver or a machine would run: never part of a photo or of what its camera says of it."""
PADDING = b"\0\r\n\t "
MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
START_OF_SCAN, END_OF_IMAGE = 0xDA, 0xD9
BARE_MARKERS = {0x01, *range(0xD0, 0xD9)}
SAMSUNG_END = b"SEFT"
"""Ends the block that Samsung cameras write behind a photo (its parameters, or a motion photo's film)."""
OTDR_BLOCKS = ("FxdParams", "DataPts")
MOST_PARTS, MOST_SCANS = 20_000, 200
"""A file of more parts, or a picture of more scans, is made to keep its reader busy."""


class BrokenError(ValueError):
    """Report a file that ends before its content does, or contradicts itself."""


@dataclass(frozen=True)
class Anatomy:
    """The parts of a file.

    Attributes
    ----------
    kind : str
        A key of `NAMES`.
    end : int
        Where its content ends; what stands behind is its `tail`.
    beside : bytes
        What stands in it beside the picture: comments, EXIF, profiles.
    width, height : int
        Pixels, as the headers say; 0 for a paper.
    wavelength_nm : float or None
        Of an OTDR trace.
    """

    kind: str
    end: int
    beside: bytes = b""
    width: int = 0
    height: int = 0
    wavelength_nm: float | None = None


def kind_of(data: bytes) -> str:
    """Return what the first bytes say a file is.

    Parameters
    ----------
    data : bytes
        The file.

    Returns
    -------
    str
        A key of `NAMES`; ``unknown`` for anything else.
    """
    if not data:
        return "empty"
    for at, sign, kind in SIGNATURES:
        if data[at : at + len(sign)] == sign:
            return kind
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    if data[4:8] == b"ftyp":
        return ISO_MEDIA.get(data[8:12], "video")
    start = data[:2048].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if start.startswith(b"<"):
        if re.search(rb"<svg[\s>]", start):
            return "svg"
        return "xml" if start.startswith(b"<?xml") and b"<html" not in start else "html"
    first_version = data[1:2] == b"\0" and b"GenParams\0" in data[:512]  # its map has no name, only a number
    return "sor" if first_version else "unknown"


def anatomy(data: bytes) -> Anatomy:
    """Take a JPEG, PNG, WebP, PDF or SOR file apart by its own structure, without decoding it.

    Parameters
    ----------
    data : bytes
        The file.

    Returns
    -------
    Anatomy
        Its parts; for any other kind only the kind.

    Raises
    ------
    BrokenError
        If the file ends before its content does, or its structure contradicts itself.

    References
    ----------
    ITU-T T.81 Annex B (JPEG); W3C PNG §5; RFC 9649 (WebP); ISO 32000-1 §7.5 (PDF); Telcordia SR-4731 (SOR).
    """
    kind = kind_of(data)
    parts = {"jpeg": _jpeg, "png": _png, "webp": _webp, "pdf": _pdf, "sor": _sor}.get(kind)
    try:
        return parts(data) if parts else Anatomy(kind, len(data))
    except (struct.error, IndexError) as error:
        raise BrokenError(str(error)) from error


def hidden_in(data: bytes, parts: Anatomy) -> Words | None:
    """Return what hides in a file beside its content, or behind its end.

    Parameters
    ----------
    data : bytes
        The file.
    parts : Anatomy
        Of it.

    Returns
    -------
    Words or None
        What it is; None for an honest file. Padding, the further pictures of a JPEG (MPO) and Samsung's block are
        honest as long as nothing in them can be run.
    """
    tail = data[parts.end :].strip(PADDING).rstrip(PADDING + b"\xff")
    if found := ACTIVE.search(parts.beside) or ACTIVE.search(tail):
        shown = found.group().strip(b"<\0").decode("latin-1")
        shown = "".join(c for c in shown if c.isprintable())
        return Words(f"图像之外藏有别的内容（{shown}）", f"something else hides beside the picture ({shown})")
    if not tail or (parts.kind == "jpeg" and (tail[:3] == b"\xff\xd8\xff" or tail.endswith(SAMSUNG_END))):
        return None
    return Words(f"内容结束之后还有 {len(tail)} 字节别的数据", f"{len(tail)} more bytes stand behind its end")


def _jpeg(data: bytes) -> Anatomy:
    at, beside, size, scans = 2, list[bytes](), (0, 0), 0
    for _ in range(MOST_PARTS):
        while data[at : at + 2] == b"\xff\xff":  # fill bytes
            at += 1
        mark, code = data[at], data[at + 1]
        if mark != 0xFF:
            raise BrokenError(f"no marker at byte {at}")
        if code == END_OF_IMAGE:
            return Anatomy("jpeg", at + 2, b"".join(beside), *size)
        if code in BARE_MARKERS:
            at += 2
            continue
        (length,) = struct.unpack_from(">H", data, at + 2)
        if length < 2 or at + 2 + length > len(data):
            raise BrokenError("a segment is cut off")
        if code in FRAMES:
            height, width = struct.unpack_from(">HH", data, at + 5)
            size = max(size, (width, height), key=lambda wh: wh[0] * wh[1])
        elif code == 0xFE or 0xE0 <= code <= 0xEF:
            beside.append(data[at + 4 : at + 2 + length])
        at += 2 + length
        if code == START_OF_SCAN:
            scans += 1
            found = MARKER.search(data, at)
            if not found or scans > MOST_SCANS:
                raise BrokenError("the picture is cut off")
            at = found.start()
    raise BrokenError("too many parts")


def _png(data: bytes) -> Anatomy:
    at, beside = 8, list[bytes]()
    if data[12:16] != b"IHDR":
        raise BrokenError("no header")
    width, height = struct.unpack_from(">II", data, 16)
    for _ in range(MOST_PARTS):
        length, name = struct.unpack_from(">I4s", data, at)
        after = at + 12 + length
        if after > len(data):
            raise BrokenError("a chunk is cut off")
        if name == b"IEND":
            return Anatomy("png", after, b"".join(beside), width, height)
        if name not in (b"IDAT", b"fdAT"):
            beside.append(data[at + 8 : at + 8 + length])
        at = after
    raise BrokenError("too many parts")


def _webp(data: bytes) -> Anatomy:
    (length,) = struct.unpack_from("<I", data, 4)
    end, at, beside, size = 8 + length, 12, list[bytes](), (0, 0)
    if end > len(data):
        raise BrokenError("the picture is cut off")
    for _ in range(MOST_PARTS):
        if at + 8 > end:
            return Anatomy("webp", end, b"".join(beside), *size)
        name, length = struct.unpack_from("<4sI", data, at)
        body = at + 8
        if body + length > end:
            raise BrokenError("a chunk is cut off")
        found = size
        if name == b"VP8X":
            low, high = struct.unpack_from("<HB", data, body + 4), struct.unpack_from("<HB", data, body + 7)
            found = (low[0] + (low[1] << 16) + 1, high[0] + (high[1] << 16) + 1)
        elif name == b"VP8 ":
            width, height = struct.unpack_from("<HH", data, body + 6)
            found = (width & 0x3FFF, height & 0x3FFF)
        elif name == b"VP8L":
            (bits,) = struct.unpack_from("<I", data, body + 1)
            found = ((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
        elif name in (b"ANIM", b"ANMF"):
            raise BrokenError("it is a film, not a picture")
        elif name != b"ALPH":
            beside.append(data[body : body + length])
        size = max(size, found, key=lambda wh: wh[0] * wh[1])
        at = body + length + length % 2
    raise BrokenError("too many parts")


def _pdf(data: bytes) -> Anatomy:
    end = data.rfind(b"%%EOF")
    if end < 0 or b"startxref" not in data[max(0, end - 64) : end]:
        raise BrokenError("the document is cut off")
    return Anatomy("pdf", end + 5)


def _sor(data: bytes) -> Anatomy:
    """Walk the map block: the names and sizes of all blocks that follow it, in order."""
    second = data[:4] == b"Map\0"
    at = 4 if second else 0
    _, size, count = struct.unpack_from("<HIH", data, at)
    at, where, blocks = at + 8, size, {}
    for _ in range(count - 1):
        stop = data.find(b"\0", at, at + 64)
        if stop < 0:
            raise BrokenError("its map is no map")
        name = data[at:stop].decode("latin-1")
        _, length = struct.unpack_from("<HI", data, stop + 1)
        blocks[name] = where + (len(name) + 1 if second else 0)
        at, where = stop + 7, where + length
    if at > size or where > len(data):
        raise BrokenError("the trace is cut off")
    if any(name not in blocks for name in OTDR_BLOCKS):
        raise BrokenError("it holds no trace")
    (tenths,) = struct.unpack_from("<H", data, blocks["FxdParams"] + 6)  # after the time (4) and the unit (2)
    return Anatomy("sor", where, wavelength_nm=tenths / 10)
