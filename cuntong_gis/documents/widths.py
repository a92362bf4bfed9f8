"""How much room a text needs, counted in widths of a digit of the body's font."""

from __future__ import annotations

import math
import re
import unicodedata

from cuntong_gis.documents.paper import TEXTS, Kind, Paper, show
from cuntong_gis.words import Lang

PADDING, BOLD = 1.4, 1.04
"""Room beside a text in widths of a digit; how much wider bold letters are."""

INDENT = 1.2
"""Room before a text, which would else touch the figure on its left."""

FIGURE_ROOM = 0.8
"""More room beside a figure: in a font a little wider a text is wrapped, but a figure becomes ####."""

WIDEST, LONG_TEXT, WIDEST_LONG = 40.0, 120.0, 60.0
"""Texts wider than this, in widths of a digit, are wrapped; long ones are given more room."""


def text_width(text: str) -> float:
    """Return the width of a text on one line.

    Parameters
    ----------
    text : str
        The text.

    Returns
    -------
    float
        Widths of a digit: 2 for a Chinese character.
    """
    wide = sum(unicodedata.east_asian_width(char) in "WFA" for char in text)
    return 2.0 * wide + (len(text) - wide)


def lines_of(text: str, width: float) -> int:
    """Return the lines that a text fills.

    Parameters
    ----------
    text : str
        The text.
    width : float
        Width of its cell.

    Returns
    -------
    int
        At least 1.
    """
    return max(1, math.ceil(text_width(text) / max(width - PADDING, 1.0)))


def column_width(paper: Paper, place: int, lang: Lang) -> float:
    """Return the width of a column: its longest cell, its header on one line or two, at most what is easy to read.

    Parameters
    ----------
    paper : Paper
        The paper.
    place : int
        The column, from 0.
    lang : {"zh", "en"}
        The language of the workbook.

    Returns
    -------
    float
        Widths of a digit.
    """
    column = paper.columns[place]
    words = {show(row.cells[place], column.kind, lang, column.limits) for row in paper.rows}
    longest = max((text_width(text) for text in words), default=0.0) * BOLD + PADDING
    if column.kind not in TEXTS:
        longest += FIGURE_ROOM
    head = column.head.into(lang)
    parts = broken(head).split("\n") if lang == "zh" else head.split()
    whole = max(text_width(part) for part in parts) * BOLD + PADDING
    least = text_width(head[: math.ceil(len(head) / 2)]) * BOLD + PADDING
    halved = lang == "zh" and len(parts) == 1 and len(head) > 3 and not head.isascii()
    if halved and longest < least + 1.0:  # two even lines, or else one
        whole = least
    if column.kind is Kind.TEXT:
        longest = min(longest + INDENT, WIDEST if longest <= LONG_TEXT else WIDEST_LONG)
    return round(max(longest, whole, column.room, 5.0), 1)


def broken(head: str, width: float = math.inf) -> str:
    """Return a Chinese header with a new line where it may be broken well: before its bracket, or in the middle.

    Parameters
    ----------
    head : str
        The header.
    width : float
        Width of its column; a header without brackets that fits stays on one line.

    Returns
    -------
    str
        One line or two.
    """
    parted = re.sub(r"(?<=.)(?=[（(])", "\n", head)
    if parted != head or head.isascii() or text_width(head) * BOLD + PADDING <= width + 0.05:
        return parted
    half = math.ceil(len(head) / 2)
    return f"{head[:half]}\n{head[half:]}"
