"""Lists of the campaign without geometry: units, targets, officials."""

from __future__ import annotations

import datetime as dt

import openpyxl
import pytest

from cuntong_gis.errors import LayersError
from cuntong_gis.layers import read_forms, read_table
from cuntong_gis.model import Severity
from cuntong_gis.settings import Settings


def book(path, *rows, change=None):
    workbook = openpyxl.Workbook()
    for row in rows:
        workbook.active.append(list(row))
    if change:
        change(workbook.active)
    workbook.save(path)
    return path


def test_a_month_that_the_sheet_turned_into_a_day_is_the_month_again(tmp_path):
    def months(sheet):
        sheet["B3"].number_format, sheet["B4"].number_format = 'yyyy"年"m"月"', "mmm-yy"

    path = book(
        tmp_path / "targets.xlsx", ["2016年分期目标"], ["单位代码", "期间", "开通村数", "敷设公里"],
        [520527, dt.datetime(2016, 6, 1), "１２村", 3.5], ["520527001", dt.datetime(2016, 7, 1), 5, None],
        ["520527", dt.datetime(2016, 6, 5), 1, None], ["520527", "2016-Q2", 9, "1,200.5"], ["合计", None, 27, None], change=months,
    )  # fmt: skip
    table, findings = read_table(path, "targets")
    assert list(table["unit"]) == ["520527", "520527001", "520527", "520527"]
    assert list(table["period"]) == ["2016-06", "2016-07", "2016-06-05", "2016-Q2"]
    assert list(table["villages"]) == [12, 5, 1, 9]
    assert table["km"].iloc[3] == 1200.5
    assert {f.code for f in findings} == {"total_rows_skipped", "fullwidth_digits"}


def test_a_row_with_a_bad_or_missing_cell_is_left_out_and_named(tmp_path):
    path = book(
        tmp_path / "officials.xlsx", ["单位代码", "责任链", "职务", "姓名"], ["520527", "政府", "副县长", "张三"],
        ["520527", "亲友", "", "李四"], ["520528", "公司", "负责人", None],
    )  # fmt: skip
    table, findings = read_table(path, "officials")
    assert list(table["name"]) == ["张三"]
    errors = [f for f in findings if f.severity == Severity.ERROR]
    assert [(f.row, f.field) for f in errors] == [("3", "责任链(B3)"), ("4", "姓名(D4)")]
    assert errors[1].message.zh == "officials.xlsx[Sheet] 第 4 行“姓名(D4)”：没有填写"


def test_a_list_is_looked_for_among_the_layers_and_may_be_absent(tmp_path):
    table, findings = read_table(Settings(folder=tmp_path), "units")
    assert (len(table), findings) == (0, ())
    (tmp_path / "layers").mkdir()
    (tmp_path / "layers" / "units.csv").write_bytes(
        "区划代码,名称,级别,上级,启用日期\n520599,新区,区县,520500,2016-05-01\n".encode("gbk")
    )
    table, findings = read_table(Settings(folder=tmp_path), "units")
    assert table.iloc[0][["code", "name", "level", "parent"]].to_list() == ["520599", "新区", "county", "520500"]
    assert str(table["valid_from"].iloc[0].date()) == "2016-05-01"
    (tmp_path / "layers" / "units.xlsx").write_bytes(b"")
    with pytest.raises(LayersError, match="several files for layer units"):
        read_table(Settings(folder=tmp_path), "units")


def test_a_list_without_a_column_it_must_have_is_refused(tmp_path):
    path = book(tmp_path / "targets.xlsx", ["单位代码", "开通村数"], ["520527", 3])
    with pytest.raises(LayersError, match=r"no column for period") as caught:
        read_table(path, "targets")
    assert "cuntong.toml" not in caught.value.line("zh")


def test_every_fitting_sheet_is_read_and_others_are_told(tmp_path):
    def more(sheet):
        sheet.title = "封面"
        for title, rows in (
            ("一", [["区划代码", "阶段"], ["1", "敷设"]]),
            ("二", [["光缆段", "长度"], ["S", 1]]),
            ("说明", [["列", "备注"]]),
        ):
            other = sheet.parent.create_sheet(title)
            for cells in rows:
                other.append(cells)

    path = book(tmp_path / "周报.xlsx", ["村村通周报"], change=more)
    forms, findings = read_forms(path, {"form_villages": ("code", "name"), "form_spans": ("span_id",)})
    assert [(form.schema, form.file) for form in forms] == [("form_villages", "周报.xlsx[一]")]
    assert [f.message.zh for f in findings if f.code == "sheets_left_out"] == ["周报.xlsx：不是填报表，未读：封面、二"]
