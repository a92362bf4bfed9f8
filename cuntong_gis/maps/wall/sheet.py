"""One sheet: title, map in its frame, panels beside or below it, footer."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import shapely

from cuntong_gis.maps.wall.fonts import fitted, plain, width_mm
from cuntong_gis.maps.wall.frame import Frame, column_name, degrees_text, extent, fitting, framed
from cuntong_gis.maps.wall.ground import Ground, paint_ground, paint_lines, paint_points
from cuntong_gis.maps.wall.ink import MUTED, TEXT, Ink
from cuntong_gis.maps.wall.keys import Imprint, index_panel, legend_panel, scale_panel, title_block
from cuntong_gis.maps.wall.naming import Naming, grouped, name_everything, paint_names, unplaced
from cuntong_gis.maps.wall.panels import Panel, figures_panel, frame_of, tasks_panel
from cuntong_gis.maps.wall.paper import POINT_MM, Box, Paper
from cuntong_gis.maps.wall.scene import LEVELS, Scene
from cuntong_gis.words import Words

FOOTER = Words("内部工作用图，未经审核不得公开", "Internal working map; not to be published without review")
SYNTHETIC = Words("合成数据，仅供演示", "synthetic data, for demonstration only")
AS_OF = Words("数据截止", "data as of")
LEFT_OUT = Words("图幅所限，{levels}名从略；请用更大纸张或下一级单位", "names of {levels} are left out for lack of room")
LEVEL_WORDS = {
    "prefecture": Words("市（州）", "prefectures"),
    "county": Words("县（市、区）", "counties"),
    "township": Words("乡镇", "townships"),
    "village": Words("村", "villages"),
}
ACCENT = "#9c2f4f"
BAND = 1.75
"""Width of the frame's band of degrees and letters, in lines of running text."""


@dataclass(frozen=True)
class Plan2D:
    """Where the parts of a sheet go.

    Attributes
    ----------
    paper : Paper
        Turned as it is used.
    map : Box
        The neat line.
    side : Box
        The panels.
    beside : bool
        Whether the panels stand in one column beside the map; else in three below it.
    """

    paper: Paper
    map: Box
    side: Box
    beside: bool


@dataclass(frozen=True)
class Sheet:
    """A sheet that is drawn, with what a test or an index wants to know of it.

    Attributes
    ----------
    ink : Ink
        What was drawn.
    frame : Frame
        Its frame.
    naming : Naming
        Its names and their boxes.
    paper : Paper
        As used.
    """

    ink: Ink
    frame: Frame
    naming: Naming
    paper: Paper


def line_scale(paper: Paper) -> float:
    """Return how much heavier lines and symbols are than on A3.

    Parameters
    ----------
    paper : Paper
        The paper.

    Returns
    -------
    float
        1 on A3.
    """
    return (paper.body_pt / 8.0) ** 0.6


def top_of(paper: Paper) -> float:
    """Return the height that the title takes.

    Parameters
    ----------
    paper : Paper
        The paper.

    Returns
    -------
    float
        Millimetres below the upper margin.
    """
    return paper.title_pt * POINT_MM * 1.22 + paper.mm(2.3)


def arrange(paper: Paper, beside: bool) -> Plan2D:
    """Divide a paper.

    Parameters
    ----------
    paper : Paper
        Turned as it is used.
    beside : bool
        Panels beside the map, or below it.

    Returns
    -------
    Plan2D
        The parts.
    """
    m, band, gap = paper.margin, paper.mm(BAND), paper.mm(2.0)
    foot = paper.mm(2.0)
    whole = Box(m, m + foot, paper.width - 2 * m, paper.height - 2 * m - foot - top_of(paper))
    if beside:
        wide = max(paper.mm(27.0), min(0.22 * paper.width, paper.mm(42.0)))
        outer = Box(whole.x, whole.y, whole.w - wide - gap, whole.h)
        side = Box(whole.right - wide, whole.y, wide, whole.h)
    else:
        high = max(paper.mm(34.0), 0.2 * paper.height)
        outer = Box(whole.x, whole.y + high + gap, whole.w, whole.h - high - gap)
        side = Box(whole.x, whole.y, whole.w, high)
    return Plan2D(paper, outer.inset(band), side, beside)


