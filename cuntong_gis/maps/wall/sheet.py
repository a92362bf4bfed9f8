"""One sheet: title, map in its frame, panels beside or below it, footer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from cuntong_gis.maps.wall.edge import BAND, paint_footer, paint_frame, paint_title
from cuntong_gis.maps.wall.frame import Frame, extent, fitting, framed
from cuntong_gis.maps.wall.ground import Ground, paint_ground, paint_lines, paint_points
from cuntong_gis.maps.wall.ink import Ink
from cuntong_gis.maps.wall.keys import Imprint, index_line, index_panel, legend_panel, scale_panel, title_block
from cuntong_gis.maps.wall.naming import Naming, grouped, name_everything, paint_names, unplaced
from cuntong_gis.maps.wall.panels import Panel, figures_panel, tasks_panel
from cuntong_gis.maps.wall.paper import POINT_MM, Box, Paper
from cuntong_gis.maps.wall.rosters import villages_panel
from cuntong_gis.maps.wall.scene import LEVELS, Scene

SQUARE = 16.0
"""Lines of the graticule are at least so far apart, in lines of running text."""


@dataclass(frozen=True)
class Layout:
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
    return float((paper.body_pt / 8.0) ** 0.6)


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


def arrange(paper: Paper, beside: bool) -> Layout:
    """Divide a paper.

    Parameters
    ----------
    paper : Paper
        Turned as it is used.
    beside : bool
        Panels beside the map, or below it.

    Returns
    -------
    Layout
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
    return Layout(paper, outer.inset(band), side, beside)


def best_arrangement(scene: Scene, paper: Paper) -> tuple[Layout, int]:
    """Return the arrangement in which the unit is largest: landscape, or portrait where the paper may be turned.

    Parameters
    ----------
    scene : Scene
        The unit.
    paper : Paper
        Landscape.

    Returns
    -------
    tuple of Layout and int
        With the denominator of the scale.
    """
    span = extent(scene.corners, scene.projection)
    ways = [arrange(paper, True)]
    if paper.name != "16:9":
        ways.append(arrange(paper.upright, False))
    scored = [(fitting(span, way.map), way) for way in ways]
    least = min(denominator for denominator, _ in scored)
    return next((way, denominator) for denominator, way in scored if denominator == least)


def single_sheet(scene: Scene, paper: Paper, imprint: Imprint, denominator: int | None = None) -> Sheet:
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
    ground = whole_ground(scene, parts, denominator or largest)
    panels = standing(ground, parts.paper, imprint, figures_panel(scene, parts.paper), _tasks(scene, parts.paper))
    return compose(ground, parts, panels, scene.title)


def _tasks(scene: Scene, paper: Paper) -> Panel | None:
    """Return what the units below have to do; of a township, its villages."""
    return tasks_panel(scene, paper) or villages_panel(scene, paper, np.arange(len(scene.shown.plan.villages)))


def whole_ground(scene: Scene, parts: Layout, denominator: int) -> Ground:
    """Return a unit in the middle of a sheet's frame.

    Parameters
    ----------
    scene : Scene
        The unit.
    parts : Layout
        Of the sheet.
    denominator : int
        Of the scale.

    Returns
    -------
    Ground
        Ready to be drawn.
    """
    span = extent(scene.corners, scene.projection)
    frame = framed(span, parts.map, scene.projection, denominator, parts.paper.mm(SQUARE))
    return Ground(scene, frame, line_scale(parts.paper))


def standing(
    ground: Ground, paper: Paper, imprint: Imprint, first: Panel | None, tasks: Panel | None
) -> dict[str, Panel | None]:
    """Return the panels of a sheet.

    Parameters
    ----------
    ground : Ground
        The map.
    paper : Paper
        For the sizes.
    imprint : Imprint
        Of the title block.
    first : Panel or None
        The uppermost: the unit's figures, or where the sheet lies.
    tasks : Panel or None
        A table that may shrink.

    Returns
    -------
    dict of str to Panel or None
        With legend, scale and title block.
    """
    return {
        "first": first,
        "tasks": tasks,
        "legend": legend_panel(ground, paper),
        "scale": scale_panel(ground.frame, paper, ground.scene.lang),
        "block": title_block(ground.scene, ground.frame, paper, imprint),
    }


def compose(
    ground: Ground, parts: Layout, panels: dict[str, Panel | None], title: str, *,
    without: frozenset[str] = frozenset(), overlay: Callable[[Ink], None] | None = None, blocked: Sequence[Box] = (),
) -> Sheet:  # fmt: skip
    """Draw a sheet.

    Parameters
    ----------
    ground : Ground
        The map.
    parts : Layout
        Where everything goes.
    panels : dict of str to Panel or None
        As of `standing`.
    title : str
        Of the sheet.
    without : frozenset of str
        Levels whose names are not wanted.
    overlay : callable, optional
        Draws on the finished map.
    blocked : sequence of Box
        Where it does, so that no name is set there.

    Returns
    -------
    Sheet
        Every name is on the map, in its index, or of a level that is left out, which the footer says.
    """
    paper, scene = parts.paper, ground.scene
    panels, naming, index, listed = _named(ground, parts, panels, without, blocked)
    ink = Ink(paper.width, paper.height, paper.dpi)
    paint_map(ink, ground, paper, naming)
    if overlay is not None:
        overlay(ink)
    paint_title(ink, paper, scene, title)
    paint_footer(ink, paper, scene, naming, listed)
    _paint_side(ink, parts, panels, index)
    return Sheet(ink, ground.frame, naming, paper)


def _named(
    ground: Ground,
    parts: Layout,
    panels: dict[str, Panel | None],
    without: frozenset[str],
    blocked: Sequence[Box],
) -> tuple[dict[str, Panel | None], Naming, Panel | None, str]:
    """Name the map so that every name is on it or in an index that fits; else without the smallest units' names."""
    scene, paper, side = ground.scene, parts.paper, parts.side
    wide = side.w if parts.beside else (side.w - 2 * paper.mm(2.0)) / 3
    while True:
        naming = name_everything(ground, paper.body_pt, blocked, without)
        lost = [*naming.index, *([] if "village" in naming.left_out else unplaced(ground))]
        groups = grouped(scene, lost)
        line = index_line(groups, paper, scene.lang) if lost else ""
        if not lost or line:
            return panels, naming, None, line
        for tasks in ("need", "least", ""):
            index = index_panel(groups, paper, wide, index_room(parts, panels, tasks), scene.lang)
            if index is not None:
                return panels if tasks else {**panels, "tasks": None}, naming, index, ""
        left = [level for level in reversed(LEVELS) if level != scene.level and level not in naming.left_out]
        if not left:
            return panels, naming, None, ""
        without = naming.left_out | {left[0]}


def index_room(parts: Layout, fixed: dict[str, Panel | None], tasks: str) -> float:
    """Return the height that is left for an index.

    Parameters
    ----------
    parts : Layout
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


def _paint_side(ink: Ink, parts: Layout, fixed: dict[str, Panel | None], index: Panel | None) -> None:
    side, gap = parts.side, parts.paper.mm(1.6)
    if parts.beside:
        stack(
            ink, side, [fixed["first"], fixed["tasks"], index], [fixed["legend"], fixed["scale"], fixed["block"]], gap
        )
        return
    wide = (side.w - 2 * parts.paper.mm(2.0)) / 3
    step = wide + parts.paper.mm(2.0)
    columns = [Box(side.x + number * step, side.y, wide, side.h) for number in range(3)]
    stack(ink, columns[0], [fixed["first"]], [fixed["scale"], fixed["block"]], gap)
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
