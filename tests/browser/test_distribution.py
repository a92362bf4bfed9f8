"""The distribution map of a lived county in a real browser: units, days, filters, search, cards, languages, paper."""

from __future__ import annotations

import base64
import dataclasses
import datetime as dt
import io
import re
import time
import xml.dom.minidom

import numpy as np
import pandas as pd
import pytest
from campaigns import lived, lived_shown
from PIL import Image
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from browser.conftest import HOSTILE, PANELS, Page, resize
from cuntong_gis import maps, schema
from cuntong_gis.maps.shown import Shown
from cuntong_gis.model import Stage
from cuntong_gis.progress import roll_up

COUNTY = "529901"


@pytest.fixture(scope="module")
def shown() -> Shown:
    """Return the lived county with people who answer for it."""
    found = lived_shown()
    units = found.timeline.units["code"].tolist()
    people = [
        {"unit": unit, "chain": chain, "role": role, "name": f"{name}{n}", "phone": f"138{n:08d}"}
        for n, unit in enumerate(units)
        for chain, role, name in (("government", "第一责任人", "王"), ("company", "分公司经理", "赵"))
    ]
    return dataclasses.replace(found, officials=schema.conform(pd.DataFrame(people), "officials"))


@pytest.fixture(scope="module")
def county_file(shown, tmp_path_factory):
    path = tmp_path_factory.mktemp("maps") / "county.html"
    maps.distribution_map(shown).save(path)
    return path


@pytest.fixture
def page(driver, county_file):
    return Page(driver, county_file)


def figures(page: Page) -> dict[str, str]:
    pairs = page.run(
        "return [...document.querySelectorAll('.numbers dl > div')].map(e => [e.firstChild.textContent, e.lastChild.textContent])"
    )
    found = dict(map(tuple, pairs))
    found["已开通"] = page.text(".numbers .big b")
    found["行政村"] = re.search(r"[\d,]+", page.text(".numbers .big span")).group(0)
    return found


def legend(page: Page) -> dict[str, str]:
    rows = page.run(
        "return [...document.querySelectorAll('.legend .row')].map(e => [e.querySelector('.name').textContent,"
        "(e.querySelector('.count') || {}).textContent])"
    )
    return dict(map(tuple, rows))


def listed(page: Page) -> dict[str, list[str]]:
    rows = page.run(
        "return [...document.querySelectorAll('.below tbody tr')].map(e => [e.querySelector('button').textContent,"
        "e.querySelector('.share span').textContent, e.querySelector('td.closed').textContent, e.querySelector('td.late').textContent])"
    )
    return {row[0]: row[1:] for row in rows}


def check_figures(page: Page, units: pd.DataFrame, code: str) -> None:
    row = units.loc[code]
    told = figures(page)
    wanted = {
        "行政村": "villages",
        "已开通": "lit",
        "已敷设": "laid",
        "已销号": "closed",
        "逾期": "late",
        "阻碍": "blockers",
    }
    for label, name in wanted.items():
        assert told[label] == f"{row[name]:,}", (code, label)


def test_figures_at_every_level_are_those_of_the_ledger(page, shown):
    units = shown.status.units.set_index("code")
    above = units[units["level"] != "village"]
    for code, row in above.iterrows():
        page.run("cuntongPage.drill(cuntongPage.campaign.unitOf(arguments[0]))", code)
        check_figures(page, units, code)
        below = above[above["parent"] == code]
        told = listed(page)
        assert list(told) == below["name"].tolist()
        for _, unit in below.iterrows():
            assert told[unit["name"]] == [f"{unit['lit']}/{unit['villages']}", str(unit["closed"]), str(unit["late"])]
        if row["level"] == "township":
            names = page.run("return [...document.querySelectorAll('.own .name')].map(e => e.textContent)")
            own = shown.status.villages["township"] == code
            assert sorted(names) == sorted(shown.status.villages.loc[own, "name"])


