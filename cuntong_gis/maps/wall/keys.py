"""How to read a map: legend, scale and north, title block, and the index of names that found no place."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import shapely

from cuntong_gis.maps import style
from cuntong_gis.maps.style import LineStyle, PointStyle
from cuntong_gis.maps.wall.fonts import fitted, plain, width_mm
from cuntong_gis.maps.wall.frame import Frame
from cuntong_gis.maps.wall.ground import CORE, Ground, span_looks
from cuntong_gis.maps.wall.ink import MUTED, TEXT, Ink
from cuntong_gis.maps.wall.naming import Entry
from cuntong_gis.maps.wall.panels import HEAD, Panel, frame_of, heading, line_mm_of, lines_of
from cuntong_gis.maps.wall.paper import Box, Paper
from cuntong_gis.maps.wall.scene import LEVELS, Scene
from cuntong_gis.maps.wall.symbols import dash_mm, line_mm
from cuntong_gis.model import Stage
from cuntong_gis.words import Words

TEXTS = {
    "legend": Words("图例", "Legend"),
    "scale": Words("比例尺", "Scale"),
    "km": Words("公里", "km"),
    "north": Words("北", "N"),
    "maker": Words("制图", "made by"),
    "checker": Words("审核", "checked by"),
    "date": Words("日期", "date"),
    "as_of": Words("数据截止", "data as of"),
    "crs": Words("坐标系", "CRS"),
    "number": Words("图号", "sheet"),
    "revision": Words("规划版本", "plan"),
    "draft": Words("草案", "draft"),
    "index": Words("图上未注的名称（{n} 个，按方格查找）", "Names not on the map ({n}, by square)"),
    "late_span": Words("逾期待敷设", "late, to be laid"),
}
INDEX_PT = (7.0, 6.0, 5.5, 5.0, 4.5, 4.0)
BAR_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True)
class Imprint:
    """What the title block says of the sheet's making: maker, checker and date are blank to be signed by hand."""

    maker: str
    checker: str
    date: str
    number: str


def legend_panel(ground: Ground, paper: Paper) -> Panel:
    """Return the legend: shapes, dashes and widths as they are on the map.

    Parameters
    ----------
    ground : Ground
        The map; what is not on it is not in the legend, but for the stages.
    paper : Paper
        For the sizes.

    Returns
    -------
    Panel
        Points in one column, lines in the other.
    """
    lang = ground.scene.lang
    columns: tuple[list[PointStyle] | list[LineStyle], ...] = (_point_looks(ground), _line_looks(ground))
    pitch = paper.mm(1.6)

    def draw(ink: Ink, box: Box) -> None:
        top = heading(ink, paper, box, TEXTS["legend"].into(lang))
        for column, looks in enumerate(columns):
            for row, look in enumerate(looks):
                x, y = box.x + column * box.w / 2, top - (row + 0.62) * pitch
                _sample(ink, paper, look, (x, y), ground)
                label = fitted(plain(look.label.into(lang)), paper.body_pt * 0.95, box.w / 2 - paper.mm(3.6))
                ink.text((x + paper.mm(3.2), y - paper.mm(0.36)), label, paper.body_pt * 0.95)

    need = paper.mm(HEAD) + max(map(len, columns)) * pitch
    return Panel(need, need, draw)


def _point_looks(ground: Ground) -> list[PointStyle]:
    looks: list[PointStyle] = [style.VILLAGE[stage] for stage in Stage]
    table = ground.scene.shown.plan.villages
    if table["late"].any():
        looks.append(style.LATE)
    if not table["reached"].all():
        looks.append(style.UNREACHED)
    return [*looks, *(style.SITE[kind] for kind in reversed(list(ground.sites)))]


def _line_looks(ground: Ground) -> list[LineStyle]:
    scene = ground.scene
    planned, partly, laid = span_looks(scene.kind)
    spans = scene.shown.plan.spans
    looks = [laid, partly, planned] if (scene.completion == 1).any() else [laid, planned]
    if scene.kind != "distribution" and (spans["late"].to_numpy(bool) & (scene.completion < 2)).any():
        looks.append(style.LATE_SPAN)
    if (spans["unsurveyed_m"] > spans["length_m"] / 2).any():
        looks.append(LineStyle(planned.color, planned.width, style.UNSURVEYED_DASH, style.UNSURVEYED))
    looks += [style.FIBER[kind] for kind in ground.fiber]
    return looks + [style.PAPER_BOUNDARY[level] for level in LEVELS if level in ground.borders]


