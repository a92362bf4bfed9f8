"""The route map in a real browser: spans by completion, lit paths, the most critical spans, as-built lines."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
import time

import numpy as np
import pandas as pd
import pytest
import shapely
from selenium.webdriver.common.keys import Keys

from browser.conftest import HOSTILE, PANELS, Page, options, resize
from cuntong_gis import maps, schema
from cuntong_gis.maps import Shown, shown_plan
from cuntong_gis.model import Deployment, Plan, Stage

DAYS = (dt.date(2016, 3, 31), dt.date(2016, 6, 30), dt.date(2016, 9, 30))
LIT = Stage.LIT.rank


def under_way(plan: Plan) -> Shown:
    """Return the plan with spans laid in part over three days, all deployments, and lines built near and far."""
    rng = np.random.default_rng(3)
    spans, count = plan.spans, len(plan.spans)
    share = np.sort(np.clip(rng.uniform(-0.6, 3.0, (3, count)), 0, 1), axis=0)
    share[:, ::9] = 0
    finished = " ".join(plan.routes["span_ids"][:4]).split()
    share[2, spans["span_id"].isin(finished).to_numpy()] = 1
    carried = [str(way) for way in Deployment]
    plan = dataclasses.replace(plan, spans=spans.assign(deployment=[carried[n % 6] for n in range(count)]))
    shown = shown_plan(plan, options())
    laid = (share * spans["length_m"].to_numpy()).astype(np.float32)
    stage = np.sort(rng.integers(0, 7, (3, len(plan.villages))).astype(np.uint8), axis=0)
    done = share[-1] == 1
    counted = shown.status.spans.assign(
        laid_m=laid[-1], counted_m=laid[-1], spliced=done & (np.arange(count) % 2 == 0),
        tested=done & (np.arange(count) % 4 == 0),
    )  # fmt: skip
    long = np.flatnonzero(spans["length_m"] > 800)[:3]
    far = shapely.transform(spans.geometry.iloc[long[0]], lambda at: at + np.array([0.003, 0.0]))
    near = shapely.transform(spans.geometry.iloc[long[1]], lambda at: at + np.array([0.0001, 0.0]))
    built = schema.conform(
        {
            "span_id": [spans["span_id"].iloc[long[0]], spans["span_id"].iloc[long[1]], ""],
            "laid_on": [pd.Timestamp("2016-08-01")] * 3, "note": [HOSTILE[0], HOSTILE[1], HOSTILE[2]],
            "geometry": [far, near, shapely.LineString([(105.05, 26.45), (105.06, 26.45)])],
        },
        "as_built",
    )  # fmt: skip
    line = shown.timeline
    timeline = dataclasses.replace(
        line, days=DAYS, laid_m=laid, stage=stage, late=np.repeat(line.late, 3, axis=0),
        figures={name: np.repeat(values, 3, axis=0) for name, values in line.figures.items()},
    )  # fmt: skip
    return dataclasses.replace(
        shown, timeline=timeline, status=dataclasses.replace(shown.status, spans=counted), as_built=built
    )


def behind(plan: Plan) -> list[list[int]]:
    """Return the rows of the villages behind each span, counted the long way: route by route, span by span."""
    row = {code: n for n, code in enumerate(plan.villages["code"])}
    found: dict[str, list[int]] = {span: [] for span in plan.spans["span_id"]}
    for route in plan.routes.itertuples():
        for span in route.span_ids.split():
            found[span].append(row[route.village_code])
    return list(found.values())


def ranking(shown: Shown, day: int) -> list[tuple[str, int, int]]:
    """Return id, villages waiting and metres left of each unfinished span, the most critical first."""
    lengths = shown.status.spans["planned_m"].to_numpy()
    left = lengths - shown.timeline.laid_m[day]
    waiting = [sum(shown.timeline.stage[day, i] < LIT for i in villages) for villages in behind(shown.plan)]
    open_ = [n for n in range(len(left)) if left[n] > 1]
    open_.sort(key=lambda n: (-waiting[n], -round(float(left[n]), 1), n))
    return [(shown.plan.spans["span_id"].iloc[n], int(waiting[n]), round(float(left[n]))) for n in open_]


@pytest.fixture(scope="module")
def shown(plan) -> Shown:
    return under_way(plan)


@pytest.fixture
def page(driver, shown, tmp_path):
    maps.route_map(shown).save(tmp_path / "route.html")
    return Page(driver, tmp_path / "route.html")


def lines(page: Page, what: str) -> list[str]:
    return page.run("return [...document.querySelectorAll('.route .line')].map(e => e.dataset[arguments[0]])", what)


def set_day(page: Page, day: int) -> None:
    page.run("cuntongPage.state.day = arguments[0]; cuntongPage.map.fire('zoomend'); cuntongPage.route.figures()", day)
    page.wait_drawn()
    page.driver.execute_async_script("setTimeout(arguments[0], 30)")


@pytest.mark.parametrize("day", [0, 1, 2])
def test_the_ranking_is_a_recount_of_the_plan(page, shown, day):
    set_day(page, day)
    told = page.run(
        "const f = cuntongPage.route.figures();"
        "return cuntongPage.route.ranked().map(row => [row, f.waiting[row], Math.round(f.left[row])])"
    )
    ids = shown.plan.spans["span_id"]
    wanted = ranking(shown, day)
    assert len(wanted) > 20
    assert [(ids.iloc[row], waiting) for row, waiting, _ in told] == [(span, waiting) for span, waiting, _ in wanted]
    assert all(abs(left - metres) <= 1 for (_, _, left), (_, _, metres) in zip(told, wanted, strict=True))
    assert lines(page, "span") == [span for span, _, _ in wanted][:100]
    counts = page.run("return [...document.querySelectorAll('.route .line .count')].map(e => e.textContent)")
    assert counts == [str(waiting) for _, waiting, _ in wanted][:100]


def test_villages_and_households_behind_each_span_are_a_recount(page, shown):
    told = page.run("const f = cuntongPage.route.figures(); return [[...f.villages], [...f.households]]")
    households = shown.plan.villages["households"].to_numpy(float)
    assert told[0] == [len(rows) for rows in behind(shown.plan)] == shown.plan.spans["villages"].tolist()
    assert told[1] == [households[rows].sum() for rows in behind(shown.plan)]


IN_SIGHT = """
const p = cuntongPage, P = p.data.spans, hidden = [];
const boxes = ['.leaflet-popup', ...arguments[1]].map(s => document.querySelector(s).getBoundingClientRect());
const size = p.map.getSize();
p.route.path(arguments[0]).forEach(row => P.linesOf[row].forEach(l => {
  for (let j = P.start[l]; j < P.start[l + 1]; j++) {
    const at = p.map.latLngToContainerPoint(p.map.options.crs.pointToLatLng(L.point(P.wx[j], P.wy[j]), 0));
    const under = boxes.some(r => at.x > r.left && at.x < r.right && at.y > r.top && at.y < r.bottom);
    if (under || at.x < 0 || at.y < 0 || at.x > size.x || at.y > size.y) hidden.push([at.x, at.y]);
  }
}));
return hidden.length;
"""


def stand_still(page: Page, chosen: int) -> None:
    """Wait until the map has gone to a village and moves no more."""
    before = None
    for _ in range(40):
        time.sleep(0.25)
        now = page.run(
            "const m = cuntongPage.map, r = document.querySelector('.leaflet-popup')?.getBoundingClientRect();"
            "return [cuntongPage.state.chosen, m.getZoom(), m.getCenter().toString(), r?.left, r?.top]"
        )
        if now == before and now[0] == chosen and now[3] is not None:
            return
        before = now
    pytest.fail(f"the map never came to rest: {before}")


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (1920, 1080), (390, 844)])
def test_a_village_that_is_looked_up_shows_its_whole_path(driver, shown, tmp_path, width, height):
    maps.route_map(shown).save(tmp_path / "route.html")
    resize(driver, width, height)
    page = Page(driver, tmp_path / "route.html")
    panels = [".figures", ".legend"] if width > 900 else [".timeline", ".dock", ".search"]
    longest = shown.plan.villages["route_m"].fillna(0).to_numpy().argsort()[::-1]
    try:
        for i in longest[:3].tolist():
            page.run("cuntongPage.goTo(arguments[0])", i)
            stand_still(page, i)
            assert page.run(IN_SIGHT, i, panels) == 0
    finally:
        resize(driver, 1366, 768)


def test_a_span_lists_and_rings_the_villages_behind_it(page, shown):
    of = behind(shown.plan)
    row = max(range(len(of)), key=lambda n: len(of[n]) if len(of[n]) < 40 else 0)
    page.run("cuntongPage.goToSpan(arguments[0])", row)
    page.wait_drawn()
    codes = shown.plan.villages["code"]
    assert sorted(lines(page, "village")) == sorted(codes.iloc[of[row]])
    waiting = sum(shown.timeline.stage[-1, i] < LIT for i in of[row])
    households = int(shown.plan.villages["households"].iloc[of[row]].sum())
    sums = f"{len(of[row])} 村，{households:,} 户，{waiting} 村未开通"
    assert page.text(".route .note") == sums and sums in page.text(".leaflet-popup dl")
    assert page.text(".leaflet-popup h3").endswith(shown.plan.spans["span_id"].iloc[row])
    rings = page.run(
        "const c = document.querySelector('.cuntong-canvas'), x = c.getContext('2d'), k = c.width / c.offsetWidth;"
        "const m = cuntongPage.map, o = c.getBoundingClientRect(), mb = m.getContainer().getBoundingClientRect();"
        "return arguments[0].map(i => { const p = cuntongPage.screen(i); let n = 0;"
        "for (let a = 0; a < 360; a += 5) for (let r = 4; r < 16; r += .5) {"
        "const q = x.getImageData(Math.round((p.x + mb.left - o.left + r * Math.cos(a)) * k),"
        "Math.round((p.y + mb.top - o.top + r * Math.sin(a)) * k), 1, 1).data;"
        "if (q[0] > 240 && q[1] > 125 && q[1] < 160 && q[2] < 60) n++; } return n; })",
        of[row],
    )
    assert min(rings) > 10, "each of them wears a ring of the path's colour"
    page.driver.switch_to.active_element.send_keys(Keys.ESCAPE)
    assert page.text(".route h2") == "关键光缆段", "Escape brings the ranking back"


def test_a_path_names_its_spans_in_order_and_what_holds_it_up(page, shown):
    plan, left = shown.plan, shown.status.spans["planned_m"].to_numpy() - shown.timeline.laid_m[-1]
    row = {span: n for n, span in enumerate(plan.spans["span_id"])}
    seen = {True: 0, False: 0}
    courses = dict(zip(plan.routes["village_code"], plan.routes["span_ids"].str.split(), strict=True))
    reached = [i for i, code in enumerate(plan.villages["code"]) if courses.get(code)]
    for i in reached[:40]:
        course = courses[plan.villages["code"].iloc[i]][::-1]
        page.run("cuntongPage.goTo(arguments[0])", i)
        page.wait_drawn()
        assert page.text(".route h2") == f"{plan.villages['name'].iloc[i]} 的路由"
        assert lines(page, "span") == course
        unfinished = [n for n, span in enumerate(course) if left[row[span]] > 1]
        seen[bool(unfinished)] += 1
        held = page.text(".route .held")
        if not unfinished:
            assert held == "全程已敷设"
            continue
        n = unfinished[0]
        before = sum(plan.spans["length_m"].iloc[row[span]] for span in course[:n])
        told = re.fullmatch(r"第 (\d+) 段 (\w+)，距接入点 ([\d,]+) 米，尚欠 ([\d,]+) 米", held).groups()
        assert told[:2] == (str(n + 1), course[n])
        assert abs(int(told[2].replace(",", "")) - before) < 3, "lengths in the page are whole decimetres"
        assert told[3] == f"{left[row[course[n]]]:,.0f}"
        assert page.run("return document.querySelector('.route .stop').dataset.span") == course[n]
        assert held in page.text(".leaflet-popup dl")
    assert min(seen.values()) > 0, "both kinds were seen"


def test_the_ranking_is_walked_with_the_keyboard_alone(page):
    first = lines(page, "span")[0]
    page.run("document.querySelector('.route .line').focus()")
    page.driver.switch_to.active_element.send_keys(Keys.ENTER)
    page.wait_drawn()
    assert page.text(".leaflet-popup h3").endswith(first)
    back = page.driver.switch_to.active_element
    assert back.get_attribute("aria-label") == "返回关键光缆段"
    back.send_keys(Keys.TAB)
    village = page.driver.switch_to.active_element
    name = village.find_element("tag name", "b").text
    village.send_keys(Keys.ENTER)
    page.wait_drawn()
    assert page.text(".leaflet-popup h3") == name or len(name) > 60
    page.driver.switch_to.active_element.send_keys(Keys.ENTER)
    assert page.text(".route h2") == "关键光缆段"


def test_spans_are_coloured_by_completion_and_dashed_by_deployment(page, shown):
    states = page.run("return [...cuntongPage.route.figures().state]")
    share = shown.timeline.laid_m[-1] / shown.status.spans["planned_m"].to_numpy()
    for n, (state, span) in enumerate(zip(states, shown.status.spans.itertuples(), strict=True)):
        whole = span.planned_m - shown.timeline.laid_m[-1][n] <= 1
        wanted = 4 if whole and span.tested else 3 if whole and span.spliced else 2 if whole else int(share[n] > 0)
        assert state == wanted
    assert set(states) == {0, 1, 2, 3, 4}
    set_day(page, 0)
    assert set(page.run("return [...cuntongPage.route.figures().state]")) == {0, 1, 2}, (
        "no splices are known of the past"
    )
    legend = page.text(".legend")
    for label in ("未敷设", "部分敷设", "敷设完并测试", "架空新立杆", "借杆", "直埋", "管道", "既有管道", "墙挂"):
        assert label in legend


@pytest.mark.parametrize("label", ["部分敷设", "直埋", "竣工线"])
def test_a_switch_takes_its_spans_off_the_map(page, label):
    image = "return document.querySelector('.cuntong-canvas').toDataURL()"
    before = page.run(image)
    page.run(
        "[...document.querySelectorAll('.legend label')].find(e => e.textContent.startsWith(arguments[0])).click()",
        label,
    )
    page.wait_drawn()
    assert page.run(image) != before
    page.run(
        "[...document.querySelectorAll('.legend label')].find(e => e.textContent.startsWith(arguments[0])).click()",
        label,
    )
    page.wait_drawn()
    assert page.run(image) == before


def test_a_built_line_is_measured_against_the_plan(page, shown):
    far, near = (int(np.flatnonzero(shown.plan.spans["span_id"] == span)[0]) for span in shown.as_built["span_id"][:2])
    page.run("cuntongPage.goToSpan(arguments[0])", far)
    card = page.text(".leaflet-popup dl")
    assert "竣工长度" in card and "超过 50 米" in card
    page.run("cuntongPage.goToSpan(arguments[0])", near)
    card = page.text(".leaflet-popup dl")
    assert "竣工长度" in card and "超过 50 米" not in card
    page.run("cuntongPage.map.setView([26.45, 105.055], 16, {animate: false})")
    page.wait_drawn()
    at = page.run("return cuntongPage.map.latLngToContainerPoint([26.45, 105.055])")
    page.click(at["x"], at["y"])
    assert page.text(".leaflet-popup h3") == "竣工线"
    assert HOSTILE[2] in page.text(".leaflet-popup dl"), "its note is a text"
    assert page.console() == []


def test_columns_that_a_plan_brings_are_shown_and_others_are_not(driver, shown, tmp_path):
    bare = shown.plan.spans
    told = bare.assign(loss_db=np.linspace(0.1, 9.9, len(bare)), due_date=pd.Timestamp("2016-10-07"))
    for spans, there in ((bare, False), (told, True)):
        maps.route_map(dataclasses.replace(shown, plan=dataclasses.replace(shown.plan, spans=spans))).save(
            tmp_path / "m.html"
        )
        page = Page(driver, tmp_path / "m.html")
        page.run("cuntongPage.goTo(5)")
        panel = page.text(".route")
        assert ("光衰" in panel, "2016-10-07" in panel, "芯数" in panel) == (there, there, False)


def test_hostile_names_and_notes_stay_text(page, shown):
    page.run("cuntongPage.goTo(0)")
    assert page.text(".route h2") == f"{HOSTILE[0]} 的路由"
    assert page.run("return document.querySelectorAll('.route script, .route img').length") == 0
    assert page.console() == [] and len(page.requests()) == 1


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (390, 844)])
def test_the_panel_covers_no_other(driver, shown, tmp_path, width, height):
    maps.route_map(shown).save(tmp_path / "route.html")
    resize(driver, width, height)
    try:
        page = Page(driver, tmp_path / "route.html")
        assert page.overlaps((*PANELS, ".route")) == []
        if width < 700:
            page.run("document.querySelector('[aria-controls=cuntong-route]').click()")
            assert page.overlaps((".head", ".search", ".route", ".dock")) == []
            page.run("document.querySelector('.route .line').click()")
            page.wait_drawn()
            assert "open" not in page.run("return document.querySelector('.route').classList.value"), "it makes way"
    finally:
        resize(driver, 1366, 768)
