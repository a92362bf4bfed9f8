"""A small made-up region across a provincial border, where units are renamed, moved and laid over one another while a
random campaign goes on: everything that figures must follow, in a few hundred entries."""

from __future__ import annotations

import datetime as dt
import hashlib
import random
from collections import defaultdict
from decimal import Decimal

import pandas as pd
from plans import campaign, officials, plan_of, targets, units

from cuntong_gis import schema
from cuntong_gis.model import Plan
from cuntong_gis.progress import Kind, Measure, PlanFacts, Report
from cuntong_gis.settings import Settings

FIRST, LAST = dt.date(2016, 3, 1), dt.date(2017, 1, 20)
TOWNS = (
    "511502100", "511502101", "520302100", "520302101", "520321100", "520321101", "520321102", "520526100", "520527100",
    "520527101", "520304105",
)  # fmt: skip
VILLAGES = [f"{town}{200 + n}" for t, town in enumerate(TOWNS) for n in range(1, 3 + t % 3)]
UNITS = units(
    {"code": "520321", "name": "遵义县", "parent": "520304", "valid_from": "2016-06-15"},  # renamed
    {"code": "520304", "name": "播州区", "parent": "520300", "valid_from": "2016-06-15"},
    {"code": "520527101", "name": "迁移镇", "parent": "520302", "valid_from": "2016-07-10"},  # to another prefecture
    {"code": "520302100202", "name": "改名村", "parent": "520302101", "valid_from": "2016-05-10", "valid_to": "2016-08-20"},
    {"code": "520528", "name": "新设县", "level": "county", "parent": "5205", "valid_from": "2016-09-01"},
    {"code": "520526100", "name": "", "parent": "520528", "valid_from": "2016-09-01"},  # its old county is left empty
    {"code": "520321102", "name": "", "parent": "520321101", "valid_from": "2016-10-01"},  # merged
    {"code": "GAXQ", "name": "新区", "level": "prefecture", "overlay": True},
    {"code": "520321100", "name": "成员镇", "parent": "GAXQ", "overlay": True},
    {"code": "520302101201", "name": "", "parent": "GAXQ", "overlay": True, "valid_from": "2016-05-01"},
    {"code": "511502", "name": "", "parent": "GAXQ", "overlay": True, "valid_to": "2016-08-31"},
    {"code": "520199", "name": "试验区", "overlay": True, "valid_to": "2016-10-15"},
    {"code": "520527100", "name": "", "parent": "520199", "overlay": True},
    {"code": "JJQ", "name": "", "overlay": True, "valid_from": "2016-04-01"},
    {"code": "520526100", "name": "", "parent": "JJQ", "overlay": True},
)  # fmt: skip
TARGETS = targets(
    *((("520321" if month < 6 else "520304"), f"2016-{month:02d}", (month * 5) % 4) for month in range(3, 13)),
    ("520302", "2016-Q2", 2), ("520302", "2016-05", 3), ("520302", "2016-W19", 1), ("520302", "2016", 7),
    ("520527100", "2016-06-05", 1), ("520527100", "2016-W23", 2), ("520527100", "2016-H2", 1),
    ("511502", "2016-12", 3), ("511502", "2017-01", 1), ("520526100201", "2016-07", 1),
    ("520302101", "2016-02", 1), ("520302101", "2016-W09", 1), ("520302101", "2016-08", 1), ("JJQ", "2016-09", 2),
)  # fmt: skip
OFFICIALS = officials(
    ("520300", "government", "赵"), ("5203", "company", "钱"), ("520300", "government", "孙"),
    ("520321", "government", "李"), ("520304", "government", "周"), ("520527101", "company", "吴"),
    ("GAXQ", "government", "郑"), ("520302100202", "company", "王"),
)  # fmt: skip
SETTINGS: Settings = campaign(unit_code="520000")


