"""Units and their tree on any day: derived from the villages' codes, overridden by dated rows, overlays beside.

A row of ``units`` holds from its first to its last day. Its parent may be

- a unit of a higher level: the unit belongs to it on those days;
- a unit of its own level: the unit *is* that one on those days (遵义县 520321 → 播州区 520304: renamed, merged);
- an overlay, where the row says `overlay`: the unit is counted in the overlay too, and nowhere twice.

What no row says comes from the code (GB/T 2260): 12 digits village, 9 township, 6 county, 4 prefecture, 2 province.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cuntong_gis import schema
from cuntong_gis.model import Finding, Plan, Severity
from cuntong_gis.settings import Settings
from cuntong_gis.words import Words

LEVELS = ("province", "prefecture", "county", "township", "village")
VILLAGE = LEVELS.index("village")
ALWAYS = np.iinfo(np.int64).max // 2
"""Day number of a row that never ends; minus it, of one that always was."""

Ints = NDArray[np.int64]
Texts = NDArray[Any]


@dataclass(frozen=True)
class UnitBook:
    """Everything known of units on all days.

    Attributes
    ----------
    villages, village_names : ndarray of str, shape (n,)
        Codes and names of the plan's villages.
    townships : ndarray of str, shape (n,)
        Township of each by its code, or by its names where the code says nothing.
    names, parents, levels : mapping
        Of each unit that the villages' codes and names imply: code → name, parent ("" at the top), level (0–4).
    rows : DataFrame
        Usable rows of ``units``: code, name, level (0–4), parent, first, last (day numbers), overlay, member, row.
    findings : tuple of Finding
        What is wrong with the rows, whatever the day.
    """

    villages: Texts
    village_names: Texts
    townships: Texts
    names: Mapping[str, str]
    parents: Mapping[str, str]
    levels: Mapping[str, int]
    rows: pd.DataFrame
    findings: tuple[Finding, ...]


def unit_book(plan: Plan, settings: Settings, units: pd.DataFrame | None = None) -> UnitBook:
    """Read what is known of units.

    Parameters
    ----------
    plan : Plan
        Its villages and boundaries.
    settings : Settings
        The campaign's own unit, where villages have no codes.
    units : DataFrame, optional
        Schema ``units``; `attrs["rows"]` may hold the row numbers of the file, else the first row is 2.

    Returns
    -------
    UnitBook
        With the findings about `units`.
    """
    villages = plan.villages["code"].to_numpy(object).astype(str)
    names = _known_names(plan)
    if own := canonical_code(settings.campaign.unit_code):
        names.setdefault(own, settings.campaign.unit_name or own)
    for code in dict.fromkeys((*names, *_digits(villages, 9))):
        names.setdefault(code, code)
    townships, loose = _townships(plan.villages, villages, names, settings)
    parents: dict[str, str] = {}
    levels: dict[str, int] = {}
    used = dict.fromkeys((*np.unique(townships).tolist(), *loose))
    for code in used:
        while code and code not in levels:
            parents[code], levels[code] = (loose[code][1:]) if code in loose else (parent_code(code), level_of(code))
            names.setdefault(code, loose[code][0] if code in loose else code)
            code = parents[code]
    known = {*names, *levels, *villages.tolist()}
    rows, findings = _usable(units, levels, known, set(villages.tolist()))
    if len(without := np.flatnonzero(~_coded(villages))):
        findings = (*findings, _loose_finding(villages[without]))
    return UnitBook(villages, plan.villages["name"].to_numpy(object), townships, names, parents, levels, rows, findings)


def canonical_code(code: str) -> str:
    """Return a code as the tree writes it.

    Parameters
    ----------
    code : str
        As the user writes it: filled up with zeros, or cut to the digits that count.

    Returns
    -------
    str
        6 digits of province, prefecture and county, 9 of a township, 12 of a village; others unchanged.
    """
    code = code.strip()
    if not code.isdigit():
        return code
    for length in (12, 9):
        if len(code) == length and code.endswith("000"):
            code = code[:-3]
    return code.ljust(6, "0") if len(code) in (2, 4) else code


def level_of(code: str) -> int:
    """Return the level that a canonical code says.

    Parameters
    ----------
    code : str
        As `canonical_code` writes it.

    Returns
    -------
    int
        Place in `LEVELS`; -1 when the code does not say.
    """
    if not code.isdigit():
        return -1
    if len(code) == 6:
        return 0 if code.endswith("0000") else 1 if code.endswith("00") else 2
    return {9: 3, 12: 4}.get(len(code), -1)


def parent_code(code: str) -> str:
    """Return the unit above by the code alone.

    Parameters
    ----------
    code : str
        As `canonical_code` writes it.

    Returns
    -------
    str
        "" at the top, and where the code does not say.
    """
    level = level_of(code)
    if level <= 0:
        return ""
    return {1: f"{code[:2]}0000", 2: f"{code[:4]}00", 3: code[:6], 4: code[:9]}[level]


def day_number(day: dt.date) -> int:
    """Return a day as the number of days since 1970-01-01.

    Parameters
    ----------
    day : date
        The day.

    Returns
    -------
    int
        The number.
    """
    return int(np.datetime64(day, "D").astype(np.int64))


def day_numbers(days: pd.Series, missing: int) -> Ints:
    """Return a column of dates as numbers of days since 1970-01-01.

    Parameters
    ----------
    days : Series of datetime64
        The dates.
    missing : int
        Stands for those that are missing.

    Returns
    -------
    ndarray of int64
        The numbers.
    """
    values = days.to_numpy("datetime64[D]")
    return np.where(np.isnat(values), missing, values.astype(np.int64))


def row_names(table: pd.DataFrame) -> Texts:
    """Return what the user calls each row of a table.

    Parameters
    ----------
    table : DataFrame
        `attrs["rows"]` may hold the row numbers of the file.

    Returns
    -------
    ndarray of str
        Row numbers; the first row of a plain table is 2, below its header.
    """
    given = table.attrs.get("rows")
    return np.array([str(n) for n in (given if given is not None else range(2, len(table) + 2))], object)


def _coded(villages: Texts) -> NDArray[np.bool_]:
    """Tell which codes are 12 digits."""
    return (np.char.str_len(villages) == 12) & np.char.isdigit(villages) if len(villages) else np.zeros(0, bool)


def _digits(villages: Texts, count: int) -> list[str]:
    return list(np.unique(villages[_coded(villages)].astype(f"U{count}")).tolist())


def _known_names(plan: Plan) -> dict[str, str]:
    """Return code → name: as the villages say most often, else the boundaries, else the list of GB/T 2260."""
    text = resources.files("cuntong_gis").joinpath("data/guizhou_units.csv").read_text("utf-8")
    names = {row["code"]: row["name"] for row in csv.DictReader(text.splitlines())}
    for code, name in zip(plan.boundaries["code"], plan.boundaries["name"], strict=True):
        if code and name:
            names[canonical_code(code)] = name
    villages = plan.villages["code"].to_numpy(object).astype(str)
    coded = _coded(villages)
    for column, digits in (("county", 6), ("township", 9)):
        said = pd.DataFrame({"code": villages[coded].astype(f"U{digits}"), "name": plan.villages[column][coded]})
        often = said[said["name"] != ""].value_counts().reset_index()
        often = often.sort_values(["count", "name"], ascending=[False, True]).drop_duplicates("code")
        names |= dict(zip(often["code"], often["name"], strict=True))
    return names


def _townships(
    table: pd.DataFrame, villages: Texts, names: Mapping[str, str], settings: Settings
) -> tuple[Texts, dict[str, tuple[str, str, int]]]:
    """Return the township of each village, and name, parent and level of the units made up for want of a code.

    A village without a 12-digit code goes to the county and township of its names where both are unmistakable, else
    to one made-up township for each pair of names: none is dropped, and every level adds up to all villages.
    """
    coded = _coded(villages)
    townships = np.where(coded, villages.astype("U9"), "").astype(object)
    loose: dict[str, tuple[str, str, int]] = {}
    if coded.all():
        return townships, loose
    by_name: dict[tuple[int, str, str], list[str]] = {}
    for code, name in names.items():
        above = parent_code(code) if level_of(code) == 3 else ""
        by_name.setdefault((level_of(code), above, name), []).append(code)
    pairs = table.loc[~coded, ["county", "township"]]
    found: dict[tuple[str, str], str] = {}
    for county, township in pairs.drop_duplicates().itertuples(index=False):
        found[county, township] = _placed(county, township, by_name, loose, villages[coded], settings)
    townships[~coded] = [found[pair] for pair in pairs.itertuples(index=False, name=None)]
    return townships, loose


def _placed(
    county: str, township: str, by_name: Mapping[tuple[int, str, str], list[str]],
    loose: dict[str, tuple[str, str, int]], coded: Texts, settings: Settings,
) -> str:  # fmt: skip
    own = canonical_code(settings.campaign.unit_code)
    codes = by_name.get((2, "", county), []) if county else []
    if level_of(own) == 2 and county in ("", settings.campaign.unit_name):
        codes = [own]
    if len(codes) != 1:
        provinces = np.unique(coded.astype("U2")).tolist()
        province = f"{own[:2]}0000" if level_of(own) >= 0 else f"{provinces[0]}0000" if len(provinces) == 1 else ""
        if not province:
            province = "unassigned-province"
            loose[province] = ("未划分", "", 0)
        prefecture = f"{own[:4]}00" if level_of(own) >= 1 else "unassigned-prefecture"
        if level_of(own) < 1:
            loose[prefecture] = ("未划分市州", province, 1)
        codes = [f"unassigned:{county}"]
        loose[codes[0]] = (county or "未划分县区", prefecture, 2)
    within = by_name.get((3, codes[0], township), []) if township else []
    if len(within) == 1:
        return within[0]
    made = f"unassigned:{county}:{township}"
    loose[made] = (township or "未划分乡镇", codes[0], 3)
    return made


def _loose_finding(villages: Texts) -> Finding:
    return Finding(
        Severity.NOTICE, "village_unassigned",
        Words(
            f"{len(villages)} 个村没有 12 位区划代码（如 {villages[0]}），按县名、乡镇名归并，计入“未划分”单位",
            f"{len(villages)} villages have no 12-digit code ({villages[0]} …): they are counted by the names of "
            "their county and township, in units called unassigned",
        ),
        Words("在村表补全区划代码，或在 units 表写明上级", "complete their codes, or say their parents in table units"),
        layer="villages", field="code",
    )  # fmt: skip


def _usable(
    units: pd.DataFrame | None, levels: dict[str, int], known: set[str], villages: set[str]
) -> tuple[pd.DataFrame, tuple[Finding, ...]]:
    """Return the rows that can be used, and a finding for each that cannot, or not wholly."""
    table = schema.empty("units") if units is None else units
    code, parent = (table[c].map(canonical_code).astype(object) for c in ("code", "parent"))
    rows = pd.DataFrame({
        "code": code, "name": table["name"].astype(object), "parent": parent,
        "first": day_numbers(table["valid_from"], -ALWAYS), "last": day_numbers(table["valid_to"], ALWAYS),
        "overlay": table["overlay"].to_numpy(bool), "row": row_names(table),
    })  # fmt: skip
    said = table["level"].map({name: n for n, name in enumerate(LEVELS)}).fillna(-1).to_numpy(np.int64)
    by_code = np.where(rows["code"].isin(villages), VILLAGE, [level_of(c) for c in rows["code"]]).astype(np.int64)
    rows["level"] = np.where(said >= 0, said, by_code)
    laid_over = set(rows.loc[rows["overlay"], "code"])
    rows["member"] = rows["overlay"] & rows["parent"].isin(laid_over)
    notes: list[Finding] = []
    rows = _without(rows, rows["first"] > rows["last"], "unit_dates", notes, Words(
        "启用日期晚于停用日期", "its first day comes after its last"
    ))  # fmt: skip
    plain = ~rows["overlay"]
    own = {**levels, **{c: n for c, n in zip(rows["code"], rows["level"], strict=True) if n >= 0}}
    rows = _without(rows, plain & (rows["level"] < 0), "unit_level", notes, Words(
        "代码看不出级别，也没有写级别", "neither its code nor a level says what it is"
    ))  # fmt: skip
    plain = ~rows["overlay"]
    unknown = plain & (rows["parent"] != "") & ~rows["parent"].isin(known | set(rows.loc[plain, "code"]))
    rows = _without(rows, unknown, "unit_unknown_parent", notes, Words(
        "没有代码为 {parent} 的上级单位", "there is no unit {parent} for it to belong to"
    ))  # fmt: skip
    rows = _without(rows, _in_cycle(rows), "unit_cycle", notes, Words(
        "上级关系成环，经 {parent} 又回到自身", "it is its own superior by way of {parent}"
    ))  # fmt: skip
    plain = ~rows["overlay"]
    above = rows["parent"].map(lambda c: own.get(c, level_of(c)))
    upside_down = plain & (rows["parent"] != "") & (
        (above > rows["level"]) | ((above == rows["level"]) & (rows["level"] == VILLAGE))
    )  # fmt: skip
    rows = _without(rows, upside_down, "unit_parent_level", notes, Words(
        "上级 {parent} 的级别不比它高", "its parent {parent} is of no higher level"
    ))  # fmt: skip
    missing = ~rows["overlay"] & (rows["level"] == VILLAGE) & ~rows["code"].isin(known)
    rows = _without(rows, missing, "unit_unknown_village", notes, Words(
        "规划里没有这个村", "the plan has no such village"
    ))  # fmt: skip
    _overlaps(rows, notes)
    return rows, tuple(notes)


def _without(rows: pd.DataFrame, wrong: pd.Series, code: str, notes: list[Finding], why: Words) -> pd.DataFrame:
    """Tell the wrong rows and leave them out."""
    for row in rows[wrong].itertuples(index=False):
        said = f"{row.code} {row.name}".strip()
        notes.append(_row_finding(row.row, code, Words(
            f"{said}：{why.zh.format(parent=row.parent)}；此行不采用",
            f"{said}: {why.en.format(parent=row.parent)}; the row is not used",
        )))  # fmt: skip
    return rows[~wrong]


def _row_finding(row: Any, code: str, message: Words, severity: Severity = Severity.ERROR) -> Finding:
    return Finding(
        severity, code,
        Words(f"units 第 {row} 行：{message.zh}", f"units row {row}: {message.en}"),
        Words("改正 layers/units 的这一行", "correct this row of layers/units"), layer="units", row=str(row),
    )  # fmt: skip


def _in_cycle(rows: pd.DataFrame) -> pd.Series:
    """Tell the rows by which a unit comes to stand above itself on some day."""
    plain = rows[~rows["overlay"] & (rows["parent"] != "") & (rows["level"] != VILLAGE)]
    bad: set[Any] = set(plain.index[plain["code"] == plain["parent"]])
    for day in np.unique(plain["first"]).tolist():
        valid = plain[(plain["first"] <= day) & (day <= plain["last"])]
        up = dict(zip(valid["code"], zip(valid["parent"], valid.index, strict=True), strict=True))
        for start in up:
            seen: dict[str, Any] = {}
            at = start
            while at in up and at not in seen:
                seen[at] = up[at][1]
                at = up[at][0]
            if at == start:
                bad |= set(seen.values())
    return pd.Series(rows.index.isin(bad), rows.index)


def _overlaps(rows: pd.DataFrame, notes: list[Finding]) -> None:
    """Tell rows of one unit that hold on the same day: the one that begins last counts there."""
    plain = rows[~rows["overlay"]].sort_values(["code", "first", "parent", "name"], kind="stable")
    before = plain.shift(1)
    for place in np.flatnonzero((plain["code"] == before["code"]) & (plain["first"] <= before["last"])):
        one, other = plain.iloc[place - 1], plain.iloc[place]
        notes.append(_row_finding(other["row"], "unit_overlap", Words(
            f"{other['code']} {other['name']}与第 {one['row']} 行的有效期重叠，重叠之日按本行",
            f"{other['code']} {other['name']} holds on days of row {one['row']} too; on those days this row counts",
        )))  # fmt: skip
