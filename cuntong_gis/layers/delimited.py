"""Rows of a text file with separators: any usual encoding, comma, semicolon or tab."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from cuntong_gis.errors import LayersError
from cuntong_gis.layers.raw import Job
from cuntong_gis.layers.workbook import Grid, too_many
from cuntong_gis.words import Words

MAX_CELL = 10_000_000
"""Longest cell in characters; the WKT of a large polygon has its place."""


def read_delimited(path: Path, job: Job) -> Grid:
    """Read a CSV file.

    Parameters
    ----------
    path : Path
        The file.
    job : Job
        The layer; its source's `encoding` wins over what is found.

    Returns
    -------
    Grid
        Rows numbered as a spreadsheet program would number them.

    Raises
    ------
    LayersError
        If the text has another encoding than declared, or the file is no table.
    """
    text = decoded(path.read_bytes(), job.source.encoding, path.name)
    # A zero byte would stop the reader; it is reported with the other control signs of the cell.
    csv.field_size_limit(MAX_CELL)
    rows = []
    try:
        for number, cells in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text)), start=1):
            if any(c.strip() for c in cells):
                rows.append((number, list(cells)))
            if len(rows) > job.limits.max_features:
                raise too_many(path, job)
    except csv.Error as error:
        raise LayersError(
            Words(f"不是有效的 CSV:{error}", f"not a valid CSV file: {error}"), where=path.name
        ) from error
    return Grid([(n, list(cells)) for n, cells in rows])


def decoded(content: bytes, encoding: str, name: str) -> str:
    """Return the text of bytes.

    Parameters
    ----------
    content : bytes
        The file.
    encoding : str
        As declared; "" for a byte order mark, else UTF-8, else GB18030.
    name : str
        Name of the file, for the message.

    Returns
    -------
    str
        The text.

    Raises
    ------
    LayersError
        If the bytes are not in the encoding.
    """
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) and not encoding:
        tried = ["utf-16"]
    elif content.startswith(b"\xef\xbb\xbf"):
        tried = ["utf-8-sig"]
    else:
        tried = [encoding] if encoding else ["utf-8", "gb18030"]
    for candidate in tried:
        try:
            return content.decode(candidate)
        except UnicodeDecodeError:
            continue
        except LookupError:
            raise LayersError(Words(f"未知的编码 {encoding}", f"unknown encoding {encoding}"), where=name) from None
    shown = " / ".join(tried)
    raise LayersError(
        Words(f"文字编码不是 {shown}", f"the text is not in {shown}"),
        where=name,
        hint=Words('在 cuntong.toml 写 encoding = "…"', 'say in cuntong.toml: encoding = "…"'),
    )


def _separator(text: str) -> str:
    """Return the sign that parts the cells of the first lines."""
    head = text.split("\n", 12)[:12]
    counts = {sign: sum(line.count(sign) for line in head) for sign in (",", "\t", ";", "|")}
    best = max(counts, key=lambda sign: counts[sign])
    return best if counts[best] else ","
