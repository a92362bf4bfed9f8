"""A small campaign by hand: every command of the ledger on real files, as a clerk, an inspector and a leader use it."""

from __future__ import annotations

import contextlib
import io
import json
import shutil
import sys
from pathlib import Path

import openpyxl
import pytest
from PIL import Image

from cuntong_gis.__main__ import main
from cuntong_gis.sample import make_county, write_region

COUNTY = "529901"
RULES = """
[evidence]
required = ["lit_date", "power", "photo_closure"]
"""


def cuntong(*arguments: str) -> tuple[int, str]:
    """Run the command in this process; return its exit code and what it printed."""
    out, before = io.StringIO(), sys.argv
    sys.argv = ["cuntong", *arguments]
    code = 0
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            main()
    except SystemExit as ended:
        code = int(ended.code or 0)
    finally:
        sys.argv = before
    return code, out.getvalue()


def told(*arguments: str) -> dict:
    """Run the command with --json; return what it told."""
    return json.loads(cuntong(*arguments, "--json")[1].splitlines()[-1])


@pytest.fixture(scope="module")
def issued(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("campaign")
    write_region(make_county(villages=12, townships=2), folder)
    with (folder / "cuntong.toml").open("a", encoding="utf-8") as file:
        file.write(RULES)
    assert cuntong("plan", "-C", str(folder))[0] == 0
    assert cuntong("progress", "verify", "-C", str(folder))[0] == 1, "nothing is issued yet"
    code, said = cuntong("plan", "issue", "-C", str(folder))
    assert code == 0, said
    return folder


@pytest.fixture
def here(issued: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "campaign"
    shutil.copytree(issued, folder)
    return folder


def form(here: Path) -> tuple[Path, openpyxl.Workbook]:
    made = told("progress", "template", "-C", str(here))["files"][0]
    return Path(made), openpyxl.load_workbook(made)


def column(sheet: object, title: str) -> int:
    return next(cell.column for cell in sheet[1] if cell.value == title)


def lit(here: Path, stage: str = "开通", day: str = "2016-09-20", **more: object) -> tuple[str, Path]:
    """Fill in that the first village that is not lit is, and return its code and the form."""
    path, book = form(here)
    sheet = book["村"]
    row = next(
        r for r in range(2, sheet.max_row + 1) if sheet.cell(r, column(sheet, "阶段")).value not in ("开通", "验收销号")
    )
    sheet.cell(row, column(sheet, "阶段")).value = stage
    sheet.cell(row, column(sheet, "日期")).value = day
    for title, value in more.items():
        sheet.cell(row, column(sheet, title)).value = value
    book.save(path)
    return str(sheet.cell(row, 1).value), path


def picture(folder: Path, color: str) -> Path:
    path = folder / f"{color}.jpg"
    Image.new("RGB", (800, 600), color).save(path)
    return path


def test_a_clerk_fills_in_the_form_and_sends_it_twice(here: Path) -> None:
    village, path = lit(here)
    once = told("progress", "import", str(path), "--by", "王五", "-C", str(here))["files"][0]
    assert once["taken"]
    taken = [row for row in once["rows"] if row["outcome"] == "taken"]
    assert [(row["subject"], row["after"]) for row in taken] == [(village, "“开通”")]
    ledger = told("progress", "verify", "-C", str(here))
    assert ledger["faults"] == []
    twice = told("progress", "import", str(path), "--by", "王五", "-C", str(here))["files"][0]
    assert twice["new"] == 0
    assert told("progress", "verify", "-C", str(here)) == ledger
    assert told("progress", "show", village, "-C", str(here))["stage"] == "lit"


def test_one_bad_row_keeps_the_file_out_and_is_named(here: Path) -> None:
    village, path = lit(here, day="2096-01-01")
    code, said = cuntong("progress", "import", str(path), "--by", "王五", "-C", str(here))
    assert code == 1
    assert "还没有到" in said
    assert "整份未导入" in said
    assert told("progress", "show", village, "-C", str(here))["stage"] != "lit"
    assert "import" in (here / "campaign" / "audit.log").read_text("utf-8")
    ledger = told("progress", "verify", "-C", str(here))["entries"]
    code, said = cuntong("progress", "import", str(here / "cuntong.toml"), "--by", "王五", "-C", str(here))
    assert code == 1
    assert "cuntong.toml" in said
    assert told("progress", "verify", "-C", str(here))["entries"] == ledger


def test_a_village_is_struck_off_with_its_evidence_and_opened_again(here: Path) -> None:
    village, path = lit(here)
    told("progress", "import", str(path), "--by", "王五", "-C", str(here))
    code, said = cuntong("progress", "sign-off", village, "--level", "county", "--by", "李四", "-C", str(here))
    assert code == 1
    assert "收光功率" in said
    assert "接头盒照片" in said
    at = ("-C", str(here))
    assert cuntong("progress", "evidence", village, "power", "--value", "-20.5", "--by", "王五", *at)[0] == 0
    photo = str(picture(here, "green"))
    code, said = cuntong("progress", "evidence", village, "photo_closure", "--file", photo, "--by", "王五", *at)
    assert code == 0, said
    assert told("progress", "show", village, *at)["missing"] == {}
    assert cuntong("progress", "sign-off", village, "--level", "county", "--by", "李四", *at)[0] == 0
    closed = told("progress", "sign-off", village, "--level", "prefecture", "--by", "赵六", *at)
    assert closed["outcomes"][-1]["certificate"].startswith(f"{COUNTY}-")
    assert told("progress", "show", village, *at)["stage"] == "closed"
    assert told("progress", "verify", *at)["faults"] == []
    stored = next(p for p in (here / "campaign" / "evidence").rglob("*") if p.is_file() and len(p.name) == 64)
    stored.chmod(0o600)
    stored.write_bytes(b"x")
    code, said = cuntong("progress", "verify", *at)
    assert code == 1
    assert village in said
    code, said = cuntong(
        "progress", "reopen", village, "--reason", "复测不合格", "--approver", "钱七", "--by", "李四", *at
    )
    assert code == 0, said
    assert told("progress", "show", village, *at)["stage"] == "lit"


def test_a_wrong_figure_is_corrected_by_name_and_stays_in_the_history(here: Path) -> None:
    village, path = lit(here)
    told("progress", "import", str(path), "--by", "王五", "-C", str(here))
    at = ("-C", str(here))
    entries = told("progress", "history", village, *at)["entries"]
    last = entries[-1]["entry_id"]
    assert cuntong(
        "progress", "correct", last, "--to", "敷设", "--reason", "误填", "--approver", "王五", "--by", "王五", *at
    )[0]
    code, said = cuntong(
        "progress", "correct", last, "--to", "看不懂", "--reason", "a", "--approver", "b", "--by", "c", *at
    )
    assert code == 1
    assert "--to" in said
    done = told(
        "progress", "correct", last, "--to", "敷设", "--reason", "误填", "--approver", "李四", "--by", "王五", *at
    )
    assert done["taken"]
    assert told("progress", "show", village, *at)["stage"] == "laid"
    assert len(told("progress", "history", village, *at)["entries"]) == len(entries) + 1


def test_a_closed_month_stays_and_what_comes_late_is_told(here: Path) -> None:
    at = ("-C", str(here))
    assert cuntong("progress", "freeze", "2016-08", "--by", "王五", *at)[0] == 0
    before = told("report", "month", "--as-of", "2016-08-31", *at)
    _, path = lit(here, day="2016-08-20")
    late = told("progress", "import", str(path), "--by", "王五", *at)["files"][0]
    assert [row["outcome"] for row in late["rows"] if row["outcome"] != "unchanged"] == ["adjusted"]
    after = told("report", "month", "--as-of", "2016-08-31", *at)
    assert after["rows"] == before["rows"]
    assert before["since_closed"] == []
    assert {change["code"] for change in after["since_closed"]} >= {COUNTY}
    september = told("report", "month", "--as-of", "2016-09-30", *at)
    rows = september["rows"][0], before["rows"][0]
    assert rows[0]["lit"] - rows[0]["lit_new"] == rows[1]["lit"]
    assert cuntong("progress", "freeze", "2016-07", "--by", "王五", *at)[0] == 1


def test_maps_and_tables_show_the_ledger_and_no_longer_the_column(here: Path) -> None:
    import pyogrio

    village, path = lit(here)
    at = ("-C", str(here))
    told("progress", "import", str(path), "--by", "王五", *at)
    assert cuntong("build", *at)[0] == 0
    table = pyogrio.read_dataframe(here / "maps_out" / "campaign.gpkg", layer="villages").set_index("code")
    assert table.loc[village, "stage"] == "lit"
    report = told("report", "month", *at)
    assert report["rows"][0]["lit"] == int(table["stage"].isin(["lit", "closed"]).sum())
    written = list((here / "maps_out" / "reports").glob("*.xlsx"))
    month = told("report", "month", *at)["files"][0]
    assert written == [Path(month)]
    assert f'href="reports/{Path(month).name}"' in (here / "maps_out" / "index.html").read_text("utf-8")
    book = openpyxl.load_workbook(month)
    assert len(book.sheetnames) == 5
    findings = (here / "maps_out" / "findings.csv").read_text("utf-8-sig")
    assert "stage_differs_from_ledger" in findings


def test_inspection_ranking_and_proposals_by_hand(here: Path) -> None:
    at = ("-C", str(here))
    code, said = cuntong("progress", "inspect", "2016-08", "--by", "省局", *at)
    assert code == 1
    assert "封账" in said
    cuntong("progress", "freeze", "2016-08", "--by", "王五", *at)
    first = told("progress", "inspect", "2016-08", "--by", "省局", *at)
    again = told("progress", "inspect", "2016-08", "--by", "别人", *at)
    assert first["fresh"]
    assert not again["fresh"]
    assert again["villages"] == first["villages"]
    village = first["villages"][0]["code"]
    other = "529901101205"
    assert other not in {row["code"] for row in first["villages"]}
    code, said = cuntong("progress", "inspected", other, "--period", "2016-08", "--by", "省局", *at)
    assert code == 1
    assert "名单" in said
    code, said = cuntong("progress", "inspected", village, "--period", "2016-07", "--by", "省局", *at)
    assert code == 1
    assert "progress inspect 2016-07" in said
    code, said = cuntong(
        "progress", "inspected", village, "--period", "2016-08", "--by", "省局", "--failed", "nonsense", *at
    )
    assert code == 1
    assert "nonsense" in said
    assert cuntong("progress", "inspected", village, "--period", "2016-08", "--by", "省局", *at)[0] == 0
    places = [row["place"] for row in told("report", "month", "--table", "ranking", *at)["rows"]]
    assert places[0] == 1
    for table in ("lights", "proposals", "register"):
        code, said = cuntong("report", "month", "--table", table, *at)
        assert code == 0, said
        assert "Traceback" not in said
    workbook = openpyxl.load_workbook(told("report", "year", "--table", "score", *at)["files"][0])
    assert len(workbook.sheetnames) == 6


def test_an_officials_signature_is_recorded_once_and_is_no_sign_off(here: Path) -> None:
    at = ("-C", str(here))
    command = ("progress", "sign", "--role", "县长", "--name", "李县长", "--by", "王五", "--on", "2016-03-05", *at)
    assert told(*command)["outcomes"][0]["word"] == "new"
    assert told(*command)["outcomes"][0]["word"] == "same"
    assert "李县长" in cuntong("progress", "history", COUNTY, *at)[1]
    assert cuntong("progress", "sign", "--role", "县长", "--name", " ", "--by", "王五", *at)[0] == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("report", "decade"), "half-year"),
        (("report", "month", "--table", "nonsense"), "ranking"),
        (("report", "month", "--as-of", "30.6.2016"), "2016-06-30"),
        (("plan", "issue", "--map", "x"), "OLD=NEW"),
        (("report", "month", "--table", "score"), "report year"),
        (("report", "month", "--depth", "9"), "至多为 2"),
        (("report", "month", "--lang", "fr"), "zh | en"),
        (("report", "month", "more"), "多余的参数：more"),
        (("progress", "freeze", "2016-08"), "缺少 --by"),
        (("progress", "freeze", "2016-08", "--by", " "), "不能空着"),
        (("progress", "history", "x", "--on", "3"), "没有选项 --on"),
        (("progress", "decide", "x", "maybe", "--by", "a"), "issued | dropped"),
    ],
)
def test_wrong_usage_ends_with_2_and_names_what_is_known(here: Path, arguments: tuple[str, ...], words: str) -> None:
    code, said = cuntong(*arguments, "-C", str(here))
    assert code == 2
    assert words in said
    assert "Usage" not in said
    assert "Error" not in said
    code, said = cuntong(*arguments, "--json", "-C", str(here))
    assert code == 2
    assert words in json.loads(said.splitlines()[0])["error"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("report", "month", "--unit", "520999"), "520999"),
        (("report", "month", "--as-of", "2996-01-01"), "还没有到"),
        (("progress", "import", ".", "--by", "x"), "是目录"),
        (("progress", "import", "nowhere.xlsx", "--by", "x"), "没有这个文件"),
        (("progress", "evidence", "529901100200", "竣工图", "--by", "x"), "as_built --file 文件.pdf"),
        (("progress", "sign-off", "529901100200", "--level", "县", "--by", "x"), "收光功率"),
        (("progress", "show", "529901100999"), "529901100999"),
        (("progress", "freeze", "2016-13", "--by", "x"), "2016-13"),
        (
            ("progress", "correct", "nonsense", "--to", "lit", "--reason", "a", "--approver", "b", "--by", "c"),
            "history",
        ),
        (("progress", "template", "--unit", "520999"), "520999"),
        (("progress", "evidence", "529901100200", "nonsense", "--by", "x"), "nonsense"),
        (("progress", "sign-off", "529901100200", "--level", "nonsense", "--by", "x"), "nonsense"),
    ],
)
def test_what_is_not_there_ends_with_1_and_a_line(here: Path, arguments: tuple[str, ...], words: str) -> None:
    code, said = cuntong(*arguments, "-C", str(here))
    assert code == 1
    assert words in said
    assert "Traceback" not in said


