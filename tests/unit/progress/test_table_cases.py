"""Sheets as offices send them, case by case (T01–T38): what is taken, and what is refused by file, row and field."""

from __future__ import annotations

import base64
import csv
import datetime as dt
import io
import re
import subprocess
import sys
import zipfile
import zlib
from dataclasses import replace
from pathlib import Path

import ledgers
import openpyxl
import pytest
from forms import BIG, FAR, HEAD, RED, RED_TOO, SPAN, SPAN_HEAD, STONE, UNIT, Desk, day, facts, row, span, told
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from cuntong_gis.errors import LayersError
from cuntong_gis.maps import write_findings
from cuntong_gis.model import Finding, Severity
from cuntong_gis.progress import Imported, Line, Measure, write_template
from cuntong_gis.settings import Settings
from cuntong_gis.tables import csv_text
from cuntong_gis.words import Words

GOOD = row(RED, "敷设", "2016-06-01")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Return a desk whose ledger holds something already, so that its chain is begun."""
    desk = Desk(tmp_path)
    desk.take(desk.sheet(row(STONE, "勘测", "2016-03-20"), name="首次.xlsx"))
    return desk


def only(lines: list[Line], place: str, field: str) -> Line:
    """Return the only refusal, which must name row and field."""
    assert len(lines) == 1, lines
    assert (lines[0].row, lines[0].field) == (place, field)
    assert lines[0].file.startswith("周报.")
    return lines[0]


def noticed(sent: Imported, text: str) -> list[Line]:
    return [line for line in sent.lines if line.outcome == "noticed" and text in line.reason.zh]


def stage_of(desk: Desk, code: str) -> tuple[int, dt.date | None]:
    standing = desk.standing(code)
    giver = standing.giver(Measure.STAGE)
    return int(standing.figure(Measure.STAGE) or 0), giver.happened_on if giver else None


def test_t01_a_header_in_two_merged_rows_is_read(desk: Desk) -> None:
    def merge(sheet: openpyxl.worksheet.worksheet.Worksheet) -> None:
        for area in ("A1:A2", "B1:B2", "C1:D1"):
            sheet.merge_cells(area)

    path = desk.sheet(
        ["区划代码", "村名", "建设情况", None], [None, None, "阶段", "日期"], [RED, "红星村", "敷设", "2016-06-01"],
        head=(), change=merge,
    )  # fmt: skip
    desk.take(path)
    assert stage_of(desk, RED) == (4, day("2016-06-01"))


def test_t02_a_header_within_ten_rows_is_found_and_none_further_down(desk: Desk) -> None:
    titles = [[f"标题 {n}"] for n in range(9)]
    desk.take(desk.sheet(*titles, HEAD, GOOD, head=()))
    assert stage_of(desk, RED) == (4, day("2016-06-01"))
    before = desk.bytes()
    with pytest.raises(LayersError, match="no header found in the first 10 rows") as caught:
        desk.send(desk.sheet(*titles, ["第十行"], ["第十一行"], HEAD, GOOD, head=()))
    assert caught.value.line("zh").startswith("周报.xlsx：前 10 行里找不到表头")
    assert desk.bytes() == before


def test_t03_two_columns_of_one_header_are_refused_by_their_letters(desk: Desk) -> None:
    with pytest.raises(LayersError) as caught:
        desk.send(desk.sheet([RED, "敷设", "2016-06-01", "开通"], head=("区划代码", "阶段", "日期", "阶段")))
    line = caught.value.line("zh")
    assert "周报.xlsx 村!1" in line
    assert '"阶段" (B)、"阶段" (D)' in line


@pytest.mark.parametrize(
    "text", ["2016.3.14", "2016年3月14日", "2016/3/14", "2016-03-14", "20160314", "2016-3-14 00:00"]
)
def test_t04_dates_as_text_are_read(desk: Desk, text: str) -> None:
    desk.take(desk.sheet(row(RED, "勘测", text)))
    assert stage_of(desk, RED) == (1, day("2016-03-14"))


@pytest.mark.parametrize("text", ["3/4/16", "03-04-2016", "4.3.16"])
def test_t05_an_ambiguous_date_is_refused(desk: Desk, text: str) -> None:
    line = only(desk.refuse(desk.sheet(GOOD, row(BIG, "勘测", text))), "3", "日期(E3)")
    assert "日期有歧义" in line.reason.zh
    assert "2016-03-14" in line.hint.zh


@pytest.mark.parametrize(("serial", "old"), [(42443, False), (40981, True)])
def test_t06_a_serial_counts_from_its_workbooks_epoch(desk: Desk, serial: int, old: bool) -> None:
    path = desk.sheet(row(RED, "勘测", serial))
    if old:
        book = openpyxl.load_workbook(path)
        book.epoch = CALENDAR_MAC_1904
        book.save(path)
    desk.take(path)
    assert stage_of(desk, RED) == (1, day("2016-03-14"))


def test_t07_full_width_digits_are_read_and_told(desk: Desk) -> None:
    sent = desk.take(desk.sheet(row(RED, "敷设", "２０１６－０６－０１", "５７％")))
    assert desk.standing(RED).figure(Measure.PERCENT) == 57.0
    assert {line.field for line in noticed(sent, "全角字符已转为半角")} == {"日期", "形象进度"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gbk", "gb18030"])
def test_t08_csv_in_any_usual_encoding_is_read(desk: Desk, encoding: str) -> None:
    desk.take(desk.text(GOOD, encoding=encoding))
    assert stage_of(desk, RED) == (4, day("2016-06-01"))


def test_t09_spaces_in_a_code_are_left_out_and_told(desk: Desk) -> None:
    sent = desk.take(desk.sheet([f"{RED}\u3000", *GOOD[1:]], [f" {BIG} ", None, None, "勘测", "2016-06-01"]))
    assert stage_of(desk, RED)[0] == 4
    assert stage_of(desk, BIG)[0] == 1
    assert [line.field for line in noticed(sent, "去掉了首尾空格")] == ["区划代码"]


@pytest.mark.parametrize("code", ["52527100201", 52527100201, "5205271201"])
def test_t10_a_code_that_lost_zeros_is_refused_and_the_probable_one_named(desk: Desk, code: object) -> None:
    line = only(desk.refuse(desk.sheet([code, *row(RED, "敷设", "2016-06-01")[1:]])), "2", "区划代码(A2)")
    assert "12 位" in line.reason.zh
    assert RED in line.hint.zh
    assert "丢了 0" in line.hint.zh


def test_t10_a_leading_zero_too(tmp_path: Path) -> None:
    plan = facts()
    old = {"052000100201": plan.villages[RED]}
    desk = Desk(tmp_path, replace(plan, villages={**plan.villages, **old}))
    sent = desk.send(desk.sheet([52000100201, None, None, "敷设", "2016-06-01"]))
    assert not sent.taken
    assert "052000100201" in sent.lines[0].hint.zh


@pytest.mark.parametrize("code", ["5.20527E+11", 520527100201.5, "1.15E+11"])
def test_t11_a_code_as_a_float_is_refused(desk: Desk, code: object) -> None:
    line = only(desk.refuse(desk.sheet([code, *GOOD[1:]])), "2", "区划代码(A2)")
    assert "科学记数" in line.reason.zh or "应为文本" in line.reason.zh
    assert "文本" in line.hint.zh


def test_t12_an_unknown_village_is_refused_and_the_nearest_named(desk: Desk) -> None:
    line = only(desk.refuse(desk.sheet([None, "石扳村", "白水镇", "敷设", "2016-06-01"])), "2", "村名(B2)")
    assert "没有 白水镇 石扳村" in line.reason.zh
    assert f"{STONE}（白水镇石板村）" in line.hint.zh
    line = only(desk.refuse(desk.sheet(["520527100209", None, None, "敷设", "2016-06-01"])), "2", "区划代码(A2)")
    assert "没有行政村 520527100209" in line.reason.zh
    assert STONE in line.hint.zh


def test_t13_a_name_alone_is_never_enough(desk: Desk) -> None:
    line = only(desk.refuse(desk.sheet([None, "红星村", None, "敷设", "2016-06-01"])), "2", "乡镇(C2)")
    assert RED in line.hint.zh
    assert RED_TOO in line.hint.zh
    line = only(desk.refuse(desk.sheet([None, "大寨村", None, "敷设", "2016-06-01"])), "2", "乡镇(C2)")
    assert BIG in line.hint.zh
    desk.take(desk.sheet([None, "红星村", "青龙乡", "敷设", "2016-06-01"]))
    assert stage_of(desk, RED_TOO)[0] == 4
    assert stage_of(desk, RED)[0] == 0


def test_t13_two_of_one_name_in_one_township_ask_for_the_code(tmp_path: Path) -> None:
    desk = Desk(tmp_path, facts({STONE: "红星村"}))
    sent = desk.send(desk.sheet([None, "红星村", "白水镇", "敷设", "2016-06-01"]))
    assert [(line.outcome, line.field) for line in sent.lines] == [("refused", "区划代码(A2)")]
    assert RED in sent.lines[0].hint.zh
    assert STONE in sent.lines[0].hint.zh


def test_t14_variant_and_private_characters_are_told(desk: Desk) -> None:
    sent = desk.take(
        desk.sheet([RED, "紅星村", "白水镇", "敷设", "2016-06-01"], [BIG, "大\ue123村", "青龙乡", "勘测", "2016-06-01"])
    )
    assert [line.field for line in noticed(sent, "按代码导入")] == ["村名(B2)", "村名(B3)"]
    assert [line.row for line in noticed(sent, "自造字")] == ["3"]
    assert stage_of(desk, BIG)[0] == 1


def test_t15_a_figure_falls_only_by_a_correction(desk: Desk) -> None:
    desk.take(desk.sheet(row(RED, percent="60%", date="2016-06-01")))
    line = only(desk.refuse(desk.sheet(row(RED, percent="40%", date="2016-06-08"))), "2", "形象进度(F2)")
    assert "由 60 % 降为 40 %" in line.reason.zh
    assert "更正" in line.hint.zh
    asked = {"更正": "是", "更正原因": "原数误填"}
    line = only(desk.refuse(desk.sheet(row(RED, percent="40%", date="2016-06-08", **asked))), "2", "批准人(J2)")
    asked["批准人"] = "李镇长"
    desk.take(desk.sheet(row(RED, percent="40%", date="2016-06-08", **asked)))
    assert desk.standing(RED).figure(Measure.PERCENT) == 40.0
    assert desk.standing(RED).giver(Measure.PERCENT).reason == "原数误填"


@pytest.mark.parametrize(
    ("percent", "said"),
    [("101%", "0 到 100"), (120, "0 到 100"), (-5, "0 到 100"), ("-5%", "0 到 100"), (0.57, "0.57% 还是 57%"), ("0.57", "0.57% 还是 57%")],
)  # fmt: skip
def test_t16_a_percentage_out_of_range_or_of_unclear_unit_is_refused(desk: Desk, percent: object, said: str) -> None:
    line = only(desk.refuse(desk.sheet(GOOD, row(BIG, percent=percent, date="2016-06-01"))), "3", "形象进度(F3)")
    assert said in line.reason.zh
    assert line.hint.zh
    line = only(desk.refuse(desk.sheet(span(进度=percent), head=SPAN_HEAD)), "2", "进度(C2)")
    assert said in line.reason.zh


def test_t16_what_the_sheet_shows_as_a_percentage_is_one(desk: Desk) -> None:
    def as_percent(sheet: openpyxl.worksheet.worksheet.Worksheet) -> None:
        sheet["F2"].number_format = "0%"
        sheet["F3"].number_format = '0.0"%"'

    path = desk.sheet(
        row(RED, percent=0.57, date="2016-06-01"), row(BIG, percent=0.5, date="2016-06-01"), change=as_percent
    )
    desk.take(path)
    assert desk.standing(RED).figure(Measure.PERCENT) == 57.0
    assert desk.standing(BIG).figure(Measure.PERCENT) == 0.5


def test_t16_metres_below_nothing_are_refused(desk: Desk) -> None:
    line = only(desk.refuse(desk.sheet(span(metres=-1), head=SPAN_HEAD)), "2", "累计敷设(米)(B2)")
    assert "不能为负" in line.reason.zh


def test_t17_a_day_to_come_is_refused(desk: Desk) -> None:
    line = only(desk.refuse(desk.sheet(row(RED, "敷设", "2016-07-02"))), "2", "日期(E2)")
    assert "还没有到" in line.reason.zh


def test_t18_a_day_before_the_campaign_is_refused(desk: Desk) -> None:
    line = only(desk.refuse(desk.sheet(row(RED, "勘测", "2016-02-29"))), "2", "日期(E2)")
    assert "早于开工日 2016-03-01" in line.reason.zh


def test_t19_closing_before_lighting_is_refused_and_the_missing_step_named(desk: Desk) -> None:
    desk.take(desk.sheet(GOOD))
    line = only(desk.refuse(desk.sheet(row(RED, "验收销号", "2016-06-20"))), "2", "阶段(D2)")
    assert "缺“开通”" in line.reason.zh
    desk.take(desk.sheet(row(RED, "开通", "2016-06-19")))
    line = only(desk.refuse(desk.sheet(row(RED, "验收销号", "2016-06-20"))), "2", "阶段(D2)")
    assert "sign-off" in line.hint.zh


def test_t20_lit_before_upstream_is_told_or_refused_as_the_setting_says(tmp_path: Path) -> None:
    plan = facts(upstream={BIG: RED})
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    desk = Desk(tmp_path / "a", plan)
    sent = desk.take(desk.sheet(row(BIG, "开通", "2016-06-01")))
    assert [(line.row, line.field) for line in noticed(sent, "上游村 红星村")] == [("2", "阶段(D2)")]
    strict = Desk(tmp_path / "b", plan, ledger={"upstream": "reject"})
    strict.take(strict.sheet(row(STONE, "勘测", "2016-03-20")))
    line = only(strict.refuse(strict.sheet(row(BIG, "开通", "2016-06-01"))), "2", "阶段(D2)")
    assert RED in line.reason.zh
    # In one sheet the order of the rows does not matter.
    strict.take(strict.sheet(row(BIG, "开通", "2016-06-01"), row(RED, "敷设", "2016-05-20")))


def test_t21_half_as_much_again_as_planned_needs_a_note(desk: Desk) -> None:
    line = only(desk.refuse(desk.sheet(span(metres=3001), head=SPAN_HEAD)), "2", "备注(G2)")
    assert "超过计划 2000 米的 1.5 倍" in line.reason.zh
    sent = desk.take(desk.sheet(span(metres=3001, 备注="绕行塌方路段"), head=SPAN_HEAD))
    assert [line.field for line in noticed(sent, "计划 2000 米")] == ["累计敷设(米)(B2)"]
    assert desk.standing(SPAN).figure(Measure.LAID_M) == 3001.0


def test_t22_two_reporters_of_one_day_are_both_kept(desk: Desk) -> None:
    desk.take(desk.sheet(row(RED, "敷设", "2016-06-01", 填报人="张三")))
    other = desk.sheet(row(RED, "材料到货", "2016-06-01", 填报人="李四"))
    sent = desk.take(other)
    line = next(line for line in sent.lines if line.outcome == "conflict")
    assert (line.row, line.field, line.subject) == ("2", "阶段(D2)", RED)
    assert "张三" in line.reason.zh
    assert [e for e in desk.entries() if e[1] == RED] == [
        ("stage", RED, "2016-06-01", 4.0),
        ("stage", RED, "2016-06-01", 3.0),
    ]
    assert stage_of(desk, RED)[0] == 4
    before = desk.bytes()
    assert desk.take(other).counts == {"conflict": 1}
    assert desk.bytes() == before
    settled = {"更正": "是", "更正原因": "现场核实", "批准人": "陈局长", "填报人": "张三"}
    desk.take(desk.sheet(row(RED, "敷设", "2016-06-01", **settled)))
    assert desk.standing(RED).disputed(Measure.STAGE) is None


def test_t23_the_same_fact_again_changes_nothing(desk: Desk) -> None:
    path = desk.sheet(GOOD, row(BIG, "勘测", "2016-06-01", "20%"))
    first, before = desk.take(path), desk.bytes()
    assert first.counts == {"taken": 3}
    again = desk.take(path)
    assert (again.counts, again.new) == ({"unchanged": 2}, 0)
    assert desk.bytes() == before
    said = ledgers.stage(RED, 4, "2016-06-02", "e1")
    with desk.open() as ledger:
        assert [o.word for o in ledger.post([said]).outcomes] == ["new"]
    before = desk.bytes()
    with desk.open() as ledger:
        assert [o.word for o in ledger.post([said]).outcomes] == ["same"]
    assert desk.bytes() == before


def test_t24_another_body_under_the_same_id_is_refused(desk: Desk) -> None:
    said = ledgers.stage(RED, 4, "2016-06-02", "e1")
    with desk.open() as ledger:
        ledger.post([said])
    before = desk.bytes()
    with desk.open() as ledger:
        posted = ledger.post([replace(said, level=5.0)])
    assert posted.outcomes[0].judgement.refusal.code == "id_conflict"
    assert posted.outcomes[0].entry.level == 4.0
    assert desk.bytes() == before


def test_t25_what_comes_after_a_period_is_closed_goes_to_the_next(desk: Desk) -> None:
    with desk.open() as ledger:
        ledger.freeze("2016-05", day("2016-05-31"), lambda frame: str(len(frame)).encode(), "局长", "520500")
        held = ledger.closed_periods()
    sent = desk.take(desk.sheet(row(RED, "敷设", "2016-05-20")))
    line = next(line for line in sent.lines if line.outcome == "adjusted")
    assert (line.row, line.field) == ("2", "阶段(D2)")
    assert "计入 2016-06-01" in line.reason.zh
    with desk.open() as ledger:
        entry = ledger.about(RED)[-1]
        assert (entry.happened_on, entry.counts_on) == (day("2016-05-20"), day("2016-06-01"))
        assert ledger.closed_periods() == held


def test_t26_a_clock_a_day_ahead_is_told_and_the_ledgers_counts(desk: Desk) -> None:
    head = (*HEAD, "填报时间")
    sent = desk.take(desk.sheet([*row(RED, percent="30%"), "2016-07-02 10:00"], head=head))
    assert [(line.row, line.field) for line in noticed(sent, "设备时间快了 1440 分钟")] == [("2", "填报时间(L2)")]
    giver = desk.standing(RED).giver(Measure.PERCENT)
    assert (giver.happened_on, giver.device_at) == (day("2016-07-01"), "2016-07-02T10:00:00")
    assert giver.reported_at.startswith("2016-07-01T02:00:00")


def test_t27_a_village_of_another_unit_keeps_the_whole_file_out(desk: Desk) -> None:
    path = desk.sheet(GOOD, row(FAR, "敷设", "2016-06-01"))
    assert desk.audit() == []
    line = only(desk.refuse(path, accept_valid=True), "3", "区划代码(A3)")
    assert f"{FAR} 不属于填报单位 {UNIT}" in line.reason.zh
    (told_line,) = desk.audit()
    assert told_line["refused"] == {"another_unit": 1}
    assert (told_line["file"], told_line["unit"], told_line["subjects"]) == ("周报.xlsx", UNIT, [FAR])
    assert desk.take(path, unit="520500").counts == {"taken": 2}


HOSTILE = ['=HYPERLINK("http://a.b","x")', "+cmd|' /C calc'!A0", "@SUM(1+1)", "\t=1+1", "-2+3"]


@pytest.mark.parametrize("text", HOSTILE)
def test_t28_what_looks_like_a_formula_stays_a_text(tmp_path: Path, text: str) -> None:
    clean = text.strip()
    desk = Desk(tmp_path, facts({RED: clean}))

    def as_text(sheet: openpyxl.worksheet.worksheet.Worksheet) -> None:
        for place in ("B2", "G2"):
            sheet[place].data_type = "s"

    cells = row(RED, "敷设", "2016-06-01", 备注=text)
    cells[1] = text
    sent = desk.take(desk.sheet(cells, change=as_text))
    assert desk.standing(RED).giver(Measure.STAGE).note == clean
    with desk.open() as ledger:
        write_template(tmp_path / "form.xlsx", UNIT, ledger.facts, {})
    cell = openpyxl.load_workbook(tmp_path / "form.xlsx")["村"]["B2"]
    assert (cell.value, cell.data_type, cell.quotePrefix) == (clean, "s", True)
    names = [line.cells("zh")[3] for line in sent.lines if line.subject]
    assert names == [clean] * len(names) != []
    table = csv_text(["名称"], [[name] for name in names])
    assert [cells[0] for cells in csv.reader(io.StringIO(table))][1:] == [f"'{clean}"] * len(names)


def test_t29_markup_in_a_name_is_inert_on_every_page(tmp_path: Path) -> None:
    name = "<script>alert(1)</script>${7*7}`id`"
    desk = Desk(tmp_path, facts({RED: name}))
    sent = desk.send(desk.sheet([None, name + "寨", "白水镇", "敷设", "2016-06-01"]))
    (line,) = sent.lines
    assert name in line.hint.zh, "the nearest name is repeated as plain text"
    findings = [Finding(Severity.ERROR, "bad", line.reason, line.hint, "form", line.row, line.field)]
    write_findings(tmp_path / "findings.html", findings, Settings())
    html = (tmp_path / "findings.html").read_text("utf-8")
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    write_template(tmp_path / "form.xlsx", UNIT, desk.plan, {})
    assert openpyxl.load_workbook(tmp_path / "form.xlsx")["村"]["B2"].value == name


def test_t29_markup_in_a_village_name_is_inert_on_the_map() -> None:
    from conftest import line, world

    from cuntong_gis.maps import distribution_map, shown_plan
    from cuntong_gis.network import build_network
    from cuntong_gis.plan import plan_routes

    name = "</script><script>alert(1)</script>${7*7}`id`"
    layers = world(
        roads=[line((0, 0), (1000, 0))], villages=[(1000, 0)], access_points=[(0, 0)], village={"name": [name]}
    )
    html = distribution_map(shown_plan(plan_routes(build_network(layers, Settings()), Settings()), Settings())).html()
    assert "<script>alert" not in html
    held = re.search(r'<script type="text/plain" id="cuntong-bytes">([^<]*)</script>', html)
    assert held and name.encode() in zlib.decompress(base64.b64decode(held.group(1))), "it is there, as data"


def test_t30_quotes_and_sql_in_names_go_through_the_ledger(tmp_path: Path) -> None:
    name = "红'; DROP TABLE entries; --\"村"
    desk = Desk(tmp_path, facts({RED: name}))
    note = "'); DELETE FROM entries; --"
    head = [f'备注"{chr(39)}', *HEAD]
    desk.take(
        desk.sheet(
            ["x", *row(RED, "敷设", "2016-06-01", 备注=note, 填报人="O'Neil")], head=head, title="村'; DROP TABLE x; --"
        )
    )
    giver = desk.standing(RED).giver(Measure.STAGE)
    assert (giver.note, giver.reported_by) == (note, "O'Neil")
    cells = row(None, "开通", "2016-06-09")
    cells[1:3] = name, "白水镇"
    desk.take(desk.sheet(cells))
    assert stage_of(desk, RED)[0] == 5


MEMORY = """
import resource, sys
from pathlib import Path
from cuntong_gis.errors import LayersError
from cuntong_gis.layers import read_forms
from cuntong_gis.progress.sheets.importing import KEYS
import openpyxl, pandas
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    forms, _ = read_forms(Path(sys.argv[1]), KEYS)
    print("rows", sum(len(form) for form in forms))
