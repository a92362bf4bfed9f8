"""Small plans and ledgers for tests of figures: villages by code, spans by length and price, entries one line each."""

from __future__ import annotations

import datetime as dt
import itertools
import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import shapely

from cuntong_gis import schema
from cuntong_gis.model import Plan, PlanTotals, Stage
from cuntong_gis.settings import Settings, settings_from

DAY = {"start": "2016-03-01", "deadline": "2016-12-31"}
"""306 days: a campaign of ten months."""


def campaign(**said: Any) -> Settings:
    """Return settings of a campaign; `said` adds to its section."""
    return settings_from({"campaign": {**DAY, **said}})


def a_plan(
    villages: Mapping[str, Mapping[str, Any]] | Sequence[str],
    spans: Mapping[str, tuple[float, str | int]] | None = None,
    routes: Mapping[str, Sequence[str]] | None = None,
    revision: str = "R001",
) -> Plan:
    """Return a plan of villages by code, spans (metres, CNY) by id, and the spans of each route from the village on.

    Where spans are not given, each village has one of 1,000 m and 10,000 CNY, called S and its code.
    """
    rows = villages if isinstance(villages, Mapping) else {code: {} for code in villages}
    if spans is None:
        spans = {f"S{code}": (1000.0, "10000") for code in rows}
        routes = {code: [f"S{code}"] for code in rows}
    table = pd.DataFrame([{"code": code, "name": f"村{code[-3:]}", **row} for code, row in rows.items()])
    if not len(table):
        table = pd.DataFrame({"code": [], "name": []}, dtype=object)
    site = {span: (f"from {span}", f"to {span}") for span in spans}
    for course in (routes or {}).values():
        for near, far in itertools.pairwise(course):
            site[near] = (site[far][1], site[near][1])
    return plan_of(
        {**{c: table[c] for c in table}, "geometry": shapely.points(np.zeros((len(table), 2)))},
        {
            "span_id": list(spans), "from_site": [site[s][0] for s in spans], "to_site": [site[s][1] for s in spans],
            "deployment": ["aerial_new"] * len(spans), "length_m": [float(m) for m, _ in spans.values()],
            "cost_cny": [Decimal(c) for _, c in spans.values()],
            "geometry": shapely.linestrings(np.zeros((len(spans), 2, 2))),
        },
        {code: " ".join(course) for code, course in (routes or {}).items()}, revision,
    )  # fmt: skip


def plan_of(villages: dict[str, Any], spans: dict[str, Any], routes: Mapping[str, str], revision: str) -> Plan:
    """Return a plan of columns, for what reads villages, spans, routes and boundaries only."""
    columns = {
        "route_id": [f"R-{code}" for code in routes], "village_code": list(routes), "span_ids": list(routes.values()),
        "geometry": shapely.linestrings(np.zeros((len(routes), 2, 2))),
    }  # fmt: skip
    count = len(villages["code"])
    return Plan(
        schema.conform(villages, "plan_villages"), schema.conform(spans, "spans"), schema.conform(columns, "routes"),
        *(schema.empty(name) for name in ("sites", "fiber", "access_points", "boundaries", "steering")),
        totals=PlanTotals(count, count, 0, 0.0, 0.0, Decimal(0), Decimal(0), 0.0, True), findings=(), revision=revision,
    )  # fmt: skip


class Book:
    """A ledger written line by line, as the rows that the real one would give."""

    def __init__(self, revision: str = "R001") -> None:
        self.rows: list[dict[str, Any]] = []
        self.revision = revision

    def add(self, kind: str, subject: str, day: str, counts: str = "", **said: Any) -> str:
        """Add an entry and return its id."""
        number = len(self.rows) + 1
        reported = dt.datetime(2016, 1, 1) + dt.timedelta(minutes=number)
        row = {
            "entry_id": f"E{number}", "chain": subject[:6] if subject[:1].isdigit() else "000000", "number": number,
            "kind": kind, "subject": subject, "unit": "520321", "measure": "", "level": None, "resets": False,
            "happened_on": day, "counts_on": counts or day, "reported_at": f"{reported.isoformat()}.000000+00:00",
            "reported_by": "someone", "revision": self.revision, **said,
        }  # fmt: skip
        if isinstance(row.get("detail"), dict):
            row["detail"] = json.dumps(row["detail"])
        self.rows.append(row)
        return str(row["entry_id"])

    def stage(self, code: str, stage: str, day: str, **said: Any) -> str:
        return self.add(
            said.pop("kind", "stage"), code, day, **{"measure": "stage", "level": Stage(stage).rank, **said}
        )

    def metres(self, span: str, metres: float, day: str, **said: Any) -> str:
        return self.add(said.pop("kind", "metres"), span, day, **{"measure": "laid_m", "level": metres, **said})

    def blocker(self, code: str, day: str, due: str = "", **said: Any) -> str:
        return self.add("blocker", code, day, detail={"category": "青苗", "due": due}, **said)

    @property
    def entries(self) -> pd.DataFrame:
        return schema.conform(pd.DataFrame(self.rows) if self.rows else {}, "entries")


def units(*rows: Mapping[str, Any]) -> pd.DataFrame:
    return schema.conform(pd.DataFrame(list(rows)), "units")


def targets(*rows: tuple[str, str, int]) -> pd.DataFrame:
    return schema.conform(pd.DataFrame(rows, columns=["unit", "period", "villages"]), "targets")


def officials(*rows: tuple[str, str, str]) -> pd.DataFrame:
    return schema.conform(pd.DataFrame(rows, columns=["unit", "chain", "name"]), "officials")


def row(table: pd.DataFrame, key: str) -> pd.Series:
    """Return the one row whose first column is `key`."""
    found = table[table.iloc[:, 0] == key]
    assert len(found) == 1, (key, len(found))
    return found.iloc[0]
