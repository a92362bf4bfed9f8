"""The network room: what joins what, at which length and price."""

from __future__ import annotations

import dataclasses

import networkx as nx
import numpy as np
import pyproj
import pytest
from conftest import box, line, lonlat, world

from cuntong_gis import model, settings
from cuntong_gis.errors import NetworkError
from cuntong_gis.network import build_network, connect, cost, off_road_cny_per_km, to_networkx, topology

GEOD = pyproj.Geod(ellps="WGS84")
PLAIN = settings.Settings()


def with_network(**changes: object) -> settings.Settings:
    return dataclasses.replace(PLAIN, network=dataclasses.replace(PLAIN.network, **changes))


def road_graph(network: model.Network) -> nx.Graph:
    return nx.Graph(to_networkx(network))


def codes(network: model.Network) -> list[str]:
    return [f.code for f in network.findings]


LONG = line((0, 0), (3000, 0))


def test_roads_are_cut_where_they_share_a_vertex_and_nowhere_else():
    through = line((0, 0), (1000, 0), (3000, 0))
    side = line((1000, 0), (1000, 2000))
    network = build_network(world([through, side], [(3000, 0)], [(0, 0)]), PLAIN)
    roads = network.edges[network.edges["kind"] == "road"]
    assert sorted(round(x) for x in roads["length_m"]) == [1000, 2000, 2000]


def test_lengths_are_those_of_the_geodesic():
    bent = line((0, 0), (800, 300), (1500, -200), (3000, 50))
    network = build_network(world([bent], [(3000, 400)], [(0, 0)]), PLAIN)
    for edge in network.edges.itertuples():
        assert edge.length_m == pytest.approx(GEOD.geometry_length(edge.geometry), rel=1e-9)


def test_a_village_joins_the_nearest_point_on_a_road_by_splitting_it():
    network = build_network(world([LONG], [(1234, 100)], [(0, 0)]), PLAIN)
    link = network.edges[network.edges["kind"] == "link"].iloc[0]
    assert link["length_m"] == pytest.approx(100, abs=0.2)
    roads = network.edges[network.edges["kind"] == "road"]["length_m"]
    assert sorted(round(x) for x in roads) == [1234, 1766]


def test_a_village_on_the_road_needs_no_link():
    network = build_network(world([LONG], [(1500, 0)], [(0, 0)]), PLAIN)
    assert (network.edges["kind"] == "road").all()
    assert network.villages["reachable"].all()


def test_villages_at_one_point_are_both_there():
    network = build_network(world([LONG], [(1500, 50), (1500, 50)], [(0, 0)]), PLAIN)
    assert network.villages["reachable"].tolist() == [True, True]


@pytest.mark.parametrize(
    ("option", "osm", "bridge", "joined"),
    [
        ("auto", False, False, True), ("auto", True, False, False), ("always", True, False, True),
        ("never", False, False, False), ("always", False, True, False),
    ],
)  # fmt: skip
def test_crossings_join_only_where_the_setting_allows_and_never_on_bridges(option, osm, bridge, joined):
    south, over, north = line((1500, -1500), (1500, -50)), line((1500, -50), (1500, 50)), line((1500, 50), (1500, 1500))
    layers = world(
        [LONG, south, over, north], [(1500, 1500)], [(0, 0)], road={"bridge": [False, False, bridge, False]}, osm=osm
    )
    network = build_network(layers, with_network(node_crossings=option, max_gap_m=0.0))
    assert network.villages["reachable"].tolist() == [joined]
    assert "crossings_without_vertex" in codes(network)


def test_an_end_within_the_tolerance_is_snapped_without_a_gap():
    network = build_network(world([LONG, line((1500, 0.6), (1500, 2500))], [(1500, 2500)], [(0, 0)]), PLAIN)
    assert network.villages["reachable"].all()
    assert not (network.edges["kind"] == "gap").any()
    assert "ends_snapped" in codes(network)


