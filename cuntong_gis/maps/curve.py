"""The curve of a unit's progress in time: villages laid, lit and closed against the target and the days gone."""

from __future__ import annotations

import datetime as dt
import math
from typing import TYPE_CHECKING

import numpy as np

from cuntong_gis.maps import charts, style
from cuntong_gis.maps.headline import LIT_LINE, TIME_COLOR
from cuntong_gis.maps.svg import INK, Scale
from cuntong_gis.model import Stage
from cuntong_gis.units import decimal_text
from cuntong_gis.words import MONTHS, Lang, Words, day_words

if TYPE_CHECKING:
    from cuntong_gis.maps.board import Board

CLOSED_LINE, LAID_LINE = style.VILLAGE[Stage.CLOSED].line, style.VILLAGE[Stage.LAID].line
CURVES = Words("开通、销号、敷设的村数与目标", "villages laid, lit and closed against the target")
MONTHS_TICKS, YEARS_TICKS = 12, 8
"""Names of months that there is room for; fewer where years stand among them."""


def curve(board: Board, width: float, height: float, ground: str = "") -> str:
    """Draw how many villages of a unit were laid, lit and closed on the days of the campaign.

    Parameters
    ----------
    board : Board
        The unit.
    width, height : float
        Of the picture.
    ground : str
        Colour behind it; "" for none.

    Returns
    -------
    str
        An ``<svg>`` element.
    """
    pace, lang, course = board.pace, board.lang, board.shown.timeline
    at = int(np.flatnonzero((course.units["code"] == board.code).to_numpy(bool))[0])
    days = [day.toordinal() for day in course.days]
    figures = {name: course.figures[name][:, at].tolist() for name in ("laid", "lit", "closed", "target", "villages")}
    first, last = pace.start or course.days[0], pace.deadline or course.days[-1]
    low = min(first, course.days[0]).toordinal()
    high = max(last, course.days[-1]).toordinal()
    names = {"laid": Words("敷设", "laid"), "lit": Words("开通", "lit"), "closed": Words("销号", "closed")}
    colors = {"laid": LAID_LINE, "lit": LIT_LINE, "closed": CLOSED_LINE}
    pens = {"laid": (1.6, ""), "closed": (1.6, "5 3"), "lit": (3.2, "")}
    drawn = _target(board, days, figures["target"]) + [
        charts.Curve(names[key].into(lang), f"{int(figures[key][-1]):,}", days, figures[key], colors[key], *pens[key])
        for key in ("laid", "closed", "lit")
    ]
    frame = charts.Frame(
        width, height, low, high, _ticks(low, high, lang), float(figures["villages"][-1]),
        (figures["villages"][-1], board.say(f"任务 {pace.villages:,}", f"all {pace.villages:,}")),
        _uprights(board), CURVES.into(lang), ground,
    )  # fmt: skip
    return charts.curves_chart(frame, drawn, guides=_by_time(board) + _needed(board))


def _uprights(board: Board) -> list[tuple[float, str]]:
    pace = board.pace
    named = [(pace.as_of, Words("截止", "as of"))]
    if pace.deadline is not None and pace.deadline != pace.as_of:
        named.append((pace.deadline, Words("时限", "due")))
    years = len({day.year for day in (pace.start, pace.deadline, pace.as_of) if day is not None})
    return [
        (float(day.toordinal()), f"{words.into(board.lang)} {_day(day, years > 1).into(board.lang)}")
        for day, words in named
    ]


def _day(day: dt.date, with_year: bool) -> Words:
    return day_words(day) if with_year else Words(f"{day.month}月{day.day}日", f"{day.day} {MONTHS[day.month - 1]}")


def _by_time(board: Board) -> list[charts.Curve]:
    """Return the straight line of time."""
    pace = board.pace
    if pace.start is None or pace.deadline is None or pace.start > pace.deadline:
        return []
    ends = [pace.start.toordinal() - 1, pace.deadline.toordinal()]
    name = Words("序时", "by time").into(board.lang)
    return [charts.Curve(name, "", ends, [0.0, float(pace.villages)], TIME_COLOR, 1.2, "4 4")]


def _target(board: Board, days: list[int], target: list[float]) -> list[charts.Curve]:
    """Return what was due on the days, where that is something else than the straight line of time."""
    known = [(day, due) for day, due in zip(days, target, strict=True) if math.isfinite(due)]
    villages, line = float(board.pace.villages), _by_time(board)
    if line:
        by_time = Scale(line[0].x[0], line[0].x[1], 0.0, villages)
        known = [(day, due) for day, due in known if abs(min(by_time(day), villages) - due) >= 0.01 * max(villages, 1)]
    if not known:
        return []
    name, last = Words("应开通", "due").into(board.lang), [due for due in target if math.isfinite(due)][-1]
    return [charts.Curve(name, decimal_text(last), days, target, INK, 1.4, "1 3")]


def _needed(board: Board) -> list[charts.Curve]:
    """Return the way from today to all villages on the deadline."""
    pace = board.pace
    if pace.deadline is None or pace.dark == 0 or not pace.needed > 0 or pace.last_days:
        return []
    today, end = pace.as_of.toordinal(), pace.deadline.toordinal()
    rate = decimal_text(pace.needed)
    name = Words(f"需每周 {rate}", f"{rate} a week").into(board.lang)
    return [charts.Curve(name, "", [today, end], [pace.lit, pace.villages], INK, 1.6, "7 3", under=True)]


def _ticks(low: int, high: int, lang: Lang) -> list[tuple[int, str]]:
    """Return the ticks of the axis; where it spans years January bears the year's name."""
    years = dt.date.fromordinal(low).year != dt.date.fromordinal(high).year

    def name(ordinal: int) -> str:
        day = dt.date.fromordinal(ordinal)
        if years and day.month == 1:
            return Words(f"{day.year}年", f"{day.year}").into(lang)
        return Words(f"{day.month}月", MONTHS[day.month - 1]).into(lang)

    return charts.month_ticks(low, high, name, YEARS_TICKS if years else MONTHS_TICKS)
