"""Supervision of a campaign that was lived through: every figure that is printed is one of the roll-up."""

from __future__ import annotations

import datetime as dt
import math
from pathlib import Path

import campaigns
import pytest

from cuntong_gis.progress import (
    CHECKLIST,
    Month,
    draw_inspection,
    draw_report,
    inspected,
    judge_lights,
    open_ledger,
    propose_measures,
    rank_units,
    result_report,
    score_year,
    sign_off_register,
)
from cuntong_gis.progress.rollup.encode import encode
from cuntong_gis.progress.rollup.status import roll_up

ENDS = [dt.date(2016, 3, 31), dt.date(2016, 4, 30), dt.date(2016, 5, 31), dt.date(2016, 6, 30), dt.date(2016, 7, 20)]


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory):
    folder: Path = tmp_path_factory.mktemp("lived")
    url = f"sqlite:///{folder / 'ledger.sqlite'}"
    world = campaigns.county(60, 6)
    campaigns.live(url, world, ENDS[-1])
    clock = campaigns.Clock(dt.date(2016, 1, 1))
    clock.set(dt.date(2016, 8, 1))
    with open_ledger(url, world.facts, world.settings, now=clock) as ledger:
        encoded = encode(ledger.entries(), world.plan)
        statuses = [roll_up(encoded, world.plan, world.settings, as_of=day) for day in ENDS]
        yield world, ledger, statuses


def test_lights_and_proposals_of_townships(lived):
    world, _, statuses = lived
    history = [Month.of(s) for s in statuses]
    found = judge_lights(history, world.settings.supervision)
    last = found.table[found.table["period"] == "2016-07"].set_index("code")
    units = statuses[-1].units.set_index("code")
    for code, row in last.iterrows():
        lit, target = units.loc[code, "lit"], units.loc[code, "target"]
        assert (row["lit"], row["target"]) == (lit, target)
        share = lit / target
        assert row["own_light"] == ("green" if share >= 1 else "yellow" if share >= 0.8 else "red")
    assert len(last) == (units["level"] != "village").sum()
    assert not found.findings
    table = propose_measures(history, world.settings, levels=("township",))
    records = found.table[found.table["level"] == "township"].groupby("code")["own_light"].agg(list)
    running = {c for c, own in records.items() if own[3] == "red"}
    assert {*table.loc[table["state"] == "open", "code"]} <= running
    assert len(table)


def test_closed_figures_count(lived):
    world, _, statuses = lived
    units = statuses[0].units
    history = [Month.of(statuses[0], units.assign(lit=units["villages"])), *(Month.of(s) for s in statuses[1:])]
    table = judge_lights(history, world.settings.supervision).table
    first = table[table["period"] == "2016-03"]
    assert first["frozen"].all()
    assert set(first["light"]) == {"green"}


def test_ranking_of_townships(lived):
    _, _, statuses = lived
    table = rank_units(statuses[-1].units, "township", before=statuses[-2].units)
    units = statuses[-1].units.set_index("code")
    keys = [(units.loc[c, "lag_points"], -units.loc[c, "blockers_overdue"]) for c in table["code"]]
    assert keys == sorted(keys)
    assert table["place"].tolist() == [1 + sum(other < key for other in keys) for key in keys]
    assert table["lit"].sum() == units.loc[units["level"] == "county", "lit"].sum()


def test_inspection_and_score(lived):
    world, ledger, statuses = lived
    status, settings = statuses[-1], world.settings
    draw = draw_inspection(
        status.villages, status.units, settings, period="2016-H1", seed="7", as_of=ENDS[-1], scope=("lit", "closed")
    )
    scope = status.villages[status.villages["stage"].isin(["lit", "closed"])]
    assert len(draw.table) == min(len(scope), max(4, math.ceil(0.03 * len(scope))))
    office, day = settings.campaign.unit_code, dt.date(2016, 7, 25)
    assert ledger.post([draw_report(draw, unit=office, by="王五", on=day)]).taken
    answers = [dict.fromkeys(CHECKLIST, n > 0) for n in range(len(draw.table))]
    reports = [
        result_report(code, "2016-H1", said, unit=office, by="王五", on=day)
        for code, said in zip(draw.table["code"], answers, strict=True)
    ]
    assert ledger.post(reports).taken
    entries = ledger.entries()
    assert inspected(draw, entries)["result"].value_counts().to_dict() == {"passed": len(reports) - 1, "failed": 1}
    table = score_year(
        status.units, status.villages, settings.supervision, "county", looked_at=[s.units for s in statuses],
        register=sign_off_register(entries, world.plan, settings.evidence), entries=entries,
        first=settings.campaign.start, as_of=day,
    )  # fmt: skip
    row, county = table.iloc[0], status.units[status.units["level"] == "county"].iloc[0]
    checked = entries[(entries["kind"] == "check") & entries["detail"].str.contains('"level":"province"', regex=False)]
    assert row["inspected"] == checked["subject"].nunique() >= len(reports)
    assert row["closed"] == county["closed"]
    assert row["completion"] == pytest.approx(60 * min(county["closed"] / county["target"], 1), abs=0.0051)
    fresh = sum(not s.units.set_index("code").loc[row["code"], "stale"] for s in statuses)
    assert (row["on_time"], row["looked_at"]) == (fresh, len(statuses))
    parts = table[["completion", "quality", "reporting", "archive"]].iloc[0]
    assert row["total"] == pytest.approx(parts.sum())
