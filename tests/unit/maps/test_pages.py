"""Offline pages: nothing outside, nothing live, the same bytes; one style for every class."""

from __future__ import annotations

import dataclasses
import json
import re

import folium
import numpy as np
import pytest
import shapely
from conftest import line, world

from cuntong_gis.errors import MapsError
from cuntong_gis.maps import (
    OfflineMap,
    columns,
    compact,
    distribution_map,
    offline,
    route_map,
    shown_plan,
    style,
    write_index,
)
from cuntong_gis.model import Deployment, Finding, Severity, SpanStage, Stage
from cuntong_gis.network import build_network
from cuntong_gis.plan import plan_routes
from cuntong_gis.settings import Settings
from cuntong_gis.words import Words


def test_a_link_that_is_not_vendored_raises():
    page = OfflineMap("x", location=[26, 106])
    folium.Marker([26, 106], icon=folium.Icon(icon="home", prefix="fa")).add_to(page)
    page.add_css_link("evil", "https://cdn.example.com/evil.css")
    with pytest.raises(MapsError, match=r"evil\.css"):
        page.html()
    assert OfflineMap("x", location=[26, 106]).html(), "a link of one map is no link of the next"


@pytest.mark.parametrize(
    "markup",
    [
        '<img src="https://a.b/c.png">',
        "<script src=x.js></script>",
        '<link rel="stylesheet" href="a.css">',
        "<style>@import 'a.css';</style>",
    ],
)
def test_anything_that_would_be_fetched_raises(markup):
    with pytest.raises(MapsError, match="would fetch"):
        offline.refuse_outside_links(f"<html><head></head><body>{markup}</body></html>")


def test_a_text_is_no_template():
    page = OfflineMap("x", location=[26, 106])
    page.add_child(compact.DataBlock({"name": "{{ 7*7 }} {% raw %} {# x #}"}))
    assert "{{ 7*7 }} {% raw %} {# x #}" in page.html()


def test_rendering_twice_gives_the_same_bytes_and_no_link():
    page = OfflineMap("x", location=[26, 106])
    first = page.html()
    assert page.html() == first == OfflineMap("x", location=[26, 106]).html()
    assert "cdn." not in first and "jquery" not in first.lower()


def test_the_policy_allows_only_the_scripts_of_the_page():
    page = offline.with_policy("<html><head></head><body><script>a()</script><script>b()</script></body></html>")
    policy = re.search(r'content="([^"]*)"', page).group(1)
    assert policy.count("sha256-") == 2 and "default-src 'none'" in policy and "unsafe-eval" not in policy


def test_the_data_block_means_nothing_to_html():
    hostile = {"a": "</script><script>alert(1)</script>", "b": "${7*7} `x` & \u2028"}
    text = compact.inert_json(hostile)
    assert not set("<>&\u2028") & set(text)
    assert json.loads(text) == hostile


def test_coordinates_come_back_to_a_metre():
    rng = np.random.default_rng(0)
    places = shapely.points(rng.uniform([103, 24], [109, 29], (50, 2)))
    coded = columns.points(places)
    back = np.column_stack([coded["x"], coded["y"]]) / columns.SCALE
    assert np.abs(back - shapely.get_coordinates(places)).max() <= 0.5000001 / columns.SCALE


def test_lines_keep_their_ends_and_their_owners():
    shapes = np.array(
        [shapely.LineString([(106, 26), (106.000001, 26), (106.1, 26.1)]), shapely.box(106, 26, 107, 27)], object
    )
    coded = columns.lines(shapes[:1])
    assert coded["n"].tolist() == [2] and coded["of"].tolist() == [0]
    assert (coded["x"][0] + coded["dx"].sum(), coded["y"][0] + coded["dy"].sum()) == (10610000, 2610000)
    assert columns.lines(shapes[1:])["n"].tolist() == [5]
    assert all(len(column) == 0 for column in columns.lines(np.empty(0, object), np.empty(0, np.int64)).values())


def test_a_line_that_begins_where_its_parent_ends_begins_with_nothing():
    shapes = np.array(
        [
            shapely.LineString([(106.2, 26.2), (106.3, 26.2)]),
            shapely.MultiLineString([[(106, 26), (106.1, 26)], [(106.1, 26.1), (106.2, 26.2)]]),
            shapely.LineString([(106.3, 26.2), (106.4, 26.3)]),
        ],
        object,
    )
    coded = columns.lines(shapes, np.array([1, -1, 0]))
    assert coded["of"].tolist() == [0, 1, 1, 2]
    assert coded["x"].tolist() == [0, 10600000, 10610000, 0] and coded["y"].tolist() == [0, 2600000, 2610000, 0]


