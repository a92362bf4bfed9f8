"""Workbooks as people open them: values and types, headers, print settings, and texts that would do harm."""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from decimal import Decimal

import openpyxl
import pandas as pd
import pytest
import standings
from standings import AS_OF, campaign_settings

from cuntong_gis.documents import (
    Paper,
    list_paper,
    progress_paper,
    ranking_paper,
    register_paper,
    write_paper,
    write_papers,
)
from cuntong_gis.documents.excel import A3, A4
from cuntong_gis.documents.paper import Column, Kind, Role, Row, Term
from cuntong_gis.documents.widths import column_width, text_width
from cuntong_gis.words import Words, same

JUNE = Words("2016年6月", "June 2016")
HOSTILE = (
    '=HYPERLINK("http://x","点我")', "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r\n=1", "=cmd|' /C calc'!A0",
    "{=1+1}", "'=1", "村\x00\x0b\x1f\ud800\ufffe名", "\u202e名村\u202c", "<script>&amp;", "1e5", "00123", "2016-06-30", "TRUE", "#REF!",
)  # fmt: skip


def sheet_of(path, name=None):
    book = openpyxl.load_workbook(path)
    return book[name] if name else book.active


@pytest.fixture(scope="module")
def units() -> pd.DataFrame:
    return standings.province()


@pytest.fixture(scope="module")
def progress(units) -> Paper:
    return progress_paper(
        units, "520000", campaign_settings(), as_of=AS_OF, period=JUNE, lights=standings.lights_of(units), depth=2
    )


@pytest.fixture(scope="module")
def sheet(progress, tmp_path_factory):
    path = tmp_path_factory.mktemp("papers") / "progress.xlsx"
    write_paper(path, progress)
    return sheet_of(path)


def heads(sheet, upper: int, lower: int) -> list[tuple[str, str]]:
    """Return (group, head) of each column, merged cells filled."""
    spread = {}
    for area in sheet.merged_cells.ranges:
        for row, place in area.cells:
            spread[row, place] = sheet.cell(area.min_row, area.min_col).value
    return [
        tuple(str(spread.get((row, c), sheet.cell(row, c).value)).replace("\n", "") for row in (upper, lower))
        for c in range(1, sheet.max_column + 1)
    ]  # fmt: skip


def test_the_head_is_two_rows_with_merged_groups(sheet):
    found = heads(sheet, 3, 4)
    assert found[3] == ("任务村数", "任务村数")
    assert [head for group, head in found if group == "累计完成"] == [
        "勘测",
        "立项",
        "材料到货",
        "敷设",
        "开通",
        "销号",
    ]
    assert [head for group, head in found if group == "本期新增"] == ["敷设", "开通", "销号"]
    assert [head for group, head in found if group == "造价（万元）"] == ["预算", "挣值", "计划值", "SPI"]
    assert ("与时间比", "相差（百分点）") in found
    assert sheet["A1"].value == "贵州省多彩贵州“广电云”村村通工程进度表"
    assert [sheet["A2"].value, *[c.value for c in sheet[2][1:] if c.value]] == [
        "单位名称：贵州省 · 本期：2016年6月",
        "单位：个、公里、万元、% · 数据截止 2016年6月30日",
    ]


