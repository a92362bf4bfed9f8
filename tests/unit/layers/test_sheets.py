"""Workbooks and CSV files as offices send them."""

from __future__ import annotations

import datetime as dt
import re
import zipfile

import openpyxl
import pytest

from cuntong_gis.errors import LayersError
from cuntong_gis.model import Severity

POINTS = {"points": [{"code": "1", "name": "a", "lon": 106.5, "lat": 26.6}]}


def test_chinese_workbook_gives_typed_rows_in_order(desk, rows, found):
    desk.book(*rows)
    layers = desk.read()
    table = layers.villages
    assert list(table["code"]) == ["529901100201", "529901100202", "529901201201"]
    assert list(table["households"]) == [312, 208, 155]
    assert list(table["stage"]) == ["laid", "not_started", "surveyed"]
    assert table["stage_date"].iloc[0] == dt.datetime(2016, 7, 1)
    assert table.geometry.iloc[0].coords[0] == (106.50, 26.60)
    assert table.crs.to_epsg() == 4326
    assert [f.severity for f in found(layers, "datum_assumed")] == [Severity.NOTICE]
    assert layers.roads is None and len(layers.fiber) == 0


def test_title_rows_are_passed_and_totals_are_no_village(desk, rows, found):
    total = ["合 计", None, None, None, None, None, 675]
    desk.book(["示范县行政村基础数据表"], ["单位:户"], list(desk_head()), *rows, total, ["制表人:张三"], head=None)
    layers = desk.read()
    assert list(layers.villages["name"]) == ["红星村", "光明村", "红星村"]
    assert "7" in found(layers, "total_rows_skipped")[0].message.en
    assert "8" in found(layers, "note_rows_skipped")[0].message.en
    assert not [f for f in layers.findings if f.severity == Severity.ERROR]


def desk_head():
    return ("区划代码", "村名", "乡镇", "县", "经度", "纬度", "户数", "阶段", "阶段日期")


def test_a_village_called_total_with_a_place_stays(desk, rows):
    rows[1][1] = "合计"
    desk.book(*rows)
    assert len(desk.read().villages) == 3


def test_header_of_two_rows_under_merged_cells(desk, rows):
    path = desk.book(
        ["区划代码", "村名", "乡镇", "县", "村委会位置", None, "户数", "建设情况", None],
        [None, None, None, None, "经度", "纬度", None, "阶段", "阶段日期"],
        *rows,
        head=None,
    )
    book = openpyxl.load_workbook(path)
    for area in ("E1:F1", "H1:I1", "A1:A2", "B1:B2"):
        book.active.merge_cells(area)
    book.save(path)
    table = desk.read().villages
    assert list(table["stage"]) == ["laid", "not_started", "surveyed"]
    assert table.geometry.x.iloc[2] == 106.54


@pytest.mark.parametrize("width", ["half", "full"])
def test_headers_with_brackets_units_and_full_width_signs(desk, rows, width):
    head = ["行政村代码", "村(居)名称", "所属乡镇", "区县", "lon", "LAT ", "户数(户)", "进度", "进度日期"]
    if width == "full":
        head = [h.replace("(", "\uff08").replace(")", "\uff09").replace("lon", "\uff4c\uff4f\uff4e") for h in head]
    desk.book(*rows, head=head)
    table = desk.read().villages
    assert list(table["households"]) == [312, 208, 155]
    assert list(table["township"]) == ["双河镇", "双河镇", "新桥乡"]


def test_two_columns_of_the_same_meaning_are_refused_by_letter(desk, rows):
    desk.book(*[[*row, 1] for row in rows], head=[*desk_head(), "户数"])
    with pytest.raises(LayersError, match=r'households: "户数" \(G\), "户数" \(J\)'):
        desk.read()