def best_arrangement(scene: Scene, paper: Paper) -> tuple[Plan2D, int]:
    """Return the arrangement in which the unit is largest: landscape, or portrait where the paper may be turned.

    Parameters
    ----------
    scene : Scene
        The unit.
    paper : Paper
        Landscape.

    Returns
    -------
    tuple of Plan2D and int
        With the denominator of the scale.
    """
    span = extent(scene.corners, scene.projection)
    ways = [arrange(paper, True)]
    if paper.name != "16:9":
        ways.append(arrange(paper.upright, False))
    scored = [(fitting(span, way.map), way) for way in ways]
    least = min(denominator for denominator, _ in scored)
    return next((way, denominator) for denominator, way in scored if denominator == least)


def single_sheet(
    scene: Scene, paper: Paper, imprint: Imprint, denominator: int | None = None
) -> Sheet:
    """Draw a whole unit on one sheet.

    Parameters
    ----------
    scene : Scene
        The unit.
    paper : Paper
        Landscape; it is turned where the unit's shape wants it.
    imprint : Imprint
        Of the title block.
    denominator : int, optional
        Of the scale; default: the largest round one.

    Returns
    -------
    Sheet
        Drawn.
    """
    parts, largest = best_arrangement(scene, paper)
    paper = parts.paper
    span = extent(scene.corners, scene.projection)
    frame = framed(span, parts.map, scene.projection, denominator or largest, paper.mm(16.0))
    ground = Ground(scene, frame, line_scale(paper))
    fixed, naming, index = _named(scene, ground, parts, imprint)
    ink = Ink(paper.width, paper.height, paper.dpi)
    paint_map(ink, ground, paper, naming)
    paint_title(ink, paper, scene, scene.title)
    paint_footer(ink, paper, scene, naming)
    _paint_side(ink, parts, fixed, index)
    return Sheet(ink, frame, naming, paper)


def _named(
    scene: Scene, ground: Ground, parts: Plan2D, imprint: Imprint
) -> tuple[dict[str, Panel | None], Naming, Panel | None]:
    """Name the map so that every name is on it or in an index that fits; else without the smallest units' names."""
    paper, side = parts.paper, parts.side
    wide = side.w if parts.beside else (side.w - 2 * paper.mm(2.0)) / 3
    fixed: dict[str, Panel | None] = {
        "figures": figures_panel(scene, paper),
        "tasks": tasks_panel(scene, paper) if scene.kind == "wall" else None,
        "legend": legend_panel(ground, paper),
        "scale": scale_panel(ground.frame, paper, scene.lang),
        "block": title_block(scene, ground.frame, paper, imprint),
    }
    without: frozenset[str] = frozenset()
    while True:
        naming = name_everything(ground, paper.body_pt, without=without)
        listed = [*naming.index, *([] if "village" in naming.left_out else unplaced(ground))]
        if not listed:
            return fixed, naming, None
        groups = grouped(scene, listed)
        for tasks in ("need", "least", ""):
            room = index_room(parts, fixed, tasks)
            index = index_panel(groups, paper, wide, room, scene.lang)
            if index is not None:
                return fixed if tasks else {**fixed, "tasks": None}, naming, index
        left = [level for level in reversed(LEVELS) if level != scene.level and level not in naming.left_out]
        if not left:
            return fixed, naming, None
        without = naming.left_out | {left[0]}


def index_room(parts: Plan2D, fixed: dict[str, Panel | None], tasks: str) -> float:
    """Return the height that is left for an index.

    Parameters
    ----------
    parts : Plan2D
        Of the sheet.
    fixed : dict of str to Panel or None
        The other panels.
    tasks : {"need", "least", ""}
        How much room the panel of the tasks keeps.

    Returns
    -------
    float
        In mm, of the column that holds it.
    """
    gap = parts.paper.mm(1.6)
    heights = [panel.need for name, panel in fixed.items() if panel and name != "tasks"] if parts.beside else []
    panel = fixed.get("tasks")
    if panel and tasks:
        heights.append(panel.need if tasks == "need" else panel.least)
    return parts.side.h - sum(heights) - gap * len(heights)


