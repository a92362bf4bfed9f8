"""Both maps in a real browser with the network blocked: quiet, drawn, right, reachable, inert."""

from __future__ import annotations

import base64
import dataclasses
import re
from decimal import Decimal

import numpy as np
import pytest
import shapely
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from browser.conftest import HOSTILE, PANELS, Page, options, resize
from cuntong_gis import maps
from cuntong_gis.maps import shown_plan
from cuntong_gis.model import Stage

MAPS = {"distribution": maps.distribution_map, "route": maps.route_map}


@pytest.fixture(params=list(MAPS))
def page(request, driver, plan, tmp_path):
    path = tmp_path / f"{request.param}.html"
    MAPS[request.param](shown_plan(plan, options())).save(path)
    return Page(driver, path)


@pytest.fixture
def route_page(driver, plan, tmp_path):
    maps.route_map(shown_plan(plan, options())).save(tmp_path / "route.html")
    return Page(driver, tmp_path / "route.html")


def test_nothing_is_asked_of_the_network_and_nothing_is_logged(page):
    page.run("cuntongPage.goTo(3)")
    page.wait_drawn()
    assert len(page.requests()) == 1, "only the file itself"
    assert page.console() == []
    assert page.painted() > 5000


def test_a_click_on_a_village_opens_its_popup(page, plan):
    order = np.random.default_rng(1).permutation(99)[:20]
    for i in order:
        page.run("cuntongPage.map.closePopup(); cuntongPage.map.setZoom(14, {animate: false})")
        page.run(
            "const p = cuntongPage, q = p.screen(arguments[0]);"
            "p.map.panBy([q.x - p.map.getSize().x / 2, q.y - p.map.getSize().y / 2 - 60], {animate: false})",
            int(i),
        )
        page.wait_drawn()
        at = page.run("return cuntongPage.screen(arguments[0])", int(i))
        page.click(at["x"], at["y"])
        village = plan.villages.iloc[int(i)]
        assert page.text(".leaflet-popup h3") == village["name"]
        assert village["code"] in page.text(".leaflet-popup dl")


@pytest.mark.parametrize("wanted", ["code", "name"])
def test_search_finds_by_name_and_by_code_with_the_keyboard_alone(page, plan, wanted):
    village = plan.villages.iloc[42]
    box = page.driver.find_element(By.CSS_SELECTOR, "input[type=search]")
    box.send_keys(village[wanted])
    assert village["name"] in page.text(".results li.on")
    box.send_keys(Keys.ENTER)
    page.wait_drawn()
    assert page.text(".leaflet-popup h3") == village["name"]


def test_namesakes_are_told_apart_by_their_township(page):
    page.driver.find_element(By.CSS_SELECTOR, "input[type=search]").send_keys("红星")
    found = page.run("return [...document.querySelectorAll('.results li span')].map(e => e.textContent)")
    assert sorted(found) == ["测试县 东镇", "测试县 西乡"]


def test_the_figures_are_those_of_the_plan(page, plan):
    shown = page.text(".figures")
    totals = plan.totals
    for text in (f"{totals.villages}", f"{totals.reached}", f"{totals.route_km:,.3f}", f"{totals.gap * 100:.2f} %"):
        assert text in shown