def test_a_column_named_in_the_settings_wins(desk, rows):
    head = list(desk_head())
    head[6] = "hushu2016"
    desk.book(*rows, head=head)
    assert desk.read().villages["households"].isna().all()
    assert desk.read(villages={"columns": {"households": "hushu2016"}}).villages["households"].iloc[0] == 312
    with pytest.raises(LayersError, match="there is no header"):
        desk.read(villages={"columns": {"households": "hushu"}})
    with pytest.raises(LayersError, match="known: households"):
        desk.read(villages={"columns": {"household": "hushu2016"}})


def test_a_missing_column_is_named_with_the_setting_that_helps(desk, rows):
    head = list(desk_head())
    head[0] = "序号x"
    desk.book(*rows, head=head)
    with pytest.raises(LayersError, match=r'\[layers.villages\] columns = \{ code = "header" \}'):
        desk.read()


def test_codes_are_text_and_lost_digits_are_named(desk, rows, found):
    rows[0][0] = 529901100201
    rows[1][0] = 52052710
    rows[2][0] = "5.29901E+11"
    desk.book(*rows)
    layers = desk.read()
    assert layers.villages["code"].iloc[0] == "529901100201"
    assert layers.villages["code"].iloc[2] == "row:4"
    assert len(layers.villages) == 3
    lost = found(layers, "bad_cell")
    assert lost[0].row == "4" and "exponent" in lost[0].message.en
    rows[2][0] = "529901201201"
    desk.book(*rows)
    layers = desk.read()
    wrong = found(layers, "code_digits")
    assert wrong[0].message.en == 'villages.xlsx row 3, 区划代码: 12 digits expected, found "52052710"'
    assert wrong[0].hint.en == "did the sheet drop leading or trailing zeros?"
    assert wrong[0].severity == Severity.ERROR


def test_codes_that_are_not_chinese_pass(desk, rows, found):
    for number, row in enumerate(rows):
        row[0] = f"AD-{number}"
    desk.book(*rows)
    layers = desk.read()
    assert list(layers.villages["code"]) == ["AD-0", "AD-1", "AD-2"]
    assert not found(layers, "code_digits")


def test_text_is_tidied_and_said_so(desk, rows, found):
    rows[0][0] = "\u3000529901100201 "
    rows[1][0] = "\uff15\uff12\uff19\uff19\uff10\uff11100202"
    rows[2][1] = "红星\u202e村"
    desk.book(*rows)
    layers = desk.read()
    assert list(layers.villages["code"])[:2] == ["529901100201", "529901100202"]
    assert layers.villages["name"].iloc[2] == "红星村"
    for rule in ("spaces_trimmed", "fullwidth_digits", "control_characters"):
        assert [f.severity for f in found(layers, rule)] == [Severity.NOTICE], rule


def test_markup_and_formula_texts_stay_text(desk, rows):
    rows[0][1] = "<script>alert(1)</script>"
    rows[1][1] = "+cmd|' /C calc'!A0"
    desk.book(*rows)
    assert list(desk.read().villages["name"])[:2] == ["<script>alert(1)</script>", "+cmd|' /C calc'!A0"]


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("2016.3.14", "2016-03-14"), ("2016/3/14", "2016-03-14"), ("2016年3月14日", "2016-03-14"),
        ("20160314", "2016-03-14"), (42443, "2016-03-14"), (dt.datetime(2016, 3, 14, 8), "2016-03-14"),
        ("2016-03-14 08:30:00", "2016-03-14"),
    ],
)  # fmt: skip
def test_dates(desk, rows, cell, day):
    rows[0][8] = cell
    desk.book(*rows)
    assert desk.read().villages["stage_date"].iloc[0].date().isoformat() == day


@pytest.mark.parametrize(
    ("cell", "word"), [("3/4/16", "ambiguous"), ("2016-02-30", "no such day"), ("春节后", "date expected")]
)
def test_dates_that_cannot_be_known_are_named_and_left_out(desk, rows, found, cell, word):
    rows[1][8] = cell
    desk.book(*rows)
    layers = desk.read()
    assert layers.villages["stage_date"].isna().iloc[1]
    (fault,) = found(layers, "bad_cell")
    assert (fault.row, fault.field) == ("3", "阶段日期") and word in fault.message.en


