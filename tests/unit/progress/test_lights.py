"""Lights: the rule that fired in words, the memory of red months, what is not judged."""

from __future__ import annotations

import datetime as dt

import pytest
from supervised import month, months, unit

from cuntong_gis.errors import LedgerError
from cuntong_gis.progress.supervision.lights import Month, judge_lights
from cuntong_gis.progress.supervision.phrases import count_text, share_text
from cuntong_gis.settings import SupervisionSettings

RULES = SupervisionSettings()


def strip(history, **more):
    """Return the shown and the own lights of one unit, month by month."""
    table = judge_lights(history, RULES, **more).table
    return "".join(x[0] for x in table["light"]), "".join(x[0] for x in table["own_light"])


@pytest.mark.parametrize(
    ("lit", "target", "light", "rule"),
    [
        (25, 58, "red", "开通 25 / 应开通 58 = 43.1 %，低于 80 % → 红；低于 60 % → 另记黄牌"),
        (35, 58, "red", "开通 35 / 应开通 58 = 60.3 %，低于 80 % → 红"),
        (6, 10, "red", "开通 6 / 应开通 10 = 60.0 %，低于 80 % → 红"),
        (8, 10, "yellow", "开通 8 / 应开通 10 = 80.0 %，达到 80 %，低于 100 % → 黄"),
        (57, 58, "yellow", "开通 57 / 应开通 58 = 98.3 %，达到 80 %，低于 100 % → 黄"),
        (58, 58, "green", "开通 58 / 应开通 58 = 100.0 %，达到 100 % → 绿"),
        (63, 58, "green", "开通 63 / 应开通 58 = 108.6 %，达到 100 % → 绿"),
        (10, 58.3, "red", "开通 10 / 应开通 58.3 = 17.2 %，低于 80 % → 红；低于 60 % → 另记黄牌"),
        (0, 0, "grey", "应开通 0 个村，不评"),
        (0, None, "grey", "没有目标，也没有工期，不评"),
        (101, 58, "grey", "开通 101 超过任务村数 100，数字有误，不评"),
    ],
)
def test_the_rule_that_fired_is_told_with_its_figures(lit, target, light, rule):
    row = judge_lights(months((lit, target)), RULES).table.iloc[0]
    assert (row["light"], row["rule"]) == (light, rule)
    assert row["card"] == ("黄牌" in rule)


def test_english_says_the_same():
    rule = judge_lights(months((25, 58)), RULES).table["rule_en"].iloc[0]
    assert rule == "25 lit / 58 due = 43.1 %, below 80 % → red; below 60 % → a yellow card too"


def test_a_share_is_never_clipped_and_never_reads_as_beyond_its_limit():
    assert judge_lights(months((63, 58)), RULES).table["done"].iloc[0] == pytest.approx(63 / 58)
    assert share_text(0.79996, (0.8,)) == "79.996 %"
    assert share_text(0.99996, (1.0,)) == "99.996 %"
    assert share_text(0.8, (0.8,)) == "80.0 %"
    assert [count_text(x) for x in (58.0, 58.25, 0.0033)] == ["58", "58.2", "0.0033"]


def test_a_target_rounded_at_its_ninth_decimal_is_reached():
    """10 of 16.666… are 60 % exactly, though 10 / 16.666666667 is a little less."""
    row = judge_lights(months((10, 16.666666667)), RULES).table.iloc[0]
    assert not row["card"]
    assert "60.0 %" in row["rule"]


def test_more_villages_lit_than_there_are_is_a_finding_and_no_success():
    found = judge_lights(months((101, 50)), RULES)
    assert [f.code for f in found.findings] == ["lit_over_villages"]
    assert "101" in found.findings[0].message.zh
    assert found.table["light"].iloc[0] == "grey"
    assert not judge_lights(months((63, 58)), RULES).findings


def test_a_red_month_that_catches_up_turns_yellow_and_stays_on_record():
    shown, own = strip(months((5, 20), (30, 40), (35, 60)))
    assert own == "rrr"
    assert shown == "yrr"
    row = judge_lights(months((5, 20), (30, 40), (35, 60)), RULES).table.iloc[0]
    assert row["caught_up_in"] == "2016-04"
    assert row["rule"].endswith("；2016-04 已补上（开通 30，当时应开通 20），改为黄灯，红灯记录保留")


def test_what_was_caught_up_and_lost_again_is_red_again():
    history = months((5, 20), (30, 40), (10, 60))
    assert strip(history) == ("rrr", "rrr")
    row = judge_lights(months((5, 20), (30, 40), (10, 60), (35, 80)), RULES).table.iloc[0]
    assert (row["light"], row["caught_up_in"]) == ("yellow", "2016-06")


def test_a_running_month_is_judged_on_its_day_and_catches_up_those_before():
    history = [*months((5, 20)), month("2016-04", unit("520527", 100, 22, 30), on="2016-04-10")]
    assert strip(history) == ("yr", "rr")
    assert history[-1].over is False


def test_yellow_and_green_months_keep_their_light():
    assert strip(months((18, 20), (40, 40), (60, 60))) == ("ygg", "ygg")


def test_a_renamed_unit_keeps_its_months_and_a_merged_one_adds_them_up():
    history = [
        month("2016-03", unit("520321", 30, 1, 10), unit("520322", 20, 1, 5)),
        month("2016-04", unit("520304", 50, 30, 20)),
    ]
    table = judge_lights(history, RULES, became={"520321": "520304", "520322": "520304"}).table
    assert table["code"].tolist() == ["520304", "520304"]
    assert table[["villages", "lit", "target"]].iloc[0].tolist() == [50, 2, 15]
    assert table["light"].tolist() == ["yellow", "green"]
    assert len(judge_lights(history, RULES).table) == 3


def test_villages_that_come_or_go_do_not_make_a_month_caught_up():
    """20 of 100 were due, 10 lit; half of the villages go to another unit: 10 of 50 is what was due then."""
    history = [month("2016-03", unit("520527", 100, 10, 20)), month("2016-04", unit("520527", 50, 9, 20))]
    assert strip(history)[0] == "rr"
    history[1] = month("2016-04", unit("520527", 50, 10, 20))
    table = judge_lights(history, RULES).table
    assert table["light"].iloc[0] == "yellow"
    assert "当时应开通 10" in table["rule"].iloc[0]


def test_months_that_do_not_follow_are_refused():
    first, _, third = months((5, 20), (5, 20), (5, 20))
    with pytest.raises(LedgerError, match="does not follow"):
        judge_lights([first, third], RULES)
    early = Month("2016-03", first.first, first.last, dt.date(2016, 3, 30), first.units)
    with pytest.raises(LedgerError, match="not of its end"):
        judge_lights([early, *months((1, 2), (1, 2))[1:]], RULES)
    with pytest.raises(LedgerError, match="no figures"):
        judge_lights([], RULES)


def test_villages_have_no_light_and_the_table_obeys_its_schema():
    history = [month("2016-03", unit("520000", 2, 1, 1), unit("520527100200", 1, 0, 1), unit("GA", 1, 1, 1))]
    table = judge_lights(history, RULES).table
    assert table["code"].tolist() == ["520000", "GA"]
    assert table["overlay"].tolist() == [False, True]
