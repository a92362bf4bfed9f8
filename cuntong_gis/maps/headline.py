"""The large figures at the head of a dashboard: days left, lit, closed, late, and how fast."""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING

from cuntong_gis.maps import style
from cuntong_gis.maps.markup import symbol
from cuntong_gis.maps.pace import LATELY_DAYS, ahead, forecast_words
from cuntong_gis.maps.standings import known
from cuntong_gis.maps.svg import INK, share_bar
from cuntong_gis.model import Stage
from cuntong_gis.units import NOTHING, decimal_text, percent_text
from cuntong_gis.words import MONTHS, day_words, plain

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
    gone = float(board.row["time_rate"])
    if left is None or pace.deadline is None:
        return _cell(
            board.say("距完成时限", "to the deadline"), NOTHING, "", "",
            board.say("没有写明完成时限", "no deadline is given"), "days_left",
        )  # fmt: skip
    about = board.say("完成时限 ", "due ") + escape(day_words(pace.deadline).into(board.lang))
    if gone == gone:
        about += "<br>" + board.say("序时进度 ", "time gone ") + escape(percent_text(gone))
    late = left < 0
    head = board.say("已过完成时限", "past the deadline") if late else board.say("距完成时限", "to the deadline")
    bar = share_bar([(gone, TIME_COLOR)], math.nan) if gone == gone else ""
    unit = board.say("天", "day" if abs(left) == 1 else "days")
    return _cell(head, f"{abs(left):,}", unit, bar, about, "days_left", "late" if late else "")


def _lit(board: Board) -> str:
    row, target = board.row, float(board.row["target"])
    share = known(row["lit_rate"])
    bar = share_bar([(share, LIT.fill)], float(row["target_rate"]), top=max(1.0, share))
    about = f'<b data-figure="lit_rate">{escape(percent_text(float(row["lit_rate"])))}</b> · '
    if math.isnan(target):
        about += board.say("没有目标，也没有工期", "neither a target nor the campaign's days")
    else:
        about += board.say("应开通 ", "due ") + f'<span data-figure="target">{escape(decimal_text(target))}</span>'
        if target > 0:
            rules = board.shown.settings.supervision
            done = percent_text(float(row["done"]), (rules.green, rules.yellow, rules.card))
            about += "<br>" + board.say("完成目标 ", "of due ") + escape(done) + _light(board)
    if row["lit"] > row["villages"]:
        about += f" <em>{board.say('超过任务村数，请核对', 'more than there are: check')}</em>"
    return _cell(board.say("开通", "lit"), f"{row['lit']:,}", f"/ {row['villages']:,}", bar, about, "lit", "good")


def _light(board: Board) -> str:
    """Return the light of the last month that has one."""
    lights = board.shown.lights
    own = lights[lights["code"] == board.code].sort_values("period", kind="stable")
    if not len(own):
        return ""
    last = own.iloc[-1]
    look = style.LIGHT[last["light"]]
    rule = plain(last["rule" if board.lang == "zh" else "rule_en"])
    return (
        f' <span class="shown-light" title="{escape(rule)}">{symbol(look)}'
        f'<span data-figure="light">{escape(look.label.into(board.lang))}</span></span>'
    )


def _closed(board: Board) -> str:
    row = board.row
    share = known(row["closed_rate"])
    bar = share_bar([(share, CLOSED.fill)], math.nan, top=max(1.0, share))
    rate = f'<b data-figure="closed_rate">{escape(percent_text(float(row["closed_rate"])))}</b>'
    waiting = max(int(row["lit"]) - int(row["closed"]), 0)
    about = f"{rate}<br>" + board.say(f"已开通待销号 {waiting:,}", f"lit, not closed {waiting:,}")
    return _cell(board.say("验收销号", "closed"), f"{row['closed']:,}", f"/ {row['villages']:,}", bar, about, "closed")


def _late(board: Board) -> str:
    shown, row = board.shown, board.row
    dated = bool(shown.status.villages["due_date"].notna().any())
    late = int(row["late"]) if dated else 0
    about = board.say("时限已过仍未开通", "past their day and still dark")
    if not dated:
        about = board.say("没有任何时限", "no day is given")
    if shown.has_ledger and not shown.public:
        about += "<br>" + board.say(
            f"阻碍 {row['blockers']:,} 项，逾期 {row['blockers_overdue']:,} 项",
            f"blockers {row['blockers']:,}, overdue {row['blockers_overdue']:,}",
        )
    share = late / row["villages"] if row["villages"] else 0.0
    bar = share_bar([(min(share, 1.0), style.LATE.line)], math.nan) if dated else ""
    number, unit = (f"{late:,}", board.say("个村", "villages")) if dated else (NOTHING, "")
    return _cell(board.say("逾期村", "late"), number, unit, bar, about, "late", "late" if late else "")


def _rates(board: Board) -> str:
    pace = board.pace
    need, need_head = pace.needed, board.say("需每周开通", "needed a week")
    if pace.last_days:
        need = float(pace.dark)
        need_head = board.say(f"最后 {pace.days_left} 天需开通", f"needed in the last {pace.days_left} days")
    rows = [(need_head, need, "needed", INK)]
    if board.shown.has_ledger:
        rows += [
            (_lately(board), pace.lately, "lately", LIT_LINE),
            (board.say("开工以来每周", "a week since the start"), pace.overall, "overall", TIME_COLOR),
        ]
    top = max([rate for _, rate, _, _ in rows if rate == rate] + [0.0])
    wanted = need / top if top and not pace.last_days else math.nan
    short = pace.lately + 0.05 < pace.needed and pace.dark > 0 and not pace.last_days
    lines = ""
    for head, rate, name, color in rows:
        bar = share_bar([(known(rate) / top if top else 0.0, color)], math.nan if name == "needed" else wanted)
        behind = ' class="behind"' if name == "lately" and short else ""
        lines += f'<li><span>{head}</span>{bar}<b{behind} data-figure="{name}">{escape(decimal_text(rate))}</b></li>'
    told = escape(forecast_words(pace, board.shown.has_ledger).into(board.lang))
    kind = {True: ' class="ahead"', False: ' class="behind"', None: ""}[ahead(pace) if board.shown.has_ledger else None]
    return (
        f'<div class="cell rates"><h2>{board.say("速度（村/周）", "rate (villages a week)")}</h2><ul>{lines}</ul>'
        f'<p{kind} data-figure="forecast">{told}</p></div>'
    )


def _lately(board: Board) -> str:
    since = board.pace.since
    if since is None or (board.pace.as_of - since).days < LATELY_DAYS:
        return board.say("近期每周", "a week lately")
    return board.say(
        f"近四周每周（{since.month}月{since.day}日起）", f"last 4 weeks (from {since.day} {MONTHS[since.month - 1]})"
    )


def _cell(head: str, number: str, unit: str, bar: str, about: str, name: str, kind: str = "") -> str:
    """Return one of the large figures; all but the number and the name are markup."""
    return (
        f'<div class="cell {kind}"><h2>{head}</h2><p class="large"><b data-figure="{name}">{escape(number)}</b>'
        f" <i>{unit}</i></p>{bar}<p>{about}</p></div>"
    )