def test_serials_of_a_1904_workbook(desk, rows):
    path = desk.book(*rows)
    book = openpyxl.load_workbook(path)
    book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    book.active["I2"].value = 40981
    book.active["I2"].number_format = "General"
    book.save(path)
    assert desk.read().villages["stage_date"].iloc[0].date() == dt.date(2016, 3, 14)


def test_bad_optional_cells_are_named_and_left_empty(desk, rows, found):
    rows[0][6], rows[1][6], rows[2][6] = "一百", -3, "1,155户"
    rows[1][7] = "不知道"
    desk.book(*rows)
    layers = desk.read()
    assert layers.villages["households"].isna().tolist() == [True, True, False]
    assert layers.villages["households"].iloc[2] == 1155
    assert layers.villages["stage"].iloc[1] == "not_started"
    assert sorted((f.row, f.field) for f in found(layers, "bad_cell")) == [("2", "户数"), ("3", "户数"), ("3", "阶段")]


def test_error_values_and_uncomputed_formulas_are_named_by_cell(desk, rows, found):
    rows[0][6] = "#REF!"
    rows[1][6] = "=1+2"
    desk.book(*rows)
    layers = desk.read()
    messages = [f.message.en for f in found(layers, "bad_cell")]
    assert any("row 2, 户数: the cell is an error value, #REF!" in m for m in messages)
    assert any("G3 is a formula without a computed value" in m for m in messages)


def test_formula_without_value_as_coordinate_keeps_the_village_named(desk, rows, found):
    rows[1][4] = "=100+6.5"
    desk.book(*rows)
    layers = desk.read()
    assert len(layers.villages) == 2
    (fault,) = found(layers, "bad_coordinate")
    assert fault.severity == Severity.ERROR and "E3" in fault.message.en


def test_hidden_rows_are_imported_with_a_notice(desk, rows, found):
    path = desk.book(*rows)
    book = openpyxl.load_workbook(path)
    book.active.row_dimensions[3].hidden = True
    book.save(path)
    layers = desk.read()
    assert len(layers.villages) == 3
    assert found(layers, "hidden_rows_imported")[0].message.en.endswith("imported too: 3")


def test_the_sheet_that_fits_is_read_and_the_others_are_told(desk, rows, found):
    path = desk.book(*rows)
    book = openpyxl.load_workbook(path)
    notes = book.create_sheet("说明", 0)
    notes.append(["本表由各县填报"])
    again = book.create_sheet("旧表")
    for row in [desk_head(), *rows[:1]]:
        again.append(list(row))
    book.save(path)
    layers = desk.read()
    assert len(layers.villages) == 3
    assert "旧表" in found(layers, "other_sheets_not_read")[0].message.zh
    assert len(desk.read(villages={"layer": "旧表"}).villages) == 1
    with pytest.raises(LayersError, match="there is no sheet"):
        desk.read(villages={"layer": "新表"})


@pytest.mark.parametrize(
    ("lon", "lat", "rule"),
    [
        (26.6, 106.5, "looks_swapped"), (0, 0, "coordinate_zero"), (206.5, 26.6, "coordinate_range"),
        (106.5, None, "geometry_missing"), ("inf", 26.6, "bad_coordinate"), ("东经", 26.6, "bad_coordinate"),
    ],
)  # fmt: skip
def test_a_village_without_a_place_never_vanishes_silently(desk, rows, found, lon, lat, rule):
    rows[1][4:6] = [lon, lat]
    desk.book(*rows)
    layers = desk.read()
    assert list(layers.villages["code"]) == ["529901100201", "529901201201"]
    faults = found(layers, rule)
    assert [(f.severity, f.row) for f in faults] == [(Severity.ERROR, "3")]
    if rule == "looks_swapped":
        assert "look swapped: 26.6, 106.5" in faults[0].message.en


