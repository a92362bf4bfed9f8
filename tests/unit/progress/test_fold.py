from __future__ import annotations

import pandas as pd
import pytest
from plans import Book, a_plan, campaign, row

from cuntong_gis.progress.rollup.status import roll_up

A, B, C, D = "520321100201", "520321100202", "520321101201", "520321101202"


def village(book: Book, day: str, code: str = A, plan=None, **said) -> pd.Series:
    return row(roll_up(book.entries, plan or a_plan([A, B, C]), campaign(**said), as_of=day).villages, code)


def span(book: Book, day: str, code: str = f"S{A}", plan=None) -> pd.Series:
    return row(roll_up(book.entries, plan or a_plan([A, B, C]), campaign(), as_of=day).spans, code)


def on(value) -> str:
    return "" if pd.isna(value) else value.date().isoformat()


def test_a_stage_rises_with_the_days_and_never_falls_by_itself():
    book = Book()
    book.stage(A, "lit", "2016-06-10")
    book.stage(A, "laid", "2016-06-20")  # told later, of a lower stage: nothing falls
    assert village(book, "2016-06-09")["stage"] == "not_started"
    assert on(village(book, "2016-06-09")["stage_on"]) == ""
    now = village(book, "2016-06-30")
    assert (now["stage"], on(now["stage_on"]), on(now["laid_on"]), on(now["lit_on"])) == (
        "lit", "2016-06-10", "2016-06-10", "2016-06-10")  # fmt: skip


def test_a_correction_counts_from_its_day_and_a_later_report_rises_again():
    book = Book()
    book.stage(A, "laid", "2016-05-01")
    book.stage(A, "closed", "2016-06-01")
    book.stage(A, "lit", "2016-06-15", resets=True, kind="reopen")
    book.stage(A, "closed", "2016-07-01")
    days = {d: village(book, d) for d in ("2016-06-14", "2016-06-15", "2016-07-01")}
    assert [v["stage"] for v in days.values()] == ["closed", "lit", "closed"]
    assert [on(v["closed_on"]) for v in days.values()] == ["2016-06-01", "", "2016-07-01"]
    assert [on(v["lit_on"]) for v in days.values()] == ["2016-06-01"] * 3  # it has been lit all the time
    assert {on(v["laid_on"]) for v in days.values()} == {"2016-05-01"}


def test_a_fall_below_laid_forgets_when_it_was_laid():
    book = Book()
    book.stage(A, "lit", "2016-06-01")
    book.stage(A, "approved", "2016-06-10", resets=True)
    book.stage(A, "laid", "2016-06-20")
    now = village(book, "2016-06-30")
    assert (now["stage"], on(now["laid_on"]), on(now["lit_on"])) == ("laid", "2016-06-20", "")


def test_what_counts_on_one_day_counts_in_the_order_in_which_it_came():
    book = Book()
    book.stage(A, "approved", "2016-06-01", resets=True)
    book.stage(A, "laid", "2016-06-01")
    assert village(book, "2016-06-01")["stage"] == "laid"
    book.stage(A, "approved", "2016-06-01", resets=True)
    assert village(book, "2016-06-01")["stage"] == "approved"


def test_an_entry_counts_from_its_counting_day_not_from_its_happening():
    book = Book()
    book.stage(A, "lit", "2016-05-20", counts="2016-06-01")
    assert village(book, "2016-05-31")["stage"] == "not_started"
    assert on(village(book, "2016-06-01")["lit_on"]) == "2016-06-01"
    assert on(village(book, "2016-06-01")["last_report_on"]) == "2016-05-20"


def test_a_conflict_is_shown_and_does_not_count_until_a_person_decides():
    book = Book()
    first = book.stage(A, "laid", "2016-06-01")
    book.stage(A, "lit", "2016-06-01", conflicts_with=first)
    book.stage(A, "lit", "2016-06-10", resets=True, corrects=first)
    assert (village(book, "2016-06-09")["stage"], village(book, "2016-06-09")["conflicts"]) == ("laid", 1)
    assert (village(book, "2016-06-10")["stage"], village(book, "2016-06-10")["conflicts"]) == ("lit", 0)
    assert village(book, "2016-05-31")["conflicts"] == 0


