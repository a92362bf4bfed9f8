"""The Excel form of a unit: its villages and spans as they stand, to be changed where there is news and sent back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cuntong_gis import schema
from cuntong_gis.errors import LedgerError
from cuntong_gis.files import fix_times, written_aside
from cuntong_gis.layers import first_words
from cuntong_gis.progress import store
from cuntong_gis.progress.entries import Entry, Measure
from cuntong_gis.progress.facts import PlanFacts
from cuntong_gis.progress.sheets.figures import Figures
from cuntong_gis.progress.sheets.importing import SHEETS, SPANS, VILLAGES
from cuntong_gis.words import Words

if TYPE_CHECKING:
    from openpyxl.cell import Cell
    from openpyxl.worksheet.worksheet import Worksheet

    from cuntong_gis.progress.ledger import Ledger

PLANNED, HOME = "计划长度(米)", "所属乡镇"
"""What the sheet of spans shows beside the form's own columns."""
LOCKED = frozenset({"code", "name", "township", "county", "span_id", PLANNED, HOME})
"""Columns that tell which village or span a row is about."""
YES_NO = ("是", "否")
WIDTHS = {"code": 16, "name": 14, "blocker_note": 24, "note": 24, "reason": 20, "device_at": 18, "span_id": 20}
HOW = (
    "灰色栏目是区划代码、村名、光缆段等，已锁定，请勿改动；白色栏目填写最新情况，没有变化的不用动。",
    "阶段变化时同时填写日期（达到该阶段的日期）。日期写成 2016-06-05 的形式。",
    "形象进度写成百分数，如 57%。累计敷设为皮长米数，是开工以来的累计数，不是本期数。",
    "累计数只能增加。原数有误时：把“更正”填为“是”，改成正确的数，并写明更正原因和批准人。",
    "阻碍：选类别，写明责任人和限期；解决后把“阻碍”改为“已解决”。",
    "填报人、填报时间每行都可填写；填报人也可在导入时统一指定。",
    "村里验收销号不能在此填报，须按销号程序提交证据、逐级验收。",
)
"""What those who fill the form in must know."""


def write_template(path: Path, unit: str, facts: PlanFacts, known: Mapping[str, Sequence[Entry]]) -> None:
    """Write the form of a unit with what stands on it; sent back unchanged it says nothing new.

    Parameters
    ----------
    path : Path
        The ``.xlsx`` to replace.
    unit : str
        Code of the unit.
    facts : PlanFacts
        The issued plan.
    known : mapping of str to sequence of Entry
        Village code or span id → entries about it, in the order taken; a subject without any may be left out.

    Raises
    ------
    LedgerError
        If the unit has no village in the plan.

    Notes
    -----
    The same state gives the same bytes. Codes and headers are locked without a password; every text is written as
    text, whatever sign it begins with.
    """
    import openpyxl

    villages = sorted(code for code in facts.villages if facts.is_of(code, unit))
    if not villages:
        raise LedgerError(
            Words(f"规划 {facts.revision} 中没有 {unit} 的行政村", f"plan {facts.revision} has no village of {unit}"),
            hint=Words("核对单位代码", "check the unit's code"),
        )
    spans = sorted(span for span in facts.planned_m if facts.is_of(span, unit))
    book = openpyxl.Workbook()
    book.remove(book.active)
    heads = _heads(VILLAGES)
    rows = [row for code in villages for row in _village_rows(code, facts, Figures(known.get(code, ())))]
    _write_sheet(book.create_sheet(SHEETS[VILLAGES]), VILLAGES, heads, rows, "C2")
    if spans:
        heads = {"span_id": "光缆段编号", HOME: HOME, PLANNED: PLANNED, **_heads(SPANS)}
        rows = [_span_row(span, facts, Figures(known.get(span, ()))) for span in spans]
        _write_sheet(book.create_sheet(SHEETS[SPANS]), SPANS, heads, rows, "B2")
    _write_notes(book.create_sheet("说明"))
    with written_aside(path) as draft:
        book.save(draft)
        fix_times(draft)


def template_of(ledger: Ledger, unit: str, path: Path) -> None:
    """Write the form of a unit with what the ledger knows.

    Parameters
    ----------
    ledger : Ledger
        Open.
    unit : str
        Code of the unit.
    path : Path
        The ``.xlsx`` to replace.

    Raises
    ------
    LedgerError
        If the unit has no village in the plan.
    """
    facts = ledger.facts
    subjects = [subject for subject in (*facts.villages, *facts.planned_m) if facts.is_of(subject, unit)]
    known: dict[str, list[Entry]] = {}
    with ledger.store.reading() as connection:
        for entry in store.find(connection, "subject", subjects):
            known.setdefault(entry.subject, []).append(entry)
    write_template(path, unit, facts, known)


def _heads(form: str) -> dict[str, str]:
    return {column.name: column.zh for column in schema.load(form).fields}


