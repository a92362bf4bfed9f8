"""The door for tables without geometry: report sheets and lists as offices send them, read row by row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from openpyxl.utils import get_column_letter

from cuntong_gis import schema
from cuntong_gis.errors import LayersError
from cuntong_gis.layers import headers
from cuntong_gis.layers.content import SAVE_AS_XLSX, kind_of
from cuntong_gis.layers.delimited import read_delimited
from cuntong_gis.layers.notes import Notes, quoted
from cuntong_gis.layers.raw import Job, Objects, Raw, objects
from cuntong_gis.layers.sheets import find_header, rows_of_grid
from cuntong_gis.layers.sources import only_file
from cuntong_gis.layers.typed import RECALCULATE, read_cells, tell_mended
from cuntong_gis.layers.workbook import Grid, read_sheets
from cuntong_gis.model import Finding, Severity
from cuntong_gis.settings import LayerSource, LayersSettings, Settings
from cuntong_gis.words import Words

if TYPE_CHECKING:
    import pandas as pd

LIMITS = LayersSettings(max_file_mb=50.0, max_unpacked_mb=64.0, max_features=50_000)
"""A report is a small file: four times the province's villages fit, and no file takes more than 200 MB of memory."""

NOTES_SHEETS = frozenset({"说明", "notes", "填表说明", "填报说明"})
"""Sheets that explain a form; leaving them out is no news."""


@dataclass(frozen=True)
class Fault:
    """A cell that cannot be used.

    Attributes
    ----------
    row : int
        Row of the form, from 0.
    column : str
        Our name of the column.
    message, hint : Words
        Why, and what to do; without the place.
    """

    row: int
    column: str
    message: Words
    hint: Words


@dataclass(frozen=True)
class Form:
    """The rows of one sheet, typed.

    Attributes
    ----------
    schema : str
        The schema that the sheet fits.
    file : str
        Name of the file, with the sheet if it is a workbook.
    header_row : int
        Number of the row with the headers.
    numbers : tuple of str
        Number of each row, as the user counts.
    columns : dict of str to ndarray of object
        Column of the schema → typed values, None where missing; only columns that the sheet has.
    headers, letters : dict of str to str
        Column → its header, and the letter of its column in the sheet.
    faults : tuple of Fault
        Cells that cannot be used, by row, then by place.
    """

    schema: str
    file: str
    header_row: int
    numbers: tuple[str, ...]
    columns: dict[str, Objects]
    headers: dict[str, str]
    letters: dict[str, str]
    faults: tuple[Fault, ...]

    def __len__(self) -> int:
        return len(self.numbers)

    def value(self, row: int, column: str) -> Any:
        """Return the typed value of a cell.

        Parameters
        ----------
        row : int
            Row of the form, from 0.
        column : str
            Our name of the column.

        Returns
        -------
        object
            None where it is empty, or the sheet has no such column.
        """
        return self.columns[column][row] if column in self.columns else None

    def field(self, row: int, column: str) -> str:
        """Return header and cell as a reader of the sheet finds them.

        Parameters
        ----------
        row : int
            Row of the form, from 0.
        column : str
            Our name of the column.

        Returns
        -------
        str
            E.g. ``日期(F12)``; the Chinese header where the sheet has no such column.
        """
        if column not in self.headers:
            return schema.load(self.schema).column(column).zh
        return f"{quoted(self.headers[column], marks=False)}({self.letters[column]}{self.numbers[row]})"

    def place(self, row: int, column: str = "") -> Words:
        """Return file, row and field.

        Parameters
        ----------
        row : int
            Row of the form, from 0.
        column : str
            Our name of the column; "" for the row.

        Returns
        -------
        Words
            E.g. ``周报.xlsx[村] 第 12 行“日期(F12)”``.
        """
        zh, en = f"{self.file} 第 {self.numbers[row]} 行", f"{self.file} row {self.numbers[row]}"
        if not column:
            return Words(zh, en)
        field = self.field(row, column)
        return Words(f"{zh}“{field}”", f"{en}, {field}")


def read_forms(path: Path, fitting: Mapping[str, Sequence[str]]) -> tuple[tuple[Form, ...], tuple[Finding, ...]]:
    """Read every sheet of a workbook or text file that fits one of some schemas.

    Parameters
    ----------
    path : Path
        An ``.xlsx`` or CSV file by its content, whatever its name; CSV in UTF-8, UTF-16 with a mark, or GB18030.
    fitting : mapping of str to sequence of str
        Schema → columns of which a sheet must have at least one to be of it.

    Returns
    -------
    forms : tuple of Form
        In the order of the workbook; at least one, with a row at least.
    findings : tuple of Finding
        What was mended or left out: notices, and warnings of characters that others may not see.

    Raises
    ------
    LayersError
        If the file is of another kind than its name says, is protected, damaged or too large; no sheet fits; two
        columns of a sheet are alike; or there is not one row.

    Notes
    -----
    The header may be any of the first ten rows and may stand in two rows; rows of totals and notes are left out with
    a notice; hidden rows and sheets are read with a notice.
    """
    notes = Notes()
    forms: list[Form] = []
    aside: list[str] = []
    refused: LayersError | None = None
    for grid in _grids(path):
        table, error = _fitting(grid, path, fitting)
        if table:
            forms.append(_form(grid, path, table, notes))
            continue
        refused = refused or error
        if grid.rows and grid.sheet not in NOTES_SHEETS:
            aside.append(grid.sheet)
    if not forms:
        raise refused or _no_row(path)
    if not any(len(form) for form in forms):
        raise _no_row(path)
    if aside:
        notes.tell(
            Severity.NOTICE, "sheets_left_out", "",
            f"{path.name}：不是填报表，未读：{'、'.join(quoted(n, marks=False) for n in aside)}",
            f"{path.name}: no form, not read: {', '.join(quoted(n, marks=False) for n in aside)}",
        )  # fmt: skip
    return tuple(forms), notes.all()


