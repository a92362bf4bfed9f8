from __future__ import annotations

import pandas as pd
import pytest
from plans import Book, a_plan, campaign, officials, row, targets, units

from cuntong_gis.progress.rollup.status import roll_up
from cuntong_gis.settings import Settings, settings_from

TOWN, OTHER, COUNTY = "520321100", "520321101", "520321"
TEN = [f"{TOWN}2{n:02d}" for n in range(10)]
FIVE = [f"{OTHER}2{n:02d}" for n in range(5)]


def found(day: str, code: str, *rows, lit: int = 0, codes=TEN + FIVE, period: str = "month", settings=None, **tables):
    book = Book()
    for village in codes[:lit]:
        book.stage(village, "lit", "2016-03-01")
    status = roll_up(
        book.entries, a_plan(codes), settings or campaign(), as_of=day, period=period,
        targets=targets(*rows) if rows else None, **tables,
    )  # fmt: skip
    return row(status.units, code), [f for f in status.findings if f.layer in ("targets", "settings")]


def target(day: str, code: str, *rows, **said) -> float:
    return float(found(day, code, *rows, **said)[0]["target"])


def test_linear_time_progress_counts_both_ends():
    # 2016-03-01 … 2016-12-31 are 306 days; the 31st of March is the 31st of them.
    line, notes = found("2016-03-31", TOWN)
    assert (line["elapsed_days"], line["time_rate"]) == (31, 31 / 306)
    assert line["target"] == pytest.approx(10 * 31 / 306, abs=1e-9)
    assert line["period_target"] == pytest.approx(10 * 31 / 306, abs=1e-9)
    assert not notes
    assert target("2016-02-28", TOWN) == 0 and target("2017-05-01", TOWN) == 10
    assert found("2017-01-02", TOWN)[0]["elapsed_days"] == 308


def test_a_finished_period_counts_wholly_and_a_running_one_by_its_days():
    rows = ((TOWN, "2016-04", 3), (TOWN, "2016-05", 6))
    assert [target(d, TOWN, *rows) for d in ("2016-03-31", "2016-04-30", "2016-05-31", "2016-12-31")] == [0, 3, 9, 9]
    assert target("2016-04-10", TOWN, *rows) == 1.0  # 10 of 30 days of 3
    line, _ = found("2016-05-31", TOWN, *rows, lit=6)
    assert (line["period_target"], line["done"], line["target_rate"]) == (6, pytest.approx(2 / 3), 0.9)


def test_the_finest_period_counts_and_a_coarser_one_that_says_otherwise_is_told():
    rows = ((TOWN, "2016-04", 3), (TOWN, "2016-05", 4), (TOWN, "2016-06", 5), (TOWN, "2016-Q2", 10))
    line, notes = found("2016-06-30", TOWN, *rows)
    assert line["target"] == 12
    assert [(f.code, f.row) for f in notes] == [("target_unequal", "5")]
    assert "10" in notes[0].message.zh and "12" in notes[0].message.zh
    assert not found("2016-06-30", TOWN, *rows[:3], (TOWN, "2016-Q2", 12))[1]


def test_what_a_coarser_period_has_more_lies_on_the_days_that_no_finer_one_covers():
    # The year has 10; April 4 of them. 6 lie on the 306 - 30 = 276 other days of the campaign.
    rows = ((TOWN, "2016", 10), (TOWN, "2016-04", 4))
    assert target("2016-03-31", TOWN, *rows) == pytest.approx(6 * 31 / 276, abs=1e-9)
    assert target("2016-04-30", TOWN, *rows) == pytest.approx(6 * 31 / 276 + 4, abs=1e-9)
    assert target("2016-12-31", TOWN, *rows) == 10


def test_a_week_across_the_end_of_a_month_is_counted_once():
    # 2016-W13 is 28 March … 3 April: 7 villages, one a day. March has 4 of them, April 3.
    rows = ((TOWN, "2016-W13", 7), (TOWN, "2016-03", 4), (TOWN, "2016-04", 6))
    assert [target(d, TOWN, *rows) for d in ("2016-03-27", "2016-03-31", "2016-04-03", "2016-04-30")] == [0, 4, 7, 10]
    assert not found("2016-04-30", TOWN, *rows)[1]


