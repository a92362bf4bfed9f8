"""Settings, schemas, projections, files, tables, units and words."""

from __future__ import annotations

import dataclasses
import datetime as dt
import subprocess
import sys
from decimal import Decimal

import numpy as np
import pyogrio
import pyproj
import pytest
import shapely

import cuntong_gis
from cuntong_gis import crs, files, schema, settings, tables, units
from cuntong_gis.errors import ExportError, SettingsError, WorkspaceError
from cuntong_gis.model import Finding, Severity
from cuntong_gis.words import Words


def test_importing_the_package_loads_nothing_heavy():
    code = "import cuntong_gis, sys; print([m for m in ('geopandas', 'numba', 'folium', 'scipy') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_exported_name_is_there():
    for name in cuntong_gis.__all__:
        assert callable(getattr(cuntong_gis, name))
    with pytest.raises(AttributeError):
        cuntong_gis.nothing  # noqa: B018


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"netwrok": {}}, "did you mean network"),
        ({"network": {"max_gap": 3}}, "did you mean max_gap_m"),
        ({"network": {"max_gap_m": "wide"}}, "expected float"),
        ({"network": {"max_gap_m": -1}}, "≥ 0"),
        ({"network": {"max_gap_m": float("nan")}}, "expected number"),
        ({"network": {"node_crossings": "maybe"}}, "auto | always | never"),
        ({"campaign": {"deadline": "2016-13-40"}}, "2016-12-31"),
        ({"campaign": {"synthetic": 1}}, "expected bool"),
        ({"cost": {"per_km": {"arial_new": 1.0}}}, "did you mean aerial_new"),
        ({"cost": {"deployment": {"county": "air"}}}, "unknown setting air"),
        ({"layers": {"villages": {"datum": "gps"}}}, "gcj02"),
        ({"layers": "all"}, "a section is expected"),
    ],
)
def test_a_wrong_setting_is_named_with_its_remedy(data, says):
    with pytest.raises(SettingsError, match="cuntong.toml") as caught:
        settings.settings_from(data)
    assert says in str(caught.value)
    assert "\n" not in caught.value.line("zh")


def test_settings_come_from_toml_with_dates_and_inline_points(tmp_path):
    path = tmp_path / "cuntong.toml"
    path.write_text(
        '[campaign]\ndeadline = 2016-12-31\n[layers.access_points]\npoints = [{ id = "A", lon = 1, lat = 2.5 }]\n'
        "[cost.per_km]\nburied = 60000\n",
        "utf-8",
    )
    read = settings.load_settings(path)
    assert read.campaign.deadline == dt.date(2016, 12, 31)
    assert read.layers.access_points.points == ({"id": "A", "lon": 1, "lat": 2.5},)
    assert read.cost.per_km["buried"] == 60000.0
    assert read.cost.per_km["wall"] == settings.CostSettings().per_km["wall"]
    assert read.folder == tmp_path


def test_a_missing_or_broken_settings_file_is_one_clear_error(tmp_path):
    with pytest.raises(SettingsError, match="cuntong init"):
        settings.load_settings(tmp_path / "cuntong.toml")
    (tmp_path / "cuntong.toml").write_text("[campaign\n", "utf-8")
    with pytest.raises(SettingsError, match="not valid TOML"):
        settings.load_settings(tmp_path / "cuntong.toml")


def test_every_setting_says_what_it_means():
    for section in dataclasses.fields(settings.Settings):
        if section.name == "folder":
            continue
        for item in dataclasses.fields(section.default_factory()):
            assert item.metadata["doc"], f"{section.name}.{item.name}"


@pytest.mark.parametrize("name", schema.NAMES)
def test_every_schema_makes_an_empty_table_and_labels_its_columns_in_chinese(name):
    frame = schema.empty(name)
    table = schema.load(name)
    assert list(frame.columns) == [c.name for c in table.columns]
    assert all(c.zh and c.description for c in table.columns)


def test_a_table_is_typed_by_its_schema():
    frame = schema.conform(
        {"code": [529901100201, None], "name": ["红星村", "新寨"], "due_date": ["2016-04-05", None]}, "villages"
    )
    assert frame["code"].tolist() == ["529901100201", ""]
    assert frame["stage"].tolist() == ["not_started"] * 2
    assert schema.iso(frame["due_date"].iloc[0]) == "2016-04-05"
    assert schema.iso(frame["due_date"].iloc[1]) == ""


@pytest.mark.parametrize(
    ("longitude", "epsg"), [(105.0, 4544), (106.4, 4544), (106.6, 4545), (108.0, 4545), (75.0, 4534)]
)
def test_three_degree_zones(longitude, epsg):
    assert crs.zone_epsg(longitude) == epsg
    assert pyproj.CRS.from_epsg(epsg).coordinate_operation.params[1].value == 3 * round(longitude / 3)


def test_data_across_zones_or_abroad_get_one_centred_projection():
    assert crs.working_crs((104.8, 26.0, 105.9, 27.0)).to_epsg() == 4544
    for bounds in ((103.6, 24.6, 109.6, 29.2), (9.4, 47.0, 9.7, 47.3)):
        chosen = crs.working_crs(bounds)
        assert chosen.to_epsg() is None and chosen.coordinate_operation.method_name == "Transverse Mercator"


