"""Whatever is filled in a form is what the ledger holds then; sent twice, shuffled or made a mess of, it says the same."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import openpyxl
from forms import BIG, RED, RED_TOO, SPAN, SPAN_TOO, STONE, UNIT, Desk, day, told
from hypothesis import given, settings
from hypothesis import strategies as st

from cuntong_gis.model import Stage
from cuntong_gis.progress import Measure, template_of
from cuntong_gis.progress.rules import STAGE_ZH

VILLAGES, SPANS = (RED, STONE, RED_TOO, BIG), (SPAN, SPAN_TOO)
PLANNED = {SPAN: 2000.0, SPAN_TOO: 400.0}
CATEGORIES = ("青苗", "公路", "电力杆路", "物资", "林地", "资金", "其他")

texts = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cf", "Cs", "Co", "Zl", "Zp")), max_size=12)
days = st.dates(day("2016-03-01"), day("2016-06-30"))
village_says = st.fixed_dictionaries(
    {},
    optional={
        "stage": st.tuples(st.integers(1, Stage.LIT.rank), days),
        "percent": st.integers(0, 1000).map(lambda tenths: tenths / 10),
        "blocker": st.tuples(st.sampled_from(CATEGORIES), texts, st.sampled_from(["镇政府", "=公司", "@局"]), days),
        "note": texts,
    },
)
span_says = st.fixed_dictionaries(
    {},
    optional={
        "metres": st.integers(1, 5900).map(lambda tenths: tenths / 10),
        "spliced": st.booleans(),
        "tested": st.booleans(),
    },
)
sheets = st.fixed_dictionaries(dict.fromkeys(VILLAGES, village_says) | dict.fromkeys(SPANS, span_says))

Says = dict[str, dict[str, Any]]


def fill(path: Path, says: Says) -> None:
    """Fill a form in as a person would."""
    book = openpyxl.load_workbook(path)
    for title in ("村", "光缆段"):
        sheet = book[title]
        place = {cell.value: cell.column for cell in sheet[1]}
        for cells in sheet.iter_rows(min_row=2):
            for head, value in written(says[cells[0].value]).items():
                cell = sheet.cell(cells[0].row, place[head])
                cell.value = value
                if isinstance(value, str):
                    cell.data_type = "s"
    book.save(path)


def written(said: dict[str, Any]) -> dict[str, Any]:
    """Return header → what is put into the cell."""
    cells: dict[str, Any] = {}
    if "stage" in said:
        cells |= {"阶段": STAGE_ZH[said["stage"][0]], "日期": said["stage"][1].isoformat()}
    if "percent" in said:
        cells["形象进度"] = f"{said['percent']:g}%"
    if "blocker" in said:
        cells |= dict(zip(("阻碍", "阻碍说明", "责任人"), said["blocker"], strict=False)) | {"限期": said["blocker"][3]}
    if "metres" in said:
        cells["累计敷设(米)"] = said["metres"]
    cells |= {
        head: "是" if said[key] else "否" for key, head in (("spliced", "熔接"), ("tested", "测试")) if key in said
    }
    return cells | ({"备注": said["note"]} if "note" in said else {})


def state(desk: Desk) -> dict[str, Any]:
    """Return what the ledger holds of every village and span."""
    found: dict[str, Any] = {}
    for subject in (*VILLAGES, *SPANS):
        standing = desk.standing(subject)
        giver = standing.giver(Measure.STAGE)
        blockers = [(b.said["category"], b.said["owner"], b.said["due"], b.note) for b in standing.blockers]
        figures = {str(m): standing.figure(m) or 0.0 for m in Measure if m}
        found[subject] = (figures, giver and giver.happened_on, blockers)
    return found


def expected(says: Says) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for subject, said in says.items():
        rank, when = said.get("stage", (0, None))
        done = {key: float(said.get(key, False)) for key in ("spliced", "tested")}
        figures = {"stage": float(rank), "laid_m": said.get("metres", 0.0), "percent": said.get("percent", 0.0), **done}
        blockers = []
        if "blocker" in said:
            category, note, owner, due = said["blocker"]
            note = "" if note.strip() in ("", "无", "没有", "-", "/", "—") else note.strip()
            blockers = [(category, owner, due.isoformat(), note)]
        found[subject] = (figures, when, blockers)
    return found


def mess(path: Path, rng: Any, totals: bool, moved: int, wide: bool) -> Path:
    """Write the same rows as somebody's own sheet: shuffled, under titles, in full-width signs, with totals."""
    book, own = openpyxl.load_workbook(path), openpyxl.Workbook()
    own.remove(own.active)
    for title in ("村", "光缆段"):
        head, *rows = [[cell.value for cell in cells] for cells in book[title].iter_rows()]
        rng.shuffle(rows)
        if totals:
            rows.insert(len(rows) // 2, ["小计", None, None])
            rows.append([None, "合 计", len(rows)])
        sheet = own.create_sheet(title)
        lines = [[f"周报 {n}"] for n in range(moved)] + [head, *rows]
        for at, cells in enumerate(lines, start=1):
            for place, value in enumerate(cells, start=1):
                cell = sheet.cell(at, place)
                full = wide and isinstance(value, str) and place == 1 and value.isdigit()
                cell.value = value.translate({ord(c): ord(c) + 0xFEE0 for c in "0123456789"}) + "　" if full else value
                if isinstance(value, str):
                    cell.data_type = "s"
    messy = path.with_name("自制.xlsx")
    own.save(messy)
    return messy


@given(sheets, st.randoms(use_true_random=False), st.booleans(), st.integers(0, 8), st.booleans())
@settings(max_examples=15, deadline=None)
def test_a_form_filled_at_random_is_what_the_ledger_then_holds(
    says: Says, rng: Any, totals: bool, moved: int, wide: bool
) -> None:
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as other:
        desk, messy = Desk(Path(folder)), Desk(Path(other))
        path = Path(folder) / "form.xlsx"
        with desk.open() as ledger:
            template_of(ledger, UNIT, path)
        fill(path, says)
        desk.take(path)
        assert state(desk) == expected(says)
        before = desk.bytes()
        again = desk.take(path)
        assert again.new == 0
        assert set(again.counts) <= {"unchanged", "noticed"}, told(again)
        assert desk.bytes() == before
        with desk.open() as ledger:
            template_of(ledger, UNIT, path.with_name("next.xlsx"))
        following = desk.take(path.with_name("next.xlsx"))
        assert set(following.counts) <= {"unchanged"}, told(following)
        assert state(desk) == expected(says)
        messy.take(mess(path, rng, totals, moved, wide))
        assert state(messy) == state(desk)
        assert sorted(messy.entries(), key=str) == sorted(desk.entries(), key=str)
