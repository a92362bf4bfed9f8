"""The tree of units on one day: every village in one unit of each level, overlays beside them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cuntong_gis.model import Finding, Severity
from cuntong_gis.progress.rollup.units import (
    ALWAYS,
    LEVELS,
    VILLAGE,
    Ints,
    Texts,
    UnitBook,
    day_number,
    level_of,
    parent_code,
)
from cuntong_gis.words import Words


@dataclass(frozen=True)
class Tree:
    """The units of a day, and which villages are theirs.

    Attributes
    ----------
    codes, names : ndarray of str, shape (u,)
        The units: by level from the province down, then by code; overlays last.
    levels : ndarray of int64, shape (u,)
        Place in `LEVELS`.
    above : ndarray of int64, shape (u,)
        Row of the unit above; -1 at the top. An overlay is below none.
    overlay : ndarray of bool, shape (u,)
        Counted beside the others and in no total.
    unit_of, village_of : ndarray of int64, shape (p,)
        All pairs of a unit and a village of it; villages by their row in the plan.
    townships : ndarray of int64, shape (n,)
        Row of the township of each village; -1 where a village lies in none.
    members : tuple of (int, int)
        Rows of each overlay and of each of its members, none of them inside another.
    became : mapping
        Code of a unit that is another one on the day → code of that one.
    parents : mapping
        Codes that the book knows but the day does not → the code above, by which a report of theirs is counted.
    findings : tuple of Finding
        What is wrong on the day.
    """

    codes: Texts
    names: Texts
    levels: Ints
    above: Ints
    overlay: NDArray[np.bool_]
    unit_of: Ints
    village_of: Ints
    townships: Ints
    members: tuple[tuple[int, int], ...]
    became: Mapping[str, str]
    parents: Mapping[str, str]
    findings: tuple[Finding, ...]

    def called(self, unit: int) -> str:
        """Return how a message calls a unit.

        Parameters
        ----------
        unit : int
            Its row.

        Returns
        -------
        str
            Code and name.
        """
        code, name = str(self.codes[unit]), str(self.names[unit])
        return code if name == code else f"{code} {name}"

    def known(self, codes: Texts) -> NDArray[np.bool_]:
        """Tell which codes are those of units on some day, if not on this one.

        Parameters
        ----------
        codes : ndarray of str
            Codes as `canonical_code` writes them.

        Returns
        -------
        ndarray of bool
            Whether they are.
        """
        some = {*self.parents, *self.became}
        return np.array([code in some for code in codes.tolist()], bool)

    def totals(self, values: NDArray[Any]) -> NDArray[Any]:
        """Add up a figure of the villages for every unit.

        Parameters
        ----------
        values : ndarray, shape (n,)
            One figure a village, in the order of the plan.

        Returns
        -------
        ndarray, shape (u,)
            Of floats for floats; of int64, exact below 2**53, for integers and bools.
        """
        sums = np.bincount(self.unit_of, weights=values[self.village_of], minlength=len(self.codes))
        return sums if values.dtype.kind == "f" else np.rint(sums).astype(np.int64)

    def latest(self, days: Ints) -> Ints:
        """Return the latest day of the villages of every unit.

        Parameters
        ----------
        days : ndarray of int64, shape (n,)
            Day number of each village; very small where there is none.

        Returns
        -------
        ndarray of int64, shape (u,)
            The latest; as small where there is none.
        """
        found = np.full(len(self.codes), days.min(initial=-ALWAYS), np.int64)
        np.maximum.at(found, self.unit_of, days[self.village_of])
        return found

    def rows_of(self, codes: Texts, *, upwards: bool = False) -> Ints:
        """Return the rows of units by their codes.

        Parameters
        ----------
        codes : ndarray of str
            Codes as `canonical_code` writes them. A unit that has become another one is that one.
        upwards : bool, default False
            A unit that does not exist on the day counts as the one above it.

        Returns
        -------
        ndarray of int64
            Rows; -1 where there is none.
        """
        index = pd.Index(self.codes.astype(object))
        number, used = pd.factorize(np.asarray(codes, object))
        rows = index.get_indexer(pd.Index(used))
        for place in np.flatnonzero(rows < 0).tolist():
            code, steps = str(used[place]), 0
            while code and code not in index and steps < 2 * len(LEVELS):
                above = self.parents.get(code) or parent_code(code)
                code, steps = self.became.get(code) or (above if upwards else ""), steps + 1
            rows[place] = index.get_indexer(pd.Index([code], dtype=object))[0] if code else -1
        return rows[number].astype(np.int64) if len(used) else np.zeros(0, np.int64)


def tree_on(book: UnitBook, day: dt.date) -> Tree:
    """Return the tree of units of a day.

    Parameters
    ----------
    book : UnitBook
        What is known of units on all days.
    day : date
        The day.

    Returns
    -------
    Tree
        Every village is in one unit of each level that its superiors have.

    Notes
    -----
    Units above the villages are looked up one by one: there are some 1,400 in a province. Villages are not.
    """
    number = day_number(day)
    valid = book.rows[(book.rows["first"] <= number) & (number <= book.rows["last"])]
    plain = valid[~valid["overlay"]].sort_values(["code", "first", "parent", "name"], kind="stable")
    plain = plain.drop_duplicates("code", keep="last").set_index("code")
    upper = plain[plain["level"] != VILLAGE]
    levels = {**book.levels, **_first_of(book.rows, "level")}
    said = {c: p for c, p in zip(upper.index, upper["parent"], strict=True) if p}
    became = {c: p for c, p in said.items() if levels.get(p, level_of(p)) == levels[c]}

    def _now(code: str) -> str:
        for _ in became:  # no cycle is endless
            code = became.get(code, code)
        return code

    parents: dict[str, str] = {}
    homes = _homes(book, plain[plain["level"] == VILLAGE])
    used, home = np.unique(homes.astype(str), return_inverse=True)
    resolved = [_now(c) for c in used.tolist()]
    agenda = [*resolved, *(c for c in upper.index if c not in became)]
    for code in agenda:
        while code and code not in parents:
            parents[code] = _now(said.get(code) or book.parents.get(code, "") or parent_code(code))
            levels.setdefault(code, max(level_of(code), 0))
            code = parents[code]
    order = sorted(parents, key=lambda c: (levels[c], c))
    codes = np.array([*order, *book.villages[np.argsort(book.villages, kind="stable")].tolist()], object)
    place = {c: n for n, c in enumerate(order)}
    above = np.array([place.get(parents[c], -1) for c in order], np.int64)
    by_code = np.argsort(book.villages, kind="stable")
    village_parent = np.array([place[c] for c in resolved], np.int64)[home]
    names = {**book.names, **_first_of(upper.reset_index(), "name")}
    village_names = _named(book, plain)
    tree = Tree(
        codes,
        np.array([*(names.get(c) or c for c in order), *village_names[by_code].tolist()], object),
        np.r_[[levels[c] for c in order], np.full(len(by_code), VILLAGE)].astype(np.int64),
        np.r_[above, village_parent[by_code]].astype(np.int64),
        np.zeros(len(codes), bool),
        *_pairs(above, village_parent, np.argsort(by_code, kind="stable") + len(order)),
        _at_level(above, np.array([levels[c] for c in order], np.int64), village_parent, 3),
        (), became, {**_first_of(book.rows[~book.rows["overlay"]], "parent"), **book.parents},
        _not_valid(book, order, upper, number),
    )  # fmt: skip
    return _with_overlays(tree, valid[valid["overlay"]], levels)


def _first_of(rows: pd.DataFrame, column: str) -> dict[str, Any]:
    """Return code → the column's first value that says something."""
    some = rows[(rows[column] != "") & (rows[column] != -1)].drop_duplicates("code")
    return dict(zip(some["code"], some[column], strict=True))