def test_ends_of_two_roads_within_the_tolerance_meet():
    network = build_network(world([LONG, line((3000.5, 0), (6000, 0))], [(6000, 0)], [(0, 0)]), PLAIN)
    assert network.villages["reachable"].all()
    assert (network.edges["kind"] == "road").all()


def test_a_gap_within_the_limit_is_bridged_at_the_off_road_price():
    network = build_network(world([LONG, line((3150, 0), (6000, 0))], [(6000, 0)], [(0, 0)]), PLAIN)
    gap = network.edges[network.edges["kind"] == "gap"]
    assert gap["length_m"].tolist() == pytest.approx([150], abs=0.2)
    assert gap["cost_fen"].iloc[0] == round(gap["length_m"].iloc[0] / 1000 * off_road_cny_per_km(PLAIN.cost) * 100)
    assert network.villages["reachable"].all()


def test_a_gap_over_the_limit_is_reported_with_distance_and_price():
    network = build_network(world([LONG, line((3210, 0), (6000, 0))], [(6000, 0)], [(0, 0)]), PLAIN)
    village = network.villages.iloc[0]
    assert not village["reachable"]
    assert village["bridge_m"] == pytest.approx(210, abs=0.3)
    assert village["bridge_fen"] == round(village["bridge_m"] / 1000 * off_road_cny_per_km(PLAIN.cost) * 100)
    finding = next(f for f in network.findings if f.code == "village_unreachable")
    assert "210" in finding.message.zh and "210" in finding.message.en


def test_a_village_beyond_the_link_limit_is_reported():
    network = build_network(world([LONG], [(1500, 5400)], [(0, 0)]), PLAIN)
    village = network.villages.iloc[0]
    assert not village["reachable"]
    assert village["bridge_m"] == pytest.approx(5400, rel=1e-3)
    assert "5,000" in village["reason"] or "5000" in village["reason"]


def test_a_short_island_is_no_place_to_join():
    island = line((1000, 600), (1460, 600))
    network = build_network(world([LONG, island], [(1200, 700)], [(0, 0)]), PLAIN)
    assert network.villages["reachable"].all()
    link = network.edges[network.edges["kind"] == "link"]
    assert link["length_m"].max() == pytest.approx(700, abs=1)


def test_an_access_point_beside_a_short_island_does_not_cut_the_plan_off():
    island = line((0, 600), (460, 600))
    network = build_network(world([LONG, island], [(3000, 0)], [(200, 650)]), PLAIN)
    assert network.villages["reachable"].all()


def test_tappable_fiber_is_a_source_anywhere_along_it():
    cable = line((0, 40), (3000, 40))
    layers = world([LONG], [(1500, 1000)], fiber=[cable])
    network = build_network(layers, PLAIN)
    assert "fiber_assumed_tappable" in codes(network)
    taps = network.sources[network.sources["kind"] == "tap"]
    nearest = min(abs(x - lonlat([[1500, 40]])[0][0]) for x in taps.geometry.x)
    assert nearest < 1e-6


def test_fiber_is_not_tapped_where_access_points_are_given_and_it_says_nothing():
    layers = world([LONG], [(1500, 1000)], [(0, 0)], fiber=[line((0, 40), (3000, 40))])
    assert (build_network(layers, PLAIN).sources["kind"] == "access_point").all()


def test_fiber_that_crosses_a_road_is_tapped_at_the_crossing():
    layers = world([LONG], [(3000, 0)], fiber=[line((700, -500), (700, 500))], cable={"tappable": [True]})
    network = build_network(layers, PLAIN)
    nearest = GEOD.inv(*lonlat([[700, 0]])[0], network.sources.geometry.x.iloc[0], network.sources.geometry.y.iloc[0])
    assert any(GEOD.inv(*lonlat([[700, 0]])[0], p.x, p.y)[2] < 0.1 for p in network.sources.geometry), nearest


