"""What a page costs in Chromium: processor time until idle, time until drawn, panning, zooming, clicks."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bench.browser import HEIGHT, WIDTH, Answer, Chromium, pixels
from cuntong_gis.model import Plan

QUIET_S = 0.25
"""The processors are looked at this often; a page is idle after four looks at which the browser used next to nothing."""
QUIET_LOOKS = 4
NOTHING_S = 0.025
LIMIT_S = 180.0
CENTRE = (slice(int(0.2 * HEIGHT), int(0.8 * HEIGHT)), slice(int(0.3 * WIDTH), int(0.7 * WIDTH)))
"""The middle of the window, where every map shows map and nothing else."""
TOLERANCE = 48
"""Two colours are one when no channel differs by more: frames come as JPEG."""
SHIFT = (-210, 18)
"""Pixels to the right and down between the beginning and the end of the drag."""
DRAWN = 0.9
"""Part of the finished drawing that must stand for a map to be drawn."""
ZOOM = 14
"""Zoom at which villages are clicked."""
NEAR_PX = 1.0
"""Villages this much farther from the click than the nearest may answer too."""

STAMPS = """(() => {
  const seen = {stamps: [], down: 0, moved: 0};
  const tick = () => { seen.stamps.push(performance.now()); seen.next = requestAnimationFrame(tick); };
  addEventListener('mousedown', e => { seen.down = e.timeStamp; }, {capture: true, once: true});
  addEventListener('mousemove', e => { seen.moved = e.timeStamp; }, {capture: true});
  window.benchSeen = seen; tick();
})()"""
STOP = "(() => { cancelAnimationFrame(benchSeen.next); benchSeen.stamps.push(performance.now()); return benchSeen; })()"


def load(path: Path, answer: Answer, *, clicks: Plan | None = None, picture: Path | None = None) -> dict[str, Any]:
    """Open a page until it is idle, then pan, zoom, and click; return what was seen.

    Parameters
    ----------
    path
        The page.
    answer
        What outside addresses hold.
    clicks
        Plan whose villages are clicked; none are when not given.
    picture
        Where to keep a picture of the idle page.
    """
    with Chromium(answer) as browser:
        cpu, idle = navigate(browser, path)
        seen: dict[str, Any] = {"cpu_s": cpu, "idle": idle}
        seen["task_s"] = round(browser.metric("TaskDuration"), 3)
        shown = browser.picture()
        seen["inked"] = round(float(_ink(shown).mean()), 4)
        if picture is not None:
            _keep(shown, picture)
        seen |= _pan(browser) | _zoom(browser)
        if clicks is not None:
            try:
                seen |= _click(browser, clicks)
            except RuntimeError as error:
                said = f"; the page said: {browser.console[0]}" if browser.console else ""
                raise RuntimeError(f"{error}{said}".replace("\n", " ")) from error
        return seen | {"asked": browser.asked, "refused": browser.refused, "console": browser.console}


def load_cpu(path: Path) -> float:
    """Return the processor time that a page without outside assets costs until idle."""
    with Chromium() as browser:
        return navigate(browser, path)[0]


def navigate(browser: Chromium, path: Path) -> tuple[float, bool]:
    """Open a page; return the processor time until it rests, and whether it came to rest."""
    _idle(browser)
    begin = browser.cpu_s()
    browser.call("Page.navigate", url=path.resolve().as_uri())
    cpu, idle = _idle(browser, loaded=True)
    return round(cpu - begin, 3), idle


def visible(path: Path, answer: Answer) -> float | None:
    """Return the seconds from asking for a page to the frame that shows the map, or None when nothing was drawn.

    Frames are those that the browser itself presents; nothing is asked of the page.
    """
    with Chromium(answer) as browser:
        _idle(browser)
        small = {"format": "jpeg", "quality": 80, "maxWidth": WIDTH, "maxHeight": HEIGHT}
        browser.call("Page.startScreencast", **small)
        browser.pump(0.5)
        browser.frames.clear()
        begin = time.time()
        browser.call("Page.navigate", url=path.resolve().as_uri())
        _idle(browser, loaded=True)
        browser.call("Page.stopScreencast")
        return first_drawn([(at - begin, pixels(data)) for at, data in browser.frames])


def first_drawn(frames: Sequence[tuple[float, np.ndarray]]) -> float | None:
    """Return the time of the first frame in which the finished drawing stands, or None when there is no drawing."""
    if not frames:
        return None
    last = frames[-1][1]
    ink = _ink(last)
    if ink.mean() < 0.005:
        return None
    for at, frame in frames:
        if frame.shape == last.shape and _same(frame[CENTRE], last[CENTRE])[ink].mean() >= DRAWN:
            return round(at, 3)
    return None


def _ink(picture: np.ndarray) -> np.ndarray:
    """Tell which pixels in the middle are not of the colour that most of the middle has."""
    middle = picture[CENTRE]
    colours, count = np.unique(middle.reshape(-1, 3), axis=0, return_counts=True)
    return np.asarray(~_same(middle, colours[count.argmax()]))


def _same(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return np.asarray((np.abs(one.astype(int) - other.astype(int)) <= TOLERANCE).all(axis=-1))


def _keep(shown: np.ndarray, picture: Path) -> None:
    from PIL import Image

    picture.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(shown).save(picture)


def _idle(browser: Chromium, *, loaded: bool = False) -> tuple[float, bool]:
    """Wait until the browser rests; return its processor time then, and whether it came to rest at all."""
    begin, quiet, last = time.monotonic(), 0, browser.cpu_s()
    rested = last
    while time.monotonic() < begin + LIMIT_S:
        browser.pump(QUIET_S)
        now = browser.cpu_s()
        if now - last > NOTHING_S or (loaded and not browser.loaded):
            quiet, rested = 0, now
        else:
            quiet += 1
        last = now
        if quiet >= QUIET_LOOKS:
            return rested, True
    return last, False


def _pan(browser: Chromium, seconds: float = 2.0) -> dict[str, Any]:
    """Drag the map about; return the frames a second and the longest wait for one, and whether the map followed."""
    before = browser.picture()
    browser.run(STAMPS)
    x, y = WIDTH * 0.45, HEIGHT * 0.5
    browser.mouse("mouseMoved", x, y)
    browser.mouse("mousePressed", x, y, button="left", buttons=1, clickCount=1)
    begin = time.monotonic()
    while (t := (time.monotonic() - begin) / seconds) < 1:
        browser.mouse("mouseMoved", x + 220 * np.sin(5 * t), y + 130 * np.sin(3 * t), button="left", buttons=1)
        browser.pump(1 / 60)
    browser.mouse("mouseMoved", x + SHIFT[0], y + SHIFT[1], button="left", buttons=1)
    browser.pump(0.4)  # so long that the map does not glide on
    browser.mouse("mouseReleased", x + SHIFT[0], y + SHIFT[1], button="left", buttons=0, clickCount=1)
    browser.pump(0.4)
    seen = browser.run(STOP)
    _idle(browser)
    stamps = np.array(seen["stamps"])
    during = stamps[(stamps >= seen["down"]) & (stamps <= seen["moved"])]
    if len(during) < 2:
        return {"pan_fps": 0.0, "pan_worst_s": None, "panned": False}
    return {
        "pan_fps": round(1000 * (len(during) - 1) / (seen["moved"] - seen["down"]), 1),
        "pan_worst_s": round(float(np.diff(during).max()) / 1000, 3),
        "panned": _followed(before, browser.picture()),
    }


def _followed(before: np.ndarray, after: np.ndarray) -> bool:
    """Tell whether what was drawn lies where the mouse dragged it, rather than where it was."""
    rows, columns = CENTRE
    right, down = SHIFT
    there = after[rows.start + down : rows.stop + down, columns.start + right : columns.stop + right]
    ink = _ink(before)
    moved, stayed = (_same(before[CENTRE], now)[ink].mean() for now in (there, after[CENTRE]))
    return bool(moved > stayed + 0.2)  # edges are smoothed anew and names placed anew, so that not all is the same


def _zoom(browser: Chromium) -> dict[str, Any]:
    """Turn the wheel twice in and twice out; return the longest wait for a frame, and whether the map followed."""
    worst, followed = 0.0, True
    for turn in (-1, -1, 1, 1):
        before = browser.picture()
        browser.run(STAMPS)
        browser.mouse("mouseWheel", WIDTH * 0.5, HEIGHT * 0.5, deltaX=0, deltaY=120 * turn)
        browser.pump(1.2)
        stamps = np.array(browser.run(STOP)["stamps"])
        _idle(browser)
        worst = max(worst, float(np.diff(stamps).max()) / 1000 if len(stamps) > 1 else LIMIT_S)
        followed &= bool((~_same(before[CENTRE], browser.picture()[CENTRE])).mean() > 0.005)
    return {"zoom_worst_s": round(worst, 3), "zoomed": followed}


def _click(browser: Chromium, plan: Plan, count: int = 20, seed: int = 1) -> dict[str, Any]:
    """Click at random villages of our map; return how many opened the popup of the village nearest to the click."""
    villages = plan.villages[plan.villages.geometry.notna()].reset_index(drop=True)
    lon, lat = villages.geometry.x.to_numpy(), villages.geometry.y.to_numpy()
    at = _mercator(lon, lat)
    chosen = np.random.default_rng(seed).permutation(len(villages))[:count]
    wrong: list[str] = []
    for n in chosen.tolist():
        browser.run(f"void cuntongPage.map.closePopup().setView([{lat[n]}, {lon[n]}], {ZOOM}, {{animate: false}})")
        browser.settle()
        place = browser.run(
            "(() => { const m = cuntongPage.map, p = m.latLngToContainerPoint"
            f"([{lat[n]}, {lon[n]}]), r = m.getContainer().getBoundingClientRect(); return [p.x + r.x, p.y + r.y]; }})()"
        )
        x, y = place[0] + n % 3 - 1, place[1] + n % 5 - 2
        for kind in ("mousePressed", "mouseReleased"):
            browser.mouse(kind, x, y, button="left", clickCount=1)
        browser.settle()
        told = str(browser.run("[...document.querySelectorAll('.leaflet-popup')].map(e => e.textContent).join(' ')"))
        away = np.hypot(*(at - at[n] - [x - place[0], y - place[1]]).T)
        right = villages[away <= away.min() + NEAR_PX]
        if not any(code in told and name in told for code, name in zip(right["code"], right["name"], strict=True)):
            wrong.append(f"{villages['code'][n]}: {told[:60] or 'no popup'}")
    return {"clicks": len(chosen), "clicks_right": len(chosen) - len(wrong), "clicks_wrong": wrong}


def _mercator(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """Return pixels of the web's projection at the zoom of the clicks."""
    size = 256 * 2**ZOOM
    north = np.log(np.tan(np.pi / 4 + np.radians(lat) / 2))
    return np.column_stack([size * (lon / 360 + 0.5), size * (0.5 - north / (2 * np.pi))])
