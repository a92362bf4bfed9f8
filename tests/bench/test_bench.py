"""The harness itself, on the smallest graph: what it writes, and that it is not fooled by a wrong answer."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
import shapely

from bench import checker, figures, instances, meters, planners, provinces, report, runs
from bench.__main__ import main

GRAPH = instances.small()


def test_the_checker_tells_sound_answers_from_wrong_ones():
    result = planners.PLANNERS["cuntong"].solve(GRAPH, effort="quick")
    sound = checker.check(GRAPH, result.edges)
    assert sound == {"cost": result.cost, "connected": True, "tree": True}
    assert checker.complaints(GRAPH, result.cost, result.lower_bound, sound) == []
    cut = checker.check(GRAPH, result.edges[1:])
    assert not cut["connected"] and checker.complaints(GRAPH, None, None, cut)
    twice = checker.check(GRAPH, np.append(result.edges, result.edges[0]))
    assert checker.complaints(GRAPH, result.cost, 0, twice) == ["holds a cycle or an edge twice"]
    assert checker.complaints(GRAPH, result.cost - 1, 0, sound)
    assert checker.complaints(GRAPH, result.cost, result.cost + 1, sound)
    known = dataclasses.replace(GRAPH, known=result.lower_bound - 1)
    assert checker.complaints(known, result.cost, result.lower_bound, sound)


def test_scipy_and_networkx_agree_on_mehlhorns_tree():
    cost = {}
    for name in ("scipy", "networkx"):
        planner = planners.PLANNERS[name]
        edges = planner.edges(GRAPH, planner.solve(planner.prepare(GRAPH)))
        found = checker.check(GRAPH, edges)
        assert found["connected"]
        cost[name] = found["cost"]
    assert cost["scipy"] == pytest.approx(cost["networkx"], rel=0.02)


def test_pairs_become_the_cheapest_of_parallel_edges_and_a_pair_without_edge_is_an_error():
    graph = instances.Instance("x", 3, *np.array([[0, 1, 1], [1, 0, 2], [9, 4, 1]]), np.array([0, 2]))
    numbers = checker.EdgeNumbers(graph)
    assert numbers.of(np.array([[1, 0], [2, 1]])).tolist() == [1, 2]
    assert sorted(numbers.simple.tolist()) == [1, 2]
    with pytest.raises(ValueError, match="no edge"):
        numbers.of(np.array([[0, 2]]))


def test_peak_memory_and_cpu_grow_with_what_is_used():
    before, cpu = meters.peak_mb(), meters.cpu_seconds()
    held = np.ones(int(before) * 1_000_000 // 8 + 30_000_000)
    assert meters.peak_mb() > before + 100
    assert held.sum() > 0 and meters.cpu_seconds() > cpu


def made_results(tmp_path, **changes) -> runs.Results:
    """Return results of made-up runs: rustworkx 10 CPU s and cost 1000 on every graph, ours as good as the goals ask."""
    results = runs.Results(tmp_path / "results.json", 1)
    base = {"wall_s": 1.0, "peak_mb": 900.0, "edges": 9, "terminals": 5, "known": 940, "proven": True, "tree": True}
    base |= {"connected": True, "complaints": [], "certificate": None, "when": "2016-01-01", "commit": "x", "code": "x"}
    sizes = {"gz50k": 50_000, "gz200k": 200_000, "gz1m": 1_000_000} | {f"instance{n:03}": 4_000 for n in range(12)}
    for name, nodes in sizes.items():
        rows = {"rustworkx": ("", 10.0, 1000, None), "first": ("first", nodes / 5e5, 990, 900)}
        rows |= {"budget": ("budget", 60.0, 940, 940), "normal": ("normal", nodes / 1e5, 941, 940)}
        for planner, (variant, cpu, cost, bound) in rows.items():
            run = {"instance": name, "planner": planner if planner == "rustworkx" else "cuntong", "variant": variant}
            run |= {"repeat": 0, "cpu_s": cpu, "cost": cost, "bound": bound, "nodes": nodes}
            run |= {"budget_cpu_s": 60.0 if variant == "budget" else None} | changes.get(f"{name}_{planner}", {})
            results.keep(base | run)
    return results


def test_every_goal_is_met_by_runs_that_are_good_enough(tmp_path):
    met = {f.key: f.met(f.goal) for f in figures.figures(made_results(tmp_path))}
    assert set(met.values()) == {"yes"}, met


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"gz1m_first": {"cost": 1001}}, "first_plan"),
        ({"gz1m_first": {"cpu_s": 2.6}}, "first_plan"),
        ({"gz1m_budget": {"cost": 956}}, "final_cost"),
        ({"gz1m_budget": {"cpu_s": 60.1}}, "gap_gz1m"),
        ({"gz200k_budget": {"bound": 938}}, "gap_gz200k"),
        ({"gz50k_budget": {"complaints": ["holds a cycle"]}}, "gap_gz50k"),
        ({"instance009_budget": {"cost": 980}}, "telecom"),
        ({"gz1m_normal": {"peak_mb": 1001.0}}, "memory"),
        ({"gz1m_normal": {"cpu_s": 15.1}}, "growth_normal"),
    ],
)
def test_a_goal_missed_is_said(tmp_path, changes, key):
    results = made_results(tmp_path, **changes)
    figure = next(f for f in figures.figures(results) if f.key == key)
    assert figure.met(figure.goal) == "**no**"
    assert f"| {figure.name} |" in report.page(results)


def test_the_readmes_paragraph_quotes_measured_figures_only(tmp_path):
    english, chinese = report.paragraph(made_results(tmp_path))
    assert "6.0 %" in english and "6.0 %" in chinese and "0.90 GB" in english
    with pytest.raises(SystemExit, match="not measured yet: first_plan"):
        report.paragraph(runs.Results(tmp_path / "none.json", 1))


def test_the_smallest_graph_from_end_to_end_and_again_without_work(tmp_path, capsys):
    pytest.importorskip("rustworkx", reason="rustworkx is absent: make bench installs it")
    names = instances.telecom_names()
    if not names:
        pytest.skip(f"no graphs in {instances.TELECOM}")
    command = ["--only", names[0], "--repeats", "1", "--out", str(tmp_path)]
    main(command)
    data = json.loads((tmp_path / "results.json").read_text("utf-8"))
    assert len(data["runs"]) == 7 and not any("error" in r or r["complaints"] for r in data["runs"])
    ours = [r for r in data["runs"] if r["planner"] == "cuntong"]
    assert all(r["bound"] <= r["known"] <= r["cost"] for r in ours)
    assert all(r["known"] <= r["cost"] for r in data["runs"])
    page = (tmp_path / "RESULTS.md").read_text("utf-8")
    assert f"| {names[0]} |" in page and "not run" in page
    capsys.readouterr()
    main([*command, "--resume"])
    assert capsys.readouterr().out.count(": kept") == 7


def test_the_way_from_files_to_plan_is_measured_stage_by_stage(tmp_path):
    (tmp_path / "layers").mkdir()
    for file in (instances.ROOT / "cuntong.toml", *(instances.ROOT / "layers").iterdir()):
        (tmp_path / file.relative_to(instances.ROOT)).write_bytes(file.read_bytes())
    row = runs.in_own_process("bench.chain", {"folder": str(tmp_path), "scale": "county", "effort": "quick"})
    assert [stage["stage"] for stage in row["stages"]] == ["read", "network", "solve", "spans", "save"], row
    assert row["reached"] == 126 and (tmp_path / "campaign" / "plan.gpkg").exists()
    results = runs.Results(tmp_path / "results.json", 1)
    results.data["chain"] = [row | {"scale": "county", "effort": "quick", "when": "2016-01-01", "commit": "x"}]
    assert "126 villages (126 reached)" in report.page(results)


def test_88_reporters_are_measured_on_either_store(tmp_path):
    row = runs.in_own_process("bench.reporters", {"posts": 2})
    assert row["stores"][0]["store"] == "SQLite"
    for store in row["stores"]:
        assert store["errors"] == []
        assert store["identical"] == {"new": 1, "same": 87}
        assert store["in_ledger"] == store["expected"] == 88 * 3 + 1
    results = runs.Results(tmp_path / "results.json", 1)
    results.data["reporters"] = [row | {"when": "2016-01-01", "commit": "x"}]
    page = report.page(results)
    assert "88 reporters at once" in page
    assert "1 new, 87 same" in page


def test_the_rollup_of_a_year_is_measured_from_entries_in_memory(tmp_path):
    row = runs.in_own_process("bench.rollup", {"entries": 5_000})
    assert (row["entries"], row["villages"], row["units"]) == (5_000, 11_097, 12_495), row
    results = runs.Results(tmp_path / "results.json", 1)
    results.data["rollup"] = [row | {"when": "2016-01-01", "commit": "x"}]
    assert "5,000 entries of 11,097 villages" in report.page(results)


def test_the_province_to_draw_has_its_size_and_is_always_the_same():
    plan, again = provinces.a_province_to_draw(), provinces.a_province_to_draw()
    assert (len(plan.villages), len(plan.spans)) == (11_097, 12_000)
    assert shapely.get_num_coordinates(plan.spans.geometry.values).sum() == 294_000
    assert (plan.boundaries["level"] == "county").sum() == 88 and plan.boundaries.geometry.is_valid.all()
    assert plan.totals.reached == plan.villages["reached"].sum() == len(plan.routes)
    first = (
        plan.routes["span_ids"]
        .str.split()
        .str[0]
        .map(dict(zip(plan.spans["span_id"], plan.spans["to_site"], strict=True)))
    )
    assert (first == "V-" + plan.routes["village_code"]).all(), "a route begins with the span that ends at its village"
    for name in ("villages", "spans", "routes", "sites", "fiber", "boundaries"):
        assert getattr(plan, name).to_wkb().equals(getattr(again, name).to_wkb()), name


def test_a_run_that_fails_is_named_and_does_not_count(tmp_path):
    job = runs.Job("no_such_graph", "scipy", "", 0)
    results = made_results(tmp_path)
    results.keep(runs.run(job, 1))
    assert results.find(*job.key[:3]) == [] and not results.has(job)
    assert "no_such_graph scipy: exit code 1: FileNotFoundError" in report.page(results)