def test_forbidden_areas_are_not_crossed_and_avoid_areas_cost_more():
    around = line((0, 0), (0, 500), (3000, 500), (3000, 0))
    layers = world(
        [LONG, around], [(3000, 0)], [(0, 0)], area={"kind": ["forbid"], "geometry": [box(1000, -10, 1100, 10)]}
    )
    network = build_network(layers, PLAIN)
    assert "forbidden_edges" in codes(network)
    assert network.edges["length_m"].min() > 3500
    layers = world(
        [LONG], [(3000, 0)], [(0, 0)], area={"kind": ["avoid"], "factor": [3.0], "geometry": [box(0, -10, 1500, 10)]}
    )
    dear = build_network(layers, PLAIN).edges["cost_fen"].sum()
    cheap = build_network(world([LONG], [(3000, 0)], [(0, 0)]), PLAIN).edges["cost_fen"].sum()
    assert dear / cheap == pytest.approx(2.0, rel=1e-3)


def test_a_pole_line_with_room_is_reused():
    layers = world(
        [LONG], [(3000, 0)], [(0, 0)], support={"kind": ["pole_line"], "geometry": [line((-50, 5), (3050, 5))]}
    )
    edges = build_network(layers, PLAIN).edges
    assert set(edges["deployment"]) == {"aerial_reused"}
    assert edges["cost_fen"].sum() == pytest.approx(edges["length_m"].sum() * 1400, rel=1e-6)


def test_the_price_follows_class_and_deployment():
    network = build_network(world([LONG], [(3000, 0)], [(0, 0)], road={"road_class": ["national"]}), PLAIN)
    edge = network.edges.iloc[0]
    assert edge["cost_fen"] == round(edge["length_m"] * 35 * 1.1 * 100)


def test_steeper_roads_cost_more(tmp_path):
    import rasterio

    west, north = lonlat([[-500, 500]])[0]
    columns = np.linspace(0, 800, 400)
    path = tmp_path / "height.tif"
    with rasterio.open(
        path, "w", driver="GTiff", height=40, width=400, count=1, dtype="float32", crs="EPSG:4326",
        transform=rasterio.Affine(0.0001, 0.0, west, 0.0, -0.0003, north), nodata=-9999,
    ) as raster:  # fmt: skip
        raster.write(np.tile(columns, (40, 1)).astype("float32"), 1)
    flat = world([line(*[(x, 0) for x in range(0, 3001, 100)])], [(3000, 0)], [(0, 0)])
    steep = dataclasses.replace(flat, elevation=path)
    ratio = build_network(steep, PLAIN).edges["cost_fen"].sum() / build_network(flat, PLAIN).edges["cost_fen"].sum()
    assert 1.15 < ratio < 1.25  # 2 m a column of about 10 m: slope 0.2


def test_without_roads_everything_is_unsurveyed_and_connected():
    places = [(x * 700.0, y * 900.0) for x in range(4) for y in range(3)]
    network = build_network(world(None, places, [(-500, -500)]), PLAIN)
    assert not network.surveyed
    assert set(network.edges["kind"]) == {"proximity"}
    assert network.villages["reachable"].all()
    assert "no_roads" in codes(network)


@pytest.mark.parametrize(
    "places", [[(1000, 0)], [(1000, 0), (2000, 0)], [(float(x), 0.0) for x in range(1000, 9000, 1000)]]
)
def test_without_roads_few_or_aligned_points_are_connected(places):
    assert build_network(world(None, places, [(0, 0)]), PLAIN).villages["reachable"].all()


def test_without_roads_villages_at_one_point_and_fiber_to_tap():
    network = build_network(world(None, [(1000, 500), (1000, 500)], fiber=[line((0, 0), (3000, 0))]), PLAIN)
    assert network.villages["reachable"].all()
    assert network.villages["node"].nunique() == 1


def test_no_source_or_no_village_is_one_clear_error():
    with pytest.raises(NetworkError, match="no access point and no existing fiber"):
        build_network(world([LONG], [(0, 0)]), PLAIN)
    with pytest.raises(NetworkError, match="no usable village"):
        build_network(world([LONG], [], [(0, 0)]), PLAIN)


