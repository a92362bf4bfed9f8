"""The curve of a unit's progress in time: villages laid, lit and closed against the target and the days gone."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from cuntong_gis.maps import charts, style
from cuntong_gis.maps.headline import LIT_LINE, TIME_COLOR
from cuntong_gis.maps.svg import INK, Scale
from cuntong_gis.model import Stage
from cuntong_gis.words import MONTHS, Lang, Words

if TYPE_CHECKING:
    from cuntong_gis.maps.board import Board

CLOSED_LINE, LAID_LINE = style.VILLAGE[Stage.CLOSED].line, style.VILLAGE[Stage.LAID].line
CURVES = Words("开通、销号、敷设的村数与目标", "villages laid, lit and closed against the target")


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
    drawn = [
        charts.Curve(names[key].into(lang), f"{int(figures[key][-1]):,}", days, figures[key], colors[key], *pens[key])
        for key in ("laid", "closed", "lit")
    ]
    frame = charts.Frame(
        width, height, low, high, charts.month_ticks(low, high, _month(lang)), float(figures["villages"][-1]),
        (figures["villages"][-1], board.say(f"任务 {pace.villages:,}", f"all {pace.villages:,}")),
        _uprights(board), CURVES.into(lang), ground,
    )  # fmt: skip
    return charts.curves_chart(frame, drawn, guides=_guides(board, days, figures["target"]))


def _uprights(board: Board) -> list[tuple[float, str]]:
    pace = board.pace
    found = [(float(pace.as_of.toordinal()), _short(board, pace.as_of, "截止 ", "as of "))]
    if pace.deadline is not None and pace.deadline != pace.as_of:
        found.append((float(pace.deadline.toordinal()), _short(board, pace.deadline, "时限 ", "due ")))
    return found


def _short(board: Board, day: dt.date, zh: str, en: str) -> str:
    if board.lang == "zh":
        return f"{zh}{day.month}月{day.day}日"
    return f"{en}{day.day} {MONTHS[day.month - 1]}"


def _guides(board: Board, days: list[int], target: list[float]) -> list[charts.Curve]:
    """Return the straight line of time, and what was due where that is something else."""
    pace, found = board.pace, []
    start, deadline = pace.start, pace.deadline
    line = None
    if start is not None and deadline is not None and start <= deadline:
        eve, end = start.toordinal() - 1, deadline.toordinal()
        line = Scale(eve, end, 0.0, float(pace.villages))
        name = Words("按时间", "by time").into(board.lang)
        found.append(charts.Curve(name, "", [eve, end], [0.0, float(pace.villages)], TIME_COLOR, 1.2, "4 4"))
    given = [t for t in target if math.isfinite(t)]
    same = line is not None and all(
        abs(min(line(day), float(pace.villages)) - due) < 0.01 * max(pace.villages, 1)
        for day, due in zip(days, target, strict=True) if math.isfinite(due)
    )  # fmt: skip
    if given and not same:
        name = Words("目标", "target").into(board.lang)
        found.append(charts.Curve(name, "", days, target, INK, 1.4, "1 3"))
    return found


def _month(lang: Lang) -> Callable[[int], str]:
    def name(ordinal: int) -> str:
        month = dt.date.fromordinal(ordinal).month
        return f"{month}月" if lang == "zh" else MONTHS[month - 1]

    return name
