"""What the registers and lists say: the sign-off register, and any table with a schema as a paper."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any

from cuntong_gis import schema
from cuntong_gis.documents.content import EMPTY, about, cells_of, rows_of, titled
from cuntong_gis.documents.paper import Column, Kind, Paper, Role, Row, Term, plain, same_words, show
from cuntong_gis.documents.terms import ANSWERS, term
from cuntong_gis.settings import Settings
from cuntong_gis.words import Words

if TYPE_CHECKING:
    import pandas as pd

FIRST = Words("初验", "County check")
SECOND = Words("复核", "Prefecture check")
SAMPLE = Words("省级抽查", "Province's inspection")

REGISTER = (
    Column("number", Words("序号", "No."), Kind.COUNT),
    Column("county", Words("县", "County"), Kind.TEXT),
    Column("township", Words("乡镇", "Township"), Kind.TEXT, short=Words("乡镇", "township")),
    Column("name", Words("村", "Village"), Kind.TEXT, short=Words("村", "village")),
    Column("code", Words("区划代码", "Code"), Kind.CODE, short=Words("区划代码", "code")),
    Column("lit_on", Words("开通日期", "Lit on"), Kind.DATE, short=Words("开通日期", "lit on")),
    Column("power_dbm", Words("收光功率（dBm）", "Power (dBm)"), Kind.NUMBER),
    Column("otdr", Words("OTDR", "OTDR"), Kind.TERM),
    Column("photos", Words("照片数", "Photos"), Kind.COUNT),
    Column("doubts", Words("存疑数", "Doubts"), Kind.COUNT),
    Column("county_on", Words("日期", "on"), Kind.DATE, FIRST),
    Column("county_by", Words("验收人", "by"), Kind.TEXT, FIRST),
    Column("prefecture_on", Words("日期", "on"), Kind.DATE, SECOND),
    Column("prefecture_by", Words("复核人", "by"), Kind.TEXT, SECOND),
    Column("province_on", Words("日期", "on"), Kind.DATE, SAMPLE),
    Column("province", Words("结果", "result"), Kind.TERM, SAMPLE),
    Column("certificate", Words("证书编号", "Certificate"), Kind.CODE, short=Words("证书编号", "certificate")),
    Column("closed_on", Words("销号日期", "Closed on"), Kind.DATE, short=Words("销号日期", "closed on")),
    Column("state", Words("状态", "State"), Kind.TERM, short=Words("状态", "state")),
    Column("missing", Words("缺项", "Missing"), Kind.TEXT, short=Words("缺项", "missing")),
)
"""销号台账."""

KINDS = {
    "code": Kind.CODE, "text": Kind.TEXT, "choice": Kind.TERM, "int": Kind.COUNT, "int0": Kind.COUNT, "float": Kind.NUMBER,
    "money": Kind.MONEY, "date": Kind.DATE, "bool": Kind.TERM, "bool?": Kind.TERM,
}  # fmt: skip
"""Kinds of cells by the types of a schema."""

MEASURES = {"ratio": Kind.PERCENT, "percentage point": Kind.POINTS, "m": Kind.KM}
"""Kinds by the unit, where the type is ``float``."""

HEAD_UNITS = {
    Kind.KM: Words("公里", "km"), Kind.MONEY: Words("万元", "10⁴ CNY"), Kind.POINTS: Words("百分点", "points"),
}  # fmt: skip
"""What is written behind a header, unless the header says it already."""


def register_paper(register: pd.DataFrame, unit: str, settings: Settings, *, as_of: dt.date) -> Paper:
    """Return the sign-off register 销号台账 as a paper.

    Parameters
    ----------
    register : DataFrame
        Schema ``signoff``: the villages of the unit.
    unit : str
        Name of the unit.
    settings : Settings
        The campaign's name.
    as_of : date
        The day that it speaks of.

    Returns
    -------
    Paper
        In the order given; above the table how many are lit and closed, and of how many.
    """
    name = same_words(unit)
    cells = schema_cells(register, "signoff")
    villages = len(register)
    lit, closed = int(register["lit_on"].notna().sum()), int((register["state"] == "closed").sum())
    again = int((register["state"] == "reopened").sum())
    summary = Words(
        f"任务村 {villages:,} 个，已开通 {_of(lit, villages)}，已销号 {_of(closed, villages)}；重开待整改 {again:,} 个。",
        f"{villages:,} villages; lit: {_of(lit, villages)}; closed: {_of(closed, villages)}; reopened: {again:,}.",
    )
    return Paper(
        Words("销号台账", "Register"),
        titled(settings.campaign, name, Words("销号台账", "sign-off register")),
        about(settings.campaign, name, None),
        Words("个、dBm", "count, dBm"), as_of, REGISTER, rows_of(REGISTER, cells, [Role.PLAIN] * villages),
        (
            Words(
                "序号按县另起；验收合格、证书齐全方可销号；抽查不合格的重开。照片按内容查重，一份材料只用于一个村。",
                "Numbered anew in each county. Closed means accepted with a certificate; a failed inspection reopens. "
                "Photos are compared by content: a file serves one village.",
            ),
        ),
        summary, frozen=4,
    )  # fmt: skip


def _of(part: int, whole: int) -> str:
    share = f" ({show(part / whole, Kind.PERCENT, 'en')})" if whole else ""
    return f"{part:,}/{whole:,}{share}"


def list_paper(
    table: str, frame: pd.DataFrame, unit: str, settings: Settings, *, name: Words, as_of: dt.date,
    period: Words | None = None, notes: tuple[Words, ...] = (), leave: tuple[str, ...] = (), short: tuple[str, ...] = (),
) -> Paper:  # fmt: skip
    """Return any table with a schema as a paper: numbered rows, headers and kinds out of the schema.

    Parameters
    ----------
    table : str
        Name of the schema.
    frame : DataFrame
        The rows, in the order wanted.
    unit : str
        Name of the unit.
    settings : Settings
        The campaign's name.
    name : Words
        What kind of paper it is, e.g. ``督查建议``; at most 31 characters.
    as_of : date
        The day that it speaks of.
    period : Words, optional
        Name of the period.
    notes : tuple of Words
        Below the table.
    leave : tuple of str
        Columns left out.
    short : tuple of str
        Columns shown on a terminal; default: all.

    Returns
    -------
    Paper
        A column with a twin ``…_en`` is one column in the two languages.
    """
    titles = same_words(unit)
    fields = [
        field for field in schema.load(table).fields
        if field.name not in leave and field.name in frame.columns and not field.name.endswith("_en")
    ]  # fmt: skip
    columns = [_column(field, not short or field.name in short) for field in fields]
    cells = schema_cells(frame, table)
    if "number" not in cells:
        columns.insert(0, Column("number", Words("序号", "No."), Kind.COUNT))
        cells["number"] = list(range(1, len(frame) + 1))
    kinds = {column.kind for column in columns}
    units = [words for kind, words in _MEASURED if kind in kinds]
    return Paper(
        name, titled(settings.campaign, titles, name), about(settings.campaign, titles, period),
        Words("、".join(u.zh for u in units), ", ".join(u.en for u in units)), as_of, tuple(columns),
        rows_of(tuple(columns), cells, [Role.PLAIN] * len(frame)), notes,
        Words(f"共 {len(frame):,} 条。", f"{len(frame):,} rows."),
    )  # fmt: skip


_MEASURED = (
    (Kind.COUNT, Words("个", "count")), (Kind.KM, Words("公里", "km")), (Kind.MONEY, Words("万元", "10⁴ CNY")),
    (Kind.PERCENT, Words("%", "%")),
)  # fmt: skip


def schema_cells(frame: pd.DataFrame, table: str) -> dict[str, list[Any]]:
    """Return the columns of a table as cells, by name.

    Parameters
    ----------
    frame : DataFrame
        Columns of the schema; it may lack some.
    table : str
        Name of the schema.

    Returns
    -------
    dict of str to list of Cell
        By `key_of`. Choices as terms, answers as yes and no, twins ``…`` and ``…_en`` as words; "" is missing where it is no text.
    """
    cells: dict[str, list[Any]] = {}
    for field in schema.load(table).fields:
        if field.name not in frame.columns:
            continue
        kind, key, values = kind_of(field), key_of(field), frame[field.name]
        if field.type.startswith("bool"):
            cells[key] = [None if lacks else _answer(yes) for yes, lacks in zip(values, values.isna(), strict=True)]
        elif f"{field.name}_en" in frame.columns:
            pairs = zip(values, frame[f"{field.name}_en"], strict=True)
            cells[key] = [Words(plain(zh), plain(en)) if zh or en else None for zh, en in pairs]
        elif kind in (Kind.TERM, Kind.LIGHT):
            known = {value: term(field.name, value) for value in values.unique()}
            cells[key] = [known[value] for value in values]
        else:
            told = cells_of(values, kind)
            cells[key] = [None if cell == "" or cell == EMPTY else cell for cell in told]
    return cells


def _answer(yes: bool) -> Term:
    code = "true" if yes else "false"
    return Term(code, ANSWERS[code])


def kind_of(field: schema.Column) -> Kind:
    """Return the kind of cells that a column of a schema makes.

    Parameters
    ----------
    field : schema.Column
        The column.

    Returns
    -------
    Kind
        By type and unit; a column called ``light`` holds lights.
    """
    if field.name == "light":
        return Kind.LIGHT
    return MEASURES.get(field.unit, KINDS[field.type]) if field.type == "float" else KINDS[field.type]


def _column(field: schema.Column, shown: bool) -> Column:
    kind, en = kind_of(field), re.sub(r"_(m|cny|points)$", "", field.name).replace("_", " ")
    unit = HEAD_UNITS.get(kind)
    head = Words(field.zh or field.name, en)
    if unit and unit.zh not in head.zh:
        head = Words(f"{head.zh}（{unit.zh}）", f"{head.en} ({unit.en})")
    return Column(key_of(field), head, kind, short=head if shown else None)


def key_of(field: schema.Column) -> str:
    """Return the name in JSON of a column of a schema: the unit that it says is the unit of the cells.

    Parameters
    ----------
    field : schema.Column
        The column.

    Returns
    -------
    str
        ``planned_km`` for ``planned_m``.
    """
    return field.name.removesuffix("_m") + "_km" if kind_of(field) is Kind.KM else field.name