def _paint_side(ink: Ink, parts: Plan2D, fixed: dict[str, Panel | None], index: Panel | None) -> None:
    side, gap = parts.side, parts.paper.mm(1.6)
    if parts.beside:
        stack(ink, side, [fixed["figures"], fixed["tasks"], index], [fixed["legend"], fixed["scale"], fixed["block"]], gap)
        return
    wide = (side.w - 2 * parts.paper.mm(2.0)) / 3
    step = wide + parts.paper.mm(2.0)
    columns = [Box(side.x + number * step, side.y, wide, side.h) for number in range(3)]
    stack(ink, columns[0], [fixed["figures"]], [fixed["scale"], fixed["block"]], gap)
    stack(ink, columns[1], [fixed["tasks"], index], [], gap)
    stack(ink, columns[2], [fixed["legend"]], [], gap)


def stack(ink: Ink, box: Box, upper: list[Panel | None], lower: list[Panel | None], gap: float) -> None:
    """Draw panels in a column: some from its upper end, some from its lower; one that may shrink takes what is left.

    Parameters
    ----------
    ink : Ink
        The sheet.
    box : Box
        The column.
    upper, lower : list of Panel or None
        In order from above.
    gap : float
        Between panels, in mm.
    """
    y = box.y
    for panel in reversed([panel for panel in lower if panel]):
        panel.draw(ink, Box(box.x, y, box.w, panel.need))
        y += panel.need + gap
    room, above = box.top - y, [panel for panel in upper if panel]
    spare = room - sum(panel.need for panel in above) - gap * max(len(above) - 1, 0)
    top = box.top
    for panel in above:
        high = panel.need
        if spare < 0 and panel.least < panel.need:
            high = max(panel.least, panel.need + spare)
            spare += panel.need - high
        if top - high < y - 1e-6:
            continue
        panel.draw(ink, Box(box.x, top - high, box.w, high))
        top -= high + gap


def paint_map(ink: Ink, ground: Ground, paper: Paper, naming: Naming) -> None:
    """Draw the map and its frame.

    Parameters
    ----------
    ink : Ink
        The sheet.
    ground : Ground
        The unit in its frame.
    paper : Paper
        For the sizes.
    naming : Naming
        The names.
    """
    paint_ground(ink, ground)
    paint_lines(ink, ground)
    paint_names(ink, ground, naming, areas=True)
    paint_points(ink, ground)
    paint_names(ink, ground, naming, areas=False)
    paint_frame(ink, ground.frame, paper)


def paint_frame(ink: Ink, frame: Frame, paper: Paper) -> None:
    """Draw the neat line, and around it degrees at the lines of the graticule and letters between them.

    Parameters
    ----------
    ink : Ink
        The sheet.
    frame : Frame
        The frame.
    paper : Paper
        For the sizes.
    """
    box, band = frame.box, paper.mm(BAND)
    frame_of(ink, box, paper.mm(0.09), TEXT)
    frame_of(ink, box.inset(-band), paper.mm(0.22), TEXT)
    uprights, levels = frame.lines_of_graticule()
    meridians, parallels = frame.graticule
    for lines, numbers, letter, along in ((uprights, meridians, "E", 0), (levels, parallels, "N", 1)):
        for low in (True, False):
            places = _crossings(lines, box, along, low)
            _degrees(ink, paper, box, places, [degrees_text(int(n), letter) for n in numbers], along, low)
            _letters(ink, paper, box, places, along, low)


def _crossings(lines: np.ndarray, box: Box, along: int, low: bool) -> list[float]:
    """Return where lines of the graticule cross one side of the frame, nan where they do not."""
    edge = (box.y if low else box.top) if along == 0 else (box.x if low else box.right)
    found = []
    for line in lines:
        ends = shapely.get_coordinates(line)
        near = ends[np.abs(ends[:, 1 - along] - edge) < 0.05] if len(ends) else ends
        found.append(float(near[0, along]) if len(near) else float("nan"))
    return found


def _degrees(
    ink: Ink, paper: Paper, box: Box, places: list[float], texts: list[str], along: int, low: bool
) -> None:
    size, band = paper.body_pt * 0.85, paper.mm(BAND)
    lowest, highest = (box.x, box.right) if along == 0 else (box.y, box.top)
    for place, text in zip(places, texts, strict=True):
        half = width_mm(text, size) / 2
        if not lowest + half < place < highest - half:
            continue
        if along == 0:
            y = (box.y - band if low else box.top) + (band - paper.mm(0.6)) / 2
            ink.rule((place, box.y if low else box.top), (place, box.y - 0.2 * band if low else box.top + 0.2 * band), TEXT, 0.12)
            ink.text((place, y), text, size, align="center")
        else:
            x = (box.x if low else box.right + band) - (band - paper.mm(0.6)) / 2
            ink.rule((box.x if low else box.right, place), (box.x - 0.2 * band if low else box.right + 0.2 * band, place), TEXT, 0.12)
            ink.text((x, place), text, size, align="center", angle=90)


