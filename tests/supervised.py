"""Short ways to write down the figures of units, months and villages that supervision is computed from."""

from __future__ import annotations

import calendar
import datetime as dt

import pandas as pd

from cuntong_gis import schema
from cuntong_gis.progress.supervision.lights import Month

LEVELS = {9: "township", 12: "village"}


def parent_of(code: str) -> str:
    if len(code) > 6:
        return code[:-3]
    return "" if code.endswith("0000") else f"{code[:2]}0000" if code.endswith("00") else f"{code[:4]}00"


def level_of(code: str) -> str:
    if len(code) > 6:
        return LEVELS[len(code)]
    return "province" if code.endswith("0000") else "prefecture" if code.endswith("00") else "county"


def unit(code: str, villages: int = 0, lit: int = 0, target: float | None = 0.0, **more: object) -> dict:
    """Return a row of ``unit_status``; `more` sets any other column."""
    known = {
        "code": code, "name": f"单位{code}", "level": level_of(code) if code.isdigit() else "county",
        "parent": parent_of(code) if code.isdigit() else "", "overlay": not code.isdigit(), "villages": villages,
        "lit": lit, "target": target, "lit_rate": lit / villages if villages else None, "time_rate": 0.5,
    }  # fmt: skip
    row = {**known, **more}
    if row["lit_rate"] is not None and row["time_rate"] is not None:
        row.setdefault("lag_points", (row["lit_rate"] - row["time_rate"]) * 100)
    return row


def units(*rows: dict) -> pd.DataFrame:
    return schema.conform(pd.DataFrame(list(rows)), "unit_status")


def month(period: str, *rows: dict, on: str = "", frozen: bool = False) -> Month:
    """Return a month's figures: of its last day, or of `on` while it is running."""
    year, number = (int(part) for part in period.split("-"))
    first, last = dt.date(year, number, 1), dt.date(year, number, calendar.monthrange(year, number)[1])
    return Month(period, first, last, dt.date.fromisoformat(on) if on else last, units(*rows), frozen)


def months(*figures: tuple[int, float], villages: int = 100, code: str = "520527", **more: object) -> list[Month]:
    """Return months from 2016-03 on of one unit, given as pairs of lit and target."""
    return [
        month(f"2016-{number:02d}", unit(code, villages, lit, target, **more))
        for number, (lit, target) in enumerate(figures, 3)
    ]


def villages(*codes: str, stage: str = "lit") -> pd.DataFrame:
    """Return villages of ``village_status``, all at a stage, in the townships of their codes."""
    return schema.conform(
        {"code": list(codes), "name": [f"村{c}" for c in codes], "township": [c[:9] for c in codes],
         "stage": [stage] * len(codes)}, "village_status",
    )  # fmt: skip


def units_of(*codes: str) -> pd.DataFrame:
    """Return the units above some villages, with how many villages they have."""
    found: dict[str, int] = {}
    for code in codes:
        above = parent_of(code)
        while above:
            found[above] = found.get(above, 0) + 1
            above = parent_of(above)
    return units(*(unit(code, count) for code, count in sorted(found.items())))
