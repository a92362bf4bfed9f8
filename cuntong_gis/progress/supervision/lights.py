"""Lights of units month by month: what the figures say, the rule that fired, and the memory of red months.

A month's own light is judged by its figures: those of its last day, or of the day itself while it is running. A month
that was red at its end is shown yellow once its own target has been reached and kept to the day; never green, and its
own light stays on record. A unit whose target is 0, or unknown, is not judged; nor is one with more villages lit than
it has, which is a fault of the data and no success.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cuntong_gis import schema
from cuntong_gis.errors import LedgerError
from cuntong_gis.model import Finding, Severity
from cuntong_gis.progress.supervision.phrases import SLACK, count_text, limit_text, share_text
from cuntong_gis.settings import SupervisionSettings
from cuntong_gis.words import Words

if TYPE_CHECKING:
    import pandas as pd

    from cuntong_gis.progress.rollup.status import Status

ABOVE_VILLAGES = ("province", "prefecture", "county", "township")
LIGHTS = {
    "green": Words("绿", "green"), "yellow": Words("黄", "yellow"), "red": Words("红", "red"),
    "grey": Words("不评", "not judged"),
}  # fmt: skip
COUNTED = ("villages", "lit", "target")

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Places = NDArray[np.intp]


@dataclass(frozen=True)
class Month:
    """The units at the end of a month, or on a day of the month that is running.

    Attributes
    ----------
    period : str
        ``2016-06``.
    first, last : date
        Its days.
    as_of : date
        Day of the figures: `last`, or earlier while the month is running.
    units : DataFrame
        Schema ``unit_status`` on that day: the closed figures of a frozen month.
    frozen : bool
        They are closed figures.
    """

    period: str
    first: dt.date
    last: dt.date
    as_of: dt.date
    units: pd.DataFrame
    frozen: bool = False

    @classmethod
    def of(cls, status: Status, closed: pd.DataFrame | None = None) -> Month:
        """Return the month that a roll-up by months is of.

        Parameters
        ----------
        status : Status
            On the month's last day, or on a day of the month that is running.
        closed : DataFrame, optional
            Schema ``unit_status``: the closed figures of the month, if it is frozen; they count.

        Returns
        -------
        Month
            Its figures.
        """
        when, units = status.period, status.units if closed is None else closed
        return cls(when.code, when.first, when.last, status.as_of, units, closed is not None)

    @property
    def over(self) -> bool:
        """Tell whether the month has ended.

        Returns
        -------
        bool
            Its last day's reports are in.
        """
        return self.as_of >= self.last


@dataclass(frozen=True)
class Lights:
    """Lights of the months up to a day.

    Attributes
    ----------
    table : DataFrame
        Schema ``lights``: by month, in each in the order of the units.
    findings : tuple of Finding
        Figures that cannot be.
    """

    table: pd.DataFrame
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Record:
    """Figures of units by month, as arrays of shape (units, months); nan where a unit did not exist.

    Attributes
    ----------
    units : DataFrame
        code, name, level, parent, overlay of each unit, as last known.
    villages, lit, target : ndarray of float64
        As in ``unit_status``.
    own : ndarray of str
        Light by the month's own figures; "" where the unit did not exist.
    caught : ndarray of int
        For a month that was red at its end: the month from which its target has been reached to the day; else -1.
    """

    units: pd.DataFrame
    villages: Floats
    lit: Floats
    target: Floats
    own: NDArray[Any]
    caught: Places


def light_record(
    history: Sequence[Month], rules: SupervisionSettings, *, levels: Sequence[str] = ABOVE_VILLAGES,
    became: Mapping[str, str] | None = None,
) -> Record:  # fmt: skip
    """Return the lights of units month by month as arrays.

    Parameters
    ----------
    history : sequence of Month
        Months that follow one another, the last of which may be running.
    rules : SupervisionSettings
        Limits.
    levels : sequence of str
        Levels of the units wanted.
    became : mapping of str to str, optional
        Code of a unit that has become another one → that one's: its months are carried on.

    Returns
    -------
    Record
        In the order of the last month's units, then those that no longer exist.

    Raises
    ------
    LedgerError
        If the months do not follow one another, or one that is over has no figures of its last day.
    """
    import pandas as pd

    _refuse_gaps(history)
    rows = pd.concat(
        [
            m.units.loc[m.units["level"].isin(levels), ["code", "name", "level", "parent", "overlay", *COUNTED]].assign(
                month=n
            )
            for n, m in enumerate(history)
        ],
        ignore_index=True,
    )
    then = rows["code"].astype(object)
    rows["code"] = [current_code(code, became or {}) for code in then]
    rows["own_code"] = (rows["code"].astype(object) == then).to_numpy()
    order = rows.sort_values(["month", "own_code"], kind="stable").drop_duplicates("code", keep="last")
    order = order.sort_index().sort_values("month", ascending=False, kind="stable")
    units = order[["code", "name", "level", "parent", "overlay"]].reset_index(drop=True)
    place = pd.Index(units["code"].astype(object)).get_indexer(rows["code"].astype(object))
    shape = (len(units), len(history))
    known = np.zeros(shape, bool)
    known[place, rows["month"]] = True
    villages, lit, target = (_added(rows[name], place, rows["month"], known) for name in COUNTED)
    own = _judged(villages, lit, target, rules)
    over = np.array([m.over for m in history])
    return Record(units, villages, lit, target, own, _caught(villages, lit, target, (own == "red") & over))


def _refuse_gaps(history: Sequence[Month]) -> None:
    if not history:
        raise LedgerError(Words("没有任何月份的数字", "there are no figures of any month"))
    for one, following in pairwise(history):
        if following.first != one.last + dt.timedelta(days=1) or one.as_of != one.last:
            raise LedgerError(
                Words(f"{one.period} 与 {following.period} 不相连，或 {one.period} 的数字不是月末的",
                      f"{following.period} does not follow {one.period}, or the latter's figures are not of its end"),
                hint=Words("逐月给出月末数字", "give the figures of the end of every month"),
            )  # fmt: skip


def current_code(code: str, became: Mapping[str, str]) -> str:
    """Return the code of today of a unit.

    Parameters
    ----------
    code : str
        As it was.
    became : mapping of str to str
        Code of a unit that has become another one → that one's.

    Returns
    -------
    str
        The same if it has become no other.
    """
    for _ in became:  # no cycle is endless
        code = became.get(code, code)
    return code


def _added(values: pd.Series, place: Places, month: pd.Series, known: Bools) -> Floats:
    """Add up the figures of rows that are one unit now; nan where there is no row, or a figure is missing."""
    found = np.zeros(known.shape)
    np.add.at(found, (place, month.to_numpy()), values.to_numpy(np.float64, na_value=np.nan))
    return np.where(known, found, np.nan)


def _judged(villages: Floats, lit: Floats, target: Floats, rules: SupervisionSettings) -> NDArray[Any]:
    with np.errstate(divide="ignore", invalid="ignore"):
        done = lit / target
        unjudged = ~(target > 0) | (lit > villages)
    return np.select(
        [np.isnan(villages), unjudged, done >= rules.green - SLACK, done >= rules.yellow - SLACK],
        ["", "grey", "green", "yellow"], "red",
    ).astype(object)  # fmt: skip


def _caught(villages: Floats, lit: Floats, target: Floats, red: Bools) -> Places:
    """Return from which month the target of each red month has been reached without a break to the last one.

    Rates are compared, not counts, so that villages that came or went do not matter; with the same villages it is the
    same.
    """
    found = np.full(red.shape, -1)
    for month in range(red.shape[1] - 1):
        here = slice(month, month + 1)
        with np.errstate(invalid="ignore"):
            due = target[:, here] * villages[:, month + 1 :]
            reached = lit[:, month + 1 :] * villages[:, here] >= due * (1 - SLACK)
        held = np.logical_and.accumulate(reached[:, ::-1], axis=1)[:, ::-1]
        caught = red[:, month] & held[:, -1]
        found[caught, month] = month + 1 + held[caught].argmax(axis=1)
    return found


def judge_lights(
    history: Sequence[Month], rules: SupervisionSettings, *, levels: Sequence[str] = ABOVE_VILLAGES,
    became: Mapping[str, str] | None = None,
) -> Lights:  # fmt: skip
    """Return the light of every unit in every month up to a day.

    Parameters
    ----------
    history : sequence of Month
        Months that follow one another: the closed figures of frozen ones, those of the last day of others, those of
        the day for a month that is running.
    rules : SupervisionSettings
        Limits.
    levels : sequence of str
        Levels of the units wanted.
    became : mapping of str to str, optional
        Code of a unit that has become another one → that one's.

    Returns
    -------
    Lights
        One row a unit and month.

    Raises
    ------
    LedgerError
        If the months do not follow one another.
    """
    record = light_record(history, rules, levels=levels, became=became)
    month, unit = np.nonzero((record.own != "").T)
    lit, target, villages = (a[unit, month] for a in (record.lit, record.target, record.villages))
    own, caught = record.own[unit, month], record.caught[unit, month]
    with np.errstate(divide="ignore", invalid="ignore"):
        done = np.where(target > 0, lit / target, np.nan)
    card = (own == "red") & ~(done >= rules.card - SLACK)
    said = [
        told(*row, rules)
        for row in zip(own.tolist(), villages.tolist(), lit.tolist(), target.tolist(), card.tolist(), strict=True)
    ]
    memory = [
        _memory(record, u, m, c, history)
        for u, m, c in zip(unit.tolist(), month.tolist(), caught.tolist(), strict=True)
    ]
    periods = np.array([m.period for m in history], object)
    table = schema.conform(
        {
            **{str(name): record.units[name].to_numpy()[unit] for name in record.units},
            "period": periods[month], "as_of": np.array([np.datetime64(m.as_of) for m in history])[month],
            "frozen": np.array([m.frozen for m in history])[month], "villages": villages, "lit": lit,
            "target": target, "done": done, "light": np.where(caught >= 0, "yellow", own), "own_light": own,
            "card": card, "caught_up_in": np.where(caught >= 0, periods[caught], ""),
            "rule": [one.zh + more.zh for one, more in zip(said, memory, strict=True)],
            "rule_en": [one.en + more.en for one, more in zip(said, memory, strict=True)],
        },
        "lights",
    )  # fmt: skip
    return Lights(table, _impossible(table))


def told(own: str, villages: float, lit: float, target: float, card: bool, rules: SupervisionSettings) -> Words:
    """Return the rule that fired, with the figures it was held against.

    Parameters
    ----------
    own : str
        One of `LIGHTS`.
    villages, lit, target : float
        Of the unit.
    card : bool
        Whether a yellow card is due too.
    rules : SupervisionSettings
        Limits.

    Returns
    -------
    Words
        ``开通 25 / 应开通 58 = 43.1 %，低于 80 % → 红；低于 60 % → 另记黄牌``.
    """
    if lit > villages:
        return Words(f"开通 {count_text(lit)} 超过任务村数 {count_text(villages)}，数字有误，不评",
                     f"{count_text(lit)} lit of {count_text(villages)} villages cannot be: not judged")  # fmt: skip
    if target != target:
        return Words("没有目标，也没有工期，不评", "neither a target nor the campaign's days: not judged")
    if not target > 0:
        return Words("应开通 0 个村，不评", "no village is due yet: not judged")
    share = share_text(lit / target, (rules.green, rules.yellow, rules.card))
    figures = Words(f"开通 {count_text(lit)} / 应开通 {count_text(target)} = {share}",
                    f"{count_text(lit)} lit / {count_text(target)} due = {share}")  # fmt: skip
    green, yellow, low = limit_text(rules.green), limit_text(rules.yellow), limit_text(rules.card)
    why = {
        "green": Words(f"达到 {green} → 绿", f"{green} reached → green"),
        "yellow": Words(f"达到 {yellow}，低于 {green} → 黄", f"{yellow} reached, below {green} → yellow"),
        "red": Words(f"低于 {yellow} → 红", f"below {yellow} → red"),
    }[own]
    more = Words(f"；低于 {low} → 另记黄牌", f"; below {low} → a yellow card too") if card else Words("", "")
    return Words(f"{figures.zh}，{why.zh}{more.zh}", f"{figures.en}, {why.en}{more.en}")


def due_then(record: Record, unit: int, month: int, now: int) -> float:
    """Return what a month's target comes to with the villages of a later month.

    Parameters
    ----------
    record : Record
        Figures.
    unit, month, now : int
        Row of the unit, the month whose target it is, the later month.

    Returns
    -------
    float
        The target itself while the unit has the same villages.
    """
    then, later = record.villages[unit, month], record.villages[unit, now]
    target = record.target[unit, month]
    return float(target if then == later else target * later / then)


def _memory(record: Record, unit: int, month: int, caught: int, history: Sequence[Month]) -> Words:
    if caught < 0:
        return Words("", "")
    lit, due = count_text(record.lit[unit, caught]), count_text(due_then(record, unit, month, caught))
    period = history[caught].period
    return Words(
        f"；{period} 已补上（开通 {lit}，当时应开通 {due}），改为黄灯，红灯记录保留",
        f"; caught up in {period} ({lit} lit, {due} were due): shown yellow, the red stays on record",
    )


def _impossible(table: pd.DataFrame) -> tuple[Finding, ...]:
    wrong = table[table["lit"] > table["villages"]]
    return tuple(
        Finding(
            Severity.ERROR, "lit_over_villages",
            Words(f"{code} {name} {period}：开通 {lit} 个村，任务只有 {villages} 个村",
                  f"{code} {name} {period}: {lit} villages lit of {villages}"),
            Words("核对任务村数与上报", "check the unit's villages and the reports"),
            layer="unit_status", row=code, field="lit",
        )
        for code, name, period, lit, villages in zip(
            *(wrong[c].tolist() for c in ("code", "name", "period", "lit", "villages")), strict=True
        )
    )  # fmt: skip
