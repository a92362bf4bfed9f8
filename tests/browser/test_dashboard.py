"""Dashboards of a lived county and of a province in a real browser: figures, links, lists, screens, paper, grey."""

from __future__ import annotations

import base64
import dataclasses
import datetime as dt
import io
import itertools
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pymupdf
import pytest
from campaigns import BUSY, CROWDED, lived, lived_shown, province_shown
from PIL import Image
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from browser.conftest import HOSTILE, Page, resize
from cuntong_gis import maps, schema
from cuntong_gis.boards import boards_asked, write_boards
from cuntong_gis.maps import style
from cuntong_gis.maps.shown import Shown
from cuntong_gis.progress import Status, rank_units, roll_up
from cuntong_gis.showing import shown_on
from cuntong_gis.units import decimal_text, percent_text, points_text

COUNTY, TOWN = "529901", "529901103"
SIZES = [(390, 844), (820, 1180), (1366, 768), (1920, 1080)]
LEVELS = {"province": "520000", "prefecture": "522600", "county": BUSY, "township": CROWDED}
LATE_TOWN = "529901102"

TEXTS = """
const found = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walk.nextNode()) {
  const node = walk.currentNode, holder = node.parentElement;
  if (!node.data.trim() || holder.closest('title, .symbols')) continue;
  const range = document.createRange();
  range.selectNodeContents(node);
  const rects = [...range.getClientRects()].filter(r => r.width && r.height);
  if (!rects.length || getComputedStyle(holder).visibility === 'hidden') continue;
  const box = holder.closest('td, th, .cell, section, header, footer, main').getBoundingClientRect();
  const svg = holder.closest('svg'), frame = (svg || holder.closest('section, header, footer, main')).getBoundingClientRect();
  const size = parseFloat(getComputedStyle(holder).fontSize) * (svg ? holder.getScreenCTM().a : 1);
  for (const r of rects) found.push([node.data.trim(), r.left, r.top, r.right, r.bottom,
    Math.max(box.left, frame.left), Math.max(box.top, frame.top), Math.min(box.right, frame.right), Math.min(box.bottom, frame.bottom),
    svg ? 'svg' : '', size]);
}
return found;
"""
"""Every piece of text that is seen: words, its box, the box that must hold it, whether it is drawn, its height."""


def people(shown: Shown) -> Shown:
    """Return what is shown with somebody who answers for every unit."""
    units = shown.status.units
    named = units.assign(government="王建国（常务副县长）", company="欧阳德华")
    above = units.loc[units["level"] != "village", "code"]
    rows = pd.DataFrame(
        {"unit": above, "chain": "government", "role": "第一责任人", "name": "王建国", "phone": "13800000000"}
    )
    return dataclasses.replace(
        shown, status=dataclasses.replace(shown.status, units=named), officials=schema.conform(rows, "officials")
    )


def in_language(shown: Shown, lang: str) -> Shown:
    campaign = dataclasses.replace(shown.settings.campaign, lang=lang)
    return dataclasses.replace(shown, settings=dataclasses.replace(shown.settings, campaign=campaign))


@pytest.fixture(scope="module")
def shown() -> Shown:
    return people(lived_shown())


@pytest.fixture(scope="module")
def county(shown, tmp_path_factory) -> Path:
    """Return a folder with the maps of the lived county and the dashboards of it and of its townships."""
    folder = tmp_path_factory.mktemp("county")
    maps.distribution_map(shown).save(folder / "distribution_map.html")
    maps.route_map(shown).save(folder / "route_map.html")
    write_boards(folder, shown, [COUNTY, *boards_asked(shown, "", "township")])
    return folder


@pytest.fixture(scope="module")
def province(tmp_path_factory) -> dict[tuple[str, str], Path]:
    """Return dashboards of every level in both languages, the last of a township where most villages are late."""
    made = {}
    for lang in ("zh", "en"):
        folder = tmp_path_factory.mktemp(lang)
        for name in ("distribution_map.html", "route_map.html"):
            (folder / name).touch()
        pages = write_boards(folder, people(in_language(province_shown(), lang)), list(LEVELS.values()))
        made |= {(level, lang): page for level, page in zip(LEVELS, pages, strict=True)}
        made["late", lang] = write_boards(folder, people(in_language(lived_shown(), lang)), [LATE_TOWN])[0]
    return made