def read_table(where: Path | Settings, name: str) -> tuple[pd.DataFrame, tuple[Finding, ...]]:
    """Read a list of the campaign, such as its units, targets or officials.

    Parameters
    ----------
    where : Path or Settings
        The file, or the workspace with ``layers/<name>.xlsx`` or ``.csv``.
    name : str
        Schema of the table, without geometry.

    Returns
    -------
    table : DataFrame
        Obeys the schema, rows in the order of the file; empty if the workspace has no such file. A row with a cell
        that cannot be used, or without one that it must have, is left out. `attrs["rows"]` holds the number of each
        row in the file, for findings about it.
    findings : tuple of Finding
        An error for each cell for which a row is left out, and what `read_forms` notices.

    Raises
    ------
    LayersError
        As `read_forms`; or if a required column is missing, or several files could be meant.
    """
    import pandas as pd

    path = where if isinstance(where, Path) else only_file(where, name)
    if path is None:
        return schema.empty(name), ()
    required = [column.name for column in schema.load(name).fields if column.required]
    forms, noticed = read_forms(path, {name: required})
    notes = Notes()
    tables, numbers = [], []
    for form in forms:
        missing = [column for column in required if column not in form.columns]
        if missing:
            raise headers.missing(missing[0], name, list(form.headers.values()), form.file)
        lost = _lost_rows(form, required, notes)
        kept = [row for row in range(len(form)) if row not in lost]
        tables.append(schema.conform({c: cells[kept] for c, cells in form.columns.items()}, name))
        numbers += [form.numbers[row] for row in kept]
    table = pd.concat(tables, ignore_index=True)
    table.attrs["rows"] = numbers
    return table, (*notes.all(), *noticed)


def _lost_rows(form: Form, required: Sequence[str], notes: Notes) -> set[int]:
    """Tell of every cell that cannot be used or must not be empty, and return the rows that hold one."""
    empty = Words("没有填写", "is empty")
    bad = {(f.row, f.column): (f.message, f.hint) for f in form.faults}
    for column in required:
        for row, value in enumerate(form.columns[column]):
            if value is None:
                bad.setdefault((row, column), (empty, Words("", "")))
    for (row, column), (message, hint) in sorted(bad.items(), key=lambda item: item[0]):
        place = form.place(row, column)
        notes.add(
            Finding(
                Severity.ERROR,
                "bad_cell",
                Words(f"{place.zh}：{message.zh}", f"{place.en}: {message.en}"),
                hint,
                form.schema,
                form.numbers[row],
                form.field(row, column),
            )  # fmt: skip
        )
    return {row for row, _ in bad}


def _job(name: str) -> Job:
    return Job(name, name, LayerSource(), LIMITS)


def _grids(path: Path) -> Iterable[Grid]:
    # The kind and the limits are the same for every schema; the name only has to be one of the schemas.
    job = _job("form_villages")
    kind = kind_of(path, job)
    if kind == "xlsx":
        return read_sheets(path, job)
    if kind == "csv":
        return [read_delimited(path, job)]
    raise LayersError(
        Words("既不是 xlsx 也不是 CSV", "neither an .xlsx nor a CSV file"), where=path.name, hint=SAVE_AS_XLSX
    )


def _fitting(grid: Grid, path: Path, fitting: Mapping[str, Sequence[str]]) -> tuple[str, LayersError | None]:
    """Return the schema of which a sheet gives most columns; "" if it fits none, and why."""
    best, error = (0, ""), None
    for name, keys in fitting.items():
        try:
            table = find_header(grid, path, _job(name))
        except LayersError as problem:
            error = error or problem
            continue
        if any(column in keys for head in table.head for column in headers.columns_of(name, head)):
            best = max(best, (table.score, name), key=lambda found: found[0])
        else:
            error = error or headers.missing(keys[0], name, table.head, path.name)
    return best[1], error


def _form(grid: Grid, path: Path, name: str, notes: Notes) -> Form:
    raw, _ = rows_of_grid(grid, path, _job(name), notes)
    columns: dict[str, Objects] = {}
    faults: list[Fault] = []
    for column in schema.load(name).fields:
        if column.name not in raw.columns:
            continue
        cells = read_cells(raw, name, column)
        tell_mended(cells, raw.origin, raw.headers[column.name], notes)
        columns[column.name] = objects([cell.value for cell in cells])
        for row, cell in enumerate(cells):
            message, hint = raw.faults.get((column.name, row), cell.fault), cell.hint
            if message is not None:
                faults.append(Fault(row, column.name, message, hint if cell.fault else RECALCULATE))
    head = find_header(grid, path, _job(name)).header_row
    return Form(
        name, raw.origin.file, head, tuple(raw.origin.rows), columns, dict(raw.headers), _letters(raw),
        tuple(sorted(faults, key=lambda f: (f.row, raw.places[f.column]))),
    )  # fmt: skip


def _letters(raw: Raw) -> dict[str, str]:
    return {column: get_column_letter(place + 1) for column, place in raw.places.items()}


def _no_row(path: Path) -> LayersError:
    return LayersError(
        Words("没有一行数据，未导入任何内容", "there is not one row of data: nothing is imported"),
        where=path.name,
        hint=Words("填写后再导入", "fill it in and import it again"),
    )
