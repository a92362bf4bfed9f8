"""The demo's campaign: lived as by people, the same each time, taken up where it was cut off, and nobody else's."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pandas as pd
import pytest

from cuntong_gis import load_settings
from cuntong_gis.campaign import open_campaign
from cuntong_gis.demo import CLOSED_BY, NOON_IN_CHINA, STAND_IN, Clock, days_of, live
from cuntong_gis.desk import verify
from cuntong_gis.progress import Ledger
from cuntong_gis.sample import at_start, make_county, write_lists, write_region
from cuntong_gis.settings import Settings
from cuntong_gis.starters import begin_ledger
from cuntong_gis.workspace import draft_plan, issue, open_workspace


class KilledError(BaseException):
    """Stands for the end of the process: nothing in the program catches it."""


@pytest.fixture(scope="module")
def planned(tmp_path_factory) -> Path:
    """Return a small demo with its plan issued, nothing reported."""
    folder = tmp_path_factory.mktemp("demo")
    region = at_start(make_county(villages=12, townships=2))
    write_lists(region, folder)
    write_region(region, folder)
    here = open_workspace(folder)
    draft_plan(here)
    issue(here)
    return folder


@pytest.fixture
def here(planned, tmp_path) -> Settings:
    return copied(planned, tmp_path / "demo")


def copied(planned: Path, to: Path) -> Settings:
    shutil.copytree(planned, to)
    return load_settings(to / "cuntong.toml")


@pytest.fixture(scope="module")
def whole(planned, tmp_path_factory) -> Settings:
    """Return the small demo lived through without a disturbance."""
    settings = copied(planned, tmp_path_factory.mktemp("whole") / "demo")
    assert live(settings)
    return settings


def held(settings: Settings) -> tuple[pd.DataFrame, list[tuple[str, dt.date, bytes]]]:
    """Return every entry of the ledger, to the last hash, and what its closed months say."""
    assert verify(settings).faults == ()
    with open_campaign(settings) as ledger:
        return ledger.entries(), [(p.period, p.last_day, p.figures) for p in ledger.closed_periods()]


def test_the_demo_is_lived_day_by_day_up_to_its_cut_off_day_with_months_closed(whole):
    entries, months = held(whole)
    day = whole.campaign.as_of
    reported = pd.to_datetime(entries["reported_at"].str[:10]).dt.date
    assert day == dt.date(2016, 9, 30) and reported.max() <= day and len(set(reported)) > 60
    assert [period for period, _, _ in months] == [f"2016-{m:02d}" for m in range(3, 9)]
    assert {"stage", "metres", "blocker", "unblock", "check", "close"} <= set(entries["kind"])
    assert (entries["happened_on"].dt.date <= reported).all()
    freezes = entries[entries["kind"] == "freeze"]
    assert set(freezes["reported_by"]) == {CLOSED_BY} and len(freezes) == len(months)


def test_what_stands_for_evidence_says_that_it_is_none(whole):
    kept = [path for path in whole.evidence_folder.rglob("*") if path.is_file()]
    named = {name for said in held(whole)[0]["evidence"] for name in said.split()}
    assert len(kept) == len(named) > 20
    assert all(STAND_IN.zh in path.read_text("utf-8") and STAND_IN.en in path.read_text("utf-8") for path in kept)


def test_the_demo_is_the_same_to_the_last_hash_whenever_it_is_made(here, whole):
    assert live(here)
    (entries, months), (first, closed) = held(here), held(whole)
    pd.testing.assert_frame_equal(pd.DataFrame(entries), pd.DataFrame(first))
    assert months == closed
    names = [sorted(str(p.relative_to(s.folder)) for p in s.evidence_folder.rglob("*")) for s in (here, whole)]
    assert names[0] == names[1]


@pytest.mark.parametrize(
    ("method", "calls", "done"), [("post", 1, False), ("post", 60, True), ("freeze", 3, False), ("freeze", 3, True)]
)
def test_a_demo_that_was_killed_goes_on_where_it_ended(here, whole, monkeypatch, method, calls, done):
    """Kill it at a call: before anything of it is kept, or just after."""
    plain, made = getattr(Ledger, method), []

    def killed(self: Ledger, *arguments: object) -> object:
        made.append(arguments)
        if len(made) > calls and not done:
            raise KilledError
        taken = plain(self, *arguments)
        if len(made) > calls:
            raise KilledError
        return taken

    with monkeypatch.context() as patched, pytest.raises(KilledError):
        patched.setattr(Ledger, method, killed)
        live(here)
    part = held(here)[0]
    assert 0 < len(part) < len(held(whole)[0])
    assert live(here)
    (entries, months), (first, closed) = held(here), held(whole)
    pd.testing.assert_frame_equal(pd.DataFrame(entries), pd.DataFrame(first))
    assert months == closed


def test_a_demo_that_is_whole_stays_as_it_is(whole):
    before = held(whole)
    assert live(whole)
    after = held(whole)
    pd.testing.assert_frame_equal(pd.DataFrame(before[0]), pd.DataFrame(after[0]))
    assert before[1] == after[1]


def test_nothing_is_posted_where_the_workspace_is_no_longer_the_demos(here, monkeypatch):
    text = (here.folder / "cuntong.toml").read_text("utf-8")
    for key in ("start", "deadline", "as_of"):
        (here.folder / "cuntong.toml").write_text(text.replace(f"\n{key} =", f"\n# {key} ="), "utf-8")
        assert not live(load_settings(here.folder / "cuntong.toml")), key
    (here.folder / "cuntong.toml").write_text(text.replace("synthetic = true", "synthetic = false"), "utf-8")
    begin_ledger(open_workspace(here.folder))
    assert not (here.folder / "campaign" / "ledger.sqlite").exists()
    (here.folder / "cuntong.toml").write_text(text, "utf-8")
    shutil.copy(here.issued / "R001.gpkg", here.issued / "R002.gpkg")
    assert not live(here), "the plan was issued again: the reports speak of another"


def test_nothing_is_posted_where_the_villages_tell_stages_of_their_own(tmp_path):
    write_region(make_county(villages=12, townships=2), tmp_path)
    workspace = open_workspace(tmp_path)
    draft_plan(workspace)
    told: list[str] = []
    begin_ledger(workspace, note=lambda words: told.append(words.zh))
    assert len(told) == 1 and "没有此前各日的经过" in told[0]
    with open_campaign(workspace.settings) as ledger:
        assert set(ledger.entries()["kind"]) == {"opening", "revision"}
    begin_ledger(workspace, note=lambda words: told.append(words.zh))
    assert len(told) == 1, "it is said once"


def test_the_clock_stands_at_noon_in_china():
    clock = Clock(dt.date(2016, 3, 1))
    clock.set(dt.date(2016, 4, 2))
    assert clock() == dt.datetime(2016, 4, 2, 12) - dt.timedelta(hours=8)
    assert clock().time() == NOON_IN_CHINA


def test_rows_are_sent_by_day_in_their_order():
    rows = pd.DataFrame(
        {"sent_on": pd.to_datetime(["2016-03-02", "2016-03-01", "2016-03-02"]), "name": ["b", "a", "c"]}
    )
    assert [(day.day, [row.name for row in sent]) for day, sent in days_of(rows)] == [(1, ["a"]), (2, ["b", "c"])]
