"""Reject a crossing as the engineer does it: plan, ban a span in cuntong.toml, plan again, read the difference."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pyogrio
import pytest
from conftest import run_cuntong

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def county(tmp_path_factory) -> Path:
    """The demo county with a plan drafted."""
    folder = tmp_path_factory.mktemp("county")
    (folder / "layers").mkdir()
    for file in (ROOT / "layers").iterdir():
        (folder / "layers" / file.name).write_bytes(file.read_bytes())
    (folder / "cuntong.toml").write_bytes((ROOT / "cuntong.toml").read_bytes())
    first = run_cuntong("plan", "-C", str(folder))
    assert first.returncode == 0 and "上一草案" not in first.stdout, first.stderr
    return folder


def spans(folder: Path):
    return pyogrio.read_dataframe(folder / "campaign" / "plan.gpkg", layer="spans")


def test_the_whole_loop(county):
    again = run_cuntong("plan", "-C", str(county))
    assert "与上一草案相同" in again.stdout and not (county / "maps_out" / "plan_change.csv").exists()
    before = spans(county)
    span = before[before["villages"] > 5].sort_values("length_m")["span_id"].iloc[-1]
    settings = county / "cuntong.toml"
    plain = settings.read_text("utf-8")
    settings.write_text(f'{plain}\n[steering]\nbanned_spans = ["{span}"]\n', "utf-8")
    stale = run_cuntong("plan", "issue", "-C", str(county))
    assert stale.returncode == 1 and "cuntong plan" in stale.stderr

    done = run_cuntong("plan", "-C", str(county), "--json")
    summary = json.loads(done.stdout)
    after, change = spans(county), summary["change"]
    assert span in change["spans"]["removed"] and span not in set(after["span_id"])
    assert set(change["spans"]["added"]) <= set(after["span_id"]) - set(before["span_id"])
    assert change["spans"]["kept"] == len(set(before["span_id"]) & set(after["span_id"]))
    assert change["route_km"]["after"] == summary["route_km"] and change["cost_cny"]["after"] == summary["cost_cny"]
    assert float(change["cost_cny"]["delta"]) == pytest.approx(after["cost_cny"].sum() - before["cost_cny"].sum())
    assert float(change["cost_cny"]["delta"]) > 0
    assert len([v for v in change["villages"] if v["change"] in ("rerouted", "unreachable")]) > 5
    table = (county / "maps_out" / "plan_change.csv").read_text("utf-8-sig")
    assert len(list(csv.reader(table.splitlines()))) == 1 + len(change["villages"]) + sum(
        len(change["spans"][kind]) for kind in ("added", "removed", "recut")
    )

    third = run_cuntong("plan", "-C", str(county))
    assert third.returncode == 0 and "与上一草案相同" in third.stdout and "照此要求" in third.stdout
    assert span not in set(spans(county)["span_id"])

    settings.write_text(f'{plain}\n[steering]\nmust_use_spans = ["{span}"]\n', "utf-8")
    back = run_cuntong("plan", "-C", str(county), "--lang", "en")
    assert "compared with the draft before, spans: added" in back.stdout and "villages rerouted" in back.stdout
    assert "no plan under this steering costs less" in back.stdout
    assert spans(county)["cost_cny"].sum() == pytest.approx(before["cost_cny"].sum())


def test_a_ban_can_be_lifted_and_put_back_although_no_plan_holds_the_span_any_more(county):
    plain = (ROOT / "cuntong.toml").read_text("utf-8")
    kept = pyogrio.read_dataframe(county / "campaign" / "steering.gpkg", layer="steering")
    (span,) = kept["span_id"]
    (county / "campaign" / "plan.gpkg").write_bytes(b"damaged")
    (county / "cuntong.toml").write_text(f'{plain}\n[steering]\nbanned_spans = ["{span}"]\n', "utf-8")
    done = run_cuntong("plan", "-C", str(county))
    assert done.returncode == 0 and "按要求禁用" in done.stdout and "上一草案" not in done.stdout
    assert span not in set(spans(county)["span_id"])


def test_an_unknown_span_is_one_line_and_the_draft_stays(county):
    draft = county / "campaign" / "plan.gpkg"
    kept, plain = draft.read_bytes(), (ROOT / "cuntong.toml").read_text("utf-8")
    (county / "cuntong.toml").write_text(f'{plain}\n[steering]\nbanned_spans = ["S0123456789"]\n', "utf-8")
    for command in (["check"], ["plan"], ["build"]):
        done = run_cuntong(*command, "-C", str(county))
        assert done.returncode == 1 and len(done.stderr.strip().splitlines()) == 1
        assert "S0123456789" in done.stderr and "banned_spans" in done.stderr
    assert draft.read_bytes() == kept


def test_the_layer_makes_the_draft_stale(county):
    (county / "cuntong.toml").write_bytes((ROOT / "cuntong.toml").read_bytes())
    assert run_cuntong("plan", "-C", str(county)).returncode == 0
    assert not json.loads(run_cuntong("build", "-C", str(county), "--json").stdout)["planned"]
    course = spans(county).sort_values("length_m").iloc[[-1]][["geometry"]]
    course.assign(类型="禁用", 原因="深谷").to_file(county / "layers" / "steering.geojson")
    run = json.loads(run_cuntong("build", "-C", str(county), "--json").stdout)
    assert run["planned"] and run["change"]["spans"]["removed"]
    assert pyogrio.read_dataframe(county / "maps_out" / "campaign.gpkg", layer="steering")["reason"].tolist() == [
        "深谷"
    ]
