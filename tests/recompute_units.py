"""Units of a day by the descriptions in the schemas alone, by plain loops: the half of `recompute` that is the tree."""

from __future__ import annotations

import csv
import datetime as dt
import functools
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cuntong_gis

Row = dict[str, Any]
LEVELS = ("province", "prefecture", "county", "township", "village")


@dataclass(frozen=True)
class Given:
    """What figures are made of besides the entries: tables as lists of rows."""

    villages: list[Row]
    spans: list[Row]
    routes: list[Row]
    boundaries: list[Row]
    start: dt.date | None
    deadline: dt.date | None
    stale_days: int
    units: list[Row] = field(default_factory=list)
    targets: list[Row] = field(default_factory=list)
    officials: list[Row] = field(default_factory=list)

    @property
    def days(self) -> int | None:
        return (self.deadline - self.start).days + 1 if self.start and self.deadline else None

    def elapsed(self, day: dt.date) -> int | None:
        return (day - self.start).days + 1 if self.start else None


def canonical(code: str) -> str:
    if not code.isdigit() or len(code) not in (2, 4, 6, 9, 12):
        return code
    full = code.ljust(12, "0")
    return full[:6] if full.endswith("000000") else full[:9] if full.endswith("000") else full


@functools.lru_cache(maxsize=10_000)
def level_by_code(code: str) -> str:
    if not code.isdigit():
        return ""
    if len(code) == 6:
        return "province" if code.endswith("0000") else "prefecture" if code.endswith("00") else "county"
    return {9: "township", 12: "village"}.get(len(code), "")


@functools.lru_cache(maxsize=10_000)
def above_by_code(code: str) -> str:
    return {
        "village": code[:9], "township": code[:6], "county": code[:4] + "00", "prefecture": code[:2] + "0000"
    }.get(level_by_code(code), "")  # fmt: skip


@functools.cache
def listed_names() -> dict[str, str]:
    path = Path(cuntong_gis.__file__).parent / "data" / "guizhou_units.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return {row["code"]: row["name"] for row in csv.DictReader(file)}


class Tree:
    """Units of a day: name, level, parent and villages of each."""

    def __init__(self, given: Given, day: dt.date) -> None:
        rows = [{**r, "code": canonical(r["code"]), "parent": canonical(r["parent"])} for r in given.units]
        laid_over = {r["code"] for r in rows if r["overlay"]}
        members = [r for r in rows if r["overlay"] and r["parent"] in laid_over]
        overlays = [r for r in rows if r["overlay"] and r["parent"] not in laid_over]
        self.plain = [r for r in rows if not r["overlay"]]
        self.ever_overlay = {r["code"] for r in overlays}
        self.row: dict[str, Row] = {}
        for r in sorted(self.plain, key=lambda r: r["valid_from"] or dt.date.min):
            if holds(r, day):
                self.row[r["code"]] = r  # of two that hold the later one
        self.became = {c: r["parent"] for c, r in self.row.items() if r["parent"] and self.same_level(r)}
        self.units: dict[str, Row] = {}
        self._add_units(given)
        self.villages: dict[str, list[str]] = {code: [] for code in self.units}
        for village in given.villages:
            for code in self.upwards(village["code"]):
                self.villages[code].append(village["code"])
        self.members: dict[str, list[str]] = {}
        self._add_overlays(given, [r for r in overlays if holds(r, day)], [r for r in members if holds(r, day)])

    def same_level(self, row: Row) -> bool:
        return (row["level"] or level_by_code(row["code"])) == self.level_of(row["parent"])

    def level_of(self, code: str) -> str:
        told = [r["level"] for r in self.plain if r["code"] == code and r["level"]]
        return told[-1] if told else level_by_code(code)

    def is_now(self, code: str) -> str:
        """Follow a unit to the one that it is on the day."""
        while code in self.became:
            code = self.became[code]
        return code

    def above(self, code: str) -> str:
        said = self.row[code]["parent"] if code in self.row and code not in self.became else ""
        return self.is_now(said or above_by_code(code))

    def upwards(self, code: str) -> list[str]:
        """Return a unit and all above it."""
        found = []
        while code:
            found.append(code)
            code = self.above(code)
        return found

    def _add_units(self, given: Given) -> None:
        names: dict[str, str] = dict(listed_names())
        for row in given.boundaries:
            if row["code"] and row["name"]:
                names[canonical(row["code"])] = row["name"]
        for village in reversed(given.villages):  # of several names the first
            code = village["code"]
            for unit, name in ((code[:9], village["township"]), (code[:6], village["county"]), (code, village["name"])):
                if name:
                    names[unit] = name
        known = {self.is_now(code) for code in self.row}
        for village in given.villages:
            known.add(village["code"])
        for code in list(known):
            known.update(self.upwards(code))
        for code in known:
            name = self.row[code]["name"] if code in self.row else ""
            self.units[code] = {
                "code": code, "name": name or names.get(code, code), "level": self.level_of(code),
                "parent": self.above(code), "overlay": False,
            }  # fmt: skip

    def _add_overlays(self, given: Given, overlays: list[Row], members: list[Row]) -> None:
        for row in overlays:
            code = row["code"]
            named = {self.is_now(m["code"]) for m in members if m["parent"] == code}
            named = {m for m in named if m in self.units and not named & set(self.upwards(m)[1:])}
            self.members[code] = sorted(named)
            inside = {v for m in named for v in self.villages[m]}
            self.villages[code] = [v["code"] for v in given.villages if v["code"] in inside]
            self.units[code] = {
                "code": code, "name": row["name"] or code, "level": row["level"] or level_by_code(code) or "county",
                "parent": "", "overlay": True,
            }  # fmt: skip

    def below(self, code: str) -> list[str]:
        """Return the units right below; of an overlay its members."""
        if self.units[code]["overlay"]:
            return self.members[code]
        return [c for c, u in self.units.items() if u["parent"] == code]

    def told_by(self, code: str) -> str:
        """Return the unit that a report of a unit is counted with on the day; "" where there is none."""
        code = self.is_now(canonical(code))
        while code and code not in self.units:
            if code in self.ever_overlay:
                return ""
            said = [r["parent"] for r in self.plain if r["code"] == code and r["parent"]]
            code = self.is_now(said[-1] if said else above_by_code(code))
        return code

    def counted_in(self, code: str) -> list[str]:
        """Return the units that have a unit below them, itself included, and the overlays that it is in."""
        if self.units[code]["overlay"]:
            return [code]
        up = self.upwards(code)
        return up + [o for o, members in self.members.items() if set(members) & set(up)]

    def order(self) -> list[str]:
        def place(code: str) -> tuple[int, str]:
            unit = self.units[code]
            return (len(LEVELS) if unit["overlay"] else LEVELS.index(unit["level"])), code

        return sorted(self.units, key=place)


def holds(row: Row, day: dt.date) -> bool:
    return (row["valid_from"] or dt.date.min) <= day <= (row["valid_to"] or dt.date.max)
