from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
from ledgers import Clock
from plans import Book, a_plan, campaign, row, units

from cuntong_gis import schema
from cuntong_gis.progress import Kind, Measure, Report, open_ledger, plan_facts
from cuntong_gis.progress.rollup.encode import encode
from cuntong_gis.progress.rollup.status import roll_up
from cuntong_gis.progress.rollup.units import unit_book

A, B, C = "520321100201", "520321100202", "520321101201"
TOWN, OTHER, COUNTY, CITY, PROVINCE = "520321100", "520321101", "520321", "520300", "520000"


def unit(book: Book, day: str, code: str = COUNTY, plan=None, period="month", **tables) -> pd.Series:
    return row(
        roll_up(book.entries, plan or a_plan([A, B, C]), campaign(), as_of=day, period=period, **tables).units, code
    )


def test_tables_obey_their_schemas():
    book = Book()
    book.stage(A, "lit", "2016-06-01")
    found = roll_up(book.entries, a_plan([A, B, C]), campaign(), as_of="2016-06-30")
    for table, name in ((found.units, "unit_status"), (found.villages, "village_status"), (found.spans, "span_status")):
        assert list(table.columns) == [c.name for c in schema.load(name).columns]
        pd.testing.assert_frame_equal(pd.DataFrame(table), pd.DataFrame(schema.conform(table, name)))
    assert found.units["code"].tolist() == [PROVINCE, CITY, COUNTY, TOWN, OTHER, A, B, C]
    assert (found.as_of.isoformat(), found.period.code) == ("2016-06-30", "2016-06")


def test_counts_at_every_level_worked_by_hand():
    book = Book()
    book.stage(A, "closed", "2016-05-20")
    book.stage(B, "laid", "2016-06-05")
    book.stage(C, "lit", "2016-06-06")
    for code, laid, lit, closed, villages in (
        (A, 1, 1, 1, 1),
        (TOWN, 2, 1, 1, 2),
        (COUNTY, 3, 2, 1, 3),
        (PROVINCE, 3, 2, 1, 3),
    ):
        line = unit(book, "2016-06-30", code)
        assert (line["laid"], line["lit"], line["closed"], line["villages"]) == (laid, lit, closed, villages)
        assert line["surveyed"] == line["approved"] == line["material_ready"] == laid
    line = unit(book, "2016-06-30")
    assert (line["laid_before"], line["lit_before"], line["closed_before"]) == (1, 1, 1)
    assert (line["lit_rate"], line["closed_rate"]) == (2 / 3, 1 / 3)
    assert (line["planned_m"], line["laid_m"], line["laid_m_before"]) == (3000, 3000, 1000)
    assert np.isclose(line["lag_points"], (2 / 3 - 122 / 306) * 100)
    assert unit(book, "2016-06-30", period="quarter")["lit_before"] == 0
    assert unit(book, "2016-06-06", period="day")["lit_before"] == 1


def test_a_village_without_a_township_is_its_countys():
    moved = units({"code": A, "name": "", "parent": COUNTY})
    found = roll_up(Book().entries, a_plan([A, B, C]), campaign(), as_of="2016-06-30", units=moved)
    assert row(found.villages, A)["township"] == row(found.spans, f"S{A}")["township"] == ""
    counted = dict(zip(found.units["code"], found.units["planned_m"], strict=True))
    assert (counted[TOWN], counted[OTHER], counted[COUNTY], counted[PROVINCE]) == (1000, 1000, 3000, 3000)
    assert row(found.units, A)["parent"] == COUNTY


def test_money_is_exact_to_the_fen_on_every_span():
    # 1/3 of 100.00 is 33.33 on each of three spans: 99.99, not 100.00.
    plan = a_plan([A, B, C], {f"S{v}": (300, "100.00") for v in (A, B, C)}, {v: [f"S{v}"] for v in (A, B, C)})
    book = Book()
    for v in (A, B, C):
        book.metres(f"S{v}", 100, "2016-06-01")
    assert str(unit(book, "2016-06-30", PROVINCE, plan)["ev_cny"]) == "99.99"
    assert str(unit(book, "2016-06-30", PROVINCE, plan)["budget_cny"]) == "300.00"


def test_late_blockers_conflicts_and_adjustments_add_up():
    plan = a_plan({A: {"due_date": "2016-06-10"}, B: {"due_date": "2016-06-10"}, C: {}})
    book = Book()
    book.stage(A, "lit", "2016-06-01")
    book.blocker(B, "2016-05-01", due="2016-06-01")
    book.blocker(C, "2016-06-01", due="2016-09-01")
    first = book.metres(f"S{B}", 100, "2016-06-02")
    book.metres(f"S{B}", 900, "2016-06-02", conflicts_with=first)
    book.stage(B, "approved", "2016-05-20", counts="2016-06-01")
    book.metres(f"S{C}", 10, "2016-05-20", counts="2016-06-01")
    line = unit(book, "2016-06-30", COUNTY, plan)
    assert [line[c] for c in ("late", "blockers", "blockers_overdue", "conflicts", "adjustments")] == [1, 2, 1, 1, 2]
    line = unit(book, "2016-06-30", TOWN, plan)
    assert [line[c] for c in ("late", "blockers", "blockers_overdue", "conflicts", "adjustments")] == [1, 1, 1, 1, 1]
    assert unit(book, "2016-07-31", COUNTY, plan)["adjustments"] == 0
    assert unit(book, "2016-07-31", COUNTY, plan, period="quarter")["adjustments"] == 0
    assert unit(book, "2016-07-31", COUNTY, plan, period="year")["adjustments"] == 2


