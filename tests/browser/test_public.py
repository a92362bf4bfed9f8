"""The public distribution map in a real browser: what a reader can get at is what may be told, and all of it works."""

from __future__ import annotations

import dataclasses
import time

import numpy as np
import pandas as pd
import pyproj
import pytest
from campaigns import lived_shown
from planted import DAY, MARK, NUMBER, planted
from selenium.webdriver.common.by import By

from browser.conftest import PANELS, Page, resize
from cuntong_gis import maps, schema
from cuntong_gis.maps import Shown, public_of

COUNTY = "529901"


@pytest.fixture(scope="module")
def internal() -> Shown:
    found = lived_shown()
    people = [
        {"unit": unit, "chain": chain, "role": "第一责任人", "name": "王某", "phone": "13800000000"}
        for unit in found.timeline.units["code"]
        for chain in ("government", "company")
    ]
    return dataclasses.replace(found, officials=schema.conform(pd.DataFrame(people), "officials"))


@pytest.fixture(scope="module")
def file(internal, tmp_path_factory):
    path = tmp_path_factory.mktemp("public") / "distribution_map_public.html"
    maps.distribution_map(public_of(planted(internal))).save(path)
    return path


@pytest.fixture
def page(driver, file):
    return Page(driver, file)


def everything(page: Page) -> str:
    """Return all that the page holds, decoded: its data, texts and attributes."""
    return str(
        page.run(
            "const seen = new Set(), told = [];"
            "(function walk(v) { if (v === null || typeof v !== 'object') { told.push(String(v)); return; }"
            " if (seen.has(v)) return; seen.add(v);"
            " if (ArrayBuffer.isView(v)) { told.push(Array.from(v).join(' ')); return; }"
            " Object.keys(v).forEach(k => walk(v[k])); })(cuntongPage.data);"
            "return told.join('\\n') + document.documentElement.outerHTML;"
        )
    )


def test_no_mark_is_in_the_decoded_page(page, driver, internal, tmp_path):
    told = everything(page)
    for mark in (MARK, str(int(NUMBER)), f"{DAY:%Y-%m-%d}", "13800000000", "王某", "机房"):
        assert mark not in told.replace("接入点（机房、光交箱）", ""), mark
    assert "张家溪村" in told and "双河镇" in told
    maps.distribution_map(internal).save(tmp_path / "internal.html")
    told = everything(Page(driver, tmp_path / "internal.html"))
    assert "13800000000" in told and "双河镇机房" in told, "the reader is not blind"


def test_a_card_tells_stage_and_days_and_nothing_else(page, internal):
    allowed = {"完成时限", "敷设日期", "开通日期", "销号日期", "区划代码"}
    for i in np.random.default_rng(4).choice(126, 20, replace=False).tolist():
        page.run("cuntongPage.goTo(arguments[0])", i)
        fields = page.run("return [...document.querySelectorAll('.card dt')].map(e => e.textContent)")
        assert {"区划代码"} <= set(fields) <= allowed
        assert page.run("return document.querySelectorAll('.card .part').length") == 0
        name, stage = page.run(
            "const d = cuntongPage.data.villages; return [d.name[arguments[0]], d.stage[arguments[0]]]", i
        )
        row = internal.status.villages.set_index("name").loc[[name]]
        assert page.text(".card h3") == name and list(schema.load("villages").column("stage").choices)[stage] in set(
            row["stage"]
        )


def test_the_figures_of_units_are_those_of_the_internal_map(page, internal):
    units = internal.status.units.set_index("code")
    for code in [COUNTY, *units.index[units["parent"] == COUNTY]]:
        page.run("cuntongPage.drill(cuntongPage.campaign.unitOf(arguments[0]))", code)
        assert page.text(".numbers .big b") == f"{units.loc[code, 'lit']:,}"
        told = dict(
            page.run(
                "return [...document.querySelectorAll('.four > div')].map(e => [e.firstChild.textContent, e.lastChild.textContent])"
            )
        )
        assert told == {
            "已敷设": str(units.loc[code, "laid"]), "已销号": str(units.loc[code, "closed"]),
            "逾期": str(units.loc[code, "late"]),
        }  # fmt: skip


def test_villages_are_drawn_where_they_are_to_50_m(page, internal):
    lon, lat = (
        np.array(page.run("const v = cuntongPage.data.villages; return [Array.from(v.x), Array.from(v.y)]")) / 1e5
    )
    real = internal.plan.villages.geometry
    moved = pyproj.Geod(ellps="GRS80").inv(lon, lat, real.x, real.y)[2]
    assert np.median(moved) > 5 and moved.max() < 57, "they were moved within their cells, then to the middles of these"


def test_no_layer_filter_or_panel_speaks_of_what_is_not_told(page):
    rows = page.run(
        "return [...document.querySelectorAll('.legend .row, .figures summary, .below th')].filter(e => e.offsetParent)"
        ".map(e => (e.querySelector('.name') || e).textContent)"
    )
    page.driver.find_element(By.CSS_SELECTOR, ".layers summary").click()
    rows += page.run("return [...document.querySelectorAll('.layers .name')].map(e => e.textContent)")
    assert "开通" in rows and "行政区划" in rows
    for word in ("光缆", "接入点", "阻碍", "上报", "灯", "规划工程量", "检查发现"):
        assert not any(word in row for row in rows), word


def test_it_asks_for_nothing_says_nothing_and_all_controls_work(page):
    assert page.painted() > 10_000
    for control in page.driver.find_elements(By.CSS_SELECTOR, ".legend input, .bar .icon:not([aria-haspopup])"):
        page.run("arguments[0].click()", control)
    page.run("cuntongPage.setDay(5)")
    page.run("cuntongPage.speak('en')")
    assert "edition for publication: places to 50 m" in page.text(".head")
    assert "not to be published without review" in page.text(".foot")
    page.run("cuntongPage.speak('zh')")
    assert page.console() == [] and [u for u in page.requests() if not u.startswith("file:")] == []


def test_a_slide_of_it_is_named_as_what_it_is_and_has_no_routes(page):
    page.run(
        "URL.createObjectURL = b => { b.text().then(t => { window.drawn = t; }); return 'data:,'; };"
        "HTMLAnchorElement.prototype.click = function () { window.named = this.download; };"
        "cuntongParts.svg(cuntongPage)"
    )
    for _ in range(100):
        if page.run("return !!window.drawn"):
            break
        time.sleep(0.05)
    assert page.run("return window.named").startswith("distribution_public_529901")
    drawn = page.run("return window.drawn")
    assert "拟公开版" in drawn and "内部工作用图，未经审核不得公开" in drawn and "光缆" not in drawn


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(("width", "height"), [(390, 844), (1024, 700), (1366, 768)])
def test_no_two_panels_overlap(page, width, height, lang):
    resize(page.driver, width, height)
    try:
        page.driver.refresh()
        page.wait_drawn()
        page.run("cuntongPage.speak(arguments[0])", lang)
        assert page.overlaps(PANELS) == []
    finally:
        page.run("cuntongPage.speak('zh')")
        resize(page.driver, 1366, 768)
