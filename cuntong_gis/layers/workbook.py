"""Rows of an .xlsx sheet, read as a stream: cached values, hidden rows, formulas that were never computed."""

from __future__ import annotations

import datetime as dt
import re
import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import openpyxl

from cuntong_gis.errors import LayersError
from cuntong_gis.layers import archives, headers
from cuntong_gis.layers.notes import quoted
from cuntong_gis.layers.raw import Job
from cuntong_gis.layers.values import EPOCH_1900
from cuntong_gis.words import Words

HEADER_WITHIN = 10
"""The header row is one of the first so many rows that are not blank."""
MAX_COLUMNS = 1000
BLANK_RUN = 200_000
"""So many blank rows on end are the sheet's end: a formatted but empty tail."""


@dataclass
class Grid:
    """Rows of a sheet or of a text file.

    Attributes
    ----------
    rows : list of (int, list)
        Row number as the user counts it, and the cells; blank rows are left out.
    epoch : datetime
        Day 0 of date serials.
    hidden : set of int
        Row numbers that the sheet does not show.
    uncomputed : set of (int, int)
        (Row number, column from 0) of formulas without a cached value.
    sheet : str
        Name of the sheet.
    others : list of str
        Other sheets with a header that fits the layer; not read.
    """

    rows: list[tuple[int, list[Any]]]
    epoch: dt.datetime = EPOCH_1900
    hidden: set[int] = field(default_factory=set)
    uncomputed: set[tuple[int, int]] = field(default_factory=set)
    sheet: str = ""
    others: list[str] = field(default_factory=list)


def read_workbook(path: Path, job: Job) -> Grid:
    """Read one sheet of a workbook.

    Parameters
    ----------
    path : Path
        The ``.xlsx``, whatever its name.
    job : Job
        The layer; its source's `layer` names the sheet.

    Returns
    -------
    Grid
        Of the sheet named; else of the first whose header fits the layer; else of the first.

    Raises
    ------
    LayersError
        If the workbook is damaged, too large, or has no such sheet.
    """
    archives.check_workbook(path, job)
    try:
        with path.open("rb") as handle, warnings.catch_warnings():
            # openpyxl warns of styles and rules that it leaves out; none of them is data.
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(handle, read_only=True, data_only=True)
            sheet, others = _choose(book, path, job)
            rows = list(_rows(sheet, path, job))
            grid = Grid(rows, book.epoch, sheet=sheet.title, others=others)
            part = getattr(sheet, "_worksheet_path", "")
            title = sheet.title
            book.close()
            formulas = _look_into(path, part, grid)
            if formulas:
                handle.seek(0)
                _find_uncomputed(handle, title, grid)
            return grid
    except LayersError:
        raise
    except Exception as error:  # openpyxl raises almost anything on a damaged workbook
        raise LayersError(
            Words("工作簿已损坏或不是有效的 .xlsx", "the workbook is damaged or no valid .xlsx"),
            where=path.name,
            hint=Words("用 Excel 或 WPS 打开后另存为 .xlsx", "open it in a spreadsheet program and save it again"),
        ) from error


def _choose(book: Any, path: Path, job: Job) -> tuple[Any, list[str]]:
    sheets = list(book.worksheets)
    names = [s.title for s in sheets]
    if job.source.layer:
        if job.source.layer not in names:
            shown = [quoted(n, marks=False) for n in names]
            raise LayersError(
                Words(f"没有工作表 {quoted(job.source.layer)}", f"there is no sheet {quoted(job.source.layer)}"),
                where=path.name,
                hint=Words(f"现有：{'、'.join(shown)}", f"there are: {', '.join(shown)}"),
            )
        return sheets[names.index(job.source.layer)], []
    if not sheets:
        raise LayersError(Words("工作簿里没有工作表", "the workbook has no sheet"), where=path.name)
    if len(sheets) == 1:
        return sheets[0], []
    fitting = [s for s in sheets if _fits(s, path, job)]
    if not fitting:
        return sheets[0], []
    return fitting[0], [s.title for s in fitting[1:]]


def _fits(sheet: Any, path: Path, job: Job) -> bool:
    """Tell whether one of the first rows looks like the layer's header and there is a row after it."""
    head = [cells for _, (_, cells) in zip(range(HEADER_WITHIN + 2), _rows(sheet, path, job), strict=False)]
    best = max((headers.score(cells, job.schema, job.source.columns) for cells in head), default=0)
    return best >= 2 and len(head) > 1


def _rows(sheet: Any, path: Path, job: Job) -> Iterator[tuple[int, list[Any]]]:
    # A declared size of XFD1048576 must not be believed: every row would be padded to it.
    sheet.reset_dimensions()
    seen = blank = 0
    for number, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
        if all(c is None or (isinstance(c, str) and not c.strip()) for c in cells):
            blank += 1
            if blank > BLANK_RUN:
                return
            continue
        blank, seen = 0, seen + 1
        if seen > job.limits.max_features:
            raise too_many(path, job)
        yield number, list(cells[:MAX_COLUMNS])


def too_many(path: Path, job: Job) -> LayersError:
    """Return the error of a layer with too many rows.

    Parameters
    ----------
    path : Path
        The file.
    job : Job
        With the limit.

    Returns
    -------
    LayersError
        To be raised.
    """
    return LayersError(
        Words(f"要素超过上限 {job.limits.max_features}", f"more features than the limit of {job.limits.max_features}"),
        where=path.name,
        hint=Words("[layers] max_features 可调", "the limit is [layers] max_features"),
    )


_ROW = re.compile(rb"<(?:\w+:)?row\b([^>]*)>|<(?:\w+:)?(f)[ />]")
_NUMBER = re.compile(rb'\br="(\d+)"')
_HIDDEN = re.compile(rb'\bhidden="(?:1|true)"')


def _look_into(path: Path, part: str, grid: Grid) -> bool:
    """Note the hidden rows, which a stream reader does not tell, and return whether there is any formula."""
    if not part:
        return False
    formulas, tail = False, b""
    with zipfile.ZipFile(path) as archive, archive.open(part) as xml:
        while block := xml.read(1024 * 1024):
            text = tail + block
            for found in _ROW.finditer(text):
                if found[2]:
                    formulas = True
                elif _HIDDEN.search(found[1]) and (number := _NUMBER.search(found[1])):
                    grid.hidden.add(int(number[1]))
            # A tag cut by the block's end is seen again, whole, with the next one.
            cut = text.rfind(b"<")
            tail = text[cut:] if cut >= 0 and len(text) - cut < 4096 else b""
    return formulas


def _find_uncomputed(handle: IO[bytes], title: str, grid: Grid) -> None:
    book = openpyxl.load_workbook(handle, read_only=True, data_only=False)
    sheet = book[title]
    sheet.reset_dimensions()
    known = dict(grid.rows)
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        for place, cell in enumerate(cells[:MAX_COLUMNS]):
            if getattr(cell, "data_type", "") == "f":
                row = known.get(number)
                if row is not None and (place >= len(row) or row[place] is None):
                    grid.uncomputed.add((number, place))
    book.close()
