"""Excel forms for those who start with an empty folder: one sheet to fill in, one that explains it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import openpyxl
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from cuntong_gis import schema
from cuntong_gis.files import fix_times, written_aside
from cuntong_gis.layers.values import first_words
from cuntong_gis.words import Lang

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

FORMS = ("villages", "access_points", "units", "targets", "officials")
"""Layers and lists that people keep in spreadsheets; lines and areas come from GIS files."""

ROWS_WITH_LISTS = 20_000
"""Drop-downs and text format reach this far down."""


def write_templates(folder: Path, lang: Lang) -> list[Path]:
    """Write the empty forms of the layers that are kept in spreadsheets.

    Parameters
    ----------
    folder : Path
        Where; files of the same name are replaced.
    lang : {"zh", "en"}
        Language of the headers.

    Returns
    -------
    list of Path
        One workbook a form.
    """
    made = []
    for name in FORMS:
        path = folder / f"{name}.xlsx"
        with written_aside(path) as draft:
            _write_form(draft, name, lang)
        made.append(path)
    return made


def _write_form(path: Path, name: str, lang: Lang) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = name
    notes = book.create_sheet("说明" if lang == "zh" else "notes")
    heads = _headers(name, lang)
    notes.append(["列", "必填", "说明"] if lang == "zh" else ["column", "required", "meaning"])
    for number, (head, required, meaning, choices) in enumerate(heads, start=1):
        _head(sheet, number, head, required)
        notes.append([head, ("是" if lang == "zh" else "yes") if required else "", meaning])
        if choices:
            _drop_down(sheet, number, choices)
    sheet.freeze_panes = "A2"
    for column, width in (("A", 16), ("B", 8), ("C", 60)):
        notes.column_dimensions[column].width = width
    book.save(path)
    fix_times(path)


def _headers(name: str, lang: Lang) -> list[tuple[str, bool, str, tuple[str, ...]]]:
    """Return (header, required, meaning, choices) of each column, the coordinates after the names."""
    zh = lang == "zh"
    rows = []
    for column in schema.load(name).fields:
        head = column.zh if zh else column.name
        meaning = f"{column.zh}({column.unit})" if zh and column.unit else column.zh if zh else column.description
        choices = first_words(name, column) if zh else tuple(filter(None, column.choices))
        rows.append((head, column.required, meaning, choices))
    if not schema.load(name).geometry_type:
        return rows
    place = [("经度", "十进制度，如 106.712345"), ("纬度", "十进制度，如 26.578901")] if zh else [
        ("lon", "decimal degrees"), ("lat", "decimal degrees")]  # fmt: skip
    return rows[:2] + [(head, True, meaning, ()) for head, meaning in place] + rows[2:]


def _head(sheet: Worksheet, number: int, head: str, required: bool) -> None:
    cell = sheet.cell(1, number, head)
    cell.font = Font(bold=True, color="FFFFFF" if required else "1F2A37")
    cell.fill = PatternFill("solid", fgColor="1F4E79" if required else "DCE6F1")
    cell.alignment = Alignment(horizontal="center")
    letter = get_column_letter(number)
    sheet.column_dimensions[letter].width = max(12, 2.2 * len(head))
    if number == 1:  # codes are text, or Excel drops their zeros
        sheet.column_dimensions[letter].number_format = "@"
        sheet.column_dimensions[letter].width = 18


def _drop_down(sheet: Worksheet, number: int, choices: tuple[str, ...]) -> None:
    letter = get_column_letter(number)
    rule = DataValidation(type="list", formula1=f'"{",".join(choices)}"', allow_blank=True)
    rule.add(f"{letter}2:{letter}{ROWS_WITH_LISTS}")
    sheet.add_data_validation(rule)