def test_any_day_of_the_slider_tells_what_roll_up_says_of_it(page, shown):
    loaded = lived()
    days = shown.timeline.days
    for n in np.random.default_rng(7).choice(len(days), 5, replace=False).tolist():
        page.run("cuntongPage.setDay(arguments[0])", n)
        status = roll_up(loaded.entries, loaded.plan, loaded.settings, as_of=days[n])
        units = status.units.set_index("code")
        check_figures(page, units, COUNTY)
        told = listed(page)
        for _, unit in units[units["parent"] == COUNTY].iterrows():
            assert told[unit["name"]] == [f"{unit['lit']}/{unit['villages']}", str(unit["closed"]), str(unit["late"])]
        counts, stages = legend(page), status.villages["stage"]
        for label, stage in (
            ("材料到货", "material_ready"),
            ("开通", "lit"),
            ("验收销号", "closed"),
            ("未开工", "not_started"),
        ):
            assert counts[label] == str((stages == stage).sum()), (days[n], label)
        assert counts["逾期（未开通）"] == str(status.villages["late"].sum())
        laid = status.spans["counted_m"] >= status.spans["planned_m"] - 1.0
        assert counts["已敷设"] == str(laid.sum()) and counts["待敷设"] == str((~laid).sum()), days[n]
        assert days[n].isoformat() in page.text(".head") and page.text(".timeline .day") == days[n].isoformat()


def test_the_pace_is_counted_from_the_timeline(page, shown):
    line, campaign = shown.timeline, shown.settings.campaign
    lit = line.figures["lit"][:, line.units["code"].tolist().index(COUNTY)]
    villages = len(shown.plan.villages)
    for n in (len(line.days) - 1, 20):
        page.run("cuntongPage.setDay(arguments[0])", n)
        day = line.days[n]
        base = max(k for k, d in enumerate(line.days) if (day - d).days >= 28)
        needed = (villages - lit[n]) * 7 / (campaign.deadline - day).days
        made = (lit[n] - lit[base]) * 7 / (day - line.days[base]).days
        told = figures(page)
        assert float(told["需每周开通"]) == pytest.approx(needed, abs=0.051)
        assert float(told["近四周每周"]) == pytest.approx(made, abs=0.051)


def test_the_slider_goes_by_keyboard_by_buttons_and_by_itself(page, shown):
    last = len(shown.timeline.days) - 1
    slider = page.driver.find_element(By.CSS_SELECTOR, ".timeline input")
    slider.send_keys(Keys.ARROW_LEFT, Keys.ARROW_LEFT)
    assert page.run("return cuntongPage.state.day") == last - 2
    assert slider.get_attribute("aria-valuetext") == shown.timeline.days[last - 2].isoformat()
    slider.send_keys(Keys.HOME)
    assert figures(page)["已开通"] == "0"
    back, on = page.driver.find_elements(By.CSS_SELECTOR, ".timeline .icon")[1:]
    assert not back.is_enabled()
    on.send_keys(Keys.ENTER)
    assert page.run("return cuntongPage.state.day") == 1
    play = page.driver.find_element(By.CSS_SELECTOR, ".timeline .icon")
    play.click()
    assert play.get_attribute("aria-label") == "暂停"
    time.sleep(1.7)
    play.send_keys(Keys.SPACE)
    reached = page.run("return cuntongPage.state.day")
    assert reached >= 2 and play.get_attribute("aria-label") == "播放进程"
    time.sleep(0.9)
    assert page.run("return cuntongPage.state.day") == reached, "paused"


def test_drilling_by_list_by_crumbs_and_by_the_map(page, shown):
    button = page.driver.find_element(By.XPATH, "//td[@class='unit']/button[.='石门镇']")
    button.send_keys(Keys.ENTER)
    page.wait_drawn()
    assert page.text(".unit-name").startswith("石门镇")
    inside = (shown.status.villages["township"] == "529901103").sum()
    assert page.text(".total") == f"显示 {inside} / {inside}"
    assert page.run("return location.hash") == "#unit=529901103"
    page.driver.find_element(By.XPATH, "//nav[@class='crumbs']/button[contains(., '示范县')]").click()
    page.wait_drawn()
    assert page.text(".unit-name").startswith("示范县") and page.run("return location.hash") == ""
    page.driver.find_element(By.XPATH, "//label[span[.='单位']]/input").send_keys(Keys.SPACE)
    page.wait_drawn()
    assert "80 – 100%" in legend(page)
    outline = shown.plan.boundaries.set_index("code").geometry["529901201"].representative_point()
    at = page.run("return cuntongPage.map.latLngToContainerPoint([arguments[0], arguments[1]])", outline.y, outline.x)
    page.click(at["x"], at["y"])
    assert page.text(".unit-name").startswith("凤鸣乡")


