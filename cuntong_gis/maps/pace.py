"""How fast villages are lit, how fast they would have to be, and when all would be lit at that rate, in plain words."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cuntong_gis.words import MONTHS, Words

if TYPE_CHECKING:
    from cuntong_gis.maps.shown import Shown

WEEK, LATELY_DAYS = 7, 28
TENTHS_UNTIL, MONTHS_UNTIL = 120, 400
"""Days ahead up to which a forecast names the third of a month, and the month; beyond it only years are told."""
ABOUT = 7
"""Days around the deadline that no forecast can tell apart."""


@dataclass(frozen=True)
class Pace:
    """Villages lit of a unit and the days there are for the others.

    Attributes
    ----------
    as_of : date
        The day.
    start, deadline : date or None
        Of the campaign.
    villages, lit : int
        Of the unit on the day.
    since : date or None
        From when on `lately` is counted: four weeks before the day, or the last day before that with figures.
    lately, overall : float
        Villages lit a week since then, and since the campaign's first day; nan where that is not known.
    """

    as_of: dt.date
    start: dt.date | None
    deadline: dt.date | None
    villages: int
    lit: int
    since: dt.date | None
    lately: float
    overall: float

    @property
    def dark(self) -> int:
        """Return the villages still to be lit.

        Returns
        -------
        int
            At least 0.
        """
        return max(self.villages - self.lit, 0)

    @property
    def days_left(self) -> int | None:
        """Return the days to the deadline.

        Returns
        -------
        int or None
            0 on its day, below 0 after it; None without one.
        """
        return None if self.deadline is None else (self.deadline - self.as_of).days

    @property
    def last_days(self) -> bool:
        """Tell whether less than a week is left, when a weekly rate means nothing.

        Returns
        -------
        bool
            False on the deadline and after it.
        """
        left = self.days_left
        return left is not None and 0 < left < WEEK

    @property
    def needed(self) -> float:
        """Return the villages to be lit a week so that all are lit by the deadline.

        Returns
        -------
        float
            nan without a deadline, or with no day left.
        """
        left = self.days_left
        return math.nan if left is None or left <= 0 else self.dark * WEEK / left

    def ends_on(self, rate: float) -> dt.date | None:
        """Return the day on which all villages would be lit.

        Parameters
        ----------
        rate : float
            Villages a week.

        Returns
        -------
        date or None
            None where the rate is not above 0, or the day is beyond all calendars.
        """
        if not rate > 0:
            return None
        days = math.ceil(self.dark / rate * WEEK - 1e-9)
        return self.as_of + dt.timedelta(days=days) if days < 36_500 else None


def ahead(pace: Pace) -> bool | None:
    """Tell whether all villages would be lit by the deadline at the rate of the last weeks.

    Parameters
    ----------
    pace : Pace
        Of the unit.

    Returns
    -------
    bool or None
        None where nobody can tell: all are lit, no deadline or no rate is known, or the days are too close.
    """
    if pace.dark == 0 or pace.deadline is None or math.isnan(pace.lately):
        return None
    end = pace.ends_on(pace.lately)
    apart = math.inf if end is None else (end - pace.deadline).days
    return None if abs(apart) <= ABOUT else apart < 0


def pace_of(shown: Shown, code: str) -> Pace:
    """Return the pace of a unit.

    Parameters
    ----------
    shown : Shown
        The campaign; the figures are those of its timeline.
    code : str
        The unit.

    Returns
    -------
    Pace
        Without a ledger, and on the campaign's first days, its rates are not known.
    """
    campaign, course = shown.settings.campaign, shown.timeline
    day = course.days[-1]
    row = int(np.flatnonzero((course.units["code"] == code).to_numpy(bool))[0])
    lit = course.figures["lit"][:, row]
    early = [n for n, d in enumerate(course.days) if (day - d).days >= LATELY_DAYS]
    base = early[-1] if early else 0
    since = course.days[base] if base < len(course.days) - 1 else None
    return Pace(
        day, campaign.start, campaign.deadline, int(course.figures["villages"][-1, row]), int(lit[-1]), since,
        _weekly(lit, course.days, base), _weekly(lit, course.days, 0),
    )  # fmt: skip


def _weekly(lit: np.ndarray, days: tuple[dt.date, ...], base: int) -> float:
    span = (days[-1] - days[base]).days
    return float((lit[-1] - lit[base]) * WEEK / span) if span > 0 else math.nan


def forecast_words(pace: Pace, has_ledger: bool) -> Words:
    """Return when all villages would be lit at the rate of the last weeks.

    Parameters
    ----------
    pace : Pace
        Of the unit.
    has_ledger : bool
        Whether there is a ledger; without one no rate is known.

    Returns
    -------
    Words
        One sentence, no more precise than a forecast can be.
    """
    if pace.villages == 0:
        return Words("没有任务村", "no villages in the campaign")
    if pace.lit > pace.villages:
        return Words(
            f"开通 {pace.lit:,} 个村超过任务 {pace.villages:,} 个村，请核对",
            f"{pace.lit:,} villages lit of {pace.villages:,}: the figures cannot be right",
        )
    if pace.dark == 0:
        return Words("全部开通", "all villages are lit")
    if not has_ledger:
        return Words("没有台账，看不出速度，无从推算", "no ledger: the rate is not known, so there is no forecast")
    if math.isnan(pace.lately):
        return Words("刚刚开始，还看不出速度，无从推算", "too early to tell a rate: no forecast")
    if not pace.lately > 0:
        return Words("近期没有新开通的村，无从推算", "no village was lit lately: no forecast")
    end = pace.ends_on(pace.lately)
    when = _about(pace.as_of, end)
    told = Words(f"按此速度，全部开通{when.zh}", f"at this rate all are lit {when.en}")
    if end is None or pace.deadline is None:
        return told
    apart = _apart((end - pace.deadline).days)
    return Words(f"{told.zh}，{apart.zh}", f"{told.en}, {apart.en}")


def _about(today: dt.date, day: dt.date | None) -> Words:
    """Return a day ahead as precisely as it can be known."""
    ahead = math.inf if day is None else (day - today).days
    if day is None or ahead > MONTHS_UNTIL:
        years = 100 if day is None else int(ahead) // 365
        return Words(f"还要 {years} 年以上", f"in more than {years} year{'s' if years > 1 else ''}")
    name = MONTHS[day.month - 1]
    if ahead > TENTHS_UNTIL:
        return Words(f"约在{day.year}年{day.month}月", f"about {name} {day.year}")
    third = min((day.day - 1) // 10, 2)
    return Words(
        f"约在{day.year}年{day.month}月{'上中下'[third]}旬",
        f"about {('early', 'mid', 'late')[third]} {name} {day.year}",
    )


def _apart(days: int) -> Words:
    """Return how far a forecast is from the deadline."""
    if abs(days) <= ABOUT:
        return Words("大致与时限相当", "close to the deadline")
    if abs(days) <= 84:
        count = round(abs(days) / WEEK)
        zh, en = f"{count} 周", f"{count} week{'s' if count > 1 else ''}"
    else:
        count = round(abs(days) / 30.4)
        zh, en = f"{count} 个月", f"{count} months"
    if days > 0:
        return Words(f"比时限晚约 {zh}", f"some {en} after the deadline")
    return Words(f"比时限早约 {zh}", f"some {en} before the deadline")
