"""Two countries out of OpenStreetMap, as docs/real-start.md prints them, through the command line."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path

import networkx as nx
import pyogrio
import pyproj
import pytest
import shapely
from conftest import SHARED, run_cuntong

from cuntong_gis import load_settings, read_layers
from cuntong_gis.network import build_network, to_networkx

GEOD = pyproj.Geod(ellps="WGS84")
DOC = Path(__file__).resolve().parents[2] / "docs" / "real-start.md"
COUNTRIES = {"andorra": ("andorra_osm2013.osm.pbf", 59), "liechtenstein": ("liechtenstein_osm2024.osm.pbf", 41)}


def printed_settings(extract: str) -> str:
    """Return the settings file that the document prints for an extract."""
    return next(block for block in re.findall(r"```toml\n(.*?)```", DOC.read_text("utf-8"), re.S) if extract in block)


@pytest.fixture(scope="module", params=list(COUNTRIES))
def country(request, tmp_path_factory):
    if not SHARED.exists():
        pytest.skip("../shared is absent")
    extract, places = COUNTRIES[request.param]
    folder = tmp_path_factory.mktemp(request.param)
    (folder / extract).symlink_to(SHARED / "data" / request.param / extract)
    (folder / "cuntong.toml").write_text(printed_settings(extract), "utf-8")
    done = run_cuntong("build", "-C", str(folder), "--json")
    assert done.returncode == 0, done.stderr
    return folder, places, json.loads(done.stdout)


def test_every_place_is_reached_with_a_small_gap(country):
    _, places, summary = country
    assert (summary["villages"], summary["reached"], summary["unreachable"]) == (places, places, 0)
    assert 0 <= summary["gap"] <= 0.02
    assert Decimal(summary["lower_bound_cny"]) <= Decimal(summary["cost_cny"])
    for name in ("route_km", "cpu_seconds", "peak_mb"):
        assert summary[name] > 0


def test_lengths_are_geodesic_and_add_up(country):
    folder, _, summary = country
    spans = pyogrio.read_dataframe(folder / "maps_out" / "campaign.gpkg", layer="spans")
    for span in spans.itertuples():
        assert span.length_m == pytest.approx(GEOD.geometry_length(span.geometry), rel=1e-6)
    assert summary["route_km"] == pytest.approx(spans["length_m"].sum() / 1000, abs=0.0006)
    assert Decimal(summary["cost_cny"]) == sum(Decimal(str(round(c, 2))) for c in spans["cost_cny"])


def test_the_plan_is_a_forest_from_the_source_to_every_place(country):
    folder, places, _ = country
    package = folder / "maps_out" / "campaign.gpkg"
    spans = pyogrio.read_dataframe(package, layer="spans")
    sites = pyogrio.read_dataframe(package, layer="sites").set_index("site_id")
    villages = pyogrio.read_dataframe(package, layer="villages").set_index("code")
    routes = pyogrio.read_dataframe(package, layer="routes")
    graph = nx.MultiGraph(list(zip(spans["from_site"], spans["to_site"], strict=True)))
    assert nx.is_forest(graph)
    sources = set(sites.index[sites["kind"].isin(["access_point", "tap"])])
    assert all(len(part & sources) == 1 for part in nx.connected_components(graph))
    for span in spans.itertuples():
        ends = shapely.get_coordinates(span.geometry)
        for site, end in ((span.from_site, ends[0]), (span.to_site, ends[-1])):
            place = sites.geometry[site]
            assert GEOD.inv(*end, place.x, place.y)[2] < 0.05
    assert len(routes) == places
    by_id = spans.set_index("span_id")
    for route in routes.itertuples():
        chain = route.span_ids.split()
        assert nx.has_path(graph, route.source_id, by_id["to_site"][chain[0]])
        end = shapely.get_coordinates(by_id.geometry[chain[0]])[-1]
        home = villages.geometry[route.village_code]
        assert GEOD.inv(*end, home.x, home.y)[2] < 0.05


def test_networkx_finds_nothing_cheaper_on_the_same_graph(country):
    folder, _, summary = country
    settings = load_settings(folder / "cuntong.toml")
    network = build_network(read_layers(settings), settings)
    graph = nx.Graph()
    for u, v, data in to_networkx(network).edges(data=True):
        if not graph.has_edge(u, v) or graph[u][v]["weight"] > data["weight"]:
            graph.add_edge(u, v, weight=data["weight"])
    wanted = {*network.sources["node"], *network.villages["node"]}
    part = graph.subgraph(nx.node_connected_component(graph, network.sources["node"].iloc[0]))
    theirs = nx.algorithms.approximation.steiner_tree(part, wanted).size(weight="weight")
    assert Decimal(summary["cost_cny"]) * 100 <= theirs
