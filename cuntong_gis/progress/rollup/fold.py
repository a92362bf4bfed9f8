"""The state of every village and span on any day: the last reset up to it, then the maximum of what follows."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cuntong_gis import schema
from cuntong_gis.model import Stage
from cuntong_gis.progress.entries import Measure
from cuntong_gis.progress.rollup.encode import CHECK_LEVELS, Bools, Encoded, Figures, Floats, Remarks
from cuntong_gis.progress.rollup.units import ALWAYS, Ints, day_number

if TYPE_CHECKING:
    import geopandas as gpd

Places = NDArray[np.intp]
NEVER = -ALWAYS
"""Day number of what has not happened."""
RANKS = tuple(Stage)
LAID, LIT, CLOSED = Stage.LAID.rank, Stage.LIT.rank, Stage.CLOSED.rank


@dataclass(frozen=True)
class VillageState:
    """Every village on a day, in the order of the plan; days as numbers, `NEVER` where there is none.

    Attributes
    ----------
    rank : ndarray of int64
        Rank of the stage, 0–6.
    since, laid, lit, closed : ndarray of int64
        From when it has been at its stage, laid, lit, closed, or further, without a break.
    percent : ndarray of float64
        As reported; nan where it was not.
    reported : ndarray of int64
        Day of the last happening reported of it.
    late : ndarray of bool
        Not lit although the due day has passed.
    blockers, overdue, conflicts : ndarray of int64
        Open blockers, those past their due day, and conflicts not yet decided.
    """

    rank: Ints
    since: Ints
    laid: Ints
    lit: Ints
    closed: Ints
    percent: Floats
    reported: Ints
    late: Bools
    blockers: Ints
    overdue: Ints
    conflicts: Ints


@dataclass(frozen=True)
class SpanState:
    """Every span on a day, in the order of the plan.

    Attributes
    ----------
    laid_m, counted_m : ndarray of float64
        Metres laid; of them what counts for rates.
    reported, spliced, tested : ndarray of bool
        What was said of it.
    ev_fen : ndarray of int64
        Earned value.
    conflicts : ndarray of int64
        Conflicts not yet decided.
    """

    laid_m: Floats
    counted_m: Floats
    reported: Bools
    spliced: Bools
    tested: Bools
    ev_fen: Ints
    conflicts: Ints


def village_state(encoded: Encoded, day: dt.date, deadline: dt.date | None = None) -> VillageState:
    """Return every village on a day.

    Parameters
    ----------
    encoded : Encoded
        Entries and plan.
    day : date
        The day.
    deadline : date, optional
        Due day of villages without their own.

    Returns
    -------
    VillageState
        In the order of the plan's villages.
    """
    today, count = day_number(day), len(encoded.due)
    rank, since = ranks_on(encoded, day)
    blockers = _open(encoded.blockers, today)
    return VillageState(
        rank, *since, levels_on(encoded.figures[Measure.PERCENT], today, count),
        _latest(encoded.reports, today, count), (rank < LIT) & (due_days(encoded, deadline) < today),
        _count(encoded.blockers.village[blockers], count),
        _count(encoded.blockers.village[blockers & (encoded.blockers.due < today)], count),
        _count(encoded.conflicts.village[_open(encoded.conflicts, today)], count),
    )  # fmt: skip


def span_state(encoded: Encoded, day: dt.date, rank: Ints) -> SpanState:
    """Return every span on a day.

    Parameters
    ----------
    encoded : Encoded
        Entries and plan.
    day : date
        The day.
    rank : ndarray of int64
        Rank of the stage of each village on the day.

    Returns
    -------
    SpanState
        In the order of the plan's spans.
    """
    today, count = day_number(day), len(encoded.planned_m)
    said = levels_on(encoded.figures[Measure.LAID_M], today, count)
    behind = np.zeros(count, bool)
    behind[encoded.behind.span[rank[encoded.behind.village] >= LAID]] = True
    reported = ~np.isnan(said)
    laid = np.where(reported, said, np.where(behind, encoded.planned_m, 0.0))
    counted = np.minimum(laid, encoded.planned_m)
    with np.errstate(divide="ignore", invalid="ignore"):
        earned = np.where(
            encoded.planned_m > 0, encoded.cost_fen * counted / encoded.planned_m, np.where(behind, encoded.cost_fen, 0)
        )
    spliced, tested = (levels_on(encoded.figures[m], today, count) >= 1 for m in (Measure.SPLICED, Measure.TESTED))
    return SpanState(
        laid, counted, reported, spliced, tested, np.rint(earned).astype(np.int64),
        _count(encoded.conflicts.span[_open(encoded.conflicts, today)], count),
    )  # fmt: skip


def due_days(encoded: Encoded, deadline: dt.date | None) -> Ints:
    """Return the due day of every village.

    Parameters
    ----------
    encoded : Encoded
        Entries and plan.
    deadline : date or None
        Due day of villages without their own.

    Returns
    -------
    ndarray of int64
        Day numbers; very large where there is none at all.
    """
    return encoded.due if deadline is None else np.where(encoded.due < ALWAYS, encoded.due, day_number(deadline))


def levels_on(figures: Figures, today: int, count: int) -> Floats:
    """Return a cumulative figure of every subject on a day.

    Parameters
    ----------
    figures : Figures
        What was stated.
    today : int
        Day number.
    count : int
        Number of subjects.

    Returns
    -------
    ndarray of float64, shape (count,)
        The figure; nan where nothing was stated.
    """
    found = np.full(count, np.nan)
    some = _until(figures, today)
    if len(some.subject):
        running, starts = _running(some)
        found[some.subject[starts]] = running[np.r_[starts[1:], len(running)] - 1]
    return found


def ranks_on(encoded: Encoded, day: dt.date) -> tuple[Ints, tuple[Ints, Ints, Ints, Ints]]:
    """Return the stage of every village on a day, and since when.

    Parameters
    ----------
    encoded : Encoded
        Entries and plan.
    day : date
        The day.

    Returns
    -------
    rank : ndarray of int64
        Rank of the stage.
    since : tuple of four ndarray of int64
        From when it has been at its stage, laid, lit, closed, or further, without a break.
    """
    count = len(encoded.due)
    rank = np.zeros(count, np.int64)
    some = _until(encoded.figures[Measure.STAGE], day_number(day))
    if not len(some.subject):
        return rank, tuple(np.full(count, NEVER) for _ in range(4))  # type: ignore[return-value]
    running, starts = _running(some)
    last = np.r_[starts[1:], len(running)] - 1
    final = running[last]
    subjects = some.subject[starts]
    rank[subjects] = final.astype(np.int64)
    return rank, tuple(
        _spread(subjects, _risen(running, some.counts, starts, last, least), count)
        for least in (final, *(np.full(len(final), float(r)) for r in (LAID, LIT, CLOSED)))
    )  # type: ignore[return-value]


def _until(figures: Figures, today: int) -> Figures:
    keep = figures.counts <= today
    return Figures(figures.subject[keep], figures.level[keep], figures.resets[keep], figures.counts[keep])


def _running(figures: Figures) -> tuple[Floats, Places]:
    """Return the figure after each entry, and where each subject begins.

    Between resets a figure is the maximum so far. Levels are replaced by their ranks, so that the maximum may run
    over all runs at once: the number of the run is the higher digit, the rank of the level the lower one.
    """
    begins = np.r_[True, figures.subject[1:] != figures.subject[:-1]]
    run = np.cumsum(begins | figures.resets) - 1
    floor = np.where(figures.resets, figures.level, np.maximum(figures.level, 0.0))
    values, rank = np.unique(floor, return_inverse=True)
    so_far = np.maximum.accumulate(run * len(values) + rank)
    return values[so_far % len(values)], np.flatnonzero(begins)


def _risen(running: Floats, counts: Ints, starts: Places, last: Places, least: Floats) -> Ints:
    """Return the day from which the figure of each subject has been at least `least`; `NEVER` where it is not."""
    sizes = last - starts + 1
    below = running < np.repeat(least, sizes)
    lowest = np.maximum.reduceat(np.where(below, np.arange(len(running)), -1), starts)
    rose = np.maximum(lowest + 1, starts)
    return np.where((running[last] >= least) & (least > 0), counts[np.minimum(rose, last)], NEVER)


def _spread(subjects: Ints, values: Ints, count: int) -> Ints:
    found = np.full(count, NEVER)
    found[subjects] = values
    return found


def _open(remarks: Remarks, today: int) -> Bools:
    return (remarks.first <= today) & (remarks.gone > today)


def _count(rows: Ints, count: int) -> Ints:
    return np.bincount(rows[rows >= 0], minlength=count).astype(np.int64)


def _latest(remarks: Remarks, today: int, count: int) -> Ints:
    found = np.full(count, NEVER)
    here = remarks.first <= today
    np.maximum.at(found, remarks.village[here], remarks.due[here])
    return found


def checks_on(encoded: Encoded, day: dt.date) -> Bools:
    """Tell which checks every village has passed on a day.

    Parameters
    ----------
    encoded : Encoded
        Entries and plan.
    day : date
        The day.

    Returns
    -------
    ndarray of bool, shape (n, 3)
        By county, prefecture, province: the last check of that level since the village was last reopened was passed.
    """
    today, count = day_number(day), len(encoded.due)
    checks, reopenings = encoded.checks, encoded.reopenings
    reopened = np.full(count, -1)
    np.maximum.at(reopened, reopenings.village[reopenings.first <= today], reopenings.order[reopenings.first <= today])
    here = np.flatnonzero((checks.first <= today) & (checks.code >= 0) & (checks.order > reopened[checks.village]))
    last = np.full((count, len(CHECK_LEVELS)), -1)
    np.maximum.at(last, (checks.village[here], checks.code[here] // 2), here)
    passed = np.zeros(last.shape, bool)
    known = last >= 0
    passed[known] = checks.code[last[known]] % 2 == 1
    return passed


def certificates_on(encoded: Encoded, day: dt.date, closed: Bools) -> np.ndarray:
    """Return the certificate of every closed village.

    Parameters
    ----------
    encoded : Encoded
        Entries and plan.
    day : date
        The day.
    closed : ndarray of bool, shape (n,)
        Whether it is closed on the day.

    Returns
    -------
    ndarray of str, shape (n,)
        Number of the last closing; "" where there is none.
    """
    here = np.flatnonzero(encoded.closings.first <= day_number(day))
    last = np.full(len(encoded.due), -1)
    np.maximum.at(last, encoded.closings.village[here], here)
    known = (last >= 0) & closed
    found = np.full(len(last), "", object)
    found[known] = encoded.closings.text[last[known]]
    return found


def village_table(
    encoded: Encoded, state: VillageState, day: dt.date, townships: np.ndarray, due: Ints
) -> gpd.GeoDataFrame:  # fmt: skip
    """Return the villages of a day as a table.

    Parameters
    ----------
    encoded : Encoded
        Entries and plan.
    state : VillageState
        The villages on the day.
    day : date
        The day.
    townships : ndarray of str, shape (n,)
        Code of the township of each.
    due : ndarray of int64, shape (n,)
        Due day of each.

    Returns
    -------
    GeoDataFrame
        Schema ``village_status``, in the order of the plan.
    """
    villages = encoded.plan.villages
    passed = checks_on(encoded, day)
    words = np.array(
        [" ".join(name for name, bit in zip(CHECK_LEVELS, bits, strict=True) if bit) for bits in np.ndindex(2, 2, 2)],
        object,
    )
    return schema.conform(
        {
            "code": villages["code"], "name": villages["name"], "township": townships,
            "stage": np.array([str(s) for s in RANKS], object)[state.rank],
            "stage_on": dates(state.since), "laid_on": dates(state.laid), "lit_on": dates(state.lit),
            "closed_on": dates(state.closed), "due_date": dates(due), "late": state.late, "percent": state.percent,
            "last_report_on": dates(state.reported), "blockers": state.blockers, "blockers_overdue": state.overdue,
            "conflicts": state.conflicts, "checks": words[passed @ np.array([4, 2, 1])],
            "certificate": certificates_on(encoded, day, state.rank >= CLOSED),
        },
        "village_status",
    )  # fmt: skip


def span_table(encoded: Encoded, state: SpanState, townships: np.ndarray) -> gpd.GeoDataFrame:
    """Return the spans of a day as a table.

    Parameters
    ----------
    encoded : Encoded
        Entries and plan.
    state : SpanState
        The spans on the day.
    townships : ndarray of str, shape (s,)
        Code of the township that each is counted in.

    Returns
    -------
    GeoDataFrame
        Schema ``span_status``, in the order of the plan.
    """
    spans = encoded.plan.spans
    return schema.conform(
        {
            "span_id": spans["span_id"], "township": townships, "planned_m": encoded.planned_m,
            "laid_m": state.laid_m, "counted_m": state.counted_m, "reported": state.reported,
            "spliced": state.spliced, "tested": state.tested, "cost_cny": spans["cost_cny"],
        },
        "span_status",
    )  # fmt: skip


def dates(days: Ints) -> pd.Series:
    """Return day numbers as dates.

    Parameters
    ----------
    days : ndarray of int64
        Days since 1970-01-01; `NEVER` or `ALWAYS` where there is none.

    Returns
    -------
    Series of datetime64
        NaT where there is none.
    """
    known = np.abs(days) < ALWAYS
    return pd.Series(np.where(known, days, 0).astype("datetime64[D]")).astype("datetime64[s]").where(known)