def test_areas_are_coloured_by_the_share_that_is_lit(page, shown):
    page.run("document.querySelectorAll('.choice input')[1].click()")
    page.wait_drawn()
    units = shown.status.units.set_index("code")
    towns = units[units["parent"] == COUNTY]
    share = towns["lit"] / towns["villages"]
    classes = np.searchsorted([0.2, 0.4, 0.6, 0.8, 1.0], share + 1e-12, side="right")
    counts = legend(page)
    for n, label in enumerate(["0 – 20%", "20 – 40%", "40 – 60%", "60 – 80%", "80 – 100%", "100%"]):
        assert counts[label] == str((classes == n).sum())
    colors = page.run("return cuntongPage.data.styles.completion.map(c => c.fill)")
    code = share.idxmax()
    place = shown.plan.boundaries.set_index("code").geometry[code].centroid
    pixel = page.run(
        "const m = cuntongPage.map, c = document.querySelector('.cuntong-canvas'), r = c.getBoundingClientRect(),"
        "p = m.latLngToContainerPoint([arguments[0], arguments[1]]);"
        "return [...c.getContext('2d').getImageData(p.x - r.left, p.y - r.top + 25, 1, 1).data]",
        place.y, place.x,
    )  # fmt: skip
    wanted = [int(colors[classes[share.index.get_loc(code)]][i : i + 2], 16) for i in (1, 3, 5)]
    assert pixel[:3] == wanted


def test_filters_count_what_python_counts(page, shown):
    status = shown.status.villages
    late, stage = status["late"].to_numpy(), status["stage"].to_numpy()
    blocked = status["blockers"].to_numpy() > 0
    silent = shown.status.units.set_index("code")["stale"].reindex(status["code"]).to_numpy(bool) & (
        stage != Stage.CLOSED
    )
    asked = np.ones(len(status), bool)
    for label, has in (("逾期（未开通）", late), ("有未解决阻碍", blocked), ("久未上报", silent)):
        assert legend(page)[label] == str(has.sum()) and has.any()
        box = page.driver.find_element(By.XPATH, f"//label[span[.='{label}']]/input")
        box.send_keys(Keys.SPACE)
        assert page.text(".total") == f"显示 {has.sum()} / 126"
        if label == "逾期（未开通）":
            counts = legend(page)
            for name, of in (("立项", "approved"), ("材料到货", "material_ready"), ("敷设（未开通）", "laid")):
                assert counts[name] == str((has & (stage == of)).sum())
            page.driver.find_element(By.XPATH, "//label[span[.='材料到货']]").click()
            assert page.text(".total") == f"显示 {(has & (stage != 'material_ready')).sum()} / 126"
            page.driver.find_element(By.XPATH, "//label[span[.='材料到货']]").click()
        box.send_keys(Keys.SPACE)
    for label, has in (("逾期（未开通）", late), ("有未解决阻碍", blocked)):
        asked &= has
        page.driver.find_element(By.XPATH, f"//label[span[.='{label}']]/input").click()
    assert page.text(".total") == f"显示 {asked.sum()} / 126"
    page.driver.find_element(By.CSS_SELECTOR, ".clear").click()
    assert page.text(".total") == "显示 126 / 126"
    page.run("cuntongPage.setDay(5)")
    rows = page.driver.find_elements(By.XPATH, "//label[span[.='有未解决阻碍' or .='久未上报']]/input")
    assert [row.is_enabled() for row in rows] == [False, False], "only known of the last day"


@pytest.mark.parametrize(
    ("typed", "found"), [("fmx", "凤鸣乡"), ("shimenzhen", "石门镇"), ("529901103", "石门镇"), ("落水洞", "落水洞镇"), ("shayi", "沙坪布依族乡")]
)  # fmt: skip
def test_a_unit_is_found_by_name_by_sound_and_by_code(page, typed, found):
    box = page.driver.find_element(By.CSS_SELECTOR, "input[type=search]")
    box.send_keys(typed)
    if typed == "shayi":
        assert page.text(".results .none") == "没有找到", "letters stand for characters without a gap"
        return
    assert found in page.text(".results li.on")
    box.send_keys(Keys.ENTER)
    assert page.text(".unit-name").startswith(found)