def test_weeks_that_cross_both_ends_of_a_month_do_not_contradict_it():
    weeks = [(TOWN, f"2016-W{w}", 2) for w in range(13, 19)]  # 28 March … 8 May
    assert not [f for f in found("2016-05-08", TOWN, *weeks, (TOWN, "2016-04", 8))[1] if f.code == "target_unequal"]
    assert [f.code for f in found("2016-05-08", TOWN, *weeks, (TOWN, "2016-04", 13))[1]] == ["target_unequal"]
    assert [f.code for f in found("2016-05-08", TOWN, *weeks, (TOWN, "2016-04", 5))[1]] == ["target_unequal"]


def test_a_unit_without_rows_is_the_sum_of_the_units_below():
    rows = ((TOWN, "2016-04", 6),)
    other = 5 * 61 / 306  # the other township has no rows: linear
    assert target("2016-04-30", OTHER, *rows) == pytest.approx(other, abs=1e-9)
    for code in (COUNTY, "520300", "520000"):
        assert target("2016-04-30", code, *rows) == pytest.approx(6 + other, abs=1e-9)
    assert target("2016-04-30", COUNTY, *rows, (COUNTY, "2016-04", 9)) == 9
    assert target("2016-04-30", "520000", *rows, (COUNTY, "2016-04", 9)) == 9


def test_an_overlay_without_rows_is_the_sum_of_its_members():
    over = units(
        {"code": "GA", "name": "新区", "overlay": True},
        {"code": TOWN, "name": "", "parent": "GA", "overlay": True},
        {"code": FIVE[0], "name": "", "parent": "GA", "overlay": True},
    )
    rows = ((TOWN, "2016-04", 6),)
    assert target("2016-04-30", "GA", *rows, units=over) == pytest.approx(6 + 61 / 306, abs=1e-9)
    assert target("2016-04-30", "GA", units=over) == pytest.approx(11 * 61 / 306, abs=1e-9)
    assert target("2016-04-30", "GA", *rows, ("GA", "2016-04", 2), units=over) == 2


def test_thirds_add_up_to_the_whole():
    # 10 over the 31 days of May: after the last day it is 10, whatever the fractions.
    line, _ = found("2016-05-31", TOWN, (TOWN, "2016-05", 10), lit=10)
    assert (line["target"], line["done"]) == (10, 1)


def test_rows_that_cannot_be_used_are_named():
    rows = (
        (TOWN, "2016-04", 6), (TOWN, "2016-4", 7), (TOWN, "2016-99", 1), ("529999", "2016-04", 1),
        (TOWN, "2106-05", 1), (TOWN, "2016-03", -1),
    )  # fmt: skip
    line, notes = found("2016-04-30", TOWN, *rows)
    assert line["target"] == 6
    assert [(f.code, f.row) for f in notes] == [
        ("target_period", "4"), ("target_unknown_unit", "5"), ("target_twice", "3"), ("target_negative", "7"),
        ("target_far", "6"),
    ]  # fmt: skip
    assert all("targets 第" in f.message.zh for f in notes)


def test_targets_of_the_old_name_and_of_the_new_one_are_one_units():
    renamed = units(
        {"code": "520321", "name": "", "parent": "520304", "valid_from": "2016-05-01"},
        {"code": "520304", "name": "播州区", "valid_from": "2016-05-01"},
    )
    rows = (("520321", "2016-04", 2), ("520304", "2016-05", 3))
    assert target("2016-05-31", "520304", *rows, units=renamed) == 5
    assert target("2016-04-30", "520321", *rows, units=renamed) == 2


def test_earned_schedule_worked_by_hand():
    # April 3 (30 days: 0.1 a day), May 6. Days from 1 March: the end of March is day 31, of April 61, of May 92.
    rows = ((TOWN, "2016-04", 3), (TOWN, "2016-05", 6), (TOWN, "2016-12", 1))
    lit = {n: found("2016-05-31", TOWN, *rows, lit=n)[0]["earned_days"] for n in (0, 1, 3, 6, 9, 10)}
    assert lit[0] == 31  # nothing was due in March
    assert lit[1] == pytest.approx(31 + 10)
    assert lit[3] == pytest.approx(61)
    assert lit[6] == pytest.approx(61 + 31 * 3 / 6)
    assert lit[9] == pytest.approx(275)  # to the end of November nothing more was due
    assert lit[10] == 306
    # 7 villages over 31 days are no whole days: 1 is worth 31/7 of them.
    assert found("2016-05-31", TOWN, (TOWN, "2016-03", 7), lit=1)[0]["earned_days"] == pytest.approx(31 / 7)


