"""The lists of a dashboard that name people: what stands in the way and who is to remove it, and who answers."""

from __future__ import annotations

import datetime as dt
from html import escape
from typing import TYPE_CHECKING, Any

from cuntong_gis.maps.standings import Standings, cell, day_of, more, rows_of
from cuntong_gis.units import NOTHING
from cuntong_gis.words import Lang, Words, plain

if TYPE_CHECKING:
    from cuntong_gis.maps.shown import Shown

PRINTED_BLOCKERS, PRINTED_OFFICIALS = 8, 4
MOST_BLOCKERS = 300
"""Rows of the list; all of them count, and all are in the ledger."""
CHAINS = {"government": Words("政府", "government"), "company": Words("公司", "company")}


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
        f"<tbody>{''.join(rows)}</tbody></table>{tail}{more(len(rows) - PRINTED_BLOCKERS, lang)}"
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