def test_the_legend_counts_and_filters(page, plan):
    rows = page.run(
        "return [...document.querySelectorAll('.legend .row')].map(e => [e.querySelector('.name').textContent,"
        "(e.querySelector('.count') || {}).textContent])"
    )
    counts = dict(map(tuple, rows))
    lit = (plan.villages["stage"] == Stage.LIT).sum()
    assert counts["开通"] == str(lit)
    assert counts["规划不可达"] == "1"
    assert counts["逾期（未开通）"] == str(plan.villages["late"].sum())
    image = "return document.querySelector('.cuntong-canvas').toDataURL()"
    before = page.run(image)
    assert page.text(".total") == "显示 100 / 100"
    page.driver.find_element(By.XPATH, "//label[./span[.='开通']]").click()
    page.wait_drawn()
    assert page.text(".total") == f"显示 {100 - lit} / 100"
    assert page.run(image) != before
    page.run(
        "[...document.querySelectorAll('.row')].find(e => e.textContent.startsWith('开通')).querySelector('input').focus()"
    )
    page.driver.switch_to.active_element.send_keys(Keys.SPACE)
    page.wait_drawn()
    assert page.text(".total") == "显示 100 / 100", "the keyboard alone brings them back"
    page.run("document.activeElement.blur()")
    assert page.run(image) == before
    page.driver.find_element(By.XPATH, "//label[contains(., '规划不可达')]/input").send_keys(Keys.SPACE)
    page.wait_drawn()
    assert page.text(".total") == "显示 1 / 100"


def test_every_layer_can_be_switched_off_and_on(page):
    page.run("cuntongPage.map.setZoom(13, {animate: false})")
    page.run("document.querySelector('.layers').open = true")
    page.wait_drawn()
    for label in ("行政村", "规划光缆段", "现有光缆", "行政区划"):
        box = page.driver.find_element(
            By.XPATH, f"//summary[.='图层']/following-sibling::label[contains(., '{label}')]/input"
        )
        image = "return document.querySelector('.cuntong-canvas').toDataURL()"
        before = page.run(image)
        box.click()
        page.wait_drawn()
        assert page.run(image) != before, label
        box.click()
        page.wait_drawn()
        assert page.run(image) == before, label


def test_a_finding_is_marked_where_it_is_and_tells_its_remedy(driver, plan, tmp_path):
    maps.distribution_map(shown_plan(plan, options())).save(tmp_path / "d.html")
    page = Page(driver, tmp_path / "d.html")
    lost = next(f for f in plan.findings if f.code == "village_unreachable")
    page.run("cuntongPage.map.setView([arguments[0], arguments[1]], 14, {animate: false})", lost.lat, lost.lon)
    page.wait_drawn()
    at = page.run("return cuntongPage.map.latLngToContainerPoint([arguments[0], arguments[1]])", lost.lat, lost.lon)
    page.click(at["x"] + 9, at["y"] - 9)
    assert page.text(".leaflet-popup p") == lost.message.zh
    assert lost.hint.zh in page.text(".leaflet-popup dl")


def test_hostile_names_are_text(page, plan):
    names = plan.villages["name"].tolist()
    for name in HOSTILE:
        page.run("cuntongPage.goTo(arguments[0])", names.index(name))
        assert page.text(".leaflet-popup h3") == name
    assert (
        page.run(
            "return document.querySelectorAll('.leaflet-popup img, .leaflet-popup script, .leaflet-popup b').length"
        )
        == 0
    )
    assert page.console() == []


def test_a_chosen_village_lights_up_its_path(route_page, plan):
    route_page.run("cuntongPage.goTo(20)")
    route_page.wait_drawn()
    orange = (
        "const c = document.querySelector('.cuntong-canvas'), d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;"
        "let n = 0; for (let i = 0; i < d.length; i += 4) if (d[i] === 255 && d[i + 1] === 138 && d[i + 2] === 0) n++; return n;"
    )
    assert route_page.run(orange) > 200
    length = plan.villages["route_m"].iloc[20]
    assert f"{length:,.1f}".rstrip("0").rstrip(".") in route_page.text(".leaflet-popup dl")
    route_page.run("cuntongPage.map.closePopup()")
    route_page.wait_drawn()
    assert route_page.run(orange) == 0