def _sample(ink: Ink, paper: Paper, look: PointStyle | LineStyle, at: tuple[float, float], ground: Ground) -> None:
    """Draw one symbol of the legend, lines as heavy as on the map."""
    (x, y), middle = at, at[0] + paper.mm(1.3)
    if isinstance(look, PointStyle):
        size = paper.mm(0.95)
        ink.marks(np.array([(middle, y)]), look, size * (1.25 if look.shape == "ring" else 1.0))
        return
    outline = look in style.PAPER_BOUNDARY.values()
    weight = 0.5 * ground.scale if outline else ground.weight
    line = [shapely.LineString([(x, y), (x + paper.mm(2.6), y)])]
    if look == style.LATE_SPAN:
        ink.line(line, look.color, line_mm(look, weight))
        look = style.SPAN[next(iter(style.SPAN))]
    ink.line(line, look.color, line_mm(look, weight), dash_mm(look, weight), cap="butt")
    if look in style.FIBER.values():
        ink.line(line, style.FIBER_CORE, line_mm(look, weight * CORE), cap="butt")


def scale_panel(frame: Frame, paper: Paper, lang: str) -> Panel:
    """Return the scale as a number and as a bar, and the arrow to the north.

    Parameters
    ----------
    frame : Frame
        The map's frame.
    paper : Paper
        For the sizes.
    lang : {"zh", "en"}
        Language.

    Returns
    -------
    Panel
        The bar is true on the middle meridian, as is the number.
    """

    def draw(ink: Ink, box: Box) -> None:
        wide = lang == "en"
        base = box.top - paper.mm(1.4)
        number = f"{TEXTS['scale'].zh if not wide else TEXTS['scale'].en} 1:{frame.denominator:,}"
        ink.text((box.x, base), number, paper.body_pt * 1.15, bold=True)
        draw_bar(ink, frame, paper, Box(box.x, base - paper.mm(2.0), box.w - paper.mm(5.0), paper.mm(0.55)), wide)
        draw_north(ink, paper, (box.right - paper.mm(1.6), box.top - paper.mm(0.2)), TEXTS["north"].en if wide else TEXTS["north"].zh)

    return Panel(paper.mm(5.2), paper.mm(5.2), draw)


def bar_km(frame: Frame, room: float) -> float:
    """Return the length of one of the four parts of the bar.

    Parameters
    ----------
    frame : Frame
        The map's frame.
    room : float
        Width that the bar may have at most, in mm.

    Returns
    -------
    float
        A round number of kilometres.
    """
    most = room / 4 * frame.denominator / 1e6
    power = 10.0 ** math.floor(math.log10(most))
    return max(step for step in BAR_STEPS if step * power <= most * (1 + 1e-9)) * power


def draw_bar(ink: Ink, frame: Frame, paper: Paper, box: Box, english: bool) -> None:
    """Draw the bar scale in four parts, dark and light by turns.

    Parameters
    ----------
    ink : Ink
        The sheet.
    frame : Frame
        The map's frame.
    paper : Paper
        For the sizes.
    box : Box
        Left edge, height and the width it may have at most.
    english : bool
        Language.
    """
    part = bar_km(frame, box.w - paper.mm(2.6))
    step = part * 1e6 / frame.denominator
    for number in range(4):
        piece = Box(box.x + number * step, box.y, step, box.h)
        ink.rectangle(piece, TEXT if number % 2 == 0 else "#ffffff")
        frame_of(ink, piece, paper.mm(0.05), TEXT)
    size = paper.body_pt * 0.8
    for number in (0, 1, 2, 4):
        text = f"{number * part:g}"
        where = (box.x + number * step, box.y - paper.mm(1.05))
        ink.text(where, text, size, MUTED, align="left" if number == 0 else "center")
        if number == 4:
            half = width_mm(text, size) / 2 + paper.mm(0.3)
            ink.text((where[0] + half, where[1]), TEXTS["km"].en if english else TEXTS["km"].zh, size, MUTED)


def draw_north(ink: Ink, paper: Paper, tip: tuple[float, float], text: str) -> None:
    """Draw the arrow to the north, which on the middle meridian is straight up.

    Parameters
    ----------
    ink : Ink
        The sheet.
    paper : Paper
        For the sizes.
    tip : tuple of float
        Upper end, in mm.
    text : str
        The letter above the arrow.
    """
    x, top = tip[0], tip[1] - paper.mm(1.3)
    high, half = paper.mm(3.2), paper.mm(0.75)
    left = shapely.Polygon([(x, top), (x - half, top - high), (x, top - high * 0.78)])
    right = shapely.Polygon([(x, top), (x + half, top - high), (x, top - high * 0.78)])
    ink.area([left], TEXT)
    ink.area([right], "#ffffff")
    ink.line([left.exterior, right.exterior], TEXT, paper.mm(0.06))
    ink.text((x, tip[1] - paper.mm(1.05)), text, paper.body_pt, bold=True, align="center")


def crs_text(frame: Frame, lang: str) -> str:
    """Say which projection the sheet is in.

    Parameters
    ----------
    frame : Frame
        The map's frame.
    lang : {"zh", "en"}
        Language.

    Returns
    -------
    str
        Datum, projection and middle meridian.
    """
    degrees, minutes = divmod(round(frame.meridian * 60), 60)
    said = f"{degrees}°{minutes:02d}′E"
    return f"CGCS2000，横轴墨卡托，中央经线 {said}" if lang == "zh" else f"CGCS2000, transverse Mercator, {said}"


