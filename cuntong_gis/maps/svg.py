"""Pieces of drawings as SVG text: a scale, texts, lines, symbols and bars, from plain numbers and colours.

Elements carry presentation attributes only. Texts are escaped; numbers come as texts.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

INK, SOFT, HAIR = "#1f2328", "#5f6b77", "#dde2e8"
FONT = 11.0
"""Size of the texts of a chart in its own units."""


@dataclass(frozen=True)
class Scale:
    """A straight scale: values → places.

    Attributes
    ----------
    low, high : float
        Values at its ends, not the same.
    start, end : float
        Places of its ends.
    """

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Return the place of a value.

        Parameters
        ----------
        value : float
            Any number.

        Returns
        -------
        float
            Beyond the ends for a value beyond them.
        """
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)


def text(
    x: float, y: float, words: str, *, anchor: str = "start", color: str = SOFT, size: float = FONT, bold: bool = False,
    halo: bool = False,
) -> str:  # fmt: skip
    """Return a text element.

    Parameters
    ----------
    x, y : float
        Where its line stands.
    words : str
        Any text.
    anchor : {"start", "middle", "end"}
        Which part of it stands at `x`.
    color : str
        As #rrggbb.
    size : float
        Of the letters.
    bold : bool
        Whether in bold.
    halo : bool
        Whether a white rim keeps it apart from what it stands on.

    Returns
    -------
    str
        Markup.
    """
    more = ' font-weight="700"' if bold else ""
    if halo:
        more += ' stroke="#fff" stroke-width="3" stroke-linejoin="round" paint-order="stroke"'
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{color}" font-size="{size:g}"{more}>'
        f"{escape(words)}</text>"
    )


def rule(x1: float, y1: float, x2: float, y2: float, *, color: str = HAIR, width: float = 1.0, dash: str = "") -> str:
    """Return a straight line.

    Parameters
    ----------
    x1, y1, x2, y2 : float
        Its ends.
    color : str
        As #rrggbb.
    width : float
        Of the pen.
    dash : str
        As of ``stroke-dasharray``; "" is solid.

    Returns
    -------
    str
        Markup.
    """
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{color}" stroke-width="{width:g}"'
        f"{dashes}/>"
    )


def width_of(words: str, size: float) -> float:
    """Return about how wide a text is set: a Chinese character takes its size, a letter a little more than half of it.

    Parameters
    ----------
    words : str
        Any text.
    size : float
        Of the letters.

    Returns
    -------
    float
        In the same units, rather too wide than too narrow.
    """
    return sum(size if ord(char) > 0x2E7F else size * (0.32 if char in " .," else 0.62) for char in words)


def share_bar(parts: Sequence[tuple[float, str]], mark: float, *, top: float = 1.0, label: str = "") -> str:
    """Draw shares of a whole as a bar, one over the other, with a mark for what should be.

    Parameters
    ----------
    parts : sequence of (float, str)
        Shares from 0, and colours; the longest first, as each covers part of the one before.
    mark : float
        A share at which an upright stands; nan for none.
    top : float
        Share at the right end: at least 1, and as much as the largest of all bars beside it.
    label : str
        What it shows.

    Returns
    -------
    str
        An ``<svg>`` element that fills the width it is given.
    """
    x = Scale(0.0, max(top, 1.0), 0.0, 100.0)
    drawn = f'<rect x="0" y="3" width="{x(1.0):.2f}" height="8" fill="#e6eaee"/>'
    for share, color in parts:
        if share > 0:
            drawn += f'<rect x="0" y="3" width="{x(share):.2f}" height="8" fill="{color}"/>'
    if math.isfinite(mark):
        drawn += f'<rect x="{min(x(mark), 100.0) - 0.6:.2f}" y="0" width="1.2" height="14" fill="{INK}"/>'
    if top > 1.0:
        drawn += f'<rect x="{x(1.0) - 0.3:.2f}" y="1" width="0.6" height="12" fill="#fff"/>'
    seen = f'role="img" aria-label="{escape(label)}"' if label else 'aria-hidden="true"'
    return f'<svg class="bar" viewBox="0 0 100 14" preserveAspectRatio="none" {seen}>{drawn}</svg>'


def mark(shape: str, fill: str, line: str) -> str:
    """Draw a symbol of the maps in a square of 12.

    Parameters
    ----------
    shape : str
        As of `style.PointStyle`.
    fill, line : str
        Colours as #rrggbb.

    Returns
    -------
    str
        Markup to stand inside an ``<svg viewBox="0 0 12 12">``.
    """
    pen = f'fill="{fill}" stroke="{line}"'
    corners = {
        "triangle": "6,1 11,10.5 1,10.5",
        "diamond": "6,0.8 11.2,6 6,11.2 0.8,6",
        "square": "1.5,1.5 10.5,1.5 10.5,10.5 1.5,10.5",
    }
    if shape in corners:
        return f'<polygon points="{corners[shape]}" {pen}/>'
    if shape == "ring":
        return f'<circle cx="6" cy="6" r="4.4" fill="none" stroke="{line}" stroke-width="1.6"/>'
    if shape == "cross":
        return f'<path d="M2 2L10 10M10 2L2 10" fill="none" stroke="{line}" stroke-width="2"/>'
    tick = '<path d="M3.4 6.1L5.3 8L8.6 4" fill="none" stroke="#fff" stroke-width="1.4"/>'
    return f'<circle cx="6" cy="6" r="5" {pen}/>' + (tick if shape == "check" else "")