def test_a_village_is_found_by_its_initials_and_its_syllables(page, shown):
    names = shown.plan.villages["name"].tolist()
    i = names.index("竹井村")
    for typed in ("zjc", "zhujingcun", "zhujc", "zhu jing"):
        box = page.driver.find_element(By.CSS_SELECTOR, "input[type=search]")
        box.clear()
        box.send_keys(typed)
        hits = page.run("return [...document.querySelectorAll('.results li b')].map(e => e.textContent)")
        assert "竹井村" in hits, typed
    page.run("cuntongPage.drill(cuntongPage.campaign.unitOf('529901103'))")
    page.run("cuntongPage.goTo(arguments[0])", i)
    page.wait_drawn()
    assert page.text(".leaflet-popup h3") == "竹井村", "though another unit was shown"


def test_a_card_tells_the_course_the_people_and_the_blockers(page, shown):
    status = shown.status.villages
    closed = int(np.flatnonzero(status["stage"] == Stage.CLOSED)[0])
    row = status.iloc[closed]
    page.run("cuntongPage.goTo(arguments[0])", closed)
    card = page.text(".leaflet-popup")
    for day in (row["laid_on"], row["lit_on"], row["closed_on"], row["due_date"]):
        assert f"{day:%Y-%m-%d}" in card
    assert row["certificate"] in card and f"{shown.evidence[closed]} 份" in card and "县级初验" in card
    units = shown.timeline.units["code"].tolist()
    for unit in (row["township"], COUNTY):
        assert (
            f"王{units.index(unit)}" in card
            and f"赵{units.index(unit)}" in card
            and f"138{units.index(unit):08d}" in card
        )
    held = int(np.flatnonzero(status["late"] & (status["blockers"] > 0))[0])
    first = shown.blockers[shown.blockers["village"] == status["code"].iloc[held]].iloc[0]
    page.run("cuntongPage.goTo(arguments[0])", held)
    card = page.text(".leaflet-popup .blocker")
    assert (
        first["category"] in card and first["owner"] in card and f"{first['due']:%Y-%m-%d}" in card and "已逾期" in card
    )
    days = (shown.status.as_of - status["due_date"].iloc[held].date()).days
    assert f"逾期 {days} 天" in page.text(".leaflet-popup dl")
    page.run("cuntongPage.setDay(3); cuntongPage.goTo(arguments[0])", closed)
    card = page.text(".leaflet-popup")
    assert row["certificate"] not in card and f"{row['closed_on']:%Y-%m-%d}" not in card, "not yet on that day"


def test_the_language_is_changed_on_the_page(page):
    chinese = page.text(".legend")
    button = page.driver.find_element(By.CSS_SELECTOR, ".language")
    button.send_keys(Keys.ENTER)
    page.wait_drawn()
    for part in (".legend", ".numbers", ".timeline", ".foot", ".bar", ".choice"):
        assert not re.search(r"[\u4e00-\u9fff]", page.text(part).replace("中文", "")), part
    assert "示范县" in page.text(".head h1") and "distribution map" in page.text(".sub")
    assert page.run("return [document.documentElement.lang, location.hash]") == ["en", "#lang=en"]
    page.run("cuntongPage.goTo(3)")
    assert not re.search(
        r"[\u4e00-\u9fff]",
        "".join(page.run("return [...document.querySelectorAll('.card dt')].map(e => e.textContent)")),
    )
    page.driver.switch_to.active_element.send_keys(Keys.ESCAPE)
    assert page.run("return document.activeElement.className") == "language", "the focus stays where it was"
    page.driver.find_element(By.CSS_SELECTOR, ".language").click()
    assert page.text(".legend") == chinese and page.run("return location.hash") == ""


def test_an_address_leads_to_a_unit_and_a_day(driver, county_file, shown):
    driver.get("about:blank")
    driver.get(county_file.as_uri() + "#unit=529901103&day=2016-06-30&lang=en")
    page = Page.__new__(Page)
    page.driver = driver
    page.wait_drawn()
    assert page.text(".unit-name").startswith("石门镇") and page.text(".day") == "2016-06-30"
    row = shown.timeline.days.index(dt.date(2016, 6, 30))
    column = shown.timeline.units["code"].tolist().index("529901103")
    assert page.text(".numbers .big b") == f"{shown.timeline.figures['lit'][row, column]:.0f}"
    page.run("location.hash = '#unit=529901201'")
    time.sleep(0.3)
    assert page.text(".unit-name").startswith("凤鸣乡") and page.text(".day") == "2016-09-20"
    page.run("location.hash = '#unit=%E0%A4%A&day=x'")
    time.sleep(0.3)
    assert page.text(".unit-name").startswith("示范县") and page.console() == []


