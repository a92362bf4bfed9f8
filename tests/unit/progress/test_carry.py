"""From revision to revision: reported metres follow their course, and what finds no span stops the issue."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from conftest import line, world
from ledgers import Clock, metres

from cuntong_gis.campaign import load, open_campaign
from cuntong_gis.desk import correct
from cuntong_gis.errors import LedgerError, PlanError
from cuntong_gis.network import build_network
from cuntong_gis.plan import issue_plan, load_plan, plan_routes, save_plan
from cuntong_gis.progress import Kind, laid_metres, refuse_lost_work, stage_rank, verify_ledger
from cuntong_gis.settings import Settings, settings_from

SPINE = line((0, 0), (1000, 0), (2000, 0), (3000, 0))
AWAY = line((1000, 0), (1000, 1500), (3000, 1500), (3000, 0))
VILLAGE = {"stage": ["lit", "not_started"], "stage_date": ["2016-05-01", None]}


def options(folder: Path) -> Settings:
    return settings_from({"campaign": {"start": "2016-03-01", "unit_code": "529900"}}, folder=folder)


def issued(settings: Settings, roads: list, villages: list, **more: dict) -> Path:
    """Plan a small world and issue it."""
    plan = plan_routes(build_network(world(roads, villages, [(0, 0)], **more), settings), settings)
    save_plan(plan, settings.draft)
    return issue_plan(settings.draft, settings.issued)[0]


def report(settings: Settings, span: str, length: float, day: str = "2016-06-01") -> None:
    with open_campaign(settings, now=Clock()) as ledger:
        posted = ledger.post([metres(span, length, day, unit="529900")])
        assert posted.taken, posted


def laid(settings: Settings) -> dict[str, float]:
    with open_campaign(settings, now=Clock()) as ledger:
        assert verify_ledger(ledger.store).faults == ()
        return laid_metres(ledger)


def test_an_empty_ledger_begins_with_the_stages_of_the_layer_and_never_again(tmp_path: Path) -> None:
    settings = options(tmp_path)
    issued(settings, [SPINE], [(2000, 0), (3000, 0)], village=VILLAGE)
    for _ in range(2):
        with open_campaign(settings, now=Clock()) as ledger:
            rows = ledger.entries()
    assert rows["kind"].tolist() == ["revision", "opening"]
    opening = rows.iloc[1]
    assert (opening["level"], opening["happened_on"].date()) == (5.0, dt.date(2016, 5, 1))
    assert opening["revision"] == "R001"


def test_a_span_that_is_cut_in_two_hands_its_metres_on(tmp_path: Path) -> None:
    settings = options(tmp_path)
    first = load_plan(issued(settings, [SPINE], [(3000, 0)]))
    (old,) = first.spans["span_id"]
    length = float(first.spans["length_m"].iloc[0])
    report(settings, old, length)
    second = load_plan(issued(settings, [SPINE], [(3000, 0), (1200, 0)]))
    assert old not in set(second.spans["span_id"])
    moved = laid(settings)
    for span, planned in zip(second.spans["span_id"], second.spans["length_m"], strict=True):
        assert moved[span] == pytest.approx(planned, rel=0.01)
    assert laid(settings) == moved, "registered once"


def test_work_that_finds_no_span_stops_the_issue_until_somebody_says_where_it_goes(tmp_path: Path) -> None:
    settings = options(tmp_path)
    first = load_plan(issued(settings, [SPINE], [(3000, 0)]))
    (old,) = first.spans["span_id"]
    report(settings, old, 1500.0)
    roads = [line((0, 0), (1000, 0)), AWAY]
    plan = plan_routes(build_network(world(roads, [(3000, 0)], [(0, 0)]), settings), settings)
    save_plan(plan, settings.draft)
    new = plan.spans["span_id"].iloc[0]

    def check(crosswalk: object) -> None:
        with open_campaign(settings, now=Clock()) as ledger:
            refuse_lost_work(laid_metres(ledger), crosswalk)

    with pytest.raises(LedgerError) as caught:
        issue_plan(settings.draft, settings.issued, check=check)
    assert old in caught.value.line("zh")
    assert f"--map {old}=" in caught.value.line("zh")
    assert [p.name for p in settings.issued.iterdir()] == ["R001.gpkg"], "nothing was issued"
    for wrong in ({old: "S-none-such"}, {"S-none-such": new}):
        with pytest.raises(PlanError, match="--map"):
            issue_plan(settings.draft, settings.issued, mapped=wrong, check=check)
    issue_plan(settings.draft, settings.issued, mapped={old: new}, check=check)
    assert 0 < laid(settings)[new] <= 1500.0
    with open_campaign(settings, now=Clock()) as ledger:
        assert ledger.about("R002")[0].said["mapped"] == {old: new}


def test_work_given_up_is_said_so_and_carried_nowhere(tmp_path: Path) -> None:
    settings = options(tmp_path)
    (old,) = load_plan(issued(settings, [SPINE], [(3000, 0)])).spans["span_id"]
    report(settings, old, 1500.0)
    plan = plan_routes(build_network(world([line((0, 0), (0, 3000))], [(0, 3000)], [(0, 0)]), settings), settings)
    save_plan(plan, settings.draft)
    issue_plan(
        settings.draft, settings.issued, mapped={old: "none"}, check=lambda c: refuse_lost_work({old: 1500.0}, c)
    )
    assert set(laid(settings)) == {old}


def test_without_an_issued_plan_there_is_nothing_to_report_of(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="plan issue"):
        open_campaign(options(tmp_path))


def test_an_opening_is_corrected_by_the_rules_of_every_correction(tmp_path: Path) -> None:
    settings = options(tmp_path)
    issued(settings, [SPINE], [(2000, 0), (3000, 0)], village=VILLAGE)
    with open_campaign(settings, now=Clock()) as ledger:
        opened = ledger.of_kind(Kind.OPENING)[0]

    def corrected(to: str, approver: str = "李四") -> str:
        (outcome,) = correct(settings, opened.entry_id, to, reason="误填", approver=approver, by="王五").outcomes
        return outcome.judgement.refusal.code if outcome.judgement.refusal else outcome.word

    assert corrected("closed") == "closing_needs_sign_off"
    assert corrected("laid", approver="王五") == "approved_by_oneself"
    assert [corrected(to) for to in ("laid", "laid", "approved", "laid", "laid")] == [
        "new",
        "same",
        "new",
        "new",
        "same",
    ]
    with open_campaign(settings, now=Clock()) as ledger:
        about = ledger.about(opened.subject)
        assert [e.kind for e in about] == ["opening", "stage", "stage", "stage"]
        assert stage_rank(about) == 4


def test_the_plan_and_the_closed_periods_are_those_known_at_the_time(tmp_path: Path) -> None:
    settings = options(tmp_path)
    clock = Clock(dt.datetime(2016, 6, 2))
    issued(settings, [SPINE], [(3000, 0)])
    with open_campaign(settings, now=clock) as ledger:
        ledger.freeze("2016-05", dt.date(2016, 5, 31), lambda _: b"figures", "王五", "529900")
    issued(settings, [SPINE], [(3000, 0), (1200, 0)])
    clock.now = dt.datetime(2016, 6, 20)
    open_campaign(settings, now=clock).close()

    def known(then: dt.datetime | None) -> tuple[str, list[str]]:
        loaded = load(settings, dt.date(2016, 6, 25), then)
        return loaded.plan.revision, list(loaded.closed)

    assert known(dt.datetime(2016, 6, 1)) == ("R001", [])
    assert known(dt.datetime(2016, 6, 19)) == ("R001", ["2016-05"])
    assert known(dt.datetime(2016, 6, 21)) == known(None) == ("R002", ["2016-05"])