except LayersError as error:
    print(error.line("zh"))
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def _with_sheet(path: Path, xml: bytes) -> None:
    """Put other XML in the place of a workbook's first sheet."""
    with zipfile.ZipFile(path) as source:
        parts = {item.filename: source.read(item) for item in source.infolist()}
    parts["xl/worksheets/sheet1.xml"] = xml
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in parts.items():
            target.writestr(name, content)


def _sheet_xml(rows: bytes, dimension: str) -> bytes:
    space = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    return space + f'<dimension ref="{dimension}"/>'.encode() + b"<sheetData>" + rows + b"</sheetData></worksheet>"


def _cells(number: int, texts: list[str]) -> bytes:
    cells = "".join(
        f'<c r="{letter}{number}" t="inlineStr"><is><t>{t}</t></is></c>'
        for letter, t in zip("ABCD", texts, strict=True)
    )
    return f'<row r="{number}">{cells}</row>'.encode()


@pytest.mark.parametrize("case", ["wide", "last cell", "million rows", "million columns"])
def test_t31_huge_sheets_are_read_or_refused_in_little_memory(desk: Desk, case: str) -> None:
    head = _cells(1, ["区划代码", "村名", "阶段", "日期"])
    good = _cells(2, [RED, "红星村", "敷设", "2016-06-01"])
    path = desk.sheet(GOOD)
    rows, wanted = head + good, "rows 1"
    if case == "last cell":
        rows += b'<row r="1048576"><c r="XFD1048576" s="0"/></row>'
    elif case == "million rows":
        rows += b"".join(b'<row r="%d"><c r="A%d"><v>%d</v></c></row>' % (n, n, n) for n in range(3, 1_000_000))
        wanted = "周报.xlsx：超过 50000 行；分成几个文件"
    elif case == "million columns":
        wide = b"<c><v>1</v></c>" * 16_000
        rows += b"".join(b'<row r="%d">%s</row>' % (n, wide) for n in range(3, 23))
        wanted = "rows 21"
    _with_sheet(path, _sheet_xml(rows, "A1:XFD1048576"))
    done = subprocess.run([sys.executable, "-c", MEMORY, str(path)], capture_output=True, text=True, check=True)
    said, grown = done.stdout.splitlines()
    assert said == wanted
    assert int(grown) < 200, f"{grown} MB"