def _village_rows(code: str, facts: PlanFacts, standing: Figures) -> Iterator[dict[str, Any]]:
    """Give the row of a village, and one more for each further thing in the way."""
    fact = facts.villages[code]
    identity = {"code": code, "name": fact.name, "township": fact.township, "county": fact.county}
    rank, giver = int(standing.figure(Measure.STAGE) or 0), standing.giver(Measure.STAGE)
    percent = standing.figure(Measure.PERCENT)
    state = {
        "stage": first_words(VILLAGES, schema.load(VILLAGES).column("stage"))[rank],
        "stage_date": giver.happened_on if giver is not None and rank else None,
        "percent": "" if percent is None else f"{percent:.10g}%",
    }
    blockers = [_blocker(entry) for entry in standing.blockers]
    yield {**identity, **state, **(blockers[0] if blockers else {})}
    for further in blockers[1:]:
        yield {**identity, **further}


def _blocker(entry: Entry) -> dict[str, Any]:
    import datetime as dt

    said, due = entry.said, None
    if said.get("due"):
        due = dt.date.fromisoformat(str(said["due"]))
    return {"blocker": said.get("category"), "blocker_note": entry.note, "owner": said.get("owner"), "due": due}


def _span_row(span: str, facts: PlanFacts, standing: Figures) -> dict[str, Any]:
    home = facts.villages.get(facts.home.get(span, ""))
    laid = standing.figure(Measure.LAID_M)
    done = {Measure.SPLICED: "spliced", Measure.TESTED: "tested"}
    marks = {name: YES_NO[0] if standing.figure(measure) else "" for measure, name in done.items()}
    return {
        "span_id": span, HOME: home.township if home is not None else "",
        PLANNED: round(facts.planned_m[span], 1), "laid_m": None if laid is None else round(laid, 1), **marks,
    }  # fmt: skip


def _write_sheet(
    sheet: Worksheet, form: str, heads: Mapping[str, str], rows: Sequence[Mapping[str, Any]], frozen: str
) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill, Protection
    from openpyxl.utils import get_column_letter

    blue, grey = PatternFill("solid", fgColor="1F4E79"), PatternFill("solid", fgColor="EDEDED")
    for number, (column, head) in enumerate(heads.items(), start=1):
        cell = sheet.cell(1, number, head)
        cell.font, cell.fill = Font(bold=True, color="FFFFFF"), blue
        cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
        letter = get_column_letter(number)
        sheet.column_dimensions[letter].width = WIDTHS.get(column, max(10, 2.2 * len(head)))
        _drop_down(sheet, form, column, letter, len(rows) + 1)
    for number, row in enumerate(rows, start=2):
        for place, column in enumerate(heads, start=1):
            cell = sheet.cell(number, place)
            _put(cell, row.get(column), column)
            cell.protection = Protection(locked=column in LOCKED)
            if column in LOCKED:
                cell.fill = grey
    sheet.freeze_panes = frozen
    sheet.print_title_rows = "1:1"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", sheet.PAPERSIZE_A4
    sheet.page_setup.fitToHeight, sheet.sheet_properties.pageSetUpPr.fitToPage = 0, True
    sheet.protection.sheet = True
    sheet.protection.formatColumns = sheet.protection.formatRows = False
    sheet.protection.autoFilter = sheet.protection.sort = False
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(heads))}{len(rows) + 1}"


def _put(cell: Cell, value: Any, column: str) -> None:
    """Write a value; a text stays a text, whatever sign it begins with."""
    import datetime as dt

    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    if isinstance(value, dt.date):
        cell.value, cell.number_format = value, "yyyy-mm-dd"
        return
    if column in ("stage_date", "due", "visit_date", "laid_date"):
        cell.number_format = "yyyy-mm-dd"
        return
    if column in ("laid_m", PLANNED):
        cell.value, cell.number_format = value, "0.0"
        return
    cell.number_format = "@"
    if value:
        cell.value = ILLEGAL_CHARACTERS_RE.sub("", str(value))
        cell.data_type = "s"
        cell.quotePrefix = cell.value[:1] in ("=", "+", "-", "@")


def _drop_down(sheet: Worksheet, form: str, column: str, letter: str, last: int) -> None:
    from openpyxl.worksheet.datavalidation import DataValidation

    if column in (PLANNED, HOME):
        return
    of = schema.load(form).column(column)
    choices = YES_NO if of.type == "bool?" else first_words(form, of) if of.choices else ()
    if not choices:
        return
    rule = DataValidation(type="list", formula1=f'"{",".join(choices)}"', allow_blank=True, showErrorMessage=True)
    rule.errorTitle, rule.error = of.zh, f"请从列表中选择：{'、'.join(choices)}"
    rule.add(f"{letter}2:{letter}{last}")
    sheet.add_data_validation(rule)


def _write_notes(sheet: Worksheet) -> None:
    from openpyxl.styles import Alignment

    for number, line in enumerate(HOW, start=1):
        sheet.cell(number, 1, number)
        sheet.cell(number, 2, line).alignment = Alignment(wrap_text=True, vertical="top")
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 4, 90