def test_an_older_form_does_no_harm_and_a_lost_column_is_not_passed_over(here: Path) -> None:
    at = ("-C", str(here))
    path, book = form(here)
    sheet = book["村"]
    begun = column(sheet, "阶段"), column(sheet, "日期")
    row = next(r for r in range(2, sheet.max_row + 1) if sheet.cell(r, begun[0]).value == "未开工")
    village = str(sheet.cell(row, 1).value)
    newer = here / "newer.csv"
    newer.write_text(f"区划代码,阶段,日期\n{village},立项,2016-06-05\n{village},勘测,2016-05-05\n", "utf-8")
    assert told("progress", "import", str(newer), "--by", "王五", *at)["files"][0]["taken"]
    older = told("progress", "import", str(path), "--by", "赵六", *at)["files"][0]
    assert older["taken"]
    assert [r["subject"] for r in older["rows"] if "旧表" in r["reason"]] == [village]
    assert told("progress", "show", village, *at)["stage"] == "approved"
    late = here / "late.csv"
    late.write_text(f"区划代码,阶段,日期\n{village},勘测,\n", "utf-8")
    refused = told("progress", "import", str(late), "--by", "赵六", *at)["files"][0]
    assert [(r["outcome"], "降为" in r["reason"]) for r in refused["rows"]] == [("refused", True)]
    sheet.cell(row, begun[0]).value = "乱写"
    book.save(path)
    code, said = cuntong("progress", "import", str(path), "--by", "赵六", *at)
    assert code == 1
    assert "可用：未开工、勘测、立项、材料到货、敷设、开通、验收销号" in said
    sheet.delete_cols(1, 2)
    book.save(path)
    code, said = cuntong("progress", "import", str(path), "--by", "赵六", *at)
    assert code == 1
    assert "没有“区划代码”列" in said


