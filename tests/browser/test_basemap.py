"""Base maps in a real browser: tiles lie where they belong, and a page that loses them is the page without them."""

from __future__ import annotations

import base64
import dataclasses
import io
import re
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pymupdf
import pytest
from bench.browser import Chromium, pixels
from campaigns import lived_shown
from PIL import Image, ImageDraw

from browser.conftest import PANELS, Page, resize
from cuntong_gis import datum, maps
from cuntong_gis.maps.shown import Shown

SKY, MARK = (120, 170, 235), (230, 0, 0)
"""Colours of the made-up tiles, and of what is marked on them."""
HOLD = "document.querySelectorAll('.cuntong-canvas, body > :not(.folium-map)').forEach(e => e.style.visibility = 'hidden');"
PLAIN = "document.querySelector('.leaflet-tile-pane').style.cssText = 'opacity: 1; filter: none';"
LOADED = "[...document.querySelectorAll('.leaflet-tile')].every(e => e.classList.contains('leaflet-tile-loaded'))"
SITE = "https://maps.example.cn/county.html"


def with_ground(shown: Shown, service: str, key: str = "") -> Shown:
    asked = dataclasses.replace(shown.settings.maps, base_map=service, tianditu_key=key)
    return dataclasses.replace(shown, settings=dataclasses.replace(shown.settings, maps=asked))


def world(lonlat: np.ndarray, zoom: float) -> np.ndarray:
    """Return places of Web Mercator in pixels of a zoom."""
    lon, lat = np.atleast_2d(lonlat).T
    y = np.log(np.tan(np.pi / 4 + np.radians(lat) / 2)) / np.pi
    return 256 * 2**zoom * np.column_stack([(lon + 180) / 360, (1 - y) / 2])


class Service:
    """Tiles of a service, painted here: every one of a single colour, with marks at places of its own datum."""

    def __init__(self, pages: dict[str, str] | None = None) -> None:
        self.pages, self.marks, self.up = pages or {}, np.empty((0, 2)), True
        self.tiles: list[tuple[int, int, int]] = []

    def __call__(self, url: str) -> tuple[bytes, str] | None:
        if url in self.pages:
            return self.pages[url].encode(), "text/html"
        named = [re.search(rf"\b(?:{name})=(\d+)", url) for name in ("z|TILEMATRIX", "x|TILECOL", "y|TILEROW")]
        path = re.search(r"openstreetmap\.org/(\d+)/(\d+)/(\d+)\.png$", url)
        told = path.groups() if path else [n.group(1) for n in named if n]
        if len(told) != 3 or not self.up:
            return None
        z, x, y = map(int, told)
        self.tiles.append((z, x, y))
        picture = Image.new("RGB", (256, 256), SKY)
        for px, py in world(self.marks, z) - np.array([256 * x, 256 * y]):
            ImageDraw.Draw(picture).rectangle((px - 5, py - 5, px + 4, py + 4), MARK)
        out = io.BytesIO()
        picture.save(out, "PNG")
        return out.getvalue(), "image/png"


@pytest.fixture(scope="module")
def shown() -> Shown:
    return lived_shown()


@pytest.fixture(scope="module")
def folder(shown, tmp_path_factory) -> Path:
    made = tmp_path_factory.mktemp("ground")
    maps.distribution_map(shown).save(made / "plain.html")
    for name in ("gaode", "osm", "tianditu"):
        maps.distribution_map(with_ground(shown, name, "0123456789abcdef")).save(made / f"{name}.html")
    maps.route_map(with_ground(shown, "gaode")).save(made / "route.html")
    return made


@pytest.fixture(scope="module")
def service(folder) -> Service:
    return Service({SITE: (folder / "osm.html").read_text("utf-8")})


@pytest.fixture(scope="module")
def browser(service) -> Iterator[Chromium]:
    with Chromium(service) as made:
        yield made


def opened(browser: Chromium, url: str, *, tiles: bool = True) -> Chromium:
    browser.asked.clear(), browser.refused.clear(), browser.console.clear()
    browser.answer.tiles.clear()
    browser.call("Page.navigate", url=url)
    until(browser, "!document.getElementById('cuntong-loading') && !!window.cuntongPage")
    if tiles:
        until(browser, f"document.querySelectorAll('.leaflet-tile').length > 3 && {LOADED}")
    browser.settle()
    return browser


