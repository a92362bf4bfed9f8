"""What a file really is, by its content, not its name; and a clear refusal of what cannot be read."""

from __future__ import annotations

import zipfile
from pathlib import Path

from cuntong_gis.errors import LayersError, system_words
from cuntong_gis.layers.raw import Job
from cuntong_gis.words import Words

HEAD = 4096
MB = 1024 * 1024

READABLE = Words(
    "可用：GeoPackage、Shapefile、GeoJSON、KML/KMZ、CSV、xlsx、.osm.pbf",
    "readable: GeoPackage, Shapefile, GeoJSON, KML/KMZ, CSV, xlsx, .osm.pbf",
)
SAVE_AS_XLSX = Words("用 Excel 或 WPS 打开后另存为 .xlsx", "open it in a spreadsheet program and save it as .xlsx")

_CONTROLS = bytes(n for n in range(32) if n not in (9, 10, 12, 13))
_SIGNS: tuple[tuple[bytes, str], ...] = (
    (b"SQLite format 3\0", "gpkg"),
    (b"\x00\x00\x27\x0a", "shp"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "empty zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
    (b"fgb\x03", "other"),
    (b"%PDF", "pdf"),
    (b"\x1f\x8b", "gzip"),
    (b"Rar!", "rar"),
    (b"7z\xbc\xaf", "7z"),
    (b"\x89PNG", "picture"),
    (b"\xff\xd8\xff", "picture"),
    (b"GIF8", "picture"),
    (b"II*\0", "picture"),
    (b"MM\0*", "picture"),
)

_REFUSED: dict[str, tuple[Words, Words]] = {
    "empty": (Words("文件是空的", "the file is empty"), Words("重新取得该文件", "get the file anew")),
    "xls": (
        Words("实为旧版 Excel 97-2003(.xls)", "this is an old Excel 97-2003 workbook (.xls)"),
        SAVE_AS_XLSX,
    ),
    "encrypted": (
        Words("工作簿设了打开密码，无法读取", "the workbook is protected by a password"),
        Words("去掉密码后再保存", "remove the password and save it again"),
    ),
    "encrypted zip": (
        Words("压缩包设了密码，无法读取", "the archive is protected by a password"),
        Words("去掉密码后再保存", "remove the password and save it again"),
    ),
    "ole": (Words("实为 Office 97-2003 文件", "this is an Office 97-2003 file"), SAVE_AS_XLSX),
    "html": (Words("实为网页（HTML）", "this is a web page (HTML)"), SAVE_AS_XLSX),
    "spreadsheetml": (Words("实为 XML 电子表格 2003", "this is an XML Spreadsheet 2003"), SAVE_AS_XLSX),
    "pdf": (Words("实为 PDF 文件", "this is a PDF file"), READABLE),
    "gzip": (Words("实为 gzip 压缩文件", "this is a gzip archive"), Words("先解压", "unpack it first")),
    "rar": (Words("实为 RAR 压缩包", "this is a RAR archive"), Words("先解压", "unpack it first")),
    "7z": (Words("实为 7z 压缩包", "this is a 7z archive"), Words("先解压", "unpack it first")),
    "picture": (Words("实为图片", "this is a picture"), READABLE),
    "empty zip": (Words("压缩包是空的", "the archive is empty"), Words("", "")),
    "docx": (Words("实为 Word 文档", "this is a Word document"), READABLE),
    "pptx": (Words("实为 PowerPoint 演示文稿", "this is a PowerPoint presentation"), READABLE),
    "ods": (Words("实为 OpenDocument 表格（.ods）", "this is an OpenDocument spreadsheet (.ods)"), SAVE_AS_XLSX),
    "xlsb": (Words("实为二进制 Excel 工作簿（.xlsb）", "this is a binary Excel workbook (.xlsb)"), SAVE_AS_XLSX),
    "bad zip": (Words("压缩包已损坏", "the archive is damaged"), Words("重新取得该文件", "get the file again")),
    "other zip": (
        Words("压缩包里没有可读的图层", "the archive holds no layer that can be read"),
        Words("放入 .kml 或一套 Shapefile，或先解压", "put a .kml or one Shapefile into it, or unpack it first"),
    ),
    "dbf": (
        Words("这是 Shapefile 的属性表", "this is the attribute table of a Shapefile"),
        Words("path 写同名的 .shp", "name the .shp beside it"),
    ),
    "binary": (Words("无法识别的二进制文件", "an unknown kind of binary file"), READABLE),
}


def kind_of(path: Path, job: Job) -> str:
    """Return what a file is by its content.

    Parameters
    ----------
    path : Path
        The file.
    job : Job
        The layer, and the limit of size.

    Returns
    -------
    str
        ``gpkg shp geojson kml kmz shapes xlsx csv osm`` or ``other`` (left to GDAL).

    Raises
    ------
    LayersError
        If the file is too large, empty, cannot be opened, or is of a kind that no layer can be.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as handle:
            head = handle.read(HEAD)
    except OSError as error:
        why, folder = system_words(error), path.is_dir()
        hint = Words("请写目录中的文件", "name the files in it") if folder else Words("核对文件名", "check its name")
        raise LayersError(
            Words(f"无法打开：{why.zh}", f"cannot be opened: {why.en}"), where=path.name, hint=hint
        ) from error
    if size > job.limits.max_file_mb * MB:
        raise LayersError(
            Words(
                f"文件 {size / MB:.0f} MB，超过上限 {job.limits.max_file_mb:g} MB",
                f"the file has {size / MB:.0f} MB, the limit is {job.limits.max_file_mb:g} MB",
            ),
            where=path.name,
            hint=job.limit("max_file_mb"),
        )
    kind = _kind(path, head)
    if kind in _REFUSED:
        message, hint = _REFUSED[kind]
        raise LayersError(message, where=path.name, hint=hint)
    return kind


def _kind(path: Path, head: bytes) -> str:
    if not head.strip(b"\0 \t\r\n\xef\xbb\xbf"):
        return "empty"
    for sign, kind in _SIGNS:
        if head.startswith(sign):
            if kind == "zip":
                return _kind_of_zip(path)
            return _kind_of_ole(path) if kind == "ole" else kind
    if b"OSMHeader" in head[:64]:
        return "osm"
    return _kind_of_text(path, head)


def _kind_of_text(path: Path, head: bytes) -> str:
    text = _as_text(head).lstrip("\ufeff \t\r\n")
    low = text.casefold()
    ending = path.suffix.casefold()
    if "<html" in low or low.startswith(("<!doctype html", "<table", "<meta")):
        return "html"
    if low.startswith("<"):
        if 'progid="excel.sheet"' in low or "urn:schemas-microsoft-com:office:spreadsheet" in low:
            return "spreadsheetml"
        return "kml" if "<kml" in low or ending == ".kml" or "kml" in low else "other"
    if text.startswith(("{", "[")):
        return "geojson"
    signs = len(head) - len(head.translate(None, _CONTROLS))
    if head[:2] not in (b"\xff\xfe", b"\xfe\xff") and signs > max(8, len(head) // 100):
        if ending == ".dbf":
            return "dbf"
        return "other" if ending in (".dxf", ".dgn", ".map", ".tab") else "binary"
    return "other" if ending in (".mif", ".tab", ".dxf", ".gml") else "csv"


def _as_text(head: bytes) -> str:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head.decode("utf-16", "replace")
    return head.decode("utf-8", "replace")


def _kind_of_ole(path: Path) -> str:
    """Tell an old workbook from an encrypted new one: the names of an OLE file's streams are UTF-16."""
    with path.open("rb") as handle:
        content = handle.read(16 * MB)
    if "EncryptedPackage".encode("utf-16-le") in content:
        return "encrypted"
    names = ("Workbook".encode("utf-16-le"), "Book".encode("utf-16-le"))
    return "xls" if any(name in content for name in names) else "ole"


def _kind_of_zip(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return "bad zip"
    names = {m.filename.casefold() for m in members[:100_000]}
    if not names:
        return "empty zip"
    if any(m.flag_bits & 1 for m in members[:100_000]):
        return "encrypted zip"
    for mark, kind in (
        ("xl/workbook.xml", "xlsx"),
        ("xl/workbook.bin", "xlsb"),
        ("word/document.xml", "docx"),
        ("ppt/presentation.xml", "pptx"),
    ):
        if mark in names:
            return kind
    if any(n.endswith(".kml") for n in names):
        return "kmz"
    if any(n.endswith(".shp") for n in names):
        return "shapes"
    return "ods" if "mimetype" in names and "content.xml" in names else "other zip"