def test_a_history_speaks_in_words(here: Path) -> None:
    at = ("-C", str(here))
    village, _ = lit(here)
    photo = str(picture(here, "green"))
    assert cuntong("progress", "evidence", village, "接头盒照片", "--file", photo, "--by", "[red]王=五", *at)[0] == 0
    code, said = cuntong("progress", "history", village, *at)
    assert code == 0
    assert "接头盒照片  green.jpg  照片没有拍摄位置" in said
    assert "[red]王=五" in said
    assert "item=" not in said
    assert "pattern" not in said
    assert "photo of the closure" in cuntong("progress", "history", village, "--lang", "en", *at)[1]


def test_nothing_due_is_no_share_done(here: Path) -> None:
    row = told("report", "month", "--as-of", "2016-01-15", "-C", str(here))["rows"][0]
    assert (row["target"], row["done"]) == (0, None)
    assert {r["tied"] for r in told("report", "year", "--table", "score", "-C", str(here))["rows"]} == {None}
    assert all(r["proposal"] for r in told("report", "month", "--table", "proposals", "-C", str(here))["rows"])
    said = cuntong("report", "month", "--table", "proposals", "-C", str(here))[1]
    assert "建议编号" in said


def test_the_demo_has_a_ledger_at_work_but_nobody_elses_plan_is_issued(here: Path) -> None:
    from cuntong_gis.starters import begin_ledger
    from cuntong_gis.workspace import open_workspace

    shutil.rmtree(here / "campaign" / "issued")
    for file in (here / "campaign").glob("ledger.sqlite*"):
        file.unlink()
    settings = here / "cuntong.toml"
    text = settings.read_text("utf-8")
    settings.write_text(text.replace("synthetic = true", "synthetic = false"), "utf-8")
    begin_ledger(open_workspace(here))
    assert not (here / "campaign" / "issued").exists()
    settings.write_text(text, "utf-8")
    assert cuntong("plan", "-C", str(here))[0] == 0
    begin_ledger(open_workspace(here))
    begin_ledger(open_workspace(here))
    assert [path.name for path in (here / "campaign" / "issued").glob("R*.gpkg")] == ["R001.gpkg"]
    row = told("report", "month", "-C", str(here))["rows"][0]
    assert 0 < row["closed"] <= row["lit"] < row["villages"]