def test_freshness_goes_up_the_tree_but_not_down():
    book = Book()
    book.add("receipt", TOWN, "2016-06-20")
    book.stage(C, "laid", "2016-06-10")
    seen = {
        c: unit(book, "2016-06-25", c)[["silent_days", "stale"]].tolist() for c in (TOWN, OTHER, COUNTY, PROVINCE, C)
    }
    assert seen == {TOWN: [5, False], OTHER: [15, True], COUNTY: [5, False], PROVINCE: [5, False], C: [15, True]}
    silent = unit(book, "2016-06-25", A)
    assert pd.isna(silent["silent_days"]) and silent["stale"] and pd.isna(silent["last_report_on"])
    assert not unit(Book(), "2016-03-07")["stale"] and unit(Book(), "2016-03-08")["stale"]  # 7 days, then 8


def test_a_receipt_of_a_later_day_is_not_known_yet():
    book = Book()
    book.add("receipt", TOWN, "2016-06-20", counts="2016-07-01")
    assert pd.isna(unit(book, "2016-06-30", TOWN)["silent_days"])
    assert unit(book, "2016-07-01", TOWN)["silent_days"] == 11


def test_an_overlay_is_fresh_by_its_own_receipts_and_those_of_its_members():
    over = units(
        {"code": "GA", "name": "新区", "overlay": True}, {"code": TOWN, "name": "", "parent": "GA", "overlay": True}
    )
    book = Book()
    book.add("receipt", TOWN, "2016-06-20")
    assert unit(book, "2016-06-25", "GA", units=over)["silent_days"] == 5
    book.add("receipt", "GA", "2016-06-22")
    assert unit(book, "2016-06-25", "GA", units=over)["silent_days"] == 3
    assert unit(book, "2016-06-25", units=over)["silent_days"] == 5


def test_one_load_serves_many_days():
    book = Book()
    for n, code in enumerate((A, B, C)):
        book.stage(code, "lit", f"2016-06-{10 + n:02d}")
        book.stage(code, "laid", f"2016-06-{20 + n:02d}", resets=True)
    plan = a_plan([A, B, C])
    loaded, known = encode(book.entries, plan), unit_book(plan, campaign())
    for day in pd.date_range("2016-06-08", "2016-06-25"):
        here, fresh = (
            roll_up(e, plan, campaign(), as_of=day.date(), units=u) for e, u in ((loaded, known), (book.entries, None))
        )
        pd.testing.assert_frame_equal(here.units, fresh.units)
        pd.testing.assert_frame_equal(here.villages, fresh.villages)


def test_what_came_before_is_asked_of_the_units_villages_of_the_day():
    # A township that comes on 1 July brings its lit villages with it: the month's work is what was done in it.
    moved = units(
        {"code": OTHER, "name": "", "parent": "520302", "valid_from": "2016-07-01"}, {"code": "520302", "name": ""}
    )
    book = Book()
    book.stage(C, "lit", "2016-06-01")
    line = unit(book, "2016-07-31", "520302", units=moved)
    assert (line["lit"], line["lit_before"], line["villages"]) == (1, 1, 1)
    assert unit(book, "2016-06-30", "520302", units=moved)["villages"] == 0


def test_the_entries_of_a_real_ledger_roll_up(tmp_path):
    plan = a_plan([A, B, C])
    said = [
        Report("r1", Kind.STAGE, A, TOWN, dt.date(2016, 6, 1), "甲", Measure.STAGE, 5.0),
        Report("r2", Kind.METRES, f"S{B}", TOWN, dt.date(2016, 6, 2), "甲", Measure.LAID_M, 250.0),
        Report("r3", Kind.STAGE, A, TOWN, dt.date(2016, 6, 1), "乙", Measure.STAGE, 4.0),
        Report(
            "r4",
            Kind.BLOCKER,
            C,
            OTHER,
            dt.date(2016, 6, 3),
            "甲",
            detail={"category": "青苗", "owner": "丁", "due": "2016-06-10"},
        ),
        Report("r5", Kind.RECEIPT, OTHER, OTHER, dt.date(2016, 6, 20), "甲", detail={"file": "日报.xlsx", "rows": 3}),
    ]
    with open_ledger(f"sqlite:///{tmp_path / 'l.sqlite'}", plan_facts(plan), campaign(), now=Clock()) as ledger:
        posted = ledger.post(said)
        entries = ledger.entries()
    assert not [o.judgement.refusal for o in posted.outcomes if o.judgement.refusal]
    line = row(roll_up(entries, plan, campaign(), as_of="2016-06-25").units, COUNTY)
    assert [line[c] for c in ("lit", "laid_m", "conflicts", "blockers", "blockers_overdue", "silent_days")] == [
        1, 1250, 1, 1, 1, 5
    ]  # fmt: skip