def board(folder: Path, code: str) -> Path:
    return folder / "dashboard.html" if code == COUNTY else next(folder.glob(f"{code}_*")) / "dashboard.html"


def figures(page: Page) -> dict[str, str]:
    pairs = page.run(
        "return [...document.querySelectorAll('[data-figure]')].map(e => [e.dataset.figure, e.textContent])"
    )
    return dict(map(tuple, pairs))


def listed(page: Page) -> dict[str, list[str]]:
    rows = page.run(
        "return [...document.querySelectorAll('tr[data-code]')].map(e => [e.dataset.code, ...[...e.cells].map(c => c.textContent)])"
    )
    return {row[0]: row[1:] for row in rows}


def seen(page: Page, table: str) -> int:
    return int(
        page.run(f"return [...document.querySelectorAll('.{table} tbody tr')].filter(e => e.offsetHeight).length")
    )


def status_on(day: dt.date) -> Status:
    loaded = lived()
    return roll_up(loaded.entries, loaded.plan, loaded.settings, as_of=day)


@pytest.mark.parametrize("day", [dt.date(2016, 7, 31), dt.date(2016, 9, 20)])
def test_every_figure_is_what_roll_up_says_of_that_day(driver, tmp_path, day):
    shown = shown_on(lived(), day)
    earlier = max(d for d in shown.timeline.days if (day - d).days >= 28)
    units, before, first = (status_on(d).units.set_index("code") for d in (day, earlier, shown.timeline.days[0]))
    deadline, weeks = shown.settings.campaign.deadline, (day - earlier).days / 7
    since_start = (day - shown.timeline.days[0]).days / 7
    for path, code in zip(
        write_boards(tmp_path, shown, [COUNTY, TOWN, "529901203"]), (COUNTY, TOWN, "529901203"), strict=True
    ):
        page, row = Page(driver, path), units.loc[code]
        told = figures(page)
        assert told["lit"] == f"{row['lit']:,}" and f"/ {row['villages']:,}" in page.text(".figures .cell:nth-child(2)")
        assert told["closed"] == f"{row['closed']:,}" and told["late"] == f"{row['late']:,}"
        assert (told["lit_rate"], told["closed_rate"]) == (
            percent_text(row["lit_rate"]),
            percent_text(row["closed_rate"]),
        )
        assert told["target"] == decimal_text(row["target"]) and told["days_left"] == str((deadline - day).days)
        assert told["needed"] == decimal_text((row["villages"] - row["lit"]) * 7 / (deadline - day).days)
        assert told["lately"] == decimal_text((row["lit"] - before.at[code, "lit"]) / weeks)
        assert told["overall"] == decimal_text((row["lit"] - first.at[code, "lit"]) / since_start)
        light = shown.lights[(shown.lights["code"] == code) & (shown.lights["period"] == f"{day:%Y-%m}")].iloc[0]
        assert told["light"] == style.LIGHT[light["light"]].label.zh
        assert f"阻碍 {row['blockers']} 项，逾期 {row['blockers_overdue']} 项" in page.text(".figures")
        ends = page.run("return [...document.querySelectorAll('.curve svg text[font-weight]')].map(e => e.textContent)")
        assert set(ends) == {f"敷设 {row['laid']}", f"开通 {row['lit']}", f"销号 {row['closed']}"}
        assert f"任务 {row['villages']}" in page.text(".curve")


def test_the_ranking_is_that_of_the_report_with_the_figures_of_the_ledger(driver, county, shown):
    page = Page(driver, board(county, COUNTY))
    units = status_on(shown.status.as_of).units
    ranked = rank_units(units, "township", within=COUNTY)
    rows = listed(page)
    assert list(rows) == ranked["code"].tolist()
    for unit in ranked.itertuples(index=False):
        place = f"{unit.place}" + ("=" if unit.tied > 1 else "")
        wanted = [
            place,
            unit.name,
            "",
            f"{unit.lit} / {unit.villages}",
            percent_text(unit.lit_rate),
            points_text(unit.lag_points),
        ]
        assert rows[unit.code][:6] == wanted
    town = Page(driver, board(county, TOWN))
    ranked = rank_units(units, "village", within=TOWN)
    assert [row[1] for row in listed(town).values()] == ranked["name"].tolist()


