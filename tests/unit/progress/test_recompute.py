"""Every figure of every report equals a plain recomputation from the raw entries of a real ledger, on both stores."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import math
import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

import border
import pandas as pd
import pytest
from campaigns import Clock, county, live
from plans import officials, targets
from recompute import Recomputed, recompute
from recompute_units import Given, Row

from cuntong_gis import schema
from cuntong_gis.model import Plan
from cuntong_gis.progress import Entry, Kind, open_ledger, opening, plan_facts, register_revision, sign_off_register
from cuntong_gis.progress.rollup.closed import closed_figures, difference, read_closed
from cuntong_gis.progress.rollup.encode import Encoded, as_happened, encode
from cuntong_gis.progress.rollup.status import Status, roll_up
from cuntong_gis.progress.store import Closed
from cuntong_gis.settings import Settings

DATES = 20
MADE_OF_OTHERS = {
    "lit_rate", "closed_rate", "target_rate", "done", "time_rate", "lag_points", "spi", "earned_days", "elapsed_days",
    "silent_days",
}  # fmt: skip
LENGTHS = ("day", "week", "month", "month", "quarter", "half-year", "year")


@dataclass(frozen=True)
class Lived:
    """A campaign at its end: the raw entries and their table, what was frozen, and what figures are made of."""

    plan: Plan
    settings: Settings
    tables: Mapping[str, pd.DataFrame]
    raw: list[Entry]
    entries: pd.DataFrame
    closed: list[Closed]

    @functools.cached_property
    def given(self) -> Given:
        said = self.settings.campaign
        return Given(
            *(records(table) for table in (self.plan.villages, self.plan.spans, self.plan.routes, self.plan.boundaries)),
            said.start, said.deadline, self.settings.supervision.stale_days,
            **{name: records(table) for name, table in self.tables.items()},
        )  # fmt: skip

    @functools.cached_property
    def known(self) -> dict[tuple[dt.date, str], Recomputed]:
        return {}

    def mine(self, day: dt.date, period: str = "month") -> Recomputed:
        """Return the figures of a day, recomputed once."""
        if (day, period) not in self.known:
            self.known[day, period] = recompute(self.given, self.raw, day, period)
        return self.known[day, period]

    @functools.cached_property
    def encoded(self) -> Encoded:
        return encode(self.entries, self.plan)

    def rolled(self, day: dt.date, period: str = "month", entries=None) -> Status:
        return roll_up(
            self.encoded if entries is None else entries, self.plan, self.settings, as_of=day, period=period, **self.tables
        )  # fmt: skip


def records(table: pd.DataFrame) -> list[Row]:
    """Return a table as plain rows: dates as dates, None where nothing is said."""
    columns = [c for c in table.columns if c != "geometry"]
    return [{c: plain(v) for c, v in zip(columns, row, strict=True)} for row in table[columns].itertuples(index=False)]


def plain(value):
    if value is None or value is pd.NaT or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, pd.Timestamp):
        return value.date()
    return value.item() if hasattr(value, "item") else value


def frozen(plan: Plan, settings: Settings, tables: Mapping[str, pd.DataFrame]):
    """Return what makes the figures of a month that is closed."""
    return lambda entries, last: closed_figures(roll_up(entries, plan, settings, as_of=last, **tables))


def the_end(url: str, plan: Plan, settings: Settings, tables: Mapping[str, pd.DataFrame]) -> Lived:
    with open_ledger(url, plan_facts(plan), settings) as ledger:
        return Lived(plan, settings, tables, ledger.of_kind(*Kind), ledger.entries(), ledger.closed_periods())


def sample(url: str) -> Lived:
    """Live through the sample county's campaign."""
    world = county()
    towns = sorted({code[:9] for code in world.plan.villages["code"]})
    months = range(3, 13)
    tables = {
        "targets": targets(
            *(("529901", f"2016-{m:02d}", 4 + m) for m in months),
            *((town, f"2016-{m:02d}", (m + n) % 3) for n, town in enumerate(towns[:7]) for m in months),
        ),
        "officials": officials(
            ("529901", "government", "赵"), ("529901", "company", "钱"), (towns[0], "company", "孙")
        ),
    }
    live(url, world, figures=frozen(world.plan, world.settings, tables))
    return the_end(url, world.plan, world.settings, tables)