def _homes(book: UnitBook, rows: pd.DataFrame) -> Texts:
    """Return the code of the unit that each village belongs to."""
    homes = np.asarray(book.townships, object).copy()
    rows = rows[rows["parent"] != ""]
    homes[pd.Index(book.villages.astype(object)).get_indexer(rows.index.astype(object))] = rows["parent"]
    return homes


def _named(book: UnitBook, plain: pd.DataFrame) -> Texts:
    names = np.asarray(book.village_names, object).copy()
    rows = plain[(plain["level"] == VILLAGE) & (plain["name"] != "")]
    names[pd.Index(book.villages.astype(object)).get_indexer(rows.index.astype(object))] = rows["name"]
    return names


def _pairs(above: Ints, village_parent: Ints, own: Ints) -> tuple[Ints, Ints]:
    """Return every pair of a unit and a village below it, the village as a unit of its own included."""
    units, villages = [own], [np.arange(len(own))]
    at = village_parent
    for _ in LEVELS:
        here = np.flatnonzero(at >= 0)
        units.append(at[here])
        villages.append(here)
        at = np.where(at >= 0, above[at] if len(above) else -1, -1)
    return np.concatenate(units).astype(np.int64), np.concatenate(villages).astype(np.int64)


def _at_level(above: Ints, levels: Ints, village_parent: Ints, level: int) -> Ints:
    found = np.full(len(village_parent), -1, np.int64)
    at = village_parent
    for _ in LEVELS:
        fits = (at >= 0) & (levels[at] == level) if len(levels) else np.zeros(len(at), bool)
        found = np.where(fits, at, found)
        at = np.where(at >= 0, above[at] if len(above) else -1, -1)
    return found


def _not_valid(book: UnitBook, order: list[str], upper: pd.DataFrame, number: int) -> tuple[Finding, ...]:
    """Tell units that villages still belong to although no row of theirs holds on the day."""
    rows = book.rows[book.rows["code"].isin(set(order) - set(upper.index)) & ~book.rows["overlay"]]
    levels = dict(zip(book.rows["code"], book.rows["level"], strict=True))
    became = rows["parent"].map(lambda c: levels.get(c, level_of(c))) == rows["level"]
    by_code = (rows["parent"] == "") | (rows["parent"] == rows["code"].map(parent_code))
    # A row that moves a unit from a later day on says nothing of the days before: there the code does.
    ended = rows[~became & (by_code | (rows["last"] < number))].drop_duplicates("code", keep="last")
    return tuple(
        Finding(
            Severity.WARNING, "unit_not_valid",
            Words(
                f"units 第 {row.row} 行：{row.code} {row.name}当日不在有效期内，却仍有下级单位",
                f"units row {row.row}: {row.code} {row.name} does not hold on the day, but others belong to it",
            ),
            Words(
                f"补一行写明它那时是谁：代码 {row.code}，上级写同级的新（旧）单位代码",
                f"add a row that says what it was then: code {row.code}, as parent the unit of its level that it was",
            ),
            layer="units", row=str(row.row), field="valid_from",
        )
        for row in ended.sort_values("code").itertuples(index=False)
    )  # fmt: skip


