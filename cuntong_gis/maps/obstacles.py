"""The lists of a dashboard that name people: what stands in the way and who is to remove it, and who answers."""

from __future__ import annotations

import datetime as dt
from html import escape
from typing import TYPE_CHECKING, Any

import pandas as pd

from cuntong_gis.maps.markup import Head, Row, cell, folded, nothing, seen_of, table
from cuntong_gis.maps.standings import Standings, day_of, days_late, rows_of
from cuntong_gis.units import NOTHING
from cuntong_gis.words import Lang, Words, plain

if TYPE_CHECKING:
    from cuntong_gis.maps.shown import Shown

SEEN_BLOCKERS, SEEN_OFFICIALS, WORST = 5, 4, 3
"""Rows that are seen at once, on the screen and on paper; and units whose officials are named beside the unit's own."""
MOST_BLOCKERS = 300
"""Rows of the list; all of them count, and all are in the ledger."""
CHAINS = {"government": Words("政府", "government"), "company": Words("公司", "company")}
NAMED_BY = {"province": "county", "prefecture": "county", "county": "township"}
"""Level of the unit that tells villages of one name apart, by the level of the unit that is shown."""


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
    blockers = shown.blockers
    if not shown.has_ledger:
        return nothing(Words("没有台账，不知道有哪些阻碍", "no ledger: what stands in the way is not known"), lang)
    if not len(blockers):
        return nothing(Words("没有未解决的阻碍", "nothing stands in the way"), lang)
    kinds = blockers.groupby("category", sort=True).size().sort_values(ascending=False, kind="stable")
    unnamed = Words("未分类", "no category").into(lang)
    tally = "".join(f"<li>{escape(plain(name) or unnamed)} <b>{count:,}</b></li>" for name, count in kinds.items())
    names = dict(zip(shown.plan.villages["code"], shown.plan.villages["name"], strict=True))
    units = shown.status.units.set_index("code")
    level = NAMED_BY.get(str(units.loc[shown.unit, "level"]), "")
    rows = []
    for row in rows_of(blockers.head(MOST_BLOCKERS)):
        within = cell(_unit_above(units, row.village, level), "within") if level else ""
        rows.append(_blocker(row, plain(names.get(row.village, row.village)), within, as_of, lang))
    heads = [
        Head(Words("村", "village")), *([Head(Words("所在单位", "in"), "within")] if level else []),
        Head(Words("阻碍", "blocker")), Head(Words("责任人", "owner")), Head(Words("限期", "due"), "due"),
    ]  # fmt: skip
    listed = table("blockers", heads, rows, SEEN_BLOCKERS, lang, beyond=len(blockers) - len(rows))
    return f'<ul class="tally">{tally}</ul>{listed}'


def _unit_above(units: pd.DataFrame, code: str, level: str) -> str:
    """Return the name of the unit of a level that a village lies in; "" where there is none."""
    while code in units.index:
        if units.at[code, "level"] == level:
            return plain(units.at[code, "name"])
        code = str(units.at[code, "parent"])
    return ""


def _blocker(row: Any, village: str, within: str, as_of: dt.date, lang: Lang) -> Row:
    due = days_late(row.due, as_of).into(lang) if row.overdue else day_of(row.due, lang)
    note, category = plain(row.note), plain(row.category)
    told = f"{category}：{note}" if note and category not in note else note or category
    return Row(
        f'<th scope="row">{escape(village)}</th>{within}{cell(told)}{cell(plain(row.owner) or NOTHING)}'
        f"{cell(due, 'due', day_of(row.due, lang))}",
        kind="overdue" if row.overdue else "",
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
    people = rows_of(shown.officials[shown.officials["unit"] == shown.unit])
    rows = [_official(CHAINS[p.chain].into(lang), plain(p.role), plain(p.name), plain(p.phone)) for p in people]
    if not rows:
        rows = [
            _official(words.into(lang), "", plain(here[chain]), "") for chain, words in CHAINS.items() if here[chain]
        ]
    worst = "" if standings.level == "village" else _worst(standings, lang)
    if not rows:
        missing = Words(
            "没有登记责任人：请填写 layers/officials.xlsx", "nobody is named: fill in layers/officials.xlsx"
        )
        return f'<p class="nobody">{escape(missing.into(lang))}</p>{worst}'
    seen = seen_of(len(rows), SEEN_OFFICIALS)
    items = "".join(f'<li class="more">{row}</li>' if n >= seen else f"<li>{row}</li>" for n, row in enumerate(rows))
    return folded("officials", f'<ul class="officials">{items}</ul>', len(rows) - seen, lang) + worst


def _official(chain: str, role: str, name: str, phone: str) -> str:
    parts = f'<span class="chain">{escape(chain)}</span> {escape(role)} <b>{escape(name)}</b>'
    return f"{parts}{' ' + escape(phone) if phone else ''}"


def _worst(standings: Standings, lang: Lang) -> str:
    """Return who answers for the units furthest behind; nothing where nobody is named at all."""
    behind = standings.rows[(standings.rows["listed"] == "ranked") & (standings.rows["lag_points"] < 0)]
    nobody = Words("未明确", "not named").into(lang)
    rows, named = "", False
    for row in rows_of(behind.head(WORST)):
        status = standings.status.loc[row.code]
        who = [plain(status[chain]) for chain in CHAINS if status[chain]]
        named = named or bool(who)
        told = ("、" if lang == "zh" else ", ").join(who) or nobody
        rows += f"<li>{escape(plain(row.name))} <b>{escape(told)}</b></li>"
    if not named:
        return ""
    title = Words("落后单位的责任人", "who answers where it is furthest behind").into(lang)
    return f'<h3>{escape(title)}</h3><ul class="officials">{rows}</ul>'
