"""The pictures of the READMEs, made from the demo county: ``make pictures`` → docs/img."""

from __future__ import annotations

import io
import subprocess
import sys
import tempfile
from pathlib import Path

from browser.conftest import chrome, resize
from PIL import Image
from selenium import webdriver

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "docs" / "img"
VILLAGE = "干塘村"
"""Whose path the route map shows."""
WIDE = 1600
"""Pixels across a sheet in a README."""


def main() -> None:
    """Build the demo, photograph its pages, shrink a sheet."""
    with tempfile.TemporaryDirectory() as folder:
        demo = Path(folder) / "demo"
        cuntong("demo", str(demo))
        cuntong("map", "wall", "--png", "--paper", "A3", "-C", str(demo))
        browser = chrome()
        try:
            resize(browser, 1366, 768)
            photograph(browser, demo / "maps_out" / "distribution_map.html", "distribution_map")
            photograph(browser, demo / "maps_out" / "route_map.html", "route_map", chosen=VILLAGE)
            photograph(browser, demo / "maps_out" / "dashboard.html", "dashboard")
            resize(browser, 390, 844)
            photograph(browser, demo / "maps_out" / "distribution_map.html", "phone")
        finally:
            browser.quit()
        keep(Image.open(next((demo / "maps_out").glob("wall_*.png"))), "wall_map")


def cuntong(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "cuntong_gis", *arguments], check=True, stdout=subprocess.DEVNULL)


def photograph(browser: webdriver.Chrome, page: Path, name: str, *, chosen: str = "") -> None:
    """Open a page, choose a village if one is named, and keep what is seen."""
    browser.get(page.as_uri())
    done = (
        "const done = arguments[0]; setTimeout(() => requestAnimationFrame(() => requestAnimationFrame(done)), 1500);"
    )
    browser.execute_async_script(done)
    if chosen:
        browser.execute_script("const p = cuntongPage; p.goTo(p.data.villages.name.indexOf(arguments[0]))", chosen)
        browser.execute_async_script(done)
    keep(Image.open(io.BytesIO(browser.get_screenshot_as_png())), name)


def keep(picture: Image.Image, name: str) -> None:
    """Write a picture, at most `WIDE` across, in 256 colours: a map has few, and a README is to load quickly."""
    if picture.width > WIDE:
        picture = picture.resize((WIDE, round(picture.height * WIDE / picture.width)), Image.Resampling.LANCZOS)
    OUT.mkdir(parents=True, exist_ok=True)
    picture.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(OUT / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