def test_naming_the_conflicting_entry_decides_it_too():
    book = Book()
    first = book.stage(A, "laid", "2016-06-01")
    other = book.stage(A, "lit", "2016-06-01", conflicts_with=first)
    book.stage(A, "lit", "2016-06-01", resets=True, corrects=other)
    assert village(book, "2016-06-01")["conflicts"] == 0


def test_blockers_are_open_until_unblocked_and_overdue_after_their_day():
    book = Book()
    one = book.blocker(A, "2016-06-01", due="2016-06-10")
    book.blocker(A, "2016-06-05")
    book.add("unblock", A, "2016-06-20", corrects=one)
    seen = [(village(book, d)["blockers"], village(book, d)["blockers_overdue"])
            for d in ("2016-06-04", "2016-06-10", "2016-06-11", "2016-06-20")]  # fmt: skip
    assert seen == [(1, 0), (2, 0), (2, 1), (1, 0)]


def test_late_is_what_is_not_lit_after_its_own_day_else_after_the_deadline():
    plan = a_plan({A: {"due_date": "2016-06-30"}, B: {}})
    book = Book()
    book.stage(A, "laid", "2016-06-01")
    assert [village(book, d, A, plan)["late"] for d in ("2016-06-30", "2016-07-01")] == [False, True]
    assert [village(book, d, B, plan)["late"] for d in ("2016-12-31", "2017-01-01")] == [False, True]
    assert on(village(book, "2016-06-30", B, plan)["due_date"]) == "2016-12-31"
    book.stage(A, "lit", "2016-07-05")
    assert not village(book, "2016-07-05", A, plan)["late"]


def test_the_ledgers_own_entries_are_no_sign_of_life():
    book = Book()
    book.stage(A, "laid", "2016-06-01", kind="opening")
    assert on(village(book, "2016-06-30")["last_report_on"]) == ""
    book.add("visit", A, "2016-06-07")
    assert on(village(book, "2016-06-30")["last_report_on"]) == "2016-06-07"


def test_checks_hold_until_the_village_is_reopened_and_the_certificate_while_it_is_closed():
    book = Book()
    book.add("check", A, "2016-06-01", detail={"level": "prefecture", "passed": True})
    book.add("check", A, "2016-06-01", detail={"level": "county", "passed": True})
    book.add("check", A, "2016-06-02", detail={"level": "province", "passed": False})
    book.stage(A, "closed", "2016-06-03", kind="close", detail={"certificate": "GZ-1"})
    assert (village(book, "2016-06-03")["checks"], village(book, "2016-06-03")["certificate"]) == (
        "county prefecture", "GZ-1")  # fmt: skip
    assert village(book, "2016-06-02")["certificate"] == ""
    book.stage(A, "laid", "2016-06-10", kind="reopen", resets=True)
    assert (village(book, "2016-06-10")["checks"], village(book, "2016-06-10")["certificate"]) == ("", "")
    book.add("check", A, "2016-06-12", detail={"level": "county", "passed": True})
    assert village(book, "2016-06-12")["checks"] == "county"
    book.add("check", A, "2016-06-13", detail={"level": "county", "passed": False})
    assert village(book, "2016-06-13")["checks"] == ""


def test_percent_is_only_shown():
    book = Book()
    book.add("percent", A, "2016-06-01", measure="percent", level=40)
    book.add("percent", A, "2016-06-03", measure="percent", level=30)
    assert (village(book, "2016-06-03")["percent"], village(book, "2016-06-03")["stage"]) == (40.0, "not_started")
    assert pd.isna(village(book, "2016-05-31")["percent"])


