"""Papers of a ledger that lived through five months: what is printed adds up at every level."""

from __future__ import annotations

import datetime as dt

import campaigns
import pytest

from cuntong_gis.documents import as_json, progress_paper, register_paper
from cuntong_gis.progress import open_ledger, sign_off_register
from cuntong_gis.progress.rollup.status import Status, roll_up

DAY = dt.date(2016, 7, 31)


@pytest.fixture(scope="module")
def lived(tmp_path_factory):
    """Return the world, its entries and its status on the day."""
    world = campaigns.county(40, 5)
    url = f"sqlite:///{tmp_path_factory.mktemp('ledger') / 'ledger.sqlite'}"
    campaigns.live(url, world, DAY)
    with open_ledger(url, world.facts, world.settings) as ledger:
        entries = ledger.entries()
    return world, entries, roll_up(entries, world.plan, world.settings, as_of=DAY)


def progress(lived, code: str, depth: int = 1) -> dict:
    world, _, status = lived
    paper = progress_paper(status.units, code, world.settings, as_of=DAY, period=status.period.label, depth=depth)
    return as_json(paper)


def test_the_paper_of_every_unit_adds_up(lived):
    status: Status = lived[2]
    for code in status.units["code"]:
        assert not any(note.startswith("注意") for note in progress(lived, code)["notes"]), code


def test_a_paper_says_what_the_villages_are(lived):
    world, _, status = lived
    stages = status.villages.set_index("code")["stage"]
    county = world.settings.campaign.unit_code
    rows = progress(lived, county, depth=2)["rows"]
    assert rows[0]["lit"] == int(stages.isin(["lit", "closed"]).sum()) > 0
    for row in rows:
        if row["row"] == "plain":
            assert row["lit"] == int(stages[row["code"]] in ("lit", "closed"))
    for row in (row for row in rows if row["row"] == "subtotal"):
        inside = stages[stages.index.str.startswith(row["code"])]
        assert (row["villages"], row["closed"]) == (len(inside), int((inside == "closed").sum()))


def test_register_and_progress_table_count_the_same_closings(lived):
    world, entries, _ = lived
    register = sign_off_register(entries, world.plan, world.settings.evidence, as_of=DAY)
    data = as_json(register_paper(register, "县", world.settings, as_of=DAY))
    closed = [row["code"] for row in data["rows"] if row["state"] == "closed"]
    total = progress(lived, world.settings.campaign.unit_code)["rows"][0]
    assert len(closed) == total["closed"] > 0
    assert f"已销号 {len(closed)}/{total['villages']}" in data["summary"]
    assert sum(row["lit_on"] is not None for row in data["rows"]) == total["lit"]
