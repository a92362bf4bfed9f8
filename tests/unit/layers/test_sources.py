"""Which file is a layer's, and the clear words when there is none."""

from __future__ import annotations

import pytest

from cuntong_gis.errors import LayersError
from cuntong_gis.layers import input_files
from cuntong_gis.settings import settings_from


def test_without_villages_there_is_nothing_to_do(desk):
    with pytest.raises(LayersError, match=r"no layer of villages.*villages.xlsx.*\[layers.villages\] path"):
        desk.read()


def test_a_named_file_that_is_not_there(desk, rows):
    desk.book(*rows)
    with pytest.raises(LayersError, match=r"\[layers.fiber\] path.*no such file: gis/fiber.gpkg"):
        desk.read(fiber={"path": "gis/fiber.gpkg"})
    with pytest.raises(LayersError, match="elevation"):
        desk.read(elevation="dem.tif")


def test_two_files_for_one_layer_are_both_named(desk, rows):
    desk.book(*rows)
    desk.text("villages.csv", "村代码,村名,lon,lat\n1,甲,106,26\n")
    with pytest.raises(LayersError, match="villages.csv, villages.xlsx"):
        desk.read()
    assert len(desk.read(villages={"path": "layers/villages.csv"}).villages) == 1
    with pytest.raises(LayersError, match="both path and points"):
        desk.read(villages={"path": "layers/villages.csv", "points": [{"code": "1", "name": "a", "lon": 1, "lat": 2}]})


def test_paths_may_be_absolute_and_backups_are_no_layers(desk, rows, tmp_path):
    path = desk.book(*rows)
    (desk.layers / "villages.xlsx.bak").write_bytes(b"old")
    (desk.layers / "~$villages.xlsx").write_bytes(b"lock")
    assert len(desk.read().villages) == 3
    elsewhere = tmp_path / "elsewhere.xlsx"
    path.rename(elsewhere)
    assert len(desk.read(villages={"path": str(elsewhere)}).villages) == 3


def test_input_files_name_everything_that_decides(desk, rows):
    desk.book(*rows)
    for ending in ("shp", "shx", "dbf", "prj", "cpg", "qix"):
        desk.text(f"fiber.{ending}", "x")
    desk.text("dem.tif", "x")
    found = input_files(settings_from({"layers": {"elevation": "layers/dem.tif"}}, folder=desk.folder))
    wanted = {"villages", "fiber", "fiber.shx", "fiber.dbf", "fiber.prj", "fiber.cpg", "elevation"}
    assert found.keys() == wanted and all(path.is_file() for path in found.values())
