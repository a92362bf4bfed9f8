"""The campaign over its days: what `roll_up` says of a row of days, as arrays."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cuntong_gis.model import Plan, Stage
from cuntong_gis.progress.rollup.encode import Encoded, encode
from cuntong_gis.progress.rollup.periods import ONE_DAY, period_of
from cuntong_gis.progress.rollup.status import Status, roll_up
from cuntong_gis.progress.rollup.tree import tree_on
from cuntong_gis.progress.rollup.units import LEVELS, Ints, UnitBook, unit_book
from cuntong_gis.settings import Settings

FIGURES = (
    "villages", "surveyed", "approved", "material_ready", "laid", "lit", "closed", "late", "blockers",
    "blockers_overdue", "stale", "target", "lit_rate", "closed_rate", "target_rate", "planned_m", "laid_m",
)  # fmt: skip
"""Columns of ``unit_status`` that a timeline keeps."""
MOST_WEEKS = 80
"""A longer campaign is followed by months alone."""
UNIT_LEVELS = LEVELS[:-1]


@dataclass(frozen=True)
class Timeline:
    """The campaign on a row of days.

    Attributes
    ----------
    days : tuple of date
        Ascending.
    units : DataFrame
        `code`, `name`, `level`, `parent`, `overlay` of every unit above the villages that there is on one of the days:
        those of the last day as `Status` orders them, then those that are no more.
    figures : dict of str to ndarray of float64, shape (days, units)
        The columns `FIGURES` of ``unit_status``; nan where there is no such unit on the day, or no such figure.
    stage : ndarray of uint8, shape (days, villages)
        Rank of each village's stage, in the order of the plan.
    late : ndarray of bool, shape (days, villages)
        Whether it is late.
    laid_m : ndarray of float32, shape (days, spans)
        Metres of each span that count as laid; at most as long as it is.
    unit_of, village_of : ndarray of int64, shape (p,)
        All pairs of a unit (row of `units`) and a village of it (row of the plan) on the last day.
    """

    days: tuple[dt.date, ...]
    units: pd.DataFrame
    figures: dict[str, NDArray[np.float64]]
    stage: NDArray[np.uint8]
    late: NDArray[np.bool_]
    laid_m: NDArray[np.float32]
    unit_of: Ints
    village_of: Ints


def days_to_show(settings: Settings, as_of: dt.date) -> tuple[dt.date, ...]:
    """Return the days of a campaign at which people look: ends of weeks and months, and the cut-off day.

    Parameters
    ----------
    settings : Settings
        First day of the campaign; without one only the cut-off day is left.
    as_of : date
        The cut-off day: the last.

    Returns
    -------
    tuple of date
        Ascending, from the eve of the campaign; ends of months alone where there are more than `MOST_WEEKS` weeks.
    """
    start = settings.campaign.start
    if start is None or start > as_of:
        return (as_of,)
    kinds = ("week", "month") if (as_of - start).days <= 7 * MOST_WEEKS else ("month",)
    found = {start - ONE_DAY, as_of}
    for kind in kinds:
        period = period_of(start, kind)
        while period.last < as_of:
            found.add(period.last)
            period = period.after
    return tuple(sorted(found))


def timeline(
    entries: pd.DataFrame | Encoded, plan: Plan, settings: Settings, days: Sequence[dt.date], *,
    units: pd.DataFrame | UnitBook | None = None, targets: pd.DataFrame | None = None,
) -> Timeline:  # fmt: skip
    """Return the campaign on a row of days.

    Parameters
    ----------
    entries : DataFrame or Encoded
        As of `roll_up`.
    plan : Plan
        Villages, spans, routes and boundaries.
    settings : Settings
        As of `roll_up`.
    days : sequence of date
        Ascending, at least one.
    units, targets : DataFrame, optional
        As of `roll_up`.

    Returns
    -------
    Timeline
        Every figure is the one that `roll_up` gives for the day.
    """
    encoded = entries if isinstance(entries, Encoded) else encode(entries, plan)
    book = units if isinstance(units, UnitBook) else unit_book(plan, settings, units)
    seen = [roll_up(encoded, plan, settings, as_of=day, units=book, targets=targets) for day in days]
    named = ["code", "name", "level", "parent", "overlay"]
    tables = [status.units.loc[status.units["level"].isin(UNIT_LEVELS), named] for status in reversed(seen)]
    every = pd.concat(tables, ignore_index=True).drop_duplicates("code", ignore_index=True)
    rank = {str(stage): stage.rank for stage in Stage}
    tree = tree_on(book, days[-1])
    row = pd.Index(every["code"]).get_indexer(tree.codes.astype(object))[tree.unit_of]
    return Timeline(
        tuple(days), every, {name: _figures(seen, name, every["code"]) for name in FIGURES},
        np.stack([status.villages["stage"].map(rank).to_numpy(np.uint8) for status in seen]),
        np.stack([status.villages["late"].to_numpy(bool) for status in seen]),
        np.stack([status.spans["counted_m"].to_numpy(np.float32) for status in seen]),
        row[row >= 0].astype(np.int64), tree.village_of[row >= 0],
    )  # fmt: skip


def _figures(seen: Sequence[Status], name: str, codes: pd.Series) -> NDArray[np.float64]:
    found = [status.units.set_index("code")[name].reindex(codes).to_numpy(np.float64) for status in seen]
    return np.stack(found)
