"""The made-up campaign as reports: its rows a day at a time, and a ledger that lives through it."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from bench.maps_campaign import shown_province
from bench.provinces import a_province_to_draw

from cuntong_gis import schema
from cuntong_gis.campaign import Loaded, loaded_of
from cuntong_gis.demo import CLOSING_DAY, Clock, days_of, report_of
from cuntong_gis.layers import read_layers
from cuntong_gis.maps import Shown
from cuntong_gis.model import Plan, Stage
from cuntong_gis.network import build_network
from cuntong_gis.plan import plan_routes
from cuntong_gis.progress import Ledger, PlanFacts, Posted, Report, open_ledger, plan_facts
from cuntong_gis.sample import make_campaign, make_county, write_region
from cuntong_gis.settings import Settings, load_settings
from cuntong_gis.showing import shown_on


@dataclass(frozen=True)
class Day:
    """What is sent on one day: reports that a ledger takes, and those it must refuse, each with the rule's name."""

    on: dt.date
    right: list[Report]
    wrong: list[tuple[Report, str]]


@dataclass(frozen=True)
class World:
    """A planned county where nothing has begun, and a year of its reports."""

    plan: Plan
    facts: PlanFacts
    settings: Settings
    rows: pd.DataFrame

    def days(self, until: dt.date | None = None) -> Iterator[Day]:
        return reports_of(self.rows if until is None else self.rows[self.rows["sent_on"] <= pd.Timestamp(until)])


def reports_of(rows: pd.DataFrame) -> Iterator[Day]:
    """Give the rows of `make_campaign` as reports, day by day."""
    for on, sent in days_of(rows):
        right = [report_of(row) for row in sent if not row.wrong]
        yield Day(on, right, [(report_of(row), row.wrong) for row in sent if row.wrong])


@functools.cache
def county(villages: int = 126, townships: int = 12, seed: int = 0) -> World:
    """Return the sample county, planned once a session."""
    with tempfile.TemporaryDirectory() as folder:
        write_region(make_county(villages=villages, townships=townships), Path(folder))
        settings = load_settings(Path(folder) / "cuntong.toml")
        plan = plan_routes(build_network(read_layers(settings), settings), settings, effort="quick")
    begun = plan.villages.assign(stage=str(Stage.NOT_STARTED), stage_date=pd.NaT)
    plan = dataclasses.replace(plan, villages=begun, revision="1")
    campaign = settings.campaign
    assert campaign.start and campaign.deadline
    rows = make_campaign(
        plan.villages, plan.spans, plan.routes, start=campaign.start, deadline=campaign.deadline, seed=seed
    )
    return World(plan, plan_facts(plan), settings, rows)


def live(
    url: str,
    world: World,
    until: dt.date | None = None,
    *,
    figures: Callable[[pd.DataFrame, dt.date], bytes] = lambda entries, last: str(len(entries)).encode(),
    posted: Callable[[Ledger, Day, Posted], None] | None = None,
) -> None:
    """Post the campaign day by day, closing each month on the fifth of the next; wrong rows are left out.

    Parameters
    ----------
    url, world, until
        The ledger, what is reported, and the last day.
    figures
        Makes the figures of a month that is closed, of all entries and its last day.
    posted
        Called after each day with the open ledger, the day and what became of its reports.
    """
    clock, frozen = Clock(dt.date(2016, 1, 1)), set()
    with open_ledger(url, world.facts, world.settings, now=clock) as ledger:
        for day in world.days(until):
            clock.set(day.on)
            last = day.on.replace(day=1) - dt.timedelta(days=1)
            start = world.settings.campaign.start
            if day.on.day >= CLOSING_DAY and last not in frozen and start is not None and last >= start:
                frozen.add(last)
                made, unit = functools.partial(figures, last=last), world.settings.campaign.unit_code
                ledger.freeze(f"{last:%Y-%m}", last, made, "调度员", unit)
            taken = ledger.post(day.right)
            if posted is not None:
                posted(ledger, day, taken)


@functools.cache
def lived(until: dt.date = dt.date(2016, 9, 20)) -> Loaded:
    """Return the sample county's ledger as it was on a day, read once a session."""
    world = county()
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'ledger.sqlite'}"
        live(url, world, until)
        with open_ledger(url, world.facts, world.settings) as ledger:
            entries = ledger.entries()
    return loaded_of(world.settings, world.plan, entries, {})


@functools.cache
def lived_shown(until: dt.date = dt.date(2016, 9, 20)) -> Shown:
    """Return what maps of that county show on the day."""
    return shown_on(lived(until), until)


BUSY, CROWDED = "522633", "522627108"
"""A county of the thinned province with all its 23 townships, and a township with 38 villages."""


def thinned(plan: Plan) -> Plan:
    """Return a province's plan with one township of every county, but all of `BUSY`, and with `CROWDED`."""
    town, county = plan.villages["code"].str[:9], plan.villages["code"].str[:6]
    first = town.groupby(county).transform("min")
    kept = plan.villages[(town == first) | (county == BUSY) | (town == CROWDED)].reset_index(drop=True)
    routes = plan.routes[plan.routes["village_code"].isin(kept["code"])].reset_index(drop=True)
    used = {span for spans in routes["span_ids"] for span in spans.split()}
    spans = plan.spans[plan.spans["span_id"].isin(used)].reset_index(drop=True)
    return dataclasses.replace(plan, villages=kept, routes=routes, spans=spans)


@functools.cache
def province_shown() -> Shown:
    """Return a province of 9 prefectures and 88 counties in the seventh month of its campaign, read once a session."""
    with tempfile.TemporaryDirectory() as folder:
        shown = shown_province(thinned(a_province_to_draw()), Path(folder))
    above = shown.status.units[shown.status.units["level"].isin(["province", "prefecture"])]["code"]
    named = np.array([("government", "市级联系人", "王"), ("company", "分公司经理", "赵")] * len(above))
    people = pd.DataFrame({"unit": above.repeat(2), "chain": named[:, 0], "role": named[:, 1], "name": named[:, 2]})
    campaign = dataclasses.replace(shown.settings.campaign, unit_code="520000", name="贵州省（合成）村村通工程")
    return dataclasses.replace(
        shown, settings=dataclasses.replace(shown.settings, campaign=campaign),
        officials=pd.concat([schema.conform(people, "officials"), shown.officials], ignore_index=True),
    )  # fmt: skip
