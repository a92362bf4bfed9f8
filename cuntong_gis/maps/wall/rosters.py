"""Tables beside the maps of a series and of a township: which villages a sheet holds, which sheets a series has."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cuntong_gis.maps import style
from cuntong_gis.maps.wall.fonts import fitted, plain
from cuntong_gis.maps.wall.ink import MUTED, TEXT, Ink
from cuntong_gis.maps.wall.panels import HEAD, ROW, TINT, Panel, heading
from cuntong_gis.maps.wall.paper import Box, Paper
from cuntong_gis.maps.wall.scene import Scene
from cuntong_gis.model import Stage
from cuntong_gis.words import Words

Rows = NDArray[np.int64]
Line = tuple[tuple[str, ...], str]
"""The cells of a row, and its colour."""
TEXTS = {
    "villages": Words("本幅行政村", "Villages here"),
    "name": Words("村", "village"),
    "town": Words("乡镇", "township"),
    "stage": Words("阶段", "stage"),
    "due": Words("完成时限", "due"),
    "sheets": Words("图幅一览", "Sheets"),
    "sheet": Words("图幅", "sheet"),
    "towns": Words("乡镇", "townships"),
    "count": Words("村数", "villages"),
    "more": Words("另有 {n} 项未列", "{n} more"),
}


def villages_panel(scene: Scene, paper: Paper, rows: Rows) -> Panel | None:
    """Return the table of some villages: township, stage and due date, the late ones in colour.

    Parameters
    ----------
    scene : Scene
        The unit.
    paper : Paper
        For the sizes.
    rows : ndarray of int64
        Of the plan.

    Returns
    -------
    Panel or None
        None where there is no village.
    """
    if not len(rows):
        return None
    table = scene.shown.plan.villages.iloc[rows]
    towns = scene.shown.status.villages["township"].to_numpy(object)[rows]
    names = dict(zip(scene.units["code"], scene.units["name"], strict=True))
    lines: list[Line] = []
    for town, village in zip(towns, table.itertuples(index=False), strict=True):
        due = "" if pd.isna(village.due_date) else f"{village.due_date:%Y-%m-%d}"
        stage = style.VILLAGE[Stage(village.stage)].label.into(scene.lang)
        cells = (str(village.name), str(names.get(town, "")), stage, due)
        lines.append((cells, style.LATE.line if village.late else TEXT))
    head = tuple(TEXTS[name].into(scene.lang) for name in ("name", "town", "stage", "due"))
    return _table(
        scene, paper, TEXTS["villages"], head, (0.28, 0.25, 0.25, 0.22), sorted(lines, key=lambda line: line[0][1])
    )


def sheets_panel(scene: Scene, paper: Paper, held: Sequence[tuple[str, Rows]]) -> Panel | None:
    """Return the table of a series' sheets: which townships and how many villages each holds.

    Parameters
    ----------
    scene : Scene
        The unit.
    paper : Paper
        For the sizes.
    held : sequence of (str, ndarray of int64)
        Number of each sheet and the rows of its villages in the plan.

    Returns
    -------
    Panel
        One row a sheet.
    """
    towns = scene.shown.status.villages["township"].to_numpy(object)
    names = dict(zip(scene.units["code"], scene.units["name"], strict=True))
    lines: list[Line] = []
    for number, rows in held:
        said = "、".join(str(names.get(code, code)) for code in sorted(set(towns[rows]))) or "—"
        lines.append(((number, said, f"{len(rows):,}"), TEXT))
    head = tuple(TEXTS[name].into(scene.lang) for name in ("sheet", "towns", "count"))
    return _table(scene, paper, TEXTS["sheets"], head, (0.13, 0.75, 0.12), lines)


def _table(
    scene: Scene, paper: Paper, title: Words, head: tuple[str, ...], shares: tuple[float, ...], lines: list[Line]
) -> Panel:
    def _draw(ink: Ink, box: Box) -> None:
        top = heading(ink, paper, box, title.into(scene.lang))
        room = int((top - box.y) / paper.mm(ROW) + 1e-6) - 1
        count = len(lines) if len(lines) <= room else max(room - 1, 0)
        edges = box.x + box.w * np.cumsum((0.0, *shares))
        y = top - paper.mm(1.1)
        _row(ink, paper, edges, y, head, paper.body_pt * 0.8, MUTED)
        for number, (cells, color) in enumerate(lines[:count]):
            y -= paper.mm(ROW)
            if number % 2 == 0:
                ink.rectangle(Box(box.x, y - paper.mm(0.5), box.w, paper.mm(ROW)), TINT)
            _row(ink, paper, edges, y, cells, paper.body_pt * 0.9, color)
        if count < len(lines):
            more = TEXTS["more"].into(scene.lang).replace("{n}", f"{len(lines) - count:,}")
            ink.text((box.x + paper.mm(0.25), y - paper.mm(ROW)), more, paper.body_pt * 0.85, MUTED)

    need = paper.mm(HEAD + ROW * (len(lines) + 1) + 0.3)
    return Panel(need, min(need, paper.mm(HEAD + ROW * 5)), _draw)


def _row(
    ink: Ink, paper: Paper, edges: NDArray[np.float64], y: float, cells: tuple[str, ...], size: float, color: str
) -> None:
    for number, cell in enumerate(cells):
        room = float(edges[number + 1] - edges[number]) - paper.mm(0.4)
        ink.text((float(edges[number]) + paper.mm(0.25), y), fitted(plain(cell), size, room), size, color)