def test_every_control_is_reached_by_the_tab_key_and_shows_it(page):
    page.run("document.querySelector('input[type=search]').focus()")
    seen, unseen = [], []
    for _ in range(140):
        ActionChains(page.driver).send_keys(Keys.TAB).perform()
        name, outlined = page.run(
            "const e = document.activeElement, s = getComputedStyle(e), p = e.parentElement, t = getComputedStyle(p),"
            "n = e.nextElementSibling && getComputedStyle(e.nextElementSibling), on = q => q && q.outlineStyle !== 'none' && parseFloat(q.outlineWidth) > 0;"
            "return [e.getAttribute('aria-label') || e.textContent || (p && p.textContent) || e.tagName, on(s) || on(t) || on(n)]"
        )
        if name in seen and name == seen[0]:
            break
        seen.append(name)
        if not outlined and page.run("return document.activeElement !== document.body"):
            unseen.append(name)
    text = " ".join(seen)
    for wanted in (
        "石门镇",
        "规划工程量",
        "放大",
        "缩小",
        "全图",
        "打印与导出",
        "English",
        "数据日期",
        "播放进程",
        "自动",
        "开通",
        "逾期",
        "图层",
    ):
        assert wanted in text, wanted
    assert not unseen


def test_pictures_and_papers(page, driver, tmp_path):
    driver.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)})
    for label in ("下载 PNG（16:9）", "下载 SVG（16:9）"):
        page.driver.find_element(By.CSS_SELECTOR, "[aria-controls=cuntong-tools]").send_keys(Keys.ENTER)
        page.driver.find_element(By.XPATH, f"//div[@id='cuntong-tools']/button[.='{label}']").send_keys(Keys.ENTER)
        assert not page.driver.find_element(By.ID, "cuntong-tools").is_displayed()
    names = ["distribution_529901_2016-09-20.png", "distribution_529901_2016-09-20.svg"]
    for _ in range(100):
        if all((tmp_path / name).exists() for name in names):
            break
        time.sleep(0.1)
    picture = Image.open(io.BytesIO((tmp_path / names[0]).read_bytes()))
    assert picture.size == (1920, 1080) and len(picture.convert("RGB").getcolors(1 << 24)) > 200
    drawing = xml.dom.minidom.parseString((tmp_path / names[1]).read_bytes())
    texts = [t.firstChild.data for t in drawing.getElementsByTagName("text") if t.firstChild]
    assert any("示范县" in t for t in texts) and "内部工作用图，未经审核不得公开" in texts and "验收销号" in texts
    assert len(drawing.getElementsByTagName("path")) > 50 and not drawing.getElementsByTagName("script")
    assert [url for url in page.requests() if not url.startswith(("file:", "blob:"))] == [] and page.console() == []


@pytest.mark.parametrize(("paper", "size"), [("A4", (842, 595)), ("A3", (1191, 842))])
def test_it_prints_on_one_sheet_of_the_paper_that_was_asked_for(page, paper, size):
    page.run("window.print = () => {}; cuntongPage.print(arguments[0])", paper)
    printed = page.driver.execute_cdp_cmd("Page.printToPDF", {"printBackground": True, "preferCSSPageSize": True})
    content = base64.b64decode(printed["data"])
    box = re.search(rb"/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)", content)
    assert len(re.findall(rb"/Type\s*/Page\b", content)) == 1
    assert (round(float(box.group(1))), round(float(box.group(2)))) == size


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(("width", "height"), [(390, 844), (820, 1180), (1366, 768), (1920, 1080)])
def test_no_two_panels_overlap_at_any_width(page, width, height, lang):
    resize(page.driver, width, height)
    try:
        page.driver.refresh()
        page.wait_drawn()
        page.run("cuntongPage.speak(arguments[0])", lang)
        assert page.overlaps(PANELS) == []
        for tab in page.driver.find_elements(By.CSS_SELECTOR, ".tab"):
            if not tab.is_displayed():
                continue
            tab.click()
            assert page.run("return document.querySelectorAll('.panel.open').length") == 1
            assert page.overlaps((".head", ".search", ".figures", ".legend", ".dock")) == []
            tab.click()
        if width == 390:
            sizes = page.run(
                "return [...document.querySelectorAll('.dock button, .bar button, .timeline .icon')].filter(e => e.offsetWidth)"
                ".map(e => Math.min(e.offsetHeight, e.getBoundingClientRect().height))"
            )
            assert min(sizes) >= 40, "for a thumb"
    finally:
        page.run("cuntongPage.speak('zh')")
        resize(page.driver, 1366, 768)


