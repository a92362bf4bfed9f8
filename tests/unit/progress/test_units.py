from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from plans import a_plan, campaign, units

from cuntong_gis.layers import read_table
from cuntong_gis.model import Severity
from cuntong_gis.progress.rollup.tree import Tree, tree_on
from cuntong_gis.progress.rollup.units import canonical_code, level_of, parent_code, unit_book

ZUNYI = ["520321100201", "520321100202", "520321101201", "520302100201"]
RENAMED = (
    {"code": "520321", "name": "遵义县", "level": "county", "parent": "520304", "valid_from": "2016-04-01"},
    {"code": "520304", "name": "播州区", "level": "county", "parent": "520300", "valid_from": "2016-04-01"},
)


def tree(day: str, *rows, codes=ZUNYI, **villages) -> Tree:
    plan = a_plan({c: {"township": "", **villages.get(c, {})} for c in codes})
    return tree_on(unit_book(plan, campaign(), units(*rows) if rows else None), dt.date.fromisoformat(day))


def count(found: Tree, code: str) -> int:
    (place,) = np.flatnonzero(found.codes == code)
    return int(found.totals(np.ones(len(found.townships), int))[place])


def parent(found: Tree, code: str) -> str:
    (place,) = np.flatnonzero(found.codes == code)
    return str(found.codes[found.above[place]]) if found.above[place] >= 0 else ""


def codes_of(findings) -> list[str]:
    return [f.code for f in findings]


@pytest.mark.parametrize(
    ("written", "code", "level", "above"),
    [
        ("52", "520000", 0, ""),
        ("5203", "520300", 1, "520000"),
        ("520321", "520321", 2, "520300"),
        ("520321000000", "520321", 2, "520300"),
        ("520321100000", "520321100", 3, "520321"),
        ("520321100201", "520321100201", 4, "520321100"),
        ("GAXQ", "GAXQ", -1, ""),
    ],
)
def test_a_code_says_level_and_parent(written, code, level, above):
    assert (canonical_code(written), level_of(code), parent_code(code)) == (code, level, above)


def test_without_a_table_the_codes_make_the_tree():
    found = tree("2016-06-01")
    assert found.codes.tolist() == [
        "520000", "520300", "520302", "520321", "520302100", "520321100", "520321101", *sorted(ZUNYI)
    ]  # fmt: skip
    assert [count(found, c) for c in ("520000", "520300", "520321", "520302", "520321100", ZUNYI[0])] == [
        4,
        4,
        3,
        1,
        2,
        1,
    ]
    assert found.names.tolist()[:4] == ["贵州省", "遵义市", "红花岗区", "遵义县"]
    assert not found.findings


def test_names_come_from_the_villages_before_the_list():
    found = tree("2016-06-01", **{ZUNYI[0]: {"county": "某县", "township": "红花镇"}, ZUNYI[1]: {"township": "红花镇"}})
    names = dict(zip(found.codes, found.names, strict=True))
    assert (names["520321"], names["520321100"], names["520321101"]) == ("某县", "红花镇", "520321101")


def test_a_renamed_county_is_the_old_one_before_the_day_and_the_new_one_from_it():
    before, after = tree("2016-03-31", *RENAMED), tree("2016-04-01", *RENAMED)
    assert count(before, "520321") == 3 and "520304" not in before.codes
    assert count(after, "520304") == 3 and "520321" not in after.codes
    assert dict(zip(after.codes, after.names, strict=True))["520304"] == "播州区"
    assert parent(after, "520321100") == "520304" and count(after, "520300") == 4
    assert not before.findings and not after.findings


def test_a_county_that_has_ended_without_a_successor_is_told_and_kept():
    found = tree("2016-04-01", {"code": "520321", "name": "遵义县", "valid_to": "2016-03-31"})
    assert codes_of(found.findings) == ["unit_not_valid"]
    assert "units 第 2 行" in found.findings[0].message.zh
    assert count(found, "520321") == 3