def test_an_access_point_too_far_is_an_error_finding():
    network = build_network(world([LONG], [(0, 0)], [(0, 0), (0, 9000)]), PLAIN)
    finding = next(f for f in network.findings if f.code == "access_point_too_far")
    assert finding.row == "A2" and "9,0" in finding.message.en


def test_row_order_and_direction_change_nothing():
    roads = [LONG, line((1000, 0), (1000, 2000)), line((1000, 2000), (3000, 0)), line((500, -300), (500, 300))]
    one = build_network(world(roads, [(1000, 2000), (2500, 80)], [(0, 0)]), PLAIN)
    other = build_network(world([r.reverse() for r in roads[::-1]], [(1000, 2000), (2500, 80)], [(0, 0)]), PLAIN)
    assert one.edges[["u", "v", "cost_fen"]].equals(other.edges[["u", "v", "cost_fen"]])
    assert one.nodes.geometry.geom_equals(other.nodes.geometry).all()


def test_points_whose_foot_on_the_road_is_one_place_share_a_node():
    network = build_network(world([LONG], [(1500, 50), (1500, 50), (1500, -80), (2500, 0)], [(1500, 50.002)]), PLAIN)
    assert network.villages["reachable"].all()
    assert network.edges["length_m"].min() > 1
    assert network.villages["node"].iloc[0] == network.villages["node"].iloc[1] == network.sources["node"].iloc[0]


def test_points_beside_the_road_are_linked_to_one_another():
    far = [(1500, 1000), (1500, 1020), (1500, 1000)]
    network = build_network(world([LONG], far, [(0, 0)]), PLAIN)
    links = network.edges[network.edges["kind"] == "link"]
    assert links["length_m"].min() == pytest.approx(20, abs=0.1)


def test_a_village_at_its_room_off_the_road_costs_nothing():
    network = build_network(world([LONG], [(1500, 1000)], [(1500, 1000)]), PLAIN)
    assert network.villages["node"].iloc[0] == network.sources["node"].iloc[0]


def test_every_break_at_a_border_is_bridged():
    west = [line((0, y), (5000, y)) for y in (0, 4000, 8000)] + [line((0, 0), (0, 4000), (0, 8000))]
    east = [line((5012, y), (10000, y)) for y in (0, 4000, 8000)] + [line((10000, 0), (10000, 4000), (10000, 8000))]
    network = build_network(world(west + east, [(10000, 0)], [(0, 0)]), PLAIN)
    assert network.edges[network.edges["kind"] == "gap"]["length_m"].tolist() == pytest.approx([12, 12, 12], abs=0.1)


def test_a_break_within_one_component_is_bridged():
    broken = [line((0, 0), (2000, 0)), line((2005, 0), (4000, 0)), line((0, 0), (0, 9000), (4000, 9000), (4000, 0))]
    network = build_network(world(broken, [(4000, 0)], [(0, 0)]), PLAIN)
    assert network.edges[network.edges["kind"] == "gap"]["length_m"].tolist() == pytest.approx([5], abs=0.1)


@pytest.mark.parametrize(
    "cable", [line((1500, 900), (1500, 0), (1500, -900)), line((1500, 900), (1500, 0)), line((1500, 900), (1500, 3))]
)
def test_fiber_that_touches_a_road_or_ends_beside_it_is_tapped_there(cable):
    bent = line((0, 0), (1500, 0), (3000, 0))
    network = build_network(world([bent], [(3000, 0)], fiber=[cable], cable={"tappable": [True]}), PLAIN)
    graph = road_graph(network)
    metres = nx.multi_source_dijkstra(graph, set(network.sources["node"]), weight="length_m")[0]
    assert metres[network.villages["node"].iloc[0]] == pytest.approx(1500, abs=3.5)


