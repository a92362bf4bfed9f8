"""How to read a map: legend, scale and north, title block, and the index of names that found no place."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import shapely

from cuntong_gis.maps import style
from cuntong_gis.maps.style import LineStyle, PointStyle
from cuntong_gis.maps.wall.fonts import fitted, plain, shrunk, width_mm
from cuntong_gis.maps.wall.frame import Frame
from cuntong_gis.maps.wall.ground import CORE, OUTLINE, SPAN_LOOKS, Ground
from cuntong_gis.maps.wall.ink import MUTED, TEXT, Ink
from cuntong_gis.maps.wall.naming import Entry
from cuntong_gis.maps.wall.panels import HEAD, Panel, frame_of, heading, line_mm_of
from cuntong_gis.maps.wall.paper import Box, Paper
from cuntong_gis.maps.wall.scene import LEVELS, Scene
from cuntong_gis.maps.wall.symbols import dash_mm, line_mm
from cuntong_gis.model import Stage
from cuntong_gis.words import Lang, Words

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
    "inline": Words("图上未注：", "not on the map: "),
}
INDEX_PT = (9.0, 8.0, 7.0, 6.0, 5.5, 5.0, 4.5, 4.0)
INDEX_GAP = 0.7
"""Between columns, in mm a point."""
BAR_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True)
class Cell:
    """A line of the index: a name with its square, or the unit that the next ones lie in."""

    name: str
    square: str
    heads: bool


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
    columns: list[list[PointStyle | LineStyle]] = [[*_point_looks(ground)], [*_line_looks(ground)]]
    pitch = paper.mm(1.6)

    def _draw(ink: Ink, box: Box) -> None:
        top = heading(ink, paper, box, TEXTS["legend"].into(lang))
        for column, looks in enumerate(columns):
            for row, look in enumerate(looks):
                x, y = box.x + column * box.w / 2, top - (row + 0.62) * pitch
                _sample(ink, paper, look, (x, y), ground)
                room = box.w / 2 - paper.mm(3.4)
                label, size = shrunk(plain(look.label.into(lang)), paper.body_pt * 0.95, room)
                ink.text((x + paper.mm(3.2), y - paper.mm(0.36)), label, size)

    need = paper.mm(HEAD) + max(map(len, columns)) * pitch
    return Panel(need, need, _draw)


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
    planned, partly, laid = SPAN_LOOKS
    spans = scene.shown.plan.spans
    looks = [laid, partly, planned] if (scene.completion == 1).any() else [laid, planned] if len(spans) else []
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
    weight = OUTLINE * ground.scale if outline else ground.weight
    line = [shapely.LineString([(x, y), (x + paper.mm(2.6), y)])]
    if look == style.LATE_SPAN:
        ink.line(line, look.color, line_mm(look, weight))
        look = style.SPAN[next(iter(style.SPAN))]
    ink.line(line, look.color, line_mm(look, weight), dash_mm(look, weight), cap="butt")
    if look in style.FIBER.values():
        ink.line(line, style.FIBER_CORE, line_mm(look, weight * CORE), cap="butt")


def scale_panel(frame: Frame, paper: Paper, lang: Lang) -> Panel:
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

    def _draw(ink: Ink, box: Box) -> None:
        base = box.top - paper.mm(1.4)
        ink.text((box.x, base), f"{TEXTS['scale'].into(lang)} 1:{frame.denominator:,}", paper.body_pt * 1.15, bold=True)
        bar = Box(box.x, base - paper.mm(2.0), box.w - paper.mm(5.0), paper.mm(0.55))
        draw_bar(ink, frame, paper, bar, TEXTS["km"].into(lang))
        draw_north(ink, paper, (box.right - paper.mm(1.6), box.top - paper.mm(0.2)), TEXTS["north"].into(lang))

    return Panel(paper.mm(5.2), paper.mm(5.2), _draw)


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


def draw_bar(ink: Ink, frame: Frame, paper: Paper, box: Box, unit: str) -> None:
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
    unit : str
        What stands behind the last number.
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
            ink.text((where[0] + half, where[1]), unit, size, MUTED)


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


def crs_text(frame: Frame, lang: Lang) -> str:
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

    def _draw(ink: Ink, box: Box) -> None:
        size, label = paper.body_pt * 0.9, paper.mm(4.0 if lang == "zh" else 5.0)
        top = box.top
        for row in rows:
            split = box.w if len(row) == 1 else box.w * (0.6 if row[0][0] == "number" else 0.5)
            for (name, value), x, wide in zip(row, (box.x, box.x + split), (split, box.w - split), strict=False):
                cell = Box(x, top - pitch, wide, pitch)
                ink.rectangle(Box(cell.x, cell.y, label, pitch), "#f3f5f6")
                frame_of(ink, cell, paper.mm(0.045), "#9aa4ad")
                base = cell.y + paper.mm(0.66)
                said = fitted(plain(TEXTS[name].into(lang)), size * 0.92, label - paper.mm(0.4))
                ink.text((cell.x + paper.mm(0.35), base), said, size * 0.92, MUTED)
                room = wide - label - paper.mm(0.7)
                ink.text((cell.x + label + paper.mm(0.4), base), *shrunk(plain(value), size, room))
            top -= pitch

    need = pitch * len(rows) + paper.mm(0.1)
    return Panel(need, need, _draw)


def index_panel(
    groups: list[tuple[str, list[Entry]]], paper: Paper, width: float, room: float, lang: Lang
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
    count = sum(len(entries) for _, entries in groups)
    head = TEXTS["index"].into(lang).replace("{n}", f"{count:,}")
    for size in INDEX_PT:
        cells, widest = _cells(groups, size)
        pitch, columns = line_mm_of(size), max(int(width / (widest + INDEX_GAP * size)), 1)
        rows = math.ceil(len(cells) / columns)
        need = paper.mm(HEAD) + rows * pitch + paper.mm(0.2)
        if size <= max(paper.body_pt, INDEX_PT[-1]) and need <= room:
            return Panel(need, need, _index_drawer(cells, head, paper, size, columns))
    return None


def index_line(groups: list[tuple[str, list[Entry]]], paper: Paper, lang: Lang) -> str:
    """Return a short index as one line of the footer.

    Parameters
    ----------
    groups : list of (str, list of Entry)
        As of `naming.grouped`.
    paper : Paper
        For the sizes.
    lang : {"zh", "en"}
        Language.

    Returns
    -------
    str
        "" where it is too long for one line.
    """
    said = [f"{entry.name} {entry.square}" for _, entries in groups for entry in entries]
    text = TEXTS["inline"].into(lang) + ("、" if lang == "zh" else ", ").join(said)
    return text if width_mm(plain(text), paper.body_pt * 0.9) < 0.7 * paper.width else ""


def _cells(groups: list[tuple[str, list[Entry]]], size: float) -> tuple[list[Cell], float]:
    """Return the lines of an index and how wide most of them are; one that is wider takes two lines."""
    named = [(owner, entry) for owner, entries in groups for entry in entries]
    wide = [width_mm(f"{entry.name} {entry.square}", size) for _, entry in named]
    widest = float(np.quantile(wide, 0.97)) if wide else 0.0
    cells: list[Cell] = []
    last = ""
    for (owner, entry), width in zip(named, wide, strict=True):
        if owner and owner != last:
            cells.append(Cell(fitted(owner, size, widest, True), "", True))
            last = owner
        if width > widest:
            cells += [Cell(fitted(entry.name, size, widest), "", False), Cell("", entry.square, False)]
        else:
            cells.append(Cell(entry.name, entry.square, False))
    return cells, widest


def _index_drawer(cells: list[Cell], head: str, paper: Paper, size: float, columns: int) -> Callable[[Ink, Box], None]:
    rows = math.ceil(len(cells) / columns)

    def _draw(ink: Ink, box: Box) -> None:
        top = heading(ink, paper, box, head)
        pitch, wide = line_mm_of(size), box.w / columns
        for bold in (True, False):
            chosen = [(*divmod(number, rows), cell) for number, cell in enumerate(cells) if cell.heads == bold]
            left = [(box.x + column * wide, top - (row + 0.8) * pitch) for column, row, _ in chosen]
            ink.texts(np.array(left).reshape(-1, 2), [cell.name for *_, cell in chosen], size, TEXT, bold=bold)
            ends = [
                x + wide - INDEX_GAP * size - width_mm(cell.square, size)
                for (x, _), (*_, cell) in zip(left, chosen, strict=True)
            ]
            places = np.column_stack([ends, [y for _, y in left]]) if left else np.empty((0, 2))
            ink.texts(places, [cell.square for *_, cell in chosen], size, MUTED)

    return _draw
