"""Steering: what is banned is not used, what must be used is, and the price and the bound stay true."""

from __future__ import annotations

import dataclasses
import itertools
from decimal import Decimal

import numpy as np
import pyogrio
import pytest
import shapely
from conftest import box, line, lonlat, world

from cuntong_gis import schema
from cuntong_gis.errors import LayersError, PlanError, SettingsError
from cuntong_gis.layers import read_layers
from cuntong_gis.network import build_network
from cuntong_gis.plan import compare_plans, issue_plan, keep_steered, load_plan, plan_routes, save_plan
from cuntong_gis.settings import Settings, settings_from
from cuntong_gis.tables import money_sum

PLAIN = Settings()
NEAR = line((0, 0), (1000, 0), (2000, 0), (3000, 0))  # the short road over the gorge
FAR = line((0, 0), (0, 700), (3000, 700), (3000, 0))  # the long one
ON = line((3000, 0), (4000, 0))
VILLAGE = (4000, 0)


def steered(layers, *marks):
    """Return layers with steering: rows of kind, shape, and perhaps the span it is the course of."""
    rows = [(*mark, "")[:3] for mark in marks]
    table = {"kind": [r[0] for r in rows], "geometry": [r[1] for r in rows], "span_id": [r[2] for r in rows]}
    return dataclasses.replace(layers, steering=schema.conform(table, "steering"))


def two_roads(*marks):
    return steered(world([NEAR, FAR, ON], [VILLAGE], [(0, 0)]), *marks)


def planned(layers, options=PLAIN):
    return plan_routes(build_network(layers, options), options)


def codes(plan):
    return [f.code for f in plan.findings]


def on_course(plan, course):
    """Return how much of a course the plan's spans follow, as a share."""
    whole = shapely.union_all(plan.spans.geometry.to_numpy()).buffer(1e-7)
    return shapely.length(shapely.intersection(course, whole)) / shapely.length(course)


def banned_edges(plan):
    """Return what is told of the edges banned."""
    return next(f.message.en for f in plan.findings if f.code == "steering_banned")


def assert_true_price(plan):
    assert plan.totals.cost_cny == money_sum(plan.spans["cost_cny"])
    assert Decimal(0) < plan.totals.lower_bound_cny <= plan.totals.cost_cny


def test_a_banned_road_is_not_used_and_the_road_after_it_still_is():
    free, plan = planned(two_roads()), planned(two_roads(("banned", NEAR, "S0123456789")))
    assert on_course(free, NEAR) == pytest.approx(1) and on_course(free, FAR) < 0.01
    assert on_course(plan, FAR) == pytest.approx(1) and on_course(plan, ON) == pytest.approx(1)
    assert on_course(plan, NEAR) < 0.01
    assert plan.totals.reached == 1
    assert_true_price(plan)


def test_only_the_course_itself_is_banned_not_what_touches_or_crosses_it():
    stub, cross = line((3000, 0), (3006, 0.4)), line((1500, -800), (1500, 0), (1500, 690))
    layers = world([NEAR, FAR, ON, stub, cross], [VILLAGE, (1500, -800)], [(0, 0)])
    whole = build_network(layers, PLAIN)
    for course, span in ((NEAR, "S0123456789"), (line((0, 4), (3000, 4)), "")):
        plan = planned(steered(layers, ("banned", course, span)))
        assert banned_edges(plan).startswith("2 edges (3.0 km)")
        assert plan.totals.reached == 1  # the village on the crossing road hangs on nothing else
    assert len(whole.edges) >= 6


def test_the_link_of_a_village_beside_a_drawn_line_is_not_what_is_meant():
    layers = world([NEAR, FAR, ON], [(2400, 9), VILLAGE], [(0, 0)])
    plan = planned(steered(layers, ("banned", line((0, 3), (2000, 3)))))
    assert plan.totals.reached == 2, "the ban ends at 2000 m: the village is reached from the other side"
    plan = planned(steered(layers, ("must_use", line((0, 3), (3000, 3)))))
    assert plan.totals.reached == 2 and "steering_in_part" not in codes(plan)


def test_a_long_road_that_crosses_a_short_line_aslant_is_left():
    aslant = line((2025 - 2887, -5000), (2025, 0), (2025 + 2887, 5000))
    plan = planned(steered(world([NEAR, aslant], [(3000, 0)], [(0, 0)]), ("banned", line((2000, 0), (2066, 0)))))
    assert banned_edges(plan).startswith("1 edges (0.975 km)")


