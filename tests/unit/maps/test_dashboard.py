"""The dashboard: its figures are the roll-up's, it says what it cannot know, and no text of the data is alive."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re

import numpy as np
import pandas as pd
import pytest
from campaigns import county, lived_shown
from dashboards import read, with_settings, with_units

from cuntong_gis.errors import MapsError
from cuntong_gis.maps import Links, dashboard, shown_plan, svg, unitmap
from cuntong_gis.maps.pace import Pace, forecast_words, pace_of
from cuntong_gis.model import Stage
from cuntong_gis.progress import rank_units
from cuntong_gis.units import decimal_text, percent_text

HOSTILE = ["<script>alert(1)</script>", "${7*7}", "`x`", "村\u202e名", "'\"><img src=x onerror=alert(1)>", "{{7*7}}"]


def test_every_figure_is_the_roll_ups():
    whole = lived_shown()
    units = whole.status.units.set_index("code")
    for code in ("529901", "529901102", "529901203"):
        page, row = read(whole.within(code)), units.loc[code]
        for name in ("lit", "closed", "late"):
            assert page.figures[name] == f"{row[name]:,}"
        for name in ("lit_rate", "closed_rate"):
            assert page.figures[name] == percent_text(row[name])
        assert page.figures["target"] == decimal_text(row["target"])
        assert page.figures["days_left"] == "102"
        assert page.figures["needed"] == decimal_text((row["villages"] - row["lit"]) * 7 / 102)


def test_rates_are_differences_of_the_timeline():
    shown = lived_shown()
    pace = pace_of(shown, "529901")
    days, at = shown.timeline.days, shown.timeline.units["code"].tolist().index("529901")
    lit = shown.timeline.figures["lit"][:, at]
    base = max(n for n, day in enumerate(days) if (days[-1] - day).days >= 28)
    assert pace.since == days[base] and (days[-1] - days[base]).days < 35
    assert pace.lately == pytest.approx((lit[-1] - lit[base]) / ((days[-1] - days[base]).days / 7))
    assert pace.overall == pytest.approx(lit[-1] / ((days[-1] - days[0]).days / 7))
    page = read(shown)
    assert (page.figures["lately"], page.figures["overall"]) == (decimal_text(pace.lately), decimal_text(pace.overall))


def test_the_units_below_stand_in_the_order_of_the_report_with_their_lights():
    shown = lived_shown()
    page = read(shown)
    ranked = rank_units(shown.status.units, "township", within="529901")
    rows = {code: row for code, row in zip(page.codes, page.rows, strict=True) if code}
    assert list(rows) == ranked["code"].tolist()
    text = dashboard(shown)
    for unit in ranked.itertuples(index=False):
        row = rows[unit.code]
        assert row[0] == f"{unit.place}" + ("=" if unit.tied > 1 else "")
        assert row[3] == f"{unit.lit:,} / {unit.villages:,}" and row[4] == percent_text(unit.lit_rate)
        own = shown.lights[shown.lights["code"] == unit.code].sort_values("period")
        drawn = re.search(rf'<tr[^>]*data-code="{unit.code}">(.*?)</tr>', text, re.S).group(1)
        assert re.findall(r"#light-(\w+)", drawn) == own["light"].tolist()


def test_a_townships_page_lists_its_villages():
    part = lived_shown().within("529901102")
    page = read(part)
    assert sorted(code for code in page.codes if code) == sorted(part.plan.villages["code"])
    text = dashboard(part)
    assert all(name in text for name in part.plan.villages["name"])
    assert text.count("<circle r=") == part.root["late"], "late villages are ringed on the map"


def test_every_open_blocker_is_there_the_most_overdue_first():
    shown = lived_shown()
    text = dashboard(shown)
    body = re.search(r'<table class="blockers">.*?<tbody>(.*?)</tbody>', text, re.S).group(1)
    assert body.count("<tr") == shown.root["blockers"] == len(shown.blockers)
    days = [int(n) for n in re.findall(r"逾期 (\d+) 天", body)]
    assert days == sorted(days, reverse=True) and len(days) == shown.root["blockers_overdue"]
    assert days[0] == (dt.date(2016, 9, 20) - shown.blockers["due"].min().date()).days


def test_hostile_names_are_inert_and_keep_their_letters():
    shown = lived_shown()
    names = [HOSTILE[n % len(HOSTILE)] + str(n) for n in range(len(shown.plan.villages))]
    units = shown.status.units.copy()
    units["name"] = [HOSTILE[n % len(HOSTILE)] + str(n) for n in range(len(units))]
    units["government"] = units["company"] = HOSTILE[0]
    blockers = shown.blockers.assign(note=HOSTILE[0], owner=HOSTILE[4], category=HOSTILE[3])
    officials = pd.DataFrame(
        {"unit": ["529901"], "chain": ["company"], "role": [HOSTILE[0]], "name": [HOSTILE[4]], "phone": [HOSTILE[1]]}
    )
    evil = dataclasses.replace(
        with_settings(shown, name=HOSTILE[0]),
        plan=dataclasses.replace(shown.plan, villages=shown.plan.villages.assign(name=names)),
        status=dataclasses.replace(shown.status, units=units), blockers=blockers, officials=officials,
        lights=shown.lights.assign(rule=HOSTILE[4]),
    )  # fmt: skip
    links = Links({"distribution": "d.html"}, ((HOSTILE[0], "../d.html"), (HOSTILE[4], "")), {"529901102": "x.html"})
    for part in (evil, evil.within("529901102")):
        page = read(part, links)
        assert not {"script", "img", "iframe", "object", "form", "link"} & page.tags - {"link"}
        assert not {name for name in page.attributes if name.startswith("on")}
        assert "style" not in page.attributes
        text = dashboard(part, links)
        assert "\u202e" not in text and "&lt;script&gt;" in text


def test_nothing_is_asked_of_the_network():
    text = dashboard(lived_shown(), Links({"distribution": "distribution_map.html"}))
    found = re.findall(r"""(?:src|href|action|poster|data)\s*=\s*["']?([^"'\s>]*)""", text)
    assert {link for link in found if not link.startswith(("#light-", "data:,"))} == {
        "distribution_map.html#unit=529901"
    }
    assert "url(" not in text and "@import" not in text


def test_links_lead_to_what_is_there_only():
    shown = lived_shown()
    assert read(shown).links == []
    links = Links(
        {"distribution": "../distribution_map.html", "route": "../route_map.html"}, (("省", "../dashboard.html"),),
        {"529901102": "../x/dashboard.html"},
    )  # fmt: skip
    found = read(shown, links).links
    assert found[:3] == [
        "../dashboard.html", "../distribution_map.html#unit=529901", "../route_map.html#unit=529901"
    ]  # fmt: skip
    assert set(found[3:]) == {"../x/dashboard.html"}


def test_a_unit_of_one_village():
    whole = lived_shown()
    rows = np.flatnonzero(whole.plan.villages["code"].str[:9] == "529901102")[:1]
    keep = whole.plan.villages.iloc[rows]["code"]
    small = county().plan
    small = dataclasses.replace(small, villages=small.villages[small.villages["code"].isin(keep)])
    small = dataclasses.replace(small, routes=small.routes[small.routes["village_code"].isin(keep)])
    page = read(shown_plan(small, county().settings))
    assert page.figures["lit"] == "0" and len([code for code in page.codes if code]) == 1


def test_without_a_ledger_it_says_what_it_cannot_know():
    plan = county().plan
    begun = plan.villages.assign(stage=[str(list(Stage)[n % 7]) for n in range(len(plan.villages))])
    shown = shown_plan(dataclasses.replace(plan, villages=begun), county().settings)
    page, text = read(shown), dashboard(shown)
    assert page.figures["lit"] == str((begun["stage"].isin(["lit", "closed"])).sum())
    assert "lately" not in page.figures and "没有台账" in page.figures["forecast"]
    assert text.count("没有台账") >= 5 and "没有未解决的阻碍" not in text


def test_without_deadline_and_start_nothing_is_counted_down():
    shown = with_settings(lived_shown(), deadline=None, start=None)
    shown = with_units(shown, time_rate=np.nan, target=np.nan, target_rate=np.nan, lag_points=np.nan, done=np.nan)
    page = read(shown)
    assert page.figures["days_left"] == "—" and page.figures["needed"] == "—" and "target" not in page.figures
    assert "没有写明完成时限" in dashboard(shown) and "时限" not in page.figures["forecast"]


@pytest.mark.parametrize(
    ("days", "shows", "words"), [(-40, "40", "已过完成时限"), (0, "0", "距完成时限"), (3, "3", "最后 3 天需开通")]
)
def test_around_the_deadline(days, shows, words):
    shown = lived_shown()
    shown = with_settings(shown, deadline=shown.timeline.days[-1] + dt.timedelta(days=days))
    page = read(shown)
    assert page.figures["days_left"] == shows and words in dashboard(shown)
    dark = shown.status.units.set_index("code").loc["529901"]
    assert page.figures["needed"] == (decimal_text(float(dark["villages"] - dark["lit"])) if days == 3 else "—")


@pytest.mark.parametrize(
    ("lit", "rate", "words"),
    [(126, 1.0, "全部开通"), (0, 0.0, "近期没有新开通的村"), (136, 136 / 126, "超过任务 126 个村")],
)
def test_all_nothing_and_more_than_all(lit, rate, words):
    shown = with_units(lived_shown(), villages=126, lit=lit, lit_rate=rate)
    if not lit:
        figures = shown.timeline.figures | {"lit": np.zeros_like(shown.timeline.figures["lit"])}
        shown = dataclasses.replace(shown, timeline=dataclasses.replace(shown.timeline, figures=figures))
    page = read(shown)
    assert page.figures["lit"] == str(lit) and page.figures["lit_rate"] == percent_text(rate)
    assert words in page.figures["forecast"]
    assert ("超过任务村数" in dashboard(shown)) == (lit > 126)


def pace(**more: object) -> Pace:
    plain = {
        "as_of": dt.date(2016, 9, 20), "start": dt.date(2016, 3, 1), "deadline": dt.date(2016, 12, 31), "villages": 100,
        "lit": 50, "since": dt.date(2016, 8, 21), "lately": 5.0, "overall": 2.0,
    }  # fmt: skip
    return Pace(**{**plain, **more})


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({}, "按此速度，全部开通约在2016年11月下旬，比时限早约 5 周"),
        ({"lately": 3.4}, "按此速度，全部开通约在2017年1月上旬，大致与时限相当"),
        ({"lately": 2.0}, "按此速度，全部开通约在2017年3月，比时限晚约 10 周"),
        ({"lately": 0.5}, "按此速度，全部开通还要 1 年以上，比时限晚约 20 个月"),
        ({"lately": 0.05}, "按此速度，全部开通还要 19 年以上"),
        ({"lately": -1.0}, "近期没有新开通的村，无从推算"),
        ({"lately": float("nan")}, "刚刚开始，还看不出速度，无从推算"),
        ({"villages": 0, "lit": 0}, "没有任务村"),
        ({"deadline": None}, "按此速度，全部开通约在2016年11月下旬"),
    ],
)
def test_a_forecast_is_no_more_precise_than_it_can_be(more, words):
    said = forecast_words(pace(**more), has_ledger=True)
    assert said.zh.startswith(words) if "19 年" in words else said.zh == words
    assert said.en and "nan" not in said.en