def made_up(url: str) -> Lived:
    """Live through a random campaign in the region across the border."""
    plan, settings = border.a_border_plan(), border.SETTINGS
    tables = {"units": border.UNITS, "targets": border.TARGETS, "officials": border.OFFICIALS}
    facts, clock, words = plan_facts(plan), Clock(dt.date(2016, 1, 1)), Counter()
    rumour = border.Rumour(facts, 3)
    clock.set(border.FIRST)
    with open_ledger(url, facts, settings, now=clock) as ledger:
        also = opening(facts, "520000", border.FIRST)
        register_revision(ledger, schema.empty("crosswalk"), "0" * 64, "520000", border.FIRST, also)
        for n in range((border.LAST - border.FIRST).days + 1):
            today = border.FIRST + dt.timedelta(days=n)
            clock.set(today)
            last = today.replace(day=1) - dt.timedelta(days=1)
            if today.day == 5 and last > border.FIRST:
                make = frozen(plan, settings, tables)
                ledger.freeze(f"{last:%Y-%m}", last, lambda e, make=make, last=last: make(e, last), "调度员", "520000")
            for outcome in ledger.post(rumour.of_day(today), accept_valid=True).outcomes:
                words[outcome.word] += 1
                if outcome.word == "new":
                    rumour.taken(outcome.report)
    assert words["new"] > 1000 and words["conflict"] > 20 and words["refused"] > 100, words
    return the_end(url, plan, settings, tables)


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module", params=[sample, made_up], ids=["sample", "border"])
def lived(request: pytest.FixtureRequest, store: str, tmp_path_factory: pytest.TempPathFactory) -> Lived:
    if store == "sqlite":
        return request.param(f"sqlite:///{tmp_path_factory.mktemp('ledger') / 'ledger.sqlite'}")
    with request.getfixturevalue("postgres").database() as url:
        return request.param(url)


def differing(found: Status, mine: Recomputed) -> list[str]:
    """Return every figure that is not the same."""
    told = []
    for name in ("units", "villages", "spans"):
        theirs, ours = records(getattr(found, name)), getattr(mine, name)
        key = next(iter(theirs[0]))
        if [r[key] for r in theirs] != [r[key] for r in ours]:
            told.append(f"{name}: rows {sorted({r[key] for r in theirs} ^ {r[key] for r in ours})} or their order")
            continue
        for row, our in zip(theirs, ours, strict=True):
            told += [f"{name} {row[key]} columns {set(row) ^ set(our)}"] if set(row) != set(our) else []
            told += [
                f"{name} {row[key]} {c}: {row[c]!r} instead of {our[c]!r}" for c in row if not same(row[c], our.get(c))
            ]
    return told


def same(a, b) -> bool:
    """Tell whether two figures are one: floats to nine digits, everything else exactly."""
    if isinstance(a, float) and isinstance(b, float):
        return math.isclose(a, b, rel_tol=1e-9, abs_tol=2e-9)
    return a == b and isinstance(a, Decimal) == isinstance(b, Decimal)


def dates(lived: Lived) -> list[tuple[dt.date, str]]:
    rng = random.Random(20)
    said = lived.settings.campaign
    assert said.start and said.deadline
    span = (said.deadline - said.start).days + 40
    return [(said.start + dt.timedelta(days=rng.randint(-3, span)), rng.choice(LENGTHS)) for _ in range(DATES)]


def test_every_figure_is_a_plain_recomputation_of_the_raw_entries(lived):
    for day, period in dates(lived):
        told = differing(lived.rolled(day, period), lived.mine(day, period))
        assert not told, (day, period, len(told), told[:30])


