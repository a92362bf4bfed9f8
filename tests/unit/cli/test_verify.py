"""A plan with its certificate, verified as a reviewer does it; and every certificate that is not the draft's."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pyogrio
import pytest
from conftest import run_cuntong

from cuntong_gis import load_certificate, load_plan, save_certificate
from cuntong_gis.errors import CertificateError
from cuntong_gis.workspace import open_workspace, verify

ROOT = Path(__file__).resolve().parents[3]
CERTIFICATE = Path("campaign", "plan.certificate.npz")


@pytest.fixture
def county(tmp_path) -> Path:
    """The demo county, nothing planned."""
    (tmp_path / "layers").mkdir()
    for file in (ROOT / "layers").iterdir():
        (tmp_path / "layers" / file.name).write_bytes(file.read_bytes())
    (tmp_path / "cuntong.toml").write_bytes((ROOT / "cuntong.toml").read_bytes())
    return tmp_path


def plan(folder: Path, *options: str) -> dict:
    done = run_cuntong("plan", "-C", str(folder), "--json", *options)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def refused(folder: Path) -> str:
    done = run_cuntong("verify", "-C", str(folder))
    assert done.returncode == 1 and not done.stdout and "Traceback" not in done.stderr
    return done.stderr


def test_a_plan_is_verified(county):
    assert "cuntong plan" in refused(county)
    summary = plan(county, "--certificate")
    assert str(county / CERTIFICATE) in summary["files"]
    done = run_cuntong("verify", "-C", str(county))
    assert done.returncode == 0, done.stderr
    assert "证书成立" in done.stdout and f"{float(summary['cost_cny']):,.2f} 元" in done.stdout
    told = json.loads(run_cuntong("verify", "-C", str(county), "--json").stdout)
    assert told["verified"] and told["steps"] > 500
    assert [told[k] for k in ("cost_cny", "lower_bound_cny", "gap")] == [
        summary[k] for k in ("cost_cny", "lower_bound_cny", "gap")
    ]
    # the next draft has none, and the old one may not stand beside it
    plan(county)
    assert not (county / CERTIFICATE).exists()
    assert "cuntong plan --certificate" in refused(county)


def test_the_same_plan_gives_the_same_certificate(county):
    plan(county, "--certificate")
    first = (county / CERTIFICATE).read_bytes()
    plan(county, "--certificate")
    assert (county / CERTIFICATE).read_bytes() == first


def test_what_must_be_used_is_in_cost_and_bound(county):
    plan(county)
    spans = pyogrio.read_dataframe(county / "campaign" / "plan.gpkg", layer="spans")
    must = spans.sort_values("cost_cny")["span_id"].iloc[-1]
    ban = spans[(spans["villages"] > 5) & (spans["span_id"] != must)].sort_values("length_m")["span_id"].iloc[-1]
    settings = county / "cuntong.toml"
    text = settings.read_text("utf-8")
    settings.write_text(f'{text}\n[steering]\nmust_use_spans = ["{must}"]\nbanned_spans = ["{ban}"]\n', "utf-8")
    summary = plan(county, "--certificate")
    fixed = spans.set_index("span_id").loc[must, "cost_cny"]
    claimed = load_certificate(county / CERTIFICATE).cost
    assert claimed / 100 + fixed == pytest.approx(float(summary["cost_cny"])) and fixed > 0
    done = run_cuntong("verify", "-C", str(county), "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["cost_cny"] == summary["cost_cny"]
    # without the steering it is another network
    settings.write_text(text, "utf-8")
    assert "改动" in refused(county)


def test_certificates_of_something_else_are_refused(county):
    plan(county, "--certificate")
    path, workspace = county / CERTIFICATE, open_workspace(county)
    good = load_certificate(path)
    cost = good.w.copy()
    cost[good.tree[-1]] += 1
    record = good.proof.record.copy()
    record[0] = 9
    for changed, words in [
        ({"w": cost}, "another network"),
        ({"terminals": good.terminals[1:]}, "another network"),
        ({"proof": dataclasses.replace(good.proof, record=record)}, "step 1"),
        ({"bound": good.cost + 1}, "above the cost"),
        ({"bound": good.bound - 1}, "is not the draft's"),
    ]:
        save_certificate(dataclasses.replace(good, **changed), path)
        with pytest.raises(CertificateError, match=words):
            verify(workspace)
    path.write_bytes(b"PK")
    assert "证书文件已损坏" in refused(county)
    save_certificate(good, path)
    assert verify(workspace).bound == load_plan(workspace.draft).totals.lower_bound_cny * 100


def test_layers_that_changed_are_noticed(county):
    plan(county, "--certificate")
    roads = county / "layers" / "roads.gpkg"
    table = pyogrio.read_dataframe(roads)
    roads.unlink()
    pyogrio.write_dataframe(table.iloc[:-1], roads)
    assert "改动" in refused(county)
