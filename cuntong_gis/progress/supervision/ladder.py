"""The ladder of supervision: runs of red months, the rungs that they reach, and the deadline missed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cuntong_gis.progress.supervision.lights import Month, Record
from cuntong_gis.settings import Settings, SupervisionSettings
from cuntong_gis.words import Words

TITLES = {
    "warning": Words("预警通知", "warning notice"),
    "talk": Words("约谈提醒", "admonitory interview"),
    "accountability": Words("追责建议", "recommendation of accountability"),
}
"""Rungs, the lowest first."""


@dataclass(frozen=True)
class Case:
    """A rung that a unit has reached.

    Attributes
    ----------
    unit : int
        Row of the record.
    kind, basis : str
        Rung; ``months`` or ``deadline``.
    months : tuple of int
        The red months; () for the deadline.
    top : bool
        It is the highest rung of its run.
    ended_by : int
        The month, judged and not red, that ended the run; -1 where none did.
    """

    unit: int
    kind: str
    basis: str
    months: tuple[int, ...]
    top: bool
    ended_by: int


def red_runs(own: Sequence[str]) -> Iterator[tuple[tuple[int, ...], int]]:
    """Return the runs of red months of a unit.

    Parameters
    ----------
    own : sequence of str
        Its own light in each month that is over; "" and ``grey`` neither count nor break a run.

    Yields
    ------
    months : tuple of int
        Places of the red months.
    ended_by : int
        Place of the month that ended the run; -1 where it lasts.
    """
    run: tuple[int, ...] = ()
    for month, light in enumerate(own):
        if light == "red":
            run = (*run, month)
        elif light in ("yellow", "green") and run:
            yield run, month
            run = ()
    if run:
        yield run, -1


def rungs(length: int, rules: SupervisionSettings) -> list[str]:
    """Return the rungs that a run of red months has reached.

    Parameters
    ----------
    length : int
        Red months running.
    rules : SupervisionSettings
        The ladder.

    Returns
    -------
    list of str
        The lowest first.
    """
    limits = (rules.warn_after, rules.talk_after, rules.account_after)
    return [kind for kind, limit in zip(TITLES, limits, strict=True) if length >= max(limit, 1)]


def month_cases(record: Record, history: Sequence[Month], rules: SupervisionSettings) -> Iterator[Case]:
    """Find the rungs that units have reached by red months.

    Parameters
    ----------
    record : Record
        Lights.
    history : sequence of Month
        The months of the record.
    rules : SupervisionSettings
        The ladder.

    Yields
    ------
    Case
        By unit, by run, the lowest rung first.
    """
    over = [n for n, month in enumerate(history) if month.over]
    for unit in range(len(record.units)):
        for months, ended_by in red_runs(record.own[unit, over].tolist()):
            reached = rungs(len(months), rules)
            for kind in reached:
                yield Case(unit, kind, "months", months, kind == reached[-1], ended_by)


def deadline_cases(record: Record, history: Sequence[Month], settings: Settings) -> Iterator[Case]:
    """Find the units that missed the deadline.

    Parameters
    ----------
    record : Record
        Lights.
    history : sequence of Month
        The months of the record.
    settings : Settings
        The deadline.

    Yields
    ------
    Case
        Once the deadline has passed: units not complete by the first figures at or after it.
    """
    deadline = settings.campaign.deadline
    if deadline is None or history[-1].as_of <= deadline:
        return
    then = next(n for n, month in enumerate(history) if month.as_of >= deadline)
    for unit in range(len(record.units)):
        if record.lit[unit, then] < record.villages[unit, then]:
            yield Case(unit, "accountability", "deadline", (), True, -1)