def test_townships_and_villages_move_to_another_parent_on_their_day():
    rows = (
        {"code": "520321101", "name": "迁移镇", "parent": "520302", "valid_from": "2016-07-01"},
        {
            "code": ZUNYI[1],
            "name": "改名村",
            "parent": "520302100",
            "valid_from": "2016-07-01",
            "valid_to": "2016-07-31",
        },
    )
    before, during, after = (tree(day, *rows) for day in ("2016-06-30", "2016-07-01", "2016-08-01"))
    assert [count(before, c) for c in ("520321", "520302", "520302100")] == [3, 1, 1]
    assert [count(during, c) for c in ("520321", "520302", "520302100")] == [1, 3, 2]
    assert [count(after, c) for c in ("520321", "520302", "520302100")] == [2, 2, 1]
    assert "改名村" in during.names and "改名村" not in after.names
    assert {count(t, "520000") for t in (before, during, after)} == {4}


GUIAN = {"code": "GAXQ", "name": "贵安新区", "level": "prefecture", "overlay": True}


def member(code: str, **said) -> dict:
    return {"code": code, "name": "", "parent": "GAXQ", "overlay": True, **said}


def test_an_overlay_is_beside_the_others_and_in_no_total():
    found = tree("2016-06-01", GUIAN, member("520321100"), member("520302100201"))
    assert count(found, "GAXQ") == 3
    assert [count(found, c) for c in ("520000", "520321", "520302")] == [4, 3, 1]
    assert found.overlay.tolist() == [False] * (len(found.codes) - 1) + [True]
    assert parent(found, "GAXQ") == "" and not found.findings
    assert found.levels[-1] == 1


def test_a_village_listed_with_its_township_is_in_the_overlay_once():
    found = tree("2016-06-01", GUIAN, member("520321100"), member("520321100201"))
    assert count(found, "GAXQ") == 2
    assert [(f.code, f.row) for f in found.findings] == [("overlay_member_twice", "4")]


def test_members_come_and_go_with_their_days():
    rows = (GUIAN, member("520321100", valid_to="2016-05-31"), member("520321101", valid_from="2016-05-01"))
    assert [count(tree(day, *rows), "GAXQ") for day in ("2016-04-30", "2016-05-31", "2016-06-01")] == [2, 3, 1]


def test_a_village_in_two_overlays_is_told_with_its_row():
    other = {"code": "OTHER", "name": "另一区", "overlay": True}
    found = tree("2016-06-01", GUIAN, other, member("520321100"), {**member(ZUNYI[0]), "parent": "OTHER"})
    assert [(f.code, f.row, f.severity) for f in found.findings] == [("village_in_two_overlays", "5", Severity.ERROR)]
    assert count(found, "520000") == 4


def test_an_overlay_without_members_and_an_unknown_member_are_told():
    found = tree("2016-06-01", GUIAN, member("520399"))
    assert codes_of(found.findings) == ["overlay_unknown_member", "overlay_empty"]
    assert count(found, "GAXQ") == 0


