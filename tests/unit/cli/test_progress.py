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


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("report", "decade"), "half-year"),
        (("report", "month", "--table", "nonsense"), "ranking"),
        (("report", "month", "--as-of", "30.6.2016"), "2016-06-30"),
        (("plan", "issue", "--map", "x"), "OLD=NEW"),
    ],
)
def test_wrong_usage_ends_with_2_and_names_what_is_known(here: Path, arguments: tuple[str, ...], words: str) -> None:
    code, said = cuntong(*arguments, "-C", str(here))
    assert code == 2
    assert words in said


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("report", "month", "--unit", "520999"), "520999"),
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
