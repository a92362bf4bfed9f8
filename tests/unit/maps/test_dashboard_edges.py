"""Dashboards where something is missing, over, or larger than usual: days, targets, outlines, months, lists, a province."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re

import numpy as np
import pandas as pd
import pytest
from campaigns import BUSY, lived, lived_shown, province_shown
from dashboards import read, with_settings

from cuntong_gis import schema
from cuntong_gis.campaign import loaded_of
from cuntong_gis.maps import Links, Shown, dashboard, obstacles, standings, style
from cuntong_gis.maps.pace import ahead, pace_of
from cuntong_gis.progress import rank_units
from cuntong_gis.showing import shown_on
from cuntong_gis.units import decimal_text

COUNTY, TOWN = "529901", "529901102"


def curve(page: str) -> str:
    return re.search(r'<section class="curve">.*?</section>', page, re.S).group(0)


def the_map(page: str) -> str:
    return re.search(r'<svg class="map".*?</svg>', page, re.S).group(0)


def texts(drawn: str) -> list[str]:
    return re.findall(r"<text[^>]*>([^<]*)<", drawn)


def on(day: dt.date, **campaign: object) -> Shown:
    """Return the lived county as it was on a day, rolled up for that day."""
    loaded = lived()
    chosen = dataclasses.replace(loaded.settings.campaign, **campaign)
    return shown_on(dataclasses.replace(loaded, settings=dataclasses.replace(loaded.settings, campaign=chosen)), day)


def test_a_campaign_that_has_not_begun():
    shown = on(dt.date(2016, 2, 20))
    page, text = read(shown), dashboard(shown)
    assert (page.figures["lit"], page.figures["closed"], page.figures["late"]) == ("0", "0", "0")
    assert page.figures["days_left"] == "315" and page.figures["needed"] == decimal_text(126 * 7 / 315)
    assert (page.figures["lately"], page.figures["overall"]) == ("—", "—")
    assert page.figures["forecast"] == "刚刚开始，还看不出速度，无从推算"
    assert "需每周 2.8" in texts(curve(text)) and "light" not in page.figures
    ticks = [words for words in texts(curve(text)) if words.endswith("月")]
    assert ticks == [f"{month}月" for month in range(3, 13)], "the axis begins with the day, before the first"


def test_a_ledger_in_which_nothing_is_reported():
    loaded = lived()
    empty = loaded_of(loaded.settings, loaded.plan, schema.empty("entries"), {})
    page = read(shown_on(empty, dt.date(2016, 7, 15)))
    assert (page.figures["lit"], page.figures["lately"], page.figures["light"]) == ("0", "0.0", "红灯")
    assert page.figures["forecast"] == "近期没有新开通的村，无从推算" and page.figures["late"] != "0"


@pytest.mark.parametrize(
    ("day", "left", "head"), [(dt.date(2016, 12, 31), "0", "距完成时限"), (dt.date(2017, 1, 20), "20", "已过完成时限")]
)
def test_on_the_deadline_and_after_it(day, left, head):
    shown = on(day)
    page, text = read(shown), dashboard(shown)
    row = shown.status.units.set_index("code").loc[COUNTY]
    assert page.figures["days_left"] == left and head in text and page.figures["needed"] == "—"
    assert page.figures["late"] == f"{row['villages'] - row['lit']}" and row["late"] > 0
    assert page.figures["target"] == "126.0" and "需每周" not in curve(text)
    assert "序时进度 100.0%" in text
    if left == "20":
        assert {"截止 2017年1月20日", "时限 2016年12月31日", "2017年"} <= set(texts(curve(text)))
    else:
        assert "截止 12月31日" in texts(curve(text)) and "时限" not in "".join(texts(curve(text)))


def test_targets_are_drawn_where_they_are_not_the_straight_line():
    loaded, day = lived(), dt.date(2016, 9, 20)
    rows = pd.DataFrame({"unit": COUNTY, "period": ["2016-08", "2016-09", "2016-10"], "villages": [60, 30, 36]})
    targets = schema.conform(rows, "targets")
    given = shown_on(dataclasses.replace(loaded, lists=loaded.lists | {"targets": targets}), day)
    due = 60 + 30 * 20 / 30
    page, text = read(given), dashboard(given)
    assert page.figures["target"] == decimal_text(due) and f"应开通 {decimal_text(due)}" in texts(curve(text))
    straight = dashboard(lived_shown())
    assert "应开通" not in curve(straight) and "序时" in curve(straight)


def test_a_deadline_before_the_start_draws_no_line_of_time():
    shown = with_settings(lived_shown(), start=dt.date(2017, 2, 1))
    assert "序时" not in curve(dashboard(shown))


def test_units_without_outlines_are_dots_of_their_villages():
    shown = lived_shown()
    plan = shown.plan
    bare = dataclasses.replace(shown, plan=dataclasses.replace(plan, boundaries=schema.empty("boundaries")))
    drawn = the_map(dashboard(bare))
    names = set(shown.timeline.units.set_index("parent").loc[COUNTY, "name"])
    assert drawn.count("<title>") == 12 and len(names & set(texts(drawn))) >= 8
    assert 'fill-rule="evenodd"' not in drawn and drawn.count('stroke-linecap="round"') == 24
    only = plan.boundaries[plan.boundaries["code"] == COUNTY]
    framed = the_map(dashboard(dataclasses.replace(shown, plan=dataclasses.replace(plan, boundaries=only))))
    assert framed.count('stroke-linecap="round"') == 24 and framed.count('fill="#f6f8fa"') == 1
    lost = plan.boundaries[plan.boundaries["code"] != TOWN]
    mixed = the_map(dashboard(dataclasses.replace(shown, plan=dataclasses.replace(plan, boundaries=lost))))
    assert mixed.count('stroke-linecap="round"') == 2 and mixed.count("<title>") == 12
    town = dashboard(bare.within(TOWN))
    assert the_map(town).count('<g transform="translate(-6') == (plan.villages["code"].str[:9] == TOWN).sum()


def test_what_has_no_place_has_no_map_and_says_so():
    shown = lived_shown().within(TOWN)
    villages = shown.plan.villages.copy()
    villages["geometry"] = None
    page = dashboard(dataclasses.replace(shown, plan=dataclasses.replace(shown.plan, villages=villages)))
    assert "没有坐标，画不出图" in page and 'class="map"' not in page
    assert read(shown).codes.count("") < len(read(shown).codes), "its villages are listed"


@pytest.fixture(scope="module")
def province() -> Shown:
    return province_shown()


def test_a_province_ranks_its_nine_prefectures_and_shows_them_on_the_map(province):
    codes = [code for code in province.status.units["code"] if code[4:] == "00" and code != "520000"]
    links = Links({}, (), {code: f"{code}/dashboard.html" for code in codes})
    page, text = read(province, links), dashboard(province, links)
    ranked = rank_units(province.status.units, "prefecture", within="520000")
    assert [code for code in page.codes if code] == ranked["code"].tolist() and len(ranked) == 9
    assert text.count('<a href="') == 9 + 9, "by the list and by the map"
    assert set(ranked["name"]) <= set(texts(the_map(text))), "every prefecture is named on the map"
    row = province.status.units.set_index("code").loc["520000"]
    assert page.figures["lit"] == f"{row['lit']:,}" and f"/ {row['villages']:,}" in text


def test_blockers_tell_villages_of_one_name_apart(province):
    units = province.status.units.set_index("code")
    for code, digits in (("520000", 6), ("522600", 6), (BUSY, 9)):
        shown = province.within(code)
        body = re.search(r'<table class="blockers">.*?<tbody>(.*?)</tbody>', dashboard(shown), re.S).group(1)
        told = re.findall(r'<th scope="row">(.*?)</th><td class="within">(.*?)</td>', body)
        wanted = [(units.at[c, "name"], units.at[c[:digits], "name"]) for c in shown.blockers["village"]]
        assert told == wanted and told
    town = dashboard(province.within(province.blockers["village"].iloc[0][:9]))
    assert 'class="within"' not in town


def test_only_the_last_months_that_have_room_show_their_lights():
    shown = lived_shown()
    last = shown.lights[shown.lights["period"] == "2016-09"]
    periods = [f"{2015 + n // 12}-{n % 12 + 1:02d}" for n in range(5, 21)]
    assert periods[-1] == "2016-09"
    many = pd.concat([last.assign(period=period) for period in periods], ignore_index=True)
    text = dashboard(dataclasses.replace(shown, lights=many))
    heads = re.findall(r'<th scope="col" class="light" title="([-\d]+)">(\d+)</th>', text)
    assert [period for period, _ in heads] == periods[-standings.MOST_MONTHS :]
    assert [number for _, number in heads] == ["12", "1", "2", "3", "4", "5", "6", "7", "8", "9"]
    rows = re.findall(r'<tr[^>]*data-code="(\d+)"[^>]*>(.*?)</tr>', text, re.S)
    assert rows and all(row.count("#light-") == len(heads) for _, row in rows)


def test_an_axis_of_several_years_names_them_and_stays_readable():
    text = curve(dashboard(with_settings(lived_shown(), start=dt.date(2015, 2, 1), deadline=dt.date(2019, 6, 30))))
    found = texts(text)
    assert [words for words in found if words.endswith("年")] == ["2016年", "2017年", "2018年", "2019年"]
    assert len([words for words in found if re.fullmatch(r"\d+[月年]", words)]) <= 9
    assert "截止 2016年9月20日" in found and "时限 2019年6月30日" in found


def test_the_light_of_the_unit_is_that_of_its_last_month():
    shown = lived_shown()
    for code in (COUNTY, TOWN, "529901203"):
        own = shown.lights[shown.lights["code"] == code].sort_values("period")
        page = read(shown.within(code))
        assert page.figures["light"] == style.LIGHT[own["light"].iloc[-1]].label.zh
    silent = dataclasses.replace(shown, lights=schema.empty("lights"))
    assert "light" not in read(silent).figures and "绿灯" not in dashboard(silent)


@pytest.mark.parametrize(("lately", "told"), [(20.0, True), (0.0, False), (0.5, False)])
def test_a_rate_that_is_too_slow_is_told_by_words_and_by_colour(lately, told):
    shown = lived_shown()
    line = shown.timeline
    at, base = line.units["code"].tolist().index(COUNTY), pace_of(shown, COUNTY)
    lit = line.figures["lit"].copy()
    early = max(n for n, day in enumerate(line.days) if (line.days[-1] - day).days >= 28)
    lit[early, at] = base.lit - lately * (line.days[-1] - line.days[early]).days / 7
    made = dataclasses.replace(shown, timeline=dataclasses.replace(line, figures=line.figures | {"lit": lit}))
    assert pace_of(made, COUNTY).lately == pytest.approx(lately) and ahead(pace_of(made, COUNTY)) is told
    text = dashboard(made)
    assert ('<b class="behind" data-figure="lately">' in text) is not told
    assert f'<p class="{"ahead" if told else "behind"}" data-figure="forecast">' in text


@pytest.mark.parametrize(("extra", "hidden"), [(0, 0), (1, 0), (2, 2), (40, 40)])
def test_long_lists_are_folded_but_not_for_a_single_row(extra, hidden):
    shown = lived_shown()
    wanted = obstacles.SEEN_BLOCKERS + extra
    blockers = pd.concat([shown.blockers] * 20, ignore_index=True).head(wanted)
    text = dashboard(dataclasses.replace(shown, blockers=blockers))
    body = re.search(r'<table class="blockers">.*?<tbody>(.*?)</tbody>', text, re.S).group(1)
    assert body.count("<tr") == wanted and len(re.findall(r'<tr class="[^"]*more"', body)) == hidden
    assert ('id="all-blockers"' in text) == bool(hidden) == (f"其余 {hidden} 项" in text)


def test_more_blockers_than_a_page_holds_are_counted():
    shown = lived_shown()
    blockers = pd.concat([shown.blockers] * 100, ignore_index=True).head(obstacles.MOST_BLOCKERS + 21)
    text = dashboard(dataclasses.replace(shown, blockers=blockers))
    body = re.search(r'<table class="blockers">.*?<tbody>(.*?)</tbody>', text, re.S).group(1)
    assert body.count("<tr") == obstacles.MOST_BLOCKERS
    assert "另有 21 项，见台账" in text and f"其余 {obstacles.MOST_BLOCKERS + 21 - obstacles.SEEN_BLOCKERS} 项" in text
    kinds = dict(
        re.findall(r"<li>([^<]*) <b>([\d,]+)</b></li>", re.search(r'<ul class="tally">.*?</ul>', text).group(0))
    )
    assert sum(int(n.replace(",", "")) for n in kinds.values()) == len(blockers)


def test_officials_of_the_unit_and_of_the_worst_units_are_named():
    shown = lived_shown()
    ranked = rank_units(shown.status.units, "township", within=COUNTY)
    people = schema.conform(
        pd.DataFrame(
            {"unit": COUNTY, "chain": "government", "role": [f"职务{n}" for n in range(9)], "name": "王", "phone": "1"}
        ),
        "officials",
    )
    units = shown.status.units.assign(
        government=np.where(shown.status.units["code"] == ranked["code"].iloc[1], "李四", "")
    )
    made = dataclasses.replace(shown, officials=people, status=dataclasses.replace(shown.status, units=units))
    text = re.search(r'<section class="people">.*?</section>', dashboard(made), re.S).group(0)
    assert all(f"职务{n} " in text for n in range(9)) and text.count('<li class="more">') == 5
    worst = re.search(r"落后单位的责任人.*", text, re.S).group(0)
    told = re.findall(r"<li>([^<]*) <b>([^<]*)</b></li>", worst)
    assert told == [(name, "李四" if n == 1 else "未明确") for n, name in enumerate(ranked["name"][: obstacles.WORST])]