def until(browser: Chromium, condition: str) -> None:
    for _ in range(400):
        if browser.run(condition):
            return
        browser.pump(0.05)
    raise AssertionError(f"never: {condition}")


def at(browser: Chromium, lonlat: np.ndarray, zoom: float) -> None:
    """Bring a place to the middle of the window."""
    lon, lat = lonlat
    browser.run(f"void cuntongPage.map.setView([{lat}, {lon}], {zoom}, {{animate: false}})")
    until(browser, LOADED)
    browser.settle()


def marks_seen(browser: Chromium) -> np.ndarray:
    """Return where the one mark is on the screen."""
    browser.run(HOLD + PLAIN)
    browser.settle()
    picture = browser.picture().astype(int)
    rows, columns = np.nonzero(np.abs(picture - MARK).max(axis=2) < 40)
    assert len(rows), "no mark is seen"
    return np.array([columns.mean(), rows.mean()]) + 0.5


def on_screen(browser: Chromium, lonlat: np.ndarray) -> np.ndarray:
    lon, lat = lonlat
    told = browser.run(f"(p => [p.x, p.y])(cuntongPage.map.latLngToContainerPoint([{lat}, {lon}]))")
    return np.array(told)


@pytest.fixture(scope="module")
def village(shown) -> np.ndarray:
    place = shown.plan.villages.geometry.iloc[40]
    return np.array([place.x, place.y])


@pytest.mark.parametrize("zoom", [16, 12.25, 13.5])
def test_gaodes_tiles_are_shifted_so_that_a_village_lies_on_itself(browser, service, folder, village, zoom):
    moved = datum.from_wgs84(village[None], "gcj02")
    service.marks = moved
    opened(browser, (folder / "gaode.html").as_uri())
    at(browser, village, zoom)
    assert np.abs(marks_seen(browser) - on_screen(browser, village)).max() < 2
    # And by as much as that datum is shifted, to the right side: unshifted, the mark would be south-east of it.
    apart = (world(moved, zoom) - world(village, zoom))[0]
    assert apart[0] > 0 and np.hypot(*apart) * 156543.03 * np.cos(np.radians(village[1])) / 2**zoom > 300
    at(browser, moved[0], zoom)
    assert np.abs(marks_seen(browser) - (on_screen(browser, moved[0]) - apart)).max() < 2


def test_the_shift_follows_the_map_to_other_places(browser, service, folder):
    opened(browser, (folder / "gaode.html").as_uri())
    step, steps = 1200, 8
    for place in np.array([[104.2, 26.1], [106.7, 26.6], [108.8, 28.3]]):
        there = place + np.array([step * steps * 360 / (256 * 2**14), 0.0])
        service.marks = datum.from_wgs84(np.array([place, there]), "gcj02")
        at(browser, place, 14)
        assert np.abs(marks_seen(browser) - on_screen(browser, place)).max() < 2
        for _ in range(steps):  # dragged there: the map is not laid out anew
            browser.run(f"void cuntongPage.map.panBy([{step}, 0], {{animate: false}})")
            browser.settle()
        until(browser, LOADED)
        assert np.abs(marks_seen(browser) - on_screen(browser, there)).max() < 2


@pytest.mark.parametrize("name", ["osm", "tianditu"])
def test_other_tiles_lie_where_they_are(browser, service, folder, village, name):
    service.marks = village[None]
    opened(browser, SITE if name == "osm" else (folder / "tianditu.html").as_uri())
    at(browser, village, 15)
    assert np.abs(marks_seen(browser) - on_screen(browser, village)).max() < 2
    hosts = {re.match(r"https://([^/]+)/", url).group(1) for url in browser.asked if url != SITE}
    wanted = {"tile.openstreetmap.org"} if name == "osm" else {f"t{n}.tianditu.gov.cn" for n in range(8)}
    assert hosts <= wanted and hosts
    if name == "tianditu":
        assert all("tk=0123456789abcdef" in url for url in browser.asked)
        assert {re.search(r"LAYER=(\w+)", url).group(1) for url in browser.asked} == {"vec", "cva"}


