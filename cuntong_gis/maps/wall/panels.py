"""What stands beside a map: the unit's figures and the tasks of the units below it. Every number is `roll_up`'s."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd
import shapely

from cuntong_gis.maps import style
from cuntong_gis.maps.wall.fonts import fitted, plain, shrunk, width_mm
from cuntong_gis.maps.wall.ink import MUTED, RULE, TEXT, Ink
from cuntong_gis.maps.wall.paper import POINT_MM, Box, Paper
from cuntong_gis.maps.wall.scene import Scene
from cuntong_gis.model import Stage
from cuntong_gis.units import km, percent, rounded
from cuntong_gis.words import Lang, Words

BAR = "#e4e8eb"
TINT = "#f6f7f8"
HEAD = 2.1
"""Height of a panel's heading, in lines of running text."""
ROW = 1.62
TEXTS = {
    "figures": Words("总体进度", "Progress"),
    "tasks": Words("任务一览", "Tasks"),
    "rate": Words("开通率", "lit"),
    "time": Words("序时进度", "time gone"),
    "villages": Words("行政村", "villages"),
    "lit": Words("已开通", "lit"),
    "closed": Words("已销号", "closed"),
    "late": Words("逾期", "late"),
    "laid": Words("敷设 / 计划（公里）", "laid / planned, km"),
    "lag": Words("比序时（百分点）", "against time, points"),
    "blockers": Words("未解决问题", "open blockers"),
    "target": Words("到期应开通", "due by now"),
    "unit": Words("单位", "unit"),
    "count": Words("任务数", "villages"),
    "person": Words("责任人", "in charge"),
    "total": Words("合计", "total"),
    "more": Words("另有 {n} 个单位，见进度表", "{n} more units: see the progress table"),
}


@dataclass(frozen=True)
class Panel:
    """A block beside the map.

    Attributes
    ----------
    need : float
        Height at which all of it is shown, in mm.
    least : float
        Height below which it is not worth drawing.
    draw : callable
        Called with the sheet and the box it gets.
    """

    need: float
    least: float
    draw: Callable[[Ink, Box], None]


def heading(ink: Ink, paper: Paper, box: Box, text: str) -> float:
    """Write a panel's heading with a rule under it.

    Parameters
    ----------
    ink : Ink
        The sheet.
    paper : Paper
        For the sizes.
    box : Box
        The panel.
    text : str
        The heading.

    Returns
    -------
    float
        Where the panel goes on, in mm.
    """
    base = box.top - paper.mm(1.2)
    ink.text((box.x, base), text, paper.body_pt * 1.15, bold=True)
    ink.rule((box.x, base - paper.mm(0.5)), (box.right, base - paper.mm(0.5)), TEXT, paper.mm(0.07))
    return box.top - paper.mm(HEAD)


def figures_panel(scene: Scene, paper: Paper) -> Panel | None:
    """Return the panel of the unit's figures: how much is lit against the time gone.

    Parameters
    ----------
    scene : Scene
        The unit.
    paper : Paper
        For the sizes.

    Returns
    -------
    Panel or None
        None where the campaign has no single top unit.
    """
    row = scene.root
    if row is None:
        return None
    need = paper.mm(HEAD + 12.2)

    def _draw(ink: Ink, box: Box) -> None:
        top = heading(ink, paper, box, TEXTS["figures"].into(scene.lang))
        _headline(ink, paper, Box(box.x, top - paper.mm(3.6), box.w, paper.mm(3.6)), row, scene.lang)
        _bar(ink, paper, Box(box.x, top - paper.mm(4.9), box.w, paper.mm(0.95)), row, scene.lang)
        _cells(ink, paper, Box(box.x, top - paper.mm(12.0), box.w, paper.mm(5.2)), row, scene)

    return Panel(need, need, _draw)


def _headline(ink: Ink, paper: Paper, box: Box, row: pd.Series, lang: Lang) -> None:
    rate = "—" if pd.isna(row["lit_rate"]) else percent(float(row["lit_rate"]), 1)
    big = paper.body_pt * 3.3
    base = box.y + paper.mm(0.55)
    ink.text((box.x, base), rate, big, bold=True)
    after = box.x + width_mm(plain(rate), big, True) + paper.mm(0.8)
    ink.text((after, base + paper.mm(1.25)), TEXTS["rate"].into(lang), paper.body_pt, MUTED)
    ink.text((after, base), f"{int(row['lit']):,} / {int(row['villages']):,}", paper.body_pt * 1.15)