def test_t32_hidden_rows_and_sheets_are_imported_and_told(desk: Desk) -> None:
    def hide(sheet: openpyxl.worksheet.worksheet.Worksheet) -> None:
        sheet.row_dimensions[3].hidden = True
        sheet.auto_filter.ref = "A1:K3"
        more = sheet.parent.create_sheet("隐藏")
        for cells in (HEAD, row(BIG, "勘测", "2016-06-01")):
            more.append(cells)
        more.sheet_state = "hidden"

    sent = desk.take(desk.sheet(GOOD, row(RED_TOO, "勘测", "2016-06-01"), change=hide))
    assert sent.counts["taken"] == 3
    assert noticed(sent, "隐藏或被筛选掉的 1 行也已导入：第 3 行")
    assert noticed(sent, "周报.xlsx[隐藏]：隐藏的工作表也已导入")


def test_t33_a_formula_without_a_value_is_refused(desk: Desk) -> None:
    line = only(desk.refuse(desk.sheet(row(RED, "敷设", "=TODAY()"))), "2", "日期(E2)")
    assert "E2 是没有计算结果的公式" in line.reason.zh
    assert "重新计算" in line.hint.zh


@pytest.mark.parametrize("error", ["#REF!", "#N/A", "#DIV/0!"])
def test_t34_an_error_value_is_refused(desk: Desk, error: str) -> None:
    lines = desk.refuse(desk.sheet(row(RED, error, "2016-06-01"), row(BIG, "勘测", "2016-06-01", error)))
    assert [(line.row, line.field) for line in lines] == [("2", "阶段(D2)"), ("3", "形象进度(F3)")]
    assert all(f"错误值 {error}" in line.reason.zh for line in lines)


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("周报.xlsx", OLE + b"\0" * 600 + "Workbook".encode("utf-16-le"), "旧版 Excel 97-2003"),
        ("周报.xls", "<html><table><tr><td>区划代码</td></tr></table></html>".encode(), "实为网页"),
        ("周报.xlsx", b"%PDF-1.4 ", "实为 PDF"),
    ],
)
def test_t35_a_file_of_another_kind_is_refused_by_what_it_is(desk: Desk, name: str, content: bytes, said: str) -> None:
    (desk.folder / name).write_bytes(content)
    before = desk.bytes()
    with pytest.raises(LayersError) as caught:
        desk.send(desk.folder / name)
    assert caught.value.line("zh").startswith(name)
    assert said in caught.value.line("zh")
    assert desk.bytes() == before


