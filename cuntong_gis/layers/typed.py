"""Cells → typed columns: every cell that cannot be used is named, every mending is told once a column."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np

from cuntong_gis import schema
from cuntong_gis.layers import headers, values
from cuntong_gis.layers.notes import NO_HINT, Notes, Origin, quoted
from cuntong_gis.layers.raw import Job, Objects, Raw, objects
from cuntong_gis.model import Severity
from cuntong_gis.words import Words

CODE_DIGITS = 12
RECALCULATE = Words("在表格软件里重新计算并保存", "let a spreadsheet program compute it, and save")
MENDED = {
    "spaces": ("spaces_trimmed", Words("去掉了首尾空格", "outer spaces were trimmed")),
    "controls": ("control_characters", Words("去掉了不可见的控制字符", "invisible control characters were removed")),
    "fullwidth": ("fullwidth_digits", Words("全角字符已转为半角", "full-width characters were made narrow")),
}


def typed_columns(raw: Raw, job: Job, notes: Notes) -> dict[str, Objects]:
    """Return the typed values of every column that the file has.

    Parameters
    ----------
    raw : Raw
        The rows.
    job : Job
        The layer.
    notes : Notes
        Takes the cells that cannot be used, and what was mended.

    Returns
    -------
    dict of str to ndarray of object
        Our column → values, None where missing. Codes and names that must be there are never missing: a row
        without gets a stand-in and an error finding.

    Raises
    ------
    LayersError
        If the file lacks a required column.
    """
    found: dict[str, Objects] = {}
    for column in schema.load(job.schema).fields:
        if column.name in raw.columns:
            found[column.name] = _column(raw, job, column, notes)
        elif column.required:
            raise headers.missing(column.name, job.schema, raw.fields, raw.origin.file)
    if job.schema == "villages":
        _check_digits(found["code"], raw, notes)
    identifier = {"villages": "code", "access_points": "id"}.get(job.schema)
    if identifier:
        _fill(
            found,
            identifier,
            raw,
            notes,
            lambda row: f"{'feature' if raw.origin.features else 'row'}:{raw.origin.rows[row]}",
        )
        if job.schema == "villages":
            _fill(found, "name", raw, notes, lambda row: str(found["code"][row]))
    elif "id" in {c.name for c in schema.load(job.schema).fields} and "id" not in found:
        found["id"] = raw.origin.rows.copy()
    return found


def _column(raw: Raw, job: Job, column: schema.Column, notes: Notes) -> Objects:
    cells = read_cells(raw, job.schema, column)
    header = raw.headers[column.name]
    if column.name == "road_class":
        _tell_classes(cells, raw, header, notes)
    else:
        _tell_faults(cells, raw, header, notes)
    for (name, row), fault in raw.faults.items():
        if name == column.name and cells[row].fault is None:
            notes.rows(Severity.ERROR, "bad_cell", raw.origin, [row], fault, RECALCULATE, field=header)
    tell_mended(cells, raw.origin, header, notes)
    return objects([cell.value for cell in cells])


def read_cells(raw: Raw, table: str, column: schema.Column) -> list[values.Cell]:
    """Read the cells of a column; the same value is read once.

    Parameters
    ----------
    raw : Raw
        The rows, with the column among them.
    table : str
        Schema of the table.
    column : schema.Column
        The column.

    Returns
    -------
    list of Cell
        One a row; what `raw` itself says of a cell is not among them.
    """
    read = values.reader(table, column, raw.epoch, raw.headers[column.name])
    seen: dict[tuple[type, Any], values.Cell] = {}
    cells = []
    for value in raw.columns[column.name]:
        key = (type(value), value)
        cell = seen.get(key)
        if cell is None:
            cell = seen[key] = read(value)
        cells.append(cell)
    return cells


def tell_mended(cells: list[values.Cell], origin: Origin, header: str, notes: Notes) -> None:
    """Tell once for each kind of mending which rows of a column were mended.

    Parameters
    ----------
    cells : list of Cell
        The column.
    origin : Origin
        Where its rows came from.
    header : str
        Its header in the file.
    notes : Notes
        Takes it.
    """
    marks = {mark for cell in cells for mark in cell.notices}
    for mark in sorted(marks):
        rows = [row for row, cell in enumerate(cells) if mark in cell.notices]
        _tell_mended(mark, rows, origin, header, notes)


def _tell_faults(cells: list[values.Cell], raw: Raw, header: str, notes: Notes) -> None:
    for row, cell in enumerate(cells):
        if cell.fault is not None:
            notes.rows(Severity.ERROR, "bad_cell", raw.origin, [row], cell.fault, cell.hint, field=header)


def _tell_classes(cells: list[values.Cell], raw: Raw, header: str, notes: Notes) -> None:
    """Tell unknown road classes once a value, not once a road: there may be a hundred thousand."""
    unknown: dict[str, list[int]] = {}
    for row, cell in enumerate(cells):
        if cell.fault is not None:
            unknown.setdefault(cell.fault.en, []).append(row)
    for rows in unknown.values():
        cell, count = cells[rows[0]], len(rows)
        assert cell.fault is not None
        fault = Words(
            f"{cell.fault.zh}，共 {count} 条，按其他道路处理", f"{cell.fault.en}: {count} roads, taken as 'other'"
        )
        notes.rows(Severity.WARNING, "road_class_unknown", raw.origin, rows[:1], fault, cell.hint, field=header)


def _tell_mended(mark: str, rows: list[int], origin: Origin, header: str, notes: Notes) -> None:
    if mark == "private":
        what = Words(
            "含有自造字或私用区字符，别的电脑上可能显示不出", "holds private-use characters that others may not see"
        )
        hint = Words("换成规范汉字", "use a standard character")
        notes.rows(Severity.WARNING, "private_use_character", origin, rows, what, hint, field=header)
        return
    code, what = MENDED[mark]
    listed = ", ".join(quoted(origin.rows[r], marks=False) for r in rows[:10]) + (" …" if len(rows) > 10 else "")
    head = quoted(header, marks=False)
    notes.tell(
        Severity.NOTICE, code, origin.layer,
        f"{origin.file}“{head}”：{what.zh},{len(rows)} 处（{'要素' if origin.features else '行'} {listed}）",
        f"{origin.file}, {head}: {what.en}, {len(rows)} cells "
        f"({'features' if origin.features else 'rows'} {listed})",
        field=head,
    )  # fmt: skip


def _check_digits(codes: Objects, raw: Raw, notes: Notes) -> None:
    """Name codes that are not twelve digits, where most look like Chinese ones."""
    filled = [c for c in codes if c is not None]
    if 2 * sum(bool(re.fullmatch(r"\d{9,12}", c)) for c in filled) <= len(filled):
        return
    rows = [n for n, c in enumerate(codes) if c is not None and not re.fullmatch(rf"\d{{{CODE_DIGITS}}}", c)]
    notes.rows(
        Severity.ERROR, "code_digits", raw.origin, rows,
        lambda row: Words(
            f"应为 {CODE_DIGITS} 位数字，实为 {quoted(codes[row])}",
            f"{CODE_DIGITS} digits expected, found {quoted(codes[row])}",
        ),
        Words("是否丢了开头或末尾的 0?", "did the sheet drop leading or trailing zeros?"),
        field=raw.headers["code"],
    )  # fmt: skip


def _fill(found: dict[str, Objects], column: str, raw: Raw, notes: Notes, stand_in: Callable[[int], str]) -> None:
    """Give rows without a value that must be there a stand-in, so that none of them vanishes."""
    empty = [row for row, value in enumerate(found[column]) if value is None]
    if not empty:
        return
    filled = found[column].copy()
    for row in empty:
        filled[row] = stand_in(row)
    found[column] = filled
    notes.rows(
        Severity.ERROR, f"{column}_missing", raw.origin, empty,
        lambda row: Words(
            f"没有填写，暂记为 {quoted(filled[row])}", f"is empty, {quoted(filled[row])} stands in for it"
        ),
        NO_HINT, field=raw.headers[column],
    )  # fmt: skip


def usable(found: dict[str, Objects], raw: Raw, job: Job, notes: Notes) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Tell which rows can stand in their table at all.

    Parameters
    ----------
    found : dict of str to ndarray of object
        Typed columns.
    raw : Raw
        The rows.
    job : Job
        The layer.
    notes : Notes
        Takes the rows that cannot.

    Returns
    -------
    ndarray of bool
        False for an area or a steered place whose kind is not known: it can be neither sought nor avoided.
    """
    keep = np.ones(len(raw.told), bool)
    if job.schema in ("areas", "steering"):
        keep = np.array([kind is not None for kind in found["kind"]], bool)
        code = "area_without_kind" if job.schema == "areas" else "steering_without_kind"
        notes.rows(
            Severity.ERROR, code, raw.origin, np.flatnonzero(~keep).tolist(),
            Words("没有可用的类型，未导入", "has no usable kind, so it is left out"),
            field=raw.headers["kind"],
        )  # fmt: skip
    return keep