def test_links_lead_down_up_and_to_the_maps(driver, county, shown):
    page = Page(driver, board(county, COUNTY))
    page.driver.find_element(By.XPATH, "//table[@class='units']//a[.='石门镇']").click()
    assert page.text("h1") == "石门镇" and TOWN in page.run("return decodeURI(location.pathname)")
    page.driver.find_element(By.CSS_SELECTOR, ".above a").send_keys(Keys.ENTER)
    assert page.text("h1") == shown.settings.campaign.name
    area = page.driver.find_element(
        By.XPATH, "//*[name()='svg' and @class='map']//*[name()='a'][contains(@href, '529901201')]"
    )
    box = area.rect
    middle = page.run(
        "const e = arguments[0].querySelector('path'), t = e.getScreenCTM(), b = e.getBBox();"
        "for (let k = 0; k < 400; k++) { const p = new DOMPoint(b.x + b.width * (k % 20 + .5) / 20, b.y + b.height * (Math.floor(k / 20) + .5) / 20);"
        "if (e.isPointInFill(p)) { const q = p.matrixTransform(t); return [q.x, q.y]; } }", area,
    )  # fmt: skip
    assert box["width"] > 0 and middle
    page.click(*middle)
    assert page.text("h1") == "凤鸣乡"
    page.driver.find_element(By.XPATH, "//nav[@class='links']/a[.='工程分布图']").send_keys(Keys.ENTER)
    page.wait_drawn()
    assert page.text(".unit-name").startswith("凤鸣乡"), "the map opens at the unit"
    assert page.console() == []


def test_every_link_of_every_page_leads_to_a_page(driver, county):
    pages = sorted(county.glob("**/dashboard.html"))
    assert len(pages) == 13
    for path in pages:
        page = Page(driver, path)
        links = page.run(
            "return [...document.querySelectorAll('a')].map(e => decodeURI((e.href.baseVal || e.href).split('#')[0]))"
        )
        linked = {
            (path.parent / link).resolve() if "://" not in link else Path(link.removeprefix("file://"))
            for link in links
        }
        assert linked and all(link.is_file() for link in linked)
        wanted = 3 + 12 - 1 if path.parent == county else 3
        assert len(linked) == wanted


def test_lists_open_and_close_by_mouse_and_by_keyboard(driver, province):
    page = Page(driver, province["county", "zh"])
    assert (seen(page, "units"), page.text("label[for=all-units] .unfold")) == (18, "其余 5 项")
    box, label = (page.driver.find_element(By.CSS_SELECTOR, s) for s in ("#all-units", "label[for=all-units]"))
    label.click()
    assert seen(page, "units") == 23 and label.text.endswith("收起")
    label.click()
    assert seen(page, "units") == 18
    box.send_keys(Keys.SPACE)
    assert seen(page, "units") == 23
    assert page.run("return parseFloat(getComputedStyle(arguments[0]).outlineWidth)", label) >= 2, "the focus is seen"
    box.send_keys(Keys.SPACE)
    assert seen(page, "units") == 18
    page = Page(driver, province["province", "zh"])
    count = len(province_shown().blockers)
    assert seen(page, "blockers") == 5 and page.text("label[for=all-blockers] .unfold") == f"其余 {count - 5} 项"
    page.driver.find_element(By.CSS_SELECTOR, "label[for=all-blockers]").click()
    assert seen(page, "blockers") == count and page.console() == []