def test_t36_a_workbook_with_a_password_is_refused(desk: Desk) -> None:
    path = desk.folder / "周报.xlsx"
    path.write_bytes(OLE + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le") + b"\0" * 600)
    with pytest.raises(LayersError, match=r"周报\.xlsx.*password") as caught:
        desk.send(path)
    assert "密码" in caught.value.line("zh")


def test_t37_control_characters_are_left_out_and_told(desk: Desk) -> None:
    cells = row(RED, "敷设", "2016-06-01", 备注="过\x00河\u202e段\u200b")
    cells[1] = "红\x07星村"
    sent = desk.take(desk.text(cells))
    giver = desk.standing(RED).giver(Measure.STAGE)
    assert giver.note == "过河段"
    assert {line.field for line in noticed(sent, "控制字符")} == {"村名", "备注"}
    assert all(sign.isprintable() for line in sent.lines for cell in line.cells("zh") for sign in cell)


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", ",".join(HEAD).encode()])
def test_t38_an_empty_file_or_a_header_alone_is_refused(desk: Desk, content: bytes) -> None:
    path = desk.folder / "周报.csv"
    path.write_bytes(content)
    before = desk.bytes()
    with pytest.raises(LayersError) as caught:
        desk.send(path)
    assert caught.value.line("zh").startswith("周报.csv")
    with pytest.raises(LayersError, match="not one row"):
        desk.send(desk.sheet())
    assert desk.bytes() == before


def test_the_result_names_every_row_once_at_least(desk: Desk) -> None:
    sent = desk.take(
        desk.sheet(GOOD, row(STONE, "勘测", "2016-03-20"), ["合计", None, None, 2], row(BIG, percent="10%"))
    )
    assert {line.row for line in sent.lines if line.outcome != "noticed"} == {"2", "3", "5"}, told(sent)
    assert noticed(sent, "合计")
    assert next(c for c in sent.lines if c.row == "2").cells("zh")[5:8] == ["已导入", "", "“敷设”"]
    assert Words("", "") in {line.before for line in sent.lines}
