"""The lists of a dashboard: units in order with their lights, villages, what stands in the way, who answers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import pandas as pd

from cuntong_gis.maps import style
from cuntong_gis.maps.charts import mark, share_bar
from cuntong_gis.model import Stage
from cuntong_gis.progress import level_below, rank_units
from cuntong_gis.units import NOTHING, percent_text, points_text
from cuntong_gis.words import Lang, Words, day_words, plain

if TYPE_CHECKING:
    from cuntong_gis.maps.shown import Shown

MOST_MONTHS = 12
PRINTED_ROWS, PRINTED_BLOCKERS, PRINTED_OFFICIALS = 24, 8, 4
"""Rows that fit on a printed page; the rest is on the screen, and the page says so."""
MOST_BLOCKERS = 300
"""Rows of the list; all of them count, and all are in the ledger."""
CHAINS = {"government": Words("政府", "government"), "company": Words("公司", "company")}


@dataclass(frozen=True)
class Standings:
    """The units below a unit, in the order of the report.

    Attributes
    ----------
    level : str
        Their level.
    rows : DataFrame
        Schema ``ranking``.
    status : DataFrame
        Schema ``unit_status``, by code.
    """

    level: str
    rows: pd.DataFrame
    status: pd.DataFrame


def standings_of(shown: Shown) -> Standings:
    """Return the units below the unit that is shown, worst first.

    Parameters
    ----------
    shown : Shown
        One unit.

    Returns
    -------
    Standings
        As the ranking of the report orders them.
    """
    units = shown.status.units
    level = level_below(units, shown.unit)
    rows = rank_units(units, level, within=shown.unit)
    if shown.public:  # the figures that a place rests on tell of blockers, which are not told here
        rows = rows.assign(rule="", rule_en="")
    return Standings(level, rows, units.set_index("code"))


def rows_of(table: pd.DataFrame) -> list[Any]:
    """Return the rows of a table.

    Parameters
    ----------
    table : DataFrame
        Any; its column names are identifiers.

    Returns
    -------
    list of named tuple
        In its order.
    """
    return list(table.itertuples(index=False))


def cell(words: str, kind: str = "", told: str = "") -> str:
    """Return a cell of a table.

    Parameters
    ----------
    words : str
        Any text.
    kind : str
        Its class.
    told : str
        What is said when it is pointed at.

    Returns
    -------
    str
        Markup.
    """
    more = f' class="{kind}"' if kind else ""
    more += f' title="{escape(told)}"' if told else ""
    return f"<td{more}>{escape(words)}</td>"


def units_table(standings: Standings, lights: pd.DataFrame, pages: Mapping[str, str], lang: Lang) -> str:
    """Return the units below with their rates and their lights of every month.

    Parameters
    ----------
    standings : Standings
        The units.
    lights : DataFrame
        Schema ``lights``.
    pages : mapping of str to str
        Dashboards that exist, by code.
    lang : {"zh", "en"}
        Language.

    Returns
    -------
    str
        A table, worst first.
    """
    months = sorted(set(lights["period"]))[-MOST_MONTHS:]
    by_unit = {(str(r.code), str(r.period)): r for r in rows_of(lights)}
    rates = standings.rows["lit_rate"].dropna()
    top = max(1.0, float(rates.max()) if len(rates) else 1.0)
    body = []
    for n, row in enumerate(rows_of(standings.rows)):
        status = standings.status.loc[row.code]
        name = escape(plain(row.name))
        linked = f'<a href="{escape(pages[row.code])}">{name}</a>' if row.code in pages else name
        rule = plain(row.rule if lang == "zh" else row.rule_en)
        bar = share_bar(
            [
                (_known(row.lit_rate), style.VILLAGE[Stage.LIT].fill),
                (_known(status["closed_rate"]), style.VILLAGE[Stage.CLOSED].fill),
            ],
            float(status["target_rate"]), top=top,
        )  # fmt: skip
        cells = [
            cell(_place(row, lang), "place"),
            f'<th scope="row" title="{escape(rule)}">{linked}</th><td class="rate">{bar}</td>',
            cell(f"{row.lit:,} / {row.villages:,}", "number"),
            cell(percent_text(row.lit_rate), "number"),
            cell(points_text(row.lag_points), "number lag" + (" behind" if row.lag_points < 0 else "")),
            *(_light(by_unit.get((row.code, month)), lang) for month in months),
        ]
        screen = ' class="screen"' if n >= PRINTED_ROWS else ""
        body.append(f'<tr{screen} data-code="{escape(row.code)}">{"".join(cells)}</tr>')
    heads = [
        Words("位次", "place"), Words("单位", "unit"), Words("进度", "done"),
        Words("开通 / 任务", "lit / all"), Words("开通率", "rate"), Words("相差", "lag"),
    ]  # fmt: skip
    kinds = ["place", "", "rate", "number", "number", "number lag"]
    head = "".join(f'<th class="{kind}">{escape(w.into(lang))}</th>' for kind, w in zip(kinds, heads, strict=True))
    head += "".join(f'<th class="light" title="{m}">{int(m[5:])}</th>' for m in months)
    return f'<table class="units"><thead><tr>{head}</tr></thead><tbody>{"".join(body)}</tbody></table>' + _more(
        len(body) - PRINTED_ROWS, lang
    )


def _known(share: float) -> float:
    return 0.0 if share != share else float(share)


def _place(row: Any, lang: Lang) -> str:
    """Return a place, and that it is shared where it is."""
    if row.listed != "ranked":
        return NOTHING
    return f"{row.place}" + ("=" if row.tied > 1 else "")


def _light(row: Any, lang: Lang) -> str:
    if row is None:
        return '<td class="light"></td>'
    look = style.LIGHT[row.light]
    told = f"{row.period} {look.label.into(lang)}: {plain(row.rule if lang == 'zh' else row.rule_en)}"
    return (
        f'<td class="light" title="{escape(told)}"><svg viewBox="0 0 12 12" role="img" '
        f'aria-label="{escape(look.label.into(lang))}"><use href="#light-{row.light}"/></svg></td>'
    )


def light_symbols() -> str:
    """Return the symbols of the lights, to be used by name.

    Returns
    -------
    str
        An ``<svg>`` that shows nothing itself.
    """
    drawn = "".join(
        f'<symbol id="light-{name}" viewBox="0 0 12 12">{mark(look.shape, look.fill, look.line)}</symbol>'
        for name, look in style.LIGHT.items()
    )
    return f'<svg class="symbols" width="0" height="0" aria-hidden="true">{drawn}</svg>'


def villages_table(standings: Standings, shown: Shown, lang: Lang) -> str:
    """Return the villages of a unit in the order of the ranking, with stage and due day.

    Parameters
    ----------
    standings : Standings
        The villages.
    shown : Shown
        The unit.
    lang : {"zh", "en"}
        Language.

    Returns
    -------
    str
        A table.
    """
    known = shown.status.villages.set_index("code")
    body = []
    for n, row in enumerate(rows_of(standings.rows)):
        village = known.loc[row.code]
        look = style.VILLAGE[Stage(village["stage"])]
        late = Words("逾期", "late").into(lang) if bool(village["late"]) else ""
        stage = f'<svg viewBox="0 0 12 12" aria-hidden="true">{mark(look.shape, look.fill, look.line)}</svg>'
        cells = [
            cell(_place(row, lang), "place"),
            f'<th scope="row">{escape(plain(row.name))}</th>',
            f'<td class="stage">{stage}{escape(look.label.into(lang))}</td>',
            cell(day_of(village["due_date"], lang), "number"),
            cell(late, "late"),
        ]
        screen = ' class="screen"' if n >= PRINTED_ROWS else ""
        body.append(f'<tr{screen} data-code="{escape(row.code)}">{"".join(cells)}</tr>')
    heads = [Words("位次", "place"), Words("行政村", "village"), Words("阶段", "stage"), Words("时限", "due")]
    kinds = ["place", "", "stage", "number"]
    head = "".join(f'<th class="{kind}">{escape(w.into(lang))}</th>' for kind, w in zip(kinds, heads, strict=True))
    return (
        f'<table class="villages"><thead><tr>{head}<th class="late"></th></tr></thead>'
        f"<tbody>{''.join(body)}</tbody></table>" + _more(len(body) - PRINTED_ROWS, lang)
    )


def _more(count: int, lang: Lang) -> str:
    """Return that a printed page does not hold all rows."""
    if count <= 0:
        return ""
    words = Words(f"另有 {count} 行，见电子版", f"{count} more rows on the screen")
    return f'<p class="paper">{escape(words.into(lang))}</p>'


def day_of(day: Any, lang: Lang) -> str:
    """Return a day of a table in words.

    Parameters
    ----------
    day : Timestamp
        The day, or nothing.
    lang : {"zh", "en"}
        Language.

    Returns
    -------
    str
        An em dash for nothing.
    """
    return NOTHING if pd.isna(day) else day_words(day.date()).into(lang)


def blockers_list(shown: Shown, as_of: dt.date, lang: Lang) -> str:
    """Return what stands in the way: how much of each category, then each with owner and due day, overdue first.

    Parameters
    ----------
    shown : Shown
        The unit.
    as_of : date
        The day.
    lang : {"zh", "en"}
        Language.

    Returns
    -------
    str
        Markup.
    """
    table = shown.blockers
    if not shown.has_ledger:
        return _nothing(Words("没有台账，不知道有哪些阻碍", "no ledger: what stands in the way is not known"), lang)
    if not len(table):
        return _nothing(Words("没有未解决的阻碍", "nothing stands in the way"), lang)
    kinds = table.groupby("category", sort=True)["overdue"].agg(["size", "sum"])
    kinds = kinds.sort_values("size", ascending=False, kind="stable")
    unnamed = Words("未分类", "no category").into(lang)
    tally = "".join(
        f"<li>{escape(plain(name) or unnamed)} <b>{size:,}</b></li>" for name, size in kinds["size"].items()
    )
    names = dict(zip(shown.plan.villages["code"], shown.plan.villages["name"], strict=True))
    rows = [
        _blocker(row, n, plain(names.get(row.village, row.village)), as_of, lang)
        for n, row in enumerate(rows_of(table.head(MOST_BLOCKERS)))
    ]
    head = "".join(
        f"<th>{escape(w.into(lang))}</th>"
        for w in (Words("村", "village"), Words("阻碍", "blocker"), Words("责任方", "owner"), Words("应解决", "due"))
    )
    left = len(table) - len(rows)
    tail = f"<p>{escape(Words(f'另有 {left:,} 项', f'{left:,} more').into(lang))}</p>" if left else ""
    return (
        f'<ul class="tally">{tally}</ul><table class="blockers"><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table>{tail}{_more(len(rows) - PRINTED_BLOCKERS, lang)}"
    )


def _blocker(row: Any, n: int, village: str, as_of: dt.date, lang: Lang) -> str:
    due = day_of(row.due, lang)
    if row.overdue:
        days = (as_of - row.due.date()).days
        due = Words(f"逾期 {days} 天", f"{days} days overdue").into(lang)
    note, category = plain(row.note), plain(row.category)
    told = f"{category}：{note}" if note and category not in note else note or category
    kinds = " ".join(name for name, on in (("overdue", row.overdue), ("screen", n >= PRINTED_BLOCKERS)) if on)
    return (
        f'<tr class="{kinds}"><th scope="row">{escape(village)}</th>{cell(told)}'
        f"{cell(plain(row.owner) or NOTHING)}{cell(due, 'due', day_of(row.due, lang))}</tr>"
    )


def officials_list(shown: Shown, standings: Standings, lang: Lang) -> str:
    """Return who answers for the unit, and for the units below that are furthest behind.

    Parameters
    ----------
    shown : Shown
        The unit.
    standings : Standings
        The units below it.
    lang : {"zh", "en"}
        Language.

    Returns
    -------
    str
        Markup.
    """
    here = standings.status.loc[shown.unit]
    table = shown.officials[shown.officials["unit"] == shown.unit]
    rows = [
        _official(CHAINS[row.chain].into(lang), plain(row.role), plain(row.name), plain(row.phone))
        for row in rows_of(table)
    ]
    if not rows:
        rows = [
            _official(words.into(lang), "", plain(here[chain]), "") for chain, words in CHAINS.items() if here[chain]
        ]
    if not rows:
        missing = Words(
            "没有登记责任人：请填写 layers/officials.xlsx", "nobody is named: fill in layers/officials.xlsx"
        )
        rows = [f'<li class="nobody">{escape(missing.into(lang))}</li>']
    worst = "" if standings.level == "village" else _worst(standings, lang)
    return f'<ul class="officials">{"".join(rows)}</ul>{worst}'


def _official(chain: str, role: str, name: str, phone: str) -> str:
    parts = f'<span class="chain">{escape(chain)}</span> {escape(role)} <b>{escape(name)}</b>'
    return f"<li>{parts}{' ' + escape(phone) if phone else ''}</li>"


def _worst(standings: Standings, lang: Lang) -> str:
    """Return who answers for the units furthest behind: those whose place is among the last three."""
    behind = standings.rows[(standings.rows["listed"] == "ranked") & (standings.rows["lag_points"] < 0)]
    rows = []
    for row in rows_of(behind.head(PRINTED_OFFICIALS)):
        status = standings.status.loc[row.code]
        who = [plain(status[chain]) for chain in CHAINS if status[chain]]
        named = "、".join(who) if lang == "zh" else ", ".join(who)
        nobody = Words("未明确", "not named").into(lang)
        rows.append(f"<li>{escape(plain(row.name))} <b>{escape(named or nobody)}</b></li>")
    if not rows:
        return ""
    title = Words("落后单位的责任人", "who answers where it is furthest behind").into(lang)
    return f'<h3>{escape(title)}</h3><ul class="officials">{"".join(rows)}</ul>'


def _nothing(words: Words, lang: Lang) -> str:
    return f'<p class="nothing">{escape(words.into(lang))}</p>'