def test_every_control_is_reached_by_the_tab_key_and_shows_it(driver, county, province):
    for path in (board(county, COUNTY), province["county", "zh"]):
        page = Page(driver, path)
        controls = page.run("return document.querySelectorAll('a, input').length")
        reached = set()
        for _ in range(controls):
            ActionChains(driver).send_keys(Keys.TAB).perform()
            at, outlined = page.run(
                "const e = document.activeElement, l = e.labels && e.labels[0], s = getComputedStyle(l || e);"
                "return [[...document.querySelectorAll('a, input')].indexOf(e), s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0]"
            )
            reached.add(at)
            assert outlined, at
        assert reached == set(range(controls)) and controls >= 3


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("level", [*LEVELS, "late"])
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_no_panel_lies_on_another_and_no_text_is_cut(driver, province, width, height, level, lang):
    resize(driver, width, height)
    try:
        page = Page(driver, province[level, lang])
        boxes = page.run(
            "return [...document.querySelectorAll('header, section, footer')].map(e => { const r = e.getBoundingClientRect();"
            "return [e.className, r.left, r.top, r.right, r.bottom]; })"
        )
        assert len(boxes) == 8
        for (name, *one), (other, *two) in itertools.combinations(boxes, 2):
            assert one[2] <= two[0] or two[2] <= one[0] or one[3] <= two[1] or two[3] <= one[1], (name, other)
        assert page.run("return document.documentElement.scrollWidth") <= width
        texts = page.run(TEXTS)
        assert len(texts) > 60
        for words, left, top, right, bottom, *box, _, _ in texts:
            assert box[0] - 1 <= left and right <= box[2] + 1, words
            assert box[1] - 3 <= top and bottom <= box[3] + 3, words
        if lang == "zh" and width >= 1366:
            assert page.run("return document.documentElement.scrollHeight") <= height, "one screen of a meeting room"
            assert min(size for *_, size in texts) >= 9, "read from a chair"
        if width == 390:
            sizes = page.run(
                "return [...document.querySelectorAll('.links a, .above a, .units a, label')].map(e => e.getBoundingClientRect().height)"
            )
            assert min(sizes) >= 40, "for a thumb"
        assert [u for u in page.requests() if not u.startswith("file:")] == [] and page.console() == []
    finally:
        resize(driver, 1366, 768)


@pytest.mark.parametrize("days", [3, 20, 60, 200, 500])
def test_no_two_texts_of_the_curve_cover_one_another(driver, shown, tmp_path, days):
    campaign = dataclasses.replace(shown.settings.campaign, deadline=shown.status.as_of + dt.timedelta(days=days))
    made = dataclasses.replace(shown, settings=dataclasses.replace(shown.settings, campaign=campaign))
    page = Page(driver, write_boards(tmp_path, made, [COUNTY])[0])
    texts = page.run(
        "return [...document.querySelectorAll('.curve svg text')].map(e => { const r = e.getBoundingClientRect();"
        "return [e.textContent, r.left, r.top + 3, r.right, r.bottom - 3]; })"
    )
    assert len(texts) > 8
    for (name, *one), (other, *two) in itertools.combinations(texts, 2):
        assert one[2] <= two[0] or two[2] <= one[0] or one[3] <= two[1] or two[3] <= one[1], (name, other)


def printed(page: Page) -> bytes:
    made = page.driver.execute_cdp_cmd(
        "Page.printToPDF",
        {"printBackground": True, "paperWidth": 8.27, "paperHeight": 11.69, "preferCSSPageSize": True},
    )
    return base64.b64decode(made["data"])


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("level", [*LEVELS, "late"])
def test_it_prints_on_exactly_one_page_whatever_is_open(driver, province, level, lang):
    page = Page(driver, province[level, lang])
    page.run("document.querySelectorAll('input').forEach(e => { e.checked = true; })")
    with pymupdf.open(stream=printed(page)) as document:
        assert len(document) == 1
        width, height = document[0].rect[2:]
        assert width > height
        words = document[0].get_text()
        last = document[0].search_for("内部工作用图" if lang == "zh" else "Internal working map")
        assert last and 0.8 * height < last[0].y0 < height, "the page is filled, and nothing runs over"
        assert page.text("h1")[:6] in words.replace("\n", "")
        if level == "county":
            assert ("另有 5 项，见电子版" if lang == "zh" else "5 more on the screen") in words
        assert ("工程分布图" if lang == "zh" else "route map") not in words, "paper has no buttons"


