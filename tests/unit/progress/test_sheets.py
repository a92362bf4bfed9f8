"""Report sheets: what a row says anew, and the form that goes out and comes back."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from forms import (
    BIG,
    FAR,
    RED,
    RED_TOO,
    SPAN,
    SPAN_FAR,
    SPAN_HEAD,
    SPAN_TOO,
    STONE,
    UNIT,
    Desk,
    day,
    facts,
    row,
    span,
    told,
)
from ledgers import Clock, settings

from cuntong_gis.errors import LedgerError
from cuntong_gis.progress import Kind, Measure, Sender, import_sheet, open_ledger, template_of
from cuntong_gis.progress.sheets.rows import moment

BLOCKER_HEAD = ("区划代码", "阻碍", "阻碍说明", "责任人", "限期", "走访日期", "走访人", "填报时间")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def form(desk: Desk, name: str = "form.xlsx", unit: str = UNIT) -> Path:
    with desk.open() as ledger:
        template_of(ledger, unit, desk.folder / name)
    return desk.folder / name


def filled(path: Path, cells: dict[tuple[str, str, str], object]) -> Path:
    """Fill cells of a form in: (sheet, code or span, header) → value."""
    book = openpyxl.load_workbook(path)
    for (title, subject, head), value in cells.items():
        sheet = book[title]
        column = next(c.column for c in sheet[1] if c.value == head)
        at = next(r[0].row for r in sheet.iter_rows(min_row=2) if r[0].value == subject)
        assert not sheet.cell(at, column).protection.locked
        sheet.cell(at, column).value = value
    book.save(path)
    return path


def test_a_form_sent_back_as_it_was_says_nothing(desk: Desk) -> None:
    desk.take(desk.sheet(row(RED, "敷设", "2016-06-01", "57%"), row(BIG, "勘测", "2016-05-01")))
    desk.take(desk.sheet(span(metres="1.25公里", 熔接="是"), head=SPAN_HEAD, title="光缆段"))
    crops, road = [RED, "青苗", "补偿未谈妥", "李镇长", "2016-06-20"], [RED, "公路", "过路手续", "交通局", None]
    desk.take(desk.sheet(crops, road, head=BLOCKER_HEAD[:5]))
    before = desk.entries()
    sent = desk.take(form(desk))
    assert set(sent.counts) == {"unchanged"}, told(sent)
    assert desk.entries() == before
    assert form(desk, "a.xlsx").read_bytes() == form(desk, "b.xlsx").read_bytes()


def test_a_form_shows_what_stands_and_locks_what_is_not_to_be_changed(desk: Desk) -> None:
    desk.take(desk.sheet(row(RED, "敷设", "2016-06-01", "57%")))
    book = openpyxl.load_workbook(form(desk))
    assert book.sheetnames == ["村", "光缆段", "说明"]
    sheet = book["村"]
    assert [c.value for c in sheet[2]][:5] == [RED, "红星村", "白水镇", "赫章县", "敷设"]
    assert (sheet["F2"].value.date(), sheet["F2"].number_format) == (day("2016-06-01"), "yyyy-mm-dd")
    assert (sheet["G2"].value, sheet["E3"].value, sheet["F3"].value) == ("57%", "未开工", None)
    assert [r[0].value for r in sheet.iter_rows(min_row=2)] == [RED, STONE, RED_TOO, BIG]
    assert sheet.protection.sheet
    locked = {place: sheet[place].protection.locked for place in ("A1", "E1", "A2", "B2", "E2", "G2")}
    assert locked == {"A1": True, "E1": True, "A2": True, "B2": True, "E2": False, "G2": False}
    assert (sheet.freeze_panes, sheet.print_title_rows) == ("C2", "$1:$1")
    lists = {str(rule.sqref): rule.formula1 for rule in sheet.data_validations.dataValidation}
    assert lists["E2:E5"].startswith('"未开工,勘测,立项')
    assert lists["H2:H5"] == '"青苗,公路,电力杆路,物资,林地,资金,其他,已解决"'
    spans = book["光缆段"]
    assert [r[0].value for r in spans.iter_rows(min_row=2)] == [SPAN, SPAN_TOO], "not that of the other county"
    assert [c.value for c in spans[1]][:4] == ["光缆段编号", "所属乡镇", "计划长度(米)", "累计敷设(米)"]
    with pytest.raises(LedgerError, match="no village of 529999"):
        form(desk, unit="529999")


def test_a_form_filled_in_is_what_the_ledger_then_holds(desk: Desk) -> None:
    path = filled(form(desk), {
        ("村", RED, "阶段"): "开通", ("村", RED, "日期"): "2016-06-10", ("村", RED, "形象进度"): "80",
        ("村", BIG, "阻碍"): "物资", ("村", BIG, "责任人"): "物资公司", ("村", BIG, "限期"): "2016-07-10",
        ("光缆段", SPAN, "进度"): "50%", ("光缆段", SPAN, "日期"): "2016-06-09", ("光缆段", SPAN, "测试"): "是",
    })  # fmt: skip
    sent = desk.take(path)
    assert sent.counts["taken"] == 5, told(sent)
    assert desk.standing(RED).figure(Measure.STAGE) == 5
    assert desk.standing(RED).figure(Measure.PERCENT) == 80
    assert desk.standing(SPAN).figure(Measure.LAID_M) == 1000.0
    assert desk.standing(SPAN).figure(Measure.TESTED) == 1
    (blocker,) = desk.standing(BIG).blockers
    assert blocker.said == {"category": "物资", "due": "2016-07-10", "owner": "物资公司"}
    before = desk.entries()
    assert set(desk.take(path).counts) == {"unchanged"}
    assert set(desk.take(form(desk, "next.xlsx")).counts) == {"unchanged"}
    assert desk.entries() == before


def test_the_same_content_under_another_name_is_the_same_sheet(desk: Desk) -> None:
    path = desk.sheet(row(RED, percent="30%"))
    desk.take(path)
    with desk.open() as ledger:
        count = len(ledger.entries())
    (desk.folder / "副本.xlsx").write_bytes(path.read_bytes())
    desk.clock.to("2016-07-20")
    sent = desk.take(desk.folder / "副本.xlsx")
    assert (set(sent.counts), sent.new) == ({"unchanged"}, 0)
    with desk.open() as ledger:
        assert len(ledger.entries()) == count
        (receipt,) = ledger.of_kind(Kind.RECEIPT)
    assert (receipt.subject, receipt.said["file"], receipt.said["rows"]) == (UNIT, "周报.xlsx", 1)


def test_one_refused_row_keeps_the_file_out_unless_the_valid_ones_are_asked_for(desk: Desk) -> None:
    desk.take(desk.sheet(row(RED_TOO, "勘测", "2016-05-01"), name="首次.xlsx"))
    rows = row(RED, "敷设", "2016-06-01", "40%"), row(BIG, "敷设", "3/4/16"), row(STONE, "敷设", "2017-01-01")
    path = desk.sheet(*rows)
    assert [line.row for line in desk.refuse(path)] == ["3", "4"]
    held = [(line.row, line.outcome) for line in desk.send(path).lines]
    assert held == [("2", "held"), ("2", "held"), ("3", "refused"), ("4", "refused")]
    sent = desk.send(path, accept_valid=True)
    assert sent.taken
    assert sent.counts == {"taken": 2, "refused": 2}
    assert [e[1] for e in desk.entries()] == [RED_TOO, RED, RED]
    assert [a["taken"] for a in desk.audit()] == [False, False, True]


def test_a_row_is_taken_whole_or_not_at_all(desk: Desk) -> None:
    desk.take(desk.sheet(row(RED, percent="60%", date="2016-06-01")))
    path = desk.sheet(row(RED, "敷设", "2016-06-05", "40%"), row(BIG, "勘测", "2016-06-05"))
    sent = desk.send(path, accept_valid=True)
    assert [(line.row, line.outcome) for line in sent.lines] == [("2", "held"), ("2", "refused"), ("3", "taken")]
    assert desk.standing(RED).figure(Measure.STAGE) is None


def test_a_blocker_is_opened_changed_and_solved(desk: Desk) -> None:
    def send(*cells: object) -> None:
        desk.take(desk.sheet([RED, *cells], head=BLOCKER_HEAD[:5]))

    send("青苗", "补偿未谈妥", "李镇长", "2016-06-20")
    send("青苗赔偿", None, None, None)
    assert [e[0] for e in desk.entries()] == ["blocker"]
    send("青苗", None, None, "2016-07-15")
    (blocker,) = desk.standing(RED).blockers
    assert (blocker.said["due"], blocker.said["owner"], blocker.note) == ("2016-07-15", "李镇长", "补偿未谈妥")
    send("公路", None, "交通局", None)
    assert [b.said["category"] for b in desk.standing(RED).blockers] == ["青苗", "公路"]
    send("已解决", None, None, None)
    assert desk.standing(RED).blockers == []
    send(None, "暂无", None, None)
    send(None, "林地手续", "林业局", None)
    assert [b.said["category"] for b in desk.standing(RED).blockers] == ["其他"]
    lines = desk.refuse(desk.sheet([BIG, "青苗", None, None, None], head=BLOCKER_HEAD[:5]))
    assert [(line.field, line.row) for line in lines] == [("责任人(D2)", "2")]


def test_a_visit_needs_its_day_and_who_made_it(desk: Desk) -> None:
    def sheet(when: object, who: object) -> Path:
        return desk.sheet([RED, None, None, None, None, when, who], head=BLOCKER_HEAD[:7])

    desk.take(sheet("2016-06-05", "周县长"))
    desk.take(sheet("2016.6.5", "周县长"))
    assert desk.entries() == [("visit", RED, "2016-06-05", None)]
    assert desk.refuse(sheet("2016-06-06", None))[0].field == "走访人(G2)"
    assert desk.refuse(sheet(None, "周县长"))[0].field == "走访日期(F2)"


def test_what_has_no_day_happened_on_the_day_of_the_device_or_of_the_import(desk: Desk) -> None:
    head = ("区划代码", "形象进度", "填报时间")
    desk.take(desk.sheet([RED, "30%", "2016年6月5日 8:30"], [BIG, "20%", None], head=head))
    assert [(e[1], e[2]) for e in desk.entries()] == [(RED, "2016-06-05"), (BIG, "2016-07-01")]
    desk.take(desk.sheet([STONE, "25%", None], head=head), day=day("2016-06-30"))
    assert desk.entries()[-1][2:] == ("2016-06-30", 25.0)


def test_a_stage_needs_its_day(desk: Desk) -> None:
    desk.take(desk.sheet(row(BIG, "勘测", "2016-05-01"), name="首次.xlsx"))
    (line,) = desk.refuse(desk.sheet(row(RED, "敷设")))
    assert (line.field, line.row) == ("日期(E2)", "2")
    desk.take(desk.sheet(row(RED, "敷设", "2016-06-01")))
    sent = desk.take(desk.sheet(row(RED, "敷设", "2016-06-08")))
    assert "已于 2016-06-01 达到“敷设”" in told(sent)
    desk.take(desk.sheet(row(RED, "敷设", "2016-05-28")))
    assert desk.standing(RED).giver(Measure.STAGE).happened_on == day("2016-05-28")
    ask = {"更正": "是", "更正原因": "日期写错", "批准人": "陈局长"}
    desk.take(desk.sheet(row(RED, "敷设", "2016-06-03", **ask)))
    giver = desk.standing(RED).giver(Measure.STAGE)
    assert (giver.level, giver.happened_on) == (4.0, day("2016-06-03"))


def test_nobody_reports_without_a_name(desk: Desk) -> None:
    desk.take(desk.sheet(row(BIG, "勘测", "2016-05-01"), name="首次.xlsx"))
    (line,) = desk.refuse(desk.sheet(row(RED, "敷设", "2016-06-01")), by="")
    assert line.field == "填报人(K2)"
    (line,) = desk.refuse(desk.sheet([RED, "敷设", "2016-06-01"], head=("区划代码", "阶段", "日期")), by="")
    assert line.field == "填报人"


def test_rows_that_slipped_are_refused(desk: Desk) -> None:
    desk.take(desk.sheet(row(BIG, "勘测", "2016-05-01"), name="首次.xlsx"))
    cells = row(RED, "敷设", "2016-06-01")
    cells[1] = "石板村"
    (line,) = desk.refuse(desk.sheet(cells))
    assert (line.field, "错行" in line.hint.zh, STONE in line.reason.zh) == ("村名(B2)", True, True)


def test_spans_go_by_metres_or_per_cent_but_not_by_both_at_odds(desk: Desk) -> None:
    head = ["累计敷设(公里)" if h == "累计敷设(米)" else h for h in SPAN_HEAD]
    desk.take(desk.sheet(span(metres=0.8), head=head))
    assert desk.standing(SPAN).figure(Measure.LAID_M) == 800.0
    (line,) = desk.refuse(desk.sheet(span(metres=900, 进度="70%"), head=SPAN_HEAD))
    assert (line.field, "70% 合 1400 米" in line.reason.zh) == ("进度(C2)", True)
    desk.take(desk.sheet(span(metres=800, 进度="70%"), head=SPAN_HEAD))
    assert desk.standing(SPAN).figure(Measure.LAID_M) == 1400.0
    (line,) = desk.refuse(desk.sheet(span("S-0004", metres=1), head=SPAN_HEAD))
    assert (line.field, SPAN in line.hint.zh) == ("光缆段编号(A2)", True)
    (line,) = desk.refuse(desk.sheet(span(SPAN_FAR, metres=1), head=SPAN_HEAD))
    assert "不属于填报单位" in line.reason.zh


def test_villages_and_spans_of_one_workbook_are_taken_together(desk: Desk) -> None:
    def more(sheet: openpyxl.worksheet.worksheet.Worksheet) -> None:
        other = sheet.parent.create_sheet("光缆段")
        for cells in (SPAN_HEAD, span(metres=100), span(SPAN_TOO, metres=99999)):
            other.append(cells)

    desk.take(desk.sheet(row(BIG, "勘测", "2016-05-01"), name="首次.xlsx"))
    lines = desk.refuse(desk.sheet(row(RED, "敷设", "2016-06-01"), change=more))
    assert [(line.file, line.row, line.field) for line in lines] == [("周报.xlsx[光缆段]", "3", "备注(G3)")]
    assert [e[1] for e in desk.entries()] == [BIG]


def test_a_sheet_is_taken_on_either_store(ledger_url: str, tmp_path: Path) -> None:
    path = Desk(tmp_path).sheet(row(RED, "敷设", "2016-06-01"), row(FAR, "敷设", "2016-06-01"))
    with open_ledger(ledger_url, facts(), settings(), now=Clock()) as ledger:
        sent = import_sheet(path, ledger, Sender("520500", "王五"))
        assert (sent.taken, sent.new) == (True, 3)
        again = import_sheet(path, ledger, Sender("520500", "王五"))
        assert (again.taken, again.new) == (True, 0)
        assert len(ledger.entries()) == 3


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2016/6/5 8:30", "2016-06-05T08:30:00"),
        ("2016年6月5日", "2016-06-05T00:00:00"),
        ("2016-06-05T08:30:01+08:00", "2016-06-05T08:30:01+08:00"),
        ("2016-13-05", "2016-13-05"),
        ("昨天", "昨天"),
    ],
)
def test_a_devices_time_is_read_where_it_can_be(text: str, iso: str) -> None:
    assert moment(text) == iso


def test_an_old_sheet_sent_again_does_not_bring_back_what_was_solved(desk: Desk) -> None:
    head = ("区划代码", "阻碍", "责任人", "填报时间")
    old = desk.sheet([RED, "青苗", "李镇长", "2016-06-05"], head=head, name="旧.xlsx")
    undated = desk.sheet([BIG, "公路", "交通局", None], head=head, name="无日期.xlsx")
    for path in (old, undated, desk.sheet([RED, "已解决", None, "2016-06-12"], [BIG, "已解决", None, None], head=head)):
        desk.take(path)
    before = desk.entries()
    desk.clock.to("2016-07-20")
    for path in (old, undated):
        assert set(desk.take(path).counts) == {"unchanged"}
    assert desk.entries() == before
    assert desk.standing(RED).blockers == desk.standing(BIG).blockers == []


@pytest.mark.parametrize("word", ["-", "/", "—", "否", "未熔接", None])
def test_a_dash_for_no_is_nothing_new(desk: Desk, word: str | None) -> None:
    sent = desk.take(desk.sheet(span(metres=10, 熔接=word), head=SPAN_HEAD))
    assert sent.counts == {"taken": 1}
    assert desk.standing(SPAN).figure(Measure.SPLICED) is None


def test_older_and_newer_sheets_sent_in_turns_say_nothing_new_after_the_first_time(desk: Desk) -> None:
    head = ("区划代码", "阻碍", "责任人", "限期")
    sheets = [
        desk.sheet([RED, "青苗", "李主任", due], head=head, name=f"{due}.xlsx") for due in ("2016-06-20", "2016-06-30")
    ]
    assert [desk.take(path).new > 0 for path in sheets * 3] == [True, True] + [False] * 4
