"""The public edition: nothing but what is on the list gets through, whatever is in the tables; places are coarse."""

from __future__ import annotations

import base64
import dataclasses
import json
import re
import subprocess
import zlib
from pathlib import Path

import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely
from campaigns import lived_shown
from conftest import run_cuntong
from planted import FIGURES, MARK, planted

from cuntong_gis import maps, schema
from cuntong_gis.errors import MapsError
from cuntong_gis.maps import Shown, public_of
from cuntong_gis.maps.public import coarse, coarse_areas

COUNTY, TOWN = "529901", "529901100"


@pytest.fixture(scope="module")
def lived() -> Shown:
    """Return the lived county, with officials."""
    found = lived_shown()
    people = [
        {"unit": unit, "chain": chain, "role": "第一责任人", "name": "王某", "phone": "13800000000"}
        for unit in (COUNTY, TOWN) for chain in ("government", "company")
    ]  # fmt: skip
    return dataclasses.replace(found, officials=schema.conform(pd.DataFrame(people), "officials"))


@pytest.fixture(scope="module")
def traitor(lived) -> Shown:
    """Return the same campaign, full of what may not be told."""
    return planted(lived)


def text_of_page(page: str) -> str:
    """Return a page with its data block laid open."""
    block = re.search(r'id="cuntong-bytes">([^<]*)<', page)
    opened = zlib.decompress(base64.b64decode(block.group(1))).decode("utf-8", "replace") if block else ""
    return page + opened


def all_of(shown: Shown, folder: Path) -> dict[str, bytes]:
    """Write every public page and sheet, and return them by name."""
    for unit in ("", TOWN):
        part = shown.within(unit) if unit else shown
        maps.distribution_map(part).save(folder / f"map{unit}.html")
        (folder / f"board{unit}.html").write_text(maps.dashboard(part), "utf-8")
    for kind, unit, paper, scale in (
        ("wall", "", "A3", None), ("distribution", "", "A3", None), ("wall", TOWN, "A4", None), ("wall", "", "A4", 50_000),
    ):  # fmt: skip
        maps.wall_map(shown, folder, kind=kind, unit=unit, paper=paper, scale=scale, formats=("pdf",))
    maps.wall_map(shown, folder, paper="16:9", formats=("svg", "png"))
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.fixture(scope="module")
def editions(lived, traitor, tmp_path_factory) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """Return all public files of the campaign, and of the one full of what may not be told."""
    folders = [tmp_path_factory.mktemp(name) for name in ("plain", "planted")]
    return all_of(public_of(lived), folders[0]), all_of(public_of(traitor), folders[1])


def test_whatever_else_the_tables_hold_the_public_files_have_the_same_bytes(editions):
    plain, full = editions
    assert list(plain) == list(full) and len(plain) >= 9
    assert [name for name in plain if plain[name] != full[name]] == []


def test_no_mark_is_in_any_public_file(editions, tmp_path):
    found = []
    for name, content in editions[1].items():
        if name.endswith(".pdf"):
            (tmp_path / "sheet.pdf").write_bytes(content)
            said = subprocess.run(
                ["pdftotext", "-raw", tmp_path / "sheet.pdf", "-"], capture_output=True, text=True, check=True
            )
            text = re.sub(r"\s", "", said.stdout)
            assert "双河镇" in text, "the reader reads"
        else:
            text = text_of_page(content.decode("utf-8", "replace"))
            assert name.endswith(("svg", "png")) or "双河镇" in text
        found += [(name, mark) for mark in (MARK, "13800000000", "王某", "7319468", "1999-09-19") if mark in text]
    assert found == []


def test_the_marks_would_be_seen(lived, traitor):
    """The internal edition of a campaign whose people and blockers are planted tells them: the reader is not blind."""
    told = dataclasses.replace(lived, officials=lived.officials.assign(phone=f"{MARK}phone"))
    assert f"{MARK}phone" in text_of_page(maps.distribution_map(told).html()) and f"{MARK}phone" in maps.dashboard(told)
    assert MARK in str(traitor.plan.sites.iloc[0].to_dict()) and MARK in traitor.plan.findings[0].message.zh
    assert {"secret"} <= set(traitor.plan.fiber) & set(traitor.blockers) & set(traitor.status.units)
    assert traitor.settings.maps.tianditu_key.startswith(MARK) and traitor.settings.ledger.url.startswith(MARK)


