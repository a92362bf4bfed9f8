"""Around the map: the frame's band of degrees and squares, the title above, the footer below."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from cuntong_gis.maps.texts import FOOTER, PUBLIC
from cuntong_gis.maps.wall.fonts import fitted, plain, width_mm
from cuntong_gis.maps.wall.frame import Frame, column_name, degrees_text
from cuntong_gis.maps.wall.ink import MUTED, TEXT, Ink
from cuntong_gis.maps.wall.naming import Naming
from cuntong_gis.maps.wall.panels import frame_of
from cuntong_gis.maps.wall.paper import POINT_MM, Box, Paper
from cuntong_gis.maps.wall.scene import Scene
from cuntong_gis.words import Words

SYNTHETIC = Words("合成数据，仅供演示", "synthetic data, for demonstration only")
AS_OF = Words("数据截止", "data as of")
LEFT_OUT = Words(
    "图幅所限，{levels}名从略；请用更大纸张或下一级单位", "names of {levels} are left out for lack of room"
)
LEVEL_WORDS = {
    "prefecture": Words("市（州）", "prefectures"),
    "county": Words("县（市、区）", "counties"),
    "township": Words("乡镇", "townships"),
    "village": Words("村", "villages"),
}
ACCENT = "#9c2f4f"
BAND = 1.75
"""Width of the frame's band of degrees and letters, in lines of running text."""


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


def _crossings(lines: NDArray[np.object_], box: Box, along: int, low: bool) -> list[float]:
    """Return where lines of the graticule cross one side of the frame, nan where they do not."""
    edge = (box.y if low else box.top) if along == 0 else (box.x if low else box.right)
    found = []
    for line in lines:
        ends = shapely.get_coordinates(line)
        near = ends[np.abs(ends[:, 1 - along] - edge) < 0.05] if len(ends) else ends
        found.append(float(near[0, along]) if len(near) else float("nan"))
    return found


def _degrees(ink: Ink, paper: Paper, box: Box, places: list[float], texts: list[str], along: int, low: bool) -> None:
    size, band = paper.body_pt * 0.85, paper.mm(BAND)
    lowest, highest = (box.x, box.right) if along == 0 else (box.y, box.top)
    for place, text in zip(places, texts, strict=True):
        half = width_mm(text, size) / 2
        if not lowest + half < place < highest - half:
            continue
        if along == 0:
            y = (box.y - band if low else box.top) + (band - paper.mm(0.6)) / 2
            ink.rule(
                (place, box.y if low else box.top),
                (place, box.y - 0.2 * band if low else box.top + 0.2 * band),
                TEXT,
                0.12,
            )
            ink.text((place, y), text, size, align="center")
        else:
            x = (box.x if low else box.right + band) - (band - paper.mm(0.6)) / 2
            ink.rule(
                (box.x if low else box.right, place),
                (box.x - 0.2 * band if low else box.right + 0.2 * band, place),
                TEXT,
                0.12,
            )
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
            ink.text(
                (middle, (box.y - band if low else box.top) + (band - paper.mm(0.7)) / 2),
                text,
                size,
                MUTED,
                bold=True,
                align="center",
            )
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
    if scene.shown.public:
        parts.append((PUBLIC.into(lang), ACCENT, True))
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


def paint_footer(ink: Ink, paper: Paper, scene: Scene, naming: Naming, listed: str = "") -> None:
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
    listed : str
        A short index.
    """
    lang, size = scene.lang, paper.body_pt * 0.9
    ink.text((paper.margin, paper.margin), FOOTER.into(lang), size, TEXT, bold=True)
    if listed:
        ink.text((paper.width - paper.margin, paper.margin), listed, size, MUTED, align="right")
    elif naming.left_out:
        levels = [words.into(lang) for level, words in LEVEL_WORDS.items() if level in naming.left_out]
        said = LEFT_OUT.into(lang).replace("{levels}", ("、" if lang == "zh" else ", ").join(levels))
        ink.text((paper.width - paper.margin, paper.margin), said, size, MUTED, align="right")
