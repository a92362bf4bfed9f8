"""Every figure of the reports once more, from raw entries and the descriptions in the schemas alone, by plain loops.

It shares nothing with the product's own computation: no table library, no floats where figures are exact.
"""

from __future__ import annotations

import bisect
import datetime as dt
import functools
import math
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from recompute_units import Given, Row, Tree, canonical

from cuntong_gis.progress import Entry

STAGES = ("not_started", "surveyed", "approved", "material_ready", "laid", "lit", "closed")
LAID, LIT, CLOSED = 4, 5, 6
SILENT_KINDS = ("opening", "carry", "revision", "freeze")
DAY = dt.timedelta(days=1)
LENGTHS = ("day", "week", "month", "quarter", "half-year", "year")


@dataclass(frozen=True)
class Recomputed:
    """The three tables of a day as lists of rows; missing is None, money Decimal, days dates."""

    units: list[Row]
    villages: list[Row]
    spans: list[Row]


def recompute(given: Given, entries: Iterable[Entry], day: dt.date, period: str = "month") -> Recomputed:
    """Return every figure of a day."""
    tree = Tree(given, day)
    entries = sorted(entries, key=lambda e: (e.counts_on, e.reported_at, e.chain, e.number))
    before = first_day(day, period) - DAY
    now, then = State(given, entries, day, tree), State(given, entries, before, tree)
    villages = [now.village_row(row) for row in given.villages]
    spans = [now.span_row(row) for row in given.spans]
    units = unit_rows(given, tree, now, then, villages, spans, day, before)
    return Recomputed(units, villages, spans)


# --- villages and spans ----------------------------------------------------------------------------------------------


