"""The Chinese face that sheets are set in: found, or an error that says how to install it; never boxes.

A collection such as NotoSansCJK-Regular.ttc holds a face for each region; the first of them draws Japanese forms. The
simplified Chinese face is picked by its name.
"""

from __future__ import annotations

import functools
import unicodedata
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import TYPE_CHECKING

from cuntong_gis.errors import MapsError
from cuntong_gis.maps.wall.paper import POINT_MM
from cuntong_gis.words import Words

if TYPE_CHECKING:
    from matplotlib.font_manager import FontPath
    from matplotlib.ft2font import FT2Font
    from matplotlib.path import Path

SIMPLIFIED = ("NotoSansCJKsc", "NotoSansSC", "SourceHanSansSC", "SourceHanSansCN")
"""How the PostScript names of usable faces begin; all are under the SIL Open Font License."""
INSTALL = Words(
    "安装思源黑体：sudo apt-get install -y fonts-noto-cjk", "install it: sudo apt-get install -y fonts-noto-cjk"
)
ABSENT = "〓"
"""Stands for a character that the face does not have, as Chinese printers do."""
UNITS = 1000
"""Size in which advances are read, in units of the em."""


@dataclass(frozen=True)
class Faces:
    """The two faces of a sheet; where no bold one is installed it is the regular one."""

    regular: FontPath
    bold: FontPath


@functools.cache
def faces() -> Faces:
    """Find the faces on this machine.

    Returns
    -------
    Faces
        Simplified Chinese, regular and bold.

    Raises
    ------
    MapsError
        If there is none.
    """
    from matplotlib.font_manager import findSystemFonts

    found: dict[str, FontPath] = {}
    for path in sorted(map(FilePath, findSystemFonts())):
        if path.name.startswith(("NotoSansCJK", "NotoSansSC", "SourceHanSans")):
            for style, face in _simplified(path).items():
                found.setdefault(style, face)
    if "Regular" not in found:
        raise MapsError(
            Words("没有找到中文字体（思源黑体简体）", "no Chinese font (Noto Sans CJK SC) was found"), hint=INSTALL
        )
    return Faces(found["Regular"], found.get("Bold", found["Regular"]))


def _simplified(path: FilePath) -> dict[str, FontPath]:
    """Return the usable faces of a file by their style."""
    from matplotlib.font_manager import FontPath
    from matplotlib.ft2font import FT2Font

    try:
        count = FT2Font(path).num_faces
        opened = [FT2Font(path, face_index=index) for index in range(count)]
    except (OSError, RuntimeError):
        return {}
    names = [font.postscript_name.partition("-") for font in opened]
    return {style: FontPath(str(path), at) for at, (name, _, style) in enumerate(names) if name in SIMPLIFIED}


@functools.cache
def _font(bold: bool) -> FT2Font:
    from matplotlib.font_manager import get_font

    return get_font(faces().bold if bold else faces().regular)


@functools.cache
def advance(char: str, bold: bool) -> float:
    """Return the width of a character.

    Parameters
    ----------
    char : str
        One character.
    bold : bool
        Which face.

    Returns
    -------
    float
        In ems.
    """
    from matplotlib.ft2font import LoadFlags

    font = _font(bold)
    font.set_size(UNITS, 72)
    return float(font.load_char(ord(char), flags=LoadFlags.NO_HINTING).linearHoriAdvance / 65536 / UNITS)


@functools.cache
def glyph(char: str, bold: bool) -> Path:
    """Return the outline of a character.

    Parameters
    ----------
    char : str
        One character.
    bold : bool
        Which face.

    Returns
    -------
    matplotlib.path.Path
        In ems, the origin on the base line.
    """
    from matplotlib.ft2font import LoadFlags
    from matplotlib.path import Path

    font = _font(bold)
    font.set_size(UNITS, 72)
    font.load_char(ord(char), flags=LoadFlags.NO_HINTING)
    vertices, codes = font.get_path()
    return Path(vertices / UNITS, codes)


@functools.cache
def _drawable(char: str) -> bool:
    return _font(False).get_char_index(ord(char)) != 0


def width_mm(text: str, size_pt: float, bold: bool = False) -> float:
    """Return how wide a text is set.

    Parameters
    ----------
    text : str
        As of `plain`.
    size_pt : float
        Size in points.
    bold : bool
        Which face.

    Returns
    -------
    float
        Millimetres.
    """
    return sum(advance(char, bold) for char in text) * size_pt * POINT_MM


@functools.lru_cache(maxsize=200_000)
def plain(text: str) -> str:
    """Return a text as one line that can be drawn: no control, no bidirectional mark, no missing glyph.

    Parameters
    ----------
    text : str
        Of a file: anything.

    Returns
    -------
    str
        Spaces made single; ``〓`` for each character that the face lacks.
    """
    kept = (" " if c.isspace() else c for c in unicodedata.normalize("NFC", text))
    shown = (c for c in kept if c == " " or unicodedata.category(c)[0] != "C")
    return " ".join("".join(c if _drawable(c) else ABSENT for c in shown).split())


def fitted(text: str, size_pt: float, room_mm: float, bold: bool = False) -> str:
    """Return as much of a text as has room.

    Parameters
    ----------
    text : str
        As of `plain`.
    size_pt : float
        Size in points.
    room_mm : float
        Width in mm.
    bold : bool
        Which face.

    Returns
    -------
    str
        The text, or its beginning and an ellipsis.
    """
    if width_mm(text, size_pt, bold) <= room_mm:
        return text
    kept = text
    while kept and width_mm(f"{kept}…", size_pt, bold) > room_mm:
        kept = kept[:-1]
    return f"{kept}…" if kept else ""


def shrunk(text: str, size_pt: float, room_mm: float, bold: bool = False) -> tuple[str, float]:
    """Return a text set a little smaller where it has no room, and only then cut.

    Parameters
    ----------
    text : str
        As of `plain`.
    size_pt : float
        Size wanted, in points.
    room_mm : float
        Width in mm.
    bold : bool
        Which face.

    Returns
    -------
    tuple of str and float
        The text and its size, at least 0.72 of what was wanted.
    """
    size = size_pt * min(1.0, max(0.72, room_mm / max(width_mm(text, size_pt, bold), 1e-9)))
    return fitted(text, size * 0.999, room_mm, bold), size