def test_the_shift_is_that_of_the_datum_everywhere(driver, folder):
    page = Page(driver, folder / "gaode.html")
    rng = np.random.default_rng(3)
    china = rng.uniform([73, 3], [135, 53], (300, 2))
    abroad = np.array([[1.52, 42.5], [-70.0, -33.0], [150.0, 20.0]])
    for places in (china, abroad):
        told = page.run(
            "return arguments[0].map(p => { const q = cuntongParts.gcj02(L.latLng(p[1], p[0])); return [q.lng, q.lat]; })",
            places.tolist(),
        )
        assert np.abs(np.array(told) - datum.from_wgs84(places, "gcj02")).max() < 1e-9


def colour_of_the_land(browser: Chromium) -> np.ndarray:
    """Return the colour of the most of the map: the land of the unit, between what is drawn on it."""
    picture = browser.picture()[200:560, 480:950].reshape(-1, 3)
    kinds, counts = np.unique(picture, axis=0, return_counts=True)
    return kinds[counts.argmax()]


def test_tiles_are_seen_through_the_land_and_can_be_switched_off(browser, folder):
    opened(browser, (folder / "plain.html").as_uri(), tiles=False)
    assert colour_of_the_land(browser).tolist() == [255, 255, 255]
    assert browser.asked == [] and not browser.run("!!document.querySelector('.ground')")
    opened(browser, (folder / "gaode.html").as_uri())
    land = colour_of_the_land(browser).astype(int)
    assert land[2] - land[0] > 40, "blue as the tiles are"
    assert "高德" in browser.run("document.querySelector('.ground').textContent")
    browser.run("document.querySelector('.ground input').click()")
    browser.settle()
    assert colour_of_the_land(browser).tolist() == [255, 255, 255]
    assert browser.run("document.querySelectorAll('.leaflet-tile').length") == 0
    asked = len(browser.asked)
    browser.run("void cuntongPage.map.panBy([300, 200], {animate: false})")
    browser.pump(0.3)
    assert len(browser.asked) == asked, "nothing is asked for while it is off"
    browser.run("document.querySelector('.ground input').click()")
    until(browser, f"document.querySelectorAll('.leaflet-tile').length > 3 && {LOADED}")
    browser.run("cuntongPage.speak('en')")
    told = browser.run("document.querySelector('.ground').textContent")
    assert "base map" in told and "Gaode © AutoNavi" in told
    assert browser.run("document.querySelectorAll('.ground').length") == 1 and browser.console == []


def test_units_let_the_tiles_through(browser, folder):
    colours = {}
    for name in ("plain", "gaode"):
        opened(browser, (folder / f"{name}.html").as_uri(), tiles=name == "gaode")
        browser.run("document.querySelector('.choice input[value=units]').click()")
        browser.settle()
        colours[name] = colour_of_the_land(browser).astype(int)
    mixed = colours["gaode"] - colours["plain"]
    assert mixed @ (SKY - colours["plain"]) > 0 and np.abs(mixed).max() > 10, "a little of the sky"
    assert np.abs(colours["gaode"] - SKY).max() > 40, "and keep their own colour"


def test_a_page_that_loses_its_tiles_goes_on_as_the_page_without_them(browser, service, folder):
    opened(browser, (folder / "gaode.html").as_uri())
    service.up = False
    try:
        for _ in range(3):
            browser.run("void cuntongPage.map.panBy([900, 0], {animate: false})")
            browser.pump(0.5)
        until(browser, "document.querySelector('.ground').textContent.includes('底图不可用')")
        browser.pump(0.5)
        browser.console.clear(), browser.refused.clear()
        browser.run("cuntongPage.fit(false)")
        browser.pump(0.5)
        assert browser.refused == [] and browser.console == [], "it does not go on asking"
        assert colour_of_the_land(browser).tolist() == [255, 255, 255]
    finally:
        service.up = True
    browser.run("window.dispatchEvent(new Event('online'))")
    until(browser, f"document.querySelectorAll('.leaflet-tile').length > 3 && {LOADED}")
    assert "不可用" not in browser.run("document.querySelector('.ground').textContent")


def test_nothing_but_tiles_can_be_fetched(browser, folder):
    opened(browser, (folder / "gaode.html").as_uri())
    browser.run(
        "new Image().src = 'https://evil.example.org/a.png'; fetch('https://webrd01.is.autonavi.com/x').catch(() => {});"
        "const s = document.createElement('script'); s.src = 'https://webrd01.is.autonavi.com/x.js'; document.head.append(s);"
        "new Image().src = 'https://webrd09.is.autonavi.com/a.png'; new Image().src = 'https://webrd02.is.autonavi.com/a.png'; 0"
    )
    browser.pump(0.5)
    assert browser.refused == ["https://webrd02.is.autonavi.com/a.png"], "only this one left the page"


