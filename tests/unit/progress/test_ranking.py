"""Ranking: worst first, ties told, what is listed apart, places gained and lost."""

from __future__ import annotations

import pandas as pd
from supervised import unit, units

from cuntong_gis.progress.supervision.ranking import below, rank_units

A, B, C, D, E = (f"52052{n}" for n in range(1, 6))


def test_worst_first_with_ties_told():
    table = rank_units(units(unit(A, 10, 6), unit(B, 10, 4), unit(C, 20, 8), unit(D, 10, 1)), "county")
    assert table["code"].tolist() == [D, B, C, A]
    assert table["place"].tolist() == [1, 2, 2, 4]
    assert table["tied"].tolist() == [1, 2, 2, 1]
    assert table["place_from_top"].tolist() == [4, 2, 2, 1]


def test_overdue_blockers_part_a_tie_and_codes_do_not():
    table = rank_units(units(unit(A, 10, 4), unit(B, 10, 4, blockers_overdue=2), unit(C, 10, 4)), "county")
    assert table["code"].tolist() == [B, A, C]
    assert table["place"].tolist() == [1, 2, 2]


def test_the_lag_counts_before_the_rate():
    """Units may have days of their own: half lit at three quarters of the time is worse than a third at a third."""
    table = rank_units(units(unit(A, 10, 5, time_rate=0.75), unit(B, 9, 3, time_rate=1 / 3)), "county")
    assert table["code"].tolist() == [A, B]


def test_denominators_are_printed():
    row = rank_units(units(unit(A, 58, 25, time_rate=0.302, blockers_overdue=2)), "county").iloc[0]
    assert row["rule"] == "开通 25 / 58 = 43.1 %，序时 30.2 %，相差 +12.9 个百分点；逾期阻碍 2 项"
    assert row["rule_en"].startswith("25 lit / 58 = 43.1 %, linear time 30.2 %, +12.9 points apart")


def test_overlays_and_units_without_villages_are_listed_apart():
    table = rank_units(units(unit("GA", 10, 0), unit(A, 0), unit(B, 10, 9), unit(C, 10, 5)), "county")
    assert table["code"].tolist() == [C, B, "GA", A]
    assert table["listed"].tolist() == ["ranked", "ranked", "overlay", "no_villages"]
    assert table["place"].isna().tolist() == [False, False, True, True]
    assert table["rule"].iloc[3] == "没有任务村，不排名"


def test_places_gained_and_lost():
    before = units(unit(A, 10, 0), unit(B, 10, 1), unit(C, 10, 2))
    now = units(unit(A, 10, 5, lit_before=0), unit(B, 10, 1, lit_before=1), unit(C, 10, 2), unit(D, 10, 9))
    table = rank_units(now, "county", before=before).set_index("code")
    assert table["place_before"].tolist() == [2, 3, 1, pd.NA]
    assert table["moved"].tolist() == [-1, -1, 2, pd.NA]
    assert table["lit_new"].loc[A] == 5


def test_a_renamed_unit_keeps_its_place_before():
    before, now = units(unit(A, 10, 0), unit(B, 10, 1)), units(unit("520504", 10, 5), unit(B, 10, 1))
    table = rank_units(now, "county", before=before, became={A: "520504"}).set_index("code")
    assert table["place_before"].to_dict() == {B: 2, "520504": 1}


def test_only_what_lies_in_a_unit():
    table = units(unit("520000", 3), unit("520500", 2), unit(A, 1), unit("522300", 1), unit("522301", 1), unit("GA", 1))
    assert rank_units(table, "county", within="520500")["code"].tolist() == [A]
    assert below(table, "520000").tolist() == [False, True, True, True, True, False]


def test_without_dates_the_rate_decides():
    rows = [unit(c, 10, lit, time_rate=None) for c, lit in ((A, 6), (B, 2))]
    table = rank_units(units(*rows), "county")
    assert table["code"].tolist() == [B, A]
    assert "序时 —，相差 — 个百分点" in table["rule"].iloc[0]


def test_nothing_to_rank_is_an_empty_table():
    assert len(rank_units(units(unit("520000", 3)), "county")) == 0