def test_the_way_from_a_village_up_is_its_route():
    roads = [line((0, 0), (9000, 0)), line((3000, 0), (3000, 5000)), line((6000, 0), (6000, 4000))]
    villages = [(3000, 4000), (3000, 5000), (6000, 4000), (9000, 0), (6000, 0), (50000, 90000)]
    plan = plan_routes(build_network(world(roads, villages, [(0, 0)]), Settings()), Settings())
    first, parent = columns.first_spans(plan), columns.parent_spans(plan)
    ids = plan.spans["span_id"].tolist()
    wanted = dict(zip(plan.routes["village_code"], plan.routes["span_ids"], strict=True))
    assert len(wanted) == 5
    for code, row in zip(plan.villages["code"], first.tolist(), strict=True):
        course = []
        while row >= 0:
            course.append(ids[row])
            row = int(parent[row])
        assert " ".join(course) == wanted.get(code, "")


def test_every_class_has_a_style_of_its_own():
    assert (
        set(style.VILLAGE) == set(Stage)
        and set(style.SPAN) == set(SpanStage)
        and set(style.DEPLOYMENT) == set(Deployment)
    )
    looks = [(s.shape, s.fill) for s in style.VILLAGE.values()]
    assert len(set(looks)) == len(looks)


def lightness(color: str) -> float:
    red, green, blue = (int(color[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_stages_of_one_shape_differ_in_grey_and_only_lit_villages_are_green():
    for one, two in ((Stage.NOT_STARTED, Stage.LIT), (Stage.SURVEYED, Stage.APPROVED)):
        assert abs(lightness(style.VILLAGE[one].fill) - lightness(style.VILLAGE[two].fill)) > 0.15
    for stage, look in style.VILLAGE.items():
        red, green, blue = (int(look.fill[i : i + 2], 16) for i in (1, 3, 5))
        assert (green > red + 20 and green > blue + 20) == (stage in (Stage.LIT, Stage.CLOSED))


def test_the_page_tells_machines_the_totals_of_the_plan_as_texts():
    layers = world([line((0, 0), (5000, 0))], [(4000, 0), (5000, 0)], [(0, 0)])
    plan = plan_routes(build_network(layers, Settings()), Settings())
    for draw in (distribution_map, route_map):
        block = re.search(r'id="cuntong-data">(.*?)</script>', draw(shown_plan(plan, Settings())).html(), re.S).group(1)
        totals = json.loads(block)["totals"]
        assert totals["cost_cny"] == str(plan.totals.cost_cny) and totals["gap"] == str(plan.totals.gap)
        assert {name: str(getattr(plan.totals, name)) for name in totals} == totals


def test_pages_say_their_language_and_allow_no_style_that_is_not_theirs():
    page = OfflineMap("x", "en", location=[26, 106]).html()
    assert '<html lang="en">' in page and '<html lang="zh-CN">' in OfflineMap("x", location=[26, 106]).html()
    assert "unsafe-inline" not in page and re.search(r"style-src 'sha256-", page)


def test_the_start_page_sums_up_the_findings_and_holds_no_live_text(tmp_path):
    layers = world([line((0, 0), (5000, 0))], [(4000, 0), (5000, 40000)], [(0, 0)], village={"name": ["<b>a", "<i>b"]})
    plan = plan_routes(build_network(layers, Settings()), Settings())
    hostile = Finding(Severity.ERROR, "bad", Words("<script>x</script>\u202e", "<script>x</script>"))
    plan = dataclasses.replace(plan, findings=(hostile, hostile, *plan.findings))
    made = [tmp_path / "distribution_map.html", tmp_path / "route_map.html"]
    write_index(tmp_path / "index.html", plan, Settings(), made)
    text = (tmp_path / "index.html").read_text("utf-8")
    assert "<script" not in text and "\u202e" not in text and "&lt;script&gt;" in text and "× 2" in text
    assert text.count("<svg viewBox") >= 2 and "nan" not in text.lower()
    write_index(tmp_path / "again.html", plan, Settings(), made)
    assert (tmp_path / "again.html").read_text("utf-8") == text


def test_a_plan_with_nothing_but_a_village_can_be_drawn():
    layers = world([line((0, 0), (5000, 0))], [(0, 0)], [(0, 0)])
    plan = plan_routes(build_network(layers, Settings()), Settings())
    assert not len(plan.spans) and not plan.findings
    for draw in (distribution_map, route_map):
        assert '"reached":"1"' in draw(shown_plan(plan, Settings())).html()
