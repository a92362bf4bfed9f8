"""Chromium with the network blocked, and plans to draw."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from conftest import line, point, world
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

from cuntong_gis import schema, settings
from cuntong_gis.model import Plan, Stage
from cuntong_gis.network import build_network
from cuntong_gis.plan import plan_routes

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--hide-scrollbars", "--host-resolver-rules=MAP * ~NOTFOUND",
)  # fmt: skip

HOSTILE = [
    "<script>alert(1)</script>", "${7*7}", "`${alert(1)}`", "村\u202e名", "{{ 7*7 }}", "</script><b>粗</b>", "=cmd|' /C calc'!A0",
    "很长很长的村名" * 12, "'\"><img src=x onerror=alert(1)>", "红星村", "红星村",
]  # fmt: skip


PANELS = (
    ".head", ".search input", ".figures", ".legend", ".timeline", ".bar", ".dock", ".foot", ".leaflet-control-scale",
)  # fmt: skip


class Page:
    """One page in the browser: what it logged, what it asked of the network, what its canvas shows."""

    def __init__(self, driver: webdriver.Chrome, path: Path) -> None:
        self.driver = driver
        driver.get_log("browser"), driver.get_log("performance")
        driver.get(path.as_uri())
        self.wait_drawn()

    def run(self, script: str, *arguments: object) -> object:
        return self.driver.execute_script(script, *arguments)

    def wait_drawn(self) -> None:
        script = (
            "const done = arguments[0], wait = () => { document.getElementById('cuntong-loading') ? setTimeout(wait, 10)"
            " : requestAnimationFrame(() => requestAnimationFrame(done)); }; wait();"
        )
        self.driver.execute_async_script(script)

    def console(self) -> list[str]:
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def requests(self) -> list[str]:
        events = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        urls = [e["params"]["request"]["url"] for e in events if e["method"] == "Network.requestWillBeSent"]
        return [url for url in urls if not url.startswith("data:")]

    def painted(self) -> int:
        """Return how many pixels of the canvas are not blank."""
        return int(
            self.run(
                "const c = document.querySelector('.cuntong-canvas'), d = c.getContext('2d')"
                ".getImageData(0, 0, c.width, c.height).data; let n = 0;"
                "for (let i = 3; i < d.length; i += 4) if (d[i]) n++; return n;"
            )
        )

    def click(self, x: float, y: float) -> None:
        for kind in ("mousePressed", "mouseReleased"):
            event = {"type": kind, "x": x, "y": y, "button": "left", "clickCount": 1}
            self.driver.execute_cdp_cmd("Input.dispatchMouseEvent", event)
        self.wait_drawn()

    def overlaps(self, selectors: Sequence[str]) -> list[str]:
        """Return which of the visible elements lie over one another or reach out of the window."""
        boxes = self.run(
            "return arguments[0].map(s => { const e = document.querySelector(s), r = e && e.getBoundingClientRect();"
            "return e && r.width && [s, r.left, r.top, r.right, r.bottom]; }).filter(Boolean)",
            list(selectors),
        )
        width, height = self.run("return [innerWidth, innerHeight]")
        found = [b[0] for b in boxes if b[1] < 0 or b[2] < 0 or b[3] > width or b[4] > height]
        for n, (name, left, top, right, bottom) in enumerate(boxes):
            for other, left2, top2, right2, bottom2 in boxes[n + 1 :]:
                if not (right <= left2 or right2 <= left or bottom <= top2 or bottom2 <= top):
                    found.append(f"{name} over {other}")
        return found

    def text(self, selector: str) -> str:
        return str(self.run("const e = document.querySelector(arguments[0]); return e ? e.textContent : ''", selector))


def chrome() -> webdriver.Chrome:
    """Return a headless Chromium for which no name resolves."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    chromedriver = shutil.which("chromedriver")
    if not chromium or not chromedriver:
        pytest.fail("Chromium is missing: sudo apt-get install -y chromium chromium-driver")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for flag in FLAGS:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    browser = webdriver.Chrome(options=options, service=Service(chromedriver))
    resize(browser, 1366, 768)
    still = [{"name": "prefers-reduced-motion", "value": "reduce"}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": still})
    return browser


@pytest.fixture(scope="session")
def driver():
    browser = chrome()
    yield browser
    browser.quit()


def resize(driver: webdriver.Chrome, width: int, height: int) -> None:
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)


def options(**campaign: object) -> settings.Settings:
    plain = settings.Settings()
    chosen = {"name": "测试县村村通工程", "as_of": dt.date(2016, 9, 30), "deadline": dt.date(2016, 8, 31)} | campaign
    return dataclasses.replace(plain, campaign=dataclasses.replace(plain.campaign, **chosen))


@pytest.fixture(scope="session")
def plan() -> Plan:
    """Return a plan of 100 villages on a bent grid, hostile names among them, one of them out of reach."""
    rng = np.random.default_rng(5)
    ticks = range(0, 20001, 2000)
    roads = [line(*[(x + 300 * np.sin(y / 1500), y) for y in range(0, 20001, 500)]) for x in ticks]
    roads += [line(*[(x, y + 300 * np.sin(x / 1300)) for x in range(0, 20001, 500)]) for y in ticks]
    villages = [*[tuple(v) for v in rng.uniform(500, 19500, (99, 2))], (10000.0, 40000.0)]
    names = [HOSTILE[n] if n < len(HOSTILE) else f"第{n}村" for n in range(100)]
    stages = [str(list(Stage)[n % 7]) for n in range(100)]
    layers = world(
        roads, villages, [(0, 0), (20000, 20000)], [line((-500, -500), (5000, 5200), (20000, 20000))],
        village={
            "name": names, "township": ["东镇", "西乡"] * 50, "county": ["测试县"] * 100, "stage": stages,
            "stage_date": [dt.date(2016, 6, 1)] * 100, "households": list(range(100, 200)),
        },
        cable={"kind": ["trunk"]},
    )  # fmt: skip
    outline = [point(0, 0).buffer(0.25)]
    boundaries = schema.conform(
        {"code": ["529901"], "name": ["测试县"], "level": ["county"], "geometry": outline}, "boundaries"
    )
    return plan_routes(build_network(dataclasses.replace(layers, boundaries=boundaries), options()), options())
