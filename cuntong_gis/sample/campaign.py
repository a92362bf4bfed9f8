"""How far the made-up campaign has come on its cut-off date, village by village."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from cuntong_gis.model import Stage
from cuntong_gis.sample.terrain import Ints

START, AS_OF, DEADLINE = dt.date(2016, 3, 1), dt.date(2016, 9, 30), dt.date(2016, 12, 31)

SHARES = {
    Stage.NOT_STARTED: 15, Stage.SURVEYED: 10, Stage.APPROVED: 10, Stage.MATERIAL_READY: 10, Stage.LAID: 15,
    Stage.LIT: 20, Stage.CLOSED: 20,
}  # fmt: skip
"""Villages in each stage, per cent."""
DAYS_PER_STAGE = 12
"""Least days of work before each further stage."""
DUE_DATES = (
    dt.date(2016, 6, 30), dt.date(2016, 7, 31), dt.date(2016, 8, 31), dt.date(2016, 9, 30), dt.date(2016, 10, 31),
    dt.date(2016, 11, 30), dt.date(2016, 12, 15),
)  # fmt: skip
"""Batches: the townships that were to begin first are due first."""


def progress(township: Ints, rng: np.random.Generator) -> tuple[list[Stage], list[dt.date | None], list[dt.date]]:
    """Return stage, stage date and due date of each village.

    Parameters
    ----------
    township : ndarray of int64, shape (n,)
        Number of the township of each village.
    rng : Generator
        Source of chance.

    Returns
    -------
    stages : list of Stage
        In the shares of `SHARES`; villages of a township are about equally far.
    stage_dates : list of date or None
        None where nothing has begun; never after `AS_OF`, never before the work could have come so far.
    due_dates : list of date
        By batches. Most townships that are due early are ahead, but not all: some villages are late.
    """
    townships = int(township.max(initial=-1)) + 1
    plan = rng.permutation(townships) / max(townships - 1, 1)
    luck = 0.7 * plan + 0.3 * rng.random(townships)
    behind = luck[township] + 0.35 * rng.random(len(township))
    order = np.argsort(behind, kind="stable")
    ranks = np.empty(len(township), np.int64)
    limits = np.cumsum([SHARES[stage] for stage in reversed(Stage)]) / 100.0
    share = (np.arange(len(township)) + 0.5) / max(len(township), 1)
    ranks[order] = len(Stage) - 1 - np.searchsorted(limits, share)
    stages = [list(Stage)[rank] for rank in ranks.tolist()]
    dates: list[dt.date | None] = []
    for rank in ranks.tolist():
        earliest = START + dt.timedelta(days=14 + DAYS_PER_STAGE * rank)
        # Work has come to each stage lately: the higher the stage, the longer ago it may have been reached.
        days = min((AS_OF - earliest).days, 30 + 12 * rank)
        dates.append(AS_OF - dt.timedelta(days=int(rng.integers(1, days))) if rank else None)
    batch = plan[township] * (len(DUE_DATES) - 1) + rng.random(len(township)) - 0.5
    due = [DUE_DATES[n] for n in np.clip(np.rint(batch), 0, len(DUE_DATES) - 1).astype(int)]
    return stages, dates, due


def as_dates(dates: list[dt.date | None]) -> pd.Series:
    """Return dates as a column.

    Parameters
    ----------
    dates : list of date or None
        One a row.

    Returns
    -------
    Series
        Time stamps, NaT where there is no date.
    """
    return pd.Series(pd.to_datetime(pd.Series(dates, dtype=object)))