class State:
    """Villages and spans on a day."""

    def __init__(self, given: Given, ordered: Sequence[Entry], day: dt.date, tree: Tree) -> None:
        self.given, self.day, self.tree = given, day, tree
        by_the_day = [e for e in ordered if e.counts_on <= day]
        self.counting = [e for e in by_the_day if not e.conflicts_with]
        self.about: dict[str, list[Entry]] = defaultdict(list)
        for entry in self.counting:
            self.about[entry.subject].append(entry)
        corrected = {e.corrects for e in self.counting if e.corrects}
        self.conflicts: dict[str, int] = defaultdict(int)
        for entry in by_the_day:
            if entry.conflicts_with and not {entry.entry_id, entry.conflicts_with} & corrected:
                self.conflicts[entry.subject] += 1
        self.unblocked = {e.corrects for e in self.counting if e.kind == "unblock"}
        self.rank = {v["code"]: int((self.steps(v["code"], "stage") or [(day, 0.0)])[-1][1]) for v in given.villages}
        self.behind: dict[str, list[tuple[int, str]]] = defaultdict(list)
        for route in given.routes:
            for away, span in enumerate(route["span_ids"].split()):
                self.behind[span].append((away, route["village_code"]))
        self.leads_to = {s["to_site"]: s["span_id"] for s in given.spans}
        self.spans = {s["span_id"]: s for s in given.spans}

    def steps(self, subject: str, measure: str) -> list[tuple[dt.date, float]]:
        """Return day and figure after each entry."""
        figure, found = 0.0, []
        for entry in self.about[subject]:
            if entry.measure == measure:
                figure = entry.level if entry.resets else max(figure, entry.level)
                found.append((entry.counts_on, figure))
        return found

    def since(self, code: str, least: int) -> dt.date | None:
        """Return the day from which the stage has been that far without a break."""
        found = None
        for day, rank in self.steps(code, "stage"):
            found = (found or day) if rank >= least else None
        return found

    def village_row(self, village: Row) -> Row:
        code, rank, about = village["code"], self.rank[village["code"]], self.about[village["code"]]
        due = village["due_date"] or self.given.deadline
        percent = self.steps(code, "percent")
        blockers = [e for e in about if e.kind == "blocker" and e.entry_id not in self.unblocked]
        last_days = [e.said.get("due") or "" for e in blockers]
        happened = [e.happened_on for e in about if e.kind not in SILENT_KINDS]
        checks: dict[str, bool] = {}
        certificate = ""
        for entry in about:
            if entry.kind == "reopen":
                checks = {}
            elif entry.kind == "check":
                checks[entry.said["level"]] = entry.said["passed"]
            elif entry.kind == "close":
                certificate = entry.said.get("certificate", "")
        return {
            "code": code, "name": village["name"], "township": self.tree.above(code), "stage": STAGES[rank],
            "stage_on": self.since(code, rank) if rank else None,
            "laid_on": self.since(code, LAID), "lit_on": self.since(code, LIT), "closed_on": self.since(code, CLOSED),
            "due_date": due, "late": rank < LIT and due is not None and due < self.day,
            "percent": percent[-1][1] if percent else None, "last_report_on": max(happened, default=None),
            "blockers": len(blockers),
            "blockers_overdue": sum(bool(d) and dt.date.fromisoformat(d) < self.day for d in last_days),
            "conflicts": self.conflicts[code],
            "checks": " ".join(level for level in ("county", "prefecture", "province") if checks.get(level)),
            "certificate": certificate if rank == CLOSED else "",
        }  # fmt: skip

    def home(self, span: str) -> str:
        """Return the village that a span is counted with."""
        if self.behind[span]:
            count: dict[str, int] = defaultdict(int)
            for _, code in self.behind[span]:
                count[self.tree.above(code)] += 1
            town = min(count, key=lambda t: (-count[t], t))
            return min((away, code) for away, code in self.behind[span] if self.tree.above(code) == town)[1]
        branches_off = self.leads_to.get(self.spans[span]["from_site"])
        if branches_off:
            return self.home(branches_off)
        return min(v["code"] for v in self.given.villages)

    def span_row(self, span: Row) -> Row:
        name, planned = span["span_id"], span["length_m"]
        said = self.steps(name, "laid_m")
        laid_m = said[-1][1] if said else planned if self.served(name) else 0.0
        flags = {m: (self.steps(name, m) or [(self.day, 0.0)])[-1][1] == 1 for m in ("spliced", "tested")}
        return {
            "span_id": name, "township": self.tree.above(self.home(name)), "planned_m": planned, "laid_m": laid_m,
            "counted_m": min(laid_m, planned), "reported": bool(said), **flags, "cost_cny": span["cost_cny"],
        }  # fmt: skip

    def served(self, span: str) -> bool:
        """Tell whether a village behind a span is laid or further."""
        return any(self.rank[code] >= LAID for _, code in self.behind[span])

    def earned_fen(self, row: Row) -> int:
        fen = int(row["cost_cny"] * 100)
        if row["planned_m"] == 0:
            return fen if self.served(row["span_id"]) else 0
        return round(fen * Fraction(row["counted_m"]) / Fraction(row["planned_m"]))


# --- periods and targets ---------------------------------------------------------------------------------------------


def first_day(day: dt.date, length: str) -> dt.date:
    """Return the first day of the period that a day lies in."""
    months = {"month": 1, "quarter": 3, "half-year": 6, "year": 12}
    if length in months:
        return day.replace(month=day.month - (day.month - 1) % months[length], day=1)
    return day - DAY * day.weekday() if length == "week" else day


def named_period(name: str) -> tuple[str, dt.date, dt.date]:
    """Return length, first and last day of a period by its short name."""
    if re.fullmatch(r"\d{4}-\d\d-\d\d", name):
        day = dt.date.fromisoformat(name)
        return "day", day, day
    if found := re.fullmatch(r"(\d{4})-W(\d\d?)", name):
        first = dt.date.fromisocalendar(int(found[1]), int(found[2]), 1)
        return "week", first, first + 6 * DAY
    length, months = "year", 12
    year, month = int(name[:4]), 1
    if found := re.fullmatch(r"\d{4}-(Q|H|)(\d+)", name):
        length, months = {"": ("month", 1), "Q": ("quarter", 3), "H": ("half-year", 6)}[found[1]]
        month = (int(found[2]) - 1) * months + 1
    after = dt.date(year + (month + months > 12), (month + months - 1) % 12 + 1, 1)
    return length, dt.date(year, month, 1), after - DAY


