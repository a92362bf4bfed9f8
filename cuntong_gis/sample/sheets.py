"""What townships send week by week: stages, percents, metres, tests, and that they have reported at all."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cuntong_gis.sample.pace import LAID, LIT, MATERIAL_READY, SURVEYED, Pace
from cuntong_gis.sample.terrain import Bools, Ints

COLUMNS = (
    "report_id", "sent", "happened", "unit", "reported_by", "kind", "subject", "measure", "level", "resets", "note",
    "reason", "approver", "corrects", "evidence", "detail", "wrong",
)  # fmt: skip
"""Of all rows; `sent` and `happened` are days from the campaign's first."""
REPEATED, PERCENTED = 0.95, 0.75
"""Share of weekly sheets that say again how far an open village is; and that give its percent."""
LATE, SILENT, SILENT_SLOW = 0.04, 0.05, 0.35
"""Share of events that wait for a later sheet; of weeks without a sheet, in a county that goes well or badly."""
METRED = 0.85
"""Share of townships that report metres at all."""
SHEATH = (1.01, 1.12)
"""Sheath metres for a route metre."""
_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
_GIVEN = (
    "伟", "芳", "娜", "敏", "静", "丽", "强", "磊", "军", "洋", "勇", "艳", "杰", "娟", "涛", "明", "超", "霞", "平",
    "刚", "秀英", "桂英", "建国", "文华", "志强", "海燕", "小红", "国平", "学军", "光荣",
)  # fmt: skip


