"""How a paper is written as a workbook: fit to print, safe to open, the same bytes every time.

Fonts are the open Noto CJK ones; where they are not installed, the spreadsheet takes its own Chinese font. No cell
holds a formula: texts are written as texts whatever they begin with, and stay texts when somebody edits them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from copy import copy
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cuntong_gis.documents.paper import (
    TEXTS,
    WAN,
    Cell,
    Column,
    Kind,
    Paper,
    Role,
    Row,
    cut_off,
    show,
)
from cuntong_gis.documents.terms import LIGHTS
from cuntong_gis.documents.widths import INDENT, broken, column_width, lines_of, text_width
from cuntong_gis.files import fix_times, written_aside
from cuntong_gis.units import percent_digits
from cuntong_gis.words import Lang, Words, day_words, plain

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

BODY_FONT, TITLE_FONT = "Noto Sans CJK SC", "Noto Serif CJK SC"
BODY_POINTS, TITLE_POINTS = 10, 18
CHINESE = 134
"""Character set of the fonts: what a spreadsheet goes by when it has to take another font."""

FORMATS = {
    Kind.COUNT: "#,##0;[Red]-#,##0", Kind.CHANGE: "+#,##0;[Red]-#,##0;0", Kind.NUMBER: "#,##0.0",
    Kind.KM: "#,##0.0;[Red]-#,##0.0", Kind.POINTS: "+0.0;[Red]-0.0;0.0", Kind.RATIO: "0.00", Kind.MONEY: "#,##0.00",
}  # fmt: skip
DAY_FORMATS = {"zh": 'yyyy"年"m"月"d"日"', "en": "[$-409]d\\ mmm\\ yyyy"}
TEXT_FORMAT = "@"

ROLE_FILLS = {Role.TOTAL: "D9E2EC", Role.SUBTOTAL: "EDF1F5"}
HEAD_FILL = "E4EAF0"
LINE = "7F8A96"
LIGHT_FILLS = {"green": "C9E7CF", "yellow": "FFE9A8", "red": "F6C4C4"}

Look = tuple[Kind, Role, str, bool]
"""What the looks of a cell depend on: kind, role, number format, whether it stands in the middle."""

ORDINALS = frozenset({"number", "place", "place_from_top", "place_before"})
"""Columns whose figures are no quantities: they stand in the middle."""

FILLED_BY_HAND_POINTS = 27.0
"""Least height of rows that people write in."""

A3, A4 = 8, 9
"""Paper sizes of the file format."""

A4_WIDTH = 150.0
"""Widest table, in widths of a digit, that is still easy to read on A4 across; a wider one is printed on A3."""

MARGINS_INCH = {"left": 0.4, "right": 0.4, "top": 0.5, "bottom": 0.6, "header": 0.25, "footer": 0.3}
POINTS_A_LINE = 15.0
HIGHEST_POINTS = 409.0
"""No row of a spreadsheet is higher."""

SIGNED = (Words("制表人：", "Prepared by:"), Words("审核人：", "Checked by:"), Words("负责人：", "Responsible:"))


def write_paper(path: Path, paper: Paper, lang: Lang = "zh") -> None:
    """Write a paper as a workbook of one sheet.

    Parameters
    ----------
    path : Path
        The ``.xlsx`` to replace.
    paper : Paper
        The paper.
    lang : {"zh", "en"}
        Its language.
    """
    write_papers(path, [paper], lang)


def write_papers(path: Path, papers: Sequence[Paper], lang: Lang = "zh") -> None:
    """Write papers as a workbook, a sheet a paper.

    Parameters
    ----------
    path : Path
        The ``.xlsx`` to replace; the old one stays whole until the new one is.
    papers : sequence of Paper
        At least one.
    lang : {"zh", "en"}
        Their language.
    """
    import openpyxl

    book = openpyxl.Workbook()
    book.remove(book.active)
    _set_default_font(book)
    book.properties.creator = "cuntong"
    book.properties.title = papers[0].title.into(lang)
    for paper in papers:
        _write_sheet(book.create_sheet(_sheet_name(paper.name.into(lang), book.sheetnames)), paper, lang)
    with written_aside(path) as draft:
        book.save(draft)
        fix_times(draft)


def _set_default_font(book: Any) -> None:
    """Make the body's font the workbook's own: widths of columns are counted in its digits."""
    from openpyxl.styles import Font
    from openpyxl.utils.indexed_list import IndexedList

    font = Font(name=BODY_FONT, size=BODY_POINTS, charset=CHINESE)
    book._fonts = IndexedList([font])
    book._named_styles["Normal"].font = font


def _sheet_name(name: str, taken: Sequence[str]) -> str:
    """Return a name that a spreadsheet takes: short, no forbidden characters, not there yet."""
    base = re.sub(r"[\[\]:*?/\\']", " ", plain(name))[:28].strip() or "1"
    lower = {other.lower() for other in taken}
    names = (base if n == 1 else f"{base} {n}" for n in range(1, len(taken) + 2))
    return next(name for name in names if name.lower() not in lower)


def _write_sheet(sheet: Worksheet, paper: Paper, lang: Lang) -> None:
    from openpyxl.utils import get_column_letter

    widths = [column_width(paper, place, lang) for place in range(len(paper.columns))]
    for place, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(place)].width = width
    above = _write_above(sheet, paper, widths, lang)
    head = _write_heads(sheet, above + 1, paper.columns, widths, lang)
    last, end = _write_rows(sheet, head + 1, paper, widths, lang)
    _write_below(sheet, end + 2, paper, widths, lang)
    right = get_column_letter(len(widths))
    sheet.freeze_panes = f"{get_column_letter(paper.frozen + 1)}{head + 1}"
    sheet.auto_filter.ref = f"A{head}:{right}{last}"
    sheet.print_title_rows = f"{above + 1}:{head}"
    _colour_lights(sheet, paper.columns, head + 1, max(end, head + 1), lang)
    _set_page(sheet, paper, sum(widths), lang)


# ---- above and below the table


def _write_above(sheet: Worksheet, paper: Paper, widths: Sequence[float], lang: Lang) -> int:
    """Write title, unit, cut-off and summary; return the last row of them."""
    count = len(widths)
    room = sum(widths)
    title = paper.title.into(lang)
    size = min(max(TITLE_POINTS * room / A4_WIDTH, TITLE_POINTS), 2 * TITLE_POINTS)  # the page shrinks a wide table
    lines = lines_of(title, room * BODY_POINTS / size)
    _line(
        sheet,
        1,
        1,
        count,
        title,
        size=round(size),
        bold=True,
        align="center",
        height=1.8 * size * lines,
        font=TITLE_FONT,
    )
    left, right = paper.about.into(lang), cut_off(paper, lang)
    half = _parted(widths, left, right)
    both = max(lines_of(left, sum(widths[:half])), lines_of(right, sum(widths[half:]) or room))
    _line(sheet, 2, 1, half, left, align="left", height=18.0 * both)
    _line(sheet, 2, half + 1, count, right, align="right", height=18.0 * both)
    if paper.summary is None:
        return 2
    text = paper.summary.into(lang)
    _line(sheet, 3, 1, count, text, align="left", height=18.0 * lines_of(text, room))
    return 3


def _parted(widths: Sequence[float], left: str, right: str) -> int:
    """Return after how many columns the left of two texts ends: where both fill the fewest lines."""
    room = sum(widths)
    share = room * text_width(left) / max(text_width(left) + text_width(right), 1.0)

    def loss(place: int) -> tuple[int, float]:
        so_far = sum(widths[:place])
        return max(lines_of(left, so_far), lines_of(right, room - so_far)), abs(so_far - share)

    return min(range(1, len(widths)), key=loss, default=1)


def _split(widths: Sequence[float], share: float) -> int:
    """Return after how many columns that share of the width is reached."""
    room, so_far = sum(widths) * share, 0.0
    for place, width in enumerate(widths[:-1], start=1):
        so_far += width
        if so_far >= room:
            return place
    return max(1, len(widths) - 1)


def _write_below(sheet: Worksheet, row: int, paper: Paper, widths: Sequence[float], lang: Lang) -> None:
    room = sum(widths)
    for note in paper.notes:
        text = note.into(lang)
        _line(sheet, row, 1, len(widths), text, align="left", height=POINTS_A_LINE * lines_of(text, room) + 2.0)
        row += 1
    bounds = [0, *(_split(widths, share) for share in (1 / 3, 2 / 3)), len(widths)]
    for signer, first, last in zip(SIGNED, bounds, bounds[1:], strict=False):
        if last > first:
            _line(
                sheet, row + 1, first + 1, last, f"{signer.into(lang)}＿＿＿＿＿＿", size=11, align="left", height=26.0
            )


def _line(
    sheet: Worksheet, row: int, first: int, last: int, text: str, *,
    align: str, height: float, size: float = BODY_POINTS, bold: bool = False, font: str = BODY_FONT,
) -> None:  # fmt: skip
    from openpyxl.styles import Alignment, Font

    cell = sheet.cell(row, first)
    _put_text(cell, text)
    cell.font = Font(name=font, size=size, bold=bold, charset=CHINESE)
    cell.alignment = Alignment(horizontal=align, vertical="center", wrap_text=True)
    if last > first:
        sheet.merge_cells(start_row=row, end_row=row, start_column=first, end_column=last)
    sheet.row_dimensions[row].height = height


# ---- the table


def _write_heads(sheet: Worksheet, row: int, columns: Sequence[Column], widths: Sequence[float], lang: Lang) -> int:
    """Write one row of headers, or two where columns share a group; return the last of them."""
    grouped = any(column.group for column in columns)
    lower = row + 1 if grouped else row
    for place, column in enumerate(columns, start=1):
        for at in {row, lower}:
            _dress_head(sheet.cell(at, place))
        if grouped and column.group is None:
            sheet.merge_cells(start_row=row, end_row=lower, start_column=place, end_column=place)
        cell = sheet.cell(lower if column.group else row, place)
        _put_text(cell, column.head.into(lang))
        if lang == "zh":
            cell.value = broken(cell.value, widths[place - 1])
    for first, last, words in _groups(columns):
        _put_text(sheet.cell(row, first + 1), words.into(lang))
        if last > first:
            sheet.merge_cells(start_row=row, end_row=row, start_column=first + 1, end_column=last + 1)
    lines = max(
        sum(
            lines_of(part, width + 0.5)
            for part in (broken(column.head.zh, width) if lang == "zh" else column.head.en).split("\n")
        )
        for column, width in zip(columns, widths, strict=True)
    )
    if grouped:
        above = max(
            lines_of(words.into(lang), sum(widths[first : last + 1])) for first, last, words in _groups(columns)
        )
        sheet.row_dimensions[row].height = POINTS_A_LINE * above + 5.0
    sheet.row_dimensions[lower].height = POINTS_A_LINE * lines + 10.0
    return lower


def _groups(columns: Sequence[Column]) -> list[tuple[int, int, Words]]:
    """Return (first, last, words) of the neighbours that share a group."""
    found: list[tuple[int, int, Words]] = []
    for place, column in enumerate(columns):
        if column.group is None:
            continue
        if found and found[-1][1] == place - 1 and found[-1][2] == column.group:
            found[-1] = (found[-1][0], place, column.group)
        else:
            found.append((place, place, column.group))
    return found


def _write_rows(
    sheet: Worksheet, row: int, paper: Paper, widths: Sequence[float], lang: Lang
) -> tuple[int, int]:  # fmt: skip
    """Write the rows; return the last row that is filtered, and the last of all."""
    styles: dict[Look, Any] = {}
    last, beside = row - 1, False
    least = FILLED_BY_HAND_POINTS if any(column.room for column in paper.columns) else 0.0
    for told in paper.rows:
        if told.role is Role.BESIDE and not beside:
            _write_divider(sheet, row, len(widths), paper.beside.into(lang))
            beside, row = True, row + 1
        _write_row(sheet, row, told, paper.columns, styles, lang)
        lines = max(
            lines_of(show(cell, column.kind, lang), width - INDENT * (column.kind is Kind.TEXT))
            if column.kind in TEXTS
            else 1
            for cell, column, width in zip(told.cells, paper.columns, widths, strict=True)
        )
        sheet.row_dimensions[row].height = min(max(POINTS_A_LINE * lines + 4.0, least), HIGHEST_POINTS)
        if not beside:
            last = row
        row += 1
    return max(last, row - 1 if not beside else last), row - 1


def _write_divider(sheet: Worksheet, row: int, count: int, text: str) -> None:
    _line(sheet, row, 1, count, text, align="left", height=19.0)
    for place in range(1, count + 1):
        sheet.cell(row, place).border = _border()


def _write_row(
    sheet: Worksheet, row: int, told: Row, columns: Sequence[Column], styles: dict[Look, Any], lang: Lang
) -> None:  # fmt: skip
    for place, (value, column) in enumerate(zip(told.cells, columns, strict=True), start=1):
        cell = sheet.cell(row, place)
        kind, form = column.kind, number_format(value, column, lang)
        key = (kind, told.role, form, value is None or column.key in ORDINALS)
        if form == TEXT_FORMAT:
            _put_text(cell, show(value, kind, lang))
        else:
            cell.value = value / WAN if kind is Kind.MONEY and isinstance(value, Decimal) else value
        if key not in styles:
            _dress(cell, *key)
            styles[key] = cell._style
        else:
            cell._style = copy(styles[key])


def number_format(value: Cell, column: Column, lang: Lang) -> str:
    """Return how a spreadsheet shows a cell.

    Parameters
    ----------
    value : Cell
        The value.
    column : Column
        Its column.
    lang : {"zh", "en"}
        The language of days.

    Returns
    -------
    str
        A number format; ``@`` for what is written as text.
    """
    kind = column.kind
    if value is None or kind in TEXTS or isinstance(value, str | Words):
        return TEXT_FORMAT
    if kind is Kind.PERCENT:
        return f"0.{'0' * percent_digits(float(value), column.limits)}%"  # type: ignore[arg-type]
    return DAY_FORMATS[lang] if kind is Kind.DATE else FORMATS[kind]


def _put_text(cell: Any, text: str) -> None:
    """Write a text as text, whatever it begins with, and keep it one when the cell is edited."""
    cell.value = plain(text)
    cell.data_type = "s"
    cell.quotePrefix = True


# ---- looks


def _border() -> Any:
    from openpyxl.styles import Border, Side

    side = Side(style="thin", color=LINE)
    return Border(left=side, right=side, top=side, bottom=side)


def _dress_head(cell: Any) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill

    cell.font = Font(name=BODY_FONT, size=BODY_POINTS, bold=True, charset=CHINESE)
    cell.fill = PatternFill("solid", fgColor=HEAD_FILL)
    cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
    cell.border = _border()


def _dress(cell: Any, kind: Kind, role: Role, form: str, middle: bool) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill

    cell.font = Font(name=BODY_FONT, size=BODY_POINTS, bold=role in ROLE_FILLS, charset=CHINESE)
    if role in ROLE_FILLS:
        cell.fill = PatternFill("solid", fgColor=ROLE_FILLS[role])
    if kind is Kind.TEXT and not middle:
        side = "left"
    elif middle or form == TEXT_FORMAT or kind is Kind.DATE:
        side = "center"
    else:
        side = "right"
    indent = int(side == "left")
    cell.alignment = Alignment(horizontal=side, vertical="center", indent=indent, wrap_text=form == TEXT_FORMAT)
    cell.border = _border()
    cell.number_format = form


def _colour_lights(sheet: Worksheet, columns: Sequence[Column], first: int, last: int, lang: Lang) -> None:
    from openpyxl.formatting.rule import CellIsRule
    from openpyxl.styles import PatternFill
    from openpyxl.utils import get_column_letter

    for place, column in enumerate(columns, start=1):
        if column.kind is Kind.LIGHT:
            letter = get_column_letter(place)
            for light, colour in LIGHT_FILLS.items():
                word = f'"{LIGHTS[light].into(lang)}"'
                fill = PatternFill(bgColor=colour, fill_type="solid")
                rule = CellIsRule(operator="equal", formula=[word], fill=fill)
                sheet.conditional_formatting.add(f"{letter}{first}:{letter}{last}", rule)


def _set_page(sheet: Worksheet, paper: Paper, width: float, lang: Lang) -> None:
    from openpyxl.worksheet.properties import PageSetupProperties

    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = A4 if width <= A4_WIDTH else A3
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_options.horizontalCentered = True
    for side, inches in MARGINS_INCH.items():
        setattr(sheet.page_margins, side, inches)
    title = paper.title.into(lang).replace("&", "&&")[:80]
    day = day_words(paper.as_of).into(lang)
    foot = sheet.oddFooter
    foot.left.text = title
    foot.center.text = "第 &P 页/共 &N 页" if lang == "zh" else "page &P of &N"
    foot.right.text = f"数据截止 {day}" if lang == "zh" else f"Data up to {day}"