@functools.lru_cache(maxsize=1000)
def increments(
    rows: tuple[tuple[str, int], ...], start: dt.date | None, deadline: dt.date | None
) -> dict[dt.date, Fraction]:
    """Return the villages to be lit on each day by a unit's targets."""
    found: dict[dt.date, Fraction] = {}
    periods = [(*named_period(name), villages) for name, villages in rows]
    for _, first, last, villages in sorted(periods, key=lambda p: LENGTHS.index(p[0])):
        days = [first + n * DAY for n in range((last - first).days + 1)]
        days = [d for d in days if (start or d) <= d <= (deadline or d)] or days
        free = [d for d in days if d not in found]
        more = villages - sum((found[d] for d in days if d in found), Fraction(0))
        for d in free:
            found[d] = max(more, Fraction(0)) / len(free)
    return found


class Aims:
    """What should be lit in each unit."""

    def __init__(self, given: Given, tree: Tree) -> None:
        self.given, self.tree = given, tree
        rows: dict[str, list[tuple[str, int]]] = defaultdict(list)
        for row in given.targets:
            if row["villages"] is not None:
                rows[tree.is_now(canonical(row["unit"]))].append((row["period"], row["villages"]))
        self.daily = {c: increments(tuple(r), given.start, given.deadline) for c, r in rows.items() if c in tree.units}
        days = [d for found in self.daily.values() for d in found]
        self.first = given.start or min(days, default=None)
        self.last = max([d for d in (given.start, given.deadline, *days) if d], default=None)
        self.by_day: dict[tuple[str, dt.date], Fraction] = {}
        for code, found in self.daily.items():
            total, day = Fraction(0), min([self.first, *found])
            while day <= self.last:
                total += found.get(day, 0)
                self.by_day[code, day] = total
                day += DAY

    def parts(self, code: str) -> tuple[int, list[str]]:
        """Return how many villages go by linear time progress, and the units whose own targets add up to the rest."""
        if code in self.daily:
            return 0, [code]
        below = [self.parts(c) for c in self.tree.below(code)] if self.tree.units[code]["level"] != "village" else []
        owners = [owner for _, found in below for owner in found]
        return (sum(n for n, _ in below), owners) if owners else (len(self.tree.villages[code]), [])

    def time_rate(self, day: dt.date) -> Fraction | None:
        if not self.given.days:
            return None
        return min(max(Fraction(self.given.elapsed(day), self.given.days), Fraction(0)), Fraction(1))

    def by(self, parts: tuple[int, list[str]], day: dt.date) -> Fraction | None:
        """Return what should be lit by a day, exactly."""
        (linear, owners), time_rate = parts, self.time_rate(day)
        if time_rate is None and (linear or not owners):
            return None
        total = linear * (time_rate or Fraction(0))
        for owner in owners:
            total += self.by_day.get((owner, min(day, self.last)), 0)
        return total

    def earned(self, parts: tuple[int, list[str]], lit: int, villages: int) -> Fraction | None:
        if not villages or self.by(parts, self.first or dt.date.min) is None:
            return None
        if not parts[1]:
            return Fraction(lit * self.given.days, villages)

        def due(k: int) -> Fraction:
            return nine(self.by(parts, self.first + (k - 1) * DAY)) if k else Fraction(0)

        last = (self.last - self.first).days + 1
        k = bisect.bisect_right(range(last + 1), lit, key=due) - 1
        return Fraction(k) if k == last else k + (lit - due(k)) / (due(k + 1) - due(k))


def nine(value: Fraction) -> Fraction:
    return Fraction(round(value * 10**9), 10**9)


# --- units of the report ---------------------------------------------------------------------------------------------