def _with_overlays(tree: Tree, rows: pd.DataFrame, levels: dict[str, int]) -> Tree:
    """Return the tree with the overlays of the day beside it."""
    heads = rows[~rows["member"]].sort_values(["code", "first", "row"]).drop_duplicates("code", keep="last")
    member = rows[rows["member"]].sort_values(["parent", "code", "row"])
    at = tree.rows_of(member["code"].to_numpy(object))
    notes = [
        _tell(row.row, "overlay_unknown_member", Severity.ERROR, Words(
            f"叠加单位 {row.parent} 的成员 {row.code} {row.name}当日不存在",
            f"overlay {row.parent} has no member {row.code} on the day",
        ))
        for row, place in zip(member.itertuples(index=False), at.tolist(), strict=True)
        if place < 0 or row.parent not in set(heads["code"])
    ]  # fmt: skip
    own = _below(tree)
    units, villages = [tree.unit_of], [tree.village_of]
    members: list[tuple[int, int]] = []
    head_levels: list[int] = []
    elsewhere = np.zeros(len(tree.townships), bool)
    for place, (code, row) in enumerate(zip(heads["code"], heads["row"], strict=True), len(tree.codes)):
        of = (member["parent"] == code).to_numpy(bool) & (at >= 0)
        row_of = dict(zip(at[of].tolist(), member["row"][of], strict=True))
        mine = _apart(tree, row_of, own, elsewhere, code, notes)
        inside = np.concatenate([np.zeros(0, np.int64), *(own[unit] for unit in mine)])
        if not len(inside):
            notes.append(_tell(row, "overlay_empty", Severity.WARNING, Words(
                f"叠加单位 {code} 当日没有成员村", f"overlay {code} has no villages on the day"
            )))  # fmt: skip
        elsewhere[inside] = True
        units.append(np.full(len(inside), place, np.int64))
        villages.append(inside)
        members.extend((place, unit) for unit in mine)
        highest = min((int(tree.levels[unit]) for unit in mine), default=3)
        head_levels.append(levels[code] if levels.get(code, -1) >= 0 else max(highest - 1, 0))
    return replace(
        tree,
        codes=np.r_[tree.codes, heads["code"].to_numpy(object)],
        names=np.r_[tree.names, heads["name"].where(heads["name"] != "", heads["code"]).to_numpy(object)],
        levels=np.r_[tree.levels, head_levels].astype(np.int64),
        above=np.r_[tree.above, np.full(len(heads), -1)].astype(np.int64),
        overlay=np.r_[tree.overlay, np.ones(len(heads), bool)],
        unit_of=np.concatenate(units), village_of=np.concatenate(villages), members=tuple(members),
        findings=(*tree.findings, *notes),
    )  # fmt: skip


def _below(tree: Tree) -> list[Ints]:
    """Return the villages of each unit."""
    order = np.argsort(tree.unit_of, kind="stable")
    return np.split(tree.village_of[order], np.searchsorted(tree.unit_of[order], np.arange(1, len(tree.codes))))


def _apart(
    tree: Tree, row_of: Mapping[int, Any], own: list[Ints], elsewhere: NDArray[np.bool_], head: str,
    notes: list[Finding],
) -> list[int]:  # fmt: skip
    """Return the members of an overlay of which none is inside another; tell those, and villages of two overlays."""
    inside = np.zeros(len(tree.townships), bool)
    apart = []
    for unit in sorted(row_of):  # larger units come first
        said = tree.called(unit)
        if inside[own[unit]].any():
            notes.append(_tell(row_of[unit], "overlay_member_twice", Severity.NOTICE, Words(
                f"{said}已随上级计入 {head}，只计一次",
                f"{said} is in {head} with its superior already, and counted once",
            )))  # fmt: skip
            continue
        if elsewhere[own[unit]].any():
            notes.append(_tell(row_of[unit], "village_in_two_overlays", Severity.ERROR, Words(
                f"{said}同时列入两个叠加单位", f"{said} is listed in two overlays"
            )))  # fmt: skip
        inside[own[unit]] = True
        apart.append(unit)
    return apart


def _tell(row: Any, code: str, severity: Severity, message: Words) -> Finding:
    return Finding(
        severity, code, Words(f"units 第 {row} 行：{message.zh}", f"units row {row}: {message.en}"),
        Words("核对叠加单位的成员", "check the members of the overlay"), layer="units", row=str(row),
    )  # fmt: skip