def test_every_vertex_stands_where_it_was_planned(route_page, plan):
    script = (
        "const D = cuntongPage.data, at = part => Array.from(part.wx, (x, i) => {"
        "const p = cuntongPage.map.options.crs.pointToLatLng(L.point(x, part.wy[i]), 0); return [p.lng, p.lat]; });"
        "return ['spans', 'fiber', 'boundaries', 'villages'].map(name => at(D[name]));"
    )
    placed = dict(zip(("spans", "fiber", "boundaries", "villages"), route_page.run(script), strict=True))
    for name, found in placed.items():
        geometry = getattr(plan, name).geometry
        wanted, row = shapely.get_coordinates(geometry[geometry.notna()].values, return_index=True)
        whole = np.column_stack([np.rint(wanted * 1e5), row])
        kept = np.append(True, (whole[1:] != whole[:-1]).any(axis=1))
        assert np.abs(np.array(found) - wanted[kept]).max() <= 0.5001e-5, name


def test_a_click_on_a_span_tells_what_is_behind_it(route_page, plan):
    row = int(plan.spans["length_m"].to_numpy().argmax())
    middle = plan.spans.geometry.iloc[row].interpolate(0.37, normalized=True)
    route_page.run("cuntongPage.map.setView([arguments[0], arguments[1]], 16, {animate: false})", middle.y, middle.x)
    route_page.wait_drawn()
    at = route_page.run(
        "return cuntongPage.map.latLngToContainerPoint([arguments[0], arguments[1]])", middle.y, middle.x
    )
    route_page.click(at["x"], at["y"])
    assert plan.spans["span_id"].iloc[row] in route_page.text(".leaflet-popup h3")
    shown = route_page.text(".leaflet-popup dl")
    assert f"{plan.spans['length_m'].iloc[row]:,.1f}".rstrip("0").rstrip(".") in shown and "架空新立杆" in shown
    assert f"{plan.spans['from_site'].iloc[row]} – {plan.spans['to_site'].iloc[row]}" in shown


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (1920, 1080), (390, 844)])
def test_no_two_panels_overlap(page, width, height):
    resize(page.driver, width, height)
    try:
        page.driver.refresh()
        page.wait_drawn()
        assert page.overlaps(PANELS) == []
    finally:
        resize(page.driver, 1366, 768)


def test_a_map_prints_on_one_sheet_and_comes_back_to_the_screen(page):
    before = page.run("return document.querySelector('.leaflet-container').clientWidth")
    printed = page.driver.execute_cdp_cmd("Page.printToPDF", {"printBackground": True, "preferCSSPageSize": True})
    content = base64.b64decode(printed["data"])
    assert len(re.findall(rb"/Type\s*/Page\b", content)) == 1
    assert page.run("return document.querySelector('.leaflet-container').clientWidth") == before


def test_a_village_out_of_reach_tells_why_and_what_a_bridge_costs(driver, plan, tmp_path):
    villages = plan.villages.copy()
    lost = int(np.flatnonzero(~villages["reached"])[0])
    villages.loc[lost, ["bridge_m", "bridge_cny"]] = [21345.6, Decimal("1195353.60")]
    maps.distribution_map(shown_plan(dataclasses.replace(plan, villages=villages), options())).save(tmp_path / "d.html")
    page = Page(driver, tmp_path / "d.html")
    page.run("cuntongPage.goTo(arguments[0])", lost)
    shown = page.text(".leaflet-popup dl")
    assert villages["reason"].iloc[lost] in shown and "21,345.6 米" in shown and "119.54 万元" in shown
    assert "规划不可达" in page.text(".leaflet-popup")
    page.driver.switch_to.active_element.send_keys(Keys.ESCAPE)
    assert page.text(".leaflet-popup h3") == "", "Escape closes it"