def test_english_pages_have_no_chinese_of_their_own():
    shown = with_settings(lived_shown().within("529901102"), lang="en", name="Campaign")
    text = re.sub(r"<style>.*?</style>", "", dashboard(shown), flags=re.S)
    own = {
        *shown.plan.villages["name"],
        "高坪镇",
        *shown.blockers["note"],
        *shown.blockers["category"],
        *shown.blockers["owner"],
    }
    for words in sorted(own, key=len, reverse=True):
        text = text.replace(words, "")
    assert re.findall(r"[\u4e00-\u9fff]+", text) == []


def test_the_same_campaign_gives_the_same_bytes():
    assert dashboard(lived_shown()) == dashboard(lived_shown())


def test_a_campaign_of_several_provinces_must_say_its_unit():
    shown = with_settings(lived_shown(), unit_code="")
    units = shown.status.units.copy()
    units.loc[units["code"] == "529900", "parent"] = ""
    with pytest.raises(MapsError, match="unit_code"):
        dashboard(dataclasses.replace(shown, status=dataclasses.replace(shown.status, units=units)))


def test_names_on_the_map_do_not_cover_one_another():
    text = dashboard(lived_shown())
    drawn = re.search(r'<svg class="map".*?</svg>', text, re.S).group(0)
    named = re.findall(r'<text x="([\d.]+)" y="([\d.]+)"[^>]*font-weight="700"[^>]*>([^<]*)<', drawn)
    assert len(named) == 12
    boxes = [(float(x), float(y), svg.width_of(name, unitmap.NAME_SIZE) / 2) for x, y, name in named]
    for n, (x, y, half) in enumerate(boxes):
        for left, up, other in boxes[:n]:
            assert abs(x - left) >= half + other or abs(y - up) >= 20