def a_border_plan() -> Plan:
    """Return villages in a tree of spans of odd lengths and prices; trunks serve several counties."""
    rng = random.Random(7)
    parent: dict[str, str] = {}
    order = VILLAGES[:]
    rng.shuffle(order)
    for n, code in enumerate(order[1:], start=1):
        if rng.random() < 0.85:
            parent[code] = order[rng.randrange(max(0, n - 9), n)]
    reached = order[:-2]  # two that no route leads to
    routes = {}
    for code in reached:
        course, here = [], code
        while here:
            course.append(f"S{here}")
            here = parent.get(here, "")
        routes[code] = " ".join(course)
    routes[order[0]] = ""  # at the source itself
    routes = {c: " ".join(s for s in r.split() if s != f"S{order[0]}") for c, r in routes.items()}
    used = sorted({s for r in routes.values() for s in r.split()})
    spans = [(s, "" if parent.get(c) is None else f"J{parent[c]}", f"J{c}") for c in reached if (s := f"S{c}") in used]
    spans += [
        ("U1", f"J{order[3]}", "JU1"), ("U2", "JU1", "JU2"), ("U3", "JX", "JY"),  # must be used, and serve nobody
    ]  # fmt: skip
    lengths = [0.0 if n == 4 else round(rng.uniform(80, 4000), 3) for n in range(len(spans))]
    due = {
        c: f"2016-{rng.randint(5, 11):02d}-{rng.randint(1, 28):02d}" if rng.random() < 0.6 else None for c in VILLAGES
    }
    stage = {c: rng.choice(["surveyed", "laid", "lit"]) if rng.random() < 0.2 else "not_started" for c in VILLAGES}
    return plan_of(
        {
            "code": VILLAGES, "name": [f"村{c[-4:]}" for c in VILLAGES],
            "county": ["翠屏区" if c.startswith("511502") else "" for c in VILLAGES],
            "township": ["甲镇" if c.startswith("520321100") else "" for c in VILLAGES],
            "due_date": pd.to_datetime(pd.Series([due[c] for c in VILLAGES])),
            "stage": [stage[c] for c in VILLAGES],
            "stage_date": pd.to_datetime(pd.Series([None if stage[c] == "not_started" else "2016-02-20" for c in VILLAGES])),
            "geometry": [None] * len(VILLAGES),
        },
        {
            "span_id": [s for s, _, _ in spans], "from_site": [a or "A" for _, a, _ in spans],
            "to_site": [b for _, _, b in spans], "deployment": ["aerial_new"] * len(spans), "length_m": lengths,
            "cost_cny": [Decimal(rng.randint(100, 9_999_999)) / 100 for _ in spans],
            "geometry": schema.empty("spans").geometry.reindex(range(len(spans))),
        },
        routes, "R001",
    )  # fmt: skip