def test_a_village_picked_on_the_route_map_shows_its_whole_path(route_page, plan):
    farthest = int(plan.villages["route_m"].fillna(0).to_numpy().argmax())
    route_page.run("cuntongPage.goTo(arguments[0])", farthest)
    code = plan.villages["code"].iloc[farthest]
    course = plan.routes.geometry[plan.routes["village_code"] == code].iloc[0]
    west, south, east, north = course.bounds
    for lat, lon in ((south, west), (north, east)):
        at = route_page.run("return cuntongPage.map.latLngToContainerPoint([arguments[0], arguments[1]])", lat, lon)
        assert 0 < at["x"] < 1366 and 0 < at["y"] < 768


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (390, 844)])
def test_long_and_hostile_titles_push_nothing_over(driver, plan, tmp_path, width, height):
    blind = dataclasses.replace(plan, totals=dataclasses.replace(plan.totals, surveyed=False))
    maps.route_map(shown_plan(blind, options(name="<b>很长的工程名称</b>" * 4, synthetic=True))).save(
        tmp_path / "r.html"
    )
    resize(driver, width, height)
    try:
        page = Page(driver, tmp_path / "r.html")
        assert page.overlaps(PANELS) == []
    finally:
        resize(driver, 1366, 768)


def test_banners_and_language(driver, plan, tmp_path):
    blind = dataclasses.replace(plan, totals=dataclasses.replace(plan.totals, surveyed=False))
    maps.distribution_map(shown_plan(blind, options(lang="en", synthetic=True))).save(tmp_path / "en.html")
    page = Page(driver, tmp_path / "en.html")
    head = page.text(".head")
    assert "synthetic sample data" in head and "unsurveyed" in head and "as of 2016-09-30" in head
    assert not re.search(r"[\u4e00-\u9fff]", page.text(".legend"))


def test_the_start_page_and_the_findings_page_are_quiet_and_linked(driver, plan, tmp_path):
    made = [tmp_path / "distribution_map.html", tmp_path / "findings.html"]
    maps.distribution_map(shown_plan(plan, options())).save(made[0])
    maps.write_findings(made[1], plan.findings, options())
    maps.write_index(tmp_path / "index.html", plan, options(), made)
    page = Page(driver, tmp_path / "index.html")
    links = page.run("return [...document.querySelectorAll('a')].map(e => e.getAttribute('href'))")
    assert links == ["distribution_map.html", "findings.html"]
    assert f"{plan.totals.route_km:,.3f}" in page.text("main")
    page.driver.get(made[1].as_uri())
    assert HOSTILE[0] not in page.driver.page_source
    assert "村99" in page.text("table") or "不可达" in page.text("table")
    assert page.console() == []


@pytest.mark.parametrize("zoom", [10.5, 12, 13.5])
def test_no_two_names_overlap_and_none_lies_on_a_mark(page, zoom):
    page.run(
        "const put = CanvasRenderingContext2D.prototype.fillText; window.names = [];"
        "CanvasRenderingContext2D.prototype.fillText = function (text, x, y) {"
        "  const w = this.measureText(text).width, h = parseFloat(this.font.match(/([\\d.]+)px/)[1]);"
        "  window.names.push([text, x, y - h / 2, x + w, y + h / 2]); put.apply(this, arguments); };"
    )
    page.run("cuntongPage.map.setZoom(arguments[0], {animate: false})", zoom)
    page.wait_drawn()
    names = page.run("window.names = []; cuntongPage.redraw(); return window.names")
    assert len(names) >= (1 if zoom < 12 else 10)
    for n, (text, left, top, right, bottom) in enumerate(names):
        for other, left2, top2, right2, bottom2 in names[n + 1 :]:
            assert right <= left2 or right2 <= left or bottom <= top2 or bottom2 <= top, (text, other)
    marks = page.run(
        "const p = cuntongPage, c = document.querySelector('.cuntong-canvas').getBoundingClientRect();"
        "const m = p.map.getContainer().getBoundingClientRect();"
        "return Array.from(p.data.villages.x, (x, i) => p.screen(i)).map(q => [q.x + m.left - c.left, q.y + m.top - c.top])"
    )
    for text, left, top, right, bottom in names if zoom > 11 else []:
        assert not any(left < x < right and top < y < bottom for x, y in marks), text
