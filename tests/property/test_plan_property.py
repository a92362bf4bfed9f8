"""Random small worlds: the plan is a rooted forest that reaches what can be reached, whatever the order of the rows."""

from __future__ import annotations

import dataclasses
from decimal import Decimal

import networkx as nx
import numpy as np
import pyproj
import shapely
from conftest import box, line, world
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cuntong_gis import schema
from cuntong_gis.model import Layers, Network, Plan
from cuntong_gis.network import build_network, to_networkx
from cuntong_gis.plan import plan_routes
from cuntong_gis.settings import Settings
from cuntong_gis.tables import money_sum

GEOD = pyproj.Geod(ellps="WGS84")
PLAIN = Settings()


@st.composite
def worlds(draw):
    """Roads on a jittered grid with some missing, villages beside them, one to three access points."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    size = draw(st.integers(2, 5))
    spot = {
        (i, j): (i * 1500 + rng.uniform(-400, 400), j * 1500 + rng.uniform(-400, 400))
        for i in range(size)
        for j in range(size)
    }
    pairs = [
        ((i, j), (i + di, j + dj)) for i in range(size) for j in range(size) for di, dj in ((0, 1), (1, 0), (1, 1))
    ]
    keep = draw(st.floats(0.4, 1.0))
    roads = []
    for a, b in pairs:
        if b in spot and rng.random() < keep:
            middle = (np.add(spot[a], spot[b]) / 2 + rng.uniform(-200, 200, 2)).tolist()
            roads.append(line(spot[a], middle, spot[b]))
    villages = [tuple(v) for v in rng.uniform(-500, size * 1500, (draw(st.integers(1, 12)), 2))]
    points = [tuple(v) for v in rng.uniform(0, (size - 1) * 1500, (draw(st.integers(1, 3)), 2))]
    return roads or [line((0, 0), (3000, 0))], villages, points


def assert_forest_at_true_price(plan: Plan, network: Network) -> None:
    tree = nx.MultiGraph(list(zip(plan.spans["from_site"], plan.spans["to_site"], strict=True)))
    assert not len(tree) or nx.is_forest(tree)
    sources = set(network.sources["site_id"])
    assert all(len(part & sources) == 1 for part in nx.connected_components(tree))
    assert plan.totals.cost_cny == money_sum(plan.spans["cost_cny"])
    assert Decimal(0) <= plan.totals.lower_bound_cny <= plan.totals.cost_cny


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(worlds())
def test_a_plan_is_a_forest_from_sources_to_every_reachable_village(given_world):
    network = build_network(world(*given_world), PLAIN)
    plan = plan_routes(network, PLAIN, effort="quick")
    graph = nx.Graph(to_networkx(network))
    lit = set(network.sources["node"])
    reachable = [any(nx.has_path(graph, node, s) for s in lit) for node in network.villages["node"]]
    assert plan.villages["reached"].tolist() == reachable
    assert len(plan.villages) == plan.totals.reached + plan.totals.unreachable
    assert_forest_at_true_price(plan, network)
    lengths = [GEOD.geometry_length(g) for g in plan.spans.geometry]
    assert np.allclose(plan.spans["length_m"], lengths, rtol=1e-9, atol=1e-6)
    served = plan.routes["village_code"].tolist()
    assert served == plan.villages.loc[plan.villages["reached"], "code"].tolist()
    behind = plan.routes["span_ids"].str.split().explode().value_counts()
    assert all(behind[span] == count for span, count in zip(plan.spans["span_id"], plan.spans["villages"], strict=True))


def furnished(roads, villages, points, seed) -> Layers:
    """The world with a ring road, tappable fiber, areas and pole lines, so that everything that decides is there."""
    rng = np.random.default_rng(seed)
    ring = [(900 + 300 * np.cos(a), 900 + 300 * np.sin(a)) for a in np.arange(0, 6.2, 0.7)]
    walk = np.cumsum(rng.uniform(-900, 1500, (5, 2)), axis=0)
    corners = rng.uniform(-500, 3500, (4, 2))
    return world(
        [*roads, line(*ring, ring[0]), roads[0]],
        [*villages, villages[0]],
        [*points, points[0]],
        [line(*walk), line(*walk[::-1] + 700.0), line(*rng.uniform(0, 4000, (2, 2)))],
        road={"road_class": [*["village", "county", "track"] * len(roads), "street"][: len(roads) + 2]},
        cable={"tappable": [True, True, False]},
        area={
            "kind": ["avoid", "prefer", "avoid", "forbid"],
            "geometry": [box(x, y, x + 900, y + 600) for x, y in corners],
        },
        support={"kind": ["pole_line", "duct"], "geometry": [roads[0], line(*walk + 20.0)]},
    )


def shaken(layers: Layers, seed: int) -> Layers:
    """The same layers with rows shuffled, lines turned, rings turned and begun elsewhere."""
    rng = np.random.default_rng(seed)

    def begun_elsewhere(ring):
        points = np.roll(ring.coords[:-1], rng.integers(len(ring.coords)), axis=0)
        return [*points, points[0]]

    def redrawn(shape):
        if shape.geom_type == "MultiPolygon":
            return shapely.MultiPolygon([redrawn(part) for part in rng.permutation(list(shape.geoms))])
        if shape.geom_type == "Polygon":
            shape = shapely.Polygon(begun_elsewhere(shape.exterior))
        elif shape.geom_type == "LineString" and shape.is_ring:
            shape = shapely.LineString(begun_elsewhere(shape))
        return shape.reverse() if rng.random() < 0.5 else shape

    def table(frame):
        frame = frame.iloc[rng.permutation(len(frame))].reset_index(drop=True)
        return frame.set_geometry([redrawn(shape) for shape in frame.geometry], crs=frame.crs) if len(frame) else frame

    names = ("villages", "access_points", "fiber", "roads", "areas", "supports")
    return dataclasses.replace(layers, **{name: table(getattr(layers, name)) for name in names})


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(worlds(), st.integers(0, 2**32 - 1))
def test_the_order_of_rows_and_vertices_and_the_direction_of_lines_change_nothing(given_world, seed):
    layers = furnished(*given_world, seed)
    networks = [build_network(some, PLAIN) for some in (layers, shaken(layers, seed), shaken(layers, seed + 1))]
    one, *others = (plan_routes(network, PLAIN, effort="quick") for network in networks)
    for network, other in zip(networks[1:], others, strict=True):
        for column in ("u", "v", "kind", "deployment", "length_m", "cost_fen", "geometry"):
            assert network.edges[column].tolist() == networks[0].edges[column].tolist(), column
        assert network.villages["node"].tolist() == networks[0].villages["node"].tolist()
        assert other.totals == one.totals
        for name in ("villages", "spans", "routes", "sites"):
            assert getattr(other, name).equals(getattr(one, name)), name


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(worlds(), st.integers(0, 2**32 - 1))
def test_a_steered_plan_is_a_forest_that_holds_what_must_be_used_and_nothing_banned(given_world, seed):
    rng = np.random.default_rng(seed)
    layers = world(*given_world)
    network = build_network(layers, PLAIN)
    picked = rng.permutation(len(network.edges))[:6]
    courses = network.edges.geometry.to_numpy()[picked]
    kinds = ["must_use", "banned", "must_use", "banned", "must_use", "must_use"][: len(courses)]
    marks = schema.conform({"span_id": [f"S{n:010}" for n in picked], "kind": kinds, "geometry": courses}, "steering")
    network = dataclasses.replace(network, layers=dataclasses.replace(layers, steering=marks))
    plan = plan_routes(network, PLAIN, effort="quick")
    assert_forest_at_true_price(plan, network)
    told = {f.code for f in plan.findings}
    whole = shapely.union_all(plan.spans.geometry.to_numpy()).buffer(1e-7)
    for kind, course in zip(kinds, courses, strict=True):
        share = shapely.length(shapely.intersection(course, whole)) / shapely.length(course)
        if kind == "banned":
            assert share < 0.5
        elif not told & {"must_use_loop", "must_use_unreachable"}:
            assert share > 0.99
