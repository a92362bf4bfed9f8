"""What should be lit by which day: targets as given, else linear time progress; and earned schedule against them.

A unit's increments lie on its days: a day takes them from the finest period that covers it. What a coarser period
holds more than the finer ones inside it is spread evenly over its days that no finer period covers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cuntong_gis.errors import LedgerError
from cuntong_gis.model import Finding, Severity
from cuntong_gis.progress.rollup.encode import Bools, Floats
from cuntong_gis.progress.rollup.periods import PeriodKind, parse_period
from cuntong_gis.progress.rollup.tree import Tree
from cuntong_gis.progress.rollup.units import Ints, canonical_code, day_number, row_names
from cuntong_gis.settings import CampaignSettings
from cuntong_gis.words import Words

FAR_DAYS = 1000
"""A period farther from the campaign than this is a slip of the pen, such as 2106-06."""
DIGITS = 9
"""Targets are rounded to so many decimals: thirds that add up to a whole are that whole."""


@dataclass(frozen=True)
class Targets:
    """Villages that should be lit by the end of each day.

    Attributes
    ----------
    first, total : int
        Day number of the campaign's first day (of the first target's where there is none), and its days; 0 where it
        lacks one of its dates.
    villages : ndarray of int64, shape (u,)
        Villages of each unit.
    curve_of : ndarray of int64, shape (u,)
        Row in `curves` of each unit; -1 where it goes by linear time progress.
    axis : int
        Day number of the first day of the curves.
    curves : ndarray of float64, shape (c, days)
        Villages to be lit by the end of each day.
    findings : tuple of Finding
        What is wrong with the rows.
    """

    first: int
    total: int
    villages: Ints
    curve_of: Ints
    axis: int
    curves: Floats
    findings: tuple[Finding, ...]

    def by(self, day: int) -> Floats:
        """Return what should be lit by a day.

        Parameters
        ----------
        day : int
            Day number; its end.

        Returns
        -------
        ndarray of float64, shape (u,)
            Villages; nan where there is neither a target nor a campaign of known days.
        """
        share = min(max((day - self.first + 1) / self.total, 0.0), 1.0) if self.total else np.nan
        found: Floats = np.round(self.villages * np.float64(share), DIGITS)
        given = self.curve_of >= 0
        at = min(day - self.axis, self.curves.shape[1] - 1)
        found[given] = self.curves[self.curve_of[given], at] if at >= 0 else 0.0
        return found

    def earned_days(self, lit: Ints) -> Floats:
        """Return the days of the plan that the lit villages are worth (earned schedule, Lipke 2003).

        Parameters
        ----------
        lit : ndarray of int64, shape (u,)
            Villages lit.

        Returns
        -------
        ndarray of float64, shape (u,)
            Days from the campaign's first one: the last day by whose end no more than `lit` were due, and the part of
            the next day's increment that is lit too. No more than the last day of the plan; nan without villages.
        """
        with np.errstate(divide="ignore", invalid="ignore"):
            found = np.where(self.total, lit * self.total / self.villages, np.nan)
        units = np.flatnonzero(self.curve_of >= 0)
        # Days are counted from the campaign's first: what was due before it is due by its end.
        axis = max(self.axis, self.first)
        curves = self.curves[self.curve_of[units], axis - self.axis :]
        days = curves.shape[1]
        whole = (curves <= lit[units, None]).sum(axis=1)
        before = np.where(whole > 0, curves[np.arange(len(units)), np.maximum(whole - 1, 0)], 0.0)
        after = curves[np.arange(len(units)), np.minimum(whole, days - 1)]
        part = np.where(whole < days, (lit[units] - before) / np.where(after > before, after - before, 1.0), 0.0)
        found[units] = np.where(np.isnan(curves[:, -1]), np.nan, whole + part + (axis - self.first))
        return np.where(self.villages > 0, found, np.nan)


def targets_of(tree: Tree, villages: Ints, campaign: CampaignSettings, table: pd.DataFrame | None = None) -> Targets:
    """Return the targets of every unit of a day.

    Parameters
    ----------
    tree : Tree
        The units.
    villages : ndarray of int64, shape (u,)
        Villages of each.
    campaign : CampaignSettings
        Its first day and deadline.
    table : DataFrame, optional
        Schema ``targets``.

    Returns
    -------
    Targets
        Units with rows: theirs. Units without, some of whose descendants have rows: the sum of the units right
        below. All others: linear time progress.
    """
    notes: list[Finding] = []
    start, end = campaign.start, campaign.deadline
    total = (end - start).days + 1 if start and end and start <= end else 0
    ends = [day_number(day) if day and (total or not (start and end)) else None for day in (start, end)]
    rows = _near(_rows(tree, table, notes), ends[0], ends[1], notes)
    first = day_number(start) if start else min(rows["first"], default=0)
    empty = Targets(first, total, villages, np.full(len(villages), -1), first, np.zeros((0, 1)), tuple(notes))
    if not len(rows):
        return empty
    axis = min(first, *rows["first"])
    days = max(first, *rows["last"], first if ends[1] is None else ends[1]) - axis + 1
    increments, given = _increments(rows, axis, days, tree, notes)
    linear = np.clip((np.arange(axis, axis + days) - first + 1) / total, 0, 1) if total else np.full(days, np.nan)
    curve_of, curves = _summed(tree, np.cumsum(increments, axis=1), given, villages, linear)
    return Targets(first, total, villages, curve_of, axis, np.round(curves, DIGITS), tuple(notes))


def _rows(tree: Tree, table: pd.DataFrame | None, notes: list[Finding]) -> pd.DataFrame:
    """Return the usable rows with unit (row of the tree), kind (0 finest), first, last, amount and row."""
    columns = ["unit", "kind", "first", "last", "amount", "row", "period"]
    if table is None or not len(table):
        return pd.DataFrame({c: pd.Series([], dtype=object if c in ("row", "period") else np.int64) for c in columns})
    number, texts = pd.factorize(table["period"].to_numpy(object))
    names = row_names(table)
    ranges = []
    for place, text in enumerate(texts.tolist()):
        try:
            period = parse_period(text, where=f"targets {names[np.argmax(number == place)]}")
        except LedgerError as error:
            notes.append(_finding("target_period", names[np.argmax(number == place)], "period", Words(
                f"{error.message.zh}，{int((number == place).sum())} 行不采用",
                f"{error.message.en}; {int((number == place).sum())} rows are not used",
            ), hint=error.hint))  # fmt: skip
            ranges.append((-1, 0, 0))
            continue
        ranges.append((list(PeriodKind).index(period.kind), day_number(period.first), day_number(period.last)))
    ranged = np.array(ranges, np.int64)[number]
    of, said = pd.factorize(table["unit"].to_numpy(object))
    codes = np.array([canonical_code(c) for c in said], object)
    unit = tree.rows_of(codes)[of]
    rows = pd.DataFrame({
        "unit": unit, "kind": ranged[:, 0], "first": ranged[:, 1], "last": ranged[:, 2],
        "amount": table["villages"].to_numpy(np.float64, na_value=np.nan),
        "row": names, "period": table["period"].to_numpy(object),
    })  # fmt: skip
    for place in np.flatnonzero((unit < 0) & ~tree.known(codes)[of]).tolist():
        code = table["unit"].iloc[place]
        notes.append(_finding("target_unknown_unit", names[place], "unit", Words(
            f"没有代码为 {code} 的单位", f"there is no unit {code}"
        )))  # fmt: skip
    rows = rows[(rows["unit"] >= 0) & (rows["kind"] >= 0) & rows["amount"].notna()]
    again = rows.duplicated(["unit", "first", "last"])
    twice = rows[again]
    for at, said, name in zip(twice["unit"], twice["period"], twice["row"], strict=True):
        notes.append(_finding("target_twice", name, "period", Words(
            f"{tree.called(at)} {said} 的目标已有一行，此行不采用",
            f"{tree.called(at)} has a target for {said} already; the row is not used",
        )))  # fmt: skip
    return rows[~again].sort_values(["kind", "unit", "first"], kind="stable").reset_index(drop=True)


def _near(rows: pd.DataFrame, start: int | None, end: int | None, notes: list[Finding]) -> pd.DataFrame:
    """Return the rows that can be meant, on their days; tell those of other ages, and those of less than nothing."""
    middle = int(rows["first"].median()) if len(rows) else 0
    first = min(middle, middle if end is None else end) if start is None else start
    last = max(middle, first) if end is None else end
    far = (rows["last"] < first - FAR_DAYS) | (rows["first"] > last + FAR_DAYS)
    less = rows["amount"] < 0
    for at, said, amount in zip(*(rows.loc[far | less, c] for c in ("row", "period", "amount")), strict=True):
        code, words = (
            (
                "target_negative",
                Words(f"目标 {amount:g} 小于 0，此行不采用", f"{amount:g} is below 0; the row is not used"),
            )
            if amount < 0
            else (
                "target_far",
                Words(f"期间 {said} 离工期太远，此行不采用", f"{said} is far from the campaign; the row is not used"),
            )
        )
        notes.append(_finding(code, at, "villages" if amount < 0 else "period", words))
    rows = rows[~far & ~less].reset_index(drop=True)
    # A period is worked off on its days within the campaign, where it has any.
    within = rows["first"].clip(lower=start), rows["last"].clip(upper=end)
    inside = within[0] <= within[1]
    return rows.assign(first=within[0].where(inside, rows["first"]), last=within[1].where(inside, rows["last"]))


def _increments(rows: pd.DataFrame, axis: int, days: int, tree: Tree, notes: list[Finding]) -> tuple[Floats, Ints]:
    """Return the increments of each day, one line for each unit that has rows, and those units."""
    given, line = np.unique(rows["unit"].to_numpy(np.int64), return_inverse=True)
    daily = np.zeros((len(given), days))
    owner = np.full((len(given), days), -1, np.int64)
    amount = rows["amount"].to_numpy(np.float64)
    first, last = rows["first"].to_numpy(np.int64), rows["last"].to_numpy(np.int64)
    part = np.zeros(len(rows))  # what a row gives to the days that are its own
    for kind in sorted(rows["kind"].unique()):
        here = np.flatnonzero(rows["kind"] == kind)
        length = last[here] - first[here] + 1
        row = np.repeat(here, length)
        steps = np.arange(len(row)) - np.repeat(np.cumsum(length) - length, length)
        cells = line[row], np.repeat(first[here] - axis, length) + steps
        taken = owner[cells]
        free = taken < 0
        finer: Floats = np.bincount(row, weights=daily[cells], minlength=len(rows)).astype(np.float64)[here]
        within, touched = _parts(row[~free], taken[~free], part, first, last)
        open_days = np.bincount(row[free], minlength=len(rows))[here]
        least, most = within[here], np.where(open_days > 0, np.inf, touched[here])
        wrong = (amount[here] < least) | (amount[here] > most)
        _tell_unequal(rows.iloc[here[wrong]], finer[wrong], tree, notes)
        part[here] = np.where(open_days > 0, np.maximum(amount[here] - finer, 0.0), 0.0)
        spread = np.zeros(len(rows))
        spread[here] = part[here] / np.maximum(open_days, 1)
        daily[cells[0][free], cells[1][free]] = spread[row[free]]
        owner[cells[0][free], cells[1][free]] = row[free]
    return daily, given


def _parts(row: Ints, finer: Ints, part: Floats, first: Ints, last: Ints) -> tuple[Floats, Floats]:
    """Return for each row what the finer rows wholly inside it add up to, and all that touch it.

    Weeks cross the ends of months: a month agrees with its weeks when its number lies between the two.
    """
    count = len(part)
    pair = pd.unique(row * count + finer)
    one, other = pair // count, pair % count
    inside = (first[other] >= first[one]) & (last[other] <= last[one])
    # A hair below and above, as parts may be fractions.
    within: Floats = np.bincount(one[inside], part[other[inside]], count).astype(np.float64) - 10.0**-DIGITS
    touched: Floats = np.bincount(one, part[other], count).astype(np.float64) + 10.0**-DIGITS
    return within, touched


def _tell_unequal(rows: pd.DataFrame, finer: Floats, tree: Tree, notes: list[Finding]) -> None:
    columns = (rows[c] for c in ("unit", "period", "amount", "row"))
    for unit, period, amount, row, parts in zip(*columns, finer.tolist(), strict=True):
        notes.append(_finding("target_unequal", row, "villages", Words(
            f"{tree.called(unit)} {period} 的目标 {amount:g} 与各期之和 {parts:g} 不符，以细的为准",
            f"{tree.called(unit)} {period}: {amount:g} is not what its parts add up to, {parts:g}; the parts count",
        ), Severity.WARNING))  # fmt: skip


def _summed(tree: Tree, own: Floats, given: Ints, villages: Ints, linear: Floats) -> tuple[Ints, Floats]:
    """Return which curve each unit has, and the curves: own ones, and sums of the units right below."""
    count = len(tree.codes)
    has_rows = np.zeros(count, bool)
    has_rows[given] = True
    needs = has_rows.copy()
    below = np.flatnonzero(tree.above >= 0)
    for level in range(int(tree.levels.max()), -1, -1):
        units = below[tree.levels[below] == level]
        needs[tree.above[units[needs[units]]]] = True
    heads, parts = (np.array(side, np.int64) for side in zip(*tree.members, strict=True)) if tree.members else (
        np.zeros(0, np.int64), np.zeros(0, np.int64))  # fmt: skip
    needs[heads[needs[parts]]] = True
    kept = np.flatnonzero(needs)
    curve_of = np.full(count, -1, np.int64)
    curve_of[kept] = np.arange(len(kept))
    curves = np.zeros((len(kept), own.shape[1]))
    curves[curve_of[given]] = own
    for level in range(int(tree.levels.max()), 0, -1):
        _add(curves, below[tree.levels[below] == level], tree.above, curve_of, has_rows, villages, linear)
    over = np.full(count, -1, np.int64)
    for head in np.unique(heads).tolist():
        over[parts[heads == head]] = head
        _add(curves, parts[heads == head], over, curve_of, has_rows, villages, linear)
    return curve_of, curves


def _add(
    curves: Floats, units: Ints, above: Ints, curve_of: Ints, has_rows: Bools, villages: Ints, linear: Floats
) -> None:
    """Add the curves of units to those of the units above that have no rows of their own."""
    units = units[(curve_of[above[units]] >= 0) & ~has_rows[above[units]]]
    with_curve = units[curve_of[units] >= 0]
    np.add.at(curves, curve_of[above[with_curve]], curves[curve_of[with_curve]])
    plain = units[curve_of[units] < 0]
    weight = np.bincount(curve_of[above[plain]], weights=villages[plain], minlength=len(curves))
    some = np.flatnonzero(weight > 0)
    curves[some] += weight[some, None] * linear


def _finding(
    code: str, row: Any, field: str, message: Words, severity: Severity = Severity.ERROR, hint: Words | None = None
) -> Finding:
    return Finding(
        severity, code, Words(f"targets 第 {row} 行：{message.zh}", f"targets row {row}: {message.en}"),
        hint or Words("改正 layers/targets 的这一行", "correct this row of layers/targets"),
        layer="targets", row=str(row), field=field,
    )  # fmt: skip