def test_earned_schedule_begins_with_the_campaign_whatever_was_due_before_it():
    # February is over before the campaign begins: its village is due on the first day, with the first of March's 31.
    rows = ((TOWN, "2016-02", 1), (TOWN, "2016-03", 31))
    lit = {n: found("2016-05-31", TOWN, *rows, lit=n)[0]["earned_days"] for n in (0, 1, 2, 3)}
    assert lit == {0: 0, 1: 0.5, 2: 1, 3: 2}


def test_no_more_days_are_earned_than_the_campaign_has():
    short = campaign(deadline="2016-12-20")
    line, _ = found("2016-12-20", TOWN, (TOWN, "2016-12", 10), lit=10, settings=short)
    assert (line["target"], line["earned_days"], line["elapsed_days"]) == (10, 295, 295)


def test_a_campaign_that_lacks_one_of_its_days_still_has_the_other():
    lines = [
        found("2016-03-31", TOWN, (TOWN, "2016", 10), lit=5, settings=settings_from({"campaign": days}))[0]
        for days in ({"start": "2016-03-01"}, {"deadline": "2016-03-31"})
    ]
    assert [line["target"] for line in lines] == [round(10 * 31 / 306, 9), 10]
    assert [line["earned_days"] for line in lines] == [pytest.approx(153), pytest.approx(45.5)]
    quiet = [
        found("2016-03-05", OTHER, settings=settings_from({"campaign": days}))[0]["stale"]
        for days in ({"start": "2016-03-01"}, {"deadline": "2016-03-31"})
    ]
    assert quiet == [False, True]  # nobody has reported: without a first day nobody knows since when


def test_a_week_that_begins_before_the_campaign_or_ends_after_it_is_worked_off_within():
    # 2016-W09 is 29 February … 6 March: 6 days of it in the campaign. 2016-W52 ends on 1 January 2017.
    rows = ((TOWN, "2016-W09", 6), (TOWN, "2016-W52", 3))
    assert [target(d, TOWN, *rows) for d in ("2016-02-29", "2016-03-01", "2016-12-30", "2016-12-31")] == [0, 1, 8.5, 9]
    assert found("2016-12-31", TOWN, *rows, lit=9)[0]["earned_days"] == 306


def test_earned_schedule_of_linear_progress():
    assert found("2016-05-31", TOWN, lit=5)[0]["earned_days"] == 153


def test_planned_and_earned_value_and_spi():
    # Ten villages, each with a span of 10,000 CNY. 3 of 10 due on 30 April; 2 lit.
    line, _ = found("2016-04-30", TOWN, (TOWN, "2016-04", 3), lit=2)
    assert [str(line[c]) for c in ("budget_cny", "ev_cny", "pv_cny")] == ["100000.00", "20000.00", "30000.00"]
    assert line["spi"] == pytest.approx(2 / 3)
    assert pd.isna(found("2016-03-31", TOWN, (TOWN, "2016-04", 3), lit=2)[0]["spi"])
    assert found("2016-03-31", TOWN, (TOWN, "2016-04", 3))[0]["done"] == 1


def test_without_the_campaigns_days_there_is_no_time_progress_and_it_is_told():
    line, notes = found("2016-04-30", TOWN, settings=Settings())
    assert pd.isna(line["target"]) and pd.isna(line["time_rate"]) and line["pv_cny"] is None
    assert pd.isna(line["earned_days"]) and pd.isna(line["elapsed_days"])
    assert [f.code for f in notes] == ["campaign_undated"]
    assert target("2016-04-30", TOWN, (TOWN, "2016-04", 3), settings=Settings()) == 3
    assert pd.isna(target("2016-04-30", COUNTY, (TOWN, "2016-04", 3), settings=Settings()))


def test_officials_of_both_chains_and_who_is_missing():
    table = officials(
        ("520300", "government", "赵"), ("520300", "government", "钱"), ("520300", "company", "孙"),
        ("520321", "government", "李"), ("529999", "government", "周"),
    )  # fmt: skip
    status = roll_up(Book().entries, a_plan(TEN), campaign(), as_of="2016-06-01", officials=table)
    named = status.units.set_index("code")[["government", "company"]]
    assert named.loc["520300"].tolist() == ["赵、钱", "孙"]
    assert named.loc["520321"].tolist() == ["李", ""]
    told = [(f.code, f.row, f.message.zh) for f in status.findings]
    assert told == [
        ("official_unknown_unit", "6", "officials 第 6 行：没有代码为 529999 的单位"),
        ("official_missing", "", "520000 贵州省 没有政府、公司责任人"),
        ("official_missing", "", "520321 遵义县 没有公司责任人"),
        ("official_missing", "", "520321100 没有政府、公司责任人"),
    ]