def test_degrees_minutes_seconds(desk, rows):
    rows[0][4:6] = ["106°30′36″", "北纬26°36'00\""]
    desk.book(*rows)
    point = desk.read().villages.geometry.iloc[0]
    assert (point.x, point.y) == pytest.approx((106.51, 26.6))


def test_metres_need_a_declared_crs_and_are_turned_into_degrees(desk, rows, found):
    head = list(desk_head())
    head[4:6] = ["X坐标", "Y坐标"]
    for row in rows:
        row[4:6] = [550000.0, 2943000.0]
    desk.book(*rows, head=head)
    with pytest.raises(LayersError, match=r"look like metres.*\[layers.villages\] crs"):
        desk.read()
    layers = desk.read(villages={"crs": "EPSG:4544"})
    assert layers.villages.geometry.x.iloc[0] == pytest.approx(105.5, abs=0.01)
    assert found(layers, "reprojected")
    for row in rows:
        row[4] = 35550000.0
    desk.book(*rows, head=head)
    with pytest.raises(LayersError, match="zone number 35.*EPSG:4523"):
        desk.read(villages={"crs": "EPSG:4544"})
    with pytest.raises(LayersError, match="labelled as degrees"):
        desk.read(villages={"crs": "EPSG:4490"})
    with pytest.raises(LayersError, match="unknown coordinate system"):
        desk.read(villages={"crs": "EPSG:99999999"})


@pytest.mark.parametrize(
    ("encoding", "mark"), [("utf-8", ""), ("utf-8-sig", ""), ("utf-16", ""), ("gb18030", ""), ("utf-8", ";")]
)
def test_csv_in_any_usual_encoding(desk, encoding, mark):
    text = "村代码,村名,经度,纬度,户数\n529901100201,红星村,106.5,26.6,312\n\n529901100202,光明村,106.6,26.6,208\n"
    desk.text("villages.csv", text.replace(",", mark or ","), encoding)
    table = desk.read().villages
    assert list(table["name"]) == ["红星村", "光明村"]
    assert list(table["households"]) == [312, 208]


def test_csv_rows_are_counted_as_a_spreadsheet_does(desk, found):
    desk.text("villages.csv", '村代码,村名,lon,lat\n1,"两行\n的名",106.5,26.6\n\n2,乙,,\n')
    layers = desk.read()
    assert layers.villages["name"].iloc[0] == "两行 的名"
    assert found(layers, "geometry_missing")[0].row == "4"


def test_csv_that_is_not_in_the_declared_encoding(desk):
    desk.text("villages.csv", "村代码,村名,lon,lat\n1,甲,106,26\n", "gbk")
    with pytest.raises(LayersError, match="not in utf-8"):
        desk.read(villages={"encoding": "utf-8"})
    with pytest.raises(LayersError, match="unknown encoding"):
        desk.read(villages={"encoding": "klingon"})


def test_wkt_lines_in_a_table(desk, rows):
    desk.book(*rows)
    desk.text("roads.csv", 'id,道路等级,wkt\nR1,国道,"LINESTRING (106.5 26.6, 106.6 26.7)"\n')
    roads = desk.read().roads
    assert list(roads["road_class"]) == ["national"] and roads.geometry.iloc[0].length > 0.1


def refuse(desk, content, words, name="villages.xlsx"):
    desk.text(name, content)
    with pytest.raises(LayersError, match=words) as error:
        desk.read()
    assert name in str(error.value) and "\n" not in str(error.value)