def test_a_link_or_a_stub_within_the_distance_that_does_not_go_along_the_line_is_left():
    layers = world([NEAR, FAR, ON, line((600, 0), (600, 12))], [(1500, 9), VILLAGE], [(0, 0)])
    assert banned_edges(planned(steered(layers, ("banned", NEAR)))).startswith("3 edges (3.0 km)")


def test_a_village_cut_off_anyway_is_told_once_and_not_as_banned():
    layers = world([NEAR, FAR, line((0, 9000), (4000, 9000))], [(3000, 0), (1000, 9000)], [(0, 0)])
    plan = planned(steered(layers, ("banned", NEAR, "S0123456789")))
    (told,) = (f for f in plan.findings if f.code == "village_unreachable")
    assert "banned" not in told.message.en and plan.totals.reached == 1


def test_a_short_line_over_the_gorge_bans_the_long_road_that_crosses_it():
    plan = planned(two_roads(("banned", line((1400, 6), (1600, 6)))))
    assert on_course(plan, NEAR) < 0.01 and plan.totals.reached == 1


def test_an_area_bans_every_road_that_runs_through_it():
    plan = planned(two_roads(("banned", box(1400, -50, 1600, 50))))
    assert on_course(plan, NEAR) < 0.01 and plan.totals.reached == 1


def test_the_dear_road_is_used_when_it_must_be():
    plan = planned(two_roads(("must_use", FAR, "S0123456789")))
    assert on_course(plan, FAR) == pytest.approx(1) and on_course(plan, NEAR) < 0.01
    assert plan.totals.gap == 0
    assert_true_price(plan)


def test_a_spur_without_a_village_stays_in_the_plan_as_a_span_of_its_own():
    spur = line((3000, 0), (3000, -900))
    plan = planned(steered(world([NEAR, FAR, ON, spur], [VILLAGE], [(0, 0)]), ("must_use", spur)))
    end = plan.spans[plan.spans["villages"] == 0]
    assert len(end) == 1 and on_course(plan, spur) == pytest.approx(1)
    assert {*end["from_site"], *end["to_site"]} <= {*plan.sites["site_id"]}
    assert_true_price(plan)
    assert plan.totals.gap == 0


def test_an_area_to_be_used_means_the_roads_wholly_inside():
    plan = planned(two_roads(("must_use", box(-50, 50, 3050, 800))))
    assert on_course(plan, FAR) == 0 or "steering_off_network" in codes(plan), "the far road leaves the area"
    plan = planned(two_roads(("must_use", box(-50, -50, 3050, 800))))
    assert "must_use_loop" in codes(plan), "both roads: a loop, of which a tree holds all but one edge"
    assert_true_price(plan)


def test_two_carriageways_along_one_line_are_used_once():
    other = line((0, 0), (100, 8), (2900, 8), (3000, 0))
    layers = world([NEAR, other, ON], [VILLAGE], [(0, 0)])
    plan = planned(steered(layers, ("must_use", line((0, 4), (3000, 4)))))
    assert plan.totals.route_km == pytest.approx(4.0, abs=0.01)
    assert "must_use_loop" not in codes(plan)


def test_a_second_carriageway_that_joins_only_beyond_the_line_is_not_used_too():
    one = line((-200, 0), (0, 0), (3000, 0), (3200, 0))
    other = line((-200, 0), (-200, 8), (3200, 8), (3200, 0))
    stubs = [line((0, 0), (0, -300)), line((3000, 0), (3000, -300))]
    layers = world([one, other, *stubs], [(3200, 0)], [(-200, 0)])
    plan = planned(steered(layers, ("must_use", line((0, 4), (3000, 4)))))
    assert plan.totals.route_km == pytest.approx(3.4, abs=0.02)


def test_a_line_from_source_to_source_is_opened_somewhere_and_that_is_told():
    layers = steered(world([NEAR, FAR, ON], [(1500, 0)], [(0, 0), (3000, 0)]), ("must_use", NEAR))
    plan = planned(layers)
    assert "must_use_loop" in codes(plan)
    assert_true_price(plan)
    plan = planned(steered(world([NEAR, FAR, ON], [(1500, 0)], [(0, 0), (3000, 0)]), ("must_use", FAR)))
    assert_true_price(plan)


def test_a_village_that_the_ban_cuts_off_says_so_with_the_price_of_the_remedy():
    before = planned(two_roads())
    plan = planned(two_roads(("banned", NEAR, "S0123456789"), ("banned", FAR, "S1123456789")))
    lost = plan.villages.iloc[0]
    assert (plan.totals.reached, plan.totals.unreachable) == (0, 1)
    assert "禁用" in lost["reason"] and "万元" in lost["reason"] and "banned" in lost["reason_en"]
    assert lost["bridge_m"] == pytest.approx(3000, rel=1e-3) and lost["bridge_cny"] > 0
    assert [f.code for f in plan.findings].count("village_unreachable") == 1
    (change,) = compare_plans(before, plan).villages
    assert change.change == "unreachable" and change.reason.zh == lost["reason"]


