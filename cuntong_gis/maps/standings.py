"""The standings of a dashboard: the units below in order with their lights, or the villages with their stages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import pandas as pd

from cuntong_gis.maps import style
from cuntong_gis.maps.markup import Head, Row, cell, symbol, table
from cuntong_gis.maps.svg import INK, mark, share_bar
from cuntong_gis.model import Stage
from cuntong_gis.progress import level_below, rank_units
from cuntong_gis.units import NOTHING, percent_text, points_text
from cuntong_gis.words import Lang, Words, day_words, plain

if TYPE_CHECKING:
    from cuntong_gis.maps.shown import Shown

MOST_MONTHS = 10
"""Months whose lights there is room for, the last ones."""
MOST_ROWS = 18
"""Rows that are seen at once, on the screen and on paper."""
LIT, CLOSED = style.VILLAGE[Stage.LIT].fill, style.VILLAGE[Stage.CLOSED].fill
FROM_WORST = Words("倒数", "from worst")


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


def known(share: float) -> float:
    """Return a share to be drawn.

    Parameters
    ----------
    share : float
        nan where it is missing.

    Returns
    -------
    float
        0 for nan.
    """
    return 0.0 if share != share else float(share)


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
        A table, worst first, and what its signs mean.
    """
    months = sorted(set(lights["period"]))[-MOST_MONTHS:]
    by_unit = {(str(r.code), str(r.period)): r for r in rows_of(lights)}
    rates = standings.rows["lit_rate"].dropna()
    top = max(1.0, float(rates.max()) if len(rates) else 1.0)
    body = []
    for row in rows_of(standings.rows):
        status = standings.status.loc[row.code]
        name = escape(plain(row.name))
        linked = f'<a href="{escape(pages[row.code])}">{name}</a>' if row.code in pages else name
        rule = plain(row.rule if lang == "zh" else row.rule_en)
        shares = [(known(row.lit_rate), LIT), (known(status["closed_rate"]), CLOSED)]
        bar = share_bar(shares, float(status["target_rate"]), top=top)
        cells = [
            cell(_place(row), "from"),
            f'<th scope="row" title="{escape(rule)}">{linked}</th><td class="rate">{bar}</td>',
            cell(f"{row.lit:,} / {row.villages:,}", "number"),
            cell(percent_text(row.lit_rate), "number"),
            cell(points_text(row.lag_points), "number lag" + (" behind" if row.lag_points < 0 else "")),
            *(_light(by_unit.get((row.code, month)), lang) for month in months),
        ]
        body.append(Row("".join(cells), row.code))
    heads = [
        Head(FROM_WORST, "from"), Head(Words("单位", "unit")), Head(Words("进度", "done"), "rate"),
        Head(Words("开通 / 任务", "lit / all"), "number"), Head(Words("开通率", "rate"), "number"),
        Head(Words("相差", "lag"), "number lag"), *(_month(month) for month in months),
    ]  # fmt: skip
    return table("units", heads, body, MOST_ROWS, lang) + _key(bool(months), lang)


def _place(row: Any) -> str:
    """Return a place, and that it is shared where it is."""
    if row.listed != "ranked":
        return NOTHING
    return f"{row.place}" + ("=" if row.tied > 1 else "")


def _month(period: str) -> Head:
    number = str(int(period[5:]))
    return Head(Words(number, number), "light", period)


def _light(row: Any, lang: Lang) -> str:
    if row is None:
        return '<td class="light"></td>'
    look = style.LIGHT[row.light]
    told = f"{row.period} {look.label.into(lang)}: {plain(row.rule if lang == 'zh' else row.rule_en)}"
    return (
        f'<td class="light" title="{escape(told)}"><svg viewBox="0 0 12 12" role="img" '
        f'aria-label="{escape(look.label.into(lang))}"><use href="#light-{row.light}"/></svg></td>'
    )


def _key(lights: bool, lang: Lang) -> str:
    """Return what bars, uprights, differences and lights mean."""

    def drawn(shape: str) -> str:
        return f'<svg viewBox="0 0 12 12" aria-hidden="true">{shape}</svg>'

    signs = [
        (drawn(f'<rect y="2" width="12" height="8" fill="{CLOSED}"/>'), Words("销号", "closed")),
        (drawn(f'<rect y="2" width="12" height="8" fill="{LIT}"/>'), Words("开通", "lit")),
        (drawn(f'<rect x="5" width="2" height="12" fill="{INK}"/>'), Words("应开通", "due")),
        *((symbol(look), look.label) for look in style.LIGHT.values() if lights),
        ("", Words("相差＝开通率－序时进度（百分点）", "lag = rate − time gone (points)")),
    ]
    return f'<ul class="key">{"".join(f"<li>{sign}{escape(words.into(lang))}</li>" for sign, words in signs)}</ul>'


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


def villages_table(standings: Standings, shown: Shown, as_of: dt.date, lang: Lang) -> str:
    """Return the villages of a unit in the order of the ranking, with stage and due day.

    Parameters
    ----------
    standings : Standings
        The villages.
    shown : Shown
        The unit.
    as_of : date
        The day.
    lang : {"zh", "en"}
        Language.

    Returns
    -------
    str
        A table.
    """
    villages = shown.status.villages.set_index("code")
    body = []
    for row in rows_of(standings.rows):
        village = villages.loc[row.code]
        look = style.VILLAGE[Stage(village["stage"])]
        cells = [
            cell(_place(row), "from"),
            f'<th scope="row">{escape(plain(row.name))}</th>',
            f'<td class="stage"><span>{symbol(look)}{escape(look.label.into(lang))}</span></td>',
            cell(day_of(village["due_date"], lang), "number"),
            cell(days_late(village["due_date"], as_of).into(lang) if bool(village["late"]) else "", "late"),
        ]
        body.append(Row("".join(cells), row.code))
    heads = [
        Head(FROM_WORST, "from"), Head(Words("行政村", "village")), Head(Words("阶段", "stage")),
        Head(Words("完成时限", "due"), "number"), Head(Words("逾期", "late"), "late"),
    ]  # fmt: skip
    return table("villages", heads, body, MOST_ROWS, lang)


def days_late(due: Any, as_of: dt.date) -> Words:
    """Return how long a day has passed.

    Parameters
    ----------
    due : Timestamp
        The day that has passed.
    as_of : date
        The day of the figures.

    Returns
    -------
    Words
        ``逾期 3 天``.
    """
    days = (as_of - due.date()).days
    return Words(f"逾期 {days:,} 天", f"{days:,} day{'' if days == 1 else 's'} late")


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