def test_the_same_where_the_campaign_lacks_its_days_or_begins_late_and_without_tables(lived):
    said = lived.settings.campaign
    begins, ends = dt.date(2016, 3, 10), dt.date(2016, 12, 20)
    for start, deadline in ((None, None), (said.start, None), (None, said.deadline), (begins, ends)):
        campaign = dataclasses.replace(said, start=start, deadline=deadline)
        other = dataclasses.replace(lived, settings=dataclasses.replace(lived.settings, campaign=campaign))
        day, period = dates(lived)[4]
        assert not differing(other.rolled(day, period), other.mine(day, period))
    bare = dataclasses.replace(lived, tables={})
    assert not differing(bare.rolled(dt.date(2016, 8, 9)), bare.mine(dt.date(2016, 8, 9)))


def test_what_was_frozen_is_a_plain_recomputation_of_the_same_day_with_all_that_came_later(lived):
    assert len(lived.closed) >= 10
    for period in lived.closed:
        kept = read_closed(period.figures)
        mine = lived.mine(period.last_day)
        found = dataclasses.replace(lived.rolled(period.last_day), units=kept)
        told = differing(found, mine)
        assert not told, (period.period, len(told), told[:30])


def test_what_late_reports_have_changed_is_a_plain_difference(lived):
    happened = [dataclasses.replace(e, counts_on=e.happened_on) for e in lived.raw]
    changed = 0
    for period in lived.closed[::3]:
        closed = lived.mine(period.last_day).units
        now = recompute(lived.given, happened, period.last_day).units
        found = difference(
            read_closed(period.figures), lived.rolled(period.last_day, entries=as_happened(lived.entries)).units
        )
        told = {(r["code"], r["figure"]): (r["closed"], r["now"], r["change"]) for r in records(found)}
        mine = plain_difference(closed, now)
        assert set(told) == set(mine), (period.period, set(told) ^ set(mine))
        assert all(same(a, b) for key in told for a, b in zip(told[key], mine[key], strict=True))
        changed += len(told)
    assert changed > 50


def plain_difference(closed: list[Row], now: list[Row]) -> dict[tuple[str, str], tuple]:
    """Return the numbers of units that differ: what they were, are, and by how much they have changed."""
    found = {}
    for old, new in zip(closed, now, strict=True):
        for name in set(old) - MADE_OF_OTHERS:
            a, b = (float(v) if isinstance(v, int) and not isinstance(v, bool) else v for v in (old[name], new[name]))
            if isinstance(b if a is None else a, float | Decimal) and not same(a, b):
                found[old["code"], name] = (a, b, None if a is None or b is None else b - a)
    return found


def test_the_sign_off_register_says_the_same_of_villages_and_units(lived):
    closings = 0
    for day, period in dates(lived)[:10]:
        register = {
            r["code"]: r for r in records(sign_off_register(lived.entries, lived.plan, lived.settings.evidence, day))
        }
        mine = lived.mine(day, period)
        assert sorted(register) == sorted(v["code"] for v in mine.villages)
        for village in mine.villages:
            row = register[village["code"]]
            checks = [level for level in ("county", "prefecture") if row[f"{level}_on"]]
            checks += ["province"] if row["province"] == "passed" else []
            told = (
                row["lit_on"],
                row["closed_on"],
                row["state"] == "closed",
                row["certificate"] or "",
                " ".join(checks),
            )
            known = (
                village["lit_on"],
                village["closed_on"],
                village["stage"] == "closed",
                village["certificate"],
                village["checks"],
            )
            assert told == known, (day, village["code"])
        for unit in mine.units:
            if unit["level"] == "county" and "units" not in lived.tables:
                here = [row for code, row in register.items() if code.startswith(unit["code"])]
                assert (len(here), sum(row["state"] == "closed" for row in here)) == (unit["villages"], unit["closed"])
        closings += sum(row["state"] == "closed" for row in register.values())
    assert closings > 20