def test_projecting_there_and_back_is_exact():
    place = np.array([[106.7, 26.6], [107.2, 27.1]])
    chosen = crs.working_crs((106.5, 26.5, 107.3, 27.2))
    assert np.abs(crs.unproject(crs.project(place, chosen), chosen) - place).max() < 1e-9


def test_line_lengths_are_geodesic():
    lines = np.array(
        [shapely.LineString([(106, 26), (107, 26.5), (107.5, 27)]), shapely.LineString([(1, 42), (1.1, 42)])]
    )
    expected = [pyproj.Geod(ellps="WGS84").geometry_length(x) for x in lines]
    assert crs.line_lengths(lines) == pytest.approx(expected, rel=1e-12)


def test_a_file_is_whole_or_absent(tmp_path):
    path = tmp_path / "a" / "b.txt"
    files.write_text(path, "old")
    with pytest.raises(RuntimeError), files.written_aside(path) as draft:
        draft.write_text("half", "utf-8")
        raise RuntimeError("power cut")
    assert path.read_text("utf-8") == "old"
    assert [p.name for p in path.parent.iterdir()] == ["b.txt"]


def test_one_writer_at_a_time(tmp_path):
    with files.locked(tmp_path):
        code = f"import pathlib, cuntong_gis.files as f\nwith f.locked(pathlib.Path({str(tmp_path)!r})): pass"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 1 and "another cuntong is writing" in done.stderr
    with files.locked(tmp_path):
        pass


@pytest.mark.parametrize("where", ["", "campaign", "maps_out/export"])
def test_what_a_killed_writer_left_is_cleared_away(tmp_path, where):
    code = (
        "import os, pathlib, cuntong_gis.files as f\n"
        f"with f.written_aside(pathlib.Path({str(tmp_path / where)!r}) / 'plan.gpkg') as draft:\n"
        "    draft.write_bytes(b'half'); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", code], check=False)
    assert list((tmp_path / where).iterdir())
    with files.locked(tmp_path):
        assert not list(tmp_path.rglob("*.aside"))


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    with pytest.raises(WorkspaceError, match="cannot be written"), files.locked(tmp_path / "nowhere"):
        pass


def test_money_is_exact():
    assert units.cny_from_fen(1) == Decimal("0.01")
    assert units.fen_from_cny("0.125") == 13
    assert units.wan_cny(Decimal("3881181.38")) == "388.12"
    assert units.percent(None) == "—" and units.percent(0.0042) == "0.42 %"


def hostile() -> object:
    names = ["<script>alert(1)</script>", "=HYPERLINK(1)", "a,b;'\"", "名" * 300]
    return schema.conform({"id": names, "name": names, "geometry": shapely.points(np.ones((4, 2)))}, "access_points")


def test_tables_keep_types_and_texts_through_a_geopackage(tmp_path):
    table = schema.conform(
        {
            "code": ["052990110020", "2"], "name": ["红星村", "b"], "due_date": [dt.date(2016, 4, 5), None],
            "households": [3, None], "bridge_cny": [Decimal("3.10"), None],
            "geometry": shapely.points([[106, 26], [107, 27]]),
        },
        "plan_villages",
    )  # fmt: skip
    path = tmp_path / "t.gpkg"
    tables.write_gpkg(path, {"villages": ("plan_villages", table), "rooms": ("access_points", hostile())})
    info = pyogrio.read_info(path, layer="villages")
    assert dict(zip(info["fields"], info["dtypes"], strict=True))["due_date"] == "datetime64[D]"
    back = tables.read_gpkg(path, {"villages": "plan_villages", "rooms": "access_points"})
    assert back["villages"].drop(columns="geometry").equals(table.drop(columns="geometry"))
    assert back["rooms"]["name"].tolist() == hostile()["name"].tolist()


@pytest.mark.parametrize("to", ["geojson", "shp", "kml"])
def test_tables_go_out_in_other_formats(tmp_path, to):
    made, notes = tables.export_table(tmp_path / "rooms", "rooms", "access_points", hostile(), to)
    assert [n.en.split(";")[0] for n in notes] == (
        ["rooms: 2 texts longer than 254 bytes were cut"] if to == "shp" else []
    )
    assert all(p.exists() for p in made)
    back = pyogrio.read_dataframe(made[0])
    assert len(back) == 4
    name = "Name" if to == "kml" else "name"
    assert back[name].tolist()[:3] == hostile()["name"].tolist()[:3]


def test_an_unknown_format_is_refused(tmp_path):
    with pytest.raises(ExportError, match="unknown format dwg"):
        tables.export_table(tmp_path / "x", "x", "access_points", hostile(), "dwg")


def test_long_field_names_stay_apart_in_a_shapefile():
    assert tables.short_names(["unsurveyed_m", "unsurveyed_km", "id"]) == ["unsurveyed", "unsurveye1", "id"]


def test_findings_survive_their_table_and_cannot_harm_a_spreadsheet():
    found = (
        Finding(Severity.ERROR, "x", Words("=cmd|坏", "bad"), row="3", lon=106.0, lat=26.0),
        Finding(Severity.NOTICE, "y", Words("好", "ok")),
    )
    assert tables.findings_of(tables.findings_table(found)) == found
    text = tables.findings_csv(found)
    assert text.startswith("\ufeff程度") and "'=cmd|坏" in text