def test_a_forbidden_area_is_named_as_a_ban_too_but_an_island_is_not():
    island = line((0, 9000), (9000, 9000))
    area = {"kind": ["forbid"], "geometry": [box(1400, -50, 1600, 50)]}
    villages = planned(world([NEAR, island], [(3000, 0), (4000, 9000)], [(0, 0)], area=area)).villages
    assert villages["reached"].tolist() == [False, False]
    assert ["banned" in reason for reason in villages["reason_en"]] == [True, False]


def test_steering_off_the_network_or_out_of_reach_is_named_with_its_place():
    layers = world([NEAR, line((0, 9000), (9000, 9000))], [(3000, 0)], [(0, 0)])
    plan = planned(
        steered(layers, ("must_use", line((0, 4000), (500, 4000))), ("must_use", line((0, 9000), (9000, 9000))))
    )
    told = {f.code: f for f in plan.findings if f.layer == "steering"}
    assert told["steering_off_network"].severity == told["must_use_unreachable"].severity == "error"
    assert shapely.Point(told["steering_off_network"].lon, told["steering_off_network"].lat).within(
        box(-10, 3990, 510, 4010)
    )
    assert plan.totals.reached == 1
    assert "steering_off_network" in codes(planned(two_roads(("banned", line((0, 4000), (500, 4000))))))
    part = planned(two_roads(("banned", line((0, 0), (3000, 0), (3000, -3000)))))
    assert "50%" in next(f for f in part.findings if f.code == "steering_in_part").message.en


def test_what_is_banned_and_must_be_used_is_one_clear_error():
    with pytest.raises(PlanError, match=r"S0123456789.*must be used.*bans it"):
        planned(two_roads(("must_use", NEAR, "S0123456789"), ("banned", box(1400, -50, 1600, 50))))
    both = {"banned_spans": ["S0123456789"], "must_use_spans": ["S0123456789"]}
    with pytest.raises(SettingsError, match="S0123456789 is both"):
        settings_from({"steering": both})


def test_the_plan_under_must_use_is_the_cheapest_of_all_that_use_it():
    rng = np.random.default_rng(5)
    grid = [line((x, 0), *[(x, y) for y in range(500, 2001, 500)]) for x in range(0, 2001, 500)]
    grid += [line((0, y), *[(x, y) for x in range(500, 2001, 500)]) for y in range(0, 2001, 500)]
    villages = [tuple(v) for v in rng.uniform(0, 2000, (5, 2))]
    layers = world(grid, villages, [(0, 0)])
    free = planned(layers)
    network = build_network(layers, PLAIN)
    for edge in network.edges.geometry.iloc[rng.choice(len(network.edges), 8, replace=False)]:
        used = planned(steered(layers, ("must_use", edge, "S0123456789")))
        unused = planned(steered(layers, ("banned", edge, "S0123456789")))
        assert on_course(used, edge) == pytest.approx(1)
        assert on_course(unused, edge) < 0.01
        assert used.totals.lower_bound_cny >= free.totals.lower_bound_cny
        assert_true_price(used)
        if unused.totals.reached == free.totals.reached:  # every plan uses the edge or does not
            assert min(used.totals.lower_bound_cny, unused.totals.lower_bound_cny) <= free.totals.cost_cny
            assert min(used.totals.cost_cny, unused.totals.cost_cny) >= free.totals.lower_bound_cny
            if free.gap == used.gap == unused.gap == 0:
                assert min(used.totals.cost_cny, unused.totals.cost_cny) == free.totals.cost_cny


def test_the_order_of_the_marks_changes_nothing():
    marks = (("banned", line((0, 700), (3000, 700))), ("must_use", ON), ("must_use", NEAR, "S0123456789"))
    plans = [planned(two_roads(*order)) for order in itertools.permutations(marks)]
    assert len({(p.totals, tuple(p.spans["span_id"])) for p in plans}) == 1


