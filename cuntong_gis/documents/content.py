"""What the papers of progress say: typed tables and sentences, no file format."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cuntong_gis.documents.paper import Cell, Column, Kind, Paper, Role, Row, same_words, show
from cuntong_gis.documents.terms import LIGHTS, term
from cuntong_gis.errors import DocumentsError
from cuntong_gis.settings import CampaignSettings, Settings
from cuntong_gis.units import km
from cuntong_gis.words import Words, plain

if TYPE_CHECKING:
    import pandas as pd

TOTAL = Words("合计", "Total")
NOBODY = Words("未明确", "not named")
EMPTY = Words("", "")
SYNTHETIC = Words("合成示例数据，不反映任何真实的工程", "synthetic sample data, no real campaign")

DONE = Words("累计完成", "Done to date")
NEW = Words("本期新增", "New in the period")
RATES = Words("完成率", "Rates")
TIME = Words("与时间比", "Against time")
ROUTE = Words("路由公里", "Route km")
MONEY = Words("造价（万元）", "Cost (10⁴ CNY)")
TROUBLE = Words("问题", "Problems")
PEOPLE = Words("责任人", "Responsible")

PROGRESS = (
    Column("number", Words("序号", "No."), Kind.COUNT),
    Column("name", Words("单位", "Unit"), Kind.TEXT, short=Words("单位", "unit")),
    Column("code", Words("区划代码", "Code"), Kind.CODE),
    Column("villages", Words("任务村数", "Villages"), Kind.COUNT, short=Words("任务村", "villages")),
    Column("surveyed", Words("勘测", "surveyed"), Kind.COUNT, DONE),
    Column("approved", Words("立项", "approved"), Kind.COUNT, DONE),
    Column("material_ready", Words("材料到货", "material ready"), Kind.COUNT, DONE),
    Column("laid", Words("敷设", "laid"), Kind.COUNT, DONE, Words("敷设", "laid")),
    Column("lit", Words("开通", "lit"), Kind.COUNT, DONE, Words("开通", "lit")),
    Column("closed", Words("销号", "closed"), Kind.COUNT, DONE, Words("销号", "closed")),
    Column("laid_new", Words("敷设", "laid"), Kind.COUNT, NEW),
    Column("lit_new", Words("开通", "lit"), Kind.COUNT, NEW, Words("本期开通", "newly lit")),
    Column("closed_new", Words("销号", "closed"), Kind.COUNT, NEW),
    Column("lit_rate", Words("开通率", "lit"), Kind.PERCENT, RATES, Words("开通率", "lit %")),
    Column("closed_rate", Words("销号率", "closed"), Kind.PERCENT, RATES),
    Column("target", Words("应开通", "due lit"), Kind.NUMBER, TIME, Words("应开通", "due")),
    Column("done", Words("完成目标", "of due"), Kind.PERCENT, TIME, Words("完成目标", "of due")),
    Column("time_rate", Words("序时进度", "time gone"), Kind.PERCENT, TIME),
    Column("lag_points", Words("相差（百分点）", "lag (points)"), Kind.POINTS, TIME, Words("相差", "lag")),
    Column("planned_km", Words("计划", "planned"), Kind.KM, ROUTE),
    Column("laid_km", Words("已敷设", "laid"), Kind.KM, ROUTE),
    Column("laid_km_new", Words("本期", "in period"), Kind.KM, ROUTE),
    Column("budget_cny", Words("预算", "budget"), Kind.MONEY, MONEY),
    Column("ev_cny", Words("挣值", "earned"), Kind.MONEY, MONEY),
    Column("pv_cny", Words("计划值", "planned"), Kind.MONEY, MONEY),
    Column("spi", Words("SPI", "SPI"), Kind.RATIO, MONEY),
    Column("late", Words("逾期村", "late"), Kind.COUNT, TROUBLE, Words("逾期", "late")),
    Column("blockers", Words("阻碍", "blockers"), Kind.COUNT, TROUBLE, Words("阻碍", "blocked")),
    Column("conflicts", Words("冲突", "conflicts"), Kind.COUNT, TROUBLE),
    Column("adjustments", Words("调整", "adjusted"), Kind.COUNT, TROUBLE),
    Column("last_report_on", Words("最近上报", "Last report"), Kind.DATE),
    Column("government", Words("政府", "government"), Kind.TEXT, PEOPLE),
    Column("company", Words("公司", "company"), Kind.TEXT, PEOPLE),
    Column("light", Words("灯", "Light"), Kind.LIGHT, short=Words("灯", "light")),
)
"""工程进度表."""

SUMS = (
    "villages", "surveyed", "approved", "material_ready", "laid", "lit", "closed", "laid_new", "lit_new", "closed_new",
    "planned_km", "laid_km", "laid_km_new", "budget_cny", "ev_cny", "late", "blockers", "conflicts", "adjustments",
)  # fmt: skip
"""Columns of the progress table in which the total is the sum of the units below it."""

NEARLY = {Kind.KM: 0.01, Kind.MONEY: 0.0}
"""A total may differ from the sum of its parts by so much for each part; lengths are rounded to the metre."""

UNITS = Words("个、公里、万元、%", "count, km, 10⁴ CNY, %")

ROUNDING = Words("各数分别四舍五入，尾数可能不等。", "Figures are rounded one by one; last digits may not add up.")


def progress_paper(
    units: pd.DataFrame, unit: str, settings: Settings, *, as_of: dt.date, period: Words,
    lights: Mapping[str, str] | None = None, depth: int = 1,
) -> Paper:  # fmt: skip
    """Return the progress table 工程进度表 of a unit and the units below it.

    Parameters
    ----------
    units : DataFrame
        Schema ``unit_status``.
    unit : str
        Code of the unit.
    settings : Settings
        The campaign's name and days; where lights change.
    as_of : date
        The day that the figures speak of.
    period : Words
        Name of the period in which what is new is new, e.g. ``2016年6月``.
    lights : mapping of str to str, optional
        ``green``, ``yellow``, ``red`` or ``grey`` by code of the unit; without it there is no such column.
    depth : int
        Levels below the unit: 1, or 2 with a subtotal a unit and numbers starting anew below it.

    Returns
    -------
    Paper
        The unit first as the total; overlays, which are in no total, last.

    Raises
    ------
    DocumentsError
        If there is no such unit, or the depth is neither 1 nor 2.
    """
    if depth not in (1, 2):
        raise DocumentsError(Words("进度表只能展开一级或两级", "a progress table has one or two levels below its unit"))
    frame = units.reset_index(drop=True)
    top = frame.index[frame["code"] == unit]
    if not len(top):
        raise DocumentsError(
            Words(f"没有单位 {plain(unit)}", f"there is no unit {plain(unit)}"),
            hint=Words("用 units.xlsx 或村代码里有的单位代码", "use a code of units.xlsx or of the villages' codes"),
        )
    places = _order(frame, int(top[0]), depth)
    wanted = [place for place, _, _ in places]
    columns = tuple(
        replace(column, limits=light_limits(settings)) if column.key == "done" else column
        for column in PROGRESS
        if lights is not None or column.key != "light"
    )
    cells = _progress_cells(frame.iloc[wanted], lights or {})
    cells["number"] = [number for _, _, number in places]
    name = same_words(frame["name"].iloc[top[0]])
    cells["name"][0] = TOTAL
    rows = rows_of(columns, cells, [role for _, role, _ in places])
    return Paper(
        Words("工程进度表", "Progress"),
        titled(settings.campaign, name, Words("工程进度表", "progress of works")),
        about(settings.campaign, name, period),
        UNITS, as_of, columns, rows,
        (*_unsummed(columns, rows, depth), *_progress_notes(settings, frame.iloc[top[0]], lights is not None)),
        frozen=2,
    )  # fmt: skip


def _order(frame: pd.DataFrame, top: int, depth: int) -> list[tuple[int, Role, Cell]]:
    """Return (row, role, number) of what the table shows, from the total to the overlays."""
    own = ~frame["overlay"].to_numpy(bool)
    found: list[tuple[int, Role, Cell]] = [(top, Role.TOTAL, EMPTY)]
    groups = frame.index[own].to_series().groupby(frame["parent"][own]).groups

    def below(place: int) -> list[int]:
        return sorted((int(i) for i in groups.get(frame["code"][place], ())), key=lambda i: str(frame["code"][i]))

    for number, child in enumerate(below(top), start=1):
        if depth == 1:
            found.append((child, Role.PLAIN, number))
            continue
        found.append((child, Role.SUBTOTAL, EMPTY))
        found += [(grandchild, Role.PLAIN, n) for n, grandchild in enumerate(below(child), start=1)]
    if frame["parent"][top] == "" and own[top]:
        beside = frame.index[~own]
        found += [(int(place), Role.BESIDE, number) for number, place in enumerate(beside, start=1)]
    return found


def _progress_cells(frame: pd.DataFrame, lights: Mapping[str, str]) -> dict[str, list[Any]]:
    cells = {
        column.key: cells_of(frame[column.key], column.kind) for column in PROGRESS if column.key in frame.columns
    }  # fmt: skip
    if "done" in cells:  # nothing is due: no share of it is done
        cells["done"] = [None if due == 0 else done for due, done in zip(frame["target"], cells["done"], strict=True)]
    for name in ("laid", "lit", "closed"):
        cells[f"{name}_new"] = cells_of(frame[name] - frame[f"{name}_before"], Kind.COUNT)
    lengths = {"planned_km": frame["planned_m"], "laid_km": frame["laid_m"]}
    lengths["laid_km_new"] = frame["laid_m"] - frame["laid_m_before"]
    cells |= {name: cells_of(metres, Kind.KM) for name, metres in lengths.items()}
    for name in ("government", "company"):
        cells[name] = [said if said.zh else NOBODY for said in cells[name]]
    cells["light"] = [term("light", lights.get(code, "grey")) for code in frame["code"]]
    return cells


def _unsummed(columns: tuple[Column, ...], rows: tuple[Row, ...], depth: int) -> tuple[Words, ...]:
    """Return a note if the total is not the sum of the units shown: a reader would add it up."""
    parts = [row for row in rows if row.role is (Role.PLAIN if depth == 1 else Role.SUBTOTAL)]
    apart = []
    for place, column in enumerate(columns if parts else ()):
        if column.key in SUMS:
            total: Any = rows[0].cells[place]
            summed: Any = sum(row.cells[place] for row in parts)
            if abs(total - summed) > NEARLY.get(column.kind, 0) * len(parts):
                apart.append((column, show(total, column.kind, "zh"), show(summed, column.kind, "zh")))
    if not apart:
        return ()
    zh = "、".join(f"{_whole_head(c).zh} {total}≠{summed}" for c, total, summed in apart)
    en = ", ".join(f"{_whole_head(c).en} {total} ≠ {summed}" for c, total, summed in apart)
    return (Words(f"注意：合计与所列单位之和不等：{zh}。", f"Beware: the total is not the sum of the units: {en}."),)


def _whole_head(column: Column) -> Words:
    if column.group is None:
        return column.head
    return Words(f"{column.group.zh}·{column.head.zh}", f"{column.group.en}: {column.head.en}")


def _progress_notes(settings: Settings, top: pd.Series, lit: bool) -> tuple[Words, ...]:
    notes = [
        Words(
            "累计数含其后各阶段；已敷设未开通的不算开通，未验收的不算销号。开通率=累计开通÷任务村数，销号率=累计销号÷任务村数，"
            "完成目标=累计开通÷应开通，相差=开通率－序时进度，SPI=挣值÷计划值；路由公里每段只计一次。",
            "Each stage counts the later ones too; laid but dark is not lit, not accepted is not closed. Lit rate = "
            "lit ÷ villages, closed rate = closed ÷ villages, of due = lit ÷ due lit, lag = lit rate − time gone, SPI "
            "= earned ÷ planned value; a span of the route counts once.",
        )
    ]
    start, deadline = settings.campaign.start, settings.campaign.deadline
    if start and deadline and start <= deadline and top["elapsed_days"] == top["elapsed_days"]:
        gone, total = int(top["elapsed_days"]), (deadline - start).days + 1
        notes.append(
            Words(
                f"序时进度：{start.year}年{start.month}月{start.day}日开工，{deadline.year}年{deadline.month}月{deadline.day}日"
                f"完成，共 {total} 天，已过 {min(gone, total)} 天。",
                f"Time gone: {min(gone, total)} of {total} days, from {start.isoformat()} to {deadline.isoformat()}.",
            )
        )
    if lit:
        notes.append(light_rule(settings))
    return (*notes, ROUNDING)


def light_limits(settings: Settings) -> tuple[float, ...]:
    """Return the shares of the target at which lights change.

    Parameters
    ----------
    settings : Settings
        Where they are set.

    Returns
    -------
    tuple of float
        Ratios: green, yellow, yellow card.
    """
    rules = settings.supervision
    return (rules.green, rules.yellow, rules.card)


def light_rule(settings: Settings) -> Words:
    """Return the rule of the lights in words.

    Parameters
    ----------
    settings : Settings
        Where lights change.

    Returns
    -------
    Words
        One sentence.
    """
    green, yellow = (f"{share * 100:g}%" for share in (settings.supervision.green, settings.supervision.yellow))
    return Words(
        f"灯：完成目标 ≥{green} 为{LIGHTS['green'].zh}，≥{yellow} 为{LIGHTS['yellow'].zh}，以下为{LIGHTS['red'].zh}；"
        f"红灯月份补上后为{LIGHTS['yellow'].zh}；没有目标的为{LIGHTS['grey'].zh}。",
        f"Lights: {LIGHTS['green'].en} from {green} of due, {LIGHTS['yellow'].en} from {yellow}, below it "
        f"{LIGHTS['red'].en}; a red month that caught up is {LIGHTS['yellow'].en}; without a target "
        f"{LIGHTS['grey'].en}.",
    )


def titled(campaign: CampaignSettings, unit: Words, paper: Words) -> Words:
    """Return the title of a paper: unit, campaign and kind of paper, none of them twice.

    Parameters
    ----------
    campaign : CampaignSettings
        Its name.
    unit : Words
        Name of the unit.
    paper : Words
        Kind of paper, e.g. ``工程进度表``.

    Returns
    -------
    Words
        E.g. ``贵州省村村通工程进度表``.
    """
    name = plain(campaign.name)
    inside = name.startswith(unit.zh)
    return Words(
        f"{'' if inside else unit.zh}{name.removesuffix('工程')}工程{paper.zh.removeprefix('工程')}",
        f"{name}{'' if inside else f' · {unit.en}'}: {paper.en}",
    )


def about(campaign: CampaignSettings, unit: Words, period: Words | None) -> Words:
    """Return the line on the left below the title: unit, period, and that data are made up where they are.

    Parameters
    ----------
    campaign : CampaignSettings
        Whether its data are synthetic.
    unit : Words
        Name of the unit.
    period : Words, optional
        Name of the period.

    Returns
    -------
    Words
        The line.
    """
    zh, en = f"单位名称：{unit.zh}", f"Unit: {unit.en}"
    if period is not None:
        zh, en = f"{zh} · 本期：{period.zh}", f"{en} · Period: {period.en}"
    if campaign.synthetic:
        zh, en = f"{zh} · {SYNTHETIC.zh}", f"{en} · {SYNTHETIC.en}"
    return Words(zh, en)


def cells_of(values: pd.Series, kind: Kind) -> list[Any]:
    """Return a column of a table as cells.

    Parameters
    ----------
    values : Series
        As its schema says: metres for `Kind.KM`, CNY for `Kind.MONEY`.
    kind : Kind
        What the cells hold.

    Returns
    -------
    list of Cell
        None where a figure is missing; texts are `plain`.
    """
    make: Callable[[Any], Any] = MAKERS.get(kind, float)
    missing = values.isna().to_numpy()
    return [None if lacks else make(value) for value, lacks in zip(values.tolist(), missing, strict=True)]


def _day(value: Any) -> dt.date:
    return dt.date(value.year, value.month, value.day)


MAKERS: dict[Kind, Callable[[Any], Any]] = {
    Kind.COUNT: int, Kind.CHANGE: int, Kind.KM: km, Kind.DATE: _day, Kind.TEXT: same_words, Kind.CODE: plain,
    Kind.TERM: plain, Kind.LIGHT: plain, Kind.MONEY: lambda cny: cny,
}  # fmt: skip
"""What makes a cell of a value; any other kind is a float."""


def rows_of(columns: tuple[Column, ...], cells: Mapping[str, list[Any]], roles: list[Role]) -> tuple[Row, ...]:
    """Return columns of cells as rows.

    Parameters
    ----------
    columns : tuple of Column
        In the order of the paper.
    cells : mapping of str to list of Cell
        By the key of the column; others are left out.
    roles : list of Role
        One a row.

    Returns
    -------
    tuple of Row
        As many as there are roles.
    """
    told = zip(*(cells[column.key] for column in columns), strict=True)
    return tuple(Row(row, role) for row, role in zip(told, roles, strict=True))
