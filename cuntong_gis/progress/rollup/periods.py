"""Periods that figures are told for: day, ISO week, month, quarter, half-year and year, by their short names."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from enum import StrEnum

from cuntong_gis.errors import LedgerError
from cuntong_gis.words import Words

ONE_DAY = dt.timedelta(days=1)


class PeriodKind(StrEnum):
    """Lengths of a period, from the finest to the coarsest."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    HALF_YEAR = "half-year"
    YEAR = "year"


MONTHS = {PeriodKind.MONTH: 1, PeriodKind.QUARTER: 3, PeriodKind.HALF_YEAR: 6, PeriodKind.YEAR: 12}
"""Months of the periods that are made of whole months."""

_FORMS = {
    PeriodKind.DAY: r"(\d{4})-(\d\d)-(\d\d)",
    PeriodKind.WEEK: r"(\d{4})-W(\d\d?)",
    PeriodKind.MONTH: r"(\d{4})-(\d\d?)",
    PeriodKind.QUARTER: r"(\d{4})-Q([1-4])",
    PeriodKind.HALF_YEAR: r"(\d{4})-H([12])",
    PeriodKind.YEAR: r"(\d{4})",
}


@dataclass(frozen=True)
class Period:
    """Whole days from a first to a last one.

    Attributes
    ----------
    kind : PeriodKind
        Its length.
    first, last : date
        Its days; both belong to it.
    """

    kind: PeriodKind
    first: dt.date
    last: dt.date

    @property
    def code(self) -> str:
        """Return the short name.

        Returns
        -------
        str
            ``2016-06-05``, ``2016-W23``, ``2016-06``, ``2016-Q2``, ``2016-H1`` or ``2016``.
        """
        year, month = self.first.year, self.first.month
        if self.kind is PeriodKind.DAY:
            return self.first.isoformat()
        if self.kind is PeriodKind.WEEK:
            week = self.first.isocalendar()
            return f"{week.year:04d}-W{week.week:02d}"
        number = (month - 1) // MONTHS[self.kind] + 1
        ending = {PeriodKind.MONTH: f"-{number:02d}", PeriodKind.QUARTER: f"-Q{number}",
                  PeriodKind.HALF_YEAR: f"-H{number}", PeriodKind.YEAR: ""}  # fmt: skip
        return f"{year:04d}{ending[self.kind]}"

    @property
    def before(self) -> Period:
        """Return the period of the same kind that ends the day before this one begins.

        Returns
        -------
        Period
            The one before.
        """
        return period_of(self.first - ONE_DAY, self.kind)

    @property
    def after(self) -> Period:
        """Return the period of the same kind that begins the day after this one ends.

        Returns
        -------
        Period
            The one after.
        """
        return period_of(self.last + ONE_DAY, self.kind)

    @property
    def days(self) -> int:
        """Return how many days it has.

        Returns
        -------
        int
            Both ends counted.
        """
        return (self.last - self.first).days + 1

    @property
    def label(self) -> Words:
        """Return the name that people read.

        Returns
        -------
        Words
            ``2016年6月``, ``June 2016`` and the like.
        """
        year, month, day = self.first.year, self.first.month, self.first.day
        week = self.first.isocalendar()
        english = f"{self.first:%B}"
        return {
            PeriodKind.DAY: lambda: Words(f"{year}年{month}月{day}日", f"{day} {english} {year}"),
            PeriodKind.WEEK: lambda: Words(f"{week.year}年第{week.week}周", f"week {week.week} of {week.year}"),
            PeriodKind.MONTH: lambda: Words(f"{year}年{month}月", f"{english} {year}"),
            PeriodKind.QUARTER: lambda: Words(
                f"{year}年第{'一二三四'[month // 3]}季度", f"quarter {month // 3 + 1} of {year}"
            ),
            PeriodKind.HALF_YEAR: lambda: Words(
                f"{year}年{'上' if month == 1 else '下'}半年", f"{'first' if month == 1 else 'second'} half of {year}"
            ),
            PeriodKind.YEAR: lambda: Words(f"{year}年", f"{year}"),
        }[self.kind]()


def parse_period(text: str, *, where: str = "") -> Period:
    """Return the period of a short name.

    Parameters
    ----------
    text : str
        ``2016-06-05``, ``2016-W23``, ``2016-06``, ``2016-Q2``, ``2016-H1`` or ``2016``; letters in either case.
    where : str
        File, row and field, for the message.

    Returns
    -------
    Period
        The period.

    Raises
    ------
    LedgerError
        If it is no such name, or there is no such day, week or month.
    """
    plain = text.strip().upper()
    try:
        for kind, form in _FORMS.items():
            if found := re.fullmatch(form, plain, re.ASCII):
                return period_of(_first(kind, [int(part) for part in found.groups()]), kind)
    except ValueError:
        pass
    raise LedgerError(
        Words(f"没有“{text}”这样的期间", f"there is no period {text!r}"),
        where=where,
        hint=Words(
            "写成 2016-06-05、2016-W23、2016-06、2016-Q2、2016-H1 或 2016",
            "write 2016-06-05, 2016-W23, 2016-06, 2016-Q2, 2016-H1 or 2016",
        ),
    )


def period_of(day: dt.date, kind: PeriodKind | str) -> Period:
    """Return the period of a kind that a day lies in.

    Parameters
    ----------
    day : date
        The day.
    kind : PeriodKind or str
        Its length.

    Returns
    -------
    Period
        The period.

    Raises
    ------
    ValueError
        If there is no such kind.
    """
    kind = PeriodKind(kind)
    if kind is PeriodKind.DAY:
        return Period(kind, day, day)
    if kind is PeriodKind.WEEK:
        first = day - dt.timedelta(days=day.weekday())
        return Period(kind, first, first + dt.timedelta(days=6))
    months = MONTHS[kind]
    start = (day.month - 1) // months * months + 1
    following = dt.date(day.year + 1, 1, 1) if start + months > 12 else dt.date(day.year, start + months, 1)
    return Period(kind, dt.date(day.year, start, 1), following - ONE_DAY)


def _first(kind: PeriodKind, parts: list[int]) -> dt.date:
    if kind is PeriodKind.DAY:
        return dt.date(*parts)
    if kind is PeriodKind.WEEK:
        return dt.date.fromisocalendar(parts[0], parts[1], 1)
    number = parts[1] if len(parts) > 1 else 1
    return dt.date(parts[0], (number - 1) * MONTHS[kind] + 1, 1)
