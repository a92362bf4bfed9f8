"""The standings of a dashboard: the units below in order with their lights, or the villages with their stages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import pandas as pd

from cuntong_gis.maps import style
from cuntong_gis.maps.svg import mark, share_bar
from cuntong_gis.model import Stage
from cuntong_gis.progress import level_below, rank_units
from cuntong_gis.units import NOTHING, percent_text, points_text
from cuntong_gis.words import Lang, Words, day_words, plain

if TYPE_CHECKING:
    from cuntong_gis.maps.shown import Shown

MOST_MONTHS = 12
PRINTED_ROWS = 24
"""Rows that fit on a printed page; the rest is on the screen, and the page says so."""


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
    return Standings(level, rank_units(units, level, within=shown.unit), units.set_index("code"))


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
    return f'<table class="units"><thead><tr>{head}</tr></thead><tbody>{"".join(body)}</tbody></table>' + more(
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
        f"<tbody>{''.join(body)}</tbody></table>" + more(len(body) - PRINTED_ROWS, lang)
    )


def more(count: int, lang: Lang) -> str:
    """Return that a printed page does not hold all rows.

    Parameters
    ----------
    count : int
        Rows that it does not hold.
    lang : {"zh", "en"}
        Language.

    Returns
    -------
    str
        Markup; "" where it holds all.
    """
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
