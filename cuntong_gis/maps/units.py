"""Units and the days of the campaign as columns of a page.

The page counts stages by unit from the villages' own history, because that is an order of magnitude smaller than the
figures of 1,400 units on every day. Whatever it would count otherwise than `roll_up` did is found here, figure by
figure, and sent along: what the page shows is the roll-up's.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cuntong_gis.maps.compact import texts, words
from cuntong_gis.model import Stage
from cuntong_gis.progress import Timeline
from cuntong_gis.schema import iso

if TYPE_CHECKING:
    from cuntong_gis.maps.shown import Shown

Ints = NDArray[np.int64]
COUNTED = ("villages", "surveyed", "approved", "material_ready", "laid", "lit", "closed", "late")
"""Figures that the page counts: villages at each rank or further, and late ones."""
LIGHTS = ("", "green", "yellow", "red", "grey")
DATED = {"laid": Stage.LAID, "lit": Stage.LIT, "closed": Stage.CLOSED}
"""Stages whose day is known exactly; of the others it is known between which two days of the timeline they came."""


def units(shown: Shown, order: Ints) -> dict[str, Any]:
    """Return the units above the villages, what belongs to them, and what the page cannot count by itself.

    Parameters
    ----------
    shown : Shown
        The campaign, or a unit of it.
    order : ndarray of int64
        Rows of the villages in the order of the page.

    Returns
    -------
    dict
        `home`: row of the lowest unit of each village, -1 for none, all units above which hold it too; `more`: pairs of
        a unit and a village besides; `fix`: figures that are not what is counted, -1 where there is no such unit on the
        day; `blockers`, `overdue`: a row a day, a column a unit; `stale`: on the last day.
    """
    line = shown.timeline
    table, days = line.units, len(line.days)
    parent = pd.Index(table["code"]).get_indexer(table["parent"]).astype(np.int64)
    home, more_unit, more_village = _homes(line, parent, order)
    told = np.stack([_whole(line.figures[name]) for name in COUNTED])
    figure, day, unit = np.nonzero(told != counted(line))
    stale = shown.status.units.set_index("code")["stale"].reindex(table["code"]).fillna(False)
    return {
        "code": texts(table["code"]), "name": texts(table["name"]), "level": words(table["level"]), "parent": parent,
        "overlay": table["overlay"].to_numpy(bool), "home": home, "more": {"unit": more_unit, "village": more_village},
        "fix": {"figure": figure, "day": day, "unit": unit, "value": told[figure, day, unit]},
        "blockers": _whole(line.figures["blockers"]).reshape(days, -1),
        "overdue": _whole(line.figures["blockers_overdue"]).reshape(days, -1), "stale": stale.to_numpy(bool),
        "lights": _lights(shown), "officials": _officials(shown),
    }  # fmt: skip


def _whole(figures: NDArray[np.float64]) -> Ints:
    return np.where(np.isnan(figures), -1, np.nan_to_num(figures)).astype(np.int64)


def _homes(line: Timeline, parent: Ints, order: Ints) -> tuple[Ints, Ints, Ints]:
    """Return the lowest unit of each village on the page, and the pairs that do not follow from it."""
    count, villages = len(parent), len(order)
    place = np.empty(villages, np.int64)
    place[order] = np.arange(villages)
    village = place[line.village_of]
    pairs = np.unique(village * count + line.unit_of)
    depth = np.zeros(count, np.int64)
    above = parent.copy()
    while (above >= 0).any():
        depth += above >= 0
        above = np.where(above >= 0, parent[above], -1)
    plain = ~line.units["overlay"].to_numpy(bool)[line.unit_of]
    lowest = np.lexsort((depth[line.unit_of[plain]], village[plain]))
    home = np.full(villages, -1)
    home[village[plain][lowest]] = line.unit_of[plain][lowest]  # the last written of a village is its deepest
    follows, at, rows = [np.empty(0, np.int64)], home.copy(), np.arange(villages)
    while (at >= 0).any():
        here = at >= 0
        key = rows[here] * count + at[here]
        home[rows[here][~np.isin(key, pairs)]] = -1  # a unit above that does not hold it: all its pairs are told
        follows.append(key)
        at = np.where(here, parent[at], -1)
    implied = np.concatenate(follows)
    rest = pairs[~np.isin(pairs, implied[home[implied // max(count, 1)] >= 0])]
    return home, rest % max(count, 1), rest // max(count, 1)


def counted(line: Timeline) -> Ints:
    """Return what a page counts from the villages' stages and the units of the last day.

    Parameters
    ----------
    line : Timeline
        Of the campaign.

    Returns
    -------
    ndarray of int64, shape (figures, days, units)
        In the order of `COUNTED`.
    """
    count, ranks = len(line.units), len(Stage)
    found = np.zeros((len(COUNTED), len(line.days), count), np.int64)
    for day in range(len(line.days)):
        cell = line.unit_of * ranks + line.stage[day][line.village_of]
        at = np.bincount(cell, minlength=count * ranks).reshape(count, ranks)
        found[:ranks, day] = at[:, ::-1].cumsum(axis=1)[:, ::-1].T
        found[ranks, day] = np.bincount(line.unit_of[line.late[day][line.village_of]], minlength=count)
    return found


def _lights(shown: Shown) -> dict[str, Any]:
    """Return the light that each month gave to each unit: the record that stays."""
    codes = pd.Index(shown.timeline.units["code"])
    table = shown.lights[shown.lights["code"].isin(codes)]
    ends = sorted(table["as_of"].unique())
    light = np.zeros((len(ends), len(codes)), np.int64)
    row = pd.Index(ends).get_indexer(table["as_of"])
    light[row, codes.get_indexer(table["code"])] = table["own_light"].map(LIGHTS.index).to_numpy(np.int64)
    return {"ends": [iso(end) for end in ends], "light": light}


def _officials(shown: Shown) -> dict[str, Any]:
    codes = pd.Index(shown.timeline.units["code"])
    table = shown.officials[shown.officials["unit"].isin(codes)]
    unit = codes.get_indexer(table["unit"]).astype(np.int64)
    first = np.argsort(unit, kind="stable")
    table = table.iloc[first]
    return {
        "unit": unit[first], "company": (table["chain"] == "company").to_numpy(bool), "role": words(table["role"]),
        "name": texts(table["name"]), "phone": texts(table["phone"]),
    }  # fmt: skip


def history(shown: Shown, order: Ints) -> dict[str, Any]:
    """Return the course of each village: the days of its stages, and its stage on every day.

    Parameters
    ----------
    shown : Shown
        The campaign, or a unit of it.
    order : ndarray of int64
        Rows of the villages in the order of the page.

    Returns
    -------
    dict
        `laid`, `lit`, `closed` (none of them without a ledger) and `since` (of another stage, on the last day): days
        after `base`, 0 where there is none.
        `reach`: for each rank from 1 the first day (row of the timeline) from which on a village is not below it; None
        where that follows from the day of the stage. `odd`: cells of the timeline that are otherwise; `oddLate`: cells
        where lateness does not follow from stage and due date.
    """
    line = shown.timeline
    stage = line.stage[:, order].astype(np.int64)
    plan, status = shown.plan.villages.iloc[order], shown.status.villages.iloc[order]
    dated = {name: status[f"{name}_on"] for name in DATED} if shown.has_ledger else {}
    since = status["stage_on"] if shown.has_ledger else plan["stage_date"]
    known = [since, *dated.values()]
    earliest = min((day.min() for day in known if day.notna().any()), default=pd.Timestamp(line.days[0]))
    base = min(earliest, pd.Timestamp(line.days[0])) - pd.Timedelta(days=1)
    on = {name: _days_after(base, day) for name, day in dated.items()}
    days = _days_after(base, pd.Series([pd.Timestamp(day) for day in line.days]))
    reach: list[Ints | None] = []
    made = np.zeros_like(stage)
    for rank in range(1, len(Stage)):
        named = next((name for name, of in DATED.items() if of.rank == rank and name in on), "")
        first = _first_day(days, on[named]) if named else never_below(stage, rank)
        reach.append(None if named else first)
        made += np.arange(len(days))[:, None] >= first
    day, village = np.nonzero(made != stage)
    due = status["due_date"].to_numpy()
    late = (stage < Stage.LIT.rank) & (due < np.array(line.days, "datetime64[s]")[:, None])
    odd_day, odd_village = np.nonzero(late != line.late[:, order])
    told = (stage[-1] > 0) & ~np.isin(stage[-1], [DATED[name].rank for name in on])
    return {
        "base": iso(base), "since": np.where(told, _days_after(base, since), 0), **on, "reach": reach,
        "odd": {"day": day, "village": village, "stage": stage[day, village]},
        "oddLate": {"day": odd_day, "village": odd_village},
    }  # fmt: skip


def _days_after(base: pd.Timestamp, column: pd.Series) -> Ints:
    return np.asarray((column - base).dt.days.fillna(0), np.int64)


def _first_day(days: Ints, on: Ints) -> Ints:
    return np.where(on > 0, np.searchsorted(days, on), len(days)).astype(np.int64)


def never_below(stage: Ints, rank: int) -> Ints:
    """Return from which day on stages are not below a rank.

    Parameters
    ----------
    stage : ndarray of int64, shape (days, n)
        Ranks.
    rank : int
        From 1.

    Returns
    -------
    ndarray of int64, shape (n,)
        The first row of them; the number of rows where there is none.
    """
    below = stage[::-1] < rank
    return np.asarray(len(stage) - np.where(below.any(axis=0), below.argmax(axis=0), len(stage)), np.int64)


def facts(shown: Shown, order: Ints) -> dict[str, Any]:
    """Return what a village's card tells besides its stage: evidence, checks, certificate, what stands in its way.

    Parameters
    ----------
    shown : Shown
        The campaign, or a unit of it.
    order : ndarray of int64
        Rows of the villages in the order of the page.

    Returns
    -------
    dict
        Columns of villages; `stale`: not closed, and not heard of for too long; `blockers`: rows of their own.
    """
    status, table = shown.status.villages.iloc[order], shown.blockers
    stale = shown.status.units.set_index("code")["stale"].reindex(status["code"]).fillna(False).to_numpy(bool)
    row = pd.Index(status["code"]).get_indexer(table["village"]).astype(np.int64)
    return {
        "evidence": shown.evidence[order], "checks": words(status["checks"]),
        "certificate": texts(status["certificate"]),
        "stale": stale & (status["stage"] != Stage.CLOSED).to_numpy(bool) & shown.has_ledger,
        "blockers": {
            "village": row, "category": words(table["category"]), "note": words(table["note"]),
            "owner": words(table["owner"]), "since": words(table["since"].map(iso)),
            "due": words(table["due"].map(iso)), "overdue": table["overdue"].to_numpy(bool),
        },
    }  # fmt: skip


@contextlib.contextmanager
def _single_characters_only() -> Iterator[None]:
    """Let pypinyin be imported without its phrases: 45 MB that single characters have no use for."""
    before = os.environ.get("PYPINYIN_NO_PHRASES")
    os.environ["PYPINYIN_NO_PHRASES"] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ["PYPINYIN_NO_PHRASES"]
        else:
            os.environ["PYPINYIN_NO_PHRASES"] = before


def sounds(names: list[str]) -> dict[str, Any]:
    """Return how the characters of names are read, for a search by pinyin.

    Parameters
    ----------
    names : list of str
        Names of villages and units.

    Returns
    -------
    dict
        `chars`: each Chinese character once; `reads`: its readings without tones, separated by commas.
    """
    with _single_characters_only():
        from pypinyin import Style, pinyin
    chars = sorted({char for name in names for char in name if "\u3400" <= char <= "\u9fff"})
    reads = [pinyin(char, style=Style.NORMAL, heteronym=True)[0] for char in chars]
    plain = [",".join(dict.fromkeys(read.replace("ü", "v") for read in found if read.isalpha())) for found in reads]
    return {"chars": "".join(chars), "reads": words(plain)}
