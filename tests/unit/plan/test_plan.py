"""The plan room: the forest, its spans and routes, its figures, its revisions."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
from decimal import Decimal

import networkx as nx
import numpy as np
import pyproj
import pytest
import shapely
from conftest import line, world

from cuntong_gis import settings
from cuntong_gis.errors import NetworkError, PlanError, SettingsError
from cuntong_gis.network import build_network, to_networkx
from cuntong_gis.plan import issue_plan, load_plan, plan_routes, revisions, save_plan, spans
from cuntong_gis.tables import money_sum

GEOD = pyproj.Geod(ellps="WGS84")
PLAIN = settings.Settings()

SPINE = line((0, 0), (1000, 0), (2000, 0), (3000, 0))
BRANCH = line((1000, 0), (1000, 1500))
FAR = line((2000, 0), (2000, 1200), (2500, 1800))


def campaign(**changes: object) -> settings.Settings:
    return dataclasses.replace(PLAIN, campaign=dataclasses.replace(PLAIN.campaign, **changes))


def planned(layers, options=PLAIN):
    return plan_routes(build_network(layers, options), options)


def tree():
    return world([SPINE, BRANCH, FAR], [(1000, 1500), (2500, 1800), (3000, 0)], [(0, 0)])


def test_spans_run_between_sources_branches_and_villages():
    plan = planned(tree())
    assert len(plan.spans) == 5
    assert sorted(plan.spans["villages"]) == [1, 1, 1, 2, 3]
    trunk = plan.spans[plan.spans["villages"] == 3].iloc[0]
    assert trunk["from_site"] == "A1"
    assert trunk["to_site"].startswith("B")
    assert sorted(plan.sites["kind"]) == ["access_point", "branch", "branch", "village", "village", "village"]


def test_figures_come_from_the_tables():
    plan = planned(tree())
    totals = plan.totals
    assert (totals.villages, totals.reached, totals.unreachable) == (3, 3, 0)
    assert totals.cost_cny == money_sum(plan.spans["cost_cny"])
    assert totals.route_km == round(sum(GEOD.geometry_length(g) for g in plan.spans.geometry) / 1000, 3)
    assert totals.lower_bound_cny == totals.cost_cny
    assert totals.gap == 0.0


def test_a_shared_span_is_counted_once_in_the_total_but_in_every_route():
    plan = planned(tree())
    assert plan.routes["length_m"].sum() > plan.spans["length_m"].sum()


def test_a_route_is_its_spans_from_the_village_to_the_source():
    plan = planned(tree())
    spans = plan.spans.set_index("span_id")
    for route in plan.routes.itertuples():
        chain = spans.loc[route.span_ids.split()]
        assert chain["from_site"].iloc[-1] == route.source_id
        assert (chain["from_site"].to_numpy()[:-1] == chain["to_site"].to_numpy()[1:]).all()
        assert route.length_m == pytest.approx(chain["length_m"].sum(), rel=1e-12)
        assert route.length_m == pytest.approx(GEOD.geometry_length(route.geometry), rel=1e-9)
        village = plan.villages.set_index("code").loc[route.village_code]
        start = shapely.get_coordinates(route.geometry)[0]
        assert GEOD.inv(*start, village.geometry.x, village.geometry.y)[2] < 0.05


def test_a_village_at_the_source_has_a_route_without_length():
    plan = planned(world([SPINE], [(0, 0), (3000, 0)], [(0, 0)]))
    route = plan.routes.set_index("village_code").loc["529901100201"]
    assert (route["length_m"], route["span_ids"], route["source_id"]) == (0.0, "", "A1")
    assert plan.totals.reached == 2
    assert sorted(plan.sites["site_id"]) == ["A1", "V-529901100202"]


def test_unreachable_villages_stay_in_every_total():
    island = line((0, 9000), (4000, 9000))
    plan = planned(world([SPINE, island], [(3000, 0), (1000, 9000)], [(0, 0)]))
    assert (plan.totals.villages, plan.totals.reached, plan.totals.unreachable) == (2, 1, 1)
    lost = plan.villages[~plan.villages["reached"]].iloc[0]
    assert lost["bridge_m"] == pytest.approx(9000, rel=1e-3)
    assert lost["bridge_cny"] == pytest.approx(Decimal(str(round(lost["bridge_m"] * 56, 2))), abs=Decimal("0.01"))
    assert lost["reason"] and lost["reason_en"]


def test_no_village_reachable_still_gives_a_plan():
    island = line((0, 9000), (9000, 9000))
    plan = planned(world([SPINE, island], [(1000, 9000)], [(0, 0)]))
    assert (plan.totals.reached, plan.totals.route_km, plan.totals.gap) == (0, 0.0, 0.0)
    assert not len(plan.spans)


def test_without_roads_all_of_the_length_is_unsurveyed():
    plan = planned(world(None, [(1000, 0), (2000, 500), (500, 2500)], [(0, 0)]))
    assert not plan.totals.surveyed
    assert plan.totals.unsurveyed_km == plan.totals.route_km > 0
    assert not plan.spans["surveyed"].any()


def test_off_road_links_count_as_unsurveyed():
    plan = planned(world([SPINE], [(3000, 400)], [(0, 0)]))
    assert plan.totals.unsurveyed_km == pytest.approx(0.4, abs=0.001)


def test_stage_and_lateness_go_up_the_tree():
    day = dt.date
    layers = world(
        [SPINE, BRANCH, FAR], [(1000, 1500), (2500, 1800), (3000, 0)], [(0, 0)],
        village={
            "stage": ["lit", "approved", "not_started"],
            "stage_date": [day(2016, 6, 1), day(2016, 5, 1), None],
            "due_date": [day(2016, 5, 1), day(2016, 6, 1), None],
        },
    )  # fmt: skip
    plan = planned(layers, campaign(as_of=day(2016, 7, 1), deadline=day(2016, 12, 31)))
    assert plan.villages["late"].tolist() == [False, True, False]
    assert plan.villages["due_date"].dt.date.tolist() == [day(2016, 5, 1), day(2016, 6, 1), day(2016, 12, 31)]
    spans = plan.spans.set_index("villages")
    assert spans.loc[3, "stage"] == "laid" and not spans.loc[3, "late"]
    assert spans.loc[2, "stage"] == "planned" and spans.loc[2, "late"]


def test_the_same_input_gives_the_same_bytes(tmp_path):
    digests = []
    for name in ("one", "two"):
        path = tmp_path / name / "plan.gpkg"
        save_plan(planned(tree()), path)
        digests.append(hashlib.sha256(path.read_bytes()).hexdigest())
    assert digests[0] == digests[1]


def test_row_order_and_direction_of_the_layers_change_nothing():
    one = planned(tree())
    turned = world(
        [FAR.reverse(), BRANCH.reverse(), SPINE.reverse()], [(1000, 1500), (2500, 1800), (3000, 0)], [(0, 0)]
    )
    other = planned(turned)
    assert one.spans["span_id"].tolist() == other.spans["span_id"].tolist()
    assert one.totals == other.totals


def test_the_size_of_the_pieces_of_work_changes_nothing(monkeypatch):
    whole = planned(tree())
    monkeypatch.setattr(spans, "CHUNK", 1)
    pieces = planned(tree())
    assert pieces.routes.equals(whole.routes) and pieces.spans.equals(whole.spans)


def test_a_plan_comes_back_from_its_file(tmp_path):
    plan = planned(world([SPINE], [(3000, 0), (1500, 9000)], [(0, 0)]))
    save_plan(plan, tmp_path / "plan.gpkg")
    back = load_plan(tmp_path / "plan.gpkg")
    assert back.totals == plan.totals
    assert back.findings == plan.findings
    assert back.spans["cost_cny"].tolist() == plan.spans["cost_cny"].tolist()
    assert back.villages["bridge_cny"].tolist() == plan.villages["bridge_cny"].tolist()


def test_a_missing_or_foreign_plan_is_one_clear_error(tmp_path):
    with pytest.raises(PlanError, match="no plan yet"):
        load_plan(tmp_path / "plan.gpkg")
    (tmp_path / "plan.gpkg").write_bytes(b"not a database")
    with pytest.raises(PlanError, match="not a plan file"):
        load_plan(tmp_path / "plan.gpkg")


def test_issuing_freezes_and_crosses_over(tmp_path):
    draft, folder = tmp_path / "plan.gpkg", tmp_path / "issued"
    save_plan(planned(tree()), draft)
    path, crosswalk = issue_plan(draft, folder)
    assert path.name == "R001.gpkg" and not len(crosswalk)
    frozen = path.read_bytes()
    with pytest.raises(PlanError, match="equals R001"):
        issue_plan(draft, folder)
    longer = world([SPINE, BRANCH, FAR], [(1000, 1500), (2500, 1800), (3000, 0), (1000, 700)], [(0, 0)])
    save_plan(planned(longer), draft)
    path, crosswalk = issue_plan(draft, folder)
    assert path.name == "R002.gpkg" and load_plan(path).revision == "R002"
    assert sorted(crosswalk["method"]) == ["overlap", "overlap", "same", "same", "same", "same"]
    halves = crosswalk[crosswalk["method"] == "overlap"]
    assert halves["old_span"].nunique() == 1 and halves["share"].sum() == pytest.approx(1.0, abs=0.01)
    assert [p.name for p in revisions(folder)] == ["R001.gpkg", "R002.gpkg"]
    assert folder.joinpath("R001.gpkg").read_bytes() == frozen


def test_the_plan_costs_no_more_than_networkx_on_the_same_graph():
    rng = np.random.default_rng(3)
    grid = [line((x, 0), *[(x, y) for y in range(500, 5001, 500)]) for x in range(0, 5001, 500)]
    grid += [line((0, y), *[(x, y) for x in range(500, 5001, 500)]) for y in range(0, 5001, 500)]
    villages = [tuple(v) for v in rng.uniform(0, 5000, (25, 2))]
    network = build_network(world(grid, villages, [(0, 0), (5000, 5000)]), PLAIN)
    plan = plan_routes(network, PLAIN)
    graph = nx.Graph()
    for u, v, data in to_networkx(network).edges(data=True):
        if not graph.has_edge(u, v) or graph[u][v]["weight"] > data["weight"]:
            graph.add_edge(u, v, weight=data["weight"])
    graph.add_weighted_edges_from(("root", node, 0) for node in network.sources["node"])
    wanted = ["root", *network.villages["node"]]
    theirs = nx.algorithms.approximation.steiner_tree(graph, wanted)
    assert plan.totals.cost_cny * 100 <= theirs.size(weight="weight")
    assert plan.totals.lower_bound_cny <= plan.totals.cost_cny


def test_a_missing_revision_is_never_written_again(tmp_path):
    draft, folder = tmp_path / "plan.gpkg", tmp_path / "issued"
    for village in ((3000, 0), (2500, 0)):
        save_plan(planned(world([SPINE], [village], [(0, 0)])), draft)
        issue_plan(draft, folder)
    folder.joinpath("R001.gpkg").unlink()
    kept = folder.joinpath("R002.gpkg").read_bytes()
    save_plan(planned(world([SPINE], [(1500, 0)], [(0, 0)])), draft)
    assert issue_plan(draft, folder)[0].name == "R003.gpkg"
    assert folder.joinpath("R002.gpkg").read_bytes() == kept


def test_a_renamed_village_can_be_issued(tmp_path):
    draft, folder = tmp_path / "plan.gpkg", tmp_path / "issued"
    for name in ("旧名", "新名"):
        save_plan(planned(world([SPINE], [(3000, 0)], [(0, 0)], village={"name": [name]})), draft)
        issue_plan(draft, folder)
    assert len(revisions(folder)) == 2


def test_wrong_factors_and_road_classes_are_named():
    area = {"name": ["果园"], "kind": ["avoid"], "factor": [-2.0], "geometry": [SPINE.buffer(0.001)]}
    with pytest.raises(NetworkError, match="果园"):
        planned(world([SPINE], [(3000, 0)], [(0, 0)], area=area))
    wrong = dataclasses.replace(PLAIN, cost=dataclasses.replace(PLAIN.cost, class_factor={"cuonty": 9.0}))
    with pytest.raises(SettingsError, match="county"):
        planned(world([SPINE], [(3000, 0)], [(0, 0)]), wrong)


def test_a_plan_that_was_cut_short_says_so():
    network = build_network(tree(), PLAIN)
    assert "planning_stopped" in [f.code for f in plan_routes(network, PLAIN, seconds=0.0).findings]
    assert "planning_stopped" not in [f.code for f in plan_routes(network, PLAIN).findings]
