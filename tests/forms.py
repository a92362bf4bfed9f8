"""A small county whose townships send sheets: files as people make them, sent through the real door."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import openpyxl
from ledgers import Clock, settings

from cuntong_gis.model import Stage
from cuntong_gis.progress import Imported, Ledger, Line, PlanFacts, Sender, import_sheet, open_ledger
from cuntong_gis.progress.facts import VillageFact
from cuntong_gis.progress.sheets.figures import Figures

UNIT = "520527"
RED, STONE, RED_TOO, BIG = "520527100201", "520527100202", "520527101201", "520527101202"
FAR = "520521100201"
"""A village of the next county."""
SPAN, SPAN_TOO, SPAN_FAR = "S-0001", "S-0002", "S-0003"
PLACES = {
    RED: ("红星村", "白水镇", "赫章县"),
    STONE: ("石板村", "白水镇", "赫章县"),
    RED_TOO: ("红星村", "青龙乡", "赫章县"),
    BIG: ("大寨村", "青龙乡", "赫章县"),
    FAR: ("沙坝村", "城关镇", "大方县"),
}
HEAD = ("区划代码", "村名", "乡镇", "阶段", "日期", "形象进度", "备注", "更正", "更正原因", "批准人", "填报人")
SPAN_HEAD = (
    "光缆段编号",
    "累计敷设(米)",
    "进度",
    "熔接",
    "测试",
    "日期",
    "备注",
    "更正",
    "更正原因",
    "批准人",
    "填报人",
)


def facts(names: dict[str, str] | None = None, upstream: dict[str, str] | None = None) -> PlanFacts:
    villages = {
        code: VillageFact(
            (names or {}).get(code, name), township, county, (upstream or {}).get(code, ""), 105.0, 27.0,
            Stage.NOT_STARTED, None,
        )
        for code, (name, township, county) in PLACES.items()
    }  # fmt: skip
    planned = {SPAN: 2000.0, SPAN_TOO: 400.0, SPAN_FAR: 900.0}
    return PlanFacts("R001", villages, planned, {SPAN: RED, SPAN_TOO: BIG, SPAN_FAR: FAR})


class Desk:
    """Where the sheets of the county come in; everything is in one folder."""

    def __init__(self, folder: Path, plan: PlanFacts | None = None, **section: dict) -> None:
        self.folder, self.plan, self.section, self.clock = folder, plan or facts(), section, Clock()

    @property
    def file(self) -> Path:
        return self.folder / "campaign" / "ledger.sqlite"

    def open(self) -> Ledger:
        from dataclasses import replace

        known = replace(settings(**self.section), folder=self.folder)
        return open_ledger(f"sqlite:///{self.file}", self.plan, known, now=self.clock)

    def sheet(
        self, *rows: Sequence[Any], head: Sequence[str] = HEAD, name: str = "周报.xlsx", title: str = "村",
        change: Callable[[Any], None] | None = None,
    ) -> Path:  # fmt: skip
        """Write a workbook of one sheet."""
        book = openpyxl.Workbook()
        sheet = book.active
        sheet.title = title
        for row in (head, *rows) if head else rows:
            sheet.append(list(row))
        if change:
            change(sheet)
        book.save(self.folder / name)
        return self.folder / name

    def text(
        self, *rows: Sequence[Any], head: Sequence[str] = HEAD, name: str = "周报.csv", encoding: str = "utf-8"
    ) -> Path:
        """Write a CSV file."""
        out = io.StringIO()
        csv.writer(out).writerows([head, *rows])
        (self.folder / name).write_bytes(out.getvalue().encode(encoding))
        return self.folder / name

    def send(self, path: Path, unit: str = UNIT, by: str = "王五", **more: Any) -> Imported:
        """Import a file, as the command does."""
        with self.open() as ledger:
            return import_sheet(path, ledger, Sender(unit, by, **more))

    def take(self, path: Path, **more: Any) -> Imported:
        """Import a file of which nothing may be refused."""
        sent = self.send(path, **more)
        assert sent.taken, told(sent)
        assert "refused" not in sent.counts, told(sent)
        return sent

    def refuse(self, path: Path, **more: Any) -> list[Line]:
        """Import a file that must be refused, and make sure that the ledger is the same to the byte."""
        before = self.bytes()
        sent = self.send(path, **more)
        assert not sent.taken, told(sent)
        assert sent.new == 0
        assert self.bytes() == before, "the ledger changed although the file was refused"
        return [line for line in sent.lines if line.outcome == "refused"]

    def bytes(self) -> str:
        """Return a hash of the ledger's files; opened once before, so that its tables are there."""
        self.open().close()
        files = sorted(self.file.parent.glob("ledger.sqlite*"))
        return hashlib.sha256(b"".join(f.name.encode() + f.read_bytes() for f in files)).hexdigest()

    def entries(self) -> list[tuple[str, str, str, float | None]]:
        """Return (kind, subject, day, level) of every entry but the receipts."""
        with self.open() as ledger:
            frame = ledger.entries()
        return [
            (row.kind, row.subject, str(row.happened_on.date()), None if row.level != row.level else row.level)
            for row in frame.itertuples() if row.kind != "receipt"
        ]  # fmt: skip

    def standing(self, subject: str) -> Figures:
        with self.open() as ledger:
            return Figures(ledger.about(subject))

    def audit(self) -> list[dict[str, Any]]:
        path = self.folder / "campaign" / "audit.log"
        return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []


def row(
    code: str | None = RED, stage: str | None = None, date: Any = None, percent: Any = None, **more: Any
) -> list[Any]:
    """Return a row under `HEAD`."""
    name, township, _ = PLACES.get(str(code), (None, None, None))
    cells = {"区划代码": code, "村名": name, "乡镇": township, "阶段": stage, "日期": date, "形象进度": percent, **more}
    return [cells.get(head) for head in HEAD]


def span(span_id: str = SPAN, metres: Any = None, date: Any = "2016-06-05", **more: Any) -> list[Any]:
    """Return a row under `SPAN_HEAD`."""
    cells = {"光缆段编号": span_id, "累计敷设(米)": metres, "日期": date, **more}
    return [cells.get(head) for head in SPAN_HEAD]


def told(sent: Imported) -> str:
    """Return the result table as text."""
    return "\n".join(" | ".join(line.cells("zh")) for line in sent.lines)


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)
