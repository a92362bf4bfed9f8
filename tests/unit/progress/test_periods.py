from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuntong_gis.errors import LedgerError
from cuntong_gis.progress.rollup.periods import PeriodKind, parse_period, period_of


@pytest.mark.parametrize(
    ("text", "first", "last", "before", "zh", "en"),
    [
        ("2016-06-05", "2016-06-05", "2016-06-05", "2016-06-04", "2016年6月5日", "5 June 2016"),
        ("2016-W23", "2016-06-06", "2016-06-12", "2016-W22", "2016年第23周", "week 23 of 2016"),
        ("2016-W01", "2016-01-04", "2016-01-10", "2015-W53", "2016年第1周", "week 1 of 2016"),
        ("2016-02", "2016-02-01", "2016-02-29", "2016-01", "2016年2月", "February 2016"),
        ("2016-Q2", "2016-04-01", "2016-06-30", "2016-Q1", "2016年第二季度", "quarter 2 of 2016"),
        ("2016-Q4", "2016-10-01", "2016-12-31", "2016-Q3", "2016年第四季度", "quarter 4 of 2016"),
        ("2016-H1", "2016-01-01", "2016-06-30", "2015-H2", "2016年上半年", "first half of 2016"),
        ("2016-H2", "2016-07-01", "2016-12-31", "2016-H1", "2016年下半年", "second half of 2016"),
        ("2016", "2016-01-01", "2016-12-31", "2015", "2016年", "2016"),
    ],
)
def test_a_period_by_its_short_name(text, first, last, before, zh, en):
    period = parse_period(text)
    assert (period.first.isoformat(), period.last.isoformat()) == (first, last)
    assert period.code == text
    assert period.before.code == before
    assert (period.label.zh, period.label.en) == (zh, en)


@pytest.mark.parametrize(
    "text", ["", "2016-13", "2016-02-30", "2016-W54", "2015-Q5", "2016-H3", "16", "二〇一六", "2016-W00"]
)
def test_what_is_no_period_is_told_with_the_place_and_the_remedy(text):
    with pytest.raises(LedgerError, match=r"targets\.xlsx row 3.*2016-W23"):
        parse_period(text, where="targets.xlsx row 3")


def test_small_letters_and_spaces_are_the_same_period():
    assert parse_period(" 2016-w23 ") == parse_period("2016-W23")
    assert parse_period("2016-q3").kind is PeriodKind.QUARTER


@given(st.dates(dt.date(1990, 1, 1), dt.date(2090, 1, 1)), st.sampled_from(list(PeriodKind)))
def test_periods_of_a_kind_follow_one_another_without_gap(day, kind):
    period = period_of(day, kind)
    assert period.first <= day <= period.last
    assert period.before.last + dt.timedelta(days=1) == period.first
    assert period.after.before == period
    assert parse_period(period.code) == period
    assert period.days == (period.last - period.first).days + 1