def test_tunnels_and_bridges_are_not_joined_in_between():
    roads = [line((0, 0), (1000, 0)), line((1000, 0), (2000, 0)), line((2000, 0), (4000, 0))]
    network = build_network(world(roads, [(1500, 200)], [(0, 0)], road={"tunnel": [False, True, False]}), PLAIN)
    link = network.edges[network.edges["kind"] == "link"]
    assert link["length_m"].tolist() == pytest.approx([np.hypot(500, 200)], abs=0.5)
    under = line((1500, -3000), (1500, -60))
    network = build_network(
        world([*roads, under], [(1500, -3000)], [(0, 0)], road={"bridge": [False, True, False, False]}), PLAIN
    )
    assert not network.villages["reachable"].any()


def test_an_island_with_an_access_point_serves_its_villages():
    island = line((0, 3300), (1000, 3300))
    network = build_network(world([LONG, island], [(1000, 3300)], [(0, 3300)]), PLAIN)
    graph = road_graph(network)
    metres = nx.multi_source_dijkstra(graph, set(network.sources["node"]), weight="length_m")[0]
    assert metres[network.villages["node"].iloc[0]] == pytest.approx(1000, abs=1)


def test_fiber_that_may_not_be_tapped_is_no_source():
    with pytest.raises(NetworkError, match="may be tapped"):
        build_network(world([LONG], [(0, 0)], fiber=[LONG], cable={"tappable": [False]}), PLAIN)


@pytest.mark.parametrize("seed", range(6))
def test_the_price_of_a_bridge_is_that_to_the_very_nearest_place(seed):
    rng = np.random.default_rng(seed)
    roads = [
        line(*np.cumsum(rng.uniform(-600, 900, (6, 2)), axis=0) + np.array([0, 40_000 * (n % 2)])) for n in range(12)
    ]
    villages = [tuple(v) for v in rng.uniform([-2000, 38_000], [5000, 43_000], (5, 2))]
    network = build_network(world(roads, villages, [(0, 0)]), PLAIN)
    graph, source = road_graph(network), network.sources["node"].iloc[0]
    near = nx.node_connected_component(graph, source)
    assert not network.villages["reachable"].any()
    planar = network.edges.to_crs(network.crs)
    there = planar[network.edges["u"].isin(near)].union_all()
    for village in network.villages.itertuples():
        own = nx.node_connected_component(graph, village.node)
        here = planar[network.edges["u"].isin(own)].union_all()
        if here.is_empty:
            here = network.nodes.to_crs(network.crs).geometry[village.node]
        assert village.bridge_m == pytest.approx(here.distance(there), rel=1e-3)


def test_the_size_of_the_pieces_of_work_changes_nothing(monkeypatch):
    rng = np.random.default_rng(1)
    roads = [line(*rng.uniform(0, 6000, (3, 2))) for _ in range(30)]
    layers = world(
        roads, [tuple(v) for v in rng.uniform(0, 6000, (20, 2))], [(0, 0)],
        support={"kind": ["pole_line"] * 10, "geometry": roads[::3]},
    )  # fmt: skip
    whole = build_network(layers, PLAIN)
    assert (whole.edges["deployment"] == "aerial_reused").sum() > 10
    for room in (connect, topology, cost):
        monkeypatch.setattr(room, "CHUNK", 3)
    pieces = build_network(layers, PLAIN)
    assert pieces.edges.equals(whole.edges) and pieces.villages.equals(whole.villages)
    assert (whole.edges["kind"] == "gap").any() or len(whole.edges) > 60


def test_one_road_drawn_twice_is_priced_alike_in_either_order():
    drawn = [("county", LONG), ("track", LONG.reverse()), ("village", LONG)]
    tables = []
    for order in ([0, 1, 2], [2, 0, 1], [1, 2, 0]):
        classes, lines = zip(*(drawn[n] for n in order), strict=True)
        tables.append(build_network(world(lines, [(3000, 0)], [(0, 0)], road={"road_class": list(classes)}), PLAIN))
    assert len(tables[0].edges) == 3
    assert all(other.edges.equals(tables[0].edges) for other in tables[1:])