def title_block(scene: Scene, frame: Frame, paper: Paper, imprint: Imprint) -> Panel:
    """Return the title block: who made and checked the sheet, when, of which data, in which system, its number.

    Parameters
    ----------
    scene : Scene
        The unit.
    frame : Frame
        The map's frame.
    paper : Paper
        For the sizes.
    imprint : Imprint
        Of the sheet.

    Returns
    -------
    Panel
        A small table; what is not known is left blank to be written by hand.
    """
    lang = scene.lang
    as_of = scene.shown.status.as_of.isoformat()
    revision = scene.shown.plan.revision or TEXTS["draft"].into(lang)
    rows = [
        [("maker", imprint.maker), ("checker", imprint.checker)],
        [("date", imprint.date), ("as_of", as_of)],
        [("number", imprint.number), ("revision", revision)],
        [("crs", crs_text(frame, lang))],
    ]
    pitch = paper.mm(2.0)

    def draw(ink: Ink, box: Box) -> None:
        size, label = paper.body_pt * 0.9, paper.mm(4.0 if lang == "zh" else 4.6)
        top = box.top
        for row in rows:
            wide = box.w / len(row)
            for number, (name, value) in enumerate(row):
                cell = Box(box.x + number * wide, top - pitch, wide, pitch)
                ink.rectangle(Box(cell.x, cell.y, label, pitch), "#f3f5f6")
                frame_of(ink, cell, paper.mm(0.045), "#9aa4ad")
                base = cell.y + paper.mm(0.66)
                said = fitted(plain(TEXTS[name].into(lang)), size * 0.92, label - paper.mm(0.4))
                ink.text((cell.x + paper.mm(0.35), base), said, size * 0.92, MUTED)
                room = wide - label - paper.mm(0.7)
                text = plain(value)
                fit = size * min(1.0, max(0.72, room / max(width_mm(text, size), 1e-9)))
                ink.text((cell.x + label + paper.mm(0.4), base), fitted(text, fit, room), fit)
            top -= pitch

    need = pitch * len(rows) + paper.mm(0.1)
    return Panel(need, need, draw)


def index_panel(
    groups: list[tuple[str, list[Entry]]], paper: Paper, width: float, room: float, lang: str
) -> Panel | None:
    """Return the index of names that are not on the map, each with the square to look in.

    Parameters
    ----------
    groups : list of (str, list of Entry)
        As of `naming.grouped`.
    paper : Paper
        For the sizes.
    width, room : float
        Width and the height it may have at most, in mm.
    lang : {"zh", "en"}
        Language.

    Returns
    -------
    Panel or None
        None where not all of it has room.
    """
    cells: list[tuple[str, str]] = []
    for owner, entries in groups:
        cells += ([(owner, "")] if owner else []) + [(entry.name, entry.square) for entry in entries]
    count = sum(len(entries) for _, entries in groups)
    head = TEXTS["index"].zh if lang == "zh" else TEXTS["index"].en
    for size in INDEX_PT:
        pitch = line_mm_of(size)
        widest = max((width_mm(plain(f"{name} {square}"), size, not square) for name, square in cells), default=0.0)
        columns = max(int(width / (widest + 2.0 * size * 0.35)), 1)
        rows = math.ceil(len(cells) / columns)
        need = paper.mm(HEAD) + rows * pitch + paper.mm(0.2)
        if size <= paper.body_pt and need <= room:
            return Panel(need, need, _index_drawer(cells, head.replace("{n}", f"{count:,}"), paper, size, columns, rows))
    return None


def _index_drawer(cells: list[tuple[str, str]], head: str, paper: Paper, size: float, columns: int, rows: int):  # noqa: ANN202
    def draw(ink: Ink, box: Box) -> None:
        top = heading(ink, paper, box, head)
        pitch, wide = line_mm_of(size), box.w / columns
        for number, (name, square) in enumerate(cells):
            column, row = divmod(number, rows)
            base = top - (row + 0.8) * pitch
            ink.text((box.x + column * wide, base), name, size, TEXT if square else MUTED, bold=not square)
            if square:
                ink.text((box.x + (column + 1) * wide - 0.9 * size * 0.35, base), square, size, MUTED, align="right")

    return draw


def wrapped(ink: Ink, box: Box, text: str, size: float, color: str = MUTED) -> None:
    """Write a text in as many lines as it needs.

    Parameters
    ----------
    ink : Ink
        The sheet.
    box : Box
        Its upper edge and width count.
    text : str
        Of a file: anything.
    size : float
        In points.
    color : str
        As #rrggbb.
    """
    for number, line in enumerate(lines_of(plain(text), size, box.w)):
        ink.text((box.x, box.top - (number + 0.8) * line_mm_of(size)), line, size, color)