@pytest.fixture
def desk(tmp_path):
    """A workspace of files with a plan drafted; returns the folder and a function that plans it with settings."""
    (tmp_path / "layers").mkdir()
    roads = {"geometry": [NEAR, FAR, ON], "road_class": ["village"] * 3}
    schema.conform(roads, "roads").to_file(tmp_path / "layers" / "roads.gpkg")
    rows = [f"52990110020{n},村{n},{x:.7f},{y:.7f}" for n, (x, y) in enumerate(lonlat([(3000, 0), VILLAGE]), start=1)]
    text = "\n".join(["code,name,lon,lat", *rows, ""])
    (tmp_path / "layers" / "villages.csv").write_text(text, "utf-8")
    lon, lat = lonlat([(0, 0)])[0]
    points = [{"id": "A1", "name": "机房", "lon": float(lon), "lat": float(lat)}]

    def plan(**steering):
        sections = {"layers": {"access_points": {"points": points}}, "steering": steering}
        options = settings_from(sections, folder=tmp_path)
        made = planned(read_layers(options), options)
        save_plan(made, options.draft)
        return made

    return tmp_path, plan


def test_a_span_stays_known_by_its_name_after_the_plan_has_left_it(desk):
    folder, plan = desk
    first = plan().spans
    (span,) = first["span_id"][first["villages"] == 2]  # over the gorge, as far as the first village
    for _ in range(3):
        made = plan(banned_spans=[span.lower()])
        assert span not in set(made.spans["span_id"]) and on_course(made, FAR) == pytest.approx(1)
    assert load_plan(folder / "campaign" / "plan.gpkg").steering["span_id"].tolist() == [span]
    issue_plan(folder / "campaign" / "plan.gpkg", folder / "campaign" / "issued")
    (folder / "campaign" / "plan.gpkg").unlink()
    assert on_course(plan(must_use_spans=[span]), NEAR) > 0.99


def test_what_is_drawn_and_what_is_named_steer_together_and_are_remembered(desk):
    folder, plan = desk
    near, on = plan().spans.sort_values("villages", ascending=False)["span_id"]
    drawn = schema.conform({"kind": ["must_use"], "reason": ["既有杆路"], "geometry": [FAR]}, "steering")
    drawn.to_file(folder / "layers" / "steering.gpkg")
    made = plan(banned_spans=[near], must_use_spans=[on])
    assert made.steering["span_id"].tolist() == ["", near, on]
    assert made.steering["kind"].tolist() == ["must_use", "banned", "must_use"]
    kept = folder / "campaign" / "steering.gpkg"
    for spans in ([near], [on], [near, on]):
        keep_steered(plan(banned_spans=spans), kept)
    assert pyogrio.read_dataframe(kept, layer="steering")["span_id"].tolist() == [near, on]
    kept.write_bytes(b"damaged")
    with pytest.raises(PlanError, match=r"steering\.gpkg: the file is damaged"):
        keep_steered(made, kept)


def test_a_span_that_no_plan_knows_is_named_with_what_to_do(desk):
    _, plan = desk
    with pytest.raises(LayersError, match=r"banned_spans: span S0123456789 is in neither"):
        plan(banned_spans=["S0123456789"])
    plan()
    with pytest.raises(LayersError, match=r"must_use_spans: span S0123456789.*take it out"):
        plan(must_use_spans=["S0123456789"])
    with pytest.raises(SettingsError, match="is no name of a span"):
        plan(banned_spans=["x') OR 1=1 --"])
    with pytest.raises(SettingsError, match="banned_spans"):
        settings_from({"steering": {"baned_spans": []}})


def test_the_layer_speaks_chinese_and_takes_lines_and_areas(desk):
    folder, plan = desk
    table = schema.conform({"geometry": [NEAR, box(100, 650, 200, 750), NEAR]}, "steering").drop(
        columns=["span_id", "kind", "reason"]
    )
    table = table.assign(类型=["必须使用", "禁止", "随便"], 原因=["既有杆路", "滑坡", ""])
    pyogrio.write_dataframe(table, folder / "layers" / "steering.gpkg", geometry_type="Unknown")
    made = plan()
    assert made.steering["kind"].tolist() == ["must_use", "banned"]
    assert made.steering["reason"].tolist() == ["既有杆路", "滑坡"]
    assert "steering_without_kind" in codes(made)
    assert on_course(made, NEAR) > 0.99
    back = load_plan(folder / "campaign" / "plan.gpkg").steering
    assert [g.geom_type for g in back.geometry] == ["LineString", "Polygon"]


def test_a_plan_made_before_there_was_steering_can_still_be_read(desk):
    folder, plan = desk
    plan()
    path = folder / "campaign" / "plan.gpkg"
    import sqlite3

    with sqlite3.connect(path) as base:
        base.execute("DELETE FROM gpkg_contents WHERE table_name = 'steering'")
        base.execute("DELETE FROM gpkg_geometry_columns WHERE table_name = 'steering'")
        base.execute("DROP TABLE steering")
    base.close()
    assert not len(load_plan(path).steering)