def unit_rows(
    given: Given, tree: Tree, now: State, then: State, villages: list[Row], spans: list[Row], day: dt.date,
    before: dt.date,
) -> list[Row]:  # fmt: skip
    """Return the rows of all units."""
    aims = Aims(given, tree)
    home = {s["span_id"]: now.home(s["span_id"]) for s in spans}
    earlier = {s["span_id"]: then.span_row(s)["counted_m"] for s in given.spans}
    subjects = {v["code"]: v["code"] for v in villages} | home
    adjusted: dict[str, int] = defaultdict(int)
    receipts: dict[str, list[dt.date]] = defaultdict(list)
    for entry in now.counting:
        if entry.counts_on > before and entry.counts_on != entry.happened_on and entry.subject in subjects:
            adjusted[subjects[entry.subject]] += 1
        if entry.kind == "receipt" and (told := tree.told_by(entry.subject)):
            for code in tree.counted_in(told):
                receipts[code].append(entry.happened_on)
    officials: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in given.officials:
        officials[tree.is_now(canonical(row["unit"])), row["chain"]].append(row["name"])

    found = []
    for code in tree.order():
        mine = set(tree.villages[code])
        here = [v for v in villages if v["code"] in mine]
        spans_here = [s for s in spans if home[s["span_id"]] in mine]
        row = dict(tree.units[code])
        row["villages"] = len(here)
        for rank, stage in enumerate(STAGES[1:], start=1):
            row[stage] = sum(now.rank[c] >= rank for c in mine)
        for stage, rank in (("laid", LAID), ("lit", LIT), ("closed", CLOSED)):
            row[f"{stage}_before"] = sum(then.rank[c] >= rank for c in mine)
        row["lit_rate"] = rate(row["lit"], len(here))
        row["closed_rate"] = rate(row["closed"], len(here))
        row["planned_m"] = math.fsum(s["planned_m"] for s in spans_here)
        row["laid_m"] = math.fsum(s["counted_m"] for s in spans_here)
        row["laid_m_before"] = math.fsum(earlier[s["span_id"]] for s in spans_here)
        budget = sum(int(s["cost_cny"] * 100) for s in spans_here)
        earned = sum(now.earned_fen(s) for s in spans_here)
        row |= aimed(given, aims, code, row, day, before, budget, earned)
        row["late"] = sum(v["late"] for v in here)
        row["blockers"] = sum(v["blockers"] for v in here)
        row["blockers_overdue"] = sum(v["blockers_overdue"] for v in here)
        row["conflicts"] = sum(v["conflicts"] for v in here) + sum(now.conflicts[s["span_id"]] for s in spans_here)
        row["adjustments"] = sum(adjusted[c] for c in mine)
        told = [v["last_report_on"] for v in here if v["last_report_on"]] + receipts[code]
        row["last_report_on"] = max(told, default=None)
        row["silent_days"] = (day - row["last_report_on"]).days if told else None
        silent = row["silent_days"] if told else row["elapsed_days"]
        row["stale"] = silent is None or silent > given.stale_days
        for chain in ("government", "company"):
            row[chain] = "、".join(officials[code, chain])
        found.append(row)
    return found


def aimed(
    given: Given, aims: Aims, code: str, row: Row, day: dt.date, before: dt.date, budget: int, earned: int
) -> Row:
    """Return what should be done by the day and what is earned."""
    parts, villages, lit = aims.parts(code), row["villages"], row["lit"]
    exact, earlier, time_rate, elapsed = (
        aims.by(parts, day),
        aims.by(parts, before),
        aims.time_rate(day),
        given.elapsed(day),
    )
    found: Row = dict.fromkeys(("target", "target_rate", "done", "period_target", "lag_points", "pv_cny"))
    planned = 0
    if exact is not None and earlier is not None:
        target = nine(exact)
        found |= {
            "target": float(target), "target_rate": rate(target, villages),
            "done": rate(lit, target) if target else 1.0, "period_target": float(nine(exact - earlier)),
        }  # fmt: skip
        if villages:
            planned = round(budget * target / villages)
            found["pv_cny"] = Decimal(planned) / 100
    if villages and time_rate is not None:
        found["lag_points"] = float((Fraction(lit, villages) - time_rate) * 100)
    return found | {
        "time_rate": number(time_rate), "budget_cny": Decimal(budget) / 100, "ev_cny": Decimal(earned) / 100,
        "spi": rate(earned, planned), "earned_days": number(aims.earned(parts, lit, villages)),
        "elapsed_days": None if elapsed is None else max(elapsed, 0),
    }  # fmt: skip


def rate(part: int | Fraction, whole: int | Fraction) -> float | None:
    return float(Fraction(part) / Fraction(whole)) if whole else None


def number(value: Fraction | None) -> float | None:
    return None if value is None else float(value)