def test_a_table_or_setting_that_is_new_gets_no_further(lived):
    """Every part of a public edition is one that is known here: a new one must be put on a list, or left empty."""
    edition = public_of(lived)
    known = {
        "settings", "plan", "status", "timeline", "officials", "blockers", "evidence", "as_built", "lights", "has_ledger",
        "unit", "public",
    }  # fmt: skip
    assert {f.name for f in dataclasses.fields(edition)} == known
    empty = [edition.officials, edition.blockers, edition.as_built, edition.lights, edition.status.spans]
    plan = edition.plan
    empty += [plan.spans, plan.routes, plan.sites, plan.fiber, plan.access_points, plan.steering]
    assert [len(table) for table in empty] == [0] * len(empty) and not edition.evidence.any() and plan.findings == ()
    assert not edition.settings.layers.villages.path and not edition.settings.ledger.url


def test_the_figures_are_those_of_the_internal_edition(lived):
    units, public = (s.status.units.set_index("code") for s in (lived, public_of(lived)))
    pd.testing.assert_frame_equal(units[sorted(FIGURES)], public[sorted(FIGURES)])
    assert public[["government", "company"]].eq("").all(axis=None) and not public["blockers"].any()
    page = maps.dashboard(public_of(lived))
    for name, value in (("lit", units.loc[COUNTY, "lit"]), ("late", units.loc[COUNTY, "late"])):
        assert f'data-figure="{name}">{value:,}<' in page


def test_figures_that_are_not_told_are_not_told_as_none(lived, tmp_path):
    """A public sheet says nothing of blockers, cost, or people; it does not say that there are none."""
    edition = public_of(lived)
    page = maps.dashboard(edition)
    for word in ("阻碍", "责任人", "亮灯", "台账", "未明确"):
        assert word not in page and word in maps.dashboard(lived) + "台账未明确"
    (pdf,) = maps.wall_map(edition, tmp_path)
    text = subprocess.run(["pdftotext", pdf, "-"], capture_output=True, text=True, check=True).stdout
    for word in ("未解决问题", "责任人", "光缆", "接入点", "敷设完", "已敷设"):
        assert word not in text
    data = json.loads(re.search(r'id="cuntong-data">(.*?)</script>', maps.distribution_map(edition).html()).group(1))
    assert (data["hasLedger"], data["figures"], data["totals"]) == (False, [], {})


def test_every_public_file_says_what_it_is_and_that_it_must_be_reviewed(editions, tmp_path):
    for name, content in editions[0].items():
        if name.endswith((".svg", ".png")):
            continue  # drawn as shapes: the same sheet as PDF is read
        (tmp_path / "sheet.pdf").write_bytes(content)
        text = content.decode("utf-8", "replace")
        if name.endswith(".pdf"):
            said = subprocess.run(
                ["pdftotext", "-raw", tmp_path / "sheet.pdf", "-"], capture_output=True, text=True, check=True
            )
            text = re.sub(r"\s", "", said.stdout)
        assert "内部工作用图，未经审核不得公开" in text, name
        assert re.sub(r"\s", "", "拟公开版，位置粗化到 50 米") in re.sub(r"\s", "", text), name
        assert "审图号" not in text and "GS" not in re.sub(r"<script.*?</script>", "", text, flags=re.S), name


def test_files_of_the_public_edition_have_names_of_their_own(editions, lived, tmp_path):
    for kind, options in (("wall", {}), ("distribution", {"paper": "A4"}), ("wall", {"paper": "A4", "scale": 50_000})):
        names = [{p.name for p in maps.wall_map(s, tmp_path, kind=kind, **options)} for s in (lived, public_of(lived))]
        assert not names[0] & names[1] and all("_public" in name for name in names[1])


@pytest.mark.parametrize("draw", [maps.route_map, lambda shown: maps.wall_map(shown, Path(), kind="route")])
def test_there_is_no_public_route_map(lived, draw):
    with pytest.raises(MapsError, match=r"(?s)room.*trunk"):
        draw(public_of(lived))