def _bar(ink: Ink, paper: Paper, box: Box, row: pd.Series, lang: Lang) -> None:
    """Draw closed within lit within all, and the time gone as a mark across."""
    whole = max(int(row["villages"]), 1)
    ink.rectangle(box, BAR)
    for share, color in (
        (row["lit"] / whole, style.VILLAGE[Stage.LIT].fill),
        (row["closed"] / whole, style.VILLAGE[Stage.CLOSED].fill),
    ):
        if share > 0:
            ink.rectangle(Box(box.x, box.y, box.w * float(share), box.h), color)
    if pd.isna(row["time_rate"]):
        return
    x = box.x + box.w * min(max(float(row["time_rate"]), 0.0), 1.0)
    ink.rule((x, box.y - paper.mm(0.45)), (x, box.top + paper.mm(0.3)), TEXT, paper.mm(0.12))
    text = f"{TEXTS['time'].into(lang)} {percent(float(row['time_rate']), 1)}"
    half = width_mm(plain(text), paper.body_pt * 0.85) / 2
    middle = min(max(x, box.x + half), box.right - half)
    ink.text((middle, box.y - paper.mm(1.35)), text, paper.body_pt * 0.85, MUTED, align="center")


def _cells(ink: Ink, paper: Paper, box: Box, row: pd.Series, scene: Scene) -> None:
    late = style.LATE.line if row["late"] else TEXT
    lag = "—" if pd.isna(row["lag_points"]) else f"{rounded(float(row['lag_points']), 1):+}"
    target = "—" if pd.isna(row["target"]) else f"{rounded(float(row['target']), 0):,}"
    laid = f"{rounded(km(row['laid_m']), 1):,} / {rounded(km(row['planned_m']), 1):,}"
    upper = [("lit", f"{int(row['lit']):,}", TEXT), ("closed", f"{int(row['closed']):,}", TEXT),
             ("late", f"{int(row['late']):,}", late)]  # fmt: skip
    if not scene.shown.public:
        upper.append(("blockers", f"{int(row['blockers']):,}", TEXT))
    lower = [("target", target, TEXT), ("lag", lag.replace("-", "−"), TEXT), ("laid", laid, TEXT)]
    for line, cells in enumerate((upper, lower)):
        places = [0.0, 0.25, 0.5, 0.75][: len(cells)]
        base = box.top - paper.mm(1.3 + 2.75 * line)
        for (name, value, color), place in zip(cells, places, strict=True):
            room = box.w * ((1.0 - place) if place == places[-1] else 0.25) - paper.mm(0.4)
            x = box.x + place * box.w
            ink.text((x, base), *shrunk(plain(value), paper.body_pt * 1.3, room, True), color, bold=True)
            label = shrunk(plain(TEXTS[name].into(scene.lang)), paper.body_pt * 0.8, room)
            ink.text((x, base - paper.mm(1.05)), *label, MUTED)


def tasks_panel(scene: Scene, paper: Paper) -> Panel | None:
    """Return the panel of what each unit below has to do and has done.

    Parameters
    ----------
    scene : Scene
        The unit.
    paper : Paper
        For the sizes.

    Returns
    -------
    Panel or None
        None where there is no unit below; with less room than it needs, as many rows as fit and how many are not shown.
    """
    rows = scene.children
    if not len(rows):
        return None
    total = scene.root
    count = len(rows) + (total is not None)

    def _draw(ink: Ink, box: Box) -> None:
        top = heading(ink, paper, box, TEXTS["tasks"].into(scene.lang))
        room = int((top - box.y) / paper.mm(ROW) + 1e-6) - 1
        shown = rows if count <= room else rows.head(max(room - 1 - (total is not None), 0))
        columns = _columns(paper, box, scene)
        _head_row(ink, paper, columns, top, scene.lang)
        y = top - paper.mm(ROW)
        if total is not None:
            _task_row(ink, paper, columns, y, total, scene, bold=True)
            y -= paper.mm(ROW)
        for number, (_, row) in enumerate(shown.iterrows()):
            if number % 2 == 0:
                ink.rectangle(Box(box.x, y - paper.mm(ROW), box.w, paper.mm(ROW)), TINT)
            _task_row(ink, paper, columns, y, row, scene, bold=False)
            y -= paper.mm(ROW)
        if len(shown) < len(rows):
            more = TEXTS["more"].into(scene.lang).replace("{n}", str(len(rows) - len(shown)))
            ink.text((box.x, y - paper.mm(1.15)), more, paper.body_pt * 0.85, MUTED)

    return Panel(paper.mm(HEAD + ROW * (count + 1) + 0.3), paper.mm(HEAD + ROW * min(count + 1, 5)), _draw)