def _letters(ink: Ink, paper: Paper, box: Box, places: list[float], along: int, low: bool) -> None:
    """Write the letter or number of each square where it has room, the narrow ones at the ends too."""
    lowest, highest = (box.x, box.right) if along == 0 else (box.y, box.top)
    edges = [lowest, *[place for place in places if place == place], highest]
    band, size = paper.mm(BAND), paper.body_pt
    for number in range(len(edges) - 1):
        middle = (edges[number] + edges[number + 1]) / 2
        if edges[number + 1] - edges[number] < paper.mm(3.5):
            continue
        row = len(edges) - 2 - number
        text = column_name(number) if along == 0 else str(row + 1)
        if along == 0:
            ink.text((middle, (box.y - band if low else box.top) + (band - paper.mm(0.7)) / 2), text, size, MUTED, bold=True, align="center")
        else:
            x = box.x - band / 2 if low else box.right + band / 2
            ink.text((x, middle - paper.mm(0.35)), text, size, MUTED, bold=True, align="center")


def paint_title(ink: Ink, paper: Paper, scene: Scene, title: str) -> None:
    """Write the title and the line under it.

    Parameters
    ----------
    ink : Ink
        The sheet.
    paper : Paper
        For the sizes.
    scene : Scene
        The unit.
    title : str
        Of the sheet.
    """
    lang, campaign = scene.lang, scene.shown.settings.campaign
    middle, room = paper.width / 2, paper.width - 2 * paper.margin
    text = plain(title)
    size = min(paper.title_pt, paper.title_pt * room / max(width_mm(text, paper.title_pt, True) * 1.06, 1.0))
    base = paper.height - paper.margin - paper.title_pt * POINT_MM * 0.92
    ink.text((middle, base), text, size, bold=True, align="center", spacing=0.06 if lang == "zh" else 0.0)
    parts = [(campaign.name, MUTED, False)] if campaign.name != scene.name else []
    parts.append((f"{AS_OF.into(lang)} {scene.shown.status.as_of.isoformat()}", MUTED, False))
    if campaign.synthetic:
        parts.append((SYNTHETIC.into(lang), ACCENT, True))
    sizes, gap = paper.body_pt * 1.1, paper.mm(1.6)
    texts = [fitted(plain(said), sizes, room * 0.6, bold) for said, _, bold in parts]
    wide = [width_mm(text, sizes, bold) for text, (_, _, bold) in zip(texts, parts, strict=True)]
    x, under = middle - (sum(wide) + gap * (len(wide) - 1)) / 2, base - paper.mm(2.05)
    for number, (text, (_, color, bold)) in enumerate(zip(texts, parts, strict=True)):
        if number:
            ink.rule((x - gap / 2, under - paper.mm(0.1)), (x - gap / 2, under + paper.mm(0.9)), MUTED, paper.mm(0.05))
        ink.text((x, under), text, sizes, color, bold=bold)
        x += wide[number] + gap


def paint_footer(ink: Ink, paper: Paper, scene: Scene, naming: Naming) -> None:
    """Write what the sheet may be used for, and which names are left out.

    Parameters
    ----------
    ink : Ink
        The sheet.
    paper : Paper
        For the sizes.
    scene : Scene
        The unit.
    naming : Naming
        The names.
    """
    lang, size = scene.lang, paper.body_pt * 0.9
    ink.text((paper.margin, paper.margin), FOOTER.into(lang), size, TEXT, bold=True)
    if naming.left_out:
        levels = [words.into(lang) for level, words in LEVEL_WORDS.items() if level in naming.left_out]
        said = LEFT_OUT.into(lang).replace("{levels}", ("、" if lang == "zh" else ", ").join(levels))
        ink.text((paper.width - paper.margin, paper.margin), said, size, MUTED, align="right")


def numbered(imprint: Imprint, number: str) -> Imprint:
    """Return the imprint of another sheet.

    Parameters
    ----------
    imprint : Imprint
        Of the series.
    number : str
        Of the sheet.

    Returns
    -------
    Imprint
        With that number.
    """
    return replace(imprint, number=number)