@pytest.mark.parametrize("name", ["gaode", "route"])
def test_without_a_network_everything_but_the_tiles_works(driver, folder, name):
    plain = Page(driver, folder / "plain.html")
    painted = plain.painted()
    page = Page(driver, folder / f"{name}.html")
    for _ in range(100):
        if page.text(".ground p"):
            break
        time.sleep(0.05)
    assert page.text(".ground p") == "底图不可用"
    told = page.console()
    assert len(told) <= 1 and all("ERR_NAME_NOT_RESOLVED" in line for line in told), "the browser's own line, once"
    assert len([url for url in page.requests() if not url.startswith("file:")]) == 1
    if name == "gaode":
        assert page.painted() == painted
    x, y = page.run("cuntongPage.goTo(7); return [cuntongPage.screen(7).x, cuntongPage.screen(7).y]")
    assert page.text(".card h3") == page.run("return cuntongPage.data.villages.name[7]")
    page.run("cuntongPage.close()")
    page.click(x, y)
    assert page.text(".card h3") == page.run("return cuntongPage.data.villages.name[7]")
    assert page.console() == []


def test_a_browser_that_knows_it_is_offline_asks_for_nothing(driver, folder):
    page = Page(driver, folder / "plain.html")
    still = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    driver.execute_cdp_cmd("Network.enable", {})
    driver.execute_cdp_cmd("Network.emulateNetworkConditions", {"offline": True, **still})
    try:
        page = Page(driver, folder / "gaode.html")
        assert page.text(".ground p") == "底图不可用" and page.painted() > 1000
        assert page.console() == [] and [u for u in page.requests() if not u.startswith("file:")] == []
    finally:
        driver.execute_cdp_cmd("Network.emulateNetworkConditions", {"offline": False, **still})


def test_openstreetmap_is_not_asked_by_a_page_opened_from_a_file(driver, folder):
    """Its servers answer pages without a web address with a picture that says so, which would lie under the map."""
    page = Page(driver, folder / "osm.html")
    assert page.text(".ground p") == "底图须经网址打开本页"
    assert page.console() == [] and [u for u in page.requests() if not u.startswith("file:")] == []


def test_paper_and_slides_show_no_tiles(browser, folder):
    drawn = {}
    for name in ("plain", "gaode"):
        opened(browser, (folder / f"{name}.html").as_uri(), tiles=name == "gaode")
        browser.run(
            "URL.createObjectURL = b => { b.text().then(t => { window.drawn = t; }); return 'data:,'; };"
            "cuntongParts.svg(cuntongPage)"
        )
        until(browser, "!!window.drawn")
        pdf = browser.call("Page.printToPDF", printBackground=True, preferCSSPageSize=True)["data"]
        with pymupdf.open(stream=base64.b64decode(pdf)) as document:
            sheet = document[0].get_pixmap(dpi=50)
            texts = document[0].get_text()
        drawn[name] = (browser.run("window.drawn"), (sheet.width, sheet.height, sheet.samples), "高德" in texts)
    assert drawn["plain"] == drawn["gaode"]
    assert colour_of_the_land(browser).tolist() != [255, 255, 255], "and afterwards they are there again"


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(("width", "height"), [(390, 844), (820, 1180), (1024, 700), (1366, 768)])
def test_the_switch_has_a_place_of_its_own(driver, folder, width, height, lang):
    resize(driver, width, height)
    try:
        for name in ("gaode", "osm"):
            page = Page(driver, folder / f"{name}.html")
            page.run("cuntongPage.speak(arguments[0])", lang)
            assert page.text(".ground") and page.overlaps([*PANELS, ".ground"]) == []
    finally:
        page.run("cuntongPage.speak('zh')")
        resize(driver, 1366, 768)


def test_the_picture_of_a_screen_with_tiles_is_no_blank(browser, folder):
    opened(browser, (folder / "route.html").as_uri())
    shot = pixels(browser.call("Page.captureScreenshot", format="png")["data"])
    assert len(np.unique(shot.reshape(-1, 3), axis=0)) > 200