def test_a_span_without_a_report_is_laid_when_a_village_behind_it_is():
    # source —S1 (400 m)— A —S2 (600 m)— B
    plan = a_plan([A, B], {"S1": (400, 4000), "S2": (600, 6000)}, {A: ["S1"], B: ["S2", "S1"]})
    book = Book()
    book.stage(B, "laid", "2016-06-01")
    assert [span(book, "2016-06-01", s, plan)["laid_m"] for s in ("S1", "S2")] == [400.0, 600.0]
    assert [span(book, "2016-05-31", s, plan)["laid_m"] for s in ("S1", "S2")] == [0.0, 0.0]
    book.metres("S1", 100, "2016-06-02")  # what is reported goes before what is concluded
    assert (span(book, "2016-06-02", "S1", plan)["laid_m"], span(book, "2016-06-02", "S1", plan)["reported"]) == (
        100,
        True,
    )


def test_metres_above_the_plan_are_shown_but_count_up_to_it():
    book = Book()
    book.metres(f"S{A}", 1200, "2016-06-01")
    book.add("test", f"S{A}", "2016-06-02", measure="spliced", level=1)
    found = span(book, "2016-06-02")
    assert (found["laid_m"], found["counted_m"], found["spliced"], found["tested"]) == (1200, 1000, True, False)


def test_carried_metres_hold_whatever_was_said_before():
    book = Book()
    book.metres(f"S{A}", 800, "2016-06-01")
    book.metres(f"S{A}", 300, "2016-06-05", kind="carry", resets=True)
    book.metres(f"S{A}", 250, "2016-06-06")
    assert [span(book, d)["laid_m"] for d in ("2016-06-01", "2016-06-05", "2016-06-06")] == [800, 300, 300]


def test_a_span_is_counted_in_the_township_with_most_villages_behind_it():
    spans = {"S1": (100, 1), "S2": (100, 1), "S3": (100, 1), "S4": (100, 1), "S5": (100, 1)}
    # S1 leads to all: A in …100; C and D in …101. S5 leads to A and C: a tie.
    routes = {A: ["S2", "S5", "S1"], C: ["S3", "S5", "S1"], D: ["S4", "S1"]}
    plan = a_plan([A, C, D], spans, routes)
    found = roll_up(Book().entries, plan, campaign(), as_of="2016-06-01")
    assert dict(zip(found.spans["span_id"], found.spans["township"], strict=True)) == {
        "S1": "520321101", "S2": "520321100", "S3": "520321101", "S4": "520321101", "S5": "520321100",
    }  # fmt: skip
    planned = dict(zip(found.units["code"], found.units["planned_m"], strict=True))
    # Among C and D the one that S1 leads to first: D, over no other span; C, over S5.
    assert (planned[A], planned[C], planned[D]) == (200, 100, 200)
    assert (planned["520321100"], planned["520321101"], planned["520000"]) == (200, 300, 500)


def test_a_span_that_must_be_used_and_leads_nowhere_is_in_the_totals():
    plan = a_plan([A, C], {"S1": (100, 1), "S2": (50, 1), "S9": (30, 1), "S8": (20, 1)}, {A: ["S1"], C: ["S2"]})
    sites = plan.spans.set_index("span_id")["to_site"]
    plan.spans["from_site"] = ["source", "source", sites["S2"], "elsewhere"]
    found = roll_up(Book().entries, plan, campaign(), as_of="2016-06-01")
    planned = dict(zip(found.units["code"], found.units["planned_m"], strict=True))
    assert (planned["520321101"], planned["520321100"], planned["520000"]) == (80, 120, 200)


def test_what_the_plan_does_not_hold_is_told_but_not_what_was_carried_over():
    book = Book()
    book.stage("520321999999", "lit", "2016-06-01")
    book.metres("S-old", 100, "2016-06-01", revision="R000")
    found = roll_up(book.entries, a_plan([A]), campaign(), as_of="2016-06-01").findings
    assert [f.message.en for f in found if f.code == "entry_unknown_subject"] == [
        "1 entries are about what the plan does not hold, and not counted: 520321999999"
    ]


@pytest.mark.parametrize("empty", [True, False])
def test_a_ledger_with_nothing_in_it_has_figures_too(empty):
    plan = a_plan([]) if empty else a_plan([A])
    found = roll_up(Book().entries, plan, campaign(), as_of="2016-06-01")
    assert len(found.villages) == len(plan.villages) and len(found.units) == (0 if empty else 5)