def test_a_base_map_is_not_taken_along(lived):
    asked = dataclasses.replace(lived.settings.maps, base_map="tianditu", tianditu_key="Key123")
    shown = dataclasses.replace(lived, settings=dataclasses.replace(lived.settings, maps=asked))
    assert "Key123" in maps.distribution_map(shown).html()
    page = maps.distribution_map(public_of(shown)).html()
    assert "Key123" not in page and "tianditu" not in page and "img-src data:;" in page


GEOD = pyproj.Geod(ellps="GRS80")


@pytest.mark.parametrize("lat", [0.0, 26.6, -33.0, 53.0, 75.0])
def test_cells_are_at_least_50_m_wide_and_high_and_no_place_moves_farther_than_their_half(lat):
    rng = np.random.default_rng(1)
    places = np.column_stack([rng.uniform(100, 100.2, 4000), lat + rng.uniform(0, 0.2, 4000)])
    told = coarse(places)
    moved = GEOD.inv(*places.T, *told.T)[2]
    assert moved.max() < 36.5 and moved.mean() > 10
    rows = np.unique(told[:, 1])
    assert GEOD.inv(100, rows[0], 100, rows[1])[2] >= 50.0
    row = told[told[:, 1] == rows[len(rows) // 2]][0]
    across = np.column_stack([np.linspace(100, 100.01, 4000), np.full(4000, row[1])])
    columns = np.unique(coarse(across)[:, 0])
    assert GEOD.inv(columns[0], row[1], columns[1], row[1])[2] >= 50.0
    assert np.array_equal(coarse(told), told), "made coarse twice it stays"
    assert np.array_equal(coarse(places[:1]), told[:1]), "and does not depend on what else is made coarse"


def test_villages_of_the_edition_are_coarse_and_one_without_place_stays_without(lived):
    villages = lived.plan.villages.copy()
    villages.loc[3, "geometry"] = None
    shown = dataclasses.replace(lived, plan=dataclasses.replace(lived.plan, villages=villages))
    edition = public_of(shown)
    told, real = edition.plan.villages.geometry, villages.geometry
    assert told[3] is None and edition.plan.villages["name"].tolist() == villages["name"].tolist()
    rest = np.arange(len(villages)) != 3
    moved = GEOD.inv(real[rest].x, real[rest].y, told[rest].x, told[rest].y)[2]
    assert 5 < moved.mean() < 36.5 and moved.max() < 36.5
    assert maps.distribution_map(edition).html()


def test_outlines_stay_areas_and_keep_their_common_borders(lived):
    table = lived.plan.boundaries
    told = coarse_areas(table.geometry)
    assert shapely.is_valid(told).all() and set(shapely.get_type_id(told)) <= {3, 6}
    towns = told[(table["level"] == "township").to_numpy()]
    holes = shapely.union_all(towns).area - sum(shape.area for shape in towns)
    assert abs(holes) < 1e-4 * shapely.union_all(towns).area
    assert coarse_areas(np.array([shapely.box(106.9, 26.9, 106.90001, 26.90001)]))[0].is_empty


def test_the_command_writes_the_edition_beside_the_internal_one(tmp_path):
    done = run_cuntong("demo", str(tmp_path / "demo"))
    assert done.returncode == 0, done.stderr
    out, here = tmp_path / "demo" / "maps_out", ("-C", str(tmp_path / "demo"))
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    for arguments, name in (
        (("distribution",), "distribution_map_public.html"),
        (("distribution", "--pdf"), "distribution_A3_public.pdf"),
        (("wall", "--unit", TOWN), "wall_A3_public.pdf"),
        (("dashboard", "--level", "township"), "dashboard_public.html"),
        (("dashboard",), "dashboard_public.html"),
    ):
        done = run_cuntong("map", *arguments, "--public", *here, "--json")
        assert done.returncode == 0, done.stderr
        told = json.loads(done.stdout)
        assert told["files"] and {Path(file).name for file in told["files"]} == {name}
        assert any("审核" in note for note in told["notes"])
    assert {path: path.read_bytes() for path in before} == before
    links = re.findall(r'href="([^"#]+)', (out / "dashboard_public.html").read_text("utf-8"))
    pages = {link for link in links if not link.startswith("data:")}
    assert len(pages) == 13 and all(page.endswith("_public.html") for page in pages), pages
    done = run_cuntong("map", "route", "--public", *here)
    assert done.returncode == 2 and "线路图没有公开版" in done.stderr + done.stdout and "distribution" in done.stderr
    assert not (out / "route_map_public.html").exists()