def test_files_that_are_not_what_their_name_says(desk):
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
    refuse(desk, b"<html><body><table><tr><td>1</td></tr></table></body></html>", "web page")
    refuse(desk, ole + "Workbook".encode("utf-16-le"), "old Excel 97-2003")
    refuse(desk, ole + "EncryptedPackage".encode("utf-16-le"), "password")
    refuse(desk, b"", "empty")
    refuse(desk, b"PK\x03\x04 torn", "archive is damaged")
    refuse(desk, b"%PDF-1.4", "PDF")
    refuse(desk, bytes(range(256)) * 4, "binary")
    refuse(desk, b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook/>', "2003")


def test_a_csv_named_xlsx_is_read_by_its_content(desk):
    desk.text("villages.xlsx", "村代码,村名,lon,lat\n1,甲,106.5,26.6\n")
    assert len(desk.read().villages) == 1


def test_a_sheet_with_a_header_only_is_refused(desk):
    desk.book()
    with pytest.raises(LayersError, match="not one village can be used: it has no rows"):
        desk.read()
    desk.book(["随便", "写的"], head=None)
    with pytest.raises(LayersError, match="no header found"):
        desk.read()


def test_all_villages_swapped_stop_the_run_with_the_reason(desk, rows):
    for row in rows:
        row[4:6] = row[5], row[4]
    desk.book(*rows)
    with pytest.raises(LayersError, match="look swapped: 26.6, 106.5"):
        desk.read()


def test_a_declared_size_of_the_whole_sheet_is_not_believed(desk, rows):
    path = desk.book(*rows)
    with zipfile.ZipFile(path) as archive:
        parts = {m.filename: archive.read(m) for m in archive.infolist()}
    sheet = parts["xl/worksheets/sheet1.xml"].decode()
    parts["xl/worksheets/sheet1.xml"] = re.sub(r'ref="A1:[A-Z]+\d+"', 'ref="A1:XFD1048576"', sheet).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    assert len(desk.read().villages) == 3


def test_limits_of_size_and_number(desk, rows):
    desk.book(*rows)
    with pytest.raises(LayersError, match="limit of 2"):
        desk.read(max_features=2)
    with pytest.raises(LayersError, match="max_file_mb"):
        desk.read(max_file_mb=0.001)
    with pytest.raises(LayersError, match="max_unpacked_mb"):
        desk.read(max_unpacked_mb=0.001)


def test_a_workbook_with_entities_is_refused(desk, rows):
    path = desk.book(*rows)
    with zipfile.ZipFile(path) as archive:
        parts = {m.filename: archive.read(m) for m in archive.infolist()}
    bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]>'
    parts["xl/worksheets/sheet1.xml"] = bomb + parts["xl/worksheets/sheet1.xml"]
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    with pytest.raises(LayersError, match="DOCTYPE"):
        desk.read()


def test_rows_in_the_settings(desk, found):
    layers = desk.read(
        villages=POINTS,
        access_points={"points": [{"id": "A1", "name": "机房", "lon": 106.5, "lat": 26.6, "spare_fibers": 12}]},
    )
    assert layers.villages["code"].iloc[0] == "1"
    assert layers.access_points["spare_fibers"].iloc[0] == 12
    assert layers.access_points["kind"].iloc[0] == "equipment_room"


def test_findings_of_one_rule_are_bounded_and_counted(desk, found):
    body = "".join(f"{n},甲{n},,\n" for n in range(1, 2501))
    desk.text("villages.csv", f"村代码,村名,lon,lat\n0,乙,106.5,26.6\n{body}")
    faults = found(desk.read(), "geometry_missing")
    assert len(faults) == 1001
    assert "1500 more" in faults[-1].message.en and "2500 in all" in faults[-1].message.en


def test_messages_are_one_printable_line_whatever_the_file_holds(desk, rows):
    rows[0][6] = "x" * 5000 + "\u0085\u202e"
    rows[1][7] = "a\tb\nc"
    desk.book(*rows)
    for finding in desk.read().findings:
        for text in (finding.message.en, finding.message.zh, finding.row, finding.field):
            assert text.isprintable() and len(text) < 400