class Rumour:
    """Random reports of a day: mostly right, sometimes late, wrong, corrected, or told otherwise by another."""

    def __init__(self, facts: PlanFacts, seed: int) -> None:
        self.facts, self.rng = facts, random.Random(seed)
        self.said: dict[tuple[str, str], list[Report]] = defaultdict(list)
        self.level: dict[tuple[str, str], float] = defaultdict(float)
        self.blockers: list[Report] = []
        self.count = 0

    def of_day(self, today: dt.date) -> list[Report]:
        return [self.one(today) for _ in range(self.rng.randint(3, 8))]

    def one(self, today: dt.date) -> Report:
        rng = self.rng
        kind = rng.choice([
            "stage", "stage", "stage", "metres", "metres", "percent", "test", "blocker", "unblock", "visit", "signature",
            "evidence", "check", "check", "close", "close", "reopen", "receipt", "again", "again", "otherwise", "carry",
        ])  # fmt: skip
        back = rng.choice([0, 0, 0, 1, 2, 5, 9, 30, 75])
        when = max(FIRST, today - dt.timedelta(days=back))
        village, span = rng.choice(VILLAGES), rng.choice(sorted(self.facts.planned_m))
        if kind in ("again", "otherwise"):
            return self.correction(today) if kind == "again" else self.dispute(today)
        if kind == "stage":
            rank = min(self.level[village, "stage"] + rng.choice([1, 1, 1, 2, 3]), 5)
            return self.figure(Kind.STAGE, village, when, Measure.STAGE, rank)
        if kind == "metres":
            more = round(rng.uniform(0.1, 0.6) * self.facts.planned_m[span], 1)
            return self.figure(Kind.METRES, span, when, Measure.LAID_M, self.level[span, "laid_m"] + more, note="余长")
        if kind == "carry":
            return self.figure(Kind.CARRY, span, when, Measure.LAID_M, rng.uniform(1, 900), resets=True)
        if kind == "percent":
            level = min(100.0, self.level[village, "percent"] + rng.uniform(0, 30))
            return self.figure(Kind.PERCENT, village, when, Measure.PERCENT, level)
        if kind == "test":
            return self.figure(Kind.TEST, span, when, rng.choice([Measure.SPLICED, Measure.TESTED]), 1.0)
        if kind == "close":
            said = {"certificate": f"销-{self.count}"}
            return self.figure(Kind.CLOSE, village, when, Measure.STAGE, 6.0, detail=said)
        if kind == "reopen":
            level, more = float(rng.randint(2, 5)), {"resets": True, "reason": "抽查不合格", "approver": "省级"}
            return self.figure(Kind.REOPEN, village, when, Measure.STAGE, level, **more)
        return self.remark(kind, village, when)

    def remark(self, kind: str, village: str, when: dt.date) -> Report:
        rng, more = self.rng, {}
        if kind == "unblock" and not self.blockers:
            kind = "visit"
        if kind == "blocker":
            due = rng.choice(["", (when + dt.timedelta(days=rng.randint(1, 40))).isoformat()])
            more = {"detail": {"category": "青苗", "owner": "乡镇政府", **({"due": due} if due else {})}}
        elif kind == "unblock":
            blocker = self.blockers.pop(rng.randrange(len(self.blockers)))
            village, more = blocker.subject, {"corrects": blocker.entry_id}
        elif kind == "check":
            level = rng.choice(["county", "county", "prefecture", "province"])
            more = {"detail": {"level": level, "passed": rng.random() < 0.7}}
        elif kind == "evidence":
            shown = hashlib.sha256(village.encode()).hexdigest()
            more = {"evidence": (shown,), "detail": {"item": "photo_room"}}
        elif kind == "receipt":
            # Now and then by a unit that is not there yet, or no longer, or is not known at all.
            village = rng.choice([*TOWNS, "520321", "520304", "520302", "520528", "5203", "GAXQ", "520199", "JJQ", "520321199",
                                  "511502100000", village])  # fmt: skip
        report = self.report(Kind(kind), village, when, **more)
        if kind == "blocker":
            self.blockers.append(report)
        return report

    def figure(self, kind: Kind, subject: str, when: dt.date, measure: Measure, level: float, **more) -> Report:
        report = self.report(kind, subject, when, measure=measure, level=float(level), **more)
        self.said[subject, measure].append(report)
        return report

    def correction(self, today: dt.date) -> Report:
        """Put right what somebody said; also what somebody else said otherwise."""
        known = [
            r for reports in self.said.values() for r in reports if r.kind not in (Kind.CLOSE, Kind.REOPEN, Kind.CARRY)
        ]
        if not known:
            return self.report(Kind.VISIT, VILLAGES[0], today)
        wrong = self.rng.choice(known[-60:])
        top = {"stage": 5, "percent": 100, "spliced": 1, "tested": 1}.get(wrong.measure)
        level = self.rng.randint(0, top) if top else round(wrong.level * self.rng.uniform(0.3, 1.1), 2)
        return self.figure(
            wrong.kind, wrong.subject, wrong.happened_on, wrong.measure, level, resets=True, reason="录入有误",
            approver="副县长", corrects=wrong.entry_id, note="余长",
        )  # fmt: skip

    def dispute(self, today: dt.date) -> Report:
        known = [
            r for reports in self.said.values() for r in reports if r.kind in (Kind.STAGE, Kind.METRES) and not r.resets
        ]
        if not known:
            return self.report(Kind.VISIT, VILLAGES[0], today)
        first = self.rng.choice(known[-40:])
        level = max(0.0, first.level - 1) if first.kind == Kind.STAGE else round(first.level * 0.9, 1)
        return self.figure(first.kind, first.subject, first.happened_on, first.measure, level, note="余长")

    def report(self, kind: Kind, subject: str, when: dt.date, **more) -> Report:
        self.count += 1
        unit = (self.facts.home.get(subject) or subject)[:6] if subject[:1] != "G" and subject[:1] != "J" else "520000"
        return Report(f"N{self.count}", kind, subject, unit, when, self.rng.choice("甲乙丙丁"), **more)

    def taken(self, report: Report) -> None:
        """Remember a figure that the ledger counts."""
        if report.measure:
            key = (report.subject, str(report.measure))
            self.level[key] = report.level if report.resets else max(self.level[key], report.level)
