"""The demo's campaign, lived: what made-up clerks report day by day, posted to the ledger as people would."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cuntong_gis.campaign import loaded_of, open_campaign
from cuntong_gis.words import Words

if TYPE_CHECKING:
    import pandas as pd

    from cuntong_gis.model import Plan
    from cuntong_gis.progress import Ledger, Report
    from cuntong_gis.settings import Settings

CLOSING_DAY = 5
"""Day of a month on which the month before is closed."""
CLOSED_BY = "调度员（虚构）"
STAND_IN = Words(
    "合成示例：代替证据的文字，不是真实的照片、测试曲线或签字。",
    "Synthetic sample: stands for evidence; no real photo, trace or signature.",
)
NOON_IN_CHINA = dt.time(4)
"""UTC."""


class Clock:
    """A ledger's clock that stands where it is set: noon in China.

    Parameters
    ----------
    day : date
        Where it stands at first.
    """

    def __init__(self, day: dt.date) -> None:
        self.set(day)

    def __call__(self) -> dt.datetime:
        """Return the time.

        Returns
        -------
        datetime
            UTC.
        """
        return self.now

    def set(self, day: dt.date) -> None:
        """Set it to a day.

        Parameters
        ----------
        day : date
            The day.
        """
        self.now = dt.datetime.combine(day, NOON_IN_CHINA)


def report_of(row: Any) -> Report:
    """Return a row of `make_campaign` as a report.

    Parameters
    ----------
    row : named tuple
        One row.

    Returns
    -------
    Report
        As a ledger takes it.
    """
    from cuntong_gis.progress import Kind, Measure, Report

    return Report(
        row.report_id, Kind(row.kind), row.subject, row.unit, row.happened_on.date(), row.reported_by,
        Measure(row.measure), None if row.level != row.level else float(row.level), bool(row.resets), row.note,
        row.reason, row.approver, row.corrects, tuple(row.evidence.split()),
        json.loads(row.detail) if row.detail else {},
    )  # fmt: skip


def days_of(rows: pd.DataFrame) -> Iterator[tuple[dt.date, list[Any]]]:
    """Give the rows of `make_campaign` day by day.

    Parameters
    ----------
    rows : DataFrame
        As of `make_campaign`.

    Yields
    ------
    day : date
        On which they are sent.
    rows : list of named tuple
        In the order in which they are sent.
    """
    sent_on = rows["sent_on"].dt.date
    for day in sorted(set(sent_on)):
        yield day, list(rows[sent_on == day].itertuples(index=False))


def live(settings: Settings) -> bool:
    """Post the demo's campaign to its ledger up to the cut-off day, each month closed on the fifth of the next.

    What a killed run has posted stays; the next one goes on where it ended.

    Parameters
    ----------
    settings : Settings
        Of the demo: made up, with one issued plan on which nothing has begun.

    Returns
    -------
    bool
        False where the villages layer tells stages of its own, the plan was issued again, or the campaign has no
        days: then nothing was posted.
    """
    from cuntong_gis.model import Stage
    from cuntong_gis.plan import load_plan, revisions
    from cuntong_gis.sample import make_campaign

    campaign, issued = settings.campaign, revisions(settings.issued)
    if campaign.start is None or campaign.deadline is None or campaign.as_of is None or len(issued) != 1:
        return False
    plan = load_plan(issued[0])
    if (plan.villages["stage"] != Stage.NOT_STARTED).any():
        return False
    rows = make_campaign(
        plan.villages, plan.spans, plan.routes, start=campaign.start, deadline=campaign.deadline, until=campaign.as_of
    )
    rows = rows[rows["wrong"] == ""]
    clock = Clock(campaign.start)
    with open_campaign(settings, now=clock) as ledger:
        known = ledger.entries()["reported_at"]
        told = str(known.max())[:10] if len(known) else ""
        closed = {period.last_day for period in ledger.closed_periods()}
        for day, sent in days_of(rows):
            if day.isoformat() < told:
                continue
            clock.set(day)
            last = day.replace(day=1) - dt.timedelta(days=1)
            if day.day >= CLOSING_DAY and last >= campaign.start and last not in closed:
                _close_month(ledger, settings, plan, last)
                closed.add(last)
            ledger.post([_with_stand_ins(report_of(row), settings) for row in sent])
    return True


def _with_stand_ins(report: Report, settings: Settings) -> Report:
    """Keep a text that says that it is none where a photo, a trace or a signed paper would be shown."""
    from cuntong_gis.progress import keep_file

    def kept(name: str) -> str:
        text = f"{STAND_IN.zh}\n{STAND_IN.en}\n{report.subject} {report.detail.get('item', '')} {name}\n"
        return keep_file(settings.evidence_folder, text.encode("utf-8"), picture=False)

    return replace(report, evidence=tuple(kept(name) for name in report.evidence))


def _close_month(ledger: Ledger, settings: Settings, plan: Plan, last: dt.date) -> None:
    from cuntong_gis.progress import closed_figures

    ledger.freeze(
        f"{last:%Y-%m}", last,
        lambda entries: closed_figures(loaded_of(settings, plan, entries, {}).roll_up(last, "month")),
        CLOSED_BY, settings.campaign.unit_code,
    )  # fmt: skip