def test_dashboards_are_drawn_of_the_campaign_of_a_unit_and_of_every_unit_of_a_level(here: Path) -> None:
    at = ("-C", str(here))
    names = [Path(file).relative_to(here) for file in told("map", "dashboard", *at)["files"]]
    assert names == [Path("maps_out/dashboard.html")]
    towns = [Path(file) for file in told("map", "工程看板", "--level", "township", *at)["files"]]
    assert len(towns) == 2 and all(file.parent.name.startswith(COUNTY) for file in towns)
    assert told("map", "dashboard", "--unit", towns[0].parent.name[:9], *at)["files"] == [str(towns[0])]
    assert '<html lang="en">' not in towns[0].read_text("utf-8")
    row = told("report", "month", *at)["rows"][0]
    page = (here / "maps_out" / "dashboard.html").read_text("utf-8")
    assert f'data-figure="lit">{row["lit"]}<' in page and f'data-figure="closed">{row["closed"]}<' in page
    code, said = cuntong("map", "dashboard", "--unit", "999999", *at)
    assert code == 1 and "没有单位 999999" in said and "--unit" in said
    assert cuntong("map", "dashboard", "--level", "prefecture", "--unit", COUNTY, *at)[0] == 1
    assert cuntong("map", "route", "--level", "township", *at)[0] == 2
    assert cuntong("map", "dashboard", "--pdf", *at)[0] == 2


def test_an_interrupt_while_loading_is_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("cuntong_gis.cli.build_app", interrupted)
    assert cuntong("report", "month") == (130, "已中断\n")
