"""Small workspaces with real files, and what reading them found."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from cuntong_gis.layers import read_layers
from cuntong_gis.model import Finding, Layers
from cuntong_gis.settings import settings_from

HEAD = ("区划代码", "村名", "乡镇", "县", "经度", "纬度", "户数", "阶段", "阶段日期")
ROWS = (
    ("529901100201", "红星村", "双河镇", "示范县", 106.50, 26.60, 312, "敷设", dt.date(2016, 7, 1)),
    ("529901100202", "光明村", "双河镇", "示范县", 106.52, 26.61, 208, "未开工", None),
    ("529901201201", "红星村", "新桥乡", "示范县", 106.54, 26.62, 155, "勘测", dt.date(2016, 5, 3)),
)


class Desk:
    """A workspace folder: put files into it, read it, look at what was found."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.layers = folder / "layers"
        self.layers.mkdir()

    def book(self, *rows: Any, name: str = "villages.xlsx", head: Any = HEAD) -> Path:
        """Write a workbook: the header, then the rows."""
        book = openpyxl.Workbook()
        for row in ([head] if head else []) + list(rows):
            book.active.append(list(row))
        book.save(self.layers / name)
        return self.layers / name

    def text(self, name: str, content: str | bytes, encoding: str = "utf-8") -> Path:
        path = self.layers / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    def read(self, **settings: Any) -> Layers:
        """Read with sections of settings; ``villages={…}`` is short for ``layers={"villages": {…}}``."""
        campaign = settings.pop("campaign", {})
        return read_layers(settings_from({"campaign": campaign, "layers": settings}, folder=self.folder))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture
def rows() -> list[list[Any]]:
    return [list(row) for row in ROWS]


@pytest.fixture
def found():
    """Return the findings of one rule."""

    def of(layers: Layers, code: str) -> list[Finding]:
        return [f for f in layers.findings if f.code == code]

    return of
