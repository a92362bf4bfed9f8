"""What the ledger must know of the issued plan: its villages, spans, who stands above and before them."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cuntong_gis.model import Stage

if TYPE_CHECKING:
    import pandas as pd

    from cuntong_gis.model import Plan

NO_COUNTY = "999999"
"""Chain of villages whose code is no 12-digit one."""


@dataclass(frozen=True)
class VillageFact:
    """A village of the plan.

    Attributes
    ----------
    name, township, county : str
        Names.
    upstream : str
        Code of the next village on its way to the source; "" when there is none.
    lon, lat : float
        Place; NaN where there is none.
    stage : Stage
        As the villages layer said when the plan was made.
    stage_on : date or None
        Day of that stage.
    """

    name: str
    township: str
    county: str
    upstream: str
    lon: float
    lat: float
    stage: Stage
    stage_on: dt.date | None


@dataclass(frozen=True)
class PlanFacts:
    """An issued plan, as the ledger's rules need it.

    Attributes
    ----------
    revision : str
        Of the plan.
    villages : mapping of str to VillageFact
        By code.
    planned_m : mapping of str to float
        Planned metres by span.
    home : mapping of str to str
        By span: a village whose township the span is counted in (the township with most villages behind it, ties to
        the lower code); "" for a span with none behind it.
    above : mapping of str to frozenset of str
        By village: the units it belongs to now, where a units table says so; they may be others than its code says.
    """

    revision: str
    villages: Mapping[str, VillageFact]
    planned_m: Mapping[str, float]
    home: Mapping[str, str]
    above: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def village_of(self, subject: str) -> str:
        """Return the village that a subject is counted with.

        Parameters
        ----------
        subject : str
            Village code or span id.

        Returns
        -------
        str
            Its code.
        """
        return self.home.get(subject, subject)

    def chain_of(self, subject: str) -> str:
        """Return the chain that holds what is said of a subject.

        Parameters
        ----------
        subject : str
            Village code, span id or unit code.

        Returns
        -------
        str
            Six digits.
        """
        code = self.village_of(subject)
        return code[:6] if code.isascii() and code.isdigit() and len(code) >= 6 else NO_COUNTY

    def is_of(self, subject: str, unit: str) -> bool:
        """Tell whether a unit may report of a subject.

        Parameters
        ----------
        subject : str
            Village code or span id.
        unit : str
            Code of the unit.

        Returns
        -------
        bool
            It is of the unit: as the units table says, or without one by its code.
        """
        code = self.village_of(subject)
        above = self.above.get(code)
        return code.startswith(significant(unit)) if above is None else code == unit or unit in above


def significant(unit: str) -> str:
    """Return the digits of a unit's code that its villages' codes begin with.

    Parameters
    ----------
    unit : str
        E.g. ``520500``.

    Returns
    -------
    str
        E.g. ``5205``; 6, 9 and 12 digits for counties, townships and villages.
    """
    if len(unit) == 6 and unit.isdigit():
        return unit[:2] if unit.endswith("0000") else unit[:4] if unit.endswith("00") else unit
    return unit


def plan_facts(plan: Plan, above: Mapping[str, frozenset[str]] | None = None) -> PlanFacts:
    """Return what the ledger must know of a plan.

    Parameters
    ----------
    plan : Plan
        An issued revision.
    above : mapping of str to frozenset of str, optional
        By village: the units it belongs to now; without it its code says.

    Returns
    -------
    PlanFacts
        Of all its villages, reached or not.
    """
    table = plan.villages
    upstream = _upstream(plan)
    lon, lat = _places(table)
    villages = {
        code: VillageFact(name, township, county, upstream.get(code, ""), x, y, Stage(stage), day)
        for code, name, township, county, x, y, stage, day in zip(
            table["code"], table["name"], table["township"], table["county"], lon, lat, table["stage"],
            [None if day != day else day.date() for day in table["stage_date"]], strict=True,
        )
    }  # fmt: skip
    planned = dict(zip(plan.spans["span_id"], plan.spans["length_m"].astype(float), strict=True))
    return PlanFacts(plan.revision, villages, planned, home_villages(plan), above or {})


def _places(table: pd.DataFrame) -> tuple[list[float], list[float]]:
    shapes = table.geometry
    return shapes.x.to_list(), shapes.y.to_list()


def home_villages(plan: Plan) -> dict[str, str]:
    """Return for each span the first village of the township that it is counted in.

    Parameters
    ----------
    plan : Plan
        The plan.

    Returns
    -------
    dict of str to str
        Span → code of a village, "" where none is behind it.
    """
    behind: dict[str, Counter[str]] = {span: Counter() for span in plan.spans["span_id"]}
    first: dict[str, str] = {}
    for code, spans in zip(plan.routes["village_code"], plan.routes["span_ids"], strict=True):
        township = code[:9]
        first[township] = min(code, first.get(township, code))
        for span in spans.split():
            behind[span][township] += 1
    best = {span: min(c, key=lambda t: (-c[t], t)) if c else "" for span, c in behind.items()}
    return {span: first.get(township, "") for span, township in best.items()}


def _upstream(plan: Plan) -> dict[str, str]:
    """Return for each village the next village on its way to the source: the owner of a site that its route passes."""
    owner = dict(zip(plan.sites["site_id"], plan.sites["village_code"], strict=True))
    start = dict(zip(plan.spans["span_id"], plan.spans["from_site"], strict=True))
    found = {}
    for code, spans in zip(plan.routes["village_code"], plan.routes["span_ids"], strict=True):
        passed: Iterable[str] = (owner.get(start[span], "") for span in spans.split())
        found[code] = next((v for v in passed if v and v != code), "")
    return found


def nearest(value: str, known: Iterable[str], count: int = 3) -> list[str]:
    """Return what somebody may have meant.

    Parameters
    ----------
    value : str
        As written.
    known : iterable of str
        What there is.
    count : int
        At most so many.

    Returns
    -------
    list of str
        The most alike first.
    """
    import difflib

    return difflib.get_close_matches(value, list(known), count, 0.6)
