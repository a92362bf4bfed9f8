"""Which dashboards are written, where, and how they lead to one another."""

from __future__ import annotations

import dataclasses
import os
import re
from pathlib import Path
from urllib.parse import unquote

import pandas as pd
import pytest
from campaigns import BUSY, lived_shown, province_shown

from cuntong_gis.boards import MOST_OF_A_BUILD, boards_asked, boards_of_a_build, write_boards
from cuntong_gis.errors import MapsError
from cuntong_gis.maps import Shown

COUNTY, TOWN = "529901", "529901102"


def links(page: Path) -> list[Path]:
    """Return the files that a page leads to."""
    found = re.findall(r'<a href="([^"#]*)', page.read_text("utf-8"))
    return [Path(os.path.normpath(page.parent / unquote(link))) for link in found]


def with_names(shown: Shown, **names: str) -> Shown:
    units = shown.status.units.copy()
    units["name"] = units["code"].map(names).fillna(units["name"])
    return dataclasses.replace(shown, status=dataclasses.replace(shown.status, units=units))


def test_the_boards_that_are_asked_for():
    county, province = lived_shown(), province_shown()
    assert boards_asked(county, "", "") == [COUNTY] and boards_asked(county, TOWN, "") == [TOWN]
    towns = boards_asked(county, "", "township")
    assert len(towns) == 12 and boards_asked(county, TOWN, "township") == [TOWN]
    assert len(boards_asked(province, "", "prefecture")) == 9 and len(boards_asked(province, "", "county")) == 88
    assert boards_asked(province, "522600", "county") == sorted(boards_asked(province, "522600", "county"))
    assert {code[:4] for code in boards_asked(province, "522600", "county")} == {"5226"}
    assert len(boards_asked(province, BUSY, "township")) == 23


@pytest.mark.parametrize(
    ("unit", "level", "where"),
    [("999999", "", "--unit"), ("529901102001", "", "--unit"), (TOWN, "county", "--level"), ("", "galaxy", "--level")],
)
def test_what_there_is_no_board_of_is_named(unit, level, where):
    with pytest.raises(MapsError) as told:
        boards_asked(lived_shown(), unit, level)
    assert told.value.where == where and told.value.hint


def test_a_build_writes_the_boards_just_below_unless_they_are_too_many():
    county, province = lived_shown(), province_shown()
    assert boards_of_a_build(county) == [COUNTY, *boards_asked(county, "", "township")]
    found = boards_of_a_build(province)
    assert found[0] == "520000" and sorted(found[1:]) == sorted(boards_asked(province, "", "prefecture"))
    units = county.status.units
    many = units[units["code"] == TOWN].loc[lambda t: t.index.repeat(MOST_OF_A_BUILD)]
    many = many.assign(code=[f"529901{n}" for n in range(500, 500 + MOST_OF_A_BUILD)])
    crowd = dataclasses.replace(county, status=dataclasses.replace(county.status, units=pd.concat([units, many])))
    assert boards_of_a_build(crowd) == [COUNTY]


def test_boards_lead_to_what_is_there_and_to_nothing_else(tmp_path):
    shown = lived_shown()
    (top,) = write_boards(tmp_path, shown, [COUNTY])
    assert top == tmp_path / "dashboard.html" and links(top) == []
    (tmp_path / "route_map.html").touch()
    (town,) = write_boards(tmp_path, shown, [TOWN])
    assert town == tmp_path / f"{TOWN}_高坪镇" / "dashboard.html"
    assert links(town) == [top, tmp_path / "route_map.html"]
    write_boards(tmp_path, shown, [COUNTY])
    assert set(links(top)) == {tmp_path / "route_map.html", town}
    assert re.findall(r'route_map\.html#unit=(\d+)"', town.read_text("utf-8")) == [TOWN]


def test_a_board_names_all_units_above_up_to_the_campaigns_own(tmp_path):
    shown = province_shown()
    top, middle, low = write_boards(tmp_path, shown, ["520000", "522600", BUSY])
    text = low.read_text("utf-8")
    above = re.search(r'<nav class="above".*?</nav>', text).group(0)
    assert re.findall(r">([^<>]+)</a>", above) == ["贵州省", "黔东南苗族侗族自治州"]
    assert links(low)[:2] == [top, middle] and 'class="above"' not in top.read_text("utf-8")
    (alone,) = write_boards(tmp_path / "other", shown, [BUSY])
    above = re.search(r'<nav class="above".*?</nav>', alone.read_text("utf-8")).group(0)
    assert "<a" not in above and "贵州省" in above, "named, though there is no board of it"


def test_hostile_names_make_plain_folders(tmp_path):
    evil = with_names(lived_shown(), **{TOWN: "../../<script>alert(1)</script>?#%41\u202e"})
    top, town = write_boards(tmp_path / "out", evil, [COUNTY, TOWN])
    assert town.parent.parent == tmp_path / "out" and "<" not in town.parent.name
    assert town in links(top) and sorted(p.name for p in tmp_path.iterdir()) == ["out"]


def test_the_same_boards_have_the_same_bytes(tmp_path):
    shown = lived_shown()
    one, two = (write_boards(tmp_path / n, shown, [COUNTY, TOWN]) for n in ("a", "b"))
    assert [p.read_bytes() for p in one] == [p.read_bytes() for p in two]