def _columns(paper: Paper, box: Box, scene: Scene) -> dict[str, tuple[float, float]]:
    """Return left and right edge of each column: five of figures, the rest for the names of unit and person.

    The public edition names no person.
    """
    narrow, bar = paper.mm(3.5), paper.mm(3.2)
    rest = box.w - 4 * narrow - bar - paper.mm(1.2)
    wide = {"unit": rest * 0.52, "count": narrow, "lit": narrow, "rate": bar, "closed": narrow, "late": narrow,
            "person": rest * 0.48 + paper.mm(1.2)}  # fmt: skip
    if scene.shown.public:
        wide["unit"] += wide.pop("person")
    edges, x = {}, box.x
    for name, width in wide.items():
        edges[name] = (x, x + width)
        x += width
    return edges


def _head_row(ink: Ink, paper: Paper, columns: dict[str, tuple[float, float]], top: float, lang: Lang) -> None:
    for name, (left, right) in columns.items():
        text = plain(TEXTS["count" if name == "count" else name].into(lang))
        size = paper.body_pt * 0.8
        _cell(ink, paper, name, (left, right), top - paper.mm(1.1), fitted(text, size, right - left), size, MUTED)


def _task_row(
    ink: Ink, paper: Paper, columns: dict[str, tuple[float, float]], top: float, row: Any, scene: Scene, *, bold: bool
) -> None:
    base, size = top - paper.mm(1.13), paper.body_pt * 0.95
    name = TEXTS["total"].into(scene.lang) if bold else str(row["name"] or row["code"])
    person = "；".join(str(row[chain]) for chain in ("government", "company") if not pd.isna(row[chain]) and row[chain])
    values = {"unit": name, "count": f"{int(row['villages']):,}", "lit": f"{int(row['lit']):,}",
              "closed": f"{int(row['closed']):,}", "late": f"{int(row['late']):,}", "person": person}  # fmt: skip
    for column, value in values.items():
        if column not in columns:
            continue
        left, right = columns[column]
        color = style.LATE.line if column == "late" and row["late"] else TEXT
        text = fitted(plain(value), size, right - left - paper.mm(0.3), bold)
        _cell(ink, paper, column, (left, right), base, text, size, color, bold=bold)
    left, right = columns["rate"]
    bar = Box(left + paper.mm(0.7), base, right - left - paper.mm(0.7), paper.mm(0.62))
    ink.rectangle(bar, BAR)
    if not pd.isna(row["lit_rate"]) and row["lit_rate"] > 0:
        ink.rectangle(Box(bar.x, bar.y, bar.w * min(float(row["lit_rate"]), 1.0), bar.h), style.VILLAGE[Stage.LIT].line)


def _cell(
    ink: Ink, paper: Paper, column: str, edges: tuple[float, float], base: float, text: str, size: float, color: str,
    *, bold: bool = False,
) -> None:  # fmt: skip
    left, right = edges
    if column in ("unit", "person"):
        ink.text((left + (paper.mm(0.9) if column == "person" else paper.mm(0.25)), base), text, size, color, bold=bold)
    elif column == "rate":
        ink.text((left + paper.mm(0.7), base), text, size, color)
    else:
        ink.text((right, base), text, size, color, bold=bold, align="right")


def frame_of(ink: Ink, box: Box, width: float, color: str = RULE) -> None:
    """Draw the edge of a box.

    Parameters
    ----------
    ink : Ink
        The sheet.
    box : Box
        In mm.
    width : float
        Of the line, in mm.
    color : str
        As #rrggbb.
    """
    ring = shapely.LinearRing([(box.x, box.y), (box.right, box.y), (box.right, box.top), (box.x, box.top)])
    ink.line([shapely.LineString(ring.coords)], color, width, cap="butt")


def line_mm_of(size_pt: float) -> float:
    """Return the height of a line of text.

    Parameters
    ----------
    size_pt : float
        Size in points.

    Returns
    -------
    float
        Millimetres.
    """
    return size_pt * POINT_MM * 1.32