@dataclass(frozen=True)
class Sheets:
    """When each township sends its weekly sheet, and what it knows by then.

    Attributes
    ----------
    weekday : ndarray of int64, shape (townships,)
        Day of the week on which it is sent: the sheet of week w goes out on day ``7 w + weekday``.
    sent : ndarray of bool, shape (townships, weeks)
        Whether it was sent.
    coming : ndarray of int64, shape (townships, weeks + 1)
        First week from this one on with a sheet; `weeks` if none.
    week : ndarray of int64, shape (n, 6)
        Week in whose sheet each stage of each village is told; `weeks` if never.
    """

    weekday: Ints
    sent: Bools
    coming: Ints
    week: Ints = field(default_factory=lambda: np.zeros((0, 6), np.int64))

    @property
    def weeks(self) -> int:
        """Return the number of weeks.

        Returns
        -------
        int
            Weeks from the campaign's first day to the last day of reporting.
        """
        return int(self.sent.shape[1])

    def day(self, township: Ints, week: Ints) -> Ints:
        """Return the day on which a sheet is sent.

        Parameters
        ----------
        township, week : ndarray of int64
            Whose, and of which week.

        Returns
        -------
        ndarray of int64
            Days from the campaign's first.
        """
        return np.asarray(7 * week + self.weekday[township], np.int64)

    def first_after(self, township: Ints, day: Ints) -> Ints:
        """Return the week of the first sheet sent on a day or later.

        Parameters
        ----------
        township, day : ndarray of int64
            Whose, and from which day on.

        Returns
        -------
        ndarray of int64
            `weeks` if there is none.
        """
        week = np.clip(-((self.weekday[township] - day) // 7), 0, self.weeks)
        return np.asarray(self.coming[township, week], np.int64)


def make_sheets(pace: Pace, weeks: int, seed: int) -> Sheets:
    """Return when sheets are sent and what is told in them.

    Parameters
    ----------
    pace : Pace
        What really happens.
    weeks : int
        Weeks of reporting.
    seed : int
        Source of chance.

    Returns
    -------
    Sheets
        Stages of a village are told in their order, some of them weeks late.
    """
    rng = np.random.default_rng([seed, 2])
    count, n = len(pace.townships), len(pace.village)
    weekday = rng.choice(7, count, p=[0.05, 0.05, 0.1, 0.35, 0.35, 0.05, 0.05]).astype(np.int64)
    slow = np.zeros(count)
    slow[pace.township] = pace.slow[pace.county]
    sent = rng.random((count, weeks)) >= np.where(slow > 1.1, SILENT_SLOW, SILENT)[:, None]
    number = np.where(sent, np.arange(weeks), weeks)
    coming = np.full((count, weeks + 1), weeks, np.int64)
    coming[:, :weeks] = np.minimum.accumulate(number[:, ::-1], axis=1)[:, ::-1]
    sheets = Sheets(weekday, sent, coming)
    week = np.full((n, 6), weeks, np.int64)
    for rank in range(SURVEYED, LIT + 1):
        day = np.minimum(pace.stage_day[:, rank], 7.0 * weeks).astype(np.int64)
        week[:, rank] = sheets.first_after(pace.township, day)
        later = np.where(rng.random(n) < LATE, rng.integers(1, 4, n), 0)
        week[:, rank] = coming[pace.township, np.minimum(week[:, rank] + later, weeks)]
    week[:, SURVEYED:] = np.maximum.accumulate(week[:, SURVEYED:], axis=1)
    return Sheets(weekday, sent, coming, week)


def clerks(units: NDArray[np.object_], seed: int) -> NDArray[np.object_]:
    """Return a made-up name of the clerk of each unit.

    Parameters
    ----------
    units : ndarray of object
        Codes.
    seed : int
        Source of chance.

    Returns
    -------
    ndarray of object
        Names; two units may have clerks of the same name, as people have.
    """
    rng = np.random.default_rng([seed, 3])
    first, last = rng.integers(len(_SURNAMES), size=len(units)), rng.integers(len(_GIVEN), size=len(units))
    return np.array([_SURNAMES[a] + _GIVEN[b] for a, b in zip(first.tolist(), last.tolist(), strict=True)], object)


def table(count: int, **columns: object) -> pd.DataFrame:
    """Return rows with all `COLUMNS`; what is not given is empty.

    Parameters
    ----------
    count : int
        How many rows.
    **columns : ndarray or object
        What is given: one value a row, or one for all.

    Returns
    -------
    DataFrame
        `count` rows.
    """
    plain = {"level": np.nan, "resets": False}
    return pd.DataFrame({c: columns.get(c, plain.get(c, "")) for c in COLUMNS}, index=range(count), columns=COLUMNS)


def named(tag: str, subject: NDArray[np.object_], day: Ints) -> NDArray[np.object_]:
    """Return ids of rows: the same fact has the same one whatever else is in the campaign.

    Parameters
    ----------
    tag : str
        Kind of row.
    subject : ndarray of object
        Village, span or unit.
    day : ndarray of int64
        Day on which it is sent.

    Returns
    -------
    ndarray of object
        One a row.
    """
    return np.asarray(subject + f"/{tag}/" + day.astype(str).astype(object), object)


def stages(pace: Pace, sheets: Sheets) -> pd.DataFrame:
    """Return the rows that tell a new stage.

    Parameters
    ----------
    pace : Pace
        What really happens.
    sheets : Sheets
        When it is told.

    Returns
    -------
    DataFrame
        Columns `COLUMNS`; ordered by stage, then as the villages.
    """
    parts = []
    for rank in range(SURVEYED, LIT + 1):
        told = np.flatnonzero(sheets.week[:, rank] < sheets.weeks)
        town = pace.township[told]
        sent, subject = sheets.day(town, sheets.week[told, rank]), pace.village[told]
        happened = pace.stage_day[told, rank].astype(np.int64)
        parts.append(
            table(
                len(told),
                report_id=named(f"s{rank}", subject, sent),
                sent=sent,
                happened=happened,
                unit=pace.townships[town],
                kind="stage",
                subject=subject,
                measure="stage",
                level=float(rank),
            )
        )
    return pd.concat(parts, ignore_index=True)


def again(pace: Pace, sheets: Sheets, closed: Ints, seed: int) -> pd.DataFrame:
    """Return the rows that say again how far a village is, with and without its percent.

    Parameters
    ----------
    pace : Pace
        What really happens.
    sheets : Sheets
        When it is told.
    closed : ndarray of int64, shape (n,)
        Day from which nothing is said of a village any more.
    seed : int
        Source of chance.

    Returns
    -------
    DataFrame
        Columns `COLUMNS`; of villages that have begun and are not yet closed.
    """
    rng = np.random.default_rng([seed, 4])
    n, weeks = len(pace.village), sheets.weeks
    week = np.arange(weeks)
    known = np.zeros((n, weeks), np.int8)
    new = np.zeros((n, weeks), bool)
    for rank in range(SURVEYED, LIT + 1):
        known += sheets.week[:, rank, None] <= week
        new |= sheets.week[:, rank, None] == week
    day = 7 * week + sheets.weekday[pace.township][:, None]
    open_ = sheets.sent[pace.township] & (known > 0) & (day < closed[:, None])
    who, when = np.nonzero(open_ & ~new & (rng.random((n, weeks)) < REPEATED))
    sent, subject, town = day[who, when], pace.village[who], pace.township[who]
    happened = np.maximum(sent - rng.integers(0, 3, len(sent)), 0)
    # A village that stands still for weeks has been heard of with its reason.
    rain = np.where(rng.random(len(sent)) < 0.02, "雨天停工", "")
    same = table(
        len(who),
        report_id=named("r", subject, sent),
        sent=sent,
        happened=happened,
        unit=pace.townships[town],
        kind="stage",
        subject=subject,
        measure="stage",
        level=known[who, when].astype(float),
        note=rain,
    )
    working = open_ & (known >= MATERIAL_READY) & (known <= LAID) & (rng.random((n, weeks)) < PERCENTED)
    who, when = np.nonzero(working)
    sent, subject, town = day[who, when], pace.village[who], pace.township[who]
    begin, end = pace.stage_day[who, MATERIAL_READY], pace.stage_day[who, LIT]
    percent = np.floor(99 * np.clip((sent - begin) / np.maximum(end - begin, 1), 0, 1))
    shown = table(
        len(who),
        report_id=named("p", subject, sent),
        sent=sent,
        happened=sent,
        unit=pace.townships[town],
        kind="percent",
        subject=subject,
        measure="percent",
        level=percent,
    )
    return pd.concat([same, shown], ignore_index=True)


def metres(pace: Pace, sheets: Sheets, seed: int) -> pd.DataFrame:
    """Return the rows of spans: cumulative sheath metres while they are laid, then spliced, then tested.

    Parameters
    ----------
    pace : Pace
        What really happens.
    sheets : Sheets
        When it is told.
    seed : int
        Source of chance.

    Returns
    -------
    DataFrame
        Columns `COLUMNS`; not of townships that report villages only.
    """
    rng = np.random.default_rng([seed, 5])
    m, weeks, town = len(pace.span), sheets.weeks, pace.span_township
    tells = (rng.random(len(pace.townships)) < METRED)[town]
    sheath = np.round(pace.span_m * rng.uniform(*SHEATH, m))
    last = sheets.first_after(town, np.minimum(np.ceil(pace.span_end), 7 * weeks).astype(np.int64))
    day = np.arange(0, 7 * weeks, 7) + sheets.weekday[town][:, None]
    laying = (
        sheets.sent[town] & (day >= pace.span_begin[:, None]) & (np.arange(weeks) <= last[:, None]) & tells[:, None]
    )
    which, when = np.nonzero(laying)
    sent, subject = day[which, when], pace.span[which]
    time = np.maximum(pace.span_end - pace.span_begin, 1.0)
    level = np.round(sheath[which] * np.clip((sent - pace.span_begin[which]) / time[which], 0, 1))
    level = np.where(when == last[which], sheath[which], level)
    unit = pace.townships[town[which]]
    rows = [
        table(
            len(which), report_id=named("m", subject, sent), sent=sent, happened=sent, unit=unit, kind="metres",
            subject=subject, measure="laid_m", level=level,
        )
    ]  # fmt: skip  # fmt: skip
    done = np.where(last < weeks, sheets.day(town, last), 7 * weeks).astype(float)
    for tag, measure, longest in (("c", "spliced", 10), ("t", "tested", 9)):
        done = done + rng.integers(1, longest, m)
        week = sheets.first_after(town, np.minimum(done, 7 * weeks).astype(np.int64))
        told = np.flatnonzero(tells & (week < weeks))
        sent, subject = sheets.day(town[told], week[told]), pace.span[told]
        rows.append(
            table(
                len(told),
                report_id=named(tag, subject, sent),
                sent=sent,
                happened=done[told].astype(np.int64),
                unit=pace.townships[town[told]],
                kind="test",
                subject=subject,
                measure=measure,
                level=1.0,
            )
        )
    return pd.concat(rows, ignore_index=True)


def receipts(pace: Pace, sheets: Sheets) -> pd.DataFrame:
    """Return one row for each sheet sent, whether or not anything in it was new.

    Parameters
    ----------
    pace : Pace
        Whose sheets.
    sheets : Sheets
        When they are sent.

    Returns
    -------
    DataFrame
        Columns `COLUMNS`.
    """
    town, week = (a.astype(np.int64) for a in np.nonzero(sheets.sent))
    sent, unit = sheets.day(town, week), pace.townships[town]
    file = unit + "_第" + (week + 1).astype(str).astype(object) + "周.xlsx"
    return table(
        len(town),
        report_id=named("f", unit, sent),
        sent=sent,
        happened=sent,
        unit=unit,
        kind="receipt",
        subject=unit,
        detail='{"file":"' + file + '"}',
    )


def shares(rng: np.random.Generator, count: int, part: float, least: int = 2) -> Ints:
    """Return which of some rows are chosen, by their numbers, ascending.

    Parameters
    ----------
    rng : Generator
        Source of chance.
    count : int
        How many rows there are.
    part : float
        Share of them to choose.
    least : int
        At least so many, as far as there are.

    Returns
    -------
    ndarray of int64
        Numbers of rows.
    """
    chosen = min(count, max(least, round(part * count)))
    return np.sort(rng.choice(count, chosen, replace=False)).astype(np.int64)