def test_hostile_units_people_and_blockers_are_text(driver, shown, tmp_path):
    line = shown.timeline
    units = line.units.copy()
    evil = [*HOSTILE, "`${alert(1)}`", "村\u202e名"]
    units["name"] = [evil[n % len(evil)] for n in range(len(units))]
    officials = shown.officials.assign(name=evil[0], role=evil[1], phone=evil[2])
    blockers = shown.blockers.assign(category=evil[0], note=evil[1], owner=evil[2])
    names = [evil[n % len(evil)] for n in range(len(shown.plan.villages))]
    made = dataclasses.replace(
        shown, timeline=dataclasses.replace(line, units=units), officials=officials, blockers=blockers,
        plan=dataclasses.replace(shown.plan, villages=shown.plan.villages.assign(name=names)),
    )  # fmt: skip
    maps.distribution_map(made).save(tmp_path / "evil.html")
    page = Page(driver, tmp_path / "evil.html")
    for code in units["code"]:
        page.run("cuntongPage.drill(cuntongPage.campaign.unitOf(arguments[0]))", code)
        row = units.loc[units["code"] == code].iloc[0]
        assert page.text(".unit-name").startswith(row["name"])
    held = int(np.flatnonzero(shown.status.villages["blockers"] > 0)[0])
    page.run("cuntongPage.drill(cuntongPage.state.first); cuntongPage.goTo(arguments[0])", held)
    assert all(text in page.text(".leaflet-popup .part") for text in evil[:3])
    page.run("document.querySelectorAll('.choice input')[1].click()")
    box = page.driver.find_element(By.CSS_SELECTOR, "input[type=search]")
    box.send_keys("<script>")
    assert HOSTILE[0] in page.text(".results")
    assert (
        page.run(
            "return document.querySelectorAll('body :not(.leaflet-container) b script, .panel img, .results img, .card img').length"
        )
        == 0
    )
    assert page.run("return window.alerted") is None and page.console() == []
    assert [u for u in page.requests() if not u.startswith("file:")] == []
    page.run(
        "URL.createObjectURL = b => { b.text().then(t => { window.drawn = t; }); return 'data:,'; };"
        "cuntongParts.svg(cuntongPage)"
    )
    time.sleep(0.5)
    xml.dom.minidom.parseString(page.run("return window.drawn"))


def test_a_village_without_a_place_is_counted_listed_found_and_told_of(driver, shown, tmp_path):
    villages = shown.plan.villages.copy()
    villages.loc[5, "geometry"] = None
    made = dataclasses.replace(shown, plan=dataclasses.replace(shown.plan, villages=villages))
    maps.distribution_map(made).save(tmp_path / "lost.html")
    page = Page(driver, tmp_path / "lost.html")
    check_figures(page, shown.status.units.set_index("code"), COUNTY)
    assert page.text(".total") == "显示 126 / 126"
    box = page.driver.find_element(By.CSS_SELECTOR, "input[type=search]")
    box.send_keys(villages["code"].iloc[5], Keys.ENTER)
    page.wait_drawn()
    assert page.text(".leaflet-popup h3") == villages["name"].iloc[5]
    assert page.console() == []


def test_units_without_outlines_are_discs_that_lead_down(driver, shown, tmp_path):
    made = dataclasses.replace(shown, plan=dataclasses.replace(shown.plan, boundaries=schema.empty("boundaries")))
    maps.distribution_map(made).save(tmp_path / "bare.html")
    page = Page(driver, tmp_path / "bare.html")
    page.run("document.querySelectorAll('.choice input')[1].click()")
    page.wait_drawn()
    rows = np.flatnonzero(shown.status.villages["township"] == "529901103")
    x = page.run("return arguments[0].map(i => cuntongPage.screen(i))", rows.tolist())
    page.click(np.mean([p["x"] for p in x]), np.mean([p["y"] for p in x]))
    assert page.text(".unit-name").startswith("石门镇")
    assert page.console() == []
