"""Every unit at every level on any day: what is done, what should be, what stands in the way, who answers for it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cuntong_gis import schema
from cuntong_gis.model import Finding, Plan, Severity, Stage
from cuntong_gis.progress.rollup import fold
from cuntong_gis.progress.rollup.behind import span_homes
from cuntong_gis.progress.rollup.encode import Encoded, Floats, encode
from cuntong_gis.progress.rollup.fold import CLOSED, LAID, LIT, NEVER
from cuntong_gis.progress.rollup.officials import officials_of
from cuntong_gis.progress.rollup.periods import ONE_DAY, Period, PeriodKind, period_of
from cuntong_gis.progress.rollup.targets import DIGITS, Targets, targets_of
from cuntong_gis.progress.rollup.tree import Tree, tree_on
from cuntong_gis.progress.rollup.units import LEVELS, Ints, UnitBook, day_number, unit_book
from cuntong_gis.settings import CampaignSettings, Settings
from cuntong_gis.units import cny_from_fen
from cuntong_gis.words import Words

if TYPE_CHECKING:
    import geopandas as gpd


@dataclass(frozen=True)
class Status:
    """The campaign on a day: the only source of every figure shown.

    Attributes
    ----------
    units, villages, spans : GeoDataFrame
        Schemas ``unit_status`` (by level from the province down, then by code; overlays last), ``village_status``
        and ``span_status`` (in the order of the plan).
    as_of : date
        The day; its reports are in.
    period : Period
        The period that the day lies in.
    findings : tuple of Finding
        What is wrong with units, targets, officials, and entries.
    """

    units: gpd.GeoDataFrame
    villages: gpd.GeoDataFrame
    spans: gpd.GeoDataFrame
    as_of: dt.date
    period: Period
    findings: tuple[Finding, ...]


def roll_up(
    entries: pd.DataFrame | Encoded, plan: Plan, settings: Settings, *, as_of: dt.date | str,
    period: PeriodKind | str = "month", units: pd.DataFrame | UnitBook | None = None,
    targets: pd.DataFrame | None = None, officials: pd.DataFrame | None = None,
) -> Status:  # fmt: skip
    """Return every unit at every level on a day.

    Parameters
    ----------
    entries : DataFrame or Encoded
        Schema ``entries``, or what `encode` made of it: one load serves many days.
    plan : Plan
        Villages, spans, routes and boundaries.
    settings : Settings
        The campaign's days; after how many days a unit is stale.
    as_of : date or str
        The day; ISO 8601.
    period : {"day", "week", "month", "quarter", "half-year", "year"}
        The kind of the period that differences and period targets are told for.
    units : DataFrame or UnitBook, optional
        Schema ``units``, or what `unit_book` made of it.
    targets, officials : DataFrame, optional
        Schemas of the same names.

    Returns
    -------
    Status
        The same, whatever the order of the entries.

    Notes
    -----
    O(n log n) in the entries for encoding, O(n) for each day after it.
    """
    day = dt.date.fromisoformat(as_of) if isinstance(as_of, str) else as_of
    encoded = entries if isinstance(entries, Encoded) else encode(entries, plan)
    book = units if isinstance(units, UnitBook) else unit_book(plan, settings, units)
    when = period_of(day, period)
    tree = tree_on(book, day)
    villages = tree.totals(np.ones(len(book.villages), np.int64))
    aims = targets_of(tree, villages, settings.campaign, targets)
    named, lacking = officials_of(tree, villages, officials)
    village = fold.village_state(encoded, day, settings.campaign.deadline)
    span = fold.span_state(encoded, day, village.rank)
    home = span_homes(encoded.behind, tree.townships)
    columns = {
        "code": tree.codes, "name": tree.names, "level": np.array(LEVELS, object)[tree.levels],
        "parent": np.where(tree.above >= 0, tree.codes[tree.above], "") if len(tree.codes) else tree.codes,
        "overlay": tree.overlay, "villages": villages, **_counts(tree, encoded, village, span, home),
        **_before(tree, encoded, when.first - ONE_DAY, home),
        "adjustments": _adjustments(tree, encoded, when, day, home),
        **_money(tree, encoded, span, home), **_freshness(tree, encoded, village, day, settings),
        **_time(settings.campaign, day), **named,
    }  # fmt: skip
    columns |= _rates(columns, aims, when, day)
    township = np.append(tree.codes, "")[tree.townships]
    return Status(
        schema.conform(columns, "unit_status"),
        fold.village_table(encoded, village, day, township, fold.due_days(encoded, settings.campaign.deadline)),
        fold.span_table(encoded, span, np.append(township, "")[home]),
        day, when,
        (*encoded.findings, *_undated(settings.campaign), *book.findings, *tree.findings, *aims.findings, *lacking),
    )  # fmt: skip


def _counts(
    tree: Tree, encoded: Encoded, village: fold.VillageState, span: fold.SpanState, home: Ints
) -> dict[str, Any]:  # fmt: skip
    stages = {str(s): tree.totals(village.rank >= s.rank) for s in Stage if s.rank}
    return {
        **stages,
        "planned_m": tree.totals(_at_home(encoded.planned_m, home, encoded)),
        "laid_m": tree.totals(_at_home(span.counted_m, home, encoded)),
        "late": tree.totals(village.late),
        "blockers": tree.totals(village.blockers),
        "blockers_overdue": tree.totals(village.overdue),
        "conflicts": tree.totals(village.conflicts + _at_home(span.conflicts, home, encoded)),
    }


def _before(tree: Tree, encoded: Encoded, day: dt.date, home: Ints) -> dict[str, Any]:
    """Return the same villages and spans at the end of the period before, whatever unit they were in then."""
    rank, _ = fold.ranks_on(encoded, day)
    metres = fold.span_state(encoded, day, rank).counted_m
    stages = {"laid_before": LAID, "lit_before": LIT, "closed_before": CLOSED}
    return {
        **{name: tree.totals(rank >= least) for name, least in stages.items()},
        "laid_m_before": tree.totals(_at_home(metres, home, encoded)),
    }


def _at_home(values: np.ndarray, home: Ints, encoded: Encoded) -> np.ndarray:
    """Return a figure of the spans as one of the villages that they are counted with."""
    known = home >= 0
    sums = np.bincount(home[known], weights=values[known], minlength=len(encoded.due))
    return sums if values.dtype.kind == "f" else np.rint(sums).astype(np.int64)


def _adjustments(tree: Tree, encoded: Encoded, when: Period, day: dt.date, home: Ints) -> Ints:
    said = encoded.adjustments
    here = (said.first >= day_number(when.first)) & (said.first <= day_number(day))
    village = np.where(said.village >= 0, said.village, np.append(home, -1)[said.span])[here]
    return tree.totals(np.bincount(village[village >= 0], minlength=len(encoded.due)).astype(np.int64))


def _money(tree: Tree, encoded: Encoded, span: fold.SpanState, home: Ints) -> dict[str, Any]:
    return {
        "budget_cny": tree.totals(_at_home(encoded.cost_fen, home, encoded)),
        "ev_cny": tree.totals(_at_home(span.ev_fen, home, encoded)),
    }


def _freshness(
    tree: Tree, encoded: Encoded, village: fold.VillageState, day: dt.date, settings: Settings
) -> dict[str, Any]:
    """Return when a unit, a unit below it, or somebody about its villages last reported."""
    latest = tree.latest(village.reported) if len(village.reported) else np.full(len(tree.codes), NEVER)
    receipts = encoded.receipts
    here = np.flatnonzero(receipts.first <= day_number(day))
    unit = tree.rows_of(receipts.text[here], upwards=True)
    own = np.full(len(tree.codes), NEVER)
    np.maximum.at(own, unit[unit >= 0], receipts.due[here][unit >= 0])
    latest = np.maximum(latest, own)
    for level in range(len(LEVELS) - 1, 0, -1):
        below = np.flatnonzero((tree.levels == level) & (tree.above >= 0))
        np.maximum.at(latest, tree.above[below], latest[below])
    for head, member in tree.members:
        latest[head] = max(latest[head], latest[member])
    heard = latest > NEVER
    began = day_number(settings.campaign.start) - 1 if settings.campaign.start else NEVER
    silent = day_number(day) - np.where(heard, latest, began)
    return {
        "last_report_on": fold.dates(latest),
        "silent_days": pd.Series(silent, dtype="Int64").where(heard),
        "stale": silent > settings.supervision.stale_days,
    }


def _time(campaign: CampaignSettings, day: dt.date) -> dict[str, Any]:
    elapsed = max((day - campaign.start).days + 1, 0) if campaign.start else None
    total = (campaign.deadline - campaign.start).days + 1 if campaign.start and campaign.deadline else 0
    share = min(elapsed / total, 1.0) if elapsed is not None and total > 0 else np.nan
    return {"elapsed_days": elapsed, "time_rate": share}


def _rates(columns: dict[str, Any], aims: Targets, when: Period, day: dt.date) -> dict[str, Any]:
    villages, lit, closed = columns["villages"], columns["lit"], columns["closed"]
    target = aims.by(day_number(day))
    budget, earned = columns["budget_cny"], columns["ev_cny"]
    with np.errstate(divide="ignore", invalid="ignore"):
        lit_rate, closed_rate, target_rate = (_share(part, villages) for part in (lit, closed, target))
        done = np.where(target == 0, 1.0, lit / target)
        planned = np.rint(budget * target_rate)
        spi = _share(earned, planned)
    count, known = len(villages), ~np.isnan(planned)
    pv = np.full(count, None, object)
    pv[known] = [cny_from_fen(int(fen)) for fen in planned[known]]
    return {
        "lit_rate": lit_rate, "closed_rate": closed_rate, "target": target, "target_rate": target_rate, "done": done,
        "period_target": np.round(target - aims.by(day_number(when.first) - 1), DIGITS),
        "time_rate": np.full(count, columns["time_rate"]), "lag_points": (lit_rate - columns["time_rate"]) * 100,
        "budget_cny": [cny_from_fen(int(fen)) for fen in budget], "ev_cny": [cny_from_fen(int(fen)) for fen in earned],
        "pv_cny": pv, "spi": spi, "earned_days": aims.earned_days(lit),
        "elapsed_days": [columns["elapsed_days"]] * count,
    }  # fmt: skip


def _share(part: np.ndarray, whole: np.ndarray) -> Floats:
    return np.where((whole > 0) & ~np.isnan(part.astype(float)), part / whole, np.nan)


def _undated(campaign: CampaignSettings) -> tuple[Finding, ...]:
    if campaign.start and campaign.deadline and campaign.start <= campaign.deadline:
        return ()
    return (
        Finding(
            Severity.WARNING, "campaign_undated",
            Words(
                "没有写明开工与完成日期，序时进度与没有目标的单位的应开通数都算不出",
                "the campaign's days are not given: there is no linear time progress",
            ),
            Words("在 cuntong.toml 的 [campaign] 写 start 与 deadline", "say start and deadline under [campaign]"),
            layer="settings",
        ),
    )  # fmt: skip
