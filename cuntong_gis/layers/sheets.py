"""A grid of cells → rows with our columns: find the header, leave totals and notes out, make points."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from openpyxl.utils import get_column_letter

from cuntong_gis import schema
from cuntong_gis.errors import LayersError
from cuntong_gis.layers import headers, values
from cuntong_gis.layers.notes import Notes, Origin, quoted
from cuntong_gis.layers.raw import Job, Objects, Raw, objects
from cuntong_gis.layers.workbook import HEADER_WITHIN, Grid
from cuntong_gis.model import Severity
from cuntong_gis.words import Words

_TOTAL = re.compile(r".{0,8}(合计|总计|小计|共计|总和)([(].*[)]|[::].*)?|(grand)?total|(sub)total|sum", re.I)
_NOTE = re.compile(r"(制表|填表|审核|负责人|联系人|联系电话|填报|注[::]|备注[::]|说明[::]|note:|source:)", re.I)


@dataclass(frozen=True)
class Table:
    """A header and the rows below it.

    Attributes
    ----------
    head : list
        The headers.
    header_row : int
        Number of the (first) row that holds them.
    body : list of (int, list)
        Row numbers and cells.
    score : int
        How many of our columns the header gives.
    """

    head: list[Any]
    header_row: int
    body: list[tuple[int, list[Any]]]
    score: int


def raw_of_grid(grid: Grid, path: Path, job: Job, notes: Notes) -> Raw:
    """Return the rows of a sheet as a layer's raw table.

    Parameters
    ----------
    grid : Grid
        The cells.
    path : Path
        The file.
    job : Job
        The layer.
    notes : Notes
        Takes what was found.

    Returns
    -------
    Raw
        Points from lon/lat or x/y, or geometry from WKT; totals, notes and repeated headers left out with a notice.

    Raises
    ------
    LayersError
        If there is no header row, two columns are alike, or there is no column of coordinates.
    """
    raw, head = rows_of_grid(grid, path, job, notes)
    return with_points(raw, head, path.name, job, notes)


def rows_of_grid(grid: Grid, path: Path, job: Job, notes: Notes) -> tuple[Raw, list[Any]]:
    """Return the rows of a sheet as a raw table without geometry.

    Parameters
    ----------
    grid : Grid
        The cells.
    path : Path
        The file.
    job : Job
        The layer or form.
    notes : Notes
        Takes what was found.

    Returns
    -------
    raw : Raw
        The rows; totals, notes and repeated headers left out with a notice.
    head : list
        All headers.

    Raises
    ------
    LayersError
        If there is no header row, or two columns are alike.
    """
    table = find_header(grid, path, job)
    where = f"{path.name} {grid.sheet}!{table.header_row}" if grid.sheet else f"{path.name}:{table.header_row}"
    match = headers.match(table.head, job.schema, job.source.columns, where, sheet=True)
    named = {column: str(table.head[place]).strip() for column, place in match.index.items()}
    body = _without_totals(table, match, _file(grid, path), job, notes)
    origin = Origin(job.layer, _file(grid, path), objects([str(number) for number, _ in body]))
    columns = {c: objects(_values(grid, body, p, _as_shown(job.schema, c))) for c, p in match.index.items()}
    faults = _uncomputed(grid, body, match)
    _tell_grid(grid, origin, body, job, notes)
    raw = Raw(
        origin, columns, named, objects([None] * len(body)), "", np.zeros(len(body), bool), faults, grid.epoch, True,
        places=dict(match.index),
    )  # fmt: skip
    return raw, table.head


def _file(grid: Grid, path: Path) -> str:
    """Return the name that messages give: with the sheet, where every sheet is read."""
    return f"{path.name}[{quoted(grid.sheet, marks=False)}]" if grid.named else path.name


def _as_shown(table: str, column: str) -> bool:
    """Tell columns whose cells mean what the sheet shows: 57%, not 0.57; a month, not its first day."""
    if column in headers.COORDINATES:
        return False
    of = schema.load(table).column(column)
    return of.type == "text" or of.unit == "percent"


def _values(grid: Grid, body: list[tuple[int, list[Any]]], place: int, shown: bool) -> list[Any]:
    if not shown or not grid.shown:
        return [_cell(cells, place) for _, cells in body]
    return [grid.shown.get((number, place), _cell(cells, place)) for number, cells in body]


def raw_of_points(points: tuple[dict[str, Any], ...], job: Job, notes: Notes) -> Raw:
    """Return the rows that stand in the settings as a layer's raw table.

    Parameters
    ----------
    points : tuple of dict
        One a row.
    job : Job
        The layer.
    notes : Notes
        Takes what was found.

    Returns
    -------
    Raw
        Points from lon/lat.

    Raises
    ------
    LayersError
        As in `raw_of_grid`.
    """
    keys = list(dict.fromkeys(key for point in points for key in point))
    name = f"cuntong.toml [layers.{job.layer}] points"
    match = headers.match(keys, job.schema, job.source.columns, name)
    columns = {c: objects([point.get(keys[p]) for point in points]) for c, p in match.index.items()}
    origin = Origin(job.layer, name, objects([str(n) for n in range(1, len(points) + 1)]))
    raw = Raw(
        origin, columns, {c: keys[p] for c, p in match.index.items()}, objects([None] * len(points)), "",
        np.zeros(len(points), bool), sheet=True,
    )  # fmt: skip
    return with_points(raw, keys, name, job, notes)


def find_header(grid: Grid, path: Path, job: Job) -> Table:
    """Return the row, or the two rows under a merged head, that fit the layer best.

    Parameters
    ----------
    grid : Grid
        The cells.
    path : Path
        The file, for the message.
    job : Job
        The layer or form.

    Returns
    -------
    Table
        The header and what is below it.

    Raises
    ------
    LayersError
        If no row of the first ten fits.
    """
    best: tuple[int, int, list[Any], int] | None = None
    for at, (_, cells) in enumerate(grid.rows[:HEADER_WITHIN]):
        single = headers.score(cells, job.schema, job.source.columns)
        if best is None or single > best[0]:
            best = (single, at, cells, 1)
        if at + 1 < len(grid.rows):
            joined = _joined(cells, grid.rows[at + 1][1])
            double = headers.score(joined, job.schema, job.source.columns) if joined else 0
            if double > max(best[0], single):
                best = (double, at, joined, 2)
    if best is None or best[0] == 0 or (best[0] < 2 and not job.source.columns):
        shown = [quoted(c, marks=False) for c in (grid.rows[0][1] if grid.rows else []) if c is not None][:10]
        raise LayersError(
            Words(f"前 {HEADER_WITHIN} 行里找不到表头", f"no header found in the first {HEADER_WITHIN} rows"),
            where=path.name,
            hint=_wanted(job.schema, shown),
        )
    points, at, head, height = best
    body = grid.rows[at + height :]
    return Table(head, grid.rows[at][0], body, points)


def _wanted(table: str, shown: list[str]) -> Words:
    fields = schema.load(table).fields
    wanted = [c for c in fields if c.required] or list(fields[:3])
    place = (" 与 经度、纬度", " and lon, lat") if schema.load(table).geometry_type else ("", "")
    return Words(
        f"表头应有 {'、'.join(c.zh for c in wanted)}{place[0]}；首行为：{'、'.join(shown)}",
        f"wanted: {', '.join(c.name for c in wanted)}{place[1]}; the first row is: {', '.join(shown)}",
    )


def _joined(upper: list[Any], lower: list[Any]) -> list[Any]:
    """Return the heads of a two-row header: the lower cell where there is one; [] if the lower row is data."""
    if any(not isinstance(c, str) for c in lower if c is not None):
        return []
    width = max(len(upper), len(lower))
    upper, lower = upper + [None] * (width - len(upper)), lower + [None] * (width - len(lower))
    if not any(u is None and low is not None for u, low in zip(upper, lower, strict=True)):
        return []  # no merged cell over the row, so it is a row of its own
    return [low if low is not None else u for u, low in zip(upper, lower, strict=True)]


def _cell(cells: list[Any], place: int) -> Any:
    return cells[place] if place < len(cells) else None


def _without_totals(
    table: Table, match: headers.Match, file: str, job: Job, notes: Notes
) -> list[tuple[int, list[Any]]]:
    head = [headers.plain(h) for h in table.head]
    kept: list[tuple[int, list[Any]]] = []
    totals: list[int] = []
    remarks: list[int] = []
    # A row with a place is an object, whatever it is called.
    spots = [match.index[c] for c in ("lon", "lat", "x", "y", "wkt") if c in match]
    codes = [match.index[c.name] for c in schema.load(job.schema).fields if c.type == "code" and c.name in match]
    for number, cells in table.body:
        texts = [_bare(c) for c in cells if isinstance(c, str) and c.strip()]
        placed = any(not _blank(_cell(cells, p)) for p in spots)
        coded = any(str(_cell(cells, p)).strip().isdigit() for p in codes)
        if [headers.plain(c) for c in cells] == head[: len(cells)]:
            remarks.append(number)
        elif not placed and any(_TOTAL.fullmatch(t) for t in texts[:4]):
            totals.append(number)
        elif (not placed and not coded and texts and _NOTE.match(texts[0])) or (_ordinals(cells) and not kept):
            remarks.append(number)
        else:
            kept.append((number, cells))
    if totals:
        notes.tell(
            Severity.NOTICE, "total_rows_skipped", job.layer,
            f"{file}：合计、小计行不作为单位导入：第 {_list(totals)} 行",
            f"{file}: rows of totals are not imported as units: {_list(totals)}",
        )  # fmt: skip
    if remarks:
        notes.tell(
            Severity.NOTICE, "note_rows_skipped", job.layer,
            f"{file}：说明行、重复表头未导入：第 {_list(remarks)} 行",
            f"{file}: rows of notes and repeated headers are not imported: {_list(remarks)}",
        )  # fmt: skip
    return kept


def _bare(value: str) -> str:
    return re.sub(r"[\s\u3000]+", "", unicodedata.normalize("NFKC", value))


def _blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _ordinals(cells: list[Any]) -> bool:
    """Tell a row that numbers the columns: 1 2 3 …, or 甲 乙 1 2 …."""
    filled = [str(c).strip() for c in cells if not _blank(c)]
    digits = [int(c) for c in filled if c.isascii() and c.isdigit() and len(c) < 4]
    letters = [c for c in filled if c in "甲乙丙丁戊己"]
    return (
        len(filled) > 2
        and len(digits) + len(letters) == len(filled)
        and digits == list(range(digits[0] if digits else 0, (digits[0] if digits else 0) + len(digits)))
    )


def _list(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers[:20])) + (" …" if len(numbers) > 20 else "")


def _uncomputed(grid: Grid, body: list[tuple[int, list[Any]]], match: headers.Match) -> dict[tuple[str, int], Words]:
    row_of = {number: row for row, (number, _) in enumerate(body)}
    column_of: dict[int, str] = {place: column for column, place in match.index.items()}
    found = {}
    for number, place in sorted(grid.uncomputed):
        if number in row_of and place in column_of:
            cell = f"{get_column_letter(place + 1)}{number}"
            found[column_of[place], row_of[number]] = Words(
                f"单元格 {cell} 是没有计算结果的公式", f"cell {cell} is a formula without a computed value"
            )
    return found


def _tell_grid(grid: Grid, origin: Origin, body: list[tuple[int, list[Any]]], job: Job, notes: Notes) -> None:
    hidden = [number for number, _ in body if number in grid.hidden]
    if hidden:
        notes.tell(
            Severity.NOTICE, "hidden_rows_imported", job.layer,
            f"{origin.file}：隐藏或被筛选掉的 {len(hidden)} 行也已导入：第 {_list(hidden)} 行",
            f"{origin.file}: {len(hidden)} hidden or filtered rows are imported too: {_list(hidden)}",
        )  # fmt: skip
    if grid.veiled:
        notes.tell(
            Severity.NOTICE, "hidden_sheet_imported", job.layer,
            f"{origin.file}：隐藏的工作表也已导入", f"{origin.file}: the sheet is hidden and imported too",
        )  # fmt: skip
    if grid.others:
        names = [quoted(n, marks=False) for n in grid.others]
        notes.tell(
            Severity.NOTICE, "other_sheets_not_read", job.layer,
            f"{origin.file}：只读了工作表“{quoted(grid.sheet, marks=False)}”，未读：{'、'.join(names)}",
            f"{origin.file}: only sheet {quoted(grid.sheet)} was read, not: {', '.join(names)}",
            Words(f"用 [layers.{job.layer}] layer 指定工作表", f"name the sheet with [layers.{job.layer}] layer"),
        )  # fmt: skip


def with_points(raw: Raw, head: list[Any], where: str, job: Job, notes: Notes) -> Raw:
    """Make geometry of the coordinate columns.

    Parameters
    ----------
    raw : Raw
        Rows with lon and lat, x and y, or wkt among their columns.
    head : list
        All headers, for the message.
    where : str
        The file, for the message.
    job : Job
        The layer.
    notes : Notes
        Takes the coordinates that cannot be used.

    Returns
    -------
    Raw
        With `geometry`, and without the coordinate columns.

    Raises
    ------
    LayersError
        If there are no coordinate columns.
    """
    columns = dict(raw.columns)
    spots = {c: columns.pop(c) for c in headers.COORDINATES if c in columns}
    told = raw.told.copy()
    pair = ("lon", "lat") if {"lon", "lat"} <= spots.keys() else ("x", "y")
    if set(pair) <= spots.keys():
        xy = np.column_stack([_read(spots[c], raw, c, values.angle, told, notes) for c in pair]).astype(float)
        whole = np.isfinite(xy).all(axis=1)
        geometry = objects([None] * len(xy))
        geometry[whole] = shapely.points(xy[whole])
    elif "wkt" in spots:
        geometry = _read(spots["wkt"], raw, "wkt", _wkt, told, notes)
    else:
        raise headers.missing("lat" if "lon" in spots else "lon", job.schema, head, where)
    return Raw(
        raw.origin,
        columns,
        raw.headers,
        geometry,
        raw.crs,
        told,
        raw.faults,
        raw.epoch,
        sheet=True,
        fields=tuple(str(h) for h in head if h is not None),
    )


def _read(
    cells: Objects, raw: Raw, column: str, read: Callable[[Any], values.Cell], told: Any, notes: Notes
) -> Objects:
    found: list[Any] = []
    header = raw.headers.get(column, column)
    for row, value in enumerate(cells):
        cell = read(value)
        fault = raw.faults.get((column, row), cell.fault)
        if fault is not None:
            notes.rows(Severity.ERROR, "bad_coordinate", raw.origin, [row], fault, cell.hint, field=header)
            told[row] = True
        found.append(cell.value)
    return objects(found)


def _wkt(value: Any) -> values.Cell:
    if _blank(value):
        return values.Cell(None)
    try:
        return values.Cell(shapely.from_wkt(str(value)))
    except shapely.errors.GEOSException:
        return values.Cell(None, Words(f"不是有效的 WKT:{quoted(value)}", f"not valid WKT: {quoted(value)}"))