@pytest.mark.parametrize(
    ("rows", "code", "row"),
    [
        ([{"code": "520321", "parent": "529900"}], "unit_unknown_parent", "2"),
        ([{"code": "520321", "parent": "520321"}], "unit_cycle", "2"),
        ([{"code": "520321", "parent": "520302"}, {"code": "520302", "parent": "520321"}], "unit_cycle", "2"),
        ([{"code": "520300", "parent": "520321"}], "unit_parent_level", "2"),
        ([{"code": ZUNYI[0], "parent": ZUNYI[1]}], "unit_parent_level", "2"),
        ([{"code": "520321", "valid_from": "2016-07-01", "valid_to": "2016-06-01"}], "unit_dates", "2"),
        ([{"code": "XX", "name": "某区", "parent": "520000"}], "unit_level", "2"),
        ([{"code": "520321100299", "parent": "520321100"}], "unit_unknown_village", "2"),
        (
            [
                {"code": "520321", "name": "甲", "valid_to": "2016-06-30"},
                {"code": "520321", "name": "乙", "valid_from": "2016-06-01"},
            ],
            "unit_overlap",
            "3",
        ),
    ],
)
def test_a_faulty_row_is_named_and_not_used(rows, code, row):
    table = units(*({"name": "", **r} for r in rows))
    book = unit_book(a_plan(ZUNYI), campaign(), table)
    assert (book.findings[0].code, book.findings[0].row) == (code, row)
    assert f"units 第 {row} 行" in book.findings[0].message.zh
    found = tree_on(book, dt.date(2016, 6, 15))
    assert count(found, "520000") == 4
    assert count(found, "520321") == 3


def test_rows_are_called_as_the_file_calls_them():
    table = units({"code": "520321", "name": "", "parent": "529900"})
    table.attrs["rows"] = [14]
    assert unit_book(a_plan(ZUNYI), campaign(), table).findings[0].row == "14"


def test_a_row_of_a_real_file_is_called_by_its_place_in_the_file(tmp_path):
    path = tmp_path / "units.csv"
    path.write_text("单位表,,\n区划代码,名称,上级\n520302,红花岗区,520300\n520321,遵义县,529900\n", "utf-8")
    table, _ = read_table(path, "units")
    (finding,) = unit_book(a_plan(ZUNYI), campaign(), table).findings
    assert (finding.code, finding.row) == ("unit_unknown_parent", "4")


def test_where_two_rows_hold_the_later_one_counts():
    rows = ({"code": "520321", "name": "乙", "valid_from": "2016-06-01"}, {"code": "520321", "name": "甲"})
    for table in (rows, rows[::-1]):
        assert "乙" in tree("2016-06-15", *table).names
        assert "甲" in tree("2016-05-15", *table).names


def test_villages_without_codes_are_in_a_unit_of_every_level():
    codes = [*ZUNYI, "osm:1", "osm:2", "osm:3", "osm:4"]
    said = {
        "520321100201": {"county": "遵义县", "township": "红花镇"},
        "osm:1": {"county": "遵义县", "township": "红花镇"},  # unmistakable: goes to that township
        "osm:2": {"county": "遵义县", "township": "无名乡"},
        "osm:3": {"county": "别县", "township": "红花镇"},  # the name alone says nothing
    }
    found = tree("2016-06-01", codes=codes, **said)
    assert count(found, "520321100") == 3 and count(found, "520321") == 5
    assert count(found, "unassigned:遵义县:无名乡") == 1
    assert count(found, "unassigned:别县") == 1 and count(found, "unassigned::") == 1
    for level in range(5):
        here = np.flatnonzero(found.levels == level)
        assert found.totals(np.ones(8, int))[here].sum() == 8
    assert codes_of(unit_book(a_plan(codes), campaign(), None).findings) == ["village_unassigned"]


def test_villages_without_codes_belong_to_the_county_that_the_campaign_is_of():
    plan = a_plan({"osm:1": {"township": "红花镇"}, "osm:2": {"township": ""}})
    found = tree_on(unit_book(plan, campaign(unit_code="529901", unit_name="示范县")), dt.date(2016, 6, 1))
    assert [count(found, c) for c in ("520000", "529900", "529901")] == [2, 2, 2]


def test_a_report_of_a_unit_that_is_another_one_now_is_found():
    after = tree("2016-04-01", *RENAMED)
    rows = after.rows_of(np.array(["520321", "520321100", "520321999", "529999", ""], object), upwards=True)
    assert after.codes[rows[:4]].tolist() == ["520304", "520321100", "520304", "520000"] and rows[4] == -1
    assert after.rows_of(np.array(["520321999"], object)).tolist() == [-1]
