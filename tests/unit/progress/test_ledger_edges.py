"""The ledger on both stores against whatever somebody may hand it, on purpose or not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace

import pytest
from ledgers import OTHER, A, B, C, Clock, facts, metres, settings, stage

from cuntong_gis.progress import Kind, Ledger, Measure, Posted, Report, open_ledger, verify_ledger

DAY = dt.date(2016, 6, 1)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ledger(ledger_url: str, clock: Clock) -> Iterator[Ledger]:
    with open_ledger(ledger_url, facts(upstream={B: A}), settings(), now=clock) as opened:
        yield opened


def refusals(posted: Posted) -> list[str]:
    return [o.judgement.refusal.code for o in posted.outcomes if o.judgement.refusal is not None]


def words(posted: Posted) -> list[str]:
    return [outcome.word for outcome in posted.outcomes]


def freeze(ledger: Ledger, period: str = "2016-05", last: str = "2016-05-31") -> Posted:
    return ledger.freeze(period, dt.date.fromisoformat(last), lambda e: f"{len(e)} rows".encode(), "王五", "520500")


GOOD = stage(A, 1, "2016-06-01", "x")


@pytest.mark.parametrize(
    ("report", "code"),
    [
        (replace(GOOD, note="a\0b"), "bad_text"),
        (replace(GOOD, entry_id="\0"), "bad_text"),
        (replace(GOOD, subject="520527\0"), "bad_text"),
        (replace(GOOD, note="\ud800"), "bad_text"),
        (replace(GOOD, entry_id="\ud800"), "bad_text"),
        (replace(GOOD, detail={"x": "\ud800"}), "bad_text"),
        (replace(GOOD, note=None), "bad_text"),
        (replace(GOOD, entry_id="x" * 10_000_000), "too_long"),
        (replace(GOOD, note="长" * 4001), "too_long"),
        (replace(GOOD, entry_id=""), "no_id"),
        (replace(GOOD, reported_by=" "), "missing_reporter"),
        (replace(GOOD, happened_on=dt.datetime(2016, 6, 1)), "bad_date"),
        (replace(GOOD, level=True), "no_value"),
        (replace(GOOD, level="3"), "no_value"),
        (replace(GOOD, detail={"x": float("nan")}), "bad_detail"),
        (replace(GOOD, detail={"x": DAY}), "bad_detail"),
        (replace(GOOD, detail={"x": "长" * 1_000_001}), "too_long"),
        (replace(GOOD, evidence=("a b",)), "bad_evidence"),
        (replace(GOOD, evidence=("ab" * 32,) * 21), "bad_evidence"),
        (replace(GOOD, kind=Kind.PERCENT, level=6.0), "bad_measure"),
        (replace(GOOD, kind=Kind.CLOSE, level=5.0), "bad_measure"),
        (replace(GOOD, kind=Kind.OPENING, resets=True, corrects="y"), "bad_measure"),
        (replace(GOOD, kind=Kind.VISIT), "bad_measure"),
        (Report("x", Kind.TEST, "S1", "520500", DAY, "张三", Measure.SPLICED, 57.0), "bad_flag"),
        (Report("x", Kind.VISIT, "520527100299", "520527", DAY, "张三"), "unknown_village"),
    ],
)
def test_what_neither_store_can_hold_is_refused_alone(ledger: Ledger, report: Report, code: str) -> None:
    posted = ledger.post([stage(B, 1, "2016-06-01"), report, stage(OTHER, 1, "2016-06-01")], accept_valid=True)
    assert words(posted) == ["new", "refused", "new"]
    assert refusals(posted) == [code]
    assert refusals(ledger.post([report])) == [code]
    assert len(ledger.entries()) == 2


@pytest.mark.parametrize("level", [-0.0, 0, 12, 0.1 + 0.2, 1e22, 5e-324, 1.7976931348623157e308])
def test_every_float_comes_back_as_the_one_that_was_hashed(ledger: Ledger, level: float) -> None:
    said = metres("S1", level, "2016-06-01", "x", note="核实")
    assert words(ledger.post([said])) == ["new"]
    assert words(ledger.post([said])) == ["same"]
    assert ledger.entry("x").level == level
    assert verify_ledger(ledger.store).faults == ()


@pytest.mark.parametrize(
    "text", ["é", "e\u0301", "\u202e倒\u200b", "a\r\nb\t\x01", "\U00020bb7", '{"a": "\\u0000"}', "%s ? :x"]
)
def test_texts_come_back_as_they_were_said(ledger: Ledger, text: str) -> None:
    said = replace(GOOD, note=text, detail={text: [text, ("a", 1)], "零": "\0"})
    assert words(ledger.post([said])) == ["new"]
    assert words(ledger.post([said])) == ["same"]
    assert ledger.entry("x").note == text
    assert verify_ledger(ledger.store).faults == ()


def test_a_chain_has_six_ascii_digits(ledger: Ledger) -> None:
    ledger.post([Report("x", Kind.RECEIPT, "５２０５２７", "520500", DAY, "张三")])
    assert list(verify_ledger(ledger.store).heads) == ["999999"]


def test_nobody_approves_under_another_spelling_of_the_own_name(ledger: Ledger) -> None:
    ledger.post([stage(A, 5, "2016-06-10", "lit")])
    for approver, code in (("张 三", "approved_by_oneself"), ("　", "correction_incomplete")):
        right = stage(A, 4, "2016-06-10", resets=True, corrects="lit", reason="误填", approver=approver)
        assert refusals(ledger.post([right])) == [code]
    assert words(ledger.post([stage(A, 3, "2016-06-11", by="张三 ")])) == ["refused"]


def test_a_conflict_is_decided_by_naming_either_of_the_two_and_a_new_one_may_follow(ledger: Ledger) -> None:
    ledger.post([stage(A, 4, "2016-06-10", "one", by="张三")])
    assert words(ledger.post([stage(A, 2, "2016-06-10", "two", by="李四")])) == ["conflict"]
    decided = stage(A, 2, "2016-06-10", "judge", by="王五", resets=True, corrects="two", reason="核查", approver="李四")
    assert ledger.post([decided]).taken
    assert words(ledger.post([stage(A, 3, "2016-06-10", "three", by="赵六")])) == ["new"]
    posted = ledger.post([stage(A, 4, "2016-06-10", "four", by="钱七")])
    assert words(posted) == ["conflict"]
    assert posted.outcomes[0].entry.conflicts_with == "three"


def test_a_correction_is_corrected_in_turn(ledger: Ledger) -> None:
    ledger.post([metres("S1", 900.0, "2016-06-10", "said")])
    more = {"resets": True, "reason": "误填", "approver": "李四"}
    ledger.post([metres("S1", 90.0, "2016-06-10", "c1", corrects="said", **more)])
    assert ledger.post([metres("S1", 800.0, "2016-06-10", "c2", corrects="c1", **more)]).taken
    assert refusals(ledger.post([metres("S1", 700.0, "2016-06-11")])) == ["figure_falls"]
    assert ledger.post([metres("S1", 850.0, "2016-06-11")]).taken


def test_a_late_report_into_a_closed_period_is_no_fall_but_a_fall_in_it_is(ledger: Ledger) -> None:
    ledger.post([stage(A, 5, "2016-05-20")])
    freeze(ledger)
    late = ledger.post([stage(A, 3, "2016-05-10")])
    assert late.outcomes[0].adjusted
    assert refusals(ledger.post([stage(A, 4, "2016-05-25")])) == ["figure_falls"]
    ledger.post([stage(C, 4, "2016-05-30")])
    assert refusals(ledger.post([stage(C, 3, "2016-05-31")])) == ["figure_falls"]


def test_a_correction_of_a_closed_period_counts_from_the_next_day(ledger: Ledger) -> None:
    ledger.post([stage(A, 5, "2016-05-20", "lit")])
    freeze(ledger)
    right = stage(A, 3, "2016-05-20", "c", resets=True, corrects="lit", reason="误填", approver="李四")
    (outcome,) = ledger.post([right]).outcomes
    assert (outcome.entry.happened_on, outcome.entry.counts_on) == (dt.date(2016, 5, 20), dt.date(2016, 6, 1))
    assert ledger.post([stage(A, 4, "2016-06-02")]).taken