def test_hostile_names_are_text_and_nothing_moves(driver, shown, tmp_path):
    evil = [*HOSTILE, "`${alert(1)}`", "村\u202e名", "\u2067右\u2069"]
    units = shown.status.units.copy()
    units["name"] = [f"{evil[n % len(evil)]}{n}" for n in range(len(units))]
    units["government"], units["company"] = evil[0], evil[1]
    names = [f"{evil[n % len(evil)]}{n}" for n in range(len(shown.plan.villages))]
    made = dataclasses.replace(
        shown, status=dataclasses.replace(shown.status, units=units),
        officials=shown.officials.assign(name=evil[0], role=evil[8], phone=evil[2]),
        blockers=shown.blockers.assign(category=evil[5], note=evil[0], owner=evil[8]),
        lights=shown.lights.assign(rule=evil[8], rule_en=evil[8]),
        plan=dataclasses.replace(shown.plan, villages=shown.plan.villages.assign(name=names), revision="<b>R1</b>"),
        settings=dataclasses.replace(shown.settings, campaign=dataclasses.replace(shown.settings.campaign, name=evil[0])),
    )  # fmt: skip
    for path in write_boards(tmp_path, made, [COUNTY, TOWN]):
        page = Page(driver, path)
        whole = str(page.run("return document.body.textContent"))
        assert all(
            text in whole for text in ("<script>alert(1)</script>", "${7*7}", "`${alert(1)}`", "onerror=alert(1)>")
        )
        assert not set(whole) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200f")
        assert "49" not in page.text("h1") and page.run("return window.alerted") is None
        assert (
            page.run("return document.querySelectorAll('script, img, iframe, object, embed, base, form, h1 b').length")
            == 0
        )
        assert page.run("return document.documentElement.scrollWidth") <= 1366
        assert [u for u in page.requests() if not u.startswith("file:")] == [] and page.console() == []


def grey(page: Page, selector: str) -> list[np.ndarray]:
    """Return pictures of elements as a grey printer shows them."""
    page.driver.execute_cdp_cmd("Emulation.setEmulatedVisionDeficiency", {"type": "achromatopsia"})
    try:
        shots = [e.screenshot_as_png for e in page.driver.find_elements(By.CSS_SELECTOR, selector)]
    finally:
        page.driver.execute_cdp_cmd("Emulation.setEmulatedVisionDeficiency", {"type": "none"})
    return [np.asarray(Image.open(io.BytesIO(shot)).convert("L")).astype(int) for shot in shots]


def test_it_is_told_apart_in_grey(driver, county):
    page = Page(driver, board(county, COUNTY))
    shades = [shot[shot.shape[0] // 2, shot.shape[1] // 2] for shot in grey(page, ".where .key svg")]
    assert len(shades) == 6 and all(a - b >= 12 for a, b in itertools.pairwise(shades)), shades
    closed, lit, _, *lights = grey(page, ".ranks .key svg")
    assert lit[6, 6] - closed[6, 6] > 40
    marks = [shot < 250 for shot in lights]
    assert len(marks) == 4
    for one, two in itertools.combinations(marks[:3], 2):
        assert (one != two).mean() > 0.1, "lights differ in shape"
    assert lights[3][6, 6] > 240 > lights[0][6, 6], "what is not judged is hollow"
    pens = page.run(
        "return [...document.querySelectorAll('.curve svg path')].map(e => [e.getAttribute('stroke-width'), e.getAttribute('stroke-dasharray')].join())"
    )
    assert len(set(pens)) == len(pens) >= 5, "every line has a pen of its own"
    assert re.match(r"逾期 \d+ 天", page.text(".overdue .due"))


def test_a_township_shows_its_villages_by_stage_with_the_late_ones_ringed(driver, county, shown):
    page = Page(driver, board(county, TOWN))
    part = shown.status.villages[shown.status.villages["township"] == TOWN]
    counts = page.run(
        "return [...document.querySelectorAll('.where .key li')].map(e => e.querySelector('b').textContent)"
    )
    wanted = [(part["stage"] == stage).sum() for stage in style.VILLAGE]
    assert [int(n) for n in counts] == [*wanted, part["late"].sum()]
    assert page.run("return document.querySelectorAll('.map circle[r=\"8.6\"]').length") == part["late"].sum()
    late = [row[0] for row in part[part["late"]][["name"]].to_numpy()]
    told = {row[1]: row[4] for row in listed(page).values()}
    assert {name for name, words in told.items() if words} == set(late)
