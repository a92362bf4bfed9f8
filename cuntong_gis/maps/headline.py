"""The large figures at the head of a dashboard: days left, lit, closed, late, and how fast."""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING

from cuntong_gis.maps import style
from cuntong_gis.maps.pace import forecast_words
from cuntong_gis.maps.svg import INK, share_bar
from cuntong_gis.model import Stage
from cuntong_gis.units import NOTHING, decimal_text, percent_text
from cuntong_gis.words import MONTHS, Words, day_words

if TYPE_CHECKING:
    from cuntong_gis.maps.board import Board

LIT, CLOSED = style.VILLAGE[Stage.LIT], style.VILLAGE[Stage.CLOSED]
LIT_LINE, TIME_COLOR = "#2f8f55", "#8b95a1"


def figures(board: Board) -> str:
    """Return the large figures of a unit.

    Parameters
    ----------
    board : Board
        The unit.

    Returns
    -------
    str
        A ``<section>``.
    """
    cells = [_countdown(board), _lit(board), _closed(board), _late(board), _rates(board)]
    return f'<section class="figures">{"".join(cells)}</section>'


def _countdown(board: Board) -> str:
    pace, left = board.pace, board.pace.days_left
    bar = share_bar([(float(board.row["time_rate"]), TIME_COLOR)], math.nan)
    if left is None or pace.deadline is None:
        return _cell(
            board.say("距完成时限", "to the deadline"), NOTHING, "", "",
            board.say("没有写明完成时限", "no deadline is given"), "days_left",
        )  # fmt: skip
    day = escape(day_words(pace.deadline).into(board.lang))
    gone = escape(percent_text(float(board.row["time_rate"])))
    known = board.row["time_rate"] == board.row["time_rate"]
    about = board.say("时限 ", "due ") + day
    about += "<br>" + board.say("时间已过 ", "time gone ") + gone if known else ""
    if left < 0:
        head, kind = board.say("已超过完成时限", "past the deadline"), "late"
    else:
        head, kind = board.say("距完成时限", "to the deadline"), ""
    unit = board.say("天", "day" if abs(left) == 1 else "days")
    return _cell(head, f"{abs(left):,}", unit, bar if known else "", about, "days_left", kind)


def _lit(board: Board) -> str:
    row, target = board.row, float(board.row["target"])
    over = row["lit"] > row["villages"]
    bar = share_bar(
        [(_known(row["lit_rate"]), LIT.fill)], float(row["target_rate"]), top=max(1.0, _known(row["lit_rate"]))
    )
    rate = f'<b data-figure="lit_rate">{escape(percent_text(float(row["lit_rate"])))}</b>'
    if math.isnan(target):
        due = board.say("没有目标，也没有工期", "neither a target nor the campaign's days")
    else:
        due = board.say("应开通 ", "due ") + f'<span data-figure="target">{escape(decimal_text(target))}</span>'
        if target > 0:
            rules = board.shown.settings.supervision
            share = percent_text(float(row["done"]), (rules.green, rules.yellow, rules.card))
            due += "<br>" + board.say("完成目标 ", "of due ") + escape(share)
    about = f"{rate} · {due}"
    if over:
        about += f" <em>{board.say('超过任务村数，请核对', 'more than there are: check')}</em>"
    return _cell(
        board.say("开通", "villages lit"), f"{row['lit']:,}", f"/ {row['villages']:,}", bar, about, "lit", "good"
    )


def _closed(board: Board) -> str:
    row = board.row
    bar = share_bar([(_known(row["closed_rate"]), CLOSED.fill)], math.nan, top=max(1.0, _known(row["closed_rate"])))
    rate = f'<b data-figure="closed_rate">{escape(percent_text(float(row["closed_rate"])))}</b>'
    waiting = max(int(row["lit"]) - int(row["closed"]), 0)
    about = f"{rate}<br>" + board.say(f"已开通待销号 {waiting:,}", f"lit, not closed {waiting:,}")
    return _cell(board.say("验收销号", "closed"), f"{row['closed']:,}", f"/ {row['villages']:,}", bar, about, "closed")


def _late(board: Board) -> str:
    shown, row = board.shown, board.row
    dated = bool(shown.status.villages["due_date"].notna().any())
    number = f"{row['late']:,}" if dated else NOTHING
    about = board.say("时限已过仍未开通", "past their day and still dark")
    if not dated:
        about = board.say("没有任何时限", "no day is given")
    if shown.has_ledger:
        about += "<br>" + board.say(
            f"阻碍 {row['blockers']:,} 项，逾期 {row['blockers_overdue']:,} 项",
            f"blockers {row['blockers']:,}, overdue {row['blockers_overdue']:,}",
        )
    kind = "late" if dated and row["late"] else ""
    return _cell(
        board.say("逾期村", "late"), number, board.say("个村", "villages") if dated else "", "", about, "late", kind
    )


def _rates(board: Board) -> str:
    pace, lang = board.pace, board.lang
    left = pace.days_left
    if left is not None and 0 < left < 7:
        need_head = board.say(f"最后 {left} 天须开通", f"needed in the last {left} days")
        need = float(pace.dark)
    else:
        need_head, need = board.say("每周须开通", "needed a week"), pace.needed
    since = pace.since
    if since is None or (pace.as_of - since).days < 28:
        lately = board.say("近期每周开通", "lit a week lately")
    else:
        day = Words(f"{since.month}月{since.day}日", f"{since.day} {MONTHS[since.month - 1]}").into(lang)
        lately = board.say(f"近四周（{day}以来）每周", f"a week, last four weeks (since {day})")
    rows = [
        (need_head, need, "needed", INK), (lately, pace.lately, "lately", LIT_LINE),
        (board.say("开工以来每周", "a week since the start"), pace.overall, "overall", TIME_COLOR),
    ]  # fmt: skip
    if not board.shown.has_ledger:
        rows = rows[:1]
    top = max([rate for _, rate, _, _ in rows if rate == rate] + [0.0])
    lines = "".join(
        f"<li><span>{head}</span>{share_bar([(_known(rate) / top if top else 0.0, color)], math.nan)}"
        f'<b data-figure="{name}">{escape(decimal_text(rate))}</b></li>'
        for head, rate, name, color in rows
    )
    told = escape(forecast_words(pace, board.shown.has_ledger).into(lang))
    return (
        f'<div class="cell rates"><h2>{board.say("速度（村/周）", "rate (villages a week)")}</h2><ul>{lines}</ul>'
        f'<p data-figure="forecast">{told}</p></div>'
    )


def _known(share: float) -> float:
    return 0.0 if share != share else float(share)


def _cell(head: str, number: str, unit: str, bar: str, about: str, name: str, kind: str = "") -> str:
    """Return one of the large figures; all but the number and the name are markup."""
    return (
        f'<div class="cell {kind}"><h2>{head}</h2><p class="large"><b data-figure="{name}">{escape(number)}</b>'
        f" <i>{unit}</i></p>{bar}<p>{about}</p></div>"
    )
