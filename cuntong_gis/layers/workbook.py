"""Rows of an .xlsx sheet, read as a stream: cached values, hidden rows, formulas that were never computed."""

from __future__ import annotations

import contextlib
import datetime as dt
import re
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

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
CELLS_A_ROW = 40
"""Cells up to the last one of each row, on average, from which a sheet at the limit of rows is too large."""
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
    shown : dict of (int, int) to str
        (Row number, column from 0) → what the sheet shows, where its cell holds something else: 57% for 0.57, a month
        for a day of it. Only `read_sheets` tells it.
    veiled : bool
        The sheet itself is hidden.
    named : bool
        Messages name the sheet beside the file: it is one of several that are read.
    """

    rows: list[tuple[int, list[Any]]]
    epoch: dt.datetime = EPOCH_1900
    hidden: set[int] = field(default_factory=set)
    uncomputed: set[tuple[int, int]] = field(default_factory=set)
    sheet: str = ""
    others: list[str] = field(default_factory=list)
    shown: dict[tuple[int, int], str] = field(default_factory=dict)
    veiled: bool = False
    named: bool = False


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
    with _opened(path, job) as book:
        sheet, others = _choose(book, path, job)
        grid = _grid(book, sheet, list(_rows(sheet, path, job)), path)
        grid.others = others
        return grid


def read_sheets(path: Path, job: Job) -> Iterator[Grid]:
    """Read the sheets of a workbook one after another, with what its cells show.

    Parameters
    ----------
    path : Path
        The ``.xlsx``, whatever its name.
    job : Job
        With the limits, which hold for each sheet.

    Yields
    ------
    Grid
        One a sheet, hidden ones too, in the order of the workbook.

    Raises
    ------
    LayersError
        If the workbook is damaged, too large, or has no sheet.
    """
    with _opened(path, job) as book:
        if not book.worksheets:
            raise _no_sheet(path)
        for sheet in book.worksheets:
            shown: dict[tuple[int, int], str] = {}
            grid = _grid(book, sheet, list(_rows(sheet, path, job, shown)), path)
            grid.shown, grid.veiled, grid.named = shown, sheet.sheet_state != "visible", True
            yield grid


@contextlib.contextmanager
def _opened(path: Path, job: Job) -> Iterator[Any]:
    archives.check_workbook(path, job)
    try:
        with path.open("rb") as handle, warnings.catch_warnings():
            # openpyxl warns of styles and rules that it leaves out; none of them is data.
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(handle, read_only=True, data_only=True)
            yield book
            book.close()
    except LayersError:
        raise
    except Exception as error:  # openpyxl raises almost anything on a damaged workbook
        raise LayersError(
            Words("工作簿已损坏或不是有效的 .xlsx", "the workbook is damaged or no valid .xlsx"),
            where=path.name,
            hint=Words("用 Excel 或 WPS 打开后另存为 .xlsx", "open it in a spreadsheet program and save it again"),
        ) from error


def _grid(book: Any, sheet: Any, rows: list[tuple[int, list[Any]]], path: Path) -> Grid:
    grid = Grid(rows, book.epoch, sheet=sheet.title)
    if _look_into(path, getattr(sheet, "_worksheet_path", ""), grid):
        _find_uncomputed(path, grid)
    return grid


def _no_sheet(path: Path) -> LayersError:
    return LayersError(Words("工作簿里没有工作表", "the workbook has no sheet"), where=path.name)


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
        raise _no_sheet(path)
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


def _rows(
    sheet: Any, path: Path, job: Job, shown: dict[tuple[int, int], str] | None = None
) -> Iterator[tuple[int, list[Any]]]:
    # A declared size of XFD1048576 must not be believed: every row would be padded to it.
    sheet.reset_dimensions()
    seen = blank = filled = 0
    for number, found in enumerate(sheet.iter_rows(values_only=shown is None), start=1):
        cells = list(found[:MAX_COLUMNS]) if shown is None else _values(number, found[:MAX_COLUMNS], shown)
        while cells and cells[-1] is None:
            cells.pop()
        if all(c is None or (isinstance(c, str) and not c.strip()) for c in cells):
            blank += 1
            if blank > BLANK_RUN:
                return
            continue
        blank, seen, filled = 0, seen + 1, filled + len(cells)
        if seen > job.limits.max_features or filled > CELLS_A_ROW * job.limits.max_features:
            raise too_many(path, job)
        yield number, cells


def _values(number: int, cells: Sequence[Any], shown: dict[tuple[int, int], str]) -> list[Any]:
    """Return the values of a row, and note the cells that show something else."""
    values = []
    for place, cell in enumerate(cells):
        value = cell.value
        values.append(value)
        if isinstance(value, int | float | dt.datetime) and not isinstance(value, bool):
            text = _shown(value, _FIXED.sub("", cell.number_format), cell.number_format)
            if text:
                shown[number, place] = text
    return values


def _shown(value: float | dt.datetime, pattern: str, written: str) -> str:
    """Return what a percentage, a month or a year shows; "" where the value is what is shown."""
    if isinstance(value, dt.datetime):
        signs = pattern.casefold()
        if "y" in signs and "d" not in signs and "h" not in signs:
            return f"{value:%Y-%m}" if "m" in signs else f"{value:%Y}"
        return ""
    if "%" in pattern:
        return f"{value * 100:.10g}%"
    return f"{value:.10g}%" if "%" in written else ""


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
        Words(f"超过 {job.limits.max_features} 行", f"more than {job.limits.max_features} rows")
        if job.is_form
        else Words(
            f"要素超过上限 {job.limits.max_features}", f"more features than the limit of {job.limits.max_features}"
        ),
        where=path.name,
        hint=job.limit("max_features"),
    )


_FIXED = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')
"""What a number format shows as it stands: quoted texts, single signs, languages and colours."""
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


def _find_uncomputed(path: Path, grid: Grid) -> None:
    known = dict(grid.rows)
    last = max(known, default=0)
    with path.open("rb") as handle:
        book = openpyxl.load_workbook(handle, read_only=True, data_only=False)
        sheet = book[grid.sheet]
        sheet.reset_dimensions()
        for number, cells in enumerate(sheet.iter_rows(max_row=max(last, 1)), start=1):
            for place, cell in enumerate(cells[:MAX_COLUMNS]):
                if getattr(cell, "data_type", "") == "f":
                    row = known.get(number)
                    if row is not None and (place >= len(row) or row[place] is None):
                        grid.uncomputed.add((number, place))
        book.close()
