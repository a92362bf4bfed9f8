"""What the registers and lists say: the sign-off register, and any table with a schema as a paper."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from cuntong_gis import schema
from cuntong_gis.documents.content import EMPTY, ROUNDING, about, cells_of, light_limits, rows_of, titled
from cuntong_gis.documents.paper import Column, Kind, Paper, Role, Term, same_words, show
from cuntong_gis.documents.terms import ANSWERS, term
from cuntong_gis.settings import Settings
from cuntong_gis.words import Words, plain

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

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

APART = Words("以下单位单列，不参加排名、不计入合计", "listed apart: in no ranking and no total")

PLACE = Words("位次", "Place")
LIT = Words("开通", "Lit")
SINCE = Words("与上期比", "Since the period before")

RANKING = (
    Column("place", Words("倒数名次", "from the worst"), Kind.COUNT, PLACE, Words("倒数", "from worst")),
    Column("tied", Words("并列", "tied"), Kind.TERM, PLACE, Words("并列", "tied")),
    Column("place_from_top", Words("名次", "from the best"), Kind.COUNT, PLACE),
    Column("name", Words("单位", "Unit"), Kind.TEXT, short=Words("单位", "unit")),
    Column("code", Words("区划代码", "Code"), Kind.CODE),
    Column("villages", Words("任务村数", "Villages"), Kind.COUNT, short=Words("任务村", "villages")),
    Column("lit", Words("累计", "to date"), Kind.COUNT, LIT, Words("开通", "lit")),
    Column("lit_new", Words("本期", "in period"), Kind.COUNT, LIT, Words("本期开通", "newly lit")),
    Column("lit_rate", Words("开通率", "rate"), Kind.PERCENT, LIT, Words("开通率", "lit %")),
    Column("time_rate", Words("序时进度", "Time gone"), Kind.PERCENT),
    Column("lag_points", Words("相差（百分点）", "Lag (points)"), Kind.POINTS, short=Words("相差", "lag")),
    Column("blockers_overdue", Words("逾期阻碍", "Overdue blockers"), Kind.COUNT),
    Column("place_before", Words("倒数名次", "from the worst"), Kind.COUNT, SINCE),
    Column("moved", Words("升降", "moved"), Kind.CHANGE, SINCE, Words("升降", "moved")),
    Column("listed", Words("说明", "Remark"), Kind.TERM),
)
"""进度排名."""

KINDS = {
    "code": Kind.CODE, "text": Kind.TEXT, "choice": Kind.TERM, "int": Kind.COUNT, "int0": Kind.COUNT,
    "float": Kind.NUMBER, "money": Kind.MONEY, "date": Kind.DATE, "bool": Kind.TERM, "bool?": Kind.TERM,
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
        f"任务村 {villages:,} 个，已开通 {_of(lit, villages)}，已销号 {_of(closed, villages)}；"
        f"重开待整改 {again:,} 个。",
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


def ranking_paper(
    ranking: pd.DataFrame, unit: str, settings: Settings, *, as_of: dt.date, period: Words
) -> Paper:  # fmt: skip
    """Return the ranking 进度排名 as a paper: the worst first.

    Parameters
    ----------
    ranking : DataFrame
        Schema ``ranking``.
    unit : str
        Name of the unit whose units are ranked.
    settings : Settings
        The campaign's name.
    as_of : date
        The day that it speaks of.
    period : Words
        Name of the period.

    Returns
    -------
    Paper
        Ties say how many share the place; what is not ranked comes last, with the reason.
    """
    name = same_words(unit)
    beside = _beside(ranking)
    order = np.lexsort((ranking["place"].fillna(0).to_numpy(np.int64), beside))
    cells = schema_cells(ranking.iloc[order], "ranking")
    cells["tied"] = [_tie(units) for units in cells["tied"]]
    cells["listed"] = [None if said.code == "ranked" else said for said in cells["listed"]]
    ranked = int((~beside).sum())
    shared = int(((ranking["tied"] > 1).fillna(False) & ~beside).sum())
    summary = Words(
        f"参加排名 {ranked:,} 个单位，其中 {shared:,} 个并列；最差的在前。",
        f"{ranked:,} units ranked, {shared:,} of them tied; the worst first.",
    )
    return Paper(
        Words("进度排名", "Ranking"),
        titled(settings.campaign, name, Words("进度排名", "ranking")),
        about(settings.campaign, name, period),
        Words("个、%、百分点", "count, %, percentage points"), as_of, RANKING, rows_of(RANKING, cells, _roles(beside)),
        (
            Words(
                "先比开通率与序时进度相差的百分点，再比开通率，再比逾期阻碍，差的在前；三项都相同的并列，其后名次空出。"
                "开通率=累计开通÷任务村数。升降：离末位远了为＋，近了为－。",
                "By the lag of the lit rate behind the time gone, then the lit rate, then overdue blockers; the worst "
                "first. Equal in all three share a place, and the places after it stay empty. Lit rate = lit ÷ "
                "villages. Moved: + away from the worst, − towards it.",
            ),
            ROUNDING,
        ),
        summary, frozen=4, beside=APART,
    )  # fmt: skip


def _tie(units: int | None) -> Words | None:
    return Words(f"并列 {units}", f"{units} tied") if units is not None and units > 1 else None


def _of(part: int, whole: int) -> str:
    share = f" ({show(part / whole, Kind.PERCENT, 'en')})" if whole else ""
    return f"{part:,}/{whole:,}{share}"


WRITING = {Kind.TEXT: 22.0, Kind.TERM: 10.0, Kind.DATE: 14.0}
"""Room that people need to write by hand, in widths of a digit."""


@dataclass(frozen=True)
class Form:
    """How a table with a schema is shown as a paper.

    Attributes
    ----------
    name : Words
        What kind of paper it is.
    leave : tuple of str
        Columns left out.
    short : tuple of str
        Columns shown on a terminal; none: all.
    fill : tuple of str
        Columns that people fill in by hand: what is missing stays blank.
    notes : tuple of Words
        Below the table.
    """

    name: Words
    leave: tuple[str, ...] = ()
    short: tuple[str, ...] = ()
    fill: tuple[str, ...] = ()
    notes: tuple[Words, ...] = ()


CHECKLIST = (
    "inspected_on", "inspected_by", "lit", "power", "otdr", "photos", "signatures", "pole_line", "lasting", "safety",
    "result", "findings",
)  # fmt: skip

FORMS = {
    "lights": Form(
        Words("亮灯表", "Lights"), ("level", "parent", "overlay", "as_of"),
        ("name", "period", "villages", "lit", "target", "done", "light", "own_light", "card"),
    ),
    "proposals": Form(
        Words("督查建议", "Proposals"),
        ("level", "parent", "overlay", "title", "basis", "last_report_on", "silent_days", "notice"),  # the facts say so
        ("proposal", "name", "kind", "months", "lacking", "blockers_overdue", "government", "state"),
        notes=(Words(
            "本表只列事实、提出建议；是否发出，由上级机关决定。",
            "This table states facts and proposes; a higher office decides.",
        ),),
    ),
    "inspection": Form(
        Words("抽查名单", "Inspection"), ("county", "township", "lot"),
        ("county_name", "township_name", "code", "name", "stage", "result"), CHECKLIST,
        (Words("现场逐项填“是”或“否”。", "Fill in yes or no for each item on the spot."),),
    ),
    "score": Form(
        Words("年终考核", "Year score"), ("level", "parent", "place_from_top"),
        ("place", "tied", "name", "completion", "quality", "reporting", "archive", "total", "out_of", "of_hundred"),
    ),
}  # fmt: skip
"""The lists of the supervision, by the name of their schema."""


def list_paper(
    table: str, frame: pd.DataFrame, unit: str, settings: Settings, *, as_of: dt.date, period: Words | None = None,
    form: Form | None = None,
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
    as_of : date
        The day that it speaks of.
    period : Words, optional
        Name of the period.
    form : Form, optional
        What to show; default: as `FORMS` says.

    Returns
    -------
    Paper
        A column with a twin ``…_en`` is one column in the two languages. Overlays, and what is not ranked, come last.
    """
    form = form or FORMS[table]
    beside = _beside(frame)
    frame = frame.iloc[np.argsort(beside, kind="stable")]
    fields = [
        field for field in schema.load(table).fields
        if field.name in frame.columns and field.name not in form.leave and not field.name.endswith("_en")
    ]  # fmt: skip
    columns = [_column(field, not form.short or field.name in form.short) for field in fields]
    cells = schema_cells(frame, table)
    if "tied" in cells:
        cells["tied"] = [_tie(units) for units in cells["tied"]]
        tied = {"kind": Kind.TERM, "head": Words("并列", "tied"), "short": Words("并列", "tied")}
        columns = [replace(c, **tied) if c.key == "tied" else c for c in columns]  # type: ignore[arg-type]
    for key in form.fill:
        cells[key] = [EMPTY if cell is None else cell for cell in cells.get(key, ())]
    columns = [replace(c, limits=light_limits(settings)) if c.key == "done" else c for c in columns]
    columns = [replace(c, room=WRITING.get(c.kind, 0.0)) if c.key in form.fill else c for c in columns]
    if not {"number", "place"} & cells.keys():
        columns.insert(0, Column("number", Words("序号", "No."), Kind.COUNT))
        cells["number"] = list(range(1, len(frame) + 1))
    kinds = {column.kind for column in columns}
    units = [words for kind, words in _MEASURED if kind in kinds]
    name = same_words(unit)
    return Paper(
        form.name, titled(settings.campaign, name, form.name), about(settings.campaign, name, period),
        Words("、".join(u.zh for u in units), ", ".join(u.en for u in units)), as_of, tuple(columns),
        rows_of(tuple(columns), cells, _roles(beside)), form.notes,
        Words(f"共 {len(frame):,} 条。", f"{len(frame):,} rows."), beside=APART,
    )  # fmt: skip


def _beside(frame: pd.DataFrame) -> NDArray[np.bool_]:
    """Tell which rows stand beside the others."""
    if "listed" in frame.columns:
        return (frame["listed"] != "ranked").to_numpy(bool)
    return frame["overlay"].to_numpy(bool) if "overlay" in frame.columns else np.zeros(len(frame), bool)


def _roles(beside: NDArray[np.bool_]) -> list[Role]:
    return [Role.BESIDE if apart else Role.PLAIN for apart in np.sort(beside)]


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
        By `key_of`. Choices and answers as terms, twins ``…`` and ``…_en`` as words; "" is missing.
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
            known = {value: term(field.name, value, table) for value in values.unique()}
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
        By type and unit; lights are told by their name.
    """
    if field.name in ("light", "own_light"):
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