def test_the_sheet_is_ready_to_print(sheet, progress):
    last = 4 + sum(row.role is not Role.BESIDE for row in progress.rows)
    assert sheet.page_setup.orientation == "landscape"
    assert (sheet.page_setup.paperSize, sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (A3, 1, 0)
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert sheet.print_title_rows == "$3:$4"
    assert sheet.freeze_panes == "C5"
    assert sheet.auto_filter.ref == f"A4:AH{last}"
    assert sheet.oddFooter.center.text == "第 &P 页/共 &N 页"
    assert sheet.oddFooter.right.text == "数据截止 2016年6月30日"
    assert [c.value for c in sheet[sheet.max_row] if c.value] == [
        f"{who}：＿＿＿＿＿＿" for who in ("制表人", "审核人", "负责人")
    ]


def test_a_narrow_paper_is_printed_on_a4(units, tmp_path):
    paper = ranking_paper(standings.ranking(units), "贵州省", campaign_settings(), as_of=AS_OF, period=JUNE)
    write_paper(tmp_path / "ranking.xlsx", paper)
    assert sheet_of(tmp_path / "ranking.xlsx").page_setup.paperSize == A4


def test_cells_keep_their_types_and_their_figures(sheet, units, progress):
    keys = [column.key for column in progress.columns]
    total = {key: sheet.cell(5, place) for place, key in enumerate(keys, start=1)}
    province = units.iloc[0]
    assert total["name"].value == "合计"
    assert (total["villages"].value, total["villages"].number_format) == (11_097, "#,##0;[Red]-#,##0")
    assert total["lit_rate"].value == pytest.approx(province["lit"] / 11_097, abs=1e-12)
    assert total["lit_rate"].number_format == "0.0%"
    assert total["planned_km"].value == pytest.approx(province["planned_m"] / 1000, abs=5e-4)
    assert total["budget_cny"].value == pytest.approx(float(province["budget_cny"] / 10_000), abs=1e-6)
    assert total["budget_cny"].number_format == "#,##0.00"
    assert total["last_report_on"].value == dt.datetime(2016, 6, 30)
    assert total["last_report_on"].number_format == 'yyyy"年"m"月"d"日"'
    assert (total["code"].value, total["code"].data_type, total["code"].number_format) == ("520000", "s", "@")
    assert total["lag_points"].number_format == "+0.0;[Red]-0.0;0.0"
    assert total["light"].value == "■ 红"


def test_one_village_short_is_not_a_hundred_percent(units, tmp_path):
    nearly = units.copy()
    nearly.loc[0, "lit_rate"] = 11_096 / 11_097
    paper = progress_paper(nearly, "520000", campaign_settings(), as_of=AS_OF, period=JUNE)
    write_paper(tmp_path / "p.xlsx", paper)
    place = [column.key for column in paper.columns].index("lit_rate") + 1
    assert sheet_of(tmp_path / "p.xlsx").cell(5, place).number_format == "0.00%"


def test_columns_add_up_in_the_sheet_itself(sheet, progress):
    for key in ("villages", "lit", "closed_new", "laid_km", "ev_cny", "late"):
        place = [column.key for column in progress.columns].index(key) + 1
        values = [sheet.cell(5 + n, place).value for n in range(len(progress.rows) - 1)]
        roles = [row.role for row in progress.rows]
        for wanted in (Role.SUBTOTAL, Role.PLAIN):
            parts = [value for value, role in zip(values, roles, strict=False) if role is wanted]
            assert sum(parts) == pytest.approx(values[0], abs=0.06), (key, wanted)


def test_lights_are_words_with_shapes_and_coloured_by_what_they_say(sheet):
    rules = [rule for area in sheet.conditional_formatting for rule in area.rules]
    assert [rule.formula for rule in rules] == [['"● 绿"'], ['"▲ 黄"'], ['"■ 红"']]
    assert {str(area.sqref) for area in sheet.conditional_formatting} == {"AH5:AH104"}
    said = {sheet.cell(row, 34).value for row in range(5, 105)}
    assert said - {None} == {"● 绿", "▲ 黄", "■ 红"}  # None: the line above the overlay


def test_overlays_stand_below_a_line_that_says_so(sheet):
    divider = next(row for row in range(5, sheet.max_row) if sheet.cell(row, 1).value == "以下单位另行统计，不计入合计")
    assert f"A{divider}:AH{divider}" in {str(area) for area in sheet.merged_cells.ranges}
    assert sheet.cell(divider + 1, 2).value == "贵安新区"


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_name_stays_a_text(units, text, tmp_path):
    bad = units.copy()
    bad.loc[:, ["name", "government", "company"]] = text
    bad.loc[1, "code"] = text
    settings = campaign_settings(name=text)
    paper = progress_paper(bad, "520000", settings, as_of=AS_OF, period=same(text))
    write_papers(tmp_path / "p.xlsx", [paper, paper])
    book = openpyxl.load_workbook(tmp_path / "p.xlsx")
    for sheet in book:
        cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
        assert {cell.data_type for cell in cells} <= {"s", "n", "d"}
        names = [sheet.cell(row, 2) for row in range(6, 15)]
        assert {cell.data_type for cell in names} == {"s"}
        assert all(cell.quotePrefix and cell.number_format == "@" for cell in names)
        assert not any(re.search(r"[\x00-\x08\x0b-\x1f\ud800-\udfff\u202e\ufffe]", str(cell.value)) for cell in cells)
    with zipfile.ZipFile(tmp_path / "p.xlsx") as parts:
        for part in parts.namelist():
            if part.startswith("xl/worksheets/"):
                assert not re.search(rb"<f[ />]", parts.read(part))  # no formula of any kind


def test_hostile_texts_do_not_leave_their_cells_in_title_footer_and_sheet_name(units, tmp_path):
    paper = list_paper("lights", standings.lights(units), '&"Wingdings"&P=1', campaign_settings(), as_of=AS_OF)
    odd = Paper(
        Words("a/b\\c?d*e[f]g:'h'" * 5, "x"), paper.title, paper.about, paper.units, AS_OF, paper.columns, paper.rows
    )  # fmt: skip
    write_papers(tmp_path / "p.xlsx", [odd, odd])
    book = openpyxl.load_workbook(tmp_path / "p.xlsx")
    assert len(set(book.sheetnames)) == 2
    assert all(len(name) <= 31 and not set(name) & set("[]:*?/\\'") for name in book.sheetnames)
    with zipfile.ZipFile(tmp_path / "p.xlsx") as parts:
        footer = re.search(r"<oddFooter>(.*?)</oddFooter>", parts.read("xl/worksheets/sheet1.xml").decode()).group(1)
    assert footer.startswith("&amp;L&amp;&amp;")


def test_the_same_paper_has_the_same_bytes(units, progress, tmp_path):
    write_paper(tmp_path / "a.xlsx", progress)
    again = progress_paper(
        units.copy(),
        "520000",
        campaign_settings(),
        as_of=AS_OF,
        period=JUNE,
        lights=standings.lights_of(units),
        depth=2,
    )
    write_paper(tmp_path / "b.xlsx", again)
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
    with zipfile.ZipFile(tmp_path / "a.xlsx") as parts:  # and would have them tomorrow
        assert {item.date_time for item in parts.infolist()} == {(2016, 3, 1, 0, 0, 0)}
        days = re.findall(r"\d{4}-\d\d-\d\dT", parts.read("docProps/core.xml").decode())
    assert days == ["2016-03-01T"] * 2
    assert not [path for path in tmp_path.iterdir() if path.suffix != ".xlsx"]


def test_an_english_workbook_has_no_chinese_of_ours(tmp_path):
    paper = register_paper(standings.register(20), "X", campaign_settings(name="Campaign"), as_of=AS_OF)
    write_paper(tmp_path / "p.xlsx", paper, "en")
    sheet = sheet_of(tmp_path / "p.xlsx")
    names = {"county", "township", "name", "county_by", "prefecture_by"}
    ours = [place for place, column in enumerate(paper.columns, start=1) if column.key not in names]
    for row in sheet.iter_rows():
        for cell in row:
            if cell.column in ours or cell.row < 6:
                assert not re.search(r"[\u4e00-\u9fff]", str(cell.value)), cell.coordinate
    assert sheet.oddFooter.center.text == "page &P of &N"
    lit = sheet.cell(7, 6)
    assert (lit.value, lit.number_format) == (dt.datetime(2016, 5, 2), "[$-409]d\\ mmm\\ yyyy")


def test_every_cell_has_the_room_it_needs(sheet, progress):
    for place, column in enumerate(progress.columns):
        width = column_width(progress, place, "zh")
        letter = openpyxl.utils.get_column_letter(place + 1)
        assert sheet.column_dimensions[letter].width == width
        if column.kind in (Kind.COUNT, Kind.MONEY):
            longest = max(
                len(f"{row.cells[place] or 0:,}") for row in progress.rows if not isinstance(row.cells[place], Words)
            )
            assert width >= longest * (1 if column.kind is Kind.COUNT else 0.5), column.key


def test_long_texts_are_wrapped_into_rows_that_are_high_enough(tmp_path):
    columns = (Column("facts", same("事实"), Kind.TEXT), Column("n", same("数"), Kind.COUNT))
    paper = Paper(
        same("表"),
        same("标题"),
        same("甲"),
        same("个"),
        AS_OF,
        columns,
        (Row((same("事" * 100), 1)), Row((same("短"), 2))),
    )
    write_paper(tmp_path / "p.xlsx", paper)
    sheet = sheet_of(tmp_path / "p.xlsx")
    long, short = sheet.row_dimensions[4].height, sheet.row_dimensions[5].height
    assert sheet["A4"].alignment.wrap_text
    assert sheet.column_dimensions["A"].width <= 60
    assert long >= 15 * text_width("事" * 100) / 60 > short > 15


def test_an_empty_paper_is_a_sheet_with_a_head(tmp_path):
    write_paper(tmp_path / "p.xlsx", register_paper(standings.register(0), "空县", campaign_settings(), as_of=AS_OF))
    sheet = sheet_of(tmp_path / "p.xlsx")
    assert sheet.auto_filter.ref == "A5:T5"
    assert sheet["A3"].value.startswith("任务村 0 个")


def test_a_failed_write_leaves_the_old_workbook(tmp_path):
    path = tmp_path / "p.xlsx"
    path.write_bytes(b"old")
    columns = (Column("n", same("数"), Kind.COUNT),)
    broken = Paper(same("表"), same("标题"), same("甲"), same("个"), AS_OF, columns, (Row((object(),)),))
    with pytest.raises(Exception):  # noqa: B017 - whatever goes wrong
        write_paper(path, broken)
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["p.xlsx"]


def test_money_is_exact_until_it_is_shown(tmp_path):
    columns = (Column("cny", same("造价"), Kind.MONEY), Column("light", same("灯"), Kind.LIGHT))
    rows = (Row((Decimal("0.01"), Term("red", Words("■ 红", "■ red")))), Row((None, None)))
    paper = Paper(same("表"), same("标题"), same("甲"), same("万元"), AS_OF, columns, rows)
    write_paper(tmp_path / "p.xlsx", paper)
    sheet = sheet_of(tmp_path / "p.xlsx")
    assert sheet["A4"].value == pytest.approx(1e-6, rel=1e-9)
    assert (sheet["A5"].value, sheet["B5"].value) == ("—", "—")
